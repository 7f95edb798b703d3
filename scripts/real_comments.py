"""Labelled real comments: their texts found, a model corrected by them, and measured on those it did not see.

The labels ship in ``data/real_labels.csv``, keyed by id and digest; the texts are other people's and do not.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from itertools import islice
from itertools import product as combinations
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import log_softmax

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.evaluation.examples import Example, make_examples
from stance.exceptions import LabelError
from stance.labels import adjudicate
from stance.resources import DATA
from stance.scoring.encoder import SIZE, MeaningFeatures
from stance.scoring.features import DENSE
from stance.scoring.fitted import (
    DomainCorrection,
    channel_logs,
    clip_standard,
    correction_columns,
    is_at_home,
    kind_shares,
)
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import StanceModel
from stance.targets import TargetSet

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

LABELS = DATA / "real_labels.csv"
SOURCE = (
    "data/comments.csv of the repository ipavlopoulos/toxic_spans (CC0 1.0), read by the Civil Comments archive; "
    "a table with the columns id and text"
)
MIX = {"russia or nato": 200, "only the us": 160, "none": 20}
"""How many comments of a thousand kept-back ones name which target: labelled comments are weighed to it."""

STRENGTH = 1 / 30
"""Inverse penalty on the weights of the correction; log loss on comments left out was the same from 1/10 to 1/100."""

_CHANNEL_STRENGTH = 1.0
_KIND_STRENGTH = 0.03
_LEAST_LOG = -6.0  # of a class that no label has
_ODDS = (1.0, 1.25, 1.5, 2.0, 2.5)  # factors tried on the odds of each class but the last
_FEWEST = 2  # texts that a column must occur in
_MAX_ITERATIONS, _TOLERANCE = 300, 1e-3

FOLDS = 5
MOST_UNLABELLED = 4_000
"""Comments without a label to which training texts are compared."""
_MAX_RESEMBLANCE_ITERATIONS = 500
_MOST_ODDS = 4.0  # logarithm
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class RealComments:
    """Labelled pairs of real comments, and how much each counts."""

    examples: tuple[Example, ...]
    weights: Floats  # shape (n,)
    folds: NDArray[np.intp]  # shape (n,); pairs of one comment are in one fold
    unlabelled: tuple[str, ...] = ()  # further comments of the kind


def read_real_comments(texts: Path, targets: TargetSet) -> RealComments:
    """Read the labels that ship and their texts.

    :param texts: A CSV table with the columns ``id`` and ``text``.
    :raises LabelError: If it cannot be read, or a text is missing or another one than was labelled.
    """
    try:
        with texts.open(encoding="utf-8", newline="") as table:
            known = {row["id"]: row["text"] for row in csv.DictReader(table)}
    except (OSError, UnicodeError, KeyError, csv.Error):
        raise LabelError(f"{texts}: cannot be read; expected {SOURCE}") from None
    with LABELS.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    digests = {row["id"]: row["sha256"] for row in rows}
    strange = [i for i, digest in digests.items() if hashlib.sha256(known.get(i, "").encode()).hexdigest() != digest]
    if strange:
        seen = f"{len(strange)} of {len(digests)} labelled texts are missing or others than were labelled"
        raise LabelError(f"{texts}: {seen} ({strange[0]}); expected {SOURCE}")
    comments = [
        LabelledComment(
            text=known[row["id"]],
            target=row["target"],
            label=Stance(row["label"]),
            comment_id=row["id"],
            annotator=row["reader"],
        )
        for row in rows
    ]
    examples, _ = make_examples(adjudicate(comments).comments, targets)
    folds = np.array([fold_of(example.instance.text) for example in examples])
    unlabelled = tuple(islice((text for key, text in known.items() if key not in digests), MOST_UNLABELLED))
    return RealComments(tuple(examples), _weights(examples), folds, unlabelled)


def fold_of(text: str) -> int:
    """Return the fold of a comment, by its digest: from 0 to ``FOLDS - 1``."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[1:4], "big") % FOLDS


