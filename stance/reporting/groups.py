"""Put summaries of comments together as the groups that pages and charts show."""

from collections.abc import Iterable

from stance.datamodels import Record
from stance.reporting.levels import level_of


def with_levels(record: Record, whole: Record | None = None) -> Record:
    """Add to each summary of a record the level that sentences and tables state.

    :param whole: All comments as one group, if known; otherwise each summary is a group of its own.
    """
    of = ((summary, whole or group_of("this page", [summary])) for summary in record["targets"])
    targets = [{**summary, "level": level_of(group, summary["target"], whole=bool(whole))} for summary, group in of]
    return {**record, "targets": targets}


def group_of(name: str, summaries: Iterable[Record]) -> Record:
    """Return summaries by target, as a page shows them, as one group to draw."""
    summaries = list(summaries)
    keys = [key for key in ("addressed", "counts", "readings", "read") if all(key in summary for summary in summaries)]
    by_target = {key: {summary["target"]: summary[key] for summary in summaries} for key in keys}
    shares = [share for summary in summaries for share in summary["shares"]]
    return {"group": name, **by_target, "shares": shares, "not_covered": 0, "labelled": {}}
