"""Titles, outlets, dates and authors of pages, as HTML and as text dumps, measured against labels that hold no text.

Usage: python -m research.benchmarks.parse_frame FOLDER...

The folders hold the pages of ``research/data/frame_labels.csv`` as PAGE.html. Prints, for each half, how many are right;
in a dump, values that its text does not hold count as well, and "held outlet" is of the outlets that it holds.
"""

import csv
import hashlib
import re
import sys
from collections import Counter
from pathlib import Path

from research import LABELLED
from research.benchmarks.parse_checks import flatten
from stance.datamodels import Document, Page, PageKind
from stance.parsing import make_document
from stance.reading.encodings import decode

FIELDS = ("title", "outlet", "date", "author")
LONGEST = 5
"""Maximum words of an outlet that is looked for in a text."""


def digest(text: str) -> str:
    """Return a short digest of the words of a text; case and other signs do not count."""
    words = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def is_right(field: str, found: str | None, label: str) -> bool:
    """Return whether a value is one of those of the label; ``-`` stands for none."""
    if found is None:
        return "-" in label.split()
    said = [found[:10]] if field == "date" else [digest(found), digest(f"the {found}")]
    return not set(said).isdisjoint(label.split())


def holds(text: str, label: str) -> bool:
    """Return whether one of the values of a label stands in a text, in a line of its own or in another."""
    words = re.sub(r"[\W_]+", " ", text.casefold()).split()
    runs = {digest(" ".join(words[at : at + size])) for at in range(len(words)) for size in range(1, LONGEST + 1)}
    return not runs.isdisjoint(label.split())


def main() -> None:
    folders = [Path(each) for each in sys.argv[1:]]
    right, all_of = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    with (LABELLED / "frame_labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path = next((p for each in folders if (p := each / f"{row['page']}.html").exists()), None)
            if path is None:
                continue
            source = decode(path.read_bytes()).text
            pages = {"html": Page("page.html", PageKind.HTML, source, "utf-8")}
            pages["dump"] = Page("page.txt", PageKind.TEXT, flatten(source), "utf-8")
            for form, page in pages.items():
                document = make_document(page)
                if not isinstance(document, Document):
                    continue
                found = (document.title, document.outlet, document.published, document.author)
                for field, value in zip(FIELDS, found, strict=True):
                    if row[field] != "*":
                        key = (form, row["half"], field)
                        all_of[key] += 1
                        right[key] += is_right(field, value, row[field])
                        if form == "dump" and field == "outlet" and holds(page.text, row[field]):
                            all_of[form, row["half"], "held outlet"] += 1
                            right[form, row["half"], "held outlet"] += is_right(field, value, row[field])
    for key in sorted(all_of):
        print(*key, f"{right[key]} of {all_of[key]}: {right[key] / all_of[key]:.2f}")


if __name__ == "__main__":
    main()
