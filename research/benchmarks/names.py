"""How many of the comments that address a target are found by its names, and how many that are found address it?

    python -m research.benchmarks.names ../shared/real

The folder holds the tables of texts (``research/data/README.md`` says where they are from). Labels: news, war and kinds.
Names were chosen on the texts whose digest is even; the odd ones are only measured.
"""

import argparse
import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from research import LABELLED, read_labels
from research.held import is_held
from stance.labels.records import ALWAYS_JUDGED
from stance.scoring.targets.target_set import load_targets

KINDS = ("news", "war", "kinds")
TABLES = ("civil_comments", "youtube_war_comments", "comment_pool", "page_comments")
OTHER_LANGUAGES = ("facebook-cz", "reddit-it", "rutube-ru")
"""Sources of the pool that are not in English."""


def read_texts(folder: Path) -> dict[str, str]:
    """Read the English texts that are not kept back, by their SHA-256."""
    csv.field_size_limit(10_000_000)
    rows = (row for name in TABLES for row in read_labels(folder / f"{name}.csv"))
    texts = (row["text"] for row in rows if row.get("source") not in OTHER_LANGUAGES)
    return {hashlib.sha256(text.encode()).hexdigest(): text for text in texts if not is_held(text)}


def measure(texts: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of a table."""
    targets, counts = load_targets(), Counter[tuple[str, str, bool, bool]]()
    found = {
        digest: {mention.target for mention in targets.find(text, language="en")} for digest, text in texts.items()
    }
    for kind in KINDS:
        for row in read_labels(LABELLED / f"{kind}_labels.csv.gz"):
            if row["sha256"] in texts and row["settled"]:
                half = "measured" if int(row["sha256"][-1], 16) % 2 else "looked at"
                is_addressed, is_found = row["settled"] != "not_addressed", row["target"] in found[row["sha256"]]
                counts[row["target"], half, is_addressed, is_found] += 1
    yield "| target | half | comments that address it | found | precision |\n|---|---|---|---|---|"
    for target in ALWAYS_JUDGED:
        for half in ("looked at", "measured"):
            hits, missed, false = (counts[target, half, *each] for each in ((True, True), (True, False), (False, True)))
            yield f"| {target} | {half} | {hits + missed} | {hits / (hits + missed):.3f} | {hits / (hits + false):.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    for line in measure(read_texts(parser.parse_args().folder)):
        print(line)


if __name__ == "__main__":
    main()
