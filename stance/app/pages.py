"""Serve the pages that ask a person: labels of comments, and the layout of a site by one comment of it.

Every page is made anew from the file of labels or the address, so a label that is shown as saved is saved, and the
browser's own keys (Tab, Enter, back) do all that is needed.

A page whose layout is taught is hostile. Nothing of it is sent to the browser but its words and headings, escaped, in a
frame without scripts, pictures, forms and styles of its own; each piece of text is a link that chooses it.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from html import escape
from itertools import groupby, islice
from pathlib import Path
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from lxml import etree
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stance.app.guard import html, render
from stance.datamodels import Mention, Page, PageKind, Record, Skip, Stance, Unit
from stance.exceptions import InputError
from stance.labels.state import count_states
from stance.parsing.choosing import Thread
from stance.parsing.html.comments import find_by_own_rows, find_comments
from stance.parsing.html.learning import Shown, learn_row
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import BLOCKS, UNSEEN, Element, upwards
from stance.parsing.html.tree import page_tree
from stance.parsing.layouts import HtmlLayout, load_own_layouts, own_layout
from stance.parsing.sites import host_of_page
from stance.reading import read
from stance.reporting import Span, cut
from stance.resources import open_file
from stance.store.labels import Answer, GuessMode, Item, LabelStore, open_queues

LARGEST_ITEM = 2**53

TONES = 6
"""Number of colours of marks; a seventh target has that of the first, and every mark names its target in words too."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Labels of targets, their mentions in a text, and the label guide."""

    labels: Mapping[str, str]
    find: Callable[..., Sequence[Mention]]  # of a text and its ``language``
    guide: str
    tone_guide: str = ""  # of sentences of articles

    def name(self, target: str) -> str:
        """Return the label of a target; its id if it is defined nowhere."""
        return self.labels.get(target, target)


def show_item(item: Item, wording: Wording) -> Record:
    """Return the texts of an item with marked mentions, the tone of each target and where it is named first."""
    tones = {pair.target: place % TONES + 1 for place, pair in enumerate(item.pairs)}
    parts, named = {}, dict[str, str]()
    for part in ("text", "parent", "title", "lead"):
        text = getattr(item, part) or ""
        mentions = [mention for mention in wording.find(text, language=item.language) if mention.target in tones]
        parts[part] = cut(text, (Span(each.start, each.end, each.target) for each in mentions))
        named = dict.fromkeys((mention.target for mention in mentions), part) | named
    is_sentence = item.unit is Unit.SENTENCE
    guide = read_guide(wording.tone_guide if is_sentence else wording.guide)
    shown = {"item": item, "wording": wording, "parts": parts, "tones": tones, "named": named, "guide": guide}
    return shown | {"is_sentence": is_sentence}


