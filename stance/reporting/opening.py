"""Write the opening of a page: a finding and the differences for each target, and the next step with its price.

A group's comments are told by the best that is known of them: shares that labels correct, for comments like these or
for exactly these; else the model's estimate with the range of its errors on other comments; counts where they are few.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import product
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

from stance.datamodels import FEWEST_SHARED, SIDES, Stance, counted
from stance.reporting.captions import keep_percent_together, listing, name, unsure_targets, use_of_labels
from stance.reporting.charts import largest, percent
from stance.reporting.rendering import STANCE_WORDS

Record = Mapping[str, Any]

MOST_LEVELS = 6
"""Maximum number of groups in a finding, those with most comments."""

MOST_NAMED = 3
"""Maximum number of groups whose shares are in the title of a finding; those of all stand below it."""

MOST_GAPS, MOST_MORE = 2, 3
"""Maximum number of differences in a finding, and of further pairs that it names; the comparison lists all."""

LABELS_OF_LEAN = 50
"""Minimum number of labels that correct the shares of a group."""

LABELS_OF_DIFFERENCE = 150
"""Number of labels of each group that a comparison needs: with fewer, gaps of half the comments are missed."""

LABELS_A_MINUTE = 50 / 12

STRATA = ("outlet", "month", "document")
"""Words of ``--by`` that ``stance sample --stratify`` also knows."""

STORE_ENDINGS = (".db", ".sqlite")

MOST_INPUTS = 3
"""Maximum number of inputs that a command to copy repeats."""

METHODS = {
    "ppi": "Labels by persons correct these shares",
    "labels": "These shares are of labels by persons alone, too few to correct the model",
}

EXPLAINED = "A 95 % interval shows how sure a share is: about 95 of 100 such intervals hold the true share."

_TOLD = (Stance.AGAINST, Stance.FAVOR)
_AT = {"outlet": "at", "group": "in"}
_ADDRESSING = "comment addresses it", "comments address it"


class Step(IntEnum):
    """How much is known of a group's comments toward a target."""

    NOTHING = 0  # none addresses it
    COUNTS = 1  # too few for shares
    MODEL = 2  # the model's estimate
    THESE = 3  # corrected by labels, for exactly these comments
    LIKE_THESE = 4  # corrected by labels, for comments like these


