"""Teach a layout row by showing one comment of a page: its text, its author, its date.

The page is hostile. Nothing of it is sent to the browser but its words and headings, escaped, in a frame without
scripts, pictures, forms and styles of its own; each piece of text is a link that chooses it. All that was chosen stands
in the address, so every page is made anew and the browser's own keys (Tab, Enter, back) do all that is needed.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from lxml import etree
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from stance.app.guard import Log, Sessions, guarded_app, html, render
from stance.datamodels import Comment, Page, PageKind, Skip, counted
from stance.exceptions import InputError, StanceError
from stance.parsing.html.comments import find_by_own_rows, find_comments
from stance.parsing.html.page import host_of, page_tree
from stance.parsing.html.tree import BLOCKS, UNSEEN, Element, Index, upwards
from stance.parsing.layouts import HtmlLayout, Shown, learn_row, load_own_layouts, own_layout
from stance.parsing.threads import Thread
from stance.reading import read
from stance.reading.inputs import HTML_ENDINGS, MHTML_ENDINGS, in_order
from stance.resources import open_file

PARTS = ("text", "author", "posted")
"""Parts of a comment to choose, in this order."""

NONE = "none"
"""In the address: the page does not show this part."""

MOST_SHOWN = 40_000
"""Number of pieces of text that are sent; a browser is slow with more links."""

MOST_OTHERS, MOST_LOOKED_AT, MOST_BYTES = 8, 200, 3_000_000
"""Number of other pages of the site that are read at each step, of files that are looked at to find them, and bytes of
such a file."""

MOST_LISTED, EXCERPT = 200, 160
"""Number of comments that are listed, and characters of each."""

_HEADINGS = ("h1", "h2", "h3", "h4")
_MOST_HEADINGS = 60
_NO_NAME = re.compile(r"[^\w.-]+")
_FRAME_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; base-uri 'none'; "
    "form-action 'none'; sandbox allow-same-origin allow-top-navigation-by-user-activation"
)
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


class Choice(NamedTuple):
    """The chosen parts of a comment: numbers of elements, ``none``, or nothing yet."""

    text: str = ""
    author: str = ""
    posted: str = ""

    @property
    def asked(self) -> str | None:
        """The part to choose next; None: all is chosen."""
        return next((name for name, value in zip(PARTS, self, strict=True) if not value), None)

    def address(self, path: str = "./", **changes: str) -> str:
        """Return the address of a page with this choice, relative to the folder of the page."""
        given = {name: value for name, value in self._replace(**changes)._asdict().items() if value}
        return f"{path}?{urlencode(given)}" if given else path


class Other(NamedTuple):
    """Another page of the site, and how many comments are found there by the row, and without it."""

    name: str
    found: int
    before: int


@dataclass(frozen=True)
class Lesson:
    """A page to learn a row from, with other pages of its site, and the file that rows are saved to."""

    page: Page
    path: Path
    file: Path
    before: dict[Path, int] = field(default_factory=dict)  # comments of other pages as they are found without the row

    @classmethod
    def open(cls, path: Path, file: Path) -> "Lesson":
        """Read a saved page.

        :raises InputError: If it is no HTML page.
        :raises ConfigError: If the file of rows is wrong.
        """
        if file.exists():
            load_own_layouts(file)
        return cls(read_html(path), path, file)

    @cached_property
    def index(self) -> Index:
        """The elements of the page."""
        return Index(page_tree(self.page))

    @cached_property
    def host(self) -> str | None:
        """The host of the page's site."""
        return host_of(self.page)

    @cached_property
    def others(self) -> list[Path]:
        """Files in the same folder that hold pages of the same host."""
        names = in_order(each.name for each in self.path.parent.iterdir() if each.suffix.lower() in _ENDINGS)
        paths = (self.path.with_name(name) for name in names if name != self.path.name)
        return list(islice(filter(self._is_of_site, islice(paths, MOST_LOOKED_AT)), MOST_OTHERS))

    def _is_of_site(self, path: Path) -> bool:
        try:
            return path.stat().st_size <= MOST_BYTES and host_of(read_html(path)) == self.host
        except (OSError, StanceError):
            return False

    def row(self, choice: Choice) -> dict[str, str | bool]:
        """Learn the row of a comment.

        :raises InputError: If the chosen parts are in no box of their own.
        """
        text, author, posted = (self.element(each) for each in choice)
        row = learn_row(self.index, Shown(text, author, posted)) if text is not None else {}
        return {**({"sites": self.host} if self.host else {}), **row}

    def element(self, number: str) -> Element | None:
        """Return the element of a number in a choice."""
        if not (number.isascii() and number.isdigit() and int(number[:9]) < len(self.index.elements)):
            return None
        return self.index.elements[int(number[:9])]

    def read(self, row: Mapping[str, Any], *, others: bool) -> tuple[Thread, list[Other]]:
        """Read the page, and the others of its site if they are wanted, by a row."""
        layout = own_layout("taught", dict(row), "the row")
        found = find_by_own_rows(self.index, [layout]) or Thread()
        return found, [other for path in self.others if (other := self._other(path, layout))] if others else []

    def _other(self, path: Path, layout: HtmlLayout) -> Other | None:
        try:
            index = Index(page_tree(read_html(path)))
        except (OSError, StanceError):  # it has changed since
            return None
        if path not in self.before:
            self.before[path] = len(find_comments(index).comments)
        found = find_by_own_rows(index, [layout])
        return Other(path.name, len(found.comments) if found else 0, self.before[path])

    def saved_as(self, row: Mapping[str, Any]) -> str | None:
        """Return the name under which a row is in the file; None if it is not."""
        if not self.file.exists():
            return None
        wanted = own_layout("x", dict(row), "the row")
        same = (each for each in load_own_layouts(self.file) if replace(each, name=wanted.name) == wanted)
        return next((each.name.partition(":")[2] for each in same), None)

    def save(self, row: Mapping[str, Any]) -> None:
        """Add a row to the file, whose other lines stay as they are.

        :raises ConfigError: If the file is wrong or cannot be written.
        """
        if self.saved_as(row):
            return
        known = {each.name.partition(":")[2] for each in load_own_layouts(self.file)} if self.file.exists() else set()
        name = _NO_NAME.sub("-", self.host or self.path.stem)[:60] or "row"
        name = next(each for n in range(1, len(known) + 2) if (each := name if n == 1 else f"{name}-{n}") not in known)
        lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in row.items())
        with open_file(self.file) as file:
            before = self.file.read_text(encoding="utf-8-sig").rstrip() if self.file.exists() else ""
            file.write(f'{before}\n\n["{name}"]\n{lines}'.lstrip())


