"""Join a fine-tuned reader with a classifier: fit pool, gate and decision rule on pairs that neither saw."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from research.training.real_comments import TESTED
from stance.datamodels import STANCES, Factors
from stance.exceptions import ModelError
from stance.learn import Example
from stance.scoring.classifier import log_softmax
from stance.scoring.encoder import POOL_SHAPE, REPLAY, PairReader, Reading, TextEncoder, gate_rows
from stance.scoring.instances import is_named

TARGETS = ("russia", "us", "nato", "ukraine")
"""Targets that get weights of their own."""

FACTORS = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Factors tried on each stance but ``not_addressed`` for the best mean macro F1 over the kinds of text."""

OPEN = 0.02
"""Share of real comments without a name of a target that pass the gate. Log loss of unnamed pairs and macro F1 were as
good as with 0.05 and a gate that counted words, which read three times as many tokens."""

_STRENGTH = 3.0  # of the gate
_RIDGE = 1.0  # penalty on the distance of the pool's weights from an even mean
_LEAST = 1e-4

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """Labelled pairs of one kind of text with the answers of models that did not learn from them."""

    examples: Sequence[Example]
    stated: Floats  # probabilities of the classifier, shape (n, 4)
    known: Floats  # log probabilities of the reader, shape (n, 4)
    unknown: Floats  # the same as if it had no weights of its own for the target
    weights: Floats  # shape (n,)

    @property
    def labels(self) -> NDArray[np.intp]:
        """Columns of ``STANCES``."""
        return np.array([STANCES.index(example.label) for example in self.examples])


SHOWN_WHOLE = ("wa", "wb", "wc")
"""Sets of written comments that are wholly learned from: they were written for what real comments lack."""


def is_for_pool(example: Example) -> bool:
    """Return whether a written story is left out of training, so that the pool is fitted on it: one in twelve."""
    return example.source not in SHOWN_WHOLE and hashlib.sha256(example.story.encode()).digest()[5] % 12 == 0


def text_digest(example: Example) -> str:
    """Return a digest of text, parent and story, by which a reader's answers are found again."""
    key = f"{example.instance.text}\n{example.instance.shown.parent}\n{example.story}"
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()[:24]


def answer_key(example: Example) -> tuple[str, str]:
    """Return by what a reader's answer to a pair is found."""
    return text_digest(example), example.instance.target


def read_answers(paths: Iterable[Path]) -> dict[tuple[str, str], tuple[Floats, Floats]]:
    """Read the answers that ``research.training.finetune_reader`` wrote: digest and target -> two rows of log probabilities.

    Of several answers to one pair the mean is taken.
    """
    found: dict[tuple[str, str], list[tuple[Floats, Floats]]] = {}
    for path in paths:
        table = np.load(path, allow_pickle=False)
        for digest, target, known, unknown in zip(
            table["digests"].tolist(), table["targets"].tolist(), table["known"], table["unknown"], strict=True
        ):
            found.setdefault((digest, target), []).append((known, unknown))
    return {key: tuple(np.mean([each[i] for each in rows], axis=0) for i in (0, 1)) for key, rows in found.items()}  # type: ignore[misc]


def judge(
    examples: Sequence[Example], stated: Floats, weights: Floats, answers: Mapping[tuple[str, str], Any]
) -> Judged:
    """Put the answers of classifier and reader to some pairs side by side.

    :raises ModelError: If the reader did not answer one of them.
    """
    keys = [answer_key(example) for example in examples]
    if missing := sum(key not in answers for key in keys):
        raise ModelError(f"{missing} of {len(keys)} pairs without an answer of the reader; run scripts.finetune_reader")
    known, unknown = (np.array([answers[key][i] for key in keys]) for i in (0, 1))
    return Judged(examples, stated, known, unknown, weights)


def fit_pool(kinds: Sequence[Judged]) -> Floats:
    """Fit how classifier and reader are joined, by log loss; each kind counts alike.

    Rows for other targets are fitted on targets that are taken for unknown ones, and on further ones.

    :return: Shape :data:`~stance.scoring.encoder.POOL_SHAPE`.
    """
    pool = np.zeros(POOL_SHAPE)
    for other, unnamed in product((0, 1), (0, 1)):
        logs, labels, weights = [], [], []
        for kind in kinds:
            places = [i for i, e in enumerate(kind.examples) if is_named(e.instance) != bool(unnamed)]
            if not other:
                places = [i for i in places if kind.examples[i].instance.target in TARGETS]
            read = kind.unknown if other else kind.known
            logs.append(np.hstack([np.log(np.maximum(kind.stated[places], _LEAST)), read[places]]))
            labels.append(kind.labels[places])
            own = kind.weights[places]
            weights.append(own / own.sum() * len(own) ** 0.5)
        pool[other, unnamed] = _fit_row(np.vstack(logs), np.concatenate(labels), np.concatenate(weights))
    return pool


