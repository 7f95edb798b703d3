"""Fit the weights of questions to the newsroom, measure them on sites left out, and write ``data/newsroom.json``.

``python -m research.training.train_newsroom TABLE.json PAGES.jsonl [--write]``. A row of the table is a comment with the
labels ``a`` and ``b`` of two readers (``question``, ``correction``, ``none``); rows on which they differ are left out.
``document`` and ``comment`` name its page among the parsed pages and its place there; comments of a collection without
pages have none. Figures are of nested cross-validation: neither the weights nor the threshold saw the site.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score
from sklearn.model_selection import StratifiedGroupKFold

from stance.datamodels import Comment, Document, Record
from stance.discourse.newsroom import combine, encode, opening, read_comments, read_page
from stance.records.document_records import document_from_record
from stance.resources import NEWSROOM
from stance.scoring.encoder import SIZE

BLOG_WRITER = "John Michael Greer"
"""Writer of the blog, whose rows state none."""

UNSEEN_PAGES = {
    "civil": {0: 0.0, 1: 0.0, 4: 0.05, 5: 0.4, 6: 0.1, 7: 0.0, 8: 0.0},
    "blog": {0: 1.0, 1: 1.0, 4: 0.2, 5: 0.0, 6: 0.4, 7: 0.0, 8: 1.0},
}
"""Features of the pages of collections that hold none: of news sites, and of a blog whose writer answers."""


def make_document(row: Record) -> Document:
    """Make a page of a comment, and of the one that it answers."""
    name, _, parent = row["parent"].partition(": ")
    parents = (Comment("parent", parent, name),) if parent else ()
    comment = Comment("comment", row["text"], row["commenter"] or None, reply_to="parent" if parent else None)
    author = row["author"] or (BLOG_WRITER if row["kind"] == "blog" else None)
    return Document("row", "row", title=row["headline"], author=author, language="en", comments=(*parents, comment))


def in_english(document: Document) -> Document:
    """State of all comments that they are in English: readers chose those that are."""
    comments = tuple(replace(comment, language="en") for comment in document.comments)
    return replace(document, language="en", comments=comments)


def read_rows(rows: list[Record], documents: dict[str, Document]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the features of the rows, the vectors of their pages (nan: unseen), and which are candidates."""
    pages = {name: read_page(document) for name, document in documents.items()}
    page_vectors = {name: encode(opening(document)) for name, document in documents.items()}
    readings = {
        name: {reading.comment.comment_id: reading for reading in read_comments(document)}
        for name, document in documents.items()
    }
    typical = np.mean([pages[row["document"]] for row in rows if "document" in row], axis=0)
    features, vectors, candidates = [], [], []
    for row in rows:
        document = documents.get(row.get("document", ""))
        page = typical.copy() if document is None else pages[row["document"]]
        if document is None:
            for index, value in UNSEEN_PAGES[row["kind"]].items():
                page[index] = value
        reading = readings[row["document"]][row["comment"]] if document else [*read_comments(make_document(row))][-1]
        asked = np.full(SIZE, reading.asks, dtype=float)
        features.append(np.concatenate([combine(reading, page), encode(reading.comment.text), asked]))
        vectors.append(page_vectors[row["document"]] if document else np.full(SIZE, np.nan))
        candidates.append(reading.is_candidate)
    return np.array(features), np.array(vectors), np.array(candidates)


