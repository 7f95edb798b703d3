"""Read the lines that comment systems write around comments: names, dates, buttons, counters, headings, ends.

A line is read by itself; ``CuedLines`` holds those of a page, their parts and their shapes.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto
from functools import cached_property, lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

from stance.parsing.counts import stated_in_line
from stance.parsing.dates import find_date, has_digit, is_moment
from stance.parsing.language import BADGES, STAMP_JOINTS, UNSPACED, phrases
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

ROLES = frozenset(phrases("comment.roles"))
NAMED_BELOW = phrases("comment.named_below")


REFRAIN = 3
"""Minimum number of comments that share a line for it to be the page's."""


PAGING = frozenset(phrases("section.paging"))
REPLY_TO = phrases("comment.reply_to")
STAMP_LABELS = frozenset(phrases("date.labels"))
NAME_WORDS = 16
"""Maximum words of a name; the title of a linking site may be used as one."""
COMMENT_ACTIONS = frozenset(phrases("comment.own_actions"))
AFFILIATIONS = Cues(phrases("comment.affiliations"))
ELSEWHERE = Cues(phrases("comment.pingbacks"))
EDGE = " \t\u00a0|·•,;:/–—-@#«»()"
SIGNS = "~★☆►▶✓✔●○♦◆■ "
SEPARATORS = frozenset("|·•,;:/–—-@#«»().…★☆*")
RULES = frozenset("|·•*=_-–—")
TIME_WORD = re.compile(r"\d{1,2}[:.h]\d\d(?::\d\d)?(?:am|pm)?|am|pm", re.IGNORECASE)
GLUED = re.compile(r"([a-zà-ÿ])(?=[A-ZÀ-Þ])")
"""Pattern of two words without a blank between them."""
PARTING = "|·•,–—-:("
PICTURE = re.compile(r"\[[^\[\]]{1,40}\]\s{0,3}(?=\S)")  # text browsers show its file name
HEADING_WORDS = 30
"""A heading repeats the title of the article at most."""
SECTION_ENDS = Cues(phrases("section.ends"))
SORTS = Cues(phrases("section.orders"))
COUNT_IN_HEADING = re.compile(r"(?<!\d)\d[\d ]{0,8}(?!\d)")
ACTIONS = frozenset(phrases("comment.actions"))
ACTION_LENGTHS = {
    first: sorted({len(action.split()) for action in actions}, reverse=True)
    for first, actions in groupby(sorted(ACTIONS), key=lambda action: action.split()[0])
}
"""First word -> how many words the actions that begin with it have, the longest first."""
AVATARS = Cues(phrases("comment.avatars"))
AVATAR_PREFIXES = tuple(phrase.removesuffix(" *") for phrase in phrases("comment.avatars"))
ANSWERS_BEGIN = frozenset(phrase.split()[0] for phrase in REPLY_TO)
CUES = Cues(phrases("comment.avatars", "comment.pingbacks"))
"""All of these at once."""
VERBS = frozenset(phrases("comment.says"))
SAID = tuple(verb if verb > UNSPACED else f" {verb}" for verb in sorted(VERBS, key=len, reverse=True))
AROUND_DATES = STAMP_JOINTS | STAMP_LABELS | BADGES
ENDS = ".!?… "
ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,200}|(?<!\S)[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}\S?")
ACCOUNT = re.compile(
    rf"(?<=\S)\s?[(\[](?:@[^()\s]{{1,40}}|(?=[^()]{{0,40}}[\d_])[a-z\d_.-]{{1,40}}|(?i:{'|'.join(ROLES)}))[)\]]$"
)
POINTS = re.compile(
    rf"\s(?:[+-]?\d{{1,6}}\s?(?:{'|'.join(phrases('comment.points'))})\s?){{1,3}}(?:Featured)?$", re.IGNORECASE
)
VOTES = re.compile(r"[+-]?\s?(?:\d{1,6}|\d{1,3}\s\d{3})")
WORDLESS = re.compile(r"\+\s?10{0,3}[.!]*|\d{1,4}\s?%[.!]*|\d{1,2}\s?/\s?\d{1,2}[.!]*")
POST_NUMBER = re.compile(r"#\s?\d{1,5}\b[\s.:)–-]*")


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


AROUND = frozenset({Part.STAMP, Part.ACTION, Part.ANSWERED, Part.JUNK})
"""Lines that are furniture above and below a commenter's words; between them they are his own."""
_TEXT = LineParts(Part.TEXT)


@once
def read_line(line: Line) -> LineParts:
    """Read a line of a comment section."""
    # Maximum characters of a line with a date that is not a paragraph.
    return _TEXT if len(line.text) > 220 else _read_line(line)


