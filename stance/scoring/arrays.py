"""Read and check the arrays of a model folder: shapes, ranges and sizes, before a number is used."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Record
from stance.exceptions import ModelError
from stance.scoring.cards import ARRAYS, CARD, Arrays, read_bytes, require
from stance.scoring.model import Floats


def read_arrays(folder: Path, card: Record) -> Arrays:
    """Read the arrays of a folder; those that are not listed in its card are refused."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    path = folder / ARRAYS
    content = read_bytes(path, 200_000_000)  # the arrays of a hundred targets take 100 MB
    is_listed = hashlib.sha256(content).hexdigest() == card["sha256"]
    require(is_listed, path, f"its digest is not the one in {CARD}", "the file that was saved")
    try:
        return dict(load(content))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: {str(error)[:100] or 'damaged'}; expected the arrays of stance train") from None


def checked_array(path: Path, arrays: Arrays, name: str, shape: tuple[int | None, ...]) -> Floats:
    """Return one array of numbers with an expected shape; None: any length."""
    values = arrays.get(name)
    if values is None:
        raise ModelError(f"{path}: no array {name!r}; expected one of shape {shape}")
    expected = tuple(size if n is None else n for n, size in zip(shape, values.shape, strict=False))
    is_shaped = len(shape) == values.ndim and expected == values.shape
    is_float = values.dtype in (np.dtype("<f2"), np.dtype("<f4"))
    require(is_shaped and is_float, path, f"{name}: {values.dtype} of shape {values.shape}", f"floats of shape {shape}")
    array: Floats = values.astype(np.float64)
    most = 1e6  # a number beyond it is damage, not a weight
    is_sound = np.isfinite(array).all() and (np.abs(array) <= most).all()
    require(is_sound, path, f"{name}: numbers beyond {most:g}", "none")
    return array


def shortened(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array as it is stored: large ones in half precision."""
    # Minimum number of numbers of an array that is stored in half precision.
    if values.size < 10_000 or np.abs(values).max() > np.finfo("<f2").max:
        return np.ascontiguousarray(values, "<f4")
    return np.ascontiguousarray(values, "<f2")
