"""An evaluation made of a model that answers as it is told: what the tests of its page draw."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stance.datamodels import STANCES
from stance.learn.assessment import assess_paths
from stance.scoring.instances import Instance, Judgement
from stance.scoring.targets.target_set import load_targets

NAMES = {"russia": "Russia", "us": "America", "nato": "NATO"}


@dataclass(frozen=True)
class Rounds:
    """Says one stance after the other, each time as sure as the place of the text in the alphabet makes it."""

    name: str = "rounds@0000"
    languages: tuple[str, ...] = ("en",)
    card: dict[str, Any] = field(default_factory=dict)

    def predict_proba(self, instances: Sequence[Instance]) -> np.ndarray:
        rows = np.full((len(instances), 4), 0.1)
        for row, instance in enumerate(instances):
            rows[row, sum(instance.text.encode()) % 4] += 0.2 + sum(instance.text.encode()) % 5 / 5
        return rows / rows.sum(axis=1, keepdims=True)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        return Judgement(self.predict_proba(instances), [()] * len(instances))


def label_rows(n: int = 240, *, annotators: Sequence[str] = ("one",)) -> list[dict[str, str]]:
    """Pairs under stories of six comments from two outlets; the second annotator differs on every fifth."""
    return [
        {
            "text": f"Comment {i} says that {NAMES[target]} is {'right' if i % 3 else 'wrong'}",
            "target": target,
            "label": str(STANCES[(i + (at if i % 5 == 0 else 0)) % 3]),
            "document": f"story {i // 6}",
            "outlet": ("The Ledger", "Le Monde <b>d'hier</b>")[i // 6 % 2],
            "annotator": annotator,
            "role": "audit" if i % 4 == 0 else "train",
        }
        for i in range(n)
        for target in (list(NAMES)[i % 3],)
        for at, annotator in enumerate(annotators)
    ]


def write_labels(path: Path, rows: Sequence[dict[str, str]]) -> Path:
    cells = ([f'"{value}"' for value in row.values()] for row in rows)
    path.write_text("\n".join([",".join(rows[0]), *(",".join(row) for row in cells)]), encoding="utf-8")
    return path


def evaluation_record(folder: Path, *, in_full: bool = True, scorer: Rounds | None = None) -> dict[str, Any]:
    """Measure on labels written to a folder.

    :param in_full: With two annotators.
    """
    labels = write_labels(folder / "labels.csv", label_rows(annotators=("one", "two") if in_full else ("one",)))
    return assess_paths([labels], scorer or Rounds(), targets=load_targets())[0]
