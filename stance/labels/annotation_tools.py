"""Convert the tasks of Label Studio and the entries of doccano to rows of labels, and records of labels to these.

Label Studio has a group of choices for each target, named after it. doccano labels texts, so target and label are one
tag there: ``russia:favor``.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping

from stance.datamodels import Record, grouped
from stance.labels.cells import COLUMNS, Row, list_at, parse_tag, unlabelled_rows
from stance.scoring import stance_or_none


def label_studio_rows(task: Row) -> list[Row]:
    """Split a task into one row for each annotator and target; a skipped or unlabelled task gives none."""
    data = {"id": task.get("id"), **task["data"]}
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list) or not all(isinstance(entry, Mapping) for entry in annotations):
        raise ValueError("annotations of another form; expected a Label Studio task with a list of annotations")
    data["id"] = data.pop("comment", None) or data["id"]
    answered = (annotation for annotation in annotations if not annotation.get("was_cancelled"))
    rows = [row for annotation in answered for row in _annotation_rows(annotation, data)]
    return rows + unlabelled_rows(data, {str(row["target"]) for row in rows})


def _annotation_rows(annotation: Row, data: Row) -> Iterator[Row]:
    results = annotation.get("result")
    if not isinstance(results, list):
        raise ValueError("an annotation without a list of results; expected the form of Label Studio")
    who = annotation.get("completed_by")
    who = annotation.get("annotator") or (who.get("email") or who.get("id") if isinstance(who, Mapping) else who)
    for result in results:
        note = "\n".join(map(str, list_at(result, "meta", "text"))) or None
        for choice in list_at(result, "value", "choices"):
            target, label = _target_and_label(choice, result.get("from_name"), data)
            yield {**data, "annotator": who, "target": target, "label": label, "note": note}


def flat_label_studio_rows(row: Row) -> list[Row]:
    """Split a flat row of Label Studio (CSV, JSON-MIN) into one for each column that holds a stance."""
    data = {name: value for name, value in row.items() if name in COLUMNS and name != "label"}
    data["id"] = row.get("comment") or row.get("id")
    groups = [(name, list_at(value, "choices") or [value]) for name, value in row.items() if name not in data]
    judged = [_target_and_label(choice, name, data) for name, choices in groups for choice in choices]
    rows: list[Row] = [{**data, "target": target, "label": label} for target, label in judged if stance_or_none(label)]
    if not rows:
        raise ValueError("no column with a stance; expected Label Studio's choices")
    return rows


def _target_and_label(choice: object, group: object, data: Row) -> tuple[object, object]:
    """Read a choice: a tag, or a label toward the target of the task or of the group of choices."""
    return parse_tag(choice) or (
        data.get("target") or (None if group in ("label", "labels", "stance", "choice") else group),
        choice,
    )


def _gathered(records: Iterable[Row], apart: Collection[str]) -> Iterator[tuple[Record, list[Row]]]:
    """Gather records that differ in some fields only: the other fields, with targets to label, and labelled records."""
    names = [name for name in COLUMNS if name not in apart]
    for shared, rows in grouped((tuple(row.get(name) for name in names), row) for row in records).items():
        targets = [row["target"] for row in rows if row["label"] is None]
        values = {name: value for name, value in zip(names, shared, strict=True) if value is not None}
        yield values | ({"targets": targets} if targets else {}), [row for row in rows if row["label"] is not None]


def label_studio_tasks(records: Iterable[Row]) -> Iterator[Record]:
    """Gather the labels of each comment in one task of Label Studio.

    :param records: Checked; those without a label give a task to be annotated.
    """
    for shared, labelled in _gathered(records, ("target", "label", "annotator", "note")):
        # Label Studio numbers tasks itself, and refuses those without a value that its interface shows.
        task = {"comment" if name == "id" else name: value for name, value in shared.items()}
        annotations = [
            {"result": [_result(row) for row in rows]} | ({"annotator": who} if who else {})
            for who, rows in grouped((row.get("annotator"), row) for row in labelled).items()
        ]
        yield {"data": {"title": "", "parent": ""} | task} | ({"annotations": annotations} if annotations else {})


def _result(record: Row) -> Record:
    choices = {"choices": [record["label"]]}
    result = {"from_name": record["target"], "to_name": "text", "type": "choices", "value": choices}
    return result | ({"meta": {"text": [record["note"]]}} if record.get("note") else {})


def doccano_rows(entry: Row, target: str | None) -> list[Row]:
    """Split an entry into one row for each of its tags.

    :param target: The target of tags that name none, as in a project about one target; the entry may name it too.
    """
    fields = {"annotator": entry.get("username"), **entry}
    target = entry.get("target") or target
    rows = []
    for tag in fields.pop("label"):
        parts = parse_tag(tag) or ((str(target), tag) if target and stance_or_none(tag) else None)
        if parts is None:
            raise ValueError(f"label is a list with {str(tag)[:40]!r}; expected tags such as russia:favor")
        rows.append({**fields, "target": parts[0], "label": parts[1]})
    return rows + unlabelled_rows(fields, {row["target"] for row in rows})


def doccano_entries(records: Iterable[Row]) -> Iterator[Record]:
    """Gather the labels that one annotator gave a comment in one entry of doccano.

    :param records: Checked; those without a label give an entry to be labelled.
    """
    for shared, labelled in _gathered(records, ("target", "label")):
        yield shared | {"label": [f"{row['target']}:{row['label']}" for row in labelled]}
