"""Labels in one SQLite file, safe against a crash and against two annotators at once.

A label is worth minutes of a person's work, so each is a transaction that is on the disk before the page says "saved"
(write-ahead log, ``synchronous=FULL``). What annotators do is a log that only grows: a correction or an undo is one
more event, and what stands now is derived (``store.sql``).
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from stance.datamodels import LabelledComment, Stance
from stance.exceptions import LabelError
from stance.labels.adjudication import ADJUDICATED
from stance.labels.formats import COLUMNS
from stance.labels.store_file import check, connect, connect_to_read, create, file_id, one_line, prepare
from stance.limits import MAX_LABELLED_CHARS

ROLES = ("train", "audit")
MAX_NOTE = 2_000
MAX_NAME = 40


class GuessMode(StrEnum):
    """When the page showed the model's guess of an item."""

    NONE = "none"  # there was no guess
    NEVER = "never"
    BEFORE = "before"
    AFTER = "after"  # behind the label


@dataclass(frozen=True, slots=True)
class Guess:
    """What a model says of a pair."""

    label: Stance
    probability: float
    model: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A target of an item, with how it was drawn."""

    target: str
    role: str = "train"
    probability: float | None = None
    guess: Guess | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A comment to label, with what it stands under."""

    identifier: str  # as scores call the comment, where it comes from them
    text: str
    pairs: tuple[Pair, ...]
    document: str | None = None
    outlet: str | None = None
    author: str | None = None
    parent: str | None = None
    title: str | None = None
    lead: str | None = None
    language: str | None = None
    stratum: str | None = None

    @property
    def has_guess(self) -> bool:
        """Tell whether a model has said something of it."""
        return any(pair.guess for pair in self.pairs)

    @property
    def is_audit(self) -> bool:
        """Tell whether any of its labels is to correct a model, so that the model must not colour it."""
        return any(pair.role == "audit" for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator says of one target: a label, a doubt, or a label in doubt."""

    target: str
    label: Stance | None
    is_unsure: bool = False


@dataclass(frozen=True, slots=True)
class Said:
    """What an annotator says of an item, as it stands."""

    event: int
    at: str  # ISO 8601, UTC
    annotator: str
    item: int
    is_skip: bool
    note: str | None
    answers: tuple[Answer, ...]
    guess_mode: GuessMode = GuessMode.NONE
    guess_seen: bool = False  # before this label was given


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an annotator is."""

    items: int
    labelled: int
    skipped: int

    @property
    def left(self) -> int:
        """How many items wait."""
        return self.items - self.labelled - self.skipped


Dealer = Callable[[Sequence[tuple[int, str, frozenset[str]]], Sequence[str]], Mapping[str, Sequence[int]]]
"""From items (number, identifier, who has started) and annotators to the items of each annotator."""


class LabelStore:
    """A file of items and of what annotators say of them; a context manager."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self.path = path
        self._database = database
        self._place = file_id(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a file that is there.

        :raises LabelError: If it is not there, or is no file of labels.
        """
        if not path.is_file():
            raise LabelError(f"{path}: no such file; expected one that stance label made")
        with one_line(path):
            database = connect(path, "mode=rw")
            try:
                check(path, database)
                prepare(path, database)
            except BaseException:
                database.close()
                raise
        return cls(path, database)

    @classmethod
    def open_or_create(cls, path: Path, settings: Mapping[str, str]) -> Self:
        """Open a file, or make it; two who make it at once get the same.

        :param settings: Kept in a file that is made, for good; ignored where it is there.
        :raises LabelError: If it is there and is no file of labels, or cannot be made.
        """
        if not path.exists() or path.stat().st_size == 0:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LabelError(f"{path}: cannot be made ({error.strerror}); expected a writable place") from None
            with one_line(path), closing(connect(path, "mode=rwc")) as database:
                create(database, settings)
        return cls.open(path)

    def __enter__(self) -> Self:
        """Give the open file."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    # What there is to label.

    def setting(self, name: str) -> str | None:
        """Read what was set when the file was made."""
        row = self._row("SELECT value FROM settings WHERE name = ?", name)
        return None if row is None else str(row[0])

    def add_items(self, items: Iterable[Item], place: Callable[[str], str]) -> int:
        """Add items, or targets to items that are there; what is there already stays as it is.

        :param place: From an identifier to where it stands in the random order.
        :return: How many pairs were added.
        :raises LabelError: If an identifier is there with another text; nothing is added then.
        """
        with self._transaction() as database:
            return sum(_add_item(database, item, place(item.identifier), self.path) for item in items)

    def holds(self, item: Item) -> bool:
        """Tell whether an item is there, with all its targets, and none to be trained on that is now to be audited."""
        query = "SELECT target, role FROM pairs JOIN items USING (item) WHERE identifier = ? AND text = ?"
        there = dict(self._rows(query, item.identifier, item.text))
        return all(there.get(pair.target) in ("audit", pair.role) for pair in item.pairs)

    def join(self, choose: Callable[[tuple[str, ...]], tuple[str, ...]], deal: Dealer) -> tuple[str, ...]:
        """Say who goes on labelling, and deal what nobody has started, where either is new.

        :param choose: From those who labelled before to those who go on; what others have labelled stays.
        :param deal: See :data:`Dealer`.
        :return: Those who go on.
        """
        # In one transaction: of two who join at once, the second finds the first.
        with self._transaction() as database:
            before = self.annotators(active=True)
            team = choose(before)
            if team != before or not self._is_dealt():
                _seat(database, team)
                hands = deal(_started(database), team)
                database.execute("DELETE FROM assignments")
                database.executemany(
                    "INSERT INTO assignments SELECT ?, place, item FROM items WHERE item = ?",
                    [(annotator, item) for annotator, held in hands.items() for item in held],
                )
            return team

    def _is_dealt(self) -> bool:
        return self._row("SELECT 1 FROM items WHERE item NOT IN (SELECT item FROM assignments) LIMIT 1") is None

    def annotators(self, *, active: bool = False) -> tuple[str, ...]:
        """Name the annotators in the order in which they came, without the one who adjudicates."""
        query = "SELECT annotator FROM annotators WHERE annotator <> ? AND is_active >= ? ORDER BY number"
        return tuple(str(name) for (name,) in self._rows(query, ADJUDICATED, int(active)))

    def item(self, number: int) -> Item | None:
        """Give an item by its number."""
        with one_line(self.path):
            row = self._row(f"SELECT {_ITEM_COLUMNS} FROM items WHERE item = ?", number)  # noqa: S608 our own names
            return None if row is None else Item(row[0], row[1], self._pairs(number), *row[2:])

    def _pairs(self, number: int) -> tuple[Pair, ...]:
        columns = "target, role, probability, guess, guess_probability, model"
        query = f"SELECT {columns} FROM pairs WHERE item = ? ORDER BY number"  # noqa: S608
        return tuple(_pair(*row) for row in self._rows(query, number))

    # What is next.

    def next_item(self, annotator: str) -> int | None:
        """Give the next item that an annotator has not labelled or skipped; None when there is none."""
        row = self._row(_NEXT, {"annotator": annotator})
        return None if row is None else int(row[0])

    def skipped(self, annotator: str) -> tuple[int, ...]:
        """Give the items that an annotator has skipped, in order."""
        return self._standing(annotator, "skip")

    def labelled(self, annotator: str) -> tuple[int, ...]:
        """Give the items that an annotator has labelled, in whole or in part, in order."""
        return self._standing(annotator, "label")

    def _standing(self, annotator: str, kind: str) -> tuple[int, ...]:
        query = "SELECT item FROM standing WHERE annotator = ? AND kind = ? ORDER BY event"
        return tuple(int(item) for (item,) in self._rows(query, annotator, kind))

    def progress(self, annotator: str) -> Progress:
        """Count what an annotator has, has labelled and has skipped."""
        row = self._row(_PROGRESS, {"annotator": annotator})
        return Progress(*row) if row else Progress(0, 0, 0)

    def primed(self, annotator: str) -> int:
        """Count the items that an annotator labelled with the model's guess in view or in mind."""
        query = "SELECT count(*) FROM standing WHERE annotator = ? AND kind = 'label' AND guess_seen"
        row = self._row(query, annotator)
        return int(row[0]) if row else 0

    def disagreements(self) -> dict[int, tuple[str, ...]]:
        """Give the pairs that annotators label differently or are unsure of and that nobody has decided, by item."""
        disputed: dict[int, tuple[str, ...]] = {}
        for item, target in self._rows(_DISPUTED, {"judge": ADJUDICATED}):
            disputed[item] = (*disputed.get(item, ()), str(target))
        return disputed

    # What annotators say.

    def record(
        self,
        annotator: str,
        item: int,
        answers: Sequence[Answer],
        *,
        note: str | None = None,
        guess_mode: GuessMode = GuessMode.NONE,
    ) -> int:
        """Keep what an annotator says of an item, on the disk before this returns.

        The same said again is kept once: a form may be sent twice.

        :param answers: One for each target of the item, or for each disputed one by who adjudicates.
        :param guess_mode: When the page shows the model's guess.
        :return: The number of the event.
        :raises LabelError: If a target is not the item's, or the file cannot be written.
        """
        kept = _kept(note)
        with self._transaction() as database:
            allowed = {target for (target,) in database.execute("SELECT target FROM pairs WHERE item = ?", (item,))}
            if not answers or not {answer.target for answer in answers} <= allowed:
                raise LabelError(f"{self.path}: answers to other questions than those of item {item}; expected its own")
            now = self.said(annotator, item)
            if now and not now.is_skip and now.note == kept and set(now.answers) == set(answers):
                return now.event
            event = self._log(annotator, item, "label", note=kept, mode=guess_mode)
            database.executemany(
                "INSERT INTO answers VALUES (?, ?, ?, ?)",
                [(event, answer.target, answer.label, answer.is_unsure) for answer in answers],
            )
            return event

    def skip(
        self, annotator: str, item: int, *, note: str | None = None, guess_mode: GuessMode = GuessMode.NONE
    ) -> int:
        """Put an item off: the annotator is shown others first.

        :param note: What is to be thought of when it comes again.
        """
        kept = _kept(note)
        with self._transaction():
            now = self.said(annotator, item)
            if now and now.is_skip and now.note == kept:
                return now.event
            return self._log(annotator, item, "skip", note=kept, mode=guess_mode)

    def undo(self, annotator: str) -> Said | None:
        """Take back the last label or skip of an annotator that is not taken back yet.

        :return: What was taken back; None where there is nothing.
        """
        with self._transaction():
            last = self.last(annotator)
            if last is not None:
                self._log(annotator, last.item, "undo", undoes=last.event)
            return last

    def last(self, annotator: str) -> Said | None:
        """Give the last label or skip of an annotator that is not taken back."""
        row = self._row(f"SELECT {_SAID_COLUMNS} FROM kept WHERE annotator = ? ORDER BY event DESC LIMIT 1", annotator)  # noqa: S608
        return None if row is None else self._said(row)

    def said(self, annotator: str, item: int) -> Said | None:
        """Give what an annotator says of an item now."""
        query = f"SELECT {_SAID_COLUMNS} FROM standing WHERE annotator = ? AND item = ?"  # noqa: S608
        row = self._row(query, annotator, item)
        return None if row is None else self._said(row)

    def undone(self, annotator: str, item: int, event: int) -> Said | None:
        """Give what an annotator said of an item and took back, for saying it better."""
        query = f"SELECT {_SAID_COLUMNS} FROM events WHERE event = ? AND annotator = ? AND item = ? AND kind <> 'undo'"  # noqa: S608
        row = self._row(query, event, annotator, item)
        return None if row is None else self._said(row)

    def labels_of(self, item: int) -> tuple[Said, ...]:
        """Give what all annotators say of an item now, without skips and without who adjudicates."""
        query = (
            f"SELECT {_SAID_COLUMNS} FROM standing"  # noqa: S608
            " WHERE item = ? AND kind = 'label' AND annotator <> ? ORDER BY annotator"
        )
        return tuple(self._said(row) for row in self._rows(query, item, ADJUDICATED))

    def export(self) -> Iterator[LabelledComment]:
        """Give every label that stands: a row for each annotator and pair; the note of a label in doubt says so."""
        for row in self._rows(_EXPORT):
            yield _labelled(row, self.path)

    def waiting(self) -> Iterator[dict[str, Any]]:
        """Give a record without a label of every pair that nobody has labelled, in the order of the page."""
        for row in self._rows(_WAITING):
            text, target, identifier, role, probability, *others = row
            _check_values((text, target, identifier, role), others, self.path)
            _check_draw(role, probability, self.path)
            yield dict.fromkeys(COLUMNS) | dict(zip(_OF_WAITING, row, strict=True))

    def _said(self, row: Sequence[Any]) -> Said:
        event, at, annotator, item, kind, note, mode, seen = row
        found = self._rows("SELECT target, label, is_unsure FROM answers WHERE event = ?", event)
        answers = tuple(Answer(target, Stance(label) if label else None, bool(doubt)) for target, label, doubt in found)
        return Said(event, at, annotator, item, kind == "skip", note, answers, GuessMode(mode), bool(seen))

    def _log(
        self,
        annotator: str,
        item: int,
        kind: str,
        *,
        note: str | None = None,
        mode: GuessMode = GuessMode.NONE,
        undoes: int | None = None,
    ) -> int:
        """Write an event, with whether the annotator had seen the model's guess of the item before it."""
        seen = mode is GuessMode.BEFORE or self._row(_SEEN, annotator, item) is not None
        values = (_now(), annotator, item, kind, undoes, note, mode, seen)
        cursor = self._database.execute(
            "INSERT INTO events (at, annotator, item, kind, undoes, note, guess_mode, guess_seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(cursor.lastrowid or 0)

    def _row(self, query: str, *values: Any) -> Sequence[Any] | None:
        return next(self._rows(query, *values), None)

    def _rows(self, query: str, *values: Any) -> Iterator[Any]:
        """Run a query; a mapping as the only value fills names."""
        filled = values[0] if len(values) == 1 and isinstance(values[0], Mapping) else values
        with one_line(self.path):
            yield from self._database.execute(query, filled)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        # SQLite would go on writing to a file that has no name any more, and what is in it goes with the page.
        if self._place is None or file_id(self.path) != self._place:
            raise LabelError(
                f"{self.path}: moved, deleted or replaced since it was opened; expected the same file there"
            )
        with one_line(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise


@contextmanager
def opened_to_read(path: Path) -> Iterator[LabelStore]:
    """Open a file of the labelling page to read it as it stands, beside a page that may run on it.

    :raises LabelError: If it is no such file.
    """
    if not path.is_file():
        raise LabelError(f"{path}: no such file; expected one that stance label made")
    with one_line(path), closing(connect_to_read(path)) as database:
        check(path, database)
        database.execute("PRAGMA query_only = ON")
        database.execute("BEGIN")  # all that is read is of one moment
        yield LabelStore(path, database)


def read_store(path: Path) -> Iterator[LabelledComment]:
    """Read every label that stands in a file of the labelling page: a row for each annotator and pair.

    :raises LabelError: If it is no such file.
    """
    with opened_to_read(path) as store:
        yield from store.export()


def check_annotator(name: str) -> str:
    """Check the name of an annotator; it stands in label tables beside each label.

    :raises LabelError: If it is empty, too long, not printable, or that of who adjudicates.
    """
    plain = " ".join(name.split())
    if not plain or len(plain) > MAX_NAME or not plain.isprintable() or plain.casefold() == ADJUDICATED:
        raise LabelError(
            f"annotator {name[:MAX_NAME]!r}; expected a name of 1 to {MAX_NAME} characters other than {ADJUDICATED}"
        )
    return plain


# Rows -----------------------------------------------------------------------------------------------------------------

_ITEM_COLUMNS = "identifier, text, document, outlet, author, parent, title, lead, language, stratum"
_SAID_COLUMNS = "event, at, annotator, item, kind, note, guess_mode, guess_seen"

_COMPLETE = (
    "(kind = 'label' AND (SELECT count(*) FROM answers WHERE answers.event = standing.event)"
    " >= (SELECT count(*) FROM pairs WHERE pairs.item = standing.item))"
)
"""A label is complete until a target is added to its item."""

_NEXT = f"""
SELECT item FROM assignments AS a WHERE annotator = :annotator AND NOT EXISTS (
  SELECT 1 FROM standing WHERE annotator = :annotator AND standing.item = a.item AND (kind = 'skip' OR {_COMPLETE})
) ORDER BY place, item LIMIT 1
"""  # noqa: S608

_PROGRESS = f"""
SELECT (SELECT count(*) FROM assignments WHERE annotator = :annotator),
  count(*) FILTER (WHERE {_COMPLETE}), count(*) FILTER (WHERE kind = 'skip')
FROM standing WHERE annotator = :annotator
"""  # noqa: S608

_SEEN = (
    "SELECT 1 FROM events WHERE annotator = ? AND item = ?"
    " AND (guess_mode = 'before' OR guess_mode = 'after' AND kind = 'label') LIMIT 1"
)
"""Under ``after`` a guess is shown once a label is saved: a label given behind that knew the guess."""

_DISPUTED = """
SELECT given.item, given.target FROM (
  SELECT s.item, a.target, count(DISTINCT a.label) AS labels, max(a.is_unsure) AS is_unsure
  FROM standing AS s JOIN answers AS a USING (event) WHERE s.annotator <> :judge GROUP BY s.item, a.target
) AS given JOIN pairs USING (item, target) JOIN items USING (item)
WHERE (labels > 1 OR is_unsure) AND NOT EXISTS (
  SELECT 1 FROM standing AS j JOIN answers AS b USING (event)
  WHERE j.annotator = :judge AND j.item = given.item AND b.target = given.target AND b.label IS NOT NULL
) ORDER BY items.place, given.item, pairs.number
"""

_EXPORT = """
SELECT i.text, a.target, a.label, i.identifier, i.document, i.outlet, i.author, i.parent, s.annotator, p.role,
  p.probability, i.language, i.title, i.lead,
  CASE WHEN a.is_unsure THEN 'unsure' || coalesce(': ' || s.note, '') ELSE s.note END
FROM standing AS s JOIN answers AS a USING (event) JOIN items AS i USING (item)
JOIN pairs AS p ON p.item = s.item AND p.target = a.target
WHERE a.label IS NOT NULL ORDER BY s.event, p.number
"""

_OF_WAITING = (
    "text", "target", "id", "role", "probability",
    "document", "outlet", "author", "parent", "lang", "title", "lead", "stratum",
)  # fmt: skip

_WAITING = """
SELECT i.text, p.target, i.identifier, p.role, p.probability,
  i.document, i.outlet, i.author, i.parent, i.language, i.title, i.lead, i.stratum
FROM (
  SELECT item, target FROM pairs
  EXCEPT SELECT s.item, a.target FROM standing AS s JOIN answers AS a USING (event) WHERE a.label IS NOT NULL
) JOIN pairs AS p USING (item, target) JOIN items AS i USING (item)
ORDER BY i.place, item, p.number
"""
"""Not by NOT IN, which looks through all labels for each pair that is none of them."""


def _kept(note: str | None) -> str | None:
    """Give what is kept of a note."""
    return (note or "").strip()[:MAX_NOTE] or None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _add_item(database: sqlite3.Connection, item: Item, place: str, path: Path) -> int:
    row = database.execute("SELECT item, text FROM items WHERE identifier = ?", (item.identifier,)).fetchone()
    if row is None:
        values = (item.identifier, item.text, item.document, item.outlet, item.author, item.parent, item.title)
        cursor = database.execute(
            f"INSERT INTO items ({_ITEM_COLUMNS}, place) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            (*values, item.lead, item.language, item.stratum, place),
        )
        number = cursor.lastrowid
    elif row[1] != item.text:
        raise LabelError(f"{path}: {item.identifier!r} has another text there; expected the same comment")
    else:
        number = row[0]
    roles = dict(database.execute("SELECT target, role FROM pairs WHERE item = ?", (number,)).fetchall())
    for pair in item.pairs:
        if (role := roles.get(pair.target, pair.role)) != pair.role:
            seen = f"{item.identifier!r} has the role {role} toward {pair.target} there"
            raise LabelError(f"{path}: {seen}; expected {pair.role}: nothing is both trained on and audited")
    rows = [(number, len(roles) + place, *_pair_row(pair)) for place, pair in enumerate(item.pairs)]
    return database.executemany("INSERT OR IGNORE INTO pairs VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows).rowcount


def _pair_row(pair: Pair) -> tuple[Any, ...]:
    guess = pair.guess
    guessed = (guess.label, guess.probability, guess.model) if guess else (None, None, None)
    return (pair.target, pair.role, pair.probability, *guessed)


def _pair(
    target: str, role: str, probability: float | None, label: str | None, sure: float | None, model: str | None
) -> Pair:
    guess = Guess(Stance(label), float(sure or 0), model or "") if label else None
    return Pair(target, role, probability, guess)


def _seat(database: sqlite3.Connection, annotators: Sequence[str]) -> None:
    """Note who goes on labelling; whoever decides between them is there from the start."""
    database.execute("UPDATE annotators SET is_active = 0")
    now = _now()
    database.executemany(
        "INSERT INTO annotators (annotator, joined, is_active) VALUES (?, ?, 1)"
        " ON CONFLICT (annotator) DO UPDATE SET is_active = 1",
        [(annotator, now) for annotator in (*annotators, ADJUDICATED)],
    )


def _started(database: sqlite3.Connection) -> list[tuple[int, str, frozenset[str]]]:
    started: dict[int, set[str]] = {}
    said = database.execute("SELECT item, annotator FROM standing WHERE annotator <> ?", (ADJUDICATED,))
    for item, annotator in said:
        started.setdefault(item, set()).add(annotator)
    items = database.execute("SELECT item, identifier FROM items").fetchall()
    return [(item, identifier, frozenset(started.get(item, ()))) for item, identifier in items]


def _labelled(row: Sequence[Any], path: Path) -> LabelledComment:
    """Check a row; the file may be written by others than us."""
    text, target, label, identifier, document, outlet, author, parent, annotator, role, probability, *rest = row
    _check_values((text, target, identifier, annotator, role), (document, outlet, author, parent, *rest), path)
    _check_draw(role, probability, path)
    comment = LabelledComment(text, target, Stance(label), identifier, document, outlet, author, parent)
    language, title, lead, note = rest
    return replace(
        comment,
        annotator=annotator,
        role=role,
        probability=probability,
        language=language,
        title=title,
        lead=lead,
        note=note,
    )


def _check_values(written: Sequence[Any], others: Sequence[Any], path: Path) -> None:
    """Refuse what is no text, or too much of it.

    :param others: Those that may be missing.
    """
    if not all(isinstance(value, str) for value in written) or not all(isinstance(v, str | None) for v in others):
        raise LabelError(f"{path}: a value that is not text; expected rows that stance label wrote")
    if max(len(value or "") for value in (*written, *others)) > MAX_LABELLED_CHARS:
        raise LabelError(
            f"{path}: a value of more than {MAX_LABELLED_CHARS} characters; expected rows that stance label wrote"
        )


def _check_draw(role: str, probability: Any, path: Path) -> None:
    if role not in ROLES or not (probability is None or (isinstance(probability, float) and 0 < probability <= 1)):
        raise LabelError(
            f"{path}: role {role[:40]!r}, probability {str(probability)[:40]}; expected train or audit, (0, 1]"
        )
