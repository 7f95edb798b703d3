"""Store items to label, the annotators who share them, and their labels.

A label is minutes of a person's work, so each is one durable transaction. Events are only added: a correction or an
undo is one more event, and the views of ``schema.sql`` derive the labels that hold now.
"""

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any

from stance import datamodels
from stance.datamodels import ADJUDICATED, OnSkip, Record, Skip, Stance, Strings, Unit, frozen
from stance.exceptions import DamageError, LabelError, StoreError
from stance.page_layouts import WITHOUT_ARTICLES
from stance.store.assignment import assign, login, place_of
from stance.store.connections import in_one_line
from stance.store.file import Database, is_store
from stance.store.items import Answer, Item, read_pair
from stance.store.schema import long_query
from stance.store.units import LABEL_UNITS, Row, encodable

DEFAULT_OVERLAP = 0.2
"""Share of the items that all annotators label: enough for an interval of agreement."""

TEXTS = "text, document, outlet, author, parent, title, lead, language"
"""Words: columns of an item that come from its comment, if the store holds it."""

LABEL_FIELDS = (
    "text", "target", "label", "id", "document", "outlet", "author", "parent", "annotator", "role", "probability",
    "lang", "title", "lead", "note", "unit",
)  # fmt: skip
"""Columns of the view ``labels``."""


class GuessMode(StrEnum):
    """When the page showed the model's guess of an item."""

    NONE = "none"  # there was no guess
    NEVER = "never"
    BEFORE = "before"
    AFTER = "after"  # once the label was saved


@frozen
class Event:
    """A label or a skip of an item by an annotator."""

    number: int
    at: str  # ISO 8601, UTC
    annotator: str
    item: int
    is_skip: bool
    note: str | None
    answers: tuple[Answer, ...]
    guess_mode: GuessMode = GuessMode.NONE
    guess_seen: bool = False  # before this label was given


