"""The corrections for kinds of text: each learns what labels of its kind say, and leaves other texts as they are."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import log_softmax

from scripts.real_comments import DomainRows, fit_domain, fit_kinds, weighted_macro_f1
from stance.scoring.fitted import DomainCorrection, corrected, kind_shares
from stance.scoring.persistence import load_base

Floats = NDArray[np.float64]
CLASSES = 4


def texts(n: int, *, of_kind: bool, seed: int) -> tuple[Floats, NDArray[np.intp]]:
    """Columns of made-up texts and their labels; the first two columns tell the kind, the next ones the label."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, CLASSES, n)
    columns = generator.normal(0, 0.3, (n, 12))
    columns[:, int(of_kind)] += 3
    columns[np.arange(n), 2 + labels] += 1
    return columns, labels.astype(np.intp)


@pytest.fixture(scope="module")
def correction() -> DomainCorrection:
    columns, labels = texts(400, of_kind=True, seed=1)
    others, _ = texts(400, of_kind=False, seed=2)
    (kind,) = fit_kinds([columns], others)
    rows = DomainRows(
        logs=np.zeros((400, CLASSES)) - np.log(CLASSES),  # the model knows nothing
        parts=[columns],
        at_home=np.zeros(400),
        labels=labels,
        weights=np.ones(400),
        folds=np.arange(400) % 5,
        shares=kind_shares([kind], columns)[:, 0],
    )
    return fit_domain(rows, kind, home_column=0)


def guesses(correction: DomainCorrection, columns: Floats) -> Floats:
    logits = np.zeros((len(columns), CLASSES))
    return log_softmax(corrected(logits, np.zeros((len(columns), 1)), [columns], [correction]), axis=1)


def test_it_learns_what_labels_of_the_kind_say(correction: DomainCorrection) -> None:
    columns, labels = texts(300, of_kind=True, seed=3)
    assert (guesses(correction, columns).argmax(axis=1) == labels).mean() > 0.8


def test_other_texts_are_left_alone(correction: DomainCorrection) -> None:
    columns, _ = texts(300, of_kind=False, seed=4)
    assert np.abs(guesses(correction, columns) - np.log(1 / CLASSES)).max() < 0.3
    like = kind_shares([correction.kind], texts(9, of_kind=True, seed=5)[0])
    assert kind_shares([correction.kind], columns).max() < 0.2 < 0.8 < like.min()


def test_a_row_is_read_as_if_it_stood_alone(correction: DomainCorrection) -> None:
    columns, _ = texts(20, of_kind=True, seed=6)
    together = guesses(correction, columns)
    assert all((guesses(correction, columns[i : i + 1]) == together[i]).all() for i in range(20))
    sparse = corrected(np.zeros((20, CLASSES)), np.zeros((20, 1)), [sp.csr_matrix(columns)], [correction])
    assert np.allclose(log_softmax(sparse, axis=1), together)


def test_shares_of_several_kinds_and_the_rest_sum_to_one() -> None:
    first, _ = texts(200, of_kind=True, seed=7)
    second, _ = texts(200, of_kind=False, seed=8)
    kinds = fit_kinds([first, second], np.abs(first) @ np.full((12, 12), 0.3))
    shares = kind_shares(kinds, first)
    assert shares.shape == (200, 2)
    assert (shares.sum(axis=1) < 1).all()
    assert (shares[:, 0] > shares[:, 1]).mean() > 0.95


def test_macro_f1_counts_each_pair_by_its_weight() -> None:
    labels, guess = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    assert weighted_macro_f1(labels, guess, np.ones(4), 2) == pytest.approx((2 / 3 + 4 / 5) / 2)
    assert weighted_macro_f1(labels, guess, np.array([1.0, 0.0, 1.0, 1.0]), 2) == 1


@pytest.mark.parametrize("name", ["default", "light"])
def test_the_models_that_ship_learned_from_real_comments(name: str) -> None:
    model = load_base(name)
    assert len(model.classifier.domains_) == 2
    measured = model.card["real_comments"]
    assert measured["news"]["comments"] > 4_000
    assert measured["war"]["comments"] > 6_000
    assert measured["war"]["macro_f1"][0] > measured["news"]["macro_f1"][0] > 0.5
