"""Compare the lists of comments that readings of one page found, join them, choose one, and estimate how sure it is.

No evidence here depends on a site, a class or a language: whether the comments have names and texts, whether a name is
rather a label, whether headers come back inside the texts, whether other readings found the same texts and names, and
whether the page's own count agrees.
"""

import json
import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from itertools import islice, pairwise, takewhile
from statistics import median
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from stance.datamodels import DOUBTFUL, Comment, counted
from stance.parsing.cleaning import SUBJECT
from stance.parsing.counts import StatedCount, is_comment_word
from stance.parsing.dates import find_date, has_digit
from stance.parsing.languages import phrases
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import (
    SENTENCE_SIGNS,
    Line,
    letter_words,
    line_key,
    mask_numbers,
    name_like,
    rate_talk,
    talk_of,
)
from stance.resources import DATA, shipped_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

LABEL_SHARE, LABEL_LEAST = 0.7, 4
"""Minimum share of comments, and minimum number, with one name that may be a label such as "Reply" or "Guest"."""

REPEATED_CHARACTERS = 25
"""Minimum characters of a text that one writer hardly writes twice; "Thanks!" is written to many."""

REFRAIN_LEAST, REFRAIN_SHARE = 3, 0.5
"""Minimum number and share of texts with one short line for the line to be the page's: a header that was taken for
text. With a number or a button's words in it, the number is enough.
"""

REFRAIN_CHARACTERS = 40

BEGINNING = 40
"""Number of characters at the beginning, or the end, of two texts that are equal if they are readings of one."""

LONG_TEXT = 160
"""Minimum characters of a text that is not a headline."""

HEADER_CHARACTERS = 60
"""Maximum characters of a line that may be a header: a name and a date."""

TITLE_WORDS = 6
"""Maximum words of a name; one with more is a headline of another story."""

FEW = 5
"""Maximum number of comments that may all be without a sentence."""

AS_STATED = 0.05
"""Maximum distance of a number of comments from the stated one, as a share of it, to agree with it."""

LONGEST_END = 40
"""Maximum characters of the last word of a text."""

_SENTENCE = re.compile(rf"[{SENTENCE_SIGNS}][\"'”’»“)\]]{{0,3}}(?:\s|$)|[\U0001f300-\U0001faff❤♥]")
_CUT = re.compile(r"^(\S.{7,}?)\s?(?:\[?(?:\.{3,6}|…)\]?)$")
_CUT_ENDS = ("...", "…", "...]", "…]")
_DATED_NAME = re.compile(r"(?<!\d)\d{1,2}\D{1,15}(?:19|20)\d\d(?!\d)|^\d+\s\w+\s\d+\s\w+$")  # in any language
_DIGIT = re.compile(r"\d")
_ACTIONS = frozenset(phrases("comment.own_actions"))


