"""Split texts into sentences, clauses, folded words and stems, and find the context of a cue among them.

A comment often takes two sides ("NATO talks, but Russia acts"), so stance is read from the clause around a mention.
Readers punctuate carelessly: a line break ends a sentence, the space after a full stop may be missing, and a comma
divides only clauses that are long enough. NLTK's Punkt is not used: without its trained tables it knows little more
than the list below, and its matching takes quadratic time on hostile text.
"""

import re
import sys
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.util import find_spec
from itertools import compress, pairwise, zip_longest
from operator import itemgetter
from types import ModuleType
from typing import Any, NamedTuple

from stance.datamodels import Mention
from stance.resources import CUES, OTHER_LANGUAGES, shipped_toml
from stance.scoring.patterns import BREAK, Token


class ClausesConstants:
    """Constants of this module."""

    longest_abbreviation = 12
    following = 20
    """Numbers of characters before and behind a full stop that decide whether it ends a sentence."""
    start = itemgetter(0)
    dotted = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")
    clause_cut = r"(?P<comma>,)(?=\s)|[;—]|:(?=\s)|\s[-–](?=\s)|…|\.\.++|\b(?P<contrast>{})\b"
    fold = str.maketrans("‘’ʼ＇`´“”„«»", "''''''\"\"\"\"\"")
    word_or_mark = re.compile(
        r"(?:[a-z]\.){2,}|[.!?]+|\n"
        r"|\d+%|#\d+|[^\W_]+(?:'[^\W_]+)*|[=\u2190-\u2bff\U0001f000-\U0001faff]"
    )
    quote = re.compile(r'["“”„«»\n]')
    denial_reach = 12
    """Maximum number of words, behind it or before it, that a denial bears on."""
    window = 7
    """Number of words on both sides of a denial that are searched for a cue with the denial in it."""
    pattern_word = re.compile(r"(?:[^\W\d_A-Z]|')+")
    reach = 8
    """Number of words before a cue, in its sentence, that decide its circumstances."""
    stemmed_word = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")
    # Turkish adds endings one behind the other: number, possession, case, and those of verbs. nltk has no stemmer
    # for it.
    turkish_endings = re.compile(
        r"(?:l[ae]r|(?:s?[ıiuü]|[ıiuü]m[ıiuü]z|[ıiuü]n[ıiuü]z)|n?[ıiuü]n|[dt][ae]n?|y?l[ae]|n?[ae]|y?[ıiuü]|k[iı]"
        r"|m[ae]k|m[ıiuü]ş|[dt][ıiuü](?:k|m|n)?|[ae]c[ae][kğ]|[ıiuüae]?yor|s[ae]|m[ae])$"
    )


_C = ClausesConstants


Span = tuple[int, int]
"""Half-open character offsets into the text."""

ENGLISH = "en"

# A run of marks is entered at its first mark only, and what it has taken it does not give back: linear time.
_SENTENCE_END = re.compile(
    r"(?<![.!?…])(?P<marks>[.!?…]++)[\"'”’»)\]*_]*+(?=\s|\Z)"  # with a space behind it
    r"|(?<=[a-z][a-z])[.!?](?=[A-Z][a-z])"  # "lied.Then"
    r"|[。！？؟۔।]"  # scripts that write no space
    r"|\n\s*+"
)
_MARK = re.compile(r"[.!?…。！？؟۔।\n]")  # what every end begins with: looked for first, which is faster
_WORD = re.compile(r"\w++(?:['’]\w++)*+")
_ABBREVIATIONS = frozenset(
    _WORD.findall(
        "adm amb art brig capt cf cmdr col co corp dept dr eg etc fig gen gov hon ie inc jr lt ltd maj messrs mr mrs ms"
        " mt pres prof rep revd rev sec sen sgt sr st supt vs approx est"
        " abs abb bzw evtl ggf inkl mio mrd vgl mme mlle sra avda dhr mevr тыс млн млрд руб ул им"
    )
)
_BEFORE_NUMBERS = frozenset(
    _WORD.findall("no nr art bd tel vol pp p jan feb mar apr jun jul aug sep sept oct okt nov dec dez")
)
_MONTHS = frozenset(
    _WORD.findall("Januar Jänner Februar März April Mai Juni Juli August September Oktober November Dezember")
)
_SENTENCE_OPENERS = frozenset(
    _WORD.findall(
        "a an and are as at because but did do does for he her his how however i if in is it its let maybe my no not"
        " now of oh ok on or our she so that the their then there these they this those to was we well what when where"
        " who why will yes yet you your"
    )
)
"""Words that, with a capital behind "U.S.", begin a sentence; other capitals there belong to a name."""

