"""Names of commenters as people write them: without the words of the page around them, and who answers whom.

A page writes the same words around its names: "Comment by Ann", "Bo · 3 posts", "3楼imba", "Cy from Hull". So a name is
cut by comparing it with the others of its page, in any language. A small network rates each place between two parts
of a name as its start and as its end. ``research/training/train_names.py`` trains it.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate, combinations, islice, pairwise
from math import log1p
from operator import eq, mul
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from stance.datamodels import Comment
from stance.parsing.languages import BADGES, STAMP_JOINTS
from stance.parsing.line_parts import ROLES, Entry, clean_name
from stance.parsing.lines import mask_numbers
from stance.resources import DATA, shipped_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MODEL = DATA / "blocks" / "names.npz"

MOST_NAMES, MOST_PARTS = 2000, 24
"""Maximum number of names of a page that are compared, and of parts of a name that is cut."""

OF_ELEMENTS = 2.0
"""Minimum advantage of a shorter name on an HTML page, in log odds: most names are in elements of their own."""

FEWEST = 2
"""Minimum number of comments where a part is cut off, also half of those that have it, for it to be the page's word."""

_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # scripts without blanks: each sign is a part
_OTHER = "\u0300-\u1fff"  # other scripts than Latin, with their accents
_PART = re.compile(
    rf"\d+(?:[.,:]\d+)*|[{_WIDE}]|(?:[{_OTHER}](?!(?<=[а-яё])[А-ЯЁ]))*[{_OTHER}]"
    rf"|(?:[^\W\d_{_OTHER}{_WIDE}](?!(?<=[a-zà-ÿ])[A-ZÀ-Þ]))*[^\W\d_{_OTHER}{_WIDE}]|\S"
)
_SIGNS = ("@", "#", ",;", ".", ":", "-–—", "|·•/", "([{（【«", ")]}）】»", "_", "'’")


class NamePart(NamedTuple):
    """A part of a name: a word, a number or a sign."""

    start: int
    end: int
    mask: str  # without case, and without its number
    kind: int


@lru_cache(maxsize=4096)
def parts_of(name: str) -> tuple[NamePart, ...]:
    """Split a name into its parts; also where "AnnMonday" or "Ann80d" has no blank."""
    return tuple(
        NamePart(*found.span(), "#" if found[0][0].isdigit() else found[0].casefold(), _kind(found[0]))
        for found in _PART.finditer(name)
    )


KINDS, LOWER = 7 + len(_SIGNS), 3
"""Number of kinds of parts, and the kind of a word in lower case."""

_KIND = np.eye(KINDS)


def _kind(part: str) -> int:
    """Return the kind of a part: a number, a word by its case, or a kind of sign; 0 is an end of the name."""
    if part[0].isdigit():
        return 1
    if part[0].isalpha():
        return 2 if part[0] > "\u2e7f" else LOWER if part.islower() else 4 if part.isupper() and len(part) > 1 else 5
    return next((7 + i for i, signs in enumerate(_SIGNS) if part in signs), 6)


# Places between parts ------------------------------------------------------------------------------------------------


KNOWN = BADGES | STAMP_JOINTS | ROLES
"""Words that pages write beside names."""


