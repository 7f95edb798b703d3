"""Render the labelling page as HTML; templates escape all foreign text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stance.datamodels import STANCES, Mention
from stance.store.labels import Answer, Event, Guess, GuessMode, Item

TONES = 6
"""Colours of marks; a seventh target has that of the first, and every mark names its target in words too."""

STANCE_WORDS = {stance: stance.value.replace("_", " ") for stance in STANCES}

_PARTS = {"text": "here", "parent": "in what it answers", "title": "in the article", "lead": "in the article"}
"""Texts of an item, with the words for a target that is named there."""

_HEADING = re.compile(r"#{1,6} ")


@dataclass(frozen=True, slots=True)
class Wording:
    """Labels of targets, their mentions in a text, and the label guide."""

    labels: Mapping[str, str]
    find: Callable[[str], Sequence[Mention]]
    guide: str

    def name(self, target: str) -> str:
        """Return the label of a target; its id if it is defined nowhere."""
        return self.labels.get(target, target)


class Piece(NamedTuple):
    """A run of text with the targets that it names."""

    text: str
    names: tuple[str, ...] = ()
    tone: int = 0  # 0: no mark


class Block(NamedTuple):
    """A heading, paragraph or list of the guide."""

    kind: str
    lines: tuple[str, ...]


def show_item(item: Item, wording: Wording) -> dict[str, Any]:
    """Return the texts of an item with marked mentions, the tone of each target and the words for where it is named."""
    tones = {pair.target: place % TONES + 1 for place, pair in enumerate(item.pairs)}
    parts, named = {}, dict[str, str]()
    for part, words in _PARTS.items():
        text = getattr(item, part) or ""
        mentions = [mention for mention in wording.find(text) if mention.target in tones]
        parts[part] = list(mark_mentions(text, mentions, tones, wording))
        named = dict.fromkeys((mention.target for mention in mentions), words) | named
    return {"item": item, "parts": parts, "tones": tones, "named": named}


def mark_mentions(
    text: str, mentions: Sequence[Mention], tones: Mapping[str, int], wording: Wording
) -> Iterator[Piece]:
    """Split a text at its mentions; joined, the pieces are the text.

    :param mentions: By start; they overlap only if two targets own the same span.
    """
    done = 0
    for (start, end), own in groupby(mentions, key=lambda mention: (mention.start, mention.end)):
        targets = [mention.target for mention in own]
        if start < done:
            continue
        if start > done:
            yield Piece(text[done:start])
        yield Piece(text[start:end], tuple(map(wording.name, targets)), tones[targets[0]])
        done = end
    if done < len(text):
        yield Piece(text[done:])


def guess_words(guess: Guess) -> str:
    """Describe a model's guess."""
    return f"{STANCE_WORDS[guess.label]}, {guess.probability:.0%}"


def answer_words(answer: Answer) -> str:
    """Describe an answer."""
    words = [STANCE_WORDS[answer.label]] if answer.label else []
    return ", ".join([*words, "unsure"] if answer.is_unsure or not words else words)


def show_saved(saved: Event, item: Item, wording: Wording) -> dict[str, Any]:
    """Return the last saved label or skip, with the model's guesses if they are shown after a label."""
    answers = {answer.target: answer for answer in saved.answers}
    pairs = [pair for pair in item.pairs if pair.target in answers]
    shows = saved.guess_mode in (GuessMode.AFTER, GuessMode.BEFORE) and not saved.is_skip
    return {
        "number": saved.item,
        "at": datetime.fromisoformat(saved.at).astimezone().strftime("%H:%M:%S"),
        "is_skip": saved.is_skip,
        "answers": [f"{wording.name(pair.target)}: {answer_words(answers[pair.target])}" for pair in pairs],
        "guesses": [f"{wording.name(p.target)}: {guess_words(p.guess)}" for p in pairs if p.guess and shows],
    }


@cache
def read_guide(text: str) -> tuple[Block, ...]:
    """Read the Markdown of a guide: headings, paragraphs, lists; an indented line continues the one before."""
    blocks: list[tuple[str, list[str]]] = []
    joins = False  # the line before belongs to a paragraph or a list
    for line in map(str.rstrip, text.splitlines()):
        last, lines = blocks[-1] if joins else ("", [""])
        is_entry = line.startswith(("- ", "* "))
        joins = bool(line) and not _HEADING.match(line)
        if not line:
            continue
        if not joins:
            blocks.append(("heading", [_HEADING.sub("", line, count=1)]))
        elif is_entry and last == "list":
            lines.append(line[2:])
        elif is_entry:
            blocks.append(("list", [line[2:]]))
        elif last and (line.startswith(" ") or (last == "paragraph" and lines[-1][-1] not in ".:")):
            lines[-1] += f" {line.strip()}"
        else:
            blocks.append(("paragraph", [line.strip()]))
    return tuple(Block(kind, tuple(lines)) for kind, lines in blocks)


def render(template: str, **values: Any) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"STANCE_WORDS": STANCE_WORDS, "answer_words": answer_words, "guess_words": guess_words}
    return environment
