"""Count the domains that comments link to, and who links to them."""

from collections import defaultdict

import numpy as np

from stance.datamodels import Record, grouped
from stance.discourse.analysis import Analysis, Section
from stance.discourse.posts import CODED_SIDES, Posts, domains_in


def domains_record(posts: Posts) -> list[Record]:
    """Count the domains that comments link to, by side of the comment.

    :return: Up to 100, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain) and ``targets``: for each, the authors whose comment that links there
        is labelled ``favor``, ``against`` or ``neutral``.
    """
    rows_of = grouped((domain, row) for row, domains in posts.domains.items() for domain in domains)
    own_articles = defaultdict(set)
    for source in posts.sources:
        for domain in domains_in(source.url or ""):
            own_articles[domain].add(source.outlet)
    rank = lambda name: (-posts.authors(rows_of[name]), -len(rows_of[name]), name)  # noqa: E731 short
    records = []
    for name in sorted(rows_of, key=rank)[:100]:
        rows, targets = np.array(rows_of[name]), list[Record]()
        for target, stances in zip(posts.targets, posts.stances[rows].T, strict=True):
            counts = {str(side): posts.authors(rows[stances == code]) for code, side in enumerate(CODED_SIDES)}
            targets.append({"target": target, **counts})
        sizes = {"authors": posts.authors(rows), "comments": len(rows)}
        records.append({"domain": name, **sizes, "targets": targets, "own": sorted(own_articles.get(name, ()))})
    return records


ANALYSIS = Analysis(
    "domains", lambda posts, *_: domains_record(posts),
    Section("Cited links", "Which sites are cited?", "1 link", "a link does not show agreement with its source"),
    units=("run",),
)  # fmt: skip
