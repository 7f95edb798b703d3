"""Read the weights of the shipped English reader, so that a further training can start from them.

    python -m research.training.shipped_weights WEIGHTS ENCODER MODEL -o START.pt

WEIGHTS is the folder of the published encoder (all-mpnet-base-v2), which gives the vectors of word pieces and positions;
ENCODER and MODEL are the folders that ship (``data/reader``, ``data/models/default``). START.pt is what
``finetune_reader --start`` reads. Weights come back with the four bits that they are stored in.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from safetensors.numpy import load_file

from research.training.export_reader import WEIGHT_BLOCK
from research.training.finetune_reader import Reader
from stance.scoring.reader import HIDDEN
from stance.scoring.weights import read_graph

STEP = "_Q4/step"  # ending of the name of the steps of a matrix that is multiplied as bytes


def matrices(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Return the matrices of the layers by their path, such as ``layers.0.attention.attn.q``: shape (out, in)."""
    weights = {each.name: each for each in graph.initializer}
    producers = {name: node for node in graph.node for name in node.output}
    found = {}
    for node in graph.node:
        if node.op_type == "MatMulNBits":
            scales = numpy_helper.to_array(weights[node.input[2]])
            found[_path(node.name)] = _unpacked(
                weights[node.input[1]], scales, len(numpy_helper.to_array(weights[node.input[1]]))
            )
        elif node.op_type == "Mul" and node.input[1] in producers and producers[node.input[1]].op_type == "Mul":
            step_name = next((name for name in producers[node.input[1]].input if name.endswith(STEP)), None)
            if step_name is None:
                continue
            product = producers[producers[node.input[0]].input[0]]  # behind the cast
            dequantized = producers[producers[producers[product.input[1]].input[0]].input[0]]
            steps = numpy_helper.to_array(weights[step_name])
            scales = numpy_helper.to_array(weights[dequantized.input[1]])
            rounded = np.round(_unpacked(weights[dequantized.input[0]], scales, len(steps)))
            found[_path(step_name.removesuffix("/step"))] = rounded * steps[:, None]
    return found


def _path(name: str) -> str:
    return name.removeprefix("/").removesuffix("/MatMul_Q4").replace("/", ".")


def _unpacked(numbers: onnx.TensorProto, scales: np.ndarray, rows: int) -> np.ndarray:
    pairs = np.frombuffer(numbers.raw_data, np.uint8).reshape(rows, -1)
    values = np.stack([pairs & 15, pairs >> 4], axis=-1).reshape(rows, -1, WEIGHT_BLOCK).astype(np.float32) - 8
    return (values * scales.reshape(rows, -1)[:, :, None]).reshape(rows, -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("model", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    graph = onnx.load_from_string(read_graph(given.encoder, None)).graph
    net = Reader(given.weights, 12, 0)
    state = net.state_dict()
    read = {f"{path}.weight": matrix for path, matrix in matrices(graph).items()}
    read |= {
        each.name.removeprefix("net."): numpy_helper.to_array(each)
        for each in graph.initializer
        if each.name.startswith("net.")
    }
    arrays = load_file(given.model / "model.safetensors")
    size = net.size
    read |= {f"norm.{place}.weight": np.ones(size) for place in range(5)}
    read |= {f"norm.{place}.bias": np.zeros(size) for place in range(5)}
    read |= {"none": arrays["absent"], "inp.weight": arrays["entry"], "inp.bias": np.zeros(HIDDEN)}
    read |= {"bias": arrays["entry_bias"], "out.weight": arrays["coef"][:, :HIDDEN], "out.bias": arrays["intercept"]}
    read["spec"] = np.concatenate([arrays["own"] / 0.3, np.zeros((1, HIDDEN, size))])
    start = {}
    for name, array in read.items():
        assert state[name].shape == array.shape, (name, state[name].shape, array.shape)
        start[name] = torch.tensor(np.asarray(array, np.float32))
    missing = sorted(
        set(state) - set(start) - {name for name in state if name.startswith(("emb.word", "emb.pos", "bias_table"))}
    )
    print(f"{len(start)} arrays read; {len(missing)} of the published encoder stay: {missing[:5]}")
    torch.save(start, given.output)


if __name__ == "__main__":
    main()
