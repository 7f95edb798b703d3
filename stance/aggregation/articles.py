"""Count the sentences of articles that name a target, by voice and tone.

Sentences of one article are not independent, so an interval is one over articles.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stance.aggregation.clusters import UNDATED, AuditLabels, ClusterSums
from stance.aggregation.estimation import FEWEST_ARTICLES, effective_interval
from stance.aggregation.shares import FEWEST_AUDITED, estimate_group
from stance.datamodels import NOT_STATED, Coverage, Document, Lean, Score, Stance, Tone, Unit, Voice

UNREAD = (0.22, 0.72, 0.06)
"""Tones of a sentence that no model read: the shares among the sentences of ``data/tone_labels.csv``. Equal for all,
they leave an estimate to the labels alone."""


@dataclass(slots=True)
class _Sums:
    quoted: list[tuple[int, int]] = field(default_factory=list)  # of each article: sentences, and those that are quoted
    speakers: Counter[str] = field(default_factory=Counter)
    tones: dict[Voice, Counter[Tone | None]] = field(default_factory=lambda: {voice: Counter() for voice in Voice})

    def add(self, scores: Sequence[Score]) -> None:
        said = [(score.sentence, score.tone) for score in scores if score.sentence is not None]
        self.quoted.append((len(said), sum(each.voice is Voice.QUOTED for each, _ in said)))
        self.speakers.update(each.speaker for each, _ in said if each.speaker is not None)
        for each, tone in said:
            self.tones[each.voice][tone] += 1

    def coverage(self, target: str, names: Collection[str]) -> Coverage:
        sentences, quoted = map(sum, zip(*self.quoted, strict=True)) if self.quoted else (0, 0)
        return Coverage(
            target,
            articles=len(self.quoted),
            sentences=sentences,
            quoted=quoted,
            interval=quoted_interval(self.quoted),
            speakers=dict(merge_names(self.speakers, names).most_common()),
            tones=self.tones,
        )


def cover_article(scores: Iterable[Score], targets: Sequence[str]) -> tuple[Coverage, ...]:
    """Count the sentences of one article.

    :param scores: Of the article; those of comments are passed over.
    :return: One for each target.
    """
    found = {target: _Sums() for target in targets}
    for target, rows in _by_target(scores).items():
        if target in found:
            found[target].add(rows)
    names = {name for sums in found.values() for name in sums.speakers}
    return tuple(sums.coverage(target, names) for target, sums in found.items())


def _by_target(scores: Iterable[Score]) -> dict[str, list[Score]]:
    found: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        if score.sentence is not None:
            found[score.target].append(score)
    return found


class CoverageTally:
    """Counts the sentences of many articles, by outlet.

    :param audit: Labels of sentences among them say how articles lean, never the model alone.
    """

    def __init__(self, audit: AuditLabels | None = None) -> None:
        self._audit = audit
        self._sums: dict[tuple[str, str], _Sums] = defaultdict(_Sums)
        self._labelled: dict[tuple[str, str], ClusterSums] = defaultdict(ClusterSums)
        self._articles = self._sentences = 0

    def add(self, document: Document) -> None:
        """Count those of one article."""
        self._articles += 1
        for target, rows in _by_target(document.scores).items():
            group = document.outlet or NOT_STATED, target
            self._sums[group].add(rows)
            if self._audit is None:
                continue
            for score in rows:
                self._sentences -= 1  # each an author of its own: sentences of an article are one cluster already
                place = self._articles, self._sentences, UNDATED
                stated = as_stance(score)
                self._labelled[group].add_score(stated, self._audit.find(stated), place)

    def coverage(self) -> dict[str, dict[str, Coverage]]:
        """Return the counts: target -> outlet -> its sentences, outlets with the most articles first."""
        found: dict[str, dict[str, Coverage]] = defaultdict(dict)
        names: dict[str, set[str]] = defaultdict(set)
        for (outlet, _), sums in self._sums.items():
            names[outlet].update(sums.speakers)
        for group, sums in sorted(self._sums.items(), key=lambda each: (-len(each[1].quoted), each[0])):
            outlet, target = group
            found[target][outlet] = replace(sums.coverage(target, names[outlet]), lean=self._lean(group))
        return dict(found)

    def _lean(self, group: tuple[str, str]) -> Lean | None:
        """Estimate the tone of a group by its labels; None where too few of them were given."""
        if (labelled := self._labelled.get(group)) is None or labelled.labelled[0] < FEWEST_AUDITED:
            return None
        found = estimate_group(group[1], labelled.observations())
        shares = [each for each in found.shares if each.population == "outlet" and each.estimate is not None]
        net = found.measure("net")
        if net.estimate is None or net.interval is None or net.method not in ("ppi", "labels"):
            return None
        of_tones = {TONE_OF[each.stance]: (each.estimate or 0.0, each.interval) for each in shares}
        return Lean(found.labelled, of_tones, net.estimate, net.interval)


TONE_OF = {Stance.AGAINST: Tone.CRITICAL, Stance.NEUTRAL: Tone.NEUTRAL, Stance.FAVOR: Tone.FAVORABLE}
"""Tone of a sentence by the stance that estimates use for it."""


def as_stance(score: Score) -> Score:
    """Turn the tone of a sentence into the stance that estimates are made of: favorable is favor, critical against."""
    critical, neutral, favorable = score.tones or UNREAD
    return replace(score, unit=Unit.COMMENT, probabilities=(favorable, critical, neutral, 0.0), decision=None)


def quoted_interval(articles: Sequence[tuple[int, int]]) -> tuple[float, float] | None:
    """Bound the share of sentences that are quoted, for articles like these.

    :param articles: Of each article, its sentences and those that are quoted.
    :return: 95 %, in [0, 1]; None for fewer than five articles.
    """
    m, n = len(articles), sum(sentences for sentences, _ in articles)
    if m < FEWEST_ARTICLES or not n:
        return None
    share = sum(quoted for _, quoted in articles) / n
    squares = sum((quoted - share * sentences) ** 2 for sentences, quoted in articles)
    return effective_interval(share, m / (m - 1) * squares / n**2, n, m)


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
