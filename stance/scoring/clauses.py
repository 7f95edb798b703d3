"""The sentences and clauses of a text, so that what is said of a target can be told from what stands beside it.

A comment often takes two sides in one breath ("NATO talks, but Russia acts"); the clause around a mention is the part
that speaks of it. Readers punctuate carelessly, so a line break ends a sentence, a missing space does not
hide its end, and a comma divides only where both sides are long enough to say something. Punkt is not used: without
its trained tables it knows little more than the list below, and its matching takes quadratic time on hostile text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest

from stance.datamodels import Mention

Span = tuple[int, int]
"""Half-open character offsets into the text."""

# A run of marks is entered at its first mark only, and what it has taken it does not give back: linear time.
_SENTENCE_END = re.compile(
    r"(?<![.!?…])(?P<marks>[.!?…]++)[\"'”’»)\]*_]*+(?=\s|\Z)"  # with a space behind it
    r"|(?<=[a-z][a-z])[.!?](?=[A-Z][a-z])"  # "lied.Then"
    r"|[。！？؟۔।]"  # scripts that write no space
    r"|\n\s*+"
)
_MARK = re.compile(r"[.!?…。！？؟۔।\n]")  # what every end begins with: looked for first, which is faster
_WORD = re.compile(r"\w++(?:['’]\w++)*+")
_LONGEST_ABBREVIATION = 12
_ABBREVIATIONS = frozenset(
    _WORD.findall(
        "adm amb art brig capt cf cmdr col co corp dept dr eg etc fig gen gov hon ie inc jr lt ltd maj messrs mr mrs ms"
        " mt pres prof rep revd rev sec sen sgt sr st supt vs approx est"
    )
)
_BEFORE_NUMBERS = frozenset(("no", "nr", "art", "vol", "pp", "p"))
_DOTTED = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
_SENTENCE_OPENERS = frozenset(
    _WORD.findall(
        "a an and are as at because but did do does for he her his how however i if in is it its let maybe my no not"
        " now of oh ok on or our she so that the their then there these they this those to was we well what when where"
        " who why will yes yet you your"
    )
)
"""Words that, with a capital behind "U.S.", begin a sentence; other capitals there belong to a name."""

_CLAUSE_CUT = re.compile(
    r"(?P<comma>,)(?=\s)|[;—]|:(?=\s)|\s[-–](?=\s)|…|\.\.++"
    r"|\b(?P<contrast>but|while|whereas|although|though|yet|whilst|however|unlike|except|because|even though)\b",
    re.IGNORECASE,
)
_COMMA_WORDS = 3
_CUT_WORDS = 2
"""Words that each side of a cut must have: fewer is an item of a list, an aside or a name, and says nothing alone."""


def split_sentences(text: str) -> list[Span]:
    """Divide a text into sentences, without the space around them."""
    bounds = [0, *_sentence_ends(text), len(text)]
    return [span for start, end in pairwise(bounds) if (span := _strip(text, start, end))[0] < span[1]]


def _sentence_ends(text: str) -> Iterator[int]:
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() >= end and (found := _SENTENCE_END.match(text, mark.start())):
            end = found.end()
            if _ends_sentence(text, found):
                yield end


def split_clauses(text: str) -> list[Span]:
    """Divide a text into clauses: sentences, cut at marks and at contrasting words where both sides say something."""
    return list(_kept_clauses(text) if len(text) <= _LONGEST_KEPT else _clauses(text))


def _clauses(text: str) -> tuple[Span, ...]:
    cut = _kept_pieces if len(text) <= _LONGEST_KEPT else _pieces
    return tuple((start + at, start + to) for start, end in split_sentences(text) for at, to in cut(text[start:end]))


def _pieces(sentence: str) -> tuple[Span, ...]:
    """Cut a sentence: nothing outside it bears on where."""
    return tuple(_cut_sentence(sentence, (0, len(sentence))))


_LONGEST_KEPT = 5_000  # characters, so that what is remembered stays small
_kept_clauses = lru_cache(maxsize=2_048)(_clauses)  # sentiment and features ask, for each target
_kept_pieces = lru_cache(maxsize=2_048)(_pieces)  # texts without one of their words share the other sentences


def clauses_around(text: str, mentions: Iterable[Mention]) -> list[Span]:
    """Return the clauses that hold the mentions, in order.

    A clause that is nothing but a name ("NATO? What a joke.") brings the next one.
    """
    return _chosen(text, split_clauses(text), mentions)


def clauses_without(text: str, word: Span, mentions: Iterable[Mention]) -> list[Span]:
    """Return the clauses that hold the mentions where one word is blanked out."""
    rest = text[: word[0]] + " " * (word[1] - word[0]) + text[word[1] :]
    return _chosen(rest, _clauses(rest), mentions)  # not remembered: nobody asks again


def _chosen(text: str, clauses: Sequence[Span], mentions: Iterable[Mention]) -> list[Span]:
    starts = [start for start, _ in clauses]
    chosen: set[int] = set()
    for mention in mentions:
        first = max(bisect_left(starts, mention.start + 1) - 1, 0)
        last = max(bisect_left(starts, mention.end) - 1, first)
        chosen.update(range(first, last + 1))
        if last + 1 < len(clauses) and _is_bare(text, clauses[last], mention):
            chosen.add(last + 1)
    return [clauses[index] for index in sorted(chosen) if index < len(clauses)]


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    marks = match["marks"]
    if marks is None or "!" in marks or "?" in marks:
        return True
    start, end = match.span()
    following = text[end : end + 20].lstrip()
    if marks != ".":  # dots that trail off
        return not following[:1].islower()
    before = text[max(0, start - _LONGEST_ABBREVIATION) : start]
    return not (before and not before[-1].isspace() and _is_abbreviated(before.split()[-1], following))


@lru_cache(maxsize=10_000)  # texts without one of their words share the other ends
def _is_abbreviated(word: str, following: str) -> bool:
    """Tell whether the full stop behind ``word`` belongs to it."""
    plain = word.strip("\"'“‘([").lower()
    if plain in _ABBREVIATIONS:
        return True
    if plain in _BEFORE_NUMBERS:
        return following[:1].isdigit()
    next_word = _WORD.match(following)
    opens = next_word is not None and next_word[0][0].isupper() and next_word[0].lower() in _SENTENCE_OPENERS
    return plain != "i" and _DOTTED.fullmatch(plain) is not None and not opens


def _strip(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return start, max(start, end - len(inner) + len(inner.rstrip()))


def _cut_sentence(text: str, sentence: Span) -> Iterator[Span]:
    start, end = sentence
    for at in _cuts(text, sentence):
        yield _strip(text, start, at)
        start = at
    yield _strip(text, start, end)


def _cuts(text: str, sentence: Span) -> Iterator[int]:
    """Yield where a sentence is cut: behind a mark, before a contrasting word.

    A comma is judged by the pieces up to the next marks on either side, since it may divide a list.
    """
    start, end = sentence
    before = start
    found = list(_CLAUSE_CUT.finditer(text, start, end))
    words = [match.start() for match in _WORD.finditer(text, start, end)] if found else []
    for match, following in zip_longest(found, found[1:]):
        is_comma = match["comma"] is not None
        left = before if is_comma else start
        right = following.start() if is_comma and following else end
        enough = _COMMA_WORDS if is_comma else _CUT_WORDS
        if _count(words, left, match.start()) >= enough and _count(words, match.end(), right) >= enough:
            start = match.start() if match["contrast"] else match.end()
            yield start
        before = match.end()


def _count(words: Sequence[int], start: int, end: int) -> int:
    return bisect_left(words, end) - bisect_left(words, start)


def _is_bare(text: str, clause: Span, mention: Mention) -> bool:
    rest = text[clause[0] : max(clause[0], mention.start)] + " " + text[mention.end : clause[1]]
    return len(_WORD.findall(rest[:200])) <= 1