_ENDINGS = HTML_ENDINGS | MHTML_ENDINGS


def read_html(path: Path) -> Page:
    """Read one saved page.

    :raises InputError: If it is no HTML page.
    """
    skips: list[Skip] = []
    pages = list(islice(read([path], skip=skips.append), 2))
    if len(pages) != 1 or not isinstance(pages[0], Page):
        reason = skips[0].reason if skips else "expected one saved page"
        raise InputError(f"{path}: {reason}")
    if pages[0].kind is not PageKind.HTML:
        raise InputError(f"{path}: a text dump; layout rows are for HTML, so expected the page saved as HTML")
    return pages[0]


# The page in the frame ------------------------------------------------------------------------------------------------


def shown_markup(index: Index, boxes: Iterable[Element], choice: Choice) -> Markup:
    """Return the words of a page as links that choose them; nothing else of the page is in it.

    :param boxes: Comments that are found, to be marked.
    """
    return Markup("".join(_pieces(index, set(boxes), choice)))  # noqa: S704 words are escaped, tags are ours


def _pieces(index: Index, boxes: set[Element], choice: Choice) -> Iterator[str]:
    chosen, asked, shown = set(choice) - {""}, choice.asked, 0
    positions = index.text.positions

    def linked(owner: Element, words: str) -> str:
        number = str(positions[owner])
        is_chosen = ' class="chosen"' if number in chosen else ""
        if asked is None:
            return f"<span{is_chosen}>{escape(words)}</span> "
        return f'<a{is_chosen} target="_top" href="{escape(choice.address(**{asked: number}))}">{escape(words)}</a> '

    walk = etree.iterwalk(index.elements[0], events=("start", "end", "comment", "pi"))
    for event, node in walk:
        is_seen = event in ("start", "end") and node.tag not in UNSEEN
        is_box = is_seen and (node.tag in BLOCKS or node in boxes)
        pieces: list[str] = []
        if event == "start":
            if not is_seen:
                walk.skip_subtree()
            elif is_box:
                name = node.tag if node.tag in _HEADINGS else "div"
                pieces.append(f'<{name} id="e{positions[node]}"{" class=found" * (node in boxes)}>')
            following, owner = (node.text if is_seen else ""), node
        else:
            if is_box:
                pieces.append(f"</{node.tag if node.tag in _HEADINGS else 'div'}>")
            following, owner = node.tail, node.getparent()
        if following and not following.isspace() and owner is not None and shown < MOST_SHOWN:
            pieces.append(linked(owner, " ".join(following.split())))
            shown += 1
        yield from pieces
    if shown == MOST_SHOWN:
        yield f"<p>The page has more than {MOST_SHOWN:,} pieces of text; the rest is not shown here.</p>"


