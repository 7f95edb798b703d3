"""Find groups of comments with nearly the same text."""

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from stance.aggregation.contrasts import holm
from stance.datamodels import Record, grouped
from stance.discourse.analysis import Analysis, Copies, Section
from stance.discourse.bursts import burst
from stance.discourse.posts import NO_TIME, Codes, Flags, Ints, Posts, moment, phrases
from stance.text_forms import plain_words

#
# Texts that share two neighbouring words are compared by their longest common subsequence of words (rapidfuzz). Each
# word is a character of 16 bits, so that the texts of a million comments take about 80 MB and a comparison 2 µs.
SIMILAR = 0.4
"""Minimum share of common words in all words of both texts for near duplicates."""

SCATTERED = 0.36
"""Minimum share of common words in those of the longer text for near duplicates that differ in many places: two
copies with 35 % of their words changed have .42 in common."""

MOST_LISTED = 200
"""Maximum number of groups, and of ids of a group in a record."""


def copies_record(posts: Posts, copies: Copies) -> Record:
    """Describe copied texts and how fast they came.

    :param copies: By ``copies_of``.
    :return: ``groups`` (at most ``MOST_LISTED``, bursts and then the largest first), ``groups_found``, ``bursts``
        (groups that came faster than the times of their pages explain, corrected), ``comments`` in groups,
        ``share_of_comments`` and ``later`` copies.
    """
    bursts = holm([burst(posts, rows) for rows in copies.groups])
    is_burst = [p is not None and p < 0.05 for p in bursts]
    sizes = [len(rows) for rows in copies.groups]
    ranked = sorted(
        range(len(sizes)), key=lambda index: (not is_burst[index], -sizes[index], int(copies.groups[index][0]))
    )
    comments = sum(sizes)
    return {
        "groups": [_group(posts, copies.groups[index], bursts[index]) for index in ranked[:MOST_LISTED]],
        "groups_found": len(copies.groups),
        "bursts": sum(is_burst),
        "comments": comments,
        "share_of_comments": comments / len(posts) if len(posts) else None,
        "later": int(copies.later.sum()),
    }


def _group(posts: Posts, rows: Ints, p: float | None) -> Record:
    _, firsts, counts = np.unique(posts.digests[rows], return_index=True, return_counts=True)
    most, times = firsts[np.lexsort((firsts, -counts))], posts.posted[rows]
    times = times[times != NO_TIME]
    sources = [posts.sources[place] for place in np.unique(posts.source[rows])]
    return {
        "text": posts.example(int(rows[most[0]]))["text"],
        "comments": len(rows),
        "exact": int(counts.max()),
        "authors": posts.authors(rows),
        "documents": len({source.document for source in sources}),
        "outlets": len({source.outlet for source in sources}),
        "first": moment(int(times[0])) if len(times) else None,
        "last": moment(int(times[-1])) if len(times) else None,
        "timed": len(times),
        "burst_p": p,
        "ids": [posts.name(int(row)) for row in rows[:MOST_LISTED]],
        # All other texts, and ten comments to follow up.
        "examples": [posts.example(int(row)) for row in rows[np.union1d(most[:5], np.arange(min(10, len(rows))))]],
    }


