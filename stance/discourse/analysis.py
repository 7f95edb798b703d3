"""The parts of an analysis of comments, as its module states them."""

from collections.abc import Callable
from typing import Any, NamedTuple

from stance.datamodels import Document, Strings
from stance.discourse.posts import Flags, Ints, Posts


class Copies(NamedTuple):
    """Groups of comments with one text."""

    groups: list[Ints]  # places in order of time
    later: Flags  # per comment: a copy, and not the first of its group


class Section(NamedTuple):
    """The section of an analysis on the page about the discourse, and its row of ``docs/report.md``."""

    heading: str
    question: str
    needs: str  # at least
    meaning: str  # of a result


class Analysis(NamedTuple):
    """An analysis of the comments of a run or of a page; ``stance.discourse`` lists all of them.

    :param name: Key of its record. ``discourse_NAME.html`` draws its section; without one, it is a table of the record.
    :param compute: Returns its record, of comments, their copies and, of a page, the document.
    :param units: Of which it is made: ``run``, ``page``.
    :param empty: The record where nothing is analysed.
    """

    name: str
    compute: Callable[[Posts, Copies, Document], Any]
    section: Section | None = None
    units: Strings = ("run", "page")
    empty: Any = ()
