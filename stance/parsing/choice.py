"""Choose among the lists of comments that independent readings of a page found, or none of them.

A network with one hidden layer rates each list by numbers that depend on no site, class or language; that of dumps also
by the tags of their lines.
``scripts/train_choice.py`` trains it.
"""

from collections.abc import Mapping, Sequence
from math import log1p
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from stance.datamodels import Comment
from stance.parsing.judge import Kind, evidence_of, is_possible_name, opening_of
from stance.parsing.lines import Line, rate_talk, talk_of
from stance.resources import DATA, shipped_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

PAGES, DUMPS = DATA / "blocks" / "choice.npz", DATA / "blocks" / "choice_dump.npz"
"""Networks for pages with markup, and for text dumps."""

CLIPPED = 3.0
"""Maximum distance of a number of a reading from its mean, in standard deviations."""

LEAST = 0.45
"""Minimum rating of a list that is kept on a page with markup; for dumps, the network rates "no comments", too."""

OF_TREE, TRUST = frozenset({Kind.MARKUP, Kind.NAMES, Kind.FORM, Kind.BOXES, Kind.DATA}), 0.06
"""Kinds of readings of a page's markup, and what is added to their rating: the ends of texts are more exact there."""

AGREEMENT = 0.03
"""What agreement with the stated count adds to a rating: it decides between readings that are rated alike."""

SPOKEN, UNSPOKEN = 1.5, -1.0
"""Minimum rating of a line that is like one of a comment, and maximum rating of one that is not."""

OWN = 15
"""Number of values that describe a reading by itself; two more compare it with the others."""


Signs: TypeAlias = Sequence[float] | None


class Reading(NamedTuple):
    """A list of comments, at least one, that a reading of a page found."""

    kind: Kind
    comments: Sequence[Comment]
    stated: int | None  # how many the page states


def rate_readings(lines: Sequence[Line], readings: Sequence[Reading], signs: Signs = None) -> list[float]:
    """Rate the readings of a page.

    :param lines: The lines of the page as a reader sees it.
    :param signs: Those of the tags of a dump; None for a page with markup.
    :return: The expected share of right comments: of no comments, then of each reading.
    """
    if not readings:
        return [LEAST]
    rows = numbers_of_readings(lines, readings, signs)
    rated = rate(shipped_arrays(PAGES if signs is None else DUMPS), rows)
    none, *ratings = [LEAST, *rated] if signs is None else rated
    return [none, *(_adjusted(*each, is_html=signs is None) for each in zip(readings, ratings, strict=True))]


def _adjusted(reading: Reading, rating: float, *, is_html: bool) -> float:
    evidence = evidence_of(tuple(reading.comments), reading.stated)
    if is_html and not (evidence.spoken or evidence.agrees):  # rather labels than comments
        return 0.0
    return rating + AGREEMENT * evidence.agrees + TRUST * (is_html and reading.kind in OF_TREE)


def rate(net: "Mapping[str, npt.NDArray[np.float32]]", numbers: Sequence[Sequence[float]]) -> list[float]:
    """Rate rows of numbers by a network."""
    plain = ((np.array(numbers, dtype=np.float32) - net["means"]) / net["scales"]).clip(-CLIPPED, CLIPPED)
    return (np.maximum(plain @ net["inner"] + net["bias"], 0) @ net["outer"] + net["base"]).tolist()


def numbers_of_readings(
    lines: Sequence[Line], readings: Sequence[Reading], signs: Signs = None
) -> list[tuple[float, ...]]:
    """Return the numbers by which readings are rated: a row for each; of dumps a row for no comments before them."""
    talk = sum(rating is not None and rating > SPOKEN for rating in rate_talk(line.text for line in lines))
    openings = [{opening_of(each.text) for each in reading.comments} for reading in readings]
    rows: list[tuple[float, ...]] = []
    of_page = float(len(readings))
    if signs is not None:
        rows.append((log1p(talk), *(0.0,) * (OWN + 1 + len(Kind)), of_page, 1.0, *signs))
    for reading, own in zip(readings, openings, strict=True):
        shared = [(len(own & other), len(other)) for other in openings if other is not own]
        of_others = max((both / total for both, total in shared), default=0.0)
        of_own = max((both / len(own) for both, _ in shared), default=0.0)
        kinds = (float(reading.kind is each) for each in Kind)
        of_dump = () if signs is None else (0.0, *signs)
        rows.append((*_numbers_of(reading, talk), of_others, of_own, *kinds, of_page, *of_dump))
    return rows


def _numbers_of(reading: Reading, talk: int) -> tuple[float, ...]:
    """Return the numbers of a reading by itself.

    :param talk: How many lines of the page are like those of comments.
    """
    comments, count = reading.comments, len(reading.comments)
    evidence = evidence_of(tuple(comments), reading.stated)
    texts = [comment.text.split("\n") for comment in comments]
    firsts, lasts = (talk_of(text[place] for text in texts) for place in (0, -1))
    ratings = talk_of(comment.text for comment in comments)
    spoken = sum(rating > SPOKEN for rating in ratings)
    names = [comment.author for comment in comments if comment.author and is_possible_name(comment.author)]
    beyond = log1p(max(talk - spoken, 0))
    return (
        *(beyond, beyond - log1p(count)),
        *(spoken / count, sum(rating < UNSPOKEN for rating in ratings) / count),
        *(sum(firsts) / max(len(firsts), 1), min(firsts, default=0.0)),
        *(sum(lasts) / max(len(lasts), 1), sum(rating < UNSPOKEN for rating in lasts) / max(len(lasts), 1)),
        *(len(set(names)) / count, len(names) / count, evidence.dated / count),
        log1p(min(len(comment.text) for comment in comments)),
        *(evidence.spoken / count, min(evidence.flaws / count, 3.0), float(evidence.agrees)),
    )
