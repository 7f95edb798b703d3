"""Measure any model on label tables, beside baselines and annotators.

A pair may get no answer, or one below the threshold. Figures are for the decided pairs, and their share is reported.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance import datamodels, evaluation
from stance.aggregation import AuditLabels, AuditSource, choose_audit
from stance.datamodels import STANCES, Factors, LabelledComment, Score, Skip, Stance, counted
from stance.evaluation import (
    Example,
    Examples,
    agreement,
    examples_digest,
    make_examples,
    measures,
    story_of,
    warn_of_undefined,
)
from stance.evaluation.agreement import Rated, Ratings, gather_ratings, measure_agreement
from stance.evaluation.measures import Floats, evaluate, evaluate_by, rounded
from stance.exceptions import LabelError, ModelError
from stance.labels import load_labels
from stance.labels.adjudication import adjudicate, pair_key, share_disputed
from stance.log import Log
from stance.records import pair_digest
from stance.registry import Registry, resolve_model
from stance.run import ModelOptions
from stance.scoring.instances import Judgement, Scorer, commonest_reasons, decision_of, is_named
from stance.scoring.model import StanceModel
from stance.scoring.persistence import model_folder, train_rows
from stance.scoring.plugins import find_plugin
from stance.scoring.sentiment import SentimentScorer
from stance.scoring.targets import TargetSet

Digests = NDArray[np.uint64]
Watch = Callable[[Iterable[Any]], Iterable[Any]]
"""Shows progress."""

FEW_STORIES = 20
"""Fewer clusters than this make a bootstrap's intervals visibly too narrow (Cameron, Gelbach and Miller,
Bootstrap-Based Improvements for Inference with Clustered Errors, 2008)."""

UNNAMED = "not stated"
"""Name of the outlet of rows whose table has no outlet."""

BATCH = 256
"""Pairs that a model is asked about at a time, where progress is shown."""

_ALIKE = 1.1  # probabilities this far apart, as one over the other, weigh rows alike


@dataclass(frozen=True, slots=True)
class Options:
    """Options of an assessment.

    :param seed: Seed of the bootstrap and of splits.
    :param abstain: Leave pairs undecided whose highest probability is lower, in [0, 1).
    :param merge: Count neutral and not addressed as one class, of the model and of the baselines.
    :param role: Measure on pairs of this role only, ``audit`` or ``train``.
    :param rule: The decision rule of the model for texts in a language; None: even factors.
    """

    seed: int = 0
    abstain: float = 0.0
    merge: bool = False
    role: str | None = None
    rule: Callable[[str], Factors | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class LabelledPairs:
    """Labelled pairs to measure on."""

    examples: tuple[Example, ...]
    rated: tuple[Rated, ...]  # pairs that several annotators labelled
    contested: tuple[Example, ...]  # pairs whose annotators differ and nobody decided: not measured on
    skipped: tuple[Skip, ...]
    drawn: tuple[float, float] | None = None  # the lowest and highest probability of being drawn; None: not known


def assess_paths(
    paths: Iterable[Path],
    scorer: Scorer,
    *,
    targets: TargetSet,
    options: Options = Options(),
    seen: Digests | None = None,
) -> tuple[dict[str, Any], tuple[Skip, ...]]:
    """Measure a model on every row of label tables, audit rows too.

    :param seen: The pairs that the model was trained on, from :func:`training_rows`.
    :return: The record that ``stance evaluate --json`` prints, and skipped rows.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    sample = read_pairs(paths, targets, options.role)
    everything = [*sample.examples, *sample.contested]
    judged = judge_all(scorer, everything)
    measured = len(sample.examples)
    reasons = {row: reason for row, reason in judged.reasons.items() if row < measured}
    own = Judgement(judged.probabilities[:measured], judged.evidence[:measured], reasons)
    options = replace(options, rule=partial(decision_of, scorer))
    record = assess(own, sample.examples, model=scorer.name, options=options, in_full=True)
    record |= {
        "roles": dict(sorted(Counter(example.role for example in sample.examples).items())),
        "contested": len(sample.contested),
        "data": {"pairs": len(sample.examples), "sha256": examples_digest(sample.examples)},
        "trained_on": None if seen is None else _count_seen((each.digest for each in sample.examples), seen),
    }
    record["warnings"] = [
        *_warnings(record, sample),
        *warn_of_undefined(sample.examples, targets),
        *warn_of_languages(sample.examples, scorer.languages),
    ]
    answers = _answers(everything, judged.probabilities, options.rule)
    record["agreement"] = _agreement_record(sample.rated, answers, options.seed)
    unanswered = (
        Skip(scorer.name, f"{counted(pairs, 'pair has', 'pairs have')} no stance: {reason}")
        for reason, pairs in commonest_reasons(Counter(own.reasons.values()))
    )
    return record, (*sample.skipped, *unanswered)


