"""Find the places where texts name targets.

Comments name a country in many ways (its name, its people, its leaders, its capital), misspelt, in any script, and next
to similar words ("us", "Prussia", "Latin America"). The names are data (``data/targets.toml`` and the user's own file);
the rules here hold for every alias. Aliases are literal strings, never regular expressions, and all are found in one
pass (Aho-Corasick), so their number hardly affects speed.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import chain, pairwise, product, repeat
from pathlib import Path
from typing import Any, NamedTuple

import ahocorasick

from stance import resources
from stance.datamodels import Mention, counted, grouped
from stance.exceptions import TargetError, unknown
from stance.limits import FIXED, Limits, current_limits, limits_in_force
from stance.resources import LatePattern
from stance.resources.toml import check_table, quoted, read_toml


class TargetsConstants:
    """Constants of this module."""

    final_ya = re.compile(r"(?<=\w{3})ي(?!\w)")
    """Without its dots in Egypt; in short words it is another: "Ali" and "on"."""
    keyboards = (str.maketrans("يك", "یک"), str.maketrans("یک", "يك"))
    """Tables that map Arabic letters to Persian ones, and back."""
    first_combining = "\u0300"
    first_unspaced = "\u0e00"
    # Marks that are vowels, or distinguish letters, to their readers: of India, Thailand, Burma, Cambodia; ガ is not
    # カ.
    letter_marks = re.compile("[\u0900-\u109f\u1780-\u17d3\u3099\u309a]")
    initials = re.compile(r"(?:\w\.){2,}")
    """The last stop of "U.N." is often left out."""
    stop = re.compile(r"(?<=\b\w)\.")
    longest_name = 60
    most_names = 5_000  # cache size: names that tables ask for
    prefixes = ("anti", "pro", "non")
    """Written together with names; the first with other words too, where "pro" would find motions in promotions."""
    url = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
    bare_url = re.compile(r"(?<![\w@.-])(?:[a-z0-9-]++\.)++[a-z]{2,}/\S+")
    """Pattern of an address without a scheme (pic.twitter.com/a1), in lower case only: "Ukraine.NATO/US" is text."""
    target_id = re.compile(r"[a-z0-9_-]{1,40}")
    dropped = frozenset(("Mn", "Me", "Cf"))  # accents and vowel points; soft hyphens, joiners, directions
    tatweel = "\u0640"
    """Stretches an Arabic word and says nothing."""
    unstruck = str.maketrans("ıłŁđĐøØħĦŧŦ", "ilLdDoOhHtT")
    """Table of letters whose stroke, or missing dot, is removed like an accent: Kilicdaroglu, Walesa."""
    flag_letters = "\U0001f1e6-\U0001f1ff"
    second = 0x1F1E6 - 0xE000  # from the second letter of a flag to a character that is no letter of flags
    mixed_word = re.compile(r"(?<![^\W\d_])(?:[A-Za-z]++[\u0370-\u04ff]|[\u0370-\u04ff]++[A-Za-z])[^\W\d_]*")
    look_alikes = (
        str.maketrans("ABEKMHOPCTYXaeopcyxiI", "АВЕКМНОРСТУХаеорсухіІ"),
        str.maketrans("АВЕКМНОРСТУХаеорсухіІјЈѕЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοκν", "ABEKMHOPCTYXaeopcyxiIjJsSABEZHIKMNOPTYXokv"),
        str.maketrans("ABEZHIKMNOPTYXokv", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοκν"),
    )
    """Tables of letters that look alike: to Cyrillic (all of НATO can be either), to Latin, and to Greek."""
    rewritten = frozenset((*map(chr, range(0x1F1E6, 0x1F200)), "\u200c"))
    two_letters = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


_C = TargetsConstants


KINDS = ("name", "adjective", "people", "leader", "institution", "metonym")


_WORD = re.compile(r"\w+")

EVERYDAY_WORDS = frozenset(
    _WORD.findall(
        "a all am an and any are as at be but by can do for from go had has he her him his i if in is it its may me my"
        " no not of off on one or our out she so than that the them then they this to too up us was we were what when"
        " who will with you die der das und ist de het een en van la le les el los il un une est y o e"
    )
)
"""Words of every text; an alias with the same letters is recognised by its case or its neighbours."""

# Written together with the noun they precede.
_ARABIC_PREFIXES = frozenset(_WORD.findall("ال و ف ب ل ك وال فال بال كال لل ولل وب ول فل وبال"))
_HEBREW_PREFIXES = frozenset(_WORD.findall("ה ו ב ל מ ש כ וה וב ול ומ וש מה שה כש של שב"))


# Scripts that put no space between words, and Hangul, which writes particles onto the noun.
_UNSPACED = LatePattern(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


_JOINT = re.compile(r"(?<=\w)[ -](?=\w)")
"""Between words that are also written with a hyphen or in one: "COVID-19", "pro-life", "gun control"."""


_ALIAS_KEYS = dict.fromkeys(("text", "before", "after"), object) | dict.fromkeys(("since", "until"), int)
_ALIAS_KEYS |= {"kind": str, "case": bool, "alone": bool, "language": str}
_TARGET_KEYS = {"id": object, "label": str, "background": bool, "aliases": object, "not": object, "extend": bool}


@dataclass(frozen=True, slots=True)
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
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    alone: bool = False

    def holds_in(self, year: int | None) -> bool:
        """Return whether the alias names the target in a text of that year; True if the year is not known."""
        if year is None:
            return True
        # Number of years after leaving office in which a leader still means the country: readers answer last year's
        # policy.
        return (self.since or year) <= year <= (self.until or year) + 1


@dataclass(frozen=True, slots=True)
class Target:
    """A target of stance, with its aliases."""

    target_id: str
    label: str
    aliases: tuple[Alias, ...]
    exceptions: tuple[str, ...] = ()  # phrases that hold an alias and do not name the target: "Russian roulette"
    background: bool = False  # found, as another side, and scored only where it is asked for


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text as matching sees it; ``lower`` and ``cased`` are equally long."""

    lower: str
    cased: str
    offsets: Sequence[int]  # of each folded character in the original text


