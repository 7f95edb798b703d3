"""Answers of a model, kept until a store holds them, so that an interrupted run does not ask for them again.

Each is a line under a digest of what was asked: without texts, and in JSON, which is safe to read whoever wrote it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from math import isnan, nan
from time import monotonic
from typing import NamedTuple

from stance.datamodels import Json
from stance.scoring.instances import Instance, Scorer, Span

Kept = Mapping[bytes, bytes]
"""Digest of an instance -> its answer, without the reason."""

LEAST_SECONDS = 0.1
"""Minimum number of seconds that a batch took for its answers to be kept; others are given anew as fast as read."""


class Answer(NamedTuple):
    """The answer of a model about one text and target."""

    probabilities: Json  # four numbers, in the order of STANCES, as tables hold them; NaN: none
    evidence: tuple[Span, ...]
    sentiment: float = nan  # as learned
    reason: str | None = None  # why there is none

    @property
    def is_missing(self) -> bool:
        """Whether the model did not decide."""
        return isnan(self.probabilities[0])


def judge(model: Scorer, instances: Sequence[Instance], kept: Kept) -> tuple[list[Answer], bytes]:
    """Judge instances; those with a kept answer get it.

    :return: An answer for each, and the lines of new answers that are worth keeping.
    """
    known = {number: _known(instance, kept) for number, instance in enumerate(instances)} if kept else {}
    asked = [instance for number, instance in enumerate(instances) if not known.get(number)]
    begun = monotonic()
    judged = model.judge(asked)
    is_slow = monotonic() - begun >= LEAST_SECONDS
    rows = judged.probabilities.astype(float).round(6).tolist()
    sentiments = [nan] * len(rows) if judged.sentiments is None else judged.sentiments.tolist()
    reasons = map(judged.reasons.get, range(len(rows)))
    new = [*map(Answer, rows, judged.evidence, sentiments, reasons)]
    decided = ((instance, answer) for instance, answer in zip(asked, new, strict=True) if not answer.is_missing)
    lines = b"".join(
        b"%b %b\n" % (_digest(instance), json.dumps(answer).encode()) for instance, answer in decided if is_slow
    )
    others = iter(new)
    return [known.get(number) or next(others) for number in range(len(instances))], lines


def _digest(instance: Instance) -> bytes:
    return hashlib.blake2b(repr(instance).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest().encode()


def _known(instance: Instance, kept: Kept) -> Answer | None:
    """Read an answer; None if there is none, or it is none about this text."""
    try:
        row, spans, sentiment, _ = json.loads(kept.get(_digest(instance), b""))
        answer = Answer([*map(float, row)], tuple((int(start), int(end)) for start, end in spans), float(sentiment))
    except (ValueError, TypeError):
        return None
    is_in_text = all(0 <= start <= end <= len(instance.text) for start, end in answer.evidence)
    return answer if is_in_text and len(row) == 4 and 0 <= min(row) <= max(row) <= 1 else None