def headings(index: Index) -> list[tuple[int, str]]:
    """Return the headings of a page with their numbers, to jump to."""
    found = ((index.text.positions[each], index.text.line_of(each)[:80]) for each in index.select(*_HEADINGS))
    return list(islice((each for each in found if each[1]), _MOST_HEADINGS))


# Routes ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FixPage:
    """The routes of the page."""

    lesson: Lesson
    in_window: bool = False  # of ``stance open``, which reads the pages again

    def app(self, sessions: Sessions, log: Log) -> ASGIApp:
        """Return the application behind its access checks.

        :param log: Called with one line for each failure.
        """
        return guarded_app(fix_routes(lambda _: self), sessions, log)

    def show(self, request: Request) -> Response:
        """Show the next choice, and the comments that follow from those made."""
        lesson, choice = self.lesson, _choice(request.query_params)
        row, found, others, problem = self._learned(choice)
        values = {
            "lesson": lesson,
            "in_window": self.in_window,
            "choice": choice,
            "row": row,
            "comments": found.comments[:MOST_LISTED],
            "count": counted(len(found.comments), "comment"),
            "named": sum(each.author is not None for each in found.comments),
            "dated": sum(each.posted is not None for each in found.comments),
            "others": others,
            "problem": problem,
            "excerpt": _excerpt,
            "saved": lesson.saved_as(row) if row and choice.asked is None else None,
            "place": _place(lesson, choice),
            "form_token": request.scope["session"].form_token,
        }
        return html(render("fix.html", **values), headers={"content-security-policy": _POLICY})

    def framed(self, request: Request) -> Response:
        """Show the words of the page."""
        choice = _choice(request.query_params)
        _, found, _, _ = self._learned(choice, others=False)
        words = shown_markup(self.lesson.index, found.elements, choice)
        page = render("words.html", words=words, headings=headings(self.lesson.index))
        return html(page, headers={"content-security-policy": _FRAME_POLICY, "x-frame-options": "SAMEORIGIN"})

    def save(self, request: Request) -> Response:
        """Add the row to the file."""
        choice = _choice(request.scope["form"])
        row, found, _, _ = self._learned(choice, others=False)
        if not found.comments:
            raise HTTPException(400, "Not saved: no comment follows from this. Go back and choose again.")
        self.lesson.save(row)
        return RedirectResponse(choice.address(), 303)

    def _learned(
        self, choice: Choice, *, others: bool = True
    ) -> tuple[dict[str, str | bool], Thread, list[Other], str | None]:
        """Return the row, the comments on this page, those of others, and the fault of the choice."""
        if not choice.text:
            return {}, Thread(), [], None
        try:
            row = self.lesson.row(choice)
            if "comment" not in row:
                raise InputError("nothing of the page was chosen as a text; begin again")
            found, pages = self.lesson.read(row, others=others)
        except InputError as error:
            return {}, Thread(), [], str(error)
        return row, found, pages, None


def fix_routes(open_page: Callable[[Request], FixPage], home: str = "") -> list[Route]:
    """Return the routes of the page; they run in threads of their own, since reading a page takes time.

    :param open_page: Called for each request.
    """
    return [
        Route(f"{home}/", lambda request: open_page(request).show(request)),
        Route(f"{home}/page", lambda request: open_page(request).framed(request)),
        Route(f"{home}/save", lambda request: open_page(request).save(request), methods=["POST"]),
    ]


def _choice(given: Mapping[str, str]) -> Choice:
    values = (given.get(name, "")[:9] for name in PARTS)
    return Choice(*(value if value == NONE or (value.isascii() and value.isdigit()) else "" for value in values))


def _excerpt(comment: Comment) -> str:
    text = " ".join(comment.text.split())
    return text if len(text) <= EXCERPT else f"{text[:EXCERPT]}…"


def _place(lesson: Lesson, choice: Choice) -> str:
    """Return the fragment of the page in the frame at which it opens: a chosen part, or the comments."""
    index = lesson.index
    element = lesson.element(choice.text)
    if element is None:
        element = next(iter(find_comments(index).elements), None)
    around = () if element is None else (each for each in upwards(element) if each.tag in BLOCKS)
    return next((f"#e{index.text.positions[each]}" for each in around), "")
