"""Save and load model folders, without executing anything in them.

A folder holds ``card.json`` (what the model is, its data and measures) and ``model.safetensors`` (its arrays, and the
digests of the pairs that it learned from); the model of other languages is in the folder ``others``. Nothing in it is
code: no pickle. A folder may come from anyone, so forms, shapes, ranges and sizes are checked before a number is used.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Record
from stance.exceptions import ConfigError, ModelError, unknown
from stance.resources import (
    ENCODER,
    MODELS,
    MULTILINGUAL_ENCODER,
    READER,
    file_errors,
    replace_folder,
    temporary_folder,
)
from stance.scoring.encoder import encoder_in
from stance.scoring.model import Columns, Floats, StanceModel
from stance.scoring.reader import PairReader, reader_shapes
from stance.scoring.words import WordReader

FORMAT = "stance-model/6"
CARD, ARRAYS, OTHERS = "card.json", "model.safetensors", "others"
_RENAMED = {"large": "default"}  # names that were once those of installed models

_README, _ROWS, _SOUND_ROWS = "README.md", "rows", 3
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".sav")
_MOST_LEVELS = 20  # of objects and lists in a card
_MOST_BYTES = 200_000_000  # of the arrays; those of a hundred targets take 100 MB
_MOST_CARD = 1_000_000  # bytes
_MOST_WEIGHT = 1e6  # a number beyond it is damage, not a weight
_MOST_KEPT = 5_000  # pairs whose columns a model keeps

Arrays = dict[str, NDArray[Any]]


# Forms of JSON --------------------------------------------------------------------------------------------------------

Form = Any
"""A check of a value; a list of one form for all, or of one for each; a table of forms by key, "*" for all others."""


def _fits(value: object, form: Form) -> bool:
    """Return whether a JSON value has a form; keys of a table with a question mark may be left out."""
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return False
        missing = any(key not in value for key in form if key != "*" and not key.endswith("?"))
        known = {key.removesuffix("?"): each for key, each in form.items()}
        return not missing and all(_fits(each, known.get(key, form.get("*"))) for key, each in value.items())
    if isinstance(form, list):
        if not isinstance(value, list) or len(value) > 1_000:
            return False
        forms = form * len(value) if len(form) == 1 else form
        return len(forms) == len(value) and all(map(_fits, value, forms))
    return form is None or form(value)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 1_000 and value.isprintable()


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and abs(cast(float, value)) < 10**12


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 10**12


def _is_factor(value: object) -> bool:
    return _is_number(value) and 0 < cast(float, value) <= 1_000


_HELD_OUT = {"pairs": _is_count, "stories": _is_count}
_ROW: Mapping[str, Form] = {
    "n": _is_count,
    **dict.fromkeys(("macro_f1", "accuracy", "favg", "ece"), lambda value: value is None or _is_number(value)),
    "coverage?": _is_number,
    "f1?": {"*": _is_number},
    "interval?": {"*": [_is_number, _is_number]},
}
_COMPARED = {"difference": lambda value: value is None or _fits(value, {})}
_MEASURES: Mapping[str, Form] = {**_ROW, "compared?": _COMPARED, "targets?": {"*": _ROW}, "baselines?": {"*": _ROW}}
_OF_LANGUAGE = {"n?": _is_count, "macro_f1?": _is_number, "interval?": _ROW["interval?"], "material?": _is_text}
_CARD_FORM: Mapping[str, Form] = {
    "format": lambda value: value == FORMAT,
    "kind": lambda value: value in ("reader", "words"),
    "languages": lambda value: _fits(value, [lambda each: _is_text(each) and len(each) <= 12]) and bool(value),
    "targets": lambda value: _fits(value, [_is_text]) and len(value) <= 100,
    "size": lambda value: _is_count(value) and 0 <= value <= 4_096,
    "encoder": _is_text,
    "decision": lambda value: value is None or _fits(value, [_is_factor] * len(STANCES)),
    "sha256": _is_text,
    "targets_tested?": [_is_text],
    "experimental?": [_is_text],
    "limits?": [_is_text],
    "data?": lambda value: _fits(value, {}) and (not value.get("held_out") or _fits(value["held_out"], _HELD_OUT)),
    "measures?": _MEASURES,
    "by_language?": {"*": {**_OF_LANGUAGE, "real?": _OF_LANGUAGE}},
}
"""Forms of the entries of a card that are scored with, or shown; it may come from anyone."""
_SCORED = ("format", "kind", "languages", "targets", "size", "encoder", "decision", "sha256")


def _require(is_so: object, path: Path, seen: str, expected: str) -> None:
    """Refuse a folder in one line.

    :raises ModelError: If a condition does not hold.
    """
    if not is_so:
        raise ModelError(f"{path}: {seen}; expected {expected}")


def _read_card(folder: Path) -> Record:
    """Read and check ``card.json``."""
    path = folder / CARD
    pickled = next((each for each in (folder, *sorted(folder.glob("*"))) if each.suffix in _PICKLES), None)
    if not path.is_file():
        found = f"{pickled.name}, a pickle, which could run code and is never loaded" if pickled else ""
        kind = "a file, not a model folder" if folder.is_file() else "no model" if any(folder.glob("*")) else ""
        raise ModelError(f"{folder}: {found or kind or 'an empty folder'}; expected {CARD}")
    try:
        card = json.loads(_read_bytes(path, _MOST_CARD))
        _require(isinstance(card, dict), path, f"a JSON {type(card).__name__}", "an object")
        card = plain_json(card)
    except (ValueError, RecursionError) as error:
        reason = str(error) if "levels" in str(error) else "not JSON"
        raise ModelError(f"{path}: {reason}; expected a model card") from None
    for key, form in _CARD_FORM.items():
        name = key.removesuffix("?")
        _require(name in card or key != name, path, f"no {name!r}", ", ".join(_SCORED))
        is_right = name not in card or (card[name] is None and key != name) or _fits(card[name], form)
        _require(is_right, path, f"{name} {str(card.get(name))[:60]}", "what stance train writes")
    return cast(Record, card)


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value that can be shown and written: no control characters, None for numbers that are none.

    :raises ValueError: If it is nested deeper than any card of ours, which have seven levels.
    """
    if depth > _MOST_LEVELS:
        raise ValueError(f"more than {_MOST_LEVELS} levels")
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain_json(key, depth): plain_json(each, depth + 1) for key, each in value.items()}
    return [plain_json(each, depth + 1) for each in value] if isinstance(value, list) else value


