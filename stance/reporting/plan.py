"""Plan the labels that a report asks for: their questions, prices and commands, and the next step."""

import shlex
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from operator import itemgetter

from stance.datamodels import FEWEST_AUDITED, FEWEST_SHOWN, Record, grouped
from stance.reporting.levels import Level, labelable, scored
from stance.reporting.rendering import sentence
from stance.reporting.wording import UNMARKED

WIDEST_APART = 0.3
"""Maximum half width of a difference that is worth labels: one of 43 points would probably be found."""

AGAIN = 1.35
"""Factor from the labels that a missed half width is expected to need to those that four of five draws need."""

INTERNAL = ("commands", "alike", "parts")
"""Words: values of a question that only the next step, or its differences, need."""

MOST_PRICES = 4
"""Maximum number of questions that a step names."""

COMMENTS_A_MINUTE = 50 / 12
"""Speed of a person who labels."""

BATCH = round(10 * COMMENTS_A_MINUTE)
"""Number of labels that take ten minutes; after each batch, the label page shows what the labels changed."""


def plan(comparison: Record, levels: Sequence[Level]) -> list[Record]:
    """List the questions that labels can answer, the cheapest first.

    Once asked, a question stays until its shares may be printed as narrow as promised, or all comments are labelled.

    :param levels: Of all comments and of outlets, and of all targets.
    :return: For each question its ``kind`` (share or difference), ``target``, ``groups`` (empty: all comments), the
        ``labels`` that a draw adds, ``n`` comments of the draw in all, ``minutes``, the ``half_width`` that four of
        five draws reach, the ``command`` (None of a difference: those of its shares), whether labels ``missed`` the
        half width, and ``why``.
    """
    questions = []
    for of_target in grouped((level.target, level) for level in levels).values():
        shares = [share for level in of_target if (share := _share_question(comparison, level))]
        outlets = [share for share in shares if share["groups"]]
        first = min(outlets, key=itemgetter("alike", "groups"), default={})  # which the others are compared with
        questions += shares
        questions += [_difference(first, share) for share in outlets if share is not first]
    asked = [question for question in questions if question["labels"] and question["half_width"] <= WIDEST_APART]
    # A share of all comments says most: it is first where it takes at most a quarter of an hour.
    return sorted(asked, key=lambda of: (of["minutes"] > 15 or bool(of["groups"]), max(of["parts"])))


def _difference(one: Record, other: Record) -> Record:
    """Return the question of a difference between two outlets."""
    groups, parts = (one[name] + other[name] for name in ("groups", "parts"))
    half_width = (one["alike"] ** 2 + other["alike"] ** 2) ** 0.5
    price = {"labels": sum(parts), "n": None, "minutes": minutes(sum(parts)), "half_width": half_width, "command": None}
    question = {"kind": "difference", "target": one["target"], "groups": groups, "parts": parts}
    return {**question, **price, "missed": False, "why": ""}


def awaited(comparison: Record, levels: Sequence[Level]) -> list[Record]:
    """List the shares that drawn comments without a label were to give, with the use of ten minutes of these.

    :param levels: As of :func:`plan`.
    :return: For each share ``kind``, ``target``, ``groups``, ``half_width`` (1: no interval yet), whether it
        ``is_known`` well enough, the next ``labels`` with their ``minutes``, and the ``half_width_after``.
    """
    shares = []
    for level in levels:
        if not level.goal:
            continue
        labels = min(BATCH, comparison.get("waiting") or 0, _drawn(comparison, level) - level.labelled)
        if labels > 0:
            now, after = 0.0 if level.is_exact else level.half_width, _half_width_after(level, level.labelled + labels)
            share = {"half_width": now, "half_width_after": after, "is_known": _is_known(level)}
            shares.append(_question(level, labels) | share)
    return shares


def _is_known(level: Level) -> bool:
    """Return whether no further label is needed: none makes annotators agree."""
    is_narrow = level.half_width <= level.goal["half_width"]
    return level.is_exact or (is_narrow and (level.may_print or level.note is not None))


def _rest(level: Level, labels: float) -> float:
    """Return the part of a variance after a number of labels: none is left where all comments are labelled."""
    return max(1e-9, 1 / labels - 1 / labelable(level.group))


