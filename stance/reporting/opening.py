"""Write the opening of a page: a finding and the differences for each target, and the next step with its price.

A group's comments are told by the best that is known of them: shares that labels correct, for comments like these or
for exactly these; else the model's estimate with the range of its errors on other comments; counts where they are few.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

from stance.datamodels import FEWEST_SHARED, SIDES, Stance, counted
from stance.reporting.captions import keep_percent_together, listing, name, unsure_targets, use_of_labels
from stance.reporting.charts import largest, percent
from stance.reporting.rendering import STANCE_WORDS

Record = Mapping[str, Any]

MOST_LEVELS = 4
"""Maximum number of groups in a finding, those with most comments."""

MOST_GAPS = 2
"""Maximum number of differences in a finding; the page lists all."""

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

EXPLAINED = "Of a hundred 95 % intervals, about 95 hold the true share."

_TOLD = (Stance.AGAINST, Stance.FAVOR)


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
        found: int | None = self.group["addressed"].get(self.target, 0)
        return found

    @property
    def labelled(self) -> int:
        """Comments with a label toward the target."""
        return (self.group.get("labelled") or {}).get(self.target) or 0

    @property
    def counts(self) -> Mapping[str, int | None]:
        """Comments by stance: by labels where all have one, else by the model."""
        if not self.is_read:
            found: Mapping[str, int | None] = self.group["counts"][self.target]
            return found
        table = self.group["confusion"][self.target]
        return {stance: sum(row.values()) for stance, row in table.items()}

    @property
    def is_read(self) -> bool:
        """Return whether persons labelled all its comments."""
        known = self.labelled and self.target in (self.group.get("confusion") or {})
        return bool(known and self.labelled >= (self.group["comments"] or 0))

    @property
    def name(self) -> str:
        """The group's name, set apart."""
        return name(self.group["group"])


