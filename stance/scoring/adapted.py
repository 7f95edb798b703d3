"""Adapt an existing model to a user's labels.

Some hundred labels are too few to train a model, but enough to correct one: the frequencies of stances, the reliability
of each column, and words of this outlet or target. The head of the adapted model adds to the log probabilities of its
base, with a penalty on the additions (like the prior of Daumé and Marcu, Domain Adaptation for Statistical Classifiers,
JAIR 2006), and its channels of words and meanings are learned from the user's labels alone. The comments that the base
was trained on are not needed.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from stance.datamodels import STANCES, Stance, Via
from stance.scoring.cues import CueEngine, Fired
from stance.scoring.encoder import SIZE
from stance.scoring.features import DENSE
from stance.scoring.fitted import FittedClassifier, check_fitted
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import StanceModel, class_probabilities, judge_pairs, predict_pairs
from stance.scoring.scorers import Judgement

Floats = NDArray[np.float64]
Span = tuple[int, int]

ENOUGH_FOR_WORDS = 500
"""Labelled texts from which on there are channels: of fewer, words that a new text has too are a handful. With 200 real
comments macro F1 on others was .01 to .03 lower with them than without, with 600 tweets .02 to .03 higher."""

MANY = 100
"""Labelled pairs from which on a target has word and meaning columns of its own."""

MANY_TARGETS = 20
"""Targets from which on what their names mean says something of new ones."""

ADDED = ("log_favor", "log_against", "log_neutral", "log_not_addressed", "side", "named", "by_article", "related")
"""Dense columns beside those of the base: what it says, how the target is addressed, and how near the text is to its
name where names are read."""

LEAST_PROBABILITY = 1e-4
"""Lower probabilities count as this one where their logarithms are taken."""

_BATCH = 2_000  # pairs predicted at once: their words and meanings take 30 kB each
_NEUTRAL, _NOT_ADDRESSED = STANCES.index(Stance.NEUTRAL), STANCES.index(Stance.NOT_ADDRESSED)
_KEPT_TOPICS = 20_000  # names and texts, of 1.5 kB each


class AdaptedFeatures:
    """Turn instances into columns for a :class:`~stance.scoring.classifier.StanceClassifier` with a prior.

    Columns: log probabilities of the base per class; dense ones, those of the base, :data:`ADDED` and one per target
    with many labels; then a channel of words and, where the base has an encoder, one of meanings. A channel holds its
    columns once for all targets, and once more for each target with many labels, so that what only says something of
    one target is learned for that target (Daumé, Frustratingly Easy Domain Adaptation, 2007). Where there are many
    targets, a last channel holds what their names mean, and the products of that with what the texts mean.

    :param base: The model to start from.
    """

    def __init__(self, base: StanceModel) -> None:
        self.base = base
        self._topics: dict[str, Floats] = {}

    def fit(self, instances: Sequence[Instance], y: Sequence[Any]) -> Self:
        """Learn which classes there are, and which targets have many labels."""
        found = Counter(instance.target for instance in instances)
        self.anchors_ = tuple(sorted(target for target, n in found.items() if n >= MANY))
        self.labels_ = tuple(sorted({str(label) for label in y}))
        self.reads_words_ = len({instance.text for instance in instances}) >= ENOUGH_FOR_WORDS
        self.reads_names_ = self.base.features.meanings is not None and len(found) >= MANY_TARGETS
        return self

    @property
    def channels(self) -> tuple[int, ...]:
        """The number of columns of each channel, once fitted."""
        check_fitted(self, "anchors_")
        if not self.reads_words_:
            return ()
        repeated = (size * (1 + len(self.anchors_)) for size in self.base.features.channels)
        return (*repeated, 3 * SIZE) if self.reads_names_ else tuple(repeated)

    @property
    def n_dense(self) -> int:
        """The number of dense columns, once fitted."""
        check_fitted(self, "anchors_")
        return len(DENSE) + len(ADDED) + len(self.anchors_)

    def match(self, instances: Sequence[Instance]) -> list[Fired]:
        """Find the cues that fire, with the weights that the base gives them."""
        return self.base.features.match(instances)

    def transform(
        self, instances: Sequence[Instance], fired: Sequence[Fired] | None = None, numbers: Any = None
    ) -> Any:
        """Make the matrix.

        :param fired: What :meth:`match` gives, where it is known already.
        :param numbers: What the encoder gives, likewise.
        :return: Sparse, shape (n, classes + n_dense + sum(channels)).
        """
        check_fitted(self, "anchors_")
        fired = self.match(instances) if fired is None else fired
        meanings = self.base.features.meanings
        if numbers is None and meanings is not None:
            numbers = meanings.encode(instances)
        matrix = self.base.features.transform(instances, fired, numbers)
        judged = class_probabilities(self.base.classifier, matrix)
        said = self._said(instances, fired, judged)
        names, texts = self._names_and_texts(instances)
        added = self._added(instances, said, judged, (names * texts).sum(axis=1))
        dense = np.hstack([matrix[:, : len(DENSE)].toarray(), added])
        shown = [is_target[:, None] for is_target in self._is_anchor(instances)]
        parts = [self._prior(said), dense, *shown]
        if self.reads_words_:
            parts += self._channels(instances, matrix)
        if self.reads_words_ and self.reads_names_:
            parts.append(np.hstack([texts, names, texts * names * np.sqrt(SIZE)]))  # of like lengths
        return sp.hstack([sp.csr_matrix(part) for part in parts], format="csr")

    def without_words(self, matrix: Any, instances: Sequence[Instance], spans: Sequence[Sequence[Span]]) -> Any:
        """Return a row of a matrix for each of some words of its text: without the word; all but words stays."""
        chosen = [row for row, own in enumerate(spans) for _ in own]
        rows = matrix[chosen]
        if not self.reads_words_:
            return rows
        at = len(self.labels_) + self.n_dense
        is_anchor = [shown[chosen] for shown in self._is_anchor(instances)]
        words = self._repeated(self.base.features.words_without(instances, spans), is_anchor)
        return sp.hstack([rows[:, :at], words, rows[:, at + words.shape[1] :]], format="csr")

    def _said(self, instances: Sequence[Instance], fired: Sequence[Fired], judged: Floats) -> Floats:
        """Return the base's probabilities of each pair, those that its classifier does not judge too."""
        said = judged.copy()
        others = [i for i, instance in enumerate(instances) if not self.base.judges(instance)]
        if others:
            said[others] = self.base.left_over([instances[i] for i in others], [fired[i] for i in others])
        return said

    def _prior(self, said: Floats) -> Floats:
        """Return the base's log probabilities of the classes that the labels have.

        Labels of public sets have no "not addressed": their "none" holds it.
        """
        known = said.copy()
        if Stance.NOT_ADDRESSED not in self.labels_:
            known[:, _NEUTRAL] += known[:, _NOT_ADDRESSED]
        columns = [STANCES.index(Stance(label)) for label in self.labels_]
        kept = np.maximum(known[:, columns], LEAST_PROBABILITY)
        logs: Floats = np.log(kept / kept.sum(axis=1, keepdims=True))
        return logs

    def _added(self, instances: Sequence[Instance], said: Floats, judged: Floats, cosines: Floats) -> Floats:
        favor, against = (np.log(np.maximum(judged[:, k], LEAST_PROBABILITY)) for k in (0, 1))
        columns = (
            *np.log(np.maximum(said, LEAST_PROBABILITY)).T,
            favor - against,
            np.array([float(is_named(instance)) for instance in instances]),
            np.array([float(instance.via is Via.ARTICLE) for instance in instances]),
            cosines,
        )
        return np.column_stack(columns)

    def _names_and_texts(self, instances: Sequence[Instance]) -> tuple[Floats, Floats]:
        """Return the topics of target names and of texts: two of shape (n, SIZE); zeros where names are not read."""
        names = [instance.target.replace("-", " ") for instance in instances]
        texts = [instance.text for instance in instances]
        meanings = self.base.features.meanings
        if not self.reads_names_ or meanings is None:
            return np.zeros((len(names), SIZE)), np.zeros((len(texts), SIZE))
        missing = [each for each in dict.fromkeys([*names, *texts]) if each not in self._topics]
        if len(self._topics) + len(missing) > _KEPT_TOPICS:
            self._topics.clear()
            missing = list(dict.fromkeys([*names, *texts]))
        self._topics |= zip(missing, meanings.text_encoder.topics(missing), strict=True)
        found = np.array([self._topics[each] for each in (*names, *texts)]).reshape(2, len(instances), SIZE)
        return found[0], found[1]

    def _is_anchor(self, instances: Sequence[Instance]) -> list[Floats]:
        targets = np.array([instance.target for instance in instances], dtype=object)
        return [(targets == anchor).astype(float) for anchor in self.anchors_]

    def _channels(self, instances: Sequence[Instance], matrix: Any) -> list[Any]:
        is_anchor = self._is_anchor(instances)
        ends = len(DENSE) + np.cumsum(self.base.features.channels)
        parts = zip(ends, self.base.features.channels, strict=True)
        return [self._repeated(matrix[:, end - size : end], is_anchor) for end, size in parts]

    @staticmethod
    def _repeated(columns: Any, is_anchor: Sequence[Floats]) -> Any:
        return sp.hstack([columns, *(sp.diags(rows) @ columns for rows in is_anchor)], format="csr")


