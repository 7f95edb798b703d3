"""Find the names of commenters at the same place around their texts."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter

from stance.datamodels import Comments
from stance.parsing.dates import find_date, has_digit
from stance.parsing.html.lines import make_of
from stance.parsing.html.markup_words import has_words, words_of
from stance.parsing.html.sides import EDGE_SIGNS, MOST, SidePart, Sides, place_key
from stance.parsing.html.stamps import is_only_date, name_in, opens_with_credit
from stance.parsing.lines import letter_words, line_key, mask_numbers, name_like
from stance.parsing.phrases import phrases, words_of_phrases
from stance.parsing.thread import Method
from stance.parsing.votes import polarity
from stance.resources import remembered

FEW = 0.1
"""Least share of different names without a class of names."""

UNKNOWN, MARGIN = 2.0, 0.5
"""Rating of names that were read otherwise; how much more a place must have to replace them."""

LEAST_NAME = 1.5
"""Minimum rating of a place of names."""

_AUTHOR, _NO_AUTHOR = phrases("markup.author"), phrases("markup.no_author")

_USER = re.compile(r"user|profil|member|author|people|account|commenter|/u/|usuario|nutzer|benutzer", re.IGNORECASE)

_NO_NAMES = frozenset(phrases("comment.actions", "comment.own_actions", "comment.roles", "comment.says", "date.joints"))

_DAYS = words_of_phrases("date.weekdays", "date.months")  # may be parts of names

_CREDITED = tuple(f" {each}" for each in phrases("comment.credited"))

_BOLD = frozenset(("b", "strong", "cite", "h3", "h4", "h5", "h6", "a"))


def names_around(sides: Sides, comments: Comments, method: Method) -> dict[str, str]:
    """Return the names of commenters, as an element at the same place of nearly each comment has them.

    Answers may have another make than other comments, so those of one make that still lack a name are compared again.
    """
    groups = defaultdict(list)
    for number, spot in enumerate(sides.spots):
        groups[make_of(spot.cell)].append(number)
    current = {i: post.author for i, post in enumerate(comments) if post.author}
    names = _names_of(sides, range(len(comments)), current, method)
    for group in groups.values():
        if 1 < len(group) < len(comments) and not (names.keys() | current.keys()).issuperset(group):
            names |= _names_of(sides, group, {i: current[i] for i in group if i in current}, method)
    return {comments[i].comment_id: name for i, name in names.items()}


def _names_of(sides: Sides, group: Sequence[int], current: Mapping[int, str], method: Method) -> dict[int, str]:
    """Return the names of some comments; only those that are better than the ones that were read before."""
    parts_at = defaultdict[tuple[int, str], dict[int, SidePart]](dict)
    for number in group:
        for side, parts in enumerate(sides.parts[number]):
            for part in parts if side else reversed(parts):  # the nearest
                parts_at[side, place_key(part.element)].setdefault(number, part)
    fewest = MOST * len(group)
    rated = [*_rated_places(sides, group, current, parts_at)]
    most, best = max(rated, key=itemgetter(0), default=(0.0, dict[int, str]()))
    if narrower := [(_begin(best, names), rating, names) for rating, names in rated if _are_parts(names, best)]:
        _, most, best = max(narrower, key=itemgetter(0, 1))
    if most < LEAST_NAME:
        return {}
    usual = max((rating for rating, names in rated if _are_same(names, current)), default=UNKNOWN)
    inside = sum(name in current[i] and name != current[i] for i, name in best.items() if i in current)
    moved = sum(name in current.get(i + 1, "") for i, name in best.items())  # they are those of the text above
    is_better = len(current) < fewest or 2 * max(inside, moved) > len(current) or len({*current.values()}) == 1
    if is_better or (method is not Method.MARKUP and most > usual + MARGIN):
        return best
    return {i: name for i, name in best.items() if i not in current}


def _rated_places(
    sides: Sides,
    group: Sequence[int],
    current: Mapping[int, str],
    parts_at: Mapping[tuple[int, str], Mapping[int, SidePart]],
) -> Iterator[tuple[float, dict[int, str]]]:
    """Yield the rating and the names of each place at which nearly all comments of a group have some."""
    fewest = MOST * len(group)
    for number, ((side, _), parts) in enumerate(parts_at.items()):
        names = {i: name for i, part in parts.items() if (name := _name_of(part.line))} if len(parts) >= fewest else {}
        is_sure = len(group) == len(sides.spots) or sum(parts[i].is_inside for i in names) >= fewest
        is_one = len(set(map(mask_numbers, names.values()))) == 1
        is_one = is_one and sum(name in current.get(i, "") for i, name in names.items()) < fewest
        if len(names) >= fewest and is_sure and not is_one:
            rating = _rate(sides, side, [parts[i] for i in names], [*names.values()])
            rating -= 1.5 * (group[-side] not in names)  # it is rather on the other side
            first = -number if side else number  # of two alike, such as a name and a town, the name comes first
            yield rating + first / 1000, names


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
    return 2 * sum(not text or not _DAYS.issuperset(letter_words(text)) for text in rests) > len(current)


@remembered  # of nested elements, too
def _name_of(line: str) -> str | None:
    """Return the name that a short line is; None where it is something else."""
    name = name_in(line) if has_digit(line) or opens_with_credit(line) else line.strip(EDGE_SIGNS)
    if not name or not name_like(name, 6) or line_key(name) in _NO_NAMES or not any(map(str.isalpha, name)):
        return None
    if is_only_date(name) or (has_digit(name) and polarity(letter_words(name))):
        return None
    return name


def _rate(sides: Sides, side: int, parts: Sequence[SidePart], names: Sequence[str]) -> float:
    """Rate a place of names: by classes, links to users, what is written before them, and how different they are."""
    index, element = sides.index, parts[len(parts) // 2].element
    above = element.getparent()
    inner, around = words_of(element), words_of(above) if above is not None else ""
    is_author = has_words(_AUTHOR, inner)
    different = len(set(map(mask_numbers, names))) / len(names)
    if different < FEW and not is_author:
        return 0.0
    label = place_key(element).rpartition(" > ")[2].partition(" ")[2].casefold()
    first = index.span(element)[2]
    before = " ".join(f" {index.text[max(first - 30, 0) : first]}".lower().split(" ")).rstrip()
    links = [node for node in (element, above, *element) if node is not None and node.tag == "a"]
    rating = 3 * is_author + 1.5 * has_words(_AUTHOR, around) - 3 * has_words(_NO_AUTHOR, inner)
    rating += 4 * (bool(label) and has_words(_AUTHOR, label)) - 4 * (bool(label) and not has_words(_AUTHOR, label))
    rating += 1.5 * any(_USER.search(node.get("href", "")) for node in links) + (element.tag in _BOLD)
    rating += 1.5 * (before.endswith(_CREDITED) or opens_with_credit(parts[0].line))
    rating += sum(part.is_inside for part in parts) / len(parts) + 0.5 * bool(find_date(parts[0].line))
    words = sum(len(name.split()) for name in names) / len(names)
    return rating + different - 2 * (words > 4) - 0.2 * side
