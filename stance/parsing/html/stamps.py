"""Read the dates and names of elements and of lines such as "Ada says:"."""

import re
from datetime import UTC, datetime

from stance.parsing.dates import find_date, is_day, parse_date
from stance.parsing.html.text import Element
from stance.parsing.lines import letter_words
from stance.parsing.name_cleaning import trim_edges, without_addresses, without_joints, without_marks
from stance.parsing.phrases import phrases, words_of_phrases
from stance.resources import remembered

LONGEST_LINE = 200
"""Maximum characters of a line with a name and a date."""

BEFORE_DATE = re.compile(
    rf"(?:^|\s)(?:{'|'.join(phrases('date.before'))})(?:\s(?:{'|'.join(phrases('date.weekdays'))}))?[\s,:]{{0,3}}$",
    re.IGNORECASE,
)

WORDS_AROUND_A_NAME = words_of_phrases("comment.says", "comment.credited", "date.before")

DATE_ATTRIBUTE = re.compile(r"data-(?:[a-z]+-?)?(?:u?time|date|stamp|created|posted|published)", re.IGNORECASE)

EPOCH = re.compile(r"(?:9\d{8}|[1-3]\d{9})(?:\.\d{1,6}|\d{3})?")
"""Pattern of seconds or milliseconds since 1970, from July 1998 on."""

LONGEST_DATE = 60
"""Maximum characters of an element that is a date; a longer one holds other things, too."""

LONGEST_STAMP, MOST_PARTS = 80, 8
"""Maximum characters, and maximum elements in it, of an element that holds a date, perhaps a name, and nothing else."""

_YEAR = re.compile(r"(?:19|20)\d\d")


def is_stamp(element: Element) -> bool:
    """Return whether an element is a time and little else, or a short line such as "8 mo" with a time in its title."""
    if len(element) > MOST_PARTS:
        return False
    line = " ".join("".join(map(str, element.itertext("*"))).split() if len(element) else (element.text or "").split())
    if 1 < len(line) <= LONGEST_STAMP and find_date(line):
        return True
    title = element.get("title", "")[: LONGEST_STAMP + 1]
    is_date = 0 < len(title) <= LONGEST_STAMP and _YEAR.search(title) and parse_date(title)
    return bool(is_date) and 0 < len(line) <= LONGEST_STAMP


_SAYS = re.compile(rf"(?:\s(?:{'|'.join(phrases('comment.says'))})\s?(?::|\.\.\.|…)?|\s?:)$", re.IGNORECASE)

_POST_NUMBER = re.compile(r"^#\s?\d{1,5}(?:$|\s[—–|·•-]\s)")  # alone, or apart from what follows

_CREDIT = re.compile(rf"(?:{'|'.join(phrases('comment.credited'))}):?\s", re.IGNORECASE)


@remembered
def name_in(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    line = _POST_NUMBER.sub("", line, count=1)
    date = find_date(line) if len(line) <= LONGEST_LINE else None
    if date:
        before = without_joints(BEFORE_DATE.sub("", line[: date.start].rstrip(" ,|·•–—-:@#(")))
        line = before if any(map(str.isalnum, before)) else line[date.end :]
    line = trim_edges(line)
    credit = _CREDIT.match(line)
    name = (line[credit.end() :] if credit else line).rstrip(" ,;|")
    name = trim_edges(_SAYS.sub("", name))
    name = without_marks(without_addresses(trim_edges(name)))
    # Maximum characters of a name; a longer 'author' is a sentence that a selector hit by accident.
    is_name = 0 < len(name) <= 80 and any(map(str.isalnum, name)) and not is_day(name)
    return name if is_name else None


def opens_with_credit(line: str) -> bool:
    """Return whether a line begins with such words as "Comment by"."""
    return _CREDIT.match(line) is not None


@remembered
def is_only_date(line: str) -> bool:
    """Return whether a line is a date with words such as "on" at most."""
    date = find_date(line) if len(line) <= LONGEST_LINE else None
    text = f"{line[: date.start]} {line[date.end :]}" if date else line
    return len(line) <= LONGEST_LINE and WORDS_AROUND_A_NAME.issuperset(letter_words(text))


def attribute_date(element: Element) -> str | None:
    """Return the date in the attributes of an element, those first that are made for one; also seconds since 1970."""
    texts = [value for name in ("datetime", "content", "title") if (value := element.get(name))]
    pairs = ((str(name), str(value)) for name, value in element.items())
    texts += [value for name, value in pairs if name == "aria-label" or DATE_ATTRIBUTE.match(name)]
    return next((date for value in texts if (date := epoch_date(value) or parse_date(value))), None)


def epoch_date(value: str) -> str | None:
    """Read seconds or milliseconds since 1970 as ISO 8601; None for other numbers and texts."""
    if not EPOCH.fullmatch(value := value.strip()):
        return None
    seconds = value.partition(".")[0]
    return datetime.fromtimestamp(int(seconds) // (1000 if len(seconds) > 10 else 1), UTC).isoformat()
