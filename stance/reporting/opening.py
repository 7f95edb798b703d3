"""Choose the findings and the next step that a page opens with; ``opening.txt`` puts them into sentences.

Findings are about exactly the comments that were read. Differences, changes and topics are about comments like these.
"""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist

from stance.datamodels import (
    FEWEST_AUDITED,
    FEWEST_AUTHORS,
    MARGIN,
    MOST_COPIED,
    NO_OUTLET,
    READINGS,
    SIDES,
    STANCES,
    Record,
    Stance,
    grouped,
)
from stance.reporting.charts import largest
from stance.reporting.rendering import sentence, sentences
from stance.reporting.wording import has_shares, set_apart

LEAD_LEVEL = 0.01
"""Significance level of a lead, over all targets. At 5 %, 2 of 474 leads were of the wrong side, at 1 % 0 of 809
(``research.benchmarks.honest_labels``)."""

MOST_LEVELS = 6
"""Maximum number of groups in the record of a finding, those with most comments."""

MOST_NAMED = 3
"""Maximum number of groups in the title of a finding: those with shares first, then those with most comments."""

MOST_GAPS = 2
"""Maximum number of differences in a finding, and of changes; the comparison lists all."""

STEPS = ("labels", "model", "counts", "nothing")
"""Words: the forms of a finding, the best known first."""

UNMARKED = dict.fromkeys((0x2068, 0x2069))
"""Table that removes the marks which set names apart."""

METHODS = ("corrected", "labels")
"""Words: the methods that rest on labels."""


def leads(net: float, interval: tuple[float, float], targets: int = 1) -> bool:
    """Return whether one side is ahead, by net stance and its 95 % interval.

    :param targets: How many are tested, for which the level allows (Bonferroni).
    """
    widened = NormalDist().inv_cdf(1 - LEAD_LEVEL / 2 / targets) / NormalDist().inv_cdf(0.975)
    nearer = interval[0] if net > 0 else interval[1]  # the end that is nearer to zero
    return abs(net) > max(1e-6, widened * abs(nearer - net))


def doubt_of(group: Record, target: str) -> str | None:
    """Return why no direction of a group is claimed: one of its ``authors`` or ``copies`` of one text are too many."""
    checks = group.get("checks") or {}
    if checks.get("effective_authors", {}).get(target, FEWEST_AUTHORS) < FEWEST_AUTHORS:
        return "authors"
    return "copies" if (checks.get("largest_text") or 0.0) > MOST_COPIED else None


