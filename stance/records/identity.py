"""Compare persons and comments of several inputs.

An id counts inside one input only, since two studies may both number their comments from 0. So it may be undecided
whether two rows are of one comment.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from stance.pseudonyms import is_pseudonym, pseudonym

SHORTEST = 20
"""Minimum number of characters of a text that identifies a comment: many people write "I agree"."""

shown_name = lru_cache(maxsize=4_096)(pseudonym)


Same = IntEnum("Same", ["NO", "UNKNOWN", "YES"], start=0)
"""Answers to a comparison: a value differs that both state; all that both state is equal, maybe by chance; the same."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The values that identify a comment; empty: not stated. Text, outlet and author are folded."""

    input: str
    document: str = ""
    comment: str = ""
    text: str = ""
    outlet: str | None = None  # empty: a page that names no outlet
    author: str = ""

    @property
    def place(self) -> str:
        """The comment among those of all documents, as samples name it: ``document/comment``; empty if unknown."""
        prefix = f"{self.document}/"
        if self.document and self.comment:
            return prefix + self.comment.removeprefix(prefix)
        return self.comment if "/" in self.comment else ""


def same_person(one: Identity, other: Identity, key: bytes | None = None) -> Same:
    """Compare the authors of two comments; a name at two outlets is of two persons.

    :param key: Of the pseudonyms; without it, a name and a pseudonym cannot be compared.
    """
    if None not in (one.outlet, other.outlet) and one.outlet != other.outlet:
        return Same.NO
    if not (one.author and other.author):
        return Same.UNKNOWN
    if one.author == other.author:
        is_decided = is_pseudonym(one.author) or (one.outlet or "") == (other.outlet or "")
        return Same.YES if is_decided else Same.UNKNOWN
    outlet = other.outlet if one.outlet is None else one.outlet
    names = {one.author, other.author}
    is_shown = key is not None and not names.isdisjoint(shown_name(name, outlet, key=key) for name in names)
    if is_pseudonym(one.author) == is_pseudonym(other.author):  # a pseudonym may have got one, or been chosen as a name
        return Same.UNKNOWN if is_shown else Same.NO
    if is_shown:
        return Same.YES
    return Same.UNKNOWN if None in (key, outlet) else Same.NO


def same_comment(one: Identity, other: Identity, key: bytes | None = None) -> Same:
    """Compare two comments.

    A value that differs decides. In one input, an equal place does; in two, an equal text of :data:`SHORTEST`
    characters, if their places are equal too, or one of them names nobody.

    :param key: Of the pseudonyms.
    """
    place, text = _equal(one.place, other.place), _equal(one.text, other.text)
    if Same.NO in (place, text, _equal(one.document, other.document), same_person(one, other, key)):
        return Same.NO
    if one.input == other.input and place is Same.YES:
        return Same.YES
    is_long = text is Same.YES and len(one.text) >= SHORTEST
    is_unnamed = not (one.author and other.author)
    return Same.YES if is_long and (is_unnamed or place is Same.YES) else Same.UNKNOWN


def _equal(one: str, other: str) -> Same:
    if not (one and other):
        return Same.UNKNOWN
    return Same.YES if one == other else Same.NO
