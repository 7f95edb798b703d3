"""A model put before label tables: what it says of each pair, measured beside the baselines on the same pairs.

Any scorer is asked, so a pair may get no answer, or one that is too unsure to keep. Figures are of the decided pairs,
and their share stands beside each of them.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.agreement import measure_agreement
from stance.datamodels import STANCES, UNKNOWN_LANGUAGE, LabelledComment, Skip, Stance, Via
from stance.evaluation import (
    cluster_rows,
    describe,
    details_record,
    difference_record,
    evaluate,
    evaluate_by,
    evaluation_to_record,
    gate_baseline,
    largest_groups,
    learning_record,
    majority_baseline,
    measure_selective,
    measures_records,
    merge_unaddressed,
    paired_bootstrap,
    plan_runs,
    run_all,
    selective_record,
    vader_baseline,
)
from stance.evaluation.learning import SEEDS, Run
from stance.examples import TEXT_ALONE, Example, make_examples, story_of, tell_languages, tell_undefined
from stance.exceptions import LabelError
from stance.labels import load_labels, pair_key, settle
from stance.raters import gather_ratings
from stance.records import pair_digest
from stance.scoring.encoder import TextEncoder
from stance.scoring.instances import Instance, is_named
from stance.scoring.persistence import AnyModel, model_folder, train_rows
from stance.scoring.scorers import Judgement, Scorer, commonest_reasons
from stance.scoring.sentiment import SentimentScorer
from stance.targets import TargetSet

Floats = NDArray[np.float64]
Digests = NDArray[np.uint64]
Fit = Callable[[Sequence[Example], int], AnyModel]
"""Trains a model on examples under a seed."""

Watch = Callable[[Iterable[Run]], Iterable[Run]]
"""Passes runs on while somebody watches."""

FEW_STORIES = 20
"""Fewer clusters than this make a bootstrap's intervals visibly too narrow (Cameron, Gelbach and Miller,
Bootstrap-Based Improvements for Inference with Clustered Errors, 2008)."""

Key = tuple[str, str, str]
"""What brings a label and a model's answer together: story, text (whose spaces spreadsheets change), target."""

_ALIKE = 1.1
"""Probabilities this far apart, as one over the other, weigh rows alike."""

UNNAMED = "not stated"
"""The outlet of rows whose table names none."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Labelled pairs to measure on."""

    examples: tuple[Example, ...]
    ratings: Sequence[tuple[Key, tuple[Stance, ...]]]  # pairs with their labels, where annotators gave several
    contested: tuple[Example, ...]  # pairs whose annotators differ and nobody decided: not measured on
    skipped: tuple[Skip, ...]
    drawn: tuple[float, float] | None = None  # the lowest and highest probability of having been drawn; None: not known


@dataclass(frozen=True, slots=True)
class Curve:
    """A learning curve that is wished for.

    :param fit: Trains a model.
    :param points: Numbers of labels; ever twice as many where none are given.
    :param seeds: How many splits.
    :param watch: Passes the runs on while somebody watches.
    """

    fit: Fit
    points: tuple[int, ...] = ()
    seeds: int = SEEDS
    watch: Watch = field(default=lambda runs: runs)


