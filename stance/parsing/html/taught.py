"""Read a page by layout rows that its own likeliest comments teach, as a person teaches one in ``stance fix``.

Tags tell which lines are likely to be a text, a name and a date. The tree tells where each begins and ends, and which
other boxes are alike.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from operator import attrgetter

from stance.exceptions import StanceError
from stance.parsing.dates import find_date
from stance.parsing.dump.tags import FOOTER, HEADER, Tags
from stance.parsing.html.lines import PageLines
from stance.parsing.html.threads import is_stamp
from stance.parsing.html.tree import Element, Index, upwards
from stance.parsing.layouts import HtmlLayout, Shown, learn_row, own_layout
from stance.parsing.line_parts import Entry

TAUGHT = "boxes"
"""Name of the rows."""

MOST_SHOWN = 6
"""Number of comments that teach rows."""

NAMED = 1.0
"""What a name adds to the log odds of a comment that is shown."""


def taught_rows(index: Index, lines: PageLines, tags: Tags, entries: Sequence[Entry]) -> Iterator[HtmlLayout]:
    """Yield the different rows that the likeliest comments of a page teach, with the author shown and without.

    :param entries: The comments that the tags of its lines give.
    """
    starts = [bisect_left(lines.lines, entry.lines[0].start, key=attrgetter("start")) for entry in entries]
    odds = [
        float(tags.tags[start, 1] - tags.tags[start, 0]) + NAMED * (entry.author is not None)
        for start, entry in zip(starts, entries, strict=True)
    ]
    known = set[HtmlLayout]()
    for k in sorted(range(len(entries)), key=lambda k: -odds[k])[:MOST_SHOWN]:
        text = range(starts[k], starts[k] + len(entries[k].lines))
        shown = _shown(lines, tags, text, entries[k].author)
        for each in dict.fromkeys((shown, shown and shown._replace(author=None))):
            if each is None:
                continue
            try:
                row = own_layout(TAUGHT, learn_row(index, each), "a comment")
            except StanceError:  # it stands in no box of its own, or in one without a plain name
                continue
            if row not in known:
                known.add(row)
                yield row


def _shown(lines: PageLines, tags: Tags, text: range, author: str | None) -> Shown | None:
    """Return the elements of a comment; None where its text has none of its own."""
    holder = _holder([each for i in text for each in lines.owners(i)])
    if holder is None or holder.tag in ("html", "body"):
        return None
    above = range(text.start - 1, max(text.start - HEADER, 0) - 1, -1)
    near = (*above, *range(text.stop, min(text.stop + FOOTER, len(lines.lines))))
    named = sorted((i for i in near if author and author in lines.lines[i].text), key=lambda i: -tags.names[i].max())
    found = (each for i in named for each in _with_text(lines, i, author or ""))
    dated = next((i for i in near if find_date(lines.lines[i].text)), None)
    stamps = (each for each in (lines.owners(dated) if dated is not None else ()) if is_stamp(each))
    return Shown(holder, next(found, None), next(stamps, None))


def _holder(elements: Sequence[Element]) -> Element | None:
    """Return the smallest element that holds some elements."""
    around = list(upwards(elements[0])) if elements else []
    for element in elements[1:]:
        above = set(upwards(element))
        around = [each for each in around if each in above]
    return next(iter(around), None)


def _with_text(lines: PageLines, number: int, text: str) -> Iterator[Element]:
    """Yield the elements of a line that hold a text, the one that holds nothing else first."""
    holding = [(each, line) for each in lines.owners(number) if text in (line := lines.text_of(each))]
    yield from (each for each, _ in sorted(holding, key=lambda pair: pair[1] != text))
