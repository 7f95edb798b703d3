"""Read the finding and the next step of a report from its summary."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace as View
from typing import NamedTuple

from stance.app.folder import STORE
from stance.datamodels import Strings
from stance.reporting.opening import opening
from stance.reporting.plan import MOST_PRICES, price_of


class Step(NamedTuple):
    """The finding of a report, and a sample that can be drawn next: the advice, and the command if one draws it.

    The prices are what other samples cost and teach, each with its command. Once it is answered, drawn comments
    without a label are not needed. The largest difference of wording is named in a sentence.
    """

    advice: str = ""
    words: Strings = ()
    answer: str = ""
    prices: tuple[tuple[str, Strings], ...] = ()
    is_answered: bool = False
    sounding: str = ""


def read_advice(summary: Path, options: Sequence[str] = (), waiting: int = 0) -> Step:
    """Return the finding and next step of a report, with the command that draws comments to label; empty without.

    :param summary: The ``summary.json`` of the report; one of others may hold anything.
    :param options: Those of the report that the draw of its comments needs, too.
    :param waiting: Number of drawn comments that wait for a label now; 0: as many as the report says.
    """
    try:
        record = json.loads(summary.read_text(encoding="utf-8"))
        if waiting > (record["waiting"] or 0):  # drawn since: the report does not know what for
            record["drawn"] = {}
        record["waiting"] = waiting or record["waiting"]
        groups = record["groups"] or [record["whole"]]
        comparison = {**record, "by": "outlet", "groups": groups, "differences": record["differences"] or []}
        comparison["command"] = View(inputs=(STORE,), options=options)
        values = opening(comparison, labels := {target["id"]: target["label"] for target in record["targets"]})
        answer = next((str(line["title"]) for line in values["lines"]), "")
        shares = [question for question in values["plan"] if question["command"]][1:MOST_PRICES]
        prices = tuple((price_of(question, labels), tuple(shlex.split(question["command"]))) for question in shares)
        words = tuple(shlex.split(next(iter(values["commands"]), "")))
        sounding = str(next(iter(record.get("sentiment_findings") or ()), ""))
        return Step(" ".join(values["steps"]), words, answer, prices, values["is_answered"], sounding)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
        return Step()
