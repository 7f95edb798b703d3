"""The page of an evaluation: every figure of the record, nothing that a stranger wrote as markup."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from evaluation_samples import Rounds, evaluation_record
from report_samples import HOSTILE

from stance.exceptions import ConfigError
from stance.reporting import rendering, write_evaluation
from stance.reporting.pages import coverage_plot, learning_plot, page_values, reliability_plot


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return evaluation_record(tmp_path_factory.mktemp("labels"))


@pytest.fixture(scope="module")
def page(record: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    assert write_evaluation(record, folder, command="stance evaluate labels.csv") == folder / "evaluation.html"
    assert json.loads((folder / "evaluation.json").read_text()) == record | {"command": "stance evaluate labels.csv"}
    return (folder / "evaluation.html").read_text(encoding="utf-8")


def values(page: str) -> list[str]:
    return re.findall(r'<data value="([^"]+)">', page)


def test_every_measure_stands_on_the_page_with_its_interval(record: dict[str, Any], page: str) -> None:
    shown = set(values(page))
    groups = [record, *record["targets"].values(), *record["outlets"].values(), *record["baselines"].values()]
    for group in groups:
        for name in ("macro_f1", "accuracy", "favg", "ece"):
            assert {str(each) for each in (group[name], *group["interval"][name])} <= shown
    for each in record["classes"].values():
        assert {str(each["f1"]), str(each["n"]), str(each["predicted"])} <= shown
    for each in record["reliability"]:
        assert {str(each["n"]), str(each["accuracy"])} <= shown
    for measured in record["abstaining"].values():
        assert str(measured["aurc"]) in shown
        for each in measured["curve"]:
            assert {str(each[name]) for name in ("n", "accuracy", "threshold", "macro_f1")} <= shown
    for each in record["learning_curve"]["points"]:
        assert {str(each["labels"]), str(each["mean"]["macro_f1"]), str(each["spread"]["macro_f1"])} <= shown
    assert str(record["agreement"]["humans"]["alpha"]) in shown


def test_methods_and_limits_stand_on_the_page(record: dict[str, Any], page: str) -> None:
    assert record["data"]["sha256"][:16] in page
    assert "bootstrap over" in page
    assert "does not list the rows that it was trained on" in page
    assert "9999 labels" in page
    assert "stance evaluate labels.csv" in page


def test_a_name_is_no_markup(page: str) -> None:
    assert "Le Monde &lt;b&gt;d&#39;hier&lt;/b&gt;" in page
    assert "<b>d" not in page


def test_a_hostile_record_is_no_markup(record: dict[str, Any], tmp_path: Path) -> None:
    hostile = record | {
        "model": HOSTILE,
        "warnings": [HOSTILE],
        "targets": {HOSTILE: record["targets"]["us"]},
        "outlets": {HOSTILE: record["outlets"]["The Ledger"]},
        "languages": {HOSTILE: record["languages"]["en"]},
    }
    page = write_evaluation(hostile, tmp_path, command=HOSTILE).read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("&lt;script&gt;") >= 6


def test_behind_each_picture_stands_a_table(page: str) -> None:
    plots = page.split('<svg viewBox="0 0 360 240"')[1:]
    assert len(plots) == 5
    for plot in plots:
        assert 'aria-hidden="true"' in plot[:200]
        assert "The picture in numbers" in plot.split("<tbody>")[0]
    assert page.count("<table") == page.count("<caption")


def test_the_page_asks_for_nothing(page: str) -> None:
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*['\"]?(?:https?:|//)", page)
    assert "<script" not in page


def test_what_was_not_measured_is_not_on_the_page(tmp_path: Path) -> None:
    record = evaluation_record(tmp_path, in_full=False)
    page = write_evaluation(record, tmp_path / "out").read_text(encoding="utf-8")
    assert "What more labels would bring" not in page
    assert "Beside the annotators" not in page
    assert record["agreement"] is None


def test_rows_where_some_labels_are_missing_say_over_which_macro_f1_is(record: dict[str, Any], tmp_path: Path) -> None:
    first = next(iter(record["targets"]))
    one = record["targets"][first] | {"f1": {"favor": 1.0}}
    page = write_evaluation(record | {"targets": {first: one}}, tmp_path).read_text(encoding="utf-8")
    assert f"macro F1 over {rendering.STANCE_WORDS['favor']}</span>" in page


def test_warnings_stand_on_top(tmp_path: Path) -> None:
    record = evaluation_record(tmp_path, in_full=False)
    page = write_evaluation(record | {"warnings": ["mind this"], "trained_on": 3}, tmp_path / "out").read_text()
    assert "mind this" in page.split("<main")[0]
    assert re.search(r"<strong><data value=\"3\">3</data> pairs stand in the model", page)


@pytest.mark.parametrize(
    ("ends", "words"),
    [([0.1, 0.2], "better than it"), ([-0.2, -0.1], "worse than"), ([-0.1, 0.1], "not significantly")],
)
def test_the_lead_says_whether_the_best_baseline_is_beaten(
    record: dict[str, Any], tmp_path: Path, ends: list[float], words: str
) -> None:
    best = page_values(record, None)["best_baseline"]
    assert record["baselines"][best]["macro_f1"] == max(each["macro_f1"] for each in record["baselines"].values())
    changed = record["baselines"][best]["difference"] | {"interval": ends}
    baselines = record["baselines"] | {best: record["baselines"][best] | {"difference": changed}}
    lead = write_evaluation(record | {"baselines": baselines}, tmp_path).read_text().split('class="lead"')[1]
    assert words in lead.split("</p>")[0]


def test_a_well_calibrated_bin_lies_on_the_diagonal() -> None:
    bins = [{"confidence": share, "accuracy": share, "interval": None} for share in (0.25, 0.5, 1.0)]
    plot = reliability_plot(bins)
    assert plot.diagonal is not None
    x1, y1, x2, y2 = plot.diagonal
    for mark in plot.marks:
        assert (mark.x - x1) / (x2 - x1) == pytest.approx((mark.y - y1) / (y2 - y1), abs=0.001)
        assert mark.low == mark.high == mark.y


def test_the_curve_of_coverage_runs_to_the_right_edge() -> None:
    plot = coverage_plot([{"coverage": c, "accuracy": 1.0, "interval": [0.5, 1.0]} for c in (0.5, 1.0)])
    assert plot.marks[-1].x == plot.across[-1].at
    assert plot.marks[0].y == plot.up[-1].at
    assert plot.marks[0].low > plot.marks[0].y == plot.marks[0].high


def test_each_doubling_of_labels_is_one_step_and_ticks_stay_apart() -> None:
    points = [{"labels": n, "mean": {"macro_f1": 0.5}, "spread": {"macro_f1": 0.6}} for n in (100, 200, 400, 410, 420)]
    plot = learning_plot(points)
    steps = [after.x - before.x for before, after in zip(plot.marks, plot.marks[1:], strict=False)]
    assert steps[0] == pytest.approx(steps[1], abs=0.02)
    assert [tick.label for tick in plot.across] == ["100", "200", "400"]
    assert all(0 <= mark.high <= mark.low <= 240 for mark in plot.marks)
    assert len(learning_plot(points[:1]).marks) == 1


def test_both_files_or_neither(record: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises((ValueError, TypeError)):
        write_evaluation(record | {"n": object()}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError, match="expected a writable place"):
        write_evaluation(record, tmp_path / "file")


def test_the_scorer_of_the_sample_is_one() -> None:
    assert Rounds().judge([]).probabilities.shape == (0, 4)