class Kind(StrEnum):
    """The kinds of readings, preferred names first; two of one kind do not confirm each other."""

    MARKUP = "markup"  # by a layout row
    NAMES = "names"  # by the row that fits any system whose names speak of comments
    FORM = "form"  # by names of classes and headings that speak of comments
    BOXES = "boxes"  # by rows that comments found by tags teach
    DATA = "data"  # for scripts and search engines
    TAGS = "tags"  # the flattened page, by what each line is likely to be


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for and against a list of comments; each number counts comments."""

    comments: int = 0
    complete: int = 0  # with a name and words
    labelled: int = 0  # likewise, with a name that most share
    unnamed: int = 0
    names: int = 0  # different ones
    dated: int = 0
    repeated: int = 0  # the words of the comment before, or what the same writer has written
    swallowed: int = 0  # lines inside texts that come back in others: headers of further comments
    headed: int = 0  # texts whose first line is rather a header
    spoken: int = 0  # texts with a sentence
    cut: int = 0  # texts that end with an ellipsis, perhaps before "Read more", as in boxes of the latest comments
    confirmed: int = 0  # texts that another kind of reading found
    ends: int = 0  # texts of which another kind found the last words alone: their first are a header, here or there
    same_name: int = 0  # likewise, with the same name
    stated: int | None = None

    @property
    def agrees(self) -> bool:
        """Return whether there are about as many comments as the page states."""
        return bool(self.stated) and abs(self.comments - (self.stated or 0)) <= AS_STATED * (self.stated or 0)

    @property
    def flaws(self) -> int:
        """How many comments, or lines in them, are rather something else."""
        return self.repeated + self.swallowed + self.headed

    @property
    def is_said(self) -> bool:
        """Return whether there are few comments, or some have a sentence, or the page states their number."""
        return 0 < self.comments <= FEW or self.spoken > 0 or self.agrees

    @property
    def are_excerpts(self) -> bool:
        """Return whether most texts are cut short and have no date, as in a box of the latest comments."""
        few_dates_or_names = self.comments > min(2 * self.dated, 2 * self.names - 1)
        return self.comments > 2 and 2 * self.cut > self.comments and few_dates_or_names


def compare_readings(readings: Sequence[tuple[Kind, Sequence[Comment]]], stated: int | None = None) -> list[Evidence]:
    """Collect the evidence for each reading of one page, also by what the others found.

    :param readings: The kind of each and the comments that it found, in page order.
    :param stated: How many comments the page itself states; None where it does not.
    """
    known: defaultdict[tuple[bool, str], set[tuple[Kind, str | None]]] = defaultdict(set)
    keys = [[_edges(comment.text) for comment in comments] for _, comments in readings]
    for (kind, comments), own in zip(readings, keys, strict=True):
        for comment, edges in zip(comments, own, strict=True):
            for edge in edges:
                known[edge].add((kind, comment.author))
    compared = []
    for (kind, comments), own in zip(readings, keys, strict=True):
        others = [{found for found in known[first] if found[0] is not kind} for first, *_ in own]
        whole = [{found for edge in edges for found in known[edge] if found[0] is not kind} for edges in own]
        confirmed = sum(map(bool, others))
        same = sum(any(name == each.author for _, name in found) for each, found in zip(comments, whole, strict=True))
        evidence = evidence_of(tuple(comments), stated)
        ends = sum(map(bool, whole)) - confirmed
        compared.append(replace(evidence, confirmed=confirmed, ends=ends, same_name=same))
    return compared


def evidence_of(comments: tuple[Comment, ...], stated: int | None = None) -> Evidence:
    """Collect the evidence that a list of comments holds by itself.

    :param comments: In page order.
    :param stated: How many comments the page itself states; None where it does not.
    """
    return replace(_own_evidence(comments), stated=stated)


@lru_cache(maxsize=32)
def _own_evidence(comments: tuple[Comment, ...]) -> Evidence:
    names = Counter(comment.author for comment in comments if comment.author)
    seen: set[tuple[str | None, str]] = set()
    before, button = "", _last_word(comments)
    counts: Counter[str] = Counter()
    for comment in comments:
        text = " ".join(comment.text.split())
        key = comment.author, text
        is_repeated = (text == before or key in seen) and len(text) >= REPEATED_CHARACTERS
        counts["repeated" if is_repeated else _state(comment, names, len(comments))] += 1
        counts["headed"] += _opens_with_header(comment)
        counts["dated"] += comment.posted is not None
        counts["spoken"] += _is_spoken(text)
        end = text.removesuffix(button).rstrip()
        counts["cut"] += end.endswith(_CUT_ENDS) and _CUT.match(end) is not None
        seen.add(key)
        before = text
    return Evidence(comments=len(comments), names=len(names), swallowed=_swallowed(comments, names), **counts)


def _last_word(comments: Sequence[Comment]) -> str:
    """Return the word that most texts end with, such as "More"; an empty one where there are few texts."""
    ends = Counter(comment.text[-LONGEST_END:].split()[-1:][0] for comment in comments if comment.text.strip())
    word, count = ends.most_common(1)[0] if len(comments) > 2 else ("", 0)
    return word if 2 * count > len(comments) and word.isalpha() else ""


def _state(comment: Comment, names: Mapping[str, int], comments: int) -> str:
    if not comment.author or not is_possible_name(comment.author):
        return "unnamed"
    count = names[comment.author]
    return "labelled" if count >= LABEL_LEAST and count > LABEL_SHARE * comments else "complete"


@lru_cache(maxsize=4096)
def is_possible_name(author: str) -> bool:
    """Return whether a name is neither a headline nor a date, nor a count of comments."""
    if has_digit(author) and any(map(is_comment_word, letter_words(author))):
        return False
    if len(author.split()) > TITLE_WORDS:
        return False
    return not has_digit(author) or (find_date(author) is None and not _DATED_NAME.search(author))


def _is_spoken(text: str) -> bool:
    """Return whether a text has a sentence, rather than a headline or a label."""
    return len(text) >= LONG_TEXT or _SENTENCE.search(text) is not None


def _opens_with_header(comment: Comment) -> bool:
    """Return whether the first line of a text is its writer's name, or a date and little else."""
    first, newline, _ = comment.text.partition("\n")
    date = find_date(first) if newline and len(first) <= HEADER_CHARACTERS else None
    return date is not None and len(first) - (date.end - date.start) < HEADER_CHARACTERS / 2


