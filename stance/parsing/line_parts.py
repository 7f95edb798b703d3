"""Read the lines that comment systems write around comments: names, dates, buttons, counters, headings, ends.

A page writes the same words around its names: "Comment by Ann", "Bo · 3 posts", "3楼imba", "Cy from Hull". So a name is
cut by comparing it with the others of its page, in any language. A small network rates each place between two parts
of a name as its start and as its end. ``research/training/train_names.py`` trains it.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum, auto
from functools import lru_cache
from itertools import accumulate, combinations, groupby, islice, pairwise
from math import log1p
from operator import eq, mul
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.datamodels import Comment
from stance.parsing.counts import stated_in_line
from stance.parsing.dates import find_date, find_day, has_digit, is_moment
from stance.parsing.language import BADGES, STAMP_JOINTS, UNSPACED, phrases
from stance.parsing.layouts import TEXT_LAYOUTS
from stance.parsing.lines import (
    Cues,
    Line,
    collapse_repeated,
    letter_words,
    mask_numbers,
    name_like,
    once,
    strip_prefix,
)
from stance.resources import DATA, shipped_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class LinePartsConstants:
    """Constants of this module."""

    avatars = phrases("comment.avatars")
    edited = frozenset(phrases("comment.edited"))
    named_below = phrases("comment.named_below")
    name_articles = frozenset(phrases("comment.name_articles"))
    paging = frozenset(phrases("section.paging"))
    reply_to = phrases("comment.reply_to")
    stamp_labels = frozenset(phrases("date.labels"))
    stamp_characters = 220
    """Maximum characters of a line with a date that is not a paragraph."""
    card_words = 8
    """A line of a member's card is short."""
    name_words = 16
    """Maximum words of a name; the title of a linking site may be used as one."""
    comment_actions = frozenset(phrases("comment.own_actions"))
    cards = Cues(phrases("comment.cards"))
    affiliations = Cues(phrases("comment.affiliations"))
    elsewhere = Cues(phrases("comment.pingbacks"))
    edge = " \t\u00a0|·•,;:/–—-@#«»()"
    separators = frozenset("|·•,;:/–—-@#«»().…★☆*")
    rules = frozenset("|·•*=_-–—")
    vote_buttons = frozenset(("−", "−+", "+−", "▲▼", "▲", "▼", "↑", "↓", "↑↓", "⇧", "⇩", "⋮", "⋯", "⚑", "›"))
    time_word = re.compile(r"\d{1,2}[:.h]\d\d(?::\d\d)?(?:am|pm)?|am|pm", re.IGNORECASE)
    glued = re.compile(r"([a-zà-ÿ])(?=[A-ZÀ-Þ])")
    parting = "|·•,–—-:("
    picture = re.compile(r"\[[^\[\]]{1,40}\]\s{0,3}(?=\S)")  # text browsers show its file name
    clocked = re.compile(
        rf",?\s(?:{'|'.join(phrases('date.at'))})\s\d{{1,2}}[:.h]\d\d(?:\s?[ap]\.?m\.?)?$", re.IGNORECASE
    )
    heading_words = 30
    """A heading repeats the title of the article at most."""
    section_ends = Cues(phrases("section.ends"))
    sorts = Cues(phrases("section.orders"))
    count_in_heading = re.compile(r"(?<!\d)\d[\d ]{0,8}(?!\d)")


_C = LinePartsConstants


BY = phrases("article.by")
ROLES = frozenset(phrases("comment.roles"))


REFRAIN = 3
"""Minimum number of comments that share a line for it to be the page's."""


_ROLE_WORDS = re.compile(rf"(?<=\w)\s?(?:{'|'.join(role for role in ROLES if ' ' in role)})$", re.IGNORECASE)