def _read_line(line: Line) -> LineParts:
    text = line.text
    if is_moment(text):
        return LineParts(Part.STAMP, None, text, timed=True)
    is_cue = CUES.match(line)
    if is_cue and ELSEWHERE.match(line):
        return LineParts(Part.ELSEWHERE)
    if (stamp := _stamp(text) or (_stamp(line.full) if line.number else None)) is not None:
        return stamp  # "21. Juni 2018" has the form of a numbered line
    rest = without_actions(text)
    if not rest:
        return _without_words(line)
    if set(rest) <= BADGES or (is_cue and AVATARS.match(line) and not text.endswith(":")):
        return LineParts(Part.JUNK)
    answered = strip_prefix(text.lstrip(EDGE), REPLY_TO) if line.opening in ANSWERS_BEGIN else None
    if answered and name_like(answered):
        return LineParts(Part.ANSWERED, answered.strip(EDGE))
    return _says(text) or _TEXT


def without_actions(text: str) -> list[str]:
    """Return the words of a line that are no offers to reply, share or report, without digits."""
    rest = _without_actions(letter_words(text))
    # Maximum number of words that may be offers without blanks.
    parted = GLUED.sub(r"\1 ", text) if 0 < len(rest) <= 8 else text  # "ReplyDelete"
    return rest if parted == text or _without_actions(letter_words(parted)) else []


def _without_actions(words: list[str]) -> list[str]:
    if ACTION_LENGTHS.keys().isdisjoint(words):
        return words
    rest: list[str] = []
    position = 0
    while position < len(words):
        lengths = ACTION_LENGTHS.get(words[position], ())
        length = next((n for n in lengths if " ".join(words[position : position + n]) in ACTIONS), 0)
        if not length:
            rest.append(words[position])
        position += length or 1
    return rest


@once
def is_affiliation(line: Line) -> bool:
    """Return whether a line below a name says where its owner works or learns, as on Facebook."""
    return line.words <= 8 and not line.ends_sentence and AFFILIATIONS.match(line)


def is_wordless(line: Line) -> bool:
    """Return whether a line without a word could be all that someone says: "+1", "100%", "10/10"; a counter is none."""
    return WORDLESS.fullmatch(line.full.strip()) is not None


def votes_of(line: Line) -> int | None:
    """Return the number of a line that is nothing but a counter, as votes below a comment are; "5 1" are two."""
    return int("".join(line.text.split())) if VOTES.fullmatch(line.text) else None


def is_paging(line: Line) -> bool:
    """Return whether a line leads to further pages of comments: "1 2 3 … 5 Next"."""
    # A longer line leads to more pages than a thread has.
    if len(line.text) > 600 or (line.opening.isalpha() and line.opening not in PAGING):
        return False
    # The number of a page has no more.
    numbers = [int(word) for word in line.text.split() if word.isdecimal() and len(word) <= 6]
    if len(numbers) < 2 or not PAGING.issuperset(letter_words(line.text)):
        return False
    return line.has_letters or all(a < b for a, b in pairwise(numbers))  # "12 12" are votes up and down


@lru_cache(maxsize=4096)
def clean_name(name: str) -> str:
    """Strip a commenter's name: separators, a picture's description, addresses, a repetition of the name."""
    name = strip_prefix(name, AVATAR_PREFIXES) or (PICTURE.sub("", name, count=1) if "[" in name else name)
    name = POST_NUMBER.sub("", name.strip(" "), count=1) if "#" in name else name
    name = without_addresses(name)
    name = trim_edges(strip_prefix(name, NAMED_BELOW) or name)
    words = (POINTS.sub("", name) if has_digit(name) else name).split()
    while len(words) > 1 and _is_beside_name(words):
        words.pop()
    return collapse_repeated(without_marks(trim_edges(" ".join(words))))


def trim_edges(name: str) -> str:
    """Cut separators off both ends of a name; signs that belong to it stay: "-=Max=-", "#1fan", "Ann (Hull)"."""
    plain = name.strip(EDGE)
    start = name.find(plain)
    end = start + len(plain)
    before, after = name[start - 1 : start], name[end : end + 1]
    pair = f"{before}{after}"
    if pair in ("--", "()", "«»"):
        return f"{before}{plain}{after}"
    if before and before in "@#":
        return f"{before}{plain}"
    if (after == "-" and plain.rpartition(" ")[2][:1] == "-") or (after == "@" and plain and end + 1 == len(name)):
        return f"{plain}{after}"
    is_open = after and after in ")»" and "(«"[")»".index(after)] in plain
    return f"{plain}{after}" if is_open else plain


