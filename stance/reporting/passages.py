"""Cut texts where their evidence and their quotations begin and end."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby, pairwise
from types import SimpleNamespace as View
from typing import NamedTuple

from stance.datamodels import Strings


class Span(NamedTuple):
    """Evidence: ``text[start:end]`` is about a target."""

    start: int
    end: int
    target: str


class Piece(NamedTuple):
    """A run of text with the targets it is evidence for, sorted; ``quoted`` if it is not the writer's own."""

    text: str
    targets: Strings = ()
    quoted: bool = False

    @property
    def unnamed(self) -> Strings:
        """Return the targets that the piece does not itself call by their name, and that a page must add."""
        return tuple(target for target in self.targets if target.removeprefix("the ") not in self.text)


_QUOTED = ""  # a label that no target can have: targets are named


def cut(text: str, spans: Iterable[Span], quoted: Iterable[tuple[int, int]] = ()) -> tuple[Piece, ...]:
    """Cut a text at the borders of its spans: those of several targets overlap, and HTML elements must nest.

    :param text: Any text.
    :param spans: In any order; they may overlap, and parts outside the text are ignored.
    :param quoted: Half open spans of the text that repeat somebody else.
    :return: Pieces in order; joined, their texts are the text.
    """
    changes = []
    for start, end, label in [*spans, *((start, end, _QUOTED) for start, end in quoted)]:
        start, end = max(0, start), min(len(text), end)
        changes += [(start, 1, label), (end, -1, label)] if start < end else []
    runs: list[tuple[int, int, Strings]] = []
    active: Counter[str] = Counter()
    done = 0
    for offset, change, label in [*sorted(changes), (len(text), 0, _QUOTED)]:
        if offset > done:
            labels = tuple(sorted(label for label, depth in active.items() if depth > 0))
            joins = bool(runs) and runs[-1][2] == labels  # where one span of a target runs on into the next
            runs[-1 if joins else len(runs) :] = [(runs[-1][0] if joins else done, offset, labels)]
            done = offset
        active[label] += change
    return tuple(Piece(text[start:end], tuple(filter(None, labels)), _QUOTED in labels) for start, end, labels in runs)


def passages(pieces: Iterable[Piece]) -> list[View]:
    """Group consecutive pieces by whether they are quoted; line breaks between two passages are left out."""
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.quoted)]
    for before, after in pairwise(runs):
        before[-1] = before[-1]._replace(text=before[-1].text.rstrip("\n"))
        after[0] = after[0]._replace(text=after[0].text.lstrip("\n"))
    return [View(quoted=run[0].quoted, pieces=run) for run in runs if any(piece.text.strip() for piece in run)]
