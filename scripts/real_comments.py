"""Labelled real comments: their texts found, a model corrected by them, and measured on those it did not see.

The labels ship in ``data/real_labels.csv``, keyed by id and digest; the texts are other people's and do not.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from stance.datamodels import STANCES, Factors, LabelledComment, Stance
from stance.evaluation.examples import Example, make_examples
from stance.exceptions import LabelError
from stance.resources import DATA
from stance.scoring.clauses import ENGLISH
from stance.scoring.features import DENSE
from stance.scoring.fitted import (
    DomainCorrection,
    channel_logs,
    clip_standard,
    corrected,
    correction_columns,
    is_at_home,
    kind_shares,
    log_softmax,
    softmax,
)
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.targets import TargetSet

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Kind:
    """Real comments of one kind: labels that ship, and where their texts can be downloaded."""

    name: str
    title: str
    labels: Path
    source: str
    mix: Mapping[str, int] | None = None  # comments of a thousand kept-back ones that name which target; None: as drawn


KINDS = (
    Kind(
        "news",
        "comments of American and Canadian news sites, 2015 to 2017, selected as rude by their publishers",
        DATA / "news_labels.csv",
        "data/comments.csv of the repository ipavlopoulos/toxic_spans (CC0 1.0), from the Civil Comments archive; a "
        "table with the columns id and text",
        {"russia or nato": 200, "only the us": 160, "none": 20},
    ),
    Kind(
        "war",
        "comments under news videos on the war in Ukraine, 2022 to 2024",
        DATA / "war_labels.csv",
        "youtube_comments.csv of the repository Navneetkumar353/"
        "YouTube-News-Data-Collection-and-Sentiment-Analysis-Russia-Ukraine-war (MIT); a table with the columns id "
        "(the first 16 hexadecimal digits of the SHA-256 of the text) and text",
    ),
)
"""Kinds of real comments that models learn from."""

STRENGTH = 1 / 30
"""Inverse penalty on the weights of the correction; log loss on comments left out was the same from 1/10 to 1/100."""

_CHANNEL_STRENGTH = 1.0
_KIND_STRENGTH = 0.03
_LEAST_LOG = -6.0  # of a class that no label has
_FEWEST = 2  # texts that a column must occur in
_MAX_ITERATIONS, _TOLERANCE = 300, 1e-3

FOLDS = 5
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class RealComments:
    """Labelled pairs of real comments of one kind, and how much each counts."""

    kind: Kind
    examples: tuple[Example, ...]
    weights: Floats  # shape (n,)
    folds: NDArray[np.intp]  # shape (n,); pairs of one comment are in one fold


def read_kind(kind: Kind, texts: Path, targets: TargetSet) -> tuple[Example, ...]:
    """Read the labels of one kind that ship, and their texts.

    :param texts: A CSV table with the columns ``id`` and ``text``.
    :raises LabelError: If it cannot be read, or a text is missing or another one than was labelled.
    """
    try:
        with texts.open(encoding="utf-8", newline="") as table:
            known = {row["id"]: row["text"] for row in csv.DictReader(table)}
    except (OSError, UnicodeError, KeyError, csv.Error):
        raise LabelError(f"{texts}: cannot be read; expected {kind.source}") from None
    with kind.labels.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    digests = {row["id"]: row["sha256"] for row in rows}
    strange = [i for i, digest in digests.items() if hashlib.sha256(known.get(i, "").encode()).hexdigest() != digest]
    if strange:
        seen = f"{len(strange)} of {len(digests)} labelled texts are missing or others than were labelled"
        raise LabelError(f"{texts}: {seen} ({strange[0]}); expected {kind.source}")
    comments = [
        LabelledComment(
            text=known[row["id"]],
            target=row["target"],
            label=Stance(row["settled"]),
            comment_id=row["id"],
            annotator=kind.name,
            language=ENGLISH,
        )
        for row in rows
    ]
    return tuple(make_examples(comments, targets)[0])


def read_real_comments(texts: Mapping[str, Path], targets: TargetSet) -> list[RealComments]:
    """Read all kinds.

    :param texts: Name of each kind -> the table with its texts.
    :raises LabelError: As :func:`read_kind`.
    """
    found = []
    for kind in KINDS:
        examples = read_kind(kind, texts[kind.name], targets)
        folds = np.array([fold_of(example.instance.text) for example in examples])
        found.append(RealComments(kind, examples, _weights(examples, kind.mix), folds))
    return found


def fold_of(text: str) -> int:
    """Return the fold of a comment, by its digest: from 0 to ``FOLDS - 1``."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[1:4], "big") % FOLDS


