"""Find comments that copy one another, and links that many accounts share at once.

Hashes of phrases (MinHash, Broder 1997) are put in bands, so that similar texts share keys (Leskovec, Rajaraman and
Ullman 2020, chapter 3). The keys are one array of 256 bytes per text. ``datasketch.MinHashLSH``, an index of Python
objects, takes about 20 kB per text: too much for a million comments.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from stance.comparison.results import holm
from stance.datamodels import STANCES
from stance.discourse.activity import SIDES, Cited, by_outlet, cited
from stance.discourse.posts import NO_TIME, Ints, Posts, Record, moment, phrases, plain_words

FEWEST_WORDS = 8
FEWEST_COMMENTS = 3
FEWEST_AUTHORS = 2

SIMILAR = 0.4
"""Jaccard similarity of the pairs of neighbouring words, from which on a text is a near duplicate. Of 95 million pairs
of different real comments, 64 reach it: copies, quotations and sayings."""

BANDS = 64
FEWEST_SHARED = 2
"""Bands that two texts share before they are compared."""

MOST_WITH_TWO_ROWS = 100_000
"""Texts above which a band has three hashes, not two, so that fewer pairs share one by chance."""

QUOTED = 0.8
"""Share of the common phrases that stand in the article or in the answered comment, from which on it is a quotation."""

MOST_GROUPS = 200
MOST_IDS = 200
MOST_EXAMPLES = 5

FEWEST_TIMED = 3
MOST_PAGES = 50
"""Pages in a test of time, those with most copies."""

BURST = 0.05

LINK_MINUTES = 30
FEWEST_SHARING = 3


@dataclass(frozen=True, slots=True)
class Copies:
    """Groups of comments with one text."""

    groups: list[Ints]  # places in order of time
    later: NDArray[np.bool_]  # per comment: a copy, and not the first of its group
    digests: Ints  # per comment: of its words; 0: too few


def copies_record(posts: Posts, *, seed: int = 0, copies: Copies | None = None, links: Cited | None = None) -> Record:
    """Describe copied texts, how fast they came, and links that several accounts shared within minutes.

    :param copies: What ``copies_of`` found, if that is known already.
    :param links: What ``cited`` found, if that is known already.
    :return: ``groups`` (at most ``MOST_GROUPS``, bursts and then the largest first), ``groups_found``, ``bursts``
        (groups that came faster than the times of their pages explain, corrected), ``comments`` in groups,
        ``share_of_comments``, ``later`` copies, ``shares`` (counts of each side with and without later copies) and
        ``links``.
    """
    found = copies or copies_of(posts, seed=seed)
    bursts = corrected([burst(posts, places) for places in found.groups])
    is_burst = [p is not None and p < BURST for p in bursts]
    sizes = [len(places) for places in found.groups]
    ranked = sorted(range(len(sizes)), key=lambda at: (not is_burst[at], -sizes[at], int(found.groups[at][0])))
    comments = sum(sizes)
    return {
        "groups": [_group(posts, found, found.groups[at], bursts[at]) for at in ranked[:MOST_GROUPS]],
        "groups_found": len(found.groups),
        "bursts": sum(is_burst),
        "comments": comments,
        "share_of_comments": comments / len(posts) if len(posts) else None,
        "later": int(found.later.sum()),
        "shares": list(_shares(posts, found.later)),
        "links": _shared_links(posts, cited(posts) if links is None else links),
    }


def _group(posts: Posts, found: Copies, places: Ints, p: float | None) -> Record:
    _, firsts, counts = np.unique(found.digests[places], return_index=True, return_counts=True)
    most = firsts[np.lexsort((firsts, -counts))]
    times = posts.posted[places]
    times = times[times != NO_TIME]
    return {
        "text": posts.example(int(places[most[0]]))["text"],
        "comments": len(places),
        "exact": int(counts.max()),
        "authors": posts.authors(places),
        "documents": len({posts.sources[at].document for at in np.unique(posts.source[places])}),
        "outlets": len({posts.sources[at].outlet for at in np.unique(posts.source[places])}),
        "first": moment(int(times[0])) if len(times) else None,
        "last": moment(int(times[-1])) if len(times) else None,
        "timed": len(times),
        "burst_p": p,
        "ids": [posts.name(int(place)) for place in places[:MOST_IDS]],
        "examples": [posts.example(int(places[at])) for at in np.sort(most[:MOST_EXAMPLES])],
    }


def _shares(posts: Posts, later: NDArray[np.bool_]) -> Iterator[Record]:
    if not later.any():
        return
    for outlet, places in by_outlet(posts):
        for column, target in enumerate(posts.targets):
            both = [_sides(posts.stances[own, column]) for own in (places, places[~later[places]])]
            yield {"target": target, "outlet": outlet, "all": both[0], "without_copies": both[1]}


def _sides(stances: NDArray[np.int8]) -> dict[str, int]:
    return {str(STANCES[side]): int((stances == side).sum()) for side in SIDES}


# Groups ---------------------------------------------------------------------------------------------------------------


def copies_of(posts: Posts, *, seed: int = 0) -> Copies:
    """Find groups of at least three comments by at least two authors that share a text of eight words or more.

    Texts that stand in the article or in the comment that is answered are quotations and no copies.

    :param seed: Of the hash functions.
    """
    digests = np.fromiter(map(_digest, posts.texts()), np.int64, len(posts))
    compared = np.flatnonzero(digests)
    found = Copies([], np.zeros(len(posts), bool), digests)
    if len(compared) < FEWEST_COMMENTS:
        return found
    _, first, inverse, counts = np.unique(digests[compared], return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    leaders = _leaders(posts, compared[first[order]], seed)
    group = leaders[np.argsort(order)][inverse]  # of each compared comment: the text that leads its group
    chosen = np.flatnonzero(np.bincount(group, minlength=1)[group] >= FEWEST_COMMENTS)
    members = defaultdict(list)
    for place, leader in zip(compared[chosen].tolist(), group[chosen].tolist(), strict=True):
        members[leader].append(place)
    for leader in sorted(members):
        places = _without_quotations(posts, np.array(members[leader]), int(compared[first[order[leader]]]))
        if len(places) >= FEWEST_COMMENTS and posts.authors(places) >= FEWEST_AUTHORS:
            times = posts.posted[places]
            found.groups.append(places[np.lexsort((places, times, times == NO_TIME))])
            found.later[found.groups[-1][1:]] = True
    return found


def _digest(text: str) -> int:
    words = plain_words(text)
    if len(words) < FEWEST_WORDS:
        return 0
    return int.from_bytes(blake2b(" ".join(words).encode(), digest_size=8).digest(), signed=True) or 1


def _leaders(posts: Posts, texts: Ints, seed: int) -> Ints:
    """Find for each text the first one that it is similar to, or itself.

    Every member is compared with the leader of its group, so that no chain of small changes joins two texts.

    :param texts: Places of distinct texts, the most common first.
    :return: Numbers of texts, same shape.
    """

    @lru_cache(maxsize=5_000)
    def pairs(text: int) -> frozenset[int]:
        return frozenset(phrases(plain_words(posts.text(int(texts[text]))), 2).tolist())

    def similarity(one: int, other: int) -> float:
        return len(pairs(one) & pairs(other)) / len(pairs(one) | pairs(other))

    leaders = np.arange(len(texts))
    candidates = _candidates(_keys(posts, texts, seed))
    starts = np.flatnonzero(np.diff(candidates[:, 0], prepend=-1)).tolist()
    for start, end in pairwise([*starts, len(candidates)]):
        text = int(candidates[start, 0])
        earlier = np.unique(leaders[candidates[start:end, 1]]).tolist()
        near, leader = max((similarity(text, each), -each) for each in earlier)
        if near >= SIMILAR:
            leaders[text] = -leader
    return leaders


def _keys(posts: Posts, texts: Ints, seed: int) -> NDArray[np.uint32]:
    from datasketch import MinHash

    rows = 2 if len(texts) <= MOST_WITH_TWO_ROWS else 3
    weights = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9][:rows], np.uint64)
    keys = np.empty((len(texts), BANDS), np.uint32)
    empty = MinHash(BANDS * rows, seed=seed, hashfunc=int)
    for at, place in enumerate(texts.tolist()):
        sketch = empty.copy()
        sketch.update_batch(phrases(plain_words(posts.text(place))).tolist())
        keys[at] = (sketch.hashvalues.reshape(BANDS, rows).astype(np.uint64) @ weights) >> np.uint64(32)
    return keys


def _candidates(keys: NDArray[np.uint32]) -> Ints:
    """Pair each text with earlier ones that share bands: in each, with the first one and with the one before it.

    :return: Shape (n, 2), texts with earlier texts, in order.
    """
    found = [np.zeros(0, np.int64)]
    for band in keys.T:
        order = np.argsort(band, kind="stable")
        is_same = np.diff(band[order], prepend=0) == 0
        is_same[:1] = False
        begins = np.maximum.accumulate(np.where(is_same, 0, np.arange(len(order))))
        later = np.flatnonzero(is_same)
        for earlier in (order[begins[later]], order[later - 1]):
            for start in range(0, len(later), 100_000):  # of which each takes 128 bytes here
                one, other = order[later[start : start + 100_000]], earlier[start : start + 100_000]
                shared = np.count_nonzero(keys[one] == keys[other], axis=1)
                found.append((one * len(keys) + other)[shared >= FEWEST_SHARED])
        found = [np.unique(np.concatenate(found))]
    return np.stack(np.divmod(found[0], max(1, len(keys))), axis=1)


def _without_quotations(posts: Posts, places: Ints, leader: int) -> Ints:
    text = np.unique(phrases(plain_words(posts.text(leader))))
    articles = {int(at): np.isin(text, posts.article(int(at))) for at in np.unique(posts.source[places])}

    @lru_cache(maxsize=1_000)
    def phrases_of(place: int) -> NDArray[np.bool_]:
        return np.isin(text, phrases(plain_words(posts.text(place))))

    def is_copy(place: int) -> bool:
        common, parent = phrases_of(place), int(posts.parent[place])
        quoted = articles[int(posts.source[place])] | (phrases_of(parent) if parent >= 0 else False)
        return not common.any() or bool((common & quoted).sum() < QUOTED * common.sum())

    return places[[is_copy(place) for place in places.tolist()]]


# Bursts ---------------------------------------------------------------------------------------------------------------


def burst(posts: Posts, places: Sequence[int] | Ints) -> float | None:
    """Bound how likely comments lie as close in time, were each at the time of a random comment of its page.

    Of each author one comment counts, drawn at random. The statistics are the shortest times that hold half of the
    comments and all of them. Each is tested by the sum over comments of the probability that enough others follow it
    within that time, an upper bound; Hoeffding (1956) bounds unlike chances on several pages by a binomial
    distribution.

    :return: In [0, 1]; None with fewer than ``FEWEST_TIMED`` authors whose comment has a time.
    """
    timed = np.asarray(places, np.int64)
    timed = timed[posts.posted[timed] != NO_TIME]
    timed = np.random.default_rng(0).permutation(timed)  # the first comments of authors lie closer than random ones
    timed = timed[np.unique(posts.author[timed], return_index=True)[1]]
    most = [page for page, _ in Counter(posts.source[timed].tolist()).most_common(MOST_PAGES)]
    timed = timed[np.isin(posts.source[timed], most)]
    if len(timed) < FEWEST_TIMED:
        return None
    times = np.sort(posts.posted[timed])
    pages = [(int((posts.source[timed] == page).sum()), _times(posts, page)) for page in most]
    counts = sorted({max(FEWEST_TIMED, -(-len(times) // 2)), len(times)})
    bounds = (_bound(pages, len(times), n, int((times[n - 1 :] - times[: len(times) - n + 1]).min())) for n in counts)
    return min(1.0, len(counts) * min(bounds))


def _times(posts: Posts, page: int) -> Ints:
    start, end = np.searchsorted(posts.source, [page, page + 1])
    times = posts.posted[start:end]
    return np.sort(times[times != NO_TIME])


def _bound(pages: list[tuple[int, Ints]], count: int, within: int, span: int) -> float:
    from scipy.special import bdtrc

    total = 0.0
    for at, (own, times) in enumerate(pages):
        following = [np.searchsorted(each, times + span, "right") - np.searchsorted(each, times) for _, each in pages]
        shares = np.array([n / len(each) for n, (_, each) in zip(following, pages, strict=True)])
        others = np.array([n for n, _ in pages])
        others[at] -= 1
        total += own * float(np.mean(bdtrc(within - 2, count - 1, np.clip(others @ shares / (count - 1), 0, 1))))
    return total


def corrected(p_values: Sequence[float | None]) -> list[float | None]:
    """Correct p-values for their number (Holm 1979); those that are None stay so."""
    adjusted = iter(holm([p for p in p_values if p is not None]))
    return [None if p is None else next(adjusted) for p in p_values]


# Links ----------------------------------------------------------------------------------------------------------------


def _shared_links(posts: Posts, cited_links: Cited) -> list[Record]:
    sharing: dict[str, list[int]] = defaultdict(list)
    for place, links in cited_links:
        for link in links:
            if link.is_whole and posts.posted[place] != NO_TIME:
                sharing[link.url].append(place)
    tested = {url: places for url, places in sharing.items() if posts.authors(places) >= FEWEST_SHARING}
    p_values = corrected([burst(posts, each) for each in tested.values()])
    found: list[Record] = []
    for (url, places), p in zip(tested.items(), p_values, strict=True):
        authors, first, last = _densest(posts, np.array(places))
        if authors >= FEWEST_SHARING:
            own = {"url": url, "authors": authors, "first": moment(first), "last": moment(last), "p": p}
            examples = [posts.example(at) for at in places[:MOST_EXAMPLES]]
            found.append(own | {"comments": len(places), "examples": examples})
    return sorted(found, key=lambda each: (each["p"], -each["authors"], each["url"]))[:MOST_GROUPS]


def _densest(posts: Posts, places: Ints) -> tuple[int, int, int]:
    """Find the half hour in which most authors are: their number, the first and the last time."""
    places = places[np.argsort(posts.posted[places], kind="stable")]
    times, authors = posts.posted[places].tolist(), posts.author[places].tolist()
    best, start, inside = (0, 0, 0), 0, Counter[int]()
    for end, author in enumerate(authors):
        inside[author] += 1
        while times[end] - times[start] > LINK_MINUTES * 60:
            inside[authors[start]] -= 1
            start += 1
        inside += Counter()  # drops authors whose comments all lie before
        if len(inside) > best[0]:
            best = (len(inside), times[start], times[end])
    return best
