"""Who answers whom: a planted pattern is found, shuffled answers show none."""

import json

import numpy as np
import pytest

from stance.datamodels import Document, Stance
from stance.discourse.posts import Posts
from stance.discourse.replies import replies_record, shuffled_tables
from tests.support.discourse_samples import TARGETS, Row, draw, gather, page

FAVOR, AGAINST, NEUTRAL = Stance.FAVOR, Stance.AGAINST, Stance.NEUTRAL


def outlet(seed: int, *, preference: float = 1.0) -> Posts:
    """Pages on each of which 40 open a thread and 33 answer them.

    :param preference: How many times as often opponents of Russia choose a supporter to answer.
    """
    rng = np.random.default_rng(seed)
    documents = []
    for number in range(10):
        sides = rng.choice([FAVOR, AGAINST, NEUTRAL], p=[0.35, 0.3, 0.35], size=(73, len(TARGETS)))
        rows = []
        for at, own in enumerate(sides):
            parent = None
            if at >= 40:
                weights = np.ones(40)
                weights[sides[:40, 0] == FAVOR] = preference if own[0] == AGAINST else 1.0
                parent = int(rng.choice(40, p=weights / weights.sum()))
            rows.append(Row(f"a{rng.integers(400)}", dict(zip(TARGETS, own, strict=True)), parent))
        documents.append(page(f"d{number}", rows, outlet=f"o{number % 2}"))
    return gather(documents)


def test_a_planted_pattern_is_found() -> None:
    record = replies_record(outlet(1, preference=8.0))
    found = {(each["target"], each["from"], each["to"]): each for each in record["replies"]}
    planted = found["russia", "against", "favor"]
    assert 1.5 <= planted["observed"] / planted["expected"] <= 2
    assert planted["significant"]
    assert planted["observed"] > planted["range"][1]
    assert found["russia", "against", "against"]["observed"] < found["russia", "against", "against"]["expected"]
    assert not any(each["significant"] for each in record["replies"] if each["target"] != "russia")
    assert record["targets"]["russia"]["agreement"]["interval"][1] < 0.5
    assert replies_record(outlet(1, preference=8.0)) == record  # the same for one seed
    shown = " ".join(draw("replies", record).split())
    assert "against <bdi>Russia</bdi> answer comments in favor more often than expected" in shown
    assert "&lt;US&gt;" in shown


def test_shuffled_answers_show_nothing() -> None:
    found = [replies_record(outlet(seed))["replies"] for seed in range(10)]
    assert sum(any(each["significant"] for each in cells) for cells in found) <= 1
    assert all(len(cells) == 27 for cells in found)
    assert "No pair of sides has clearly more or fewer" in draw("replies", replies_record(outlet(0)))


def test_a_dispute_of_two_is_no_pattern() -> None:
    """Two who answer each other a hundred times on each of ten pages count once each way on a page."""
    sides = {"russia": FAVOR}, {"russia": AGAINST}
    talk = [Row("ab"[at % 2], sides[at % 2], at - 1 if at else None) for at in range(100)]
    record = replies_record(gather(page(f"d{number}", talk) for number in range(10)))
    assert record["targets"]["russia"]["pairs"] == 20
    assert record["targets"]["russia"]["repeated"] == 970
    assert record["replies"] == []


def test_tables_are_drawn_as_by_shuffling() -> None:
    rng = np.random.default_rng(5)
    strata = rng.integers(0, 6, 150)
    rows, columns = (rng.integers(0, 3, 150).astype(np.int8) for _ in "ab")
    observed, expected, draws = shuffled_tables((rows, columns), strata, 3, 1, rng)
    by_hand = np.zeros((4000, 3, 3))
    for table in by_hand:
        shuffled = rows.copy()
        for stratum in range(6):
            own = np.flatnonzero(strata == stratum)
            shuffled[own] = rng.permutation(shuffled[own])
        np.add.at(table, (shuffled, columns), 1)
    assert observed.sum() == 150
    assert np.allclose(draws.sum(axis=1), observed.sum(axis=0))  # margins stay
    assert np.allclose(draws.mean(axis=0), expected, atol=0.15)
    assert np.allclose(by_hand.mean(axis=0), expected, atol=0.25)
    assert np.allclose(draws.var(axis=0), by_hand.var(axis=0), rtol=0.15)


@pytest.mark.parametrize(
    "documents",
    [
        [],
        [Document("d", "page")],
        [page("d", [Row("a", {}), Row("b", {"russia": FAVOR}, 0)])],
        [page("d", [Row(None, {"russia": FAVOR}, at - 1) for at in range(60)], published="9999-99-99T99:99:99")],
        [page("d", [Row("\ud800\x00\u202e", {"russia": FAVOR}, 0, "0001-01-01T00:00:00") for _ in range(60)])],
        [page("d", [Row(f"a{at}", {"russia": FAVOR}, at - 1) for at in range(2_000)])],  # one deep thread
    ],
)
def test_little_or_hostile_input_is_silent(documents: list[Document]) -> None:
    record = replies_record(gather(documents))
    assert not any(each["significant"] for each in record["replies"])
    json.dumps(record)
    assert "answer" in draw("replies", record)
