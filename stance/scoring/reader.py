"""Read pairs of text and target with the encoder that was fine-tuned on labelled comments.

A comment is encoded once for all its targets. The reader sees, for each target, the mean vector of the whole text, of
the tokens that name the target and of those around them, and two of the comment that it answers. A small network turns
these into log probabilities of the four stances. Weights for a known target are added to those that serve any target,
so a target that the model never saw is read by the latter alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Via
from stance.scoring.encoder import POOLS, SIZE, TextEncoder
from stance.scoring.features import count_words
from stance.scoring.fitted import Floats, log_softmax, product, softmax
from stance.scoring.instances import Instance, is_named

HIDDEN = 256
"""Number of hidden units."""

_PARTS = len(POOLS) + 2  # the pools of the text; the parent's mean, and the mean of its tokens that name the target
_VIAS = (Via.TEXT, Via.PARENT, Via.ARTICLE)
_EPSILON = 1e-5  # of the normalisation, as it was trained
_TANH_SCALE, _TANH_CUBE = np.sqrt(2 / np.pi), 0.044715

Numbers = NDArray[np.float32]


def reader_shapes(n_targets: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of a reader.

    :param n_targets: Targets with weights of their own.
    """
    return {
        "absent": (_PARTS - 1, SIZE),  # in place of a mean of no tokens; the text itself is never absent
        "entry": (HIDDEN, _PARTS * SIZE + len(_VIAS)),
        "entry_bias": (n_targets + 1, HIDDEN),  # the last row: targets without weights of their own
        "own": (n_targets, HIDDEN, SIZE),
        "exit": (len(STANCES), HIDDEN),
        "exit_bias": (len(STANCES),),
    }


@dataclass(frozen=True, slots=True)
class PairReader:
    """A fine-tuned encoder with the network that classifies pairs.

    :param targets: Those with weights of their own.
    :param weights: Arrays as :func:`reader_shapes` describes them.
    """

    encoder: TextEncoder
    targets: tuple[str, ...]
    weights: Mapping[str, Numbers]

    def read(self, instances: Sequence[Instance]) -> Numbers:
        """Encode pairs and return the hidden units: shape (n, HIDDEN)."""
        parents = [_parent_of(instance) for instance in instances]
        answered = [parent for parent in parents if parent is not None]
        encoded = self.encoder.encode([*instances, *answered])
        rest = iter(encoded[len(instances) :, : 2 * SIZE])
        weights = _Weights(self)
        rows = [
            weights.hidden(instance, own, None if parent is None else next(rest))
            for instance, own, parent in zip(instances, encoded, parents, strict=False)
        ]
        return np.array(rows, np.float32).reshape(len(rows), HIDDEN)

    def log_probabilities(self, hidden: Numbers) -> Floats:
        """Return the log probability of each stance: shape (n, 4).

        :param hidden: As :meth:`read` returns them.
        """
        logits = np.einsum("ij,kj->ik", hidden.astype(np.float64), self.weights["exit"].astype(np.float64))
        return log_softmax(logits + self.weights["exit_bias"])


class _Weights:
    """The first layer of a reader in blocks, one for each part: that of a text is multiplied once for all targets.

    A product of one vector at a time has the same digits whatever stands beside it.
    """

    def __init__(self, reader: PairReader) -> None:
        self.reader = reader
        entry = reader.weights["entry"]
        self.blocks = [np.ascontiguousarray(entry[:, at * SIZE : (at + 1) * SIZE]) for at in range(_PARTS)]
        self.vias = entry[:, _PARTS * SIZE :].T
        absent = map(_normalised, reader.weights["absent"])
        self.absent = [block @ part for block, part in zip(self.blocks[1:], absent, strict=True)]
        self.texts: dict[str, tuple[Numbers, Numbers]] = {}

    def hidden(self, instance: Instance, text: Numbers, parent: Numbers | None) -> Numbers:
        """Return the hidden units of a pair: shape (HIDDEN,).

        :param text: The encoder's numbers of its text; ``parent``: the first two pools of the comment that it answers.
        """
        if instance.text not in self.texts:
            whole = _normalised(text[:SIZE]) if text[:SIZE].any() else np.zeros(SIZE, np.float32)
            self.texts[instance.text] = whole, self.blocks[0] @ whole
        whole, total = self.texts[instance.text]
        targets, weights = self.reader.targets, self.reader.weights
        place = targets.index(instance.target) if instance.target in targets else len(targets)
        found = total + weights["entry_bias"][place]
        parts = [*text[SIZE:].reshape(-1, SIZE), *(np.zeros((2, SIZE)) if parent is None else parent.reshape(2, SIZE))]
        for block, part, missing in zip(self.blocks[1:], parts, self.absent, strict=True):
            found = found + (block @ _normalised(part) if part.any() else missing)
        if instance.via in _VIAS:
            found = found + self.vias[_VIAS.index(instance.via)]
        if place < len(targets):
            found = found + weights["own"][place] @ whole
        return _gelu(found)


