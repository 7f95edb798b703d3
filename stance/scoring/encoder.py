"""Encode texts by a small sentence encoder, for words that no cue and no training comment has.

The English one has the lower four layers of a published encoder, fine-tuned on labelled comments by
``research/training/finetune_reader.py``; :class:`PairReader` reads pairs from its vectors. Texts that are not English
have an encoder of their own, loaded when the first of them comes. Retraining on a user's labels changes neither, so it
needs no deep learning framework. Weights, sources and licences: ``data/encoder``.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from stance.datamodels import STANCES, Via
from stance.exceptions import ModelError
from stance.limits import map_threads
from stance.resources import ENCODER, MULTILINGUAL_ENCODER
from stance.scoring.classifier import Array, Floats, SparseRows, log_softmax, softmax
from stance.scoring.features import count_words
from stance.scoring.instances import Instance, is_named, mention_spans


class EncoderConstants:
    """Constants of this module."""

    slow_fusions = ("SkipLayerNormFusion",)  # left out: sum and norm in one take longer than one after the other
    max_characters = 6_000  # of one text; the rest is rarely about something else
    chunk = 126  # tokens read at once; with the two marks around them the 128 that the encoder was trained on
    near = 8  # tokens on both sides of a mention
    tanh_scale = np.sqrt(2 / np.pi)
    tanh_cube = 0.044715


_C = EncoderConstants


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


# The encoder ----------------------------------------------------------------------------------------------------------

Numbers = NDArray[np.float32]
Library = Any
"""An object of onnxruntime or tokenizers, which have no types."""

SIZE = 384
"""Size of the vector of a token."""

POOLS = ("text", "target", "near")
"""Tokens that are averaged: all, those that name the target, and those within eight of them. No mention: zeros."""


_Span = tuple[int, int]


LAYERS = "layers.zst"
"""File of layers fine-tuned from those of the encoder of comments: the differences (:func:`packed_changes`)."""


TOKENIZER, PACKED_TOKENIZER = "tokenizer.json", "tokenizer.zst"


class TextEncoder:
    """A sentence encoder that runs on the processor, offline.

    Each chunk of a text is read by itself, never padded into a batch: quantised activations take their range from what
    is read together, so a text's numbers would depend on its neighbours. Nor do they depend on the processor: weights
    have seven bits, since those from before 2019 or so add two products up in 16 bits and cut off what is more.

    :param folder: Holds :attr:`files`.
    :param changes: The differences of other layers from those of the folder, as :func:`packed_changes` writes it.
    """

    files: tuple[str, ...] = ("model.onnx", "words.npy", TOKENIZER)
    first: tuple[int, ...] = (101,)
    """The tokens that mark where a text begins."""

    last = 102
    """The token that marks where a part of a text ends."""

    def __init__(self, folder: Path = ENCODER, changes: Path | None = None) -> None:
        self.folder, self.changes = folder, changes
        self._pooled: dict[str, dict[tuple[_Span, ...], Numbers]] = {}  # of the texts that were encoded last

    def __reduce__(self) -> tuple[object, ...]:
        """Send the place only; the graphs are loaded again where it arrives."""
        return type(self), (self.folder, self.changes)

    @cached_property
    def digest(self) -> str:
        """The digest of weights and vocabulary: models trained on the numbers of others are refused."""
        content = hashlib.sha256()
        for name in self.files:
            path = self.folder / name
            if not path.is_file():
                raise ModelError(f"{path}: no such file; expected the encoder's {name}")
            content.update(path.read_bytes())
        return content.hexdigest()

    def encode(self, instances: Sequence[Instance]) -> Numbers:
        """Turn instances into numbers; texts that were encoded in the call before are not encoded again.

        :return: Shape (n, len(POOLS) * SIZE).
        """
        spans: dict[str, set[tuple[_Span, ...]]] = {}
        for instance in instances:
            spans.setdefault(instance.text, set()).add(mention_spans(instance))
        known = self._pooled
        missing = [text for text, wanted in spans.items() if not wanted <= known.get(text, {}).keys()]
        found = map_threads(self._pool, missing, (sorted(spans[text]) for text in missing))
        self._pooled = pooled = {text: known.get(text, {}) for text in spans} | dict(zip(missing, found, strict=True))
        rows = [pooled[instance.text][mention_spans(instance)] for instance in instances]
        return np.array(rows, np.float32).reshape(len(rows), len(POOLS) * SIZE)

    def _pool(self, text: str, wanted: Sequence[tuple[_Span, ...]]) -> dict[tuple[_Span, ...], Numbers]:
        """Average the tokens of one text for each target that is asked about."""
        vectors, starts, ends = self._tokens(text[: _C.max_characters])
        whole = vectors.mean(axis=0)
        found = {}
        for spans in wanted:
            named, near = np.zeros(len(starts), bool), np.zeros(len(starts), bool)
            for start, end in spans:
                inside = np.flatnonzero((starts < end) & (ends > start))
                if len(inside):
                    named[inside] = True
                    near[max(0, inside[0] - _C.near) : inside[-1] + _C.near + 1] = True
            found[spans] = np.concatenate([whole, _mean(vectors, named), _mean(vectors, near)])
        return found

    def _tokens(self, text: str) -> tuple[Numbers, NDArray[np.intp], NDArray[np.intp]]:
        """Return the vector and the place of each token."""
        encoding = self.tokenize(text)
        chunks = [self.vectors(ids) for ids in self._chunks(encoding.ids)]
        offsets = np.array(encoding.offsets, np.intp).reshape(-1, 2)
        return np.concatenate(chunks), offsets[:, 0], offsets[:, 1]

    def tokenize(self, text: str) -> Library:
        """Return the tokens of a text, without marks, and where each begins and ends."""
        # A lone surrogate is one character before and after.
        known = text.encode("utf-8", "replace").decode("utf-8")
        return load_tokenizer(self.folder).encode(known, add_special_tokens=False)

    @staticmethod
    def _chunks(ids: Sequence[int]) -> list[Sequence[int]]:
        return [ids[at : at + _C.chunk] for at in range(0, max(1, len(ids)), _C.chunk)]

    def vectors(self, ids: Sequence[int]) -> Numbers:
        """Return the vectors of at most 126 tokens, shape (n, SIZE); of none, that of the mark before a text."""
        words = self._vectors_of_words([*self.first, *ids, self.last])[None]
        tokens: Numbers = self._session.run(["tokens"], {"words": words})[0][0]
        return tokens[len(self.first) : -1] if ids else tokens[:1]

    def _vectors_of_words(self, ids: Sequence[int]) -> Numbers:
        return self._words[ids]

    @cached_property
    def _words(self) -> Array:
        return np.load(self.folder / "words.npy", mmap_mode="r", allow_pickle=False)

    @property
    def graph(self) -> bytes:
        """The layers, as ONNX."""
        graph = (self.folder / "model.onnx").read_bytes()
        return changed(graph, self.changes.read_bytes()) if self.changes else graph

    @cached_property
    def _session(self) -> Library:
        return load_runtime().InferenceSession(
            self.graph, session_options(), providers=["CPUExecutionProvider"], disabled_optimizers=_C.slow_fusions
        )


class MultilingualEncoder(TextEncoder):
    """The encoder of texts that are not English.

    The vectors of its word pieces have four bits a number: blocks of a scale and 32 numbers, unpacked as they are read.
    """

    first = (0,)  # without the "query:" that it was trained with: without it as good, and a tenth faster
    last = 2
    files = ("model.onnx", "words.npy", PACKED_TOKENIZER)

    def __init__(self, folder: Path = MULTILINGUAL_ENCODER, changes: Path | None = None) -> None:
        super().__init__(folder, changes)

    def _vectors_of_words(self, ids: Sequence[int]) -> Numbers:
        return unpacked(self._words[ids])


_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])


def unpacked(words: NDArray[np.uint8]) -> Numbers:
    """Return vectors of word pieces, shape (n, SIZE), of the bytes that hold them."""
    blocks = np.ascontiguousarray(words).view(_BLOCK)
    pairs = blocks["pairs"]
    numbers = np.concatenate([pairs & 15, pairs >> 4], axis=2).astype(np.float32) - 8
    return (numbers * blocks["scale"][:, :, None].astype(np.float32)).reshape(len(words), SIZE)


@cache
def load_tokenizer(folder: Path) -> Library:
    """Load the tokenizer of a folder once, whatever graphs are over it."""
    from tokenizers import Tokenizer

    packed = folder / PACKED_TOKENIZER
    content = zstandard.decompress(packed.read_bytes()) if packed.is_file() else (folder / TOKENIZER).read_bytes()
    tokenizer = Tokenizer.from_buffer(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def session_options() -> Library:
    """Return the options that graphs are run with: texts are read side by side, so each in one thread."""
    options = load_runtime().SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return options


def packed_changes(graph: bytes, other: bytes) -> bytes:
    """Pack the differences of two graphs of one form: layers fine-tuned from the same ones differ by little."""
    differences = np.frombuffer(other, np.uint8) - np.frombuffer(graph, np.uint8)
    return zstandard.ZstdCompressor(19).compress(differences.tobytes())


def changed(graph: bytes, changes: bytes) -> bytes:
    """Return the other graph from the first one and :func:`packed_changes`."""
    differences = zstandard.ZstdDecompressor().decompress(changes, max_output_size=len(graph))
    return (np.frombuffer(graph, np.uint8) + np.frombuffer(differences, np.uint8)).tobytes()


@cache
def default_encoder() -> TextEncoder:
    """Return the shipped encoder of English texts, loaded when it is first used."""
    return TextEncoder()


@cache
def multilingual_encoder() -> TextEncoder:
    """Return the shipped encoder of other texts, likewise."""
    return MultilingualEncoder()


def _mean(vectors: Numbers, chosen: NDArray[np.bool_]) -> Numbers:
    return vectors[chosen].mean(axis=0) if chosen.any() else np.zeros(SIZE, np.float32)


# Pairs of text and target --------------------------------------------------------------------------------------------
#
# A comment is encoded once for all its targets. The reader sees, for each target, the mean vector of the whole text, of
# the tokens that name the target and of those around them, and two of the comment that it answers. A small network
# turns these into log probabilities of the four stances. Weights for a known target are added to those that serve any
# target, so a target that the model never saw is read by the latter alone.

HIDDEN = 256
"""Number of hidden units."""

VECTORS = len(POOLS) * SIZE
"""Number of columns of the vectors that labels of a user are learned from."""

_PARTS = len(POOLS) + 2  # the pools of the text; the parent's mean, and the mean of its tokens that name the target
_VIAS = (Via.TEXT, Via.PARENT, Via.ARTICLE)


def reader_shapes(n_targets: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of a reader.

    :param n_targets: Targets with weights of their own.
    """
    return {
        "absent": (_PARTS - 1, SIZE),  # in place of a mean of no tokens; the text itself is never absent
        "entry": (HIDDEN, _PARTS * SIZE + len(_VIAS)),
        "entry_bias": (n_targets + 1, HIDDEN),  # the last row: targets without weights of their own
        "own": (n_targets, HIDDEN, SIZE),
        "exit": (len(STANCES), HIDDEN),
        "exit_bias": (len(STANCES),),
    }


