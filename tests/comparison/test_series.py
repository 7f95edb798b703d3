from dataclasses import replace

import pytest

from stance.aggregation.audit_labels import AuditLabels
from stance.datamodels import LabelledComment, Record, Score, Stance
from tests.aggregation.test_aggregation import score
from tests.support.comparison_samples import Tally


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


def series(rows: list[Score], audit: AuditLabels | None = None) -> Record | None:
    tally = Tally(["nato"], audit=audit)
    tally.add(rows)
    return tally.comparison().series


@pytest.mark.parametrize(
    ("articles", "against", "reason"),
    [(4, 5, "fewer than 5 articles"), (5, 0, "fewer than 20 comments address the target")],
)
def test_a_cell_under_the_floors_has_counts_and_no_share(articles: int, against: int, reason: str) -> None:
    thin = comments("A", "2026-02-05", articles=articles, against=against, favor=0)
    silent = [
        replace(each, comment="x", author=f"x{at}", probabilities=(0.1, 0.1, 0.1, 0.7))
        for at, each in enumerate(comments("A", "2026-02-05", against=1, favor=0))
    ]
    found = series(comments("A", "2026-01-05") + comments("A", "2026-03-05") + thin + (silent if not against else []))
    assert found is not None
    (point,) = (each for each in found["points"] if each["few"])
    assert point["few"] == reason
    assert point["n"] == (articles * against or 5)
    absent = {"estimate": None, "interval": None, "method": "none"}
    assert point["net"] == point["against"] == point["favor"] == absent


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
    assert [(each["against"]["method"], each["against"]["estimate"]) for each in every["points"]] == [
        ("corrected", pytest.approx(1))
    ] * 2
    by_model = [("model", pytest.approx(4 / 9))] * 2
    assert [(each["against"]["method"], each["against"]["estimate"]) for each in part["points"]] == by_model
