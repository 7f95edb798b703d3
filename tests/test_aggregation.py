from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from stance.aggregation import sentiment_class, summarise
from stance.aggregation.estimation import wilson_interval
from stance.datamodels import STANCES, Score, Stance, Unit, Via


def score(stance: Stance | None, target: str = "nato", *, sentiment: float = 0.0, **others: Any) -> Score:
    probabilities = None if stance is None else tuple(0.7 if each is stance else 0.1 for each in STANCES)
    given = {"document": "d", "outlet": None, "unit": Unit.COMMENT, "comment": "c", "author": None, "via": Via.TEXT}
    fixed = {"target": target, "probabilities": probabilities, "sentiment": sentiment, "target_sentiment": sentiment}
    return Score(**{**given, **fixed, "evidence": (), "language": "en", "model": "test", **others})


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_is_that_of_scipy(counts: tuple[int, int]) -> None:
    successes, n = counts
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_wilson_interval_needs_observations() -> None:
    with pytest.raises(ValueError, match="n is 0"):
        wilson_interval(0, 0)


def test_sentiment_classes_cut_where_vader_cuts() -> None:
    assert [sentiment_class(x) for x in (-0.05, -0.049, 0.049, 0.05)] == ["negative", "neutral", "neutral", "positive"]


def test_summary_counts_only_readers_and_only_covered_ones() -> None:
    scores = [
        score(Stance.FAVOR, sentiment=-0.6),
        score(Stance.AGAINST),
        score(Stance.NOT_ADDRESSED),
        score(None),
        score(Stance.FAVOR, unit=Unit.SENTENCE),
        score(Stance.FAVOR, target="us"),
    ]
    (summary,) = summarise(scores, ["nato"])
    assert (summary.comments, summary.covered, summary.addressed) == (4, 3, 2)
    assert summary.sentiment_by_stance[Stance.FAVOR] == {"negative": 1, "neutral": 0, "positive": 0}
    assert summary.via[Via.TEXT] == 2


def test_a_share_of_few_has_no_interval() -> None:
    (four,) = summarise([score(Stance.FAVOR)] * 4, ["nato"])
    (five,) = summarise([score(Stance.FAVOR)] * 5, ["nato"])
    assert {share.interval for share in four.shares} == {None}
    assert {share.method for share in four.shares} == {"none"}
    assert all(share.interval for share in five.shares)


probabilities = st.tuples(*[st.floats(0.001, 1)] * 4).map(lambda row: tuple(each / sum(row) for each in row))


@given(st.lists(probabilities, min_size=1, max_size=40), st.randoms())
def test_a_share_without_labels_is_the_mean_of_probabilities_in_any_order(rows, random) -> None:  # type: ignore[no-untyped-def]
    scores = [replace(score(Stance.FAVOR), probabilities=row) for row in rows]
    (summary,) = summarise(scores, ["nato"])
    whole = sum(sum(row[:3]) for row in rows)
    for share in summary.shares:
        if share.n:
            assert share.estimate == pytest.approx(sum(row[STANCES.index(share.stance)] for row in rows) / whole)
            assert share.raw == sum(each.stance is share.stance for each in scores) / share.n
    random.shuffle(scores)
    assert summarise(scores, ["nato"]) == (summary,)