@dataclass(frozen=True, slots=True)
class Level:
    """The knowledge of one group's comments toward a target."""

    group: Record
    target: str
    step: Step
    shares: Mapping[Stance, Record]
    whole: bool  # the group is all comments

    @property
    def n(self) -> int | None:
        """Comments that address the target, by the model's labels; None: withheld."""
        return self.group["addressed"].get(self.target, 0)

    @property
    def labelled(self) -> int:
        """Comments with a label toward the target."""
        return (self.group.get("labelled") or {}).get(self.target) or 0

    @property
    def counts(self) -> Mapping[str, int | None]:
        """Comments by stance: by labels where all have one, else by the model."""
        if not self.is_read:
            return self.group["counts"][self.target]
        table = self.group["confusion"][self.target]
        return {stance: sum(row.values()) for stance, row in table.items()}

    @property
    def is_read(self) -> bool:
        """Return whether persons labelled all its comments, each text once."""
        known = self.labelled and self.target in (self.group.get("confusion") or {})
        return bool(known and self.labelled >= (self.group.get("texts") or self.group["comments"] or 0))

    @property
    def name(self) -> str:
        """The group's name, set apart."""
        return name(self.group["group"])

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead where labels make that sure; the test allows for the number of targets."""
        population = "corpus" if self.step is Step.THESE else "outlet"
        means = [each for each in self.group.get("means") or () if each["population"] == population]
        nets = {each["target"]: each for each in means if each["measure"] == "net" and each["interval"]}
        if self.step < Step.THESE or (net := nets.get(self.target)) is None:
            return None
        widened = NormalDist().inv_cdf(1 - 0.025 / len(nets)) / NormalDist().inv_cdf(0.975)  # Bonferroni
        reach = abs(net["interval"][net["estimate"] < 0] - net["estimate"])  # of the end that is nearer to zero
        if abs(net["estimate"]) <= max(1e-6, widened * reach):
            return None
        return Stance.AGAINST if net["estimate"] < 0 else Stance.FAVOR

    @property
    def larger(self) -> Stance | None:
        """The side with the larger share; None: they are equal."""
        against, favor = (self.shares[side]["estimate"] for side in _TOLD)
        return None if against == favor else Stance.AGAINST if against > favor else Stance.FAVOR

    def to_record(self) -> dict[str, Any]:
        """Return the numbers that the finding states of the group."""
        record = {"group": self.group["group"], "step": self.step.name.lower(), "n": self.n, "labels": self.labelled}
        if self.step is Step.COUNTS:
            return record | {"counts": dict(self.counts)}
        numbers = ("estimate", "interval", "method")
        shares = {str(side): {name: share[name] for name in numbers} for side, share in self.shares.items()}
        return record | {"shares": shares if self.step > Step.COUNTS else {}, "ahead": self.ahead}


def scored(group: Record) -> int:
    """Count the comments of a group that the model scored."""
    return max(0, (group["comments"] or 0) - (group["not_covered"] or 0))


def labelable(group: Record) -> int:
    """Count the comments of a group that can be labelled: those that the model scored, each text once."""
    return min(scored(group), group.get("texts") or scored(group))


def level_of(group: Record, target: str, *, whole: bool = False) -> Level:
    """Find the most that is known of a group's comments toward a target."""
    by_population: dict[str, dict[Stance, Record]] = {"outlet": {}, "corpus": {}}
    for share in group["shares"]:
        if share["target"] == target and share["population"] in by_population:
            by_population[share["population"]][Stance(share["stance"])] = share
    found = Level(group, target, Step.NOTHING, by_population["outlet"], whole)
    for population, step in (("outlet", Step.LIKE_THESE), ("corpus", Step.THESE)):
        shares = by_population[population]
        if len(shares) == len(SIDES) and all(
            each["method"] in ("ppi", "labels") and each["interval"] for each in shares.values()
        ):
            few = (group["comments"] or 0) < FEWEST_SHARED  # all of them can be read
            return Level(group, target, Step.COUNTS if few else step, shares, whole)
    if found.n == 0:
        return found
    step = Step.COUNTS if (found.n or 0) < FEWEST_SHARED or len(found.shares) < len(SIDES) else Step.MODEL
    return Level(group, target, step, found.shares, whole)


# Findings -------------------------------------------------------------------------------------------------------------


