"""Validate model cards: text without control characters, and finite numbers.

A card may come from anyone, and is printed, compared and included in reports.
"""

import math
from collections.abc import Mapping
from typing import Any

DEEPEST = 20
"""Levels of objects and lists in each other; cards of ours have seven."""

MOST_POINTS = 21
"""Points of a curve of accuracy against coverage, at most; ours have eleven."""

_SUREST = ("all", "addressed", "named")
_MEASURES = ("macro_f1", "accuracy", "favg", "ece")
_GROUPS = ("targets", "baselines")


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value that can be shown and written: no control characters, None for numbers that are none.

    :raises ValueError: If it is nested deeper than anything of ours.
    """
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} levels")
    if isinstance(value, str):
        return value if value.isprintable() else "".join(map(_shown, value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain_json(key, depth): plain_json(each, depth + 1) for key, each in value.items()}
    return [plain_json(each, depth + 1) for each in value] if isinstance(value, list) else value


def _shown(character: str) -> str:
    return character if character.isprintable() or character == "\n" else "\ufffd"


def checked_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card that is safe for commands and reports to show.

    :raises ValueError: If an entry has the wrong type; the message names it.
    """
    found: dict[str, Any] = plain_json(dict(card))
    for name in ("targets_tested", "languages"):
        if not _is_list_of(str, found.get(name, [])):
            raise ValueError(f"{name} {str(found[name])[:40]}; expected a list of names")
    data = found.get("data", {})
    held_out = data.get("held_out") if isinstance(data, dict) else 0
    if held_out is not None and not (
        isinstance(held_out, dict) and all(_is_count(held_out.get(name)) for name in ("pairs", "stories"))
    ):
        raise ValueError(f"data {str(data)[:40]}; expected an object, in it pairs and stories of what was held out")
    if measures := found.get("measures", {}):
        found["measures"] = _checked_measures(measures)
    return found


def _checked_measures(measures: Any) -> dict[str, Any]:
    groups = {name: measures.get(name, {}) for name in _GROUPS} if isinstance(measures, dict) else {}
    if not groups or not all(isinstance(group, dict) for group in groups.values()):
        raise ValueError(f"measures {str(measures)[:40]}; expected an object of measures")
    for row in (measures, *(row for group in groups.values() for row in group.values())):
        if not _is_row(row):
            raise ValueError(f"measures {str(row)[:40]}; expected n, {', '.join(_MEASURES)} as numbers")
    known = {name: measures[name] for name in ("n", *_MEASURES, "f1", "interval", *_GROUPS) if name in measures}
    if "abstaining" in measures:
        known["abstaining"] = _checked_abstaining(measures["abstaining"])
    return known | {name: value for name, value in measures.items() if isinstance(value, str)}


def _checked_abstaining(given: Any) -> dict[str, Any]:
    """Check a card's accuracy among the surest pairs, as ``stance evaluate`` writes it."""
    parts = {name: given.get(name) for name in _SUREST} if isinstance(given, dict) else {"all": given}
    for part in (part for part in parts.values() if part is not None):
        points = [part.get("half"), *_listed(part.get("curve"))] if isinstance(part, dict) else [None]
        if len(points) > MOST_POINTS or not all(isinstance(point, dict) and _is_point(point) for point in points):
            raise ValueError(f"abstaining {str(part)[:40]}; expected n, aurc, half and a curve of numbers")
    return parts


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [None]


def _is_point(point: Mapping[str, Any]) -> bool:
    """Return whether all of a point is numbers, pairs of them, or none."""
    return all(
        value is None
        or _is_number(value)
        or (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)))
        for value in point.values()
    ) and {"coverage", "accuracy", "interval", "n"} <= set(point)


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or not _is_count(row.get("n")):
        return False
    shares, interval = row.get("f1", {}), row.get("interval", {})
    if not isinstance(shares, dict) or not isinstance(interval, dict) or not _is_number(row.get("coverage", 1)):
        return False
    ends = all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair)) for pair in interval.values())
    given = all(name in row and (row[name] is None or _is_number(row[name])) for name in _MEASURES)
    return given and ends and all(map(_is_number, shares.values()))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**12


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)
