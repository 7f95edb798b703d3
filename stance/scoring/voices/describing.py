"""Describe a sentence by numbers: its quotations, its words of saying and how far they reach."""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from stance.datamodels import Span
from stance.scoring.sentences import ENGLISH
from stance.scoring.voices.kinds import PARTICIPLE, kinds_of_words, names_of_places
from stance.scoring.voices.quotations import Inside, parts_within, quotations

QUOTATION = "“”"
"""Token for a long quotation, which is left out of the words around it."""

SHORT = 7
"""Number of tokens of a clause that only names the speaker."""

WRITINGS = frozenset(("report", "reports", "study", "survey", "poll"))
"""Offices that nobody holds."""

SOURCE = re.compile(r"\s[-–—]\s[^-–—,:]{3,60}$")

Features = dict[str, float]

VERBS = frozenset(
    verb + form
    for verb in ("say", "tell", "claim", "charge", "act", "report", "show", "think")
    for form in ("", PARTICIPLE)
)

CUES = VERBS | {"according", "after_speaker", "rumour", "claims", "subjunctive"}

TOKEN = re.compile(
    r"(?:[^\W\d_]\.)++(?:[^\W\d_](?!\w))?+"  # "U.S."
    r"|www\.[\w.-]*\w"
    r"|\d[\d.,]*+"
    r"|\w++(?:'\w++)*+(?:(?<![A-Z])-(?!(?:t-)?(?:ils?|elles?|on)\b)\w++)*+"  # "so-called", not "dit-il"
    r"(?:\.(?=\s\w))?+"  # "Mr. Brown"
    r"|“”|(?<=\s)[-–—](?=\s)|[^\w\s-]"
)

CLAUSE_ENDS = frozenset((",", ";", ":", "-", "–", "—", "(", ")", QUOTATION))


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
    pieces, end, share, has_marks = [], 0, 0, False
    for start, stop in inside.spans:
        # Number of spaces in a quotation that is more than a word in quotation marks.
        if text.count(" ", start, stop) >= 3 or stop - start >= len(text) - 1:  # all but a full stop
            pieces += [text[end:start], f" {QUOTATION} "]
            end, share = stop, share + stop - start
        else:
            has_marks = True
    outside = "".join([*pieces, text[end:]])
    if not outside.isascii():
        outside = re.sub("[\u064b-\u0652\u0640]+", "", outside)  # vowel signs of Arabic, which are rarely written
        outside = outside.replace("’", "'")
    # Maximum number of tokens read of a sentence: longer ones are not prose, and comparing takes quadratic time.
    tokens, kinds_in = TOKEN.findall(outside)[:400], kinds_of_words(language)
    kinds = [kinds_in.get(token, "") for token in tokens]
    cues = [_describe_cue(tokens, kinds, index) for index, kind in enumerate(kinds) if kind in CUES]
    features = {
        "quotation": float(share > 0),
        "quoted share": share / len(text),
        "words in marks": float(has_marks),
        "no word of saying": float(not cues),
        "length": min(len(kinds), 60) / 60,
        "turn": float(_turn(outside, kinds) is not None),
    }
    return Described(outside, tokens, kinds, [*map(_may_name, tokens, kinds)], inside, features, cues, language)


def _describe_cue(tokens: Sequence[str], kinds: Sequence[str], index: int) -> Features:
    """Describe a word of saying: its kind and, of a verb, the share of the sentence that it reaches."""
    kind = kinds[index].removesuffix(PARTICIPLE)
    if kind not in VERBS:
        names = {"after_speaker": ("according",), "subjunctive": ("subjunctive", "claim")}  # German "sei": as "claims"
        return dict.fromkeys(names.get(kind, (kind,)), 1.0)
    start, end = clause_around(tokens, index)
    closes = start > 0 and end >= len(tokens) - 1 and index - start <= SHORT
    return {"say" if kind == "tell" else kind: 1.0, "reach": (start if closes else len(tokens) - index) / len(tokens)}


def describe_headline(text: str, language: str) -> Described:
    """Describe a headline, which has a grammar of its own."""
    sentence = describe(text, Inside(quotations(text)), language)
    pairs = zip(sentence.kinds, sentence.tokens, [*sentence.tokens[1:], ""], strict=False)
    kinds = ["" if word.endswith("ed") and behind == "as" else kind for kind, word, behind in pairs]  # "named as"
    told = [_describe_cue(sentence.tokens, kinds, index) for index, kind in enumerate(kinds) if kind in CUES]
    cues = [{f"headline {name}": value for name, value in cue.items() if name in CUES} for cue in told]
    turn, source = sentence.features["turn"], SOURCE.search(sentence.text)
    features = {
        "headline": 1.0,
        "headline turn": turn,
        "headline source": float(source is not None),
        "headline quotation": sentence.features["quotation"],
        "headline marks": sentence.features["words in marks"],
        "headline without": float(not (cues or turn or source)),
    }
    return sentence._replace(kinds=kinds, features=features, cues=cues, is_headline=True)


def describe_spans(text: str, spans: Sequence[Span], language: str, quoted: Sequence[Span]) -> list[Described]:
    """Describe the sentences of a paragraph.

    :param quoted: The parts that are quoted: all of it in a block quotation.
    """
    parts = parts_within(quoted, spans)
    return [describe(text[start:end], inside, language) for (start, end), inside in zip(spans, parts, strict=True)]


def _turn(text: str, kinds: Sequence[str]) -> str | None:
    """Return X of "X: ...", but for a label like "Opinion"."""
    turn = None if kinds[:1] in (["labels"], ["claims"]) else re.match(r"[^\W\d_][\w .'’]{2,40}: ", text)
    return turn.group().rstrip(": ") if turn else None


def stated_source(described: Described, words_of_article: Collection[str]) -> str | None:
    """Return X of "X: ..." and "... - X" where X is an office, or a name that has a capital elsewhere, too."""
    source = SOURCE.search(described.text)
    name = _turn(described.text, described.kinds) or (source.group().strip(" -–—") if source else "")
    words = name.split()
    kinds = {kinds_of_words(ENGLISH).get(word, "") for word in words}
    is_name = len(words) <= 4 and all(word[0].isalpha() and not word[0].islower() for word in words)
    if "roles" in kinds:
        return name if (described.is_headline or is_name) and words[-1].lower() not in WRITINGS else None
    is_known = any(word in words_of_article or (word.isupper() and word.title() in words_of_article) for word in words)
    is_known &= kinds <= {"", "titles"}
    return name if is_name and is_known and not names_of_places().issuperset(words) else None


def clause_around(tokens: Sequence[str], index: int) -> Span:
    """Return the span of the tokens of the clause of a word."""
    start, end = index, index + 1
    while start and tokens[start - 1] not in CLAUSE_ENDS:
        start -= 1
    while end < len(tokens) and tokens[end] != "." and tokens[end] not in CLAUSE_ENDS:
        end += 1
    return start, end


def _may_name(token: str, kind: str) -> bool:
    if kind:
        return kind in ("roles", "pronouns", "titles", "places") or (kind == "particles" and token[0].isupper())
    return (not token.islower() and token[0].isalpha()) or token.startswith("www.")
