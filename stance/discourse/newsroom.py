"""Find the comments that put a question or a request to the writer, the outlet or its moderators.

A reader of the newsroom can answer these. ``data/newsroom.json`` holds the patterns, which a person writes, and
their weights, which ``research.training.train_newsroom`` fits to comments that two readers labelled. It is for English.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from stance.datamodels import Comment, Document, Record, Span, read_as
from stance.discourse.analysis import Analysis
from stance.discourse.posts import Floats
from stance.pseudonyms import folded
from stance.resources import NEWSROOM, shipped_json
from stance.scoring.encoder import SIZE, WINDOW, TextEncoder
from stance.scoring.sentences import ENGLISH, split_sentences

_ENCODED = 600
"""Maximum number of characters that are encoded of a comment, or of the title and first paragraphs of its page."""


class Reading(NamedTuple):
    """A comment with the sentences and features by which it is judged."""

    comment: Comment
    spans: Sequence[Span]  # of its sentences
    sentences: Sequence[str]  # as patterns see them: the writer's name is ``writer_``
    features: Floats  # of the patterns, 0 or 1, then of forms, in [0, 1]: shape (features,)
    asks: bool  # whether a sentence ends in a question mark
    is_candidate: bool  # not by the writer, nor an answer to another reader that does not name the writer


@cache
def _patterns(name: str = "patterns") -> list[tuple[Any, ...]]:
    """Return the patterns, each after its scope and before its weight, if the file states one.

    Scopes of comments: ``question`` (sentences that ask), ``first`` sentence, ``text``; of ``page_patterns``:
    ``comments``, ``article`` and ``title``.
    """
    return [(scope, re.compile(text, re.IGNORECASE), *weight) for scope, text, *weight in shipped_json(NEWSROOM)[name]]


def find_newsroom(document: Document) -> list[Record]:
    """Find the comments of a page that ask the writer, the outlet or its moderators.

    :return: In page order: ``id`` of the comment, ``kind`` (``question``) and ``quote``, the start and end of the
        sentence to quote, as half-open character offsets into its text.
    """
    shipped, page, entries = shipped_json(NEWSROOM), read_page(document), []
    readings = [*read_comments(document)]
    page_vector = encode(opening(document) if any(reading.asks for reading in readings) else "")
    page_odds = float(page_vector @ shipped["page_weights"]) - shipped["page_offset"] if page_vector.any() else 0.0
    for reading in readings:
        odds = shipped["intercept"] + combine(reading, page) @ shipped["weights"] + page_odds * reading.asks
        least = shipped["threshold"] - odds  # most comments need no encoder
        if (
            reading.is_candidate
            # Maximum that the vector of a comment is taken to add to its odds, so that most comments need no encoder:
            # it added more in one of 1,000 comments, and less than 2.3 in each that was found.
            and 2.75 >= least <= encode(reading.comment.text) @ shipped["vector_weights"]
        ):
            entries.append({"id": reading.comment.comment_id, "kind": "question", "quote": _quote(reading)})
    return entries


def combine(reading: Reading, page: Floats) -> Floats:
    """Return the features of a comment, of its page, and of both together: shape (features * 10 + 9,)."""
    # Weight of a pattern of the comment and a feature of its page together beside either alone.
    return np.concatenate([reading.features, page, 0.7 * np.outer(reading.features, page).ravel()])


def opening(document: Document) -> str:
    """Return the title, the lead and the first paragraphs of an article."""
    return " ".join([document.title or "", document.lead or "", *document.body[:_ENCODED]])[:_ENCODED]


def read_page(document: Document) -> Floats:
    """Return the features of a page, shape (9,), in [0, 1]: whether its host answers, and its kind."""
    names = {comment.comment_id: folded(comment.author or "") for comment in document.comments}
    writer = _name_words(document.author or "")
    hosts = {name for name in {*names.values()} if (words := _name_words(name)) and writer & words in (words, writer)}
    pairs = {(names[answer.comment_id], names.get(answer.reply_to or "", "")) for answer in document.comments}
    answered = Counter(name for name, parent in pairs if name and parent not in {"", name})
    # Minimum number of readers whom the host of a page answers.
    is_answering = max(answered.values(), default=0) >= max(3, 0.4 * answered.total())
    readers = {*names.values()} - hosts - {name for name, _ in answered.most_common(1) if is_answering}
    tops = [comment for comment in document.comments if not comment.reply_to and names[comment.comment_id] in readers]
    # Maximum number of characters of an article that are read to judge of what kind it is.
    longest = 20_000
    article = " ".join([document.title or "", document.lead or "", *document.body])[:longest]
    texts = {"article": (article, len(article.split())), "title": ((document.title or "")[:longest], 1)}
    measures = [
        sum(bool(expression.search(top.text[:1000])) for top in tops) / max(1, len(tops))
        if scope == "comments"
        else min(len(expression.findall(texts[scope][0])) * weight / max(1, texts[scope][1]), 1.0)
        for scope, expression, weight in _patterns("page_patterns")
    ]
    is_blog = document.layout in {"rows:wordpress", "rows:blogger", "rows:blogger-flat"}
    return np.array([bool(hosts), is_answering, *measures, is_blog], dtype=float)


def _name_words(name: str) -> set[str]:
    return set(re.findall(r"\w{3,}", folded(name[:100])))


def _quote(reading: Reading) -> list[int]:
    """Return the span of the sentence with the highest weight of patterns; those that ask come first."""
    weighed = [
        pair for pair in zip(shipped_json(NEWSROOM)["weights"], _patterns(), strict=False) if pair[1][0] != "first"
    ]
    scores = [
        100.0 * sentence.endswith("?") + sum(weight for weight, (_, pattern) in weighed if pattern.search(sentence))
        for sentence in reading.sentences
    ]
    return [*reading.spans[int(np.argmax(scores))]]


@cache
def _encoder() -> TextEncoder:
    return TextEncoder()


def encode(text: str) -> Floats:
    """Return the mean vector of the tokens of a text, shape (``encoder.SIZE``,), of length ``_SCALE``, or zeros."""
    if not text.strip():
        return np.zeros(SIZE)
    tokens = _encoder().tokenize(text[:_ENCODED]).ids[:WINDOW]
    vector = _encoder().vectors(tokens).mean(axis=0, dtype=float)
    # Weight of the vectors beside the patterns; of 0 to 4 the best on sites left out.
    return 2.0 * vector / max(float(np.linalg.norm(vector)), 1e-9)


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
        language = read_as(comment.language, document.language)
        if language == ENGLISH:
            yield _read_comment(comment, pattern, writer, authors.get(comment.reply_to or "", ""))


def _read_comment(comment: Comment, pattern: re.Pattern[str] | None, writer: str, parent: str) -> Reading:
    # Maximum number of characters of a comment that are read: questions behind them are rare, and time is bounded.
    text = comment.own_words[:3_000]
    spans = split_sentences(text)
    # Maximum number of characters of a sentence that patterns see: the last, which tell whether it asks.
    sentences = [text[max(start, end - 400) : end] for start, end in spans]
    if pattern:
        sentences = [pattern.sub("writer_", sentence) for sentence in sentences]
    questions = [sentence for sentence in sentences if sentence.endswith("?")]
    is_answer, is_by_writer = comment.reply_to is not None, bool(writer) and parent == writer
    scopes = {"text": "\n".join(sentences), "question": "\n".join(questions), "first": "".join(sentences[:1])}
    # Pattern of a name, not the writer's, at the start of a comment.
    call = r"(?s)(?!.*writer_)@?[A-Z]\w+(?: [A-Z]\w+)?(?:,|:| -|-)"
    is_call, is_last = bool(re.match(call, scopes["first"])), scopes["text"].endswith("?")
    length, share = min(np.log1p(len(text.split())), 6.0) / 6.0, len(questions) / max(1, len(sentences))
    forms = (length, min(len(questions), 4) / 4.0, share, is_last, is_answer, is_answer and is_by_writer, is_call)
    matches = [bool(expression.search(scopes[scope])) for scope, expression in _patterns()]
    is_own = bool(writer) and folded(comment.author or "") == writer
    # Pattern of words that name the writer, the outlet or its moderators.
    addressee = (
        r"(?i)\bwriter_\b|\b(?:the|this|your) (?:author|writer|article|editors?|headline|reporter|journalist|post)\b"
        r"|\b(?:moderators?|editors?|proof-?read(?:er|ing)?|dear author|civil comments)\b"
    )
    is_addressed = not is_answer or is_by_writer or bool(re.search(addressee, scopes["text"]))
    is_candidate = bool(sentences) and not is_own and is_addressed
    return Reading(comment, spans, sentences, np.array([*matches, *forms], dtype=float), bool(questions), is_candidate)


ANALYSIS = Analysis("newsroom", lambda *page: find_newsroom(page[-1]), units=("page",))
