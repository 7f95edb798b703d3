"""Rows of documents, comments and scores in a store, and back.

A store may come from anyone, so values are checked where SQLite does not: lists, spans and probabilities.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any, NoReturn

from stance import datamodels
from stance.datamodels import STANCES, TONES, Certainties, Comment, Document, Score, Sentence, Strings, Unit, Via
from stance.exceptions import InputError
from stance.pseudonyms import person
from stance.reading.encodings import without_controls
from stance.records.fields import read_certainties
from stance.records.score_records import score_from_record
from stance.store.units import Row, encodable

Settings = Mapping[str, Any]

_DOCUMENT_FIELDS = [each.name for each in fields(Document) if each.name not in ("comments", "scores", "event")]

_COMMENT_FIELDS = (
    "comment_id", "reply_to", "author", "posted", "votes", "language", "text", "quoted", "parent_text", "targets",
    "columns",
)  # fmt: skip
"""Fields of values, in the order of the columns that hold them."""

_of_document, _of_comment = attrgetter(*_DOCUMENT_FIELDS), attrgetter(*_COMMENT_FIELDS)


def document_row(document: Document) -> Row:
    """Return the row of a document."""
    return tuple(map(_cell, _of_document(document)))


def comment_row(comment: Comment) -> Row:
    """Return the row of a comment."""
    *values, columns = _of_comment(comment)
    return (*map(_cell, values), _json(dict(columns)) if columns else None)


def _cell(value: object) -> object:
    """Return a value as SQLite holds it; None for a number that it cannot hold, and no page means."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, tuple):
        return _json(value._asdict() if isinstance(value, Certainties) else value)
    return None if isinstance(value, int) and abs(value) >= 2**63 else value


_POSSIBLE = "?"
"""Mark in the column ``via`` behind what names a target for a text that may refer to it, and is not read so."""


def score_row(score: Score) -> Row:
    """Return the row of a comment's score."""
    probabilities = score.probabilities or (None,) * len(STANCES)
    sentiments, evidence = (score.sentiment, score.target_sentiment), _json(score.evidence) if score.evidence else None
    via = f"{score.possible}{_POSSIBLE}" if score.possible else score.via
    return (score.target, score.stance, *probabilities, *sentiments, via, evidence, encodable(score.undecided))


def sentence_row(score: Score, sentence: Sentence) -> Row:
    """Return the row of a sentence's score."""
    texts = map(encodable, (sentence.text, sentence.place, sentence.voice, sentence.speaker))
    evidence = _json(score.evidence) if score.evidence else None
    number = int((score.comment or "").rpartition("-")[2] or 0)
    return (number, score.target, *texts, score.tone, *(score.tones or (None,) * len(TONES)), evidence)


def read_document(row: Row, comments: Iterable[Row]) -> Document:
    """Make a document of its rows.

    :raises InputError: If a value is not one that :func:`document_row` writes.
    """
    values = dict(zip(_DOCUMENT_FIELDS, map(_clean, row), strict=True))
    if not 0 <= (values["certainty"] or 0) <= 1:
        refuse(values["certainty"], "certainty")
    values["certainties"] = read_certainties(_parsed(values["certainties"], dict, "certainties"), "certainties")
    values |= {name: _texts(values[name]) for name in ("body", "quotations", "warnings", "doubts")}
    return datamodels.without_odd_times(Document(**values, comments=tuple(map(_read_comment, comments))))


def _read_comment(row: Row) -> Comment:
    *values, targets, extra = map(_clean, row)
    columns = {} if extra is None else _parsed(extra, dict, "extra")
    if not all(isinstance(cell, str) for cell in columns.values()):
        refuse(extra, "extra")
    values += [None if targets is None else _texts(targets), tuple(columns.items())]
    return Comment(**dict(zip(_COMMENT_FIELDS, values, strict=True)))


def read_score(row: Row, document: Document, comment: Comment, model: str) -> Score:
    """Make a score of its row, of which the values are checked, and of its comment.

    :param document: That of the comment.
    """
    columns = ("target", "stance", *STANCES, "sentiment", "target_sentiment", "via", "evidence", "undecided")
    record = {**zip_row(columns, row), "comment": comment.comment_id, "document": document.document_id}
    record |= {"author": person(comment.author, document.layout), "outlet": document.outlet}
    record |= {"language": comment.language, "posted": comment.posted, "model": model}
    if (via := record["via"]) and via.endswith(_POSSIBLE):
        record |= {"via": None, "possible": via.removesuffix(_POSSIBLE)}
    language = datamodels.read_as(comment.language, document.language)
    score = score_from_record(record | {"sentiment_method": datamodels.sentiment_method(record["sentiment"], language)})
    undecided, extra = record["undecided"], comment.columns
    return replace(score, columns=extra, undecided=undecided) if extra or undecided else score


def read_sentence(row: Row, document: Document, model: str) -> Score:
    """Make a sentence's score of its row."""
    columns = ("comment", "target", "text", "place", "voice", "speaker", "tone", *TONES, "evidence")
    record = zip_row(columns, map(_clean, row))
    record |= {"document": document.document_id, "outlet": document.outlet, "language": document.language}
    record |= {"posted": document.published, "model": model, "unit": Unit.SENTENCE, "via": Via.TEXT}
    return score_from_record(record | {"comment": datamodels.sentence_id(record["comment"])})


def zip_row(names: Sequence[str], row: Iterable[Any]) -> dict[str, Any]:
    """Return the values of a row by name; its evidence as a list."""
    record = dict(zip(names, row, strict=True))
    return record | {"evidence": record["evidence"] and _parsed(record["evidence"], list, "evidence")}


def _clean(value: Any) -> Any:
    """Remove control characters from a text, as reading does."""
    return without_controls(value) if isinstance(value, str) else value


def refuse(value: object, name: str) -> NoReturn:
    """Refuse a value that no command writes.

    :raises InputError: Always.
    """
    raise InputError(f"{name} is {str(value)[:40]!r}; expected a value that stance score writes")


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode()


def _parsed(text: str, kind: type, name: str) -> Any:
    try:
        value = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        value = None
    return value if isinstance(value, kind) else refuse(text, name)


def _texts(text: str) -> Strings:
    texts = _parsed(text, list, "a list of texts")
    return tuple(texts) if all(isinstance(element, str) for element in texts) else refuse(text, "a list of texts")


def read_settings(text: str, source: str) -> Settings:
    """Read the settings of a run, which others may have written.

    :param source: Holds them.
    :raises InputError: If one that is used is of another type.
    """
    try:
        settings = json.loads(text)
        targets, texts = settings.get("targets", []), [settings.get(name, "") for name in ("model", "names")]
        if isinstance(targets, list) and all(isinstance(value, str) for value in (*targets, *texts)):
            return dict(settings)
    except (AttributeError, ValueError, RecursionError):
        pass
    raise InputError(f"{source}: settings of a run are {text[:40]!r}; expected those that stance score writes")
