"""What each picture of a comparison says, in a sentence that is computed from what is drawn.

A caption that could stand under any picture says nothing. These name the extremes, count the verdicts, and say among
which comments; they stand in ``comparison.json`` too, so that whoever redraws a picture has them.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stance.reporting.forest import Forest, ForestRow, MatrixCell, lean
from stance.reporting.pages import day, percent, points
from stance.reporting.trends import Trends
from stance.reporting.wording import STANCE_WORDS

LONGEST_NAME = 60
"""Characters of a group's name inside a sentence."""

ADDITIVE = ("outlet", "document")
"""What an article has one of: only there are the groups' articles, summed, the articles."""

OVERLAPPING = ("target", "model", "via")
"""What one comment may have several of: the groups' comments, summed, count it more than once."""

Record = Mapping[str, Any]

_DIRECTIONS = {ord(mark): None for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}


def name(group: str) -> str:
    """Set a name apart from the sentence around it, whatever its length and direction of writing."""
    shown = " ".join(group.translate(_DIRECTIONS).split())
    return f"\u2068{shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + '…'}\u2069"


def use_of_labels(comparison: Record) -> str:
    """Say what the audit labels do for the shares: ``correct`` some, are ``few``, or of no comment: ``none``."""
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    if any(share["method"] == "ppi" and share["population"] == "outlet" for share in shares):
        return "correct"
    return "few" if (comparison.get("audit") or {}).get("matched") else "none"


def count(n: int, one: str, many: str) -> str:
    """Write a number with its noun."""
    return f"{n:,} {one if n == 1 else many}"


def unbroken(text: str) -> str:
    """Keep a number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")


def listing(parts: Sequence[str]) -> str:
    """Join parts of a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def dates(design: Iterable[Record]) -> str:
    """Say from when to when the comments are; nothing where no date is known."""
    known = list(design)
    firsts = [each["first"] for each in known if each.get("first")]
    lasts = [each["last"] for each in known if each.get("last")]
    if not firsts or not lasts:
        return ""
    first, last = min(firsts)[:10], max(lasts)[:10]
    return f" dated {day(first)}" + (f" to {day(last)}" if last != first else "")


def among(comparison: Record) -> str:
    """Say among which comments all of this is so: “Among 431 comments on 12 articles dated ...”."""
    groups, by = comparison["groups"], comparison["by"]
    comments = None if by in OVERLAPPING else sum(group["comments"] for group in groups)
    articles = sum(group["articles"] for group in groups) if by in ADDITIVE else None
    words = "Among the comments" if comments is None else f"Among {count(comments, 'comment', 'comments')}"
    place = "" if articles is None else f" on {count(articles, 'article', 'articles')}"
    return words + place + dates(comparison.get("design") or ())


def design_caption(comparison: Record) -> str:
    """Say how many comments there are, and how unevenly they lie."""
    groups = comparison["groups"]
    most = max(groups, key=lambda group: group["comments"])
    least = min(groups, key=lambda group: group["comments"])
    smallest = count(least["comments"], "comment", "comments")
    sizes = f" from {smallest} of {name(least['group'])} to {most['comments']:,} of {name(most['group'])}"
    if most["comments"] == least["comments"]:
        sizes = f" each of {smallest}" if len(groups) > 1 else ""
    small = sum(group["articles"] < 5 for group in groups)
    floor = f" {count(small, 'group has', 'groups have')} fewer than five articles: counts only." if small else ""
    return f"{among(comparison)}: {count(len(groups), 'group', 'groups')},{sizes}.".replace(",.", ".") + floor


def forest_caption(comparison: Record, forest: Forest, label: str) -> str:
    """Say who leans where, how sure that is, and what the audit labels moved."""
    rows = [row for row in forest.rows if row.is_drawn]
    addressing = sum(group["addressed"].get(forest.target, 0) for group in comparison["groups"])
    whom = "Of comments like these" if forest.population == "outlet" else "Of exactly these comments"
    start = f"{among(comparison)}, {addressing:,} {'addresses' if addressing == 1 else 'address'} {label}"
    corrected = any(_is_corrected(row) for row in rows)
    of_all = "shares by labels" if any(_is_alone(row) for row in rows) else "corrected shares"
    scored = " scored ones" if any(group["without_stance"].get(forest.target) for group in comparison["groups"]) else ""
    start += f", as the model counted; {of_all} are of all{scored} that do, also those it missed." if corrected else "."
    if not rows:
        few = "No group has enough of them, on enough articles, for an interval."
        uncorrected = "Without audit labels, shares of exactly these comments have no interval."
        return f"{start} {few if forest.population == 'outlet' or comparison['audit'] else uncorrected}"
    nets = [row.cells[0].number for row in rows]
    return f"{start} {whom}, {_span_of_nets(rows)}; {_sides(nets)}.{_moved(rows)}"