def _half_width_after(level: Level, labels: int) -> float:
    """Return the half width after a number of labels; 1 where so few give no share."""
    goal = level.goal
    if level.half_width < 1:
        return level.half_width * sqrt(_rest(level, labels) / _rest(level, level.labelled))
    if labels * goal["addressing"] < FEWEST_SHOWN * goal["n"]:
        return 1.0
    return min(1.0, goal["half_width"] * sqrt(_rest(level, labels) / _rest(level, goal["n"])))


def _labels_needed(level: Level) -> int:
    """Return the number of labels in all after which the promised half width is expected.

    As far as labels were less use than expected, further ones are too.
    """
    goal, labels = level.goal, level.labelled
    if level.half_width < 1:
        narrower = (level.half_width / goal["half_width"]) ** 2
        narrower = max(narrower, 1.0 if level.may_print else AGAIN)
        return ceil(AGAIN / (_rest(level, labels) / narrower + 1 / labelable(level.group)))
    if labels < goal["n"]:
        return int(goal["n"])
    return ceil(AGAIN * labels * max(1.0, goal["addressing"] / max(1, level.found)))


def _is_in_part(comparison: Record, level: Level) -> bool:
    """Return whether comments of some groups only were drawn, so that these say nothing of all comments.

    In 5 % of draws from all groups, a group with three expected comments has none.
    """
    drawn = (comparison.get("drawn") or {}).get(level.target, {})
    sizes = {group["group"]: group["addressed"].get(level.target) or 0 for group in comparison["groups"]}
    others = sum(n for group, n in sizes.items() if not drawn.get(group))
    return level.whole and 0 < 3 * (sum(sizes.values()) - others) < others * sum(drawn.values())


def _drawn(comparison: Record, level: Level) -> int:
    """Count the drawn comments of a level, with or without a label."""
    drawn = None if _is_in_part(comparison, level) else comparison.get("drawn")
    return max(level.labelled, _count(drawn, level))


def _count(counts: Mapping[str, Mapping[str, int]] | None, level: Level) -> int:
    """Return a count of a level: of its target, in its group."""
    of_outlets = (counts or {}).get(level.target, {})
    return sum(of_outlets.values()) if level.whole else of_outlets.get(level.group["group"], 0)


def _question(level: Level, labels: int) -> Record:
    """Return the question of a share, and the price of its labels."""
    question = {"kind": "share", "target": level.target, "groups": [] if level.whole else [level.group["group"]]}
    return question | {"labels": labels, "minutes": minutes(labels)}


def _share_question(comparison: Record, level: Level) -> Record | None:
    """Return the price of a share, 0 labels where it is known; None where labels cannot give it."""
    if not (goal := level.goal):
        return None
    drawn = _drawn(comparison, level)
    free = labelable(level.group) - drawn - _count(comparison.get("known"), level)  # what the model knows is not drawn
    needed = 0 if _is_known(level) else max(1, _labels_needed(level) - level.labelled)
    if needed > free and not drawn:
        return None
    labels = max(0, min(needed, free))
    options = "" if level.whole else f" --where {shlex.quote('outlet=' + level.group['group'])}"
    options += f" --target {shlex.quote(level.target)} --n {drawn + labels}"
    commands = draw_commands(comparison, options)
    missed = level.labelled > 0 < labels and drawn >= goal["n"] and not comparison.get("waiting")
    return {
        **_question(level, labels),
        "n": drawn + labels,
        "half_width": goal["half_width"],
        "command": commands[0],
        "commands": commands,
        "parts": [labels],
        "missed": missed,
        "why": sentence("opening.txt", "missed", level, goal, drawn) if missed else "",
        "alike": 1.0 if level.doubt else goal["alike"],  # no difference is claimed where there is doubt
    }


def price_of(question: Record, labels: Mapping[str, str]) -> str:
    """Write the price and the use of labels."""
    return sentence("opening.txt", "price", question, labels).translate(UNMARKED)


