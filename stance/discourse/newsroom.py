"""Find the comments that put a question or a request to the writer, the outlet or its moderators.

A reader of the newsroom can answer these. ``data/newsroom.json`` holds the patterns, which a person writes, and
their weights, which ``research.training.train_newsroom`` fits to comments that two readers labelled. It is for English.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Record, own_words
from stance.pseudonyms import folded
from stance.resources import NEWSROOM
from stance.scoring.encoder import SIZE, WINDOW, TextEncoder
from stance.scoring.sentences import ENGLISH, Span, split_sentences

LONGEST = 3_000
"""Maximum number of characters of a comment that are read: questions behind them are rare, and time is bounded."""

LONGEST_SENTENCE = 400
"""Maximum number of characters of a sentence that patterns see."""

_NAMED = re.compile(
    r"(?i)\bwriter_\b|\b(?:the|this|your) (?:author|writer|article|editors?|headline|reporter|journalist|post)\b"
    r"|\b(?:moderators?|editors?|proof-?read(?:er|ing)?|dear author|civil comments)\b"
)
"""Pattern of words that name the writer, the outlet or its moderators."""

_FORMS = 7
"""Number of features that are no patterns: length, questions, place among answers, the first words."""

_ENCODED = 600
"""Maximum number of characters that are encoded of a comment, or of the title and first paragraphs of its page."""

_SCALE = 2.0
"""Weight of the vectors beside the patterns; of 0 to 4 the best on sites left out."""

_BOTH = 0.7
"""Weight of a pattern of the comment and a feature of its page together beside either alone."""

_LONGEST_PAGE = 20_000
"""Maximum number of characters of an article that are read to judge of what kind it is."""

_FEWEST_ANSWERED = 3
"""Minimum number of readers whom a commenter answers who is taken for the host of the page."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment with the sentences and features by which it is judged."""

    comment: Comment
    spans: Sequence[Span]  # of its sentences
    sentences: Sequence[str]  # as patterns see them: the writer's name is ``writer_``
    features: Floats  # of the patterns, 0 or 1, then ``_FORMS``, in [0, 1]: shape (features,)
    asks: bool  # whether a sentence ends in a question mark
    is_candidate: bool  # not by the writer, nor an answer to another reader that does not name the writer


