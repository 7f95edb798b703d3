"""Save and load model folders, without executing anything in them.

A folder holds ``model.json`` (the description), one ``.npy`` file per array, ``card.json`` (data and measures), and
``train_rows.npy`` (digests of the pairs it was trained on); that of an adapted model also holds its base model, in the
folder ``base``, and that of a model for several languages the model of those that are not English, in the folder
``others``. Nothing in it is code: no pickle, no joblib. A folder may come from anyone, so types, shapes, ranges and
sizes are checked before a number is used.
"""

import hashlib
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copytree
from tokenize import TokenError
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Factors, Record
from stance.exceptions import ModelError, unknown
from stance.resources import CUES, MODELS, OTHER_LANGUAGES, file_errors, replace_folder, temporary_folder
from stance.scoring.classifier import FEW_COLUMNS, Array, FittedClassifier, Floats
from stance.scoring.clauses import ENGLISH
from stance.scoring.cues import N_KEYS, cue_digest
from stance.scoring.encoder import (
    GATE_COLUMNS,
    HIDDEN,
    POOL_SHAPE,
    REPLAY,
    SIZE,
    PairReader,
    Reading,
    default_encoder,
    multilingual_encoder,
    reader_shapes,
)
from stance.scoring.features import DENSE, InstanceFeatures
from stance.scoring.model import ADDED, AdaptedFeatures, OtherLanguages, StanceModel, TextSentiments


class PersistenceConstants:
    """Constants of this module."""

    format = "stance-model/5"
    model = "model.json"
    card = "card.json"
    readme = "README.md"
    train_rows = "train_rows.npy"
    base = "base"
    others = "others"  # fmt: skip
    max_levels = 20  # Maximum number of levels of objects and lists in a card.
    max_array = 200_000_000  # Maximum number of bytes; with 2^15 hashes and a hundred targets a model takes 160 MB.
    max_weight = 1e6  # Maximum of a number in an array: beyond it a number is damage, not a weight.
    bits = 5  # Number of significant bits of these; with 24, 2 of 14,490 rows of real comments have another label.
    not_an_array = (ValueError, SyntaxError, TypeError, EOFError, LookupError, TokenError, RecursionError, MemoryError)
    """Exceptions of NumPy at invalid files: it tokenizes headers and parses them as Python literals."""


_C = PersistenceConstants


ADAPTED_FORMAT = "stance-adapted/7"

_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".sav")

Arrays = dict[str, Array]


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


def _is_measure(value: object) -> bool:
    return value is None or _is_number(value)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < 10**12


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_targets(value: object) -> bool:
    return _fits(value, [_is_text]) and len(cast(list[str], value)) <= 100


def _are_classes(value: object) -> bool:
    return _are_targets(value) and len(found := cast(list[str], value)) > 1 and found == sorted({*found} & {*STANCES})


def _are_factors(value: object) -> bool:
    return value is None or _fits(value, [lambda each: _is_number(each) and 0 < each <= 1_000] * len(STANCES))


_HELD_OUT = {"pairs": _is_count, "stories": _is_count}
_ROW: Mapping[str, Form] = {
    "n": _is_count,
    **dict.fromkeys(("macro_f1", "accuracy", "favg", "ece"), _is_measure),
    "coverage?": _is_number,
    "f1?": {"*": _is_number},
    "interval?": {"*": [_is_number, _is_number]},
}
_MEASURES: Mapping[str, Form] = {**_ROW, "targets?": {"*": _ROW}, "baselines?": {"*": _ROW}}
_CARD_FORM: Mapping[str, Form] = {
    "targets_tested": [_is_text],
    "languages": [_is_text],
    "experimental": [_is_text],
    "data": lambda value: _fits(value, {}) and (not value.get("held_out") or _fits(value["held_out"], _HELD_OUT)),
    "measures": _MEASURES,
}
"""Forms of entries of a card that commands and reports show; it may come from anyone."""

_SHARED: Mapping[str, Form] = {
    "name": _is_text,
    "classes": _are_classes,
    "languages": [lambda each: _is_text(each) and len(each) <= 12],
    "dense": lambda value: value == list(DENSE),
    "anchors": _are_targets,
    "decision": _are_factors,
    "files": {"*": _is_text},
}
_KEYS: Mapping[str, Mapping[str, Form]] = {
    _C.format: {
        **_SHARED,
        "n_hashes": lambda value: _is_count(value) and 0 < value <= 2**20,
        "encoder": lambda value: value is None or _is_text(value),
        "reader": lambda value: value is None or _are_targets(value),
    },
    ADAPTED_FORMAT: {
        **_SHARED,
        "added": lambda value: value == list(ADDED),
        "base": _is_text,
        "reads_words": _is_flag,
        "judges_unnamed": _is_flag,
    },
}
"""Entries of ``model.json`` by format, with their forms."""


