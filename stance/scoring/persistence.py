"""Save and load model folders, without executing anything in them.

A folder holds ``model.json`` (the description), one ``.npy`` file per array, ``card.json`` and ``README.md`` (data and
measures), and ``train_rows.npy`` (digests of the pairs it was trained on); that of an adapted model also holds its base
model, in the folder ``base``, and that of a model for several languages the model of those that are not English, in
the folder ``others``. Nothing in it is code: no pickle, no joblib. A folder may come from anyone, so types,
shapes, ranges and sizes are checked before a number is used.
"""

import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from shutil import copytree
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Factors
from stance.exceptions import ModelError, unknown
from stance.resources import CUES, MODELS, OTHER_LANGUAGES, file_errors, replace_folder, temporary_folder
from stance.scoring.clauses import ENGLISH
from stance.scoring.cues import N_KEYS, cue_digest
from stance.scoring.encoder import AXES, POOLS, SIZE, MeaningFeatures, default_encoder, multilingual_encoder
from stance.scoring.features import DENSE, InstanceFeatures
from stance.scoring.fitted import FEW_COLUMNS, FittedClassifier
from stance.scoring.model import ADDED, AdaptedFeatures, OtherLanguages, StanceModel, TextSentiments
from stance.scoring.reader import GATE_COLUMNS, HIDDEN, POOL_SHAPE, REPLAY, PairReader, Reading, reader_shapes

FORMAT = "stance-model/5"
ADAPTED_FORMAT = "stance-adapted/6"
CHANNELS = ("words", "meanings")
"""Names of the channels of a model that was not adapted, in order; it has the first of them, or both."""

_MODEL, _CARD, _README, _TRAIN_ROWS, _BASE = "model.json", "card.json", "README.md", "train_rows.npy", "base"
_OTHERS = "others"
_MOST_ROWS = 10_000_000
_MAX_JSON = 1_000_000  # bytes
_MANY_NUMBERS = 10_000  # minimum numbers of an array that is stored in half precision
_BITS = 5  # significant bits of its numbers; with 24, 2 of 14,490 rows of real comments have another label
_PRECISIONS = (np.dtype("<f2"), np.dtype("<f4"))
_MAX_HASHES = 2**20  # columns per channel
_MAX_ARRAY = 200_000_000  # bytes; the largest a model can have with 2^15 hashes and a hundred targets takes 160 MB
_MAX_WEIGHT = 1e6  # beyond it a number is damage, not a weight
_MAX_ANCHORS = 100
_MAX_FACTOR = 1_000.0
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".sav")
_SHARED_KEYS = ("format", "name", "classes", "languages", "dense", "anchors", "decision", "files")
_FLAGS = ("reads_words", "reads_names", "judges_unnamed")
_KEYS: Mapping[str, tuple[str, ...]] = {
    FORMAT: (*_SHARED_KEYS, "n_hashes", "encoder", "reader"),
    ADAPTED_FORMAT: (*_SHARED_KEYS, "added", "base", *_FLAGS),
}
_LEARNED = ("mean", "scale", "coef", "intercept")
_READER = "reader_"
_TONES = 3  # negative, neutral, positive
_NOT_AN_ARRAY = (ValueError, SyntaxError, TypeError, EOFError, LookupError, TokenError, RecursionError, MemoryError)
"""Exceptions of NumPy at invalid files: it tokenizes headers and parses them as Python literals."""

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]
Digests = Iterable[int]
"""Digests of labelled pairs."""


# Arrays ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Array:
    """The shape and range that one array must have."""

    shape: tuple[int, ...]
    low: float = -_MAX_WEIGHT
    high: float = _MAX_WEIGHT


