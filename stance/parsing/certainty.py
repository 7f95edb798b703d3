"""Estimate the probability that the comments of a page, or their absence, were read right.

One logistic regression on numbers of a thread and its page, for HTML, and one for dumps.
``training/train_certainty.py`` fits them; ``certainty.json`` holds them, and the doubt that each number gives.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import groupby
from statistics import median

from stance.datamodels import Comments, Strings, counted, frozen
from stance.page_layouts import DOUBTFUL, UNSAVED
from stance.parsing.choice import CLIPPED
from stance.parsing.counts import explain_difference
from stance.parsing.dates import has_digit
from stance.parsing.evidence import FEW, Evidence
from stance.parsing.lines import name_like
from stance.parsing.page_counts import LIKE_COMMENTS, log_distance
from stance.parsing.talk import talk_of
from stance.parsing.thread import Method, PageCounts, Thread
from stance.resources import DATA

CERTAINTY = DATA / "blocks" / "certainty.json"

COMPARED = ("actions", "dates", "likely")
"""Words: numbers of a page that are compared with the number of comments."""


def numbers_of(thread: Thread) -> dict[str, float]:
    """Return the numbers of a thread by name; those that are missing are 0."""
    page, count = thread.page or PageCounts(), len(thread.comments)
    gap = log_distance(thread.stated.beside(count), count) if thread.stated else 0.0
    more = {name: max(log_distance(getattr(page, name), count), 0.0) for name in COMPARED} if thread.page else {}
    numbers = {
        "is sure": float(thread.page is None),
    }
    if not thread.comments:
        more["rated"] = math.log1p(page.rated)
        return {
            **numbers,
            "none": 1.0,
            "unread": math.log1p(thread.unread),
            "none by odds": page.odds,
            **{f"none by {name}": number for name, number in more.items()},
        }
    is_explained = thread.stated is not None and thread.stated.note is not None
    numbers |= {"explained gap": is_explained * max(gap, 0.0), "surplus": max(-gap, 0.0)}
    return numbers | more | _of_comments(thread, page)


def _of_comments(thread: Thread, page: PageCounts) -> dict[str, float]:
    comments, count = thread.comments, len(thread.comments)
    evidence = thread.evidence
    names = [comment.author for comment in comments if comment.author]
    lengths = [len(comment.text) for comment in comments]
    alone = float(thread.page is not None)
    talk = sum(rating > LIKE_COMMENTS for rating in talk_of(one.text for one in comments)) if alone else 0
    return {
        "talk": alone * (math.log1p(max(page.talk - talk, 0)) - math.log1p(count)),
        "rated": math.log1p(page.rated),
        "unnamed": alone * (1 - len(names) / count),  # a sure reading has all names
        "unspoken": 1 - evidence.spoken / count,
        "longest": math.log(max(lengths) / max(median(lengths), 1)) if count > 2 else 0.0,
        "flaws": min(evidence.flaws / count, 2.0),
        "unconfirmed": alone * (1 - page.confirmed),
        "unsure texts": math.sqrt(page.unsure_texts),
        "unsure names": math.sqrt(page.unsure_names),
        "uneven": math.sqrt(page.uneven),
        "headers": page.headers,
        "odd headers": math.sqrt(page.odd_headers),
        "other authors": math.sqrt(thread.other_authors),
        "cut names": math.sqrt(thread.cut_names),
        "one": float(count == 1),
        "size": math.log(count),
        "by rows": float(thread.method is Method.MARKUP),
        "by tags": float(thread.method is Method.TAGS),
        "by boxes": float(thread.method is Method.BOXES),
        **_of_names(names, evidence),
        **_of_order(comments),
    }


def _of_order(comments: Comments) -> dict[str, float]:
    """Return numbers of names that are at the wrong text."""
    run = max((len(list(run)) for author, run in groupby(one.author for one in comments) if author), default=0)
    return {"one name in a row": run / len(comments) if run >= FEW else 0.0}


def _of_names(names: Sequence[str], evidence: Evidence) -> dict[str, float]:
    count, times = evidence.comments, Counter(names)
    ends = Counter(word for name in times for word in set(name.split()[:: max(len(name.split()) - 1, 1)]))
    most = max(ends.values(), default=1) - 1
    return {
        "odd names": sum(not name_like(name, 4, 30) for name in names) / count,
        "names with digits": sum(map(has_digit, names)) / count,
        "few names": 1 - len(times) / count,
        # A name of one sign may be whole in Chinese.
        "tiny names": sum(len(name.encode()) < 3 for name in names) / count,
        "shared ends": most / len(times) if len(times) > 2 else 0.0,
    }


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


@cache
def certainty_model(kind: str) -> CertaintyModel:
    """Load the model that ships with the package, for ``html`` or for a ``dump``."""
    stored = json.loads(CERTAINTY.read_text(encoding="utf-8"))
    data = stored[kind]
    means, scales, weights = (tuple(data[key]) for key in ("means", "scales", "weights"))
    return CertaintyModel(tuple(stored["names"]), means, scales, weights, data["bias"], stored["doubts"])


def judge_certainty(thread: Thread) -> tuple[float, Strings]:
    """Return the probability that a thread was read right, in [0, 1], and the reasons for a doubt."""
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
    if certainty >= DOUBTFUL:
        return certainty, difference
    reasons = ((model.doubts.get(name), term) for name, term in model.terms(numbers).items() if numbers.get(name))
    # Maximum number of reasons for a doubt, and the minimum that each takes off the logit.
    worst = sorted((term, doubt) for doubt, term in reasons if doubt and term <= -0.25)[:3]
    reading = tuple(doubt for _, doubt in worst) or ("unlike the pages that were read correctly",)
    return certainty, (*difference, *reading)