def without_addresses(name: str) -> str:
    """Cut e-mail addresses and addresses of pages off a name, unless there is nothing else."""
    if "@" not in name[1:] and "://" not in name and "www." not in name:
        return name
    plain = trim_edges(" ".join(ADDRESS.sub(" ", name).split()))
    return plain if any(map(str.isalpha, plain)) else name


def without_marks(name: str) -> str:
    """Cut signs around a name off, if one is before it, and an account or a role in brackets: "~Ann (guest)"."""
    plain = ACCOUNT.sub("", name.lstrip(SIGNS).strip())
    plain = plain.rstrip(SIGNS).strip() if plain[:1] != name[:1] else plain
    return plain if any(map(str.isalnum, plain)) else name


def without_joints(name: str) -> str:
    """Cut the weekday and other words off a name that stand between a comma behind it and a date."""
    for parting in PARTING:
        before, found, behind = name.rpartition(parting)
        if found and before and STAMP_LABELS.union(STAMP_JOINTS).issuperset(letter_words(behind)):
            return before.rstrip(EDGE)
    return name


def _offers(text: str) -> bool:
    words = letter_words(text)
    return any(" ".join(words[i : i + n]) in COMMENT_ACTIONS for n in range(1, 8) for i in range(len(words) - n + 1))


def _without_words(line: Line) -> LineParts:
    """Read a line of actions, a counter or a rule; a smile or a question mark is the commenter's."""
    if line.has_letters:
        return LineParts(Part.ACTION, offers=_offers(line.text))
    counter = (has_digit(line.text) and "<3" not in line.text) or (set(line.text) <= RULES and len(line.text) != 1)
    return LineParts(Part.JUNK) if counter or line.text in "|·•" else _TEXT


def _says(text: str) -> LineParts | None:
    """Read "NAME says:"."""
    if not text.endswith((":", "：")):
        return None
    name = _before_says(text.rstrip(":： \u00a0"))
    return LineParts(Part.SAYS, clean_name(name)) if name and name_like(name.rstrip(ENDS), NAME_WORDS, 120) else None


def says(text: str) -> bool:
    """Return whether a line is a name and a verb: "Ada said..."."""
    return _before_says(text.rstrip(":： \u00a0")) is not None


def _before_says(text: str) -> str | None:
    text = text.rstrip(ENDS)
    lowered = text.lower()
    if not lowered.endswith(SAID):
        return None
    return text[: -len(next(verb for verb in SAID if lowered.endswith(verb)))].strip()


def _stamp(text: str) -> LineParts | None:
    """Read a line of a date, with a name before it, or behind it and a verb."""
    found = find_date(text)
    if found is None:
        return None
    before, after = text[: found.start].strip(), text[found.end :].strip(EDGE)
    timed = "T" in (found.iso or "T")
    if not after and (not before or before.startswith(",")):  # ", Hull, 2 years ago", the name above
        return LineParts(Part.STAMP, None, found.iso, timed=timed)
    if after and without_actions(after) and not _is_joint(after):
        return None
    if before and not without_actions(before) and any(map(str.isalpha, before)):  # "Like · Reply · 2 years ago"
        return LineParts(Part.STAMP, None, found.iso, _offers(before) or _offers(after), timed=True)
    name = clean_name(before)
    name, offers = clean_name(_before_says(name) or name), _offers(after)
    if _is_joint(name):
        badge = name if name and set(letter_words(name)) <= BADGES else None
        return LineParts(Part.STAMP, None, found.iso, offers, timed=timed, badge=badge)
    if not name_like(name, NAME_WORDS, 150):
        return None
    return LineParts(Part.NAMED_STAMP, name, found.iso, offers, timed)


def _is_beside_name(words: Sequence[str]) -> bool:
    """Return whether the last of some words is no part of a name: it joins it to a date, or is a badge or a sign."""
    word, before = words[-1], words[-2]
    plain = word.lower().strip(".,")
    if TIME_WORD.fullmatch(word):
        return True
    if not any(map(str.isalnum, plain)):
        return set(word) <= SEPARATORS or (len(set(word)) == 1 and word[0] not in "!?")
    if plain in ROLES:
        return True
    if plain in STAMP_JOINTS:
        return len(plain) > 1 or not word.isupper()
    return before[-1] in PARTING and (plain in STAMP_LABELS or plain in BADGES)


