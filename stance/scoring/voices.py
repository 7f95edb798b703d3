"""Separate the outlet's own sentences from those that it quotes or reports, name speakers, and read tones.

Quotation marks are read first. In what is left, words of saying are found ("said", "according to"). A logistic
regression rates each sentence by a few numbers, with the strongest of its words of saying; a second one adds the
sentences before and behind; a third one compares possible speakers. Their weights are the same for all languages; the
words of each are data. In English, a small network reads the sentence, too, where the words of saying leave it unsure:
an encoder of its own, over the word vectors of the one of comments, reads it with the sentences before and behind it,
and a logistic regression joins its answer with that of the rules (``research/training/finetune_voices.py``).

The tone of a sentence toward the targets that it names is read by another encoder, with the sentences around it and the
headline. A small network turns the means of the whole, the sentence, the tokens that name the target, those around them
and the headline into probabilities of critical, neutral and favorable. People take a stance, an article has a tone: the
two models share nothing but the word vectors. A side is shown only above a probability at which, on outlets left out,
enough of the sides shown were right (``data/tone/card.json``; ``research/training/finetune_tone.py`` trains it).
"""

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from itertools import compress, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import HEADLINE, LEAD, TONES, Document, Record, Sentence, Tone, Voice
from stance.limits import map_threads
from stance.resources import TONE, VOICES, shipped_arrays, shipped_toml
from stance.scoring.encoder import LAYERS, SIZE, Library, TextEncoder
from stance.scoring.model import softmax
from stance.scoring.reader import gelu, normalised, one_blas_thread
from stance.scoring.sentences import ENGLISH, Span, split_sentences


LIKELY_PERSONS = ("full name", "name", "caseless", "office")
"""Forms of names that a pronoun may mean, the likeliest first."""
PARTICIPLE = "+"
"""Suffix of the kind of a participle: "saying"."""
OFFICES = frozenset(("roles", "pronouns", "titles", "places"))
ARTICLES = frozenset(("articles", "definite"))
PRONOUNS = frozenset(("pronouns", "neutral"))
OPENERS = frozenset(("joint", "subordinate", "that"))
PARTICLES: tuple[list[str], ...] = ([], ["particles"], ["particles", "articles"], ["particles", "definite"])
OPENERS_OF_QUOTATIONS = ("“", "«", "„", ",,", "``", "‘")
QUOTATION = "“”"
"""Token for a long quotation, which is left out of the words around it."""
SHORT = 7
"""Number of tokens of a clause that only names the speaker."""
VOWEL_SIGNS = re.compile("[\u064b-\u0652\u0640]+")
"""Pattern: vowel signs of Arabic words, which are rarely written."""
WRITINGS = frozenset(("report", "reports", "study", "survey", "poll"))
"""Offices that nobody holds."""
TURN = re.compile(r"[^\W\d_][\w .'’]{2,40}: ")
SOURCE = re.compile(r"\s[-–—]\s[^-–—,:]{3,60}$")
SPEAKER = re.compile(r"((?=[^\W\d_])[\w .'’-]{1,40}?)(?:\s\([^()]{1,60}\))?(?::(?:\s|$)|：)")
"""Pattern of a name before a turn in an interview."""
ENDS = (".", "?", "!", "…", "。", "？", "”", '"', "»")
ASKERS = frozenset(("q", "a", "question", "answer", "frage", "antwort", "вопрос", "ответ", "réponse", "pregunta",
                    "respuesta", "vraag", "antwoord", "soru", "cevap"))  # fmt: skip


UNSURE = 2.0
"""Maximum log odds of the rules, either way, at which the network reads a sentence.

It is asked about 37 of 100 sentences; asked about all, it changes accuracy by less than .001.
"""


# Words ----------------------------------------------------------------------------------------------------------------

Features = dict[str, float]
Said = tuple[Voice, str | None]
"""Voice and speaker."""

LANGUAGES = ("ar", "de", "en", "es", "fr", "nl", "ru", "tr")
"""Languages with word lists; in others, only text in quotation marks counts as quoted."""


_VERBS = frozenset(
    verb + form
    for verb in ("say", "tell", "claim", "charge", "act", "report", "show", "think")
    for form in ("", PARTICIPLE)
)
_FINITE = frozenset(kind for kind in _VERBS if not kind.endswith(PARTICIPLE))
_CUES = _VERBS | {"according", "after_speaker", "rumour", "claims", "subjunctive"}
_NAMING = (_CUES - {"subjunctive", "rumour"}) | {"media"}
"""Kinds of words next to which a speaker is named."""

_SAYING = _VERBS | PRONOUNS | {"small"}
"""Kinds of words that no name has: "He added: ...", "From Kiel: ..."."""

_SUBORDINATE = frozenset(("that", "relative", "subordinate"))

_PASSED = ARTICLES | {"infinitive", "denial", "times"}


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
            name = f"{kind}{PARTICIPLE}" if part == "participles" else kind
            for word in (before + word for word in words.split() for before in attached):
                kinds.setdefault(word, name)
                if kind != "denial":  # Theresa May
                    kinds.setdefault(word[0].upper() + word[1:], name)
                if kind == "labels":
                    kinds.setdefault(word.upper(), name)
    return kinds


@cache
def _places_in(language: str) -> frozenset[str]:
    """Return the words of names of countries, large cities and parts of the world, with and without a capital."""
    if language not in LANGUAGES:
        return frozenset()
    from babel import Locale  # a tenth of a second

    locale = Locale(language)
    cities = (str(zone.get("city", name.rpartition("/")[2])) for name, zone in locale.time_zones.items())
    names = (name for code, name in locale.territories.items() if code not in ("EU", "UN"))
    own = (word for word, kind in _kinds_in(language).items() if kind == "places")
    return frozenset(own).union(*(name.replace("_", " ").split() for name in (*names, *cities)))


