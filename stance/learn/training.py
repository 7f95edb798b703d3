"""Train a model on labelled comments, and measure it on stories that it never saw.

The measures are of five folds: each story is left out once, and answered by a model of the other stories. The model
that is kept learns from all labels but audit labels.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from stance.datamodels import FEWEST_TESTED, STANCES, Record, Skip, Stance, counted
from stance.exceptions import LabelError, ModelError
from stance.labels import load_labels
from stance.labels.adjudication import adjudicate, folded
from stance.learn import Example, Examples, examples_digest, make_examples, story_folds, warn_of_undefined
from stance.learn.assessment import (
    AssessmentOptions,
    factors_of,
    measure_answers,
    resampling,
    warn_of_few_stories,
    warn_of_languages,
)
from stance.learn.measures import Answers, Floats, paired_bootstrap, rounded
from stance.scoring import persistence
from stance.scoring.classifier import StanceClassifier
from stance.scoring.encoder import HIDDEN, TextEncoder
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import AdaptedFeatures, OtherLanguages, StanceModel
from stance.scoring.persistence import load_base, model_folder, save_model, train_rows
from stance.scoring.targets import TargetSet, load_targets


class TrainingConstants:
    """Constants of this module."""

    fewest_stories = 15
    """Minimum number of stories for a verdict. Of two equally good models that err by story, the bootstrap finds the
    first surely better in 12 % of 3 stories, 7 % of 5, 6 % of 10, 3 % of 15, and 2.5 % of 30 to 100, in 600 samples
    each."""  # Inverse strengths of the penalty on additions to a model that exists.
    strengths = (0.03, 0.1, 0.3)
    # Share of the fitted addition that is kept: with 380 real comments, 1 lost .009 of macro F1, .5 won .008.
    few_step = 0.5
    # Inverse penalty on what is learned of the vectors and hidden units of a reader.
    read_strength = 0.1
    # Inverse penalty of the regression that separates texts like the user's from others.
    reach_strength = 0.3
    least_left = 0.5  # share of the labels for articles with audit labels to stay out of training altogether
    adapted = "Words beyond those of the model it started from were learned from these labels alone."


_C = TrainingConstants


Progress = Callable[[str], None]

FOLDS = 5

MOST_PAIRS = 10_000
"""Maximum number of labelled pairs that a model is adapted to: columns of a pair take 30 kB. With all 13,475 pairs of
VAST instead, macro F1 on 3,006 others was .670 instead of .668 (`default`) and .440 instead of .443 (`light`)."""


FEWEST_PAIRS = 50  # labelled pairs that address their target, and, to judge others too, pairs that do not

# Factors tried on the odds of the classes that are not the commonest; a factor beyond 2 never won.
BIAS_GRID = (1.0, 1.25, 1.5, 2.0)
_BATCH = 1_000  # pairs turned into numbers at once


def _silent(_: str) -> None:
    """Show no progress."""


@dataclass(frozen=True, slots=True)
class Training:
    """A trained model, and how good it is.

    :param evaluation: Measures in five folds, as ``stance evaluate --json`` prints them, with ``compared``: the base's
        name and measures, the ``difference`` from it, and the ``verdict`` ``better``, ``worse`` or ``unsure``.
    """

    model: StanceModel
    evaluation: Record
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
    :param start_from: The model that the labels are added to, not taught by labels itself.
    :param progress: Called with each step when it begins.
    :raises LabelError: If the tables hold too little to train on.
    :raises ModelError: If the folder holds something else, or the model to start from was itself taught by labels.
    """
    persistence.require_place(folder)  # before a training is paid for
    targets = targets or load_targets()
    base = _with_cache(load_base(start_from))
    known = train_rows(model_folder(start_from))
    progress("reading labels")
    table = load_labels(paths)
    settled = adjudicate(table.comments)
    examples, left_out = make_examples(settled.comments, targets, audit=True)
    fitted = trainable(examples)
    stories = len({example.story for example in fitted})
    progress(f"training on {counted(len(fitted), 'pair')} of {counted(stories, 'story', 'stories')}")
    model = adapt(base, fitted, seed=seed, progress=progress)
    record = cross_validate(base, examples, set(known.tolist()), seed=seed, progress=progress)
    doubts = tuple(_doubts(model, examples))
    limits = [_C.adapted, *(f"{doubt[0].upper()}{doubt[1:]}." for doubt in doubts)]
    settings: Record = {"start_from": base.name, "judges_unnamed": model.judges_unnamed}
    if sum(model.judges(example.instance) for example in fitted) > MOST_PAIRS:
        settings["learned_from"] = MOST_PAIRS
    card = make_card(model, (fitted, examples), record, settings, limits) | {"seed": seed}
    taught = {each.digest for each in fitted}
    model = save_model(replace(model, card=card), folder, trained_on=taught, base_trained_on=known.tolist())
    warnings = (*_warnings(model, examples, fitted, targets), *doubts)
    return Training(model, record | {"model": model.name}, (*table.skipped, *left_out, *settled.left_out), warnings)


