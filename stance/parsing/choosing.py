"""Define a thread, the comments that one method of reading found on a page; choose among those of a page, or none.

No evidence for a thread depends on a site, a class or a language: whether the comments have names and texts, whether
headers come back inside the texts, whether the page's own count agrees. A network with one hidden layer rates threads
by such numbers; that of dumps also by the tags of their lines. ``training/train_choice.py`` trains it.

One logistic regression on numbers of a thread and its page, for HTML, and one for dumps, estimate the probability that
the comments of a page, or their absence, were read right. ``training/train_certainty.py`` fits them;
``certainty.json`` holds them, and the doubt that each number gives.
"""

import json
import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache
from itertools import groupby, pairwise
from statistics import median, pstdev
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from stance.datamodels import Comment, counted
from stance.page_layouts import DOUBTFUL, UNSAVED
from stance.parsing.captions import is_comment_word
from stance.parsing.counts import StatedCount
from stance.parsing.dates import find_date, has_digit, is_day
from stance.parsing.language import phrases
from stance.parsing.line_parts import HEADERS, CuedLines, is_heading
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

    from stance.parsing.html.text import Element


class ChoosingConstants:
    """Constants of this module."""

    beginning = 40
    """Number of characters at the beginning, or the end, of two texts that are equal if they are readings of one."""
    dated_name = re.compile(r"(?<!\d)\d{1,2}\D{1,15}(?:19|20)\d\d(?!\d)|^\d+\s\w+\s\d+\s\w+$")  # in any language
    agreement = 0.03
    """Weight added where the stated count agrees: it decides between readings that are rated alike."""
    spoken = 1.5
    unspoken = -1.0
    """Minimum rating of a line that is like one of a comment, and maximum rating of one that is not."""
    most_doubts = 3
    least_doubt = 0.25
    """Maximum number of reasons for a doubt, and the minimum that each takes off the logit."""
    short_line = 80
    short_text = 3
    """Maximum characters of a line that may date a comment, and words of a text that is hardly one."""
    around = 10  # lines above and below a thread or text that are looked at, too
    like_comments = 2.0
    """Minimum rating of a line that is like one of a comment."""
    date = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?!\d)")
    # Limits of the evidence for a thread.
    label_share = 0.7  # minimum share of comments with one name that may be a label such as "Reply" or "Guest"
    label_least = 4  # minimum number of these
    repeated_characters = 25  # minimum of a text that one writer hardly writes twice; "Thanks!" is for many
    refrain_least = 3  # minimum number of texts with one short line that holds a number or a button's words
    refrain_share = 0.5  # minimum share of texts with any short line for it to be the page's: a header
    refrain_characters = 40  # maximum of such a line
    headline_characters = 160  # minimum of a text that is no headline
    header_characters = 60  # maximum of a line that may be a header: a name and a date
    name_words = 6  # maximum of a name; one with more is a headline of another story
    few = 5  # maximum number of comments that may all be without a sentence
    as_stated = 0.05  # maximum distance from the stated number that agrees with it, as a share of it


_C = ChoosingConstants


_SENTENCE = re.compile(rf"[{SENTENCE_SIGNS}][\"'”’»“)\]]{{0,3}}(?:\s|$)|[\U0001f300-\U0001faff❤♥]")
_ACTIONS = frozenset(phrases("comment.own_actions"))


class Method(StrEnum):
    """The methods of reading a page, preferred names first; two readings by one method do not confirm each other."""

    MARKUP = "markup"  # by a layout row
    NAMES = "names"  # by the row that fits any system whose names speak of comments
    FORM = "form"  # by names of classes and headings that speak of comments
    BOXES = "boxes"  # by rows that comments found by tags teach
    DATA = "data"  # for scripts and search engines
    TAGS = "tags"  # the flattened page, by what each line is likely to be