@dataclass(frozen=True, slots=True)
class Level:
    """The knowledge of one group's comments toward a target: exactly these comments.

    :param shares: Of ``SIDES``.
    :param whole: The group is all comments.
    """

    group: Record
    target: str
    shares: Mapping[Stance, Record]
    whole: bool

    @property
    def n(self) -> int | None:
        """Comments that address the target; None: withheld.

        An estimate where labels correct the model; else the number that the counts beside it are of.
        """
        if self.is_labelled:
            return int(next(iter(self.shares.values()))["n"])
        addressed: int | None = self.group["addressed"].get(self.target, 0)
        return self.found if self.is_counted_by_persons else addressed

    @property
    def read(self) -> Mapping[str, int]:
        """Comments by the labels of persons, also of labels that correct no share."""
        return (self.group.get("read") or {}).get(self.target) or {}

    @property
    def found(self) -> int:
        """Comments that address the target by the labels of persons."""
        return sum(self.read.get(side, 0) for side in SIDES)

    @property
    def labelled(self) -> int:
        """Comments with a label toward the target."""
        return (self.group.get("labelled") or {}).get(self.target) or 0

    @property
    def is_labelled(self) -> bool:
        """Return whether the shares rest on labels."""
        return any(share["method"] in METHODS for share in self.shares.values())

    @property
    def is_exact(self) -> bool:
        """Return whether persons labelled all comments, each text once."""
        return any(share["all_labelled"] for share in self.shares.values())

    @property
    def is_counted_by_persons(self) -> bool:
        """Return whether counts are of labels: all comments have one, or the labels rule out the model's counts."""
        if self.read and (self.is_exact or self.is_labelled or self.labelled >= FEWEST_AUDITED):
            return True
        return self.found > (self.group["addressed"].get(self.target) or 0)

    @property
    def has_shares(self) -> bool:
        """Return whether shares, or their intervals, may be printed."""
        return len(self.shares) == len(SIDES) and has_shares(self.shares.values())

    @property
    def may_print(self) -> bool:
        """Return whether each share may be printed."""
        return self.has_shares and all(share["may_print"] for share in self.shares.values())

    @property
    def kind(self) -> str:
        """The form in which it is told: nothing, counts, model or labels."""
        if self.has_shares:
            return "labels" if self.is_labelled else "model"
        # If persons labelled only some comments, the model must agree.
        is_known = self.is_exact or not self.group["addressed"].get(self.target)
        return "nothing" if self.n == 0 and is_known else "counts"

    @property
    def counts(self) -> Mapping[str, int | None]:
        """Comments by stance where persons labelled them, else those that name the target by ``READINGS``.

        Of a public report, which shows no single readings, by the stance of the model; None: withheld.
        """
        if self.is_counted_by_persons:
            return {stance: self.read.get(stance, 0) for stance in STANCES}
        readings = self.group.get("readings")
        counts: Mapping[str, int | None] = self.group["counts"][self.target]
        return counts if readings is None else readings[self.target]

    @property
    def sided(self) -> int | None:
        """Return the number of comments in the counts; None where a count is withheld."""
        names = READINGS if "unread" in self.counts else SIDES
        own = [self.counts[name] for name in names]
        return None if None in own else sum(n or 0 for n in own)

    @property
    def name(self) -> str:
        """The group's name, set apart."""
        return set_apart(self.group["group"])

    @property
    def margin(self) -> float:
        """The largest distance of an end of an interval from its share, in points, rounded up to a half."""
        shown = [share for share in self.shares.values() if share["may_print"]]
        ends = [abs(end - share["estimate"]) for share in shown for end in share["interval"]]
        return ceil(200 * max(ends, default=0.0) - 1e-9) / 2

    @property
    def half_width(self) -> float:
        """Half the width of the widest interval of a share that labels correct; 1 without any."""
        if not self.is_labelled or not self.has_shares:
            return 1.0
        return max((share["interval"][1] - share["interval"][0]) / 2 for share in self.shares.values())

    @property
    def doubt(self) -> str | None:
        """Why no direction is claimed."""
        return doubt_of(self.group, self.target)

    @property
    def nets(self) -> Mapping[str, Record]:
        """Net stance by target, where it is bounded."""
        means = [each for each in self.group.get("means") or () if each["interval"] and each["measure"] == "net"]
        return {each["target"]: each for each in means if each["population"] == "corpus"}

    @property
    def is_tested(self) -> bool:
        """Return whether labels can say which side is ahead."""
        return self.kind == "labels" and self.target in self.nets

    @property
    def why_untested(self) -> str | None:
        """The reason why the group is in no test of differences; None where it can be in one."""
        lacking = None if self.is_tested else "labels" if self.labelled < FEWEST_AUDITED else "addressing"
        return self.doubt or lacking

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead by labels; of a public report, also where shares are withheld."""
        if said := (self.group.get("ahead") or {}).get(self.target):
            return Stance(said)
        if not self.is_tested or (self.doubt and not self.is_exact):
            return None
        net = self.nets[self.target]
        if not leads(net["estimate"], net["interval"], len(self.nets)):
            return None
        return Stance.AGAINST if net["estimate"] < 0 else Stance.FAVOR

    @property
    def alone(self) -> Stance | None:
        """The side that is ahead by the model alone, which nobody checked."""
        claimed = (side for side, share in self.shares.items() if share.get("claim"))
        return next(claimed, None) if self.kind == "model" and not self.doubt else None

    def to_record(self) -> Record:
        """Return the numbers that the finding states of the group."""
        record = {"group": self.group["group"], "step": self.kind, "n": self.n, "labels": self.labelled}
        if not self.has_shares:
            return record | {"counts": dict(self.counts)}
        numbers = ("estimate", "interval", "method", "printed", "may_print")
        shares = {str(side): {name: share[name] for name in numbers} for side, share in self.shares.items()}
        return record | {"shares": shares, "ahead": self.ahead, "claim": "model_alone" if self.alone else None}


def scored(group: Record) -> int:
    """Count the comments of a group that the model scored."""
    return max(0, (group["comments"] or 0) - (group["not_covered"] or 0))


def labelable(group: Record) -> int:
    """Count the comments of a group that can be labelled: those that the model scored, each text once."""
    return min(scored(group), group.get("texts") or scored(group))


def level_of(group: Record, target: str, *, whole: bool = False) -> Level:
    """Find the estimates of a group's comments toward a target."""
    own = [share for share in group["shares"] if share["target"] == target and share["population"] == "corpus"]
    return Level(group, target, {Stance(share["stance"]): share for share in own}, whole)


