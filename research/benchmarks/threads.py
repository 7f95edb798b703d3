"""Measure a model on comments of real threads that name no target, under their headlines.

    python -m research.benchmarks.threads dataset.py [--model light]

``dataset.py`` is ``app/helpers/dataset.py`` of the repository ``ohjelmistoprojekti-ii-reddit-app/reddit-app-backend``;
its texts do not ship. Labels: ``research/data/thread_labels.csv.gz``. Nothing was learned from them.
"""

import argparse
import ast
import hashlib
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from research import LABELLED, read_labels
from stance.datamodels import STANCES, Stance
from stance.scoring.instances import Context, make_instance
from stance.scoring.persistence import load_model
from stance.scoring.targets.target_set import load_targets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", type=Path)
    parser.add_argument("--model", choices=("default", "light"), default="default")
    given = parser.parse_args()
    assignment = next(each for each in ast.parse(given.texts.read_text("utf-8")).body if isinstance(each, ast.Assign))
    threads = {thread["id"]: thread for thread in ast.literal_eval(assignment.value)}
    rows = read_labels(LABELLED / "thread_labels.csv.gz")
    model, targets, pairs = load_model(given.model), load_targets(), []
    for row in rows:
        thread, _, place = row["id"].rpartition("-")
        text, title = threads[thread]["comments"][int(place)].strip(), threads[thread]["title"]
        if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
            raise SystemExit(f"{row['id']}: another text than was labelled")
        named = {"shown": Context(title), "article_mentions": targets.find(title, language="en")}
        pairs.append(make_instance(text, row["target"], targets.find(text, language="en"), **named))
    rule = np.array(model.decision or (1.0,) * len(STANCES))
    guess = (model.predict_proba(pairs) * rule).argmax(axis=1)
    gold = [STANCES.index(Stance(r["settled"])) for r in rows]
    for half in ("A", "B"):
        own = np.array([row["half"] == half for row in rows])
        label, found = np.array(gold)[own], guess[own]
        said, meant = found < len(STANCES) - 1, label < len(STANCES) - 1
        measures = {
            "recall": (said & meant).sum() / meant.sum(),
            "precision": (said & meant).sum() / max(1, said.sum()),
        }
        measures["macro_f1"] = f1_score(label, found, average="macro", labels=range(len(STANCES)), zero_division=0)
        print(half, json.dumps({"addressed": int(meant.sum())} | {k: round(float(v), 3) for k, v in measures.items()}))


if __name__ == "__main__":
    main()
