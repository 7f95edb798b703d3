"""The automaton of all spellings of all aliases."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, product
from typing import Any, NamedTuple

import ahocorasick

from stance.datamodels import Strings
from stance.scoring.folding import fold_name, lower_case
from stance.scoring.targets.aliases import Alias, Target
from stance.word_boundaries import is_letter

_JOINT = re.compile(r"(?<=\w)[ -](?=\w)")
"""Between words that are also written with a hyphen or in one: "COVID-19", "pro-life", "gun control"."""


class NamePattern(NamedTuple):  # thousands are made at the start: a data class takes four times as long
    """One string in the automaton."""

    target: str
    alias: Alias | None  # None: an exception of the target
    cased: str  # the alias itself, folded, capitals kept
    is_cased: bool  # capitals must be as written
    is_stem: bool
    before: int  # number of characters of the string that precede the alias
    after: int
    is_proper: bool  # a name: takes "pro" before it, and "s" behind it

    @property
    def has_humps(self) -> bool:
        """Whether a capital or digit inside a word may begin it."""
        return len(self.cased) >= 4


def build_automaton(targets: Iterable[Target]) -> Any:
    """Build the automaton of all spellings of all aliases and exceptions; None without any."""
    patterns_of: dict[str, list[NamePattern]] = {}
    for target in targets:
        for phrase in target.exceptions:
            _add(patterns_of, target.target_id, None, phrase, "", "")
        for alias in target.aliases:
            for before, after in _neighbours(alias):
                _add(patterns_of, target.target_id, alias, alias.text, before, after)
    if not patterns_of:
        return None
    automaton = ahocorasick.Automaton()
    for key, patterns in patterns_of.items():
        automaton.add_word(key, tuple(patterns))
    automaton.make_automaton()
    return automaton


def _neighbours(alias: Alias) -> list[tuple[str, str]]:
    """Return the texts before and after an alias; with a space between, unless they have a hyphen ("-led") or slash."""
    before, after = ([fold_name(word.strip()).lower for word in words] for words in (alias.before, alias.after))
    pairs = [(word if word[-1] in "-/" else f"{word} ", "") for word in before]
    pairs += [("", word if word[0] in "-/" else f" {word}") for word in after]
    return pairs or [("", "")]


def _add(
    patterns_of: dict[str, list[NamePattern]], target: str, alias: Alias | None, text: str, before: str, after: str
) -> None:
    is_stem = has_open_ending(text)
    for cased in _spellings(text[:-1] if is_stem else text):
        is_cased = alias is not None and alias.case
        is_proper = alias is not None and not after and cased[0].isupper() and len(cased) >= 3
        facts = (target, alias, cased, is_cased, is_stem and not after, len(before), len(after), is_proper)
        patterns_of.setdefault(before + lower_case(cased) + after, []).append(NamePattern(*facts))


def _spellings(text: str) -> Iterable[str]:
    """Yield the spellings of a name: as several words, with hyphens, as one; ä as a and as ae; U.N."""
    ways: Strings = (text,)
    if not text.isascii():
        two_letters = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
        ways = (text, text.translate(two_letters), *_arabic_ways(text))
    forms = [fold_name(way).cased.strip() for way in ways]
    forms += [form[:-1] for form in forms if re.fullmatch(r"(?:\w\.){2,}", form)]  # "U.N" for "U.N."
    joined = (way for form in forms if _JOINT.search(form) for way in _joined(_JOINT.split(form)))
    # Shorter ones are other words: "U S", "to-do".
    return dict.fromkeys([*forms, *(form for form in joined if len(form) >= 5)])


def _arabic_ways(text: str) -> Iterator[str]:
    """Yield other spellings of an Arabic or Persian name: as in Egypt, with the other keyboard; "to the" joined."""
    # A final ya has no dots in Egypt; in short words, that is another letter: "Ali" and "on".
    final = re.sub(r"(?<=\w{3})ي(?!\w)", "ى", text)
    keyboards = str.maketrans("يك", "یک"), str.maketrans("یک", "يك")  # to Persian letters, and back
    for way in dict.fromkeys((text, final, *map(text.translate, keyboards))):
        yield way
        if way.startswith("ال"):
            yield f"لل{way[2:]}"


def _joined(words: Sequence[str]) -> Iterator[str]:
    """Join words in every way; more than a few in one way throughout, or there would be too many."""
    joints = (" ", "-", "")
    gaps = len(words) - 1
    # Places in a name that are joined each in its own way: "Nord Stream-2", "Nordstream 2".
    ways = product(joints, repeat=gaps) if gaps <= 2 else ((joint,) * gaps for joint in joints)
    return ("".join(chain.from_iterable(zip(words, (*way, ""), strict=True))) for way in ways)


def has_open_ending(text: str) -> bool:
    """A star is an ending only behind a letter; elsewhere it is a character like any other."""
    return len(text) > 1 and text[-1] == "*" and is_letter(text[-2])