# Findings -------------------------------------------------------------------------------------------------------------


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


# Labels ---------------------------------------------------------------------------------------------------------------


def use_of_labels(comparison: Record) -> str:
    """Return the effect of the audit labels on shares.

    :return: ``all`` comments are labelled; labels ``correct`` some; they are ``few``, or of no comment: ``none``.
    """
    shares = [share for group in comparison["groups"] for share in group["shares"]]
    if shares and all(share["all_labelled"] for share in shares):
        return "all"
    if any(share["method"] in METHODS for share in shares):
        return "correct"
    return "few" if (comparison.get("audit") or {}).get("matched") else "none"


def source_line(comparison: Record) -> str:
    """Write the sources of a chart: the comments, how shares were estimated, model and version."""
    methods = {share["method"] for group in comparison["groups"] for share in group["shares"]} - {"none"}
    use = "all" if methods and methods <= {*METHODS} else use_of_labels(comparison)
    return sentence("captions.txt", "source", comparison, use)


def sentence_to_copy(told: Record, groups: Iterable[Record], source: str) -> str:
    """Write what is copied for print: the sentence that may be printed, else the findings; outlets, dates and source.

    :param told: As :func:`opening` returns it.
    """
    named = [group["group"] for group in groups if group["group"] != NO_OUTLET]
    outlets = f"Outlets: {', '.join(named[:5])}{' and others' if len(named) > 5 else ''}." if named else ""
    said = told["printed"] or " ".join(line["title"] for line in told["lines"])
    return " ".join(filter(None, (said, outlets, source))).translate(UNMARKED)


# The plan -------------------------------------------------------------------------------------------------------------

WIDEST = 0.15
"""Maximum half width of a share that is worth labels: wider ones are not printed."""

SPARE = 1.1
"""Number of comments drawn for each label that is needed: some are skipped, or answered by "unsure"."""

MOST_PRICES = 4
"""Maximum number of questions that a step names."""


def plan(comparison: Record, levels: Sequence[Level]) -> list[Record]:
    """List the questions that labels can answer, the cheapest first.

    :param levels: Of all comments and of outlets, and of all targets.
    :return: For each question its ``kind`` (share or difference), ``target``, ``groups`` (empty: all comments), the
        ``labels`` that a draw adds, ``n`` comments of the draw in all, ``minutes``, expected ``half_width`` and
        ``command`` (None of a difference: those of its shares).
    """
    asked: list[Record] = []
    for own in grouped((level.target, level) for level in levels if _can_be_known(level)).values():
        parts = [level for level in own if not level.whole]  # together, they are all comments: both would be two draws
        chosen = parts if len(parts) > 1 else [level for level in own if level.whole]
        asked += filter(None, (_share_question(comparison, level) for level in chosen))
    asked.sort(key=lambda each: (each["labels"], -each["n"]))
    found: list[Record] = []
    for question in asked:
        others = (each for each in found if each["kind"] == "share" and each["target"] == question["target"])
        pair = next((each for each in others if each["groups"] and question["groups"]), None)
        found.append(question)
        if pair:
            both = {name: pair[name] + question[name] for name in ("groups", "labels", "minutes")}
            half = (pair["half_width"] ** 2 + question["half_width"] ** 2) ** 0.5
            found.append({**question, **both, "kind": "difference", "half_width": half, "n": None, "command": None})
    return found


def _can_be_known(level: Level) -> bool:
    """Return whether labels are expected to give a share that may be printed."""
    curve = (level.group.get("learnable") or {}).get(level.target) or [(0, 1.0)]
    return bool(curve[-1][1] <= WIDEST)


def _share_question(comparison: Record, level: Level) -> Record | None:
    """Return the price of a share; None where it is known well enough, or further labels cannot give it."""
    curve: list[tuple[int, float]] = level.group["learnable"][level.target]
    if level.is_exact or (half := level.half_width) <= MARGIN:
        return None
    expected = next((width for n, width in reversed(curve) if n <= level.labelled), curve[0][1])
    factor = max(1.0, half / expected) if half < 1 else 1.0  # as far as labels were less use than expected
    reached = (each for each in curve if factor * each[1] <= MARGIN)
    n, width = next(reached, curve[-1])
    drawn: Mapping[str, int] = (comparison.get("drawn") or {}).get(level.target, {})
    done: int = max(level.labelled, sum(drawn.values()) if level.whole else drawn.get(level.group["group"], 0))
    labels = min(ceil(SPARE * (n - level.labelled)), labelable(level.group) - done)
    if factor * width > WIDEST or labels <= 0:
        return None
    chosen = "" if level.whole else f" --where {shlex.quote('outlet=' + level.group['group'])}"
    chosen += f" --target {shlex.quote(level.target)}"
    return {
        "kind": "share",
        "target": level.target,
        "groups": [] if level.whole else [level.group["group"]],
        "labels": labels,
        "n": done + labels,
        "minutes": minutes(labels),
        "half_width": factor * width,
        "command": draw_commands(comparison, chosen, done + labels)[0],
        "commands": draw_commands(comparison, chosen, done + labels),
    }