def gaps_of(names: Counter[str]) -> tuple["Floats", list[int]]:
    """Return numbers of each place between two parts of the names of a page, and at their ends.

    :param names: The number of comments of each name; names have at least a part each, and there are two or more.
    :return: A row for each place, those of one name in their order; the number of places of each name.
    """
    parts = [parts_of(name) for name in names]
    masks = [tuple(part.mask for part in own) for own in parts]
    keys = [_keys(*pair) for pair in zip(names, parts, strict=True)]
    times = Counter(key for own in keys for key in {key for place in own for key in place if key})
    following, leading = dict[str, set[str]](), dict[str, set[str]]()
    for said in masks:
        for one, other in pairwise(("", *said, "\0")):
            following.setdefault(one, set()).add(other)
            leading.setdefault(other, set()).add(one)
    wholes, n, total = Counter[tuple[str, ...]](), len(names), names.total()  # comments by what is said on them
    for said, count in zip(masks, names.values(), strict=True):
        wholes[said] += count
    firsts, lasts = Counter(said[0] for said in masks), Counter(said[-1] for said in masks)
    shares = [
        np.array([[(times[key] - 1) / (n - 1) if key else 0.0 for key in place] for place in own], dtype=np.float32)
        for own in keys
    ]
    page = (
        *(float(np.mean([own[at, key] for own in shares])) for key, at in ((4, 1), (5, -2), (8, 1), (9, -2))),
        *(sum(map(len, parts)) / n / 10, sum(len(own) == 1 for own in parts) / n, log1p(n) / 5, 2 / n),
        *(log1p(total / n) / 3, max(wholes.values()) / total),
    )
    rows = list[list[float]]()
    for name, own, said, shared in zip(names, parts, masks, shares, strict=True):
        means, most, size = shared[:, 4:6].mean(0), shared[:, 4:6].max(0), len(own)
        for i, rates in enumerate(shared):
            one, other = said[i - 1] if i else "", said[i] if i < size else "\0"
            ends = own[i - 1].end if i else 0, own[i].start if i < size else len(name)
            numbers = [*rates, *rates[4:6] - means, *rates[4:6] - most, *np.log1p(rates[[0, 2, 4, 5]] * (n - 1)) / 3]
            numbers += [len(following[one]) / n, len(leading[other]) / n, said[:i] in wholes, said[i:] in wholes]
            numbers += [*(wholes[each] / total for each in (said[:i], said[i:], said)), log1p(wholes[said]) / 4]
            numbers += [firsts[one] / n, lasts[one] / n, firsts[other] / n, lasts[other] / n]
            numbers += [one in KNOWN, other in KNOWN, i == 0, i == size, i / size, min(i, 8) / 8, min(size - i, 8) / 8]
            numbers += [size / 10, len(one) / 10, len(other) / 10, ends[0] < ends[1]]
            numbers += [name.count("(", 0, ends[0]) > name.count(")", 0, ends[0]), *page]
            rows.append([*numbers, *_KIND[own[i - 1].kind if i else 0], *_KIND[own[i].kind if i < size else 0]])
    return np.array(rows, dtype=np.float32), [len(own) + 1 for own in parts]


def _keys(name: str, parts: Sequence[NamePart]) -> list[tuple[Hashable, ...]]:
    """Return the keys of each place of a name, which other names may share; None where there is no part.

    All parts before it, and their kinds; all behind it, and their kinds; the part before it and behind it; two parts;
    the exact part before it and behind it.
    """
    masks, kinds = tuple(part.mask for part in parts), tuple(part.kind for part in parts)
    said = [name[part.start : part.end].casefold() for part in parts]
    n = len(parts)
    return [
        (
            *((("p", masks[:i]), ("f", kinds[:i])) if i else (None, None)),
            *((("s", masks[i:]), ("t", kinds[i:])) if i < n else (None, None)),
            *(("m", masks[i - 1]) if i else None, ("m", masks[i]) if i < n else None),
            *(("b", masks[i - 2 : i]) if i > 1 else None, ("b", masks[i : i + 2]) if i + 1 < n else None),
            *(("x", said[i - 1]) if i else None, ("x", said[i]) if i < n else None),
        )
        for i in range(n + 1)
    ]


def rate_places(numbers: "Floats") -> "Floats":
    """Return the log odds of places to be the start, and the end, of a name."""
    net = shipped_arrays(MODEL)
    return np.maximum(numbers @ net["inp.weight"].T + net["inp.bias"], 0) @ net["out.weight"].T + net["out.bias"]


