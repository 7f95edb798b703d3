"""Comments of the unlabelled pages, or what is around them, measured against labels that hold no text.

Usage: python -m research.benchmarks.parse_unlabelled FOLDER [--half a|b|...|v] [--flat] [--worst N]
       python -m research.benchmarks.parse_unlabelled FOLDER... --frame

FOLDER holds pages (DIGEST.html: the first twelve digits of the SHA-1 of their bytes), those of pages.tar.xz or of the
public repositories that "source" names. ``research/data/pages.jsonl.gz`` says of each page how many
comments it states and, by digests of their words and names, which comments a person saw in it. Pages that are not there
are left out. Halves ``j``, ``p``, ``t`` and ``v`` were only measured, by sums; the others were looked at, or trained on.
``--flat`` reads each page as a text dump, a line for each block.

``--frame`` measures titles, outlets, dates and authors of the pages of ``research/data/frame_labels.csv`` (PAGE.html), as
HTML and as text dumps, and prints for each half how many are right; in a dump, values that its text does not hold count
as well, and "held outlet" is of the outlets that it holds.
"""

import argparse
import csv
import hashlib
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from research import LABELLED, read_lines
from research.training.rewriting import flatten
from stance.datamodels import Document, Page, PageKind
from stance.parsing import make_document, parse_page
from stance.reading.encodings import decode

LABELS = LABELLED / "pages.jsonl.gz"


def digest(text: str) -> str:
    """Return a short digest of the words of a text; blanks and case do not count."""
    return hashlib.sha256(" ".join(text.split()).casefold().encode()).hexdigest()[:12]


def labelled_digest(text: str, labelled: Collection[str]) -> str:
    """Return the digest of a text, where a label has it: without smileys, or up to four lines with a tenth of its words.

    The labels are of texts as they were read at that time, when pictures of smileys were no text.
    """
    lines, most = text.split("\n"), 0.1 * len(text.split())
    spans = ((start, start + size) for size in range(1, 5) for start in range(len(lines) - size + 1))
    short = (span for span in spans if len(" ".join(lines[slice(*span)]).split()) <= most)
    shortened = ("\n".join(lines[:start] + lines[end:]) for start, end in short)
    smiley = r"[:;=]['’]?-?[)(DPp]+(?!\w)|:[a-z_]+:|[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f]+"
    without = (re.sub(smiley, by, text) for by in ("", " "))
    digests = map(digest, (text, *without, *shortened))
    return next((each for each in digests if each in labelled), digest(text))


def compare(document: Document, label: dict[str, Any]) -> dict[str, float]:
    """Count the comments of a page that were found, word for word, and those with the right name."""
    gold = Counter(text for text, _ in label["comments"])
    named = Counter((text, name) for text, name in label["comments"])
    found = [(labelled_digest(each.text, gold), digest(each.author or "")) for each in document.comments]
    return {
        "same": (gold & Counter(text for text, _ in found)).total(),
        "named": (named & Counter(found)).total(),
        "found": len(found),
        "gold": gold.total(),
        "stated": label["stated"] is not None,
        "read": label["stated"] is not None and document.stated_comments == label["stated"],
    }


def read_form(path: Path, *, flat: bool) -> Page:
    """Read a page as HTML, or as the text dump of it."""
    source = decode(path.read_bytes()).text
    return (
        Page("page.txt", PageKind.TEXT, flatten(source), "utf-8")
        if flat
        else Page("page.html", PageKind.HTML, source, "utf-8")
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--frame", action="store_true")
    options.add_argument("--half", choices=tuple("abcdefghijklmnopqrstuv"))
    options.add_argument("--flat", action="store_true")
    options.add_argument("--worst", type=int, default=0)
    given = options.parse_args()
    if given.frame:
        measure_frame(given.folders)
        return
    (folder,) = given.folders
    labels = [label for label in read_lines(LABELS) if (folder / f"{label['page']}.html").exists()]
    for half in (given.half,) if given.half else sorted({label["half"] for label in labels}):
        own = [label for label in labels if label["half"] == half]
        pages = {label["page"]: read_form(folder / f"{label['page']}.html", flat=given.flat) for label in own}
        report(half, {label["page"]: compare(parse_page(pages[label["page"]]), label) for label in own}, given.worst)


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


FIELDS = ("title", "outlet", "date", "author")
LONGEST = 5
"""Maximum words of an outlet that is looked for in a text."""


def digest_words(text: str) -> str:
    """Return a short digest of the words of a text; case and other signs do not count."""
    words = re.sub(r"[\W_]+", " ", text.casefold()).strip()
    return hashlib.sha256(words.encode()).hexdigest()[:12]


def is_right(field: str, found: str | None, label: str) -> bool:
    """Return whether a value is one of those of the label; ``-`` stands for none."""
    if found is None:
        return "-" in label.split()
    said = [found[:10]] if field == "date" else [digest_words(found), digest_words(f"the {found}")]
    return not set(said).isdisjoint(label.split())


def holds(text: str, label: str) -> bool:
    """Return whether one of the values of a label stands in a text, in a line of its own or in another."""
    words = re.sub(r"[\W_]+", " ", text.casefold()).split()
    runs = {digest_words(" ".join(words[at : at + size])) for at in range(len(words)) for size in range(1, LONGEST + 1)}
    return not runs.isdisjoint(label.split())


def measure_frame(folders: Sequence[Path]) -> None:
    """Print how many titles, outlets, dates and authors are right."""
    right, all_of = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    with (LABELLED / "frame_labels.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path = next((p for each in folders if (p := each / f"{row['page']}.html").exists()), None)
            if path is None:
                continue
            for form in ("html", "dump"):
                page = read_form(path, flat=form == "dump")
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
