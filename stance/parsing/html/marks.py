"""Recognise what marks a comment: words in names of classes, dates, and names in lines such as "Ada says:"."""

import re
from collections.abc import Callable
from functools import cache, lru_cache

from stance.parsing.dates import find_date, find_day, parse_date
from stance.parsing.html.tree import UNSEEN, Element
from stance.parsing.languages import phrases, words_of_phrases
from stance.parsing.line_parts import trim_edges, without_actions, without_addresses, without_joints
from stance.parsing.lines import letter_words, line_key, name_like, strip_prefix

AUTHOR_WORDS = phrases("markup.author")
BEFORE_DATE = phrases("date.before")
BESIDE_WORDS = phrases("markup.beside")
NO_AUTHOR_WORDS = phrases("markup.no_author")
REPLY_TO = phrases("comment.reply_to")
ROLES = frozenset(phrases("comment.roles"))
SAYS = phrases("comment.says")

LONGEST_STAMP = 80
"""Characters of an element that tells when, and perhaps who, and nothing else."""

LONGEST_NAME = 60
"""Maximum characters of a name."""

MOST_PARTS = 8
"""Elements in one that tells when, and perhaps who, and nothing else."""

_BESIDE_ARTICLE = ("nav", "form", "head")

_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")

_NO_AUTHORS_ON_BUTTONS = tuple(word for word in NO_AUTHOR_WORDS if word != "button")

_YEAR = re.compile(r"(?:19|20)\d\d")

date_in = find_date


# Words of classes and ids ---------------------------------------------------------------------------------------------


def words_of(element: Element) -> str:
    """Return the words in an element's class, id and kind, in lower case."""
    get = element.get  # for each element several times; a loop over the names takes twice as long
    return _words(
        f"{get('class', '')} {get('id', '')} {get('itemprop', '')} {get('itemtype', '')} {get('typeof', '')}"[:400]
    )


@lru_cache(maxsize=8192)
def _words(names: str) -> str:
    return " ".join(_WORDS.findall(names)).lower()


def is_named_after(pattern: tuple[str, ...], element: Element) -> bool:
    """Return whether a class or id has one of some words; a word with ``*`` may be a part of another."""
    words = words_of(element)
    return bool(words) and _has(pattern, words)


@lru_cache(maxsize=32768)
def _has(pattern: tuple[str, ...], words: str) -> bool:
    whole, parts = _whole_and_parts(pattern)
    return not whole.isdisjoint(words.split()) or any(part in words for part in parts)


