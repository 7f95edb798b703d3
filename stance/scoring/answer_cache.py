"""Answers that were paid for, kept by a digest of what was asked, so that asking again costs nothing.

A SQLite file: it survives an interrupt between two answers, and serves several runs at once. It holds labels and
places, never a text. Digests of the comments that were asked about stand beside the answers, so that those of a person
who is to be forgotten are found.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stance.exceptions import ConfigError, ModelError
from stance.pseudonyms import folded

_FORM = (
    "create table if not exists answers (digest text primary key, answer text not null) without rowid",
    "create table if not exists asked (text text, digest text, primary key (text, digest)) without rowid",
)
_TABLES = ({"answers"}, {"answers", "asked"})
"""Those of a cache; that of an earlier version does not say what was asked about."""


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
            for table in _FORM:
                self._connection.execute(table)
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

    def put(self, answers: Iterable[tuple[str, Any]], asked: Iterable[str] = ()) -> None:
        """Keep answers under their keys; they are on the disk when this returns.

        :param asked: The comments that stood in the question, by whose digests the answers can be forgotten.
        """
        rows = [(key, json.dumps(answer)) for key, answer in answers]
        marks = [(text_digest(text), key) for text in asked if text.strip() for key, _ in rows]
        try:
            self._connection.execute("begin immediate")
            self._connection.executemany("insert or replace into answers values (?, ?)", rows)
            self._connection.executemany("insert or ignore into asked values (?, ?)", marks)
            self._connection.execute("commit")
        except sqlite3.Error as error:
            raise self._unusable(error) from None

    def _unusable(self, error: Exception) -> ModelError:
        return _unusable(self._path, error)


def _unusable(path: Path, error: Exception) -> ModelError:
    return ModelError(f"{path}: cannot be used ({error}); expected a cache of answers, or no such file")


def default_cache() -> Path:
    """Give the place of the cache in the user's cache folder."""
    home = os.environ.get("XDG_CACHE_HOME") or ""
    try:
        folder = Path(home) if Path(home).is_absolute() else Path.home() / ".cache"
    except RuntimeError:
        raise ConfigError("this user has no home folder for answers; expected XDG_CACHE_HOME to name one") from None
    return folder / "stance" / "answers.sqlite"


def is_cache(path: Path) -> bool:
    """Tell a cache of answers from other databases."""
    try:
        # As it lies: with a log, as a file of labels has, SQLite would make files beside it even to read it.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            return {name for (name,) in database.execute("SELECT name FROM sqlite_schema")} in _TABLES
    except sqlite3.Error:
        return False


def forget_answers(path: Path, texts: Iterable[str], *, dry: bool = False) -> tuple[int, int]:
    """Take the answers out of a cache that were given about some comments, or about replies to them.

    :param texts: The comments; case, spacing and forms of one character do not matter.
    :param dry: Only count, and write nothing.
    :return: How many answers go; how many stay of which it is not known what they are about.
    :raises ModelError: If the file cannot be written, or is no such cache.
    """
    marks = [(text_digest(text),) for text in texts if text.strip()]
    try:
        address = f"{path.absolute().as_uri()}?mode={'ro' if dry else 'rw'}"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as database:
            return _forget(database, marks, dry=dry)
    except sqlite3.Error as error:
        raise _unusable(path, error) from None


def _forget(database: sqlite3.Connection, marks: Sequence[tuple[str]], *, dry: bool) -> tuple[int, int]:
    database.execute("pragma secure_delete = on")
    database.execute("pragma temp_store = memory")
    database.execute("begin" if dry else "begin immediate")
    if not database.execute("select 1 from sqlite_schema where name = 'asked'").fetchone():
        (left,) = database.execute("select count(*) from answers").fetchone()
        database.execute("rollback")
        return 0, left
    database.execute("create temp table gone (digest text)")
    database.executemany("insert into gone select digest from asked where text = ?", marks)
    theirs = "select count(*) from answers where digest in (select digest from gone)"
    unknown = "select count(*) from answers where digest not in (select digest from asked)"
    (dropped,), (left,) = (database.execute(each).fetchone() for each in (theirs, unknown))
    if dry or not dropped:
        database.execute("rollback")
        return dropped, left
    for table in ("answers", "asked"):
        database.execute(f"delete from {table} where digest in (select digest from gone)")  # noqa: S608 our own names
    database.execute("commit")
    database.execute("vacuum")
    return dropped, left


def text_digest(text: str) -> str:
    """Name a comment that was asked about."""
    return hashlib.sha256(folded(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def digest(*parts: Any) -> str:
    """Name what was asked."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True, sort_keys=True).encode()).hexdigest()
