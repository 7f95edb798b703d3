"""Put together the records of public reports and comparisons, from which all their files are made.

Nothing is taken out of a full record, so new parts of it do not slip through.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from stance import datamodels
from stance.datamodels import SIDES, Record, Stance
from stance.exceptions import ConfigError
from stance.reporting.levels import doubt_of, level_of
from stance.reporting.public.counts import FEWEST_SHOWN, LEAVES, Cells
from stance.reporting.rendering import sentences


def public_report(total: Record, summaries: Iterable[Record], cells: Cells) -> Record:
    """Return the shown parts of the record of a report, without its documents.

    :param total: The full record.
    :param summaries: Of all scores, one per target.
    """
    sent = {name: value for name, value in total["model"]["sent"].items() if name == "endpoint"}  # and no number
    record = {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "report", FEWEST_SHOWN)},
        "totals": {
            "documents": len(cells.comments.groups),
            "skipped": len(total["skipped"]),
            "comments": cells.comments.row(-1)["comments"],
            "targets": [target_record(each["target"], cells, -1, each["shares"]) for each in summaries],
        },
        "targets": total["targets"],
        "model": total["model"] | {"sent": sent},
        "skipped": [{"source": None, "reason": "named in the full report"} for _ in total["skipped"]],
        "whole": total["whole"] and group_record(total["whole"], cells, -1) | dict.fromkeys(("first", "last")),
        "audit": public_audit(total["audit"], cells),
    }
    return record | _shown_groups(total, cells)


def public_comparison(comparison: Record, cells: Cells) -> Record:
    """Return the shown parts of a comparison.

    The groups' sum is taken to be known, as it is where the report of the same comments is public too.
    """
    groups, by, withheld = comparison["groups"], comparison["by"], cells.withheld
    if len(withheld) == len(groups) > 0:
        problem, advice = f"no group of {FEWEST_SHOWN} people or more", ", such as --by outlet" * (by != "outlet")
        raise ConfigError(f"--public --by {by}: {problem}, counted by their authors; expected larger groups{advice}")
    shown = _shown_groups(comparison, cells)
    return {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "comparison", FEWEST_SHOWN)},
        "by": by,
        "targets": [*cells.by_model],
        "groups_withheld": len(withheld),
        "differences_withheld": len(comparison["differences"]) - len(shown["differences"]),
        "not_paired": comparison["not_paired"],
        "audit": public_audit(comparison.get("audit"), cells),
        **shown,
    }


def _shown_groups(record: Record, cells: Cells) -> Record:
    """Return the groups that are shown, and their tests."""
    withheld = cells.withheld
    groups = [
        group_record(group, cells, cells.rows[group["group"]])
        for group in record["groups"] or ()
        if group["group"] not in withheld
    ]
    shown_shares = {(group["group"], share["target"], share["stance"]) for group in groups for share in group["shares"]}
    pairs = (
        (test, {(test[side], test["target"], test["stance"]) for side in "ab"}) for test in record["differences"] or ()
    )
    hidden = dict.fromkeys(("n", "negative", "positive"))
    means, sounds = record.get("sentiment") or (), record.get("sentiment_differences") or ()
    shown = (mean for mean in means if mean["interval"] is not None and mean["group"] not in withheld)
    return {
        "groups": groups,
        "differences": [rounded(test) for test, sides in pairs if sides <= shown_shares],
        "sentiment": [rounded(mean) | hidden for mean in shown],
        "sentiment_sides": [],
        "sentiment_differences": [
            rounded(test) for test in sounds if not {test["a"], test["b"]}.intersection(withheld)
        ],
    }


def target_record(target: str, cells: Cells, row: int, shares: Iterable[Record]) -> Record:
    """Return the shown parts of some comments toward one target.

    :param row: That of a page, of a group, or of all (-1).
    :param shares: Those of hidden counts are left out: a share of a known number gives the count away.
    """
    counts, labels = (table[target].row(row) for table in (cells.by_model, cells.by_persons))
    of_target = [share for share in shares if share["target"] == target]
    is_hidden = None in (counts[side] for side in SIDES)  # two shares would tell the third
    is_told = any(share["all_labelled"] for share in of_target) and None in labels.values()
    if not counts["addressed"] or is_hidden or is_told or any(map(_gives_away, of_target)):
        of_target = []
    return {
        "target": target,
        "addressed": counts["addressed"],
        "counts": {side: counts[side] for side in SIDES},
        "shares": [rounded(share) | {"labelled": None, "effective": None, "details": {}} for share in of_target],
    }


def rounded(estimate: Record, digits: int = 2) -> Record:
    """Round an estimate and the ends of its interval, as pages do: an exact end would tell who was counted for it."""
    ends = estimate["interval"] and [round(end, digits) for end in estimate["interval"]]
    places = {"estimate": digits, "mean": digits, "detectable": digits, "p_adjusted": 3}
    numbers = {name: round(estimate[name], n) for name, n in places.items() if estimate.get(name) is not None}
    return {**estimate, **numbers, "interval": ends}


def _gives_away(share: Record) -> bool:
    """Return whether a share of labels alone is one of so few that their number follows from it."""
    least = share["n"] if share["all_labelled"] else datamodels.FEWEST_SHOWN if share["method"] == "labels" else 0
    return 0.5 <= (share["estimate"] or 0) * least < FEWEST_SHOWN - 0.5


def group_record(group: Record, cells: Cells, row: int) -> Record:
    """Return the shown parts of a group, or of the whole (-1)."""
    targets = {target: target_record(target, cells, row, group["shares"]) for target in cells.by_model}
    labelled = {target: n if cells.shows_labels(target, row) else None for target, n in group["labelled"].items()}
    shares = [
        share | {"labelled": labelled[target]} for target, record in targets.items() for share in record["shares"]
    ]
    return {
        "group": group["group"],
        "articles": group["articles"],
        "comments": cells.comments.row(row)["comments"],
        **dict.fromkeys(("authors", "without_author", "not_covered")),
        "without_stance": {target: None if n else 0 for target, n in group["without_stance"].items()},
        **{key: {target: record[key] for target, record in targets.items()} for key in ("addressed", "counts")},
        "shares": shares,
        "means": [mean for target, record in targets.items() for mean in _net_means(group, target, record["shares"])],
        "labelled": labelled,
        "ahead": {target: side for target in targets if (side := _side_ahead(group, target, cells, row))},
    }


def _side_ahead(group: Record, target: str, cells: Cells, row: int) -> Stance | None:
    """Return the side that is ahead, if the comments on it are of enough people."""
    level = level_of(group, target)
    if (side := level.ahead) is None:
        return None
    share, people = level.shares[side], cells.by_model[target].numbers[row, LEAVES.index(side)]
    return side if min(people, (share["estimate"] or 0.0) * share["n"]) >= FEWEST_SHOWN else None


def _net_means(group: Record, target: str, shares: Sequence[Record]) -> Iterator[Record]:
    """Return net stance toward a target, which is a difference of shares, where all of these are shown."""
    names = ("target", "measure", "estimate", "interval", "method", "population")
    for mean in group.get("means") or () if doubt_of(group, target) is None else ():
        is_shown = any(share["population"] == mean["population"] for share in shares)
        if is_shown and (mean["target"], mean["measure"]) == (target, "net"):
            yield rounded({name: mean[name] for name in names}, 0) | {"details": {}}


def public_audit(audit: Record | None, cells: Cells) -> Record | None:
    """Return the number of labels, without their annotators and files, unless any number of labels is hidden."""
    is_hidden = not all(cells.shows_labels(target, -1) for target in cells.labels)
    published = {name: audit[name] for name in ("labels", "matched")} if audit else {}
    return audit and {name: None if is_hidden or 0 < n < FEWEST_SHOWN else n for name, n in published.items()}


def is_public(record: Path) -> bool | None:
    """Return whether the record of a report or comparison is a public one; None if there is none."""
    try:
        with record.open("rb") as file:
            return b'"public": {' in file.read(100)
    except OSError:
        return None
