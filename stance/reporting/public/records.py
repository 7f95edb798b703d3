"""Put together the records of public reports and comparisons, from which all their files are made.

Nothing is taken out of a full record, so new parts of it do not slip through.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from stance import datamodels
from stance.datamodels import SIDES, Record, Stance, TargetSummary
from stance.exceptions import ConfigError
from stance.reporting.levels import doubt_of, level_of
from stance.reporting.public.counts import (
    FEWEST_SHOWN,
    Cells,
    PublicCounts,
    few_people,
    people_of,
    protect,
    protect_comments,
)
from stance.reporting.rendering import sentences


def public_report(total: Record, summaries: Iterable[TargetSummary], pages: PublicCounts, cells: Cells) -> Record:
    """Return the shown parts of the record of a report, without its documents.

    :param total: The full record.
    :param summaries: Of all scores, one per target.
    :param cells: Of ``pages``.
    """
    withheld = withheld_groups(total["groups"] or (), "outlet")
    groups = [group for group in total["groups"] or () if group["group"] in pages.groups]
    sent = {name: value for name, value in total["model"]["sent"].items() if name == "endpoint"}  # and no number
    record = {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "report", FEWEST_SHOWN)},
        "totals": {
            "documents": len(pages),
            "skipped": len(total["skipped"]),
            "comments": cells.comments.row(-1)["comments"],
            "targets": [target_record(each.target, cells, -1, map(asdict, each.shares)) for each in summaries],
        },
        "targets": total["targets"],
        "model": total["model"] | {"sent": sent},
        "skipped": [{"source": None, "reason": "named in the full report"} for _ in total["skipped"]],
        "whole": total["whole"] and group_record(total["whole"], cells, -1) | dict.fromkeys(("first", "last")),
        "audit": public_audit(total["audit"]),
    }
    masked = [group_record(group, cells, pages.groups[group["group"]]) for group in groups]
    return record | _shown_groups(masked, total, withheld, record["whole"], record["audit"])


def public_comparison(comparison: Record, targets: Sequence[str], pages: PublicCounts | None = None) -> Record:
    """Return the shown parts of a comparison.

    The groups' sum is taken to be known, as it is where the report of the same comments is public too.

    :param pages: Of a comparison of outlets: it hides what the report of these pages hides.
    """
    groups, by = comparison["groups"], comparison["by"]
    withheld = withheld_groups(groups, by)
    if len(withheld) == len(groups) > 0:
        problem, advice = f"no group of {FEWEST_SHOWN} people or more", ", such as --by outlet" * (by != "outlet")
        raise ConfigError(f"--public --by {by}: {problem}, counted by their authors; expected larger groups{advice}")
    if pages is None:
        numbers = {group["group"]: number for number, group in enumerate(groups)}
        stances = [
            {target: [n for group in groups for n in counts(group, target)] for target in targets}
            for counts in (_by_model, _by_persons)
        ]
        few = [group["group"] in withheld for group in groups]
        sizes, marks = [group["comments"] for group in groups], np.array([*few, *few, False])
        cells = protect(sizes, stances, np.arange(len(groups)), marks)
    else:
        cells, numbers = pages.protect(withheld), pages.groups
    masked = [group_record(group, cells, numbers[group["group"]]) for group in groups]
    audit = public_audit(comparison.get("audit"))
    shown = _shown_groups(masked, comparison, withheld, audit)
    return {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "comparison", FEWEST_SHOWN)},
        "by": by,
        "targets": list(targets),
        "groups_withheld": len(withheld),
        "differences_withheld": len(comparison["differences"]) - len(shown["differences"]),
        "not_paired": comparison["not_paired"],
        "audit": audit,
        **shown,
    }


def _shown_groups(
    masked: Sequence[Record], record: Record, withheld: Collection[str], *totals: Record | None
) -> Record:
    """Return the groups that are shown, without numbers of labels that give a small one away, and their tests.

    :param masked: All groups.
    :param totals: As of :func:`hide_labels`.
    """
    hide_labels(masked, *totals, withheld=withheld)
    groups = [group for group in masked if group["group"] not in withheld]
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


def withheld_groups(groups: Sequence[Record], by: str) -> set[str]:
    """Return the names of groups of too few people, which a public report does not name."""
    few = few_people([people_of(group, by) for group in groups])
    return {group["group"] for group, is_withheld in zip(groups, few, strict=True) if is_withheld}


def _by_model(group: Record, target: str) -> list[int]:
    """Return the model's counts of a group, in the order of ``LEAVES``."""
    counts = group["counts"][target]
    return [counts[side] for side in SIDES] + [counts[Stance.NOT_ADDRESSED] + group["without_stance"][target]]


