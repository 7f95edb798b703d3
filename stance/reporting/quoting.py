"""A few words of a comment, for a report that leaves the house: enough to see what was found, no more.

Whoever is quoted in full is found by a search for the words. So a quote is a cut around the evidence, a comment that is
no longer than a cut is not quoted, and neither is one that names a commenter of the page or gives an address.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any

from stance.pseudonyms import folded
from stance.reporting.picking import DRAWN_SIDES, evidence_record
from stance.reporting.remarks import Remark
from stance.scoring.instances import own_words

MOST_WORDS = 12
LONGEST_QUOTE = 80
"""Characters, with the marks of what is cut."""

WORDS_BEFORE = 3
"""Of the evidence, so that it is seen what it stands in."""

_ADDRESS = re.compile(r"@|://|\bwww\.", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_CUT = "…"


def quotes_record(
    remarks: tuple[Remark, ...], document_id: str, target: str, names: Collection[str]
) -> dict[str, list[str]]:
    """Cut quotes from the comments that are drawn as evidence.

    :param names: Of commenters, folded; no quote holds one.
    :return: ``against`` and ``favor``, each with up to three quotes.
    """
    drawn = evidence_record(remarks, document_id, target)
    if drawn is None:
        return {}
    return {
        str(side): list(_quotes([remarks[each["number"] - 1] for each in drawn[str(side)]["drawn"]], target, names))
        for side in DRAWN_SIDES
    }


def _quotes(drawn: list[Remark], target: str, names: Collection[str]) -> Iterator[str]:
    for remark in drawn:
        score: Any = remark.scores[target]
        at = min((start for start, _ in score.evidence), default=0)
        quote = cut_quote(own_words(remark.comment.text, remark.comment.quoted), at)
        if quote is not None and not _ADDRESS.search(quote) and not _names_one(quote, names):
            yield quote


def cut_quote(text: str, at: int = 0) -> str | None:
    """Cut some words out of a text.

    :param text: What the commenter wrote, without what it quotes.
    :param at: Where the evidence begins.
    :return: ``MOST_WORDS`` words or fewer in ``LONGEST_QUOTE`` characters; None where the text has no more words than
        that, or one that is too long.
    """
    words = [(found[0], found.end()) for found in re.finditer(r"\S+", text)]
    if len(words) <= MOST_WORDS:
        return None
    hit = next((place for place, (_, end) in enumerate(words) if end > at), 0)
    begin = min(max(0, hit - WORDS_BEFORE), len(words) - MOST_WORDS)
    chosen = [word for word, _ in words[begin : begin + MOST_WORDS]]
    while chosen:
        before, after = begin > 0, begin + len(chosen) < len(words)
        quote = " ".join([*([_CUT] if before else []), *chosen, *([_CUT] if after else [])])
        if len(quote) <= LONGEST_QUOTE:
            return quote
        chosen.pop()
    return None


def commenter_names(remarks: tuple[Remark, ...]) -> frozenset[str]:
    """Give the names of commenters, folded, as words between spaces."""
    return frozenset(_spaced(each.author) for each in remarks if each.author is not None)


def _names_one(quote: str, names: Collection[str]) -> bool:
    plain = _spaced(quote)
    return any(name.strip() and name in plain for name in names)


def _spaced(text: str) -> str:
    """Give a text as folded words with a space around each, so that a name is found as words of its own."""
    return f" {' '.join(_WORD.findall(folded(text)))} "
