"""Fit the weights of comments to the newsroom, measure them on sites left out, and write ``data/newsroom.json``.

``python -m research.training.train_newsroom TABLE.json [--write]``. A row of the table is a comment with the labels ``a``
and ``b`` of two readers (``question``, ``correction``, ``none``); rows on which they differ are left out. Patterns and the
threshold were chosen on the sites whose digest is even and on the blog; the other sites are for measuring. The weights
that are written are fitted to all rows.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedGroupKFold

from stance.datamodels import Comment, Document, Record
from stance.discourse.newsroom import encode, find_newsroom, read_comments
from stance.resources import NEWSROOM

LEAST_PRECISION = 0.85
BLOG_WRITER = "John Michael Greer"
"""Writer of the blog, whose rows state none."""


def make_document(row: Record) -> Document:
    """Make a page of a comment, and of the one that it answers."""
    name, _, parent = row["parent"].partition(": ")
    parents = (Comment("parent", parent, name),) if parent else ()
    comment = Comment("comment", row["text"], row["commenter"] or None, reply_to="parent" if parent else None)
    author = row["author"] or (BLOG_WRITER if row["kind"] == "blog" else None)
    return Document("row", "row", title=row["headline"], author=author, language="en", comments=(*parents, comment))


def fit(features: np.ndarray, labels: np.ndarray) -> LogisticRegression:
    """Fit the weights of questions."""
    return LogisticRegression(C=0.5, max_iter=3_000).fit(features, labels)


def out_of_fold(features: np.ndarray, labels: np.ndarray, groups: np.ndarray, repeats: int = 4) -> np.ndarray:
    """Return the mean log odds of each row by models that did not see its site."""
    odds = np.zeros(len(labels))
    for seed in range(repeats):
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed)
        for fitted, left_out in folds.split(features, labels, groups):
            odds[left_out] += fit(features[fitted], labels[fitted]).decision_function(features[left_out]) / repeats
    return odds


def choose_threshold(odds: np.ndarray, labels: np.ndarray) -> float:
    """Return the lowest log odds from which on the precision is high enough."""
    order = np.argsort(-odds)
    precision = np.cumsum(labels[order]) / np.arange(1, len(order) + 1)
    return float(odds[order][np.flatnonzero(precision >= LEAST_PRECISION)[-1]])


def measure(kinds: np.ndarray, labels: np.ndarray) -> Record:
    """Count what is right: of each kind, and of both together whatever the kind."""
    measures = {}
    for name, shown, true in (
        ("question", kinds == "question", labels == "question"),
        ("correction", kinds == "correction", labels == "correction"),
        ("both", kinds != "none", labels != "none"),
    ):
        hits = int((shown & true).sum())
        measures[name] = {
            "labelled": int(true.sum()),
            "shown": int(shown.sum()),
            "right": hits,
            "precision": round(hits / int(shown.sum()), 3) if shown.any() else None,
            "recall": round(hits / int(true.sum()), 3) if true.any() else None,
        }
    return measures


def main() -> None:
    """Fit, measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--measure", action="store_true", help="print figures of the sites for measuring")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    table = json.loads(given.table.read_text(encoding="utf-8"))
    kappa = cohen_kappa_score([row["a"] for row in table], [row["b"] for row in table])
    rows = [row for row in table if row["a"] == row["b"]]
    documents = [make_document(row) for row in rows]
    readings = [list(read_comments(document))[-1] for document in documents]
    features = np.array([np.concatenate([reading.features, encode(reading)]) for reading in readings])
    candidates = np.array([reading.is_candidate for reading in readings])
    labels = np.array([row["a"] for row in rows])
    is_question = labels == "question"
    groups = np.array(["blog" if row["kind"] == "blog" else row["site"] for row in rows])
    look = np.array([name == "blog" or int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 0 for name in groups])
    by_rule = np.array(
        [
            any(entry["kind"] == "correction" and entry["id"] == "comment" for entry in find_newsroom(document))
            for document in documents
        ]
    )

    def kinds_by(odds: np.ndarray, rows_of: np.ndarray, threshold: float) -> np.ndarray:
        asked = candidates[rows_of] & (odds >= threshold)
        return np.where(by_rule[rows_of], "correction", np.where(asked, "question", "none"))

    odds = out_of_fold(features[look], is_question[look], groups[look])
    eligible = candidates[look] & ~by_rule[look]
    threshold = choose_threshold(odds[eligible], is_question[look][eligible])
    print("look", look.sum(), threshold, json.dumps(measure(kinds_by(odds, look, threshold), labels[look])))
    blog = groups == "blog"
    odds = fit(features[look & ~blog], is_question[look & ~blog]).decision_function(features[blog])
    print("blog, trained without it", json.dumps(measure(kinds_by(odds, blog, threshold), labels[blog])))
    if not (given.measure or given.write):
        return
    odds = fit(features[look], is_question[look]).decision_function(features[~look])
    measured_kinds = kinds_by(odds, ~look, threshold)
    measures = measure(measured_kinds, labels[~look])
    print("measure", json.dumps(measures))
    first = np.array([row["n"] < 1_000 for row in rows])
    print("measure, first sample", json.dumps(measure(measured_kinds[first[~look]], labels[~look & first])))
    if given.write:
        write(features, is_question, threshold, {
            "labels": f"by two AI assistants, kappa {kappa:.2f}; comments on which they agree",
            "fitted": len(rows), "questions": int(is_question.sum()), "corrections": int((labels == "correction").sum()),
            "measured_on": {"comments": int((~look).sum()), "sites": len(set(groups[~look]))},
            "measured_with": "weights fitted to the other sites alone; those here are fitted to all",
            "measures": measures,
        })  # fmt: skip


def write(features: np.ndarray, labels: np.ndarray, threshold: float, card: Record) -> None:
    """Write the weights, fitted to all rows, beside the patterns."""
    model = fit(features, labels)
    shipped = json.loads(NEWSROOM.read_text(encoding="utf-8"))
    count = features.shape[1] - 384
    rounded = [round(float(weight), 4) for weight in model.coef_[0]]
    shipped |= {
        "card": card,
        "threshold": round(threshold, 4),
        "intercept": round(float(model.intercept_[0]), 4),
        "weights": rounded[:count],
        "vector_weights": rounded[count:],
    }
    NEWSROOM.write_text(json.dumps(shipped, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
