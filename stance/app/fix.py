"""Teach a layout row by showing one comment of a page: its text, its author, its date.

The page is hostile. Nothing of it is sent to the browser but its words and headings, escaped, in a frame without
scripts, pictures, forms and styles of its own; each piece of text is a link that chooses it. All that was chosen is
in the address, so every page is made anew and the browser's own keys (Tab, Enter, back) do all that is needed.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from lxml import etree
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stance.app.guard import html, render
from stance.datamodels import Page, PageKind, Skip
from stance.exceptions import InputError
from stance.parsing.choosing import Thread
from stance.parsing.html.comments import find_by_own_rows, find_comments
from stance.parsing.html.page import host_of, page_tree
from stance.parsing.html.tree import BLOCKS, UNSEEN, Element, Index, upwards
from stance.parsing.layouts import HtmlLayout, Shown, learn_row, load_own_layouts, own_layout
from stance.reading import read
from stance.resources import open_file

PARTS = ("text", "author", "posted")
"""Words: parts of a comment to choose, in this order."""

NONE = "none"
"""Words: in the address, that the page does not show this part."""

MOST_SHOWN = 40_000
"""Maximum number of pieces of text that are sent; a browser is slow with more links."""

_FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-same-origin allow-top-navigation-by-user-activation"
)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


HEADINGS = ("h1", "h2", "h3", "h4")


LayoutRow: TypeAlias = dict[str, str | bool]


class Choice(NamedTuple):
    """The chosen parts of a comment: numbers of elements, ``none``, or nothing yet."""

    text: str = ""
    author: str = ""
    posted: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Choice":
        """Read a choice from an address or a form; anything else is no choice."""
        values = (given.get(name, "")[:9] for name in PARTS)
        return cls(*(each if each == NONE or (each.isascii() and each.isdigit()) else "" for each in values))

    @property
    def asked(self) -> str | None:
        """The part to choose next; None: all is chosen."""
        return next((name for name, value in zip(PARTS, self, strict=True) if not value), None)

    def address(self, path: str = "./", **changes: str) -> str:
        """Return the address of a page with this choice, relative to the folder of the page."""
        given = {name: value for name, value in self._replace(**changes)._asdict().items() if value}
        return f"{path}?{urlencode(given)}" if given else path


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
        if len(pages) != 1 or not isinstance(pages[0], Page):
            raise InputError(f"{path}: {skips[0].reason if skips else 'expected one saved page'}")
        if pages[0].kind is not PageKind.HTML:
            raise InputError(f"{path}: a text dump; layout rows are for HTML, so expected the page saved as HTML")
        return cls(pages[0], path, file)

    @cached_property
    def index(self) -> Index:
        """The elements of the page."""
        return Index(page_tree(self.page))

    @cached_property
    def host(self) -> str | None:
        """The host of the page's site."""
        return host_of(self.page)

    def element(self, number: str) -> Element | None:
        """Return the element of a number in a choice."""
        if not (number.isascii() and number.isdigit() and int(number[:9]) < len(self.index.elements)):
            return None
        return self.index.elements[int(number[:9])]

    def learn(self, choice: Choice) -> Learned:
        """Learn the row of a comment, and find the comments of the page by it."""
        text, author, posted = (self.element(each) for each in choice)
        if text is None:
            problem = "nothing of the page was chosen as a text; begin again" if choice.text else None
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
        return {each.name.partition(":")[2]: each for each in rows}

    def saved_as(self, row: LayoutRow) -> str | None:
        """Return the name under which a row is in the file; None if it is not."""
        wanted = own_layout("x", row, "the row")
        return next((name for name, each in self.names().items() if replace(each, name=wanted.name) == wanted), None)

    def save(self, row: LayoutRow) -> None:
        """Add a row to the file, whose other lines stay as they are.

        :raises ConfigError: If the file is wrong or cannot be written.
        """
        if self.saved_as(row):
            return
        known, name = self.names(), re.sub(r"[^\w.-]+", "-", self.host or self.path.stem)[:60] or "row"
        name = next(each for each in (name, *(f"{name}-{n}" for n in range(2, len(known) + 3))) if each not in known)
        lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in row.items())
        with open_file(self.file) as file:
            before = self.file.read_text(encoding="utf-8-sig").rstrip() if self.file.exists() else ""
            file.write(f'{before}\n\n["{name}"]\n{lines}'.lstrip())

    def place(self, choice: Choice) -> str:
        """Return the fragment of the page in the frame at which it opens: a chosen part, or the comments."""
        element = self.element(choice.text)
        if element is None:
            element = next(iter(find_comments(self.index).elements), None)
        around = () if element is None else (each for each in upwards(element) if each.tag in BLOCKS)
        return next((f"#e{self.index.text.positions[each]}" for each in around), "")