def _is_joint(text: str) -> bool:
    """Return whether a text has only words that join a name to a date."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    return all(word in AROUND_DATES or not any(map(str.isalpha, word)) for word in words)


# Lines above and below a section --------------------------------------------------------------------------------------


_HEADINGS = Cues(phrases("section.headings"))
_LISTS = Cues(phrases("article.related"))
MARKS = Cues(phrases("section.marks"))
"""Cues of a comment system whose comments have only names and blank lines between them."""

_SECTION_CUES = Cues(phrases("section.headings", "section.ends", "article.related", "section.orders", "section.marks"))
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
    if not _HEADINGS.match(line) or line.words > HEADING_WORDS or line.text.endswith("."):
        return False
    return not line.bullet or any(map(str.isdigit, line.key))  # "• Comments" is in a menu


def is_sort(line: Line) -> bool:
    """Return whether a line tells, or offers to choose, in which order comments stand."""
    return SORTS.match(line) and line.words <= 10


@once
def is_end(line: Line) -> bool:
    """Return whether a line ends a comment section, as far as a line alone can tell."""
    return SECTION_ENDS.match(line)


def is_footer(line: Line) -> bool:
    """Return whether a line names the owner of the site, or in a comment the author of a quotation: "© Mark Twain"."""
    return _FOOTER.match(line.text) is not None and line.words <= HEADING_WORDS


def leads_to_comments(line: Line) -> bool:
    """Return whether a line above the first comment is a heading, an order of sorting, a mark or an end."""
    return is_heading(line) or is_sort(line) or is_end(line) or MARKS.match(line)


def leads_elsewhere(lines: Sequence[Line]) -> bool:
    """Return whether a list of other stories begins among some lines."""
    # Words of a heading of other stories at most.
    return any(line.words <= 6 and not line.ends_sentence and _LISTS.match(line) for line in lines)


def stated_count(lines: Sequence[Line]) -> int | None:
    """Read the page's own count of comments off the last heading that has one."""
    for line in reversed(lines):
        if is_heading(line) and (count := COUNT_IN_HEADING.search(line.key)):
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


# Lines of a page ------------------------------------------------------------------------------------------------------


MASKED_CHARACTERS = 160
"""A longer line is a paragraph; a header is shorter."""

WHOLE_TOKENS = 14
"""Tokens of a line that can be a template as a whole."""


DATE, CLOCK = "D", "T"
"""Words of masks for a date and a clock time."""

FEW = 2
"""Maximum times that a page has a line for it to end a section; one with more is a part of each comment."""

SAID_TOO = frozenset(phrases("comment.said_too"))
_SAID_TOO = frozenset(phrase.split()[0] for phrase in SAID_TOO)
HEADERS = frozenset({Part.SAYS, Part.NAMED_STAMP, Part.STAMP})
_OTHER_DATE = re.compile(
    r"(?<!\d)\d{1,2}(?:st|nd|rd|th|[.ºª])?[\s-](?:de\s)?[^\W\d_]{3,12}[.,]?[\s-](?:de\s)?(?:19|20)\d\d(?!\d)"
)
_CLOCK = re.compile(r"(?<![\d:.,])\d{1,2}[:.h]\d\d(?::\d\d)?(?!\d)(?:\s?[ap]\.?m\b\.?)?", re.IGNORECASE)
_AFTER_DATE = re.compile(r"[\s,|/@·•–—-]{0,4}(?:[^\W\d_]{1,4}\.?\s){0,2}" + _CLOCK.pattern, re.IGNORECASE)
_NOT_NAMES = re.compile(r"[!?…;]|,(?!\s[^\W\da-z])|[^\W\d_]{3,}\.(?:\s|$)|://")
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_LETTER = re.compile(r"[^\W\d_]")


class Shape(NamedTuple):
    """The form of a line, whatever its words."""

    text: str  # without the number of a list
    mask: str = ""  # empty for a paragraph
    date: tuple[int, int] | None = None  # characters of the line that are its date
    clock: bool = False  # with a time of day, or a time span
    name: bool = False
    prose: bool = True
    whole: str = ""  # the mask, where it is short enough for a template
    ends: tuple[str, ...] = ()  # of the mask, which it can share with other lines, the longest first
    beginnings: tuple[str, ...] = ()


