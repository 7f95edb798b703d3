"""Separate the outlet's own sentences of an article from those that it quotes or reports, and name their speakers.

A logistic regression rates each sentence by the numbers of ``attribution.py``, with the strongest of its words of
saying; a second one adds the sentences before and behind; a third one compares possible speakers. Their weights are the
same for all languages. In English, a small network reads the sentence, too, where the words of saying leave it unsure:
an encoder of its own, over the word vectors of the one of comments, reads it with the sentences before and behind it,
and a logistic regression joins its answer with that of the rules (``research/training/finetune_voices.py``).
"""

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import HEADLINE, LEAD, Document, Sentence, Voice
from stance.limits import map_threads
from stance.resources import VOICES, shipped_arrays
from stance.scoring import attribution
from stance.scoring.attribution import Described, Features, SayingCue
from stance.scoring.clauses import ENGLISH, split_sentences
from stance.scoring.encoder import LAYERS, SIZE, Library, TextEncoder
from stance.scoring.fitted import one_blas_thread
from stance.scoring.reader import gelu, normalised

UNSURE = 2.0
"""Maximum log odds of the rules, either way, at which the network reads a sentence.

It is asked about 37 of 100 sentences; asked about all, it changes accuracy by less than .001.
"""

_FAR = 3
"""Number of sentences in which a pronoun finds its speaker."""

_LIKELY_PERSONS = ("full name", "name", "caseless", "office")
"""Forms of names that a pronoun may stand for, the likeliest first."""


# The network ----------------------------------------------------------------------------------------------------------

TOKENS = 124
"""Number of tokens read at once, without the two marks around the sentence."""

SENTENCE_TOKENS, AROUND = 90, 30
"""Maximum numbers of tokens of the sentence, and of each of the two around it."""

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
    mark, start = TextEncoder.last, len(before) + 1
    return VoiceTokens((*before, mark, *own, mark, *behind), range(start, start + len(own)))


class VoiceReader:
    """The shipped network.

    :param folder: Holds ``layers.zst`` and ``network.npz``.
    """

    def __init__(self, folder: Path = VOICES) -> None:
        self.folder = folder

    @cached_property
    def _encoder(self) -> TextEncoder:
        return TextEncoder(changes=self.folder / LAYERS)

    @cached_property
    def _network(self) -> dict[str, Numbers]:
        return shipped_arrays(self.folder / "network.npz")

    def read(self, passages: Sequence[VoicePassage]) -> list[float]:
        """Return the log odds that each sentence is quoted."""
        chosen = [tokens_of(passage, self._encoder.tokenize) for passage in passages]
        with one_blas_thread():
            return map_threads(self._read, chosen)

    def _read(self, tokens: VoiceTokens) -> float:
        weights, own = self._network, tokens.sentence
        vectors = self._encoder.vectors(tokens.ids)
        mean = vectors[own.start : own.stop].mean(axis=0) if own else np.zeros(SIZE, np.float32)
        parts = normalised(np.array([mean, vectors[own.start - 1], vectors[own.stop]], np.float32))
        hidden = gelu(weights["entry"] @ parts.ravel() + weights["entry_bias"])
        return float(weights["exit"] @ hidden + weights["exit_bias"])


voice_reader = cache(VoiceReader)
"""Return the shipped network, loaded when it is first used."""


# Rules --------------------------------------------------------------------------------------------------------------


class VoiceWeights(NamedTuple):
    """VoiceWeights of logistic regressions, by the names of their features; "" is the intercept."""

    sentence: Mapping[str, float]
    context: Mapping[str, float]
    joined: Mapping[str, float]
    speaker: Mapping[str, float]


@cache
def _load_weights() -> VoiceWeights:
    return VoiceWeights(**json.loads((VOICES / "weights.json").read_text(encoding="utf-8")))


def weigh(features: Features, weights: Mapping[str, float]) -> float:
    """Return the log odds by a logistic regression."""
    return weights.get("", 0.0) + sum([weights.get(name, 0.0) * value for name, value in features.items()])