# The page in the frame ------------------------------------------------------------------------------------------------


def shown_markup(index: Index, boxes: Iterable[Element], choice: Choice) -> Markup:
    """Return the words of a page as links that choose them; nothing else of the page is in it.

    :param boxes: Comments that are found, to be marked.
    """
    found, chosen, asked, shown = set(boxes), set(choice) - {""}, choice.asked, 0
    positions, pieces = index.text.positions, list[str]()

    def linked(owner: Element, words: str) -> str:
        number = str(positions[owner])
        is_chosen = ' class="chosen"' if number in chosen else ""
        if asked is None:
            return f"<span{is_chosen}>{escape(words)}</span> "
        return f'<a{is_chosen} target="_top" href="{escape(choice.address(**{asked: number}))}">{escape(words)}</a> '

    walk = etree.iterwalk(index.elements[0], events=("start", "end", "comment", "pi"))
    for event, node in walk:
        is_seen = event in ("start", "end") and node.tag not in UNSEEN
        is_box = is_seen and (node.tag in BLOCKS or node in found)
        if event == "start":
            if not is_seen:
                walk.skip_subtree()
            elif is_box:
                name = node.tag if node.tag in HEADINGS else "div"
                pieces.append(f'<{name} id="e{positions[node]}"{" class=found" * (node in found)}>')
            following, owner = (node.text if is_seen else ""), node
        else:
            if is_box:
                pieces.append(f"</{node.tag if node.tag in HEADINGS else 'div'}>")
            following, owner = node.tail, node.getparent()
        if following and not following.isspace() and owner is not None and shown < MOST_SHOWN:
            pieces.append(linked(owner, " ".join(following.split())))
            shown += 1
    if shown == MOST_SHOWN:
        pieces.append(f"<p>The page has more than {MOST_SHOWN:,} pieces of text; the rest is not shown here.</p>")
    return Markup("".join(pieces))  # noqa: S704 words are escaped, tags are ours


def headings(index: Index) -> list[tuple[int, str]]:
    """Return the headings of a page with their numbers, to jump to."""
    found = ((index.text.positions[each], index.text.line_of(each)[:80]) for each in index.select(*HEADINGS))
    return list(islice((each for each in found if each[1]), 60))


# Routes ---------------------------------------------------------------------------------------------------------------


def fix_routes(open_lesson: Callable[[Request], Lesson], home: str = "") -> list[Route]:
    """Return the routes of the page; they run in threads of their own, since reading a page takes time.

    :param open_lesson: Called for each request.
    :param home: The folder of the page in the window of ``stance open``, which reads the pages again.
    """

    def show(request: Request) -> Response:
        """Show the next choice, and the comments that follow from those made."""
        lesson, choice = open_lesson(request), Choice.read(request.query_params)
        row, found, problem = lesson.learn(choice)
        saved = lesson.saved_as(row) if row and choice.asked is None else None
        values = {"row": row, "comments": found.comments, "problem": problem, "saved": saved, "in_window": bool(home)}
        token, place = request.scope["session"].form_token, lesson.place(choice)
        page = render("fix.html", **values, lesson=lesson, choice=choice, place=place, form_token=token)
        return html(page, headers={"content-security-policy": _POLICY})

    def framed(request: Request) -> Response:
        """Show the words of the page."""
        lesson, choice = open_lesson(request), Choice.read(request.query_params)
        words = shown_markup(lesson.index, lesson.learn(choice).found.elements, choice)
        page = render("words.html", words=words, headings=headings(lesson.index))
        return html(page, headers={"content-security-policy": _FRAME_POLICY, "x-frame-options": "SAMEORIGIN"})

    def save(request: Request) -> Response:
        """Add the row to the file."""
        lesson, choice = open_lesson(request), Choice.read(request.scope["form"])
        row, found, _ = lesson.learn(choice)
        if not found.comments:
            raise HTTPException(400, "Not saved: no comment follows from this. Go back and choose again.")
        lesson.save(row)
        return RedirectResponse(choice.address(), 303)

    return [Route(f"{home}/", show), Route(f"{home}/page", framed), Route(f"{home}/save", save, methods=["POST"])]
