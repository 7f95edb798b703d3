"""Whether a new model takes the place of the current one: only if it is surely better on labels neither has seen.

Both are measured on the same audit labels, and whole stories are resampled. A model that is as good takes the place of
another once in forty times by chance; with fewer stories than :data:`FEWEST_STORIES` it would be oftener.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.assessment import Sample, is_decided, read_sample
from stance.datamodels import FEWEST_TESTED, Evaluation, Skip
from stance.evaluation import PairedDifference, difference_record, evaluate, measures_record, paired_bootstrap
from stance.examples import Example
from stance.exceptions import LabelError, ModelError
from stance.records import pair_digest
from stance.registry.events import Kind
from stance.registry.versions import Registry, Version, resolve_model
from stance.scoring.instances import Instance
from stance.scoring.persistence import load_model, model_folder, train_rows
from stance.scoring.scorers import Scorer
from stance.targets import TargetSet

FEWEST_ROWS = FEWEST_TESTED
"""Fewer audit labels decide nothing."""

FEWEST_STORIES = 15
"""Fewer stories decide nothing. Of two equally good models that err by story, the bootstrap finds the first surely
better in 12 % of 3 stories, 7 % of 5, 6 % of 10, 3 % of 15, and 2.5 % of 30 to 100, in 600 simulated samples each."""

Test = Callable[[Example], bool]

MEASURE = "macro_f1"
MOST_WISHED = 20
"""Beyond so many times the audit labels there are, how many are needed is no longer worth saying."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Two models on the same labelled pairs."""

    first: str  # name of the model; its difference from the second is what is measured
    second: str
    difference: PairedDifference  # of macro F1
    scores: tuple[Evaluation, Evaluation]
    stories: int
    audit: int  # how many of the pairs are audit pairs
    sha256: str  # of the pairs with their labels
    known: int = 0  # pairs that were left out: one of the models was trained on them
    undecided: int = 0  # pairs that were left out: one of the models gave no stance


@dataclass(frozen=True, slots=True)
class Decision:
    """What a measurement led to."""

    kind: Kind  # promoted, kept or forced
    measured: Measured

    @property
    def needed(self) -> int | None:
        """How many more audit labels would about do, if the difference is as large as it seems; None: no use to say."""
        found = self.measured.difference
        if found.difference <= 0:
            return None
        # The width of an interval goes with one over the root of the number of labels.
        below = found.difference - found.interval[0]
        wished = max(FEWEST_ROWS - found.n, found.n * ((below / found.difference) ** 2 - 1))
        return _rounded_up(wished) if 0 < wished <= MOST_WISHED * found.n else None


def measure(
    first: Scorer, second: Scorer, examples: Sequence[Example], *, seed: int = 0, is_known: Test = lambda _: False
) -> Measured:
    """Measure two models on the same labelled pairs, where both give a stance.

    :param examples: Any labelled pairs, each with its story.
    :param seed: Of the bootstrap.
    :param is_known: Tells of a pair whether either was trained on it; such pairs are left out.
    :raises LabelError: If no pair is left.
    """
    fresh = [example for example in examples if not is_known(example)]
    if not fresh:
        raise LabelError(f"all {len(examples)} pairs are in the training data of a model; expected pairs new to both")
    instances = [example.instance for example in fresh]
    both = [_probabilities(scorer, instances) for scorer in (first, second)]
    rows = np.flatnonzero(is_decided(both[0], 0.0) & is_decided(both[1], 0.0)).tolist()
    if not rows:
        raise LabelError(f"{first.name}, {second.name}: none of {len(fresh)} pairs decided by both; expected some")
    left = [fresh[row] for row in rows]
    gold, stories = [example.label for example in left], [example.story for example in left]
    one, other = (probabilities[rows] for probabilities in both)
    return Measured(
        first=first.name,
        second=second.name,
        difference=paired_bootstrap(gold, one, other, stories, MEASURE, seed),
        scores=(
            evaluate(gold, one, stories=stories, seed=seed),
            evaluate(gold, other, stories=stories, seed=seed),
        ),
        stories=len(set(stories)),
        audit=sum(example.role == "audit" for example in left),
        sha256=rows_digest(left),
        known=len(examples) - len(fresh),
        undecided=len(fresh) - len(left),
    )


def promote(
    candidate: Scorer,
    current: Scorer,
    audit: Sequence[Example],
    *,
    seed: int = 0,
    force: bool = False,
    is_known: Test = lambda _: False,
) -> Decision:
    """Decide whether a candidate takes the place of the current model.

    It does when the 95 % interval of the difference of macro F1 lies above zero, on at least :data:`FEWEST_ROWS` audit
    pairs of at least :data:`FEWEST_STORIES` stories.

    :param audit: Labelled pairs; those that are no audit pairs are not looked at.
    :param force: Let it take the place in any case; the decision then says so.
    :param is_known: As for :func:`measure`.
    :raises LabelError: If there is no audit pair that is new to both.
    """
    measured = measure(candidate, current, _audit_pairs(audit), seed=seed, is_known=is_known)
    if decides(measured) and measured.difference.interval[0] > 0:
        return Decision(Kind.PROMOTED, measured)
    return Decision(Kind.FORCED if force else Kind.KEPT, measured)


