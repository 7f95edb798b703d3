"""Choose the findings and the next step that a page opens with; ``opening.txt`` puts them into sentences.

Findings are about exactly the comments that were read. Differences, changes and topics are about comments like these.
"""

from collections.abc import Iterable, Mapping, Sequence

from stance.datamodels import Record, Stance, grouped
from stance.reporting.charts import largest
from stance.reporting.citations import use_of_labels
from stance.reporting.levels import Level, level_of, scored
from stance.reporting.plan import next_step, plan
from stance.reporting.rendering import sentence, sentences
from stance.reporting.wording import set_apart

MOST_LEVELS = 6
"""Maximum number of groups in the record of a finding, those with most comments."""

MOST_NAMED = 3
"""Maximum number of groups in the title of a finding: those with shares first, then those with most comments."""

MOST_GAPS = 2
"""Maximum number of differences in a finding, and of changes; the comparison lists all."""

STEPS = ("labels", "model", "counts", "nothing")
"""Words: the forms of a finding, the best known first."""


def opening(comparison: Record, labels: Mapping[str, str]) -> Record:
    """Return the values of ``opening.html``: ``notes``, ``findings``, ``steps`` and their ``commands``.

    :param comparison: ``groups``, ``differences`` and ``by``; ``whole`` where it is known, ``command`` where typed.
    """
    groups, whole = comparison["groups"], comparison.get("whole")
    if len(groups) == 1:
        whole = groups[0]
    shown = largest(groups, MOST_LEVELS)
    found, lines, tops, claims = list[Record](), list[Record](), list[tuple[float, str]](), list[tuple[str, str]]()
    for target, label in labels.items() if shown else ():
        levels = [level_of(group, target, whole=group is whole) for group in groups]
        total = [level_of(whole, target, whole=True)] if whole and len(groups) > 1 else []
        finding = finding_of(comparison, total, levels, target, label)
        title, detail = (sentences("opening.txt", part, finding) for part in ("title", "detail"))
        record = {"target": target, "step": finding["kind"], "title": title[0], "detail": detail}
        lines.append({**record, "lead": sentence("opening.txt", "lead", finding)})
        tops += [(abs(gap["estimate"]), sentence("opening.txt", "gap", gap, label)) for gap in finding["gaps"][:1]]
        named = [each for each in levels if each.group in shown]
        found.append(record | {"levels": [each.to_record() for each in (*total, *named)]})
        claims += ((own.group["group"], sentence("opening.txt", "claim", own, label)) for own in levels if own.ahead)
        claims += ((gap[to], sentence("opening.txt", "gap", gap, label)) for gap in finding["gaps"] for to in "ab")
    levels = [level_of(group, target) for group in groups for target in labels]
    first = [level_of(group, of, whole=group is whole) for group in ([whole] if whole else shown[:1]) for of in labels]
    asked = [*(first if whole else []), *(levels if len(groups) > 1 and comparison["by"] == "outlet" else [])]
    planned = [] if "public" in comparison else plan(comparison, asked)
    advice = None if "public" in comparison else next_step(comparison, levels, planned)
    tests = [each for name in ("differences", "slopes", "topics") for each in comparison.get(name) or ()]
    noun = "outlet" if comparison["by"] == "outlet" else "group"
    odd = [(set_apart(each["group"]), each["checks"]["labels_odd"]) for each in groups if each.get("checks")]
    if whole and len(groups) > 1:
        odd.append(("all comments", (whole.get("checks") or {}).get("labels_odd", [])))
    whys = {each.why_untested for each in levels}
    gap = max(tops, default=(0.0, ""))[1]
    values: Record = {"levels": levels, "first": first, "labels": labels, "advice": advice, "noun": noun, "odd": odd}
    audit = comparison.get("audit") or {}
    learned, is_few = audit.get("learned", 0), use_of_labels(comparison) == "few" and not audit.get("odd")
    is_few &= "public" not in comparison  # there, shares of few comments are left out
    few = ((audit.get("matched") or 0) - learned) * is_few
    values |= {"learned": learned, "few": few, "gap": "" if whole else gap}
    pairs = _counted_tests(comparison.get("differences"))[0]
    tested, change = _counted_tests(tests), asked_change(comparison, labels)
    ready = sentence("opening.txt", "ready", values)
    return {
        "lines": sorted(lines, key=lambda each: STEPS.index(each["step"])),
        "is_ready": bool(values["gap"]) or any(each.may_print for each in first),
        "ready": ready,
        "printed": ready[start:end] if (start := ready.find("“") + 1) and (end := ready.rfind("”")) > 0 else "",
        "gap": gap,
        "compared": sentence("opening.txt", "compared", gap, pairs, noun, change),
        "findings": found,
        "claims": grouped(claims),
        "notes": sentences("opening.txt", "notes", values) if found else [],
        "steps": sentences("opening.txt", "steps", advice, labels) if advice else [],
        "commands": advice["commands"] if advice else (),
        "plan": [{name: each[name] for name in each if name != "commands"} for each in planned],
        "use": use_of_labels(comparison),
        "level_of": level_of,
        "tests": tested,
        "untested": sorted(filter(None, whys)) if len(groups) > 1 else [],
    }


