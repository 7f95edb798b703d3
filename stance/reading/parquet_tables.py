"""Read Parquet within limits of memory."""

import math
from collections.abc import Callable, Set
from datetime import date
from itertools import chain
from typing import BinaryIO

from stance.datamodels import Json
from stance.exceptions import InputError, MissingExtraError
from stance.limits import FIXED, Limits
from stance.reading.columns import Columns, Rows
from stance.reading.encodings import clean
from stance.reading.kinds import PARQUET_MAGIC
from stance.reading.problems import Problems
from stance.records import writers


def parquet_rows(
    stream: BinaryIO, problems: Problems, columns: Columns, check: Callable[[Set[str], list[str]], None]
) -> Rows:
    """Yield the rows of a Parquet table, numbered from 1.

    :param stream: The table, at any place.
    :param columns: Names of columns by our fields; with dots, of objects within rows.
    :param check: As that of :func:`csv_rows`.
    :raises InputError: If it cannot be read, is packed or comes from a pipe, or pyarrow is not there.
    """
    if not stream.seekable() or stream.seek(0) or stream.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
        raise InputError("a packed Parquet table, or one from a pipe; expected a file that is not packed")
    try:
        pyarrow, parquet = writers.load_pyarrow()
    except MissingExtraError as error:
        raise InputError(str(error)) from None
    try:
        most = problems.limits.page_bytes
        limits = {"thrift_string_size_limit": most, "thrift_container_size_limit": 1_000_000}
        # Arrow may crash on a damaged page; Spark writes a checksum of each.
        table = parquet.ParquetFile(stream, page_checksum_verification=True, **limits)
        check({path.partition(".")[0] for path in columns.values()}, table.schema_arrow.names)
        size = batch_rows(table.metadata, problems.limits)
        rows = chain.from_iterable(batch.to_pylist() for batch in table.iter_batches(size))
        yield from ((n, {name: _json_value(value) for name, value in row.items()}) for n, row in enumerate(rows, 1))
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise InputError(f"damaged Parquet data: {clean(str(error))}".replace("\n", " ")[:200]) from error


def batch_rows(metadata: Json, limits: Limits) -> int:
    """Return how many rows can be held: packed as it is, a column may repeat its longest text in each of them.

    :param metadata: Of a Parquet file.
    :raises InputError: If a column expands to more than the limit.
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    parts = [group.column(number) for group in groups for number in range(metadata.num_columns)]
    for part in parts:
        unpacked = part.total_uncompressed_size
        if unpacked > limits.ratio_from_bytes and unpacked > part.total_compressed_size * limits.ratio:
            raise InputError(f"expands to more than {limits.ratio} times its size (the limit)")
    largest = max((part.total_uncompressed_size for part in parts), default=1)
    return max(1, min(1_000, FIXED.parquet_held_bytes // max(1, largest)))


def _json_value(value: Json) -> Json:
    """Convert a cell to the type it has in JSON; many writers store texts as bytes without declaring it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {name: _json_value(member) for name, member in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    is_nan = isinstance(value, float) and math.isnan(value)
    return None if is_nan else value if isinstance(value, str | int | float | list | None) else str(value)