def _parent_of(instance: Instance) -> Instance | None:
    """Return the comment that is answered, as an instance toward the same target; None if there is none."""
    parent = instance.shown.parent
    if not parent:
        return None
    named = instance.context_mentions if instance.via is Via.PARENT else ()
    return Instance(parent, instance.target, named, None, language=instance.language)


def _normalised(part: Numbers) -> Numbers:
    part = part.astype(np.float32)
    centred = part - part.mean()
    found: Numbers = centred / np.sqrt((centred * centred).mean() + np.float32(_EPSILON))
    return found


def normalised(rows: Numbers) -> Numbers:
    """Bring each vector to mean 0 and variance 1."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    found: Numbers = centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(_EPSILON))
    return found


def _gelu(numbers: Numbers) -> Numbers:
    """Return Gaussian error linear units, by the usual approximation."""
    inner = _TANH_SCALE * (numbers + _TANH_CUBE * numbers**3)
    found: Numbers = (0.5 * numbers * (1 + np.tanh(inner))).astype(np.float32)
    return found


# Joined with a classifier --------------------------------------------------------------------------------------------

GATE_COLUMNS = 2**15
"""Number of hashed words that the gate reads."""

REPLAY = 1_000
"""Number of pairs whose hidden units a model keeps."""

POOL_SHAPE = (2, 2, 2 + len(STANCES))
"""Target with weights of its own or not; named or not; weights of classifier and reader, and an intercept a stance."""

_LEAST = 1e-4  # minimum probability where its logarithm is taken


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader, the texts that it is asked about, and how its answers join those of a classifier.

    :param gate: Weights of hashed words, shape (GATE_COLUMNS,), and intercept: whether a text that names no target may
        mean one. Encoding all texts would take several times as long. None: it is asked about all pairs.
    :param pool: Shape :data:`POOL_SHAPE`.
    :param replay: Hidden units of pairs of all kinds that the model learned from, shape (REPLAY, HIDDEN): labels of a
        user change the answers to texts that are like the user's and unlike these.
    """

    reader: PairReader
    gate: tuple[Floats, float] | None
    pool: Floats
    replay: Floats

    def read(self, instances: Sequence[Instance], *, every: bool = False) -> Numbers:
        """Return the hidden units of pairs: shape (n, HIDDEN), zeros where the reader is not asked.

        :param every: Ask it about all pairs.
        """
        if every or self.gate is None:
            return self.reader.read(instances)
        found = np.zeros((len(instances), HIDDEN), np.float32)
        rows = np.flatnonzero(self.asked(instances)).tolist()
        if rows:
            found[rows] = self.reader.read([instances[row] for row in rows])
        return found

    def join(self, instances: Sequence[Instance], stated: Floats, hidden: Numbers) -> Floats:
        """Join the probabilities of the classifier with those of the reader: shape (n, 4); rows sum to 1.

        :param stated: Of the classifier; shape (n, 4).
        :param hidden: As :meth:`read` returns it.
        """
        found = stated.copy()
        rows = np.flatnonzero(hidden.any(axis=1)).tolist()
        if not rows:
            return found
        asked = [instances[row] for row in rows]
        kinds = [int(each.target not in self.reader.targets) for each in asked], [int(not is_named(e)) for e in asked]
        weights = self.pool[kinds]
        logs = np.log(np.maximum(stated[rows], _LEAST))
        logits = weights[:, :1] * logs + weights[:, 1:2] * self.reader.log_probabilities(hidden[rows]) + weights[:, 2:]
        found[rows] = softmax(logits)
        return found

    def asked(self, instances: Sequence[Instance]) -> NDArray[np.bool_]:
        """Return which pairs the reader is asked about: those named, and others of texts that may mean a target."""
        if self.gate is None:
            return np.ones(len(instances), bool)
        found = np.array([is_named(instance) or self._names_one(instance) for instance in instances], bool)
        rest = np.flatnonzero(~found).tolist()
        texts = list(dict.fromkeys(instances[row].text for row in rest))
        if texts:
            weights, intercept = self.gate
            opens = product(count_words([t.lower() for t in texts], GATE_COLUMNS), weights[:, None])[:, 0] > -intercept
            passing = {text for text, is_open in zip(texts, opens, strict=True) if is_open}
            found[rest] = [instances[row].text in passing for row in rest]
        return found

    def _names_one(self, instance: Instance) -> bool:
        return any(mention.target in self.reader.targets for mention in instance.mentions)
