"""Shares of one page: its authors are what comments cluster by, and only its own labels correct it."""

import pytest

from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.pages import summarise_page
from stance.datamodels import SIDES, STANCES, LabelledComment, Score, Share, Stance
from tests.support.report_samples import SURE, score

PAGE = "3f9c00aa11bb22cc"


def rows(stances: list[tuple[Stance, str | None]]) -> list[Score]:
    return [
        score(PAGE, f"c{number}", "us", stance, author=author) for number, (stance, author) in enumerate(stances, 1)
    ]


def shares(scores: list[Score], labels: AuditLabels | None = None) -> dict[Stance, Share]:
    (summary,) = summarise_page(scores, ["us"], labels)
    return {share.stance: share for share in summary.shares}


def mean(stances: list[Stance], side: Stance) -> float:
    """The share of a side by the probabilities of comments."""
    table = [[dict(zip(STANCES, each, strict=True))[at] for at in SIDES] for each in map(SURE.__getitem__, stances)]
    return sum(row[SIDES.index(side)] for row in table) / sum(map(sum, table))


def labelled(scores: list[Score], label: Stance, probability: float) -> AuditLabels:
    return AuditLabels(
        [
            LabelledComment("", "us", label, comment_id=f"{PAGE}/{each.comment}", role="audit", probability=probability)
            for each in scores
        ]
    )


def test_without_labels_shares_are_means_of_probabilities_and_are_not_printed() -> None:
    sides = [Stance.FAVOR] * 20 + [Stance.AGAINST] * 20
    found = shares(rows([(side, f"r{n}") for n, side in enumerate(sides)]))
    favor = found[Stance.FAVOR]
    assert favor.estimate == pytest.approx(mean(sides, Stance.FAVOR))
    assert (favor.details["raw"], favor.method, favor.population) == (0.5, "model", "corpus")
    assert (favor.printed, favor.may_print) == ("interval", False)


def test_fifty_labels_of_the_page_correct_it() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(80)])
    found = shares(scores, labelled(scores[:50], Stance.AGAINST, 50 / 80))[Stance.AGAINST]
    assert (found.method, found.labelled, found.details["raw"]) == ("corrected", 50, 0)
    assert found.estimate is not None
    assert found.estimate > 0.9
    assert found.interval is not None
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_nineteen_labels_change_nothing_but_are_counted() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(80)])
    found = shares(scores, labelled(scores[:19], Stance.AGAINST, 19 / 80))
    assert {each.method for each in found.values()} == {"model"}
    assert found[Stance.FAVOR].estimate == shares(scores)[Stance.FAVOR].estimate
