"""Compare groups of comments: outlets, authors, months, languages, or any column of a score or of the user's table.

Shares of two groups can differ because a model makes more errors in one of them. So differences are tested only if
audit labels correct both groups. Scores are summed one document at a time.
"""

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from itertools import combinations, count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stance import datamodels
from stance.aggregation import NOTES, GroupEstimate, Mean, estimate_group
from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.clusters import SIDES_AT, UNDATED, AuditLabels, ClusterSums, CommentSet
from stance.aggregation.planning import half_widths
from stance.aggregation.sentiment import (
    SentimentGroups,
    SentimentMean,
    SentimentSums,
    add_sentiment,
    summarise_sentiment,
)
from stance.comparison import contrasts
from stance.comparison.contrasts import Difference, GroupContrast, SentimentDifference
from stance.comparison.copies import CopiedArticles
from stance.datamodels import (
    MOST_COPIED,
    READINGS,
    SIDES,
    Document,
    LabelledComment,
    Record,
    Score,
    Share,
    Skip,
    Stance,
    Unit,
    day_of,
)
from stance.exceptions import ConfigError, unknown
from stance.resources import read_toml

if TYPE_CHECKING:
    from stance.comparison.topics import Topics, TopicWords


MOST_GROUPS = 20_000
"""Maximum number of groups; a column of ids would make one for each comment."""

MOST_DETAILED = 20
"""Maximum number of groups that are followed over time, the largest."""

LOOKED_AT = 20
"""Number of documents after which a column that no document has is refused."""

SCORE_COLUMNS = ("outlet", "author", "month", "year", "language", "document", "via", "target", "model")

DOCUMENT_COLUMNS = ("title", "url")
"""Read from the document, unless the user's table has a column of that name."""


_OF_DATE = {"month": len("2026-03"), "year": len("2026")}
"""Column -> how much of an ISO 8601 date it is."""


LISTS = ".toml"
"""Ending of a file with the words of topics."""

AND = " · "
"""Between the parts of the name of a group by several columns."""


def read_lists(path: Path) -> dict[str, list[str]]:
    """Read the words of topics: a table of lists.

    :raises ConfigError: If the file cannot be used.
    """
    wanted = "the words of each topic, such as energy = ['gas', 'pipeline']"
    found = read_toml(path, wanted)
    if not found or not all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in found.values()
    ):
        raise ConfigError(f"{path}: no lists of words; expected {wanted}")
    return found


def own_columns(*names: str | None) -> tuple[str, ...]:
    """Return the columns of the user's table that must be kept for grouping."""
    columns = (column for name in names if name and not name.endswith(LISTS) for column in name.split(","))
    return tuple(dict.fromkeys(column for column in columns if column not in SCORE_COLUMNS))


