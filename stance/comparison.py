"""Compare groups of comments: outlets, authors, months, languages, or any column of a score.

Two groups' shares can lie apart because a model errs more in one of them. So a difference is tested, and perhaps
claimed, only where audit labels correct both; of any other pair it is said how little a difference in errors would undo
it.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.aggregation import AuditLabels, ClusterSums, GroupEstimate, Mean, critical_value, estimate_group
from stance.aggregation.clusters import PACK, Row
from stance.aggregation.estimation import Estimated, difference_variance
from stance.datamodels import SIDES, STANCES, UNKNOWN_LANGUAGE, LabelledComment, Score, Share, Stance, Unit
from stance.exceptions import ConfigError

NOT_STATED = "(not stated)"
"""The group of scores whose page does not tell, say, its outlet."""

GROUPINGS: dict[str, Callable[[Score], str | None]] = {
    "outlet": lambda score: score.outlet,
    "author": lambda score: score.author,
    "month": lambda score: score.posted[:7] if score.posted else None,
    "language": lambda score: score.language if score.language != UNKNOWN_LANGUAGE else None,
    "document": lambda score: score.document,
    "via": lambda score: score.via,
    "target": lambda score: score.target,
    "model": lambda score: score.model,
}


VERDICTS = ("differ", "cannot_tell_apart", "not_tested")

LEVEL = 0.05
"""Of the tests, over all of them together."""

DETECTABLE = 2.8
"""Standard errors of the smallest difference that is found in 80 % of samples: 1.96 + 0.84 (Cohen 1988)."""

MOST_PAIRED = 40
"""Groups that are set against each other, the largest: 780 pairs. A thousand authors would make half a million."""


@dataclass(frozen=True, slots=True)
class Group:
    """One group with its counts and shares."""

    group: str
    articles: int
    comments: int
    authors: int
    without_author: int
    not_covered: int  # comments without a stance: in a language the model does not cover, or undecided
    without_stance: dict[str, int]  # the same by target
    addressed: dict[str, int]  # target -> comments that address it
    counts: dict[str, dict[Stance, int]]  # target -> stance -> comments
    shares: tuple[Share, ...]  # per target, of each side: among comments like these, then among exactly these
    means: tuple[Mean, ...] = ()  # likewise net stance and sentiment
    labelled: dict[str, int] = field(default_factory=dict)  # target -> audit labels
    confusion: dict[str, Mapping[Stance, Mapping[Stance, int]]] = field(default_factory=dict)
    """Of the audit: target -> label -> the model's label -> comments."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two groups side by side, toward one target and stance."""

    target: str
    stance: Stance
    a: str
    b: str
    estimate: float | None  # share in a minus share in b; as the model labelled them unless it is tested
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    tipping_point: float | None = None  # relative: by how much less of the stance the model would have to find in one


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups by one column, and every pair of them."""

    by: str
    targets: tuple[str, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    not_paired: int = 0  # groups beyond the largest ``MOST_PAIRED``


class _Distinct:
    """Counts distinct things by digests of 64 bits; two of a million share one with a chance of 1 in 30 million."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._waiting = array("q")
        self._packed: list[NDArray[np.int64]] = []

    def add(self, thing: Hashable) -> None:
        digest = hash(thing)
        if digest != self._last:  # a comment's scores mostly come together, and so do those of an article
            self._last = digest
            self._waiting.append(digest)
            if len(self._waiting) >= PACK:
                self._pack()

    def merge(self, other: "_Distinct") -> None:
        other._pack()
        self._packed += other._packed

    def _pack(self) -> None:
        if self._waiting:
            self._packed.append(np.unique(np.array(self._waiting, np.int64)))
            self._waiting = array("q")

    def __len__(self) -> int:
        self._pack()
        return len(np.unique(np.concatenate([np.zeros(0, np.int64), *self._packed])))