def labelable(group: Record) -> int:
    """Count the comments of a group that the model scored, which labels can correct."""
    return max(0, (group["comments"] or 0) - (group["not_covered"] or 0))


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
    """Return the values of ``opening.html``: ``findings``, ``notes``, ``steps`` and ``sampling``.

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
    is_bounded = any(each.step >= Step.THESE for each in levels)
    told = [set(found["detail"]) for found in findings]
    notes = [each for each in findings[0]["detail"] if all(each in of for of in told)] if len(told) > 1 else []
    for found in findings:
        found["detail"] = [each for each in found["detail"] if each not in notes]
    steps, sampling = ((), None) if "public" in comparison else next_steps(comparison, levels)
    return {
        "findings": findings,
        "notes": notes + ([EXPLAINED] if is_bounded else []),
        "steps": [keep_percent_together(each) for each in steps],
        "sampling": sampling,
        "use": use_of_labels(comparison),
        "unsure": unsure_targets(comparison),
    }


def finding(comparison: Record, levels: Sequence[Level], target: str, label: str) -> dict[str, Any]:
    """Write the finding on one target.

    :return: ``target``; ``step``, the name of the best-known group's; ``title``, a sentence; ``detail``, sentences.
    """
    best = max(levels, key=lambda each: int(each.step)).step
    told = [each for each in levels if each.step == best]
    side = side_told(comparison, told, target)
    detail: list[str] = []
    if best is Step.NOTHING:
        title = _nothing(comparison["groups"], levels, label)
    elif best is Step.COUNTS:
        title, detail = _counts(told, label)
    elif best is Step.MODEL:
        title, detail = _modelled(comparison, told, side, label)
    else:
        title, detail = _corrected(comparison, told, side, label)
    if best >= Step.MODEL:
        wants: dict[str, list[str]] = {}
        for each in levels:
            if Step.NOTHING < each.step < best:
                wants.setdefault(_want(each, best), []).append(f"{_of_n(each)} of {each.name}")
        detail += (f"Not in this sentence, for want of {few}: {listing(parts)}." for few, parts in wants.items())
    more = len(comparison["groups"]) - len(levels)
    if more > 0 and best > Step.NOTHING:
        detail.append(f"{counted(more, 'smaller group follows', 'smaller groups follow')} below.")
    detail += gaps(comparison, levels, side, label)
    sentences = [keep_percent_together(each) for each in (title, *detail)]
    return {"target": target, "step": best.name.lower(), "title": sentences[0], "detail": sentences[1:]}


def side_told(comparison: Record, levels: Sequence[Level], target: str) -> Stance:
    """Choose the side that a finding is about: that of the largest difference found, else the more frequent one."""
    found = [each for each in comparison["differences"] if each["target"] == target and each["verdict"] == "differ"]
    found = [each for each in found if each["stance"] in _TOLD]
    if found:
        return Stance(max(found, key=lambda each: abs(each["estimate"]))["stance"])

    def total(side: Stance) -> float:
        return sum((each.shares[side]["estimate"] or 0.0) * (each.n or 1) for each in levels if side in each.shares)

    return max(_TOLD, key=total)


def _want(level: Level, best: Step) -> str:
    """Name the lack that keeps a group out of the sentence on better known ones."""
    if best is Step.MODEL or (level.group["comments"] or 0) < FEWEST_SHARED:
        return "comments"
    return "articles" if level.step is Step.THESE and level.labelled >= LABELS_OF_LEAN else "labels"


def _nothing(groups: Sequence[Record], levels: Sequence[Level], label: str) -> str:
    """Write that no comment addresses a target, of those that are known."""
    total = sum(group["comments"] or 0 for group in groups)
    if any(level_of(group, levels[0].target).step for group in groups):
        return f"No comment of the {len(levels)} largest groups addresses {label}."
    if all(group["not_covered"] == 0 for group in groups):
        return f"No comment addresses {label}."
    if not any(map(labelable, groups)):
        return f"The model scored none of the {total:,} comments."
    return f"No comment that the model scored addresses {label}."


def _of_n(level: Level) -> str:
    return "comments" if level.n is None else counted(level.n, "comment")


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
        who = "persons read" if each.is_read else "the model reads"
        if n > 1:
            parts.append(f"of the {n:,} comments{place} that address it, {who} {listing(sides)}")
        else:
            only = f"the one comment{place} that addresses it {sides[0].removeprefix('1 ')}" if n else ""
            parts.append(f"{who} {only}" if n else f"no comment{place} addresses it")
    detail = ["Counts under five are withheld."] if hidden else []
    if not parts:
        return f"Few comments address {label}.", detail
    if not all(each.is_read for each in levels):
        detail.insert(0, "Too few comments for shares; the model may be wrong about each.")
    return f"Toward {label}: {'; '.join(parts)}.", detail


def _modelled(comparison: Record, levels: Sequence[Level], side: Stance, label: str) -> tuple[str, list[str]]:
    """Write the model's estimate, with the range of its errors on other comments."""
    note = f"No label corrects it. {error_range(comparison, levels[0].target, side, label)}"
    if len(levels) > 1 or not levels[0].whole:
        shares = _by_group(comparison, levels, side, lambda each: f" ({_of_n(each)})")
        return f"Toward {label}, the model reads {shares} as {STANCE_WORDS[side]}.", [note]
    only = levels[0]
    parts = [f"{percent(only.shares[each]['estimate'])} as {STANCE_WORDS[each]}" for each in _TOLD]
    of = "comments" if only.n is None else f"{only.n:,} comments"
    return f"Toward {label}: of the {of} that address it, the model reads {listing(parts)}.", [note]


def _by_group(
    comparison: Record, levels: Sequence[Level], side: Stance, more: Callable[[Level], str] = lambda _: ""
) -> str:
    """Write the share of a side in each group, the highest first."""
    ordered = sorted(levels, key=lambda each: -each.shares[side]["estimate"])
    is_owner = comparison["by"] == "outlet"
    parts = [
        f"{percent(each.shares[side]['estimate'])} {'of' if is_owner else 'in'} {each.name}{'’s' if is_owner else ''}"
        for each in ordered
    ]
    parts[0] += " comments that address it" if is_owner else " of the comments that address it"
    return listing([part + more(each) for part, each in zip(parts, ordered, strict=True)])


def error_range(comparison: Record, target: str, side: Stance, label: str) -> str:
    """Write how far the model's shares of a side lay from those of labels on other comments."""
    errors = comparison["model"].get("share_errors") or {}
    found = errors.get(target) or errors.get("")
    if not found:
        return "How far its shares are off was not measured."
    low, high = (round(end) for end in found[str(side)])
    ends = " to ".join([f"{-low} points too low" if low < 0 else "right", f"{high} too high" if high > 0 else "right"])
    toward = f" toward {label}" if target in errors else ""
    return (
        f"On {found['sets']:,} other sets of labelled comments{toward}, its share of “{STANCE_WORDS[side]}” was {ends}."
    )


