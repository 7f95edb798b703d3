"""Analyse the discourse of comments: copies, words, replies, links.

An analysis is added here, in a module with a function from the comments of a run (:class:`Posts`) to a record, and in a
template of its name.
"""

from collections.abc import Sequence

import numpy as np

from stance.datamodels import Record
from stance.discourse.analysis import Analysis
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.domains import domains_record
from stance.discourse.posts import Posts, join_posts
from stance.discourse.replies import replies_record
from stance.discourse.words import words_record

__all__ = ["EMPTY", "MOST_POSTS", "discourse_record", "page_record"]

MOST_POSTS = 50_000
"""Maximum number of comments whose discourse a report analyses: at 2 ms each that takes 100 s."""

ANALYSES = (
    Analysis("copies", "Copies", copies_record, {"groups": [], "share_of_comments": None}),
    Analysis("words", "Words and phrases", lambda posts, copies: words_record(posts, copies=copies.later)),
    Analysis("replies", "Who answers whom", lambda posts, _: replies_record(posts)),
    Analysis("domains", "Cited links", lambda posts, _: domains_record(posts)),
)
"""Words: all analyses of a run, in the order of their sections."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "sections": [],
    **{analysis.name: analysis.empty for analysis in ANALYSES},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""


def discourse_record(pages: Sequence[Posts] | None, targets: tuple[str, ...], comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    record: Record = {**EMPTY, "comments": comments, "sections": [[each.name, each.heading] for each in ANALYSES]}
    if pages is None:
        return record | {"left_out": f"more than {MOST_POSTS:,} comments"}
    posts = join_posts(pages, targets)
    copies = copies_of(posts)
    record |= {analysis.name: analysis.compute(posts, copies) for analysis in ANALYSES}
    record["replies"], record["replies_details"] = record["replies"].pop("replies"), record["replies"]
    return record


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
