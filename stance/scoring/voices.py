"""Separate an outlet's own words in an article from those that it quotes or reports, and name the speakers.

Quotation marks are read first. In what is left, words of saying are found ("said", "according to"), and numbers
describe the place, the subject and the reach of each. A logistic regression rates the strongest of them with the
sentence, and a second one adds the sentences before and behind. The weights are the same for all languages; the words
of each are data.
"""

import json
import math
import re
import tomllib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from stance.datamodels import HEADLINE, LEAD, Document, Sentence, Voice
from stance.resources import VOICES
from stance.scoring.clauses import ENGLISH, Span, split_sentences

Features = dict[str, float]

LANGUAGES = ("ar", "de", "en", "es", "fr", "nl", "ru", "tr")
"""Languages with words; in any other, only what stands in quotation marks is quoted."""

_MARK = re.compile(r"[\"“”„«»]|''|``|,,(?=\w)|(?<!\w)['‘](?=\w)|(?<=[\w.,!?…])['’](?!\w)")
_OPENERS, _SINGLE = ("“", "«", "„", ",,", "``", "‘"), ("'", "‘", "’")
_CLOSING = ".,;:!?)]}»”"

_LONG = 3
"""Number of spaces in a quotation that is more than a word in quotation marks."""

_TOKEN = re.compile(
    r"“”|(?<=\s)[-–—](?=\s)|[–—]"
    r"|(?:[^\W\d_]\.)++(?:[^\W\d_](?!\w))?+"  # "U.S."
    r"|\d[\d.,]*+"
    r"|\w++(?:'\w++)*+(?:\.(?=\s\w))?+"  # with the full stop of "Mr. Brown"
    r"|[^\w\s-]"
)
_QUOTATION = "“”"
"""Token for a long quotation, which is left out of the words around it."""

_DIACRITICS = re.compile("[\u064b-\u0652\u0640]+")
"""Of Arabic words; they are rarely written."""

_ENDS = frozenset((",", ";", ":", "-", "–", "—", "(", ")", _QUOTATION))
_STOPS = _ENDS | {"."}


# Words ---------------------------------------------------------------------------------------------------------------


@cache
def _kinds_in(language: str) -> Mapping[str, str]:
    """Return the kind of each word of a language, in lower case and with a capital."""
    table = tomllib.loads((VOICES / f"{language}.toml").read_text(encoding="utf-8")) if language in LANGUAGES else {}
    attached = ("", *table.pop("attached", {}).get("words", "").split())
    kinds: dict[str, str] = {}
    for part, lists in table.items():
        for kind, words in lists.items():
            name = f"{kind}{_PARTICIPLE}" if part == "participles" else kind
            for word in (before + word for word in words.split() for before in attached):
                kinds.setdefault(word, name)
                kinds.setdefault(word[0].upper() + word[1:], name)
    return kinds


_PARTICIPLE = "+"
_VERBS = frozenset(
    verb + form for verb in ("say", "claim", "charge", "act", "report", "show", "think") for form in ("", _PARTICIPLE)
)
_CUES = _VERBS | {"according", "after_speaker", "rumour", "claims", "mood"}


# Quotation marks -----------------------------------------------------------------------------------------------------


def quotations(text: str) -> list[Span]:
    """Find quotations, across sentences, with their marks.

    A text may begin inside a quotation, and one that is not closed runs to the end of the text.
    """
    spans: list[Span] = []
    opened = single = -1
    for mark in _MARK.finditer(text):
        start, end = mark.span()
        opens = _opens(text, mark)
        if mark.group() in _SINGLE:
            if single >= 0 and not opens:
                spans.append((single, end))
            single = start if opens and opened < 0 else -1
        elif opens:
            opened, single = (start if opened < 0 else opened), -1
        elif opened >= 0 or not (spans or text[start - 1 : start].isdigit()):  # 3" is a length
            spans.append((max(opened, 0), end))
            opened = -1
    return [*spans, (opened, len(text))] if opened >= 0 else spans


