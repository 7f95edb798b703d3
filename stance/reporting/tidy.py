"""A comparison as one long table: a row for each number that a picture shows, for whoever draws it anew.

``comparison.json`` holds the same numbers nested as they belong together; a statistics program wants rows.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stance.records import guard_cell

Record = Mapping[str, Any]

COLUMNS = (
    "section",  # design, count, share, mean, difference, matched, series, sensitivity, confusion
    "group",
    "other",  # the second group of a difference; the model's label in a confusion
    "target",
    "measure",  # a side, net, sentiment; what is counted; the audit's label in a confusion
    "population",  # outlet: comments like these; corpus: exactly these
    "period",
    "variant",
    "n",  # comments it is of
    "value",  # a number or nothing: the day of ``first`` and ``last`` stands in ``note``
    "low",
    "high",
    "raw",  # as counted, or before matching
    "method",
    "labelled",
    "design_effect",
    "verdict",
    "p_adjusted",
    "detectable",
    "tipping_point",
    "note",
)

COUNTS = ("articles", "comments", "authors", "without_author", "not_covered")


def tidy_rows(comparison: Record) -> Iterator[dict[str, str]]:
    """Give the rows of ``comparison.csv``: absence is empty, formulas are inert, numbers are as in the record.

    :param comparison: The record that the page is drawn from.
    """
    return map(tidy_row, _rows(comparison))


def tidy_row(row: Record) -> dict[str, str]:
    """Give a row its columns and its cells their form."""
    return {column: _cell(row.get(column)) for column in COLUMNS}


def _rows(comparison: Record) -> Iterator[Record]:
    yield from _design(comparison)
    for group in comparison["groups"]:
        yield from _numbers(group)
        yield from _confusion(group)
    for each in comparison["differences"]:
        yield _difference(each)
    yield from _matched(comparison.get("matched"))
    yield from _series(comparison.get("series"))
    for each in comparison.get("sensitivity") or ():
        yield from _sensitivity(each)


def _design(comparison: Record) -> Iterator[Record]:
    for group in comparison["groups"]:
        for measure in COUNTS:
            yield {"section": "design", "group": group["group"], "measure": measure, "value": group[measure]}
    for each in comparison.get("design") or ():
        for measure, value in each.items():
            if measure in (*COUNTS, "group") or value is None:
                continue
            if isinstance(value, Mapping):
                for part, number in value.items():
                    yield {"section": "design", "group": each["group"], "measure": f"{measure} {part}", "value": number}
            else:
                # A word among the numbers of ``value`` would make text of them all, in R as in pandas.
                column, shown = ("note", value) if isinstance(value, str) else ("value", value + 0)
                yield {"section": "design", "group": each["group"], "measure": measure, column: shown}


def _numbers(group: Record) -> Iterator[Record]:
    for section, numbers in (("share", group["shares"]), ("mean", group.get("means", ()))):
        for number in numbers:
            yield {
                **number,
                **_bounds(number["interval"]),
                "section": section,
                "group": group["group"],
                "measure": number.get("stance") or number["measure"],
                "value": number["estimate"],
            }


def _confusion(group: Record) -> Iterator[Record]:
    for target, table in (group.get("confusion") or {}).items():
        for label, row in table.items():
            for said, n in row.items():
                yield {
                    "section": "confusion",
                    "group": group["group"],
                    "other": said,
                    "target": target,
                    "measure": label,
                    "value": n,
                }


def _difference(each: Record) -> Record:
    return {
        **each,
        **_bounds(each["interval"]),
        "section": "difference",
        "group": each["a"],
        "other": each["b"],
        "measure": each["stance"],
        "population": "outlet",
        "value": each["estimate"],
    }


def _matched(matched: Record | None) -> Iterator[Record]:
    for each in matched["differences"] if matched else ():
        yield {
            "section": "matched",
            "group": each["a"],
            "other": each["b"],
            "target": each["target"],
            "measure": each["stance"],
            "population": "outlet",
            "n": sum(each["comments"]),
            "value": each["estimate"],
            **_bounds(each["interval"]),
            "raw": each["unadjusted"],
            "method": each.get("method"),
            "note": each.get("reason"),
        }


def _series(series: Record | None) -> Iterator[Record]:
    for point in series["points"] if series else ():
        for measure in ("net", "favor", "against"):
            number = point.get(measure) or {}
            yield {
                "section": "series",
                "group": point["group"],
                "target": point["target"],
                "measure": measure,
                "population": "outlet",
                "period": point["period"],
                "n": point["addressed"],
                "value": number.get("estimate"),
                **_bounds(number.get("interval")),
                "raw": number.get("raw"),
                "method": number.get("method"),
            }


def _sensitivity(each: Record) -> Iterator[Record]:
    named = {"section": "sensitivity", "group": each["group"], "target": each["target"], "measure": each["stance"]}
    yield {**named, "variant": "base", "value": each["base"]}
    for variant, found in each["variants"].items():
        yield {**named, "variant": variant, "value": found["share"], "n": found.get("n")}


def _bounds(interval: Any) -> Record:
    return {"low": interval[0], "high": interval[1]} if interval is not None else {}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return guard_cell(str(value)) if isinstance(value, str) else str(value)
