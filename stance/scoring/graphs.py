"""Write the graph of an encoder as files that onnxruntime reads piece by piece.

A graph is the message of Protocol Buffers that ONNX defines, in one piece, and some of its matrices hold four bits a
weight. Given that, onnxruntime holds each matrix as floats, as bytes and as its kernels need it at the same time:
460 MB for ``default``, of which 160 stay. From files with the bytes, it takes one matrix after the other: 150, and 90.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

_NODES, _TENSORS, _GRAPH = 1, 5, 7
"""Numbers of fields: of a graph, and of the model around it."""

_BYTES, _HALF_BYTES = 3, 21
"""Types of tensors, as ONNX numbers them: INT8 and UINT4."""

_UNPACKING = (b"Transpose", b"QuantizeLinear", b"DequantizeLinear")
"""Operators that turn half bytes into bytes, the last one first."""

WEIGHTS = "weights.bin"


class _Tensor(NamedTuple):
    """Constants of a graph."""

    name: bytes
    kind: int
    shape: list[int]
    data: memoryview


def split_graph(graph: bytes, folder: Path) -> Path:
    """Write a graph, and its large matrices into a file beside it: as bytes, each ready to be multiplied.

    :return: The path of the graph.
    """
    path = folder / "model.onnx"
    with (folder / WEIGHTS).open("wb") as weights:
        parts = []
        for number, part in _fields(memoryview(graph)):
            if number == _GRAPH:
                part = b"".join(_field(*field) for field in _split(part, weights))
            parts.append(_field(number, part))
    path.write_bytes(b"".join(parts))
    return path


def _split(graph: memoryview, weights: Any) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a graph: those of matrices name their place in a file, and matrices of half bytes are bytes.

    The nodes that would turn half bytes into bytes, by blocks with a scale each, are left out.
    """
    nodes = {output: (kind, sources) for kind, sources, output in map(_node, _parts(graph, _NODES))}
    left_out: set[bytes] = set()  # outputs of such nodes
    outputs: dict[bytes, bytes] = {}  # half bytes, scales, middles -> output of the last of their nodes
    for output in nodes:
        chain = list(islice(_before(output, nodes), len(_UNPACKING)))
        if tuple(nodes[name][0] for name in chain) == _UNPACKING:
            left_out.update(chain)
            outputs |= dict.fromkeys(nodes[chain[-1]][1], output)
    packed: dict[bytes, _Tensor] = {}  # half bytes whose scales were not read yet, by the output
    for number, part in _fields(graph):
        if number == _NODES:
            if _node(part)[2] not in left_out:
                yield number, part
        elif number == _TENSORS:
            tensor = _tensor(part)
            output = outputs.get(tensor.name, b"")
            if tensor.kind == _HALF_BYTES:
                packed |= {output: tensor} if len(tensor.data) > 10_000 else {}  # else middles, which are all 8
            elif output:
                yield number, _moved(output, unpacked_bytes(packed.pop(output), tensor), weights)
            elif tensor.kind == _BYTES and len(tensor.data) > 10_000:
                matrix = np.frombuffer(tensor.data, np.int8).reshape(tensor.shape)
                yield number, _moved(tensor.name, matrix, weights)
            else:
                yield number, part
        else:
            yield number, part


def _before(output: bytes, nodes: Mapping[bytes, tuple[bytes, list[bytes]]]) -> Iterator[bytes]:
    """Yield an output, and that behind the first input of its node, and so on."""
    while output in nodes:
        yield output
        sources = nodes[output][1]
        output = sources[0] if sources else b""


def unpacked_bytes(pairs: _Tensor, scales: _Tensor) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Return a matrix of half bytes as bytes, with rows and columns exchanged."""
    n, k = pairs.shape
    halves = np.frombuffer(pairs.data, np.uint8).reshape(n, k // 2).T
    matrix = np.empty((k, n), np.int8)
    np.bitwise_and(halves, 15, out=matrix[0::2], casting="unsafe")
    np.right_shift(halves, 4, out=matrix[1::2], casting="unsafe")
    matrix -= 8
    factors = np.frombuffer(scales.data, "<f4").reshape(n, -1).T
    blocks = matrix.reshape(len(factors), -1, n)
    np.rint(blocks * factors[:, None], out=blocks, casting="unsafe")
    return matrix


def _moved(name: bytes, matrix: Any, weights: Any) -> bytes:
    """Write a matrix into a file, and return the tensor that names its place."""
    place = {"location": WEIGHTS, "offset": str(weights.tell()), "length": str(matrix.nbytes)}
    weights.write(np.ascontiguousarray(matrix))
    shape = b"".join(_field(1, size) for size in matrix.shape)
    entries = [_field(1, key.encode()) + _field(2, value.encode()) for key, value in place.items()]
    return b"".join(
        (shape, _field(2, _BYTES), _field(8, name), *(_field(13, entry) for entry in entries), _field(14, 1))
    )


def _node(message: memoryview) -> tuple[bytes, list[bytes], bytes]:
    """Return the operator, the inputs and the last output of a node."""
    sources, outputs, kinds = ([*map(bytes, _parts(message, number))] for number in (1, 2, 4))
    return kinds[0], sources, outputs[-1]


def _tensor(message: memoryview) -> _Tensor:
    values = dict(_fields(message))
    shape: Any = [*_parts(message, 1)]
    return _Tensor(bytes(values[8]), values[2], shape, values.get(9, memoryview(b"")))


# Protocol Buffers -----------------------------------------------------------------------------------------------------


def _fields(message: memoryview) -> Iterator[tuple[int, Any]]:
    """Yield the number and the value of each field: a number or bytes, as all fields are that are read here."""
    position = 0
    while position < len(message):
        key, position = _number(message, position)
        value, position = _number(message, position)
        if not key & 7:
            yield key >> 3, value
        else:
            position += value
            yield key >> 3, message[position - value : position]


def _parts(message: memoryview, number: int) -> Iterator[memoryview]:
    """Yield the values of the fields of one number."""
    return (value for key, value in _fields(message) if key == number)


def _number(message: memoryview, position: int) -> tuple[int, int]:
    """Read a number, seven bits a byte, and return it with the position behind it."""
    number = shift = 0
    while True:
        byte = message[position]
        number |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return number, position


def _field(number: int, value: Any) -> bytes:
    """Return a field as it is written."""
    if isinstance(value, int):
        return _digits(number << 3) + _digits(value)
    return b"".join((_digits(number << 3 | 2), _digits(len(value)), value))


def _digits(number: int) -> bytes:
    *low, high = [number >> shift & 127 for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([*(digit | 128 for digit in low), high])