def _opens(text: str, mark: re.Match[str]) -> bool:
    """Return whether a mark opens a quotation: a word follows, and none stands before; else its form decides."""
    start, end = mark.span()
    before, behind = text[start - 1 : start], text[end : end + 1]
    is_free = not before or before.isspace() or before in "([{—–-/"
    is_followed = not (behind.isspace() or behind in _CLOSING) or text.startswith("..", end)
    if is_free == is_followed:
        return is_free
    return mark.group() in _OPENERS or (before == ":" and is_followed)


def _within(spans: Sequence[Span], sentences: Sequence[Span]) -> Iterator[list[Span]]:
    """Yield the parts of spans that lie in each sentence, counted from its start."""
    at = 0
    for start, end in sentences:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        last = at
        while last < len(spans) and spans[last][0] < end:
            last += 1
        yield [(max(a, start) - start, min(b, end) - start) for a, b in spans[at:last]]


# One sentence --------------------------------------------------------------------------------------------------------


class _Parts(NamedTuple):
    """A sentence as it is rated: its words outside long quotations, and how much of it is quoted."""

    text: str  # outside
    tokens: Sequence[str]
    kinds: Sequence[str]
    share: float  # of characters in long quotations
    has_words_in_marks: bool  # short ones


class _Cue(NamedTuple):
    """A word of saying, by its place among the tokens, with the clause it stands in."""

    at: int
    start: int
    end: int
    features: Features


def _part(text: str, quoted: Sequence[Span], kinds: Mapping[str, str]) -> _Parts:
    kept, end, share, is_short = [], 0, 0, False
    for a, b in quoted:
        if text.count(" ", a, b) >= _LONG:
            kept += [text[end:a], f" {_QUOTATION} "]
            end, share = b, share + b - a
        else:
            is_short = True
    outside = _DIACRITICS.sub("", "".join([*kept, text[end:]])).replace("’", "'")
    tokens = _TOKEN.findall(outside)
    found = [kinds.get(token, "") for token in tokens]
    return _Parts(outside, tokens, found, share / len(text) if text else 0.0, is_short)


def _cues(parts: _Parts) -> Iterator[_Cue]:
    for at, kind in enumerate(parts.kinds):
        if kind in _CUES:
            start, end = _clause(parts.tokens, at)
            yield _Cue(at, start, end, _describe_cue(parts, at, start, end))


def _clause(tokens: Sequence[str], at: int) -> Span:
    start, end = at, at + 1
    while start and tokens[start - 1] not in _ENDS:
        start -= 1
    while end < len(tokens) and tokens[end] not in _STOPS:
        end += 1
    return start, end


def _describe_cue(parts: _Parts, at: int, start: int, end: int) -> Features:
    tokens, kinds = parts.tokens, parts.kinds
    kind, count = kinds[at], len(tokens)
    if kind not in _VERBS:
        return _describe_phrase(kinds, at, (end - at) / count)
    before = kinds[start:at]
    near = before[-4:]
    is_last = end >= count - 1
    is_inner = not _INNER.isdisjoint(kinds[max(0, start - 1) : at])
    closes = start > 0 and is_last and at - start <= _SHORT
    named = {
        kind.removesuffix(_PARTICIPLE): True,
        "infinitive": near[-1:] == ["infinitive"],
        "passive": "passive" in near[-2:],
        "noun": not _BEFORE_NOUNS.isdisjoint(near[-1:]),
        "denied": "denial" in near,
        "inner": is_inner,
        "first": start == 0,
        "that": "that" in kinds[at + 1 : at + _SHORT],
        "quotes": _QUOTATION in tokens[at + 1 : end + 1],
        "end": end == at + 1 and is_last,
        f"subject {_subject(tokens, kinds, start, at)}": True,
    }
    features = {name: 1.0 for name, holds in named.items() if holds}
    features["reach"] = start / count if closes else ((end if is_inner else count) - at) / count
    return features


