"""The sentences and clauses of a text, so that what is said of a target can be told from what stands beside it.

A comment often takes two sides in one breath ("NATO talks, but Russia acts"); the clause around a mention is the part
that speaks of it. Readers punctuate carelessly, so a line break ends a sentence, a missing space does not
hide its end, and a comma divides only where both sides are long enough to say something. Punkt is not used: without
its trained tables it knows little more than the list below, and its matching takes quadratic time on hostile text.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise, zip_longest
from operator import itemgetter

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
    r"|\b(?P<contrast>but|while|whereas|although|though|yet|whilst|however|unlike|except|because|even though)\b",
    re.IGNORECASE,
)
_BETWEEN_WORDS = re.compile(r"(?<=[^\W_] )[^\W_]++(?= \S)")
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
    return list(_kept_clauses(text) if len(text) <= _LONGEST_KEPT else _clauses(text))


def _clauses(text: str) -> tuple[Span, ...]:
    return tuple(clause for sentence in split_sentences(text) for clause in _cut_sentence(text, sentence))


_LONGEST_KEPT = 5_000  # characters, so that what is remembered stays small
_kept_clauses = lru_cache(maxsize=2_048)(_clauses)  # sentiment and features ask, for each target


def clauses_around(text: str, mentions: Iterable[Mention]) -> list[Span]:
    """Return the clauses that hold the mentions, in order.

    A clause that is nothing but a name ("NATO? What a joke.") brings the next one.
    """
    return _chosen(text, split_clauses(text), mentions)


def clauses_without(text: str, words: Iterable[Span], mentions: Sequence[Mention]) -> Iterator[list[Span]]:
    """Yield for each of some words the clauses that hold the mentions where it is blanked out.

    Only the sentences around the word are cut again, and those only where it bears on a cut.

    :param words: None of them in a mention.
    """
    ends = [end for _, end in _sentence_ends(text)]
    clauses, sentences = split_clauses(text), _between(text, [0, *ends, len(text)])
    known, uncut = frozenset(ends), frozenset(sentences)
    whole = _chosen(text, clauses, mentions)
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
        changed = clauses[: bisect_left(clauses, bounds[0], key=_START)]
        for sentence in _between(rest, bounds):
            is_same = sentence in uncut and not sentence[0] <= start < sentence[1]
            changed += _within(clauses, sentence) if is_same else _cut_sentence(rest, sentence)
        yield _chosen(rest, changed + clauses[bisect_left(clauses, behind, key=_START) :], mentions)


def _within(clauses: Sequence[Span], sentence: Span) -> Sequence[Span]:
    return clauses[bisect_left(clauses, sentence[0], key=_START) : bisect_left(clauses, sentence[1], key=_START)]


def _steady_words(text: str, sentence: Span, mentions: Iterable[Mention]) -> frozenset[Span]:
    """Find words of a sentence that bear on no cut: between words, and with enough others up to the next marks.

    So no mark is judged by them, no piece becomes too short without one of them, and no name bare.
    """
    if sentence[1] - sentence[0] > _ASIDE:
        return frozenset()
    bounds = [
        sentence[0],
        *(place for mark in _CLAUSE_CUT.finditer(text, *sentence) for place in mark.span()),
        sentence[1],
    ]
    steady: list[Span] = []
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        words = [word.span() for word in _BETWEEN_WORDS.finditer(text, start, end)]
        words = [word for word in words if not any(word[0] < m.end and m.start < word[1] for m in mentions)]
        steady += words if len(words) > _COMMA_WORDS else ()
    return frozenset(steady)


def _chosen(text: str, clauses: Sequence[Span], mentions: Iterable[Mention]) -> list[Span]:
    chosen: set[int] = set()
    for mention in mentions:
        first = max(bisect_left(clauses, mention.start + 1, key=_START) - 1, 0)
        last = max(bisect_left(clauses, mention.end, key=_START) - 1, first)
        chosen.update(range(first, last + 1))
        if last + 1 < len(clauses) and _is_bare(text, clauses[last], mention):
            chosen.add(last + 1)
    return [clauses[index] for index in sorted(chosen) if index < len(clauses)]


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
    return len(_WORD.findall(rest[:_ASIDE])) <= 1
