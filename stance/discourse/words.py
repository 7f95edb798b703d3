"""Find the words and phrases by which sides and outlets differ.

Authors are counted, not occurrences: a word that one person writes twenty times describes that person. What is
reordered in the test is what a page shares: whole articles between outlets, authors of one article between sides. So a
word that belongs to the topic of an article is no difference between outlets, or between sides.
"""

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import NO_OUTLET, Record
from stance.discourse.posts import AGAINST, FAVOR, Codes, Flags, Floats, Ints, Posts, numbered

LEVEL = 0.02
"""Maximum probability of one false term or more, over all terms and comparisons of a record together."""

PERMUTATIONS = 499
"""Number of permutations of the labels of each comparison; the smallest p is .002."""

PRIOR = 500.0
"""Number of terms that the prior is worth, spread as over both groups (alpha_0 of Monroe, Colaresi and Quinn 2008)."""

FEWEST_AUTHORS = 5
"""Minimum number of authors who use a term that is shown: a word of one person could identify its writer."""

FEWEST_OF_A_GROUP = 10
"""Minimum number of authors of each group."""

FEWEST_ARTICLES = 5
"""Minimum number of articles of each outlet: of four against four, no order is rarer than 1 in 35."""

MOST_LISTED = 40
"""Maximum number of significant terms of a comparison that are listed."""

SAME = 0.8
"""Minimum ratio of authors, or of differences of authors between groups, at which a phrase and a part of it are shown
as one term."""

_CODES = 1 << 16
"""Number of words, and of phrases of each length, that are kept: the most frequent ones."""

STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish",
}  # fmt: skip
"""Languages with a stemmer of Snowball (M. Porter), as nltk names them."""

_ADDRESS = re.compile(r"(?:[a-z]{2,8}://|www\.)\S+|(?<![\w.+-])[\w.+-]*@[\w.]+")
_CUT = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[.,;:!?…()\"“”\n]")  # words, and marks, which end a phrase


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
    tests = [_Test(contrast, terms, writer) for contrast in compared]
    highest = np.max([contrast.highest for contrast in tests], axis=0)
    return [contrast.record(posts, highest) for contrast in tests]


# Comparisons ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TermContrast:
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
        if min(in_outlet.sum(), (~in_outlet).sum()) >= FEWEST_ARTICLES and authors >= FEWEST_OF_A_GROUP:
            groups = f"outlet:{name}", f"outlet:{largest[1]}" if is_pair else "rest"
            yield TermContrast("outlet", *groups, rows, unit, in_outlet, alike, np.arange(len(in_outlet)))