class LabelStore(Database):
    """The samples and labels of a store."""

    # Items.

    def add_settings(self, settings: Mapping[str, str]) -> None:
        """Add settings that are missing, such as the seed in a store that was made for scores."""
        with self.transaction():
            self.insert("settings", tuple(settings.items()))
            self.seal("settings")

    def add_items(self, items: Iterable[Item], design: Record | None = None) -> int:
        """Add items, or targets to items that are there; a pair that is there gets the probability of the larger draw.

        :param design: How the sample was drawn that the items are, with its ``role`` and ``seed``.
        :return: How many pairs were added.
        :raises StoreError: If an identifier is there with another text or role; nothing is added then.
        """
        seed, _ = read_settings(self)
        with self.transaction() as connection:
            before, sample = int(self.value("SELECT count(*) FROM pairs")), None
            if design:
                row = (None, design["role"], design["seed"], json.dumps(design, sort_keys=True))
                sample = self.insert("samples", [row])
            numbers = [self._add_item(item, place_of(item.identifier, seed), sample) for item in items]
            if (added := int(self.value("SELECT count(*) FROM pairs")) - before) == 0:
                connection.execute("DELETE FROM samples WHERE sample = ?", (sample,))
            elif sample is not None:
                self.seal("samples", sample)
            for number in numbers:
                self.seal("items", number)
            return added

    def _add_item(self, item: Item, order: str, sample: int | None) -> int:
        identifier = encodable(item.identifier)
        values = [encodable(getattr(item, name)) for name in TEXTS.split(", ")]
        number = self.put_item((identifier, order, item.stratum, item.unit, *values), self.path)
        roles = dict(self.rows("SELECT target, role FROM pairs WHERE item = ?", number))
        for pair in item.pairs:
            if (role := roles.get(pair.target, pair.role)) != pair.role:
                problem = f"{self.path}: {identifier!r} has the role {role} toward {pair.target} there"
                reason = "no comment is used for both training and audit; see --exclude"
                raise StoreError(f"{problem}; expected {pair.role}: {reason}")
        for number_of_pair, pair in enumerate(item.pairs, len(roles)):
            row = pair.probability, number, pair.target
            larger = "UPDATE pairs SET probability = ?1 WHERE probability < ?1 AND item = ?2 AND target = ?3"
            self._connection.execute(larger, row)
            guess = (pair.guess.label, pair.guess.probability, pair.guess.model) if pair.guess else (None, None, None)
            drawn = (encodable(pair.target), pair.role, pair.probability)
            self.insert("pairs", [(number, number_of_pair, *drawn, *guess, sample)])
        return number

    def as_drawn(self, items: Sequence[Item]) -> list[Item]:
        """Return items; one of a draw gets the identifier of the stored item with its text, drawn at another place."""
        drawn = {tuple(row): name for *row, name in self.rows("SELECT unit, text, identifier FROM label_items")}
        ids = {name for (name,) in self.rows("SELECT identifier FROM items")}
        names = (drawn.get((item.unit, encodable(item.text)), item.identifier) for item in items)
        return [
            replace(item, identifier=name) if item.stratum and encodable(item.identifier) not in ids else item
            for item, name in zip(items, names, strict=True)
        ]

    def take_over(self, items: Iterable[Item]) -> bool:
        """Save the labels that items have in tables, as of their annotators, who do not label here.

        :return: Whether some are new here.
        """
        before = self.value("SELECT max(event) FROM events")
        for item in (item for item in items if item.given):
            number = self.value("SELECT item FROM items WHERE identifier = ?", encodable(item.identifier))
            for name, answers in datamodels.grouped(item.given).items():
                who = encodable(name)
                self._connection.execute("INSERT OR IGNORE INTO annotators VALUES (NULL, ?, ?, 0)", (who, time_now()))
                by_target = {answer.target: answer for answer in answers}
                self._save(str(who), number, [*by_target.values()], None, GuessMode.NONE)
        return bool(self.value("SELECT max(event) FROM events") != before)

    def put_item(self, row: Row, path: Path) -> int:
        """Add an item that is not there yet; it refers to the comment of this store that it is.

        :param row: As of :meth:`item_row`.
        :param path: Named where the item is there with another text.
        :return: Its number.
        """
        identifier, order, stratum, unit, text, *cells = row
        query = "SELECT item, unit, text FROM label_items WHERE identifier = ?"
        number, of, stored_text = self.row(query, identifier) or (0, unit, text)
        # One text may be of an older release.
        if of != unit or unicodedata.normalize("NFC", stored_text) != unicodedata.normalize("NFC", text):
            raise StoreError(f"{path}: {str(identifier)[:80]!r} has another text there; expected the same comment")
        if number:
            return int(number)
        number = self.insert("items", [(None, identifier, order, stratum, None, text, *cells, unit)])
        self._connection.execute(f"{long_query('refer')} AND items.item = ?", (number,))
        return int(number)

    def item_row(self, number: int) -> Any:
        """Return identifier, place, stratum, unit and texts of an item; None if there is none."""
        return self.row(f"SELECT identifier, place, stratum, unit, {TEXTS} FROM label_items WHERE item = ?", number)  # noqa: S608

    def holds(self, item: Item) -> bool:
        """Return whether an item is there with all its targets, none of which is to change from training to audit."""
        query = "SELECT target, role FROM pairs JOIN label_items USING (item) WHERE identifier = ? AND text = ?"
        roles = dict(self.rows(query, encodable(item.identifier), encodable(item.text)))
        return all(roles.get(pair.target) in ("audit", pair.role) for pair in item.pairs)

    def item(self, number: int) -> Item | None:
        """Return an item by its number."""
        row = self.item_row(number)
        if row is None:
            return None
        with in_one_line(self.path):  # a stance that is none
            pairs = tuple(read_pair(target, *drawn) for _, _, target, *drawn, _ in self.unit("items", number)[1])
            values: Any = (row[0], row[4], pairs, *row[5:], row[2])
            return replace(Item(*values), unit=Unit(row[3]))

    # Annotators and their items.

    def annotators(self, *, active: bool = False) -> Strings:
        """Return the annotators in the order in which they came, without the adjudicator."""
        query = "SELECT annotator FROM annotators WHERE annotator <> ? AND is_active >= ? ORDER BY number"
        return tuple(name for (name,) in self.rows(query, ADJUDICATED, int(active)))

    def next_item(self, annotator: str) -> int | None:
        """Return the next item that an annotator has not labelled or skipped; None if there is none."""
        return self.value(long_query("next_item"), annotator)

    def has_new_items(self) -> bool:
        """Return whether there are items that are assigned to nobody."""
        return self.value("SELECT 1 FROM items WHERE item NOT IN (SELECT item FROM assignments)") is not None

    def skipped_items(self, annotator: str) -> tuple[int, ...]:
        """Return the items that an annotator has skipped, in order."""
        query = "SELECT item FROM standing WHERE annotator = ? AND kind = 'skip' ORDER BY event"
        return tuple(item for (item,) in self.rows(query, annotator))

    def left_to_others(self, *annotators: str) -> int:
        """Count the items without labels that none of these annotators has, but others have."""
        return int(self.value(long_query("left_to_others"), json.dumps(annotators)))

    def uses(self) -> Record:
        """Return which commands can use the labels: by the roles of pairs, the annotators and the pages in the file."""
        roles = {role for (role,) in self.rows("SELECT DISTINCT role FROM pairs")}
        page = self.value("SELECT 1 FROM documents LIMIT 1")
        return {"roles": roles, "annotators": self.annotators(), "has_pages": page is not None}

    # Labels.

    def record(
        self,
        annotator: str,
        item: int,
        answers: Sequence[Answer],
        *,
        note: str | None = None,
        guess_mode: GuessMode = GuessMode.NONE,
    ) -> int:
        """Save an annotator's answers about an item; they are on the disk when this returns.

        The same answers again are saved once: a form may be sent twice.

        :param answers: One for each target of the item.
        :param guess_mode: When the page shows the model's guess.
        :return: The number of the event.
        :raises StoreError: If a target is not the item's, or the file cannot be written.
        """
        with self.transaction():
            targets = {target for (target,) in self.rows("SELECT target FROM pairs WHERE item = ?", item)}
            if not answers or not {answer.target for answer in answers} <= targets:
                raise StoreError(f"{self.path}: answers about other targets than those of item {item}; expected these")
            return self._save(annotator, item, answers, note, guess_mode)

    def skip(
        self, annotator: str, item: int, *, note: str | None = None, guess_mode: GuessMode = GuessMode.NONE
    ) -> int:
        """Skip an item: the annotator is shown others first."""
        with self.transaction():
            return self._save(annotator, item, (), note, guess_mode)

    def _save(
        self, annotator: str, item: int, answers: Sequence[Answer], note: str | None, guess_mode: GuessMode
    ) -> int:
        """Save answers, or a skip, unless they are those that hold now."""
        # Maximum number of characters of a note.
        stored_note = (encodable(note) or "").strip()[:2_000] or None
        now = self.current(annotator, item)
        if now and now.is_skip != bool(answers) and now.note == stored_note and set(now.answers) == set(answers):
            return now.number
        event = self._add_event(annotator, item, "label" if answers else "skip", stored_note, guess_mode)
        self.insert("answers", [(event, answer.target, answer.label, answer.is_unsure) for answer in answers])
        self.seal("events", event)
        return event

    def undo(self, annotator: str) -> Event | None:
        """Take back the last label or skip of an annotator that is not taken back yet, and return it."""
        with self.transaction():
            last = self.last(annotator)
            if last is not None:
                self._add_event(annotator, last.item, "undo", None, GuessMode.NONE, last.number)
            return last

    def _add_event(
        self, annotator: str, item: int, kind: str, note: str | None, mode: GuessMode, undoes: int | None = None
    ) -> int:
        # With ``after``, a guess is shown once a label is saved: any later label was given with knowledge of it.
        query = (
            "SELECT 1 FROM events WHERE annotator = ? AND item = ?"
            " AND (guess_mode = 'before' OR guess_mode = 'after' AND kind = 'label') LIMIT 1"
        )
        is_guess_seen = mode is GuessMode.BEFORE or self.value(query, annotator, item) is not None
        number = self.insert("events", [(None, time_now(), annotator, item, kind, undoes, note, mode, is_guess_seen)])
        self.seal("events", number)
        return number

    def last(self, annotator: str) -> Event | None:
        """Return the last label or skip of an annotator that is not taken back."""
        return self._event("kept WHERE annotator = ? ORDER BY event DESC LIMIT 1", annotator)

    def current(self, annotator: str, item: int) -> Event | None:
        """Return an annotator's label or skip of an item that holds now."""
        return self._event("standing WHERE annotator = ? AND item = ?", annotator, item)

    def event(self, annotator: str, item: int, event: int) -> Event | None:
        """Return a label or skip of an item by an annotator, also one that was taken back."""
        query = "events WHERE annotator = ? AND item = ? AND event = ? AND kind <> 'undo'"
        return self._event(query, annotator, item, event)

    def _event(self, query: str, *values: object) -> Event | None:
        columns = "event, at, annotator, item, kind, note, guess_mode, guess_seen"
        if (row := self.row(f"SELECT {columns} FROM {query}", *values)) is None:  # noqa: S608
            return None
        number, time, who, item, kind, note, mode, is_guess_seen = row
        answers = self.rows("SELECT target, label, is_unsure FROM answers WHERE event = ?", number)
        parsed = tuple(Answer(target, label and Stance(label), bool(unsure)) for target, label, unsure in answers)
        return Event(number, time, who, item, kind == "skip", note, parsed, GuessMode(mode), bool(is_guess_seen))

    def label_rows(self, report: OnSkip) -> Iterator[Record]:
        """Yield every label with :data:`LABEL_FIELDS`, then each pair that nobody has labelled, with its stratum.

        A comment whose article is unknown has no document, as in samples.

        :param report: Is called with each damaged part; labels of damaged events and items are left out.
        """
        left_out = self.damaged_labels(report)
        query = f"SELECT event, item, {', '.join(LABEL_FIELDS)} FROM labels ORDER BY id, annotator, target"  # noqa: S608
        bare = self.rows("SELECT id FROM documents WHERE layout IN (?, ?)", *WITHOUT_ARTICLES)
        nameless = {name: None for (name,) in bare}
        rows = (({("events", event), ("items", item)}, LABEL_FIELDS, row) for event, item, *row in self.rows(query))
        query = "SELECT * FROM unlabelled ORDER BY place, item, number"
        others = (({("items", item)}, (*LABEL_FIELDS, "stratum"), row) for item, *row, _, _ in self.rows(query))
        for units, names, row in chain(rows, others):
            if not left_out & units:
                record = dict(zip(names, row, strict=True))
                yield record | {"document": nameless.get(record["document"], record["document"])}

    def damaged_labels(self, report: OnSkip) -> set[tuple[str, int]]:
        """Return kind and number of damaged events and items, and of items of damaged documents."""
        damaged = set()
        for unit, number, damage in self.damage(*LABEL_UNITS):
            report(damage)
            damaged.add((unit, number))
        query = "SELECT DISTINCT document FROM comments WHERE comment IN (SELECT comment FROM items)"
        for (document,) in list(self.rows(query)):
            try:
                self.unit("documents", document)
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
                of_items = "SELECT item FROM items JOIN comments USING (comment) WHERE comments.document = ?"
                damaged |= {("items", item) for (item,) in self.rows(of_items, document)}
        return damaged