def _span_of_nets(rows: Sequence[ForestRow]) -> str:
    """Name the groups with the highest and the lowest net stance."""
    places = [
        f"{points(row.cells[0].number['estimate'])} points in {name(row.group['group'])}" for row in (rows[0], rows[-1])
    ]
    return f"net stance goes from {places[0]} to {places[1]}" if len(rows) > 1 else f"net stance is {places[0]}"


def _sides(nets: Sequence[Record]) -> str:
    """Count on which side of zero intervals lie."""
    words = {"against": "below zero", "favor": "above zero", "both": "on both sides of zero"}
    if len(nets) == 1:
        return f"its interval lies {words[lean(nets[0]['interval'])]}"
    sides = Counter(lean(net["interval"]) for net in nets)
    parts = [f"{sides[side]:,} {where}" for side, where in words.items() if sides[side]]
    return f"of {len(nets):,} intervals, there lie {listing(parts)}"


def _moved(rows: Sequence[ForestRow]) -> str:
    """Say how far the audit labels moved net stance at most."""
    moved = [row for row in rows if _is_corrected(row)]
    if not moved:
        return " Not corrected: a model that errs more in one group moves its mark by as much."
    most = max(moved, key=lambda row: abs(_shift(row.cells[0].number)))
    number = most.cells[0].number
    what = "Labels" if any(map(_is_alone, moved)) else "Correction by the audit labels"
    if abs(_shift(number)) < 0.005:
        return f" {what} moved no mark by a point."
    return (
        f" {what} moved {name(most.group['group'])} most: counted"
        f" {points(number['raw'])}, {'by labels alone' if _is_alone(most) else 'corrected'}"
        f" {points(number['estimate'])}."
    )


def _is_corrected(row: ForestRow) -> bool:
    return row.cells[0].number["method"] in ("ppi", "labels")


def _is_alone(row: ForestRow) -> bool:
    return bool(row.cells[0].number["method"] == "labels")


def _shift(number: Record) -> float:
    return float(number["estimate"] - number["raw"])


def matrix_caption(cells: Iterable[MatrixCell]) -> str:
    """Count what the cells of the matrix say."""
    counts = Counter(cell.lean for cell in cells)
    words = {
        "against": ("leans", "lean", "against (the whole interval below zero)"),
        "favor": ("leans", "lean", "in favor (the whole interval above zero)"),
        "both": ("has", "have", "zero inside the interval"),
        "few": ("holds", "hold", "too few comments or articles for an interval (hatched)"),
        "none": ("holds", "hold", "no comment that addresses the target"),
    }
    parts = [f"{count(counts[kind], one, many)} {rest}" for kind, (one, many, rest) in words.items() if counts[kind]]
    return f"Of {count(sum(counts.values()), 'cell', 'cells')}, {listing(parts)}." if parts else "There is no cell."


def differences_caption(comparison: Record, labels: Mapping[str, str]) -> str:
    """Count the verdicts, and name the largest difference that was found."""
    counts = Counter(each["verdict"] for each in comparison["differences"])
    tested = [each for each in comparison["differences"] if each["verdict"] != "not_tested"]
    if not tested:
        return f"{count(counts['not_tested'], 'pair of shares', 'pairs of shares')}, none tested."
    told = (
        f"Of {count(len(tested), 'test', 'tests')}, {counts['differ']:,} found a difference;"
        f" in {counts['cannot_tell_apart']:,} the two cannot be told apart;"
        f" {counts['not_tested']:,} more were not tested."
    )
    found = [each for each in tested if each["verdict"] == "differ"]
    if found:
        most = max(found, key=lambda each: abs(each["estimate"]))
        told += (
            f" The largest: {STANCE_WORDS[most['stance']]} toward {labels[most['target']]}, {name(most['a'])}"
            f" {points(most['estimate'])} points to {name(most['b'])}."
        )
    gaps = [plain(each["detectable"]) for each in sorted(tested, key=lambda each: each["detectable"] or 0.0)]
    same = gaps[0] == gaps[-1]
    span = f"{gaps[0]} points up" if same else f"{gaps[0]} to {gaps[-1]} points up, depending on the pair,"
    return f"{told} Gaps from {span} would probably have been found."


def plain(gap: float) -> str:
    """Write a size in points, without a sign."""
    return points(abs(gap)).lstrip("+−")


