"""Predict the stance of texts toward targets, from cues, features and a classifier.

The classifier judges texts that name the target, or answer a comment that does. Other texts rarely address it; they get
the frequencies of stances among such texts in the training data, with and without a cue.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Stance, Via
from stance.scoring.automaton import BREAK
from stance.scoring.clauses import Span, says_something, tokenize
from stance.scoring.cues import CueEngine, CueHit, Fired
from stance.scoring.features import InstanceFeatures
from stance.scoring.fitted import FittedClassifier
from stance.scoring.instances import Instance, is_named
from stance.scoring.scorers import Judgement

Floats = NDArray[np.float64]

_SIDES = (Stance.FAVOR, Stance.AGAINST)

MAX_EVIDENCE = 20
"""Spans that one text toward one target may show."""


@dataclass(frozen=True, slots=True)
class StanceModel:
    """A trained model, loaded from a model folder.

    Evidence for a prediction are the cues for the chosen stance; if there are none, the words whose removal lowers its
    probability most.
    """

    features: InstanceFeatures
    classifier: FittedClassifier  # its classes are names of stances
    unnamed: Floats  # shape (2, 3, 4): article names the target or not; cues silent, favor, against -> shares
    name: str
    languages: tuple[str, ...] = ("en",)
    card: Mapping[str, Any] = field(default_factory=dict)

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Predict the stance of each text toward its target, with evidence."""
        return judge_pairs(self, instances)

    def predict_proba(self, instances: Sequence[Instance]) -> Floats:
        """Return the probability of each stance.

        :return: Shape (n, 4), columns in the order of ``STANCES``; rows sum to 1.
        """
        return predict_pairs(self, instances)

    def judges(self, instance: Instance) -> bool:
        """Return whether the classifier judges a pair."""
        return is_named(instance)

    def with_cues(self, engine: CueEngine, suffix: str) -> Self:
        """Return the model with other cues, under another name."""
        features = copy(self.features)
        features.engine = engine
        return replace(self, features=features, name=self.name + suffix)

    def left_over(self, instances: Sequence[Instance], fired: Sequence[Fired]) -> Floats:
        """Return the probabilities of pairs that the classifier does not judge: shape (n, 4)."""
        cells = [unnamed_cell(instance, found.own) for instance, found in zip(instances, fired, strict=True)]
        return np.array([self.unnamed[cell] for cell in cells]).reshape(-1, len(STANCES))


class _Judging(Protocol):
    """A model that judges most pairs by a classifier."""

    @property
    def features(self) -> Any: ...
    @property
    def classifier(self) -> FittedClassifier: ...
    def judges(self, instance: Instance) -> bool: ...
    def left_over(self, instances: Sequence[Instance], fired: Sequence[Fired]) -> Floats: ...


class _Predicted(NamedTuple):
    fired: list[Fired]
    rows: list[int]  # that the classifier judged
    matrix: Any  # their features; None: there are none
    probabilities: Floats  # of all


def judge_pairs(model: _Judging, instances: Sequence[Instance]) -> Judgement:
    """Predict the stance of each text toward its target with evidence; equal pairs are judged once."""
    places = {instance: place for place, instance in enumerate(dict.fromkeys(instances))}
    if len(places) == len(instances):
        return _judge(model, instances)
    found, chosen = _judge(model, list(places)), [places[instance] for instance in instances]
    return Judgement(found.probabilities[chosen], [found.evidence[place] for place in chosen])


def _judge(model: _Judging, instances: Sequence[Instance]) -> Judgement:
    fired, rows, matrix, probabilities = _predict(model, instances)
    chosen = [STANCES[label] for label in probabilities.argmax(axis=1)]
    evidence = [
        _evidence(instance, found.own, stance) for instance, found, stance in zip(instances, fired, chosen, strict=True)
    ]
    silent = [k for k, i in enumerate(rows) if not evidence[i] and chosen[i] in _SIDES]
    if silent:
        asked = [instances[rows[k]] for k in silent]
        columns = [list(model.classifier.classes_).index(chosen[rows[k]]) for k in silent]
        words = telling_words(asked, matrix[silent], columns, model.features, model.classifier)
        for k, spans in zip(silent, words, strict=True):
            evidence[rows[k]] = spans
    return Judgement(probabilities, evidence)


def predict_pairs(model: _Judging, instances: Sequence[Instance]) -> Floats:
    """Return the probability of each stance: shape (n, 4)."""
    return _predict(model, instances).probabilities


def class_probabilities(classifier: FittedClassifier, matrix: Any) -> Floats:
    """Return the probability of each stance as a classifier has it, zero for those it does not know: shape (n, 4)."""
    probabilities = classifier.predict_proba(matrix)
    found = np.zeros((len(probabilities), len(STANCES)))
    found[:, [STANCES.index(Stance(label)) for label in classifier.classes_]] = probabilities
    return found


