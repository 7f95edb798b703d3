"""Put together the records of groups and differences that a public report shows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from stance import datamodels
from stance.datamodels import SIDES, Record, Stance
from stance.reporting.levels import doubt_of, level_of
from stance.reporting.public.counts import FEWEST_SHOWN, Counts, Shown, protect_comments


def target_record(target: str, cells: Shown, shares: Iterable[Record]) -> Record:
    """Return the shown parts of some comments toward one target.

    :param cells: Their counts.
    :param shares: Those of hidden counts are left out: a share of a known number gives the count away.
    """
    of_target = [share for share in shares if share["target"] == target]
    if not cells["addressed"] or any(map(_gives_away, of_target)):
        of_target = []
    unhidden = [share for share in of_target if cells[str(share["stance"])] is not None]
    return {
        "target": target,
        "addressed": cells["addressed"],
        "counts": {str(side): cells[side] for side in SIDES},
        "shares": [{**share, "labelled": None} for share in unhidden],
    }


def _gives_away(share: Record) -> bool:
    """Return whether a share of labels alone is one of so few that their number follows from it."""
    least = share["n"] if share["all_labelled"] else datamodels.FEWEST_SHOWN if share["method"] == "labels" else 0
    return 0.5 <= (share["estimate"] or 0) * least < FEWEST_SHOWN - 0.5


def group_of_cells(group: Record, cells: Counts, number: int) -> Record:
    """Return the shown parts of a group of this number, or of the whole (-1)."""
    rows = {key: protected.row(number, of_group=number >= 0) for key, protected in cells.items()}
    return group_record(group, rows.pop(None), {str(target): protected for target, protected in rows.items()})


def hide_labels(groups: Sequence[Record], *totals: Record | None) -> None:
    """Hide numbers of labels of groups, and of all, from which a number of one to four follows.

    :param groups: Full numbers; changed in place.
    :param totals: Records of all comments, in which every number of labels is hidden where one of a group is.
    """
    is_any_hidden = False
    for target in groups[0]["labelled"] if groups else ():
        labels = np.array([group["labelled"].get(target, 0) for group in groups], np.int64)
        protected = protect_comments(labels, np.zeros(len(labels), np.int64))
        is_any_hidden |= bool(protected.hidden.any())
        for number, group in enumerate(groups):
            set_labels(group, target, protected.row(number)["comments"])
    for record in totals if is_any_hidden else ():
        for target in (record or {}).get("labelled", ()):
            set_labels(record or {}, target, None)
        for name in {"labels", "matched"} & {*(record or {})}:
            (record or {})[name] = None


def set_labels(group: Record, target: str, n: int | None) -> None:
    """Set the number of labels of a group toward a target; None: hidden."""
    group["labelled"][target] = n
    for share in group["shares"]:
        if share["target"] == target:
            share["labelled"] = n


def group_record(group: Record, comments: Shown, cells: Mapping[str, Shown]) -> Record:
    """Return the shown parts of a group of comments."""
    targets = {target: target_record(target, record, group["shares"]) for target, record in cells.items()}
    return {
        "group": group["group"],
        "articles": group["articles"],
        "comments": comments["comments"],
        **dict.fromkeys(("authors", "without_author", "not_covered")),
        **{key: {target: record[key] for target, record in targets.items()} for key in ("addressed", "counts")},
        "shares": [share for record in targets.values() for share in record["shares"]],
        "means": [mean for target, record in targets.items() for mean in _net_means(group, target, record["shares"])],
        "labelled": dict(group["labelled"]),
        "ahead": {target: str(side) for target in cells if (side := _side_ahead(group, target))},
    }


def _side_ahead(group: Record, target: str) -> Stance | None:
    """Return the side that is ahead, if the comments on it are no small count."""
    level = level_of(group, target)
    if (side := level.ahead) is None:
        return None
    share, counted = level.shares[side], group["counts"][target].get(side, 0)
    return side if min(counted, (share["estimate"] or 0.0) * share["n"]) >= FEWEST_SHOWN else None


def _net_means(group: Record, target: str, shares: Sequence[Record]) -> Iterator[Record]:
    """Return net stance toward a target, which is a difference of shares, where all of these are shown."""
    names = ("target", "measure", "estimate", "interval", "method", "population")
    for mean in group.get("means") or () if doubt_of(group, target) is None else ():
        stances = {share["stance"] for share in shares if share["population"] == mean["population"]}
        if (mean["target"], mean["measure"]) == (target, "net") and len(stances) == len(SIDES):
            yield {name: mean[name] for name in names} | {"details": {}}


def shown_differences(groups: Iterable[Record], differences: Iterable[Record]) -> list[Record]:
    """Return the differences of shares that are both shown."""
    shown_shares = {(group["group"], share["target"], share["stance"]) for group in groups for share in group["shares"]}
    pairs = ((test, {(test[side], test["target"], test["stance"]) for side in "ab"}) for test in differences)
    return [dict(test) for test, sides in pairs if sides <= shown_shares]


def shown_sentiment(record: Record) -> Record:
    """Return the means of groups with an interval, without counts, and the tested differences."""
    hidden = dict.fromkeys(("n", "negative", "positive"))
    means = [mean | hidden for mean in record.get("sentiment") or () if mean["interval"] is not None]
    tests = record.get("sentiment_differences") or []
    return {"sentiment": means, "sentiment_sides": [], "sentiment_differences": tests}


def public_audit(audit: Record | None) -> Record | None:
    """Return the number of labels, without their annotators and files."""
    if audit is None:
        return None
    labels, matched = unless_few(audit["labels"]), unless_few(audit["matched"])
    return {"labels": labels, "matched": matched}


def unless_few(number: int) -> int | None:
    """Return a number; None where it is small and not zero."""
    return None if 0 < number < FEWEST_SHOWN else number


def is_public(record: Path) -> bool | None:
    """Return whether the record of a report or comparison is a public one; None if there is none."""
    try:
        with record.open("rb") as file:
            return b'"public": {' in file.read(100)
    except OSError:
        return None
