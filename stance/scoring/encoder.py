"""Encode texts by a small sentence encoder, on the processor and offline.

A folder holds the layers as a graph (``model.onnx``), the vectors of word pieces (``words.npy``), the tokenizer, and
``encoder.json`` with the tokens that mark where a text begins and ends. Sources and licences: ``data/encoder``.
"""

import ctypes
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property, partial
from mmap import PAGESIZE
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory, gettempdir, mkdtemp
from threading import Lock
from types import ModuleType
from typing import IO, Any, cast

import numpy as np
import zstandard
from numpy.typing import NDArray

from stance.datamodels import Record
from stance.exceptions import ModelError
from stance.limits import map_threads
from stance.resources import ENCODER
from stance.resources.locks import HAS_LOCKS, one_at_a_time
from stance.scoring.graphs import Part, cut_graph

Numbers = NDArray[np.float32]
Tokens = Sequence[int] | NDArray[np.int32]

Library = Any
"""An object of onnxruntime or tokenizers, which have no types."""

SIZE = 384
"""Number of numbers of the vector of a token of the encoders in ``data/encoder``."""

WINDOW = 126
"""Number of tokens read at once; with the two marks around them the 128 that the encoders were trained on."""

_LEAST_AROUND = 12
"""Minimum number of tokens on both sides of a mention that are read of a long text."""

LAYERS = "layers.zst"
"""File of layers fine-tuned from those of the encoder of comments: the differences of their bytes, packed."""

_GRAPH, _WORDS, _TOKENIZER = "model.onnx", "words.npy", "tokenizer.json"

_TOGETHER = 16  # number of texts that go through some layers before the next layers are used

_LOADING = Lock()  # texts are read in threads, and each encoder is loaded once


