"""Serve pages on this machine: access checks and limits of every page, and the routes of the labelling page.

A server on a loopback address can be reached by every page that the browser has open and by every program on the
machine. So each request must come to the exact address that was printed (a rebound name does not), from our own page,
from a browser that came in through a link that works once; a write must also carry a token that stands in our forms
alone. Anybody can open connections, so one that is idle or does not read is closed, and gives way when others come.

Every page is made anew from the file of labels, so a label that is shown as saved is saved. A write is answered with a
redirect, so that loading a page again sends nothing twice.
"""

import asyncio
import hashlib
import logging
import re
import secrets
import shlex
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus
from itertools import groupby
from math import inf
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from stance.datamodels import STANCES, Mention, Stance, is_sentence_id
from stance.exceptions import ConfigError, StanceError
from stance.labelling import Queue, ShowGuess, Widths
from stance.store.labels import Answer, Event, Guess, GuessMode, Item, LabelStore

TONES = 6
"""Colours of marks; a seventh target has that of the first, and every mark names its target in words too."""

STANCE_WORDS = {stance: stance.value.replace("_", " ") for stance in STANCES}
TONE_WORDS = dict(zip(STANCES, ("favorable", "critical", "neutral", "not about it"), strict=True))
"""Words of the same answers about a sentence of an article."""

_PARTS = {"text": "here", "parent": "in what it answers", "title": "in the article", "lead": "in the article"}
"""Texts of an item, with the words for a target that is named there."""

_HEADING = re.compile(r"#{1,6} ")


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


class Piece(NamedTuple):
    """A run of text with the targets that it names."""

    text: str
    names: tuple[str, ...] = ()
    tone: int = 0  # 0: no mark


class Block(NamedTuple):
    """A heading, paragraph or list of the guide."""

    kind: str
    lines: tuple[str, ...]


def show_item(item: Item, wording: Wording) -> dict[str, Any]:
    """Return the texts of an item with marked mentions, the tone of each target and the words for where it is named."""
    tones = {pair.target: place % TONES + 1 for place, pair in enumerate(item.pairs)}
    parts, named = {}, dict[str, str]()
    for part, words in _PARTS.items():
        text = getattr(item, part) or ""
        mentions = [mention for mention in wording.find(text, language=item.language) if mention.target in tones]
        parts[part] = list(mark_mentions(text, mentions, tones, wording))
        named = dict.fromkeys((mention.target for mention in mentions), words) | named
    return {"item": item, "parts": parts, "tones": tones, "named": named}


def mark_mentions(
    text: str, mentions: Sequence[Mention], tones: Mapping[str, int], wording: Wording
) -> Iterator[Piece]:
    """Split a text at its mentions; joined, the pieces are the text.

    :param mentions: By start; they overlap only if two targets own the same span.
    """
    done = 0
    for (start, end), own in groupby(mentions, key=lambda mention: (mention.start, mention.end)):
        targets = [mention.target for mention in own]
        if start < done:
            continue
        if start > done:
            yield Piece(text[done:start])
        yield Piece(text[start:end], tuple(map(wording.name, targets)), tones[targets[0]])
        done = end
    if done < len(text):
        yield Piece(text[done:])


def words_for(item: Item) -> Mapping[Stance, str]:
    """Return the words of the answers about an item."""
    return TONE_WORDS if is_sentence_id(item.identifier) else STANCE_WORDS


def guess_words(guess: Guess) -> str:
    """Describe a model's guess."""
    return f"{STANCE_WORDS[guess.label]}, {guess.probability:.0%}"


def answer_words(answer: Answer, item: Item) -> str:
    """Describe an answer about an item."""
    words = [words_for(item)[answer.label]] if answer.label else []
    return ", ".join([*words, "unsure"] if answer.is_unsure or not words else words)


