"""Any scorer is measured where it decides, and how often it does stands beside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.assessment import assess_paths, is_decided
from stance.exceptions import LabelError
from stance.scoring.instances import Instance
from stance.scoring.scorers import Judgement
from stance.targets import load_targets


@dataclass(frozen=True)
class Fixed:
    """Answers as it is told, row by row."""

    rows: list[list[float]]
    reasons: dict[int, str] = field(default_factory=dict)
    name: str = "fixed"
    languages: tuple[str, ...] = ("en",)
    card: dict[str, Any] = field(default_factory=dict)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        return Judgement(np.array(self.rows), [()] * len(instances), self.reasons)


NAN = [float("nan")] * 4
ROWS = [[0.9, 0.1, 0.0, 0.0], [0.1, 0.9, 0.0, 0.0], [0.4, 0.3, 0.3, 0.0], NAN]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.csv"
    texts = ["Russia is right", "Russia is wrong", "Russia lies in the east", "NATO is there"]
    rows = zip(texts, ("russia", "russia", "russia", "nato"), ("favor", "against", "neutral", "neutral"), strict=True)
    path.write_text("text,target,label\n" + "\n".join(",".join(row) for row in rows))
    return path


def test_figures_are_of_the_decided_pairs_and_coverage_stands_beside(labels: Path) -> None:
    record, skipped = assess_paths([labels], Fixed(ROWS, {3: "broken answer"}), targets=load_targets())
    assert (record["n"], record["coverage"], record["accuracy"]) == (3, 0.75, round(2 / 3, 4))
    assert record["targets"]["russia"]["coverage"] == 1
    assert "nato" not in record["targets"]
    assert record["baselines"]["majority"]["coverage"] == 0.75
    assert [each.reason for each in skipped] == ["1 pairs have no stance: broken answer"]


def test_abstaining_leaves_the_unsure_out(labels: Path) -> None:
    record, _ = assess_paths([labels], Fixed(ROWS), targets=load_targets(), abstain=0.5)
    assert (record["n"], record["coverage"], record["accuracy"]) == (2, 0.5, 1.0)
    assert record["targets"]["russia"]["coverage"] == round(2 / 3, 4)


def test_no_pair_decided_is_one_line(labels: Path) -> None:
    with pytest.raises(LabelError, match=r"none of 4 pairs decided \(no probability reaches 0.95\)"):
        assess_paths([labels], Fixed(ROWS), targets=load_targets(), abstain=0.95)


def test_a_probability_that_reaches_the_bar_is_kept() -> None:
    assert is_decided(np.array(ROWS), 0.9).tolist() == [True, True, False, False]
    assert is_decided(np.empty((0, 4)), 0.9).tolist() == []
