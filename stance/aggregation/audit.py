"""Match audit labels to comments, and check whether they may correct shares.

Labels correct a share only if they were drawn at random with known probabilities and the model was not trained on
them. Other labels are refused.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from stance.datamodels import LabelledComment, Score
from stance.exceptions import LabelError

NAMED = 5
"""Rows that match nothing are named up to this many, and counted."""


@dataclass(frozen=True, slots=True)
class AuditSource:
    """Origin of audit labels, for reports.

    :param tables: Names of the tables.
    :param annotators: Who labelled.
    :param unlabelled: Drawn rows that wait for a label: missing data.
    :param undecided: Pairs that are left out because one annotator gave several labels and nobody decided.
    :param disputed: Pairs whose annotators differ and nobody decided: each label counts as a part.
    :param not_audit: Rows that were not drawn for an audit, and are not used.
    :param agreement: Of those who labelled the same pairs: ``pairs``, ``percent``, Krippendorff's ``alpha`` and its
        ``interval``; None where nobody did.
    :param assumed_random: The user vouches that they were drawn at random; nobody wrote down how.
    """

    tables: tuple[str, ...] = ()
    unlabelled: int = 0
    undecided: int = 0
    disputed: int = 0
    not_audit: int = 0
    assumed_random: bool = False
    annotators: tuple[str, ...] = ()
    agreement: Mapping[str, Any] | None = None


class AuditLabels:
    """Audit labels by comment and target.

    Sample ids are ``document/comment``, as scores carry both; a table's own ids are unique within their
    document, or else their outlet, where the label names one.

    :param comments: One label for each pair of comment and target, drawn for an audit.
    :raises LabelError: If there is none, one has no id, or one has no probability.
    """

    def __init__(self, comments: Iterable[LabelledComment], source: AuditSource | None = None) -> None:
        self.source = source or AuditSource()
        self.comments = tuple(comments)
        _check(self.comments)
        self._by_key: dict[_Key, int] = {}
        for at, comment in enumerate(self.comments):
            for key in _keys(comment):
                self._by_key.setdefault(key, at)
        self._matched: Counter[int] = Counter()
        self.not_scored = 0

    def find(self, score: Score) -> LabelledComment | None:
        """Return the label of a scored comment, the first time only; None if there is none."""
        at = next((self._by_key[key] for key in _keys_of_score(score) if key in self._by_key), None)
        if at is None:
            return None
        self._matched[at] += 1
        if score.probabilities is None:
            self.not_scored += 1
            return None
        return self.comments[at] if self._matched[at] == 1 else None

    @property
    def unmatched(self) -> tuple[LabelledComment, ...]:
        """Return the labels without a matching comment."""
        return tuple(comment for at, comment in enumerate(self.comments) if not self._matched[at])

    @property
    def repeated(self) -> int:
        """Return the number of labels with several matching comments; the first one counts."""
        return sum(times > 1 for times in self._matched.values())

    def to_record(self) -> dict[str, Any]:
        """Return the description of the labels for reports."""
        unmatched = self.unmatched
        return {
            "tables": self.source.tables,
            "labels": len(self.comments),
            "matched": len(self._matched),
            "unmatched": len(unmatched),
            "unmatched_ids": [f"{each.comment_id} ({each.target})" for each in unmatched[:NAMED]],
            "repeated": self.repeated,
            "not_scored": self.not_scored,
        } | asdict(self.source)


_Key = tuple[str, str, str, str]
"""Scope of an id, name of the scope, id and target."""


def _keys(comment: LabelledComment) -> Iterator[_Key]:
    """Yield all keys that can identify the comment of a label."""
    own, target = comment.comment_id or "", comment.target
    yield ("all", "", own, target)  # where it is that of a sample
    if comment.document:
        yield ("all", "", f"{comment.document}/{own}", target)
    else:
        yield ("outlet", comment.outlet, own, target) if comment.outlet else ("table", "", own, target)
        yield ("no outlet", "", own, target)


def _keys_of_score(score: Score) -> Iterator[_Key]:
    """Yield the keys that can identify the label of a scored comment, the most reliable first."""
    own, target = score.comment or "", score.target
    yield ("all", "", f"{score.document or ''}/{own}", target)
    yield ("outlet", score.outlet, own, target) if score.outlet else ("no outlet", "", own, target)
    yield ("table", "", own, target)


def _check(comments: tuple[LabelledComment, ...]) -> None:
    if not comments:
        raise LabelError("no audit label; expected rows with id, target, label, role audit and probability")
    if nameless := sum(not comment.comment_id for comment in comments):
        raise LabelError(f"{nameless} of {len(comments)} audit labels have no id; expected that of the scored comment")
    if unknown := sum(comment.probability is None for comment in comments):
        raise LabelError(
            f"{unknown} of {len(comments)} audit labels have no probability of having been drawn; expected a column "
            "probability, as stance sample writes it, or --assume-random where they are a simple random sample"
        )


def choose_audit(
    comments: Iterable[LabelledComment], *, assume_random: bool = False
) -> tuple[list[LabelledComment], int]:
    """Keep the labels that were drawn for an audit.

    :param assume_random: Take all labels where none says that it was drawn for an audit, and take those without a
        probability for a simple random sample.
    :return: Audit labels, and how many others there were.
    :raises LabelError: If some have a probability and others have none: then they are no simple random sample.
    """
    given = list(comments)
    chosen = [comment for comment in given if comment.role == "audit"]
    if not assume_random:
        return chosen, len(given) - len(chosen)
    chosen = chosen or given
    known = sum(comment.probability is not None for comment in chosen)
    if 0 < known < len(chosen):
        raise LabelError(
            f"{known} of {len(chosen)} audit labels have a probability and the others have none; "
            "expected all or none with --assume-random"
        )
    return [replace(each, probability=each.probability or 1.0) for each in chosen], len(given) - len(chosen)