def strongest(described: Described, weights: Mapping[str, float]) -> SayingCue | None:
    """Return the word of saying that speaks most for a quotation."""
    return max(described.cues, key=lambda cue: weigh(cue.features, weights), default=None)


def alone(described: Described, weights: Mapping[str, float]) -> Features:
    """Return the features of a sentence and of its strongest word of saying."""
    cue = strongest(described, weights)
    return described.features | cue.features if cue else described.features


def in_context(described: Described, odds: float, before: float | None, behind: float | None) -> Features:
    """Describe a sentence among its neighbours by their log odds.

    :param before: None: there is no sentence before, or it is a headline.
    """
    features = {"alone": odds}
    for name, value in (("before", before), ("behind", behind)):
        if value is not None:
            chance = 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))
            features |= {f"has {name}": 1.0, name: chance, f"{name}, no word of saying": chance * (not described.cues)}
            if described.parts.kinds[:1] == ["pronouns"]:
                features[f"{name}, pronoun"] = chance
    return features


def is_unsure(described: Described, odds: float) -> bool:
    """Return whether rules with these log odds are unsure; an explicit source ("according to") leaves no doubt."""
    return abs(odds) < UNSURE and not (odds > 0 and any("according" in cue.features for cue in described.cues))


def joined(described: Described, rules: float, read: float) -> Features:
    """Describe a sentence by the log odds of the rules and of the network."""
    features = {"rules": rules, "read": read}
    return features | {"headline": 1.0, "headline, rules": rules} if described.is_headline else features


def read_voices(
    sentences: Sequence[str], language: str = ENGLISH, headline: str = ""
) -> list[tuple[Voice, str | None]]:
    """Return the voice and the speaker of each of some consecutive sentences of one paragraph."""
    title = attribution.describe_headline(headline, language) if headline else None
    described = attribution.describe_list(sentences, language)
    return _read(described, _passages(sentences, language), title)


def read_sentences(document: Document, is_asked: Callable[[str], bool] = bool) -> tuple[Sentence, ...]:
    """Split an article into sentences with voice and speaker, in article order (headline, lead, paragraphs).

    :param is_asked: Whether the network reads a sentence of this text; for others the rules suffice.
    """
    language, headline = document.language, document.title or ""
    title = attribution.describe_headline(headline, language) if headline else None
    parts = [(LEAD, document.lead or ""), *((str(number), text) for number, text in enumerate(document.body, 1))]
    texts, places, described = list[str](), list[str](), list[Described]()
    for place, text in parts:
        spans = split_sentences(text)
        texts += [text[start:end] for start, end in spans]
        places += [place] * len(spans)
        quoted = [(0, len(text))] if place in document.quotations else attribution.quotations(text)
        described += attribution.describe_spans(text, spans, language, quoted)
    read = _read(described, _passages(texts, language, is_asked), title)
    found = tuple(Sentence(text, place, *said) for text, place, said in zip(texts, places, read, strict=True))
    if not title:
        return found
    return Sentence(headline, HEADLINE, *_read([title], _passages([headline], language, is_asked))[0]), *found


def _passages(
    sentences: Sequence[str], language: str | None, is_asked: Callable[[str], bool] = bool
) -> list[VoicePassage | None]:
    """Return the passages for the network: None where it is not asked."""
    around = zip(["", *sentences], sentences, [*sentences[1:], ""], strict=False)
    return [VoicePassage(*each) if language == ENGLISH and is_asked(each[1]) else None for each in around]


def _read(
    described: Sequence[Described], passages: Sequence[VoicePassage | None], headline: Described | None = None
) -> list[tuple[Voice, str | None]]:
    weights = _load_weights()
    alone_odds = [weigh(alone(each, weights.sentence), weights.sentence) for each in described]
    around = zip(described, alone_odds, [None, *alone_odds], [*alone_odds[1:], None], strict=False)
    odds = [weigh(in_context(*each), weights.context) for each in around]
    asked = {at: each for at, each in enumerate(passages) if each and is_unsure(described[at], odds[at])}
    read = voice_reader().read([*asked.values()]) if asked else []
    for at, value in zip(asked, read, strict=True):
        odds[at] = weigh(joined(described[at], odds[at], value), weights.joined)
    is_quoted = [each > 0 for each in odds]
    found = [Voice.QUOTED if each else Voice.OUTLET for each in is_quoted]
    return list(zip(found, speakers(described, is_quoted, headline), strict=True))


