import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.contrasts import ContrastEstimate, contrast, holm
from stance.aggregation.estimation import Estimated
from stance.aggregation.influence import influence
from stance.comparison.comparing import LOOKED_AT, MOST_PAIRED
from stance.comparison.copies import CopiedArticles
from stance.comparison.differences import Difference, adjust
from stance.datamodels import Comment, Document, LabelledComment, Score, Stance
from stance.exceptions import ConfigError
from stance.page_layouts import ROWS_LAYOUT, TABLE_LAYOUT
from tests.aggregation.test_aggregation import score
from tests.support.comparison_samples import Tally, compare_scores
from tests.support.tables import cases


def scores(outlet: str | None, articles: int, against: int, favor: int) -> list[Score]:
    return [
        score(stance, outlet=outlet, document=f"{outlet}-{article}", comment=f"c{number}", author=f"reader-{number}")
        for article in range(articles)
        for number, stance in enumerate([Stance.AGAINST] * against + [Stance.FAVOR] * favor)
    ]


def test_a_comment_without_an_author_is_a_cluster_of_its_own() -> None:
    named = scores("A", 9, 5, 3)
    unnamed = [replace(each, author=None) for each in named]
    alone = [replace(each, author=f"{each.document} {each.comment}") for each in named]
    one, other = (compare_scores(each, ["nato"]).groups[0] for each in (unnamed, alone))
    assert (one.authors, one.without_author, other.authors) == (0, 72, 72)
    several = compare_scores(named, ["nato"]).groups[0]
    for share, same, other_share in zip(one.shares[:3], other.shares, several.shares, strict=False):
        assert share.interval == pytest.approx(same.interval)
        assert share.effective == pytest.approx(same.effective)
        assert not share.details["raw"] or share.interval != pytest.approx(other_share.interval)


def test_no_difference_is_claimed_however_large() -> None:
    comparison = compare_scores(scores("A", 9, 9, 0) + scores("B", 9, 0, 9), ["nato"])
    assert {each.verdict for each in comparison.differences} == {"not_tested"}
    assert {each.p_adjusted for each in comparison.differences} == {None}
    against = next(each for each in comparison.differences if each.stance is Stance.AGAINST)
    assert (against.a, against.b, against.estimate) == ("A", "B", None)