def plain_names(names: Iterable[str], doubt: float = 0.0) -> dict[str, str]:
    """Cut the words of a page off its names.

    :param names: The names of all comments of a page, in any order and number.
    :param doubt: Minimum advantage of a shorter name over the whole one, in log odds.
    :return: The shorter name for each name that had such words; an empty one where nothing of it is a name.
    """
    counts = islice(Counter(names).items(), MOST_NAMES)
    different = Counter({name: count for name, count in counts if 0 < len(parts_of(name)) <= MOST_PARTS})
    if len(different) < 2 or (len(different) == 2 and "".join("".join(different).split()).isalpha()):
        return {}  # two names of words alone show no pattern
    read = list(zip(different, map(parts_of, different), _spans(different, doubt), strict=True))
    others, times = Counter[str](), Counter[str]()  # comments where a part is cut off, and all with it
    for name, parts, (start, end) in read:
        times.update(dict.fromkeys({part.mask for part in parts}, different[name]))
        others.update(dict.fromkeys({part.mask for part in (*parts[:start], *parts[end:])}, different[name]))
    plain = dict[str, str]()
    for name, parts, (start, end) in read:
        is_none = all(2 * others[part.mask] >= max(times[part.mask], 2 * FEWEST) for part in parts)
        if (shorter := "" if is_none else clean_name(name[parts[start].start : parts[end - 1].end])) != name:
            plain[name] = shorter
    one, *rest = dict.fromkeys(plain.get(name, name) for name in different)
    is_one = one and not rest and len(set(map(mask_numbers, different))) == 1
    return {} if is_one and all(name.startswith(one) for name in different) else plain  # "Reader 1", "Reader 2"


def _spans(names: Counter[str], doubt: float) -> list[tuple[int, int]]:
    """Return the first part of each plain name, and the part behind its last.

    Where one ends with the page's word, "Bo of", others end there, too: "Ann of Hull".
    """
    numbers, sizes = gaps_of(names)
    rates, ends = rate_places(numbers), [*accumulate(sizes, initial=0)]
    parts, likely = [*map(parts_of, names)], [best_of(rates[start:end])[1] for start, end in pairwise(ends)]
    pairs = zip(parts, likely, strict=True)
    joints = {own[-1].mask for own, end in pairs if end == len(own) - 1 and own[-1].kind == LOWER}
    rates[ends[:-1], 0] += doubt / 2
    rates[[end - 1 for end in ends[1:]], 1] += doubt / 2
    spans = _without_shared(parts, [best_of(rates[start:end]) for start, end in pairwise(ends)])
    return [
        (start, next((i for i in range(start + 1, end) if own[i].mask in joints), end))
        for own, (start, end) in zip(parts, spans, strict=True)
    ]