_ACTIONS = frozenset(phrases("comment.actions"))
_ACTION_LENGTHS = {  # first word -> how many words the actions that begin with it have, the longest first
    first: sorted({len(action.split()) for action in actions}, reverse=True)
    for first, actions in groupby(sorted(_ACTIONS), key=lambda action: action.split()[0])
}
_AVATARS = Cues(_C.avatars)
_AVATAR_PREFIXES = tuple(phrase.removesuffix(" *") for phrase in _C.avatars)
_ANSWERS_BEGIN = frozenset(phrase.split()[0] for phrase in _C.reply_to)
_CUES = Cues(phrases("comment.avatars", "comment.cards", "comment.pingbacks"))
"""All of these at once."""
_SAYS = tuple(sorted(phrases("comment.says"), key=len, reverse=True))
_SAID = tuple(verb if verb > UNSPACED else f" {verb}" for verb in _SAYS)
_AROUND_DATES = STAMP_JOINTS | _C.stamp_labels | BADGES
_ENDS = ".!?… "
_BLANKS = " \t\u00a0"
_PAIRS = {"(": ")", "«": "»"}
_CLOSING = {closing: opening for opening, closing in _PAIRS.items()}
_ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,200}|(?<!\S)[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}\S?")
_BELOW = "|".join(_C.named_below)
_CREDITED = re.compile(rf"^(?:(?:\S{{1,20}}\s)?(?:{_BELOW})\s|(?:{_BELOW.replace(' ', '')}))(?=\w)", re.IGNORECASE)
"""Pattern of words before a name, also after the name of a picture, or without blanks."""
_UNIT = "|".join(phrases("comment.points"))
_POINTS = re.compile(rf"\s(?:[+-]?\d{{1,6}}\s?(?:{_UNIT})\s?){{1,3}}(?:Featured)?$", re.IGNORECASE)
_WORDLESS = re.compile(r"\+\s?10{0,3}[.!]*|\d{1,4}\s?%[.!]*|\d{1,2}\s?/\s?\d{1,2}[.!]*")
_POST_NUMBER = re.compile(r"#\s?\d{1,5}\b[\s.:)–-]*")


class Part(IntEnum):  # what is a number is looked up in half the time
    """The part of a comment section that a line is."""

    SAYS = auto()  # "NAME says:"
    NAMED_STAMP = auto()  # name and date
    STAMP = auto()  # date
    ACTION = auto()  # reply, share, report
    ANSWERED = auto()  # "Reply to NAME"
    JUNK = auto()  # a picture's description, a badge, a counter
    ELSEWHERE = auto()  # a link from another site
    TEXT = auto()  # the commenter's words, or a bare name


class LineParts(NamedTuple):
    """The content of a line of a comment section."""

    part: Part
    name: str | None = None  # of the commenter, or of the one answered
    posted: str | None = None
    offers: bool = False  # it offers what only comments offer: to reply, to quote, to report
    timed: bool = False  # it tells a time of day
    badge: str | None = None  # what stands before its date, a badge or a name like one: "Guest", "admin"


class Entry(NamedTuple):
    """A comment as its lines tell it."""

    lines: tuple[Line, ...]  # the commenter's own, at least one
    author: str | None = None
    posted: str | None = None
    votes: int | None = None
    answered: str | None = None  # the name of the one it answers
    indent: int = 0


AROUND = frozenset({Part.STAMP, Part.ACTION, Part.ANSWERED, Part.JUNK})
"""Lines that are furniture above and below a commenter's words; between them they are his own."""
_TEXT = LineParts(Part.TEXT)


@once
def read_line(line: Line) -> LineParts:
    """Read a line of a comment section."""
    return _TEXT if len(line.text) > _C.stamp_characters else _read_line(line)


def _read_line(line: Line) -> LineParts:
    text = line.text
    if is_moment(text):
        return LineParts(Part.STAMP, None, text, timed=True)
    is_cue = _CUES.match(line)
    if is_cue and _C.elsewhere.match(line):
        return LineParts(Part.ELSEWHERE)
    if is_cue and _C.cards.match(line) and line.words <= _C.card_words:
        return LineParts(Part.JUNK)
    if (stamp := _stamp(text) or (_stamp(line.full) if line.number else None)) is not None:
        return stamp  # "21. Juni 2018" has the form of a numbered line
    rest = without_actions(text)
    if not rest:
        return _without_words(line)
    if set(rest) <= BADGES or (is_cue and _AVATARS.match(line) and not text.endswith(":")):
        return LineParts(Part.JUNK)
    answered = strip_prefix(text.lstrip(_C.edge), _C.reply_to) if line.opening in _ANSWERS_BEGIN else None
    if answered and name_like(answered):
        return LineParts(Part.ANSWERED, answered.strip(_C.edge))
    return _says(text) or _TEXT


def without_actions(text: str) -> list[str]:
    """Return the words of a line that are no offers to reply, share or report, without digits."""
    rest = _without_actions(letter_words(text))
    parted = _C.glued.sub(r"\1 ", text) if rest else text  # "ReplyDelete"
    return rest if parted == text or _without_actions(letter_words(parted)) else []


def _without_actions(words: list[str]) -> list[str]:
    rest: list[str] = []
    position = 0
    while position < len(words):
        length = _action_at(words, position)
        if not length:
            rest.append(words[position])
        position += length or 1
    return rest


def is_affiliation(line: Line) -> bool:
    """Return whether a line below a name says where its owner works or learns, as on Facebook."""
    return line.words <= _C.card_words and not line.ends_sentence and _C.affiliations.match(line)