_SHORT = 7
"""Number of tokens of a clause that only names the speaker."""

_INNER = frozenset(("relative", "subordinate"))
_BEFORE_NOUNS = frozenset(("small", "particles", "articles"))


def _describe_phrase(kinds: Sequence[str], at: int, rest: float) -> Features:
    kind = kinds[at]
    if kind == "claims":
        return {kind: 1.0, "claims that": float("that" in kinds[at + 1 : at + 3])}
    if kind in ("according", "after_speaker"):
        return {"according": 1.0, "according reach": 1 - rest}
    return {kind: 1.0}


def _subject(tokens: Sequence[str], kinds: Sequence[str], start: int, at: int) -> str:
    """Name the kind of the subject of a verb."""
    window = range(max(start, at - 6), at)
    found = {kinds[k] for k in window}
    for kind in ("pronouns", "first", "roles"):
        if kind in found:
            return kind
    if any(tokens[k][0].isupper() and (k > 0 or at < 3) for k in window):
        return "name"
    if at == start and any(
        tokens[k][0].isupper() or kinds[k] in ("roles", "pronouns") for k in range(at + 1, min(len(tokens), at + 6))
    ):
        return "behind"
    return "neutral" if "neutral" in found else "other"


def _describe_sentence(parts: _Parts, count: int) -> Features:
    kinds, share = parts.kinds, parts.share
    named = {
        "quotation": share > 0,
        "mostly quotation": share > 0.5,
        "words in marks": parts.has_words_in_marks,
        "no word of saying": count == 0,
        "question": parts.text.rstrip("\"”'» ").endswith("?"),
        "turn": (turn := _TURN.match(parts.text)) is not None,
        "turn capitals": turn is not None and turn.group().isupper(),
        "starts sub": kinds[:1] == ["subordinate"],
        "pron start": kinds[:1] == ["pronouns"],
        "neut start": kinds[:1] == ["neutral"],
        "role start": "roles" in kinds[:3],
    }
    features = {name: 1.0 for name, holds in named.items() if holds}
    features["quoted share"] = share
    features["length"] = min(len(kinds), 60) / 60
    features["words of saying"] = min(count, 4) / 4
    for kind in (
        "first",
        "roles",
        "subordinate",
        "relative",
        "denial",
        "that",
        "media",
        "small",
        "times",
        "neutral",
        "pronouns",
        "second",
    ):
        features[f"words {kind}"] = min(kinds.count(kind), 3) / 3
    return features


_TURN = re.compile(r"[^\W\d_][\w .'’]{2,40}: ")
_HEADLINE_END = re.compile(r"\s[-–—]\s[^-–—]{3,60}$")


def _describe_headline(parts: _Parts, cues: Sequence[_Cue]) -> Features:
    named = {
        "headline": True,
        "headline turn": _TURN.match(parts.text) is not None,
        "headline source": _HEADLINE_END.search(parts.text) is not None,
        "headline quotation": parts.share > 0,
        "headline marks": parts.has_words_in_marks,
        "headline without": not cues,
    }
    return {name: 1.0 for name, holds in named.items() if holds}


class Rated(NamedTuple):
    """A sentence by itself: its numbers, and its words of saying, the strongest first."""

    parts: _Parts
    features: Features
    cues: Sequence[_Cue]


_HEADLINE_FEATURES = _CUES | {"first", "inner", "subject name"}


def describe_headline(text: str, language: str) -> Rated:
    """Describe a headline, which has no sentences around it."""
    parts = _part(text, quotations(text), _kinds_in(language))
    cues = [_in_headline(cue) for cue in _cues(parts)]
    return Rated(parts, _describe_headline(parts, cues), cues)


def _describe(text: str, quoted: Sequence[Span], kinds: Mapping[str, str]) -> Rated:
    parts = _part(text, quoted, kinds)
    cues = list(_cues(parts))
    return Rated(parts, _describe_sentence(parts, len(cues)), cues)


