"""Analyse the discourse of comments: copies, words, positions, replies, links, activity.

Each analysis is a function from the comments of a run (:class:`Posts`) to one record.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from stance.aggregation.estimation import wilson_interval
from stance.datamodels import STANCES, Record, grouped
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.posts import AGAINST, FAVOR, NO_TIME, SIDES, Ints, Posts, join_posts, links_in, read_posts
from stance.discourse.sides import positions_record, replies_record
from stance.discourse.words import words_record

__all__ = ["EMPTY", "MOST_POSTS", "activity_record", "discourse_record", "domains_record", "page_record", "read_posts"]

MOST_POSTS = 50_000
"""Maximum number of comments that a report analyses without being asked: at 2 ms each that takes 100 s."""

MOST_OF_A_PAGE = 20
"""Maximum number of terms of each comparison on the page of a document: those furthest from chance."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "copies": {"groups": [], "share_of_comments": None},
    **{name: [] for name in ("words", "positions", "replies", "domains", "activity")},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""


def discourse_record(pages: Sequence[Posts] | None, targets: tuple[str, ...], comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``, and nobody asked.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    found: Record = {**EMPTY, "comments": comments}
    if pages is None:
        return found | {"left_out": f"more than {MOST_POSTS:,} comments: ask for it with --discourse"}
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
        "activity": activity_record(posts),
    }


def page_record(posts: Posts) -> Record:
    """Analyse the comments of one page.

    :return: ``copies`` and ``replies``, as of a run; ``words`` of its sides, with fewer ``points``, which have no
        examples; ``later``: numbers, from 1, of the comments that copy an earlier one.
    """
    copies = copies_of(posts)
    words = words_record(posts, copies=copies.later, most=MOST_OF_A_PAGE)
    for each in words:
        each["pool"] = []
        each["points"] = [point | {"examples": []} for point in each["points"]]
    return {
        "copies": copies_record(posts, copies),
        "later": (np.flatnonzero(copies.later) + 1).tolist(),
        "words": words,
        "replies": replies_record(posts),
    }


# Counts over time, and domains ----------------------------------------------------------------------------------------

HOURS = 72
"""Number of hours since publication that are counted one by one."""

MOST_COLUMNS = 120
"""Maximum number of columns of the chart of days; longer times have several days in a column."""

FEWEST_AUTHORS = 10
"""Minimum number of authors who take a side for a share with an interval."""

FEWEST_TIMED = 20
"""Minimum number of comments since publication for a median."""

DAY = 86_400
"""Number of seconds in a day."""


def activity_record(posts: Posts) -> list[Record]:
    """Count comments per day and per hour since the publication of their article.

    :return: One record of all comments, then one for each outlet where there are several: ``outlet`` (None: all),
        ``comments``, ``timed``, ``first`` and ``last`` day of all (ISO 8601, UTC), ``step`` (days in a column),
        ``days`` (a count per column), ``busiest`` day and its count, ``since_publication`` (comments with a time whose
        article has one too), ``before`` it, ``hours`` (``HOURS`` counts), ``after`` them, and ``median_hours`` (of
        those not before; None below ``FEWEST_TIMED``). Empty where no comment has a time.
    """
    timed = np.flatnonzero(posts.posted != NO_TIME)
    if not len(timed):
        return []
    days = posts.posted // DAY
    first, last = int(days[timed].min()), int(days[timed].max())
    published = np.array([each.published for each in posts.sources], np.int64)[posts.source]
    found = []
    for outlet, places in posts.largest_outlets():
        own = places[posts.posted[places] != NO_TIME]
        axis = {"outlet": outlet, "comments": len(places), "first": _date(first), "last": _date(last)}
        since = own[published[own] != NO_TIME]
        found.append(axis | _per_day(days[own], first, last) | _since(posts.posted[since] - published[since]))
    return found


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def _per_day(days: Ints, first: int, last: int) -> Record:
    step = -(-(last - first + 1) // MOST_COLUMNS)
    each, counts = np.unique(days, return_counts=True)
    most = int(np.argmax(counts)) if len(each) else None
    return {
        "timed": len(days),
        "step": step,
        "days": np.bincount((days - first) // step, minlength=(last - first) // step + 1).tolist(),
        "busiest": None if most is None else [_date(int(each[most])), int(counts[most])],
    }


def _since(delays: Ints) -> Record:
    hours = delays // 3600
    after = delays[delays >= 0]
    return {
        "since_publication": len(delays),
        "before": int((hours < 0).sum()),
        "hours": np.bincount(hours[(hours >= 0) & (hours < HOURS)], minlength=HOURS).tolist(),
        "after": int((hours >= HOURS).sum()),
        "median_hours": round(float(np.median(after)) / 3600, 1) if len(after) >= FEWEST_TIMED else None,
    }


def domains_record(posts: Posts) -> list[Record]:
    """Count the domains that comments link to, by side of the comment and by outlet.

    :return: Up to 100, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain), ``outlets`` (each with ``authors`` and ``comments``) and ``targets``:
        for each, the authors whose comment that links there is labelled ``favor``, ``against`` or ``neutral``, and
        of those that take a side the ``share`` in favor, by probabilities, each author counted once, with its 95 %
        ``interval``; both None below ``FEWEST_AUTHORS``.
    """
    domains = ((place, {each.domain for each in those}) for place, those in posts.links.items())
    places = grouped((domain, place) for place, own in domains for domain in own)
    own = defaultdict(set)
    for source in posts.sources:
        for link in links_in(source.url or ""):
            own[link.domain].add(source.outlet)
    ranked = sorted(places, key=lambda each: (-posts.authors(places[each]), -len(places[each]), each))
    return [_domain(posts, name, places[name]) | {"own": sorted(own.get(name, ()))} for name in ranked[:100]]


def _domain(posts: Posts, name: str, places: list[int]) -> Record:
    outlets = ((posts.authors(own), outlet, own) for outlet, own in posts.by_outlet(np.array(places)))
    largest = sorted(outlets, key=lambda each: (-each[0], each[1]))[:20]
    return {
        "domain": name,
        "authors": posts.authors(places),
        "comments": len(places),
        "outlets": [{"outlet": each, "authors": n, "comments": len(own)} for n, each, own in largest],
        "targets": [_sides(posts, np.array(places), column) for column in range(len(posts.targets))],
    }


def _sides(posts: Posts, places: Ints, column: int) -> Record:
    stances = posts.stances[places, column]
    counts = {str(STANCES[side]): posts.authors(places[stances == side]) for side in SIDES}
    found: Record = {"target": posts.targets[column], **counts, "share": None, "interval": None}
    sided = places[(stances == FAVOR) | (stances == AGAINST)]
    if (taking := posts.authors(sided)) >= FEWEST_AUTHORS:
        number = np.unique(posts.author[sided], return_inverse=True)[1]
        favor, against = (np.bincount(number, posts.expected[sided, column, side]) for side in (FAVOR, AGAINST))
        share = float((favor / (favor + against)).mean())
        found |= {"share": share, "interval": list(wilson_interval(share * taking, taking))}
    return found
