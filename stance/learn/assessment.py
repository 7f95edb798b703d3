"""Measure any model on label tables, with baselines.

A pair may get no answer. Figures are for the decided pairs, and their share is reported.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from stance.aggregation.observations import Floats
from stance.datamodels import STANCES, Record, Skip, counted
from stance.exceptions import LabelError
from stance.labels.adjudication import Adjudicated, adjudicate, of_comments, pair_key
from stance.labels.tables import load_labels
from stance.learn import measures
from stance.learn.audits import Digests
from stance.learn.doubts import resampling, warn_of_figures, warn_of_languages
from stance.learn.examples import Example, Examples, examples_digest, make_examples, warn_of_undefined
from stance.learn.measures import Answers, evaluate, evaluate_by, rounded
from stance.options.models import MeasureOptions
from stance.scoring.instances import Judgement, Scorer, commonest_reasons, decision_of, is_named
from stance.scoring.sentiment import score_as_typed
from stance.scoring.targets.target_set import TargetSet


def read_pairs(
    paths: Iterable[Path], targets: TargetSet, role: str | None = None
) -> tuple[list[Example], Adjudicated, tuple[Skip, ...]]:
    """Read the comments of label tables and adjudicate the labels of several annotators.

    :param role: Keep pairs of this role only; a pair with an audit row is an audit pair, whatever its other rows say.
    :return: The pairs to measure on, the rows that they are made of, and the rows that are left out.
    :raises LabelError: If no row can be used.
    """
    table = load_labels(paths)
    comments, notes = of_comments(table.comments)
    audit = {pair_key(comment) for comment in comments if comment.role == "audit"}
    rows = [comment for comment in comments if role is None or (pair_key(comment) in audit) == (role == "audit")]
    if not rows:
        what = f"with the role {role}" if role and comments else "of a comment"
        raise LabelError("; ".join([f"{len(table.comments)} rows, but no row {what}", *notes]))
    settled = replace(adjudicate(rows), notes=notes)
    if not settled.comments:
        raise LabelError(f"{len(comments)} rows, but annotators differ on every pair; expected settled pairs")
    examples, unknown = make_examples(settled.comments, targets)
    return examples, settled, (*table.skipped, *unknown, *settled.left_out)


def factors_of(examples: Examples, scorer: Scorer) -> Floats:
    """Return the factors of a model's decision rule for each pair: shape (n, 4)."""
    rows = [decision_of(scorer, example.instance.language) or (1, 1, 1, 1) for example in examples]
    return np.array(rows, float).reshape(len(rows), len(STANCES))


