"""Read tables of comments, documents or scores: CSV, JSON Lines, JSON lists, Parquet."""

import io
from collections.abc import Set
from typing import BinaryIO

from stance.exceptions import ColumnsError
from stance.reading.columns import Columns, Rows, among
from stance.reading.csv_tables import csv_rows
from stance.reading.json_tables import json_line_rows, json_rows
from stance.reading.kinds import InputKind
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

    match kind:
        case InputKind.CSV:
            return csv_rows(reader, problems, columns, require)
        case InputKind.JSON_LINES:
            return json_line_rows(reader, problems)
    problems.unit = "row"
    if kind is InputKind.JSON:
        return json_rows(reader, problems)
    return parquet_rows(stream, problems, columns, require)
