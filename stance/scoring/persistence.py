"""Model folders: written whole or not at all, and loaded without executing anything.

A folder holds ``model.json`` (what the model is), one ``.npy`` file per array, ``card.json`` and ``README.md`` (what it
was made from and how well it does), and ``train_rows.npy`` (digests of the pairs it was trained on); that of a model
that was adapted also holds the one it started from, in the folder ``base``. Nothing in it is code: no pickle, no
joblib. A folder may come from anyone, so types, shapes, ranges and sizes are checked before a number is used.
"""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
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
from stance.scoring.adapted import ADDED, AdaptedFeatures, AdaptedModel
from stance.scoring.blending import Blend
from stance.scoring.calibration import N_KEYS
from stance.scoring.cards import checked_card
from stance.scoring.cross_encoder import CrossEncoder, slots
from stance.scoring.cues import cue_digest
from stance.scoring.domain import DomainCorrection
from stance.scoring.encoder import POOLS, SIZE, TextEncoder, default_encoder
from stance.scoring.features import DENSE, InstanceFeatures
from stance.scoring.fitted import FittedClassifier
from stance.scoring.meanings import AXES, MeaningFeatures
from stance.scoring.model import StanceModel

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
_KEYS = (
    "format",
    "name",
    "classes",
    "languages",
    "n_hashes",
    "dense",
    "encoder",
    "anchors",
    "blend",
    "has_domain",
    "files",
)
_ADAPTED_KEYS = (
    "format",
    "name",
    "classes",
    "languages",
    "dense",
    "added",
    "anchors",
    "base",
    "reads_words",
    "reads_names",
    "judges_unnamed",
    "blend",
    "files",
)
_CHANNELS = ("words", "meanings", "names")
"""Names of the arrays of channels, in order; a model has the first of them, or all."""
_MAX_ANCHORS = 100

_NO_HEADER = (ValueError, SyntaxError, TypeError, EOFError, LookupError, TokenError, RecursionError, MemoryError)
"""What NumPy raises at headers that are none: it tokenizes and parses them as Python literals."""

Floats = NDArray[np.float64]
AnyModel = StanceModel | AdaptedModel


@dataclass(frozen=True, slots=True)
class _Array:
    """What one array must be."""

    shape: tuple[int, ...]
    low: float = -_MAX_WEIGHT
    high: float = _MAX_WEIGHT
    dtype: str = "<f4"


def _blend_layout(encoder: TextEncoder) -> dict[str, _Array]:
    """The arrays of a cross-encoder and of how far it is believed, by name."""
    kernels, scales, floats = slots(encoder).sizes
    return {
        "pair_kernels": _Array((kernels,), low=-128, high=127, dtype="|i1"),
        "pair_scales": _Array((scales,), low=0.0),
        "pair_floats": _Array((floats,)),
        "pair_coef": _Array((len(STANCES), SIZE)),
        "pair_intercept": _Array((len(STANCES),)),
        "blend": _Array((2,), low=0.0, high=100.0),
    }


def _domain_layout(n_classes: int, channels: Mapping[str, int]) -> dict[str, _Array]:
    """The arrays of the correction for a kind of text, by name."""
    n_read = n_classes * (1 + len(channels))
    return {
        "kind_coef": _Array((list(channels.values())[-1],)),
        "kind_intercept": _Array((1,)),
        **{f"domain_{channel}_coef": _Array((n_classes, 2 * size)) for channel, size in channels.items()},
        **{f"domain_{channel}_intercept": _Array((n_classes,)) for channel in channels},
        "domain_mean": _Array((n_read,)),
        "domain_scale": _Array((n_read,), low=1e-9),
        "domain_coef": _Array((n_classes, n_read)),
        "domain_intercept": _Array((n_classes,)),
        "domain_odds": _Array((n_classes,)),
    }


def _domain_arrays(domain: DomainCorrection | None) -> dict[str, NDArray[Any]]:
    if domain is None:
        return {}
    weights, intercept = domain.kind
    arrays = {"kind_coef": weights, "kind_intercept": np.array([intercept])}
    for channel, (coef, own) in zip(_CHANNELS, domain.channels, strict=False):
        arrays |= {f"domain_{channel}_coef": coef, f"domain_{channel}_intercept": own}
    return arrays | {f"domain_{key}": getattr(domain, key) for key in ("mean", "scale", "coef", "intercept", "odds")}


