"""The estimators against their formulas written out, and against figures of ppi-python 0.2 and QuaPy."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from research.benchmarks.drawn_sums import DrawnSums
from stance.aggregation.contrasts import contrast_variance
from stance.aggregation.estimation import Estimated, fit
from stance.aggregation.influence import Influence, influence
from stance.aggregation.measures import MEASURES
from stance.aggregation.shares import GroupEstimate, estimate_group
from stance.datamodels import STANCES, Stance
from tests.support.tables import cases

PROBABILITIES = {stance: tuple(0.7 if each is stance else 0.1 for each in STANCES) for stance in STANCES}


def estimate_modelled(sums: DrawnSums) -> Estimated:
    return fit(sums.observations().unlabelled())[0]


def estimate_corrected(sums: DrawnSums) -> Estimated:
    return fit(sums.observations())[0]


def sums_of(rows: list[tuple[int, int, Stance, Stance | None]], *, chance: float = 0.5) -> DrawnSums:
    """Rows: article, author, what the model says, what the annotator says."""
    sums = DrawnSums()
    for article, author, said, label in rows:
        own = (article, author, 0), STANCES.index(said), PROBABILITIES[said]
        sums.add(*own, STANCES.index(label) if label is not None else None, chance)
    return sums


def crowd(seed: int, labelled: float) -> DrawnSums:
    rng = np.random.default_rng(seed)
    rows = []
    for article, number in product(range(6), range(20)):
        truth = STANCES[rng.choice(4, p=[0.2, 0.4, 0.1, 0.3])]
        said = truth if rng.random() < 0.75 else STANCES[rng.integers(4)]
        rows.append((article, int(rng.integers(60)), said, truth if number < 20 * labelled else None))
    return sums_of(rows, chance=labelled)


def two_way_variance(moves: np.ndarray, articles: Sequence[int], authors: Sequence[int]) -> float:
    """Write out the variance of a sum whose terms are alike within articles and within authors."""

    def squared(*clusters: Sequence[int]) -> float:
        names = list(zip(*clusters, strict=True))
        return sum(sum(moves[i] for i, each in enumerate(names) if each == name) ** 2 for name in set(names))

    article, author = squared(articles), squared(authors)
    return max(article + author - squared(articles, authors), article, author)


def estimated(sums: DrawnSums) -> GroupEstimate:
    return estimate_group("nato", sums.observations())


def test_uncorrected_shares_are_means_of_probabilities_with_the_two_way_variance_of_their_formula() -> None:
    rng = np.random.default_rng(2)
    n = 300
    articles, authors = rng.integers(0, 8, n), rng.integers(0, 40, n)
    said = [STANCES[each] for each in rng.integers(0, 4, n)]
    found = estimate_modelled(sums_of(list(zip(articles.tolist(), authors.tolist(), said, [None] * n, strict=True))))
    table = np.array([PROBABILITIES[each] for each in said])
    address, against = table[:, :3].sum(axis=1), table[:, STANCES.index(Stance.AGAINST)]
    share = against.sum() / address.sum()
    moves = (against - share * address) / address.sum()
    assert found.values[0] == pytest.approx(share)
    expected = two_way_variance(moves, articles, authors) * 8 / 7
    assert found.influence.variance[0] == pytest.approx(expected, rel=1e-4)


def test_corrected_shares_are_those_of_prediction_powered_inference() -> None:
    """ppi_py.ppi_mean_pointestimate(Y, Yhat, Yhat_all, lam=1) is the formula below, and its interval is that of
    independent comments without the covariance of what is in both parts."""
    rng = np.random.default_rng(0)
    n, labelled = 2_000, 200
    sums, soft, truth = DrawnSums(), rng.dirichlet(np.ones(3), n), rng.integers(0, 3, n)
    for at in range(n):
        against, neutral, favor = soft[at].tolist()
        own = (at, at, 0), 0, (favor, against, neutral, 0.0)
        label = STANCES.index((Stance.AGAINST, Stance.NEUTRAL, Stance.FAVOR)[truth[at]])
        sums.add(*own, label if at < labelled else None, labelled / n)
    found = estimate_corrected(sums)
    for side in range(3):
        errors = (truth[:labelled] == side) - soft[:labelled, side]
        expected = soft[:, side].mean() + errors.mean()
        variance = (
            soft[:, side].var() / n + errors.var() / labelled + 2 * np.cov(soft[:labelled, side], errors)[0, 1] / n
        ) + 0.5 / labelled**2  # half an error more than was seen
        assert found.values[side] == pytest.approx(expected, abs=1e-6)
        assert found.influence.variance[side] == pytest.approx(variance, rel=0.02)


def test_labels_that_hardly_address_the_target_correct_nothing() -> None:
    """Half of the comments are said to address it, and the labels say that next to none does: 0 / 0, or worse."""
    for answering in (0, 3, 5):
        rows = [
            (at % 20, at, Stance.AGAINST if at % 2 else Stance.NOT_ADDRESSED, label)
            for at in range(120)
            for label in [Stance.FAVOR if at < answering else Stance.NOT_ADDRESSED]
        ]
        found = estimated(sums_of(rows, chance=1.0 if answering == 5 else 0.5))
        if answering < 5:
            assert found.corrected is None
            assert {each.method for each in found.shares} <= {"labels", "none"}
        assert all(np.isfinite(each.estimate) for each in found.shares if each.estimate is not None)


def test_labels_that_stand_for_unequal_numbers_of_comments_are_not_said_to_be_too_few() -> None:
    sums, favor = DrawnSums(), STANCES.index(Stance.FAVOR)
    for at in range(200):
        chance = 0.9 if at < 20 else 0.05
        sums.add((at % 20, at, 0), favor, PROBABILITIES[Stance.FAVOR], favor if at < 26 else None, chance)
    why = "20 labels are needed, but the 26 labels that address the target count like 8,"
    why += " because they stand for unequal numbers of comments"
    assert {(each.method, each.note) for each in estimated(sums).shares} == {("model", why)}


@cases("labels", "method")
def test_labels_decide_the_method(labels: int, method: str) -> None:
    rows = [
        (at % 10, at, Stance.AGAINST if at % 3 else Stance.FAVOR, Stance.FAVOR if at < labels else None)
        for at in range(100)
    ]
    found = estimated(sums_of(rows))
    (share,) = (each for each in found.shares if each.stance is Stance.FAVOR and each.population == "outlet")
    assert (share.method, share.labelled, share.interval is None) == (method, labels, method == "none")
    assert (found.corrected is not None) is (method == "corrected")


@pytest.mark.parametrize("labels", [0, 60])
def test_under_five_articles_nothing_is_said_of_the_outlet(labels: int) -> None:
    rows = [(at % 4, at, Stance.AGAINST, Stance.AGAINST if at < labels else None) for at in range(100)]
    found = estimated(sums_of(rows))
    outlet = [each for each in [*found.shares, *found.means] if each.population == "outlet"]
    assert {(each.method, each.interval, each.note) for each in outlet} == {("none", None, "fewer than 5 articles")}
    assert found.corrected is None
    exact = [each for each in found.shares if each.population == "corpus"]
    assert all(each.interval is not None for each in exact)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.05, 0.25]))
def test_estimates_keep_within_bounds_and_intervals_hold_them(seed: int, labelled: float) -> None:
    found = estimated(crowd(seed, labelled))
    for each in [*found.shares, *found.means]:
        low, high = {"net": (-100, 100)}.get(getattr(each, "measure", ""), (0, 1))
        assert each.estimate is None or low <= each.estimate <= high
        if each.interval and each.estimate is not None:
            assert low <= each.interval[0] <= each.estimate + 1e-9
            assert each.estimate - 1e-9 <= each.interval[1] <= high


def clusters(articles: list[int], authors: list[int]) -> Influence:
    return influence(
        np.array(articles), np.array(authors), np.array([0.1, -0.2, 0.1])[:, None] * np.ones(len(MEASURES))
    )


def test_an_author_who_writes_alike_in_both_groups_makes_their_difference_surer_and_unnamed_ones_do_not() -> None:
    for authors, others, is_surer in (([0, 1, 2], [0, 1, 2], True), ([-1, -2, -3], [-4, -5, -6], False)):
        one, other = clusters([0, 1, 2], authors), clusters([3, 4, 5], others)
        apart = (one.variance + other.variance)[0]
        together = contrast_variance([(1.0, one), (-1.0, other)])[0]
        assert together < apart if is_surer else together == pytest.approx(apart)


@pytest.mark.parametrize("labelled", [False, True])
@pytest.mark.parametrize("side", [Stance.AGAINST, Stance.NEUTRAL, Stance.FAVOR])
def test_nothing_is_certain_because_all_comments_agree(side: Stance, labelled: bool) -> None:
    rows = [(article, author, side, side if labelled else None) for author, article in enumerate([*range(8)] * 3)]
    found = estimated(sums_of(rows))
    assert {each.method for each in found.means if each.population == "outlet"} == {"labels" if labelled else "model"}
    for mean in (each for each in found.means if each.population == "outlet"):
        low, high = mean.interval or (0.0, 0.0)
        assert low <= (mean.estimate or 0.0) <= high
        assert high - low > 0.1, mean


@pytest.mark.parametrize("labels", [22, 30, 49])
def test_a_share_that_rounding_leads_beyond_one_has_an_interval(labels: int) -> None:
    """All labelled comments address the target, with weights that do not sum without error."""
    sums = DrawnSums()
    for at in range(60):
        side = STANCES.index((Stance.FAVOR, Stance.AGAINST)[at % 2])
        label = side if at < labels else None
        sums.add((at % 9, at, 0), side, PROBABILITIES[STANCES[side]], label, 0.03 * (1 - at / 200))
    found = estimated(sums)
    assert all(each.interval is None or 0 <= each.interval[0] <= each.interval[1] <= 1 for each in found.shares)


def uneven(sizes: list[int]) -> DrawnSums:
    """Articles of some sizes, that lean; all comments address the target, are audited and unnamed."""
    rng, sides, rows = np.random.default_rng(5), (Stance.AGAINST, Stance.FAVOR, Stance.NEUTRAL), []
    for article, size in enumerate(sizes):
        for _ in range(size):
            said = sides[article % 3] if rng.random() < 0.7 else sides[rng.integers(3)]
            rows.append((article, -1, said, said))
    return sums_of(rows)


@pytest.mark.parametrize("sizes", [[20] * 10, [140, *[6] * 10], [60, 60, *[2] * 40]])
def test_articles_count_for_as_many_as_their_sizes_are_even(sizes: list[int]) -> None:
    sums = uneven(sizes)
    count, even = len(sizes), sum(sizes) ** 2 / sum(size**2 for size in sizes)
    counted, corrected = estimate_modelled(sums), estimate_corrected(sums)
    assert counted.influence.freedom[0] == pytest.approx(even * (count - 1) / count)
    assert corrected.influence.freedom[0] == pytest.approx(even * (count - 1) / count, rel=0.05)
    as_if_even = replace(counted.influence, even=None)
    assert as_if_even.freedom[0] == count - 1
    widths = counted.influence.half_width[0], as_if_even.half_width[0]
    assert widths[0] == pytest.approx(widths[1]) if len(set(sizes)) == 1 else widths[0] > 1.2 * widths[1]


def test_shares_of_comments_that_all_have_a_label_are_exact_also_where_the_model_is_sure_that_none_addresses() -> None:
    sums, sure = DrawnSums(), (0.01, 0.01, 0.01, 0.97)
    for number in range(200):  # 40 of each side; the model misses 20 that are against
        truth = number % 2 if number < 80 else 1 if number < 100 else 3
        soft = tuple(0.97 if place == truth else 0.01 for place in range(4)) if number < 80 else sure
        sums.add((number // 10, -1 - number, 0), soft.index(0.97), soft, truth, 0.5 if number % 3 else 1.0)
    shares = {share.stance: share for share in estimated(sums).shares if share.population == "corpus"}
    for stance, part in ((Stance.AGAINST, 0.6), (Stance.FAVOR, 0.4), (Stance.NEUTRAL, 0.0)):
        assert shares[stance].all_labelled
        assert (shares[stance].estimate, *shares[stance].interval) == pytest.approx((part, part, part))