_ENGLISH_CUT = re.compile(
    _C.clause_cut.format("but|while|whereas|although|though|yet|whilst|however|unlike|except|because|even though")
)


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


class LanguageRules(NamedTuple):
    """Words of a language other than English by which rules work, from ``data/cues/<code>/words.toml``."""

    before: frozenset[str]  # deny the words behind them
    after: frozenset[str]  # deny the words before them
    only: frozenset[str]  # behind a denial that denies nothing: "not only"
    contrast: frozenset[str]  # with which another clause begins
    function: frozenset[str]  # mean nothing to a reader when they are shown alone
    cut: re.Pattern[str]  # where a sentence is cut into clauses


def rules_in(language: str) -> LanguageRules | None:
    """Return the rules of a language; None for English, which has finer rules, and for languages without rules."""
    return _read_rules(language) if language in OTHER_LANGUAGES else None


@cache
def _read_rules(language: str) -> LanguageRules:
    table = shipped_toml(CUES / language / "words.toml")
    denials = {name: frozenset(table["denials"][name].split()) for name in ("before", "after", "only")}
    contrast = frozenset(table["clauses"]["contrast"].split())
    cut = re.compile(_C.clause_cut.format("|".join(sorted(map(re.escape, contrast)))))
    return LanguageRules(**denials, contrast=contrast, function=frozenset(table["function"]["words"].split()), cut=cut)


def clauses_around(text: str, mentions: Iterable[Mention], language: str = ENGLISH) -> list[Span]:
    """Return the clauses that hold the mentions, in order.

    A clause that is nothing but a name ("NATO? What a joke.") brings the next one.
    """
    sentences, chosen = _split_once(text), set[Span]()
    for mention in mentions if sentences else ():
        first, last = _holding(sentences, mention)
        clauses = [clause for sentence in sentences[first : last + 1] for clause in _cut_once(text, language, sentence)]
        further = sentences[last + 1 : last + 2]
        first, last = _holding(clauses, mention)
        chosen.update(clauses[first : last + 1])
        if _is_bare(text, clauses[last], mention):
            following = clauses[last + 1 :] or [
                clause for sentence in further for clause in _cut_once(text, language, sentence)
            ]
            chosen.update(following[:1])
    return sorted(chosen)


def _holding(spans: Sequence[Span], mention: Mention) -> Span:
    """Return the numbers of the first and the last of some spans that hold a mention."""
    first = max(bisect_left(spans, mention.start + 1, key=_C.start) - 1, 0)
    return first, max(bisect_left(spans, mention.end, key=_C.start) - 1, first)


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    marks = match["marks"]
    if marks is None:
        return True
    start, end = match.span()
    following = text[end : end + _C.following].lstrip()
    if end > match.end("marks") and following[:1].islower():  # "Why?" he asked
        return False
    if "!" in marks or "?" in marks:
        return True
    if marks != ".":  # dots that trail off
        return not following[:1].islower()
    before = text[max(0, start - _C.longest_abbreviation) : start]
    return not (before and not before[-1].isspace() and _is_abbreviated(before.split()[-1], following))


@lru_cache(maxsize=10_000)
def _is_abbreviated(word: str, following: str) -> bool:
    """Return whether the full stop behind ``word`` belongs to it."""
    plain = word.strip("\"'“‘([").lower()
    if plain in _ABBREVIATIONS:
        return True
    if plain in _BEFORE_NUMBERS:
        return following[:1].isdigit()
    if plain.isdecimal():  # German "vom 16. bis zum 17. Mai"
        return following[:1].islower() or following.partition(" ")[0].strip(".,") in _MONTHS
    next_word = _WORD.match(following)
    opens = next_word is not None and next_word[0][0].isupper() and next_word[0].lower() in _SENTENCE_OPENERS
    return plain != "i" and _C.dotted.fullmatch(plain) is not None and not opens


