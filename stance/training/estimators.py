"""A stance model as scikit-learn's own tools take it, so that a study can use the protocol of its field.

:class:`StanceEstimator` is the whole model, as ``stance train`` makes it: four stances for every pair, also for texts
that do not name their target.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from numbers import Integral
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from stance.datamodels import STANCES, LabelledComment, Stance, decide, own_words
from stance.evaluation import Example, make_examples
from stance.exceptions import LabelError, unknown
from stance.scoring.instances import decision_of
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_base, load_model
from stance.targets import TargetSet, load_targets
from stance.training import adapt, train

Floats = NDArray[np.float64]

_FIELDS = ("document", "outlet", "parent", "title", "lead", "annotator", "language")
"""Columns beside text and target, named as fields of a labelled comment; label tables call the language ``lang``."""


# Pairs as rows -------------------------------------------------------------------------------------------------------


def pair_examples(X: Any, targets: TargetSet | None = None, y: Any = None) -> list[Example]:  # noqa: N803
    """Make examples of pairs, one for each row, in their order.

    :param X: n pairs, as :class:`StanceEstimator` takes them.
    :param targets: What is found in texts; those that ship where not given.
    :param y: Length n; names of stances. Where not given, the labels of the examples mean nothing.
    :raises LabelError: If a row cannot be used; its number is named.
    """
    labels = [Stance.NOT_ADDRESSED] * len(X) if y is None else _stances(y)
    comments = [_comment(row, number, label) for (number, row), label in zip(_rows(X), labels, strict=True)]
    if not comments:
        return []
    examples, unknown = make_examples(comments, targets or load_targets(), audit=True)
    if len(examples) < len(comments):
        raise LabelError("; ".join(f"{skip.source}: {skip.reason}" for skip in unknown))
    return examples


def refuse_audit(X: Any) -> None:  # noqa: N803
    """Refuse to train on audit rows.

    :raises LabelError: If there are any.
    """
    audit = [number for number, row in _rows(X) if row.get("role") == "audit"]
    if audit:
        raise LabelError(f"row {audit[0]}: an audit row, one of {len(audit)}; expected frame[frame['role'] != 'audit']")


def _rows(X: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:  # noqa: N803
    """Return each row with its number, from 0."""
    if hasattr(X, "columns"):
        missing = [column for column in ("text", "target") if column not in X.columns]
        if missing:
            seen = ", ".join(str(name)[:30] for name in list(X.columns)[:8]) or "nothing"
            raise LabelError(f"no column {missing[0]!r} among {seen}; expected text, target")
        known = [name for name in ("text", "target", "role", "quoted", *_FIELDS, "lang") if name in X.columns]
        columns = [X[name].tolist() for name in known]
        yield from enumerate(dict(zip(known, cells, strict=True)) for cells in zip(*columns, strict=True))
        return
    for number, pair in enumerate(X):
        if isinstance(pair, str | Mapping) or not hasattr(pair, "__len__") or len(pair) != 2:
            seen = f"row {number}: {str(pair)[:40]!r}"
            raise LabelError(f"{seen}; expected (text, target), or a data frame with these columns")
        yield number, {"text": pair[0], "target": pair[1]}


def _comment(row: Mapping[str, Any], number: int, label: Stance) -> LabelledComment:
    for column in ("text", "target"):
        if not isinstance(row[column], str) or not row[column].strip():
            raise LabelError(f"row {number}: {column} is {str(row[column])[:40]!r}; expected words")
    text = own_words(row["text"], _cell(row.get("quoted")))
    known = {field: _cell(row.get(field)) for field in _FIELDS}
    known["language"] = _cell(row.get("lang")) or known["language"]
    return replace(LabelledComment(text, "-".join(row["target"].lower().split()), label), **known)  # type: ignore[arg-type]


def _cell(value: Any) -> str | None:
    """Return a cell as text, whatever its type: an empty one, None, NaN, NaT and NA are absent.

    A document may be named by a date, a path or a number of NumPy; were it dropped, folds would cut through it.
    """
    return None if _is_absent(value) else str(value).strip() or None


def _is_absent(value: Any) -> bool:
    try:
        return value is None or bool(value != value)  # NaN and NaT are not what they are
    except (TypeError, ValueError):  # NA does not say; nor does a cell that holds several
        return True


def _stances(y: Any) -> list[Stance]:
    known = {str(stance) for stance in Stance}
    for number, label in enumerate(y):
        if isinstance(label, Integral):
            encoded = "as tools hand on that encode labels (cross_val_predict with predict_proba, VotingClassifier)"
            raise LabelError(f"row {number}: label {label} is a number, {encoded}; expected names of stances")
        if not isinstance(label, str) or label not in known:
            raise LabelError(unknown(f"row {number}: label", label, Stance))
    return [Stance(label) for label in y]


# The whole model ------------------------------------------------------------------------------------------------------


CLASSES = tuple(sorted(str(stance) for stance in STANCES))
"""The four stances in the order of the alphabet, as scikit-learn expects classes to be."""

_ORDER = [STANCES.index(name) for name in CLASSES]


class StanceEstimator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The model that ``stance train`` makes of the same rows, as a scikit-learn classifier.

    With ``start_from="default"`` it predicts as that model does, and fitting adds labels to it, as the command does
    unless told otherwise; by default labels stand alone, as with ``--alone``.

    Pairs are rows of a frame with ``text``, ``target`` and, where known, ``title`` and ``lead`` of the article,
    ``parent`` (the text that is answered), ``quoted`` (the part of the text that repeats others), ``document``,
    ``annotator`` and ``language``; or a sequence of ``(text, target)``. Pairs that do not name their target are judged
    too, by how often such pairs took sides. ``classes_`` are always all four stances.

    :param light: Without the encoder: somewhat worse, and many times as fast. A model to start from decides itself.
    :param start_from: A model that the labels are added to: its name or folder; None: the labels alone.
    :param targets: What is found in texts; those that ship where not given.
    :param random_state: Of everything that is drawn.
    """

    def __init__(
        self,
        *,
        light: bool = True,
        start_from: str | Path | None = None,
        targets: TargetSet | None = None,
        random_state: int = 0,
    ) -> None:
        self.light = light
        self.start_from = start_from
        self.targets = targets
        self.random_state = random_state

    def fit(self, X: Any, y: Any, groups: Sequence[Any] | None = None) -> Self:  # noqa: N803
        """Train on labelled pairs.

        :param X: n pairs.
        :param y: Length n; names of stances.
        :param groups: Length n; what the inner folds never cut through. The documents of the pairs where not given.
        :raises LabelError: If a row cannot be used, is an audit row, or there are too few.
        """
        check_consistent_length(X, y, groups)
        refuse_audit(X)
        examples = pair_examples(X, self.targets, y)
        if groups is not None:
            examples = [replace(each, story=str(group)) for each, group in zip(examples, groups, strict=True)]
        self.model_ = (
            train(examples, seed=self.random_state, light=self.light)
            if self.start_from is None
            else adapt(load_base(self.start_from), examples, seed=self.random_state)
        )
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each stance.

        :return: Shape (n, 4), columns in the order of ``classes_``; rows sum to 1.
        :raises LabelError: If a row cannot be used; its number is named.
        """
        return self._probabilities(self._model(), X)[:, _ORDER]

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the name of the stance of each pair, by the decision rule of the model."""
        model = self._model()
        rows = zip(pair_examples(X, self.targets), self._probabilities(model, X).tolist(), strict=True)
        stances = [str(decide(row, decision_of(model, each.instance.language))) for each, row in rows]
        return np.array(stances, self.classes_.dtype)

    def _probabilities(self, model: StanceModel, X: Any) -> Floats:  # noqa: N803
        """Return probabilities in the order of ``STANCES``."""
        instances = [example.instance for example in pair_examples(X, self.targets)]
        return model.predict_proba(instances) if instances else np.zeros((0, len(STANCES)))

    def __sklearn_tags__(self) -> Any:
        """Declare that rows hold texts and no numbers, and whether it must be fitted before it predicts."""
        tags = super().__sklearn_tags__()
        tags.requires_fit = self.start_from is None
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether it predicts: once it is fitted, or as the model that it starts from."""
        return hasattr(self, "model_") or self.start_from is not None

    @property
    def classes_(self) -> NDArray[Any]:
        """The four stances, whatever labels it was fitted on."""
        return np.array(CLASSES)

    def _model(self) -> StanceModel:
        check_is_fitted(self)
        start = None if hasattr(self, "model_") else self.start_from
        return self.model_ if start is None else load_model(start)