@dataclass(frozen=True, slots=True)
class PairReader:
    """A fine-tuned encoder with the network that classifies pairs.

    :param targets: Those with weights of their own.
    :param weights: Arrays as :func:`reader_shapes` describes them.
    """

    encoder: TextEncoder
    targets: tuple[str, ...]
    weights: Mapping[str, Numbers]

    def read(self, instances: Sequence[Instance]) -> Numbers:
        """Encode pairs and return the hidden units: shape (n, HIDDEN)."""
        parents = {row: parent for row, instance in enumerate(instances) if (parent := parent_of(instance))}
        encoded = self.encoder.encode([*instances, *parents.values()])
        answered = np.zeros((len(instances), 2 * SIZE), np.float32)
        answered[list(parents)] = encoded[len(instances) :, : 2 * SIZE]
        own, *others = (*np.hsplit(encoded[: len(instances)], len(POOLS)), *np.hsplit(answered, 2))
        own = normalised(own)
        entry, places = self.weights["entry"], np.array([self._place(each.target) for each in instances], np.intp)
        found = _products(entry[:, :SIZE], own) + self.weights["entry_bias"][places]
        for number, (part, absent) in enumerate(zip(others, self.weights["absent"], strict=True), 1):
            rows = normalised(np.where(part.any(axis=1, keepdims=True), part, absent))
            found += _products(entry[:, number * SIZE : (number + 1) * SIZE], rows)
        vias = np.vstack([entry[:, _PARTS * SIZE :].T, np.zeros((1, HIDDEN), np.float32)])
        named = [Via.PARENT if each.context else each.via for each in instances]  # a headline is answered, too
        found += vias[[_VIAS.index(via) if via else -1 for via in named]]
        for place, weights in enumerate(self.weights["own"]):
            found[places == place] += _products(weights, own[places == place])
        return gelu(found)

    def vectors(self, instances: Sequence[Instance]) -> Numbers:
        """Return the mean vectors of texts, mentions and what is near them, each of mean 0 and variance 1.

        :return: Shape (n, VECTORS); zeros for a mean of no tokens.
        """
        parts = np.hsplit(self.encoder.encode(instances), len(POOLS))
        return np.hstack([normalised(part) * part.any(axis=1, keepdims=True) for part in parts])

    def _place(self, target: str) -> int:
        return self.targets.index(target) if target in self.targets else len(self.targets)

    def log_probabilities(self, hidden: Numbers) -> Floats:
        """Return the log probability of each stance: shape (n, 4).

        :param hidden: As :meth:`read` returns them.
        """
        logits = np.einsum("ij,kj->ik", hidden.astype(np.float64), self.weights["exit"].astype(np.float64))
        return log_softmax(logits + self.weights["exit_bias"])


