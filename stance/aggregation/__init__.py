"""aggregate: scores and audit labels -> shares with intervals.

The labels and sample sizes of a group decide the method by which its shares and means are estimated.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from math import isnan
from types import MappingProxyType
from typing import Any

import numpy as np

from stance import datamodels
from stance.aggregation import clusters, estimation
from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.clusters import SIDES_AT, UNDATED, AuditLabels, Floats, Observations
from stance.aggregation.estimation import FEWEST_ARTICLES, MEASURES, Estimated, effective_interval
from stance.datamodels import (
    FEWEST_COMMENTS,
    SIDES,
    STANCES,
    LabelledComment,
    Score,
    Share,
    Stance,
    TargetSummary,
    Tone,
    Unit,
    counted,
)

FEWEST_AUDITED = 50
"""Minimum number of audit labels of a group and target that correct shares: with fewer, the error would be a guess."""

_AGAINST, _FAVOR = (next(at for at, each in enumerate(MEASURES) if each.name == side) for side in ("against", "favor"))

SAMPLING_ONLY = "sampling error only; classifier error not included"
NOTES = {
    "model": f"mean of the model's probabilities; {SAMPLING_ONLY}",
    "corpus": "mean of the model's probabilities of exactly these comments; no interval without audit labels",
    "comments": f"fewer than {FEWEST_COMMENTS} comments address it",
    "articles": f"fewer than {FEWEST_ARTICLES} articles",
    "labelled": "too few labels to correct, and too few of them address the target",
}


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the comments of a group that address a target, with its interval."""

    target: str
    measure: str  # net: favor minus against, in points, -100 to 100; sentiment: compound around the target, -1 to 1
    n: int  # comments it is a mean of, by the model's labels
    raw: float | None  # by the model's labels; None: there are none
    estimate: float | None  # by annotators' labels, else by the model's probabilities
    interval: tuple[float, float] | None  # 95 %
    method: str  # ppi, labels, model, none
    population: str  # corpus, outlet
    labelled: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """Estimates of one group toward one target.

    :param shares: Of each side, for both populations: ``outlet`` first.
    :param means: Likewise net stance and sentiment.
    :param modelled: Shape (measures,): by the model's probabilities alone, for differences that labels do not correct.
    :param corrected: For differences between groups; None unless labels correct the shares.
    :param labelled: Audit labels.
    :param confusion: Of the audit: label -> the model's label -> comments; None without labels.
    """

    shares: tuple[Share, ...]
    means: tuple[Mean, ...]
    modelled: Floats
    corrected: Estimated | None
    labelled: int
    confusion: Mapping[Stance, Mapping[Stance, int]] | None

    def measure(self, name: str) -> Share | Mean:
        """Return the share of a side, net stance or sentiment of comments like these."""
        measures: tuple[Share | Mean, ...] = (*self.shares[: len(SIDES)], *self.means)
        return measures[[each.name for each in MEASURES].index(name)]


