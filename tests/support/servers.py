"""Run a server of the app in a thread while a test asks it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from socket import socket
from typing import TypeVar

from uvicorn import Server

from stance.app.server import bind

Page = TypeVar("Page")
Opened = AbstractContextManager[tuple[Page, Server]]


@contextmanager
def served(open_page: Callable[[socket], Opened[Page]]) -> Iterator[Page]:
    """Serve a page in a thread of its own.

    :param open_page: Opens the page and its server in that thread, because SQLite wants a store to be used in the
        thread that opened it.
    """
    listening, ready = bind(0), threading.Event()
    opened, errors = list[tuple[Page, Server]](), list[BaseException]()

    def run() -> None:
        try:
            with closing(listening), open_page(listening) as pair:
                opened.append(pair)
                ready.set()
                pair[1].run(sockets=[listening])
        except BaseException as error:
            errors.append(error)
        ready.set()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(60)
    if errors:
        raise errors[0]
    page, server = opened[0]
    try:
        yield page
    finally:
        server.should_exit = server.force_exit = True
        thread.join(60)  # a command of the window that is drawing ends first
    assert not thread.is_alive()
    assert not errors, errors
