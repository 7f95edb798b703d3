"""Plan the labels that a report asks for: their questions, prices and commands, and the next step."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from stance.datamodels import FEWEST_AUDITED, FEWEST_SHOWN, MARGIN, Record, grouped
from stance.reporting.levels import Level, labelable, scored
from stance.reporting.rendering import sentence
from stance.reporting.wording import UNMARKED

WIDEST_APART = 0.3
"""Maximum half width of a difference that is worth labels: one of 43 points would probably be found."""

MOST_PRICES = 4
"""Maximum number of questions that a step names."""

COMMENTS_A_MINUTE = 50 / 12
"""Speed of a person who labels."""

BATCH = round(10 * COMMENTS_A_MINUTE)
"""Number of labels that take ten minutes; after each batch, the label page shows what the labels changed."""


def plan(comparison: Record, levels: Sequence[Level]) -> list[Record]:
    """List the questions that labels can answer, the cheapest first.

    :param levels: Of all comments and of outlets, and of all targets.
    :return: For each question its ``kind`` (share or difference), ``target``, ``groups`` (empty: all comments), the
        ``labels`` that a draw adds, ``n`` comments of the draw in all, ``minutes``, expected ``half_width`` and
        ``command`` (None of a difference: those of its shares).
    """
    asked = (level for level in _levels_asked(comparison, levels) if not _is_known(level))
    questions = [question for level in asked if (question := _share_question(comparison, level))]
    # A share of all comments says most: it is first where it takes at most a quarter of an hour.
    questions.sort(key=lambda of: (of["minutes"] > 15 or bool(of["groups"]), of["labels"], -of["n"]))
    planned: list[Record] = []
    for question in questions:
        others = (other for other in planned if other["kind"] == "share" and other["target"] == question["target"])
        pair = next((other for other in others if other["groups"] and question["groups"]), None)
        planned.append(question)
        if pair and (half := (pair["alike"] ** 2 + question["alike"] ** 2) ** 0.5) <= WIDEST_APART:
            groups, labels = (pair[name] + question[name] for name in ("groups", "labels"))
            price = {"groups": groups, "labels": labels, "minutes": minutes(labels), "half_width": half}
            planned.append({**question, **price, "kind": "difference", "n": None, "command": None})
    return planned


def awaited(comparison: Record, levels: Sequence[Level]) -> list[Record]:
    """List the shares that drawn comments without a label were to give, with the use of ten minutes of these.

    :param levels: As of :func:`plan`.
    :return: For each share ``kind``, ``target``, ``groups``, ``half_width`` (1: no interval yet), whether it
        ``is_known`` well enough, the next ``labels`` with their ``minutes``, and the ``half_width_after``.
    """
    shares: list[Record] = []
    for level in _levels_asked(comparison, levels):
        labels = min(BATCH, comparison.get("waiting") or 0, _drawn(comparison, level) - level.labelled)
        if labels > 0:
            now, after = 0.0 if level.is_exact else level.half_width, _expected(level, level.labelled + labels)[0]
            share = {"half_width": now, "half_width_after": after, "is_known": _is_known(level)}
            shares.append(_question(level, labels) | share)
    return shares


def _levels_asked(comparison: Record, levels: Sequence[Level]) -> Iterator[Level]:
    """Yield the levels of which labels are expected to give a share that may be printed.

    The share of all comments is left out if comments of some groups only were drawn. In 5 % of draws from all groups, a
    group with three expected comments has none.
    """
    for target, of_target in grouped((level.target, level) for level in levels).items():
        drawn = (comparison.get("drawn") or {}).get(target, {})
        sizes = {level.group["group"]: level.n or 0 for level in of_target if not level.whole}
        others = sum(n for group, n in sizes.items() if not drawn.get(group))
        in_part = 0 < 3 * (sum(sizes.values()) - others) < others * sum(drawn.values())
        yield from (level for level in of_target if _curve(level)[-1][1] <= MARGIN and not (level.whole and in_part))


def _is_known(level: Level) -> bool:
    """Return whether no further label is needed."""
    return level.is_exact or level.half_width <= MARGIN


def _curve(level: Level) -> Sequence[tuple[int, float, float]]:
    """Return the expected half widths by number of labels."""
    return (level.group.get("learnable") or {}).get(level.target) or [(0, 1.0, 1.0)]


def _expected(level: Level, labels: int) -> tuple[float, float]:
    """Return the half widths expected after a number of labels, of exactly these comments and of comments like these.

    As far as labels were less use than expected, further ones are too.

    :return: 1 where so few labels give no share that may be printed.
    """
    (_, before, _), (_, *after) = (
        next((point for point in reversed(_curve(level)) if point[0] <= count), (0, 1.0, 1.0))
        for count in (level.labelled, labels)
    )
    wider = max(1.0, level.half_width / before) if level.half_width < 1 else 1.0
    return wider * after[0], wider * after[1]


def _drawn(comparison: Record, level: Level) -> int:
    """Count the drawn comments of a level, with or without a label."""
    return max(level.labelled, _count(comparison.get("drawn"), level))


def _count(counts: Mapping[str, Mapping[str, int]] | None, level: Level) -> int:
    """Return a count of a level: of its target, in its group."""
    of_outlets = (counts or {}).get(level.target, {})
    return sum(of_outlets.values()) if level.whole else of_outlets.get(level.group["group"], 0)


def _question(level: Level, labels: int) -> Record:
    """Return the question of a share, and the price of its labels."""
    question = {"kind": "share", "target": level.target, "groups": [] if level.whole else [level.group["group"]]}
    return question | {"labels": labels, "minutes": minutes(labels)}


def _share_question(comparison: Record, level: Level) -> Record | None:
    """Return the price of a share; None where further labels cannot give it."""
    numbers, done = [n for n, *_ in _curve(level)], _drawn(comparison, level)
    free = labelable(level.group) - done - _count(comparison.get("known"), level)  # what the model knows is not drawn
    n = next((n for n in numbers if _expected(level, n)[0] <= MARGIN), numbers[-1])
    if level.found >= FEWEST_SHOWN and not level.is_labelled:  # they count less than labels that a plan draws
        n = max(n, FEWEST_AUDITED)
    n = min(n, level.labelled + free)
    # Number of comments drawn for each label that is needed: some are skipped, or answered by "unsure".
    labels = min(ceil(1.1 * (n - level.labelled)), free)
    exactly, alike = _expected(level, n)
    if exactly > MARGIN or labels <= 0:
        return None
    options = "" if level.whole else f" --where {shlex.quote('outlet=' + level.group['group'])}"
    options += f" --target {shlex.quote(level.target)} --n {done + labels}"
    commands = draw_commands(comparison, options)
    question = {**_question(level, labels), "n": done + labels, "half_width": exactly}
    # No difference is claimed where there is doubt.
    return {**question, "command": commands[0], "commands": commands, "alike": 1.0 if level.doubt else alike}


def price_of(question: Record, labels: Mapping[str, str]) -> str:
    """Write the price and the use of labels."""
    return sentence("opening.txt", "price", question, labels).translate(UNMARKED)


def next_step(
    comparison: Record, levels: Sequence[Level], planned: Sequence[Record], shares: Sequence[Record] = ()
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
