"""The sentences and clauses of a text, so that what is said of a target can be told from what stands beside it.

A comment often takes two sides in one breath ("NATO talks, but Russia acts"); the clause around a mention is the part
that speaks of it. Readers punctuate carelessly, so a line break ends a sentence, a missing space does not
hide its end, and a comma divides only where both sides are long enough to say something. Punkt is not used: without
its trained tables it knows little more than the list below, and its matching takes quadratic time on hostile text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from itertools import pairwise, zip_longest
from operator import itemgetter
from typing import NamedTuple

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
_BETWEEN_WORDS = re.compile(r"(?<=[^\W_] )[^\W_]++(?:['’][^\W_]++)*+(?= \S)")
_COMMA_WORDS = 3
_CUT_WORDS = 2
"""Words that each side of a cut must have: fewer is an item of a list, an aside or a name, and says nothing alone."""
_ASIDE = 200
"""Characters of a clause in which there must be other words than a name."""


def split_sentences(text: str) -> list[Span]:
    """Divide a text into sentences, without the space around them."""
    return _between(text, [0, *(end for _, end in _sentence_ends(text)), len(text)])


def _between(text: str, bounds: Iterable[int]) -> list[Span]:
    return [span for start, end in pairwise(bounds) if (span := _strip(text, start, end))[0] < span[1]]


def _sentence_ends(text: str, end: int = 0) -> Iterator[Span]:
    """Yield where the marks that end a sentence begin, and where they end.

    :param end: Where the sentence before ends; what is looked for stands behind it.
    """
    for mark in _MARK.finditer(text, end):
        if mark.start() >= end and (found := _SENTENCE_END.match(text, mark.start())):
            end = found.end()
            if _ends_sentence(text, found):
                yield found.span()


def split_clauses(text: str) -> list[Span]:
    """Divide a text into clauses: sentences, cut at marks and at contrasting words where both sides say something."""
    return [clause for sentence in split_sentences(text) for clause in _cut_sentence(text, sentence)]


class _Divided(NamedTuple):
    """A text in sentences, of which those are cut into clauses that are asked for."""

    text: str
    sentences: Sequence[Span]
    cut: Callable[[Span], Sequence[Span]]  # gives the clauses of a sentence


def _divide(text: str) -> _Divided:
    return _Divided(text, split_sentences(text), cache(partial(_cut_sentence, text)))


_LONGEST_KEPT = 5_000  # characters, so that what is remembered stays small
_kept = lru_cache(maxsize=2_048)(_divide)  # sentiment and features ask, for each target


def _divided(text: str) -> _Divided:
    return _kept(text) if len(text) <= _LONGEST_KEPT else _divide(text)


def clauses_around(text: str, mentions: Iterable[Mention]) -> list[Span]:
    """Return the clauses that hold the mentions, in order.

    A clause that is nothing but a name ("NATO? What a joke.") brings the next one.
    """
    return _chosen(_divided(text), mentions)


def clauses_without(text: str, words: Iterable[Span], mentions: Sequence[Mention]) -> Iterator[list[Span]]:
    """Yield for each of some words the clauses that hold the mentions where it is blanked out.

    Only the sentences around the word are cut again, and those only where it bears on a cut.

    :param words: None of them in a mention.
    """
    ends = [end for _, end in _sentence_ends(text)]
    divided = _divided(text)
    sentences, known = divided.sentences, frozenset(ends)
    whole = _chosen(divided, mentions)
    steady = cache(lambda at: _steady_words(text, sentences[at], mentions))
    for start, end in words:
        if (start, end) in steady(bisect_right(sentences, start, key=_START) - 1):
            yield whole
            continue
        rest = text[:start] + " " * (end - start) + text[end:]
        at = bisect_right(ends, start - _FOLLOWING)
        bounds, behind = [ends[at - 1] if at else 0], len(text)
        for mark, found in _sentence_ends(rest, bounds[0]):
            bounds.append(found)
            if mark >= end + _LONGEST_ABBREVIATION and found in known:
                behind = found
                break
        else:
            bounds.append(len(text))
        before = sentences[: bisect_left(sentences, bounds[0], key=_START)]
        following = sentences[bisect_left(sentences, behind, key=_START) :]
        changed = _between(rest, bounds)
        apart = {span for span in changed if span not in sentences or span[0] <= start < span[1]}
        cut = partial(_cut_apart, divided, rest, apart)
        yield _chosen(_Divided(rest, [*before, *changed, *following], cut), mentions)


def _cut_apart(divided: _Divided, rest: str, apart: Collection[Span], sentence: Span) -> Sequence[Span]:
    """Give the clauses of a sentence: as they were, unless it is one of those that stand apart."""
    return _cut_sentence(rest, sentence) if sentence in apart else divided.cut(sentence)


def _steady_words(text: str, sentence: Span, mentions: Iterable[Mention]) -> frozenset[Span]:
    """Find words of a sentence that bear on no cut: between words, and with enough others up to the next marks.

    So no mark is judged by them, no piece becomes too short without one of them, and no name bare.
    """
    if sentence[1] - sentence[0] > _ASIDE:
        return frozenset()
    marks = _CLAUSE_CUT.finditer(_lowered(text[sentence[0] : sentence[1]]))
    bounds = [sentence[0], *(sentence[0] + place for mark in marks for place in mark.span()), sentence[1]]
    steady: list[Span] = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        words = [word.span() for word in _BETWEEN_WORDS.finditer(text, start, end)]
        words = [word for word in words if not any(word[0] < m.end and m.start < word[1] for m in mentions)]
        steady += words if len(words) > _COMMA_WORDS else ()
    return frozenset(steady)


def _chosen(divided: _Divided, mentions: Iterable[Mention]) -> list[Span]:
    text, sentences, cut = divided
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
    """Give the numbers of the first and the last of some spans in which a mention stands."""
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
