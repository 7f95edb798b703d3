"""Read the audit labels that correct shares, and find those that a model learned from."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.printing import LEAST_ALPHA
from stance.aggregation.shares import reasons_without_use
from stance.datamodels import ADJUDICATED, STANCES, LabelledComment, Record, Score, Unit, counted
from stance.exceptions import LabelError, ModelError, hint
from stance.labels.adjudication import by_pair, comment_key, settle
from stance.labels.numbered import numbered, numbered_csv
from stance.labels.state import count_rows
from stance.labels.tables import load_labels
from stance.log import Log
from stance.records.digests import pair_digest
from stance.scoring import find_plugin
from stance.scoring.instances import Scorer
from stance.scoring.persistence import model_folder, train_rows
from stance.scoring.targets.target_set import TargetSet

Digests = NDArray[np.uint64]


def training_rows(name: str | Path | Scorer) -> Digests | None:
    """Read the pairs that a model was trained on; None if it does not list them, as a plugged-in or loaded one.

    :param name: As :func:`stance.scoring.load_scorer` takes it.
    :return: Sorted digests of pairs.
    :raises ModelError: If there is no such model, or its list is damaged.
    """
    if not isinstance(name, str | Path) or find_plugin(name):
        return None
    rows = train_rows(model_folder(name))
    return rows if len(rows) else None


def load_audit(
    paths: Sequence[Path], *, log: Log, targets: TargetSet | None
) -> tuple[AuditLabels | None, AuditLabels | None]:
    """Read the labels of comments, which correct a model's shares, and those of sentences of articles.

    :param paths: Tables of labels, also the file of the labelling page, which may not be there yet beside others.
    :param targets: Those that are scored, which labels may call by id or label; labels toward others are left out.
    :raises LabelError: If there is none that could correct anything.
    """
    lacking = [path for path in paths if path.suffix in (".db", ".sqlite") and not path.exists()]
    if lacking and len(lacking) < len(paths):  # a store that stance label has not made yet, as the advice names it
        log.warn("labels", f"{', '.join(map(str, lacking))}: no such file; only the other labels are used")
        paths = [path for path in paths if path not in lacking]
    table = load_labels(paths)
    log.skip(*table.skipped)
    rows = table.comments
    if targets:
        rows = tuple(replace(comment, target=targets.id_of(comment.target) or comment.target) for comment in rows)
    doubts = []
    audits = []
    for unit in Unit:
        comments = [comment for comment in rows if comment.unit is unit]
        settled = [*map(settle, by_pair(comments))]
        agreement = agreement_of(comment for comment in comments if comment.role == "audit")
        alpha = agreement.get("alpha")
        if alpha is not None and alpha < LEAST_ALPHA:
            settled = [replace(one, is_doubted=one.is_disputed or sum(one.votes) < 2) for one in settled]
        audit_rows = [comment for comment in settled if comment.role == "audit"]
        left = Counter(comment.target for comment in audit_rows if targets and comment.target not in targets.ids)
        scored_rows = [comment for comment in audit_rows if comment.target not in left]
        if targets and left:
            doubts.append(_left_out(left, len(audit_rows), targets))
        annotators = {comment.annotator or ADJUDICATED for comment in comments}
        source = {
            "tables": tuple(path.name for path in paths),
            "annotators": tuple(sorted(annotators - {ADJUDICATED})),
            "unlabelled": table.missing.get((unit, "audit"), 0),
            "disputed": sum(comment.is_disputed for comment in audit_rows),
            "other_targets": dict(left.most_common(5)),
            "not_audit": len(settled) - len(audit_rows),
            "waiting": count_rows(table.rows, unit).waiting,
            "unit": unit,
            "agreement": agreement,
        }
        audits.append(AuditLabels(scored_rows, source) if scored_rows else None)
    ids = {row["target"]: row["target"] for row in table.rows}
    ids |= {name: target_id for name in ids if targets and (target_id := targets.id_of(name))}
    for audit in filter(None, audits):
        audit.rows = [row | {"target": ids[row["target"]]} for row in table.rows]
    if doubts and not any(audits):
        raise LabelError(f"labels: {doubts[0]}")
    log.warn("labels", *doubts)
    return audits[0] if any(audits) else AuditLabels(()), audits[1]  # without any, it says what was expected


def _left_out(left: Counter[str], n: int, targets: TargetSet) -> str:
    """Describe labels toward targets that are not scored, of n labels."""
    listed = ", ".join(name[:30] for name, _ in left.most_common(3)) + (" and others" if len(left) > 3 else "")
    of = f"{left.total():,} of {n:,} are toward targets that are not scored ({listed})"
    return f"{of}{': left out' * (left.total() < n)}; {hint(left.most_common(1)[0][0], targets.ids)}"


def agreement_of(rows: Iterable[LabelledComment]) -> Record:
    """Measure how annotators of audit labels agree; empty where no pair has labels of two."""
    from stance.learn import agreement

    pairs = [pair for pair in agreement.gather_ratings(rows) if len(pair.ratings) > 1]
    if not pairs:
        return {}
    clusters = [comment_key(pair.comment) for pair in pairs]
    alpha = agreement.measure_agreement([pair.ratings for pair in pairs], STANCES, clusters=clusters)["alpha"]
    counts = {"pairs": len(pairs), "disputed": sum(pair.is_disputed for pair in pairs)}
    return counts | {"alpha": alpha["value"], "interval": alpha["interval"]}


@dataclass(slots=True)
class Auditor:
    """Audit labels with the training data of the models that they correct.

    :param labels: The labels of comments; None: there are none.
    :param sentences: Likewise of sentences of articles, which say how these lean and correct no share.
    :param known: Name of a model, as scores carry it -> where it is found, as for ``--model``.
    """

    labels: AuditLabels | None
    sentences: AuditLabels | None = None
    known: Mapping[str, str | Path] = field(default_factory=dict)
    is_asked: bool = False  # named by the user, and not found in a store among the inputs
    not_checked: list[str] = field(default_factory=list)
    _learned: dict[str, set[int]] = field(default_factory=dict)  # name of a model -> digests of pairs

    def check(self, scores: Iterable[Score]) -> None:
        """Find the labels that the models of some scores learned from: they correct none of its scores."""
        for name in {score.model for score in scores} - self._learned.keys():
            self._learned[name] = set()
            if name.startswith("vader"):  # rules and a lexicon: trained on nothing
                continue
            learned = None
            for model in dict.fromkeys((self.known.get(name, name), name.partition("@")[0])):
                with suppress(ModelError):  # scores of a model that is not here
                    learned = training_rows(model)
                    break
            if learned is None:
                self.not_checked.append(name)
            else:
                self._learned[name].update(learned.tolist())
            for labels in filter(None, (self.labels, self.sentences)):
                rows = [self._learned_by(row.text, row.target, row.learned) for row in labels.comments]
                labels.learned[name] = frozenset(number for number, names in enumerate(rows) if name in names)

    def _learned_by(self, text: str, target: str, stated: str | None) -> set[str]:
        """Return the names of the models that learned from a labelled pair.

        :param stated: These names, where a table without texts states them.
        """
        digest = pair_digest(text, target)
        found = {name for name, pairs in self._learned.items() if digest in pairs}
        return found.union(filter(None, (stated or "").split(" | ")))

    def table(self) -> Iterator[str]:
        """Yield the parts of a CSV file of all labels, with numbers in place of their texts."""
        rows = next(filter(None, (self.labels, self.sentences))).rows
        learned = (sorted(self._learned_by(row["text"], row["target"], row.get("learned"))) for row in rows)
        yield from numbered_csv(map(numbered, rows, map(" | ".join, learned)))

    def to_record(self) -> Record | None:
        """Describe the labels of comments for reports; None: there are none."""
        return self.labels.to_record() | {"not_checked": sorted(self.not_checked)} if self.labels else None

    def warn(self, log: Log, shares: Iterable[Record] = ()) -> None:
        """Log doubts about the labels, once all comments were read.

        :param shares: Those that the labels may have corrected.
        :raises LabelError: If labels that the user names match no comment.
        """
        if (record := self.to_record()) is None or self.labels is None:
            problem = "all labels are of sentences: they say how articles lean, and correct no share of comments"
            log.warn("labels", problem)
            return
        if learned := record["learned"]:
            of = f"{learned:,} of {counted(record['labels'], 'label')} left out, since the model learned from them"
            log.warn("labels", f"{of}; {record['labels'] - learned:,} left")
        left = f"; {n:,} comments that the model learned from are not drawn" if (n := log.counts["learned"]) else ""
        for group, reasons in record["odd"].items():
            log.warn("labels", f"the labels of {group} are no random sample: {' and '.join(reasons)}; not used{left}")
        if record["unmatched"]:
            matched = len(self.labels.comments) - record["unmatched"]
            of, ids = f"of {counted(record['labels'], 'label')}", ", ".join(record["unmatched_ids"])
            apart = f"; {record['apart']:,} have the id of a comment with another text" if record["apart"] else ""
            if not matched and self.is_asked:
                tables, remedy = ", ".join(record["tables"]), "expected labels of these inputs, by text or id"
                raise LabelError(f"{tables}: none {of} matches a comment, for example {ids}{apart}; {remedy}")
            only = "only " if 2 * matched < record["labels"] else ""
            log.warn("labels", f"{only}{matched:,} {of} match a comment; these do not, for example: {ids}{apart}")
        few = record["matched"] - learned
        reasons = [("all" if share["all_labelled"] else share["method"], share["note"]) for share in shares]
        used = any(method not in ("model", "none") for method, _ in reasons)
        if few and not used and not record["odd"]:
            whys = "; ".join(reasons_without_use(reasons))
            use = f"which correct no share: {whys}" if whys else "too few to correct shares"
            log.warn("labels", f"{counted(few, 'label was', 'labels were')} read, {use}")
        if record["not_checked"]:
            log.warn("labels", f"cannot be checked: was {', '.join(record['not_checked'])} trained on these labels?")
