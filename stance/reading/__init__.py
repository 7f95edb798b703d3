"""Read files, folders and standard input: saved pages, and tables as documents or scores.

Inputs and rows are read one at a time, so a folder of any size takes the memory of its largest page. Inputs that cannot
be read are reported with the reason, and the rest is read.
"""

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO

from stance import page_layouts
from stance.datamodels import Document, OnSkip, Page, PageKind, Skip, Strings
from stance.exceptions import ColumnsError, InputError
from stance.limits import current_limits, shown_size
from stance.reading.clips import with_front_matter
from stance.reading.columns import Columns, check_columns
from stance.reading.encodings import make_page
from stance.reading.export_formats import load_sources
from stance.reading.folders import expand
from stance.reading.frames import with_saved_frames
from stance.reading.input_names import STANDARD_INPUT, ending_of, shown
from stance.reading.kinds import InputKind, sniff
from stance.reading.mhtml import read_mhtml
from stance.reading.packed import head, unpack
from stance.reading.pages_csv import with_facts
from stance.reading.problems import Problems
from stance.reading.sheets import sheets_as_csv
from stance.reading.tables import read_rows, table_rows
from stance.reading.web_archives import read_archive
from stance.reading.xml_exports import read_export

__all__ = ["read", "titles"]


def titles() -> dict[str, str]:
    """Return the names of exports and tables, by the layout of their documents."""
    names = {source.name: source.title for source in load_sources()}
    return names | {
        page_layouts.TABLE_LAYOUT: "table of comments",
        page_layouts.ROWS_LAYOUT: "table of comments, articles unknown",
    }


def read(
    inputs: Sequence[str | Path],
    *,
    skip: OnSkip,
    stdin: BinaryIO | None = None,
    columns: Columns | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
    outlet: str | None = None,
    warn: Callable[[str, str], None] = lambda *_: None,
) -> Iterator[Page | Document]:
    """Read saved pages and tables in the given order.

    :param inputs: Files, folders, and ``-`` for standard input; gzip and zstd are unpacked.
    :param skip: Called with each file, or row of a table, that cannot be read.
    :param stdin: Read for ``-``; the process's own when None.
    :param columns: Columns of tables by field, where they have other names: ``{"text": "body"}``.
    :param keep: Columns of tables that comments and scores carry along.
    :param output: The file or folder that this run writes; in a folder it is no input.
    :param outlet: That of tables and exports that name none.
    :param warn: Called with a table or export and how it was read, such as a column under another name.
    :return: Pages, to be parsed; documents, of tables and exports or parsed before, or of scores made before.
    :raises ConfigError: If ``columns`` names a field that is not there.
    """
    check_columns(columns or {})
    for path in expand(inputs, skip, output=output):
        name = shown(path)
        problems = Problems(name, skip, current_limits(), warn=warn)
        try:
            with nullcontext(stdin or sys.stdin.buffer) if name == STANDARD_INPUT else path.open("rb") as stream:
                yield from _values(stream, path, problems, columns or {}, (*keep,), outlet)
        except InputError as error:
            skip(Skip(name, str(error), is_misfit=isinstance(error, ColumnsError)))
        except OSError as error:
            skip(Skip(name, error.strerror or str(error), may_pass=True))


def _values(
    stream: BinaryIO, path: Path, problems: Problems, columns: Columns, keep: Strings, outlet: str | None
) -> Iterator[Page | Document]:
    source, limits = problems.source, problems.limits
    reader = unpack(stream, limits)
    try:
        kind = sniff(head(reader), ending_of(path))
    except InputError:
        if len(reader.read(limits.page_bytes + 1)) > limits.page_bytes:  # a decompression bomb, whatever its kind
            raise InputError(f"larger than {shown_size(limits.page_bytes)} (the limit)") from None
        raise
    match kind:
        case InputKind.ARCHIVE:
            problems.unit = "record"
            yield from read_archive(reader, problems)
        case InputKind.EXPORT:
            yield from read_export(reader, problems, outlet)
        case InputKind.HTML:
            page = make_page(reader.read(limits.html_bytes + 1), source, PageKind.HTML, limits.html_bytes)
            if sheets := sheets_as_csv(page):
                for sheet in sheets:
                    yield from _values(io.BytesIO(sheet), Path(f"{path}.csv"), problems, columns, keep, outlet)
                return
            yield with_facts(with_saved_frames(page, path, limits), path)
        case InputKind.MHTML:
            yield with_facts(read_mhtml(reader.read(limits.page_bytes + 1), source, limits), path)
        case InputKind.TEXT:
            page = make_page(reader.read(limits.text_bytes + 1), source, PageKind.TEXT, limits.text_bytes)
            yield with_facts(with_front_matter(page), path)
        case _:
            rows = problems.bounded(table_rows(kind, stream, reader, problems, columns))
            yield from read_rows(kind, rows, problems, columns, keep, outlet)
