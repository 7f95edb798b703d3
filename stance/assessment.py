"""A model put before label tables: what it says of each pair, measured beside the baselines on the same pairs.

Any scorer is asked, so a pair may get no answer, or one that is too unsure to keep. Figures are of the decided pairs,
and their share stands beside each of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Skip, Via
from stance.evaluation import evaluate, evaluate_by_target, evaluation_to_record, majority_baseline, vader_baseline
from stance.examples import Example, make_examples
from stance.exceptions import LabelError
from stance.labels import load_labels
from stance.scoring.model import StanceModel
from stance.scoring.scorers import Judgement, Scorer, commonest_reasons
from stance.scoring.sentiment import SentimentScorer
from stance.targets import TargetSet


def assess_paths(
    paths: Iterable[Path], scorer: Scorer, *, targets: TargetSet, seed: int = 0, abstain: float = 0.0
) -> tuple[dict[str, Any], tuple[Skip, ...]]:
    """Measure a model on every row of label tables, audit rows too.

    :param abstain: Leave pairs undecided whose highest probability is lower, in [0, 1).
    :return: The record that ``stance evaluate --json`` prints, and what was skipped.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    table = load_labels(paths)
    examples, unknown = make_examples(table.comments, targets, audit=True)
    judged = scorer.judge([example.instance for example in examples])
    record = assess(judged, examples, model=scorer.name, seed=seed, abstain=abstain)
    reasons = commonest_reasons(Counter(judged.reasons.values()))
    unanswered = (Skip(scorer.name, f"{pairs} pairs have no stance: {reason}") for reason, pairs in reasons)
    return record, (*table.skipped, *unknown, *unanswered)


def assess(
    judged: Judgement, examples: Sequence[Example], *, model: str, seed: int = 0, abstain: float = 0.0
) -> dict[str, Any]:
    """Measure what a model said of labelled pairs, where it decided.

    :param judged: One row per example.
    :return: As :func:`stance.evaluation.evaluation_to_record`, and ``coverage``: the share of pairs that were decided.
    :raises LabelError: If no pair was.
    """
    rows = np.flatnonzero(is_decided(judged.probabilities, abstain)).tolist()
    if not rows:
        reason = next(iter(judged.reasons.values()), f"no probability reaches {abstain:g}")
        raise LabelError(f"{model}: none of {len(examples)} pairs decided ({reason}); expected some to measure")
    decided = [examples[row] for row in rows]
    record = measure_pairs(decided, judged.probabilities[rows], model=model, seed=seed)
    asked = [each.instance.target for each in examples]
    record["coverage"] = round(len(rows) / len(examples), 4)
    for target, measured in record["targets"].items():
        measured["coverage"] = round(measured["n"] / asked.count(target), 4)
    for measured in record["baselines"].values():
        measured["coverage"] = record["coverage"]  # the same pairs
    return record


def is_decided(probabilities: NDArray[np.float64], abstain: float) -> NDArray[np.bool_]:
    """Tell which rows hold an answer whose highest probability is high enough.

    :param probabilities: Shape (n, 4); rows sum to 1, or are NaN.
    :return: Shape (n,).
    """
    decided: NDArray[np.bool_] = probabilities.max(axis=1, initial=0.0) >= abstain
    return decided & ~np.isnan(probabilities).any(axis=1)


def assess_model(model: StanceModel, examples: Sequence[Example], *, seed: int = 0) -> dict[str, Any]:
    """Measure a model beside the baselines."""
    probabilities = model.predict_proba([example.instance for example in examples])
    return measure_pairs(examples, probabilities, model=model.name, seed=seed)


def measure_pairs(
    examples: Sequence[Example], probabilities: NDArray[np.float64], *, model: str, seed: int = 0
) -> dict[str, Any]:
    """Measure what was said of labelled pairs beside the baselines: the commonest label, and VADER behind the gate.

    :param probabilities: Shape (n, 4), one row per example, in the order of ``STANCES``.
    :param model: The name of what said it.
    """
    gold, stories = [example.label for example in examples], [example.story for example in examples]
    instances = [example.instance for example in examples]
    named = [instance.via is Via.TEXT for instance in instances]
    guesses = {
        "majority": majority_baseline(gold),
        "vader": vader_baseline(SentimentScorer().score([instance.text for instance in instances]), named),
    }
    return evaluation_to_record(
        evaluate(gold, probabilities, stories=stories, seed=seed),
        targets=evaluate_by_target(gold, probabilities, [i.target for i in instances], stories=stories, seed=seed),
        baselines={name: evaluate(gold, guess, stories=stories, seed=seed) for name, guess in guesses.items()},
        model=model,
    )
