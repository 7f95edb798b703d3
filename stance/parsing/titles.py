"""Find the title of an article among the lines of a dump."""

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from math import exp, log1p
from operator import mul
from typing import NamedTuple

from stance.datamodels import frozen
from stance.parsing.bylines import is_sign
from stance.parsing.line_kinds import TOP_LINES, Kind, Kinds, count_breadcrumbs
from stance.parsing.lines import Line, Lines, line_key, name_like, once

LEAST_TITLE = 0.2
"""Minimum probability of a title; less probable ones are false in nine of ten texts."""

MOST_TITLE_WORDS = 32

TOPIC_CHARACTERS = 4
"""Minimum characters of a word that tells a topic."""

MOST_HITS = 4
"""Maximum number of words of a line that count as hits of the topic."""

QUESTION_WORDS = 16
"""A title may be a question; one that is longer is a standfirst."""

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}")

_LEAST_WORDS = {Kind.SHORT: 2, Kind.PROSE: 2, Kind.TEASER: 2, Kind.FURNITURE: 5}
"""Minimum words of a title by the kind that its line is taken for: a list of other stories may run on into a title, and
a title may begin with the words of a cue."""


@frozen
class _Clues:
    """The clues to the place of a page's title."""

    lines: Lines
    kinds: Kinds
    first: int  # the first paragraph
    topic: Counter[str]  # the longer words of the article
    said: set[str]  # those of its comments
    trail: str  # breadcrumbs, and the headings of comments
    top: str  # the first lines of the page


class TitleNumbers(NamedTuple):
    """Reasons for a line as the title; most are 0 or 1."""

    topic: float  # share of four of its longer words that the article has, too
    often: float  # mean logarithm of how often the article has its longer words
    said: float  # share of its longer words that the comments have, too
    trail: float  # the breadcrumbs, or the heading of the comments, repeat it
    signs: float  # number of dates and bylines below it, within a few lines
    sign_distance: float  # part of these lines down to the first sign
    below_prose: float  # above the first paragraph may be a ticker, but below it more often is a subheading
    gap_above: float
    gap_below: float
    second: float  # the line above can be the title, and is on the topic
    later: float  # one of the lines above that can is so
    headlines: float  # share of the four lines around it that can be titles, as in a list
    short: float  # of at most 2 words, as a section, a topic or a name
    usual: float  # of 6 to 14 words
    long: float  # of more than 20 words
    stop: float  # it ends in a full stop
    name: float  # it can be a name
    paragraph: float  # its kind, as those below; none of them is a short line
    furniture: float
    top: float  # a line at the top of the page holds it
    sign_above: float
    lower: float  # it begins in lower case, as a line of a broken paragraph


TITLE_WEIGHTS = TitleNumbers(
    *(3.237, 2.204, 2.525, 2.162, -0.642, -3.224, -3.159, 2.048, 2.678, -0.95, -0.663),
    *(-0.894, -2.682, 1.066, -1.508, -2.335, -0.759, -1.325, -3.695, 2.871, 0.986, -2.117),
)
"""Weights, learned by ``research/training/train_title.py`` from 280 dumps and, at half the weight, 2,128 flattened
pages; cross-validated by site, .88 and .81 are right (.74 of the latter with the 18 numbers before). The tenth is
larger than the learned one: most titles have a second headline below."""


def find_title(lines: Lines, numbers: Mapping[int, TitleNumbers], site: str) -> tuple[int | None, float]:
    """Find the title, and its probability: above the body, or in its upper part where the run took in a ticker.

    The name of the site is no title, nor is a line that ends with the next one, as breadcrumbs do.
    """
    name = line_key(site)
    # Minimum words of a title that ends the line above it, which are breadcrumbs.
    below = {i - 1: lines[i].key for i in numbers if lines[i].words >= 3}
    crumbs = {i for i, key in below.items() if lines[i].key != key and lines[i].key.endswith(key)}
    likely = (i for i in numbers if i not in crumbs and lines[i].key != name)
    values = {i: sum(map(mul, TITLE_WEIGHTS, numbers[i])) for i in likely}
    best = max(values, key=lambda i: (values[i], -i), default=None)
    return best, 1 / sum(exp(value - values[best]) for value in (-4.0, *values.values())) if best is not None else 0.0