def matched_caption(matched: Record, labels: Mapping[str, str]) -> str:
    """Say how much of the gaps is left once like is set beside like."""
    known = [each for each in matched["differences"] if each["estimate"] is not None]
    refused = len(matched["differences"]) - len(known)
    if not known:
        return f"No pair has enough in common on {listing(matched['on'])}: nothing is compared like with like."
    smaller = sum(abs(each["estimate"]) < abs(each["unadjusted"] or 0.0) for each in known)
    turned = sum(each["estimate"] * (each["unadjusted"] or 0.0) < 0 for each in known)
    bounded = [each for each in known if each["interval"] is not None]
    zero = sum(lean(each["interval"]) == "both" for each in bounded)
    most = max(known, key=lambda each: abs(each["estimate"] - (each["unadjusted"] or 0.0)))
    told = (
        f"Matched on {listing(matched['on'])}, {smaller:,} of {count(len(known), 'gap', 'gaps')} become smaller and"
        f" {turned:,} turn round."
        f" Matching moves most toward {labels[most['target']]}, {STANCE_WORDS[most['stance']]}: {name(most['a'])}"
        f" beside {name(most['b'])} goes from {points(most['unadjusted'] or 0.0)} to {points(most['estimate'])} points."
    )
    if bounded:
        told += f" Zero lies inside {zero:,} of {count(len(bounded), 'matched interval', 'matched intervals')}."
    if len(bounded) < len(known):
        told += " Where labels do not correct both groups, a matched gap has no interval."
    return told + (f" {count(refused, 'gap has', 'gaps have')} too little in common." if refused else "")


def trends_caption(trends: Trends, unit: str, label: str) -> str:
    """Say how much of the time is known, and between what the net stance moved."""
    dots = [(panel.group, point) for panel in trends.panels for point in panel.points if _has_net(point)]
    few = sum(len(panel.few) for panel in trends.panels)
    whole = sum(len(panel.points) for panel in trends.panels)
    start = f"Toward {label}, {len(dots):,} of {count(whole, f'group and {unit} holds', f'groups and {unit}s hold')}"
    if not dots:
        return f"{start} enough comments and articles for a share."
    low = min(dots, key=lambda each: each[1]["net"]["estimate"])
    high = max(dots, key=lambda each: each[1]["net"]["estimate"])
    told = f"{start} enough comments and articles for a share"
    told += f", {few:,} too few." if few else "."
    corrected = sum(dot.is_corrected for panel in trends.panels for dot in panel.dots)
    told += f" {count(corrected, 'of them is', 'of them are') if corrected else 'None is'} corrected by labels."
    if low is high:
        return f"{told} That is {name(low[0])} in {low[1]['period']}, {points(low[1]['net']['estimate'])} points."
    return (
        f"{told} The lowest net stance is {name(low[0])} in {low[1]['period']} ({points(low[1]['net']['estimate'])}"
        f" points), the highest {name(high[0])} in {high[1]['period']} ({points(high[1]['net']['estimate'])})."
    )


def _has_net(point: Record) -> bool:
    return (point.get("net") or {}).get("interval") is not None


def sensitivity_caption(rows: Iterable[Record], labels: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Name the choice that moves a share most, with and without the lexicon, which measures something else."""
    moves = [
        (abs(variant["share"] - base), row, kind, variant["share"])
        for row in rows
        for kind, variant in row["variants"].items()
        for base in (row["base"],)
        if base is not None and variant["share"] is not None
    ]
    told = []
    for chosen, start in (
        ([move for move in moves if move[2] != "vader"], "Of all choices"),
        ([move for move in moves if move[2] == "vader"], "In place of the model, VADER"),
    ):
        if chosen:
            most = max(chosen, key=lambda move: move[0])
            _, row, kind, share = most
            what = f"“{words.get(kind, kind)}” moves a share most" if kind != "vader" else "moves a share by up to this"
            told.append(
                f"{start} {what}: {STANCE_WORDS[row['stance']]} toward {labels[row['target']]} in {name(row['group'])},"
                f" from {percent(row['base'])} to {percent(share)}."
            )
    return " ".join(told) or "No choice could be varied."


def confusion_caption(label: str, table: Mapping[str, Mapping[str, int]]) -> str:
    """Say how often the model agrees with the labels."""
    whole = sum(sum(row.values()) for row in table.values())
    same = sum(row.get(stance, 0) for stance, row in table.items())
    return (
        f"{label}: {same:,} of {count(whole, 'label', 'labels')} as the model says ({percent(same / whole)})"
        if whole
        else label
    )
