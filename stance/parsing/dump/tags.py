"""Tag the lines of a dump: where a text begins, goes on, and which lines hold its writer's name.

A small network sees numbers of the forms of lines, such as how often one comes back and what stands above it, and the
means of lines that share one. ``research/training/train_lines.py`` trains it on labelled pages, and on their comments
below and above headers of random forms.
"""

from itertools import takewhile
from math import log1p
from typing import NamedTuple

import numpy as np

from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump.line_forms import FEWEST, MODEL, OF_FORMS, Floats, Indices, LineForm, Places, numbers_of_lines
from stance.parsing.dump.name_columns import FOOTER, HEADER
from stance.resources import shipped_arrays

LENIENT = 2.0
"""Addition of lenient tags to the log odds of lines of texts."""

NO_TEXT = -4.0

STEPS, WIDE = (1, 2, 3), 40
"""Distances of the lines that each layer sees, two above and two below, and of those whose mean it sees."""


def tag_lines(numbers: "Floats", groups: "Indices", spots: Places | None) -> tuple["Floats", "Floats"]:
    """Tag the lines of a page by their numbers.

    :param spots: Their places in the tree; a line of a dump is alone in each of these groups and has no such numbers.
    :return: The log probabilities of each line to be no comment, the first line of one, and a further line, and the
        probabilities of holding the name of the writer of the text below, and above.
    """
    net, n, size = shipped_arrays(MODEL), len(numbers), numbers.shape[1]
    rows = numbers @ net["inp.weight"][:, :size].T + net["inp.bias"]
    if spots is not None:
        rows += spots.numbers @ net["inp.weight"][:, size:].T
        groups = np.concatenate([groups, spots.groups])
    rows, groupings = np.maximum(rows, 0), [_grouping(group) for group in groups]
    low, high = np.maximum(np.arange(n) - WIDE, 0), np.minimum(np.arange(n) + WIDE + 1, n)
    widths = (high - low).astype(np.float32)[:, None]
    for layer, step in enumerate(STEPS):
        edge, taps = np.zeros((2 * step, rows.shape[1]), np.float32), net[f"convs.{layer}.weight"]
        padded = np.concatenate([edge, rows, edge])
        seen = np.concatenate([padded[i * step : i * step + n] for i in range(5)], axis=1)
        cells = np.maximum(seen @ taps.transpose(2, 1, 0).reshape(-1, len(taps)) + net[f"convs.{layer}.bias"], 0)
        sums = np.cumsum(np.concatenate([np.zeros_like(cells[:1]), cells]), axis=0)
        inputs, mix = [cells, *(_means(cells, *grouping) for grouping in groupings)], net[f"mix.{layer}.weight"]
        inputs.insert(OF_FORMS + 1, (sums[high] - sums[low]) / widths)
        if spots is None:  # the means of a line alone are its own numbers
            lone, shared, alone = np.split(mix, [cells.shape[1], len(inputs) * cells.shape[1]], axis=1)
            mix = np.concatenate([lone + alone.reshape(*lone.shape[:1], -1, lone.shape[1]).sum(1), shared], axis=1)
        rows = rows + np.maximum(np.concatenate(inputs, axis=1) @ mix.T + net[f"mix.{layer}.bias"], 0)
    out = rows @ net["out.weight"].T + net["out.bias"]
    return out[:, :3] - np.logaddexp.reduce(out[:, :3], axis=1, keepdims=True), 1 / (1 + np.exp(-out[:, 3:]))


def _grouping(group: "Indices") -> tuple["Indices", "Indices", "Floats", "Indices"]:
    """Return the lines of groups of several, in their order, each group's start and size, and each line's group."""
    order = np.argsort(group, kind="stable")
    order = order[np.bincount(group)[group[order]] > 1]
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    return order, starts, sizes.astype(np.float32)[:, None], np.repeat(np.arange(len(sizes)), sizes)


def _means(rows: "Floats", order: "Indices", starts: "Indices", sizes: "Floats", group: "Indices") -> "Floats":
    """Return for each line the mean of the lines of its group."""
    means: Floats = rows.copy()  # of a line alone
    if len(order):
        means[order] = (np.add.reduceat(rows[order], starts, axis=0) / sizes)[group]
    return means


def texts_of(tags: "Floats") -> list[range]:
    """Return the lines of each text on the most probable path, where a further line follows a line of a text."""
    best, back = [*map(float, tags[0][:2]), -np.inf], list[tuple[int, int, int]]()
    for none, begins, goes_on in tags[1:].tolist():
        inner = 1 if best[1] >= best[2] else 2
        top = 0 if best[0] >= best[inner] else inner
        back.append((top, top, inner))
        best = [best[top] + none, best[top] + begins, best[inner] + goes_on]
    path = [max(range(3), key=best.__getitem__)]
    for step in reversed(back):
        path.append(step[path[-1]])
    line_tags = path[::-1]
    starts = [i for i, tag in enumerate(line_tags) if tag == 1]
    return [range(i, i + 1 + sum(1 for _ in takewhile(lambda tag: tag == 2, line_tags[i + 1 :]))) for i in starts]


class Tags(NamedTuple):
    """The output of the network for the lines of a page."""

    forms: list[LineForm]
    tags: "Floats"  # log probabilities of each line to be no comment, the first line of one, and a further line
    names: "Floats"  # probabilities of each line to hold the name of the writer of the text below, and above
    texts: list[range]  # the lines of the likeliest texts
    fewest: int = 1  # fewer texts are none

    @property
    def lenient(self) -> "Tags":
        """Return the tags with higher log odds of texts, which find more of them: several, or none."""
        tags = self.tags + np.array([0, LENIENT, LENIENT], dtype=np.float32)
        tags -= np.logaddexp.reduce(tags, axis=1, keepdims=True)
        return self._replace(tags=tags, texts=texts_of(tags), fewest=FEWEST)

    @property
    def signs(self) -> tuple[float, ...]:
        """Return numbers that say how likely the page has comments, whatever reading found them."""
        begins, (of_below, of_above) = np.exp(self.tags[:, 1]), self.names.T.tolist()
        first, further = ((self.tags[:, tag] - self.tags[:, 0]).tolist() for tag in (1, 2))
        odds = [first[text.start] for text in self.texts]
        more = sum(sum(further[text.start + 1 : text.stop]) for text in self.texts)
        above = [max(of_below[max(text.start - HEADER, 0) : text.start], default=0) for text in self.texts]
        below = [max(of_above[text.stop : text.stop + FOOTER], default=0) for text in self.texts]
        # Log odds of a first line on pages without texts; number of the likeliest first lines that are averaged.
        return (
            *(log1p(len(odds)), sum(odds) / len(odds) if odds else NO_TEXT, max(odds, default=NO_TEXT)),
            *(log1p(max(sum(odds) + more, 0.0)), log1p(float(begins.sum()))),
            *(float(max(sum(above), sum(below))) / max(len(odds), 1), float(np.sort(begins)[-3:].mean())),
        )


def read_tags(page: CuedLines, spots: Places | None = None) -> Tags:
    """Tag the lines of a page; at least one.

    :param spots: Their places in the tree of the page; None for a dump.
    """
    forms, numbers, groups = numbers_of_lines(page)
    if spots is not None:
        forms = [form._replace(place=f"@{group}") for form, group in zip(forms, spots.groups[0].tolist(), strict=True)]
    tags, names = tag_lines(numbers, groups, spots)
    page.tags[:], page.names[:] = tags.tolist(), names.tolist()
    return Tags(forms, tags, names, texts_of(tags))
