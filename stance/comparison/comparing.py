"""Compare groups of comments: outlets, authors, months, languages, or any column of a score or of the user's table.

Shares of two groups can differ because a model makes more errors in one of them. So differences are tested only if
audit labels correct both groups. Scores are summed one document at a time.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stance import datamodels
from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.checks import count_parts, is_left_out
from stance.aggregation.clusters import EMPTY_TEXT, ROW, UNDATED, ClusterSums, Rows, joined, number_of_text
from stance.aggregation.pages import summarise
from stance.aggregation.shares import GroupEstimate, why_uncorrected
from stance.comparison import differences, sentiment, trends
from stance.comparison.copies import CopiedArticles
from stance.comparison.differences import GroupContrast, SentimentDifference
from stance.comparison.grouping import LISTS, OF_DATE, Grouping, read_lists
from stance.comparison.groups import GroupTally, distinct_comments
from stance.datamodels import MOST_COPIED, Document, Record, Score, Unit, day_of
from stance.exceptions import ConfigError

if TYPE_CHECKING:
    from stance.comparison.topics import TopicWords

MOST_GROUPS = 20_000
"""Maximum number of groups; a column of ids would make one for each comment."""

MOST_DETAILED = 20
"""Maximum number of groups that are followed over time, the largest."""

LOOKED_AT = 20
"""Number of documents after which a column that no document has is refused."""

AND = " · "
"""Between the parts of the name of a group by several columns."""

MOST_PAIRED = 40
"""Maximum number of groups that are compared, the largest: 780 pairs. A thousand authors would make half a million."""


Contrasts = tuple[GroupContrast, ...]


def _digest(*values: object) -> int:
    """Return a number of 64 bits, with a sign, that the values have in every run."""
    return int.from_bytes(hashlib.blake2b(repr(values).encode(), digest_size=8).digest(), "big", signed=True)


class ComparisonTally:
    """Sums for a comparison, one batch of scores at a time.

    :param by: As for :class:`Grouping`.
    :param audit: Labels that correct shares; none where not given.
    :param topic: What an article is about, where groups are topics: a column, or a file of word lists; None: its words.
    :param unit: The unit of slopes, ``day``, ``week`` or ``month``; None: no change is estimated.
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
        self._is_timed = bool({*columns} & {*OF_DATE})
        self._audit = audit
        self._groups: dict[str, GroupTally] = defaultdict(GroupTally)
        self._unknown: set[str] = set()  # groups with comments of which the articles are unknown
        self._models: set[str] = set()
        self._copies = CopiedArticles()
        # Numbers of articles and authors by digests of their names, which are shorter; of others by their names.
        self._articles, self._authors = (defaultdict[int, int](count().__next__) for _ in range(2))
        self._outlets, self._languages = (defaultdict[str, int](count().__next__) for _ in range(2))
        self._unnamed = count(-1, -1)
        self._words: TopicWords | None = None  # of articles, to find their topics
        if self._topic_column is not None:
            from stance.comparison import topics

            self._words = topics.TopicWords()
        self.pages: list[str] = []  # ids of the documents
        self.page: dict[str, ClusterSums] = {}  # of the last one, by target; clusters are its authors
        self._parts = Counter[str]()  # of each document: names may be shared
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
        comments = {post.comment_id: post for post in document.comments} if document else {}
        digest, groups, article = 0, set(), None
        self.page = {target: ClusterSums() for target in self.targets}
        page, part = len(self.pages), self._parts[document.document_id] if document else 0
        copied = self._copies.name(document) if document else None
        for score in scores:
            if score.unit is not Unit.COMMENT or score.target not in self.targets:
                continue
            digest += _digest(score.document, score.comment, score.target, score.probabilities)
            self._models.add(score.model)
            name, event = self._name(score, document), copied or score.document
            # In place of an unknown article: the author of the comment, or the comment itself.
            thread = f"\n{score.author or f'{score.document}/{score.comment}'}" if are_unknown else event
            article = self._articles[hash(thread)]
            # One without a name is a cluster of its own.
            author = next(self._unnamed) if score.author is None else self._authors[hash(score.author)]
            cluster = article, author, day_of(score.posted) or published
            comment = comments.get(score.comment or "")
            text = comment.text if comment else None
            label = self._audit.find(score, text) if self._audit else None
            of = _digest(score.document, part, score.comment)
            outlet, language = self._outlets[score.outlet or datamodels.NO_OUTLET], self._languages[score.language]
            numbers = of, number_of_text(text), outlet, page, language
            sums = self._groups[name].sums[score.target]
            sums.add_score(score, label, cluster, numbers)
            self.page[score.target].content += sums.content[-ROW.itemsize :]
            groups.add(name)
        for of_page in self.page.values():
            rows = of_page.rows()
            rows["article"] = rows["author"]
        self._unknown |= groups if are_unknown else set()
        self._digest = (self._digest + digest) % (1 << 64)
        if document is not None and self._words is not None and article is not None and not are_unknown:
            self._words.add(article, document if document.has_texts else replace(document, body=()))
        self.pages.append(document.document_id if document else "")
        self._parts[self.pages[-1]] += 1
        if len(self.pages) == LOOKED_AT:
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

    def comparison(self, *, seed: int = 0) -> Record:
        """Return the groups in order of name, and every pair of them.

        :param seed: Random seed for topic clustering.
        :return: ``groups`` as of :meth:`GroupTally.group`, their sentiment apart; ``differences``; pages
            ``without_comments``, which are in no group; groups ``not_paired``, beyond the largest ``MOST_PAIRED``;
            ``series`` over time, ``slopes`` and ``sentiment_changes``, contrasts of ``topics``, and
            ``copied_articles``, each of which counts as one event, where there are any; tested
            ``sentiment_differences``; ``models`` that gave the scores; ``digests`` of what was compared, and with what.
        :raises ConfigError: If nothing that was added has the column.
        """
        self._check_columns()
        self._check_labels(self._groups, self._audit.part if self._audit else None)
        split = self._split(seed)
        without = {name for name in self._groups if datamodels.NO_OUTLET in name.split(AND)}
        names = sorted(self._groups, key=lambda name: (name in without, name))
        groups, estimates = dict[str, Record](), dict[str, Mapping[str, GroupEstimate]]()
        for name in names:
            groups[name], estimates[name] = self._group(name, self._groups[name])
        largest = sorted(names, key=lambda name: (-groups[name]["comments"], name))
        paired = {name: estimates[name] for name in names if name in {*largest[:MOST_PAIRED]} - without}
        # One text that many copy is no difference of wording, and of comments without texts nobody knows it.
        worded = [name for name in paired if (groups[name]["checks"]["largest_text"] or 0.0) <= MOST_COPIED]
        tallies = {name: self._groups[name] for name in worded}
        soundings = {name: of.sums for name, of in tallies.items() if EMPTY_TEXT not in of.rows()["text"]}
        series, slopes, changes = self._over_time([name for name in names if name in largest[:MOST_DETAILED]])
        pairs = [*sentiment.compare_sentiment(soundings, self.targets)]
        family: list[SentimentDifference | GroupContrast] = [*pairs, *changes]
        tests = differences.adjust(family)
        topics = (
            differences.compare_topics({name: paired[name] for name in paired if name in parts}, together)
            for parts, together in split
        )
        record = {
            "by": self.by,
            "targets": self.targets,
            "groups": [*groups.values()],
            "differences": [*map(asdict, differences.adjust(differences.compare_groups(paired, self.targets)))],
            "without_comments": self._silent,
            "not_paired": max(0, len(groups) - MOST_PAIRED),
            "series": series,
            "slopes": [*map(asdict, slopes)],
            "topics": [*map(asdict, differences.adjust(chain.from_iterable(topics)))],
            "sentiment_differences": [*map(asdict, tests[: len(pairs)])],
            "sentiment_changes": [*map(asdict, tests[len(pairs) :])],
            "skipped": [],
            "copied_articles": self._copies.records(),
            "models": sorted(self._models),
            "digests": {"data": f"{self._digest:016x}"},
            "seed": seed,
            "asked": {"topic": self._topic, "trend": self._unit, "event": self._event and self._event.isoformat()},
        }
        for name in ("sentiment", "sentiment_sides"):
            record[name] = [{"group": group["group"], **row} for group in groups.values() for row in group.pop(name)]
        optional = {"series", "slopes", "topics", "copied_articles", "sentiment_changes"}
        return {name: value for name, value in record.items() if value or name not in optional}

    def _split(self, seed: int) -> list[tuple[set[str], dict[str, GroupEstimate]]]:
        """Divide groups by the topics that were found, where they are asked for.

        :return: Of each group, the names of its parts and its estimates by target.
        """
        if self._words is None or (self._topic_column and self._topic_column.is_found):
            return []  # no topics are asked for, or a column states them
        groups, times = np.zeros((2, len(self._articles)), np.int64)
        for number, tally in enumerate(self._groups.values()):
            articles = np.unique(tally.rows()["article"])
            groups[articles] = number
            times[articles] += 1
        if self._lists is not None:
            topics: list[str] | None = self._words.assign(len(groups), self._lists)
        else:
            topics = self._words.find(np.where(times == 1, groups, -1), seed=seed)
        if topics is None:
            raise ConfigError("--by topic: no topics are found in the articles; expected --topic COLUMN or FILE.toml")
        split = []
        for name in sorted(self._groups):
            tally = self._groups.pop(name)
            parts = tally.parts([AND.join(filter(None, (name, topic))) for topic in topics])
            split.append(({*parts}, self._group(name, tally)[1]))
            self._groups.update(parts)
            self._unknown |= {*parts} if name in self._unknown else set()
        return split

    def _over_time(self, names: Sequence[str]) -> tuple[Record | None, Contrasts, Contrasts]:
        """Return the time series of some groups, and their changes and those of sentiment where these are asked for."""
        if not names or self._is_timed:
            return None, (), ()
        days = {name: distinct_comments(of.rows() for of in self._groups[name].sums.values())["day"] for name in names}
        sums = {name: {target: self._groups[name].sums[target] for target in self.targets} for name in names}
        series, options = trends.trace(days, sums, unit=self._unit), (sums, self.targets, self._unit or "", self._event)
        slopes = trends.estimate_changes(*options) if self._unit else ()
        return series, slopes, tuple(sentiment.sentiment_changes(*options)) if self._unit else ()

    def _group(self, name: str, tally: GroupTally) -> tuple[Record, dict[str, GroupEstimate]]:
        group, estimates = tally.group(name, self.targets, self._languages)
        return group | ({"articles": 0} if name in self._unknown else {}), estimates

    def total(self) -> Record:
        """Return all groups as one: the sum of them, each corrected by its own labels.

        A model's errors differ from group to group, so labels correct the total only if every group has some
        (:meth:`unlabelled`).
        """
        self._check_labels(self._groups, self._audit.part if self._audit else None)
        everything = GroupTally()
        for target in self.targets:
            strata = self._strata(target)
            parts = [self._groups[name].sums[target] for name in strata]
            everything.sums[target] = ClusterSums.joined(parts, [*strata.values()])
        for target in filter(self.unlabelled, self.targets if self._audit else ()):
            everything.sums[target].drop_labels()
        self._check_labels({"all comments": everything}, None)
        tallies = (tally for name, tally in self._groups.items() if name not in self._unknown)
        # As in the groups: an article that two outlets print is two pages.
        articles = sum(len(np.unique(tally.rows()["article"])) for tally in tallies)
        return self._group("all", everything)[0] | {"articles": articles}

    @property
    def names(self) -> list[str]:
        """The names of the groups."""
        return [*self._groups]

    def scores(self) -> dict[str, Rows]:
        """Return the scores toward each target; their strata are the places of their groups among ``names``."""
        strata = range(len(self._groups))
        return {
            target: ClusterSums.joined([tally.sums[target] for tally in self._groups.values()], strata).rows()
            for target in self.targets
        }

    def summaries(self, shares: Iterable[Record]) -> Iterator[Record]:
        """Yield the summary of all comments toward each target, with its shares."""
        for target in self.targets:
            yield summarise(target, joined(tally.sums[target].rows() for tally in self._groups.values()), shares)

    def _check_labels(self, tallies: Mapping[str, GroupTally], part: float | None) -> None:
        """Leave out the labels of groups in which they are no random sample.

        :param part: As of :meth:`GroupTally.check`; None for strata with labels of several draws.
        """
        for name, tally in tallies.items() if self._audit else ():
            if self._audit and (odd := tally.check(part, [*self._outlets])):
                self._audit.odd[name or "all comments"] = odd

    def unlabelled(self, target: str) -> list[str]:
        """Name the groups without labels toward a target where others have some: those in which labels were not drawn.

        A small group may have none by chance; it is named where less than one such draw in twenty leaves it out.
        """
        parts = {name: count_parts(tally.sums[target].observations()) for name, tally in self._groups.items()}
        labelled = {name for name, (_, labels) in parts.items() if labels.any()}
        sampled, labels = sum((parts[name] for name in labelled), np.zeros((2, 2)))
        return sorted(name for name in parts if name not in labelled and is_left_out(parts[name][0], sampled, labels))

    def _strata(self, target: str) -> dict[str, int]:
        """Number the groups as strata of the total: those whose labels are too few to correct them are one, 0."""
        sums = {name: tally.sums[target] for name, tally in self._groups.items()}
        labelled = {name: table for name, of in sums.items() if (table := of.observations()).drawn}
        corrected = [name for name, table in labelled.items() if why_uncorrected(table) is None]
        is_any_few = any(name not in corrected for name in labelled)
        largest = max(corrected, key=lambda name: len(labelled[name]), default="")
        numbers = {name: number for number, name in enumerate(corrected, 1)}
        return dict.fromkeys(sums, 0 if is_any_few else numbers.get(largest, 0)) | numbers
