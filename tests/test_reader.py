"""The reader of pairs: what it reads, whom it is asked about, and how its answers join those of the classifier."""

from dataclasses import replace

import numpy as np
import pytest

from stance.datamodels import STANCES, Mention, Stance
from stance.exceptions import ModelError
from stance.scoring.encoder import GATE_COLUMNS, POOL_SHAPE, Reading
from stance.scoring.instances import Context, Instance, make_instance
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_base, load_model, save_model
from stance.scoring.targets import load_targets

TARGETS = load_targets()


def pair(text: str, target: str, parent: str = "") -> Instance:
    return make_instance(
        text, target, TARGETS.find(text), shown=Context(parent=parent), parent_mentions=TARGETS.find(parent)
    )


@pytest.fixture(scope="module")
def model() -> StanceModel:
    return load_base("default")


@pytest.fixture(scope="module")
def reading(model: StanceModel) -> Reading:
    assert model.reading is not None
    return model.reading


def probabilities(model: StanceModel, *pairs: Instance) -> np.ndarray:
    return model.predict_proba(pairs)


def test_a_pair_is_read_the_same_alone_and_beside_others(reading: Reading) -> None:
    one = pair("They bombed a hospital again", "russia", parent="What does Russia want?")
    others = [pair(f"NATO sent {n} tanks " + "more " * n, "nato") for n in range(1, 30, 7)]
    assert np.array_equal(reading.reader.read([*others, one])[-1], reading.reader.read([one])[0])


def test_a_headline_is_answered_like_a_comment(reading: Reading, model: StanceModel) -> None:
    said, named = "Let them burn in their bunkers!", TARGETS.find("Russia bombs a hospital")
    article = Context("Russia bombs a hospital")
    under = make_instance(said, "russia", (), shown=article, article_mentions=named)
    assert np.array_equal(reading.reader.read([under]), reading.reader.read([pair(said, "russia", article.headline)]))
    reply = replace(under, shown=replace(article, parent="Why?"))
    both = replace(under, context="Russia bombs a hospital\nWhy?", shown=Context("Russia bombs a hospital\nWhy?"))
    assert np.array_equal(reading.reader.read([reply]), reading.reader.read([both]))
    assert model.judges(under)
    assert probabilities(model, under)[0, 3] < probabilities(model, pair(said, "russia"))[0, 3] / 2


def test_a_target_without_weights_of_its_own_is_read_by_those_for_any(reading: Reading) -> None:
    text = "Ruritania is a bully and a liar"
    mention = (Mention("ruritania", 0, 9, "name"),)
    read = reading.reader.log_probabilities(reading.reader.read([make_instance(text, "ruritania", mention)]))
    favor, against, *_ = read[0]
    assert against > favor + 1
    assert np.exp(read).sum() == pytest.approx(1)


def test_texts_that_name_no_target_are_read_only_where_their_words_may_mean_one(reading: Reading) -> None:
    closed = replace(reading, gate=(np.zeros(GATE_COLUMNS), -1.0))
    opened = replace(reading, gate=(np.zeros(GATE_COLUMNS), 1.0))
    silent, named = pair("They bomb hospitals", "russia"), pair("Russia bombs hospitals", "russia")
    beside = pair("Russia bombs hospitals", "us")  # encoded anyway
    assert closed.asked([silent, named, beside]).tolist() == [False, True, True]
    assert opened.asked([silent]).tolist() == [True]
    assert not closed.read([silent]).any()


def test_answers_are_joined_by_the_pool(reading: Reading) -> None:
    asked, stated = [pair("Russia lies", "russia")], np.array([[0.7, 0.1, 0.1, 0.1]])
    hidden = reading.read(asked)
    alone, other = np.zeros(POOL_SHAPE), np.zeros(POOL_SHAPE)
    alone[..., 0], other[..., 1] = 1, 1
    assert replace(reading, pool=alone).join(asked, stated, hidden) == pytest.approx(stated)
    read = np.exp(reading.reader.log_probabilities(hidden))
    assert replace(reading, pool=other).join(asked, stated, hidden) == pytest.approx(read)
    assert (reading.join(asked, stated, np.zeros_like(hidden)) == stated).all()


def test_sides_of_the_war_are_told(model: StanceModel) -> None:
    texts = {
        "Slava Ukraini, Putin is a war criminal": Stance.AGAINST,
        "Russia had no choice, NATO kept expanding": Stance.FAVOR,
        "Russia is just defending its people from nazis": Stance.FAVOR,
        "Russian invaders out of Ukraine!": Stance.AGAINST,
    }
    found = probabilities(model, *(pair(text, "russia") for text in texts))
    assert [STANCES[int(row[:2].argmax())] for row in found] == list(texts.values())


def test_a_model_with_a_reader_is_loaded_as_it_was_saved(model: StanceModel, tmp_path) -> None:
    asked = [pair("Russia lies", "russia"), pair("They lie", "us", "NATO is great"), pair("NATO protects us", "nato")]
    saved = save_model(replace(model, others=None, languages=("en",)), tmp_path / "copy")
    loaded = load_model(tmp_path / "copy")
    assert loaded.decision == model.decision
    assert np.array_equal(probabilities(loaded, *asked), probabilities(saved, *asked))
    (tmp_path / "copy" / "pool.npy").unlink()
    with pytest.raises(ModelError, match=r"pool\.npy"):
        load_model(tmp_path / "copy")