def judge_all(scorer: Scorer, examples: Examples) -> Judgement:
    """Ask for probabilities only if a model can give them alone: evidence takes longer to find than stances."""
    instances = [example.instance for example in examples]
    predict = getattr(scorer, "predict_proba", None)
    return Judgement(predict(instances), [()] * len(instances)) if predict else scorer.judge(instances)


# The labelled pairs ---------------------------------------------------------------------------------------------------


def read_pairs(paths: Iterable[Path], targets: TargetSet, role: str | None = None) -> LabelledPairs:
    """Read label tables and adjudicate the labels of several annotators.

    :param role: Keep pairs of this role only.
    :raises LabelError: If no row can be used.
    """
    table = load_labels(paths)
    rows = _of_role(table.comments, role) if role else table.comments
    adjudicated = adjudicate(rows)
    if not adjudicated.comments:
        raise LabelError(f"{len(table.comments)} rows, annotators differ on every pair; expected some settled")
    examples, unknown = make_examples(adjudicated.comments, targets, audit=True)
    one_each = {pair_key(comment): comment for comment in adjudicated.undecided}
    contested: list[Example] = []
    with suppress(LabelError):  # all toward targets that cannot be found in texts: named above
        contested = make_examples(one_each.values(), targets, audit=True)[0] if one_each else []
    drawn = [comment.probability for comment in adjudicated.comments if comment.probability]
    skipped = (*table.skipped, *unknown, *adjudicated.left_out)
    ends = (min(drawn), max(drawn)) if drawn else None
    return LabelledPairs(tuple(examples), gather_ratings(rows).doubly, tuple(contested), skipped, ends)


def _of_role(comments: Sequence[LabelledComment], role: str) -> list[LabelledComment]:
    """Keep the pairs of a role; a pair with an audit row is an audit pair, whatever its other rows say."""
    audit = {pair_key(comment) for comment in comments if comment.role == "audit"}
    kept = [comment for comment in comments if (pair_key(comment) in audit) == (role == "audit")]
    if not kept:
        raise LabelError(f"{len(comments)} rows, none with role {role}; expected some")
    return kept


def training_rows(name: str | Path) -> Digests | None:
    """Read the pairs that a model was trained on; None if it does not list them, as a plugged-in one.

    :param name: As :func:`stance.scoring.plugins.load_scorer` takes it.
    :return: Sorted digests of pairs.
    :raises ModelError: If there is no such model, or its list is damaged.
    """
    if find_plugin(name):
        return None
    rows = train_rows(model_folder(name))
    return rows if len(rows) else None


def training_rows_of(options: ModelOptions) -> Digests | None:
    """Read the pairs that a model was trained on; None if it does not list them, or is given as an object."""
    return training_rows(options.find()) if isinstance(options.model, str | Path) else None


def _count_seen(digests: Iterable[int], seen: Digests) -> int:
    known = set(seen.tolist())
    return sum(digest in known for digest in digests)


def _warnings(record: Mapping[str, Any], sample: LabelledPairs) -> Iterator[str]:
    """Warn of figures that are better, or more certain, than they should be."""
    if record["trained_on"]:
        seen = f"{record['trained_on']} of {record['data']['pairs']} pairs stand in the model's training data"
        yield f"{seen}: too good; --role audit measures on audit rows alone"
    yield from warn_of_few_stories(record)
    unaddressed = record["classes"].get(Stance.NOT_ADDRESSED)
    if unaddressed and not unaddressed["n"]:
        yield (
            f"no label is not_addressed, but the model says so of {unaddressed['predicted']} pairs: counted wrong; "
            "--merge-unaddressed counts it as neutral"
        )
    if sample.drawn and sample.drawn[1] > _ALIKE * sample.drawn[0]:
        low, high = sample.drawn
        drawn = f"rows were drawn with probabilities of {low:.2g} to {high:.2g}"
        yield f"{drawn} and count alike: figures are of these rows, not of all comments"


