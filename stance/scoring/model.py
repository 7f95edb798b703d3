"""Predict the stance of texts toward targets, from cues, features and a classifier.

The classifier judges texts that name the target, or answer a comment that does. Other texts rarely address it; they get
the frequencies of stances among such texts in the training data, with and without a cue.

Some hundred labels of a user are too few to train a model, but enough to correct one (:class:`AdaptedFeatures`): the
frequencies of stances, the reliability of each column, and words of this outlet or target. The head of the adapted
model adds to the log probabilities of its base, with a penalty on the additions (like the prior of Daumé and Marcu,
Domain Adaptation for Statistical Classifiers, JAIR 2006), and its channels of words and meanings are learned from the
user's labels alone. The comments that the base was trained on are not needed.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any, Self, TypeAlias, cast

import numpy as np

from stance.datamodels import STANCES, Factors, Stance, Via, decide
from stance.scoring.classifier import FittedClassifier, Floats, Matrix, product, side_by_side, softmax
from stance.scoring.clauses import Span, is_content_word, tokenize
from stance.scoring.cues import CueHit, Fired
from stance.scoring.encoder import HIDDEN, SIZE, VECTORS, Numbers, Reading, TextEncoder, normalised
from stance.scoring.features import DENSE, InstanceFeatures
from stance.scoring.instances import Instance, Judgement, is_named
from stance.scoring.patterns import BREAK

Features: TypeAlias = "InstanceFeatures | AdaptedFeatures"

_SIDES = (Stance.FAVOR, Stance.AGAINST)

MAX_WORDS = 3
"""Maximum number of decisive words of a text."""


@dataclass(frozen=True, slots=True)
class StanceModel:
    """A trained model, loaded from a model folder; one adapted to a user's labels has :class:`AdaptedFeatures`.

    Pairs that its classifier does not judge get shares: those of the base where it is adapted.
    """

    features: Features
    classifier: FittedClassifier  # its classes are names of stances
    unnamed: Floats  # shape (2, 3, 4): article names the target or not; cues silent, favor, against -> shares
    name: str
    languages: tuple[str, ...] = ("en",)
    card: Mapping[str, Any] = field(default_factory=dict)
    others: "OtherLanguages | None" = None
    sentiments: "TextSentiments | None" = None  # scores how texts sound; None: VADER does
    decision: Factors | None = None  # for texts in its own languages
    reading: Reading | None = None
    judges_unnamed: bool = False  # the classifier judges pairs that do not name their target, too

    @property
    def is_adapted(self) -> bool:
        """Whether it was adapted to labels of a user."""
        return isinstance(self.features, AdaptedFeatures)

    @property
    def base(self) -> "StanceModel":
        """The model that it started from; itself where it is not adapted."""
        return self.features.base if isinstance(self.features, AdaptedFeatures) else self

    @property
    def plain_features(self) -> InstanceFeatures:
        """The features of the model that it started from, or its own."""
        return cast(InstanceFeatures, self.base.features)

    @property
    def encoder(self) -> TextEncoder | None:
        """The encoder that the model reads texts with."""
        return None if self.base.reading is None else self.base.reading.reader.encoder

    @property
    def own_languages(self) -> tuple[str, ...]:
        """The languages that it judges itself."""
        return tuple(each for each in self.languages if self.others is None or each not in self.others.languages)

    @property
    def experimental(self) -> tuple[str, ...]:
        """Those of its languages in which it is not good enough to be used unless asked for."""
        return () if self.others is None else self.others.experimental

    @property
    def by_language(self) -> Mapping[str, Any]:
        """Measures in each language that was measured apart, as far as they are known."""
        found = self.card.get("by_language", {}) if self.others is None else self.others.measures
        return found if isinstance(found, Mapping) else {}

    def judge_without_words(self, instances: Sequence[Instance]) -> Judgement:
        """Predict the same with the cues alone as evidence: finding the words takes a quarter of the time of all."""
        return self.judge(instances, most_words=0)

    def judge(self, instances: Sequence[Instance], *, most_words: int = MAX_WORDS) -> Judgement:
        """Predict the stance of each text toward its target, with evidence; equal pairs are judged once.

        Evidence are the cues for the predicted stance; if there are none, the words whose removal lowers its
        probability most.

        :param most_words: Maximum number of these words that are found.
        """
        places: dict[Instance, int] = {}
        rows = [places.setdefault(instance, len(places)) for instance in instances]
        unique = list(places)
        probabilities, sentiments = np.zeros((len(unique), len(STANCES))), np.full(len(unique), np.nan)
        evidence: list[tuple[Span, ...]] = [()] * len(unique)
        theirs = () if self.others is None else self.others.languages
        for others in dict.fromkeys((None, self.others)):
            part = [i for i, each in enumerate(unique) if (each.language in theirs) == (others is not None)]
            if part:
                judge = others.model.judge if others else self._judge
                found = judge([unique[i] for i in part], most_words=most_words)
                probabilities[part] = found.probabilities
                sentiments[part] = np.nan if found.sentiments is None else found.sentiments
                for i, spans in zip(part, found.evidence, strict=True):
                    evidence[i] = spans
        return Judgement(probabilities[rows], [evidence[i] for i in rows], sentiments=sentiments[rows])

    def predict_proba(self, instances: Sequence[Instance]) -> Floats:
        """Return the probability of each stance, some pairs at a time, as their columns take much memory.

        :return: Shape (n, 4), columns in the order of ``STANCES``; rows sum to 1.
        """
        starts = range(0, len(instances), _BATCH)
        found = [self.judge_without_words(instances[at : at + _BATCH]).probabilities for at in starts]
        return np.concatenate([np.zeros((0, len(STANCES))), *found])

    def judges(self, instance: Instance) -> bool:
        """Return whether the classifier judges a pair."""
        return self.judges_unnamed or is_named(instance)

    def _judge(self, instances: Sequence[Instance], *, most_words: int) -> Judgement:
        fired, base = self.features.match(instances), self.base
        # Without a reader, None; adapted probabilities were joined with its answers before they were adapted.
        hidden = None
        if base.reading is not None:
            read = base.reading.reader.read if self.judges_unnamed else base.reading.read
            hidden = read(instances)
        rows = [i for i, instance in enumerate(instances) if self.judges(instance)]
        others = [i for i, instance in enumerate(instances) if not self.judges(instance)]
        probabilities = np.zeros((len(instances), len(STANCES)))
        matrix: Matrix = None
        if rows:
            chosen_rows, of_rows = [instances[i] for i in rows], [fired[i] for i in rows]
            if isinstance(self.features, AdaptedFeatures):
                matrix = self.features.transform(chosen_rows, of_rows, None if hidden is None else hidden[rows])
            else:  # words are left out of a matrix; without that, parts will do, and scipy is not imported
                matrix = (self.features.transform if most_words else self.features.parts)(chosen_rows, of_rows)
            probabilities[rows] = class_probabilities(self.classifier, matrix)
        if others:
            probabilities[others] = base.predict_others([instances[i] for i in others], [fired[i] for i in others])
        if base.reading is not None and hidden is not None:
            joined = list(range(len(instances))) if base is self else others
            asked = [instances[i] for i in joined]
            probabilities[joined] = base.reading.join(asked, probabilities[joined], hidden[joined])
        chosen = [decide(row, self.decision) for row in probabilities.tolist()]
        triples = zip(instances, fired, chosen, strict=True)
        evidence = [_evidence(instance, found.own, stance) for instance, found, stance in triples]
        silent = [k for k, i in enumerate(rows) if not evidence[i] and chosen[i] in _SIDES]
        if most_words and silent:
            asked = [instances[rows[k]] for k in silent]
            known = [list(self.classifier.classes_).index(chosen[rows[k]]) for k in silent]
            found_words = find_decisive_words(asked, matrix[silent], known, self.features, self.classifier, most_words)
            for k, spans in zip(silent, found_words, strict=True):
                evidence[rows[k]] = spans
        sentiments = None if self.sentiments is None else self.sentiments.score(instances)
        return Judgement(probabilities, evidence, sentiments=sentiments)

    def predict_others(self, instances: Sequence[Instance], fired: Sequence[Fired]) -> Floats:
        """Return the probabilities of pairs that the classifier does not judge.

        They are the frequencies of stances among such pairs in the training data.

        :return: Shape (n, 4).
        """
        cells = [unnamed_cell(instance, found.own) for instance, found in zip(instances, fired, strict=True)]
        return self.unnamed[tuple(zip(*cells, strict=True))] if cells else np.zeros((0, len(STANCES)))


@dataclass(frozen=True, eq=False)
class OtherLanguages:
    """A model of texts in other languages, loaded when the first of them comes."""

    languages: tuple[str, ...]
    experimental: tuple[str, ...]  # languages in which it is not good enough to be used unless asked for
    load: Callable[[], StanceModel]
    save: Callable[[Path], object]  # writes its folder
    trained_on: Callable[[], Iterable[int]]  # returns the digests of the pairs that it was trained on
    decision: Factors | None = None
    measures: Mapping[str, Any] = field(default_factory=dict)  # by language: n, macro_f1, interval and others

    @cached_property
    def model(self) -> StanceModel:
        """The model."""
        return self.load()


@dataclass(frozen=True, slots=True)
class TextSentiments:
    """Scores how texts sound, for languages that VADER is not for, from the mean of the encoder's tokens.

    :param coef: Shape (3, SIZE): negative, neutral, positive.
    :param intercept: Shape (3,).
    """

    encoder: TextEncoder
    coef: Floats
    intercept: Floats

    def columns(self, instances: Sequence[Instance]) -> Floats:
        """Return the columns of each text, which do not depend on its target: shape (n, SIZE)."""
        return normalised(self.encoder.encode(instances)[:, :SIZE]).astype(np.float64)

    def score(self, instances: Sequence[Instance]) -> Floats:
        """Score each text.

        :return: Shape (n,), in [-1, 1]: how much likelier positive is than negative. As with VADER's compound, a text
            sounds negative from -0.05 down, positive from 0.05 up.
        """
        negative, neutral, positive = softmax(product(self.columns(instances), self.coef.T) + self.intercept).T
        sounds = positive - negative
        is_neutral = neutral >= np.maximum(negative, positive)
        bounded = np.clip(sounds, -_MOST_NEUTRAL, _MOST_NEUTRAL)
        sided = np.sign(sounds) * np.maximum(np.abs(sounds), SOUNDS_NEUTRAL)
        return np.where(is_neutral, bounded, sided)


SOUNDS_NEUTRAL = 0.05
_MOST_NEUTRAL = 0.0499  # in the four digits of a score


def class_probabilities(classifier: FittedClassifier, matrix: Matrix) -> Floats:
    """Return the probability of each stance as a classifier has it, zero for those it does not know: shape (n, 4)."""
    probabilities = classifier.predict_proba(matrix)
    found = np.zeros((len(probabilities), len(STANCES)))
    found[:, [STANCES.index(Stance(label)) for label in classifier.classes_]] = probabilities
    return found


def unnamed_cell(instance: Instance, hits: Sequence[CueHit]) -> tuple[int, int]:
    """Return the cell of :attr:`StanceModel.unnamed` for a text that does not name the target."""
    total = sum([hit.weight for hit in hits])
    direction = 0 if abs(total) < 1e-9 else 1 if total > 0 else 2
    return int(instance.via is Via.ARTICLE), direction


def _evidence(instance: Instance, hits: Sequence[CueHit], stance: Stance) -> tuple[Span, ...]:
    """Return the cues that speak for a stance, but for those that are function words and nothing else."""
    if stance is Stance.NOT_ADDRESSED or not hits:
        return ()
    sign = {Stance.FAVOR: 1, Stance.AGAINST: -1}.get(stance, 0)
    spans = _merged([(hit.start, hit.end) for hit in hits if (hit.weight * sign > 0 if sign else hit.weight == 0)])
    return tuple(
        span
        for span in spans
        if any(is_content_word(word, instance.language) for word in tokenize(instance.text[slice(*span)]).texts)
    )


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged[:20])  # maximum number of spans of evidence of a text toward a target


# Words as evidence ---------------------------------------------------------------------------------------------------
#
# Where no cue speaks for a side, those words are shown without which the model would be less sure of it. Each word but
# function words in turn is blanked out and the text judged again by its remaining words; cues, sentiment and the
# encoder's numbers stay as they are, so this is cheap enough for every text that needs it.

LEAST = 0.01
"""Minimum loss of the probability of the chosen stance."""


def find_decisive_words(
    instances: Sequence[Instance],
    matrix: Matrix,
    chosen: Sequence[int],
    features: Features,
    classifier: FittedClassifier,
    most: int = MAX_WORDS,
) -> list[tuple[Span, ...]]:
    """Find the words that, when removed, lower the probability of the chosen stance most.

    :param matrix: Sparse, shape (n, columns), from ``features`` for the instances.
    :param chosen: Length n; columns of ``classifier.classes_``.
    :param features: Those that the matrix was made with.
    :return: At most ``most`` spans each, by position; empty if no word makes a difference.
    """
    words = [_candidates(instance) for instance in instances]
    if not any(words):
        return [() for _ in instances]
    before = classifier.predict_proba(matrix)
    after = iter(classifier.predict_proba(features.without_words(matrix, instances, words)))
    found = []
    for row, (stance, tried) in enumerate(zip(chosen, words, strict=True)):
        losses = [before[row, stance] - next(after)[stance] for _ in tried]
        best = [k for k in np.argsort(losses)[::-1][:most] if losses[k] >= LEAST]
        found.append(tuple(sorted(tried[k] for k in best)))
    return found


def _candidates(instance: Instance) -> tuple[Span, ...]:
    """Choose words of a text that mean something, but for names of targets: some, nearest to the target first."""
    if len(instance.text) > 5_000:  # of a text: in a longer one no single word says much, and trying them costs much
        return ()
    named = [(mention.start, mention.end) for mention in instance.mentions]
    places = [mention.start for mention in instance.own_mentions] or [0]
    found = tokenize(instance.text)
    words = zip(found.texts, found.starts, found.ends, strict=True)
    nearest = sorted(words, key=lambda word: min([abs(word[1] - place) for place in places]))
    chosen = (
        (start, end)
        for text, start, end in nearest
        if text != BREAK
        and is_content_word(text, instance.language)
        and not any(since < end and start < to for since, to in named)
    )
    return tuple(islice(chosen, 12))  # words nearest to where the target is named


# Models adapted to labels ---------------------------------------------------------------------------------------------


ADDED = ("log_favor", "log_against", "log_neutral", "log_not_addressed", "side", "named", "by_article")
"""Names of the dense columns besides the base's: its answers, and how the target is addressed."""

