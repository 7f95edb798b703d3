"""Agreement: the published examples, the formulas of resampling, and what must hold for any ratings."""

from types import SimpleNamespace

import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask

from stance.datamodels import SIDES, STANCES, Stance
from stance.learn import agreement


def measure_agreement(units, values=None, **options):
    """Measure ratings of annotators, or of numbered ones: None is a missing rating."""
    named = [
        unit if isinstance(unit, dict) else {at: r for at, r in enumerate(unit) if r is not None} for unit in units
    ]
    found = sorted({rating for unit in named for rating in unit.values()}, key=repr)
    record = agreement.measure_agreement(named, found if values is None else values, **options)
    return SimpleNamespace(
        **{k: SimpleNamespace(**{"reason": None} | v) if isinstance(v, dict) else v for k, v in record.items()}
    )


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units, ratings missing.
FOUR_OBSERVERS = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_alpha_of_four_observers_is_the_published_one(level, published):
    found = measure_agreement(list(zip(*FOUR_OBSERVERS, strict=True)), level=level)
    assert found.alpha.value == pytest.approx(published, abs=0.0006)


def random_ratings() -> list[dict[str, Stance]]:
    """Four annotators, of whom each leaves out about a third."""
    draws = np.random.default_rng(5)
    said = draws.choice(4, (80, 1)) + (draws.random((80, 4)) < 0.4) * draws.choice(4, (80, 4))
    units = [{f"a{n}": STANCES[value % 4] for n, value in enumerate(row) if draws.random() > 0.3} for row in said]
    return [unit for unit in units if unit]


@pytest.mark.parametrize(("level", "values"), [("nominal", STANCES), ("ordinal", SIDES)])
def test_formulas_equal_those_of_nltk(level, values):
    units = [{who: label for who, label in unit.items() if label in values} for unit in random_ratings()]
    found = measure_agreement(units, values, level=level)
    places = [[*map(values.index, unit.values())] for unit in units if len(unit) > 1]
    steps = np.arange(len(values))
    margins = np.bincount([value for unit in places for value in unit], minlength=len(values))
    middles = steps if level == "nominal" else np.cumsum(margins) - margins / 2
    assert found.alpha.value == pytest.approx(nltk_task(places, middles, level).alpha(), abs=1e-9)


def nltk_task(units, middles, level):
    """Ratings as NLTK takes them; values differ alike, or by the squared distance of their middles."""
    rows = [(who, item, value) for item, unit in enumerate(units) for who, value in enumerate(unit)]
    if level == "nominal":
        return AnnotationTask(rows, lambda one, other: float(one != other))
    return AnnotationTask(rows, lambda one, other: float((middles[one] - middles[other]) ** 2))


def test_units_of_one_cluster_are_resampled_together():
    units = [("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")] * 10
    alone = measure_agreement(units)
    together = measure_agreement([u for u in units for _ in range(3)], clusters=[i // 3 for i in range(120)])
    assert together.percent.interval == pytest.approx(alone.percent.interval)  # three times the rows, no more known
    assert together.alpha.interval == pytest.approx(alone.alpha.interval, abs=0.02)
    assert alone.percent.interval[0] < alone.percent.value == 0.75 < alone.percent.interval[1]


def test_annotators_who_agree_on_all_of_a_few_are_no_certainty():
    units = [(label, label) for label in "aabc" * 4]
    found = measure_agreement(units)
    equal = 16 / (16 + 2.1314**2)  # Wilson's, with t on 15 degrees of freedom
    assert found.percent.interval == (pytest.approx(equal, abs=0.001), 1)
    differ = 1 - (16 * 15 + 8 * 7 + 8 * 7) / (32 * 31)
    assert found.alpha.interval == (pytest.approx(1 - (1 - equal) / differ, abs=0.001), 1)
    assert measure_agreement(units, "abc", level="ordinal").alpha.interval == found.alpha.interval
    of_one_comment = measure_agreement(units, clusters=["one"] * len(units))
    assert of_one_comment.percent.interval == (0, 1)
    assert measure_agreement(units * 100).alpha.interval[0] > 0.99
