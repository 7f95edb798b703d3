"""What it is worth to label a comment, as far as that can be guessed before: measures of active learning.

They serve training samples only. On public stance sets none of them gained reliably on drawing at random, so none is
the default; what they may find is rare cases.
"""

import warnings
from array import array
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import numpy as np

from stance.datamodels import STANCES, Score, Stance
from stance.labelling.frame import Frame, row_digest
from stance.labelling.selection import Digests, Floats, Indices

FITTED_TEXTS = 20_000
"""Texts that clusters are found on; more of them move the clusters little and cost time."""

HASHED_FEATURES = 2**15
DIMENSIONS = 50
"""Of latent semantic analysis; texts of a few dozen words fill no more."""

MOST_CLUSTERS = 100
LABELS_PER_CLUSTER = 4
"""Fewer would leave the clusters' number, not the texts, to decide what is drawn."""


def uncertainty(score: Score) -> float:
    """Say how unsure the model is: one less the margin between its two most probable stances.

    Margin sampling (Scheffer, Decomain & Wrobel 2001).

    :return: In [0, 1]; 0 where the model gave no answer.
    """
    if score.probabilities is None:
        return 0.0
    first, second = sorted(score.probabilities, reverse=True)[:2]
    return 1 - (first - second)


def disagreement(score: Score) -> float:
    """Say how far the model's side and the sound of the words around the target lie apart.

    A committee of two (Seung, Opper & Sompolinsky 1992): the model, as P(favor) - P(against), and VADER's compound of
    the clauses that speak of the target.

    :return: Half their distance, in [0, 1]; 0 where one of them has nothing to say.
    """
    if score.probabilities is None or score.target_sentiment is None:
        return 0.0
    favor, against = (score.probabilities[STANCES.index(side)] for side in (Stance.FAVOR, Stance.AGAINST))
    return abs(favor - against - score.target_sentiment) / 2


MEASURES: Mapping[str, Callable[[Score], float]] = {"uncertainty": uncertainty, "disagreement": disagreement}
"""Measures that read scores."""


class Worths:
    """Values of comments by their ids, gathered from scores in any order.

    :param measure: Of one score, not negative.
    :param targets: Scores of others are passed over; None: of all.
    """

    def __init__(self, measure: Callable[[Score], float], targets: Collection[str] | None) -> None:
        self._measure = measure
        self._targets = targets
        self._ids, self._values = array("Q"), array("d")

    def add(self, scores: Iterable[Score]) -> None:
        """Take scores."""
        for score in scores:
            if self._targets is None or score.target in self._targets:
                self._ids.append(row_digest(score.document, score.comment))
                self._values.append(self._measure(score))

    @property
    def ids(self) -> Digests:
        """The comments that have a value, some of them several times."""
        return np.frombuffer(self._ids, np.uint64)

    def of(self, frame: Frame) -> Floats:
        """Give each unit of a frame the highest value toward any target.

        :return: Shape (N,).
        """
        return frame.highest(self.ids, np.frombuffer(self._values, np.float64))


def clusters(frame: Frame, n: int) -> Indices:
    """Put texts that speak of the same into one cluster: TF-IDF, latent semantic analysis, k-means from k-means++.

    To draw as many from each is diversity by pre-clustering (Nguyen & Smeulders 2004). The clusters do not hang on the
    seed of the draw, so its probabilities are exact (Dasgupta & Hsu 2008).

    :param n: Comments to draw.
    :return: Shape (N,), the number of each unit's cluster.
    """
    from threadpoolctl import threadpool_limits

    found = np.zeros(len(frame), dtype=np.intp)
    # One thread: the same clusters again, on any number of cores. Warnings: fewer distinct texts than clusters, which
    # leaves some clusters empty.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = np.arange(min(len(frame), FITTED_TEXTS))  # units are in the order of digests: as good as drawn
        texts = dict(
            pair for units, batch in frame.text_batches(first) for pair in zip(units.tolist(), batch, strict=True)
        )
        model = _cluster_model(len(texts), n).fit([texts[unit] for unit in sorted(texts)])
        for units, batch in frame.text_batches():
            found[units] = model.predict(batch)
    return found


def _cluster_model(texts: int, n: int) -> Any:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer

    return make_pipeline(
        HashingVectorizer(n_features=HASHED_FEATURES, alternate_sign=False, stop_words="english"),
        TfidfTransformer(sublinear_tf=True),
        TruncatedSVD(n_components=max(1, min(DIMENSIONS, texts - 1)), random_state=0),
        Normalizer(),
        KMeans(n_clusters=max(1, min(MOST_CLUSTERS, n // LABELS_PER_CLUSTER, texts)), n_init=1, random_state=0),
    )