def _by_persons(group: Record, target: str) -> list[int]:
    """Return the counts of labels of a group, in the order of ``LEAVES``."""
    labels = group["read"].get(target, {})
    return [labels.get(label, 0) for label in (*SIDES, Stance.NOT_ADDRESSED)]


def target_record(target: str, cells: Cells, number: int, shares: Iterable[Record]) -> Record:
    """Return the shown parts of some comments toward one target.

    :param cells: All counts.
    :param number: Of a page, of a group after the pages, or of all (-1).
    :param shares: Those of hidden counts are left out: a share of a known number gives the count away.
    """
    counts, labels = (table[target].row(number) for table in (cells.by_model, cells.by_persons))
    of_target = [share for share in shares if share["target"] == target]
    is_hidden = None in (counts[side] for side in SIDES)  # two shares would tell the third
    is_told = any(share["all_labelled"] for share in of_target) and None in labels.values()
    if not counts["addressed"] or is_hidden or is_told or any(map(_gives_away, of_target)):
        of_target = []
    return {
        "target": target,
        "addressed": counts["addressed"],
        "counts": {str(side): counts[side] for side in SIDES},
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


def group_record(group: Record, cells: Cells, number: int) -> Record:
    """Return the shown parts of a group of this number, or of the whole (-1)."""
    row = number if number < 0 else number + cells.comments.documents
    targets = {target: target_record(target, cells, row, group["shares"]) for target in cells.by_model}
    return {
        "group": group["group"],
        "articles": group["articles"],
        "comments": cells.comments.row(row)["comments"],
        **dict.fromkeys(("authors", "without_author", "not_covered")),
        "without_stance": {target: None if n else 0 for target, n in group["without_stance"].items()},
        **{key: {target: record[key] for target, record in targets.items()} for key in ("addressed", "counts")},
        "shares": [share for record in targets.values() for share in record["shares"]],
        "means": [mean for target, record in targets.items() for mean in _net_means(group, target, record["shares"])],
        "labelled": dict(group["labelled"]),
        "ahead": {target: str(side) for target in targets if (side := _side_ahead(group, target))},
    }


def hide_labels(groups: Sequence[Record], *totals: Record | None, withheld: Collection[str] = ()) -> None:
    """Hide numbers of labels of groups, and of all, from which a number of one to four follows.

    :param groups: Full numbers; changed in place.
    :param withheld: Names of groups whose numbers are hidden, however large.
    :param totals: Records of all comments; small numbers of labels are hidden there, and all where one of a group is.
    """
    is_any_hidden = False
    for target in groups[0]["labelled"] if groups else ():
        labels = np.array([group["labelled"].get(target, 0) for group in groups], np.int64)
        few = np.array([*(group["group"] in withheld for group in groups), False, False])
        protected = protect_comments(labels, np.zeros(len(labels), np.int64), few)
        is_any_hidden |= bool(protected.hidden.any())
        for number, group in enumerate(groups):
            set_labels(group, target, protected.row(number)["comments"])
    for record in filter(None, totals):
        for target, n in record.get("labelled", {}).items():
            set_labels(record, target, None if is_any_hidden else unless_few(n))
        for name in {"labels", "matched"} & {*record}:
            record[name] = None if is_any_hidden else unless_few(record[name])


def set_labels(group: Record, target: str, n: int | None) -> None:
    """Set the number of labels of a group toward a target; None: hidden."""
    group["labelled"][target] = n
    for share in group["shares"]:
        if share["target"] == target:
            share["labelled"] = n


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
        is_shown = any(share["population"] == mean["population"] for share in shares)
        if is_shown and (mean["target"], mean["measure"]) == (target, "net"):
            yield rounded({name: mean[name] for name in names}, 0) | {"details": {}}


def public_audit(audit: Record | None) -> Record | None:
    """Return the number of labels, without their annotators and files."""
    return audit and {name: audit[name] for name in ("labels", "matched")}


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