def warn_of_few_stories(record: Mapping[str, Any]) -> Iterator[str]:
    """Warn if too few stories make intervals too narrow.

    :param record: From :func:`resampling`.
    """
    if record["resampled"] == "rows":
        yield "all rows stand under one story, so rows were resampled: intervals are too narrow"
    elif (number := record["clusters"]) < FEW_STORIES:
        what = {"stories": "story", "texts": "text"}[record["resampled"]] if number == 1 else record["resampled"]
        yield f"intervals rest on {number} {what}; under {FEW_STORIES} they are too narrow"


def warn_of_languages(examples: Examples, languages: Sequence[str]) -> Iterator[str]:
    """Warn of pairs in languages that a model does not score: they are read as one that it does.

    :param languages: Those that the model scores.
    """
    counts = Counter(evaluation.example_languages(examples))
    found = [(each, n) for each, n in counts.most_common() if each not in (*languages, datamodels.UNKNOWN_LANGUAGE)]
    if found:
        named = ", ".join(each[:20] for each, _ in found[:3]) + (" and others" if len(found) > 3 else "")
        of = f"{sum(n for _, n in found)} of {len(examples)} pairs"
        yield f"{of} are in languages that the model gives no stance in ({named}); it scores {', '.join(languages)}"


# Measures -------------------------------------------------------------------------------------------------------------


def assess(
    judged: Judgement, examples: Examples, *, model: str, options: Options = Options(), in_full: bool = False
) -> dict[str, Any]:
    """Measure the answers of a model to labelled pairs, of those that it decided.

    :param judged: One row per example.
    :param in_full: As for :func:`measure_answers`.
    :return: As :func:`evaluation_to_record`, and ``coverage``: the share of pairs that were decided.
    :raises LabelError: If no pair was.
    """
    rows = np.flatnonzero(is_decided(judged.probabilities, options.abstain)).tolist()
    if not rows:
        reason = next(iter(judged.reasons.values()), f"no probability reaches {options.abstain:g}")
        raise LabelError(f"{model}: none of {len(examples)} pairs decided ({reason}); expected some to measure")
    decided = [examples[row] for row in rows]
    record = measure_answers(decided, judged.probabilities[rows], model=model, options=options, in_full=in_full)
    asked = Counter(each.instance.target for each in examples)
    record["coverage"] = round(len(rows) / len(examples), 4)
    for target, measured in record["targets"].items():
        measured["coverage"] = round(measured["n"] / asked[target], 4)
    for measured in record["baselines"].values():
        measured["coverage"] = record["coverage"]  # the same pairs
    return record


def is_decided(probabilities: Floats, abstain: float) -> NDArray[np.bool_]:
    """Return the mask of rows with an answer and a highest probability that reaches a threshold.

    :param probabilities: Shape (n, 4); rows sum to 1, or are NaN.
    :return: Shape (n,).
    """
    return np.asarray((probabilities.max(axis=1, initial=0.0) >= abstain) & ~np.isnan(probabilities).any(axis=1))


def factors_of(examples: Examples, rule: Callable[[str], Factors | None]) -> Floats:
    """Return the factors of the decision rule for each pair: shape (n, 4)."""
    even: Factors = (1, 1, 1, 1)
    rows = [rule(example.instance.language) or even for example in examples]
    return np.array(rows, float).reshape(len(rows), len(STANCES))


def assess_model(model: StanceModel, examples: Examples, *, seed: int = 0) -> dict[str, Any]:
    """Measure a model beside the baselines."""
    probabilities = model.predict_proba([example.instance for example in examples])
    options = Options(seed, rule=partial(decision_of, model))
    return measure_answers(examples, probabilities, model=model.name, options=options)


