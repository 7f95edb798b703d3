"""Tag the lines of a dump, where a text begins, goes on, and which lines hold its writer's name, and read its thread.

A line is reduced to its form: its text without dates and numbers, whatever its words and language. A small network sees
numbers of the forms, such as how often one comes back and what stands above it, and the means of lines that share one.
``research/training/train_lines.py`` trains it on labelled pages, and on their comments below and above headers of
random forms.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import lru_cache
from itertools import chain, pairwise, takewhile
from math import log1p
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.datamodels import Comment
from stance.parsing.cleaning import plain_names, with_parents
from stance.parsing.dates import is_day, parse_date
from stance.parsing.line_parts import (
    AROUND,
    DATE,
    HEADERS,
    VERBS,
    CuedLines,
    Part,
    Shape,
    clean_name,
    is_affiliation,
    is_count,
    is_end,
    is_footer,
    is_heading,
    is_paging,
    is_sort,
    is_wordless,
    leads_elsewhere,
    leads_to_comments,
    read_line,
    says,
    trim_edges,
    votes_of,
    without_actions,
)
from stance.parsing.lines import INITIALS, Characters, Line, is_mark, numbered, rate_talk
from stance.parsing.thread import Method, Thread
from stance.resources import DATA, shipped_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Indices = NDArray[np.int64]


REPEATED = 3
"""Minimum number of lines with one mask, or one end, for it to be a form of its own."""
LENIENT = 2.0
"""Addition of lenient tags to the log odds of lines of texts."""
LEAST_NAME = 0.3
"""Minimum probability of a line to hold a name."""
NO_TEXT = -4.0


MODEL = DATA / "blocks" / "lines.npz"

LINES_LAYOUT = "lines"
"""The layout of comments that are found by the tags of lines."""


NEAR, FAR = 60, 99
"""Maximum distance of lines that are counted together, and the distance of a line that there is not."""

STEPS, WIDE = (1, 2, 3), 40
"""Distances of the lines that each layer sees, two above and two below, and of those whose mean it sees."""


OF_FORMS, GROUPS = 3, 7
"""Number of groups of a line by its form, and of all, with those by its place in a tree."""


NEAREST, LEAST_SHARE = 5, 0.4
"""Number of lines above or below a text that are columns by their distance; minimum share of texts with a line."""

MOST_KEYS = 6
"""Maximum number of keys of a line: of its form, and with the line above and below it."""

COMPARED = (0, 1, 6)
"""Numbers of a column that are compared with those on the other side of the texts."""

HEADER, FOOTER = 12, 10
"""Maximum number of lines above a text, and below it, that belong to it."""

FEWEST, SHARED, GAP = 3, 0.6, 3
"""Minimum number of comments whose forms are compared, minimum share of places between texts that have a line of one
form, and maximum number of lines without it between two parts of one text."""

_BELOW = AROUND | {Part.SAYS}


class Places(NamedTuple):
    """The places of the lines of a page in its tree."""

    numbers: "Floats"
    groups: "Indices"  # of lines in elements of one make, in boxes of one make, in one row, in one list


class LineForm(NamedTuple):
    """The form of a line and its common parts with others of its page."""

    shape: Shape
    kind: str  # its mask, where that comes back, else its class
    affix: str  # the end or beginning that most others share; empty where few do
    place: str = ""  # the number of its group of lines in elements of one make, on a page with markup

    @property
    def keys(self) -> list[str]:
        """Return the keys by which the line can be a part of a header."""
        return _keys(self.kind, self.affix, self.place, DATE if self.shape.date else "")


@lru_cache(maxsize=4096)
def _keys(*names: str) -> list[str]:
    return sorted({*filter(None, names)})


def _form(shape: Shape, times: Counter[str]) -> LineForm:
    affixes = [key for key in (*shape.ends, *shape.beginnings) if times[key] >= REPEATED]
    affix = max(affixes, key=times.__getitem__, default="")
    if len(shape.whole) > 1 and times[shape.whole] >= REPEATED and not shape.prose:
        return LineForm(shape, f"={shape.mask}", affix)
    if shape.date:
        before, _, after = f" {shape.mask} ".partition(f" {DATE} ")
        return LineForm(shape, f"D{int(bool(before.strip()))}{int(bool(after.strip()))}{int(shape.clock)}", affix)
    other = "N" if shape.name else "s" if any(map(str.isalpha, shape.text)) else "#"
    return LineForm(shape, "X" if shape.prose else other, affix)


def _shortest(shape: Shape) -> tuple[str, ...]:
    """Return the parts of a mask that most lines share: its whole, the shortest end, and the shortest beginning."""
    return shape.whole, *(keys[-1] if keys else "" for keys in (shape.ends, shape.beginnings))


def _groups(texts: Sequence[str], forms: Sequence[LineForm], times: Counter[str]) -> "Indices":
    """Group lines by mask, kinds of three lines, affix, kind, kinds with the line above and below, and text."""
    kinds = [form.kind for form in forms]
    around = list(zip(["", *kinds[:-1]], kinds, [*kinds[1:], ""], strict=True))
    names: Iterable[Sequence[Hashable]] = (
        [
            form.shape.mask if not form.shape.prose and times[form.shape.whole] > 1 else i
            for i, form in enumerate(forms)
        ],
        *(around, [form.affix or i for i, form in enumerate(forms)], kinds),
        *([pair[:2] for pair in around], [pair[1:] for pair in around], texts),
    )
    return np.array([numbered(each) for each in names])


def _steps_up(group: "Indices") -> "Indices":
    """Return the distance of each line from the line above of its group, at most ``NEAR``."""
    order, steps = np.argsort(group, kind="stable"), np.full(len(group), NEAR)
    same = np.flatnonzero(np.diff(group[order]) == 0)
    steps[order[same + 1]] = np.minimum(np.diff(order)[same], NEAR)
    return steps


def _near_counts(groups: "Indices") -> "Indices":
    """Count for each line the lines of its group within some distance."""
    n, apart = groups.shape[1], np.arange(len(groups))[:, None] * (groups.max() + 2)
    keys = (groups + apart) * (n + NEAR) + np.arange(n)
    known = np.sort(keys, axis=None)
    return np.searchsorted(known, keys + NEAR, side="right") - np.searchsorted(known, keys - NEAR)


def _last_of(are: "NDArray[np.bool_]") -> "Indices":
    """Return for each line the last one up to it that is such a line; before the first, one far above the page."""
    return np.maximum.accumulate(np.where(are, np.arange(len(are)), -FAR - 1))


def numbers_of_lines(page: CuedLines) -> tuple[list[LineForm], "Floats", "Indices"]:
    """Return the forms and numbers of the lines of a page, and three groupings of the lines."""
    lines, shapes, n = page.lines, page.shapes, len(page.lines)
    times = Counter(chain.from_iterable((shape.whole, *shape.ends, *shape.beginnings) for shape in shapes))
    times[""] = 0  # no such part
    forms, texts = [_form(shape, times) for shape in shapes], [line.text for line in lines]
    groups = _groups(texts, forms, times)
    alike = np.stack([np.bincount(group)[group] for group in groups])
    readings, cued, talk = [*map(read_line, lines)], frozenset(page.cued), np.array(rate_talk(texts), dtype=float)
    signs, starts_next = Characters(texts), [below.startswith(text) for text, below in pairwise(texts)]
    sizes, letters, upper, digits = signs.sizes, *map(signs.are, (str.isalpha, str.isupper, str.isdecimal))
    begins, has_digit = signs.begins(letters | signs.are(is_mark)), signs.count(digits) > 0
    starts, ends = np.array([shape.date or (0, 0) for shape in shapes]).T
    words, prose = (np.array(column) for column in zip(*((line.words, line.prose) for line in lines), strict=True))

    def in_cued(test: Callable[[Line], bool]) -> "NDArray[np.bool_]":
        return np.array([i in cued and test(line) for i, line in enumerate(lines)])

    parts = np.eye(len(Part))[[reading.part - 1 for reading in readings]]
    are_headings, are_counts = in_cued(is_heading), np.array([*map(is_count, lines)])
    are_ends = in_cued(lambda line: is_end(line) or is_footer(line) or leads_elsewhere((line,)))
    heads, at, before = _last_of(are_headings | are_counts), np.arange(n), np.cumsum(words * prose) - words * prose
    indents = np.array([line.indent for line in lines])
    steps = np.diff(indents, prepend=indents[0], append=indents[-1]).clip(-6, 6) / 3
    gaps = np.minimum([*(line.gap for line in lines), 2], 3) / 2
    shared = [[times[key] for key in keys] for keys in zip(*map(_shortest, shapes), strict=True)]
    numbers = [
        *(np.log1p(sizes) / 3, np.log1p(words) / 2, [shape.prose for shape in shapes], prose),
        *([line.ends_sentence for line in lines], [shape.name for shape in shapes]),
        signs.count(begins, 200) <= 2,
        signs.count(begins & upper, 200) / np.maximum(signs.count(begins, 200), 1),
        *(signs.are(str.islower)[signs.starts], upper[signs.starts]),
        *([text.endswith(end) for text in texts] for end in ((":", "："), ",")),
        *([text.startswith(("@", ">")) for text in texts], ["://" in text or "www." in text for text in texts]),
        *([line.truncated for line in lines], ends > 0, [shape.clock for shape in shapes]),
        *((ends - starts) / np.maximum(sizes, 1), (ends > 0) & (starts == 0), (ends > 0) & (ends >= sizes - 1)),
        *(signs.count(digits, 100) > 0, signs.count(letters) == 0),
        *([line.bullet for line in lines], [bool(line.number) for line in lines]),
        # its place
        *(np.minimum(indents, 20) / 10, steps[:-1], steps[1:], gaps[:-1], gaps[1:]),
        # its words
        *(*parts.T, [reading.offers for reading in readings], [reading.timed for reading in readings]),
        *([reading.badge is not None for reading in readings], are_headings, are_counts, are_ends),
        *(in_cued(is_paging), in_cued(is_sort)),
        # how often it comes back
        *(np.log1p([shared[0], alike[6], *shared[1:]]) / 2),
        *(np.full(n, log1p((ends > 0).sum()) / 3), *np.log1p(alike[[1, 4, 5]]) / 2),
        *(_steps_up(groups[3]) / 30, np.log1p(at - heads) / 3, (heads >= 0) * has_digit[heads.clip(0)]),
        *(np.log1p(at - _last_of(are_ends)) / 3, at / n, before / (before[-1] + prose[-1] * words[-1] + 1)),
        *(np.full(n, log1p(n) / 5), *np.log1p(_near_counts(groups[[3, 4, 5, 2]])) / 2),
        # its signs
        *([False, *starts_next], [*starts_next, False]),
        (signs.count(signs.begins(~signs.are(str.isspace))) == 1) & (has_digit | ["_" in text for text in texts]),
        *(["|" in text or "·" in text or "•" in text for text in texts], [text.endswith(")") for text in texts]),
        *(~np.isnan(talk), np.nan_to_num(talk) / 4),
    ]
    return forms, np.stack(numbers, axis=1, dtype=np.float32), groups[:OF_FORMS]


def tag_lines(numbers: "Floats", groups: "Indices", places: Places | None = None) -> tuple["Floats", "Floats"]:
    """Tag the lines of a page by their numbers.

    :param places: Their places in the tree; a line of a dump is alone in each of these groups and has no such numbers.
    :return: The log probabilities of each line to be no comment, the first line of one, and a further line, and the
        probabilities of holding the name of the writer of the text below, and above.
    """
    net, n, size = shipped_arrays(MODEL), len(numbers), numbers.shape[1]
    rows = numbers @ net["inp.weight"][:, :size].T + net["inp.bias"]
    if places is not None:
        rows += places.numbers @ net["inp.weight"][:, size:].T
        groups = np.concatenate([groups, places.groups])
    rows, groupings = np.maximum(rows, 0), [_grouping(group) for group in groups]
    low, high = np.maximum(np.arange(n) - WIDE, 0), np.minimum(np.arange(n) + WIDE + 1, n)
    widths = (high - low).astype(np.float32)[:, None]
    for layer, step in enumerate(STEPS):
        padded, taps = np.pad(rows, ((2 * step, 2 * step), (0, 0))), net[f"convs.{layer}.weight"]
        found = sum((padded[i * step : i * step + n] @ taps[:, :, i].T for i in range(5)), net[f"convs.{layer}.bias"])
        found = np.maximum(found, 0)
        sums = np.cumsum(np.concatenate([np.zeros_like(found[:1]), found]), axis=0)
        seen, mix = [found, *(_means(found, *each) for each in groupings)], net[f"mix.{layer}.weight"]
        seen.insert(OF_FORMS + 1, (sums[high] - sums[low]) / widths)
        if places is None:  # the means of a line alone are its own numbers
            own, shared, alone = np.split(mix, [found.shape[1], len(seen) * found.shape[1]], axis=1)
            mix = np.concatenate([own + alone.reshape(*own.shape[:1], -1, own.shape[1]).sum(1), shared], axis=1)
        rows = rows + np.maximum(np.concatenate(seen, axis=1) @ mix.T + net[f"mix.{layer}.bias"], 0)
    out = rows @ net["out.weight"].T + net["out.bias"]
    return out[:, :3] - np.logaddexp.reduce(out[:, :3], axis=1, keepdims=True), 1 / (1 + np.exp(-out[:, 3:]))


def _grouping(group: "Indices") -> tuple["Indices", "Indices", "Floats", "Indices"]:
    """Return the lines in the order of their groups, the start and size of each group, and the place of each line's."""
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    return order, starts, np.diff(starts, append=len(order)).astype(np.float32)[:, None], group


