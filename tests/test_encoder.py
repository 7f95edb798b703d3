"""The encoder: numbers of texts, of the places that name the target, whatever stands in them."""

import numpy as np
import pytest

from research.training import packed_changes
from stance.exceptions import ModelError
from stance.resources import ENCODER, TONE, VOICES
from stance.scoring.encoder import LAYERS, WINDOW, TextEncoder, changed, encoder_in

PLACES, FROZEN = [28, 129, 191, 261, 340], [0.17112, -0.60773, -0.10693, -0.19361, -0.24406]


def vectors(text: str) -> np.ndarray:
    encoder = encoder_in(ENCODER)
    return encoder.vectors(encoder.tokenize(text).ids[:WINDOW])


@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "\ud800 lone", "a" * 50_000, "🙂" * 3_000, "word " * 20_000, "\n" * 10_000]
)
def test_any_text_has_finite_numbers(text: str) -> None:
    assert np.isfinite(vectors(text)).all()


def test_a_text_has_the_same_numbers_on_every_machine() -> None:
    """Where sums overflow, as they may on processors without dot products of bytes, these are others."""
    found = vectors("NATO keeps the peace, and Russia knows it.").mean(axis=0)
    assert found[PLACES] == pytest.approx(FROZEN, abs=5e-4)  # releases of onnxruntime differ by 2e-4


def test_an_encoder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="expected the encoder's model"):
        _ = TextEncoder(tmp_path).digest


def test_layers_are_kept_as_their_differences() -> None:
    graph, other = b"\x00\x01\xff" * 1000, b"\x00\x02\x00" * 1000
    packed = packed_changes(graph, other)
    assert len(packed) < len(other) / 20
    assert changed(graph, packed) == other
    assert TextEncoder(changes=VOICES / LAYERS).graph != TextEncoder(changes=TONE / LAYERS).graph
