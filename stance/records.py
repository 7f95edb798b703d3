"""Documents and scores as plain records: the shapes that leave the program and may come back into it.

What comes back may have passed through any hands, so every field is checked, and a bad one is named with what was seen.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from stance.datamodels import STANCES, UNKNOWN_LANGUAGE, Comment, Document, Score, Unit, Via
from stance.exceptions import InputError

PROBABILITY_DIGITS = 6
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet run a cell in place of showing it; the fullwidth forms are folded to ASCII on import."""

_SPAN = re.compile(r"(?:array\()?\[ *(\d{1,11}), *(\d{1,11})\](?:(?:, dtype=int\d\d)?\))?", re.ASCII)
_BETWEEN_SPANS = re.compile(r"[\[\],\s]+")

Record = dict[str, Any]
Member = TypeVar("Member", Unit, Via)


# Documents ------------------------------------------------------------------------------------------------------------


def document_to_record(document: Document) -> Record:
    """Turn a document into its JSON shape."""
    return {
        "id": document.document_id,
        "source": document.source,
        "outlet": document.outlet,
        "url": document.url,
        "title": document.title,
        "author": document.author,
        "published": document.published,
        "language": document.language,
        "lead": document.lead,
        "body": list(document.body),
        "comments": [_comment_to_record(comment) for comment in document.comments],
        "stated_comments": document.stated_comments,
        "layout": document.layout,
        "warnings": list(document.warnings),
    }


def _comment_to_record(comment: Comment) -> Record:
    record: Record = {
        "id": comment.comment_id,
        "parent": comment.reply_to,
        "author": comment.author,
        "posted": comment.posted,
        "votes": comment.votes,
        "language": comment.language,
        "text": comment.text,
        "quoted": comment.quoted,
    }
    # Only a table of comments gives these two; a page's record stays as short as it was.
    if comment.parent_text is not None:
        record["parent_text"] = comment.parent_text
    if comment.targets is not None:
        record["targets"] = list(comment.targets)
    return record


def document_from_record(record: Mapping[str, Any]) -> Document:
    """Read a document back from its JSON shape.

    :raises InputError: If a field is missing or of another type; the message names it.
    """
    return Document(
        document_id=_required(record, "id"),
        source=_required(record, "source"),
        outlet=_text(record, "outlet"),
        url=_text(record, "url"),
        title=_text(record, "title"),
        author=_text(record, "author"),
        published=_text(record, "published"),
        language=_text(record, "language") or UNKNOWN_LANGUAGE,
        lead=_text(record, "lead"),
        body=_texts(record, "body"),
        comments=tuple(_comment_from_record(comment) for comment in _list(record, "comments")),
        stated_comments=_integer(record, "stated_comments"),
        layout=_text(record, "layout") or "none",
        warnings=_texts(record, "warnings"),
    )


def _comment_from_record(record: Any) -> Comment:
    if not isinstance(record, dict):
        raise InputError(f"a comment is {_kind(record)}; expected an object")
    return Comment(
        comment_id=_required(record, "id"),
        text=_required(record, "text"),
        author=_text(record, "author"),
        reply_to=_text(record, "parent"),
        posted=_text(record, "posted"),
        votes=_integer(record, "votes"),
        language=_text(record, "language") or UNKNOWN_LANGUAGE,
        quoted=_text(record, "quoted"),
        parent_text=_text(record, "parent_text"),
        targets=_texts(record, "targets") if record.get("targets") is not None else None,
    )


# Scores ---------------------------------------------------------------------------------------------------------------

_STANCE_NAMES = tuple(stance.value for stance in STANCES)
_NO_PROBABILITIES = (None,) * len(STANCES)

SCORE_FIELDS = (
    "document",
    "outlet",
    "unit",
    "comment",
    "author",
    "target",
    "stance",
    *_STANCE_NAMES,
    "sentiment",
    "target_sentiment",
    "via",
    "evidence",
    "language",
    "model",
    "posted",
)
"""The columns of a score table, in order."""


def score_to_record(score: Score) -> Record:
    """Turn a score into its JSON shape; probabilities keep six digits."""
    stance, probabilities = score.stance, score.probabilities
    shown = [round(each, PROBABILITY_DIGITS) for each in probabilities] if probabilities else _NO_PROBABILITIES
    return {
        "document": score.document,
        "outlet": score.outlet,
        "unit": score.unit.value,
        "comment": score.comment,
        "author": score.author,
        "target": score.target,
        "stance": stance.value if stance else None,
        **dict(zip(_STANCE_NAMES, shown, strict=True)),
        "sentiment": score.sentiment,
        "target_sentiment": score.target_sentiment,
        "via": score.via.value if score.via else None,
        "evidence": [list(span) for span in score.evidence],
        "language": score.language,
        "model": score.model,
        "posted": score.posted,
    }


