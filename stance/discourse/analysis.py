"""What an analysis of the discourse consists of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stance.discourse.copies import Copies
from stance.discourse.posts import Posts


@dataclass(frozen=True, slots=True)
class Analysis:
    """One analysis of the comments of a run, with a section of the page about the discourse.

    :param name: Key of its record in ``discourse``; its template is ``discourse_NAME.html``.
    :param compute: Returns its record, of comments and their copies.
    :param empty: The record where nothing is analysed.
    """

    name: str
    heading: str
    compute: Callable[[Posts, Copies], Any]
    empty: Any = field(default_factory=list)
