"""Make the files of the shipped encoders small: a wheel of less than 100 MB holds three of them.

    python -m research.training.pack_encoders LISTS -o FOLDER [--exported READER]

LISTS is the folder ``data`` of wordfreq 3.1.1, READER what ``export_reader`` wrote (else the one that ships). Below FOLDER
the files get the places that they have below ``data/``. Needs msgpack and onnx.

1. Numbers are rounded to steps of about half the standard deviation of their row, and packed by zstandard, which spends
   three bits on each of them. The noise that this adds changes probabilities as little as a change of 1 in 10,000 of all
   numbers does (.021 and .017 on 227 pairs): bytes of activations, which are rounded in any case, decide.
2. Word pieces that hardly any text uses are dropped. A piece stays if a comment that models are trained on uses it, or a
   word that is frequent enough in a language that is scored, in one of the forms that texts have; so do signs, and one
   or two letters, of which all other words can be made. Texts without a dropped piece are cut as before.
3. ``encoder.json`` lists the digests of the forms before, so that models that were trained on them still load.

Each step may be repeated on its own result, which stays as it is.
"""

import argparse
import gzip
import io
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

import numpy as np
import zstandard
from numpy.typing import NDArray
from tokenizers import Tokenizer

from research import ALL_COMMENTS, LANGUAGE_COMMENTS, read_written
from stance.resources import DATA, ENCODER, MULTILINGUAL_ENCODER, NAMED_LANGUAGES, OTHER_LANGUAGES, READER
from stance.scoring.encoder import TextEncoder, unpacked

STEP = {READER: 0.5, MULTILINGUAL_ENCODER: 0.75}
"""Step of the numbers of a word piece, in standard deviations of its row. Macro F1 on ``comments_languages.csv`` is .632,
.626 and .633 with steps of .5, .75 and 1."""

STEP_OF_BYTES = 4
"""Step of the bytes of word pieces of ``data/encoder``: .44 deviations. The layers of other languages stay as they are:
steps of two cost .01 of log loss there."""

EXPERIMENTAL = tuple(code for code in NAMED_LANGUAGES if code not in OTHER_LANGUAGES)
LEAST = {"en": 425, **dict.fromkeys(OTHER_LANGUAGES, 450), **dict.fromkeys(EXPERIMENTAL, 400)}
"""Maximum rarity of a word in hundredths of a power of ten: of 450, 32 in a million words. English is there for the names
and loan words of texts in other languages. With 525, 475, 450, 425 and 400 macro F1 on ``comments_languages.csv`` is
.627, .621, .632, .627 and .632."""
LEAST_ENGLISH = 650
"""The same of English words for the English reader: 3 in 10 million."""

FORMS: tuple[tuple[int, Callable[[str], str]], ...] = (
    (0, str),
    (50, str.capitalize),
    (100, str.upper),
    (30, lambda word: f"l'{word}"),
    (60, lambda word: f"l’{word.capitalize()}"),
    (30, lambda word: f"-{word}"),
    (60, lambda word: f"-{word.capitalize()}"),
    (50, lambda word: f"#{word}"),
    (50, lambda word: _without_accents(word)),
    (80, lambda word: _without_accents(word).capitalize()),
    (0, lambda word: word.replace("ss", "ß")),  # the lists write ß as ss
    (30, lambda word: word.replace("ss", "ß").capitalize()),
)
"""How texts write a word, and by how much rarer that is, in the same unit."""


def _without_accents(word: str) -> str:
    return "".join(char for char in normalize("NFD", word) if not combining(char))


# Word pieces ----------------------------------------------------------------------------------------------------------


def words_of(folder: Path, code: str, least: int) -> Iterator[str]:
    """Yield the frequent words of a language in all forms."""
    import msgpack

    path = next(path for size in ("large", "small") if (path := folder / f"{size}_{code}.msgpack.gz").is_file())
    lists = msgpack.loads(gzip.decompress(path.read_bytes()), raw=False)[1:]  # the words of each rarity
    for rarer, form in FORMS:
        yield from (form(word) for words in lists[: least - rarer + 1] for word in words)


def pieces_of(tokenizer: Tokenizer, texts: Iterable[str]) -> set[int]:
    """Return the pieces of texts."""
    encodings = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return {piece for encoding in encodings for piece in encoding.ids}


def is_kept(piece: str) -> bool:
    """Return whether a piece stays although no word uses it."""
    letters = piece.removeprefix("##").strip("▁")
    return not any(map(str.isalpha, letters)) or (len(letters) <= 2 and letters[:1].lower() < "ʰ")


def without_pieces(content: dict[str, Any], kept: list[int]) -> dict[str, Any]:
    """Return the description of a tokenizer with some of its pieces, numbered anew."""
    places = {old: new for new, old in enumerate(kept)}
    vocabulary, model = content["model"]["vocab"], dict(content["model"])
    if isinstance(vocabulary, dict):
        model["vocab"] = {piece: places[at] for piece, at in vocabulary.items() if at in places}
    else:
        model |= {"vocab": [vocabulary[at] for at in kept], "unk_id": places[model["unk_id"]]}
    tokens = [each | {"id": places[each["id"]]} for each in content["added_tokens"]]
    # Marks are added by the encoder.
    return content | {"model": model, "added_tokens": tokens, "post_processor": None}