def trainable(examples: Examples) -> list[Example]:
    """Return the examples that may be trained on: no audit rows, and no rows of their texts or articles.

    A random sample of few articles meets all of them: then those articles are trained on, since too little is left.

    :raises LabelError: If there are none.
    """
    audit = [example for example in examples if example.role == "audit"]
    texts, stories = {folded(example.instance.text) for example in audit}, {example.story for example in audit}
    fitted = [each for each in examples if each.role != "audit" and folded(each.instance.text) not in texts]
    if not fitted:
        raise LabelError(
            f"{len(examples)} rows, all audit or of their texts, and audit rows are never trained on; "
            "expected rows of the role train as well (stance sample --role train)"
        )
    apart = [example for example in fitted if example.story not in stories]
    return apart if len(apart) >= _C.least_left * len(fitted) else fitted


# Measuring ------------------------------------------------------------------------------------------------------------


def cross_validate(
    base: StanceModel, examples: Examples, known: set[int], *, seed: int = 0, progress: Progress = _silent
) -> Record:
    """Measure models of five folds, each on the stories that it was not trained on, and compare them with their base.

    :param examples: Of every role; audit rows are measured on, and never trained on.
    :param known: Digests of the pairs that the base was trained on: the two are not compared on them.
    :return: The measures, and ``compared``.
    """
    folds = story_folds(examples, FOLDS)
    probabilities, factors = np.zeros((len(examples), len(STANCES))), np.ones((len(examples), len(STANCES)))
    for fold in sorted(set(folds)):
        progress(f"measuring: fold {fold + 1} of {len(set(folds))}")
        rows = [row for row, own in enumerate(folds) if own == fold]
        left_out = [examples[row] for row in rows]
        others = [each for each, own in zip(examples, folds, strict=True) if own != fold and each.role != "audit"]
        texts = {folded(each.instance.text) for each in left_out}
        fitted = [each for each in others if folded(each.instance.text) not in texts]
        model = adapt(base, fitted, seed=seed, fewest=FEWEST_PAIRS // 2)
        probabilities[rows] = model.predict_proba([example.instance for example in left_out])
        factors[rows] = factors_of(left_out, model)
    record = measure_answers(examples, probabilities, factors, AssessmentOptions(seed))
    return record | {"compared": _compare(base, examples, known, (probabilities, factors), seed)}


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
    theirs = Answers.of(gold, before, stories, factors_of(fresh, base))
    difference = paired_bootstrap(own, theirs, seed=seed)
    low, high = difference["interval"]
    decides = len(fresh) >= FEWEST_TESTED and len(set(stories)) >= _C.fewest_stories
    verdict = "better" if decides and low > 0 else "worse" if decides and high < 0 else "unsure"
    return found | rounded({"difference": difference, "verdict": verdict, "stories": len(set(stories))})


def _warnings(model: StanceModel, examples: Examples, fitted: Examples, targets: TargetSet) -> Iterator[str]:
    stories = {example.story for example in examples if example.role == "audit"}
    if shared := len(stories & {example.story for example in fitted}):
        yield f"{shared} of {len(stories)} articles with audit labels are trained on too; under others expect less"
    judged = sum(model.judges(example.instance) for example in fitted)
    if judged > MOST_PAIRS:
        yield f"{judged:,} labelled pairs; learned from {MOST_PAIRS:,} of them, since more do not improve a model"
    yield from warn_of_undefined(examples, targets)


def _doubts(model: StanceModel, examples: Examples) -> Iterator[str]:
    """Yield the reasons why figures are too sure, and the gaps of the labels; the card lists them too."""
    yield from warn_of_few_stories(resampling(examples))
    yield from warn_of_languages(examples, model.languages)
    if any(example.label is Stance.NOT_ADDRESSED for example in examples):
        return
    if not model.judges_unnamed:
        others = f"no text that names its target will be, and the others stay as {model.base.name} has them"
    else:
        others = "texts that do not name their target will count as neutral"
    yield f"no label says not_addressed: {others}"


# From a base ----------------------------------------------------------------------------------------------------------


def adapt(
    base: StanceModel,
    examples: Examples,
    *,
    seed: int = 0,
    progress: Progress = _silent,
    fewest: int = FEWEST_PAIRS,
) -> StanceModel:
    """Adapt a model to labels: its English part by labels of English texts, that of other languages by theirs.

    :param examples: Of every target together; of more than :data:`MOST_PAIRS`, that number is drawn.
    :param progress: Called with each step when it begins.
    :param fewest: Minimum number of labelled pairs that name their target.
    :return: As good as the base where labels show nothing; they are believed as far as they held out of fold. A part
        without labels enough stays as it is.
    :raises LabelError: If too few address their target, or all take the same side.
    """
    more = base.others
    if more is None:
        return _adapt(base, examples, seed, progress, fewest)
    theirs = [example for example in examples if example.instance.language in more.languages]
    mine = [example for example in examples if example.instance.language not in more.languages]
    is_taught = [_is_enough([e for e in part if is_named(e.instance)], fewest) for part in (mine, theirs)]
    model: StanceModel = base
    if is_taught[0] or not is_taught[1]:
        own = replace(base, others=None, languages=base.own_languages)
        model = replace(_adapt(own, mine or theirs, seed, progress, fewest), others=more, languages=base.languages)
    if is_taught[1]:
        if more.model.is_adapted:
            raise ModelError(f"{more.model.name}: was itself taught by labels; expected a model that was not")
        taught = _adapt(more.model, theirs, seed, progress, fewest)
        rows = {example.digest for example in theirs}
        save = partial(save_model, taught, trained_on=rows, base_trained_on=more.trained_on())
        others = OtherLanguages(more.languages, (), lambda: taught, save, lambda: rows, taught.decision)
        model = replace(model, others=others)
    return model


def _adapt(base: StanceModel, examples: Examples, seed: int, progress: Progress, fewest: int) -> StanceModel:
    judges_unnamed = sum(not is_named(example.instance) for example in examples) >= fewest
    judged = [example for example in examples if judges_unnamed or is_named(example.instance)]
    require_enough(judged, fewest)
    # Of too many, pairs are drawn by their digests: the same ones in any order.
    drawn = judged if len(judged) <= MOST_PAIRS else sorted(judged, key=lambda each: each.digest)[:MOST_PAIRS]
    instances, labels = [example.instance for example in drawn], [str(example.label) for example in drawn]
    features = AdaptedFeatures(base).fit(instances, labels)
    with threadpool_limits(1):  # sums in another order are other weights in the last digits
        matrix = _in_batches(features, instances, progress)
        progress(f"learning from {counted(len(drawn), 'pair')}")
        reads = base.reading is not None  # its numbers say much from few labels
        # Labels without "not addressed" are of another task, for which the base has no rule.
        decision = base.decision if reads and Stance.NOT_ADDRESSED in features.labels_ else None
        learns_much = reads or features.reads_words_
        classifier = StanceClassifier(
            channels=features.channels,
            has_prior=True,
            C=_C.strengths if learns_much else _C.strengths[0],
            C_channels=_C.read_strength if reads else 1.0,
            bias_grid=(1.0,) if reads else BIAS_GRID,
            step=1.0 if learns_much else _C.few_step,
            random_state=seed,
        )
        numbers = {story: k for k, story in enumerate(sorted({example.story for example in drawn}))}
        classifier.fit(matrix, labels, groups=[numbers[example.story] for example in drawn])
        if base.reading is not None:
            classifier.reach_ = fit_reach(matrix[:, -HIDDEN:].toarray(), base.reading.replay)
    return StanceModel(
        features,
        classifier,
        base.unnamed,
        "candidate",
        base.languages,
        sentiments=base.sentiments,
        decision=decision,
        judges_unnamed=judges_unnamed,
    )


def fit_reach(hidden: Floats, replay: Floats) -> tuple[Floats, float]:
    """Learn to separate texts like the user's from those that the base learned from, taken for equally frequent.

    :param hidden: Hidden units of the user's pairs, shape (n, HIDDEN).
    :param replay: Those of the base's, shape (m, HIDDEN).
    :return: Weights, shape (HIDDEN,), and intercept: log odds that a text is like the user's.
    """
    rows = np.vstack([hidden[hidden.any(axis=1)], replay])
    is_own = np.arange(len(rows)) < len(rows) - len(replay)
    if not is_own.any():
        return np.zeros(replay.shape[1]), 0.0
    fitted = LogisticRegression(C=_C.reach_strength, class_weight="balanced", max_iter=1_000).fit(rows, is_own)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _in_batches(features: AdaptedFeatures, instances: Sequence[Instance], progress: Progress) -> sp.csr_matrix:
    """Return the columns of pairs; each batch's own columns are let go of."""
    matrices = []
    for at in range(0, len(instances), _BATCH):
        matrices.append(features.transform(instances[at : at + _BATCH]))
        if len(instances) > _BATCH:
            progress(f"read {min(at + _BATCH, len(instances))} of {len(instances)} pairs")
    return sp.vstack(matrices, format="csr")


def _is_enough(judged: Examples, fewest: int) -> bool:
    return len(judged) >= fewest and len({example.label for example in judged}) > 1


def require_enough(judged: Examples, fewest: int) -> None:
    """Refuse too few pairs, and pairs of one stance.

    :raises LabelError: If they are.
    """
    if not _is_enough(judged, fewest):
        sides = len({example.label for example in judged})
        seen = f"{len(judged)} labelled pairs that name their target, with {sides} stances"
        raise LabelError(f"{seen}; expected at least {fewest} with two")


# Encoding each pair once ----------------------------------------------------------------------------------------------


class _CachingEncoder(TextEncoder):
    """Encodes each pair once, however many models are trained on it."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__(encoder.folder)
        self.files = encoder.files
        self.encoder = encoder
        self._known: dict[Instance, NDArray[np.float32]] = {}

    def encode(self, instances: Sequence[Instance]) -> NDArray[np.float32]:
        """Return the rows of instances, from the cache if they were encoded before."""
        new = list(dict.fromkeys(each for each in instances if each not in self._known))
        self._known.update(zip(new, self.encoder.encode(new), strict=True))
        return np.array([self._known[each] for each in instances], np.float32).reshape(len(instances), -1)


def _with_cache(model: StanceModel) -> StanceModel:
    """Return a model whose reader encodes each pair once."""
    if model.reading is None:
        return model
    reader = model.reading.reader
    reader = replace(reader, encoder=_CachingEncoder(reader.encoder))
    return replace(model, reading=replace(model.reading, reader=reader))


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
            "English reader comments only; other languages get no stance.",
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
