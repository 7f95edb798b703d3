"""Measures: equal to scikit-learn's, clustered by story, in the record that others read."""

import itertools
import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_recall_fscore_support

from stance.datamodels import STANCES, Stance
from stance.evaluation.measures import (
    FEWER_RESAMPLES,
    MANY_CLUSTERS,
    RESAMPLES,
    describe,
    evaluate,
    evaluate_by,
    gate_baseline,
    largest_groups,
    majority_baseline,
    measure_selective,
    measures_record,
    merge_unaddressed,
    paired_bootstrap,
    resample,
    risk_coverage_area,
    rounded,
    sum_by_cluster,
    vader_baseline,
)


def predictions(n: int, seed: int = 0) -> tuple[list[Stance], np.ndarray]:
    generator = np.random.default_rng(seed)
    return [STANCES[i] for i in generator.integers(0, 4, n)], generator.dirichlet(np.ones(4), n)


@settings(max_examples=30)
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
    record = measures_record(measured)
    assert {"n", "macro_f1", "accuracy", "favg", "ece", "interval"} <= set(record)
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
    assert (found.n, found.clusters) == (600, 600)


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
    assert (found.difference, found.interval, found.clusters) == (0, (0, 0), 2)


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


def test_intervals_are_those_of_a_bootstrap_written_out() -> None:
    gold, probabilities = predictions(120)
    stories = [f"s{i % 12}" for i in range(120)]
    clusters = np.arange(120) % 12
    right = np.array([STANCES[i] for i in probabilities.argmax(axis=1)]) == np.array(gold)
    generator = np.random.default_rng(7)
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([np.flatnonzero(clusters == each) for each in generator.integers(0, 12, 12)])
        drawn.append(right[rows].mean())
    found = evaluate(gold, probabilities, stories=stories, seed=7).interval["accuracy"]
    assert found == pytest.approx(tuple(np.quantile(drawn, (0.025, 0.975))))


@pytest.mark.parametrize(("n", "times"), [(10, RESAMPLES), (MANY_CLUSTERS + 1, FEWER_RESAMPLES)])
def test_many_clusters_need_fewer_resamples(n: int, times: int) -> None:
    sums = sum_by_cluster([(np.zeros(n, int), 1.0)], np.arange(n), 1)
    drawn = resample(sums, lambda values: {"n": values[0]})["n"]
    assert drawn.tolist() == [n] * times


@settings(max_examples=30)
@given(st.integers(2, 80), st.integers(0, 1000))
def test_classes_and_confusion_are_those_of_scikit_learn(n: int, seed: int) -> None:
    gold, probabilities = predictions(n, seed)
    predicted = [STANCES[i] for i in probabilities.argmax(axis=1)]
    found = describe(gold, probabilities)
    labels = [Stance(label) for label in found["classes"]]
    assert set(labels) == {*gold, *predicted}
    expected = precision_recall_fscore_support(gold, predicted, labels=labels, zero_division=np.nan)
    for i, stance in enumerate(labels):
        each = found["classes"][stance]
        for value, wanted in zip((each["precision"], each["recall"]), expected, strict=False):
            assert (value is None) == bool(np.isnan(wanted[i]))
            assert value is None or value == pytest.approx(wanted[i])
        assert each["f1"] == pytest.approx(np.nan_to_num(expected[2][i]))
        assert each["n"] == gold.count(stance)
    table = confusion_matrix(gold, predicted, labels=list(STANCES))
    for i, cells in ((STANCES.index(Stance(stance)), cells) for stance, cells in found["confusion"].items()):
        assert [cell["n"] for cell in cells.values()] == table[i].tolist()
        assert sum(cell["share"] for cell in cells.values()) == pytest.approx(1)


def test_the_bins_of_reliability_are_those_of_scikit_learn() -> None:
    gold, probabilities = predictions(500)
    right = np.array([STANCES.index(label) for label in gold]) == probabilities.argmax(axis=1)
    accuracy, confidence = calibration_curve(right, probabilities.max(axis=1), n_bins=10)
    found = describe(gold, probabilities)["reliability"]
    assert [each["accuracy"] for each in found] == pytest.approx(accuracy.tolist())
    assert [each["confidence"] for each in found] == pytest.approx(confidence.tolist())
    assert sum(each["n"] for each in found) == 500
    gaps = sum(each["n"] * abs(each["confidence"] - each["accuracy"]) for each in found) / 500
    assert evaluate(gold, probabilities).ece == pytest.approx(gaps)


