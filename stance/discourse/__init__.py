"""Analyse the discourse of comments: copies, words, replies and links; and of a page, themes and questions.

To add an analysis, write a module with an ``ANALYSIS``, list it in ``ANALYSES``, and copy the row of its section into
``docs/report.md``.
"""

from collections.abc import Sequence

import numpy as np

from stance.datamodels import Document, Record, Strings
from stance.discourse import copies, domains, newsroom, replies, themes, words
from stance.discourse.analysis import Copies
from stance.discourse.posts import Posts, join_posts

__all__ = ["EMPTY", "MOST_POSTS", "discourse_record", "page_record"]

MOST_POSTS = 50_000
"""Maximum number of comments whose discourse a report analyses: at 2 ms each that takes 100 s."""

ANALYSES = tuple(module.ANALYSIS for module in (copies, words, replies, domains, themes, newsroom))
"""Words: all analyses, in the order of their sections."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "sections": [],
    **{analysis.name: analysis.empty for analysis in ANALYSES if "run" in analysis.units},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""


def discourse_record(pages: Sequence[Posts] | None, targets: Strings, comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    sections = [[analysis.name, analysis.section.heading] for analysis in ANALYSES if analysis.section]
    record: Record = {**EMPTY, "comments": comments, "sections": sections}
    if pages is None:
        return record | {"left_out": f"more than {MOST_POSTS:,} comments"}
    posts = join_posts(pages, targets)
    copied = copies.copies_of(posts)
    record |= _records("run", posts, copied, Document("", "", comments=()))
    record["replies"], record["replies_details"] = record["replies"].pop("replies"), record["replies"]
    return record


def page_record(document: Document, posts: Posts) -> Record:
    """Analyse the comments of one page.

    :return: ``copies``, ``replies``, ``words`` (of its sides) and others; ``later``: numbers, from 1, of the comments
        that copy an earlier one.
    """
    copied = copies.copies_of(posts)
    return {"later": (np.flatnonzero(copied.later) + 1).tolist(), **_records("page", posts, copied, document)}


def _records(unit: str, posts: Posts, copied: Copies, document: Document) -> Record:
    chosen_analyses = (analysis for analysis in ANALYSES if unit in analysis.units)
    return {analysis.name: analysis.compute(posts, copied, document) for analysis in chosen_analyses}
