"""Measures as the JSON objects that ``stance evaluate --json`` prints."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from stance.datamodels import Evaluation
from stance.evaluation.details import Details
from stance.evaluation.learning import STEP, Result, curve_points, payoff
from stance.evaluation.measures import MEASURES
from stance.evaluation.paired import PairedDifference
from stance.evaluation.selective import Selective


def evaluation_to_record(
    evaluation: Evaluation,
    *,
    targets: Mapping[str, Evaluation] | None = None,
    baselines: Mapping[str, Evaluation] | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Turn measures into the JSON object that ``stance evaluate --json`` prints."""
    record = measures_record(evaluation)
    record["targets"] = measures_records(targets or {})
    record["baselines"] = measures_records(baselines or {})
    return record | {"model": model}


def measures_records(evaluations: Mapping[str, Evaluation]) -> dict[str, Any]:
    """Turn the measures of several groups of rows into records."""
    return {name: measures_record(measured) for name, measured in evaluations.items()}


def measures_record(evaluation: Evaluation) -> dict[str, Any]:
    """Turn the measures of one group of rows into a record."""
    return {
        "n": evaluation.n,
        **{name: round(getattr(evaluation, name), 4) for name in MEASURES},
        "f1": {str(label): round(value, 4) for label, value in evaluation.f1.items()},
        "interval": {name: [round(end, 4) for end in ends] for name, ends in evaluation.interval.items()},
    }


def details_record(details: Details) -> dict[str, Any]:
    """Turn classes, confusion and reliability into a record."""
    return {
        "classes": {str(stance): _rounded(asdict(each)) for stance, each in details.classes.items()},
        "confusion": {
            str(gold): {str(predicted): _rounded(asdict(cell)) for predicted, cell in cells.items()}
            for gold, cells in details.confusion.items()
        },
        "reliability": [_rounded(asdict(each)) for each in details.reliability],
    }


def selective_record(selective: Selective) -> dict[str, Any]:
    """Turn accuracy against coverage into a record, with the surest half apart."""
    record: dict[str, Any] = _rounded(asdict(selective) | {"half": asdict(selective.half)})
    return record


def difference_record(difference: PairedDifference) -> dict[str, Any]:
    """Turn a paired difference into a record."""
    record: dict[str, Any] = _rounded(asdict(difference))
    return record


def learning_record(results: Sequence[Result], failures: Mapping[int, str]) -> dict[str, Any]:
    """Turn the runs of a learning curve into a record.

    :param failures: Number of labels -> why no model could be made of so many.
    """
    return {
        "step": STEP,
        "seeds": len({result.seed for result in results}),
        "points": [_rounded(asdict(point)) for point in curve_points(results)],
        "pays_until": _rounded(asdict(payoff(results))),
        "failed": {str(labels): reason for labels, reason in failures.items()},
    }


def _rounded(value: Any) -> Any:
    """Round the numbers of a record to four places."""
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
