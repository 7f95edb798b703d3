"""Guard the local app: check who asks, and bound requests.

A server on a loopback address can be reached by every page that the browser has open and by every program on the
machine. So each request must come to the exact address that was printed (a rebound name does not), from our own page,
from a browser that came in through a link that works once; a write must also carry a token of our own forms.

A write is answered with a redirect, so that loading a page again sends nothing twice.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stance.datamodels import frozen
from stance.exceptions import StanceError

HOST = "127.0.0.1"

ENTRY = "/enter"

UPLOADS = "/files"
"""Path that files are sent to as they are, with the form token in the header :data:`TOKEN_HEADER`."""

FORM, UPLOAD = "application/x-www-form-urlencoded", "application/octet-stream"

TOKEN_HEADER = "x-form-token"  # noqa: S105 a name

TIMEOUT = 10.0
"""Maximum seconds for the head of a request, for its body, and for a client to read what is sent."""

MAX_BODY = 64_000
"""Maximum bytes of a form: a note of 2,000 characters takes at most 18,000, each of some hundred answers about 40."""

MAX_HEADERS, MAX_FIELDS, MAX_PATH = 64 * 1024, 1_000, 200
"""Maximum bytes of headers, number of fields of a form, and characters of a path."""

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

Log = Callable[[str], None]


@frozen
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

    def find(self, cookies: Mapping[str, str]) -> Session | None:
        """Find the session that the cookies name."""
        return self._open.get(_digest(cookies.get(self.cookie, "")))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


@frozen
class AccessMiddleware:
    """Refuses requests that do not come from our own page, and adds the security headers that a response lacks.

    Requests that pass have ``session`` in their scope, and writes also ``form``, unless a file is sent.
    """

    app: ASGIApp
    sessions: Sessions
    timeout: float

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

        app, request = self.app, Request(scope, receive)
        try:
            self._check_origin(request)
            if request.scope["path"] != ENTRY or request.method != "GET":
                await self._check_session(request)
        except HTTPException as error:
            app = await _refuse(request, error)
        await app(scope, receive, send_with_headers)

    def _check_origin(self, request: Request) -> None:
        """Check where a request goes, where it comes from, and the size of its head."""
        ours, headers = self.sessions.origin, request.headers
        origins, sites = set(headers.getlist("origin")), set(headers.getlist("sec-fetch-site"))
        if [f"http://{host}" for host in headers.getlist("host")] != [ours]:
            raise HTTPException(403, "Refused: wrong host name; open the address that the terminal shows.")
        methods = ("GET", "HEAD", "POST")
        if request.method not in methods:
            allowed = ", ".join(methods)
            raise HTTPException(405, f"Refused: expected one of {allowed}.", {"allow": allowed})
        if origins - {ours} or sites - {"same-origin", "none"}:
            raise HTTPException(403, "Refused: another page opened this link; type or paste the link yourself.")
        if request.method == "POST" and not origins:
            raise HTTPException(403, "Refused: the request does not name its page (origin); expected this page.")
        if "prefetch" in f"{headers.getlist('sec-purpose')} {headers.getlist('purpose')}":
            raise HTTPException(403, "Refused: the browser loaded this link in advance; open the link yourself.")
        if len(request.scope["path"]) > MAX_PATH:
            raise HTTPException(404)
        # The parser counts only what comes in several pieces.
        if sum(len(name) + len(value) for name, value in headers.raw) > MAX_HEADERS:
            raise HTTPException(431, f"Refused: more than {MAX_HEADERS} bytes of headers.")

    async def _check_session(self, request: Request) -> None:
        """Check who asks, and the token of a request."""
        request.scope["session"] = session = self.sessions.find(request.cookies)
        if session is None:
            raise HTTPException(403, "Refused: open the link that the terminal shows. A link works once.")
        if request.method != "POST":
            return
        if request.scope["path"] == UPLOADS and request.headers.get("content-type") == UPLOAD:
            token = request.headers.get(TOKEN_HEADER, "")
        else:
            request.scope["form"] = form = await self._read_form(request)
            token = form.get("form_token", "")
        if not secrets.compare_digest(token.encode("utf-8", "surrogatepass"), session.form_token.encode()):
            raise HTTPException(403, "Refused: this form is not from this page. Go back and load the page again.")

    async def _read_form(self, request: Request) -> dict[str, str]:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise HTTPException(415, f"Refused: not a form; expected {FORM}.")
        too_large = HTTPException(413, f"Refused: more than {MAX_BODY} bytes.", {"connection": "close"})
        body = b""
        try:
            async with asyncio.timeout(self.timeout):
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


def number_in(text: str) -> int:
    """Return the number in an address or a form; 0, which numbers nothing, if it is none or larger than a store has."""
    return int(text) if text.isdecimal() and len(text) < 16 else 0


async def _refuse(_: Request, error: HTTPException) -> Response:
    is_plain = error.detail == HTTPStatus(error.status_code).phrase
    words = "Page not found." if is_plain else error.detail
    return PlainTextResponse(f"{words}\n", error.status_code, headers=error.headers)


def guarded_app(routes: Sequence[BaseRoute], sessions: Sessions, log: Log, timeout: float = TIMEOUT) -> ASGIApp:
    """Return an application behind the access checks, with the entry and the files of all pages.

    :param log: Called with one line for each failure.
    :param timeout: Seconds for a form to come.
    """

    async def enter(request: Request) -> Response:
        session = sessions.enter(request.query_params.get("token", "")) if request.method == "GET" else None
        if session is None:
            raise HTTPException(403, "Refused: this link was used before or is wrong. Start stance again for another.")
        answer = RedirectResponse("/", 303)
        answer.set_cookie(sessions.cookie, session, httponly=True, samesite="strict", path="/")
        return answer

    async def not_saved(request: Request, error: StanceError) -> Response:
        log(str(error))
        text = f"{'NOT SAVED' if request.method == 'POST' else 'Not read'}: {error}"
        return PlainTextResponse(f"{text}\nGo back in the browser to try again; your answers are still there.\n", 503)

    async def failed(_: Request, error: Exception) -> Response:
        log(f"the page failed: {type(error).__name__}: {error}")
        return PlainTextResponse("Not done: something went wrong; see the terminal.\n", 500)

    files = StaticFiles(directory=Path(__file__).with_name("static"))
    shared = [Route(ENTRY, enter), Mount("/static", files)]
    handlers: dict[Any, Any] = {HTTPException: _refuse, StanceError: not_saved, Exception: failed}
    return AccessMiddleware(Starlette(routes=[*shared, *routes], exception_handlers=handlers), sessions, timeout)
