"""Calibration: labels move the weights of cues that they contradict, and no others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.training.scratch import fit_corrections
from stance.scoring.cues import N_KEYS, CueHit, correct


def hit(pattern: str = "stand with X", weight: float = 0.8, *around: str, family: str = "cheers") -> CueHit:
    return CueHit(0, 5, weight, pattern, "relative", "russia", family, around)


def corrected(found: CueHit, corrections: np.ndarray) -> float:
    return correct([(found,)], corrections)[0][0].weight


def test_without_corrections_weights_stay_as_written() -> None:
    assert correct([(hit(), hit("shame on X", -0.6))], np.zeros(N_KEYS)) == [(hit(), hit("shame on X", -0.6))]


def test_a_circumstance_that_turns_cues_round_does_so_for_cues_never_seen() -> None:
    hits = [(hit(),), (hit("stand with X", 0.8, "negated"),)] * 50
    corrections = fit_corrections(hits, ["favor", "against"] * 50)
    unseen = {"pattern": "rooting for X", "weight": 0.8, "family": "other"}
    assert corrected(hit(**unseen), corrections) > 0.4  # type: ignore[arg-type]
    assert corrected(CueHit(0, 5, 0.8, "rooting for X", "relative", "us", "other", ("negated",)), corrections) < 0


def test_a_line_that_fired_once_keeps_nearly_what_is_written() -> None:
    plain = [(hit(f"cue {i} X"),) for i in range(60)]
    once, often = hit("odd X", family="odd"), hit("wrong X", family="wrong")
    corrections = fit_corrections([*plain, (once,), *[(often,)] * 60], ["favor"] * 60 + ["against"] * 61)
    assert corrected(often, corrections) < corrected(once, corrections) < 0.8


def test_neutral_cues_stay_neutral_and_labels_other_than_sides_pull_to_zero() -> None:
    corrections = fit_corrections([(hit(), hit("X said", 0.0))] * 80, ["neutral"] * 80)
    assert abs(corrected(hit(), corrections)) < 0.2
    assert corrected(hit("X said", 0.0), corrections) == 0


@given(st.lists(st.tuples(st.floats(-1, 1), st.sampled_from(["favor", "against", "neutral"])), min_size=1, max_size=20))
def test_weights_stay_in_range(rows: list[tuple[float, str]]) -> None:
    hits = [(hit(f"cue {i % 3} X", weight),) for i, (weight, _) in enumerate(rows)]
    for (found,) in correct(hits, fit_corrections(hits, [label for _, label in rows])):
        assert -1 <= found.weight <= 1


def test_a_denial_turns_a_cue_and_its_corrections_without_labels() -> None:
    none = np.zeros(N_KEYS)
    assert corrected(hit("trust X", 0.8, "negated"), none) == pytest.approx(-0.64)
    assert corrected(hit("X is a bully", -0.8, "negated", "claim_denied"), none) == pytest.approx(0.4)
    assert -0.8 < corrected(hit("bullies like X", -0.8, "negated"), none) < 0
