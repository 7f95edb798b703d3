"""Does retraining pay? Labels of others added to the shipped models, beside what the field reaches on the same rows.

    python -m research.benchmarks.retrain ruw vast few curve > build/retrain.md

Needs the public sets with their published splits (``--bench``: a folder with ``ruw.csv.gz``, ``vast.csv.gz`` and
``comments_dev.csv``); they are measured with and never shipped. Each model is made by what ``stance train`` does
with the training part, once.

=====  ==========================================================================================================
ruw    tweets about Russia (and, in training, Ukraine), three classes
vast   texts toward thousands of topics that are defined nowhere, three classes; random topics are neutral
few    a user's case: two thirds of some real comments as labels, the rest as test, five seeds, four classes
curve  100, 200 and 400 labels of ruw toward Russia, five seeds
=====  ==========================================================================================================
"""

import argparse
import csv
import gzip
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline

from stance.datamodels import LabelledComment, Stance
from stance.labels import load_labels
from stance.learn import Example, make_examples
from stance.learn.assessment import assess_paths
from stance.learn.training import adapt, train_from_paths
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model
from stance.scoring.targets import load_targets

PUBLISHED = {
    "ruw": "TF-IDF .521, BERT .541 (both from the paper of the set)",
    "vast": "BERT-joint .653, TGA-Net .657 (Allaway and McKeown, Zero-Shot Stance Detection, 2020)",
}
SEEDS = range(5)
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one model reached on one test part."""

    name: str
    macro_f1: float
    interval: tuple[float, float] | None
    f1: Mapping[str, float]
    seconds: float  # of training


def read_rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["label"]]


def write_rows(rows: Sequence[Row], path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "target", "label"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def retrain(train: Sequence[Row], test: Sequence[Row], base: str) -> Measured:
    """Do what ``stance train`` and ``stance evaluate`` do."""
    with TemporaryDirectory() as folder:
        began = time.perf_counter()
        table = write_rows(train, Path(folder, "train.csv"))
        train_from_paths([table], Path(folder, "own"), start_from=base)
        seconds = time.perf_counter() - began
        model = load_model(Path(folder, "own"))
        record, _ = assess_paths([write_rows(test, Path(folder, "test.csv"))], model, targets=load_targets())
    return Measured(
        f"stance train, from {base}", record["macro_f1"], record["interval"]["macro_f1"], record["f1"], seconds
    )


def tfidf(train: Sequence[Row], test: Sequence[Row]) -> Measured:
    """The rival of every study: words of text and target, and a logistic regression.

    Where the test part has one target, it learns from that target alone: words of both would say the side of neither.
    """
    targets = {row["target"] for row in test}
    train = [row for row in train if row["target"] in targets] if len(targets) == 1 else train
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(C=10, max_iter=1_000)
    )
    began = time.perf_counter()
    pipeline.fit([_joined(row) for row in train], [_label(row) for row in train])
    seconds = time.perf_counter() - began
    guesses, gold = pipeline.predict([_joined(row) for row in test]), [_label(row) for row in test]
    labels = sorted(set(gold))
    each = f1_score(gold, guesses, labels=labels, average=None)
    return Measured(
        "TF-IDF and logistic regression", float(each.mean()), None, dict(zip(labels, each, strict=True)), seconds
    )


def _joined(row: Row) -> str:
    return f"{row['target']} {row['target']} : {row['text']}"


def _label(row: Row) -> str:
    return {"none": "neutral"}.get(row["label"], row["label"])


def split_table(name: str, bench: Path, bases: Sequence[str]) -> Iterator[str]:
    rows = read_rows(bench / f"{name}.csv.gz")
    train = [row for row in rows if row["split"] == "train"]
    test = [row for row in rows if row["split"] == "test" and (name != "ruw" or row["target"] == "Russia")]
    yield f"## {name.upper()}{', Russia' if name == 'ruw' else ''}: {len(train)} training pairs, {len(test)} test pairs"
    yield f"\nPublished: {PUBLISHED[name]}.\n"
    yield "| | macro F1 (95 % interval) | favor | against | neutral | training, seconds |"
    yield "|---|---|---|---|---|---|"
    for found in (tfidf(train, test), *(retrain(train, test, base) for base in bases)):
        interval = "" if found.interval is None else " ({:.3f} to {:.3f})".format(*found.interval)
        cells = " | ".join(f"{found.f1[label]:.3f}" for label in ("favor", "against", "neutral"))
        yield f"| {found.name} | {found.macro_f1:.3f}{interval} | {cells} | {found.seconds:.0f} |"


def few_table(bench: Path, bases: Sequence[str]) -> Iterator[str]:
    comments = load_labels([bench / "comments_dev.csv"]).comments
    examples, _ = make_examples(comments, load_targets())
    texts = sorted({example.instance.text for example in examples})
    n = 2 * len(texts) // 3
    yield f"## Few labels: {n} of {len(texts)} real comments added, the others as test, five seeds\n"
    yield "| | macro F1 of the shipped model | after `stance train` | difference, mean (least to most) |"
    yield "|---|---|---|---|"
    for base in bases:
        pairs = [_few(base, examples, set(np.random.default_rng(seed).permutation(texts)[:n]), seed) for seed in SEEDS]
        before, after = np.array(pairs).T
        gains = after - before
        yield (
            f"| {base} | {before.mean():.3f} | {after.mean():.3f}"
            f" | {gains.mean():+.3f} ({gains.min():+.3f} to {gains.max():+.3f}) |"
        )


def _few(base: str, examples: Sequence[Example], chosen: set[str], seed: int) -> tuple[float, float]:
    shipped = _load(base)
    test = [example for example in examples if example.instance.text not in chosen]
    adapted = adapt(shipped, [example for example in examples if example.instance.text in chosen], seed=seed)
    return _macro(shipped, test), _macro(adapted, test)


def _macro(model: object, test: Sequence[Example]) -> float:
    found = model.predict_proba([example.instance for example in test]).argmax(axis=1)  # type: ignore[attr-defined]
    gold = [list(Stance).index(example.label) for example in test]
    return float(f1_score(gold, found, labels=sorted(set(gold)), average="macro"))


def curve_table(bench: Path, bases: Sequence[str]) -> Iterator[str]:
    rows = [row for row in read_rows(bench / "ruw.csv.gz") if row["target"] == "Russia"]
    train = _examples([row for row in rows if row["split"] == "train"])
    test = _examples([row for row in rows if row["split"] == "test"])
    yield "## Learning curve: RUW, Russia; macro F1 on its test part, mean (standard deviation) of five seeds\n"
    yield "Best of TF-IDF, lexicon and embedding features measured before: .385 at 100, .425 at 200, .46 at 400.\n"
    yield "| | 0 | 100 | 200 | 400 |"
    yield "|---|---|---|---|---|"
    for base in bases:
        shipped = _load(base)
        cells = [f"{_three(shipped, test):.3f}"]
        for n in (100, 200, 400):
            draws = (np.random.default_rng(seed).permutation(len(train))[:n] for seed in SEEDS)
            found = [_three(adapt(shipped, [train[i] for i in draw]), test) for draw in draws]
            cells.append(f"{np.mean(found):.3f} ({np.std(found):.3f})")
        yield f"| {base} | {' | '.join(cells)} |"


@cache
def _load(base: str) -> StanceModel:
    """A shipped model that encodes each text once, however many models are made of it."""
    return load_model(base)


def _three(model: object, test: Sequence[Example]) -> float:
    """Macro F1 where neutral holds what a model calls not addressed, as the set's "none" does."""
    found = model.predict_proba([example.instance for example in test])  # type: ignore[attr-defined]
    found[:, 2] += found[:, 3]
    gold = [list(Stance).index(example.label) for example in test]
    return float(f1_score(gold, found[:, :3].argmax(axis=1), average="macro"))


def _examples(rows: Sequence[Row]) -> list[Example]:
    comments = [LabelledComment(row["text"], row["target"].lower(), Stance(_label(row))) for row in rows]
    return make_examples(comments, load_targets())[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="+", choices=("ruw", "vast", "few", "curve"))
    parser.add_argument("--bench", type=Path, default=Path(__file__).parents[3] / "shared" / "bench" / "stance")
    parser.add_argument("--base", nargs="+", default=["default", "light"])
    given = parser.parse_args()
    for part in given.parts:
        lines = (
            few_table(given.bench, given.base)
            if part == "few"
            else curve_table(given.bench, given.base)
            if part == "curve"
            else split_table(part, given.bench, given.base)
        )
        for line in lines:
            print(line, flush=True)
        print(flush=True)


if __name__ == "__main__":
    sys.exit(main())
