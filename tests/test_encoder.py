"""The encoder: numbers of texts, of the places that name the target, whatever stands in them."""

import shutil

import numpy as np
import pytest
from tiny_models import edit_json

from stance.datamodels import Mention, Via
from stance.exceptions import ModelError
from stance.resources import MODELS, TONE, VOICES
from stance.scoring.encoder import (
    LAYERS,
    POOLS,
    SIZE,
    TextEncoder,
    changed,
    default_encoder,
    packed_changes,
    session_options,
)
from stance.scoring.instances import Instance
from stance.scoring.persistence import load_model

PLACES, FROZEN = [428, 629, 491, 661, 490], [0.162, -0.97123, -0.49563, -3.17853, -0.29824]


def instance(text: str, *, target: str = "us", name: str | None = None) -> Instance:
    at = text.find(name) if name else -1
    mentions = (Mention(target, at, at + len(name or ""), "name"),) if at >= 0 else ()
    return Instance(text, target, mentions, Via.TEXT if mentions else None)


def pools(*texts: Instance) -> np.ndarray:
    return default_encoder().encode(texts).reshape(len(texts), len(POOLS), SIZE)


def cosine(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_texts_of_like_meaning_are_nearer_than_others():
    praise, thanks, cake = pools(
        instance("They saved us and we are grateful."),
        instance("Thank you, you rescued our people!"),
        instance("Add two eggs and bake for an hour."),
    )[:, 0]
    assert cosine(praise, thanks) > cosine(praise, cake) + 0.2


def test_what_stands_near_a_name_is_told_from_what_stands_far():
    text = "America is wonderful. " + "The rest of this comment is about the weather of the season and the crops. " * 2
    named, unnamed = pools(instance(text, name="America"), instance(text))
    assert np.allclose(named[0], unnamed[0])
    assert not named[2].any() or not np.allclose(named[2], named[0])
    assert not unnamed[1:].any()


def test_a_text_has_the_same_numbers_whatever_stands_beside_it():
    one = instance("The US must leave.", name="US")
    alone = pools(one)[0]
    others = [instance(f"Comment {n} " + "word " * n) for n in range(1, 60, 7)]
    assert np.array_equal(pools(*others, one, *others)[len(others)], alone)
    assert pools().shape == (0, len(POOLS), SIZE)


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud800 lone", "a" * 50_000, "🙂" * 3_000, "word " * 20_000, "\n" * 10_000]
)
def test_any_text_has_finite_numbers(text):
    assert np.isfinite(pools(instance(text, name="a"))).all()


def test_a_text_has_the_same_numbers_on_every_machine() -> None:
    """Where sums overflow, as they may on processors without dot products of bytes, these are others."""
    (found,) = default_encoder().encode([instance("NATO keeps the peace, and Russia knows it.", name="NATO")])
    assert found[PLACES] == pytest.approx(FROZEN, abs=1e-4)


def test_sums_do_not_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked to add up exactly, whatever that costs, the graph says the same: nothing was cut off before."""
    text = instance("They bombed another hospital, as usual!")
    usual = TextEncoder().encode([text])
    options = session_options()
    options.add_session_config_entry("session.x64quantprecision", "1")
    monkeypatch.setattr("stance.scoring.encoder.session_options", lambda: options)
    assert TextEncoder().encode([text]) == pytest.approx(usual, abs=1e-5)


def test_an_encoder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="expected the encoder's model"):
        _ = TextEncoder(tmp_path).digest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"encoder": "0" * 64}, "made with encoder '000000000000'"),
        *(({"anchors": each}, "anchors") for each in ("us", ["us"] * 200, [1], None)),
    ],
)
def test_another_encoder_or_damaged_anchors_are_refused(tmp_path, change, words):
    shutil.copytree(MODELS / "default", tmp_path / "tiny", copy_function=shutil.copyfile)
    edit_json(tmp_path / "tiny" / "model.json", **change)
    with pytest.raises(ModelError, match=words):
        load_model(tmp_path / "tiny")


def test_layers_are_kept_as_their_differences() -> None:
    graph, other = b"\x00\x01\xff" * 1000, b"\x00\x02\x00" * 1000
    packed = packed_changes(graph, other)
    assert len(packed) < len(other) / 20
    assert changed(graph, packed) == other
    assert TextEncoder(changes=VOICES / LAYERS).graph != TextEncoder(changes=TONE / LAYERS).graph