class _Case:
    """The best estimate that the labels of a group allow, and the numbers that decide which method is used."""

    def __init__(self, table: Observations) -> None:
        self.labels = table.drawn
        best = estimation.fit(table)[0] if has_enough(table) else None
        self.found = best if best and best.is_defined else estimation.fit(table, trust=not self.labels)[0]
        self.variance = self.found.influence.variance()
        counted = table.counted
        self.counted, self.modelled = map(estimation.compute_measures, (counted, table.soft))
        self.articles, self.addressed = table.counts()
        self.with_sentiment = round(counted[:, -1].sum(dtype=np.float64))
        # Labels that address the target, in units of the heaviest weight: comments that name it are mostly drawn with a
        # high probability, and one label of the others can represent more comments than all of theirs.
        heaviest = float(table.draws.max(initial=0)) or 1.0
        self.answered = round(float(table.draws @ table.given[:, SIDES_AT].sum(axis=1)) / heaviest, 6)

    def why_none(self, population: str) -> str | None:
        """Return the reason why there is no interval; None if there is one."""
        if self.addressed < FEWEST_COMMENTS:
            return NOTES["comments"]
        if population == "corpus":
            return None if self.labels else NOTES["corpus"]
        if self.articles < FEWEST_ARTICLES:
            return NOTES["articles"]
        labelled = min(self.answered / FEWEST_COMMENTS, self.found.influence.articles / FEWEST_ARTICLES)
        return NOTES["labelled"] if self.found.method == "labels" and labelled < 1 else None

    def estimate(self, target: str, at: int, population: str) -> Share | Mean:
        """Return the share of a side, net stance or sentiment.

        :param at: Place of the measure in ``MEASURES``.
        """
        measure, value = MEASURES[at], float(self.found.values[at])
        raw = None if isnan(self.counted[at]) else float(self.counted[at])
        why = self.why_none(population) or (NOTES["labelled"] if isnan(value) else None)
        is_known = why is None and raw is not None
        best = min(measure.bounds[1], max(measure.bounds[0], value)) if is_known else float(self.modelled[at])
        ends, scale = self._interval(at, population) if is_known else None, 100 if measure.name == "net" else 1
        number: dict[str, Any] = {
            "target": target,
            "n": self.with_sentiment if measure.name == "sentiment" else self.addressed,
            "raw": None if raw is None else scale * raw,
            "estimate": None if raw is None else scale * best,
            "interval": ends and (scale * ends[0], scale * ends[1]),
            "method": self.found.method if is_known else "none",
            "population": population,
            "labelled": self.labels,
            "note": self._note() if is_known else why,
        }
        if measure.name not in SIDES:
            return Mean(measure=measure.name, **number)
        simple = best * (1 - best) / self.addressed if is_known and population == "outlet" else 0.0
        effect = float(self.variance[at]) / simple if simple > 0 else None  # relative to a simple random sample
        return Share(stance=Stance(measure.name), design_effect=effect, **number)

    def _note(self) -> str | None:
        if self.found.method == "labels":
            few = f"(from {FEWEST_AUDITED} on)" if self.labels < FEWEST_AUDITED else "that address the target"
            return f"{counted(self.labels, 'label')}, too few {few} to correct: labels alone"
        return NOTES["model"] if self.found.method == "model" else None

    def _interval(self, at: int, population: str) -> tuple[float, float]:
        """Bound a measure; comments that all agree do not give a point where labels do not correct them."""
        measure, found, values = MEASURES[at], self.found, self.found.values
        if population == "outlet":
            variances, half_widths = self.variance, found.influence.half_width()
            n, units = self.addressed if found.method == "model" else self.answered, 1 + found.influence.freedom()
        else:
            variances, n = np.asarray(found.corpus_variance), self.answered
            half_widths = estimation.critical_value(self.labels - 1) * np.sqrt(variances)
            units = np.full(len(MEASURES), float(self.labels))

        def share(place: int) -> tuple[float, float]:
            return effective_interval(float(values[place]), float(variances[place]), n, float(units[place]))

        if found.method != "ppi" and measure.name in SIDES:
            return share(at)
        if found.method != "ppi" and measure.name == "net":
            spread = float(variances[_FAVOR]), float(variances[_AGAINST]), float(variances[at])
            both = float(values[_FAVOR]), float(values[_AGAINST])
            return estimation.net_interval(both, (share(_FAVOR), share(_AGAINST)), spread)
        ends = estimation.bounded_interval(float(values[at]), float(half_widths[at]), measure.bounds)
        if found.method != "ppi" and estimation.is_point(ends):
            agreed, _ = effective_interval(1.0, 0.0, n, float(units[at]))
            low, high = measure.bounds  # the part of the values that is not the same may be anywhere
            return low + (float(values[at]) - low) * agreed, high - (high - float(values[at])) * agreed
        return ends


def has_enough(table: Observations) -> bool:
    """Return whether labels may correct the model: whether there are enough, of which enough address the target."""
    return table.drawn >= FEWEST_AUDITED and bool(table.given[:, SIDES_AT].sum() >= FEWEST_COMMENTS)


def estimate_group(target: str, table: Observations) -> GroupEstimate:
    """Estimate the shares and means of one group toward one target.

    With ``FEWEST_AUDITED`` labels or more, enough of which address the target, they correct the model (method ``ppi``);
    with fewer, only the labels are used (``labels``); without any, estimates are of the model's probabilities
    (``model``). With too few comments or articles there is no interval (``none``), and estimates are of probabilities.
    """
    case = _Case(table)
    found = [case.estimate(target, at, of) for of in ("outlet", "corpus") for at in range(len(MEASURES))]
    tested = case.found.method == "ppi" and case.why_none("outlet") is None
    confusion = np.zeros((len(STANCES), len(STANCES)), int)
    np.add.at(confusion, (table.labels, table.stances[table.labelled]), 1)
    rows = (dict(zip(STANCES, row, strict=True)) for row in confusion.tolist())
    return GroupEstimate(
        shares=tuple(each for each in found if isinstance(each, Share)),
        means=tuple(each for each in found if isinstance(each, Mean)),
        modelled=case.modelled,
        corrected=case.found if tested else None,
        labelled=case.labels,
        confusion=dict(zip(STANCES, rows, strict=True)) if case.labels else None,
    )