def score_from_record(record: Mapping[str, Any]) -> Score:
    """Read a score back from its JSON shape.

    :raises InputError: If a field is missing, of another type or out of range; the message names it.
    """
    return Score(
        document=_text(record, "document"),
        outlet=_text(record, "outlet"),
        unit=_member(record, "unit", Unit) or Unit.COMMENT,
        comment=_text(record, "comment"),
        author=_text(record, "author"),
        target=_required(record, "target"),
        probabilities=_probabilities(record),
        sentiment=_number(record, "sentiment", -1, 1),
        target_sentiment=_number(record, "target_sentiment", -1, 1),
        via=_member(record, "via", Via),
        evidence=tuple(_span(span) for span in _list(record, "evidence")),
        language=_text(record, "language") or UNKNOWN_LANGUAGE,
        model=_text(record, "model") or "unknown",
        posted=_text(record, "posted"),
    )


def score_to_row(score: Score) -> dict[str, str]:
    """Turn a score into one flat row of a CSV file: absence is empty, evidence is ``0-6 9-12``, formulas are inert."""
    record = score_to_record(score)
    record["evidence"] = " ".join(f"{start}-{end}" for start, end in score.evidence)
    return {
        name: "" if value is None else guard_cell(value) if isinstance(value, str) else repr(value)
        for name, value in record.items()
    }


def score_from_row(row: Mapping[str, str]) -> Score:
    """Read a score back from its flat row.

    :raises InputError: If a cell is missing or out of range; the message names it.
    """
    record: Record = {name: unguard_cell(cell) if (cell := row.get(name)) else None for name in SCORE_FIELDS}
    for name in (*STANCES, "sentiment", "target_sentiment"):
        record[name] = _float_cell(name, record[name])
    record["evidence"] = _spans_cell(record["evidence"] or "")
    return score_from_record(record)


def guard_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguard_cell(text: str) -> str:
    """Take the apostrophe of ``guard_cell`` away again."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _float_cell(name: str, cell: str | None) -> float | None:
    try:
        return None if cell is None else float(cell)
    except ValueError as error:
        raise InputError(f"{name} is {_shown(cell)}; expected a number") from error


def _spans_cell(cell: str) -> list[list[int]]:
    """Read spans as we write them, or as pandas writes its column of lists, or of arrays, into a cell."""
    if not cell.startswith("["):
        return [_span_cell(part) for part in cell.split()]
    if _BETWEEN_SPANS.sub("", _SPAN.sub("", cell)):
        raise InputError(f"evidence holds {_shown(cell)}; expected spans such as 0-6 9-12, or [[0, 6], [9, 12]]")
    return [[int(start), int(end)] for start, end in _SPAN.findall(cell)]


def _span_cell(part: str) -> list[int]:
    start, _, end = part.partition("-")
    if not (_is_offset(start) and _is_offset(end)):
        raise InputError(f"evidence holds {_shown(part)}; expected spans such as 0-6 9-12")
    return [int(start), int(end)]


def _is_offset(digits: str) -> bool:
    return len(digits) < 12 and digits.isascii() and digits.isdigit()


# Fields ---------------------------------------------------------------------------------------------------------------


def _probabilities(record: Mapping[str, Any]) -> tuple[float, float, float, float] | None:
    values = [_number(record, stance.value, 0, 1) for stance in STANCES]
    given = [value for value in values if value is not None]
    if not given:
        return None
    if len(given) < len(values) or not math.isclose(sum(given), 1, abs_tol=1e-3):
        raise InputError(f"{', '.join(STANCES)} are {values}; expected four probabilities that sum to 1")
    favor, against, neutral, not_addressed = given
    return favor, against, neutral, not_addressed


def _span(value: Any) -> tuple[int, int]:
    match value:
        case [int(start), int(end)] if 0 <= start <= end and not isinstance(start, bool) and not isinstance(end, bool):
            return start, end
    raise InputError(f"evidence holds {_shown(value)}; expected spans such as [0, 6]")


def _member(record: Mapping[str, Any], name: str, members: Callable[[str], Member]) -> Member | None:
    value = _text(record, name)
    try:
        return None if value is None else members(value)
    except ValueError as error:
        raise InputError(f"{name} is {_shown(value)}; expected one that `stance score` writes") from error


def _number(record: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{name} is {_shown(value)}; expected a number from {low} to {high}")
    return float(value)


def _integer(record: Mapping[str, Any], name: str) -> int | None:
    value = record.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise InputError(f"{name} is {_shown(value)}; expected a whole number")
    return value


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    if value is not None and not isinstance(value, str):
        raise InputError(f"{name} is {_kind(value)}; expected text")
    return value


def _required(record: Mapping[str, Any], name: str) -> str:
    value = _text(record, name)
    if not value:
        raise InputError(f"{name} is missing or empty; expected text")
    return value


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    value = record.get(name)
    if value is not None and not isinstance(value, list):
        raise InputError(f"{name} is {_kind(value)}; expected a list")
    return value or []


def _texts(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = _list(record, name)
    for value in values:
        if not isinstance(value, str):
            raise InputError(f"{name} holds {_kind(value)}; expected a list of texts")
    return tuple(values)


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