def assess_paths(
    paths: Iterable[Path],
    scorer: Scorer,
    *,
    targets: TargetSet,
    seed: int = 0,
    abstain: float = 0.0,
    merge: bool = False,
    curve: Curve | None = None,
    seen: Digests | None = None,
    role: str | None = None,
) -> tuple[dict[str, Any], tuple[Skip, ...]]:
    """Measure a model on every row of label tables, audit rows too.

    :param abstain: Leave pairs undecided whose highest probability is lower, in [0, 1).
    :param merge: Count neutral and not addressed as one class.
    :param curve: Draw a learning curve of the same labels too.
    :param seen: The pairs that the model was trained on, as :func:`training_rows` gives them.
    :param role: Measure on pairs of this role only, ``audit`` or ``train``.
    :return: The record that ``stance evaluate --json`` prints, and what was skipped.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    sample = read_sample(paths, targets, role)
    runs = plan_curve(sample.examples, curve, seed) if curve else []  # before the model takes its time
    everything = [*sample.examples, *sample.contested]
    judged = _judge(scorer, [example.instance for example in everything])
    own = _first(judged, len(sample.examples))
    record = assess(own, sample.examples, model=scorer.name, seed=seed, abstain=abstain, merge=merge, in_full=True)
    record |= _provenance(sample) | {"trained_on": count_seen(sample.examples, seen)}
    record["warnings"] = [
        *_doubts(record),
        *_unequally_drawn(sample),
        *tell_undefined(sample.examples, targets),
        *unscored_languages(sample.examples, scorer.languages),
    ]
    record["agreement"] = _agreement_record(sample.ratings, everything, judged.probabilities, seed)
    if curve:
        record["learning_curve"] = learning_curve(sample.examples, curve, runs, merge=merge)
    reasons = commonest_reasons(Counter(own.reasons.values()))
    unanswered = (Skip(scorer.name, f"{pairs} pairs have no stance: {reason}") for reason, pairs in reasons)
    return record, (*sample.skipped, *unanswered)


def _judge(scorer: Scorer, instances: Sequence[Instance]) -> Judgement:
    """Ask for no evidence where a model gives stances without: finding it takes longer than the stances."""
    predict = getattr(scorer, "predict_proba", None)
    return Judgement(predict(instances), [()] * len(instances)) if predict else scorer.judge(instances)


def _first(judged: Judgement, n: int) -> Judgement:
    reasons = {row: reason for row, reason in judged.reasons.items() if row < n}
    return Judgement(judged.probabilities[:n], judged.evidence[:n], reasons)


# What is measured on --------------------------------------------------------------------------------------------------


def read_sample(paths: Iterable[Path], targets: TargetSet, role: str | None = None) -> Sample:
    """Read label tables and settle what several annotators said.

    :param role: Keep pairs of this role only.
    :raises LabelError: If no row can be used.
    """
    table = load_labels(paths)
    rows = _of_role(table.comments, role) if role else table.comments
    settled = settle(rows)
    if not settled.comments:
        raise LabelError(f"{len(table.comments)} rows, annotators differ on every pair; expected some settled")
    examples, unknown = make_examples(settled.comments, targets, audit=True)
    one_each = {pair_key(comment): comment for comment in settled.undecided}
    contested: list[Example] = []
    skipped = (*table.skipped, *unknown, *settled.left_out)
    if one_each:
        try:
            contested, _ = make_examples(one_each.values(), targets, audit=True)
        except LabelError:  # all toward targets that are not defined: named above
            contested = []
    drawn = [comment.probability for comment in settled.comments if comment.probability]
    ends = (min(drawn), max(drawn)) if drawn else None
    return Sample(tuple(examples), _ratings(rows), tuple(contested), skipped, ends)


def _of_role(comments: Sequence[LabelledComment], role: str) -> list[LabelledComment]:
    """Keep the pairs of a role; a pair with an audit row is an audit pair, whatever its other rows say."""
    audit = {pair_key(comment) for comment in comments if comment.role == "audit"}
    kept = [comment for comment in comments if (pair_key(comment) in audit) == (role == "audit")]
    if not kept:
        raise LabelError(f"{len(comments)} rows, none with role {role}; expected some")
    return kept


def _ratings(comments: Iterable[LabelledComment]) -> list[tuple[Key, tuple[Stance, ...]]]:
    """Gather the labels of pairs that several annotators labelled, as ``stance labels agreement`` counts them."""
    doubly = gather_ratings(comments).doubly
    return [(_key(story_of(pair.comment), pair.comment), tuple(pair.ratings.values())) for pair in doubly]


def _key(story: str, of: LabelledComment | Instance) -> Key:
    return story, " ".join(of.text.split()), of.target


def _provenance(sample: Sample) -> dict[str, Any]:
    """Say what was measured on: how many rows of which role, their digest, and how many the model was trained on."""
    rows = sorted(f"{e.instance.text}\t{e.instance.target}\t{e.label}" for e in sample.examples)
    return {
        "roles": dict(sorted(Counter(example.role for example in sample.examples).items())),
        "contested": len(sample.contested),
        "data": {"pairs": len(rows), "sha256": hashlib.sha256("\n".join(rows).encode(errors="replace")).hexdigest()},
    }


def training_rows(name: str | Path) -> Digests | None:
    """Read which pairs a model was trained on; None where it does not say, as one that is plugged in.

    :param name: As :func:`stance.scoring.scorers.load_scorer` takes it.
    :return: Sorted digests of pairs.
    :raises ModelError: If there is no such model, or its list is damaged.
    """
    if name == "vader" or str(name).startswith(("hf:", "llm:")):
        return None
    rows = train_rows(model_folder(name))
    return rows if len(rows) else None


def count_seen(examples: Sequence[Example], seen: Digests | None) -> int | None:
    """Count the examples that a model was trained on; None where that is not known.

    :param seen: Digests of pairs, by :func:`stance.records.pair_digest`.
    """
    if seen is None:
        return None
    pairs = (pair_digest(example.instance.text, example.instance.target) for example in examples)
    return int(np.isin(np.fromiter(pairs, np.uint64, len(examples)), seen).sum())


def _doubts(record: Mapping[str, Any]) -> Iterator[str]:
    """Say what makes figures better, or surer, than they are."""
    if record["trained_on"]:
        seen = f"{record['trained_on']} of {record['data']['pairs']} pairs stand in the model's training data"
        yield f"{seen}: too good; --role audit measures on audit rows alone"
    yield from few_stories(record)
    unaddressed = record["classes"].get(Stance.NOT_ADDRESSED)
    if unaddressed and not unaddressed["n"]:
        yield (
            f"no label is not_addressed, but the model says so of {unaddressed['predicted']} pairs: counted wrong; "
            "--merge-unaddressed counts it as neutral"
        )


def _unequally_drawn(sample: Sample) -> Iterator[str]:
    """Say where rows stand for unequally many comments, as those of a stratified sample do: each counts once here."""
    if sample.drawn and sample.drawn[1] > _ALIKE * sample.drawn[0]:
        low, high = sample.drawn
        drawn = f"rows were drawn with probabilities of {low:.2g} to {high:.2g}"
        yield f"{drawn} and count alike: figures are of these rows, not of all comments"


def few_stories(record: Mapping[str, Any]) -> Iterator[str]:
    """Say where too few stories make intervals too narrow.

    :param record: What :func:`resampling` says.
    """
    if record["resampled"] == "rows":
        yield "all rows stand under one story, so rows were resampled: intervals are too narrow"
    elif record["clusters"] < FEW_STORIES:
        number = record["clusters"]
        what = {"stories": "story", "texts": "text"}[record["resampled"]] if number == 1 else record["resampled"]
        yield f"intervals rest on {number} {what}; under {FEW_STORIES} they are too narrow"


def unscored_languages(examples: Sequence[Example], languages: Sequence[str]) -> Iterator[str]:
    """Say how many pairs are in languages that a model gives no stance in: they are read as what it scores.

    :param languages: Those that the model scores.
    """
    told = Counter(tell_languages(examples))
    found = [(each, n) for each, n in told.most_common() if each not in (*languages, UNKNOWN_LANGUAGE)]
    if found:
        named = ", ".join(each[:20] for each, _ in found[:3]) + (" and others" if len(found) > 3 else "")
        of = f"{sum(n for _, n in found)} of {len(examples)} pairs"
        yield f"{of} are in languages that the model gives no stance in ({named}); it scores {', '.join(languages)}"


# Measures -------------------------------------------------------------------------------------------------------------


def assess(
    judged: Judgement,
    examples: Sequence[Example],
    *,
    model: str,
    seed: int = 0,
    abstain: float = 0.0,
    merge: bool = False,
    in_full: bool = False,
) -> dict[str, Any]:
    """Measure what a model said of labelled pairs, where it decided.

    :param judged: One row per example.
    :param in_full: As for :func:`measure_pairs`.
    :return: As :func:`stance.evaluation.evaluation_to_record`, and ``coverage``: the share of pairs that were decided.
    :raises LabelError: If no pair was.
    """
    rows = np.flatnonzero(is_decided(judged.probabilities, abstain)).tolist()
    if not rows:
        reason = next(iter(judged.reasons.values()), f"no probability reaches {abstain:g}")
        raise LabelError(f"{model}: none of {len(examples)} pairs decided ({reason}); expected some to measure")
    decided = [examples[row] for row in rows]
    record = measure_pairs(decided, judged.probabilities[rows], model=model, seed=seed, merge=merge, in_full=in_full)
    asked = Counter(each.instance.target for each in examples)
    record["coverage"] = round(len(rows) / len(examples), 4)
    for target, measured in record["targets"].items():
        measured["coverage"] = round(measured["n"] / asked[target], 4)
    for measured in record["baselines"].values():
        measured["coverage"] = record["coverage"]  # the same pairs
    return record


def is_decided(probabilities: Floats, abstain: float) -> NDArray[np.bool_]:
    """Tell which rows hold an answer whose highest probability is high enough.

    :param probabilities: Shape (n, 4); rows sum to 1, or are NaN.
    :return: Shape (n,).
    """
    decided: NDArray[np.bool_] = probabilities.max(axis=1, initial=0.0) >= abstain
    return decided & ~np.isnan(probabilities).any(axis=1)


def assess_model(model: AnyModel, examples: Sequence[Example], *, seed: int = 0) -> dict[str, Any]:
    """Measure a model beside the baselines."""
    probabilities = model.predict_proba([example.instance for example in examples])
    return measure_pairs(examples, probabilities, model=model.name, seed=seed)


def measure_pairs(
    examples: Sequence[Example],
    probabilities: Floats,
    *,
    model: str,
    seed: int = 0,
    merge: bool = False,
    in_full: bool = False,
) -> dict[str, Any]:
    """Measure what was said of labelled pairs beside the baselines.

    :param probabilities: Shape (n, 4), one row per example, in the order of ``STANCES``.
    :param model: The name of what said it.
    :param merge: Count neutral and not addressed as one class, of the model and of the baselines.
    :param in_full: Add classes, confusion, reliability, outlets, languages, and the differences from the baselines.
    """
    gold, stories = [example.label for example in examples], [example.story for example in examples]
    if merge:
        gold, (probabilities,) = merge_unaddressed(gold, probabilities)
    guesses = baseline_guesses(examples, gold)
    if merge:
        guesses = {name: merge_unaddressed([], guess)[1][0] for name, guess in guesses.items()}
    targets = [example.instance.target for example in examples]
    record = evaluation_to_record(
        evaluate(gold, probabilities, stories=stories, seed=seed),
        targets=evaluate_by(gold, probabilities, targets, stories=stories, seed=seed),
        baselines={name: evaluate(gold, guess, stories=stories, seed=seed) for name, guess in guesses.items()},
        model=model,
    )
    record["abstaining"] = _abstaining(examples, gold, probabilities, seed, merged=merge)
    if in_full:
        for name, guess in guesses.items():
            difference = paired_bootstrap(gold, probabilities, guess, stories, seed=seed)
            record["baselines"][name]["difference"] = difference_record(difference)
        record |= details_record(describe(gold, probabilities, stories=stories, seed=seed))
        record |= _group_records(examples, gold, probabilities, seed) | resampling(stories)
        record["merged"] = merge
    return record


def _abstaining(
    examples: Sequence[Example], gold: Sequence[Stance], probabilities: Floats, seed: int, *, merged: bool
) -> dict[str, Any]:
    """Measure the surest pairs: of all, and where labels tell which these are, of those that address their target.

    The latter twice, once without those that nobody can find by a name: a model is sure that they address nothing.
    """
    stories = [example.story for example in examples]

    def measured(rows: Sequence[int]) -> dict[str, Any] | None:
        if not rows:
            return None
        of_rows = [gold[row] for row in rows], [stories[row] for row in rows]
        return selective_record(measure_selective(of_rows[0], probabilities[rows], stories=of_rows[1], seed=seed))

    addressed = [] if merged else [row for row, label in enumerate(gold) if label is not Stance.NOT_ADDRESSED]
    named = [row for row in addressed if is_named(examples[row].instance)]
    return {"all": measured(range(len(gold))), "addressed": measured(addressed), "named": measured(named)}


def baseline_guesses(examples: Sequence[Example], gold: Sequence[Stance]) -> dict[str, Floats]:
    """Say what each baseline says: the commonest label, VADER of the text and around the target, the mention gate.

    :param gold: The labels as they are measured against.
    """
    instances = [example.instance for example in examples]
    named = [instance.via is Via.TEXT for instance in instances]
    sentiment = SentimentScorer()
    around = [sentiment.score_mentions(each.text, each.mentions, each.target) or 0.0 for each in instances]
    return {
        "majority": majority_baseline(gold),
        "vader": vader_baseline(sentiment.score([instance.text for instance in instances]), named),
        "vader_target": vader_baseline(around, named),
        "gate": gate_baseline(gold, named),
    }


def _group_records(
    examples: Sequence[Example], gold: Sequence[Stance], probabilities: Floats, seed: int
) -> dict[str, Any]:
    """Measure outlets and languages apart, and count what is too small a group to be measured."""
    stories = [example.story for example in examples]
    groups = {
        "outlets": [example.outlet or UNNAMED for example in examples],
        "languages": [example.instance.language for example in examples],
    }
    record: dict[str, Any] = {
        name: measures_records(evaluate_by(gold, probabilities, of_rows, stories=stories, seed=seed))
        for name, of_rows in groups.items()
    }
    groups["targets"] = [example.instance.target for example in examples]
    return record | {"not_measured_apart": {name: _left_over(of_rows) for name, of_rows in groups.items()}}


def _left_over(of_rows: Sequence[str]) -> dict[str, int]:
    kept = largest_groups(of_rows)
    return {"groups": len(set(of_rows)) - len(kept), "n": len(of_rows) - sum(map(len, kept.values()))}


def resampling(stories: Sequence[str]) -> dict[str, Any]:
    """Say what is resampled for intervals, and how many of it there are."""
    clusters, named = int(cluster_rows(stories, len(stories)).max()) + 1, set(stories)
    if clusters != len(named):
        return {"clusters": clusters, "resampled": "rows"}
    return {
        "clusters": clusters,
        "resampled": "texts" if all(story.startswith(TEXT_ALONE) for story in named) else "stories",
    }


# Annotators -----------------------------------------------------------------------------------------------------------


def _agreement_record(
    ratings: Sequence[tuple[Key, tuple[Stance, ...]]],
    examples: Sequence[Example],
    probabilities: Floats,
    seed: int,
) -> dict[str, Any] | None:
    """Set the model beside the annotators: on the pairs that several labelled, contested ones too.

    The model's figure is of pairs of the model and one annotator, so that like is compared with like.

    :return: None where no pair has several labels.
    """
    if not ratings:
        return None
    said: dict[Key, Stance] = {}
    for example, row in zip(examples, probabilities, strict=True):
        if not np.isnan(row).any():
            said[_key(example.story, example.instance)] = STANCES[int(row.argmax())]
    pairs = [(key, labels) for key, labels in ratings if key in said]
    if not pairs:
        return None
    beside = [(key, (said[key], label)) for key, labels in pairs for label in labels]
    return {"pairs": len(pairs), "humans": _agreement(pairs, seed), "model": _agreement(beside, seed)}


def _agreement(rated: Sequence[tuple[Key, tuple[Stance, ...]]], seed: int) -> dict[str, Any]:
    """Measure agreement; a comment is resampled with all that was said of it."""
    comments = [key[:2] for key, _ in rated]
    found = measure_agreement([labels for _, labels in rated], values=STANCES, clusters=comments, seed=seed)
    ends = found.interval
    return {
        "percent": round(found.percent, 4),
        "alpha": None if found.alpha is None else round(found.alpha, 4),
        "interval": None if ends is None else [round(end, 4) for end in ends],
        "reason": found.reason,
    }


# Learning curve -------------------------------------------------------------------------------------------------------


def plan_curve(examples: Sequence[Example], curve: Curve, seed: int = 0) -> list[Run]:
    """Draw what is trained and measured on; audit rows are never trained on.

    :raises LabelError: If there are too few stories or labels.
    """
    try:
        return plan_runs(
            [example.story for example in examples],
            [example.role != "audit" for example in examples],
            points=curve.points,
            seeds=curve.seeds,
            seed=seed,
        )
    except ValueError as error:
        raise LabelError(f"learning curve: {error}") from None


def learning_curve(
    examples: Sequence[Example], curve: Curve, runs: Sequence[Run], *, merge: bool = False
) -> dict[str, Any]:
    """Train on ever more of the examples and measure on stories left out.

    :return: Points with mean and spread over seeds, and at how many labels the next hundred stop paying.
    :raises LabelError: If no model could be made.
    """

    def learn(train: NDArray[np.intp], test: NDArray[np.intp], seed: int) -> Floats:
        model = curve.fit([examples[row] for row in train.tolist()], seed)
        probabilities = model.predict_proba([examples[row].instance for row in test.tolist()])
        return merge_unaddressed([], probabilities)[1][0] if merge else probabilities

    gold = [example.label for example in examples]
    results, failures = run_all(curve.watch(runs), merge_unaddressed(gold)[0] if merge else gold, learn)
    failures |= _unreached(curve.points, runs)
    if not results:
        raise LabelError(f"learning curve: no model at any point; the last: {next(reversed(failures.values()))}")
    return learning_record(results, failures)


def _unreached(points: Sequence[int], runs: Sequence[Run]) -> dict[int, str]:
    """Name the points that were asked for and hold more labels than there are."""
    sizes = {run.labels for run in runs}
    return {point: "not so many labels once some stories are held out" for point in points if point not in sizes}


class RememberingEncoder(TextEncoder):
    """Encodes each pair once, however many models are trained on it."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__(encoder.folder)
        self._known: dict[tuple[str, str], NDArray[np.float32]] = {}

    def encode(self, instances: Sequence[Instance]) -> NDArray[np.float32]:
        """Give the rows that are known, and encode the others."""
        keys = [(instance.text, instance.target) for instance in instances]
        new = {key: each for key, each in zip(keys, instances, strict=True) if key not in self._known}
        self._known.update(zip(new, super().encode(list(new.values())), strict=True))
        return np.array([self._known[key] for key in keys], np.float32).reshape(len(keys), -1)
