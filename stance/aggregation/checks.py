"""Check whether audit labels are a random sample of the comments that they stand for.

A correction is right only for labels that were drawn with the stated probabilities. Comments that somebody chose, or
that were labelled in the order of a file, differ from the others by the model's probabilities, or come from too few
articles or authors. Each of these is a z that honest draws exceed in fewer than one sample of a hundred.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from stance.aggregation.estimation import SURELY_SILENT
from stance.aggregation.measures import ADDRESSED
from stance.aggregation.observations import Flags, Floats, Ids, Observations

MOST_Z = 4.0
"""Maximum absolute z of labels that may correct anything; of honest samples, one of a hundred exceeds it."""

FEWEST_CHECKED = 20
"""Minimum number of labels that are checked: below it no share rests on them."""

TOLERANCE = 0.1
"""Share of the comments that counts as one standard error of the population of a sample: a frame misses comments in
other languages, in excluded tables, and those that a model learned from."""

ODD = {
    "probabilities": "they differ from the other comments in the model's probabilities",
    "articles": "they come from too few articles",
    "authors": "they come from too few authors",
    "weights": "their sampling probabilities add up to too few comments",
}
"""Words for what is odd about labels that fail a check."""


def check_labels(tables: Mapping[str, Observations], part: float | None = 1.0) -> dict[str, float]:
    """Compare the labelled comments of a group with all of them.

    :param tables: Comments of the group by target.
    :param part: Share of the drawn comments that have a label; None: not known.
    :return: z by the keys of ``ODD``, of the target where it is largest; empty where there are too few labels.
    """
    worst: dict[str, float] = {}
    for table in tables.values():
        if table.drawn >= FEWEST_CHECKED:
            for name, z in _compare(table, part).items():
                worst[name] = max(worst.get(name, 0.0), round(z, 2), key=abs)
    return worst


def odd_labels(checked: Mapping[str, float]) -> list[str]:
    """List the oddities of labels; empty where they may be a random sample.

    Too many articles are even draws of strata; weights that stand for too many comments are two samples together.
    """
    signs = {"probabilities": (1, -1), "weights": (-1,)}
    return [ODD[name] for name, z in checked.items() if any(sign * z > MOST_Z for sign in signs.get(name, (1,)))]


def outlets_drawn(outlets: Ids, labelled: Flags, names: Sequence[str]) -> list[str]:
    """List the outlets of a group that its labels are a sample of, where others were not drawn.

    :param outlets: Of each score, as its place among the names.
    :param labelled: Which scores have a label.
    """
    numbers = np.unique(outlets[labelled])
    sampled = np.isin(outlets, numbers).sum()
    if not is_left_out(len(outlets) - sampled, sampled, labelled.sum()):
        return []
    drawn = sorted(names[number] for number in numbers)
    listed = ", ".join(drawn[:5]) + (f" and {len(drawn) - 5} more" if len(drawn) > 5 else "")
    return [f"they are of {listed} only (choose with --where outlet=NAME, or label a sample of all outlets)"]


def is_left_out(comments: Floats | float, sampled: Floats | float, labels: Floats | float) -> bool:
    """Return whether comments without a label were not drawn: by chance, one such draw in twenty leaves them out.

    :param comments: Their number. All three may also be arrays: numbers of parts with unequal probabilities.
    :param sampled: Comments among which labels were drawn.
    """
    rates = np.where(sampled, labels / np.maximum(sampled, 1), np.sum(labels) / max(1, np.sum(sampled)))
    return float(np.sum(comments * rates)) > 3.0  # a group that expects 3 labels has none in 5 % of random draws


def count_parts(table: Observations) -> Floats:
    """Count comments, and labels, of the parts of a draw: comments that may address the target, and silent ones.

    :return: Shape (2, 2): comments by part, labels by part.
    """
    part = (table.soft @ ADDRESSED < SURELY_SILENT).astype(int)
    return np.array([np.bincount(part, minlength=2), np.bincount(part[table.labelled], minlength=2)], np.float64)


def _compare(table: Observations, part: float | None) -> dict[str, float]:
    total, weights = len(table), table.represented
    sampled = np.maximum(weights * (weights - 1), 0.0)  # variance of each label's weight
    spread = float(sampled.sum()) / total or np.finfo(float).tiny  # mean of (1 - p) / p
    odds = np.asarray(table.probabilities, np.float64)
    values = np.column_stack([odds, odds.max(axis=1)])
    apart = values - values.mean(axis=0)
    variance = sampled @ apart[table.labelled] ** 2
    errors = np.sqrt(np.maximum(variance, spread * (apart**2).sum(axis=0)))
    scores = np.divide(weights @ apart[table.labelled], errors, out=np.zeros(len(errors)), where=errors > 1e-9)
    distances = {
        "probabilities": float(max(scores, key=abs)),
        "articles": _clustering(table.articles, table.labelled, weights, spread),
        "authors": _clustering(table.authors, table.labelled, weights, spread),
    }
    if part is None:
        return distances
    planned = table.draws / part
    error = np.sqrt(np.maximum(planned * (planned - 1), 0.0).sum() + (TOLERANCE * total) ** 2)
    return distances | {"weights": float((planned.sum() - total) / error)}


def _clustering(ids: Ids, labelled: Ids, weights: Floats, spread: float) -> float:
    """Return the z of pairs of labels in one cluster: by how much there are more than a random draw has.

    Of independent draws, with whatever probabilities, the products of two weights less 1 have mean 0.
    """
    _, numbers = np.unique(ids, return_inverse=True)
    sizes = np.bincount(numbers)
    shares = np.bincount(numbers[labelled], weights, len(sizes)) - sizes
    alone = np.bincount(numbers[labelled], weights * weights - 2 * weights, len(sizes)) + sizes
    several = sizes[sizes > 1]
    if not len(several):
        return 0.0
    # A sum of squares: as a normal deviate (Wilson and Hilferty 1931), with clusters counted by their sizes.
    part = 2 / 9 * float((several * (several - 1.0)).sum()) / float(several.sum()) ** 2
    ratio = 1 + float((shares**2 - alone).sum()) / (spread * float(several.sum()))
    return float((np.cbrt(ratio) - 1 + part) / np.sqrt(part))
