"""The decision rule: which stance follows from four probabilities."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import GRADE_BARS, STANCES, Grade, Stance, Via, decide, rule_for
from stance.scoring.instances import decision_of
from stance.scoring.persistence import load_model
from stance.scoring.sentiment import VaderScorer
from tests.support.report_samples import score
from tests.support.tables import cases
from tests.support.tiny_models import tiny

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


def test_the_rule_of_a_model_is_found() -> None:
    assert decision_of(tiny()) is None
    assert decision_of(replace(tiny(), decision=(1.0, 2.0, 1.0, 1.0))) == (1.0, 2.0, 1.0, 1.0)
    assert decision_of(VaderScorer()) is None
    model = load_model()
    assert decision_of(model, "de") == model.part("de").decision != decision_of(model, "en")


@pytest.mark.parametrize("stance", STANCES)
@cases("model", "language", "row")
def test_a_reading_is_shown_where_it_is_probable_enough(model: str, language: str, row: str, stance: Stance) -> None:
    clear, leaning = GRADE_BARS[row][stance]
    grades = {clear: Grade.CLEAR, clear - 0.01: Grade.LEANING, leaning: Grade.LEANING, leaning - 0.01: Grade.UNREAD}
    for probability, grade in grades.items():
        others = [(1 - probability) / 3] * 4
        others[STANCES.index(stance)] = probability
        bare = score("d", "c1", "us", None)
        named = replace(bare, probabilities=tuple(others), via=Via.TEXT, model=model, language=language)
        assert (named.reading, named.grade, named.sure) == (stance, grade, grade is Grade.CLEAR)
        side = {"favor": "leans_favor", "against": "leans_against"}.get(stance, "unread")
        assert named.shown == {Grade.CLEAR: str(stance), Grade.LEANING: side, Grade.UNREAD: "unread"}[grade]


def test_only_a_comment_that_names_the_target_has_a_grade() -> None:
    for via in (Via.PARENT, Via.ARTICLE, None):
        unnamed = replace(score("d", "c1", "us", None), probabilities=(0.9, 0.0, 0.1, 0.0), via=via)
        assert (unnamed.reading, unnamed.grade, unnamed.shown, unnamed.sure) == (None, None, None, False)


def test_a_stance_by_the_decision_rule_may_be_too_unlikely_to_be_read() -> None:
    found = replace(
        score("d", "c1", "us", None), via=Via.TEXT, probabilities=(0.1, 0.2, 0.7, 0.0), decision=(1.0, 9.0, 1.0, 1.0)
    )
    assert (found.stance, found.reading, found.shown) == (Stance.AGAINST, Stance.AGAINST, "unread")