def _means(rows: "Floats", order: "Indices", starts: "Indices", sizes: "Floats", group: "Indices") -> "Floats":
    """Return for each line the mean of the lines of its group."""
    sums: Floats = np.add.reduceat(rows[order], starts, axis=0)
    return (sums / sizes)[group]


def texts_of(tags: "Floats") -> list[range]:
    """Return the lines of each text on the most probable path, where a further line follows a line of a text."""
    best, back = [*map(float, tags[0][:2]), -np.inf], list[tuple[int, int, int]]()
    for none, begins, goes_on in tags[1:].tolist():
        top = max(range(3), key=best.__getitem__)
        inner = 1 if best[1] >= best[2] else 2
        back.append((top, top, inner))
        best = [best[top] + none, best[top] + begins, best[inner] + goes_on]
    path = [max(range(3), key=best.__getitem__)]
    for step in reversed(back):
        path.append(step[path[-1]])
    found = path[::-1]
    starts = [i for i, tag in enumerate(found) if tag == 1]
    return [range(i, i + 1 + sum(1 for _ in takewhile(lambda tag: tag == 2, found[i + 1 :]))) for i in starts]


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


def read_tags(page: CuedLines, places: Places | None = None) -> Tags:
    """Tag the lines of a page; at least one.

    :param places: Their places in the tree of the page; None for a dump.
    """
    forms, numbers, groups = numbers_of_lines(page)
    if places is not None:
        forms = [form._replace(place=f"@{own}") for form, own in zip(forms, places.groups[0].tolist(), strict=True)]
    tags, names = tag_lines(numbers, groups, places)
    page.tags[:], page.names[:] = tags.tolist(), names.tolist()
    return Tags(forms, tags, names, texts_of(tags))