def next_step(
    comparison: Record, levels: Sequence[Level], planned: Sequence[Record], shares: Sequence[Record]
) -> Record | None:
    """Choose the next step; None where labels cannot help.

    :param levels: Of all groups and targets.
    :param planned: As :func:`plan` returns it.
    :param shares: As :func:`awaited` returns them.
    :return: ``kind`` (done, learned, waiting, all or plan), ``total`` comments that can be labelled, ``scored`` ones,
        whether these are all (``is_whole``), ``n`` comments to label, the ``minutes`` that takes, the ``prices`` of a
        plan with ``minutes_of`` their comments, the ``shares`` of waiting comments and whether they are known
        (``is_answered``), and ``commands`` that draw the comments (empty where drawn ones wait), label them, and write
        the report again.
    """
    groups = [group for group in comparison["groups"] if labelable(group)]
    targets = {level.target for level in levels if level.kind != "nothing"}
    targets = targets or {level.target for level in levels if level.is_exact}
    if not groups or not targets:
        return None
    parts = [comparison["whole"]] if comparison.get("whole") else groups  # a text at two outlets is labelled once
    labelled = (min((part.get("labelled") or {}).get(target) or 0 for target in targets) for part in parts)
    is_whole = not any(group["not_covered"] for group in comparison["groups"])
    done: Record = {"kind": "done", "is_whole": is_whole, "commands": ()}
    done |= {"total": sum(map(labelable, parts)), "scored": sum(map(scored, groups))}
    unlabelled = done["total"] - sum(labelled)
    if unlabelled <= 0:
        return done
    learned = comparison.get("learned") or 0
    if 10 * learned > 9 * done["scored"]:  # nearly all: hardly any can be drawn
        return done | {"kind": "learned", "learned": learned}
    if waiting := comparison.get("waiting"):
        is_answered = bool(shares) and all(share["is_known"] for share in shares)
        step = {"kind": "waiting", "n": waiting, "shares": shares[:MOST_PRICES], "is_answered": is_answered}
        return done | step | {"minutes": minutes(waiting), "commands": draw_commands(comparison, "")}
    if is_whole and done["scored"] < FEWEST_AUDITED:  # else persons could not be said to have read all comments
        commands = draw_commands(comparison, f" --n {done['total']}")
        return done | {"kind": "all", "n": unlabelled, "minutes": minutes(unlabelled), "commands": commands}
    step = {"kind": "plan", "prices": planned[:MOST_PRICES], "minutes_of": minutes}
    return done | planned[0] | step if planned else None


def minutes(comments: int) -> int:
    """Return how many minutes it takes to label comments, each toward all its targets."""
    return max(1, round(comments / COMMENTS_A_MINUTE))


def command_parts(command: object) -> dict[str, list[str]]:
    """Return the parts of a command that other commands repeat; empty where they are not known."""
    return {name: [*map(str, getattr(command, name, ()))] for name in ("inputs", "labels", "options")}


def draw_commands(comparison: Record, selection: str) -> Sequence[str]:
    """Write the commands that draw comments, label them, and write the report again.

    A larger draw holds an earlier one of the same seed; those of its comments that have a label are not labelled again.

    :param selection: Options that choose the comments: the group, the target, and how many, labelled ones too.
    """
    inputs, labels, options = command_parts(comparison.get("command")).values()
    sources = shlex.join(inputs) if 0 < len(inputs) <= 3 else "INPUT"
    draw = " ".join(["stance sample", sources, *map(shlex.quote, options)]) + selection
    waiting = comparison.get("waiting")  # drawn already
    stores = [path for path in (*labels, *inputs) if path.endswith((".db", ".sqlite"))]
    if stores and len(inputs) == 1 and inputs[0] in stores:
        return "" if waiting else draw, f"stance label {sources}"
    tables, store = [path for path in labels if path not in stores], next(iter(stores), "labels.db")
    names = ("sample.csv", *(f"sample{number}.csv" for number in range(2, len(labels) + 3)))
    new = [path for path in names[len(labels) > 0 :] if path not in labels][: not waiting]
    again = [part for path in dict.fromkeys((*labels, *new, store)) for part in ("--labels", path)]
    label = shlex.join(["stance", "label", *tables, *new, "--labels", store])
    return "".join(f"{draw} -o {path}" for path in new), label, shlex.join(again)
