"""Find the topics of articles in their words.

Topics are parts of a non-negative factorisation of TF-IDF weights (Lee and Seung 1999). Their number is the largest
at which parts of the articles give the same topics again; where none is stable, no topic is claimed.
"""

import re
import warnings
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import NOT_STATED, Document

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Ids = NDArray[np.int64]

NO_TOPIC = -1  # the place of the last name

_WORD = re.compile(r"[^\W\d_]{3,40}")


FEWEST_ARTICLES = 10
"""Minimum number of articles that a topic holds on average, and of a group whose own words name no topic."""


class TopicWords:
    """The commonest words of articles, added one article at a time."""

    def __init__(self) -> None:
        self._articles: dict[int, int] = {}
        self._vocabulary: dict[str, int] = {}
        self._words, self._counts, self._ends = array("i"), array("B"), array("q", [0])

    def __len__(self) -> int:
        """Return the number of articles with words."""
        return len(self._articles)

    def add(self, article: int, document: Document) -> None:
        """Add an article, unless it was added before or has no words.

        :param article: Its number.
        """
        # Maximum number of articles that are sorted into topics; later ones have none.
        if article in self._articles or len(self._articles) >= 40_000:
            return
        counts: Counter[str] = Counter()
        left = 20_000  # maximum number of characters of an article that are read
        for position, text in enumerate((document.title or "", document.lead or "", *document.body)):
            for word in _WORD.findall(text[:left].lower()):
                counts[word] += max(1, 3 - position)  # a word of the title counts for three, of the lead for two
            left -= min(left, len(text))
        words = {}
        # Maximum number of words that are held of an article, and of different words in all.
        for word, count in sorted(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:200]):
            if word in self._vocabulary or len(self._vocabulary) < 200_000:
                words[self._vocabulary.setdefault(word, len(self._vocabulary))] = min(count, 255)
        if words:
            self._articles[article] = len(self._articles)
            self._words.extend(words)
            self._counts.extend(words.values())
            self._ends.append(len(self._words))

    def find(self, groups: Sequence[int] | Ids, *, seed: int = 0) -> list[str] | None:
        """Find the topics of articles; None where no number of them is stable.

        :param groups: The group of each article, as its number; negative where there is none.
        :return: The most typical words of the topic of each; of those without words ``NOT_STATED``.
        """
        if len(self) < 2 * FEWEST_ARTICLES:
            return None
        weights, columns = self._weights(np.asarray(groups))
        if weights is None or columns is None:
            return None
        rng = np.random.default_rng(seed)
        rows = np.flatnonzero(np.diff(weights.indptr) > 0)
        some = weights[np.sort(rng.permutation(rows)[:1_500])]  # enough to compare numbers of topics
        tried = (count for count in (2, 3, 4, 5, 6, 8, 10, 12, 16, 20) if count * FEWEST_ARTICLES <= len(rows))
        # Minimum adjusted Rand index of topics of all articles and of parts; shuffled words reach .3.
        stable = [(count, topics) for count in tried if (topics := stability(some, count, rng)) >= 0.7]
        if not stable:
            return None
        highest = max(topics for _, topics in stable)
        count = max(count for count, topics in stable if topics >= highest - 0.05)
        labels, parts = _factorised(weights[rows], count)
        of = np.full(len(groups), NO_TOPIC, np.int64)
        of[np.array(list(self._articles))[rows]] = labels
        words = list(self._vocabulary)
        best = np.argsort(-parts, axis=1, kind="stable")[:, :3]  # name a topic
        names = [", ".join(words[columns[index]] for index in topics) for topics in best]
        return [[*names, NOT_STATED][topic] for topic in of]

    def assign(self, articles: int, lists: Mapping[str, Sequence[str]]) -> list[str]:
        """Assign each article to the topic with most of its words.

        :param lists: Topic -> its words.
        :return: The topic of each; of an article in which no word occurs ``NOT_STATED``.
        """
        words, counts = np.array(self._words), np.array(self._counts, np.int64)
        documents = np.repeat(np.arange(len(self)), np.diff(np.array(self._ends)))
        columns = ([self._vocabulary.get(word.lower(), -1) for word in topic_words] for topic_words in lists.values())
        hits = np.stack(
            [np.bincount(documents, counts * np.isin(words, topic_words), len(self)) for topic_words in columns], axis=1
        )
        of = np.full(articles, NO_TOPIC, np.int64)
        of[np.array(list(self._articles), np.int64)] = np.where(hits.any(axis=1), hits.argmax(axis=1), NO_TOPIC)
        return [[*lists, NOT_STATED][topic] for topic in of]

    def _weights(self, groups: Ids) -> "tuple[csr_matrix, Ids] | tuple[None, None]":
        """Return TF-IDF rows of articles with words, and their words.

        Words of one article only, of nine tenths of a group, or of more than half of all articles are dropped.
        """
        from scipy.sparse import csr_matrix, diags

        own_groups = groups[list(self._articles)]
        parts = (np.array(self._counts, np.float32), np.array(self._words), np.array(self._ends))
        counts = csr_matrix(parts, shape=(len(self), len(self._vocabulary)))
        present = counts.astype(bool).astype(np.float32)
        frequency = np.asarray(present.sum(axis=0)).ravel()
        usable = (frequency > 1) & (frequency <= max(2.0, 0.5 * len(self)))
        for group in np.unique(own_groups[own_groups >= 0]):
            in_group = own_groups == group
            if in_group.sum() >= FEWEST_ARTICLES:
                usable &= np.asarray(present[in_group].mean(axis=0)).ravel() <= 0.9
        columns = np.flatnonzero(usable)
        columns = np.sort(columns[np.argsort(-frequency[columns], kind="stable")[:10_000]])
        if len(columns) < 2:
            return None, None
        group_counts = counts[:, columns]
        group_counts.data = 1 + np.log(group_counts.data)
        weights = csr_matrix(group_counts @ diags(np.log(len(self) / frequency[columns])))
        return (weights, columns) if weights.count_nonzero() else (None, None)  # words of all articles weigh nothing


def _factorised(weights: "csr_matrix", count: int) -> tuple[Ids, NDArray[np.float64]]:
    """Return the topic of each article, and the weights of words in each topic."""
    from sklearn.decomposition import NMF
    from sklearn.preprocessing import normalize
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():  # the same topics again; and few steps are enough to compare
        warnings.simplefilter("ignore")
        model = NMF(count, init="nndsvda", max_iter=80, random_state=0)
        loadings = model.fit_transform(normalize(weights))
    return loadings.argmax(axis=1).astype(np.int64), model.components_


def stability(weights: "csr_matrix", count: int, rng: np.random.Generator) -> float:
    """Return how much alike the topics of all articles and of parts of them are: mean adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    if min(weights.shape) <= count:
        return 0.0
    labels, _ = _factorised(weights, count)
    if len(np.unique(labels)) < count:
        return 0.0
    parts = [rng.permutation(len(labels))[: round(0.8 * len(labels))] for _ in range(3)]
    return float(np.mean([adjusted_rand_score(labels[part], _factorised(weights[part], count)[0]) for part in parts]))
