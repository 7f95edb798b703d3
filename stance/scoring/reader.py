"""Read pairs of text and target with the encoder that was fine-tuned on labelled comments.

A comment is encoded once for all its targets. The reader sees, for each target, the mean vector of the whole text, of
the tokens that name the target and of those around them, and two of the comment that it answers. A small network turns
these into log probabilities of the four stances. Weights for a known target are added to those that serve any target,
so a target that the model never saw is read by the latter alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Via
from stance.scoring.encoder import POOLS, SIZE, TextEncoder
from stance.scoring.features import count_words
from stance.scoring.fitted import Floats, SparseRows, log_softmax, softmax
from stance.scoring.instances import Instance, is_named

HIDDEN = 256
"""Number of hidden units."""

VECTORS = len(POOLS) * SIZE
"""Number of columns of the vectors that labels of a user are learned from."""

_PARTS = len(POOLS) + 2  # the pools of the text; the parent's mean, and the mean of its tokens that name the target
_VIAS = (Via.TEXT, Via.PARENT, Via.ARTICLE)
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
        parents = {row: parent for row, instance in enumerate(instances) if (parent := parent_of(instance))}
        encoded = self.encoder.encode([*instances, *parents.values()])
        answered = np.zeros((len(instances), 2 * SIZE), np.float32)
        answered[list(parents)] = encoded[len(instances) :, : 2 * SIZE]
        own, *others = (*np.hsplit(encoded[: len(instances)], len(POOLS)), *np.hsplit(answered, 2))
        own = normalised(own)
        entry, places = self.weights["entry"], np.array([self._place(each.target) for each in instances], np.intp)
        found = _products(entry[:, :SIZE], own) + self.weights["entry_bias"][places]
        for number, (part, absent) in enumerate(zip(others, self.weights["absent"], strict=True), 1):
            rows = normalised(np.where(part.any(axis=1, keepdims=True), part, absent))
            found += _products(entry[:, number * SIZE : (number + 1) * SIZE], rows)
        vias = np.vstack([entry[:, _PARTS * SIZE :].T, np.zeros((1, HIDDEN), np.float32)])
        named = [Via.PARENT if each.context else each.via for each in instances]  # a headline is answered, too
        found += vias[[_VIAS.index(via) if via else -1 for via in named]]
        for place, weights in enumerate(self.weights["own"]):
            found[places == place] += _products(weights, own[places == place])
        return gelu(found)

    def vectors(self, instances: Sequence[Instance]) -> Numbers:
        """Return the mean vectors of texts, mentions and what is near them, each of mean 0 and variance 1.

        :return: Shape (n, VECTORS); zeros for a mean of no tokens.
        """
        parts = np.hsplit(self.encoder.encode(instances), len(POOLS))
        return np.hstack([normalised(part) * part.any(axis=1, keepdims=True) for part in parts])

    def _place(self, target: str) -> int:
        return self.targets.index(target) if target in self.targets else len(self.targets)

    def log_probabilities(self, hidden: Numbers) -> Floats:
        """Return the log probability of each stance: shape (n, 4).

        :param hidden: As :meth:`read` returns them.
        """
        logits = np.einsum("ij,kj->ik", hidden.astype(np.float64), self.weights["exit"].astype(np.float64))
        return log_softmax(logits + self.weights["exit_bias"])


def _products(weights: Numbers, rows: Numbers) -> Numbers:
    """Multiply vectors one at a time, which gives the same digits whatever other rows there are, and equal ones once.

    :param weights: Shape (HIDDEN, SIZE).
    :param rows: Shape (n, SIZE).
    :return: Shape (n, HIDDEN).
    """
    known: dict[bytes, Numbers] = {}
    keys = [row.tobytes() for row in rows]
    for key, row in zip(keys, rows, strict=True):
        if key not in known:
            known[key] = weights @ row
    return np.array([known[key] for key in keys], np.float32).reshape(len(rows), HIDDEN)


def parent_of(instance: Instance) -> Instance | None:
    """Return the text that is answered, as an instance toward the same target; None if there is none.

    That is the comment, after headline and lead where only they name the target.
    """
    answered = "\n".join(filter(None, (instance.context * (instance.via is Via.ARTICLE), instance.shown.parent)))
    if not answered:
        return None
    return Instance(answered, instance.target, instance.context_mentions, None, language=instance.language)


def normalised(rows: Numbers) -> Numbers:
    """Bring each vector to mean 0 and variance 1."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    # of the normalisation, as it was trained
    return centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(1e-5))


def gelu(numbers: Numbers) -> Numbers:
    """Return Gaussian error linear units, by the usual approximation."""
    inner = _TANH_SCALE * (numbers + _TANH_CUBE * numbers * numbers * numbers)
    return (0.5 * numbers * (1 + np.tanh(inner))).astype(np.float32)


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

    def read(self, instances: Sequence[Instance]) -> Numbers:
        """Return the hidden units of pairs: shape (n, HIDDEN), zeros where the reader is not asked."""
        if self.gate is None:
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
            opens = (gate_rows(texts) @ weights[:, None])[:, 0] > -intercept
            passing = {text for text, is_open in zip(texts, opens, strict=True) if is_open}
            found[rest] = [instances[row].text in passing for row in rest]
        return found

    def _names_one(self, instance: Instance) -> bool:
        return any(mention.target in self.reader.targets for mention in instance.mentions)


def gate_rows(texts: Sequence[str]) -> SparseRows:
    """Return the hashed words of texts, each word counted once, in rows of length 1.

    Without that the gate would open for long texts, which take the most time to encode.
    """
    found = count_words([text.lower() for text in texts], GATE_COLUMNS)
    sizes = np.diff(found.ends)
    return replace(found, data=np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes))