def _products(weights: Numbers, rows: Numbers) -> Numbers:
    """Multiply vectors one at a time, which gives the same digits whatever other rows there are, and equal ones once.

    :param weights: Shape (HIDDEN, SIZE).
    :param rows: Shape (n, SIZE).
    :return: Shape (n, HIDDEN).
    """
    known: dict[bytes, Numbers] = {}
    keys = [row.tobytes() for row in rows]
    for key, row in zip(keys, rows, strict=True):
        if key not in known:
            known[key] = weights @ row
    return np.array([known[key] for key in keys], np.float32).reshape(len(rows), HIDDEN)


def parent_of(instance: Instance) -> Instance | None:
    """Return the text that is answered, as an instance toward the same target; None if there is none.

    That is the comment, after headline and lead where only they name the target.
    """
    answered = "\n".join(filter(None, (instance.context * (instance.via is Via.ARTICLE), instance.shown.parent)))
    if not answered:
        return None
    return Instance(answered, instance.target, instance.context_mentions, None, language=instance.language)


def normalised(rows: Numbers) -> Numbers:
    """Bring each vector to mean 0 and variance 1."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    # of the normalisation, as it was trained
    return centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(1e-5))


def gelu(numbers: Numbers) -> Numbers:
    """Return Gaussian error linear units, by the usual approximation."""
    inner = _C.tanh_scale * (numbers + _C.tanh_cube * numbers * numbers * numbers)
    return (0.5 * numbers * (1 + np.tanh(inner))).astype(np.float32)


# Joined with a classifier --------------------------------------------------------------------------------------------

GATE_COLUMNS = 2**15
"""Number of hashed words that the gate reads."""

REPLAY = 1_000
"""Number of pairs whose hidden units a model keeps."""

POOL_SHAPE = (2, 2, 2 + len(STANCES))
"""Target with weights of its own or not; named or not; weights of classifier and reader, and an intercept a stance."""

_LEAST = 1e-4  # minimum probability where its logarithm is taken


@dataclass(frozen=True, slots=True)
class Reading:
    """A reader, the texts that it is asked about, and how its answers join those of a classifier.

    :param gate: Weights of hashed words, shape (GATE_COLUMNS,), and intercept: whether a text that names no target may
        mean one. Encoding all texts would take several times as long. None: it is asked about all pairs.
    :param pool: Shape :data:`POOL_SHAPE`.
    :param replay: Hidden units of pairs of all kinds that the model learned from, shape (REPLAY, HIDDEN): labels of a
        user change the answers to texts that are like the user's and unlike these.
    """

    reader: PairReader
    gate: tuple[Floats, float] | None
    pool: Floats
    replay: Floats

    def read(self, instances: Sequence[Instance]) -> Numbers:
        """Return the hidden units of pairs: shape (n, HIDDEN), zeros where the reader is not asked."""
        if self.gate is None:
            return self.reader.read(instances)
        found = np.zeros((len(instances), HIDDEN), np.float32)
        rows = np.flatnonzero(self.asked(instances)).tolist()
        if rows:
            found[rows] = self.reader.read([instances[row] for row in rows])
        return found

    def join(self, instances: Sequence[Instance], stated: Floats, hidden: Numbers) -> Floats:
        """Join the probabilities of the classifier with those of the reader: shape (n, 4); rows sum to 1.

        :param stated: Of the classifier; shape (n, 4).
        :param hidden: As :meth:`read` returns it.
        """
        found = stated.copy()
        rows = np.flatnonzero(hidden.any(axis=1)).tolist()
        if not rows:
            return found
        asked = [instances[row] for row in rows]
        kinds = [int(each.target not in self.reader.targets) for each in asked], [int(not is_named(e)) for e in asked]
        weights = self.pool[kinds]
        logs = np.log(np.maximum(stated[rows], _LEAST))
        logits = weights[:, :1] * logs + weights[:, 1:2] * self.reader.log_probabilities(hidden[rows]) + weights[:, 2:]
        found[rows] = softmax(logits)
        return found

    def asked(self, instances: Sequence[Instance]) -> NDArray[np.bool_]:
        """Return which pairs the reader is asked about: those named, and others of texts that may mean a target."""
        if self.gate is None:
            return np.ones(len(instances), bool)
        found = np.array(
            [
                is_named(instance) or any(mention.target in self.reader.targets for mention in instance.mentions)
                for instance in instances
            ],
            bool,
        )
        rest = np.flatnonzero(~found).tolist()
        texts = list(dict.fromkeys(instances[row].text for row in rest))
        if texts:
            weights, intercept = self.gate
            opens = (gate_rows(texts) @ weights[:, None])[:, 0] > -intercept
            passing = {text for text, is_open in zip(texts, opens, strict=True) if is_open}
            found[rest] = [instances[row].text in passing for row in rest]
        return found


def gate_rows(texts: Sequence[str]) -> SparseRows:
    """Return the hashed words of texts, each word counted once, in rows of length 1.

    Without that the gate would open for long texts, which take the most time to encode.
    """
    found = count_words([text.lower() for text in texts], GATE_COLUMNS)
    sizes = np.diff(found.ends)
    return replace(found, data=np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes))