class Grouping:
    """Names the group of each comment by one column.

    :param column: One of ``SCORE_COLUMNS`` or ``DOCUMENT_COLUMNS``, or a column of the user's table.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        self.is_found = column in SCORE_COLUMNS or column in DOCUMENT_COLUMNS
        self.unknown = datamodels.NO_OUTLET if column == "outlet" else datamodels.NOT_STATED

    def __call__(self, score: Score, document: Document | None) -> str | None:
        """Name the group; None where nothing is stated."""
        column = self.column
        if column in _OF_DATE:
            day = score.posted or (document.sure_date if document else None) or ""
            return day[: _OF_DATE[column]] or None
        if column in SCORE_COLUMNS:
            value: str | None = getattr(score, column)
            return None if column == "language" and value == datamodels.UNKNOWN_LANGUAGE else value
        for name, cell in score.columns:
            if name == column:
                self.is_found = True
                return cell or None
        return getattr(document, column, None) if column in DOCUMENT_COLUMNS else None

    def check(self) -> None:
        """Refuse a column that nothing that was read has.

        :raises ConfigError: If there was none.
        """
        if not self.is_found:
            known = (*SCORE_COLUMNS, *DOCUMENT_COLUMNS)
            raise ConfigError(unknown("--by: no column", self.column, known, "Or a column of your table."))


# Results --------------------------------------------------------------------------------------------------------------


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
    readings: dict[str, dict[str, int]]  # target -> comments that name it, by the lists of ``READINGS``
    shares: tuple[Share, ...]  # per target, of each side: among comments like these, then among exactly these
    means: tuple[Mean, ...] = ()  # likewise net stance
    labelled: dict[str, int] = field(default_factory=dict)  # target -> audit labels
    confusion: dict[str, Mapping[Stance, Mapping[Stance, int]]] = field(default_factory=dict)
    """Confusion matrices of the audit: target -> label -> the model's label -> comments."""
    read: dict[str, dict[Stance, int]] = field(default_factory=dict)
    """Comments by the labels of persons, also of labels that correct no share: target -> label -> comments."""
    first: str | None = None  # day of the oldest comment, or of its article where it has no date; ISO 8601
    last: str | None = None
    languages: dict[str, int] = field(default_factory=dict)  # of the comments
    largest_author: float | None = None  # share of all comments that the most active author wrote
    largest_article: float | None = None  # share of the comments under the largest article
    texts: int | None = None  # different texts of its comments; None: no text was read
    checks: Record = field(default_factory=dict)
    """``labels_random``: z of the check of labels; ``labels_odd``: the oddities for which they are not used;
    ``copies``: share of the comments whose text another comment has; ``largest_text``: share of those with the most
    frequent text; None: no texts were read;
    ``effective_authors``: target -> number, of equal size, by the comments that address it."""
    learnable: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    """Target -> numbers of labels, and the half width that is expected of the widest share after them."""
    sentiment: tuple[SentimentMean, ...] = ()  # of the comments that name a target
    sentiment_sides: tuple[Record, ...] = ()  # counts of how those sound that are read as on a side


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups by one column, and every pair of them."""

    by: str
    targets: tuple[str, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    without_comments: int = 0  # pages that are in no group
    not_paired: int = 0  # groups beyond the largest ``MOST_PAIRED``
    series: Record | None = None  # None: no dates, or one period
    slopes: tuple[GroupContrast, ...] = ()  # where changes were asked for
    topics: tuple[GroupContrast, ...] = ()  # where groups are topics
    sentiment_differences: tuple[SentimentDifference, ...] = ()  # those that were tested
    sentiment_changes: tuple[GroupContrast, ...] = ()  # where changes were asked for
    skipped: tuple[Skip, ...] = ()  # inputs that were left out; of which group they are is not known
    copied_articles: tuple[Record, ...] = ()  # that several outlets have: each counts as one event
    models: tuple[str, ...] = ()  # that gave the scores
    digests: dict[str, str] = field(default_factory=dict)  # of what was compared, and with what
    seed: int | None = None  # of the search for topics; None: nothing was drawn
    asked: Record = field(default_factory=dict)  # options ``topic``, ``trend`` and ``event``


# Records --------------------------------------------------------------------------------------------------------------


def comparison_to_record(comparison: Comparison) -> Record:
    """Convert a comparison to JSON; missing results have no key."""
    record = asdict(comparison)
    del record["models"]
    for name in ("series", "slopes", "topics", "copied_articles", "sentiment_changes"):
        if not record[name]:
            del record[name]
    for name in ("sentiment", "sentiment_sides"):
        record[name] = [{"group": group["group"], **row} for group in record["groups"] for row in group.pop(name)]
    record["skipped"] = [{"source": skip.source, "reason": skip.reason} for skip in comparison.skipped]
    return record


# Groups ---------------------------------------------------------------------------------------------------------------


MOST_PAIRED = 40
"""Maximum number of groups that are compared, the largest: 780 pairs. A thousand authors would make half a million."""


Place = tuple[int, int, int]
"""Article, author and day of a comment, as numbers."""


@dataclass(slots=True)
class _GroupTally:
    """Sums over clusters and distinct counts of one group."""

    distinct: CommentSet = field(default_factory=CommentSet)
    without_stance: Counter[str] = field(default_factory=Counter)  # by target
    readings: Counter[tuple[str, str]] = field(default_factory=Counter)  # by target and list
    read: Counter[tuple[str, Stance]] = field(default_factory=Counter)  # by target and label of a person
    sums: dict[str, ClusterSums] = field(default_factory=lambda: defaultdict(ClusterSums))
    sentiment: SentimentGroups = field(default_factory=dict)
    texts: "array[int]" = field(default_factory=lambda: array("q"))  # digests of comments and of their texts, in turn
    checks: Record = field(default_factory=dict)
    lacks_texts: bool = False  # of some comments, so that nobody knows which are copies

    def add(
        self, score: Score, digest: int, place: Place, language: int, label: LabelledComment | None, text: str | None
    ) -> None:
        """Add a score; ``digest`` is of its comment."""
        if text and self.texts[-2:-1].tolist() != [digest]:  # scores of a comment mostly come together
            self.texts.extend((digest, hash(datamodels.normalised(text))))
        self.lacks_texts |= text == ""
        self.distinct.add(digest, *place, language, score.stance is not None)
        if score.stance is None:
            self.without_stance[score.target] += 1
        elif score.shown:
            self.readings[score.target, score.shown] += 1
        if label is not None:
            self.read[score.target, label.label] += 1
        self.sums[score.target].add_score(score, label, place)
        add_sentiment(self.sentiment, score, place)

    def merge(self, other: "_GroupTally", weights: Mapping[str, float]) -> None:
        """Add the sums of another group.

        :param weights: Weights of its labels, by target.
        """
        self.distinct.merge(other.distinct)
        self.texts += other.texts
        self.lacks_texts |= other.lacks_texts
        self.without_stance.update(other.without_stance)
        self.readings.update(other.readings)
        self.read.update(other.read)
        for target, sums in other.sums.items():
            self.sums[target].merge(sums, weight=weights[target])
        for key, own in other.sentiment.items():
            self.sentiment.setdefault(key, SentimentSums()).merge(own)

    def check(self, part: float | None) -> list[str]:
        """Check the labels once, and leave them out if they are no random sample.

        :param part: Share of the drawn pairs that have a label.
        :return: What is odd about them.
        """
        if "labels_random" not in self.checks:
            tables = {target: own.observations() for target, own in self.sums.items() if own.labelled[0]}
            found = check_labels(tables, part)
            self.checks |= {"labels_random": found, "labels_odd": odd_labels(found)}
            for own in self.sums.values() if self.checks["labels_odd"] else ():
                own.drop_labels()
        return list(self.checks["labels_odd"])

    def group(
        self, name: str, targets: Sequence[str], languages: Sequence[str]
    ) -> tuple[Group, dict[str, GroupEstimate]]:
        """Count, and estimate by target; one target's lines are held at a time."""
        estimates, learnable = {}, {}
        for target in targets:
            table = self.sums[target].observations()
            estimates[target], learnable[target] = estimate_group(target, table), half_widths(table.soft[:, SIDES_AT])
        counts = {target: self.sums[target].counts() for target in targets}
        facts = self.distinct.facts()
        facts["languages"] = {languages[at]: n for at, n in facts["languages"].items()}
        texts = np.unique(np.array(self.texts).reshape(-1, 2), axis=0)
        copies = np.unique(texts[:, 1], return_counts=True)[1]
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
            shares=tuple(share for each in estimates.values() for share in each.shares),
            means=tuple(mean for each in estimates.values() for mean in each.means),
            labelled={target: each.labelled for target, each in estimates.items()},
            confusion={target: each.confusion for target, each in estimates.items() if each.confusion},
            texts=len(copies) or None,
            learnable=learnable,
            sentiment=sentiment,
            sentiment_sides=sides,
            checks={"labels_random": {}, "labels_odd": []}
            | self.checks
            | {"copies": copied, "largest_text": largest_text}
            | {"effective_authors": {target: each.authors for target, each in estimates.items()}},
        )
        return group, estimates


