import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from research.benchmarks.drawn_sums import DrawnSums
from stance.aggregation.clusters import EMPTY_TEXT, number_of_text
from stance.aggregation.intervals import wilson_interval
from stance.aggregation.model_shares import ModelShares, mixes, model_interval
from stance.aggregation.printing import printed_form
from stance.aggregation.shares import bounded, estimate_group
from stance.datamodels import SIDES, STANCES, UNMEASURED, Score, Share, Stance, Unit, Via
from stance.resources import DATA, SHARE_ERRORS
from stance.scoring.persistence import model_digest
from tests.support.tables import cases

ERRORS = json.loads(SHARE_ERRORS.read_text(encoding="utf-8"))


def score(stance: Stance | None, target: str = "nato", *, sentiment: float = 0.0, **others: Any) -> Score:
    probabilities = None if stance is None else tuple(0.7 if each is stance else 0.1 for each in STANCES)
    given = {"document": "d", "outlet": None, "unit": Unit.COMMENT, "comment": "c", "author": None, "via": Via.TEXT}
    fixed = {"target": target, "probabilities": probabilities, "sentiment": sentiment, "target_sentiment": sentiment}
    return Score(**{**given, **fixed, "evidence": (), "language": "en", "model": ERRORS["model"], **others})


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_is_that_of_scipy(counts: tuple[int, int]) -> None:
    successes, n = counts
    expected = binomtest(successes, n).proportion_ci(method="wilson")
    assert wilson_interval(successes, n) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_corrected_shares_below_zero_leave_a_sum_of_one() -> None:
    shares = bounded(np.array([-0.02, 0.02, 1.0, 1.02, 1.1]))
    assert shares == pytest.approx([0.0, 0.02 / 1.02, 1 / 1.02, 1 / 1.02, 1.0])


@cases("facts", "form")
def test_one_rule_says_what_may_be_printed(facts: dict[str, Any], form: str) -> None:
    """The largest side meets the standard of the US National Center for Health Statistics, and none is wide."""
    given = {"n": 100, "effective": facts.get("n", 100), "method": "corrected", "population": "corpus"} | facts
    margin = given.pop("margin", 0.1)
    sides = zip(SIDES, (0.56, 0.4, 0.04), strict=True)
    assert form == printed_form(
        [Share("nato", side, estimate=each, interval=(each - margin, each + margin), **given) for side, each in sides]
    )


@pytest.mark.parametrize(("labels", "method"), [(7, "labels"), (30, "labels"), (60, "corrected")])
def test_shares_of_comments_that_are_all_labelled_are_exact(labels: int, method: str) -> None:
    sums = DrawnSums()
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
    sums = DrawnSums()
    for at in range(200):  # the model says that all do; labels, that half do
        label = STANCES.index(Stance.FAVOR if at % 2 else Stance.NOT_ADDRESSED) if at < 100 else None
        sums.add((at % 20, at, 0), 0, (0.9, 0.03, 0.03, 0.04), label, 0.5, at)
    (share, *_) = estimate_group("nato", sums.observations()).shares
    assert share.n == pytest.approx(100, abs=5)


def test_one_dominant_author_is_in_no_test() -> None:
    sums = DrawnSums()
    for at in range(200):
        label = STANCES.index(Stance.FAVOR if at % 2 else Stance.AGAINST) if at % 2 else None
        sums.add((at % 20, 0 if at < 120 else at, 0), 0, (0.6, 0.2, 0.1, 0.1), label, 0.5, at)
    found = estimate_group("nato", sums.observations())
    assert found.authors < 8
    assert found.corrected is None
    assert found.shares[0].method == "corrected"


SHARES = st.tuples(*[st.floats(0.01, 1)] * 3).map(lambda each: tuple(one / sum(each) for one in each))


