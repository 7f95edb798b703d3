"""The parts of an analysis of comments, as its module states them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from stance.datamodels import Document
    from stance.discourse.copies import Copies
    from stance.discourse.posts import Posts


class Section(NamedTuple):
    """The section of an analysis on the page about the discourse, and its row of ``docs/report.md``."""

    heading: str
    question: str
    needs: str  # at least
    meaning: str  # of a result


@dataclass(frozen=True, slots=True)
class Analysis:
    """An analysis of the comments of a run or of a page; ``stance.discourse`` lists all of them.

    :param name: Key of its record. ``discourse_NAME.html`` draws its section; without one, it is a table of the record.
    :param of_run: Returns its record, of comments and their copies; None: only pages are analysed.
    :param of_page: The same of one page; None: only runs are analysed.
    :param empty: The record where nothing is analysed.
    """

    name: str
    of_run: "Callable[[Posts, Copies], Any] | None" = None
    of_page: "Callable[[Document, Posts, Copies], Any] | None" = None
    section: Section | None = None
    empty: Any = field(default_factory=list)
