"""Find the topics and events of articles, and the reasons that comments give, in their words.

Topics are parts of a non-negative factorisation of TF-IDF weights (Lee and Seung 1999). Their number is the largest
at which parts of the articles give the same topics again; where none is stable, no topic is claimed.

Reasons are groups of sentences in which comments take a side. Those of a group hold two words that occur together far
more often than by chance (a Poisson test of all pairs, Bonferroni). It is named by these words, and by a third one that
goes with them: nothing is written that no comment says. In shuffled texts no group is found.
"""

import re
import warnings
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Comment, Document, Score, Stance, own_words
from stance.scoring.clauses import is_content_word

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

Ids = NDArray[np.int64]

NO_STRATUM = -1

MOST_ARTICLES = 40_000
"""Maximum number of articles that are sorted into topics; later ones have no topic."""

MOST_WORDS = 200
"""Maximum number of words that are held of an article: those that occur most often in it."""

MOST_CHARACTERS = 20_000
"""Maximum length of an article that is read."""

TIMES = (3, 2, 1)
"""Weight of a word in title, lead and paragraphs."""

MOST_VOCABULARY = 200_000
"""Maximum number of different words that are held; later ones are not counted."""

MOST_COLUMNS = 10_000
"""Maximum number of words that topics are made of: those in most articles."""

BOILERPLATE = 0.9
"""Share of one group's articles: words in more of them name the group and no topic."""

COMMON = 0.5
"""Share of all articles: words in more of them name no topic."""

NUMBERS = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20)
"""Numbers of topics that are tried."""

PER_TOPIC = 10
"""Minimum number of articles that a topic must hold on average."""

COMPARED = 1_500
"""Maximum number of articles by which numbers of topics are compared."""

STABLE = 0.7
"""Minimum adjusted Rand index between topics of all articles and of parts of them. Shuffled words reach .3."""

PARTS, PART = 3, 0.8
"""Number and size of the parts of the articles in which topics are found again."""

NAMED = 3
"""Number of words in the name of a topic."""

DAYS = 3
"""Maximum number of days between two articles on the same event."""

MOST_NEAR = 5_000
"""Maximum number of articles within these days of one; with more, no event is searched for."""

BLOCK = 500
"""Number of articles within these days for which one part more is compared at a time."""

ALIKE = 0.2
"""Minimum cosine between two articles on the same event."""

CHANCE = 0.95
"""Quantile of the cosines of best matches that are weeks apart, and so on other events: a match must exceed it."""