def _weights(examples: Sequence[Example], mix: Mapping[str, int] | None) -> Floats:
    """Return weights by which the comments have a mix; all 1 where there is none."""
    if mix is None:
        return np.ones(len(examples))
    named: dict[str, set[str]] = defaultdict(set)
    for example in examples:
        named[example.instance.text] |= {mention.target for mention in example.instance.mentions}
    kinds = {
        text: "russia or nato" if found & {"russia", "nato"} else "only the us" if "us" in found else "none"
        for text, found in named.items()
    }
    sizes = {kind: list(kinds.values()).count(kind) for kind in mix}
    return np.array([mix[kind] / sizes[kind] for kind in (kinds[e.instance.text] for e in examples)])


# A model corrected by them --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Read:
    """Real comments as a model without corrections reads them."""

    judged: NDArray[np.bool_]  # pairs that its classifier judges
    logs: Floats  # log probabilities of those
    dense: Floats
    parts: list[Any]
    probabilities: Floats  # of all pairs, as the model has them; columns in the order of ``STANCES``


def correct_by(
    model: StanceModel, kinds: Sequence[RealComments], others: Sequence[Example]
) -> tuple[StanceModel, list[Floats]]:
    """Teach a model a correction for each kind of real comments.

    :param others: Pairs of other kinds of text, which the corrections should leave alone.
    :return: The corrected model, and for each kind the probabilities of each pair from corrections that were fitted on
        other folds: shape (n, 4), columns in the order of ``STANCES``.
    """
    read = [_read(model, real) for real in kinds]
    beside = [example.instance for example in others if is_named(example.instance)]
    last = list(model.classifier.pieces(model.features.transform(beside)))[-1]
    told = fit_kinds([each.parts[-1] for each in read], last)
    left_out = [each.probabilities.copy() for each in read]
    for fold in range(FOLDS):
        fitted = [
            _fit(model, each, real, real.folds != fold, i, told)
            for i, (each, real) in enumerate(zip(read, kinds, strict=True))
        ]
        for each, real, found in zip(read, kinds, left_out, strict=True):
            rows = (real.folds == fold)[each.judged]
            logits = corrected(each.logs[rows], each.dense[rows], [part[rows] for part in each.parts], fitted)
            found[np.flatnonzero(each.judged & (real.folds == fold))] = softmax(logits)[:, _to_stances(model)]
    classifier = copy(model.classifier)
    classifier.domains_ = tuple(
        _fit(model, each, real, np.ones(len(real.folds), bool), i, told)
        for i, (each, real) in enumerate(zip(read, kinds, strict=True))
    )
    return replace(model, classifier=classifier), left_out


def _read(model: StanceModel, real: RealComments) -> _Read:
    instances = [example.instance for example in real.examples]
    judged = np.array([is_named(instance) for instance in instances])
    named = [instance for instance, is_judged in zip(instances, judged, strict=True) if is_judged]
    prior, dense, *parts = model.classifier.pieces(model.features.transform(named))
    logs = log_softmax(model.classifier.logits(prior, dense, parts))
    return _Read(judged, logs, dense, parts, model.predict_proba(instances))


def _fit(
    model: StanceModel, read: _Read, real: RealComments, chosen: NDArray[np.bool_], at: int, told: Sequence[Any]
) -> DomainCorrection:
    """Fit the correction of one kind to some of its pairs.

    :param at: Place of the kind in ``told``, which :func:`fit_kinds` returns.
    """
    home_column = DENSE.index("at_home")
    classes = [str(label) for label in model.classifier.classes_]
    labels = np.array([classes.index(str(example.label)) for example in real.examples])
    inside, rows = chosen & read.judged, chosen[read.judged]
    parts = [part[rows] for part in read.parts]
    return fit_domain(
        DomainRows(
            logs=read.logs[rows],
            parts=parts,
            at_home=is_at_home(read.dense[rows], home_column),
            labels=labels[inside],
            weights=real.weights[inside],
            folds=real.folds[inside],
            shares=kind_shares(told, parts[-1])[:, at],
        ),
        told[at],
        home_column,
    )