def _in_headline(cue: _Cue) -> _Cue:
    features = {f"headline {name}": value for name, value in cue.features.items() if name in _HEADLINE_FEATURES}
    return cue._replace(features=features)


# Speakers ------------------------------------------------------------------------------------------------------------

_LONGEST_NAME = 12
"""Number of tokens of a name with its office."""

_NO_NAMES = frozenset(
    ("small", "articles", "joint", "times", "that", "subordinate", "relative", "denial", "neutral", "like")
)
"""Kinds of words that no name begins with, though a sentence may."""


def _stated(parts: _Parts, cue: _Cue) -> Span | None:
    """Find the tokens that name the speaker of a word of saying."""
    tokens, kinds = parts.tokens, parts.kinds
    behind = (cue.at + 1, min(_end_of_clause(tokens, cue.at + 1), cue.at + 2 * _LONGEST_NAME))
    kind = kinds[cue.at]
    is_inverted = cue.at == cue.start or set(kinds[cue.start : cue.at]) <= {"joint", "denial", "times"}
    if kind == "according" or (is_inverted and kind in _VERBS and _begins_name(parts, cue.at + 1, cue.at + 4)):
        found = _names(parts, *behind)
        if name := next(found, None):
            return name
    if name := _last(_names(parts, cue.start, cue.at)):
        return name
    office = None
    for start, end in _segments_before(tokens, cue.start):
        name = _last(_names(parts, start, end))
        if name and not _is_office(parts, name):
            return name  # "Brown, a teacher, said"
        office = office or name
    return office or (next(_names(parts, *behind), None) if kind == "claims" else None)


def _last(names: Iterator[Span]) -> Span | None:
    return next(iter(deque(names, maxlen=1)), None)


def _is_office(parts: _Parts, name: Span) -> bool:
    return parts.kinds[name[0]] == "roles" and parts.tokens[name[0]].islower()


def _end_of_clause(tokens: Sequence[str], start: int) -> int:
    return next((at for at in range(start, len(tokens)) if tokens[at] in _STOPS), len(tokens))


def _segments_before(tokens: Sequence[str], end: int) -> Iterator[Span]:
    """Yield the clauses before a place, the last first."""
    while end > 0:
        start = end - 1
        while start and tokens[start - 1] not in _ENDS:
            start -= 1
        yield start, end - 1
        end = start


def _names(parts: _Parts, start: int, end: int) -> Iterator[Span]:
    """Yield names, offices and pronouns of a clause that follow no preposition; else the first of all."""
    tokens, kinds = parts.tokens, parts.kinds
    bound: Span | None = None
    found = False
    at = start
    while at < end:
        if _is_name(tokens, kinds, at):
            name = at, _end_of_name(tokens, kinds, at, end)
            before = [kind for kind in kinds[max(start, at - 2) : at] if kind != "articles"][-1:]
            if before in (["small"], ["particles"]):
                bound = bound or name
            else:
                found = True
                yield _without_office(tokens, kinds, *name)
            at = name[1]
        at += 1
    if bound and not found:
        yield bound


def _begins_name(parts: _Parts, start: int, end: int) -> bool:
    return any(_is_name(parts.tokens, parts.kinds, at) for at in range(start, min(end, len(parts.tokens))))


def _is_name(tokens: Sequence[str], kinds: Sequence[str], at: int) -> bool:
    kind, first = kinds[at], tokens[at][0]
    if kind in ("roles", "pronouns"):
        return True
    if first.isupper():
        return kind not in _NO_NAMES and kind not in _CUES
    return first.isalpha() and not (kind or first.islower())  # in a script without capitals


def _end_of_name(tokens: Sequence[str], kinds: Sequence[str], start: int, end: int) -> int:
    at = start + 1
    end = min(end, start + _LONGEST_NAME)
    while at < end and kinds[start] != "pronouns":
        steps = (k for k in range(at, min(at + 3, end)) if _continues(tokens, kinds, at, k))
        if (last := next(steps, -1)) < 0:
            break
        at = last + 1
    return at


