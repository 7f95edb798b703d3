"""aggregate: scores and audit labels -> shares with intervals.

The labels and sample sizes of a group decide the method by which its shares and means are estimated.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from math import isnan
from types import MappingProxyType
from typing import Any

import numpy as np

from stance import datamodels
from stance.aggregation import clusters, estimation
from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.clusters import SIDES_AT, UNDATED, AuditLabels, Observations
from stance.aggregation.estimation import FEWEST_ARTICLES, MEASURES, PLACES, Estimated, effective_interval
from stance.datamodels import (
    FEWEST_COMMENTS,
    FEWEST_SHOWN,
    READINGS,
    SIDES,
    STANCES,
    Score,
    Share,
    Stance,
    TargetSummary,
    Tone,
    Unit,
)

NOTES = {
    "comments": f"fewer than {FEWEST_COMMENTS} comments address it",
    "articles": f"fewer than {FEWEST_ARTICLES} articles",
    "labelled": f"fewer than {FEWEST_SHOWN} labelled comments address it",
    "addressing": "too few labelled comments address it",
    "labels": f"fewer than {datamodels.FEWEST_AUDITED} labels",
    "authors": f"fewer than {datamodels.FEWEST_AUTHORS:.0f} effective authors",
    "copies": f"one text is more than {datamodels.MOST_COPIED:.0%} of the comments",
}


# What may be printed -------------------------------------------------------------------------------------------------
#
# The data presentation standards for proportions of the US National Center for Health Statistics (Parker and others
# 2017), as CDCgov/surveytable applies them; from 20 to 29 observations the interval stands in place of the share.

FEWEST_EFFECTIVE = 30
"""Minimum effective number of comments for a share."""

NARROW, WIDE, WIDE_OF_SHARE = 0.05, 0.30, 1.3
"""Maximum width of an interval whose share is always printed; minimum width of one whose share is not; the same
relative to the share."""

FEWEST_FREE = 8.0
"""Minimum degrees of freedom of a share that is not flagged."""


def may_print(share: Share) -> str:
    """Decide in which form a share may be printed; without labels it is its interval at most.

    :return: ``share``, with its interval; ``interval``, alone; or ``counts`` of comments, in words.
    """
    if share.estimate is None or share.interval is None or share.n < FEWEST_SHOWN:
        return "counts"
    width = share.interval[1] - share.interval[0]
    if share.all_labelled and not width:
        return "share"
    if share.method == "model" or min(share.n, share.effective) < FEWEST_EFFECTIVE:
        return "interval"
    is_sure = width <= NARROW or width < min(WIDE, WIDE_OF_SHARE * share.estimate)
    return "share" if is_sure and not share.is_flagged else "interval"


# Groups ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the comments of a group that address a target, with its interval."""

    target: str
    measure: str  # net: favor minus against, in points; addressed: share of all
    n: int  # comments it is a mean of, by the model's labels
    estimate: float | None  # by annotators' labels, else by the model's probabilities
    interval: tuple[float, float] | None  # 95 %
    method: str  # corrected, labels, model, none
    population: str  # corpus, outlet
    labelled: int = 0
    details: Mapping[str, float | None] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """Estimates of one group toward one target.

    :param shares: Of each side, for both populations: ``outlet`` first.
    :param means: Likewise net stance, and the share of all comments that address it.
    :param corrected: For differences between groups; None unless labels correct the shares.
    :param labelled: Audit labels.
    :param confusion: Of the audit: label -> the model's label -> comments; None without labels.
    :param authors: Effective number, of equal size, by the comments that address the target.
    :param why_untested: The reason why ``corrected`` is None.
    """

    shares: tuple[Share, ...]
    means: tuple[Mean, ...]
    corrected: Estimated | None
    labelled: int
    confusion: Mapping[Stance, Mapping[Stance, int]] | None
    authors: float
    why_untested: str | None = None

    def measure(self, name: str) -> Share | Mean:
        """Return the share of a side, or a mean, of comments like these."""
        measures: tuple[Share | Mean, ...] = (*self.shares[: len(SIDES)], *self.means)
        return measures[PLACES[name]]


