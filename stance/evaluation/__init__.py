"""Evaluate: predicted stances against gold labels, with intervals, and what cheap baselines would reach beside them."""

from stance.evaluation.baselines import gate_baseline, majority_baseline, vader_baseline
from stance.evaluation.bootstrap import cluster_rows
from stance.evaluation.details import Details, describe
from stance.evaluation.learning import Result, Run, plan_runs, run_all
from stance.evaluation.measures import MOST_GROUPS, evaluate, evaluate_by, largest_groups, merge_unaddressed
from stance.evaluation.paired import PairedDifference, paired_bootstrap
from stance.evaluation.records import (
    details_record,
    difference_record,
    evaluation_to_record,
    learning_record,
    measures_record,
    measures_records,
    selective_record,
)
from stance.evaluation.selective import Selective, measure_selective

__all__ = [
    "MOST_GROUPS",
    "Details",
    "PairedDifference",
    "Result",
    "Run",
    "Selective",
    "cluster_rows",
    "describe",
    "details_record",
    "difference_record",
    "evaluate",
    "evaluate_by",
    "evaluation_to_record",
    "gate_baseline",
    "largest_groups",
    "learning_record",
    "majority_baseline",
    "measure_selective",
    "measures_record",
    "measures_records",
    "merge_unaddressed",
    "paired_bootstrap",
    "plan_runs",
    "run_all",
    "selective_record",
    "vader_baseline",
]