def _learned_layout(
    n_classes: int, n_dense: int, sizes: Sequence[int], names: Sequence[str] = CHANNELS
) -> dict[str, _Array]:
    """Return the arrays of channels and of the regression that reads them beside dense columns, by name."""
    n_read = n_dense + n_classes * len(sizes)
    shapes = ((n_read,), (n_read,), (n_classes, n_read), (n_classes,))
    layout = {name: _Array(shape) for name, shape in zip(_LEARNED, shapes, strict=True)}
    layout["scale"] = _Array((n_read,), low=1e-9)
    for channel, size in zip(names, sizes, strict=False):
        layout |= {f"{channel}_coef": _Array((n_classes, size)), f"{channel}_intercept": _Array((n_classes,))}
    return layout


def _learned_arrays(learned: Any, channels: Iterable[tuple[Floats, Floats]], names: Sequence[str] = CHANNELS) -> Arrays:
    arrays = {name: getattr(learned, f"{name}_") for name in _LEARNED}
    for channel, (coef, intercept) in zip(names, channels, strict=False):
        arrays |= {f"{channel}_coef": coef, f"{channel}_intercept": intercept}
    return arrays


def _layout(description: Mapping[str, Any], features: InstanceFeatures) -> dict[str, _Array]:
    """Return the arrays of a model that was not adapted, by name; those of a reader and of tones where it has them."""
    files = description["files"]
    layout = {
        "idf": _Array((features.n_text,), low=0.0),
        "cue_coef": _Array((N_KEYS,)),
        "unnamed": _Array((2, 3, len(STANCES)), low=0.0, high=1.0),
        **_learned_layout(len(description["classes"]), len(DENSE), features.channels),
    }
    if features.meanings is not None:
        layout |= {f"{pool}_axes": _Array((SIZE, size)) for pool, size in zip(POOLS, AXES, strict=True)}
        n_numbers = len(POOLS) * SIZE
        layout |= {"numbers_mean": _Array((n_numbers,)), "numbers_scale": _Array((n_numbers,), low=1e-9)}
    if description["encoder"] is not None and "sentiment_coef.npy" in files:
        layout |= {"sentiment_coef": _Array((_TONES, SIZE)), "sentiment_intercept": _Array((_TONES,))}
    if description["encoder"] is not None and description["reader"] is not None:
        shapes = reader_shapes(len(description["reader"]))
        layout |= {f"{_READER}{name}": _Array(shape) for name, shape in shapes.items()}
        layout |= {"pool": _Array(POOL_SHAPE), "replay": _Array((REPLAY, HIDDEN))}
        if "gate_coef.npy" in files:  # it chooses the texts that the reader is asked about
            layout |= {"gate_coef": _Array((GATE_COLUMNS,)), "gate_intercept": _Array((1,))}
    return layout


def _arrays(model: StanceModel) -> Arrays:
    classifier, features, meanings, reading = model.classifier, model.features, model.features.meanings, model.reading
    arrays = {"idf": features.idf_, "cue_coef": features.cue_coef_, "unnamed": model.unnamed}
    arrays |= _learned_arrays(classifier, classifier.channels_)
    if meanings is not None:
        arrays |= {"numbers_mean": meanings.mean_, "numbers_scale": meanings.scale_}
        arrays |= {f"{pool}_axes": axes for pool, axes in zip(POOLS, meanings.axes_, strict=True)}
    if model.sentiments is not None:
        arrays |= {"sentiment_coef": model.sentiments.coef, "sentiment_intercept": model.sentiments.intercept}
    if reading is not None:
        arrays |= {f"{_READER}{name}": array for name, array in reading.reader.weights.items()}
        arrays |= {"pool": reading.pool, "replay": reading.replay}
        if reading.gate is not None:
            arrays |= {"gate_coef": reading.gate[0], "gate_intercept": np.array([reading.gate[1]])}
    return arrays


def _classifier(
    classes: Sequence[str], channels: tuple[int, ...], arrays: Mapping[str, Floats], names: Sequence[str] = CHANNELS
) -> FittedClassifier:
    classifier = FittedClassifier(channels=channels)
    classifier.classes_ = np.array(classes)
    classifier.prior_ = 1.0
    classifier.channels_ = [
        (_by_columns(arrays[f"{name}_coef"]), arrays[f"{name}_intercept"]) for name in names[: len(channels)]
    ]
    for name in _LEARNED:
        setattr(classifier, f"{name}_", arrays[name])
    return classifier


