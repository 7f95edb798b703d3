"""Samples that narrow intervals: unbiased, with fewer labels than a random draw, and as many as a width needs."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from stance.aggregation.estimation import PART_SILENT, fit
from stance.aggregation.observations import Observations
from stance.aggregation.planning import (
    balanced_sizes,
    chances,
    draw_sizes,
    errors,
    half_width,
    inclusion_probabilities,
    stratum_means,
)
from stance.datamodels import SIDES, STANCES, Document, Score
from stance.labels.draws import draw_by_probability
from stance.labels.sampling import describe_sample
from stance.scoring.targets.target_set import TargetSet, load_targets
from tests.labels.test_sampling import documents, draw, scores

COMMENTS, LABELS = 2_000, 200


@pytest.fixture(scope="module")
def targets() -> TargetSet:
    return load_targets()


def pages_and_scores(count: int = 600) -> list[Document | Score]:
    """Comments of which one in five may address the target, and scores that say which."""
    pages = documents([f"Comment number {at} of this page, in words." for at in range(count)], size=20)
    found: list[Document | Score] = [*pages]
    for at, each in enumerate(scores(pages)):
        sure = (0.4, 0.35, 0.05, 0.2) if at % 5 == 0 else (0.005, 0.01, 0.005, 0.98)
        found.append(replace(each, probabilities=sure))
    return found


def test_most_of_a_draw_may_address_a_target_and_a_known_part_shows_what_the_model_misses(targets: TargetSet) -> None:
    sample = draw(pages_and_scores(), targets, n=100)
    ((low, high),) = (stratum["probability"] for stratum in sample.record["strata"])
    chances_of = [row["probability"] for row in sample.rows()]
    assert low == pytest.approx(100 * PART_SILENT / 480)
    assert chances_of.count(low) == 3 * 100 * PART_SILENT  # rows of three targets
    assert chances_of.count(high) > 0.5 * len(chances_of)
    assert high > 10 * low
    assert {row["role"] for row in sample.rows()} == {"audit"}


def test_a_larger_draw_holds_the_smaller_one_while_no_comment_becomes_certain(targets: TargetSet) -> None:
    """Of the 120 comments that may address the target all are certain from 142 on."""
    small, large = ({row["id"] for row in draw(pages_and_scores(), targets, n=n).rows()} for n in (40, 46))
    assert small < large


def test_a_draw_that_lacks_comments_of_a_part_takes_all_of_it() -> None:
    sizes = np.array([1.0] * 12 + [0.0] * 988)
    odds = chances(sizes, 1.0, 60)
    assert (odds[:12] == 1).all()
    assert odds.sum() == pytest.approx(60)
    assert chances(np.zeros(40), 1.0, 10).sum() == pytest.approx(10)
    assert chances(np.array([1.0] * 3 + [0.0] * 9), 1.0, 1).min() > 0


def test_a_width_asked_for_is_drawn_with_the_labels_that_it_is_expected_to_need(targets: TargetSet) -> None:
    items = pages_and_scores(4000)
    wide, narrow = (draw(items, targets, target_width=width) for width in (14.0, 9.0))
    assert 50 <= len(wide.comments) < len(narrow.comments) < 4000
    for sample, wanted in ((wide, 14.0), (narrow, 9.0)):
        assert sample.record["expected_widths"]["russia"] <= wanted + 0.05
        assert sample.record["by"] == "named"
        assert any("points expected after" in line for line in describe_sample(sample))


def draws(*, precise: bool, runs: int) -> Sequence[tuple[float, bool]]:
    """Correct the share against by draws of labels: its error, and whether the interval for these comments holds it."""
    rng = np.random.default_rng(3)
    unsure = rng.random(COMMENTS) < 0.2
    soft = np.where(unsure[:, None], rng.dirichlet([2, 2, 2, 2], COMMENTS), [0.004, 0.004, 0.004, 0.988])
    labels = (rng.random(COMMENTS)[:, None] > soft.cumsum(axis=1)).sum(axis=1)
    ids, said = np.arange(COMMENTS), soft.argmax(axis=1)
    exact = (labels == STANCES.index("against")).sum() / (labels != STANCES.index("not_addressed")).sum()  # type: ignore[arg-type]
    sizes = draw_sizes([soft[:, [STANCES.index(side) for side in SIDES]]], COMMENTS)
    odds = chances(sizes, 1.0, LABELS) if precise else np.full(COMMENTS, LABELS / COMMENTS)
    sizes = sizes if precise else 1 + 0 * sizes
    found = []
    for _ in range(runs):
        drawn = draw_by_probability(rng.integers(1 << 63, size=COMMENTS, dtype=np.uint64) * 2, odds, sizes > 0)
        given = drawn, 1 / odds[drawn], np.eye(len(STANCES))[labels[drawn]], drawn, drawn < 0
        table = Observations(ids, ids, said, 0 * ids, soft, *given, ids >= 0, 0 * ids)
        (fitted,) = fit(table)
        error, half = fitted.values[0] - exact, 1.97 * np.sqrt(fitted.corpus_variance[0])  # type: ignore[index]
        found.append((error, abs(error) <= half))
    return found


def test_it_is_unbiased_narrower_and_its_intervals_hold() -> None:
    even = draws(precise=False, runs=150)
    precise = draws(precise=True, runs=150)
    errors_of, narrow = ([error for error, _ in each] for each in (even, precise))
    assert np.mean(narrow) == pytest.approx(0, abs=0.02)
    assert np.var(narrow) < 0.82 * np.var(errors_of)
    assert 0.89 <= np.mean([covers for _, covers in precise]) <= 0.99


def test_no_target_is_drawn_at_the_cost_of_another() -> None:
    """One target is unsure of a tenth of the comments, the other of the rest: the first alone would take all draws."""
    rng = np.random.default_rng(2)
    first = np.where(np.arange(COMMENTS) < COMMENTS / 10, 50.0, 0.01) * rng.lognormal(0, 0.1, COMMENTS)
    other = np.where(np.arange(COMMENTS) < COMMENTS / 10, 0.01, 1.0) * rng.lognormal(0, 0.1, COMMENTS)

    def losses(expected: list[np.ndarray]) -> list[float]:
        odds = inclusion_probabilities(balanced_sizes(expected, COMMENTS), LABELS)
        return [float(each @ (1 / odds - 1) / each.sum() / (COMMENTS / LABELS - 1)) for each in (first, other)]

    assert losses([first])[0] < 0.5
    assert losses([first])[1] > 1.1
    assert max(losses([first, other])) < 1.01


def test_the_expected_width_falls_with_labels_and_never_below_that_of_the_comments() -> None:
    sides = np.random.default_rng(1).dirichlet([1, 1, 1, 5], 3_000)[:, :3]
    sizes = stratum_means(errors(sides).sum(axis=1))
    widths = [half_width(sizes, sides, n) for n in (50, 200, 800, 3_000)]
    assert widths == sorted(widths, reverse=True)
    share = sides.sum(axis=0) / sides.sum()
    assert widths[-1] == pytest.approx(1.96 * np.sqrt((share * (1 - share)).max() / sides.sum()))