@given(SHARES, st.floats(0, 0.6), st.floats(5, 1000))
def test_an_interval_without_labels_holds_its_share_and_never_ends_at_it(
    shares: tuple[float, float, float], unsure: float, n: float
) -> None:
    against, neutral, favor = shares
    read = ModelShares(favor, against, unsure, n)
    for measure, share, lowest in (
        ("against", against, 0),
        ("neutral", neutral, 0),
        ("favor", favor, 0),
        ("net", favor - against, -1),
    ):
        low, high = model_interval(measure, share, read, sampling=None)
        assert lowest <= low <= share <= high <= 1
        assert low == pytest.approx(lowest) or low < share - 0.04
        assert high == pytest.approx(1) or high > share + 0.04


def read_alike(n: int, row: tuple[float, float, float, float]) -> dict[str, Share]:
    """Estimate the shares of comments that a model reads alike; ``row`` as ``STANCES``."""
    sums = DrawnSums()
    for at in range(n):
        sums.add((at // 5, at, 0), max(range(4), key=row.__getitem__), row)
    found = estimate_group("nato", sums.observations()).shares
    return {each.stance: each for each in found if each.population == "corpus"}


def test_an_interval_without_labels_holds_each_mix_of_which_models_read_these_shares() -> None:
    for true in mixes()[::40]:
        against, favor = true @ (np.array(ERRORS["sides"]) + 0.3 * np.array(ERRORS["unsure"]))
        ends = [ModelShares(favor, against, 0.3, 200).ends(side) for side in SIDES]
        assert all(low <= share <= high for share, (low, high) in zip(true, ends, strict=True))


def test_errors_in_shares_are_those_of_the_model_that_ships() -> None:
    assert ERRORS["model"] == f"default@{model_digest(DATA / 'models' / 'default')[:4]}"


@pytest.mark.parametrize("other", [{"language": "ru"}, {"model": "vader"}, {"model": "default@0000"}])
def test_comments_of_which_errors_are_unknown_may_be_of_any_side(other: dict[str, str]) -> None:
    found = {}
    for unknown in (0, 30, 60):
        sums = DrawnSums()
        for at in range(90):
            each = score(Stance.FAVOR, **(other if at < unknown else {}))
            sums.add_score(each, None, (at % 9, at, 0))
        shares = estimate_group("nato", sums.observations()).shares
        found[unknown] = next(each for each in shares if (each.stance, each.population) == (Stance.FAVOR, "corpus"))
    low, high = found[0].interval or (0, 0)
    assert (low > 2 / 3, high) == (True, 1)
    low, high = found[30].interval or (0, 0)
    assert (low < 2 / 3, high) == (True, 1)  # a third of the comments may be of another side
    assert [each.claim for each in found.values()] == ["model_alone", None, None]
    assert (found[60].method, found[60].interval, found[60].note) == ("none", None, UNMEASURED)


def test_an_interval_without_labels_is_narrower_where_the_model_is_sure() -> None:
    widths = []
    for unsure, read in ((0.0, 0.12), (0.12, 0.12), (0.2, 0.2), (0.3, 0.3), (0.4, 0.4)):
        favor, against = (share * (1 - read) + (1 - share) * read / 2 for share in (0.2, 0.6))
        low, high = model_interval("against", against, ModelShares(favor, against, unsure, 200), sampling=None)
        widths.append(high - low)
    assert widths == sorted(widths)
    assert widths[0] == widths[1] > 0.1  # a model that calls itself certain is not believed
    assert widths[1] < 0.7 * widths[4]


def test_no_side_is_ahead_by_the_model_alone_if_readings_are_close_or_few() -> None:
    assert not any(each.claim for each in read_alike(80, (0.3, 0.45, 0.15, 0.1)).values())
    assert not any(each.claim for each in read_alike(12, (0.02, 0.94, 0.03, 0.01)).values())


def test_a_text_that_looks_like_the_number_of_a_text_has_one_too() -> None:
    numbers = [number_of_text(text) for text in ("#99999999999999999999", "#18446744073709551615", "#1", "word")]
    assert len({*numbers}) == 4
    assert all(-(2**63) <= number < EMPTY_TEXT for number in numbers)
