"""Scored documents as rows of three tables, and back: what a part of a corpus holds.

The tables repeat outlet, document and author in the rows of comments and scores. Packed, that costs next to nothing,
and whoever opens them with DuckDB or pandas needs no joins for most questions.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stance.datamodels import STANCES, Comment, Document, Score, Unit, Via
from stance.exceptions import InputError
from stance.outputs import load_pyarrow

LARGEST_NUMBER = 2**63 - 1
LARGEST_OFFSET = 2**31 - 1

Row = tuple[Any, ...]

_TEXT, _NUMBER, _REAL, _TEXTS, _SPANS, _CELLS = "text", "number", "real", "texts", "spans", "cells"

COLUMNS: dict[str, dict[str, str]] = {
    "documents": {
        "number": _NUMBER,  # one for each document of a corpus, ascending; comments and scores carry it too
        "id": _TEXT,
        "content": _TEXT,  # digest of what it says; null: made from scores
        "input": _TEXT,  # as in the manifest
        "source": _TEXT,
        "outlet": _TEXT,
        "url": _TEXT,
        "title": _TEXT,
        "byline": _TEXT,  # who wrote the article; ``author`` is a commenter in every table
        "published": _TEXT,
        "language": _TEXT,
        "lead": _TEXT,
        "body": _TEXTS,
        "stated_comments": _NUMBER,
        "layout": _TEXT,
        "warnings": _TEXTS,
    },
    "comments": {
        "number": _NUMBER,
        "document": _TEXT,
        "outlet": _TEXT,
        "comment": _TEXT,
        "parent": _TEXT,
        "author": _TEXT,
        "posted": _TEXT,
        "votes": _NUMBER,
        "language": _TEXT,
        "text": _TEXT,
        "quoted": _TEXT,
        "parent_text": _TEXT,
        "targets": _TEXTS,
        "columns": _CELLS,
    },
    "scores": {
        "number": _NUMBER,
        "document": _TEXT,
        "outlet": _TEXT,
        "unit": _TEXT,
        "comment": _TEXT,
        "author": _TEXT,
        "target": _TEXT,
        "stance": _TEXT,
        **{stance.value: _REAL for stance in STANCES},
        "sentiment": _REAL,
        "target_sentiment": _REAL,
        "via": _TEXT,
        "evidence": _SPANS,
        "language": _TEXT,
        "model": _TEXT,
        "posted": _TEXT,
        "columns": _CELLS,
    },
}
"""Columns of each table, in order, with what a cell is."""


def schema(table: str) -> Any:
    """Give the Arrow schema of a table."""
    pyarrow, _ = load_pyarrow()
    cell = pyarrow.struct([("name", pyarrow.string()), ("value", pyarrow.string())])
    types = {
        _TEXT: pyarrow.string(),
        _NUMBER: pyarrow.int64(),
        _REAL: pyarrow.float64(),
        _TEXTS: pyarrow.list_(pyarrow.string()),
        _SPANS: pyarrow.list_(pyarrow.list_(pyarrow.int32())),
        _CELLS: pyarrow.list_(cell),
    }
    return pyarrow.schema([(name, types[kind]) for name, kind in COLUMNS[table].items()])


# Out ------------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Rows:
    """Rows of the three tables, waiting to be written."""

    documents: list[Row] = field(default_factory=list)
    comments: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    characters: int = 0

    def add(self, document: Document, number: int, origin: str, content: str | None) -> None:
        """Add a document.

        :param number: Its own in the corpus; higher than any before.
        :param origin: The input that it came of.
        :param content: Digest of what it says.
        """
        self.documents.append(_document_row(document, number, origin, content))
        self.comments.extend(_comment_row(comment, document, number) for comment in document.comments)
        self.scores.extend(_score_row(score, number) for score in document.scores)
        self.characters += sum(map(len, document.body)) + sum(len(comment.text) for comment in document.comments)

    def table(self, name: str) -> Any:
        """Give a table as Arrow has it."""
        pyarrow, _ = load_pyarrow()
        described = schema(name)
        rows: list[Row] = getattr(self, name)
        columns = zip(*rows, strict=True) if rows else [()] * len(described)
        arrays = [_array(values, kind.type) for values, kind in zip(columns, described, strict=True)]
        return pyarrow.Table.from_arrays(arrays, schema=described)


def _array(values: Sequence[Any], kind: Any) -> Any:
    pyarrow, _ = load_pyarrow()
    try:
        return pyarrow.array(values, kind)
    except UnicodeEncodeError:  # half a surrogate pair, as JSON may hold: no text can
        return pyarrow.array([_encodable(value) for value in values], kind)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()  # one character for one, so offsets hold
    if isinstance(value, list):
        return [_encodable(each) for each in value]
    if isinstance(value, dict):
        return {name: _encodable(each) for name, each in value.items()}
    return value


def _document_row(document: Document, number: int, origin: str, content: str | None) -> Row:
    return (
        number,
        document.document_id,
        content,
        origin,
        document.source,
        document.outlet,
        document.url,
        document.title,
        document.author,
        document.published,
        document.language,
        document.lead,
        list(document.body),
        _bounded(document.stated_comments),
        document.layout,
        list(document.warnings),
    )


def _comment_row(comment: Comment, document: Document, number: int) -> Row:
    return (
        number,
        document.document_id,
        document.outlet,
        comment.comment_id,
        comment.reply_to,
        comment.author,
        comment.posted,
        _bounded(comment.votes),
        comment.language,
        comment.text,
        comment.quoted,
        comment.parent_text,
        None if comment.targets is None else list(comment.targets),
        _cells(comment.columns),
    )


def _score_row(score: Score, number: int) -> Row:
    return (
        number,
        score.document,
        score.outlet,
        score.unit.value,
        score.comment,
        score.author,
        score.target,
        score.stance.value if score.stance else None,
        *(score.probabilities or (None,) * len(STANCES)),
        score.sentiment,
        score.target_sentiment,
        score.via.value if score.via else None,
        [list(span) for span in score.evidence if span[1] <= LARGEST_OFFSET],
        score.language,
        score.model,
        score.posted,
        _cells(score.columns),
    )


def _bounded(number: int | None) -> int | None:
    """Leave out a number that no page can mean and no table hold."""
    return number if number is not None and abs(number) <= LARGEST_NUMBER else None


def _cells(columns: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in columns]


# Back -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it lies in a part."""

    scored: Document
    origin: str  # the input that it came of
    content: str | None  # digest of what it says; None: made from scores

    @property
    def key(self) -> str:
        """What it is known by: what it says, and scores by the document that they are of."""
        return self.content or self.scored.document_id


