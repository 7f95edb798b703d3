"""A chat endpoint: requests bounded in time, size and number, with retries, and checks of its address and key."""

import asyncio
import ipaddress
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stance.datamodels import Record
from stance.exceptions import ConfigError, MissingExtraError, ModelError
from stance.scoring import KEY_VARIABLE

if TYPE_CHECKING:
    import httpx

MAX_ANSWER = 1_000_000
"""Maximum number of bytes of a response; the labels of a comment take a few hundred."""

MAX_PAUSE = 60.0
"""Maximum number of seconds that a server may ask us to wait; if it asks for more, its quota is spent."""

FIRST_ANSWERS, LAST_ANSWERS, LEAST_USABLE = 50, 500, 0.05
"""Number of answers of which one must be usable, at first; of later ones, and the share that must be. One reader may
write many comments that a model does not answer in the form asked for: this says nothing of those of others."""


class NoAnswerError(ModelError):
    """A question got no usable answer; the next question may."""

    is_asked = True  # False: it was not sent, as the budget is spent or the endpoint is given up
    is_sent = True  # False: it did not reach the endpoint
    is_answer = False  # True: the endpoint answered, though not as a chat endpoint does
    passes = False  # True: it may succeed when repeated
    pause = 0.0  # seconds that the server asks us to wait

    def __init__(self, reason: str, **facts: float) -> None:
        super().__init__(reason)
        vars(self).update(facts)


