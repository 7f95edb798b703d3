"""Read what a dump prints around the texts of comments: dates, votes, whom they answer, and how far they are indented.

What stands in one form on one side of most texts is a slot. The numbers in a slot, and the words beside them, tell
whether it holds the votes of the comments.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from stance.datamodels import Strings
from stance.parsing.captions import is_comment_word
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import MONTH, find_date, has_digit, parse_date
from stance.parsing.dump.name_columns import FOOTER, HEADER, zones_of
from stance.parsing.line_parts import Part, offers_answer, without_actions
from stance.parsing.lines import Lines, cues, letter_words, mask_numbers
from stance.parsing.name_cleaning import EDGE
from stance.parsing.phrases import phrases
from stance.parsing.votes import DISLIKES, LEAST_VOTES, LIKES, VOTE_SIGNS, count_on, polarity, read_count

LONGEST_LINE = 120
"""Maximum number of characters of a line with votes, or with the name of whom a comment answers."""

LEAST_LIKED, LEAST_BARE, MOST_BARE = 0.1, 3, 99
"""Minimum share of comments with a number of likes, which many pages tell in place of 0; minimum number, and maximum
median, of numbers without words."""

NEAREST_WORDS = 3
"""Number of words on each side of a number that may tell what it counts."""

BARE = 4
"""Numbers without a word, which may be scores, too."""

_MINUS = ("-", "−", "–")

_NUMBER = re.compile(
    r"(?<![\d#@_$€£-])(?<!\d[.,:/])(?<!\[(?=\d))(?P<sign>[+−–-]?)"
    r"(?P<count>(?:\d{1,3}(?:[.,]\d{3})+|\d{1,6})(?:[kK]\b)?)(?![\d:%°]|[.,/-]\d|\.$)(?P<behind>(?:[+−–-](?![\w.]))?)"
)
"""A number that may be of votes: no part of a date, a time, an amount or a name, nor the number of a post."""

_DAY = re.compile(rf"\b{MONTH}\.? \d\d?(?!\d)|\b\d\d?\.? {MONTH}\b", re.IGNORECASE)
"""A date without a year."""

_WORD = re.compile(rf"[^\W\d_]+|[{''.join(VOTE_SIGNS)}]")

_GLUED = re.compile(r"([a-zà-ÿ])(?=[A-ZÀ-Þ])")
"""The end of a button beside another: "LikeLiked by 2 people"."""

_IN_REPLY_TO = re.compile(rf"(?<!\w)(?:{'|'.join(phrases('comment.reply_to'))})(?= )|[→▸►➤↪]\s?(?=\w)", re.IGNORECASE)

_ADDRESS = re.compile(r"(?:[^\W\d_]+,? )??@?\s?([^\s,!:;.?][^,!:;.?\n]{1,40}?)\s?(?:[,!:;]|\s[–-]\s)")
"""A name at the start of a text, perhaps behind a greeting."""

_EDGES = EDGE + "()[]:"


class Details(NamedTuple):
    """What a page prints of each of its comments."""

    authors: list[str | None]  # without the votes in their lines
    posted: list[str | None]
    votes: list[int | None]
    answered: list[str | None]
    indents: list[int]
    stop: int  # the line behind the footer of the last comment


class _Number(NamedTuple):
    """A number in a line."""

    kind: int
    order: int  # among the numbers of its line
    form: str  # the line without its numbers
    value: int


class _Slot(NamedTuple):
    """A place of numbers beside texts."""

    kind: int
    side: int  # 0: above
    order: int = 0  # of several such numbers
    form: str = ""  # of the line; empty: any


class _Vote(NamedTuple):
    """A number in a slot of a comment."""

    value: int
    distance: int  # from the text, in lines
    is_own: bool  # in the header or footer of the comment


class _Sides(NamedTuple):
    """The lines above and below a text, the nearest first, and those that are its header and its footer."""

    lines: tuple[range, range]
    own: tuple[range, range]


def details_of(
    page: CuedLines, texts: Sequence[range], starts: Sequence[int], authors: Sequence[str | None], *, is_below: bool
) -> Details:
    """Return what a page prints around texts.

    :param starts: The first line of the header of each text, as far as names tell.
    :param authors: The names of the writers, as their lines hold them.
    :param is_below: Whether the lines of names are below the texts.
    """
    # 1. dates, which may begin a header, too
    zones = zones_of(texts, len(page.lines))
    lines = [(above[::-1][:HEADER], below[:FOOTER]) for above, below in pairwise(zones)]
    dates = _dates(page, lines, is_below=is_below)
    spots = [start if spot is None or spot > start else spot for start, (_, spot) in zip(starts, dates, strict=True)]
    heads = [max(spot, zone.start) for spot, zone in zip(spots, zones, strict=False)]
    # 2. the header and footer of each comment
    stops = [*heads[1:], zones[-1].stop]
    own = [
        (range(head, text.start), range(text.stop, stop)) for head, text, stop in zip(heads, texts, stops, strict=True)
    ]
    # 3. votes
    votes = _votes(page, [_Sides(*pair) for pair in zip(lines, own, strict=True)], authors)
    # 4. names without the votes in their lines, and whom they answer
    names = [author and re.sub(rf"\s+{vote}$", "", author) for author, vote in zip(authors, votes, strict=True)]
    answered = _answered(page, texts, [parts[is_below] for parts in own], names)
    indents = _columns([page.lines[start] for start in starts])
    return Details(names, [date for date, _ in dates], votes, answered, indents, stops[-1])


def _dates(
    page: CuedLines, lines: Sequence[tuple[range, range]], *, is_below: bool
) -> list[tuple[str | None, int | None]]:
    """Return the date of each text, the nearest on one side, else on the other, and its line.

    :param is_below: Whether names, and so dates, stand below; dates may, too, if more texts have one of one form there.
    """

    def nearest(*sides: range) -> tuple[str | None, int | None]:
        spots = (i for side in sides for i in side if not cues("comment.cards").match(page.lines[i]))  # "Joined: 2009"
        dates = ((parse_date(page.lines[i].text) or page.readings[i].posted, i) for i in spots)
        return next((date for date in dates if date[0]), (None, None))

    shapes = [
        [page.shapes[spot] for _, spot in map(nearest, side) if spot is not None] for side in zip(*lines, strict=True)
    ]
    forms = [
        Counter(shape.date and (shape.date[0] > 0, shape.date[1] < len(shape.text)) for shape in side)
        for side in shapes
    ]
    above, below = (max(times.values(), default=0) for times in forms)
    step = -1 if is_below or below > above else 1
    return [nearest(*sides[::step]) for sides in lines]


def _votes(page: CuedLines, around: Sequence[_Sides], authors: Sequence[str | None]) -> list[int | None]:
    """Return the votes of comments: numbers in one form on one side of most of them, likes before scores."""
    times = Counter(line.key for line in page.lines)
    common = {key for key, count in times.items() if count >= LEAST_VOTES * len(around)}
    names = {re.sub(r"\s+\d+$", "", name) for name in authors if name and len(name) > 2}
    longest = sorted(names, key=len, reverse=True)
    numbers_of = cache(lambda i: [*_numbers(page, i, longest, common)])  # what is below one text is above the next
    slots = defaultdict[_Slot, dict[int, _Vote]](dict)
    for k, (sides, own) in enumerate(around):
        for side, spots in enumerate(sides):
            numbers = [(spot, number) for spot in spots for number in numbers_of(spot)]
            order = Counter[tuple[int, str]]()
            for spot, number in _without_neighbors(numbers):
                place = number.order, number.form
                vote = _Vote(number.value, abs(spot - spots[0]), spot in own[side])
                slot = _Slot(number.kind, side, number.order + order[place], number.form)
                slots[slot].setdefault(k, vote)
                if number.kind != BARE:
                    slots[_Slot(number.kind, side)].setdefault(k, vote)
                order[place] += 1
    places = sum(any(sides) for sides, _ in around)
    rated = {slot: _rating(slot, found, places) for slot, found in slots.items()}
    best = max(filter(rated.get, rated), key=rated.__getitem__, default=None)
    told = slots[best] if best else {}
    return [told[k].value if k in told else None for k in range(len(around))]


def _rating(slot: _Slot, found: Mapping[int, _Vote], places: int) -> tuple[float, ...]:
    """Return how well a slot fits votes; empty if it does not.

    :param places: Number of texts with lines around them.
    """
    kind, values = slot.kind, [vote.value for vote in found.values()]
    is_varied = len({*values}) > 1
    fewest = max((LEAST_LIKED if kind == LIKES else LEAST_VOTES) * places, LEAST_BARE if kind == BARE else 2)
    if len(found) < fewest or kind == DISLIKES or count_on(values):
        return ()
    if kind != LIKES and not is_varied:
        return ()
    if kind == BARE and (median(map(abs, values)) > MOST_BARE or sorted({*values}) == values):
        return ()
    own, distance = sum(vote.is_own for vote in found.values()), sum(vote.distance for vote in found.values())
    return -float(kind == BARE), is_varied, -kind, len(found), own, -distance, -slot.order


def _without_neighbors(numbers: Sequence[tuple[int, _Number]]) -> list[tuple[int, _Number]]:
    """Leave out what a score is after a vote against and one in favor, beside it: 6 and 8 of 6, 7 and 8."""
    kept = [*numbers]
    for three in zip(numbers, numbers[1:], numbers[2:], strict=False):
        one, middle, other = (number.value for _, number in three)
        if len({number.kind for _, number in three}) == 1 and middle - one == other - middle in (1, -1):
            kept = [pair for pair in kept if pair not in three[::2]]
    return kept


def _numbers(page: CuedLines, number: int, names: Sequence[str], common: Collection[str]) -> Iterator[_Number]:
    """Yield the numbers of a line that may be votes."""
    text = _plain(page, number, names)
    numbers = [*_NUMBER.finditer(text)]
    if not numbers:
        return
    starts, stops = [0, *(match.end() for match in numbers)], [*(match.start() for match in numbers), len(text)]
    beside = [text[start:stop] for start, stop in zip(starts, stops, strict=True)]
    before, behind = [_kind(part, -1) for part in beside[:-1]], [_kind(part, 1) for part in beside[1:]]
    label = ""
    if not letter_words(text):  # the line above or below may say what it is
        label = _label(page, number - 1, common)
        before[0] = before[0] or _kind(label, -1)
        is_first = not has_digit(page.lines[number - 1].text)
        behind[-1] = behind[-1] or (_kind(_label(page, number + 1, common), 1) if is_first else 0)
    is_label = before[0] and not behind[-1]  # "Likes 3 Dislikes 1"
    is_around = (before, behind) == ([LIKES], [DISLIKES])
    others = " ".join((label, *beside))
    is_plain = not without_actions(others) or offers_answer(others)
    is_card = cues("comment.cards").match(page.lines[number])
    form = mask_numbers(_NUMBER.sub("0", " ".join(text.lower().split())))
    for k, match in enumerate(numbers):
        kind = before[k] if is_label or is_around else behind[k] or before[k]
        signs = [other["sign"] for other in numbers[k : k + 2]]
        if not kind and (match["behind"] == "+" or (signs[0] == "+" and signs[-1] in _MINUS)):
            kind = LIKES
        if not kind and is_plain and not _counts_answers(beside[k], beside[k + 1], is_alone=len(numbers) == 1):
            kind = BARE
        value = read_count(match["count"])
        if kind and value is not None and (kind == LIKES or not is_card):
            yield _Number(kind, k, form, -value if match["sign"] in _MINUS else value)


def _plain(page: CuedLines, number: int, names: Strings | Sequence[str]) -> str:
    """Return a line without its dates and names; empty if it holds no number of votes."""
    line, shape = page.lines[number], page.shapes[number]
    text = line.text
    if len(text) > LONGEST_LINE or not has_digit(text):
        return ""
    match = find_date(text)
    if shape.date:
        text = f"{shape.text[: shape.date[0]]} | {shape.text[shape.date[1] :]}"
    elif match:
        text = f"{text[: match.start]} | {text[match.end :]}"
    text = _DAY.sub(" | ", text)
    for name in names:
        text = text.replace(name, " | ")
    return _GLUED.sub(r"\1 ", text)


def _label(page: CuedLines, number: int, common: Collection[str]) -> str:
    """Return the text of a line that comes back, without numbers; else none."""
    line = page.lines[number] if 0 <= number < len(page.lines) else None
    return line.text if line and line.key in common and not has_digit(line.text) else ""


def _kind(text: str, step: int) -> int:
    """Return what the nearest word or sign of a text beside a number counts; 0: nothing.

    :param step: 1 for a text behind the number, -1 for one before it.
    """
    words = _WORD.findall(text.lower())
    if not text.isascii():  # words of scripts without blanks
        words = [text.strip()[:1], *words, text.strip()[-1:]]
    kinds = (VOTE_SIGNS.get(word) or polarity([word]) for word in words[::step][:NEAREST_WORDS])
    return next(filter(None, kinds), 0)


def _counts_answers(before: str, behind: str, *, is_alone: bool) -> bool:
    """Return whether a number between two texts counts answers: "3 replies", or one number right behind a button."""
    last, first, buttons = letter_words(before)[-1:], letter_words(behind)[:1], phrases("comment.own_actions")
    is_behind = is_alone and before.rstrip("( ")[-1:].isalpha() and last[0].endswith(buttons)
    return is_behind or any(is_comment_word(word) and word not in buttons for word in first)


def _answered(
    page: CuedLines, texts: Sequence[range], headers: Sequence[range], authors: Sequence[str | None]
) -> list[str | None]:
    """Return the names of those that comments answer: beside the writer's name, or at the start of the text.

    :param headers: The lines beside each text that hold the name of its writer.
    """
    answered, earlier = list[str | None](), dict[str, str]()
    for text, header, author in zip(texts, headers, authors, strict=True):
        first, readings = page.readings[text.start], [page.readings[i] for i in header]
        told = [reading.name for reading in readings if reading.part is Part.ANSWERED]
        beside = [earlier.get(name) for i in header for name in _beside(page.lines[i].text, author)]
        quoted = earlier.get((first.name or "").casefold())
        addressed = _addressed(page.lines[text.start].text, earlier)
        names = filter(None, (*told, *beside, quoted, addressed if addressed != author else None))
        answered.append(next(names, None))
        if author:
            name = _IN_REPLY_TO.split(author, maxsplit=1)[0].rstrip(" ([")
            earlier[name.casefold()] = name
    return answered


def _beside(text: str, author: str | None) -> Iterator[str]:
    """Yield what a line says behind words that tell an answer, and behind the writer's name, without a date."""
    match = _IN_REPLY_TO.search(text[:LONGEST_LINE])
    starts = [match.end()] if match else []
    if author and text.startswith(f"{author} ") and len(text) <= LONGEST_LINE:
        starts.append(len(author))
    for start in starts:
        date = find_date(text[start:])
        yield text[start:][: date.start if date else None].strip(_EDGES).casefold()


def _addressed(text: str, earlier: Mapping[str, str]) -> str | None:
    """Return the name of an earlier writer whom the first words of a text address: "Dear Ada, ..."."""
    match = _ADDRESS.match(text)
    words = match[0].casefold().strip(",!:; –-@").split() if match else []
    return next((earlier[name] for name in (" ".join(words), " ".join(words[1:])) if name in earlier), None)


def _columns(lines: Lines) -> list[int]:
    """Return the columns where the words of lines begin, behind their numbers or bullets.

    Numbers stand in columns of two digits, or all begin in one column: then "10." moves no words.
    """
    firsts = [[line.indent for line in lines if len(line.number) == size] for size in (len("1. "), len("10. "))]
    is_right = all(firsts) and min(firsts[1]) < min(firsts[0])
    widths = (min(len(line.number), len("10. ") if is_right else len("1. ")) or 2 * line.bullet for line in lines)
    return [line.indent + width for line, width in zip(lines, widths, strict=True)]
