"""Read a short line as a count of comments: "12 Kommentare", "Comments (12)",  "No comments yet"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from stance.datamodels import frozen
from stance.parsing.lines import Line, cues, letter_words, split_lines
from stance.parsing.phrases import UNSPACED, phrase_set, phrases
from stance.parsing.votes import FACTORS, read_count

CAPTION = 150  # maximum characters of a place, a headline with the title of the article included

COUNT = 9_999_999  # maximum; a larger number is an identifier


@frozen
class Caption:
    """The count that one short text states."""

    count: int
    weight: float
    form: str = ""  # the words beside the number
    is_rest: bool = False  # "20 more comments": to be added to those shown
    line: int = 0
    near: float = 0.0  # the weight of its distance to the comments


def _beside_number() -> Iterator[str]:
    """Yield the words that stand beside the number in headings of all languages."""
    for cue in phrases("section.headings"):
        words = cue.split()
        if len(words) == 2 and "#" in words:
            yield words[1 - words.index("#")]
        elif 3 <= len(words) <= 4 and words[0] == "#" and words[-1] == "*":
            yield words[1]


_WORDS = frozenset((*_beside_number(), *phrases("count.words"))) - frozenset(phrases("count.other_things"))

_STEMS = tuple(stem for stem in phrases("count.stems") if stem < UNSPACED)

_UNSPACED_STEMS = tuple(stem for stem in phrases("count.stems") if stem > UNSPACED)

PINGBACK = re.compile(r"\b(?:ping|track)-?backs?\b", re.IGNORECASE)

_NUMBER = r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?!\d)|\d+"

_FACTORS = "|".join(word for word in FACTORS if word in "km" or (1 < len(word) < 5 and word < UNSPACED))

_TOKEN = re.compile(
    rf"(?P<number>{_NUMBER})(?P<rest>[.,]\d+)?(?P<k>\s?(?:{_FACTORS})(?![^\W\d_])\.?|[千万萬천만])?|(?P<word>[^\W\d_]+)",
    re.IGNORECASE,
)

_OPENINGS = phrase_set("count.one") | {cue.split()[0] for cue in phrases("section.empty")}


@lru_cache(maxsize=8192)
def is_comment_word(word: str) -> bool:
    """Return whether a word in lower case names comments."""
    if word in _WORDS or word.startswith(_STEMS):
        return True
    return len(word) <= 8 and any(stem in word for stem in _UNSPACED_STEMS)


@frozen
class _Token:
    """A number or a word of a caption, and the signs behind it."""

    number: int | None
    word: str
    behind: str
    is_year: bool
    is_glued: bool = False  # to the word before it, as in "Ann12" and "Comments12"


def _tokens(text: str) -> list[_Token]:
    """Split a short text into its words and its whole numbers; parts of dates, times and prices are words."""
    text = re.sub(r"^\W{0,2}(\d{1,3}(?: \d{3})+)(?= [^\W\d_])", lambda match: match[0].replace(" ", ""), text)
    parts = list(_TOKEN.finditer(text))
    tokens = []
    for index, match in enumerate(parts):
        after = parts[index + 1].start() if index + 1 < len(parts) else len(text)
        number = None if match["word"] else _number(text, match)
        is_year = bool(match["number"]) and len(match["number"]) == 4 and 1980 <= int(match["number"]) <= 2040
        glued = match.start() > 0 and text[match.start() - 1].isalpha()
        tokens.append(_Token(number, (match["word"] or "").lower(), text[match.end() : after], is_year, glued))
    return tokens


def _number(text: str, match: re.Match[str]) -> int | None:
    """Return the number that was matched; None where it is a part of a date, time, price, decimal or identifier."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 2]
    if before and before in "/:.,€$£#@+" and text[match.start() - 2 : match.start() - 1].strip():
        return None
    if after[:1] in ("%", "€", "$", "°") or (after[:1] in ("/", ":", ".") and after[1:].isdigit()):
        return None
    if match["k"]:
        return min(COUNT, read_count(match[0]) or 0) or None
    if match["rest"]:
        return None
    digits = re.sub(r"\D", "", match["number"])
    return int(digits) if int(digits) <= COUNT else None