class _Case:
    """The best estimate that the labels of a group allow, and the numbers that decide which method is used."""

    def __init__(self, table: Observations) -> None:
        self.labels, self.answered = table.drawn, 0.0
        self.is_complete = table.is_complete
        copies = np.unique(table.texts[table.disputed], return_counts=True)[1]
        self.disputed = float(np.sqrt((copies**2).sum()))  # copies of a text have its label
        self.why_uncorrected = why_uncorrected(table)
        best = None if self.why_uncorrected else estimation.fit(table)[0]
        if best and not best.is_defined:
            best, self.why_uncorrected = None, NOTES["addressing"]
        self.found = best or self._uncorrected(table)
        self.variance = self.found.influence.variance()
        self.counted = estimation.compute_measures(table.counted)
        self.articles, self.addressed = table.counts()
        self.read = estimation.ModelShares.of(table.soft, self.addressed)
        if self.found.method != "model":
            self.addressed = round(float(np.clip(self.found.values[PLACES["addressed"]], 0, 1)) * len(table))

    def _uncorrected(self, table: Observations) -> Estimated:
        """Estimate from labels alone where all comments have one, enough address it, or hardly any of many do."""
        self.answered = effective_labels(table)
        if self.is_complete or self.answered >= FEWEST_SHOWN or self.labels >= datamodels.FEWEST_AUDITED:
            return estimation.fit(table, trust=False)[0]
        return estimation.fit(table.unlabelled())[0]

    def why_none(self, population: str) -> str | None:
        """Return the reason why there is no interval; None if there is one."""
        if self.is_complete and population == "corpus":
            return None
        if self.addressed < FEWEST_COMMENTS:
            return NOTES["comments"]
        by_labels, articles = self.found.method == "labels", self.articles
        if by_labels and not self.is_complete and self.answered < FEWEST_SHOWN:
            return NOTES["labelled"]
        articles = min(articles, self.found.influence.articles) if by_labels else articles
        return NOTES["articles"] if population == "outlet" and articles < FEWEST_ARTICLES else None

    def estimate(self, target: str, at: int, population: str) -> Share | Mean:
        """Return the share of a side, or a mean.

        :param at: Place of the measure in ``MEASURES``.
        """
        measure, value = MEASURES[at], float(self.found.values[at])
        why, scale = self.why_none(population), 100 if measure.name == "net" else 1
        is_known = why is None and not isnan(value)
        best = min(measure.bounds[1], max(measure.bounds[0], value))
        ends = self._interval(at, population) if is_known else None
        raw = None if isnan(self.counted[at]) else scale * float(self.counted[at])
        number: dict[str, Any] = {
            "target": target,
            "n": self.addressed,
            "estimate": scale * best if is_known else None,
            "interval": ends and (scale * ends[0], scale * ends[1]),
            "method": self.found.method if is_known else "none",
            "population": population,
            "labelled": self.labels,
            "details": {"raw": raw},
            "note": why,
        }
        if measure.name not in SIDES:
            return Mean(measure=measure.name, **number)
        is_sampled = is_known and population == "outlet"
        share = Share(
            stance=Stance(measure.name),
            all_labelled=self.is_complete and not self.disputed,
            effective=self._effective(at, best, population) if is_known else 0.0,
            is_flagged=is_sampled and bool(self.found.influence.freedom()[at] < FEWEST_FREE),
            claim="model_alone" if number["method"] == "model" and self.read.ahead == measure.name else None,
            **number,
        )
        printed = may_print(share)
        return replace(share, printed=printed, may_print=printed == "share")

    def _effective(self, at: int, share: float, population: str) -> float:
        """Return the number of independent comments, rightly labelled, that would have the variance of a share."""
        variances = self.variance if population == "outlet" else self.found.corpus_variance
        variance = 0.0 if variances is None else float(np.nan_to_num(variances[at]))
        most = self.answered if self.found.method == "labels" else float(self.addressed)
        return min(most, share * (1 - share) / variance) if variance > 0 and 0 < share < 1 else most

    def _interval(self, at: int, population: str) -> tuple[float, float]:
        """Bound a measure."""
        value, is_model = float(self.found.values[at]), self.found.corpus_variance is None
        if self.is_complete and population == "corpus":
            # Of a disputed pair one label was drawn, which moves a share by a half in either direction (net: by 1).
            measure = MEASURES[at]
            half = estimation.critical_value() * self.disputed / max(1, self.addressed)
            half *= 1.0 if measure.name == "net" else 0.5
            return max(measure.bounds[0], value - half), min(measure.bounds[1], value + half)
        if is_model and population == "corpus" and MEASURES[at].name == "addressed":
            return value, value
        sampling = None if is_model and population == "corpus" else self._sampling(at, population)
        if sampling and (not is_model or MEASURES[at].name == "addressed"):
            return sampling
        return estimation.model_interval(MEASURES[at].name, value, self.read, sampling)

    def _sampling(self, at: int, population: str) -> tuple[float, float]:
        """Bound the error of sampling; comments that all agree do not give a point where labels do not correct them."""
        measure, found, values = MEASURES[at], self.found, self.found.values
        n = self.answered if found.method == "labels" else self.addressed
        if population == "outlet" or found.corpus_variance is None:
            variances, half_widths = self.variance, found.influence.half_width()
            units = 1 + found.influence.freedom()
        else:
            variances, units = np.asarray(found.corpus_variance), np.full(len(MEASURES), float(self.labels))
            half_widths = estimation.critical_value(self.labels - 1) * np.sqrt(variances)

        def share(place: int) -> tuple[float, float]:
            value = float(np.clip(values[place], 0, 1))  # rounding may lead beyond
            return effective_interval(value, float(variances[place]), n, float(units[place]))

        if found.method != "corrected" and measure.name != "net":
            return share(at)
        if found.method != "corrected":
            favor, against = PLACES["favor"], PLACES["against"]
            spread = float(variances[favor]), float(variances[against]), float(variances[at])
            both = float(values[favor]), float(values[against])
            return estimation.net_interval(both, (share(favor), share(against)), spread)
        return estimation.bounded_interval(float(values[at]), float(half_widths[at]), measure.bounds)