class Column(NamedTuple):
    """Lines that are alike, at most one for each text."""

    lines: tuple[int | None, ...]
    is_below: bool  # whether they stand below the texts


def tagged_thread(
    page: CuedLines, read: Tags, shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names
) -> Thread | None:
    """Return the comments of a page by the tags of its lines; None where no line begins one.

    :param shorten: Returns the shorter names by those that are cut.
    """
    lines, (forms, tags, names, texts, _) = page.lines, read
    if not texts:
        return None
    likely = names >= LEAST_NAME
    named = np.logical_or(*likely.T).tolist()
    texts = _agreeing(texts, [form.keys for form in forms], named)
    are_names = (names.max(1) > np.exp(tags[:, 1])) & ~np.append(False, named)[:-1]
    texts = [range(text.start + bool(len(text) > 1 and are_names[text.start]), text.stop) for text in texts]
    texts = _with_quoted(page, _without_furniture(page, texts), likely[:, 0].tolist())
    column = _name_lines(page, texts, forms, names, tags)
    texts, column = _with_reported(page, *_without_strays(page, texts, column, tags, named), named)
    zones = _zones(texts, len(lines))
    pairs = zip(zones, texts, strict=False)
    starts = [next((i for i in zone[-HEADER:] if likely[i, 0]), text.start) for zone, text in pairs]
    are_above = starts[0] > 0 and votes_of(lines[starts[0] - 1]) is not None  # counters, and so below the buttons
    stops = [*(start - are_above for start in starts[1:]), min(texts[-1].stop + FOOTER, len(lines))]
    comments, answered = list[Comment](), list[str | None]()
    dates = _dates(page, zones, is_below=column.is_below)
    for k, (text, spot) in enumerate(zip(texts, column.lines, strict=True)):
        header, footer = range(starts[k], text.start), range(text.stop, stops[k])
        answers = (page.readings[i] for i in (footer if column.is_below else header))
        answered.append(next((each.name for each in answers if each.part is Part.ANSWERED), None))
        author = None if spot is None else _value(page, spot, forms[spot].shape)
        votes = next((number for i in footer if (number := votes_of(lines[i])) is not None), None)
        comments.append(comment_of(lines[text.start : text.stop], k, author, posted=dates[k], votes=votes))
    indents = [lines[start].indent for start in starts]
    end = next((i for i in range(texts[-1].stop, stops[-1]) if page.readings[i].part not in AROUND), stops[-1])
    threaded = with_parents(comments, answered, indents, shorten)
    return Thread(threaded, Method.TAGS, LINES_LAYOUT, place=range(starts[0], end))


