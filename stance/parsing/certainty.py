"""Estimate the probability that the comments of a page, or their absence, were read right.

One logistic regression on numbers of a thread and its page, for HTML, and one for dumps.
``training/train_certainty.py`` fits them; ``certainty.json`` holds them, and the doubt that each number gives.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from statistics import median

from stance.datamodels import DOUBTFUL, counted
from stance.parsing.choosing import Evidence, Method, PageCounts, Thread, openings_and_ends
from stance.parsing.languages import phrases
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import SENTENCE_SIGNS, Line, mask_numbers, name_like, rate_talk, talk_of
from stance.resources import DATA


class CertaintyConstants:
    """Constants of this module."""

    most_doubts = 3
    least_doubt = 0.25
    """Maximum number of reasons for a doubt, and the minimum that each takes off the logit."""
    short_line = 80
    short_text = 3
    short_header = 8
    """Maximum characters of a line that may date a comment, words of a text that is hardly one, and words of a line
    that may head a comment."""
    like_comments = 2.0
    """Minimum rating of a line that is like one of a comment."""
    date = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?!\d)")


_C = CertaintyConstants


MODEL = DATA / "blocks" / "certainty.json"


COMPARED = ("actions", "dates", "repeats", "openings", "likely")
"""Words: numbers of a page that are compared with the number of comments."""

_ENDS = tuple(SENTENCE_SIGNS + ')"”»:')
_ACTIONS = frozenset(phrases("comment.own_actions"))


def count_lines(lines: Sequence[Line]) -> PageCounts:
    """Count the lines of a page that are typical around comments."""
    short = [line for line in lines if len(line.text) <= _C.short_line]
    ratings = [rating for rating in rate_talk(line.text for line in lines) if rating is not None]
    forms = Counter(line.cue for line in short if "#" in line.cue)
    headers = (line.words <= _C.short_header and not line.ends_sentence for line in lines)
    return PageCounts(
        actions=sum(line.key in _ACTIONS for line in short),
        dates=sum(_C.date.search(line.text) is not None for line in short),
        repeats=max(forms.values(), default=0),
        openings=sum(is_header and line.prose for is_header, line in zip(headers, lines[1:], strict=False)),
        headings=sum(map(is_heading, short)),
        talk=sum(rating > _C.like_comments for rating in ratings),
        rated=len(ratings),
    )


def with_agreement(page: PageCounts, thread: Thread, others: Sequence[Thread], counts: Iterable[int]) -> PageCounts:
    """Add the agreement of a thread with other readings of the page.

    :param others: The readings that may confirm its comments.
    :param counts: The numbers of comments that are compared with its own.
    """
    known: dict[tuple[bool, str], set[str | None]] = {}
    for comment in (comment for other in others if other.method is not thread.method for comment in other.comments):
        for words in openings_and_ends(comment.text):
            known.setdefault(words, set()).add(comment.author)
    found = [[known[words] for words in openings_and_ends(each.text) if words in known] for each in thread.comments]
    same = (any(each.author in names for names in lists) for each, lists in zip(thread.comments, found, strict=True))
    size = len(thread.comments)
    return replace(
        page,
        confirmed=sum(map(bool, found)) / max(size, 1),
        same_name=sum(same) / max(size, 1),
        disagreement=max((abs(_distance(count, size)) for count in counts), default=0.0),
    )


# Numbers --------------------------------------------------------------------------------------------------------------


def numbers_of(thread: Thread) -> dict[str, float]:
    """Return the numbers of a thread by name; those that are missing are 0."""
    page, count = thread.page or PageCounts(), len(thread.comments)
    gap = _distance(thread.stated.count, count) if thread.stated else 0.0
    more = {name: max(_distance(getattr(page, name), count), 0.0) for name in COMPARED} if thread.page else {}
    numbers = {
        "is html": float(thread.is_html),
        "is sure": float(thread.page is None),
        "missed": page.missed,
        "unstated": float(thread.stated is None),
    }
    if not thread.comments:
        more |= {"talk": math.log1p(page.talk), "rated": math.log1p(page.rated)}
        return {
            **numbers,
            "none": 1.0,
            "none in html": float(thread.is_html),
            "none of those stated": gap,
            "headings": math.log1p(page.headings),
            "loads": float(page.loads),
            **{f"none by {name}": number for name, number in more.items()},
        }
    is_explained = thread.stated is not None and (thread.stated.note is not None or thread.stated.shown == count)
    numbers |= {"explained gap" if is_explained else "stated gap": max(gap, 0.0), "surplus": max(-gap, 0.0)}
    return numbers | more | _of_comments(thread, page) | _of_texts([comment.text for comment in thread.comments])


def _distance(number: int | float, count: int) -> float:
    return math.log1p(min(number, 9_999)) - math.log1p(count)


def _of_comments(thread: Thread, page: PageCounts) -> dict[str, float]:
    comments, count = thread.comments, len(thread.comments)
    evidence = thread.evidence
    names = [comment.author for comment in comments if comment.author]
    lengths = [len(comment.text) for comment in comments]
    alone = float(thread.page is not None)
    talk = sum(rating > _C.like_comments for rating in talk_of(each.text for each in comments)) if alone else 0
    dates = [comment.posted for comment in comments if comment.posted]
    steps = [(b > a) - (b < a) for a, b in pairwise(dates)]
    return {
        "talk": alone * (math.log1p(max(page.talk - talk, 0)) - math.log1p(count)),
        "rated": math.log1p(page.rated),
        "unnamed": alone * (1 - len(names) / count),  # a sure reading has all names and dates
        "undated": alone * (1 - evidence.dated / count),
        "disorder": min(steps.count(1), steps.count(-1)) / len(steps) if steps else 0.0,
        "unspoken": 1 - evidence.spoken / count,
        "longest": math.log(max(lengths) / max(median(lengths), 1)) if count > 2 else 0.0,
        "headed": evidence.headed / count,
        "cut": evidence.cut / count,
        "flaws": min(evidence.flaws / count, 2.0),
        "unconfirmed": alone * (1 - page.confirmed),
        "other names": alone * (page.confirmed - page.same_name),
        "disagreement": page.disagreement,
        "one": float(count == 1),
        "size": math.log(count),
        "by rows": float(thread.method is Method.MARKUP),
        "by names": float(thread.method is Method.NAMES),
        "by tags": float(thread.method is Method.TAGS),
        "by boxes": float(thread.method is Method.BOXES),
        **_of_names(names, evidence),
    }


def _of_names(names: Sequence[str], evidence: Evidence) -> dict[str, float]:
    count, times = evidence.comments, Counter(names)
    ends = Counter(word for name in times for word in set(name.split()[:: max(len(name.split()) - 1, 1)]))
    most = max(ends.values(), default=1) - 1
    return {
        "odd names": sum(not name_like(name, 4, 30) for name in names) / count,
        "common name": max(times.values(), default=1) / count if count > 2 else 0.0,
        "shared ends": most / len(times) if len(times) > 2 else 0.0,
    }


def _of_texts(texts: Sequence[str]) -> dict[str, float]:
    count = len(texts)
    lines = Counter(
        line
        for text in texts
        for line in {mask_numbers(line) for line in text.split("\n") if len(line) < _C.short_line}
    )
    return {
        "short": sum(len(text.split()) < _C.short_text and len(text) < _C.short_line / 4 for text in texts) / count,
        "recurring": math.log1p(sum(n for line, n in lines.items() if n > 1 and line.strip()) / count),
        "open ends": sum(not text.endswith(_ENDS) for text in texts) / count,
        "lower starts": sum(text[:1].islower() for text in texts) / count,
    }


# Model ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CertaintyModel:
    """A logistic regression on standardised numbers, in the order of their names."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    doubts: Mapping[str, str]  # the doubt that a number gives, by its name

    def terms(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Return what each number adds to the logit of the probability that a thread was read right."""
        rows = zip(self.names, self.means, self.scales, self.weights, strict=True)
        return {name: weight * (numbers.get(name, 0.0) - mean) / scale for name, mean, scale, weight in rows}

    def probability(self, numbers: Mapping[str, float]) -> float:
        """Return the probability that a thread with these numbers was read right."""
        logit = self.bias + sum(self.terms(numbers).values())
        return 1 / (1 + math.exp(-max(min(logit, 50.0), -50.0)))


@cache
def certainty_model(kind: str) -> CertaintyModel:
    """Load the model that ships with the package, for ``html`` or for a ``dump``."""
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    data = stored[kind]
    means, scales, weights = (tuple(data[key]) for key in ("means", "scales", "weights"))
    return CertaintyModel(tuple(stored["names"]), means, scales, weights, data["bias"], stored["doubts"])


def judge_certainty(thread: Thread) -> tuple[float, tuple[str, ...]]:
    """Return the probability that a thread was read right, in [0, 1], and the reasons for a doubt."""
    numbers, model = numbers_of(thread), certainty_model("html" if thread.is_html else "dump")
    certainty = round(model.probability(numbers), 2)
    if not thread.comments and thread.stated and thread.stated.count:  # also where that is right, as of a widget
        said = counted(thread.stated.count, "comment")
        return certainty, (f"the page states {said}; none were in the file: open them before saving",)
    if certainty >= DOUBTFUL:
        return certainty, ()
    given = ((model.doubts.get(name), term) for name, term in model.terms(numbers).items() if numbers.get(name))
    worst = sorted((term, doubt) for doubt, term in given if doubt and term <= -_C.least_doubt)[: _C.most_doubts]
    return certainty, tuple(doubt for _, doubt in worst) or ("unlike pages that were read right",)
