"""Find the themes of groups of comments on one page.

A theme is a few words that are more frequent on the page than in comments elsewhere and that stand near each other in
the same comments. The comments elsewhere are a table that ships with the package, so that the themes of a page do not
depend on the other pages of a run. Passages of 40 words are compared, as long comments contain most pairs of words.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import product

import numpy as np

from stance.aggregation.contrasts import holm
from stance.datamodels import Document, Grade, Record, Stance, Unit
from stance.discourse.analysis import Analysis
from stance.discourse.posts import Floats, Ints, read_posts
from stance.discourse.stems import stemmer
from stance.discourse.term_test import PRIOR
from stance.discourse.terms import Terms, read_terms, words_of
from stance.resources import DATA

FEWEST_COMMENTS = 30
"""Minimum number of comments in English of a page with themes."""

MOST_THEMES = 5
"""Maximum number of themes of a page."""

LEVEL = 0.05
"""Maximum probability of one false word or more, over all words of a page (Holm)."""

MOST_ELSEWHERE = 0.01, 0.003
"""Maximum share of comments elsewhere that use a word of a theme, and that use its first one if it is a single word."""

_LISTS = re.compile(
    r"^(?:(?:recommended|liked|thanked) by:\s*[^\n]*|(?:[^,.!?\n]{2,30}, ){3,}[^,\n]*)|#\w+"
    r"|(?:https?://)?(?<![\w.@-])(?:[\w-]{1,60}\.){1,5}(?:com|org|net|edu|gov|info|co|uk)\b\S*",
    re.MULTILINE | re.IGNORECASE,
)  # of those who liked a comment; hashtags, which come in fixed groups; addresses without a scheme


@cache
def _background() -> Record:
    """Read the table of comments elsewhere.

    :return: Number of ``comments``, of ``uses`` of all stems, and of the comments that use each of ``stems``;
        ``fillers``, words and stems that name no theme.
    """
    return json.loads(gzip.decompress((DATA / "words" / "en.json.gz").read_bytes()))


@cache
def _stemmer() -> Callable[[str], str]:
    return lru_cache(50_000)(stemmer("english"))


def stems_of(text: str) -> set[str]:
    """Return the stems of the words of an English text."""
    return {_stemmer()(word) for word in words_of(_LISTS.sub("", text)) if 2 <= len(word) <= 40}


def find_themes(document: Document) -> list[Record]:
    """Find the themes of one page.

    :return: At most ``MOST_THEMES``, those of most comments first: ``words``, two or three words and phrases, as most
        often written; ``ids`` of its comments, in page order; ``typical``, the id of one; ``dissent``,
        the id of the comment that most surely takes the other side than most of them, or None. Empty with fewer than
        ``FEWEST_COMMENTS`` comments in English.
    """
    posts = read_posts(document)
    texts = [_LISTS.sub("", posts.text(row)[:5_000]) for row in range(len(posts))]
    distinct = {text: row for row, text in reversed(list(enumerate(texts)))}
    rows = sorted(row for text, row in distinct.items() if posts.languages[row] == "en" and text.count(" ") > 1)
    if len(rows) < FEWEST_COMMENTS:
        return []
    passages = [(row, passage) for row in rows for passage in re.findall(r"(?:\S+\s*){1,40}", texts[row])]
    source, zeros = posts.sources[0]._replace(texts=[text for _, text in passages]), np.zeros(len(passages), np.int64)
    divided = replace(posts, sources=(source,), source=zeros, languages=("en",) * len(passages))
    terms = read_terms(divided, np.ones(len(passages), bool))
    passage_rows, stems = np.array([row for row, _ in passages]), [stems_of(text) for _, text in passages]
    uses = len({(row, stem) for row, used in zip(passage_rows.tolist(), stems, strict=True) for stem in used})
    words = _Words(
        terms, np.where(posts.author >= 0, posts.author, len(posts) + np.arange(len(posts)))[passage_rows], uses
    )
    lengths, headline = np.array([len(used) for used in stems], float), stems_of(document.title or "")
    themes = []
    for numbers, members in words.groups(posts.author, passage_rows, lengths):
        written = [texts[row] for row in members]
        forms = [words.forms[number] for number in numbers]
        names = _names(forms, written)
        # Minimum number of words and phrases of a theme that are not in the headline. Two readers found that .86 of
        # such themes are about one matter and rightly named, and .37 of others (one half of sites).
        if len(names) < 2 or not headline.isdisjoint(stems_of(" ".join(names))):
            continue
        ids = [document.comments[row].comment_id for row in members]
        typical, dissent = ids[_typical(written, forms)], _dissent(document, set(ids))
        themes.append({"words": names, "ids": ids, "typical": typical, "dissent": dissent})
        if len(themes) == MOST_THEMES:
            break
    return sorted(themes, key=lambda theme: (-len(theme["ids"]), theme["words"]))


def _is_content(phrase: str) -> bool:
    """Return whether a word or phrase may name a theme: it holds no function word or filler, and nothing shortened."""
    stem, fillers = _stemmer(), _background()["fillers"]
    words = phrase.split()
    return all(
        len(word) > 2 and "'" not in word and word not in fillers and stem(word) not in fillers for word in words
    )


class _Words:
    """The words and phrases of a page that may name its themes.

    Log-odds with an informative Dirichlet prior (Monroe, Colaresi and Quinn 2008), each person counted once, with
    p-values adjusted by Holm's method. A phrase is compared with its rarest word, which is at least as frequent.

    :param terms: Of passages.
    :param writer: Number of the person who wrote each passage.
    :param uses: Number of different stems of each comment, summed.
    """

    def __init__(self, terms: Terms, writer: Ints, uses: int) -> None:
        from scipy.special import ndtr

        table, count = _background(), len(terms.forms)
        incidence = terms.used.tocoo()
        here = np.bincount(np.unique(writer[incidence.row] * count + incidence.col) % count, minlength=count)
        stems = [tuple(map(_stemmer(), forms[0].split())) for forms in terms.forms]
        elsewhere = np.array([max(2, min(table["stems"].get(stem, 0) for stem in term)) for term in stems])
        prior = PRIOR * elsewhere / table["uses"]
        both = (here, uses), (elsewhere, table["uses"])
        odds = [np.log(n + prior) - np.log(total + PRIOR - n - prior) for n, total in both]
        z = (odds[0] - odds[1]) / np.sqrt(1 / (here + prior) + 1 / (elsewhere + prior))
        ratio, share = here / elsewhere * table["uses"] / uses, elsewhere / table["comments"]
        is_chosen = np.array(holm(ndtr(-z).tolist()), float) <= LEVEL
        # Maximum share of the comments that use a word of a theme: a word that more use is the topic of the page.
        # Minimum ratio of the frequency of a word on the page to that elsewhere.
        is_chosen &= (ratio >= 5.0) & (share <= MOST_ELSEWHERE[0]) & (here <= 1 / 3 * len(set(writer)))
        ranked = sorted(np.flatnonzero(is_chosen).tolist(), key=lambda i: (-round(float(z[i]), 5), stems[i]))
        ranked = [i for i in ranked if _is_content(terms.forms[i][0])][:300]
        self.stems, self.forms = [frozenset(stems[i]) for i in ranked], [terms.forms[i] for i in ranked]
        columns = np.array(ranked, int)
        self._used, self._ratio, self._share = terms.used[:, columns].astype(np.int32), ratio[columns], share[columns]

    def groups(self, author: Ints, rows: Ints, lengths: Floats) -> Iterator[tuple[list[int], list[int]]]:
        """Group the comments.

        Words are joined that stand in the same passages more often than by chance (Poisson, with Bonferroni's
        correction for the words compared with the first).

        :param author: Number of the author of each comment; -1: no name.
        :param rows: Number of the comment of each passage.
        :param lengths: Number of different stems of each passage.
        :return: Numbers of the words and of the comments of each theme.
        """
        from scipy.special import pdtrc

        both = (self._used.T @ self._used).toarray()
        n, sizes = both.diagonal(), np.array([len(term) for term in self.stems], int)
        expected = np.outer(n, n) * (lengths**2).sum() / lengths.sum() ** 2
        pairs = [term.isdisjoint(other) for term in self.stems for other in self.stems]
        apart = np.array(pairs, bool).reshape(both.shape)
        # Minimum share of the passages with the first word of a theme that use another word of it, too.
        is_joined = apart & (both >= 3) & (both >= 1 / 3 * n[:, None])
        is_joined &= pdtrc(both - 1, expected) * len(n) <= LEVEL
        gain = np.where(is_joined, both * np.log(np.maximum(both, 1) / expected), 0.0)
        size = np.bincount(rows, minlength=len(author))
        first = np.flatnonzero((sizes > 1) | (self._share <= MOST_ELSEWHERE[1]))
        rank = np.sqrt(n) * np.log(self._ratio)
        is_free, is_taken = np.ones(len(n), bool), np.zeros(len(author), bool)
        for stem in sorted(first.tolist(), key=lambda stem: (-round(float(rank[stem]), 5), sorted(self.stems[stem]))):
            words = [stem]
            for _ in range(2 if is_free[stem] else 0):
                gains = gain[stem] * is_free * apart[words].all(axis=0)
                words += [int(gains.argmax())] if gains.max() > 0 else []
            if not is_free[stem] or (len(words) == 1 and sizes[stem] == 1):
                continue
            uses = self._used[:, words].toarray()
            is_of = (uses[:, 0] > 0) | (uses @ np.minimum(sizes[words], 2) >= 2)
            share = np.bincount(rows, uses.any(axis=1), minlength=len(author)) / np.maximum(size, 1)
            # Minimum share of the passages of a comment that use a word of its theme.
            members = np.intersect1d(rows[is_of], np.flatnonzero(share >= 0.3))
            people = np.bincount(author[members] + 1)[1:]
            # Minimum number of named people who write the comments of a theme.
            is_shared = (people > 0).sum() >= 3 and people.max() <= len(members) / 2
            # Minimum number of comments of a theme.
            # Maximum share of the comments of a theme that belong to themes before it.
            if len(members) >= 5 and is_shared and is_taken[members].mean() <= 0.4:
                is_free &= apart[words].all(axis=0)
                is_taken[members] = True
                yield words, members.tolist()


def _pattern(forms: Iterable[str]) -> re.Pattern[str]:
    written = "|".join(r"\s+".join(map(re.escape, form.split())) for form in forms)
    return re.compile(rf"(?<![\w-])(?:\w{{1,20}}-)?(?:{written})(?!\w)", re.IGNORECASE)


def _spelling(forms: Iterable[str], texts: Sequence[str]) -> tuple[str, int]:
    """Return the commonest spelling of a word or phrase, with the compound it is part of, and how many texts use it."""
    uses = [{" ".join(word.split()) for word in _pattern(forms).findall(text)} for text in texts]
    spellings = Counter(word for spelled in uses for word in spelled)
    return max(((n, word) for word, n in spellings.items()), default=(0, min(forms)))[1], sum(map(bool, uses))


def _names(forms: Sequence[Sequence[str]], texts: Sequence[str]) -> list[str]:
    """Name a theme by its words; the first two become one phrase where they mostly stand side by side."""
    if len(forms) > 1:
        one, two = _pattern(forms[0]), _pattern(forms[1])
        shared = [text for text in texts if one.search(text) and two.search(text)]
        pairs = [" ".join(pair) for order in (forms[:2], forms[1::-1]) for pair in product(*order)]
        phrase, count = _spelling(pairs, shared)
        if 2 * count >= len(shared):
            return [phrase, *_names(forms[2:], texts)]
    return [_spelling(spellings, texts)[0] for spellings in forms]


def _typical(texts: Sequence[str], forms: Sequence[Sequence[str]]) -> int:
    """Return the number of a typical text: one to quote, with most of the words of its theme, of middle length."""
    patterns, middle = [_pattern(spellings) for spellings in forms], np.median([len(text) for text in texts])

    def rank(index: int) -> tuple[bool, int, float, str]:
        is_quotable = 40 <= len(texts[index]) <= 500 and "http" not in texts[index] and not texts[index].isupper()
        uses = sum(bool(pattern.search(texts[index])) for pattern in patterns)
        return is_quotable, uses, -abs(np.log(len(texts[index]) / middle)), texts[index]

    return max(range(len(texts)), key=rank)


def _dissent(document: Document, ids: set[str]) -> str | None:
    """Return the comment that most surely takes the side that fewer of some comments take toward their main target."""
    readings = [
        score for score in document.scores if score.unit is Unit.COMMENT and score.comment in ids and score.reading
    ]
    readings_of = Counter(score.target for score in readings)
    target = max(readings_of, key=lambda name: (readings_of[name], name), default=None)
    graded = [score for score in readings if score.target == target and score.grade in (Grade.CLEAR, Grade.LEANING)]
    sides = Counter(score.reading for score in graded if score.reading in (Stance.FAVOR, Stance.AGAINST))
    if len(sides) < 2 or sides[Stance.FAVOR] == sides[Stance.AGAINST]:
        return None
    other = min(sides, key=sides.__getitem__)
    return max((max(score.probabilities or (0,)), score.comment or "") for score in graded if score.reading is other)[1]


ANALYSIS = Analysis("themes", lambda *page: find_themes(page[-1]), units=("page",))
