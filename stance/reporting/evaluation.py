"""Write an evaluation as a page, and beside it the record that the page was drawn from."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Any

from stance.datamodels import FEWEST_TESTED, STANCES
from stance.reporting.pages import render
from stance.reporting.wording import BASELINE_WORDS
from stance.staging import Staging

WIDTH, HEIGHT = 360, 240
"""Of a picture, in units of its view box: a phone shows one unit as one pixel."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 20, 18, 40  # margins that hold the axes' words
_TENTHS = tuple(step / 5 for step in range(6))

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of a picture with its whisker."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis, and its words."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture with two axes, in units of its view box."""

    marks: tuple[Mark, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    x_label: str
    y_label: str
    is_joined: bool  # a line through the marks
    diagonal: tuple[float, float, float, float] | None = None

    @property
    def line(self) -> str:
        """The points of the line through the marks."""
        return " ".join(f"{mark.x},{mark.y}" for mark in self.marks)


def write_evaluation(record: Record, folder: Path, *, command: str | None = None) -> Path:
    """Write ``evaluation.html`` and ``evaluation.json``, both or neither.

    :param record: What ``stance evaluate --json`` prints.
    :param folder: Where they go; made if it is not there.
    :param command: The command that made the evaluation, to be printed in it.
    :return: The path of ``evaluation.html``.
    :raises ConfigError: If the folder cannot be made or written.
    """
    with Staging(folder) as staging:
        with staging.telling(), staging.open("evaluation.json") as file:
            file.write(json.dumps({**record, "command": command}, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
        with staging.telling(), staging.open("evaluation.html") as file:
            file.writelines(render("evaluation.html", page_values(record, command)))
        staging.publish(["evaluation.json", "evaluation.html"])
    return folder / "evaluation.html"


def page_values(record: Record, command: str | None) -> dict[str, Any]:
    """Give what the template shows: the record, and where the parts of its pictures stand."""
    curve = record.get("learning_curve")
    addressed, named = (record["abstaining"][part] for part in ("addressed", "named"))
    return {
        "record": record,
        "model": {"name": record["model"]},
        "command": command,
        "beside": [(record["model"], record), *_named_baselines(record)],
        "stances": [str(stance) for stance in STANCES],
        "fewest": FEWEST_TESTED,
        "best_baseline": max(record["baselines"], key=lambda name: record["baselines"][name]["macro_f1"]),
        "reliability": reliability_plot(record["reliability"]),
        "coverage": coverage_plot(record["abstaining"]["all"]["curve"]),
        "coverage_addressed": coverage_plot(addressed["curve"]) if addressed else None,
        "coverage_named": coverage_plot(named["curve"]) if named else None,
        "learning": learning_plot(curve["points"]) if curve else None,
    }


def _named_baselines(record: Record) -> list[tuple[str, Record]]:
    return [(BASELINE_WORDS.get(name, name), each) for name, each in record["baselines"].items()]


def reliability_plot(bins: Sequence[Record]) -> Plot:
    """Draw how often the model is right beside how sure it is: on the diagonal, it is as sure as it may be."""
    across, up = _scale(0, 1, _LEFT, WIDTH - _RIGHT), _scale(0, 1, HEIGHT - _BOTTOM, _TOP)
    return Plot(
        tuple(_mark(across(each["confidence"]), up, each["accuracy"], each["interval"]) for each in bins),
        _percents(across),
        _percents(up),
        "probability of the label given",
        "right",
        is_joined=False,
        diagonal=(across(0), up(0), across(1), up(1)),
    )


def coverage_plot(curve: Sequence[Record]) -> Plot:
    """Draw how often the model is right on its surest pairs."""
    across, up = _scale(0, 1, _LEFT, WIDTH - _RIGHT), _scale(0, 1, HEIGHT - _BOTTOM, _TOP)
    return Plot(
        tuple(_mark(across(each["coverage"]), up, each["accuracy"], each["interval"]) for each in curve),
        _percents(across),
        _percents(up),
        "pairs kept, the surest first",
        "right",
        is_joined=True,
    )


def learning_plot(points: Sequence[Record]) -> Plot:
    """Draw macro F1 against the number of labels, each doubling one step; whiskers are a standard deviation."""
    most = max(1.0, max(each["mean"]["macro_f1"] + each["spread"]["macro_f1"] for each in points))
    first, last = points[0]["labels"], points[-1]["labels"]
    steps = _scale(log(first), log(last) if last > first else log(first) + 1, _LEFT + 12, WIDTH - _RIGHT - 16)
    up = _scale(0, most, HEIGHT - _BOTTOM, _TOP)
    marks = []
    for each in points:
        mean, spread = each["mean"]["macro_f1"], each["spread"]["macro_f1"]
        marks.append(_mark(steps(log(each["labels"])), up, mean, (max(0.0, mean - spread), mean + spread)))
    return Plot(
        tuple(marks),
        _apart([Tick(steps(log(each["labels"])), f"{each['labels']:,}") for each in points]),
        tuple(Tick(up(share), f"{share:.1f}") for share in _TENTHS),
        "labels trained on",
        "macro F1",
        is_joined=True,
    )


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    return lambda value: round(start + (value - low) / (high - low) * (end - start), 2)


def _mark(x: float, up: Callable[[float], float], value: float, ends: Sequence[float] | None) -> Mark:
    low, high = ends or (value, value)
    return Mark(x, up(value), up(low), up(high))


def _percents(scale: Callable[[float], float]) -> tuple[Tick, ...]:
    return tuple(Tick(scale(share), f"{share:.0%}") for share in _TENTHS)


def _apart(ticks: Sequence[Tick]) -> tuple[Tick, ...]:
    """Leave out ticks whose words would run into those of the one before."""
    kept: list[Tick] = []
    for tick in ticks:
        if not kept or tick.at - kept[-1].at >= 36:
            kept.append(tick)
    return tuple(kept)