def is_wordless(line: Line) -> bool:
    """Return whether a line without a word could be all that someone says: "+1", "100%", "10/10"; a counter is none."""
    return _WORDLESS.fullmatch(line.full.strip()) is not None


def votes_of(line: Line) -> int | None:
    """Return the number of a line that is nothing but a counter, as votes below a comment are; "5 1" are two."""
    return int("".join(line.text.split())) if re.fullmatch(r"[+-]?\s?(?:\d{1,6}|\d{1,3}\s\d{3})", line.text) else None


def is_paging(line: Line) -> bool:
    """Return whether a line leads to further pages of comments: "1 2 3 … 5 Next"."""
    # A longer line leads to more pages than a thread has.
    if len(line.text) > 600 or (line.opening.isalpha() and line.opening not in _C.paging):
        return False
    # The number of a page has no more.
    numbers = [int(word) for word in line.text.split() if word.isdecimal() and len(word) <= 6]
    if len(numbers) < 2 or not _C.paging.issuperset(letter_words(line.text)):
        return False
    return line.has_letters or all(a < b for a, b in pairwise(numbers))  # "12 12" are votes up and down


@lru_cache(maxsize=4096)
def clean_name(name: str) -> str:
    """Strip a commenter's name: separators, a picture's description, addresses, a repetition of the name."""
    # "[S]", who asked
    name = re.sub(r"\s?\[[A-Z](?:,\s?[A-Z])*\](?=\s|$)", "", name, count=1) if "[" in name else name
    # behind a name: who is answered
    name = re.sub(r"(?<=\S)\s@\w\S*$", "", name, count=1) if "@" in name else name
    name = strip_prefix(name, _AVATAR_PREFIXES) or (_C.picture.sub("", name, count=1) if "[" in name else name)
    name = _POST_NUMBER.sub("", name.strip(" "), count=1) if "#" in name else name
    name = without_addresses(name)
    name = _ROLE_WORDS.sub("", _CREDITED.sub("", name, count=1))
    # text browsers begin the items of an inner list with it
    name = re.sub(r"^o\s(?=\S)", "", trim_edges(name))
    words = (_POINTS.sub("", name) if has_digit(name) else name).split()
    while len(words) > 1 and _is_beside_name(words):
        words.pop()
    plain = trim_edges(" ".join(words))
    if "(" in plain and ")" not in plain and (bracket := re.search(r"\s*\([^()]*$", plain)) and bracket.start():
        plain = plain[: bracket.start()]
    return "" if plain[:1].isdecimal() and _C.time_word.fullmatch(plain) else collapse_repeated(plain)


def trim_edges(name: str) -> str:
    """Cut separators off both ends of a name; signs that belong to it stay: "-=Max=-", "#1fan", "Ann (Hull)"."""
    if len(name) > _C.stamp_characters:  # no name: what follows looks through it for each sign
        return name.strip(_C.edge)
    if name[:1].isalnum() and name[-1:].isalnum():
        return name
    start, end = 0, len(name)
    while start < end and (name[start] in _BLANKS or (name[start] in _C.edge and not _opens_name(name, start, end))):
        start += 1
    while start < end and (
        name[end - 1] in _BLANKS or (name[end - 1] in _C.edge and not _closes_name(name, start, end))
    ):
        end -= 1
    return name[start:end]


def without_addresses(name: str) -> str:
    """Cut e-mail addresses and addresses of pages off a name, unless there is nothing else."""
    if "@" not in name[1:] and "://" not in name and "www." not in name:
        return name
    plain = trim_edges(" ".join(_ADDRESS.sub(" ", name).split()))
    return plain if any(map(str.isalpha, plain)) else name


def without_joints(name: str) -> str:
    """Cut the weekday and other words off a name that stand between a comma behind it and a date."""
    for parting in _C.parting:
        before, found, behind = name.rpartition(parting)
        if found and before and _C.stamp_labels.union(STAMP_JOINTS).issuperset(letter_words(behind)):
            return before.rstrip(_C.edge)
    return name


def _opens_name(name: str, start: int, end: int) -> bool:
    """Return whether the sign at the start of a name is its own: glued to it, and closed again if it is paired."""
    sign, after = name[start], name[start + 1 : start + 2]
    if sign == "-":
        return name[end - 1] == "-" and after not in _BLANKS
    if sign in "@#":
        return after.isalnum() or after == "_"
    return sign in _PAIRS and after not in _BLANKS and _PAIRS[sign] in name[start:end]


