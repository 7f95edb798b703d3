"""Fit the words and cues of a model from scratch."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from stance.datamodels import STANCES, Stance
from stance.learn import Example, Examples
from stance.learn.training import BIAS_GRID, FEWEST_PAIRS, require_enough
from stance.scoring.classifier import Floats, Matrix, StanceClassifier
from stance.scoring.clauses import ENGLISH
from stance.scoring.cues import N_KEYS, CueHit, correct, key_matrix
from stance.scoring.features import InstanceFeatures
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import StanceModel, unnamed_cell

# Weight of an untypical pair when cue weights are fitted (typical: 1): clever comments reverse cues.
_OTHER_IMPORTANCE = 0.3
_RARE_LANGUAGE = 0.02  # share of pairs below which a language is that of quotations, or wrongly detected
_SMOOTHING = 5.0  # rows added to a cell of shares, spread as the shares of all cells
STRENGTH = 2.0
"""Ridge penalty. Macro F1 on other sources was the same from 0.5 to 6, and .005 lower at 20."""
_DIRECTIONS = {Stance.FAVOR: 1.0, Stance.AGAINST: -1.0}
_FOLDS = 10
_NOT_ADDRESSED = STANCES.index(Stance.NOT_ADDRESSED)


def leave_undefined(examples: Examples) -> list[Example]:
    """Leave out targets that are defined nowhere, unless there are no others.

    Found by their name alone, they are addressed unseen more often: a model that knew no other would take that to hold
    for every target.
    """
    return [example for example in examples if example.is_defined] or list(examples)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where labelled pairs come from, as far as it decides how they are used; each list has a value for every pair.

    :param groups: Tested across: sources whose stories differ, or stories.
    :param typical: Whether a pair is like those that users score.
    :param head: Whether the head is fitted on it.
    :param real: Number of real comments, the last pairs. With some, no odds are shifted: a rule decides.
    :param not_addressed: Share of texts that do not address a target, of those that do not name it; None: as labelled.
    """

    groups: Sequence[str]
    typical: Sequence[bool]
    head: Sequence[bool]
    real: int = 0
    not_addressed: float | None = None

    @classmethod
    def stories(cls, examples: Examples) -> "Sources":
        """Treat all pairs alike, and test across stories."""
        every = [True] * len(examples)
        return cls([example.story for example in examples], every, every)


def train(
    examples: Examples,
    *,
    seed: int = 0,
    sources: Sources | None = None,
) -> StanceModel:
    """Fit a model from scratch.

    :param examples: Of every target together; the model knows apart only those with many labels.
    :raises LabelError: If too few of them address their target, or all take the same side.
    """
    sources = sources or Sources.stories(examples)
    rows = [row for row, example in enumerate(examples) if is_named(example.instance)]
    judged = [examples[row] for row in rows]
    require_enough(judged, FEWEST_PAIRS)
    instances, labels = [example.instance for example in judged], [str(example.label) for example in judged]
    counts = Counter(instance.language for instance in instances)
    languages = tuple(each for each, n in counts.most_common() if n >= _RARE_LANGUAGE * len(instances))
    groups, written = [sources.groups[row] for row in rows], examples[: len(examples) - sources.real]
    importance = np.where(np.array(sources.typical)[rows], 1.0, _OTHER_IMPORTANCE)
    features = InstanceFeatures()
    # One thread: sums in another order are other weights in the last digits, and so another model.
    with threadpool_limits(1):
        matrix = fit_out_of_fold(features, instances, labels, groups, importance)
        odds = (1.0,) if sources.real else BIAS_GRID
        classifier = StanceClassifier(channels=features.channels, bias_grid=odds, random_state=seed)
        is_typical = [sources.head[row] for row in rows]
        if languages != (ENGLISH,) and ENGLISH in languages:  # what English ones teach serves the others
            languages = tuple(each for each in languages if each != ENGLISH)
            is_typical = [example.instance.language != ENGLISH for example in judged]
            written = [example for example in written if example.instance.language != ENGLISH]
        classifier.fit(matrix, labels, groups=groups, is_typical=is_typical)
    unnamed = shares_of_unnamed(written, features, sources.not_addressed)
    return StanceModel(features, classifier, unnamed, "candidate", languages)


