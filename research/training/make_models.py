"""Make the models that ship, from labelled comments and trained readers.

    python -m research.training.make_models light --kind NAME=FILE...
    python -m research.training.make_models default --reader FOLDER --kind NAME=FILE... [--left-out FILE.npz...]
    python -m research.training.make_models others --tested FILE

FOLDER is what ``research.training.export_reader`` wrote. FILE.npz hold what the reader read of posts, sites and sources
that it had not learned from (``research.training.finetune_reader --part``, ``--without``): on these the probabilities
are calibrated, and the errors of shares measured. ``default`` keeps its part for other languages.
"""

import argparse
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression

from research import ALL_COMMENTS, LANGUAGE_COMMENTS
from research.splits import held_out_stories
from research.training.cards import assess_model, card_to_markdown, make_project_card
from research.training.kinds import GOLD, read_kinds
from research.training.reader_joined import TARGETS, fit_decision
from research.training.real_comments import FOLDS, fold_of
from research.training.share_errors import share_errors
from stance.datamodels import STANCES, Factors, Stance
from stance.labels.adjudication import adjudicate
from stance.labels.tables import load_labels
from stance.learn.examples import Example, make_examples, story_digest
from stance.resources import MODELS, READER
from stance.scoring.encoder import TextEncoder
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model, save_model
from stance.scoring.reader import HIDDEN, PairReader
from stance.scoring.targets.target_set import TargetSet, load_targets
from stance.scoring.words import WordReader

SEED = 0
STRENGTH = 1.0  # inverse penalty of the regression on words
LEAST = 0.02  # minimum probability of a stance that an answer counts for
KEPT = 1_000  # pairs whose columns a model keeps

Floats = NDArray[np.float64]