def read_caption(text: str) -> Caption | None:
    """Read a text as a count of comments; None where it is none, or long."""
    if len(text) > CAPTION or "://" in text:
        return None
    # The mark of a button in the dumps of text browsers.
    text = " ".join((re.sub(r"^\s*\((?:BUTTON|SUBMIT)\)\s*", "", text) if "(" in text else text).split())
    return _short_caption(text)


@lru_cache(maxsize=8192)
def _short_caption(text: str) -> Caption | None:
    """Read a caption; boxes around one have the same text."""
    words = letter_words(text)
    names_comments = any(map(is_comment_word, words))
    if not names_comments and _OPENINGS.isdisjoint(words):  # as in most
        return None
    line = split_lines(text)[0]
    heading = names_comments and cues("section.headings").match(line)
    if not names_comments or (line.words >= 8 and line.ends_sentence and not heading):
        return Caption(0, 2.5) if cues("section.empty").match(line) else None
    tokens = _tokens(text)
    count = _counted(tokens) or _one_or_none(line, tokens)
    if count is None:
        return None
    return replace(count, weight=count.weight + (0.5 if heading else 0.0) + (0.5 if len(tokens) <= 4 else 0.0))


def _counted(tokens: list[_Token]) -> Caption | None:
    """Read "12 comments", "12 reader comments", "comments (12)", "10 of 230 comments"; the closest pair counts."""
    numbers = (index for index, token in enumerate(tokens) if token.number is not None)
    pairs = (_before_word(tokens, index) or _behind_word(tokens, index) for index in numbers)
    return max(filter(None, pairs), key=lambda pair: pair.weight, default=None)


def _before_word(tokens: list[_Token], index: int) -> Caption | None:
    """Read a number before a comment word, with up to two words between them."""
    token = tokens[index]
    for gap, following in enumerate(tokens[index + 1 : index + 4]):
        # Pattern behind a word: a sentence or a part of a line ends there.
        if (
            re.search(r"[.!?|•·;:,]\s|[|•·(\[]", tokens[index + gap].behind + " ")
            or following.number is not None
            or (index > 0 and (token.is_year or gap * token.is_glued))
        ):
            return None
        if is_comment_word(following.word):
            behind = tokens[index + gap + 2 : index + gap + 3]
            if ":" in following.behind and any(next_token.number is not None for next_token in behind):
                return None  # "Views: 1341 Comments: 0"
            is_heading = index == 0 and len(tokens) >= gap + 4  # "3 answers to ..."; "3 replies" opens a branch
            answers = following.word.startswith(phrases("count.answers")) and not is_heading
            more = any(between.word in phrase_set("count.more") for between in tokens[index + 1 : index + 1 + gap])
            weight = 3.0 - gap * (not more) - 1.5 * answers - 1.5 * token.is_glued  # "Ann12 discussions"
            form = f"{'^' * (index == 0)}# {following.word[:5]}"
            return Caption(token.number or 0, weight, form, more)
    return None


def _behind_word(tokens: list[_Token], index: int) -> Caption | None:
    """Read a number directly behind a comment word."""
    token, before = tokens[index], tokens[index - 1] if index else None
    if before is None or not is_comment_word(before.word) or re.search(r"[.!?#@|–]", before.behind):
        return None
    ends = index + 1 == len(tokens) or bool(token.behind.strip()) or tokens[index + 1].word in ("件", "条", "條", "개")
    if not ends:
        return None
    if token.is_year and ")" not in token.behind and ":" not in before.behind:  # "Comments 2013"
        return None
    answers = before.word.startswith(phrases("count.answers"))
    weight = (3.0 if ")" in token.behind or ":" in before.behind else 2.5) - 1.5 * answers
    behind = pairwise(tokens[index + 1 : index + 4])  # "comments 1 - 25 of 71"
    totals = (end.number for of, end in behind if of.word in phrase_set("count.of"))
    total = next(totals, token.number)
    return Caption(total or 0, weight, form=f"{before.word[:5]} #")


def _one_or_none(line: Line, tokens: Sequence[_Token]) -> Caption | None:
    """Read "One comment", "One thought on ...", "No comments yet" and "Be the first to comment"."""
    if cues("section.empty").match(line):
        return Caption(0, 3.0)
    is_one = len(tokens) > 1 and tokens[0].word in phrase_set("count.one") and is_comment_word(tokens[1].word)
    return Caption(1, 2.5, form="#") if is_one and (len(tokens) == 2 or cues("section.headings").match(line)) else None