def fit_out_of_fold(
    features: InstanceFeatures,
    instances: Sequence[Instance],
    labels: Sequence[str],
    groups: Sequence[str],
    importance: Floats | None = None,
) -> Matrix:
    """Fit features, and return the matrix in which each row's cues are weighed by labels of other groups.

    :param importance: Shape (n,); how much each text counts for the cues.
    """
    fired = features.cue_engine.match_all(instances)
    features.fit(instances).cue_coef_ = fit_corrections([found.own for found in fired], labels, importance)
    own = correct_out_of_fold([found.own for found in fired], labels, groups, importance)
    return features.transform(instances, [found._replace(own=hits) for hits, found in zip(own, fired, strict=True)])


def fit_corrections(
    hits: Sequence[Sequence[CueHit]], labels: Sequence[str], importance: Floats | None = None
) -> Floats:
    """Learn corrections of the written weights.

    :param hits: The cues that fired in each text.
    :param labels: What each text meant; other than favor and against is no side.
    :param importance: Shape (n,); how much each text counts.
    :return: Shape (:data:`N_KEYS`,); zeros if no cue fired.
    """
    from sklearn.linear_model import Ridge

    rows = [i for i, found in enumerate(hits) for hit in found if hit.weight]
    if not rows:
        return np.zeros(N_KEYS)
    keys, written = key_matrix(hits)
    matrix = keys.matrix()
    sides = np.array([_DIRECTIONS.get(label, 0.0) for label in labels])
    # A long text with many cues is one opinion, not many.
    weights = (1 / np.sqrt(np.bincount(rows, minlength=len(hits))[rows])) * (
        1.0 if importance is None else importance[rows]
    )
    ridge = Ridge(alpha=STRENGTH, fit_intercept=False, solver="sparse_cg", tol=1e-5)
    return ridge.fit(matrix, sides[rows] - written, sample_weight=weights).coef_


def correct_out_of_fold(
    hits: Sequence[tuple[CueHit, ...]], labels: Sequence[str], groups: Sequence[str], importance: Floats | None = None
) -> list[tuple[CueHit, ...]]:
    """Correct each text's cues by texts of other groups, as those of new texts will be."""
    from sklearn.model_selection import GroupKFold

    corrected = list(hits)
    if len(set(groups)) < 2:
        return correct(hits, fit_corrections(hits, labels, importance))
    for fitted, left_out in GroupKFold(min(len(set(groups)), _FOLDS)).split(np.zeros(len(hits)), groups=groups):
        part = None if importance is None else importance[fitted]
        corrections = fit_corrections([hits[i] for i in fitted], [labels[i] for i in fitted], part)
        for i, found in zip(left_out, correct([hits[i] for i in left_out], corrections), strict=True):
            corrected[i] = found
    return corrected


def shares_of_unnamed(
    examples: Examples, features: InstanceFeatures, not_addressed: float | None = None
) -> NDArray[np.float64]:
    """Count the stances of texts that do not name their target: shape (2, 3, 4), the last axis sums to 1.

    :param not_addressed: Share that does not address it among real comments: it counts as much more as makes it that
        common here (Saerens et al., Adjusting the Outputs of a Classifier to New a Priori Probabilities, 2002).
    """
    left = [example for example in examples if not is_named(example.instance)]
    fired = features.match([example.instance for example in left])
    counts = np.zeros((2, 3, len(STANCES)))
    for example, found in zip(left, fired, strict=True):
        counts[(*unnamed_cell(example.instance, found.own), STANCES.index(example.label))] += 1
    overall = counts.sum(axis=(0, 1)) + np.eye(len(STANCES))[_NOT_ADDRESSED]
    counts += _SMOOTHING * overall / overall.sum()
    if not_addressed is not None:
        share = counts[:, :, _NOT_ADDRESSED].sum() / counts.sum()
        counts[:, :, _NOT_ADDRESSED] *= max(1.0, not_addressed / (1 - not_addressed) * (1 - share) / share)
    return counts / counts.sum(axis=2, keepdims=True)
