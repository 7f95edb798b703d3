"""Agreement: the published examples, and what must hold for any ratings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.agreement import measure_agreement

# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units, ratings missing.
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
TWO_OBSERVERS = ["aabbdcccedda", "babbbcccEddd".lower()]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_of_four_observers_is_the_published_one(level, published):
    found = measure_agreement(list(zip(*FOUR_OBSERVERS, strict=True)), level=level)
    assert found.alpha == pytest.approx(published, abs=0.0006)
    assert found.units == 11  # one unit was rated once


def test_alpha_of_two_observers_is_the_published_one():
    found = measure_agreement(list(zip(*TWO_OBSERVERS, strict=True)))
    assert found.alpha == pytest.approx(0.692, abs=0.001)
    assert found.percent == pytest.approx(9 / 12)


def test_one_value_only_has_a_percentage_and_a_reason_but_no_alpha():
    found = measure_agreement([("x", "x")] * 5)
    assert (found.alpha, found.interval, found.percent) == (None, None, 1.0)
    assert "every rating is the same" in found.reason


@pytest.mark.parametrize(
    ("units", "said"), [([], "none rated twice"), ([("a", None)], "none rated twice"), ([("a", "z")], "rating 'z'")]
)
def test_what_cannot_be_measured_is_said(units, said):
    with pytest.raises(ValueError, match=said):
        measure_agreement(units, ["a", "b"])


def test_an_unknown_level_is_refused():
    with pytest.raises(ValueError, match="nominal, ordinal"):
        measure_agreement([("a", "b")], level="linear")


ratings = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=2, max_size=40)


@given(ratings)
def test_order_of_annotators_and_of_units_does_not_matter(units):
    found = measure_agreement(units)
    turned = measure_agreement([unit[::-1] for unit in units[::-1]])
    assert turned.percent == pytest.approx(found.percent)
    assert turned.alpha == (None if found.alpha is None else pytest.approx(found.alpha))


@given(ratings)
def test_alpha_is_one_only_where_all_agree_and_lies_in_its_interval_mostly(units):
    found = measure_agreement(units)
    if found.alpha is not None:
        assert (found.alpha == pytest.approx(1)) == all(a == b for a, b in units)
        assert found.interval[0] <= found.interval[1] <= 1 + 1e-9