def _predict(model: _Judging, instances: Sequence[Instance]) -> _Predicted:
    fired = model.features.match(instances)
    rows = [i for i, instance in enumerate(instances) if model.judges(instance)]
    others = [i for i, instance in enumerate(instances) if not model.judges(instance)]
    found = np.zeros((len(instances), len(STANCES)))
    matrix = None
    if rows:
        judged = [instances[i] for i in rows]
        matrix = model.features.transform(judged, [fired[i] for i in rows])
        found[rows] = class_probabilities(model.classifier, matrix)
    if others:
        found[others] = model.left_over([instances[i] for i in others], [fired[i] for i in others])
    return _Predicted(fired, rows, matrix, found)


def unnamed_cell(instance: Instance, hits: Sequence[CueHit]) -> tuple[int, int]:
    """Return the cell of :attr:`StanceModel.unnamed` for a text that does not name the target."""
    total = sum(hit.weight for hit in hits)
    direction = 0 if abs(total) < 1e-9 else 1 if total > 0 else 2
    return int(instance.via is Via.ARTICLE), direction


def _evidence(instance: Instance, hits: Sequence[CueHit], stance: Stance) -> tuple[Span, ...]:
    """Return the cues that speak for a stance, but for those that are function words and nothing else."""
    if stance is Stance.NOT_ADDRESSED:
        return ()
    sign = {Stance.FAVOR: 1, Stance.AGAINST: -1}.get(stance, 0)
    spans = _merged([(hit.start, hit.end) for hit in hits if (hit.weight * sign > 0 if sign else hit.weight == 0)])
    return tuple(span for span in spans if any(map(says_something, tokenize(instance.text[slice(*span)]).texts)))


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(merged[:MAX_EVIDENCE])


# Words as evidence ----------------------------------------------------------------------------------------------------
#
# Where no cue speaks for a side, those words are shown without which the model would be less sure of it. Each word but
# function words in turn is blanked out and the text judged again by its remaining words; cues, sentiment and the
# encoder's numbers stay as they are, so this is cheap enough for every text that needs it.

MAX_WORDS = 3
"""Words that are shown of one text."""

LEAST = 0.01
"""What the probability of the chosen stance must lose."""

_TRIED = 12  # words nearest to where the target is named
_LONGEST_TRIED = 5_000  # of a text: in a longer one no single word tells much, and trying them costs much


class WordFeatures(Protocol):
    """Features of which those of words can be made again."""

    def without_words(self, matrix: Any, instances: Sequence[Instance], spans: Sequence[Sequence[Span]]) -> Any:
        """Return a row of a matrix for each of some words of its text: without the word; all but words stays."""


def telling_words(
    instances: Sequence[Instance],
    matrix: Any,
    chosen: Sequence[int],
    features: WordFeatures,
    classifier: FittedClassifier,
) -> list[tuple[Span, ...]]:
    """Find the words that, when removed, lower the probability of the chosen stance most.

    :param matrix: Sparse, shape (n, columns), from ``features`` for the instances.
    :param chosen: Length n; columns of ``classifier.classes_``.
    :return: At most :data:`MAX_WORDS` spans each, by position; empty if no word makes a difference.
    """
    words = [_candidates(instance) for instance in instances]
    if not any(words):
        return [() for _ in instances]
    before = classifier.predict_proba(matrix)
    after = iter(classifier.predict_proba(features.without_words(matrix, instances, words)))
    found = []
    for row, (stance, tried) in enumerate(zip(chosen, words, strict=True)):
        losses = [before[row, stance] - next(after)[stance] for _ in tried]
        best = [k for k in np.argsort(losses)[::-1][:MAX_WORDS] if losses[k] >= LEAST]
        found.append(tuple(sorted(tried[k] for k in best)))
    return found


def _candidates(instance: Instance) -> tuple[Span, ...]:
    """Choose words of a text that mean something, but for names of targets: some, nearest to the target first."""
    if len(instance.text) > _LONGEST_TRIED:
        return ()
    named = [(mention.start, mention.end) for mention in instance.mentions]
    places = [mention.start for mention in instance.own_mentions] or [0]
    found = tokenize(instance.text)
    words = zip(found.texts, found.starts, found.ends, strict=True)
    nearest = sorted(words, key=lambda word: min([abs(word[1] - place) for place in places]))
    chosen = (
        (start, end)
        for text, start, end in nearest
        if text != BREAK and says_something(text) and not any(since < end and start < to for since, to in named)
    )
    return tuple(islice(chosen, _TRIED))