# Speakers -------------------------------------------------------------------------------------------------------------


class _NamedSpeaker(NamedTuple):
    """The speaker that a sentence names."""

    name: str | None  # None: a pronoun
    is_known: bool = False  # an office that stands for a name before: "the president"


def speakers(
    described: Sequence[Described], is_quoted: Sequence[bool], headline: Described | None = None
) -> list[str | None]:
    """Name the speaker of each quoted sentence: in it, else in that before or behind.

    A pronoun stands for whoever spoke before, else for a name of the sentence before or of the headline.
    """
    others = [headline] if headline else []
    known = attribution.words_around([*described, *others])
    wanted = [own or behind for own, behind in zip(is_quoted, [*is_quoted[1:], False], strict=False)]
    named = [_named_in(each, known) if is_wanted else None for each, is_wanted in zip(described, wanted, strict=True)]
    behinds: list[str | None] = [None]  # named by the next sentence, or further behind in the same quotation
    for at in range(len(named) - 1, 0, -1):
        following, runs_on = is_quoted[at] and named[at], described[at - 1].parts.inside.runs_on
        behinds.append(following.name if following else behinds[-1] if runs_on else None)
    found: list[str | None] = []
    for at, (each, behind) in enumerate(zip(named, reversed(behinds), strict=False)):
        introduced = at > 0 and described[at - 1].parts.text.endswith(":")
        before = found[-1] if at and (is_quoted[at - 1] or introduced) else None
        if each and not (introduced and {"say", "tell", "according"}.isdisjoint(described[at].parts.kinds)):
            around = [*described[at - 1 : at], *others]
            if each.name and each.is_known:
                found.append(_holder(each.name, found, around, known))
            else:
                found.append(each.name or _meant(found, around, known))
        elif described[at].parts.inside.runs_on and not described[at].parts.inside.is_carried:
            found.append(behind or before)
        else:
            found.append(before or behind)
    stated = _named_in(headline, known) if headline and None in found else None
    return [name or (stated and stated.name) if quoted else None for name, quoted in zip(found, is_quoted, strict=True)]


def _named_in(described: Described, known: Collection[str]) -> _NamedSpeaker | None:
    parts = described.parts
    if source := attribution.stated_source(described):
        return _NamedSpeaker(source)
    weights = _load_weights().speaker
    found = attribution.options(parts, known)
    if not found:
        return None
    best = max(found, key=lambda option: weigh(option.features, weights))
    name = None if attribution.stands_for_another(parts, best.span) else attribution.words_at(parts, best.span)
    return _NamedSpeaker(name, attribution.is_known_office(parts, best.span))


def _holder(office: str, found: Sequence[str | None], around: Iterable[Described], known: Collection[str]) -> str:
    """Return the name with its office, "President Brown", that "the president" stands for, if one was there."""
    names = [
        attribution.words_at(each.parts, name) for each in around for _, name in attribution.names_in(each.parts, known)
    ]
    spoken = [name for name in reversed(found[-_FAR:]) if name]
    return next((name for name in (*spoken, *names) if " " in name and office in name.lower().split()), office)


def _meant(found: Sequence[str | None], around: Iterable[Described], known: Collection[str]) -> str | None:
    """Resolve a pronoun: to who spoke last, else the likeliest person of the sentences around."""
    if spoken := next((name for name in reversed(found[-_FAR:]) if name), None):
        return spoken
    names = [
        (_LIKELY_PERSONS.index(form), attribution.words_at(each.parts, name))
        for each in around
        for form, name in attribution.names_in(each.parts, known)
        if form in _LIKELY_PERSONS
    ]
    last_words = Counter(name.split()[-1] for _, name in names)
    return min(names, key=lambda each: (-last_words[each[1].split()[-1]], each[0]), default=(0, None))[1]