def _to_stances(model: StanceModel) -> list[int]:
    """Return the column of the classifier for each of ``STANCES``."""
    return [list(model.classifier.classes_).index(str(stance)) for stance in STANCES]


# The correction fitted -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DomainRows:
    """Labelled pairs of one kind, as a model reads them."""

    logs: Floats  # log probabilities of the model; shape (n, classes)
    parts: Sequence[Any]  # the columns of each channel
    at_home: Floats
    labels: Labels  # columns of ``logits``
    weights: Floats  # shape (n,): how much each counts; its root where weights are fitted
    folds: Labels  # shape (n,); rows of one text are in one fold
    shares: Floats  # shape (n,): the probability that a text is of the kind


def fit_domain(rows: DomainRows, kind: tuple[Floats, float], home_column: int) -> DomainCorrection:
    """Learn a correction.

    :param rows: Labelled pairs of the kind.
    :param kind: Its part of what :func:`fit_kinds` returns.
    :param home_column: As :attr:`DomainCorrection.home_column`.
    """
    channels = [_fit_channel(part, rows.at_home, rows) for part in rows.parts]
    said = [_out_of_fold(part, rows.at_home, rows) for part in rows.parts]
    columns = correction_columns(said, rows.logs)
    mean, scale = columns.mean(axis=0), columns.std(axis=0) + 1e-6
    standard = clip_standard(columns, mean, scale)
    design = np.hstack([standard, np.ones((len(standard), 1))]) * rows.shares[:, None]
    added = _fit_added(rows.logs, design, rows.labels, rows.weights)
    return DomainCorrection(kind, tuple(channels), mean, scale, added[:-1].T, added[-1], home_column)


def fit_kinds(kinds: Sequence[Any], others: Any) -> list[tuple[Floats, float]]:
    """Learn to tell texts of each kind from others, by the last channel; no labels are needed.

    All are taken for equally frequent.

    :param kinds: Shape (n, columns) each.
    :param others: Shape (m, columns).
    :return: Of each kind weights, shape (columns,), and intercept: log odds beside other texts.
    """
    from sklearn.linear_model import LogisticRegression

    parts = [sp.csr_matrix(part) for part in (*kinds, others)]
    which = np.repeat(np.arange(len(parts)), [part.shape[0] for part in parts])
    regression = LogisticRegression(C=_KIND_STRENGTH, class_weight="balanced", max_iter=_MAX_ITERATIONS)
    fitted = regression.fit(sp.vstack(parts, format="csr"), which)
    coef, intercept = fitted.coef_ - fitted.coef_[-1], fitted.intercept_ - fitted.intercept_[-1]
    return [(coef[at], float(intercept[at])) for at in range(len(kinds))]


def _fit_channel(part: Any, at_home: Floats, rows: DomainRows, is_fitted: Any = None) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    matrix = sp.csr_matrix(part)
    doubled = sp.hstack([matrix, sp.diags(at_home) @ matrix], format="csr")
    labels, classes = rows.labels, rows.logs.shape[1]
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
    found = np.zeros(rows.logs.shape)
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
        predicted = log_softmax(logs + design @ added)
        slope = design.T @ (weights * (np.exp(predicted) - gold)) + penalty * added
        return float(0.5 * (penalty * added**2).sum() - (weights * gold * predicted).sum()), slope.ravel()

    start = np.zeros(design.shape[1] * logs.shape[1])
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MAX_ITERATIONS}).x
    return found.reshape(design.shape[1], -1)


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