def _domain(arrays: Mapping[str, Floats], channels: Iterable[str]) -> DomainCorrection:
    return DomainCorrection(
        kind=(arrays["kind_coef"], float(arrays["kind_intercept"][0])),
        channels=tuple((arrays[f"domain_{name}_coef"], arrays[f"domain_{name}_intercept"]) for name in channels),
        mean=arrays["domain_mean"],
        scale=arrays["domain_scale"],
        coef=arrays["domain_coef"],
        intercept=arrays["domain_intercept"],
        odds=arrays["domain_odds"],
        home_column=DENSE.index("at_home"),
    )


def _layout(n_classes: int, features: InstanceFeatures, has_domain: bool) -> dict[str, _Array]:
    """The arrays of a model, by name."""
    n_head = len(DENSE) + n_classes * len(features.channels)
    channels = dict(zip(_CHANNELS, features.channels, strict=False))
    meanings: dict[str, _Array] = {}
    if features.meanings is not None:
        meanings = {f"{pool}_axes": _Array((SIZE, size)) for pool, size in zip(POOLS, AXES, strict=True)}
        meanings |= {
            "numbers_mean": _Array((len(POOLS) * SIZE,)),
            "numbers_scale": _Array((len(POOLS) * SIZE,), low=1e-9),
        }
    return {
        "idf": _Array((features.n_text,), low=0.0),
        "cue_coef": _Array((N_KEYS,)),
        **{f"{channel}_coef": _Array((n_classes, size)) for channel, size in channels.items()},
        **{f"{channel}_intercept": _Array((n_classes,)) for channel in channels},
        **meanings,
        "mean": _Array((n_head,)),
        "scale": _Array((n_head,), low=1e-9),
        "coef": _Array((n_classes, n_head)),
        "intercept": _Array((n_classes,)),
        "odds": _Array((n_classes,)),
        "unnamed": _Array((2, 3, len(STANCES)), low=0.0, high=1.0),
        **(_domain_layout(n_classes, channels) if has_domain else {}),
    }


def save_model(
    model: AnyModel,
    folder: Path,
    *,
    readme: str = "",
    trained_on: Iterable[int] = (),
    base_trained_on: Iterable[int] = (),
) -> AnyModel:
    """Write a model folder; one that stands there is replaced when all is written.

    :param trained_on: The pairs that it was trained on, each as :func:`stance.records.pair_digest`.
    :param base_trained_on: Likewise of the model that it started from, as :func:`train_rows` gives them.
    :return: The model as it will be loaded: its weights rounded to single precision, its name with their digest.
    :raises ModelError: If it cannot be written, or what stands there is no model.
    """
    require_place(folder)
    try:
        return _save(model, folder, readme, trained_on, base_trained_on)
    except OSError as error:
        seen = error.strerror or str(error)
        raise ModelError(f"{folder}: cannot be written ({seen}); expected a writable place with room") from None


def require_place(folder: Path) -> None:
    """Refuse a place that holds anything but a model: whoever writes a model there would lose it.

    :raises ModelError: If it does; names what would be lost.
    """
    if strange := _no_part(folder):
        raise ModelError(f"{strange}: no part of a model, and would be lost; expected a new folder, or that of a model")


def _no_part(folder: Path) -> Path | None:
    """Find the first of what stands at a place that is no part of a model; a folder without a description is none."""
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
            contents = _adapted_contents(model, folder.name, _full_digest(written / _BASE))
        else:
            contents = _contents(model, folder.name)
        contents[_CARD] = _json_bytes(dict(model.card))
        contents[_README] = readme.encode()
        contents[_TRAIN_ROWS] = _rows_bytes(trained_on)
        for name, content in contents.items():
            (written / name).write_bytes(content)
        loaded = _load_folder(written, folder.name)
        replace_folder(written, folder)
    return loaded


def _contents(model: StanceModel, name: str) -> dict[str, bytes]:
    contents = {f"{array}.npy": _to_bytes(values) for array, values in _arrays(model).items()}
    description = {
        "format": FORMAT,
        "name": name,
        "classes": [str(label) for label in model.classifier.classes_],
        "languages": list(model.languages),
        "n_hashes": model.features.n_hashes,
        "dense": list(DENSE),
        "encoder": None if model.features.meanings is None else model.features.meanings.text_encoder.digest,
        "anchors": [] if model.features.meanings is None else list(model.features.meanings.anchors_),
        "blend": None if model.blend is None else model.blend.cross_encoder.encoder.digest,
        "has_domain": model.classifier.domain_ is not None,
        "files": {file: _digest(content) for file, content in contents.items()},
    }
    return contents | {_MODEL: _json_bytes(description)}


