"""Sums of the comments of one group, one document at a time, and its estimates."""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from stance import text_forms
from stance.aggregation.checks import check_labels, odd_labels, outlets_drawn
from stance.aggregation.clusters import ClusterSums
from stance.aggregation.comment_sets import CommentSet
from stance.aggregation.planning import half_widths
from stance.aggregation.sentiment import SentimentGroups, SentimentSums, add_sentiment, summarise_sentiment
from stance.aggregation.shares import NOTES, GroupEstimate, estimate_group
from stance.comparison.results import Group
from stance.datamodels import MOST_COPIED, NO_OUTLET, READINGS, SIDES, LabelledComment, Record, Score, Stance

Place = tuple[int, int, int]
"""Article, author and day of a comment, as numbers."""


@dataclass(slots=True)
class GroupTally:
    """Sums over clusters and distinct counts of one group."""

    distinct: CommentSet = field(default_factory=CommentSet)
    without_stance: Counter[str] = field(default_factory=Counter)  # by target
    readings: Counter[tuple[str, str]] = field(default_factory=Counter)  # by target and list
    read: Counter[tuple[str, Stance]] = field(default_factory=Counter)  # by target and label of a person
    sums: dict[str, ClusterSums] = field(default_factory=lambda: defaultdict(ClusterSums))
    sentiment: SentimentGroups = field(default_factory=dict)
    texts: "array[int]" = field(default_factory=lambda: array("q"))  # numbers of comments and of their texts, in turn
    checks: Record = field(default_factory=dict)
    outlets: Counter[tuple[str, bool]] = field(default_factory=Counter)  # scores by outlet, and whether labelled
    lacks_texts: bool = False  # of some comments, so that nobody knows which are copies

    def add(
        self, score: Score, digest: int, location: Place, language: int, label: LabelledComment | None, text: str | None
    ) -> None:
        """Add a score; ``digest`` is of its comment."""
        if text and self.texts[-2:-1].tolist() != [digest]:  # scores of a comment mostly come together
            # The number of a text has no sign, those of the array have one.
            self.texts.extend((digest, int(text_forms.text_number(text)[1:] or 0) - (1 << 63)))
        self.lacks_texts |= text == ""
        self.distinct.add(digest, *location, language, score.stance is not None)
        if score.stance is None:
            self.without_stance[score.target] += 1
        elif score.shown:
            self.readings[score.target, score.shown] += 1
        self.outlets[score.outlet or NO_OUTLET, label is not None] += 1
        if label is not None:
            self.read[score.target, label.label] += 1
        self.sums[score.target].add_score(score, label, location)
        add_sentiment(self.sentiment, score, location)

    def merge(self, other: "GroupTally", strata: Mapping[str, int] = MappingProxyType({})) -> None:
        """Add the sums of another group.

        :param strata: Target -> number of the stratum that it is in this group; 0 where none is stated.
        """
        self.distinct.merge(other.distinct)
        self.texts += other.texts
        self.lacks_texts |= other.lacks_texts
        self.without_stance.update(other.without_stance)
        self.readings.update(other.readings)
        self.outlets.update(other.outlets)
        self.read.update(other.read)
        for target, sums in other.sums.items():
            self.sums[target].merge(sums, stratum=strata.get(target, 0))
        for key, sentiment in other.sentiment.items():
            self.sentiment.setdefault(key, SentimentSums()).merge(sentiment)

    def check(self, part: float | None) -> list[str]:
        """Check the labels once, and leave them out if they are no random sample.

        :param part: Share of the drawn pairs that have a label.
        :return: What is odd about them.
        """
        if "labels_random" not in self.checks:
            tables = {target: sums.observations() for target, sums in self.sums.items() if sums.labelled[0]}
            problems = check_labels(tables, part)
            odd = odd_labels(problems)
            self.checks |= {"labels_random": problems, "labels_odd": odd and (outlets_drawn(self.outlets) or odd)}
            for sums in self.sums.values() if self.checks["labels_odd"] else ():
                sums.drop_labels()
        return list(self.checks["labels_odd"])

    def group(
        self, name: str, targets: Sequence[str], languages: Sequence[str]
    ) -> tuple[Group, dict[str, GroupEstimate]]:
        """Count, and estimate by target; one target's lines are held at a time."""
        estimates, learnable = {}, {}
        for target in targets:
            table = self.sums[target].observations()
            estimates[target], learnable[target] = estimate_group(target, table), half_widths(table)
        counts = {target: self.sums[target].counts() for target in targets}
        facts = self.distinct.facts()
        facts["languages"] = {languages[language]: n for language, n in facts["languages"].items()}
        texts = np.unique(np.array(self.texts).reshape(-1, 2), axis=0)
        copies = np.unique(texts[:, 1] >> 32, return_counts=True)[1]  # by their words
        copied = float(copies[copies > 1].sum() / len(texts)) if len(texts) else None
        largest_text = float(copies.max() * (copies.max() > 1) / len(texts)) if len(texts) else None
        if (largest_text or 0.0) > MOST_COPIED:
            estimates = {
                target: replace(estimate, corrected=None, why_untested=NOTES["copies"])
                for target, estimate in estimates.items()
            }
        sentiment, sides = summarise_sentiment(self.sentiment, targets)
        group = Group(
            group=name,
            **facts,
            without_stance={target: self.without_stance[target] for target in targets},
            addressed={target: sum(counts[target][side] for side in SIDES) for target in targets},
            counts=counts,
            readings={target: {name: self.readings[target, name] for name in READINGS} for target in targets},
            read={target: {label: n for (of, label), n in self.read.items() if of == target} for target in targets},
            shares=tuple(share for fit in estimates.values() for share in fit.shares),
            means=tuple(mean for fit in estimates.values() for mean in fit.means),
            labelled={target: fit.labelled for target, fit in estimates.items()},
            confusion={target: fit.confusion for target, fit in estimates.items() if fit.confusion},
            texts=len(np.unique(texts[:, 1])) or None,
            learnable=learnable,
            sentiment=sentiment,
            sentiment_sides=sides,
            checks={"labels_random": {}, "labels_odd": []}
            | self.checks
            | {"copies": copied, "largest_text": largest_text}
            | {"effective_authors": {target: fit.authors for target, fit in estimates.items()}},
        )
        return group, estimates
