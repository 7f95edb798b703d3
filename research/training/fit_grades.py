"""Measure the readings of comments by grade, on kinds and sites that the models had not seen.

``python -m research.training.fit_grades KIND=TABLE.csv... [--models default light] [--write]``, with the labels of
two readers in ``TABLE_labels.csv`` beside each table. Pairs on which the readers differ are left out, but for the
macro F1 of the model and of the second reader against the first. Sites are split into two halves by digest: bars were
chosen on the first (``look``), and the second (``measure``) only confirms them.
``--write`` writes the rows of these models in ``data/grades.json``, which pages quote, from both halves. The tables are
all English, or all in other languages, whose bars were chosen on half of the comments by digest of their id.
"""

import argparse
import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from research.held import is_held
from research.training.real_comments import measures_of
from stance.datamodels import STANCES, Record, Stance, Via, grade_bars, is_read_as_english
from stance.options.models import ModelOptions
from stance.options.run import PrivacyOptions, Run
from stance.resources import GRADES
from stance.runs.models import open_scorer
from stance.scoring.instances import Context, Instance, make_instance
from stance.scoring.targets.target_set import TargetSet

SIDES = (Stance.FAVOR, Stance.AGAINST)


class LabelledPair(NamedTuple):
    """A comment that names a target, with the labels of both readers."""

    kind: str
    site: str
    instance: Instance
    label: Stance  # of the first reader
    second: Stance


def read_pairs(kind: str, table: Path, targets: TargetSet) -> Iterator[LabelledPair]:
    """Yield the pairs of a table that name the target.

    A table without labels beside it has a row for each pair, with their common ``label``.
    """
    csv.field_size_limit(10_000_000)
    path = table.with_name(f"{table.stem}_labels.csv")
    with (path if path.is_file() else table).open(encoding="utf-8") as file:
        names = ("label_a", "label_b") if path.is_file() else ("label", "label")
        labels = {(row["id"], row["target"]): tuple(row[name] for name in names) for row in csv.DictReader(file)}
    with table.open(encoding="utf-8") as file:
        for row in {row["id"]: row for row in csv.DictReader(file)}.values():
            if is_held(row["text"]):
                continue
            language = row.get("language") or "en"
            mentions = targets.find(row["text"], year=None, language=language)
            shown = Context(row.get("headline") or "", row.get("lead") or "", row.get("parent") or "")
            for target in targets.ids:
                first, second = labels.get((row["id"], target), ("", ""))
                instance = make_instance(row["text"], target, mentions, context=shown, language=language)
                if first and second and instance.via is Via.TEXT:
                    site = row.get("source") or row.get("post") or row["id"]
                    yield LabelledPair(row.get("source") or kind, site, instance, Stance(first), Stance(second))


def measure_grades(pairs: Sequence[LabelledPair], probabilities: np.ndarray, model: str) -> Mapping[str, Record]:
    """Count the readings of each class and grade.

    :param pairs: All English, or all in other languages.
    :param probabilities: Shape (pairs, 4), columns in the order of ``STANCES``.
    :return: Class -> grade -> ``n``, and the shares that are ``right`` and the ``opposite`` side; None of no reading.
    """
    readings, highest = probabilities.argmax(axis=1), probabilities.max(axis=1)
    labels = np.array([STANCES.index(pair.label) for pair in pairs])
    is_opposite = np.isin(labels, [0, 1]) & np.isin(readings, [0, 1]) & (labels != readings)
    measures: dict[str, Record] = {}
    bars_of = grade_bars(model, pairs[0].instance.language)
    for at, stance in enumerate(STANCES):
        clear, leaning = bars_of[stance]
        own = readings == at
        grades = {"clear": own & (highest >= clear), "leaning": own & (highest >= leaning) & (highest < clear)}
        measures[stance] = {
            grade: {
                "n": int(chosen.sum()),
                "right": round(float((labels[chosen] == at).mean()), 3) if chosen.any() else None,
                "opposite": round(float(is_opposite[chosen].mean()), 3) if chosen.any() else None,
            }
            for grade, chosen in grades.items()
        }
    sides = {at for at, stance in enumerate(STANCES) if stance in SIDES}
    bars = np.array([bars_of[STANCES[at]] for at in readings])
    for column, name in enumerate(("clear", "clear and leaning")):
        chosen = np.isin(readings, [*sides]) & (highest >= bars[:, column])
        hits = chosen & (labels == readings)
        measures[f"sides, {name}"] = {
            "n": int(chosen.sum()),
            "right": round(float(hits.sum() / max(1, chosen.sum())), 3),
            "opposite": round(float(is_opposite[chosen].mean()), 3) if chosen.any() else None,
            "share_of_sides": round(float(hits.sum() / max(1, np.isin(labels, [*sides]).sum())), 3),
        }
    return measures


