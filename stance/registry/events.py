"""What happened to the models of a registry: one file for each event, none of which is ever rewritten.

An event is put in place by a link that fails where a file stands already: of two runs at once, the second sees that it
came second, asks again whether its event still holds, and neither is lost; on network drives too.
"""

import getpass
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from stance.drafts import draft_path
from stance.exceptions import ModelError
from stance.limits import MAX_EVENTS_BYTES
from stance.scoring.cards import plain_json

FORMAT = "stance-registry/1"

MOST_EVENTS = 100_000
LONGEST_EVENT = 1_000_000
"""Bytes; the manifest of a version takes some three thousand."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""What a model may be called: the name of a folder everywhere, on systems that fold case too."""

DIGEST = re.compile(r"[0-9a-f]{64}")

_FILE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/){0,4}[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_FIELDS = ("kind", "name", "digest", "at", "by", "command")
_KEYS = ("event", *_FIELDS[1:])  # as they are written
_ATTEMPTS = 100  # to write an event while other runs write theirs


class Kind(StrEnum):
    """What can happen to a version."""

    ADDED = "added"
    PROMOTED = "promoted"  # it was surely better than the current one
    KEPT = "kept"  # it was not: the current one stays
    FORCED = "forced"  # it became current whatever was measured
    CHOSEN = "chosen"  # somebody made it current by hand
    REMOVED = "removed"


MAKES_CURRENT = (Kind.PROMOTED, Kind.FORCED, Kind.CHOSEN)
DECISIONS = (Kind.PROMOTED, Kind.KEPT, Kind.FORCED)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a version: one file of a registry."""

    number: int  # from 1, in the order in which they happened
    kind: Kind
    name: str
    digest: str  # of the version, 64 hexadecimal digits
    at: str  # ISO 8601, UTC
    by: str  # who ran the command, as the system names them
    command: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The version that it happened to, as in scores."""
        return f"{self.name}@{self.digest[:4]}"


def read_events(folder: Path) -> tuple[Event, ...]:
    """Give all that happened, in order; nothing where the folder is not there yet.

    :raises ModelError: If an event is missing or damaged: what a name stands for would be a guess.
    """
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".json") if folder.is_dir() else []
    except OSError as error:
        raise ModelError(f"{folder}: cannot be read ({error.strerror}); expected events of a registry") from None
    if (size := sum((folder / name).lstat().st_size for name in names)) > MAX_EVENTS_BYTES:
        raise ModelError(f"{folder}: {size:,} bytes; expected at most {MAX_EVENTS_BYTES:,}, the limit of all events")
    if len(names) > MOST_EVENTS:
        raise ModelError(f"{folder}: {len(names):,} files; expected at most {MOST_EVENTS:,} events")
    for number, name in enumerate(names, 1):
        if name != _file_name(number):
            raise ModelError(f"{folder / name}: expected {_file_name(number)} there; an event is missing")
    return tuple(_read_event(folder / name, number) for number, name in enumerate(names, 1))


def write_event(folder: Path, event: Event, still: Callable[[tuple[Event, ...]], bool] = lambda _: True) -> None:
    """Append an event; its number is the next one, whatever it says itself.

    :param still: Is asked of the events so far, again whenever another run was faster; False: nothing to write.
    :raises ModelError: If it cannot be written.
    """
    values = (_printable(getattr(event, name)) for name in _FIELDS)
    record = {"format": FORMAT, **dict(zip(_KEYS, values, strict=True))}
    text = json.dumps(record | dict(event.details), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for _ in range(_ATTEMPTS):
        events = read_events(folder)
        if not still(events) or _link(folder / _file_name(len(events) + 1), text.encode("utf-8", "replace")):
            return
    raise ModelError(f"{folder}: {_ATTEMPTS} other runs write to it; expected a moment to write in")


def _link(path: Path, content: bytes) -> bool:
    """Put an event in its place, whole; False: another run has put its own there."""
    try:
        with draft_path(path, is_new=True) as draft:
            draft.write_bytes(content)
            draft.chmod(0o444)
    except FileExistsError:
        return False
    except OSError as error:
        seen = error.strerror or "unknown error"
        raise ModelError(f"{path}: cannot be written ({seen}); expected a writable registry") from None
    return True


def now() -> str:
    """Give the time as events carry it: ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def user() -> str:
    """Name who runs this, as the system does."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # which of them, depends on the system
        return "unknown"


def _printable(text: str) -> str:
    """Replace what would move the cursor of whoever reads it on a terminal."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _file_name(number: int) -> str:
    return f"{number:06}.json"


def _read_event(path: Path, number: int) -> Event:
    if path.is_symlink() or not path.is_file():
        raise ModelError(f"{path}: not a plain file; expected an event of a registry")
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_EVENT + 1)
        record = json.loads(content) if len(content) <= LONGEST_EVENT else None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); expected an event of a registry") from None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict) or (seen := _fault(record)):
        seen = seen if isinstance(record, dict) else "no JSON object"
        raise ModelError(f"{path}: {seen}; expected an event of a registry of models")
    kind, *known = (record.pop(key) for key in _KEYS)
    try:
        details = plain_json({key: value for key, value in record.items() if key != "format"})
    except ValueError as error:
        raise ModelError(f"{path}: {error}; expected an event of a registry of models") from None
    name, digest, at, by, command = known
    return Event(number, Kind(kind), name, digest, at, by, command, details)


def _fault(record: Mapping[str, Any]) -> str | None:
    """Say what is wrong with an event; a registry may come from anyone."""
    if record.get("format") != FORMAT:
        return f"format {str(record.get('format'))[:40]!r}, not {FORMAT!r}"
    for key in _KEYS:
        if not isinstance(record.get(key), str):
            return f"no {key!r}"
        if not record[key].isprintable():
            return f"control characters in {key!r}"
    if record["event"] not in list(Kind):
        return f"event {record['event'][:40]!r}"
    if not NAME.fullmatch(record["name"]) or not DIGEST.fullmatch(record["digest"]):
        return f"model {record['name'][:40]!r} with digest {record['digest'][:70]!r}"
    files = record.get("files", {})
    if not isinstance(files, dict) or not all(_FILE.fullmatch(k) and isinstance(v, str) for k, v in files.items()):
        return "names of files that no model folder has"
    return None
