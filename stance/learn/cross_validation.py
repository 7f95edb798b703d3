"""Measure adapted models on stories that they never saw, and compare them with the model that they start from.

Each story is left out once, in five folds, and answered by a model of the other stories.
"""

from collections.abc import Callable
from functools import cache
from itertools import compress
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import numpy as np

from stance.aggregation.observations import Floats
from stance.datamodels import FEWEST_PAIRS, FEWEST_TESTED, STANCES, Record
from stance.labels.tables import load_labels
from stance.learn import assessment
from stance.learn.adaptation import adapt
from stance.learn.doubts import resampling
from stance.learn.examples import Example, Examples, make_examples, story_digest, story_folds, without_texts
from stance.learn.measures import count_changes, paired_bootstrap, rounded
from stance.options.models import MeasureOptions
from stance.resources import DEMO
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.scoring.targets.target_set import load_targets

Progress = Callable[[str], None]

FOLDS = 5


def silent(_: str) -> None:
    """Show no progress."""


def rows_to_measure(examples: Examples, trained_on: set[int]) -> list[int]:
    """Return the places of the pairs that a model was not trained on; if it was trained on all, all places."""
    return [row for row, example in enumerate(examples) if example.digest not in trained_on] or [*range(len(examples))]


def cross_validate(
    base: StanceModel, examples: Examples, trained_on: set[int], *, seed: int, progress: Progress = silent
) -> Record:
    """Measure models of five folds, each on the stories that it was not trained on, and compare them with their base.

    :param examples: Of every role; audit rows are measured on, and never trained on.
    :param trained_on: Digests of the pairs that the base was trained on: nothing is measured on them, unless there
        are no others.
    :return: The measures, and ``compared``.
    """
    folds = np.array(story_folds(examples, FOLDS))
    count = int(folds.max()) + 1  # of few stories, less than ``FOLDS``
    shape = len(examples), len(STANCES)
    probabilities, factors = np.zeros(shape), np.ones(shape)
    elsewhere = unlike(examples)
    of_others = np.array([story_digest(pair.story)[0] % count for pair in elsewhere])
    changed = np.zeros((len(elsewhere), len(STANCES)))
    for fold in range(count):
        progress(f"measuring: fold {fold + 1} of {count}")
        left_out = [*compress(examples, folds == fold)]
        others = (pair for pair in compress(examples, folds != fold) if pair.role != "audit")
        unseen = [*compress(elsewhere, of_others != fold)]
        model = adapt(base, without_texts(others, left_out), fewest=FEWEST_PAIRS // 2, others=unseen)
        instances = [pair.instance for pair in compress(elsewhere, of_others == fold)]
        changed[of_others == fold] = model.predict_proba(instances)
        probabilities[folds == fold] = model.predict_proba([example.instance for example in left_out])
        factors[folds == fold] = assessment.factors_of(left_out, model)
    rows = rows_to_measure(examples, trained_on)
    measured = [examples[row] for row in rows]
    record = assessment.measure_answers(measured, probabilities[rows], factors[rows], MeasureOptions(seed=seed))
    compared = _compare(base, examples, trained_on, (probabilities, factors), seed)
    answers = changed, assessment.factors_of(elsewhere, base)  # training changes no decision rule
    compared["elsewhere"] = _compare(base, elsewhere, set(), answers, seed)["difference"]
    return record | {"compared": compared}


@cache
def other_pairs() -> Examples:
    """Read labelled pairs of other texts than a user's: those of the demo, which no model that ships learned from."""
    with TemporaryDirectory() as folder, ZipFile(DEMO) as packed:
        table = load_labels([Path(packed.extract("labels.csv", folder))])
    pairs, _ = make_examples(table.comments, load_targets())
    return [pair for pair in pairs if is_named(pair.instance)]


def unlike(examples: Examples) -> list[Example]:
    """Return the pairs of :func:`other_pairs` whose texts are not among those of the examples."""
    return without_texts(other_pairs(), examples)


def _compare(
    base: StanceModel, examples: Examples, trained_on: set[int], answers: tuple[Floats, Floats], seed: int
) -> Record:
    """Compare answers with those of the base, on the pairs that neither was trained on.

    :param answers: Probabilities, and factors of the decision rule.
    """
    probabilities, factors = answers
    rows = [row for row, pair in enumerate(examples) if pair.digest not in trained_on]
    fresh, record = [examples[row] for row in rows], {"model": base.name, "left_out": len(examples) - len(rows)}
    if not fresh:
        return record | {"difference": None, "verdict": "unsure"}
    after = assessment.join(fresh, probabilities[rows], factors[rows])
    before = base.predict_proba([example.instance for example in fresh])
    theirs = assessment.join(fresh, before, assessment.factors_of(fresh, base))
    difference = paired_bootstrap(after, theirs, seed=seed)
    low, high = difference["interval"]
    stories = {example.story for example in fresh}
    # Minimum number of stories for a verdict. Of two equally good models that err by story, the bootstrap finds the
    # first surely better in 12 % of 3 stories, 7 % of 5, 6 % of 10, 3 % of 15, and 2.5 % of 30 to 100, in 600 samples
    # each.
    decides = len(fresh) >= FEWEST_TESTED and len(stories) >= 15
    verdict = "better" if decides and low > 0 else "worse" if decides and high < 0 else "unsure"
    compared = rounded({"difference": difference, "verdict": verdict, "stories": len(stories)})
    compared["resampled"] = resampling(fresh)["resampled"]
    return record | compared | {"changes": count_changes(theirs, after)}
