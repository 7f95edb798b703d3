"""Find the parts of a comment that repeat the article or an earlier comment.

Quoted words are not the commenter's own: scoring them would give a reader the stance of the quoted text.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import accumulate, pairwise

from stance.parsing.lines import Runs

RUN = 6
"""Words in a row that must stand elsewhere too. Five happen to coincide ("in the middle of the"); a quoted sentence is
rarely shorter than six."""

_words = Runs(r"\w")
_SENTENCE = re.compile(r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s")


class QuoteFinder:
    """The runs of words of earlier texts."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._seen: set[int] = set()
        for text in texts:
            self.remember(runs_of(text))

    def remember(self, runs: Iterable[int]) -> None:
        """Add the runs of a text that later ones can quote."""
        self._seen.update(runs)

    def meets(self, runs: Collection[int]) -> bool:
        """Return whether any of some runs is known."""
        return not self._seen.isdisjoint(runs)

    def repeats(self, text: str) -> bool:
        """Return whether every run of words of a text is known."""
        return self.has_all(runs_of(text))

    def has_all(self, runs: Collection[int]) -> bool:
        """Return whether there are runs, and all of them are known."""
        return bool(runs) and self._seen.issuperset(runs)


def runs_of(text: str) -> list[int]:
    """Return the runs of words of a text, each as a number; so many as it has words, but for the last ``RUN - 1``."""
    words = _words(text.casefold())
    return list(map(hash, zip(*(words[start:] for start in range(RUN)), strict=False))) if len(words) >= RUN else []


def quoted_part(text: str, runs: Sequence[int], article: QuoteFinder, earlier: QuoteFinder) -> str | None:
    """Find the lines and sentences of a comment that are not its writer's own.

    :param text: A comment, its lines joined by line feeds.
    :param runs: Its runs of words.
    :param article: Knows the article's title and body.
    :param earlier: Knows the comments above.
    :return: What is quoted, each line an exact part of ``text``; None where nothing is. A comment that only repeats an
        earlier comment was posted twice: that is no quote.
    """
    in_article, in_earlier = article.meets(runs), earlier.meets(runs)
    if not in_article and not in_earlier and ">" not in text:
        return None
    parts = [part for line in text.split("\n") for part in _sentences(line)]
    quoted: list[str] = []
    taken = True  # what is quoted is all the article's
    ends = accumulate((len(_words(part.casefold())) for part in parts), initial=0)
    for part, (start, end) in zip(parts, pairwise(ends), strict=True):
        own = runs[start : max(end - RUN + 1, start)]
        is_taken = part.startswith(">") or (in_article and article.has_all(own))
        if is_taken or (in_earlier and earlier.has_all(own)):
            quoted.append(part)
            taken = taken and is_taken
    return "\n".join(quoted) if quoted and (len(quoted) < len(parts) or taken) else None


def _sentences(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole."""
    if line.startswith(">"):
        return [line]
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]
