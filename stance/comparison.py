"""Compare groups of comments: outlets, authors, months, languages, or any column of a score.

First form: what is compared is what the model labelled. The intervals cover sampling error only, so no difference is
claimed: every verdict is ``not_tested`` until audit labels correct the shares.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

from stance.aggregation import clustered_interval
from stance.datamodels import SIDES, STANCES, UNKNOWN_LANGUAGE, Score, Share, Stance, Unit
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
    shares: tuple[Share, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two groups side by side, toward one target and stance."""

    target: str
    stance: Stance
    a: str
    b: str
    estimate: float | None  # share in a minus share in b, as the model labelled them
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups by one column, and every pair of them."""

    by: str
    targets: tuple[str, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class _GroupTally:
    """Counts of one group, per article: what the clustered variance needs, and no more."""

    documents: set[str | None] = field(default_factory=set)
    comments: dict[tuple[str | None, str | None], bool] = field(default_factory=dict)  # whether any has a stance
    authors: set[str] = field(default_factory=set)
    without_author: int = 0
    without_stance: Counter[str] = field(default_factory=Counter)
    # target -> document -> stance -> comments
    counts: dict[str, dict[str | None, dict[Stance, int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(lambda: dict.fromkeys(STANCES, 0)))
    )

    def add(self, score: Score) -> None:
        self.documents.add(score.document)
        stance = score.stance
        if (key := (score.document, score.comment)) not in self.comments:
            self.comments[key] = False
            self.without_author += score.author is None
            if score.author is not None:
                self.authors.add(score.author)
        if stance is None:
            self.without_stance[score.target] += 1
        else:
            self.comments[key] = True
            self.counts[score.target][score.document][stance] += 1

    def group(self, name: str, targets: Sequence[str]) -> Group:
        totals = {
            target: {stance: sum(c[stance] for c in self.counts[target].values()) for stance in STANCES}
            for target in targets
        }
        return Group(
            group=name,
            articles=len(self.documents),
            comments=len(self.comments),
            authors=len(self.authors),
            without_author=self.without_author,
            not_covered=sum(not has_stance for has_stance in self.comments.values()),
            without_stance={target: self.without_stance[target] for target in targets},
            addressed={target: sum(totals[target][side] for side in SIDES) for target in targets},
            counts=totals,
            shares=tuple(self._share(target, side, totals[target]) for target in targets for side in SIDES),
        )

    def _share(self, target: str, side: Stance, totals: dict[Stance, int]) -> Share:
        n = sum(totals[each] for each in SIDES)
        share = totals[side] / n if n else None
        interval = clustered_interval(
            [(counts[side], sum(counts[each] for each in SIDES)) for counts in self.counts[target].values()]
        )
        return Share(
            target=target,
            stance=side,
            n=n,
            raw=share,
            estimate=share,
            interval=interval,
            method="model" if interval else "none",
            population="outlet",
        )


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
    """Counts for a comparison, one batch of scores at a time."""

    def __init__(self, targets: Sequence[str], *, by: str = "outlet") -> None:
        self.by = by
        self.targets = tuple(targets)
        self._name_of = grouping(by)
        self._groups: dict[str, _GroupTally] = defaultdict(_GroupTally)

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores of comments; paragraphs and other targets are left out."""
        for score in scores:
            if score.unit is Unit.COMMENT and score.target in self.targets:
                self._groups[self._name_of(score) or NOT_STATED].add(score)

    def comparison(self) -> Comparison:
        """Give the groups in order of name, and every pair of them."""
        groups = tuple(self._groups[name].group(name, self.targets) for name in sorted(self._groups))
        return Comparison(by=self.by, targets=self.targets, groups=groups, differences=_differences(groups))


def compare_scores(scores: Iterable[Score], targets: Sequence[str], *, by: str = "outlet") -> Comparison:
    """Compare groups of comment scores.

    :param scores: Of comments (paragraphs are left out); read once, not held.
    :param targets: The targets to compare on, in the order of the result.
    :param by: A key of ``GROUPINGS``.
    :return: Groups in order of name, and every pair of them.
    :raises ConfigError: If no score has a column ``by``.
    """
    tally = ComparisonTally(targets, by=by)
    tally.add(scores)
    return tally.comparison()


def _differences(groups: Sequence[Group]) -> tuple[Difference, ...]:
    return tuple(
        Difference(
            target=one.target,
            stance=one.stance,
            a=a.group,
            b=b.group,
            estimate=one.estimate - other.estimate if one.estimate is not None and other.estimate is not None else None,
        )
        for a, b in combinations(groups, 2)
        for one, other in zip(a.shares, b.shares, strict=True)
    )


def comparison_to_record(comparison: Comparison) -> dict[str, Any]:
    """Give the JSON shape of a comparison, as ``comparison.json`` and ``summary.json`` hold it."""
    return {
        "by": comparison.by,
        "targets": list(comparison.targets),
        "groups": [asdict(group) for group in comparison.groups],
        "differences": [asdict(difference) for difference in comparison.differences],
    }