def asked_change(comparison: Record, labels: Mapping[str, str]) -> Record | None:
    """Return the change that a comparison with an event or a trend opens with; None where neither was asked for.

    :return: ``kind`` (event or slope), ``tested`` and ``found`` tests; ``largest``, the largest change of net stance
        that was found, of all groups together where it is among them, and the ``label`` of its target.
    """
    slopes = comparison.get("slopes") or ()
    kind = "event" if any(each["kind"] == "event" for each in slopes) else "slope"  # an event has trends beside it
    changes = [each for each in slopes if each["kind"] == kind]
    if not changes:
        return None
    tested, found = _counted_tests(changes)
    order = lambda each: (each["stance"] == "net", each["group"] is None, abs(each["estimate"]))  # noqa: E731
    largest = max(filter(_differs, changes), key=order, default=None)
    label = largest and labels[largest["target"]]
    return {"kind": kind, "tested": tested, "found": found, "largest": largest, "label": label}


def with_claims(groups: Sequence[Record] | None, claims: Mapping[str, Sequence[str]]) -> list[Record]:
    """Add to each group the sentences that claim a direction of it."""
    return [{**each, "claims": claims.get(each["group"], [])} for each in groups or ()]


def finding_of(comparison: Record, total: Sequence[Level], levels: Sequence[Level], target: str, label: str) -> Record:
    """Collect the numbers of the finding on one target, which ``opening.txt`` states.

    :param total: All comments, where they are several groups and the whole is known.
    :param levels: Of all groups.
    :return: ``first`` levels, and the number of ``unnamed`` groups; ``gaps`` and ``changes``: the largest that were
        found, with the numbers of tests; ``detectable``: the smallest and the largest difference that a test would
        probably have found.
    """
    groups = comparison["groups"]
    gaps, tested = _tests(comparison.get("differences"), target)
    changes, changes_tested = _tests([*(comparison.get("slopes") or ()), *(comparison.get("topics") or ())], target)
    sizes = [each["detectable"] for each in tested if each["stance"] != Stance.NEUTRAL and each.get("detectable")]
    kinds, numbers = [each.kind for each in (*total, *levels)], [each.n for each in levels]
    named = sorted(levels, key=lambda each: (not each.has_shares, -(each.group["comments"] or 0)))[:MOST_NAMED]
    return {
        "label": label,
        "noun": "outlet" if comparison["by"] == "outlet" else "group",
        "kind": min(kinds, key=STEPS.index, default="nothing"),
        "comments": sum(group["comments"] or 0 for group in groups),
        "scored": sum(map(scored, groups)),
        "is_covered": all(group["not_covered"] == 0 for group in groups),
        "is_asked": "public" in comparison or any(sum(each["counts"][target].values()) for each in groups),
        "first": total or named,
        "unnamed": 0 if total else len(groups) - len(named),
        "addressed": None if None in numbers else sum(n or 0 for n in numbers),
        "thin": 0 if total or named[0].has_shares else len(groups),
        "leads": [each for each in (*total, *levels) if each.is_tested or each.ahead],
        "alone": [each for each in (*total, *levels) if each.alone and "public" not in comparison],
        "dominated": [each for each in levels if each.doubt and each.kind == "labels"],
        "gaps": [_upright(each) for each in gaps[:MOST_GAPS]],
        "gaps_left": max(0, len(gaps) - MOST_GAPS),
        "tested": len({frozenset((each["a"], each["b"])) for each in tested}),
        "detectable": [min(sizes), max(sizes)] if sizes else None,
        "changes": [each for each in changes if each["stance"] == "net" or each["kind"] == "topic"][:MOST_GAPS],
        "changes_found": len(changes),
        "changes_tested": len(changes_tested),
    }


def _differs(test: Record) -> bool:
    return bool(test["verdict"] == "differ")


def _counted_tests(tests: Iterable[Record] | None) -> list[int]:
    """Count the tests that were made, and those that found something."""
    verdicts = [each["verdict"] for each in tests or ()]
    return [len(verdicts) - verdicts.count("not_tested"), verdicts.count("differ")]


def _tests(tests: Iterable[Record] | None, target: str) -> tuple[list[Record], list[Record]]:
    """Return the tests toward a target that found something, the largest first, and all of them."""
    done = [each for each in tests or () if each["target"] == target and each["verdict"] != "not_tested"]
    return sorted(filter(_differs, done), key=lambda each: -abs(each["estimate"])), done


def _upright(gap: Record) -> Record:
    """Return a difference from the side of the larger share."""
    if gap["estimate"] >= 0:
        return gap
    low, high = gap["interval"]
    return {**gap, "a": gap["b"], "b": gap["a"], "estimate": -gap["estimate"], "interval": (-high, -low)}
