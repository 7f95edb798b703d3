"""Annotators as raters, and a model beside them: who counts, what is disputed, like with like."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.learn.agreement import (
    GIVEN,
    disagreement_records,
    gather_ratings,
    measure_agreement,
    measure_raters,
    report_table,
)
from stance.learn.assessment import compare_with_raters
from stance.scoring.instances import Instance, Judgement
from stance.scoring.targets import load_targets

FAVOR, AGAINST, NEUTRAL, NOT = Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL, Stance.NOT_ADDRESSED


def rows(number: int, target: str = "russia", **said: Stance) -> list[LabelledComment]:
    text = f"Russia and the US, comment {number}"
    return [
        LabelledComment(text, target, label, comment_id=str(number), annotator=name, role="audit", probability=0.5)
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
    report = measure_raters(gather_ratings([*comments, *once]))
    assert (report["overall"]["nominal"]["pairs"], report["overall"]["nominal"]["comments"]) == (40, 20)
    assert {target: measured["nominal"]["pairs"] for target, measured in report["targets"].items()} == {
        "russia": 20,
        "us": 20,
    }
    assert report["annotators"] == ["ann", "bob"]  # who adjudicates saw the others' labels
    assert report["overall"]["nominal"]["percent"]["value"] == pytest.approx(36 / 40)


def test_figures_are_those_of_the_measures(comments: list[LabelledComment]) -> None:
    report = measure_raters(gather_ratings(comments), seed=3)
    units = [
        {who: next(r.label for r in of if r.annotator == who) for who in ("ann", "bob")}
        for of in (comments[i : i + 2] for i in range(0, len(comments), 2))
    ]
    alone = measure_agreement(units, STANCES, seed=3)
    level = report["overall"]["nominal"]
    assert level["alpha"]["value"] == alone.alpha.value
    # Both targets of a comment are drawn together, so the same pairs in other company have another interval.
    assert level["alpha"]["interval"] != alone.alpha.interval
    clusters = [i // 2 for i in range(40)]
    found = measure_agreement(units, STANCES, clusters=clusters, seed=3)
    assert (level["percent"], level["alpha"]) == (found.percent.record(), found.alpha.record())


def test_an_annotator_who_contradicts_themselves_is_left_out_and_counted(comments: list[LabelledComment]) -> None:
    again = rows(0, ann=AGAINST) + rows(1, ann=AGAINST)  # the second only repeats
    ratings = gather_ratings([*comments, *again])
    assert ratings.contradictions == 1
    assert len(ratings.doubly) == 39
    assert "1 time an annotator gave one pair two labels" in report_table(measure_raters(ratings))


def test_disputed_pairs_are_listed_for_who_decides(comments: list[LabelledComment]) -> None:
    listed = disagreement_records(gather_ratings([*comments, *rows(2, adjudicated=NEUTRAL)]))
    assert [(r["id"], r["target"], r[GIVEN]) for r in listed] == [
        ("3", "russia", "ann: not_addressed; bob: against"),
        ("5", "us", "ann: against; bob: neutral"),
        ("7", "us", "ann: not_addressed; bob: neutral"),
    ]
    assert {(r["annotator"], r["label"], r["role"], r["probability"]) for r in listed} == {
        ("adjudicated", None, "audit", 0.5)
    }


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (rows(1, ann=FAVOR) + rows(2, ann=AGAINST), "1 annotator; expected two at least"),
        (rows(1, ann=FAVOR) + rows(2, bob=AGAINST), "no two annotators labelled the same comment"),
        (rows(1, ann=FAVOR, bob=FAVOR), "every rating is the same"),
        (rows(1, ann=NOT, bob=NOT) + rows(2, ann=NOT, bob=FAVOR), "toward all, side: undefined"),
    ],
)
def test_what_is_undefined_says_why(found: list[LabelledComment], reason: str) -> None:
    report = measure_raters(gather_ratings(found))
    assert reason in report_table(report)
    values = [report["overall"][level][what] for level in ("nominal", "ordinal") for what in ("alpha", "kappa")]
    assert all(each["value"] is not None or each["reason"] for each in values)


# A model beside -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Says:
    """Says what it is told of each comment by its number, and nothing of the others."""

    answers: dict[int, Stance]
    name: str = "fixed"
    languages: tuple[str, ...] = ("en",)
    card: dict[str, Any] = field(default_factory=dict)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        found = [self.answers.get(int(instance.text.split()[-1])) for instance in instances]
        table = [[float(s is a) for s in STANCES] if a else [float("nan")] * 4 for a in found]
        return Judgement(np.array(table), [()] * len(instances))


def test_a_model_is_compare_with_raters_one_annotator_at_a_time(comments: list[LabelledComment]) -> None:
    of_ann = {n: (FAVOR, AGAINST, NEUTRAL, NOT)[n % 4] for n in range(20)}
    strangers = rows(50, "123", ann=FAVOR, bob=AGAINST)
    everything = [*strangers, *comments]
    report = measure_raters(gather_ratings(everything))
    report["model"], unknown = compare_with_raters(
        gather_ratings(everything), everything, Says(of_ann), targets=load_targets()
    )
    assert ["123" in skip.source for skip in unknown] == [True]
    model = report["model"]
    assert model["with_one_annotator"]["nominal"]["pairs"] == 80  # 40 pairs, two annotators each
    assert model["with_one_annotator"]["nominal"]["percent"]["value"] == pytest.approx((40 + 36) / 80)
    # All pairs on which people agree are easy for this model; beside people it is as good as they are, no better.
    assert model["with_settled_labels"]["pairs"] == model["evaluation"]["n"] == 36
    assert model["evaluation"]["macro_f1"] == 1
    assert model["with_settled_labels"]["alpha"]["value"] == pytest.approx(1)
    assert "fixed and the settled labels (36 pairs): alpha 1.000" in report_table(report)
    assert report["model"]["with_one_annotator"]["nominal"]["pairs"] == 80


def test_what_the_model_does_not_decide_is_left_out(comments: list[LabelledComment]) -> None:
    report = measure_raters(gather_ratings(comments))
    report["model"], _ = compare_with_raters(
        gather_ratings(comments), comments, Says({0: FAVOR, 1: FAVOR, 2: FAVOR}), targets=load_targets()
    )
    assert report["model"]["with_one_annotator"]["nominal"]["pairs"] == 12
    assert (
        report["model"]["with_settled_labels"]["pairs"] == report["model"]["evaluation"]["n"] == 5
    )  # one of the six is disputed
