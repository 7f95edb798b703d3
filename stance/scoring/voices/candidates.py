"""Find the names in a sentence that may be its speaker, and describe each."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import compress, islice
from typing import NamedTuple

from stance.datamodels import Span
from stance.scoring.voices.describing import (
    CLAUSE_ENDS,
    CUES,
    QUOTATION,
    SHORT,
    TOKEN,
    VERBS,
    WRITINGS,
    Described,
    Features,
    clause_around,
)
from stance.scoring.voices.kinds import ARTICLES, PARTICIPLE, PRONOUNS, names_of_places
from stance.scoring.voices.quotations import OPENERS_OF_QUOTATIONS


class SpeakerOption(NamedTuple):
    """A possible speaker, by its tokens; none for a subject that is left out."""

    span: Span
    features: Features


def options(described: Described, words_of_article: Collection[str]) -> list[SpeakerOption]:
    """Describe the possible speakers within a sentence: those of an explicit source ("according to"), if there is one.

    :param words_of_article: Words of the sentences around, of which those with a capital are names.
    """
    kinds, tokens = described.kinds, described.tokens
    # Numbers of words of saying, and of names, that are compared.
    # Kinds of words next to which a speaker is named.
    naming = (CUES - {"subjunctive", "rumour"}) | {"media"}
    cues = [cue for cue, kind in enumerate(kinds) if kind in naming or tokens[cue] == QUOTATION][:4]
    if not (QUOTATION in tokens and "say" in kinds):  # "...", Ann said, according to the paper
        cues = [cue for cue in cues if kinds[cue] == "according"] or cues
    names = name_spans(described, cues)[:12] if cues else []
    names = [name for name in names if _may_be_name(described, name, cues, words_of_article)]
    forms = {name: _form(described, name, words_of_article) for name in names}
    spoken = [(cue, name, forms[name]) for cue in cues for name in names if _may_speak(described, cue, name)]
    spoken += [(cue, (cue, cue), "dropped") for cue in cues if _lacks_subject(described, cue)]
    return [SpeakerOption(span, _describe_option(described, cue, span, form)) for cue, span, form in spoken]


def _may_be_name(described: Described, name: Span, cues: Sequence[int], words_of_article: Collection[str]) -> bool:
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
    form = _form(described, name, words_of_article)
    is_near = any(end - 1 in _neighbours(kinds, cue) for cue in cues)
    if form == "name" and tokens[start - 1] in ('"', *OPENERS_OF_QUOTATIONS) and first not in words_of_article:
        return is_near  # the first word of a quotation
    if form == "word":
        return first.startswith("www.")
    return form != "first word" or is_near or first.lower() not in words_of_article


def is_thing(described: Described, name: Span) -> bool:
    """Return whether a name is that of a place, or of something that is written."""
    words = described.tokens[slice(*name)]
    is_writing = words[-1].lower() in WRITINGS or words[0].startswith("www.")
    return is_writing or names_of_places().issuperset(words)


def _may_speak(described: Described, cue: int, name: Span) -> bool:
    """Return whether grammar lets a name be the speaker of a word of saying.

    A subject follows a verb only where none precedes it in its clause.
    """
    start, end = name
    kind = described.kinds[cue]
    if end <= cue:
        return kind != "according"
    if start <= cue or "that" in described.kinds[cue:start] or kind in ("after_speaker", "tell"):
        return False
    if kind == "according":
        return CLAUSE_ENDS.isdisjoint(described.tokens[cue:start])
    is_free = kind not in VERBS or not any(described.may_name[clause_around(described.tokens, cue)[0] : cue])
    return is_free and not kind.endswith(PARTICIPLE)


def _is_parted(described: Described, cue: int, name: Span) -> bool:
    """Return whether only what explains a subject parts it from its verb: "Brown, an engineer from Kiel, said"."""
    tokens, end = described.tokens, name[1]
    is_finite = described.kinds[cue] in VERBS and not described.kinds[cue].endswith(PARTICIPLE)
    if not is_finite or end >= cue or tokens[end] != "," or tokens[cue - 1] != ",":
        return False
    return QUOTATION not in tokens[end:cue] and not any(described.may_name[cue + 1 : cue + 2])


def words_around(described: Iterable[Described]) -> frozenset[str]:
    """Collect the words of sentences but for the first ones, in which a capital means nothing."""
    return frozenset().union(*(sentence.tokens[1:] for sentence in described))


def is_pronoun(described: Described, name: Span) -> bool:
    """Return whether a speaker is a pronoun, or left out."""
    return name[0] == name[1] or described.kinds[name[0]] in PRONOUNS


def words_at(described: Described, span: Span) -> str:
    """Return the text of some tokens."""
    if span[0] == span[1]:
        return ""
    spans = [match.span() for match in islice(TOKEN.finditer(described.text), span[1])]
    return described.text[spans[span[0]][0] : spans[span[1] - 1][1]].removesuffix("'s")


def names_in(described: Described, words_of_article: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the names and offices of a sentence that follow no preposition, after their forms.

    In a headline, where all words may have a capital, a name is one of the article.
    """
    for name in name_spans(described, ()):
        is_known = not described.is_headline or words_of_article.issuperset(described.tokens[slice(*name)])
        if is_known and _is_free(described, name) and not is_thing(described, name):
            yield _form(described, name, words_of_article), words_at(described, name)


