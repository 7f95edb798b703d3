"""What the encoder says of an instance, in few columns that a regression can learn from some hundred labels.

The encoder's numbers are standardised and turned to the axes along which the training texts differ most. The first of
them stand once more for each target with many labels, since what a text is about says something of a side only for
sides that one knows ("bases", "sanctions"); the others serve any target.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from stance.scoring.encoder import POOLS, SIZE, TextEncoder, default_encoder
from stance.scoring.fitted import check_fitted, product
from stance.scoring.instances import Instance

Floats = NDArray[np.float64]

AXES = (128, 96, 64)
"""Columns for each of the encoder's pools; twice as many gave nothing on sources left out."""

ANCHORED = 48
"""Columns for each target with many labels."""

_MANY = 500  # instances of one target
_MAX_DEVIATION = 4.0
_SPREAD = 20.0  # of standardised numbers, so that rows have about the length of rows of words


class MeaningFeatures:
    """Turn instances into few dense columns by a frozen encoder.

    :param encoder: The shipped one where not given.
    """

    def __init__(self, encoder: TextEncoder | None = None) -> None:
        self.encoder = encoder

    @property
    def n_columns(self) -> int:
        """The number of columns, once fitted."""
        check_fitted(self, "anchors_")
        return sum(AXES) + ANCHORED * len(self.anchors_)

    @property
    def text_encoder(self) -> TextEncoder:
        """The encoder in use."""
        return self.encoder or default_encoder()

    def encode(self, instances: Sequence[Instance]) -> Any:
        """Give the encoder's numbers, shape (n, len(POOLS) * SIZE), which :meth:`fit` and :meth:`transform` take."""
        return self.text_encoder.encode(instances)

    def fit(self, instances: Sequence[Instance], y: Any = None, *, numbers: Any = None) -> Self:
        """Learn the axes, and which targets have many labels.

        :param numbers: What :meth:`encode` gives, where it is known already.
        """
        numbers = self.encode(instances) if numbers is None else numbers
        found = Counter(instance.target for instance in instances)
        self.anchors_ = tuple(sorted(target for target, n in found.items() if n >= _MANY))
        self.mean_ = numbers.mean(axis=0, dtype=np.float64)
        self.scale_ = numbers.std(axis=0, dtype=np.float64) + 1e-6
        standard = self.standardise(numbers)
        self.axes_ = [_widest(part, size) for part, size in zip(_pools(standard), AXES, strict=True)]
        return self

    def transform(self, instances: Sequence[Instance], numbers: Any = None) -> Floats:
        """Make the columns.

        :return: Shape (n, n_columns).
        """
        check_fitted(self, "axes_")
        numbers = self.encode(instances) if numbers is None else numbers
        parts = [product(pool, axes) for pool, axes in zip(_pools(self.standardise(numbers)), self.axes_, strict=True)]
        targets = np.array([instance.target for instance in instances], dtype=object)
        anchored = [parts[0][:, :ANCHORED] * (targets == anchor)[:, None] for anchor in self.anchors_]
        columns: Floats = np.hstack([*parts, *anchored])
        return columns

    def standardise(self, numbers: Any) -> Floats:
        """Bring the encoder's numbers to one scale: shape (n, len(POOLS) * SIZE)."""
        deviations = (numbers - self.mean_) / self.scale_
        standard: Floats = np.clip(deviations, -_MAX_DEVIATION, _MAX_DEVIATION) / _SPREAD
        for standardised, raw in zip(_pools(standard), _pools(numbers), strict=True):
            standardised[~raw.any(axis=1)] = 0.0  # the target is not named: nothing, not something unusual
        return standard


def _pools(numbers: Any) -> list[Any]:
    return [numbers[:, at : at + SIZE] for at in range(0, len(POOLS) * SIZE, SIZE)]


def _widest(matrix: Floats, size: int) -> Floats:
    """Give the axes of greatest spread, shape (columns, size); signs are set so that a run gives them again."""
    _, vectors = np.linalg.eigh(matrix.T @ matrix)
    axes: Floats = vectors[:, ::-1][:, :size]
    axes *= np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(size)])
    return axes
