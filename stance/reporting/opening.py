"""Write the opening of a page: a finding and the differences for each target, and the next step with its price.

A group's comments are told by the best that is known of them: shares that labels correct, for comments like these or
for exactly these; else the model's estimate with the range of its errors on other comments; counts where they are few.
"""

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import ceil, sqrt
from statistics import NormalDist
from typing import Any

from stance.datamodels import FEWEST_SHARED, SIDES, Stance, counted
from stance.reporting.captions import keep_percent_together, listing, name, unsure_targets, use_of_labels
from stance.reporting.charts import largest, percent
from stance.reporting.rendering import STANCE_WORDS

Record = Mapping[str, Any]

MOST_LEVELS = 4
"""Groups named in a finding, those with most comments."""

MOST_GAPS = 2
"""Differences toward one target that are told; the page lists all."""

LABELS_OF_LEAN = 50
"""Labels that correct the shares of a group."""

LABELS_OF_DIFFERENCE = 150
"""Labels of each of two groups that are asked for to compare them: with fewer, gaps of half the comments are missed."""

LABELS_A_MINUTE = 50 / 12

STRATA = ("outlet", "month", "document")
"""Groups that ``stance sample --stratify`` knows too."""

STORE_ENDINGS = (".db", ".sqlite")

MOST_INPUTS = 3
"""Inputs that are repeated in a command to copy."""

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
        return bool(known and self.labelled >= labelable(self.group))

    @property
    def name(self) -> str:
        """The group's name, set apart."""
        return name(self.group["group"])


def labelable(group: Record) -> int:
    """Count the comments of a group that a label can be of."""
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
        title = f"No comment addresses {label}."
    elif best is Step.COUNTS:
        title, detail = _counts(told, label)
    elif best is Step.MODEL:
        title, detail = _modelled(comparison, told, side, label)
    else:
        title, detail = _corrected(comparison, told, side, label)
    if best >= Step.MODEL and (others := [each for each in levels if Step.NOTHING < each.step < best]):
        few, parts = "labels" if best > Step.MODEL else "comments", [f"{_of_n(each)} of {each.name}" for each in others]
        detail.append(f"Not in this sentence, for want of {few}: {listing(parts)}.")
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
    if abs(net["estimate"]) <= widened * reach:
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
        yield f"No difference toward {label} was found{would}."


def _upright(gap: Record) -> Record:
    """Return a difference from the side of the larger share."""
    if gap["estimate"] >= 0:
        return gap
    low, high = gap["interval"]
    return {**gap, "a": gap["b"], "b": gap["a"], "estimate": -gap["estimate"], "interval": (-high, -low)}


# The next step --------------------------------------------------------------------------------------------------------


def next_steps(comparison: Record, levels: Sequence[Level]) -> tuple[list[str], str | None]:
    """Write the next step and its price: nothing where labels cannot help.

    :param levels: Of all groups and targets.
    :return: Sentences, and the command that draws the comments, or None.
    """
    groups = [group for group in comparison["groups"] if labelable(group)]
    if not groups or all(each.step == Step.NOTHING for each in levels):
        return [], None
    left = {group["group"]: labelable(group) - _labels(group) for group in groups}
    total, unlabelled = sum(map(labelable, groups)), sum(left.values())
    if unlabelled <= 0:
        done = f"All {total:,} comments are labelled."
        if any(each.step == Step.THESE for each in levels):
            return [f"{done} More articles, not more labels, would tell of comments like these."], None
        return ([done] if total < FEWEST_SHARED else []), None
    if total < FEWEST_SHARED:
        return [f"Next: label {_all(total, unlabelled)} ({minutes(unlabelled)}); the counts are then of persons."], (
            _command(comparison, unlabelled, stratified=False)
        )
    lacking = [group for group in groups if _labels(group) < LABELS_OF_LEAN and left[group["group"]] > 0]
    if lacking:
        needed = [min(LABELS_OF_LEAN - _labels(group), left[group["group"]]) for group in lacking]
        n, only = max(needed) * len(groups) if len(groups) > 1 else needed[0], None
        if len(lacking) == 1 and len(groups) > 1 and comparison["by"] == "outlet":
            n, only = needed[0], lacking[0]
        whose = _whose(lacking, len(groups))
        each = f"{max(needed):,} of each" if len(lacking) > 1 else f"{needed[0]:,}"
        step = f"Next: label {each} comments{whose}" if len(lacking) == 1 else f"Next: label comments{whose}, {each}"
        step += f" ({minutes(sum(needed))}): labels correct the shares."
        return [step], _command(comparison, min(n, unlabelled), only=only)
    return _narrower(comparison, groups, levels, left)


