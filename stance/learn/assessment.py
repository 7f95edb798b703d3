"""Measure any model on label tables, with baselines; read the audit labels that correct shares.

A pair may get no answer. Figures are for the decided pairs, and their share is reported.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance import learn
from stance.aggregation.audit_labels import AuditLabels, AuditSource
from stance.datamodels import (
    ADJUDICATED,
    STANCES,
    UNKNOWN_LANGUAGE,
    LabelledComment,
    Record,
    Score,
    Share,
    Skip,
    Stance,
    Unit,
    Via,
    counted,
)
from stance.exceptions import LabelError, ModelError, hint
from stance.labels import load_labels, numbered, numbered_csv
from stance.labels.adjudication import Adjudicated, adjudicate, comment_key, draw_labels, of_comments, pair_key
from stance.labels.state import States
from stance.learn import Example, Examples, agreement, make_examples, measures
from stance.learn.bootstrap import Floats
from stance.learn.measures import Answers, evaluate, evaluate_by, rounded
from stance.log import Log
from stance.options.models import MeasureOptions
from stance.parsing.language import detect_languages
from stance.records.digests import pair_digest
from stance.scoring import find_plugin
from stance.scoring.instances import Judgement, Scorer, commonest_reasons, decision_of
from stance.scoring.persistence import model_folder, train_rows
from stance.scoring.sentiment import score_texts
from stance.scoring.targets.target_set import TargetSet

Digests = NDArray[np.uint64]

FEW_STORIES = 20
"""Minimum number of clusters for intervals that are not visibly too narrow (Cameron, Gelbach and Miller,
Bootstrap-Based Improvements for Inference with Clustered Errors, 2008)."""

_DEFAULTS = MeasureOptions()
_ALIKE = 1.1  # ratio of probabilities of being drawn up to which rows count alike


# The labelled pairs ---------------------------------------------------------------------------------------------------


def read_pairs(
    paths: Iterable[Path], targets: TargetSet, role: str | None = None
) -> tuple[list[Example], Adjudicated, tuple[Skip, ...]]:
    """Read the comments of label tables and adjudicate the labels of several annotators.

    :param role: Keep pairs of this role only; a pair with an audit row is an audit pair, whatever its other rows say.
    :return: The pairs to measure on, the rows that they are made of, and the rows that are left out.
    :raises LabelError: If no row can be used.
    """
    table = load_labels(paths)
    comments, notes = of_comments(table.comments)
    audit = {pair_key(comment) for comment in comments if comment.role == "audit"}
    rows = [comment for comment in comments if role is None or (pair_key(comment) in audit) == (role == "audit")]
    if not rows:
        what = f"with the role {role}" if role and comments else "of a comment"
        raise LabelError("; ".join([f"{len(table.comments)} rows, but no row {what}", *notes]))
    settled = replace(adjudicate(rows), notes=notes)
    if not settled.comments:
        raise LabelError(f"{len(comments)} rows, but annotators differ on every pair; expected settled pairs")
    examples, unknown = make_examples(settled.comments, targets, audit=True)
    return examples, settled, (*table.skipped, *unknown, *settled.left_out)


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


def factors_of(examples: Examples, scorer: Scorer) -> Floats:
    """Return the factors of a model's decision rule for each pair: shape (n, 4)."""
    rows = [decision_of(scorer, example.instance.language) or (1, 1, 1, 1) for example in examples]
    return np.array(rows, float).reshape(len(rows), len(STANCES))


# Measures -------------------------------------------------------------------------------------------------------------