def _dates(page: CuedLines, zones: Sequence[range], *, is_below: bool) -> list[str | None]:
    """Return the date of each text: the nearest on one side, else on the other.

    :param zones: The lines above the first text, between the texts, and below the last.
    :param is_below: Whether names, and so dates, stand below; dates may, too, if only the last text has one.
    """

    def nearest(spots: Iterable[int]) -> str | None:
        dates = (parse_date(page.lines[i].text) or page.readings[i].posted for i in spots)
        return next(filter(None, dates), None)

    sides = [zone[::-1][:HEADER] for zone in zones[:-1]], [zone[:FOOTER] for zone in zones[1:]]
    if is_below or (nearest(sides[1][-1]) and not nearest(sides[0][0])):
        sides = sides[::-1]
    return [nearest(chain(*each)) for each in zip(*sides, strict=True)]


def comment_of(
    lines: Sequence[Line], number: int, author: str | None, posted: str | None = None, votes: int | None = None
) -> Comment:
    """Make a comment of its lines, at least one."""
    text = "\n".join([lines[0].text, *(line.full for line in lines[1:])])
    start, end = lines[0].start, lines[-1].end
    return Comment(f"c{number + 1}", text, author, posted=posted, votes=votes, start=start, end=end)


def _without_furniture(page: CuedLines, texts: Sequence[range]) -> list[range]:
    """Cut headings off the first text, and buttons and dates off the ends of all; leave counters out."""
    first, *others = texts
    start = next((i for i in first if not leads_to_comments(page.lines[i])), first.stop - 1)
    texts = [range(start, first.stop), *others]
    parts = [[page.readings[i].part for i in text] for text in texts]
    sizes = [max((i for i, part in enumerate(own, 1) if part not in _BELOW), default=1) for own in parts]
    texts = [range(text.start, text.start + size) for text, size in zip(texts, sizes, strict=True)]
    counters = (
        own == [Part.JUNK] and not is_wordless(page.lines[i.start]) for own, i in zip(parts, texts, strict=True)
    )
    return [text for text, is_counter in zip(texts, counters, strict=True) if not is_counter] or texts


