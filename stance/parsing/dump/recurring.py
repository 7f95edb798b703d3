"""Find comments by what recurs around them where no header is dated: items of a list, and one form around many names.

A text browser marks the items of a list, and a page of comments is often one. Other pages write the same words beside
each name: "Ann said", "Ann 5pts", or the name twice.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from stance.parsing.dates import parse_date
from stance.parsing.dump.section import HEAD_REACH, Section
from stance.parsing.dump.spans import Dump
from stance.parsing.languages import phrases
from stance.parsing.line_parts import (
    AROUND,
    Entry,
    Part,
    clean_name,
    is_end,
    is_footer,
    is_heading,
    is_sort,
    stated_count,
)
from stance.parsing.lines import Line, line_key, name_like

RECURRING = "recurring"
"""The layout of such comments."""

FEWEST, MOST_FORMS = 3, 4
"""Minimum number of headers, and maximum number of forms of headers that are read."""

REACH, HEADING_REACH = 60, 30
"""Maximum lines between two headers, and between a heading of comments and the first."""

NAME_WORDS, ITEM_WORDS, HEADER_WORDS, AFFIX_WORDS = 4, 6, 12, 3
"""Maximum words of a name, of one at the top of an item, of a header, and of what recurs in it."""

FILLED, NAMED, TEMPLATE = 0.8, 0.7, 0.6
"""Minimum shares: of headers with a text, of items whose first line is like a name, of items with a recurring line."""

_SAYS = frozenset(phrases("comment.says"))
_DIGITS = re.compile(r"\d+")
_DATED = frozenset({Part.NAMED_STAMP, Part.STAMP})

TWICE = ("twice", "")
"""The form of a header whose name stands in the line above, too."""

Comment = tuple[str | None, range]
"""A name and the lines below it."""


def recurring_sections(page: Dump) -> Iterator[Section]:
    """Yield the sections of a page by items of lists and by headers of one form."""
    stops = {i for i in page.cued if is_end(page.lines[i]) or is_footer(page.lines[i])}
    for found, is_said in (*((each, False) for each in _lists(page.lines, stops)), *_headed(page.lines, stops)):
        if section := _section(page, found, is_said):
            yield section


def _section(page: Dump, found: Sequence[Comment], is_said: bool) -> Section | None:
    """Make a section of comments where a heading, buttons or verbs speak of comments; recurring lines are left out.

    :param is_said: Whether the headers have a verb such as "said".
    """
    lines, start, end = page.lines, found[0][1].start - 1, found[-1][1].stop
    head = [i for i in page.cued if start - HEADING_REACH <= i < start and (is_heading(lines[i]) or is_sort(lines[i]))]
    if not head and not is_said and sum(reading.offers for reading in page.readings[start:end]) < FEWEST:
        return None
    times = Counter(mask for _, own in found for mask in {_mask(lines[i].text) for i in own})
    entries = []
    for author, own in found:
        if author and own and f" {author}".endswith(f" {lines[own.start].text}"):  # "avatar of Ann", and "Ann" below it
            author, own = lines[own.start].text, own[1:]
        text = [i for i in own if times[_mask(lines[i].text)] < max(TEMPLATE * len(found), FEWEST)]
        while text and (page.readings[text[-1]].part in AROUND or page.readings[text[0]].part in _DATED):
            del text[-1 if page.readings[text[-1]].part in AROUND else 0]
        if text:
            posted = next((date for i in own[:HEAD_REACH] if (date := parse_date(lines[i].text))), None)
            entries.append(Entry(tuple(lines[i] for i in text), author, posted=posted, indent=lines[own[0] - 1].indent))
    if len(entries) < max(FILLED * len(found), FEWEST):
        return None
    begin = head[-1] if head else start
    stated = stated_count(lines[max(begin - HEAD_REACH, 0) : start + 1])
    headings = tuple(lines[i] for i in head if is_heading(lines[i]))
    return Section(begin, end, tuple(entries), RECURRING, stated, None, headings)


def _lists(lines: Sequence[Line], stops: set[int]) -> Iterator[list[Comment]]:
    """Yield the lists whose items are texts below a name each."""
    for items, stop in _item_runs(lines):
        if len(items) < FEWEST:
            continue
        names = [_name(lines[i].text) for i in items]
        own = [range(a + 1, b) for a, b in pairwise((*items, min(stop, _end(items, stops, stop))))]
        if sum(map(bool, names)) >= NAMED * len(items):
            yield list(zip(names, own, strict=True))


def _item_runs(lines: Sequence[Line]) -> Iterator[tuple[list[int], int]]:
    """Yield the items of each list, at one indent, and the line that ends it."""
    runs: dict[int, list[int]] = {}
    for i, line in enumerate(lines):
        is_item = line.bullet or bool(line.number)
        for indent in [each for each in runs if each > line.indent or (each == line.indent and not is_item)]:
            yield runs.pop(indent), i
        if is_item:
            runs.setdefault(line.indent, []).append(i)
    yield from ((run, min(run[-1] + REACH, len(lines))) for run in runs.values())


def _headed(lines: Sequence[Line], stops: set[int]) -> Iterator[tuple[list[Comment], bool]]:
    """Yield the texts below headers of the forms that recur most, and whether these have a verb."""
    forms: defaultdict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for i, line in enumerate(lines):
        for form, name in _forms(lines[i - 1].text if i else "", line):
            forms[form][i] = name
    usual = {form: found for form, found in forms.items() if len(set(found.values())) >= FEWEST}
    ranked = sorted(usual.items(), key=lambda item: (item[0] != TWICE, -len(item[1]), -len(item[0][1])))
    different = {tuple(found): (form, found) for form, found in reversed(ranked)}
    for form, found in [*different.values()][: -MOST_FORMS - 1 : -1]:
        above = int(form == TWICE)  # lines of a header above the one that was found
        for run in _near(list(found), stops):
            bounds = pairwise((*run, _end(run, stops, len(lines)) + above))
            yield [(found[a], range(a + 1, b - above)) for a, b in bounds], line_key(form[1]) in _SAYS


def _forms(above: str, line: Line) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the forms that a line may have as a header, each with the name in it."""
    if above and line.text.startswith(above) and name_like(above, NAME_WORDS):
        yield TWICE, clean_name(above)
    if line.has_more_words(HEADER_WORDS):
        return
    words = line.text.split()
    cuts = [(("next", words[size]), words[:size]) for size in range(1, min(NAME_WORDS + 1, len(words)))]
    cuts += [(("start", " ".join(words[:size])), words[size:]) for size in range(1, min(AFFIX_WORDS + 1, len(words)))]
    for (place, affix), rest in cuts:
        name = " ".join(rest)
        if len(rest) <= NAME_WORDS and name_like(name, NAME_WORDS) and (plain := clean_name(name)):
            yield (place, _mask(affix)), plain


def _near(places: Sequence[int], stops: set[int]) -> Iterator[list[int]]:
    """Yield the runs of headers that are near each other, with no end of a section between them."""
    run = list[int]()
    for place in places:
        if run and (place - run[-1] > REACH or any(i in stops for i in range(run[-1], place))):
            if len(run) >= FEWEST:
                yield run
            run = []
        run.append(place)
    if len(run) >= FEWEST:
        yield run


def _end(run: Sequence[int], stops: set[int], last: int) -> int:
    """Return the line that ends the last text: an end of a section, or one beyond the longest text above it."""
    end = min(run[-1] + max(b - a for a, b in pairwise(run)), last)
    return next((i for i in range(run[-1] + 1, end) if i in stops), end)


def _name(text: str) -> str | None:
    name = clean_name(text)
    return name if name_like(name, ITEM_WORDS) and not text.endswith((".", "!", "?")) else None


def _mask(text: str) -> str:
    return _DIGITS.sub("#", text.casefold())