def _swallowed(comments: Sequence[Comment], names: Mapping[str, int]) -> int:
    """Count the lines inside texts, not their first or last, that are rather the page's."""
    shapes: Counter[str] = Counter()
    certain: set[str] = set()
    for comment in comments:
        for line in comment.text.split("\n")[1:-1]:
            if len(line) <= REFRAIN_CHARACTERS:
                shape = _DIGIT.sub("#", line.casefold())
                shapes[shape] += 1
                if "#" in shape or line in names or line_key(line) in _ACTIONS:
                    certain.add(shape)
    least = max(REFRAIN_LEAST, REFRAIN_SHARE * len(comments))
    return sum(count for shape, count in shapes.items() if count >= (REFRAIN_LEAST if shape in certain else least))


def opening_of(text: str) -> str:
    """Return the first words of a text, by which two readings of it are recognised: their ends may differ."""
    return words_of(text[: 4 * BEGINNING])[:BEGINNING]


def openings_of(comments: Iterable[Comment]) -> set[str]:
    """Return the first words of the texts of some comments."""
    return {opening_of(each.text) for each in comments}


def _edges(text: str) -> tuple[tuple[bool, str], ...]:
    """Return the first and the last words of a text; the last only of one long enough for them to be its own."""
    last = words_of(text[-4 * BEGINNING :])[-BEGINNING:]
    return (False, opening_of(text)), *(((True, last),) if len(last) == BEGINNING else ())


def words_of(text: str) -> str:
    """Return the words of a text in a form in which two readings of it are equal."""
    return " ".join(text.split()).casefold()


