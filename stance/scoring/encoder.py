"""Encode texts by a small sentence encoder, on the processor and offline.

A folder holds the layers as a graph (``model.onnx``), the vectors of word pieces (``words.npy``), the tokenizer, and
``encoder.json`` with the tokens that mark where a text begins and ends. Sources and licences: ``data/encoder``.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Record, Span
from stance.limits import map_threads
from stance.resources import ENCODER
from stance.scoring import weights
from stance.scoring.weights import Library, Numbers, Words

Tokens = Sequence[int] | NDArray[np.int32]

SIZE = 384
"""Number of numbers of the vector of a token of the encoders in ``data/encoder``."""

WINDOW = 126
"""Number of tokens read at once; with the two marks around them the 128 that the encoders were trained on."""

LAYERS = "layers.zst"
"""File of layers fine-tuned from those of the encoder of comments: the differences of their bytes, packed."""

_TOGETHER = 16  # number of texts whose vectors are held at once

_LOADING = Lock()  # texts are read in threads, and each encoder is loaded once


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
        for name in (weights.GRAPH, weights.WORDS, weights.TOKENIZER):
            with weights.encoder_file(self.folder, name).open("rb") as file:
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
        return weights.load_tokenizer(self.folder).encode(encodable, add_special_tokens=False)

    def vectors(self, ids: Tokens) -> Numbers:
        """Return the vectors of at most :data:`WINDOW` tokens, shape (n, size); of none, that of the first mark."""
        return next(self.vectors_of([ids]))

    def vectors_of(self, texts: Sequence[Tokens]) -> Iterator[Numbers]:
        """Yield the vectors of the tokens of each text, as :meth:`vectors` returns them."""
        first, last = self._described["marks"]  # the tokens that mark where a text begins and ends
        with _LOADING:
            layers, words = weights.load_layers(self.folder, self.changes), weights.load_words(self.folder)

        def read(ids: Tokens) -> Numbers:
            rows = words[[first, *ids, last]]
            vectors = unpacked(rows) if self._described["packed"] else rows
            return layers.run(["tokens"], {"words": vectors[None]})[0][0]

        for start in range(0, len(texts), _TOGETHER):
            batch = texts[start : start + _TOGETHER]
            found = map_threads(read, batch) if len(batch) > 1 else map(read, batch)
            for ids, vectors in zip(batch, found, strict=True):
                yield vectors[1:-1] if len(ids) else vectors[:1]


def unpacked(words: Words) -> Numbers:
    """Return vectors of word pieces, shape (n, size).

    :param words: Rows of a scale and the numbers, or of bytes that hold blocks of a scale and 32 numbers of four bits.
    """
    if words.dtype.names:
        return words["numbers"] * words["scale"][:, None].astype(np.float32)
    blocks = np.ascontiguousarray(words).view(np.dtype([("scale", "<f2"), ("pairs", "u1", 16)]))
    pairs = blocks["pairs"]
    halves = np.concatenate([pairs & 15, pairs >> 4], axis=2).astype(np.float32) - 8
    return (halves * blocks["scale"][:, :, None].astype(np.float32)).reshape(len(words), -1)


@cache
def encoder_in(folder: Path) -> TextEncoder:
    """Return the encoder of a folder, loaded when it is first used, and once."""
    return TextEncoder(folder)


def shown_tokens(n: int, centers: Sequence[int]) -> list[int]:
    """Choose the tokens of a text that are read: of a long one, those around its mentions, alike on both sides.

    Where there are too many mentions for :data:`_LEAST_AROUND` tokens on both sides of each, every second or third
    counts, and so on.

    :param n: Number of tokens of the text.
    :param centers: Those that name a target, in ascending order; none: the beginning is read.
    :return: At most :data:`WINDOW` places in ascending order.
    """
    if n <= WINDOW or not centers:
        return list(range(min(n, WINDOW)))
    # Minimum number of tokens on both sides of a mention that are read of a long text.
    least = 12
    step = next(k for k in range(1, len(centers) + 1) if len(places_around(n, centers[::k], least)) <= WINDOW)
    sizes = range(least, WINDOW + 1)
    reach = bisect_right(sizes, WINDOW, key=lambda size: len(places_around(n, centers[::step], size))) - 1
    return places_around(n, centers[::step], sizes[reach])


def places_around(n: int, centers: Sequence[int], reach: int) -> list[int]:
    """Return the tokens, of ``n``, that are at most so far from one of some places."""
    return sorted({k for center in centers for k in range(max(0, center - reach), min(n, center + reach + 1))})


def tokens_at(offsets: NDArray[np.int32] | Sequence[Span], spans: Iterable[Span]) -> list[int]:
    """Return the places of the tokens that are parts of some spans of the text."""
    starts, ends = np.array(offsets, np.intp).reshape(-1, 2).T
    inside = np.zeros(len(starts), bool)
    for start, end in spans:
        inside |= (starts < end) & (ends > start)
    return np.flatnonzero(inside).tolist()
