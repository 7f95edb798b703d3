"""Check a row of any kind of label table and split it into records, one for each target and annotator.

A record is a labelled comment as JSON has it, with the fields in ``COLUMNS``. Its label is None while nobody has judged
the pair of comment and target, as in a sample that is still to be labelled.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from stance.datamodels import ADJUDICATED, LabelledComment, Record, Stance, Unit, grouped
from stance.exceptions import unknown
from stance.labels.annotation_tools import doccano_rows, flat_label_studio_rows, label_studio_rows
from stance.labels.cells import (
    CARRIED,
    COLUMNS,
    TEXTS,
    Row,
    is_empty,
    parse_stance,
    parse_target,
    read_probability,
    read_text_cell,
    read_word,
)
from stance.options.models import ROLES
from stance.resources import formats
from stance.scoring.targets.target_set import load_targets
from stance.store.labels import LABEL_FIELDS

ALWAYS_JUDGED = ("russia", "us", "nato")
"""Words: targets that a ``labels`` object is about even where it does not list them: not listed, not addressed."""


def row_records(row: object, annotator: str, target: str | None) -> list[Record]:
    """Check a row and split it into one record for each target and annotator.

    :param row: An object of the table, in any of the forms.
    :param annotator: Who labelled rows that do not say so.
    :param target: The target of rows that name none.
    :return: No record where an annotator skipped the comment.
    :raises ValueError: If it cannot be used; the message says what was seen and what was expected.
    """
    if not isinstance(row, Mapping):
        raise ValueError("not a JSON object; expected an object with text, target and label")
    return [_record(flat, annotator, target) for flat in _flat_rows(row, target)]


def _flat_rows(row: Row, target: str | None) -> Iterable[Row]:
    if isinstance(row.get("data"), Mapping) and "text" not in row:
        return label_studio_rows(row)
    if "annotation_id" in row:
        return flat_label_studio_rows(row)
    if isinstance(tags := row.get("label", row.get("labels")), list):
        renamed = {} if "text" in row else {"data": "text"}  # of newer releases
        return doccano_rows({renamed.get(name, name): value for name, value in row.items()} | {"label": tags}, target)
    if row.get("labels") is None and (by_target := columns_by_target(row, target)):
        return [{**row, "target": target, "label": row[name]} for name, target in by_target.items()]
    return _rows_of_object(row) if row.get("labels") is not None else [row]


def columns_by_target(columns: Collection[str], target: str | None) -> Mapping[str, str]:
    """Return the columns of labels that are named after targets, with these; none if others hold the labels."""
    if target or {"label", "target"} & {*columns}:
        return {}
    # In capitals, since tables have their columns in lower case, in which "usa" is an id.
    return {name: target for name in columns if (target := load_targets().id_of(name.upper()))}


def _rows_of_object(row: Row) -> Iterator[Row]:
    if not isinstance(labels := row["labels"], Mapping):
        raise ValueError(f"labels is a {type(labels).__name__}; expected an object with a label for each target")
    judged = {parse_target(target): label for target, label in labels.items()}  # an empty one waits for a label
    for target, label in (dict.fromkeys(ALWAYS_JUDGED, Stance.NOT_ADDRESSED.value) | judged).items():
        yield {**row, "target": target, "label": label}


def _record(row: Row, annotator: str, target: str | None) -> Record:
    label = None if is_empty(row.get("label")) else parse_stance(row["label"]).value
    who, word = read_word(row, "annotator"), str(row["label"]).strip() if label else ""
    role = (read_word(row, "role") or "train").lower()
    if role not in ROLES:
        raise ValueError(unknown("role", role, ROLES))
    if (unit := (read_word(row, "unit") or Unit.COMMENT).lower()) not in set(Unit):
        raise ValueError(unknown("unit", unit, Unit))
    fields: Record = {name: read_word(row, name) for name in (*TEXTS, "outlet", "author", "note", *CARRIED)}
    fields["parent"] = fields["parent"] or read_word(row, "parent_number")
    if learned := read_word(row, "learned"):
        fields["learned"] = learned
    if word.lower().replace(" ", "_") not in ("", label):  # not the name of the stance
        fields["word"] = word
    return fields | {
        "text": read_text_cell(row.get("text") or row.get("text_number")),
        "target": parse_target(row.get("target") or target),
        "label": label,
        "id": read_word(row, "id") or read_word(row, "comment"),
        "document": read_word(row, "document") or read_word(row, "group"),
        # Spreadsheets capitalise the first word of a cell.
        "annotator": ADJUDICATED if who and who.lower() == ADJUDICATED else who or (annotator if label else None),
        "role": role,
        "unit": unit,
        "probability": read_probability(row.get("probability")),
        "lang": read_word(row, "lang") or read_word(row, "language"),
    }


def annotator_column(table: Sequence[object]) -> str:
    """Return the column that names the annotators under another name; empty if there is none.

    It is one whose name says so, or one of few names that differ wherever a text and its target are repeated.

    :param table: Its first rows.
    """
    rows = [row for row in table if isinstance(row, Mapping)]
    if not rows or "annotator" in rows[0] or "annotations" in rows[0]:
        return ""
    names = {name: re.sub("[^a-z0-9]", "", name.lower()) for name in rows[0] if isinstance(rows[0][name], str | int)}
    *forms, of_users = formats()["annotators"]
    patterns = [*forms, of_users] if "author" in names.values() else forms
    like = next((name for form in patterns for name, plain in names.items() if re.fullmatch(form, plain)), "")
    return like or next((name for name in names if name not in COLUMNS and _tells_apart(rows, name)), "")


def _tells_apart(rows: Sequence[Row], name: str) -> bool:
    pairs = grouped(((str(row.get("text")), str(row.get("target"))), str(row.get(name) or "")) for row in rows)
    values, several = {str(row.get(name) or "") for row in rows}, [some for some in pairs.values() if len(some) > 1]
    is_name = 1 < len(values) <= len(rows) // 2 and not any(value.isdecimal() or not value for value in values)
    return is_name and len(several) > 1 and all(len({*some}) == len(some) for some in several)


def comment_from_record(record: Row) -> LabelledComment:
    """Turn a checked record into a labelled comment; one that waits for a label is neutral."""
    fields = {name: record[name] for name in LABEL_FIELDS if name not in ("id", "lang", "label", "unit")}
    fields["learned"] = record.get("learned")
    label, unit = Stance(record["label"] or Stance.NEUTRAL), Unit(record["unit"])
    return LabelledComment(**fields, label=label, unit=unit, comment_id=record["id"], language=record["lang"])


def comment_to_record(comment: LabelledComment) -> Record:
    """Turn a labelled comment into a record."""
    renamed = {"id": comment.comment_id, "lang": comment.language, "label": comment.label.value}
    return {name: renamed[name] if name in renamed else getattr(comment, name, None) for name in COLUMNS}
