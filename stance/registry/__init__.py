"""Keep versions of a user's own models, and a log of which one is current and why.

    versions/<first 12 digits of the digest>/<name>/    a model folder, as ``stance.scoring.persistence`` writes it
    events/000001.json                                  added, promoted, kept, forced, chosen, removed

The last event that made a version current points to it. No file is ever rewritten. An event is put in place by a link
that fails where a file exists already, so of two runs at once the second notices and checks again, on network drives
too. Names of models that ship are reserved: ``default`` in a report is never anything else.
"""

import getpass
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from stance.datamodels import Skip
from stance.exceptions import ConfigError, ModelError, unknown
from stance.limits import MAX_EVENTS_BYTES
from stance.pseudonyms import settings_folder
from stance.reading.tables import find
from stance.records import printable
from stance.resources import file_errors, replace_folder, temporary_file, temporary_folder
from stance.scoring.persistence import installed_models, load_model, model_digest, model_folder, plain_json
from stance.scoring.plugins import PLUGINS

VARIABLE = "STANCE_REGISTRY"
FORMAT = "stance-registry/1"

MOST_EVENTS = 100_000
LONGEST_EVENT = 1_000_000  # bytes; the digests of a version's files take some three thousand
MOST_FILES = 500  # of a model folder
MOST_BYTES = 4_000_000_000
DEEPEST = 4  # folders inside a model folder: a model that was made from another holds that one

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # of a model: of a folder everywhere, where case is folded too
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_FILE = re.compile(rf"(?:{_PART.pattern}/){{0,{DEEPEST}}}{_PART.pattern}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ATTEMPTS = 100  # to write an event while other runs write theirs
_PLACE = 12  # digits of a digest in the name of a folder
_UNCHECKED = (".json", "train_rows.npy")  # ends of files that are loaded without comparing their digests


class Kind(StrEnum):
    """Kinds of events."""

    ADDED = "added"
    PROMOTED = "promoted"  # it was surely better than the current one
    KEPT = "kept"  # it was not: the current one stays
    FORCED = "forced"  # it became current whatever was measured
    CHOSEN = "chosen"  # somebody made it current by hand
    REMOVED = "removed"


MAKES_CURRENT = (Kind.PROMOTED, Kind.FORCED, Kind.CHOSEN)
DECISIONS = (Kind.PROMOTED, Kind.KEPT, Kind.FORCED)

_FIELDS: Mapping[str, Callable[[str], Any]] = {
    "format": FORMAT.__eq__,
    "event": list(Kind).__contains__,
    "name": _NAME.fullmatch,
    "digest": _DIGEST.fullmatch,
    "at": str.isprintable,
    "by": str.isprintable,
    "command": str.isprintable,
}
"""Fields of an event in its file, with their checks; further ones are its details."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a version: one file of a registry."""

    number: int  # from 1, in the order in which they happened
    kind: Kind
    name: str
    digest: str  # of what the version scored with when it was added, 64 hexadecimal digits
    at: str  # ISO 8601, UTC
    by: str  # who ran the command, as the system names them
    command: str
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """Name of the version, as in scores."""
        return f"{self.name}@{self.digest[:4]}"

    @property
    def parent(self) -> str | None:
        """Model that an added version was made from, as name@digest."""
        return _text(self.details.get("parent"))

    @property
    def data(self) -> str | None:
        """Digest of the labelled pairs that an added version was trained on, as its card says."""
        return _text(self.details.get("data"))

    @property
    def files(self) -> Mapping[str, str]:
        """SHA-256 of the files of an added version, by their paths inside its folder."""
        return dict(self.details.get("files", {}))


Version = Event
"""A version of a model is the event that added it."""

Events = Sequence[Event]


def default_folder() -> Path:
    """Return the registry of this user: the one that the environment names, else a place in the settings folder."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else settings_folder() / "models"


@dataclass(frozen=True, slots=True)
class Registry:
    """A folder of versions and events; it is read anew at each question, since other runs may write to it."""

    folder: Path

    @classmethod
    def open(cls, folder: Path | None = None) -> "Registry":
        """Open a registry, which need not be there yet.

        :param folder: That of this user where not given.
        :raises ModelError: If something else stands there.
        """
        found = cls(folder if folder is not None else default_folder())
        if found.folder.exists() and not found.folder.is_dir():
            raise ModelError(f"{found.folder}: a file; expected a folder of models")
        return found

    # Reading ----------------------------------------------------------------------------------------------------------

    def events(self) -> Events:
        """Read all events, in order.

        :raises ModelError: If one is missing or damaged: the version that a name stands for would be a guess.
        """
        folder = self.folder / "events"
        with file_errors(folder, "cannot be read", "events of a registry", ModelError):
            paths = sorted(path for path in folder.iterdir() if path.suffix == ".json") if folder.is_dir() else []
            size = sum(path.lstat().st_size for path in paths)
        if size > MAX_EVENTS_BYTES or len(paths) > MOST_EVENTS:
            seen = f"{len(paths):,} events of {size:,} bytes"
            raise ModelError(f"{folder}: {seen}; expected at most {MOST_EVENTS:,} of {MAX_EVENTS_BYTES:,} bytes")
        return tuple(_read_event(path, number) for number, path in enumerate(paths, 1))

    def versions(self, name: str | None = None, events: Events | None = None) -> tuple[Version, ...]:
        """Return the versions that are in it, oldest first; those of one name where it is given."""
        found: dict[tuple[str, str], Version] = {}
        for event in self.events() if events is None else events:
            if event.kind is Kind.ADDED:
                found[event.name, event.digest] = event
            elif event.kind is Kind.REMOVED:
                found.pop((event.name, event.digest), None)
        return tuple(version for version in found.values() if name in (None, version.name))

    def names(self) -> tuple[str, ...]:
        """Return the names that have versions, sorted."""
        return tuple(sorted({version.name for version in self.versions()}))

    def current(self, name: str, events: Events | None = None) -> Version | None:
        """Return the current version of a name; None where none was promoted or chosen."""
        events = self.events() if events is None else events
        chosen = [event.digest for event in events if event.name == name and event.kind in MAKES_CURRENT]
        return next((each for each in self.versions(name, events) if [each.digest] == chosen[-1:]), None)

    def history(self, name: str) -> Events:
        """Return the events of a name, oldest first."""
        return tuple(event for event in self.events() if event.name == name)

    def place(self, version: Version) -> Path:
        """Return the model folder of a version: its last part is the name, so scores carry it."""
        return self.folder / "versions" / version.digest[:_PLACE] / version.name

    def _require_own(self, place: Path) -> None:
        """Refuse a model folder that a link puts elsewhere: others' files are there."""
        for folder in (place.parent.parent, place.parent, place):
            if folder.is_symlink():
                raise ModelError(f"{folder}: a link; expected a folder of this registry")

    def find(self, name: str) -> Version:
        """Find a version by its name.

        :param name: ``mine``: its current version; ``mine@1f3c``: the version whose digest begins so, when it was
            added or with the cues that ship today.
        :raises ModelError: If there is none, or several.
        """
        base, at, digits = name.partition("@")
        events = self.events()
        versions = self.versions(base, events)
        if not versions or (at and not digits):
            raise ModelError(unknown(f"{self.folder}: no model", name, self.names(), "See: stance models"))
        if at:
            found = [each for each in versions if each.digest.startswith(digits)]
            found = found or [each for each in versions if self._digest_today(each).startswith(digits)]
            if len(found) == 1:
                return found[0]
            known = ", ".join(f"{each.name}@{each.digest[:_PLACE]}" for each in found or versions)
            seen = f"{len(found)} versions" if found else "no such version"
            raise ModelError(f"{name[:80]}: {seen} in {self.folder}; expected one of {known}")
        if current := self.current(base, events):
            return current
        label = versions[-1].label
        seen = f"{name}: not promoted yet in {self.folder}; expected a version, as {label}, or first"
        raise ModelError(f"{seen}: stance models promote {label} --labels AUDIT, or stance models use {label}")

    def version_of(self, name: str) -> Version | None:
        """Return the version that ``--model`` would take; None where it is no model of this registry."""
        found = resolve_model(name, self)
        return next((version for version in self.versions() if self.place(version) == found), None)

    def identify(self, name: str | Path) -> str:
        """Return the model of a name as name@digest, with all digits.

        :raises ModelError: If it stands for no model folder.
        """
        folder = model_folder(resolve_model(name, self))
        return f"{folder.resolve().name}@{model_digest(folder)}"

    def card(self, version: Version) -> Mapping[str, Any]:
        """Read the card of a version; an empty one where the version cannot be loaded."""
        with suppress(ModelError):
            return load_model(self.place(version)).card
        return {}

    def _digest_today(self, version: Version) -> str:
        with suppress(ModelError):
            return model_digest(self.place(version))
        return ""

    def verify(self) -> tuple[Skip, ...]:
        """Compare each file of each version with the one that was added: damaged, missing and further files."""
        return tuple(damage for version in self.versions() for damage in self._damages(version))

    def check(self, version: Version) -> None:
        """Refuse a version with changed descriptions; arrays are checked when they are loaded.

        :raises ModelError: If one is damaged or missing.
        """
        self._require_own(self.place(version))
        for damage in self._damages(version, _UNCHECKED):
            raise ModelError(f"{damage.source}: {damage.reason}")

    def _damages(self, version: Version, suffix: str | tuple[str, ...] = "") -> Iterator[Skip]:
        """Compare the files of a version with those that were added; only those with a suffix, where it is given."""
        folder = self.place(version)
        for name, digest in sorted(version.files.items()):
            if name.endswith(suffix) and (seen := _file_digest(folder / name)) != digest:
                fault = "no such file" if seen is None else "not the file that was added"
                yield Skip(str(folder / name), f"{fault}; expected it as {version.label} was saved")
        try:
            for name in [] if suffix else sorted(set(list_files(folder)) - set(version.files)):
                yield Skip(str(folder / name), f"not there when {version.label} was added; expected no further file")
        except ModelError as error:
            yield Skip(str(folder), str(error).removeprefix(f"{folder}: "))

    # Writing ----------------------------------------------------------------------------------------------------------

    def add(self, source: Path, *, name: str | None = None, parent: str | None = None, command: str = "") -> Version:
        """Copy a model folder in, as a candidate: the current version stays.

        :param source: A model folder; it is loaded, and so checked, before anything is written.
        :param name: The name it gets; that of the folder where not given.
        :param parent: The model that it was made from, as name@digest.
        :param command: The command that made it.
        :return: Its version; the one that is there, if it was added before.
        :raises ModelError: If it cannot be loaded or copied.
        :raises ConfigError: If the name cannot be given.
        """
        if self.folder.parts[:1] == ("~",):
            raise ConfigError(f"{self.folder}: this user has no home folder; expected --registry or {VARIABLE}")
        name = check_name(name if name is not None else source.resolve().name)
        data = data_digest(load_model(source.resolve()).card)
        version = Version(0, Kind.ADDED, name, model_digest(source), "", "", command)
        if not self._holds(version, self.events()):
            self._require_own(self.place(version))
            details = {"parent": parent, "data": data, "files": _copy_folder(source, self.place(version))}
            self._record(version, Kind.ADDED, command, details)
        return self.find(f"{name}@{version.digest}")

    def use(self, name: str, *, command: str = "") -> Version:
        """Make a version current by hand, whatever was measured.

        :param name: As ``mine@1f3c``.
        :raises ModelError: If there is no such version, or it is damaged.
        """
        version = self.find(name)
        self.check(version)
        self._record(version, Kind.CHOSEN, command)
        return version

    def decide(
        self, version: Version, kind: Kind, details: Mapping[str, Any], *, against: Version | None, command: str = ""
    ) -> None:
        """Record the decision that a measurement led to.

        :param kind: One of :data:`DECISIONS`.
        :param details: The measures, as JSON can hold them.
        :param against: The current version when it was measured; None: there was none.
        :raises ModelError: If another version is current by now: then the measurement decides nothing.
        """
        if kind not in DECISIONS:
            raise ValueError(unknown("decision", kind, DECISIONS))

        def check(events: Events) -> None:
            if (current := self.current(version.name, events)) != against:
                names = [each.label if each else "none" for each in (current, against)]
                seen = f"{self.folder}: another run made {names[0]} the current {version.name} meanwhile"
                raise ModelError(f"{seen}; expected {names[1]}: measure {version.label} again")

        self._record(version, kind, command, details, check)

    def remove(self, name: str, *, command: str = "") -> Version:
        """Remove a version; its events stay.

        :param name: As ``mine@1f3c``.
        :raises ModelError: If there is no such version, or it is the current one.
        """
        version = self.find(name)
        self._require_own(self.place(version))

        def check(events: Events) -> None:
            if self.current(version.name, events) == version:
                raise ModelError(f"{version.label}: the current {version.name}; expected another one to be used first")

        self._record(version, Kind.REMOVED, command, check=check)
        shutil.rmtree(self.place(version), ignore_errors=True)
        return version

    def _record(
        self,
        version: Version,
        kind: Kind,
        command: str,
        details: Mapping[str, Any] | None = None,
        check: Callable[[Events], None] = lambda _: None,
    ) -> None:
        """Put an event of a version behind others, whole; read and check them again where another run was faster.

        :raises ModelError: If it cannot be written, or another run removed the version.
        """
        for _ in range(_ATTEMPTS):
            events = self.events()
            check(events)
            if self._holds(version, events) is (kind is Kind.ADDED):
                if kind is Kind.ADDED:
                    return
                raise ModelError(f"{version.label}: another run removed it meanwhile; expected it in {self.folder}")
            user = "unknown"
            with suppress(OSError, KeyError, ImportError):  # which of them, depends on the system
                user = getpass.getuser()
            values = (FORMAT, kind, version.name, version.digest, now(), user, command)
            record = dict(zip(_FIELDS, map(printable, values), strict=True)) | dict(details or {})
            content = json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
            path = self.folder / "events" / f"{len(events) + 1:06}.json"
            with file_errors(path, kind=ModelError), suppress(FileExistsError):  # of another run: the next number
                with temporary_file(path, is_new=True) as draft:
                    draft.write_bytes(content.encode("utf-8", "replace"))
                    draft.chmod(0o444)
                return
        raise ModelError(f"{self.folder}: {_ATTEMPTS} other runs write to it; expected a moment to write in")

    def _holds(self, version: Version, events: Events) -> bool:
        return version.digest in {each.digest for each in self.versions(version.name, events)}


def resolve_model(name: str | Path, registry: Registry | None = None) -> str | Path:
    """Return the folder of a model of the registry; a name that is none of its names stays as it is.

    Models that ship come first, then the registry. A path, and a name with a slash in it, is a folder.

    :param name: As for ``--model``: ``mine``, or any version of it as ``mine@1f3c``.
    :param registry: That of this user where not given.
    :raises ModelError: If the name stands for nothing, or for a folder here too.
    """
    base, at, _ = str(name).partition("@")
    if isinstance(name, Path) or name in _reserved() or not _NAME.fullmatch(base):
        return name
    registry = registry or Registry.open()
    if base not in registry.names():
        if not Path(name).exists():
            known = (*installed_models(), "vader", *registry.names())
            raise ModelError(unknown("no model", name, known, "Or a model folder. See: stance models"))
        return name
    version = registry.find(name)
    if not at and Path(name).exists():
        raise ModelError(f"{name}: in {registry.folder} and a folder here; expected ./{name} or {version.label}")
    registry.check(version)
    return registry.place(version)


def check_name(name: str) -> str:
    """Refuse a name that a model of one's own cannot have.

    :raises ConfigError: If it is one that ships, or would not do as the name of a folder everywhere.
    """
    if name in _reserved():
        raise ConfigError(f"--name {name}: taken by what ships; expected another, since reports name models by it")
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--name {name[:60]!r}: expected up to 40 of a-z, 0-9, - and _, as: newsroom-2026")
    return name


def data_digest(card: Mapping[str, Any]) -> str | None:
    """Return the digest of the labelled pairs that a model was trained on; None where its card does not say."""
    digest = find(card, "data", "train", "sha256")
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None


def now() -> str:
    """Return the time as events carry it: ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _reserved() -> set[str]:
    return {"default", "light", *installed_models(), *(prefix.rstrip(":") for prefix in PLUGINS)}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


# Files ----------------------------------------------------------------------------------------------------------------


def _read_event(path: Path, number: int) -> Event:
    """Read an event; a registry may come from anyone."""
    if path.name != f"{number:06}.json":
        raise ModelError(f"{path}: expected {number:06}.json there; an event is missing")
    if path.is_symlink() or not path.is_file():
        raise ModelError(f"{path}: not a plain file; expected an event of a registry")
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_EVENT + 1)
        record: Any = json.loads(content) if len(content) <= LONGEST_EVENT else None
        if not isinstance(record, dict):
            raise ValueError("no JSON object")
        for key, fits in _FIELDS.items():
            if not isinstance(value := record.get(key), str) or not fits(value):
                raise ValueError(f"{key} {str(value)[:60]!r}")
        details = plain_json({key: value for key, value in record.items() if key not in _FIELDS})
        files = details.get("files", {})
        if not isinstance(files, dict) or not all(_FILE.fullmatch(k) and isinstance(v, str) for k, v in files.items()):
            raise ValueError("names of files that no model folder has")
    except (OSError, ValueError, RecursionError) as error:
        seen = "no JSON object" if isinstance(error, json.JSONDecodeError | RecursionError) else error
        raise ModelError(f"{path}: {seen}; expected an event of a registry of models") from None
    _, kind, name, digest, at, by, command = (record[key] for key in _FIELDS)
    return Event(number, Kind(kind), name, digest, at, by, command, details)


def _copy_folder(source: Path, place: Path) -> dict[str, str]:
    """Copy a model folder to its place, to be read only, whole or not at all.

    What stands there is replaced: it is of a run that ended before it was done.

    :return: The SHA-256 of each file by its path inside.
    :raises ModelError: If it cannot be written, or holds what no model folder does.
    """
    with file_errors(place, kind=ModelError):
        place.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(place.parent.parent, ".draft-") as draft:
            copied = draft / place.name
            for name in list_files(source):
                (copied / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, copied / name)
                (copied / name).chmod(0o444)
            files = {name: digest for name in list_files(copied) if (digest := _file_digest(copied / name))}
            replace_folder(copied, place)
    return files


def list_files(folder: Path) -> list[str]:
    """List the files of a model folder by their paths inside, sorted; nothing outside it is ever read.

    :raises ModelError: If it holds links, or more than a model does.
    """
    found, total = [], 0
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if path.is_symlink() or not (path.is_file() or path.is_dir()) or not _PART.fullmatch(path.name):
            raise ModelError(f"{path}: expected plain files with plain names in a model folder")
        if path.is_file():
            found.append(inside.as_posix())
            total += path.stat().st_size
        elif len(inside.parts) > DEEPEST:
            raise ModelError(f"{path}: a folder {DEEPEST + 1} deep; expected at most {DEEPEST} inside a model folder")
        if len(found) > MOST_FILES or total > MOST_BYTES:
            raise ModelError(f"{folder}: over {MOST_FILES} files or {MOST_BYTES:,} bytes; expected a model folder")
    return sorted(found)


def _file_digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None where there is none that can be read."""
    with suppress(OSError):
        if path.is_file():  # nobody may ever write to a pipe
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    return None