def _strip(text: str, start: int, end: int) -> Span:
    inner = text[start:end]
    start += len(inner) - len(inner.lstrip())
    return start, max(start, end - len(inner) + len(inner.rstrip()))


def _cut_sentence(text: str, language: str, sentence: Span) -> Sequence[Span]:
    """Cut a sentence into clauses; nothing outside it bears on where."""
    rules = rules_in(language)
    cuts = list(_cuts(text[sentence[0] : sentence[1]], rules.cut if rules else _ENGLISH_CUT))
    bounds = [sentence[0], *(sentence[0] + at for at in cuts), sentence[1]]
    return [_strip(text, start, end) for start, end in pairwise(bounds)] if cuts else [sentence]


def _cuts(sentence: str, pattern: re.Pattern[str]) -> Iterator[int]:
    """Yield where a sentence is cut: behind a mark, before a contrasting word.

    A comma is judged by the pieces up to the next marks on either side, since it may divide a list.
    """
    before, start, end = 0, 0, len(sentence)
    found = list(pattern.finditer(_lowered(sentence)))
    words = [match.start() for match in _WORD.finditer(sentence)] if found else []
    for match, following in zip_longest(found, found[1:]):
        is_comma = match["comma"] is not None
        left = before if is_comma else start
        right = following.start() if is_comma and following else end
        # Minimum number of words on each side of a cut: fewer are an item of a list, an aside or a name.
        enough = 3 if is_comma else 2
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
    # Number of characters of a clause that are searched for words other than a name.
    return len(_WORD.findall(rest[:200])) <= 1


_split_once = lru_cache(maxsize=16)(split_sentences)  # of the comment that is scored now, for each of its targets
_cut_once = lru_cache(maxsize=64)(_cut_sentence)


# Folded words, as cues are written ---------------------------------------------------------------------------------

_MARKS = ".!?\n"


def load_words(part: str) -> dict[str, tuple[str, ...]]:
    """Read a table of words by which rules work: each name with its words in order."""
    return {name: tuple(words.split()) for name, words in _word_tables()[part].items()}


@cache
def _word_tables() -> dict[str, dict[str, str]]:
    return shipped_toml(CUES / "words.toml")


_FUNCTION_WORDS = frozenset(load_words("function")["words"])


class Words(NamedTuple):
    """The words of a text; the one at place ``k`` is ``text[starts[k]:ends[k]]``."""

    texts: Sequence[str]  # folded; BREAK at the end of a sentence
    starts: Sequence[int]
    ends: Sequence[int]
    breaks: Sequence[int]  # the places of BREAK


def tokenize(text: str) -> Words:
    """Cut a text into folded words, with :data:`BREAK` where a sentence ends."""
    folded = _fold(text)
    spans = [found.span() for found in _C.word_or_mark.finditer(folded)]
    texts = [folded[start:end] for start, end in spans]
    breaks: list[int] = []
    left_out: set[int] = set()
    at, is_broken = -1, True  # the last mark, and whether a sentence ended before it
    for place in [place for place, word in enumerate(texts) if word[-1] in _MARKS]:
        is_broken = is_broken and place == at + 1
        at, word, end = place, texts[place], spans[place][1]
        if word[0].isalpha():
            texts[place], is_broken = word.replace(".", ""), False
        elif is_broken or (word == "." and not folded[end : end + 1].isspace() and end < len(folded)):
            left_out.add(place)
        else:
            texts[place], is_broken = BREAK, True
            breaks.append(place - len(left_out))
    if left_out:
        spans = [span for place, span in enumerate(spans) if place not in left_out]
        texts = [word for place, word in enumerate(texts) if place not in left_out]
    return Words(texts, [start for start, _ in spans], [end for _, end in spans], breaks)


def cached_by_word(function: Callable[[str], str]) -> Callable[[str], str]:
    """Cache a function of words, for a bounded number of words of bounded length."""
    cached = lru_cache(maxsize=50_000)(function)
    return lambda word: cached(word) if len(word) <= 30 else function(word)


def is_content_word(word: str, language: str = ENGLISH) -> bool:
    """Return whether a folded word is a content word: no function word, no single letter."""
    rules = rules_in(language)
    return len(word) > 1 and word not in (rules.function if rules else _FUNCTION_WORDS)


def quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Find other people's words: three or more between double quotation marks."""
    if '"' not in text and text.isascii():  # most
        return ()
    spans: list[tuple[int, int]] = []
    opened = -1
    for found in _C.quote.finditer(text):
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
    plain = text.translate(_C.fold)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(map(itemgetter(0), map(str.lower, plain)))  # of a Turkish İ the dot is another character


# The context of a cue -------------------------------------------------------------------------------------------------
#
# Negation, quotation, condition, question, or a following "but"; how a context changes a cue is learned from labelled
# comments (``scoring/cues.py``). The scope of every negation is found in one walk from each: up to the word that it
# negates, or, after a word such as "think" or "make" that passes a negation on, up to the end of the clause. Two
# negations of the same cue cancel out. Since few cues are written with a negation, a sentence with one is also read
# without it ("did not attack" as "attacked", "is no threat" as "is a threat"): a cue that fires only there is negated.


_CUT = re.compile(r"[,;:()\u2013\u2014\u2026]|\s-\s")
_LISTS = {name: frozenset(words) for name, words in load_words("denials").items()}
_PLAIN = load_words("plain")
_VERBS = {word: plain for word, plain in _PLAIN.items() if word.endswith("n't")}
_VERBS |= {word.replace("'", ""): plain for word, plain in _VERBS.items()}
_PLAIN |= _VERBS
"""Words that deny, and the words that are read there without the denial."""
_DENYING = frozenset(_PLAIN) | {"without"}
_BETWEEN = _DENYING | _LISTS["between"]
_OPENING = _LISTS["bounds"] | {BREAK, "that"}  # before the first word of a clause
_IRREGULAR = {verb: past for verb, (past,) in load_words("past").items()}


class Denial(NamedTuple):
    """A word that denies, at a place among the words, and the places where a cue begins that it denies."""

    place: int
    first: int
    last: int
    is_claim: bool = True  # a statement is denied ("is not a bully"), not only a deed ("would not bow to bullies")


