"""Charts of any number of rows and any names in a real browser, as SVG and PNG: nothing overlaps, nothing is cut."""

import random
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import READINGS
from stance.reporting.charts import Chart, draw_trends, sentiment_chart, stance_chart, strip_chart, trend_chart
from tests.support.browsing import page_script, visit
from tests.support.comparison_samples import group_record
from tests.support.report_samples import IDS

pytestmark = pytest.mark.browser

WORDS = (
    "Post", "WWWWWWWW", "Süddeutsche", "Российская", "газета", "人民日報海外版", "Donaudampfschifffahrtsgesellschaft",
    "of", "the", "I", "MMMM-MMMM", "(not", "stated)", "السياسة", "&lt;b&gt;", "https://news.example/section/of/the/day",
)  # fmt: skip
LAYOUTS = 200


def name(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 8)))


def bounded(rng: random.Random, low: float) -> dict[str, Any]:
    ends = sorted([rng.uniform(low, 1), rng.uniform(low, 1), rng.uniform(low, 1)])
    return {"interval": (ends[0], ends[2]), "may_print": rng.random() < 0.5, "middle": ends[1]}


def stances(rng: random.Random) -> Chart | None:
    sizes = [rng.choice([90, 2_469_134]) for _ in range(rng.randint(1, 7))]
    groups = [group_record(name(rng), size, rng.choice(["corrected", "model", "none"]), rng) for size in sizes]
    return stance_chart("x", groups, {target: name(rng) for target in IDS}, source=name(rng) * 9, by=name(rng))


def sounds(rng: random.Random) -> Chart | None:
    labels = {f"t{number}": name(rng) for number in range(rng.randint(1, 5))}
    means = []
    for target in labels:
        for _ in range(rng.randint(1, 7)):
            mean = bounded(rng, -1)
            mean |= {"mean": mean.pop("middle"), "target": target, "method": "vader", "group": name(rng), "n": 9}
            means.append(mean)
    return sentiment_chart(means, labels, name(rng))


def trends(rng: random.Random) -> Chart | None:
    points = []
    for _ in range(rng.randint(1, 7)):
        group = name(rng)
        for number in range(rng.randint(2, 90)):
            net = bounded(rng, -1)
            ends = [100 * end for end in net["interval"]]
            net = {"estimate": 100 * net["middle"], "interval": ends, "method": "corrected"}
            point = {"group": group, "target": "t", "period": f"2026-W{number:02}", "number": number, "addressed": 30}
            points.append(point | {"net": net if rng.random() < 0.7 else None})
    pictures = draw_trends({"unit": "week", "points": points}, ["t"])
    return trend_chart(pictures[0], name(rng), unit="week", source=name(rng)) if pictures else None


def strips(rng: random.Random) -> Chart | None:
    marks = [(rng.uniform(-1, 1), rng.choice([*READINGS])) for _ in range(rng.choice([3, 40, 900]))]
    rows = {name(rng): rng.sample(marks, rng.randint(1, len(marks))) for _ in range(rng.randint(1, 5))}
    return strip_chart("x", rows, source=name(rng))


def test_nothing_overlaps_and_nothing_is_cut_in_any_layout(chromium: Any, tmp_path: Path) -> None:
    layouts = (
        (make, random.Random(seed)) for seed in range(LAYOUTS // 4) for make in (stances, sounds, trends, strips)
    )
    charts = [chart for make, rng in layouts if (chart := make(rng)) is not None]
    assert len(charts) > 0.8 * LAYOUTS
    page = tmp_path / "charts.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{''.join(chart.svg for chart in charts)}", encoding="utf-8")
    visit(chromium, page)
    assert chromium.execute_script(page_script("layouts")) == []
    links = [chart.link for chart in charts[::10]]
    assert chromium.execute_async_script(page_script("pictures"), links) == []
