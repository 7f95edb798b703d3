"""Hashed columns are those of scikit-learn's vectorizer, whatever the text."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from stance.scoring import hashing
from stance.scoring.hashing import PIECES, WORDS, TextHasher, letters, murmur_hashes, places

KINDS = {
    "words": (WORDS, {"ngram_range": (1, 2)}),
    "pieces": (PIECES, {"ngram_range": (3, 4), "analyzer": "char_wb"}),
}
TEXTS = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("aé  \n𝒳'"), max_size=60), max_size=8
)


def expected(kind: str, texts: list[str], n: int) -> np.ndarray:
    options = KINDS[kind][1]
    return HashingVectorizer(n_features=n, alternate_sign=False, norm=None, lowercase=False, **options).transform(texts)


@pytest.mark.parametrize("kind", KINDS)
@given(texts=TEXTS, n=st.sampled_from([1, 7, 64, 2**15]))
@settings(deadline=None, max_examples=60)
def test_columns_are_those_of_the_vectorizer(kind: str, texts: list[str], n: int) -> None:
    found = KINDS[kind][0].count(texts, n)
    assert found.shape == (len(texts), n)
    if texts:
        known = expected(kind, texts, n)
        assert np.array_equal(found.indptr, known.indptr)
        assert np.array_equal(found.indices, known.indices)
        assert np.array_equal(found.data, known.data)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_hashes_are_those_of_murmur(contents: list[bytes]) -> None:
    assert murmur_hashes(contents).tolist() == [murmurhash3_32(content, positive=True) for content in contents]


def test_places_have_no_sign() -> None:
    parts = [f"word {k}" for k in range(2_000)]
    signed = [murmurhash3_32(part, seed=0) for part in parts]
    assert min(signed) < 0
    assert places(parts).tolist() == [abs(number) for number in signed]


def test_memory_of_words_is_bounded_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_MOST_KEPT", 5)
    hasher = TextHasher(str.split, letters)
    texts = ["one two three", "four five six", "x" * 500, "two seven " + "y" * 60]
    for text in [*texts, *texts]:
        known = expected("pieces", [text], 64)
        assert np.array_equal(hasher.count([text], 64).toarray(), known.toarray())
        assert len(hasher._kept) <= 5
        assert max(map(len, hasher._kept), default=0) <= 40


def test_a_lone_surrogate_counts_and_does_not_end_the_run() -> None:
    assert PIECES.count(["so \ud800 it"], 64).sum() > 0


def test_scoring_needs_no_scikit_learn() -> None:
    """Its import takes longer than a page."""
    code = (
        "import sys; from stance.documents import make_scorer; from stance.scoring.instances import make_instance;"
        "scorer = make_scorer(model='light', names=True); text = 'NATO lies.';"
        "scorer.model.judge([make_instance(text, 'nato', scorer.targets.find(text))]);"
        "print([name for name in ('sklearn', 'pandas', 'scipy.stats', 'scipy.optimize') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
