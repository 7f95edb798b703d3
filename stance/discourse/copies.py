"""Find comments that copy one another.

Texts that share two neighbouring words are compared by their longest common subsequence of words (``rapidfuzz``). Each
word is a character of 16 bits, so that the texts of a million comments take about 80 MB and a comparison 2 µs.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from stance.aggregation.estimation import holm
from stance.datamodels import STANCES, Record, grouped
from stance.discourse.posts import NO_TIME, SIDES, Codes, Flags, Ints, Posts, moment, phrases, plain_words


class CopiesConstants:
    """Constants of this module."""

    similar = 0.4
    """Minimum share of common words in all words of both texts for near duplicates."""
    scattered = 0.36
    """Minimum share of common words in those of the longer text for near duplicates that differ in many places: two
    copies with 35 % of their words changed have .42 in common."""
    longest_run = 0.5
    """Maximum share of the common words that may be consecutive: two texts with one common sentence are not copies."""
    beyond_chance = 6
    """Minimum number of common words in the same order, less those in common with the other text read backwards. Of
    25,697 real comments 11 texts form groups: nine are copies, quotations and sayings, two are common wordings."""
    most_sharing = 64
    """Maximum number of texts that share two words in a row; of more, three are read: "of the" makes no candidates."""
    fewest_timed = 3
    """Minimum number of authors whose comment has a time for a test."""


_C = CopiesConstants


FEWEST_COMMENTS = 3
"""Minimum number of comments of a group; of authors two, of authors in a test of time three."""


QUOTED = 0.8
"""Minimum share of the common phrases in the article or in the answered comment for a quotation."""

MOST_LISTED = 200
"""Maximum number of groups, and of ids of a group in a record."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Groups of comments with one text."""

    groups: list[Ints]  # places in order of time
    later: Flags  # per comment: a copy, and not the first of its group


def copies_record(posts: Posts, found: Copies) -> Record:
    """Describe copied texts and how fast they came.

    :param found: By ``copies_of``.
    :return: ``groups`` (at most ``MOST_LISTED``, bursts and then the largest first), ``groups_found``, ``bursts``
        (groups that came faster than the times of their pages explain, corrected), ``comments`` in groups,
        ``share_of_comments``, ``later`` copies, and ``shares`` (counts of each side with and without later copies).
    """
    bursts = holm([burst(posts, places) for places in found.groups])
    is_burst = [p is not None and p < 0.05 for p in bursts]
    sizes = [len(places) for places in found.groups]
    ranked = sorted(range(len(sizes)), key=lambda at: (not is_burst[at], -sizes[at], int(found.groups[at][0])))
    comments = sum(sizes)
    return {
        "groups": [_group(posts, found.groups[at], bursts[at]) for at in ranked[:MOST_LISTED]],
        "groups_found": len(found.groups),
        "bursts": sum(is_burst),
        "comments": comments,
        "share_of_comments": comments / len(posts) if len(posts) else None,
        "later": int(found.later.sum()),
        "shares": list(_shares(posts, found.later)) if found.later.any() else [],
    }


def _group(posts: Posts, places: Ints, p: float | None) -> Record:
    _, firsts, counts = np.unique(posts.digests[places], return_index=True, return_counts=True)
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
        "ids": [posts.name(int(place)) for place in places[:MOST_LISTED]],
        "examples": [posts.example(int(places[at])) for at in np.sort(most[:5])],
    }


def _shares(posts: Posts, later: Flags) -> Iterator[Record]:
    for column, target in enumerate(posts.targets):
        both = (posts.stances[:, column], posts.stances[~later, column])
        counts = [{str(STANCES[side]): int((stances == side).sum()) for side in SIDES} for stances in both]
        yield {"target": target, "all": counts[0], "without_copies": counts[1]}


# Groups ---------------------------------------------------------------------------------------------------------------


def copies_of(posts: Posts) -> Copies:
    """Find groups of at least three comments by at least two authors that share a text of eight words or more.

    Texts of the article or of the comment that is answered are quotations and no copies.
    """
    digests = posts.digests
    compared = np.flatnonzero(digests)
    found = Copies([], np.zeros(len(posts), bool))
    if len(compared) < FEWEST_COMMENTS:
        return found
    _, first, inverse, counts = np.unique(digests[compared], return_index=True, return_inverse=True, return_counts=True)
    group = _leaders(posts, compared[first], counts)[inverse]  # of each compared comment: the text that leads its group
    chosen = np.flatnonzero(np.bincount(group, minlength=1)[group] >= FEWEST_COMMENTS)
    members = grouped(zip(compared[first[group[chosen]]].tolist(), compared[chosen].tolist(), strict=True))
    for leader in sorted(members):
        places = _without_quotations(posts, np.array(members[leader]), leader)
        if len(places) >= FEWEST_COMMENTS and posts.authors(places) >= 2:
            times = posts.posted[places]
            found.groups.append(places[np.lexsort((places, times, times == NO_TIME))])
            found.later[found.groups[-1][1:]] = True
    return found


def _leaders(posts: Posts, texts: Ints, counts: Ints) -> Ints:
    """Find for each text the one that leads its group, or itself.

    The text that most comments are near duplicates of leads first. Every member is a near duplicate of its leader, so
    that no chain of small changes joins two texts.

    :param texts: Places of distinct texts.
    :param counts: Of the comments with each.
    :return: Numbers of texts, same shape.
    """
    near: dict[int, dict[int, float]] = defaultdict(dict)
    for one, other, similarity in _near(_Coded(*(coded := posts.coded(texts)), np.diff(coded[1]))):
        near[one][other] = near[other][one] = similarity
    sizes = {text: int(counts[text] + counts[list(others)].sum()) for text, others in near.items()}
    leaders, leading = np.arange(len(texts)), set[int]()
    for text in sorted(near, key=lambda each: (-sizes[each], texts[each])):
        similar = [
            (similarity, -int(texts[each]), each)
            for each, similarity in near[text].items()
            if each in leading and (similarity >= _C.similar or not near[text].keys().isdisjoint(near[each]))
        ]
        leader = max(similar, default=(0.0, 0, text))[-1]
        leaders[text] = leader
        if leader == text:
            leading.add(text)
    return leaders


