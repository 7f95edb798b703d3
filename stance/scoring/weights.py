"""Load the weights of encoders, and hold few of them in memory.

Weights are written to a temporary file as the kernels of this processor need them, and mapped: the processes of a run
share them, and a part of the layers leaves the memory of a process when the next part is used. The file is removed at
once; what is mapped stays until the process ends.
"""

import ctypes
import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from contextlib import suppress
from functools import cache, partial
from mmap import PAGESIZE
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory, mkdtemp
from types import ModuleType
from typing import IO, Any, TypeVar, cast

import numpy as np
import zstandard
from numpy.typing import NDArray

from stance.exceptions import ModelError
from stance.resources.folders import large_temporary
from stance.resources.locks import one_at_a_time
from stance.scoring.graphs import GraphPart, cut_graph

Numbers = NDArray[np.float32]

Words = NDArray[Any]
"""Vectors of word pieces, packed in one of several forms."""

Library = Any
"""An object of onnxruntime or tokenizers, which have no types."""

Loaded = TypeVar("Loaded")

GRAPH, WORDS, TOKENIZER = "model.onnx", "words.npy", "tokenizer.json"


@cache
def load_runtime() -> ModuleType:
    """Import ``onnxruntime`` with its telemetry off, for this process and its child processes.

    By default, version 1.29 and later keep an identifier and a database of events in the user's cache folder and send
    them to the maker; a program that claims to run offline must not. Events that it recorded before cannot be undone.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, at its start: nothing is noted, on the disk neither
    import onnxruntime  # noqa: TID251 here and nowhere else

    onnxruntime.disable_telemetry_events()  # Windows does not know the variable
    # All sessions share one store of free memory; each of its own would keep that of its longest text.
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, None)
    return onnxruntime


class SharedWeights:
    """A folder in which the worker processes of a run share weights: the first writes them, all map them."""

    folder: Path | None = None


def _mapped(name: str, write: Callable[[Path], object], load: Callable[[Path], Loaded]) -> Loaded | None:
    """Write a folder and map what is in it; None where no disk has room.

    :param name: Of the folder, among those that the processes of a run share: the first one writes it, the others wait.
    """
    if SharedWeights.folder is not None:
        path = SharedWeights.folder / name
        with one_at_a_time(path.with_suffix(".lock")):
            if not path.exists():
                write(draft := Path(mkdtemp(dir=path.parent)))
                draft.rename(path)
        return load(path)
    if parent := large_temporary():
        with suppress(OSError), TemporaryDirectory(dir=parent, prefix="stance-") as temporary:
            write(Path(temporary))
            return load(Path(temporary))
    return None


class _Layers:
    """Some layers, whose weights may be mapped from a file, and then leave memory where they are not used."""

    def __init__(self, session: Library, path: Path | None = None) -> None:
        self._session = session
        self.inputs = [value.name for value in session.get_inputs()]
        self.outputs = [value.name for value in session.get_outputs()]
        self._mapped = mapped_ranges(path) if path else []

    def read(self, needed: Set[str], values: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """Return the outputs for a text, and the inputs that later layers need."""
        outputs = self._session.run(self.outputs, {name: values[name] for name in self.inputs})
        return {name: values[name] for name in needed & values.keys()} | dict(zip(self.outputs, outputs, strict=True))

    def leave_memory(self) -> None:
        """Let weights that are mapped leave the memory of this process."""
        for start, size in self._mapped:
            _leave_memory(start, size)


def leave_memory(array: Words) -> None:
    """Let an array leave the memory of this process, if it is mapped from a file."""
    if isinstance(array, np.memmap):
        before = array.ctypes.data % PAGESIZE
        _leave_memory(array.ctypes.data - before, array.nbytes + before)


def _leave_memory(start: int, size: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), 4)  # MADV_DONTNEED


def mapped_ranges(path: Path) -> list[tuple[int, int]]:
    """Return address and size of the parts of a file that are mapped into memory, where the system says so."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    ranges = [line.split(maxsplit=1)[0].split("-") for line in lines if line.endswith(str(path))]
    return [(int(start, 16), int(end, 16) - int(start, 16)) for start, end in ranges]


