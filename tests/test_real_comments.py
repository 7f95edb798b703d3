"""Labels of real comments: they ship without the texts, which are checked when a model is made."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from scripts.real_comments import LABELS, read_real_comments
from stance.datamodels import Stance
from stance.exceptions import LabelError
from stance.targets import load_targets


def rows() -> list[dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_two_readers_label_each_pair_and_a_third_where_they_differ() -> None:
    labels: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows():
        labels.setdefault((row["id"], row["target"]), {})[row["reader"]] = row["label"]
        assert row["label"] in set(Stance)
        assert len(row["sha256"]) == 64
    assert len({comment for comment, _ in labels}) > 2_000
    assert all({"first", "second"} <= set(each) for each in labels.values())
    differ = {pair for pair, each in labels.items() if each["first"] != each["second"]}
    assert differ == {pair for pair, each in labels.items() if "adjudicated" in each}
    assert Counter(target for _, target in labels).keys() == {"russia", "us", "nato"}


def test_texts_that_are_missing_or_others_are_told(tmp_path: Path) -> None:
    targets = load_targets()
    with pytest.raises(LabelError, match=r"cannot be read; expected data/comments\.csv of the repository"):
        read_real_comments(tmp_path / "none.csv", targets)
    table = tmp_path / "real.csv"
    table.write_text(f"id,text\n{rows()[0]['id']},another text\n", encoding="utf-8")
    with pytest.raises(LabelError, match="labelled texts are missing or others than were labelled"):
        read_real_comments(table, targets)
