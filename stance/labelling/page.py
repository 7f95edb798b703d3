"""The labelling page as values and HTML: what a stranger wrote is a value, and templates escape all values."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.datamodels import STANCES, Mention, Stance
from stance.labels.store import Answer, GuessMode, Item, Pair, Said

if TYPE_CHECKING:
    from jinja2 import Environment

TONES = 6
"""Colours of marks; a seventh target has that of the first, and every mark names its target in words too."""

STANCE_WORDS: Mapping[Stance, str] = {
    Stance.FAVOR: "favor",
    Stance.AGAINST: "against",
    Stance.NEUTRAL: "neutral",
    Stance.NOT_ADDRESSED: "not addressed",
}

Finder = Callable[[str], Sequence[Mention]]
"""From a text to the mentions of targets in it."""

_TEMPLATES = Path(__file__).with_name("templates")
_HEADING = re.compile(r"#{1,6} ")


@dataclass(frozen=True, slots=True)
class Wording:
    """What targets are called, how they are found, and by which rules they are labelled."""

    labels: Mapping[str, str]
    find: Finder
    guide: str

    def name(self, target: str) -> str:
        """Name a target; one that is defined nowhere by its id."""
        return self.labels.get(target, target)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with the targets that it names."""

    text: str
    names: tuple[str, ...] = ()
    tone: int = 0  # 0: no mark


@dataclass(frozen=True, slots=True)
class Row:
    """One question: whom the comment sides with, toward one target."""

    place: int  # of the pair in its item
    name: str
    tone: int
    named_in: str | None  # where a text names it, in words
    label: Stance | None
    is_unsure: bool
    is_missing: bool
    guess: str | None
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as the page shows it."""

    number: int
    language: str | None
    title: tuple[Piece, ...]
    lead: tuple[Piece, ...]
    parent: tuple[Piece, ...]
    text: tuple[Piece, ...]
    rows: tuple[Row, ...]
    note: str
    notes: tuple[str, ...]  # of others


@dataclass(frozen=True, slots=True)
class SavedView:
    """What the annotator did last, as the store has it."""

    number: int
    at: str
    is_skip: bool
    answers: tuple[str, ...]
    guesses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph or list of the guide."""

    kind: str
    lines: tuple[str, ...]


def show_item(
    number: int,
    item: Item,
    asked: Mapping[int, Pair],
    wording: Wording,
    *,
    answers: Mapping[str, Answer],
    note: str = "",
    others: Sequence[Said] = (),
    missing: Collection[int] = (),
    show_guess: bool = False,
) -> ItemView:
    """Make what the page shows of an item.

    :param asked: The pairs that are asked, by their place in the item.
    :param answers: What the annotator said of it before, by target.
    :param others: What others say of it, where that is shown.
    :param missing: Places of pairs that a form left open.
    """
    tones = {pair.target: place % TONES + 1 for place, pair in enumerate(item.pairs)}
    parts = {
        name: text or ""
        for name, text in (("title", item.title), ("lead", item.lead), ("parent", item.parent), ("text", item.text))
    }
    found = {name: [m for m in wording.find(text) if m.target in tones] for name, text in parts.items()}
    cut = {name: tuple(cut_text(text, found[name], tones, wording)) for name, text in parts.items()}
    rows = tuple(
        Row(
            place=place,
            name=wording.name(pair.target),
            tone=tones[pair.target],
            named_in=_named_in(pair.target, found),
            label=answers[pair.target].label if pair.target in answers else None,
            is_unsure=pair.target in answers and answers[pair.target].is_unsure,
            is_missing=place in missing,
            guess=_guess_words(pair) if show_guess else None,
            others=tuple(_others_words(pair.target, others)),
        )
        for place, pair in asked.items()
    )
    notes = tuple(f"{said.annotator}: {said.note}" for said in others if said.note)
    return ItemView(number, item.language, **cut, rows=rows, note=note, notes=notes)


def cut_text(text: str, mentions: Sequence[Mention], tones: Mapping[str, int], wording: Wording) -> Iterator[Piece]:
    """Cut a text at its mentions; joined, the pieces are the text.

    :param mentions: By start; they overlap only where two targets own the same span.
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


def _named_in(target: str, found: Mapping[str, Sequence[Mention]]) -> str | None:
    places = (
        ("text", "here"),
        ("parent", "in what it answers"),
        ("title", "in the article"),
        ("lead", "in the article"),
    )
    return next((words for part, words in places if any(m.target == target for m in found[part])), None)


def _guess_words(pair: Pair) -> str | None:
    return f"{STANCE_WORDS[pair.guess.label]}, {pair.guess.probability:.0%}" if pair.guess else None


def _others_words(target: str, others: Sequence[Said]) -> Iterator[str]:
    for said in others:
        for answer in said.answers:
            if answer.target == target:
                yield f"{said.annotator}: {answer_words(answer)}"


def answer_words(answer: Answer) -> str:
    """Put an answer into words."""
    if answer.label is None:
        return "unsure"
    return STANCE_WORDS[answer.label] + (", unsure" if answer.is_unsure else "")


def show_saved(said: Said, item: Item, wording: Wording) -> SavedView:
    """Make what the page says of what was saved last; with the guesses, where they are shown behind a label."""
    guesses = {pair.target: _guess_words(pair) for pair in item.pairs if pair.guess}
    shows = said.guess_mode in (GuessMode.AFTER, GuessMode.BEFORE) and not said.is_skip
    order = {pair.target: place for place, pair in enumerate(item.pairs)}
    answers = sorted(said.answers, key=lambda answer: order[answer.target])
    given = [(wording.name(answer.target), answer) for answer in answers]
    return SavedView(
        number=said.item,
        at=datetime.fromisoformat(said.at).astimezone().strftime("%H:%M:%S"),
        is_skip=said.is_skip,
        answers=tuple(f"{name}: {answer_words(answer)}" for name, answer in given),
        guesses=tuple(f"{name}: {guesses[answer.target]}" for name, answer in given if guesses.get(answer.target))
        if shows
        else (),
    )


@cache
def read_guide(text: str) -> tuple[Block, ...]:
    """Read the few marks of a guide: headings, paragraphs, lists; an indented line goes on with the one before."""
    blocks: list[tuple[str, list[str]]] = []
    joins = False
    for line in map(str.rstrip, text.splitlines()):
        if not line:
            joins = False
        elif _HEADING.match(line):
            blocks.append(("heading", [_HEADING.sub("", line, count=1)]))
            joins = False
        else:
            _take_line(blocks, line, joins)
            joins = True
    return tuple(Block(kind, tuple(lines)) for kind, lines in blocks)


def _take_line(blocks: list[tuple[str, list[str]]], line: str, joins: bool) -> None:
    kind = "list" if line.startswith(("- ", "* ")) else "paragraph"
    last, lines = blocks[-1] if joins else ("", [""])
    if kind == "list" and last == "list":
        lines.append(line[2:])
    elif kind == "list":
        blocks.append(("list", [line[2:]]))
    elif last and (line.startswith(" ") or (last == "paragraph" and lines[-1][-1] not in ".:")):
        lines[-1] += f" {line.strip()}"
    else:
        blocks.append(("paragraph", [line.strip()]))


def render(template: str, **values: Any) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"STANCES": STANCES, "STANCE_WORDS": STANCE_WORDS}
    return environment
