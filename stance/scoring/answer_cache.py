"""Answers that were paid for, kept by a digest of what was asked, so that asking again costs nothing.

A SQLite file: it survives an interrupt between two answers, and serves several runs at once. It holds labels and
places, never a text.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stance.exceptions import ConfigError, ModelError

_FORM = "create table if not exists answers (digest text primary key, answer text not null) without rowid"


class AnswerCache:
    """Answers by digest; a context manager, for one thread.

    :raises ModelError: If the file cannot be opened, or is no such cache.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        """Open the file; it is made where it is not there, for its owner only."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._path.touch(mode=0o600)
            self._connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from None
        try:
            self._connection.execute(_FORM)
        except sqlite3.Error as error:
            self._connection.close()
            raise self._unusable(error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._connection.close()

    def get(self, key: str) -> Any:
        """Give what was kept under a key; None where there is nothing, or nothing that can be read."""
        try:
            found = self._connection.execute("select answer from answers where digest = ?", (key,)).fetchone()
            return None if found is None else json.loads(found[0])
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        except (ValueError, TypeError, RecursionError):
            return None

    def put(self, answers: Iterable[tuple[str, Any]]) -> None:
        """Keep answers under their keys; they are on the disk when this returns."""
        rows = [(key, json.dumps(answer)) for key, answer in answers]
        try:
            self._connection.execute("begin immediate")
            self._connection.executemany("insert or replace into answers values (?, ?)", rows)
            self._connection.execute("commit")
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def _unusable(self, error: Exception) -> ModelError:
        return ModelError(f"{self._path}: cannot be used ({error}); expected a cache of answers, or no such file")


def default_cache() -> Path:
    """Give the place of the cache in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        folder = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        raise ConfigError("this user has no home folder for answers; expected XDG_CACHE_HOME to name one") from None
    return folder / "stance" / "answers.sqlite"


def digest(*parts: Any) -> str:
    """Name what was asked."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()
