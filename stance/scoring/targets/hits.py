"""Hits of the automaton in a text: which are names, and which of those that overlap count."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence

from stance.datamodels import Mention, frozen, grouped
from stance.resources import listed_words
from stance.scoring.folding import FoldedText
from stance.scoring.targets.aliases import KINDS, Alias
from stance.scoring.targets.patterns import NamePattern
from stance.word_boundaries import FIRST_COMBINING, is_boundary, is_hump, is_letter

PREFIXES = ("anti", "pro", "non")
"""Written together with names; the first with other words too, where "pro" would find motions in promotions."""


@frozen
class _Hit:
    """A pattern found, in folded offsets."""

    start: int
    end: int
    target: str
    alias: Alias | None


# Matching.
def match_pattern(
    pattern: NamePattern, folded: FoldedText, end: int, is_shouted: Callable[[str, int, int], bool]
) -> _Hit | None:
    """Return the hit of a pattern that ends at an offset; None if it is no name there.

    :param is_shouted: Whether the words around a span are in capitals, too.
    """
    cased, length = folded.cased, len(pattern.cased)
    start = end - pattern.before - length - pattern.after
    if pattern.is_cased and not cased.startswith(pattern.cased, start + pattern.before):  # most of what is short
        return None
    outer = _ending(folded, end) if pattern.is_stem else end
    if outer < len(cased) and cased[outer] != " " and not is_boundary(cased, outer, pattern.has_humps):
        if pattern.is_proper and cased[outer] == "s" and _takes_s(pattern, cased, start, outer):
            outer += 1
        else:
            return None
    if start and cased[start - 1] != " " and not _starts(pattern, folded, start):
        return None
    start += pattern.before
    last = start + length
    if pattern.is_cased and folded.lower[start:last] in listed_words("everyday") and is_shouted(cased, start, last):
        return None
    return _Hit(start, outer - pattern.after, pattern.target, pattern.alias)


def _ending(folded: FoldedText, end: int) -> int:
    # Letters that ``*`` may match: enough for "российскими", too few for "Russiagate-like" compounds to pass often.
    limit, first = min(end + 4, len(folded.lower)), end
    while end < limit and is_letter(folded.lower[end]) and (end == first or not is_hump(folded.cased, end)):
        end += 1
    return end


def _takes_s(pattern: NamePattern, cased: str, start: int, end: int) -> bool:
    """Return whether the name has a plural or genitive "s" without apostrophe: "Merkels policy", "BBCs".

    Not in lower case or capitals: "love trumps hate".
    """
    is_capital = cased[start].isupper() and (pattern.has_humps or cased[start:end].isupper())
    return is_capital and is_boundary(cased, end + 1, True)


def _starts(pattern: NamePattern, folded: FoldedText, start: int) -> bool:
    if is_boundary(folded.cased, start, pattern.has_humps):
        return True
    if pattern.has_humps and folded.lower.endswith(PREFIXES if pattern.is_proper else PREFIXES[0], 0, start):
        length = next(len(prefix) for prefix in PREFIXES if folded.lower.endswith(prefix, 0, start))
        return is_boundary(folded.cased, start - length, False)
    first = folded.lower[start]
    prefixes = listed_words("attached_prefixes") if "א" <= first <= "ۿ" else frozenset()  # Hebrew and Arabic letters
    befores = range(start - 1, max(start - 5, -1), -1) if prefixes else ()
    return any(folded.lower[at:start] in prefixes and is_boundary(folded.cased, at, False) for at in befores)


def resolve_hits(hits: Sequence[_Hit]) -> list[_Hit]:
    """Keep the leftmost, longest hits: first within each target, including its exceptions, then among targets."""
    by_target = grouped((hit.target, hit) for hit in hits)
    counted_hits = [hit for hits_of_target in by_target.values() for hit in _unless_named(_longest(hits_of_target))]
    won = _longest(counted_hits) if len(by_target) > 1 else counted_hits
    if len(won) == len(counted_hits):
        return won
    owned = {(hit.start, hit.end, hit.target): hit for hit in [*_also_named(counted_hits, won, hits), *won]}
    return [owned[key] for key in sorted(owned)]


def _unless_named(hits: Sequence[_Hit]) -> Iterable[_Hit]:
    """Return the names among the hits of a target; those that count alone, only where there are no others."""
    names = [(hit, hit.alias.alone) for hit in hits if hit.alias is not None]
    least = min((alone for _, alone in names), default=False)
    return (hit for hit, alone in names if alone == least)


def _also_named(shorter: Iterable[_Hit], won: Sequence[_Hit], hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """Assign a longer name also to the targets of a shorter one within it if both mean the same.

    "Donald Trump" is a name of Trump even where "Trump" is an alias of the United States, and part of a leader's name
    is that leader; but "Russian Orthodox Church" is no name of Russia.
    """
    spans = {(hit.target, hit.start, hit.end) for hit in hits if hit.alias is not None}
    owners = grouped((hit.start, hit) for hit in won)
    starts = list(owners)
    for hit in shorter:
        for longer in owners[starts[max(bisect_right(starts, hit.start) - 1, 0)]]:
            is_leader = longer.alias is not None and longer.alias.kind == "leader"
            means_it = is_leader or (longer.target, hit.start, hit.end) in spans
            if longer.start <= hit.start and hit.end <= longer.end and means_it:
                yield _Hit(longer.start, longer.end, hit.target, hit.alias)


def _longest(hits: list[_Hit]) -> list[_Hit]:
    longest: dict[tuple[int, int], dict[str, _Hit]] = {}
    if len(hits) == 1:
        return hits
    end = 0
    # An exception goes before an alias of the same span, and that before one that counts alone.
    for hit in sorted(
        hits, key=lambda hit: (hit.start, -hit.end, 0 if hit.alias is None else 1 + hit.alias.alone, hit.target)
    ):
        span = (hit.start, hit.end)
        if hit.start >= end or span in longest:
            longest.setdefault(span, {}).setdefault(hit.target, hit)
            end = hit.end
    return [hit for owners in longest.values() for hit in owners.values()]


def mention_of(hit: _Hit, folded: FoldedText, text: str) -> Mention:
    """Return the mention of a hit, in offsets of the original text."""
    end = folded.offsets[hit.end - 1] + 1
    while end < len(text) and text[end] >= FIRST_COMBINING and unicodedata.combining(text[end]):
        end += 1  # an accent written apart belongs to its letter
    kind = hit.alias.kind if hit.alias else KINDS[0]
    return Mention(hit.target, folded.offsets[hit.start], end, kind)


def without_addresses(text: str) -> str:
    """An address names no one, whatever words it is made of; offsets stay."""
    if "://" in text or "www." in text.lower():
        text = re.sub(r"(?i)(?:https?://|www\.)\S+", lambda address: "." * len(address[0]), text)
    # One without a scheme (pic.twitter.com/a1) in lower case only: "Ukraine.NATO/US" is text.
    bare = r"(?<![\w@.-])(?:[a-z0-9-]++\.)++[a-z]{2,}/\S+"
    text = re.sub(bare, lambda address: "." * len(address[0]), text) if "/" in text else text
    # A domain, or an e-mail address, by endings that are no words: "russia.it is" lacks a space.
    ending = r"(?i)\.(?:com|edu|gov|int|mil|net|org|ru|ua)\b(?!-)"
    if re.search(ending, text):  # most texts have none, and looking for it costs little
        domain = rf"(?i)(?<![\w.+-])(?:[\w.+-]++@)?[a-z0-9-]++(?:\.[a-z0-9-]++)*{ending[4:]}"
        text = re.sub(domain, lambda address: "." * len(address[0]), text)
    return text
