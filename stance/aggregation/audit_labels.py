"""Audit labels, matched to comments.

They correct shares only if they were drawn at random with known probabilities and the model was not trained on them;
other labels are refused.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean
from typing import Any

from stance.datamodels import Document, LabelledComment, Record, Score, Stance, Unit, grouped
from stance.exceptions import LabelError
from stance.text_forms import text_number

NO_SOURCE: Record = {
    "tables": (),
    "unlabelled": 0,
    "disputed": 0,
    "other_targets": {},
    "not_audit": 0,
    "annotators": (),
    "waiting": 0,
    "unit": Unit.COMMENT,
    "agreement": {},
}
"""Origin of audit labels, for reports: names of ``tables`` and who labelled (``annotators``); ``unlabelled`` drawn rows
that wait for a label: missing data; ``disputed`` pairs with several labels that nobody decided: the mean of these
counts; labels toward ``other_targets`` that are not scored, which are left out, by target; ``not_audit`` rows, which
were not drawn for an audit, and are not used; ``waiting`` comments, which were drawn and have no label toward any
target; the ``unit`` that is labelled, which alone is counted; ``agreement`` of annotators: ``pairs`` that several
labelled, those that are ``disputed``, and Krippendorff's ``alpha`` over the four labels with its 95 % ``interval``;
empty: no pair has two labels."""


class AuditLabels:
    """Audit labels by comment and target.

    A label is of the comments with its text, or with the number of its text. Where texts are not known, or several
    labels are of one text, ids decide: sample ids are ``document/comment``, as scores carry both; a table's own ids are
    unique within their document, or else their outlet, where the label names one.

    :param comments: One label for each pair of comment and target, drawn for an audit.
    :param source: Values of :data:`NO_SOURCE`.
    :raises LabelError: If there is none, or one has no probability.
    """

    def __init__(self, comments: Iterable[LabelledComment], source: Record = NO_SOURCE) -> None:
        self.source = NO_SOURCE | source
        self.comments = tuple(comments)
        _check(self.comments)
        self._by_id = grouped(((label.comment_id, label.target), number) for number, label in enumerate(self.comments))
        texts = {(text_number(label.text), label.target): number for number, label in enumerate(self.comments)}
        # Where two labels are of one text, comments were drawn and not texts: each label is of its comment alone.
        without_id = {pair: number for pair, number in texts.items() if not self.comments[number].comment_id}
        self._by_text = texts if len(texts) == len(self.comments) else without_id
        self._matched: set[int] = set()
        self._apart: set[int] = set()  # places of labels whose id a comment with another text has
        self._seen: set[int] = set()  # places of labels whose comment is among the inputs, filtered out or not
        self._targets = {comment.target for comment in self.comments}
        self.not_scored = 0
        self.rows: Sequence[Record] = ()  # of the tables that they are from, also without a label
        self.learned: dict[str, frozenset[int]] = {}  # name of a model -> places of labels that it learned from
        self.odd: dict[str, list[str]] = {}  # group -> why its labels are no random sample
        self._left_out: set[int] = set()
        self._answers = Counter[tuple[Stance, Stance]]()  # labels, and the model's, of comments without a dispute

    def find(self, score: Score, text: str | None = None) -> LabelledComment | None:
        """Return the label of a scored comment; None if there is none, or the model learned from it.

        A label counts for all copies of its text, which was drawn once for them.

        :param text: Of the comment; empty: its document holds none, so nobody knows which comments copy a labelled one,
            and no label is found; None: not asked for.
        :raises LabelError: If several comments have the id of a label, and their text is not known.
        """
        if text == "":
            return None
        words = text_number(text or "")
        number = self._place(score.document or "", score.outlet, score.comment or "", score.target, words)
        if number is None:
            return None
        is_first = number not in self._matched
        self._matched.add(number)
        if not words and not is_first:
            problem = f"id {self.comments[number].comment_id!r} is of several comments whose text is not known"
            raise LabelError(f"label: {problem}; expected a column document")
        if score.probabilities is None:
            self.not_scored += is_first
            return None
        if number in self.learned.get(score.model, ()):
            self._left_out.add(number)
            return None
        label = self.comments[number]
        if is_first and not label.is_disputed and score.stance:
            self._answers[label.label, score.stance] += 1
        return label if is_first or (words, score.target) in self._by_text else None

    def see(self, document: Document) -> None:
        """Note the labels of the comments of a document, which filters may leave out."""
        for comment in document.comments:
            ids, text = (document.document_id, document.outlet, comment.comment_id), text_number(comment.text)
            self._seen.update(number for of in self._targets if (number := self._place(*ids, of, text)) is not None)

    def _place(self, document: str, outlet: str | None, comment: str, target: str, text: str) -> int | None:
        """Return the place of the label with the id of a comment and, where it is known, its text."""
        if (text, target) in self._by_text:
            return self._by_text[text, target]
        numbers = [*self._by_id.get((f"{document}/{comment}", target), ())]
        for number in self._by_id.get((comment, target), ()):
            label = self.comments[number]
            is_here = label.document == document if label.document else not outlet or label.outlet in (None, outlet)
            numbers += [number] if is_here else []
        alike = (number for number in numbers if not text or text_number(self.comments[number].text) == text)
        same_text = next(alike, None)
        self._apart.update(numbers if same_text is None else ())
        return same_text

    @property
    def part(self) -> float:
        """Return the share of drawn pairs with labels that are used."""
        drawn = len(self.comments) + self.source["unlabelled"]
        return max(1, len(self.comments) - len(self._left_out)) / drawn

    def _macro_f1(self) -> float | None:
        """Return the mean F1 of the model over the labels that occur; None without labels."""
        if not self._answers:
            return None
        labels, stances = map(Counter, zip(*self._answers.elements(), strict=True))
        scores = [2 * self._answers[label, label] / (labels[label] + stances[label]) for label in labels]
        return fmean(scores)

    def to_record(self) -> dict[str, Any]:
        """Return the description of the labels for reports."""
        unmatched = {*range(len(self.comments))} - self._matched - self._seen
        first = [self.comments[number] for number in sorted(unmatched)[:5]]
        return {
            "tables": self.source["tables"],
            "labels": len(self.comments),
            "matched": len(self._matched),
            "unmatched": len(unmatched),
            "unmatched_ids": [f"{label.comment_id or repr(label.text[:40])} ({label.target})" for label in first],
            "apart": len(unmatched & self._apart),
            "not_scored": self.not_scored,
            "learned": len(self._left_out),
            "odd": self.odd,
            "alpha": self.source["agreement"].get("alpha"),
            "macro_f1": self._macro_f1(),
        } | self.source


def _check(comments: tuple[LabelledComment, ...]) -> None:
    if not comments:
        raise LabelError(
            "no row with the role audit; expected the columns text, target, label, role and probability, as stance "
            "sample writes them; in your own random sample, probability is labels divided by comments"
        )
    if lacking := sum(comment.probability is None for comment in comments):
        expected = "expected a column probability, as stance sample writes it"
        raise LabelError(f"{lacking} of {len(comments)} audit labels have no sampling probability; {expected}")
