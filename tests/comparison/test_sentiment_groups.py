"""Sentiment of groups: means, methods apart, planted differences, pages, public reports and tables."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stance.aggregation.pages import summarise_page
from stance.aggregation.sentiment import summarise_sentiment
from stance.datamodels import LEARNED, STANCES, VADER, Comment, Document, Score, Stance, Unit, Via
from stance.reporting.charts import sentiment_chart
from stance.reporting.comparison import write_comparison
from stance.reporting.public.records import public_comparison
from stance.reporting.public.report import PublicReportWriter
from stance.reporting.rendering import sentences
from stance.reporting.report import ReportWriter
from stance.reporting.summary import ModelNote
from stance.runs.public_reports import protect_counts
from tests.support.comparison_samples import Tally, compare_scores
from tests.support.report_samples import sums_of_page
from tests.support.tables import rows_of

TARGETS = (("russia", "Russia"), ("us", "the US"))
MODEL = ModelNote(name="test", languages=("en", "de"))


def score(outlet: str, article: int, number: int, sentiment: float, **others: Any) -> Score:
    stance = others.pop("stance", Stance.FAVOR)
    values: dict[str, Any] = {
        "document": f"{outlet} {article}", "outlet": outlet, "unit": Unit.COMMENT, "comment": f"c{number}",
        "author": f"{outlet} {number % 60}", "target": "russia", "sentiment": 0.9, "target_sentiment": sentiment,
        "probabilities": tuple(0.85 if each is stance else 0.05 for each in STANCES), "via": Via.TEXT,
        "language": "en", "model": "test", "sentiment_method": VADER,
    }  # fmt: skip
    return Score(**values | others)


def outlet(name: str, mean: float, *, n: int = 100, seed: int = 1, **others: Any) -> list[Score]:
    values = np.random.default_rng(seed).normal(0, 0.3, n)
    values = (values - values.mean() + mean).clip(-1, 1)
    return [score(name, at % 10, at, round(value, 4), **others) for at, value in enumerate(values.tolist())]


def learned(scores: Iterable[Score]) -> list[Score]:
    """The same comments in another language."""
    rows: dict[str, Any] = {"language": "de", "sentiment_method": LEARNED, "target_sentiment": None}
    return [replace(each, sentiment=each.target_sentiment, **rows) for each in scores]


def test_the_mean_is_of_comments_that_name_the_target_themselves() -> None:
    named = outlet("A", -0.3)
    others = [replace(each, via=via, target_sentiment=1.0) for each in named for via in (Via.PARENT, Via.ARTICLE, None)]
    (mean,) = compare_scores([*named, *others], ["russia", "us"]).sentiment
    values = np.array([each.target_sentiment for each in named])
    assert (mean.target, mean.n, mean.method, mean.population, mean.may_print) == ("russia", 100, VADER, "outlet", True)
    assert mean.mean == pytest.approx(values.mean(), abs=1e-5)
    assert mean.negative == (values <= -0.05).mean()
    assert mean.positive == (values >= 0.05).mean()
    low, high = mean.interval or (0.0, 0.0)
    assert low < mean.mean < high
    assert high - low == pytest.approx(4 * values.std() / 10, rel=0.35)


@pytest.mark.parametrize(
    "few",
    [
        outlet("A", -0.3)[:19],
        [replace(each, document=f"A {at % 4}") for at, each in enumerate(outlet("A", -0.3))],
        [replace(each, author=f"reader {at % 4}") for at, each in enumerate(outlet("A", -0.3))],
        [replace(each, target_sentiment=0.0) for each in outlet("A", -0.3)],
    ],
    ids=["comments", "articles", "authors", "spread"],
)
def test_too_few_have_no_interval(few: list[Score]) -> None:
    (mean,) = compare_scores(few, ["russia"]).sentiment
    assert mean.interval is None
    assert not mean.may_print


def test_a_planted_difference_is_found_without_labels_and_equal_outlets_are_alike() -> None:
    scores = [*outlet("A", -0.3), *outlet("B", -0.1, seed=2), *outlet("C", -0.1, seed=3)]
    tests = compare_scores(scores, ["russia"]).sentiment_differences
    assert {(each.a, each.b): each.verdict for each in tests} == {
        ("A", "B"): "differ", ("A", "C"): "differ", ("B", "C"): "cannot_tell_apart"
    }  # fmt: skip
    first = next(each for each in tests if (each.a, each.b) == ("A", "B"))
    assert first.estimate == pytest.approx(-0.2, abs=0.01)
    low, high = first.interval or (0.0, 0.0)
    assert low < -0.2 < high < 0


def test_what_is_alike_is_one_sentence() -> None:
    scores = [*outlet("A", -0.3), *outlet("B", -0.3, seed=2), *learned([*outlet("C", 0.1), *outlet("D", 0.1)])]
    record = compare_scores(scores, ["russia"])
    assert sentences("sentiment.txt", "alike", record, dict(TARGETS)) == [
        "No clear difference between outlets was found for comments in other languages that name Russia (1 pair tested)"
        " and English comments that name Russia (1 pair tested)."
    ]
    assert sentences("sentiment.txt", "differs", record, dict(TARGETS)) == []


def test_few_authors_are_not_tested() -> None:
    scores = [replace(each, author=f"{each.outlet} {at % 6}") for at, each in enumerate(outlet("A", -0.5))]
    assert compare_scores([*scores, *outlet("B", 0.5)], ["russia"]).sentiment_differences == []


def test_slopes_and_months_of_sentiment_are_of_one_family_with_differences() -> None:
    scores = []
    for at, each in enumerate(outlet("A", 0.0, n=300)):
        month = at % 6
        value = max(-1.0, (each.target_sentiment or 0.0) - 0.1 * month)
        scores.append(replace(each, document=f"A {at % 36}", posted=f"2026-0{month + 1}-10", target_sentiment=value))
    tally = Tally(["russia"], unit="month")
    tally.add(scores)
    compared = tally.comparison()
    (slope,) = compared.sentiment_changes
    assert (slope.stance, slope.kind, slope.group, slope.verdict) == ("sentiment", "slope", "A", "differ")
    assert slope.estimate == pytest.approx(-0.1, abs=0.02)
    points = (compared.series or {})["points"]
    assert [point["sentiment"]["n"] for point in points] == [50] * 6
    assert points[0]["sentiment"]["estimate"] > points[-1]["sentiment"]["estimate"]
    record = compared
    (line,) = sentences("sentiment.txt", "differs", record, dict(TARGETS))
    assert line.startswith("The sentiment of English comments that name Russia falls over time")


def test_sides_are_counted_by_clear_and_leaning_readings() -> None:
    scores = [
        *(score("A", 0, at, -0.5) for at in range(3)),
        score("A", 0, 3, 0.5, stance=Stance.AGAINST),
        score("A", 0, 4, 0.0),
        score("A", 0, 5, 0.5, probabilities=(0.3, 0.3, 0.3, 0.1)),  # not read
        score("A", 0, 6, 0.5, stance=Stance.NOT_ADDRESSED),
    ]
    page = summarise_sentiment(sums_of_page(scores, ["russia", "us"]))
    assert {row["stance"]: (row["negative"], row["neutral"], row["positive"]) for row in page["sentiment_sides"]} == {
        "against": (0, 0, 1), "neutral": (0, 0, 0), "favor": (3, 1, 0)
    }  # fmt: skip
    (mean,) = page["sentiment"]
    assert (mean["target"], mean["n"], mean["interval"]) == ("russia", 7, None)


def documents(scores: Iterable[Score]) -> list[Document]:
    rows: dict[str, list[Score]] = {}
    for each in scores:
        rows.setdefault(str(each.document), []).append(each)
    return [
        Document(f"{at:016x}", "page.html", outlet=own[0].outlet, title="Gas", comments=tuple(
            Comment(str(each.comment), f"Russia again, {at} and {number}.", author=each.author)
            for number, each in enumerate(own)
        ), scores=tuple(replace(each, document=f"{at:016x}") for each in own))
        for at, own in enumerate(rows.values())
    ]  # fmt: skip


def write(folder: Path, scores: Iterable[Score], kind: Any = ReportWriter) -> dict[str, Any]:
    tally, ids = Tally([target for target, _ in TARGETS]), [target for target, _ in TARGETS]
    with kind(folder, targets=TARGETS, model=MODEL) as writer:
        for document in documents(scores):
            tally.add(document.scores, document)
            found = summarise_page(sums_of_page(document.scores, ids))
            if kind is ReportWriter:
                writer.add(document, found, facts=summarise_sentiment(sums_of_page(document.scores, ids)))
            else:
                writer.add(document, found)
        whole, compared = tally.total(), tally.comparison()
        writer.cells = protect_counts(tally)
        writer.finish(summarise_page(sums_of_page([], ids)), [], compared, whole=whole)
    found_record: dict[str, Any] = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    return found_record


PLANTED = [*outlet("Harbor", -0.31), *outlet("Gazette", -0.1, seed=2)]


def test_a_report_holds_sentiment_in_all_places(tmp_path: Path) -> None:
    record = write(tmp_path, PLANTED)
    assert [each["group"] for each in record["sentiment"]] == ["all", "Gazette", "Harbor"]
    assert record["sentiment"][0]["n"] == 200
    assert len(record["sentiment_differences"]) == 1
    (line,) = record["sentiment_findings"]
    assert "sound more negative at \u2068Harbor\u2069 (−0.31) than at \u2068Gazette\u2069 (−0.10): difference" in line
    table = rows_of(tmp_path / "sentiment.csv")
    assert [row["by"] for row in table] == ["all", "outlet", "outlet", *["document"] * 20]
    assert {row["group"] for row in table[3:]} == {each["id"] for each in record["documents"]}
    assert all(len(each["sentiment"]) == 1 for each in record["documents"])
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Wording around each target" in page
    assert "wording and not stance" in page
    assert "open>\n<summary>Every mean" not in page  # the chart shows them
    larger = [each | {"n": n} for each, n in zip(record["sentiment"][1:], (30, 90), strict=True)]
    chart = sentiment_chart(larger, dict(TARGETS), "outlet")
    assert re.findall("Gazette|Harbor", chart.svg if chart else "")[:2] == ["Gazette", "Harbor"]
    write(tmp_path, [replace(each, via=Via.PARENT) for each in PLANTED])
    assert not (tmp_path / "sentiment.csv").exists()
    assert "Wording around each target" not in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_public_files_hold_no_counts_of_sentiment(tmp_path: Path) -> None:
    few = outlet("Small", 0.2, n=12, seed=4)
    (tmp_path / "sentiment.csv").write_text("private")
    record = write(tmp_path, [*PLANTED, *few], PublicReportWriter)
    assert {each["group"] for each in record["sentiment"]} == {"all", "Harbor", "Gazette"}
    assert {each[name] for each in record["sentiment"] for name in ("n", "negative", "positive")} == {None}
    assert not (tmp_path / "sentiment.csv").exists()
    assert "sentiment" not in record["documents"][0]
    tally = Tally(["russia", "us"])
    tally.add([*PLANTED, *few])
    compared = public_comparison(tally.comparison(), protect_counts(tally))
    page, *_ = write_comparison(compared, tmp_path, targets=TARGETS, model=MODEL)
    assert "Wording around each target" in page.read_text(encoding="utf-8")
    table = rows_of(tmp_path / "sentiment.csv")
    assert "Small" not in {row["group"] for row in table}
    assert {row[name] for row in table for name in ("n", "negative", "positive")} == {""}
