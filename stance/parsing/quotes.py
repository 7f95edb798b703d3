"""What a comment repeats of the article or of an earlier comment, and marks as such or not.

Quoted words are not the commenter's own: scoring them would give a reader the stance of the text he answers.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

RUN = 6
"""Words in a row that must stand elsewhere too. Five happen to coincide ("in the middle of the"); a quoted sentence is
rarely shorter than six."""

_WORD = re.compile(r"\w+")
_SENTENCE = re.compile(r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s")


class QuoteFinder:
    """Remembers the runs of words of what was said before."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._seen: set[int] = set()
        for text in texts:
            self.remember(text)

    def remember(self, text: str) -> None:
        """Add a text that later ones can quote."""
        self._seen.update(_runs(_words(text)))

    def repeats(self, text: str) -> bool:
        """Whether every run of words of a text stands in what was remembered."""
        return self.repeats_words(_words(text))

    def repeats_words(self, words: Sequence[str]) -> bool:
        """Whether every run of some words stands in what was remembered."""
        if len(words) < RUN or hash(tuple(words[:RUN])) not in self._seen:  # as with most
            return False
        return self._seen.issuperset(_runs(words))


def quoted_part(text: str, article: QuoteFinder, earlier: QuoteFinder) -> str | None:
    """Find the lines and sentences of a comment that are not its writer's own.

    :param text: A comment, its lines joined by line feeds.
    :param article: Knows the article's title and body.
    :param earlier: Knows the comments above.
    :return: What is quoted, each line an exact part of ``text``; None where nothing is. A comment that only repeats an
        earlier comment was posted twice: that is no quote.
    """
    parts = [part for line in text.split("\n") for part in _sentences(line)]
    quoted = [part for part in parts if part.startswith(">") or _is_said(part, article, earlier)]
    if not quoted or (len(quoted) == len(parts) and not _is_taken(quoted, article)):
        return None
    return "\n".join(quoted)


def _is_said(part: str, article: QuoteFinder, earlier: QuoteFinder) -> bool:
    words = _words(part)
    return article.repeats_words(words) or earlier.repeats_words(words)


def _is_taken(parts: Sequence[str], article: QuoteFinder) -> bool:
    return all(part.startswith(">") or article.repeats(part) for part in parts)


def _sentences(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole."""
    if line.startswith(">"):
        return [line]
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> Iterator[int]:
    return map(hash, zip(*(words[start:] for start in range(RUN)), strict=False))