_JOINTS: tuple[list[str], ...] = ([], ["particles"], ["particles", "articles"])
_BEFORE_OFFICE: tuple[list[str], ...] = ([""], ["", ""])


def _continues(tokens: Sequence[str], kinds: Sequence[str], at: int, last: int) -> bool:
    """Return whether a name goes on to the last of some tokens: in "Ministry of the Interior", "U.S. military officials"."""
    between = kinds[at:last]
    is_joined = between in _JOINTS or (between in _BEFORE_OFFICE and kinds[last] == "roles")
    return is_joined and kinds[last] != "pronouns" and _is_name(tokens, kinds, last)


def _without_office(tokens: Sequence[str], kinds: Sequence[str], start: int, end: int) -> Span:
    """Shorten "spokesman Ivan Brown" to the name."""
    offices = [at for at in range(start, end) if kinds[at] == "roles" and tokens[at].islower()]
    if offices and offices[-1] < end - 1 and all(tokens[at][0].isupper() for at in range(offices[-1] + 1, end)):
        return offices[-1] + 1, end
    return start, end


def _words_at(parts: _Parts, span: Span) -> str:
    places = [match.span() for match in _TOKEN.finditer(parts.text)]
    return parts.text[places[span[0]][0] : places[span[1] - 1][1]]


# Voices --------------------------------------------------------------------------------------------------------------


class Weights(NamedTuple):
    """Weights of two logistic regressions, by the names of their features; "" is the intercept."""

    sentence: Mapping[str, float]
    context: Mapping[str, float]


@cache
def _load_weights() -> Weights:
    return Weights(**json.loads((VOICES / "weights.json").read_text(encoding="utf-8")))


def weigh(features: Features, weights: Mapping[str, float]) -> float:
    """Return the log odds by a logistic regression."""
    return weights.get("", 0.0) + sum(weights.get(name, 0.0) * value for name, value in features.items())


def strongest(rated: Rated, weights: Mapping[str, float]) -> _Cue | None:
    """Return the word of saying that speaks most for a quotation."""
    return max(rated.cues, key=lambda cue: weigh(cue.features, weights), default=None)


def alone(rated: Rated, weights: Mapping[str, float]) -> Features:
    """Return the features of a sentence and of its strongest word of saying."""
    cue = strongest(rated, weights)
    return {**rated.features, **cue.features} if cue else rated.features


def in_context(rated: Rated, odds: float, before: float | None, behind: float | None) -> Features:
    """Describe a sentence among its neighbours by their log odds.

    :param before: None: there is no sentence before, or it is a headline.
    """
    features = {"alone": odds}
    for name, value in (("before", before), ("behind", behind)):
        if value is not None:
            chance = 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))
            features |= {f"has {name}": 1.0, name: chance, f"{name}, no word of saying": chance * (not rated.cues)}
            if rated.parts.kinds[:1] == ["pronouns"]:
                features[f"{name}, pronoun"] = chance
    return features


def describe_list(sentences: Sequence[str], language: str) -> list[Rated]:
    """Describe consecutive sentences of one paragraph."""
    ends = list(accumulate(len(sentence) + 1 for sentence in sentences))
    spans = [(end - len(sentence) - 1, end - 1) for sentence, end in zip(sentences, ends, strict=True)]
    return _describe_spans(" ".join(sentences), spans, language)


def _describe_spans(text: str, spans: Sequence[Span], language: str) -> list[Rated]:
    inside, kinds = _within(quotations(text), spans), _kinds_in(language)
    return [_describe(text[start:end], quoted, kinds) for (start, end), quoted in zip(spans, inside, strict=True)]


