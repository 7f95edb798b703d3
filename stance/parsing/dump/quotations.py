"""Mark the parts of comments that quote the article or comments above.

Quoted words are not the commenter's own: scoring them would give a reader the stance of the quoted text.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, chain, pairwise

from stance.datamodels import Comment
from stance.parsing.article import DumpArticle
from stance.parsing.lines import words_of


def with_quotes(comments: Sequence[Comment], article: DumpArticle | None = None) -> tuple[Comment, ...]:
    """Mark the parts of comments that quote those above them or the article."""
    texts = (article.title or "", article.lead or "", *article.body) if article else ()
    article_runs = set(chain.from_iterable(map(runs_of, texts)))
    earlier: set[int] = set()
    noted = []
    for comment in comments:
        runs = runs_of(comment.text)
        quoted = quoted_part(comment.text, runs, article_runs, earlier)
        noted.append(replace(comment, quoted=quoted) if quoted else comment)
        earlier.update(runs)
    return tuple(noted)


# Quoted words are not the commenter's own: scoring them would give a reader the stance of the quoted text.
RUN = 6
"""Words in a row that must stand elsewhere too. Five happen to coincide ("in the middle of the"); a quoted sentence is
rarely shorter than six."""


def runs_of(text: str) -> list[int]:
    """Return the runs of words of a text, each as a number; so many as it has words, but for the last ``RUN - 1``."""
    words = words_of(text.casefold())
    return list(map(hash, zip(*[words[start:] for start in range(RUN)], strict=False))) if len(words) >= RUN else []


def quoted_part(text: str, runs: Sequence[int], article: set[int], earlier: set[int]) -> str | None:
    """Find the lines and sentences of a comment that are not its writer's own.

    :param text: A comment, its lines joined by line feeds.
    :param runs: Its runs of words.
    :param article: The runs of the article's title and body.
    :param earlier: The runs of the comments above.
    :return: What is quoted, each line an exact part of ``text``; None where nothing is. A comment that only repeats an
        earlier comment was posted twice: that is no quote.
    """
    in_article, in_earlier = not article.isdisjoint(runs), not earlier.isdisjoint(runs)
    if not in_article and not in_earlier and ">" not in text:
        return None
    parts = [part for line in text.split("\n") for part in _sentences(line)]
    quoted: list[str] = []
    is_all_article = True  # what is quoted is all the article's
    ends = accumulate((len(words_of(part.casefold())) for part in parts), initial=0)
    for part, (start, end) in zip(parts, pairwise(ends), strict=True):
        part_runs = runs[start : max(end - RUN + 1, start)]
        is_taken = part.startswith(">") or (in_article and bool(part_runs) and article.issuperset(part_runs))
        if is_taken or (in_earlier and part_runs and earlier.issuperset(part_runs)):
            quoted.append(part)
            is_all_article = is_all_article and is_taken
    return "\n".join(quoted) if quoted and (len(quoted) < len(parts) or is_all_article) else None


def _sentences(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole, unless a second mark ends the quote."""
    if line.startswith(">"):
        # ">The words of another.> An answer"; no "->"
        quote = re.match(r">[^>]*[^>\s-]>(?=\.?\s+[^\s>])", line)
        return [quote[0], *_sentences(line[quote.end() :].strip())] if quote else [line]
    end = r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s"
    cuts = [0, *(match.end() for match in re.finditer(end, line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]