def measure_answers(
    examples: Examples, probabilities: Floats, *, model: str, options: Options = Options(), in_full: bool = False
) -> dict[str, Any]:
    """Measure answers to labelled pairs beside the baselines.

    :param probabilities: Shape (n, 4), one row per example, in the order of ``STANCES``.
    :param model: The name of what gave them.
    :param in_full: Add classes, confusion matrix, reliability, outlets, languages, and differences from the baselines.
    """
    gold, of_stories = [each.label for each in examples], [each.story for each in examples]
    again: dict[str, Any] = {"stories": of_stories, "seed": options.seed}
    if options.merge:
        gold, (probabilities,) = measures.merge_unaddressed(gold, probabilities)
    guesses = baseline_guesses(examples, gold)
    if options.merge:
        guesses = {name: measures.merge_unaddressed([], guess)[1][0] for name, guess in guesses.items()}
    targets = [example.instance.target for example in examples]
    rules = factors_of(examples, options.rule)
    own = again | {"decision": rules}
    record = measures.measures_record(evaluate(gold, probabilities, **own))
    record["targets"] = _records(evaluate_by(gold, probabilities, targets, **own))
    record["baselines"] = _records({name: evaluate(gold, guess, **again) for name, guess in guesses.items()})
    record["model"] = model

    # Of all pairs, of those that address their target, and of those that name it: a model is sure of pairs without.
    addressed = [] if options.merge else [row for row, label in enumerate(gold) if label is not Stance.NOT_ADDRESSED]
    named = [row for row in addressed if is_named(examples[row].instance)]
    record["abstaining"] = {}
    for name, chosen in (("all", list(range(len(gold)))), ("addressed", addressed), ("named", named)):
        of_rows = again | {"stories": [of_stories[row] for row in chosen], "decision": rules[chosen]}
        labels = [gold[row] for row in chosen]
        found = measures.measure_selective(labels, probabilities[chosen], **of_rows) if chosen else None
        record["abstaining"][name] = rounded(found)
    if not in_full:
        return record
    for name, guess in guesses.items():
        difference = measures.paired_bootstrap(gold, probabilities, guess, **again, decisions=(rules, None))
        record["baselines"][name]["difference"] = measures.difference_record(difference)
    record |= rounded(measures.describe(gold, probabilities, **own))
    outlets = [example.outlet or UNNAMED for example in examples]
    of_group = {"outlets": outlets, "languages": [example.instance.language for example in examples]}
    record |= {name: _records(evaluate_by(gold, probabilities, each, **own)) for name, each in of_group.items()}
    record["not_measured_apart"] = {name: _left_over(each) for name, each in (of_group | {"targets": targets}).items()}
    return record | resampling(of_stories) | {"merged": options.merge}


def _records(evaluations: Mapping[str, datamodels.Evaluation]) -> dict[str, Any]:
    return {name: measures.measures_record(measured) for name, measured in evaluations.items()}


def baseline_guesses(examples: Examples, gold: Sequence[Stance]) -> dict[str, Floats]:
    """Predict by each baseline: the commonest label, VADER of the text and around the target, the mention gate.

    :param gold: The labels that are measured against.
    """
    instances = [example.instance for example in examples]
    named = [instance.via is datamodels.Via.TEXT for instance in instances]
    sentiment = SentimentScorer()
    around = [sentiment.score_mentions(each.text, each.mentions, each.target) or 0.0 for each in instances]
    return {
        "majority": measures.majority_baseline(gold),
        "vader": measures.vader_baseline(sentiment.score([instance.text for instance in instances]), named),
        "vader_target": measures.vader_baseline(around, named),
        "gate": measures.gate_baseline(gold, named),
    }


def _left_over(of_rows: Sequence[str]) -> dict[str, int]:
    kept = measures.largest_groups(of_rows)
    return {"groups": len(set(of_rows)) - len(kept), "n": len(of_rows) - sum(map(len, kept.values()))}


def resampling(stories: Sequence[str]) -> dict[str, Any]:
    """Describe the clusters that are resampled for intervals: how many stories, texts or rows."""
    clusters, named = int(measures.cluster_rows(stories, len(stories)).max()) + 1, set(stories)
    if clusters != len(named):
        return {"clusters": clusters, "resampled": "rows"}
    alone = all(story.startswith(evaluation.TEXT_ALONE) for story in named)
    return {"clusters": clusters, "resampled": "texts" if alone else "stories"}


# Annotators beside the model ------------------------------------------------------------------------------------------


