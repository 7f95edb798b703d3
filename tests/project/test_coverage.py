"""A small version of ``research/benchmarks/coverage.py``, with wider bounds, since few runs scatter."""

from types import ModuleType

import pytest

from tests.support.benchmark_scripts import load_benchmark

RUNS = 40


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    return load_benchmark("coverage")


@pytest.fixture(scope="module")
def tallies(simulation: ModuleType) -> dict[tuple[float, int], object]:
    return {
        (share, articles): simulation.simulate(simulation.Setting(share, articles, "different"), RUNS, 7)
        for share, articles in [(0.40, 60), (0.05, 10)]
    }


@pytest.mark.slow
def test_a_model_that_hardly_errs_is_not_taken_for_one_that_never_does(simulation: ModuleType) -> None:
    tally = simulation.simulate(simulation.Setting(0.05, 60, "few"), RUNS, 7, few=())
    assert min(tally.mean(labels, "corpus") for labels in ("50", "100", "200", "400")) >= 0.85


@pytest.mark.slow
@pytest.mark.parametrize("setting", [(0.40, 60), (0.05, 10)])
def test_intervals_hold_the_truth_as_often_as_they_say(tallies: dict, setting: tuple[float, int]) -> None:
    for labels in ("100", "400"):
        assert 0.88 <= tallies[setting].mean(labels, "coverage") <= 1
        assert 0.88 <= tallies[setting].mean(labels, "corpus") <= 1
        assert abs(tallies[setting].mean(labels, "estimate")) < 0.02
        assert tallies[setting].mean(labels, "outside") == 0  # a whole is between its parts


@pytest.mark.slow
@pytest.mark.parametrize("setting", [(0.40, 60), (0.05, 10)])
def test_equal_outlets_seldom_differ_and_never_without_labels(tallies: dict, setting: tuple[float, int]) -> None:
    assert tallies[setting].mean("100", "differ") <= 0.12
    assert tallies[setting].mean("25", "differ") == 0
    assert tallies[setting].mean("0", "differ") == 0


def test_the_same_seed_gives_the_same_draws(simulation: ModuleType) -> None:
    setting = simulation.Setting(0.4, 10, "equal")
    one, other = (simulation.simulate(setting, 2, 3).counts for _ in range(2))
    assert one == other
