"""Read ``pages.csv``, which states the outlet, title, date and address of the pages in its folder."""

import stat
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

from stance.datamodels import Json, Page, PageFacts, Skip
from stance.exceptions import ColumnsError, InputError
from stance.limits import FIXED, current_limits, open_plain
from stance.reading.csv_tables import csv_rows
from stance.reading.input_names import PAGES_TABLE, shown, web_address
from stance.reading.packed import unpack
from stance.reading.problems import Problems
from stance.reading.times import to_iso

COLUMNS = ("file", "outlet", "title", "date", "url")


class PagesTable(NamedTuple):
    """The rows of a ``pages.csv``."""

    rows: dict[str, PageFacts]  # by the name of the file
    problems: tuple[Skip, ...]  # wrong cells and rows, and rows of files that are missing


def pages_table(folder: Path) -> PagesTable | None:
    """Read the ``pages.csv`` of a folder; None if there is none, or if it is a table of comments."""
    path = folder / PAGES_TABLE
    with suppress(OSError):
        status = path.lstat()  # a link may lead out of the folder
        return _load(path, status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else None
    return None


# Cache size, in folders.
@lru_cache(8)
def _load(path: Path, _time: int, _size: int) -> PagesTable | None:
    names = {unicodedata.normalize("NFC", file.name) for file in path.parent.iterdir()}
    rows, skips = dict[str, PageFacts](), list[Skip]()
    problems = Problems(shown(path), skips.append, current_limits())
    try:
        with open_plain(path) as stream:
            for number, cells in csv_rows(unpack(stream, problems.limits), problems, {}, _check):
                name = unicodedata.normalize("NFC", cells["file"].strip().removeprefix("./"))
                if name in rows:
                    problems.add(number, f"a second row of {name[:80]!r}; the first one counts")
                elif name not in names:
                    problems.add(number, f"no file {name[:80]!r} in this folder; expected this file")
                else:
                    rows[name] = _page_facts(cells, partial(problems.add, number))
    except ColumnsError:  # a table of comments
        return None
    except (InputError, OSError) as error:
        problems.add_whole(getattr(error, "strerror", None) or str(error))
    return PagesTable(rows, tuple(skips))


def _check(_: object, names: list[str]) -> None:
    if "file" not in names or "text" in names:
        raise ColumnsError("a table of comments")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise InputError(f"unknown column {unknown[0][:40]!r}; expected {', '.join(COLUMNS)}")


def _page_facts(cells: Mapping[str, Json], refuse: Callable[[str], None]) -> PageFacts:
    """Read the cells of a row; one that is wrong is refused, and the others count."""
    row = {name: " ".join(cells.get(name, "").split()) for name in COLUMNS}
    published, url = to_iso(row["date"]), web_address(row["url"])
    if row["date"] and published is None:
        refuse(f"date {row['date'][:40]!r}; expected a date such as 2024-03-01")
    if row["url"] and url is None:
        refuse(f"url {row['url'][:40]!r}; expected an address such as https://example.org/story")
    for name in ("outlet", "title"):
        if len(row[name]) > FIXED.title_chars:
            refuse(f"{name} has {len(row[name]):,} characters; expected at most {FIXED.title_chars}")
            row[name] = ""
    return PageFacts(row["outlet"] or None, row["title"] or None, published, url)


def stated_facts(path: Path) -> PageFacts | None:
    """Return what the ``pages.csv`` in the folder of a page states of it; None if nothing."""
    table = pages_table(path.parent)
    return table.rows.get(unicodedata.normalize("NFC", path.name)) if table else None


def with_facts(page: Page, path: Path) -> Page:
    """Return a page with its facts from the ``pages.csv`` in its folder."""
    if (stated := stated_facts(path)) is None:
        return page
    facts = replace(page.facts, **{name: value for name, value in asdict(stated).items() if value})
    return replace(page, facts=facts, url=facts.url or page.url)
