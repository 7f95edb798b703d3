"""One row of a label table, whatever its form, made into checked records: one for each target it judges.

A record is a labelled comment as JSON has it, by the names in ``columns.py``. Its label is None where nobody has judged
the pair yet, as in a sample that is still to be labelled.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from stance.datamodels import LabelledComment, Stance
from stance.labels import doccano, label_studio, prodigy
from stance.labels.columns import CARRIED, FIELDS, Row, is_task
from stance.labels.settling import ADJUDICATED
from stance.labels.spellings import parse_stance, parse_target
from stance.limits import MAX_CELL_CHARS, MAX_LABELLED_CHARS
from stance.reading.text import clean

Record: TypeAlias = dict[str, Any]

ROLES = ("train", "audit")


def row_records(row: Any, always: Sequence[str], *, annotator: str, target: str | None = None) -> list[Record]:
    """Check a row.

    :param row: As it stands in the table; an object.
    :param always: Targets that a ``labels`` object is about even where it does not list them.
    :param annotator: Who labelled it, where the row does not say.
    :param target: Toward what it is labelled, where the row does not say.
    :return: One record per target; none where an annotator skipped the comment.
    :raises ValueError: If it cannot be used; the message says what was seen and what was expected.
    """
    if not isinstance(row, Mapping):
        raise ValueError("not a JSON object; expected one with text, target and label")
    return [_record(flat, annotator, target) for flat in _flat_rows(row, always, target)]


def _flat_rows(row: Row, always: Sequence[str], target: str | None) -> Iterable[Row]:
    """Take a row apart into one for each target and annotator."""
    if is_task(row):
        return label_studio.task_rows(row)
    if label_studio.is_minimal(row):
        return label_studio.minimal_rows(row)
    if prodigy.is_answer(row):
        return prodigy.answer_rows(row)
    if doccano.is_entry(row):
        return doccano.entry_rows(row, target)
    return _rows_of_object(row, always) if row.get("labels") is not None else [row]


def _rows_of_object(row: Row, always: Sequence[str]) -> Iterator[Row]:
    labels = row["labels"]
    if not isinstance(labels, Mapping):
        raise ValueError(f"labels is a {type(labels).__name__}; expected an object of target to label")
    given = {parse_target(target): label for target, label in labels.items()}  # an empty one waits for a label
    for target, label in (dict.fromkeys(always, Stance.NOT_ADDRESSED.value) | given).items():
        yield {**row, "target": target, "label": label}


def _record(row: Row, annotator: str, target: str | None) -> Record:
    label = None if _is_empty(row.get("label")) else parse_stance(row["label"]).value
    given = {name: _word(row, name) for name in ("outlet", "author", "parent", "title", "lead", "note", *CARRIED)}
    return given | {
        "text": _text(row.get("text")),
        "target": parse_target(row.get("target") or target),
        "label": label,
        "id": _word(row, "id") or _word(row, "comment"),
        "document": _word(row, "document") or _word(row, "group"),
        "annotator": _annotator(row) or (annotator if label else None),
        "role": _role(row),
        "probability": _probability(row.get("probability")),
        "lang": _word(row, "lang") or _word(row, "language"),
    }


def _text(text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text; expected a comment")
    if "\0" in text:  # a damaged file; what annotators saw is not known
        raise ValueError("a NUL byte in the text; expected a comment as it was labelled")
    if len(text) > MAX_LABELLED_CHARS:
        raise ValueError(f"a text of {len(text)} characters; expected at most {MAX_LABELLED_CHARS}")
    if not (cleaned := clean(text)).strip():
        raise ValueError("no text but control characters; expected a comment")
    return cleaned


def _word(row: Row, column: str) -> str | None:
    value = row.get(column)
    if value is None or value == "":  # most cells
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if len(word := clean(str(value)).strip()) > MAX_CELL_CHARS:
        raise ValueError(f"{column} of {len(word)} characters; expected at most {MAX_CELL_CHARS}")
    return word or None


def _annotator(row: Row) -> str | None:
    """Read who labelled it; spreadsheets begin a cell with a capital, and who decides is known by that name."""
    name = _word(row, "annotator")
    return ADJUDICATED if name and name.lower() == ADJUDICATED else name


def _role(row: Row) -> str:
    role = (_word(row, "role") or "train").lower()
    if role not in ROLES:
        raise ValueError(f"role {role[:40]!r}; expected one of {', '.join(ROLES)}")
    return role


def _probability(value: Any) -> float | None:
    if _is_empty(value):
        return None
    if isinstance(value, str):
        value = value.replace(",", ".")  # as spreadsheets of half of Europe write it
    try:
        probability = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"probability {str(value)[:40]!r}; expected a number in (0, 1]") from None
    if not (math.isfinite(probability) and 0 < probability <= 1):
        raise ValueError(f"probability {probability}; expected a number in (0, 1]")
    return probability


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def cleaned(record: Record) -> Record:
    """Take out of a record of our own form what is taken out of tables."""
    return {name: clean(value) if isinstance(value, str) else value for name, value in record.items()}


def comment_from_record(record: Mapping[str, Any]) -> LabelledComment:
    """Turn a checked record with a label into a labelled comment."""
    given = {name: record[name] for name in FIELDS if name not in ("id", "lang", "label")}
    return LabelledComment(**given, label=Stance(record["label"]), comment_id=record["id"], language=record["lang"])


def comment_to_record(comment: LabelledComment) -> Record:
    """Turn a labelled comment into a record."""
    named = {"id": comment.comment_id, "lang": comment.language, "label": comment.label.value}
    record = {name: named[name] if name in named else getattr(comment, name) for name in FIELDS}
    return record | dict.fromkeys(CARRIED)
