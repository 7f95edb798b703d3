"""Choose the findings and the next step that a page opens with; ``opening.txt`` puts them into sentences.

A group's comments are described by the best that is known of them: shares that labels correct, for comments like these
or for exactly these; else the model's estimate with the range of its errors on other comments; counts where they are
few.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from math import ceil
from statistics import NormalDist

from stance.datamodels import FEWEST_COMMENTS, FEWEST_SHARED, SIDES, Record, Stance, grouped
from stance.reporting.rendering import SHOWN_SIDES, largest, sentence, sentences, set_apart

MOST_LEVELS = 6
"""Maximum number of groups in a finding, those with most comments."""

MOST_NAMED = 3
"""Maximum number of groups whose shares are in the title of a finding; those of all are below it."""

MOST_GAPS = 2
"""Maximum number of differences in a finding; the comparison lists all."""

LABELS_OF_LEAN = 50
"""Minimum number of labels that correct the shares of a group."""


class Basis(IntEnum):
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
    basis: Basis
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
    def is_sure(self) -> bool:
        """Return whether labels correct the shares."""
        return self.basis >= Basis.THESE

    @property
    def sided(self) -> int | None:
        """Comments on any side; None where a count of them is withheld."""
        own = [self.counts[side] for side in SIDES]
        return None if None in own else sum(n or 0 for n in own)

    @property
    def name(self) -> str:
        """The group's name, set apart."""
        return set_apart(self.group["group"])

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead where labels make that sure; the test allows for the number of targets."""
        population = "corpus" if self.basis is Basis.THESE else "outlet"
        means = [each for each in self.group.get("means") or () if each["population"] == population]
        nets = {each["target"]: each for each in means if each["measure"] == "net" and each["interval"]}
        if self.basis < Basis.THESE or (net := nets.get(self.target)) is None:
            return None
        widened = NormalDist().inv_cdf(1 - 0.025 / len(nets)) / NormalDist().inv_cdf(0.975)  # Bonferroni
        reach = abs(net["interval"][net["estimate"] < 0] - net["estimate"])  # of the end that is nearer to zero
        if abs(net["estimate"]) <= max(1e-6, widened * reach):
            return None
        return Stance.AGAINST if net["estimate"] < 0 else Stance.FAVOR

    @property
    def larger(self) -> Stance | None:
        """The side with the larger share; None: they are equal."""
        against, favor = (self.shares[side]["estimate"] for side in SHOWN_SIDES)
        return None if against == favor else Stance.AGAINST if against > favor else Stance.FAVOR

    @property
    def lead(self) -> tuple[Stance | None, str]:
        """The side that is ahead, and how sure that is."""
        return (self.ahead, "surely") if self.ahead else (self.larger, "perhaps")

    def to_record(self) -> Record:
        """Return the numbers that the finding states of the group."""
        record = {"group": self.group["group"], "step": self.basis.name.lower(), "n": self.n, "labels": self.labelled}
        if self.basis is Basis.COUNTS:
            return record | {"counts": dict(self.counts)}
        numbers = ("estimate", "interval", "method")
        shares = {str(side): {name: share[name] for name in numbers} for side, share in self.shares.items()}
        return record | {"shares": shares if self.basis > Basis.COUNTS else {}, "ahead": self.ahead}


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
    found = Level(group, target, Basis.NOTHING, by_population["outlet"], whole)
    for population, basis in (("outlet", Basis.LIKE_THESE), ("corpus", Basis.THESE)):
        shares = by_population[population]
        if len(shares) == len(SIDES) and all(
            each["method"] in ("ppi", "labels") and each["interval"] for each in shares.values()
        ):
            few = (group["comments"] or 0) < FEWEST_SHARED  # all of them can be read
            return Level(group, target, Basis.COUNTS if few else basis, shares, whole)
    if found.n == 0:
        return found
    basis = Basis.COUNTS if (found.n or 0) < FEWEST_SHARED or len(found.shares) < len(SIDES) else Basis.MODEL
    return Level(group, target, basis, found.shares, whole)


# Findings -------------------------------------------------------------------------------------------------------------


def opening(comparison: Record, labels: Mapping[str, str]) -> Record:
    """Return the values of ``opening.html``: ``notes``, ``findings``, ``steps`` and their ``commands``.

    :param comparison: ``groups``, ``differences`` and ``by``; ``command`` where it was typed.
    """
    groups = comparison["groups"]
    shown = largest(groups, MOST_LEVELS)
    found, methods = list[Record](), list[list[str]]()
    for target, label in labels.items() if shown else ():
        levels = [level_of(group, target, whole=len(groups) == 1) for group in shown]
        finding = finding_of(comparison, levels, target, label)
        title, method, detail = (sentences("opening.txt", part, finding) for part in ("title", "method", "detail"))
        record = {"target": target, "step": finding["kind"], "title": title[0], "detail": detail}
        found.append(record | {"levels": [each.to_record() for each in levels]})
        methods.append(method)
    levels = [level_of(group, target) for group in groups for target in labels]
    notes = [each for each in methods[0] if all(each in of for of in methods)] if len(methods) > 1 else []
    for each, method in zip(found, methods, strict=True):
        each["detail"] = [*(said for said in method if said not in notes), *each["detail"]]
    if any(each.basis >= Basis.THESE for each in levels):
        notes += sentences("opening.txt", "explained")
    advice = None if "public" in comparison else next_step(comparison, levels)
    return {
        "findings": found,
        "notes": notes,
        "steps": sentences("opening.txt", "steps", advice) if advice else [],
        "commands": advice["commands"] if advice else (),
        "use": use_of_labels(comparison),
        "unsure": unsure_targets(comparison),
    }


def finding_of(comparison: Record, levels: Sequence[Level], target: str, label: str) -> Record:
    """Collect the numbers of the finding on one target, which ``opening.txt`` states.

    :param levels: Of the groups with most comments.
    :return: ``levels``: the best known groups, that of the largest share first; ``leads``: in how many of them a side
        is ahead of the other, by labels for sure, else by the model's estimate; ``lacking``: what others lack;
        ``more``: smaller groups; ``gaps``: the largest differences that were found, with the number of ``others``;
        ``tested`` pairs; ``detectable``: points from which on a difference would have been found; ``errors`` of the
        model's shares on other comments.
    """
    groups, best = comparison["groups"], max(each.basis for each in levels)
    chosen = [each for each in levels if each.basis == best]
    sides: Sequence[Stance] = SHOWN_SIDES
    if best >= Basis.MODEL:
        sides = chosen_sides(comparison, chosen, target)
        chosen.sort(key=lambda each: -each.shares[sides[0]]["estimate"])
    own = [each for each in comparison["differences"] if each["target"] == target]
    tested = [each for each in own if each["verdict"] != "not_tested"]
    found = _found(comparison, target, *SIDES)
    gaps = (_found(comparison, target, *sides) or found)[:MOST_GAPS]
    sizes = [each["detectable"] for each in tested if each["stance"] in SHOWN_SIDES and each.get("detectable")]
    errors = comparison["model"].get("share_errors") or {}
    lacking = [each for each in levels if Basis.NOTHING < each.basis < best] if best >= Basis.MODEL else []
    ahead = [each.ahead if best >= Basis.THESE else each.larger for each in chosen] if best >= Basis.MODEL else []
    leads = [(side, other, ahead.count(side)) for side, other in (SHOWN_SIDES, SHOWN_SIDES[::-1]) if side in ahead]
    return {
        "label": label,
        "noun": "outlet" if comparison["by"] == "outlet" else "group",
        "kind": best.name.lower(),
        "has_shares": best >= Basis.MODEL,
        "is_sure": best >= Basis.THESE,
        "groups": len(groups),
        "comments": sum(group["comments"] or 0 for group in groups),
        "scored": sum(map(scored, groups)),
        "levels": chosen,
        "sides": sides,
        "leads": sorted(leads, key=lambda each: -each[2]),
        "clearest": _clearest(_found(comparison, target, sides[0]), chosen),  # of many groups, two that differ
        "lacking": grouped((_lack(each, best), each) for each in lacking),
        "more": max(0, len(groups) - len(levels)),
        "is_beyond": best == Basis.NOTHING and any(level_of(group, target).basis for group in groups),
        "is_covered": all(group["not_covered"] == 0 for group in groups),
        "gaps": gaps,
        "others": len({_pair(each) for each in found} - {_pair(each) for each in gaps}),
        "tested": len({_pair(each) for each in tested}),
        "detectable": ceil(100 * max(sizes)) if sizes else None,
        "errors": errors.get(target) or errors.get(""),
        "has_own_errors": target in errors,
    }


def chosen_sides(comparison: Record, levels: Sequence[Level], target: str) -> tuple[Stance, ...]:
    """Choose the sides that a finding is about: that of the largest difference, or ahead in all groups; else both."""
    if len(levels) == 1:
        return SHOWN_SIDES
    if found := _found(comparison, target, *SHOWN_SIDES):
        return (Stance(found[0]["stance"]),)
    larger = {each.larger for each in levels}
    only = next(iter(larger)) if len(larger) == 1 else None
    return (only,) if only else SHOWN_SIDES


def _clearest(found: Sequence[Record], levels: Sequence[Level]) -> Sequence[Level]:
    """Return two groups that differ, where there are more than a title names; the larger share first."""
    by_name = {each.group["group"]: each for each in levels} if len(levels) > MOST_NAMED else {}
    pairs = ([by_name[each["a"]], by_name[each["b"]]] for each in found if {each["a"], each["b"]} <= {*by_name})
    return next(pairs, ())


def _lack(level: Level, best: Basis) -> str:
    """Name the lack that keeps a group out of the sentence on better known ones."""
    if best is Basis.MODEL or (level.group["comments"] or 0) < FEWEST_SHARED:
        return "comments"
    return "articles" if level.basis is Basis.THESE and level.labelled >= LABELS_OF_LEAN else "labels"


def _pair(gap: Record) -> frozenset[str]:
    return frozenset((gap["a"], gap["b"]))


def _found(comparison: Record, target: str, *sides: Stance) -> list[Record]:
    """Return the differences that were found, the largest first, each from the side of the larger share."""
    own = [each for each in comparison["differences"] if each["target"] == target and each["verdict"] == "differ"]
    return sorted((_upright(each) for each in own if each["stance"] in sides), key=lambda each: -each["estimate"])


def _upright(gap: Record) -> Record:
    """Return a difference from the side of the larger share."""
    if gap["estimate"] >= 0:
        return gap
    low, high = gap["interval"]
    return {**gap, "a": gap["b"], "b": gap["a"], "estimate": -gap["estimate"], "interval": (-high, -low)}


# Labels ---------------------------------------------------------------------------------------------------------------


def use_of_labels(comparison: Record) -> str:
    """Return the effect of the audit labels on shares: ``correct`` some, are ``few``, or of no comment: ``none``."""
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    if any(share["method"] == "ppi" and share["population"] == "outlet" for share in shares):
        return "correct"
    return "few" if (comparison.get("audit") or {}).get("matched") else "none"


def unsure_targets(comparison: Record) -> list[str]:
    """Return the targets with uncorrected shares for which the model's probabilities are not known to hold."""
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    shown = {each["target"] for each in shares if each["method"] in ("model", "none") and each["n"] >= FEWEST_COMMENTS}
    return [target for target in comparison["model"]["needs_labels"] if target in shown]


