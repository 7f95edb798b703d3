"""Measures: equal to scikit-learn's, clustered by story, in the record that others read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from stance.datamodels import STANCES, Stance
from stance.evaluation import (
    evaluate,
    evaluate_by,
    evaluation_to_record,
    gate_baseline,
    majority_baseline,
    paired_bootstrap,
    vader_baseline,
)


def predictions(n: int, seed: int = 0) -> tuple[list[Stance], np.ndarray]:
    generator = np.random.default_rng(seed)
    return [STANCES[i] for i in generator.integers(0, 4, n)], generator.dirichlet(np.ones(4), n)


@given(st.integers(1, 60), st.integers(0, 10_000))
def test_measures_are_those_of_scikit_learn(n: int, seed: int) -> None:
    gold, probabilities = predictions(n, seed)
    predicted = [STANCES[i] for i in probabilities.argmax(axis=1)]
    labels = sorted(set(gold))
    measured = evaluate(gold, probabilities)
    assert measured.macro_f1 == pytest.approx(
        f1_score(gold, predicted, labels=labels, average="macro", zero_division=0)
    )
    assert measured.accuracy == pytest.approx(accuracy_score(gold, predicted))
    assert measured.favg == pytest.approx(
        f1_score(gold, predicted, labels=[Stance.FAVOR, Stance.AGAINST], average="macro", zero_division=0)
    )
    assert set(measured.f1) == set(labels)


def test_calibration_error_is_the_gap_between_confidence_and_correctness() -> None:
    probabilities = np.array([[0.72, 0.28, 0, 0]] * 4)
    gold = [Stance.FAVOR, Stance.FAVOR, Stance.FAVOR, Stance.AGAINST]
    assert evaluate(gold, probabilities).ece == pytest.approx(0.75 - 0.72)


def test_intervals_hold_the_measure_and_are_repeatable() -> None:
    gold, probabilities = predictions(400)
    first, again = evaluate(gold, probabilities), evaluate(gold, probabilities)
    assert first == again
    low, high = first.interval["macro_f1"]
    assert low < first.macro_f1 < high
    assert 0.02 < high - low < 0.2


def test_stories_widen_intervals_where_their_comments_agree() -> None:
    right = np.repeat(np.random.default_rng(0).random(20) < 0.5, 20)
    gold = [Stance.FAVOR if r else Stance.AGAINST for r in right]
    probabilities = majority_baseline([Stance.FAVOR] * len(gold))
    alone = evaluate(gold, probabilities).interval["accuracy"]
    by_story = evaluate(gold, probabilities, stories=[f"s{i // 20}" for i in range(400)]).interval["accuracy"]
    assert by_story[1] - by_story[0] > 2 * (alone[1] - alone[0])


def test_targets_are_measured_apart() -> None:
    gold = [Stance.FAVOR, Stance.AGAINST]
    probabilities = majority_baseline([Stance.FAVOR, Stance.FAVOR])
    found = evaluate_by(gold, probabilities, ["us", "nato"])
    assert {target: measured.accuracy for target, measured in found.items()} == {"nato": 0.0, "us": 1.0}


def test_baselines() -> None:
    gold = [Stance.AGAINST, Stance.AGAINST, Stance.FAVOR]
    assert [STANCES[i] for i in majority_baseline(gold).argmax(axis=1)] == [Stance.AGAINST] * 3
    guessed = vader_baseline([0.6, -0.6, 0.01, 0.9], [True, True, True, False])
    assert [STANCES[i] for i in guessed.argmax(axis=1)] == [*STANCES[:3], Stance.NOT_ADDRESSED]
    assert guessed.sum(axis=1).tolist() == [1] * 4
    gold = [Stance.AGAINST, Stance.FAVOR, Stance.AGAINST, Stance.NOT_ADDRESSED, Stance.NOT_ADDRESSED]
    gated = gate_baseline(gold, [True, True, True, False, False])
    assert [STANCES[i] for i in gated.argmax(axis=1)] == [Stance.AGAINST] * 3 + [Stance.NOT_ADDRESSED] * 2


def test_record_has_what_the_contract_names() -> None:
    gold, probabilities = predictions(30)
    measured = evaluate(gold, probabilities)
    record = evaluation_to_record(measured, targets={"us": measured}, baselines={"vader": measured}, model="m@1")
    assert {"n", "macro_f1", "accuracy", "favg", "ece", "interval", "targets", "baselines", "model"} <= set(record)
    assert record["targets"]["us"]["macro_f1"] == record["baselines"]["vader"]["macro_f1"] == record["macro_f1"]
    assert record["interval"]["macro_f1"][0] <= record["macro_f1"] <= record["interval"]["macro_f1"][1]


@pytest.mark.parametrize(("n_gold", "n_predicted"), [(0, 0), (3, 2)])
def test_lengths_must_agree(n_gold: int, n_predicted: int) -> None:
    with pytest.raises(ValueError, match=f"{n_gold} labels and {n_predicted} predictions"):
        evaluate([Stance.FAVOR] * n_gold, np.full((n_predicted, 4), 0.25))


def noisy(gold: list[Stance], right: float, seed: int) -> np.ndarray:
    """Predictions that are right as often as told, and else anything."""
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, 4, len(gold))
    kept = generator.random(len(gold)) < right
    return np.eye(4)[np.where(kept, [STANCES.index(label) for label in gold], drawn)]


def test_the_better_of_two_is_told_apart_on_the_same_rows() -> None:
    gold, _ = predictions(600)
    found = paired_bootstrap(gold, noisy(gold, 0.6, 1), noisy(gold, 0.4, 2))
    assert found.interval[0] > 0
    assert found.interval[0] < found.difference < found.interval[1]
    assert (found.probability_above_zero, found.n, found.clusters) == (1.0, 600, 600)


def test_a_difference_turns_its_sign_with_the_models_and_is_that_of_the_measures() -> None:
    gold, a = predictions(200)
    b = noisy(gold, 0.3, 5)
    for measure in ("macro_f1", "accuracy", "favg", "ece"):
        there, back = paired_bootstrap(gold, a, b, measure=measure), paired_bootstrap(gold, b, a, measure=measure)
        assert there.difference == pytest.approx(-back.difference)
        assert there.interval == pytest.approx((-back.interval[1], -back.interval[0]))
        expected = getattr(evaluate(gold, a), measure) - getattr(evaluate(gold, b), measure)
        assert there.difference == pytest.approx(expected)


def test_a_model_is_not_better_than_itself() -> None:
    gold, a = predictions(100)
    found = paired_bootstrap(gold, a, a, ["one", "two"] * 50)
    assert (found.difference, found.interval, found.probability_above_zero, found.clusters) == (0, (0, 0), 0, 2)


def test_pairing_is_narrower_than_two_intervals_apart() -> None:
    gold, _ = predictions(400)
    a = noisy(gold, 0.5, 3)
    b = a.copy()
    b[:20] = noisy(gold[:20], 0.2, 4)
    paired, alone = paired_bootstrap(gold, a, b).interval, evaluate(gold, a).interval["macro_f1"]
    assert paired[1] - paired[0] < 0.6 * (alone[1] - alone[0])


def test_pairs_ask_for_the_same_rows_and_a_known_measure() -> None:
    gold, a = predictions(5)
    with pytest.raises(ValueError, match="5 labels and 4 predictions"):
        paired_bootstrap(gold, a, a[:4])
    with pytest.raises(ValueError, match="3 stories and 5 rows"):
        paired_bootstrap(gold, a, a, ["one", "two", "three"])
    with pytest.raises(ValueError, match="measure 'f2'; expected one of macro_f1"):
        paired_bootstrap(gold, a, a, measure="f2")


def test_under_a_single_story_rows_are_resampled() -> None:
    gold, probabilities = predictions(50)
    alone, under_one = evaluate(gold, probabilities), evaluate(gold, probabilities, stories=["only"] * 50)
    assert alone.interval == under_one.interval
    assert alone.interval["accuracy"][0] < alone.interval["accuracy"][1]
