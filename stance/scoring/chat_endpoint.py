"""A chat endpoint in OpenAI's form, asked politely, within a budget, and never trusted.

Nothing here knows of stances. What goes out is one JSON body a request; what comes back is bounded in time and size
before it is read. Errors of a moment are tried again after a growing, jittered pause, or after the pause that the
server asks for. Redirects are not followed, and the key is in no message.
"""

import ipaddress
import json
import random
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stance.exceptions import ConfigError, MissingExtraError, ModelError

if TYPE_CHECKING:
    import httpx

Message = Mapping[str, str]

KEY_VARIABLE = "STANCE_LLM_KEY"
"""Holds the key of an endpoint: no option and no file does, so that it stands in no history, report or repository."""

MAX_ANSWER = 1_000_000
"""Bytes of one response; the labels of a comment are a few hundred."""

NO_CONNECTION = "no connection"

GIVEN_UP = "the endpoint is no longer asked, as it gave no usable answers"

MAX_PAUSE = 60.0
"""Seconds that a server may ask us to wait; one that asks for more has a quota that is spent."""

FAILURES = 10
"""Questions in a row that end without a usable answer before an endpoint is no longer asked."""

_MOMENTARY = (408, 409, 425, 429)
_FATAL = (401, 403, 404, 405)
_NOT_UNDERSTOOD = (400, 422)
_DROPPABLE = {"response_format": ("response_format", "response_schema", "json_schema"), "temperature": ("temperature",)}
"""What some servers do not know, and refuse, by the names that they give it."""

_CONNECT_TIMEOUT = 20.0
"""Seconds for a connection, which a machine behind a wall never refuses; an answer may take longer."""


class NoAnswerError(ModelError):
    """A question got no usable answer; the message is the reason, and the next question may fare better."""


class NotAskedError(NoAnswerError):
    """A question was not sent: the budget is spent, or the endpoint is given up."""


@dataclass(slots=True, eq=False)
class _Line:
    """The connection of one request, which another thread can cut; closing it there would wake nobody who reads."""

    is_cut: bool = False
    _sockets: list[socket.socket] = field(default_factory=list)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Take the connection from httpx as it is opened, and again as it is encrypted."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._sockets.append(info["return_value"].get_extra_info("socket"))
            if self.is_cut:
                self.cut()

    def cut(self) -> None:
        """End what is sent and read on it."""
        self.is_cut = True
        for each in self._sockets:
            with suppress(OSError):  # closed already, or never connected
                socket.socket.shutdown(each, socket.SHUT_RDWR)  # that of TLS would wait for the other side


