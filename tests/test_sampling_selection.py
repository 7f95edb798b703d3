import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.exceptions import ConfigError
from stance.labels.frame import (
    UNIFORM_SHARE,
    Digests,
    allocate,
    draw_by_probability,
    draw_simply,
    inclusion_probabilities,
    random_numbers,
    start_of,
)

SIZES = st.lists(st.integers(1, 500), min_size=1, max_size=12)
WORTHS = st.lists(st.floats(0, 1) | st.just(0.0), min_size=1, max_size=60)


def units(n: int) -> Digests:
    return np.arange(n, dtype=np.uint64)


@given(SIZES, st.integers(1, 3000), st.booleans())
def test_parts_of_a_sample_sum_to_it_and_leave_no_stratum_out(sizes: list[int], n: int, equal: bool) -> None:
    if n < min(len(sizes), sum(sizes)):
        with pytest.raises(ConfigError, match=f"--n {n} for {len(sizes)} strata"):
            allocate(sizes, n, equal=equal)
        return
    parts = allocate(sizes, n, equal=equal)
    assert sum(parts) == min(n, sum(sizes))
    assert all(1 <= part <= size for part, size in zip(parts, sizes, strict=True))
    if n >= 2 * len(sizes):
        assert all(part >= min(2, size) for part, size in zip(parts, sizes, strict=True))


@given(SIZES, st.integers(1, 3000))
def test_equal_parts_are_equal_as_far_as_strata_have_them(sizes: list[int], n: int) -> None:
    if len(sizes) <= n < sum(sizes):
        parts = allocate(sizes, n, equal=True)
        free = [part for part, size in zip(parts, sizes, strict=True) if part < size]
        assert max(free, default=0) - min(free, default=0) <= 1
        assert all(part <= min(free) + 1 for part, size in zip(parts, sizes, strict=True) if free and part == size)


def test_proportional_parts_are_proportional() -> None:
    assert allocate([5000, 3000, 2000], 100, equal=False) == [50, 30, 20]
    assert allocate([9990, 10], 100, equal=False) == [98, 2]  # two at least: a variance needs them


@given(WORTHS, st.data())
def test_probabilities_by_worth_sum_to_the_size_and_none_is_zero(worths: list[float], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(worths)))
    found = inclusion_probabilities(np.array(worths), n)
    assert found.sum() == pytest.approx(n)
    assert found.min() >= UNIFORM_SHARE * n / len(worths) * (1 - 1e-9)
    assert found.max() <= 1


def test_worth_counts_in_proportion() -> None:
    found = inclusion_probabilities(np.array([0.0, 0.1, 0.2, 0.3]), 1)
    assert found == pytest.approx([0.05, 0.05 + 0.8 / 6, 0.05 + 0.8 / 3, 0.05 + 0.8 / 2])
    assert inclusion_probabilities(np.array([1.0, 0.0, 0.0]), 2) == pytest.approx([1, 0.5, 0.5])
    assert inclusion_probabilities(np.zeros(4), 2) == pytest.approx([0.5] * 4)


@given(WORTHS, st.data())
def test_a_draw_by_probability_has_its_size(worths: list[float], data: st.DataObject) -> None:
    n = data.draw(st.integers(1, len(worths)))
    secret = str(data.draw(st.integers()))
    chances = inclusion_probabilities(np.array(worths), n)
    drawn = draw_by_probability(random_numbers(units(len(worths)), secret), chances, start_of(secret))
    assert len(drawn) == len(set(drawn.tolist())) == n
    assert set(np.flatnonzero(chances == 1)) <= set(drawn.tolist())


def test_each_unit_is_drawn_as_often_as_its_probability_says() -> None:
    runs, n = 4000, 4
    chances = inclusion_probabilities(np.array([0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.9, 3.0]), n)
    counts = np.zeros(len(chances))
    for seed in range(runs):
        counts[draw_by_probability(random_numbers(units(8), f"{seed}"), chances, start_of(f"start {seed}"))] += 1
    spread = np.sqrt(runs * chances * (1 - chances))
    assert (np.abs(counts - runs * chances) <= 4.5 * spread + 1e-6).all()


def test_a_simple_draw_begins_with_the_draw_of_fewer() -> None:
    numbers = random_numbers(units(100), "seed")
    assert draw_simply(numbers, 30)[:10].tolist() == draw_simply(numbers, 10).tolist()


def test_random_numbers_are_uniform_and_hang_on_the_secret_alone() -> None:
    numbers = random_numbers(units(20_000), "a") / 2**64
    counts = np.histogram(numbers, bins=20, range=(0, 1))[0]
    assert ((counts - 1000) ** 2 / 1000).sum() < 45  # chi-squared, 19 degrees of freedom: 1 in 1,000 exceeds 43.8
    assert (random_numbers(units(3), "a") == random_numbers(units(3), "a")).all()
    assert (random_numbers(units(3), "a") != random_numbers(units(3), "b")).all()
    starts = np.array([start_of(str(i)) for i in range(5000)])
    assert abs(starts.mean() - 0.5) < 0.02
    assert starts.min() >= 0
    assert starts.max() < 1