def _closes_name(name: str, start: int, end: int) -> bool:
    """Return whether the sign at the end of a name is its own: the other one of a pair."""
    sign = name[end - 1]
    if sign == "-":
        word = name[start:end].rpartition(" ")[2]
        return (word[0] == "-" or name[start] == "-") and not set(word) <= _C.separators
    return sign in _CLOSING and _CLOSING[sign] in name[start : end - 1]


def _action_at(words: list[str], position: int) -> int:
    """Count the words from a position on that are the name of one action."""
    lengths = _ACTION_LENGTHS.get(words[position], ())
    return next((length for length in lengths if " ".join(words[position : position + length]) in _ACTIONS), 0)


def _offers(text: str) -> bool:
    words = letter_words(text)
    return any(" ".join(words[i : i + n]) in _C.comment_actions for n in range(1, 8) for i in range(len(words) - n + 1))


def _without_words(line: Line) -> LineParts:
    """Read a line of actions, a counter or a rule; a smile or a question mark is the commenter's."""
    if line.has_letters:
        return LineParts(Part.ACTION, offers=_offers(line.text))
    counter = (has_digit(line.text) and "<3" not in line.text) or (set(line.text) <= _C.rules and len(line.text) != 1)
    return (
        LineParts(Part.JUNK)
        if counter or line.text in "|·•" or line.text.replace(" ", "") in _C.vote_buttons
        else _TEXT
    )


def _says(text: str) -> LineParts | None:
    """Read "NAME says:"."""
    if not text.endswith((":", "：")):
        return None
    name = _before_says(text.rstrip(":： \u00a0"))
    return (
        LineParts(Part.SAYS, clean_name(name)) if name and name_like(name.rstrip(_ENDS), _C.name_words, 120) else None
    )


def _before_says(text: str) -> str | None:
    text = text.rstrip(_ENDS)
    lowered = text.lower()
    if not lowered.endswith(_SAID):
        return None
    return text[: -len(next(verb for verb in _SAID if lowered.endswith(verb)))].strip()


def _stamp(text: str) -> LineParts | None:
    """Read a line of a date, with a name before it, or behind it and a verb."""
    found = find_date(text) or find_day(text)
    if found is None:
        clocked = _C.clocked.search(text)
        name = strip_prefix(text[: clocked.start()], BY) if clocked else None  # "By Ann, at 5:52 PM"
        return LineParts(Part.NAMED_STAMP, clean_name(name), None, timed=True) if name and name_like(name) else None
    before, after = _POST_NUMBER.sub("", text[: found.start].strip(), count=1), text[found.end :].strip(_C.edge)
    # "[3 favorites]"
    after = re.sub(r"\s?[\[(]\d{1,6}\s[^\W\d_]{1,20}[\])]$", "", after)
    timed = "T" in (found.iso or "T")
    if not after and (not before or before.startswith(",")):  # ", Hull, 2 years ago", the name above
        return LineParts(Part.STAMP, None, found.iso, timed=timed)
    if after and without_actions(after) and not _is_joint(after):
        return None
    if _is_joint(before) and not _C.edited.isdisjoint(letter_words(before)):
        return LineParts(Part.JUNK)
    if before and not without_actions(before) and any(map(str.isalpha, before)):  # "Like · Reply · 2 years ago"
        return LineParts(Part.STAMP, None, found.iso, _offers(before) or _offers(after), timed=True)
    name = clean_name(strip_prefix(before, _C.named_below) or strip_prefix(before, BY) or before)
    name = clean_name(_before_says(name) or name)
    offers = _offers(after)
    if _is_joint(name):
        badge = name if name and set(letter_words(name)) <= BADGES else None
        return LineParts(Part.STAMP, None, found.iso, offers, timed=timed, badge=badge)
    if not name_like(name, _C.name_words, 150):
        return None
    return LineParts(Part.NAMED_STAMP, name, found.iso, offers, timed)


def _is_beside_name(words: Sequence[str]) -> bool:
    """Return whether the last of some words is no part of a name: it joins it to a date, or is a badge or a sign."""
    word, before = words[-1], words[-2]
    plain = word.lower().strip(".,")
    if _C.time_word.fullmatch(word):
        return True
    if not any(map(str.isalnum, plain)):
        return set(word) <= _C.separators or (len(set(word)) == 1 and word[0] not in "!?")
    if plain in ROLES:
        return not (len(words) == 2 and before.lower() in _C.name_articles)
    if plain in STAMP_JOINTS:
        return len(plain) > 1 or not word.isupper()
    return before[-1] in _C.parting and (plain in _C.stamp_labels or plain in BADGES)