@dataclass(slots=True)
class _GroupTally:
    """What one group's estimates need: sums over clusters, and what is counted once."""

    documents: _Distinct = field(default_factory=_Distinct)
    authors: _Distinct = field(default_factory=_Distinct)
    comments: _Distinct = field(default_factory=_Distinct)
    with_stance: _Distinct = field(default_factory=_Distinct)
    unnamed: _Distinct = field(default_factory=_Distinct)
    without_stance: Counter[str] = field(default_factory=Counter)
    counts: Counter[tuple[str, Stance]] = field(default_factory=Counter)
    sums: dict[str, ClusterSums] = field(default_factory=lambda: defaultdict(ClusterSums))

    def add(self, score: Score, article: int, author: int, label: LabelledComment | None) -> None:
        comment, stance = (score.document, score.comment), score.stance
        self.documents.add(score.document)
        self.comments.add(comment)
        (self.unnamed if score.author is None else self.authors).add(comment if score.author is None else score.author)
        if stance is None or score.probabilities is None:
            self.without_stance[score.target] += 1
            return
        self.with_stance.add(comment)
        self.counts[score.target, stance] += 1
        place, sentiment = STANCES.index(stance), score.target_sentiment
        row = Row(article, author, place, nan if sentiment is None else sentiment, score.probabilities)
        self.sums[score.target].add(row)
        if label is not None and label.probability is not None:
            self.sums[score.target].add_label(row, STANCES.index(label.label), label.probability)

    def merge(self, other: "_GroupTally") -> None:
        """Add what another group holds."""
        for name in ("documents", "authors", "comments", "with_stance", "unnamed"):
            getattr(self, name).merge(getattr(other, name))
        self.without_stance.update(other.without_stance)
        self.counts.update(other.counts)
        for target, sums in other.sums.items():
            self.sums[target].merge(sums)

    def group(self, name: str, targets: Sequence[str]) -> tuple[Group, dict[str, GroupEstimate]]:
        sums = [self.sums[target] for target in targets]
        found = {
            target: estimate_group(target, each.lines(), each.audit_lines())
            for target, each in zip(targets, sums, strict=True)
        }
        comments = len(self.comments)
        counts = {target: {stance: self.counts[target, stance] for stance in STANCES} for target in targets}
        group = Group(
            group=name,
            articles=len(self.documents),
            comments=comments,
            authors=len(self.authors),
            without_author=len(self.unnamed),
            not_covered=comments - len(self.with_stance),
            without_stance={target: self.without_stance[target] for target in targets},
            addressed={target: sum(counts[target][side] for side in SIDES) for target in targets},
            counts=counts,
            shares=tuple(share for each in found.values() for share in each.shares),
            means=tuple(mean for each in found.values() for mean in each.means),
            labelled={target: each.labelled for target, each in found.items()},
            confusion={target: each.confusion for target, each in found.items() if each.confusion},
        )
        return group, found


def grouping(by: str) -> Callable[[Score], str | None]:
    """Give the function that names a score's group.

    :param by: A key of ``GROUPINGS``.
    :raises ConfigError: If no score has such a column.
    """
    try:
        return GROUPINGS[by]
    except KeyError:
        raise ConfigError(f"--by {by}: no such column; expected one of {', '.join(GROUPINGS)}") from None


