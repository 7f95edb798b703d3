"""Group the sentences in which comments take a side by the words that recur together in them.

A group is of sentences that hold two words which occur together far more often than by chance (a Poisson test of all
pairs, Bonferroni). It is named by these words, and by a third one that goes with them: nothing is written that no
comment says. In shuffled texts no group is found.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Comment, Score, Stance, own_words

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

MOST_WORDS = 1_000
"""Maximum number of words that are paired: those in most sentences."""

COMMON = 0.05
"""Share of the sentences of every side: words in more of them name the target or say nothing."""

LEVEL = 0.05
"""Significance level of the test of all pairs of a target and side."""

_SIDES = (Stance.AGAINST, Stance.FAVOR)

_WORD = re.compile(r"[^\W\d_]{3,40}")
_END = re.compile(r"(?<=\w\w[.!?…])[\"'”’)]*\s+|\n+")
"""Pattern of the end of a sentence; dots of abbreviations such as U.S. do not match."""

Matrix = NDArray[np.float32]


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
    from sklearn.feature_extraction.text import CountVectorizer

    every = [quote.text for own in quotes.values() for quote in own]
    counter = CountVectorizer(token_pattern=_WORD.pattern, binary=True, stop_words="english", dtype=np.float32)
    if not any(_WORD.search(text) for text in every):
        return
    try:
        found = counter.fit_transform(every)
    except ValueError:  # nothing but stop words
        return
    side = np.repeat(np.arange(len(quotes)), [len(own) for own in quotes.values()])
    parts = [found[side == at] for at in range(len(quotes))]
    rates: Any = np.min([part.mean(axis=0) if part.shape[0] else 0 * found[0].toarray() for part in parts], axis=0)
    words, rare = counter.get_feature_names_out(), np.ravel(rates) <= COMMON
    for (stance, own), part in zip(quotes.items(), parts, strict=True):
        counts = np.ravel(part.sum(axis=0))
        kept = np.flatnonzero(rare & (counts >= LEAST))
        kept = kept[np.argsort(-counts[kept], kind="stable")[:MOST_WORDS]]
        present = part[:, kept].toarray()
        for named, chosen in _groups(present):
            # the sentences with most of the words, and of these the shortest
            order = sorted(np.flatnonzero(chosen), key=lambda at: (-present[at, named].sum(), len(own[at].text)))
            shown = [own[at] for at in order]
            groups = dict(Counter(quote.group for quote in shown).most_common())
            said = tuple(str(words[at]) for at in kept[named])
            yield Reason(target, stance, said, len(shown), len(own), groups, tuple(shown[:MOST_QUOTES]))


def _groups(present: Matrix) -> Iterator[tuple[list[int], NDArray[np.bool_]]]:
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
