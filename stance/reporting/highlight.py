"""Cut a text where its evidence begins and ends, so that a page can mark it.

Spans come from several targets and overlap; HTML elements must nest. So the text is cut into pieces that each carry all
targets that speak there, and every character of the text lies in exactly one piece.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from stance.datamodels import Comment


@dataclass(frozen=True, slots=True)
class Span:
    """Evidence: ``text[start:end]`` speaks of a target."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with the targets it is evidence for, sorted; ``quoted`` if it is not the writer's own."""

    text: str
    targets: tuple[str, ...] = ()
    quoted: bool = False

    @property
    def unnamed(self) -> tuple[str, ...]:
        """The targets that the piece does not itself call by their name, and that a page must name beside it."""
        return tuple(target for target in self.targets if target.removeprefix("the ") not in self.text)


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive pieces that are all the writer's own, or all quoted."""

    quoted: bool
    pieces: tuple[Piece, ...]


_QUOTED = ""  # a label that no target can have: targets are named


def cut(text: str, spans: Iterable[Span], quoted: Iterable[tuple[int, int]] = ()) -> tuple[Piece, ...]:
    """Cut a text at the borders of its spans.

    :param text: Any text.
    :param spans: In any order; they may overlap, and what lies outside the text is ignored.
    :param quoted: Half open spans of the text that repeat somebody else.
    :return: Pieces in order; joined, their texts are the text.
    """
    marks = [*spans, *(Span(start, end, _QUOTED) for start, end in quoted)]
    changes = sorted(_changes(marks, len(text)))
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    active: Counter[str] = Counter()
    done = 0
    for offset, change, label in [*changes, (len(text), 0, _QUOTED)]:
        if offset > done:
            labels = tuple(sorted(label for label, depth in active.items() if depth > 0))
            joins = bool(runs) and runs[-1][2] == labels  # where one span of a target runs on into the next
            runs[-1 if joins else len(runs) :] = [(runs[-1][0] if joins else done, offset, labels)]
            done = offset
        active[label] += change
    return tuple(_piece(text[start:end], labels) for start, end, labels in runs)


def _changes(spans: Iterable[Span], length: int) -> Iterator[tuple[int, int, str]]:
    for span in spans:
        start, end = max(0, span.start), min(length, span.end)
        if start < end:
            yield start, 1, span.target
            yield end, -1, span.target


def _piece(text: str, labels: tuple[str, ...]) -> Piece:
    return Piece(text, tuple(label for label in labels if label != _QUOTED), _QUOTED in labels)


def passages(pieces: Iterable[Piece]) -> tuple[Passage, ...]:
    """Group consecutive pieces by whether they are quoted; line breaks between two passages are left out."""
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.quoted)]
    for before, after in pairwise(runs):
        before[-1] = replace(before[-1], text=before[-1].text.rstrip("\n"))
        after[0] = replace(after[0], text=after[0].text.lstrip("\n"))
    return tuple(Passage(run[0].quoted, tuple(run)) for run in runs if any(piece.text.strip() for piece in run))


def quoted_spans(comment: Comment) -> tuple[tuple[int, int], ...]:
    """Find where the lines that a comment quotes stand in its text.

    :return: Half open spans in order; those with nothing but blanks between them are one. A line that does not stand
        in the text after the lines before it ends the search, so that its cost does not grow with the number of lines.
    """
    spans: list[tuple[int, int]] = []
    end = 0
    for line in filter(str.strip, (comment.quoted or "").split("\n")):
        start = comment.text.find(line, end)
        if start < 0:
            break
        joins = bool(spans) and not comment.text[end:start].strip()
        end = start + len(line)
        spans[-1 if joins else len(spans) :] = [(spans[-1][0] if joins else start, end)]
    return tuple(spans)
