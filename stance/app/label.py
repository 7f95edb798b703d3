"""Serve the labelling page: items with their mentions, answers saved at once, the label guide.

Every page is made anew from the file of labels, so a label that is shown as saved is saved.
"""

import re
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stance.app.guard import html, render
from stance.datamodels import Document, Mention, Record, is_sentence_id
from stance.exceptions import StanceError
from stance.labels.queues import Queue
from stance.log import Log
from stance.store.labels import Answer, GuessMode, Item, LabelStore

if TYPE_CHECKING:
    from stance.aggregation.clusters import AuditLabels
    from stance.reporting.opening import Level

LARGEST_ITEM = 2**53

TONES = 6
"""Number of colours of marks; a seventh target has that of the first, and every mark names its target in words too."""

Given = tuple[Iterable[Answer], str]
"""Answers of a form, and its note."""


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


class MarkedText(NamedTuple):
    """A run of text with the targets that it names."""

    text: str
    names: tuple[str, ...] = ()
    tone: int = 0  # 0: no mark


def show_item(item: Item, wording: Wording) -> Record:
    """Return the texts of an item with marked mentions, the tone of each target and where it is named first."""
    tones = {pair.target: place % TONES + 1 for place, pair in enumerate(item.pairs)}
    parts, named = {}, dict[str, str]()
    for part in ("text", "parent", "title", "lead"):
        text = getattr(item, part) or ""
        mentions = [mention for mention in wording.find(text, language=item.language) if mention.target in tones]
        parts[part] = list(mark_mentions(text, mentions, tones, wording))
        named = dict.fromkeys((mention.target for mention in mentions), part) | named
    is_sentence = is_sentence_id(item.identifier)
    guide = read_guide(wording.tone_guide if is_sentence else wording.guide)
    return {
        "item": item, "wording": wording, "parts": parts, "tones": tones, "named": named, "is_sentence": is_sentence,
        "guide": guide,
    }  # fmt: skip


def mark_mentions(
    text: str, mentions: Sequence[Mention], tones: Mapping[str, int], wording: Wording
) -> Iterator[MarkedText]:
    """Split a text at its mentions; joined, the pieces are the text.

    :param mentions: By start; they overlap only if two targets own the same span.
    """
    done = 0
    for (start, end), own in groupby(mentions, key=lambda mention: (mention.start, mention.end)):
        targets = [mention.target for mention in own]
        if start < done:
            continue
        if start > done:
            yield MarkedText(text[done:start])
        yield MarkedText(text[start:end], tuple(map(wording.name, targets)), tones[targets[0]])
        done = end
    if done < len(text):
        yield MarkedText(text[done:])


