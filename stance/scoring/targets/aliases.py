"""Targets and their aliases."""

import re

from stance.datamodels import Strings, frozen

TARGET_ID = re.compile(r"[a-z0-9_-]{1,40}")

KINDS = ("name", "adjective", "people", "leader", "institution", "metonym")


@frozen
class Alias:
    """One way to name a target.

    A ``*`` at the end of ``text`` means up to four letters of an ending. ``before`` and ``after`` hold neighbours
    of which one is required, for words that name the target only in company ("the us", "us army").
    ``alone`` marks what means a target only in a text that does not name it otherwise ("our troops").
    """

    text: str
    kind: str = "name"
    case: bool = False  # capitals must be as written here
    since: int | None = None  # first and last year, inclusive, in which a leader spoke for the target
    until: int | None = None
    before: Strings = ()
    after: Strings = ()
    alone: bool = False

    def holds_in(self, year: int | None) -> bool:
        """Return whether the alias names the target in a text of that year; True if the year is not known."""
        if year is None:
            return True
        # Number of years after leaving office in which a leader still means the country: readers answer last year's
        # policy.
        return (self.since or year) <= year <= (self.until or year) + 1


@frozen
class Target:
    """A target of stance, with its aliases."""

    target_id: str
    label: str
    aliases: tuple[Alias, ...]
    exceptions: Strings = ()  # phrases that hold an alias and do not name the target: "Russian roulette"
    background: bool = False  # found, as another side, and scored only where it is asked for