def title_numbers(
    lines: Lines, kinds: Kinds, run: tuple[int, int], headings: Lines, talk: Lines
) -> dict[int, TitleNumbers]:
    """Return the numbers of the lines that can be the title."""
    start, end = run
    paragraphs = [i for i in range(start, end) if kinds[i] is Kind.PROSE]
    first = paragraphs[0] if paragraphs else end
    told = paragraphs if first < end and _is_sentence(lines[first]) else paragraphs[1:]
    trails = [line.key for line in lines[:first] if count_breadcrumbs(line)]
    clues = _Clues(
        lines=lines,
        kinds=kinds,
        first=first,
        topic=Counter(word for i in told for word in long_words(lines[i])),
        said={word for line in talk for word in long_words(line)},
        trail=" ".join((*trails, *(line.key for line in headings))),
        top=" ".join(line.key for line in lines[:TOP_LINES]),
    )
    # Maximum number of lines between a title and the first paragraph.
    near = range(max(first - 300, 0), min(max((start + 2 * end) // 3, first + 1), len(lines)))
    return {i: _title_numbers(clues, i) for i in near if _can_be_title(clues, i)}


def _can_be_title(clues: _Clues, i: int) -> bool:
    line, kind = clues.lines[i], clues.kinds[i]
    fits = _LEAST_WORDS.get(kind, MOST_TITLE_WORDS) <= line.words <= MOST_TITLE_WORDS and line.has_letters
    is_first = i == clues.first and (i + 1 == len(clues.kinds) or clues.kinds[i + 1] is Kind.PROSE)
    is_long = kind is Kind.PROSE and line.words > QUESTION_WORDS
    is_sentence = line.text[-1] == "." and (is_first or is_long)
    is_remark = line.text[0] == "(" and line.text[-1] == ")"
    return fits and not (is_sentence or is_remark or line.number or line.text[-1] in ":,;" or "://" in line.text)


def _title_numbers(clues: _Clues, i: int) -> TitleNumbers:
    line, kind, words = clues.lines[i], clues.kinds[i], long_words(clues.lines[i])
    reach = 6  # lines below a title within which a date or byline speaks for it
    signs = [k for k in range(i + 1, min(i + 1 + reach, len(clues.lines))) if _is_sign_at(clues, k)]
    around = [k for k in (i - 2, i - 1, i + 1, i + 2) if 0 <= k < len(clues.lines) and clues.lines[k].words > 4]
    return TitleNumbers(
        topic=0.0 if i == clues.first and _is_sentence(line) else min(_hits(clues, i), MOST_HITS) / MOST_HITS,
        often=sum(log1p(clues.topic[word]) for word in words) / max(len(words), 2),
        said=sum(word in clues.said for word in words) / max(len(words), 2),
        trail=f" {line.key} " in f" {clues.trail} ",
        signs=len(signs),
        sign_distance=(signs[0] - i) / reach if signs else 1.5,
        below_prose=i > clues.first,
        gap_above=line.gap > 0,
        gap_below=i + 1 < len(clues.lines) and clues.lines[i + 1].gap > 0,
        second=i > 0 and _hits(clues, i - 1) >= MOST_HITS // 2 and _can_be_title(clues, i - 1),
        later=any(_hits(clues, k) >= MOST_HITS // 2 and _can_be_title(clues, k) for k in range(max(i - 6, 0), i)),
        headlines=sum(_can_be_title(clues, k) for k in around) / 4,
        short=line.words <= 2,
        usual=6 <= line.words <= 14,
        long=line.words > 20,
        stop=line.text[-1] == ".",
        name=name_like(line.text),
        paragraph=kind is Kind.PROSE,
        furniture=kind is Kind.FURNITURE,
        top=i >= TOP_LINES and line.words >= 3 and line.key in clues.top,
        sign_above=_is_sign_at(clues, i - 1),
        lower=line.text[0].islower(),
    )


def _is_sign_at(clues: _Clues, i: int) -> bool:
    is_line = 0 <= i < len(clues.lines)
    return is_line and (clues.kinds[i] in (Kind.BYLINE, Kind.DATE) or is_sign(clues.lines[i]))


def _hits(clues: _Clues, i: int) -> int:
    """Count the longer words of a line that the article has, too."""
    return sum(word in clues.topic for word in long_words(clues.lines[i]))


@once
def long_words(line: Line) -> list[str]:
    """Return the longer words of a line, and pairs of signs where no blanks part the words."""
    words = line.key.split()
    if line.key.isascii():
        return [word for word in words if len(word) >= TOPIC_CHARACTERS]
    long = []
    for word in words:
        if runs := () if word.isascii() else _UNSPACED.findall(word):
            long += [f"{one}{other}" for run in runs for one, other in pairwise(run)]
        elif len(word) >= TOPIC_CHARACTERS:
            long.append(word)
    return long


def _is_sentence(line: Line) -> bool:
    """Return whether a line is rather a first paragraph than a title that asks or calls."""
    return line.text[-1] not in "?!" or line.words > QUESTION_WORDS
