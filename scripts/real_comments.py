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
from numpy.typing import NDArray
from scipy.special import log_softmax

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.evaluation.examples import Example, make_examples
from stance.exceptions import LabelError
from stance.labels import adjudicate
from stance.resources import DATA
from stance.scoring.domain import DomainRows, fit_domain, fit_kind, is_at_home, weighted_f1, weighted_macro_f1
from stance.scoring.features import DENSE
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.targets import TargetSet

Floats = NDArray[np.float64]

LABELS = DATA / "real_labels.csv"
SOURCE = (
    "data/comments.csv of the repository ipavlopoulos/toxic_spans (CC0 1.0), read by the Civil Comments archive; "
    "a table with the columns id and text"
)
MIX = {"russia or nato": 200, "only the us": 160, "none": 20}
"""How many comments of a thousand kept-back ones name which target: labelled comments are weighed to it."""

FOLDS = 5
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class RealComments:
    """Labelled pairs of real comments, and how much each counts."""

    examples: tuple[Example, ...]
    weights: Floats  # shape (n,)
    folds: NDArray[np.intp]  # shape (n,); pairs of one comment are in one fold


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
    return RealComments(tuple(examples), _weights(examples), np.array([fold_of(e.instance.text) for e in examples]))


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
    kind = fit_kind(read.parts[-1], model.classifier._split(model.features.transform(beside))[-1])
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
    prior, dense, *parts = model.classifier._split(model.features.transform(named))
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