class ComparisonTally:
    """Sums for a comparison, one batch of scores at a time.

    :param by: As for :class:`Grouping`.
    :param audit: Labels that correct shares; none where not given.
    :param topic: What an article is about, where groups are topics: a column, or a file of word lists; None: its words.
    :param unit: The unit of slopes, one of ``PERIODS``; None: no change is estimated.
    :param event: The day whose comments are compared with those before.
    """

    def __init__(
        self,
        targets: Sequence[str],
        *,
        by: str = "outlet",
        audit: AuditLabels | None = None,
        topic: str | None = None,
        unit: str | None = None,
        event: date | None = None,
    ) -> None:
        self.by = by
        self.targets = tuple(targets)
        self._unit, self._event, self._topic, columns = unit, event, topic, by.split(",")
        if topic and "topic" not in columns:
            raise ConfigError("--topic: no --by topic; expected --by topic with it")
        self._lists = read_lists(Path(topic)) if topic and topic.endswith(LISTS) else None
        if topic and self._lists is None:
            columns = [topic if column == "topic" else column for column in columns]
        self._named = [Grouping(column) for column in columns if column != "topic"]
        self._topic_column = Grouping("topic") if "topic" in columns else None
        self._is_timed = bool({*columns} & {*_OF_DATE})
        self._audit = audit
        self._groups: dict[str, _GroupTally] = defaultdict(_GroupTally)
        self._parts: dict[tuple[str, int], _GroupTally] = defaultdict(_GroupTally)  # by article, to find topics of
        self._unknown: set[str] = set()  # groups with comments of which the articles are unknown
        self._models: set[str] = set()
        self._copies = CopiedArticles()
        self._articles: dict[int, int] = {}  # digests of names, which are shorter than names -> numbers
        self._authors: dict[int, int] = {}
        self._unnamed = count(-1, -1)
        self._languages: dict[str, int] = {}
        self._words: TopicWords | None = None  # of articles, to find their topics
        if self._topic_column is not None:
            from stance.comparison import topics

            self._words = topics.TopicWords()
        self._added = 0
        self._digest, self._silent = 0, 0

    def add(self, scores: Iterable[Score], document: Document | None = None) -> str | None:
        """Count scores of comments; paragraphs and other targets are left out.

        :param document: Their document, if available.
        :return: The id of the document of another outlet with the same article; None if there is none.
        :raises ConfigError: If none of the first documents has the column, or there are too many groups.
        """
        published = day_of(document.sure_date) if document else UNDATED
        self._silent += document is not None and not document.comments
        are_unknown = document is not None and document.articles is not None
        comments = {each.comment_id: each for each in document.comments} if document else {}
        digest, groups, article = 0, set(), None
        copied = self._copies.name(document) if document else None
        for score in scores:
            if score.unit is not Unit.COMMENT or score.target not in self.targets:
                continue
            content = repr((score.document, score.comment, score.target, score.probabilities)).encode()
            digest += int.from_bytes(hashlib.blake2b(content, digest_size=8).digest(), "big")
            self._models.add(score.model)
            name, event = self._name(score, document), copied or score.document
            # In place of an unknown article: the author of the comment, or the comment itself.
            place = f"\n{score.author or f'{score.document}/{score.comment}'}" if are_unknown else event
            article = self._articles.setdefault(hash(place), len(self._articles))
            day = day_of(score.posted) or published
            if score.author is None:
                author = next(self._unnamed)  # a cluster of its own
            else:
                author = self._authors.setdefault(hash(score.author), len(self._authors))
            language = self._languages.setdefault(score.language, len(self._languages))
            comment = comments.get(score.comment or "")
            text = comment.text if comment else None
            label = self._audit.find(score, text) if self._audit else None
            of = hash((score.document if document is None else self._added, score.comment))  # names may be shared
            for tally in (self._groups[name], *([self._parts[name, article]] if self._words is not None else [])):
                tally.add(score, of, (article, author, day), language, label, text)
            groups.add(name)
        self._unknown |= groups if are_unknown else set()
        self._digest = (self._digest + digest) % (1 << 64)
        if document is not None and self._words is not None and article is not None and not are_unknown:
            self._words.add(article, document if document.has_texts else replace(document, body=()))
        self._added += 1
        if self._added == LOOKED_AT:
            self._check_columns()
        if len(self._groups) > MOST_GROUPS:
            raise ConfigError(f"--by {self.by}: more than {MOST_GROUPS:,} groups; expected a column with fewer values")
        return copied if document and copied != document.document_id else None

    def _name(self, score: Score, document: Document | None) -> str:
        """Name the group of a comment, without the topics that are still to be found."""
        parts = [grouping(score, document) or grouping.unknown for grouping in self._named]
        stated = self._topic_column(score, document) if self._topic_column else None
        return AND.join([*parts, stated] if stated else parts)

    def _check_columns(self) -> None:
        for grouping in self._named:
            grouping.check()

    def comparison(self, *, seed: int = 0) -> Comparison:
        """Return the groups in order of name, and every pair of them.

        :param seed: Random seed for topic clustering.
        :raises ConfigError: If nothing that was added has the column.
        """
        self._check_columns()
        self._check_labels(self._groups)
        split = self._split(seed)
        without = {name for name in self._groups if datamodels.NO_OUTLET in name.split(AND)}
        names = sorted(self._groups, key=lambda name: (name in without, name))
        found = [self._group(name, self._groups[name]) for name in names]
        largest = [group.group for group, _ in sorted(found, key=lambda each: (-each[0].comments, each[0].group))]
        paired = [each for each in found if each[0].group in {*largest[:MOST_PAIRED]} - without]
        comparison = Comparison(
            by=self.by,
            targets=self.targets,
            groups=tuple(group for group, _ in found),
            differences=contrasts.adjust(
                each
                for (a, of_a), (b, of_b) in combinations(paired, 2)
                for target in self.targets
                for pair in (Difference(target, SIDES[0], a.group, b.group),)
                for each in contrasts.compare_pair(pair, of_a[target], of_b[target])
            ),
            without_comments=self._silent,
            not_paired=max(0, len(found) - MOST_PAIRED),
            topics=contrasts.adjust(
                each
                for names, together in split
                for each in contrasts.compare_topics(
                    {one.group: own for one, own in paired if one.group in names}, together
                )
            ),
            copied_articles=self._copies.records(),
            models=tuple(sorted(self._models)),
            digests={"data": f"{self._digest:016x}"},
            seed=seed,
            asked={"topic": self._topic, "trend": self._unit, "event": self._event and self._event.isoformat()},
        )
        # One text that many copy is no difference of wording, and of comments without texts nobody knows it.
        of_many = [each.group for each, _ in paired if (each.checks["largest_text"] or 0.0) <= MOST_COPIED]
        soundings = {name: self._groups[name].sentiment for name in of_many if not self._groups[name].lacks_texts}
        detailed = {group.group: own for group, own in found if group.group in set(largest[:MOST_DETAILED])}
        comparison = self._over_time(comparison, detailed)
        tests, changes = contrasts.adjust_sentiment(
            contrasts.compare_sentiment(soundings, self.targets), comparison.sentiment_changes
        )
        return replace(comparison, sentiment_differences=tests, sentiment_changes=changes)

    def _find_topics(self, words: "TopicWords", seed: int) -> "Topics | None":
        """Return the topics of articles, by the user's lists or as found."""
        if self._lists is not None:
            return words.assign(len(self._articles), self._lists)
        numbers, several = {name: at for at, name in enumerate(self._groups)}, -1
        groups, parts = [several] * len(self._articles), Counter(article for _, article in self._parts)
        for name, article in self._parts:
            if parts[article] == 1:
                groups[article] = numbers[name]
        return words.find(groups, seed=seed)

    def _split(self, seed: int) -> list[tuple[set[str], dict[str, GroupEstimate]]]:
        """Divide groups by the topics that were found, where they are asked for.

        :return: Of each group, the names of its parts and its estimates by target.
        """
        if self._words is None or (self._topic_column and self._topic_column.is_found):
            return []  # no topics are asked for, or a column states them
        topics = self._find_topics(self._words, seed)
        if topics is None:
            raise ConfigError("--by topic: no topics are found in the articles; expected --topic COLUMN or FILE.toml")
        parts: dict[str, dict[str, _GroupTally]] = defaultdict(lambda: defaultdict(_GroupTally))
        for (name, article), own in self._parts.items():
            called = topics.name_of(article) or datamodels.NOT_STATED
            parts[name][AND.join(filter(None, (name, called)))].merge(own, dict.fromkeys(self.targets, 1.0))
        split = []
        for name, own_parts in sorted(parts.items()):
            split.append(({*own_parts}, self._group(name, self._groups.pop(name))[1]))
            self._groups.update(own_parts)
            self._unknown |= {*own_parts} if name in self._unknown else set()
        return split

    def _over_time(self, comparison: Comparison, names: Iterable[str]) -> Comparison:
        """Add the time series of some groups, and their changes where these are asked for."""
        days = {name: self._groups[name].distinct.columns().days for name in names}
        if not days or self._is_timed:
            return comparison
        sums = {name: {target: self._groups[name].sums[target] for target in self.targets} for name in days}
        sentiments = {name: self._groups[name].sentiment for name in days}
        unit, event, series = self._unit, self._event, contrasts.trace(days, sums, sentiments, unit=self._unit)
        slopes = contrasts.estimate_changes(sums, self.targets, unit, event) if unit else ()
        changes = tuple(contrasts.sentiment_changes(sentiments, self.targets, unit, event)) if unit else ()
        return replace(comparison, series=series, slopes=slopes, sentiment_changes=changes)

    def _group(self, name: str, tally: _GroupTally) -> tuple[Group, dict[str, GroupEstimate]]:
        group, estimates = tally.group(name, self.targets, list(self._languages))
        return replace(group, articles=0 if name in self._unknown else group.articles), estimates

    def total(self) -> Group:
        """Return all groups as one, with the labels of each weighted to its number of comments.

        A model's errors differ from group to group, so labels correct the total only if every group has some
        (:meth:`unlabelled`).
        """
        self._check_labels(self._groups)
        weights = {target: self._weights_in_whole(target) for target in self.targets}
        whole = _GroupTally()
        for name, tally in self._groups.items():
            whole.merge(tally, {target: weights[target][name] for target in tally.sums})
        self._check_labels({"all comments": whole})
        known = (tally for name, tally in self._groups.items() if name not in self._unknown)
        # As in the groups: an article that two outlets print is two pages.
        articles = sum(tally.distinct.facts()["articles"] for tally in known)
        return replace(self._group("all", whole)[0], articles=articles)

    def _check_labels(self, tallies: Mapping[str, _GroupTally]) -> None:
        """Leave out the labels of groups in which they are no random sample."""
        for name, tally in tallies.items() if self._audit else ():
            if self._audit and (odd := tally.check(self._audit.part)):
                self._audit.odd[name] = odd

    def unlabelled(self, target: str) -> list[str]:
        """Name the groups without labels toward a target where others have some: those in which labels were not drawn.

        A small group may have none by chance; it is named where less than one such draw in twenty leaves it out.
        """
        labelled = [name for name, tally in self._groups.items() if tally.sums[target].labelled[0]]
        labels = sum(self._groups[name].sums[target].labelled[0] for name in labelled)
        comments = sum(len(self._groups[name].sums[target]) for name in labelled)
        return sorted(
            name
            for name, tally in self._groups.items()
            # A group that expects 3 labels by its size has none in 5 % of random draws.
            if name not in labelled and len(tally.sums[target]) * labels > 3.0 * comments
        )

    def _weights_in_whole(self, target: str) -> dict[str, float]:
        """Weight the labels of each group so that they represent its comments (poststratification).

        Groups with few labels are weighed together.
        """
        if self.unlabelled(target):
            return dict.fromkeys(self._groups, 0.0)
        few = [name for name, tally in self._groups.items() if tally.sums[target].labelled[0] < 10]
        weights: dict[str, float] = {}
        for name in self._groups.keys() - few:
            self._groups[name].sums[target].even_labels()
        for names in ([*few], *([name] for name in self._groups if name not in few)):
            comments = sum(len(self._groups[name].sums[target]) for name in names)
            stands_for = sum(self._groups[name].sums[target].labelled[1] for name in names)
            weights |= dict.fromkeys(names, comments / stands_for if stands_for else 1.0)
        return weights