def price_of(question: Record, labels: Mapping[str, str]) -> str:
    """Write the price and the use of labels."""
    return sentence("opening.txt", "price", question, labels).translate(UNMARKED)


def next_step(comparison: Record, levels: Sequence[Level], planned: Sequence[Record]) -> Record | None:
    """Choose the next step; None where labels cannot help.

    :param levels: Of all groups and targets.
    :param planned: As :func:`plan` returns it.
    :return: ``kind`` (done, learned, waiting, all or plan), ``total`` comments that can be labelled, ``scored`` ones,
        whether these are all (``is_whole``), ``n`` comments to label, the ``minutes`` that takes, the ``prices`` of a
        plan, and ``commands`` that draw them (empty where drawn comments wait), label them, and write the report again.
    """
    groups = [group for group in comparison["groups"] if labelable(group)]
    targets = {each.target for each in levels if each.kind != "nothing"}
    targets = targets or {each.target for each in levels if each.is_exact}
    if not groups or not targets:
        return None
    labels = {group["group"]: min((group.get("labelled") or {}).get(each) or 0 for each in targets) for group in groups}
    unlabelled = sum(labelable(group) - labels[group["group"]] for group in groups)
    is_whole = not any(group["not_covered"] for group in comparison["groups"])
    done: Record = {"kind": "done", "is_whole": is_whole, "commands": ()}
    done |= {"total": sum(map(labelable, groups)), "scored": sum(map(scored, groups))}
    if unlabelled <= 0:
        return done
    learned = comparison.get("learned") or 0
    if 10 * learned > 9 * done["scored"]:  # nearly all: hardly any can be drawn
        return done | {"kind": "learned", "learned": learned}
    if waiting := comparison.get("waiting"):
        commands = draw_commands(comparison, "", 0)
        return done | {"kind": "waiting", "n": waiting, "minutes": minutes(waiting), "commands": commands}
    if is_whole and done["scored"] < FEWEST_AUDITED:  # else persons could not be said to have read all comments
        commands = draw_commands(comparison, "", done["total"])
        return done | {"kind": "all", "n": unlabelled, "minutes": minutes(unlabelled), "commands": commands}
    return done | {**planned[0], "kind": "plan", "prices": planned[:MOST_PRICES]} if planned else None


def minutes(labels: int) -> int:
    """Return how many minutes labels take: fifty take twelve."""
    return max(1, round(labels * 12 / 50))


def draw_commands(comparison: Record, chosen: str, n: int) -> Sequence[str]:
    """Write the commands that draw comments, label them, and write the report again.

    A larger draw holds an earlier one of the same seed; those of its comments that have a label are not labelled again.

    :param chosen: Options that choose the comments.
    :param n: How many are drawn, labelled ones too.
    """
    line = comparison.get("command")
    inputs, given, options = (list(map(str, getattr(line, name, ()))) for name in ("inputs", "labels", "options"))
    shown = shlex.join(inputs) if 0 < len(inputs) <= 3 else "INPUT"
    draw = " ".join(["stance sample", shown, *map(shlex.quote, options)]) + f"{chosen} --n {n}"
    waiting = comparison.get("waiting")  # drawn already
    stores = [each for each in (*given, *inputs) if each.endswith((".db", ".sqlite"))]
    if stores and len(inputs) == 1 and inputs[0] in stores:
        return "" if waiting else draw, f"stance label {shown}"
    tables, kept = [each for each in given if each not in stores], next(iter(stores), "labels.db")
    names = ("sample.csv", *(f"sample{number}.csv" for number in range(2, len(given) + 3)))
    new = [each for each in names[len(given) > 0 :] if each not in given][: not waiting]
    again = [part for each in dict.fromkeys((*given, *new, kept)) for part in ("--labels", each)]
    label = shlex.join(["stance", "label", *tables, *new, "--labels", kept])
    return "".join(f"{draw} -o {each}" for each in new), label, shlex.join(again)