@dataclass(frozen=True, slots=True)
class PageCounts:
    """Counts of a page and its agreement with other readings; zeros where layout rows made a reading sure."""

    confirmed: float = 0.0  # share of the comments that other readings found
    same_name: float = 0.0  # likewise, with the same name
    disagreement: float = 0.0  # largest distance to the number that another reading found, in logarithms
    actions: int = 0  # lines of buttons that only comments have
    dates: int = 0  # short lines with a date or a clock time
    headings: int = 0  # lines that head a comment section
    talk: int = 0  # lines like those of comments by their words
    rated: int = 0  # lines that are long enough for that
    missed: float = 0.0  # share of the texts that begin by the tags of lines and are in no comment
    likely: float = 0.0  # expected number of texts by these tags
    odds: float = 0.0  # highest odds of a line to begin a text, in logarithms
    headers: float = 0.0  # lines between texts that are a part of a header, for each text
    odd_headers: float = 0.0  # share of names that do not have in their line what most have beside them
    unsure_texts: float = 0.0  # mean probability of the lines of the texts to be in none
    unsure_names: float = 0.0  # entropy of which lines are names, for each text
    uneven: float = 0.0  # deviation of the number of lines between texts, in logarithms
    loads: bool = False  # whether a comment system fills the page when it is opened