def _weights(examples: Sequence[Example]) -> Floats:
    """Return weights by which the comments have the mix of the kept-back set: they sum to the pairs of that set."""
    named: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        named[example.instance.text] |= {mention.target for mention in example.instance.mentions}
    kinds = {
        text: "russia or nato" if found & {"russia", "nato"} else "only the us" if "us" in found else "none"
        for text, found in named.items()
    }
    sizes = {kind: list(kinds.values()).count(kind) for kind in MIX}
    return np.array([MIX[kind] / sizes[kind] for kind in (kinds[e.instance.text] for e in examples)])


def weights_by_resemblance(
    unlabelled: Sequence[str], instances: Sequence[Instance], numbers: Any, meanings: MeaningFeatures
) -> Floats:
    """Return how much training texts count by their resemblance to real comments: shape (n,), mean 1.

    A weight is the root of the odds that a text is a real comment, by regressions over the encoder's numbers of whole
    texts, each fitted on other texts than those that it weighs.

    :param unlabelled: Real comments.
    :param instances: The training texts, n.
    :param numbers: Those of the encoder for these; shape (n, columns).
    """
    from sklearn.linear_model import LogisticRegression

    real = meanings.encode([Instance(text, "", (), None) for text in unlabelled])
    matrix = np.vstack([meanings.standardise(part)[:, :SIZE] for part in (real, numbers)])
    is_real = np.arange(len(matrix)) < len(unlabelled)
    folds = np.array([fold_of(text) for text in (*unlabelled, *(instance.text for instance in instances))])
    odds = np.zeros(len(matrix))  # logarithms
    for fold in range(FOLDS):
        is_out = folds == fold
        regression = LogisticRegression(class_weight="balanced", max_iter=_MAX_RESEMBLANCE_ITERATIONS)
        odds[is_out] = regression.fit(matrix[~is_out], is_real[~is_out]).decision_function(matrix[is_out])
    weights = np.exp(np.clip(odds[~is_real], -_MOST_ODDS, _MOST_ODDS) / 2)
    found: Floats = weights / weights.mean()
    return found


# A model corrected by them --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """Real comments as a model without a correction reads them."""

    judged: NDArray[np.bool_]  # pairs that its classifier judges
    logits: Floats
    dense: Floats
    parts: list[Any]
    probabilities: Floats  # of all pairs, as the model has them; columns in the order of ``STANCES``


def correct_by(model: StanceModel, real: RealComments, others: Sequence[Example]) -> tuple[StanceModel, Floats]:
    """Teach a model a correction for real comments.

    :param others: Pairs of other kinds of text, which the correction should leave alone.
    :return: The corrected model, and the probabilities of each pair from corrections that were fitted on other folds:
        shape (n, 4), columns in the order of ``STANCES``.
    """
    read = _read(model, real)
    beside = [example.instance for example in others if is_named(example.instance)]
    kind = fit_kind(read.parts[-1], list(model.classifier.pieces(model.features.transform(beside)))[-1])
    left_out = read.probabilities.copy()
    for fold in range(FOLDS):
        is_out = real.folds == fold
        corrected = _corrected(model, _fit(model, read, real, ~is_out, kind))
        rows = is_out[read.judged]
        matrix_parts = [part[rows] for part in read.parts]
        logits = corrected.classifier.domain_.apply(read.logits[rows], read.dense[rows], matrix_parts)  # type: ignore[union-attr]
        found = np.exp(log_softmax(logits, axis=1))
        left_out[np.flatnonzero(read.judged & is_out)] = found[:, _to_stances(model)]
    everything = np.ones(len(real.folds), bool)
    return _corrected(model, _fit(model, read, real, everything, kind)), left_out


def _read(model: StanceModel, real: RealComments) -> _Read:
    instances = [example.instance for example in real.examples]
    judged = np.array([is_named(instance) for instance in instances])
    named = [instance for instance, is_judged in zip(instances, judged, strict=True) if is_judged]
    prior, dense, *parts = model.classifier.pieces(model.features.transform(named))
    logits = model.classifier.logits(prior, dense, parts)
    return _Read(judged, logits, dense, parts, model.predict_proba(instances))