def rows_of(batch: Any) -> Iterator[Row]:
    """Give the rows of a record batch."""
    return zip(*(_values(column) for column in batch.columns), strict=True)


def _values(column: Any) -> list[Any]:
    """Turn a column into Python values; a repeated text is made once."""
    if hasattr(column, "dictionary"):
        known = [*column.dictionary.to_pylist(), None]
        return [known[index] for index in column.indices.fill_null(len(known) - 1).to_pylist()]
    values: list[Any] = column.to_pylist()
    return values


def read_stored(row: Row, comments: Iterable[Row], scores: Iterable[Row]) -> Stored:
    """Make a document of its rows.

    :raises InputError: If a value is missing or out of range.
    """
    _, identifier, content, origin, source, outlet, url, title, byline, published, language, lead, *rest = row
    body, stated, layout, warnings = rest
    document = Document(
        document_id=_given(identifier, "id"),
        source=_given(source, "source"),
        outlet=outlet,
        url=url,
        title=title,
        author=byline,
        published=published,
        language=_given(language, "language"),
        lead=lead,
        body=_texts(body),
        comments=tuple(map(_comment, comments)),
        stated_comments=stated,
        layout=_given(layout, "layout"),
        warnings=_texts(warnings),
    )
    return Stored(replace(document, scores=tuple(map(_score, scores))), _given(origin, "input"), content)


def _comment(row: Row) -> Comment:
    _, _, _, identifier, parent, author, posted, votes, language, text, quoted, parent_text, targets, columns = row
    if text is None or identifier is None:
        raise InputError("a comment has no text or no name; expected both")
    return Comment(
        comment_id=identifier,
        text=text,
        author=author,
        reply_to=parent,
        posted=posted,
        votes=votes,
        language=_given(language, "language"),
        quoted=quoted,
        parent_text=parent_text,
        targets=None if targets is None else _texts(targets),
        columns=_pairs(columns),
    )


def _score(row: Row) -> Score:
    _, document, outlet, unit, comment, author, target, _, *rest = row
    favor, against, neutral, not_addressed, sentiment, target_sentiment, via, evidence, *others = rest
    language, model, posted, columns = others
    return Score(
        document=document,
        outlet=outlet,
        unit=_UNITS(unit),
        comment=comment,
        author=author,
        target=_given(target, "target"),
        probabilities=_probabilities(favor, against, neutral, not_addressed),
        sentiment=_compound(sentiment),
        target_sentiment=_compound(target_sentiment),
        via=None if via is None else _VIAS(via),
        evidence=tuple(map(_span, evidence)) if evidence else (),
        language=_given(language, "language"),
        model=_given(model, "model"),
        posted=posted,
        columns=_pairs(columns),
    )


def _member(members: dict[str, Any], name: str) -> Callable[[Any], Any]:
    def find(value: Any) -> Any:
        if value not in members:
            raise InputError(f"{name} is {str(value)[:40]!r}; expected one that stance score writes")
        return members[value]

    return find


_UNITS = _member({unit.value: unit for unit in Unit}, "unit")
_VIAS = _member({via.value: via for via in Via}, "via")


def _given(value: Any, name: str) -> str:
    if not value:
        raise InputError(f"{name} is missing or empty; expected text")
    return str(value)


def _probabilities(
    favor: float | None, against: float | None, neutral: float | None, not_addressed: float | None
) -> tuple[float, float, float, float] | None:
    if favor is None or against is None or neutral is None or not_addressed is None:
        if favor is against is neutral is not_addressed:
            return None
    elif min(favor, against, neutral, not_addressed) >= 0 and abs(favor + against + neutral + not_addressed - 1) < 1e-3:
        return favor, against, neutral, not_addressed
    raise InputError(f"probabilities are {favor, against, neutral, not_addressed}; expected four that sum to 1")


def _compound(value: float | None) -> float | None:
    if value is not None and not -1 <= value <= 1:
        raise InputError(f"a sentiment is {value}; expected a number from -1 to 1")
    return value


def _span(value: Any) -> tuple[int, int]:
    if value and len(value) == 2 and None not in value and 0 <= value[0] <= value[1]:
        return value[0], value[1]
    raise InputError("evidence holds no span; expected such as [0, 6]")


def _texts(values: Any) -> tuple[str, ...]:
    if values is None or None in values:
        raise InputError("a list lacks a text; expected texts")
    return tuple(values)


def _pairs(cells: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(cell["name"]), str(cell["value"])) for cell in cells) if cells else ()