def copies_of(posts: Posts) -> Copies:
    """Find groups of at least three comments by at least two authors that share a text of eight words or more.

    Texts of the article or of the comment that is answered are quotations and no copies.
    """
    digests = posts.digests
    compared = np.flatnonzero(digests)
    copies = Copies([], np.zeros(len(posts), bool))
    # Minimum number of comments of a group; of authors two, of authors in a test of time three.
    fewest = 3
    if len(compared) < fewest:
        return copies
    _, first, inverse, counts = np.unique(digests[compared], return_index=True, return_inverse=True, return_counts=True)
    group = _leaders(posts, compared[first], counts)[inverse]  # of each compared comment: the text that leads its group
    large = np.flatnonzero(np.bincount(group, minlength=1)[group] >= fewest)
    members = grouped(zip(compared[first[group[large]]].tolist(), compared[large].tolist(), strict=True))
    for leader in sorted(members):
        rows = _without_quotations(posts, np.array(members[leader]), leader)
        if len(rows) >= fewest and posts.authors(rows) >= 2:
            times = posts.posted[rows]
            copies.groups.append(rows[np.lexsort((rows, times, times == NO_TIME))])
            copies.later[copies.groups[-1][1:]] = True
    return copies


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
    for text in sorted(near, key=lambda candidate: (-sizes[candidate], texts[candidate])):
        similar = [
            (similarity, -int(texts[candidate]), candidate)
            for candidate, similarity in near[text].items()
            if candidate in leading and (similarity >= SIMILAR or not near[text].keys().isdisjoint(near[candidate]))
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
        for index in np.flatnonzero(common >= SCATTERED * long).tolist():
            n = int(common[index])
            # Minimum number of common words in the same order, less those in common with the other text read
            # backwards. Of 25,697 real comments 11 texts form groups: nine are copies, quotations and sayings, two
            # are common wordings.
            if n - LCSseq.similarity(texts[index], others[index][::-1]) < 6:
                continue
            similarity = n / int(lengths[0][index] + lengths[1][index] - n)
            steps = LCSseq.opcodes(texts[index], others[index])
            run = max(step.src_end - step.src_start for step in steps if step.tag == "equal")
            # Maximum share of the common words that may be consecutive: two texts with one common sentence are not
            # copies.
            if similarity >= SIMILAR or run <= 0.5 * n:
                yield int(one[index]), int(other[index]), similarity


def _candidates(coded: _Coded) -> Iterator[tuple[Ints, Ints]]:
    """Pair texts of similar lengths that share two words in a row; where many do, three."""
    parts = 1 + len(coded.codes) // 100_000
    for part in range(parts):
        rows = np.flatnonzero(coded.codes % parts == part)
        # Maximum number of texts that share two words in a row; of more, three are read: "of the" makes no
        # candidates.
        for words, most in ((2, 64), (3, len(coded.codes))):
            rows, sizes, pairs = _sharing(coded, rows, words)
            pairs = np.sort(pairs[:, np.repeat(sizes, sizes) <= most], axis=None)
            one, other = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], len(coded.lengths))
            lengths = coded.lengths[one], coded.lengths[other]
            similar = np.flatnonzero((one != other) & (np.minimum(*lengths) >= SCATTERED * np.maximum(*lengths)))
            for start in range(0, len(similar), 4_000):
                batch = similar[start : start + 4_000]
                yield one[batch], other[batch]
            rows = rows[np.repeat(sizes, sizes) > most]


def _sharing(coded: _Coded, rows: Ints, words: int) -> tuple[Ints, Ints, Ints]:
    """Pair each text with the first one that shares some words in a row, and with the one before it.

    :param rows: Of the first words.
    :return: The places, sorted by their words; how many there are of each words; and the pairs, as one number each,
        shape (2, places).
    """
    texts = np.searchsorted(coded.ends, rows, "right") - 1
    rows = rows[rows + words <= coded.ends[texts + 1]]
    keys = sum(
        (coded.codes[rows + offset].astype(np.int64) << 16 * offset for offset in range(words)), np.zeros(1, np.int64)
    )
    order = np.argsort(keys, kind="stable")
    _, begins, sizes = np.unique(keys[order], return_index=True, return_counts=True)
    rows = rows[order]
    texts = np.searchsorted(coded.ends, rows, "right") - 1
    earlier = np.stack([np.repeat(begins, sizes), np.maximum(np.arange(len(texts)) - 1, np.repeat(begins, sizes))])
    return rows, sizes, texts * len(coded.lengths) + texts[earlier]


def _without_quotations(posts: Posts, rows: Ints, leader: int) -> Ints:
    text = np.unique(phrases(plain_words(posts.text(leader))))
    articles = {
        int(source): np.isin(text, posts.sources[int(source)].phrases) for source in np.unique(posts.source[rows])
    }

    @lru_cache(maxsize=1_000)
    def phrases_of(row: int) -> Flags:
        return np.isin(text, phrases(plain_words(posts.text(row))))

    def is_copy(row: int) -> bool:
        common, parent = phrases_of(row), int(posts.parent[row])
        quoted = articles[int(posts.source[row])] | (phrases_of(parent) if parent >= 0 else False)
        # Minimum share of the common phrases in the article or in the answered comment for a quotation.
        return not common.any() or bool((common & quoted).sum() < 0.8 * common.sum())

    return rows[[is_copy(row) for row in rows.tolist()]]


ANALYSIS = Analysis(
    "copies", lambda posts, copies, _: copies_record(posts, copies),
    Section("Copies", "Is one text posted again and again?", "3 comments by 2 authors, each of 8 words",
    "copies in a *burst* came faster than chance explains. A burst does not show who is behind an account"),
    empty={"groups": [], "share_of_comments": None},
)  # fmt: skip
