"""Find which comments answer which, by levels in their markup, nested boxes and names."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import islice, pairwise

from stance.datamodels import Comments
from stance.parsing.answers import addressed_in, parents_by_depth
from stance.parsing.cleaning import is_deleted
from stance.parsing.html.lines import make_of
from stance.parsing.html.markup_words import has_words, words_of
from stance.parsing.html.parts import INDENT, LONGEST_STYLE
from stance.parsing.html.replies import IN_REPLY_TO
from stance.parsing.html.sides import EDGE_SIGNS, Sides, Spot
from stance.parsing.html.stamps import LONGEST_STAMP
from stance.parsing.html.text import Element, TextIndex, upwards
from stance.parsing.layouts import MARKUP
from stance.parsing.lines import letter_words, strip_prefix
from stance.parsing.phrases import phrases

LEVELS = 8
"""Maximum number of elements around a comment whose classes may tell its level."""

_REPLIES = phrases("markup.replies")

_LEVEL = re.compile(r"^(\D{0,30}?)[-_]?(\d{1,2})$")

_LEVEL_WORDS = frozenset(phrases("markup.levels"))

_TELLING = frozenset(("class", "style", *MARKUP["attributes.depths"]))
"""Attributes that may tell a level."""

_STRIPES = frozenset(MARKUP["classes.stripes"])


def parents_around(sides: Sides, comments: Comments) -> dict[str, str]:
    """Return which comments others answer, as levels in their markup say, else as they are nested."""
    index, spots = sides.index, sides.spots
    names, addressed, latest = [part.comment_id for part in comments], dict[str, str](), dict[str, str]()
    for number, comment in enumerate(comments):
        words = " ".join(index.text[slice(*sides.ranges[number][0])].casefold().split())
        parts = sides.before(number) if any(map(words.__contains__, IN_REPLY_TO)) else ()
        lines = (part.line.casefold() for part in parts if 3 < len(part.line) <= LONGEST_STAMP)
        told = (target for line in lines if (target := strip_prefix(line, IN_REPLY_TO)))
        answered = next((name.strip(EDGE_SIGNS) for name in told if name.strip(EDGE_SIGNS) in latest), None)
        if answered := answered or addressed_in(comment.text, latest):
            addressed[comment.comment_id] = latest[answered]
        latest[(comment.author or "").casefold()] = comment.comment_id
    levels = _levels(spots)
    answers = _nested(index, spots) if levels is None else parents_by_depth(dict(enumerate(levels)))
    for reply, parent in answers.items():
        gap = index.text[spots[reply - 1].last : spots[reply].first].split("\v")
        is_orphan = parent == reply - 1 and any(is_deleted(" ".join(line.split())) for line in gap if line.strip())
        addressed |= {} if is_orphan else {names[reply]: names[parent]}
    return addressed


def _levels(spots: Sequence[Spot]) -> list[int] | None:
    """Return the level of each comment by a number in its markup, or by rows named after replies, if any tells it."""
    told = []
    levels_of = cache(lambda node: _levels_of(tuple([item for item in node.items() if item[0] in _TELLING])))
    for spot in spots:
        around = [*islice(upwards(spot.inner), LEVELS), *islice(spot.cell.iterdescendants("*"), LEVELS)]
        told.append({name: level for node in reversed(around) for name, level in levels_of(node)})
    for name in {**told[0], "style": 0}:  # one that all have
        levels = [row.get(name, 0 if name == "style" else -1) for row in told]
        if min(levels) >= 0 and _are_levels(name, levels):
            return levels
    makes = [(make_of(row), has_words(_REPLIES, words_of(row))) for row in _rows(spots)]
    return [int(is_reply) for _, is_reply in makes] if len(set(makes)) > 1 and not makes[0][1] else None


def _rows(spots: Sequence[Spot]) -> list[Element]:
    """Return the siblings that hold one comment each; none if a box holds several."""
    chains = [[*upwards(spot.cell)][::-1] for spot in spots]  # from the root down
    shared = sum(1 for level in zip(*chains, strict=False) if len(set(level)) == 1)
    rows = [chain[shared] for chain in chains if shared < len(chain)]
    return rows if len(set(rows)) == len(spots) else []


@lru_cache(maxsize=1024)
def _levels_of(items: tuple[tuple[str, str], ...]) -> list[tuple[str, int]]:
    """Return the numbers in classes, attributes and the indent of an element, each with what names it."""
    values = dict(items)
    names = (name for name in values.get("class", "").split() if name not in _STRIPES)
    levels = [(match[1], int(match[2])) for match in map(_LEVEL.match, names) if match]
    depths = ((name, values.get(name, "")) for name in MARKUP["attributes.depths"])
    levels += [(name, int(value[:4])) for name, value in depths if value.isdecimal()]
    indent = INDENT.search(values.get("style", "")[:LONGEST_STYLE])
    return [*levels, *([("style", int(indent[1]))] if indent else [])]


def _are_levels(name: str, levels: Sequence[int]) -> bool:
    """Return whether some numbers are levels: the first is the least, and one is at most a level below that before."""
    if len(set(levels)) < 2 or levels[0] != min(levels):
        return False
    if name == "style" or name in MARKUP["attributes.depths"]:
        return True
    steps = [behind - before for before, behind in pairwise(levels)]
    is_known = not _LEVEL_WORDS.isdisjoint(letter_words(name))
    return max(steps) == 1 and is_known


def _nested(index: TextIndex, spots: Sequence[Spot]) -> dict[int, int]:
    """Return which comments answer which: those in a box that follows one which is less deep, and looks like it."""
    cells, holders = {spot.cell: number for number, spot in enumerate(spots)}, dict[Element, list[Element]]()
    depths = {}  # of the text in each element that is least deep
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
                is_list = has_words(_REPLIES, words_of(child))
                is_item = child is not holders[box][-1] or makes[make_of(child)] > 1  # rather than a page of a list
                if is_list or (is_item and any(_are_alike(node, before) for node in child.iter("*"))):
                    parent, is_named = cells[before], is_named or is_list
            if child not in cells:
                waiting.append((child, parent))
            elif parent is not None:
                parents[cells[child]] = parent
            if parent is answered:
                before = child if child in cells else None
    return parents if len(parents) + 1 < len(spots) or is_named else {}


def _are_alike(one: Element, other: Element) -> bool:
    """Return whether two elements have one tag, and share a class, or have none."""
    classes = [set(node.get("class", "").split()) for node in (one, other)]
    return one.tag == other.tag and (bool(set.intersection(*classes)) or not any(classes))
