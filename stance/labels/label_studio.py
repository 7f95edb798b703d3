"""Labels as Label Studio keeps them: tasks with annotations (JSON), or one flat row for each annotation (JSON-MIN).

Each target is a group of choices of its own, named after it, so one annotation judges a comment toward all of them. The
labelling interface that goes with the tasks is written here too.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from stance.datamodels import STANCES
from stance.labels.columns import ASKED, COLUMNS, Row, unlabelled_rows
from stance.labels.spellings import parse_tag, stance_or_none

_PER_LABEL = ("target", "label", "annotator", "note")  # the rest is of the comment
_OWN = frozenset(("annotation_id", "annotation_comments", "created_at", "updated_at", "lead_time", "comment"))
_UNNAMED = ("label", "labels", "stance", "choice")  # names of a group of choices that say nothing of the target


# Reading --------------------------------------------------------------------------------------------------------------


def task_rows(row: Row) -> Iterator[Row]:
    """Take a task apart into one row for each annotator and target; a skipped or unlabelled task gives none.

    :raises ValueError: If its annotations have another form.
    """
    data = {"id": row.get("id"), **row["data"]}
    annotations = row.get("annotations", row.get("completions")) or []
    if not isinstance(annotations, list) or not all(isinstance(each, Mapping) for each in annotations):
        raise ValueError("annotations of another form; expected a Label Studio task with a list of them")
    data["id"] = data.pop("comment", None) or data["id"]
    judged = set()
    for annotation in annotations:
        if not annotation.get("was_cancelled"):
            for found in _annotation_rows(annotation, data):
                judged.add(str(found["target"]))
                yield found
    yield from unlabelled_rows(data, judged)


def _annotation_rows(annotation: Row, data: Row) -> Iterator[Row]:
    result = annotation.get("result")
    if not isinstance(result, list):
        raise ValueError("an annotation without a list of results; expected Label Studio's")
    base = {**data, "annotator": annotation.get("annotator") or _annotator(annotation.get("completed_by"))}
    for each in result:
        value = each.get("value") if isinstance(each, Mapping) else None
        choices = value.get("choices") if isinstance(value, Mapping) else None
        for choice in choices if isinstance(choices, list) else ():
            yield {**base, **_judged(each.get("from_name"), choice, data), "note": _note(each)}


def _annotator(who: Any) -> Any:
    return who.get("email") or who.get("id") if isinstance(who, Mapping) else who


def _note(result: Row) -> Any:
    meta = result.get("meta")
    notes = meta.get("text") if isinstance(meta, Mapping) else None
    return "\n".join(map(str, notes)) if isinstance(notes, list) else None


def _judged(name: Any, choice: Any, data: Row) -> dict[str, Any]:
    """Tell target and label of a choice: from a tag, from the task where it states its target, from the group."""
    if isinstance(choice, str) and (tag := parse_tag(choice)):
        return {"target": tag[0], "label": tag[1]}
    return {"target": data.get("target") or (None if name in _UNNAMED else name), "label": choice}


def is_minimal(row: Row) -> bool:
    """Recognize a flat row of one annotation, of JSON-MIN or CSV."""
    return "annotation_id" in row


def minimal_rows(row: Row) -> Iterator[Row]:
    """Take a flat row apart into one for each column that holds a stance.

    :raises ValueError: If none does.
    """
    data = {name: value for name, value in row.items() if name in COLUMNS and name != "label"}
    data["id"] = row.get("comment") or row.get("id")
    found = False
    for name, value in row.items():
        if name in _OWN or (name in COLUMNS and name != "label"):
            continue
        for choice in _choices(value):
            judged = _judged(name, choice, data)
            if stance_or_none(judged["label"]):
                found = True
                yield {**data, **judged}
    if not found:
        raise ValueError("no column with a stance; expected Label Studio's choices")


def _choices(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        value = value.get("choices")
    return value if isinstance(value, list) else [value]


# Writing --------------------------------------------------------------------------------------------------------------


def tasks(records: Iterable[Row], *, as_predictions: bool = False) -> Iterator[dict[str, Any]]:
    """Put what is said of a comment together as one task.

    :param records: Checked; those without a label give a task to be annotated.
    :param as_predictions: Offer the labels as guesses to be corrected, not as work that is done.
    """
    gathered: dict[Hashable, tuple[dict[str, Any], dict[Any, list[Row]], list[str]]] = {}
    for record in records:
        shared = {name: record.get(name) for name in COLUMNS if name not in _PER_LABEL}
        data, said, asked = gathered.setdefault(tuple(shared.values()), (shared, {}, []))
        if record["label"] is None:
            asked.append(record["target"])
        else:
            said.setdefault(record.get("annotator"), []).append(record)
    for data, said, asked in gathered.values():
        yield _task(data, said, asked, as_predictions)


def _task(data: Row, said: Mapping[Any, list[Row]], asked: list[str], as_predictions: bool) -> dict[str, Any]:
    # Label Studio numbers tasks itself, so our id goes by another name.
    named = {"comment" if name == "id" else name: value for name, value in data.items() if value is not None}
    named = {"title": "", "parent": ""} | named  # it refuses tasks that lack what its interface shows
    task: dict[str, Any] = {"data": named | ({ASKED: asked} if asked else {})}
    if as_predictions:
        task["predictions"] = [
            {"model_version": who or "labels", "result": [*map(_result, rows)]} for who, rows in said.items()
        ]
    elif said:
        task["annotations"] = [
            {"result": [*map(_result, rows)]} | ({"annotator": who} if who else {}) for who, rows in said.items()
        ]
    return task


def _result(record: Row) -> dict[str, Any]:
    result = {
        "from_name": record["target"],
        "to_name": "text",
        "type": "choices",
        "value": {"choices": [record["label"]]},
    }
    return result | ({"meta": {"text": [record["note"]]}} if record.get("note") else {})


def labelling_config(targets: Iterable[str]) -> str:
    """Write the labelling interface: the comment in its thread, and the four stances toward each target.

    :param targets: Their ids; the first two are labelled by the keys 1-4 and 5-8.
    """
    lines = ["<View>", '  <Header value="$title"/>', '  <Text name="parent" value="$parent"/>']
    lines.append('  <Text name="text" value="$text"/>')
    keys = iter("12345678")
    for target in targets:
        lines.append(f'  <Header value={quoteattr(target)} size="4"/>')
        lines.append(f'  <Choices name={quoteattr(target)} toName="text" choice="single-radio" showInLine="true">')
        lines += [f"    <Choice value={quoteattr(stance)}{_hotkey(next(keys, None))}/>" for stance in STANCES]
        lines.append("  </Choices>")
    return "\n".join([*lines, "</View>"])


def _hotkey(key: str | None) -> str:
    return f' hotkey="{key}"' if key else ""
