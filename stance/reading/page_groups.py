"""Keep comments on disk until all of a page are there.

Exports list comments by time, or state the title behind them.
"""

import json
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from stance.datamodels import Json
from stance.reading.disk_sort import DiskSort, disk_errors
from stance.reading.page_comments import Entry

PageFields = dict[str, Json]
"""Fields of a page that an export states, by the names of ``Document``."""


class Groups:
    """Keeps comments on disk, and returns them page by page, in the order in which the pages came."""

    def __init__(self) -> None:
        self._entries, self._count = DiskSort(), 0
        self._noted: dict[tuple[Json, ...], int | str] = {}  # what was said of pages lately, and their places
        self._database = self._entries.database
        self._database.execute("CREATE TABLE pages (name TEXT PRIMARY KEY, place, known TEXT) WITHOUT ROWID")

    def add(self, name: str, page: PageFields, entry: Entry | None = None, order: str = "", place: str = "") -> None:
        """Add the known fields of a page, and a comment of it.

        :param order: Text by which pages are sorted, behind those without one.
        :param place: Text by which the comments of a page are sorted.
        """
        self._count += 1
        page_facts = (name, bool(entry), *page.items())
        if (first := self._noted.get(page_facts)) is None:
            with disk_errors():
                stored = self._database.execute("SELECT known, place FROM pages WHERE name = ?", (name,)).fetchone()
                first = (stored and stored[1]) or order or (self._count if entry else 0)
                merged = json.dumps(page | json.loads(stored[0]) if stored else page)
                self._database.execute("REPLACE INTO pages VALUES (?, ?, ?)", (name, first, merged))
            if len(self._noted) > 1_000:
                self._noted.clear()
            self._noted[page_facts] = first
        if entry:
            self._entries.add(first, entry, place, 3_000 + 4 * len(entry.comment.text))

    def pages(self) -> Iterator[tuple[str, PageFields, Iterator[Entry]]]:
        """Yield each page with its comments, in the order of the first ones."""
        comments = groupby(self._entries, key=itemgetter(0))
        group = next(comments, None)
        for name, facts, first in self._database.execute("SELECT name, known, place FROM pages ORDER BY place"):
            is_next = group is not None and group[0] == first
            yield name, json.loads(facts), (entry for _, entry in group[1]) if group and is_next else iter(())
            group = next(comments, None) if is_next else group