class _NamePattern(NamedTuple):  # thousands are made at the start: a data class takes four times as long
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


@dataclass(frozen=True, slots=True)
class _Hit:
    """A pattern found, in folded offsets."""

    start: int
    end: int
    target: str
    alias: Alias | None


class TargetSet:
    """The targets of one run and the automaton that finds them; immutable, and cheap to send to another process.

    ``targets`` are all that are found, ``ids`` those whose stance is asked for, in order. The others are background:
    sides that a text may also speak of.
    """

    def __init__(self, targets: Iterable[Target], *, warnings: Iterable[str] = ()) -> None:
        self.targets = tuple(targets)
        self.warnings = tuple(warnings)
        self.ids = tuple(target.target_id for target in self.targets if not target.background)
        self._names = _names(self.targets)
        self._automaton = _automaton(self.targets)
        # Longer aliases in capitals are words that someone wrote large.
        short = {each.text for target in self.targets for each in target.aliases if len(each.text) <= 5}
        self._acronyms = frozenset(each for each in short if each.isupper() and each.lower() not in EVERYDAY_WORDS)
        self._in_language: dict[str, TargetSet] = {}
        self._in_words = lru_cache(_C.most_names)(self._in_any_language)

    def __reduce__(self) -> tuple[Any, ...]:
        """Send the targets only; the automaton is built again where they arrive."""
        return TargetSet, (self.targets,), {"warnings": self.warnings}

    def __getitem__(self, target_id: str) -> Target:
        """Return the target with that id.

        :raises TargetError: If there is none.
        """
        by_id = {target.target_id: target for target in self.targets}
        if target_id not in by_id:
            raise TargetError(unknown("unknown target", target_id, by_id, "See: stance targets, or --targets FILE"))
        return by_id[target_id]

    def id_of(self, name: str) -> str | None:
        """Return the id of the target that a table calls so: by id or label, or by a name in any language; None: none.

        What is written as an id means that id alone, which a table may have for a target that is defined nowhere.
        """
        known = self._names.get(_plain_name(name))
        if known or _C.target_id.fullmatch(name) or len(name) > _C.longest_name:
            return known
        return self._in_words(name)

    def _in_any_language(self, name: str) -> str | None:
        return next(filter(None, map(self.named, repeat(name), ("", *resources.NAMED_LANGUAGES))), None)

    def named(self, name: str, language: str = "") -> str | None:
        """Return the target of which a text is a name, and no more than an article besides."""
        words = _C.stop.sub("", " ".join(name.split()))
        for text in (words, words.upper(), words.title()):
            found = self.find(text, language=language)
            if len(found) == 1 and found[0].kind == KINDS[0] and found[0].end == len(text):
                is_whole = {text[: found[0].start].strip().lower()} <= EVERYDAY_WORDS | {""}
                return found[0].target if is_whole and found[0].target in self.ids else None
        return None

    def select(self, names: Iterable[str]) -> "TargetSet":
        """Ask for these targets only, by id, label or another name; all others stay known as background.

        :raises TargetError: If a target is not defined.
        """
        chosen = tuple(self.id_of(name) or name for name in names)
        asked = [replace(self[target_id], background=False) for target_id in dict.fromkeys(chosen)]
        others = [replace(target, background=True) for target in self.targets if target.target_id not in chosen]
        return TargetSet([*asked, *others], warnings=self.warnings)

    def in_language(self, language: str | None) -> "TargetSet":
        """Return these targets with the names that only readers of a language use for those that ship."""
        if language not in resources.NAMED_LANGUAGES:
            return self
        if language not in self._in_language:
            names, own = _names_in(language), replaced_targets(self)
            self._in_language[language] = TargetSet(
                _with_names(target, names.get(target.target_id)) if target.target_id not in own else target
                for target in self.targets
            )
        return self._in_language[language]

    def find(self, text: str, *, year: int | None = None, language: str | None = None) -> tuple[Mention, ...]:
        """Find the mentions of all targets.

        :param year: When the text was written; leaves out leaders who did not speak for the target then.
        :param language: In which it is written; None: not known.
        :return: By start, then target; spans do not overlap, except that two targets may own the very same span.
        """
        chosen = self.in_language(language)
        if chosen._automaton is None or not text:
            return ()
        folded, hits = _fold(_without_addresses(text)), []
        for last, patterns in chosen._automaton.iter(folded.lower):
            for pattern in patterns:
                hit = _hit(pattern, folded, last + 1, chosen)
                if hit is not None and (year is None or hit.alias is None or hit.alias.holds_in(year)):
                    hits.append(hit)
        return tuple(_mention(hit, folded, text) for hit in _resolve(hits)) if hits else ()

    def longer_names(self, target: Target) -> Iterator[tuple[str, str]]:
        """Yield aliases of other targets, and their ids, that contain an alias of a target and do not count for it."""
        own = TargetSet([target])
        for other in self.targets:
            for text in dict.fromkeys(alias.text.rstrip("*") for alias in other.aliases if other is not target):
                if own.find(text) and target.target_id not in {mention.target for mention in self.find(text)}:
                    yield text, other.target_id

    def is_shouted(self, cased: str, start: int, end: int) -> bool:
        """Return whether the neighbouring words are in capitals too, so that capitals mean nothing ("LET US GO").

        Aliases that are always in capitals do not count ("US/NATO").
        """
        left = _WORD.findall(cased[max(0, start - 40) : start])[-3:]
        right = _WORD.findall(cased[end : end + 40])[:3]
        words = (word for word in left + right if word not in self._acronyms)
        letters = [char for char in "".join(words) if char.isupper() or char.islower()]
        return len(letters) >= 4 and sum(map(str.isupper, letters)) >= 0.8 * len(letters)