@dataclass(frozen=True, slots=True)
class AdaptedModel:
    """A model taught by a user's labels; asked like any other.

    Pairs that do not name their target are left to the base where the labels say too little of such pairs.
    """

    features: AdaptedFeatures
    classifier: FittedClassifier
    judges_unnamed: bool
    name: str
    languages: tuple[str, ...] = ("en",)
    card: Mapping[str, Any] = field(default_factory=dict)

    @property
    def base(self) -> StanceModel:
        """The model that it started from."""
        return self.features.base

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target, and say by which of its words."""
        return judge_pairs(self, instances)

    def predict_proba(self, instances: Sequence[Instance]) -> Floats:
        """Return the probability of each stance.

        :return: Shape (n, 4), columns in the order of ``STANCES``; rows sum to 1.
        """
        batches = (instances[at : at + _BATCH] for at in range(0, len(instances), _BATCH))
        return np.vstack([np.zeros((0, len(STANCES))), *(predict_pairs(self, batch) for batch in batches)])

    def judges(self, instance: Instance) -> bool:
        """Return whether the classifier judges a pair."""
        return self.judges_unnamed or is_named(instance)

    def with_cues(self, engine: CueEngine, suffix: str) -> Self:
        """Return the model with other cues, which it reads in the base, and a name that says so."""
        features = copy(self.features)
        features.base = self.base.with_cues(engine, suffix)
        return replace(self, features=features, name=self.name + suffix)

    def left_over(self, instances: Sequence[Instance], fired: Sequence[Fired]) -> Floats:
        """Return the probabilities of pairs that the classifier does not judge: those of the base."""
        return self.base.left_over(instances, fired)
