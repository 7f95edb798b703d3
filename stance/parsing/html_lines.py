"""The lines of an HTML page as a text dump has them, each with the elements that it comes from.

So the readers of text dumps can read an HTML page as well: a second opinion that knows no tag and no class.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from stance.parsing.html_text import Element, TextIndex
from stance.parsing.lines import Line, split_lines


class PageLines:
    """Split the visible text of a page into lines.

    :param text: The text index of the whole page. It must not change while the lines are in use.
    """

    def __init__(self, text: TextIndex) -> None:
        self._index = text
        kept = list(text.visible_lines())
        self.text = "\n".join(line for line, _, _ in kept)
        self._pieces = [(first, last) for _, first, last in kept]

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines; offsets count in ``text``."""
        return split_lines(self.text)

    def elements_of(self, numbers: Iterable[int]) -> list[Element]:
        """Return the largest elements that hold words of some lines and of no other line, in page order.

        :param numbers: Indices of lines.
        """
        chosen = [self._pieces[number] for number in sorted(set(numbers))]
        return list(_largest(self._index, chosen))


def _largest(index: TextIndex, pieces: Sequence[tuple[int, int]]) -> Iterator[Element]:
    """Yield the outermost elements whose words are all in the given ranges of pieces, which are in order."""
    runs: list[list[int]] = []
    for first, last in pieces:
        if runs and not index.has_words(runs[-1][1], first):
            runs[-1][1] = last
        else:
            runs.append([first, last])
    position, run = 0, 0
    elements, spans = index.elements, index.spans
    while position < len(elements) and run < len(runs):
        _, end, first, last = spans[elements[position]]
        while run < len(runs) and runs[run][1] <= first:
            run += 1
        if run == len(runs):
            return
        start, stop = runs[run]
        inside = (first >= start or not index.has_words(first, start)) and (
            last <= stop or not index.has_words(stop, last)
        )
        if inside and last > start and index.has_words(max(first, start), min(last, stop)):
            yield elements[position]
            position = end
        elif last <= start:
            position = end  # before the run
        else:
            position += 1
