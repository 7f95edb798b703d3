"""Evaluate: predicted stances against gold labels, with intervals, and what cheap baselines would reach beside them."""

from stance.evaluation.baselines import gate_baseline, majority_baseline, vader_baseline
from stance.evaluation.measures import evaluate, evaluate_by_target
from stance.evaluation.paired import PairedDifference, paired_bootstrap
from stance.evaluation.records import evaluation_to_record, measures_record

__all__ = [
    "PairedDifference",
    "evaluate",
    "evaluate_by_target",
    "evaluation_to_record",
    "gate_baseline",
    "majority_baseline",
    "measures_record",
    "paired_bootstrap",
    "vader_baseline",
]
