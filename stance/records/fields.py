"""Check the fields of a record: return the value, or say why it is wrong."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from stance.datamodels import Certainties, Comment, Document, Record, Score, Span
from stance.exceptions import InputError
from stance.resources.toml import quoted

Fields = Mapping[str, object]
"""A record that is read."""

Rows = Iterable[tuple[Score, Record]]
"""Scores, each with its further cells, such as those of :data:`TEXT_FIELDS`."""

Reader = Callable[[object, str], object]
"""Checks the value of a field, by its name, and returns it."""

Kind = TypeVar("Kind", Document, Comment)

Write = TypeVar("Write", bound=Callable[..., None])


def typed(kind: type, expected: str) -> Reader:
    """Return the check of a value of a type."""

    def read(value: object, name: str) -> object:
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
            raise InputError(f"{name} is {names.get(type(value), 'a number')}; expected {expected}")
        return value

    return read


def text_or_none(value: object, name: str) -> str | None:
    """Return a text, or None where there is none."""
    if value is None or (isinstance(value, str) and value.isascii()):  # nearly all; several times as fast
        return value
    text = str(typed(str, "text")(value, name))
    if re.search("[\ud800-\udfff]", text):
        raise InputError(f"{name} holds a surrogate, or a byte that is no character; expected text")
    return text


def required_text(value: object, name: str) -> str:
    """Return a text that must be there."""
    if not (text := text_or_none(value, name)):
        raise InputError(f"{name} is missing or empty; expected text")
    return text


def tuple_of(reader: Callable[[object, str], Kind | str | Span | None]) -> Reader:
    """Read a list, each value of it by a reader."""

    def read_all(value: object, name: str) -> object:
        if value is not None and not isinstance(value, list):
            typed(list, "a list")(value, name)
        return tuple([reader(item, name) for item in value or ()])  # type: ignore[attr-defined]

    return read_all


def number_in(low: float, high: float) -> Reader:
    """Return the check of a number in a range."""

    def read(value: object, name: str) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise InputError(f"{name} is {quoted(value)}; expected a number from {low} to {high}")
        return float(value)

    return read


def read_certainties(value: object, name: str) -> Certainties:
    """Return the certainties of the parts of a page."""
    record = typed(dict, "an object")(value, name) or {}
    return Certainties(**{part: number_in(0.0, 1.0)(record.get(part), part) for part in Certainties._fields})  # type: ignore[attr-defined,arg-type]


def member_of(members: type[StrEnum]) -> Reader:
    """Return the check of a member of some values."""

    def read(value: object, name: str) -> object:
        text = text_or_none(value, name)
        try:
            return None if text is None else members(text)
        except ValueError as error:
            raise InputError(f"{name} is {quoted(text)}; expected one that `stance score` writes") from error

    return read
