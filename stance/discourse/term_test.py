"""Test which terms one group of comments uses more than another, with labels exchanged within strata."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Record
from stance.discourse.posts import Flags, Floats, Ints, Posts
from stance.discourse.terms import FEWEST_AUTHORS, Terms, folded

LEVEL = 0.02
"""Maximum probability of one false term or more, over all terms and comparisons of a record together."""

PERMUTATIONS = 499
"""Number of permutations of the labels of each comparison; the smallest p is .002."""

PRIOR = 500.0
"""Number of terms that the prior is worth, spread as over both groups (alpha_0 of Monroe, Colaresi and Quinn 2008)."""

SAME = 0.8
"""Minimum ratio of authors, or of differences of authors between groups, at which a phrase and a part of it are shown
as one term."""


class TermContrast(NamedTuple):
    """Two groups of comments, made of units with labels that can be exchanged.

    :param places: Of the comments of both groups, shape (n,).
    :param unit: The unit of each of them, shape (n,), from 0.
    :param in_group: Of each unit; else it is in the other group.
    :param strata: Of each unit; labels are exchanged between units of one stratum.
    :param article: Of each unit; of an author, the first.
    """

    kind: str
    group: str
    against: str
    places: Ints
    unit: Ints
    in_group: Flags
    strata: Ints
    article: Ints
    target: str | None = None


class TermTest:
    """The terms of one comparison, and of exchanged labels.

    :param writer: Of each comment of ``posts``.
    """

    def __init__(self, compared: TermContrast, terms: Terms, writer: Ints) -> None:
        self._compared, self._terms, self._writer = compared, terms, writer
        counts = self._counts()
        sides = [counts[compared.in_group], counts[~compared.in_group]]
        self._authors = np.array([side.sum(axis=0) for side in sides])
        self._articles, self._fewest = self._spread(counts)
        enough = (self._authors.sum(axis=0) >= FEWEST_AUTHORS) & (self._articles.sum(axis=0) >= self._fewest.min())
        self._tested = np.flatnonzero(enough)
        z = self._standardised(counts[:, self._tested])
        self.highest = np.maximum(z.max(axis=0, initial=0.0), -z.min(axis=0, initial=0.0))
        self._z = z[:, 0].copy()

    def _counts(self) -> Any:
        """Count the authors of each unit who use each term; those of several units in one of those where they do.

        That one is drawn: if it were the first, words would grow rarer with time.

        :return: Sparse, units x terms.
        """
        from scipy.sparse import csr_array

        rows_of_posts, unit, terms = self._compared.places, self._compared.unit, self._terms.used.shape[1]
        rows = np.random.default_rng(0).permutation(len(rows_of_posts))
        used = self._terms.used[rows_of_posts[rows]].tocoo()
        _, first = np.unique(self._writer[rows_of_posts[rows[used.row]]] * terms + used.col, return_index=True)
        cells = unit[rows[used.row[first]]], used.col[first]
        return csr_array((np.ones(len(first), np.float32), cells), shape=(len(self._compared.in_group), terms))

    def _spread(self, counts: Any) -> tuple[Ints, Ints]:
        """Count the articles of both groups in which each term occurs, and how many it needs."""
        from scipy.sparse import csr_array

        _, article = np.unique(self._compared.article, return_inverse=True)
        spreads, fewest = [], []
        for side in (self._compared.in_group, ~self._compared.in_group):
            rows = np.flatnonzero(side)
            of_article = csr_array((np.ones(len(rows), np.float32), (article[rows], np.arange(len(rows)))))
            spreads.append((of_article @ counts[rows] > 0).sum(axis=0))
            fewest.append(min(3, len(np.unique(article[rows]))))
        return np.array(spreads), np.array(fewest)

    def _labels(self, at_once: int) -> Iterator[NDArray[np.float32]]:
        """Exchange labels between the units of each stratum.

        :return: Arrays of units x permutations; the first column of the first is the labels as they are.
        """
        compared, rng = self._compared, np.random.default_rng(0)
        _, strata = np.unique(compared.strata, return_inverse=True)
        ordered = compared.in_group[np.argsort(strata, kind="stable")]
        for start in range(0, PERMUTATIONS + 1, at_once):
            drawn = rng.random((min(at_once, PERMUTATIONS + 1 - start), len(strata)))
            labels = np.empty(drawn.shape[::-1], np.float32)
            np.put_along_axis(labels, np.argsort(drawn + strata).T, ordered[:, None].astype(np.float32), axis=0)
            if start == 0:
                labels[:, 0] = compared.in_group
            yield labels

    def _standardised(self, counts: Any) -> Floats:
        """Compute the log-odds of terms in standard errors, under the labels as they are and exchanged ones.

        :param counts: Sparse, units x terms.
        :return: Terms x (1 + permutations), the first column as the labels are; each row has mean 0.
        """
        if counts.shape[1] < 2:  # there are no odds of the only term
            return np.zeros((counts.shape[1], 1 + PERMUTATIONS))
        used = counts.T.tocsr()
        size = used.sum(axis=0)
        total, total_size = used.sum(axis=1)[:, None], float(size.sum())
        prior = PRIOR * total / max(total_size, 1.0)
        z, done = np.empty((len(total), 1 + PERMUTATIONS)), 0
        for labels in self._labels(1 + 100_000 // max(used.shape)):
            group_uses, n = used @ labels, size @ labels
            both = [(group_uses, n), (total - group_uses, total_size - n)]
            odds = [np.log(count + prior) - np.log(of + PRIOR - count - prior) for count, of in both]
            variance = sum(1 / (count + prior) for count, _ in both)
            if self._compared.kind != "side":  # an article holds several authors
                spread = _residuals(used, size, labels, both)
                clustered = sum(noise / (count + prior) ** 2 for noise, (count, _) in zip(spread, both, strict=True))
                variance = np.maximum(variance, clustered)
            z[:, done : done + labels.shape[1]] = ((odds[0] - odds[1]) / np.sqrt(variance)).astype(np.float32)
            done += labels.shape[1]
        z -= z.mean(axis=1, keepdims=True)
        z.round(5, out=z)  # the same labels, added up otherwise, give the same
        z[~(z.std(axis=1) > 1e-6)] = 0.0  # strata of one group each hold nothing to compare
        return z

    # Records ----------------------------------------------------------------------------------------------------------

    def record(self, posts: Posts, highest: Floats) -> Record:
        """Record the comparison.

        :param highest: Of each permutation, the largest absolute z of all comparisons; the first is not exchanged.
        """
        compared, z = self._compared, self._z
        chance = np.sort(highest[1:])
        p = (1 + len(chance) - np.searchsorted(chance, np.abs(z))) / (1 + len(chance))
        side = (z < 0).astype(int)  # that uses the term more: 0 the group, 1 the other
        authors, articles = self._authors[:, self._tested], self._articles[:, self._tested]
        order = np.arange(len(z))
        enough = (authors[side, order] >= FEWEST_AUTHORS) & (articles[side, order] >= self._fewest[side])
        distinctive = self._distinct(np.flatnonzero((p <= LEVEL) & enough), authors.sum(axis=0))
        sizes = [self._size(posts, units) for units in (compared.in_group, ~compared.in_group)]
        used = self._terms.used[:, self._tested[distinctive]][compared.places].tocsc()
        terms = []
        # Maximum number of significant terms of a comparison that are listed.
        for column, number in enumerate(distinctive[:40]):
            rows = used.indices[used.indptr[column] : used.indptr[column + 1]]
            forms = self._terms.forms[self._tested[number]]
            term = {"term": forms[0], "forms": forms, "z": round(float(z[number]), 2)}
            term |= {"p_adjusted": round(float(p[number]), 4)}
            terms.append(term | self._uses(posts, rows, int(side[number]), forms))
        return {
            "kind": compared.kind,
            "target": compared.target,
            "group": compared.group,
            "against": compared.against,
            "size": sizes[0],
            "other_size": sizes[1],
            "tested": len(z),
            "significant": len(distinctive),
            "terms": terms,
        }

    def _distinct(self, significant: Ints, authors: Floats) -> list[int]:
        """Order terms by weight, and keep of a phrase and its parts only one."""
        compared, weight = self._compared, np.abs(self._z).round(1)
        of_side = [compared.places[compared.in_group[compared.unit] == side] for side in (True, False)]
        sizes = np.array([len(np.unique(self._writer[rows])) for rows in of_side])
        rates = self._authors[:, self._tested] / sizes[:, None]
        differs = rates[0] - rates[1]  # of the shares of authors who use each term
        words = {int(term): frozenset(self._terms.forms[self._tested[term]][0].split()) for term in significant}
        order = sorted(words, key=lambda term: (-weight[term], -len(words[term]), term))[:400]
        parts, distinct = _parts(words, differs, order), list[int]()
        for term in order:
            # Two sides may say different things in one frame: those are two terms.
            same = [other for other in distinct if differs[term] * differs[other] >= 0]
            if term not in parts and not any(_overlap(words, authors, term, other) for other in same):
                distinct.append(term)
        return distinct

    def _uses(self, posts: Posts, rows: Ints, side: int, forms: Sequence[str]) -> Record:
        """Count who uses a term, and draw comments of up to three of the authors who use it more.

        :param rows: Of its comments in the places of the comparison.
        :param side: Who uses it more: 0 the group, 1 the others.
        """
        compared = self._compared
        in_group = compared.in_group[compared.unit[rows]]
        sides = [compared.places[rows[in_group]], compared.places[rows[~in_group]]]
        spaced = (r"\s+".join(map(re.escape, form.split())) for form in forms)
        pattern = re.compile("|".join(rf"(?<!\w){form}(?!\w)" for form in spaced))
        example_of: dict[int, Record] = {}  # author -> example
        for row in np.random.default_rng(0).permutation(sides[side])[:30].tolist():
            example = posts.example(row)
            if len(example_of) < 3 and pattern.search(folded(example["text"])):  # what is shown of it holds the term
                example_of.setdefault(int(self._writer[row]), example)
        authors, other_authors = (len(np.unique(self._writer[side_rows])) for side_rows in sides)
        counts = {"n": len(sides[0]), "authors": authors, "other_authors": other_authors}
        return counts | {"examples": list(example_of.values())}

    def _size(self, posts: Posts, units: Flags) -> Record:
        rows = self._compared.places[units[self._compared.unit]]
        sources = np.unique(posts.source[rows])
        return {
            "comments": len(rows),
            "authors": len(np.unique(self._writer[rows])),
            "articles": len({posts.sources[source].document for source in sources.tolist()}),
        }


def _residuals(used: Any, size: Floats, labels: NDArray[np.float32], both: list[tuple[Any, Any]]) -> Iterator[Floats]:
    """Sum the squares by which the counts of units differ from those of their group as a whole.

    :param used: Sparse, terms x units.
    :param size: Terms of each unit.
    :param both: Of either group: the count of each term, and of all terms.
    :return: Of either group, terms x permutations.
    """
    squares = type(used)((used.data**2, used.indices, used.indptr), shape=used.shape)
    group_sums = squares @ labels, used @ (labels * size[:, None]), size**2 @ labels
    total_sums = squares.sum(axis=1)[:, None], (used @ size)[:, None], (size**2).sum()
    other = (all_of - part for all_of, part in zip(total_sums, group_sums, strict=True))
    for (count, of), (square, product, sizes) in zip(both, (group_sums, tuple(other)), strict=True):
        share = count / np.maximum(of, 1)
        yield np.maximum(square - 2 * share * product + share**2 * sizes, 0)


def _parts(words: Mapping[int, frozenset[str]], differs: Floats, significant: Sequence[int]) -> set[int]:
    """Find significant terms that are part of a longer one, which makes most of their difference."""
    parts = set()
    for phrase in sorted(significant, key=lambda term: -len(words[term])):  # of equal ones the heaviest first
        if phrase not in parts:
            parts |= {
                term
                for term in significant
                if term != phrase and words[term] <= words[phrase]
                if differs[phrase] * np.sign(differs[term]) >= SAME * abs(differs[term])
            }
    return parts


def _overlap(words: Mapping[int, frozenset[str]], authors: Floats, one: int, other: int) -> bool:
    """Return whether one term has most of its words in common with the other, and as many authors."""
    fewer, more = sorted((authors[one], authors[other]))
    least = min(len(words[one]), len(words[other]))
    return fewer >= SAME * more and 3 * len(words[one] & words[other]) >= 2 * least
