"""Answers of a model, kept until a store holds them, so that an interrupted run does not ask for them again.

A table may be one document of thousands of comments, of which a store holds nothing until the last one is scored. Each
answer is a line under a digest of what was asked: without texts, and in JSON, which is safe to read whoever wrote it.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from math import isnan, nan
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from stance.datamodels import Json, Span
from stance.scoring.instances import Instance, Scorer

Kept = Mapping[bytes, bytes]
"""Digest of an instance -> its answer, without the reason."""

LEAST_SECONDS = 0.1
"""Minimum number of seconds that a batch took for its answers to be kept; others are computed as fast as read."""

MOST_BYTES = 16_000_000
"""Maximum size of the file, which is begun again then: the answers to some 40,000 comments. Memory: twice as much."""


class TextAnswer(NamedTuple):
    """The answer of a model about one text and target."""

    probabilities: Json  # four numbers, in the order of STANCES, as tables hold them; NaN: none
    evidence: tuple[Span, ...]
    sentiment: float = nan  # as learned
    reason: str | None = None  # why there is none

    @property
    def is_missing(self) -> bool:
        """Whether the model did not decide."""
        return isnan(self.probabilities[0])


def judge(model: Scorer, instances: Sequence[Instance], kept: Kept) -> tuple[list[TextAnswer], bytes]:
    """Judge instances; those with a kept answer get it.

    :return: An answer for each, and the lines of new answers that are worth keeping.
    """
    answers = {number: _known(instance, kept) for number, instance in enumerate(instances)} if kept else {}
    unanswered = [instance for number, instance in enumerate(instances) if not answers.get(number)]
    begun = monotonic()
    judged = model.judge(unanswered)
    is_slow = monotonic() - begun >= LEAST_SECONDS
    rows = judged.probabilities.astype(float).round(6).tolist()
    sentiments = [nan] * len(rows) if judged.sentiments is None else judged.sentiments.tolist()
    reasons = map(judged.reasons.get, range(len(rows)))
    new = [*map(TextAnswer, rows, judged.evidence, sentiments, reasons)]
    decided = ((instance, answer) for instance, answer in zip(unanswered, new, strict=True) if not answer.is_missing)
    lines = b"".join(
        b"%b %b\n" % (_digest(instance), json.dumps(answer).encode()) for instance, answer in decided if is_slow
    )
    others = iter(new)
    return [answers.get(number) or next(others) for number in range(len(instances))], lines


def _digest(instance: Instance) -> bytes:
    return hashlib.blake2b(repr(instance).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest().encode()


def _known(instance: Instance, kept: Kept) -> TextAnswer | None:
    """Read an answer; None if there is none, or it is none about this text."""
    try:
        row, spans, sentiment, _ = json.loads(kept.get(_digest(instance), b""))
        answer = TextAnswer([*map(float, row)], tuple((int(start), int(end)) for start, end in spans), float(sentiment))
    except (ValueError, TypeError):
        return None
    is_in_text = all(0 <= start <= end <= len(instance.text) for start, end in answer.evidence)
    return answer if is_in_text and len(row) == 4 and 0 <= min(row) <= max(row) <= 1 else None


class AnswerFile:
    """The answers of one run; hidden, so that it is no input where the store is among the pages."""

    def __init__(self, store: Path, run: str) -> None:
        self.path = store.with_name(f".{store.name}.{run}.answers")
        self._size = 0

    def read(self) -> dict[bytes, bytes]:
        """Return the answers that an interrupted run left, by their digests; a line that was cut is no answer."""
        with suppress(OSError):
            if self.path.is_symlink() or self.path.stat().st_size > 2 * MOST_BYTES:
                self.remove()
            content = self.path.read_bytes()
            self._size = len(content)
            return {key: answer for key, _, answer in (line.partition(b" ") for line in content.splitlines())}
        return {}

    def add(self, _: int, lines: bytes) -> None:
        """Add answers; a full disk or a folder that cannot be written loses nothing but time."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
        if not lines:
            return
        with suppress(OSError):
            if self._size > MOST_BYTES:
                self.remove()
            self._size += len(lines)
            with os.fdopen(os.open(self.path, flags, 0o600), "ab") as file:
                file.write(lines)

    def remove(self) -> None:
        """Remove the file, once all documents are stored."""
        self._size = 0
        self.path.unlink(missing_ok=True)
