"""Complete the comments of a page by what stands at the same place around their texts: names, votes and parents.

Works on the comments of any reading. Each text is found in the lines of the page; what is around it is compared with
what is around the others, so that no name of a class is needed, though some help.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from stance.datamodels import Comment
from stance.parsing.cleaning import addressed_in, is_deleted, parents_by_depth
from stance.parsing.dates import find_date, has_digit, is_day
from stance.parsing.html.lines import PageLines, make_of
from stance.parsing.html.parts import (
    IN_REPLY_TO,
    LONGEST_STAMP,
    PartsConstants,
    has_words,
    is_only_date,
    name_in,
    opens_with_credit,
    words_of,
)
from stance.parsing.html.tree import Element, TextIndex, upwards
from stance.parsing.language import phrases, words_of_phrases
from stance.parsing.layouts import MARKUP
from stance.parsing.lines import letter_words, line_key, mask_numbers, name_like, strip_prefix
from stance.parsing.thread import Method, Thread

KEY, REACH = 30, 60
"""Number of characters by which a line is found; maximum number of lines below that are searched for it."""

MOST, FEW = 0.8, 0.1
"""Share of comments that have what all have; least share of different names without a class of names."""

UNKNOWN, MARGIN = 2.0, 0.5
"""Rating of names that were read otherwise; how much more a place must have to replace them."""

LEAST_NAME, LEAST_VOTES = 1.5, 0.6
"""Minimum rating of a place of names; minimum share of comments with a number for it to be their votes."""

LEAST_QUOTED, SHORT = 25, 4
"""Minimum characters of what is quoted; maximum number of words of a place."""

LEVELS = 8
"""Maximum number of elements around a comment whose classes may tell its level."""

_AUTHOR, _NO_AUTHOR, _REPLIES = (phrases(f"markup.{name}") for name in ("author", "no_author", "replies"))
_USER = re.compile(r"user|profil|member|author|people|account|commenter|/u/|usuario|nutzer|benutzer", re.IGNORECASE)
_NO_NAMES = frozenset(phrases("comment.actions", "comment.own_actions", "comment.roles", "comment.says", "date.joints"))
_DAYS = words_of_phrases("date.weekdays", "date.months")  # may be parts of names
_CREDITED = tuple(f" {each}" for each in phrases("comment.credited"))
_BOLD = frozenset(("b", "strong", "cite", "h3", "h4", "h5", "h6", "a"))
_EDGES = " ,:;|·•–—-/\u00a0"
_NUMBER = re.compile(r"[+−–-]?\s?\d{1,3}(?:[.,]\d{3})*\d*(?:\s?[kK]\b)?")
_LIKES, _DISLIKES, _SCORES = (words_of_phrases(f"comment.{name}") for name in ("likes", "dislikes", "scores"))
_QUOTE = re.compile(r"\b(?:block)?(?:quot|zitat|cita|citation)", re.IGNORECASE)
_LEVEL = re.compile(r"^(\D{0,30}?)[-_]?(\d{1,2})$")
_LEVEL_WORDS = frozenset(phrases("markup.levels"))
_STRIPES = frozenset(MARKUP["classes.stripes"])


class _Spot(NamedTuple):
    """The place of the text of a comment."""

    first: int  # of its characters in the text of the page
    last: int
    inner: Element  # the smallest element around its first words
    cell: Element  # the largest element around it without the text of another comment


def completed(lines: PageLines, thread: Thread) -> Thread:
    """Complete a thread by what is around its texts."""
    found = _spots(lines, thread.comments) if len(thread.comments) > 1 else {}
    if len(found) < max(2, MOST * len(thread.comments)):
        return thread
    if thread.method is Method.TAGS:
        thread = replace(thread, comments=_without_repeats(thread.comments, found))
    by_id = {each.comment_id: each for each in thread.comments}
    comments = [by_id[name] for name in found if name in by_id]
    spots = [found[each.comment_id] for each in comments]
    sides = _Sides(lines.index, spots)
    names = _names(sides, comments, thread.method)
    votes = _votes(sides, comments)
    comments = [replace(each, author=names.get(each.comment_id, each.author)) for each in comments]
    parents = _parents(lines.index, comments, spots, [before for before, _ in sides.parts])
    told = [
        replace(
            each,
            author=names.get(each.comment_id, each.author),
            votes=votes.get(each.comment_id, each.votes),
            reply_to=each.reply_to or parents.get(each.comment_id),
        )
        for each in thread.comments
    ]
    return replace(thread, comments=tuple(_with_quotations(told)))


def _without_repeats(comments: Sequence[Comment], found: Mapping[str, _Spot]) -> tuple[Comment, ...]:
    """Leave out what is rather a part of other comments: quotations with name and date, and a place below a name."""
    times = Counter((each.author, each.posted, each.text) for each in comments)
    before, kept = set[tuple[str | None, str | None, str]](), list[Comment]()
    makes = Counter(make_of(spot.inner) for spot in found.values())
    for number, comment in enumerate(comments):
        key, spot = (comment.author, comment.posted, comment.text), found.get(comment.comment_id)
        is_again = times[key] > 1 and len(comment.text) >= LEAST_QUOTED and spot is not None
        is_quoted = spot is not None and any(map(_is_quotation, islice(upwards(spot.inner), LEVELS)))
        is_apart = comment.posted and "T" in comment.posted and key in before and comments[number - 1].text != key[2]
        is_odd = (
            spot is not None and makes[make_of(spot.inner)] == 1 and len(makes) == 2 and number + 1 == len(comments)
        )
        is_place = is_odd and len(comment.text.split()) <= SHORT and not comment.posted and comment.text[-1:].isalpha()
        if not (is_again and (is_quoted or is_apart)) and not is_place:
            kept.append(comment)
        before.add(key)
    return tuple(kept)


def _is_quotation(element: Element) -> bool:
    return element.tag in ("blockquote", "q") or _QUOTE.search(element.get("class", "")) is not None


def _with_quotations(comments: Sequence[Comment]) -> Iterator[Comment]:
    """Mark what comments repeat of others, with the line that names these."""
    long = [each for each in comments if len(each.text) >= LEAST_QUOTED]
    starts = {each.text[:LEAST_QUOTED]: each for each in reversed(long)}
    named = defaultdict[str, list[Comment]](list)
    for each in long:
        named[each.author or ""].append(each)
    named.pop("", None)
    for comment in comments:
        first = comment.text[:LONGEST_STAMP]
        answered = [
            starts.get(first[:LEAST_QUOTED]),
            *(each for name in named if name in first for each in named[name]),
        ]
        for other in filter(None, answered if comment.quoted is None else ()):
            start = comment.text.find(other.text, 0, 2 * LONGEST_STAMP + len(other.text))
            behind = comment.text[start + len(other.text) :].lstrip()
            if start < 0 or not behind or other is comment:
                continue
            line = behind.partition("\n")[0]
            is_named = "\n" in behind and (other.author or "\n") in line and find_date(line)
            end = len(comment.text) - len(behind) + (len(line) if is_named else 0)
            head = start if (other.author or "\n") not in comment.text[:start] else 0
            comment = replace(comment, quoted=comment.text[head:end].strip())
            break
        yield comment


def _spots(lines: PageLines, comments: Sequence[Comment]) -> dict[str, _Spot]:
    """Find the texts of comments in the lines of their page, as far as they are there in the same order."""
    index, places, at = lines.index, defaultdict[str, list[int]](list), -1
    for place, line in enumerate(lines.texts):
        places[line[:KEY]].append(place)
    found = dict[str, tuple[int, int]]()
    for comment in comments:
        start, end = comment.text.partition("\n")[0][:KEY], comment.text.rpartition("\n")[2][-KEY:]
        lines_of = places.get(start, ())
        number = next((each for each in lines_of if each > at), None)
        if number is None:
            below = range(at + 1, min(at + REACH, len(lines.texts)))
            number = next((each for each in below if start in lines.texts[each]), next(iter(lines_of), None))
        if number is None:
            continue
        below = range(number, min(number + comment.text.count("\n") + REACH, len(lines.texts)))
        last = next((each for each in below if end in lines.texts[each]), number)
        first, at = lines.place_of(number, start)[0], last
        found[comment.comment_id] = first, max(lines.place_of(last, end)[1], first + 1)
    found = dict(sorted(found.items(), key=itemgetter(1)))
    starts, spots = [first for first, _ in found.values()], dict[str, _Spot]()
    for (name, (first, last)), before, behind in zip(
        found.items(), [-1, *starts], [*starts[1:], len(index.text)], strict=False
    ):
        inner = cell = index.elements[max(index.owners[first], 0)]
        for above in upwards(cell):
            _, _, begins, ends = index.span(above)
            if begins <= before or ends > behind:
                break
            cell = above
        spots[name] = _Spot(first, last, inner, cell)
    return spots


# What is on both sides of a text --------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """An element beside the text of a comment."""

    element: Element
    line: str
    is_inside: bool  # in the cell of the comment


class _Sides:
    """The elements before and behind the text of each comment."""

    def __init__(self, index: TextIndex, spots: Sequence[_Spot]) -> None:
        self.index, self.spots = index, spots
        shared = set.intersection(*(set(upwards(each.cell)) for each in (spots[0], spots[-1])))
        around = next((each for each in upwards(spots[0].cell) if each in shared), index.elements[0])
        _, _, first, last = index.span(around)
        ends = [first, *(each.last for each in spots)], [*(each.first for each in spots[1:]), last]
        self.ranges = [
            ((before, spot.first), (spot.last, behind))
            for before, spot, behind in zip(ends[0], spots, ends[1], strict=False)
        ]
        self.parts = [
            tuple(map(self._parts, sides, (spot, spot))) for sides, spot in zip(self.ranges, spots, strict=True)
        ]

    def _parts(self, side: tuple[int, int], spot: _Spot) -> list[_Part]:
        index, (start, stop) = self.index, side
        _, _, begins, ends = index.span(spot.cell)
        found = []
        for position in range(bisect_left(index.firsts, start), bisect_left(index.firsts, stop)):
            element, first, last = index.elements[position], index.firsts[position], index.lasts[position]
            if last <= stop and 0 < last - first <= PartsConstants.longest_line and element not in index.unseen:
                line = index.line_of(element)
                if line:
                    found.append(_Part(element, line, begins <= first and last <= ends))
        return found


def _key(element: Element) -> str:
    """Return the make of an element and of the one around it; of one in a list of definitions, with its label."""
    above, label = element.getparent(), ""
    held = above if above is not None and above.tag == "dd" else element
    if held.tag == "dd" and (before := held.getprevious()) is not None and before.tag == "dt":
        label = "".join(map(str, before.itertext())).strip()
    return f"{make_of(above) if above is not None else ''} > {make_of(element)} {label}"


# Names ----------------------------------------------------------------------------------------------------------------


def _names(sides: _Sides, comments: Sequence[Comment], method: Method) -> dict[str, str]:
    """Return the names of commenters, as an element at the same place of nearly each comment has them.

    Answers may have another make than other comments, so those of one make that still lack a name are compared again.
    """
    groups = defaultdict[str, list[int]](list)
    for number, spot in enumerate(sides.spots):
        groups[make_of(spot.cell)].append(number)
    current = {i: each.author for i, each in enumerate(comments) if each.author}
    found = _names_of(sides, range(len(comments)), current, method)
    for group in groups.values():
        if 1 < len(group) < len(comments) and not (found.keys() | current.keys()).issuperset(group):
            found |= _names_of(sides, group, {i: current[i] for i in group if i in current}, method)
    return {comments[i].comment_id: name for i, name in found.items()}


def _names_of(sides: _Sides, group: Sequence[int], current: Mapping[int, str], method: Method) -> dict[int, str]:
    """Return the names of some comments; only those that are better than the ones that were read before."""
    places = defaultdict[tuple[int, str], dict[int, _Part]](dict)
    for number in group:
        for side, parts in enumerate(sides.parts[number]):
            for part in parts if side else reversed(parts):  # the nearest
                places[side, _key(part.element)].setdefault(number, part)
    fewest = MOST * len(group)
    rated = [*_rated_places(sides, group, current, places)]
    most, best = max(rated, key=itemgetter(0), default=(0.0, dict[int, str]()))
    if narrower := [(_begin(best, names), rating, names) for rating, names in rated if _are_parts(names, best)]:
        _, most, best = max(narrower, key=itemgetter(0, 1))
    if most < LEAST_NAME:
        return {}
    own = max((rating for rating, names in rated if _are_same(names, current)), default=UNKNOWN)
    inside = sum(name in current[i] and name != current[i] for i, name in best.items() if i in current)
    moved = sum(name in current.get(i + 1, "") for i, name in best.items())  # they are those of the text above
    is_better = len(current) < fewest or 2 * max(inside, moved) > len(current) or len({*current.values()}) == 1
    if is_better or (method is not Method.MARKUP and most > own + MARGIN):
        return best
    return {i: name for i, name in best.items() if i not in current}


def _rated_places(
    sides: _Sides,
    group: Sequence[int],
    current: Mapping[int, str],
    places: Mapping[tuple[int, str], Mapping[int, _Part]],
) -> Iterator[tuple[float, dict[int, str]]]:
    """Yield the rating and the names of each place at which nearly all comments of a group have some."""
    fewest = MOST * len(group)
    for (side, _), parts in places.items():
        names = {i: name for i, part in parts.items() if (name := _name_of(part.line))} if len(parts) >= fewest else {}
        is_sure = len(group) == len(sides.spots) or sum(parts[i].is_inside for i in names) >= fewest
        is_one = len(set(map(mask_numbers, names.values()))) == 1
        is_one = is_one and sum(name in current.get(i, "") for i, name in names.items()) < fewest
        if len(names) >= fewest and is_sure and not is_one:
            rating = _rate(sides, side, [parts[i] for i in names], [*names.values()])
            yield rating - 1.5 * (group[-side] not in names), names  # else it is rather on the other side


def _are_parts(names: Mapping[int, str], best: Mapping[int, str]) -> bool:
    """Return whether names are parts of most others: "Ann" of "Ann of The Times", or of "6 Ann"."""
    inner = [i for i, name in names.items() if name in best.get(i, "") and name != best[i]]
    return 2 * len(inner) > len(best) and best.keys() <= names.keys()


def _begin(best: Mapping[int, str], names: Mapping[int, str]) -> int:
    """Return 2 for names that begin the others, 1 for those that have numbers before them."""
    rests = [best[i].partition(name)[::2] for i, name in names.items() if i in best]
    return 2 if not any(before for before, _ in rests) else int(not any(map(letter_words, chain.from_iterable(rests))))


def _are_same(names: Mapping[int, str], current: Mapping[int, str]) -> bool:
    """Return whether most of the names that were read before are those of a place."""
    rests = [names[i].replace(name, "", 1) for i, name in current.items() if name in names.get(i, "")]
    return 2 * sum(not rest or not _DAYS.issuperset(letter_words(rest)) for rest in rests) > len(current)


def _name_of(line: str) -> str | None:
    """Return the name that a short line is; None where it is something else."""
    name = name_in(line) if has_digit(line) or opens_with_credit(line) else line.strip(_EDGES)
    if not name or not name_like(name, 6) or line_key(name) in _NO_NAMES or not any(map(str.isalpha, name)):
        return None
    if is_day(name) or is_only_date(name) or (has_digit(name) and _polarity(letter_words(name))):
        return None
    return name


def _rate(sides: _Sides, side: int, parts: Sequence[_Part], names: Sequence[str]) -> float:
    """Rate a place of names: by classes, links to users, what is written before them, and how different they are."""
    index, element = sides.index, parts[len(parts) // 2].element
    above = element.getparent()
    own, around = words_of(element), words_of(above) if above is not None else ""
    is_author = has_words(_AUTHOR, own)
    different = len(set(map(mask_numbers, names))) / len(names)
    if different < FEW and not is_author:
        return 0.0
    label = _key(element).rpartition(" > ")[2].partition(" ")[2].casefold()
    first = index.span(element)[2]
    before = " ".join(f" {index.text[max(first - 30, 0) : first]}".lower().split(" ")).rstrip()
    links = [each for each in (element, above, *element) if each is not None and each.tag == "a"]
    rating = 3 * is_author + 1.5 * has_words(_AUTHOR, around) - 3 * has_words(_NO_AUTHOR, own)
    rating += 4 * (bool(label) and has_words(_AUTHOR, label)) - 4 * (bool(label) and not has_words(_AUTHOR, label))
    rating += 1.5 * any(_USER.search(each.get("href", "")) for each in links) + (element.tag in _BOLD)
    rating += 1.5 * (before.endswith(_CREDITED) or opens_with_credit(parts[0].line))
    rating += sum(part.is_inside for part in parts) / len(parts) + 0.5 * any(
        map(find_date, (each.line for each in parts[:1]))
    )
    words = sum(len(name.split()) for name in names) / len(names)
    return rating + different - 2 * (words > 4) - 0.2 * side


# Votes ----------------------------------------------------------------------------------------------------------------


def _polarity(words: Sequence[str]) -> int:
    """Return which votes some words are of: likes 1, dislikes 2, both together 3; 0: none."""
    if not _DISLIKES.isdisjoint(words):
        return 2
    return 1 if not _LIKES.isdisjoint(words) else 3 if not _SCORES.isdisjoint(words) else 0


class _Count(NamedTuple):
    """A number beside a text."""

    value: int
    place: int
    words: tuple[list[str], list[str]]  # before and behind it, up to the next number
    element: Element


def _votes(sides: _Sides, comments: Sequence[Comment]) -> dict[str, int]:
    """Return the likes of comments, or what likes and dislikes give together."""
    found = defaultdict[tuple[int, int], dict[int, int]](dict)  # by kind and side: the first number of each comment
    for i, both in enumerate(sides.ranges):
        for side, limits in enumerate(both):
            counts = _counts(sides.index, *limits)
            places = [each.place for each in counts]
            for each in counts[:: 1 if side else -1]:  # the nearest
                if kind := _kind(sides.index, each, places):
                    found[kind, side].setdefault(i, each.value)
    fewest = max(LEAST_VOTES * len(comments), 2)
    likes, dislikes, scores = (max(found[kind, 0], found[kind, 1], key=len) for kind in (1, 2, 3))
    votes = likes if len(likes) >= fewest else scores if len({*scores.values()}) > 1 else {}  # else of writers
    is_sure = votes is likes and len(dislikes) >= fewest
    return {
        each.comment_id: votes[i]
        for i, each in enumerate(comments)
        if i in votes and len(votes) >= fewest and (is_sure or each.votes is None)
    }


def _counts(index: TextIndex, start: int, stop: int) -> list[_Count]:
    """Return the numbers in a part of the text, with the words around them."""
    edges = [start, *(np.flatnonzero(np.diff(index.owners[start:stop])) + start + 1).tolist(), stop]
    numbers = [number for edge in pairwise(edges) for number in _NUMBER.finditer(index.text, *edge)]
    ends = [start, *(each.end() for each in numbers)], [*(each.start() for each in numbers[1:]), stop]
    found = []
    for number, before, behind in zip(numbers, ends[0], ends[1], strict=False):
        digits = re.sub(r"\D", "", number[0])
        if len(digits) > 6 or number.string[number.start() - 1 : number.start()].isalpha():
            continue
        value = int(digits) * (1000 if number[0][-1] in "kK" else 1) * (-1 if number[0][0] in "-−–" else 1)
        words = (
            letter_words(index.text[before : number.start()])[-3:],
            letter_words(index.text[number.end() : behind])[:4],
        )
        owner = index.elements[max(index.owners[number.end() - 1], 0)]
        found.append(_Count(value, number.end() - 1, words, owner))
    return found


def _kind(index: TextIndex, count: _Count, places: Sequence[int]) -> int:
    """Return which votes a number is, by classes and titles of the elements that hold it alone, else by its words."""
    kinds = list[int]()
    for above in islice(upwards(count.element), 4):
        _, _, first, last = index.span(above)
        if bisect_left(places, last) - bisect_left(places, first) > 1 or last - first > LONGEST_STAMP:
            break
        given = (str(each.get(name, "")) for each in (above, *above) for name in ("title", "alt", "aria-label"))
        kinds.append(_polarity([*words_of(above).split(), *letter_words(" ".join(given))]))
    told = next((kind for kind in kinds if kind in (1, 2)), 0) or _said(index, count)
    return told or max(kinds, default=0)


def _said(index: TextIndex, count: _Count) -> int:
    before, behind = count.words
    kinds = _polarity(before[-2:]), _polarity(behind)
    is_label = index.text[: count.place].rstrip(" 0123456789+-−–.,kK")[-1:] in (":", "(", "：")
    return (kinds[0] or kinds[1]) if is_label else (kinds[1] or kinds[0])


# Parents --------------------------------------------------------------------------------------------------------------


def _parents(
    index: TextIndex, comments: Sequence[Comment], spots: Sequence[_Spot], beside: Sequence[Sequence[_Part]]
) -> dict[str, str]:
    """Return which comments others answer, as levels in their markup say, else as they are nested."""
    names, addressed, latest = [each.comment_id for each in comments], dict[str, str](), dict[str, str]()
    for comment, said in zip(comments, beside, strict=True):
        lines = (each.line.casefold() for each in said if 3 < len(each.line) <= LONGEST_STAMP)
        told = (rest for line in lines if (rest := strip_prefix(line, IN_REPLY_TO)))
        answered = next((name.strip(_EDGES) for name in told if name.strip(_EDGES) in latest), None)
        if answered := answered or addressed_in(comment.text, latest):
            addressed[comment.comment_id] = latest[answered]
        latest[(comment.author or "").casefold()] = comment.comment_id
    levels = _levels(spots)
    found = _nested(index, spots) if levels is None else parents_by_depth(dict(enumerate(levels)))
    for reply, parent in found.items():
        gap = index.text[spots[reply - 1].last : spots[reply].first].split("\v")
        is_orphan = parent == reply - 1 and any(is_deleted(" ".join(line.split())) for line in gap if line.strip())
        addressed |= {} if is_orphan else {names[reply]: names[parent]}
    return addressed


def _levels(spots: Sequence[_Spot]) -> list[int] | None:
    """Return the level of each comment by a number in its markup, or by rows named after replies, if any tells it."""
    told = list[dict[str, int]]()
    for spot in spots:
        around = *islice(upwards(spot.inner), LEVELS), *islice(spot.cell.iterdescendants("*"), LEVELS)
        told.append({name: level for each in reversed(around) for name, level in _levels_of(each)})
    for name in dict.fromkeys(chain.from_iterable(told)):
        levels = [own.get(name, 0 if name == "style" else -1) for own in told]
        if min(levels) >= 0 and _are_levels(name, levels):
            return levels
    makes = [(make_of(spot.cell), has_words(_REPLIES, words_of(spot.cell))) for spot in spots]
    are_siblings = len({spot.cell.getparent() for spot in spots}) == 1
    return (
        [int(is_reply) for _, is_reply in makes] if are_siblings and len(set(makes)) > 1 and not makes[0][1] else None
    )


def _levels_of(element: Element) -> Iterator[tuple[str, int]]:
    """Yield the numbers in classes, attributes and the indent of an element, each with what names it."""
    for name in element.get("class", "").split():
        if name not in _STRIPES and (found := _LEVEL.match(name)):
            yield found[1], int(found[2])
    for attribute in MARKUP["attributes.depths"]:
        if (value := element.get(attribute, "")).isdecimal():
            yield attribute, int(value[:4])
    if indent := PartsConstants.indent.search(element.get("style", "")[: PartsConstants.longest_style]):
        yield "style", int(indent[1])


def _are_levels(name: str, levels: Sequence[int]) -> bool:
    """Return whether some numbers are levels: the first is the least, and one is at most a level below that before."""
    if len(set(levels)) < 2 or levels[0] != min(levels):
        return False
    if name == "style" or name in MARKUP["attributes.depths"]:
        return True
    steps = [behind - before for before, behind in pairwise(levels)]
    is_known = not _LEVEL_WORDS.isdisjoint(letter_words(name))
    return max(steps) == 1 and (is_known or (max(levels) - levels[0] > 1 and min(steps) < 0))


def _nested(index: TextIndex, spots: Sequence[_Spot]) -> dict[int, int]:
    """Return which comments answer which: those in a box that follows one which is less deep, and looks like it."""
    cells, holders = {spot.cell: number for number, spot in enumerate(spots)}, dict[Element, list[Element]]()
    depths = dict[Element, int]()  # of the text in each element that is least deep
    for spot in spots:
        depth, child = sum(1 for _ in upwards(spot.inner)), spot.cell
        depths[child] = depth
        for above in child.iterancestors():
            inside = holders.setdefault(above, [])
            inside += [child] if child not in inside[-1:] else []
            depths[above], child = min(depth, depths.get(above, depth)), above
    makes = Counter(make_of(child) for inside in holders.values() for child in inside)
    parents, is_named = dict[int, int](), False
    waiting: list[tuple[Element, int | None]] = [(index.elements[0], None)]
    while waiting:
        box, answered = waiting.pop()
        before: Element | None = None
        for child in holders[box]:
            parent = answered
            if before is not None and depths[child] > depths[before] and make_of(child) != make_of(before):
                named = has_words(_REPLIES, words_of(child))
                is_item = child is not holders[box][-1] or makes[make_of(child)] > 1  # rather than a page of a list
                if named or (is_item and any(_are_alike(each, before) for each in child.iter("*"))):
                    parent, is_named = cells[before], is_named or named
            if child not in cells:
                waiting.append((child, parent))
            elif parent is not None:
                parents[cells[child]] = parent
            if parent is answered:
                before = child if child in cells else None
    return parents if len(parents) + 1 < len(spots) or is_named else {}


def _are_alike(one: Element, other: Element) -> bool:
    """Return whether two elements have one tag, and share a class, or have none."""
    classes = [set(each.get("class", "").split()) for each in (one, other)]
    return one.tag == other.tag and (bool(set.intersection(*classes)) or not any(classes))
