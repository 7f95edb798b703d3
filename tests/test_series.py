from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_aggregation import score

from stance.aggregation.clusters import AuditLabels
from stance.comparison import ComparisonTally, Details, comparison_to_record
from stance.comparison.contrasts import MOST_PERIODS, PERIODS, Series, name_of, periods_of
from stance.datamodels import Document, LabelledComment, Score, Stance


def comments(
    outlet: str, day: str | None, *, articles: int = 5, against: int = 2, favor: int = 2, start: int = 0
) -> list[Score]:
    return [
        replace(
            score(Stance.AGAINST if number < against else Stance.FAVOR),
            outlet=outlet,
            document=f"{outlet}{day}{article}",
            comment=f"c{number}",
            author=f"{outlet}{article}-{number}",
            posted=day,
        )
        for article in range(start, start + articles)
        for number in range(against + favor)
    ]


def series(rows: list[Score], audit: AuditLabels | None = None, by: str = "outlet") -> Series | None:
    tally = ComparisonTally(["nato"], by=by, audit=audit, details=Details())
    tally.add(rows)
    return tally.comparison().series


def test_points_stand_in_order_of_group_and_time() -> None:
    found = series(
        comments("A", "2024-01-05") + comments("A", "2026-04-05", against=4, favor=0) + comments("B", "2026-04-09")
    )
    assert found is not None
    assert found.unit == "month"
    assert [(each.group, each.period, each.n, each.against.raw) for each in found.points] == [
        ("A", "2024-01", 20, 0.5),
        ("A", "2026-04", 20, 1.0),
        ("B", "2026-04", 20, 0.5),
    ]
    assert found.points[0].net.raw == 0
    assert found.points[0].net.interval is not None
    assert {each.against.method for each in found.points} == {"model"}


def test_a_gap_stays_a_gap() -> None:
    rows = [each for month in ("01", "02", "06") for each in comments("A", f"2026-{month}-05")]
    rows += [each for month in ("03", "04") for each in comments("B", f"2026-{month}-05")]
    rows += comments("A", "2019-12-31", articles=1, against=9, favor=0)
    tally = ComparisonTally(["nato"], details=Details())
    tally.add(rows)
    record = comparison_to_record(tally.comparison())["series"]
    assert record["unit"] == "month"
    assert record["gaps"] == [
        {"group": "A", "from": "2020-01", "to": "2025-12"},
        {"group": "A", "from": "2026-03", "to": "2026-05"},
        {"group": "B", "from": "2019-12", "to": "2026-02"},
        {"group": "B", "from": "2026-05", "to": "2026-06"},
    ]
    assert [each["period"] for each in record["points"] if each["group"] == "A"] == [
        *("2019-12", "2026-01", "2026-02", "2026-06")
    ]


@pytest.mark.parametrize(
    ("articles", "against", "reason"), [(4, 2, "fewer than 5 articles"), (5, 0, "fewer than 5 comments address it")]
)
def test_a_cell_under_the_floors_has_counts_and_no_share(articles: int, against: int, reason: str) -> None:
    thin = comments("A", "2026-02-05", articles=articles, against=against, favor=0)
    silent = [
        replace(each, comment="x", author=f"x{at}", probabilities=(0.1, 0.1, 0.1, 0.7))
        for at, each in enumerate(comments("A", "2026-02-05", against=1, favor=0))
    ]
    found = series(comments("A", "2026-01-05") + comments("A", "2026-03-05") + thin + (silent if not against else []))
    assert found is not None
    (point,) = (each for each in found.points if each.few)
    assert point.few == reason
    assert point.n == (articles * against or 5)
    assert (point.net.raw, point.against.estimate, point.favor.interval, point.against.method) == (
        None,
        None,
        None,
        "none",
    )


def test_a_comment_without_a_date_is_as_old_as_its_article_or_in_no_point() -> None:
    tally = ComparisonTally(["nato"], details=Details())
    for number, published in enumerate(["2026-01-07", "2026-02-07T10:00", None]):
        rows = [each for at in range(5) for each in comments(f"{number}", None, articles=1, start=at)]
        for at in range(5):
            own = [replace(each, outlet="A") for each in rows if each.document == f"{number}None{at}"]
            tally.add(own, Document(f"{number}None{at}", "x", "A", published=published))
    comparison = tally.comparison()
    assert comparison.series is not None
    assert len(comparison.series.points) == 2
    assert comparison.series.undated == {"A": 20}
    (group,) = comparison.groups
    assert (group.first, group.last) == ("2026-01-07", "2026-02-07")


def test_labels_correct_a_line_only_where_they_correct_all_its_points() -> None:
    days = ["2026-01-05", "2026-02-05"]
    rows = [each for day in days for each in comments("A", day, articles=12, against=4, favor=4)]
    labels = [
        LabelledComment(
            "words", "nato", Stance.AGAINST, comment_id=f"{each.document}/{each.comment}", role="audit", probability=1.0
        )
        for each in rows
    ]
    every = series(rows, AuditLabels(labels))
    part = series(rows, AuditLabels(labels[:130]))
    assert every is not None
    assert part is not None
    assert [(each.against.method, each.against.estimate) for each in every.points] == [("ppi", pytest.approx(1))] * 2
    by_model = [("model", pytest.approx(4 / 9))] * 2
    assert [(each.against.method, each.against.estimate) for each in part.points] == by_model


def test_the_unit_is_the_shortest_in_which_cells_are_full() -> None:
    def unit(step: int, count: int, articles: int) -> str:
        days = [(date(2026, 1, 5) + timedelta(days=step * at)).isoformat() for at in range(count)]
        found = series([each for day in days for each in comments("A", day, articles=articles)])
        assert found is not None
        return found.unit

    assert unit(1, 10, 5) == "day"
    assert unit(3, 10, 3) == "week"
    assert unit(7, 8, 2) == "month"
    assert unit(1, MOST_PERIODS + 5, 5) == "week"


def test_without_dates_or_with_groups_that_are_times_there_is_no_line() -> None:
    assert series(comments("A", None)) is None
    assert series(comments("A", "2026-01-05")) is None
    assert series(comments("A", "2026-01-05") + comments("A", "2026-02-05"), by="month") is None


@given(st.dates(), st.sampled_from(PERIODS))
def test_periods_are_those_of_the_calendar(day: date, unit: str) -> None:
    name = name_of(int(periods_of(np.array([day.toordinal()]), unit)[0]), unit)
    year, week, _ = day.isocalendar()
    assert name == {"day": day.isoformat(), "week": f"{year}-W{week:02}", "month": day.isoformat()[:7]}[unit]