def _audit_pairs(examples: Sequence[Example]) -> list[Example]:
    drawn = [example for example in examples if example.role == "audit"]
    if not drawn:
        raise LabelError(f"{len(examples)} labelled pairs, none with role audit; expected a sample by stance sample")
    return drawn


def decides(measured: Measured) -> bool:
    """Tell whether there are labels enough to decide anything."""
    return measured.difference.n >= FEWEST_ROWS and measured.stories >= FEWEST_STORIES


def read_audit(paths: Sequence[Path], targets: TargetSet) -> Sample:
    """Read label tables that a promotion is to go by.

    :raises LabelError: If no row of them is an audit row that can be used.
    """
    sample = read_sample(paths, targets)
    _audit_pairs(sample.examples)
    return sample


def promote_version(
    registry: Registry, version: Version, audit: Sample, *, seed: int = 0, force: bool = False, command: str = ""
) -> Decision:
    """Measure a version against what its name stands for, and record what that leads to.

    The first version of a name has to be better than ``default``: that is what scores where no other is asked for.

    :param audit: As :func:`read_audit` gives it.
    :raises LabelError: If there is no audit pair that is new to both.
    :raises ModelError: If a model cannot be loaded, or another run changed what the name stands for meanwhile.
    """
    against = registry.current(version.name)
    if against == version:
        raise ModelError(f"{version.label}: the current {version.name} already; expected another version of it")
    registry.check(version)
    places = [registry.place(version), model_folder(resolve_model(against.label, registry) if against else "default")]
    candidate, current = (load_model(place) for place in places)
    decision = promote(candidate, current, audit.examples, seed=seed, force=force, is_known=known_to(places))
    registry.decide(version, decision.kind, decision_record(decision), against=against, command=command)
    return decision


def known_to(folders: Iterable[Path]) -> Test:
    """Give the test whether one of some models was trained on a pair, as their folders say."""
    rows = frozenset(row for folder in folders for row in train_rows(folder).tolist())
    return lambda example: pair_digest(example.instance.text, example.instance.target) in rows


def compare_on(
    paths: Sequence[Path],
    first: Scorer,
    second: Scorer,
    *,
    targets: TargetSet,
    seed: int = 0,
    folders: Iterable[Path] = (),
) -> tuple[Measured, tuple[Skip, ...]]:
    """Measure two models on label tables, whatever the role of their rows.

    :param folders: Of the models, where they have some: what they were trained on is left out.
    :return: The measures, and what of the tables was skipped.
    :raises LabelError: If no pair can be measured on.
    """
    sample = read_sample(paths, targets)
    return measure(first, second, sample.examples, seed=seed, is_known=known_to(folders)), sample.skipped


def _rounded_up(number: float) -> int:
    """Give two digits of a number: it is an estimate, and more digits would promise more."""
    unit: int = 10 ** max(0, len(str(ceil(number))) - 2)
    return ceil(number / unit) * unit


def rows_digest(examples: Sequence[Example]) -> str:
    """Give the digest of labelled pairs, in whatever order."""
    rows = sorted(f"{e.instance.text}\t{e.instance.target}\t{e.label}" for e in examples)
    return hashlib.sha256("\n".join(rows).encode(errors="replace")).hexdigest()


def measured_record(measured: Measured) -> dict[str, Any]:
    """Turn the measures of two models on the same pairs into a record."""
    first, second = measured.scores
    return {
        "measure": MEASURE,
        "difference": difference_record(measured.difference),
        "scores": [
            {"model": measured.first, **measures_record(first)},
            {"model": measured.second, **measures_record(second)},
        ],
        "data": {
            "pairs": measured.difference.n,
            "audit": measured.audit,
            "stories": measured.stories,
            "sha256": measured.sha256,
            "left_out": {"trained_on": measured.known, "undecided": measured.undecided},
        },
    }


def decision_record(decision: Decision) -> dict[str, Any]:
    """Turn a decision into what the registry keeps of it."""
    measured = decision.measured
    models = {"candidate": measured.first, "against": measured.second, "needed": decision.needed}
    return models | measured_record(measured)


def _probabilities(scorer: Scorer, instances: Sequence[Instance]) -> NDArray[np.float64]:
    """Ask for no evidence where a model gives stances without: finding it takes longer than the stances."""
    predict = getattr(scorer, "predict_proba", None)
    found: NDArray[np.float64] = predict(instances) if predict else scorer.judge(instances).probabilities
    return found
