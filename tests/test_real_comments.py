"""Labels of real comments: they ship without the texts, which are checked when a model is made."""

from pathlib import Path

import numpy as np
import pytest

from research import read_labels
from research.training.real_comments import KINDS, Kind, read_kind, weighted_macro_f1
from stance.datamodels import Stance
from stance.exceptions import LabelError
from stance.scoring.persistence import load_base
from stance.scoring.targets import load_targets


def rows(kind: Kind) -> list[dict[str, str]]:
    return read_labels(kind.labels)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_labels_are_whole(kind: Kind) -> None:
    found = rows(kind)
    assert len({(row["id"], row["target"]) for row in found}) == len(found)
    assert {row["target"] for row in found} >= {"russia", "us", "nato"}
    assert {row["settled"] for row in found} == set(Stance)
    assert all(len(row["sha256"]) == 64 for row in found)
    assert len({row["id"] for row in found}) > 4_000


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_where_two_readers_agree_nobody_settles_otherwise(kind: Kind) -> None:
    agreed = [row for row in rows(kind) if row["first"] == row["second"]]
    assert all(row["settled"] == row["first"] for row in agreed)
    assert len(agreed) > 0.9 * len(rows(kind))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_texts_that_are_missing_or_others_are_named(kind: Kind, tmp_path: Path) -> None:
    targets = load_targets()
    with pytest.raises(LabelError, match=r"none\.csv: cannot be read; expected .* of the repository"):
        read_kind(kind, tmp_path / "none.csv", targets)
    table = tmp_path / "real.csv"
    table.write_text(f"id,text\n{rows(kind)[0]['id']},another text\n", encoding="utf-8")
    with pytest.raises(LabelError, match="labelled texts are missing or others than were labelled"):
        read_kind(kind, table, targets)


def test_macro_f1_counts_each_pair_by_its_weight() -> None:
    labels, guess = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert weighted_macro_f1(labels, guess, np.ones(4), 2) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert weighted_macro_f1(labels, guess, np.array([1.0, 0.0, 1.0, 1.0]), 2) == 1


@pytest.mark.parametrize("name", ["default", "light"])
def test_the_models_that_ship_learned_from_real_comments(name: str) -> None:
    measured = load_base(name).card["real_comments"]
    assert measured["news"]["comments"] > 4_000
    assert measured["war"]["comments"] > 6_000
    assert measured["war"]["macro_f1"][0] > measured["news"]["macro_f1"][0] > 0.5
