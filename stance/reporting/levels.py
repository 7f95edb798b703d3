"""Decide how a group's comments toward a target are stated: shares, counts, and whether a side is ahead."""

from math import ceil
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any

from stance.datamodels import (
    FEWEST_AUDITED,
    FEWEST_AUTHORS,
    FEWEST_SHOWN,
    MOST_COPIED,
    READINGS,
    SIDES,
    STANCES,
    UNMEASURED,
    Interval,
    Record,
    Stance,
)
from stance.reporting.wording import set_apart

Level = SimpleNamespace
"""The knowledge of one group's comments toward a target, as :func:`level_of` returns it."""

METHODS = ("corrected", "labels")
"""Words: the methods that rest on labels."""


def leads(net: float, interval: Interval, targets: int = 1) -> bool:
    """Return whether one side is ahead, by net stance and its 95 % interval.

    :param targets: How many are tested, for which the level allows (Bonferroni).
    """
    # Significance level of a lead, over all targets. At 5 %, 2 of 474 leads were of the wrong side, at 1 % 0 of 809
    # (``research.benchmarks.honest_labels``).
    widened = NormalDist().inv_cdf(1 - 0.01 / 2 / targets) / NormalDist().inv_cdf(0.975)
    nearer = interval[0] if net > 0 else interval[1]  # the end that is nearer to zero
    return abs(net) > max(1e-6, widened * abs(nearer - net))


def doubt_of(group: Record, target: str) -> str | None:
    """Return why no direction of a group is claimed: one of its ``authors`` or ``copies`` of one text are too many."""
    checks = group.get("checks") or {}
    if checks.get("effective_authors", {}).get(target, FEWEST_AUTHORS) < FEWEST_AUTHORS:
        return "authors"
    return "copies" if (checks.get("largest_text") or 0.0) > MOST_COPIED else None


def level_of(group: Record, target: str, *, whole: bool = False) -> Level:
    """Find the knowledge of a group's comments toward a target: of exactly these comments.

    :param whole: The group is all comments.
    :return: ``n`` comments address the target, or ``found`` by the labels of persons, who ``read`` and ``labelled``
        some; counts are None where they are withheld. ``shares`` of ``SIDES`` are told in the form ``printed``, with a
        ``margin`` in points, rounded up to a half, if they may be printed. ``half_width`` is the largest distance of an
        end of an interval from its share, 1 where labels give no intervals; ``goal``, the number of labels, and the
        half width that four of five draws of it reach; ``note``, why shares are not estimated, or may not be printed
        however many labels there are. ``kind`` is the form in which it is told: nothing, counts, model or labels.
        ``counts`` are of stances where persons labelled the comments, else of ``READINGS``; of a public report, which
        shows no single readings, of stances by the model; ``sided`` is their sum. ``ahead`` is the side that is ahead
        by labels; of a public report, also where shares are withheld; ``alone``, the one that is ahead by the model
        alone, which nobody checked.
    """

    def toward(name: str) -> Any:
        return (group.get(name) or {}).get(target)

    # 1. Labels: by persons who read all comments, or enough for a share.
    of_target = [share for share in group["shares"] if share["target"] == target and share["population"] == "corpus"]
    shares = {Stance(share["stance"]): share for share in of_target}
    one: Record = next(iter(shares.values()), {})  # the three sides have one number, method, form and note
    is_labelled, is_exact = one.get("method") in METHODS, bool(one.get("all_labelled"))
    by_persons, labelled = toward("read") or {}, toward("labelled") or 0
    addressing = sum(by_persons.get(side, 0) for side in SIDES)
    # 2. Counts: of persons if all comments have a label, or the labels rule out the model's counts.
    addressed = group["addressed"].get(target, 0)
    has_labels = bool(by_persons) and (is_exact or is_labelled or labelled >= FEWEST_AUDITED)
    is_counted_by_persons = has_labels or addressing > (addressed or 0)
    counts = toward("readings") or toward("counts") or {}
    if is_counted_by_persons:
        counts = {stance: by_persons.get(stance, 0) for stance in STANCES}
    counted = [counts.get(name, 0) for name in (READINGS if "unread" in counts else SIDES)]
    sided = None if None in counted else sum(counted)
    # An estimate where labels correct the model; else the number that the counts beside it are of.
    n = one["n"] if is_labelled else addressing if is_counted_by_persons else addressed
    # 3. Shares, and the form in which they are told.
    printed = one.get("printed", "counts")
    has_shares, may_print = printed != "counts", printed == "share"
    is_known = is_exact or not addressed  # if persons labelled only some comments, the model must agree
    kind = "nothing" if n == 0 and is_known and not sided else "counts"
    kind = kind if not has_shares else "labels" if is_labelled else "model"
    half_width = 1.0
    if is_labelled and has_shares:
        half_width = max(abs(end - share["estimate"]) for share in shares.values() for end in share["interval"])
    # 4. The side that is ahead.
    means = [mean for mean in group.get("means") or () if mean["interval"] and mean["measure"] == "net"]
    nets = {mean["target"]: mean for mean in means if mean["population"] == "corpus"}
    doubt, is_tested, ahead = doubt_of(group, target), kind == "labels" and target in nets, toward("ahead")
    if not ahead and is_tested and (is_exact or not doubt):
        net = nets[target]
        side = Stance.AGAINST if net["estimate"] < 0 else Stance.FAVOR
        ahead = side if leads(net["estimate"], net["interval"], len(nets)) else None
    claimed = [side for side, share in shares.items() if share.get("claim") and kind == "model" and not doubt]
    return Level(
        group=group,
        name=set_apart(group["group"]),
        target=target,
        whole=whole,
        shares=shares,
        is_labelled=is_labelled,
        is_exact=is_exact,
        read=by_persons,
        labelled=labelled,
        goal=toward("learnable") or {},
        found=addressing,
        is_counted_by_persons=is_counted_by_persons,
        counts=counts,
        sided=sided,
        unscored=(group.get("without_stance") or {}).get(target, 0),
        n=n,
        is_unmeasured=(n or 0) >= FEWEST_SHOWN and one.get("note") == UNMEASURED,
        printed=printed,
        has_shares=has_shares,
        may_print=may_print,
        kind=kind,
        half_width=half_width,
        margin=ceil(200 * half_width - 1e-9) / 2 if may_print else 0.0,
        note=one.get("note"),
        doubt=doubt,
        is_tested=is_tested,
        ahead=ahead and Stance(ahead),
        alone=next(iter(claimed), None),
    )


def scored(group: Record) -> int:
    """Count the comments of a group that the model scored."""
    return max(0, (group["comments"] or 0) - (group["not_covered"] or 0))


def labelable(group: Record) -> int:
    """Count the comments of a group that can be labelled: those that the model scored, each text once."""
    return min(scored(group), group.get("texts") or scored(group))
