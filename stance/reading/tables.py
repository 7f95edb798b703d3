"""Read tables of comments, documents or scores: CSV, JSON Lines, JSON lists, Parquet."""

import io
from collections.abc import Iterator, Set
from itertools import chain, islice
from typing import BinaryIO

from stance.datamodels import Document, Strings
from stance.exceptions import ColumnsError
from stance.reading.columns import Columns, Rows, among
from stance.reading.csv_tables import csv_rows
from stance.reading.export_formats import find_source, load_sources
from stance.reading.exports import Export
from stance.reading.guesses import guess_format
from stance.reading.json_objects import rows_in
from stance.reading.json_tables import json_rows
from stance.reading.kinds import InputKind
from stance.reading.own_records import is_own
from stance.reading.parquet_tables import parquet_rows
from stance.reading.problems import Problems


def table_rows(
    kind: InputKind, stream: BinaryIO, reader: io.BufferedReader, problems: Problems, columns: Columns
) -> Rows:
    """Yield the rows of a table with their numbers.

    :param stream: The table as it was opened.
    :param reader: The table, unpacked.
    :raises InputError: If the table lacks a column that is mapped, or names one twice.
    """

    def require(theirs: Set[str], names: list[str]) -> None:
        if missing := sorted(theirs - set(names)):
            raise ColumnsError(f"no column {', '.join(missing)[:100]} {among(names)} the columns that --map names")

    if kind is InputKind.CSV:
        return csv_rows(reader, problems, columns, require)
    problems.unit = "row"
    if kind is InputKind.JSON:
        return json_rows(reader, problems)
    return parquet_rows(stream, problems, columns, require)


def read_rows(
    kind: InputKind, rows: Rows, problems: Problems, columns: Columns, keep: Strings, outlet: str | None = None
) -> Iterator[Document]:
    """Read the comments, documents or scores in the rows of a table or an export.

    :param columns: Columns by our fields, where the user named them.
    :param keep: Columns that are carried along as they are, cut to 200 characters.
    :param outlet: Outlet of documents that state none.
    :raises InputError: If there are none, or a column that is needed is not there.
    """
    first = list(islice(rows, 2))  # in front of comments, some state users and pages
    if len(first) == 1 and kind is InputKind.JSON:
        first = list(enumerate(rows_in(first[0][1]), 1))
    sources = load_sources(str.lower if kind is InputKind.CSV else str)
    others = () if columns else (row for _, row in first if not is_own(row))
    source = next(filter(None, (find_source(row, sources) for row in others)), None)
    if source is None:
        first += islice(rows, 18 * ("comment" in map(str.lower, first[0][1] if first else ())))
        source = guess_format([row for _, row in first], kind, columns, problems)
    yield from Export(source, problems, keep, outlet).read(kind, chain(first, rows))
