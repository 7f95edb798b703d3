"""The reader of pairs: what it reads of a text, and that no pair's numbers depend on others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import STANCES, Mention, Stance
from stance.scoring.encoder import WINDOW, shown_tokens
from stance.scoring.instances import Context, Instance, is_named, make_instance
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model
from stance.scoring.reader import PairReader
from stance.scoring.targets.target_set import load_targets

TARGETS = load_targets()


def pair(text: str, target: str, parent: str = "") -> Instance:
    return make_instance(
        text, target, TARGETS.find(text), context=Context(parent=parent), parent_mentions=TARGETS.find(parent)
    )


@pytest.fixture(scope="module")
def model() -> StanceModel:
    return load_model("default")


@pytest.fixture(scope="module")
def reader(model: StanceModel) -> PairReader:
    assert isinstance(model.columns, PairReader)
    return model.columns


def test_a_pair_is_named_the_same_alone_and_with_others(reader: PairReader) -> None:
    parent = "The weather held all week. " * 40 + "What does Russia want?"
    one = pair("Russia bombed a hospital again", "russia", parent=parent)
    others = [pair(parent, "russia"), *(pair(f"NATO sent {n} tanks " + "more " * n, "nato") for n in range(1, 30, 7))]
    assert np.array_equal(reader.read([*others, one])[-1], reader.read([one])[0])


def test_a_target_without_weights_of_its_own_is_named_by_those_for_any(model: StanceModel) -> None:
    text = "Ruritania is a bully and a liar"
    mention = (Mention("ruritania", 0, 9, "name"),)
    favor, against, *_ = model.predict_proba([make_instance(text, "ruritania", mention)])[0]
    assert against > 2 * favor


def test_a_stance_through_parent_or_headline_alone_is_not_read(model: StanceModel) -> None:
    """Those that models read so were wrong in seven of ten cases."""
    reply = pair("They bomb hospitals!", "russia", parent="What does Russia want?")
    under = make_instance(
        "They bomb hospitals!", "russia", (), context=Context("Russia"), article_mentions=TARGETS.find("Russia")
    )
    assert not is_named(reply)
    assert not is_named(under)
    found = model.judge([reply, under])
    assert found.probabilities.argmax(axis=1).tolist() == [STANCES.index(Stance.NOT_ADDRESSED)] * 2
    assert found.evidence == [(), ()]


@given(st.integers(0, 600), st.sets(st.integers(0, 599), max_size=90))
def test_of_a_long_text_the_parts_around_mentions_are_read(n: int, places: set[int]) -> None:
    named = sorted(place for place in places if place < n)
    shown = shown_tokens(n, named)
    assert shown == sorted(set(shown))
    assert len(shown) <= WINDOW
    assert all(0 <= k < n for k in shown)
    if n <= WINDOW or not named:
        assert shown == list(range(min(n, WINDOW)))
    else:
        assert named[0] in shown
        if len(named) <= 5:  # twelve tokens on both sides of each fit
            assert set(named) <= set(shown)


def test_evidence_holds_the_parts_of_a_long_text_that_were_read(model: StanceModel) -> None:
    text = "The weather was fine. " * 80 + "Russia is a criminal state. " + "The food was good. " * 80
    (spans,) = model.judge([pair(text, "russia")]).evidence
    ((start, end),) = spans
    assert "Russia is a criminal state." in text[start:end]
    assert end - start < 900
    words = "Antidisestablishmentarianism wird abgelehnt, internationalisation nicht. " * 40
    text = f"{words}Russia is a criminal state. {words}"
    (spans,) = model.judge([pair(text, "russia")]).evidence
    assert all(f" {text} "[end + 1] == " " and (start == 0 or text[start - 1] == " ") for start, end in spans), spans
    short = "Russia is a criminal state."
    assert model.judge([pair(short, "russia")]).evidence == [((0, 6),)]