def _with_quoted(page: CuedLines, texts: Sequence[range], named: Sequence[bool]) -> list[range]:
    """Add to a text that goes on behind an earlier one the name and date of that one above it: they are quoted, too.

    :param named: Whether each line of the page names the writer of the text below.
    """
    said: dict[str, tuple[set[str | None], int]] = {}  # lines above a text, and its size, by its first line
    kept = list[range]()
    for text, zone in zip(texts, _zones(texts, len(page.lines)), strict=False):
        above, size = said.setdefault(
            page.lines[text.start].text, ({page.lines[i].text for i in zone[-HEADER:]}, len(text))
        )
        start = text.start
        while start > zone.start and not above.isdisjoint((page.lines[start - 1].text, page.readings[start - 1].name)):
            start -= 1
        quoted, others = range(start, text.start), range(zone.start, start)
        is_quoted = len(text) > size and any(page.readings[i].part in HEADERS for i in quoted)
        if is_quoted and any(named[i] for i in others):
            kept.append(range(start, text.stop))
        elif is_quoted and kept and not others and all(page.readings[i].part is not Part.ACTION for i in quoted):
            kept[-1] = range(kept[-1].start, text.stop)
        else:
            kept.append(text)
    return kept


def _without_strays(
    page: CuedLines, texts: Sequence[range], column: Column, tags: "Floats", named: Sequence[bool]
) -> tuple[list[range], Column]:
    """Leave out a first or last text that is neither sure nor has a name, where all others have."""
    known, are_many = [i is not None and named[i] for i in column.lines], len(texts) >= FEWEST
    # Minimum probability of a line to begin the first or last text, if only that text has no name.
    first, last = (bool(np.exp(tags[texts[i].start, 1]) < 0.9) for i in (0, -1))
    start = are_many and first and not known[0] and all(known[1:])
    if column.is_below and len(texts) > FEWEST and texts[0].start and page.lines[texts[0].start - 1].prose:
        start |= first  # the end of the article
    stop = len(texts) - (are_many and last and not known[-1] and all(known[:-1]))
    return list(texts[start:stop]), column._replace(lines=column.lines[start:stop])


