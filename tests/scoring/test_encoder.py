"""The encoder: numbers of texts, of the places that name the target, whatever stands in them."""

import numpy as np
import pytest

from stance.exceptions import ModelError
from stance.resources import ENCODER
from stance.scoring.encoder import WINDOW, TextEncoder, encoder_in, unpacked
from tests.support.tables import cases, repeated

pytestmark = pytest.mark.usefixtures("texts_read_anew")

PLACES, FROZEN = [28, 129, 191, 261, 340], [0.19384, -0.52829, -0.00886, -0.28167, -0.29451]


def vectors(text: str) -> np.ndarray:
    encoder = encoder_in(ENCODER)
    return encoder.vectors(encoder.tokenize(text).ids[:WINDOW])


@cases("parts")
def test_any_text_has_finite_numbers(parts: list[tuple[str, int]]) -> None:
    assert np.isfinite(vectors(repeated(parts))).all()


def test_a_text_has_the_same_numbers_on_every_machine() -> None:
    """Where sums overflow, as they may on processors without dot products of bytes, these are others."""
    found = vectors("NATO keeps the peace, and Russia knows it.").mean(axis=0)
    assert found[PLACES] == pytest.approx(FROZEN, abs=5e-4)  # releases of onnxruntime differ by 2e-4


def test_an_encoder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="expected the encoder's model"):
        _ = TextEncoder(tmp_path).digest


def test_word_pieces_have_bytes_with_a_scale_or_four_bits() -> None:
    rows = np.zeros(2, np.dtype([("scale", "<f2"), ("numbers", "i1", 32)]))
    rows["scale"], rows["numbers"] = [0.5, 2], [np.arange(-16, 16), np.ones(32)]
    assert np.array_equal(unpacked(rows), [np.arange(-16, 16) / 2, np.full(32, 2)])
    numbers = np.arange(32) % 16
    block = np.zeros(1, np.dtype([("scale", "<f2"), ("pairs", "u1", 16)]))
    block["scale"], block["pairs"] = 0.5, numbers[:16] | numbers[16:] << 4
    assert np.array_equal(unpacked(block.view(np.uint8).reshape(1, -1)), [(numbers - 8) / 2])
