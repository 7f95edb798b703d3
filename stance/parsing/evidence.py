"""Collect the evidence for and against a list of comments.

It does not depend on a site, a class or a language: whether the comments have names and texts, whether headers come
back inside the texts, whether the page's own count agrees.
"""

import re
from collections import Counter
from functools import lru_cache

from stance.datamodels import Comment, frozen
from stance.parsing.captions import is_comment_word
from stance.parsing.dates import find_date, has_digit, is_day
from stance.parsing.lines import SENTENCE_SIGNS, letter_words
from stance.resources import remembered

HEADER_CHARACTERS = 60  # maximum of a line that may be a header: a name and a date

NAME_WORDS = 6  # maximum of a name; one with more is a headline of another story

FEW = 5  # maximum number of comments that may all be without a sentence

_SENTENCE = re.compile(rf"[{SENTENCE_SIGNS}][\"'”’»“)\]]{{0,3}}(?:\s|$)|[\U0001f300-\U0001faff❤♥]")


@frozen
class Evidence:
    """The evidence for and against a list of comments; each number counts comments."""

    comments: int = 0
    complete: int = 0  # with a name, which most do not share, and words
    dated: int = 0
    repeated: int = 0  # the words of the comment before, or what the same writer has written
    headed: int = 0  # texts whose first line is rather a header
    spoken: int = 0  # texts with a sentence
    stated: int | None = None

    @property
    def agrees(self) -> bool:
        """Return whether there are about as many comments as the page states."""
        # Maximum distance from the stated number that agrees with it, as a share of it.
        return bool(self.stated) and abs(self.comments - (self.stated or 0)) <= 0.05 * (self.stated or 0)

    @property
    def flaws(self) -> int:
        """The number of comments, or lines in them, that are rather something else."""
        return self.repeated + self.headed

    @property
    def is_said(self) -> bool:
        """Return whether there are few comments, or some have a sentence, or the page states their number."""
        return 0 < self.comments <= FEW or self.spoken > 0 or self.agrees


@lru_cache(maxsize=32)
def evidence_of(comments: tuple[Comment, ...], stated: int | None = None) -> Evidence:
    """Collect the evidence that a list of comments holds by itself.

    :param comments: In page order.
    :param stated: The number of comments that the page itself states; None where it does not.
    """
    names = Counter(comment.author for comment in comments if comment.author)
    # Minimum number and share of comments with one name that may be a label such as "Reply" or "Guest".
    labels = {name for name, n in names.items() if n >= 4 and n > 0.7 * len(comments)}
    earlier = set()
    before = ""
    counts: Counter[str] = Counter()
    for comment in comments:
        text = " ".join(comment.text.split())
        key = comment.author, text
        # Minimum of a text that one writer hardly writes twice; "Thanks!" is for many.
        if len(text) >= 25 and (text == before or key in earlier):
            counts["repeated"] += 1
        elif comment.author and comment.author not in labels and is_possible_name(comment.author):
            counts["complete"] += 1
        counts["headed"] += _opens_with_header(comment)
        counts["dated"] += comment.posted is not None
        # Minimum of a text that is no headline.
        counts["spoken"] += len(text) >= 160 or _SENTENCE.search(text) is not None
        earlier.add(key)
        before = text
    return Evidence(comments=len(comments), stated=stated, **counts)


@remembered
def is_possible_name(author: str) -> bool:
    """Return whether a name is neither a headline nor a date, nor a count of comments."""
    if len(author.split()) > NAME_WORDS or not has_digit(author):
        return len(author.split()) <= NAME_WORDS
    is_count = any(map(is_comment_word, letter_words(author)))
    # A name with a date in it, in any language.
    dated = r"(?<!\d)\d{1,2}\D{1,15}(?:19|20)\d\d(?!\d)|^\d+\s\w+\s\d+\s\w+$"
    return not (is_count or is_day(author) or find_date(author) or re.search(dated, author))


def _opens_with_header(comment: Comment) -> bool:
    """Return whether the first line of a text is its writer's name, or a date and little else."""
    first, newline, _ = comment.text.partition("\n")
    date = find_date(first) if newline and len(first) <= HEADER_CHARACTERS else None
    return date is not None and len(first) - (date.end - date.start) < HEADER_CHARACTERS / 2