def _fit_row(logs: Floats, labels: NDArray[np.intp], weights: Floats) -> Floats:
    gold, weights = np.eye(len(STANCES))[labels], weights / weights.sum() * len(weights)
    start = np.array([0.5, 0.5, 0, 0, 0, 0])

    def loss(row: Floats) -> float:
        logits = row[0] * logs[:, :4] + row[1] * logs[:, 4:] + row[2:]
        return float(-(weights[:, None] * gold * log_softmax(logits)).sum() + _RIDGE * ((row - start) ** 2).sum())

    found: Floats = minimize(loss, start, method="L-BFGS-B").x
    return found


def fit_gate(examples: Sequence[Example], unlabelled: Sequence[str]) -> tuple[Floats, float]:
    """Learn which texts that name none of the targets may mean one, from their words.

    :param unlabelled: Real comments without a name of a target: the share :data:`OPEN` of them passes.
    :return: Weights, shape (GATE_COLUMNS,), and intercept.
    """
    means: dict[str, bool] = {}
    for example in examples:
        if not any(mention.target in TARGETS for mention in example.instance.mentions):
            text = example.instance.text
            means[text] = means.get(text, False) or example.label is not STANCES[-1]
    matrix = gate_rows(list(means)).matrix()
    gate = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=300).fit(matrix, list(means.values()))
    scores = (gate_rows(unlabelled) @ gate.coef_.T)[:, 0]
    return gate.coef_[0], -float(np.quantile(scores, 1 - OPEN))


def choose_replay(reader: PairReader, kinds: Sequence[Sequence[Example]]) -> Floats:
    """Return hidden units of pairs that name their target, as many of each kind, drawn by digest."""
    each, rest = divmod(REPLAY, len(kinds))
    chosen = []
    for place, examples in enumerate(kinds):
        named = sorted((e for e in examples if is_named(e.instance)), key=lambda example: example.digest)
        chosen += named[: each + (place < rest)]
    return reader.read([example.instance for example in chosen]).astype(np.float64)


def fit_decision(kinds: Sequence[tuple[Floats, Sequence[Example], Floats]]) -> Factors:
    """Choose the factors of the decision rule with the best mean of macro F1 over the kinds of text.

    :param kinds: Of each kind probabilities, pairs and weights; only pairs toward the tested targets count.
    """
    tested = []
    for found, examples, weights in kinds:
        rows = [i for i, example in enumerate(examples) if example.instance.target in TESTED]
        tested.append((found[rows], [STANCES.index(examples[i].label) for i in rows], weights[rows]))
    best: tuple[float, Factors] = (-1.0, (1.0, 1.0, 1.0, 1.0))
    for favor, against, neutral in product(FACTORS, repeat=3):
        factors = (favor, against, neutral, 1.0)
        scores = [
            f1_score(labels, (found * factors).argmax(axis=1), average="macro", sample_weight=weights)
            for found, labels, weights in tested
        ]
        if (mean := float(np.mean(scores))) > best[0] + 1e-6:
            best = (mean, factors)
    return best[1]


def load_reader(encoder: TextEncoder, arrays: Path) -> PairReader:
    """Load the reader that ``research.training.finetune_reader`` wrote."""
    return PairReader(encoder, TARGETS, dict(np.load(arrays, allow_pickle=False)))


def join(reading: Reading, kind: Judged) -> Floats:
    """Return the joined probabilities of pairs, with the given answers of the reader: shape (n, 4)."""
    rows = [(int(e.instance.target not in TARGETS), int(not is_named(e.instance))) for e in kind.examples]
    weights = reading.pool[tuple(zip(*rows, strict=True))]
    read = np.where(np.array(rows)[:, :1] == 1, kind.unknown, kind.known)
    logs = np.log(np.maximum(kind.stated, _LEAST))
    joined = np.exp(log_softmax(weights[:, :1] * logs + weights[:, 1:2] * read + weights[:, 2:]))
    asked = reading.asked([example.instance for example in kind.examples])
    found: Floats = np.where(asked[:, None], joined, kind.stated)
    return found