# Quotation marks ------------------------------------------------------------------------------------------------------

_MARK = re.compile("\"|“|”|„|«|»|‘|’|''|'|``|,,")
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
        if mark.group() in ("'", "‘", "’"):
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
    return mark.group() in OPENERS_OF_QUOTATIONS or (before == ":" and is_followed)


class Inside(NamedTuple):
    """The quoted parts of a sentence, counted from its start."""

    spans: Sequence[Span]
    is_carried: bool = False  # a quotation runs into the sentence
    runs_on: bool = False  # a quotation runs on behind it


def _within(spans: Sequence[Span], sentences: Sequence[Span]) -> Iterator[Inside]:
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

_ENDS = frozenset((",", ";", ":", "-", "–", "—", "(", ")", QUOTATION))
_STOPS = _ENDS | {"."}


class Described(NamedTuple):
    """The words of a sentence outside long quotations, with their kinds, and the numbers that describe it."""

    text: str  # outside long quotations
    tokens: Sequence[str]
    kinds: Sequence[str]  # of the tokens; "" for other words
    may_name: Sequence[bool]  # offices, pronouns, words with a capital or in a script without
    inside: Inside
    features: Features
    cues: Sequence[Features]  # of its words of saying
    language: str = ENGLISH
    is_headline: bool = False


def describe(text: str, inside: Inside, language: str) -> Described:
    """Describe a sentence of a lead or a paragraph."""
    kept, end, share, has_marks = [], 0, 0, False
    for start, stop in inside.spans:
        # Number of spaces in a quotation that is more than a word in quotation marks.
        if text.count(" ", start, stop) >= 3 or stop - start >= len(text) - 1:  # all but a full stop
            kept += [text[end:start], f" {QUOTATION} "]
            end, share = stop, share + stop - start
        else:
            has_marks = True
    outside = "".join([*kept, text[end:]])
    if not outside.isascii():
        outside = VOWEL_SIGNS.sub("", outside).replace("’", "'")
    # Maximum number of tokens read of a sentence: longer ones are not prose, and comparing takes quadratic time.
    tokens, kinds_in = _TOKEN.findall(outside)[:400], _kinds_in(language)
    kinds = [kinds_in.get(token, "") for token in tokens]
    cues = [_describe_cue(tokens, kinds, at) for at, kind in enumerate(kinds) if kind in _CUES]
    features = {
        "quotation": float(share > 0),
        "quoted share": share / len(text),
        "words in marks": float(has_marks),
        "no word of saying": float(not cues),
        "length": min(len(kinds), 60) / 60,
        "turn": float(_turn(outside, kinds) is not None),
    }
    return Described(outside, tokens, kinds, [*map(_may_name, tokens, kinds)], inside, features, cues, language)


def _describe_cue(tokens: Sequence[str], kinds: Sequence[str], at: int) -> Features:
    """Describe a word of saying: its kind and, of a verb, the share of the sentence that it reaches."""
    kind = kinds[at].removesuffix(PARTICIPLE)
    if kind not in _VERBS:
        names = {"after_speaker": ("according",), "subjunctive": ("subjunctive", "claim")}  # German "sei": as "claims"
        return dict.fromkeys(names.get(kind, (kind,)), 1.0)
    start, end = _clause(tokens, at)
    closes = start > 0 and end >= len(tokens) - 1 and at - start <= SHORT
    return {"say" if kind == "tell" else kind: 1.0, "reach": (start if closes else len(tokens) - at) / len(tokens)}


def describe_headline(text: str, language: str) -> Described:
    """Describe a headline, which has a grammar of its own."""
    found = describe(text, Inside(quotations(text)), language)
    pairs = zip(found.kinds, found.tokens, [*found.tokens[1:], ""], strict=False)
    kinds = ["" if word.endswith("ed") and behind == "as" else kind for kind, word, behind in pairs]  # "named as"
    told = [_describe_cue(found.tokens, kinds, at) for at, kind in enumerate(kinds) if kind in _CUES]
    cues = [{f"headline {name}": value for name, value in cue.items() if name in _CUES} for cue in told]
    turn, source = found.features["turn"], SOURCE.search(found.text)
    features = {
        "headline": 1.0,
        "headline turn": turn,
        "headline source": float(source is not None),
        "headline quotation": found.features["quotation"],
        "headline marks": found.features["words in marks"],
        "headline without": float(not (cues or turn or source)),
    }
    return found._replace(kinds=kinds, features=features, cues=cues, is_headline=True)


def describe_spans(text: str, spans: Sequence[Span], language: str, quoted: Sequence[Span]) -> list[Described]:
    """Describe the sentences of a paragraph.

    :param quoted: The parts that are quoted: all of it in a block quotation.
    """
    held = _within(quoted, spans)
    return [describe(text[start:end], inside, language) for (start, end), inside in zip(spans, held, strict=True)]


def _turn(text: str, kinds: Sequence[str]) -> str | None:
    """Return X of "X: ...", but for a label like "Opinion"."""
    turn = None if kinds[:1] in (["labels"], ["claims"]) else TURN.match(text)
    return turn.group().rstrip(": ") if turn else None