def _is_joint(text: str) -> bool:
    """Return whether a text has only words that join a name to a date."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    return all(word in _AROUND_DATES or not any(map(str.isalpha, word)) for word in words)


# Lines above and below a section --------------------------------------------------------------------------------------


_HEADINGS = Cues(phrases("section.headings"))
_NONE = Cues(phrases("section.empty"))
_LISTS = Cues(phrases("article.related"))
MARKS = {layout.name: Cues(layout.marks) for layout in TEXT_LAYOUTS if layout.marks}
"""Cues of the sections of each layout."""

_MARKS = (mark for layout in TEXT_LAYOUTS for mark in layout.marks)
_SECTION_CUES = Cues((*phrases("section.headings", "section.ends", "article.related", "section.orders"), *_MARKS))
"""Cues of all kinds together: one search excludes most lines."""

_FOOTER = re.compile(r"©|(?:\(c\)|copyright)\W{0,3}(?:©\W{0,3}|\(c\)\W{0,3})?(?:19|20)\d\d(?!\d)", re.IGNORECASE)


def cued_lines(lines: Sequence[Line]) -> list[int]:
    """Find the lines that are a cue of a section; all others are neither a heading, nor a mark, nor an end."""
    texts = {line.text: line for line in lines if not is_moment(line.text)}  # buttons come again
    cues = {text for text, line in texts.items() if _SECTION_CUES.match(line) or is_paging(line) or is_footer(line)}
    return [i for i, line in enumerate(lines) if line.text in cues]


@once
def is_heading(line: Line) -> bool:
    """Return whether a line opens a comment section, as far as a line alone can tell."""
    if not _HEADINGS.match(line) or line.words > _C.heading_words or line.text.endswith("."):
        return False
    return not line.bullet or any(map(str.isdigit, line.key))  # "• Comments" is in a menu


def is_sort(line: Line) -> bool:
    """Return whether a line tells, or offers to choose, in which order comments stand."""
    return _C.sorts.match(line) and line.words <= 10


@once
def is_end(line: Line) -> bool:
    """Return whether a line ends a comment section, as far as a line alone can tell."""
    return _C.section_ends.match(line)


def is_footer(line: Line) -> bool:
    """Return whether a line names the owner of the site, or in a comment the author of a quotation: "© Mark Twain"."""
    return _FOOTER.match(line.text) is not None and line.words <= _C.heading_words


def leads_to_comments(line: Line) -> bool:
    """Return whether a line above the first comment is a heading, an order of sorting, a mark or an end."""
    return is_heading(line) or is_sort(line) or is_end(line) or any(cues.match(line) for cues in MARKS.values())


def leads_elsewhere(lines: Sequence[Line]) -> bool:
    """Return whether a list of other stories begins among some lines."""
    # Words of a heading of other stories at most.
    return any(line.words <= 6 and not line.ends_sentence and _LISTS.match(line) for line in lines)


def says_none(lines: Sequence[Line]) -> bool:
    """Return whether a page says that nobody has commented."""
    return any(line.words <= _C.heading_words and _NONE.match(line) for line in lines) or stated_count(lines) == 0


def stated_count(lines: Sequence[Line]) -> int | None:
    """Read the page's own count of comments off the last heading that has one."""
    for line in reversed(lines):
        if is_heading(line) and (count := _C.count_in_heading.search(line.key)):
            return int(count[0].replace(" ", ""))
        if (stated := _count_in(line)) is not None:
            return stated
    return None


@once
def is_count(line: Line) -> bool:
    """Return whether a line counts comments, be it in words that no list of headings has."""
    return _count_in(line) is not None


def _count_in(line: Line) -> int | None:
    # Words and characters of a line that counts comments in words that no list of headings has, at most.
    if len(line.text) > 100 or not has_digit(line.text) or line.words > 12 or is_moment(line.text):
        return None
    return stated_in_line(line)


# Names of a page -----------------------------------------------------------------------------------------------------


NAMES = DATA / "blocks" / "names.npz"

MOST_NAMES, MOST_PARTS = 2000, 24
"""Maximum number of names of a page that are compared, and of parts of a name that is cut."""

OF_ELEMENTS = 2.0
"""Minimum advantage of a shorter name on an HTML page, in log odds: most names are in elements of their own."""

FEWEST = 2
"""Minimum number of comments where a part is cut off, also half of those that have it, for it to be the page's word."""

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # scripts without blanks: each sign is a part
_OTHER = "\u0300-\u1fff"  # other scripts than Latin, with their accents
_PART = re.compile(
    rf"\d+(?:[.,:]\d+)*|[{_WIDE}]|(?:[{_OTHER}](?!(?<=[а-яё])[А-ЯЁ]))*[{_OTHER}]"
    rf"|(?:[^\W\d_{_OTHER}{_WIDE}](?!(?<=[a-zà-ÿ])[A-ZÀ-Þ]))*[^\W\d_{_OTHER}{_WIDE}]|\S"
)
_SIGNS = ("@", "#", ",;", ".", ":", "-–—", "|·•/", "([{（【«", ")]}）】»", "_", "'’")