def show_saved(saved: Event, item: Item, wording: Wording) -> dict[str, Any]:
    """Return the last saved label or skip, with the model's guesses if they are shown after a label."""
    answers = {answer.target: answer for answer in saved.answers}
    pairs = [pair for pair in item.pairs if pair.target in answers]
    shows = saved.guess_mode in (GuessMode.AFTER, GuessMode.BEFORE) and not saved.is_skip
    return {
        "number": saved.item,
        "at": datetime.fromisoformat(saved.at).astimezone().strftime("%H:%M:%S"),
        "is_skip": saved.is_skip,
        "answers": [f"{wording.name(pair.target)}: {answer_words(answers[pair.target], item)}" for pair in pairs],
        "guesses": [f"{wording.name(p.target)}: {guess_words(p.guess)}" for p in pairs if p.guess and shows],
    }


@cache
def read_guide(text: str) -> tuple[Block, ...]:
    """Read the Markdown of a guide: headings, paragraphs, lists; an indented line continues the one before."""
    blocks: list[tuple[str, list[str]]] = []
    joins = False  # the line before belongs to a paragraph or a list
    for line in map(str.rstrip, text.splitlines()):
        last, lines = blocks[-1] if joins else ("", [""])
        is_entry = line.startswith(("- ", "* "))
        joins = bool(line) and not _HEADING.match(line)
        if not line:
            continue
        if not joins:
            blocks.append(("heading", [_HEADING.sub("", line, count=1)]))
        elif is_entry and last == "list":
            lines.append(line[2:])
        elif is_entry:
            blocks.append(("list", [line[2:]]))
        elif last and (line.startswith(" ") or (last == "paragraph" and lines[-1][-1] not in ".:")):
            lines[-1] += f" {line.strip()}"
        else:
            blocks.append(("paragraph", [line.strip()]))
    return tuple(Block(kind, tuple(lines)) for kind, lines in blocks)


def render(template: str, **values: Any) -> str:
    """Fill a template."""
    return environment(Path(__file__).with_name("templates")).get_template(template).render(**values)


@cache
def environment(folder: Path) -> Environment:
    """Return the environment of the templates in a folder."""
    loader = FileSystemLoader(folder)
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    functions = (words_for, is_sentence_id, answer_words, guess_words)
    made.globals |= {each.__name__: each for each in functions} | {"shlex_join": shlex.join}
    return made


# Rendering ------------------------------------------------------------------------------------------------------------


HOST = "127.0.0.1"
ENTRY = "/enter"
METHODS = ("GET", "HEAD", "POST")
ORIGIN_HEADERS = ("host", "origin", "sec-fetch-site", "sec-purpose", "purpose")
FORM = "application/x-www-form-urlencoded"
UPLOAD = "application/octet-stream"
"""Type of a file that is sent as it is; its form token is in the header :data:`TOKEN_HEADER`."""

TOKEN_HEADER = "x-form-token"  # noqa: S105 a name

TIMEOUT = 10.0
"""Seconds for the head of a request, for its body, and for a client to read what is sent."""

MAX_CONNECTIONS = 220
"""Beyond it, the connection that has been idle longest is closed; some systems allow a process 256 open files."""

MAX_BODY = 64_000
"""Bytes of a form: a note of 2,000 characters takes at most 18,000, each of some hundred answers about 40."""

MAX_HEADERS = 64 * 1024
MAX_FIELDS = 1_000
MAX_PATH = 200
LARGEST_ITEM = 2**53
SHOWN_OF_SKIPPED = 80

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: under that a browser sends "Origin: null" with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}

