"""Split texts into sentences, clauses and folded words.

A comment often takes two sides ("NATO talks, but Russia acts"), so stance is read from the clause around a mention.
Readers punctuate carelessly: a line break ends a sentence, the space after a full stop may be missing, and a comma
divides only clauses that are long enough. NLTK's Punkt is not used: without its trained tables it knows little more
than the list below, and its matching takes quadratic time on hostile text.
"""

import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from itertools import pairwise, zip_longest
from operator import itemgetter
from typing import NamedTuple

from stance.datamodels import Mention
from stance.resources import CUES
from stance.scoring.automaton import BREAK

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
_LONGEST_ABBREVIATION, _FOLLOWING = 12, 20
"""Characters before a full stop, and behind it, on which it depends whether it ends a sentence."""
_START = itemgetter(0)
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
    r"|\b(?P<contrast>but|while|whereas|although|though|yet|whilst|however|unlike|except|because|even though)\b"
)
_COMMA_WORDS = 3
_CUT_WORDS = 2
"""Words that each side of a cut must have: fewer is an item of a list, an aside or a name, and says nothing alone."""
_ASIDE = 200
"""Characters of a clause in which there must be other words than a name."""


def split_sentences(text: str) -> list[Span]:
    """Divide a text into sentences, without the space around them."""
    return _stripped(text, [0, *_sentence_ends(text), len(text)])


def _stripped(text: str, bounds: Iterable[int]) -> list[Span]:
    return [span for start, end in pairwise(bounds) if (span := _strip(text, start, end))[0] < span[1]]


def _sentence_ends(text: str) -> Iterator[int]:
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() >= end and (found := _SENTENCE_END.match(text, mark.start())):
            end = found.end()
            if _ends_sentence(text, found):
                yield end


def split_clauses(text: str) -> list[Span]:
    """Split a text into clauses: sentences, cut at marks and contrasting words between parts with content words."""
    return [clause for sentence in split_sentences(text) for clause in _cut_sentence(text, sentence)]


class _Divided(NamedTuple):
    """A text in sentences, of which those are cut into clauses that are asked for."""

    sentences: Sequence[Span]
    cut: Callable[[Span], Sequence[Span]]  # returns the clauses of a sentence


def _divide(text: str) -> _Divided:
    return _Divided(split_sentences(text), cache(partial(_cut_sentence, text)))


_LONGEST_KEPT = 5_000  # characters, so that the cache stays small
_cached_divide = lru_cache(maxsize=2_048)(_divide)  # sentiment and features ask, for each target


def clauses_around(text: str, mentions: Iterable[Mention]) -> list[Span]:
    """Return the clauses that hold the mentions, in order.

    A clause that is nothing but a name ("NATO? What a joke.") brings the next one.
    """
    sentences, cut = _cached_divide(text) if len(text) <= _LONGEST_KEPT else _divide(text)
    chosen: set[Span] = set()
    for mention in mentions if sentences else ():
        first, last = _holding(sentences, mention)
        clauses = [clause for sentence in sentences[first : last + 1] for clause in cut(sentence)]
        further = sentences[last + 1 : last + 2]
        first, last = _holding(clauses, mention)
        chosen.update(clauses[first : last + 1])
        if _is_bare(text, clauses[last], mention):
            following = clauses[last + 1 :] or [clause for sentence in further for clause in cut(sentence)]
            chosen.update(following[:1])
    return sorted(chosen)


def _holding(spans: Sequence[Span], mention: Mention) -> Span:
    """Return the numbers of the first and the last of some spans in which a mention stands."""
    first = max(bisect_left(spans, mention.start + 1, key=_START) - 1, 0)
    return first, max(bisect_left(spans, mention.end, key=_START) - 1, first)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    marks = match["marks"]
    if marks is None or "!" in marks or "?" in marks:
        return True
    start, end = match.span()
    following = text[end : end + _FOLLOWING].lstrip()
    if marks != ".":  # dots that trail off
        return not following[:1].islower()
    before = text[max(0, start - _LONGEST_ABBREVIATION) : start]
    return not (before and not before[-1].isspace() and _is_abbreviated(before.split()[-1], following))


@lru_cache(maxsize=10_000)
def _is_abbreviated(word: str, following: str) -> bool:
    """Return whether the full stop behind ``word`` belongs to it."""
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


def _cut_sentence(text: str, sentence: Span) -> Sequence[Span]:
    """Cut a sentence into clauses; nothing outside it bears on where."""
    cuts = list(_cuts(text[sentence[0] : sentence[1]]))
    bounds = [sentence[0], *(sentence[0] + at for at in cuts), sentence[1]]
    return [_strip(text, start, end) for start, end in pairwise(bounds)] if cuts else [sentence]


