"""Choose the findings and the next step that a page opens with; ``opening.txt`` puts them into sentences.

Findings are about exactly the comments that were read. Differences, changes and topics are about comments like these.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from stance.datamodels import FEWEST_AUDITED, Record, Stance, grouped
from stance.reporting.charts import largest
from stance.reporting.citations import use_of_labels, why_without_use
from stance.reporting.levels import Level, level_of, scored
from stance.reporting.plan import awaited, next_step, plan
from stance.reporting.rendering import sentence, sentences
from stance.reporting.wording import exact_counts, set_apart

MOST_GAPS = 2
"""Maximum number of differences in a finding, and of changes; the comparison lists all."""

STEPS = ("labels", "model", "counts", "nothing")
"""Words: the forms of a finding, the best known first."""


def opening(comparison: Record, labels: Mapping[str, str]) -> Record:
    """Return the values of ``opening.html``: ``notes``, ``findings``, ``steps`` and their ``commands``.

    :param comparison: ``groups``, ``differences`` and ``by``; ``whole`` where it is known, ``command`` where typed.
    """
    groups = comparison["groups"]
    total = groups[0] if len(groups) == 1 else comparison.get("whole")
    noun = "outlet" if comparison["by"] == "outlet" else "group"
    # Maximum number of groups in the record of a finding, those with most comments.
    largest_groups = largest(groups, 6)
    findings, lines, claims = list[Record](), list[Record](), list[tuple[str, str]]()
    tops: list[tuple[Record, str]] = []  # the largest difference toward each target, and its label
    for target, label in labels.items() if largest_groups else ():
        levels = [level_of(group, target, whole=group is total) for group in groups]
        of_all = [level_of(total, target, whole=True)] if total and len(groups) > 1 else []
        finding = finding_of(comparison, of_all, levels, target, label)
        title, detail = (sentences("opening.txt", part, finding) for part in ("title", "detail"))
        record = {"target": target, "step": finding["kind"], "title": title[0], "detail": detail}
        counted = sum(level.sided or 0 for level in levels) if finding["kind"] == "counts" else 0
        lines.append({**record, "lead": sentence("opening.txt", "lead", finding), "counted": counted})
        tops += [(largest_gap, label) for largest_gap in finding["gaps"][:1]]
        listed = [*of_all, *(level for level in levels if level.group in largest_groups)]
        findings.append(record | {"levels": [level.to_record() for level in listed]})
        ahead = (level for level in levels if level.ahead)
        claims += ((level.group["group"], sentence("opening.txt", "claim", level, label)) for level in ahead)
        claims += ((gap[to], sentence("opening.txt", "gap", gap, label)) for gap in finding["gaps"] for to in "ab")
    levels = [level_of(group, target) for group in groups for target in labels]
    opened = [total] if total else largest_groups[:1]
    first = [level_of(group, target, whole=group is total) for group in opened for target in labels]
    of_groups = () if len(groups) == 1 else levels
    parts = [*([first] if total else []), *grouped((level.group["group"], level) for level in of_groups).values()]
    printable = [chosen for part in parts if (chosen := [level for level in part if level.may_print and level.n])]
    printed = [
        {
            "text": sentence("opening.txt", "to_print", part, labels, noun),
            "groups": [level.group["group"] for level in part[:1] if not level.whole],
        }
        for part in printable
    ]
    questions = [*(first if total else []), *(levels if len(groups) > 1 and comparison["by"] == "outlet" else [])]
    # So few comments are all to be labelled, if all were scored.
    is_small = not any(group["not_covered"] for group in groups) and sum(map(scored, groups)) < FEWEST_AUDITED
    planned = [] if is_small or "public" in comparison else plan(comparison, questions)
    advice = None if "public" in comparison else next_step(comparison, levels, planned, awaited(comparison, questions))
    tests = [test for name in ("differences", "slopes", "topics") for test in comparison.get(name) or ()]
    odd = [(set_apart(group["group"]), group["checks"]["labels_odd"]) for group in groups if group.get("checks")]
    if total and len(groups) > 1:
        odd.append(("all comments", (total.get("checks") or {}).get("labels_odd", [])))
    top, label = max(tops, key=lambda pair: abs(pair[0]["estimate"]), default=(None, ""))
    gap = sentence("opening.txt", "gap", top, label) if top else ""
    if top and not total:
        words = gap.replace("comments like these", "comments like these, not readers")
        printed.insert(0, {"text": words, "groups": [top["a"], top["b"]]})
    values: Record = {"levels": levels, "first": first, "labels": labels, "advice": advice, "noun": noun, "odd": odd}
    audit = comparison.get("audit") or {}
    learned = audit.get("learned", 0)  # public: shares of few comments are left out
    is_few = use_of_labels(comparison) == "few" and not audit.get("odd") and "public" not in comparison
    sums = (comparison.get("totals") or {}).get("targets", ())
    exact = [labels[row["target"]] for row in sums if row.get("read_named") and exact_counts(row)]
    values["named_by_persons"], values["without_use"] = exact, why_without_use(comparison)
    values |= {"learned": learned, "few": ((audit.get("matched") or 0) - learned) * is_few, "printed": printed}
    pairs, tested = _counted_tests(comparison.get("differences"))[0], _counted_tests(tests)
    return {
        "lines": sorted(lines, key=lambda line: (STEPS.index(line["step"]), -line["counted"])),
        # The heading states the first: a difference, or the shares of all comments.
        "is_stated": bool(gap and not total) or all(level.whole for level in chain(*printable[:1])),
        "ready": sentence("opening.txt", "ready", values),
        "printed": printed,
        "gap": gap,
        "compared": sentence("opening.txt", "compared", gap, pairs, noun, asked_change(comparison, labels)),
        "findings": findings,
        "claims": grouped(claims),
        "notes": sentences("opening.txt", "notes", values) if findings else [],
        "steps": sentences("opening.txt", "steps", advice, labels) if advice else [],
        "commands": advice["commands"] if advice else (),
        "plan": [{name: each[name] for name in each if name not in ("commands", "alike")} for each in planned],
        "is_answered": bool(advice and advice.get("is_answered")),
        "use": use_of_labels(comparison),
        "level_of": level_of,
        "tests": tested,
    }


def asked_change(comparison: Record, labels: Mapping[str, str]) -> Record | None:
    """Return the change that a comparison with an event or a trend opens with; None where neither was asked for.

    :return: ``kind`` (event or slope), ``tested`` and ``found`` tests; ``largest``, the largest change of net stance
        that was found, of all groups together where it is among them, and the ``label`` of its target.
    """
    slopes = comparison.get("slopes") or ()
    kind = "event" if any(slope["kind"] == "event" for slope in slopes) else "slope"  # an event has trends beside it
    changes = [slope for slope in slopes if slope["kind"] == kind]
    if not changes:
        return None
    tested, significant = _counted_tests(changes)
    order = lambda slope: (slope["stance"] == "net", slope["group"] is None, abs(slope["estimate"]))  # noqa: E731
    largest = max(filter(_differs, changes), key=order, default=None)
    label = largest and labels[largest["target"]]
    return {"kind": kind, "tested": tested, "found": significant, "largest": largest, "label": label}


def with_claims(groups: Sequence[Record] | None, claims: Mapping[str, Sequence[str]]) -> list[Record]:
    """Add to each group the sentences that claim a direction of it."""
    return [{**group, "claims": claims.get(group["group"], [])} for group in groups or ()]


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
    sizes = [test["detectable"] for test in tested if test["stance"] != Stance.NEUTRAL and test.get("detectable")]
    all_levels, numbers = (*total, *levels), [level.n for level in levels]
    # Maximum number of groups in the title of a finding: first those with shares, of these first the labelled ones.
    first = sorted(levels, key=lambda of: (not of.has_shares, not of.is_labelled, -(of.group["comments"] or 0)))[:3]
    return {
        "label": label,
        "noun": "outlet" if comparison["by"] == "outlet" else "group",
        "kind": min((level.kind for level in all_levels), key=STEPS.index, default="nothing"),
        "comments": sum(group["comments"] or 0 for group in groups),
        "scored": sum(map(scored, groups)),
        "is_covered": all(group["not_covered"] == 0 for group in groups),
        "is_asked": "public" in comparison or any(sum(group["counts"][target].values()) for group in groups),
        "wider": comparison["by"].rpartition(",")[0],  # groups of fewer columns
        "first": total or first,
        "unnamed": 0 if total else len(groups) - len(first),
        "addressed": None if None in numbers else sum(n or 0 for n in numbers),
        "thin": 0 if total or first[0].has_shares else len(groups),
        "leads": [level for level in all_levels if level.is_tested or level.ahead],
        "alone": [level for level in all_levels if level.alone and "public" not in comparison],
        "dominated": [level for level in levels if level.doubt and level.kind == "labels"],
        "gaps": [_upright(gap) for gap in gaps[:MOST_GAPS]],
        "gaps_left": max(0, len(gaps) - MOST_GAPS),
        "tested": len({frozenset((test["a"], test["b"])) for test in tested}),
        "detectable": [min(sizes), max(sizes)] if sizes else None,
        "changes": [change for change in changes if change["stance"] == "net" or change["kind"] == "topic"][:MOST_GAPS],
        "changes_found": len(changes),
        "changes_tested": len(changes_tested),
    }


def _differs(test: Record) -> bool:
    return bool(test["verdict"] == "differ")


def _counted_tests(tests: Iterable[Record] | None) -> list[int]:
    """Count the tests that were made, and those that found something."""
    verdicts = [test["verdict"] for test in tests or ()]
    return [len(verdicts) - verdicts.count("not_tested"), verdicts.count("differ")]


def _tests(tests: Iterable[Record] | None, target: str) -> tuple[list[Record], list[Record]]:
    """Return the tests toward a target that found something, the largest first, and all of them."""
    done = [test for test in tests or () if test["target"] == target and test["verdict"] != "not_tested"]
    return sorted(filter(_differs, done), key=lambda test: -abs(test["estimate"])), done


def _upright(gap: Record) -> Record:
    """Return a difference from the side of the larger share."""
    if gap["estimate"] >= 0:
        return gap
    low, high = gap["interval"]
    return {**gap, "a": gap["b"], "b": gap["a"], "estimate": -gap["estimate"], "interval": (-high, -low)}