def _corrected(comparison: Record, levels: Sequence[Level], side: Stance, label: str) -> tuple[str, list[str]]:
    """Write shares that labels correct, and their intervals."""
    is_one = len(levels) == 1
    if is_one:
        only = levels[0]
        parts = [f"{percent(only.shares[each]['estimate'])} are {STANCE_WORDS[each]}" for each in _TOLD]
        whose = "" if only.whole else f" of {only.name}"
        title = f"Toward {label}: of the comments{whose} that address it, {listing(parts)}{_lean(only)}."
    else:
        title = f"Toward {label}, {_by_group(comparison, levels, side)} are {STANCE_WORDS[side]}."
    detail = []
    for each in sorted(levels, key=lambda each: -each.shares[side]["estimate"]):
        ranges = [_range(each.shares[shown]["interval"]) for shown in (_TOLD if is_one else (side,))]
        alone = " alone, too few to correct the model" if each.shares[side]["method"] == "labels" else ""
        n = "" if each.n is None else f"n {each.n:,}, "
        start = "" if is_one else f"{each.name} "
        detail.append(f"{start}{' and '.join(ranges)} ({n}{counted(each.labelled, 'label')}{alone})")
    told = [f"95 % interval{'' if is_one else 's'}: {'; '.join(detail)}."]
    if levels[0].step == Step.THESE:
        told.append("That is of exactly these comments: for others like them there are too few articles or labels.")
    return title, told


def _lean(level: Level) -> str:
    """Name the side that is ahead where that is sure; the test allows for the number of targets."""
    ways = {"outlet": "they lean {}", "corpus": "among exactly these, more are {}"}
    if level.step == Step.THESE:
        del ways["outlet"]
    for population, words in ways.items():
        if side := _ahead(level, population):
            return f": {words.format(STANCE_WORDS[side])}"
    return "; which side is ahead is not sure"


def _ahead(level: Level, population: str) -> Stance | None:
    """Return the side that is ahead by the net stance of a population; None where that is not sure."""
    means = [each for each in level.group.get("means") or () if each["population"] == population]
    nets = {each["target"]: each for each in means if each["measure"] == "net" and each["interval"]}
    if (net := nets.get(level.target)) is None:
        return None
    widened = NormalDist().inv_cdf(1 - 0.025 / len(nets)) / NormalDist().inv_cdf(0.975)  # Bonferroni
    reach = abs(net["interval"][net["estimate"] < 0] - net["estimate"])  # of the end that is nearer to zero
    if abs(net["estimate"]) <= max(1e-6, widened * reach):
        return None
    return Stance.AGAINST if net["estimate"] < 0 else Stance.FAVOR


def _range(interval: Sequence[float]) -> str:
    low, high = (f"{100 * end:.0f}" for end in interval)
    return f"{low} to {high} %"


def gaps(comparison: Record, levels: Sequence[Level], side: Stance, label: str) -> Iterator[str]:
    """Write the differences of groups toward a target, each once; or how large a difference would have been found."""
    own = [each for each in comparison["differences"] if each["target"] == levels[0].target]
    named = {each.group["group"] for each in levels}
    tested = [each for each in own if each["verdict"] != "not_tested"]
    found = [each for each in tested if each["verdict"] == "differ"]
    shown = [_upright(each) for each in found if each["stance"] == side] or [_upright(each) for each in found]
    shown.sort(key=lambda each: (not {each["a"], each["b"]} <= named, -each["estimate"]))
    for each in shown[:MOST_GAPS]:
        low, high = (f"{100 * end:.0f}" for end in each["interval"])
        by = f"by {100 * each['estimate']:.0f} points, {low} to {high}"
        yield f"{name(each['a'])}’s are more often {STANCE_WORDS[each['stance']]} than {name(each['b'])}’s ({by})."
    told = {frozenset((each["a"], each["b"])) for each in shown[:MOST_GAPS]}
    if more := len({frozenset((each["a"], each["b"])) for each in found} - told):
        yield f"{counted(more, 'further pair differs', 'further pairs differ')}."
    if tested and not found:
        sizes = [each["detectable"] for each in tested if each["stance"] in _TOLD and each.get("detectable")]
        would = f"; one of {ceil(100 * max(sizes))} points would probably have been" if sizes else ""
        groups = len(comparison["groups"])
        pairs, possible = len({frozenset((each["a"], each["b"])) for each in tested}), groups * (groups - 1) // 2
        where = f" in the {pairs:,} of {possible:,} pairs that could be tested" if pairs < possible else ""
        yield f"No difference toward {label} was found{where}{would}."


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
    def is_whole(self) -> bool:
        """Return whether the model scored all comments."""
        return not any(group["not_covered"] for group in self.comparison["groups"])


