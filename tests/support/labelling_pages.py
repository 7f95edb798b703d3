"""What the tests of the labelling page share: items to label, and a server that runs beside the test."""

import http.client
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from uvicorn import Server

from stance.app.guard import HOST, Sessions, guarded_app
from stance.app.labelling import LabellingPage, News, Wording, label_routes
from stance.app.server import make_server
from stance.datamodels import LabelledComment, Stance, Unit
from stance.labels.records import comment_from_record
from stance.labels.state import States, count_states
from stance.labels.tables import read_records
from stance.scoring.targets.target_set import load_targets
from stance.store.assignment import read_annotators
from stance.store.items import Answer, Guess, Item, Pair
from stance.store.labels import GuessMode, LabelStore, open_queues
from tests.support.servers import served

Client = TypeVar("Client", bound="Visitor")

TARGETS = ("russia", "us", "nato")
HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"> the US </div> &amp; \u202e"
)
TEXTS = (
    "Russia keeps its word and NATO does not.",
    HOSTILE,
    "Putin began it and Putin can end it. Washington should say so.",
    "We did this to ourselves.\n\nAnd now the Kremlin laughs.",
)
GUIDE = "# The guide\nLabel what is meant.\n- favor: sides with it,\n  in any way\n- against\n\nAsk <us>."


def make_item(number: int, *, role: str = "train", text: str | None = None) -> Item:
    guess = Guess(Stance.AGAINST, 0.71, "model@1f3c")
    return Item(
        identifier=f"page/c{number}",
        text=text or TEXTS[number % len(TEXTS)] + (f" ({number})" if number >= len(TEXTS) else ""),
        pairs=tuple(Pair(target, role, 0.25, guess) for target in TARGETS),
        document="page",
        outlet="Herald",
        author="reader-1",
        parent="The alliance promised nothing." if number % 2 else None,
        title="Ministers meet over <i>aid</i>",
        lead="Moscow calls the talks a show.",
        language="en",
    )


def make_store(path: Path, items: int = 4, annotators: str = "ann", overlap: float = 0.5, role: str = "train") -> Path:
    with LabelStore.write(path, settings={"seed": "0", "overlap": repr(overlap)}, is_shared=True) as store:
        open_queues(store, [make_item(n, role=role) for n in range(items)], *read_annotators(None, annotators))
    return path


def labels_in(path: Path) -> list[LabelledComment]:
    """Read the labels in a store."""
    records = read_records([path], skip=lambda skip: None)
    return [comment_from_record(record) for record in records if record["label"]]


def label_all(path: Path, label: Stance = Stance.AGAINST, at_most: int = 1_000_000) -> None:
    """Label what is left to the annotator ann."""
    with LabelStore.write(path, is_shared=True) as store:
        open_queues(store, (), "ann")
        for _ in range(at_most):
            item = store.item(number := store.next_item("ann") or 0)
            if item is None:
                break
            store.record("ann", number, [Answer(pair.target, label) for pair in item.pairs])


def progress(store: LabelStore, annotator: str) -> States:
    """Count the comments of an annotator."""
    return count_states(store.rows, Unit.COMMENT, annotator=annotator)


@dataclass
class Running:
    """A page that is served while a test runs."""

    sessions: Sessions
    store: LabelStore
    told: list[str] = field(default_factory=list)
    server: Any = None
    news: News = field(default_factory=News)

    def visitor(self, annotator: str = "ann") -> "Visitor":
        return come_in(self.sessions.invite(annotator), Visitor)


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Visitor:
    """A client that says exactly what a test lets it say."""

    port: int
    cookie: str | None = None

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str | None] | None = None
    ) -> Reply:
        """Send a request; headers given here replace those of a browser, None leaves one out."""
        usual: dict[str, str | None] = {"Host": f"{HOST}:{self.port}", "Cookie": self.cookie}
        if method == "POST":
            usual |= {"Origin": f"http://{HOST}:{self.port}", "Content-Type": "application/x-www-form-urlencoded"}
            usual["Content-Length"] = str(len(body or ""))
        connection = http.client.HTTPConnection(HOST, self.port, timeout=60)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in (usual | dict(headers or {})).items():
                if value is not None:
                    connection.putheader(name, value)
            connection.endheaders(body.encode() if isinstance(body, str) else body)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, _rest_of(answer).decode(errors="surrogateescape"))
        finally:
            connection.close()

    def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str | None] | None = None) -> Reply:
        return self.ask("POST", path, urlencode(fields), headers)

    def form(self, path: str = "/") -> tuple[str, str]:
        """Read the address of the form on a page, and its token."""
        page = self.ask("GET", path).text
        action = re.search(r'action="(/item/\d+)"', page)
        token = re.search(r'name="form_token" value="([^"]+)"', page)
        assert action
        assert token
        return action[1], token[1]


def come_in(link: str, kind: type[Client]) -> Client:
    """Come in by a link that works once, as a browser does."""
    address = urlsplit(link)
    assert address.hostname == HOST
    visitor = kind(address.port or 0)
    answer = visitor.ask("GET", f"{address.path}?{address.query}")
    assert answer.status == 303
    visitor.cookie = answer.headers["set-cookie"].split(";")[0]
    return visitor


@contextmanager
def serving(path: Path, show_guess: GuessMode = GuessMode.AFTER, **limits: float) -> Iterator[Running]:
    """Serve a file of labels."""

    @contextmanager
    def open_page(listening: socket) -> Iterator[tuple[Running, Server]]:
        with LabelStore.write(path, is_shared=True) as store:
            known = load_targets()
            wording = Wording({each.target_id: each.label for each in known.targets}, known.find, GUIDE)
            sessions = Sessions(listening.getsockname()[1])
            page = Running(sessions, store)
            labelling = LabellingPage(store, wording, show_guess, news=lambda: page.news)
            routes = label_routes(lambda: labelling, "/")
            page.server = make_server(guarded_app(routes, sessions, page.told.append, **limits))
            yield page, page.server

    with served(open_page) as running:
        yield running


def _rest_of(answer: http.client.HTTPResponse) -> bytes:
    """Read what stands behind the headers; a server that refuses a body it has not read may cut its own words off."""
    try:
        return answer.read()
    except ConnectionResetError:
        if answer.status < 400:
            raise
        return b""
