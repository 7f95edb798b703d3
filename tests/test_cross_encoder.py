"""The cross-encoder: what of a pair is read, and that a pair is read alone; how a model holds it."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cross_encoders import drawn
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import AGAINST, FAVOR, instance, tiny

from stance.datamodels import Mention, Via
from stance.exceptions import ModelError
from stance.scoring.blending import Blend, learn_weights, pool
from stance.scoring.cross_encoder import MOST_CONTEXT, MOST_TEXT, pair_tokens
from stance.scoring.encoder import FIRST, LAST, default_encoder
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import Instance
from stance.scoring.meanings import MeaningFeatures
from stance.scoring.persistence import load_model, save_model

CROSS = drawn()


def tokens(text: str) -> list[int]:
    return default_encoder().tokenize(text)[0]


def test_a_pair_is_the_name_and_the_text():
    read = pair_tokens(default_encoder(), instance("I stand with Russia"))
    assert read == (FIRST, *tokens("russia"), LAST, *tokens("I stand with Russia"), LAST)


def test_of_a_long_text_what_stands_around_the_target_is_read():
    far = "filler words go on " * 200
    text = f"{far} only Russia can answer this {far}"
    at = text.index("Russia")
    read = pair_tokens(default_encoder(), Instance(text, "russia", (Mention("russia", at, at + 6, "name"),), Via.TEXT))
    assert tokens("russia")[0] in read[3:]
    assert len(read) == MOST_TEXT + 4


def test_what_an_answer_answers_is_read_with_it():
    parent = "padding " * 300 + "NATO must stay. " + "padding " * 300
    at = parent.index("NATO")
    mention = Mention("nato", at, at + 4, "name")
    read = pair_tokens(default_encoder(), Instance("Never!", "nato", (), Via.PARENT, parent, (mention,)))
    own = pair_tokens(default_encoder(), Instance("Never!", "nato", (), Via.PARENT))
    assert read[: len(own)] == own
    assert len(read) == len(own) + MOST_CONTEXT + 1
    assert tokens("nato")[0] in read[len(own) :]


def test_a_pair_has_the_same_answer_whatever_stands_beside_it():
    one = instance("Russia must win this")
    alone = CROSS.log_probabilities([one])[0]
    others = [instance(f"Russia {'again and ' * n}") for n in range(1, 40, 9)]
    assert np.array_equal(CROSS.log_probabilities([*others, one, *others])[len(others)], alone)


def test_the_name_of_the_target_is_read():
    one = instance("Russia must win this")
    said = CROSS.log_probabilities([one, replace(one, target="nato")])
    assert not np.allclose(said[0], said[1])


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300))
def test_any_pair_has_probabilities(text, target):
    said = np.exp(CROSS.log_probabilities([Instance(text, target, (), Via.TEXT)]))
    assert said.sum() == pytest.approx(1, abs=1e-3)


def test_nothing_is_asked_of_no_pairs():
    assert CROSS.log_probabilities([]).shape == (0, 4)


def test_pooled_probabilities_are_probabilities():
    found = pool(np.array([[1.0, 0, 0, 0], [0.25] * 4]), np.log(np.array([[0.1, 0.7, 0.1, 0.1]] * 2)), (0.5, 0.5))
    assert np.allclose(found.sum(axis=1), 1)
    assert found[1].argmax() == 1


def test_weights_follow_who_is_right():
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 4, 4_000)
    right = np.where(generator.random(4_000) < 0.8, labels, generator.integers(0, 4, 4_000))
    knows = np.full((4_000, 4), 0.05) + 0.8 * np.eye(4)[right]
    noise = generator.dirichlet(np.ones(4), 4_000)
    importance = np.ones(4_000)
    own, other = learn_weights(knows, np.log(noise), labels, importance)
    assert own > 0.8
    assert other < 0.1
    own, other = learn_weights(noise, np.log(knows), labels, importance)
    assert own < 0.1
    assert other > 0.8


def test_a_model_says_what_both_say():
    plain = tiny()
    both = replace(plain, blend=Blend(CROSS, (0.8, 0.4)))
    asked = [instance(text) for text in (*FAVOR, *AGAINST)]
    expected = pool(plain.predict_proba(asked), CROSS.log_probabilities(asked), (0.8, 0.4))
    assert np.allclose(both.predict_proba(asked), expected)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [*FAVOR, *AGAINST] * 3
    instances = [instance(text) for text in texts]
    labels = ["favor" if text in FAVOR else "against" for text in texts]
    features = InstanceFeatures(n_hashes=16, meanings=MeaningFeatures())
    matrix = features.fit(instances, labels).transform(instances)
    classifier = type(tiny().classifier)(channels=features.channels).fit(matrix, labels)
    model = replace(tiny(), features=features, classifier=classifier, blend=Blend(CROSS, (0.8, 0.4)))
    folder = tmp_path_factory.mktemp("models") / "both"
    save_model(model, folder)
    return folder


def test_a_saved_model_answers_as_before(saved):
    loaded = load_model(saved)
    assert loaded.blend is not None
    assert loaded.blend.weights == pytest.approx((0.8, 0.4))
    asked = [instance(text) for text in (*FAVOR, *AGAINST)]
    assert np.allclose(loaded.blend.cross_encoder.log_probabilities(asked), CROSS.log_probabilities(asked), atol=1e-4)
    assert loaded.predict_proba(asked).shape == (4, 4)


@pytest.mark.parametrize(
    ("name", "damaged", "seen"),
    [
        ("pair_kernels.npy", np.zeros(12, np.int8), "digest"),
        ("blend.npy", np.zeros(2, np.float32), "digest"),
        ("pair_scales.npy", None, "no such file"),
    ],
)
def test_damage_is_named(saved, tmp_path, name, damaged, seen):
    folder = Path(shutil.copytree(saved, tmp_path / "copy"))
    if damaged is None:
        (folder / name).unlink()
    else:
        np.save(folder / name, damaged)
    with pytest.raises(ModelError, match=seen) as error:
        load_model(folder)
    assert name in str(error.value)
