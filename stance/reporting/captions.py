"""Describe a comparison: a caption for each picture, and the methods section, computed from the record.

A caption that could stand under any picture says nothing. These name the extremes, count the verdicts, and say among
which comments; they stand in ``comparison.json`` too. The methods section claims no more than the record holds: steps
that were not done in a run are not described, or are said to be missing.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from stance.datamodels import FEWEST_COMMENTS, counted, grouped
from stance.reporting.charts import Forest, ForestRow, Trends, net_points, percent, points, side_of_zero
from stance.reporting.rendering import SIDE_WORDS, STANCE_WORDS, TEMPLATES, day, group_names, language_name, render
from stance.resources import VERSION

LONGEST_NAME = 60
"""Maximum number of characters of a group's name inside a sentence."""

MOST_NAMED = 12
"""Maximum number of groups named in the methods section; more are counted."""

ADDITIVE = ("outlet", "document")
"""An article has one of each: only there are the groups' articles, summed, the articles."""

OVERLAPPING = ("target", "model", "via")
"""One comment may have several of each: the groups' comments, summed, count it more than once."""

Record = Mapping[str, Any]

_DIRECTIONS = {ord(mark): None for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"}

# Parts of sentences ---------------------------------------------------------------------------------------------------


def name(group: str) -> str:
    """Set a name apart from the sentence around it, whatever its length and direction of writing."""
    shown = " ".join(group.translate(_DIRECTIONS).split())
    return f"\u2068{shown if len(shown) <= LONGEST_NAME else shown[: LONGEST_NAME - 1] + '…'}\u2069"


def use_of_labels(comparison: Record) -> str:
    """Return the effect of the audit labels on shares: ``correct`` some, are ``few``, or of no comment: ``none``."""
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    if any(share["method"] == "ppi" and share["population"] == "outlet" for share in shares):
        return "correct"
    return "few" if (comparison.get("audit") or {}).get("matched") else "none"


def keep_percent_together(text: str) -> str:
    """Keep a number and its percent sign on one line."""
    return text.replace(" %", "\u00a0%")


def listing(parts: Sequence[str]) -> str:
    """Join parts of a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def among(comparison: Record) -> str:
    """Write among which comments a statement holds: “Among 431 comments on 12 articles dated ...”."""
    groups, by, design = comparison["groups"], comparison["by"], comparison.get("design") or ()
    comments = counted(sum(group["comments"] for group in groups), "comment")
    place = f" on {counted(sum(group['articles'] for group in groups), 'article')}" if by in ADDITIVE else ""
    firsts, lasts = ([each[end][:10] for each in design if each.get(end)] for end in ("first", "last"))
    dates = ""
    if firsts and lasts:
        first, last = min(firsts), max(lasts)
        dates = f" dated {day(first)}" + (f" to {day(last)}" if last != first else "")
    return f"Among {'the comments' if by in OVERLAPPING else comments}{place}{dates}"


def model_line(model: str) -> str:
    """Name the model and the version of this package."""
    return f"Model {model}, stance {VERSION}."


def source_line(comparison: Record, labels: Mapping[str, str]) -> str:
    """Write the sources of a chart: the comments, how shares were estimated, model and version."""
    few = any(group["comments"] is None for group in comparison["groups"])
    start = "Small counts are withheld" if few else among(comparison).removeprefix("Among ")
    how = {
        "correct": "corrected by audit labels",
        "few": "from means of the model's probabilities, or from audit labels alone",
        "none": "from means of the model's probabilities: sampling error only; classifier error not included",
    }[use_of_labels(comparison)]
    unsure = [labels[target] for target in unsure_targets(comparison)]
    needed = f" Shares toward {listing(unsure)} need labels by persons." if unsure else ""
    return keep_percent_together(f"{start}. 95 % intervals, {how}.{needed} {model_line(comparison['model']['name'])}")


def unsure_targets(comparison: Record) -> list[str]:
    """Return the targets with uncorrected shares for which the model's probabilities are not known to hold."""
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    shown = {each["target"] for each in shares if each["method"] in ("model", "none") and each["n"] >= FEWEST_COMMENTS}
    return [target for target in comparison["model"]["needs_labels"] if target in shown]


# Captions -------------------------------------------------------------------------------------------------------------


def design_caption(comparison: Record) -> str:
    """Describe how many comments there are, and how unevenly they are distributed."""
    groups = comparison["groups"]
    most, least = (find(groups, key=lambda group: group["comments"]) for find in (max, min))
    smallest = counted(least["comments"], "comment")
    sizes = f", from {smallest} of {name(least['group'])} to {most['comments']:,} of {name(most['group'])}"
    if most["comments"] == least["comments"]:
        sizes = f", each of {smallest}" if len(groups) > 1 else ""
    small = sum(group["articles"] < 5 for group in groups)
    floor = f" {counted(small, 'group has', 'groups have')} fewer than five articles: counts only." if small else ""
    twice = " A text posted twice counts twice."
    return f"{among(comparison)}: {counted(len(groups), 'group')}{sizes}.{twice}{floor}{_languages_apart(comparison)}"


def _languages_apart(comparison: Record) -> str:
    """Say where groups are mostly of different languages, in which a model does not err alike."""
    known = ((each["group"], each.get("languages")) for each in comparison.get("design") or ())
    mostly = grouped((max(counts, key=counts.__getitem__), group) for group, counts in known if counts)
    if comparison["by"] == "language" or len(mostly) < 2:
        return ""
    parts = [f"{language_name(code)} ({counted(len(groups), 'group')})" for code, groups in mostly.items()]
    return f" Most comments of a group are in {listing(parts)}: a difference may be one of how the model errs in each."


def forest_caption(comparison: Record, forest: Forest, label: str) -> str:
    """Describe which groups lean where, how sure that is, and how far the audit labels moved them."""
    rows = [row for row in forest.rows if row.is_drawn]
    addressing = sum(group["addressed"].get(forest.target, 0) for group in comparison["groups"])
    start = f"{counted(addressing, 'comment addresses', 'comments address')} {label}"
    start += ", as the model counted." if any(map(_is_corrected, rows)) else "."
    if not rows:
        if forest.population == "outlet" or comparison["audit"]:
            return f"{start} No group has enough of them, on enough articles, for an interval."
        return f"{start} Without audit labels, shares in this sample have no interval."
    ends = [find(rows, key=lambda row: _net(row)["estimate"]) for find in (max, min)]
    places = [f"{net_points(_net(row)['estimate'])} points in {name(row.group['group'])}" for row in ends]
    span = f"net stance goes from {places[0]} to {places[1]}" if len(rows) > 1 else f"net stance is {places[0]}"
    among_which = "Of comments like these" if forest.population == "outlet" else "In this sample"
    return f"{start} {among_which}, {span}; {_sides(rows)}.{_moved(rows)}"


def _sides(rows: Sequence[ForestRow]) -> str:
    """Count on which side of zero intervals lie."""
    words = {"against": "below zero", "favor": "above zero", "both": "on both sides of zero"}
    sides = Counter(side_of_zero(_net(row)["interval"]) for row in rows)
    if len(rows) == 1:
        return f"its interval is {words[next(iter(sides))]}"
    if len(sides) == 1:
        return f"all {len(rows):,} intervals are {words[next(iter(sides))]}"
    parts = [f"{counted(sides[side], 'is', 'are')} {where}" for side, where in words.items() if sides[side]]
    return f"of {len(rows):,} intervals, {listing(parts)}"


def _moved(rows: Sequence[ForestRow]) -> str:
    """Describe how far the audit labels moved net stance at most."""
    if not (moved := [row for row in rows if _is_corrected(row)]):
        return " Not corrected: a model that errs more in one group moves its mark by as much."
    most = max(moved, key=lambda row: abs(_net(row)["estimate"] - _net(row)["raw"]))
    net, by_labels = _net(most), any(_net(row)["method"] == "labels" for row in moved)
    what = "Labels" if by_labels else "Correction by the audit labels"
    if abs(net["estimate"] - net["raw"]) < 0.5:
        return f" {what} moved no mark by a point."
    how = "by labels alone" if net["method"] == "labels" else "corrected"
    before, after = net_points(net["raw"]), net_points(net["estimate"])
    return f" {what} moved {name(most.group['group'])} most: counted {before}, {how} {after}."


def _net(row: ForestRow) -> Record:
    return row.cells[0].number


def _is_corrected(row: ForestRow) -> bool:
    return _net(row)["method"] in ("ppi", "labels")


def differences_caption(comparison: Record, labels: Mapping[str, str]) -> str:
    """Count the verdicts, and name the largest difference that was found."""
    counts = Counter(each["verdict"] for each in comparison["differences"])
    tested = [each for each in comparison["differences"] if each["verdict"] != "not_tested"]
    if not tested:
        return f"{counted(counts['not_tested'], 'pair of shares', 'pairs of shares')}, none tested."
    caption = (
        f"Of {counted(len(tested), 'test')}, {counts['differ']:,} found a difference;"
        f" in {counts['cannot_tell_apart']:,} there is no significant difference;"
        f" {counts['not_tested']:,} more were not tested."
    )
    if found := [each for each in tested if each["verdict"] == "differ"]:
        most = max(found, key=lambda each: abs(each["estimate"]))
        gap = f"{points(most['estimate'])} points"
        caption += f" The largest: {_of(most, labels)}, {name(most['a'])} {gap} to {name(most['b'])}."
    sizes = sorted(abs(each["detectable"] or 0.0) for each in tested)
    gaps = [points(size).lstrip("+−") for size in sizes]
    span = f"{gaps[0]} points up"
    if gaps[0] != gaps[-1]:
        span = f"{gaps[0]} to {gaps[-1]} points up, depending on the pair,"
    return f"{caption} Gaps from {span} would probably have been found."


def _of(share: Record, labels: Mapping[str, str]) -> str:
    return f"{STANCE_WORDS[share['stance']]} toward {labels[share['target']]}"


def matched_caption(matched: Record, labels: Mapping[str, str]) -> str:
    """Describe how much of the gaps is left once groups are matched."""
    known = [each for each in matched["differences"] if each["estimate"] is not None]
    refused = len(matched["differences"]) - len(known)
    on = listing(matched["on"])
    if not known:
        return f"No pair has enough in common on {on}: there is no matched comparison."
    pairs = [(each["unadjusted"] or 0.0, each["estimate"]) for each in known]
    smaller = sum(abs(after) < abs(before) for before, after in pairs)
    turned = sum(after * before < 0 for before, after in pairs)
    most = max(known, key=lambda each: abs(each["estimate"] - (each["unadjusted"] or 0.0)))
    caption = (
        f"Matched on {on}, {smaller:,} of {counted(len(known), 'gap')} become smaller and {turned:,} turn round."
        f" Matching moves most toward {labels[most['target']]}, {STANCE_WORDS[most['stance']]}: {name(most['a'])}"
        f" beside {name(most['b'])} goes from {points(most['unadjusted'] or 0.0)} to {points(most['estimate'])} points."
    )
    if bounded := [each for each in known if each["interval"] is not None]:
        zero = sum(side_of_zero(each["interval"]) == "both" for each in bounded)
        caption += f" Zero lies inside {zero:,} of {counted(len(bounded), 'matched interval')}."
    if len(bounded) < len(known):
        caption += " Where labels do not correct both groups, a matched gap has no interval."
    return caption + (f" {counted(refused, 'gap has', 'gaps have')} too little in common." if refused else "")


def trends_caption(trends: Trends, unit: str, label: str) -> str:
    """Describe how much of the time is known, and between which values the net stance moved."""
    shown = [(panel.group, point) for panel in trends.panels for point in panel.points]
    dots = [(group, point) for group, point in shown if (point.get("net") or {}).get("interval") is not None]
    few = sum(len(panel.few) for panel in trends.panels)
    all_points = counted(len(shown), f"group and {unit} holds", f"groups and {unit}s hold")
    caption = f"Toward {label}, {len(dots):,} of {all_points} enough comments and articles for a share"
    if not dots:
        return f"{caption}."
    corrected = sum(dot.is_corrected for panel in trends.panels for dot in panel.dots)
    caption += f", {few:,} too few." if few else "."
    caption += f" {counted(corrected, 'of them is', 'of them are') if corrected else 'None is'} corrected by labels."
    (group, low), (other, high) = (find(dots, key=lambda each: each[1]["net"]["estimate"]) for find in (min, max))
    least, most = (net_points(point["net"]["estimate"]) for point in (low, high))
    if low is high:
        return f"{caption} That is {name(group)} in {low['period']}, {least} points."
    return (
        f"{caption} The lowest net stance is {name(group)} in {low['period']} ({least} points), the highest"
        f" {name(other)} in {high['period']} ({most})."
    )


def confusion_caption(label: str, table: Mapping[str, Mapping[str, int]]) -> str:
    """Describe how often the model agrees with the labels."""
    whole = sum(sum(row.values()) for row in table.values())
    same = sum(row.get(stance, 0) for stance, row in table.items())
    said = f": {same:,} of {counted(whole, 'label')} as the model says ({percent(same / whole)})" if whole else ""
    return f"{label}{said}"


# Methods section ------------------------------------------------------------------------------------------------------


def discourse_findings(record: Record, labels: Mapping[str, str]) -> list[str]:
    """Write the significant results of a discourse: one sentence each on copies, words, answers and pairs.

    :param record: ``discourse`` of ``summary.json``.
    :return: Nothing where nothing is significant.
    """
    sentences = []
    if bursts := record["copies"].get("bursts"):
        most = record["copies"]["groups"][0]
        sentences.append(
            f"{counted(bursts, 'copied text')} came faster than the times of the other comments on the same pages"
            f" explain{', the largest' if bursts > 1 else ''}: {counted(most['comments'], 'comment')} by"
            f" {counted(most['authors'], 'author')}, {day(most['first'])} to {day(most['last'])}."
        )
    if compared := [each for each in record["words"] if each["significant"]]:
        pairs = [(each, term) for each in compared for term in each["terms"]]
        each, term = max(pairs, key=lambda pair: abs(pair[1]["z"]))
        group, others = map(name, group_names(each, labels))
        sentences.append(
            f"Words differ significantly in {len(compared):,} of {counted(len(record['words']), 'comparison')}, most"
            f" clearly “{name(term['term'])}” ({group}: {term['authors']:,} of {each['size']['authors']:,} authors;"
            f" {others}: {term['other_authors']:,} of {each['other_size']['authors']:,})."
        )
    if cells := [each for each in record["replies"] if each["significant"]]:
        most = max(cells, key=lambda cell: cell["ratio"])
        writers, answered = (SIDE_WORDS[most[end]] for end in ("from", "to"))
        sentences.append(
            f"{counted(len(cells), 'reply pattern is', 'reply patterns are')} significant"
            f"{', most clearly' if len(cells) > 1 else ''}: comments {writers} {labels[most['target']]} answer comments"
            f" {answered} it {'more' if most['observed'] > most['expected'] else 'less'} often than expected"
            f" ({most['observed']:,} answers, {most['expected']:.1f} expected)."
        )
    if pairs := record["pairs"]:
        sentences.append(
            f"{counted(len(pairs), 'pair of authors answers', 'pairs of authors answer')} each other more often than"
            f" expected{', most clearly' if len(pairs) > 1 else ''}: {pairs[0]['answers']:,} answers,"
            f" {pairs[0]['expected']:.1f} expected."
        )
    return sentences


def methods_text(comparison: Record, labels: Mapping[str, str]) -> list[str]:
    """Write the methods section: paragraphs of plain text.

    :param comparison: The record that the page is drawn from.
    :param labels: Target -> label, in the order in which they are shown.
    """
    groups, matched = comparison["groups"], comparison.get("matched") or {}
    named = [name(group["group"]) for group in groups[:MOST_NAMED]]
    named += [f"{len(groups) - MOST_NAMED:,} more"] if len(groups) > MOST_NAMED else []
    chances = [chance for group in groups for chance in (group.get("drawn") or {}).values()]
    ends = (f"{end(each[at] for each in chances):.2g}" for at, end in enumerate((min, max)) if chances)
    topic = f"topic ({counted(matched.get('clusters') or 0, 'cluster')} of the articles' words)"
    on = [topic if each == "topic" and matched.get("clusters") else each for each in matched.get("on", ())]
    values = {
        "record": {"audit": None, "series": None, **comparison},
        "labels": labels,
        "version": VERSION,
        "among": among(comparison),
        "named": named,
        "unnamed": sum(group["without_author"] for group in groups),
        "not_tested": [labels[target] for target in comparison["model"]["not_tested"]],
        "use": use_of_labels(comparison),
        "people": [name(each) for each in (comparison.get("audit") or {}).get("annotators") or ()],
        "drawn": " to ".join(dict.fromkeys(ends)),
        "used": _methods_used(comparison),
        "tested": sum(each["verdict"] != "not_tested" for each in comparison["differences"]),
        "matched": {**matched, "on": on} if matched.get("differences") else None,
        "name": name,
        "count": counted,
        "listing": listing,
    }
    text = "".join(render("methods.txt", values))
    paragraphs = [" ".join(line for line in part.splitlines() if line) for part in text.split("\n\n")]
    return [keep_percent_together(each) for each in (*paragraphs, " ".join(_provenance(comparison))) if each]


def _methods_used(comparison: Record) -> str:
    """Count the shares of groups and targets by the method of estimation."""
    used = Counter(
        number["method"]
        for group in comparison["groups"]
        for number in group.get("means", ())
        if number["population"] == "outlet" and number["measure"] == "net"
    )
    words = {
        "ppi": "corrected by 50 labels or more (difference estimator, prediction-powered inference with λ = 1)",
        "labels": "estimated from fewer labels alone",
        "model": "left as means of the model's probabilities, without a label",
        "none": "not estimated, for want of articles or comments",
    }
    parts = [f"{counted(used[method], 'was', 'were')} {text}" for method, text in words.items() if used[method]]
    whole = counted(used.total(), "stance of a group toward a target", "stances of a group toward a target")
    return f"Of {whole}, {listing(parts)}." if parts else ""


def _provenance(comparison: Record) -> Iterator[str]:
    if digests := comparison.get("digests"):
        yield f"Digests: {listing([f'{of} {digest}' for of, digest in digests.items() if digest])}."
    if comparison.get("seed") is not None:
        yield f"Seed: {comparison['seed']}."
    if comparison.get("command"):
        yield f"Command: {comparison['command']}"


def references(comparison: Record) -> list[str]:
    """List the sources of the methods that the record holds results of."""
    methods = {share["method"] for group in comparison["groups"] for share in group["shares"]}
    tested = any(each["verdict"] != "not_tested" for each in comparison["differences"])
    matched = comparison.get("matched") or {}
    used = {
        "correction": "ppi" in methods,
        "clusters": methods - {"none"},
        "effective": methods & {"model", "labels"},
        "holm": tested,
        "freedom": tested,
        "corpus": methods & {"ppi", "labels"},
        "matched": matched.get("differences"),
        "topics": matched.get("clusters"),
        "alpha": (comparison.get("audit") or {}).get("agreement"),
    }
    known = json.loads((TEMPLATES / "references.json").read_text(encoding="utf-8"))
    return sorted(known[source] for source, is_used in used.items() if is_used)


def citation(model: str) -> list[str]:
    """Return how to cite the program: a line, and the same as BibTeX."""
    title = "stance: stance of reader comments toward named targets, with intervals"
    plain = "".join(each for each in model if each.isalnum() or each in "@._-:/")
    return [
        f"The stance authors. {title} (version {VERSION}; model {plain}) [Computer software].",
        f"@software{{stance, author = {{{{The stance authors}}}}, title = {{{title}}}, version = {{{VERSION}}},"
        f" note = {{model {plain}}}}}",
    ]
