"""Spell out texts from the patterns of cues."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from stance.scoring.patterns import PatternItem, parse_pattern, spellings

_SLOT_IN_WORD = re.compile(r"([XY]|<[a-z0-9_-]{1,40}>)")

GAP_FILLER = "quite"
"""Stands in a gap where one is filled."""


def spell_out(pattern: str, *, names: Mapping[str, str], limit: int = 24) -> list[str]:
    """Spell out texts that a pattern fires on, so that each cue can be tried without anyone writing them.

    Not every combination: a base, and those that differ from it in one place, so their number grows with the pattern.

    :param names: Fills for the slots ``X`` and ``Y``, and for targets by id, as in ``<us>``.
    :return: At most ``limit`` texts; each whole pattern of the line has its turn before any has its second.
    :raises PatternError: If the line is outside the language.
    """
    waiting = [_variants(items) for items in parse_pattern(pattern)]
    texts: dict[str, None] = {}
    while waiting and len(texts) < limit:
        turn = [(variants, next(variants, None)) for variants in waiting]
        waiting = [variants for variants, words in turn if words is not None]
        texts |= dict.fromkeys(_named(words, names) for _, words in turn if words is not None)
    return list(islice(texts, limit))


def _variants(items: list[PatternItem]) -> Iterator[str]:
    choices = [_choices(item) for item in items]
    base = [each[0] for each in choices]
    yield " ".join(filter(None, base))
    for place, each in enumerate(choices):
        for choice in each[1:]:
            yield " ".join(filter(None, [*base[:place], choice, *base[place + 1 :]]))


def _choices(item: PatternItem) -> list[str]:
    spelled = [text for part in item.alternatives for text in _spell(part)]
    return ["", *spelled] if item.is_optional else spelled


def _spell(alternative: str) -> list[str]:
    words = alternative.split()
    if words == [".."]:
        return ["", GAP_FILLER]
    return [" ".join(spellings(word)[0] for word in words if word != "..")]


def _named(words: str, names: Mapping[str, str]) -> str:
    return " ".join(_fill(word, names) for word in words.split())


def _fill(word: str, names: Mapping[str, str]) -> str:
    """Put names in the slots of a word; letters behind one begin with a capital, as in hashtags."""
    parts = _SLOT_IN_WORD.split(word)  # what stands between slots, and the slots, by turns
    filled = [names.get(slot, slot) for slot in (part.strip("<>") for part in parts[1::2])]
    around = [parts[0], *map(str.capitalize, parts[2::2])]
    return around[0] + "".join(name + behind for name, behind in zip(filled, around[1:], strict=True))