class NamePart(NamedTuple):
    """A part of a name: a word, a number or a sign."""

    start: int
    end: int
    mask: str  # without case, and without its number
    kind: int


@lru_cache(maxsize=4096)
def parts_of(name: str) -> tuple[NamePart, ...]:
    """Split a name into its parts; also where "AnnMonday" or "Ann80d" has no blank."""
    return tuple(
        NamePart(*found.span(), "#" if found[0][0].isdigit() else found[0].casefold(), _kind(found[0]))
        for found in _PART.finditer(name)
    )


KINDS, LOWER = 7 + len(_SIGNS), 3
"""Number of kinds of parts, and the kind of a word in lower case."""

_KIND = np.eye(KINDS)


def _kind(part: str) -> int:
    """Return the kind of a part: a number, a word by its case, or a kind of sign; 0 is an end of the name."""
    if part[0].isdigit():
        return 1
    if part[0].isalpha():
        return 2 if part[0] > "\u2e7f" else LOWER if part.islower() else 4 if part.isupper() and len(part) > 1 else 5
    return next((7 + i for i, signs in enumerate(_SIGNS) if part in signs), 6)


# Places between parts ------------------------------------------------------------------------------------------------


KNOWN = BADGES | STAMP_JOINTS | ROLES
"""Words that pages write beside names."""


def gaps_of(names: Counter[str]) -> tuple["Floats", list[int]]:
    """Return numbers of each place between two parts of the names of a page, and at their ends.

    :param names: The number of comments of each name; names have at least a part each, and there are two or more.
    :return: A row for each place, those of one name in their order; the number of places of each name.
    """
    parts = [parts_of(name) for name in names]
    masks = [tuple(part.mask for part in own) for own in parts]
    keys = [_keys(*pair) for pair in zip(names, parts, strict=True)]
    times = Counter(key for own in keys for key in {key for place in own for key in place if key})
    following, leading = dict[str, set[str]](), dict[str, set[str]]()
    for said in masks:
        for one, other in pairwise(("", *said, "\0")):
            following.setdefault(one, set()).add(other)
            leading.setdefault(other, set()).add(one)
    wholes, n, total = Counter[tuple[str, ...]](), len(names), names.total()  # comments by what is said on them
    for said, count in zip(masks, names.values(), strict=True):
        wholes[said] += count
    firsts, lasts = Counter(said[0] for said in masks), Counter(said[-1] for said in masks)
    shares = [
        np.array([[(times[key] - 1) / (n - 1) if key else 0.0 for key in place] for place in own], dtype=np.float32)
        for own in keys
    ]
    page = (
        *(float(np.mean([own[at, key] for own in shares])) for key, at in ((4, 1), (5, -2), (8, 1), (9, -2))),
        *(sum(map(len, parts)) / n / 10, sum(len(own) == 1 for own in parts) / n, log1p(n) / 5, 2 / n),
        *(log1p(total / n) / 3, max(wholes.values()) / total),
    )
    rows = list[list[float]]()
    for name, own, said, shared in zip(names, parts, masks, shares, strict=True):
        means, most, size = shared[:, 4:6].mean(0), shared[:, 4:6].max(0), len(own)
        for i, rates in enumerate(shared):
            one, other = said[i - 1] if i else "", said[i] if i < size else "\0"
            ends = own[i - 1].end if i else 0, own[i].start if i < size else len(name)
            numbers = [*rates, *rates[4:6] - means, *rates[4:6] - most, *np.log1p(rates[[0, 2, 4, 5]] * (n - 1)) / 3]
            numbers += [len(following[one]) / n, len(leading[other]) / n, said[:i] in wholes, said[i:] in wholes]
            numbers += [*(wholes[each] / total for each in (said[:i], said[i:], said)), log1p(wholes[said]) / 4]
            numbers += [firsts[one] / n, lasts[one] / n, firsts[other] / n, lasts[other] / n]
            numbers += [one in KNOWN, other in KNOWN, i == 0, i == size, i / size, min(i, 8) / 8, min(size - i, 8) / 8]
            numbers += [size / 10, len(one) / 10, len(other) / 10, ends[0] < ends[1]]
            numbers += [name.count("(", 0, ends[0]) > name.count(")", 0, ends[0]), *page]
            rows.append([*numbers, *_KIND[own[i - 1].kind if i else 0], *_KIND[own[i].kind if i < size else 0]])
    return np.array(rows, dtype=np.float32), [len(own) + 1 for own in parts]