@cache
def read_guide(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Read the Markdown of a guide: headings, paragraphs and lists, each with its lines.

    An indented line continues the one before, and so does one of a paragraph that no sentence or colon ended.
    """
    blocks: list[tuple[str, list[str]]] = []
    joins = False  # the line before belongs to a paragraph or a list
    for line in map(str.rstrip, text.splitlines()):
        last, lines = blocks[-1] if joins else ("", [""])
        is_entry, is_heading = line.startswith(("- ", "* ")), re.match("#{1,6} ", line)
        joins = bool(line) and not is_heading
        if is_heading:
            blocks.append(("heading", [line.lstrip("#").lstrip(" ")]))
        elif is_entry and last == "list":
            lines.append(line[2:])
        elif is_entry:
            blocks.append(("list", [line[2:]]))
        elif last and (line.startswith(" ") or (line and last == "paragraph" and lines[-1][-1] not in ".:")):
            lines[-1] += f" {line.strip()}"
        elif line:
            blocks.append(("paragraph", [line.strip()]))
    return tuple((kind, tuple(lines)) for kind, lines in blocks)


# Widths of intervals --------------------------------------------------------------------------------------------------

REST = 4.0
"""Number of times that the pause before an estimate is longer than the last took: a fifth of a processor at most."""

_LEFT = "SELECT outlet, target, count(*) FROM unlabelled WHERE role = 'audit' GROUP BY 1, 2"


@dataclass(frozen=True, slots=True)
class Width:
    """Half the widest 95 % interval toward a target, in percentage points.

    :param group: The group that it is of; None: all comments.
    :param more: Labels of the sample that wait, or fewer if they are expected to reach the width asked for.
    :param wanted: The width that the sample was drawn for.
    """

    target: str
    group: str | None
    now: float
    more: int
    after: float
    wanted: float | None = None


def estimate_widths(
    documents: Iterable[Document], labels: "AuditLabels", left: Mapping[tuple[str | None, str], int], design: Record
) -> list[Width]:
    """Estimate the widths for each target, of the outlet with the widest.

    :param documents: With their scores.
    :param left: Outlet and target -> drawn comments that wait for a label.
    :param design: Of the sample; where it asks for a width of all comments together, widths are of these.
    """
    from stance.comparison import ComparisonTally
    from stance.reporting.opening import Basis, level_of

    targets = tuple(sorted({each.target for each in labels.comments}))
    tally = ComparisonTally(targets, audit=labels)
    for document in documents:
        tally.add(document.scores, document)
    wanted = design.get("target_width")
    by_outlet = wanted is None or "outlet" in design.get("stratify", ())
    groups = tally.comparison().groups if by_outlet else (tally.total(),)
    waiting = Counter[tuple[str | None, str]]()
    for (outlet, target), n in left.items():
        waiting[outlet if len(groups) > 1 else None, target] += n
    found: dict[str, Width] = {}
    for group in groups:
        name, record = group.group if len(groups) > 1 else None, asdict(group)
        for target in targets:
            level = level_of(record, target)
            if level.labelled and level.basis in (Basis.THESE, Basis.LIKE_THESE):
                width = _width(level, name, waiting[name, target], wanted)
                found[target] = max(width, found.get(target, width), key=lambda each: each.now)
    return list(found.values())


def _width(level: "Level", group: str | None, left: int, wanted: float | None) -> Width:
    from stance.reporting.opening import expected_width

    def after(more: int) -> float:
        return expected_width(level, more)[1]

    now = after(0)
    more = left if wanted is None else min(left, bisect_left(range(left), -wanted, key=lambda each: -after(each)))
    return Width(level.target, group, now, more, after(more), wanted)


def stored_widths(path: Path, scored: Callable[[], Iterable[Document]]) -> Sequence[Width]:
    """Estimate the widths of a store by its audit labels; none if it holds no scores or labels.

    :param scored: Reads its documents with their scores.
    """
    from stance.learn.assessment import load_audit

    try:
        with closing(LabelStore.read(path)) as store:
            left = {(outlet, target): n for outlet, target, n in store.rows(_LEFT)}
            design = store.last_design()
        return estimate_widths(scored(), load_audit([path], log=Log()), left, design)
    except (StanceError, OSError):  # a store without scores, or without audit labels yet
        return ()


class Widths:
    """The last estimate of a store's widths, computed anew while labels come in.

    :param scored: Reads the documents of the store with their scores.
    """

    def __init__(self, path: Path, scored: Callable[[], Iterable[Document]]) -> None:
        self._path, self._scored = path, scored
        self._labels, self._rest_until = -1, 0.0
        self._thread: threading.Thread | None = None
        self.found: Sequence[Width] = ()

    def update(self, labels: int, seconds: float = 0.0) -> Sequence[Width]:
        """Return the last widths, and estimate them anew if labels came in since.

        :param labels: The number of labels.
        :param seconds: How long to wait for the new ones.
        """
        is_free = not (self._thread and self._thread.is_alive()) and time.monotonic() >= self._rest_until
        if labels != self._labels and is_free:
            self._labels = labels
            self._thread = threading.Thread(target=self._estimate, daemon=True)
            self._thread.start()
        if self._thread:
            self._thread.join(seconds)
        return self.found

    def _estimate(self) -> None:
        start = time.monotonic()
        self.found = stored_widths(self._path, self._scored)
        self._rest_until = time.monotonic() + REST * (time.monotonic() - start)


# Pages ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabellingPage:
    """The routes of the page.

    :param home: The path of the next item, which another page at ``/`` may link to.
    """

    store: LabelStore
    wording: Wording
    show_guess: GuessMode = GuessMode.AFTER
    home: str = "/"
    widths: Widths | None = None

    async def next_item(self, request: Request) -> Response:
        """Show the next item, or the end."""
        queue = self._queue(request)
        if (number := queue.next_item()) is not None:
            return self._show(request, queue, number)
        skipped = [(number, self._find(number).text[:80]) for number in self.store.items_with("skip", queue.annotator)]
        return html(render("done.html", skipped=skipped, file=self.store.path.name, **self._frame(request, queue)))

    async def item(self, request: Request) -> Response:
        """Show an item by its number, with the annotator's answers."""
        return self._show(request, self._queue(request), request.path_params["number"])

    async def save(self, request: Request) -> Response:
        """Save the answers to an item, or show it again if one is missing."""
        queue, number, form = self._queue(request), request.path_params["number"], request.scope["form"]
        item = self._find(number)
        answers = queue.read_form(number, item, form)
        given = [answer for answer in answers.values() if answer is not None]
        if missing := [place for place, answer in answers.items() if answer is None]:
            return self._show(request, queue, number, missing=missing, given=(given, form.get("note", "")))
        mode = queue.guess_mode(item)
        self.store.record(queue.annotator, number, given, note=form.get("note"), guess_mode=mode)
        return RedirectResponse(self.home, 303)

    async def skip(self, request: Request) -> Response:
        """Skip an item for now."""
        queue, number, note = self._queue(request), request.path_params["number"], request.scope["form"].get("note")
        mode = queue.guess_mode(self._find(number))
        self.store.skip(queue.annotator, number, note=note, guess_mode=mode)
        return RedirectResponse(self.home, 303)

    async def undo(self, request: Request) -> Response:
        """Take the last label or skip back, and show its item."""
        undone = self.store.undo(request.scope["session"].annotator)
        return RedirectResponse(f"/item/{undone.item}?undone={undone.number}" if undone else self.home, 303)

    async def guide(self, request: Request) -> Response:
        """Show the label guide: that of comments, or of sentences."""
        is_of_tone = request.query_params.get("of") == "sentence"
        text = self.wording.tone_guide if is_of_tone else self.wording.guide
        return html(render("guide.html", guide=read_guide(text), home=self.home))

    def _queue(self, request: Request) -> Queue:
        return Queue(self.store, request.scope["session"].annotator, self.show_guess)

    def _find(self, number: int) -> Item:
        item = self.store.item(number) if number < LARGEST_ITEM else None
        if item is None:
            raise HTTPException(404)
        return item

    def _show(
        self, request: Request, queue: Queue, number: int, *, missing: Iterable[int] = (), given: Given | None = None
    ) -> Response:
        """Show an item.

        :param missing: Places of questions that a form left open.
        :param given: Answers and note of that form; the saved ones if not given.
        """
        item = self._find(number)
        answers, note = given or self._saved(request, queue, number)
        page = render(
            "item.html",
            number=number,
            asked=queue.questions(number, item),
            others=self.store.labels_of(number) if queue.is_adjudication else (),
            answers={answer.target: answer for answer in answers},
            note=note,
            missing=missing,
            shows_guess=queue.guess_mode(item) is GuessMode.BEFORE,
            **show_item(item, self.wording),
            **self._frame(request, queue),
        )
        return html(page, 422 if missing else 200)

    def _saved(self, request: Request, queue: Queue, number: int) -> Given:
        """Return the annotator's answers and note for an item: the current ones, or those just taken back."""
        saved = self.store.current(queue.annotator, number)
        if saved is None and (undone := request.query_params.get("undone", "")).isdecimal():
            saved = self.store.taken_back(queue.annotator, number, int(undone[:15]))
        return (saved.answers, saved.note or "") if saved else ((), "")

    def _frame(self, request: Request, queue: Queue) -> Record:
        """Gather the values that every page shows."""
        progress, last = queue.progress(), self.store.last(queue.annotator)
        widths = self.widths.update(progress.labelled, 0.0 if progress.left else 2.0) if self.widths else ()
        return {
            "queue": queue,
            "progress": progress,
            "widths": [(self.wording.name(each.target), each) for each in widths],
            "home": self.home,
            "form_token": request.scope["session"].form_token,
            "saved": last,
            "saved_item": self._find(last.item) if last else None,
            "name_of": self.wording.name,
        }


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
