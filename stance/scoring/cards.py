"""Read and check the card of a model folder: JSON from anyone, of known form and bounded depth and size."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from stance.datamodels import Json, Record
from stance.exceptions import ModelError
from stance.resources import formats
from stance.resources.files import file_errors

FORMAT = "stance-model/6"

CARD, ARRAYS, OTHERS = "card.json", "model.safetensors", "others"

Arrays = dict[str, NDArray[Any]]

Form = Json
"""A check of a value: a form in ``data/formats.toml``."""


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 10**12


def _is_count(value: Any, most: int = 10**12) -> bool:
    return type(value) is int and 0 <= value <= most


def _is_text(value: Any, most: int = 1_000) -> bool:
    return isinstance(value, str) and len(value) <= most and value.isprintable()


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "format": lambda value: value == FORMAT,
    "kind": lambda value: value in ("reader", "words"),
    "language": lambda value: _is_text(value, 12),
    "languages": lambda value: _fits(value, ["language"]) and bool(value),
    "targets": lambda value: _fits(value, ["text"]) and len(value) <= 100,
    "size": lambda value: _is_count(value, 4_096),
    "text": _is_text,
    "number": _is_number,
    "count": _is_count,
    "factor": lambda value: _is_number(value) and 0 < value <= 1_000,
    "object": lambda value: isinstance(value, dict),
}


def _fits(value: object, form: Form) -> bool:
    """Return whether a JSON value has a form."""
    if isinstance(form, str):
        if form.endswith("?"):
            return value is None or _fits(value, form[:-1])
        return _CHECKS[form](value) if form in _CHECKS else _fits(value, formats()["card_forms"][form])
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return False
        missing = any(key not in value for key in form if key != "*" and not key.endswith("?"))
        expected = {key.removesuffix("?"): item for key, item in form.items()}
        pairs = ((item, expected.get(key, form.get("*"))) for key, item in value.items())
        return not missing and all(item_form is None or _fits(item, item_form) for item, item_form in pairs)
    if not isinstance(value, list) or len(value) > 1_000:
        return False
    item_forms = form * len(value) if len(form) == 1 else form
    return len(item_forms) == len(value) and all(map(_fits, value, item_forms))


SCORED = ("format", "kind", "languages", "targets", "size", "encoder", "decision", "sha256")


def require(is_so: object, path: Path, reason: str, expected: str) -> None:
    """Refuse a folder in one line.

    :raises ModelError: If a condition does not hold.
    """
    if not is_so:
        raise ModelError(f"{path}: {reason}; expected {expected}")


def read_card(folder: Path) -> Record:
    """Read and check ``card.json``."""
    path = folder / CARD
    pickles = (".pkl", ".pickle", ".joblib", ".pt", ".bin", ".sav")
    pickled = next((file for file in (folder, *sorted(folder.glob("*"))) if file.suffix in pickles), None)
    if not path.is_file():
        what = f"{pickled.name}, a pickle, which could run code and is never loaded" if pickled else ""
        kind = "a file, not a model folder" if folder.is_file() else "no model" if any(folder.glob("*")) else ""
        raise ModelError(f"{folder}: {what or kind or 'an empty folder'}; expected {CARD}")
    try:
        card = json.loads(read_bytes(path, 1_000_000))
        require(isinstance(card, dict), path, f"a JSON {type(card).__name__}", "an object")
        card = plain_json(card)
    except (ValueError, RecursionError) as error:
        reason = str(error) if "levels" in str(error) else "not JSON"
        raise ModelError(f"{path}: {reason}; expected a model card") from None
    for key, form in formats()["card_forms"]["card"].items():
        name = key.removesuffix("?")
        require(name in card or key != name, path, f"no {name!r}", ", ".join(SCORED))
        is_right = name not in card or (card[name] is None and key != name) or _fits(card[name], form)
        require(is_right, path, f"{name} {str(card.get(name))[:60]}", "what stance train writes")
    return card


def plain_json(value: Json, depth: int = 0) -> Json:
    """Return a JSON value that can be shown and written: no control characters, None for numbers that are none.

    :raises ValueError: If it is nested deeper than any card of ours, which have seven levels.
    """
    if depth > 20:
        raise ValueError("more than 20 levels")
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {plain_json(key, depth): plain_json(item, depth + 1) for key, item in value.items()}
    return [plain_json(item, depth + 1) for item in value] if isinstance(value, list) else value


def read_bytes(path: Path, most: int) -> bytes:
    """Read a file of at most some bytes.

    :raises ModelError: If it is missing, larger or cannot be read.
    """
    if not path.is_file():
        raise ModelError(f"{path}: no such file; expected it in a model folder")
    with file_errors(path, "cannot be read", "a readable file", ModelError), path.open("rb") as file:
        content = file.read(most + 1)
    require(len(content) <= most, path, f"more than {most} bytes", "at most that")
    return content
