"""Words that tell the two sides of a page apart, with how sure that is.

Counting which words one side uses more finds words on any page, and mostly chance. So each word's log-odds are shrunk
towards what the whole page says, divided by their standard error, and called distinguishing only where they pass a test
that knows how many words were tried.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import erfc, log, sqrt
from typing import Any

from stance.datamodels import Stance
from stance.reporting.highlight import quoted_spans
from stance.reporting.remarks import Remark

FEWEST_OF_A_SIDE = 10
"""Comments that each side needs: of fewer, no word can be told from chance."""

FEWEST_WRITERS = 3
"""Who must use a word, on both sides together, for it to be tested, and shown: a word of one person tells who wrote."""

PRIOR = 500.0
"""Words that the prior is worth, spread as on the whole page (alpha_0 of Monroe, Colaresi and Quinn 2008). Of made-up
pages with 200 comments and one word that two in five of one side and nobody of the other used, 100 found it on none of
40, 300 on 75 %, 500 on 92 %, 1,000 on all; none found a false one on 160 pages whose sides were drawn by lot."""

LEVEL = 0.05
"""Of the words that are called distinguishing, the share that chance may have put there."""

SHOWN = 10
"""Words of each side, the surest."""

LONGEST_WORD = 40

_ADDRESS = re.compile(r"(?:[a-z]{2,8}://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Compared:
    """A word that two sides use.

    :param favor: Writers in favor who use it; and so ``against``.
    :param log_odds: Above 0: more in favor.
    :param z: Log-odds in standard errors.
    """

    word: str
    favor: int
    against: int
    log_odds: float
    z: float

    @property
    def p(self) -> float:
        """Two-sided, of the normal distribution."""
        return erfc(abs(self.z) / sqrt(2))


class PageWords:
    """The words of one page's comments, cut once for all targets.

    Counted are writers and not occurrences: a word that one person writes twenty times tells of that person. A comment
    without an author is a writer of its own. Words in names of commenters, quoted parts and addresses are left out.
    """

    def __init__(self, remarks: Sequence[Remark]) -> None:
        self._remarks = remarks
        self._names = _name_words(remarks)
        self._words: dict[int, frozenset[str]] = {}
        self._all: Counter[str] | None = None

    def of(self, remark: Remark) -> frozenset[str]:
        """Give the words of a comment, folded."""
        if remark.number not in self._words:
            self._words[remark.number] = frozenset(own_words(remark)) - self._names
        return self._words[remark.number]

    def of_page(self) -> Counter[str]:
        """Count the writers of each word on the whole page: what the prior is made of."""
        if self._all is None:
            self._all = self.writers(self._remarks)
        return self._all

    def writers(self, chosen: Iterable[Remark]) -> Counter[str]:
        """Count the writers of each word among some comments."""
        vocabulary: dict[object, set[str]] = defaultdict(set)
        for remark in chosen:
            vocabulary[remark.author if remark.author is not None else remark.number] |= self.of(remark)
        return Counter(word for words in vocabulary.values() for word in words)


def words_record(page: PageWords, remarks: Sequence[Remark], target: str) -> dict[str, Any]:
    """Record the words by which comments for and against a target differ.

    Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis 16,
    2008, equations 15, 16, 20 and 22); p-values adjusted over all words that were tested (Benjamini and Hochberg 1995).

    :return: Comments in ``favor`` and ``against``; and where each side has ``FEWEST_OF_A_SIDE``, how many words were
        ``tested``, how many were found ``distinguishing``, and the ``words`` of each side that are furthest from
        chance, each with the writers on either side, ``log_odds``, ``z``, ``p_adjusted``. Else ``tested`` is None.
    """
    favor = [each for each in remarks if each.sides.get(target) is Stance.FAVOR]
    against = [each for each in remarks if each.sides.get(target) is Stance.AGAINST]
    record: dict[str, Any] = {"favor": len(favor), "against": len(against), "tested": None}
    if min(len(favor), len(against)) < FEWEST_OF_A_SIDE:
        return record
    compared = compare_words(page.writers(favor), page.writers(against), page.of_page())
    adjusted = adjust_p([each.p for each in compared])
    order = sorted(range(len(compared)), key=lambda at: (-abs(compared[at].z), compared[at].word))
    chosen = {
        Stance.FAVOR: [at for at in order if compared[at].z > 0][:SHOWN],
        Stance.AGAINST: [at for at in order if compared[at].z < 0][:SHOWN],
    }
    return record | {
        "tested": len(compared),
        "distinguishing": sum(p <= LEVEL for p in adjusted),
        "words": {
            str(side): [_word_record(compared[at], adjusted[at]) for at in found] for side, found in chosen.items()
        },
    }


def _word_record(word: Compared, adjusted: float) -> dict[str, Any]:
    return {
        "word": word.word,
        "favor": word.favor,
        "against": word.against,
        "log_odds": word.log_odds,
        "z": word.z,
        "p_adjusted": adjusted,
        "distinguishing": adjusted <= LEVEL,
    }


def compare_words(
    favor: Mapping[str, int], against: Mapping[str, int], page: Mapping[str, int], *, prior: float = PRIOR
) -> list[Compared]:
    """Set the words of two sides against each other.

    :param favor: Word -> writers; ``against`` likewise, and ``page`` of all comments, which hold both sides.
    :param prior: Words that the prior is worth.
    :return: One for each word that ``FEWEST_WRITERS`` use, in the order of the page.
    """
    total, in_favor, opposed = sum(page.values()), sum(favor.values()), sum(against.values())
    compared = []
    for word, writers in page.items():
        one, other = favor.get(word, 0), against.get(word, 0)
        if one + other < FEWEST_WRITERS:
            continue
        own = prior * writers / total
        log_odds = _log_odds(one + own, in_favor + prior) - _log_odds(other + own, opposed + prior)
        compared.append(Compared(word, one, other, log_odds, log_odds / sqrt(1 / (one + own) + 1 / (other + own))))
    return compared


def _log_odds(count: float, total: float) -> float:
    return log(count) - log(total - count) if count < total else 0.0


def adjust_p(values: Sequence[float]) -> list[float]:
    """Adjust p-values so that those below a level hold that share of false ones at most (Benjamini and Hochberg 1995).

    :return: In the order given, in [0, 1].
    """
    adjusted = [1.0] * len(values)
    least = 1.0
    for rank, at in sorted(enumerate(sorted(range(len(values)), key=values.__getitem__), 1), reverse=True):
        least = min(least, values[at] * (len(values) / rank))
        adjusted[at] = least
    return adjusted


def own_words(remark: Remark) -> Iterator[str]:
    """Cut what a commenter wrote into folded words of two letters and more; what is quoted is somebody else's."""
    kept, done = [], 0
    for start, end in quoted_spans(remark.comment):
        kept.append(remark.comment.text[done:start])
        done = end
    kept.append(remark.comment.text[done:])
    yield from _folded(_ADDRESS.sub(" ", " ".join(kept)))


def _folded(text: str) -> Iterator[str]:
    for found in _WORD.finditer(text.replace("’", "'").casefold()):
        if 2 <= len(found.group()) <= LONGEST_WORD:
            yield found.group()


def _name_words(remarks: Iterable[Remark]) -> frozenset[str]:
    return frozenset(word for author in {each.author for each in remarks if each.author} for word in _folded(author))