_LIMITS = (
    "Learned from real comments of American and Canadian news sites of 2015 to 2017, selected as rude; under news videos "
    "on the war in Ukraine, 2022 to 2024; of a blog and of saved pages, 2006 to 2017; of Reddit, microblogs, forums, an "
    "image board and video channels, 2014 to 2026. AI assistants labelled them.",
    "Few of them name NATO.",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", choices=("light", "default", "others"))
    parser.add_argument("--tested", type=Path, help="comments in other languages, to measure on")
    parser.add_argument("--kind", action="append", default=[], help="NAME=FILE")
    parser.add_argument("--reader", type=Path)
    parser.add_argument("--left-out", type=Path, nargs="*", default=())
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    targets = load_targets()
    if given.model == "others":
        measure_others(given.tested, targets)
        return
    kinds = read_kinds(dict(each.split("=", 1) for each in given.kind), targets)
    settled, _ = make_examples(adjudicate(load_labels(ALL_COMMENTS).comments).comments, targets)
    known = [each for each in settled if each.is_defined]
    written = [each for each in known if each.story not in held_out_stories()]
    if given.model == "default":  # it learned from few of them
        written = [each for each in written if story_digest(each.story)[2] % 8 == 0]
    held_out = [each for each in known if each.story in held_out_stories()]
    learned = [*written, *(each for examples in kinds.values() for each in examples)]
    folder = given.output or MODELS / given.model
    if given.model == "light":
        model = make_light(learned, kinds)
    else:
        model = calibrated(read_reader(given.reader), kinds, given.left_out)
    finish(model, kinds, (learned, held_out), given, folder)


def make_light(learned: Sequence[Example], kinds: Mapping[str, Sequence[Example]]) -> StanceModel:
    """Fit the weights of words, to labels and, for real comments, also to the answers of ``default``."""
    named = [example for example in learned if is_named(example.instance)]
    columns = WordReader()
    matrix = columns.read([example.instance for example in named]).matrix()
    labels = labels_of(named)
    rows_by_kind = rows_of_kinds(named, kinds)
    real = np.concatenate(list(rows_by_kind.values()))
    folds = np.full(len(named), -1)
    folds[real] = [fold_of(named[row].instance.text) for row in real]
    left_out = np.zeros((len(named), len(STANCES)))
    for fold in range(FOLDS):
        fitted = _regression().fit(matrix[folds != fold], labels[folds != fold])
        rows = np.flatnonzero(folds == fold)
        left_out[rows] = fitted.predict_proba(matrix[rows])
    decision = fit_decision(
        [(left_out[rows], [named[row] for row in rows], np.ones(len(rows))) for rows in rows_by_kind.values()]
    )
    wanted = np.eye(len(STANCES))[labels]
    answers = load_model("default").predict_proba([named[row].instance for row in real])
    wanted[real] = GOLD * wanted[real] + (1 - GOLD) * answers
    rows, classes = np.nonzero(wanted > LEAST)
    fitted = _regression().fit(matrix[rows], classes, wanted[rows, classes])
    return StanceModel("light", columns, fitted.coef_, fitted.intercept_, decision=decision)


def rows_of_kinds(named: Sequence[Example], kinds: Mapping[str, Sequence[Example]]) -> dict[str, NDArray[np.intp]]:
    """Return the places of the pairs of each kind among all pairs."""
    places = {id(example): row for row, example in enumerate(named)}
    return {
        kind: np.array([places[id(example)] for example in examples if id(example) in places], np.intp)
        for kind, examples in kinds.items()
    }


def _regression() -> LogisticRegression:
    return LogisticRegression(C=STRENGTH, max_iter=200, tol=1e-3)


def measure_others(tested: Path, targets: TargetSet) -> None:
    """Measure the part of ``default`` for other languages, whose weights stay, and note the pairs that it keeps."""
    from dataclasses import replace

    from research.training import other_languages

    model = load_model("default")
    assert model.others is not None
    written = [
        each
        for folder in LANGUAGE_COMMENTS
        for each in make_examples(adjudicate(load_labels([folder]).comments).comments, targets)[0]
        if each.is_defined
    ]
    held_out = [each for each in written if each.story in held_out_stories()]
    learned = [each for each in written if each.story not in held_out_stories() and is_named(each.instance)]
    drawn = sorted(learned, key=lambda each: each.digest)[:KEPT]
    kept = model.others.columns.read([each.instance for each in drawn]).astype(np.float64)
    measured = other_languages.measure_languages(model.others, held_out, targets, tested)
    others = replace(model.others, stored=(kept, 1.0), card=dict(model.others.card) | {"by_language": measured})
    folder = MODELS / "default"
    save_model(replace(model, others=others), folder)
    (folder / "README.md").write_text(card_to_markdown(model.card), encoding="utf-8")
    (folder / "others" / "README.md").write_text(other_languages.readme(others.card), encoding="utf-8")


def read_reader(folder: Path) -> StanceModel:
    """Make a model of an exported reader, whose encoder is put into place."""
    READER.mkdir(exist_ok=True)
    for name in ("model.onnx.zst", "words.npy.zst", "tokenizer.json.zst", "encoder.json"):
        shutil.copy(folder / name, READER / name)
    encoder = TextEncoder(READER)
    arrays = dict(np.load(folder / "reader.npz"))
    last, bias = arrays.pop("exit"), arrays.pop("exit_bias")
    reader = PairReader(encoder, TARGETS, arrays)
    coef = np.hstack([last, np.zeros((len(STANCES), reader.width - HIDDEN))])
    return StanceModel("reader", reader, coef.astype(np.float64), bias.astype(np.float64))


def left_out_tables(
    kinds: Mapping[str, Sequence[Example]], paths: Sequence[Path]
) -> dict[str, tuple[Floats, list[Example]]]:
    """Return what readers that had not learned from a kind read of it: log probabilities, and the pairs."""
    from research.training.reader_joined import text_digest

    found: dict[str, tuple[Floats, list[Example]]] = {}
    for path in paths:
        table = np.load(path, allow_pickle=False)
        rows = dict(
            zip(zip(table["digests"].tolist(), table["targets"].tolist(), strict=True), table["known"], strict=True)
        )
        own = [each for each in kinds[path.stem] if is_named(each.instance)]
        asked = [each for each in own if (text_digest(each), each.instance.target) in rows]
        logs = np.array([rows[text_digest(each), each.instance.target] for each in asked], np.float64)
        found[path.stem] = logs, asked
    return found


def calibrated(model: StanceModel, kinds: Mapping[str, Sequence[Example]], paths: Sequence[Path]) -> StanceModel:
    """Bring the probabilities to what they are on texts left out; the likeliest stance is the answer.

    A decision rule with factors, chosen on the same texts, lost .02 of macro F1 on others.
    """
    from dataclasses import replace

    tables = left_out_tables(kinds, paths)
    temperature = fit_temperature([(logs, labels_of(asked)) for logs, asked in tables.values()])
    print(f"temperature {temperature:.2f}", file=sys.stderr)
    for name, (logs, asked) in tables.items():
        print(name, describe(softmax(logs / temperature, axis=1), asked, None), file=sys.stderr)
    drawn: list[Example] = []
    for examples in kinds.values():
        named = sorted((e for e in examples if is_named(e.instance)), key=lambda each: each.digest)
        drawn += named[: KEPT // len(kinds)]
    coef, intercept = model.coef / temperature, model.intercept / temperature
    kept = np.vstack(
        [model.columns.read([e.instance for e in drawn[at : at + 200]]) for at in range(0, len(drawn), 200)]
    )
    return replace(model, coef=coef, intercept=intercept, decision=None, stored=(kept.astype(np.float64), 1.0))


def labels_of(examples: Sequence[Example]) -> NDArray[np.intp]:
    """Return labels as places in ``STANCES``."""
    return np.array([STANCES.index(example.label) for example in examples], np.intp)


def fit_temperature(tables: Sequence[tuple[Floats, NDArray[np.intp]]]) -> float:
    """Return the factor by which logits are divided for the least log loss, each kind counted alike."""
    if not tables:
        return 1.0

    def loss(logarithm: float) -> float:
        parts = [
            log_softmax(logs / np.exp(logarithm), axis=1)[np.arange(len(labels)), labels].mean()
            for logs, labels in tables
        ]
        return -float(np.mean(parts))

    return float(np.exp(minimize_scalar(loss, bounds=(-1.0, 2.0), method="bounded").x))


def describe(probabilities: Floats, examples: Sequence[Example], decision: Factors | None) -> dict[str, Any]:
    """Measure answers to the pairs of a kind: macro F1, and sides that would be shown."""
    from sklearn.metrics import f1_score

    tested = np.array([each.instance.target in TARGETS[:3] for each in examples])
    labels, found = labels_of(examples)[tested], probabilities[tested]
    guess = (found * (decision or 1.0)).argmax(axis=1)
    sides = [STANCES.index(side) for side in (Stance.FAVOR, Stance.AGAINST)]
    of_side = np.isin(guess, sides)
    record = {"n": len(labels), "macro_f1": round(float(f1_score(labels, guess, average="macro")), 3)}
    record["f1"] = [round(float(each), 2) for each in f1_score(labels, guess, average=None, labels=range(len(STANCES)))]
    surest = found.max(axis=1)
    bins = np.minimum((surest * 10).astype(int), 9)
    right = found.argmax(axis=1) == labels
    record["ece"] = round(float(np.abs(np.bincount(bins, surest - right, 10)).sum() / len(labels)), 3)
    for least in (0.5, 0.6, 0.65, 0.7, 0.75, 0.8):
        shown = of_side & (found[np.arange(len(guess)), guess] >= least)
        hits = int((labels[shown] == guess[shown]).sum())
        record[f"shown from {least}"] = (
            f"{hits} of {int(shown.sum())} right; {hits / max(1, int(np.isin(labels, sides).sum())):.2f} of sides"
        )
    return record


def finish(
    model: StanceModel,
    kinds: Mapping[str, Sequence[Example]],
    corpus: tuple[Sequence[Example], Sequence[Example]],
    given: argparse.Namespace,
    folder: Path,
) -> None:
    """Measure a model on held-out stories, and save it with its card."""
    from dataclasses import replace

    learned, held_out = corpus
    if given.model == "default" and (folder / "others").is_dir():
        model = replace(model, others=load_model(folder / "others"))
    record = assess_model(model, held_out, seed=SEED)
    card = make_project_card(model, learned, held_out, record, seed=SEED)
    errors, left_out = [], {}
    tables = left_out_tables(kinds, given.left_out)
    temperature = fit_temperature([(logs, labels_of(asked)) for logs, asked in tables.values()])
    for name, (logs, asked) in tables.items():
        left_out[name] = describe(softmax(logs / temperature, axis=1), asked, model.decision)
        errors += share_errors(name, asked, softmax(logs / temperature, axis=1), np.ones(len(asked)))
    card |= {"share_errors": errors, "left_out": left_out, "limits": [*_LIMITS, *card["limits"]]}
    saved = save_model(replace(model, card=card), folder, trained_on={each.digest for each in learned})
    (folder / "README.md").write_text(card_to_markdown(card), encoding="utf-8")
    print(
        f"{folder.name}: macro F1 {record['macro_f1']:.3f} on held-out stories; saved as {saved.name}", file=sys.stderr
    )


if __name__ == "__main__":
    main()