def measure_stances(pairs: Sequence[LabelledPair], probabilities: np.ndarray) -> Mapping[str, float | None]:
    """Measure probabilities where both readers agree, and compare the model with the second reader on all pairs.

    :param probabilities: Shape (pairs, 4), columns in the order of ``STANCES``.
    :return: Of pairs on which both readers agree macro F1, the areas under the curve of taking a side and of the sides,
        and calibration error; of all pairs macro F1 of the model and of the second reader, against the first.
    """
    first = np.array([STANCES.index(pair.label) for pair in pairs])
    second = np.array([STANCES.index(pair.second) for pair in pairs])
    agreed = first == second
    labels, likely = first[agreed], probabilities[agreed]
    own = measures_of(labels, likely, np.ones(len(labels)))
    addressed, sided = labels < 3, labels < 2
    favor, against, neutral, _ = likely.T
    measures = {
        "macro_f1": own["macro_f1"],
        "a side or only named": _area(
            labels[addressed] < 2, ((favor + against) / (favor + against + neutral))[addressed]
        ),
        "which side": _area(labels[sided] == 0, (favor / (favor + against))[sided]),
        "ece": own["ece"],
        "all pairs": measures_of(first, probabilities, np.ones(len(first)))["macro_f1"],
        "all pairs, second reader": measures_of(first, np.eye(len(STANCES))[second], np.ones(len(first)))["macro_f1"],
    }
    return {name: None if value is None else round(value, 3) for name, value in measures.items()}


def _area(is_positive: np.ndarray, scores: np.ndarray) -> float | None:
    """Return the area under the curve; None: all pairs are of one class."""
    return float(roc_auc_score(is_positive, scores)) if 0 < is_positive.sum() < len(is_positive) else None


def is_looked_at(site: str) -> bool:
    """Return whether bars may be chosen on a site."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % 2 == 0


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="+", metavar="KIND=TABLE.csv")
    parser.add_argument("--models", nargs="+", default=["default", "light"])
    parser.add_argument(
        "--without", nargs="*", default=["reddit-it", "rutube-ru", "facebook-cz"], help="sources to leave out"
    )
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    written: Record = json.loads(GRADES.read_text(encoding="utf-8"))
    for model in given.models:
        options = Run(model=ModelOptions(model=model), privacy=PrivacyOptions(names=True))
        scorer = open_scorer(options)
        tables = (text.partition("=") for text in given.tables)
        pairs = [
            pair
            for kind, _, table in tables
            for pair in read_pairs(kind, Path(table), scorer.targets)
            if pair.kind not in given.without
        ]
        probabilities = scorer.model.judge([pair.instance for pair in pairs]).probabilities
        looked_at = np.array([is_looked_at(pair.site) for pair in pairs])
        parts = {"all": np.ones(len(pairs), bool), "look": looked_at, "measure": ~looked_at}
        parts |= {
            kind: np.array([pair.kind == kind for pair in pairs]) for kind in sorted({pair.kind for pair in pairs})
        }
        print(f"# {model}: {len(pairs)} pairs")
        agreed = np.array([pair.label == pair.second for pair in pairs])
        for name, part in parts.items():
            both = [pair for pair, chosen in zip(pairs, part, strict=True) if chosen]
            print(name, len(both), json.dumps(measure_stances(both, probabilities[part])))
            own = [pair for pair in both if pair.label == pair.second]
            measures = measure_grades(own, probabilities[part & agreed], model)
            print(name, len(own), json.dumps(measures))
            if name == "all":
                others = "" if is_read_as_english(own[0].instance.language) else ", other languages"
                kinds = {pair.kind for pair in own}
                written[model + others] = {"pairs": len(own), "kinds": len(kinds)} | dict(measures)
    if given.write:
        GRADES.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
