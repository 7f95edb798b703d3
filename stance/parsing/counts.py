"""Read the number of comments that a page states, from all lines that look like a count; the best supported is taken.

A place is a short line with a number beside a comment word ("12 Kommentare", "Comments (12)", "One thought on ..."), or
one that denies comments. No place is a rule: each gets weights for its form, its distance to the comments and the other
places, and places that agree support each other.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise

from stance.parsing.lines import Cues, Line, letter_words, split_lines
from stance.parsing.phrases import UNSPACED, phrases
from stance.resources import formats

_ANSWER_STEMS = phrases("count.answers")
_COMMENT_HEADINGS, _NO_COMMENTS = phrases("section.headings"), phrases("section.empty")
_MORE, _OF, _OLDER, _ONE = (frozenset(phrases(f"count.{name}")) for name in ("more", "of", "older", "one"))


class CountsConstants:
    """Limits and weights of places that state a count."""

    caption = 150  # maximum characters of a place, a headline with the title of the article included
    count = 9_999_999  # maximum; a larger number is an identifier
    places = 400  # maximum number that is compared; a page with more is a list of other pages
    alike = 4  # minimum number of places of one form that make a list of other articles, each with a count
    near = 12  # maximum distance, in lines, of a place that is near the comments
    least = 2.0  # minimum weight of a place; from 2.0 to 3.0 at most two of 153 pages are read differently
    rest = 3.0  # penalty for a number of further comments where no comment was found
    pages = 3  # minimum numbers 1, 2, 3 one behind the other that are links to pages
    breaks = re.compile(r"[.!?|•·;:,]\s|[|•·(\[]")
    """Pattern behind a word: a sentence or a part of a line ends there."""
    noted = 6  # maximum words of a link to further comments


_C = CountsConstants

FURTHER_PAGES, LOAD_MORE, PINGBACKS = "further pages", "load more", "pingbacks counted"
_REASONS = {
    FURTHER_PAGES: "the others are on further pages",
    LOAD_MORE: "the others are loaded on demand",
    PINGBACKS: "its count may include pingbacks",
}


@dataclass(frozen=True, slots=True)
class StatedCount:
    """The number of comments that a page states, and the reason it gives for having fewer of them."""

    count: int
    note: str | None = None
    links: int = 0  # pingbacks, which it may include

    def beside(self, found: int) -> int:
        """Return the number without the pingbacks, if it is larger than that of the comments found."""
        return max(found, self.count - self.links) if found < self.count else self.count


@dataclass(frozen=True, slots=True)
class _Caption:
    """The count that one short text states."""

    count: int
    weight: float
    form: str = ""  # the words beside the number
    is_rest: bool = False  # "20 more comments": to be added to those shown
    line: int = 0
    near: float = 0.0  # the weight of its distance to the comments


# Words ----------------------------------------------------------------------------------------------------------------


def _beside_number() -> Iterator[str]:
    """Yield the words that stand beside the number in headings of all languages."""
    for cue in _COMMENT_HEADINGS:
        words = cue.split()
        if len(words) == 2 and "#" in words:
            yield words[1 - words.index("#")]
        elif 3 <= len(words) <= 4 and words[0] == "#" and words[-1] == "*":
            yield words[1]


_WORDS = frozenset((*_beside_number(), *phrases("count.words"))) - frozenset(phrases("count.other_things"))
_STEMS = tuple(stem for stem in phrases("count.stems") if stem < UNSPACED)
_UNSPACED_STEMS = tuple(stem for stem in phrases("count.stems") if stem > UNSPACED)

_PINGBACK = re.compile(r"\b(?:ping|track)-?backs?\b", re.IGNORECASE)

_LINKING = re.compile(r"(?:ping|track)-?backs?:|\[\s?(?:…|\.\.\.)\s?\]", re.IGNORECASE)
"""The beginning of a pingback, or of the excerpt in it."""

_NUMBER = r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?!\d)|\d+"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})(?P<rest>[.,]\d+)?(?P<k>\s?[kKmM](?![^\W\d_]))?|(?P<word>[^\W\d_]+)")
_DIGIT = re.compile(r"\d")
_OPENINGS = _ONE | {cue.split()[0] for cue in _NO_COMMENTS}

_HEADINGS, _NONE = Cues(_COMMENT_HEADINGS), Cues(_NO_COMMENTS)


@lru_cache(maxsize=8192)
def is_comment_word(word: str) -> bool:
    """Return whether a word in lower case names comments."""
    if word in _WORDS or word.startswith(_STEMS):
        return True
    return len(word) <= 8 and any(stem in word for stem in _UNSPACED_STEMS)


# Votes ----------------------------------------------------------------------------------------------------------------

_LIKES = "|".join(formats()["like"]["votes"].split())
_FACTORS = {
    word: factor
    for name, factor in (("thousands", 1_000), ("ten_thousands", 10_000), ("millions", 1_000_000))
    for word in phrases(f"count.{name}")
}
_COUNTER = re.compile(
    rf"(?:(?:{_LIKES}):? )?(?P<sign>[+−–-]?) ?"
    r"(?P<whole>[1-9]\d{0,2}(?:[.,'’ ]\d{3}){1,3}|[1-9]\d?(?:,\d\d){1,3},\d{3}|\d{1,11})"
    rf"(?:[.,](?P<rest>\d{{1,4}}))? ?(?:(?P<factor>{'|'.join(_FACTORS)})\.?)?(?: ?(?:{_LIKES}))?",
    re.IGNORECASE,
)


def read_count(text: str) -> int | None:
    """Return the number of votes that a text states, as ``1,204``, ``12 345``, ``3,1K``, ``2.3 тыс.``; else None."""
    found = _COUNTER.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    factor = _FACTORS[found["factor"].lower()] if found["factor"] else 1
    whole, rest = found["whole"], found["rest"] or ""
    if factor > 1 and not rest and len(parts := re.split("[.,]", whole)) == 2:
        whole, rest = parts
    number = float(f"{''.join(filter(str.isdecimal, whole))}.{rest}") * factor
    if factor == 1 and not number.is_integer():
        return None
    return round(-number if found["sign"] in ("-", "−", "–") else number)


# Captions -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
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
    found = list(_TOKEN.finditer(text))
    tokens = []
    for place, match in enumerate(found):
        after = found[place + 1].start() if place + 1 < len(found) else len(text)
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
    digits = re.sub(r"\D", "", match["number"])
    if match["k"]:
        value = float(f"{digits}.{match['rest'][1:]}" if match["rest"] else digits)
        return min(_C.count, round(value * (1_000 if match["k"].strip() in "kK" else 1_000_000)))
    if match["rest"]:
        return None
    return int(digits) if int(digits) <= _C.count else None


def _caption(text: str) -> _Caption | None:
    """Read a text as a count of comments; None where it is none, or long."""
    if len(text) > _C.caption or "://" in text:
        return None
    # The mark of a button in the dumps of text browsers.
    text = " ".join((re.sub(r"^\s*\((?:BUTTON|SUBMIT)\)\s*", "", text) if "(" in text else text).split())
    return _short_caption(text)


@lru_cache(maxsize=8192)
def _short_caption(text: str) -> _Caption | None:
    """Read a caption; boxes around one have the same text."""
    words = letter_words(text)
    names_comments = any(map(is_comment_word, words))
    if not names_comments and _OPENINGS.isdisjoint(words):  # as in most
        return None
    line = split_lines(text)[0]
    heading = names_comments and _HEADINGS.match(line)
    if not names_comments or (line.words >= 8 and line.ends_sentence and not heading):
        return _Caption(0, 2.5) if _NONE.match(line) else None
    tokens = _tokens(text)
    found = _counted(tokens) or _one_or_none(line, tokens)
    if found is None:
        return None
    return replace(found, weight=found.weight + (0.5 if heading else 0.0) + (0.5 if len(tokens) <= 4 else 0.0))


def _counted(tokens: list[_Token]) -> _Caption | None:
    """Read "12 comments", "12 reader comments", "comments (12)", "10 of 230 comments"; the closest pair counts."""
    numbers = (place for place, token in enumerate(tokens) if token.number is not None)
    found = (_before_word(tokens, place) or _behind_word(tokens, place) for place in numbers)
    return max(filter(None, found), key=lambda each: each.weight, default=None)


def _before_word(tokens: list[_Token], place: int) -> _Caption | None:
    """Read a number before a comment word, with up to two words between them."""
    token = tokens[place]
    for gap, following in enumerate(tokens[place + 1 : place + 4]):
        if (
            _C.breaks.search(tokens[place + gap].behind + " ")
            or following.number is not None
            or (place > 0 and (token.is_year or gap * token.is_glued))
        ):
            return None
        if is_comment_word(following.word):
            behind = tokens[place + gap + 2 : place + gap + 3]
            if ":" in following.behind and any(each.number is not None for each in behind):
                return None  # "Views: 1341 Comments: 0"
            is_heading = place == 0 and len(tokens) >= gap + 4  # "3 answers to ..."; "3 replies" opens a branch
            answers = following.word.startswith(_ANSWER_STEMS) and not is_heading
            rest = any(between.word in _MORE for between in tokens[place + 1 : place + 1 + gap])
            weight = 3.0 - gap * (not rest) - 1.5 * answers - 1.5 * token.is_glued  # "Ann12 discussions"
            form = f"{'^' * (place == 0)}# {following.word[:5]}"
            return _Caption(token.number or 0, weight, form, rest)
    return None


def _behind_word(tokens: list[_Token], place: int) -> _Caption | None:
    """Read a number directly behind a comment word."""
    token, before = tokens[place], tokens[place - 1] if place else None
    if before is None or not is_comment_word(before.word) or re.search(r"[.!?#@|–]", before.behind):
        return None
    ends = place + 1 == len(tokens) or bool(token.behind.strip())
    if not ends and not _PINGBACK.match(tokens[place + 1].word):
        return None
    if token.is_year and ")" not in token.behind and ":" not in before.behind:  # "Comments 2013"
        return None
    answers = before.word.startswith(_ANSWER_STEMS)
    weight = (3.0 if ")" in token.behind or ":" in before.behind else 2.5) - 1.5 * answers
    behind = pairwise(tokens[place + 1 : place + 4])  # "comments 1 - 25 of 71"
    total = next((end.number for of, end in behind if of.word in _OF and end.number is not None), token.number)
    return _Caption(total or 0, weight, form=f"{before.word[:5]} #")


def _one_or_none(line: Line, tokens: Sequence[_Token]) -> _Caption | None:
    """Read "One comment", "One thought on ...", "No comments yet" and "Be the first to comment"."""
    if _NONE.match(line):
        return _Caption(0, 3.0)
    is_one = len(tokens) > 1 and tokens[0].word in _ONE and is_comment_word(tokens[1].word)
    return _Caption(1, 2.5, form="#") if is_one and (len(tokens) == 2 or _HEADINGS.match(line)) else None


# Choice ---------------------------------------------------------------------------------------------------------------


def stated_in_lines(
    texts: Sequence[str], section: range | None = None, found: int = 0, inside: Collection[int] | None = None
) -> StatedCount | None:
    """Return the number of comments that a page states; None where it states none.

    :param texts: All lines of the page.
    :param section: Those of the comment section, headings included; None where none was found.
    :param found: The number of its comments.
    :param inside: The lines of the comments themselves; by default those below the beginning of the section.
    """
    if inside is None:
        inside = section[_C.near + 1 :] if section else ()
    captions = ((i, _caption(text) or _of_two_lines(texts, i)) for i, text in enumerate(texts) if i not in inside)
    stated = (replace(each, line=i, near=_nearness(i, section)) for i, each in captions if each is not None)
    count = _best([*islice(stated, _C.places)], found, section)
    if count is None:
        return None
    if section is not None:
        texts = texts[max(section.start - _C.near, 0) : section.stop + _C.near]
    return StatedCount(count, _first_note(texts), sum(_LINKING.match(text) is not None for text in texts))


def stated_in_line(line: Line) -> int | None:
    """Return the count of comments that a line states by itself; None where it states none."""
    caption = _caption(line.full)
    is_stated = caption and caption.weight - _C.rest * caption.is_rest >= _C.least
    return caption.count if caption and is_stated else None


def _nearness(number: int, section: range | None) -> float:
    """Return the weight of the distance of a line to the section that was found."""
    if section is None:
        return 0.0
    if number >= section.stop > section.start:
        return 1.0 if number <= section.stop + _C.near else 0.0
    distance = abs(number - section.start)
    return 3.0 - 0.1 * distance if distance <= _C.near else 0.0


def _of_two_lines(texts: Sequence[str], number: int) -> _Caption | None:
    """Read a number that stands alone below, or above, a heading without one."""
    text = texts[number]
    if not text.isascii() or not text.strip("()[] ").isdigit() or len(text) > 9:
        return None
    for other, weight in ((number - 1, 2.5), (number + 1, 2.0)):
        heading = split_lines(texts[other])[0] if 0 <= other < len(texts) else None
        if heading and heading.words <= 3 and not _DIGIT.search(heading.text) and _HEADINGS.match(heading):
            return _Caption(int(text.strip("()[] ")), weight, form="two lines")
    return None


def _best(places: Sequence[_Caption], found: int, section: range | None) -> int | None:
    """Return the count of the place with the most weight, which others of its form or its number change."""
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for place in places:
        for form in {place.form, place.form.removeprefix("^")}:
            numbers[form].append(place.count)
    ranked = list[tuple[float, int, int]]()
    for place in places:
        alike, weight = numbers[place.form], place.weight + place.near
        count = place.count + found * place.is_rest
        if place.is_rest:
            weight -= 1.0 if found else _C.rest
        if len(alike) >= _C.alike - 1 and (len(set(alike)) >= 2 or len(alike) > _C.alike):
            weight -= 1.5 if place.near >= 2.0 else 4.0
        elif not found and section is None and len(set(alike)) > 1:
            weight -= 4.0  # of other articles
        else:
            agreeing = {other.form for other in places if other.count == place.count}
            weight += min(2, len(agreeing - {place.form}))
        if section is not None and not count:
            weight -= 2.0 if place.form else 7.0
        ranked.append((weight, -place.line, count))
    weight, _, count = max(ranked, key=lambda each: each[:2], default=(0.0, 0, 0))
    return count if weight >= _C.least else None


# What is not shown ----------------------------------------------------------------------------------------------------

_PAGE_OF = re.compile(
    rf"^\W{{0,3}}(?:{'|'.join(phrases('count.page'))})?\W{{0,3}}\d{{1,4}}\s*(?:{'|'.join(_OF)}|/)\s*(\d{{1,4}})\W{{0,3}}$",
    re.IGNORECASE,
)


def _first_note(texts: Sequence[str]) -> str | None:
    """Return the strongest of the reasons in some lines; numbers of pages one behind the other are one."""
    last = run = 0
    for page in (int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0 for text in texts):
        if page != last:  # an item of a list and the link in it have the same number
            run = run + 1 if page == last + 1 and (run or page <= 2) else int(page in (1, 2))
            last = page
        if run == _C.pages:
            return FURTHER_PAGES
    notes = set(map(_note_of, set(texts)))
    return next((note for note in _REASONS if note in notes), None)


def _note_of(text: str) -> str | None:
    """Return the reason that one short text is for: a link to other comments, or a pingback."""
    if not text or len(text) > _C.caption:
        return None
    words = text.lower().split(None, _C.noted)
    if len(words) <= _C.noted and any(map(is_comment_word, words)):
        page = _PAGE_OF.match(text)
        if (page and int(page[1]) > 1) or not _OLDER.isdisjoint(words):
            return FURTHER_PAGES
        if not _MORE.isdisjoint(words):
            return LOAD_MORE
    return PINGBACKS if "back" in text.lower() and _PINGBACK.search(text) else None


def explain_difference(stated: StatedCount | None, found: int) -> str | None:
    """Return a sentence with both numbers and the reason; None where they are equal or no number is stated."""
    if stated is None or stated.beside(found) == found:
        return None
    are = "was" if found == 1 else "were"
    states = f"the page states {stated.count} comment{'s' * (stated.count != 1)}, {found} {are} found"
    if found > stated.count:
        return f"{states}; its count may leave out answers"
    if stated.note is not None and (stated.note != PINGBACKS or stated.count <= 2 * found):
        return f"{states}; {_REASONS[stated.note]}"
    return states
