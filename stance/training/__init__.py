"""Train a model on labelled comments, and measure it on stories that it never saw.

The shipped weights are those that were measured: nothing is fitted again on the held-out stories afterwards. That costs
an eighth of the data, which is worth less than a hundredth of macro F1, and lets anyone check the card.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.sparse as sp
import sklearn
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from stance import evaluation as labelled
from stance.datamodels import FEWEST_TESTED, STANCES, Skip, Stance, counted
from stance.evaluation import Example, Examples, are_own, examples_digest, make_examples, warn_of_undefined
from stance.evaluation.assessment import assess_model, resampling, warn_of_few_stories, warn_of_languages
from stance.exceptions import LabelError, ModelError
from stance.labels import load_labels
from stance.labels.adjudication import adjudicate, folded
from stance.scoring import persistence
from stance.scoring.classifier import StanceClassifier
from stance.scoring.clauses import ENGLISH
from stance.scoring.encoder import MeaningFeatures, TextEncoder, multilingual_encoder
from stance.scoring.features import InstanceFeatures
from stance.scoring.fitted import reach
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import AdaptedFeatures, OtherLanguages, StanceModel, unnamed_cell
from stance.scoring.persistence import load_base, load_model, model_folder, save_model, train_rows
from stance.scoring.reader import HIDDEN
from stance.scoring.targets import TargetSet, load_targets

Floats = NDArray[np.float64]
Record = Mapping[str, Any]

BIAS_GRID = (1.0, 1.25, 1.5, 2.0)
"""Factors tried on the odds of the classes that are not the commonest; a factor beyond 2 never won."""

STRENGTH_GRID = (0.03, 0.1, 0.3)
"""Inverse strengths of the penalty on additions to a model that exists."""

FEW_STEP = 0.5
"""Share of the fitted addition that is kept: with 380 real comments, 1 lost .009 of macro F1, .5 won .008."""

READ_STRENGTH = 0.1
"""Inverse penalty on what is learned of the vectors and hidden units of a reader."""

REACH_STRENGTH = 0.3
"""Inverse penalty of the regression that tells texts like the user's from others."""

MOST_PAIRS = 10_000
"""Maximum number of labelled pairs that a model is adapted to: columns of a pair take 30 kB. With all 13,475 pairs of
VAST instead, macro F1 on 3,006 others was .670 instead of .668 (`default`) and .440 instead of .443 (`light`)."""

_OTHER_IMPORTANCE = 0.3
"""Weight of an untypical pair when cue weights are fitted (typical: 1): clever comments reverse cues."""

_OTHERS_README = "The model of the languages that are not English, adapted to labels.\n"
_RARE_LANGUAGE = 0.02  # share of pairs below which a language is that of quotations, or wrongly detected
_MIN_ROWS = 50  # labelled pairs that address their target
_MIN_UNNAMED = 50  # labelled pairs that do not: fewer say nothing that the base does not know
_FEWEST_FOLDS = 4  # sources that the word model is tested across
_LEAST_LEFT = 0.5  # of the labels, for articles with audit labels to stay out of training altogether
_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)  # of pairs kept, as a card lists them
_NEAR_SHARE = 0.03
_BATCH = 1_000  # pairs turned into numbers at once
_SMOOTHING = 5.0  # rows added to a cell of shares, spread as the shares of all cells
_NOT_ADDRESSED = STANCES.index(Stance.NOT_ADDRESSED)


@dataclass(frozen=True, slots=True)
class Training:
    """The model of a training run, and how good it is."""

    model: StanceModel
    evaluation: Record  # of the new model on what was held out, as ``stance evaluate --json`` prints it
    current: Record | None  # of the model that stood in the folder; None: there was none to compare with
    is_saved: bool  # False: the current model was kept, as better or as one that cannot be compared
    skipped: tuple[Skip, ...]
    warnings: tuple[str, ...] = ()


