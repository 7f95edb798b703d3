"""Read the pages, tables and stores of a run, and parse them: each document once.

Documents are streamed: no more than a batch is held at a time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path
from typing import BinaryIO, TypeVar

from stance.datamodels import Document, Page, PageFacts, Skip, Unit
from stance.exceptions import NothingReadError
from stance.log import Log
from stance.options.reading import ReadingOptions
from stance.parsing.layouts import load_own_layouts
from stance.parsing.sites import Sites
from stance.reading import read
from stance.reading.repeats import log_copy, newest_saves
from stance.records.digests import DocumentIds, content_of, input_of
from stance.store import Store, is_store, stores_in
from stance.workers.cores import Cores, in_this_process
from stance.workers.page_worker import PageWorker

InputPaths = Sequence[str | Path]

Item = TypeVar("Item")


def read_documents(
    inputs: InputPaths,
    reading: ReadingOptions | None = None,
    *,
    log: Log,
    keep: Sequence[str] = (),
    engine: Cores | None = None,
    stdin: BinaryIO | None = None,
    output: Path | None = None,
    see: Callable[[Document], None] = lambda _: None,
) -> Iterator[Document]:
    """Read inputs, and parse (or have an engine work on) the pages among them.

    :param inputs: Files, folders, ``-`` for standard input.
    :param log: Logs each input, or part of one, that is left out, and each warning.
    :param keep: Columns of tables that comments and scores carry along, for groups to be named by.
    :param engine: Closed after the last item; None: pages are parsed in this process.
    :param stdin: Where ``-`` is read from.
    :param output: The file that this run writes; in a folder it is no input.
    :param see: Called with each document, also with those that the conditions leave out.
    :return: Documents in the order of the inputs, each once; with scores where an engine or an input gives them. Of the
        saves of one page, the newest.
    """
    reading, is_joined = reading or ReadingOptions(), len(inputs) == 1 and is_store(Path(inputs[0]))

    def is_kept(document: Document) -> bool:
        see(document)
        return is_wanted(document, reading, log)

    items = chain.from_iterable(
        chain.from_iterable(stores_in(Path(path)) for path in part)
        if are_stored
        else read_pages(list(part), reading, log, keep, stdin, output)
        for are_stored, part in groupby(inputs, key=lambda path: bool(stores_in(Path(path))))
    )
    parsed = _read_each(items, reading, log, engine or in_this_process(PageWorker(reading.language)), is_kept)
    documents = log.watch(parsed, "Documents:", inputs)
    return documents if is_joined else newest_saves(documents, log)


def _read_each(
    items: Iterable[Page | Document | Skip | Path],
    reading: ReadingOptions,
    log: Log,
    engine: Cores,
    is_kept: Callable[[Document], bool],
) -> Iterator[Document]:
    """Have an engine parse pages, and yield each document once."""
    firsts, ids = dict[str, str](), DocumentIds()  # where each document came first, by the digest of its content
    with engine as opened:
        for item in opened.run(Sites(log.warn).name(items)):
            if isinstance(item, Skip):
                log.skip(item)
            elif isinstance(item, Path):
                stored = _read_stored(item, reading.run_number, log, firsts)
                yield from filter(is_kept, (ids.distinct(page, f"{item}\n{input_of(page.source)}") for page in stored))
            elif _is_new(content_of(item), item.source, log, firsts):
                item = ids.distinct(item, input_of(item.source))
                if item.has_texts:
                    log.warn(item.source, *item.warnings)
                if is_kept(item):
                    if item.doubts:  # of stores, the run that read the page said so
                        log.counts["checked"] += 1
                        log.counts["doubtful"] += item.is_doubtful
                        log.example = log.example or f"{item.source}: {item.doubts[0]}"
                    log.counts["scored"] += item.has_texts and any(score.unit is Unit.COMMENT for score in item.scores)
                    yield item


def is_wanted(document: Document, reading: ReadingOptions, log: Log) -> bool:
    """Return whether a document is certain enough and meets the conditions, and count it."""
    option = reading.left_out_by(document)
    if document.certainty is not None:
        log.counts["judged"] += 1
    log.counts[option or "kept"] += 1
    if option == "--where":
        log.asked[document.outlet or ""] = dict(reading.where).get("outlet", "")
    return option is None


def read_pages(
    inputs: InputPaths,
    reading: ReadingOptions,
    log: Log,
    keep: Sequence[str],
    stdin: BinaryIO | None = None,
    output: Path | None = None,
) -> Iterator[Page | Document | Skip]:
    """Read inputs that are no stores; skipped parts are in their place.

    :param log: Logs how tables and exports are read, and counts the pages that the user describes in ``pages.csv``.
    """
    layouts = load_own_layouts(reading.layouts) if reading.layouts else ()
    left_out: list[Skip] = []
    outlet = reading.outlet
    for item in read(
        inputs, skip=left_out.append, stdin=stdin, columns=reading.columns, keep=keep, output=output, outlet=outlet,
        warn=log.warn,
    ):  # fmt: skip
        yield from left_out
        left_out.clear()
        if isinstance(item, Page):
            log.counts["described"] += item.facts != PageFacts()
            item = replace(item, outlet=outlet, layouts=layouts)
        yield item
    yield from left_out


def _is_new(content: str, source: str, log: Log, firsts: dict[str, str]) -> bool:
    """Return whether a document was not seen before, and log it if it was."""
    if is_known := content in firsts:
        log_copy(source, firsts[content], log)
    firsts.setdefault(content, source)
    return not is_known


def _read_stored(path: Path, run: int | None, log: Log, firsts: dict[str, str]) -> Iterator[Document]:
    """Read a run of a store, and log the inputs that were skipped when it was made."""
    with Store.read(path) as store:
        opened, runs = store.open_run(run, log), store.runs()
        if len(runs) > 1 and run is None:
            others = ", ".join(f"--run {other.number} ({other.model})" for other in runs if other != opened)
            used = f"the latest, {opened.number} ({opened.model}), is used"
            log.warn(str(path), f"holds {len(runs)} runs; {used}; {others}")
        log.skip(*store.skips(opened, log.skip))
        is_bare = False
        for stored in store.stored(opened, log.skip):
            if not stored.document.has_texts and not is_bare:
                is_bare = True
                log.warn(path.name, *stored.document.warnings)
            if _is_new(stored.content, stored.document.source, log, firsts):
                yield stored.document


def at_least_one(items: Iterable[Item], log: Log) -> Iterator[Item]:
    """Pass items on.

    :raises NothingReadError: If there are none, before anything is written; it names the only skipped input.
    """
    items = iter(items)
    for first in items:
        return chain((first,), items)
    skips = log.skipped if len(log.skipped) == 1 else ()
    raise NothingReadError(*(f"{skip.source}: {skip.reason}; nothing" for skip in skips))
