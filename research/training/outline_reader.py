"""Write the outline of the reader's graph: the graph without its arrays, and where they stand in ``model.onnx``.

    python -m research.training.outline_reader FOLDER

Given the whole graph, onnxruntime holds each matrix of four bits as floats, as bytes and as its kernels need it at the
same time: 430 MB at once, of which 130 stay. So the program turns the half bytes into bytes by itself, and gives
onnxruntime these arrays with ``outline.onnx``, which keeps the small arrays that stand behind half bytes. ``packed.json``
holds, for each matrix of half bytes, its shape, the places in ``model.onnx`` of its numbers and of the scales of its
blocks, and the length of a block. Needs onnx.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import onnx
import zstandard
from onnx import TensorProto

GRAPH = "model.onnx"

LEAST = 1_000
"""Minimum number of bytes of an array that is left out."""

UNPACKING = ("Transpose", "QuantizeLinear", "DequantizeLinear")
"""Nodes that turn half bytes into bytes, the last one first."""


def packed_matrices(graph: onnx.GraphProto) -> tuple[dict[str, list[str]], set[str]]:
    """Return the tensors of half bytes and of scales of each matrix made of them, and the outputs of the nodes between."""
    nodes, packed, between = {node.output[0]: node for node in graph.node}, dict[str, list[str]](), set[str]()
    for node in graph.node:
        chain = [node]
        while chain[-1].input and chain[-1].input[0] in nodes and len(chain) < len(UNPACKING):
            chain.append(nodes[chain[-1].input[0]])
        if tuple(link.op_type for link in chain) == UNPACKING:
            packed[node.output[0]] = list(chain[-1].input[:2])
            between |= {link.output[0] for link in chain}
    return packed, between


def outline(content: bytes) -> tuple[bytes, list[dict[str, Any]]]:
    """Return a graph whose arrays are external data, and the places of those that are packed."""
    model = onnx.load_from_string(content)
    graph = model.graph
    packed, between = packed_matrices(graph)
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    rows, external, unpacked_size = list[dict[str, Any]](), list[TensorProto](), 0
    for name, (pairs, scales) in packed.items():
        columns, size = tensors[pairs].dims
        pairs_start, scales_start = (content.index(tensors[part].raw_data) for part in (pairs, scales))
        block = columns * size * 4 // len(tensors[scales].raw_data)
        row = {"shape": [size, columns], "pairs": pairs_start, "scales": scales_start, "block": block}
        rows.append(row)
        tensor = TensorProto(name=name, data_type=TensorProto.INT8, dims=[size, columns])
        external.append(outside(tensor, "unpacked", unpacked_size, columns * size))
        unpacked_size += columns * size
    nodes = [node for node in graph.node if node.output[0] not in between]
    used = {source for node in nodes for source in node.input}
    for tensor in graph.initializer:
        if tensor.name in used:
            numbers = tensor.raw_data
            start = content.index(numbers) if len(numbers) >= LEAST else len(content)
            if start < rows[0]["pairs"]:  # what stands behind is freed once the half bytes are unpacked
                tensor.ClearField("raw_data")
                outside(tensor, GRAPH, start, len(numbers))
            external.append(tensor)
    left = [TensorProto.FromString(tensor.SerializeToString()) for tensor in external]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend(left)
    return model.SerializeToString(), rows


def outside(tensor: TensorProto, location: str, start: int, size: int) -> TensorProto:
    """Let a tensor name the place of its numbers."""
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", str(start)), ("length", str(size))):
        tensor.external_data.add(key=key, value=value)
    return tensor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    graph, rows = outline(zstandard.decompress((folder / "model.onnx.zst").read_bytes()))
    (folder / "outline.onnx.zst").write_bytes(zstandard.ZstdCompressor(19).compress(graph))
    lines = ",\n".join(map(json.dumps, rows))
    (folder / "packed.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