def stores_with_audit_labels(paths: Iterable[Path], report: OnSkip) -> tuple[Path, ...]:
    """Return the stores among files in which pairs of an audit sample are labelled.

    :param report: Is called with each damaged part of the others, which may have held such labels.
    :raises StoreError: If one cannot be read.
    """
    stores = []
    for path in filter(is_store, paths):
        with LabelStore.read(path) as store:
            if store.value("SELECT 1 FROM labels WHERE role = 'audit' LIMIT 1"):
                stores.append(path)
            else:
                store.damaged_labels(report)
    return tuple(stores)


def add_sample(path: Path, items: Sequence[Item], design: Record) -> int:
    """Add a sample to the store that it was drawn from; a text that was drawn at another place is not drawn again.

    :return: How many pairs of comment and target are new there.
    :raises StoreError: If the store cannot be written, or holds a pair in the other role.
    """
    with LabelStore.write(path, is_shared=True) as store:
        store.add_settings({"seed": str(design["seed"])})
        return store.add_items(store.as_drawn(items), design)


def open_queues(
    store: LabelStore,
    items: Sequence[Item],
    here: str | None,
    team: Strings = (),
    overlap: float = DEFAULT_OVERLAP,
) -> Strings:
    """Add items that are new and labels that they have, assign the work, and return who works at the page.

    Items are assigned again where annotators or items are new; labels of those who no longer label stay. New comments
    to train on go to one annotator, as no agreement is measured on them, until ``team`` or who joins later shares them.

    :param here: The annotator at this page; None: all who share the work.
    :param team: Those who share the work from now on; empty: those who did, and the annotator at this page.
    :param overlap: Share of the items that all annotators label, in a store that states none.
    :raises LabelError: If the store's seed or overlap is not a number, as others may have written the file.
    """
    store.add_settings({"seed": "0", "overlap": repr(overlap)})
    seed, overlap = read_settings(store)
    with store.transaction() as connection:  # one: of two who join at once, the second finds the first
        items = store.as_drawn(items)
        store.add_items([item for item in items if not store.holds(item)])
        is_taken = store.take_over(items)
        before = store.annotators(active=True)
        sharing = team or (*before, *((here,) if here and here not in before else ())) or (login(),)
        if team or is_taken or sharing != before or store.has_new_items():
            connection.execute("UPDATE annotators SET is_active = 0")
            activate = "INSERT INTO annotators VALUES (NULL, ?, ?, 1) ON CONFLICT DO UPDATE SET is_active = 1"
            connection.executemany(activate, [(name, time_now()) for name in (*sharing, ADJUDICATED)])
            names_of_items = datamodels.grouped(store.rows(long_query("started")))
            started = {item: frozenset(names) for item, names in names_of_items.items()}
            numbered = store.rows("SELECT item, identifier FROM items")
            in_store = [(item, name, started.get(item, frozenset())) for item, name in numbered]
            lessons = () if team else store.rows(long_query("lessons"))
            alone = {n: holder or here or sharing[0] for n, holder in lessons if not holder or sharing == before}
            assigned = assign(in_store, sharing, overlap=overlap, seed=seed, alone=alone)
            connection.execute("DELETE FROM assignments")
            rows = [(annotator, item) for annotator, numbers in assigned.items() for item in numbers]
            connection.executemany("INSERT INTO assignments SELECT ?, place, item FROM items WHERE item = ?", rows)
            store.seal_all("annotators")
    return (here,) if here else sharing


def read_settings(store: LabelStore) -> tuple[int, float]:
    """Read the seed of the order of items, and the share of them that all annotators label.

    :raises LabelError: If one is not a number in its range, as others may have written the file.
    """
    written, part = store.setting("seed") or "0", store.setting("overlap") or repr(DEFAULT_OVERLAP)
    try:
        seed, overlap = int(written), float(part)
        if not 0 <= overlap <= 1:
            raise ValueError
    except ValueError:
        problem = f"seed {written[:20]!r}, overlap {part[:20]!r}"
        raise LabelError(f"{store.path}: {problem}; expected a whole number and a share from 0 to 1") from None
    return seed, overlap


def time_now() -> str:
    """Return the time of an event: ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