def measure(real: RealComments, probabilities: Floats, decision: Factors | None, seed: int = 0) -> dict[str, Any]:
    """Measure probabilities on real comments of one kind, toward the targets that are scored unless asked otherwise.

    :param decision: The model's decision rule.
    :return: ``pairs``, ``comments``, macro F1, F1 of each stance, accuracy and calibration error, each measure with a
        95 % interval over comments; and macro F1 and ``named`` pairs of each target, further ones too.
    """
    every = np.array([example.instance.target for example in real.examples])
    rows = np.isin(every, TESTED)
    examples = [example for example, is_tested in zip(real.examples, rows, strict=True) if is_tested]
    answers, weights = probabilities[rows], real.weights[rows]
    labels = np.array([STANCES.index(example.label) for example in examples])
    comments = np.unique([example.instance.text for example in examples], return_inverse=True)[1]
    kinds = np.round(weights, 9)
    drawn = defaultdict(list)
    generator = np.random.default_rng(seed)
    of_kind = {kind: np.unique(comments[kinds == kind]) for kind in np.unique(kinds)}
    for _ in range(RESAMPLES):
        times = np.zeros(comments.max() + 1)
        for chosen in of_kind.values():
            times += np.bincount(generator.choice(chosen, len(chosen)), minlength=len(times))
        for name, value in measures_of(labels, answers, weights * times[comments], decision).items():
            drawn[name].append(value)
    record: dict[str, Any] = {"pairs": len(labels), "comments": int(comments.max() + 1)}
    record |= {
        name: [value, *(float(end) for end in np.quantile(drawn[name], (0.025, 0.975)))]
        for name, value in measures_of(labels, answers, weights, decision).items()
    }
    for target in sorted(set(every)):
        own = np.flatnonzero(every == target)
        gold = np.array([STANCES.index(real.examples[row].label) for row in own])
        found = measures_of(gold, probabilities[own], real.weights[own], decision)["macro_f1"]
        named = sum(is_named(real.examples[row].instance) for row in own)
        record[target] = {"named": int(named), "macro_f1": found}
    return record


TESTED = ("russia", "us", "nato")
"""Targets that are scored unless others are asked for."""


def measures_of(
    labels: NDArray[np.intp], probabilities: Floats, weights: Floats, decision: Factors | None = None
) -> dict[str, float]:
    """Return macro F1, F1 of each stance, accuracy and calibration error, each pair counted by its weight."""
    guess = (probabilities * (decision or 1.0)).argmax(axis=1)
    scores = weighted_f1(labels, guess, weights, len(STANCES))
    f1 = {f"f1_{stance}": float(score) for stance, score in zip(STANCES, scores, strict=True)}
    surest, likely = probabilities.max(axis=1), probabilities.argmax(axis=1)
    bins = np.minimum((surest * 10).astype(int), 9)
    gaps = np.abs(np.bincount(bins, weights * (surest - (labels == likely)), 10))
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
    kinds = [
        f"- {kind.name}: {records[kind.name]['comments']:,} {kind.title}." for kind in KINDS if kind.name in records
    ]
    return "\n".join(
        [
            "## On real comments",
            "",
            *kinds,
            "",
            "AI assistants labelled them. Each comment was scored by a model that had learned from others of both",
            "kinds (five folds). 95 % intervals over comments. News comments count so that 200 name Russia or NATO, 160",
            "only the US and 20 none; five name NATO, too few to test it. Ukraine is not part of macro F1.",
            "",
            *table_rows(records),
            "",
        ]
    )


def table_rows(records: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Write records as rows of a Markdown table, by name."""

    def cell(value: Sequence[float]) -> str:
        return f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"

    head = (
        "| | macro F1 | favor | against | neutral | not addressed | Russia | US | NATO | Ukraine | calibration error |"
    )
    rows = [head, "|---|---|---|---|---|---|---|---|---|---|---|"]
    for name, record in records.items():
        cells = [cell(record["macro_f1"]), *(cell(record[f"f1_{stance}"]) for stance in STANCES)]
        cells += [
            f"{record[target]['macro_f1']:.3f}" if target in record else ""
            for target in ("russia", "us", "nato", "ukraine")
        ]
        rows.append(f"| {name} | {' | '.join([*cells, cell(record['ece'])])} |")
    return rows