def _by_columns(coef: Floats) -> Floats:
    """Lay wide weights out so that products with sparse rows, which read them transposed, need no copy."""
    return np.asfortranarray(coef) if coef.shape[1] > FEW_COLUMNS else coef


# Saving ---------------------------------------------------------------------------------------------------------------


def save_model(
    model: StanceModel, folder: Path, *, readme: str = "", trained_on: Digests = (), base_trained_on: Digests = ()
) -> StanceModel:
    """Write a model folder atomically, replacing an existing model.

    :param trained_on: The pairs that it was trained on, each as :func:`stance.records.pair_digest`.
    :param base_trained_on: Likewise for its base model, as :func:`train_rows` returns them.
    :return: The model as it will be loaded: weights in single precision, large arrays in half precision, and the
        name with their digest.
    :raises ModelError: If it cannot be written, or the folder holds something other than a model.
    """
    require_place(folder)
    with file_errors(folder, kind=ModelError), temporary_folder(folder.parent, f".{folder.name}-") as temporary:
        written = temporary / "new"
        written.mkdir()
        base = ""
        if model.is_adapted:
            about = "The model that the adapted one started from.\n"
            save_model(model.base, written / _BASE, readme=about, trained_on=base_trained_on)
            base = model_digest(written / _BASE)
        contents = _contents(model, folder.name, base)
        if model.others is not None:
            model.others.save(written / _OTHERS)
        contents |= {_CARD: _json_bytes(dict(model.card)), _README: readme.encode()}
        contents[_TRAIN_ROWS] = _array_bytes(np.unique(np.fromiter(trained_on, dtype="<u8")))
        for name, content in contents.items():
            (written / name).write_bytes(content)
        loaded = _load_folder(written, folder.name)
        replace_folder(written, folder)
    return loaded


def require_place(folder: Path) -> None:
    """Refuse a folder that holds anything but a model, which would be overwritten.

    :raises ModelError: If it does; the message names the file.
    """
    is_model = (folder / _MODEL).is_file()  # a folder without a description is none
    for path in sorted(folder.iterdir()) if folder.is_dir() else [folder] * folder.exists():
        if is_model and path.name in (_BASE, _OTHERS) and path.is_dir():
            require_place(path)
        elif not (is_model and path.is_file() and (path.name in (_MODEL, _CARD, _README) or path.suffix == ".npy")):
            lost = f"{path}: no part of a model, and would be lost"
            raise ModelError(f"{lost}; expected a new folder, or that of a model")


def _contents(model: StanceModel, name: str, base: str) -> dict[str, bytes]:
    """Return the files of a model: its arrays, and ``model.json`` with their digests.

    :param base: The digest of the model that it was adapted from; empty if it was not.
    """
    classifier, features = model.classifier, model.features
    own: dict[str, Any]
    if model.is_adapted:
        own = {
            "format": ADAPTED_FORMAT,
            "added": list(ADDED),
            "anchors": list(features.anchors_),
            "base": base,
            "reads_words": features.reads_words_,
            "reads_names": features.reads_names_,
            "judges_unnamed": model.judges_unnamed,
        }
        arrays = _learned_arrays(classifier, classifier.channels_, names=features.channel_names)
        arrays["prior"] = np.array([classifier.prior_])
        if classifier.reach_ is not None:
            arrays |= {"reach_coef": classifier.reach_[0], "reach_intercept": np.array([classifier.reach_[1]])}
    else:
        own = {
            "format": FORMAT,
            "n_hashes": features.n_hashes,
            "encoder": None if model.encoder is None else model.encoder.digest,
            "reader": None if model.reading is None else list(model.reading.reader.targets),
            "anchors": [] if features.meanings is None else list(features.meanings.anchors_),
        }
        arrays = _arrays(model)
    contents = {f"{array}.npy": _array_bytes(shortened(values)) for array, values in arrays.items()}
    own |= {
        "name": name,
        "classes": [str(label) for label in classifier.classes_],
        "languages": list(model.own_languages),
        "dense": list(DENSE),
        "decision": None if model.decision is None else list(model.decision),
        "files": {file: _digest(content) for file, content in contents.items()},
    }
    return contents | {_MODEL: _json_bytes(own)}


