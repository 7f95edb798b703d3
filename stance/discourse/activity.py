"""Count comments over time, and the domains that comments link to."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import numpy as np

from stance.aggregation.estimation import wilson_interval
from stance.datamodels import STANCES
from stance.discourse.posts import AGAINST, FAVOR, LINK, NEUTRAL, NO_TIME, Ints, Posts

HOURS = 72
"""Hours since publication that are counted one by one."""

MOST_COLUMNS = 120
"""Columns of the chart of days; longer times have several days in a column."""

MOST_SERIES = 20
"""Outlets with counts of their own, those with most comments."""

MOST_DOMAINS = 100
MOST_LINKS = 20
"""Links of a comment that are read."""

FEWEST_AUTHORS = 10
"""Authors who take a side, below which a share has no interval."""

FEWEST_TIMED = 20
"""Comments since publication, below which they have no median."""

DAY = 86_400

SIDES = (FAVOR, AGAINST, NEUTRAL)

_ENDS = ".,;:!?…'’”»*]"


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


def by_outlet(posts: Posts) -> Iterator[tuple[str | None, Ints]]:
    """Read the places of all comments, then those of each outlet if there are several, most comments first."""
    yield None, np.arange(len(posts))
    names, number = np.unique([each.outlet for each in posts.sources], return_inverse=True)
    if len(names) > 1:
        outlets = number[posts.source]
        for outlet in np.argsort(-np.bincount(outlets, minlength=len(names)), kind="stable")[:MOST_SERIES]:
            yield str(names[outlet]), np.flatnonzero(outlets == outlet)


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


# Cited links ----------------------------------------------------------------------------------------------------------


_TRACKING = re.compile(
    r"(?<=[?&])(?:utm_\w+|fbclid|gclid|dclid|igshid|mc_[ce]id|msclkid|yclid|_openstat)=[^&]*(?:&|$)", re.I
)
_HOST = re.compile(r"(?:www\.)?((?:[\w-]+\.)+[a-z]{2,})")  # of a domain that no public list holds


class Link(NamedTuple):
    """A link in a comment."""

    url: str  # without fragment and parameters that track the reader
    domain: str  # as it is registered, without www.
    is_whole: bool  # False: the page shows its beginning only


def links_in(text: str) -> list[Link]:
    """Return the links in a text, each once, at most ``MOST_LINKS``; those without a registered domain are left out."""
    links: dict[str, Link] = {}
    if not (written := LINK.findall(text)[:MOST_LINKS]):
        return []
    from tld import get_fld  # a tenth of a second

    for found in written:
        address = found if found[:4].lower() == "http" else f"http://{found}"
        is_whole = not address.endswith(("…", "..."))
        address = address.rstrip(_ENDS if "(" in address else _ENDS + ")")
        try:
            parts = urlsplit(address)
            url = urlunsplit(parts._replace(netloc=parts.netloc.lower(), path=parts.path.rstrip("/"), fragment=""))
            url = _TRACKING.sub("", url).rstrip("?&")
            domain = get_fld(url, fail_silently=True) or _HOST.fullmatch(parts.hostname or "")
        except (ValueError, UnicodeError):
            continue
        if domain:
            links[url] = Link(url, domain if isinstance(domain, str) else domain[1], is_whole)
    return list(links.values())


def cited(posts: Posts) -> Mapping[int, list[Link]]:
    """Return the links of the comments that link somewhere."""
    return posts.marked("links", lambda place: links_in(posts.text(place)))


def domains_record(posts: Posts) -> list[dict[str, Any]]:
    """Count the domains that comments link to, by side of the comment and by outlet.

    :return: Up to ``MOST_DOMAINS``, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain), ``outlets`` (each with ``authors`` and ``comments``) and ``targets``:
        for each, the authors whose comment that links there is labelled ``favor``, ``against`` or ``neutral``, and
        of those that take a side the ``share`` in favor, by probabilities, each author counted once, with its 95 %
        ``interval``; both None below ``FEWEST_AUTHORS``.
    """
    places: dict[str, list[int]] = defaultdict(list)
    for place, those in cited(posts).items():
        for domain in {each.domain for each in those}:
            places[domain].append(place)
    own = defaultdict(set)
    for source in posts.sources:
        for link in links_in(source.url or ""):
            own[link.domain].add(source.outlet)
    ranked = sorted(places, key=lambda each: (-posts.authors(places[each]), -len(places[each]), each))
    return [_domain(posts, name, places[name]) | {"own": sorted(own.get(name, ()))} for name in ranked[:MOST_DOMAINS]]


def _domain(posts: Posts, name: str, places: list[int]) -> dict[str, Any]:
    outlets: dict[str, list[int]] = defaultdict(list)
    for place in places:
        outlets[posts.outlet(place)].append(place)
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