Advice = tuple[list[str], str | None]
"""Sentences, and the command that draws the comments."""


def next_steps(comparison: Record, levels: Sequence[Level]) -> Advice:
    """Write the next step and its price by the first of ``RULES`` that holds: nothing where labels cannot help.

    :param levels: Of all groups and targets.
    """
    groups = [group for group in comparison["groups"] if labelable(group)]
    targets = {each.target for each in levels if each.step > Step.NOTHING}
    if not groups or not targets:
        return [], None
    labelled = ((group["group"], group.get("labelled") or {}) for group in groups)
    labels = {name: min(of.get(target) or 0 for target in targets) for name, of in labelled}
    plan = Plan(comparison, groups, levels, labels)
    return next((advice for rule in RULES if (advice := rule(plan))), ([], None))


def _all_are_labelled(plan: Plan) -> Advice | None:
    if plan.unlabelled > 0:
        return None
    done = f"All {plan.total:,} comments{'' if plan.is_whole else ' that the model scored'} are labelled."
    if any(each.step == Step.THESE for each in plan.levels):
        return [f"{done} More articles, not more labels, would tell of comments like these."], None
    return ([done] if plan.total < FEWEST_SHARED else []), None


def _label_all(plan: Plan) -> Advice | None:
    if plan.total >= FEWEST_SHARED:
        return None
    if not plan.is_whole:  # persons could not be said to have read all comments
        return [], None
    n, total = plan.unlabelled, f"all {plan.total:,} comments"
    chosen = total if n == plan.total else f"the {n:,} comments without a label"
    step = f"Next: label {chosen} ({minutes(n)}); the counts are then of persons."
    return [step], _command(plan, n, stratified=False)


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
    whose = _whose(lacking, groups)
    if len(lacking) == 1:
        step = f"Next: label {needed[0]:,} comments{whose}"
    else:
        step = f"Next: label comments{whose}, {'up to ' * (min(needed) < max(needed))}{max(needed):,} of each"
    step += f" ({minutes(sum(needed))}): labels correct the shares."
    return [step], _command(plan, min(n, plan.unlabelled), only=only)


def _whose(lacking: Sequence[Record], groups: int) -> str:
    if groups == 1:
        return ""
    if len(lacking) == groups:
        return " of each group"
    named = [name(group["group"]) for group in lacking[:MOST_LEVELS]]
    more = [f"{len(lacking) - MOST_LEVELS:,} more"] if len(lacking) > MOST_LEVELS else []
    return f" of {listing([*named, *more])}"


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
    told = f"{more:,} more labels of {best.name} ({minutes(more)}): from ± {now:.0f} to about ± {after:.0f} points"
    only = best.group if plan.comparison["by"] == "outlet" else None
    n = more if only else min(more * len(plan.groups), plan.unlabelled)
    return [f"Next: {told}. To compare two groups, {LABELS_OF_DIFFERENCE:,} labels of each are advised."], (
        _command(plan, n, only=only)
    )


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


def _command(plan: Plan, n: int, *, stratified: bool = True, only: Record | None = None) -> str:
    """Write the command that draws comments to label: of those without a label.

    :param only: The outlet of which comments are drawn; None: all.
    """
    by, line = plan.comparison["by"], plan.comparison.get("command")
    inputs = getattr(line, "inputs", ())
    shown = shlex.join(map(str, inputs)) if 0 < len(inputs) <= MOST_INPUTS else "INPUT"
    chosen = f" --stratify {by}" if stratified and by in STRATA and len(plan.groups) > 1 else ""
    if only is not None:
        chosen = f" --where {shlex.quote('outlet=' + only['group'])}"
    is_store = shown.endswith(STORE_ENDINGS)
    if any(plan.labels[group["group"]] for group in ([only] if only else plan.groups)):
        given = [after for before, after in pairwise(shlex.split(line or "")) if before == "--labels"]
        tables = given or (list(map(str, inputs)) if is_store else ["LABELS"])
        chosen += "".join(f" --exclude {shlex.quote(each)}" for each in tables)
    return f"stance sample {shown}{chosen} --n {n}{'' if is_store else ' -o sample.csv'}"
