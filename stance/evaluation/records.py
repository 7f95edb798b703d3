"""Measures as the JSON objects that ``stance evaluate --json`` prints."""

from collections.abc import Mapping
from typing import Any

from stance.datamodels import Evaluation
from stance.evaluation.measures import MEASURES


def evaluation_to_record(
    evaluation: Evaluation,
    *,
    targets: Mapping[str, Evaluation] | None = None,
    baselines: Mapping[str, Evaluation] | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Turn measures into the JSON object that ``stance evaluate --json`` prints."""
    record = measures_record(evaluation)
    record["targets"] = {target: measures_record(measured) for target, measured in (targets or {}).items()}
    record["baselines"] = {name: measures_record(measured) for name, measured in (baselines or {}).items()}
    return record | {"model": model}


def measures_record(evaluation: Evaluation) -> dict[str, Any]:
    """Turn the measures of one group of rows into a record."""
    return {
        "n": evaluation.n,
        **{name: round(getattr(evaluation, name), 4) for name in MEASURES},
        "f1": {str(label): round(value, 4) for label, value in evaluation.f1.items()},
        "interval": {name: [round(end, 4) for end in ends] for name, ends in evaluation.interval.items()},
    }