def _read(rated: Sequence[Rated]) -> list[tuple[Voice, str | None]]:
    if not rated:
        return []
    weights = _load_weights()
    odds = [weigh(alone(each, weights.sentence), weights.sentence) for each in rated]
    around = zip(rated, odds, [None, *odds[:-1]], [*odds[1:], None], strict=True)
    is_quoted = [weigh(in_context(*each), weights.context) > 0 for each in around]
    return list(
        zip((Voice.QUOTED if each else Voice.OUTLET for each in is_quoted), speakers(rated, is_quoted), strict=True)
    )


PRONOUN = "?"
"""Speaker of a sentence that names one by a pronoun only."""


def _speaker(rated: Rated, weights: Mapping[str, float]) -> str | None:
    """Name the speaker within a sentence."""
    parts = rated.parts
    by_strength = sorted(rated.cues, key=lambda cue: (parts.kinds[cue.at] == "claims", -weigh(cue.features, weights)))
    name = next((name for cue in by_strength if (name := _stated(parts, cue))), None)
    if name:
        return PRONOUN if parts.kinds[name[0]] == "pronouns" else _words_at(parts, name)
    return None


def _of_headline(rated: Rated, weights: Mapping[str, float]) -> str | None:
    """Name the speaker of a headline: "X: ...", "... - X", or as in a sentence."""
    text = rated.parts.text
    if turn := _TURN.match(text):
        return turn.group().rstrip(": ")
    if source := _HEADLINE_END.search(text):
        return source.group().strip(" -–—")
    return _speaker(rated, weights)


def _meant(found: Sequence[str | None], rated: Sequence[Rated], at: int) -> str | None:
    """Name the person that a pronoun stands for: who spoke last, else the first name of the sentence before."""
    spoken = next((name for name in reversed(found[max(0, at - _FAR) : at]) if name), None)
    if spoken or not at:
        return spoken
    parts = rated[at - 1].parts
    names = _names(parts, 0, len(parts.tokens))
    return next((_words_at(parts, name) for name in names if parts.kinds[name[0]] != "pronouns"), None)


_FAR = 3
"""Number of sentences in which a pronoun finds its speaker."""


def speakers(rated: Sequence[Rated], is_quoted: Sequence[bool]) -> list[str | None]:
    """Name the speaker of each quoted sentence: in it, else in that before or behind.

    A pronoun stands for whoever spoke before, else for the first name of the sentence before.
    """
    weights = _load_weights().sentence
    named = [(_of_headline if "headline" in each.features else _speaker)(each, weights) for each in rated]
    found: list[str | None] = []
    for at, name in enumerate(named):
        before = found[-1] if found and (is_quoted[at - 1] or rated[at - 1].parts.text.endswith(":")) else None
        behind = named[at + 1] if at + 1 < len(named) and is_quoted[at + 1] else None
        if name == PRONOUN:
            name = _meant(found, rated, at)
        elif name is None and is_quoted[at]:
            name = before or (behind if behind != PRONOUN else None)
        found.append(name)
    return [name if quoted else None for name, quoted in zip(found, is_quoted, strict=True)]


def read_voices(sentences: Sequence[str], language: str = ENGLISH) -> list[tuple[Voice, str | None]]:
    """Return the voice and the speaker of each of some consecutive sentences of one paragraph."""
    return _read(describe_list(sentences, language))


def read_sentences(document: Document) -> tuple[Sentence, ...]:
    """Split an article into sentences with their voices, in article order (headline, lead, paragraphs)."""
    title, language = document.title or "", document.language
    found = [Sentence(title, HEADLINE, *_read([describe_headline(title, language)])[0])] if title else []
    parts = [(LEAD, document.lead or ""), *((str(number), text) for number, text in enumerate(document.body, 1))]
    places: list[tuple[str, str]] = []
    rated: list[Rated] = []
    for place, text in parts:
        spans = split_sentences(text)
        places += [(text[start:end], place) for start, end in spans]
        rated += _describe_spans(text, spans, language)
    return (*found, *(Sentence(*each, *read) for each, read in zip(places, _read(rated), strict=True)))
