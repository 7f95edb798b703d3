"""Who labels what: a part that everybody labels, so that agreement can be measured, and a share for each.

Comments stand in one random order that everybody shares. Who stops early has still labelled a random part of the
sample, and two who stop early have still both labelled the same part of the overlap.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

Hands = dict[str, list[int]]
"""Items by annotator."""


@dataclass(frozen=True, slots=True)
class Card:
    """An item as it is dealt."""

    item: int
    identifier: str
    started: frozenset[str] = frozenset()  # annotators who have said something of it


def place_of(identifier: str, seed: int, purpose: str = "order") -> str:
    """Give the place of an item in a random order: 16 hexadecimal digits, the same for the same seed.

    :param purpose: Another purpose gives another order.
    """
    return hashlib.sha256(f"{purpose}\n{seed}\n{identifier}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


def deal(cards: Iterable[Card], annotators: Sequence[str], *, overlap: float, seed: int) -> Hands:
    """Deal items to annotators: the overlap to each, of the rest what nobody has started to whoever has least to do.

    What somebody has started stays with them, so a deal may be repeated when annotators or items are added.

    :param annotators: Those who go on labelling.
    :param overlap: Share of the items that everybody labels, in [0, 1].
    :return: What each annotator is to label and has labelled.
    """
    in_order = sorted(cards, key=lambda card: place_of(card.identifier, seed))
    shared = _shared(in_order, overlap, seed) if len(annotators) > 1 else frozenset()
    hands: Hands = {annotator: [] for annotator in annotators}
    to_do = dict.fromkeys(annotators, 0)
    for card in in_order:
        for annotator in _holders(card, shared, to_do):
            hands.setdefault(annotator, []).append(card.item)
            if annotator in to_do and annotator not in card.started:
                to_do[annotator] += 1
    return hands


def _shared(cards: Collection[Card], overlap: float, seed: int) -> frozenset[int]:
    drawn = sorted(cards, key=lambda card: place_of(card.identifier, seed, "overlap"))
    return frozenset(card.item for card in drawn[: ceil(overlap * len(cards) - 1e-9)])


def _holders(card: Card, shared: Collection[int], to_do: Mapping[str, int]) -> list[str]:
    """Say who has an item, the started ones first: of others those who go on, or the one with least to do."""
    if card.item in shared:
        return [*sorted(card.started), *(annotator for annotator in to_do if annotator not in card.started)]
    if card.started or not to_do:
        return sorted(card.started)
    return [min(to_do, key=to_do.__getitem__)]
