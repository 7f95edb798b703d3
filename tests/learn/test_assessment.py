"""Any scorer is measured where it decides, and how often it does stands beside."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stance.learn.assessment import assess_paths
from stance.options.models import MeasureOptions
from stance.records.digests import pair_digest
from stance.scoring.instances import Judgement
from stance.scoring.targets.target_set import load_targets
from tests.support.evaluation_samples import Rounds, evaluation_record, label_rows, write_labels


def fixed(rows: list[list[float]], **more: Any) -> Any:
    """A model that answers as it is told, row by row."""
    judged = Judgement(np.array(rows), [()] * len(rows), {3: "broken answer"})
    return SimpleNamespace(name="fixed", languages=("en",), card={}, judge=lambda _: judged, **more)


def assess_rows(folder: Path, rows: Sequence[dict[str, str]], *, seen: Any = None, **options: Any) -> Any:
    labels, measured = write_labels(folder / "l.csv", rows), MeasureOptions(**options)
    return assess_paths([labels], Rounds(), targets=load_targets(), options=measured, trained_on=seen)


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
    record, skipped = assess_paths([labels], fixed(ROWS), targets=load_targets())
    assert (record["n"], record["coverage"], record["accuracy"]) == (3, 0.75, round(2 / 3, 4))
    assert record["targets"]["russia"]["coverage"] == 1
    assert "nato" not in record["targets"]
    assert record["baselines"]["majority"]["coverage"] == 0.75
    assert [each.reason for each in skipped] == ["1 pair has no stance: broken answer"]


def test_each_language_is_decided_by_its_own_rule(tmp_path: Path) -> None:
    rows = [{"text": f"Russia {i}", "target": "russia", "label": "neutral", "lang": lang} for i, lang in enumerate(
        ("ru", "en", "ru", "en"))]  # fmt: skip
    path = write_labels(tmp_path / "labels.csv", rows)
    rules = {"ru": SimpleNamespace(decision=(1.0, 1.0, 2.0, 1.0)), "en": None}
    record, _ = assess_paths([path], fixed([ROWS[2]] * 4, part=rules.get), targets=load_targets())
    assert {language: found["accuracy"] for language, found in record["languages"].items()} == {"en": 0.0, "ru": 1.0}
    assert record["accuracy"] == 0.5


def test_baselines_are_measured_on_the_same_rows_and_compared(labels: Path) -> None:
    record, _ = assess_paths([labels], fixed(ROWS), targets=load_targets())
    assert list(record["baselines"]) == ["majority", "vader", "gate"]
    for measured in record["baselines"].values():
        assert measured["n"] == measured["difference"]["n"] == 3
        difference = record["macro_f1"] - measured["macro_f1"]
        assert measured["difference"]["difference"] == pytest.approx(difference, abs=2e-4)


def test_groups_classes_and_provenance_stand_in_the_record(tmp_path: Path) -> None:
    record = evaluation_record(tmp_path, in_full=False)
    assert record["roles"] == {"audit": 60, "train": 180}
    assert [each["n"] for each in record["outlets"].values()] == [120, 120]
    assert list(record["languages"]) == ["en"]
    assert (record["clusters"], record["resampled"]) == (40, "stories")
    assert record["data"]["pairs"] == sum(each["n"] for each in record["classes"].values()) == 240


def test_pairs_on_which_annotators_differ_are_left_out_until_an_adjudicator_settles_them(tmp_path: Path) -> None:
    record, skipped = assess_rows(tmp_path, label_rows(100, annotators=("one", "two")))
    assert (record["n"], record["contested"]) == (80, 20)
    (left,) = skipped
    assert left.reason.startswith("gave different labels to 20 pairs that nobody adjudicated; left out")
    rows = label_rows(20, annotators=("one", "two"))
    rows += [row | {"annotator": "adjudicated"} for row in rows if row["annotator"] == "one"]
    record, skipped = assess_rows(tmp_path, rows)
    assert (record["n"], record["contested"], skipped) == (20, 0, ())


def test_a_label_that_nobody_gave_is_told(tmp_path: Path) -> None:
    record = assess_rows(tmp_path, label_rows(120))[0]
    assert any("no label is not_addressed" in warning for warning in record["warnings"])
    assert record["classes"]["not_addressed"]["n"] == 0


@pytest.mark.parametrize(
    ("document", "warning"),
    [("one", "all rows belong to one story"), ("", "no label names its article"), ("{i}", "rest on 15 stories")],
)
def test_intervals_from_few_stories_are_told(tmp_path: Path, document: str, warning: str) -> None:
    rows = [row | {"document": document.format(i=i // 4)} for i, row in enumerate(label_rows(60))]
    record, _ = assess_rows(tmp_path, rows)
    assert record["resampled"] == {"one": "rows", "": "texts", "{i}": "stories"}[document]
    told = [each for each in record["warnings"] if "not_addressed" not in each]
    assert [warning in each for each in told] == [True]


def test_languages_that_the_model_does_not_score_are_told(tmp_path: Path) -> None:
    german = "Ich stehe fest zu Russland, das ist der richtige Weg für uns alle"
    rows = [row | {"document": "", "lang": ""} for row in label_rows(60)]
    rows += [rows[0] | {"text": f"{german}, {i}"} for i in range(3)]
    rows += [rows[0] | {"text": "Russia is right", "lang": "sv"}, rows[0] | {"text": german, "lang": "en"}]  # as stated
    record, _ = assess_rows(tmp_path, rows)
    told = "4 of 65 pairs are in languages that the model gives no stance in (de, sv); it scores en"
    assert record["warnings"][-1] == told


def test_rows_that_the_model_was_trained_on_are_counted_and_told(tmp_path: Path) -> None:
    rows = label_rows(60)
    seen = np.unique(np.array([pair_digest(row["text"], row["target"]) for row in rows[:7]], np.uint64))
    for known, count in ((None, None), (seen, 7), (seen[:0], 0)):
        record, _ = assess_rows(tmp_path, rows, seen=known)
        assert record["trained_on"] == count
        told = [each for each in record["warnings"] if "training data" in each]
        line = "7 of 60 pairs are in the model's training data: these figures are too high; "
        line += "measure the model on labels of other comments"
        assert told == ([line] if count else [])


def test_targets_that_are_defined_nowhere_are_told_and_those_that_are_but_called_otherwise(tmp_path: Path) -> None:
    rows = [row | {"target": ("usa", "carbon tax", "russia")[i % 3]} for i, row in enumerate(label_rows(60))]
    record, _ = assess_rows(tmp_path, rows)
    (told,) = [each for each in record["warnings"] if "defined nowhere" in each]
    assert "2 targets are defined nowhere (usa, carbon-tax)" in told
    assert "usa is a name of us: use that name" in told
