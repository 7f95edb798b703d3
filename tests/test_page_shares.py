"""Shares of one page: its authors are what comments cluster by, and only its own labels correct it."""

from dataclasses import replace

import pytest
from report_samples import SURE, score

from stance.aggregation import CLUSTERED, CORRECTED, summarise_page
from stance.aggregation.clusters import AuditLabels
from stance.datamodels import SIDES, STANCES, LabelledComment, Score, Share, Stance

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


def width(share: Share) -> float:
    assert share.interval is not None
    return share.interval[1] - share.interval[0]


def labelled(scores: list[Score], label: Stance) -> AuditLabels:
    return AuditLabels(
        [
            LabelledComment("", "us", label, comment_id=f"{PAGE}/{each.comment}", role="audit", probability=1.0)
            for each in scores
        ]
    )


def test_few_who_write_much_are_less_sure_than_many_who_write_once() -> None:
    sides = [Stance.FAVOR] * 20 + [Stance.AGAINST] * 20
    many = shares(rows([(side, f"r{n}") for n, side in enumerate(sides)]))
    few = shares(rows([(side, f"r{n // 5}") for n, side in enumerate(sides)]))
    assert many[Stance.FAVOR].raw == few[Stance.FAVOR].raw == 0.5
    assert many[Stance.FAVOR].estimate == few[Stance.FAVOR].estimate == pytest.approx(mean(sides, Stance.FAVOR))
    assert width(few[Stance.FAVOR]) > 1.5 * width(many[Stance.FAVOR])
    assert {each.note for each in (*many.values(), *few.values())} == {CLUSTERED}


def test_fifty_labels_of_the_page_correct_it() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(80)])
    found = shares(scores, labelled(scores[:50], Stance.AGAINST))[Stance.AGAINST]
    assert (found.method, found.labelled, found.note) == ("ppi", 50, CORRECTED)
    assert found.raw == 0
    assert found.estimate is not None
    assert found.estimate > 0.9
    assert found.interval is not None
    assert found.interval[0] <= found.estimate <= found.interval[1]


def test_forty_nine_labels_change_nothing_but_are_counted() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(80)])
    plain = shares(scores)
    found = shares(scores, labelled(scores[:49], Stance.AGAINST))
    assert {stance: replace(each, labelled=0) for stance, each in found.items()} == plain
    assert found[Stance.FAVOR].labelled == 49
