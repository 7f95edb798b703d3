"""Labels as Prodigy keeps them: one answer a line, which accepts, rejects or ignores what was asked.

A rejected label says what a comment is not, so it is none; an ignored one was skipped.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stance.labels.columns import Row
from stance.labels.spellings import parse_tag


def is_answer(row: Row) -> bool:
    """Recognize an answer: Prodigy numbers what it asks."""
    return "_task_hash" in row and "answer" in row


def answer_rows(row: Row) -> Iterator[Row]:
    """Take an answer apart into one row for each label; what was ignored gives none.

    :raises ValueError: If what was asked was rejected.
    """
    if row["answer"] == "ignore":
        return
    if row["answer"] != "accept":
        raise ValueError(f"answer {str(row['answer'])[:20]!r} in Prodigy says what a comment is not; expected accept")
    meta = row.get("meta")
    who = row.get("annotator") or row.get("_annotator_id") or row.get("_session_id")
    base = {**(meta if isinstance(meta, Mapping) else {}), **row, "annotator": who}
    for label in _labels(row):
        tag = parse_tag(label) if isinstance(label, str) else None
        yield {**base, "target": tag[0], "label": tag[1]} if tag else {**base, "label": label}


def _labels(row: Row) -> list[Any]:
    """Give what was asked, or what was chosen of several; None where nothing was."""
    chosen = row.get("accept") or [row.get("label")]
    return chosen if isinstance(chosen, list) else [chosen]