def assess_paths(
    paths: Iterable[Path],
    scorer: Scorer,
    *,
    targets: TargetSet,
    options: MeasureOptions = MeasureOptions(),
    trained_on: Digests | None = None,
    languages: Sequence[str] | None = None,
    rivals: Sequence[Scorer] = (),
) -> tuple[Record, tuple[Skip, ...]]:
    """Measure a model on every row of label tables, audit rows too.

    :param trained_on: The pairs that the model was trained on, from :func:`training_rows`.
    :param languages: Measure only comments in these; None: in all.
    :param rivals: Other models that are measured on the same pairs, and compared with it.
    :return: The record that ``stance evaluate --json`` prints, and skipped rows.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    examples, settled, skipped = read_pairs(paths, targets, options.role)
    examples = [pair for pair in examples if languages is None or pair.instance.language in languages]
    if not examples:
        raise LabelError(f"--languages {','.join(languages or ())}: no labelled comment is in one of these")
    digests = None if trained_on is None else {*trained_on.tolist()}
    instances = [example.instance for example in examples]
    judged = scorer.judge(instances)
    record = assess(judged, examples, scorer, options) | {
        "roles": dict(sorted(Counter(example.role for example in examples).items())),
        "contested": settled.undecided_pairs,
        "data": {"pairs": len(examples), "sha256": examples_digest(examples)},
        "trained_on": None if digests is None else sum(pair.digest in digests for pair in examples),
    }
    of_examples = (*warn_of_undefined(examples, targets), *warn_of_languages(examples, scorer.languages))
    drawn = [comment.probability for comment in settled.comments if comment.probability]
    record["warnings"] = [*settled.notes, *warn_of_figures(record, drawn), *of_examples]
    answers = {scorer.name: judged}
    for rival in rivals:
        theirs = answers[rival.name] = rival.judge(instances)
        compared = _compared((scorer, judged), (rival, theirs), examples, options)
        record.setdefault("against", {})[rival.name] = compared
    unanswered = (
        Skip(name, f"{counted(pairs, 'pair has', 'pairs have')} no stance: {reason}")
        for name, judgement in answers.items()
        for reason, pairs in commonest_reasons(Counter(judgement.reasons.values()))
    )
    return record, (*skipped, *unanswered)


def _compared(
    one: tuple[Scorer, Judgement], other: tuple[Scorer, Judgement], examples: Examples, options: MeasureOptions
) -> Record:
    """Measure another model, and by how much the first is better on the pairs that both decided (``difference``)."""
    of_other = assess(other[1], examples, other[0], options)
    rows = np.flatnonzero(~np.isnan(one[1].probabilities[:, 0] + other[1].probabilities[:, 0])).tolist()
    record: Record = {name: of_other[name] for name in ("n", *measures.MEASURES, "interval", "f1", "coverage")}
    if not rows:
        return record | {"difference": None}
    both = [examples[row] for row in rows]
    mine, theirs = (join(both, judged.probabilities[rows], factors_of(both, scorer)) for scorer, judged in (one, other))
    return record | {"difference": rounded(measures.paired_bootstrap(mine, theirs, seed=options.seed))}


def assess(judged: Judgement, examples: Examples, scorer: Scorer, options: MeasureOptions) -> Record:
    """Measure the answers of a model to labelled pairs, of those that it decided, in full.

    :param judged: One row per example.
    :return: As :func:`measure_answers`, with ``coverage`` (the share of pairs that were decided), classes, confusion
        matrix, outlets and languages.
    :raises LabelError: If no pair was decided.
    """
    rows = np.flatnonzero(~np.isnan(judged.probabilities[:, 0])).tolist()
    if not rows:
        reason = next(iter(judged.reasons.values()), "no answer")
        raise LabelError(f"{scorer.name}: none of {len(examples)} pairs decided ({reason}); expected decided pairs")
    decided, probabilities = [examples[row] for row in rows], judged.probabilities[rows]
    factors, coverage = factors_of(decided, scorer), round(len(rows) / len(examples), 4)
    record = measure_answers(decided, probabilities, factors, options)
    pairs_of = Counter(pair.instance.target for pair in examples)
    for target, measured in record["targets"].items():
        measured["coverage"] = round(measured["n"] / pairs_of[target], 4)
    for measured in record["baselines"].values():
        measured["coverage"] = coverage  # the same pairs
    answers = join(decided, probabilities, factors)
    outlets = evaluate_by(answers, [example.outlet or "not stated" for example in decided], seed=options.seed)
    languages = evaluate_by(answers, [example.instance.language for example in decided], seed=options.seed)
    in_full = measures.describe(answers) | {"outlets": outlets, "languages": languages}
    return record | rounded(in_full) | resampling(decided) | {"model": scorer.name, "coverage": coverage}


def measure_answers(
    examples: Examples, probabilities: Floats, factors: Floats, options: MeasureOptions = MeasureOptions()
) -> Record:
    """Measure answers to labelled pairs, and the baselines.

    :param probabilities: Shape (n, 4), one row per example, in the order of ``STANCES``.
    :param factors: Likewise those of the decision rule.
    """
    answers, seed = join(examples, probabilities, factors), options.seed
    record: Record = evaluate(answers, seed=seed)
    record["targets"] = evaluate_by(answers, [example.instance.target for example in examples], seed=seed)
    record["baselines"] = {}
    instances, gold = [example.instance for example in examples], [example.label for example in examples]
    compounds = [score_as_typed(instance.text) for instance in instances]  # as the package does
    for name, guess in measures.baseline_guesses(gold, [*map(is_named, instances)], compounds).items():
        theirs = join(examples, guess)
        difference = measures.paired_bootstrap(answers, theirs, seed=seed)
        record["baselines"][name] = evaluate(theirs, seed=seed) | {"difference": difference}
    return dict(rounded(record))


def join(examples: Examples, probabilities: Floats, factors: Floats | None = None) -> Answers:
    """Join labels and predictions."""
    labels, stories = [example.label for example in examples], [example.story for example in examples]
    return Answers.of(labels, probabilities, stories, factors)