def _agreement_record(rated: Sequence[Rated], answers: Mapping[Hashable, Stance], seed: int) -> dict[str, Any] | None:
    """Compare the model with annotators on the pairs that several labelled, contested ones too.

    The model's figure is of pairs of the model and one annotator, so that like is compared with like.

    :return: None if no pair has several labels.
    """
    pairs = [(pair, answers[key]) for pair in rated if (key := pair_key(pair.comment)) in answers]
    if not pairs:
        return None
    people = [pair for pair, _ in pairs]
    labels = ((pair.comment, label, answer) for pair, answer in pairs for label in pair.ratings.values())
    beside = [Rated(comment, {"": label, "model": answer}) for comment, label, answer in labels]
    return dict(rounded({"pairs": len(pairs), "humans": _agreement(people, seed), "model": _agreement(beside, seed)}))


def _answers(
    examples: Examples, probabilities: Floats, rule: Callable[[str], Factors | None]
) -> dict[Hashable, Stance]:
    """Return the stance of each decided pair."""
    decided = np.flatnonzero(is_decided(probabilities, 0)).tolist()
    weighed = probabilities * factors_of(examples, rule)
    return {examples[row].pair: STANCES[weighed[row].argmax()] for row in decided}


def _agreement(rated: Sequence[Rated], seed: int = 0) -> dict[str, Any]:
    """Measure agreement; a comment is resampled with all its labels."""
    comments = [(story_of(pair.comment), " ".join(pair.comment.text.split())) for pair in rated]
    return measure_agreement([pair.ratings for pair in rated], STANCES, clusters=comments, seed=seed).record()


def compare_with_raters(
    ratings: Ratings,
    comments: Sequence[LabelledComment],
    scorer: Scorer,
    *,
    targets: TargetSet,
    seed: int = 0,
    watch: Watch = iter,
) -> tuple[agreement.Report, tuple[Skip, ...]]:
    """Measure a model as one more rater.

    It is compared with one annotator at a time, as annotators are with each other: against adjudicated labels alone it
    would look better than a person does, since the hardest pairs have none.

    :param ratings: Those of ``comments``.
    :param watch: Shows progress over batches.
    :return: The part ``model`` of a report of agreement, and the targets that cannot be found in texts.
    :raises LabelError: If no row is toward a usable target, or the model decides none of the adjudicated pairs.
    """
    adjudicated = adjudicate(comments)
    one_each = {pair_key(row): row for row in reversed(adjudicated.undecided)}
    examples, unknown = make_examples([*adjudicated.comments, *one_each.values()], targets, audit=True)
    batches = watch(examples[start : start + BATCH] for start in range(0, len(examples), BATCH))
    probabilities = np.concatenate([judge_all(scorer, batch).probabilities for batch in batches])
    rule, usable = partial(decision_of, scorer), {example.pair for example in examples}
    answers = _answers(examples, probabilities, rule)
    settled = [row for row in adjudicated.comments if pair_key(row) in usable]
    single = [
        _beside(pair.comment, "annotator", label, answers) for pair in ratings.doubly for label in pair.ratings.values()
    ]
    own = Judgement(probabilities[: len(settled)], [()] * len(settled))
    beside = [_beside(row, "settled", row.label, answers) for row in settled]
    record = {
        "name": scorer.name,
        "with_one_annotator": agreement.measure_pairs(single, seed),
        "with_settled_labels": agreement.measure_level(beside, seed),
        "evaluation": assess(own, examples[: len(settled)], model=scorer.name, options=Options(seed, rule=rule)),
        "warnings": list(warn_of_undefined(examples, targets)),
    }
    return record, unknown


def _beside(row: LabelledComment, who: str, label: Stance, answers: Mapping[Hashable, Stance]) -> Rated:
    answer = answers.get(pair_key(row))
    return Rated(row, {who: label} | ({"model": answer} if answer else {}))


# Audit labels ---------------------------------------------------------------------------------------------------------


