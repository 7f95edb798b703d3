"""Keep comments on disk until all of a page are there.

Exports list comments by time, or state the title behind them.
"""

from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter

from stance.datamodels import Json
from stance.reading.disk_sort import DiskSort
from stance.reading.input_names import natural_text
from stance.reading.page_comments import Entry

PageFields = dict[str, Json]
"""Fields of a page that an export states, by the names of ``Document``."""


class Groups:
    """Keeps comments and fields of their pages on disk, and returns them page by page, in the order of their names."""

    def __init__(self) -> None:
        self._values = DiskSort()
        self._noted = set[tuple[Json, ...]]()  # what was said of pages lately

    def add(self, name: str, page: PageFields, entry: Entry | None, places: tuple[str, str]) -> None:
        """Add the known fields of a page, and a comment of it.

        :param places: Texts by which what is said of a page, and its comments, are sorted.
        """
        order, facts = f"{natural_text(name)}\1{name}", (name, *page.items())
        if facts not in self._noted:
            if len(self._noted) > 1_000:
                self._noted.clear()
            self._noted.add(facts)
            self._values.add(order, page, f"\1{places[0]}")
        if entry:
            self._values.add(order, entry, f"\2{places[1]}")

    def pages(self) -> Iterator[tuple[str, PageFields, Iterator[Entry]]]:
        """Yield each page with its comments; of its fields, what was said first counts."""
        for order, group in groupby(self._values, key=itemgetter(0)):
            values, page, first = (value for _, value in group), PageFields(), list[Entry]()
            for value in values:
                if isinstance(value, Entry):
                    first.append(value)
                    break
                page = value | page
            yield order.partition("\1")[2], page, chain(first, values)