def effective_labels(table: Observations) -> float:
    """Return the effective number of labels that address the target, with half a label of the heaviest weight besides.

    Comments that name the target are mostly drawn with a high probability; one label of the others represents more.
    """
    heaviest, weights = float(table.draws.max(initial=0)), table.draws * table.given[:, SIDES_AT].sum(axis=1)
    squares = float(weights @ weights) + heaviest**2 / 2
    return round((float(weights.sum()) + heaviest / 2) ** 2 / squares - 0.5, 6) if squares else 0.0


def why_uncorrected(table: Observations) -> str | None:
    """Return why labels do not correct the model: they are too few, or too few of them address the target."""
    is_small = table.drawn < datamodels.FEWEST_AUDITED
    if is_small and (table.is_complete or effective_labels(table.take(~estimation.silent(table))) < FEWEST_SHOWN):
        return NOTES["labels"]
    return NOTES["addressing"] if table.given[:, SIDES_AT].sum() < FEWEST_COMMENTS else None


def why_few_authors(authors: float) -> str | None:
    """Return why an estimate is not tested; None if it has enough effective authors."""
    return NOTES["authors"] if authors < datamodels.FEWEST_AUTHORS else None


def estimate_group(target: str, table: Observations) -> GroupEstimate:
    """Estimate the shares and means of one group toward one target.

    With ``FEWEST_AUDITED`` labels or more, some of which address the target, they correct the model (method
    ``corrected``). Fewer are used alone (``labels``) where enough of them address the target, or all comments are
    labelled. Otherwise estimates are of the model's probabilities (``model``). With too few comments or articles there
    is no estimate (``none``).
    """
    case = _Case(table)
    found = [case.estimate(target, at, of) for of in ("outlet", "corpus") for at in range(len(MEASURES))]
    authors = estimation.even(table)[1]
    why_untested = case.why_uncorrected or case.why_none("outlet") or why_few_authors(authors)
    confusion = np.zeros((len(STANCES), len(STANCES)), int)
    np.add.at(confusion, (table.labels, table.stances[table.labelled]), 1)
    rows = (dict(zip(STANCES, row, strict=True)) for row in confusion.tolist())
    return GroupEstimate(
        shares=tuple(each for each in found if isinstance(each, Share)),
        means=tuple(each for each in found if isinstance(each, Mean)),
        corrected=None if why_untested else case.found,
        labelled=case.labels,
        confusion=dict(zip(STANCES, rows, strict=True)) if case.labels else None,
        authors=authors,
        why_untested=why_untested,
    )


# One page -------------------------------------------------------------------------------------------------------------


