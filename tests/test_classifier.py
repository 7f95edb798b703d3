"""The classifier: what its two storeys and its bias are for."""

import numpy as np
import pytest
import scipy.sparse as sp
from tiny_models import chosen_classes

from stance.scoring.classifier import StanceClassifier


def sample(n: int = 240, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two dense columns that tell three classes, ten word columns that name the group, and groups."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 3, n)
    groups = generator.integers(0, 6, n)
    dense = np.eye(3)[labels][:, :2] + generator.normal(0, 0.6, (n, 2))
    words = (generator.random((n, 10)) < 0.3).astype(float)
    return np.hstack([dense, words]), labels, groups


def test_probabilities_sum_to_one() -> None:
    matrix, labels, groups = sample()
    fitted = StanceClassifier(channels=(10,)).fit(matrix, labels, groups)
    probabilities = fitted.predict_proba(matrix)
    assert probabilities.shape == (240, 3)
    assert np.allclose(probabilities.sum(axis=1), 1)


def test_sparse_and_dense_are_the_same() -> None:
    matrix, labels, _ = sample()
    dense = StanceClassifier(channels=(10,), random_state=0).fit(matrix, labels)
    sparse = StanceClassifier(channels=(10,), random_state=0).fit(sp.csr_matrix(matrix), labels)
    assert np.allclose(dense.predict_proba(matrix), sparse.predict_proba(sp.csr_matrix(matrix)), atol=1e-4)


def test_words_that_fit_their_own_source_only_do_not_spoil_the_dense_columns() -> None:
    generator = np.random.default_rng(1)
    n, sources = 600, 6
    groups = np.repeat(np.arange(sources), n // sources)
    labels = generator.integers(0, 2, n)
    dense = np.where(generator.random(n) < 0.8, labels, 1 - labels)[:, None].astype(float)
    words = np.zeros((n, 2 * sources))
    words[np.arange(n), 2 * groups + labels] = 1.0  # a perfect sign of the label, another in every source
    fitted = StanceClassifier(channels=(words.shape[1],), C_channels=100).fit(np.hstack([dense, words]), labels, groups)
    unseen = np.hstack([[[0.0], [1.0]], np.zeros((2, 2 * sources))])
    assert chosen_classes(fitted, unseen).tolist() == [0, 1]
    misled = np.hstack([[[0.0]], np.eye(2 * sources)[[1]]])  # the cue says 0, a source's own word says 1
    assert chosen_classes(fitted, misled).tolist() == [0]


def test_bias_helps_the_rare_class() -> None:
    generator = np.random.default_rng(2)
    labels = (generator.random(600) < 0.12).astype(int)
    matrix = labels[:, None] + generator.normal(0, 1, (600, 1))
    plain = StanceClassifier(random_state=0).fit(matrix, labels)
    biased = StanceClassifier(bias_grid=(1.0, 2.0, 4.0), random_state=0).fit(matrix, labels)
    assert chosen_classes(biased, matrix).sum() > chosen_classes(plain, matrix).sum()


def test_rows_that_are_not_typical_make_it_less_sure_and_change_no_label() -> None:
    matrix, labels, groups = sample()
    typical = np.arange(len(labels)) % 2 == 0
    noisy = np.where(typical, labels, np.random.default_rng(3).permutation(labels))
    fitted = StanceClassifier(channels=(10,)).fit(matrix, labels, groups, is_typical=typical)
    doubting = StanceClassifier(channels=()).fit(matrix[:, :2], noisy, groups, is_typical=typical)
    sure = StanceClassifier(channels=()).fit(matrix[:, :2][typical], labels[typical], groups[typical])
    shown = matrix[:, :2]
    assert doubting.predict_proba(shown).max(axis=1).mean() < sure.predict_proba(shown).max(axis=1).mean() - 0.05
    assert (chosen_classes(doubting, shown) == chosen_classes(sure, shown)).all()
    assert fitted.predict_proba(matrix).max(axis=1).mean() > doubting.predict_proba(shown).max(axis=1).mean()


@pytest.mark.parametrize(("channels", "labels", "seen"), [((), [1, 1, 1], "1 class"), ((9,), [0, 1, 1], "channels")])
def test_what_cannot_be_fitted_is_refused(channels: tuple[int, ...], labels: list[int], seen: str) -> None:
    with pytest.raises(ValueError, match=seen):
        StanceClassifier(channels=channels).fit(np.ones((3, 2)), labels)


# Rows that come in batches --------------------------------------------------------------------------------------------


def test_what_lies_far_from_all_labels_does_not_turn_the_prior_round() -> None:
    draw = np.random.default_rng(5)
    labels = np.repeat(["against", "favor"], 60)
    column = draw.normal(size=120) + (labels == "favor")
    prior = np.log(np.full((120, 2), 0.5))
    fitted = StanceClassifier(has_prior=True, C=1.0).fit(np.column_stack([prior, column]), labels)
    sure = np.log([0.999, 0.001])
    far, farther = fitted.predict_proba(np.array([[*sure, 50.0], [*sure, 5_000.0]]))
    assert far == pytest.approx(farther)
    assert far[0] > 0.5
