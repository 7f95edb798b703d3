"""Counts of the sentences of articles, by target, voice and tone.

Sentences of one article are not independent, so intervals are over articles.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stance import datamodels
from stance.aggregation import clusters
from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.intervals import FEWEST_ARTICLES, effective_interval
from stance.aggregation.shares import estimate_group
from stance.datamodels import Record, Score, Stance, Tone, Unit

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
        sentences = [(score.sentence, score.tone) for score in scores if score.sentence is not None]
        quoted = sum(sentence.voice is datamodels.Voice.QUOTED for sentence, _ in sentences)
        self.quoted.append((len(sentences), quoted))
        self.speakers.update(sentence.speaker for sentence, _ in sentences if sentence.speaker is not None)
        for sentence, tone in sentences:
            self.tones[sentence.voice][tone] += 1

    def coverage(self, target: str, names: Collection[str]) -> Record:
        """Return the numbers of the sentences that name a target.

        :param names: As of :func:`merge_names`.
        """
        sentences, quoted = map(sum, zip(*self.quoted, strict=True)) if self.quoted else (0, 0)
        m, interval = len(self.quoted), None
        if m >= FEWEST_ARTICLES and sentences:  # for articles like these
            share = quoted / sentences
            squares = sum((quotations - share * of) ** 2 for of, quotations in self.quoted)
            interval = effective_interval(share, m / (m - 1) * squares / sentences**2, sentences, m)
        speakers = sorted(merge_names(self.speakers, names).items(), key=lambda pair: (-pair[1], pair[0]))
        return {
            "target": target,
            "articles": m,
            "sentences": sentences,
            "quoted": quoted,
            "quoted_share": quoted / sentences if sentences else None,
            "interval": interval,
            "speakers": [{"speaker": name, "n": n} for name, n in speakers[:5]],
            "other_speakers": max(0, len(speakers) - 5),
            "lean": None,
        }


def cover_article(document: datamodels.Document, targets: Sequence[str]) -> Record:
    """Count the sentences of one article, for each target.

    :return: ``article``: as :meth:`CoverageTally.coverage`; ``tone``: rows by target and voice with ``n``, the count of
        each tone, and of those that no tone is claimed of (``undecided``). ``mean`` and ``interval`` are of labels by
        persons, which one article has not.
    """
    sums: dict[str, _Sentences] = defaultdict(_Sentences)
    for target, scores in _scores_of(document).items():
        sums[target].add(scores)
    names = {name for of_target in sums.values() for name in of_target.speakers}
    tones = [
        {"target": target, "voice": voice, "n": tones.total()}
        | {tone: tones[tone] for tone in Tone}
        | {"undecided": tones[None], "mean": None, "interval": None}
        for target in targets
        for voice, tones in sums[target].tones.items()
    ]
    return {"article": [sums[target].coverage(target, names) for target in targets], "tone": tones}


def _scores_of(document: datamodels.Document) -> dict[str, list[Score]]:
    """Group the scores of sentences by target."""
    return datamodels.grouped((row.target, row) for row in document.scores if row.sentence)


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
        for target, rows in _scores_of(document).items():
            group = document.outlet or datamodels.NO_OUTLET, target
            self._sums[group].add(rows)
            if self._audit is None:
                continue
            for score in rows:
                self._sentences -= 1  # each an author of its own: sentences of an article are one cluster already
                cluster = self._articles, self._sentences, clusters.UNDATED
                critical, neutral, favorable = score.tones or UNREAD_TONES
                odds = favorable, critical, neutral, 0.0  # of the stances by which estimates name tones
                stated = replace(score, unit=Unit.COMMENT, probabilities=odds, decision=None)
                label = self._audit.find(stated, score.sentence.text if score.sentence else None)
                self._labelled[group].add_score(stated, label, cluster)

    def coverage(self) -> dict[str, list[Record]]:
        """Return the counts of outlets by target, those with the most articles first, no outlet last."""
        by_target: dict[str, list[Record]] = defaultdict(list)
        names: dict[str, set[str]] = defaultdict(set)
        for (outlet, _), sums in self._sums.items():
            names[outlet].update(sums.speakers)
        for group, sums in sorted(
            self._sums.items(), key=lambda entry: (entry[0][0] == datamodels.NO_OUTLET, -len(entry[1].quoted), entry[0])
        ):
            outlet, target = group
            row = {"outlet": outlet, **sums.coverage(target, names[outlet]), "lean": self._lean(group)}
            by_target[target].append(row)
        return dict(by_target)

    def _lean(self, group: tuple[str, str]) -> Record | None:
        """Estimate the tone of a group by its labels; None where too few of them were given.

        :return: Number of ``labels``, ``shares`` of tones, and net tone (``mean``) in points, from -100 to 100.
        """
        table = self._labelled[group].observations()
        if table.drawn < datamodels.FEWEST_AUDITED or odd_labels(check_labels({group[1]: table}, None)):
            return None
        estimate = estimate_group(group[1], table)
        shares = [share for share in estimate.shares if share.population == "outlet" and share.estimate is not None]
        net = estimate.measure("net")
        if net.estimate is None or net.interval is None or net.method not in ("corrected", "labels"):
            return None
        tones = [
            {"tone": TONE_OF[share.stance], "estimate": share.estimate, "interval": share.interval} for share in shares
        ]
        return {"labels": estimate.labelled, "shares": tones, "mean": net.estimate, "interval": net.interval}


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
    merged: Counter[str] = Counter()
    for name, n in counts.items():
        rarest = min((holders[word] for word in words[name]), key=len, default=set())
        longer = [other for other in rarest if words[name] < words[other]]
        tops = [other for other in longer if not any(words[other] < words[third] for third in longer)]
        merged[tops[0] if len(tops) == 1 else name] += n
    return merged
