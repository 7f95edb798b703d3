"""Cut the page's own words off the names of its commenters.

A page writes the same words around its names: "Comment by Ann", "Bo · 3 posts", "3楼imba", "Cy from Hull". So a name is
cut by comparing it with the others of its page, in any language. A small network rates each place between two parts
of a name as its start and as its end. ``research/training/train_names.py`` trains it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, chain, combinations, islice, pairwise

import numpy as np

from stance.datamodels import Comment, Comments, Span
from stance.parsing.lines import mask_numbers, strip_prefix
from stance.parsing.name_cleaning import clean_name
from stance.parsing.name_places import gaps_of, parts_of
from stance.parsing.phrases import STAMP_JOINTS, phrase_set, phrases
from stance.resources import DATA, shipped_arrays

NAMES = DATA / "blocks" / "names.npz"

MOST_NAMES, MOST_PARTS = 2000, 24
"""Maximum number of names of a page that are compared, and of parts of a name that is cut."""

FEWEST = 2
"""Minimum number of comments where a part is cut off, also half of those that have it, for it to be the page's word."""

STAMPS = STAMP_JOINTS | phrase_set("date.labels")
"""Words beside dates, which most authors of a page are never called."""


def plain_names(names: Iterable[str], doubt: float = 0.0) -> dict[str, str]:
    """Cut the words of a page off its names.

    :param names: The names of all comments of a page, in any order and number.
    :param doubt: Minimum advantage of a shorter name over the whole one, in log odds.
    :return: The shorter name for each name that had such words; an empty one where nothing of it is a name.
    """
    counts = islice(Counter(names).items(), MOST_NAMES)
    different = Counter({name: count for name, count in counts if 0 < len(parts_of(name)) <= MOST_PARTS})
    stamps = [name for name in different if name.casefold() in STAMPS or name.isdecimal()]
    if 2 * sum(different[name] for name in stamps) > max(different.total(), 5):
        return dict.fromkeys(stamps, "")
    credited = phrases("comment.credited")
    if len(different) <= 2:
        credited = tuple(word for word in credited if word != "von")  # it may begin a name
    bare = [shorter for name in different if (shorter := strip_prefix(name, credited))]
    if bare and len(bare) == len(different):  # of few names, the network cuts off no such words
        cut = [clean_name(shorter) for shorter in bare]
        plainer = plain_names(cut, doubt)
        return {full: plainer.get(name, name) for full, name in zip(different, cut, strict=True)}
    letters = "".join("".join(different).split())
    if len(different) < 2 or (len(different) == 2 and letters.isalpha()):
        return {}  # two names of words alone show no pattern
    plain = _shorter_names(different, doubt)
    rests = {name: name.replace(shorter, " ", 1) for name, shorter in plain.items()}
    off = {name: {part.mask for part in parts_of(rest)} for name, rest in rests.items()}
    often = Counter(chain.from_iterable(off.values()))  # names where a part is cut off
    for name, masks in off.items():  # "Ruby Tuesday" and "tom@" are as they are
        if plain[name] and all(often[word] < 2 and (word in STAMPS or not word.isalnum()) for word in masks):
            del plain[name]
    one, *more = dict.fromkeys(plain.get(name, name) for name in different)
    is_one = one and not more and len(set(map(mask_numbers, different))) == 1
    return {} if is_one and all(name.startswith(one) for name in different) else plain  # "Reader 1", "Reader 2"


def _shorter_names(names: Counter[str], doubt: float) -> dict[str, str]:
    """Return names without the parts that the network cuts off, those of which some are."""
    spans = _spans(names, doubt)
    masks = {name: [part.mask for part in parts_of(name)] for name in names}
    others, times = Counter[str](), Counter[str]()  # comments where a part is cut off, and all with it
    for (name, row), (start, end) in zip(masks.items(), spans, strict=True):
        cut = (*row[:start], *row[end:])
        times.update(dict.fromkeys(row, names[name]))
        others.update(dict.fromkeys(cut, names[name]))
    plain = {}
    for (name, row), (start, end) in zip(masks.items(), spans, strict=True):
        parts = parts_of(name)
        is_none = all(2 * others[mask] >= max(times[mask], 2 * FEWEST) for mask in row)
        shorter = "" if is_none else clean_name(name[parts[start].start : parts[end - 1].end])
        if shorter != name:
            plain[name] = shorter
    return plain


def _spans(names: Counter[str], doubt: float) -> list[Span]:
    """Return the first part of each plain name, and the part behind its last."""
    (numbers, sizes), net = gaps_of(names), shipped_arrays(NAMES)
    inner = np.maximum(numbers @ net["inp.weight"].T + net["inp.bias"], 0)
    rates, ends = inner @ net["out.weight"].T + net["out.bias"], [*accumulate(sizes, initial=0)]
    rates[ends[:-1], 0] += doubt / 2
    rates[[end - 1 for end in ends[1:]], 1] += doubt / 2
    starts_of, ends_of = rates.T.tolist()
    spans = [best_of(starts_of[start:end], ends_of[start:end]) for start, end in pairwise(ends)]
    masks = [[part.mask for part in parts_of(name)] for name in names]
    return _at_one_sign(masks, spans)


def _at_one_sign(masks: list[list[str]], spans: list[Span]) -> list[Span]:
    """Return the spans of names, where all end at their first comma if most do: "Ann, Leeds, England"."""
    rows = [(row.index(",") if "," in row else 0, *span) for row, span in zip(masks, spans, strict=True)]
    cut = sum(comma == end for comma, _, end in rows)
    if cut < FEWEST or 4 * cut < 3 * len(masks):
        return spans
    return [(min(start, comma - 1), comma) if comma else (start, end) for comma, start, end in rows]


def clean_names(comments: Comments) -> tuple[Comment, ...]:
    """Cut the words of the page off the names of commenters: "349 fans", "Comment by"."""
    # Minimum advantage of a shorter name on an HTML page, in log odds: most names are in elements of their own.
    cut = plain_names((comment.author for comment in comments if comment.author), 2.0)
    return tuple(replace(post, author=cut[post.author] or None) if post.author in cut else post for post in comments)


def best_of(starts: Sequence[float], ends: Sequence[float]) -> Span:
    """Return the likeliest start of a name, and the likeliest end behind it, by their log odds at each place."""
    spans = combinations(range(len(starts)), 2)
    return max(spans, key=lambda span: starts[span[0]] + ends[span[1]])


def whole_names(_: Iterable[str]) -> dict[str, str]:
    """Cut nothing off names: those of an HTML page are cut once its comments are chosen."""
    return {}