class Denials:
    """The denials of one English text."""

    triggers = _DENYING

    def __init__(self, text: str, words: Words) -> None:
        self._text = text
        self._words = words
        self.edits: dict[int, tuple[str, ...]] = {}
        """Start of each word that reads otherwise without the denials -> its replacements; empty: it is left out."""
        self._found: list[Denial] = []
        if not self.triggers.isdisjoint(words.texts):
            for place, word in enumerate(words.texts):
                if word in self.triggers:
                    self._found += self._denials(place, word)
        self._places = [denial.place for denial in self._found]
        self._edited = sorted(self.edits)

    def bearing_on(self, first: int, last: int, pattern: str = "") -> tuple[bool, bool]:
        """Return whether a cue at some words is denied, and whether that denies a claim.

        :param pattern: What the cue is written as: a denial that it names is none.
        """
        if not self._found:  # most
            return False, False
        found = [
            denial.is_claim or first <= denial.place < last
            for denial in self._near(first - _C.denial_reach, last + _C.denial_reach)
            if (
                not self._names(pattern, denial)
                if first <= denial.place < last
                else denial.first <= first <= denial.last
            )
        ]
        is_denied = len(found) % 2 == 1
        return is_denied, is_denied and all(found)

    def is_inside(self, first: int, last: int, pattern: str) -> bool:
        """Return whether a denial is among some words that a pattern does not name: in one of its gaps."""
        return bool(self._found) and any(not self._names(pattern, each) for each in self._near(first, last))

    def is_edited(self, start: int, end: int) -> bool:
        """Return whether characters hold a word that reads otherwise without the denials."""
        at = bisect_left(self._edited, start)
        return at < len(self._edited) and self._edited[at] < end

    def without(self, tokens: Sequence[Token], starts: Sequence[int]) -> tuple[list[Token], list[int]]:
        """Return words as they read without the denials, and the place of each among those that were given.

        :param starts: Where each begins in the text.
        """
        plain: list[Token] = []
        places = []
        for place, (token, start) in enumerate(zip(tokens, starts, strict=True)):
            edit = self.edits.get(start, token)
            if edit:
                plain.append(edit if isinstance(edit, str) or len(edit) > 1 else edit[0])
                places.append(place)
        return plain, places

    def windows(self) -> list[tuple[int, int]]:
        """Return the places around words that read otherwise without the denials: half open, each in one clause."""
        windows: list[tuple[int, int]] = []
        words, starts = self._words.texts, self._words.starts
        for edited in self._edited:
            begin = bisect_right(starts, edited) - 1
            end, least, most = begin + 1, begin - _C.window, begin + _C.window
            while begin > max(0, least) and words[begin - 1] != BREAK and not self._is_cut(begin - 1):
                begin -= 1
            while end < min(len(words), most) and words[end] != BREAK and not self._is_cut(end - 1):
                end += 1
            if windows and begin < windows[-1][1]:
                windows[-1] = windows[-1][0], end
            else:
                windows.append((begin, end))
        return windows

    def _near(self, first: int, last: int) -> Sequence[Denial]:
        return self._found[bisect_left(self._places, first) : bisect_left(self._places, last)]

    def _names(self, pattern: str, denial: Denial) -> bool:
        return self._words.texts[denial.place] in _words_of(pattern)

    def _denials(self, place: int, word: str) -> Iterator[Denial]:
        """Yield the denials that a word makes; in questions and a few idioms it denies nothing."""
        before, after = self._word(place - 1), self._word(place + 1)
        is_aside = word == "no" and (self._is_cut(place) or after == BREAK)
        is_asked = word in ("not", "no") and before in _LISTS["asking"]
        is_idiom = after in _LISTS["idle"] or (before, word) == ("for", "nothing")
        is_idiom |= word.startswith("can") and after == "help"
        is_question = word in _VERBS and before in (*_LISTS["asking"], BREAK, "")
        if not (is_aside or is_asked or is_idiom or (is_question and self.ends_in_question(self._end(place)))):
            yield self._plain_denial(place, word, after)

    def _plain_denial(self, place: int, word: str, after: str) -> Denial:
        before = self._word(place - 1)
        end = self._edit_negation(place, before, word, after)
        has_do = word in ("not", "never") and before in _LISTS["do"]
        if has_do:
            self._edit(place - 1, ())
        while self._word(end + 1) in _LISTS["skipped"]:
            end += 1
            self._edit(end, ())
        verb = self._word(end + 1)
        if verb.isalpha() and (has_do or not _VERBS.get(word, ("",))):
            self._edit(end + 1, _forms(verb))
        first = place
        if (word in _LISTS["objects"] or (word, after) == ("no", "one")) and before not in _LISTS["handing"]:
            begin = self._clause(place)
            first = begin if begin < place - 1 else place
        last, is_handed = self._reach(end)
        is_copula = not _LISTS["be"].isdisjoint((*_VERBS.get(word, ()), before))
        return Denial(place, first, last, is_handed or is_copula or first < place or word == "no")

    def _edit_negation(self, place: int, before: str, word: str, after: str) -> int:
        """Take a word that denies out of the text, and return the last place of the words that deny with it."""
        if (word == "no" and after in ("one", "longer", "any")) or (word, after) == ("not", "longer"):
            self._edit(place, _PLAIN["nobody"] if after == "one" else ())
            self._edit(place + 1, ())
            return place + 1
        if word == "no" and before not in _LISTS["be"] and after != "right":
            self._edit(place, ())
        elif word in _PLAIN:
            self._edit(place, _PLAIN[word])
        if (before, word, after) != ("in", "no", "way"):
            return place
        self._edit(place - 1, ())
        self._edit(place + 1, ())
        return place + 1

    def _edit(self, place: int, plain: tuple[str, ...]) -> None:
        self.edits[self._words.starts[place]] = plain

    def _reach(self, place: int) -> tuple[int, bool]:
        """Return the last place where a cue begins that a denial before it denies, and whether a word passed it on."""
        words, is_handed = self._words.texts, False
        for at in range(place + 1, min(place + _C.denial_reach, len(words))):
            word = words[at]
            if word == BREAK or self._is_cut(at - 1) or (word in _LISTS["bounds"] and at > place + 1):
                return at - 1, is_handed
            if not is_handed and word not in _BETWEEN:
                if word not in _LISTS["handing"]:
                    return at, False
                is_handed = True
        return min(place + _C.denial_reach, len(words)) - 1, is_handed

    def _word(self, place: int) -> str:
        return self._words.texts[place] if 0 <= place < len(self._words.texts) else ""

    def _is_cut(self, place: int) -> bool:
        """Return whether a mark divides a word from the next."""
        starts, ends = self._words.starts, self._words.ends
        end = starts[place + 1] if place + 1 < len(starts) else len(self._text)
        return end - ends[place] > 1 and _CUT.search(self._text, ends[place], end) is not None

    def _begin(self, place: int) -> int:
        """Return the first place of the sentence that a word is in or ends."""
        breaks = self._words.breaks
        at = bisect_left(breaks, place)
        return max(breaks[at - 1] + 1 if at else 0, place - _C.denial_reach)

    def _end(self, place: int) -> int:
        """Return the place of the end of a sentence."""
        breaks = self._words.breaks
        at = bisect_left(breaks, place)
        return breaks[at] if at < len(breaks) else len(self._words.texts)

    def _clause(self, place: int) -> int:
        """Return the first place of the clause that a word is in."""
        words = self._words.texts
        at = place
        least = max(0, place - _C.denial_reach)
        while at > least and words[at - 1] not in _OPENING and not self._is_cut(at - 1):
            at -= 1
        return at

    def ends_in_question(self, place: int) -> bool:
        """Return whether the word at a place is the end of a question."""
        words = self._words
        return 0 <= place < len(words.texts) and "?" in self._text[words.starts[place] : words.ends[place]]


