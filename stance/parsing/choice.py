"""Choose among the threads of a page, or none, and complete the best by the others.

A network with one hidden layer rates threads by numbers of their evidence; that of dumps also by the tags of their
lines. ``training/train_choice.py`` trains it.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from stance.datamodels import Comment, Comments
from stance.parsing.evidence import is_possible_name
from stance.parsing.lines import Lines
from stance.parsing.talk import rate_talk, talk_of
from stance.parsing.thread import Method, Thread, opening_of, openings_of
from stance.resources import DATA, shipped_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

AGREEMENT = 0.03
"""Weight added where the stated count agrees: it decides between readings that are rated alike."""

SPOKEN = 1.5

UNSPOKEN = -1.0
"""Minimum rating of a line that is like one of a comment, and maximum rating of one that is not."""

PAGES, DUMPS = DATA / "blocks" / "choice.npz", DATA / "blocks" / "choice_dump.npz"
"""Networks for pages with markup, and for text dumps."""

CLIPPED = 3.0
"""Maximum distance of a number of a reading from its mean, in standard deviations."""

LEAST = 0.4
"""Minimum rating of a thread that is kept on a page with markup; for dumps, the network rates "no comments", too."""


TagSigns: TypeAlias = Sequence[float] | None
"""Numbers of the tags of a dump; None for a page with markup."""


def rate_threads(lines: Lines, threads: Sequence[Thread], signs: TagSigns = None) -> list[float]:
    """Rate the readings of a page; each has a comment.

    :param lines: The lines of the page as a reader sees it.
    :return: The expected share of right comments: of no comments, then of each reading.
    """
    if not threads:
        return [LEAST]
    rated = rate(shipped_arrays(PAGES if signs is None else DUMPS), numbers_of_threads(lines, threads, signs))
    if signs is not None:
        none, *ratings = rated
        return [none, *(score + AGREEMENT * one.evidence.agrees for score, one in zip(ratings, threads, strict=True))]
    ratings = [LEAST]
    for thread, rating in zip(threads, rated, strict=True):
        agrees = thread.evidence.agrees
        is_talk = thread.evidence.spoken or agrees  # else these are rather labels than comments
        # Weight added to the rating of a reading of markup: the ends of texts are more exact there.
        ratings.append(rating + AGREEMENT * agrees + 0.06 * (thread.method is not Method.TAGS) if is_talk else 0.0)
    return ratings


def rate(net: "Mapping[str, npt.NDArray[np.float32]]", numbers: Sequence[Sequence[float]]) -> list[float]:
    """Rate rows of numbers by a network."""
    plain = ((np.array(numbers, dtype=np.float32) - net["means"]) / net["scales"]).clip(-CLIPPED, CLIPPED)
    return (np.maximum(plain @ net["inner"] + net["bias"], 0) @ net["outer"] + net["base"]).tolist()


def numbers_of_threads(lines: Lines, threads: Sequence[Thread], signs: TagSigns) -> list[tuple[float, ...]]:
    """Return the numbers by which readings are rated: a row for each; of dumps a row for no comments before them."""
    talk = sum(rating is not None and rating > SPOKEN for rating in rate_talk(line.text for line in lines))
    openings = [openings_of(thread.comments) for thread in threads]
    of_page = float(len(threads))
    are_all_tags = all(thread.method is Method.TAGS for thread in threads)  # only then two of them confirm each other
    rows = []
    if signs is not None:
        # Number of values that describe a reading by itself; two more compare it with the others.
        rows.append((math.log1p(talk), *(0.0,) * (15 + 1 + len(Method)), of_page, 1.0, *signs))
    for thread, firsts in zip(threads, openings, strict=True):
        shared = [
            (len(firsts & other), len(other))
            for method, other in zip(threads, openings, strict=True)
            if other is not firsts and (are_all_tags or not method.method is thread.method is Method.TAGS)
        ]
        of_others = max((both / total for both, total in shared), default=0.0)
        of_own = max((both / len(firsts) for both, _ in shared), default=0.0)
        methods = (float(thread.method is method) for method in Method)
        of_dump = () if signs is None else (0.0, *signs)
        rows.append((*_numbers_of(thread, talk), of_others, of_own, *methods, of_page, *of_dump))
    return rows


def _numbers_of(thread: Thread, talk: int) -> tuple[float, ...]:
    """Return the numbers of a reading by itself.

    :param talk: The number of lines of the page that are like those of comments.
    """
    comments, count, evidence = thread.comments, len(thread.comments), thread.evidence
    texts = [comment.text.split("\n") for comment in comments]
    firsts, lasts = (talk_of(text[end] for text in texts) for end in (0, -1))
    ratings = talk_of(comment.text for comment in comments)
    spoken = sum(rating > SPOKEN for rating in ratings)
    names = [comment.author for comment in comments if comment.author and is_possible_name(comment.author)]
    beyond = math.log1p(max(talk - spoken, 0))
    return (
        *(beyond, beyond - math.log1p(count)),
        *(spoken / count, sum(rating < UNSPOKEN for rating in ratings) / count),
        *(sum(firsts) / max(len(firsts), 1), min(firsts, default=0.0)),
        *(sum(lasts) / max(len(lasts), 1), sum(rating < UNSPOKEN for rating in lasts) / max(len(lasts), 1)),
        *(len(set(names)) / count, len(names) / count, evidence.dated / count),
        math.log1p(min(len(comment.text) for comment in comments)),
        *(evidence.spoken / count, min(evidence.flaws / count, 3.0), float(evidence.agrees)),
    )


def with_details(thread: Thread, others: Sequence[Thread]) -> Thread:
    """Fill in the names, dates, votes and quotations that other methods of reading found for the same texts."""
    ranked = [other for method in Method for other in others if other.method is method is not thread.method]
    indexes = [_by_opening(other.comments) for other in ranked]
    comments = []
    for comment in thread.comments if indexes else ():
        opening = opening_of(comment.text)
        same = [index[opening] for index in indexes if opening in index]
        names = [other.author for other in same if other.author and is_possible_name(other.author)]
        quotes = (other.quoted for other in same if (other.quoted or "") in comment.text and other.quoted != other.text)
        changed = replace(
            comment,
            author=_best_name(comment.author, names),
            posted=comment.posted or next(filter(None, (other.posted for other in same)), None),
            quoted=comment.quoted or next(quotes, None),
            votes=next((other.votes for other in (comment, *same) if other.votes is not None), None),
        )
        comments.append(changed if same else comment)
    if len(comments) > 2 and not any(other.posted for other in (*thread.comments, *comments[1:])):
        comments[0] = replace(comments[0], posted=None)  # it is rather the date of what is above
    return replace(thread, comments=tuple(comments)) if comments else thread


def _best_name(author: str | None, names: Sequence[str]) -> str | None:
    """Return the name that a comment has in one reading, or the one on which two others agree against it.

    :param names: Those of the other readings, the most trusted first.
    """
    if not names or author in names:
        return author
    if author is None or not is_possible_name(author):
        return names[0]
    name, votes = Counter(names).most_common(1)[0]
    return name if votes > 1 else author


def _by_opening(comments: Comments) -> dict[str, Comment]:
    """Return the comments by the beginning of their texts; without those that begin alike."""
    keys = [opening_of(comment.text) for comment in comments]
    times = Counter(keys)
    return {key: comment for key, comment in zip(keys, comments, strict=True) if times[key] == 1}
