"""Annotators as raters, and a model beside them: who counts, what is disputed, like with like."""

import pytest

from stance.datamodels import LabelledComment, Stance
from stance.learn.agreement import gather_ratings, measure_raters, report_table
from tests.support.tables import cases

FAVOR, AGAINST, NEUTRAL, NOT = Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL, Stance.NOT_ADDRESSED


def rows(number: int, target: str = "russia", **said: Stance) -> list[LabelledComment]:
    text = f"Russia and the US, comment {number}"
    return [
        LabelledComment(
            text, target, Stance(label), comment_id=str(number), annotator=name, role="audit", probability=0.5
        )
        for name, label in said.items()
    ]


@pytest.fixture
def comments() -> list[LabelledComment]:
    """Twenty comments toward two targets by two annotators, who differ on four pairs."""
    found = []
    for number in range(20):
        label = (FAVOR, AGAINST, NEUTRAL, NOT)[number % 4]
        found += rows(number, ann=label, bob=AGAINST if number in (2, 3) else label)
        found += rows(number, "us", ann=label, bob=NEUTRAL if number in (5, 7) else label)
    return found


def test_agreement_is_of_what_two_annotators_labelled(comments: list[LabelledComment]) -> None:
    once = rows(30, ann=FAVOR) + rows(31, adjudicated=FAVOR, ann=FAVOR)
    report = measure_raters(gather_ratings([*comments, *once]), seed=0)
    assert (report["overall"]["nominal"]["pairs"], report["overall"]["nominal"]["comments"]) == (40, 20)
    pairs = {target: measured["nominal"]["pairs"] for target, measured in report["targets"].items()}
    assert pairs == {"russia": 20, "us": 20}
    assert report["annotators"] == ["ann", "bob"]  # who adjudicates saw the others' labels
    assert report["overall"]["nominal"]["percent"]["value"] == pytest.approx(36 / 40)


def test_an_annotator_who_contradicts_themselves_is_left_out_and_counted(comments: list[LabelledComment]) -> None:
    again = rows(0, ann=AGAINST) + rows(1, ann=AGAINST)  # the second only repeats
    ratings = gather_ratings([*comments, *again])
    assert [pair.contradictions for pair in ratings if pair.contradictions] == [1]
    assert sum(len(pair.ratings) > 1 for pair in ratings) == 39
    assert "1 time an annotator gave two labels to one pair" in report_table(measure_raters(ratings, seed=0))


@cases("given", "reason")
def test_what_is_undefined_says_why(given: list[tuple[int, dict[str, Stance]]], reason: str) -> None:
    found = [row for number, said in given for row in rows(number, **said)]
    report = measure_raters(gather_ratings(found), seed=0)
    assert reason in report_table(report)
    values = [report["overall"][level]["alpha"] for level in ("nominal", "ordinal")]
    assert all(each["value"] is not None or each["reason"] for each in values)
