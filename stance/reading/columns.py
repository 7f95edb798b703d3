"""Columns of tables: rows, their fields, and values at paths in them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from stance.datamodels import Json
from stance.exceptions import ConfigError, InputError, unknown
from stance.reading.encodings import clean

Row: TypeAlias = Mapping[str, Json]

Rows: TypeAlias = Iterator[tuple[int, Row]]

Columns: TypeAlias = Mapping[str, str]


def values_at(record: Json, path: str) -> list[Json]:
    """Return all values at a path; of a list on the way, all objects count; a name may have dots itself."""
    values, tail = [record], path
    while tail:
        objects = [item for item in flat(values) if isinstance(item, Mapping)]
        step, _, tail = (tail, "", "") if any(tail in item for item in objects) else tail.partition(".")
        values = [item[step] for item in objects if step in item]
    return values


def flat(values: Iterable[Json]) -> list[Json]:
    """Return values, in place of a list its elements."""
    return [element for value in values for element in (value if isinstance(value, list) else [value])]


def find(record: Json, path: str) -> Json:
    """Return the first value at a path; None if there is none."""
    if isinstance(record, Mapping) and (path in record or "." not in path):  # several times as fast
        return record.get(path)
    return next(iter(values_at(record, path)), None)


TABLE_FIELDS = (
    "text", "id", "document", "posted", "votes", "language", "target", "outlet", "title", "author", "parent",
)  # fmt: skip
"""The fields of a comment that a table may have; only ``text`` is needed."""


def check_columns(columns: Columns, fields: Sequence[str] = TABLE_FIELDS) -> Columns:
    """Check a mapping of fields to columns, and return it.

    :param columns: Names of columns by our fields.
    :raises ConfigError: If there is no such field, or a name is empty.
    """
    for name, theirs in columns.items():
        if name not in fields:
            raise ConfigError(unknown("a table has no field", name, fields))
        if not theirs.strip():
            raise ConfigError(f"no column is given for {name}; expected its name in the table")
    return columns


def parse_columns(texts: str | Iterable[str], fields: Sequence[str] = TABLE_FIELDS) -> Columns:
    """Parse a mapping of columns from the command line.

    :param texts: Such as ``text=body,author=user.name``; a name with dots leads into objects within a row.
    :raises ConfigError: If it is no such list, or names an unknown field or one field twice.
    """
    columns = {}
    # A list in an environment variable is cut at its blanks, also those in a name.
    for pair in re.split(r",\s*|\s+(?=\w+=)", texts if isinstance(texts, str) else " ".join(texts)):
        name, equals, theirs = (part.strip() for part in pair.partition("="))
        if not equals or name in columns:
            raise ConfigError(f"a mapping of columns holds {pair[:40]!r}; expected pairs such as text=body,author=user")
        columns[name] = theirs
    return check_columns(columns, fields)


def text_of(value: Json, name: str) -> str | None:
    """Return a cell as text; None if it is empty.

    :raises InputError: If it is neither a text nor a number.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise InputError(f"{name} is not text; expected text")
    return None if value is None else str(value).strip() or None


def among(names: list[str]) -> str:
    """Return names of columns as a part of a message."""
    listed = ", ".join(" ".join(clean(name).split())[:30] for name in names[:12])
    return f"among {f'{listed}, …' if len(names) > 12 else listed or 'no names'}; expected"
