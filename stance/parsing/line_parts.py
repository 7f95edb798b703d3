"""Read the lines that comment systems write around comments, each by itself: names, dates, buttons, counters."""

import re
from enum import IntEnum, auto
from itertools import groupby
from typing import NamedTuple

from stance.parsing.dates import find_date, has_digit, is_moment
from stance.parsing.lines import Line, cues, letter_words, name_like, once, strip_prefix
from stance.parsing.name_cleaning import DAY_BEHIND, EDGE, clean_name
from stance.parsing.phrases import BADGES, STAMP_JOINTS, UNSPACED, phrase_set, phrases, words_of_phrases

NAME_WORDS = 16
"""Maximum words of a name; the title of a linking site may be used as one."""

ACTION_LENGTHS = {
    first: sorted({len(action.split()) for action in actions}, reverse=True)
    for first, actions in groupby(sorted(phrases("comment.actions")), key=lambda action: action.split()[0])
}
"""First word -> how many words the actions that begin with it have, the longest first."""

MAY_BE_ACTIONS = words_of_phrases("comment.actions") | BADGES
"""Words of buttons and badges; most lines have others, and so are neither."""

ANSWERS_BEGIN = frozenset(phrase.split()[0] for phrase in phrases("comment.reply_to"))

SAID = tuple(verb if verb > UNSPACED else f" {verb}" for verb in sorted(phrases("comment.says"), key=len, reverse=True))

AROUND_DATES = STAMP_JOINTS | phrase_set("date.labels") | BADGES

ENDS = ".!?… "


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
    is_cue = cues("comment.avatars", "comment.pingbacks").match(line)  # both at once: most lines are neither
    if is_cue and cues("comment.pingbacks").match(line):
        return LineParts(Part.ELSEWHERE)
    if (stamp := _stamp(text) or (_stamp(line.full) if line.number else None)) is not None:
        return stamp  # "21. Juni 2018" has the form of a numbered line
    words = without_actions(text)
    if not words:
        return _without_words(line)
    if set(words) <= BADGES or (is_cue and cues("comment.avatars").match(line)):
        return LineParts(Part.JUNK)
    answered = strip_prefix(text.lstrip(EDGE), phrases("comment.reply_to")) if line.opening in ANSWERS_BEGIN else None
    if answered and name_like(answered):
        return LineParts(Part.ANSWERED, answered.strip(EDGE))
    return _says(text) or _TEXT


def without_actions(text: str) -> list[str]:
    """Return the words of a line that are no offers to reply, share or report, without digits.

    If any word belongs to neither a button nor a badge, all words are returned.
    """
    words = _without_actions(letter_words(text))
    # Maximum number of words that may be offers without blanks.
    # Pattern of two words without a blank between them.
    parted = re.sub(r"([a-zà-ÿ])(?=[A-ZÀ-Þ])", r"\1 ", text) if 0 < len(words) <= 8 else text  # "ReplyDelete"
    return words if parted == text or _without_actions(letter_words(parted)) else []


def _without_actions(words: list[str]) -> list[str]:
    if not MAY_BE_ACTIONS.issuperset(words):
        return words
    others = []
    position = 0
    known_actions = phrase_set("comment.actions")
    while position < len(words):
        lengths = ACTION_LENGTHS.get(words[position], ())
        length = next((n for n in lengths if " ".join(words[position : position + n]) in known_actions), 0)
        if not length:
            others.append(words[position])
        position += length or 1
    return others


@once
def is_affiliation(line: Line) -> bool:
    """Return whether a line below a name says where its owner works or learns, as on Facebook."""
    return line.words <= 8 and not line.ends_sentence and cues("comment.affiliations").match(line)


def is_wordless(line: Line) -> bool:
    """Return whether a line without a word could be all that someone says: "+1", "100%", "10/10"; a counter is none."""
    wordless = r"\+\s?10{0,3}[.!]*|\d{1,4}\s?%[.!]*|\d{1,2}\s?/\s?\d{1,2}[.!]*"
    return re.fullmatch(wordless, line.full.strip()) is not None


def votes_of(line: Line) -> int | None:
    """Return the number of a line that is nothing but a counter, as votes below a comment are; "5 1" are two."""
    return int("".join(line.text.split())) if re.fullmatch(r"[+-]?\s?(?:\d{1,6}|\d{1,3}\s\d{3})", line.text) else None


def offers_answer(text: str) -> bool:
    """Return whether a text offers what only comments offer: to reply, to quote, to report."""
    words, offers = letter_words(text), phrase_set("comment.own_actions")
    return any(" ".join(words[i : i + n]) in offers for n in range(1, 8) for i in range(len(words) - n + 1))


def _without_words(line: Line) -> LineParts:
    """Read a line of actions, a counter or a rule; a smile or a question mark is the commenter's."""
    if line.has_letters:
        return LineParts(Part.ACTION, offers=offers_answer(line.text))
    is_rule = set(line.text) <= set("|·•*=_-–—") and len(line.text) != 1
    counter = (has_digit(line.text) and "<3" not in line.text) or is_rule
    return LineParts(Part.JUNK) if counter or line.text in "|·•" else _TEXT


def _says(text: str) -> LineParts | None:
    """Read "NAME says:"."""
    if not text.endswith((":", "：")):
        return None
    name = _before_says(text.rstrip(":： \u00a0"))
    return LineParts(Part.SAYS, clean_name(name)) if name and name_like(name.rstrip(ENDS), NAME_WORDS, 120) else None


def _before_says(text: str) -> str | None:
    text = text.rstrip(ENDS)
    lowered = text.lower()
    if not lowered.endswith(SAID):
        return None
    return text[: -len(next(verb for verb in SAID if lowered.endswith(verb)))].strip()


def _stamp(text: str) -> LineParts | None:
    """Read a line of a date, with a name before it, or behind it and a verb."""
    match = find_date(text)
    if match is None:
        return None
    before, after = text[: match.start].strip(), text[match.end :].strip(EDGE)
    timed = "T" in (match.iso or "T")
    if not after and not before:
        return LineParts(Part.STAMP, None, match.iso, timed=timed)
    if after and without_actions(after) and not _is_joint(after):
        return None
    if before and not without_actions(before) and any(map(str.isalpha, before)):  # "Like · Reply · 2 years ago"
        return LineParts(Part.STAMP, None, match.iso, offers_answer(before), timed=True)
    name = clean_name(DAY_BEHIND.sub("", before))
    name, offers = clean_name(_before_says(name) or name), offers_answer(after)
    if _is_joint(name):
        badge = name if name and set(letter_words(name)) <= BADGES else None
        return LineParts(Part.STAMP, None, match.iso, offers, timed=timed, badge=badge)
    if not name_like(name, NAME_WORDS, 150):
        return None
    return LineParts(Part.NAMED_STAMP, name, match.iso, offers, timed)


def _is_joint(text: str) -> bool:
    """Return whether a text has only words that join a name to a date."""
    words = text.lower().replace(".", " ").replace(",", " ").split()
    return all(word in AROUND_DATES or not any(map(str.isalpha, word)) for word in words)


HEADERS = frozenset({Part.SAYS, Part.NAMED_STAMP, Part.STAMP})
