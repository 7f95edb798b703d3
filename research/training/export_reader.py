"""Write a trained reader as what ships: a graph, vectors of word pieces, a tokenizer, and the arrays behind it.

    python -m research.training.export_reader WEIGHTS TRAINED -o FOLDER [--layers N] [--bits 4]

WEIGHTS is the folder of the published encoder, TRAINED what ``finetune_reader`` saved. With seven bits a weight, one
scale a channel (``data/encoder``); with four, blocks of 128 with a scale each (``data/reader``), packed by zstandard.

Those with four are turned into bytes when the graph is loaded, and multiplied with bytes. The second matrix of each
feed-forward part meets activations with few large numbers, so each token is first divided by its largest one. On 60
comments the vectors then differ from those of the graph in 32 bits as much as with the second matrices in four bits
(.20 instead of .19 of their size; undivided .52), and take .85 of the time.
"""

import argparse
import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
import zstandard
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from research.training.export_encoder import OPSET, export, take_words_out, through
from research.training.finetune_reader import Reader
from research.training.pack_encoders import STEP, rows_of_bytes
from stance.resources import READER

WEIGHT_BLOCK = 128
SECOND = "/output/dense/"  # in the names of the second matrices of feed-forward parts
FINE = 6
"""Layers from this one on have six bits a weight. Training that starts from weights of four bits changes them by less than
a step: of 1,936 pairs that were not learned from, macro F1 is .712 in 32 bits and .681 with four bits in all layers."""
FINE_LEVELS = 31
OPSET_OF_FOUR_BITS = 21  # the first with tensors of four bits


class Graph(nn.Module):
    """From vectors of word pieces to those of tokens; texts are read one by one, so nothing is masked."""

    def __init__(self, net: Reader) -> None:
        super().__init__()
        self.net = net

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        emb = self.net.emb
        n, start = words.shape[1], 2 if self.net.is_mpnet else 0
        places = emb.position_embeddings.weight[start : start + 132][torch.arange(n)]
        states = words + places[None]
        if not self.net.is_mpnet:
            states = states + emb.token_type_embeddings.weight[0]
        states = emb.LayerNorm(states)
        options = {"position_bias": self.net.encoder[0].compute_position_bias(states)} if self.net.is_mpnet else {}
        for layer in self.net.layers:
            found = layer(states, **options)
            states = found[0] if isinstance(found, tuple) else found
        return states


class IdGraph(nn.Module):
    """From word pieces to the vectors of tokens of one text; the words are taken out of the graph afterwards."""

    def __init__(self, net: Reader) -> None:
        super().__init__()
        self.emb, self.layers = net.emb, net.layers

    def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
        states = self.emb(input_ids=input_ids, token_type_ids=torch.zeros_like(input_ids))
        return through(self.layers, states)


def arrays(net: Reader) -> dict[str, np.ndarray]:
    """Return the weights of the network as :func:`stance.scoring.reader.reader_shapes` names them, and the last layer.

    The scale and shift of the normalisation become part of the layer behind it.
    """
    given = net.inp.in_features - 5 * net.size
    scale = torch.cat([*(norm.weight for norm in net.norm), torch.ones(given)])
    shift = torch.cat([*(norm.bias for norm in net.norm), torch.zeros(given)])
    n_targets = net.spec.shape[0] - 1
    own = 0.3 * net.spec[:n_targets]
    moved = torch.cat([own @ net.norm[0].bias, torch.zeros(1, net.inp.out_features)])
    found = {
        "absent": net.none,
        "entry": net.inp.weight * scale,
        "entry_bias": net.inp.bias + net.inp.weight @ shift + net.bias + moved,
        "own": own * net.norm[0].weight,
        "exit": net.out.weight,
        "exit_bias": net.out.bias,
    }
    return {name: array.detach().float().numpy() for name, array in found.items()}


def export_four_bits(net: Reader, folder: Path) -> None:
    """Write the graph with four bits a weight, in blocks."""
    from onnxruntime.quantization.matmul_nbits_quantizer import DefaultWeightOnlyQuantConfig, MatMulNBitsQuantizer

    full = folder / "full.onnx"
    example = torch.zeros(1, 17, net.size)
    torch.onnx.export(
        Graph(net).eval(),
        (example,),
        full,
        input_names=["words"],
        output_names=["tokens"],
        dynamic_axes={"words": {1: "tokens"}, "tokens": {1: "tokens"}},
        opset_version=OPSET,
        dynamo=False,
    )
    config = DefaultWeightOnlyQuantConfig(block_size=WEIGHT_BLOCK, is_symmetric=True, accuracy_level=4)
    model = onnx.load(full)
    fine = [node.name for node in model.graph.node if node.op_type == "MatMul" and layer_of(node.name) >= FINE]
    quantizer = MatMulNBitsQuantizer(model, algo_config=config, nodes_to_exclude=fine)
    quantizer.process()
    content = multiplied_as_bytes(quantizer.model.model).SerializeToString()
    full.unlink()
    (folder / "model.onnx.zst").write_bytes(zstandard.ZstdCompressor(12).compress(content))


def layer_of(name: str) -> int:
    """Return the layer that a node belongs to; -1 if it belongs to none."""
    found = re.search(r"/layers\.(\d+)/", name)
    return int(found[1]) if found else -1


