"""Describe by numbers whether a sentence of an article is quoted, and who may have said it.

Quotation marks are read first. In what is left, words of saying are found ("said", "according to"), and numbers
describe the place, the subject and the reach of each, and each name near it. ``voices.py`` weighs the numbers. The
numbers are the same in all languages; the words of each are data.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import accumulate, compress
from typing import NamedTuple

from stance.resources import VOICES, shipped_toml
from stance.scoring.clauses import Span

Features = dict[str, float]

LANGUAGES = ("ar", "de", "en", "es", "fr", "nl", "ru", "tr")
"""Languages with word lists; in others, only text in quotation marks counts as quoted."""

# Words ----------------------------------------------------------------------------------------------------------------

_PARTICIPLE = "+"
"""Suffix of the kind of a participle: "saying"."""

_VERBS = frozenset(
    verb + form
    for verb in ("say", "tell", "claim", "charge", "act", "report", "show", "think")
    for form in ("", _PARTICIPLE)
)
_CUES = _VERBS | {"according", "after_speaker", "rumour", "claims", "subjunctive"}
_NAMING = (_CUES - {"subjunctive", "rumour"}) | {"media"}
"""Kinds of words next to which a speaker is named."""

_OFFICES = frozenset(("roles", "pronouns"))
_INNER = frozenset(("relative", "subordinate"))
_ARTICLES = frozenset(("articles", "definite"))
_BEFORE_NOUNS = _ARTICLES | {"small", "particles"}
_PRONOUNS = frozenset(("pronouns", "neutral"))


@cache
def _kinds_in(language: str) -> Mapping[str, str]:
    """Return the kind of each word of a language, in lower case and with a capital."""
    if language not in LANGUAGES:
        return {}
    table = shipped_toml(VOICES / f"{language}.toml")
    attached = ("", *table.pop("attached", {}).get("words", "").split())
    kinds: dict[str, str] = {}
    for part, lists in table.items():
        for kind, words in lists.items():
            name = f"{kind}{_PARTICIPLE}" if part == "participles" else kind
            for word in (before + word for word in words.split() for before in attached):
                kinds.setdefault(word, name)
                if kind != "denial":  # Theresa May
                    kinds.setdefault(word[0].upper() + word[1:], name)
                if kind == "labels":
                    kinds.setdefault(word.upper(), name)
    return kinds


# Quotation marks ------------------------------------------------------------------------------------------------------

_MARK = re.compile("\"|“|”|„|«|»|‘|’|''|'|``|,,")
_OPENERS, _SINGLE = ("“", "«", "„", ",,", "``", "‘"), ("'", "‘", "’")
_CLOSING = ".,;:!?)]}»”"


def quotations(text: str) -> list[Span]:
    """Find quotations, with their marks, across sentences.

    A text may begin inside a quotation, and one that is not closed runs to the end of the text.
    """
    spans: list[Span] = []
    opened = single = -1
    for mark in _MARK.finditer(text):
        start, end = mark.span()
        opens = _opens(text, mark)
        if mark.group() in _SINGLE:
            if text[end : end + 1].isalnum() and not opens:
                continue  # an apostrophe
            if single >= 0 and not opens:
                spans.append((single, end))
            single = start if opens and opened < 0 else -1
        elif mark.group() == ",," and not opens:
            continue
        elif opens:
            opened, single = (start if opened < 0 else opened), -1
        elif opened >= 0 or not (spans or text[start - 1 : start].isdigit()):  # 3" is a length
            spans.append((max(opened, 0), end))
            opened = -1
    return [*spans, (opened, len(text))] if opened >= 0 else spans


def _opens(text: str, mark: re.Match[str]) -> bool:
    """Return whether a mark opens a quotation: a word follows it and none precedes it; else its form decides."""
    start, end = mark.span()
    before, behind = text[start - 1 : start], text[end : end + 1]
    is_free = not before or before.isspace() or before in "([{—–-/"
    is_followed = not (behind.isspace() or behind in _CLOSING) or text.startswith("..", end)
    if is_free == is_followed:
        return is_free
    return mark.group() in _OPENERS or (before == ":" and is_followed)


class Inside(NamedTuple):
    """The quoted parts of a sentence, counted from its start."""

    spans: Sequence[Span]
    is_carried: bool = False  # a quotation runs into the sentence
    runs_on: bool = False  # a quotation runs on behind it


def within(spans: Sequence[Span], sentences: Sequence[Span]) -> Iterator[Inside]:
    """Yield the parts of each sentence that lie in some spans."""
    at = 0
    for start, end in sentences:
        while at < len(spans) and spans[at][1] <= start:
            at += 1
        last = at
        while last < len(spans) and spans[last][0] < end:
            last += 1
        held = spans[at:last]
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in held]
        yield Inside(inside, bool(held) and held[0][0] < start, bool(held) and held[-1][1] > end)


# One sentence ---------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"(?:[^\W\d_]\.)++(?:[^\W\d_](?!\w))?+"  # "U.S."
    r"|www\.[\w.-]*\w"
    r"|\d[\d.,]*+"
    r"|\w++(?:'\w++)*+(?:(?<![A-Z])-(?!(?:t-)?(?:ils?|elles?|on)\b)\w++)*+"  # "so-called", not "dit-il"
    r"(?:\.(?=\s\w))?+"  # "Mr. Brown"
    r"|“”|(?<=\s)[-–—](?=\s)|[^\w\s-]"
)
_QUOTATION = "“”"
"""Token for a long quotation, which is left out of the words around it."""

_ENDS = frozenset((",", ";", ":", "-", "–", "—", "(", ")", _QUOTATION))
_STOPS = _ENDS | {"."}
_DASHES = frozenset(("-", "–", "—"))

_SHORT = 7
"""Number of tokens of a clause that only names the speaker."""

_VOWEL_SIGNS = re.compile("[\u064b-\u0652\u0640]+")
"""Pattern: vowel signs of Arabic words, which are rarely written."""

_TURN = re.compile(r"[^\W\d_][\w .'’]{2,40}: ")
_SIGNATURE = re.compile(r"\s*[-–—]\s?([^\W\d_][^(@,]{2,40}) \(@")  # of a post
_SOURCE = re.compile(r"\s[-–—]\s[^-–—,:]{3,60}$")


class Parts(NamedTuple):
    """The words of a sentence outside long quotations, with their kinds, and how much of it is quoted."""

    text: str  # outside long quotations
    tokens: Sequence[str]
    kinds: Sequence[str]  # of the tokens; "" for other words
    share: float  # of characters in long quotations
    has_words_in_marks: bool  # short quotations
    inside: Inside
    may_name: Sequence[
        bool
    ] = ()  # once it is asked for: offices, pronouns, words with a capital or in a script without


class SayingCue(NamedTuple):
    """A word of saying, by its place among the tokens."""

    at: int
    features: Features


class Described(NamedTuple):
    """A sentence by itself, with its words of saying."""

    parts: Parts
    features: Features
    cues: Sequence[SayingCue]
    is_headline: bool = False


def describe(text: str, inside: Inside, language: str) -> Described:
    """Describe a sentence of a lead or a paragraph."""
    parts = _divide(text, inside, language)
    cues = list(_cues(parts))
    return Described(parts, _describe_sentence(parts, len(cues)), cues)


def describe_list(sentences: Sequence[str], language: str) -> list[Described]:
    """Describe consecutive sentences of one paragraph."""
    ends = list(accumulate(len(sentence) + 1 for sentence in sentences))
    spans = [(end - len(sentence) - 1, end - 1) for sentence, end in zip(sentences, ends, strict=True)]
    text = " ".join(sentences)
    return describe_spans(text, spans, language, quotations(text))


def describe_spans(text: str, spans: Sequence[Span], language: str, quoted: Sequence[Span]) -> list[Described]:
    """Describe the sentences of a paragraph.

    :param quoted: The parts that are quoted: all of it in a block quotation.
    """
    held = within(quoted, spans)
    return [describe(text[start:end], inside, language) for (start, end), inside in zip(spans, held, strict=True)]


def describe_headline(text: str, language: str) -> Described:
    """Describe a headline, which has a grammar of its own."""
    parts = _divide(text, Inside(quotations(text)), language)
    cues = [
        SayingCue(cue.at, {f"headline {name}": value for name, value in cue.features.items() if name in _IN_HEADLINES})
        for cue in _cues(parts)
    ]
    turn, source = _turn(parts), _SOURCE.search(parts.text)
    named = {
        "headline": True,
        "headline turn": turn is not None,
        "headline turn of a name": turn is not None and _is_written_as_name(turn),
        "headline source": source is not None,
        "headline quotation": parts.share > 0,
        "headline marks": parts.has_words_in_marks,
        "headline without": not (cues or turn or source),
    }
    return Described(parts, _held(named), cues, is_headline=True)


_IN_HEADLINES = _CUES | {"first", "inner", "subject name"}


def stated_source(described: Described) -> str | None:
    """Return X of "X: ..." and "... - X", in a paragraph only where X is written as a name, and of "- X (@x)"."""
    parts = described.parts
    if signature := _SIGNATURE.match(parts.text):
        return signature.group(1)
    source = _SOURCE.search(parts.text)
    found = _turn(parts) or (source.group().strip(" -–—") if source else None)
    return found if found and (described.is_headline or _is_written_as_name(found)) else None


def _turn(parts: Parts) -> str | None:
    """Return X of "X: ...", but for a label like "Opinion"."""
    turn = None if parts.kinds[:1] in (["labels"], ["claims"]) else _TURN.match(parts.text)
    return turn.group().rstrip(": ") if turn else None


def _is_written_as_name(text: str) -> bool:
    words = text.split()
    return len(words) <= 4 and all(word[0].isalpha() and not word[0].islower() for word in words)


def _divide(text: str, inside: Inside, language: str) -> Parts:
    kept, end, share, has_marks = [], 0, 0, False
    for start, stop in inside.spans:
        # Number of spaces in a quotation that is more than a word in quotation marks.
        if text.count(" ", start, stop) >= 3 or stop - start >= len(text) - 1:  # all but a full stop
            kept += [text[end:start], f" {_QUOTATION} "]
            end, share = stop, share + stop - start
        else:
            has_marks = True
    outside = "".join([*kept, text[end:]])
    if not outside.isascii():
        outside = _VOWEL_SIGNS.sub("", outside).replace("’", "'")
    # Maximum number of tokens read of a sentence: longer ones are not prose, and comparing takes quadratic time.
    tokens = _TOKEN.findall(outside)[:400]
    kinds_in = _kinds_in(language)
    kinds = [kinds_in.get(token, "") for token in tokens]
    return Parts(outside, tokens, kinds, share / len(text), has_marks, inside)


def _held(named: Mapping[str, bool]) -> Features:
    return {name: 1.0 for name, holds in named.items() if holds}


def _describe_sentence(parts: Parts, count: int) -> Features:
    kinds, share = parts.kinds, parts.share
    turn = _turn(parts)
    named = {
        "quotation": share > 0,
        "mostly quotation": share > 0.5,
        "words in marks": parts.has_words_in_marks,
        "no word of saying": count == 0,
        "signature": _SIGNATURE.match(parts.text) is not None,
        "turn": turn is not None,
        "turn in capitals": turn is not None and turn.isupper(),
    }
    features = _held(named)
    features["quoted share"] = share
    features["length"] = min(len(kinds), 60) / 60
    features["words of saying"] = min(count, 4) / 4
    for kind in ("first", "roles", "subordinate", "that"):
        features[f"words {kind}"] = min(kinds.count(kind), 3) / 3
    return features


# Words of saying ------------------------------------------------------------------------------------------------------


def _cues(parts: Parts) -> Iterator[SayingCue]:
    for at, kind in enumerate(parts.kinds):
        if kind in _CUES:
            start, end = _clause(parts.tokens, at)
            yield SayingCue(
                at, _describe_verb(parts, at, start, end) if kind in _VERBS else _describe_phrase(parts, at, end)
            )


def _clause(tokens: Sequence[str], at: int) -> Span:
    start, end = at, at + 1
    while start and tokens[start - 1] not in _ENDS:
        start -= 1
    while end < len(tokens) and tokens[end] not in _STOPS:
        end += 1
    return start, end


def _describe_verb(parts: Parts, at: int, start: int, end: int) -> Features:
    tokens, kinds = parts.tokens, parts.kinds
    near = kinds[max(start, at - 4) : at]
    is_last = end >= len(tokens) - 1
    is_inner = not _INNER.isdisjoint(kinds[max(0, start - 1) : at])
    closes = start > 0 and is_last and at - start <= _SHORT
    kind = kinds[at].removesuffix(_PARTICIPLE)
    named = {
        "say" if kind == "tell" else kind: True,
        "infinitive": near[-1:] == ["infinitive"],
        "passive": "passive" in near[-2:],
        "noun": not _BEFORE_NOUNS.isdisjoint(near[-1:]),
        "denied": "denial" in near,
        "inner": is_inner,
        "that": "that" in kinds[at + 1 : at + _SHORT],
        "quotes": _QUOTATION in tokens[at + 1 : end + 1],
        "end": end == at + 1 and is_last,
        f"subject {_subject(parts, start, at)}": True,
    }
    reached = start if closes else (end if is_inner else len(tokens)) - at
    return _held(named) | {"reach": reached / len(tokens)}


def _describe_phrase(parts: Parts, at: int, end: int) -> Features:
    kind = parts.kinds[at]
    if kind == "claims" and not _is_view(parts, at):
        return {kind: 1.0, "claims that": float("that" in parts.kinds[at + 1 : at + 3])}
    if kind in ("claims", "according", "after_speaker"):
        return {"according": 1.0, "according reach": 1 - (end - at) / len(parts.tokens)}
    if kind == "subjunctive":  # German "sei": as a claim with "that"
        return {kind: 1.0, "claim": 1.0, "that": 1.0}
    return {kind: 1.0}


def _is_view(parts: Parts, at: int) -> bool:
    """Return whether a noun is used as in "In his view, ..."."""
    is_view = parts.kinds[max(0, at - 2) : at + 1] == ["small", "articles", "claims"]
    return is_view and parts.tokens[at + 1 : at + 2] == [","] and _opens_clause(parts, at - 2)


def _subject(parts: Parts, start: int, at: int) -> str:
    """Name the kind of the subject of a verb."""
    tokens, kinds = parts.tokens, parts.kinds
    window = range(max(start, at - 6), at)
    found = {kinds[k] for k in window}
    for kind in ("pronouns", "first", "roles"):
        if kind in found:
            return kind
    if any(tokens[k][0].isupper() and (k > 0 or at < 3) for k in window):
        return "name"
    if at == start and any(_may_name(parts, k) for k in range(at + 1, min(len(tokens), at + 6))):
        return "behind"
    return "neutral" if "neutral" in found else "other"


# Speakers within a sentence -------------------------------------------------------------------------------------------


_FEW, _MANY = 4, 12
"""Numbers of words of saying, and of names, that are compared."""

_JOINTS: tuple[list[str], ...] = ([], ["particles"], ["particles", "articles"], ["particles", "definite"])
_BEFORE_OFFICE: tuple[list[str], ...] = ([""], ["", ""])
_PASSED = _ARTICLES | {"infinitive", "denial", "times"}
_GROUPS = {
    "according": "according",
    "after_speaker": "after",
    "say": "say",
    "tell": "tell",
    "claims": "noun",
    "media": "noun",
    "": "marks",
}


class SpeakerOption(NamedTuple):
    """A possible speaker, by its tokens; none for a subject that is left out."""

    span: Span
    features: Features


def options(parts: Parts, known: Collection[str]) -> list[SpeakerOption]:
    """Describe the possible speakers within a sentence: those of an explicit source ("according to"), if there is one.

    :param known: Words of the sentences around, of which those with a capital are names.
    """
    parts = _with_names(parts)
    places = [at for at, kind in enumerate(parts.kinds) if kind in _NAMING or parts.tokens[at] == _QUOTATION][:_FEW]
    places = [at for at in places if parts.kinds[at] == "according"] or places
    names = _candidates(parts, places)[:_MANY] if places else []
    forms = {name: _form(parts, name, known) for name in names}
    standing = {name: _describe_standing(parts, name) for name in names}
    found = [
        SpeakerOption(name, standing[name] | _describe_option(parts, at, name, forms[name]))
        for at in places
        for name in names
        if _may_speak(parts, at, name)
    ]
    lacking = [at for at in places if _lacks_subject(parts, at)]
    return found + [SpeakerOption((at, at), _describe_option(parts, at, (at, at), "dropped")) for at in lacking]


def _may_speak(parts: Parts, at: int, name: Span) -> bool:
    """Return whether grammar lets a name be the speaker of a word of saying.

    A subject follows a verb only where none precedes it in its clause.
    """
    start, end = name
    kind = parts.kinds[at]
    if _is_view(parts, at):
        return False
    if end <= at:
        return kind != "according"
    if start <= at or "that" in parts.kinds[at:start] or kind in ("after_speaker", "tell"):
        return False
    if kind.endswith(_PARTICIPLE):
        return False
    if kind == "according":
        return _ENDS.isdisjoint(parts.tokens[at:start])
    return kind not in _VERBS or not any(parts.may_name[_clause(parts.tokens, at)[0] : at])


def words_around(described: Iterable[Described]) -> frozenset[str]:
    """Collect the words of sentences but for the first ones, in which a capital means nothing."""
    return frozenset().union(*(each.parts.tokens[1:] for each in described))


def stands_for_another(parts: Parts, name: Span) -> bool:
    """Return whether a speaker is a pronoun, or left out."""
    return name[0] == name[1] or parts.kinds[name[0]] in _PRONOUNS


def is_known_office(parts: Parts, name: Span) -> bool:
    """Return whether a speaker is an office that was named before: "the president"."""
    start, end = name
    is_office = end - start == 1 and parts.kinds[start] == "roles" and parts.tokens[start].islower()
    return is_office and parts.kinds[max(0, start - 1) : start] == ["definite"]


def words_at(parts: Parts, span: Span) -> str:
    """Return the text of some tokens."""
    places = [match.span() for match in _TOKEN.finditer(parts.text)]
    return parts.text[places[span[0]][0] : places[span[1] - 1][1]].removesuffix("'s") if span[0] < span[1] else ""


def names_in(parts: Parts, known: Collection[str]) -> Iterator[tuple[str, Span]]:
    """Yield the names and offices of a sentence that follow no preposition, with their forms."""
    parts = _with_names(parts)
    for name in _candidates(parts, ()):
        if _is_free(parts, name):
            yield _form(parts, name, known), name


def _with_names(parts: Parts) -> Parts:
    return parts._replace(may_name=[_may_name(parts, at) for at in range(len(parts.tokens))])


def _may_name(parts: Parts, at: int) -> bool:
    token, kind = parts.tokens[at], parts.kinds[at]
    if kind:
        return kind in _OFFICES or (kind == "particles" and token[0].isupper())
    return (not token.islower() and token[0].isalpha()) or token.startswith("www.")


def _candidates(parts: Parts, places: Sequence[int]) -> list[Span]:
    """Find possible speakers: names, offices, pronouns, and any word next to a word of saying."""
    kinds = parts.kinds
    found: list[Span] = []
    end = _end_of_dateline(parts.tokens)
    for at in compress(range(len(kinds)), parts.may_name):
        if at >= end:
            end = _end_of_name(parts, at)
            found.append(_without_office(parts, at, end))
    taken = {at for start, end in found for at in range(start, end)}
    beside = {at for place in places if kinds[place] for at in _beside(kinds, place)} - taken
    words = (at for at in sorted(beside) if kinds[at] == "neutral" or (not kinds[at] and parts.tokens[at][0].isalpha()))
    return [*found, *((at, _end_of_name(parts, at)) for at in words)]


def _end_of_dateline(tokens: Sequence[str]) -> int:
    """Return where the report begins behind "LONDON (AP) -"."""
    if not (tokens and len(tokens[0]) > 2 and tokens[0].isupper()):
        return 0
    return next((at + 1 for at, token in enumerate(tokens[:_SHORT]) if token in _DASHES), 0)


def _beside(kinds: Sequence[str], at: int) -> Iterator[int]:
    if at:
        yield at - 1
    at += 1
    while at < len(kinds) and kinds[at] in ("articles", "definite", "infinitive"):
        at += 1
    if at < len(kinds):
        yield at


def _end_of_name(parts: Parts, start: int) -> int:
    """Follow a name over particles ("Ministry of the Interior") and to an office ("U.S. military officials")."""
    at = start + 1
    end = min(len(parts.tokens), start + 12)  # number of tokens of a name with its office
    while at < end and parts.kinds[start] not in _PRONOUNS:
        last = next((k for k in range(at, min(at + 3, end)) if _joins(parts, at, k)), -1)
        if last < 0:
            break
        at = last + 1
    return at


def _joins(parts: Parts, at: int, last: int) -> bool:
    between = parts.kinds[at:last]
    is_office = parts.kinds[last] == "roles" and all(token[0].isalpha() for token in parts.tokens[at:last])
    is_joined = between in _JOINTS or (between in _BEFORE_OFFICE and is_office)
    return is_joined and parts.kinds[last] != "pronouns" and parts.may_name[last]


def _without_office(parts: Parts, start: int, end: int) -> Span:
    """Shorten "spokesman Ivan Brown" to the name."""
    tokens = parts.tokens
    offices = [at for at in range(start, end) if parts.kinds[at] == "roles" and tokens[at].islower()]
    if offices and offices[-1] < end - 1 and all(tokens[at][0].isupper() for at in range(offices[-1] + 1, end)):
        return offices[-1] + 1, end
    return start, end


def _lacks_subject(parts: Parts, at: int) -> bool:
    """Return whether a word of saying has no subject, as in "Dijo que" and "In his view"."""
    if _is_view(parts, at):
        return True
    ends = at + 1 >= len(parts.kinds) or parts.kinds[at + 1] == "that" or parts.tokens[at + 1] in (":", _QUOTATION)
    return ends and parts.kinds[at] in ("say", "claim") and _opens_clause(parts, at)


def _opens_clause(parts: Parts, at: int) -> bool:
    """Return whether a clause begins with a word, but for one like "then": "said Brown"."""
    if at and parts.kinds[at - 1] == "joint":
        at -= 1
    return not at or parts.tokens[at - 1] in _ENDS


def _describe_standing(parts: Parts, name: Span) -> Features:
    start = name[0]
    named = {
        "clause": not start or parts.tokens[start - 1] in _ENDS or parts.kinds[start - 1] in _OPENERS_OF_CLAUSES,
        "preposition": not _is_free(parts, name),
        "first": start == 0,
    }
    return _held(named)


def _describe_option(parts: Parts, at: int, name: Span, form: str) -> Features:
    start, end = name
    side = "behind" if start > at else "before"
    between = parts.kinds[at + 1 : start] if start > at else parts.kinds[end:at]
    kind = parts.kinds[at]
    group = "participle" if kind.endswith(_PARTICIPLE) else _GROUPS.get(kind, "verb")
    named = {
        f"{group} {side}": True,
        f"{form} {side}": True,
        "nested": not _NESTING.isdisjoint(parts.kinds[:at]),
        "apposition": end < at and parts.tokens[end] == parts.tokens[at - 1] == ",",
    }
    features = _held(named) | {f"{side} distance": min(len(between), 15) / 15}
    if _PASSED.issuperset(between):
        features |= {f"{form} beside": 1.0, f"{group} {side} beside": 1.0}
        if _opens_clause(parts, at):
            features[f"{side} beside, verb first"] = 1.0
        return features
    breaks = sum(map(_ENDS.__contains__, parts.tokens[at + 1 : start] if start > at else parts.tokens[end:at]))
    if breaks:
        features[f"{side}, clause between" if breaks == 1 else f"{side}, clauses between"] = 1.0
    elif len(between) <= 4 and not any(parts.may_name[at + 1 : start] if start > at else parts.may_name[end:at]):
        features[f"{side}, near"] = 1.0
    if "that" in between:
        features[f"{side}, that between"] = 1.0
    if not _CUES.isdisjoint(between):
        features[f"{side}, verb between"] = 1.0
    return features


_NESTING = frozenset(("that", "relative", "subordinate"))
_OPENERS_OF_CLAUSES = frozenset(("joint", "subordinate", "that"))


def _form(parts: Parts, name: Span, known: Collection[str]) -> str:
    """Name the form of a possible speaker."""
    start, end = name
    first, kind = parts.tokens[start], parts.kinds[start]
    if kind in _PRONOUNS:
        return kind
    if any(parts.kinds[at] == "roles" and parts.tokens[at].islower() for at in (start, end - 1)):
        return "office"
    if not first[0].isupper():
        return "word" if first[0].islower() else "caseless"
    if end - start > 1:
        return "full name"
    if (start and parts.tokens[start - 1] != _QUOTATION) or first in known:
        return "name"
    return "office" if kind == "roles" else "first word"


def _is_free(parts: Parts, name: Span) -> bool:
    """Return whether a name follows no preposition."""
    before = [kind for kind in parts.kinds[max(0, name[0] - 2) : name[0]] if kind not in _ARTICLES]
    return before[-1:] not in (["small"], ["particles"])
