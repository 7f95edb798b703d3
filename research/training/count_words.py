"""Count the real comments that use each stem (``data/words/en.json.gz``), the background of the themes of a thread.

    python -m research.training.count_words TABLE.csv... [--threads THREADS.json] -o FILE

TABLE.csv has a column ``text``, and may have one ``source``; THREADS.json is a list of documents as ``stance parse``
writes them. Of threads, the hosts of one half count; the others measure. A text counts once, and none that is kept
back. Only numbers are stored, of stems in at least ``FEWEST`` comments, two of them in tables: threads list names
of their readers.
"""

import argparse
import csv
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

from research import LABELLED
from research.held import is_held
from stance.discourse.themes import stems_of

FEWEST = 5
"""Minimum number of comments of a stem that is stored."""

FILLERS = LABELLED / "fillers.txt"
"""Words and stems of courtesy, talk and comment systems, which name no theme; they ship with the counts."""

CONTENT = frozenset(
    ("amount", "bill", "cry", "detail", "fire", "front", "full", "mill", "mine", "side", "system", "third")
)
"""Words of scikit-learn's list of stop words that may name a theme."""

SOCIAL = frozenset(("twitter.com", "soundcloud.com", "www.pandora.com", "www.tvshowtime.com", "www.facebook.com"))
"""Words: hosts whose pages hold few comments on an article."""

OTHER_LANGUAGES = frozenset(("facebook-cz", "reddit-it", "rutube-ru"))
"""Words: sources in other languages than English."""


def is_counted(host: str) -> bool:
    """Return whether the threads of a host count; the other hosts measure."""
    return host not in SOCIAL and int(hashlib.sha256(host.encode()).hexdigest(), 16) % 2 == 0


def texts_of_tables(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the texts in English of tables."""
    for path in paths:
        with path.open(newline="", encoding="utf-8") as table:
            yield from (row["text"] for row in csv.DictReader(table) if row.get("source") not in OTHER_LANGUAGES)


def texts_of_threads(path: Path) -> Iterator[str]:
    """Yield the comments of the counted half of threads in English."""
    for document in json.loads(path.read_text(encoding="utf-8")):
        if document["language"] == "en" and is_counted(document["source"].split("/")[1]):
            yield from (comment["text"] for comment in document["comments"])


def count_stems(texts: Iterable[str]) -> Counter[str]:
    """Count the texts that use each stem, and under "" all of them; the same text once, and none that is kept back."""
    return Counter(stem for text in dict.fromkeys(texts) if not is_held(text) for stem in ("", *stems_of(text)))


def main() -> None:
    """Count the stems."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tables", nargs="+", type=Path)
    parser.add_argument("--threads", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    in_tables = count_stems(texts_of_tables(options.tables))
    counts = in_tables + (count_stems(texts_of_threads(options.threads)) if options.threads else Counter())
    stored = {stem: n for stem, n in sorted(counts.items()) if n >= FEWEST and in_tables[stem] > 1}
    fillers = sorted({*ENGLISH_STOP_WORDS - CONTENT, *FILLERS.read_text(encoding="utf-8").split()})
    table = {"comments": counts[""], "uses": counts.total() - counts[""], "stems": stored, "fillers": fillers}
    content = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    options.output.write_bytes(gzip.compress(content.encode(), mtime=0))


if __name__ == "__main__":
    main()