def shortened(values: Floats) -> NDArray[Any]:
    """Return an array as it is stored: large ones in half precision, rounded so that they compress well."""
    if values.size < _MANY_NUMBERS or np.abs(values).max() > np.finfo("<f2").max:
        return values.astype("<f4")
    fractions, exponents = np.frexp(values)
    return np.ldexp(np.round(fractions * 2**_BITS) / 2**_BITS, exponents).astype("<f2")


def _array_bytes(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


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
        start = _base_name(model)
        raise ModelError(
            f"--from {model.name}: was itself taught by labels, and learning starts from {start}; "
            f"expected {start}, and the labels of both"
        )
    return model


def _base_name(model: StanceModel) -> str:
    """Name the base of a model as ``--from`` takes it: in its folder, that one is called ``base``."""
    settings = model.card.get("settings")
    stated = settings.get("start_from") if isinstance(settings, dict) else None
    name = str(stated or model.base.name)[:60]
    shipped = name.partition("@")[0]
    return shipped if shipped in installed_models() else name


def train_rows(folder: Path) -> NDArray[np.uint64]:
    """Return the digests of the pairs that a model, its base and that of other languages were trained on.

    :return: Sorted; empty where the folder does not say.
    :raises ModelError: If the file is damaged.
    """
    found = [np.zeros(0, np.uint64)]
    for place in (folder, folder / _BASE, folder / _OTHERS, folder / _OTHERS / _BASE):
        path = _held(place / _TRAIN_ROWS)
        if path.is_file():
            rows = _read_npy(path, _read_bytes(path, 8 * _MOST_ROWS + 1_000), "digests of pairs")
            are_digests = rows.dtype == np.dtype("<u8") and rows.ndim == 1
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
    return tuple(sorted(path.parent.name for path in MODELS.glob(f"*/{_MODEL}")))


def model_digest(folder: Path) -> str:
    """Digest all that a model folder scores with: its description, its arrays, and the cues of this version.

    :return: 64 hexadecimal digits; the first four stand behind the model's name in every score.
    :raises ModelError: If it is not a model of this version.
    """
    description = _read_description(folder)
    if description["format"] == ADAPTED_FORMAT:
        description = description | {_BASE: _scoring_digest(_base_description(folder))}
    own = _scoring_digest(description)
    return _digest(f"{own}{model_digest(folder / _OTHERS)}".encode()) if (folder / _OTHERS).is_dir() else own


def _base_description(folder: Path) -> dict[str, Any]:
    """Read the description of the base of an adapted model, which was not adapted itself, so this ends."""
    inside = _read_description(folder / _BASE)
    is_plain = inside["format"] == FORMAT
    _require(is_plain, folder / _BASE, f"not the model that {_MODEL} names", "the one it was made from")
    return inside


def _scoring_digest(description: Mapping[str, Any]) -> str:
    """Digest all that is read when scoring: arrays by their own digests, and no name, which follows the folder."""
    read = {key: description[key] for key in _KEYS[description["format"]] if key != "name"}
    places = [CUES / language for language in description["languages"] if language in OTHER_LANGUAGES]
    cues = cue_digest() + "".join(map(cue_digest, places))
    return _digest((cues + json.dumps(read, sort_keys=True)).encode())


def _load_folder(folder: Path, name: str) -> StanceModel:
    description = _read_description(folder)
    is_adapted = description["format"] == ADAPTED_FORMAT
    model: StanceModel = (_load_adapted if is_adapted else _load_plain)(folder, name, description)
    place = folder / _OTHERS
    if not place.is_dir():
        return model
    others = load_others(place)
    named = f"{name}@{model_digest(folder)[:4]}"
    return replace(model, others=others, name=named, languages=(*model.languages, *others.languages))


def load_others(folder: Path) -> OtherLanguages:
    """Describe the model of other languages in a folder; its weights are read when they are needed.

    :raises ModelError: If it is not a model of this version.
    """
    description, card = _read_description(folder), _read_card(folder / _CARD)
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


def _load_plain(folder: Path, name: str, description: Mapping[str, Any]) -> StanceModel:
    path, n_hashes = folder / _MODEL, description["n_hashes"]
    languages = tuple(description["languages"])
    is_number = type(n_hashes) is int and 0 < n_hashes <= _MAX_HASHES
    _require(is_number, path, f"n_hashes {str(n_hashes)[:40]}", f"a number from 1 to {_MAX_HASHES}")
    meanings = reading = sentiments = encoder = None
    if description["encoder"] is not None:
        is_english = languages == (ENGLISH,)
        encoder = default_encoder() if is_english else multilingual_encoder()
        made_with, shipped = str(description["encoder"]), encoder.digest
        _require(made_with == shipped, path, f"made with encoder {made_with[:12]!r}", repr(shipped[:12]))
        if description["reader"] is None:
            meanings = MeaningFeatures(None if is_english else encoder)
            meanings.anchors_ = tuple(description["anchors"])
    features = InstanceFeatures(n_hashes=n_hashes, meanings=meanings)
    arrays = _read_arrays(folder, description, _layout(description, features))
    features.idf_, features.cue_coef_ = arrays["idf"], arrays["cue_coef"]
    if meanings is not None:
        meanings.mean_, meanings.scale_ = arrays["numbers_mean"], arrays["numbers_scale"]
        meanings.axes_ = [arrays[f"{pool}_axes"] for pool in POOLS]
    if encoder is not None and "sentiment_coef" in arrays:
        sentiments = TextSentiments(encoder, arrays["sentiment_coef"], arrays["sentiment_intercept"])
    if encoder is not None and "pool" in arrays:
        targets = tuple(description["reader"])
        weights = {name: arrays[f"{_READER}{name}"].astype(np.float32) for name in reader_shapes(len(targets))}
        gate = (arrays["gate_coef"], float(arrays["gate_intercept"][0])) if "gate_coef" in arrays else None
        reading = Reading(PairReader(encoder, targets, weights), gate, arrays["pool"], arrays["replay"])
    unnamed = arrays["unnamed"]
    sums = unnamed.sum(axis=2, keepdims=True)
    _require(np.allclose(sums, 1, atol=1e-3), folder / "unnamed.npy", "shares that do not sum to 1", "probabilities")
    classifier = _classifier(description["classes"], features.channels, arrays)
    return StanceModel(
        features=features,
        classifier=classifier,
        unnamed=unnamed / sums,
        name=f"{name}@{_scoring_digest(description)[:4]}",
        languages=languages,
        card=_read_card(folder / _CARD),
        sentiments=sentiments,
        decision=_decision(description),
        reading=reading,
    )


def _load_adapted(folder: Path, name: str, description: Mapping[str, Any]) -> StanceModel:
    inside = _base_description(folder)
    is_base = description["base"] == _scoring_digest(inside)
    _require(is_base, folder / _BASE, f"not the model that {_MODEL} names", "the one it was made from")
    features = AdaptedFeatures(_load_plain(folder / _BASE, str(inside["name"])[:60], inside))
    features.labels_, features.anchors_ = tuple(description["classes"]), tuple(description["anchors"])
    flags = {key: description[key] for key in _FLAGS}
    are_flags = all(isinstance(flag, bool) for flag in flags.values())
    _require(are_flags, folder / _MODEL, str(flags)[:80], "true or false for each")
    features.reads_words_, features.reads_names_ = flags["reads_words"], flags["reads_names"]
    names = features.channel_names
    layout = _learned_layout(len(features.labels_), features.n_dense, features.channels, names=names)
    layout["prior"] = _Array((1,), low=0.0, high=1.0)
    if has_reach := features.base.reading is not None:
        layout |= {"reach_coef": _Array((HIDDEN,)), "reach_intercept": _Array((1,))}
    arrays = _read_arrays(folder, description, layout)
    classifier = _classifier(features.labels_, features.channels, arrays, names)
    if has_reach:
        classifier.reach_ = arrays["reach_coef"], float(arrays["reach_intercept"][0])
    classifier.has_prior, classifier.prior_ = True, float(arrays["prior"][0])
    return StanceModel(
        features=features,
        classifier=classifier,
        unnamed=features.base.unnamed,
        name=f"{name}@{model_digest(folder)[:4]}",
        languages=tuple(description["languages"]),
        card=_read_card(folder / _CARD),
        sentiments=features.base.sentiments,
        decision=_decision(description),
        judges_unnamed=flags["judges_unnamed"],
    )


def _read_description(folder: Path) -> dict[str, Any]:
    """Read and check ``model.json``."""
    path = folder / _MODEL
    if folder.is_file():
        raise ModelError(f"{folder}: a file, not a model folder{_pickle_note(folder)}; expected a folder with {_MODEL}")
    if not path.is_file():
        found = sorted(folder.iterdir()) if folder.is_dir() else []
        pickled = next((each for each in found if each.suffix in _PICKLES), None)
        seen = f"{pickled.name}{_pickle_note(pickled)}" if pickled else "no model" if found else "an empty folder"
        raise ModelError(f"{folder}: {seen}; expected {_MODEL}")
    description = _read_json(path)
    kind = description.get("format")
    keys = _KEYS.get(kind, ()) if isinstance(kind, str) else ()
    _require(keys, path, f"format {str(kind)[:40]!r}", repr(FORMAT))
    missing = [key for key in keys if key not in description]
    _require(not missing, path, f"no {''.join(missing[:1])!r}", ", ".join(keys))
    rule = description["decision"]
    is_rule = isinstance(rule, list) and len(rule) == len(STANCES) and all(map(_is_factor, rule))
    _require(rule is None or is_rule, path, f"decision {str(rule)[:60]}", f"{len(STANCES)} numbers above 0")
    has_columns = description["dense"] == list(DENSE) and description.get("added", list(ADDED)) == list(ADDED)
    _require(has_columns, path, "other columns than this version makes", "a model trained with it")
    files, classes = description["files"], description["classes"]
    are_digests = isinstance(files, dict) and all(isinstance(digest, str) for digest in files.values())
    _require(are_digests, path, "files without digests", "a digest for each")
    known = ", ".join(sorted(STANCES))
    _check_list(path, description, "classes", f"two or more of {known}")
    is_known = len(classes) > 1 and classes == sorted(set(classes) & set(STANCES))
    _require(is_known, path, f"classes {str(classes)[:60]}", f"two or more of {known}, sorted")
    _check_list(path, description, "anchors", "ids of targets", longest=_MAX_ANCHORS)
    if description.get("reader") is not None:
        _check_list(path, description, "reader", "ids of targets", longest=_MAX_ANCHORS)
    _check_list(path, description, "languages", "codes such as ['en']", longest_text=12)
    return description


def _is_factor(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= _MAX_FACTOR


def _decision(description: Mapping[str, Any]) -> Factors | None:
    rule = description["decision"]
    return None if rule is None else (float(rule[0]), float(rule[1]), float(rule[2]), float(rule[3]))


def _check_list(
    path: Path, description: Mapping[str, Any], key: str, expected: str, longest: int = 1_000, longest_text: int = 1_000
) -> None:
    """Refuse an entry that is no list of printable texts, or is too long."""
    found = description[key]
    is_list = isinstance(found, list) and len(found) <= longest
    are_texts = is_list and all(isinstance(e, str) and len(e) <= longest_text and e.isprintable() for e in found)
    _require(are_texts, path, f"{key} {str(found)[:60]}", expected)


def _pickle_note(path: Path) -> str:
    return ", a pickle, which could run code and is never loaded" if path.suffix in _PICKLES else ""


def _read_json(path: Path) -> dict[str, Any]:
    content = _read_bytes(path, _MAX_JSON)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: not JSON; expected a JSON object") from None
    _require(isinstance(value, dict), path, f"a JSON {type(value).__name__}", "an object")
    return value


def _held(path: Path) -> Path:
    """Return the place of a file of a model: its own folder, or that of ``light`` for equal ones of ``default``."""
    is_shared = not path.is_file() and path.parent.resolve() == (MODELS / "default").resolve()
    return MODELS / "light" / path.name if is_shared else path


def _read_bytes(path: Path, limit: int) -> bytes:
    path = _held(path)
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected it in a model folder")
    with file_errors(path, "cannot be read", "a readable file", ModelError), path.open("rb") as file:
        content = file.read(limit + 1)
    _require(len(content) <= limit, path, f"more than {limit} bytes", "at most that")
    return content


def _read_arrays(folder: Path, description: Mapping[str, Any], layout: Mapping[str, _Array]) -> dict[str, Floats]:
    digests = description["files"]
    return {name: _read_array(folder / f"{name}.npy", array, digests) for name, array in layout.items()}


def _read_array(path: Path, expected: _Array, digests: Mapping[str, str]) -> Floats:
    """Read one ``.npy`` file of numbers, by its own header only if that is the one expected."""
    size, shape = 4 * int(np.prod(expected.shape)), f"of shape {expected.shape}"
    _require(size <= _MAX_ARRAY, path, f"{size:,} bytes by what {_MODEL} says", f"at most {_MAX_ARRAY:,}")
    content = _read_bytes(path, size + 1_000)
    is_listed = _digest(content) == digests.get(path.name)
    _require(is_listed, path, f"its digest is not the one in {_MODEL}", "the file that was saved")
    found = _read_npy(path, content, f"one {shape}")
    is_expected = found.shape == expected.shape and found.dtype in _PRECISIONS
    _require(is_expected, path, f"{found.dtype} of shape {found.shape}", f"float32 or float16 {shape}")
    array: Floats = found.astype(np.float64)
    is_sound = np.isfinite(array).all() and (array >= expected.low).all() and (array <= expected.high).all()
    _require(is_sound, path, f"numbers outside [{expected.low:g}, {expected.high:g}]", "none")
    return array


def _read_npy(path: Path, content: bytes, expected: str) -> NDArray[Any]:
    """Read an array of numbers; NumPy reads no pickle, and no more than there is."""
    try:
        return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except _NOT_AN_ARRAY:
        raise ModelError(f"{path}: not a NumPy array of numbers; expected {expected}") from None


def _require(is_so: Any, path: Path, seen: str, expected: str) -> None:
    """Refuse a folder in one line.

    :raises ModelError: If a condition does not hold.
    """
    if not is_so:
        raise ModelError(f"{path}: {seen}; expected {expected}")


def _read_card(path: Path) -> dict[str, Any]:
    try:
        return checked_card(_read_json(path)) if path.is_file() else {}
    except ValueError as error:
        seen = str(error)
        raise ModelError(f"{path}: {seen}{'' if 'expected' in seen else '; expected the card of a model'}") from None


# Model cards ----------------------------------------------------------------------------------------------------------
#
# A card may come from anyone, and is printed, compared and included in reports.

_DEEPEST = 20  # levels of objects and lists in each other; cards of ours have seven
_MOST_POINTS = 21  # of a curve of accuracy against coverage; ours have eleven
_MEASURES = ("macro_f1", "accuracy", "favg", "ece")
_POINT = ("coverage", "accuracy", "interval", "n")


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value that can be shown and written: no control characters, None for numbers that are none.

    :raises ValueError: If it is nested deeper than anything of ours.
    """
    if depth > _DEEPEST:
        raise ValueError(f"more than {_DEEPEST} levels")
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain_json(key, depth): plain_json(each, depth + 1) for key, each in value.items()}
    return [plain_json(each, depth + 1) for each in value] if isinstance(value, list) else value


def checked_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card that is safe for commands and reports to show.

    :raises ValueError: If an entry has the wrong type; the message names it.
    """
    found: dict[str, Any] = plain_json(dict(card))
    for name in ("targets_tested", "languages", "experimental"):
        if not _is_list(names := found.get(name, []), lambda each: isinstance(each, str)):
            raise ValueError(f"{name} {str(names)[:40]}; expected a list of names")
    data = found.get("data", {})
    held_out = data.get("held_out") if isinstance(data, dict) else 0
    if held_out is not None and not _is_table(held_out, _is_count, ("pairs", "stories")):
        raise ValueError(f"data {str(data)[:40]}; expected an object, in it pairs and stories of what was held out")
    if measures := found.get("measures", {}):
        found["measures"] = _checked_measures(measures)
    return found


def _checked_measures(measures: Any) -> dict[str, Any]:
    groups: list[Any] = [None]
    if isinstance(measures, dict):
        groups = [measures.get(name, {}) for name in ("targets", "baselines")]
    if not all(isinstance(group, dict) for group in groups):
        raise ValueError(f"measures {str(measures)[:40]}; expected an object of measures")
    for row in (measures, *(row for group in groups for row in group.values())):
        if not _is_row(row):
            raise ValueError(f"measures {str(row)[:40]}; expected n, {', '.join(_MEASURES)} as numbers")
    kept = ("n", *_MEASURES, "f1", "interval", "targets", "baselines")
    known = {name: value for name, value in measures.items() if name in kept or isinstance(value, str)}
    if "abstaining" in measures:
        known["abstaining"] = _checked_abstaining(measures["abstaining"])
    return known


def _checked_abstaining(given: Any) -> dict[str, Any]:
    """Check a card's accuracy among the surest pairs, as ``stance evaluate`` writes it."""
    parts: dict[str, Any] = {"": 0}
    if isinstance(given, dict):
        parts = {name: given.get(name) for name in ("all", "addressed", "named")}
    for part in (part for part in parts.values() if part is not None):
        curve = part.get("curve") if isinstance(part, dict) else None
        points = [part.get("half"), *curve] if isinstance(curve, list) else [None]
        if len(points) > _MOST_POINTS or not all(map(_is_point, points)):
            raise ValueError(f"abstaining {str(part)[:40]}; expected n, aurc, half and a curve of numbers")
    return parts


def _is_point(point: Any) -> bool:
    """Return whether all of a point is numbers, pairs of them, or none."""
    return _is_table(point, _is_figure) and set(_POINT) <= set(point)


def _is_row(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and _is_count(row.get("n"))
        and _is_number(row.get("coverage", 1))
        and _is_table(row.get("f1", {}), _is_number)
        and _is_table(row.get("interval", {}), _is_pair)
        and all(name in row and (row[name] is None or _is_number(row[name])) for name in _MEASURES)
    )


def _is_list(value: Any, check: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(check, value))


def _is_table(value: Any, check: Callable[[Any], bool], required: Sequence[str] = ()) -> bool:
    """Return whether a value is an object with valid entries; ``required`` restricts the check to some of them."""
    return isinstance(value, dict) and all(check(value.get(name)) for name in required or value)


def _is_figure(value: Any) -> bool:
    return value is None or _is_number(value) or _is_pair(value)


def _is_pair(value: Any) -> bool:
    return _is_list(value, _is_number) and len(value) == 2


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 10**12


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 10**12
