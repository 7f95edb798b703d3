"""Measure the default model on the German comments of saved pages that were labelled by two readers.

    python -m research.benchmarks.german PAGES...

The labels ship (``research/data/german_labels.csv.gz``), keyed by page and digest of the text; the pages are other people's and do
not. Nothing was learned from them.
"""

import argparse
import hashlib
import json
from collections import Counter
from pathlib import Path

from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score

from research import LABELLED, read_labels
from stance.datamodels import STANCES, Document
from stance.options.run import PrivacyOptions, Run
from stance.parsing import make_document
from stance.reading import read
from stance.runs.models import open_scorer

LABELS = LABELLED / "german_labels.csv.gz"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="+", help="saved pages, or folders of them")
    given = parser.parse_args()
    labels = {(row["sha256"], row["target"]): row for row in read_labels(LABELS)}
    wanted = {row["page"] for row in labels.values()}
    paths = [path for place in given.pages for path in (place.rglob("*.html") if place.is_dir() else [place])]
    documents = [
        made
        for item in read([path for path in paths if path.name in wanted], skip=lambda _: None)
        if isinstance(made := make_document(item), Document)
    ]
    scorer = open_scorer(Run(privacy=PrivacyOptions(names=True)))
    gold, guess, unnamed = [], [], Counter[str]()
    for document in scorer.score(documents):
        texts = {each.comment_id: hashlib.sha256(each.text.encode()).hexdigest() for each in document.comments}
        for score in document.scores:
            row = labels.get((texts.get(score.comment or "", ""), score.target))
            if row:
                gold.append(row["settled"])
                guess.append(str(score.stance or "none"))
            elif score.via is None and score.stance is not None:
                unnamed[str(score.stance)] += 1
    readers = [(row["first"], row["second"]) for row in labels.values()]
    print(
        json.dumps(
            {
                "pairs": len(gold),
                "of": len(labels),
                "accuracy": round(accuracy_score(gold, guess), 3),
                "macro_f1": round(f1_score(gold, guess, average="macro", labels=list(STANCES)), 3),
                "readers_kappa": round(cohen_kappa_score(*zip(*readers, strict=True)), 3),
                "commonest": round(Counter(gold).most_common(1)[0][1] / max(1, len(gold)), 3),
                "not_named": dict(unnamed),
            }
        )
    )


if __name__ == "__main__":
    main()
