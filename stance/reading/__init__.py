"""Read files, folders and standard input: saved pages, and tables as documents or scores.

Inputs and rows are read one at a time, so a folder of any size takes the memory of its largest page. Inputs that cannot
be read are reported with the reason, and the rest is read.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from stance.datamodels import ROWS_LAYOUT, TABLE_LAYOUT, Document, Page, PageKind, Score, Skip
from stance.exceptions import ColumnsError, InputError
from stance.limits import Limits, current_limits, shown_size
from stance.reading.archives import read_archive, read_mhtml
from stance.reading.folders import expand, with_saved_frames, with_told
from stance.reading.inputs import STANDARD_INPUT, Kind, ending_of, shown, sniff
from stance.reading.sources import FEED, Export, find_source, is_known_table, load_sources, read_export
from stance.reading.tables import Columns, Problems, Table, check_columns, is_own, parse_columns
from stance.reading.text import head, make_page, unpack

__all__ = ["Limits", "parse_columns", "read", "read_stream", "titles"]


def titles() -> dict[str, str]:
    """Return the names of exports and tables, by the layout of their documents."""
    known = {source.name: source.title for source in (*load_sources(), FEED)}
    return known | {TABLE_LAYOUT: "table of comments", ROWS_LAYOUT: "table of comments, articles unknown"}


def read(
    inputs: Sequence[str | Path],
    *,
    skip: Callable[[Skip], None],
    limits: Limits | None = None,
    stdin: BinaryIO | None = None,
    columns: Columns | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> Iterator[Page | Document | Score]:
    """Read saved pages and tables in the given order.

    :param inputs: Files, folders, and ``-`` for standard input; gzip and zstd are unpacked.
    :param skip: Called with each file, or row of a table, that cannot be read.
    :param limits: Bounds on memory and time of one input; default: those in force.
    :param stdin: Read for ``-``; the process's own when None.
    :param columns: Columns of tables by field, where they have other names: ``{"text": "body"}``.
    :param keep: Columns of tables that comments and scores carry along.
    :param output: The file or folder that this run writes; in a folder it is no input.
    :return: Pages, to be parsed; documents, of tables and exports or parsed before; scores, made before.
    :raises ConfigError: If ``columns`` names a field that is not there.
    """
    check_columns(columns or {})
    for path in expand(inputs, skip, output=output):
        name = shown(path)
        try:
            with nullcontext(stdin or sys.stdin.buffer) if name == STANDARD_INPUT else path.open("rb") as stream:
                yield from read_stream(stream, name, skip=skip, limits=limits, columns=columns, keep=keep, path=path)
        except OSError as error:
            skip(Skip(name, error.strerror or str(error), may_pass=True))


def read_stream(
    stream: BinaryIO,
    name: str,
    *,
    skip: Callable[[Skip], None],
    limits: Limits | None = None,
    columns: Columns | None = None,
    keep: Sequence[str] = (),
    path: Path | None = None,
) -> Iterator[Page | Document | Score]:
    """Read one open input; parameters as those of :func:`read`.

    :param name: The source of the values; its ending is a hint.
    :param path: The file, if it is one; related files may be in its folder.
    """
    problems = Problems(name, skip, limits or current_limits())
    try:
        yield from _values(
            stream, path or Path(name), Table(problems, check_columns(columns or {}), tuple(keep), is_known_table)
        )
    except InputError as error:
        skip(Skip(name, str(error), is_misfit=isinstance(error, ColumnsError)))
    except OSError as error:
        skip(Skip(name, error.strerror or str(error), may_pass=True))


def _values(stream: BinaryIO, path: Path, table: Table) -> Iterator[Page | Document | Score]:
    problems, source, limits = table.problems, table.problems.source, table.problems.limits
    reader = unpack(stream, limits)
    try:
        kind = sniff(head(reader), ending_of(path))
    except InputError:
        if len(reader.read(limits.page_bytes + 1)) > limits.page_bytes:  # a decompression bomb, whatever its kind
            raise InputError(f"larger than {shown_size(limits.page_bytes)}, the limit") from None
        raise
    match kind:
        case Kind.ARCHIVE:
            problems.unit = "record"
            yield from read_archive(reader, problems)
        case Kind.EXPORT:
            yield from read_export(reader, problems)
        case Kind.HTML:
            page = make_page(reader.read(limits.html_bytes + 1), source, PageKind.HTML, limits.html_bytes)
            yield with_told(with_saved_frames(page, path, limits), path)
        case Kind.MHTML:
            yield with_told(read_mhtml(reader.read(limits.page_bytes + 1), source, limits), path)
        case Kind.TEXT:
            page = make_page(reader.read(limits.text_bytes + 1), source, PageKind.TEXT, limits.text_bytes)
            yield with_told(page, path)
        case _:
            rows = table.rows(kind, stream, reader)
            first = [] if table.columns else list(islice(rows, 1))
            is_foreign = bool(first) and not is_own(first[0][1])
            known = find_source(first[0][1], is_table=kind is Kind.CSV) if is_foreign else None
            rows = chain(first, rows)
            if known is None:
                yield from table.read(kind, rows)
            else:
                yield from Export(known, problems, table.keep, path.parent).read(rows)