def source_line(comparison: Record, labels: Mapping[str, str]) -> str:
    """Write the sources of a chart: the comments, how shares were estimated, model and version."""
    unsure = [labels[target] for target in unsure_targets(comparison)]
    return sentence("captions.txt", "source", comparison, use_of_labels(comparison), unsure)


# The next step --------------------------------------------------------------------------------------------------------


def next_step(comparison: Record, levels: Sequence[Level]) -> Record | None:
    """Choose the next step; None where labels cannot help.

    :param levels: Of all groups and targets.
    :return: ``kind`` (done, more articles, all or groups), ``total`` comments that can be labelled, ``scored`` ones,
        whether these are all (``is_whole``), ``n`` comments to label of each of the ``named`` groups and the
        ``unnamed`` further ones, the ``minutes`` that takes, and ``commands`` that draw them, label them, and write the
        report again.
    """
    groups = [group for group in comparison["groups"] if labelable(group)]
    targets = {each.target for each in levels if each.basis > Basis.NOTHING}
    if not groups or not targets:
        return None
    labelled = ((group["group"], group.get("labelled") or {}) for group in groups)
    labels = {name: min(of.get(target) or 0 for target in targets) for name, of in labelled}
    left = {group["group"]: labelable(group) - labels[group["group"]] for group in groups}
    unlabelled, is_whole = sum(left.values()), not any(group["not_covered"] for group in comparison["groups"])
    done = {"kind": "done", "by": comparison["by"], "groups": len(groups), "is_whole": is_whole, "commands": ()}
    done |= {"total": sum(map(labelable, groups)), "scored": sum(map(scored, groups))}
    is_few = done["scored"] < FEWEST_SHARED
    if unlabelled <= 0:
        if any(each.basis == Basis.THESE for each in levels):
            return done | {"kind": "more articles"}
        return done if is_few else None
    if not is_few:
        addressing = {each.group["group"] for each in levels if each.basis > Basis.NOTHING}
        large = (group["group"] for group in groups if labelable(group) >= FEWEST_SHARED)
        return _label_groups(done, comparison, labels, left, [name for name in large if name in addressing])
    commands = _commands(comparison, "", unlabelled, labels.values())
    advice = done | {"kind": "all", "n": unlabelled, "minutes": minutes(unlabelled), "commands": commands}
    return advice if is_whole else None  # else persons could not be said to have read all comments


