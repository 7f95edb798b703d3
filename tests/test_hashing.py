"""Hashed columns are those of scikit-learn's vectorizer, whatever the text."""

import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.utils import murmurhash3_32

from stance.scoring.classifier import SparseRows
from stance.scoring.features import _counted, _hash_letters, count_words, murmur_hashes
from tests.growth import reads_linearly


def count_letters(texts: Sequence[str], n_columns: int) -> SparseRows:
    """Count the pieces of words alone."""
    return _counted([_hash_letters(texts)], len(texts), n_columns)


KINDS = {
    "words": (lambda *given: count_words(*given).matrix(), {"ngram_range": (1, 2)}),
    "pieces": (lambda *given: count_letters(*given).matrix(), {"ngram_range": (3, 4), "analyzer": "char_wb"}),
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
    found = KINDS[kind][0](texts, n)
    assert found.shape == (len(texts), n)
    if texts:
        known = expected(kind, texts, n)
        assert np.array_equal(found.indptr, known.indptr)
        assert np.array_equal(found.indices, known.indices)
        assert np.array_equal(found.data, known.data)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_hashes_are_those_of_murmur(contents: list[bytes]) -> None:
    lengths = np.array([len(content) for content in contents], np.intp)
    found = murmur_hashes(np.frombuffer(b"".join(contents), np.uint8), np.cumsum(lengths) - lengths, lengths)
    assert found.tolist() == [murmurhash3_32(content, positive=True) for content in contents]


def test_a_lone_surrogate_counts_and_does_not_end_the_run() -> None:
    assert count_letters(["so \ud800 it"], 64).data.sum() > 0


def test_a_word_without_end_takes_linear_time() -> None:
    for count in (count_words, count_letters):
        assert count(["a" * 200_000], 64).data.sum() > 0
        assert reads_linearly(lambda word, count=count: count([word], 64), "a" * 200_000)


def test_scoring_needs_no_scikit_learn() -> None:
    """Its import takes longer than a page."""
    code = (
        "import sys; from stance.run import open_scorer; from stance.run import Run, build;"
        "from stance.scoring.instances import make_instance;"
        "scorer = open_scorer(build(Run, {'model': 'light', 'names': True})); text = 'NATO lies.';"
        "scorer.model.judge([make_instance(text, 'nato', scorer.targets.find(text))]);"
        "print([name for name in ('sklearn', 'pandas', 'scipy.stats', 'scipy.optimize') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
