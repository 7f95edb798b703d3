"""Analyse the discourse of comments: copies, words, positions, replies, narratives, incivility, links, activity."""

from pathlib import Path
from typing import Any

import numpy as np

from stance.datamodels import Document
from stance.discourse.activity import activity_record, domains_record
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.patterns import incivility_record, narratives_record
from stance.discourse.posts import FindLabel, Posts
from stance.discourse.sides import pairs_record, positions_record, replies_record
from stance.discourse.words import words_record

MOST_POSTS = 50_000
"""Comments up to which a report analyses the discourse without being asked: at 2 ms each that takes 100 s."""

MOST_OF_A_PAGE = 20
"""Terms of each comparison on the page of a document: those furthest from chance."""

EMPTY: dict[str, Any] = {
    "comments": 0,
    "left_out": None,
    "copies": {"groups": [], "share_of_comments": None},
    "words": [],
    "positions": [],
    "replies": [],
    "pairs": [],
    "narratives": [],
    "incivility": {},
    "domains": [],
    "activity": [],
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""


class Discourse:
    """Collects the comments of a run, then analyses them.

    :param targets: Identifiers of the targets.
    :param most: Comments above which nothing is analysed; None: any number.
    :param narratives: A file that adds narratives to those that ship.
    :param find_label: Finds the audit label of a score; None: there are no audit labels.
    """

    def __init__(
        self,
        targets: tuple[str, ...],
        *,
        most: int | None = MOST_POSTS,
        narratives: Path | None = None,
        find_label: FindLabel | None = None,
    ) -> None:
        self._most, self._narratives = most, narratives
        self._posts: Posts | None = Posts(targets, find_label=find_label)
        self._count = 0

    def add(self, document: Document, page: Posts) -> None:
        """Add a document, as it was read for its page; beyond the limit, all are dropped."""
        self._count += len(document.comments)
        if self._most is not None and self._count > self._most:
            self._posts = None
        elif self._posts is not None:
            self._posts.extend(page, document)

    def record(self) -> dict[str, Any]:
        """Analyse the comments.

        :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
        """
        found: dict[str, Any] = {**EMPTY, "comments": self._count}
        if self._posts is None:
            return found | {"left_out": f"more than {self._most:,} comments: ask for it with --discourse"}
        posts, self._posts = self._posts.close(), None
        copies = copies_of(posts)
        return found | {
            "copies": copies_record(posts, copies=copies),
            "words": words_record(posts, copies=copies.later),
            **_detailed("positions", positions_record(posts, copies=copies.later)),
            **_detailed("replies", replies_record(posts)),
            "pairs": pairs_record(posts),
            **_detailed("narratives", narratives_record(posts, self._narratives, copies.later)),
            "incivility": incivility_record(posts, copies.later),
            "domains": domains_record(posts),
            "activity": activity_record(posts),
        }


def _detailed(name: str, record: dict[str, Any]) -> dict[str, Any]:
    """Part a record into its list, under its own name, and all else, under that name and ``_details``."""
    return {name: record.pop(name), f"{name}_details": record}


def read_page(document: Document, targets: tuple[str, ...]) -> Posts:
    """Read the comments of one page, for its own analyses and those of the run."""
    posts = Posts(targets)
    posts.add(document)
    return posts.close()


def page_record(posts: Posts, narratives: Path | None = None) -> dict[str, Any]:
    """Analyse the comments of one page.

    :param narratives: A file that adds narratives to those that ship.
    :return: ``copies``, ``replies``, ``narratives`` and ``incivility``, as of a run; ``words`` of its sides, with fewer
        ``points``, which have no examples; ``later``: numbers, from 1, of the comments that copy an earlier one.
    """
    copies = copies_of(posts)
    words = words_record(posts, copies=copies.later, most=MOST_OF_A_PAGE)
    for each in words:
        each["pool"] = []
        each["points"] = [point | {"examples": []} for point in each["points"]]
    return {
        "copies": copies_record(posts, copies=copies),
        "later": (np.flatnonzero(copies.later) + 1).tolist(),
        "words": words,
        "replies": replies_record(posts),
        "narratives": narratives_record(posts, narratives, copies.later),
        "incivility": incivility_record(posts, copies.later),
    }
