from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from stance.datamodels import Mention, Via
from stance.scoring import ahead
from stance.scoring.ahead import EncodedAhead
from stance.scoring.encoder import MeaningFeatures
from stance.scoring.instances import Instance

TEXTS = [f"Russia and NATO, part {n}" for n in range(5)]
PLACES = {"russia": (0, 6), "nato": (11, 15)}
"""Where each text names its targets; of the others it names none, and their rows are the same."""


def instance(text: str, target: str) -> Instance:
    mentions = tuple(Mention(name, start, end, "name") for name, (start, end) in PLACES.items())
    return Instance(text, target, mentions, Via.TEXT)


PAIRS = [instance(text, target) for target in (*PLACES, "peace", "war") for text in TEXTS]


class Counting(MeaningFeatures):
    """Keeps account of how often each text is read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: Counter[str] = Counter()

    def encode(self, instances: Sequence[Instance]) -> Any:
        self.read.update({each.text for each in instances})
        rows = [(TEXTS.index(each.text), *(mention.start for mention in each.own_mentions), 0) for each in instances]
        return np.array([row[:2] for row in rows], np.float32).reshape(-1, 2)


def encoded(meanings: Counting, size: int) -> Any:
    encoder = EncodedAhead(meanings, PAIRS)
    return np.vstack([encoder.encode(PAIRS[at : at + size]) for at in range(0, len(PAIRS), size)])


@pytest.mark.parametrize("size", [1, 3, 5, 7, len(PAIRS)])
def test_a_text_is_read_once_in_whatever_batches_its_pairs_stand(size: int) -> None:
    meanings = Counting()
    assert (encoded(meanings, size) == Counting().encode(PAIRS)).all()
    assert meanings.read == Counter(TEXTS)


@pytest.mark.parametrize("most", [0, 1, 4])
def test_with_room_for_few_rows_texts_are_read_again_and_the_rows_are_the_same(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead, "MOST_KEPT", most)
    meanings = Counting()
    assert (encoded(meanings, 3) == Counting().encode(PAIRS)).all()
    assert meanings.read.total() > len(TEXTS)


def test_what_was_not_announced_is_read_too() -> None:
    assert EncodedAhead(Counting(), ()).encode(PAIRS[:2]).tolist() == [[0, 0], [1, 0]]