# Arrays ---------------------------------------------------------------------------------------------------------------


def _read_bytes(path: Path, most: int) -> bytes:
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected it in a model folder")
    with file_errors(path, "cannot be read", "a readable file", ModelError), path.open("rb") as file:
        content = file.read(most + 1)
    _require(len(content) <= most, path, f"more than {most} bytes", "at most that")
    return content


def _read_arrays(folder: Path, card: Record) -> Arrays:
    """Read the arrays of a folder; those that are not listed in its card are refused."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / ARRAYS
    content = _read_bytes(path, _MOST_BYTES)
    is_listed = hashlib.sha256(content).hexdigest() == card["sha256"]
    _require(is_listed, path, f"its digest is not the one in {CARD}", "the file that was saved")
    try:
        return dict(load(content))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: {str(error)[:100] or 'damaged'}; expected the arrays of stance train") from None


def _checked(path: Path, arrays: Arrays, name: str, shape: tuple[int | None, ...]) -> Floats:
    """Return one array of numbers with an expected shape; None: any length."""
    found = arrays.get(name)
    if found is None:
        raise ModelError(f"{path}: no array {name!r}; expected one of shape {shape}")
    is_shaped = len(found.shape) == len(shape) and all(
        n in (None, own) for n, own in zip(shape, found.shape, strict=True)
    )
    is_float = found.dtype in (np.dtype("<f2"), np.dtype("<f4"))
    _require(is_shaped and is_float, path, f"{name}: {found.dtype} of shape {found.shape}", f"floats of shape {shape}")
    array: Floats = found.astype(np.float64)
    is_sound = np.isfinite(array).all() and (np.abs(array) <= _MOST_WEIGHT).all()
    _require(is_sound, path, f"{name}: numbers beyond {_MOST_WEIGHT:g}", "none")
    return array


def shortened(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array as it is stored: large ones in half precision."""
    # Minimum number of numbers of an array that is stored in half precision.
    if values.size < 10_000 or np.abs(values).max() > np.finfo("<f2").max:
        return np.ascontiguousarray(values, "<f4")
    return np.ascontiguousarray(values, "<f2")


# Saving ---------------------------------------------------------------------------------------------------------------


