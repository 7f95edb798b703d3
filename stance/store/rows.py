"""Turn documents and scores into rows of a store and back.

A store may come from anyone, so values are checked where SQLite does not: lists, spans and probabilities.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import Any

from stance import datamodels
from stance.datamodels import STANCES, TONES, Comment, Document, Factors, Score, Sentence, Unit, Via, sentiment_method
from stance.exceptions import InputError
from stance.records import probabilities_of, span_of

Row = tuple[Any, ...]
Settings = Mapping[str, Any]

LARGEST_NUMBER = 2**63 - 1

_DOCUMENT_FIELDS = (
    "document_id", "source", "outlet", "url", "title", "author", "published", "language", "lead", "body",
    "quotations", "stated_comments", "layout", "warnings", "certainty", "doubts",
)  # fmt: skip
_COMMENT_FIELDS = (
    "comment_id", "reply_to", "author", "posted", "votes", "language", "text", "quoted", "parent_text", "targets",
    "columns",
)  # fmt: skip
"""Fields of values, in the order of the columns that hold them."""

_NAMES = {"document_id": "id", "comment_id": "id", "reply_to": "parent", "columns": "extra"}
DOCUMENT = tuple("byline" if name == "author" else _NAMES.get(name, name) for name in _DOCUMENT_FIELDS)
COMMENT = tuple(_NAMES.get(name, name) for name in _COMMENT_FIELDS)
SCORE = ("target", "stance", *STANCES, "sentiment", "target_sentiment", "via", "evidence", "undecided")
SENTENCE = ("sentence", "target", "text", "place", "voice", "speaker", "tone", *TONES, "evidence")
"""Columns of the tables, in the order of the rows below."""

_of_document, _of_comment = attrgetter(*_DOCUMENT_FIELDS), attrgetter(*_COMMENT_FIELDS)


def document_row(document: Document) -> Row:
    """Return the row of a document, with the columns of :data:`DOCUMENT`."""
    return tuple(map(_cell, _of_document(document)))


def comment_row(comment: Comment) -> Row:
    """Return the row of a comment, with the columns of :data:`COMMENT`."""
    *values, columns = _of_comment(comment)
    return (*map(_cell, values), _json(dict(columns)) if columns else None)


def _cell(value: str | float | tuple[str, ...] | None) -> str | float | None:
    if isinstance(value, float):
        return value
    if isinstance(value, str):
        return encodable(value)
    return _json(value) if isinstance(value, tuple) else bounded(value)


def score_row(score: Score) -> Row:
    """Return the row of a comment's score, with the columns of :data:`SCORE`."""
    probabilities = score.probabilities or (None,) * len(STANCES)
    sentiments, evidence = (score.sentiment, score.target_sentiment), _json(score.evidence) if score.evidence else None
    return (score.target, score.stance, *probabilities, *sentiments, score.via, evidence, encodable(score.undecided))


def sentence_row(score: Score, said: Sentence) -> Row:
    """Return the row of a sentence's score, with the columns of :data:`SENTENCE`."""
    texts = map(encodable, (said.text, said.place, said.voice, said.speaker))
    evidence = _json(score.evidence) if score.evidence else None
    number = int((score.comment or "").rpartition("-")[2] or 0)
    return (number, score.target, *texts, score.tone, *(score.tones or (None,) * len(TONES)), evidence)


def read_document(row: Sequence[Any], comments: Iterable[Sequence[Any]]) -> Document:
    """Make a document of its rows.

    :raises InputError: If a value is not one that :func:`document_row` writes.
    """
    values = dict(zip(_DOCUMENT_FIELDS, row, strict=True))
    values |= {name: _texts(values[name]) for name in ("body", "quotations", "warnings", "doubts")}
    return Document(**values, comments=tuple(map(read_comment, comments)))


def read_comment(row: Sequence[Any]) -> Comment:
    """Make a comment of its row."""
    *values, targets, extra = row
    values += [None if targets is None else _texts(targets), () if extra is None else _cells(extra)]
    return Comment(**dict(zip(_COMMENT_FIELDS, values, strict=True)))


def read_score(
    row: Sequence[Any], document: Document, comment: Comment, model: str, rules: Mapping[str, Factors]
) -> Score:
    """Make a score of the columns of :data:`SCORE`, whose values are checked, and of the comment that it is of.

    :param document: That of the comment.
    :param rules: The decision rules of the run, by which the stance must follow. Where none is known, a stance that is
        written is kept.
    """
    target, stance, favor, against, neutral, not_addressed, sentiment, target_sentiment, via, evidence, undecided = row
    of_comment = {name: getattr(comment, name) for name in ("author", "language", "posted", "columns")}
    probabilities = probabilities_of((favor, against, neutral, not_addressed), STANCES)
    language = datamodels.read_as(comment.language, document.language)
    decision = rules.get(language, rules.get(""))
    try:
        written = (
            None
            if decision
            else datamodels.rule_for(datamodels.Stance(stance) if stance in STANCES else None, probabilities)
        )
    except ValueError as error:
        raise InputError(str(error)) from None
    rule = decision if decision and len({*decision}) > 1 else written
    if decision and stance != (probabilities and datamodels.decide(probabilities, rule)):
        refuse(f"{stance} of {probabilities}", "stance")
    return Score(
        document=document.document_id, outlet=document.outlet, unit=Unit.COMMENT, comment=comment.comment_id,
        target=target, probabilities=probabilities, sentiment=read_compound(sentiment), decision=rule,
        target_sentiment=read_compound(target_sentiment), undecided=undecided, model=model,
        via=_member(Via, via, "via"), evidence=read_spans(evidence),
        sentiment_method=sentiment_method(sentiment, language),
        **of_comment,
    )  # fmt: skip


