"""Write an evaluation as a page, and beside it the record that the page was drawn from."""

import json
from collections.abc import Callable, Mapping, Sequence
from math import log
from pathlib import Path
from typing import Any, NamedTuple

from stance.datamodels import FEWEST_TESTED, STANCES
from stance.reporting.rendering import BASELINE_WORDS, publish, render

WIDTH, HEIGHT = 360, 240
"""Size of a picture, in units of its view box: a phone shows one unit as one pixel."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 40.0, 20.0, 18.0, 40.0  # margins that hold the axes' words
_TENTHS = tuple(step / 5 for step in range(6))

NEAREST = 36
"""Minimum number of units between two ticks of an axis, so that their words do not overlap."""

Record = Mapping[str, Any]


class Mark(NamedTuple):
    """A point of a picture with its whisker."""

    x: float
    y: float
    low: float
    high: float


class Tick(NamedTuple):
    """A place on an axis, and its words."""

    at: float
    label: str


class Plot(NamedTuple):
    """A picture with two axes, in units of its view box."""

    marks: tuple[Mark, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    x_label: str
    y_label: str
    is_joined: bool  # a line through the marks
    diagonal: tuple[float, float, float, float] | None = None


def write_evaluation(record: Record, folder: Path, *, command: str | None = None) -> Path:
    """Write ``evaluation.html`` and ``evaluation.json``, both or neither.

    :param record: As ``stance evaluate --json`` prints it.
    :param folder: Where they go; made if it is not there.
    :param command: The command that made the evaluation, to be printed in it.
    :return: The path of ``evaluation.html``.
    :raises ConfigError: If the folder cannot be made or written.
    """
    nested = json.dumps({**record, "command": command}, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    page = render("evaluation.html", page_values(record, command))
    return publish(folder, {"evaluation.json": [nested], "evaluation.html": page})


def page_values(record: Record, command: str | None) -> dict[str, Any]:
    """Return the values of the template: the record, and the layout of its pictures."""
    curve, abstaining, baselines = record.get("learning_curve"), record["abstaining"], record["baselines"]
    parts = map(abstaining.get, ("addressed", "named"))
    addressed, named = (part and coverage_plot(part["curve"]) for part in parts)
    beside = [(BASELINE_WORDS.get(name, name), each) for name, each in baselines.items()]
    return {
        "record": record,
        "model": {"name": record["model"]},
        "command": command,
        "beside": [(record["model"], record), *beside],
        "stances": [str(stance) for stance in STANCES],
        "fewest": FEWEST_TESTED,
        "best_baseline": max(baselines, key=lambda name: baselines[name]["macro_f1"]),
        "reliability": reliability_plot(record["reliability"]),
        "coverage": coverage_plot(abstaining["all"]["curve"]),
        "coverage_addressed": addressed,
        "coverage_named": named,
        "learning": learning_plot(curve["points"]) if curve else None,
    }


def reliability_plot(bins: Sequence[Record]) -> Plot:
    """Draw accuracy by the model's probability: on the diagonal, it is as sure as it may be."""
    plot = _unit_plot(bins, "confidence", "probability of the label given", is_joined=False)
    return plot._replace(diagonal=(_LEFT, HEIGHT - _BOTTOM, WIDTH - _RIGHT, _TOP))


def coverage_plot(curve: Sequence[Record]) -> Plot:
    """Draw accuracy on the model's surest pairs."""
    return _unit_plot(curve, "coverage", "pairs kept, the surest first", is_joined=True)


def _unit_plot(points: Sequence[Record], of: str, x_label: str, *, is_joined: bool) -> Plot:
    """Draw accuracy against another share."""
    across, up = _scale(0, 1, _LEFT, WIDTH - _RIGHT), _scale(0, 1, HEIGHT - _BOTTOM, _TOP)
    known = ((each[of], each["accuracy"], each["interval"]) for each in points)
    marks = tuple(Mark(across(x), up(y), *map(up, ends or (y, y))) for x, y, ends in known)
    below, beside = (tuple(Tick(scale(share), f"{share:.0%}") for share in _TENTHS) for scale in (across, up))
    return Plot(marks, below, beside, x_label, "right", is_joined)


def learning_plot(points: Sequence[Record]) -> Plot:
    """Draw macro F1 against the number of labels, each doubling one step; whiskers are a standard deviation."""
    most = max(1.0, max(each["mean"]["macro_f1"] + each["spread"]["macro_f1"] for each in points))
    first, last = points[0]["labels"], points[-1]["labels"]
    steps = _scale(log(first), log(last) if last > first else log(first) + 1, _LEFT + 12, WIDTH - _RIGHT - 16)
    up = _scale(0, most, HEIGHT - _BOTTOM, _TOP)
    marks, across = [], [Tick(-NEAREST, "")]
    for each in points:
        x, mean, spread = steps(log(each["labels"])), each["mean"]["macro_f1"], each["spread"]["macro_f1"]
        marks.append(Mark(x, up(mean), up(max(0.0, mean - spread)), up(mean + spread)))
        across += [Tick(x, f"{each['labels']:,}")] if x - across[-1].at >= NEAREST else []
    ticks = tuple(Tick(up(share), f"{share:.1f}") for share in _TENTHS)
    return Plot(tuple(marks), tuple(across[1:]), ticks, "labels trained on", "macro F1", is_joined=True)


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: round(start + (value - low) / (high - low) * (end - start), 2)
