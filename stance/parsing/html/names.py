"""Read names in lines such as "Comment by Ada, 3 May 2014", "Ada says:" or "AL Ada Lind"."""

import re
from functools import lru_cache

from stance.parsing.html.structure import date_in, is_label_of_person
from stance.parsing.languages import BEFORE_DATE, COMMENT_CREDITS, REPLY_TO, ROLES, SAYS
from stance.parsing.line_parts import trim_edges, without_addresses, without_joints
from stance.parsing.lines import letter_words, line_key, strip_prefix

LONGEST_NAME = 80
"""Characters; a longer 'author' is a sentence that a selector hit by accident."""

LONGEST_LINE = 200
"""Characters of a line with a name and a date."""

MOST_DATE_WORDS = 20
"""Of a date; the longest, such as "for more than a few years and eleven months ago", have a dozen."""

_SAYS = re.compile(rf"(?:\s(?:{'|'.join(SAYS)})\s?(?::|\.\.\.|…)?|\s?:)$", re.IGNORECASE)
_VERBS = frozenset(verb.split()[-1] for verb in SAYS)
_CREDIT = re.compile(rf"(?:{'|'.join(COMMENT_CREDITS)}):?\s", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:^|\s)(?:{'|'.join(BEFORE_DATE)})[\s,:]{{0,3}}$", re.IGNORECASE)
_JOINT_AT_END = re.compile(rf"\s?,\s?(?:{'|'.join(BEFORE_DATE)})$", re.IGNORECASE)  # of a date in an element of its own
_WORDS_AROUND_A_NAME = frozenset(word for phrase in (*SAYS, *COMMENT_CREDITS, *BEFORE_DATE) for word in phrase.split())
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
    name = trim_edges(_without_verb(_JOINT_AT_END.sub("", " - ".join([first, *kept]))))
    name = trim_edges(_MEMBER_NUMBER.sub("", _NUMBERED_NAME.sub("", name, count=1) or name))
    name = without_addresses(name)
    return name if 0 < len(name) <= LONGEST_NAME and any(map(str.isalnum, name)) else None


_known_name = lru_cache(maxsize=4096)(_read_name)
"""Of a short line: who comments does so again, on a page and on the next ones."""


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
    if len(line) > LONGEST_LINE or name not in line:
        return False
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
