from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from stance.aggregation import estimate_group, may_print, summarise
from stance.aggregation.clusters import ClusterSums
from stance.aggregation.estimation import model_interval, wilson_interval
from stance.datamodels import STANCES, Score, Share, Stance, Unit, Via


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
    assert summary.via[Via.TEXT] == 2


def shown(estimate: float | None, low: float, high: float, n: int = 100, **others: Any) -> str:
    given: dict[str, Any] = {"effective": n, "method": "corrected", "population": "corpus"} | others
    return may_print(Share("nato", Stance.FAVOR, n, estimate, (low, high), **given))


def test_one_rule_says_what_may_be_printed() -> None:
    """The standards of the US National Center for Health Statistics, as CDCgov/surveytable applies them."""
    assert shown(0.4, 0.3, 0.5) == "share"
    assert shown(0.4, 0.25, 0.55) == "interval"  # 30 points
    assert shown(0.05, 0.02, 0.08) == "share" == shown(0.02, 0.0, 0.05)  # 5 points are narrow
    assert shown(0.05, 0.01, 0.09) == "interval"  # 160 % of the share
    assert shown(0.4, 0.3, 0.5, n=29) == shown(0.4, 0.3, 0.5, effective=29.9) == "interval"
    assert shown(0.4, 0.3, 0.5, n=19) == shown(None, 0, 0) == "counts"
    assert shown(0.4, 0.3, 0.5, method="model") == "interval"  # no label corrects it
    assert shown(0.1, 0.1, 0.1, n=20, all_labelled=True) == "share"


@pytest.mark.parametrize(("labels", "method"), [(7, "labels"), (30, "labels"), (60, "corrected")])
def test_shares_of_comments_that_are_all_labelled_are_exact(labels: int, method: str) -> None:
    sums = ClusterSums()
    for at in range(labels):
        label = STANCES.index(Stance.FAVOR if at % 3 else Stance.AGAINST)
        sums.add((at, at, 0), 0, (0.4, 0.3, 0.2, 0.1), label, 1.0, at)
    found = [each for each in estimate_group("nato", sums.observations()).shares if each.population == "corpus"]
    share = next(each for each in found if each.stance is Stance.AGAINST)
    exact = -(-labels // 3) / labels
    assert share.estimate == pytest.approx(exact, abs=1e-6)
    assert share.interval == (share.estimate, share.estimate)
    assert (share.all_labelled, share.n, share.method) == (True, labels, method)
    assert share.printed == ("counts" if labels < 20 else "share")


def test_the_number_that_address_a_target_is_corrected_like_a_share() -> None:
    sums = ClusterSums()
    for at in range(200):  # the model says that all do; labels, that half do
        label = STANCES.index(Stance.FAVOR if at % 2 else Stance.NOT_ADDRESSED) if at < 100 else None
        sums.add((at % 20, at, 0), 0, (0.9, 0.03, 0.03, 0.04), label, 0.5, at)
    (share, *_) = estimate_group("nato", sums.observations()).shares
    assert share.n == pytest.approx(100, abs=5)


def test_one_dominant_author_is_in_no_test() -> None:
    sums = ClusterSums()
    for at in range(200):
        label = STANCES.index(Stance.FAVOR if at % 2 else Stance.AGAINST) if at % 2 else None
        sums.add((at % 20, 0 if at < 120 else at, 0), 0, (0.6, 0.2, 0.1, 0.1), label, 0.5, at)
    found = estimate_group("nato", sums.observations())
    assert found.authors < 8
    assert found.corrected is None
    assert found.shares[0].method == "corrected"


@given(st.floats(0, 1), st.floats(5, 1000))
def test_an_interval_without_labels_holds_its_share_and_has_a_bounded_width(share: float, n: float) -> None:
    for side in ("against", "neutral", "favor"):
        low, high = model_interval(side, share, n)
        assert 0 <= low <= share <= high <= 1
        assert n < 60 or high - low < 0.9