class PlainDenials(Denials):
    """The denials of one text in another language: a word denies some words of its clause, behind it or before it."""

    def __init__(self, text: str, words: Words, rules: LanguageRules) -> None:
        self._rules = rules
        self.triggers = rules.before | rules.after
        super().__init__(text, words)

    def _denials(self, place: int, word: str) -> Iterator[Denial]:
        if self._word(place + 1) not in self._rules.only:
            first = self._walk(place, -1) if word in self._rules.after else place
            yield Denial(place, first, self._walk(place, 1) if word in self._rules.before else place)

    def _walk(self, place: int, step: int) -> int:
        """Return the farthest place in the clause of a word that it may deny, before it or behind it."""
        at = place
        while abs(at - place) < 5:  # maximum number of words that a denial bears on in languages other than English
            following = self._word(at + step)
            is_end = following in ("", BREAK) or following in self._rules.contrast
            if is_end or self._is_cut(min(at, at + step)):
                break
            at += step
        return at


def _forms(verb: str) -> tuple[str, ...]:
    """Return the forms of a verb without the "did not" before it."""
    past = _IRREGULAR.get(verb) or (verb + "d" if verb.endswith("e") else verb + "ed")
    return verb, verb + "s", past


@lru_cache(maxsize=10_000)
def _words_of(pattern: str) -> frozenset[str]:
    return frozenset(_C.pattern_word.findall(pattern))


# Everything around a cue ---------------------------------------------------------------------------------------------


CIRCUMSTANCES = (
    "negated",  # by an odd number of denials
    "claim_denied",  # and what is denied is said of somebody: "is not a bully"
    "stopped",  # "stop ... X", "against ... X"
    "first",  # the writer's own: I, we
    "others",  # another's: you, they, the media
    "reported",
    "conditional",
    "quoted",
    "question",
    "after_contrast",  # "... but", then the cue
    "before_contrast",
    "first_sentence",
    "last_sentence",
)

_AROUND = {name: frozenset(words) for name, words in load_words("around").items()}
_IN_ENGLISH: Mapping[str, frozenset[str]] = _AROUND | {"subjects": _AROUND["first"] | _AROUND["others"]}


