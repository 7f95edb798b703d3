"""Stance models as scikit-learn's own tools take them, so that a study can use the protocol of its field.

Two ways. :class:`StanceEstimator` is the whole model, as ``stance train`` makes it: four stances for every pair, also
for texts that do not name their target. :func:`stance_pipeline` is the part that learns, in an ordinary pipeline whose
settings can be searched and whose steps can be replaced; :func:`pipeline_model` makes a whole model of one.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from stance.datamodels import STANCES
from stance.exceptions import ModelError
from stance.scoring.classifier import StanceClassifier
from stance.scoring.model import StanceModel
from stance.scoring.pairs import PairFeatures, pair_examples, refuse_audit
from stance.scoring.persistence import load_base
from stance.targets import TargetSet
from stance.training import BIAS_GRID, adapt, shares_of_unnamed, train

CLASSES = tuple(sorted(str(stance) for stance in STANCES))
"""The four stances in the order of the alphabet, as scikit-learn expects classes to be."""

_ORDER = [STANCES.index(name) for name in CLASSES]


class StanceEstimator(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The model that ``stance train`` makes of the same rows, as a scikit-learn classifier.

    With ``start_from="default"`` labels are added to a model that exists, as the command does unless told otherwise; by
    default they stand alone, as with ``--alone``.

    Pairs are rows of a frame with ``text``, ``target`` and, where known, ``parent`` (the text that is answered),
    ``document``, ``annotator`` and ``lang``; or a sequence of ``(text, target)``. Pairs that do not name their target
    are judged too, by how often such pairs took sides. ``classes_`` are always all four stances.

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
        self.classes_ = np.array(CLASSES)
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Return the probability of each stance.

        :return: Shape (n, 4), columns in the order of ``classes_``; rows sum to 1.
        :raises LabelError: If a row cannot be used; its number is named.
        """
        check_is_fitted(self, "model_")
        instances = [example.instance for example in pair_examples(X, self.targets)]
        return self.model_.predict_proba(instances)[:, _ORDER]

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Return the name of the most probable stance of each pair."""
        probabilities = self.predict_proba(X)
        chosen: NDArray[Any] = self.classes_[probabilities.argmax(axis=1)]
        return chosen

    def __sklearn_tags__(self) -> Any:
        """Return tags that mark rows as texts."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        return tags


def stance_pipeline(
    *, light: bool = True, targets: TargetSet | None = None, random_state: int = 0, memory: Any = None, **settings: Any
) -> Pipeline:
    """Make an ordinary pipeline of ``features`` (:class:`PairFeatures`) and ``classifier`` (:class:`StanceClassifier`).

    It judges what it is given: fit and measure it on pairs that name their target
    (:func:`~stance.scoring.pairs.names_target`), as the whole model does.

    :param light: Without the encoder: somewhat worse, and many times as fast.
    :param targets: What is found in texts; those that ship where not given.
    :param random_state: Of everything that is drawn.
    :param memory: Keeps fitted features, as that of any pipeline: a folder, or a ``joblib.Memory``.
    :param settings: Further parameters by their step: ``classifier__C=0.3``, ``features__n_hashes=2**14``.
    """
    steps = [
        ("features", PairFeatures(targets=targets, encoder=not light, random_state=random_state)),
        ("classifier", StanceClassifier(bias_grid=BIAS_GRID, random_state=random_state)),
    ]
    pipeline: Pipeline = Pipeline(steps, memory=memory).set_params(**settings)
    return pipeline


def pipeline_model(pipeline: Pipeline, X: Any, y: Any, *, name: str = "candidate") -> StanceModel:  # noqa: N803
    """Make a whole model of a fitted pipeline: one that judges every pair, can be saved, and shows its evidence.

    :param pipeline: As :func:`stance_pipeline` makes it, fitted.
    :param X: Labelled pairs; those that do not name their target tell how often such pairs take sides.
    :param y: Length n; names of stances.
    :raises LabelError: If a row cannot be used, or is an audit row; its number is named.
    :raises ModelError: If the pipeline ends in another classifier, which no model folder can hold.
    """
    check_is_fitted(pipeline)
    refuse_audit(X)
    features, classifier = pipeline.named_steps["features"], pipeline.named_steps["classifier"]
    if not isinstance(classifier, StanceClassifier):
        raise ModelError(f"a pipeline that ends in {type(classifier).__name__}; expected a StanceClassifier")
    examples = pair_examples(X, features.targets, y)
    unnamed = shares_of_unnamed(examples, features.features_)
    return StanceModel(features.features_, features.channels_.with_head(classifier), unnamed, name=name)