@cache
def _shipped() -> dict[str, Any]:
    return json.loads(NEWSROOM.read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns with their scopes: ``question`` (sentences that ask), ``first`` sentence, ``text``."""
    return tuple((scope, re.compile(pattern, re.IGNORECASE)) for scope, pattern in _shipped()["patterns"])


def find_newsroom(document: Document) -> list[Record]:
    """Find the comments of a page that ask the writer, the outlet or its moderators.

    :return: In page order: ``id`` of the comment, ``kind`` (``question``) and ``quote``, the start and end of the
        sentence to quote, as half-open character offsets into its text.
    """
    readings = [reading for reading in read_comments(document) if reading.is_candidate]
    page, shipped = read_page(document), _shipped()
    page_odds, entries = None, []
    for reading in readings:
        odds = shipped["intercept"] + float(combine(reading, page) @ shipped["weights"])
        if reading.asks and page_odds is None:
            vector = encode(opening(document))
            page_odds = float(vector @ shipped["page_weights"]) - shipped["page_offset"] if vector.any() else 0.0
        least = shipped["threshold"] - odds - (page_odds or 0.0) * reading.asks
        # A vector of length _SCALE adds at most this: most comments need no encoder.
        if _SCALE * np.linalg.norm(shipped["vector_weights"]) < least:
            continue
        if encode(reading.comment.text) @ shipped["vector_weights"] >= least:
            span = reading.spans[int(np.argmax(_question_scores(reading)))]
            entries.append({"id": reading.comment.comment_id, "kind": "question", "quote": [*span]})
    return entries


def combine(reading: Reading, page: Floats) -> Floats:
    """Return the features of a comment, of its page, and of both together: shape (features * 10 + 9,)."""
    return np.concatenate([reading.features, page, _BOTH * np.outer(reading.features, page).ravel()])


def opening(document: Document) -> str:
    """Return the title, the lead and the first paragraphs of an article."""
    return " ".join([document.title or "", document.lead or "", *document.body[:_ENCODED]])[:_ENCODED]


def read_page(document: Document) -> Floats:
    """Return the features of a page, shape (9,), in [0, 1]: whether its host answers, and of what kind it is."""
    hosts = {
        name for name in {folded(comment.author or "") for comment in document.comments} if _is_host(name, document)
    }
    answered: dict[str, set[str]] = defaultdict(set)
    names = {comment.comment_id: folded(comment.author or "") for comment in document.comments}
    answers = Counter(folded(comment.author or "") for comment in document.comments if comment.reply_to)
    for comment in document.comments:
        if comment.reply_to in names and comment.author and names[comment.reply_to] != folded(comment.author):
            answered[folded(comment.author)].add(names[comment.reply_to])
    host = max(answered, key=lambda name: len(answered[name]), default="")
    is_answering = len(answered[host]) >= _FEWEST_ANSWERED and answers[host] >= 0.4 * answers.total()
    texts = [
        comment.text[:1000]
        for comment in document.comments
        if not comment.reply_to and folded(comment.author or "") not in hosts | ({host} if is_answering else set())
    ]
    article = " ".join([document.title or "", document.lead or "", *document.body])[:_LONGEST_PAGE]
    words = max(1, len(article.split()))
    patterns = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _shipped()["page_patterns"].items()}
    shares = [
        sum(bool(patterns[name].search(text)) for text in texts) / max(1, len(texts)) for name in ("you", "thanks")
    ]
    rates = [
        min(len(patterns[name].findall(article)) * weight / words, 1.0)
        for name, weight in (("matter", 20), ("news", 40), ("own", 20))
    ]
    is_blog = "wordpress" in document.layout or "blogger" in document.layout
    how = min(len(patterns["title"].findall((document.title or "")[:_ENCODED])), 2) / 2
    return np.array([bool(hosts), is_answering, *shares, *rates, how, is_blog], dtype=float)


def _is_host(name: str, document: Document) -> bool:
    """Return whether a folded name is the writer's, or a part of it or of the outlet's, or that of an office."""
    words, writer = (set(re.findall(r"\w{3,}", part[:100])) for part in (name, folded(document.author or "")))
    outlet, joined = (re.sub(r"\W", "", part[:100]) for part in (folded(document.outlet or ""), name))
    return (
        bool(words and writer and (words <= writer or writer <= words))
        or (len(joined) > 4 and joined in outlet)
        or joined in {"admin", "administrator", "author", "editor", "moderator"}
    )


def _question_scores(reading: Reading) -> list[float]:
    """Score the sentences by the weights of the patterns in them; those that ask come first."""
    weights = _shipped()["weights"]
    return [
        100.0 * sentence.endswith("?")
        + sum(
            weight
            for weight, (scope, expression) in zip(weights, _patterns(), strict=False)
            if scope != "first" and expression.search(sentence)
        )
        for sentence in reading.sentences
    ]


@cache
def _encoder() -> TextEncoder:
    return TextEncoder()


def encode(text: str) -> Floats:
    """Return the mean vector of the tokens of a text, shape (``encoder.SIZE``,), of length ``_SCALE``, or zeros."""
    if not text.strip():
        return np.zeros(SIZE)
    tokens = _encoder().tokenize(text[:_ENCODED]).ids[:WINDOW]
    vector = _encoder().vectors(tokens).mean(axis=0, dtype=float)
    return np.asarray(_SCALE * vector / max(float(np.linalg.norm(vector)), 1e-9))


def _writer_pattern(document: Document) -> re.Pattern[str] | None:
    """Return a pattern of the names of the writer and the outlet, and of the initials of three names or more."""
    names = re.findall(r"[^\W\d_]{3,}", (document.author or "")[:100])[:6]
    initials = "".join(name[0] for name in names) if len(names) > 2 else ""
    words = {*names, initials, *([document.outlet] if document.outlet else [])} - {"", "The", "and", "for"}
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b(?:['’]s\b)?") if words else None


def read_comments(document: Document) -> Iterator[Reading]:
    """Yield the comments of a page that are in English, or in an unknown language on an English page."""
    writer = folded(document.author or "")
    authors = {comment.comment_id: folded(comment.author or "") for comment in document.comments}
    pattern = _writer_pattern(document)
    for comment in document.comments:
        language = document.language if comment.language == UNKNOWN_LANGUAGE else comment.language
        if language == ENGLISH:
            yield _read_comment(comment, pattern, writer, authors.get(comment.reply_to or "", ""))


def _read_comment(comment: Comment, pattern: re.Pattern[str] | None, writer: str, parent: str) -> Reading:
    text = own_words(comment.text, comment.quoted)[:LONGEST]
    spans = split_sentences(text)
    sentences = [
        text[start : min(end, start + LONGEST_SENTENCE)]
        + "?" * (end - start > LONGEST_SENTENCE and text[end - 1] == "?")
        for start, end in spans
    ]
    if pattern:
        sentences = [pattern.sub("writer_", sentence) for sentence in sentences]
    questions = [sentence for sentence in sentences if sentence.endswith("?")]
    is_answer, is_by_writer = comment.reply_to is not None, bool(writer) and parent == writer
    scopes = {"text": "\n".join(sentences), "question": "\n".join(questions), "first": "".join(sentences[:1])}
    forms = (
        min(np.log1p(len(text.split())), 6.0) / 6.0,
        min(len(questions), 4) / 4.0,
        len(questions) / max(1, len(sentences)),
        bool(questions) and questions[-1] == sentences[-1],
        is_answer,
        is_answer and is_by_writer,
        bool(re.match(r"@?[A-Z]\w+(?: [A-Z]\w+)?(?:,|:| -|-)", scopes["first"])) and "writer_" not in scopes["first"],
    )
    matches = [bool(expression.search(scopes[scope])) for scope, expression in _patterns()]
    is_own = bool(writer) and folded(comment.author or "") == writer
    is_candidate = (
        bool(sentences) and not is_own and (not is_answer or is_by_writer or bool(_NAMED.search(scopes["text"])))
    )
    return Reading(comment, spans, sentences, np.array([*matches, *forms], dtype=float), bool(questions), is_candidate)