def _label_groups(
    done: Record, comparison: Record, labels: Mapping[str, int], left: Mapping[str, int], large: Sequence[str]
) -> Record | None:
    """Ask for labels of groups that have too few, and enough comments for labels to correct their shares."""
    needed = {name: min(LABELS_OF_LEAN - labels[name], left[name]) for name in large}
    needed = {name: n for name, n in needed.items() if n > 0}
    if not needed:
        return None
    most, chosen, own = max(needed.values()), "", list(labels.values())
    drawn = most * done["groups"]
    if len(needed) == 1 < done["groups"] and done["by"] == "outlet":
        (only,) = needed
        chosen, drawn, own = f" --where {shlex.quote('outlet=' + only)}", most, [labels[only]]
    elif done["groups"] > 1 and done["by"] in ("outlet", "month", "document"):
        chosen = f" --stratify {done['by']}"
    named = [set_apart(name) for name in needed]
    return done | {
        "kind": "groups",
        "n": most,
        "minutes": minutes(sum(needed.values())),
        "is_most": min(needed.values()) < most,
        "named": named[:MOST_LEVELS],
        "unnamed": max(0, len(named) - MOST_LEVELS),
        "commands": _commands(comparison, chosen, min(drawn, sum(left.values())), own),
    }


def minutes(labels: int) -> int:
    """Return how many minutes labels take: fifty take twelve."""
    return max(1, round(labels * 12 / 50))


def _commands(comparison: Record, chosen: str, n: int, labelled: Iterable[int]) -> Sequence[str]:
    """Write the commands that draw comments without a label, label them, and write the report again.

    :param chosen: Options that choose the comments.
    :param labelled: How many comments of each group that they are drawn from have a label.
    """
    line = comparison.get("command")
    inputs, labels = (list(map(str, getattr(line, name, ()))) for name in ("inputs", "labels"))
    shown = shlex.join(inputs) if 0 < len(inputs) <= 3 else "INPUT"
    is_store = shown.endswith((".db", ".sqlite"))
    if any(labelled):
        labels = labels or (inputs if is_store else ["LABELS"])
        chosen += "".join(f" --exclude {shlex.quote(each)}" for each in labels)
    draw = f"stance sample {shown}{chosen} --n {n}"
    if is_store:
        return draw, f"stance label {shown}"
    again = " ".join(f"--labels {shlex.quote(each)}" for each in (*labels, "labels.db"))
    return f"{draw} -o sample.csv", "stance label sample.csv --labels labels.db", again
