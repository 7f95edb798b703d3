"""Measure a model toward targets that it has no weights for: China, the EU, Israel and Iran.

    python -m research.benchmarks.own_targets ../shared/real [--model default]

The folder holds the tables ``comment_pool.csv``, ``page_comments.csv``, ``civil_comments.csv`` and
``youtube_war_comments.csv``; their texts do not ship. Labels: ``research/data/own_labels.csv.gz``. Nothing was learned
or chosen by them.
"""

import argparse
import csv
import hashlib
from collections.abc import Iterable
from pathlib import Path

from research import LABELLED, read_labels
from research.held import is_held
from stance.datamodels import LabelledComment, Stance
from stance.exceptions import LabelError
from stance.learn.examples import Example, make_examples
from stance.learn.measures import Answers, evaluate, evaluate_by
from stance.scoring.persistence import load_model
from stance.scoring.targets.target_set import TargetSet, load_targets

LABELS = LABELLED / "own_labels.csv.gz"


def own_targets() -> TargetSet:
    """Return the targets that are measured; the others stay background."""
    return load_targets().select(sorted({row["target"] for row in read_labels(LABELS)}))


def read_own(folder: Path, targets: TargetSet) -> list[Example]:
    """Read the labelled pairs and their texts.

    :param folder: Holds one table for each value of the column ``file`` of the labels.
    :raises LabelError: If a text is missing, another one than was labelled, or kept back.
    """
    csv.field_size_limit(10_000_000)
    rows = read_labels(LABELS)
    texts = {
        name: {row["id"]: row for row in read_labels(folder / f"{name}.csv")} for name in {row["file"] for row in rows}
    }
    return make_examples([_comment(row, texts[row["file"]].get(row["id"], {})) for row in rows], targets)[0]


def _comment(label: dict[str, str], row: dict[str, str]) -> LabelledComment:
    text = row.get("text", "")
    if hashlib.sha256(text.encode()).hexdigest() != label["sha256"]:
        raise LabelError(f"{label['file']}.csv: {label['id']} is missing or another text than was labelled")
    if is_held(text):
        raise LabelError(f"{label['file']}.csv: {label['id']} is kept back; remove it from {LABELS.name}")
    return LabelledComment(
        text=text,
        target=label["target"],
        label=Stance(label["settled"]),
        comment_id=label["id"],
        annotator="own",
        language="en",
        document=label["sha256"],
        title=row.get("headline") or None,
        parent=row.get("parent") or None,
    )


def table(examples: Iterable[Example], model: str) -> Iterable[str]:
    """Yield the lines of a table of measures: all pairs, then each target."""
    examples = list(examples)
    answers = Answers.of(
        [each.label for each in examples],
        load_model(model).predict_proba([each.instance for each in examples]),
        [each.story for each in examples],
    )
    groups = {"all": evaluate(answers)} | evaluate_by(answers, [each.instance.target for each in examples], seed=0)
    yield "| target | pairs | macro F1 | ECE | F1 of favor, against, neutral, not addressed |\n|---|---|---|---|---|"
    for name, record in groups.items():
        cells = [
            f"{record[measure]:.3f} ({low:.3f} to {high:.3f})"
            for measure in ("macro_f1", "ece")
            for low, high in [record["interval"][measure]]
        ]
        yield f"| {name} | {record['n']} | {' | '.join(cells)} | {', '.join(f'{f1:.2f}' for f1 in record['f1'].values())} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="default")
    given = parser.parse_args()
    for line in table(read_own(given.folder, own_targets()), given.model):
        print(line, flush=True)


if __name__ == "__main__":
    main()