class Table:
    """Rows with their features, which are completed by the pages of the rows that are fitted."""

    def __init__(self, features: np.ndarray, vectors: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> None:
        self.features, self.vectors, self.labels, self.groups = features, vectors, labels, groups

    def fit(self, rows: np.ndarray) -> tuple[LogisticRegression, np.ndarray]:
        """Fit the weights on some rows; also return the mean vector of their pages."""
        mean = np.nanmean(self.vectors[rows], axis=0)
        model = LogisticRegression(C=0.3, solver="newton-cholesky")
        return model.fit(self._complete(rows, mean), self.labels[rows]), mean

    def judge(self, fitted: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the log odds of rows by a model fitted on others."""
        model, mean = self.fit(fitted)
        return model.decision_function(self._complete(rows, mean))

    def _complete(self, rows: np.ndarray, mean: np.ndarray) -> np.ndarray:
        features = self.features[rows].copy()
        features[:, -SIZE:] *= np.nan_to_num(self.vectors[rows] - mean)
        return features

    def folds(self, rows: np.ndarray, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the rows to fit and those of the sites left out."""
        folds = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        for fitted, left_out in folds.split(rows, self.labels[rows], self.groups[rows]):
            yield rows[fitted], rows[left_out]

    def out_of_fold(self, rows: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
        """Return the log odds of rows by models that did not see their sites."""
        odds = np.zeros(len(self.labels))
        for fitted, left_out in self.folds(rows, count, seed):
            odds[left_out] = self.judge(fitted, left_out)
        return odds[rows]


def choose_threshold(odds: np.ndarray, is_right: np.ndarray, least: float) -> float:
    """Return the lowest log odds from which on the precision is high enough."""
    order = np.argsort(-odds)
    precision = np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    return float(odds[order][np.flatnonzero(precision >= least)[-1]])


def measure(shown: np.ndarray, true: np.ndarray) -> Record:
    """Count what is right, with the precision and the recall in [0, 1] (None: of none)."""
    right = int((shown & true).sum())
    return {
        "n": int(shown.sum()),
        "right": right,
        "labelled": int(true.sum()),
        "precision": round(right / int(shown.sum()), 3) if shown.any() else None,
        "recall": round(right / int(true.sum()), 3) if true.any() else None,
    }


def main() -> None:
    """Fit, measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--least", type=float, default=0.8, help="least precision, out of fold, of the threshold")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    table = json.loads(options.table.read_text(encoding="utf-8"))
    rows = [row for row in table if row["a"] == row["b"]]
    records = map(json.loads, options.pages.read_text(encoding="utf-8").splitlines())
    documents = {record["id"]: in_english(document_from_record(record)) for record in records}
    features, vectors, candidates = read_rows(rows, documents)
    kinds = np.array([row["a"] for row in rows])
    groups = np.array(["blog" if row["kind"] == "blog" else row["site"] for row in rows])
    data = Table(features, vectors, kinds == "question", groups)
    every = np.arange(len(rows))
    print("features", features.shape, "candidates", candidates.sum())
    odds, shown = data.out_of_fold(every, 10), np.zeros(len(rows), bool)
    is_right = kinds == "question"
    for fitted, left_out in data.folds(every, 10, 1):
        inner = fitted[candidates[fitted]]
        threshold = choose_threshold(data.out_of_fold(fitted, 10)[candidates[fitted]], is_right[inner], options.least)
        shown[left_out] = candidates[left_out] & (data.judge(fitted, left_out) >= threshold)
    threshold = choose_threshold(odds[candidates], is_right[candidates], options.least)
    collections = np.array([row["kind"] for row in rows])
    for name, shown_rows in (("nested", shown), ("one threshold", candidates & (odds >= threshold))):
        print(name, "question", measure(shown_rows, is_right), "either", measure(shown_rows, kinds != "none"))
        for collection in ("page", "civil", "blog"):
            part = collections == collection
            print("  ", collection, measure(shown_rows[part], is_right[part]))
    if options.write:
        kappa = cohen_kappa_score([row["a"] for row in table], [row["b"] for row in table])
        write(data, threshold, {
            "labels": f"by two AI assistants, kappa {kappa:.2f}; comments on which they agree",
            "fitted": len(rows), "sites": len(set(groups[collections != "civil"])) + 1,
            "measured_by": "nested cross-validation: neither weights nor threshold saw the site; features were chosen on "
            "the same comments, of which many were picked because an earlier model took them for questions",
            **measure(shown, is_right),
        })  # fmt: skip


def write(data: Table, threshold: float, card: Record) -> None:
    """Write the weights, fitted to all rows, beside the patterns."""
    model, mean = data.fit(np.arange(len(data.labels)))
    shipped = json.loads(NEWSROOM.read_text(encoding="utf-8"))
    weights, vector_weights, page_weights = np.split(model.coef_[0], [-2 * SIZE, -SIZE])
    shipped |= {
        "card": card,
        "threshold": round(threshold, 4),
        "intercept": round(float(model.intercept_[0]), 4),
        "page_offset": round(float(mean @ page_weights), 4),
        "weights": [round(float(weight), 4) for weight in weights],
        "vector_weights": [round(float(weight), 4) for weight in vector_weights],
        "page_weights": [round(float(weight), 4) for weight in page_weights],
    }
    NEWSROOM.write_text(json.dumps(shipped, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
