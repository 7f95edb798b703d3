"""The decision rule: which stance follows from four probabilities."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import score
from test_persistence import SAMPLE, instance, model

from stance.datamodels import STANCES, Stance, decide, rule_for
from stance.scoring.instances import decision_of
from stance.scoring.model import StanceModel
from stance.scoring.sentiment import VaderScorer

__all__ = ["model"]

probabilities = st.tuples(*[st.floats(0, 1)] * 4).filter(any)


@given(probabilities)
def test_even_factors_choose_the_most_probable_stance(four: tuple[float, ...]) -> None:
    assert decide(four) is decide(four, (1.0, 1.0, 1.0, 1.0)) is STANCES[four.index(max(four))]


def test_the_stance_follows_from_the_factors() -> None:
    found = replace(score("d", "c1", "us", None), probabilities=(0.3, 0.4, 0.2, 0.1))
    assert (found.stance, found.probability) == (Stance.AGAINST, 0.4)
    ruled = replace(found, decision=(1.5, 1.0, 1.0, 1.0))
    assert (ruled.stance, ruled.probability) == (Stance.FAVOR, 0.3)
    assert ruled == found


@given(probabilities, st.sampled_from(STANCES))
def test_a_rule_is_found_for_every_possible_stance(four: tuple[float, ...], stance: Stance) -> None:
    if four[STANCES.index(stance)]:
        assert decide(four, rule_for(stance, four)) is stance
    elif decide(four) is not stance:
        with pytest.raises(ValueError, match="probability of 0"):
            rule_for(stance, four)


def test_a_model_shows_the_evidence_of_the_stance_that_its_rule_chooses(model: StanceModel) -> None:
    instances = [instance(text) for text, _ in SAMPLE[:6]]
    plain, ruled = model, replace(model, decision=(1.0, 1e-6, 1e-6, 1e-6))
    assert (decision_of(plain), decision_of(ruled)) == (None, (1.0, 1e-6, 1e-6, 1e-6))
    assert decision_of(VaderScorer()) is None
    assert (ruled.judge(instances).probabilities == plain.judge(instances).probabilities).all()
    shown = [bool(spans) for spans in ruled.judge(instances, most_words=0).evidence]
    assert shown[:2] == [True, True]
    assert shown[2:4] != [bool(spans) for spans in plain.judge(instances, most_words=0).evidence][2:4]