def train_from_paths(
    paths: Iterable[Path],
    folder: Path,
    *,
    targets: TargetSet | None = None,
    seed: int = 0,
    light: bool = False,
    force: bool = False,
    start_from: str | Path | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Training:
    """Train on label tables and save the model, unless a better one stands in the folder.

    Measured on the audit rows of the tables where there are some, else on stories that are held out; no story is on
    both sides.

    :param paths: Label tables, or folders of them.
    :param folder: The model folder to write.
    :param light: Without the encoder: somewhat worse, and many times as fast.
    :param force: Replace the current model even by one that is not better.
    :param start_from: The model that the labels are added to, not taught by labels itself; None: the labels alone.
    :param progress: Called with each step when it begins.
    :raises LabelError: If the tables hold too little to train on.
    :raises ModelError: If the folder holds something else, or the model to start from was itself taught by labels.
    """
    persistence.require_place(folder)  # before a training is paid for
    targets = targets or load_targets()
    base = None if start_from is None else load_base(start_from)
    base_rows = () if start_from is None else train_rows(model_folder(start_from))
    progress("reading labels")
    table = load_labels(paths)
    settled = adjudicate(table.comments)
    examples, left_out = make_examples(settled.comments, targets, audit=True)
    fitted, held_out = split_examples(leave_undefined(examples) if base is None else examples)
    progress(f"training on {counted(len(fitted), 'pair')} of {_count_stories(fitted)} stories")
    if base is None:
        model: StanceModel = train(fitted, seed=seed, light=light)
    else:
        model = adapt(base, fitted, seed=seed, progress=progress)
    progress(f"measuring on {counted(len(held_out), 'pair')} of {_count_stories(held_out)} stories")
    record = assess_model(model, held_out, seed=seed)
    for line in _gains(model, base, held_out, record, seed):
        progress(line)
    doubts = tuple(_doubts_on_card(model, fitted, held_out))
    card = make_card(model, fitted, held_out, record, seed=seed, doubts=doubts)
    trained_on = {example.digest for example in fitted}
    current, is_no_worse, warning = _compare(model, folder, held_out, trained_on.union(base_rows), (record, seed))
    is_saved = force or is_no_worse
    if is_saved:
        rows: dict[str, Any] = {"trained_on": trained_on, "base_trained_on": base_rows}
        model = save_model(replace(model, card=card), folder, readme=card_to_markdown(card), **rows)
    skipped = (*table.skipped, *left_out, *settled.left_out)
    warnings = (*_doubts(model, examples, fitted, held_out, targets), *doubts, *warning)
    return Training(model, record | {"model": model.name}, current, is_saved, skipped, warnings)


def _gains(
    model: StanceModel, base: StanceModel | None, held_out: Examples, record: Record, seed: int
) -> Iterator[str]:
    """Describe the effect of labels on texts like the user's, and their weight on other kinds of text."""
    if base is None:
        return
    before = assess_model(base, held_out, seed=seed)["macro_f1"]
    yield f"macro F1 on these pairs: {before:.3f} with {base.name}, {record['macro_f1']:.3f} with your labels"
    if base.reading is None or model.classifier.reach_ is None:
        return
    share = reach(base.reading.replay, *model.classifier.reach_)
    kinds = [str(kind) for kind in base.card.get("replay", ())] or ["known"]
    parts = zip(kinds, np.array_split(share, len(kinds)), strict=True)
    weights = ", ".join(f"{kind} {part.mean():.0%}" for kind, part in parts)
    yield f"weight of your labels on texts of the kinds that {base.name} learned from: {weights}"


def split_examples(examples: Examples) -> tuple[list[Example], list[Example]]:
    """Split into examples to train on and to measure on: audit rows decide, where there are some."""
    audit = [example for example in examples if example.role == "audit"]
    if not audit:
        return labelled.story_split(examples, labelled.held_out_among(examples))
    stories, texts = {example.story for example in audit}, {folded(example.instance.text) for example in audit}
    fitted = [example for example in examples if example.role != "audit" and folded(example.instance.text) not in texts]
    apart = [example for example in fitted if example.story not in stories]
    # A random sample of few articles meets all of them: then threads cannot be kept apart, and that is said.
    if len(apart) >= _LEAST_LEFT * len(fitted):
        fitted = apart
    if not fitted:
        raise LabelError(
            f"{len(examples)} rows, all audit or of their texts, and audit rows are never trained on; "
            "expected rows of the role train beside them (stance sample --role train)"
        )
    return fitted, audit


def leave_undefined(examples: Examples) -> list[Example]:
    """Leave out targets that are defined nowhere, unless there are no others.

    Found by their name alone, they are addressed unseen more often: a model that knew no other would take that to hold
    for every target.
    """
    return [example for example in examples if example.is_defined] or list(examples)


def _count_stories(*parts: Examples) -> int:
    """Count the stories that are in each of some sets of examples."""
    return len(set.intersection(*({example.story for example in part} for part in parts)))


def _doubts(
    model: StanceModel, examples: Examples, fitted: Examples, held_out: Examples, targets: TargetSet
) -> Iterator[str]:
    if shared := _count_stories(fitted, held_out):
        of = _count_stories(held_out)
        yield f"{shared} of {of} articles with audit labels are trained on too; under other articles expect less"
    judged = sum(model.judges(example.instance) for example in fitted)
    if model.is_adapted and judged > MOST_PAIRS:
        yield f"{judged:,} labelled pairs; learned from {MOST_PAIRS:,} of them, since more do not improve a model"
    yield from warn_of_undefined(examples, targets)


def _doubts_on_card(model: StanceModel, fitted: Examples, held_out: Examples) -> Iterator[str]:
    """Yield the reasons why figures are too sure, and the gaps of the labels; the card lists them too."""
    yield from warn_of_few_stories(resampling([example.story for example in held_out]))
    yield from warn_of_languages([*fitted, *held_out], model.languages)
    if any(example.label is Stance.NOT_ADDRESSED for example in (*fitted, *held_out)):
        return
    if model.is_adapted and not model.judges_unnamed:
        others = f"no text that names its target will be, and the others stay as {model.base.name} has them"
    else:
        others = "texts that do not name their target will count as neutral"
    yield f"no label says not_addressed: {others}"


def train(
    examples: Examples, *, seed: int = 0, light: bool = False, encoder: TextEncoder | None = None, real: Examples = ()
) -> StanceModel:
    """Fit a model.

    :param examples: Of every target together; the model knows apart only those with many labels.
    :param real: Real comments beside those of the project: their story is their fold, and all count as typical. No odds
        are shifted then: what is decided is left to a rule.
    :param light: Without an encoder.
    :param encoder: The shipped one where not given.
    :raises LabelError: If too few of them address their target, or all take the same side.
    """
    judged = [example for example in (*examples, *real) if is_named(example.instance)]
    _require_enough(judged)
    instances = [example.instance for example in judged]
    labels = [str(example.label) for example in judged]
    counts = Counter(instance.language for instance in instances)
    languages = tuple(each for each, n in counts.most_common() if n >= _RARE_LANGUAGE * len(instances))
    is_real = np.arange(len(judged)) >= sum(is_named(example.instance) for example in examples)
    if encoder is None and languages != (ENGLISH,):
        encoder = multilingual_encoder()
    groups = _folds(judged)
    importance = np.where(is_real | _named_sources(judged, "typical_sources"), 1.0, _OTHER_IMPORTANCE)
    features = InstanceFeatures(meanings=None if light else MeaningFeatures(encoder))
    # One thread: sums in another order are other weights in the last digits, and so another model.
    with threadpool_limits(1):
        matrix = features.fit_out_of_fold(instances, labels, groups, importance)
        odds = (1.0,) if real else BIAS_GRID
        classifier = StanceClassifier(channels=features.channels, bias_grid=odds, random_state=seed)
        is_typical = (is_real | _named_sources(judged, "head_sources")).tolist()
        if languages != (ENGLISH,) and ENGLISH in languages:  # what English ones teach serves the others
            languages = tuple(each for each in languages if each != ENGLISH)
            is_typical = [example.instance.language != ENGLISH for example in judged]
            examples = [example for example in examples if example.instance.language != ENGLISH]
        classifier.fit(matrix, labels, groups=groups, is_typical=is_typical)
    return StanceModel(features, classifier, shares_of_unnamed(examples, features), "candidate", languages)


def adapt(
    base: StanceModel, examples: Examples, *, seed: int = 0, progress: Callable[[str], None] = lambda _: None
) -> StanceModel:
    """Adapt a model to labels: its English part by labels of English texts, that of other languages by theirs.

    :param examples: Of every target together; of more than :data:`MOST_PAIRS`, that number is drawn.
    :param progress: Called with each step when it begins.
    :return: As good as the base where labels show nothing; they are believed as far as they held out of fold. A part
        without labels enough stays as it is.
    :raises LabelError: If too few address their target, or all take the same side.
    """
    more = base.others
    if more is None:
        return _adapt(base, examples, seed, progress)
    theirs = [example for example in examples if example.instance.language in more.languages]
    mine = [example for example in examples if example.instance.language not in more.languages]
    is_taught = [_is_enough([e for e in part if is_named(e.instance)]) for part in (mine, theirs)]
    model: StanceModel = base
    if is_taught[0] or not is_taught[1]:
        adapted = _adapt(replace(base, others=None, languages=base.own_languages), mine or theirs, seed, progress)
        model = replace(adapted, others=more, languages=base.languages)
    if is_taught[1]:
        if more.model.is_adapted:
            raise ModelError(f"{more.model.name}: was itself taught by labels; expected a model that was not")
        taught = _adapt(more.model, theirs, seed, progress)
        rows = {example.digest for example in theirs}
        save = partial(save_model, taught, readme=_OTHERS_README, trained_on=rows, base_trained_on=more.trained_on())
        others = OtherLanguages(more.languages, (), lambda: taught, save, lambda: rows, taught.decision)
        model = replace(model, others=others)
    return model


def _adapt(base: StanceModel, examples: Examples, seed: int, progress: Callable[[str], None]) -> StanceModel:
    judges_unnamed = sum(not is_named(example.instance) for example in examples) >= _MIN_UNNAMED
    judged = [example for example in examples if judges_unnamed or is_named(example.instance)]
    _require_enough(judged)
    drawn = _draw(judged, MOST_PAIRS)
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
            C=STRENGTH_GRID if learns_much else STRENGTH_GRID[0],
            C_channels=READ_STRENGTH if reads else 1.0,
            bias_grid=(1.0,) if reads else BIAS_GRID,
            step=1.0 if learns_much else FEW_STEP,
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
    """Learn to tell texts like the user's from those that the base learned from, taken for equally frequent.

    :param hidden: Hidden units of the user's pairs, shape (n, HIDDEN).
    :param replay: Those of the base's, shape (m, HIDDEN).
    :return: Weights, shape (HIDDEN,), and intercept: log odds that a text is like the user's.
    """
    rows = np.vstack([hidden[hidden.any(axis=1)], replay])
    is_own = np.arange(len(rows)) < len(rows) - len(replay)
    if not is_own.any():
        return np.zeros(replay.shape[1]), 0.0
    fitted = LogisticRegression(C=REACH_STRENGTH, class_weight="balanced", max_iter=1_000).fit(rows, is_own)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _draw(examples: Examples, most: int) -> list[Example]:
    """Draw pairs by digest, a pair of each stance among them: the same ones in whatever order."""
    if len(examples) <= most:
        return list(examples)
    order = sorted(examples, key=lambda example: example.digest)
    first = {example.label: i for i, example in reversed(list(enumerate(order)))}.values()
    order = [*(order[i] for i in sorted(first)), *(example for i, example in enumerate(order) if i not in first)]
    return order[:most]


def _in_batches(features: AdaptedFeatures, instances: Sequence[Instance], progress: Callable[[str], None]) -> Any:
    """Return the columns of pairs; each batch's own columns are let go of."""
    matrices = []
    for at in range(0, len(instances), _BATCH):
        matrices.append(features.transform(instances[at : at + _BATCH]))
        if len(instances) > _BATCH:
            progress(f"read {min(at + _BATCH, len(instances))} of {len(instances)} pairs")
    return sp.vstack(matrices, format="csr")


def _is_enough(judged: Examples) -> bool:
    return len(judged) >= _MIN_ROWS and len({example.label for example in judged}) > 1


def _require_enough(judged: Examples) -> None:
    n_sides = len({example.label for example in judged})
    if not _is_enough(judged):
        seen = f"{len(judged)} labelled pairs that name their target, with {n_sides} stances"
        raise LabelError(f"{seen}; expected at least {_MIN_ROWS} with two")


def _folds(examples: Examples) -> list[str]:
    """Return the groups to test across: sources of the project, as new comments come from a new one; else stories.

    Somebody's annotators label the same stories, whose comments resemble each other whoever labels them.
    """
    stories = [example.story for example in examples]
    is_english = [example.instance.language == ENGLISH for example in examples]
    together = zip(examples, are_own(examples), is_english, strict=True)
    groups = [e.source if is_own and english else e.story for e, is_own, english in together]
    return groups if len(set(groups)) >= _FEWEST_FOLDS else stories


def _named_sources(examples: Examples, part: str) -> list[bool]:
    """Return which pairs are from sources of the project that the split names; where they lack a label, all.

    :param part: ``typical_sources``, which are like what users score, or ``head_sources``, which the head is fitted on.
    """
    found = are_own(examples, part)
    all_labels = {example.label for example in examples}
    is_whole = {e.label for e, is_typical in zip(examples, found, strict=True) if is_typical} == all_labels
    return found if is_whole else [True] * len(examples)


def shares_of_unnamed(examples: Examples, features: InstanceFeatures) -> NDArray[np.float64]:
    """Count the stances of texts that do not name their target: shape (2, 3, 4), the last axis sums to 1."""
    left = [example for example in examples if not is_named(example.instance)]
    fired = features.match([example.instance for example in left])
    counts = np.zeros((2, 3, len(STANCES)))
    for example, found in zip(left, fired, strict=True):
        counts[(*unnamed_cell(example.instance, found.own), STANCES.index(example.label))] += 1
    overall = counts.sum(axis=(0, 1)) + np.eye(len(STANCES))[_NOT_ADDRESSED]
    counts += _SMOOTHING * overall / overall.sum()
    if any(are_own(left, "typical_sources")):
        counts[:, :, _NOT_ADDRESSED] *= _prior_factor(counts)
    return counts / counts.sum(axis=2, keepdims=True)


def _prior_factor(counts: NDArray[np.float64]) -> float:
    """Return by how much not addressed must count more, so that it is as common as among real comments.

    Comments that were written for the project hide their sides more often; shares of users' own labels stay as they are
    (Saerens et al., Adjusting the Outputs of a Classifier to New a Priori Probabilities, 2002).
    """
    stated = float(json.loads(labelled.SPLITS.read_text(encoding="utf-8"))["unnamed_not_addressed"])
    found = counts[:, :, _NOT_ADDRESSED].sum() / counts.sum()
    return float(max(1.0, stated / (1 - stated) * (1 - found) / found))


def _compare(
    model: StanceModel, folder: Path, held_out: Examples, trained_on: Set[int], measured_with: tuple[Record, int]
) -> tuple[Record | None, bool, tuple[str, ...]]:
    """Measure the model in the folder beside a new one; one that cannot be loaded counts as none.

    Pairs that only the current model was trained on, as where labels became audit labels since, are left out.

    :param trained_on: Digests of the pairs that the new model was trained on.
    :param measured_with: Measures of the new model on all pairs, and the seed of their intervals.
    :return: Measures of the current model, whether the new one is no worse, and warnings.
    """
    try:
        current, rows = load_model(folder.resolve()), train_rows(folder.resolve())
    except ModelError:
        return None, True, ()
    alone = set(rows.tolist()) - trained_on
    fresh = [each for each in held_out if each.digest not in alone]
    (reached, seed), warnings = measured_with, tuple[str, ...]()
    if len(fresh) < len(held_out):
        seen = f"{current.name} was trained on {len(held_out) - len(fresh)} of {len(held_out)} pairs that measure"
        if len(fresh) < FEWEST_TESTED:
            return None, False, (f"{seen}, and the new model on none of them: the two cannot be compared",)
        reached = assess_model(model, fresh, seed=seed)
        compared = "on the others, where the two are compared, the new model has a macro F1 of"
        warnings = (f"{seen}: {compared} {reached['macro_f1']:.3f}",)
    measured = assess_model(current, fresh, seed=seed)
    return measured, reached["macro_f1"] >= measured["macro_f1"], warnings


def make_card(
    model: StanceModel, fitted: Examples, held_out: Examples, record: Record, *, seed: int, doubts: Iterable[str] = ()
) -> dict[str, Any]:
    """Make the card of a model: its data, its measures, its limits.

    :param doubts: What makes its figures surer than they are, and what labels leave out.
    """
    shared = _count_stories(fitted, held_out)
    split = f"by comment; {shared} stories are on both sides" if shared else "by story"
    limit = "The training comments were written for this project, not collected: real ones take no side more often."
    if model.is_adapted:
        limit = "Words beyond those of the model it started from were learned from these labels alone."
    return {
        "data": {"train": _describe(fitted), "held_out": _describe(held_out), "split": split},
        "seed": seed,
        "settings": _settings(model, fitted),
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "languages": list(model.languages),
        "targets_tested": [name for name, each in sorted(record["targets"].items()) if each["n"] >= FEWEST_TESTED],
        "measures": {key: value for key, value in record.items() if key != "model"},
        "limits": [
            "English reader comments only; other languages get no stance.",
            "Targets that are not listed under targets_tested are not validated.",
            limit,
            "Irony, quotation without marks, and sides taken without naming the target are often missed.",
            "Probabilities are calibrated on comments of the same kind; check them on labels of your own.",
            *(f"{doubt[0].upper()}{doubt[1:]}." for doubt in doubts),
        ],
    }


def _settings(model: StanceModel, fitted: Examples) -> dict[str, Any]:
    if model.is_adapted:
        return {
            "start_from": model.base.name,
            "learned": ["head", *model.features.channel_sizes],
            "targets_apart": list(model.features.anchors_),
            "judges_unnamed": model.judges_unnamed,
            **({"learned_from": MOST_PAIRS} if sum(model.judges(e.instance) for e in fitted) > MOST_PAIRS else {}),
        }
    encoder = None if model.encoder is None else model.encoder.digest
    return {"n_hashes": model.features.n_hashes, "bias_grid": list(BIAS_GRID), "encoder": encoder}


def _describe(examples: Examples) -> dict[str, Any]:
    counts = Counter(str(example.label) for example in examples)
    return {
        "pairs": len(examples),
        "texts": len({example.instance.text for example in examples}),
        "stories": len({example.story for example in examples}),
        "sources": len({example.source for example in examples}),
        "labels": {str(stance): counts[str(stance)] for stance in STANCES},
        "sha256": examples_digest(examples),
    }


def card_to_markdown(card: Record) -> str:
    """Write a card for readers."""
    measures, train, held_out = card["measures"], card["data"]["train"], card["data"]["held_out"]
    rows = {"this model": measures} | measures["baselines"]
    rows |= {f"toward {target}": measured for target, measured in measures["targets"].items()}
    return "\n".join(
        [
            "# Stance model\n",
            f"Trained on {train['pairs']} labelled pairs of comment and target from {train['stories']} stories,"
            f" measured on {held_out['pairs']} pairs from {held_out['stories']} other stories."
            " Figures are `stance evaluate`'s, with 95 % intervals over stories.\n",
            "| | n | macro F1 | accuracy | mean F1 of favor and against | calibration error |",
            "|---|---|---|---|---|---|",
            *(_table_row(name, measured) for name, measured in rows.items()),
            "",
            *_abstaining_table(measures.get("abstaining")),
            f"Languages: {', '.join(card['languages'])}. Seed {card['seed']}."
            f" Digest of the training pairs: `{train['sha256'][:16]}`.\n",
            "## Limits\n",
            *(f"- {limit}" for limit in card["limits"]),
            "",
        ]
    )


def _abstaining_table(abstaining: Record | None) -> list[str]:
    """Write how accuracy rises where the least sure pairs are left undecided."""
    parts = {name: part for name, part in (abstaining or {}).items() if part}
    if not parts:
        return []
    rows = [[f"{share:.0%}", *(_accuracy_at(share, part["curve"]) for part in parts.values())] for share in _SHARES]
    head = ["surest pairs kept (--abstain)", *(f"accuracy, {name} pairs" for name in parts)]
    lines = [f"| {' | '.join(cells)} |" for cells in (head, *rows)]
    return [lines[0], f"|{'---|' * len(head)}", *lines[1:], ""]


def _accuracy_at(share: float, curve: Sequence[Record]) -> str:
    """Return the accuracy where about so many are kept; nothing where equally sure pairs allow no such share."""
    nearest = min(curve, key=lambda point: abs(point["coverage"] - share))
    return f"{nearest['accuracy']:.3f}" if abs(nearest["coverage"] - share) < _NEAR_SHARE else ""


def _table_row(name: str, measured: Record) -> str:
    cells = [name, str(measured["n"])]
    for measure in ("macro_f1", "accuracy", "favg", "ece"):
        low, high = measured["interval"][measure]
        cells.append(f"{measured[measure]:.3f} ({low:.3f} to {high:.3f})")
    return f"| {' | '.join(cells)} |"