class ComparisonTally:
    """Sums for a comparison, one batch of scores at a time.

    :param by: A key of ``GROUPINGS``.
    :param audit: Labels that correct what the model says; none where not given.
    """

    def __init__(self, targets: Sequence[str], *, by: str = "outlet", audit: AuditLabels | None = None) -> None:
        self.by = by
        self.targets = tuple(targets)
        self._name_of = grouping(by)
        self._audit = audit
        self._groups: dict[str, _GroupTally] = defaultdict(_GroupTally)
        self._articles: dict[str | None, int] = {}
        self._authors: dict[str, int] = {}
        self._unnamed = 0

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores of comments; paragraphs and other targets are left out."""
        for score in scores:
            if score.unit is Unit.COMMENT and score.target in self.targets:
                article = self._articles.setdefault(score.document, len(self._articles))
                label = self._audit.find(score) if self._audit else None
                self._groups[self._name_of(score) or NOT_STATED].add(score, article, self._author(score), label)

    def _author(self, score: Score) -> int:
        """Number an author; whoever is not named is somebody else each time."""
        if score.author is not None:
            return self._authors.setdefault(score.author, len(self._authors))
        self._unnamed += 1
        return -self._unnamed

    def comparison(self) -> Comparison:
        """Give the groups in order of name, and every pair of them."""
        found = [self._groups[name].group(name, self.targets) for name in sorted(self._groups)]
        largest = {group.group for group, _ in sorted(found, key=lambda each: -each[0].comments)[:MOST_PAIRED]}
        paired = [each for each in found if each[0].group in largest]
        return Comparison(
            by=self.by,
            targets=self.targets,
            groups=tuple(group for group, _ in found),
            differences=adjust(_differences(paired, self.targets)),
            not_paired=len(found) - len(paired),
        )

    def total(self) -> Group:
        """Give all groups as one."""
        whole = _GroupTally()
        for tally in self._groups.values():
            whole.merge(tally)
        return whole.group("all", self.targets)[0]


def compare_scores(
    scores: Iterable[Score], targets: Sequence[str], *, by: str = "outlet", audit: AuditLabels | None = None
) -> Comparison:
    """Compare groups of comment scores.

    :param scores: Of comments (paragraphs are left out); read once, not held.
    :param targets: The targets to compare on, in the order of the result.
    :param by: A key of ``GROUPINGS``.
    :param audit: Labels of a random sample of the comments, which correct what the model says.
    :return: Groups in order of name, and every pair of them.
    :raises ConfigError: If no score has a column ``by``.
    """
    tally = ComparisonTally(targets, by=by, audit=audit)
    tally.add(scores)
    return tally.comparison()


_Found = tuple[Group, dict[str, GroupEstimate]]
"""A group and, by target, what was estimated."""


def _differences(groups: Sequence[_Found], targets: Sequence[str]) -> Iterator[Difference]:
    for (a, of_a), (b, of_b) in combinations(groups, 2):
        for target in targets:
            pair = Difference(target, SIDES[0], a.group, b.group, None)
            yield from compare_pair(pair, of_a[target], of_b[target])


def compare_pair(pair: Difference, one: GroupEstimate, other: GroupEstimate) -> Iterator[Difference]:
    """Set two groups against each other, toward one target: tested where labels correct both.

    :param pair: Names the groups and the target.
    :return: One difference for each side; p-values are those of single tests, for :func:`adjust`.
    """
    if one.corrected and other.corrected:
        yield from _tested(pair, one.corrected, other.corrected)
        return
    for a, b in zip(one.shares[: len(SIDES)], other.shares[: len(SIDES)], strict=True):
        known = a.raw is not None and b.raw is not None
        yield replace(
            pair,
            stance=a.stance,
            estimate=a.raw - b.raw if a.raw is not None and b.raw is not None else None,
            tipping_point=tipping_point(a.raw or 0.0, b.raw or 0.0) if known else None,
        )


def _tested(pair: Difference, one: Estimated, other: Estimated) -> Iterator[Difference]:
    """Test the difference of each side by Student's t, with degrees of freedom by Welch and Satterthwaite (1946)."""
    from scipy.special import stdtr

    own = (one.influence.variance(), other.influence.variance())
    variances = difference_variance(one.influence, other.influence)
    freedom = (len(one.influence.articles.ids) - 1, len(other.influence.articles.ids) - 1)
    for at, side in enumerate(SIDES):
        value = float(one.values[at] - other.values[at])
        error = sqrt(variances[at])
        degrees = satterthwaite((own[0][at], own[1][at]), freedom)
        half = critical_value(degrees) * error
        yield replace(
            pair,
            stance=side,
            estimate=value,
            interval=(max(-1.0, value - half), min(1.0, value + half)),
            p_adjusted=float(2 * stdtr(degrees, -abs(value) / error)) if error else float(value == 0),
            detectable=DETECTABLE * error,
        )


def satterthwaite(variances: tuple[float, float], freedom: tuple[int, int]) -> float:
    """Give the degrees of freedom of a sum of two variances (Satterthwaite 1946; Welch 1947)."""
    parts = sum(variance**2 / degrees for variance, degrees in zip(variances, freedom, strict=True))
    return float(sum(variances) ** 2 / parts) if parts else float(min(freedom))


def tipping_point(one: float, other: float) -> float | None:
    """Say by how much less of a stance a model would have to find in one group for a gap to vanish.

    If it says the stance of no comment that lacks it, shares are to each other as what it finds of them (its recall).

    :param one: A model-labelled share; and ``other`` that of the other group.
    :return: In [0, 1], relative: 0.1 means that its recall is a tenth lower in the group with the lower share. None
        where neither holds any.
    """
    return 1 - min(one, other) / max(one, other) if max(one, other) else None


def adjust(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Turn the p-values of single tests into those of all of them together, and say which groups differ.

    :param differences: ``p_adjusted`` holds the p-value of the single test.
    """
    found = list(differences)
    tested = [at for at, each in enumerate(found) if each.p_adjusted is not None]
    for at, p in zip(tested, holm([found[at].p_adjusted or 0.0 for at in tested]), strict=True):
        found[at] = replace(found[at], p_adjusted=p, verdict="differ" if p <= LEVEL else "cannot_tell_apart")
    return tuple(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that all tests together are wrong as rarely as one (Holm 1979).

    :return: In the order given, in [0, 1], no smaller than given.
    """
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted


def comparison_to_record(comparison: Comparison) -> dict[str, Any]:
    """Give the JSON shape of a comparison, as ``comparison.json`` and ``summary.json`` hold it."""
    return {
        "by": comparison.by,
        "targets": list(comparison.targets),
        "groups": [asdict(group) for group in comparison.groups],
        "differences": [asdict(difference) for difference in comparison.differences],
        "not_paired": comparison.not_paired,
    }