def _require(is_so: object, path: Path, seen: str, expected: str) -> None:
    """Refuse a folder in one line.

    :raises ModelError: If a condition does not hold.
    """
    if not is_so:
        raise ModelError(f"{path}: {seen}; expected {expected}")


def _read_json(path: Path) -> Record:
    try:
        value = json.loads(_read_bytes(path, 1_000_000))  # maximum number of bytes of a JSON file
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: not JSON; expected a JSON object") from None
    _require(isinstance(value, dict), path, f"a JSON {type(value).__name__}", "an object")
    return cast(Record, value)


def _read_description(folder: Path) -> Record:
    """Read and check ``model.json``."""
    path = folder / _C.model
    pickled = next((each for each in (folder, *sorted(folder.glob("*"))) if each.suffix in _PICKLES), None)
    if not path.is_file():
        found = f"{pickled.name}, a pickle, which could run code and is never loaded" if pickled else ""
        kind = "a file, not a model folder" if folder.is_file() else "no model" if any(folder.glob("*")) else ""
        raise ModelError(f"{folder}: {found or kind or 'an empty folder'}; expected {_C.model}")
    description = _read_json(path)
    kind = str(description.get("format"))[:40]
    _require(kind in _KEYS, path, f"format {kind!r}", repr(_C.format))
    for key, form in _KEYS[kind].items():
        _require(key in description, path, f"no {key!r}", ", ".join(_KEYS[kind]))
        _require(_fits(description[key], form), path, f"{key} {str(description[key])[:60]}", "what stance train writes")
    return description


