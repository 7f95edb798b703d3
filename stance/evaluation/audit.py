"""Read and adjudicate audit labels, and check them against the training data of the models that they correct.

On labels that a model was trained on, its errors would be too few.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from stance.aggregation import AuditLabels, AuditSource, choose_audit
from stance.datamodels import ADJUDICATED, LabelledComment, Score, Stance
from stance.evaluation.agreement import gather_ratings, measure_agreement
from stance.evaluation.assessment import Digests, training_rows
from stance.exceptions import LabelError, ModelError
from stance.labels.adjudication import adjudicate, comment_key
from stance.labels.tables import load_labels
from stance.log import Log
from stance.records import pair_digest
from stance.registry import Registry, resolve_model
from stance.targets import TargetSet


def load_audit(
    paths: Sequence[Path], *, log: Log, assume_random: bool = False, targets: TargetSet | None = None
) -> AuditLabels:
    """Read the labels that correct a model's shares.

    :param paths: Tables of labels, also the file of the labelling page.
    :param assume_random: Treat the labels as a simple random sample, though no probabilities are given.
    :param targets: Those that are scored, which labels may call by id or label; labels toward others are left out.
    :raises LabelError: If there is none that could correct anything.
    """
    table = load_labels(paths)
    for skip in table.skipped:
        log.skip(skip)
    comments = table.comments
    if targets:
        comments = tuple(replace(each, target=targets.id_of(each.target) or each.target) for each in comments)
    adjudicated = adjudicate(comments)
    chosen, others = choose_audit(adjudicated.comments, assume_random=assume_random)
    source = AuditSource(
        tables=tuple(path.name for path in paths),
        annotators=tuple(sorted({each.annotator for each in comments if each.annotator} - {ADJUDICATED})),
        unlabelled=sum(table.missing.get(role, 0) for role in {each.role for each in chosen}),
        undecided=adjudicated.undecided_pairs,
        not_audit=others,
        assumed_random=assume_random,
        agreement=_agreement(comments),
    )
    kept = [each for each in chosen if targets is None or each.target in targets.ids]
    if targets and (left := Counter(each.target for each in chosen if each.target not in targets.ids)):
        named = ", ".join(name[:30] for name, _ in left.most_common(3)) + (" and others" if len(left) > 3 else "")
        of = f"{left.total():,} of {len(chosen):,} are toward targets that are not scored ({named})"
        log.warn("labels", f"{of}: left out; expected {', '.join(targets.ids)}")
    return AuditLabels(kept, source)


def _agreement(comments: Iterable[LabelledComment]) -> dict[str, Any] | None:
    """Measure agreement on audit rows; None if no pair has labels of two annotators."""
    rows = (each for each in comments if each.role == "audit" and each.annotator != ADJUDICATED)
    rated = gather_ratings(rows).doubly
    if not rated:
        return None
    units, clusters = [list(pair.ratings.values()) for pair in rated], [comment_key(pair.comment) for pair in rated]
    found = measure_agreement(units, tuple(Stance), clusters=clusters)
    return {"pairs": found.units} | found.record()


@dataclass(slots=True)
class Auditor:
    """Audit labels with the training data of the models that they correct.

    :param labels: The labels.
    :param known: Name of a model, as scores carry it -> where it is found, as for ``--model``.
    :param registry: The user's own models; those of this user if not given.
    """

    labels: AuditLabels
    known: Mapping[str, str | Path] = field(default_factory=dict)
    registry: Path | None = None
    not_checked: list[str] = field(default_factory=list)
    _checked: set[str] = field(default_factory=set)

    def check(self, scores: Iterable[Score]) -> None:
        """Check the models of some scores, each once.

        :raises LabelError: If one was trained on an audit label.
        """
        for name in {score.model for score in scores} - self._checked:
            self._checked.add(name)
            if name.startswith("vader"):  # rules and a lexicon: trained on nothing
                continue
            if (rows := self._training_rows(name)) is None:
                self.not_checked.append(name)
                continue
            known = set(rows.tolist())
            seen = sum(pair_digest(each.text, each.target) in known for each in self.labels.comments)
            if seen:
                raise LabelError(
                    f"{seen} of {len(self.labels.comments)} audit labels stand in the training data of {name}; "
                    "expected labels that it has never seen"
                )

    def _training_rows(self, name: str) -> Digests | None:
        for place in dict.fromkeys((self.known.get(name, name), name.partition("@")[0])):
            try:
                return training_rows(resolve_model(place, Registry.open(self.registry)))
            except ModelError:
                continue  # scores of a model that is not here
        return None

    def to_record(self) -> dict[str, Any]:
        """Describe the labels for reports."""
        return self.labels.to_record() | {"not_checked": sorted(self.not_checked)}

    def warn(self, log: Log) -> None:
        """Log doubts about the labels, once all comments were read."""
        record = self.to_record()
        if record["unmatched"]:
            named = ", ".join(record["unmatched_ids"])
            log.warn("labels", f"{record['unmatched']:,} of {record['labels']:,} match no comment: {named}")
        if record["repeated"]:
            first = f"{record['repeated']:,} match several comments, of which the first counts"
            log.warn("labels", f"{first}; expected a column document")
        if record["assumed_random"]:
            log.warn("labels", "taken for a simple random sample of the comments, as --assume-random says")
        if record["not_checked"]:
            log.warn("labels", f"cannot be checked: was {', '.join(record['not_checked'])} trained on them?")