def read_sentence(row: Sequence[Any], document: Document, model: str) -> Score:
    """Make a sentence's score of its row."""
    number, target, text, place, voice, speaker, tone, critical, neutral, favorable, evidence = row
    return Score(
        document=document.document_id, outlet=document.outlet, unit=Unit.SENTENCE,
        comment=datamodels.sentence_id(number), author=None, target=target,
        via=Via.TEXT, evidence=read_spans(evidence), language=document.language, model=model, posted=document.published,
        sentence=Sentence(text, place, _member(datamodels.Voice, voice or "", "voice"), speaker),
        tones=probabilities_of((critical, neutral, favorable), TONES), tone=_member(datamodels.Tone, tone, "tone"),
    )  # fmt: skip


def _member(kind: type[StrEnum], value: str | None, name: str) -> Any:
    found = kind._value2member_map_.get(value)
    return None if value is None else found or refuse(value, name)


def refuse(value: Any, name: str) -> Any:
    """Refuse a value that no command writes.

    :raises InputError: Always.
    """
    raise InputError(f"{name} is {str(value)[:40]!r}; expected a value that stance score writes")


def read_rules(values: Any) -> dict[str, Factors]:
    """Check the decision rules of a run, by language: "" is that of all other languages; empty: none is known."""
    rules = values if isinstance(values, dict) else {} if values is None else {"": values}
    return {language: _read_factors(rule) for language, rule in rules.items()}


def _read_factors(values: Any) -> Factors:
    match values:
        case [favor, against, neutral, absent] if all(isinstance(each, int | float) and each > 0 for each in values):
            return favor, against, neutral, absent
    return refuse(values, "decision")


def read_compound(value: float | None) -> float | None:
    """Check a sentiment, in [-1, 1]."""
    return value if value is None or -1 <= value <= 1 else refuse(value, "sentiment")


def encodable(value: str | None) -> str | None:
    """Replace halves of surrogate pairs, which JSON may hold and UTF-8 cannot, one character for one."""
    if value is None or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode()


def bounded(number: int | None) -> int | None:
    """Omit a number that SQLite cannot hold, and no page means."""
    return number if number is not None and abs(number) <= LARGEST_NUMBER else None


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode()


def _parsed(text: Any, kind: type, name: str) -> Any:
    if isinstance(text, kind):  # of a Parquet file
        return text
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        found = None
    return found if isinstance(found, kind) else refuse(text, name)


def _texts(text: Any) -> tuple[str, ...]:
    found = _parsed(text, list, "a list of texts")
    return tuple(found) if all(isinstance(each, str) for each in found) else refuse(text, "a list of texts")


def _cells(text: Any) -> tuple[tuple[str, str], ...]:
    found = _parsed(text, dict, "extra")
    return tuple(found.items()) if all(isinstance(each, str) for each in found.values()) else refuse(text, "extra")


def read_spans(text: Any) -> tuple[tuple[int, int], ...]:
    """Check spans of a text; None: there are none."""
    return () if text is None else tuple(map(span_of, _parsed(text, list, "evidence")))


# Settings of a run ----------------------------------------------------------------------------------------------------

_KINDS: Mapping[str, Any] = (
    dict.fromkeys(("targets", "keep", "where"), list)
    | dict.fromkeys(("abstain", "least_certainty"), float | int)
    | {"decision": list | dict}
)
"""Types of settings that are not texts; decision rules are checked with the scores."""


def read_settings(text: str | Settings, source: str) -> Settings:
    """Read the settings of a run, which others may have written: lists of texts, numbers, else texts.

    :param source: Holds them.
    :raises InputError: If one is of another type.
    """
    try:
        found: Settings = _parsed(text, dict, "")
    except InputError:
        raise InputError(f"{source}: settings of a run are {str(text)[:40]!r}; expected a JSON object") from None
    for name, value in found.items():
        texts = value if isinstance(value, list) and name != "decision" else ()
        if not isinstance(value, _KINDS.get(name, str)) or not all(isinstance(each, str) for each in texts):
            seen = f"setting {str(name)[:40]!r} of a run is {str(value)[:40]!r}"
            raise InputError(f"{source}: {seen}; expected a value that stance score writes")
    return found