def load_audit(
    paths: Sequence[Path], *, log: Log, assume_random: bool = False, targets: TargetSet | None = None
) -> AuditLabels:
    """Read the labels that correct a model's shares.

    :param paths: Tables of labels, also the file of the labelling page.
    :param assume_random: Treat the labels as a simple random sample, though no probabilities are given.
    :param targets: Those that are scored, which labels may call by id or label; labels toward others are left out.
    :raises LabelError: If there is none that could correct anything.
    """
    table = load_labels(paths)
    log.skip(*table.skipped)
    comments = table.comments
    if targets:
        comments = tuple(replace(each, target=targets.id_of(each.target) or each.target) for each in comments)
    adjudicated = share_disputed(adjudicate(comments))
    chosen, others = choose_audit(adjudicated.comments, assume_random=assume_random)
    source = AuditSource(
        tables=tuple(path.name for path in paths),
        annotators=tuple(sorted({each.annotator for each in comments if each.annotator} - {datamodels.ADJUDICATED})),
        unlabelled=sum(table.missing.get(role, 0) for role in {each.role for each in chosen}),
        undecided=adjudicated.undecided_pairs,
        disputed=sum(not {*each.others} <= {each.label} for each in chosen),
        not_audit=others,
        assumed_random=assume_random,
        agreement=_audit_agreement(comments),
    )
    kept = [each for each in chosen if targets is None or each.target in targets.ids]
    if targets and (left := Counter(each.target for each in chosen if each.target not in targets.ids)):
        named = ", ".join(name[:30] for name, _ in left.most_common(3)) + (" and others" if len(left) > 3 else "")
        of = f"{left.total():,} of {len(chosen):,} are toward targets that are not scored ({named})"
        log.warn("labels", f"{of}: left out; expected {', '.join(targets.ids)}")
    return AuditLabels(kept, source)


def _audit_agreement(comments: Iterable[LabelledComment]) -> dict[str, Any] | None:
    """Measure agreement on audit rows; None if no pair has labels of two annotators."""
    rows = (each for each in comments if each.role == "audit" and each.annotator != datamodels.ADJUDICATED)
    rated = gather_ratings(rows).doubly
    return {"pairs": len(rated)} | _agreement(rated) if rated else None


@dataclass(slots=True)
class Auditor:
    """Audit labels with the training data of the models that they correct.

    :param labels: The labels.
    :param known: Name of a model, as scores carry it -> where it is found, as for ``--model``.
    :param registry: The user's own models; those of this user if not given.
    """

    labels: AuditLabels
    known: Mapping[str, str | Path] = field(default_factory=dict)
    registry: Path | None = None
    not_checked: list[str] = field(default_factory=list)
    _checked: set[str] = field(default_factory=set)

    def check(self, scores: Iterable[Score]) -> None:
        """Check the models of some scores, each once.

        :raises LabelError: If one was trained on an audit label.
        """
        for name in {score.model for score in scores} - self._checked:
            self._checked.add(name)
            if name.startswith("vader"):  # rules and a lexicon: trained on nothing
                continue
            if (rows := self._training_rows(name)) is None:
                self.not_checked.append(name)
                continue
            if seen := _count_seen((pair_digest(each.text, each.target) for each in self.labels.comments), rows):
                raise LabelError(
                    f"{seen} of {len(self.labels.comments)} audit labels stand in the training data of {name}; "
                    "expected labels that it has never seen"
                )

    def _training_rows(self, name: str) -> Digests | None:
        for place in dict.fromkeys((self.known.get(name, name), name.partition("@")[0])):
            try:
                return training_rows(resolve_model(place, Registry.open(self.registry)))
            except ModelError:
                continue  # scores of a model that is not here
        return None

    def to_record(self) -> dict[str, Any]:
        """Describe the labels for reports."""
        return self.labels.to_record() | {"not_checked": sorted(self.not_checked)}

    def warn(self, log: Log) -> None:
        """Log doubts about the labels, once all comments were read."""
        record = self.to_record()
        if record["unmatched"]:
            named = ", ".join(record["unmatched_ids"])
            log.warn("labels", f"{record['unmatched']:,} of {record['labels']:,} match no comment: {named}")
        if record["repeated"]:
            first = f"{record['repeated']:,} match several comments, of which the first counts"
            log.warn("labels", f"{first}; expected a column document")
        if record["assumed_random"]:
            log.warn("labels", "taken for a simple random sample of the comments, as --assume-random says")
        if record["not_checked"]:
            log.warn("labels", f"cannot be checked: was {', '.join(record['not_checked'])} trained on them?")