@dataclass(slots=True)
class ChatEndpoint:
    """A chat endpoint, asked within a budget. Redirects are not followed, and no message holds the key.

    :param url: Checked by :func:`checked_url`.
    :param key: Sent as a bearer token.
    :param budget: Requests in all, repeated ones too; None: no bound.
    :param timeout: Seconds for one request, from connecting to the last byte.
    :param pause: Seconds before the second attempt; doubled for each further one.
    :param answered: Whether it ever answered a question, in this run
    """

    url: str
    key: str | None = field(default=None, repr=False)
    budget: int | None = None
    timeout: float = 120.0
    pause: float = 1.0
    attempts: int = 5
    requests: int = 0
    answered: bool = False
    unanswered: int = 0  # requests in a row without an answer
    waited: float = 0.0  # seconds that requests have waited in vain since the last answer
    usable: int = 0  # answers
    recent: deque[bool] = field(default_factory=lambda: deque(maxlen=LAST_ANSWERS), repr=False)  # usable or not
    failure: str = ""  # the first: what follows is often its consequence
    sent: set[int] = field(default_factory=set, repr=False)  # comments, by their hashes
    _dropped: set[str] = field(default_factory=set)

    def note(self, *, is_usable: bool) -> None:
        """Note an answer."""
        self.unanswered, self.waited = 0, 0.0
        self.usable += is_usable
        self.recent.append(is_usable)

    def client(self) -> "httpx.AsyncClient":
        """Open a client, which the caller closes.

        :raises ConfigError: If the environment names a proxy, or certificates, that cannot be used.
        """
        try:
            import httpx
            import tenacity  # noqa: F401 - a missing one is named before anything is read
        except ImportError as error:
            raise MissingExtraError(str(error.name)) from None

        # Not compressed, so that MAX_ANSWER also bounds the unpacked size.
        headers = {"content-type": "application/json", "accept-encoding": "identity"}
        if self.key:
            headers["authorization"] = f"Bearer {self.key}"
        try:
            return httpx.AsyncClient(
                headers=headers,
                timeout=httpx.Timeout(None, connect=20.0),  # a firewall may never refuse a connection
                # A proxy of the environment would take what is meant for this machine to another one.
                trust_env=not _is_loopback(self.url),
            )
        except (ImportError, OSError, ValueError, httpx.InvalidURL) as error:
            problem = f"the environment names a proxy or certificates that cannot be used ({self._shown(str(error))})"
            expected = "expected HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE as httpx takes them"
            raise ConfigError(f"{problem}; {expected}") from None

    async def complete(self, client: "httpx.AsyncClient", body: Record) -> str:
        """Ask for the next message of a chat, with retries.

        :param body: The request; parameters that this server refused by name are left out.
        :return: The content of the message.
        :raises NoAnswerError: If this question got no answer.
        :raises ModelError: If no question will.
        """
        import tenacity

        growing = tenacity.wait_exponential(self.pause, max=MAX_PAUSE) + tenacity.wait_random(0, self.pause)
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(self.attempts),
            wait=lambda state: max(growing(state), state.outcome.exception().pause),
            retry=tenacity.retry_if_exception(lambda error: getattr(error, "passes", False)),
            sleep=asyncio.sleep,
            reraise=True,
        )
        try:
            content: str = await retrying(self._attempt, client, body)
        except NoAnswerError as error:
            if error.is_asked:
                self.failure = self.failure or str(error)
            if not (error.is_sent or self.answered):
                raise self.unfit() from None
            raise
        self.answered = True
        return content

    async def _attempt(self, client: "httpx.AsyncClient", body: Record) -> str:
        import httpx

        none = not self.usable and len(self.recent) >= FIRST_ANSWERS
        few = len(self.recent) == LAST_ANSWERS and sum(self.recent) < LEAST_USABLE * LAST_ANSWERS
        # Ten requests in a row without any answer, or five times as long in vain, over all that wait, as one may take.
        if self.unanswered >= 10 or self.waited >= 5 * self.timeout or none or few:
            raise NoAnswerError("the endpoint is no longer asked, as it gave no usable answers", is_asked=False)
        if self.budget is not None and self.requests >= self.budget:
            spent = f"the budget of {self.budget:,} requests is used up; score into a store to go on"
            raise NoAnswerError(spent, is_asked=False)
        self.requests += 1
        request = {name: value for name, value in body.items() if name not in self._dropped}
        content, received = json.dumps(request).encode(), bytearray()
        address = f"{self.url.rstrip('/').removesuffix('/chat/completions')}/chat/completions"
        comment = hash(body["messages"][1]["content"])
        was_sent = comment in self.sent
        self.sent.add(comment)
        try:
            async with asyncio.timeout(self.timeout), client.stream("POST", address, content=content) as response:
                async for chunk in response.aiter_raw():
                    received += chunk
                    if len(received) > MAX_ANSWER:
                        problem = f"an answer of more than {MAX_ANSWER:,} bytes"
                        raise NoAnswerError(problem, passes=True, is_answer=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            self.sent -= set() if was_sent else {comment}
            problem = f"no connection ({self._shown(str(error)) or type(error).__name__})"
            raise NoAnswerError(problem, passes=True, is_sent=False) from None
        except TimeoutError:
            self.waited += self.timeout
            raise NoAnswerError(f"no answer within {self.timeout:g} s", passes=True) from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise NoAnswerError(f"the connection broke ({type(error).__name__})", passes=True) from None
        return self._read(response, received.decode("utf-8", "replace"), request)

    def _read(self, response: "httpx.Response", text: str, request: Record) -> str:
        """Return the content of the message in a response, or raise the error that its status means."""
        status, wait = response.status_code, response.headers.get("retry-after", "")
        pause = float(wait[:8]) if wait.isascii() and wait.isdigit() else 0.0  # seconds; dates count as none
        content, is_refused = _read_message(text) if status == 200 else (None, False)
        if content is not None:
            return content
        reason = f"HTTP {status}: {self._shown(text)}"
        if status in (401, 403, 404, 405):
            raise self.unfit(reason)
        if 300 <= status < 400:
            redirect = "a redirect, which is not followed; expected the address of the endpoint itself"
            raise ModelError(f"{self.url}: HTTP {status}, {redirect}")
        if pause > MAX_PAUSE:
            raise NoAnswerError(f"{reason} (asks to wait {pause:.0f} s)")
        # Another request may have dropped a parameter while this one was under way: then it is repeated, too.
        droppable = ("response_format", "temperature")  # parameters that some servers refuse
        refused = {name for name in droppable if status in (400, 422) and name in request and name in text}
        self._dropped |= refused
        passes = refused or status in (408, 409, 425, 429) or status >= 500 or (status == 200 and not is_refused)
        raise NoAnswerError(reason, passes=bool(passes), is_answer=status == 200 or not passes, pause=pause)

    def unfit(self, reason: str = "") -> ModelError:
        """Return the error of an endpoint that answers no question."""
        problem = f"{self.url}: {reason or self.failure}"
        return ModelError(f"{problem}; expected an OpenAI-compatible chat endpoint that serves the model")

    def _shown(self, text: str) -> str:
        """Shorten a server's words to one line, without the key that it may repeat."""
        without_key = text.replace(self.key, "[key]") if self.key else text
        line = "".join(c if c.isprintable() else " " for c in without_key[:400])
        return " ".join(line.split())[:200]


def _read_message(text: str) -> tuple[str | None, bool]:
    """Read a response: the content of its message, and whether the model or a filter refused (asking again costs)."""
    try:
        choice = json.loads(text)["choices"][0]
        message = choice["message"]
        content = message.get("content")
        is_refused = choice.get("finish_reason") == "content_filter" or bool(message.get("refusal"))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None, False
    if isinstance(content, list):  # parts; those of another type are thoughts
        parts = [str(part.get("text")) for part in content if isinstance(part, dict) and part.get("type") == "text"]
        content = "".join(parts) if parts else None
    return content if isinstance(content, str) else None, is_refused


def checked_url(url: str | None, *, plain_http: bool) -> str:
    """Check the address that texts are to be sent to.

    :raises ConfigError: If there is no URL, it is of another kind, holds a secret, or sends in the clear.
    """
    if not url:
        raise ConfigError("--url is not given; expected the endpoint of the model, such as http://localhost:8000/v1")
    public_part = url.rpartition("@")[2].partition("?")[0].partition("#")[0][:80]  # without secrets
    try:
        parts = urlsplit(url)
        is_address = parts.hostname and parts.port != 0 and parts.scheme in ("http", "https")
    except ValueError:
        is_address = False
    if not is_address or not url.isprintable() or " " in url:
        raise ConfigError(f"--url {public_part}: not an http address; expected one such as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigError(f"--url {public_part}: more than host, port and path; expected a key only in {KEY_VARIABLE}")
    if parts.scheme == "http" and not _is_loopback(url) and not plain_http:
        problem = f"--url {url}: would send comments unencrypted to another machine"
        raise ConfigError(f"{problem}; expected https, or --plain-http")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def checked_key(key: str | None) -> str | None:
    """Check a key without showing it.

    :raises ConfigError: If no header can hold it.
    """
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{KEY_VARIABLE}: characters that cannot be in a key; expected ASCII on one line")
    return key or None


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    with suppress(ValueError):
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    return False
