"""Read and write one labelled comment in our own form and in those of Label Studio and doccano.

A record is a labelled comment as JSON has it, with the fields in ``COLUMNS``. Its label is None while nobody has judged
the pair of comment and target, as in a sample that is still to be labelled.

Label Studio has a group of choices for each target, named after it. doccano labels texts, so target and label are one
tag there: ``russia:favor``.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Set
from typing import Any, TypeAlias

from stance.datamodels import ADJUDICATED, LabelledComment, Record, Stance
from stance.exceptions import unknown
from stance.limits import FIXED
from stance.reading.tables import find
from stance.reading.text import clean
from stance.store.labels import LABEL_FIELDS

Columns: TypeAlias = Mapping[str, str]
Row: TypeAlias = Mapping[str, Any]

ROLES = ("train", "audit")
CARRIED = ("sentiment", "stratum", "posted")
"""Words: fields that training and measuring do not use, copied from table to table."""

COLUMNS = (*LABEL_FIELDS, *CARRIED)

SPELLINGS = {
    **dict.fromkeys(("favor", "favour", "pro", "for", "favorable", "favourable"), Stance.FAVOR),
    **dict.fromkeys(("against", "con", "critical"), Stance.AGAINST),
    **dict.fromkeys(("neutral", "none", "other"), Stance.NEUTRAL),
    **dict.fromkeys(("not_addressed", "irrelevant"), Stance.NOT_ADDRESSED),
}
"""Labels of this project, SemEval-2016 task 6 (FAVOR, AGAINST, NONE), VAST (pro, con, neutral) and RuArg-2022 (for,
against, other, irrelevant), and of the tone of sentences (favorable, critical), in any case, with spaces or hyphens
for the underscore. Words of sentiment are left out on purpose: sentiment is not stance."""

ALWAYS_JUDGED = ("russia", "us", "nato")
"""Words: targets that a ``labels`` object is about even where it does not list them: not listed, not addressed."""

_ASKED = "targets"  # where tasks for other tools list the targets still to be labelled
_TEXTS = ("parent", "title", "lead")
_PER_LABEL = ("target", "label", "annotator", "note")  # the other fields belong to the comment
_UNNAMED_CHOICES = ("label", "labels", "stance", "choice")  # names of a group of choices that name no target
_DOCCANO_LISTS = ("label", "labels", "cats")  # now; in its first version; in its format for one label of many


# Labels, targets, cells -----------------------------------------------------------------------------------------------


def parse_stance(label: object) -> Stance:
    """Read a label.

    :raises ValueError: If it is not the name of a stance.
    """
    found = stance_or_none(label)
    if found is None:
        raise ValueError(f"label {str(label)[:40]!r}; expected one of {', '.join(SPELLINGS)}")
    return found


def stance_or_none(label: object) -> Stance | None:
    """Read a label; None if it is not the name of a stance."""
    if not isinstance(label, str) or len(label) > 40:
        return None
    return SPELLINGS.get("_".join(label.lower().replace("-", " ").replace("_", " ").split()))


def parse_target(written: object) -> str:
    """Return the id of a target as it is written: in lower case, words joined by hyphens.

    :raises ValueError: If there is none, or it is not a name.
    """
    if isinstance(written, str) and len(written) > FIXED.cell_chars:
        raise ValueError(f"a target of {len(written)} characters; expected at most {FIXED.cell_chars}")
    if not isinstance(written, str) or not (words := clean(written).lower().split()):
        raise ValueError("no target; expected the id of one")
    return "-".join(words)


def _parse_tag(tag: object) -> tuple[str, str] | None:
    """Split a tag such as ``russia:favor`` into target and label; None if it names no target."""
    target, colon, label = tag.rpartition(":") if isinstance(tag, str) else ("", "", "")
    return (target, label) if colon and target.strip() else None


# Columns --------------------------------------------------------------------------------------------------------------


def rename_columns(row: Row, columns: Columns) -> Row:
    """Put mapped columns under our names, and drop a column of ours that is mapped elsewhere.

    In a task of Label Studio, mapped columns lie in its ``data``, whether the mapping says so or not.
    """
    if not columns:
        return row
    if _is_task(row):
        within = {name: theirs.removeprefix("data.") for name, theirs in columns.items()}
        return {**row, "data": rename_columns(row["data"], within)}
    mapped = (*columns, *columns.values())
    kept = {name: value for name, value in row.items() if name not in mapped}
    return kept | {name: find(row, theirs) for name, theirs in columns.items()}


# One row of a table -> checked records --------------------------------------------------------------------------------


def row_records(row: object, annotator: str, target: str | None = None) -> list[Record]:
    """Check a row and split it into one record for each target and annotator.

    :param row: An object of the table, in any of the forms.
    :param annotator: Who labelled rows that do not say so.
    :param target: The target of rows that name none.
    :return: No record where an annotator skipped the comment.
    :raises ValueError: If it cannot be used; the message says what was seen and what was expected.
    """
    if not isinstance(row, Mapping):
        raise ValueError("not a JSON object; expected one with text, target and label")
    return [_record(flat, annotator, target) for flat in _flat_rows(row, target)]


def _flat_rows(row: Row, target: str | None) -> Iterable[Row]:
    if _is_task(row):
        return _task_rows(row)
    if "annotation_id" in row:
        return _minimal_rows(row)
    if any(isinstance(row.get(name), list) for name in _DOCCANO_LISTS):
        return _doccano_rows(row, target)
    return _rows_of_object(row) if row.get("labels") is not None else [row]


def _rows_of_object(row: Row) -> Iterator[Row]:
    if not isinstance(labels := row["labels"], Mapping):
        raise ValueError(f"labels is a {type(labels).__name__}; expected an object of target to label")
    given = {parse_target(target): label for target, label in labels.items()}  # an empty one waits for a label
    for target, label in (dict.fromkeys(ALWAYS_JUDGED, Stance.NOT_ADDRESSED.value) | given).items():
        yield {**row, "target": target, "label": label}


def _record(row: Row, annotator: str, target: str | None) -> Record:
    label = None if _is_empty(row.get("label")) else parse_stance(row["label"]).value
    who = _word(row, "annotator")
    role = (_word(row, "role") or "train").lower()
    if role not in ROLES:
        raise ValueError(unknown("role", role, ROLES))
    given = {name: _word(row, name) for name in ("outlet", "author", "parent", "title", "lead", "note", *CARRIED)}
    return given | {
        "text": _text(row.get("text")),
        "target": parse_target(row.get("target") or target),
        "label": label,
        "id": _word(row, "id") or _word(row, "comment"),
        "document": _word(row, "document") or _word(row, "group"),
        # Spreadsheets capitalise the first word of a cell.
        "annotator": ADJUDICATED if who and who.lower() == ADJUDICATED else who or (annotator if label else None),
        "role": role,
        "probability": _probability(row.get("probability")),
        "lang": _word(row, "lang") or _word(row, "language"),
    }


def _text(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text; expected a comment")
    if "\0" in text:  # a damaged file; what annotators saw is not known
        raise ValueError("a NUL byte in the text; expected a comment as it was labelled")
    if len(text) > FIXED.labelled_chars:
        raise ValueError(f"a text of {len(text)} characters; expected at most {FIXED.labelled_chars}")
    if not (cleaned := clean(text)).strip():
        raise ValueError("no text but control characters; expected a comment")
    return cleaned


def _word(row: Row, column: str) -> str | None:
    value = row.get(column)
    if value is None or value == "" or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    most = FIXED.labelled_chars if column in _TEXTS else FIXED.cell_chars
    if len(word := clean(str(value)).strip()) > most:
        raise ValueError(f"{column} of {len(word)} characters; expected at most {most}")
    return word or None


def _probability(value: object) -> float | None:
    if _is_empty(value):
        return None
    try:
        probability = float(str(value).replace(",", "."))  # decimal comma of European spreadsheets
    except ValueError:
        probability = 0.0
    if not 0 < probability <= 1:
        raise ValueError(f"probability {str(value)[:40]!r}; expected a number in (0, 1]")
    return probability


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def comment_from_record(record: Row) -> LabelledComment:
    """Turn a checked record with a label into a labelled comment."""
    given = {name: record[name] for name in LABEL_FIELDS if name not in ("id", "lang", "label")}
    return LabelledComment(**given, label=Stance(record["label"]), comment_id=record["id"], language=record["lang"])


def comment_to_record(comment: LabelledComment) -> Record:
    """Turn a labelled comment into a record."""
    named = {"id": comment.comment_id, "lang": comment.language, "label": comment.label.value}
    return {name: named[name] if name in named else getattr(comment, name, None) for name in COLUMNS}


def _unlabelled_rows(task: Row, judged: Set[str]) -> list[Row]:
    """Return one row without a label for each target that was asked for and not judged."""
    asked = _list_at(task, _ASKED)
    return [{**task, "target": target, "label": None} for target in asked if str(target) not in judged]


# Label Studio: tasks with annotations ---------------------------------------------------------------------------------


def _is_task(row: Row) -> bool:
    return isinstance(row.get("data"), Mapping) and "text" not in row


def _task_rows(task: Row) -> list[Row]:
    """Split a task into one row for each annotator and target; a skipped or unlabelled task gives none."""
    data = {"id": task.get("id"), **task["data"]}
    annotations = task.get("annotations", task.get("completions")) or []
    if not isinstance(annotations, list) or not all(isinstance(each, Mapping) for each in annotations):
        raise ValueError("annotations of another form; expected a Label Studio task with a list of them")
    data["id"] = data.pop("comment", None) or data["id"]
    kept = (annotation for annotation in annotations if not annotation.get("was_cancelled"))
    rows = [row for annotation in kept for row in _annotation_rows(annotation, data)]
    return rows + _unlabelled_rows(data, {str(row["target"]) for row in rows})


def _annotation_rows(annotation: Row, data: Row) -> Iterator[Row]:
    results = annotation.get("result")
    if not isinstance(results, list):
        raise ValueError("an annotation without a list of results; expected Label Studio's")
    who = annotation.get("completed_by")
    who = annotation.get("annotator") or (who.get("email") or who.get("id") if isinstance(who, Mapping) else who)
    for result in results:
        for choice in _list_at(result, "value", "choices"):
            note = "\n".join(map(str, _list_at(result, "meta", "text"))) or None
            yield {**data, "annotator": who, **_judged(result.get("from_name"), choice, data), "note": note}


def _list_at(row: object, *names: str) -> list[Any]:
    found = find(row, *names)
    return found if isinstance(found, list) else []


def _judged(name: object, choice: object, data: Row) -> Record:
    """Find target and label of a choice: in a tag, in the target that the task states, in the name of the group."""
    if tag := _parse_tag(choice):
        return {"target": tag[0], "label": tag[1]}
    return {"target": data.get("target") or (None if name in _UNNAMED_CHOICES else name), "label": choice}


def _minimal_rows(row: Row) -> list[Row]:
    """Split a flat row of Label Studio (CSV, JSON-MIN) into one for each column that holds a stance."""
    data = {name: value for name, value in row.items() if name in COLUMNS and name != "label"}
    data["id"] = row.get("comment") or row.get("id")
    found: list[Row] = []
    for name in [name for name in row if name not in COLUMNS]:
        value = row[name].get("choices") if isinstance(row[name], Mapping) else row[name]
        judged = [_judged(name, choice, data) for choice in (value if isinstance(value, list) else [value])]
        found += [{**data, **each} for each in judged if stance_or_none(each["label"])]
    if not found:
        raise ValueError("no column with a stance; expected Label Studio's choices")
    return found


def label_studio_tasks(records: Iterable[Row]) -> Iterator[Record]:
    """Gather the labels of each comment in one task of Label Studio.

    :param records: Checked; those without a label give a task to be annotated.
    """
    gathered: dict[Hashable, tuple[Record, dict[str | None, list[Row]], list[str]]] = {}
    for record in records:
        shared = {name: record.get(name) for name in COLUMNS if name not in _PER_LABEL}
        _, labels, asked = gathered.setdefault(tuple(shared.values()), (shared, {}, []))
        if record["label"] is None:
            asked.append(record["target"])
        else:
            labels.setdefault(record.get("annotator"), []).append(record)
    for shared, labels, asked in gathered.values():
        # Label Studio numbers tasks itself, so our id has another name.
        named = {"comment" if name == "id" else name: value for name, value in shared.items() if value is not None}
        named = {"title": "", "parent": ""} | named  # it refuses tasks without a value that its interface shows
        task: Record = {"data": named | ({_ASKED: asked} if asked else {})}
        for who, rows in labels.items():
            annotation = {"result": [_result(row) for row in rows]} | ({"annotator": who} if who else {})
            task.setdefault("annotations", []).append(annotation)
        yield task


def _result(record: Row) -> Record:
    choices = {"choices": [record["label"]]}
    result = {"from_name": record["target"], "to_name": "text", "type": "choices", "value": choices}
    return result | ({"meta": {"text": [record["note"]]}} if record.get("note") else {})


# doccano: an entry for each comment and annotator, with a list of tags ------------------------------------------------


def _doccano_rows(entry: Row, target: str | None) -> list[Row]:
    """Split an entry into one row for each of its tags.

    :param target: The target of tags that name none, as in a project about one target; the entry may name it too.
    """
    name = next(name for name in _DOCCANO_LISTS if isinstance(entry.get(name), list))
    rest = {key: value for key, value in entry.items() if key not in _DOCCANO_LISTS}
    target = entry.get("target") or target
    rows: list[Row] = []
    for tag in entry[name]:
        parts = _parse_tag(tag) or ((str(target), tag) if target and stance_or_none(tag) else None)
        if parts is None:
            raise ValueError(f"{name} is a list with {str(tag)[:40]!r}; expected tags such as russia:favor")
        rows.append({**rest, "target": parts[0], "label": parts[1]})
    return rows + _unlabelled_rows(rest, {row["target"] for row in rows})


def doccano_entries(records: Iterable[Row]) -> Iterator[Record]:
    """Gather the labels that one annotator gave a comment in one entry of doccano.

    :param records: Checked; those without a label give an entry to be labelled.
    """
    gathered: dict[Hashable, Record] = {}
    for record in records:
        shared = {name: record.get(name) for name in COLUMNS if name not in ("target", "label")}
        given = {name: value for name, value in shared.items() if value is not None}
        entry = gathered.setdefault(tuple(shared.values()), given | {"label": []})
        if record["label"] is None:
            entry.setdefault(_ASKED, []).append(record["target"])
        else:
            entry["label"].append(f"{record['target']}:{record['label']}")
    yield from gathered.values()