_WORD = re.compile(r"[^\W\d_]{3,40}")


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics of articles.

    :param of: Shape (articles,): the topic of each, ``NO_STRATUM`` if it has none.
    :param count: Number of topics.
    :param stability: Mean adjusted Rand index with topics of parts of the articles, at most 1.
    :param names: Of each topic, its most typical words.
    """

    of: Ids
    count: int
    stability: float | None  # None: of lists of words
    names: tuple[str, ...] = ()


class TopicWords:
    """The commonest words of articles, added one article at a time."""

    def __init__(self) -> None:
        self._articles: dict[int, int] = {}
        self._vocabulary: dict[str, int] = {}
        self._words = array("i")
        self._counts = array("B")
        self._ends = array("q", [0])

    def add(self, article: int, document: Document) -> None:
        """Add an article, unless it was added before or has no words.

        :param article: Its number.
        """
        if article in self._articles or len(self._articles) >= MOST_ARTICLES:
            return
        if words := dict(self._numbered(_words(document))):
            self._articles[article] = len(self._articles)
            self._words.extend(words.keys())
            self._counts.extend(words.values())
            self._ends.append(len(self._words))

    def _numbered(self, words: Iterable[tuple[str, int]]) -> Iterator[tuple[int, int]]:
        for word, count in words:
            if word in self._vocabulary or len(self._vocabulary) < MOST_VOCABULARY:
                yield self._vocabulary.setdefault(word, len(self._vocabulary)), min(count, 255)

    def __len__(self) -> int:
        """Return the number of articles with words."""
        return len(self._articles)

    def find(self, articles: int, groups: Any, *, seed: int = 0) -> Topics | None:
        """Sort articles into topics.

        :param articles: How many there are, with words or without.
        :param groups: Shape (articles,): the group of each, -1 where it is in several.
        :return: None where there are too few articles, too few words that they have in common, or no number of topics
            is stable, as where all have one title.
        """
        tried = [count for count in NUMBERS if count * PER_TOPIC <= len(self)]
        weights, columns = self._weights(groups, most=COMMON) if tried else (None, None)
        if weights is None or columns is None:
            return None
        rows = np.flatnonzero(weights.getnnz(axis=1))
        rng = np.random.default_rng(seed)
        some = weights[np.sort(rng.permutation(rows)[:COMPARED])]
        found = [(count, stability(some, count, rng)) for count in tried if count * PER_TOPIC <= len(rows)]
        stable = [each for each in found if each[1] >= STABLE]
        if not stable:
            return None
        count, agreed = max(each for each in stable if each[1] >= max(score for _, score in stable) - 0.05)
        labels, parts = _factorised(weights[rows], count)
        of = np.full(articles, NO_STRATUM, np.int64)
        of[np.array(list(self._articles))[rows]] = labels
        words = list(self._vocabulary)
        best = np.argsort(-parts, axis=1, kind="stable")[:, :NAMED]
        names = tuple(", ".join(words[columns[at]] for at in each) for each in best)
        return Topics(of, count, agreed, names)

    def assign(self, articles: int, lists: Mapping[str, Sequence[str]]) -> Ids:
        """Assign each article to the topic with most of its words.

        :param lists: Topic -> its words.
        :return: Shape (articles,): places in the lists; ``NO_STRATUM`` where no word occurs.
        """
        own = [[self._vocabulary[word] for each in words if (word := each.lower()) in self._vocabulary]
               for words in lists.values()]  # fmt: skip
        words, counts = np.array(self._words), np.array(self._counts, np.int64)
        places = np.repeat(np.arange(len(self)), np.diff(np.array(self._ends)))
        hits = np.stack([np.bincount(places, counts * np.isin(words, each), len(self)) for each in own], axis=1)
        of = np.full(articles, NO_STRATUM, np.int64)
        of[np.array(list(self._articles), np.int64)] = np.where(hits.any(axis=1), hits.argmax(axis=1), NO_STRATUM)
        return of

    def match_events(self, articles: int, groups: Ids, days: Ids) -> Ids:
        """Sort articles of different groups on the same event together.

        Two articles are on one event if they are at most ``DAYS`` apart, each is the other's most similar article of
        that group in this time, and they are more alike than articles that are weeks apart.

        :param groups: Shape (articles,), -1 where one is in several.
        :param days: Shape (articles,), 0 if unknown.
        :return: Shape (articles,): the event of each; ``NO_STRATUM`` if no other group has it.
        """
        of = np.full(articles, NO_STRATUM, np.int64)
        weights, _ = self._weights(groups, most=1.0) if len(self) > 1 else (None, None)
        if weights is None:
            return of
        numbers = np.array(list(self._articles))
        dated = (days[numbers] > 0) & (groups[numbers] >= 0)
        weights, numbers = weights[dated], numbers[dated]
        pairs = (
            _pairs(_normalised(weights), groups[numbers], days[numbers]) if len(numbers) else np.zeros((0, 2), np.int64)
        )
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        if not len(pairs):
            return of
        graph = coo_matrix((np.ones(len(pairs)), pairs.T), shape=(len(numbers),) * 2)
        _, events = connected_components(graph, directed=False)
        matched = np.unique(pairs)
        of[numbers[matched]] = np.unique(events[matched], return_inverse=True)[1]
        return of

    def _weights(self, groups: Any, *, most: float) -> "tuple[csr_matrix, Ids] | tuple[None, None]":
        """Return TF-IDF rows of articles with words, and their words.

        Words of one article only, of a whole group, or of a larger part of all articles than ``most`` are dropped.
        """
        from scipy.sparse import csr_matrix, diags

        own_groups = np.asarray(groups)[list(self._articles)]
        parts = (np.array(self._counts, np.float32), np.array(self._words), np.array(self._ends))
        counts = csr_matrix(parts, shape=(len(self), len(self._vocabulary)))
        present = counts.astype(bool).astype(np.float32)
        frequency = np.asarray(present.sum(axis=0)).ravel()
        usable = (frequency > 1) & (frequency <= max(2.0, most * len(self)))
        for group in np.unique(own_groups[own_groups >= 0]):
            own = own_groups == group
            if own.sum() >= PER_TOPIC:
                usable &= np.asarray(present[own].mean(axis=0)).ravel() <= BOILERPLATE
        columns = np.flatnonzero(usable)
        columns = np.sort(columns[np.argsort(-frequency[columns], kind="stable")[:MOST_COLUMNS]])
        if len(columns) < 2:
            return None, None
        kept = counts[:, columns]
        kept.data = 1 + np.log(kept.data)
        weights = csr_matrix(kept @ diags(np.log(len(self) / frequency[columns])))
        return (weights, columns) if weights.count_nonzero() else (None, None)  # words of all articles weigh nothing


def _words(document: Document) -> list[tuple[str, int]]:
    """Count the words of an article: the commonest ones."""
    counts: Counter[str] = Counter()
    left = MOST_CHARACTERS
    for at, text in enumerate((document.title or "", document.lead or "", *document.body)):
        for word in _WORD.findall(text[:left].lower()):
            counts[word] += TIMES[min(at, 2)]
        left -= min(left, len(text))
    return sorted(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_WORDS])


def _normalised(weights: "csr_matrix") -> "csr_matrix":
    """Scale each row to length 1; scikit-learn does it too, but takes most of a second to import."""
    found = weights.tocsr(copy=True)
    rows = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    found.data = found.data / np.sqrt(np.bincount(rows, found.data**2, found.shape[0]))[rows]
    return found


def _factorised(weights: "csr_matrix", count: int) -> tuple[Ids, NDArray[np.float64]]:
    """Return the topic of each article, and the weights of words in each topic."""
    from sklearn.decomposition import NMF
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():  # the same topics again; and few steps are enough to compare
        warnings.simplefilter("ignore")
        model = NMF(count, init="nndsvda", max_iter=80, random_state=0)
        found = model.fit_transform(_normalised(weights))
    return found.argmax(axis=1).astype(np.int64), model.components_


def stability(weights: "csr_matrix", count: int, rng: np.random.Generator) -> float:
    """Return how much alike the topics of all articles and of parts of them are: mean adjusted Rand index."""
    from sklearn.metrics import adjusted_rand_score

    if min(weights.shape) <= count:
        return 0.0
    labels, _ = _factorised(weights, count)
    if len(np.unique(labels)) < count:
        return 0.0
    parts = [rng.permutation(len(labels))[: round(PART * len(labels))] for _ in range(PARTS)]
    return float(np.mean([adjusted_rand_score(labels[part], _factorised(weights[part], count)[0]) for part in parts]))


def _pairs(rows: "csr_matrix", groups: Ids, days: Ids) -> Ids:
    """Return the pairs of articles on the same event, shape (n, 2)."""
    best: dict[tuple[int, int], tuple[int, float]] = {}  # article and other group -> its best match there
    chance: list[float] = []
    for day in np.unique(days).tolist():
        near = np.flatnonzero(np.abs(days - day) <= DAYS)
        far = np.flatnonzero(np.abs(days - day) > 7 * DAYS)[: len(near)]  # as many, so that both best are of as many
        if len(near) > MOST_NEAR:
            continue
        for part in np.array_split(np.flatnonzero(days == day), len(near) // BLOCK + 1):
            alike, apart = ((rows[part] @ rows[others].T).toarray() for others in (near, far))
            for group in np.unique(groups[near]).tolist():
                ones = np.flatnonzero(groups[part] != group)
                own = np.where(groups[near] == group, alike[ones], -1.0)
                matches = zip(near[own.argmax(axis=1)].tolist(), own.max(axis=1).tolist(), strict=True)
                best |= {(one, group): match for one, match in zip(part[ones].tolist(), matches, strict=True)}
                if (groups[far] == group).any():
                    chance += np.where(groups[far] == group, apart[ones], -1.0).max(axis=1).tolist()
    least = max(ALIKE, float(np.quantile(chance, CHANCE))) if len(chance) >= 1 / (1 - CHANCE) else ALIKE
    pairs = [
        (one, other)
        for (one, _), (other, cosine) in best.items()
        if cosine >= least and one < other and best.get((other, int(groups[one])), (-1, 0.0))[0] == one
    ]
    return np.array(pairs, np.int64).reshape(-1, 2)


# Reasons given in comments --------------------------------------------------------------------------------------------

MOST_SENTENCES = 2_000
"""Maximum number of sentences of a target and side: a random part of more."""

MOST_REASONS = 8
"""Maximum number of groups of a target and side."""

MOST_QUOTES = 3
"""Maximum number of quotations of a group."""

LONGEST = 300
"""Maximum number of characters of a sentence; longer ones are cut."""

LEAST = 5
"""Minimum number of sentences of a group."""

MOST_PAIRED = 1_000
"""Maximum number of words that are paired: those in most sentences."""

COMMON_TO_SIDES = 0.05
"""Share of the sentences of every side: words in more of them name the target or say nothing."""

LEVEL = 0.05
"""Significance level of the test of all pairs of a target and side."""

_SIDES = (Stance.AGAINST, Stance.FAVOR)

_END = re.compile(r"(?<=\w\w[.!?…])[\"'”’)]*\s+|\n+")
"""Pattern of the end of a sentence; dots of abbreviations such as U.S. do not match."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a comment."""

    text: str
    group: str
    document: str | None
    comment: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Sentences of one side toward a target that share words.

    :param words: Two or three, of which each sentence holds two.
    :param sentences: Number of different sentences; ``of``: all those of the target and side that were compared.
    :param groups: Number of sentences by group of the comparison.
    """

    target: str
    stance: Stance
    words: tuple[str, ...]
    sentences: int
    of: int
    groups: dict[str, int]
    quotes: tuple[Quote, ...]


class Reasons:
    """Sentences with evidence of a side, added one comment at a time in any order."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, Stance], dict[int, tuple[Quote, int]]] = {}

    def add(self, score: Score, comment: Comment, group: str, article: int) -> None:
        """Add the sentences of a comment that hold the evidence of its side; each text once."""
        if score.stance not in _SIDES or not score.evidence:
            return
        held = self._held.setdefault((score.target, score.stance), {})
        for text in sentences(own_words(comment.text, comment.quoted), score.evidence):
            content = " ".join(_WORD.findall(text.lower())).encode(errors="replace")
            digest = int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
            held.setdefault(digest, (Quote(text, group, score.document, score.comment), article))
        if len(held) > 2 * MOST_SENTENCES:
            for digest in sorted(held)[MOST_SENTENCES:]:
                del held[digest]

    def find(self, name: Callable[[str, int], str]) -> Iterator[Reason]:
        """Group the sentences of each target and side.

        :param name: Names the group of a sentence by the group and article it was added with.
        """
        for target in sorted({target for target, _ in self._held}):
            quotes = {
                side: [
                    replace(quote, group=name(quote.group, article))
                    for _, (quote, article) in sorted(self._held.get((target, side), {}).items())[:MOST_SENTENCES]
                ]
                for side in _SIDES
            }
            yield from _reasons(target, quotes)


