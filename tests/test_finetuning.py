"""Fine-tuning: it learns, it is repeatable, and what it learned is what the eight-bit graph says. Needs the extra."""

import sys

import numpy as np
import pytest
from tiny_models import AGAINST, FAVOR, instance

from stance.datamodels import STANCES, Stance
from stance.evaluation.examples import Example
from stance.exceptions import ModelError
from stance.finetuning import finetune
from stance.scoring.cross_encoder import pair_tokens
from stance.scoring.encoder import SIZE, default_encoder

TEXTS = [
    (f"{text}, {said}", Stance.FAVOR if text in FAVOR else Stance.AGAINST)
    for text in (*FAVOR, *AGAINST)
    for said in ("and that is all", "as my father said", "once and for all", "whatever they write")
]
EXAMPLES = [Example(instance(text), label, f"story {n}", "test") for n, (text, label) in enumerate(TEXTS)] * 2


def test_without_the_extra_one_line_says_what_to_install(monkeypatch):
    for name in ("onnx", "torch", "transformers"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(
        ModelError, match=r"^--finetune: \w+ is not installed; expected pip install 'stance\[finetune\]'$"
    ):
        finetune(EXAMPLES)


@pytest.fixture(scope="module")
def taught():
    pytest.importorskip("torch")
    pytest.importorskip("onnx")
    pytest.importorskip("transformers")
    told: list[str] = []
    return finetune(EXAMPLES, epochs=24, tell=told.append), told


def test_it_learns_whom_a_text_sides_with(taught):
    cross_encoder, told = taught
    said = cross_encoder.log_probabilities([example.instance for example in EXAMPLES])
    right = np.array([STANCES.index(example.label) for example in EXAMPLES])
    assert (said.argmax(axis=1) == right).mean() > 0.9
    assert "step 24 of 24" in told[-1]


def test_the_same_seed_gives_the_same_weights(taught):
    again = finetune(EXAMPLES, epochs=24)
    for name in ("kernels", "scales", "floats", "coef", "intercept"):
        assert np.array_equal(getattr(again, name), getattr(taught[0], name)), name


def test_the_graph_says_what_was_learned():
    torch = pytest.importorskip("torch")
    pytest.importorskip("onnx")
    pytest.importorskip("transformers")
    from stance.finetuning import _means, _network, _quantised

    encoder = default_encoder()
    torch.manual_seed(0)
    network, head = _network(encoder).eval(), torch.nn.Linear(SIZE, len(STANCES))
    torch.nn.init.normal_(head.weight, std=0.3)
    tokens = [pair_tokens(encoder, example.instance) for example in EXAMPLES[:16]]
    with torch.no_grad():
        expected = torch.log_softmax(head(_means(network, tokens)), 1).numpy()
    found = _quantised(network, head, encoder).log_probabilities([example.instance for example in EXAMPLES[:16]])
    assert np.abs(np.exp(found) - np.exp(expected)).mean() < 0.02
