"""A chat endpoint on this machine that answers as it is told, well or badly."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Request = dict[str, Any]


@dataclass
class Reply:
    """What the server sends for one request."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0  # seconds before anything
    drip: float = 0.0  # seconds between bytes
    hang_up: bool = False
    head: bytes = b""  # sent as it is, in place of a proper head
    again: bytes = b""  # sent after it for ten seconds, a little at a time; nothing follows


def question(request: Request) -> dict[str, Any]:
    """What a request asks, as the model sees it."""
    (system, user) = request["messages"][:2]
    assert (system["role"], user["role"]) == ("system", "user")
    found: dict[str, Any] = json.loads(user["content"])
    return found


def message(content: str) -> Reply:
    return Reply(json.dumps({"choices": [{"message": {"role": "assistant", "content": content}}]}))


def labels(request: Request, label: str = "favor", confidence: int = 1, quote: str = "") -> Reply:
    """A proper answer: the same label toward every target."""
    asked = question(request)["targets"]
    rows = [{"target": t["id"], "label": label, "confidence": confidence, "quote": quote} for t in asked]
    return message(json.dumps({"labels": rows}))


@dataclass
class ChatServer:
    """What came in, and how it is answered."""

    answer: Callable[[Request, int], Reply]  # of the request and its number, from 0
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    busy: int = 0
    lock: Any = field(default_factory=threading.Lock)
    closed: threading.Event = field(default_factory=threading.Event)


@contextmanager
def chat_server(answer: Callable[[Request, int], Reply]) -> Iterator[ChatServer]:
    state = ChatServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with state.lock:
                number = len(state.requests)
                state.requests.append(request)
                state.headers.append({name.lower(): value for name, value in self.headers.items()})
                state.busy += 1
            reply = state.answer(request, number)
            state.closed.wait(reply.wait)
            with state.lock:
                state.busy -= 1
            with suppress(BrokenPipeError, ConnectionResetError):  # the client has had enough
                self.send(reply)

        def send(self, reply: Reply) -> None:
            if reply.again:
                self.close_connection = True
                self.wfile.write(reply.head)
                for _ in range(500):
                    self.wfile.write(reply.again)
                    state.closed.wait(0.02)
                return
            if reply.hang_up:
                self.close_connection = True
                return
            content = reply.body.encode()
            self.send_response(reply.status)
            for name, value in {"content-length": str(len(content)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.drip:
                for byte in content:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    state.closed.wait(reply.drip)
            else:
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield state
    finally:
        state.closed.set()
        server.shutdown()
        server.server_close()
        thread.join()
