"""A folder of the user's own models: every version kept as it was made, and which one a name stands for.

    versions/<first 12 digits of the digest>/<name>/    a model folder, as ``stance.scoring.persistence`` writes it
    events/000001.json                                  what happened: added, promoted, kept, forced, chosen, removed

Names of models that ship are taken: ``default`` in a report is never anything else.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.exceptions import ConfigError, ModelError
from stance.registry.events import DIGEST, MAKES_CURRENT, NAME, Event, Kind, now, read_events, user, write_event
from stance.registry.files import copy_folder, file_digest, list_files
from stance.scoring.persistence import installed_models, load_model, model_digest, model_folder

VARIABLE = "STANCE_REGISTRY"

DECISIONS = (Kind.PROMOTED, Kind.KEPT, Kind.FORCED)
"""What a measurement can lead to."""

_VERSION = re.compile(NAME.pattern + r"@([0-9a-f]{1,64})")
_RESERVED = ("default", "light", "vader", "hf", "llm")
_UNCHECKED = (".json", "train_rows.npy")
"""Ends of the names of files that a model is loaded from without their digests being compared."""

_PLACE = 12  # digits of a digest in the name of a folder

Events = tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """One model of a registry, under a name, as it was added."""

    name: str
    digest: str  # of what it scored with when it was added, 64 hexadecimal digits
    created: str  # ISO 8601, UTC
    by: str
    command: str
    parent: str | None  # the model that it was made from, as name@digest
    data: str | None  # digest of the labelled pairs that it was trained on, as its card says
    files: Mapping[str, str]  # path inside its folder -> SHA-256

    @property
    def label(self) -> str:
        """The name that scores carry."""
        return f"{self.name}@{self.digest[:4]}"


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in a registry that is not as it was added."""

    path: Path
    reason: str  # what was seen; what was expected