@cache
def load_layers(folder: Path, changes: Path | None = None) -> list[_Layers]:
    """Load the layers of an encoder once; :func:`free_encoders` frees them.

    :param changes: The differences of other layers from those of the folder, as :func:`changed` reads them.
    """

    def parts() -> Iterator[GraphPart]:
        return cut_graph(read_graph(folder, changes))

    name = f"{folder.name}-{changes.parent.name if changes else 'layers'}"
    layers = _mapped(name, lambda draft: _write_layers(parts(), draft), _map_layers)
    return layers or [_Layers(_open_part(part, _options())) for part in parts()]


def _write_layers(parts: Iterable[GraphPart], folder: Path) -> None:
    """Write layers with matrices as the kernels of this processor need them."""
    for number, part in enumerate(parts):
        options = _options()
        options.optimized_model_filepath = str(folder / f"{number}.onnx")
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", f"{number}.bin")
        options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
        _open_part(part, options)
    _return_memory()


def _map_layers(folder: Path) -> list[_Layers]:
    """Load the layers that a folder holds."""
    runtime, options = load_runtime(), _options()
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL  # they were optimized
    load = partial(runtime.InferenceSession, sess_options=options, providers=["CPUExecutionProvider"])
    return [_Layers(load(str(path)), path.with_suffix(".bin")) for path in sorted(folder.glob("*.onnx"))]


def _options() -> Library:
    options = load_runtime().SessionOptions()
    # Texts are read in threads of their own, so each in one.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.use_env_allocators", "1")
    return options


def _open_part(part: GraphPart, options: Library) -> Library:
    runtime = load_runtime()
    matrices = [runtime.OrtValue.ortvalue_from_numpy(matrix) for matrix in part.matrices.values()]
    options.add_external_initializers([*part.matrices], matrices)
    slow = ("SkipLayerNormFusion",)  # sum and norm in one take longer than one after the other
    return runtime.InferenceSession(part.model, options, providers=["CPUExecutionProvider"], disabled_optimizers=slow)


@cache
def load_words(folder: Path) -> Words:
    """Load the vectors of word pieces once, whatever graphs are over them."""

    def write(copy: Path) -> None:
        with _open(folder, WORDS) as content, (copy / WORDS).open("wb") as file:
            copyfileobj(content, file)

    def load(copy: Path) -> Words:
        return np.load(copy / WORDS, mmap_mode="r", allow_pickle=False)

    if (words := _mapped(f"{folder.name}-words", write, load)) is not None:
        return words
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


def read_graph(folder: Path, changes: Path | None = None) -> bytes | bytearray:
    """Read the layers of an encoder, as ONNX."""
    graph = read_file(folder, GRAPH)
    return changed(graph, changes.read_bytes()) if changes else graph


def changed(graph: bytes | bytearray, changes: bytes) -> bytes:
    """Return another graph of the same form: the first one and packed differences of its bytes, which are small."""
    differences = zstandard.ZstdDecompressor().decompress(changes, max_output_size=len(graph))
    return (np.frombuffer(graph, np.uint8) + np.frombuffer(differences, np.uint8)).tobytes()


def read_file(folder: Path, name: str) -> bytes | bytearray:
    """Read a file that is packed or not."""
    path = encoder_file(folder, name)
    with path.open("rb") as file:
        if path.suffix != ".zst":
            return file.read()
        content = bytearray(zstandard.frame_content_size(file.read(18)))  # the longest header of a frame
    with _open(folder, name) as unpacked_file:
        unpacked_file.readinto(content)  # type: ignore[attr-defined]
    return content


@cache
def load_tokenizer(folder: Path) -> Library:
    """Load the tokenizer of a folder once, whatever graphs are over it."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_buffer(bytes(read_file(folder, TOKENIZER)))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
