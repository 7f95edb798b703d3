"""Define a thread, the comments that one method of reading found on a page, and compare texts of readings."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from stance.datamodels import Comment, Comments, Strings, frozen
from stance.parsing.counts import StatedCount
from stance.parsing.evidence import Evidence, evidence_of
from stance.parsing.lines import Line

if TYPE_CHECKING:
    from stance.parsing.html.text import Element

BEGINNING = 40
"""Number of characters at the beginning, or the end, of two texts that are equal if they are readings of one."""


class Method(StrEnum):
    """The methods of reading a page, preferred names first; two readings by one method do not confirm each other."""

    MARKUP = "markup"  # by a layout row
    NAMES = "names"  # by the row that fits any system whose names speak of comments
    FORM = "form"  # by names of classes and headings that speak of comments
    BOXES = "boxes"  # by rows that comments found by tags teach
    DATA = "data"  # for scripts and search engines
    TAGS = "tags"  # the flattened page, by what each line is likely to be


@frozen
class PageCounts:
    """Counts of a page; zeros where layout rows made a reading sure."""

    actions: int = 0  # lines of buttons that only comments have
    likely: float = 0.0  # expected number of texts by these tags
    odds: float = 0.0  # highest odds of a line to begin a text, in logarithms
    headers: float = 0.0  # lines between texts that are a part of a header, for each text
    odd_headers: float = 0.0  # share of names that do not have in their line what most have beside them
    named: float = 0.0  # mean probability of the lines with the names of comments to name their writers
    misnamed: float = 0.0  # the same of the likeliest other lines beside them
    unused_dates: int = 0  # dates nearest to the first text, above, and to the last, below, that no comment has
    unsure_texts: float = 0.0  # mean probability of the lines of the texts to be in none
    unsure_names: float = 0.0  # entropy of which lines are names, for each text
    uneven: float = 0.0  # deviation of the number of lines between texts, in logarithms


@frozen
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
    warnings: Strings = ()
    doubts: Strings = ()  # besides those of certainty
    place: range = range(0)  # the lines of the section, of a thread that was found by lines
    headings: tuple[Line, ...] = ()  # those of its lines that are one
    page: PageCounts | None = None  # counts of the whole page; None where the reading is sure by itself
    other_authors: float = 0.0  # share of elements named after authors that hold another text
    cut_names: float = 0.0  # share of names that are whole texts of the page, or that are not, if these are fewer
    unread: int = 0  # boxes named after comments, with dates, where no comments were found

    @property
    def evidence(self) -> "Evidence":
        """The evidence that the comments hold by themselves."""
        return evidence_of(self.comments, self.stated.beside(len(self.comments)) if self.stated else None)


@lru_cache(maxsize=16_384)
def opening_of(text: str) -> str:
    """Return the first words of a text, by which two readings of it are recognised: their ends may differ."""
    return words_of(text[: 4 * BEGINNING])[:BEGINNING]


def openings_of(comments: Iterable[Comment]) -> set[str]:
    """Return the first words of the texts of some comments."""
    return {opening_of(comment.text) for comment in comments}


def words_of(text: str) -> str:
    """Return the words of a text in a form in which two readings of it are equal."""
    return " ".join(text.split()).casefold()


def renumbered(comments: Comments) -> tuple[Comment, ...]:
    """Name comments c1, c2, ... in their order, the parents of answers too.

    Three or more in a row that the page shows again, as in another tab, are left out; fewer were posted twice.
    """
    for step in (1, -1):  # of a list of the best comments and all of them, the latter is kept
        keys = [(one.author, one.posted, one.text) for one in comments][::step]
        firsts = {key: index for index, key in reversed([*enumerate(keys)])}
        again = [firsts[key] < index for index, key in enumerate(keys)][::step]
        runs = ([*run] for _, run in groupby(zip(again, comments, strict=True), lambda pair: pair[0]))
        comments = [one for run in runs if not run[0][0] or len(run) < 3 for _, one in run]
    names = {comment.comment_id: f"c{number}" for number, comment in enumerate(comments, 1)}
    return tuple(
        replace(comment, comment_id=names[comment.comment_id], reply_to=names.get(comment.reply_to or ""))
        for comment in comments
    )