def _fit(model: StanceModel, read: _Read, real: RealComments, chosen: NDArray[np.bool_], kind: Any) -> Any:
    home_column = DENSE.index("at_home")
    classes = [str(label) for label in model.classifier.classes_]
    labels = np.array([classes.index(str(example.label)) for example in real.examples])
    inside, rows = chosen & read.judged, chosen[read.judged]
    outside = chosen & ~read.judged
    guess = read.probabilities[outside].argmax(axis=1)
    return fit_domain(
        DomainRows(
            logits=read.logits[rows],
            parts=[part[rows] for part in read.parts],
            at_home=is_at_home(read.dense[rows], home_column),
            labels=labels[inside],
            weights=real.weights[inside],
            folds=real.folds[inside],
        ),
        kind,
        (labels[outside], np.array([classes.index(str(STANCES[k])) for k in guess]), real.weights[outside]),
        home_column,
    )


def _corrected(model: StanceModel, domain: Any) -> StanceModel:
    classifier = copy(model.classifier)
    classifier.domain_ = domain
    return replace(model, classifier=classifier)


def _to_stances(model: StanceModel) -> list[int]:
    """Return the column of the classifier for each of ``STANCES``."""
    return [list(model.classifier.classes_).index(str(stance)) for stance in STANCES]


# The correction fitted -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DomainRows:
    """Labelled pairs of one kind, as a model reads them."""

    logits: Floats  # of the model; shape (n, classes)
    parts: Sequence[Any]  # the columns of each channel
    at_home: Floats
    labels: Labels  # columns of ``logits``
    weights: Floats  # shape (n,): how much each counts where odds are chosen; its root where weights are fitted
    folds: Labels  # shape (n,); rows of one text are in one fold


def fit_domain(
    rows: DomainRows, kind: tuple[Floats, float], scored: tuple[Labels, Labels, Floats], home_column: int
) -> DomainCorrection:
    """Learn a correction.

    :param rows: Labelled pairs of the kind.
    :param kind: As :func:`fit_kind` returns it.
    :param scored: Labels, guesses and weights of pairs of the kind that the model does not judge: they count where odds
        are chosen.
    :param home_column: As :attr:`DomainCorrection.home_column`.
    """
    channels = [_fit_channel(part, rows.at_home, rows) for part in rows.parts]
    said = [_out_of_fold(part, rows.at_home, rows) for part in rows.parts]
    logs = log_softmax(rows.logits, axis=1)
    columns = correction_columns(said, logs)
    mean, scale = columns.mean(axis=0), columns.std(axis=0) + 1e-6
    standard = clip_standard(columns, mean, scale)
    share = kind_shares(kind, rows.parts[-1])[:, None]
    design = np.hstack([standard, np.ones((len(standard), 1))]) * share
    left_out = logs.copy()
    for fold in np.unique(rows.folds):
        is_out = rows.folds == fold
        added = _fit_added(logs[~is_out], design[~is_out], rows.labels[~is_out], rows.weights[~is_out])
        left_out[is_out] += design[is_out] @ added
    added = _fit_added(logs, design, rows.labels, rows.weights)
    odds = _best_odds(left_out, share, rows, scored)
    return DomainCorrection(kind, tuple(channels), mean, scale, added[:-1].T, added[-1], odds, home_column)