def without_excerpts(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Leave out the comments that are cut short and stand whole among the others, as boxes of the latest show them.

    Another person may begin with the same words, so the names must not differ.
    """
    may_be_cut = (i for i, each in enumerate(comments) if each.text.rstrip().endswith(("...", "…", "]")))
    cut = {i: found[0] for i in may_be_cut if (found := _CUT.findall(words_of(comments[i].text)))}
    others = (each for i, each in enumerate(comments) if i not in cut)
    whole = sorted((words_of(each.text), each.author or "") for each in others) if cut else []

    def is_excerpt(i: int, words: str) -> bool:
        following = takewhile(lambda each: each[0].startswith(words), islice(whole, bisect_left(whole, (words,)), None))
        own = comments[i].author
        return any(not own or not author or author == own for _, author in following)

    return tuple(each for i, each in enumerate(comments) if not (i in cut and is_excerpt(i, cut[i])))


# Joining --------------------------------------------------------------------------------------------------------------


def with_details(comments: Sequence[Comment], others: Sequence[Sequence[Comment]]) -> tuple[Comment, ...]:
    """Complete a list of comments by details that other readings found for the same texts.

    Missing names, dates and votes are filled in.

    :param comments: The list that is kept.
    :param others: Those of the other readings, the most trusted first.
    """
    if not others:
        return tuple(comments)
    keys = [opening_of(each.text) for each in comments]
    matched = [{i: found for i, key in enumerate(keys) if (found := texts.get(key))} for texts in map(_by_text, others)]
    have_subjects = _are_subjects(comments)
    named = [pairs for pairs, other in zip(matched, others, strict=True) if not _are_subjects(other)]
    kept = []
    for place, comment in enumerate(comments):
        same = [pairs[place] for pairs in matched if place in pairs]
        names = [name for pairs in named if place in pairs and (name := pairs[place].author) and is_possible_name(name)]
        quotes = (each.quoted for each in same if (each.quoted or "") in comment.text and each.quoted != each.text)
        kept.append(
            replace(
                comment,
                author=_best_name(None if have_subjects else comment.author, names) or comment.author,
                posted=comment.posted or next(filter(None, (each.posted for each in same)), None),
                quoted=comment.quoted or next(quotes, None),
                votes=next((each.votes for each in (comment, *same) if each.votes is not None), None),
            )
            if same
            else comment
        )
    return tuple(kept)


def _are_subjects(comments: Sequence[Comment]) -> bool:
    """Return whether the names of commenters are rather the subjects of their comments: "Re: Bridges"."""
    return any(each.author is not None and SUBJECT.match(each.author) is not None for each in comments)


def _best_name(author: str | None, names: Sequence[str]) -> str | None:
    """Return the name that a comment has in one reading, or the one on which two others agree against it.

    :param names: Those of the other readings, the most trusted first.
    """
    if not names or author in names:
        return author
    if author is None or not is_possible_name(author):
        return names[0]
    name, votes = Counter(names).most_common(1)[0]
    return name if votes > 1 else author


def _by_text(comments: Sequence[Comment]) -> dict[str, Comment]:
    """Return the comments by how their texts begin; without those that begin alike."""
    keys = [opening_of(comment.text) for comment in comments]
    times = Counter(keys)
    return {key: comment for key, comment in zip(keys, comments, strict=True) if times[key] == 1}


def renumbered(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Name comments c1, c2, ... in their order, the parents of answers too."""
    names = {comment.comment_id: f"c{number}" for number, comment in enumerate(comments, 1)}
    if all(old == new for old, new in names.items()) and names.keys() >= {each.reply_to for each in comments} - {None}:
        return tuple(comments)  # as nearly always
    return tuple(
        replace(comment, comment_id=names[comment.comment_id], reply_to=names.get(comment.reply_to or ""))
        for comment in comments
    )


# The choice -----------------------------------------------------------------------------------------------------------
#
# A network with one hidden layer rates each list by numbers that depend on no site, class or language; that of dumps
# also by the tags of their lines. ``research/training/train_choice.py`` trains it.

PAGES, DUMPS = DATA / "blocks" / "choice.npz", DATA / "blocks" / "choice_dump.npz"
"""Networks for pages with markup, and for text dumps."""

CLIPPED = 3.0
"""Maximum distance of a number of a reading from its mean, in standard deviations."""

LEAST = 0.4
"""Minimum rating of a list that is kept on a page with markup; for dumps, the network rates "no comments", too."""

OF_TREE, TRUST = frozenset({Kind.MARKUP, Kind.NAMES, Kind.FORM, Kind.BOXES, Kind.DATA}), 0.06
"""Kinds of readings of a page's markup, and what is added to their rating: the ends of texts are more exact there."""

AGREEMENT = 0.03
"""Addition to a rating where the stated count agrees: it decides between readings that are rated alike."""

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
    openings = [openings_of(reading.comments) for reading in readings]
    rows: list[tuple[float, ...]] = []
    of_page = float(len(readings))
    are_all_tags = all(reading.kind is Kind.TAGS for reading in readings)  # only then do two of them confirm each other
    if signs is not None:
        rows.append((math.log1p(talk), *(0.0,) * (OWN + 1 + len(Kind)), of_page, 1.0, *signs))
    for reading, own in zip(readings, openings, strict=True):
        shared = [
            (len(own & other), len(other))
            for each, other in zip(readings, openings, strict=True)
            if other is not own and (are_all_tags or not each.kind is reading.kind is Kind.TAGS)
        ]
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
    beyond = math.log1p(max(talk - spoken, 0))
    return (
        *(beyond, beyond - math.log1p(count)),
        *(spoken / count, sum(rating < UNSPOKEN for rating in ratings) / count),
        *(sum(firsts) / max(len(firsts), 1), min(firsts, default=0.0)),
        *(sum(lasts) / max(len(lasts), 1), sum(rating < UNSPOKEN for rating in lasts) / max(len(lasts), 1)),
        *(len(set(names)) / count, len(names) / count, evidence.dated / count),
        math.log1p(min(len(comment.text) for comment in comments)),
        *(evidence.spoken / count, min(evidence.flaws / count, 3.0), float(evidence.agrees)),
    )


# Certainty ------------------------------------------------------------------------------------------------------------
#
# How sure it is that the comments of a page, or their absence, were read right: one logistic regression on numbers of a
# read thread, for HTML and dumps. ``research/training/train_certainty.py`` trains it.

MODEL = DATA / "blocks" / "certainty.json"

MOST_DOUBTS, LEAST_DOUBT = 3, 0.25
"""Maximum number of reasons, and the minimum that each takes off the logit."""

SHORT_LINE, SHORT_TEXT = 80, 3
"""Maximum characters of a line that may date a comment, and words of a text that is hardly one."""

SHORT_HEADER = 8
"""Maximum words of a line that may head a comment."""

LIKE_COMMENTS = 2.0
"""Minimum rating of a line that is like one of a comment."""

OF_LINES = ("actions", "dates", "repeats", "openings", "likely")
"""Numbers of :class:`Beside` that are compared with the number of comments."""

OF_READINGS = ("confirmed", "same_name", "disagreement")
"""Numbers of :class:`Beside` that depend on other readings."""

_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?!\d)")
_ENDS = tuple(SENTENCE_SIGNS + ')"”»:')


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
    talk: int = 0  # lines like those of comments by their words
    rated: int = 0  # lines that are long enough for that
    missed: float = 0.0  # share of the texts that begin by the tags of lines and are in no comment
    likely: float = 0.0  # expected number of texts by these tags
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
    "likely": "more lines look like the beginning of a comment than comments were found",
    "talk": "the page has more lines like those of comments than comments were found",
    "rated": "",
    "missed": "some lines are tagged as comments and are in none",
    "headings": "a heading speaks of comments",
    "loads": "the page loads its comments when it is opened: open them before saving",
    "one": "a single comment was found",
    "size": "",
    "is html": "",
    "is sure": "",
    "by rows": "",
    "by names": "",
    "by tags": "the comments were found only by how their lines look",
    "by boxes": "the comments were found in repeated boxes whose names do not mention comments",
    "none": "",
    "none in html": "",
    "none of those stated": "the page states comments, and none were found",
    "none by actions": "no comments were found, but buttons of comments",
    "none by dates": "no comments were found, but dates as comments have them",
    "none by repeats": "no comments were found, but lines that recur",
    "none by openings": "no comments were found, but texts below short lines",
    "none by likely": "no comments were found, but lines look like the beginning of one",
    "none by talk": "no comments were found, but lines like those of comments",
    "none by rated": "",
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
        "missed": beside.missed,
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
        more |= {"talk": math.log1p(beside.talk), "rated": math.log1p(beside.rated)}
        return tuple((numbers | {f"none by {name}": number for name, number in more.items()}).values())
    is_explained = thread.stated is not None and (thread.stated.note is not None or thread.stated.shown == count)
    numbers |= {"explained gap" if is_explained else "stated gap": max(gap, 0.0), "surplus": max(-gap, 0.0)}
    return tuple((numbers | more | _of_comments(thread, beside)).values())


