"""Measure how far shares that a model reads lie from those of labels, on comments that it did not learn from.

A set is all labelled comments toward one target of one kind. The errors become a part of the model's card, and reports
state their range beside every share that no label corrects.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import SIDES, STANCES, LabelledComment, Stance
from stance.learn.examples import Example, make_examples
from stance.scoring.model import StanceModel
from stance.scoring.targets.target_set import TargetSet, load_targets

FEWEST = 40
"""Labelled comments that address the target: with fewer, the labels' own share is not known to ten points."""

Floats = NDArray[np.float64]


def share_errors(
    name: str, examples: Sequence[Example], probabilities: Floats, weights: Floats
) -> list[dict[str, Any]]:
    """Compare the shares by probabilities with those by labels, toward each target.

    :param name: Of the kind of comments.
    :param probabilities: Shape (n, 4), columns as ``STANCES``.
    :param weights: Shape (n,).
    :return: A record for each target that ``FEWEST`` comments address: ``set``, ``target``, ``n``, and by side the
        model's share minus the labels' share, in points.
    """
    labels, targets = _columns(examples)
    sides, rows = [STANCES.index(side) for side in SIDES], []
    for target in sorted(set(targets.tolist())):
        own = targets == target
        n = int(np.isin(labels[own], sides).sum())
        if n < FEWEST:
            continue
        given = np.bincount(labels[own], weights[own], len(STANCES))[sides]
        read = (weights[own] @ probabilities[own])[sides]
        errors = 100 * (read / read.sum() - given / given.sum())
        by_side = dict(zip(map(str, SIDES), errors.round(1).tolist(), strict=True))
        rows.append({"set": name, "target": target, "n": n} | by_side)
    return rows


def _columns(examples: Sequence[Example]) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Return the labels of pairs, as places in ``STANCES``, and their targets."""
    labels = np.array([STANCES.index(example.label) for example in examples])
    return labels, np.array([example.instance.target for example in examples])


def read_tested(path: Path, targets: TargetSet) -> dict[str, list[Example]]:
    """Read a table of labelled comments by their source.

    :param path: CSV with the columns id, source, text, target and label; ``language`` where it is not English.
    """
    by_source: dict[str, list[LabelledComment]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            if row["label"]:
                by_source[row["source"]].append(
                    LabelledComment(
                        text=row["text"],
                        target=row["target"],
                        label=Stance(row["label"]),
                        comment_id=row["id"],
                        annotator="tested",
                        language=row.get("language") or "en",
                    )
                )
    return {source: list(make_examples(found, targets)[0]) for source, found in by_source.items()}


def save_set(path: Path, examples: Sequence[Example], probabilities: Floats) -> None:
    """Write the labels and probabilities of a set, for ``benchmarks.coverage``."""
    labels, targets = _columns(examples)
    np.savez(path, labels=labels, probabilities=probabilities, targets=targets)


def errors_of_tested(
    model: StanceModel, held_out: Sequence[Example], tested: Iterable[Path], folder: Path | None = None
) -> list[dict[str, Any]]:
    """Measure a model on the stories that are held out, and on the sources of tables that it never learns from.

    :param folder: Where the sets are written too.
    """
    sets, targets = {"stories": list(held_out)}, load_targets()
    for path in tested:
        sets |= {f"{path.stem}: {source}": found for source, found in read_tested(path, targets).items()}
    rows = []
    for name, found in sets.items():
        answers = model.predict_proba([example.instance for example in found])
        rows += share_errors(name, found, answers, np.ones(len(found)))
        if folder is not None:
            save_set(folder / f"{name.replace(': ', '-')}.npz", found, answers)
    return rows
