"""Encode each text once, even if its pairs are in several batches.

Public label sets ask for the stance of one text toward many targets, and batches are drawn by digest: 13,477 pairs of
1,845 texts (VAST) needed 9,414 encodings. All questions about a text are known in advance, so they are encoded
together.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from stance.datamodels import Mention
from stance.scoring.encoder import MeaningFeatures
from stance.scoring.instances import Instance

MOST_KEPT = 20_000
"""Rows for later batches, of 5 kB each; texts that come when so many are kept are read again."""

_Asked = tuple[str, tuple[Mention, ...]]
"""What a row depends on: the text, and where it names the target."""


class EncodedAhead:
    """Encodes batches in any order, ahead of time as far as memory allows.

    :param meanings: Holds the encoder.
    :param instances: All instances of the batches.
    """

    def __init__(self, meanings: MeaningFeatures, instances: Iterable[Instance]) -> None:
        self._meanings = meanings
        self._of_text: dict[str, dict[_Asked, Instance]] = {}
        self._to_come: Counter[_Asked] = Counter()
        for instance in instances:
            key = _asked(instance)
            self._of_text.setdefault(instance.text, {}).setdefault(key, instance)
            self._to_come[key] += 1
        self._kept: dict[_Asked, Any] = {}

    def encode(self, batch: Sequence[Instance]) -> Any:
        """Return the rows of a batch, as :meth:`MeaningFeatures.encode` does, and keep those needed later.

        :param batch: At least one instance.
        """
        keys = [_asked(instance) for instance in batch]
        new = {key: each for key, each in zip(keys, batch, strict=True) if key not in self._kept}
        room = MOST_KEPT - len(self._kept) - len(new)
        for text in dict.fromkeys(text for text, _ in new):
            others = self._of_text.get(text, {})
            ahead = [key for key in others if self._to_come[key] > 0 and key not in self._kept and key not in new]
            if len(ahead) <= room:
                new |= {key: others[key] for key in ahead}
                room -= len(ahead)
        self._kept |= zip(new, self._meanings.encode(list(new.values())), strict=True)
        rows = np.array([self._kept[key] for key in keys], np.float32)
        self._to_come.subtract(keys)
        for key in dict.fromkeys(keys):
            if self._to_come[key] < 1 or len(self._kept) > MOST_KEPT:
                del self._kept[key]
        return rows


def _asked(instance: Instance) -> _Asked:
    return instance.text, instance.own_mentions