@cache
def _whole_and_parts(pattern: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    parts = tuple(word[1:] for word in pattern if word.startswith("*"))
    return frozenset(word for word in pattern if not word.startswith("*")), parts


def is_beside_article(element: Element, around_article: set[Element]) -> bool:
    """Return whether an element is in a part of the page beside the article."""
    return any(
        above not in around_article and (above.tag in _BESIDE_ARTICLE or is_named_after(BESIDE_WORDS, above))
        for above in element.iterancestors()
    )


# Dates and names of elements ------------------------------------------------------------------------------------------


def is_stamp(element: Element) -> bool:
    """Return whether an element is a time and little else."""
    if len(element) > MOST_PARTS:
        return False
    text = "".join(map(str, element.itertext("*"))) if len(element) else element.text or ""
    line = " ".join(text.split())
    return 1 < len(line) <= LONGEST_STAMP and (date_in(line) or find_day(line)) is not None


def is_titled_stamp(element: Element) -> bool:
    """Return whether an element is a short line such as "8 mo" with a time in its title."""
    title = element.get("title")
    if title is None or not _YEAR.search(title) or len(title) > LONGEST_STAMP or len(element) > MOST_PARTS:
        return False
    return 0 < len("".join(map(str, element.itertext("*")))) <= LONGEST_STAMP and parse_date(title) is not None


def is_name(element: Element, line_of: Callable[[Element], str]) -> bool:
    """Return whether an element is named after an author and holds a possible name.

    :param line_of: Gives the text of an element.
    """
    if not is_named_after(AUTHOR_WORDS, element):
        return False
    if element.tag == "button":
        return not is_named_after(_NO_AUTHORS_ON_BUTTONS, element) and is_label_of_person(_label(element))
    if is_named_after(NO_AUTHOR_WORDS, element):
        return False
    return element.tag not in UNSEEN and len(element) <= 6 and 0 < len(line_of(element)) <= LONGEST_NAME


def is_label_of_person(label: str) -> bool:
    """Return whether the label of a button could be a name rather than an action."""
    return name_like(label, characters=LONGEST_NAME) and bool(without_actions(label))


def _label(button: Element) -> str:
    return " ".join("".join(map(str, button.itertext("*"))).split())


# Names in lines -------------------------------------------------------------------------------------------------------

LONGEST_AUTHOR = 80
"""Characters; a longer 'author' is a sentence that a selector hit by accident."""

LONGEST_LINE = 200
"""Characters of a line with a name and a date."""

MOST_DATE_WORDS = 20
"""Maximum words of a date; the longest, such as "for more than a few years and eleven months ago", have a dozen."""

_SAYS = re.compile(rf"(?:\s(?:{'|'.join(SAYS)})\s?(?::|\.\.\.|…)?|\s?:)$", re.IGNORECASE)
_VERBS = frozenset(verb.split()[-1] for verb in SAYS)
_CREDIT = re.compile(rf"(?:{'|'.join(phrases('comment.credited'))}):?\s", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:^|\s)(?:{'|'.join(BEFORE_DATE)})[\s,:]{{0,3}}$", re.IGNORECASE)
_JOINT_AT_END = re.compile(rf"\s?,\s?(?:{'|'.join(BEFORE_DATE)})$", re.IGNORECASE)  # of a date in an element of its own
_WORDS_AROUND_A_NAME = words_of_phrases("comment.says", "comment.credited", "date.before")
_DASH = re.compile(r"\s[—–|·•-]\s")
_DIGITS_OF_A_DATE = 4
# All that a comment may say, beside a name: "+1", "100%", "!!!", a thumb.
_WORDLESS = re.compile(r"\+\s?\d|\d\s?%|[!?]|[❤♥\U0001f300-\U0001faff]")
_MEMBER_NUMBER = re.compile(r"\s\(\s\d{1,9}\s?\)?$")  # behind it, as on Slashdot
_NUMBERED_NAME = re.compile(r"#\s?\d{1,5}[\s.:)–-]{1,3}")  # of a comment, before its writer's name


def name_in(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    return _known_name(line) if len(line) <= LONGEST_LINE else _read_name(line)


def _read_name(line: str) -> str | None:
    line = trim_edges(_without_date(line))
    credit = _CREDIT.match(line)
    first, *others = _DASH.split(line[credit.end() :] if credit else line)
    kept = [part for part in others if sum(map(str.isdigit, part)) < _DIGITS_OF_A_DATE]
    name = " - ".join([first, *kept])
    name = trim_edges(_without_verb(_JOINT_AT_END.sub("", name) if "," in name else name))
    if "#" in name or "(" in name:
        name = _MEMBER_NUMBER.sub("", _NUMBERED_NAME.sub("", name, count=1) or name)
    name = without_addresses(trim_edges(name))
    return name if 0 < len(name) <= LONGEST_AUTHOR and any(map(str.isalnum, name)) else None


_known_name = lru_cache(maxsize=4096)(_read_name)
"""Cache of names in short lines: commenters recur, on a page and on the next ones."""


def _without_verb(line: str) -> str:
    """Cut off "says:"; most lines end with a word that is no such verb, which is told sooner."""
    line = line.rstrip(" ,;|")
    last = line.rpartition(" ")[2]
    return line if last.isascii() and last.isalnum() and last.lower() not in _VERBS else _SAYS.sub("", line)


def _without_date(line: str) -> str:
    """Cut a date off a line, and the word that leads to it."""
    date = date_in(line) if len(line) <= LONGEST_LINE else None
    if date is None:
        return line
    before = without_joints(_BEFORE_DATE.sub("", line[: date.start].rstrip(" ,|·•–—-:@#(")))
    return before if any(map(str.isalnum, before)) else line[date.end :]


def is_only_name(line: str, name: str) -> bool:
    """Return whether a line is a name with a date and words such as "says" at most."""
    return len(line) <= LONGEST_LINE and name in line and _is_only_name(line, name)


@lru_cache(maxsize=4096)
def _is_only_name(line: str, name: str) -> bool:
    """Look at a short line; several readings of a page ask for the same."""
    rest = line.replace(name, " ", 1)
    words = letter_words(rest)
    if _WORDLESS.search(rest):
        return False
    if _WORDS_AROUND_A_NAME.issuperset(words):
        return True
    if len(words) > MOST_DATE_WORDS and len([w for w in words if w not in _WORDS_AROUND_A_NAME]) > MOST_DATE_WORDS:
        return False
    if date := date_in(rest):
        rest = f"{rest[: date.start]} {rest[date.end :]}"
    return _WORDS_AROUND_A_NAME.issuperset(letter_words(rest))


def could_be_name(label: str) -> bool:
    """Return whether the label of a button could be a name, and no action or role."""
    return is_label_of_person(label) and not is_role(label) and strip_prefix(label, REPLY_TO) is None


@lru_cache(maxsize=4096)
def is_role(text: str) -> bool:
    """Return whether a text is a role, such as "Moderator"."""
    return line_key(text) in ROLES
