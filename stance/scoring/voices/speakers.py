"""Name the speakers of quoted English sentences, and follow pronouns and offices to full names."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cache, partial
from operator import itemgetter
from typing import NamedTuple

from stance.resources import VOICES
from stance.scoring.sentences import ENGLISH
from stance.scoring.voices.candidates import is_pronoun, is_thing, name_spans, names_in, options, words_at
from stance.scoring.voices.describing import CLAUSE_ENDS, SHORT, Described, Features, stated_source
from stance.scoring.voices.kinds import kinds_of_words


@cache
def load_weights() -> Mapping[str, Mapping[str, float]]:
    """Load the weights of four logistic regressions by the names of their features; "" is the intercept."""
    weights: dict[str, dict[str, float]] = json.loads((VOICES / "weights.json").read_text(encoding="utf-8"))
    return weights


def weigh(features: Features, weights: Mapping[str, float]) -> float:
    """Return the log odds by a logistic regression."""
    return weights.get("", 0.0) + sum([weights.get(name, 0.0) * value for name, value in features.items()])


class Named(NamedTuple):
    """The speaker that a sentence names."""

    text: str  # empty: a place or something that is written
    pronoun: int | None = None  # number of its token, or of the word of saying whose subject is left out


def speakers(
    described: Sequence[Described],
    is_quoted: Sequence[bool],
    headline: Described | None,
    words_of_article: frozenset[str],
) -> list[str | None]:
    """Name the speaker of each quoted sentence: in it, else in that before or behind.

    A pronoun, and a quotation of which nobody is named, are those of whoever spoke or is named before.

    :param words_of_article: Words of the article, of which those with a capital are names.
    """
    is_searched = [speaker or behind for speaker, behind in zip(is_quoted, [*is_quoted[1:], False], strict=False)]
    holders = _holders(described) if any(is_searched) else {}
    pairs = zip(described, is_searched, strict=True)
    naming = [_named_in(item, words_of_article, holders) if wants else None for item, wants in pairs]
    voiced = {item.text.rpartition(" ")[2] for item in naming if item}
    behinds: list[tuple[Named | None, bool]] = [(None, False)]  # named behind; whether in the same quotation
    for index in range(len(naming) - 1, 0, -1):
        following, runs_on = naming[index] if is_quoted[index] else None, described[index - 1].inside.runs_on
        behinds.append(behinds[-1] if following is None and runs_on else (following, runs_on))
    spoken_by: list[str | None] = []
    meant = partial(_meant, described, spoken_by, headline, words_of_article, voiced)
    for index, (item, (behind, is_same)) in enumerate(zip(naming, reversed(behinds), strict=False)):
        inside = described[index].inside
        introduced = index > 0 and described[index - 1].text.endswith(":")
        before = spoken_by[-1] if index and (is_quoted[index - 1] or introduced) else None
        speaker = None if introduced and {"say", "tell", "according"}.isdisjoint(described[index].kinds) else item
        if speaker is None and behind and (not before or is_same):
            name = (behind.text if behind.text or behind.pronoun is None else meant(index, 0)) or before
        elif speaker is None:
            name = before
        else:
            name = speaker.text if speaker.pronoun is None else meant(index, speaker.pronoun)
        if name is None and is_quoted[index] and inside.spans:
            name = meant(index, -1)
        spoken_by.append(name)
    stated = _named_in(headline, words_of_article, {}) if headline and None in spoken_by else None
    names = [(stated.text if stated else None) if name is None else name for name in spoken_by]
    return [name or None if quoted else None for name, quoted in zip(names, is_quoted, strict=True)]


def _named_in(described: Described, words_of_article: Collection[str], holders: Mapping[str, str]) -> Named | None:
    """Return whom a sentence names as its speaker, if it names one."""
    if source := stated_source(described, words_of_article):
        return Named(source)
    weights, candidates = load_weights()["speaker"], options(described, words_of_article)
    if not candidates:
        return None
    span = max(candidates, key=lambda option: weigh(option.features, weights)).span
    if is_pronoun(described, span):
        return Named("", span[0])
    name = "" if is_thing(described, span) else words_at(described, span)
    return Named(holders.get(name, name) if described.kinds[span[0] - 1 : span[0]] == ["definite"] else name)


def _holders(described: Sequence[Described]) -> dict[str, str]:
    """Return the name that an office means, "President Brown" of "president", where one name has it."""
    names = defaultdict[str, Counter[str]](Counter)
    for sentence in described:
        for span in name_spans(sentence, ()):
            name = words_at(sentence, span)
            if " " in name and sentence.tokens[span[1] - 1][0].isupper():
                for index in range(*span):
                    if sentence.kinds[index] == "roles":
                        names[sentence.tokens[index].lower()][name] += 1
    return {office: next(iter(full)) for office, full in names.items() if len(full) == 1}


def _meant(
    described: Sequence[Described],
    spoken_by: Sequence[str | None],
    headline: Described | None,
    words_of_article: frozenset[str],
    voiced: Collection[str],
    index: int,
    end: int,
) -> str | None:
    """Return whom a pronoun means: the first person before it in its sentence, else who spoke or is named before.

    :param spoken_by: The speakers of the sentences before.
    :param voiced: Last words of the names that stand at words of saying.
    :param end: The token of the pronoun; -1: a quotation of which nobody is named, which no headline explains.
    """
    sentence = described[index]
    is_inner = end > 0 and sentence.tokens[end - 1] not in CLAUSE_ENDS  # not ", he said"
    may_name = [index < end and is_name for index, is_name in enumerate(sentence.may_name)]
    if is_inner and (name := _person_of(sentence._replace(may_name=may_name), words_of_article)):
        return name
    near = range(index - 1, max(-1, index - 4), -1)  # the three sentences before
    around = [*(described[back] for back in near), *([headline] if headline and end >= 0 else ())]
    persons = [_person_of(neighbour, words_of_article) for neighbour in around]
    spoken = [spoken_by[back] or (persons[0] if back == index - 1 else None) for back in near]
    names = [name for name in (*spoken, *persons) if name]
    return next((name for name in names if name.rpartition(" ")[2] in voiced), names[0] if names and end >= 0 else None)


def _person_of(described: Described, words_of_article: frozenset[str]) -> str | None:
    """Return the likeliest person that a sentence names."""
    forms = ("full name", "name", "caseless", "office")  # that a pronoun may mean, the likeliest first
    names = [(forms.index(form), name) for form, name in names_in(described, words_of_article) if form in forms]
    return min(names, key=itemgetter(0), default=(0, None))[1]


def _person_in(name: str) -> str:
    """Return the person in a name with an office or an institution, else the name."""
    kinds, words = kinds_of_words(ENGLISH), re.split(r" (?:of|for) |, ", name)[0].split()
    offices = [not {"roles", "titles"}.isdisjoint((kinds.get(word), kinds.get(word.lower()))) for word in words]
    ends = (index for index, word in enumerate(words, 1) if offices[index - 1] or word.endswith("'s"))
    person = words[max(ends, default=0) :]
    return " ".join(person) if person and all(word[0].isupper() for word in person) else name


def full_names(described: Sequence[Described], words_of_article: Collection[str]) -> dict[str, str]:
    """Return the full names in sentences by their last words, where no other is half as frequent."""
    counts = defaultdict[str, Counter[str]](Counter)
    for sentence in described:
        for span in name_spans(sentence, ()):
            words = _person_in(words_at(sentence, span)).split()
            if 1 < len(words) < SHORT and words[-1].istitle() and (span[0] or sentence.tokens[0] in words_of_article):
                counts[words[-1]][" ".join(words)] += 1
    ranked = {last: names.most_common(2) for last, names in counts.items()}
    return {last: first for last, [(first, n), *others] in ranked.items() if not others or others[0][1] * 2 < n}


def one_name(name: str, names: Mapping[str, str]) -> str:
    """Return the full name of a person, without an office, where the sentences around give one."""
    person = _person_in(name)
    full = names.get(person.rpartition(" ")[2], "")
    person_words, full_words = set(person.split()), set(full.split())
    if full and (person_words <= full_words or full_words <= person_words):
        return full
    return person if " " in person or kinds_of_words(ENGLISH).get(name.split()[0]) == "titles" else name
