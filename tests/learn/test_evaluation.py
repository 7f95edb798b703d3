"""Measures: equal to scikit-learn's, clustered by story, in the record that others read."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, f1_score

from stance.datamodels import STANCES, Stance
from stance.learn.bootstrap import RESAMPLES
from stance.learn.measures import Answers, baseline_guesses, describe, evaluate, paired_bootstrap, rounded
from tests.support.tables import cases


def certain_of(labels: list[Stance]) -> np.ndarray:
    return np.eye(len(STANCES))[[STANCES.index(label) for label in labels]]


def predictions(n: int, seed: int = 0) -> tuple[list[Stance], np.ndarray]:
    generator = np.random.default_rng(seed)
    return [STANCES[i] for i in generator.integers(0, 4, n)], generator.dirichlet(np.ones(4), n)


@settings(max_examples=30)
@given(st.integers(1, 80), st.integers(0, 10_000))
def test_measures_classes_and_confusion_are_those_of_scikit_learn(n: int, seed: int) -> None:
    gold, probabilities = predictions(n, seed)
    predicted = [STANCES[i] for i in probabilities.argmax(axis=1)]
    measured = evaluate(Answers.of(gold, probabilities))
    both = [Stance.FAVOR, Stance.AGAINST]
    occurring = [side for side in both if side in gold] or both
    for name, of in (("macro_f1", sorted(set(gold))), ("favg", occurring)):
        assert measured[name] == pytest.approx(f1_score(gold, predicted, labels=of, average="macro", zero_division=0))
    assert measured["accuracy"] == pytest.approx(accuracy_score(gold, predicted))
    assert set(measured["f1"]) == set(gold)
    found = describe(Answers.of(gold, probabilities))
    assert {*found["classes"]} == {*gold, *predicted}
    expected = classification_report(gold, predicted, output_dict=True, zero_division=np.nan)
    for stance, of_class in found["classes"].items():
        shares = [np.nan if of_class[name] is None else of_class[name] for name in ("precision", "recall")]
        assert shares == pytest.approx([expected[stance]["precision"], expected[stance]["recall"]], nan_ok=True)
        assert of_class["f1"] == pytest.approx(np.nan_to_num(expected[stance]["f1-score"]))
        assert of_class["n"] == expected[stance]["support"]
    table = confusion_matrix(gold, predicted, labels=list(STANCES))
    for i, cells in ((STANCES.index(Stance(stance)), cells) for stance, cells in found["confusion"].items()):
        assert [*cells.values()] == table[i].tolist()


def test_the_calibration_error_is_that_of_scikit_learns_bins() -> None:
    gold, probabilities = predictions(500)
    highest = probabilities.max(axis=1)
    right = np.array([STANCES.index(label) for label in gold]) == probabilities.argmax(axis=1)
    accuracy, confidence = calibration_curve(right, highest, n_bins=10)
    counts = np.histogram(highest, np.linspace(0, 1, 11))[0]
    gaps = counts[counts > 0] @ np.abs(confidence - accuracy) / 500
    assert evaluate(Answers.of(gold, probabilities))["ece"] == pytest.approx(gaps)


def test_intervals_are_those_of_a_bootstrap_written_out() -> None:
    gold, probabilities = predictions(120)
    clusters = np.arange(120) % 12
    right = np.array([STANCES[i] for i in probabilities.argmax(axis=1)]) == np.array(gold)
    generator = np.random.default_rng(7)
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([np.flatnonzero(clusters == each) for each in generator.integers(0, 12, 12)])
        drawn.append(right[rows].mean())
    found = evaluate(Answers.of(gold, probabilities, [f"s{i}" for i in clusters]), seed=7)["interval"]
    assert found["accuracy"] == pytest.approx(tuple(np.quantile(drawn, (0.025, 0.975))))


def test_baselines() -> None:
    gold = [Stance.AGAINST, Stance.FAVOR, Stance.AGAINST, Stance.AGAINST, Stance.NOT_ADDRESSED]
    found = baseline_guesses(gold, [True, True, True, False, False], [0.6, -0.6, 0.01, 0.9, -0.9])
    guesses = {name: [STANCES[place] for place in rows.argmax(axis=1)] for name, rows in found.items()}
    unnamed = [Stance.NOT_ADDRESSED] * 2
    assert guesses == {
        "majority": [Stance.AGAINST] * 5, "vader": [*STANCES[:3], *unnamed], "gate": [Stance.AGAINST] * 3 + unnamed,
    }  # fmt: skip


def test_a_difference_turns_its_sign_with_the_models_and_is_that_of_the_measures() -> None:
    gold, a = predictions(200)
    one, other = (
        Answers.of(gold, a, ["one", "two"] * 100),
        Answers.of(gold, predictions(200, 5)[1], ["one", "two"] * 100),
    )
    there, back = paired_bootstrap(one, other), paired_bootstrap(other, one)
    assert there["difference"] == pytest.approx(-back["difference"])
    assert there["interval"] == pytest.approx((-back["interval"][1], -back["interval"][0]))
    assert there["difference"] == pytest.approx(evaluate(one)["macro_f1"] - evaluate(other)["macro_f1"])
    same = paired_bootstrap(one, one)
    assert (same["difference"], same["interval"], same["clusters"]) == (0, (0, 0), 2)


def test_a_class_that_is_never_predicted_has_no_precision() -> None:
    gold = [Stance.FAVOR] * 5 + [Stance.AGAINST] * 5
    found = describe(Answers.of(gold, certain_of([Stance.FAVOR] * 10)))
    assert json.loads(json.dumps(rounded(found), allow_nan=False))["classes"]["against"]["precision"] is None


@cases("gold", "predicted", "ends")
def test_rows_that_are_all_right_or_all_wrong_are_no_certainty(
    gold: str, predicted: str, ends: dict[str, list[float]]
) -> None:
    """The bounds are Wilson's, with t on as many degrees of freedom as there are other rows."""
    labels, guesses = (
        [{"f": Stance.FAVOR, "a": Stance.AGAINST}[letter] for letter in row] for row in (gold, predicted)
    )
    found = evaluate(Answers.of(labels, certain_of(guesses)))
    assert found["accuracy"] == float(gold == predicted)
    assert {name: found["interval"][name] for name in ends} == {
        name: pytest.approx(tuple(bounds), abs=0.001) for name, bounds in ends.items()
    }


def test_calibration_is_no_surer_where_probabilities_hardly_vary() -> None:
    sure = 0.8 + 0.01 * np.random.default_rng(0).random(12)
    probabilities = np.stack([sure, *[(1 - sure) / 3] * 3], axis=1)
    ends = evaluate(Answers.of([Stance.FAVOR] * 12, probabilities))["interval"]["ece"]
    assert ends == (0, pytest.approx(0.195, abs=0.01))  # an accuracy of .71 to 1, and a confidence of .80
