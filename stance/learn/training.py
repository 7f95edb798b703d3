"""Train a model on labelled comments, and measure it on stories that it never saw.

The measures are of five folds: each story is left out once, and answered by a model of the other stories. The model
that is kept learns from all labels but audit labels.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from threadpoolctl import threadpool_limits

from stance.datamodels import FEWEST_TESTED, STANCES, Record, Skip, counted
from stance.exceptions import LabelError
from stance.labels import load_labels
from stance.learn import (
    Example,
    Examples,
    assessment,
    examples_digest,
    make_examples,
    story_digest,
    story_folds,
    warn_of_undefined,
)
from stance.learn.bootstrap import Floats
from stance.learn.measures import Answers, count_changes, paired_bootstrap, rounded
from stance.options.models import MeasureOptions
from stance.resources import DEMO
from stance.scoring import persistence
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import StanceModel, product
from stance.scoring.persistence import load_model, model_folder, save_model, train_rows
from stance.scoring.reader import HIDDEN, PairReader
from stance.scoring.targets.target_set import TargetSet, load_targets
from stance.text_forms import normalised


class TrainingConstants:
    """Constants of this module."""

    fewest_stories = 15
    """Minimum number of stories for a verdict. Of two equally good models that err by story, the bootstrap finds the
    first surely better in 12 % of 3 stories, 7 % of 5, 6 % of 10, 3 % of 15, and 2.5 % of 30 to 100, in 600 samples
    each."""
    penalty = 30.0  # on additions to the weights of a network
    penalty_of_words = 1.0
    of_means = 0.1  # factor on columns that are means of tokens
    keeps = 20.0  # weight of all pairs whose answers are kept, in labelled pairs
    least_left = 0.5  # share of the labels for articles with audit labels to stay out of training altogether


_C = TrainingConstants


Progress = Callable[[str], None]

FOLDS = 5

MOST_PAIRS = 10_000
"""Maximum number of labelled pairs that a model is adapted to: columns of a pair take 30 kB. With all 13,475 pairs of
VAST instead, macro F1 on 3,006 others was .670 instead of .668 (`default`) and .440 instead of .443 (`light`)."""


FEWEST_PAIRS = 50  # labelled pairs that address their target, and, to judge others too, pairs that do not

_BATCH = 1_000  # pairs turned into numbers at once


def _silent(_: str) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Training:
    """A trained model, and how good it is.

    :param evaluation: Measures in five folds, as ``stance evaluate --json`` prints them, with ``compared``: the base's
        name and measures, the ``difference`` from it, the ``verdict`` ``better``, ``worse`` or ``unsure``, and
        ``elsewhere``: the difference on other texts.
    """

    model: StanceModel
    evaluation: Record = field(repr=False)
    skipped: tuple[Skip, ...]
    warnings: tuple[str, ...]


def train_from_paths(
    paths: Iterable[Path],
    folder: Path,
    *,
    targets: TargetSet | None = None,
    seed: int = 0,
    start_from: str | Path = "default",
    progress: Progress = _silent,
) -> Training:
    """Train on label tables, measure the model in five folds, and save it.

    :param paths: Label tables, or folders of them.
    :param folder: The model folder to write.
    :param start_from: The model that the labels are added to.
    :param progress: Called with each step when it begins.
    :raises LabelError: If the tables hold too little to train on.
    :raises ModelError: If the folder holds something else, or there is no model to start from.
    """
    persistence.require_place(folder)  # before a training is paid for
    targets, base = targets or load_targets(), reading_once(load_model(start_from))
    known = set(train_rows(model_folder(start_from)).tolist())
    progress("reading labels")
    examples, settled, skipped = assessment.read_pairs(paths, targets)
    fitted = trainable(examples)
    stories = len({example.story for example in fitted})
    progress(f"training on {counted(len(fitted), 'pair')} of {counted(stories, 'story', 'stories')}")
    model = adapt(base, fitted, kept=unlike(examples))
    record = cross_validate(base, examples, known, seed=seed, progress=progress)
    doubts = tuple(_doubts(model, examples, record["compared"]))
    limits = [f"{doubt[0].upper()}{doubt[1:]}." for doubt in doubts]
    settings: Record = {"start_from": base.name}
    if sum(is_named(example.instance) for example in fitted) > MOST_PAIRS:
        settings["learned_from"] = MOST_PAIRS
    measured = [examples[row] for row in rows_to_measure(examples, known)]
    card = make_card(model, (fitted, measured), record, settings, limits) | {"seed": seed}
    model = save_model(replace(model, card=card), folder, trained_on={each.digest for each in fitted})
    warnings = (*settled.notes, *_warnings(model, examples, fitted, targets), *doubts)
    return Training(model, record | {"model": model.name}, skipped, warnings)


def trainable(examples: Examples) -> list[Example]:
    """Return the examples that may be trained on: no audit rows, and no rows of their texts or articles.

    A random sample of few articles meets all of them: then those articles are trained on, since too little is left.

    :raises LabelError: If there are none.
    """
    audit = [example for example in examples if example.role == "audit"]
    texts, stories = {normalised(example.instance.text) for example in audit}, {example.story for example in audit}
    fitted = [each for each in examples if each.role != "audit" and normalised(each.instance.text) not in texts]
    if not fitted:
        seen = f"{len(examples)} rows, none for training: audit rows, and rows with their texts, only correct shares"
        raise LabelError(f"{seen}; expected also rows with the role train (stance sample --role train)")
    apart = [example for example in fitted if example.story not in stories]
    return apart if len(apart) >= _C.least_left * len(fitted) else fitted


# Measuring ------------------------------------------------------------------------------------------------------------


def rows_to_measure(examples: Examples, known: set[int]) -> list[int]:
    """Return the places of the pairs that a model was not trained on; if it was trained on all, all places."""
    return [row for row, each in enumerate(examples) if each.digest not in known] or [*range(len(examples))]


def cross_validate(
    base: StanceModel, examples: Examples, known: set[int], *, seed: int = 0, progress: Progress = _silent
) -> Record:
    """Measure models of five folds, each on the stories that it was not trained on, and compare them with their base.

    :param examples: Of every role; audit rows are measured on, and never trained on.
    :param known: Digests of the pairs that the base was trained on: nothing is measured on them, unless there are no
        others.
    :return: The measures, and ``compared``.
    """
    folds = story_folds(examples, FOLDS)
    probabilities, factors = np.zeros((len(examples), len(STANCES))), np.ones((len(examples), len(STANCES)))
    elsewhere = unlike(examples)
    of_others = [story_digest(each.story)[0] % len(set(folds)) for each in elsewhere]
    changed = np.zeros((len(elsewhere), len(STANCES)))
    for fold in sorted(set(folds)):
        progress(f"measuring: fold {fold + 1} of {len(set(folds))}")
        rows = [row for row, own in enumerate(folds) if own == fold]
        left_out = [examples[row] for row in rows]
        others = [each for each, own in zip(examples, folds, strict=True) if own != fold and each.role != "audit"]
        texts = {normalised(each.instance.text) for each in left_out}
        fitted = [each for each in others if normalised(each.instance.text) not in texts]
        kept = [each for each, own in zip(elsewhere, of_others, strict=True) if own != fold]
        model = adapt(base, fitted, fewest=FEWEST_PAIRS // 2, kept=kept)
        places = [place for place, own in enumerate(of_others) if own == fold]
        changed[places] = model.predict_proba([elsewhere[place].instance for place in places])
        probabilities[rows] = model.predict_proba([example.instance for example in left_out])
        factors[rows] = assessment.factors_of(left_out, model)
    rows = rows_to_measure(examples, known)
    measured, options = [examples[row] for row in rows], MeasureOptions(seed=seed)
    record = assessment.measure_answers(measured, probabilities[rows], factors[rows], options)
    compared = _compare(base, examples, known, (probabilities, factors), seed)
    answers = changed, assessment.factors_of(elsewhere, base)  # training changes no decision rule
    compared["elsewhere"] = _compare(base, elsewhere, set(), answers, seed)["difference"]
    return record | {"compared": compared}


@cache
def other_pairs() -> Examples:
    """Read labelled pairs of other texts than a user's: those of the demo, which no model that ships learned from."""
    with TemporaryDirectory() as folder, ZipFile(DEMO) as packed:
        table = load_labels([Path(packed.extract("labels.csv", folder))])
    pairs, _ = make_examples(table.comments, load_targets(), audit=True)
    return [each for each in pairs if is_named(each.instance)]