def _keys(name: str, parts: Sequence[NamePart]) -> list[tuple[Hashable, ...]]:
    """Return the keys of each place of a name, which other names may share; None where there is no part.

    All parts before it, and their kinds; all behind it, and their kinds; the part before it and behind it; two parts;
    the exact part before it and behind it.
    """
    masks, kinds = tuple(part.mask for part in parts), tuple(part.kind for part in parts)
    said = [name[part.start : part.end].casefold() for part in parts]
    n = len(parts)
    return [
        (
            *((("p", masks[:i]), ("f", kinds[:i])) if i else (None, None)),
            *((("s", masks[i:]), ("t", kinds[i:])) if i < n else (None, None)),
            *(("m", masks[i - 1]) if i else None, ("m", masks[i]) if i < n else None),
            *(("b", masks[i - 2 : i]) if i > 1 else None, ("b", masks[i : i + 2]) if i + 1 < n else None),
            *(("x", said[i - 1]) if i else None, ("x", said[i]) if i < n else None),
        )
        for i in range(n + 1)
    ]


def rate_places(numbers: "Floats") -> "Floats":
    """Return the log odds of places to be the start, and the end, of a name."""
    net = shipped_arrays(NAMES)
    return np.maximum(numbers @ net["inp.weight"].T + net["inp.bias"], 0) @ net["out.weight"].T + net["out.bias"]


def plain_names(names: Iterable[str], doubt: float = 0.0) -> dict[str, str]:
    """Cut the words of a page off its names.

    :param names: The names of all comments of a page, in any order and number.
    :param doubt: Minimum advantage of a shorter name over the whole one, in log odds.
    :return: The shorter name for each name that had such words; an empty one where nothing of it is a name.
    """
    counts = islice(Counter(names).items(), MOST_NAMES)
    different = Counter({name: count for name, count in counts if 0 < len(parts_of(name)) <= MOST_PARTS})
    if len(different) < 2 or (len(different) == 2 and "".join("".join(different).split()).isalpha()):
        return {}  # two names of words alone show no pattern
    read = list(zip(different, map(parts_of, different), _spans(different, doubt), strict=True))
    others, times = Counter[str](), Counter[str]()  # comments where a part is cut off, and all with it
    for name, parts, (start, end) in read:
        times.update(dict.fromkeys({part.mask for part in parts}, different[name]))
        others.update(dict.fromkeys({part.mask for part in (*parts[:start], *parts[end:])}, different[name]))
    plain = dict[str, str]()
    for name, parts, (start, end) in read:
        is_none = all(2 * others[part.mask] >= max(times[part.mask], 2 * FEWEST) for part in parts)
        if (shorter := "" if is_none else clean_name(name[parts[start].start : parts[end - 1].end])) != name:
            plain[name] = shorter
    one, *rest = dict.fromkeys(plain.get(name, name) for name in different)
    is_one = one and not rest and len(set(map(mask_numbers, different))) == 1
    return {} if is_one and all(name.startswith(one) for name in different) else plain  # "Reader 1", "Reader 2"


def _spans(names: Counter[str], doubt: float) -> list[tuple[int, int]]:
    """Return the first part of each plain name, and the part behind its last.

    Where one ends with the page's word, "Bo of", others end there, too: "Ann of Hull".
    """
    numbers, sizes = gaps_of(names)
    rates, ends = rate_places(numbers), [*accumulate(sizes, initial=0)]
    parts, likely = [*map(parts_of, names)], [best_of(rates[start:end])[1] for start, end in pairwise(ends)]
    pairs = zip(parts, likely, strict=True)
    joints = {own[-1].mask for own, end in pairs if end == len(own) - 1 and own[-1].kind == LOWER}
    rates[ends[:-1], 0] += doubt / 2
    rates[[end - 1 for end in ends[1:]], 1] += doubt / 2
    spans = _without_shared(parts, [best_of(rates[start:end]) for start, end in pairwise(ends)])
    return [
        (start, next((i for i in range(start + 1, end) if own[i].mask in joints), end))
        for own, (start, end) in zip(parts, spans, strict=True)
    ]


