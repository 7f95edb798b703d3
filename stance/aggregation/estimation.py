"""Estimate shares and means of a group of comments with clustered variances, corrected by any audit labels.

Shares are ratios of sums of a model's probabilities, which lose less of the rarer sides than counts of its labels
(Bella, Ferri, Hernández-Orallo and Ramírez-Quintana, Quantification via Probability Estimators, 2010). They are still
biased, and differently in each outlet. A random sample of labels estimates that bias, which
is subtracted: the difference estimator of survey sampling (Särndal, Swensson and Wretman 1992, 6.3), known as
prediction-powered inference with lambda 1 (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382, 2023).
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from stance.aggregation.influence import Influence, effective_numbers, influence, sums_at_places
from stance.aggregation.measures import ADDRESSED, MEASURES, Solution, cross_sums, solve_sums
from stance.aggregation.observations import SIDES_AT, Flags, Floats, Ids, Observations, represented, values_of
from stance.datamodels import SIDES, STANCES

SURELY = 3.0
"""Minimum standard errors of a denominator above 0: else a ratio has no usable linearisation (Fieller 1954)."""


# Assumptions about comments that a model is sure do not address the target.

SURELY_SILENT = 0.05
"""Maximum probability of addressing the target below which a model is sure that a comment does not."""

FEWEST_SILENT = 5
"""Minimum number of labels of such comments, and of the others, to estimate them apart."""

KNOWN_SILENT = 25.0
"""Number of such comments, half of one of which addresses the target, that labels are added to: of real comments that
do not name it, 0 to 9 % address it, and a label of one may represent hundreds."""

ALIKE = 5.0
"""Number of labels, divided as those of the others, that labels of missed comments are added to."""

APART = 0.2
"""Standard deviation of a share among missed comments from that among the others."""

PART_SILENT = 0.15
"""Share of such comments in a draw."""

_APART = np.array([*(APART for _ in SIDES), 2 * APART, 1.0])  # of the measures


def assumed_silent(missed: float) -> float:
    """Return the number of assumed comments that labels are added to: it falls as more labels address the target.

    In one of ten sets of real comments 15 % of the comments that do not name the target address it. With the same
    number there, .84 of the intervals contained the true share.
    """
    return KNOWN_SILENT / (1 + missed)


class Estimated(NamedTuple):
    """One coefficient of a fit for all measures: a share or mean, a slope, or a change.

    :param values: Shape (measures,); NaN if the denominator is zero.
    :param influence: Of the lines it was computed from.
    :param corpus_variance: Shape (measures,): for exactly these comments; None without labels.
    :param shift: Shape (measures,): to be added if annotators dispute labels because they err at random.
    :param is_defined: Whether labels show that some comments address the target; otherwise the denominator of a share
        may be 0.
    :param weight: Comments that address the target, of a slope times the variance of its regressor.
    """

    method: str
    values: Floats
    influence: Influence
    corpus_variance: Floats | None = None
    shift: Floats | float = 0.0
    is_defined: bool = True
    weight: float = 0.0


def fit(table: Observations, regressors: Floats | None = None, *, trust: bool = True) -> tuple[Estimated, ...]:
    """Regress the sides of the comments that address a target on regressors, corrected by labels.

    The outcome of a comment is its probabilities plus, where it is labelled, w (y - p), with weights w that sum to all
    comments of its stratum, those that the model is sure are silent and the others each: design-based supervised
    learning (Egami, Hinck, Stewart and Wei 2023). So the estimate of several strata is the sum of theirs. One label may
    represent a hundred silent comments, so those of them that address the target are taken to be as rare and as divided
    as elsewhere, until many labels say otherwise. Whether a comment addresses the target is corrected
    alike, and with it the denominators. Each measure is the least-squares fit of its numerator with its denominator as
    weight; of the constant alone it is a ratio. Influences are summed over both parts by cluster, so the variance
    includes their covariance. A good model makes few or no errors among the labels, and their spread does not show how
    many were missed: variances are those of half an error more in each stratum (as the prior of Jeffreys adds half an
    observation to a share; Brown, Cai and DasGupta, Interval Estimation for a Binomial Proportion, 2001).

    :param table: Without labels: the model alone.
    :param regressors: Shape (n, regressors), the first of which is 1; None: this one alone.
    :param trust: Use the probabilities; False: the labels alone (Hájek 1971).
    :return: One for each regressor.
    """
    silence = silent(table)
    cells = 2 * table.strata + silence
    weights = represented(table.draws, cells, table.labelled)
    stated = _stated(table, silence) if trust else table.given
    errors = weights[:, None] * (stated - trust * table.soft[table.labelled])
    labelled = regressors if regressors is None else regressors[table.labelled]
    sums = cross_sums(errors, labelled)
    solved = solve_sums(sums + cross_sums(table.soft, regressors) if trust else sums)
    drawn = _Drawn(table, cells, solved, regressors, labelled, errors, weights, trust)
    return tuple(drawn.estimate(regressor) for regressor in range(len(solved.coefficients)))


def _stated(table: Observations, silence: Flags) -> Floats:
    """Return the values of labels; those of a sample of silent comments are added to assumed ones, in each stratum."""
    stated, silent_labels, strata = table.given, silence[table.labelled], table.strata[table.labelled]
    for stratum in np.unique(strata[silent_labels]):
        part, others = silent_labels & (strata == stratum), ~silent_labels & (strata == stratum)
        if part.sum() == (silence & (table.strata == stratum)).sum():
            continue  # each has its label
        sides, labels = stated[:, SIDES_AT], part.sum()
        missed, usual = sides[part].sum(), table.represented[others] @ sides[others]
        pooled = ALIKE / (missed + ALIKE)
        usual = sides[part].sum(axis=1, keepdims=True) * usual / (usual.sum() or 1.0)
        stated[part, SIDES_AT] = (
            labels / (labels + assumed_silent(missed)) * (sides[part] + pooled * (usual - sides[part]))
        )
    return stated


def silent(table: Observations) -> Flags:
    """Return which comments the model is sure do not address the target; none where labels are of one kind alone."""
    below = table.soft @ ADDRESSED < SURELY_SILENT
    cells = 2 * table.strata + below
    labels = np.bincount(cells[table.labelled], minlength=2 * int(table.strata.max(initial=0)) + 2).reshape(-1, 2)
    return below & (labels.min(axis=1) >= FEWEST_SILENT)[table.strata]


class _Drawn(NamedTuple):
    """A fit, and the labelled comments that it was made with."""

    table: Observations
    cells: Ids  # of each comment: an even number for its stratum, and the next one for its silent comments
    solved: Solution
    regressors: Floats | None  # of all comments
    labelled: Floats | None  # regressors of the labelled ones
    errors: Floats  # shape (labels, 4): label minus probability, times the comments that the label represents
    weights: Floats  # comments that each label represents
    trust: bool  # the probabilities are used

    def estimate(self, regressor: int) -> Estimated:
        """Return one coefficient with its influence."""
        table, solved, labels, trust = self.table, self.solved, len(self.weights), self.trust
        pull = solved.pull(regressor, self.labelled)
        fixes, unseen = solved.moves(regressor, self.errors, self.labelled), np.zeros(len(MEASURES))
        if labels and trust:
            moves = solved.moves(regressor, table.soft, self.regressors).astype(np.float64)
            sizes = np.bincount(self.cells)
            totals = sums_at_places(self.cells[table.labelled], fixes, len(sizes))
            moves += (totals / np.maximum(1, sizes)[:, None])[self.cells]
            moves[table.labelled] += self._centred(fixes)
            unseen, used = self._half_an_error(pull), np.arange(len(table))
        else:  # a cluster that says nothing of the target is no observation
            values = table.soft if trust else self.errors
            addressing = np.flatnonzero(values[:, SIDES_AT].any(axis=1))
            used = addressing if trust else table.labelled[addressing]
            moves = (solved.moves(regressor, values, self.regressors) if trust else self._centred(fixes))[addressing]
        spread, shift, evened = self._disputes(regressor) if table.is_disputed else (0.0, 0.0, 0.0)
        clusters = influence(table.articles[used], table.authors[used], moves)
        even_sizes = even(table, solved.pull(regressor, self.regressors)[:, 0] ** 2) if trust else None
        left = 1 - min(1.0, labels / len(table)) if labels else 0.0  # share of the comments without a label
        return Estimated(
            ("corrected" if trust else "labels") if labels else "model",
            solved.coefficients[regressor],
            replace(clusters, unseen=unseen + spread + evened * clusters.variance, even=even_sizes),
            self._sampling(self._centred(fixes)) + left * unseen + spread if labels else None,
            shift,
            is_defined=not (labels and trust) or self._is_above_zero(regressor, pull),
            weight=float(1 / solved.inverses[0, regressor, regressor]),
        )

    def _sampling(self, moves: Floats) -> Floats:
        """Return the variance due to the sampling of labels alone, for exactly these comments.

        Variance of a Poisson sample (Särndal, Swensson and Wretman 1992, 5.8). If only a part of the drawn comments
        was labelled, the probabilities are reduced by that part.
        """
        draws, numbers, copies = np.unique(self.table.texts, return_inverse=True, return_counts=True)
        # Strata weigh their labels, so copies of a text in several strata have several weights.
        weights = np.bincount(numbers, self.weights, len(draws)) / copies
        labels, probabilities = len(draws), np.minimum(1.0, 1 / weights)
        totals = sums_at_places(numbers, moves, labels)  # copies of a text are drawn together
        variance = ((1 - probabilities)[:, None] * totals**2).sum(axis=0)
        return variance * labels / max(1, labels - 1)

    def _disputes(self, regressor: int) -> tuple[Floats, Floats, float]:
        """Return the variance by labels that annotators dispute, and two changes if annotators err at random.

        The right label is taken to be one of those that annotators gave, each with the share of annotators who gave it.
        Labels of one annotator err as often as one of two who differ. If errors are other labels drawn at random, they
        pull all shares toward each other: of two annotators who differ at a rate, each errs at half of it. So they make
        articles and authors look more alike than they are.

        :return: The variance; the shift of the estimate; the part by which the variance between clusters grows.
        """
        _, first, texts = np.unique(self.table.texts, return_index=True, return_inverse=True)
        shares, votes = self.table.label_shares[first], self.table.votes[first].astype(float)
        of_stances = [self.weights[:, None] * values for values in values_of(np.eye(len(STANCES)))]
        of_labels = [self.solved.moves(regressor, values, self.labelled) for values in of_stances]
        moves = np.stack([sums_at_places(texts, of_label, len(first)) for of_label in of_labels])
        means = np.einsum("tk,ktm->tm", shares, moves)
        spread = np.einsum("tk,ktm->tm", shares, moves**2) - means**2
        raters, sizes = votes.sum(axis=1), np.bincount(texts, self.weights) ** 2
        several = raters > 1
        alone = 2 * sizes[~several].sum() / sizes[several].sum()
        equal = (votes * (votes - 1)).sum(axis=1)[several] / (raters * (raters - 1))[several]
        even_part = 2 / 3 * (1 - float(equal.mean()))  # errors are 3 of 4 labels drawn at random
        shift = even_part / (1 - even_part) * (means - moves.mean(axis=0)).sum(axis=0)
        return (1 + alone) * spread.sum(axis=0), shift, (1 - even_part) ** -2 - 1

    def _half_an_error(self, pull: Floats, apart: Floats | float = _APART) -> Floats:
        """Return the variance by errors that no label shows: half an error, and comments that the model misses.

        :param pull: Shape (n or 1, measures).
        :param apart: How far the comments that the model misses are from the others, shape (measures,).
        """
        own_cells, variance = self.cells[self.table.labelled], np.zeros(pull.shape[1])
        influences = (self.weights[:, None] * pull) ** 2
        for cell in np.unique(own_cells).tolist():
            labels = own_cells == cell
            if not cell % 2:
                variance += 0.5 * influences[labels].mean(axis=0)
                continue
            missed = float((self.table.given[labels] @ ADDRESSED).sum())
            n, pooled = labels.sum() + assumed_silent(missed), ALIKE / (missed + ALIKE)
            rate = (missed + 0.5) / n
            spread = rate * (1 - rate) / (n + 1) + np.where(np.asarray(apart) < 1, pooled * (missed / n) ** 2, 0)
            variance += spread * np.square((self.cells == cell).sum() * pull * apart).mean(axis=0)
        return variance

    def _centred(self, moves: Floats) -> Floats:
        """Subtract the mean error of its cell from each: labels represent all comments, however many are drawn."""
        own_cells = self.cells[self.table.labelled]
        totals = sums_at_places(own_cells, moves, int(own_cells.max(initial=0)) + 1)
        shares = self.weights / np.bincount(own_cells, self.weights)[own_cells] if len(own_cells) else self.weights
        return moves - shares[:, None] * totals[own_cells]

    def _is_above_zero(self, regressor: int, pull: Floats) -> bool:
        """Return whether a denominator, corrected, is many standard errors above 0."""
        denominator = 1 / self.solved.inverses[0, regressor, regressor]
        variance = (pull[:, :1] * denominator) ** 2  # of the regressor, without the others
        moves = self._centred((self.errors @ ADDRESSED)[:, None] * variance)
        return bool(denominator > SURELY * np.sqrt(self._sampling(moves)[0] + self._half_an_error(variance, 0.0)[0]))


def even(table: Observations, weights: Floats | float = 1.0) -> tuple[float, float]:
    """Return the effective numbers of articles and of authors, by the comments that address the target."""
    return effective_numbers(table.articles, table.authors, table.soft @ ADDRESSED * weights)