@once
def _shape(line: Line) -> Shape:
    """Reduce a line to its shape."""
    dated = line.number and len(line.text) <= MASKED_CHARACTERS and (found := find_date(line.full)) and not found.start
    text = line.full if dated else line.text  # without the number of a list, unless that is the day of a date
    if len(text) > MASKED_CHARACTERS:
        return Shape(text)
    numbered, date = has_digit(text), _date(text)
    masked = f"{text[: date[0]].lower()} {DATE} {text[date[1] :].lower()}" if date else text.lower()
    clock = numbered and _CLOCK.search(masked) is not None
    masked = _CLOCK.sub(f" {CLOCK} ", masked) if clock else masked
    timed = clock or (date is not None and _is_exact(text[date[0] : date[1]]))
    mask = " ".join(_TOKEN.findall(masked))
    mask = mask_numbers(mask) if numbered else mask
    tokens = mask.split(" ") if mask else []
    # Tokens of a line whose date makes it a header; a longer one mentions a date.
    dated = date is not None and len(tokens) <= 16 and "://" not in text
    name = not dated and _is_name(text)
    ends = text.rstrip("\"'”’»“)")[-1:] in ".!?…"
    # A line as long as this is a paragraph, unless it has a date or shares its mask.
    prose = not dated and (len(text) >= 60 or (ends and len(text.split()) >= 4))
    return Shape(
        *(text, mask, date if dated else None, timed, name, prose),
        mask if len(tokens) <= WHOLE_TOKENS else "",
        tuple(["<" + " ".join(tokens[-size:]) for size in range(min(4, len(tokens) - 1), 0, -1)]),
        tuple([">" + " ".join(tokens[:size]) for size in range(min(3, len(tokens) - 1), 0, -1)]),
    )


def _date(text: str) -> tuple[int, int] | None:
    """Find the date of a line with its clock time, in a language that ``dates`` knows or in another."""
    if found := find_date(text):
        start, end = found.start, found.end
    elif has_digit(text) and (other := _OTHER_DATE.search(text)):  # also glued to a name: "Ann5 March 2024"
        start, end = other.span()
    else:
        return None
    clock = _AFTER_DATE.match(text, end)
    return start, clock.end() if clock else end


def _is_exact(date: str) -> bool:
    """Return whether a date tells the time of day, or how long ago it is."""
    found = find_date(date)
    return ":" in date or (found is not None and ("T" in found.iso if found.iso else bool(_LETTER.search(date))))


def _is_name(text: str) -> bool:
    plain = text.rstrip(":： ")
    # A commenter's name is not longer.
    if len(plain) > 45 or len(plain.split()) > 6 or not _LETTER.search(plain):
        return False
    return name_like(plain) and not _NOT_NAMES.search(plain)


@dataclass(frozen=True)
class CuedLines:
    """The lines of a page, read and cued once for all that need it."""

    lines: Sequence[Line]
    tags: list[list[float]] = field(default_factory=list)  # of each line once tagged, as in ``Tags``
    names: list[list[float]] = field(default_factory=list)

    @cached_property
    def readings(self) -> list[LineParts]:
        """Read each line as a part of a comment section."""
        readings = [read_line(line) for line in self.lines]
        words = {i: line.key.rstrip("0123456789 ") for i, line in enumerate(self.lines) if line.opening in _SAID_TOO}
        times = Counter(words.values())
        dates = sum(reading.part in HEADERS for reading in readings) if words else 0
        for i, said in words.items():  # a button stands at most comments; "Thanks!" at one or two is a commenter's
            if dates >= REFRAIN and said in SAID_TOO and times[said] * REFRAIN < max(dates, 2 * REFRAIN):
                readings[i] = LineParts(Part.TEXT)
        return readings

    @cached_property
    def cued(self) -> list[int]:
        """List the lines that are a cue of a section."""
        return cued_lines(self.lines)

    @cached_property
    def headings(self) -> list[int]:
        """List the lines that open a comment section, as far as a line alone can tell."""
        return [i for i in self.cued if is_heading(self.lines[i])]

    @cached_property
    def sole(self) -> list[int]:
        """List the headings that no other one is like."""
        times = Counter(self.lines[i].cue for i in self.headings)
        return [i for i in self.headings if times[self.lines[i].cue] == 1]

    @cached_property
    def stops(self) -> list[int]:
        """List the lines that end a section; one that comes back is a part of each comment."""
        tests = (is_end, is_footer, is_paging, lambda line: leads_elsewhere((line,)))
        others = [i for i in self.cued if i not in self.headings]
        stops = [i for i in others if any(test(self.lines[i]) for test in tests)]
        ends = Counter(self.lines[i].key for i in stops)
        return [i for i in stops if ends[self.lines[i].key] <= FEW]

    @cached_property
    def shapes(self) -> list[Shape]:
        """Return the shapes of the lines; those of headings and ends of sections are not like names."""
        shapes = [_shape(line) for line in self.lines]
        for i in {*self.sole, *self.stops}:
            shapes[i] = shapes[i]._replace(name=False)
        return shapes
