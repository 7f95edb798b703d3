"""Analyse the discourse of comments: copies, words, positions, replies, narratives, incivility, links, activity."""

from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from stance.aggregation.estimation import wilson_interval
from stance.datamodels import STANCES, Document, grouped
from stance.discourse import posts as columns
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.patterns import incivility_record, narratives_record
from stance.discourse.posts import AGAINST, FAVOR, MOST_SERIES, NO_TIME, SIDES, Ints, Posts, by_outlet, cited, links_in
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
        find_label: columns.FindLabel | None = None,
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


# Counts over time, and domains ----------------------------------------------------------------------------------------

HOURS = 72
"""Hours since publication that are counted one by one."""

MOST_COLUMNS = 120
"""Columns of the chart of days; longer times have several days in a column."""

MOST_DOMAINS = 100

FEWEST_AUTHORS = 10
"""Authors who take a side, below which a share has no interval."""

FEWEST_TIMED = 20
"""Comments since publication, below which they have no median."""

DAY = 86_400


def activity_record(posts: Posts) -> list[dict[str, Any]]:
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
    for outlet, places in by_outlet(posts):
        own = places[posts.posted[places] != NO_TIME]
        axis = {"outlet": outlet, "comments": len(places), "first": _date(first), "last": _date(last)}
        since = own[published[own] != NO_TIME]
        found.append(axis | _per_day(days[own], first, last) | _since(posts.posted[since] - published[since]))
    return found


def _date(day: int) -> str:
    return datetime.fromtimestamp(day * DAY, UTC).date().isoformat()


def _per_day(days: Ints, first: int, last: int) -> dict[str, Any]:
    step = -(-(last - first + 1) // MOST_COLUMNS)
    each, counts = np.unique(days, return_counts=True)
    most = int(np.argmax(counts)) if len(each) else None
    return {
        "timed": len(days),
        "step": step,
        "days": np.bincount((days - first) // step, minlength=(last - first) // step + 1).tolist(),
        "busiest": None if most is None else [_date(int(each[most])), int(counts[most])],
    }


def _since(delays: Ints) -> dict[str, Any]:
    hours = delays // 3600
    after = delays[delays >= 0]
    return {
        "since_publication": len(delays),
        "before": int((hours < 0).sum()),
        "hours": np.bincount(hours[(hours >= 0) & (hours < HOURS)], minlength=HOURS).tolist(),
        "after": int((hours >= HOURS).sum()),
        "median_hours": round(float(np.median(after)) / 3600, 1) if len(after) >= FEWEST_TIMED else None,
    }


def domains_record(posts: Posts) -> list[dict[str, Any]]:
    """Count the domains that comments link to, by side of the comment and by outlet.

    :return: Up to ``MOST_DOMAINS``, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain), ``outlets`` (each with ``authors`` and ``comments``) and ``targets``:
        for each, the authors whose comment that links there is labelled ``favor``, ``against`` or ``neutral``, and
        of those that take a side the ``share`` in favor, by probabilities, each author counted once, with its 95 %
        ``interval``; both None below ``FEWEST_AUTHORS``.
    """
    domains = ((place, {each.domain for each in those}) for place, those in cited(posts).items())
    places = grouped((domain, place) for place, own in domains for domain in own)
    own = defaultdict(set)
    for source in posts.sources:
        for link in links_in(source.url or ""):
            own[link.domain].add(source.outlet)
    ranked = sorted(places, key=lambda each: (-posts.authors(places[each]), -len(places[each]), each))
    return [_domain(posts, name, places[name]) | {"own": sorted(own.get(name, ()))} for name in ranked[:MOST_DOMAINS]]


def _domain(posts: Posts, name: str, places: list[int]) -> dict[str, Any]:
    outlets = grouped((posts.outlet(place), place) for place in places)
    largest = sorted(outlets.items(), key=lambda each: (-posts.authors(each[1]), each[0]))[:MOST_SERIES]
    return {
        "domain": name,
        "authors": posts.authors(places),
        "comments": len(places),
        "outlets": [{"outlet": each, "authors": posts.authors(own), "comments": len(own)} for each, own in largest],
        "targets": [_sides(posts, np.array(places), column) for column in range(len(posts.targets))],
    }


def _sides(posts: Posts, places: Ints, column: int) -> dict[str, Any]:
    stances = posts.stances[places, column]
    counts = {str(STANCES[side]): posts.authors(places[stances == side]) for side in SIDES}
    found: dict[str, Any] = {"target": posts.targets[column], **counts, "share": None, "interval": None}
    sided = places[(stances == FAVOR) | (stances == AGAINST)]
    if (taking := posts.authors(sided)) >= FEWEST_AUTHORS:
        number = np.unique(posts.author[sided], return_inverse=True)[1]
        favor, against = (np.bincount(number, posts.expected[sided, column, side]) for side in (FAVOR, AGAINST))
        share = float((favor / (favor + against)).mean())
        found |= {"share": share, "interval": list(wilson_interval(share * taking, taking))}
    return found
