"""Split texts into sentences and clauses.

A comment often takes two sides ("NATO talks, but Russia acts"), so how it sounds is read from the clause around a
mention. Readers punctuate carelessly: a line break ends a sentence, the space after a full stop may be missing, and a
comma divides only clauses that are long enough. NLTK's Punkt is not used: without its trained tables it knows little
more than the list below, and its matching takes quadratic time on hostile text.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise, zip_longest

from stance.datamodels import Mention, Span
from stance.resources import listed_words

ENGLISH = "en"

_CLAUSE_CUT = re.compile(
    r"(?P<comma>,)(?=\s)|[;—]|:(?=\s)|\s[-–](?=\s)|…|\.\.++"
    r"|\b(?P<contrast>but|while|whereas|although|though|yet|whilst|however|unlike|except|because|even though)\b"
)

# A run of marks is entered at its first mark only, and what it has taken it does not give back: linear time.
_SENTENCE_END = re.compile(
    r"(?<![.!?…])(?P<marks>[.!?…]++)[\"'”’»)\]*_]*+(?=\s|\Z)"  # with a space behind it
    r"|(?<=[a-z][a-z])[.!?](?=[A-Z][a-z])"  # "lied.Then"
    r"|[。！？؟۔।]"  # scripts that write no space
    r"|\n\s*+"
)
_MARK = re.compile(r"[.!?…。！？؟۔।\n]")  # what every end begins with: looked for first, which is faster
_WORD = re.compile(r"\w++(?:['’]\w++)*+")


def split_sentences(text: str) -> list[Span]:
    """Divide a text into sentences, without the space around them."""
    bounds = [0]
    end = 0
    for mark in _MARK.finditer(text):
        if mark.start() >= end and (match := _SENTENCE_END.match(text, mark.start())):
            end = match.end()
            if _ends_sentence(text, match):
                bounds.append(end)
    spans = (_strip(text, start, end) for start, end in pairwise([*bounds, len(text)]))
    return [span for span in spans if span[0] < span[1]]


@lru_cache(maxsize=256)  # asked by the model, and by the sentiment toward the target
def clauses_around(text: str, mentions: tuple[Mention, ...]) -> tuple[Span, ...]:
    """Return the clauses that hold the mentions, in order.

    A clause that is nothing but a name ("NATO? What a joke.") brings the next one.
    """
    sentences, spans = _split_once(text), set[Span]()
    located = [(mention, *_holding(sentences, mention)) for mention in mentions if sentences]
    numbers = sorted({n for _, first, last in located for n in range(first, last + 2)})  # and the sentence behind them
    clauses = [clause for n in numbers for sentence in sentences[n : n + 1] for clause in _cut_once(text, sentence)]
    for mention, *_ in located:
        first, last = _holding(clauses, mention)
        spans.update(clauses[first : last + 1])
        if _is_bare(text, clauses[last], mention):
            spans.update(clauses[last + 1 : last + 2])
    return tuple(sorted(spans))


def _holding(spans: Sequence[Span], mention: Mention) -> Span:
    """Return the numbers of the first and the last of some spans that hold a mention."""
    first = max(bisect_left(spans, (mention.start + 1,)) - 1, 0)
    return first, max(bisect_left(spans, (mention.end,)) - 1, first)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    marks = match["marks"]
    if marks is None:
        return True
    start, end = match.span()
    following = text[end : end + 20].lstrip()
    if end > match.end("marks") and following[:1].islower():  # "Why?" he asked
        return False
    if "!" in marks or "?" in marks:
        return True
    if marks != ".":  # dots that trail off
        return not following[:1].islower()
    before = text[max(0, start - 12) : start]  # room for the longest abbreviation
    return not (before and not before[-1].isspace() and _is_abbreviated(before.split()[-1], following))


@lru_cache(maxsize=10_000)
def _is_abbreviated(word: str, following: str) -> bool:
    """Return whether the full stop behind ``word`` belongs to it."""
    plain = word.strip("\"'“‘([").lower()
    if plain in listed_words("abbreviations"):
        return True
    if plain in listed_words("before_numbers"):
        return following[:1].isdigit()
    if plain.isdecimal():  # German "vom 16. bis zum 17. Mai"
        month = following.partition(" ")[0].strip(".,").lower()
        return following[:1].islower() or month in listed_words("german_months")
    next_word, openers = _WORD.match(following), listed_words("sentence_openers")
    opens = next_word is not None and next_word[0][0].isupper() and next_word[0].lower() in openers
    return plain != "i" and re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", plain) is not None and not opens


def _strip(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return start, max(start, end - len(inner) + len(inner.rstrip()))


def _cut_sentence(text: str, sentence: Span) -> Sequence[Span]:
    """Cut a sentence into clauses; nothing outside it bears on where."""
    cuts = list(_cuts(text[sentence[0] : sentence[1]]))
    bounds = [sentence[0], *(sentence[0] + cut for cut in cuts), sentence[1]]
    return [_strip(text, start, end) for start, end in pairwise(bounds)] if cuts else [sentence]


def _cuts(sentence: str) -> Iterator[int]:
    """Yield where a sentence is cut: behind a mark, before a contrasting word.

    A comma is judged by the pieces up to the next marks on either side, since it may divide a list.
    """
    before, start, end = 0, 0, len(sentence)
    matches = list(_CLAUSE_CUT.finditer(_lowered(sentence)))
    words = [match.start() for match in _WORD.finditer(sentence)] if matches else []
    for match, following in zip_longest(matches, matches[1:]):
        is_comma = match["comma"] is not None
        left = before if is_comma else start
        right = following.start() if is_comma and following else end
        # Minimum number of words on each side of a cut: fewer are an item of a list, an aside or a name.
        enough = 3 if is_comma else 2
        if _count(words, left, match.start()) >= enough and _count(words, match.end(), right) >= enough:
            yield match.start() if match["contrast"] else match.end()
        before = match.end()


def _lowered(text: str) -> str:
    """Lower case at the same length, so that places hold; looking for words in any case takes twice as long."""
    if len(lower := text.lower()) == len(text):
        return lower
    return "".join(low if len(low := letter.lower()) == 1 else letter for letter in text)


def _count(words: Sequence[int], start: int, end: int) -> int:
    return bisect_left(words, end) - bisect_left(words, start)


def _is_bare(text: str, clause: Span, mention: Mention) -> bool:
    # Number of characters of a clause that are searched for words other than a name.
    before = text[clause[0] : max(clause[0], mention.start)][:200]
    return len(_WORD.findall(f"{before} {text[mention.end : min(clause[1], mention.end + 200)]}"[:200])) <= 1


def masked(text: str, part: Span, names: Sequence[tuple[int, int, str]]) -> str:
    """Return a part of a text with a mask in the place of each name within it.

    :param names: Start, end and mask of each, by start; of several that overlap, the first counts.
    """
    pieces, offset = list[str](), part[0]
    for start, end, mask in names[bisect_left(names, part[:1]) : bisect_left(names, part[1:])]:
        if offset <= start and end <= part[1]:
            pieces += [text[offset:start], mask]
            offset = end
    return "".join([*pieces, text[offset : part[1]]])


_split_once = lru_cache(maxsize=16)(split_sentences)  # of the comment that is scored now, for each of its targets
_cut_once = lru_cache(maxsize=64)(_cut_sentence)