@dataclass(slots=True)
class ChatEndpoint:
    """Where a chat model is asked.

    :param url: As the user gave it, checked by :func:`checked_url`.
    :param key: Sent as a bearer token; never shown.
    :param budget: Requests in all, repeated ones too; None: no bound.
    :param timeout: Seconds for one request.
    :param pause: Seconds before the second attempt; doubled for each further one.
    :param answered: Whether it ever answered a question, in this run or an earlier one.
    """

    url: str
    key: str | None = field(default=None, repr=False)
    budget: int | None = None
    timeout: float = 120.0
    pause: float = 1.0
    attempts: int = 5
    requests: int = 0
    answered: bool = False
    _unusable: int = 0
    _failure: str = ""  # the first: what follows is often its consequence
    _dropped: set[str] = field(default_factory=set)
    _lines: list[_Line] = field(default_factory=list, repr=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False)
    stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def address(self) -> str:
        """Where requests go."""
        return f"{self.url.rstrip('/').removesuffix('/chat/completions')}/chat/completions"

    def client(self) -> "httpx.Client":
        """Open the connections of some questions; to be closed by the caller.

        :raises ConfigError: If the environment names a proxy, or certificates, that cannot be used.
        """
        try:
            import httpx
        except ImportError:
            raise MissingExtraError("httpx", "llm") from None

        # Not packed, so that MAX_ANSWER bounds what is unpacked, too.
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        try:
            # A proxy of the environment would take what is meant for this machine to another one.
            return httpx.Client(
                headers=headers,
                timeout=httpx.Timeout(self.timeout, connect=min(self.timeout, _CONNECT_TIMEOUT)),
                follow_redirects=False,
                trust_env=not _is_loopback(self.url),
                limits=httpx.Limits(max_keepalive_connections=0),  # each request has a connection that can be cut
            )
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            seen = f"the environment names a proxy or certificates that cannot be used ({self._shown(str(error))})"
            named = "expected HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE as httpx takes them"
            raise ConfigError(f"{seen}; {named}") from None

    def complete(self, client: "httpx.Client", body: Mapping[str, Any], on_sent: Callable[[], None]) -> str:
        """Ask for the next message of a chat; tries again what may pass.

        :param body: What to send; parameters that this server refused by name are left out.
        :param on_sent: Called for each request that reached the endpoint.
        :return: The content of the message.
        :raises NoAnswerError: If this question got no answer.
        :raises ModelError: If no question will.
        """
        reason = ""
        for attempt in range(self.attempts):
            self._spend()
            sent = {name: value for name, value in body.items() if name not in self._dropped}
            status, text, asked_pause = self._post(client, sent, on_sent)
            if status == 200 and (content := _content(text)) is not None:
                self.answered = True
                return content
            reason = f"HTTP {status}: {self._shown(text)}" if status else text
            if status in _FATAL:
                raise self._unfit(reason)
            if 300 <= status < 400:
                redirect = "a redirect, which is not followed; expected the endpoint itself"
                raise ModelError(f"{self.url}: HTTP {status}, {redirect}")
            may_pass = status in (0, *_MOMENTARY) or status >= 500 or (status == 200 and not _is_refusal(text))
            if not may_pass and not self._drop_refused(status, text, sent):
                break
            if asked_pause > MAX_PAUSE:
                reason += f" (asks to wait {asked_pause:.0f} s)"
                break
            if attempt + 1 < self.attempts:
                self._wait(max(asked_pause, self.pause * 2**attempt * random.uniform(0.5, 1.0)))  # noqa: S311
        self._failure = self._failure or reason
        if reason.startswith(NO_CONNECTION) and not self.answered:
            raise self._unfit(reason)
        raise NoAnswerError(reason)

    def _spend(self) -> None:
        with self._lock:
            if self.stopped.is_set():
                raise NotAskedError(GIVEN_UP)
            if self.budget is not None and self.requests >= self.budget:
                raise NotAskedError(f"the budget of {self.budget:,} requests is spent; run again to go on")
            self.requests += 1

    def _post(
        self, client: "httpx.Client", body: Mapping[str, Any], on_sent: Callable[[], None]
    ) -> tuple[int, str, float]:
        """Send one request.

        :return: Status, text, and the pause in seconds that the server asks for; status 0: there was no response, and
            the text says why.
        """
        line = _Line()
        self._lines.append(line)
        if self.stopped.is_set():  # since it was last looked at
            line.cut()
        clock = threading.Timer(self.timeout, line.cut)  # httpx counts anew at each byte, so one that drips never ends
        clock.daemon = True
        clock.start()
        try:
            received = self._receive(client, line, json.dumps(body).encode(), on_sent)
            return (0, f"no answer within {self.timeout:g} s", 0.0) if line.is_cut else received
        finally:
            clock.cancel()
            self._lines.remove(line)

    def stop(self) -> None:
        """Ask no more, and end what is under way."""
        self.stopped.set()
        for line in list(self._lines):
            line.cut()

    def _receive(
        self, client: "httpx.Client", line: _Line, sent: bytes, on_sent: Callable[[], None]
    ) -> tuple[int, str, float]:
        import httpx

        try:
            with client.stream("POST", self.address, content=sent, extensions={"trace": line.trace}) as response:
                on_sent()
                content = bytearray()
                for chunk in response.iter_raw():
                    content += chunk
                    if len(content) > MAX_ANSWER:
                        return 0, f"an answer of more than {MAX_ANSWER:,} bytes", 0.0
                return response.status_code, content.decode("utf-8", "replace"), _retry_after(response.headers)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            return 0, f"{NO_CONNECTION} ({self._shown(str(error)) or type(error).__name__})", 0.0
        except httpx.TimeoutException:
            on_sent()
            return 0, f"no answer within {self.timeout:g} s", 0.0
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            on_sent()
            return 0, f"the connection broke ({type(error).__name__})", 0.0

    def _drop_refused(self, status: int, text: str, sent: Mapping[str, Any]) -> bool:
        """Leave out from now on what this server refuses by its name; tell whether it was sent.

        Another request may have left it out while this one was under way, and this one is still to be sent without it.
        """
        named = {name for name, names in _DROPPABLE.items() if name in sent and any(each in text for each in names)}
        refused = named if status in _NOT_UNDERSTOOD else set()
        with self._lock:
            self._dropped |= refused
        return bool(refused)

    def require_answers(self) -> None:
        """Tell an endpoint that refused some questions from one that answers none.

        :raises ModelError: If questions failed, and none was ever answered.
        """
        if self._failure and not self.answered:
            raise self._unfit(self._failure)

    def _unfit(self, reason: str) -> ModelError:
        return ModelError(f"{self.url}: {reason}; expected an OpenAI-compatible chat endpoint that serves the model")

    def note(self, *, usable: bool) -> None:
        """Take note how a question ended: an endpoint that answers none is not sent all texts."""
        with self._lock:
            self._unusable = 0 if usable else self._unusable + 1
            if self._unusable >= FAILURES:
                self.stopped.set()

    def _wait(self, seconds: float) -> None:
        if self.stopped.wait(seconds):
            raise NotAskedError(GIVEN_UP)

    def _shown(self, text: str) -> str:
        """Show what a server says, on one line, and never the key that it may repeat."""
        without_key = text.replace(self.key, "[key]") if self.key else text
        line = "".join(c if c.isprintable() else " " for c in without_key[:400])
        return " ".join(line.split())[:200]