def sentences(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[str]:
    """Yield the sentences of a text in which a span begins."""
    starts, at = sorted(start for start, _ in spans), 0
    ends = [(each.start(), each.end()) for each in _END.finditer(text)]
    for end, following in [*ends, (len(text), len(text))]:
        if any(at <= start < end for start in starts) and (found := " ".join(text[at:end].split())):
            yield found if len(found) <= LONGEST else found[: LONGEST - 1] + "…"
        at = following


def _reasons(target: str, quotes: dict[Stance, list[Quote]]) -> Iterator[Reason]:
    texts = {
        side: [set(filter(is_content_word, _WORD.findall(quote.text.lower()))) for quote in own]
        for side, own in quotes.items()
    }
    counted = {side: Counter(chain.from_iterable(own)) for side, own in texts.items()}
    every = sorted(set().union(*counted.values()))
    rare = [word for word in every if any(counted[at][word] <= COMMON_TO_SIDES * len(quotes[at]) for at in quotes)]
    for side, own in quotes.items():
        kept = [word for word in rare if counted[side][word] >= LEAST]
        words = sorted(kept, key=lambda word: -counted[side][word])[:MOST_PAIRED]
        present = np.array([[word in text for word in words] for text in texts[side]], np.float32)
        for named, chosen in _groups(present.reshape(len(own), len(words))):
            # the sentences with most of the words, and of these the shortest
            order = sorted(np.flatnonzero(chosen), key=lambda at: (-present[at, named].sum(), len(own[at].text)))
            shown = [own[at] for at in order]
            groups = dict(Counter(quote.group for quote in shown).most_common())
            said, quoted = tuple(words[at] for at in named), tuple(shown[:MOST_QUOTES])
            yield Reason(target, side, said, len(shown), len(own), groups, quoted)


def _groups(present: NDArray[np.float32]) -> Iterator[tuple[list[int], NDArray[np.bool_]]]:
    """Yield groups of rows, largest excess of pairs first: their columns, and which rows hold two of them.

    :param present: Shape (sentences, words): 1 where a sentence holds a word, else 0.
    """
    from scipy.special import pdtrc

    left, count = np.ones(len(present), bool), present.shape[1]
    for _ in range(MOST_REASONS if count > 1 else 0):
        rest = present[left]
        together, single = rest.T @ rest, rest.sum(axis=0)
        np.fill_diagonal(together, 0)
        expected = np.outer(single, single) / max(1, len(rest))
        surely = (together >= LEAST) & (pdtrc(together - 1, expected) < LEVEL / (count * (count - 1) / 2))
        if not surely.any():
            return
        excess = np.where(surely, together - expected, 0)
        one, other = np.unravel_index(excess.argmax(), excess.shape)
        beside = excess[one] + excess[other]
        beside[[one, other]] = 0
        named = [int(one), int(other), *([int(beside.argmax())] if beside.any() else [])]
        chosen = left & (present[:, named].sum(axis=1) >= 2)
        left &= ~chosen
        yield sorted(named, key=lambda at: -single[at]), chosen