def _with_reported(
    page: CuedLines, texts: Sequence[range], column: Column, named: Sequence[bool]
) -> tuple[list[range], Column]:
    """Return a line such as "Ada said..." to its text, where most texts have no name above them."""
    if sum(i is not None and named[i] for i in column.lines) >= LEAST_SHARE * len(texts):
        return list(texts), column
    pairs = list(zip(texts, column.lines, strict=True))
    said = [i is not None and i == text.start - 1 and says(page.lines[i].text) for text, i in pairs]
    spots = tuple(None if is_said else i for (_, i), is_said in zip(pairs, said, strict=True))
    starts = (text.start - is_said for text, is_said in zip(texts, said, strict=True))
    return [range(start, text.stop) for start, text in zip(starts, texts, strict=True)], column._replace(lines=spots)


# Agreement of the comments --------------------------------------------------------------------------------------------


def _zones(texts: Sequence[range], n: int) -> list[range]:
    """Return the lines above the first text, between the texts, and below the last."""
    starts = [max(texts[0].start - HEADER, 0), *(text.stop for text in texts)]
    stops = [*(text.start for text in texts), min(texts[-1].stop + FOOTER, n)]
    return [range(start, stop) for start, stop in zip(starts, stops, strict=True)]


def _shared_form(texts: Sequence[range], zones: Sequence[range], keys: Sequence[Sequence[str]]) -> str | None:
    """Return the form that has a line in most places between texts and in few texts; None where none has."""
    held = Counter(key for zone in zones for key in {key for i in zone for key in keys[i]})
    lines = Counter(key for zone in zones for i in zone for key in keys[i])
    said = Counter(key for text in texts for i in text for key in keys[i])
    rates = {key: count - said[key] - (lines[key] - count) / 2 for key, count in held.items()}
    best = max(rates, key=lambda key: (rates[key], -len(key), key), default=None)
    return best if best is not None and held[best] - said[best] >= SHARED * len(zones) else None