def checked_url(url: str | None, *, plain_http: bool) -> str:
    """Check where texts are to be sent.

    :raises ConfigError: If there is no URL, it is of another kind, holds a secret, or sends in the clear.
    """
    if not url:
        raise ConfigError("--url is not given; expected the endpoint to send comments to, as http://localhost:8000/v1")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("http", "https") or not url.isprintable() or " " in url:
        raise ConfigError(f"--url {_without_secrets(url)}: not an http address; expected as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(
            f"--url {_without_secrets(url)}: more than host, port and path; expected a key only in {KEY_VARIABLE}"
        )
    if parts.scheme == "http" and not _is_loopback(url) and not plain_http:
        raise ConfigError(
            f"--url {url}: would send comments unencrypted to another machine; expected https, or --plain-http"
        )
    return f"{parts.scheme}://{host if ':' not in host else f'[{host}]'}{f':{port}' if port else ''}{parts.path}"


def checked_key(key: str | None) -> str | None:
    """Check a key without showing it.

    :raises ConfigError: If it cannot stand in a header.
    """
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{KEY_VARIABLE}: characters that no key holds; expected ASCII on one line")
    return key or None


def _without_secrets(url: str) -> str:
    return url.rpartition("@")[2].partition("?")[0].partition("#")[0][:80]


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _retry_after(headers: Mapping[str, str]) -> float:
    """Read how many seconds a server asks us to wait; dates and anything else count as none."""
    value = headers.get("retry-after", "")
    return float(value[:8]) if value.isascii() and value.isdigit() else 0.0  # a longer one is years all the same


def _content(text: str) -> str | None:
    """Take the message out of a response, also where it comes in parts; None if it is not there."""
    content = _choice(text)[1].get("content")
    if isinstance(content, list):
        parts = [
            part for part in content if isinstance(part, dict) and part.get("type") == "text"
        ]  # others are thoughts
        content = "".join(str(part.get("text")) for part in parts) if parts else None
    return content if isinstance(content, str) else None


def _is_refusal(text: str) -> bool:
    """Tell whether a response says that there will be no answer, as a content filter does: asking again costs."""
    choice, message = _choice(text)
    return choice.get("finish_reason") == "content_filter" or bool(message.get("refusal"))


def _choice(text: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Take out of a response what the model chose to say, and the message in it; empty if they are not there."""
    try:
        choice = json.loads(text)["choices"][0]
        message = choice["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}, {}
    return (choice, message) if isinstance(message, dict) else ({}, {})


def chat(model: str, messages: Sequence[Message], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Make the body of a request whose answer is bound to a JSON schema."""
    form = {"name": "answer", "strict": True, "schema": schema}
    return {
        "model": model,
        "messages": list(messages),
        "temperature": 0,
        "response_format": {"type": "json_schema", "json_schema": form},
    }