def name_spans(described: Described, cues: Sequence[int]) -> list[Span]:
    """Find possible speakers: names, offices, pronouns, and any word next to a word of saying."""
    kinds, tokens = described.kinds, described.tokens
    spans = []
    end = 0
    if tokens and len(tokens[0]) > 2 and tokens[0].isupper():  # the report begins behind "LONDON (AP) -"
        end = next((index + 1 for index, token in enumerate(tokens[:SHORT]) if token in ("-", "–", "—")), 0)
    for index in compress(range(len(kinds)), described.may_name):
        if index >= end:
            end = _end_of_name(described, index)
            spans.append(_without_office(described, index, end))
    covered = {index for start, end in spans for index in range(start, end)}
    for index in sorted({index for cue in cues if kinds[cue] for index in _neighbours(kinds, cue)} - covered):
        if kinds[index] == "neutral" or (not kinds[index] and tokens[index][0].isalpha()):
            spans.append((index, _end_of_name(described, index)))
    return spans


def _neighbours(kinds: Sequence[str], cue: int) -> list[int]:
    """Return the places before and behind a word, over articles."""
    behind = cue + 1
    while behind < len(kinds) and kinds[behind] in ("articles", "definite", "infinitive"):
        behind += 1
    return [index for index in (cue - 1, behind) if 0 <= index < len(kinds)]


def _end_of_name(described: Described, start: int) -> int:
    """Follow a name over particles ("Ministry of the Interior") and to an office ("U.S. military officials")."""
    stop = start + 1
    end = min(len(described.tokens), start + 12)  # number of tokens of a name with its office
    while stop < end and described.kinds[start] not in PRONOUNS:
        last = next((k for k in range(stop, min(stop + 3, end)) if _joins(described, stop, k)), -1)
        if last < 0:
            break
        stop = last + 1
    return stop


def _joins(described: Described, first: int, last: int) -> bool:
    between, kind = described.kinds[first:last], described.kinds[last]
    is_office = kind == "roles" and all(token[0].isalpha() for token in described.tokens[first:last])
    is_particle = between[:1] in ([], ["particles"]) and between[1:] in ([], ["articles"], ["definite"])
    is_joined = is_particle or (is_office and between in ([""], ["", ""]))
    is_word = described.may_name[last] or (kind == "labels" and described.tokens[last].istitle())  # "Associated Press"
    return is_joined and kind != "pronouns" and is_word


def _without_office(described: Described, start: int, end: int) -> Span:
    """Shorten "spokesman Ivan Brown" to the name."""
    tokens = described.tokens
    offices = [index for index in range(start, end) if described.kinds[index] == "roles" and tokens[index].islower()]
    if offices and offices[-1] < end - 1 and all(tokens[index][0].isupper() for index in range(offices[-1] + 1, end)):
        return offices[-1] + 1, end
    return start, end


def _lacks_subject(described: Described, verb: int) -> bool:
    """Return whether a verb has no subject, as in "Dijo que"."""
    kinds, tokens = described.kinds, described.tokens
    ends = verb + 1 >= len(kinds) or kinds[verb + 1] == "that" or tokens[verb + 1] in (":", QUOTATION)
    return ends and kinds[verb] in ("say", "claim") and (not verb or tokens[verb - 1] in CLAUSE_ENDS)


def _describe_option(described: Described, cue: int, name: Span, form: str) -> Features:
    """Describe a possible speaker of a word of saying."""
    tokens, kinds, (start, end) = described.tokens, described.kinds, name
    side = "behind" if start > cue else "before"
    first, last = (cue + 1, start) if start > cue else (end, cue)
    between = [] if _is_parted(described, cue, name) else kinds[first:last]
    features = {f"{kinds[cue]} {side}": 1.0, f"{form} {side}": 1.0, f"{side} distance": min(len(between), 15) / 15}
    if form != "dropped":
        opens = not start or tokens[start - 1] in CLAUSE_ENDS or kinds[start - 1] in ("joint", "subordinate", "that")
        features |= {"clause": float(opens), "preposition": float(not _is_free(described, name))}
        features["first"] = float(start == 0)
    features["embedded name"] = float(
        not {"that", "relative", "subordinate"}.isdisjoint(kinds[max(0, start - 3) : start])
    )
    features["verb, that"] = float(kinds[cue + 1 : cue + 2] == ["that"])
    breaks = sum(token in CLAUSE_ENDS for token in tokens[first:last])
    if (ARTICLES | {"infinitive", "denial", "times"}).issuperset(between):
        features |= {f"{form} beside": 1.0, f"{kinds[cue]} {side} beside": 1.0}
    elif breaks:
        features[f"{side}, clause between" if breaks == 1 else f"{side}, clauses between"] = 1.0
    elif len(between) <= 4 and not any(described.may_name[first:last]):
        features[f"{side}, near"] = 1.0
    return features


def _form(described: Described, name: Span, words_of_article: Collection[str]) -> str:
    """Name the form of a possible speaker."""
    start, end = name
    first, kind = described.tokens[start], described.kinds[start]
    if kind in PRONOUNS:
        return kind
    if any(described.kinds[index] == "roles" and described.tokens[index].islower() for index in (start, end - 1)):
        return "office"
    if not first[0].isupper():
        return "word" if first[0].islower() else "caseless"
    if end - start > 1:
        return "full name"
    if (start and described.tokens[start - 1] != QUOTATION) or first in words_of_article:
        return "name"
    return "office" if kind == "roles" else "first word"


def _is_free(described: Described, name: Span) -> bool:
    """Return whether a name follows no preposition."""
    before = [kind for kind in described.kinds[max(0, name[0] - 2) : name[0]] if kind not in ARTICLES]
    return before[-1:] not in (["small"], ["particles"])