def save_model(model: StanceModel, folder: Path, *, trained_on: Iterable[int] = ()) -> StanceModel:
    """Write a model folder atomically, replacing an existing model.

    :param trained_on: Digests of the pairs that it learned from, each as :func:`stance.records.pair_digest`.
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
    if model.kept is not None:  # a byte each; in half precision, they were half of a model
        scale = np.abs(model.kept).max(axis=0, initial=1e-9) / 127
        stored |= {"kept_scale": scale.astype("<f4"), "kept_bytes": np.round(model.kept / scale).astype("i1")}
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
        elif not (is_model and path.is_file() and path.name in (CARD, ARRAYS, _README)):
            lost = f"{path}: no part of a model, and would be lost"
            raise ModelError(f"{lost}; expected a new folder, or a model folder")


# Loading --------------------------------------------------------------------------------------------------------------


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
    places = [place for place in (folder, folder / OTHERS) if (place / CARD).is_file()]
    found = [_digests(place / ARRAYS, _read_arrays(place, _read_card(place))) for place in places]
    return np.unique(np.concatenate([np.zeros(0, np.uint64), *found]))


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


def installed_models() -> tuple[str, ...]:
    """Name the models that are installed."""
    return tuple(sorted(path.parent.name for path in MODELS.glob(f"*/{CARD}")))


def model_digest(folder: Path) -> str:
    """Digest all that a model folder scores with; the first four hexadecimal digits follow its name in every score.

    :raises ModelError: If it is not a model of this version.
    """
    card, others = _read_card(folder), _folder_of_others(folder)
    cards = [card, _read_card(others)] if others else [card]
    digests = [
        hashlib.sha256(json.dumps({key: each[key] for key in _SCORED}, sort_keys=True).encode()).hexdigest()
        for each in cards
    ]
    return hashlib.sha256("".join(digests).encode()).hexdigest() if others else digests[0]


def _folder_of_others(folder: Path) -> Path | None:
    """Return the folder of the model of other languages; None if there is none."""
    return folder / OTHERS if (folder / OTHERS / CARD).is_file() else None


def _load_folder(folder: Path, name: str) -> StanceModel:
    others, whole = _folder_of_others(folder), f"{name}@{model_digest(folder)[:4]}"
    return replace(_load_part(folder), name=whole, others=_load_part(others) if others else None)


def _load_part(folder: Path) -> StanceModel:
    card = _read_card(folder)
    arrays, path = _read_arrays(folder, card), folder / ARRAYS
    columns, sound = _columns(folder, card, arrays), None
    if "sound" in arrays and isinstance(columns, PairReader):
        sound = _checked(path, arrays, "sound", (_SOUND_ROWS, columns.size + 1))
    return StanceModel(
        folder.name,
        columns,
        _checked(path, arrays, "coef", (len(STANCES), columns.width)),
        _checked(path, arrays, "intercept", (len(STANCES),)),
        tuple(card["languages"]),
        None if card["decision"] is None else cast(Any, tuple(map(float, card["decision"]))),
        card,
        sound,
        _kept(path, arrays, columns.width),
        learned=_digests(path, arrays),
    )


def _kept(path: Path, arrays: Arrays, width: int) -> Floats | None:
    """Return the columns of pairs that a model keeps: bytes with a scale for each column, formerly floats."""
    if "kept" not in arrays and "kept_bytes" not in arrays:
        return None
    if (in_bytes := arrays.get("kept_bytes")) is None:
        kept = _checked(path, arrays, "kept", (None, width))
    else:
        is_shaped = in_bytes.dtype == np.int8 and in_bytes.ndim == 2 and in_bytes.shape[1] == width
        _require(is_shaped, path, f"kept_bytes: {in_bytes.dtype} of shape {in_bytes.shape}", f"bytes, {width} a pair")
        kept = in_bytes * _checked(path, arrays, "kept_scale", (width,))
    _require(len(kept) <= _MOST_KEPT, path, f"{len(kept)} pairs kept", f"at most {_MOST_KEPT}")
    return kept


def _digests(path: Path, arrays: Arrays) -> NDArray[np.uint64]:
    """Return the digests of pairs among the arrays of a model."""
    rows = arrays.get(_ROWS, np.zeros(0, "<u8"))
    are_digests = rows.ndim == 1 and rows.dtype == np.dtype("<u8")
    _require(are_digests, path, f"{_ROWS}: {rows.dtype} of shape {rows.shape}", "digests of pairs")
    return rows


def _columns(folder: Path, card: Record, arrays: Arrays) -> Columns:
    if card["kind"] == "words":
        return WordReader()
    wanted, places = card["encoder"], (READER, ENCODER, MULTILINGUAL_ENCODER)
    encoders = map(encoder_in, filter(Path.is_dir, places))
    encoder = next((each for each in encoders if wanted == each.digest or wanted in each.earlier), None)
    if encoder is None:
        seen = f"made with the encoder {wanted[:12]!r}, which is not installed"
        raise ModelError(f"{folder / CARD}: {seen}; expected one of this version")
    shapes = reader_shapes(len(card["targets"]), card["size"])
    weights = {key: _checked(folder / ARRAYS, arrays, key, shape).astype(np.float32) for key, shape in shapes.items()}
    return PairReader(encoder, tuple(card["targets"]), weights)