def summarise_page(
    scores: Sequence[Score],
    targets: Sequence[str],
    audit: AuditLabels | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> tuple[TargetSummary, ...]:
    """Summarise the scores of one page per target, with the shares of exactly its comments.

    Labels of other pages say nothing of how the model errs on this one.

    :param scores: Of one document.
    :param targets: In the order of the result.
    :param audit: Labels that nothing else asks for their comments: each is found once.
    :param texts: Of the comments, by their ids.
    """
    labelled = (
        (score.target, (score, audit.find(score, texts.get(score.comment or "")) if audit else None))
        for score in scores
        if score.unit is Unit.COMMENT
    )
    grouped = datamodels.grouped(labelled)
    rows = {target: grouped.get(target, []) for target in targets}
    summaries = []
    for summary in summarise(scores, targets):
        pairs = rows[summary.target]
        read = Counter(label.label for _, label in pairs if label)
        named = [label for score, label in pairs if label and score.grade]
        read_named, disputed = Counter(label.label for label in named), sum(label.is_disputed for label in named)
        shares = _page_shares(summary.target, pairs)
        summaries.append(replace(summary, shares=shares, read=read, read_named=read_named, disputed_named=disputed))
    return tuple(summaries)


def _page_shares(target: str, rows: Sequence[tuple[Score, datamodels.LabelledComment | None]]) -> tuple[Share, ...]:
    sums, numbers = clusters.ClusterSums(), count()
    authors: dict[str, int] = defaultdict(lambda: next(numbers))
    for score, label in rows:  # each author, and each comment without one, has a number of its own
        author = next(numbers) if score.author is None else authors[score.author]
        sums.add_score(score, label, (author, author, UNDATED))
    table = sums.observations()
    if odd_labels(check_labels({target: table}, None)):
        table = table.unlabelled()
    return tuple(each for each in estimate_group(target, table).shares if each.population == "corpus")


# Counts of one page ---------------------------------------------------------------------------------------------------


class Tally:
    """Counts of the comment scores toward several targets; paragraphs of articles are not counted."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._counts: dict[str, Counter[str]] = {target: Counter() for target in targets}  # of comments, stances, ways
        self._readings: dict[str, Counter[str]] = {target: Counter() for target in targets}

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores; those toward other targets are left out."""
        for score in scores:
            counts = self._counts.get(score.target)
            if score.unit is not Unit.COMMENT or counts is None:
                continue
            counts["comments"] += 1
            if score.stance is not None and score.probabilities is not None:
                counts[score.stance] += 1
                self._readings[score.target][score.shown or ""] += 1
                if score.via and score.stance is not Stance.NOT_ADDRESSED:
                    counts[score.via] += 1

    def summaries(self) -> tuple[TargetSummary, ...]:
        """Return one summary per target, without shares, in the order of the targets."""
        return tuple(
            TargetSummary(
                target=target,
                comments=counts["comments"],
                covered=sum(counts[stance] for stance in STANCES),
                counts={stance: counts[stance] for stance in STANCES},
                readings={name: self._readings[target][name] for name in READINGS},
                via={via: counts[via] for via in datamodels.Via},
                shares=(),
            )
            for target, counts in self._counts.items()
        )


def summarise(scores: Iterable[Score], targets: Sequence[str]) -> tuple[TargetSummary, ...]:
    """Summarise scores per target.

    :param scores: Of comments and paragraphs, of any targets.
    :param targets: The targets to summarise, in the order of the result.
    """
    tally = Tally(targets)
    tally.add(scores)
    return tally.summaries()


# Sentences of articles ------------------------------------------------------------------------------------------------
#
# They are counted by target, voice and tone. Those of one article are not independent, so intervals are over articles.

UNREAD_TONES = (0.22, 0.72, 0.06)
"""Tones of a sentence that no model read: the shares among the sentences of ``research/data/tone_labels.csv.gz``. Equal
for all, they leave an estimate to the labels alone."""


@dataclass(slots=True)
class _Sentences:
    quoted: list[tuple[int, int]] = field(default_factory=list)  # of each article: sentences, and those that are quoted
    speakers: Counter[str] = field(default_factory=Counter)
    tones: dict[datamodels.Voice, Counter[Tone | None]] = field(
        default_factory=lambda: {voice: Counter() for voice in datamodels.Voice}
    )

    def add(self, scores: Sequence[Score]) -> None:
        said = [(score.sentence, score.tone) for score in scores if score.sentence is not None]
        self.quoted.append((len(said), sum(each.voice is datamodels.Voice.QUOTED for each, _ in said)))
        self.speakers.update(each.speaker for each, _ in said if each.speaker is not None)
        for each, tone in said:
            self.tones[each.voice][tone] += 1

    def coverage(self, target: str, names: Collection[str]) -> datamodels.Coverage:
        sentences, quoted = map(sum, zip(*self.quoted, strict=True)) if self.quoted else (0, 0)
        m, interval = len(self.quoted), None
        if m >= FEWEST_ARTICLES and sentences:  # for articles like these
            share = quoted / sentences
            squares = sum((own - share * of) ** 2 for of, own in self.quoted)
            interval = effective_interval(share, m / (m - 1) * squares / sentences**2, sentences, m)
        return datamodels.Coverage(
            target,
            articles=m,
            sentences=sentences,
            quoted=quoted,
            interval=interval,
            speakers=dict(sorted(merge_names(self.speakers, names).items(), key=lambda each: (-each[1], each[0]))),
            tones=self.tones,
        )


def cover_article(document: datamodels.Document, targets: Sequence[str]) -> tuple[datamodels.Coverage, ...]:
    """Count the sentences of one article, for each target."""
    tally = CoverageTally()
    tally.add(document)
    found, none = tally.coverage(), _Sentences()
    return tuple(next(iter(found.get(target, {}).values()), none.coverage(target, ())) for target in targets)


class CoverageTally:
    """Counts the sentences of many articles, by outlet.

    :param audit: Labels of sentences among them say how articles lean, never the model alone.
    """

    def __init__(self, audit: AuditLabels | None = None) -> None:
        self._audit = audit
        self._sums: dict[tuple[str, str], _Sentences] = defaultdict(_Sentences)
        self._labelled: dict[tuple[str, str], clusters.ClusterSums] = defaultdict(clusters.ClusterSums)
        self._articles = self._sentences = 0

    def add(self, document: datamodels.Document) -> None:
        """Count those of one article."""
        self._articles += 1
        said = datamodels.grouped((each.target, each) for each in document.scores if each.sentence)
        for target, rows in said.items():
            group = document.outlet or datamodels.NO_OUTLET, target
            self._sums[group].add(rows)
            if self._audit is None:
                continue
            for score in rows:
                self._sentences -= 1  # each an author of its own: sentences of an article are one cluster already
                place = self._articles, self._sentences, UNDATED
                critical, neutral, favorable = score.tones or UNREAD_TONES
                odds = favorable, critical, neutral, 0.0  # of the stances by which estimates name tones
                stated = replace(score, unit=Unit.COMMENT, probabilities=odds, decision=None)
                label = self._audit.find(stated, score.sentence.text if score.sentence else None)
                self._labelled[group].add_score(stated, label, place)

    def coverage(self) -> dict[str, dict[str, datamodels.Coverage]]:
        """Return the counts: target -> outlet -> its sentences, those with the most articles first, no outlet last."""
        found: dict[str, dict[str, datamodels.Coverage]] = defaultdict(dict)
        names: dict[str, set[str]] = defaultdict(set)
        for (outlet, _), sums in self._sums.items():
            names[outlet].update(sums.speakers)
        for group, sums in sorted(
            self._sums.items(), key=lambda each: (each[0][0] == datamodels.NO_OUTLET, -len(each[1].quoted), each[0])
        ):
            outlet, target = group
            found[target][outlet] = replace(sums.coverage(target, names[outlet]), lean=self._lean(group))
        return dict(found)

    def _lean(self, group: tuple[str, str]) -> datamodels.Lean | None:
        """Estimate the tone of a group by its labels; None where too few of them were given."""
        if (labelled := self._labelled.get(group)) is None or labelled.labelled[0] < datamodels.FEWEST_AUDITED:
            return None
        table = labelled.observations()
        if odd_labels(check_labels({group[1]: table}, None)):
            return None
        found = estimate_group(group[1], table)
        shares = [each for each in found.shares if each.population == "outlet" and each.estimate is not None]
        net = found.measure("net")
        if net.estimate is None or net.interval is None or net.method not in ("corrected", "labels"):
            return None
        of_tones = {TONE_OF[each.stance]: (each.estimate or 0.0, each.interval) for each in shares}
        return datamodels.Lean(found.labelled, of_tones, net.estimate, net.interval)


TONE_OF = {Stance.AGAINST: Tone.CRITICAL, Stance.NEUTRAL: Tone.NEUTRAL, Stance.FAVOR: Tone.FAVORABLE}
"""Tone of a sentence by the stance that estimates use for it."""


def merge_names(counts: Mapping[str, int], names: Collection[str]) -> Counter[str]:
    """Count a person under the longest form of the name, where only one longer form holds all its words.

    ``Peskov`` counts as ``Dmitry Peskov`` where no other Peskov is named.

    :param counts: Name -> sentences.
    :param names: Of the same article or outlet, toward all targets; holds those of ``counts``.
    """
    words = {name: frozenset(name.casefold().split()) for name in names}
    holders: dict[str, set[str]] = defaultdict(set)  # word -> names; an outlet may quote thousands
    for name in names:
        for word in words[name]:
            holders[word].add(name)
    found: Counter[str] = Counter()
    for name, n in counts.items():
        longer = [
            other
            for other in min((holders[word] for word in words[name]), key=len, default=())
            if words[name] < words[other]
        ]
        tops = [other for other in longer if not any(words[other] < words[third] for third in longer)]
        found[tops[0] if len(tops) == 1 else name] += n
    return found
