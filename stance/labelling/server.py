"""The labelling page as a server on this machine: routes, each a few lines over a desk.

Every page is made anew from the file of labels, so what it says is saved is saved. A write answers with a redirect, so
that loading a page again sends nothing twice.
"""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from stance.exceptions import ConfigError, LabelError
from stance.labelling.desks import Desk, ShowGuess, UnansweredError
from stance.labelling.guards import ENTRY, HOST, Doors, Guard, RefusedError
from stance.labelling.page import SavedView, Wording, read_guide, render, show_item, show_saved
from stance.labels.store import Answer, GuessMode, Item, LabelStore

if TYPE_CHECKING:
    from uvicorn import Server

STATIC: Mapping[str, str] = {
    "label.css": "text/css; charset=utf-8",
    "label.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""All files that are served, by name; no path of a request reaches the disk."""

LARGEST_ITEM = 2**53
SHOWN_OF_SKIPPED = 80

_STATIC = Path(__file__).with_name("static")
_CONNECTIONS = 100
_SECONDS_TO_END = 2


@dataclass(frozen=True, slots=True)
class LabellingPage:
    """What the routes share."""

    store: LabelStore
    doors: Doors
    wording: Wording
    show_guess: ShowGuess = ShowGuess.AFTER

    def app(self, tell: Callable[[str], None], **limits: Any) -> Guard:
        """Give the guarded application.

        :param tell: Is given one line where something fails.
        """
        routes = [
            Route(ENTRY, self.enter),
            Route("/", self.next_item),
            Route("/item/{number:int}", self.item, methods=["GET"]),
            Route("/item/{number:int}", self.save, methods=["POST"]),
            Route("/item/{number:int}/skip", self.skip, methods=["POST"]),
            Route("/undo", self.undo, methods=["POST"]),
            Route("/guide", self.guide),
            Route("/static/{name}", self.static),
        ]
        handlers: dict[Any, Any] = {HTTPException: _not_here, RefusedError: _refused, LabelError: _not_saved(tell)}
        return Guard(Starlette(routes=routes, exception_handlers=handlers), self.doors, tell, **limits)

    async def enter(self, request: Request) -> Response:
        """Let a browser in with the token of a link, once."""
        session = self.doors.enter(request.query_params.get("token", "")) if request.method == "GET" else None
        if session is None:
            raise RefusedError(403, "Refused: this link is used up or not known. Start stance label again for another.")
        answer = _see("/")
        answer.set_cookie(self.doors.cookie, session, httponly=True, samesite="strict", path="/")
        return answer

    async def next_item(self, request: Request) -> Response:
        """Show the next item, or that there is none."""
        desk = self._desk(request)
        number = desk.next_item()
        return self._done(request, desk) if number is None else self._item(request, desk, number)

    async def item(self, request: Request) -> Response:
        """Show an item by its number, with what was said of it."""
        return self._item(request, self._desk(request), request.path_params["number"])

    async def save(self, request: Request) -> Response:
        """Save the answers to an item, and go on."""
        desk, number = self._desk(request), request.path_params["number"]
        try:
            desk.save(number, self._find(number), request.scope["form"])
        except UnansweredError as error:
            return self._item(request, desk, number, missing=error.places)
        return _see("/")

    async def skip(self, request: Request) -> Response:
        """Put an item off, and go on."""
        number = request.path_params["number"]
        self._desk(request).skip(number, self._find(number), request.scope["form"].get("note"))
        return _see("/")

    async def undo(self, request: Request) -> Response:
        """Take the last label or skip back, and show its item."""
        desk = self._desk(request)
        undone = desk.store.undo(desk.annotator)
        if undone is None:
            return _see("/")
        return _see(f"/item/{undone.item}?undone={undone.event}")

    async def guide(self, _: Request) -> Response:
        """Show the label guide."""
        return _html(render("guide.html", guide=read_guide(self.wording.guide)))

    async def static(self, request: Request) -> Response:
        """Give one of the files that the page needs."""
        name = request.path_params["name"]
        if name not in STATIC:
            raise HTTPException(404)
        return Response((_STATIC / name).read_bytes(), media_type=STATIC[name])

    def _desk(self, request: Request) -> Desk:
        return Desk(self.store, request.scope["session"].annotator, self.show_guess)

    def _find(self, number: int) -> Item:
        item = self.store.item(number) if number < LARGEST_ITEM else None
        if item is None:
            raise HTTPException(404)
        return item

    def _item(self, request: Request, desk: Desk, number: int, missing: tuple[int, ...] = ()) -> Response:
        item = self._find(number)
        asked = desk.questions(number, item)
        answers, note = self._said(request, desk, number)
        if missing:
            form = request.scope["form"]
            given = [desk.read_answer(form, place, pair.target) for place, pair in asked.items()]
            answers, note = {answer.target: answer for answer in given if answer}, form.get("note", "")
        view = show_item(
            number,
            item,
            asked,
            self.wording,
            answers=answers,
            note=note,
            others=desk.others(number),
            missing=missing,
            show_guess=desk.guess_mode(item) is GuessMode.BEFORE,
        )
        page = render("item.html", view=view, guide=read_guide(self.wording.guide), **self._frame(request, desk))
        return _html(page, 422 if missing else 200)

    def _said(self, request: Request, desk: Desk, number: int) -> tuple[dict[str, Answer], str]:
        """Give what was said of an item: as it stands, or as it was before it was taken back."""
        said = self.store.said(desk.annotator, number)
        if said is None and (undone := request.query_params.get("undone", "")).isdecimal():
            said = self.store.undone(desk.annotator, number, int(undone[:15]))
        return ({answer.target: answer for answer in said.answers}, said.note or "") if said else ({}, "")

    def _done(self, request: Request, desk: Desk) -> Response:
        skipped = [
            (number, self._find(number).text[:SHOWN_OF_SKIPPED]) for number in self.store.skipped(desk.annotator)
        ]
        return _html(render("done.html", skipped=skipped, file=self.store.path.name, **self._frame(request, desk)))

    def _frame(self, request: Request, desk: Desk) -> dict[str, Any]:
        """Gather what every page shows."""
        progress = desk.progress()
        saved = self._saved(desk)
        done = f"{progress.labelled} of {progress.items} done."
        return {
            "progress": progress,
            "annotator": desk.annotator,
            "is_adjudication": desk.is_adjudication,
            "form_token": request.scope["session"].form_token,
            "saved": saved,
            "announcement": f"{'Skipped' if saved.is_skip else 'Saved'}. {done}" if saved else done,
        }

    def _saved(self, desk: Desk) -> SavedView | None:
        last = self.store.last(desk.annotator)
        return show_saved(last, self._find(last.item), self.wording) if last else None


def _see(path: str) -> Response:
    return RedirectResponse(path, status_code=303)


def _html(page: str, status: int = 200) -> Response:
    return Response(page.encode("utf-8", "replace"), status, media_type="text/html; charset=utf-8")


async def _not_here(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return PlainTextResponse("Not here: expected an address of this page.\n", status)


async def _refused(_: Request, error: Exception) -> Response:
    return PlainTextResponse(f"{error}\n", error.status if isinstance(error, RefusedError) else 403)


def _not_saved(tell: Callable[[str], None]) -> Callable[[Request, Exception], Any]:
    async def answer(request: Request, error: Exception) -> Response:
        tell(str(error))
        seen = "NOT SAVED" if request.method == "POST" else "Not read"
        return PlainTextResponse(
            f"{seen}: {error}\nGo back in the browser to try again; your answers are there.\n", 503
        )

    return answer


def bind(port: int) -> socket.socket:
    """Take a port of the loopback address; 0 takes a free one.

    :raises ConfigError: If it is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(_CONNECTIONS)
    except (OSError, OverflowError) as error:
        listening.close()
        seen = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"--port {port}: {seen}; expected a free port, or 0 for any") from None
    return listening


def make_server(app: Guard) -> "Server":
    """Give the server that runs the page; ``run(sockets=[...])`` goes on until it is interrupted."""
    import uvicorn

    from stance.labelling.connections import Connection

    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
    )
