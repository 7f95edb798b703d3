"""How the models and figures of the package are made. The package never imports this folder."""

import csv
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stance.resources import OTHER_LANGUAGES

ROOT = Path(__file__).parent.parent
LABELLED = ROOT / "research" / "data"
"""Labels, and the texts that were written for the project."""
REPORTS = ROOT / "research" / "reports"


def read_labels(path: Path) -> list[dict[str, str]]:
    """Read a table of labels, packed or not."""
    with (
        gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(newline="") as table
    ):
        return list(csv.DictReader(table))


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of JSON Lines, packed or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from map(json.loads, content.decode("utf-8").splitlines())


def read_written(*folders: Path) -> Iterator[dict[str, Any]]:
    """Yield the comments that were written for the project, in the order of their files."""
    for path in sorted(path for folder in folders for path in folder.glob("*.jsonl*")):
        yield from read_lines(path)


COMMENTS = LABELLED / "comments"
"""Comments written for the project, with their labels."""
HOME_COMMENTS = LABELLED / "home_comments"
"""Those under American home news, most of which name the US and do not address it."""
LONG_COMMENTS = LABELLED / "long_comments"
"""Longer and subtler ones."""
POSTS = LABELLED / "posts"
"""Posts of microblogs, channels, forums and debate pages, many of which take no side."""
ALL_COMMENTS = (COMMENTS, HOME_COMMENTS, LONG_COMMENTS, POSTS)
LANGUAGE_COMMENTS = tuple(COMMENTS / code for code in OTHER_LANGUAGES)
"""Those in other languages."""