def multiplied_as_bytes(model: onnx.ModelProto) -> onnx.ModelProto:  # noqa: C901
    """Let the graph turn its matrices into bytes (seven bits, one scale a channel) when it is loaded.

    The operators that do it have no other input than weights, so onnxruntime runs them once. Matrices of fine layers are
    stored as bytes, of six bits.
    """
    graph, nodes, activations = model.graph, [], {}
    weights = {each.name: each for each in graph.initializer}

    def constant(name: str, array: np.ndarray) -> str:
        if name not in weights:
            weights[name] = numpy_helper.from_array(array, name)
            graph.initializer.append(weights[name])
        return name

    def apply(kind: str, inputs: list[str], **options: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [f"{inputs[0]}/{kind}{len(nodes)}"], **options))
        return str(nodes[-1].output[0])

    def coarse(node: onnx.NodeProto) -> tuple[str, np.ndarray]:
        numbers, scales = node.input[1:3]
        n, k = (next(each.i for each in node.attribute if each.name == name) for name in "NK")
        packed_pairs = numpy_helper.to_array(weights[numbers])
        scale = numpy_helper.to_array(weights[scales]).reshape(n, -1)
        pairs = (
            np.stack([packed_pairs & 15, packed_pairs >> 4], axis=-1).reshape(n, -1, WEIGHT_BLOCK).astype(np.float32)
        )
        step = np.abs((pairs - 8) * scale[:, :, None]).max(axis=(1, 2)) / 63
        weights[scales].CopyFrom(numpy_helper.from_array((scale / step[:, None]).astype(np.float32), scales))
        weights[numbers].CopyFrom(
            helper.make_tensor(numbers, TensorProto.UINT4, [n, k], packed_pairs.tobytes(), raw=True)
        )
        middle = f"middle_{n}_{k}"
        if middle not in weights:
            eights = bytes([0x88]) * (scale.size // 2)
            weights[middle] = helper.make_tensor(middle, TensorProto.UINT4, list(scale.shape), eights, raw=True)
            graph.initializer.append(weights[middle])
        full = apply("DequantizeLinear", [numbers, scales, middle], axis=1, block_size=WEIGHT_BLOCK)
        one, zero = constant("one", np.array(1, np.float32)), constant("zero", np.array(0, np.int8))
        return apply("Transpose", [apply("QuantizeLinear", [full, one, zero])], perm=[1, 0]), step

    def fine(matrix: str) -> tuple[str, np.ndarray]:
        floats = numpy_helper.to_array(weights[matrix])
        step = np.abs(floats).max(axis=0) / FINE_LEVELS
        weights[matrix].CopyFrom(numpy_helper.from_array(np.round(floats / step).astype(np.int8), matrix))
        return matrix, step

    def divided(given: str) -> tuple[str, str]:
        highest = apply("ReduceMax", [given, constant("last", np.array([-1], np.int64))], keepdims=1)
        largest = apply("Max", [highest, constant("least", np.array(1e-3, np.float32))])
        return apply("Div", [given, largest]), largest

    for node in graph.node:
        is_fine = node.op_type == "MatMul" and node.input[1] in weights
        if node.op_type != "MatMulNBits" and not is_fine:
            nodes.append(node)
            continue
        given, largest = divided(node.input[0]) if SECOND in node.name else (node.input[0], "")
        matrix, step = fine(node.input[1]) if is_fine else coarse(node)
        if given not in activations:
            activations[given] = [f"{given}/{part}" for part in ("bytes", "scale", "zero")]
            nodes.append(helper.make_node("DynamicQuantizeLinear", [given], activations[given]))
        own, own_scale, own_zero = activations[given]
        zeros = constant(f"zeros_{len(step)}", np.zeros(len(step), np.int8))
        total = apply("Cast", [apply("MatMulInteger", [own, matrix, own_zero, zeros])], to=TensorProto.FLOAT)
        both = apply("Mul", [own_scale, constant(f"{node.name}/step", step.astype(np.float32))])
        if largest:
            total = apply("Mul", [total, both])
        nodes.append(helper.make_node("Mul", [total, largest or both], node.output))
    del graph.node[:]
    graph.node.extend(nodes)
    model.opset_import[0].version, model.ir_version = OPSET_OF_FOUR_BITS, 10
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("trained", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--bits", type=int, choices=(4, 7), default=4)
    given = parser.parse_args()
    given.output.mkdir(parents=True, exist_ok=True)
    net = Reader(given.weights, given.layers, 0, attn_implementation="eager")
    if given.trained.is_file():
        net.load_state_dict(torch.load(given.trained), strict=False)
    net.eval()
    marks = {"marks": list(net.marks), "packed": given.bits == 4}
    (given.output / "encoder.json").write_text(json.dumps(marks) + "\n", encoding="utf-8")
    np.savez(given.output / "reader.npz", **arrays(net))
    if given.bits == 4:
        export_four_bits(net, given.output)
        words = net.emb.word_embeddings.weight.detach().numpy()
        np.save(given.output / "words.npy", rows_of_bytes(words, STEP[READER]))
        content = (given.output / "words.npy").read_bytes()
        (given.output / "words.npy").unlink()
        (given.output / "words.npy.zst").write_bytes(zstandard.ZstdCompressor(19).compress(content))
        text = (given.weights / "tokenizer.json").read_bytes()
        (given.output / "tokenizer.json.zst").write_bytes(zstandard.ZstdCompressor(19).compress(text))
    else:
        example = torch.randint(1_000, 2_000, (1, 17))
        export(IdGraph(net).eval(), example, ("input_ids", "tokens"), given.output / "model.onnx")
        np.save(given.output / "words.npy", take_words_out(given.output / "model.onnx"))
        shutil.copy(given.weights / "tokenizer.json", given.output)


if __name__ == "__main__":
    main()
