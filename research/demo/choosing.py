"""Which labelled comments stand in which outlet, so that the truth is known before any page is written.

Comments come from held-out stories alone: the models that ship have not seen them. Toward the US two outlets have the
same true shares and the third has others. Toward Russia and NATO all three have the same. What differs between the two
equal ones is how hard they are to read: in the plain outlet tone and stance point the same way, in the ironic one they
do not. That is a property of the comments, judged by VADER; no model's stance decides what is taken.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from research import COMMENTS
from research.splits import held_out_stories, read_split
from stance.datamodels import SIDES

TARGETS = ("russia", "us", "nato")
DESIGNED = "us"

PLAIN, MIXED, IRONIC = range(3)
OUTLETS = (PLAIN, MIXED, IRONIC)

QUOTAS = {PLAIN: (8, 1, 1), MIXED: (6, 2, 12), IRONIC: (8, 1, 1)}
"""Comments against, neutral and in favor of the US, in units: shares of .80, .10, .10; mixed .30, .10, .60."""

PAGES_PER_UNIT = 12.5
"""A hundred pages make eight units: as many as the held-out stories hold of ironic comments."""

PER_PAGE = (7, 9)
"""Comments of an outlet for each of its pages, on average: all that is held out is not more."""

FEWEST_OF_STORY = 3
"""Comments of a story in an outlet, or none."""

NEAR_ENOUGH = 0.15
"""How far from as many comments as possible: 0.02 took twice as long for 9 pages."""

FLAT = 0.05
"""VADER's own bound of a neutral compound."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A labelled comment that may be used, once."""

    comment_id: str
    story: str
    text: str
    labels: Mapping[str, str]  # target -> side; not addressed where missing
    parent: str | None  # comment_id of the comment that it answers
    is_hard: bool  # of the sets that set out to be hard
    accord: float  # compound times side toward the designed target: negative where tone and stance are opposed

    def label(self, target: str) -> str:
        """Give the gold label toward a target."""
        return self.labels.get(target, "not_addressed")

    def fits(self, outlet: int) -> bool:
        """Tell whether an outlet of this kind may carry it."""
        if outlet == PLAIN:
            return not self.is_hard and self.accord >= -FLAT
        return outlet == MIXED or (self.is_hard and self.accord <= FLAT)


@cache
def read_candidates(*, held_out: bool = True) -> tuple[Candidate, ...]:
    """Read the held-out comments, or the others; replies only where what they answer is a labelled comment too."""
    stories, ordinary = held_out_stories(), read_split("typical_sources")
    records = {
        record["text"]: {**record, "is_hard": path.stem not in ordinary}
        for path in sorted(COMMENTS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if ((record := json.loads(line))["group"] in stories) == held_out
    }
    vader = SentimentIntensityAnalyzer()
    return tuple(_candidate(each, records, vader) for each in records.values() if _is_rooted(each, records))


def _is_rooted(record: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]]) -> bool:
    while parent := record.get("parent"):
        if parent not in records:
            return False
        record = records[parent]
    return True


def _candidate(
    record: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]], vader: SentimentIntensityAnalyzer
) -> Candidate:
    side = {"favor": 1.0, "against": -1.0}.get(record["labels"].get(DESIGNED), 0.0)
    parent = record.get("parent")
    return Candidate(
        comment_id=record["id"],
        story=record["group"],
        text=record["text"],
        labels=record["labels"],
        parent=records[parent]["id"] if parent else None,
        is_hard=record["is_hard"],
        accord=side * vader.polarity_scores(record["text"])["compound"] if side else 0.0,
    )


@dataclass(slots=True)
class _Program:
    """Rows of an integer program: each a weighted sum of variables between two bounds."""

    weights: list[dict[int, float]] = field(default_factory=list)
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)

    def bound(self, weights: dict[int, float], low: float, high: float) -> None:
        self.weights.append(weights)
        self.lows.append(low)
        self.highs.append(high)

    def constraint(self, variables: int) -> LinearConstraint:
        places = [(row, column) for row, weights in enumerate(self.weights) for column in weights]
        values = [value for weights in self.weights for value in weights.values()]
        rows, columns = np.array(places, np.int32).T  # the solver of earlier SciPy releases takes no wider indices
        matrix = coo_array((values, (rows, columns)), shape=(len(self.weights), variables)).tocsr()
        return LinearConstraint(matrix, self.lows, self.highs)


