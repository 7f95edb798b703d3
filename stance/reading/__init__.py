"""Read files, folders and standard input: saved pages, and tables as documents or scores; keep the newest saves.

Inputs and rows are read one at a time, so a folder of any size takes the memory of its largest page. Inputs that cannot
be read are reported with the reason, and the rest is read.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import chain, count, groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from stance.datamodels import ROWS_LAYOUT, TABLE_LAYOUT, Comment, Document, Page, PageKind, Score, Skip
from stance.exceptions import ColumnsError, InputError
from stance.limits import Limits, current_limits, shown_size
from stance.log import Log
from stance.pseudonyms import folded
from stance.reading.archives import read_archive, read_mhtml
from stance.reading.folders import expand, with_facts, with_saved_frames
from stance.reading.sources import Export, find_source, is_known_table, load_sources, read_export
from stance.reading.tables import Columns, DiskSort, Problems, Table, check_columns, is_own, parse_columns
from stance.reading.text import STANDARD_INPUT, InputKind, ending_of, head, make_page, shown, sniff, unpack
from stance.records import page_of

__all__ = ["Limits", "newest_save", "newest_saves", "parse_columns", "read", "titles"]


def titles() -> dict[str, str]:
    """Return the names of exports and tables, by the layout of their documents."""
    known = {source.name: source.title for source in load_sources()}
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
        problems = Problems(name, skip, limits or current_limits())
        try:
            with nullcontext(stdin or sys.stdin.buffer) if name == STANDARD_INPUT else path.open("rb") as stream:
                yield from _values(stream, path, Table(problems, columns or {}, tuple(keep), is_known_table))
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
        case InputKind.ARCHIVE:
            problems.unit = "record"
            yield from read_archive(reader, problems)
        case InputKind.EXPORT:
            yield from read_export(reader, problems)
        case InputKind.HTML:
            page = make_page(reader.read(limits.html_bytes + 1), source, PageKind.HTML, limits.html_bytes)
            yield with_facts(with_saved_frames(page, path, limits), path)
        case InputKind.MHTML:
            yield with_facts(read_mhtml(reader.read(limits.page_bytes + 1), source, limits), path)
        case InputKind.TEXT:
            page = make_page(reader.read(limits.text_bytes + 1), source, PageKind.TEXT, limits.text_bytes)
            yield with_facts(page, path)
        case _:
            rows = table.rows(kind, stream, reader)
            first = [] if table.columns else list(islice(rows, 1))
            sources = load_sources(str.lower if kind is InputKind.CSV else str)
            known = find_source(first[0][1], sources) if first and not is_own(first[0][1]) else None
            rows = chain(first, rows)
            if known is None:
                yield from table.read(kind, rows)
            else:
                yield from Export(known, problems, table.keep).read(rows)


# Saves of one page ----------------------------------------------------------------------------------------------------

# Labels refer to documents and comments by their ids, so the newest save gets those of the oldest.


def newest_saves(documents: Iterable[Document], log: Log) -> Iterator[Document]:
    """Yield one document for each address, its newest save, in the order of the first ones; others stay as they are.

    Documents with an address wait on disk until all are read.

    :param log: Logs the number of saves.
    """
    waiting, places = DiskSort(), dict[str, int]()
    for number, document in enumerate(documents):
        page = page_of(document.url, document.outlet, document.layout)
        if page is None and not places:
            yield document
        else:
            waiting.add(places.setdefault(page, number) if page else number, document, _age_of(document))
    for _, group in groupby(waiting, key=itemgetter(0)):
        pages: list[tuple[Document, Document, int]] = []  # of one thread: the first save, the newest, their number
        for _, document in group:
            place = next((at for at, (_, newest, _) in enumerate(pages) if are_saves(newest, document)), len(pages))
            first, _, saved = pages[place] if place < len(pages) else (document, document, 0)
            pages[place : place + 1] = [(first, document, saved + 1)]
        for first, newest, saved in pages:
            log_saves(newest, saved, log)
            yield newest_save(first, newest)


def are_saves(document: Document, other: Document) -> bool:
    """Return whether two documents of one address are saves of one page, not pages of one thread.

    Many pages of a thread give the address of its first page as their own; they have no comment in common.
    """
    said = {key for key, _ in _keyed(document.comments)}
    return not said or not other.comments or not said.isdisjoint(key for key, _ in _keyed(other.comments))


def log_saves(document: Document, count: int, log: Log) -> None:
    """Log the number of saves of a page, if there are several."""
    if count > 1:
        log.warn(document.url or document.source, f"{count} saves of one page; the newest one counts")


def newest_save(first: Document, other: Document) -> Document:
    """Return the newer one of two saves, with the ids of the first for the page and the comments that both have."""
    if first is other or _age_of(other) < _age_of(first):
        return first
    known = {key: comment.comment_id for key, comment in _keyed(first.comments)}
    taken = set(known.values())
    free = (name for number in count(1) if (name := f"c{number}") not in taken)
    names = {
        comment.comment_id: known.get(key) or (next(free) if key[0] else comment.comment_id)
        for key, comment in _keyed(other.comments)
    }
    comments = tuple(
        replace(each, comment_id=names[each.comment_id], reply_to=names.get(each.reply_to or ""))
        for each in other.comments
    )
    scores = tuple(
        replace(each, document=first.document_id, comment=names.get(each.comment or "", each.comment))
        for each in other.scores
    )
    return replace(other, document_id=first.document_id, comments=comments, scores=scores)


def _keyed(comments: Iterable[Comment]) -> Iterator[tuple[tuple[str, ...], Comment]]:
    """Yield comments with what they are known by: author, text and number of times; of exports, their id."""
    times = Counter[tuple[str, str]]()
    for comment in comments:
        name, said = comment.comment_id, (folded(comment.author or ""), folded(comment.text))
        times[said] += 1
        is_numbered = name.startswith("c") and name[1:].isdigit()  # its id is its place on the page
        yield ("said", *said, str(times[said])) if is_numbered else ("", name), comment


def _age_of(document: Document) -> str:
    """Return a text by which the saves of a page are sorted, the oldest first, in whatever order they come."""
    last = max((comment.posted or "" for comment in document.comments), default="")
    votes = sum(comment.votes or 0 for comment in document.comments)
    numbers = (document.stated_comments or 0, len(document.comments), votes)
    return "\n".join((last[:40], *(f"{max(0, min(number, 10**15)):016}" for number in numbers), document.document_id))
