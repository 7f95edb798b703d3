"""What models understand and what not: minimal pairs by phenomenon, as a table.

Usage: python -m research.benchmarks.probes [MODEL ...] > research/reports/probes.md
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stance.aggregation.intervals import wilson_interval
from stance.datamodels import decide
from stance.labels.tables import load_labels
from stance.learn.examples import make_examples
from stance.scoring import load_scorer
from stance.scoring.instances import decision_of
from stance.scoring.targets.target_set import load_targets

PROBES = Path(__file__).parents[1] / "data" / "probes" / "probes.csv"


def guesses(model: str) -> list[str]:
    """Ask a model about every row."""
    rows = load_labels([PROBES]).comments
    examples, skipped = make_examples(rows, load_targets())
    assert not skipped, skipped
    scorer = load_scorer(model)
    judged = scorer.judge([example.instance for example in examples])
    return [str(decide(row, decision_of(scorer))) for row in judged.probabilities.tolist()]


def cell(right: Sequence[bool]) -> str:
    low, high = wilson_interval(sum(right), len(right))
    return f"{np.mean(right):.2f} ({low:.2f} to {high:.2f})"


def main(models: Sequence[str]) -> None:
    with PROBES.open(encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table))
    found = {model: guesses(model) for model in models}
    print("# Probes: what the models do not understand\n")
    pairs = len({row["pair"] for row in rows})
    print(
        f"{len(rows)} rows in {pairs} minimal pairs, written by someone who had not seen the models\n"
        "(`research/data/probes`); made by `python -m research.benchmarks.probes`. Shares of rows that are right, and of pairs with\n"
        "every row right, with 95 % Wilson intervals of the latter. Probes are hard on purpose:\n"
        "these are no accuracies to expect on comments.\n"
    )
    print(f"| phenomenon | rows | {' | '.join(f'{model}: rows | {model}: pairs' for model in models)} |")
    print("|---|---|" + "---|---|" * len(models))
    for phenomenon in [*dict.fromkeys(row["phenomenon"] for row in rows), "all"]:
        chosen = [i for i, row in enumerate(rows) if phenomenon in (row["phenomenon"], "all")]
        cells = []
        for model in models:
            right = [found[model][i] == rows[i]["label"] for i in chosen]
            pairs = defaultdict(list)
            for i, is_right in zip(chosen, right, strict=True):
                pairs[rows[i]["pair"]].append(is_right)
            cells += [f"{np.mean(right):.2f}", cell([all(each) for each in pairs.values()])]
        print(f"| {phenomenon} | {len(chosen)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1:] or ["default", "light", "vader"])
