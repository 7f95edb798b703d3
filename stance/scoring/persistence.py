"""Save and load model folders: atomic writes, and nothing in a folder is executed.

A folder holds ``model.json`` (what the model is), one ``.npy`` file per array, ``card.json`` and ``README.md`` (what it
was made from and how well it does), and ``train_rows.npy`` (digests of the pairs it was trained on); that of a model
that was adapted also holds the one it started from, in the folder ``base``. Nothing in it is code: no pickle, no
joblib. A folder may come from anyone, so types, shapes, ranges and sizes are checked before a number is used.
"""

import hashlib
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES
from stance.drafts import draft_folder, replace_folder
from stance.exceptions import ModelError
from stance.resources import MODELS
from stance.scoring.cues import N_KEYS, cue_digest
from stance.scoring.encoder import AXES, POOLS, SIZE, MeaningFeatures, default_encoder
from stance.scoring.features import DENSE, InstanceFeatures
from stance.scoring.fitted import DomainCorrection, FittedClassifier
from stance.scoring.model import ADDED, AdaptedFeatures, AdaptedModel, StanceModel

FORMAT = "stance-model/4"
ADAPTED_FORMAT = "stance-adapted/4"

_MODEL = "model.json"
_CARD = "card.json"
_README = "README.md"
_BASE = "base"
_TEXTS = (_MODEL, _CARD, _README)
_TRAIN_ROWS = "train_rows.npy"
_MOST_ROWS = 10_000_000
_MAX_JSON = 1_000_000  # bytes
_MAX_HASHES = 2**20  # columns per channel
_MAX_ARRAY = 200_000_000  # bytes; the largest a model can have with 2^15 hashes and a hundred targets takes 160 MB
_MAX_WEIGHT = 1e6  # beyond it a number is damage, not a weight
_PICKLES = (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".sav")
_SHARED_KEYS = ("format", "name", "classes", "languages", "dense", "anchors", "blend", "files")
_KEYS = (*_SHARED_KEYS, "n_hashes", "encoder", "has_domain")
_ADAPTED_KEYS = (*_SHARED_KEYS, "added", "base", "reads_words", "reads_names", "judges_unnamed")
# ``blend`` is always None; it stays a key so that the digests of models that exist stay the same.
_LEARNED = ("mean", "scale", "coef", "intercept")
_DOMAIN = "domain_"
CHANNELS = ("words", "meanings", "names")
"""Names of the arrays of channels, in order; a model has the first of them, or all."""
_MAX_ANCHORS = 100
_FEW_COLUMNS = 4_096  # as in ``fitted.py``

_NO_HEADER = (ValueError, SyntaxError, TypeError, EOFError, LookupError, TokenError, RecursionError, MemoryError)
"""What NumPy raises at headers that are none: it tokenizes and parses them as Python literals."""

Floats = NDArray[np.float64]
AnyModel = StanceModel | AdaptedModel


@dataclass(frozen=True, slots=True)
class _Array:
    """The shape and range that one array must have."""

    shape: tuple[int, ...]
    low: float = -_MAX_WEIGHT
    high: float = _MAX_WEIGHT


def _learned_layout(n_classes: int, n_dense: int, channels: Mapping[str, int], prefix: str = "") -> dict[str, _Array]:
    """Return the arrays of channels and of the regression that reads them beside dense columns, by name."""
    n_read = n_dense + n_classes * len(channels)
    layout = {
        "mean": _Array((n_read,)),
        "scale": _Array((n_read,), low=1e-9),
        "coef": _Array((n_classes, n_read)),
        "intercept": _Array((n_classes,)),
    }
    for channel, size in channels.items():
        layout |= {f"{channel}_coef": _Array((n_classes, size)), f"{channel}_intercept": _Array((n_classes,))}
    return {f"{prefix}{name}": array for name, array in layout.items()}


def _learned_arrays(learned: Any, channels: Iterable[tuple[Floats, Floats]], prefix: str = "") -> dict[str, Floats]:
    end = "" if prefix else "_"
    arrays = {f"{prefix}{name}": getattr(learned, f"{name}{end}") for name in _LEARNED}
    for channel, (coef, intercept) in zip(CHANNELS, channels, strict=False):
        arrays |= {f"{prefix}{channel}_coef": coef, f"{prefix}{channel}_intercept": intercept}
    return arrays


