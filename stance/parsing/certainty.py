"""Estimate how sure it is that the comments of a page, or their absence, were read right.

One logistic regression on numbers of a read thread, for HTML and dumps. ``scripts/train_certainty.py`` trains it; its
weights are numbers in ``data/blocks/certainty.json``.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from stance.datamodels import DOUBTFUL, Comment, counted
from stance.parsing.counts import StatedCount
from stance.parsing.html.blocks import Weights, read_weights
from stance.parsing.judge import Evidence, evidence_of
from stance.parsing.languages import phrases
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import Line, name_like
from stance.resources import DATA

MODEL = DATA / "blocks" / "certainty.json"

MOST_DOUBTS, LEAST_DOUBT = 3, 0.25
"""Maximum number of reasons, and the minimum that each takes off the logit."""

SHORT_LINE, SHORT_TEXT = 80, 3
"""Maximum characters of a line that may date a comment, and words of a text that is hardly one."""

SHORT_HEADER = 8
"""Maximum words of a line that may head a comment."""

OF_LINES = ("actions", "dates", "repeats", "openings")
"""Numbers of :class:`Beside` that are compared with the number of comments."""

OF_READINGS = ("confirmed", "same_name", "disagreement")
"""Numbers of :class:`Beside` that depend on other readings."""

_ACTIONS = frozenset(phrases("comment.own_actions"))
_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?!\d)")
_DIGITS = re.compile(r"\d+")
_ENDS = (".", "!", "?", "…", ")", '"', "”", "»", "。", "！", "？", ":", "؟")


class Beside(NamedTuple):
    """Numbers of a page beside the comments that were found; zeros where layout rows made a reading sure."""

    confirmed: float = 0.0  # share of the comments that other readings found
    same_name: float = 0.0  # likewise, with the same name
    disagreement: float = 0.0  # largest distance to the number that another reading found, in logarithms
    actions: int = 0  # lines of buttons that only comments have
    dates: int = 0  # short lines with a date or a clock time
    repeats: int = 0  # most short lines of one form, numbers masked
    openings: int = 0  # sentences below a short line, as a text below the name of its writer
    headings: int = 0  # lines that head a comment section
    loads: bool = False  # whether a comment system fills the page when it is opened


class Thread(NamedTuple):
    """A list of comments that was read off a page."""

    comments: tuple[Comment, ...]
    stated: StatedCount | None
    kind: str  # of the reading
    is_html: bool
    beside: Beside | None = None  # None: the reading is sure by itself


REASONS = {
    "unnamed": "some comments have no author",
    "odd names": "some authors do not look like names",
    "common name": "most comments have one author",
    "shared ends": "authors begin or end with the same word",
    "undated": "some comments have no date",
    "disorder": "dates are in no order",
    "unspoken": "some texts have no sentence",
    "short": "some texts have hardly a word",
    "longest": "one text is far longer than the others",
    "recurring": "lines recur in the texts",
    "open ends": "texts end within a sentence",
    "lower starts": "texts begin within a sentence",
    "headed": "some texts begin with a name or a date",
    "cut": "some texts are cut short",
    "flaws": "some texts hold headers of others, or numbers alone",
    "unstated": "",
    "stated gap": "the page states another number of comments",
    "explained gap": "the page shows a part of its comments",
    "surplus": "the page states fewer comments",
    "unconfirmed": "no second way to read the page finds the same texts",
    "other names": "other ways to read the page find other authors",
    "disagreement": "other ways to read the page find another number of comments",
    "actions": "the page has more buttons of comments than comments were found",
    "dates": "the page has more dates than comments were found",
    "repeats": "lines recur on the page more often than comments were found",
    "openings": "the page has more texts below short lines than comments were found",
    "headings": "a heading speaks of comments",
    "loads": "the page loads its comments when it is opened: open them before saving",
    "one": "a single comment was found",
    "size": "",
    "is html": "",
    "is sure": "",
    "by rows": "",
    "by blocks": "the comments were found by repetition alone",
    "by form": "the comments were found by the form of their first lines",
    "by shape": "the comments were found by lines that come back alone",
    "none": "",
    "none in html": "",
    "none of those stated": "the page states comments, and none were found",
    "none by actions": "no comments were found, but buttons of comments",
    "none by dates": "no comments were found, but dates as comments have them",
    "none by repeats": "no comments were found, but lines that recur",
    "none by openings": "no comments were found, but texts below short lines",
}
"""Number of a thread -> the doubt that it gives; a number without a key here gives no doubt."""


def numbers_of(thread: Thread) -> tuple[float, ...]:
    """Return the numbers of a thread, in the order of ``REASONS``."""
    comments, beside, count = thread.comments, thread.beside or Beside(), len(thread.comments)
    gap = _distance(thread.stated.count, count) if thread.stated else 0.0
    more = {name: max(_distance(getattr(beside, name), count), 0.0) for name in OF_LINES} if thread.beside else {}
    numbers = dict.fromkeys(REASONS, 0.0) | {
        "is html": float(thread.is_html),
        "is sure": float(thread.beside is None),
        "unstated": float(thread.stated is None),
    }
    if not comments:
        numbers |= {
            "none": 1.0,
            "none in html": float(thread.is_html),
            "none of those stated": gap,
            "headings": math.log1p(beside.headings),
            "loads": float(beside.loads),
        }
        return tuple((numbers | {f"none by {name}": number for name, number in more.items()}).values())
    is_explained = thread.stated is not None and (thread.stated.note is not None or thread.stated.shown == count)
    numbers |= {"explained gap" if is_explained else "stated gap": max(gap, 0.0), "surplus": max(-gap, 0.0)}
    return tuple((numbers | more | _of_comments(thread, beside)).values())


def _distance(number: int, count: int) -> float:
    return math.log1p(min(number, 9_999)) - math.log1p(count)


def _of_comments(thread: Thread, beside: Beside) -> dict[str, float]:
    comments, count = thread.comments, len(thread.comments)
    evidence = evidence_of(comments)
    lengths = [len(comment.text) for comment in comments]
    alone = float(thread.beside is not None)
    return {
        **_of_names([comment.author for comment in comments if comment.author], evidence),
        **_of_texts([comment.text for comment in comments]),
        "undated": 1 - evidence.dated / count,
        "disorder": _disorder([comment.posted for comment in comments if comment.posted]),
        "unspoken": 1 - evidence.spoken / count,
        "longest": math.log(max(lengths) / max(median(lengths), 1)) if count > 2 else 0.0,
        "headed": evidence.headed / count,
        "cut": evidence.cut / count,
        "flaws": min(evidence.flaws / count, 2.0),
        "unconfirmed": alone * (1 - beside.confirmed),
        "other names": alone * (beside.confirmed - beside.same_name),
        "disagreement": beside.disagreement,
        "one": float(count == 1),
        "size": math.log(count),
        "by rows": float(thread.kind in ("markup", "names")),
        "by blocks": float(thread.kind == "blocks"),
        "by form": float(thread.kind == "text"),
        "by shape": float(thread.kind in ("shape", "thread")),
    }


def _of_names(names: Sequence[str], evidence: Evidence) -> dict[str, float]:
    count = evidence.comments
    times, different = Counter(names), set(names)
    ends = Counter(word for name in different for word in set(name.split()[:: max(len(name.split()) - 1, 1)]))
    most = max(ends.values(), default=1) - 1
    return {
        "unnamed": 1 - len(names) / count,
        "odd names": sum(not name_like(name, 4, 30) for name in names) / count,
        "common name": max(times.values(), default=1) / count if count > 2 else 0.0,
        "shared ends": most / len(different) if len(different) > 2 else 0.0,
    }


def _of_texts(texts: Sequence[str]) -> dict[str, float]:
    count = len(texts)
    lines = Counter(
        line
        for text in texts
        for line in {_DIGITS.sub("#", line) for line in text.split("\n") if len(line) < SHORT_LINE}
    )
    return {
        "short": sum(len(text.split()) < SHORT_TEXT and len(text) < SHORT_LINE / 4 for text in texts) / count,
        "recurring": math.log1p(sum(n for line, n in lines.items() if n > 1 and line.strip()) / count),
        "open ends": sum(not text.endswith(_ENDS) for text in texts) / count,
        "lower starts": sum(text[:1].islower() for text in texts) / count,
    }


def _disorder(dates: Sequence[str]) -> float:
    """Return the share of dates that are neither in the order of most nor equal to the one before."""
    steps = [(b > a) - (b < a) for a, b in pairwise(dates)]
    return min(steps.count(1), steps.count(-1)) / len(steps) if steps else 0.0


def signs_of(lines: Sequence[Line]) -> Beside:
    """Count the lines of a page that stand around comments."""
    short = [line for line in lines if len(line.text) <= SHORT_LINE]
    forms = Counter(line.cue for line in short if "#" in line.cue)
    return Beside(
        actions=sum(line.key in _ACTIONS for line in short),
        dates=sum(_DATE.search(line.text) is not None for line in short),
        repeats=max(forms.values(), default=0),
        openings=sum(_opens_text(above, line) for above, line in pairwise(lines)),
        headings=sum(map(is_heading, short)),
    )


def _opens_text(above: Line, line: Line) -> bool:
    return line.prose and not above.has_more_words(SHORT_HEADER) and not above.ends_sentence


def with_others(signs: Beside, evidence: Evidence, others: Sequence[int]) -> Beside:
    """Add the agreement with other readings of the page.

    :param evidence: Of the reading.
    :param others: The number of comments that each other reading found.
    """
    count = max(evidence.comments, 1)
    return signs._replace(
        confirmed=(evidence.confirmed + evidence.ends) / count,
        same_name=evidence.same_name / count,
        disagreement=max((abs(_distance(other, evidence.comments)) for other in others), default=0.0),
    )


@cache
def model() -> Weights:
    """Load the weights that ship with the package."""
    return read_weights(json.loads(MODEL.read_text(encoding="utf-8")), tuple(REASONS), MODEL)


def judge_certainty(thread: Thread) -> tuple[float, tuple[str, ...]]:
    """Return the probability that a thread was read right, in [0, 1], and the reasons for a doubt."""
    numbers, weights = numbers_of(thread), model()
    certainty = round(weights.probability(numbers), 2)
    if not thread.comments and thread.stated and thread.stated.count:  # also where that is right, as of a widget
        said = counted(thread.stated.count, "comment")
        return certainty, (f"the page states {said}; none were in the file: open them before saving",)
    if certainty >= DOUBTFUL:
        return certainty, ()
    terms = zip(REASONS.values(), numbers, weights.means, weights.scales, weights.weights, strict=True)
    taken = [(weight * (number - mean) / scale, reason) for reason, number, mean, scale, weight in terms if number]
    worst = sorted(each for each in taken if each[0] <= -LEAST_DOUBT and each[1])[:MOST_DOUBTS]
    return certainty, tuple(reason for _, reason in worst) or ("unlike pages that were read right",)