STATIC = {
    "label.css": "text/css; charset=utf-8",
    "label.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""All files of the labelling page, by name; no path of a request reaches the disk."""

NOT_HERE = "Not here: expected an address of this page."
_BACKLOG = 100
_SEND_BUFFER = 65_536  # bytes that the system holds for a client that does not read; megabytes otherwise
_SECONDS_TO_END = 2

Given = tuple[Iterable[Answer], str]
"""Answers of a form, and its note."""

Log = Callable[[str], None]


# Access ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that came in."""

    annotator: str
    form_token: str = field(default_factory=secrets.token_urlsafe)


class Sessions:
    """Links that let an annotator in once, and open sessions.

    Secrets are kept as digests, so that the time of a comparison reveals nothing.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.origin = f"http://{HOST}:{port}"
        # Browsers send cookies to every port of a host: the name keeps two pages on one machine apart.
        self.cookie = f"stance-{port}"
        self._links: dict[bytes, str] = {}
        self._open: dict[bytes, Session] = {}

    def invite(self, annotator: str) -> str:
        """Make a link for an annotator."""
        token = secrets.token_urlsafe(32)
        self._links[_digest(token)] = annotator
        return f"{self.origin}{ENTRY}?token={token}"

    def enter(self, token: str) -> str | None:
        """Exchange the token of a link for that of a session, once; None if it is unknown or used."""
        annotator = self._links.pop(_digest(token), None)
        if annotator is None:
            return None
        session = secrets.token_urlsafe(32)
        self._open[_digest(session)] = Session(annotator)
        return session

    def find(self, cookies: Iterable[str]) -> Session | None:
        """Find the session that one of the cookie headers names."""
        pairs = (pair.strip().partition("=") for header in cookies for pair in header.split(";"))
        found = (self._open.get(_digest(value)) for name, _, value in pairs if name == self.cookie)
        return next(filter(None, found), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class AccessMiddleware:
    """Refuses requests that do not come from our own page, and adds the security headers that a response lacks.

    Requests that pass have ``session`` in their scope, and writes also ``form``, unless a file is sent.

    :param uploads: The path that files are sent to, if there is one; its route reads them.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, timeout: float = TIMEOUT, uploads: str | None = None) -> None:
        self._app, self._sessions, self._timeout, self._uploads = app, sessions, timeout, uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        app, request = self._app, Request(scope, receive)
        try:
            await self._check(request)
        except HTTPException as error:
            app = await _refuse(request, error)
        await app(scope, receive, send_with_headers)

    async def _check(self, request: Request) -> None:
        self._check_origin(request)
        if request.scope["path"] == ENTRY and request.method == "GET":
            return
        request.scope["session"] = session = self._sessions.find(request.headers.getlist("cookie"))
        if session is None:
            raise HTTPException(403, "Refused: open the link that the terminal shows. A link works once.")
        if request.method == "POST":
            if request.scope["path"] == self._uploads and request.headers.get("content-type") == UPLOAD:
                token = request.headers.get(TOKEN_HEADER, "")
            else:
                request.scope["form"] = form = await self._read_form(request)
                token = form.get("form_token", "")
            if not secrets.compare_digest(token.encode("utf-8", "surrogatepass"), session.form_token.encode()):
                raise HTTPException(403, "Refused: this form is not from this page. Go back and load the page again.")

    def _check_origin(self, request: Request) -> None:
        """Check where a request goes and where it comes from."""
        ours, allowed = self._sessions.origin, ", ".join(METHODS)
        hosts, origins, sites, *purposes = map(request.headers.getlist, ORIGIN_HEADERS)
        asked = [f"http://{host}" for host in hosts]
        is_foreign = bool({*origins} - {ours} or {*sites} - {"same-origin", "none"})
        for is_wrong, status, words in (
            (asked != [ours], 403, "another host; expected the address that was printed"),
            (request.method not in METHODS, 405, f"expected one of {allowed}"),
            (is_foreign, 403, "another page asked for this; expected the link typed or pasted"),
            (request.method == "POST" and not origins, 403, "a write without an origin; expected one from this page"),
            ("prefetch" in str(purposes), 403, "loaded ahead; expected a person"),
        ):
            if is_wrong:
                raise HTTPException(status, f"Refused: {words}.", {"allow": allowed} if status == 405 else None)
        if len(request.scope["path"]) > MAX_PATH:
            raise HTTPException(404)
        # The parser counts only what comes in several pieces.
        if sum(len(name) + len(value) for name, value in request.headers.raw) > MAX_HEADERS:
            raise HTTPException(431, f"Refused: more than {MAX_HEADERS} bytes of headers.")

    async def _read_form(self, request: Request) -> dict[str, str]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise HTTPException(415, f"Refused: not a form; expected {FORM}.")
        too_large = HTTPException(413, f"Refused: more than {MAX_BODY} bytes.", {"connection": "close"})
        length = request.headers.get("content-length", "0")
        if not length.isascii() or not length.isdigit() or int(length[:20]) > MAX_BODY:
            raise too_large
        body = b""
        try:
            async with asyncio.timeout(self._timeout):
                async for part in request.stream():
                    body += part
                    if len(body) > MAX_BODY:
                        raise too_large
            fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
        except TimeoutError:
            raise HTTPException(408, "Refused: the form came too slowly.", {"connection": "close"}) from None
        except (ValueError, ClientDisconnect):
            raise HTTPException(400, "Refused: not a readable form.") from None
        return dict(fields)