LEAST_PROBABILITY = 1e-4
"""Minimum probability of which the logarithm is taken."""

_BATCH = 2_000  # pairs predicted at once: their words and meanings take 30 kB each
_NEUTRAL, _NOT_ADDRESSED = STANCES.index(Stance.NEUTRAL), STANCES.index(Stance.NOT_ADDRESSED)


class AdaptedFeatures:
    """Turn instances into columns for a :class:`~stance.scoring.classifier.StanceClassifier` with a prior.

    Columns: log probabilities of the base per class; dense ones, those of the base, :data:`ADDED` and one per target
    with many labels; then a channel of words, which holds its columns once for all targets, and once more for each
    target with many labels, so that what only says something of one target is learned for that target (Daumé,
    Frustratingly Easy Domain Adaptation, 2007). Where the base has a reader, a channel holds the vectors that it reads,
    and the last one its hidden units, by which texts like the labelled ones are distinguished from others.

    :param base: The model to start from.
    """

    def __init__(self, base: StanceModel) -> None:
        self.base = base

    def fit(self, instances: Sequence[Instance], y: Sequence[Any]) -> Self:
        """Learn which classes there are, and which targets have many labels."""
        found = Counter(instance.target for instance in instances)
        # Minimum number of labelled pairs for word and meaning columns of a target of its own.
        self.anchors_ = tuple(sorted(target for target, n in found.items() if n >= 100))
        self.labels_ = tuple(sorted({str(label) for label in y}))
        # Minimum number of labelled texts for channels: of fewer, a new text shares only a handful of words. With 200
        # real comments macro F1 on others was .01 to .03 lower with them than without, with 600 tweets .02 to .03
        # higher.
        self.reads_words_ = len({instance.text for instance in instances}) >= 500
        return self

    @property
    def channel_sizes(self) -> dict[str, int]:
        """The number of columns of each channel by its name, once fitted."""
        sizes = {}
        if self.reads_words_:
            sizes = {
                name: size * (1 + len(self.anchors_)) for name, size in self.base.plain_features.channel_sizes.items()
            }
        if self.base.reading is not None:
            sizes |= {"vectors": VECTORS, "hidden": HIDDEN}
        return sizes

    @property
    def channels(self) -> tuple[int, ...]:
        """The number of columns of each channel, once fitted."""
        return tuple(self.channel_sizes.values())

    @property
    def n_dense(self) -> int:
        """The number of dense columns, once fitted."""
        return len(DENSE) + len(ADDED) + len(self.anchors_)

    def match(self, instances: Sequence[Instance]) -> list[Fired]:
        """Find the cues that fire, with their weights in the base."""
        return self.base.features.match(instances)

    def encode(self, instances: Sequence[Instance]) -> Numbers | None:
        """Return the numbers that :meth:`transform` takes: those of the base's reader, None without one."""
        return None if self.base.reading is None else self.base.reading.reader.read(instances)

    def transform(
        self, instances: Sequence[Instance], fired: Sequence[Fired] | None = None, numbers: Numbers | None = None
    ) -> Matrix:
        """Make the matrix.

        :param fired: What :meth:`match` gives, where it is known already.
        :param numbers: What the encoder gives, likewise.
        :return: Sparse, shape (n, classes + n_dense + sum(channels)).
        """
        fired = self.match(instances) if fired is None else fired
        if numbers is None:
            numbers = self.encode(instances)
        base = self.base
        matrix = base.plain_features.transform(instances, fired)
        judged = class_probabilities(base.classifier, matrix)
        stated = judged.copy()  # what the base says of each pair, also of those that its classifier does not judge
        if others := [i for i, instance in enumerate(instances) if not base.judges(instance)]:
            stated[others] = base.predict_others([instances[i] for i in others], [fired[i] for i in others])
        if base.reading is not None and numbers is not None:
            stated = judged = base.reading.join(instances, stated, numbers)
        added = self._added(instances, stated, judged)
        dense = np.hstack([matrix[:, : len(DENSE)].toarray(), added])
        is_anchor = self._is_anchor(instances)
        parts = [self._prior(stated), dense, *(is_target[:, None] for is_target in is_anchor)]
        if self.reads_words_:
            ends = len(DENSE) + np.cumsum(self.base.plain_features.channels)
            channels = zip(ends, self.base.plain_features.channels, strict=True)
            parts += [self._repeated(matrix[:, end - size : end], is_anchor) for end, size in channels]
        if base.reading is not None and numbers is not None:
            # with the inverse penalty of the hidden units: these are a fourth as many
            parts += [0.16 * base.reading.reader.vectors(instances), numbers]
        return side_by_side(*parts)

    def without_words(self, matrix: Matrix, instances: Sequence[Instance], spans: Sequence[Sequence[Span]]) -> Matrix:
        """Return a row of a matrix for each of some words of its text: without the word; all but words stays."""
        chosen = [row for row, own in enumerate(spans) for _ in own]
        rows = matrix[chosen]
        if not self.reads_words_:
            return rows
        at = len(self.labels_) + self.n_dense
        is_anchor = [shown[chosen] for shown in self._is_anchor(instances)]
        words = self._repeated(self.base.plain_features.words_without(instances, spans), is_anchor)
        return side_by_side(rows[:, :at], words, rows[:, at + words.shape[1] :])

    def _prior(self, stated: Floats) -> Floats:
        """Return the base's log probabilities of the classes that the labels have.

        Labels of public sets have no "not addressed": their "none" holds it.
        """
        known = stated.copy()
        if Stance.NOT_ADDRESSED not in self.labels_:
            known[:, _NEUTRAL] += known[:, _NOT_ADDRESSED]
        columns = [STANCES.index(Stance(label)) for label in self.labels_]
        kept = np.maximum(known[:, columns], LEAST_PROBABILITY)
        return np.log(kept / kept.sum(axis=1, keepdims=True))

    def _added(self, instances: Sequence[Instance], stated: Floats, judged: Floats) -> Floats:
        favor, against = (np.log(np.maximum(judged[:, k], LEAST_PROBABILITY)) for k in (0, 1))
        columns = (
            *np.log(np.maximum(stated, LEAST_PROBABILITY)).T,
            favor - against,
            np.array([float(is_named(instance)) for instance in instances]),
            np.array([float(instance.via is Via.ARTICLE) for instance in instances]),
        )
        return np.column_stack(columns)

    def _is_anchor(self, instances: Sequence[Instance]) -> list[Floats]:
        targets = np.array([instance.target for instance in instances], dtype=object)
        return [(targets == anchor).astype(float) for anchor in self.anchors_]

    @staticmethod
    def _repeated(columns: Matrix, is_anchor: Sequence[Floats]) -> Matrix:
        from scipy.sparse import diags

        return side_by_side(columns, *(diags(rows) @ columns for rows in is_anchor))