def _without_shared(names: Sequence[Sequence[NamePart]], spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans of names, where the parts that all names begin or end with are cut off all or off none."""
    masks = [[part.mask for part in own] for own in names]
    sides = masks, [said[::-1] for said in masks]
    lead, tail = (sum(accumulate(map(eq, min(side), max(side)), mul)) for side in sides)  # parts that all share
    lead *= any(start == lead for start, _ in spans)
    tail *= any(end == len(said) - tail for said, (_, end) in zip(masks, spans, strict=True))
    cut = [(max(start, lead), min(end, len(said) - tail)) for said, (start, end) in zip(masks, spans, strict=True)]
    return cut if all(start < end for start, end in cut) else spans


def clean_names(comments: Sequence[Comment]) -> tuple[Comment, ...]:
    """Cut the words of the page off the names of commenters: "349 fans", "Comment by"."""
    shorter = plain_names((comment.author for comment in comments if comment.author), OF_ELEMENTS)
    return tuple(replace(each, author=shorter.get(each.author or "", each.author) or None) for each in comments)


def best_of(rates: "Floats") -> tuple[int, int]:
    """Return the likeliest start of a name, and the likeliest end behind it."""
    tops = np.maximum.accumulate(rates[::-1, 1])[::-1]  # the best end from a place on
    start = int(np.argmax(rates[:-1, 0] + tops[1:]))
    return start, start + 1 + int(np.argmax(rates[start + 1 :, 1]))


# Who answers whom -----------------------------------------------------------------------------------------------------

# A parent is known by an arrow, by its name beside another, by "@Name" or by the indent.


FEWEST_JOINED, JOINT = 3, (2, 5)
"""Minimum number of names with the same words in them, and minimum and maximum number of such words."""


def whole_names(_: Iterable[str]) -> dict[str, str]:
    """Cut nothing off names: those of an HTML page are cut once its comments are chosen."""
    return {}


def with_names(
    entries: Sequence[Entry], shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names
) -> tuple[Entry, ...]:
    """Part the names of commenters from those that they answer, and cut the words of the page off both.

    Who is answered is parted first: the words between two names come back, too.

    :param shorten: Returns the shorter names by those that are cut.
    """
    entries = _by_joint(entries)
    shorter = shorten(entry.author for entry in entries if entry.author)

    def plain(name: str | None) -> str | None:
        return shorter.get(name or "", name) or None

    return tuple(
        _by_address([each._replace(author=plain(each.author), answered=plain(each.answered)) for each in entries])
    )


def parents(entries: Sequence[Entry]) -> list[int | None]:
    """Find the index of the entry that each one answers: by the name it says it answers, else by the indent."""
    found: list[int | None] = []
    latest: dict[str, int] = {}
    thread: list[tuple[int, int]] = []  # indent and index of the entries above that are still open
    for index, entry in enumerate(entries):
        while thread and thread[-1][0] >= entry.indent:
            thread.pop()
        by_indent = thread[-1][1] if thread else None
        found.append(latest.get(entry.answered, by_indent) if entry.answered else by_indent)
        thread.append((entry.indent, index))
        if entry.author:
            latest[entry.author] = index
    return found


def _by_joint(entries: Sequence[Entry]) -> Sequence[Entry]:
    """Part "Bo in reply to Ann", in any words that come back in names, most beside one who also has a name alone."""
    names = {entry.author for entry in entries if entry.author}
    split = [name.split()[: 2 * JOINT[1]] for name in names]
    cuts = [(words, *cut) for words in split for cut in combinations(range(1, len(words) + 1), 2)]
    joints = Counter(" ".join(words[a:b]) for words, a, b in cuts if JOINT[0] <= b - a <= JOINT[1])
    joint = f" {max(joints, key=lambda each: (joints[each], len(each), each), default='')} "
    pairs = {name: f"{name} ".split(joint, 1) for name in names if joint in f"{name} "}
    sure = sum(pair[0] in names or pair[1].strip() in names for pair in pairs.values())
    if len(pairs) < FEWEST_JOINED or 2 * sure <= len(pairs):
        return entries
    parted = [(entry, *pairs.get(entry.author or "", (entry.author, ""))) for entry in entries]
    return [own._replace(author=name, answered=own.answered or other.strip() or None) for own, name, other in parted]


def _by_address(entries: Sequence[Entry]) -> list[Entry]:
    """Read "@Ann Lee" at the start of a comment, where Ann Lee stands above."""
    earlier: dict[str, str] = {}
    read: list[Entry] = []
    for entry in entries:
        addressed = None if entry.answered else _addressed(entry.lines[0].text, earlier)
        read.append(entry._replace(answered=addressed) if addressed else entry)
        if entry.author:
            earlier[entry.author.casefold()] = entry.author
    return read


def _addressed(text: str, earlier: Mapping[str, str]) -> str | None:
    if not text.startswith("@"):
        return None
    # Maximum words of a name behind an "@".
    words = text[1:200].casefold().split()[:6]
    names = (" ".join(words[:n]).rstrip(",:;.!?") for n in range(len(words), 0, -1))
    return next((earlier[name] for name in names if name in earlier), None)
