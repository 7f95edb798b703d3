"""Find the comments that put a question or a correction to the writer, the outlet or its moderators.

A reader of the newsroom can answer or mend these. ``data/newsroom.json`` holds the patterns, which a person writes, and
their weights, which ``research.training.train_newsroom`` fits to comments that two readers labelled. It is for English.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Record, own_words
from stance.pseudonyms import folded
from stance.resources import NEWSROOM
from stance.scoring.encoder import WINDOW, TextEncoder
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
"""Maximum number of characters of a comment that the encoder reads."""

_SCALE = 2.0
"""Weight of the comment's vector beside the patterns; of 0 to 4 the best on sites left out."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment with the sentences and features by which it is judged."""

    comment: Comment
    spans: Sequence[Span]  # of its sentences
    sentences: Sequence[str]  # as patterns see them: the writer's name is ``writer_``
    features: Floats  # shape (features,): of the patterns, 0 or 1, then ``_FORMS``, in [0, 1]
    is_candidate: bool  # not by the writer, nor an answer to another reader that does not name the writer


@cache
def _shipped() -> dict[str, Any]:
    return json.loads(NEWSROOM.read_text(encoding="utf-8"))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the patterns with their scopes: ``question`` (sentences that ask), ``first`` sentence, ``text``."""
    return tuple((scope, re.compile(pattern, re.IGNORECASE)) for scope, pattern in _shipped()["patterns"])


@cache
def _corrections() -> re.Pattern[str]:
    return re.compile("|".join(_shipped()["corrections"]), re.IGNORECASE)


def find_newsroom(document: Document) -> list[Record]:
    """Find the comments of a page that ask or correct the writer, the outlet or its moderators.

    :return: In page order: ``id`` of the comment, ``kind`` (``question`` or ``correction``) and ``quote``, the start
        and end of the sentence to quote, as half-open character offsets into its text.
    """
    entries = []
    for reading in read_comments(document):
        matches = [bool(_corrections().search(sentence)) for sentence in reading.sentences]
        if reading.is_candidate and any(matches):
            entries.append(_entry(reading, "correction", matches))
        elif reading.is_candidate and _is_question(reading):
            entries.append(_entry(reading, "question", _question_scores(reading)))
    return entries


def _entry(reading: Reading, kind: str, scores: Sequence[float]) -> Record:
    """Quote the first of the sentences with the highest score."""
    return {"id": reading.comment.comment_id, "kind": kind, "quote": [*reading.spans[int(np.argmax(scores))]]}


def _is_question(reading: Reading) -> bool:
    pattern_weights, vector_weights = _shipped()["weights"], np.array(_shipped()["vector_weights"])
    least = _shipped()["threshold"] - _shipped()["intercept"] - float(reading.features @ pattern_weights)
    # A vector of length _SCALE adds at most this: most comments need no encoder.
    return bool(_SCALE * np.linalg.norm(vector_weights) >= least and encode(reading) @ vector_weights >= least)


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


def encode(reading: Reading) -> Floats:
    """Return the mean vector of the tokens of a comment, shape (``encoder.SIZE``,), of length ``_SCALE``."""
    tokens = _encoder().tokenize(reading.comment.text[:_ENCODED]).ids[:WINDOW]
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
    return Reading(comment, spans, sentences, np.array([*matches, *forms], dtype=float), is_candidate)
