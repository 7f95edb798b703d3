"""Mark the parts of comments that quote the article or comments above.

Quoted words are not the commenter's own: scoring them would give a reader the stance of the quoted text.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise

from stance.datamodels import Document
from stance.parsing.dates import find_date
from stance.parsing.lines import words_of


def with_quotes(document: Document) -> Document:
    """Mark the parts of comments that quote those above them or the article, unless the page marks quotations."""
    texts = (document.title or "", document.lead or "", *document.body)
    article_runs = set(chain.from_iterable(map(runs_of, texts)))
    earlier: set[int] = set()
    names = {" ".join(words_of(comment.author.casefold())) for comment in document.comments if comment.author}
    noted = []
    for comment in document.comments:
        runs = runs_of(comment.text)
        quoted = comment.quoted or quoted_part(comment.text, runs, article_runs, earlier, names)
        noted.append(replace(comment, quoted=quoted) if quoted else comment)
        earlier.update(runs)
    return replace(document, comments=tuple(noted))


RUN, MOST_OF_HEAD = 8, 15
"""Minimum number of words in a row that are repeated: fewer coincide in what many say (of 178 quotations in 219 pages,
eight are shorter). Maximum number of words that say who is quoted, with a date and a time."""


def runs_of(text: str) -> list[int]:
    """Return the runs of words of a text, each as a number; so many as it has words, but for the last ``RUN - 1``."""
    words = words_of(text.casefold())
    return list(map(hash, zip(*[words[start:] for start in range(RUN)], strict=False))) if len(words) >= RUN else []


def quoted_part(
    text: str, runs: Sequence[int], article: set[int], earlier: set[int], names: Collection[str]
) -> str | None:
    """Find the lines and sentences of a comment that are not its writer's own.

    :param text: A comment, its lines joined by line feeds.
    :param runs: Its runs of words.
    :param article: The runs of the article's title and body.
    :param earlier: The runs of the comments above.
    :param names: Names of all commenters, in small letters. A line beside a quotation that names one is part of it.
    :return: What is quoted, each line an exact part of ``text``; None where nothing is. A comment that only repeats an
        earlier comment was posted twice: that is no quote.
    """
    if ">" not in text and article.isdisjoint(runs) and earlier.isdisjoint(runs):
        return None
    parts = [part for line in text.split("\n") for part in sentences_of(line)]
    of_article, of_earlier = _repeated_words(runs, article), _repeated_words(runs, earlier)
    words: list[str] = []
    spans = []
    for part in parts:
        start = len(words)
        words += words_of(part.casefold())
        spans.append(range(start, len(words)))
    of_page, of_thread = set[int](), set[int]()  # numbers of the parts that are the article's, and other comments'
    for number, (part, span) in enumerate(zip(parts, spans, strict=True)):
        if part.startswith(">") or (span and of_article.issuperset(span)):
            of_page.add(number)
        elif _is_repeated(span, of_earlier, words, names):
            of_thread.add(number)
    quoted = of_page | of_thread
    for number, (part, span) in enumerate(zip(parts, spans, strict=True)):
        is_beside = not (of_page | of_thread).isdisjoint(range(number - 1, number + 2))
        may_be_head = is_beside and (part.endswith(":") or find_date(part) is not None)
        if may_be_head and _names_writer(words[span.start : span.stop], names):
            quoted.add(number)
    if len(quoted) == len(parts) and of_thread:
        return None  # it was posted twice
    return "\n".join(parts[number] for number in sorted(quoted)) or None


def _is_repeated(span: range, repeated: set[int], words: Sequence[str], names: Collection[str]) -> bool:
    """Return whether all words are repeated, or all that follow the name of a commenter."""
    new = [number for number in span if number not in repeated]
    if not new or len(new) == len(span):
        return bool(span) and not new
    return _names_writer(words[span.start : new[-1] + 1], names)


def _names_writer(words: Sequence[str], names: Collection[str]) -> bool:
    """Return whether a few words have the name of a commenter, such as "Ada Low wrote on 3 May"."""
    return any(name in names for name in names_in_head(words))


def names_in_head(words: Sequence[str]) -> Iterator[str]:
    """Yield all that may be the name in the few words that say who is quoted; of more words, nothing."""
    starts = range(len(words) if len(words) <= MOST_OF_HEAD else 0)
    return (" ".join(words[start:end]) for start in starts for end in range(start + 1, start + 5))


def _repeated_words(runs: Sequence[int], others: set[int]) -> set[int]:
    """Return the numbers of the words in runs that stand elsewhere: a short sentence is in a run with its neighbors."""
    return {word for start, run in enumerate(runs) if run in others for word in range(start, start + RUN)}


def sentences_of(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole."""
    if line.startswith(">"):
        return [line]
    end = r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s"
    cuts = [0, *(match.end() for match in re.finditer(end, line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]