# Terms ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of some comments.

    :param used: Sparse, comments x terms: 1 where a comment uses a term.
    :param forms: Of each term, as it is written in lower case, the commonest first.
    """

    used: Any
    forms: list[list[str]]


class _Numbers(dict[str, int]):
    """Numbers the words of one language as they are met; 0: a mark, or none that is counted."""

    def __init__(self, spelled: list[str]) -> None:
        self._spelled = spelled

    def __missing__(self, word: str) -> int:
        if not 2 <= len(word) <= 40 or len(self._spelled) > 1_000_000:  # so that memory is bounded
            return 0
        self._spelled.append(word)
        self[word] = len(self._spelled) - 1
        return self[word]


def read_terms(posts: Posts, originals: Flags) -> Terms:
    """Find the terms of comments: words by their stems, and phrases of two and three words.

    :param chosen: Of each comment: whether it is read.
    """
    words, ends, spelled, stems = _read_words(posts, originals)
    levels = [stems[words]]
    for _ in range(2):  # a phrase of three words is two of two words that overlap
        levels.append(_phrases(levels[-1]))
    counts = np.concatenate([np.bincount(level, minlength=_CODES) for level in levels])
    counts[::_CODES] = 0  # no term
    ranked = np.argsort(-counts, kind="stable")[:4_000]
    numbers = np.full(len(counts), -1, np.int32)
    columns = ranked[counts[ranked] >= FEWEST_AUTHORS]
    numbers[columns] = np.arange(len(columns))
    of_level = numbers.reshape(len(levels), _CODES)
    return Terms(_incidence(levels, of_level, ends, len(columns)), _forms(levels, of_level, words, spelled))


def _read_words(posts: Posts, originals: Flags) -> tuple[Codes, Ints, list[str], Codes]:
    """Read the words of comments as numbers; 0 ends a phrase, and each comment.

    Names of a page's commenters are left out there, and everywhere where they are met on their pages mostly.

    :return: The numbers; the end of each comment in them; the spelling of each number, and the number of its stem.
    """
    spelled = [""]
    of_language: dict[str, _Numbers] = {}
    languages = _languages(posts)
    flat, ends, masked = array("i"), np.empty(len(posts), np.int64), Counter[str]()
    names: frozenset[str] = frozenset()
    for row, source in enumerate(posts.source.tolist()):
        if row == posts.sources[source].first:
            names = frozenset(_CUT.findall(_folded(posts.sources[source].names)))
        if originals[row]:
            tokens = words_of(posts.text(row))
            if not names.isdisjoint(tokens):
                masked.update(word for word in tokens if word in names)
                tokens = ["" if word in names else word for word in tokens]
            language = languages[posts.languages[row]]
            flat.extend(map(of_language.setdefault(language, _Numbers(spelled)).__getitem__, tokens))
        flat.append(0)
        ends[row] = len(flat)
    numbers = np.frombuffer(flat, np.int32)
    counts = np.bincount(numbers, minlength=len(spelled))
    counts[0] = 0
    for language_words in of_language.values():
        for word in masked.keys() & language_words.keys():
            counts[language_words[word]] *= masked[word] < counts[language_words[word]]
    order = np.argsort(-counts, kind="stable")[: _CODES - 1]
    order = order[counts[order] > 1]  # with their marks: a word that is met once is nobody's habit
    codes = np.zeros(len(spelled), np.uint16)
    codes[order] = np.arange(1, len(order) + 1)
    stems = _stems({number: codes[number] for number in order.tolist()}, spelled, of_language)
    return codes[numbers], ends, ["", *(spelled[number] for number in order)], stems


def _languages(posts: Posts) -> dict[str, str]:
    """Return as which language the comments of each are read; those without a stemmer as one, ""."""
    counts = Counter(posts.languages)
    most = max(counts, key=counts.__getitem__)
    common = {language: language if n >= 0.05 * len(posts) else most for language, n in counts.items()}
    return {language: reading if reading in STEMMED else "" for language, reading in common.items()}


def _stems(codes: Mapping[int, int], spelled: Sequence[str], of_language: Mapping[str, Mapping[str, int]]) -> Codes:
    """Number the stems of words.

    :param codes: Number of a word -> its code, from 1.
    :return: Of each code.
    """
    from nltk.stem import SnowballStemmer

    stem_codes = np.zeros(len(codes) + 1, np.uint16)
    code_of: dict[tuple[str, str], int] = {}
    for language, words in of_language.items():
        stem = SnowballStemmer(STEMMED[language]).stem if language else str
        for number in words.values():
            if number in codes:
                stem_codes[codes[number]] = code_of.setdefault((language, stem(spelled[number])), len(code_of) + 1)
    return stem_codes


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, and the marks that end a phrase; addresses are left out."""
    return _CUT.findall(_ADDRESS.sub(" . ", _folded(text)))


def _folded(text: str) -> str:
    return text.replace("’", "'").casefold()


def _phrases(codes: Codes) -> Codes:
    """Number the pairs of neighbours that are collocations.

    :param codes: 0: none.
    :return: At the place of the first of a pair its number, of 0 where there is none.
    """
    pairs = np.zeros(len(codes), np.uint32)
    pairs[:-1] = np.where((codes[:-1] > 0) & (codes[1:] > 0), codes[:-1].astype(np.uint32) << 16 | codes[1:], 0)
    unique_pairs, counts = np.unique(pairs, return_counts=True)
    frequent = (unique_pairs > 0) & (counts >= FEWEST_AUTHORS)
    unique_pairs, counts = unique_pairs[frequent], counts[frequent]
    of_codes = np.bincount(codes).astype(float)
    bits = np.log2(counts * float(len(codes))) - np.log2(of_codes[unique_pairs >> 16] * of_codes[unique_pairs & 0xFFFF])
    phrases = np.flatnonzero(bits >= 3.0)  # eight times as often as by chance
    phrases = phrases[np.lexsort((unique_pairs[phrases], -bits[phrases], -counts[phrases]))][: _CODES - 1]
    frequent_pairs = np.sort(np.append(unique_pairs[phrases], np.uint32(0)))
    positions = np.minimum(np.searchsorted(frequent_pairs, pairs), len(frequent_pairs) - 1)
    return np.where(frequent_pairs[positions] == pairs, positions, 0).astype(np.uint16)


