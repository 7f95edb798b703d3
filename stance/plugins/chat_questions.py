"""The question about one comment that a chat model is asked, and the reading of its answer."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field
from typing import NamedTuple

from stance.datamodels import STANCES, Json, Record, Span, Stance, Strings, frozen
from stance.scoring.instances import Context, Instance, answered_places, best_window

HOW_SURE: Mapping[int, float] = {1: 0.9, 2: 0.7, 3: 0.5}
"""Probability of the given label by the guide's confidence (1 sure, 2 fairly, 3 guess); the rest is spread evenly. A
convention, not measured: measure a model with ``stance evaluate``."""

MAX_CHARACTERS = 6_000
"""Maximum number of characters sent of a comment, and of each text of its context, around its mentions of targets:
longer ones are rare, and mostly pasted."""


@frozen
class Question:
    """One comment with the targets that it is to be labelled toward."""

    text: str
    shown: Context
    targets: Strings
    parts: tuple[tuple[str, str], ...] = field(default=(), compare=False, repr=False)  # name and text, as they are sent


class ChatAnswer(NamedTuple):
    """The label of one comment toward one target."""

    label: Stance
    confidence: int
    spans: tuple[Span, ...]


ChatAnswers = dict[str, ChatAnswer | str]
"""Target -> answer, or the reason why it is missing."""


def make_question(instances: Sequence[Instance]) -> Question:
    """Make the question about one comment.

    :param instances: Of the comment, each toward another target; at least one.
    """
    text, saw = instances[0].text, instances[0].shown
    starts = [mention.start for instance in instances for mention in instance.own_mentions]
    theirs = [start for instance in instances for start in answered_places(instance)]
    context = (
        ("comment", text, starts),
        ("headline", saw.headline, ()),
        ("lead", saw.lead, ()),
        ("answers", saw.parent, theirs),
        ("before", saw.before, ()),
        ("quoted", saw.quoted, ()),
    )
    parts = tuple((name, _part(part, names)) for name, part, names in context if part.strip() or name == "comment")
    return Question(text, saw, tuple(instance.target for instance in instances), parts)


def _part(text: str, starts: Iterable[int]) -> str:
    """Cut a text to the part that is sent, around the mentions that start at some places."""
    start, end = best_window(sorted({*starts}), len(text), MAX_CHARACTERS)
    # Half a surrogate pair is no character, and no server reads it; a question mark keeps the length.
    return text[start:end].encode("utf-8", "replace").decode()


def read_answer(content: str, question: Question) -> dict[str, ChatAnswer]:
    """Read an answer, or refuse it.

    :return: One answer per target of the question, none else.
    :raises ValueError: If anything is missing, doubled, or not what was asked for; the message says what.
    """
    value = _json_in(content)
    items = value.get("labels") if isinstance(value, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError('it is not an object with a list "labels" of objects')
    answers = {str(item.get("target")): _read_item(item, question.text) for item in items[: len(question.targets) + 1]}
    if len(items) != len(question.targets) or set(answers) != set(question.targets):
        raise ValueError(f"it does not list exactly the targets {', '.join(question.targets)}, once each")
    return answers


def _json_in(content: str) -> Json:
    """Read the JSON of an answer, or the one object in it: many models think aloud before it, or put it in a fence."""
    answer = content.rpartition("</think>")[2]
    start = len(answer) if "<think>" in answer else answer.find("{")  # a thought without an end: cut off
    answer = answer[start : answer.rfind("}") + 1]
    for candidate in (content, answer):
        with suppress(ValueError, RecursionError):
            return json.loads(candidate)
    raise ValueError("it is not JSON" if content.strip() else "it is empty")


def _read_item(item: Record, text: str) -> ChatAnswer:
    label, confidence, quote = item.get("label"), item.get("confidence"), item.get("quote")
    if label not in list(STANCES):
        raise ValueError(f"label is {str(label)[:40]!r}, not one of {', '.join(STANCES)}")
    if type(confidence) is not int or confidence not in HOW_SURE:
        raise ValueError("confidence is none of 1, 2, 3")
    if not isinstance(quote, str):
        raise ValueError("quote is not a text")
    return ChatAnswer(Stance(label), confidence, _quoted(quote.strip(), text))


def _quoted(quote: str, text: str) -> tuple[Span, ...]:
    """Find the quoted words in the text, whole where they can be; other words are no evidence."""
    if not 0 < len(quote) <= 300:
        return ()
    match = re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", text)  # "us" is not that of "because"
    start = match.start() if match else text.find(quote)
    return ((start, start + len(quote)),) if start >= 0 else ()