def test_the_surest_rows_are_kept_first() -> None:
    gold, probabilities = predictions(100)
    confidence = probabilities.max(axis=1)
    right = np.array([STANCES.index(label) for label in gold]) == probabilities.argmax(axis=1)
    curve = measure_selective(gold, probabilities)["curve"]
    assert [point["n"] for point in curve] == list(range(10, 101, 10))
    for point in curve:
        kept = confidence >= point["threshold"]
        assert (point["n"], point["accuracy"]) == (kept.sum(), pytest.approx(right[kept].mean()))


@settings(max_examples=40)
@given(st.integers(1, 80), st.integers(0, 1000), st.integers(1, 4))
def test_the_printed_threshold_keeps_just_the_rows_that_were_measured(n: int, seed: int, digits: int) -> None:
    gold, probabilities = predictions(n, seed)
    probabilities = np.round(probabilities, digits)  # few digits: many rows are equally sure
    found = rounded(measure_selective(gold, probabilities))
    assert found["curve"][-1]["n"] == found["n"] == n
    for point in found["curve"]:
        kept = np.flatnonzero(probabilities.max(axis=1) >= point["threshold"])
        alone = evaluate([gold[i] for i in kept], probabilities[kept])
        assert (point["n"], point["coverage"]) == (len(kept), pytest.approx(len(kept) / n, abs=1e-4))
        assert (point["accuracy"], point["macro_f1"]) == pytest.approx((alone.accuracy, alone.macro_f1), abs=1e-4)
    assert found["half"] in found["curve"]
    assert found["half"]["coverage"] >= 0.5


def test_intervals_of_the_curve_hold_it_and_narrow_with_more_rows() -> None:
    gold, _ = predictions(600)
    sure = np.random.default_rng(1).random(600)
    probabilities = noisy(gold, 0.6, 1) * (0.6 + 0.4 * sure[:, None])
    curve = measure_selective(gold, probabilities, stories=[i // 3 for i in range(600)])["curve"]
    for point in curve:
        assert point["interval"] is not None
        assert point["macro_f1_interval"] is not None
        assert point["interval"][0] < point["accuracy"] < point["interval"][1]
        assert point["macro_f1_interval"][0] < point["macro_f1"] < point["macro_f1_interval"][1]
    first, last = curve[0]["interval"], curve[-1]["interval"]
    assert first is not None
    assert last is not None
    assert first[1] - first[0] > 2 * (last[1] - last[0])
    whole = evaluate(gold, probabilities, stories=[i // 3 for i in range(600)])
    assert last == pytest.approx(whole.interval["accuracy"])


def test_the_area_is_the_mean_error_of_the_surest_rows_whatever_their_number() -> None:
    wrong = np.array([False, True, False, True])
    assert risk_coverage_area(wrong, np.array([0.9, 0.8, 0.7, 0.6])) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert risk_coverage_area(wrong, np.array([0.9, 0.6, 0.8, 0.7])) < risk_coverage_area(
        wrong, np.array([0.6, 0.9, 0.7, 0.8])
    )


@pytest.mark.slow
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.4, 0.6, 0.8])), min_size=1, max_size=6))
def test_equally_sure_rows_count_as_in_the_mean_of_all_their_orders(rows: list[tuple[bool, float]]) -> None:
    orders = [sorted(order, key=lambda row: -row[1]) for order in itertools.permutations(rows)]
    areas = [np.mean(np.cumsum([wrong for wrong, _ in order]) / np.arange(1, len(rows) + 1)) for order in orders]
    wrong, confidence = zip(*rows, strict=True)
    assert risk_coverage_area(np.array(wrong), np.array(confidence)) == pytest.approx(np.mean(areas))


def test_equally_sure_rows_come_together() -> None:
    gold = [Stance.FAVOR, Stance.AGAINST] * 10
    (point,) = measure_selective(gold, majority_baseline(gold))["curve"]
    assert (point["coverage"], point["n"], point["accuracy"]) == (1, 20, 0.5)


