"""Keep the answers of a model beside a store until the documents that they are of are stored.

A table may be one document of thousands of comments, of which a store holds nothing until the last one is scored.
"""

import os
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 16_000_000
"""Maximum size of the file, which is begun again then: the answers to some 40,000 comments. Memory: twice as much."""


class AnswerFile:
    """The answers of one run; hidden, so that it is no input where the store is among the pages."""

    def __init__(self, store: Path, run: str) -> None:
        self.path = store.with_name(f".{store.name}.{run}.answers")
        self._size = 0

    def read(self) -> dict[bytes, bytes]:
        """Return the answers that an interrupted run left, by their digests; a line that was cut is no answer."""
        with suppress(OSError):
            if self.path.is_symlink() or self.path.stat().st_size > 2 * MOST_BYTES:
                self.remove()
            content = self.path.read_bytes()
            self._size = len(content)
            return {key: answer for key, _, answer in (line.partition(b" ") for line in content.splitlines())}
        return {}

    def add(self, _: int, lines: bytes) -> None:
        """Add answers; a full disk or a folder that cannot be written loses nothing but time."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        if not lines:
            return
        with suppress(OSError):
            if self._size > MOST_BYTES:
                self.remove()
            self._size += len(lines)
            with os.fdopen(os.open(self.path, flags, 0o600), "ab") as file:
                file.write(lines)

    def remove(self) -> None:
        """Remove the file, once all documents are stored."""
        self._size = 0
        self.path.unlink(missing_ok=True)