def assess_paths(
    paths: Iterable[Path],
    scorer: Scorer,
    *,
    targets: TargetSet,
    options: MeasureOptions = _DEFAULTS,
    trained_on: Digests | None = None,
    languages: Sequence[str] | None = None,
    rivals: Sequence[Scorer] = (),
) -> tuple[Record, tuple[Skip, ...]]:
    """Measure a model on every row of label tables, audit rows too.

    :param trained_on: The pairs that the model was trained on, from :func:`training_rows`.
    :param languages: Measure only comments in these; None: in all.
    :param rivals: Other models that are measured on the same pairs, and compared with it.
    :return: The record that ``stance evaluate --json`` prints, and skipped rows.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    examples, settled, skipped = read_pairs(paths, targets, options.role)
    examples = [each for each in examples if languages is None or each.instance.language in languages]
    if not examples:
        raise LabelError(f"--languages {','.join(languages or ())}: no labelled comment is in one of these")
    digests = set() if trained_on is None else set(trained_on.tolist())
    judged = _answers_of(scorer, examples)
    record = assess(judged, examples, scorer, options) | {
        "roles": dict(sorted(Counter(example.role for example in examples).items())),
        "contested": settled.undecided_pairs,
        "data": {"pairs": len(examples), "sha256": learn.examples_digest(examples)},
        "trained_on": None if trained_on is None else sum(each.digest in digests for each in examples),
    }
    of_examples = (*learn.warn_of_undefined(examples, targets), *warn_of_languages(examples, scorer.languages))
    drawn = [comment.probability for comment in settled.comments if comment.probability]
    record["warnings"] = [*settled.notes, *_warnings(record, drawn), *of_examples]
    answers = {scorer.name: judged}
    for rival in rivals:
        theirs = answers[rival.name] = _answers_of(rival, examples)
        compared = _compared((scorer, judged), (rival, theirs), examples, options)
        record.setdefault("against", {})[rival.name] = compared
    unanswered = (
        Skip(name, f"{counted(pairs, 'pair has', 'pairs have')} no stance: {reason}")
        for name, judgement in answers.items()
        for reason, pairs in commonest_reasons(Counter(judgement.reasons.values()))
    )
    return record, (*skipped, *unanswered)


def _answers_of(scorer: Scorer, examples: Examples) -> Judgement:
    """Judge examples: stances alone where a model can give these, since evidence takes longer to find."""
    instances = [example.instance for example in examples]
    predict = getattr(scorer, "predict_proba", None)
    return Judgement(predict(instances), [()] * len(instances)) if predict else scorer.judge(instances)


def _compared(
    one: tuple[Scorer, Judgement], other: tuple[Scorer, Judgement], examples: Examples, options: MeasureOptions
) -> Record:
    """Measure another model, and by how much the first is better on the pairs that both decided (``difference``)."""
    of_other = assess(other[1], examples, other[0], options)
    rows = np.flatnonzero(~np.isnan(one[1].probabilities[:, 0] + other[1].probabilities[:, 0])).tolist()
    record: Record = {name: of_other[name] for name in ("n", *measures.MEASURES, "interval", "f1", "coverage")}
    if not rows:
        return record | {"difference": None}
    both = [examples[row] for row in rows]
    mine, theirs = (
        _join(both, judged.probabilities[rows], factors_of(both, scorer)) for scorer, judged in (one, other)
    )
    return record | {"difference": rounded(measures.paired_bootstrap(mine, theirs, seed=options.seed))}


def assess(judged: Judgement, examples: Examples, scorer: Scorer, options: MeasureOptions) -> Record:
    """Measure the answers of a model to labelled pairs, of those that it decided, in full.

    :param judged: One row per example.
    :return: As :func:`measure_answers`, with ``coverage`` (the share of pairs that were decided), classes, confusion
        matrix, outlets and languages.
    :raises LabelError: If no pair was decided.
    """
    rows = np.flatnonzero(~np.isnan(judged.probabilities[:, 0])).tolist()
    if not rows:
        reason = next(iter(judged.reasons.values()), "no answer")
        raise LabelError(f"{scorer.name}: none of {len(examples)} pairs decided ({reason}); expected decided pairs")
    decided, probabilities = [examples[row] for row in rows], judged.probabilities[rows]
    factors, coverage = factors_of(decided, scorer), round(len(rows) / len(examples), 4)
    record = measure_answers(decided, probabilities, factors, options)
    pairs_of = Counter(each.instance.target for each in examples)
    for target, measured in record["targets"].items():
        measured["coverage"] = round(measured["n"] / pairs_of[target], 4)
    for measured in record["baselines"].values():
        measured["coverage"] = coverage  # the same pairs
    answers = _join(decided, probabilities, factors)
    outlets = evaluate_by(answers, [example.outlet or "not stated" for example in decided], seed=options.seed)
    languages = evaluate_by(answers, [example.instance.language for example in decided], seed=options.seed)
    in_full = measures.describe(answers) | {"outlets": outlets, "languages": languages}
    return record | rounded(in_full) | resampling(decided) | {"model": scorer.name, "coverage": coverage}


def measure_answers(
    examples: Examples, probabilities: Floats, factors: Floats, options: MeasureOptions = _DEFAULTS
) -> Record:
    """Measure answers to labelled pairs, and the baselines.

    :param probabilities: Shape (n, 4), one row per example, in the order of ``STANCES``.
    :param factors: Likewise those of the decision rule.
    """
    answers, seed = _join(examples, probabilities, factors), options.seed
    record: Record = evaluate(answers, seed=seed)
    record["targets"] = evaluate_by(answers, [example.instance.target for example in examples], seed=seed)
    record["baselines"] = {}
    for name, guess in baseline_guesses(examples).items():
        theirs = _join(examples, guess)
        difference = measures.paired_bootstrap(answers, theirs, seed=seed)
        record["baselines"][name] = evaluate(theirs, seed=seed) | {"difference": difference}
    return dict(rounded(record))


def _join(examples: Examples, probabilities: Floats, factors: Floats | None = None) -> Answers:
    """Join labels and predictions."""
    return Answers.of(
        [example.label for example in examples], probabilities, [example.story for example in examples], factors
    )


def baseline_guesses(examples: Examples) -> dict[str, Floats]:
    """Predict by each baseline: the commonest label, VADER of the text, the mention gate."""
    instances, gold = [example.instance for example in examples], [example.label for example in examples]
    is_named = [instance.via is Via.TEXT for instance in instances]
    return {
        "majority": measures.majority_baseline(gold),
        "vader": measures.vader_baseline(score_texts([instance.text for instance in instances]), is_named),
        "gate": measures.gate_baseline(gold, is_named),
    }


def resampling(examples: Examples) -> Record:
    """Describe the clusters that are resampled for intervals: how many stories, texts or rows."""
    stories = {example.story for example in examples}
    if len(stories) == 1 < len(examples):
        return {"clusters": len(examples), "resampled": "rows"}
    alone = all(story.startswith(learn.TEXT_ALONE) for story in stories)
    return {"clusters": len(stories), "resampled": "texts" if alone else "stories"}


# Warnings -------------------------------------------------------------------------------------------------------------


def _warnings(record: Mapping[str, Any], drawn: Sequence[float]) -> Iterator[str]:
    """Warn of figures that are better, or more certain, than they should be.

    :param drawn: Known probabilities of being drawn.
    """
    if record["trained_on"]:
        overlap = f"{record['trained_on']} of {record['data']['pairs']} pairs are in the model's training data"
        yield f"{overlap}: these figures are too high; measure the model on labels of other comments"
    yield from warn_of_few_stories(record)
    unaddressed = record["classes"].get(Stance.NOT_ADDRESSED)
    if unaddressed and not unaddressed["n"]:
        overlap = (
            f"no label is not_addressed, but the model predicts it {unaddressed['predicted']} times, each an error"
        )
        yield f"{overlap}, except in favg, which counts only two sides"
    if drawn and max(drawn) > _ALIKE * min(drawn):
        overlap = f"rows were drawn with probabilities of {min(drawn):.2g} to {max(drawn):.2g}"
        yield f"{overlap}, but count equally: the figures describe these rows, not all comments"


def warn_of_few_stories(record: Mapping[str, Any]) -> Iterator[str]:
    """Warn if too few stories make intervals too narrow.

    :param record: From :func:`resampling`.
    """
    if record["resampled"] == "rows":
        yield "all rows belong to one story, so rows were resampled: intervals are too narrow"
    elif (number := record["clusters"]) < FEW_STORIES:
        what = {"stories": "story", "texts": "text"}[record["resampled"]] if number == 1 else record["resampled"]
        yield f"intervals rest on {number} {what}; with fewer than {FEW_STORIES}, intervals are too narrow"


def warn_of_languages(examples: Examples, languages: Sequence[str]) -> Iterator[str]:
    """Warn of pairs in languages that a model does not score: they are read as one that it does.

    :param languages: Those that the model scores.
    """
    unstated = dict.fromkeys(example.instance.text for example in examples if example.language is None)
    detected = dict(zip(unstated, detect_languages(unstated), strict=True))
    counts = Counter(example.language or detected[example.instance.text] for example in examples)
    unscored = [(language, n) for language, n in counts.most_common() if language not in (*languages, UNKNOWN_LANGUAGE)]
    if unscored:
        listed = ", ".join(language[:20] for language, _ in unscored[:3]) + (" and others" if len(unscored) > 3 else "")
        of = f"{sum(n for _, n in unscored)} of {len(examples)} pairs"
        yield f"{of} are in languages that the model gives no stance in ({listed}); it scores {', '.join(languages)}"


# Audit labels ---------------------------------------------------------------------------------------------------------


def load_audit(
    paths: Sequence[Path], *, log: Log, targets: TargetSet | None = None
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
        rows = tuple(replace(each, target=targets.id_of(each.target) or each.target) for each in rows)
    doubts: list[str] = []
    audits: list[AuditLabels | None] = []
    for unit in Unit:
        settled, disputed = draw_labels(adjudicate(each for each in rows if each.unit is unit))
        audit_rows = [each for each in settled.comments if each.role == "audit"]
        left = Counter(each.target for each in audit_rows if targets and each.target not in targets.ids)
        scored_rows = [each for each in audit_rows if each.target not in left]
        if targets and left:
            listed = ", ".join(name[:30] for name, _ in left.most_common(3)) + (" and others" if len(left) > 3 else "")
            of = f"{left.total():,} of {len(audit_rows):,} are toward targets that are not scored ({listed})"
            doubts.append(f"{of}{': left out' * bool(scored_rows)}; {hint(left.most_common(1)[0][0], targets.ids)}")
        annotators = {each.annotator or ADJUDICATED for each in rows if each.unit is unit}
        source = AuditSource(
            tables=tuple(path.name for path in paths),
            annotators=tuple(sorted(annotators - {ADJUDICATED})),
            unlabelled=table.missing.get((unit, "audit"), 0),
            undecided=settled.undecided_pairs,
            disputed=disputed,
            other_targets=dict(left.most_common(5)),
            not_audit=len(settled.comments) - len(audit_rows),
            waiting=table.states.get((unit, "audit"), States()).waiting,
            unit=unit,
            agreement=agreement_of(each for each in rows if (each.unit, each.role) == (unit, "audit")),
        )
        audits.append(AuditLabels(scored_rows, source) if scored_rows else None)
    for audit in filter(None, audits):
        ids = {name: targets.id_of(name) if targets else None for name in {row["target"] for row in table.rows}}
        audit.rows = [row | {"target": ids[row["target"]] or row["target"]} for row in table.rows]
    if doubts and not any(audits):
        raise LabelError(f"labels: {doubts[0]}")
    log.warn("labels", *doubts)
    return audits[0] if any(audits) else AuditLabels(()), audits[1]  # without any, it says what was expected


def agreement_of(rows: Iterable[LabelledComment]) -> Record:
    """Measure how annotators of audit labels agree; empty where no pair has labels of two."""
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
            rows = None
            for model in dict.fromkeys((self.known.get(name, name), name.partition("@")[0])):
                with suppress(ModelError):  # scores of a model that is not here
                    rows = training_rows(model)
                    break
            if rows is None:
                self.not_checked.append(name)
            self._learned[name].update([] if rows is None else rows.tolist())
            for labels in filter(None, (self.labels, self.sentences)):
                of = enumerate(labels.comments)
                labels.learned[name] = frozenset(
                    number for number, row in of if name in self._learned_by(row.text, row.target, row.learned)
                )

    def _learned_by(self, text: str, target: str, stated: str | None) -> set[str]:
        """Return the names of the models that learned from a labelled pair.

        :param stated: These names, where a table without texts states them.
        """
        digest = pair_digest(text, target)
        return {*filter(None, (stated or "").split(" | "))} | {
            name for name, pairs in self._learned.items() if digest in pairs
        }

    def table(self) -> Iterator[str]:
        """Yield the parts of a CSV file of all labels, with numbers in place of their texts."""
        rows = next(filter(None, (self.labels, self.sentences))).rows
        learned = (sorted(self._learned_by(row["text"], row["target"], row.get("learned"))) for row in rows)
        yield from numbered_csv(map(numbered, rows, map(" | ".join, learned)))

    def to_record(self) -> Record | None:
        """Describe the labels of comments for reports; None: there are none."""
        return self.labels.to_record() | {"not_checked": sorted(self.not_checked)} if self.labels else None

    def warn(self, log: Log, shares: Iterable[Share] = ()) -> None:
        """Log doubts about the labels, once all comments were read.

        :param shares: Those that the labels may have corrected.
        :raises LabelError: If labels that the user names match no comment.
        """
        if (record := self.to_record()) is None or self.labels is None:
            log.warn(
                "labels", "all labels are of sentences: they say how articles lean, and correct no share of comments"
            )
            return
        if learned := record["learned"]:
            of = f"{learned:,} of {counted(record['labels'], 'label')} left out, since the model learned from them"
            log.warn("labels", f"{of}; {record['labels'] - learned:,} left")
        for group, reasons in record["odd"].items():
            left = "these labels are not used"
            log.warn("labels", f"the labels of {group} are no random sample: {' and '.join(reasons)}; {left}")
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
        used = any(share.all_labelled or share.method not in ("model", "none") for share in shares)
        if few and not used and not record["odd"]:
            log.warn("labels", f"{counted(few, 'label was', 'labels were')} read, too few to correct shares")
        if record["not_checked"]:
            log.warn("labels", f"cannot be checked: was {', '.join(record['not_checked'])} trained on these labels?")