def _cuts(sentence: str) -> Iterator[int]:
    """Yield where a sentence is cut: behind a mark, before a contrasting word.

    A comma is judged by the pieces up to the next marks on either side, since it may divide a list.
    """
    before, start, end = 0, 0, len(sentence)
    found = list(_CLAUSE_CUT.finditer(_lowered(sentence)))
    words = [match.start() for match in _WORD.finditer(sentence)] if found else []
    for match, following in zip_longest(found, found[1:]):
        is_comma = match["comma"] is not None
        left = before if is_comma else start
        right = following.start() if is_comma and following else end
        enough = _COMMA_WORDS if is_comma else _CUT_WORDS
        if _count(words, left, match.start()) >= enough and _count(words, match.end(), right) >= enough:
            start = match.start() if match["contrast"] else match.end()
            yield start
        before = match.end()


def _lowered(text: str) -> str:
    """Lower case at the same length, so that places hold; looking for words in any case takes twice as long."""
    lower = text.lower()
    return (
        lower if len(lower) == len(text) else "".join(low if len(low := char.lower()) == 1 else char for char in text)
    )


def _count(words: Sequence[int], start: int, end: int) -> int:
    return bisect_left(words, end) - bisect_left(words, start)


def _is_bare(text: str, clause: Span, mention: Mention) -> bool:
    rest = text[clause[0] : max(clause[0], mention.start)] + " " + text[mention.end : clause[1]]
    return len(_WORD.findall(rest[:_ASIDE])) <= 1


# Folded words, as cues are written ----------------------------------------------------------------------------------

_FOLD = str.maketrans("‘’ʼ＇`´“”„«»", "''''''\"\"\"\"\"")
_WORD_OR_MARK = re.compile(
    r"((?:[a-z]\.){2,})|([.!?]+|\n)"
    r"|\d+%|#\d+|[^\W_]+(?:'[^\W_]+)*|[=\u2190-\u2bff\U0001f000-\U0001faff]"
)
_ABBREVIATION = 1  # the group that an abbreviation is in; marks are in the other
_QUOTE = re.compile(r'["“”„«»\n]')


def load_phrases(part: str) -> dict[str, tuple[str, ...]]:
    """Read a table of words by which rules work: each name with its words in order."""
    table = tomllib.loads((CUES / "words.toml").read_text(encoding="utf-8"))[part]
    return {name: tuple(words.split()) for name, words in table.items()}


def load_words(part: str) -> dict[str, frozenset[str]]:
    """Read lists of words by which rules work: each name with its words."""
    return {name: frozenset(words) for name, words in load_phrases(part).items()}


_FUNCTION_WORDS = load_words("function")["words"]

_MOST_PIECES, _LONGEST_PIECE = 50_000, 30
"""Pieces of texts that are cached with their words, and the characters of one: most of them come again."""


class Words(NamedTuple):
    """The words of a text; the one at place ``k`` stands at ``text[starts[k]:ends[k]]``."""

    texts: Sequence[str]  # folded; BREAK at the end of a sentence
    starts: Sequence[int]
    ends: Sequence[int]
    breaks: Sequence[int]  # the places of BREAK


def tokenize(text: str) -> Words:
    """Cut a text into folded words, with :data:`BREAK` where a sentence ends."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    at = 0
    for piece in _fold(text).split(" "):
        for word, start, end in _PIECES[piece]:
            if word == BREAK:
                if not texts or texts[-1] == BREAK:
                    continue
                breaks.append(len(texts))
            texts.append(word)
            starts.append(at + start)
            ends.append(at + end)
        at += len(piece) + 1
    return Words(texts, starts, ends, breaks)


class _Pieces(dict[str, tuple[tuple[str, int, int], ...]]):
    """A piece between two blanks -> its words, with their places in it; nothing outside it bears on them."""

    def __missing__(self, piece: str) -> tuple[tuple[str, int, int], ...]:
        words = tuple(_cut(piece))
        if len(self) >= _MOST_PIECES:
            self.clear()
        if len(piece) <= _LONGEST_PIECE:
            self[piece] = words
        return words


_PIECES = _Pieces()


def _cut(piece: str) -> Iterator[tuple[str, int, int]]:
    for found in _WORD_OR_MARK.finditer(piece):
        word, (start, end), kind = found[0], found.span(), found.lastindex
        if kind == _ABBREVIATION:
            word = word.replace(".", "")
        elif kind:
            if word == "." and end < len(piece) and not piece[end].isspace():
                continue
            word = BREAK
        yield word, start, end


def says_something(word: str) -> bool:
    """Return whether a folded word is a content word: no function word, no single letter."""
    return len(word) > 1 and word not in _FUNCTION_WORDS


def quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Find other people's words: three or more between double quotation marks."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for found in _QUOTE.finditer(text):
        at = found.start()
        if found.group() == "\n":
            opened = -1
        elif opened >= 0 and text.count(" ", opened, at) >= 2:
            spans.append((opened, at + 1))
            opened = -1
        else:
            opened = at
    return tuple(spans)


def _fold(text: str) -> str:
    """Lower case and plain quotation marks, at the same length, so that spans hold."""
    if text.isascii():
        return text.lower().replace("`", "'")
    plain = text.translate(_FOLD)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(char if len(char) == 1 else " " for char in map(str.lower, plain))
