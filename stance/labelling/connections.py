"""Connections to the page: who says nothing is not waited for, and gives way when others come.

Every page in the browser and every program on the machine can open connections here without being let in. Held open in
silence, they would keep the annotator out: a server that only counts its connections refuses the one that matters.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""In which a request must have come, from its first byte or from when the connection was opened."""

MOST_CONNECTIONS = 220
"""Beyond it, who has waited longest in silence gives way; some systems let a process have 256 open files."""


class Connection(H11Protocol):
    """A connection that is closed where no request comes of it."""

    _opened = 0.0
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Wait for a request, and let the oldest go that waits for one where there are too many."""
        super().connection_made(transport)
        self._opened = self.loop.time()
        self._await_head()
        if len(self.connections) > MOST_CONNECTIONS:
            others = [each for each in self.connections if isinstance(each, Connection) and each.is_waiting]
            min(others, key=lambda each: each._opened).transport.close()

    def data_received(self, data: bytes) -> None:
        """Take what comes; a request that has begun must go on."""
        super().data_received(data)
        if self.is_waiting:
            self._await_head()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    @property
    def is_waiting(self) -> bool:
        """Tell whether no request is being answered."""
        return not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete)

    def _await_head(self) -> None:
        if self._limit is None:
            self._limit = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
