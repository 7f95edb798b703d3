"""Separate the outlet's own sentences from those that it quotes or reports, and name their speakers in English.

Quotation marks are read first. In what is left, words of saying are found ("said", "according to"). A logistic
regression rates each sentence by a few numbers, with the strongest of its words of saying; a second one adds the
sentences before and behind; a third one compares possible speakers. Their weights are the same for all languages; the
words of each are data. In English, a small network reads the sentence, too, where the words of saying leave it unsure,
and a logistic regression joins its answer with that of the rules (``research/training/finetune_voices.py``).
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from stance.datamodels import HEADLINE, LEAD, Document, Sentence, Voice
from stance.scoring.sentences import ENGLISH, split_sentences
from stance.scoring.voices.candidates import words_around
from stance.scoring.voices.describing import VERBS, Described, Features, describe_headline, describe_spans
from stance.scoring.voices.kinds import PRONOUNS, kinds_of_words
from stance.scoring.voices.networks import VoicePassage, voice_reader
from stance.scoring.voices.quotations import quotations
from stance.scoring.voices.speakers import full_names, load_weights, one_name, speakers, weigh

ASKERS = frozenset(("q", "a", "question", "answer", "frage", "antwort", "вопрос", "ответ", "réponse", "pregunta",
                    "respuesta", "vraag", "antwoord", "soru", "cevap"))  # fmt: skip

Said = tuple[Voice, str | None]
"""Voice and speaker."""


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
    # Maximum log odds of the rules, either way, at which the network reads a sentence. It is asked about 37 of 100
    # sentences; asked about all, it changes accuracy by less than .001.
    return abs(odds) < 2.0 and not (odds > 0 and any("according" in cue for cue in described.cues))


def joined(described: Described, rules: float, network: float) -> Features:
    """Describe a sentence by the log odds of the rules and of the network."""
    features = {"rules": rules, "read": network}
    return features | {"headline": 1.0, "headline, rules": rules} if described.is_headline else features


def read_sentences(document: Document, is_asked: Callable[[str], bool] = bool) -> tuple[Sentence, ...]:
    """Split an article into sentences with voice and speaker, in article order (headline, lead, paragraphs).

    :param is_asked: Whether the network reads a sentence of this text; for others the rules suffice.
    """
    language, headline = document.language, document.title or ""
    title = describe_headline(headline, language) if headline else None
    parts = [(LEAD, document.lead or ""), *((str(number), text) for number, text in enumerate(document.body, 1))]
    texts, paragraphs, described = list[str](), list[str](), list[Described]()
    for paragraph, text in parts:
        spans = split_sentences(text)
        texts += [text[start:end] for start, end in spans]
        paragraphs += [paragraph] * len(spans)
        quoted = [(0, len(text))] if paragraph in document.quotations else quotations(text)
        described += describe_spans(text, spans, language, quoted)
    spoken = read_described(described, passages_of(texts, language, is_asked), title)
    turns, rows = turns_of(document, described), zip(texts, paragraphs, spoken, strict=True)
    sentences = tuple(Sentence(text, paragraph, *turns.get(paragraph, voice)) for text, paragraph, voice in rows)
    if not title:
        return sentences
    headline_voice = read_described([title], passages_of([headline], language, is_asked), None, described)[0]
    return Sentence(headline, HEADLINE, *headline_voice), *sentences


def turns_of(document: Document, described: Sequence[Described]) -> dict[str, Said]:
    """Return the voice and the speaker of each paragraph of an interview, "NAME: text", by its place.

    A turn goes on to the next one, the last as far as the longest before it. What the outlet asks is its own, also in
    paragraphs without a name.

    :return: Empty for other articles, such as those with a list of facts.
    """
    body, words_of_article = document.body, words_around(described)
    kinds_in, turns = kinds_of_words(document.language or ""), dict[int, re.Match[str]]()
    # Pattern of a name before a turn in an interview.
    turn_start = r"((?=[^\W\d_])[\w .'’-]{1,40}?)(?:\s\([^()]{1,60}\))?(?::(?:\s|$)|：)"
    # Kinds of words that no name has: "He added: ...", "From Kiel: ...".
    saying = VERBS | PRONOUNS | {"small"}
    for number, text in enumerate(body):
        if (match := re.match(turn_start, text)) and saying.isdisjoint(map(kinds_in.get, match[1].split())):
            turns[number] = match
    times = Counter(turn[1] for turn in turns.values())
    for number, turn in [*turns.items()]:
        # Minimum letters of a word in small letters that no name has: "What they do: ..."; nor has it a number.
        is_clause = any((word.islower() and len(word) > 3) or word.isdigit() for word in turn[1].split())
        if is_clause or (times[turn[1]] == 1 and not (" " in turn[1] and turn[1].istitle())):
            del turns[number]
    names = {turn[1]: re.findall(r"\w+", turn[1].title() if turn[1].isupper() else turn[1]) for turn in turns.values()}
    single = {name for name, (first, *more) in names.items() if not more}
    askers = {name for name in single if names[name][0] not in words_of_article or names[name][0].lower() in ASKERS}
    persons = names.keys() - askers
    starts, names_in_full = [*turns, len(body)], full_names(described, words_of_article) if turns else {}
    # Where one person alone has a name before the turns, the paragraphs above the answers are the questions.
    is_full = any(len(words) > 1 or words[-1] in names_in_full for words in names.values())
    is_one = is_full and bool(set(names[min(names)]).intersection(*names.values()))
    unnamed = {start - 1 for start in turns if start and is_one and "?" in body[start - 1]} - turns.keys()
    in_order = [turns[start][1] if start in turns else None for start in sorted({*turns, *unnamed})]
    changes = sum(one != other for one, other in pairwise(in_order))
    questions = sum("?" in "".join(body[start:end]) for start, end in pairwise(starts))
    # An interview has questions, a transcript names in capital letters; speakers take turns.
    is_asked = questions > max(1, len(turns) / 8) or all(map(str.isupper, names))
    is_talk = len({*in_order}) > 1 and is_asked and 3 * changes >= 2 * (len(in_order) - 1)
    if not is_talk or len(turns) < max(3, (starts[-2] - starts[0]) / 6):
        return {}
    starts[-1] = min(starts[-1], starts[-2] + max(end - start for start, end in pairwise(starts[:-1])))
    outlet, voices = {*(document.outlet or "").casefold().split()}, dict[str, Said]()
    for start, end in pairwise(starts):
        words = names[turns[start][1]]
        name = " ".join(words[1:] if len(words[0]) == 1 < len(words) else words)
        is_own = any(len(word) > 3 and word in outlet for word in name.casefold().split())
        is_person = turns[start][1] in persons and not is_own
        speaker = one_name(name, names_in_full) if is_person and document.language == ENGLISH else None
        voice = Voice.OUTLET if is_own else Voice.QUOTED
        voices |= dict.fromkeys(map(str, range(start + 1, end + 1)), (voice, speaker))
    return voices | {str(start + 1): (Voice.OUTLET, None) for start in unnamed}


def passages_of(
    sentences: Sequence[str], language: str | None, is_asked: Callable[[str], bool] = bool
) -> list[VoicePassage | None]:
    """Return the passages for the network: None where it is not asked."""
    around = zip(["", *sentences], sentences, [*sentences[1:], ""], strict=False)
    return [VoicePassage(*passage) if language == ENGLISH and is_asked(passage[1]) else None for passage in around]


def read_described(
    described: Sequence[Described],
    passages: Sequence[VoicePassage | None],
    headline: Described | None,
    around: Sequence[Described] = (),
) -> list[Said]:
    """Return voices and speakers.

    :param headline: Its names are possible speakers.
    :param around: Further sentences, in which full names are looked for.
    """
    weights = load_weights()
    alone_odds = [weigh(alone(item, weights["sentence"]), weights["sentence"]) for item in described]
    neighbours = zip(described, alone_odds, [None, *alone_odds], [*alone_odds[1:], None], strict=False)
    odds = [weigh(in_context(*item), weights["context"]) for item in neighbours]
    unsure = {index: item for index, item in enumerate(passages) if item and is_unsure(described[index], odds[index])}
    answers = voice_reader().read([*unsure.values()]) if unsure else []
    for index, value in zip(unsure, answers, strict=True):
        odds[index] = weigh(joined(described[index], odds[index], value), weights["joined"])
    is_quoted = [item > 0 for item in odds]
    voices = [Voice.QUOTED if item else Voice.OUTLET for item in is_quoted]
    if not described or described[0].language != ENGLISH:
        return [(voice, None) for voice in voices]
    everything = [item for item in (*described, *around) if not item.is_headline]
    words_of_article = words_around(everything)
    speaker_names = speakers(described, is_quoted, headline, words_of_article)
    names = full_names(everything, words_of_article) if any(speaker_names) else {}
    return [(voice, name and one_name(name, names)) for voice, name in zip(voices, speaker_names, strict=True)]
