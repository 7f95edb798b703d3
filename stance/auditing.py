"""Audit labels as a run takes them: read, settled, and held against the models that they are to correct.

A model that was trained on such a label has learnt the answer, so nothing of its errors would be seen.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.datamodels import LabelledComment, Score, Stance
from stance.exceptions import ModelError
from stance.journal import Journal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.aggregation import AuditLabels
    from stance.targets import TargetSet


def load_audit(
    paths: Sequence[Path], *, journal: Journal, assume_random: bool = False, targets: "TargetSet | None" = None
) -> "AuditLabels":
    """Read the labels that correct what the model says.

    :param paths: Tables of labels, also those that the labelling page keeps.
    :param assume_random: The labels are a simple random sample, though nobody wrote down how they were drawn.
    :param targets: Those that are scored, which labels may call by id or label; labels toward others are left out.
    :raises LabelError: If there is none that could correct anything.
    """
    from stance.aggregation import AuditLabels, AuditSource, choose_audit
    from stance.labels import ADJUDICATED, load_labels, settle

    table = load_labels(paths)
    for skip in table.skipped:
        journal.skip(skip)
    comments = table.comments
    if targets:
        comments = tuple(replace(each, target=targets.id_of(each.target) or each.target) for each in comments)
    settled = settle(comments)
    chosen, others = choose_audit(settled.comments, assume_random=assume_random)
    source = AuditSource(
        tables=tuple(path.name for path in paths),
        annotators=tuple(sorted({each.annotator for each in comments if each.annotator} - {ADJUDICATED})),
        unlabelled=sum(table.missing.get(role, 0) for role in {each.role for each in chosen}),
        undecided=settled.undecided_pairs,
        not_audit=others,
        assumed_random=assume_random,
        agreement=_agreement(comments),
    )
    kept = [each for each in chosen if targets is None or each.target in targets.ids]
    if targets and (left := Counter(each.target for each in chosen if each.target not in targets.ids)):
        named = ", ".join(name[:30] for name, _ in left.most_common(3)) + (" and others" if len(left) > 3 else "")
        journal.warn(
            "labels",
            f"{left.total():,} of {len(chosen):,} are toward targets that are not scored ({named}): left out; "
            f"expected {', '.join(targets.ids)}",
        )
    return AuditLabels(kept, source)


def _agreement(comments: Iterable[LabelledComment]) -> dict[str, Any] | None:
    """Measure how far annotators of audit rows agree; None where no pair has labels of two."""
    from stance.agreement import measure_agreement
    from stance.labels.settling import ADJUDICATED, comment_key, pair_key

    units: dict[Any, dict[str | None, set[Stance]]] = {}
    clusters: dict[Any, Any] = {}
    for each in comments:
        if each.role == "audit" and each.annotator != ADJUDICATED:
            units.setdefault(pair_key(each), {}).setdefault(each.annotator, set()).add(each.label)
            clusters[pair_key(each)] = comment_key(each)
    # Whoever says two things of a pair has not decided, and whoever says one thing twice is one annotator.
    once = {pair: [min(said) for said in by.values() if len(said) == 1] for pair, by in units.items()}
    rated = {pair: labels for pair, labels in once.items() if len(labels) > 1}
    if not rated:
        return None
    found = measure_agreement(list(rated.values()), tuple(Stance), clusters=[clusters[pair] for pair in rated])
    return {
        "pairs": found.units,
        "percent": found.percent,
        "alpha": found.alpha,
        "interval": list(found.interval) if found.interval else None,
        "reason": found.reason,
    }


@dataclass(slots=True)
class Auditor:
    """Audit labels beside what must be known of the models that they correct.

    :param labels: The labels.
    :param known: Name of a model, as scores carry it -> where it is found, as for ``--model``.
    :param registry: The user's own models; those of this user where not given.
    """

    labels: "AuditLabels"
    known: Mapping[str, str | Path] = field(default_factory=dict)
    registry: Path | None = None
    not_checked: list[str] = field(default_factory=list)
    _met: set[str] = field(default_factory=set)

    def check(self, scores: Iterable[Score]) -> None:
        """Look at the models of some scores, each once.

        :raises LabelError: If one was trained on an audit label: where it has learnt the answers, it makes no errors to
            see.
        """
        for name in {score.model for score in scores} - self._met:
            self._met.add(name)
            self._check_model(name)

    def _check_model(self, name: str) -> None:
        from stance.aggregation import refuse_seen
        from stance.records import pair_digest

        rows = None if name.startswith("vader") else self._training_rows(name)
        if rows is not None:
            known = set(rows.tolist())
            seen = sum(pair_digest(each.text, each.target) in known for each in self.labels.comments)
            refuse_seen({name: seen}, len(self.labels.comments))
        elif not name.startswith("vader"):  # rules and a lexicon: trained on nothing
            self.not_checked.append(name)

    def _training_rows(self, name: str) -> "NDArray[np.uint64] | None":
        from stance.assessment import training_rows
        from stance.registry import Registry, resolve_model

        for place in dict.fromkeys((self.known.get(name, name), name.partition("@")[0])):
            try:
                return training_rows(resolve_model(place, Registry.open(self.registry)))
            except ModelError:
                continue  # scores of a model that is not here
        return None

    def to_record(self) -> dict[str, Any]:
        """Give what reports say of the labels."""
        return self.labels.to_record() | {"not_checked": sorted(self.not_checked)}

    def tell(self, journal: Journal) -> None:
        """Say what is doubtful about the labels, once all comments were read."""
        record = self.to_record()
        if record["unmatched"]:
            named = ", ".join(record["unmatched_ids"])
            journal.warn("labels", f"{record['unmatched']:,} of {record['labels']:,} match no comment: {named}")
        if record["repeated"]:
            journal.warn(
                "labels",
                f"{record['repeated']:,} match several comments, of which the first counts; expected a column document",
            )
        if record["assumed_random"]:
            journal.warn("labels", "taken for a simple random sample of the comments, as --assume-random says")
        if record["not_checked"]:
            journal.warn("labels", f"cannot be checked: was {', '.join(record['not_checked'])} trained on them?")