def _distance(number: int, count: int) -> float:
    return math.log1p(min(number, 9_999)) - math.log1p(count)


def _of_comments(thread: Thread, beside: Beside) -> dict[str, float]:
    comments, count = thread.comments, len(thread.comments)
    evidence = evidence_of(comments)
    names = [comment.author for comment in comments if comment.author]
    lengths = [len(comment.text) for comment in comments]
    alone = float(thread.beside is not None)
    talk = sum(rating > LIKE_COMMENTS for rating in talk_of(each.text for each in comments)) if alone else 0
    return {
        "talk": alone * (math.log1p(max(beside.talk - talk, 0)) - math.log1p(count)),
        "rated": math.log1p(beside.rated),
        **_of_names(names, evidence),
        **_of_texts([comment.text for comment in comments]),
        "unnamed": alone * (1 - len(names) / count),  # a sure reading has all names and dates
        "undated": alone * (1 - evidence.dated / count),
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
        "by rows": float(thread.kind == "markup"),
        "by names": float(thread.kind == "names"),
        "by tags": float(thread.kind == "tags"),
        "by boxes": float(thread.kind == "boxes"),
    }


def _of_names(names: Sequence[str], evidence: Evidence) -> dict[str, float]:
    count = evidence.comments
    times, different = Counter(names), set(names)
    ends = Counter(word for name in different for word in set(name.split()[:: max(len(name.split()) - 1, 1)]))
    most = max(ends.values(), default=1) - 1
    return {
        "odd names": sum(not name_like(name, 4, 30) for name in names) / count,
        "common name": max(times.values(), default=1) / count if count > 2 else 0.0,
        "shared ends": most / len(different) if len(different) > 2 else 0.0,
    }


