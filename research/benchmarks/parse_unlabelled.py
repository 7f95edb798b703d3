"""Comments of the unlabelled pages, measured against labels that hold no text.

Usage: python -m research.benchmarks.parse_unlabelled FOLDER [--half a|b|...|t] [--flat] [--worst N]

FOLDER holds pages (DIGEST.html: the first twelve digits of the SHA-1 of their bytes), those of pages.tar.xz or of the
public repositories that "source" names. ``research/data/pages.jsonl.gz`` says of each page how many
comments it states and, by digests of their words and names, which comments a person saw in it. Pages that are not there
are left out. Halves ``j``, ``p`` and ``t`` were only measured, by sums; the others were looked at, or trained on.
``--flat`` reads each page as a text dump, a line for each block.
"""

import argparse
import hashlib
from collections import Counter
from pathlib import Path
from statistics import fmean
from typing import Any

from research import LABELLED, read_lines
from research.benchmarks.parse_checks import flatten
from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page
from stance.reading.encodings import decode

LABELS = LABELLED / "pages.jsonl.gz"


def digest(text: str) -> str:
    """Return a short digest of the words of a text; blanks and case do not count."""
    return hashlib.sha256(" ".join(text.split()).casefold().encode()).hexdigest()[:12]


def compare(document: Document, label: dict[str, Any]) -> dict[str, float]:
    """Count the comments of a page that were found, word for word, and those with the right name."""
    gold = Counter(text for text, _ in label["comments"])
    named = Counter((text, name) for text, name in label["comments"])
    found = [(digest(each.text), digest(each.author or "")) for each in document.comments]
    return {
        "same": (gold & Counter(text for text, _ in found)).total(),
        "named": (named & Counter(found)).total(),
        "found": len(found),
        "gold": gold.total(),
        "stated": label["stated"] is not None,
        "read": label["stated"] is not None and document.stated_comments == label["stated"],
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folder", type=Path)
    options.add_argument("--half", choices=tuple("abcdefghijklmnopqrst"))
    options.add_argument("--flat", action="store_true")
    options.add_argument("--worst", type=int, default=0)
    given = options.parse_args()
    labels = list(read_lines(LABELS))
    labels = [label for label in labels if (given.folder / f"{label['page']}.html").exists()]
    for half in (given.half,) if given.half else sorted({label["half"] for label in labels}):
        rows = {}
        for label in (label for label in labels if label["half"] == half):
            source = decode((given.folder / f"{label['page']}.html").read_bytes()).text
            page = Page("page.html", PageKind.HTML, source, "utf-8")
            page = Page("page.txt", PageKind.TEXT, flatten(source), "utf-8") if given.flat else page
            rows[label["page"]] = compare(parse_page(page), label)
        report(half, rows, given.worst)


def report(half: str, rows: dict[str, dict[str, float]], worst: int) -> None:
    """Print the figures of one half, and its worst pages."""
    total = {key: sum(row[key] for row in rows.values()) for key in next(iter(rows.values()))}
    f1 = {page: 2 * row["same"] / (row["found"] + row["gold"]) for page, row in rows.items() if row["gold"]}
    false = sum(row["found"] > 0 for row in rows.values() if not row["gold"])
    print(
        f"half {half}: {len(rows)} pages, {len(f1)} with {total['gold']:.0f} comments; word for word: F1 "
        f"{2 * total['same'] / (total['found'] + total['gold']):.3f}, mean of the pages {fmean(f1.values()):.3f}; "
        f"right names {total['named'] / total['same']:.3f}; false pages {false} of {len(rows) - len(f1)}; "
        f"stated counts read {total['read']:.0f} of {total['stated']:.0f}"
    )
    for page in sorted(f1, key=f1.__getitem__)[:worst]:
        print(f"  {page}: {rows[page]['same']} of {rows[page]['gold']}, {rows[page]['found']} found")


if __name__ == "__main__":
    main()
