"""Where an annotator works: what is next, which questions it asks, and what becomes of the answers.

Labelling and adjudicating are the same work on different questions: all targets of a comment that waits in one's queue,
or the targets of a comment that others label differently.
"""

import getpass
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stance.datamodels import Stance
from stance.exceptions import LabelError
from stance.labelling.queues import Card, deal, place_of
from stance.labels.settling import ADJUDICATED
from stance.labels.store import (
    Answer,
    GuessMode,
    Item,
    LabelStore,
    Pair,
    Progress,
    Said,
    check_annotator,
)


class ShowGuess(StrEnum):
    """When the page shows what the model says."""

    AFTER = "after"
    BEFORE = "before"
    NEVER = "never"


class UnansweredError(Exception):
    """A form leaves questions open; which, by the places of their pairs in the item."""

    def __init__(self, places: Sequence[int]) -> None:
        super().__init__("a question is open")
        self.places = tuple(places)


@dataclass(frozen=True, slots=True)
class Desk:
    """One annotator's place at the store."""

    store: LabelStore
    annotator: str
    show_guess: ShowGuess = ShowGuess.AFTER

    @property
    def is_adjudication(self) -> bool:
        """Tell whether this is where disagreements are decided."""
        return self.annotator == ADJUDICATED

    def next_item(self) -> int | None:
        """Give the next item to label or decide."""
        if not self.is_adjudication:
            return self.store.next_item(self.annotator)
        skipped = self.store.skipped(self.annotator)
        return next((item for item in self.store.disagreements() if item not in skipped), None)

    def questions(self, number: int, item: Item) -> dict[int, Pair]:
        """Give the pairs of an item that are asked: all, or those in dispute and those decided before.

        :return: By their place in the item, which stays while others change what is in dispute.
        """
        places = dict(enumerate(item.pairs))
        if not self.is_adjudication:
            return places
        now = self.store.said(self.annotator, number)
        asked = {answer.target for answer in now.answers} if now else set()
        asked |= set(self.store.disagreements().get(number, ()))
        return {place: pair for place, pair in places.items() if pair.target in asked}

    def others(self, number: int) -> tuple[Said, ...]:
        """Give what others say of an item, to whoever decides between them."""
        return self.store.labels_of(number) if self.is_adjudication else ()

    def progress(self) -> Progress:
        """Count what is done and what is left."""
        if not self.is_adjudication:
            return self.store.progress(self.annotator)
        waiting = self.store.disagreements()
        decided = set(self.store.labelled(self.annotator)) - waiting.keys()
        skipped = len(waiting.keys() & set(self.store.skipped(self.annotator)))
        return Progress(len(decided) + len(waiting), len(decided), skipped)

    def guess_mode(self, item: Item) -> GuessMode:
        """Say when the guess of an item is shown: never before a label that is to correct the model."""
        if not item.has_guess or self.is_adjudication:
            return GuessMode.NONE if not item.has_guess else GuessMode.NEVER
        if self.show_guess is ShowGuess.BEFORE and item.is_audit:
            return GuessMode.AFTER
        return GuessMode(self.show_guess)

    def save(self, number: int, item: Item, form: Mapping[str, str]) -> None:
        """Keep the answers of a form.

        :param form: ``label-N`` and ``unsure-N`` by the place of the pair in the item, and ``note``.
        :raises UnansweredError: If a question has neither a label nor a doubt; nothing is kept then.
        """
        answers = {
            place: self.read_answer(form, place, pair.target) for place, pair in self.questions(number, item).items()
        }
        if unanswered := [place for place, answer in answers.items() if answer is None]:
            raise UnansweredError(unanswered)
        given = [answer for answer in answers.values() if answer is not None]
        self.store.record(self.annotator, number, given, note=form.get("note"), guess_mode=self.guess_mode(item))

    def read_answer(self, form: Mapping[str, str], place: int, target: str) -> Answer | None:
        """Read one answer of a form; None where it gives neither a label nor a doubt, which would decide nothing."""
        given = form.get(f"label-{place}", "")
        label = Stance(given) if given in set(Stance) else None
        is_unsure = f"unsure-{place}" in form and not self.is_adjudication
        return Answer(target, label, is_unsure) if label or is_unsure else None

    def skip(self, number: int, item: Item, note: str | None = None) -> None:
        """Put an item off; what was noted of it is there when it comes again."""
        self.store.skip(self.annotator, number, note=note, guess_mode=self.guess_mode(item))


@dataclass(frozen=True, slots=True)
class Names:
    """Who labels, as it was asked for."""

    here: str | None  # at this page; None: all who share the work
    team: tuple[str, ...] | None  # who share the work from now on; None: who did, and who is here


def read_names(annotator: str | None, annotators: str | None) -> Names:
    """Read names as they are given on a command line.

    :param annotators: Parted by commas.
    :raises LabelError: If a name cannot be used, or ``annotator`` is not among ``annotators``.
    """
    here = check_annotator(annotator) if annotator is not None else None
    if annotators is None:
        return Names(here, None)
    team = tuple(dict.fromkeys(check_annotator(name) for name in annotators.split(",")))
    if here and here not in team:
        raise LabelError(f"annotator {here!r}; expected one of those who share the work: {', '.join(team)}")
    return Names(here, team)


def take_seats(store: LabelStore, items: Sequence[Item], names: Names, *, adjudicate: bool = False) -> tuple[str, ...]:
    """Add items to a store, share out the work, and say who works at the page.

    :param adjudicate: One person decides what annotators disagree about; who labels stays as it is.
    """
    seed, overlap = _drawn_with(store)
    store.add_items(items, lambda identifier: place_of(identifier, seed))
    team = store.join(
        lambda before: before if adjudicate else _team(before, names),
        lambda cards, who: deal([Card(*card) for card in cards], who, overlap=overlap, seed=seed),
    )
    if adjudicate:
        return (ADJUDICATED,)
    return (names.here,) if names.here else team


def _drawn_with(store: LabelStore) -> tuple[int, float]:
    """Read seed and overlap; the file may be written by others than us."""
    seed, overlap = store.setting("seed") or "0", store.setting("overlap") or "0"
    try:
        if 0 <= float(overlap) <= 1:
            return int(seed), float(overlap)
    except ValueError:
        pass
    raise LabelError(
        f"{store.path}: seed {seed[:20]!r}, overlap {overlap[:20]!r}; expected a whole number and one in [0, 1]"
    )


def _team(before: tuple[str, ...], names: Names) -> tuple[str, ...]:
    if names.team is not None:
        return names.team
    if names.here is not None and names.here not in before:
        return (*before, names.here)
    return before or (_login(),)


def _login() -> str:
    """Name an annotator who gave no name: two people who forget it should not pass for one."""
    try:
        return check_annotator(getpass.getuser())
    except (LabelError, OSError, KeyError):
        return "annotator"
