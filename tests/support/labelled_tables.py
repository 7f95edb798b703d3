"""A table of comments toward one target, and labels of a random sample of them."""

import random
from collections.abc import Callable
from pathlib import Path

from tests.support.tables import write_rows

SAID = {"favor": "I stand with Russia", "against": "shame on Russia", "neutral": "I read about Russia in a book"}
Row = dict[str, str]


def write_corpus(folder: Path, side_of: Callable[[int], str], comments: int = 160, labelled: float = 0.8) -> Path:
    """Write a table of two outlets, with eight articles each, and labels of a random sample."""
    rows: list[Row] = []
    for n in range(comments):
        day = f"2026-0{n // 16 % 4 + 1}-{n % 9 + 1:02}"
        rows.append(
            {"id": f"{n}", "document": f"d{n % 16}", "outlet": ("Alpha", "Beta")[n % 16 // 8], "author": f"R{n}"}
            | {"title": f"Talk {n % 16}", "posted": f"{day}T10:00:00", "text": f"{SAID[side_of(n)]}, number {n}."}
        )
    drawn = random.Random(1).sample(range(comments), round(labelled * comments))
    kept = ("id", "document", "outlet", "author", "text")
    own = {"target": "russia", "role": "audit", "probability": labelled}
    write_rows(folder / "t.jsonl", rows)
    labels = [{name: rows[n][name] for name in kept} | own | {"label": side_of(n)} for n in sorted(drawn)]
    write_rows(folder / "l.jsonl", labels)
    return folder