# One page -------------------------------------------------------------------------------------------------------------

CLUSTERED = f"clustered by author; {SAMPLING_ONLY}"
CORRECTED = "corrected by audit labels of this page; clustered by author"
FEW_AUTHORS = f"fewer than {FEWEST_ARTICLES} authors: no interval"
UNNAMED = f"no author is named, so each comment counts for itself; {SAMPLING_ONLY}"


def summarise_page(
    scores: Sequence[Score],
    targets: Sequence[str],
    audit: AuditLabels | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> tuple[TargetSummary, ...]:
    """Summarise the scores of one page per target.

    With ``FEWEST_AUDITED`` labels of this page and target or more, they correct its share. With fewer it is of the
    model's probabilities: labels of other pages say nothing of how the model errs on this one.

    :param scores: Of one document.
    :param targets: In the order of the result.
    :param audit: Labels that nothing else asks for their comments: each is found once.
    :param texts: Of the comments, by their ids.
    """

    def label_of(score: Score) -> LabelledComment | None:
        return audit.find(score, texts.get(score.comment or "")) if audit else None

    return tuple(
        replace(summary, shares=_page_shares(summary.target, scores, label_of, summary.shares))
        if summary.addressed >= FEWEST_COMMENTS
        else summary
        for summary in summarise(scores, targets)
    )


def _page_shares(
    target: str,
    scores: Sequence[Score],
    label_of: Callable[[Score], LabelledComment | None],
    unclustered: tuple[Share, ...],
) -> tuple[Share, ...]:
    """Return the shares of one target; ``unclustered`` if no author is named and no label corrects them."""
    own = [each for each in scores if each.target == target and each.unit is Unit.COMMENT and each.stance is not None]
    labelled = [(score, label_of(score)) for score in own]
    labels = len({id(label) for _, label in labelled if label})
    if labels < FEWEST_AUDITED and all(score.author is None for score in own):
        return tuple(replace(share, labelled=labels, note=UNNAMED) for share in unclustered)
    sums, numbers = clusters.ClusterSums(), count()
    authors: dict[str, int] = defaultdict(lambda: next(numbers))
    for score, label in labelled:  # each author, and each comment without one, has a number of its own
        author = next(numbers) if score.author is None else authors[score.author]
        sums.add_score(score, label if labels >= FEWEST_AUDITED else None, (author, author, UNDATED))
    table = sums.observations()
    if odd_labels(check_labels({target: table}, None)):
        table, labels = table.unlabelled(), 0
    found = estimate_group(target, table)
    notes = {"ppi": CORRECTED, "none": FEW_AUTHORS}  # the clustering of the interval, or why there is none
    shares = (share for share in found.shares if share.population == "outlet")
    return tuple(replace(share, labelled=labels, note=notes.get(share.method, CLUSTERED)) for share in shares)


# Counts of one page ---------------------------------------------------------------------------------------------------


NEUTRAL_SENTIMENT = 0.05
"""Minimum absolute compound of a sentiment that is not neutral, as VADER's authors have it (Hutto and Gilbert 2014)."""

SENTIMENTS = ("negative", "neutral", "positive")


def sentiment_class(compound: float) -> str:
    """Name the class of a VADER compound.

    :param compound: In [-1, 1].
    :return: One of ``SENTIMENTS``.
    """
    if compound >= NEUTRAL_SENTIMENT:
        return "positive"
    return "negative" if compound <= -NEUTRAL_SENTIMENT else "neutral"


_WHOLE = 1 << 40
"""Number of parts of 1 in which probabilities are summed as integers, so that the order of scores changes no sum."""


class Tally:
    """Counts of the comment scores toward several targets; paragraphs of articles are not counted."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = tuple(targets)
        self._comments: Counter[str] = Counter()
        self._counts: Counter[tuple[str, ...]] = Counter()  # of stances, of ways, and of stances with their sentiment
        self._sums = {target: [0] * len(STANCES) for target in targets}  # of probabilities
        self._sentiment = {target: [0.0, 0] for target in targets}  # sum and number

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores; those toward other targets are left out."""
        for score in scores:
            target, stance = score.target, score.stance
            if score.unit is not Unit.COMMENT or target not in self._sentiment:
                continue
            self._comments[target] += 1
            if stance is None or score.probabilities is None:
                continue
            sums = self._sums[target]
            for at, probability in enumerate(score.probabilities):
                sums[at] += int(probability * _WHOLE)
            self._counts[target, stance] += 1
            if stance is Stance.NOT_ADDRESSED:
                continue
            if score.via:
                self._counts[target, score.via] += 1
            if score.sentiment is not None:
                self._counts[target, stance, sentiment_class(score.sentiment)] += 1
            if score.target_sentiment is not None:
                total, n = self._sentiment[target]
                self._sentiment[target] = [total + score.target_sentiment, n + 1]

    def summaries(self) -> tuple[TargetSummary, ...]:
        """Return one summary per target, with Wilson intervals, in the order of the targets."""
        return tuple(map(self._summary, self._targets))

    def _summary(self, target: str) -> TargetSummary:
        counts = {stance: self._counts[target, stance] for stance in STANCES}
        expected = {stance: sums / _WHOLE for stance, sums in zip(STANCES, self._sums[target], strict=True)}
        total, with_sentiment = self._sentiment[target]
        n, found = sum(counts[side] for side in SIDES), datamodels.side_shares(expected)
        shares = [Share(target, side, n, None, None, None, "none", population="outlet") for side in SIDES]
        if n:
            shares = [replace(each, raw=counts[each.stance] / n, estimate=found[each.stance]) for each in shares]
        if n >= FEWEST_COMMENTS:
            bounds = {side: estimation.wilson_interval(n * found[side], n) for side in SIDES}
            shares = [replace(each, interval=bounds[each.stance], method="model") for each in shares]
        return TargetSummary(
            target=target,
            comments=self._comments[target],
            covered=sum(counts.values()),
            counts=counts,
            expected=expected,
            via={via: self._counts[target, via] for via in datamodels.Via},
            shares=tuple(shares),
            sentiment=total / with_sentiment if with_sentiment else None,
            sentiment_by_stance={side: {of: self._counts[target, side, of] for of in SENTIMENTS} for side in SIDES},
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
            speakers=dict(merge_names(self.speakers, names).most_common()),
            tones=self.tones,
        )


def cover_article(scores: Iterable[Score], targets: Sequence[str]) -> tuple[datamodels.Coverage, ...]:
    """Count the sentences of one article.

    :param scores: Of the article; those of comments are passed over.
    :return: One for each target.
    """
    found = {target: _Sentences() for target in targets}
    for target, rows in datamodels.grouped((each.target, each) for each in scores if each.sentence).items():
        if target in found:
            found[target].add(rows)
    names = {name for sums in found.values() for name in sums.speakers}
    return tuple(sums.coverage(target, names) for target, sums in found.items())


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
                self._labelled[group].add_score(stated, self._audit.find(stated), place)

    def coverage(self) -> dict[str, dict[str, datamodels.Coverage]]:
        """Return the counts: target -> outlet -> its sentences, outlets with the most articles first."""
        found: dict[str, dict[str, datamodels.Coverage]] = defaultdict(dict)
        names: dict[str, set[str]] = defaultdict(set)
        for (outlet, _), sums in self._sums.items():
            names[outlet].update(sums.speakers)
        for group, sums in sorted(self._sums.items(), key=lambda each: (-len(each[1].quoted), each[0])):
            outlet, target = group
            found[target][outlet] = replace(sums.coverage(target, names[outlet]), lean=self._lean(group))
        return dict(found)

    def _lean(self, group: tuple[str, str]) -> datamodels.Lean | None:
        """Estimate the tone of a group by its labels; None where too few of them were given."""
        if (labelled := self._labelled.get(group)) is None or labelled.labelled[0] < FEWEST_AUDITED:
            return None
        found = estimate_group(group[1], labelled.observations())
        shares = [each for each in found.shares if each.population == "outlet" and each.estimate is not None]
        net = found.measure("net")
        if net.estimate is None or net.interval is None or net.method not in ("ppi", "labels"):
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
