"""Write an encoder as a graph of seven bits a weight, one scale a channel.

One scale for a whole matrix instead would change about one decision in ten of what is learned on the numbers. With
eight bits, processors without dot products of bytes (before 2019 or so) overflow where they add two products up, and
vectors point elsewhere by nine degrees; seven bits (held as eight) cannot, so a text has the same numbers everywhere.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import QuantType, quantize_dynamic

OPSET = 17


def through(layers: torch.nn.ModuleList, tokens: torch.Tensor, **options: Any) -> torch.Tensor:
    """Return the vectors of tokens behind some layers.

    :param options: Passed to each layer.
    """
    for layer in layers:
        found = layer(tokens, **options)
        tokens = found[0] if isinstance(found, tuple) else found  # by the release of transformers
    return tokens


def export(network: torch.nn.Module, example: torch.Tensor, names: tuple[str, str], path: Path) -> None:
    """Write a network as a graph of seven bits a weight; its input's second axis is the tokens of one text."""
    with tempfile.TemporaryDirectory() as room:
        full = Path(room) / "full.onnx"
        torch.onnx.export(
            network,
            (example,),
            full,
            input_names=[names[0]],
            output_names=[names[1]],
            dynamic_axes={name: {1: "tokens"} for name in names},
            opset_version=OPSET,
            dynamo=False,
        )
        quantize_dynamic(full, path, per_channel=True, weight_type=QuantType.QInt8, reduce_range=True)


def take_words_out(path: Path) -> NDArray[np.uint8]:
    """Take the table of word vectors out of a graph of :func:`export`, which reads rows of it afterwards.

    Several graphs share one table then.

    :return: Shape (pieces, numbers).
    """
    model = onnx.load(path)
    graph, (entry,) = model.graph, model.graph.input
    lookup = next(node for node in graph.node if entry.name in node.input and node.op_type == "Gather")
    table = next(each for each in graph.initializer if each.name == lookup.input[0])
    for node in graph.node:
        if node.op_type == "Shape" and entry.name in node.input:  # of the texts and their tokens alone
            node.input[0] = "words"
            node.attribute.append(onnx.helper.make_attribute("end", 2))
        node.input[:] = ["words" if name == lookup.output[0] else name for name in node.input]
    graph.node.remove(lookup)
    graph.initializer.remove(table)
    words = onnx.numpy_helper.to_array(table)
    graph.input.remove(entry)
    graph.input.append(onnx.helper.make_tensor_value_info("words", table.data_type, [1, "tokens", words.shape[1]]))
    onnx.save(model, path)
    return np.asarray(words)