@cache
def load_runtime() -> ModuleType:
    """Import ``onnxruntime`` with its telemetry off, for this process and its child processes.

    By default, version 1.29 and later keep an identifier and a database of events in the user's cache folder and send
    them to the maker; a program that claims to run offline must not. Events that it recorded before cannot be undone.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read once, at its start: nothing is noted, on the disk neither
    import onnxruntime  # noqa: TID251 here and nowhere else

    onnxruntime.disable_telemetry_events()  # Windows does not know the variable
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(memory, None)
    return onnxruntime


@dataclass(frozen=True)
class TextEncoder:
    """A sentence encoder, loaded when it is first used and once for all that are equal.

    Each text is read by itself, never padded into a batch: quantised activations take their range from what is read
    together, so a text's numbers would depend on its neighbours. Nor do they depend on the processor: weights of the
    shipped encoders have seven bits, since processors from before 2019 or so add two products up in 16 bits and cut
    off what is more.

    :param changes: The differences of other layers from those of the folder, as :func:`changed` reads them.
    """

    folder: Path = ENCODER
    changes: Path | None = None

    @cached_property
    def _described(self) -> Record:
        return json.loads((self.folder / "encoder.json").read_text(encoding="utf-8"))

    @cached_property
    def digest(self) -> str:
        """The digest of weights and vocabulary: models trained on the numbers of others are refused.

        :raises ModelError: If a file is missing.
        """
        content = hashlib.sha256()
        for name in (_GRAPH, _WORDS, _TOKENIZER):
            with _place(self.folder, name).open("rb") as file:
                for part in iter(partial(file.read, 1_000_000), b""):
                    content.update(part)
        return content.hexdigest()

    @property
    def earlier(self) -> frozenset[str]:
        """The digests of earlier forms of the same network, with which models that were trained on them load."""
        return frozenset(self._described.get("earlier", ()))

    def tokenize(self, text: str) -> Library:
        """Return the tokens of a text, without marks, and where each begins and ends."""
        # A lone surrogate is one character before and after.
        encodable = text.encode("utf-8", "replace").decode("utf-8")
        return load_tokenizer(self.folder).encode(encodable, add_special_tokens=False)

    def vectors(self, ids: Tokens) -> Numbers:
        """Return the vectors of at most :data:`WINDOW` tokens, shape (n, size); of none, that of the first mark."""
        return next(self.vectors_of([ids]))

    def vectors_of(self, texts: Sequence[Tokens]) -> Iterator[Numbers]:
        """Yield the vectors of the tokens of each text, as :meth:`vectors` returns them.

        Some texts go through a part of the layers before the next part is used, so that only one is in memory.
        """
        first, last = self._described["marks"]  # the tokens that mark where a text begins and ends
        with _LOADING:
            layers, words = _load_layers(self), load_words(self.folder)
        for start in range(0, len(texts), _TOGETHER):
            rows = [words[[first, *ids, last]] for ids in texts[start : start + _TOGETHER]]
            if isinstance(words, np.memmap):
                place = words.ctypes.data
                leave_memory(place - place % PAGESIZE, words.nbytes + place % PAGESIZE)
            values = [{"words": (unpacked(row) if self._described["packed"] else row)[None]} for row in rows]
            for number, part in enumerate(layers, 1):
                needed = {name for later in layers[number:] for name in later.inputs}
                read = partial(part.read, needed)
                values = map_threads(read, values) if len(values) > 1 else [*map(read, values)]
                part.leave_memory()
            for ids, found in zip(texts[start : start + _TOGETHER], values, strict=True):
                yield found["tokens"][0, 1:-1] if len(ids) else found["tokens"][0, :1]

    @property
    def graph(self) -> bytes | bytearray:
        """The layers, as ONNX."""
        graph = _read(self.folder, _GRAPH)
        return changed(graph, self.changes.read_bytes()) if self.changes else graph


class SharedWeights:
    """A folder in which the worker processes of a run share weights: the first writes them, all map them."""

    folder: Path | None = None


def _written_once(path: Path, write: Callable[[Path], object]) -> Path:
    """Return a folder; the first process writes it, and the others wait."""
    with one_at_a_time(path.with_suffix(".lock")):
        if not path.exists():
            write(draft := Path(mkdtemp(dir=path.parent)))
            draft.rename(path)
    return path


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
            leave_memory(start, size)


def leave_memory(start: int, size: int) -> None:
    """Let a part of a mapped file, which begins at a page, leave the memory of this process."""
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
def _load_layers(encoder: TextEncoder) -> list[_Layers]:
    """Load the layers; :func:`free_encoders` frees them."""
    is_large = _place(encoder.folder, _GRAPH).stat().st_size > 20_000_000
    if SharedWeights.folder is not None:
        layers = encoder.changes.parent.name if encoder.changes else "layers"
        write = partial(_write_layers, encoder, is_large)
        return _map_layers(_written_once(SharedWeights.folder / f"{encoder.folder.name}-{layers}", write))
    if HAS_LOCKS:  # a file that is mapped cannot be removed elsewhere
        with suppress(OSError), TemporaryDirectory(dir=large_temporary(), prefix="stance-") as folder:
            _write_layers(encoder, is_large, Path(folder))
            mapped = _map_layers(Path(folder))
            # glibc keeps the 50 MB of matrices that are free now; other systems have no such call.
            getattr(ctypes.CDLL(None), "malloc_trim", int)(0)
            return mapped
    return [_Layers(_open_part(part, _options())) for part in cut_graph(encoder.graph, is_large=is_large)]


def _write_layers(encoder: TextEncoder, is_large: bool, folder: Path) -> None:
    """Write layers with matrices as the kernels of this processor need them."""
    for number, part in enumerate(cut_graph(encoder.graph, is_large=is_large)):
        options = _options()
        options.optimized_model_filepath = str(folder / f"{number}.onnx")
        options.add_session_config_entry("session.optimized_model_external_initializers_file_name", f"{number}.bin")
        options.add_session_config_entry("session.save_external_prepacked_constant_initializers", "1")
        _open_part(part, options)


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


def _open_part(part: Part, options: Library) -> Library:
    runtime = load_runtime()
    matrices = [runtime.OrtValue.ortvalue_from_numpy(matrix) for matrix in part.matrices.values()]
    options.add_external_initializers([*part.matrices], matrices)
    slow = ("SkipLayerNormFusion",)  # sum and norm in one take longer than one after the other
    return runtime.InferenceSession(part.model, options, providers=["CPUExecutionProvider"], disabled_optimizers=slow)


def large_temporary() -> Path:
    """Return the folder for large temporary files: a disk, since ``/tmp`` is often in memory."""
    disk = Path("/var/tmp")  # noqa: S108 names are drawn
    return disk if os.access(disk, os.W_OK) else Path(gettempdir())


@cache
def load_words(folder: Path) -> NDArray[Any]:
    """Load the vectors of word pieces once, whatever graphs are over them."""

    def write(copy: Path) -> None:
        with _open(folder, _WORDS) as content, (copy / _WORDS).open("wb") as file:
            copyfileobj(content, file)

    if SharedWeights.folder is not None:
        copy = _written_once(SharedWeights.folder / f"{folder.name}-words", write)
        return np.load(copy / _WORDS, mmap_mode="r", allow_pickle=False)
    if HAS_LOCKS:
        with suppress(OSError), TemporaryDirectory(dir=large_temporary(), prefix="stance-") as temporary:
            write(Path(temporary))
            return np.load(Path(temporary) / _WORDS, mmap_mode="r", allow_pickle=False)
    with _open(folder, _WORDS) as content:
        return np.lib.format.read_array(content, allow_pickle=False)


def free_encoders() -> None:
    """Free the weights of all encoders; they are loaded again if another text is read."""
    for load in (_load_layers, load_words, load_tokenizer):
        load.cache_clear()


def unpacked(words: NDArray[Any]) -> Numbers:
    """Return vectors of word pieces, shape (n, size).

    :param words: Rows of a scale and the numbers, or of bytes that hold blocks of a scale and 32 numbers of four bits.
    """
    if words.dtype.names:
        return words["numbers"] * words["scale"][:, None].astype(np.float32)
    blocks = np.ascontiguousarray(words).view(np.dtype([("scale", "<f2"), ("pairs", "u1", 16)]))
    pairs = blocks["pairs"]
    halves = np.concatenate([pairs & 15, pairs >> 4], axis=2).astype(np.float32) - 8
    return (halves * blocks["scale"][:, :, None].astype(np.float32)).reshape(len(words), -1)


def _place(folder: Path, name: str) -> Path:
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
    path = _place(folder, name)
    return cast(IO[bytes], zstandard.open(path) if path.suffix == ".zst" else path.open("rb"))


def _read(folder: Path, name: str) -> bytes | bytearray:
    path = _place(folder, name)
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

    tokenizer = Tokenizer.from_buffer(bytes(_read(folder, _TOKENIZER)))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def changed(graph: bytes | bytearray, changes: bytes) -> bytes:
    """Return another graph of the same form: the first one and packed differences of its bytes, which are small."""
    differences = zstandard.ZstdDecompressor().decompress(changes, max_output_size=len(graph))
    return (np.frombuffer(graph, np.uint8) + np.frombuffer(differences, np.uint8)).tobytes()


@cache
def encoder_in(folder: Path) -> TextEncoder:
    """Return the encoder of a folder, loaded when it is first used, and once."""
    return TextEncoder(folder)


def shown_tokens(n: int, centers: Sequence[int], size: int = WINDOW) -> list[int]:
    """Choose the tokens of a text that are read: of a long one, those around its mentions, alike on both sides.

    Where there are too many mentions for :data:`_LEAST_AROUND` tokens on both sides of each, every second or third
    counts, and so on.

    :param n: Number of tokens of the text.
    :param centers: Those that name a target, in ascending order; none: the beginning is read.
    :return: At most ``size`` places in ascending order.
    """
    if n <= size or not centers:
        return list(range(min(n, size)))
    step = next(k for k in range(1, len(centers) + 1) if len(places_around(n, centers[::k], _LEAST_AROUND)) <= size)
    low, high = _LEAST_AROUND, size
    while low < high:
        reach = (low + high + 1) // 2
        low, high = (reach, high) if len(places_around(n, centers[::step], reach)) <= size else (low, reach - 1)
    return places_around(n, centers[::step], low)


def places_around(n: int, centers: Sequence[int], reach: int) -> list[int]:
    """Return the tokens, of ``n``, that are at most so far from one of some places."""
    return sorted({k for center in centers for k in range(max(0, center - reach), min(n, center + reach + 1))})


def tokens_at(offsets: NDArray[np.int32] | Sequence[tuple[int, int]], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Return the places of the tokens that are parts of some spans of the text."""
    starts, ends = np.array(offsets, np.intp).reshape(-1, 2).T
    inside = np.zeros(len(starts), bool)
    for start, end in spans:
        inside |= (starts < end) & (ends > start)
    return np.flatnonzero(inside).tolist()
