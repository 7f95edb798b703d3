"""The language model of py3langid turned into the files that ship: what is needed of it, in a form that loads at once.

Run once, in an environment with py3langid:

    python -m research.training.export_languages data/languages

As published it unpacks to 68 MB, a third of a second in each process. Its automaton says, at each byte of a text, which
is the longest of its pieces that ends there, and which feature that is; so a sorted list of the pieces says the same.
Of its weights, those of the languages that we tell apart are kept, as they are.
"""

import json
import sys
from pathlib import Path

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from stance.parsing.language import LANGUAGES_OF_SCRIPT

BYTES = 256


def pieces_of(identifier: LanguageIdentifier) -> list[bytes]:
    """Give what each state of the automaton stands for: the shortest way to it."""
    moves = np.asarray(identifier.tk_nextmove).reshape(-1, BYTES)[np.asarray(identifier.tk_row)]
    pieces: dict[int, bytes] = {0: b""}
    reached = [0]
    while reached:
        before, reached = reached, []
        for state in before:
            for letter, following in enumerate(moves[state].tolist()):
                if following not in pieces:
                    pieces[following] = pieces[state] + bytes([letter])
                    reached.append(following)
    states = {piece: state for state, piece in pieces.items()}
    for state, piece in pieces.items():
        for letter, following in enumerate(moves[state].tolist()):
            longest = piece + bytes([letter])
            while longest not in states:
                longest = longest[1:]
            if states[longest] != following:
                sys.exit(f"{piece!r} and {letter} lead to {pieces[following]!r}; expected the longest end, {longest!r}")
    return [pieces[state] for state in range(len(pieces))]


def main(folder: Path) -> None:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages([language for languages in LANGUAGES_OF_SCRIPT.values() for language in languages])
    rows = [
        (1 << 8 * len(piece) | int.from_bytes(piece), feature)
        for piece, feature in zip(pieces_of(identifier), identifier.tk_output, strict=True)
        if piece
    ]
    numbers, features = zip(*sorted(rows), strict=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, kept, kind in (("pieces", numbers, np.uint64), ("features", features, np.int32)):  # differences pack well
        np.save(folder / f"{name}.npy", np.diff(np.array(kept, kind), prepend=kind(0)))
    np.save(folder / "weights.npy", np.ascontiguousarray(identifier.nb_ptc))
    known = {"languages": identifier.nb_classes, "priors": [float(prior) for prior in identifier.nb_pc]}
    (folder / "languages.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