def test_a_share_of_none_or_all_gets_no_interval() -> None:
    gold = [Stance.FAVOR] * 5 + [Stance.AGAINST] * 5
    found = describe(gold, majority_baseline([Stance.FAVOR] * 10))
    assert found["confusion"]["favor"]["favor"]["interval"] is None
    assert found["classes"]["against"]["precision"] is None
    precision = found["classes"]["favor"]["interval"]["precision"]
    assert precision is not None
    assert precision[0] < 0.5 < precision[1]
    assert json.loads(json.dumps(rounded(found), allow_nan=False))["classes"]["against"]["precision"] is None


def test_twelve_rows_that_are_all_right_are_no_certainty() -> None:
    gold = [Stance.FAVOR, Stance.AGAINST] * 6
    right = np.concatenate([majority_baseline([label]) for label in gold])
    measured = evaluate(gold, right)
    assert (measured.accuracy, measured.macro_f1, measured.ece) == (1, 1, 0)
    low, high = measured.interval["accuracy"]
    assert (low, high) == (pytest.approx(12 / (12 + 2.201**2), abs=0.001), 1)  # Wilson's, with t on 11 degrees
    share = 6 / (6 + 2.571**2)
    assert measured.interval["macro_f1"] == (pytest.approx(2 * share / (1 + share), abs=0.001), 1)
    assert measured.interval["ece"] == (0, pytest.approx(1 - low))
    stories = [place // 4 for place in range(12)]
    assert evaluate(gold, right, stories=stories).interval["accuracy"][0] < low
    many = evaluate(gold * 50, np.tile(right, (50, 1))).interval["accuracy"]
    assert 0.99 < many[0] < many[1] == 1


def test_rows_that_are_all_wrong_and_a_single_one_are_no_certainty_either() -> None:
    wrong = majority_baseline([Stance.AGAINST] * 12)
    ends = evaluate([Stance.FAVOR] * 12, wrong).interval
    assert ends["accuracy"] == (0, pytest.approx(1 - 12 / (12 + 2.201**2), abs=0.001))
    assert ends["ece"] == (pytest.approx(1 - ends["accuracy"][1]), 1)
    assert ends["macro_f1"][1] > 0.2
    assert evaluate([Stance.FAVOR], wrong[:1]).interval["accuracy"] == (0, 1)
    gold = [Stance.NEUTRAL] * 8 + [Stance.FAVOR] * 4
    assert evaluate(gold, majority_baseline(gold)).interval["favg"] == (0, 0)  # which says no side, so none is right


def test_a_calibration_error_is_never_above_one() -> None:
    gold, wrong = [Stance.FAVOR] * 99 + [Stance.AGAINST], majority_baseline([Stance.AGAINST] * 100)
    low, high = evaluate(gold, wrong).interval["ece"]
    assert 0.9 < low < high == 1


def test_probabilities_that_hardly_vary_say_no_more_of_how_often_they_are_right() -> None:
    generator = np.random.default_rng(0)
    sure = 0.8 + 0.01 * generator.random(12)
    probabilities = np.stack([sure, *[(1 - sure) / 3] * 3], axis=1)
    low, high = evaluate([Stance.FAVOR] * 12, probabilities).interval["ece"]
    assert (low, high) == (0, pytest.approx(0.195, abs=0.01))  # an accuracy of .71 to 1, beside .80


def test_only_the_largest_groups_are_measured_apart() -> None:
    groups = ["b", "a", "c", "a", "c", "d"]
    assert largest_groups(groups, 2) == {"a": [1, 3], "c": [2, 4]}
    gold, probabilities = predictions(6)
    assert list(evaluate_by(gold, probabilities, groups, most=3)) == ["a", "b", "c"]


def test_merged_classes_add_their_probabilities_and_leave_the_given_ones() -> None:
    given_ = np.array([[0.4, 0.0, 0.3, 0.3]])
    gold, (merged,) = merge_unaddressed([Stance.NOT_ADDRESSED], given_)
    assert gold == [Stance.NEUTRAL]
    assert merged.tolist() == [[0.4, 0.0, 0.6, 0.0]]
    assert given_.tolist() == [[0.4, 0.0, 0.3, 0.3]]


def test_memory_grows_with_rows_but_not_with_resamples() -> None:
    gold, probabilities = predictions(100_000)
    tracemalloc.start()
    evaluate(gold, probabilities)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150_000_000  # all resamples at once would take 160 MB, a thousand 800 MB
