"""The shipped encoder's upper layers, taught to read a target's name and a text together.

Needs the extra ``finetune`` (torch is large); what comes out needs it no more. Nothing is downloaded: the weights to
start from are those that ship, and what is learned goes back to seven bits a weight.
"""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES
from stance.evaluation.examples import Example
from stance.exceptions import ModelError
from stance.scoring.cross_encoder import FROZEN_LAYERS, CrossEncoder, pair_tokens
from stance.scoring.encoder import SIZE, TextEncoder, default_encoder

EPOCHS = 4
BATCH = 32
RATE, HEAD_RATE = 8e-5, 1e-3
"""Greatest learning rates of the encoder's layers and of the head above them."""

_WARM_UP = 0.1  # of all steps, in which the rates rise
_SMOOTHING = 0.05  # of the labels: annotators err too
_DECAY = 0.01
_DROPOUT = 0.1
_NORM = 1.0  # of a step's gradient, at most
_SHELF = 50  # batches sorted by length together
_TELL = 100  # steps
_CONFIGURATION = {
    "vocab_size": 30_522,
    "hidden_size": SIZE,
    "num_attention_heads": 12,
    "intermediate_size": 1_536,
    "max_position_embeddings": 512,
}
_LEVELS = 64  # a seven-bit weight is a whole number between minus and plus this, as in the graph that ships

Tell = Callable[[str], None]


def finetune(
    examples: Sequence[Example],
    *,
    epochs: float = EPOCHS,
    seed: int = 0,
    start: CrossEncoder | None = None,
    tell: Tell = lambda _: None,
) -> CrossEncoder:
    """Teach the shipped encoder to judge pairs of target and text.

    :param examples: Each names its target, or answers a comment that does.
    :param epochs: How often each is seen.
    :param start: The one to go on with; where not given, the shipped encoder, which knows no stance.
    :param tell: Called with how far it has come.
    :return: The same for the same seed, examples and number of processor cores.
    :raises ModelError: If the extra is not installed.
    """
    torch = _torch()
    encoder = start.encoder if start else default_encoder()
    torch.manual_seed(seed)
    shuffle = random.Random(seed)  # noqa: S311 - an order, no secret
    labels = [STANCES.index(example.label) for example in examples]
    tokens = [pair_tokens(encoder, example.instance) for example in examples]
    network, head = _network(encoder), torch.nn.Linear(SIZE, len(STANCES))
    if start:
        _go_on(network, head, start)
    learned = [weight for weight in network.parameters() if weight.requires_grad]
    steps = max(1, round(epochs * len(examples) / BATCH))
    optimizer = torch.optim.AdamW(
        [{"params": learned, "lr": RATE}, {"params": list(head.parameters()), "lr": HEAD_RATE}], weight_decay=_DECAY
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _pace(step, steps))
    network.train()
    begun, total = time.monotonic(), 0.0
    for step, rows in enumerate(_batches([len(each) for each in tokens], steps, shuffle), 1):
        means = torch.nn.functional.dropout(_means(network, [tokens[row] for row in rows]), _DROPOUT)
        gold = torch.tensor([labels[row] for row in rows])
        loss = torch.nn.functional.cross_entropy(head(means), gold, label_smoothing=_SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*learned, *head.parameters()], _NORM)
        optimizer.step()
        schedule.step()
        total += loss.item()
        if step % _TELL == 0 or step == steps:
            left = (time.monotonic() - begun) / step * (steps - step)
            tell(f"fine-tuning: step {step} of {steps}, mean loss {total / step:.3f}, {left / 60:.0f} minutes left")
    return _quantised(network, head, encoder)


def _torch() -> Any:
    try:
        import onnx  # noqa: F401
        import torch
        import transformers  # noqa: F401
    except ImportError as error:
        raise ModelError(
            f"--finetune: {error.name} is not installed; expected pip install 'stance[finetune]'"
        ) from error
    return torch


def _pace(step: int, steps: int) -> float:
    """Rise to the full rate, then fall to nothing, in straight lines."""
    return min(1.0, (step + 1) / max(1.0, steps * _WARM_UP)) * max(0.0, (steps - step) / steps)


def _batches(lengths: Sequence[int], steps: int, shuffle: random.Random) -> Iterator[list[int]]:
    """Give so many batches of rows of like lengths, all rows once before any comes again."""
    given = 0
    while given < steps:
        rows = list(range(len(lengths)))
        shuffle.shuffle(rows)
        batches: list[list[int]] = []
        for at in range(0, len(rows), BATCH * _SHELF):
            shelf = sorted(rows[at : at + BATCH * _SHELF], key=lambda row: lengths[row])
            batches += [shelf[k : k + BATCH] for k in range(0, len(shelf), BATCH)]
        shuffle.shuffle(batches)
        yield from batches[: steps - given]
        given += len(batches)