def fit_kind(of_kind: Any, others: Any) -> tuple[Floats, float]:
    """Learn to tell texts of the kind from others, by the last channel; no labels are needed.

    :param of_kind: Shape (n, columns).
    :param others: Shape (m, columns).
    :return: Weights, shape (columns,), and intercept, at even odds.
    """
    from sklearn.linear_model import LogisticRegression

    joined = sp.vstack([sp.csr_matrix(of_kind), sp.csr_matrix(others)], format="csr")
    is_of_kind = np.arange(joined.shape[0]) < of_kind.shape[0]
    regression = LogisticRegression(C=_KIND_STRENGTH, class_weight="balanced", max_iter=_MAX_ITERATIONS)
    fitted = regression.fit(joined, is_of_kind)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _fit_channel(part: Any, at_home: Floats, rows: DomainRows, is_fitted: Any = None) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    matrix = sp.csr_matrix(part)
    doubled = sp.hstack([matrix, sp.diags(at_home) @ matrix], format="csr")
    labels, classes = rows.labels, rows.logits.shape[1]
    if is_fitted is not None:
        doubled, labels = doubled[is_fitted], labels[is_fitted]
    used = np.flatnonzero(doubled.getnnz(axis=0) >= _FEWEST)  # a word of one text teaches nothing
    model = LogisticRegression(C=_CHANNEL_STRENGTH, max_iter=_MAX_ITERATIONS, tol=_TOLERANCE).fit(
        doubled[:, used], labels
    )
    coef, intercept = np.zeros((classes, doubled.shape[1])), np.full(classes, _LEAST_LOG)
    if len(model.classes_) == 2:
        coef[model.classes_[1], used], intercept[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coef[np.ix_(model.classes_, used)], intercept[model.classes_] = model.coef_, model.intercept_
    return np.vstack(np.hsplit(coef, 2)), intercept


def _out_of_fold(part: Any, at_home: Floats, rows: DomainRows) -> Floats:
    """Return a channel's log probabilities of each row, learned from the other folds."""
    found = np.zeros(rows.logits.shape)
    for fold in np.unique(rows.folds):
        is_out = rows.folds == fold
        fitted = _fit_channel(part, at_home, rows, ~is_out)
        found[is_out] = channel_logs(part[is_out], at_home[is_out], *fitted)
    return found


def _fit_added(logs: Floats, design: Floats, labels: Labels, weights: Floats) -> Floats:
    """Fit an addition to log probabilities: shape (columns, classes); the last column is the intercept."""
    from scipy.optimize import minimize

    gold = np.eye(logs.shape[1])[labels]
    weights = (np.sqrt(weights) / np.sqrt(weights).mean())[:, None]
    penalty = np.append(np.full(design.shape[1] - 1, 1 / STRENGTH), 1.0)[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        added = flat.reshape(design.shape[1], -1)
        predicted = log_softmax(logs + design @ added, axis=1)
        slope = design.T @ (weights * (np.exp(predicted) - gold)) + penalty * added
        return float(0.5 * (penalty * added**2).sum() - (weights * gold * predicted).sum()), slope.ravel()

    start = np.zeros(design.shape[1] * logs.shape[1])
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MAX_ITERATIONS}).x
    return found.reshape(design.shape[1], -1)


def _best_odds(logs: Floats, share: Floats, rows: DomainRows, scored: tuple[Labels, Labels, Floats]) -> Floats:
    """Return the log factors on the odds of classes with the best macro F1 on rows left out; the first of equals."""
    classes = logs.shape[1]
    labels, weights = np.concatenate([rows.labels, scored[0]]), np.concatenate([rows.weights, scored[2]])
    best, most = np.zeros(classes), -1.0
    for factors in combinations(*[_ODDS] * (classes - 1), (1.0,)):
        odds = np.log(factors)
        guess = np.concatenate([(logs + share * odds).argmax(axis=1), scored[1]])
        if (found := weighted_macro_f1(labels, guess, weights, classes)) > most + 1e-9:
            best, most = odds, found
    return best


def weighted_f1(labels: Labels, guess: Labels, weights: Floats, classes: int) -> Floats:
    """Return the F1 of each class, each pair counted by its weight: shape (classes,), 0 where a class has no pair."""
    right = np.bincount(labels, weights * (labels == guess), classes)
    both = np.bincount(labels, weights, classes) + np.bincount(guess, weights, classes)
    scores: Floats = 2 * right / np.maximum(both, 1e-12)
    return scores


def weighted_macro_f1(labels: Labels, guess: Labels, weights: Floats, classes: int) -> float:
    """Return the mean F1 of the classes that occur, each pair counted by its weight: in [0, 1]."""
    occurs = np.bincount(labels, weights, classes) > 0
    return float(weighted_f1(labels, guess, weights, classes)[occurs].mean())


# Measures -------------------------------------------------------------------------------------------------------------