class Surroundings:
    """The sentences of one text, and the circumstances of cues in it.

    :param text: The text that the words were cut from.
    :param quoted: Spans between quotation marks, in order.
    """

    def __init__(self, text: str, words: Words, quoted: Sequence[tuple[int, int]], language: str = ENGLISH) -> None:
        self._text = text
        self._words = words
        self._quoted = quoted
        rules = rules_in(language)
        self._lists = _IN_ENGLISH
        if rules:  # of the words around a cue, only those of contrast are known
            silent = dict.fromkeys(_IN_ENGLISH, frozenset[str]())
            self._lists = silent | {"contrasts": rules.contrast, "turns": rules.contrast}
        self.denials = PlainDenials(text, words, rules) if rules else Denials(text, words)

    def around(self, start: int, end: int, pattern: str = "") -> tuple[str, ...]:
        """Name the circumstances of a cue at ``text[start:end]``.

        :param pattern: What the cue is written as, where the text was read with its denials: one that it names itself
            is none of its circumstances.
        """
        words, starts, _, breaks = self._words
        first, last = bisect_right(starts, start) - 1, bisect_left(starts, end)
        at = bisect_left(breaks, last)
        begin = breaks[at - 1] + 1 if at else 0
        finish = breaks[at] if at < len(breaks) else len(words)
        before = words[max(begin, first - _C.reach) : first][::-1]
        own = words[first]
        lists = self._lists
        quotation = bisect_right(self._quoted, (start, start)) - 1
        subject = next(filter(lists["subjects"].__contains__, (own, *before)), "")
        found = (
            *self.denials.bearing_on(first, last, pattern),
            not lists["stops"].isdisjoint(before[:4]),
            subject in lists["first"],
            subject in lists["others"],
            not lists["reporting"].isdisjoint(before),
            not lists["conditions"].isdisjoint(before),
            quotation >= 0 and end <= self._quoted[quotation][1],
            self.denials.ends_in_question(finish),
            not lists["contrasts"].isdisjoint(before),
            self._is_followed(last, finish, lists["turns"]),
            begin == 0,
            finish >= len(words) - 1,
        )
        return tuple(compress(CIRCUMSTANCES, found))

    def is_denied_inside(self, start: int, end: int, pattern: str) -> bool:
        """Return whether a denial is in a gap of a cue: "Crimea is not Russian" for "crimea .. russian"."""
        starts = self._words.starts
        return self.denials.is_inside(bisect_right(starts, start) - 1, bisect_left(starts, end), pattern)

    def _is_followed(self, last: int, finish: int, turns: frozenset[str]) -> bool:
        """Return whether a turn follows in the sentence, near the cue, or opens the next one."""
        words = self._words.texts
        is_near = not turns.isdisjoint(words[last : min(finish, last + _C.reach)])
        return is_near or not turns.isdisjoint(words[finish + 1 : finish + 2])


# Stems ---------------------------------------------------------------------------------------------------------------
#
# In languages whose words take many forms, words are reduced to their stems. English words stay as they are in
# :func:`stemmed`: the English model was learned from them so.

MASKS = ("xtarget", "xother")
"""Words that replace the names of targets."""

STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "",
}  # fmt: skip
"""Languages with a stemmer: Snowball's (M. Porter), as nltk names them, and the rules for Turkish here."""


def stemmed(text: str, language: str) -> str:
    """Replace each word of a text in lower case by its stem; English and languages without stemmer stay as they are."""
    if language == ENGLISH or language not in STEMMED:
        return text
    stem = stemmer(language)
    return _C.stemmed_word.sub(lambda word: word[0] if word[0] in MASKS else stem(word[0]), text)


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that reduces a word in lower case to its stem.

    :param language: One of :data:`STEMMED`.
    """
    stem = _snowball()(STEMMED[language]).stem if STEMMED[language] else _turkish_stem
    return cached_by_word(stem)


def _snowball() -> Any:
    """Import nltk's Snowball stemmers without the rest of nltk, which loads scikit-learn: .1 s instead of 1.1 s."""
    if "nltk" in sys.modules:
        from nltk.stem import SnowballStemmer

        return SnowballStemmer
    package, corpus, found = ModuleType("nltk"), ModuleType("nltk.corpus"), find_spec("nltk")
    package.__path__ = [*((found and found.submodule_search_locations) or ())]
    corpus.stopwords = None  # type: ignore[attr-defined] # of no use: stop words have stems too
    sys.modules |= {"nltk": package, "nltk.corpus": corpus}
    try:
        from nltk.stem.snowball import SnowballStemmer

        return SnowballStemmer
    finally:  # so that another import gets the whole package
        for name in [each for each in sys.modules if each.partition(".")[0] == "nltk"]:
            del sys.modules[name]


def _turkish_stem(word: str) -> str:
    """Cut off the letters behind an apostrophe, then some endings."""
    stem = re.split("['’]", word)[0]
    for _ in range(3):
        shorter = _C.turkish_endings.sub("", stem)
        if len(shorter) < 4 or shorter == stem:
            break
        stem = shorter
    return stem