def default_folder() -> Path:
    """Give the registry of this user: what the environment names, else a place in the settings folder."""
    from typer import get_app_dir

    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(get_app_dir("stance")) / "models"


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

    # What is in it ----------------------------------------------------------------------------------------------------

    def events(self) -> Events:
        """Give all that happened, in order.

        :raises ModelError: If an event is missing or damaged: what a name stands for would be a guess.
        """
        return read_events(self.folder / "events")

    def versions(self, name: str | None = None) -> tuple[Version, ...]:
        """Give the versions that are in it, oldest first; those of one name where it is given."""
        return tuple(version for version in _versions(self.events()) if name in (None, version.name))

    def names(self) -> tuple[str, ...]:
        """Give the names that have versions, sorted."""
        return tuple(sorted({version.name for version in self.versions()}))

    def current(self, name: str) -> Version | None:
        """Give the version that a name stands for; None where none was promoted or chosen."""
        return _current(self.events(), name)

    def history(self, name: str) -> Events:
        """Give what happened to a name, oldest first."""
        return tuple(event for event in self.events() if event.name == name)

    def place(self, version: Version) -> Path:
        """Give the model folder of a version: its last part is the name, so scores carry it."""
        return self.folder / "versions" / version.digest[:_PLACE] / version.name

    def find(self, name: str) -> Version:
        """Find what a name stands for.

        :param name: ``mine``: its current version; ``mine@1f3c``: the version whose digest begins so, when it was
            added or with the cues that ship today.
        :raises ModelError: If there is none, or several.
        """
        if not (match := _VERSION.fullmatch(name)):
            return self._find_current(name)
        base, digits = name.partition("@")[0], match[1]
        versions = self.versions(base)
        found = [v for v in versions if v.digest.startswith(digits)]
        found = found or [v for v in versions if self._digest_today(v).startswith(digits)]
        if len(found) == 1:
            return found[0]
        if found:
            longer = ", ".join(f"{v.name}@{v.digest[:_PLACE]}" for v in found)
            raise ModelError(f"{name}: {len(found)} versions; expected one of {longer}")
        known = ", ".join(v.label for v in versions) or f"none of {base}"
        raise ModelError(f"{name}: no such version in {self.folder}; expected one of those there: {known}")

    def _find_current(self, name: str) -> Version:
        events = self.events()
        if current := _current(events, name):
            return current
        waiting = [version for version in _versions(events) if version.name == name]
        if not waiting:
            known = ", ".join(self.names()) or "none"
            raise ModelError(f"{name[:60]}: no such model in {self.folder}; expected one of those there: {known}")
        label = waiting[-1].label
        raise ModelError(
            f"{name}: not promoted yet in {self.folder}; expected a version, as {label}, or first: "
            f"stance models promote {label} --labels AUDIT, or stance models use {label}"
        )

    def version_of(self, name: str) -> Version | None:
        """Give the version that a name stands for as ``--model``; None where it is no model of this registry."""
        found = resolve_model(name, self)
        return next((version for version in self.versions() if self.place(version) == found), None)

    def identify(self, name: str | Path) -> str:
        """Write which model a name stands for, as name@digest with all digits.

        :raises ModelError: If it stands for no model folder.
        """
        folder = model_folder(resolve_model(name, self))
        return f"{folder.resolve().name}@{model_digest(folder)}"

    def card(self, version: Version) -> Mapping[str, Any]:
        """Give the card of a version; an empty one where the version cannot be loaded."""
        try:
            return load_model(self.place(version)).card
        except ModelError:
            return {}

    def _digest_today(self, version: Version) -> str:
        try:
            return model_digest(self.place(version))
        except ModelError:
            return ""

    def verify(self) -> tuple[Damage, ...]:
        """Compare each file of each version with what was added.

        :return: What is damaged, missing or was put there since; empty: all is as it was.
        """
        return tuple(damage for version in self.versions() for damage in self.damages(version))

    def check(self, version: Version) -> None:
        """Refuse a version whose descriptions are not those that were added; its arrays are checked as they are loaded.

        :raises ModelError: If one is damaged or missing.
        """
        self._own_place(version)
        for damage in self.damages(version, suffix=_UNCHECKED):
            raise ModelError(f"{damage.path}: {damage.reason}")

    def damages(self, version: Version, suffix: str | tuple[str, ...] = "") -> Iterator[Damage]:
        """Say what of a version is not as it was added.

        :param suffix: Look only at files whose names end so (or in one of these ways), and not for further ones.
        """
        folder = self.place(version)
        for name in sorted(name for name in version.files if name.endswith(suffix)):
            seen = file_digest(folder / name)
            if seen != version.files[name]:
                said = "no such file" if seen is None else "not the file that was added"
                yield Damage(folder / name, f"{said}; expected it as {version.label} was saved")
        if suffix or not folder.is_dir():
            return
        try:
            for name in list_files(folder):
                if name not in version.files:
                    yield Damage(folder / name, f"not there when {version.label} was added; expected no further file")
        except ModelError as error:
            yield Damage(folder, str(error).removeprefix(f"{folder}: "))

    # What changes it --------------------------------------------------------------------------------------------------

    def add(self, source: Path, *, name: str | None = None, parent: str | None = None, command: str = "") -> Version:
        """Copy a model folder in, as a candidate: what its name stands for stays as it is.

        :param source: A model folder; it is loaded, and so checked, before anything is written.
        :param name: The name it gets; that of the folder where not given.
        :param parent: The model that it was made from, as name@digest.
        :param command: What made it.
        :return: Its version; the one that is there, if it was added before.
        :raises ModelError: If it cannot be loaded or copied.
        :raises ConfigError: If the name cannot be given.
        """
        if self.folder.parts[:1] == ("~",):
            raise ConfigError(f"{self.folder}: this user has no home folder; expected --registry or {VARIABLE}")
        name = check_name(name if name is not None else source.resolve().name)
        data = data_digest(load_model(source.resolve()).card)
        digest = model_digest(source)
        known = next((version for version in self.versions(name) if version.digest == digest), None)
        if known:
            return known
        version = Version(name, digest, now(), user(), command, parent, data, {})
        details = {"parent": parent, "data": data, "files": copy_folder(source, self._own_place(version))}
        self._write(Kind.ADDED, version, command, details, lambda events: not _holds(events, version))
        return self.find(f"{name}@{digest}")

    def use(self, name: str, *, command: str = "") -> Version:
        """Make a version current by hand, whatever was measured.

        :param name: As ``mine@1f3c``.
        :raises ModelError: If there is no such version, or it is damaged.
        """
        version = self.find(name)
        self.check(version)
        self._write(Kind.CHOSEN, version, command, {}, lambda events: self._must_hold(events, version))
        return version

    def decide(
        self, version: Version, kind: Kind, details: Mapping[str, Any], *, against: Version | None, command: str = ""
    ) -> None:
        """Record what a measurement led to.

        :param kind: One of :data:`DECISIONS`.
        :param details: What was measured, as JSON can hold it.
        :param against: What the name stood for when it was measured; None: no version.
        :raises ModelError: If the name stands for another version by now: then the measurement says nothing of it.
        """
        if kind not in DECISIONS:
            raise ValueError(f"{kind}; expected one of {', '.join(DECISIONS)}")

        def still(events: Events) -> bool:
            current = _current(events, version.name)
            if (current and current.digest) != (against and against.digest):
                raise ModelError(
                    f"{self.folder}: another run made {current.label if current else 'none'} the current "
                    f"{version.name} meanwhile; expected {against.label if against else 'none'}: "
                    f"measure {version.label} again"
                )
            return self._must_hold(events, version)

        self._write(kind, version, command, details, still)

    def remove(self, name: str, *, command: str = "") -> Version:
        """Take a version out; its events stay.

        :param name: As ``mine@1f3c``.
        :raises ModelError: If there is no such version, or it is the current one.
        """
        version = self.find(name)

        def unless_current(events: Events) -> bool:
            if _current(events, version.name) == version:
                raise ModelError(f"{version.label}: the current {version.name}; expected another one to be used first")
            return _holds(events, version)

        place = self._own_place(version)
        self._write(Kind.REMOVED, version, command, {}, unless_current)
        shutil.rmtree(place, ignore_errors=True)
        return version

    def _own_place(self, version: Version) -> Path:
        """Give the model folder of a version; refuse one that a link puts elsewhere: what is removed there is not ours.

        :raises ModelError: If it, or a folder that it is in, is a link.
        """
        place = self.place(version)
        for folder in (self.folder / "versions", place.parent, place):
            if folder.is_symlink():
                raise ModelError(f"{folder}: a link; expected a folder of this registry")
        return place

    def _must_hold(self, events: Events, version: Version) -> bool:
        """Refuse a version that another run took out meanwhile."""
        if not _holds(events, version):
            raise ModelError(f"{version.label}: another run removed it meanwhile; expected it in {self.folder}")
        return True

    def _write(
        self, kind: Kind, version: Version, command: str, details: Mapping[str, Any], still: Callable[[Events], bool]
    ) -> None:
        at = version.created if kind is Kind.ADDED else now()
        event = Event(0, kind, version.name, version.digest, at, user(), command, details)
        write_event(self.folder / "events", event, still)