def measure(real: RealComments, probabilities: Floats, seed: int = 0) -> dict[str, Any]:
    """Measure probabilities on real comments of the mix of the kept-back set.

    :return: ``n``, macro F1, F1 of each stance, accuracy and calibration error, each but ``n`` with a 95 % interval
        over comments; and macro F1 and ``n`` of each target.
    """
    labels = np.array([STANCES.index(example.label) for example in real.examples])
    comments = np.unique([example.instance.text for example in real.examples], return_inverse=True)[1]
    kinds = np.round(real.weights, 9)
    drawn = defaultdict(list)
    generator = np.random.default_rng(seed)
    of_kind = {kind: np.unique(comments[kinds == kind]) for kind in np.unique(kinds)}
    for _ in range(RESAMPLES):
        times = np.zeros(comments.max() + 1)
        for chosen in of_kind.values():
            times += np.bincount(generator.choice(chosen, len(chosen)), minlength=len(times))
        for name, value in _measures(labels, probabilities, real.weights * times[comments]).items():
            drawn[name].append(value)
    record: dict[str, Any] = {"pairs": len(labels), "comments": int(comments.max() + 1)}
    record |= {
        name: [value, *(float(end) for end in np.quantile(drawn[name], (0.025, 0.975)))]
        for name, value in _measures(labels, probabilities, real.weights).items()
    }
    targets = np.array([example.instance.target for example in real.examples])
    for target in sorted(set(targets)):
        rows = targets == target
        named = sum(is_named(e.instance) for e, is_own in zip(real.examples, rows, strict=True) if is_own)
        found = _measures(labels[rows], probabilities[rows], real.weights[rows])["macro_f1"]
        record[target] = {"named": int(named), "macro_f1": found}
    return record


def _measures(labels: NDArray[np.intp], probabilities: Floats, weights: Floats) -> dict[str, float]:
    guess, surest = probabilities.argmax(axis=1), probabilities.max(axis=1)
    scores = weighted_f1(labels, guess, weights, len(STANCES))
    f1 = {f"f1_{stance}": float(score) for stance, score in zip(STANCES, scores, strict=True)}
    bins = np.minimum((surest * 10).astype(int), 9)
    gaps = np.abs(np.bincount(bins, weights * (surest - (labels == guess)), 10))
    return {
        "macro_f1": weighted_macro_f1(labels, guess, weights, len(STANCES)),
        **f1,
        "accuracy": float((weights * (labels == guess)).sum() / weights.sum()),
        "ece": float(gaps.sum() / weights.sum()),
    }


def card_section(records: Mapping[str, Mapping[str, Any]]) -> str:
    """Write the measures of real comments for the card of a model, in Markdown."""
    if not records:
        return ""
    record = next(iter(records.values()))
    named = ", ".join(f"{target} {record[target]['named']:,}" for target in ("russia", "us", "nato"))
    return "\n".join(
        [
            "## On real news comments",
            "",
            f"{record['comments']:,} reader comments of American and Canadian news sites, 2015 to 2017, selected as",
            "rude by their publishers and labelled by AI assistants; weighed to a mix of 200 that name Russia or",
            "NATO, 160 that name only the US and 20 that name none. Pairs that name their target:",
            f"{named}. 95 % intervals over comments. Each was scored by a model that had learned",
            "from others (five folds). NATO is hardly named in them: the model was not tested on real news comments",
            "toward NATO in number.",
            "",
            *table_rows(records),
            "",
        ]
    )


def table_rows(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Write records as rows of a Markdown table, by name."""

    def cell(value: Sequence[float]) -> str:
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"

    head = "| | macro F1 | favor | against | neutral | not addressed | Russia | US | calibration error |"
    rows = [head, "|---|---|---|---|---|---|---|---|---|"]
    for name, record in records.items():
        cells = [cell(record["macro_f1"]), *(cell(record[f"f1_{stance}"]) for stance in STANCES)]
        cells += [f"{record[target]['macro_f1']:.3f}" for target in ("russia", "us")] + [cell(record["ece"])]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows
