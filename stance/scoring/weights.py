"""Load the weights of encoders, once in a process."""

import ctypes
import gc
import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from math import prod
from pathlib import Path
from types import ModuleType
from typing import IO, Any, cast

import numpy as np
import zstandard
from numpy.typing import NDArray

from stance.datamodels import Record
from stance.exceptions import ModelError

Numbers = NDArray[np.float32]

Words = NDArray[Any]
"""Vectors of word pieces, packed in one of several forms."""

Library = Any
"""An object of onnxruntime or tokenizers, which have no types."""

GRAPH, WORDS, TOKENIZER = "model.onnx", "words.npy", "tokenizer.json"

OUTLINE, PACKED = "outline.onnx", "packed.json"
"""Files of an encoder with four bits a weight: the graph without its arrays, and where those of half bytes stand in the
graph. Given the graph itself, onnxruntime holds them as floats and as bytes at the same time, which takes 100 MB more
(``research/training/outline_reader.py``)."""


@cache
def load_runtime() -> ModuleType:
    """Import ``onnxruntime`` with its telemetry off, for this process and its child processes.

    By default, version 1.29 and later keep an identifier and a database of events in the user's cache folder and send
    them to the maker; a program that claims to run offline must not. Events that it recorded before cannot be undone.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, at its start: nothing is noted, on the disk neither
    import onnxruntime  # noqa: TID251 here and nowhere else

    onnxruntime.disable_telemetry_events()  # Windows does not know the variable
    return onnxruntime


@cache
def load_layers(folder: Path, changes: Path | None = None) -> Library:
    """Load the layers of an encoder once, as a session; :func:`free_encoders` frees them.

    :param changes: The differences of other layers from those of the folder, as :func:`changed` reads them.
    """
    runtime = load_runtime()
    options = runtime.SessionOptions()
    # Texts are read in threads of their own, so each in one.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    graph = read_graph(folder, changes)
    if (folder / PACKED).is_file():
        matrices = json.loads((folder / PACKED).read_text(encoding="utf-8"))
        unpacked = unpacked_matrices(graph, matrices)
        graph = graph[: matrices[0]["pairs"]]  # what stands behind was only there to be unpacked
        arrays = {GRAPH: graph, "unpacked": unpacked}
        sizes = [len(array) for array in arrays.values()]
        options.add_external_initializers_from_files_in_memory([*arrays], [*arrays.values()], sizes)
        graph = read_file(folder, OUTLINE)
    slow = ("SkipLayerNormFusion",)  # sum and norm in one take longer than one after the other
    session = runtime.InferenceSession(
        bytes(graph), options, providers=["CPUExecutionProvider"], disabled_optimizers=slow
    )
    _return_memory()
    return session


def unpacked_matrices(graph: bytes | bytearray, places: Sequence[Record]) -> NDArray[np.int8]:
    """Return matrices of half bytes as bytes, with rows and columns exchanged, one behind the other.

    :param places: Where the half bytes of each matrix and the scales of its blocks begin in the graph, and its shape.
    """
    unpacked = np.empty(sum(prod(part["shape"]) for part in places), np.int8)
    end = 0
    for part in places:
        rows, columns = part["shape"]
        start, end = end, end + rows * columns
        matrix = unpacked[start:end].reshape(rows, columns)
        pairs = np.frombuffer(graph, np.uint8, rows * columns // 2, part["pairs"])
        halves = pairs.reshape(columns, -1).T
        np.bitwise_and(halves, 15, out=matrix[0::2], casting="unsafe")
        np.right_shift(halves, 4, out=matrix[1::2], casting="unsafe")
        matrix -= 8
        scales = np.frombuffer(graph, "<f4", rows * columns // part["block"], part["scales"])
        factors = scales.reshape(columns, -1).T
        blocks = matrix.reshape(len(factors), -1, columns)
        np.rint(blocks * factors[:, None], out=blocks, casting="unsafe")
    return unpacked


@cache
def load_words(folder: Path) -> Words:
    """Load the vectors of word pieces once, whatever graphs are over them."""
    with _open(folder, WORDS) as content:
        return np.lib.format.read_array(content, allow_pickle=False)


def free_encoders() -> None:
    """Free the weights of all encoders; they are loaded again if another text is read."""
    for load in (load_layers, load_words, load_tokenizer):
        load.cache_clear()
    gc.collect()  # seldom runs while pages are read
    _return_memory()


def _return_memory() -> None:
    """Return memory that is free to the system, where it is kept by glibc: 50 MB after weights are loaded."""
    if sys.platform == "linux":
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)


def encoder_file(folder: Path, name: str) -> Path:
    """Return the place of a file, packed or not.

    :raises ModelError: If it is missing.
    """
    paths = (folder / name, folder / f"{name}.zst")
    existing = next((path for path in paths if path.is_file()), None)
    if existing is None:
        raise ModelError(f"{paths[0]}: no such file; expected the encoder's {name}")
    return existing


def _open(folder: Path, name: str) -> IO[bytes]:
    """Open a file that is packed or not."""
    path = encoder_file(folder, name)
    return cast(IO[bytes], zstandard.open(path) if path.suffix == ".zst" else path.open("rb"))


def read_file(folder: Path, name: str) -> bytes:
    """Read a file that is packed or not."""
    with _open(folder, name) as file:
        return file.read()


def read_graph(folder: Path, changes: Path | None) -> bytes:
    """Read the layers of an encoder, as ONNX."""
    graph = read_file(folder, GRAPH)
    return changed(graph, changes.read_bytes()) if changes else graph


def changed(graph: bytes, changes: bytes) -> bytes:
    """Return another graph of the same form: the first one and packed differences of its bytes, which are small."""
    differences = zstandard.ZstdDecompressor().decompress(changes, max_output_size=len(graph))
    return (np.frombuffer(graph, np.uint8) + np.frombuffer(differences, np.uint8)).tobytes()


@cache
def load_tokenizer(folder: Path) -> Library:
    """Load the tokenizer of a folder once, whatever graphs are over it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(read_file(folder, TOKENIZER))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
