"""Documents as JSON records, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields

from stance.datamodels import Certainties, Comment, Document, Record, Strings
from stance.exceptions import InputError
from stance.records.fields import (
    Fields,
    Kind,
    Reader,
    number_in,
    read_certainties,
    required_text,
    text_or_none,
    tuple_of,
    typed,
)
from stance.resources.toml import quoted

_TABLE_FIELDS = ("parent_text", "targets")
"""Fields that only a table of comments gives; a page's record stays as short as it was."""

_READERS: Mapping[object, Reader] = {
    str: required_text,
    str | None: text_or_none,
    int | None: typed(int, "a whole number"),
    float | None: number_in(0.0, 1.0),
    Certainties: read_certainties,
    **dict.fromkeys((Strings, Strings | None), tuple_of(lambda value, name: text_or_none(value, name) or "")),
    tuple[Comment, ...]: tuple_of(lambda value, _: _from_record(Comment, value)),
}
"""Functions that check a field of a record, by the type of the value's field."""


def _plan(kind: type[Document | Comment], names: Sequence[str]) -> list[tuple[str, str, Reader, bool]]:
    fields_of = {field.name: field for field in fields(kind)}
    keys = {"document_id": "id", "comment_id": "id", "reply_to": "parent"}
    return [
        (name, keys.get(name, name), _READERS[fields_of[name].type], fields_of[name].default is not MISSING)
        for name in names
    ]


_PLANS = {
    Document: _plan(Document, [each.name for each in fields(Document) if each.name not in ("scores", "event")]),
    Comment: _plan(
        Comment, ("comment_id", "reply_to", "author", "posted", "votes", "language", "text", "quoted", *_TABLE_FIELDS)
    ),
}


def document_to_record(document: Document) -> Record:
    """Turn a document into its JSON shape."""
    record = {key: getattr(document, name) for name, key, _, _ in _PLANS[Document] if name != "quotations"}
    comments = [_comment_to_record(comment) for comment in document.comments]
    lists = {name: list(getattr(document, name)) for name in ("body", "warnings", "doubts")}
    articles = {"articles": document.articles} if document.articles else {}
    quotations = {"quotations": list(document.quotations)} if document.quotations else {}
    parts = {"comments": comments, "certainties": document.certainties._asdict()}
    return record | lists | parts | quotations | articles


def _comment_to_record(comment: Comment) -> Record:
    record = {key: getattr(comment, name) for name, key, _, _ in _PLANS[Comment]}
    return {key: value for key, value in record.items() if value is not None or key not in _TABLE_FIELDS}


def document_from_record(record: Fields) -> Document:
    """Read a document back from its JSON shape.

    :raises InputError: If a field is missing or of another type; the message names it.
    """
    return _from_record(Document, record)


def _from_record(kind: type[Kind], record: object) -> Kind:
    if not isinstance(record, Mapping):
        raise InputError(f"a {kind.__name__.lower()} is {quoted(record)}; expected an object")
    values: Record = {}
    for name, key, reader, has_default in _PLANS[kind]:
        if not has_default or record.get(key) not in (None, ""):
            values[name] = reader(record.get(key), key)
    return kind(**values)
