"""Does retraining pay? Labels of a kind that a model never saw: what they gain there, and what they cost elsewhere.

    python -m research.benchmarks.retrain [--model default] [--bench FOLDER] > build/retrain.md

From each set, 150 and 400 labelled pairs that name their target are drawn (five seeds), added as ``stance train`` adds them, and
measured on the rest of the set or its test part. Elsewhere is every other set: the worst mean loss of one is shown.
The sets lie in ``--bench`` and are measured with, never shipped; no model learned from them.

============  ============================================================================================
comments_dev  real reader comments on Russia, the US and NATO, four classes
ruw           tweets about Russia with their published split; its "none" and not addressed are one class
vast          texts toward thousands of topics, 1,000 of its test part; random topics are neutral
============  ============================================================================================

Published for all training labels: RUW TF-IDF .521, BERT .541 (of its paper); VAST BERT-joint .653, TGA-Net .657
(Allaway and McKeown, Zero-Shot Stance Detection, 2020).
"""

import argparse
import csv
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from stance.datamodels import STANCES, LabelledComment, Stance
from stance.labels.tables import load_labels
from stance.learn.adaptation import adapt, reading_once
from stance.learn.cross_validation import unlike
from stance.learn.examples import Example, make_examples
from stance.scoring.instances import is_named
from stance.scoring.model import StanceModel
from stance.scoring.persistence import load_model
from stance.scoring.targets.target_set import load_targets

SIZES, SEEDS, MOST_TESTED = (150, 400), range(5), 1_000
Sets = dict[str, tuple[list[Example], list[Example]]]  # name -> pairs to draw from, and to measure on


def read_sets(bench: Path) -> Sets:
    """Read the sets; of ``comments_dev`` both parts are all pairs, and what is drawn is left out of the test."""
    comments = make_examples(load_labels([bench / "comments_dev.csv"]).comments, load_targets())[0]
    return {"comments_dev": (comments, comments), "ruw": _published(bench, "ruw"), "vast": _published(bench, "vast")}


def _published(bench: Path, name: str) -> tuple[list[Example], list[Example]]:
    with gzip.open(bench / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["label"]]
    rows = [row for row in rows if name != "ruw" or row["target"] == "Russia"]
    parts = ([row for row in rows if row["split"] == part] for part in ("train", "test"))
    train, test = (
        make_examples(
            [
                LabelledComment(row["text"], row["target"].lower(), Stance(row["label"].replace("none", "neutral")))
                for row in part
            ],
            load_targets(),
        )[0]
        for part in parts
    )
    chosen = np.random.default_rng(0).permutation(len(test))[:MOST_TESTED]
    return train, [test[at] for at in sorted(chosen)]


def macro_f1(model: StanceModel, test: Sequence[Example]) -> float:
    """Measure; a set that knows no "not addressed" counts it as neutral."""
    found, gold = model.predict_proba([each.instance for each in test]), [STANCES.index(each.label) for each in test]
    found = found * np.array(model.decision or 1.0)
    if not any(each.label is Stance.NOT_ADDRESSED for each in test):
        found = np.column_stack([found[:, :2], found[:, 2] + found[:, 3]])
    return float(f1_score(gold, found.argmax(axis=1), labels=sorted(set(gold)), average="macro"))


def measure(base: StanceModel, sets: Sets) -> Iterator[str]:
    """Yield the lines of a table."""
    yield "| labels of | number | before | gain, mean (least to most) | worst mean change elsewhere |"
    yield "|---|---|---|---|---|"
    before = {name: macro_f1(base, test) for name, (_, test) in sets.items()}
    for name, (train, test) in sets.items():
        named = [each for each in train if is_named(each.instance)]
        for size in (each for each in SIZES if each <= len(named) / (2 if train is test else 1)):
            gains, others = [], {other: [] for other in sets if other != name}
            for seed in SEEDS:
                drawn = [named[at] for at in np.random.default_rng(seed).permutation(len(named))[:size]]
                texts = {each.instance.text for each in drawn}
                rest = [each for each in test if each.instance.text not in texts]
                model = adapt(base, drawn, others=unlike(drawn))
                gains.append(macro_f1(model, rest) - (macro_f1(base, rest) if train is test else before[name]))
                for other, changes in others.items():
                    changes.append(macro_f1(model, sets[other][1]) - before[other])
            change, place = min((float(np.mean(changes)), other) for other, changes in others.items())
            spread = f"{np.mean(gains):+.3f} ({min(gains):+.3f} to {max(gains):+.3f})"
            yield f"| {name} | {size} | {before[name]:.3f} | {spread} | {change:+.3f} ({place}) |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=Path(__file__).parents[3] / "shared" / "bench" / "stance")
    parser.add_argument("--model", default="default")
    given = parser.parse_args()
    for line in measure(reading_once(load_model(given.model)), read_sets(given.bench)):
        print(line, flush=True)


if __name__ == "__main__":
    main()