def _of_texts(texts: Sequence[str]) -> dict[str, float]:
    count = len(texts)
    lines = Counter(
        line for text in texts for line in {mask_numbers(line) for line in text.split("\n") if len(line) < SHORT_LINE}
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
    ratings = [rating for rating in rate_talk(line.text for line in lines) if rating is not None]
    forms = Counter(line.cue for line in short if "#" in line.cue)
    return Beside(
        actions=sum(line.key in _ACTIONS for line in short),
        dates=sum(_DATE.search(line.text) is not None for line in short),
        repeats=max(forms.values(), default=0),
        openings=sum(_opens_text(above, line) for above, line in pairwise(lines)),
        headings=sum(map(is_heading, short)),
        talk=sum(rating > LIKE_COMMENTS for rating in ratings),
        rated=len(ratings),
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


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression on standardised numbers."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def logit(self, numbers: Sequence[float]) -> float:
        """Return the logit of the probability that a thread with these numbers was read right."""
        terms = zip(numbers, self.means, self.scales, self.weights, strict=True)
        return self.bias + sum(weight * (number - mean) / scale for number, mean, scale, weight in terms)

    def probability(self, numbers: Sequence[float]) -> float:
        """Return the probability itself."""
        return 1 / (1 + math.exp(-max(min(self.logit(numbers), 50.0), -50.0)))


@cache
def model(kind: str) -> Weights:
    """Load the weights that ship with the package, for ``html`` or for a ``dump``."""
    stored = json.loads(MODEL.read_text(encoding="utf-8"))
    if stored["names"] != list(REASONS):
        raise ValueError(f"{MODEL}: numbers {stored['names']}; expected {list(REASONS)}")
    data = stored[kind]
    return Weights(tuple(data["means"]), tuple(data["scales"]), tuple(data["weights"]), float(data["bias"]))


def judge_certainty(thread: Thread) -> tuple[float, tuple[str, ...]]:
    """Return the probability that a thread was read right, in [0, 1], and the reasons for a doubt."""
    numbers, weights = numbers_of(thread), model("html" if thread.is_html else "dump")
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