def unlike(examples: Examples) -> list[Example]:
    """Return the pairs of :func:`other_pairs` whose texts are not among those of the examples."""
    texts = {normalised(each.instance.text) for each in examples}
    return [each for each in other_pairs() if normalised(each.instance.text) not in texts]


def _compare(
    base: StanceModel, examples: Examples, known: set[int], answers: tuple[Floats, Floats], seed: int
) -> Record:
    """Compare answers with those of the base, on the pairs that neither was trained on.

    :param answers: Probabilities, and factors of the decision rule.
    """
    probabilities, factors = answers
    rows = [row for row, each in enumerate(examples) if each.digest not in known]
    fresh, found = [examples[row] for row in rows], {"model": base.name, "left_out": len(examples) - len(rows)}
    if not fresh:
        return found | {"difference": None, "verdict": "unsure"}
    gold, stories = [example.label for example in fresh], [example.story for example in fresh]
    own = Answers.of(gold, probabilities[rows], stories, factors[rows])
    before = base.predict_proba([example.instance for example in fresh])
    theirs = Answers.of(gold, before, stories, assessment.factors_of(fresh, base))
    difference = paired_bootstrap(own, theirs, seed=seed)
    low, high = difference["interval"]
    decides = len(fresh) >= FEWEST_TESTED and len(set(stories)) >= _C.fewest_stories
    verdict = "better" if decides and low > 0 else "worse" if decides and high < 0 else "unsure"
    compared = rounded({"difference": difference, "verdict": verdict, "stories": len(set(stories))})
    return found | compared | {"changes": count_changes(theirs, own)}


