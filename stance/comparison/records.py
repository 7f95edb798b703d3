"""Convert a comparison to JSON, as in ``comparison.json`` and ``summary.json``."""

from dataclasses import asdict
from typing import Any

from stance.comparison.groups import Comparison, Group


def comparison_to_record(comparison: Comparison) -> dict[str, Any]:
    """Convert a comparison to JSON; missing results have no key."""
    record: dict[str, Any] = {
        "by": comparison.by,
        "targets": list(comparison.targets),
        "groups": [asdict(group) for group in comparison.groups],
        "differences": [asdict(difference) for difference in comparison.differences],
        "not_paired": comparison.not_paired,
        "design": [_design(group) for group in comparison.groups],
        "skipped": [{"source": skip.source, "reason": skip.reason} for skip in comparison.skipped],
        "digests": comparison.digests,
        "seed": comparison.seed,
    }
    if comparison.matched is not None:
        record["matched"] = asdict(comparison.matched)
    if comparison.series is not None:
        record["series"] = asdict(comparison.series)
        record["series"]["gaps"] = [
            {"group": gap.group, "from": gap.start, "to": gap.end} for gap in comparison.series.gaps
        ]
    if comparison.sensitivity:
        record["sensitivity"] = [asdict(each) for each in comparison.sensitivity]
    return record


DESIGN = (
    *("group", "articles", "comments", "authors", "without_author", "first", "last", "languages"),
    *("stated_comments", "parsed_of_stated", "from_scores", "largest_author", "largest_article"),
)


def _design(group: Group) -> dict[str, Any]:
    """Return the composition of a group: counts of comments, authors, articles and languages."""
    own = {name: getattr(group, name) for name in DESIGN}
    return own | {"audit": max(group.labelled.values(), default=0), "labelled": group.labelled}