@cache
def read_guide(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read the Markdown of a guide: headings, paragraphs and lists, each with its lines.

    An indented line continues the one before, and so does one of a paragraph that no sentence or colon ended.
    """
    text = re.sub(r"[ \t]*\n[ \t]+(?=\S)", " ", text)
    text = re.sub(r"(?m)^(?![-*] |#)(.*[^.:\s])[ \t]*\n(?![-*] |#|\s)", r"\1 ", text)
    blocks: list[tuple[str, tuple[str, ...]]] = []
    for is_list, lines in groupby(text.splitlines(), key=lambda line: line.startswith(("- ", "* "))):
        if is_list:
            blocks.append(("list", tuple(line[2:] for line in lines)))
        else:
            kinds = (("heading" if line.startswith("#") else "paragraph", line.lstrip("# ")) for line in lines)
            blocks += [(kind, (line,)) for kind, line in kinds if line.strip()]
    return tuple(blocks)


# Routes of labelling --------------------------------------------------------------------------------------------------


def read_form(item: Item, form: Mapping[str, str]) -> dict[int, Answer | None]:
    """Read the answers of a form.

    :param form: ``label-N`` and ``unsure-N`` by the place of the pair in the item, and ``note``.
    :return: By place; None where there is neither a label nor a doubt.
    """
    answers: dict[int, Answer | None] = {}
    for place, pair in enumerate(item.pairs):
        given = form.get(f"label-{place}", "")
        label = Stance(given) if given in set(Stance) else None
        is_unsure = f"unsure-{place}" in form
        answers[place] = Answer(pair.target, label, is_unsure) if label or is_unsure else None
    return answers


@dataclass(frozen=True, slots=True)
class LabellingPage:
    """The routes of the page.

    :param home: The path of the next item, which another page at ``/`` may link to.
    :param said: Returns what the last labels changed, in sentences.
    """

    store: LabelStore
    wording: Wording
    show_guess: GuessMode = GuessMode.AFTER
    home: str = "/"
    said: Callable[[], list[str]] = list

    async def next_item(self, request: Request) -> Response:
        """Show the next item, or the end."""
        annotator = _annotator(request)
        if self.store.next_item(annotator) is None and self.store.has_new_items():  # drawn by another command
            open_queues(self.store, (), annotator)
        if (number := self.store.next_item(annotator)) is not None:
            return self._show(request, number)
        skipped = [(number, self._find(number).text[:80]) for number in self.store.skipped_items(annotator)]
        facts = {"others": self.store.left_to_others(annotator), "file": self.store.path.name} | self.store.uses()
        return html(render("done.html", skipped=skipped, said=self.said(), **facts, **self._frame(request)))

    async def item(self, request: Request) -> Response:
        """Show an item by its number, with the annotator's answers."""
        return self._show(request, request.path_params["number"])

    async def save(self, request: Request) -> Response:
        """Save the answers to an item, or show it again if one is missing."""
        number, form = request.path_params["number"], request.scope["form"]
        item = self._find(number)
        answers = read_form(item, form)
        given = [answer for answer in answers.values() if answer is not None]
        if missing := [place for place, answer in answers.items() if answer is None]:
            return self._show(request, number, missing=missing, given=(given, form.get("note", "")))
        self.store.record(_annotator(request), number, given, note=form.get("note"), guess_mode=self._mode(item))
        return RedirectResponse(self.home, 303)

    async def skip(self, request: Request) -> Response:
        """Skip an item for now."""
        number, note = request.path_params["number"], request.scope["form"].get("note")
        self.store.skip(_annotator(request), number, note=note, guess_mode=self._mode(self._find(number)))
        return RedirectResponse(self.home, 303)

    async def undo(self, request: Request) -> Response:
        """Take the last label or skip back, and show its item."""
        undone = self.store.undo(_annotator(request))
        return RedirectResponse(f"/item/{undone.item}?undone={undone.number}" if undone else self.home, 303)

    async def guide(self, request: Request) -> Response:
        """Show the label guide: that of comments, or of sentences."""
        is_of_tone = request.query_params.get("of") == "sentence"
        text = self.wording.tone_guide if is_of_tone else self.wording.guide
        return html(render("guide.html", guide=read_guide(text), home=self.home))

    def _mode(self, item: Item) -> GuessMode:
        return self.show_guess if item.has_guess else GuessMode.NONE

    def _find(self, number: int) -> Item:
        item = self.store.item(number) if number < LARGEST_ITEM else None
        if item is None:
            raise HTTPException(404)
        return item

    def _show(
        self,
        request: Request,
        number: int,
        *,
        missing: Iterable[int] = (),
        given: tuple[Iterable[Answer], str] | None = None,
    ) -> Response:
        """Show an item.

        :param missing: Places of questions that a form left open.
        :param given: Answers and note of that form; if not given, the saved ones, or those just taken back.
        """
        item, annotator = self._find(number), _annotator(request)
        if given is None:
            saved = self.store.current(annotator, number)
            if saved is None and (undone := request.query_params.get("undone", "")).isdecimal():
                saved = self.store.taken_back(annotator, number, int(undone[:15]))
            given = (saved.answers, saved.note or "") if saved else ((), "")
        answers, shown = {answer.target: answer for answer in given[0]}, show_item(item, self.wording)
        shown |= {"number": number, "answers": answers, "note": given[1], "missing": missing} | self._frame(request)
        return html(render("item.html", **shown), 422 if missing else 200)

    def _frame(self, request: Request) -> Record:
        """Gather the values that every page shows."""
        annotator, token = _annotator(request), request.scope["session"].form_token
        last = self.store.last(annotator)
        counts = [count_states(self.store.rows, unit, annotator=annotator) for unit in Unit]
        progress = {name: sum(getattr(each, name) for each in counts) for name in ("drawn", "done", "skipped")}
        saved = {"saved": last, "saved_item": self._find(last.item) if last else None, "progress": progress}
        return saved | {"annotator": annotator, "home": self.home, "form_token": token, "name_of": self.wording.name}


def _annotator(request: Request) -> str:
    return str(request.scope["session"].annotator)


def label_routes(open_page: Callable[[], LabellingPage], home: str) -> list[BaseRoute]:
    """Return the routes of the labelling page.

    :param open_page: Called for each request.
    """

    def route(path: str, name: str, method: str = "GET") -> Route:
        async def answer(request: Request) -> Response:
            return await getattr(open_page(), name)(request)

        return Route(path, answer, methods=[method])

    return [
        route(home, "next_item"),
        route("/item/{number:int}", "item"),
        route("/item/{number:int}", "save", "POST"),
        route("/item/{number:int}/skip", "skip", "POST"),
        route("/undo", "undo", "POST"),
        route("/guide", "guide"),
    ]


# Teaching a layout ----------------------------------------------------------------------------------------------------

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
        if len(pages) == 1 and isinstance(page := pages[0], Page) and page.kind is PageKind.HTML:
            return cls(page, path, file)
        wanted = "not a single HTML page; expected one page, saved as HTML"
        raise InputError(f"{path}: {skips[0].reason if skips else wanted}")

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
        text, author, posted = (self.element(each) for each in choice)
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
        return {each.name.partition(":")[2]: each for each in rows}

    def saved_as(self, row: LayoutRow) -> str | None:
        """Return the name under which a row is in the file; None if it is not."""
        wanted = own_layout("x", row, "the row")
        return next((name for name, each in self.names().items() if replace(each, name=wanted.name) == wanted), None)

    def save(self, row: LayoutRow) -> None:
        """Add a row to the file; its other lines stay as they are.

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


# Routes of teaching ---------------------------------------------------------------------------------------------------


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
        page = render("words.html", words=words)
        return html(page, headers={"content-security-policy": _FRAME_POLICY, "x-frame-options": "SAMEORIGIN"})

    def save(request: Request) -> Response:
        """Add the row to the file."""
        lesson, choice = open_lesson(request), Choice.read(request.scope["form"])
        row, found, _ = lesson.learn(choice)
        if not found.comments:
            raise HTTPException(400, "Not saved: your choice matches no comment. Go back and choose again.")
        lesson.save(row)
        return RedirectResponse(choice.address(), 303)

    return [Route(f"{home}/", show), Route(f"{home}/page", framed), Route(f"{home}/save", save, methods=["POST"])]