def _warnings(model: StanceModel, examples: Examples, fitted: Examples, targets: TargetSet) -> Iterator[str]:
    stories = {example.story for example in examples if example.role == "audit"}
    if shared := len(stories & {example.story for example in fitted}):
        yield f"{shared} of {len(stories)} articles with audit labels were also used in training; expect less on others"
    judged = sum(is_named(example.instance) for example in fitted)
    if judged > MOST_PAIRS:
        yield f"{judged:,} labelled pairs; the model learned from {MOST_PAIRS:,}, since more pairs do not improve it"
    yield from warn_of_undefined(examples, targets)


def _doubts(model: StanceModel, examples: Examples, compared: Record) -> Iterator[str]:
    """Yield the reasons why figures are too sure, and the gaps of the labels; the card lists them too."""
    if compared["difference"] is None:
        yield f"{compared['model']} was trained on all these labels, so the figures are higher than on other comments"
    yield from assessment.warn_of_few_stories(assessment.resampling(examples))
    yield from assessment.warn_of_languages(examples, model.languages)
    given = {example.label for example in examples if example.role != "audit"}
    if missing := " or ".join(label for label in STANCES if label not in given):
        yield f"no label is {missing}; expected labels of each stance, or the model may miss {missing}"


# From a base ----------------------------------------------------------------------------------------------------------


def adapt(base: StanceModel, examples: Examples, *, fewest: int = FEWEST_PAIRS, kept: Examples = ()) -> StanceModel:
    """Adapt a model to labels: its English part by labels of English texts, that of other languages by theirs.

    :param examples: Of every target together; of more than :data:`MOST_PAIRS`, that number is drawn.
    :param fewest: Minimum number of labelled pairs that name their target.
    :param kept: Pairs whose answers are kept by a model that holds none itself, as :func:`unlike` returns them.
    :return: The base with other weights. A part without labels enough stays as it is.
    :raises LabelError: If too few address their target, or all take the same side.
    """
    named = [example for example in examples if is_named(example.instance)]
    parts = [part for part in (base, base.others) if part is not None]
    of_parts = [[each for each in named if base.part(each.instance.language) is part] for part in parts]
    if not any(_is_enough(own, fewest) for own in of_parts):
        require_enough(named, fewest)
    pairs = zip(parts, of_parts, strict=True)
    taught = [_adapt(part, own, kept) if _is_enough(own, fewest) else part for part, own in pairs]
    return replace(taught[0], name="candidate", others=taught[1] if base.others else None)


def _adapt(base: StanceModel, examples: Examples, others: Examples) -> StanceModel:
    # Of too many, pairs are drawn by their digests: the same ones in any order.
    drawn = sorted(examples, key=lambda each: each.digest)[:MOST_PAIRS]
    columns = base.columns.read([example.instance for example in drawn])
    labels = np.array([STANCES.index(example.label) for example in drawn])
    kept = base.columns.read([example.instance for example in others]) if base.kept is None else base.kept
    with threadpool_limits(1):  # sums in another order are other weights in the last digits
        coef, intercept = fit_addition(base, columns, labels, kept)
    return replace(base, coef=base.coef + coef, intercept=base.intercept + intercept)


