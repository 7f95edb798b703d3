"""Labelled real comments: their texts found, and models measured on them.

The labels ship in ``data/``, keyed by id and digest; the texts are other people's and do not.
"""

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from research import LABELLED, read_labels
from stance.datamodels import STANCES, Factors, LabelledComment, Stance
from stance.exceptions import LabelError
from stance.learn.examples import Example, make_examples
from stance.scoring.instances import is_named
from stance.scoring.sentences import ENGLISH
from stance.scoring.targets.target_set import TargetSet

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
        LABELLED / "news_labels.csv.gz",
        "research/data/comments.csv of the repository ipavlopoulos/toxic_spans (CC0 1.0), from the Civil Comments archive; a "
        "table with the columns id and text",
        {"russia or nato": 200, "only the us": 160, "none": 20},
    ),
    Kind(
        "war",
        "comments under news videos on the war in Ukraine, 2022 to 2024",
        LABELLED / "war_labels.csv.gz",
        "youtube_comments.csv of the repository Navneetkumar353/"
        "YouTube-News-Data-Collection-and-Sentiment-Analysis-Russia-Ukraine-war (MIT); a table with the columns id "
        "(the first 16 hexadecimal digits of the SHA-256 of the text) and text",
    ),
)
"""Kinds of real comments that models learn from."""

OTHER_KINDS = (
    Kind(
        "posts",
        "posts and comments in Turkish, Arabic, German, French and other languages, 2014 to 2024",
        LABELLED / "posts_labels.csv.gz",
        "several repositories (data/README.md); a table with the columns id (the first 16 hexadecimal digits of the "
        "SHA-256 of the text), language and text",
    ),
    Kind(
        "found",
        "comments and posts in Russian, German, Spanish, French and Dutch, 2014 to 2024",
        LABELLED / "found_labels.csv.gz",
        "several repositories (data/README.md); a table as that of the posts",
    ),
)
"""Kinds that the model of other languages learns from, beside the English ones."""

FOLDS = 5
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class RealComments:
    """Labelled pairs of real comments of one kind, and how much each counts."""

    kind: Kind
    examples: tuple[Example, ...]
    weights: Floats  # shape (n,)

    def by_fold(self) -> list[Example]:
        """Return the pairs with their fold as their story: those of one comment are in one."""
        return [replace(each, story=f"{self.kind.name} {fold_of(each.instance.text)}") for each in self.examples]


def read_kind(kind: Kind, texts: Path, targets: TargetSet) -> tuple[Example, ...]:
    """Read the labels of one kind that ship, and their texts.

    :param texts: A CSV table with the columns ``id`` and ``text``.
    :raises LabelError: If it cannot be read, or a text is missing or another one than was labelled.
    """
    try:
        read = read_labels(texts)
        known = {row["id"]: row["text"] for row in read}
        languages = {row["id"]: row.get("language", ENGLISH) for row in read}
    except (OSError, UnicodeError, KeyError, csv.Error):
        raise LabelError(f"{texts}: cannot be read; expected {kind.source}") from None
    rows = read_labels(kind.labels)
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
            language=languages[row["id"]],
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
        found.append(RealComments(kind, examples, _weights(examples, kind.mix)))
    return found


def digest_of(text: str) -> bytes:
    """Return the digest of a comment, by which comments are drawn."""
    return hashlib.sha256(text.encode()).digest()


def fold_of(text: str) -> int:
    """Return the fold of a comment, by its digest: from 0 to ``FOLDS - 1``."""
    return int.from_bytes(digest_of(text)[1:4], "big") % FOLDS


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
            "kinds (five folds). 95 % intervals over comments. News comments count so that 200 name Russia or NATO,",
            "160 only the US and 20 none; five name NATO, too few to test it. Ukraine is not part of macro F1.",
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
