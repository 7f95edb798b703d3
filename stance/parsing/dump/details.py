"""Read what a dump prints around the texts of comments: dates, votes, whom they answer, and how far they are indented.

What stands in one form on one side of most texts is a slot. The values in a slot and the words beside them tell whether
it holds the votes of the comments.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain
from statistics import median
from typing import NamedTuple

from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import MONTH, find_date, has_digit, parse_date
from stance.parsing.dump.name_columns import FOOTER, HEADER
from stance.parsing.html.votes import LEAST_VOTES, count_on, polarity
from stance.parsing.line_parts import Part, offers_answer, without_actions
from stance.parsing.lines import Lines, cues, letter_words, mask_numbers
from stance.parsing.name_cleaning import EDGE
from stance.parsing.phrases import phrases
from stance.parsing.votes import read_count

_NUMBER = re.compile(
    r"(?<![\d#@_$€£-])(?<!\d[.,:/])(?<!\[(?=\d))(?P<sign>[+−–-]?)(?P<count>(?:\d{1,3}(?:[.,]\d{3})+|\d{1,6})(?:[kK]\b)?)"
    r"(?![\d:%°]|[.,/-]\d|\.$)(?P<behind>(?:[+−–-](?![\w.]))?)"
)
"""A number that may be of votes: neither a part of a date, a time, an amount or a name, nor the number of a post."""

_DAY = re.compile(rf"\b{MONTH}\.? \d\d?(?!\d)|\b\d\d?\.? {MONTH}\b", re.IGNORECASE)
"""A date without a year."""

LONGEST_LINE = 120
"""Maximum number of characters of a line with votes."""

LEAST_LIKED = 0.1
"""Minimum share of comments with a number of likes: many pages tell none in place of 0."""

NEAR = 3

MOST_BARE = 99
"""Maximum median of numbers without words for them to be votes; those of posts of a member are larger."""

IN_REPLY_TO = re.compile(rf"(?<!\w)(?:{'|'.join(phrases('comment.reply_to'))})(?= )|[→▸►➤↪]\s?(?=\w)", re.IGNORECASE)

QUOTES = frozenset({Part.SAYS, Part.NAMED_STAMP})

LIKES, DISLIKES, SCORES, BARE = 1, 2, 3, 4

MINUS = ("-", "−", "–")


class Slot(NamedTuple):
    """A place of numbers beside texts."""

    kind: int
    side: int  # 0: above
    order: int = 0  # of several such numbers
    form: str = ""  # of the line; empty: any


class Around(NamedTuple):
    """The lines above and below a text, the nearest first."""

    above: Sequence[int]
    below: Sequence[int]


class Found(NamedTuple):
    """A value beside a text."""

    value: int
    distance: int  # in lines
    is_own: bool  # in the header or footer of the comment


def lines_around(zones: Sequence[range]) -> list[Around]:
    """Return the lines around each text.

    :param zones: The lines above the first text, between the texts, and below the last.
    """
    above, below = [zone[::-1][:HEADER] for zone in zones[:-1]], [zone[:FOOTER] for zone in zones[1:]]
    return [Around(*pair) for pair in zip(above, below, strict=True)]


def votes_of(
    page: CuedLines, around: Sequence[Around], parts: Sequence[tuple[range, range]], authors: Sequence[str | None]
) -> list[int | None]:
    """Return the votes of comments: numbers in one form on one side of most of them, likes before scores.

    :param parts: The header and the footer of each comment, as far as names tell.
    """
    times = Counter(line.key for line in page.lines)
    common = {key for key, count in times.items() if count >= LEAST_VOTES * len(around)}
    names = sorted({re.sub(r"\s+\d+$", "", name) for name in authors if name and len(name) > 2}, key=len, reverse=True)
    numbers_of = cache(lambda i: [*_numbers(page, i, names, common)])  # what is below one text is above the next
    slots = defaultdict[Slot, dict[int, Found]](dict)
    for k, sides in enumerate(around):
        for side, spots in enumerate(sides):
            order = Counter[Hashable]()
            numbers = [(distance, i, *count) for distance, i in enumerate(spots) for count in numbers_of(i)]
            for distance, i, kind, place, form, value in _without_neighbors(numbers):
                slot = Slot(kind, side, place + order[place, form], form)
                order[place, form] += 1
                found = Found(value, distance, i in parts[k][side])
                for each in (slot, Slot(kind, side))[: 1 + (kind != BARE)]:
                    slots[each].setdefault(k, found)
    places = sum(bool(sides.above or sides.below) for sides in around)
    fewest = {kind: max((LEAST_LIKED if kind == LIKES else LEAST_VOTES) * places, 2) for kind in range(1, 5)}
    rated = [(_rating(slot, found, authors), slot) for slot, found in slots.items() if len(found) >= fewest[slot.kind]]
    best = max((pair for pair in rated if pair[0]), key=lambda pair: pair[0], default=None)
    told = slots[best[1]] if best else {}
    return [told[k].value if k in told else None for k in range(len(around))]


def _rating(slot: Slot, found: dict[int, Found], authors: Sequence[str | None]) -> tuple[float, ...]:
    """Return how well a slot fits votes; empty if it does not."""
    kind, values = slot.kind, [vote.value for vote in found.values()]
    is_varied = len({*values}) > 1
    if kind == DISLIKES or count_on(values) or (kind != LIKES and not is_varied):
        return ()
    if kind == BARE and (median(map(abs, values)) > MOST_BARE or len(found) < 3 or sorted({*values}) == values):
        return ()
    if kind != LIKES and _are_of_members(found, authors):
        return ()
    own, distance = (sum(row) for row in zip(*((vote.is_own, -vote.distance) for vote in found.values()), strict=True))
    return -float(kind == BARE), is_varied, -kind, len(found), own, distance, -slot.order


def _without_neighbors(numbers: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """Leave out what a score is after a vote against and one in favor, beside it: 6 and 8 of 6, 7 and 8."""
    kept = [*numbers]
    for one, middle, other in zip(numbers, numbers[1:], numbers[2:], strict=False):
        values = [count[-1] for count in (one, middle, other)]
        if (
            one[2] == middle[2] == other[2]
            and abs(values[1] - values[0]) == 1
            and 2 * values[1] == values[0] + values[2]
        ):
            kept = [count for count in kept if count not in (one, other)]
    return kept


def _are_of_members(found: dict[int, Found], authors: Sequence[str | None]) -> bool:
    """Return whether numbers are those of the writers: equal for comments of one writer, not for others."""
    by_writer = defaultdict[str, list[int]](list)
    for k, vote in found.items():
        by_writer[authors[k] or str(k)].append(vote.value)
    repeated = [values for values in by_writer.values() if len(values) > 1]
    same = sum(len({*values}) == 1 for values in repeated)
    different = {values[0] for values in by_writer.values()}
    return len(repeated) > 1 and same == len(repeated) and 2 * len(different) > len(by_writer)


def _numbers(
    page: CuedLines, number: int, names: Sequence[str], common: set[str]
) -> Iterator[tuple[int, int, str, int]]:
    """Yield the numbers of a line that may be votes: their kind, the form of the line, and their value."""
    text = _plain(page, number, names)
    numbers = [*_NUMBER.finditer(text)]
    if not numbers:
        return
    starts, stops = [0, *(match.end() for match in numbers)], [*(match.start() for match in numbers), len(text)]
    beside = [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
    before, behind = [_kind(part, -1) for part in beside[:-1]], [_kind(part, 1) for part in beside[1:]]
    labels = ""
    if not letter_words(text):  # the line above or below may say what it is
        above, below = (_label(page, i, common) for i in (number - 1, number + 1))
        labels = above
        before[0] = before[0] or _kind(above, -1)
        behind[-1] = behind[-1] or (0 if has_digit(page.lines[number - 1].text) else _kind(below, 1))
    is_label = before[0] and not behind[-1]  # "Likes 3 Dislikes 1"
    others = " ".join((labels, *beside))
    is_plain = not without_actions(others) or offers_answer(others)
    form = mask_numbers(_NUMBER.sub("0", " ".join(text.lower().split())))
    for k, match in enumerate(numbers):
        kind = before[k] if is_label else behind[k] or before[k]
        if len(numbers) == 1 and (before[0], behind[0]) == (LIKES, DISLIKES):  # around the number
            kind = LIKES
        signs = "".join(other["sign"] for other in numbers[k : k + 2])
        if not kind and (match["behind"] == "+" or signs in ("+-", "+−", "+–")):
            kind = LIKES
        if not kind and is_plain and (len(numbers) > 1 or not _counts_replies(beside[k])):
            kind = BARE
        if kind and (value := read_count(match["count"])) is not None:
            yield kind, k, form, -value if match["sign"] in MINUS else value


def _plain(page: CuedLines, number: int, names: Sequence[str]) -> str:
    """Return a line without its date and names; empty if it holds no number."""
    text = page.lines[number].text
    if len(text) > LONGEST_LINE or not has_digit(text) or cues("comment.cards").match(page.lines[number]):
        return ""
    date = page.shapes[number].date or ((match := find_date(text)) and (match.start, match.end))
    if date:
        text = page.shapes[number].text
        text = f"{text[: date[0]]} | {text[date[1] :]}"
    text = _DAY.sub(" | ", text)
    for name in names:
        text = text.replace(name, " | ")
    return re.sub(r"([a-zà-ÿ])(?=[A-ZÀ-Þ])", r"\1 ", text)  # "LikeLiked by 2 people"


def _label(page: CuedLines, number: int, common: set[str]) -> str:
    """Return the text of a line that comes back, without numbers; else none."""
    text = page.lines[number].text if 0 <= number < len(page.lines) else ""
    return f" {text} " if text and not has_digit(text) and page.lines[number].key in common else ""


_SIGNS = {**dict.fromkeys("▲△↑⬆⇧👍♥❤", LIKES), **dict.fromkeys("▼▽↓⬇⇩👎", DISLIKES)}


def _kind(text: str, step: int) -> int:
    """Return which votes the first words or signs of a text name, or the last; 0: none."""
    words = re.findall(rf"[^\W\d_]+|[{''.join(_SIGNS)}]", text.lower())
    if not text.isascii():  # words of scripts without blanks
        words = [text.strip()[:1], *words, text.strip()[-1:]]
    near = words[::step][:NEAR]
    return next(filter(None, (_SIGNS.get(word) or polarity([word]) for word in near)), 0)


def _counts_replies(before: str) -> bool:
    """Return whether a number is directly behind a button, as numbers of answers are."""
    words = letter_words(before)
    return bool(words) and words[-1].endswith(phrases("comment.own_actions")) and before.rstrip("( ")[-1:].isalpha()


def dates_of(page: CuedLines, around: Sequence[Around], *, is_below: bool) -> tuple[list[str | None], list[int | None]]:
    """Return the date of each text, the nearest on one side, else on the other, and its line.

    :param is_below: Whether names, and so dates, stand below; dates may, too, if only the last text has one.
    """

    def nearest(spots: Sequence[int]) -> tuple[str | None, int | None]:
        dates = ((parse_date(page.lines[i].text) or page.readings[i].posted, i) for i in spots)
        return next((date for date in dates if date[0]), (None, None))

    is_below = is_below or bool(nearest(around[-1].below)[0] and not nearest(around[0].above)[0])
    found = [nearest([*chain.from_iterable(sides[::-1] if is_below else sides)]) for sides in around]
    return [date for date, _ in found], [spot for _, spot in found]


def answered_in(
    page: CuedLines, texts: Sequence[range], headers: Sequence[range], authors: Sequence[str | None]
) -> list[str | None]:
    """Return the names of those that comments answer: beside the writer's name, or at the start of the text.

    :param headers: The lines beside each text that hold the name of its writer.
    """
    answered, earlier = list[str | None](), dict[str, str]()
    for text, header, author in zip(texts, headers, authors, strict=True):
        told = (_behind_phrase(page, i) for i in header)
        first = page.readings[text.start]
        quoted = first.name if first.part in QUOTES and (first.name or "").casefold() in earlier else None
        addressed = _addressed(page.lines[text.start].text, earlier)
        answered.append(next(filter(None, told), quoted or (addressed if addressed != author else None)))
        if author:
            earlier[author.casefold()] = author
    return answered


def _behind_phrase(page: CuedLines, number: int) -> str | None:
    """Return the name that a line says is answered."""
    if page.readings[number].part is Part.ANSWERED:
        return page.readings[number].name
    text = page.lines[number].text
    match = IN_REPLY_TO.search(text) if len(text) <= LONGEST_LINE else None
    name = text[match.end() :] if match else ""
    date = find_date(name)
    return name[: date.start if date else None].strip(EDGE + "()[]:") or None


def _addressed(text: str, earlier: Mapping[str, str]) -> str | None:
    """Return the name of an earlier writer whom the first words of a text address: "Dear Ada, ..."."""
    match = re.match(r"(?:[^\W\d_]+,? )??@?\s?([^\s,!:;.?][^,!:;.?\n]{1,40}?)\s?(?:[,!:;]|\s[–-]\s)", text)
    words = match[0].casefold().strip(",!:; –-@").split() if match else []
    names = (" ".join(words[start:]) for start in (0, 1))
    return next((earlier[name] for name in names if name in earlier), None)


def columns_of(lines: Lines) -> list[int]:
    """Return the columns where the words of lines begin, behind their numbers or bullets.

    Numbers stand in columns of two digits, or all begin in one column: then "10." moves no words.
    """
    firsts = [[line.indent for line in lines if len(line.number) == size] for size in (len("1. "), len("10. "))]
    is_right = all(firsts) and min(firsts[1]) < min(firsts[0])
    widths = (min(len(line.number), len("10. ") if is_right else len("1. ")) or 2 * line.bullet for line in lines)
    return [line.indent + width for line, width in zip(lines, widths, strict=True)]
