"""Count the domains that comments link to, and who links to them."""

from collections import defaultdict

import numpy as np

from stance.datamodels import Record, grouped
from stance.discourse.analysis import Analysis, Section
from stance.discourse.posts import CODED_SIDES, Ints, Posts, domains_in


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
    ranked = sorted(
        rows_of, key=lambda domain_name: (-posts.authors(rows_of[domain_name]), -len(rows_of[domain_name]), domain_name)
    )
    return [
        {
            "domain": name,
            "authors": posts.authors(rows_of[name]),
            "comments": len(rows_of[name]),
            "targets": [_sides(posts, np.array(rows_of[name]), column) for column in range(len(posts.targets))],
            "own": sorted(own_articles.get(name, ())),
        }
        for name in ranked[:100]
    ]


def _sides(posts: Posts, rows: Ints, column: int) -> Record:
    stances = posts.stances[rows, column]
    counts = {str(side): posts.authors(rows[stances == code]) for code, side in enumerate(CODED_SIDES)}
    return {"target": posts.targets[column], **counts}


ANALYSIS = Analysis(
    "domains", lambda posts, *_: domains_record(posts),
    Section("Cited links", "Which sites are cited?", "1 link", "a link does not show agreement with its source"),
    units=("run",),
)  # fmt: skip
