"""Analyse the discourse of comments: copies, words, positions, replies, links.

Each analysis is a function from the comments of a run (:class:`Posts`) to one record.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from stance.datamodels import STANCES, Record, grouped
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.posts import SIDES, Ints, Posts, domains_in, join_posts, read_posts
from stance.discourse.sides import positions_record, replies_record
from stance.discourse.words import words_record

__all__ = ["EMPTY", "MOST_POSTS", "discourse_record", "domains_record", "page_record", "read_posts"]

MOST_POSTS = 50_000
"""Maximum number of comments whose discourse a report analyses: at 2 ms each that takes 100 s."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "copies": {"groups": [], "share_of_comments": None},
    **{name: [] for name in ("words", "positions", "replies", "domains")},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""


def discourse_record(pages: Sequence[Posts] | None, targets: tuple[str, ...], comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    found: Record = {**EMPTY, "comments": comments}
    if pages is None:
        return found | {"left_out": f"more than {MOST_POSTS:,} comments"}
    posts = join_posts(pages, targets)
    copies = copies_of(posts)
    positions, replies = positions_record(posts, copies=copies.later), replies_record(posts)
    return found | {
        "copies": copies_record(posts, copies),
        "words": words_record(posts, copies=copies.later),
        "positions": positions.pop("positions"),
        "positions_details": positions,
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


# Domains --------------------------------------------------------------------------------------------------------------


def domains_record(posts: Posts) -> list[Record]:
    """Count the domains that comments link to, by side of the comment and by outlet.

    :return: Up to 100, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain), ``outlets`` (each with ``authors`` and ``comments``) and ``targets``:
        for each, the authors whose comment that links there is labelled ``favor``, ``against`` or ``neutral``.
    """
    places = grouped((domain, place) for place, found in posts.domains.items() for domain in found)
    own = defaultdict(set)
    for source in posts.sources:
        for domain in domains_in(source.url or ""):
            own[domain].add(source.outlet)
    ranked = sorted(places, key=lambda each: (-posts.authors(places[each]), -len(places[each]), each))
    return [_domain(posts, name, places[name]) | {"own": sorted(own.get(name, ()))} for name in ranked[:100]]


def _domain(posts: Posts, name: str, places: list[int]) -> Record:
    outlets = grouped((posts.sources[posts.source[place]].outlet, place) for place in places)
    largest = sorted(outlets, key=lambda each: (-posts.authors(outlets[each]), each))[:20]
    return {
        "domain": name,
        "authors": posts.authors(places),
        "comments": len(places),
        "outlets": [
            {"outlet": each, "authors": posts.authors(outlets[each]), "comments": len(outlets[each])}
            for each in largest
        ],
        "targets": [_sides(posts, np.array(places), column) for column in range(len(posts.targets))],
    }


def _sides(posts: Posts, places: Ints, column: int) -> Record:
    stances = posts.stances[places, column]
    counts = {str(STANCES[side]): posts.authors(places[stances == side]) for side in SIDES}
    return {"target": posts.targets[column], **counts}