def opening(comparison: Record, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of ``opening.html``: ``notes``, ``findings``, ``steps`` and their ``commands``.

    :param comparison: ``groups``, ``differences`` and ``by``; ``command`` where it was typed.
    """
    groups = comparison["groups"]
    shown = largest(groups, MOST_LEVELS)
    findings = []
    for target, label in labels.items():
        levels = [level_of(group, target, whole=len(groups) == 1) for group in shown]
        if levels:
            findings.append(finding(comparison, levels, target, label))
    levels = [level_of(group, target) for group in groups for target in labels]
    methods = [found.pop("method") for found in findings]
    notes = [each for each in methods[0] if all(each in of for of in methods)] if len(methods) > 1 else []
    for found, method in zip(findings, methods, strict=True):
        found["detail"] = [*(each for each in method if each not in notes), *found["detail"]]
    if any(each.step >= Step.THESE for each in levels):
        notes.append(keep_percent_together(EXPLAINED))
    steps, commands = ((), ()) if "public" in comparison else next_steps(comparison, levels)
    return {
        "findings": findings,
        "notes": notes,
        "steps": [keep_percent_together(each) for each in steps],
        "commands": commands,
        "use": use_of_labels(comparison),
        "unsure": unsure_targets(comparison),
    }


def finding(comparison: Record, levels: Sequence[Level], target: str, label: str) -> dict[str, Any]:
    """Write the finding on one target.

    :param levels: Of the groups with most comments.
    :return: ``target``; ``step``, the name of the best-known group's; ``title``, a sentence; ``method`` and ``detail``,
        sentences; ``levels``, the numbers of each group.
    """
    best = max(each.step for each in levels)
    told = [each for each in levels if each.step == best]
    noun: str = "outlet" if comparison["by"] == "outlet" else "group"
    sides: Sequence[Stance] = _TOLD
    method: list[str] = []
    detail: list[str] = []
    if best is Step.NOTHING:
        title = _nothing(comparison["groups"], levels, label, noun)
    elif best is Step.COUNTS:
        title, method = _counts(told, label)
    else:
        sides = sides_told(comparison, told, target)
        told.sort(key=lambda each: -each.shares[sides[0]]["estimate"])
        start = f"Toward {label}" + (", by the model’s estimate" if best is Step.MODEL else "")
        title = f"{start}{_whole(told[0]) if len(told) == 1 else _by_group(comparison, told, sides, noun)}."
        is_model = best is Step.MODEL
        method = [_uncorrected(comparison, target, sides, label)] if is_model else [*_corrected(told, noun)]
        detail = [] if is_model else [*_sure(told, sides, noun)]
    detail += gaps(comparison, target, sides, noun)
    if best >= Step.MODEL:
        detail += _listed(told, sides)
        lacks: dict[str, list[str]] = {}
        for each in levels:
            if Step.NOTHING < each.step < best:
                n = "" if each.n is None else f" ({counted(each.n, *_ADDRESSING)})"
                lacks.setdefault(_lack(each, best), []).append(f"{each.name}{n}")
        detail += (f"Left out for lack of {what}: {listing(parts)}." for what, parts in lacks.items())
    more = len(comparison["groups"]) - len(levels)
    if more > 0 and best > Step.NOTHING:
        detail.append(f"{counted(more, f'smaller {noun} is', f'smaller {noun}s are')} below.")
    record: dict[str, Any] = {"target": target, "step": best.name.lower(), "title": keep_percent_together(title)}
    record |= {"method": [*map(keep_percent_together, method)], "detail": [*map(keep_percent_together, detail)]}
    return record | {"levels": [each.to_record() for each in levels]}


def sides_told(comparison: Record, levels: Sequence[Level], target: str) -> tuple[Stance, ...]:
    """Choose the sides that a finding is about: that of the largest difference, or ahead in all groups; else both."""
    if len(levels) == 1:
        return _TOLD
    if found := _found(comparison, target, *_TOLD):
        return (Stance(found[0]["stance"]),)
    against, favor = ([each.shares[side]["estimate"] for each in levels] for side in _TOLD)
    if all(one > other for one, other in zip(against, favor, strict=True)):
        return (Stance.AGAINST,)
    return (Stance.FAVOR,) if all(one < other for one, other in zip(against, favor, strict=True)) else _TOLD


def _lack(level: Level, best: Step) -> str:
    """Name the lack that keeps a group out of the sentence on better known ones."""
    if best is Step.MODEL or (level.group["comments"] or 0) < FEWEST_SHARED:
        return "comments"
    return "articles" if level.step is Step.THESE and level.labelled >= LABELS_OF_LEAN else "labels"


def _nothing(groups: Sequence[Record], levels: Sequence[Level], label: str, noun: str) -> str:
    """Write that no comment addresses a target, of those that are known."""
    total = sum(group["comments"] or 0 for group in groups)
    if any(level_of(group, levels[0].target).step for group in groups):
        return f"No comment of the {len(levels)} largest {noun}s addresses {label}."
    if all(group["not_covered"] == 0 for group in groups):
        return f"No comment addresses {label}."
    if not any(map(scored, groups)):
        return f"The model scored none of the {total:,} comments."
    return f"No comment that the model scored addresses {label}."


def _counts(levels: Sequence[Level], label: str) -> tuple[str, list[str]]:
    """Write counts of sides in place of shares."""
    parts, hidden = [], False
    for each in levels:
        counts, place = each.counts, "" if each.whole else f" of {each.name}"
        if None in (counts[side] for side in SIDES):
            hidden = True
            continue
        sides = [f"{counts[side]:,} as {STANCE_WORDS[side]}" for side in (*_TOLD, Stance.NEUTRAL) if counts[side]]
        n = sum(counts[side] or 0 for side in SIDES)
        what = "different texts" if each.is_read and each.labelled < each.group["comments"] else "comments"
        who = "persons read" if each.is_read else "the model reads"
        if n > 1:
            parts.append(f"of the {n:,} {what}{place} that address it, {who} {listing(sides)}")
        else:
            only = f"the one comment{place} that addresses it {sides[0].removeprefix('1 ')}" if n else ""
            parts.append(f"{who} {only}" if n else f"no comment{place} addresses it")
    detail = ["Counts under five are withheld."] if hidden else []
    if not parts:
        return f"Few comments address {label}.", detail
    if not all(each.is_read for each in levels):
        detail.insert(0, "There are too few comments for percentages, and the model may be wrong about any of them.")
    return f"Toward {label}: {'; '.join(parts)}.", detail


def _whole(level: Level) -> str:
    """Write the shares of one group."""
    is_model = level.step is Step.MODEL
    n = f"{level.n:,} " if is_model and level.n is not None else ""
    against, favor = (percent(level.shares[side]["estimate"]) for side in _TOLD)
    shares = f"{against} are against and {favor} in favor"
    if level.ahead:
        shares += f"; {'more are' if level.step is Step.THESE else 'they lean'} {STANCE_WORDS[level.ahead]}"
    elif not is_model:
        shares += "; which side is ahead is not sure"
    return f": of the {n}comments{'' if level.whole else f' of {level.name}'} that address it, {shares}"


def _by_group(comparison: Record, levels: Sequence[Level], sides: Sequence[Stance], noun: str) -> str:
    """Write the shares of sides in each group; of more than a few, in two that differ, or where a side is ahead."""
    side, shares = sides[0], [[percent(each.shares[side]["estimate"]) for side in sides] for each in levels]
    ahead = _where_ahead(levels, noun, len(comparison["groups"]))
    unsure = f"{ahead}: " if levels[0].step >= Step.THESE and not any(each.ahead for each in levels) else ""
    if len(levels) > MOST_NAMED:
        by_name = {each.group["group"]: own[0] for each, own in zip(levels, shares, strict=True)}
        for gap in _found(comparison, levels[0].target, side):
            if {gap["a"], gap["b"]} <= by_name.keys():
                first = f"{by_name[gap['a']]} {_owned(gap['a'], noun)} are {STANCE_WORDS[side]}"
                return f", {noun}s differ: {first}, {by_name[gap['b']]} {_owned(gap['b'], noun, again=True)}"
        return f": {ahead}"
    parts: list[str] = []
    for each, own in zip(levels, shares, strict=True):
        of = _owned(each.group["group"], noun, again=bool(parts))
        if len(sides) == 1:
            parts.append(f"{own[0]} {of}{'' if parts else f' are {STANCE_WORDS[side]}'}")
        else:
            parts.append(f"{of}, {' and '.join(own)}" if parts else f"{of}, {own[0]} are against and {own[1]} in favor")
    if len(sides) == 1:
        return f": {listing(parts)}"
    return f": {unsure}{'; '.join(parts)}"


def _where_ahead(levels: Sequence[Level], noun: str, groups: int) -> str:
    """Count the groups in which a side is ahead: by labels for sure, else by the model's estimate."""
    is_sure, at = levels[0].step >= Step.THESE, _AT[noun]
    counts = {side: sum((each.ahead if is_sure else each.larger) is side for each in levels) for side in _TOLD}
    n, rest = len(levels), len(levels) - sum(counts.values())
    of = f"{f'the {n} largest' if n == MOST_LEVELS < groups else n} {noun}s"
    if not any(counts.values()):
        return f"it is not sure {at} any {noun} which side is ahead" if is_sure else f"the sides are even {at} all {of}"
    parts: list[str] = []
    for side, other in sorted((_TOLD, _TOLD[::-1]), key=lambda each: -counts[each[0]]):
        if counts[side]:
            where = f"all {of}" if counts[side] == n else f"{counts[side]} of {of}" if not parts else f"{counts[side]}"
            more = "more" if parts else "more comments"
            parts.append(f"{more} are {STANCE_WORDS[side]} than {STANCE_WORDS[other]} {at} {where}")
    others = f"{at} the other" + f" {rest}" * (rest > 1)
    return " and ".join(parts) + (f"; {others} {'that is not sure' if is_sure else 'as many'}" if rest else "")


def _owned(group: str, noun: str, *, again: bool = False) -> str:
    """Name the comments of a group that address a target."""
    if noun == "outlet":
        return f"of {name(group)}’s" + ("" if again else " comments that address it")
    return f"of those in {name(group)}" if again else f"of the comments in {name(group)} that address it"


def _uncorrected(comparison: Record, target: str, sides: Sequence[Stance], label: str) -> str:
    """Write how far the model's shares of the sides lay from those of labels on other comments."""
    errors = comparison["model"].get("share_errors") or {}
    found = errors.get(target) or errors.get("")
    if not found:
        return "No labels correct this estimate, and how far such estimates are off was not measured."
    ranges = []
    for side in sides:
        low, high = (round(end) for end in found[str(side)])
        ends = [f"{-low} points too low" if low < 0 else "right", f"{high} points too high" if high > 0 else "right"]
        ranges.append(f"“{STANCE_WORDS[side]}” was between {' and '.join(ends)}")
    toward = f" toward {label}" if target in errors else ""
    sets = f"On {found['sets']:,} other sets of labelled comments{toward}, its share of {listing(ranges)}."
    return f"No labels correct this estimate. {sets}"


def _listed(levels: Sequence[Level], sides: Sequence[Stance]) -> Iterator[str]:
    """List the shares of groups with their intervals and the number of comments that address the target."""
    rows: list[str] = []
    corrected = levels[0].step >= Step.THESE
    for each in levels:
        of = [each.shares[side] for side in sides]
        own = [percent(share["estimate"]) + (f" ({_range(share['interval'])})" if corrected else "") for share in of]
        n = [] if each.n is None else [f"{each.n:,}" if rows else counted(each.n, *_ADDRESSING)]
        rows.append(f"{'' if each.whole else f'{each.name} '}{', '.join([' and '.join(own), *n])}")
    words = " and ".join(STANCE_WORDS[side] for side in sides).capitalize()
    if len(levels) > 1 or corrected:
        yield f"{words}{' (95 % interval)' if corrected else ''}: {'; '.join(rows)}."


def _corrected(levels: Sequence[Level], noun: str) -> Iterator[str]:
    """Write how many labels correct the shares, and for which comments these hold."""
    for method, words in METHODS.items():
        own = [each for each in levels if each.shares[_TOLD[0]]["method"] == method]
        numbers = [f"{each.labelled:,} of {each.name}" for each in own]
        if len(own) == len(levels) and len({each.labelled for each in own}) == 1:
            numbers = [f"{own[0].labelled:,}{'' if len(own) == 1 else f' of each {noun}'}"]
        if numbers:
            yield f"{words}: {listing(numbers)}."
    if levels[0].step is Step.THESE:
        yield "This holds for exactly these comments: for others like them there are too few articles or labels."


def _sure(levels: Sequence[Level], sides: Sequence[Stance], noun: str) -> Iterator[str]:
    """Write at which of several groups a side is ahead for sure."""
    sure, at = list[str](), _AT[noun]
    leads = [(each.ahead or each.larger, "surely" if each.ahead else "perhaps") for each in levels]
    for how, (side, other) in product(("surely", "perhaps"), (_TOLD, _TOLD[::-1])):
        if places := [each.name for each, lead in zip(levels, leads, strict=True) if lead == (side, how)]:
            where = f"every {noun}" if len(places) == len(levels) else listing(places)
            than = "" if sure else f" than {STANCE_WORDS[other]}"
            sure.append(f"{at} {where}, more are {how} {STANCE_WORDS[side]}{than}")
    if len(levels) > 1 and sure and (len(sides) == 1 or any(each.ahead for each in levels)):  # else the title says so
        yield f"{sure[0][0].upper()}{'; '.join(sure)[1:]}."


def _range(interval: Sequence[float]) -> str:
    low, high = (f"{100 * end:.0f}" for end in interval)
    return f"{low} to {high} %"


def _found(comparison: Record, target: str, *sides: Stance) -> list[Record]:
    """Return the differences that were found, the largest first, each from the side of the larger share."""
    own = [each for each in comparison["differences"] if each["target"] == target and each["verdict"] == "differ"]
    return sorted((_upright(each) for each in own if each["stance"] in sides), key=lambda each: -each["estimate"])


def gaps(comparison: Record, target: str, sides: Sequence[Stance], noun: str) -> Iterator[str]:
    """Write the differences of groups toward a target, each once; or how large a difference would have been found."""
    own = [each for each in comparison["differences"] if each["target"] == target]
    tested = [each for each in own if each["verdict"] != "not_tested"]
    found = _found(comparison, target, *SIDES)
    shown = _found(comparison, target, *sides) or found
    for each in shown[:MOST_GAPS]:
        low, high = (f"{100 * end:.0f}" for end in each["interval"])
        by = f"by {100 * each['estimate']:.0f} points ({low} to {high})"
        side, a, b = STANCE_WORDS[each["stance"]], name(each["a"]), name(each["b"])
        yield f"{a}’s comments are more often {side} than {b}’s, {by}."
    told = {frozenset((each["a"], each["b"])) for each in shown[:MOST_GAPS]}
    by_pair = {frozenset((each["a"], each["b"])): each for each in [*found[::-1], *shown[::-1]]}
    if others := [each for pair, each in reversed(by_pair.items()) if pair not in told]:
        named = listing([f"{name(each['a'])} from {name(each['b'])}" for each in others])
        many = f"{len(others)} more pairs of {noun}s differ; “Differences” of the comparison lists them"
        few = f"One more pair of {noun}s differs" if len(others) == 1 else f"More pairs of {noun}s differ"
        yield f"{many}." if len(others) > MOST_MORE else f"{few}: {named}."
    if tested and not found:
        sizes = [each["detectable"] for each in tested if each["stance"] in _TOLD and each.get("detectable")]
        would = f"; one of {ceil(100 * max(sizes))} points or more would probably have been found" if sizes else ""
        groups = len(comparison["groups"])
        pairs, possible = len({frozenset((each["a"], each["b"])) for each in tested}), groups * (groups - 1) // 2
        where = f" in the {pairs:,} of {possible:,} pairs that could be tested" * (pairs < possible)
        yield f"No difference between {noun}s was found{where}{would}."


def _upright(gap: Record) -> Record:
    """Return a difference from the side of the larger share."""
    if gap["estimate"] >= 0:
        return gap
    low, high = gap["interval"]
    return {**gap, "a": gap["b"], "b": gap["a"], "estimate": -gap["estimate"], "interval": (-high, -low)}


# The next step --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Plan:
    """The facts that decide on the next step.

    :param groups: Those that the model scored comments of.
    :param levels: Of all groups and targets.
    :param labels: Group -> comments with a label toward each target that comments address.
    """

    comparison: Record
    groups: Sequence[Record]
    levels: Sequence[Level]
    labels: Mapping[str, int]

    def left(self, group: Record) -> int:
        """Count the comments of a group without a label."""
        return labelable(group) - self.labels[group["group"]]

    @property
    def unlabelled(self) -> int:
        """Count the comments without a label."""
        return sum(map(self.left, self.groups))

    @property
    def total(self) -> int:
        """Count the comments that can be labelled."""
        return sum(map(labelable, self.groups))

    @property
    def scored(self) -> int:
        """Count the comments that the model scored."""
        return sum(map(scored, self.groups))

    @property
    def noun(self) -> str:
        """The comments that can be labelled, in words: their texts where some recur."""
        if self.total == self.scored:
            return f"{self.total:,} comments"
        once = (
            ""
            if len(self.groups) == 1
            else f", counted per {'outlet' if self.comparison['by'] == 'outlet' else 'group'},"
        )
        return f"{self.total:,} different texts{once} of these {self.scored:,} comments"

    @property
    def is_whole(self) -> bool:
        """Return whether the model scored all comments."""
        return not any(group["not_covered"] for group in self.comparison["groups"])


Advice = tuple[list[str], tuple[str, ...]]
"""Sentences, and the commands that draw the comments, label them, and write the report again."""


def next_steps(comparison: Record, levels: Sequence[Level]) -> Advice:
    """Write the next step and its price by the first of ``RULES`` that holds: nothing where labels cannot help.

    :param levels: Of all groups and targets.
    """
    groups = [group for group in comparison["groups"] if labelable(group)]
    targets = {each.target for each in levels if each.step > Step.NOTHING}
    if not groups or not targets:
        return [], ()
    labelled = ((group["group"], group.get("labelled") or {}) for group in groups)
    labels = {name: min(of.get(target) or 0 for target in targets) for name, of in labelled}
    plan = Plan(comparison, groups, levels, labels)
    return next((advice for rule in RULES if (advice := rule(plan))), ([], ()))


def _all_are_labelled(plan: Plan) -> Advice | None:
    if plan.unlabelled > 0:
        return None
    done = f"All {plan.noun}{'' if plan.is_whole else ' that the model scored'} are labelled."
    if any(each.step == Step.THESE for each in plan.levels):
        return [f"{done} To know more about comments like these, more articles are needed, not more labels."], ()
    return ([done] if plan.scored < FEWEST_SHARED else []), ()


def _label_all(plan: Plan) -> Advice | None:
    if plan.scored >= FEWEST_SHARED:
        return None
    if not plan.is_whole:  # persons could not be said to have read all comments
        return [], ()
    n = plan.unlabelled
    chosen = f"all {plan.noun}" if n == plan.total else f"the {n:,} of {plan.noun} that have no label"
    step = f"Next, label {chosen} ({minutes(n)}). The report then shows the counts of persons instead."
    return [step], _commands(plan, n, stratified=False)


def _label_groups(plan: Plan) -> Advice | None:
    """Ask for labels of groups that have too few, and enough comments for labels to correct their shares."""
    addressing = {each.group["group"] for each in plan.levels if each.step > Step.NOTHING}
    lacking = [
        group
        for group in plan.groups
        if labelable(group) >= FEWEST_SHARED and group["group"] in addressing
        if plan.labels[group["group"]] < LABELS_OF_LEAN and plan.left(group)
    ]
    if not lacking:
        return None
    groups = len(plan.groups)
    needed = [min(LABELS_OF_LEAN - plan.labels[group["group"]], plan.left(group)) for group in lacking]
    n, only = max(needed) * groups if groups > 1 else needed[0], None
    if len(lacking) == 1 and groups > 1 and plan.comparison["by"] == "outlet":
        n, only = needed[0], lacking[0]
    named = [name(group["group"]) for group in lacking[:MOST_LEVELS]]
    named += [f"{len(lacking) - MOST_LEVELS:,} more"] if len(lacking) > MOST_LEVELS else []
    noun = "outlet" if plan.comparison["by"] == "outlet" else "group"
    whose = f" of {'each of ' * (len(lacking) > 1)}{listing(named)}" if groups > 1 else ""
    whose = f" of each {noun}" if len(lacking) == groups > 1 else whose
    most = f"{'up to ' * (min(needed) < max(needed))}{max(needed):,}"
    step = f"Next, label {most} comments{whose} ({minutes(sum(needed))}). Labels then correct the shares."
    return [step], _commands(plan, min(n, plan.unlabelled), only=only)


def _narrow(plan: Plan) -> Advice | None:
    """Write how much narrower intervals would be with labels for a comparison."""
    left = {group["group"]: plan.left(group) for group in plan.groups}
    gains = []
    for each in plan.levels:
        more = min(LABELS_OF_DIFFERENCE - each.labelled, left.get(each.group["group"], 0))
        if each.step == Step.LIKE_THESE and more > 0:
            now, after = expected_width(each, more)
            gains.append((now - after, each, more, now, after))
    gains = [gain for gain in gains if gain[0] >= 1]
    if not gains or sum(labelable(group) >= FEWEST_SHARED for group in plan.groups) < 2:
        return None
    _, best, more, now, after = max(gains, key=lambda gain: gain[0])
    step = f"Next, label {more:,} more comments of {best.name} ({minutes(more)})."
    narrower = f"Its widest interval then shrinks from ± {now:.0f} to about ± {after:.0f} points."
    only = best.group if plan.comparison["by"] == "outlet" else None
    n = more if only else min(more * len(plan.groups), plan.unlabelled)
    two = "outlets" if only else "groups"
    advised = f"To compare two {two}, {LABELS_OF_DIFFERENCE:,} labels of each are advised, or all that there are."
    return [step, narrower, advised], _commands(plan, n, only=only)


RULES: Sequence[Callable[[Plan], Advice | None]] = (_all_are_labelled, _label_all, _label_groups, _narrow)


def expected_width(level: Level, more: int) -> tuple[float, float]:
    """Return half the width of the widest interval in points, now and after more labels.

    Two parts of the variance: of the comments, and of the labels. The second, known from the interval for exactly these
    comments, falls as labels grow.
    """
    group, labelled = level.group, level.labelled
    side = max(_TOLD, key=lambda each: _half(level.shares[each]["interval"]))
    exact = [
        share
        for share in group["shares"]
        if (share["target"], share["stance"], share["population"]) == (level.target, side, "corpus")
    ]
    now = _half(level.shares[side]["interval"])
    of_labels = min(now, _half(exact[0]["interval"])) if exact and exact[0]["interval"] else 0.0
    after = sqrt(now**2 - of_labels**2 * (1 - labelled / (labelled + more)))
    return 100 * now, 100 * after


def _half(interval: Sequence[float]) -> float:
    return (interval[1] - interval[0]) / 2


def minutes(labels: int) -> str:
    """Write how long labels take."""
    return f"about {counted(max(1, round(labels / LABELS_A_MINUTE)), 'minute')}"


def _commands(plan: Plan, n: int, *, stratified: bool = True, only: Record | None = None) -> tuple[str, ...]:
    """Write the commands that draw comments without a label, label them, and write the report again.

    :param only: The outlet of which comments are drawn; None: all.
    """
    by, line = plan.comparison["by"], plan.comparison.get("command")
    inputs = list(map(str, getattr(line, "inputs", ())))
    shown = shlex.join(inputs) if 0 < len(inputs) <= MOST_INPUTS else "INPUT"
    chosen = f" --stratify {by}" if stratified and by in STRATA and len(plan.groups) > 1 else ""
    if only is not None:
        chosen = f" --where {shlex.quote('outlet=' + only['group'])}"
    is_store = shown.endswith(STORE_ENDINGS)
    labels = list(map(str, getattr(line, "labels", ())))
    if any(plan.labels[group["group"]] for group in ([only] if only else plan.groups)):
        labels = labels or (inputs if is_store else ["LABELS"])
        chosen += "".join(f" --exclude {shlex.quote(each)}" for each in labels)
    if is_store:
        return f"stance sample {shown}{chosen} --n {n}", f"stance label {shown}"
    draw, label = f"stance sample {shown}{chosen} --n {n} -o sample.csv", "stance label sample.csv --labels labels.db"
    return draw, label, " ".join(f"--labels {shlex.quote(each)}" for each in (*labels, "labels.db"))