def _without_shared(names: Sequence[Sequence[NamePart]], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of names, where the parts that all names begin or end with are cut off all or off none."""
    masks = [[part.mask for part in own] for own in names]
    sides = masks, [said[::-1] for said in masks]
    lead, tail = (sum(accumulate(map(eq, min(side), max(side)), mul)) for side in sides)  # parts that all share
    lead *= any(start == lead for start, _ in spans)
    tail *= any(end == len(said) - tail for said, (_, end) in zip(masks, spans, strict=True))
    cut = [(max(start, lead), min(end, len(said) - tail)) for said, (start, end) in zip(masks, spans, strict=True)]
    return cut if all(start < end for start, end in cut) else spans


def clean_names(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Cut the words of the page off the names of commenters: "349 fans", "Comment by"."""
    shorter = plain_names((comment.author for comment in comments if comment.author), OF_ELEMENTS)
    return tuple(replace(each, author=shorter.get(each.author or "", each.author) or None) for each in comments)


def best_of(rates: "Floats") -> tuple[int, int]:
    """Return the likeliest start of a name, and the likeliest end behind it."""
    tops = np.maximum.accumulate(rates[::-1, 1])[::-1]  # the best end from a place on
    start = int(np.argmax(rates[:-1, 0] + tops[1:]))
    return start, start + 1 + int(np.argmax(rates[start + 1 :, 1]))


# Who answers whom -----------------------------------------------------------------------------------------------------

# A parent is known by an arrow, by its name beside another, by "@Name" or by the indent.


FEWEST_JOINED, JOINT = 3, (2, 5)
"""Minimum number of names with the same words in them, and minimum and maximum number of such words."""


def whole_names(_: Iterable[str]) -> dict[str, str]:
    """Cut nothing off names: those of an HTML page are cut once its comments are chosen."""
    return {}


def with_names(
    entries: Sequence[Entry], shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names
) -> tuple[Entry, ...]:
    """Part the names of commenters from those that they answer, and cut the words of the page off both.

    Who is answered is parted first: the words between two names come back, too.

    :param shorten: Returns the shorter names by those that are cut.
    """
    entries = _by_joint(entries)
    shorter = shorten(entry.author for entry in entries if entry.author)

    def plain(name: str | None) -> str | None:
        return shorter.get(name or "", name) or None

    return tuple(
        _by_address([each._replace(author=plain(each.author), answered=plain(each.answered)) for each in entries])
    )


def parents(entries: Sequence[Entry]) -> list[int | None]:
    """Find the index of the entry that each one answers: by the name it says it answers, else by the indent."""
    found: list[int | None] = []
    latest: dict[str, int] = {}
    thread: list[tuple[int, int]] = []  # indent and index of the entries above that are still open
    for index, entry in enumerate(entries):
        while thread and thread[-1][0] >= entry.indent:
            thread.pop()
        by_indent = thread[-1][1] if thread else None
        found.append(latest.get(entry.answered, by_indent) if entry.answered else by_indent)
        thread.append((entry.indent, index))
        if entry.author:
            latest[entry.author] = index
    return found


def _by_joint(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Part "Bo in reply to Ann", in any words that come back in names, most beside one who also has a name alone."""
    names = {entry.author for entry in entries if entry.author}
    split = [name.split()[: 2 * JOINT[1]] for name in names]
    cuts = [(words, *cut) for words in split for cut in combinations(range(1, len(words) + 1), 2)]
    joints = Counter(" ".join(words[a:b]) for words, a, b in cuts if JOINT[0] <= b - a <= JOINT[1])
    joint = f" {max(joints, key=lambda each: (joints[each], len(each), each), default='')} "
    pairs = {name: f"{name} ".split(joint, 1) for name in names if joint in f"{name} "}
    sure = sum(pair[0] in names or pair[1].strip() in names for pair in pairs.values())
    if len(pairs) < FEWEST_JOINED or 2 * sure <= len(pairs):
        return entries
    parted = [(entry, *pairs.get(entry.author or "", (entry.author, ""))) for entry in entries]
    return [own._replace(author=name, answered=own.answered or other.strip() or None) for own, name, other in parted]


def _by_address(entries: Sequence[Entry]) -> list[Entry]:
    """Read "@Ann Lee" at the start of a comment, where Ann Lee stands above."""
    earlier: dict[str, str] = {}
    read: list[Entry] = []
    for entry in entries:
        addressed = None if entry.answered else _addressed(entry.lines[0].text, earlier)
        read.append(entry._replace(answered=addressed) if addressed else entry)
        if entry.author:
            earlier[entry.author.casefold()] = entry.author
    return read


def _addressed(text: str, earlier: Mapping[str, str]) -> str | None:
    if not text.startswith("@"):
        return None
    # Maximum words of a name behind an "@".
    words = text[1:200].casefold().split()[:6]
    names = (" ".join(words[:n]).rstrip(",:;.!?") for n in range(len(words), 0, -1))
    return next((earlier[name] for name in names if name in earlier), None)