def _stated_source(described: Described, known: Collection[str]) -> str | None:
    """Return X of "X: ..." and "... - X" where X is an office, or a name that has a capital elsewhere, too."""
    source = SOURCE.search(described.text)
    found = _turn(described.text, described.kinds) or (source.group().strip(" -–—") if source else "")
    words = found.split()
    kinds = {_kinds_in(described.language).get(word, "") for word in words}
    is_name = len(words) <= 4 and all(word[0].isalpha() and not word[0].islower() for word in words)
    if "roles" in kinds:
        return found if (described.is_headline or is_name) and words[-1].lower() not in WRITINGS else None
    is_known = any(word in known or (word.isupper() and word.title() in known) for word in words)
    is_known &= kinds <= {"", "titles"}
    return found if is_name and is_known and not _places_in(described.language).issuperset(words) else None


def _clause(tokens: Sequence[str], at: int) -> Span:
    start, end = at, at + 1
    while start and tokens[start - 1] not in _ENDS:
        start -= 1
    while end < len(tokens) and tokens[end] not in _STOPS:
        end += 1
    return start, end


def _may_name(token: str, kind: str) -> bool:
    if kind:
        return kind in OFFICES or (kind == "particles" and token[0].isupper())
    return (not token.islower() and token[0].isalpha()) or token.startswith("www.")


# Speakers within a sentence -------------------------------------------------------------------------------------------


class SpeakerOption(NamedTuple):
    """A possible speaker, by its tokens; none for a subject that is left out."""

    span: Span
    features: Features


def options(described: Described, known: Collection[str]) -> list[SpeakerOption]:
    """Describe the possible speakers within a sentence: those of an explicit source ("according to"), if there is one.

    :param known: Words of the sentences around, of which those with a capital are names.
    """
    kinds, tokens = described.kinds, described.tokens
    # Numbers of words of saying, and of names, that are compared.
    places = [at for at, kind in enumerate(kinds) if kind in _NAMING or tokens[at] == QUOTATION][:4]
    if not (QUOTATION in tokens and "say" in kinds):  # "...", Ann said, according to the paper
        places = [at for at in places if kinds[at] == "according"] or places
    names = _candidates(described, places)[:12] if places else []
    names = [name for name in names if _may_be_name(described, name, places, known)]
    found = [
        SpeakerOption(name, _describe_option(described, at, name, _form(described, name, known)))
        for at in places
        for name in names
        if _may_speak(described, at, name)
    ]
    lacking = [(at, at) for at in places if _lacks_subject(described, at)]
    return found + [SpeakerOption(span, _describe_option(described, span[0], span, "dropped")) for span in lacking]


def _may_be_name(described: Described, name: Span, places: Sequence[int], known: Collection[str]) -> bool:
    """Return whether a possible speaker is a name or an office.

    None is a letter, a party in brackets, a word in lower case without an office, nor the first word of a sentence
    that is in lower case elsewhere, unless a word of saying is beside it.
    """
    (start, end), tokens, kinds = name, described.tokens, described.kinds
    if kinds[start] in PRONOUNS or "roles" in kinds[start:end]:
        return True
    first = tokens[start]
    is_letter = len(first) == 1 and (end - start == 1 or first in "DRI")  # "Q", "D-Ohio"
    if is_letter or tokens[start - 1 : start] == ["("]:
        return False
    form = _form(described, name, known)
    is_near = any(end - 1 in _neighbours(kinds, place) for place in places)
    if form == "name" and tokens[start - 1] in ('"', *OPENERS_OF_QUOTATIONS) and first not in known:
        return is_near  # the first word of a quotation
    if form == "word":
        return first.startswith("www.")
    if form == "name" and described.language == "de":  # where every noun has a capital
        return is_near
    return form != "first word" or is_near or first.lower() not in known


def _is_thing(described: Described, name: Span) -> bool:
    """Return whether a name is that of a place, or of something that is written."""
    own = described.tokens[slice(*name)]
    return own[-1].lower() in WRITINGS or own[0].startswith("www.") or _places_in(described.language).issuperset(own)


def _may_speak(described: Described, at: int, name: Span) -> bool:
    """Return whether grammar lets a name be the speaker of a word of saying.

    A subject follows a verb only where none precedes it in its clause.
    """
    start, end = name
    kind = described.kinds[at]
    if end <= at:
        return kind != "according" and not _is_apposed(described, name, at)
    if start <= at or "that" in described.kinds[at:start] or kind in ("after_speaker", "tell"):
        return False
    if kind == "according":
        return _ENDS.isdisjoint(described.tokens[at:start])
    is_free = kind not in _VERBS or not any(described.may_name[_clause(described.tokens, at)[0] : at])
    return is_free and not kind.endswith(PARTICIPLE)


def _is_parted(described: Described, at: int, name: Span) -> bool:
    """Return whether only what explains a subject parts it from its verb: "Brown, an engineer from Kiel, said"."""
    tokens, end = described.tokens, name[1]
    if described.kinds[at] not in _FINITE or end >= at or tokens[end] != "," or tokens[at - 1] != ",":
        return False
    return QUOTATION not in tokens[end:at] and not any(described.may_name[at + 1 : at + 2])


def _is_apposed(described: Described, name: Span, at: int) -> bool:
    """Return whether an office explains a name: "Brown, an engineer, said"; "the engineer, Brown, said"."""
    (start, end), tokens = name, described.tokens
    if described.kinds[end - 1] != "roles" or not tokens[end - 1].islower() or "," not in tokens[end:at]:
        return False
    opens = next((k for k in range(start, max(start - SHORT, 0), -1) if tokens[k - 1] in _ENDS), 0)
    explains = opens > 1 and tokens[opens - 1] == "," and described.may_name[opens - 2]
    return explains or (tokens[end] == "," and described.may_name[end + 1] and "," in tokens[end + 2 : at])


def words_around(described: Iterable[Described]) -> frozenset[str]:
    """Collect the words of sentences but for the first ones, in which a capital means nothing."""
    return frozenset().union(*(each.tokens[1:] for each in described))