def _all(total: int, unlabelled: int) -> str:
    return f"all {total:,} comments" if unlabelled == total else f"the {unlabelled:,} comments without a label"


def _whose(lacking: Sequence[Record], groups: int) -> str:
    if groups == 1:
        return ""
    if len(lacking) == groups:
        return " of each group"
    named = [name(group["group"]) for group in lacking[:MOST_LEVELS]]
    more = [f"{len(lacking) - MOST_LEVELS:,} more"] if len(lacking) > MOST_LEVELS else []
    return f" of {listing([*named, *more])}"


def _narrower(
    comparison: Record, groups: Sequence[Record], levels: Sequence[Level], left: Mapping[str, int]
) -> tuple[list[str], str | None]:
    """Write how much narrower intervals would be with labels for a comparison."""
    known = [each for each in levels if each.step == Step.LIKE_THESE and _labels(each.group) < LABELS_OF_DIFFERENCE]
    gains = []
    for each in known:
        more = min(LABELS_OF_DIFFERENCE - _labels(each.group), left.get(each.group["group"], 0))
        now, after = expected_width(each, more)
        if more > 0 and now - after >= 1:
            gains.append((now - after, each, more, now, after))
    if not gains or len(groups) < 2:
        return [], None
    _, best, more, now, after = max(gains, key=lambda gain: gain[0])
    told = f"{more:,} more labels of {best.name} ({minutes(more)}): from ± {now:.0f} to about ± {after:.0f} points"
    only = best.group if comparison["by"] == "outlet" else None
    n = more if only else min(more * len(groups), sum(left.values()))
    return [f"Next: {told}. To compare two groups, {LABELS_OF_DIFFERENCE:,} labels of each are advised."], (
        _command(comparison, n, only=only)
    )


def expected_width(level: Level, more: int) -> tuple[float, float]:
    """Return half the width of the widest interval in points, now and after more labels.

    Two parts of the variance: of the comments, and of the labels. The second, known from the interval for exactly these
    comments, falls as labels grow.
    """
    group, labelled = level.group, _labels(level.group)
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


def _labels(group: Record) -> int:
    return max((group.get("labelled") or {}).values(), default=0) or 0


def minutes(labels: int) -> str:
    """Write how long labels take."""
    return f"about {counted(max(1, round(labels / LABELS_A_MINUTE)), 'minute')}"


def _command(comparison: Record, n: int, *, stratified: bool = True, only: Record | None = None) -> str:
    """Write the command that draws comments to label.

    :param only: The outlet of which comments are drawn; None: all.
    """
    groups, inputs = comparison["groups"], getattr(comparison.get("command"), "inputs", ())
    shown = shlex.join(map(str, inputs)) if 0 < len(inputs) <= MOST_INPUTS else "INPUT"
    strata = f" --stratify {comparison['by']}" if stratified and comparison["by"] in STRATA and len(groups) > 1 else ""
    if only is not None:
        strata = f" --where {shlex.quote('outlet=' + only['group'])}"
    output = "" if shown.endswith(STORE_ENDINGS) else " -o sample.csv"
    return f"stance sample {shown}{strata} --n {n}{output}"
