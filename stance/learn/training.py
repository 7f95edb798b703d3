"""Train a model on labelled comments, measure it, and save it with its card.

The model that is kept learns from all labels but audit labels.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, field, replace
from itertools import compress
from pathlib import Path

import numpy as np

from stance.datamodels import FEWEST_TESTED, STANCES, Record, counted, frozen
from stance.exceptions import LabelError
from stance.labels.separation import Overlap, apart, overlap_of
from stance.learn import assessment, doubts
from stance.learn.adaptation import MOST_PAIRS, adapt, reading_once
from stance.learn.cross_validation import Progress, cross_validate, rows_to_measure, silent, unlike
from stance.learn.examples import Example, Examples, examples_digest, warn_of_undefined, without_texts
from stance.log import Log
from stance.scoring import persistence
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model, model_folder, save_model, train_rows
from stance.scoring.targets.target_set import TargetSet, load_targets


@frozen
class Training:
    """A trained model, and how good it is.

    :param evaluation: Measures in five folds, as ``stance evaluate --json`` prints them, with ``compared``: the base's
        name and measures, the ``difference`` from it, the ``verdict`` ``better``, ``worse`` or ``unsure``, and
        ``elsewhere``: the difference on other texts.
    """

    model: StanceModel
    evaluation: Record = field(repr=False)


def train_from_paths(
    paths: Iterable[Path],
    folder: Path,
    *,
    targets: TargetSet | None = None,
    seed: int = 0,
    start_from: str | Path,
    progress: Progress = silent,
    log: Log | None = None,
) -> Training:
    """Train on label tables, measure the model in five folds, and save it.

    :param paths: Label tables, or folders of them.
    :param folder: The model folder to write.
    :param start_from: The model that the labels are added to.
    :param progress: Called with each step when it begins.
    :param log: Logs rows that are left out, and doubts about the labels and the figures.
    :raises LabelError: If the tables hold too little to train on.
    :raises ModelError: If the folder holds something else, or there is no model to start from.
    """
    persistence.require_place(folder)  # before a training is paid for
    targets, base = targets or load_targets(), reading_once(load_model(start_from))
    trained_on = set(train_rows(model_folder(start_from)).tolist())
    progress("reading labels")
    examples, settled, skipped = assessment.read_pairs(paths, targets)
    fitted = trainable(examples)
    stories = len({example.story for example in fitted})
    progress(f"training on {counted(len(fitted), 'pair')} of {counted(stories, 'story', 'stories')}")
    model = adapt(base, fitted, others=unlike(examples))
    record = cross_validate(base, examples, trained_on, seed=seed, progress=progress)
    shared = shared_with_audit(examples, fitted)
    log, found = log or Log(), (*shared.warning(), *_doubts(model, examples, record["compared"]))
    limits = [f"{doubt[0].upper()}{doubt[1:]}." for doubt in found]
    settings: Record = {"start_from": base.name}
    warnings = [*settled.notes]
    if (judged := sum(is_named(example.instance) for example in fitted)) > MOST_PAIRS:
        settings["learned_from"] = MOST_PAIRS
        limit = f"the model learned from {MOST_PAIRS:,}, since more pairs do not improve it"
        warnings.append(f"{judged:,} labelled pairs; {limit}")
    measured = [examples[row] for row in rows_to_measure(examples, trained_on)]
    card = make_card(model, (fitted, measured), record, settings, limits) | {"seed": seed}
    card["data"]["shared_with_audit"] = asdict(shared)
    model = save_model(replace(model, card=card), folder, trained_on={pair.digest for pair in fitted})
    log.skip(*skipped)
    log.warn("labels", *warnings, *warn_of_undefined(examples, targets), *found)
    return Training(model, record | {"model": model.name})


def trainable(examples: Examples) -> list[Example]:
    """Return the examples that may be trained on: no audit rows, no texts of these, and as for draws no articles.

    :raises LabelError: If there are none.
    """
    audit = [example for example in examples if example.role == "audit"]
    fitted = without_texts((pair for pair in examples if pair.role != "audit"), audit)
    if not fitted:
        problem = f"{len(examples)} rows, none for training: audit rows, and rows with their texts, only correct shares"
        raise LabelError(f"{problem}; expected also rows with the role train (stance sample --role train)")
    stories = {example.story for example in audit}
    is_audited = np.array([example.story in stories for example in fitted])
    return [*compress(fitted, apart(is_audited, len(fitted) / 2))]  # half of the labels are enough


def shared_with_audit(examples: Examples, fitted: Examples) -> Overlap:
    """Count the texts and articles of audit labels that a model is trained on."""
    audit = [example for example in examples if example.role == "audit"]
    return overlap_of((pair.role, pair.article, pair.instance.text) for pair in (*audit, *fitted))


def _doubts(model: StanceModel, examples: Examples, compared: Record) -> Iterator[str]:
    """Yield the reasons why figures are too sure, and the gaps of the labels; the card lists them too."""
    if compared["difference"] is None:
        yield f"{compared['model']} was trained on all these labels, so the figures are higher than on other comments"
    yield from doubts.warn_of_few_stories(doubts.resampling(examples))
    yield from doubts.warn_of_languages(examples, model.languages)
    stances = {example.label for example in examples if example.role != "audit"}
    if missing := " or ".join(label for label in STANCES if label not in stances):
        yield f"no label is {missing}; expected labels of each stance, or the model may miss {missing}"


def make_card(
    model: StanceModel, data: tuple[Examples, Examples], record: Record, settings: Record, limits: Iterable[str]
) -> Record:
    """Make the card of a model: its data, its measures, its limits.

    :param data: The pairs that it was trained on, and those that it was measured on.
    :param settings: How it was made.
    :param limits: Further limits: what makes its figures surer than they are, and what labels leave out.
    """
    fitted, held_out = data
    return {
        "data": {"train": _describe(fitted), "held_out": _describe(held_out), "split": "by story"},
        "settings": settings,
        "languages": list(model.languages),
        "targets_tested": [name for name, row in sorted(record["targets"].items()) if row["n"] >= FEWEST_TESTED],
        "measures": {key: value for key, value in record.items() if key != "model"},
        "limits": [
            f"Reader comments in {', '.join(model.languages)}; other languages get no stance.",
            "Targets that are not listed under targets_tested are not validated.",
            "Irony, quotation without marks, and sides taken without naming the target are often missed.",
            "Probabilities are calibrated on comments of the same kind; check them on labels of your own.",
            *limits,
        ],
    }


def _describe(examples: Examples) -> Record:
    counts = Counter(example.label for example in examples)
    return {
        "pairs": len(examples),
        "texts": len({example.instance.text for example in examples}),
        "stories": len({example.story for example in examples}),
        "sources": len({example.source for example in examples}),
        "labels": {str(stance): counts[stance] for stance in STANCES},
        "sha256": examples_digest(examples),
    }
