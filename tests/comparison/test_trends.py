"""Changes over time against planted ones, and the regression against statsmodels where it is installed."""

from datetime import date
from statistics import NormalDist

import numpy as np
import pytest

from research.benchmarks.drawn_sums import DrawnSums
from stance.aggregation.estimation import fit
from stance.comparison.differences import GroupContrast
from stance.comparison.trends import estimate_changes
from stance.datamodels import STANCES, Stance
from tests.support.commands import invoke

FIRST = date(2025, 1, 1).toordinal()
AGAINST, FAVOR, NONE = (STANCES.index(each) for each in (Stance.AGAINST, Stance.FAVOR, Stance.NOT_ADDRESSED))


def world(
    seed: int, slope: float, *, labels: int = 200, jump: float = 0.0, drift: float = 0.0
) -> dict[str, dict[str, DrawnSums]]:
    """Draw the comments of a year at two outlets, and a classifier that errs in a quarter of them.

    :param slope: Of the share against, per month.
    :param jump: Of this share, from the middle of the year on.
    :param drift: Part of the comments at the end of the year that the classifier takes for against.
    """
    rng = np.random.default_rng(seed)
    starts, leanings = rng.integers(0, 361, 60), rng.normal(0, 0.05, 60)
    groups = {name: {"nato": DrawnSums()} for name in "AB"}
    labelled = set(rng.permutation(480)[:labels].tolist())
    for at in range(480):
        article, author = int(rng.integers(60)), int(rng.integers(300))
        day = int(starts[article] + rng.integers(4))
        share = 0.5 + slope * (day - 182) / 30.44 + jump * (day >= 182) + leanings[article]
        truth = AGAINST if rng.random() < share else FAVOR
        truth = truth if rng.random() < 0.9 else NONE
        said = truth if rng.random() < 0.75 else int(rng.integers(4))
        said = AGAINST if rng.random() < drift * day / 365 else said
        probabilities = tuple(0.7 if place == said else 0.1 for place in range(4))
        place, label = (article, author + 1000 * (article % 2), FIRST + day), truth if at in labelled else None
        groups["AB"[article % 2]]["nato"].add(place, said, probabilities, label, labels / 480)
    return groups


def change(
    found: tuple[GroupContrast, ...], group: str | None, stance: str = "against", kind: str = "slope"
) -> GroupContrast:
    wanted = (group, None, stance, kind)
    return next(each for each in found if (each.group, each.other, each.stance, each.kind) == wanted)


def test_a_planted_rise_is_found_and_its_interval_covers() -> None:
    found = [change(estimate_changes(world(seed, 0.04), ["nato"], "month"), None) for seed in range(15)]
    assert np.mean([each.estimate for each in found]) == pytest.approx(0.04, abs=0.005)
    assert np.mean([each.verdict == "differ" for each in found]) >= 0.85
    covered = [each.interval is not None and each.interval[0] <= 0.04 <= each.interval[1] for each in found]
    assert np.mean(covered) > 0.85


def test_errors_that_drift_make_no_rise() -> None:
    worlds = [world(seed, 0.0, drift=0.6) for seed in range(15)]
    found = [change(estimate_changes(each, ["nato"], "month"), None) for each in worlds]
    assert np.mean([each.verdict == "differ" for each in found]) <= 0.1
    biased = [fit_line(each["A"]["nato"]) for each in worlds]
    assert np.mean(biased) > 0.01  # what the model alone would say


def fit_line(sums: DrawnSums) -> float:
    table = sums.observations().unlabelled()
    time = np.stack([np.ones(len(table)), (table.days - table.days.mean()) / 30.44], axis=1)
    return float(fit(table, time)[1].values[0])


def test_an_event_is_the_difference_of_before_and_after() -> None:
    day = date.fromordinal(FIRST + 182)
    found = estimate_changes(world(1, 0.0, jump=0.3), ["nato"], "month", day)
    event = change(found, None, kind="event")
    assert event.verdict == "differ"
    assert event.interval is not None
    assert event.interval[0] <= 0.3 <= event.interval[1]
    assert change(found, None, "net", "event").estimate == pytest.approx(-60, abs=25)  # in points


def test_changes_are_given_for_all_for_each_and_for_their_difference() -> None:
    found = estimate_changes(world(2, 0.04), ["nato"], "month")
    assert {(each.group, each.other) for each in found} == {(None, None), ("A", None), ("B", None), ("A", "B")}
    one, other = change(found, "A"), change(found, "B")
    difference = next(each for each in found if each.other == "B" and each.stance == "against")
    assert difference.estimate == pytest.approx(one.estimate - other.estimate)  # type: ignore[operator]
    assert difference.comments == one.comments + other.comments == change(found, None).comments == 480


def test_the_power_of_a_change_is_that_of_its_family_of_tests() -> None:
    found = estimate_changes(world(2, 0.04), ["nato"], "month")
    together, one = change(found, None), change(found, "A")
    for each, tests in ((together, 3), (one, 9)):  # three measures of one contrast, and of three
        assert each.interval is not None
        half = (each.interval[1] - each.interval[0]) / 2
        factor = (NormalDist().inv_cdf(1 - 0.025 / tests) + 0.84) / 1.96
        assert each.detectable == pytest.approx(factor * half, rel=0.12)  # Student's t is a little wider
    assert one.detectable > together.detectable > 0  # type: ignore[operator]


def test_without_labels_no_change_is_tested() -> None:
    found = estimate_changes(world(3, 0.04, labels=0), ["nato"], "month")
    assert {(each.verdict, each.interval, each.method) for each in found} == {("not_tested", None, "model")}
    assert change(found, "A").note == "too few labels"


@pytest.mark.parametrize("labelled", [0, 1])
def test_the_regression_is_that_of_statsmodels(labelled: int) -> None:
    """Comments that are labelled with certainty; the outcome is then the label, or the model's certain answer."""
    models = pytest.importorskip("statsmodels.api", exc_type=(ImportError, ValueError))  # a newer NumPy
    rng, sums, rows = np.random.default_rng(6), DrawnSums(), []
    for _ in range(900):
        article, author, day = int(rng.integers(40)), int(rng.integers(200)), int(rng.integers(365))
        truth = AGAINST if rng.random() < 0.3 + day / 1000 + 0.2 * (article % 3 == 0) else FAVOR
        said = truth if rng.random() < 0.8 or not labelled else FAVOR
        sure = [float(at == said) for at in range(4)]
        sums.add((article, author, 1 + day), said, sure, truth if labelled else None)
        rows.append((article, author, day, truth == AGAINST))
    articles, authors, days, outcome = map(np.array, zip(*rows, strict=True))
    x = np.stack([np.ones(900), (days - 182) / 30.44], axis=1)
    found = fit(sums.observations(), x)
    clusters = {"groups": np.stack([articles, authors], axis=1)}
    oracle = models.OLS(outcome.astype(float), x).fit(cov_type="cluster", cov_kwds=clusters)
    assert [each.values[0] for each in found] == pytest.approx(oracle.params.tolist(), abs=1e-6)
    errors = [float(np.sqrt(each.influence.variance[0])) for each in found]
    assert errors == pytest.approx(oracle.bse.tolist(), rel=0.15)


def test_an_unknown_unit_or_day_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    for option, value, expected in (("--trend", "year", "day, week, month"), ("--event", "May", "2026-03-01")):
        result = invoke("compare", tmp_path, option, value, code=2)
        assert expected in result.output
