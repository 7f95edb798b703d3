"""Records of comparisons, as ``comparison.json`` holds them: small ones to read, large ones to draw."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import combinations, product
from typing import Any

from stance.aggregation.printing import print_together
from stance.comparison.comparing import ComparisonTally
from stance.datamodels import READINGS, SIDES, STANCES, Score, Share
from tests.support.report_samples import TARGETS


class Row(dict[str, Any]):
    """A record of which the values are attributes, too."""

    __getattr__ = dict.__getitem__


def rows(value: Any) -> Any:
    """Return a record in which records are rows."""
    if isinstance(value, dict):
        return Row({key: rows(each) for key, each in value.items()})
    return [*map(rows, value)] if isinstance(value, list | tuple) else value


class Tally(ComparisonTally):
    """A tally of which the records are rows."""

    def comparison(self, *, seed: int = 0) -> Any:
        return rows(super().comparison(seed=seed))

    def total(self) -> Any:
        return rows(super().total())


def compare_scores(scores: Iterable[Score], targets: Sequence[str], *, by: str = "outlet") -> Any:
    """Compare groups of comment scores, without a document."""
    tally = Tally(targets, by=by)
    tally.add(scores)
    return tally.comparison()


LEARNABLE = {"n": 45, "addressing": 30.0, "half_width": 0.13, "alike": 0.2}
SIDE_NAMES = [str(side) for side in SIDES]
NAMES = (
    *("The Morning Ledger", "SouthFront", "Харківський вісник", "الصحيفة"),
    "An outlet with a name that goes on and on",
)


def _number(rng: random.Random, value: float, n: int, method: str, population: str, bounds: tuple[float, float]) -> Any:
    half = {"corrected": 0.08, "labels": 0.2, "model": 0.25, "none": 0.0}[method] * (
        0.5 if population == "corpus" else 1
    )
    raw = min(bounds[1], max(bounds[0], value + rng.uniform(-0.1, 0.1)))
    interval = [max(bounds[0], value - half), min(bounds[1], value + half)]
    bounded = method != "none"
    return {
        "n": n, "estimate": value if bounded else None, "interval": interval if bounded else None,
        "method": method, "population": population, "details": {"raw": raw},
        "labelled": {"corrected": 120, "labels": 12}.get(method, 0), "note": None,
    }  # fmt: skip


def in_points(number: dict[str, Any]) -> dict[str, Any]:
    ends = number["interval"] and [100 * end for end in number["interval"]]
    return number | {"estimate": number["estimate"] and 100 * number["estimate"], "interval": ends}


def readings_of(counts: dict[str, int]) -> dict[str, int]:
    """Read every comment that addresses a target clearly, but one in favor, which could not be read."""
    unread = min(1, counts["favor"])
    sides = {"against": counts["against"], "neutral": counts["neutral"], "favor": counts["favor"] - unread}
    return dict.fromkeys(READINGS, 0) | sides | {"unread": unread}


def group_record(name: str, comments: int, method: str, rng: random.Random) -> dict[str, Any]:
    """A group whose stances toward each target are drawn at random."""
    shares, means, counts, confusion = [], [], {}, {}
    addressed = {target: comments // (at + 2) for at, (target, _) in enumerate(TARGETS)}
    for target, _ in TARGETS:
        n = addressed[target]
        parts = [rng.random() + 0.1 for _ in SIDES]
        sides = [part / sum(parts) for part in parts]
        counts[target] = {
            **{side: round(n * share) for side, share in zip(SIDE_NAMES, sides, strict=True)},
            "not_addressed": comments - n,
        }
        for population in ("outlet", "corpus"):
            numbers = [_number(rng, share, n, method, population, (0, 1)) for share in sides]
            drawn = zip(SIDE_NAMES, numbers, strict=True)
            together = print_together([Share(target, side, effective=n, **number) for side, number in drawn])
            shares += map(asdict, together)
            net = sides[SIDE_NAMES.index("favor")] - sides[SIDE_NAMES.index("against")]
            number = in_points(_number(rng, net, n, method, population, (-1, 1)))
            means.append({"target": target, "measure": "net", **number})
        if method in ("corrected", "labels"):
            confusion[target] = {
                label: {said: rng.randrange(1, 9) + 20 * (label == said) for said in STANCES} for label in STANCES
            }
    return {
        "group": name, "articles": max(1, comments // 30), "comments": comments, "authors": comments // 4,
        "without_author": comments // 50, "not_covered": 3, "without_stance": {target: 2 for target, _ in TARGETS},
        "addressed": addressed, "counts": counts, "shares": shares, "means": means,
        "readings": {target: readings_of(counts[target]) for target in addressed},
        "read": {target: {label: sum(each.values()) for label, each in of.items()} for target, of in confusion.items()},
        "labelled": {target: 120 if method == "corrected" else 0 for target, _ in TARGETS},
        "learnable": {target: LEARNABLE if n >= 60 else {} for target, n in addressed.items()},
    }  # fmt: skip


def difference_record(
    target: str, stance: str, a: dict[str, Any], b: dict[str, Any], rng: random.Random
) -> dict[str, Any]:
    """Two groups side by side, tested where labels correct both."""
    found = [next(s for s in each["shares"] if (s["target"], s["stance"]) == (target, stance)) for each in (a, b)]
    record = {"target": target, "stance": stance, "a": a["group"], "b": b["group"], "estimate": None}
    if all(each["method"] == "corrected" for each in found):
        gap = found[0]["estimate"] - found[1]["estimate"]
        is_found = abs(gap) > 0.25
        return record | {
            "estimate": gap,
            "interval": [gap - 0.12, gap + 0.12], "p_adjusted": 0.0004 if is_found else 0.4,
            "verdict": "differ" if is_found else "cannot_tell_apart", "detectable": 0.17,
        }  # fmt: skip
    record["reasons"] = {a["group"]: "too few labels"}
    return record | {"interval": None, "p_adjusted": None, "verdict": "not_tested", "detectable": None}


def comparison_record(groups: int = 4, *, labelled: bool = True, further: bool = True, seed: int = 7) -> dict[str, Any]:
    """A comparison of outlets; every fourth group holds too little for an interval."""
    rng = random.Random(seed)
    names = [NAMES[at] if at < len(NAMES) else f"Outlet {at + 1}" for at in range(groups)]
    methods = ["none" if at % 4 == 3 else "corrected" if labelled else "model" for at in range(groups)]
    made = [
        group_record(name, 40 if method == "none" else 300 + 90 * at, method, rng)
        for at, (name, method) in enumerate(zip(names, methods, strict=True))
    ]
    record = {
        "by": "outlet", "targets": [target for target, _ in TARGETS], "groups": made, "differences": [
            difference_record(target, side, a, b, rng)
            for (a, b), (target, _), side in product(combinations(made[:40], 2), TARGETS, SIDE_NAMES)
        ], "not_paired": max(0, groups - 40), "audit": audit_record() if labelled else None,
    }  # fmt: skip
    return record | (further_record(made, rng) if further else {})


def audit_record() -> dict[str, Any]:
    return {
        "tables": ["audit.csv"], "labels": 372, "matched": 372, "unmatched": 0, "unmatched_ids": [], "repeated": 0,
        "not_scored": 0, "unlabelled": 0, "not_audit": 0,
        "annotators": ["ann", "ben"], "not_checked": [],
    }  # fmt: skip


def further_record(groups: list[dict[str, Any]], rng: random.Random) -> dict[str, Any]:
    """The sections that a record may lack; groups get further facts."""
    for each in groups:
        each |= {
            "first": "2026-01-03", "last": "2026-05-30", "languages": {"en": each["comments"] - 3, "nl": 3},
            "largest_author": 0.12, "largest_article": 0.31,
        }  # fmt: skip
    return {
        "series": {
            "unit": "month",
            "points": [
                _point(each["group"], target, month, rng)
                for each, (target, _), month in product(groups[:20], TARGETS, (1, 2, 3, 5, 6))
            ],
        },
    }  # fmt: skip


def _point(group: str, target: str, month: int, rng: random.Random) -> dict[str, Any]:
    point = {"group": group, "target": target, "period": f"2026-{month:02}", "number": month}
    if month == 2:
        return point | {"n": 9, "addressed": 3}
    net = rng.uniform(-0.6, 0.2)
    numbers = {
        name: {"raw": value, "estimate": value, "interval": [value - 0.1 * unit, value + 0.1 * unit], "method": "model"}
        for name, value, unit in (("net", 100 * net, 100), ("favor", 0.3, 1), ("against", 0.3 - net, 1))
    }
    return {**point, "n": 60, "addressed": 40, **numbers}