def _read_card(path: Path) -> Record:
    if not path.is_file():
        return {}
    try:
        card: Record = plain_json(_read_json(path))
    except ValueError as error:
        raise ModelError(f"{path}: {error}; expected the card of a model") from None
    for key, form in _CARD_FORM.items():
        _require(
            not card.get(key) or _fits(card[key], form), path, f"{key} {str(card.get(key))[:40]}", "a model's card"
        )
    if measures := card.get("measures"):
        names = [key.removesuffix("?") for key in _MEASURES]
        card["measures"] = {key: value for key, value in measures.items() if key in names or isinstance(value, str)}
    return card


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value that can be shown and written: no control characters, None for numbers that are none.

    :raises ValueError: If it is nested deeper than any card of ours, which have seven levels.
    """
    if depth > _C.max_levels:
        raise ValueError(f"more than {_C.max_levels} levels")
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain_json(key, depth): plain_json(each, depth + 1) for key, each in value.items()}
    return [plain_json(each, depth + 1) for each in value] if isinstance(value, list) else value


# Arrays ---------------------------------------------------------------------------------------------------------------


class _ArrayForm(NamedTuple):
    """The shape and range that one array must have."""

    shape: tuple[int, ...]
    low: float = -_C.max_weight
    high: float = _C.max_weight


def _learned_forms(n_classes: int, n_dense: int, channels: Mapping[str, int]) -> dict[str, _ArrayForm]:
    """Return the forms of the arrays of channels, and of the regression that reads them with the dense columns."""
    n_read = n_dense + n_classes * len(channels)
    forms = {"mean": _ArrayForm((n_read,)), "scale": _ArrayForm((n_read,), low=1e-9)}
    forms |= {"coef": _ArrayForm((n_classes, n_read)), "intercept": _ArrayForm((n_classes,))}
    for name, size in channels.items():
        forms |= {f"{name}_coef": _ArrayForm((n_classes, size)), f"{name}_intercept": _ArrayForm((n_classes,))}
    return forms


def _forms(description: Record, features: InstanceFeatures) -> dict[str, _ArrayForm]:
    """Return the forms of the arrays of a model that was not adapted."""
    forms = {
        "idf": _ArrayForm((features.n_text,), low=0.0),
        "cue_coef": _ArrayForm((N_KEYS,)),
        "unnamed": _ArrayForm((2, 3, len(STANCES)), low=0.0, high=1.0),
        **_learned_forms(len(description["classes"]), len(DENSE), features.channel_sizes),
    }
    if description["encoder"] is not None and "sentiment_coef.npy" in description["files"]:
        forms |= {"sentiment_coef": _ArrayForm((3, SIZE)), "sentiment_intercept": _ArrayForm((3,))}
    if description["encoder"] is not None and description["reader"] is not None:
        shapes = reader_shapes(len(description["reader"]))
        forms |= {f"reader_{name}": _ArrayForm(shape) for name, shape in shapes.items()}
        forms |= {"pool": _ArrayForm(POOL_SHAPE), "replay": _ArrayForm((REPLAY, HIDDEN))}
        if "gate_coef.npy" in description["files"]:  # it chooses the texts that the reader is asked about
            forms |= {"gate_coef": _ArrayForm((GATE_COLUMNS,)), "gate_intercept": _ArrayForm((1,))}
    return forms


def _learned_arrays(classifier: FittedClassifier, channels: Iterable[str]) -> Arrays:
    arrays: Arrays = {"mean": classifier.mean_, "scale": classifier.scale_}
    arrays |= {"coef": classifier.coef_, "intercept": classifier.intercept_}
    for name, (coef, intercept) in zip(channels, classifier.channels_, strict=True):
        arrays |= {f"{name}_coef": coef, f"{name}_intercept": intercept}
    return arrays


def _arrays(model: StanceModel) -> Arrays:
    features, reading = model.plain_features, model.reading
    arrays = {"idf": features.idf_, "cue_coef": features.cue_coef_, "unnamed": model.unnamed}
    arrays |= _learned_arrays(model.classifier, features.channel_sizes)
    if model.sentiments is not None:
        arrays |= {"sentiment_coef": model.sentiments.coef, "sentiment_intercept": model.sentiments.intercept}
    if reading is not None:
        arrays |= {f"reader_{name}": array for name, array in reading.reader.weights.items()}
        arrays |= {"pool": reading.pool, "replay": reading.replay}
        if reading.gate is not None:
            arrays |= {"gate_coef": reading.gate[0], "gate_intercept": np.array([reading.gate[1]])}
    return arrays


def _classifier(classes: Sequence[str], channels: Mapping[str, int], arrays: Mapping[str, Floats]) -> FittedClassifier:
    classifier = FittedClassifier(channels=tuple(channels.values()))
    classifier.classes_, classifier.prior_ = np.array(classes), 1.0
    # Wide weights are laid out so that products with sparse rows, which read them transposed, need no copy.
    classifier.channels_ = [
        (np.asarray(arrays[f"{name}_coef"], order="F" if size > FEW_COLUMNS else None), arrays[f"{name}_intercept"])
        for name, size in channels.items()
    ]
    classifier.mean_, classifier.scale_ = arrays["mean"], arrays["scale"]
    classifier.coef_, classifier.intercept_ = arrays["coef"], arrays["intercept"]
    return classifier


def _held(path: Path) -> Path:
    """Return the place of a file of a model: its own folder, or that of ``light`` for equal ones of ``default``."""
    is_shared = not path.is_file() and path.parent.resolve() == (MODELS / "default").resolve()
    return MODELS / "light" / path.name if is_shared else path


def _read_bytes(path: Path, most: int) -> bytes:
    path = _held(path)
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected it in a model folder")
    with file_errors(path, "cannot be read", "a readable file", ModelError), path.open("rb") as file:
        content = file.read(most + 1)
    _require(len(content) <= most, path, f"more than {most} bytes", "at most that")
    return content


def _read_arrays(folder: Path, description: Record, forms: Mapping[str, _ArrayForm]) -> dict[str, Floats]:
    return {name: _read_array(folder / f"{name}.npy", form, description["files"]) for name, form in forms.items()}


def _read_array(path: Path, expected: _ArrayForm, digests: Mapping[str, str]) -> Floats:
    """Read one ``.npy`` file of numbers, by its own header only if that is the one expected."""
    size, shape = 4 * int(np.prod(expected.shape)), f"of shape {expected.shape}"
    _require(size <= _C.max_array, path, f"{size:,} bytes by what {_C.model} says", f"at most {_C.max_array:,}")
    content = _read_bytes(path, size + 1_000)
    is_listed = _digest(content) == digests.get(path.name)
    _require(is_listed, path, f"its digest is not the one in {_C.model}", "the file that was saved")
    found = _read_npy(path, content, f"one {shape}")
    is_expected = found.shape == expected.shape and found.dtype in (np.dtype("<f2"), np.dtype("<f4"))
    _require(is_expected, path, f"{found.dtype} of shape {found.shape}", f"float32 or float16 {shape}")
    array: Floats = found.astype(np.float64)
    is_sound = np.isfinite(array).all() and (array >= expected.low).all() and (array <= expected.high).all()
    _require(is_sound, path, f"numbers outside [{expected.low:g}, {expected.high:g}]", "none")
    return array


def _read_npy(path: Path, content: bytes, expected: str) -> Array:
    """Read an array of numbers; NumPy reads no pickle, and no more than there is."""
    try:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except _C.not_an_array:
        raise ModelError(f"{path}: not a NumPy array of numbers; expected {expected}") from None


def shortened(values: Floats) -> Array:
    """Return an array as it is stored: large ones in half precision, rounded so that they compress well."""
    # Minimum number of numbers of an array that is stored in half precision.
    if values.size < 10_000 or np.abs(values).max() > np.finfo("<f2").max:
        return values.astype("<f4")
    fractions, exponents = np.frexp(values)
    return np.ldexp(np.round(fractions * 2**_C.bits) / 2**_C.bits, exponents).astype("<f2")


def _array_bytes(array: Array) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Saving ---------------------------------------------------------------------------------------------------------------


def save_model(
    model: StanceModel,
    folder: Path,
    *,
    trained_on: Iterable[int] = (),
    base_trained_on: Iterable[int] = (),
) -> StanceModel:
    """Write a model folder atomically, replacing an existing model.

    :param trained_on: Digests of the pairs that it was trained on, each as :func:`stance.records.pair_digest`.
    :param base_trained_on: Likewise for its base model, as :func:`train_rows` returns them.
    :return: The model as it will be loaded: weights in single precision, large arrays in half precision, and the
        name with their digest.
    :raises ModelError: If it cannot be written, or the folder holds something other than a model.
    """
    require_place(folder)
    with file_errors(folder, kind=ModelError), temporary_folder(folder.parent, f".{folder.name}-") as temporary:
        written = temporary / "new"
        written.mkdir()
        if model.is_adapted:
            save_model(model.base, written / _C.base, trained_on=base_trained_on)
        if model.others is not None:
            model.others.save(written / _C.others)
        own, arrays = _description(model, model_digest(written / _C.base) if model.is_adapted else "")
        contents = {f"{name}.npy": _array_bytes(shortened(values)) for name, values in arrays.items()}
        files = {file: _digest(content) for file, content in contents.items()}
        contents[_C.model] = _json_bytes(own | {"name": folder.name, "files": files})
        contents[_C.card] = _json_bytes(dict(model.card))
        contents[_C.train_rows] = _array_bytes(np.unique(np.fromiter(trained_on, dtype="<u8")))
        for name, content in contents.items():
            (written / name).write_bytes(content)
        loaded = _load_folder(written, folder.name)
        replace_folder(written, folder)
    return loaded


def require_place(folder: Path) -> None:
    """Refuse a folder that holds anything but a model, which would be overwritten.

    :raises ModelError: If it does; the message names the file.
    """
    is_model = (folder / _C.model).is_file()  # a folder without a description is none
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder] * folder.exists():
        if is_model and path.name in (_C.base, _C.others) and path.is_dir():
            require_place(path)
        elif not (
            is_model and path.is_file() and (path.name in (_C.model, _C.card, _C.readme) or path.suffix == ".npy")
        ):
            lost = f"{path}: no part of a model, and would be lost"
            raise ModelError(f"{lost}; expected a new folder, or that of a model")


def _description(model: StanceModel, base: str) -> tuple[Record, Arrays]:
    """Return the description of a model, and its arrays.

    :param base: The digest of the model that it was adapted from; empty if it was not.
    """
    classifier, features = model.classifier, model.features
    own: Record = {
        "classes": [str(label) for label in classifier.classes_],
        "languages": list(model.own_languages),
        "dense": list(DENSE),
        "decision": None if model.decision is None else list(model.decision),
    }
    if not isinstance(features, AdaptedFeatures):
        own |= {
            "format": _C.format,
            "n_hashes": features.n_hashes,
            "encoder": None if model.encoder is None else model.encoder.digest,
            "reader": None if model.reading is None else list(model.reading.reader.targets),
            "anchors": [],
        }
        return own, _arrays(model)
    own |= {
        "format": ADAPTED_FORMAT,
        "added": list(ADDED),
        "anchors": list(features.anchors_),
        "base": base,
        "reads_words": features.reads_words_,
        "judges_unnamed": model.judges_unnamed,
    }
    arrays = _learned_arrays(classifier, features.channel_sizes)
    arrays["prior"] = np.array([classifier.prior_])
    if classifier.reach_ is not None:
        arrays |= {"reach_coef": classifier.reach_[0], "reach_intercept": np.array([classifier.reach_[1]])}
    return own, arrays


def _json_bytes(value: Record) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


# Loading --------------------------------------------------------------------------------------------------------------


def load_model(name: str | Path = "default") -> StanceModel:
    """Load an installed model by its name, or a model folder.

    :raises ModelError: If there is none, or it is not a model of this version, damaged or unsafe.
    """
    folder = model_folder(name)
    return _load_folder(folder, folder.resolve().name)


def load_base(name: str | Path = "default") -> StanceModel:
    """Load a model to start from: one that was not adapted itself.

    :raises ModelError: As :func:`load_model`, and if it was; names what it started from.
    """
    model = load_model(name)
    if model.is_adapted:
        settings = model.card.get("settings")
        start = str((settings.get("start_from") if isinstance(settings, dict) else "") or model.base.name)[:60]
        start = shipped if (shipped := start.partition("@")[0]) in installed_models() else start
        seen = f"--from {model.name}: was itself adapted to labels, and learning starts from {start}"
        raise ModelError(f"{seen}; expected {start}, and the labels of both")
    return model


def train_rows(folder: Path) -> NDArray[np.uint64]:
    """Return the digests of the pairs that a model, its base and that of other languages were trained on.

    :return: Sorted; empty where the folder does not say.
    :raises ModelError: If the file is damaged.
    """
    found = [np.zeros(0, np.uint64)]
    for place in (folder, folder / _C.base, folder / _C.others, folder / _C.others / _C.base):
        if (path := _held(place / _C.train_rows)).is_file():
            # Maximum number of digests of training pairs.
            rows = _read_npy(path, _read_bytes(path, 8 * 10_000_000 + 1_000), "digests of pairs")
            are_digests = rows.ndim == 1 and rows.dtype == np.dtype("<u8")
            _require(are_digests, path, f"{rows.dtype} of shape {rows.shape}", "digests of pairs")
            found.append(rows)
    return np.unique(np.concatenate(found))


def model_folder(name: str | Path) -> Path:
    """Return the folder of an installed model by its name, or the folder that is named.

    :raises ModelError: If there is none.
    """
    folder = MODELS / name if str(name) in installed_models() else Path(name)
    if not folder.exists():
        raise ModelError(unknown("no model", name, installed_models(), "Or a model folder."))
    return folder


def installed_models() -> tuple[str, ...]:
    """Name the models that ship with the package."""
    return tuple(sorted(path.parent.name for path in MODELS.glob(f"*/{_C.model}")))


def model_digest(folder: Path) -> str:
    """Digest all that a model folder scores with: its description, its arrays, and the cues of this version.

    :return: 64 hexadecimal digits; the first four follow the model's name in every score.
    :raises ModelError: If it is not a model of this version.
    """
    description = _read_description(folder)
    if description["format"] == ADAPTED_FORMAT:
        description = description | {"base": _scoring_digest(_base_description(folder))}
    own = _scoring_digest(description)
    return _digest(f"{own}{model_digest(folder / _C.others)}".encode()) if (folder / _C.others).is_dir() else own


def _base_description(folder: Path) -> Record:
    """Read the description of the base of an adapted model, which was not adapted itself, so this ends."""
    inside = _read_description(folder / _C.base)
    is_plain = inside["format"] == _C.format
    _require(is_plain, folder / _C.base, f"not the model that {_C.model} names", "the one it was made from")
    return inside


def _scoring_digest(description: Record) -> str:
    """Digest all that is read when scoring: arrays by their own digests, and no name, which follows the folder."""
    read = {key: description[key] for key in ("format", *_KEYS[description["format"]]) if key != "name"}
    places = [CUES / language for language in description["languages"] if language in OTHER_LANGUAGES]
    cues = cue_digest() + "".join(map(cue_digest, places))
    return _digest((cues + json.dumps(read, sort_keys=True)).encode())


def _load_folder(folder: Path, name: str) -> StanceModel:
    description = _read_description(folder)
    is_adapted = description["format"] == ADAPTED_FORMAT
    model: StanceModel = (_load_adapted if is_adapted else _load_plain)(folder, description)
    model = replace(
        model,
        name=f"{name}@{model_digest(folder)[:4]}",
        languages=tuple(description["languages"]),
        card=_read_card(folder / _C.card),
        decision=_decision(description),
    )
    if not (folder / _C.others).is_dir():
        return model
    others = load_others(folder / _C.others)
    return replace(model, others=others, languages=(*model.languages, *others.languages))


def load_others(folder: Path) -> OtherLanguages:
    """Describe the model of other languages in a folder; its weights are read when they are needed.

    :raises ModelError: If it is not a model of this version.
    """
    description, card = _read_description(folder), _read_card(folder / _C.card)
    languages = tuple(description["languages"])
    return OtherLanguages(
        languages,
        tuple(language for language in card.get("experimental", ()) if language in languages),
        partial(_load_folder, folder, folder.name),
        partial(copytree, folder),
        partial(train_rows, folder),
        _decision(description),
        measures if isinstance(measures := card.get("by_language"), dict) else {},
    )


def _load_plain(folder: Path, description: Record) -> StanceModel:
    reading = sentiments = encoder = None
    if description["encoder"] is not None:
        is_english = description["languages"] == [ENGLISH]
        encoder = default_encoder() if is_english else multilingual_encoder()
        made_with, shipped = description["encoder"], encoder.digest
        _require(made_with == shipped, folder / _C.model, f"made with encoder {made_with[:12]!r}", repr(shipped[:12]))
    features = InstanceFeatures(n_hashes=description["n_hashes"])
    arrays = _read_arrays(folder, description, _forms(description, features))
    features.idf_, features.cue_coef_ = arrays["idf"], arrays["cue_coef"]
    if encoder is not None and "sentiment_coef" in arrays:
        sentiments = TextSentiments(encoder, arrays["sentiment_coef"], arrays["sentiment_intercept"])
    if encoder is not None and "pool" in arrays:
        targets = tuple(description["reader"])
        weights = {name: arrays[f"reader_{name}"].astype(np.float32) for name in reader_shapes(len(targets))}
        gate = (arrays["gate_coef"], float(arrays["gate_intercept"][0])) if "gate_coef" in arrays else None
        reading = Reading(PairReader(encoder, targets, weights), gate, arrays["pool"], arrays["replay"])
    sums = arrays["unnamed"].sum(axis=2, keepdims=True)
    _require(np.allclose(sums, 1, atol=1e-3), folder / "unnamed.npy", "shares that do not sum to 1", "probabilities")
    classifier = _classifier(description["classes"], features.channel_sizes, arrays)
    return StanceModel(features, classifier, arrays["unnamed"] / sums, "", sentiments=sentiments, reading=reading)


def _load_adapted(folder: Path, description: Record) -> StanceModel:
    inside = _base_description(folder)
    is_base = description["base"] == _scoring_digest(inside)
    _require(is_base, folder / _C.base, f"not the model that {_C.model} names", "the one it was made from")
    features = AdaptedFeatures(_load_folder(folder / _C.base, inside["name"][:60]))
    features.labels_, features.anchors_ = tuple(description["classes"]), tuple(description["anchors"])
    features.reads_words_ = description["reads_words"]
    channels = features.channel_sizes
    forms = _learned_forms(len(features.labels_), features.n_dense, channels)
    forms["prior"] = _ArrayForm((1,), low=0.0, high=1.0)
    if has_reach := features.base.reading is not None:
        forms |= {"reach_coef": _ArrayForm((HIDDEN,)), "reach_intercept": _ArrayForm((1,))}
    arrays = _read_arrays(folder, description, forms)
    classifier = _classifier(features.labels_, channels, arrays)
    if has_reach:
        classifier.reach_ = arrays["reach_coef"], float(arrays["reach_intercept"][0])
    classifier.has_prior, classifier.prior_ = True, float(arrays["prior"][0])
    return StanceModel(
        features,
        classifier,
        features.base.unnamed,
        "",
        sentiments=features.base.sentiments,
        judges_unnamed=description["judges_unnamed"],
    )


def _decision(description: Record) -> Factors | None:
    rule = description["decision"]
    return None if rule is None else (float(rule[0]), float(rule[1]), float(rule[2]), float(rule[3]))