def resolve_model(name: str | Path, registry: Registry | None = None) -> str | Path:
    """Give the folder of a model of the registry; what is none of its names stays as it is.

    What ships comes first, then the registry. A path, and a name with a slash in it, is a folder.

    :param name: As for ``--model``: ``mine``, or any version of it as ``mine@1f3c``.
    :param registry: That of this user where not given.
    :raises ModelError: If the name stands for nothing, or for a folder here too.
    """
    base, at, _ = str(name).partition("@")
    if isinstance(name, Path) or name in (*installed_models(), *_RESERVED) or not NAME.fullmatch(base):
        return name
    registry = registry or Registry.open()
    if base not in registry.names():
        if not Path(name).exists():
            raise ModelError(f"{name}: no such model; expected {_what_there_is(registry)}")
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
    if name in (*installed_models(), *_RESERVED):
        raise ConfigError(f"--name {name}: taken by what ships; expected another, since reports name models by it")
    if not NAME.fullmatch(name):
        raise ConfigError(f"--name {name[:60]!r}: expected up to 40 of a-z, 0-9, - and _, as: newsroom-2026")
    return name


def data_digest(card: Mapping[str, Any]) -> str | None:
    """Give the digest of the labelled pairs that a model was trained on; None where its card does not say."""
    data = card.get("data")
    train = data.get("train") if isinstance(data, Mapping) else None
    digest = train.get("sha256") if isinstance(train, Mapping) else None
    return digest if isinstance(digest, str) and DIGEST.fullmatch(digest) else None


def _versions(events: Events) -> tuple[Version, ...]:
    """What the events leave in the registry."""
    found: dict[tuple[str, str], Version] = {}
    for event in events:
        if event.kind is Kind.ADDED:
            found[event.name, event.digest] = _version(event)
        elif event.kind is Kind.REMOVED:
            found.pop((event.name, event.digest), None)
    return tuple(found.values())


def _version(event: Event) -> Version:
    parent, data = (event.details.get(key) for key in ("parent", "data"))
    return Version(
        name=event.name,
        digest=event.digest,
        created=event.at,
        by=event.by,
        command=event.command,
        parent=parent if isinstance(parent, str) else None,
        data=data if isinstance(data, str) else None,
        files=event.details.get("files", {}),
    )


def _holds(events: Events, version: Version) -> bool:
    return any((v.name, v.digest) == (version.name, version.digest) for v in _versions(events))


def _current(events: Events, name: str) -> Version | None:
    chosen = [event.digest for event in events if event.name == name and event.kind in MAKES_CURRENT]
    return next((v for v in _versions(events) if v.name == name and [v.digest] == chosen[-1:]), None)


def _what_there_is(registry: Registry) -> str:
    shipped = ", ".join((*installed_models(), "vader"))
    own = ", ".join(registry.names()) or "none yet"
    return f"a model folder, one that ships ({shipped}) or one of {registry.folder} ({own})"