def is_pronoun(described: Described, name: Span) -> bool:
    """Return whether a speaker is a pronoun, or left out."""
    return name[0] == name[1] or described.kinds[name[0]] in PRONOUNS


def words_at(described: Described, span: Span) -> str:
    """Return the text of some tokens."""
    if span[0] == span[1]:
        return ""
    places = [match.span() for match in _TOKEN.finditer(described.text)]
    return described.text[places[span[0]][0] : places[span[1] - 1][1]].removesuffix("'s")


def _names_in(described: Described, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the names and offices of a sentence that follow no preposition, after their forms.

    In a headline, where all words may have a capital, a name is one of the article.
    """
    for name in _candidates(described, ()):
        is_known = not described.is_headline or known.issuperset(described.tokens[slice(*name)])
        if is_known and _is_free(described, name) and not _is_thing(described, name):
            yield _form(described, name, known), words_at(described, name)


def _candidates(described: Described, places: Sequence[int]) -> list[Span]:
    """Find possible speakers: names, offices, pronouns, and any word next to a word of saying."""
    kinds, tokens = described.kinds, described.tokens
    found: list[Span] = []
    end = _end_of_dateline(tokens)
    for at in compress(range(len(kinds)), described.may_name):
        if at >= end:
            end = _end_of_name(described, at)
            found.append(_without_office(described, at, end))
    taken = {at for start, end in found for at in range(start, end)}
    near = {at for place in places if kinds[place] for at in _neighbours(kinds, place)} - taken
    words = (at for at in sorted(near) if kinds[at] == "neutral" or (not kinds[at] and tokens[at][0].isalpha()))
    return [*found, *((at, _end_of_name(described, at)) for at in words)]


def _end_of_dateline(tokens: Sequence[str]) -> int:
    """Return where the report begins behind "LONDON (AP) -"."""
    if not (tokens and len(tokens[0]) > 2 and tokens[0].isupper()):
        return 0
    return next((at + 1 for at, token in enumerate(tokens[:SHORT]) if token in ("-", "–", "—")), 0)


def _neighbours(kinds: Sequence[str], at: int) -> list[int]:
    """Return the places before and behind a word, over articles."""
    behind = at + 1
    while behind < len(kinds) and kinds[behind] in ("articles", "definite", "infinitive"):
        behind += 1
    return [place for place in (at - 1, behind) if 0 <= place < len(kinds)]


def _end_of_name(described: Described, start: int) -> int:
    """Follow a name over particles ("Ministry of the Interior") and to an office ("U.S. military officials")."""
    at = start + 1
    end = min(len(described.tokens), start + 12)  # number of tokens of a name with its office
    while at < end and described.kinds[start] not in PRONOUNS:
        last = next((k for k in range(at, min(at + 3, end)) if _joins(described, at, k)), -1)
        if last < 0:
            break
        at = last + 1
    return at


def _joins(described: Described, at: int, last: int) -> bool:
    between, kind = described.kinds[at:last], described.kinds[last]
    is_office = kind == "roles" and all(token[0].isalpha() for token in described.tokens[at:last])
    is_joined = between in PARTICLES or (is_office and between in ([""], ["", ""]))
    is_word = described.may_name[last] or (kind == "labels" and described.tokens[last].istitle())  # "Associated Press"
    return is_joined and kind != "pronouns" and is_word


def _without_office(described: Described, start: int, end: int) -> Span:
    """Shorten "spokesman Ivan Brown" to the name."""
    tokens = described.tokens
    offices = [at for at in range(start, end) if described.kinds[at] == "roles" and tokens[at].islower()]
    if offices and offices[-1] < end - 1 and all(tokens[at][0].isupper() for at in range(offices[-1] + 1, end)):
        return offices[-1] + 1, end
    return start, end


def _lacks_subject(described: Described, at: int) -> bool:
    """Return whether a verb has no subject, as in "Dijo que"."""
    kinds, tokens = described.kinds, described.tokens
    ends = at + 1 >= len(kinds) or kinds[at + 1] == "that" or tokens[at + 1] in (":", QUOTATION)
    return ends and kinds[at] in ("say", "claim") and (not at or tokens[at - 1] in _ENDS)


def _describe_option(described: Described, at: int, name: Span, form: str) -> Features:
    """Describe a possible speaker of a word of saying."""
    tokens, kinds, (start, end) = described.tokens, described.kinds, name
    side = "behind" if start > at else "before"
    first, last = (at + 1, start) if start > at else (end, at)
    between = [] if _is_parted(described, at, name) else kinds[first:last]
    features = {f"{kinds[at]} {side}": 1.0, f"{form} {side}": 1.0, f"{side} distance": min(len(between), 15) / 15}
    if form != "dropped":
        opens = not start or tokens[start - 1] in _ENDS or kinds[start - 1] in OPENERS
        features |= {"clause": float(opens), "preposition": float(not _is_free(described, name))}
        features["first"] = float(start == 0)
    features["embedded name"] = float(not _SUBORDINATE.isdisjoint(kinds[max(0, start - 3) : start]))
    features["verb, that"] = float(kinds[at + 1 : at + 2] == ["that"])
    breaks = sum(token in _ENDS for token in tokens[first:last])
    if _PASSED.issuperset(between):
        features |= {f"{form} beside": 1.0, f"{kinds[at]} {side} beside": 1.0}
    elif breaks:
        features[f"{side}, clause between" if breaks == 1 else f"{side}, clauses between"] = 1.0
    elif len(between) <= 4 and not any(described.may_name[first:last]):
        features[f"{side}, near"] = 1.0
    return features


def _form(described: Described, name: Span, known: Collection[str]) -> str:
    """Name the form of a possible speaker."""
    start, end = name
    first, kind = described.tokens[start], described.kinds[start]
    if kind in PRONOUNS:
        return kind
    if any(described.kinds[at] == "roles" and described.tokens[at].islower() for at in (start, end - 1)):
        return "office"
    if not first[0].isupper():
        return "word" if first[0].islower() else "caseless"
    if end - start > 1:
        return "full name"
    if (start and described.tokens[start - 1] != QUOTATION) or first in known:
        return "name"
    return "office" if kind == "roles" else "first word"


def _is_free(described: Described, name: Span) -> bool:
    """Return whether a name follows no preposition."""
    before = [kind for kind in described.kinds[max(0, name[0] - 2) : name[0]] if kind not in ARTICLES]
    return before[-1:] not in (["small"], ["particles"])


# The network ----------------------------------------------------------------------------------------------------------

TOKENS = 124
"""Number of tokens read at once, without the two marks around the sentence."""

SENTENCE_TOKENS, AROUND = 90, 30
"""Maximum numbers of tokens of the sentence, and of each of the two around it."""

SEPARATOR = 102
"""The token between sentences."""

HIDDEN = 128
PARTS = 3  # the sentence, the marks before and behind it

Numbers = NDArray[np.float32]


class VoicePassage(NamedTuple):
    """A sentence with its neighbours, empty where there is none."""

    before: str
    text: str
    behind: str


class VoiceTokens(NamedTuple):
    """The tokens of a passage, and which of them are the sentence."""

    ids: tuple[int, ...]
    sentence: range


def tokens_of(passage: VoicePassage, tokenize: Callable[[str], Library]) -> VoiceTokens:
    """Choose the tokens that are read, with a mark on both sides of the sentence.

    :param tokenize: Returns an encoding with ``ids``.
    """
    before, own, behind = (tokenize(text).ids for text in passage)
    own = own[:SENTENCE_TOKENS]
    room = TOKENS - len(own)
    before = before[max(0, len(before) - min(AROUND, room // 2)) :]
    behind = behind[: min(AROUND, room - len(before))]
    mark, start = SEPARATOR, len(before) + 1
    return VoiceTokens((*before, mark, *own, mark, *behind), range(start, start + len(own)))


@dataclass(frozen=True)
class _Reader:
    """An encoder, which shares the word vectors of the one of comments, and a small network over it.

    :param folder: Holds ``layers.zst`` and ``network.npz``.
    """

    folder: Path

    @cached_property
    def encoder(self) -> TextEncoder:
        return TextEncoder(changes=self.folder / LAYERS)

    @cached_property
    def network(self) -> Mapping[str, Numbers]:
        return shipped_arrays(self.folder / "network.npz")

    def answer(self, row: Numbers) -> Numbers:
        """Return the outputs of the network."""
        hidden = gelu(self.network["entry"] @ row + self.network["entry_bias"])
        return self.network["exit"] @ hidden + self.network["exit_bias"]


class VoiceReader(_Reader):
    """The shipped network of voices."""

    def read(self, passages: Sequence[VoicePassage]) -> list[float]:
        """Return the log odds that each sentence is quoted."""
        chosen = [tokens_of(passage, self.encoder.tokenize) for passage in passages]
        with one_blas_thread():
            return map_threads(self._read, chosen)

    def _read(self, tokens: VoiceTokens) -> float:
        own, vectors = tokens.sentence, self.encoder.vectors(tokens.ids)
        mean = vectors[own.start : own.stop].mean(axis=0) if own else np.zeros(SIZE, np.float32)
        parts = normalised(np.array([mean, vectors[own.start - 1], vectors[own.stop]], np.float32))
        return float(self.answer(parts.ravel()))


voice_reader = cache(partial(VoiceReader, VOICES))
"""Return the shipped network, loaded when it is first used."""


# Rules --------------------------------------------------------------------------------------------------------------


@cache
def _load_weights() -> Mapping[str, Mapping[str, float]]:
    """Load the weights of four logistic regressions by the names of their features; "" is the intercept."""
    found: dict[str, dict[str, float]] = json.loads((VOICES / "weights.json").read_text(encoding="utf-8"))
    return found


def weigh(features: Features, weights: Mapping[str, float]) -> float:
    """Return the log odds by a logistic regression."""
    return weights.get("", 0.0) + sum([weights.get(name, 0.0) * value for name, value in features.items()])


def alone(described: Described, weights: Mapping[str, float]) -> Features:
    """Return the features of a sentence and of the word of saying in it that speaks most for a quotation."""
    return described.features | max(described.cues, key=lambda cue: weigh(cue, weights), default={})


def in_context(described: Described, odds: float, before: float | None, behind: float | None) -> Features:
    """Describe a sentence among its neighbours by their log odds.

    :param before: None: there is no sentence before, or it is a headline.
    """
    features = {"alone": odds}
    for name, value in (("before", before), ("behind", behind)):
        if value is not None:
            chance = 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))
            features |= {f"has {name}": 1.0, name: chance, f"{name}, no word of saying": chance * (not described.cues)}
    return features


def is_unsure(described: Described, odds: float) -> bool:
    """Return whether rules with these log odds are unsure; an explicit source ("according to") leaves no doubt."""
    return abs(odds) < UNSURE and not (odds > 0 and any("according" in cue for cue in described.cues))


def joined(described: Described, rules: float, read: float) -> Features:
    """Describe a sentence by the log odds of the rules and of the network."""
    features = {"rules": rules, "read": read}
    return features | {"headline": 1.0, "headline, rules": rules} if described.is_headline else features


def read_sentences(document: Document, is_asked: Callable[[str], bool] = bool) -> tuple[Sentence, ...]:
    """Split an article into sentences with voice and speaker, in article order (headline, lead, paragraphs).

    :param is_asked: Whether the network reads a sentence of this text; for others the rules suffice.
    """
    language, headline = document.language, document.title or ""
    title = describe_headline(headline, language) if headline else None
    parts = [(LEAD, document.lead or ""), *((str(number), text) for number, text in enumerate(document.body, 1))]
    texts, places, described = list[str](), list[str](), list[Described]()
    for place, text in parts:
        spans = split_sentences(text)
        texts += [text[start:end] for start, end in spans]
        places += [place] * len(spans)
        quoted = [(0, len(text))] if place in document.quotations else quotations(text)
        described += describe_spans(text, spans, language, quoted)
    read = read_described(described, passages_of(texts, language, is_asked), title)
    turns = turns_of(document, described)
    found = tuple(
        Sentence(text, place, *turns.get(place, said)) for text, place, said in zip(texts, places, read, strict=True)
    )
    if not title:
        return found
    own = read_described([title], passages_of([headline], language, is_asked), None, described)[0]
    return Sentence(headline, HEADLINE, *own), *found


def turns_of(document: Document, described: Sequence[Described]) -> dict[str, Said]:
    """Return the voice and the speaker of each paragraph of an interview, "NAME: text", by its place.

    A turn goes on to the next one, the last as far as the longest before it. What the outlet asks is its own.

    :return: Empty for other articles, such as those with a list of facts.
    """
    body, known = document.body, words_around(described)
    found = {at: match for at, text in enumerate(body) if (match := SPEAKER.match(text))}
    kinds_in = _kinds_in(document.language or "")
    found = {at: match for at, match in found.items() if _SAYING.isdisjoint(map(kinds_in.get, match[1].split()))}
    times = Counter(match[1] for match in found.values())
    turns = {at: own for at, own in found.items() if times[own[1]] > 1 or (" " in own[1] and own[1].istitle())}
    names = {own[1]: re.findall(r"\w+", own[1].title() if own[1].isupper() else own[1]) for own in turns.values()}
    persons = {
        name for name, own in names.items() if len(own) > 1 or (own[0] in known and own[0].lower() not in ASKERS)
    }
    spoken = sum(match.end() == len(match.string) or match.string.endswith(ENDS) for match in turns.values())
    starts = [*turns, len(body)]
    is_talk = len(names) > 1 and (persons or ASKERS.issuperset(map(str.casefold, names)))
    if not is_talk or min(2 * spoken, len(turns)) < max(3, (starts[-2] - starts[0]) / 6):
        return {}
    starts[-1] = min(starts[-1], starts[-2] + max(end - start for start, end in pairwise(starts[:-1])))
    outlet, whole = {*(document.outlet or "").casefold().split()}, full_names(described, known)
    voices = dict[str, Said]()
    for start, end in pairwise(starts):
        words = names[turns[start][1]]
        name = " ".join(words[1:] if len(words[0]) == 1 < len(words) else words)
        is_own = any(len(word) > 3 and word in outlet for word in name.casefold().split())
        speaker = one_name(name, whole, document.language) if turns[start][1] in persons and not is_own else None
        said = (Voice.OUTLET if is_own else Voice.QUOTED), speaker
        voices |= dict.fromkeys(map(str, range(start + 1, end + 1)), said)
    return voices


def passages_of(
    sentences: Sequence[str], language: str | None, is_asked: Callable[[str], bool] = bool
) -> list[VoicePassage | None]:
    """Return the passages for the network: None where it is not asked."""
    around = zip(["", *sentences], sentences, [*sentences[1:], ""], strict=False)
    return [VoicePassage(*each) if language == ENGLISH and is_asked(each[1]) else None for each in around]


def read_described(
    described: Sequence[Described],
    passages: Sequence[VoicePassage | None],
    headline: Described | None = None,
    around: Sequence[Described] = (),
) -> list[Said]:
    """Return voices and speakers.

    :param headline: Its names are possible speakers.
    :param around: Further sentences, in which full names are looked for.
    """
    weights = _load_weights()
    alone_odds = [weigh(alone(each, weights["sentence"]), weights["sentence"]) for each in described]
    neighbours = zip(described, alone_odds, [None, *alone_odds], [*alone_odds[1:], None], strict=False)
    odds = [weigh(in_context(*each), weights["context"]) for each in neighbours]
    asked = {at: each for at, each in enumerate(passages) if each and is_unsure(described[at], odds[at])}
    read = voice_reader().read([*asked.values()]) if asked else []
    for at, value in zip(asked, read, strict=True):
        odds[at] = weigh(joined(described[at], odds[at], value), weights["joined"])
    is_quoted = [each > 0 for each in odds]
    found = [Voice.QUOTED if each else Voice.OUTLET for each in is_quoted]
    everything = [each for each in (*described, *around) if not each.is_headline]
    known = words_around(everything)
    named = speakers(described, is_quoted, headline, known)
    names = full_names(everything, known) if any(named) else {}
    return [
        (voice, name and one_name(name, names, each.language))
        for voice, name, each in zip(found, named, described, strict=True)
    ]


# Speakers -------------------------------------------------------------------------------------------------------------


class Named(NamedTuple):
    """The speaker that a sentence names."""

    text: str  # empty: a place or something that is written
    pronoun: int | None = None  # number of its token, or of the word of saying whose subject is left out


def speakers(
    described: Sequence[Described], is_quoted: Sequence[bool], headline: Described | None, known: frozenset[str]
) -> list[str | None]:
    """Name the speaker of each quoted sentence: in it, else in that before or behind.

    A pronoun, and a quotation of which nobody is named, are those of whoever spoke or is named before.

    :param known: Words of the article, of which those with a capital are names.
    """
    wanted = [own or behind for own, behind in zip(is_quoted, [*is_quoted[1:], False], strict=False)]
    holders = _holders(described) if any(wanted) else {}
    named = [_named_in(each, known, holders) if wants else None for each, wants in zip(described, wanted, strict=True)]
    voiced = {each.text.rpartition(" ")[2] for each in named if each}
    behinds: list[tuple[Named | None, bool]] = [(None, False)]  # named behind; whether in the same quotation
    for at in range(len(named) - 1, 0, -1):
        following, runs_on = named[at] if is_quoted[at] else None, described[at - 1].inside.runs_on
        behinds.append(behinds[-1] if following is None and runs_on else (following, runs_on))
    found: list[str | None] = []
    for at, (each, (behind, is_same)) in enumerate(zip(named, reversed(behinds), strict=False)):
        inside = described[at].inside
        introduced = at > 0 and described[at - 1].text.endswith(":")
        before = found[-1] if at and (is_quoted[at - 1] or introduced) else None
        own = None if introduced and {"say", "tell", "according"}.isdisjoint(described[at].kinds) else each
        if own is None and behind and (not before or (is_same and not inside.is_carried)):
            is_named = behind.text or behind.pronoun is None
            name = behind.text if is_named else _meant(described, at, 0, found, headline, known, voiced)
            found.append(name or before)
        elif own is None:
            found.append(before)
        elif own.pronoun is None:
            found.append(own.text)
        else:
            found.append(_meant(described, at, own.pronoun, found, headline, known, voiced))
        if found[-1] is None and is_quoted[at] and inside.spans:
            found[-1] = _meant(described, at, -1, found[:-1], None, known, voiced)
    stated = _named_in(headline, known, {}) if headline and None in found else None
    names = [(stated.text if stated else None) if name is None else name for name in found]
    return [name or None if quoted else None for name, quoted in zip(names, is_quoted, strict=True)]


def _named_in(described: Described, known: Collection[str], holders: Mapping[str, str]) -> Named | None:
    """Return whom a sentence names as its speaker, if it names one."""
    if source := _stated_source(described, known):
        return Named(source)
    weights, found = _load_weights()["speaker"], options(described, known)
    if not found:
        return None
    span = max(found, key=lambda option: weigh(option.features, weights)).span
    if is_pronoun(described, span):
        return Named("", span[0])
    name = "" if _is_thing(described, span) else words_at(described, span)
    return Named(holders.get(name, name) if described.kinds[span[0] - 1 : span[0]] == ["definite"] else name)


def _holders(described: Sequence[Described]) -> dict[str, str]:
    """Return the name that an office means, "President Brown" of "president", where one name has it."""
    names = defaultdict[str, Counter[str]](Counter)
    for each in described:
        for span in _candidates(each, ()):
            name = words_at(each, span)
            if " " in name and each.tokens[span[1] - 1][0].isupper():
                for at in range(*span):
                    if each.kinds[at] == "roles":
                        names[each.tokens[at].lower()][name] += 1
    return {office: next(iter(found)) for office, found in names.items() if len(found) == 1}


def _meant(
    described: Sequence[Described],
    at: int,
    end: int,
    found: Sequence[str | None],
    headline: Described | None,
    known: frozenset[str],
    voiced: Collection[str],
) -> str | None:
    """Return whom a pronoun means: the first person before it in its sentence, else who spoke or is named before.

    :param end: The token of the pronoun; -1: a quotation of which nobody is named.
    :param voiced: Last words of the names that stand at words of saying.
    """
    own = described[at]
    is_inner = end > 0 and own.tokens[end - 1] not in _ENDS  # not ", he said"
    may_name = [at < end and is_name for at, is_name in enumerate(own.may_name)]
    if is_inner and (name := _person_of(own._replace(may_name=may_name), known)):
        return name
    # Number of sentences in which a pronoun finds its speaker.
    near = range(at - 1, max(-1, at - 1 - 3), -1)
    spoken = (found[back] or (_person_of(described[back], known) if back == at - 1 else None) for back in near)
    named = (_person_of(each, known) for each in (*(described[back] for back in near), headline) if each)
    names = [name for name in (*spoken, *named) if name]
    return next((name for name in names if name.rpartition(" ")[2] in voiced), names[0] if names and end >= 0 else None)


def _person_of(described: Described, known: frozenset[str]) -> str | None:
    """Return the likeliest person that a sentence names."""
    likely = LIKELY_PERSONS.index
    names = [each for each in _names_in(described, known) if each[0] in LIKELY_PERSONS]
    return min(names, key=lambda each: likely(each[0]), default=("", None))[1]


def _person_in(name: str, language: str) -> str:
    """Return the person in a name with an office or an institution, else the name."""
    kinds, words = _kinds_in(language), re.split(r" (?:of|for) |, ", name)[0].split()
    offices = [not {"roles", "titles"}.isdisjoint((kinds.get(word), kinds.get(word.lower()))) for word in words]
    ends = (at for at, word in enumerate(words, 1) if offices[at - 1] or word.endswith("'s"))
    person = words[max(ends, default=0) :]
    if language == "de" and person[-2:-1] and person[-2][0].isupper():
        person = person[-2:]  # "Schriftstellerin Monika Maron": every noun has a capital
    return " ".join(person) if person and all(word[0].isupper() for word in person) else name


def full_names(described: Sequence[Described], known: Collection[str]) -> dict[str, str]:
    """Return the full names in sentences by their last words, where no other is half as frequent."""
    counts = defaultdict[str, Counter[str]](Counter)
    for each in described:
        for span in _candidates(each, ()):
            words = _person_in(words_at(each, span), each.language).split()
            if 1 < len(words) < SHORT and words[-1].istitle() and (span[0] or each.tokens[0] in known):
                counts[words[-1]][" ".join(words)] += 1
    ranked = {last: names.most_common(2) for last, names in counts.items()}
    return {last: first for last, [(first, n), *others] in ranked.items() if not others or others[0][1] * 2 < n}


def one_name(name: str, names: Mapping[str, str], language: str) -> str:
    """Return the full name of a person, without an office, where the sentences around give one."""
    person = _person_in(name, language)
    full = names.get(person.rpartition(" ")[2], "")
    own, whole = set(person.split()), set(full.split())
    if full and (own <= whole or whole <= own):
        return full
    return person if " " in person or _kinds_in(language).get(name.split()[0]) == "titles" else name


# The tone of sentences ------------------------------------------------------------------------------------------------

Probabilities = tuple[float, float, float]


class ToneSizes:
    """Sizes of the network that reads tones."""

    tokens = 126
    """Number of tokens read at once: the sentence, and as much of the sentences around it as fits."""
    headline = 40
    """Number of tokens of the headline that are read."""
    near = 8
    """Number of tokens on both sides of a mention."""
    hidden = 256
    targets = ("russia", "us", "nato")
    """Targets with a column of their own; others share the last one."""
    parts = 5
    """The whole, the sentence, the names, what is around them, the headline."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence toward one target, with its context."""

    text: str
    target: str
    spans: tuple[tuple[int, int], ...]  # where it is named
    voice: Voice
    before: str = ""
    after: str = ""
    headline: str = ""


@dataclass(frozen=True, slots=True)
class ToneTokens:
    """The tokens of a passage, and which of them are averaged."""

    ids: tuple[int, ...]
    sentence: range
    named: list[int]
    near: range


def tone_tokens_of(passage: Passage, tokenize: Callable[[str], Library]) -> ToneTokens:
    """Choose the tokens that are read: the sentence, then as much as fits before it and behind it.

    :param tokenize: Returns an encoding with ``ids`` and ``offsets``.
    """
    encoding = tokenize(passage.text)
    own = encoding.ids[:SENTENCE_TOKENS]
    before, after = tokenize(passage.before).ids, tokenize(passage.after).ids
    room = ToneSizes.tokens - len(own)
    taken = min(len(before), max(room // 2, room - len(after)))
    before = before[len(before) - taken :]
    inside = [
        taken + place
        for place, (first, last) in enumerate(encoding.offsets[:SENTENCE_TOKENS])
        if any(first < end and last > start for start, end in passage.spans)
    ]
    sentence, near = range(taken, taken + len(own)), range(0)
    if inside:
        near = range(max(taken, inside[0] - ToneSizes.near), min(sentence.stop, inside[-1] + ToneSizes.near + 1))
    return ToneTokens((*before, *own, *after[: room - taken]), sentence, inside, near)


class ToneReader(_Reader):
    """The shipped model of the tone of English sentences; its folder also holds ``card.json``."""

    languages = ("en",)  # that it was trained and tested on

    @cached_property
    def card(self) -> Record:
        """Its measures on outlets left out, and the least probability of each side that is shown."""
        return json.loads((self.folder / "card.json").read_text(encoding="utf-8"))

    def read(self, passages: Sequence[Passage]) -> list[Probabilities]:
        """Return the probabilities of each passage, in the order of ``TONES``."""
        tokenize = self.encoder.tokenize
        headlines = [tuple(tokenize(passage.headline).ids[: ToneSizes.headline]) for passage in passages]
        chosen = [tone_tokens_of(passage, tokenize) for passage in passages]
        # A sentence that names several targets is encoded once, and so is a headline.
        different = dict.fromkeys([*headlines, *(tokens.ids for tokens in chosen)])
        encoded = dict(zip(different, map_threads(self.encoder.vectors, [*different]), strict=True))
        with one_blas_thread():
            return [
                self._read(passage, tokens, encoded[tokens.ids], encoded[headline].mean(axis=0) if headline else None)
                for passage, tokens, headline in zip(passages, chosen, headlines, strict=True)
            ]

    def _read(self, passage: Passage, tokens: ToneTokens, vectors: Numbers, headline: Numbers | None) -> Probabilities:
        """Read one passage by itself, so that its digits do not depend on others."""
        absent = self.network["absent"]
        chosen = (range(len(tokens.ids)), tokens.sentence, tokens.named, tokens.near)
        means = [vectors[list(places)].mean(axis=0) if len(places) else absent[0] for places in chosen]
        parts = normalised(np.array([*means, absent[1] if headline is None else headline], np.float32))
        known = ToneSizes.targets
        place = known.index(passage.target) if passage.target in known else len(known)
        voice, target = np.eye(len(Voice))[list(Voice).index(passage.voice)], np.eye(len(known) + 1)[place]
        row = np.concatenate([parts.ravel(), voice, target]).astype(np.float32)
        critical, neutral, favorable = softmax(self.answer(row).astype(np.float64)[None])[0].round(6).tolist()
        return critical, neutral, favorable


def decide(tones: Probabilities, gate: Mapping[str, float]) -> Tone | None:
    """Claim a tone: a side that reaches its least probability, neutral where that is most probable, else none."""
    best = TONES[tones.index(max(tones))]
    return best if best is Tone.NEUTRAL or max(tones) >= gate[best] else None


tone_reader = cache(partial(ToneReader, TONE))
"""Return the shipped model, loaded when it is first used."""
