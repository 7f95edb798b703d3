"""Serve the page on which comments and sentences are labelled.

Every page is made anew from the file of labels or the address, so a label that is shown as saved is saved, and the
browser's own keys (Tab, Enter, back) do all that is needed.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import cache
from itertools import groupby
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from stance.app.guard import number_in
from stance.app.rendering import html, render
from stance.datamodels import Mention, Record, Stance, Strings, Unit, frozen
from stance.labels.state import States, count_states
from stance.reporting.passages import Span, cut
from stance.reporting.plan import BATCH
from stance.store.items import Answer, Item
from stance.store.labels import Event, GuessMode, LabelStore, open_queues


@frozen
class Wording:
    """Labels of targets, their mentions in a text, and the label guide."""

    labels: Mapping[str, str]
    find: Callable[..., Sequence[Mention]]  # of a text and its ``language``
    guide: str
    tone_guide: str = ""  # of sentences of articles

    def guide_of(self, *, is_sentence: bool) -> Sequence[tuple[str, Strings]]:
        """Return the blocks of the label guide of comments, or of sentences."""
        return read_guide(self.tone_guide if is_sentence else self.guide)

    def name(self, target: str) -> str:
        """Return the label of a target; its id if it is defined nowhere."""
        return self.labels.get(target, target)


@cache
def read_guide(text: str) -> tuple[tuple[str, Strings], ...]:
    """Read the Markdown of a guide: headings, paragraphs and lists, each with its lines.

    An indented line continues the one before, and so does one of a paragraph that no sentence or colon ended.
    """
    text = re.sub(r"[ \t]*\n[ \t]+(?=\S)", " ", text)
    text = re.sub(r"(?m)^(?![-*] |#)(.*[^.:\s])[ \t]*\n(?![-*] |#|\s)", r"\1 ", text)
    blocks = []
    for is_list, lines in groupby(text.splitlines(), key=lambda line: line.startswith(("- ", "* "))):
        if is_list:
            blocks.append(("list", tuple(line[2:] for line in lines)))
        else:
            kinds = (("heading" if line.startswith("#") else "paragraph", line.lstrip("# ")) for line in lines)
            blocks += [(kind, (line,)) for kind, line in kinds if line.strip()]
    return tuple(blocks)


def _answers_of(event: Event | None) -> dict[str, Answer]:
    """Return the answers of a label by target; none of a skip."""
    return {answer.target: answer for answer in event.answers} if event else {}


class News(NamedTuple):
    """Sentences on the last labels, whether the report includes all labels, and whether it needs no more."""

    sentences: Sequence[str] = ()
    is_current: bool = True
    is_answered: bool = False


@frozen
class LabellingPage:
    """The routes of the page.

    :param home: The path of the next item, which another page at ``/`` may link to.
    :param news: Called after each batch; nothing is shown if it returns no sentence.
    :param going_on: Annotators who continue although no further label is needed.
    """

    store: LabelStore
    wording: Wording
    show_guess: GuessMode = GuessMode.AFTER
    home: str = "/"
    news: Callable[[], News] = News
    going_on: set[str] = field(default_factory=set)

    async def next_item(self, request: Request) -> Response:
        """Show the next item. After a batch, at the end, or if no more labels are needed, show the use of labels."""
        annotator, news, query = _annotator(request), self.news(), request.query_params
        if "more" in query:
            self.going_on.add(annotator)
        if self.store.next_item(annotator) is None and self.store.has_new_items():  # drawn by another command
            open_queues(self.store, (), annotator)
        number, is_answered = self.store.next_item(annotator), news.is_answered and annotator not in self.going_on
        if number is not None and not (is_answered or "batch" in query):
            return self._show(request, number)
        skipped = [(number, self._find(number).text[:80]) for number in self.store.skipped_items(annotator)]
        facts = {"news": news, "waits": number is not None, "file": self.store.path.name} | self.store.uses()
        facts |= self._frame(request) | {"others": self.store.left_to_others(annotator), "skipped": skipped}
        return html(render("done.html", **facts))

    async def item(self, request: Request) -> Response:
        """Show an item by its number, with the annotator's answers."""
        return self._show(request, _number(request))

    async def save(self, request: Request) -> Response:
        """Save the answers to an item; show it again if one is missing, or is older than the one that is saved."""
        number, form, annotator = _number(request), request.scope["form"], _annotator(request)
        item, note = self._find(number), form.get("note", "")
        answers = {}
        for position, pair in enumerate(item.pairs):  # one with neither a label nor a doubt is missing
            value = form.get(f"label-{position}", "")
            label = Stance(value) if value in set(Stance) else None
            if label or f"unsure-{position}" in form:
                answers[pair.target] = Answer(pair.target, label, f"unsure-{position}" in form)
        displayed = _answers_of(self.store.event(annotator, number, number_in(form.get("shown", ""))))
        now = displayed | _answers_of(self.store.current(annotator, number))
        # An answer that the page showed, and that nobody chose, does not replace one that another tab saved since.
        newer = {
            target: now[target] for target, answer in answers.items() if displayed.get(target) == answer != now[target]
        }
        missing = [pair.target for pair in item.pairs if pair.target not in answers]
        if missing or newer:
            refused = {"missing": missing, "newer": newer, "answers": answers | newer, "note": note}
            return self._show(request, number, refused)
        self.store.record(annotator, number, [*answers.values()], note=note, guess_mode=self._mode(item))
        is_batch = self._progress(request).done % BATCH == 0 and self.news().sentences
        return RedirectResponse(f"{self.home}?batch" if is_batch else self.home, 303)

    async def skip(self, request: Request) -> Response:
        """Skip an item for now."""
        number, note = _number(request), request.scope["form"].get("note")
        self.store.skip(_annotator(request), number, note=note, guess_mode=self._mode(self._find(number)))
        return RedirectResponse(self.home, 303)

    async def undo(self, request: Request) -> Response:
        """Take the last label or skip back, and show its item."""
        undone = self.store.undo(_annotator(request))
        return RedirectResponse(f"/item/{undone.item}?undone={undone.number}" if undone else self.home, 303)

    async def guide(self, request: Request) -> Response:
        """Show the label guide: that of comments, or of sentences."""
        guide = self.wording.guide_of(is_sentence=request.query_params.get("of") == "sentence")
        return html(render("guide.html", guide=guide, home=self.home))

    def _mode(self, item: Item) -> GuessMode:
        return self.show_guess if item.has_guess else GuessMode.NONE

    def _find(self, number: int) -> Item:
        if item := self.store.item(number):
            return item
        raise HTTPException(404)

    def _show(self, request: Request, number: int, refused: Record | None = None) -> Response:
        """Show an item with the answers that are saved, or were just taken back.

        :param refused: Values of a form that was not saved, instead of these, with ``missing`` and ``newer`` targets.
        """
        item, annotator = self._find(number), _annotator(request)
        undone = number_in(request.query_params.get("undone", ""))
        event = self.store.current(annotator, number) or self.store.event(annotator, number, undone)
        # Number of colours of marks; a seventh target has that of the first, and every mark names its target in words.
        tones = {pair.target: position % 6 + 1 for position, pair in enumerate(item.pairs)}
        parts: Record = {}  # the texts with marked mentions
        first_parts: dict[str, str] = {}  # where each target is named first
        for part in ("text", "parent", "title", "lead"):
            text = getattr(item, part) or ""
            mentions = [match for match in self.wording.find(text, language=item.language) if match.target in tones]
            parts[part] = cut(text, (Span(match.start, match.end, match.target) for match in mentions))
            first_parts = dict.fromkeys((match.target for match in mentions), part) | first_parts
        is_sentence = item.unit is Unit.SENTENCE
        values = {"item": item, "parts": parts, "tones": tones, "named": first_parts, "is_sentence": is_sentence}
        values |= {"guide": self.wording.guide_of(is_sentence=is_sentence), "event": event, "missing": (), "newer": ()}
        values |= self._frame(request) | {"number": number, "answers": _answers_of(event)}
        return html(render("item.html", **values | (refused or {})), 422 if refused else 200)

    def _frame(self, request: Request) -> Record:
        """Gather the values that every page shows."""
        last = self.store.last(_annotator(request))
        saved: Record = {"saved": last, "saved_item": self._find(last.item) if last else None}
        frame = {"session": request.scope["session"], "progress": self._progress(request), "home": self.home}
        return saved | frame | {"name_of": self.wording.name}

    def _progress(self, request: Request) -> States:
        """Count the items of an annotator, comments and sentences, by their state."""
        return count_states(self.store.rows, "*", annotator=_annotator(request))


def _annotator(request: Request) -> str:
    return str(request.scope["session"].annotator)


def _number(request: Request) -> int:
    return number_in(request.path_params["number"])


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
        route("/item/{number}", "item"),
        route("/item/{number}", "save", "POST"),
        route("/item/{number}/skip", "skip", "POST"),
        route("/undo", "undo", "POST"),
        route("/guide", "guide"),
    ]
