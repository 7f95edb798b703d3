"""Save and load model folders, without executing anything in them.

A folder holds ``card.json`` (what the model is, its data and measures) and ``model.safetensors`` (its arrays, and the
digests of the pairs that it learned from); the model of other languages is in the folder ``others``. Nothing in it is
code: no pickle. A folder may come from anyone, so forms, shapes, ranges and sizes are checked before a number is used.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Factors, Record, Strings
from stance.exceptions import ConfigError, ModelError, unknown
from stance.resources import ENCODER, MODELS, MULTILINGUAL_ENCODER, READER
from stance.resources.files import file_errors
from stance.resources.folders import replace_folder, temporary_folder
from stance.scoring.arrays import checked_array, read_arrays, shortened
from stance.scoring.cards import ARRAYS, CARD, FORMAT, OTHERS, SCORED, Arrays, read_card, require
from stance.scoring.encoder import encoder_in
from stance.scoring.model import Floats, StanceModel
from stance.scoring.reader import PairReader, reader_shapes
from stance.scoring.words import WordReader

_RENAMED = {"large": "default"}  # names that were once those of installed models

_ROWS = "rows"


def save_model(model: StanceModel, folder: Path, *, trained_on: Iterable[int] = ()) -> StanceModel:
    """Write a model folder atomically, replacing an existing model.

    :param trained_on: Digests of the pairs that it learned from, each as :func:`stance.records.digests.pair_digest`.
    :return: The model as it will be loaded: large arrays in half precision, and the name with its digest.
    :raises ModelError: If it cannot be written, or the folder holds something other than a model.
    """
    require_place(folder)
    with file_errors(folder, kind=ModelError), temporary_folder(folder.parent, f".{folder.name}-") as temporary:
        written = temporary / "new"
        _write(model, written, trained_on)
        if model.others is not None:
            _write(model.others, written / OTHERS, ())
        loaded = _load_folder(written, folder.name)
        replace_folder(written, folder)
    return loaded


def _write(model: StanceModel, folder: Path, trained_on: Iterable[int]) -> None:
    from safetensors.numpy import save

    folder.mkdir()
    arrays: Arrays = {"coef": model.coef, "intercept": model.intercept}
    reader = model.columns if isinstance(model.columns, PairReader) else None
    if reader:
        arrays |= reader.weights
    arrays |= {} if model.sound is None else {"sound": model.sound}
    stored = {name: shortened(np.asarray(values)) for name, values in arrays.items()}
    if (kept := model.kept) is not None:  # a byte each; in half precision, they were half of a model
        scale = np.abs(kept).max(axis=0, initial=1e-9) / 127
        stored |= {"kept_scale": scale.astype("<f4"), "kept_bytes": np.round(kept / scale).astype("i1")}
    stored[_ROWS] = np.union1d(np.fromiter(trained_on, dtype="<u8"), model.learned).astype("<u8")
    content = save(stored)
    card: Record = dict(model.card) | {
        "format": FORMAT,
        "kind": model.columns.kind,
        "languages": list(model.own_languages),
        "targets": list(reader.targets) if reader else [],
        "size": reader.size if reader else 0,
        "encoder": reader.encoder.digest if reader else "",
        "decision": None if model.decision is None else list(model.decision),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    (folder / ARRAYS).write_bytes(content)
    text = json.dumps(card, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    (folder / CARD).write_bytes(text.encode())


def require_place(folder: Path) -> None:
    """Refuse a folder that holds anything but a model, which would be overwritten.

    :raises ModelError: If it does; the message names the file.
    """
    is_model = (folder / CARD).is_file()  # a folder without a card is none
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder] * folder.exists():
        if is_model and path.name == OTHERS and path.is_dir():
            require_place(path)
        elif not (is_model and path.is_file() and path.name in (CARD, ARRAYS, "README.md")):
            lost = f"{path}: no part of a model, and would be lost"
            raise ModelError(f"{lost}; expected a new folder, or a model folder")


def load_model(name: str | Path = "default") -> StanceModel:
    """Load an installed model by its name, or a model folder.

    :raises ModelError: If there is none, or it is not a model of this version, damaged or unsafe.
    """
    folder = model_folder(name)
    return _load_folder(folder, folder.resolve().name)


def train_rows(folder: Path) -> NDArray[np.uint64]:
    """Return the digests of the pairs that a model, and that of other languages, learned from: sorted.

    :raises ModelError: If the file is damaged.
    """
    folders = [part for part in (folder, folder / OTHERS) if (part / CARD).is_file()]
    digests = [_digests(part / ARRAYS, read_arrays(part, read_card(part))) for part in folders]
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *digests]))


def model_folder(name: str | Path) -> Path:
    """Return the folder of an installed model by its name, or the folder that is named.

    :raises ConfigError: If it is the former name of a model.
    :raises ModelError: If there is none.
    """
    if isinstance(name, str) and (renamed := _RENAMED.get(name)):
        raise ConfigError(f"--model {name}: this model is now {renamed}; expected --model {renamed}, or no --model")
    folder = MODELS / name if str(name) in installed_models() else Path(name)
    if not folder.exists():
        others = "Or a model folder; to score, also vader, hf:NAME or llm:NAME."
        raise ModelError(unknown("no model or folder", name, installed_models(), others))
    return folder


def installed_models() -> Strings:
    """Name the models that are installed."""
    return tuple(sorted(path.parent.name for path in MODELS.glob(f"*/{CARD}")))


def model_digest(folder: Path) -> str:
    """Digest all that a model folder scores with; the first four hexadecimal digits follow its name in every score.

    :raises ModelError: If it is not a model of this version.
    """
    card, others = read_card(folder), _folder_of_others(folder)
    cards = [card, read_card(others)] if others else [card]
    parts = [json.dumps({key: record[key] for key in SCORED}, sort_keys=True) for record in cards]
    digests = [hashlib.sha256(part.encode()).hexdigest() for part in parts]
    return hashlib.sha256("".join(digests).encode()).hexdigest() if others else digests[0]


def _folder_of_others(folder: Path) -> Path | None:
    """Return the folder of the model of other languages; None if there is none."""
    return folder / OTHERS if (folder / OTHERS / CARD).is_file() else None


def _load_folder(folder: Path, name: str) -> StanceModel:
    others, full_name = _folder_of_others(folder), f"{name}@{model_digest(folder)[:4]}"
    return replace(_load_part(folder), name=full_name, others=_load_part(others) if others else None)


def _load_part(folder: Path) -> StanceModel:
    card = read_card(folder)
    arrays, path = read_arrays(folder, card), folder / ARRAYS
    columns, sound = _columns(folder, card, arrays), None
    if "sound" in arrays and isinstance(columns, PairReader):
        sound = checked_array(path, arrays, "sound", (3, columns.size + 1))
    return StanceModel(
        folder.name,
        columns,
        checked_array(path, arrays, "coef", (len(STANCES), columns.width)),
        checked_array(path, arrays, "intercept", (len(STANCES),)),
        tuple(card["languages"]),
        None if card["decision"] is None else cast(Factors, tuple(map(float, card["decision"]))),
        card,
        sound,
        _kept(path, arrays, columns.width),
        learned=_digests(path, arrays),
    )


def _kept(path: Path, arrays: Arrays, width: int) -> tuple[NDArray[np.int8], Floats] | None:
    """Return the columns of pairs that a model keeps, a byte each, with a scale for each column."""
    if (rows := arrays.get("kept_bytes")) is None:
        return None
    is_shaped = rows.dtype == np.int8 and rows.ndim == 2 and rows.shape[1] == width
    require(is_shaped, path, f"kept_bytes: {rows.dtype} of shape {rows.shape}", f"bytes, {width} a pair")
    require(len(rows) <= 5_000, path, f"{len(rows)} pairs kept", "at most 5000")
    return rows, checked_array(path, arrays, "kept_scale", (width,))


def _digests(path: Path, arrays: Arrays) -> NDArray[np.uint64]:
    """Return the digests of pairs among the arrays of a model."""
    rows = arrays.get(_ROWS, np.zeros(0, "<u8"))
    are_digests = rows.ndim == 1 and rows.dtype == np.dtype("<u8")
    require(are_digests, path, f"{_ROWS}: {rows.dtype} of shape {rows.shape}", "digests of pairs")
    return rows


def _columns(folder: Path, card: Record, arrays: Arrays) -> PairReader | WordReader:
    if card["kind"] == "words":
        return WordReader()
    digest, folders = card["encoder"], (READER, ENCODER, MULTILINGUAL_ENCODER)
    encoders = map(encoder_in, filter(Path.is_dir, folders))
    encoder = next((known for known in encoders if digest in {known.digest, *known.earlier}), None)
    if encoder is None:
        reason = f"made with the encoder {digest[:12]!r}, which is not installed"
        raise ModelError(f"{folder / CARD}: {reason}; expected one of this version")
    path, shapes = folder / ARRAYS, reader_shapes(len(card["targets"]), card["size"])
    weights = {key: checked_array(path, arrays, key, shape).astype(np.float32) for key, shape in shapes.items()}
    return PairReader(encoder, tuple(card["targets"]), weights)