def _means(network: Any, tokens: Sequence[tuple[int, ...]]) -> Any:
    """Give the mean of each pair's token vectors: shape (n, SIZE)."""
    import torch

    ids = torch.zeros((len(tokens), max(map(len, tokens))), dtype=torch.long)
    for row, each in enumerate(tokens):
        ids[row, : len(each)] = torch.tensor(each)
    seen = (torch.arange(ids.shape[1])[None] < torch.tensor([len(each) for each in tokens])[:, None]).long()
    vectors = network(input_ids=ids, attention_mask=seen).last_hidden_state
    return (vectors * seen[..., None]).sum(1) / seen.sum(1, keepdim=True)


def _network(encoder: TextEncoder) -> Any:
    """Build the encoder as something that can learn, with the weights that ship."""
    import torch
    from transformers import BertConfig, BertModel

    network = BertModel(BertConfig(**_CONFIGURATION, num_hidden_layers=len(encoder.layers)), add_pooling_layer=False)
    given = {name: torch.tensor(values) for name, values in _shipped_weights(encoder).items()}
    network.load_state_dict(given)
    network.embeddings.requires_grad_(False)
    for layer in network.encoder.layer[:FROZEN_LAYERS]:
        layer.requires_grad_(False)
    return network


def _shipped_weights(encoder: TextEncoder) -> dict[str, NDArray[np.float32]]:
    """Read the weights out of the shipped graph, by the names that the network gives them."""
    import onnx

    stored = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(encoder.graph).graph.initializer}
    names = ["embeddings.LayerNorm.weight", "embeddings.LayerNorm.bias"]
    found = {name: stored[name] for name in names}
    for name in ("word", "token_type", "position"):
        part = f"embeddings.{name}_embeddings.weight"
        whole = {key: stored[f"{part}_{key}"] for key in ("quantized", "zero_point", "scale")}
        found[part] = (whole["quantized"].astype(np.float32) - whole["zero_point"]) * whole["scale"]
    for number, layer in enumerate(encoder.layers):
        for kernel in layer["kernels"]:
            values = stored[f"{kernel['name']}_quantized"] * stored[f"{kernel['name']}_scale"]
            found[f"encoder.layer.{number}.{kernel['of']}.weight"] = values.T.astype(np.float32)
        for each in layer["floats"]:
            found[f"encoder.layer.{number}.{each['of']}"] = stored[each["name"]]
    return {name: np.array(values, np.float32) for name, values in found.items()}


def _go_on(network: Any, head: Any, start: CrossEncoder) -> None:
    """Put what a cross-encoder has learned into the network and its head."""
    import torch

    held = start.arrays()
    state = network.state_dict()
    for number, layer in list(enumerate(start.encoder.layers))[FROZEN_LAYERS:]:
        for kernel in layer["kernels"]:
            values = held[f"{kernel['name']}_quantized"] * held[f"{kernel['name']}_scale"]
            state[f"encoder.layer.{number}.{kernel['of']}.weight"] = torch.tensor(values.T.astype(np.float32))
        for each in layer["floats"]:
            state[f"encoder.layer.{number}.{each['of']}"] = torch.tensor(held[each["name"]])
    network.load_state_dict(state)
    with torch.no_grad():
        head.weight.copy_(torch.tensor(start.coef))
        head.bias.copy_(torch.tensor(start.intercept))


def _quantised(network: Any, head: Any, encoder: TextEncoder) -> CrossEncoder:
    """Bring what was learned back to seven bits a weight, one scale for each column."""
    state = {name: values.detach().numpy() for name, values in network.state_dict().items()}
    kernels, scales, floats = [], [], []
    for number in range(FROZEN_LAYERS, len(encoder.layers)):
        for kernel in encoder.layers[number]["kernels"]:
            values = state[f"encoder.layer.{number}.{kernel['of']}.weight"].T
            scale = np.maximum(np.abs(values).max(axis=0), 1e-9).astype(np.float32) / _LEVELS
            kernels.append(np.clip(np.rint(values / scale), -_LEVELS, _LEVELS).astype(np.int8).ravel())
            scales.append(scale)
        floats += [state[f"encoder.layer.{number}.{each['of']}"].ravel() for each in encoder.layers[number]["floats"]]
    return CrossEncoder(
        np.concatenate(kernels),
        np.concatenate(scales).astype(np.float32),
        np.concatenate(floats).astype(np.float32),
        head.weight.detach().numpy().astype(np.float64),
        head.bias.detach().numpy().astype(np.float64),
        encoder,
    )
