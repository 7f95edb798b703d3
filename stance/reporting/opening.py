"""Choose the findings and the next step that a page opens with; ``opening.txt`` puts them into sentences.

Findings are about exactly the comments that were read. Differences, changes and topics are about comments like these.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from stance.datamodels import FEWEST_AUDITED, Record, Stance, grouped
from stance.reporting.charts import largest
from stance.reporting.citations import reasons_without_use, use_of_labels
from stance.reporting.levels import Level, level_of, scored
from stance.reporting.plan import INTERNAL, awaited, next_step, plan
from stance.reporting.rendering import sentence, sentences
from stance.reporting.wording import exact_counts, set_apart

MOST_GAPS = 2
"""Maximum number of differences in a finding, and of changes; the comparison lists all."""

STEPS = ("labels", "model", "counts", "nothing")
"""Words: the forms of a finding, the best known first."""


class Scope(NamedTuple):
    """The comments that a page opens with, toward all targets.

    :param whole: Of all comments, which may be a single group; empty: they are not known together.
    :param groups: Of each group, group by group.
    :param apart: The same, if there are several groups.
    :param largest: The groups in the record of a finding, in the order of the comparison.
    """

    whole: Sequence[Level]
    groups: Sequence[Level]
    apart: Sequence[Level]
    largest: Sequence[Record]


def scope_of(comparison: Record, targets: Iterable[str]) -> Scope:
    """Find the levels of a comparison."""
    groups, is_single = comparison["groups"], len(comparison["groups"]) == 1
    total = groups[0] if is_single else comparison.get("whole")
    whole = [level_of(total, target, whole=True) for target in targets] if total else []
    apart = [] if is_single else [level_of(group, target) for group in groups for target in targets]
    # Maximum number of groups in the record of a finding, those with most comments.
    return Scope(whole, whole if is_single else apart, apart, largest(groups, 6))


def opening(comparison: Record, labels: Mapping[str, str]) -> Record:
    """Return the values of ``opening.html``: ``notes``, ``findings``, ``steps`` and their ``commands``.

    :param comparison: ``groups``, ``differences`` and ``by``; ``whole`` where it is known, ``command`` where typed.
    """
    # 1. Collect what is known toward each target.
    scope, change = scope_of(comparison, labels), asked_change(comparison)
    noun, tests = "outlet" if comparison["by"] == "outlet" else "group", comparison.get("differences") or ()
    facts = [finding_of(comparison, scope, target, labels[target]) for target in (labels if scope.largest else ())]
    gaps = [(of_target["gaps"][0], of_target["label"]) for of_target in facts if of_target["gaps"]]
    gap = max(gaps, key=lambda pair: abs(pair[0]["estimate"]), default=None)
    # 2. Write findings, what may be printed of them, and the next step.
    findings = [_finding_record(scope, of_target) for of_target in facts]
    printed = _printed(scope, labels, noun, None if scope.whole else gap)
    planned, advice = _advice(comparison, scope)
    values = _note_values(comparison, scope, labels) | {"advice": advice, "printed": printed, "noun": noun}
    largest_gap = sentence("opening.txt", "gap", *gap) if gap else ""
    told = sorted(zip(facts, findings, strict=True), key=lambda of: (STEPS.index(of[0]["kind"]), -of[0]["counted"]))
    changes = [test for name in ("slopes", "topics") for test in comparison.get(name) or ()]
    return {
        "lines": [finding | {"lead": sentence("opening.txt", "lead", of_target)} for of_target, finding in told],
        # The heading states the first: a difference, or the shares of all comments.
        "is_stated": not printed or bool(gap and not scope.whole) or not printed[0]["groups"],
        "ready": sentence("opening.txt", "ready", values),
        "printed": printed,
        "gap": largest_gap,
        "compared": sentence("opening.txt", "compared", largest_gap, _counted_tests(tests)[0], noun, change, labels),
        "findings": findings,
        "claims": grouped(claim for of_target in facts for claim in _claims(of_target)),
        "notes": sentences("opening.txt", "notes", values) if findings else [],
        "steps": sentences("opening.txt", "steps", advice, labels) if advice else [],
        "commands": advice["commands"] if advice else (),
        "plan": [{name: each[name] for name in each if name not in INTERNAL} for each in planned],
        "is_answered": bool(advice and advice.get("is_answered")),
        "level_of": level_of,
        "tests": _counted_tests([*tests, *changes]),
    }


def _finding_record(scope: Scope, facts: Record) -> Record:
    """Write the sentences of a finding, and the numbers that they state."""
    title, detail = (sentences("opening.txt", part, facts) for part in ("title", "detail"))
    levels = [_level_record(level) for level in facts["levels"] if level.whole or level.group in scope.largest]
    return {"target": facts["target"], "step": facts["kind"], "title": title[0], "detail": detail, "levels": levels}


def _level_record(level: Level) -> Record:
    """Return the numbers that the finding states of a group."""
    record = {"group": level.group["group"], "step": level.kind, "n": level.n, "labels": level.labelled}
    if not level.has_shares:
        return record | {"counts": dict(level.counts)}
    numbers = ("estimate", "interval", "method", "printed", "may_print")
    shares = {side: {name: share[name] for name in numbers} for side, share in level.shares.items()}
    return record | {"shares": shares, "ahead": level.ahead, "claim": "model_alone" if level.alone else None}


def _claims(facts: Record) -> Iterator[tuple[str, str]]:
    """Yield the sentences that claim a direction, after the group that each is about."""
    for level in facts["groups"]:
        if level.ahead:
            yield level.group["group"], sentence("opening.txt", "claim", level, facts["label"])
    for gap in facts["gaps"]:
        yield from ((gap[end], sentence("opening.txt", "gap", gap, facts["label"])) for end in "ab")


def _printed(scope: Scope, labels: Mapping[str, str], noun: str, gap: tuple[Record, str] | None) -> list[Record]:
    """Write the sentences that may be printed, each with the names of its ``groups`` (none: all comments).

    :param gap: A difference, and the label of its target.
    """
    printed = (
        [{"text": sentence("opening.txt", "gap", *gap, True), "groups": [gap[0]["a"], gap[0]["b"]]}] if gap else []
    )
    for part in (scope.whole, *grouped((level.group["group"], level) for level in scope.apart).values()):
        if levels := [level for level in part if level.may_print and level.n]:
            text = sentence("opening.txt", "to_print", levels, labels, noun)
            printed.append({"text": text, "groups": [] if levels[0].whole else [levels[0].group["group"]]})
    return printed


def _advice(comparison: Record, scope: Scope) -> tuple[list[Record], Record | None]:
    """Plan labels, and choose the next step; a public report asks for nothing."""
    if "public" in comparison:
        return [], None
    groups, questions = comparison["groups"], [*scope.whole, *(scope.apart if comparison["by"] == "outlet" else ())]
    # So few comments are all to be labelled, if all were scored.
    is_small = not any(group["not_covered"] for group in groups) and sum(map(scored, groups)) < FEWEST_AUDITED
    planned = [] if is_small else plan(comparison, questions)
    return planned, next_step(comparison, scope.groups, planned, awaited(comparison, questions))


def _note_values(comparison: Record, scope: Scope, labels: Mapping[str, str]) -> Record:
    """Collect the facts on labels that ``notes`` and ``ready`` of ``opening.txt`` state."""
    audit, is_few = comparison.get("audit") or {}, use_of_labels(comparison) == "few" and "public" not in comparison
    learned = audit.get("learned", 0)  # public: shares of few comments are left out
    groups = [(set_apart(group["group"]), group) for group in comparison["groups"]]
    groups += [("all comments", scope.whole[0].group)] if scope.whole and scope.apart else []
    sums = (comparison.get("totals") or {}).get("targets", ())
    return {
        "levels": scope.groups,
        "first": scope.whole or [level for level in scope.groups if level.group in scope.largest[:1]],
        "odd": [(name, (group.get("checks") or {}).get("labels_odd", [])) for name, group in groups],
        "named_by_persons": [labels[of["target"]] for of in sums if of.get("read_named") and exact_counts(of)],
        "unused": reasons_without_use(comparison),
        "learned": learned,
        "few": (audit.get("matched") or 0) - learned if is_few and not audit.get("odd") else 0,
    }


def asked_change(comparison: Record) -> Record | None:
    """Return the change that a comparison with an event or a trend opens with; None where neither was asked for.

    :return: ``kind`` (event or slope), ``tested`` and ``found`` tests; ``largest``, the largest change of net stance
        that was found, of all groups together where it is among them.
    """
    slopes = comparison.get("slopes") or ()
    kind = "event" if any(slope["kind"] == "event" for slope in slopes) else "slope"  # an event has trends beside it
    changes = [slope for slope in slopes if slope["kind"] == kind]
    if not changes:
        return None
    tested, significant = _counted_tests(changes)
    order = lambda slope: (slope["stance"] == "net", slope["group"] is None, abs(slope["estimate"]))  # noqa: E731
    largest = max(filter(_differs, changes), key=order, default=None)
    return {"kind": kind, "tested": tested, "found": significant, "largest": largest}


def with_claims(groups: Sequence[Record] | None, claims: Mapping[str, Sequence[str]]) -> list[Record]:
    """Add to each group the sentences that claim a direction of it."""
    return [{**group, "claims": claims.get(group["group"], [])} for group in groups or ()]


def finding_of(comparison: Record, scope: Scope, target: str, label: str) -> Record:
    """Collect the numbers of the finding on one target, which ``opening.txt`` states.

    :return: ``groups``: the levels of all groups; ``levels``: these, after that of all comments if several groups are
        known together; ``first`` levels, and the number of ``unnamed`` groups; ``gaps`` and ``changes``: the largest
        that were found, with the numbers of tests; ``detectable``: the smallest and the largest difference that a test
        would probably have found.
    """
    groups, levels = comparison["groups"], [level for level in scope.groups if level.target == target]
    total = [level for level in scope.whole if level.target == target] if scope.apart else []
    gaps, tested = _tests(comparison.get("differences"), target)
    changes, changes_tested = _tests([*(comparison.get("slopes") or ()), *(comparison.get("topics") or ())], target)
    sizes = [test["detectable"] for test in tested if test["stance"] != Stance.NEUTRAL and test.get("detectable")]
    all_levels = (*total, *levels)
    # Maximum number of groups in the title of a finding: first those with shares, of these first the labelled ones.
    first = sorted(levels, key=lambda of: (not of.has_shares, not of.is_labelled, -(of.group["comments"] or 0)))[:3]
    return {
        "target": target,
        "label": label,
        "counted": 0 if any(level.has_shares for level in all_levels) else sum(level.sided or 0 for level in levels),
        "levels": all_levels,
        "groups": levels,
        "kind": min((level.kind for level in all_levels), key=STEPS.index, default="nothing"),
        "scored": sum(map(scored, groups)),
        "is_asked": "public" in comparison or any(sum(group["counts"][target].values()) for group in groups),
        "by": comparison["by"],
        "first": total or first,
        "leads": [level for level in all_levels if level.is_tested or level.ahead],
        "is_public": "public" in comparison,
        "gaps": [_upright(gap) for gap in gaps[:MOST_GAPS]],
        "gaps_found": len(gaps),
        "tested": len({frozenset((test["a"], test["b"])) for test in tested}),
        "detectable": sizes,
        "changes": [change for change in changes if change["stance"] == "net" or change["kind"] == "topic"][:MOST_GAPS],
        "changes_found": len(changes),
        "changes_tested": len(changes_tested),
    }


def _differs(test: Record) -> bool:
    return test["verdict"] == "differ"


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
    low, high = gap["interval"]
    turned = {"a": gap["b"], "b": gap["a"], "estimate": -gap["estimate"], "interval": (-high, -low)}
    return gap if gap["estimate"] >= 0 else gap | turned
