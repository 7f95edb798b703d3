"""Analyse the discourse of comments: copies, words, replies, links.

Each analysis is a function from the comments of a run (:class:`Posts`) to one record.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.estimation import FEWEST_ARTICLES, effective_interval, holm
from stance.datamodels import SIDES, Record, grouped
from stance.discourse.posts import (
    AGAINST,
    CODED_SIDES,
    FAVOR,
    NEUTRAL,
    NO_TIME,
    Codes,
    Flags,
    Floats,
    Ints,
    Posts,
    domains_in,
    join_posts,
    moment,
    phrases,
    plain_words,
    read_posts,
)  # fmt: skip
from stance.discourse.words import words_record

__all__ = ["EMPTY", "MOST_POSTS", "discourse_record", "domains_record", "page_record", "read_posts"]

MOST_POSTS = 50_000
"""Maximum number of comments whose discourse a report analyses: at 2 ms each that takes 100 s."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "copies": {"groups": [], "share_of_comments": None},
    **{name: [] for name in ("words", "replies", "domains")},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""

FEWEST_PAIRS = 30
"""Minimum number of answers, comments or authors of a share, a net stance or a test."""

FEWEST_EXPECTED = 5.0
"""Minimum number of answers expected in a cell that is tested, as is usual for counts in tables (Cochran 1954)."""

SIGNIFICANT = 0.01
"""Maximum adjusted p of a pattern that is reported. Of 1,000 made-up outlets with shuffled answers 3 showed one, and 46
at 0.05; a report has many pages."""


