"""Learn the layout of a site by one comment that a person chose on a saved page of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from stance.datamodels import Page, PageKind, Skip
from stance.exceptions import InputError
from stance.parsing.html.comments import find_by_own_rows, find_comments
from stance.parsing.html.learning import Shown, learn_row
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import BLOCKS, Element, upwards
from stance.parsing.html.tree import page_tree
from stance.parsing.layouts import HtmlLayout, load_own_layouts, own_layout
from stance.parsing.sites import host_of_page
from stance.parsing.thread import Thread
from stance.reading import read
from stance.resources.files import open_file

PARTS = ("text", "author", "posted")
"""Words: parts of a comment to choose, in this order."""

LayoutRow: TypeAlias = dict[str, str | bool]


class Choice(NamedTuple):
    """The chosen parts of a comment: numbers of elements, ``none``, or nothing yet."""

    text: str = ""
    author: str = ""
    posted: str = ""

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "Choice":
        """Read a choice from an address or a form; anything else is no choice."""
        values = (fields.get(name, "")[:9] for name in PARTS)
        # "none": the page does not show this part.
        return cls(*(value if value == "none" or (value.isascii() and value.isdigit()) else "" for value in values))

    @property
    def asked(self) -> str | None:
        """The part to choose next; None: all is chosen."""
        return next((name for name, value in zip(PARTS, self, strict=True) if not value), None)

    def address(self, path: str = "./", **changes: str) -> str:
        """Return the address of a page with this choice, relative to the folder of the page."""
        fields = {name: value for name, value in self._replace(**changes)._asdict().items() if value}
        return f"{path}?{urlencode(fields)}" if fields else path


class Learned(NamedTuple):
    """The row that follows from a choice, the comments that it finds, and why there is none."""

    row: LayoutRow
    found: Thread
    problem: str | None = None


@dataclass(frozen=True)
class Lesson:
    """A page to learn a row from, and the file that rows are saved to."""

    page: Page
    path: Path
    file: Path

    @classmethod
    def open(cls, path: Path, file: Path) -> "Lesson":
        """Read a saved page.

        :raises InputError: If it is no HTML page.
        :raises ConfigError: If the file of rows is wrong.
        """
        if file.exists():
            load_own_layouts(file)
        skips: list[Skip] = []
        pages = list(islice(read([path], skip=skips.append), 2))
        if len(pages) == 1 and isinstance(page := pages[0], Page) and page.kind is PageKind.HTML:
            return cls(page, path, file)
        problem = "not a single HTML page; expected one page, saved as HTML"
        raise InputError(f"{path}: {skips[0].reason if skips else problem}")

    @cached_property
    def index(self) -> Index:
        """The elements of the page."""
        return Index(page_tree(self.page))

    @cached_property
    def host(self) -> str | None:
        """The host of the page's site."""
        return host_of_page(self.page)

    def element(self, number: str) -> Element | None:
        """Return the element of a number in a choice."""
        if not (number.isascii() and number.isdigit() and int(number[:9]) < len(self.index.elements)):
            return None
        return self.index.elements[int(number[:9])]

    def learn(self, choice: Choice) -> Learned:
        """Learn the row of a comment, and find the comments of the page by it."""
        text, author, posted = (self.element(number) for number in choice)
        if text is None:
            problem = "no text of the page was chosen; begin again" if choice.text else None
            return Learned({}, Thread(), problem)
        try:
            learned = learn_row(self.index, Shown(text, author, posted))
        except InputError as error:
            return Learned({}, Thread(), str(error))
        row: LayoutRow = {**({"sites": self.host} if self.host else {}), **learned}
        return Learned(row, find_by_own_rows(self.index, [own_layout("taught", row, "the row")]) or Thread())

    def names(self) -> dict[str, HtmlLayout]:
        """Return the rows of the file by their names."""
        rows = load_own_layouts(self.file) if self.file.exists() else ()
        return {row.name.partition(":")[2]: row for row in rows}

    def saved_as(self, row: LayoutRow) -> str | None:
        """Return the name under which a row is in the file; None if it is not."""
        layout = own_layout("x", row, "the row")
        return next((name for name, saved in self.names().items() if replace(saved, name=layout.name) == layout), None)

    def save(self, row: LayoutRow) -> None:
        """Add a row to the file; its other lines stay as they are.

        :raises ConfigError: If the file is wrong or cannot be written.
        """
        if self.saved_as(row):
            return
        names, name = self.names(), re.sub(r"[^\w.-]+", "-", self.host or self.path.stem)[:60] or "row"
        candidates = (name, *(f"{name}-{n}" for n in range(2, len(names) + 3)))
        name = next(candidate for candidate in candidates if candidate not in names)
        lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in row.items())
        with open_file(self.file) as file:
            before = self.file.read_text(encoding="utf-8-sig").rstrip() if self.file.exists() else ""
            file.write(f'{before}\n\n["{name}"]\n{lines}'.lstrip())

    def place(self, choice: Choice) -> str:
        """Return the fragment of the page in the frame at which it opens: a chosen part, or the comments."""
        element = self.element(choice.text)
        if element is None:
            element = next(iter(find_comments(self.index).elements), None)
        around = () if element is None else (block for block in upwards(element) if block.tag in BLOCKS)
        return next((f"#e{self.index.text.positions[block]}" for block in around), "")