def choose_pieces(content: dict[str, Any], texts: Iterable[str], marks: Iterable[int]) -> list[int]:
    """Return the places of the pieces that stay, in ascending order.

    :param content: Description of the tokenizer.
    :param texts: Words and texts, all of whose pieces stay.
    """
    tokenizer, vocabulary = Tokenizer.from_str(json.dumps(content)), content["model"]["vocab"]
    pieces = (
        vocabulary.items()
        if isinstance(vocabulary, dict)
        else ((piece, at) for at, (piece, _) in enumerate(vocabulary))
    )
    chosen = pieces_of(tokenizer, texts).union(marks, (each["id"] for each in content["added_tokens"]))
    chosen |= {at for piece, at in pieces if is_kept(piece) and not piece.startswith("[unused")}
    return sorted(chosen | ({content["model"]["unk_id"]} if "unk_id" in content["model"] else set()))


# Numbers --------------------------------------------------------------------------------------------------------------


def rows_of_bytes(words: NDArray[np.float32], step: float) -> NDArray[Any]:
    """Round vectors of word pieces to a byte a number with a scale a row, as :func:`stance.scoring.encoder.unpacked`."""
    scales = (words.std(axis=1, keepdims=True) * step).astype("<f2")
    scales[scales == 0] = 1
    rows = np.zeros(len(words), np.dtype([("scale", "<f2"), ("numbers", "i1", words.shape[1])]))
    rows["scale"] = scales[:, 0]
    rows["numbers"] = np.clip(np.round(words / scales.astype(np.float32)), -127, 127)
    return rows


def rounded(numbers: NDArray[Any], step: int, middle: int = 0) -> NDArray[Any]:
    """Round whole numbers to steps from a middle."""
    limits, moved = np.iinfo(numbers.dtype), numbers.astype(int) - middle
    return np.clip(middle + step * np.round(moved / step), limits.min, limits.max).astype(numbers.dtype)


def with_short_scales(graph: bytes) -> bytes:
    """Round the numbers of 32 bits of a graph to 11 binary digits, as those of half precision have."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(graph)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and tensor.dims:
            digits = numpy_helper.to_array(tensor).view(np.uint32) + (1 << 12)  # of 23 behind the first, 10 stay
            short = (digits & np.uint32(0xFFFFE000)).view(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(short, tensor.name))
    return model.SerializeToString()


def middle_of(graph: bytes) -> int:
    """Return the byte that stands for 0 among the word pieces of a graph that reads bytes."""
    import onnx
    from onnx import numpy_helper

    model = onnx.load_from_string(graph)
    node = next(each for each in model.graph.node if each.op_type == "DequantizeLinear" and "words" in each.input)
    return int(numpy_helper.to_array(next(t for t in model.graph.initializer if t.name == node.input[2])))


# Files ----------------------------------------------------------------------------------------------------------------


def read_file(folder: Path, name: str) -> bytes:
    """Read a file of an encoder, packed or not."""
    path = folder / name
    return path.read_bytes() if path.is_file() else zstandard.decompress((folder / f"{name}.zst").read_bytes())


def write_file(folder: Path, name: str, content: bytes) -> None:
    """Write a packed file, and show its size."""
    packed = zstandard.ZstdCompressor(19).compress(content)
    (folder / f"{name}.zst").write_bytes(packed)
    print(f"{folder.name}/{name}.zst: {len(packed):,} bytes")


def pack(source: Path, folder: Path, texts: Iterable[str] | None, step: float = 0) -> None:
    """Write the files of an encoder.

    :param texts: All their pieces stay; None: all pieces do, and so do the bytes of the layers, of which the readers of
        articles keep differences.
    :param step: As for :func:`rows_of_bytes`, where texts are given.
    """
    folder.mkdir(parents=True, exist_ok=True)
    described = json.loads((source / "encoder.json").read_text(encoding="utf-8"))
    content: dict[str, Any] = json.loads(read_file(source, "tokenizer.json"))
    words, graph = np.load(io.BytesIO(read_file(source, "words.npy"))), read_file(source, "model.onnx")
    if texts is None:
        words = rounded(words, STEP_OF_BYTES, middle_of(graph))
        for name in ("model.onnx", "tokenizer.json"):
            shutil.copy(source / name, folder / name)
    else:
        kept = choose_pieces(content, texts, described["marks"])
        print(f"{folder.name}: {len(kept):,} of {len(words):,} word pieces")
        content, words = without_pieces(content, kept), words[kept]
        described["marks"] = [kept.index(mark) for mark in described["marks"]]
        words = words if words.dtype.names else rows_of_bytes(unpacked(words), step)
        graph = with_short_scales(graph)
        write_file(folder, "model.onnx", graph)
        write_file(folder, "tokenizer.json", json.dumps(content, ensure_ascii=False).encode())
    table = io.BytesIO()
    np.save(table, words)
    write_file(folder, "words.npy", table.getvalue())
    before = TextEncoder(source)
    described["earlier"] = sorted({*before.earlier, before.digest} - {TextEncoder(folder).digest})
    (folder / "encoder.json").write_text(json.dumps(described) + "\n", encoding="utf-8")


def main() -> None:
    """Pack the encoders of comments, of articles and of other languages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lists", type=Path)
    parser.add_argument("--exported", type=Path, default=READER)
    parser.add_argument("-o", "--output", type=Path, required=True)
    given = parser.parse_args()
    english = [*words_of(given.lists, "en", LEAST_ENGLISH), *(row["text"] for row in read_written(*ALL_COMMENTS))]
    others = [word for code, least in LEAST.items() for word in words_of(given.lists, code, least)]
    others += (row["text"] for row in read_written(*LANGUAGE_COMMENTS))
    for place, texts in ((READER, english), (ENCODER, None), (MULTILINGUAL_ENCODER, others)):
        source = given.exported if place == READER else place
        pack(source, given.output / place.relative_to(DATA), texts, STEP.get(place, 0))


if __name__ == "__main__":
    main()