def _layout(n_classes: int, features: InstanceFeatures, has_domain: bool) -> dict[str, _Array]:
    """Return the arrays of a model, by name."""
    channels = dict(zip(CHANNELS, features.channels, strict=False))
    layout = {
        "idf": _Array((features.n_text,), low=0.0),
        "cue_coef": _Array((N_KEYS,)),
        "unnamed": _Array((2, 3, len(STANCES)), low=0.0, high=1.0),
        **_learned_layout(n_classes, len(DENSE), channels),
    }
    if features.meanings is not None:
        layout |= {f"{pool}_axes": _Array((SIZE, size)) for pool, size in zip(POOLS, AXES, strict=True)}
        n_numbers = len(POOLS) * SIZE
        layout |= {"numbers_mean": _Array((n_numbers,)), "numbers_scale": _Array((n_numbers,), low=1e-9)}
    if has_domain:
        doubled = {channel: 2 * size for channel, size in channels.items()}
        layout |= _learned_layout(n_classes, n_classes, doubled, _DOMAIN) | {"domain_odds": _Array((n_classes,))}
        layout |= {"kind_coef": _Array((features.channels[-1],)), "kind_intercept": _Array((1,))}
    return layout


def _arrays(model: StanceModel) -> dict[str, NDArray[Any]]:
    classifier, features, domain = model.classifier, model.features, model.classifier.domain_
    arrays = {"idf": features.idf_, "cue_coef": features.cue_coef_, "unnamed": model.unnamed}
    arrays |= _learned_arrays(classifier, classifier.channels_)
    if features.meanings is not None:
        arrays |= {"numbers_mean": features.meanings.mean_, "numbers_scale": features.meanings.scale_}
        arrays |= {f"{pool}_axes": axes for pool, axes in zip(POOLS, features.meanings.axes_, strict=True)}
    if domain is not None:
        halves = [(np.hstack(np.vsplit(coef, 2)), intercept) for coef, intercept in domain.channels]
        arrays |= _learned_arrays(domain, halves, _DOMAIN) | {"domain_odds": domain.odds}
        arrays |= {"kind_coef": domain.kind[0], "kind_intercept": np.array([domain.kind[1]])}
    return arrays


def _classifier(classes: Sequence[str], channels: tuple[int, ...], arrays: Mapping[str, Floats]) -> FittedClassifier:
    classifier = FittedClassifier(channels=channels)
    classifier.classes_ = np.array(classes)
    classifier.prior_ = 1.0
    classifier.n_features_in_ = len(arrays["mean"]) - len(classes) * len(channels) + sum(channels)
    classifier.channels_ = [_channel(arrays, name) for name in CHANNELS[: len(channels)]]
    for name in _LEARNED:
        setattr(classifier, f"{name}_", arrays[name])
    return classifier


def _domain(arrays: Mapping[str, Floats], n_channels: int) -> DomainCorrection:
    channels = [_channel(arrays, f"{_DOMAIN}{name}") for name in CHANNELS[:n_channels]]
    return DomainCorrection(
        **{name: arrays[f"{_DOMAIN}{name}"] for name in (*_LEARNED, "odds")},
        kind=(arrays["kind_coef"], float(arrays["kind_intercept"][0])),
        channels=tuple((_by_columns(np.vstack(np.hsplit(coef, 2))), intercept) for coef, intercept in channels),
        home_column=DENSE.index("at_home"),
    )