@dataclass(frozen=True, slots=True)
class Thread:
    """The comments that one method of reading found on a page, in page order."""

    comments: tuple[Comment, ...] = ()
    method: Method = Method.MARKUP
    layout: str = "none"
    stated: StatedCount | None = None  # the page's own count
    is_html: bool = False
    elements: "tuple[Element, ...]" = ()  # of an HTML page: those of the comments
    opening: Comment | None = None  # the post that opens a thread, where that is the article
    title: str | None = None  # where the layout knows that <title> names something else
    warnings: tuple[str, ...] = ()
    place: range = range(0)  # the lines of the section, of a thread that was found by lines
    headings: tuple[Line, ...] = ()  # those of its lines that are one
    page: PageCounts | None = None  # counts of the whole page; None where the reading is sure by itself

    @property
    def evidence(self) -> "Evidence":
        """The evidence that the comments hold by themselves."""
        return evidence_of(self.comments, self.stated.beside(len(self.comments)) if self.stated else None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for and against a list of comments; each number counts comments."""

    comments: int = 0
    complete: int = 0  # with a name, which most do not share, and words
    dated: int = 0
    repeated: int = 0  # the words of the comment before, or what the same writer has written
    swallowed: int = 0  # lines inside texts that come back in others: headers of further comments
    headed: int = 0  # texts whose first line is rather a header
    spoken: int = 0  # texts with a sentence
    stated: int | None = None

    @property
    def agrees(self) -> bool:
        """Return whether there are about as many comments as the page states."""
        return bool(self.stated) and abs(self.comments - (self.stated or 0)) <= _C.as_stated * (self.stated or 0)

    @property
    def flaws(self) -> int:
        """The number of comments, or lines in them, that are rather something else."""
        return self.repeated + self.swallowed + self.headed

    @property
    def is_said(self) -> bool:
        """Return whether there are few comments, or some have a sentence, or the page states their number."""
        return 0 < self.comments <= _C.few or self.spoken > 0 or self.agrees


@lru_cache(maxsize=32)
def evidence_of(comments: tuple[Comment, ...], stated: int | None = None) -> Evidence:
    """Collect the evidence that a list of comments holds by itself.

    :param comments: In page order.
    :param stated: The number of comments that the page itself states; None where it does not.
    """
    names = Counter(comment.author for comment in comments if comment.author)
    labels = {name for name, n in names.items() if n >= _C.label_least and n > _C.label_share * len(comments)}
    seen: set[tuple[str | None, str]] = set()
    before = ""
    counts: Counter[str] = Counter()
    for comment in comments:
        text = " ".join(comment.text.split())
        key = comment.author, text
        if len(text) >= _C.repeated_characters and (text == before or key in seen):
            counts["repeated"] += 1
        elif comment.author and comment.author not in labels and is_possible_name(comment.author):
            counts["complete"] += 1
        counts["headed"] += _opens_with_header(comment)
        counts["dated"] += comment.posted is not None
        counts["spoken"] += len(text) >= _C.headline_characters or _SENTENCE.search(text) is not None
        seen.add(key)
        before = text
    return Evidence(comments=len(comments), swallowed=_swallowed(comments, names), stated=stated, **counts)


@lru_cache(maxsize=4096)
def is_possible_name(author: str) -> bool:
    """Return whether a name is neither a headline nor a date, nor a count of comments."""
    if len(author.split()) > _C.name_words or not has_digit(author):
        return len(author.split()) <= _C.name_words
    is_count = any(map(is_comment_word, letter_words(author)))
    return not (is_count or is_day(author) or find_date(author) or _C.dated_name.search(author))


def _opens_with_header(comment: Comment) -> bool:
    """Return whether the first line of a text is its writer's name, or a date and little else."""
    first, newline, _ = comment.text.partition("\n")
    date = find_date(first) if newline and len(first) <= _C.header_characters else None
    return date is not None and len(first) - (date.end - date.start) < _C.header_characters / 2


def _swallowed(comments: Sequence[Comment], names: Mapping[str, int]) -> int:
    """Count the lines inside texts, not their first or last, that are rather the page's."""
    shapes: Counter[str] = Counter()
    certain: set[str] = set()
    for comment in comments:
        for line in comment.text.split("\n")[1:-1]:
            if len(line) <= _C.refrain_characters:
                shape = re.sub(r"\d", "#", line.casefold())
                shapes[shape] += 1
                if "#" in shape or line in names or line_key(line) in _ACTIONS:
                    certain.add(shape)
    least = max(_C.refrain_least, _C.refrain_share * len(comments))
    return sum(count for shape, count in shapes.items() if count >= (_C.refrain_least if shape in certain else least))


def opening_of(text: str) -> str:
    """Return the first words of a text, by which two readings of it are recognised: their ends may differ."""
    return words_of(text[: 4 * _C.beginning])[: _C.beginning]


def openings_of(comments: Iterable[Comment]) -> set[str]:
    """Return the first words of the texts of some comments."""
    return {opening_of(each.text) for each in comments}


def openings_and_ends(text: str) -> list[tuple[bool, str]]:
    """Return the first and the last words of a text; the last only of one long enough for them to be its own."""
    last = words_of(text[-4 * _C.beginning :])[-_C.beginning :]
    return [(False, opening_of(text)), *([(True, last)] if len(last) == _C.beginning else [])]


def words_of(text: str) -> str:
    """Return the words of a text in a form in which two readings of it are equal."""
    return " ".join(text.split()).casefold()


def renumbered(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Name comments c1, c2, ... in their order, the parents of answers too.

    Three or more in a row that the page shows again, as in another tab, are left out; fewer were posted twice.
    """
    for step in (1, -1):  # of a list of the best comments and all of them, the latter is kept
        keys = [(each.author, each.posted, each.text) for each in comments][::step]
        firsts = {key: at for at, key in reversed([*enumerate(keys)])}
        again = [firsts[key] < at for at, key in enumerate(keys)][::step]
        runs = ([*run] for _, run in groupby(zip(again, comments, strict=True), lambda pair: pair[0]))
        comments = [each for run in runs if not run[0][0] or len(run) < 3 for _, each in run]
    names = {comment.comment_id: f"c{number}" for number, comment in enumerate(comments, 1)}
    if all(old == new for old, new in names.items()) and names.keys() >= {each.reply_to for each in comments} - {None}:
        return tuple(comments)  # as nearly always
    return tuple(
        replace(comment, comment_id=names[comment.comment_id], reply_to=names.get(comment.reply_to or ""))
        for comment in comments
    )


# Choice ---------------------------------------------------------------------------------------------------------------

PAGES, DUMPS = DATA / "blocks" / "choice.npz", DATA / "blocks" / "choice_dump.npz"
"""Networks for pages with markup, and for text dumps."""

CLIPPED = 3.0
"""Maximum distance of a number of a reading from its mean, in standard deviations."""

LEAST = 0.4
"""Minimum rating of a thread that is kept on a page with markup; for dumps, the network rates "no comments", too."""

TRUST = 0.06
"""Weight added to the rating of a reading of markup: the ends of texts are more exact there."""


OWN = 15
"""Number of values that describe a reading by itself; two more compare it with the others."""

TagSigns: TypeAlias = Sequence[float] | None
"""Numbers of the tags of a dump; None for a page with markup."""


def rate_threads(lines: Sequence[Line], threads: Sequence[Thread], signs: TagSigns = None) -> list[float]:
    """Rate the readings of a page; each has a comment.

    :param lines: The lines of the page as a reader sees it.
    :return: The expected share of right comments: of no comments, then of each reading.
    """
    if not threads:
        return [LEAST]
    rated = rate(shipped_arrays(PAGES if signs is None else DUMPS), numbers_of_threads(lines, threads, signs))
    if signs is not None:
        none, *ratings = rated
        return [none, *(each + _C.agreement * one.evidence.agrees for each, one in zip(ratings, threads, strict=True))]
    ratings = [LEAST]
    for thread, rating in zip(threads, rated, strict=True):
        agrees = thread.evidence.agrees
        is_talk = thread.evidence.spoken or agrees  # else these are rather labels than comments
        ratings.append(rating + _C.agreement * agrees + TRUST * (thread.method is not Method.TAGS) if is_talk else 0.0)
    return ratings


def rate(net: "Mapping[str, npt.NDArray[np.float32]]", numbers: Sequence[Sequence[float]]) -> list[float]:
    """Rate rows of numbers by a network."""
    plain = ((np.array(numbers, dtype=np.float32) - net["means"]) / net["scales"]).clip(-CLIPPED, CLIPPED)
    return (np.maximum(plain @ net["inner"] + net["bias"], 0) @ net["outer"] + net["base"]).tolist()


def numbers_of_threads(
    lines: Sequence[Line], threads: Sequence[Thread], signs: TagSigns = None
) -> list[tuple[float, ...]]:
    """Return the numbers by which readings are rated: a row for each; of dumps a row for no comments before them."""
    talk = sum(rating is not None and rating > _C.spoken for rating in rate_talk(line.text for line in lines))
    openings = [openings_of(thread.comments) for thread in threads]
    of_page = float(len(threads))
    are_all_tags = all(thread.method is Method.TAGS for thread in threads)  # only then two of them confirm each other
    rows: list[tuple[float, ...]] = []
    if signs is not None:
        rows.append((math.log1p(talk), *(0.0,) * (OWN + 1 + len(Method)), of_page, 1.0, *signs))
    for thread, own in zip(threads, openings, strict=True):
        shared = [
            (len(own & other), len(other))
            for each, other in zip(threads, openings, strict=True)
            if other is not own and (are_all_tags or not each.method is thread.method is Method.TAGS)
        ]
        of_others = max((both / total for both, total in shared), default=0.0)
        of_own = max((both / len(own) for both, _ in shared), default=0.0)
        methods = (float(thread.method is each) for each in Method)
        of_dump = () if signs is None else (0.0, *signs)
        rows.append((*_numbers_of(thread, talk), of_others, of_own, *methods, of_page, *of_dump))
    return rows


def _numbers_of(thread: Thread, talk: int) -> tuple[float, ...]:
    """Return the numbers of a reading by itself.

    :param talk: The number of lines of the page that are like those of comments.
    """
    comments, count, evidence = thread.comments, len(thread.comments), thread.evidence
    texts = [comment.text.split("\n") for comment in comments]
    firsts, lasts = (talk_of(text[place] for text in texts) for place in (0, -1))
    ratings = talk_of(comment.text for comment in comments)
    spoken = sum(rating > _C.spoken for rating in ratings)
    names = [comment.author for comment in comments if comment.author and is_possible_name(comment.author)]
    beyond = math.log1p(max(talk - spoken, 0))
    return (
        *(beyond, beyond - math.log1p(count)),
        *(spoken / count, sum(rating < _C.unspoken for rating in ratings) / count),
        *(sum(firsts) / max(len(firsts), 1), min(firsts, default=0.0)),
        *(sum(lasts) / max(len(lasts), 1), sum(rating < _C.unspoken for rating in lasts) / max(len(lasts), 1)),
        *(len(set(names)) / count, len(names) / count, evidence.dated / count),
        math.log1p(min(len(comment.text) for comment in comments)),
        *(evidence.spoken / count, min(evidence.flaws / count, 3.0), float(evidence.agrees)),
    )


# Details --------------------------------------------------------------------------------------------------------------


def with_details(thread: Thread, others: Sequence[Thread]) -> Thread:
    """Fill in the names, dates, votes and quotations that other methods of reading found for the same texts."""
    ranked = [each for method in Method for each in others if each.method is method is not thread.method]
    found = [_by_opening(each.comments) for each in ranked]
    comments = []
    for comment in thread.comments if found else ():
        opening = opening_of(comment.text)
        same = [known[opening] for known in found if opening in known]
        names = [each.author for each in same if each.author and is_possible_name(each.author)]
        quotes = (each.quoted for each in same if (each.quoted or "") in comment.text and each.quoted != each.text)
        changed = replace(
            comment,
            author=_best_name(comment.author, names),
            posted=comment.posted or next(filter(None, (each.posted for each in same)), None),
            quoted=comment.quoted or next(quotes, None),
            votes=next((each.votes for each in (comment, *same) if each.votes is not None), None),
        )
        comments.append(changed if same else comment)
    if len(comments) > 2 and not any(each.posted for each in (*thread.comments, *comments[1:])):
        comments[0] = replace(comments[0], posted=None)  # it is rather the date of what is above
    return replace(thread, comments=tuple(comments)) if comments else thread


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


def _by_opening(comments: Sequence[Comment]) -> dict[str, Comment]:
    """Return the comments by the beginning of their texts; without those that begin alike."""
    keys = [opening_of(comment.text) for comment in comments]
    times = Counter(keys)
    return {key: comment for key, comment in zip(keys, comments, strict=True) if times[key] == 1}


# Certainty -----------------------------------------------------------------------------------------------------------


CERTAINTY = DATA / "blocks" / "certainty.json"


COMPARED = ("actions", "dates", "likely")
"""Words: numbers of a page that are compared with the number of comments."""


def counts_of(page: CuedLines, comments: Sequence[Comment]) -> PageCounts:
    """Count the lines of a page that are typical around comments, and the texts that its tags find.

    :param comments: Those that were read.
    """
    lines, short = page.lines, [line for line in page.lines if len(line.text) <= _C.short_line]
    ratings = [rating for rating in rate_talk(line.text for line in lines) if rating is not None]
    counts = PageCounts(
        actions=sum(line.key in _ACTIONS for line in short),
        dates=sum(_C.date.search(line.text) is not None for line in short),
        headings=sum(map(is_heading, short)),
        talk=sum(rating > _C.like_comments for rating in ratings),
        rated=len(ratings),
    )
    return _with_tags(counts, page, comments) if page.tags else counts


def _places_of(lines: Sequence[Line], comments: Sequence[Comment]) -> list[tuple[range, Comment]]:
    """Return the lines of the text of each comment, found by its first words below those of the one before."""
    places, found = defaultdict[str, list[int]](list), list[tuple[range, Comment]]()
    for i, line in enumerate(lines):
        places[opening_of(line.text)].append(i)
    for comment in comments:
        first, *more = comment.text.split("\n")
        spots = places[opening_of(first)]
        place = bisect_right(spots, found[-1][0].start) if found else 0
        if place < len(spots):
            found.append((range(spots[place], min(spots[place] + 1 + len(more), len(lines))), comment))
    return found


def _with_tags(counts: PageCounts, page: CuedLines, comments: Sequence[Comment]) -> PageCounts:
    """Add what the tags of lines say of the texts that were read, and of others."""
    tags, names, found = np.array(page.tags), np.array(page.names), _places_of(page.lines, comments)
    begins, texts = np.exp(tags[:, 1]), [text for text, _ in found]
    likely, starts = np.flatnonzero(begins >= 0.5).tolist(), {text.start for text in texts}
    counts = replace(
        counts,
        missed=sum(i not in starts for i in likely) / max(len(likely), 1),
        # Minimum probability of a line to begin a text for it to count among those that may.
        likely=float(begins[begins > 0.02].sum()),
        odds=float(np.logaddexp(0.0, (tags[:, 1] - tags[:, 0]).max())),
    )
    if not texts:
        return counts
    around = names[max(texts[0].start - _C.around, 0) : texts[-1].stop + _C.around].clip(1e-6, 1 - 1e-6)
    gaps = [range(text.stop, below.start) for text, below in pairwise(texts)]
    return replace(
        counts,
        unsure_texts=float(np.exp(tags[[i for text in texts for i in text], 0]).mean()),
        unsure_names=-float((around * np.log(around) + (1 - around) * np.log(1 - around)).sum()) / len(texts),
        uneven=pstdev([math.log1p(len(gap)) for gap in gaps] or [0.0]),
        headers=sum(page.readings[i].part in HEADERS for gap in gaps for i in gap) / len(texts),
        odd_headers=_odd_headers(page, found),
    )


def _odd_headers(page: CuedLines, found: Sequence[tuple[range, Comment]]) -> float:
    """Return the share of names that do not have in their line what most names have beside them."""
    rests, above = Counter[str](), 0
    for text, comment in found:
        name = comment.author or "\n"  # which no line has
        sides = range(max(text.start - _C.around, above), text.start), range(text.stop, text.stop + _C.around)
        lines = [
            (page.names[i][side], page.lines[i].text) for side in (0, 1) for i in sides[side] if i < len(page.lines)
        ]
        if own := max((each for each in lines if name in each[1]), default=None):
            date = find_date(own[1])
            line = own[1][: date.start] + own[1][date.end :] if date else own[1]
            rests[mask_numbers("".join(line.replace(name, "", 1).split()))] += 1
        above = text.stop
    return 1 - max(rests.values()) / rests.total() if rests else 0.0


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
    gap = _distance(thread.stated.beside(count), count) if thread.stated else 0.0
    more = {name: max(_distance(getattr(page, name), count), 0.0) for name in COMPARED} if thread.page else {}
    numbers = {
        "is sure": float(thread.page is None),
        "missed": page.missed,
        "unstated": float(thread.stated is None),
    }
    if not thread.comments:
        more |= {"talk": math.log1p(page.talk), "rated": math.log1p(page.rated)}
        return {
            **numbers,
            "none": 1.0,
            "none of those stated": gap,
            "headings": math.log1p(page.headings),
            "loads": float(page.loads),
            "none by odds": page.odds,
            **{f"none by {name}": number for name, number in more.items()},
        }
    is_explained = thread.stated is not None and thread.stated.note is not None
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
    return {
        "talk": alone * (math.log1p(max(page.talk - talk, 0)) - math.log1p(count)),
        "rated": math.log1p(page.rated),
        "unnamed": alone * (1 - len(names) / count),  # a sure reading has all names and dates
        "undated": alone * (1 - evidence.dated / count),
        "unspoken": 1 - evidence.spoken / count,
        "longest": math.log(max(lengths) / max(median(lengths), 1)) if count > 2 else 0.0,
        "flaws": min(evidence.flaws / count, 2.0),
        "unconfirmed": alone * (1 - page.confirmed),
        "other names": alone * (page.confirmed - page.same_name),
        "disagreement": page.disagreement,
        "unsure texts": math.sqrt(page.unsure_texts),
        "unsure names": math.sqrt(page.unsure_names),
        "uneven": math.sqrt(page.uneven),
        "headers": page.headers,
        "odd headers": math.sqrt(page.odd_headers),
        "one": float(count == 1),
        "size": math.log(count),
        "by rows": float(thread.method is Method.MARKUP),
        "by names": float(thread.method is Method.NAMES),
        "by tags": float(thread.method is Method.TAGS),
        "by boxes": float(thread.method is Method.BOXES),
        **_of_names(names, evidence),
        **_of_order(comments),
    }


def _of_order(comments: Sequence[Comment]) -> dict[str, float]:
    """Return numbers of names and headers that are at the wrong text, or in one."""
    count, authors = len(comments), [each.author for each in comments]
    named = float(count > 2) * (count - authors.count(None)) / count
    run = max((len(list(run)) for author, run in groupby(authors) if author), default=0)
    return {
        "last unnamed": named * (authors[-1] is None),
        "one name in a row": run / count if run >= _C.few else 0.0,
    }


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
        """Return the part of each number in the logit of the probability that a thread was read right."""
        rows = zip(self.names, self.means, self.scales, self.weights, strict=True)
        far = ((name, (numbers.get(name, 0.0) - mean) / scale, weight) for name, mean, scale, weight in rows)
        return {name: weight * max(min(each, CLIPPED), -CLIPPED) for name, each, weight in far}

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


def judge_certainty(thread: Thread) -> tuple[float, tuple[str, ...]]:
    """Return the probability that a thread was read right, in [0, 1], and the reasons for a doubt."""
    numbers, model = numbers_of(thread), certainty_model("html" if thread.is_html else "dump")
    certainty = round(model.probability(numbers), 2)
    if not thread.comments and thread.stated and thread.stated.beside(0):  # also where that is right, as of a widget
        said = counted(thread.stated.count, "comment")
        return certainty, (f"the page states {said}; {UNSAVED}; open the comments before saving",)
    if certainty >= DOUBTFUL:
        return certainty, ()
    given = ((model.doubts.get(name), term) for name, term in model.terms(numbers).items() if numbers.get(name))
    worst = sorted((term, doubt) for doubt, term in given if doubt and term <= -_C.least_doubt)[: _C.most_doubts]
    return certainty, tuple(doubt for _, doubt in worst) or ("unlike the pages that were read correctly",)
