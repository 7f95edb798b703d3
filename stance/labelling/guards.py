"""What the labelling page refuses.

A server on a loopback address is in reach of every page that the browser has open and of every program on the machine.
So each request must come to the exact address that was printed (a rebound name does not), from our own page, from a
browser that came in through a link that works once; a write must also carry a token that stands in our forms alone.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

HOST = "127.0.0.1"
ENTRY = "/enter"

MAX_BODY = 64_000
"""Bytes of a form: a note of 2,000 characters takes at most 18,000, each of some hundred answers about 40."""

BODY_SECONDS = 10.0
MAX_FIELDS = 1_000
MAX_PATH = 200
METHODS = ("GET", "HEAD", "POST")
FORM = "application/x-www-form-urlencoded"

HEADERS: Mapping[str, str] = {
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

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class RefusedError(Exception):
    """A request is refused; what the client is told."""

    def __init__(self, status: int, reason: str, *headers: tuple[str, str]) -> None:
        super().__init__(reason)
        self.status = status
        self.headers = headers


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that came in."""

    annotator: str
    form_token: str = field(default_factory=secrets.token_urlsafe)


class Doors:
    """Links that let an annotator in once, and who is in.

    Secrets are kept as digests, so that how long a comparison takes tells nothing.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        # Browsers send cookies to every port of a host: the name keeps two pages on one machine apart.
        self.cookie = f"stance-{port}"
        self._waiting: dict[bytes, str] = {}
        self._sessions: dict[bytes, Session] = {}

    @property
    def address(self) -> str:
        """The origin of the page."""
        return f"http://{HOST}:{self.port}"

    def invite(self, annotator: str) -> str:
        """Make a link for an annotator."""
        token = secrets.token_urlsafe(32)
        self._waiting[_digest(token)] = annotator
        return f"{self.address}{ENTRY}?token={token}"

    def enter(self, token: str) -> str | None:
        """Exchange the token of a link for that of a session, once; None if it is not known, or known no more."""
        annotator = self._waiting.pop(_digest(token), None)
        if annotator is None:
            return None
        session = secrets.token_urlsafe(32)
        self._sessions[_digest(session)] = Session(annotator)
        return session

    def session(self, cookies: Iterable[str]) -> Session | None:
        """Find the session that one of the cookie headers names."""
        pairs = (pair.strip().partition("=") for header in cookies for pair in header.split(";"))
        found = (self._sessions.get(_digest(value)) for name, _, value in pairs if name == self.cookie)
        return next(filter(None, found), None)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Guard:
    """Stands before the page: refuses what it must, and gives each answer its headers.

    What it finds out is in the scope of the request: ``session``, and ``form`` of a write.
    """

    def __init__(
        self, app: App, doors: Doors, tell: Callable[[str], None], *, body_seconds: float = BODY_SECONDS
    ) -> None:
        self._app = app
        self._doors = doors
        self._tell = tell
        self._body_seconds = body_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        answer = _Answer(send)
        try:
            await self._admit(scope, receive)
            await self._app(scope, receive, answer)
        except RefusedError as refused:
            await answer.refuse(refused)
        except Exception as error:  # the client is told nothing of what stands in the program
            self._tell(f"the page failed: {type(error).__name__}: {error}")
            await answer.refuse(RefusedError(500, "Not done: something went wrong; the terminal says what."))

    async def _admit(self, scope: Scope, receive: Receive) -> None:
        headers = _headers(scope)
        _check_host(headers, self._doors)
        _check_method(scope["method"])
        _check_site(headers, self._doors, is_write=scope["method"] == "POST")
        if len(scope["path"]) > MAX_PATH:
            raise RefusedError(404, "Not here: expected an address of this page.")
        if scope["path"] == ENTRY and scope["method"] == "GET":
            return
        session = self._doors.session(headers.get("cookie", ()))
        if session is None:
            raise RefusedError(403, "Refused: open the link that the terminal shows. A link works once.")
        scope["session"] = session
        if scope["method"] == "POST":
            scope["form"] = await self._form(headers, receive)
            if not secrets.compare_digest(
                scope["form"].get("form_token", "").encode("utf-8", "surrogatepass"), session.form_token.encode()
            ):
                raise RefusedError(403, "Refused: this form is not from this page. Go back and load the page again.")

    async def _form(self, headers: Mapping[str, list[str]], receive: Receive) -> dict[str, str]:
        kind = headers.get("content-type", [""])[0].partition(";")[0].strip().lower()
        if kind != FORM:
            raise RefusedError(415, f"Refused: not a form; expected {FORM}.")
        length = headers.get("content-length", ["0"])[0]
        if not length.isascii() or not length.isdigit() or int(length[:20]) > MAX_BODY:
            raise _too_large()
        try:
            async with asyncio.timeout(self._body_seconds):
                body = await _read(receive)
            fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
        except TimeoutError:
            raise RefusedError(408, "Refused: the form came too slowly.", ("connection", "close")) from None
        except ValueError:
            raise RefusedError(400, "Refused: not a readable form.") from None
        return dict(fields)


def _too_large() -> RefusedError:
    return RefusedError(413, f"Refused: more than {MAX_BODY} bytes.", ("connection", "close"))


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, "Refused: the form broke off.")
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY:
            raise _too_large()
        if not message.get("more_body"):
            return body


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


def _check_host(headers: Mapping[str, list[str]], doors: Doors) -> None:
    if headers.get("host") != [f"{HOST}:{doors.port}"]:
        raise RefusedError(403, "Refused: another host; expected the address that the terminal shows.")


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise RefusedError(405, f"Refused: expected one of {', '.join(METHODS)}.", ("allow", ", ".join(METHODS)))


def _check_site(headers: Mapping[str, list[str]], doors: Doors, *, is_write: bool) -> None:
    """Refuse what another page asks for; a write must say that it comes from ours."""
    origins, sites = headers.get("origin", []), headers.get("sec-fetch-site", [])
    if any(origin != doors.address for origin in origins) or not set(sites) <= {"same-origin", "none"}:
        raise RefusedError(403, "Refused: another page asked for this; expected the link typed or pasted.")
    if is_write and not origins:
        raise RefusedError(403, "Refused: a write without an origin; expected one from this page.")
    if any("prefetch" in purpose for name in ("sec-purpose", "purpose") for purpose in headers.get(name, [])):
        raise RefusedError(403, "Refused: loaded ahead; expected a person.")


class _Answer:
    """Sends an answer with our headers; knows whether it has begun."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            own = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await self._send(message)

    async def refuse(self, refused: RefusedError) -> None:
        if self._begun:
            return
        body = f"{refused}\n".encode()
        headers = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))), *refused.headers]
        encoded = [(name.encode(), value.encode()) for name, value in headers]
        await self({"type": "http.response.start", "status": refused.status, "headers": encoded})
        await self({"type": "http.response.body", "body": body})