def fit_addition(base: StanceModel, columns: Any, labels: NDArray[np.intp], kept: Any) -> tuple[Floats, Floats]:
    """Fit what labels add to the weights of a model, penalised; on what it has learned it is to answer as before.

    A prior of this form is Daumé and Marcu's (Domain Adaptation for Statistical Classifiers, JAIR 2006); answers to old
    tasks are kept as by Li and Hoiem (Learning without Forgetting, 2016).

    :param columns: Of the labelled pairs, shape (n, width), dense or sparse.
    :param labels: Places in ``STANCES``, shape (n,).
    :param kept: Columns of the pairs whose answers are kept, shape (m, width).
    :return: Additions to ``coef`` and ``intercept``.
    """
    n, join = len(labels), sparse.vstack if sparse.issparse(columns) else np.vstack
    rows: Any = join([columns, kept])
    prior = product(rows, base.coef.T) + base.intercept
    wanted = softmax(prior, axis=1)
    weight = np.full((len(prior), 1), _C.keeps * n / max(1, len(prior) - n))
    wanted[:n], weight[:n] = np.eye(len(STANCES))[labels], 1
    scale, penalty = np.ones(base.columns.width), _C.penalty_of_words
    if base.kept is not None:  # of a network; means of tokens count less than its hidden units
        scale[HIDDEN:], penalty = _C.of_means, _C.penalty
        rows = rows * scale
    used = np.flatnonzero(abs(rows).sum(axis=0))  # nothing is added to the weights of other columns
    rows = rows[:, used]

    def loss(flat: Floats) -> tuple[float, Floats]:
        added = flat.reshape(-1, len(STANCES))
        logs = log_softmax(prior + rows @ added[:-1] + added[-1], axis=1)
        slope = weight * (np.exp(logs) - wanted)
        slopes = np.vstack([rows.T @ slope, slope.sum(axis=0)]) + penalty * added
        return float(0.5 * penalty * (added**2).sum() - (weight * wanted * logs).sum()), slopes.ravel()

    start = np.zeros((len(used) + 1) * len(STANCES))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x.reshape(-1, len(STANCES))
    coef = np.zeros_like(base.coef)
    coef[:, used] = (found[:-1] * scale[used][:, None]).T
    return coef, found[-1]


def _is_enough(judged: Examples, fewest: int) -> bool:
    return len(judged) >= fewest and len({example.label for example in judged}) > 1


def require_enough(judged: Examples, fewest: int) -> None:
    """Refuse too few pairs, and pairs of one stance.

    :raises LabelError: If they are; the message names the number that is missing.
    """
    if not _is_enough(judged, fewest):
        sides = len({example.label for example in judged})
        seen = f"{counted(len(judged), 'labelled pair')} whose text names the target, with {counted(sides, 'stance')}"
        missing = f"; {fewest - len(judged)} more are needed" if len(judged) < fewest else ""
        raise LabelError(f"{seen}; expected at least {fewest} with two{missing}")


@dataclass(frozen=True, eq=False)
class _ReadOnce(PairReader):
    """Columns that are read once for each pair, however many models are trained on them."""

    known: dict[Instance, NDArray[np.float32]] = field(default_factory=dict)

    def read(self, instances: Sequence[Instance]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(each for each in instances if each not in self.known))
        for at in range(0, len(new), _BATCH):
            part = new[at : at + _BATCH]
            self.known.update(zip(part, super().read(part), strict=True))
        return np.array([self.known[each] for each in instances], np.float32).reshape(-1, self.width)


def reading_once(model: StanceModel) -> StanceModel:
    """Return the model with columns that are read once for each pair, however often it is adapted."""
    columns = model.columns
    if isinstance(columns, PairReader):
        columns = _ReadOnce(columns.encoder, columns.targets, columns.weights)
    return replace(model, columns=columns, others=model.others and reading_once(model.others))


# The card -------------------------------------------------------------------------------------------------------------


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
        "targets_tested": [name for name, each in sorted(record["targets"].items()) if each["n"] >= FEWEST_TESTED],
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
    counts = Counter(str(example.label) for example in examples)
    return {
        "pairs": len(examples),
        "texts": len({example.instance.text for example in examples}),
        "stories": len({example.story for example in examples}),
        "sources": len({example.source for example in examples}),
        "labels": {str(stance): counts[str(stance)] for stance in STANCES},
        "sha256": examples_digest(examples),
    }
