"""Analyse the discourse of comments: copies, words, replies, links.

Each analysis is a module with a function from the comments of a run (:class:`Posts`) to one record.
"""

from collections.abc import Sequence

import numpy as np

from stance.datamodels import Record
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.domains import domains_record
from stance.discourse.posts import Posts, join_posts
from stance.discourse.replies import replies_record
from stance.discourse.words import words_record

__all__ = ["EMPTY", "MOST_POSTS", "discourse_record", "page_record"]

MOST_POSTS = 50_000
"""Maximum number of comments whose discourse a report analyses: at 2 ms each that takes 100 s."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "copies": {"groups": [], "share_of_comments": None},
    **{name: [] for name in ("words", "replies", "domains")},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""


def discourse_record(pages: Sequence[Posts] | None, targets: tuple[str, ...], comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    record: Record = {**EMPTY, "comments": comments}
    if pages is None:
        return record | {"left_out": f"more than {MOST_POSTS:,} comments"}
    posts = join_posts(pages, targets)
    copies = copies_of(posts)
    replies = replies_record(posts)
    return record | {
        "copies": copies_record(posts, copies),
        "words": words_record(posts, copies=copies.later),
        "replies": replies.pop("replies"),
        "replies_details": replies,
        "domains": domains_record(posts),
    }


def page_record(posts: Posts) -> Record:
    """Analyse the comments of one page.

    :return: ``copies``, ``replies`` and ``words`` (of its sides), as of a run; ``later``: numbers, from 1, of the
        comments that copy an earlier one.
    """
    copies = copies_of(posts)
    return {
        "copies": copies_record(posts, copies),
        "later": (np.flatnonzero(copies.later) + 1).tolist(),
        "words": words_record(posts, copies=copies.later),
        "replies": replies_record(posts),
    }
