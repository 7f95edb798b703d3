"""Keep answers of a model until a store holds them, so that an interrupted run does not ask for them again.

Each is a line under a digest of what was asked: without texts, and in JSON, which is safe to read whoever wrote it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import nan
from time import monotonic

from stance.datamodels import Json
from stance.scoring.instances import Instance, Judgement, Scorer

Kept = Mapping[bytes, bytes]
"""Digest of an instance -> its answer: probabilities, evidence and sentiment."""

LEAST_SECONDS = 0.1
"""Minimum number of seconds that a batch took for its answers to be kept; others are given anew as fast as read."""


def digest_of(instance: Instance) -> bytes:
    """Digest all that a model may read of an instance."""
    return hashlib.blake2b(repr(instance).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest().encode()


def judge(model: Scorer, instances: Sequence[Instance], kept: Kept) -> tuple[Judgement, bytes]:
    """Judge instances; those with a kept answer get it.

    :return: Their judgement, and the lines of new answers that are worth keeping.
    """
    answers = [_parsed(kept.get(digest_of(instance)), instance) for instance in instances] if kept else []
    asked = (
        [instance for instance, answer in zip(instances, answers, strict=True) if answer is None] if kept else instances
    )
    begun = monotonic()
    judged = model.judge(asked)
    is_worth = monotonic() - begun >= LEAST_SECONDS
    lines = b"".join(_lines(asked, judged)) if is_worth else b""
    return (_joined(answers, judged) if kept else judged), lines


def _lines(instances: Sequence[Instance], judged: Judgement) -> Iterator[bytes]:
    """Yield a line for each answer; a pair without one is asked again."""
    rows = judged.probabilities.astype(float).round(6).tolist()
    sentiments = [nan] * len(rows) if judged.sentiments is None else judged.sentiments.tolist()
    for instance, row, spans, sentiment in zip(instances, rows, judged.evidence, sentiments, strict=True):
        if row[0] == row[0]:
            yield b"%b %b\n" % (digest_of(instance), json.dumps([row, spans, sentiment]).encode())


def _parsed(line: bytes | None, instance: Instance) -> Json | None:
    """Read an answer; None if there is none, or a text has no such evidence."""
    with suppress(ValueError, TypeError):
        row, spans, sentiment = json.loads(line or b"")
        is_row = len(row) == 4 and all(0 <= float(part) <= 1 for part in row)
        if is_row and all(0 <= start <= end <= len(instance.text) for start, end in spans):
            return row, tuple((int(start), int(end)) for start, end in spans), float(sentiment)
    return None


def _joined(answers: Sequence[Json | None], judged: Judgement) -> Judgement:
    """Put answers of a model into the places that have none."""
    import numpy as np

    asked = [number for number, answer in enumerate(answers) if answer is None]
    new_sentiments = [nan] * len(asked) if judged.sentiments is None else judged.sentiments.tolist()
    given = dict(
        zip(asked, zip(judged.probabilities.tolist(), judged.evidence, new_sentiments, strict=True), strict=True)
    )
    rows, evidence, sentiments = zip(*(answer or given[number] for number, answer in enumerate(answers)), strict=True)
    reasons = {asked[number]: reason for number, reason in judged.reasons.items()}
    return Judgement(np.array(rows, float), list(evidence), reasons, np.array(sentiments, float))
