"""Shares of one page: its authors are what comments cluster by, and only its own labels correct it."""

from dataclasses import replace

import pytest
from report_samples import SURE, score

from stance.aggregation import CLUSTERED, CORRECTED, FEW_AUTHORS, UNNAMED, summarise, summarise_page
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


def test_authors_who_write_once_give_about_wilsons_interval() -> None:
    scores = rows([(Stance.FAVOR if n % 3 else Stance.AGAINST, f"r{n}") for n in range(60)])
    (plain,) = summarise(scores, ["us"])
    for share in plain.shares[::2]:
        assert share.interval is not None
        assert shares(scores)[share.stance].interval == pytest.approx(share.interval, abs=0.01)


def test_without_names_each_comment_counts_for_itself() -> None:
    scores = rows([(Stance.FAVOR if n % 3 else Stance.AGAINST, None) for n in range(20)])
    (plain,) = summarise(scores, ["us"])
    assert {stance: each.interval for stance, each in shares(scores).items()} == {
        each.stance: each.interval for each in plain.shares
    }
    assert shares(scores)[Stance.FAVOR].note == UNNAMED


def test_four_authors_have_shares_and_no_interval() -> None:
    sides = [Stance.FAVOR if n % 2 else Stance.AGAINST for n in range(20)]
    found = shares(rows([(side, f"r{n % 4}") for n, side in enumerate(sides)]))
    assert {(each.interval, each.note) for each in found.values()} == {(None, FEW_AUTHORS)}
    for side, each in found.items():
        assert each.estimate == pytest.approx(mean(sides, side))


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


def test_labels_of_other_pages_correct_nothing_here() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(80)])
    elsewhere = [replace(each, document="0000000000000000") for each in scores]
    labels = AuditLabels(
        [
            LabelledComment("", "us", Stance.AGAINST, comment_id=f"{each.document}/{each.comment}", probability=1.0)
            for each in elsewhere
        ]
    )
    assert shares(scores, labels)[Stance.FAVOR].labelled == 0


def test_four_comments_are_as_they_were() -> None:
    scores = rows([(Stance.FAVOR, f"r{n}") for n in range(4)])
    assert summarise_page(scores, ["us"]) == summarise(scores, ["us"])