def _incidence(levels: Sequence[Codes], numbers: NDArray[np.int32], ends: Ints, terms: int) -> Any:
    """Mark the terms that each comment uses.

    :param numbers: Levels x codes: the number of a term, or -1.
    :return: Sparse, comments x terms.
    """
    from scipy.sparse import csr_array

    comment = np.repeat(np.arange(len(ends), dtype=np.int32), np.diff(ends, prepend=0))
    used = csr_array((len(ends), terms), dtype=np.int32)
    for level, columns in zip(levels, numbers, strict=True):
        positions = np.flatnonzero(columns[level] >= 0)
        used += csr_array(
            (np.ones(len(positions), np.int32), (comment[positions], columns[level[positions]])), shape=used.shape
        )
    used.data = np.ones(len(used.data), np.int8)
    return used


def _forms(levels: Sequence[Codes], numbers: NDArray[np.int32], words: Codes, spelled: list[str]) -> list[list[str]]:
    """Find how each term is written, the commonest form first."""
    forms: list[Counter[str]] = [Counter() for _ in range(int(numbers.max()) + 1)]
    for length, (level, columns) in enumerate(zip(levels, numbers, strict=True)):
        first, size = np.flatnonzero(columns[level] >= 0), length + 1
        keys = columns[level[first]].astype(np.int64)  # a term, then its words: 16 bits each
        for start in range(size):
            keys = keys << 16 | words[first + start]
        for key, n in zip(*(counter.tolist() for counter in np.unique(keys, return_counts=True)), strict=True):
            written = [spelled[key >> 16 * start & 0xFFFF] for start in reversed(range(size))]
            forms[key >> 16 * size][" ".join(written)] = n
    return [[form for form, _ in counter.most_common(6)] for counter in forms]


# The test -------------------------------------------------------------------------------------------------------------


class _Test:
    """The terms of one comparison, and of exchanged labels.

    :param writer: Of each comment of ``posts``.
    """

    def __init__(self, compared: TermContrast, terms: Terms, writer: Ints) -> None:
        self._compared, self._terms, self._writer = compared, terms, writer
        counts = self._counts()
        sides = [counts[compared.in_group], counts[~compared.in_group]]
        self._authors = np.array([np.asarray(side.sum(axis=0)) for side in sides])
        self._articles, self._fewest = self._spread(counts)
        enough = (self._authors.sum(axis=0) >= FEWEST_AUTHORS) & (self._articles.sum(axis=0) >= self._fewest.min())
        self._tested = np.flatnonzero(enough)
        z = self._standardised(counts[:, self._tested])
        self.highest: Floats = np.max(np.abs(z), axis=0, initial=0.0)
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
            spreads.append(np.asarray((of_article @ counts[rows] > 0).sum(axis=0)))
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
        size = np.asarray(used.sum(axis=0))
        total, total_size = np.asarray(used.sum(axis=1))[:, None], float(size.sum())
        prior = PRIOR * total / max(total_size, 1.0)
        columns = []
        for labels in self._labels(1 + 500_000 // max(used.shape)):
            group_uses, n = used @ labels, size @ labels
            both = [(group_uses, n), (total - group_uses, total_size - n)]
            odds = [np.log(count + prior) - np.log(of + PRIOR - count - prior) for count, of in both]
            variance = sum(1 / (count + prior) for count, _ in both)
            if self._compared.kind != "side":  # an article holds several authors
                spread = _residuals(used, size, labels, both)
                clustered = sum(noise / (count + prior) ** 2 for noise, (count, _) in zip(spread, both, strict=True))
                variance = np.maximum(variance, clustered)
            columns.append(((odds[0] - odds[1]) / np.sqrt(variance)).astype(np.float32))
        z = np.hstack(columns).astype(np.float64)
        z = (z - z.mean(axis=1, keepdims=True)).round(5)  # the same labels, added up otherwise, give the same
        return np.where(z.std(axis=1, keepdims=True) > 1e-6, z, 0.0)  # strata of one group each hold nothing to compare

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
        for column, number in enumerate(distinctive[:MOST_LISTED]):
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
            if len(example_of) < 3 and pattern.search(_folded(example["text"])):  # what is shown of it holds the term
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
    total_sums = np.asarray(squares.sum(axis=1))[:, None], (used @ size)[:, None], (size**2).sum()
    other = (all_of - part for all_of, part in zip(total_sums, group_sums, strict=True))
    for (count, of), (square, product, sizes) in zip(both, (group_sums, tuple(other)), strict=True):
        share = count / np.maximum(of, 1)
        yield np.maximum(square - 2 * share * product + share**2 * sizes, 0)


def _parts(words: Mapping[int, frozenset[str]], differs: Floats, significant: Sequence[int]) -> set[int]:
    """Find significant terms that are part of a longer one, which makes most of their difference."""
    parts: set[int] = set()
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