class _Coded(NamedTuple):
    """Texts of which each word is one character."""

    codes: Codes
    ends: Ints
    lengths: Ints

    def texts(self, numbers: Ints) -> list[str]:
        """Return some of the texts."""
        ends = zip(self.ends[numbers].tolist(), self.ends[numbers + 1].tolist(), strict=True)
        return [self.codes[start:end].tobytes().decode("utf-16") for start, end in ends]


def _near(coded: _Coded) -> Iterator[tuple[int, int, float]]:
    """Find near duplicates, and the share of their words that they have in common."""
    from rapidfuzz.distance import LCSseq
    from rapidfuzz.process import cpdist

    for one, other in _candidates(coded):
        lengths = coded.lengths[one], coded.lengths[other]
        long = np.maximum(*lengths)
        texts, others = coded.texts(one), coded.texts(other)
        common = cpdist(texts, others, scorer=LCSseq.similarity, dtype=np.int32)
        for at in np.flatnonzero(common >= _C.scattered * long).tolist():
            n = int(common[at])
            if n - LCSseq.similarity(texts[at], others[at][::-1]) < _C.beyond_chance:
                continue
            similarity = n / int(lengths[0][at] + lengths[1][at] - n)
            steps = LCSseq.opcodes(texts[at], others[at])
            run = max(step.src_end - step.src_start for step in steps if step.tag == "equal")
            if similarity >= _C.similar or run <= _C.longest_run * n:
                yield int(one[at]), int(other[at]), similarity


def _candidates(coded: _Coded) -> Iterator[tuple[Ints, Ints]]:
    """Pair texts of similar lengths that share two words in a row; where many do, three."""
    parts = 1 + len(coded.codes) // 500_000
    for part in range(parts):
        places = np.flatnonzero(coded.codes % parts == part)
        for words, most in ((2, _C.most_sharing), (3, len(coded.codes))):
            places, sizes, pairs = _sharing(coded, places, words)
            pairs = np.sort(pairs[:, np.repeat(sizes, sizes) <= most], axis=None)
            one, other = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], len(coded.lengths))
            lengths = coded.lengths[one], coded.lengths[other]
            kept = np.flatnonzero((one != other) & (np.minimum(*lengths) >= _C.scattered * np.maximum(*lengths)))
            for start in range(0, len(kept), 20_000):
                chosen = kept[start : start + 20_000]
                yield one[chosen], other[chosen]
            places = places[np.repeat(sizes, sizes) > most]


def _sharing(coded: _Coded, places: Ints, words: int) -> tuple[Ints, Ints, Ints]:
    """Pair each text with the first one that shares some words in a row, and with the one before it.

    :param places: Of the first words.
    :return: The places, sorted by their words; how many there are of each words; and the pairs, as one number each,
        shape (2, places).
    """
    texts = np.searchsorted(coded.ends, places, "right") - 1
    places = places[places + words <= coded.ends[texts + 1]]
    keys = sum((coded.codes[places + at].astype(np.int64) << 16 * at for at in range(words)), np.zeros(1, np.int64))
    order = np.argsort(keys, kind="stable")
    _, begins, sizes = np.unique(keys[order], return_index=True, return_counts=True)
    places = places[order]
    texts = np.searchsorted(coded.ends, places, "right") - 1
    earlier = np.stack([np.repeat(begins, sizes), np.maximum(np.arange(len(texts)) - 1, np.repeat(begins, sizes))])
    return places, sizes, texts * len(coded.lengths) + texts[earlier]


def _without_quotations(posts: Posts, places: Ints, leader: int) -> Ints:
    text = np.unique(phrases(plain_words(posts.text(leader))))
    articles = {int(at): np.isin(text, posts.sources[int(at)].phrases) for at in np.unique(posts.source[places])}

    @lru_cache(maxsize=1_000)
    def phrases_of(place: int) -> Flags:
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

    :return: In [0, 1]; None with fewer than ``_C.fewest_timed`` authors whose comment has a time.
    """
    timed = np.asarray(places, np.int64)
    timed = timed[posts.posted[timed] != NO_TIME]
    timed = np.random.default_rng(0).permutation(timed)  # the first comments of authors lie closer than random ones
    timed = timed[np.unique(posts.author[timed], return_index=True)[1]]
    most = [page for page, _ in Counter(posts.source[timed].tolist()).most_common(50)]
    timed = timed[np.isin(posts.source[timed], most)]
    if len(timed) < _C.fewest_timed:
        return None
    times = np.sort(posts.posted[timed])
    pages = []
    for page in most:
        start, end = np.searchsorted(posts.source, [page, page + 1])
        stated = posts.posted[start:end]
        pages.append((int((posts.source[timed] == page).sum()), np.sort(stated[stated != NO_TIME])))
    counts = sorted({max(_C.fewest_timed, -(-len(times) // 2)), len(times)})
    bounds = (_bound(pages, len(times), n, int((times[n - 1 :] - times[: len(times) - n + 1]).min())) for n in counts)
    return min(1.0, len(counts) * min(bounds))


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
