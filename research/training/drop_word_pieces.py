"""Drop the word pieces of the encoder of other languages that hardly any text uses: ``FOLDER`` of wordfreq's lists.

A piece stays if a word uses it that is at least as frequent as ``LEAST`` in a language that is scored, in one of the
forms that texts have, or a comment that models are trained on; so do signs, and one or two letters, of which all other
words can be made. Texts without a dropped piece are cut as before, so their vectors are the same. Needs msgpack.
"""

import argparse
import gzip
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

import msgpack
import numpy as np
import zstandard
from tokenizers import Tokenizer

from research import LANGUAGE_COMMENTS, read_written
from stance.resources import MULTILINGUAL_ENCODER, NAMED_LANGUAGES
from stance.scoring.encoder import PACKED_TOKENIZER, load_tokenizer

SPECIAL = 4  # <s>, <pad>, </s>, <unk>
LEAST = 575
"""Maximum rarity of a word in hundredths of a power of ten: 18 in 10 million words."""

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


def words_of(folder: Path, code: str) -> Iterator[str]:
    """Yield the frequent words of a language in all forms."""
    path = next(path for size in ("large", "small") if (path := folder / f"{size}_{code}.msgpack.gz").is_file())
    lists = msgpack.loads(gzip.decompress(path.read_bytes()), raw=False)[1:]  # the words of each rarity
    for rarer, form in FORMS:
        yield from (form(word) for words in lists[: LEAST - rarer + 1] for word in words)


def comments() -> Iterator[str]:
    """Yield the comments in other languages that models are trained on."""
    yield from (row["text"] for row in read_written(*LANGUAGE_COMMENTS))


def used(tokenizer: Tokenizer, texts: Iterable[str]) -> set[int]:
    """Return the pieces of texts."""
    found = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    return {piece for each in found for piece in each.ids}


def is_kept(piece: str) -> bool:
    """Return whether a piece stays although no word uses it."""
    return len(piece.strip("▁")) <= 2 or not any(map(str.isalpha, piece))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lists", type=Path)
    given = parser.parse_args()
    path, table = MULTILINGUAL_ENCODER / PACKED_TOKENIZER, MULTILINGUAL_ENCODER / "words.npy"
    content: dict[str, Any] = json.loads(zstandard.decompress(path.read_bytes()))
    vocabulary = content["model"]["vocab"]
    tokenizer = load_tokenizer(MULTILINGUAL_ENCODER)
    chosen = used(tokenizer, comments()).union(
        *(used(tokenizer, words_of(given.lists, code)) for code in ("en", *NAMED_LANGUAGES)),
        range(SPECIAL),
        (at for at, (piece, _) in enumerate(vocabulary) if is_kept(piece)),
    )
    kept = sorted(chosen)
    content["model"]["vocab"] = [vocabulary[at] for at in kept]
    np.save(table, np.load(table)[kept])
    path.write_bytes(zstandard.compress(json.dumps(content, ensure_ascii=False).encode(), 19))
    print(f"{len(kept)} of {len(vocabulary)} word pieces")


if __name__ == "__main__":
    main()
