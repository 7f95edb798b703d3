"""Agreement: the published examples, the formulas of resampling, and what must hold for any ratings."""

from itertools import chain
from types import SimpleNamespace

import numpy as np
import pytest
from nltk.metrics.agreement import AnnotationTask

from stance.datamodels import SIDES, STANCES
from stance.learn import agreement
from tests.support.tables import table


def measure_agreement(units, values=None, **options):
    """Measure ratings of numbered annotators; None is a missing rating."""
    named = [{at: rating for at, rating in enumerate(unit) if rating is not None} for unit in units]
    record = agreement.measure_agreement(named, values or sorted({*chain.from_iterable(units)} - {None}), **options)
    return SimpleNamespace(**{name: SimpleNamespace(**of) for name, of in record.items()})


# Krippendorff, Computing Krippendorff's Alpha-Reliability (2011): four observers, twelve units, ratings missing.
FOUR_OBSERVERS, RATINGS = table("agreement", "cases").values()


@pytest.mark.parametrize(("level", "published"), [("nominal", 0.743), ("ordinal", 0.815)])
def test_alpha_of_four_observers_is_the_published_one(level, published):
    found = measure_agreement(list(zip(*FOUR_OBSERVERS, strict=True)), level=level)
    assert found.alpha.value == pytest.approx(published, abs=0.0006)


@pytest.mark.parametrize(("level", "values"), [("nominal", STANCES), ("ordinal", SIDES)])
def test_formulas_equal_those_of_nltk(level, values):
    """Of four annotators, of whom each leaves out about a third."""
    letters = dict(zip("fanx", STANCES, strict=True))
    labels = ([letters.get(letter) for letter in unit] for unit in RATINGS)
    rows = [[label if label in values else None for label in unit] for unit in labels]
    found = measure_agreement(rows, values, level=level)
    places = [[values.index(label) for label in row if label] for row in rows]
    places = [unit for unit in places if len(unit) > 1]
    margins = np.bincount([*chain.from_iterable(places)], minlength=len(values))
    middles = np.arange(len(values)) if level == "nominal" else np.cumsum(margins) - margins / 2
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