def discourse_record(pages: Sequence[Posts] | None, targets: tuple[str, ...], comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    record: Record = {**EMPTY, "comments": comments}
    if pages is None:
        return record | {"left_out": f"more than {MOST_POSTS:,} comments"}
    posts = join_posts(pages, targets)
    copies = copies_of(posts)
    replies = replies_record(posts)
    return record | {
        "copies": copies_record(posts, copies),
        "words": words_record(posts, copies=copies.later),
        "replies": replies.pop("replies"),
        "replies_details": replies,
        "domains": domains_record(posts),
    }


def page_record(posts: Posts) -> Record:
    """Analyse the comments of one page.

    :return: ``copies``, ``replies`` and ``words`` (of its sides), as of a run; ``later``: numbers, from 1, of the
        comments that copy an earlier one.
    """
    copies = copies_of(posts)
    return {
        "copies": copies_record(posts, copies),
        "later": (np.flatnonzero(copies.later) + 1).tolist(),
        "words": words_record(posts, copies=copies.later),
        "replies": replies_record(posts),
    }


# Domains --------------------------------------------------------------------------------------------------------------


def domains_record(posts: Posts) -> list[Record]:
    """Count the domains that comments link to, by side of the comment.

    :return: Up to 100, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain) and ``targets``: for each, the authors whose comment that links there
        is labelled ``favor``, ``against`` or ``neutral``.
    """
    rows_of = grouped((domain, row) for row, domains in posts.domains.items() for domain in domains)
    own_articles = defaultdict(set)
    for source in posts.sources:
        for domain in domains_in(source.url or ""):
            own_articles[domain].add(source.outlet)
    ranked = sorted(
        rows_of, key=lambda domain_name: (-posts.authors(rows_of[domain_name]), -len(rows_of[domain_name]), domain_name)
    )
    return [
        {
            "domain": name,
            "authors": posts.authors(rows_of[name]),
            "comments": len(rows_of[name]),
            "targets": [_sides(posts, np.array(rows_of[name]), column) for column in range(len(posts.targets))],
            "own": sorted(own_articles.get(name, ())),
        }
        for name in ranked[:100]
    ]


def _sides(posts: Posts, rows: Ints, column: int) -> Record:
    stances = posts.stances[rows, column]
    counts = {str(side): posts.authors(rows[stances == code]) for code, side in enumerate(CODED_SIDES)}
    return {"target": posts.targets[column], **counts}


# Answers --------------------------------------------------------------------------------------------------------------


def replies_record(posts: Posts, *, seed: int = 0) -> Record:
    """Record answers between sides.

    :return: ``replies``: for each target and pair of sides the answers ``observed``, those ``expected`` if answers were
        shuffled within pages, the ``range`` of 95 % of the permutations, ``p``, and ``p_adjusted`` over all cells that
        are tested (Holm), None where fewer than ``FEWEST_EXPECTED`` are expected; ``from`` is the side of the answer.
        ``targets``: target -> how many answers were counted and left out, and the ``agreement`` with the parent.
    """
    rng = np.random.default_rng(seed)
    exchanges = [_exchanges(posts, column) for column in range(len(posts.targets))]
    cells = [
        cell
        for target, (rows, _) in zip(posts.targets, exchanges, strict=True)
        if len(rows) >= FEWEST_PAIRS
        for cell in _cells(posts, target, rows, rng)
    ]
    tested = holm([cell["p"] if cell["expected"] >= FEWEST_EXPECTED else None for cell in cells])
    for cell, p in zip(cells, tested, strict=True):
        cell.update(p_adjusted=p, significant=p is not None and p < SIGNIFICANT)
    return {
        "replies": cells,
        "targets": {
            target: counts | {"agreement": _agreement(posts, column, rows)}
            for column, (target, (rows, counts)) in enumerate(zip(posts.targets, exchanges, strict=True))
        },
        "fewest": FEWEST_PAIRS,
    }


def _exchanges(posts: Posts, column: int) -> tuple[Ints, Record]:
    """Find the answers that count toward a target, and count those that do not.

    :return: Places of the answers: both comments address the target, both show a name, and nobody answers himself; the
        first of one author to another on a page, so that two who go on and on count once each way.
    """
    answers = np.flatnonzero(posts.parent >= 0)
    parents = posts.parent[answers]
    both = _addresses(posts.stances[answers, column]) & _addresses(posts.stances[parents, column])
    answers, parents = answers[both], parents[both]
    one, other = posts.author[answers], posts.author[parents]
    unnamed = (one < 0) | (other < 0)
    to_self = ~unnamed & (one == other)
    inherited = ~unnamed & ~to_self & posts.via_parent[answers, column]
    usable = answers[~unnamed & ~to_self & ~inherited]
    addressee = posts.author[posts.parent[usable]]
    _, people = np.unique(posts.author[usable] * (posts.author.max(initial=0) + 1) + addressee, False, True)
    _, first = np.unique(people * len(posts.sources) + posts.source[usable], return_index=True)
    rows = np.sort(usable[first])
    counts = {
        "pairs": len(rows),
        "inherited": int(inherited.sum()),
        "unnamed": int(unnamed.sum()),
        "own": int(to_self.sum()),
        "repeated": len(usable) - len(rows),
    }
    return rows, counts


def _addresses(stances: NDArray[np.int8]) -> Flags:
    return (stances >= FAVOR) & (stances <= NEUTRAL)


def _cells(posts: Posts, target: str, rows: Ints, rng: np.random.Generator) -> list[Record]:
    column = posts.targets.index(target)
    answer_stances, parent_stances = posts.stances[rows, column], posts.stances[posts.parent[rows], column]
    tests = len(SIDES) ** 2 * len(posts.targets)
    observed, expected, draws = shuffled_tables(
        (answer_stances, parent_stances), posts.source[rows], len(SIDES), tests, rng
    )
    far = np.abs(observed - expected)
    p = (1 + (np.abs(draws - expected) >= far - 1e-9).sum(axis=0)) / (1 + len(draws))
    low, high = np.percentile(draws, (2.5, 97.5), axis=0, method="nearest")
    return [
        {
            "target": target,
            "from": str(one),
            "to": str(other),
            "observed": int(observed[cell]),
            "expected": round(float(expected[cell]), 2),
            "ratio": float(observed[cell] / expected[cell]) if expected[cell] else None,
            "range": [int(low[cell]), int(high[cell])],
            "p": float(p[cell]),
        }
        for one, other in product(SIDES, SIDES)
        if (cell := (CODED_SIDES.index(one), CODED_SIDES.index(other)))
    ]


def shuffled_tables(
    pairs: tuple[NDArray[np.int8], NDArray[np.int8]], strata: Ints, size: int, tests: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Count pairs of categories, and count them again after shuffling one of the two within strata.

    To shuffle and count is to draw a table with the margins of the stratum, which takes (size - 1) squared
    hypergeometric draws however many pairs there are (Patefield 1981).

    :param pairs: The two categories of each pair, from 0 to ``size`` - 1: rows and columns of the tables.
    :param strata: The stratum of each pair.
    :param tests: How many tests will be adjusted together.
    :return: Counts, shape (size, size); their exact expectation; counts of each permutation, shape (draws, size, size).
    """
    names, stratum_of = np.unique(strata, return_inverse=True)
    cells = (stratum_of * size + pairs[0]) * size + pairs[1]
    tables = np.bincount(cells, minlength=len(names) * size * size).reshape(-1, size, size)
    of_rows, of_columns, n = tables.sum(axis=2), tables.sum(axis=1), tables.sum(axis=(1, 2))
    expected = np.einsum("si,sj->ij", of_rows / n[:, None], of_columns)
    can_vary = (of_rows.max(axis=1) < n) & (of_columns.max(axis=1) < n)
    fixed = tables[~can_vary].sum(axis=0)
    of_rows, of_columns = of_rows[can_vary], of_columns[can_vary]
    fewest = 200 * tests  # enough for each test to become significant after adjustment
    count = int(np.clip(5_000_000 // max(1, len(of_rows)), fewest, max(9_999, fewest)))  # takes about a second
    step = max(1, 1_000_000 // max(1, len(of_rows)))
    parts = [_draw_tables(of_rows, of_columns, min(step, count - done), rng) + fixed for done in range(0, count, step)]
    return tables.sum(axis=0).astype(float), expected, np.concatenate(parts).astype(float)


def _draw_tables(of_rows: Ints, of_columns: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Draw tables with given margins, and sum them over the strata; shape (count, size, size)."""
    size = of_rows.shape[1]
    drawn = np.zeros((count, size, size), np.int64)
    left = np.broadcast_to(of_columns, (count, *of_columns.shape)).copy()
    for row in range(size - 1):
        waiting = np.broadcast_to(of_rows[:, row], left.shape[:2]).copy()
        for column in range(size - 1):
            sample = rng.hypergeometric(left[:, :, column], left[:, :, column + 1 :].sum(axis=2), waiting)
            waiting -= sample
            left[:, :, column] -= sample
            drawn[:, row, column] = sample.sum(axis=1)
        left[:, :, -1] -= waiting
        drawn[:, row, -1] = waiting.sum(axis=1)
    drawn[:, -1] = left.sum(axis=1)
    return drawn


# Agreement ------------------------------------------------------------------------------------------------------------


def _agreement(posts: Posts, column: int, rows: Ints) -> Record | None:
    """Record the share of answers on the side of their parent, among those where both take a side."""
    answer_stances, parent_stances = posts.stances[rows, column], posts.stances[posts.parent[rows], column]
    sided = (answer_stances <= AGAINST) & (parent_stances <= AGAINST)
    rows = rows[sided]
    if len(rows) < FEWEST_PAIRS:
        return None

    hits = (answer_stances == parent_stances)[sided]
    interval = share_interval(hits, posts.author[rows], posts.source[rows])
    return {"n": len(hits), "share": float(hits.mean()), "interval": interval}


def share_interval(hits: Flags, *clusterings: Ints) -> list[float] | None:
    """Bound a share by Wilson's interval on the effective number of observations.

    The variance is the largest of several ways to cluster, as by author; a way with one cluster only says nothing.

    :param clusterings: The cluster of each observation.
    :return: Low and high end; None where a way has fewer than ``FEWEST_ARTICLES`` clusters: it would be a guess.
    """
    share = float(hits.mean())
    moves = (hits - share) / len(hits)
    sums = [np.bincount(np.unique(clustering, return_inverse=True)[1], moves) for clustering in clusterings]
    sums = [clustering for clustering in sums if len(clustering) > 1]
    if not sums or min(map(len, sums)) < FEWEST_ARTICLES:
        return None
    variance = max(float((clustering**2).sum()) * len(clustering) / (len(clustering) - 1) for clustering in sums)
    return list(effective_interval(share, variance, len(hits), min(map(len, sums))))


# Copies ---------------------------------------------------------------------------------------------------------------
#
# Texts that share two neighbouring words are compared by their longest common subsequence of words (rapidfuzz). Each
# word is a character of 16 bits, so that the texts of a million comments take about 80 MB and a comparison 2 µs.


SIMILAR = 0.4
"""Minimum share of common words in all words of both texts for near duplicates."""
SCATTERED = 0.36
"""Minimum share of common words in those of the longer text for near duplicates that differ in many places: two
copies with 35 % of their words changed have .42 in common."""
FEWEST_TIMED = 3
"""Minimum number of authors whose comment has a time for a test."""


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


def copies_record(posts: Posts, copies: Copies) -> Record:
    """Describe copied texts and how fast they came.

    :param found: By ``copies_of``.
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
    return {
        "text": posts.example(int(rows[most[0]]))["text"],
        "comments": len(rows),
        "exact": int(counts.max()),
        "authors": posts.authors(rows),
        "documents": len({posts.sources[position].document for position in np.unique(posts.source[rows])}),
        "outlets": len({posts.sources[position].outlet for position in np.unique(posts.source[rows])}),
        "first": moment(int(times[0])) if len(times) else None,
        "last": moment(int(times[-1])) if len(times) else None,
        "timed": len(times),
        "burst_p": p,
        "ids": [posts.name(int(row)) for row in rows[:MOST_LISTED]],
        "examples": [posts.example(int(rows[position])) for position in np.sort(most[:5])],
    }


# Groups of copies -----------------------------------------------------------------------------------------------------


def copies_of(posts: Posts) -> Copies:
    """Find groups of at least three comments by at least two authors that share a text of eight words or more.

    Texts of the article or of the comment that is answered are quotations and no copies.
    """
    digests = posts.digests
    compared = np.flatnonzero(digests)
    copies = Copies([], np.zeros(len(posts), bool))
    if len(compared) < FEWEST_COMMENTS:
        return copies
    _, first, inverse, counts = np.unique(digests[compared], return_index=True, return_inverse=True, return_counts=True)
    group = _leaders(posts, compared[first], counts)[inverse]  # of each compared comment: the text that leads its group
    large = np.flatnonzero(np.bincount(group, minlength=1)[group] >= FEWEST_COMMENTS)
    members = grouped(zip(compared[first[group[large]]].tolist(), compared[large].tolist(), strict=True))
    for leader in sorted(members):
        rows = _without_quotations(posts, np.array(members[leader]), leader)
        if len(rows) >= FEWEST_COMMENTS and posts.authors(rows) >= 2:
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
    parts = 1 + len(coded.codes) // 500_000
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
            for start in range(0, len(similar), 20_000):
                batch = similar[start : start + 20_000]
                yield one[batch], other[batch]
            rows = rows[np.repeat(sizes, sizes) > most]


def _sharing(coded: _Coded, rows: Ints, words: int) -> tuple[Ints, Ints, Ints]:
    """Pair each text with the first one that shares some words in a row, and with the one before it.

    :param places: Of the first words.
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
        return not common.any() or bool((common & quoted).sum() < QUOTED * common.sum())

    return rows[[is_copy(row) for row in rows.tolist()]]


# Bursts ---------------------------------------------------------------------------------------------------------------


def burst(posts: Posts, rows: Sequence[int] | Ints) -> float | None:
    """Bound how likely comments lie as close in time, were each at the time of a random comment of its page.

    Of each author one comment counts, drawn at random. The statistics are the shortest times that hold half of the
    comments and all of them. Each is tested by the sum over comments of the probability that enough others follow it
    within that time, an upper bound; Hoeffding (1956) bounds unlike chances on several pages by a binomial
    distribution.

    :return: In [0, 1]; None with fewer than ``_C.fewest_timed`` authors whose comment has a time.
    """
    timed = np.asarray(rows, np.int64)
    timed = timed[posts.posted[timed] != NO_TIME]
    timed = np.random.default_rng(0).permutation(timed)  # the first comments of authors lie closer than random ones
    timed = timed[np.unique(posts.author[timed], return_index=True)[1]]
    most = [page for page, _ in Counter(posts.source[timed].tolist()).most_common(50)]
    timed = timed[np.isin(posts.source[timed], most)]
    if len(timed) < FEWEST_TIMED:
        return None
    times = np.sort(posts.posted[timed])
    pages = []
    for page in most:
        start, end = np.searchsorted(posts.source, [page, page + 1])
        stated = posts.posted[start:end]
        pages.append((int((posts.source[timed] == page).sum()), np.sort(stated[stated != NO_TIME])))
    counts = sorted({max(FEWEST_TIMED, -(-len(times) // 2)), len(times)})
    bounds = (_bound(pages, len(times), n, int((times[n - 1 :] - times[: len(times) - n + 1]).min())) for n in counts)
    return min(1.0, len(counts) * min(bounds))


def _bound(pages: list[tuple[int, Ints]], count: int, within: int, span: int) -> float:
    from scipy.special import bdtrc

    total = 0.0
    for page, (own_times, times) in enumerate(pages):
        following = [
            np.searchsorted(page_times, times + span, "right") - np.searchsorted(page_times, times)
            for _, page_times in pages
        ]
        shares = np.array([n / len(page_times) for n, (_, page_times) in zip(following, pages, strict=True)])
        others = np.array([n for n, _ in pages])
        others[page] -= 1
        total += own_times * float(np.mean(bdtrc(within - 2, count - 1, np.clip(others @ shares / (count - 1), 0, 1))))
    return total
