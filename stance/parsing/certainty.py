"""Estimate the probability that the comments of a page, or their absence, were read right, and each of its other parts.

A logistic regression for each part on numbers of a thread and its document, for HTML, and one for dumps.
``training/train_certainty.py`` fits them; ``certainty.json`` holds them, and the doubt that each number gives.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from statistics import median

from stance.datamodels import Certainties, Document, Strings, counted, day_of, frozen
from stance.page_layouts import DOUBTFUL, UNSAVED
from stance.parsing.choice import CLIPPED
from stance.parsing.counts import explain_difference
from stance.parsing.dates import has_digit
from stance.parsing.evidence import FEW
from stance.parsing.lines import name_like
from stance.parsing.page_counts import log_distance
from stance.parsing.thread import Method, PageCounts, Thread
from stance.resources import DATA

CERTAINTY = DATA / "blocks" / "certainty.json"

OF_ONE = 0.4
"""Maximum certainty of several comments that one person wrote: no page with labels is a profile."""

ROOTS = ("unsure texts", "unsure names", "uneven", "odd headers")
"""Words: numbers of which roots count."""

OF_PAGE = ("unsure_texts", "unsure_names", "uneven", "headers", "odd_headers", "named", "misnamed", "unused_dates")
"""Words: numbers of the lines of a page beside the comments that were read."""

YEAR = 365  # days

CALLED = {"authors": "names"}
"""Words: name of a part -> what doubts call it, where that differs."""


def numbers_of(thread: Thread) -> dict[str, float]:
    """Return the numbers of a thread by name; those that are missing are 0."""
    page, count = thread.page or PageCounts(), len(thread.comments)
    of_all = {"html": float(thread.is_html), "is sure": float(thread.page is None)}
    likely = max(log_distance(page.likely, count), 0.0)
    if not count:
        of_none = {"none": 1.0, "none by likely": likely, "none by odds": page.odds}
        return of_all | of_none | {"unread": math.log1p(thread.unread)}
    actions = max(log_distance(page.actions, count), 0.0)
    return of_all | {"likely": likely, "actions": actions} | _of_comments(thread, page)


def _of_comments(thread: Thread, page: PageCounts) -> dict[str, float]:
    names, count = [comment.author for comment in thread.comments if comment.author], len(thread.comments)
    of_page = {name.replace("_", " "): getattr(page, name) for name in OF_PAGE}
    return {
        "unnamed": (thread.page is not None) * (1 - len(names) / count),  # a sure reading has all names
        **of_page,
        **{name: math.sqrt(of_page[name]) for name in ROOTS},
        "other authors": math.sqrt(thread.other_authors),
        "cut names": math.sqrt(thread.cut_names),
        "one": float(count == 1),
        "size": math.log(count),
        **{f"by {method}": float(thread.method is method) for method in Method},
        "odd names": sum(not name_like(name, 4, 30) for name in names) / count,
        "names with digits": sum(map(has_digit, names)) / count,
        "few names": 1 - len(set(names)) / count,
        # A name of one sign may be whole in Chinese.
        "tiny names": sum(len(name.encode()) < 3 for name in names) / count,
    }


def numbers_of_parts(document: Document) -> dict[str, float]:
    """Return the numbers of the dates, votes and replies of a document, of its title and its author."""
    comments, title, author = document.comments, document.title or "", document.author or ""
    dates = sorted(filter(None, (comment.posted for comment in comments)))
    days = [*map(day_of, dates)] or [0]
    timed = sum("T" in date for date in dates) / len(days)
    votes = [comment.votes for comment in comments if comment.votes is not None] or [0]
    times = {comment.comment_id: comment.posted or "" for comment in comments}
    replies = [comment for comment in comments if comment.reply_to in times]
    parents = Counter(comment.reply_to for comment in replies)
    words, said = long_words(title), long_words("\n".join(document.body))
    return {
        "early dates": sum(day < day_of(document.published) - 1 for day in days) / len(days),
        "far dates": sum(abs(day - median(days)) > YEAR for day in days) / len(days),
        "long time": math.log1p(days[-1] - days[0]),
        "mixed times": min(timed, 1 - timed),
        "undated": 1 - len(dates) / max(len(comments), 1),
        "rising votes": sum(one < other for one, other in pairwise(votes)) / len(votes),
        "most votes": math.log1p(max(map(abs, votes))),
        "unvoted": 1 - len(votes) / max(len(comments), 1),
        "few replies": float(len(replies) < 3),
        "one parent": max(parents.values(), default=0) / max(len(replies), 1),
        "late parents": sum((one.posted or "~") < times[one.reply_to or ""] for one in replies) / max(len(replies), 1),
        "title in text": len(words & said) / max(len(words), 1),
        "title and outlet": float((document.outlet or "\n").casefold() in title.casefold()),
        "words of author": float(len(author.split())),
        "odd author": float(not name_like(author, 4, 30)),
        "capitals of author": sum(word[0].isupper() for word in author.split()) / max(len(author.split()), 1),
        "author answers": float(any(author == comment.author for comment in comments)),
    }


def long_words(text: str) -> set[str]:
    """Return the different words of a text with three letters or more."""
    return {*re.findall(r"\w{3,}", text.casefold())}


@frozen
class CertaintyModel:
    """A logistic regression on standardised numbers, in the order of their names."""

    names: Strings
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    doubts: Mapping[str, str]  # the doubt that a number gives, by its name

    def terms(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """Return the part of each number in the logit of the probability that a thread was read right."""
        rows = zip(self.names, self.means, self.scales, self.weights, strict=True)
        far = ((name, (numbers.get(name, 0.0) - mean) / scale, weight) for name, mean, scale, weight in rows)
        return {name: weight * max(min(distance, CLIPPED), -CLIPPED) for name, distance, weight in far}

    def probability(self, numbers: Mapping[str, float]) -> float:
        """Return the probability that a thread with these numbers was read right."""
        logit = self.bias + sum(self.terms(numbers).values())
        return 1 / (1 + math.exp(-max(min(logit, 50.0), -50.0)))

    def reasons(self, numbers: Mapping[str, float]) -> Strings:
        """Return the doubts of the numbers that take most off the probability."""
        doubts = ((term, self.doubts.get(name)) for name, term in self.terms(numbers).items() if numbers.get(name))
        # Maximum number of reasons for a doubt, and the minimum that each takes off the logit.
        worst = sorted((term, doubt) for term, doubt in doubts if doubt and term <= -0.25)[:3]
        return tuple(doubt for _, doubt in worst) or ("unlike the pages that were read correctly",)


@cache
def certainty_model(kind: str, part: str = "comments") -> CertaintyModel:
    """Load the model of a part that ships with the package, for ``html`` or for a ``dump``."""
    stored = json.loads(CERTAINTY.read_text(encoding="utf-8"))
    data = stored[kind][part]
    names, means, scales, weights = (tuple(data[key]) for key in ("names", "means", "scales", "weights"))
    return CertaintyModel(names, means, scales, weights, data["bias"], stored["doubts"][part])


def judged(document: Document, thread: Thread, more: Mapping[str, float]) -> Document:
    """Return a document with the certainty of each part that its page has, and the reasons for doubts.

    :param more: Numbers of the title and the author.
    """
    certainty, doubts = judge_certainty(thread)
    doubts = document.doubts or doubts  # of comments that were not saved
    numbers = {**numbers_of(thread), **numbers_of_parts(document), **more}
    parts, comments = {"comments": certainty}, document.comments
    shown = {
        "authors": any(comment.author for comment in comments),
        "dates": any(comment.posted for comment in comments),
        "votes": any(comment.votes is not None for comment in comments),
        "replies": any(comment.reply_to for comment in comments),
        "title": document.title,
        "author": document.author,
    }
    for part in filter(shown.get, shown):
        model = certainty_model("html" if thread.is_html else "dump", part)
        parts[part] = round(model.probability(numbers), 2)
        if parts[part] < DOUBTFUL and not thread.layout.startswith("own:"):
            doubts += (f"{CALLED.get(part, part)}: {model.reasons(numbers)[0]}",)
    return replace(document, certainty=certainty, certainties=Certainties(**parts), doubts=doubts)


def judge_certainty(thread: Thread) -> tuple[float, Strings]:
    """Return the probability that the comments were read right, in [0, 1], and the reasons for a doubt."""
    numbers, model = numbers_of(thread), certainty_model("html" if thread.is_html else "dump")
    certainty = round(model.probability(numbers), 2)
    if not thread.comments and thread.stated and thread.stated.beside(0):  # also where that is right, as of a widget
        stated, page = counted(thread.stated.count, "comment"), thread.page or PageCounts()
        if not thread.is_html and (page.actions or page.likely >= 1):
            return certainty, (f"the page states {stated}; none were found, but lines look like parts of comments",)
        return certainty, (f"the page states {stated}; {UNSAVED}; open the comments before saving",)
    difference = tuple(filter(None, [explain_difference(thread.stated, len(thread.comments))]))
    if thread.layout.startswith("own:"):  # a person showed what the comments are
        return max(certainty, DOUBTFUL), difference
    if len(thread.comments) >= FEW and len({comment.author or comment for comment in thread.comments}) == 1:
        certainty, difference = min(certainty, OF_ONE), (*difference, "one person wrote them all, as on a profile")
    return certainty, difference if certainty >= DOUBTFUL else (*difference, *model.reasons(numbers))