def _agreeing(texts: list[range], keys: Sequence[Sequence[str]], named: Sequence[bool]) -> list[range]:
    """Join texts with no line of the shared form between them, and add those between two such lines."""
    zones = _zones(texts, len(keys))
    form = _shared_form(texts, zones[1:-1], keys) if len(texts) >= FEWEST else None
    if form is None:
        return texts
    has = [[i for i in zone if form in keys[i]] for zone in zones]
    inner = [(zone, found) for zone, found in zip(zones[1:-1], has[1:-1], strict=True) if found]
    above = sorted(found[0] - zone.start for zone, found in inner)[len(inner) // 2]
    below = sorted(zone.stop - 1 - found[-1] for zone, found in inner)[len(inner) // 2]
    kept = texts[:1]
    for k in range(1, len(texts)):
        zone, text = zones[k], texts[k]
        if has[k]:
            between = (range(a + 1 + below, b - above) for a, b in pairwise(has[k]))
            kept += [*(lines for lines in between if lines), text]
        elif any(named[i] for i in zone):
            kept.append(text)
        elif len(zone) > 1 and not any(has[k + 1 : -1]):
            break  # what follows has nothing of a comment
        elif len(zone) <= GAP:
            kept[-1] = range(kept[-1].start, text.stop)
    return kept


# Names ----------------------------------------------------------------------------------------------------------------


def columns_of(
    page: CuedLines, texts: Sequence[range], forms: Sequence[LineForm], names: "Floats"
) -> tuple[list[Column], "Floats"]:
    """Return the columns of lines that may hold the names of the writers of texts, and a row of numbers for each.

    Lines are of one column if they have one form, stand beside lines of one form, or are as far from their texts.
    """
    around, count = _zones(texts, len(page.lines)), len(texts)
    heading = max((i for i in around[0] if is_heading(page.lines[i]) or is_count(page.lines[i])), default=-1)
    zones = [[i for i in zone if _may_name(page, i)] for zone in around]
    above = [[i for i in reversed(zone) if i > heading][:HEADER] for zone in zones[:-1]]
    below = [zone[:FOOTER] for zone in zones[1:]]
    kinds, known = ["", *(form.kind for form in forms), ""], dict[Hashable, int]()
    keys = np.full((len(forms), MOST_KEYS), -1)
    for i, form in enumerate(forms):
        own = (*form.keys, (kinds[i], form.kind), (form.kind, kinds[i + 2], ""))
        keys[i, : len(own)] = [known.setdefault(key, len(known)) for key in own]
    times = np.bincount(keys[keys >= 0], minlength=len(known) + 2 * NEAREST)
    shapes = [form.shape for form in forms]
    masks = np.array(numbered([shape.mask or shape.text for shape in shapes]))
    are_names = np.array([shape.name for shape in shapes])
    are_said = np.array([shape.text.endswith((":", "：")) for shape in shapes])
    starts, stops = np.array([(text.start, text.stop) for text in texts]).T
    columns, rows = list[Column](), list["Floats"]()
    for side, parts, beyond in ((0, above, below[-1]), (1, below, above[0])):
        found, lines = _shared_lines(parts, keys, names[:, side].astype(float), starts, side)
        has = lines >= 0
        counts, steps = has.sum(1), (lines - stops if side else starts - lines) * has
        means = steps.sum(1) / counts
        shares = [(each[lines] * has).sum(1) / counts for each in (*names.astype(float).T, are_names, are_said)]
        different = (np.diff(np.sort(np.where(has, masks[lines], -1)), prepend=-1) != 0).sum(1)
        numbers = (
            *(counts / count, shares[side] * counts / count, (names[:, side][lines] * has).max(1, initial=0)),
            *(shares[1 - side] * counts / count, different / counts, different > 1, has[:, (count - 1) * side]),
            *(np.isin(found, keys[beyond]), np.full(len(found), side), np.minimum(times[found] / count, 3)),
            *(np.sqrt(((steps - means[:, None]) ** 2 * has).sum(1) / counts) / 3, means / 5, *shares[2:]),
        )
        kept = np.flatnonzero(shares[3] * side <= 0.5)  # "Ann says:" is above its text
        rows.append(np.stack(numbers, axis=1, dtype=np.float32)[kept])
        columns += [Column(tuple(i if i >= 0 else None for i in own), side == 1) for own in lines[kept].tolist()]
    best = [each[:, COMPARED].max(0, initial=0.0) for each in rows]
    rows = [np.concatenate([own, own[:, COMPARED] - last], axis=1) for own, last in zip(rows, best[::-1], strict=True)]
    return columns, np.concatenate(rows)


def _shared_lines(
    parts: Sequence[Sequence[int]], keys: "Indices", chances: "NDArray[np.float64]", starts: "Indices", side: int
) -> tuple["Indices", "Indices"]:
    """Return the different keys that many lines beside texts have, and for each key the line of each text, or -1.

    :param parts: The lines beside each text, the nearest first.
    :param keys: Those of each line of the page; their distances from texts are further keys.
    :param chances: The probability of each line to hold a name.
    :param starts: The first line of each text.
    """
    count, sizes = len(parts), np.array([*map(len, parts)])
    owners, lines = np.repeat(np.arange(count), sizes), np.array([*chain.from_iterable(parts)], dtype=int)
    steps = np.arange(len(lines)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    back = steps - sizes[owners]  # from the other text, which the outermost part has not
    between, first = (owners + side > 0) & (owners + side < count), keys.max() + 1 + NEAREST
    distances = np.where(steps < NEAREST, first + steps, -1), np.where(between & (back >= -NEAREST), first + back, -1)
    cells = np.column_stack([keys[lines], *distances])
    at, place = np.nonzero(cells >= 0)
    own, texts, lines = cells[at, place], owners[at], lines[at]
    kept = np.bincount(np.unique(own * count + texts) // count)[own] >= LEAST_SHARE * count
    own, texts, lines = own[kept], texts[kept], lines[kept]
    found, rows = np.array([*dict.fromkeys(own.tolist())], dtype=int), np.array(numbered(own.tolist()), dtype=int)
    _, spots = np.unique(rows * 2 * len(keys) + lines - starts[texts], return_inverse=True)
    ratings = chances[lines] + np.bincount(spots, chances[lines] / count)[spots]
    order = np.lexsort((-ratings, texts, rows))
    best = order[np.flatnonzero(np.diff((rows * count + texts)[order], prepend=-1))]
    table = np.full((len(found), count), -1)
    table[rows[best], texts[best]] = lines[best]
    _, different = np.unique(numbered([row.tobytes() for row in table]), return_index=True)
    return found[different], table[different]


def _may_name(page: CuedLines, number: int) -> bool:
    """Return whether a line could hold a name: it is no verb, no sign, and not the name of the one answered."""
    return (
        page.lines[number].key not in VERBS
        and not is_affiliation(page.lines[number])
        and page.readings[number].part is not Part.ANSWERED
        and (page.lines[number].has_letters or page.lines[number].text.isdigit())
    )


def _name_lines(
    page: CuedLines, texts: Sequence[range], forms: Sequence[LineForm], names: "Floats", tags: "Floats"
) -> Column:
    """Return the column of names that is rated highest."""
    columns, numbers = columns_of(page, texts, forms, names)
    if not columns:
        return Column((None,) * len(texts), is_below=False)
    order = np.argsort(-(numbers @ shipped_arrays(MODEL)["columns"]), kind="stable")
    best = columns[order[0]]
    steps = [text.start - i for text, i in zip(texts, best.lines, strict=True) if i is not None]
    for step in () if best.is_below or len(texts) < FEWEST else (max(steps) + 1, max(steps)):
        upper = [text.start - step for text in texts]
        if all(_stands_above(page, i, forms) for i in upper) and names[upper, 0].mean() >= LEAST_NAME:
            return Column(tuple(upper), is_below=False)
    last = best.lines[-1]
    if best.is_below and (last is None or names[last, 1] < LEAST_NAME):
        sure = [np.exp(tags[text.start, 1]) for text in texts]
        if sure[-1] > sure[0] or is_wordless(page.lines[texts[-1].start]):
            return next((columns[i] for i in order if not columns[i].is_below), best)
    return best


def _stands_above(page: CuedLines, number: int, forms: Sequence[LineForm]) -> bool:
    """Return whether a line could be the name above a place: neither initials nor a part of the line below it."""
    if number < 0:
        return False
    text, below = page.lines[number].text, page.lines[number + 1].text
    is_name = forms[number].shape.name and page.readings[number].part is Part.TEXT
    return is_name and len(text) > INITIALS and below not in text and text not in below


def _value(page: CuedLines, spot: int, shape: Shape) -> str | None:
    reading, text = page.readings[spot], shape.text
    if reading.name and reading.part in (Part.SAYS, Part.NAMED_STAMP):
        return reading.name
    if shape.date:
        start, end = shape.date
        before, after = trim_edges(text[:start].strip()), trim_edges(text[end:].strip())
        text = before if any(map(str.isalpha, before)) and without_actions(before) else after
    is_button = any(map(str.isalpha, text)) and not without_actions(text)
    return None if is_button or is_day(text) else clean_name(text) or None