def _channel(arrays: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    return _by_columns(arrays[f"{name}_coef"]), arrays[f"{name}_intercept"]


def _by_columns(coef: Floats) -> Floats:
    """Lay wide weights out so that products with sparse rows, which read them transposed, need no copy."""
    return np.asfortranarray(coef) if coef.shape[1] > _FEW_COLUMNS else coef


def save_model(
    model: AnyModel,
    folder: Path,
    *,
    readme: str = "",
    trained_on: Iterable[int] = (),
    base_trained_on: Iterable[int] = (),
) -> AnyModel:
    """Write a model folder atomically, replacing an existing model.

    :param trained_on: The pairs that it was trained on, each as :func:`stance.records.pair_digest`.
    :param base_trained_on: Likewise for its base model, as :func:`train_rows` returns them.
    :return: The model as it will be loaded: weights in single precision, the name with their digest.
    :raises ModelError: If it cannot be written, or the folder holds something other than a model.
    """
    require_place(folder)
    try:
        return _save(model, folder, readme, trained_on, base_trained_on)
    except OSError as error:
        seen = error.strerror or str(error)
        raise ModelError(f"{folder}: cannot be written ({seen}); expected a writable place with room") from None


def require_place(folder: Path) -> None:
    """Refuse a folder that holds anything but a model, which would be overwritten.

    :raises ModelError: If it does; the message names the files.
    """
    if strange := _no_part(folder):
        raise ModelError(f"{strange}: no part of a model, and would be lost; expected a new folder, or that of a model")


def _no_part(folder: Path) -> Path | None:
    """Return the first path that is no part of a model; a folder without a description is none."""
    if not folder.is_dir():
        return folder if folder.exists() else None
    is_model = (folder / _MODEL).is_file()
    for path in sorted(folder.iterdir()):
        if is_model and path.name == _BASE and path.is_dir():
            if strange := _no_part(path):
                return strange
        elif not (is_model and path.is_file() and (path.name in _TEXTS or path.suffix == ".npy")):
            return path
    return None


def _save(
    model: AnyModel, folder: Path, readme: str, trained_on: Iterable[int], base_trained_on: Iterable[int]
) -> AnyModel:
    with draft_folder(folder.parent, f".{folder.name}-") as temporary:
        written = temporary / "new"
        written.mkdir()
        if isinstance(model, AdaptedModel):
            about = "The model that the adapted one started from.\n"
            save_model(model.base, written / _BASE, readme=about, trained_on=base_trained_on)
            contents = _adapted_contents(model, folder.name, model_digest(written / _BASE))
        else:
            contents = _contents(model, folder.name)
        contents[_CARD] = _json_bytes(dict(model.card))
        contents[_README] = readme.encode()
        contents[_TRAIN_ROWS] = _array_bytes(np.unique(np.fromiter(trained_on, dtype="<u8")))
        for name, content in contents.items():
            (written / name).write_bytes(content)
        loaded = _load_folder(written, folder.name)
        replace_folder(written, folder)
    return loaded


def _contents(model: StanceModel, name: str) -> dict[str, bytes]:
    meanings = model.features.meanings
    own = {
        "n_hashes": model.features.n_hashes,
        "encoder": None if meanings is None else meanings.text_encoder.digest,
        "anchors": [] if meanings is None else list(meanings.anchors_),
        "has_domain": model.classifier.domain_ is not None,
    }
    return _described(FORMAT, name, model, own, _arrays(model))


def _adapted_contents(model: AdaptedModel, name: str, base: str) -> dict[str, bytes]:
    classifier, features = model.classifier, model.features
    own = {
        "added": list(ADDED),
        "anchors": list(features.anchors_),
        "base": base,
        "reads_words": features.reads_words_,
        "reads_names": features.reads_names_,
        "judges_unnamed": model.judges_unnamed,
    }
    arrays = _learned_arrays(classifier, classifier.channels_) | {"prior": np.array([classifier.prior_])}
    return _described(ADAPTED_FORMAT, name, model, own, arrays)


def _described(
    kind: str, name: str, model: AnyModel, own: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> dict[str, bytes]:
    """Return the files of a model: its arrays, and ``model.json`` with their digests."""
    contents = {f"{array}.npy": _array_bytes(values.astype("<f4")) for array, values in arrays.items()}
    description = {
        "format": kind,
        "name": name,
        "classes": [str(label) for label in model.classifier.classes_],
        "languages": list(model.languages),
        "dense": list(DENSE),
        "blend": None,
        "files": {file: _digest(content) for file, content in contents.items()},
        **own,
    }
    return contents | {_MODEL: _json_bytes(description)}


def load_model(name: str | Path = "default") -> AnyModel:
    """Load an installed model by its name, or a model folder.

    :raises ModelError: If there is none, or it is not a model of this version, damaged or unsafe.
    """
    folder = model_folder(name)
    return _load_folder(folder, folder.resolve().name)


def load_base(name: str | Path = "default") -> StanceModel:
    """Load a model to start from: one that was not taught by labels itself.

    :raises ModelError: As :func:`load_model`, and if it was; names what it started from.
    """
    model = load_model(name)
    if isinstance(model, AdaptedModel):
        start = _start_of(model)
        raise ModelError(
            f"--from {model.name}: was itself taught by labels, and learning starts from {start}; "
            f"expected {start}, and the labels of both"
        )
    return model


def _start_of(model: AdaptedModel) -> str:
    """Name the model that another started from as ``--from`` takes it: in its folder, that one is called ``base``."""
    settings = model.card.get("settings")
    stated = settings.get("start_from") if isinstance(settings, dict) else None
    name = str(stated or model.base.name)[:60]
    shipped = name.partition("@")[0]
    return shipped if shipped in installed_models() else name


def train_rows(folder: Path) -> NDArray[np.uint64]:
    """Return the digests of the pairs that a model was trained on, and those of the model that it started from.

    :return: Sorted; empty where the folder does not say.
    :raises ModelError: If the file is damaged.
    """
    paths = (folder / _TRAIN_ROWS, folder / _BASE / _TRAIN_ROWS)
    found = [_read_rows(path) for path in paths if path.is_file()]
    rows: NDArray[np.uint64] = np.unique(np.concatenate([np.zeros(0, np.uint64), *found]))
    return rows


def model_folder(name: str | Path) -> Path:
    """Return the folder of an installed model by its name, or the folder that is named.

    :raises ModelError: If there is none.
    """
    folder = MODELS / name if str(name) in installed_models() else Path(name)
    if not folder.exists():
        known = ", ".join(installed_models()) or "none"
        raise ModelError(f"{name}: no such model; expected a model folder or an installed model ({known})")
    return folder


def installed_models() -> tuple[str, ...]:
    """Name the models that ship with the package."""
    if not MODELS.is_dir():
        return ()
    return tuple(sorted(folder.name for folder in MODELS.iterdir() if (folder / _MODEL).is_file()))


def model_digest(folder: Path) -> str:
    """Digest all that a model folder scores with: its description, its arrays, and the cues of this version.

    :return: 64 hexadecimal digits; the first four stand behind the model's name in every score.
    :raises ModelError: If it is not a model of this version.
    """
    description = _read_description(folder)
    if description["format"] == ADAPTED_FORMAT:
        description = description | {_BASE: _scoring_digest(_base_description(folder))}
    return _scoring_digest(description)


def _base_description(folder: Path) -> dict[str, Any]:
    """Read the description of the base of an adapted model, which was not adapted itself, so this ends."""
    inside = _read_description(folder / _BASE)
    if inside["format"] != FORMAT:
        raise ModelError(f"{folder / _BASE}: not the model that {_MODEL} names; expected the one it was made from")
    return inside


def _scoring_digest(description: Mapping[str, Any]) -> str:
    """Digest all that is read when scoring: arrays by their own digests, and no name, which follows the folder."""
    keys = _KEYS if description["format"] == FORMAT else _ADAPTED_KEYS
    read = {key: description[key] for key in keys if key != "name"}
    return _digest((cue_digest() + json.dumps(read, sort_keys=True)).encode())


def _load_folder(folder: Path, name: str) -> AnyModel:
    description = _read_description(folder)
    if description["format"] == ADAPTED_FORMAT:
        return _load_adapted(folder, name, description)
    return _load_plain(folder, name, description)


def _load_plain(folder: Path, name: str, description: Mapping[str, Any]) -> StanceModel:
    classes, path = _checked_classes(folder, description["classes"]), folder / _MODEL
    n_hashes, has_domain = description["n_hashes"], description["has_domain"]
    is_number = isinstance(n_hashes, int) and not isinstance(n_hashes, bool) and 0 < n_hashes <= _MAX_HASHES
    _require(is_number, path, f"n_hashes {str(n_hashes)[:40]}", f"a number from 1 to {_MAX_HASHES}")
    _require(isinstance(has_domain, bool), path, f"has_domain {str(has_domain)[:40]}", "true or false")
    meanings = None
    if description["encoder"] is not None:
        made_with, shipped = str(description["encoder"]), default_encoder().digest
        _require(made_with == shipped, path, f"made with encoder {made_with[:12]!r}", repr(shipped[:12]))
        meanings = MeaningFeatures()
        meanings.anchors_ = _checked_anchors(folder, description["anchors"])
    features = InstanceFeatures(n_hashes=n_hashes, meanings=meanings)
    arrays = _read_arrays(folder, description, _layout(len(classes), features, has_domain))
    features.idf_ = arrays["idf"]
    features.cue_coef_ = arrays["cue_coef"]
    if meanings is not None:
        meanings.mean_, meanings.scale_ = arrays["numbers_mean"], arrays["numbers_scale"]
        meanings.axes_ = [arrays[f"{pool}_axes"] for pool in POOLS]
    unnamed = arrays["unnamed"]
    sums = unnamed.sum(axis=2, keepdims=True)
    _require(np.allclose(sums, 1, atol=1e-3), folder / "unnamed.npy", "shares that do not sum to 1", "probabilities")
    classifier = _classifier(classes, features.channels, arrays)
    if has_domain:
        classifier.domain_ = _domain(arrays, len(features.channels))
    return StanceModel(
        features=features,
        classifier=classifier,
        unnamed=unnamed / sums,
        name=f"{name}@{_scoring_digest(description)[:4]}",
        languages=_checked_languages(folder, description["languages"]),
        card=_read_card(folder / _CARD),
    )


def _load_adapted(folder: Path, name: str, description: Mapping[str, Any]) -> AdaptedModel:
    inside = _base_description(folder)
    if description["base"] != _scoring_digest(inside):
        raise ModelError(f"{folder / _BASE}: not the model that {_MODEL} names; expected the one it was made from")
    base = _load_plain(folder / _BASE, str(inside["name"])[:60], inside)
    features = AdaptedFeatures(base)
    features.labels_ = tuple(_checked_classes(folder, description["classes"]))
    features.anchors_ = _checked_anchors(folder, description["anchors"])
    flags = {key: description[key] for key in ("reads_words", "reads_names", "judges_unnamed")}
    are_flags = all(isinstance(flag, bool) for flag in flags.values())
    _require(are_flags, folder / _MODEL, str(flags)[:80], "true or false for each")
    features.reads_words_, features.reads_names_ = flags["reads_words"], flags["reads_names"]
    channels = dict(zip(CHANNELS, features.channels, strict=False))
    layout = _learned_layout(len(features.labels_), features.n_dense, channels)
    arrays = _read_arrays(folder, description, layout | {"prior": _Array((1,), low=0.0, high=1.0)})
    classifier = _classifier(features.labels_, features.channels, arrays)
    classifier.has_prior, classifier.prior_ = True, float(arrays["prior"][0])
    classifier.n_features_in_ += len(features.labels_)
    return AdaptedModel(
        features=features,
        classifier=classifier,
        judges_unnamed=flags["judges_unnamed"],
        name=f"{name}@{model_digest(folder)[:4]}",
        languages=_checked_languages(folder, description["languages"]),
        card=_read_card(folder / _CARD),
    )


def _read_description(folder: Path) -> dict[str, Any]:
    """Read and check ``model.json``."""
    if folder.is_file():
        raise ModelError(f"{folder}: a file, not a model folder{_pickle_note(folder)}; expected a folder with {_MODEL}")
    if not (folder / _MODEL).is_file():
        found = sorted(path for path in folder.iterdir()) if folder.is_dir() else []
        pickled = next((path for path in found if path.suffix in _PICKLES), None)
        seen = f"{pickled.name}{_pickle_note(pickled)}" if pickled else "an empty folder" if not found else "no model"
        raise ModelError(f"{folder}: {seen}; expected {_MODEL}")
    description = _read_json(folder / _MODEL)
    kind, path = description.get("format"), folder / _MODEL
    _require(kind in (FORMAT, ADAPTED_FORMAT), path, f"format {str(kind)[:40]!r}", repr(FORMAT))
    keys = _KEYS if kind == FORMAT else _ADAPTED_KEYS
    missing = [key for key in keys if key not in description]
    _require(not missing, path, f"no {''.join(missing[:1])!r}", ", ".join(keys))
    taught = "holds a cross-encoder, made with the former option --finetune and no longer read"
    _require(description["blend"] is None, path, taught, "a model without one: train it again from its labels")
    has_columns = description["dense"] == list(DENSE) and description.get("added", list(ADDED)) == list(ADDED)
    _require(has_columns, path, "other columns than this version makes", "a model trained with it")
    files = description["files"]
    are_digests = isinstance(files, dict) and all(isinstance(digest, str) for digest in files.values())
    _require(are_digests, path, "files without digests", "a digest for each")
    return description


def _pickle_note(path: Path) -> str:
    return ", a pickle, which could run code and is never loaded" if path.suffix in _PICKLES else ""


def _read_json(path: Path) -> dict[str, Any]:
    content = _read_bytes(path, _MAX_JSON)
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        raise ModelError(f"{path}: not JSON; expected a JSON object") from None
    if not isinstance(value, dict):
        raise ModelError(f"{path}: a JSON {type(value).__name__}; expected an object")
    return value


def _read_card(path: Path) -> dict[str, Any]:
    try:
        return checked_card(_read_json(path)) if path.is_file() else {}
    except ValueError as error:
        seen = str(error)
        raise ModelError(f"{path}: {seen}{'' if 'expected' in seen else '; expected the card of a model'}") from None


def _read_bytes(path: Path, limit: int) -> bytes:
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected it in a model folder")
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}; expected a readable file") from None
    if len(content) > limit:
        raise ModelError(f"{path}: more than {limit} bytes; expected at most that")
    return content


def _read_arrays(folder: Path, description: Mapping[str, Any], layout: Mapping[str, _Array]) -> dict[str, Floats]:
    digests = description["files"]
    return {name: _read_array(folder / f"{name}.npy", array, digests) for name, array in layout.items()}


def _read_array(path: Path, expected: _Array, digests: Mapping[str, str]) -> Floats:
    """Read one ``.npy`` file of numbers, by its own header only if that is the one expected."""
    size = 4 * int(np.prod(expected.shape))
    if size > _MAX_ARRAY:
        raise ModelError(f"{path}: {size:,} bytes by what {_MODEL} says; expected at most {_MAX_ARRAY:,}")
    content = _read_bytes(path, size + 1_000)
    _require(
        _digest(content) == digests.get(path.name),
        path,
        f"its digest is not the one in {_MODEL}",
        "the file that was saved",
    )
    shape, dtype, numbers = _read_npy(path, content, f"one of shape {expected.shape}")
    is_expected = shape == expected.shape and dtype == np.dtype("<f4") and len(numbers) == size
    _require(is_expected, path, f"{dtype} of shape {shape}", f"float32 of shape {expected.shape}")
    array = np.frombuffer(numbers, dtype).reshape(shape).astype(np.float64)
    is_sound = np.isfinite(array).all() and (array >= expected.low).all() and (array <= expected.high).all()
    _require(is_sound, path, f"numbers outside [{expected.low:g}, {expected.high:g}]", "none")
    return array


def _read_rows(path: Path) -> NDArray[np.uint64]:
    shape, dtype, numbers = _read_npy(path, _read_bytes(path, 8 * _MOST_ROWS + 1_000), "digests of pairs")
    are_digests = dtype == np.dtype("<u8") and len(shape) == 1 and len(numbers) == 8 * shape[0]
    _require(are_digests, path, f"{dtype} of shape {shape}", "digests of pairs")
    rows: NDArray[np.uint64] = np.frombuffer(numbers, dtype).astype(np.uint64)
    return rows


def _read_npy(path: Path, content: bytes, expected: str) -> tuple[tuple[int, ...], Any, bytes]:
    """Return shape, type and numbers of an array laid out by rows."""
    stream = io.BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    except _NO_HEADER:
        raise ModelError(f"{path}: not a NumPy array; expected {expected}") from None
    _require(len(shape) < 2 or not by_columns, path, "an array laid out by columns", expected)
    return shape, dtype, stream.read()


def _require(is_so: Any, path: Path, seen: str, expected: str) -> None:
    """Refuse a folder in one line.

    :raises ModelError: If a condition does not hold.
    """
    if not is_so:
        raise ModelError(f"{path}: {seen}; expected {expected}")


def _checked_classes(folder: Path, classes: Any) -> list[str]:
    known = sorted(str(stance) for stance in STANCES)
    path, seen = folder / _MODEL, f"classes {str(classes)[:60]}"
    is_known = isinstance(classes, list) and len(classes) > 1 and all(each in known for each in classes)
    _require(is_known, path, seen, f"two or more of {', '.join(known)}")
    _require(classes == sorted(set(classes)), path, seen, "each once, sorted")
    found: list[str] = classes
    return found


def _checked_anchors(folder: Path, anchors: Any) -> tuple[str, ...]:
    are_ids = isinstance(anchors, list) and len(anchors) <= _MAX_ANCHORS and all(isinstance(a, str) for a in anchors)
    _require(are_ids, folder / _MODEL, f"anchors {str(anchors)[:60]}", "ids of targets")
    return tuple(anchors)


def _checked_languages(folder: Path, languages: Any) -> tuple[str, ...]:
    are_codes = isinstance(languages, list) and all(
        isinstance(code, str) and len(code) <= 12 and code.isprintable() for code in languages
    )
    _require(are_codes, folder / _MODEL, f"languages {str(languages)[:60]}", "codes such as ['en']")
    return tuple(languages)


def _array_bytes(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Model cards ----------------------------------------------------------------------------------------------------------

DEEPEST = 20
"""Levels of objects and lists in each other; cards of ours have seven."""

MOST_POINTS = 21
"""Points of a curve of accuracy against coverage, at most; ours have eleven."""

_SUREST = ("all", "addressed", "named")
_MEASURES = ("macro_f1", "accuracy", "favg", "ece")
_GROUPS = ("targets", "baselines")


def plain_json(value: Any, depth: int = 0) -> Any:
    """Return a JSON value that can be shown and written: no control characters, None for numbers that are none.

    :raises ValueError: If it is nested deeper than anything of ours.
    """
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} levels")
    if isinstance(value, str):
        return value if value.isprintable() else "".join(map(_shown, value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain_json(key, depth): plain_json(each, depth + 1) for key, each in value.items()}
    return [plain_json(each, depth + 1) for each in value] if isinstance(value, list) else value


def _shown(character: str) -> str:
    return character if character.isprintable() or character == "\n" else "\ufffd"


def checked_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card that is safe for commands and reports to show.

    :raises ValueError: If an entry has the wrong type; the message names it.
    """
    found: dict[str, Any] = plain_json(dict(card))
    for name in ("targets_tested", "languages"):
        if not _is_list_of(str, found.get(name, [])):
            raise ValueError(f"{name} {str(found[name])[:40]}; expected a list of names")
    data = found.get("data", {})
    held_out = data.get("held_out") if isinstance(data, dict) else 0
    if held_out is not None and not (
        isinstance(held_out, dict) and all(_is_count(held_out.get(name)) for name in ("pairs", "stories"))
    ):
        raise ValueError(f"data {str(data)[:40]}; expected an object, in it pairs and stories of what was held out")
    if measures := found.get("measures", {}):
        found["measures"] = _checked_measures(measures)
    return found


def _checked_measures(measures: Any) -> dict[str, Any]:
    groups = {name: measures.get(name, {}) for name in _GROUPS} if isinstance(measures, dict) else {}
    if not groups or not all(isinstance(group, dict) for group in groups.values()):
        raise ValueError(f"measures {str(measures)[:40]}; expected an object of measures")
    for row in (measures, *(row for group in groups.values() for row in group.values())):
        if not _is_row(row):
            raise ValueError(f"measures {str(row)[:40]}; expected n, {', '.join(_MEASURES)} as numbers")
    known = {name: measures[name] for name in ("n", *_MEASURES, "f1", "interval", *_GROUPS) if name in measures}
    if "abstaining" in measures:
        known["abstaining"] = _checked_abstaining(measures["abstaining"])
    return known | {name: value for name, value in measures.items() if isinstance(value, str)}


def _checked_abstaining(given: Any) -> dict[str, Any]:
    """Check a card's accuracy among the surest pairs, as ``stance evaluate`` writes it."""
    parts = {name: given.get(name) for name in _SUREST} if isinstance(given, dict) else {"all": given}
    for part in (part for part in parts.values() if part is not None):
        points = [part.get("half"), *_listed(part.get("curve"))] if isinstance(part, dict) else [None]
        if len(points) > MOST_POINTS or not all(isinstance(point, dict) and _is_point(point) for point in points):
            raise ValueError(f"abstaining {str(part)[:40]}; expected n, aurc, half and a curve of numbers")
    return parts


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [None]


def _is_point(point: Mapping[str, Any]) -> bool:
    """Return whether all of a point is numbers, pairs of them, or none."""
    return all(
        value is None
        or _is_number(value)
        or (isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)))
        for value in point.values()
    ) and {"coverage", "accuracy", "interval", "n"} <= set(point)


def _is_row(row: Any) -> bool:
    if not isinstance(row, dict) or not _is_count(row.get("n")):
        return False
    shares, interval = row.get("f1", {}), row.get("interval", {})
    if not isinstance(shares, dict) or not isinstance(interval, dict) or not _is_number(row.get("coverage", 1)):
        return False
    ends = all(isinstance(pair, list) and len(pair) == 2 and all(map(_is_number, pair)) for pair in interval.values())
    given = all(name in row and (row[name] is None or _is_number(row[name])) for name in _MEASURES)
    return given and ends and all(map(_is_number, shares.values()))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**12


def _is_list_of(kind: type, value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)
