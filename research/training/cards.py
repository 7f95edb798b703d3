"""Measure a model of the project, and write its card for readers."""

from collections.abc import Mapping
from typing import Any

from stance.learn.assessment import factors_of, measure_answers
from stance.learn.examples import Examples
from stance.learn.training import make_card
from stance.options.models import MeasureOptions
from stance.scoring.model import StanceModel

Record = Mapping[str, Any]


def assess_model(model: StanceModel, examples: Examples, *, seed: int = 0) -> dict[str, Any]:
    """Measure a model next to the baselines."""
    probabilities = model.predict_proba([example.instance for example in examples])
    record = measure_answers(examples, probabilities, factors_of(examples, model), MeasureOptions(seed=seed))
    return record | {"model": model.name}


WRITTEN = "The training comments were written for this project, not collected: real ones take no side more often."


def make_project_card(
    model: StanceModel, fitted: Examples, held_out: Examples, record: Record, *, seed: int
) -> dict[str, Any]:
    """Make the card of a model that was made from scratch."""
    return make_card(model, (fitted, held_out), dict(record), {}, [WRITTEN]) | {"seed": seed}


def card_to_markdown(card: Record) -> str:
    """Write a card for readers."""
    measures, train, held_out = card["measures"], card["data"]["train"], card["data"]["held_out"]
    rows = {"this model": measures} | measures["baselines"]
    rows |= {f"toward {target}": measured for target, measured in measures["targets"].items()}
    return "\n".join(
        [
            "# Stance model\n",
            f"Trained on {train['pairs']} labelled pairs of comment and target from {train['stories']} stories,"
            f" measured on {held_out['pairs']} pairs from {held_out['stories']} other stories."
            " Figures are `stance evaluate`'s, with 95 % intervals over stories.\n",
            "| | n | macro F1 | accuracy | mean F1 of favor and against | calibration error on these stories |",
            "|---|---|---|---|---|---|",
            *(_table_row(name, measured) for name, measured in rows.items()),
            "",
            f"Languages: {', '.join(card['languages'])}. Seed {card['seed']}."
            f" Digest of the training pairs: `{train['sha256'][:16]}`.\n",
            "## Limits\n",
            *(f"- {limit}" for limit in card["limits"]),
            "",
        ]
    )


def _table_row(name: str, measured: Record) -> str:
    cells = [name, str(measured["n"])]
    for measure in ("macro_f1", "accuracy", "favg", "ece"):
        low, high = measured["interval"][measure]
        cells.append(f"{measured[measure]:.3f} ({low:.3f} to {high:.3f})")
    return f"| {' | '.join(cells)} |"
