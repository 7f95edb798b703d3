"""Cut the graph of an encoder into parts whose matrices onnxruntime is given one part after the other.

A graph is the message of Protocol Buffers that ONNX defines, and some of its matrices hold four bits a weight. Given
all of it, onnxruntime holds each matrix as floats, as bytes and as its kernels need it at the same time: 450 MB for
``default``, of which 160 stay.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.int8]

Value = Any
"""A number or bytes."""

_GRAPH, _NODES, _TENSORS, _INPUTS, _OUTPUTS = 7, 1, 5, 11, 12
"""Numbers of the field of a model that is its graph, and of fields of a graph."""


class GraphPart(NamedTuple):
    """A graph of some of the layers, and its matrices, which it only names."""

    model: bytes
    matrices: dict[str, Matrix]


class _Tensor(NamedTuple):
    """Constants of a graph."""

    name: bytes
    kind: int
    shape: list[int]
    data: memoryview
    message: memoryview


class _Operator(NamedTuple):
    """An operator with the names of what it takes and returns."""

    kind: bytes
    inputs: list[bytes]
    outputs: list[bytes]
    message: memoryview


def cut_graph(model: bytes | bytearray) -> Iterator[GraphPart]:
    """Cut a model into parts, which take the outputs of the parts before them; a small one is one part.

    The nodes that would turn half bytes into bytes, by blocks with a scale each, are left out.
    """
    others = [_field(number, value) for number, value in _fields(memoryview(model)) if number != _GRAPH]
    (graph,) = _values(memoryview(model), _GRAPH)
    nodes = [_node(message) for message in _values(graph, _NODES)]
    packed, left_out = _packed_matrices({node.outputs[-1]: node for node in nodes})
    nodes = [node for node in nodes if node.outputs[-1] not in left_out]
    # A graph of 30 MB or more has twelve layers, of which two are a part.
    last = rb"/layers\.[13579]/output/LayerNorm/LayerNormalization_output_0" if len(model) > 3e7 else rb"(?!)"
    cuts = [number for number, node in enumerate(nodes, 1) if re.fullmatch(last, node.outputs[0])]
    constants = {node.outputs[0]: node for node in nodes if node.kind == b"Constant"}
    tensors = {tensor.name: tensor for tensor in map(_tensor, _values(graph, _TENSORS))}
    ends = {_name(value): value for number in (_INPUTS, _OUTPUTS) for value in _values(graph, number)}
    for start, end in pairwise([0, *cuts, len(nodes)]):
        inside = [node for node in nodes[start:end] if node.kind != b"Constant"]
        used = dict.fromkeys(name for node in inside for name in node.inputs)
        made = {name for node in inside for name in node.outputs}
        used_later = {name for node in nodes[end:] for name in node.inputs}
        matrices: dict[bytes, Matrix] = {}
        fields = [_field(_NODES, constants[name].message) for name in used if name in constants]
        fields += [_field(_NODES, node.message) for node in inside]
        for name in used:
            tensor = tensors.get(name)
            if name in packed:
                matrices[name] = unpacked_bytes(*(tensors[source] for source in packed[name]))
            elif tensor and tensor.kind == 3 and len(tensor.data) > 10_000:  # INT8; fewer are zeros of columns
                matrices[name] = np.frombuffer(tensor.data, np.int8).reshape(tensor.shape)
            elif tensor:
                fields.append(_field(_TENSORS, tensor.message))
            elif name and name not in made and name not in constants:
                fields.append(_field(_INPUTS, ends.get(name) or _floats(name)))
        fields += [_field(_TENSORS, _named_tensor(name, matrix)) for name, matrix in matrices.items()]
        returned = [name for name in made if name in used_later or name in ends]
        fields += [_field(_OUTPUTS, ends.get(name) or _floats(name)) for name in sorted(returned)]
        content = b"".join((_field(2, b"part"), *fields))
        named = {name.decode(): np.ascontiguousarray(matrix) for name, matrix in matrices.items()}
        yield GraphPart(b"".join((*others, _field(_GRAPH, content))), named)


def _packed_matrices(nodes: Mapping[bytes, _Operator]) -> tuple[dict[bytes, list[bytes]], set[bytes]]:
    """Return the half bytes and scales of each matrix that is made of them, and the outputs of the nodes that make it.

    :param nodes: By their outputs.
    """
    packed, left_out = {}, set()
    # Operators that turn half bytes into bytes, the last one first.
    unpacking = (b"Transpose", b"QuantizeLinear", b"DequantizeLinear")
    for output in nodes:
        chain = list(islice(_before(output, nodes), len(unpacking)))
        if tuple(nodes[name].kind for name in chain) == unpacking:
            packed[output] = nodes[chain[-1]].inputs[:2]
            left_out.update(chain)
    return packed, left_out


def _before(output: bytes, nodes: Mapping[bytes, _Operator]) -> Iterator[bytes]:
    """Yield an output, that behind the first input of its node, and so on."""
    while output in nodes:
        yield output
        output = next(iter(nodes[output].inputs), b"")


def unpacked_bytes(pairs: _Tensor, scales: _Tensor) -> Matrix:
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


def _named_tensor(name: bytes, matrix: Matrix) -> bytes:
    """Return a tensor that only names its matrix; a place in a file is required, and not read."""
    shape = b"".join(_field(1, size) for size in matrix.shape)
    place = {b"location": b"-", b"offset": b"0", b"length": str(matrix.nbytes).encode()}
    entries = [_field(13, _field(1, key) + _field(2, value)) for key, value in place.items()]
    return b"".join((shape, _field(2, 3), _field(8, name), *entries, _field(14, 1)))


def _floats(name: bytes) -> bytes:
    """Return the description of floats of any shape."""
    return _field(1, name) + _field(2, _field(1, _field(1, 1)))


def _node(message: memoryview) -> _Operator:
    inputs, outputs, kinds = ([*map(bytes, _values(message, number))] for number in (1, 2, 4))
    return _Operator(kinds[0], inputs, outputs, message)


def _tensor(message: memoryview) -> _Tensor:
    values = dict(_fields(message))
    shape: Value = [*_values(message, 1)]
    return _Tensor(bytes(values[8]), values[2], shape, values.get(9, memoryview(b"")), message)


def _name(described: memoryview) -> bytes:
    return bytes(next(_values(described, 1)))


# Protocol Buffers -----------------------------------------------------------------------------------------------------


def _fields(message: memoryview) -> Iterator[tuple[int, Value]]:
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


def _values(message: memoryview, number: int) -> Iterator[memoryview]:
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


def _field(number: int, value: Value) -> bytes:
    """Return a field as it is written."""
    if isinstance(value, int):
        return _digits(number << 3) + _digits(value)
    return b"".join((_digits(number << 3 | 2), _digits(len(value)), value))


def _digits(number: int) -> bytes:
    *low, high = [number >> shift & 127 for shift in range(0, max(1, number.bit_length()), 7)]
    return bytes([*(digit | 128 for digit in low), high])