async def _refuse(_: Request, error: HTTPException) -> Response:
    words = NOT_HERE if error.detail == HTTPStatus(error.status_code).phrase else error.detail
    return PlainTextResponse(f"{words}\n", error.status_code, headers=error.headers)


class Connection(H11Protocol):
    """A connection that is closed after ``TIMEOUT`` seconds without a request, or in which the client does not read.

    uvicorn has a timeout between requests only, and with a limit of connections it refuses the annotator too.
    """

    _since = 0.0  # when it was opened, or made progress
    _timer: asyncio.TimerHandle

    def connection_made(self, transport: Any) -> None:
        """Start the timer, and close the connection that has waited longest if there are too many."""
        super().connection_made(transport)
        self._since = self.loop.time()
        self._check()
        others = [each for each in self.connections if isinstance(each, Connection) and each._since < inf]
        if len(others) > MAX_CONNECTIONS:
            others.remove(self)
            min(others, key=lambda each: (not each.waits_for_client, each._since))._abort()

    @property
    def waits_for_client(self) -> bool:
        """Whether the client has to act: to send a request, or to read a response."""
        return self.cycle is None or self.cycle.response_complete or self.flow.write_paused

    def on_response_complete(self) -> None:
        """Restart the timer, so that the client can read this response and send its next request."""
        super().on_response_complete()
        self._since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer."""
        super().connection_lost(exc)
        self._timer.cancel()

    def _check(self) -> None:
        now = self.loop.time()
        if not self.waits_for_client:
            self._since = now
        self._timer = self.loop.call_later(TIMEOUT / 10, self._check)
        if now - self._since >= TIMEOUT:
            self._abort()

    def _abort(self) -> None:
        self._since = inf
        self.transport.abort()  # close would wait for the client to read


def read_static(folder: Path, kinds: Mapping[str, str]) -> dict[str, Response]:
    """Read the files of a page.

    :param kinds: Name -> type.
    """
    return {name: Response(folder.joinpath(name).read_bytes(), media_type=kind) for name, kind in kinds.items()}


def guarded_app(
    routes: Sequence[BaseRoute], sessions: Sessions, files: Mapping[str, Response], log: Log, **limits: Any
) -> ASGIApp:
    """Return an application behind the access checks, with the routes that every page has.

    :param files: The files that are served.
    :param log: Called with one line for each failure.
    """

    async def enter(request: Request) -> Response:
        """Let a browser in with the token of a link, once."""
        session = sessions.enter(request.query_params.get("token", "")) if request.method == "GET" else None
        if session is None:
            raise HTTPException(403, "Refused: this link is used up or not known. Start stance again for another.")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(sessions.cookie, session, httponly=True, samesite="strict", path="/")
        return answer

    async def static(request: Request) -> Response:
        """Send one of the files of the page."""
        if (file := files.get(request.path_params["name"])) is None:
            raise HTTPException(404)
        return file

    async def not_saved(request: Request, error: StanceError) -> Response:
        log(str(error))
        seen = f"{'NOT SAVED' if request.method == 'POST' else 'Not read'}: {error}"
        return PlainTextResponse(f"{seen}\nGo back in the browser to try again; your answers are there.\n", 503)

    async def failed(_: Request, error: Exception) -> Response:
        log(f"the page failed: {type(error).__name__}: {error}")
        return PlainTextResponse("Not done: something went wrong; the terminal says what.\n", 500)

    shared = [Route(ENTRY, enter), Route("/static/{name}", static)]
    handlers: dict[Any, Any] = {HTTPException: _refuse, StanceError: not_saved, Exception: failed}
    return AccessMiddleware(Starlette(routes=[*shared, *routes], exception_handlers=handlers), sessions, **limits)


# Pages ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabellingPage:
    """The routes of the page.

    :param home: The path of the next item, which another page at ``/`` may link to.
    """

    store: LabelStore
    sessions: Sessions
    wording: Wording
    show_guess: ShowGuess = ShowGuess.AFTER
    home: str = "/"
    widths: Widths | None = None

    def app(self, log: Log, **limits: Any) -> ASGIApp:
        """Return the application behind its access checks.

        :param log: Called with one line for each failure.
        """
        return guarded_app(label_routes(lambda: self, self.home), self.sessions, label_files(), log, **limits)

    async def next_item(self, request: Request) -> Response:
        """Show the next item, or the end."""
        queue = self._queue(request)
        if (number := queue.next_item()) is not None:
            return self._show(request, queue, number)
        skipped = [
            (number, self._find(number).text[:SHOWN_OF_SKIPPED])
            for number in self.store.items_with("skip", queue.annotator)
        ]
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
        queue.save(number, item, given, form.get("note"))
        return RedirectResponse(self.home, 303)

    async def skip(self, request: Request) -> Response:
        """Skip an item for now."""
        number = request.path_params["number"]
        self._queue(request).skip(number, self._find(number), request.scope["form"].get("note"))
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
        answered = {"answers": {answer.target: answer for answer in answers}, "note": note, "missing": missing}
        asked = {"asked": queue.questions(number, item), "others": queue.others(number), "number": number}
        shown = show_item(item, self.wording) | {"shows_guess": queue.guess_mode(item) is GuessMode.BEFORE}
        guide = self.wording.tone_guide if is_sentence_id(item.identifier) else self.wording.guide
        words = {"wording": self.wording, "guide": read_guide(guide)}
        page = render("item.html", **shown, **words, **asked, **answered, **self._frame(request, queue))
        return html(page, 422 if missing else 200)

    def _saved(self, request: Request, queue: Queue, number: int) -> Given:
        """Return the annotator's answers and note for an item: the current ones, or those just taken back."""
        saved = self.store.current(queue.annotator, number)
        if saved is None and (undone := request.query_params.get("undone", "")).isdecimal():
            saved = self.store.taken_back(queue.annotator, number, int(undone[:15]))
        return (saved.answers, saved.note or "") if saved else ((), "")

    def _frame(self, request: Request, queue: Queue) -> Mapping[str, Any]:
        """Gather the values that every page shows."""
        progress, last = queue.progress(), self.store.last(queue.annotator)
        widths = self.widths.update(progress.labelled, wait=not progress.left) if self.widths else ()
        done = f"{progress.labelled} of {progress.items} done."
        return {
            "progress": progress,
            "widths": [(self.wording.name(each.target), each) for each in widths],
            "annotator": queue.annotator,
            "home": self.home,
            "is_adjudication": queue.is_adjudication,
            "form_token": request.scope["session"].form_token,
            "saved": show_saved(last, self._find(last.item), self.wording) if last else None,
            "announcement": f"{'Skipped' if last.is_skip else 'Saved'}. {done}" if last else done,
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


@cache
def label_files() -> dict[str, Response]:
    """Read the files of the labelling page."""
    return read_static(Path(__file__).with_name("static"), STATIC)


def html(page: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as a response."""
    return Response(page.encode("utf-8", "replace"), status, headers, "text/html; charset=utf-8")


# Server ---------------------------------------------------------------------------------------------------------------


def bind(port: int) -> socket.socket:
    """Listen on a port of the loopback address; 0 takes a free one.

    :raises ConfigError: If it is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        listening.bind((HOST, port))
        listening.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listening.close()
        seen = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"--port {port}: {seen}; expected a free port, or 0 for any") from None
    return listening


def make_server(app: ASGIApp) -> Server:
    """Make the server of the page; ``run(sockets=[...])`` runs until it is interrupted."""
    # asyncio would print a traceback for each connection that finds no open file left; it tries again by itself.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    silent: dict[str, Any] = {"log_config": None, "log_level": "critical", "access_log": False, "server_header": False}
    plain: dict[str, Any] = {"http": Connection, "ws": "none", "loop": "asyncio", "lifespan": "off"}
    limits: dict[str, Any] = {"backlog": _BACKLOG, "timeout_graceful_shutdown": _SECONDS_TO_END}
    return Server(Config(app, proxy_headers=False, **silent, **plain, **limits))