def _names(targets: Sequence[Target]) -> dict[str, str]:
    labels = {_plain_name(target.label): target.target_id for target in targets}
    articles = {name.removeprefix("the-"): target_id for name, target_id in labels.items()}
    return articles | labels | {target.target_id: target.target_id for target in targets}


def _plain_name(name: str) -> str:
    return "-".join(name.lower().split())


# Folding: what the reader of a text takes for the same word looks the same to the automaton.


class _FoldTable(dict[int, str]):
    """Map each character to its folded form: compatible forms normalised, accents and invisible characters dropped."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isspace():
            folded = " "
        elif "\uac00" <= char <= "\ud7a3":
            folded = char  # a Hangul syllable is one letter to its readers
        else:
            plain = unicodedata.normalize("NFKD", char.translate(_C.unstruck))
            folded = "".join(" " if c.isspace() else c for c in plain if not _is_dropped(c))
        if len(self) < 20_000:
            self[code] = folded
        return folded


def _is_dropped(char: str) -> bool:
    if unicodedata.category(char) not in _C.dropped:
        return char == _C.tatweel
    # The combining class of the dot that writers of Hindi and Urdu words leave out.
    return not _C.letter_marks.match(char) or unicodedata.combining(char) == 7


# An ellipsis is one stop: texts in which each character folds to one are read several times as fast.
_SIGNS = {"’‘ʼ＇`´": "'", "‐‑‒–—−": "-", "…": "."}
_FOLDS = _FoldTable((ord(char), plain) for chars, plain in _SIGNS.items() for char in chars)
_REWRITE = re.compile(f"([{_C.flag_letters}])([{_C.flag_letters}])|(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])")
"""Pattern of characters that mean something together: of flags, and an invisible one in Persian words."""
_BLANKS = re.compile("  +")
_ASCII_FOLDS = bytes(ord(_FOLDS[code]) for code in range(128)).ljust(256)
"""The same for ASCII, where each character folds to one."""


def _rewritten(found: re.Match[str]) -> str:
    if found[1]:  # the second letter of a flag becomes another character, so that no flag is read across two of a run
        return found[1] + chr(ord(found[2]) - _C.second)
    return "-"  # it ends a word in Persian, as a hyphen does: "Iran" and its plural


def _in_one_alphabet(found: re.Match[str]) -> str:
    """Write a word of letters of two alphabets in one, where they look alike: NАTO with a Cyrillic А."""
    written = (found[0].translate(table) for table in _C.look_alikes)
    return next((word for word in written if not _C.mixed_word.fullmatch(word)), found[0])


def _fold(text: str) -> _Folded:
    if text.isascii():
        return _single_spaced(text.encode().translate(_ASCII_FOLDS).decode(), range(len(text)))
    chars = set(text)
    if any("\u0370" <= char <= "\u04ff" for char in chars):
        text = _C.mixed_word.sub(_in_one_alphabet, text)
    if not _C.rewritten.isdisjoint(chars):
        text = _REWRITE.sub(_rewritten, text)
    longer = {char for char in set(text) if len(_FOLDS[ord(char)]) != 1}  # or dropped
    if not longer:
        return _single_spaced(text.translate(_FOLDS), range(len(text)))
    pieces: list[str] = []
    offsets: list[int] = []
    start = 0
    for at in [at for at, char in enumerate(text) if char in longer]:
        piece = _FOLDS[ord(text[at])]
        pieces += (text[start:at].translate(_FOLDS), piece)
        offsets += range(start, at)
        offsets += [at] * len(piece)
        start = at + 1
    return _single_spaced("".join([*pieces, text[start:].translate(_FOLDS)]), [*offsets, *range(start, len(text))])


_fold_name = lru_cache(maxsize=5_000)(_fold)
"""The same for names, which are folded when they are read, compared and spelt."""


def _single_spaced(cased: str, offsets: Sequence[int]) -> _Folded:
    """Keep the first of several blanks in a row."""
    if "  " in cased:
        kept = [(0, 0), *((blanks.start() + 1, blanks.end()) for blanks in _BLANKS.finditer(cased)), (len(cased), 0)]
        runs = [slice(start, end) for (_, start), (end, _) in pairwise(kept)]
        cased, offsets = "".join([cased[run] for run in runs]), [at for run in runs for at in offsets[run]]
    return _Folded(_lower(cased) if not cased.isascii() else cased.lower(), cased, offsets)


def _lower(cased: str) -> str:
    """Lower-case without a change of length: no character that decomposes is left, so each has one lower form."""
    return cased.lower().replace("ς", "σ")


# Building the automaton.


def _automaton(targets: Iterable[Target]) -> Any:
    found: dict[str, list[_NamePattern]] = {}
    for target in targets:
        for phrase in target.exceptions:
            _add(found, target.target_id, None, phrase, "", "")
        for alias in target.aliases:
            for before, after in _neighbours(alias):
                _add(found, target.target_id, alias, alias.text, before, after)
    if not found:
        return None
    automaton = ahocorasick.Automaton()
    for key, patterns in found.items():
        automaton.add_word(key, tuple(patterns))
    automaton.make_automaton()
    return automaton


def _neighbours(alias: Alias) -> list[tuple[str, str]]:
    """Return the texts before and after an alias; with a space between, unless they have a hyphen ("-led") or slash."""
    before, after = ([_fold_name(word.strip()).lower for word in words] for words in (alias.before, alias.after))
    found = [(word if word[-1] in "-/" else f"{word} ", "") for word in before]
    found += [("", word if word[0] in "-/" else f" {word}") for word in after]
    return found or [("", "")]


def _add(
    found: dict[str, list[_NamePattern]], target: str, alias: Alias | None, text: str, before: str, after: str
) -> None:
    is_stem = _is_stem(text)
    for cased in _spellings(text[:-1] if is_stem else text):
        is_cased = alias is not None and alias.case
        is_proper = alias is not None and not after and cased[0].isupper() and len(cased) >= 3
        own = (target, alias, cased, is_cased, is_stem and not after, len(before), len(after), is_proper)
        found.setdefault(before + _lower(cased) + after, []).append(_NamePattern(*own))


def _spellings(text: str) -> Iterable[str]:
    """Yield the spellings of a name: as several words, with hyphens, as one; ä as a and as ae; U.N."""
    ways = (text,) if text.isascii() else (text, text.translate(_C.two_letters), *_arabic_ways(text))
    forms = [_fold_name(way).cased.strip() for way in ways]
    forms += [form[:-1] for form in forms if _C.initials.fullmatch(form)]
    joined = (way for form in forms if _JOINT.search(form) for way in _joined(_JOINT.split(form)))
    # Shorter ones are other words: "U S", "to-do".
    return dict.fromkeys([*forms, *(form for form in joined if len(form) >= 5)])


def _arabic_ways(text: str) -> Iterator[str]:
    """Yield other spellings of an Arabic or Persian name: as in Egypt, with the other keyboard; "to the" joined."""
    for way in dict.fromkeys((text, _C.final_ya.sub("ى", text), *map(text.translate, _C.keyboards))):
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


def _is_stem(text: str) -> bool:
    """A star is an ending only behind a letter; elsewhere it is a character like any other."""
    return len(text) > 1 and text[-1] == "*" and _is_letter(text[-2])


# Matching.


def _hit(pattern: _NamePattern, folded: _Folded, end: int, known: TargetSet) -> _Hit | None:
    cased, length = folded.cased, len(pattern.cased)
    start = end - pattern.before - length - pattern.after
    if pattern.is_cased and not cased.startswith(pattern.cased, start + pattern.before):  # most of what is short
        return None
    outer = _ending(folded, end) if pattern.is_stem else end
    if outer < len(cased) and cased[outer] != " " and not _is_boundary(cased, outer, pattern.has_humps):
        if pattern.is_proper and cased[outer] == "s" and _takes_s(pattern, cased, start, outer):
            outer += 1
        else:
            return None
    if start and cased[start - 1] != " " and not _starts(pattern, folded, start):
        return None
    start += pattern.before
    last = start + length
    if pattern.is_cased and folded.lower[start:last] in EVERYDAY_WORDS and known.is_shouted(cased, start, last):
        return None
    return _Hit(start, outer - pattern.after, pattern.target, pattern.alias)


def _ending(folded: _Folded, end: int) -> int:
    # Letters that ``*`` may match: enough for "российскими", too few for "Russiagate-like" compounds to pass often.
    limit, first = min(end + 4, len(folded.lower)), end
    while end < limit and _is_letter(folded.lower[end]) and (end == first or not _is_hump(folded.cased, end)):
        end += 1
    return end


def _takes_s(pattern: _NamePattern, cased: str, start: int, end: int) -> bool:
    """Return whether the name has a plural or genitive "s" without apostrophe: "Merkels policy", "BBCs".

    Not in lower case or capitals: "love trumps hate".
    """
    return (
        cased[start].isupper()
        and (pattern.has_humps or cased[start:end].isupper())
        and _is_boundary(cased, end + 1, True)
    )


def _starts(pattern: _NamePattern, folded: _Folded, start: int) -> bool:
    if _is_boundary(folded.cased, start, pattern.has_humps):
        return True
    if pattern.has_humps and folded.lower.endswith(_C.prefixes if pattern.is_proper else _C.prefixes[0], 0, start):
        length = next(len(prefix) for prefix in _C.prefixes if folded.lower.endswith(prefix, 0, start))
        return _is_boundary(folded.cased, start - length, False)
    first = folded.lower[start]
    prefixes = _ARABIC_PREFIXES if "؀" <= first <= "ۿ" else _HEBREW_PREFIXES if "א" <= first <= "ת" else None
    return prefixes is not None and any(
        folded.lower[start - length : start] in prefixes and _is_boundary(folded.cased, start - length, False)
        for length in range(1, min(4, start) + 1)
    )


def _is_boundary(cased: str, at: int, humps: bool) -> bool:
    """Return whether a word may begin or end here.

    :param humps: Whether capitals and digits inside a word begin one, as in #StandWithRussia.
    """
    if at == 0 or at == len(cased):
        return True
    left, right = cased[at - 1], cased[at]
    if left == " " or right == " ":  # most words end so
        return True
    if "a" <= right <= "z" and "a" <= left <= "z":  # most that do not
        return False
    if left.isalpha() and right.isalpha() and left < _C.first_unspaced and right < _C.first_unspaced:
        return humps and right.isupper() and _is_hump(cased, at)
    if _is_mark(right):
        return False  # of the last letter
    if not (_is_word(left) and _is_word(right)):
        return True
    return (humps and _is_hump(cased, at)) or _is_unspaced(left) or _is_unspaced(right)


def _is_hump(cased: str, at: int) -> bool:
    """Return whether a word begins inside a word: Russia|Wins, NATO|Summit, Covid|19."""
    left, right = cased[at - 1], cased[at]
    if left.isdigit() or right.isdigit():
        return left.isdigit() != right.isdigit()
    return right.isupper() and (left.islower() or cased[at + 1 : at + 2].islower())


def _is_word(char: str) -> bool:
    return char.isalnum() or _is_mark(char)


def _is_letter(char: str) -> bool:
    return char.isalpha() or _is_mark(char)


def _is_mark(char: str) -> bool:
    """Return whether a character is a combining mark left after folding, such as a vowel sign."""
    return char >= _C.first_combining and unicodedata.category(char) in ("Mn", "Mc")


def _is_unspaced(char: str) -> bool:
    return char >= _C.first_unspaced and _UNSPACED.match(char) is not None


def _resolve(hits: Sequence[_Hit]) -> list[_Hit]:
    """Keep the leftmost, longest hits: first within each target, including its exceptions, then among targets."""
    by_target = grouped((hit.target, hit) for hit in hits)
    kept = [hit for own in by_target.values() for hit in _unless_named(_longest(own))]
    won = _longest(kept) if len(by_target) > 1 else kept
    if len(won) == len(kept):
        return won
    owned = {(hit.start, hit.end, hit.target): hit for hit in [*_also_named(kept, won, hits), *won]}
    return [owned[key] for key in sorted(owned)]


def _unless_named(own: Sequence[_Hit]) -> Iterable[_Hit]:
    """Return the names among the hits of a target; those that count alone, only where there are no others."""
    named = [(hit, hit.alias.alone) for hit in own if hit.alias is not None]
    least = min((alone for _, alone in named), default=False)
    return (hit for hit, alone in named if alone == least)


def _also_named(kept: Iterable[_Hit], won: Sequence[_Hit], hits: Iterable[_Hit]) -> Iterator[_Hit]:
    """Assign a longer name also to the targets of a shorter one within it if both mean the same.

    "Donald Trump" is a name of Trump even where "Trump" is an alias of the United States, and part of a leader's name
    is that leader; but "Russian Orthodox Church" is no name of Russia.
    """
    spans = {(hit.target, hit.start, hit.end) for hit in hits if hit.alias is not None}
    owners = grouped((hit.start, hit) for hit in won)
    starts = list(owners)
    for hit in kept:
        for longer in owners[starts[max(bisect_right(starts, hit.start) - 1, 0)]]:
            is_leader = longer.alias is not None and longer.alias.kind == "leader"
            means_it = is_leader or (longer.target, hit.start, hit.end) in spans
            if longer.start <= hit.start and hit.end <= longer.end and means_it:
                yield _Hit(longer.start, longer.end, hit.target, hit.alias)


def _longest(hits: list[_Hit]) -> list[_Hit]:
    chosen: dict[tuple[int, int], dict[str, _Hit]] = {}
    if len(hits) == 1:
        return hits
    end = 0
    # An exception goes before an alias of the same span, and that before one that counts alone.
    for hit in sorted(
        hits, key=lambda hit: (hit.start, -hit.end, 0 if hit.alias is None else 1 + hit.alias.alone, hit.target)
    ):
        span = (hit.start, hit.end)
        if hit.start >= end or span in chosen:
            chosen.setdefault(span, {}).setdefault(hit.target, hit)
            end = hit.end
    return [hit for owners in chosen.values() for hit in owners.values()]


def _mention(hit: _Hit, folded: _Folded, text: str) -> Mention:
    end = folded.offsets[hit.end - 1] + 1
    while end < len(text) and text[end] >= _C.first_combining and unicodedata.combining(text[end]):
        end += 1  # an accent written apart belongs to its letter
    kind = hit.alias.kind if hit.alias else KINDS[0]
    return Mention(hit.target, folded.offsets[hit.start], end, kind)


def _without_addresses(text: str) -> str:
    """An address names no one, whatever words it is made of; offsets stay."""
    if "://" in text or "www." in text.lower():
        text = _C.url.sub(lambda address: "." * len(address[0]), text)
    return _C.bare_url.sub(lambda address: "." * len(address[0]), text) if "/" in text else text


# Loading.


@cache
def _shipped() -> TargetSet:
    with limits_in_force(Limits()):  # what ships is read under any limits
        return TargetSet(_read_targets(resources.TARGETS, {}))


@cache
def _names_in(language: str) -> dict[str, Target]:
    """Read the further names of shipped targets in a language, by target."""
    path = resources.TARGET_NAMES / f"{language}.toml"
    shipped = {target.target_id: replace(target, aliases=(), exceptions=()) for target in _shipped().targets}
    with limits_in_force(Limits()):
        found = _read_targets(path, shipped)
    return {target.target_id: target for target in found}


def _with_names(target: Target, more: Target | None) -> Target:
    if more is None:
        return target
    aliases = tuple(dict.fromkeys((*target.aliases, *more.aliases)))
    return replace(target, aliases=aliases, exceptions=(*target.exceptions, *more.exceptions))


def load_targets(path: Path | None = None) -> TargetSet:
    """Load the shipped targets, and those of a user's file, which adds targets, and replaces or extends shipped ones.

    :param path: A TOML file; None for the shipped targets alone.
    :raises TargetError: If the file cannot be used; the message names the file and the key.
    """
    known = _shipped()
    if path is None:
        return known
    before = {target.target_id: target for target in known.targets}
    own = _read_targets(path, before)
    for text in (text for each in own for text in (*(alias.text for alias in each.aliases), *each.exceptions)):
        if "*" in text[:-1] or (text.endswith("*") and not _is_stem(text)):
            raise TargetError(f"{path}: alias {quoted(text)}; expected * only as the last character, after a letter")
    kept = before.keys() - {target.target_id for target in own}
    shipped = {alias for target in known.targets if target.target_id not in kept for alias in target.aliases}
    new = [replace(each, aliases=tuple(alias for alias in each.aliases if alias not in shipped)) for each in own]
    found = [
        f"{counted(len(each.aliases), 'alias', 'aliases')} of {each.target_id} in place of the"
        f" {len(before[each.target_id].aliases):,} that ship; extend = true in its table keeps those too"
        for each in _lacking(own, known.targets)
    ]
    others = (target for target in known.targets if target.target_id in kept)
    return TargetSet([*others, *own], warnings=dict.fromkeys(f"{path}: {each}" for each in (*found, *_everyday(new))))


def replaced_targets(targets: TargetSet) -> frozenset[str]:
    """Return the ids of shipped targets that lack some of the aliases that ship."""
    return frozenset(target.target_id for target in _lacking(targets.targets, _shipped().targets))


def _lacking(targets: Iterable[Target], known: Iterable[Target]) -> list[Target]:
    """Return the targets that lack some of the aliases of the known one of their id."""
    aliases = {target.target_id: frozenset(target.aliases) for target in known}
    return [target for target in targets if not aliases.get(target.target_id, frozenset()) <= {*target.aliases}]


def _read_targets(path: Path, before: Mapping[str, Target]) -> tuple[Target, ...]:
    expected = "a TOML file with [[targets]] tables"
    content = read_toml(path, expected, error=TargetError, most=current_limits().target_bytes)
    if not content:
        raise TargetError(f"{path}: empty; expected {expected}")
    check_table(content, {"targets": object}, str(path), TargetError)
    rows = content.get("targets")
    if not isinstance(rows, list) or not rows:
        raise TargetError(f"{path}: no targets; expected at least one [[targets]] table with id and aliases")
    targets = tuple(_read_target(row, f"{path}: targets[{number}]", before) for number, row in enumerate(rows, 1))
    count = sum(len(target.aliases) + len(target.exceptions) for target in targets)
    places = sum(len(alias.before) + len(alias.after) for target in targets for alias in target.aliases)
    limits = current_limits()
    for number, what, most in (
        (count, "aliases", limits.aliases),
        (places, "pairs of an alias and a word before or after it", 2 * limits.aliases),
        (len(targets), "targets", FIXED.targets),
    ):
        if number > most:
            raise TargetError(f"{path}: {number:,} {what}; expected at most {most:,} (the limit)")
    _check_unique(targets, path)
    return targets


def _read_target(row: object, where: str, before: Mapping[str, Target]) -> Target:
    row = check_table(row, _TARGET_KEYS, where, TargetError)
    target_id = row.get("id")
    if not isinstance(target_id, str) or not _C.target_id.fullmatch(target_id):
        raise TargetError(f"{where}: id is {quoted(target_id)}; expected 1 to 40 of a-z, 0-9, - and _")
    where = f"{where} ({target_id})"
    aliases = tuple(_read_aliases(row.get("aliases"), f"{where}: aliases"))
    base = Target(target_id, target_id, ())
    if row.get("extend"):
        if target_id not in before:
            raise TargetError(f"{where}: extend = true; expected the id of a built-in target: {', '.join(before)}")
        base = before[target_id]
    label, background = row.get("label", base.label), row.get("background", base.background)
    exceptions = (*base.exceptions, *_read_texts(row.get("not", []), f"{where}: not"))
    return Target(target_id, label, tuple(dict.fromkeys((*base.aliases, *aliases))), exceptions, background)


def _read_aliases(value: object, where: str) -> Iterator[Alias]:
    if not isinstance(value, list) or not value:
        raise TargetError(f"{where}: {quoted(value)}; expected a list of at least one alias")
    for number, entry in enumerate(value, 1):
        yield from _read_group(entry if isinstance(entry, dict) else {"text": entry}, f"{where}[{number}]")


def _read_group(entry: dict[str, Any], where: str) -> Iterator[Alias]:
    """Read a table of aliases that share all but their text."""
    check_table(entry, _ALIAS_KEYS, where, TargetError)
    kind = entry.get("kind", KINDS[0])
    if kind not in KINDS:
        raise TargetError(unknown(f"{where}: unknown kind", kind, KINDS))
    since, until = entry.get("since"), entry.get("until")
    if since is not None and until is not None and since > until:
        raise TargetError(f"{where}: since {since} is after until {until}")
    before, after = (tuple(_read_texts(entry.get(name, []), f"{where}: {name}")) for name in ("before", "after"))
    value = entry.get("text")
    for text in _read_texts(value if isinstance(value, list) else [value], f"{where}: text"):
        is_acronym = len(text) <= 3 and text.isupper()  # "US", "IT", "WHO": its case counts unless a file denies that
        case = entry.get("case", is_acronym)
        yield Alias(text, kind, case, since, until, before, after, entry.get("alone", False))


def _read_texts(value: object, where: str) -> list[str]:
    if not isinstance(value, list):
        raise TargetError(f"{where}: {quoted(value)}; expected a list of strings")
    return [_read_text(entry, where) for entry in value]


def _read_text(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise TargetError(f"{where}: alias {quoted(value)} is not a string; expected it in quotes")
    if len(value) > (most := current_limits().alias_chars):
        raise TargetError(f"{where}: alias of {len(value):,} characters; expected at most {most:,}")
    if not any(_is_word(char) or unicodedata.category(char) == "So" for char in _fold_name(value).cased):
        raise TargetError(f"{where}: alias {quoted(value)} has no letter, digit or emoji; expected a word")
    return value.strip()


def _check_unique(targets: Iterable[Target], path: Path) -> None:
    seen: set[str] = set()
    owners: dict[str, str] = {}
    for target in targets:
        if target.target_id in seen:
            raise TargetError(f"{path}: id {target.target_id!r} occurs twice; expected one table per target")
        seen.add(target.target_id)
        alone = (alias for alias in target.aliases if not (alias.before or alias.after))
        for key in (_fold_name(alias.text).lower for alias in alone):
            if owners.setdefault(key, target.target_id) != target.target_id:
                raise TargetError(f"{path}: alias {quoted(key)} belongs to {owners[key]!r} and {target.target_id!r}")


def _everyday(targets: Iterable[Target]) -> Iterator[str]:
    for target in targets:
        for alias in target.aliases:
            word = _fold(alias.text[:-1] if _is_stem(alias.text) else alias.text).lower
            is_everyday = word in EVERYDAY_WORDS or (len(word) == 1 and word.isalpha())
            if is_everyday and not (alias.case or alias.before or alias.after):
                seen = f"alias {alias.text!r} of {target.target_id} is an everyday word in lower case"
                yield f'{seen}; consider {{ text = "{alias.text.upper()}", case = true }}'
