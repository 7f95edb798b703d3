"""What the tests of the window share: made-up pages, and a window that runs beside the test."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from uvicorn import Server

from research.benchmarks.window import make_page
from stance.app.folder import ProjectFolder
from stance.app.guard import TOKEN_HEADER, UPLOAD, Sessions, guarded_app
from stance.app.labelling import Wording
from stance.app.server import make_server
from stance.app.window import Window
from stance.limits import Limits, limits_in_force
from stance.scoring.targets.target_set import load_targets
from stance.store.assignment import login
from tests.support.labelling_pages import Reply, Visitor, come_in
from tests.support.servers import served
from tests.support.warm_commands import WarmPython


@dataclass
class Guest(Visitor):
    """A browser in the window."""

    token: str = ""

    def send(self, name: str, content: bytes, **headers: str | None) -> Reply:
        """Drop a file."""
        usual = {"Content-Type": UPLOAD, TOKEN_HEADER: self.token, "Content-Length": str(len(content))}
        return self.ask("POST", f"/files?name={quote(name, safe='')}", content, usual | headers)

    def do(self, action: str, **values: str) -> Reply:
        """Press a button."""
        return self.ask("POST", f"/do/{action}", urlencode({"form_token": self.token, **values}))

    def state(self) -> Any:
        """Ask what has changed."""
        return json.loads(self.ask("GET", "/state").text)

    def wait(self, holds: Callable[[Any], Any], seconds: float = 120) -> Any:
        """Ask until something holds."""
        end = time.monotonic() + seconds
        while not holds(state := self.state()):
            assert time.monotonic() < end, state
            time.sleep(0.2)
        return state


@dataclass
class Running:
    """A window that is open while a test runs."""

    window: Window
    sessions: Sessions
    told: list[str] = field(default_factory=list)

    def guest(self) -> Guest:
        guest = come_in(self.sessions.invite(login()), Guest)
        guest.token = re.findall(r'data-token="([^"]+)"', guest.ask("GET", "/").text)[0]
        return guest


@contextmanager
def open_window(folder: Path, limits: Limits | None = None) -> Iterator[Running]:
    """Open a window in a thread of its own. Its commands score with ``light``."""

    @contextmanager
    def open_page(listening: socket) -> Iterator[tuple[Running, Server]]:
        with limits_in_force(limits or Limits()), ProjectFolder.open(folder) as project:
            known = load_targets()
            words = Wording({each.target_id: each.label for each in known.targets}, known.find, "# The guide")
            sessions, told = Sessions(listening.getsockname()[1]), list[str]()
            window = Window(project, lambda: words)
            yield Running(window, sessions, told), make_server(guarded_app(window.routes(), sessions, told.append))
            window.close_labels()

    with served(open_page) as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("STANCE_MODEL", "light")
        patch.setattr("stance.app.commands.sys", WarmPython())
        yield running


@contextmanager
def open_window_with_report(folder: Path) -> Iterator[Running]:
    """Open a window for a folder with two pages, one of each of two outlets, and wait for its report."""
    files = folder / "files"
    files.mkdir(parents=True)
    for number in range(2):
        (files / f"{number}.html").write_bytes(make_page(number, ("River Post", "Hill Post")[number]))
    with open_window(folder) as running:
        running.guest().wait(lambda state: state["report"] and not state["busy"])
        yield running