def test_holm_is_that_of_its_paper() -> None:
    """As statsmodels.stats.multitest.multipletests(method="holm") gives it."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_sides_of_a_pair_are_one_question() -> None:
    assert holm([0.01, 0.02, 0.03, 0.02], ["a", "a", "a", "b"]) == pytest.approx([0.02, 0.04, 0.04, 0.04])
    # As of Tukey's range of three means, which is 3.314 at 5 %.
    equal = ContrastEstimate(np.array([2.3437, -1.0, -1.3437]), np.ones(3), np.full(3, np.inf))
    assert equal.p_of_sides() == pytest.approx(0.05, abs=1e-4)
    # Neutral takes from both others alike, so the three are one difference.
    one = ContrastEstimate(np.array([1.0, -2.0, 1.0]), np.array([0.5, 1.0, 0.5]), np.full(3, np.inf))
    assert one.p_of_sides() == pytest.approx(one.p_value(0))


def test_what_labels_do_not_show_has_no_degrees_of_freedom() -> None:
    numbers = np.arange(12)
    moves = np.random.default_rng(0).normal(size=(12, 5))
    of = [replace(influence(numbers + at, numbers + at, moves), unseen=unseen) for at, unseen in ((0, 0.0), (20, 9.0))]
    (known, assumed) = (contrast([(1.0, Estimated("corrected", moves[0], each))] * 2) for each in of)
    assert (assumed.freedoms > known.freedoms).all()


def test_a_verdict_is_of_all_tests_together() -> None:
    pairs = [Difference("nato", Stance.FAVOR, "A", str(at), estimate=0.1, p_adjusted=0.03) for at in range(2)]
    untested = Difference("nato", Stance.FAVOR, "A", "C", estimate=0.9)
    assert [each.verdict for each in adjust(pairs[:1])] == ["differ"]
    assert [each.verdict for each in adjust([*pairs, untested])] == [*["cannot_tell_apart"] * 2, "not_tested"]


def test_only_the_largest_of_many_groups_are_paired() -> None:
    many = [each for at in range(MOST_PAIRED + 3) for each in scores(f"o{at}", 1, 1 + (at > 2), 0)]
    comparison = compare_scores(many, ["nato"])
    assert len(comparison.groups) == MOST_PAIRED + 3
    assert comparison.not_paired == 3
    assert {"o0", "o1", "o2"}.isdisjoint(name for each in comparison.differences for name in (each.a, each.b))
    assert comparison["not_paired"] == 3


def test_the_order_of_scores_changes_nothing() -> None:
    rows = scores("A", 6, 3, 2) + scores("B", 6, 1, 4)
    one, other = (compare_scores(each, ["nato"]) for each in (rows, rows[::-1]))
    for a, b in zip(one["groups"], other["groups"], strict=True):
        sums = dict.fromkeys(("shares", "means"))
        assert {**a, **sums} == {**b, **sums}
        assert [share["estimate"] for share in a["shares"]] == pytest.approx([each["estimate"] for each in b["shares"]])
        approximate = [share["interval"] and pytest.approx(share["interval"]) for share in b["shares"]]
        assert [share["interval"] for share in a["shares"]] == approximate


def audited(rows: list[Score], labels: int, stance: Stance) -> list[LabelledComment]:
    """Label so many comments, drawn at random, as one stance."""
    keys = [f"{each.document}/{each.comment}" for each in random.Random(5).sample(rows, labels)]
    drawn = {"role": "audit", "probability": labels / len(rows)}
    return [LabelledComment(key, "nato", stance, comment_id=key, **drawn) for key in keys]  # type: ignore[arg-type]


def total_against(labels: dict[str, int], sizes: dict[str, int]) -> tuple[str, float | None, list[str]]:
    """Of outlets whose comments the model calls half against: those of A and D are all against by labels."""
    rows = {outlet: scores(outlet, articles, 5, 5) for outlet, articles in sizes.items()}
    given = [
        label
        for outlet, own in rows.items()
        for label in audited(own, labels.get(outlet, 0), Stance.AGAINST if outlet in "AD" else Stance.FAVOR)
    ]
    tally = Tally(["nato"], audit=AuditLabels(given))
    tally.add([each for own in rows.values() for each in own])
    whole = tally.total().shares[0]
    return whole.method, whole.estimate, tally.unlabelled("nato")


@cases("labels", "sizes", "expected", "unlabelled")
def test_labels_correct_a_total_where_each_group_that_is_not_too_small_has_some_and_it_counts_by_its_comments(
    labels: dict[str, int], sizes: dict[str, int], expected: list, unlabelled: list[str]
) -> None:
    method, estimate, without = total_against(labels, sizes)
    assert (method, without) == (expected[0], unlabelled)
    assert expected[1] is None or estimate == pytest.approx(expected[1], abs=expected[2])


def test_a_column_is_looked_for_in_the_first_documents() -> None:
    tally = Tally(["nato"], by="colour")
    for _ in range(LOOKED_AT - 1):
        tally.add(scores("A", 1, 1, 0))
    with pytest.raises(ConfigError, match="--by: no column 'colour'"):
        tally.add(scores("A", 1, 1, 0))


@pytest.mark.parametrize("authors", [40, 3, 0])
def test_comments_of_unknown_articles_are_clustered_by_author(authors: int) -> None:
    """Without authors each is a cluster; three authors are too few for an interval, as three articles are."""

    def only_group(layout: str) -> Any:
        tally = Tally(("nato",), by="outlet")
        comments = tuple(Comment(f"c{n}", "NATO", author=f"a{n % authors}" if authors else None) for n in range(40))
        stances = (Stance.FAVOR, Stance.AGAINST)
        scores = tuple(
            score(stances[n % 2], outlet="A", comment=each.comment_id, author=each.author)
            for n, each in enumerate(comments)
        )
        tally.add(scores, Document("d", "t.csv", "A", comments=comments, layout=layout))
        [group] = tally.comparison().groups
        return group

    unknown, known = only_group(ROWS_LAYOUT), only_group(TABLE_LAYOUT)
    own = [share for share in unknown.shares if share.population == "outlet"]
    intervals = [share.interval for share in own if share.stance is Stance.FAVOR]
    assert any(intervals) is (authors != 3)
    assert {share.interval for share in known.shares if share.population == "outlet"} == {None}
    assert (unknown.articles, known.articles) == (0, 1)


def test_an_article_at_several_outlets_is_one_event() -> None:
    """Copies of an agency, under other titles and cut; notes that an outlet puts under each article join nothing."""
    words = ["harbour", "council", "ferry", "night", "train", "border", "market", "winter", "energy", "school"]
    story = [f"The {a} and the {b} were closed on the day of the {c}." for a, b, c in itertools.combinations(words, 3)]
    note = "You read this page since our readers pay for it every year."

    def page(name: str, outlet: str, body: list[str]) -> Document:
        return Document(name, name, outlet=outlet, title=f"Title {name}", body=(*body, note), comments=())

    copied = CopiedArticles()
    pages = [
        page("a1", "A", story[:20]), page("a2", "A", story[30:50]), page("b1", "B", story[:15]),
        page("b2", "B", story[60:80]), page("c1", "C", [" ".join(story[:20])]), page("c2", "C", [story[90]]),
    ]  # fmt: skip
    assert [copied.name(each) for each in pages] == ["a1", "a2", "a1", "b2", "a1", "c2"]
    assert [each["outlets"] for each in copied.records()] == [["A", "B", "C"]]


def test_labels_that_are_no_random_sample_correct_nothing_and_copies_take_the_label_of_their_text() -> None:
    rows = scores("A", 20, 5, 5)
    texts = {f"{each.document}/{each.comment}": f"text {at}" for at, each in enumerate(rows)}
    key = [*texts]
    texts |= dict.fromkeys(key[:6], "copied")

    def total(labels: list[LabelledComment]) -> Any:
        tally = Tally(["nato"], audit=AuditLabels(labels))
        for name, own in itertools.groupby(rows, key=lambda each: each.document):
            mine = [*own]
            comments = tuple(Comment(str(each.comment), texts[f"{name}/{each.comment}"], None) for each in mine)
            tally.add(mine, Document(str(name), "t", comments=comments))
        return tally.comparison().groups[0]

    drawn = [replace(each, text=texts[str(each.comment_id)]) for each in audited(rows, 60, Stance.AGAINST)]
    once = [each for each in drawn if each.text != "copied"]
    sure = LabelledComment("copied", "nato", Stance.FAVOR, comment_id=key[0], role="audit", probability=1.0)
    found = total([*once, sure])
    assert (found.checks["labels_odd"], found.checks["copies"]) == ([], 6 / len(rows))
    assert found.labelled["nato"] == len(once) + 1
    assert found.read["nato"][Stance.FAVOR] == 6
    texts |= {name: f"copied{'!' * at}" for at, name in enumerate(key[:6])}
    assert total(once).checks["copies"] == 6 / len(rows)
    first = [replace(each, comment_id=name, text=texts[name]) for each, name in zip(drawn, key[6:], strict=False)]
    odd = total(first)
    assert "they come from too few articles" in odd.checks["labels_odd"]
    assert (odd.labelled["nato"], odd.read["nato"]) == (0, {Stance.AGAINST: len(first)})


def test_labels_of_one_outlet_that_cannot_correct_the_total_are_still_labels_that_were_read() -> None:
    rows = [*scores("A", 20, 5, 5), *scores("B", 20, 5, 5)]
    tally = Tally(["nato"], audit=AuditLabels(audited(rows[:20], 20, Stance.FAVOR)))
    tally.add(rows)
    whole = tally.total()
    assert (whole.labelled["nato"], whole.read["nato"]) == (0, {Stance.FAVOR: 20})
    silent, named = [replace(each, probabilities=(0, 0, 0, 1)) for each in rows[100:300]], rows[:100]
    of_a = [*audited(named, 40, Stance.FAVOR), *audited(silent[:100], 2, Stance.NOT_ADDRESSED)]
    for labels, unlabelled in ((of_a, []), (audited(silent[100:], 40, Stance.FAVOR), ["A"])):
        tally = Tally(["nato"], audit=AuditLabels(labels))
        tally.add([*named, *silent])
        assert tally.unlabelled("nato") == unlabelled
    months = Tally(["nato"], by="month", audit=AuditLabels(audited(rows[:20], 20, Stance.FAVOR)))
    months.add([*rows, *scores("C", 100, 5, 5)])
    assert "they are of A only (choose with" in months.comparison().groups[0].checks["labels_odd"][0]
