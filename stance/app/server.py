"""Listen on the loopback address of this machine.

Anybody can open connections, so one that is idle or does not read is closed, and gives way when others come.
"""

import asyncio
import logging
import socket
from math import inf
from typing import Any

from starlette.types import ASGIApp
from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from stance.app.guard import HOST, TIMEOUT
from stance.exceptions import ConfigError

MAX_CONNECTIONS = 220
"""Maximum number of connections, beyond which the one that has been idle longest is closed; some systems allow a
process 256 open files."""


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
        others = [
            connection
            for connection in self.connections
            if isinstance(connection, Connection) and connection._since < inf
        ]
        if len(others) > MAX_CONNECTIONS:
            others.remove(self)
            min(others, key=lambda connection: (not connection.waits_for_client, connection._since))._abort()

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


def bind(port: int) -> socket.socket:
    """Listen on a port of the loopback address; 0 takes a free one.

    :raises ConfigError: If it is taken.
    """
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Bytes that the system holds for a client that does not read; megabytes otherwise.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        listening.bind((HOST, port))
        listening.listen(100)
    except OSError as error:
        listening.close()
        raise ConfigError(f"--port {port}: {error.strerror}; expected a free port, or 0 for any free port") from None
    return listening


def make_server(app: ASGIApp) -> Server:
    """Make the server of the app; ``run(sockets=[...])`` runs until it is interrupted."""
    # asyncio would print a traceback for each connection that finds no open file left; it tries again by itself.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    return Server(
        Config(
            app, proxy_headers=False, server_header=False, access_log=False, log_config=None, log_level="critical",
            http=Connection, ws="none", loop="asyncio", lifespan="off", backlog=100, timeout_graceful_shutdown=2,
        )
    )  # fmt: skip