def choose_comments(candidates: Sequence[Candidate], pages: Sequence[int]) -> list[list[Candidate]]:
    """Choose the comments of each outlet: about as many as the quotas allow, always the same.

    :param candidates: Each is used in one outlet at most.
    :param pages: Of each outlet.
    :return: Of each outlet, in the order of the candidates.
    :raises ValueError: If no choice meets the quotas.
    """
    stories = sorted({candidate.story for candidate in candidates})
    taken = {(at, outlet): at * 3 + outlet for at in range(len(candidates)) for outlet in OUTLETS}
    told = {(name, outlet): len(taken) + at * 3 + outlet for at, name in enumerate(stories) for outlet in OUTLETS}
    program = _Program()
    _bound_comments(program, candidates, taken)
    _bound_outlets(program, candidates, taken, pages)
    _bound_stories(program, candidates, taken, told, pages)
    size = len(taken) + len(told)
    allowed = [float(candidate.fits(outlet)) for candidate in candidates for outlet in OUTLETS] + [1.0] * len(told)
    worth = np.concatenate([np.ones(len(taken)), np.zeros(len(told))])
    found = milp(
        -worth,
        constraints=program.constraint(size),
        bounds=Bounds(0, np.array(allowed)),
        integrality=np.ones(size),
        options={"mip_rel_gap": NEAR_ENOUGH},
    )
    if found.x is None:
        raise ValueError(f"{sum(pages)} pages: no choice of comments meets the quotas ({found.message})")
    return [
        [candidate for at, candidate in enumerate(candidates) if found.x[taken[at, outlet]] > 0.5] for outlet in OUTLETS
    ]


_Places = Mapping[tuple[Any, int], int]
"""(comment or story, outlet) -> the variable that says whether it is there."""


def _bound_comments(program: _Program, candidates: Sequence[Candidate], taken: _Places) -> None:
    """One place for each comment; a reply only where what it answers is."""
    number = {candidate.comment_id: at for at, candidate in enumerate(candidates)}
    for at, candidate in enumerate(candidates):
        program.bound({taken[at, outlet]: 1 for outlet in OUTLETS}, 0, 1)
        for outlet in OUTLETS if candidate.parent else ():
            program.bound({taken[at, outlet]: 1, taken[number[candidate.parent or ""], outlet]: -1}, -1, 0)


def _bound_outlets(program: _Program, candidates: Sequence[Candidate], taken: _Places, pages: Sequence[int]) -> None:
    """The truth: quotas toward the designed target, equal counts toward the others; and how many comments."""
    units = max(1, round(sum(pages) / PAGES_PER_UNIT))
    for outlet in OUTLETS:
        everyone = {taken[at, outlet]: 1.0 for at in range(len(candidates))}
        program.bound(everyone, PER_PAGE[0] * pages[outlet], PER_PAGE[1] * pages[outlet])
    for target in TARGETS:
        for side, *quotas in zip(SIDES, *(QUOTAS[outlet] for outlet in OUTLETS), strict=True):
            holders = [at for at, candidate in enumerate(candidates) if candidate.label(target) == side]
            for outlet in OUTLETS:
                here = {taken[at, outlet]: 1.0 for at in holders}
                if target == DESIGNED:
                    program.bound(here, units * quotas[outlet], units * quotas[outlet])
                elif outlet != PLAIN:
                    program.bound(here | {taken[at, PLAIN]: -1.0 for at in holders}, 0, 0)


def _bound_stories(
    program: _Program, candidates: Sequence[Candidate], taken: _Places, told: _Places, pages: Sequence[int]
) -> None:
    """A story is in an outlet with a few comments or with none, and an outlet has a page for each of its stories."""
    under: dict[str, list[int]] = defaultdict(list)
    for at, candidate in enumerate(candidates):
        under[candidate.story].append(at)
    for outlet in OUTLETS:
        program.bound({told[story, outlet]: 1 for story in under}, 0, pages[outlet])
        for story, comments in under.items():
            here = {taken[at, outlet]: 1.0 for at in comments}
            program.bound(here | {told[story, outlet]: -FEWEST_OF_STORY}, 0, np.inf)
            program.bound(here | {told[story, outlet]: -len(comments)}, -np.inf, 0)


def threads(comments: Iterable[Candidate]) -> list[list[Candidate]]:
    """Put replies to what they answer: a thread is a comment and all below it, parents first."""
    found: dict[str, list[Candidate]] = {}
    waiting = sorted(comments, key=lambda each: each.parent is not None)
    while waiting:
        later = []
        for each in waiting:
            if each.parent is None:
                found[each.comment_id] = [each]
            elif each.parent in found:
                found[each.parent].append(each)
                found[each.comment_id] = found[each.parent]
            else:
                later.append(each)
        waiting = later
    return list({id(thread): thread for thread in found.values()}.values())
