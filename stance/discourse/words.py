"""Find the words and phrases by which sides and outlets differ.

Authors are counted, not occurrences: a word that one person writes twenty times describes that person. What is
reordered in the test is what a page shares: whole articles between outlets, authors of one article between sides. So a
word that belongs to the topic of an article is no difference between outlets, or between sides.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from stance.datamodels import NO_OUTLET, Record
from stance.discourse.analysis import Analysis, Section
from stance.discourse.posts import AGAINST, FAVOR, Flags, Ints, Posts, numbered
from stance.discourse.term_test import TermContrast, TermTest
from stance.discourse.terms import read_terms

FEWEST_OF_A_GROUP = 10
"""Minimum number of authors of each group."""


def words_record(posts: Posts, *, copies: Flags | None = None) -> list[Record]:
    """Compare the terms of sides and of outlets.

    A term is a word, grouped with others of its stem, or a phrase of two or three words. Log-odds with an informative
    Dirichlet prior (Monroe, Colaresi and Quinn, Fightin' Words, Political Analysis 16, 2008, equations 15, 16, 20 and
    22), centred by their mean under ``PERMUTATIONS`` of the labels; p-values from the largest absolute z of
    each permutation, over all terms and comparisons (Westfall and Young, Resampling-Based Multiple Testing, 1993).

    :param copies: True: a later copy of another comment, which is left out.
    :return: For each comparison with enough authors and articles: ``kind`` (side, outlet) and ``target``; ``group``,
        ``against``; ``size`` and ``other_size`` of them (``comments``, ``authors``, ``articles``); how many terms were
        ``tested`` and are ``significant``; ``terms``, the significant ones: ``term``, ``forms``, ``z`` (above 0: more
        in the group), ``n`` comments and ``authors`` in the group, ``other_authors``, ``p_adjusted``, ``examples`` of
        those who use it more.
    """
    originals = np.ones(len(posts), bool) if copies is None else ~copies
    writer = np.where(posts.author >= 0, posts.author, len(posts) + posts.source)
    compared = [*_sides(posts, originals, writer), *_outlets(posts, originals, writer)]
    if not compared:
        return []
    terms = read_terms(posts, originals)
    tests = [TermTest(contrast, terms, writer) for contrast in compared]
    highest = np.max([contrast.highest for contrast in tests], axis=0)
    return [contrast.record(posts, highest) for contrast in tests]


def _sides(posts: Posts, originals: Flags, writer: Ints) -> Iterator[TermContrast]:
    """Compare authors in favor of each target with authors against it, within the article that they came to first.

    Authors are of the side that more of their comments take; of both alike, they are left out. Articles to which few
    came are taken together, by outlet.
    """
    outlet = numbered(source.outlet for source in posts.sources)[1]
    for column, target in enumerate(posts.targets):
        stance = posts.stances[:, column]
        rows = np.flatnonzero(originals & ((stance == FAVOR) | (stance == AGAINST)))
        signs = np.where(stance[rows] == FAVOR, 1, -1)
        _, unit = np.unique(writer[rows], return_inverse=True)
        balance = np.bincount(unit, signs, minlength=1)
        one_sided = np.sign(balance)[unit] == signs
        rows = rows[one_sided]
        _, first, unit = np.unique(writer[rows], return_index=True, return_inverse=True)
        in_group = stance[rows[first]] == FAVOR
        if min(in_group.sum(), (~in_group).sum()) >= FEWEST_OF_A_GROUP:
            article = posts.source[rows[first]]
            small = np.bincount(article, minlength=len(outlet))[article] < FEWEST_OF_A_GROUP
            strata = np.where(small, len(outlet) + outlet[article], article)
            names = f"{target}:favor", f"{target}:against"
            yield TermContrast("side", *names, rows, unit, in_group, strata, article, target)


def _outlets(posts: Posts, originals: Flags, writer: Ints) -> Iterator[TermContrast]:
    """Compare each outlet with the rest, or two with each other, where both have enough articles and authors."""
    names = np.array([origin.outlet for origin in posts.sources], object)
    rows = np.flatnonzero(originals & (names != NO_OUTLET)[posts.source])
    source = posts.source[rows]
    articles = numbered(origin.document for origin in posts.sources)[1]  # that came in parts are one
    _, first, unit = np.unique(articles[source], return_index=True, return_inverse=True)
    largest = sorted(name for name, _ in Counter(names[source].tolist()).most_common(10))
    is_pair = len(largest) == 2
    for name in largest[: 1 if is_pair else None]:
        is_own = names[source] == name
        in_outlet, alike = is_own[first], np.zeros(len(first), np.int64)
        authors = min(len(np.unique(writer[rows[side]])) for side in (is_own, ~is_own))
        # Minimum number of articles of each outlet: of four against four, no order is rarer than 1 in 35.
        if min(in_outlet.sum(), (~in_outlet).sum()) >= 5 and authors >= FEWEST_OF_A_GROUP:
            groups = f"outlet:{name}", f"outlet:{largest[1]}" if is_pair else "rest"
            yield TermContrast("outlet", *groups, rows, unit, in_outlet, alike, np.arange(len(in_outlet)))


ANALYSIS = Analysis(
    "words", lambda posts, copies, _: words_record(posts, copies=copies.later),
    Section("Words and phrases", "Which words does one outlet or side use more than another?",
    "10 authors on each side; between outlets, also 5 articles each",
    "listed terms are significant. The probability of any false term on the page is 2 %"),
)  # fmt: skip