def _adapted_contents(model: AdaptedModel, name: str, base: str) -> dict[str, bytes]:
    classifier, features = model.classifier, model.features
    arrays = {key: getattr(classifier, f"{key}_") for key in ("mean", "scale", "coef", "intercept", "odds")}
    arrays["prior"] = np.array([classifier.prior_])
    for channel, (coef, intercept) in zip(_CHANNELS, classifier.channels_, strict=False):
        arrays |= {f"{channel}_coef": coef, f"{channel}_intercept": intercept}
    arrays |= _blend_arrays(model.blend)
    contents = {f"{key}.npy": _to_bytes(values) for key, values in arrays.items()}
    description = {
        "format": ADAPTED_FORMAT,
        "name": name,
        "classes": list(features.labels_),
        "languages": list(model.languages),
        "dense": list(DENSE),
        "added": list(ADDED),
        "anchors": list(features.anchors_),
        "base": base,
        "reads_words": features.reads_words_,
        "reads_names": features.reads_names_,
        "judges_unnamed": model.judges_unnamed,
        "blend": None if model.blend is None else model.blend.cross_encoder.encoder.digest,
        "files": {file: _digest(content) for file, content in contents.items()},
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
    """Name what a model started from as ``--from`` takes it: in its folder, that one is called ``base``."""
    settings = model.card.get("settings")
    stated = settings.get("start_from") if isinstance(settings, dict) else None
    name = str(stated or model.base.name)[:60]
    shipped = name.partition("@")[0]
    return shipped if shipped in installed_models() else name


def train_rows(folder: Path) -> NDArray[np.uint64]:
    """Give the digests of the pairs that a model was trained on, and those of the model that it started from.

    :return: Sorted; empty where the folder does not say.
    :raises ModelError: If the file is damaged.
    """
    paths = (folder / _TRAIN_ROWS, folder / _BASE / _TRAIN_ROWS)
    found = [_read_rows(path) for path in paths if path.is_file()]
    rows: NDArray[np.uint64] = np.unique(np.concatenate([np.zeros(0, np.uint64), *found]))
    return rows


def model_folder(name: str | Path) -> Path:
    """Give the folder of an installed model by its name, or the folder that is named.

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
    """Give the digest of what a model folder scores with: its description, its arrays, and the cues of this version.

    :return: 64 hexadecimal digits; the first four stand behind the model's name in every score.
    :raises ModelError: If it is not a model of this version.
    """
    return _full_digest(folder)


def _full_digest(folder: Path) -> str:
    description = _read_description(folder)
    _checked_digests(folder, description["files"])
    if description["format"] == ADAPTED_FORMAT:
        description = description | {_BASE: _scoring_digest(_base_description(folder))}
    return _scoring_digest(description)


def _base_description(folder: Path) -> dict[str, Any]:
    """Read what a model that was adapted started from: one that was not adapted itself, so this ends."""
    inside = _read_description(folder / _BASE)
    if inside["format"] != FORMAT:
        raise ModelError(f"{folder / _BASE}: not the model that {_MODEL} names; expected the one it was made from")
    _checked_digests(folder / _BASE, inside["files"])
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
    classes = _checked_classes(folder, description["classes"])
    meanings = _checked_meanings(folder, description["encoder"], description["anchors"])
    features = InstanceFeatures(n_hashes=_checked_hashes(folder, description["n_hashes"]), meanings=meanings)
    digests = _checked_digests(folder, description["files"])
    has_domain = description["has_domain"]
    if not isinstance(has_domain, bool):
        raise ModelError(f"{folder / _MODEL}: has_domain {str(has_domain)[:40]}; expected true or false")
    layout = _layout(len(classes), features, has_domain)
    arrays = {key: _read_array(folder, f"{key}.npy", array, digests) for key, array in layout.items()}
    features.idf_ = arrays["idf"]
    features.cue_coef_ = arrays["cue_coef"]
    if meanings is not None:
        meanings.mean_, meanings.scale_ = arrays["numbers_mean"], arrays["numbers_scale"]
        meanings.axes_ = [arrays[f"{pool}_axes"] for pool in POOLS]
    unnamed = arrays["unnamed"]
    if not np.allclose(unnamed.sum(axis=2), 1, atol=1e-3):
        raise ModelError(f"{folder / 'unnamed.npy'}: shares that do not sum to 1; expected probabilities")
    classifier = _classifier(classes, features.channels, arrays)
    if has_domain:
        classifier.domain_ = _domain(arrays, _CHANNELS[: len(features.channels)])
    return StanceModel(
        features=features,
        classifier=classifier,
        unnamed=unnamed / unnamed.sum(axis=2, keepdims=True),
        name=f"{name}@{_scoring_digest(description)[:4]}",
        languages=_checked_languages(folder, description["languages"]),
        card=_read_card(folder / _CARD),
        blend=_read_blend(folder, description, digests),
    )


def _read_blend(folder: Path, description: Mapping[str, Any], digests: Mapping[str, str]) -> Blend | None:
    """Read a cross-encoder: numbers for the graph that ships, and no graph of its own.

    Numbers that were learned in another encoder's graph are refused.
    """
    if description["blend"] is None:
        return None
    encoder = _checked_encoder(folder, description["blend"])
    layout = _blend_layout(encoder)
    found = {key: _read_array(folder, f"{key}.npy", array, digests) for key, array in layout.items()}
    cross_encoder = CrossEncoder(
        found["pair_kernels"].astype(np.int8),
        found["pair_scales"].astype(np.float32),
        found["pair_floats"].astype(np.float32),
        found["pair_coef"],
        found["pair_intercept"],
        encoder,
    )
    return Blend(cross_encoder, (float(found["blend"][0]), float(found["blend"][1])))


def _load_adapted(folder: Path, name: str, description: Mapping[str, Any]) -> AdaptedModel:
    inside = _base_description(folder)
    if description["base"] != _scoring_digest(inside):
        raise ModelError(f"{folder / _BASE}: not the model that {_MODEL} names; expected the one it was made from")
    base = _load_plain(folder / _BASE, str(inside["name"])[:60], inside)
    features = AdaptedFeatures(base)
    features.labels_ = tuple(_checked_classes(folder, description["classes"]))
    features.anchors_ = _checked_anchors(folder, description["anchors"])
    flags = {key: description[key] for key in ("reads_words", "reads_names", "judges_unnamed")}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise ModelError(f"{folder / _MODEL}: {str(flags)[:80]}; expected true or false for each")
    features.reads_words_, features.reads_names_ = flags["reads_words"], flags["reads_names"]
    digests, channels = _checked_digests(folder, description["files"]), features.channels
    layout = _adapted_layout(len(features.labels_), features)
    arrays = {key: _read_array(folder, f"{key}.npy", array, digests) for key, array in layout.items()}
    classifier = _classifier(list(features.labels_), channels, arrays, features.n_dense)
    classifier.has_prior, classifier.prior_ = True, float(arrays["prior"][0])
    classifier.n_features_in_ += len(features.labels_)
    return AdaptedModel(
        features=features,
        classifier=classifier,
        judges_unnamed=flags["judges_unnamed"],
        name=f"{name}@{_full_digest(folder)[:4]}",
        languages=_checked_languages(folder, description["languages"]),
        card=_read_card(folder / _CARD),
        blend=_read_blend(folder, description, digests),
    )


def _adapted_layout(n_classes: int, features: AdaptedFeatures) -> dict[str, _Array]:
    """The arrays of a model that was adapted, by name."""
    n_head = features.n_dense + n_classes * len(features.channels)
    layout = {
        "mean": _Array((n_head,)),
        "scale": _Array((n_head,), low=1e-9),
        "coef": _Array((n_classes, n_head)),
        "intercept": _Array((n_classes,)),
        "odds": _Array((n_classes,)),
        "prior": _Array((1,), low=0.0, high=1.0),
    }
    for channel, size in zip(_CHANNELS, features.channels, strict=False):
        layout |= {f"{channel}_coef": _Array((n_classes, size)), f"{channel}_intercept": _Array((n_classes,))}
    return layout


def _blend_arrays(blend: Blend | None) -> dict[str, NDArray[Any]]:
    if blend is None:
        return {}
    cross_encoder = blend.cross_encoder
    return {
        **{
            f"pair_{name}": getattr(cross_encoder, name)
            for name in ("kernels", "scales", "floats", "coef", "intercept")
        },
        "blend": np.array(blend.weights),
    }


def _arrays(model: StanceModel) -> dict[str, NDArray[Any]]:
    classifier, meanings = model.classifier, model.features.meanings
    channels: dict[str, Floats] = {}
    for channel, (coef, intercept) in zip(_CHANNELS, classifier.channels_, strict=False):
        channels |= {f"{channel}_coef": coef, f"{channel}_intercept": intercept}
    if meanings is not None:
        channels |= {"numbers_mean": meanings.mean_, "numbers_scale": meanings.scale_}
        channels |= {f"{pool}_axes": axes for pool, axes in zip(POOLS, meanings.axes_, strict=True)}
    return {
        "idf": model.features.idf_,
        "cue_coef": model.features.cue_coef_,
        **channels,
        "mean": classifier.mean_,
        "scale": classifier.scale_,
        "coef": classifier.coef_,
        "intercept": classifier.intercept_,
        "odds": classifier.odds_,
        "unnamed": model.unnamed,
        **_blend_arrays(model.blend),
        **_domain_arrays(classifier.domain_),
    }


def _classifier(
    classes: list[str],
    channels: tuple[int, ...],
    arrays: Mapping[str, Floats],
    n_dense: int = len(DENSE),
) -> FittedClassifier:
    classifier = FittedClassifier(channels=channels)
    classifier.classes_ = np.array(classes)
    classifier.prior_ = 1.0
    classifier.n_features_in_ = n_dense + sum(channels)
    classifier.channels_ = [
        (arrays[f"{name}_coef"], arrays[f"{name}_intercept"]) for name in _CHANNELS[: len(channels)]
    ]
    for name in ("mean", "scale", "coef", "intercept", "odds"):
        setattr(classifier, f"{name}_", arrays[name])
    return classifier


def _read_description(folder: Path) -> dict[str, Any]:
    """Read ``model.json``, or say what stands there in its place."""
    if folder.is_file():
        raise ModelError(f"{folder}: a file, not a model folder{_pickle_note(folder)}; expected a folder with {_MODEL}")
    if not (folder / _MODEL).is_file():
        found = sorted(path for path in folder.iterdir()) if folder.is_dir() else []
        pickled = next((path for path in found if path.suffix in _PICKLES), None)
        seen = f"{pickled.name}{_pickle_note(pickled)}" if pickled else "an empty folder" if not found else "no model"
        raise ModelError(f"{folder}: {seen}; expected {_MODEL}")
    description = _read_json(folder / _MODEL)
    kind = description.get("format")
    if kind not in (FORMAT, ADAPTED_FORMAT):
        raise ModelError(f"{folder / _MODEL}: format {str(kind)[:40]!r}; expected {FORMAT!r}")
    keys = _KEYS if kind == FORMAT else _ADAPTED_KEYS
    missing = [key for key in keys if key not in description]
    if missing:
        raise ModelError(f"{folder / _MODEL}: no {missing[0]!r}; expected {', '.join(keys)}")
    if description["dense"] != list(DENSE) or description.get("added", list(ADDED)) != list(ADDED):
        raise ModelError(f"{folder / _MODEL}: other columns than this version makes; expected a model trained with it")
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


def _read_array(folder: Path, name: str, expected: _Array, digests: Mapping[str, str]) -> Floats:
    """Read one ``.npy`` file of numbers, by its own header only if that is the one expected."""
    path = folder / name
    dtype_expected = np.dtype(expected.dtype)
    size = dtype_expected.itemsize * int(np.prod(expected.shape))
    if size > _MAX_ARRAY:
        raise ModelError(f"{path}: {size:,} bytes by what {_MODEL} says; expected at most {_MAX_ARRAY:,}")
    content = _read_bytes(path, size + 1_000)
    if _digest(content) != digests.get(name):
        raise ModelError(f"{path}: its digest is not the one in {_MODEL}; expected the file that was saved")
    stream = io.BytesIO(content)
    try:
        np.lib.format.read_magic(stream)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream)
    except _NO_HEADER:
        raise ModelError(f"{path}: not a NumPy array; expected one of shape {expected.shape}") from None
    if shape != expected.shape or dtype != dtype_expected or by_columns or len(content) - stream.tell() != size:
        raise ModelError(f"{path}: {dtype} of shape {shape}; expected {dtype_expected} of shape {expected.shape}")
    array = np.frombuffer(content, dtype=dtype, offset=stream.tell()).reshape(shape).astype(np.float64)
    if not (np.isfinite(array).all() and (array >= expected.low).all() and (array <= expected.high).all()):
        raise ModelError(f"{path}: numbers outside [{expected.low:g}, {expected.high:g}]; expected none")
    return array


def _checked_classes(folder: Path, classes: Any) -> list[str]:
    known = sorted(str(stance) for stance in STANCES)
    if not isinstance(classes, list) or len(classes) < 2 or not all(c in known for c in classes):
        raise ModelError(f"{folder / _MODEL}: classes {str(classes)[:60]}; expected two or more of {', '.join(known)}")
    if classes != sorted(set(classes)):
        raise ModelError(f"{folder / _MODEL}: classes {str(classes)[:60]}; expected each once, sorted")
    return classes


def _checked_hashes(folder: Path, n_hashes: Any) -> int:
    if not isinstance(n_hashes, int) or isinstance(n_hashes, bool) or not 0 < n_hashes <= _MAX_HASHES:
        raise ModelError(f"{folder / _MODEL}: n_hashes {str(n_hashes)[:40]}; expected a number from 1 to {_MAX_HASHES}")
    return n_hashes


def _checked_meanings(folder: Path, encoder: Any, anchors: Any) -> MeaningFeatures | None:
    """Refuse a model that was trained on the numbers of another encoder."""
    if encoder is None:
        return None
    _checked_encoder(folder, encoder)
    meanings = MeaningFeatures()
    meanings.anchors_ = _checked_anchors(folder, anchors)
    return meanings


def _checked_encoder(folder: Path, digest: Any) -> TextEncoder:
    """Give the shipped encoder, if it is the one that a model was made with."""
    shipped = default_encoder()
    if digest != shipped.digest:
        raise ModelError(f"{folder / _MODEL}: made with encoder {str(digest)[:12]!r}; expected {shipped.digest[:12]!r}")
    return shipped


def _checked_anchors(folder: Path, anchors: Any) -> tuple[str, ...]:
    if not isinstance(anchors, list) or len(anchors) > _MAX_ANCHORS or not all(isinstance(a, str) for a in anchors):
        raise ModelError(f"{folder / _MODEL}: anchors {str(anchors)[:60]}; expected ids of targets")
    return tuple(anchors)


def _checked_digests(folder: Path, files: Any) -> dict[str, str]:
    if not isinstance(files, dict) or not all(isinstance(digest, str) for digest in files.values()):
        raise ModelError(f"{folder / _MODEL}: files without digests; expected a digest for each")
    return files


def _checked_languages(folder: Path, languages: Any) -> tuple[str, ...]:
    if not isinstance(languages, list) or not all(
        isinstance(x, str) and len(x) <= 12 and x.isprintable() for x in languages
    ):
        raise ModelError(f"{folder / _MODEL}: languages {str(languages)[:60]}; expected codes such as ['en']")
    return tuple(languages)


def _to_bytes(array: NDArray[Any]) -> bytes:
    stream = io.BytesIO()
    written = np.ascontiguousarray(array, dtype="|i1" if array.dtype == np.int8 else "<f4")
    np.lib.format.write_array(stream, written, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _rows_bytes(digests: Iterable[int]) -> bytes:
    stream = io.BytesIO()
    rows = np.unique(np.fromiter(digests, dtype="<u8"))
    np.lib.format.write_array(stream, rows, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def _read_rows(path: Path) -> NDArray[np.uint64]:
    stream = io.BytesIO(_read_bytes(path, 8 * _MOST_ROWS + 1_000))
    try:
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    except _NO_HEADER:
        raise ModelError(f"{path}: not a NumPy array; expected digests of pairs") from None
    content = stream.read()
    if dtype != np.dtype("<u8") or len(shape) != 1 or len(content) != 8 * shape[0]:
        raise ModelError(f"{path}: {dtype} of shape {shape}; expected digests of pairs")
    rows: NDArray[np.uint64] = np.frombuffer(content, dtype="<u8").astype(np.uint64)
    return rows


def _json_bytes(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
