"""Annotators, and a model beside them, as raters of the same comments: what ``stance labels agreement`` tells.

Labels are gathered by comment and target, whichever tables they stand in. Adjudicated labels are no ratings: they were
given by someone who saw the others. A model is set beside one annotator at a time, as annotators are beside each other;
against settled labels alone it would look better than a person does, since the hardest pairs have none.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from stance.agreement import Agreement, Estimate, Pairwise, measure_agreement, measure_pairwise
from stance.datamodels import SIDES, STANCES, LabelledComment, Skip, Stance
from stance.exceptions import LabelError
from stance.labels import ADJUDICATED, comment_key, pair_key, settle
from stance.labels.rows import Record, comment_to_record
from stance.outputs import aligned

if TYPE_CHECKING:
    from stance.examples import Example
    from stance.scoring.scorers import Judgement, Scorer
    from stance.targets import TargetSet

Watch = Callable[[Iterable[Any]], Iterable[Any]]

GIVEN = "given"
"""The column in which a list of disagreements says who said what."""

FEWEST_COMMENTS = 50
"""Of doubly labelled comments, for an interval to be worth reading: resampling few makes it too narrow."""

BATCH = 256
"""Pairs that a model is asked about at a time."""


@dataclass(frozen=True, slots=True)
class Rated:
    """A comment and target with what its annotators said, by their names."""

    comment: LabelledComment  # one of its rows
    ratings: Mapping[str, Stance]
    decided: bool = False  # an adjudicator has settled it

    @property
    def is_disputed(self) -> bool:
        """Whether annotators differ."""
        return len(set(self.ratings.values())) > 1


@dataclass(frozen=True, slots=True)
class Ratings:
    """What annotators said of comments, each pair once."""

    pairs: tuple[Rated, ...]
    contradictions: int  # of an annotator with themselves, toward one pair; such ratings are left out

    @property
    def annotators(self) -> tuple[str, ...]:
        """Who labelled, in alphabetical order."""
        return tuple(sorted({name for pair in self.pairs for name in pair.ratings}))

    @property
    def doubly(self) -> tuple[Rated, ...]:
        """The pairs that two annotators labelled at least."""
        return tuple(pair for pair in self.pairs if len(pair.ratings) > 1)

    @property
    def disputed(self) -> tuple[Rated, ...]:
        """The pairs on which annotators differ."""
        return tuple(pair for pair in self.pairs if pair.is_disputed)


@dataclass(frozen=True, slots=True)
class Level:
    """Agreement about some pairs, over all four stances or over the sides in their order."""

    pairs: int
    comments: int
    agreement: Agreement | None  # None: no pair was labelled twice
    pairwise: Pairwise


@dataclass(frozen=True, slots=True)
class Measured:
    """Agreement toward one target, or all."""

    nominal: Level  # over the four stances
    ordinal: Level  # against < neutral < favor, of the annotators who find the target addressed


@dataclass(frozen=True, slots=True)
class RaterReport:
    """How far annotators agree, and a model with them."""

    ratings: Ratings
    overall: Measured
    targets: Mapping[str, Measured]
    model: "ModelBeside | None" = None


@dataclass(frozen=True, slots=True)
class ModelBeside:
    """A model as one more rater."""

    name: str
    single: Measured  # with one annotator at a time, on pairs labelled at least twice
    settled: Level  # with the settled labels
    evaluation: Mapping[str, Any]  # of the settled labels, as ``stance evaluate --json`` prints it
    doubts: tuple[str, ...] = ()


# Gathering ------------------------------------------------------------------------------------------------------------


def gather_ratings(comments: Iterable[LabelledComment]) -> Ratings:
    """Gather the labels of each comment and target by annotator.

    :param comments: Rows of any number of annotators; rows that name none count as by one of no name.
    """
    rows: dict[Hashable, list[LabelledComment]] = {}
    for comment in comments:
        rows.setdefault(pair_key(comment), []).append(comment)
    pairs, contradictions = [], 0
    for of_pair in rows.values():
        said: dict[str, set[Stance]] = {}
        for row in of_pair:
            said.setdefault(row.annotator or "", set()).add(row.label)
        decided = said.pop(ADJUDICATED, None) is not None
        ratings = {name: next(iter(labels)) for name, labels in said.items() if len(labels) == 1}
        contradictions += len(said) - len(ratings)
        pairs.append(Rated(of_pair[0], ratings, decided))
    return Ratings(tuple(pairs), contradictions)


def disagreement_records(ratings: Ratings) -> list[Record]:
    """List the pairs on which annotators differ as rows to be adjudicated.

    :return: Records of a label table, by the annotator who decides, without a label, with who said what beside; pairs
        that were decided before are left out.
    """
    return [
        comment_to_record(pair.comment)
        | {"label": None, "annotator": ADJUDICATED, "note": None}
        | {GIVEN: "; ".join(f"{name}: {label}" for name, label in sorted(pair.ratings.items()))}
        for pair in ratings.disputed
        if not pair.decided
    ]


# Measuring ------------------------------------------------------------------------------------------------------------


def measure_raters(ratings: Ratings, *, seed: int = 0) -> RaterReport:
    """Measure how far annotators agree, over all targets and toward each."""
    targets = sorted({pair.comment.target for pair in ratings.doubly})
    return RaterReport(
        ratings,
        _measured(ratings.pairs, seed),
        {target: _measured([p for p in ratings.pairs if p.comment.target == target], seed) for target in targets},
    )


def _measured(pairs: Sequence[Rated], seed: int) -> Measured:
    return Measured(_level(pairs, STANCES, "nominal", seed), _level(pairs, SIDES, "ordinal", seed))


def _level(pairs: Sequence[Rated], values: Sequence[Stance], level: str, seed: int) -> Level:
    """Measure the ratings that are among some values; pairs with less than two of them say nothing."""
    units = [{name: label for name, label in pair.ratings.items() if label in values} for pair in pairs]
    rated = [(pair, unit) for pair, unit in zip(pairs, units, strict=True) if len(unit) > 1]
    clusters = [comment_key(pair.comment) for pair, _ in rated]
    kept = [unit for _, unit in rated]
    of_pairs = measure_pairwise(kept, values, level=level, clusters=clusters, seed=seed) if kept else _no_pairs(units)
    agreement = (
        measure_agreement([list(u.values()) for u in kept], values, level=level, clusters=clusters, seed=seed)
        if kept
        else None
    )
    return Level(len(kept), len(set(clusters)), agreement, of_pairs)


def _no_pairs(units: Sequence[Mapping[str, Stance]]) -> Pairwise:
    return measure_pairwise(units, STANCES)


# A model beside -------------------------------------------------------------------------------------------------------


def set_beside(
    report: RaterReport,
    comments: Sequence[LabelledComment],
    scorer: "Scorer",
    *,
    targets: "TargetSet",
    seed: int = 0,
    watch: Watch = iter,
) -> tuple[RaterReport, tuple[Skip, ...]]:
    """Set a model beside the annotators.

    :param comments: The rows that the report is of.
    :param watch: Passes batches on while somebody watches.
    :return: The report with the model in it, and the targets that cannot be looked for.
    :raises LabelError: If no row is toward a defined target, or the model decides none of the settled pairs.
    """
    from stance.assessment import assess, is_decided
    from stance.examples import make_examples, tell_undefined
    from stance.scoring.scorers import Judgement

    settled = settle(comments)
    first_rows = {pair_key(row): row for row in reversed(settled.undecided)}
    examples, unknown = make_examples([*settled.comments, *first_rows.values()], targets, audit=True)
    usable = _usable_targets((*settled.comments, *first_rows.values()), targets)
    known = [row for row in settled.comments if row.target in usable]
    keys = [pair_key(row) for row in (*known, *first_rows.values()) if row.target in usable]
    judged = _judge(scorer, examples, watch)
    decided = is_decided(judged.probabilities, 0)
    said = {
        key: STANCES[int(row.argmax())]
        for key, row, is_answer in zip(keys, judged.probabilities, decided, strict=True)
        if is_answer
    }
    size = len(known)
    of_settled = Judgement(judged.probabilities[:size], judged.evidence[:size])
    model = ModelBeside(
        scorer.name,
        _measured([*_single_ratings(report.ratings, said)], seed),
        _level([_beside(row, "settled", row.label, said) for row in known], STANCES, "nominal", seed),
        assess(of_settled, examples[:size], model=scorer.name, seed=seed),
        tuple(tell_undefined(examples, targets)),
    )
    return replace(report, model=model), unknown


def _usable_targets(rows: Iterable[LabelledComment], targets: "TargetSet") -> set[str]:
    """Tell toward which targets examples can be made: asked with one row of each, since examples name no row."""
    from stance.examples import make_examples

    usable = set()
    for target, row in {row.target: row for row in rows}.items():
        with suppress(LabelError):
            make_examples([row], targets, audit=True)
            usable.add(target)
    return usable


def _judge(scorer: "Scorer", examples: Sequence["Example"], watch: Watch) -> "Judgement":
    import numpy as np

    from stance.scoring.scorers import Judgement

    instances = [example.instance for example in examples]
    batches = watch(instances[start : start + BATCH] for start in range(0, len(instances), BATCH))
    judged = [scorer.judge(batch) for batch in batches]
    return Judgement(np.concatenate([each.probabilities for each in judged]), [e for j in judged for e in j.evidence])


def _single_ratings(ratings: Ratings, said: Mapping[Hashable, Stance]) -> Iterator[Rated]:
    for pair in ratings.doubly:
        for label in pair.ratings.values():
            yield _beside(pair.comment, "annotator", label, said)


def _beside(row: LabelledComment, who: str, label: Stance, said: Mapping[Hashable, Stance]) -> Rated:
    answer = said.get(pair_key(row))
    return Rated(row, {who: label} | ({"model": answer} if answer else {}))


# Telling --------------------------------------------------------------------------------------------------------------


def report_to_record(report: RaterReport) -> dict[str, Any]:
    """Turn a report into the JSON object that ``stance labels agreement --json`` prints."""
    ratings = report.ratings
    record: dict[str, Any] = {
        "annotators": list(ratings.annotators),
        "pairs": len(ratings.pairs),
        "doubly_labelled": {
            "pairs": len(ratings.doubly),
            "comments": len({comment_key(pair.comment) for pair in ratings.doubly}),
        },
        "disputed": len(ratings.disputed),
        "contradictions": ratings.contradictions,
        "overall": _measured_record(report.overall),
        "targets": {target: _measured_record(measured) for target, measured in report.targets.items()},
        "disagreements": [
            {
                "id": pair.comment.comment_id,
                "document": pair.comment.document,
                "target": pair.comment.target,
                "text": pair.comment.text,
                "labels": {name: label.value for name, label in sorted(pair.ratings.items())},
                "adjudicated": pair.decided,
            }
            for pair in ratings.disputed
        ],
        "model": None,
    }
    if report.model:
        record["model"] = {
            "name": report.model.name,
            "with_one_annotator": _measured_record(report.model.single),
            "with_settled_labels": _level_record(report.model.settled),
            "evaluation": report.model.evaluation,
            "warnings": list(report.model.doubts),
        }
    return record


def _measured_record(measured: Measured) -> dict[str, Any]:
    return {"nominal": _level_record(measured.nominal), "ordinal": _level_record(measured.ordinal)}


def _level_record(level: Level) -> dict[str, Any]:
    return {
        "pairs": level.pairs,
        "comments": level.comments,
        "percent": _estimate_record(_percent(level)),
        "alpha": _estimate_record(_alpha(level)),
        "kappa": _estimate_record(level.pairwise.kappa) | {"annotator_pairs": level.pairwise.pairs},
        "macro_f1": _estimate_record(level.pairwise.macro_f1),
    }


def _estimate_record(estimate: Estimate) -> dict[str, Any]:
    record: dict[str, Any] = {"value": None if estimate.value is None else round(estimate.value, 4)}
    record["interval"] = [round(end, 4) for end in estimate.interval] if estimate.interval else None
    return record | ({"reason": estimate.reason} if estimate.reason else {})


def _percent(level: Level) -> Estimate:
    found = level.agreement
    return Estimate(found.percent, found.percent_interval) if found else level.pairwise.kappa


def _alpha(level: Level) -> Estimate:
    found = level.agreement
    return Estimate(found.alpha, found.interval, found.reason) if found else level.pairwise.kappa


def report_table(report: RaterReport) -> str:
    """Lay a report out for a person."""
    parts = [_heading(report.ratings)]
    levels: Sequence[tuple[str, Callable[[Measured], Level]]] = (
        ("Over the four stances", lambda measured: measured.nominal),
        ("Side alone, in the order against, neutral, favor, where the target is found addressed", lambda m: m.ordinal),
    )
    if not report.ratings.doubly:
        parts.append(f"Agreement cannot be measured: {_alpha(report.overall.nominal).reason}")
    for title, choose in levels if report.ratings.doubly or report.model else ():
        rows = [(f"toward {target}", choose(measured)) for target, measured in report.targets.items()]
        rows.append(("toward all", choose(report.overall)))
        if report.model:
            rows.append((f"{report.model.name} and one annotator", choose(report.model.single)))
        parts.append(f"{title}\n{_level_table(rows)}")
    if report.model:
        parts.append(_settled_lines(report.model))
    return "\n\n".join([*parts, *_remarks(report)])


def _heading(ratings: Ratings) -> str:
    comments = len({comment_key(pair.comment) for pair in ratings.doubly})
    names = ", ".join(name or "(no name)" for name in ratings.annotators[:10])
    more = f" and {len(ratings.annotators) - 10} more" if len(ratings.annotators) > 10 else ""
    return (
        f"{len(ratings.annotators)} annotators: {names}{more}\n"
        f"{len(ratings.doubly):,} of {len(ratings.pairs):,} pairs of comment and target labelled by two or more, "
        f"of {comments:,} comments; {len(ratings.disputed):,} disputed"
    )


def _level_table(rows: Sequence[tuple[str, Level]]) -> str:
    head = ["", "pairs", "equal", "alpha", "kappa", "macro F1"]
    body = [
        [name, f"{level.pairs:,}", *map(_shown, (_percent(level), _alpha(level))), _kappa(level), _f1(level)]
        for name, level in rows
    ]
    return aligned([head, *body])


def _shown(estimate: Estimate) -> str:
    if estimate.value is None:
        return "undefined"
    ends = estimate.interval
    return f"{estimate.value:.3f}" + (f" [{ends[0]:.3f}, {ends[1]:.3f}]" if ends else "")


def _kappa(level: Level) -> str:
    return _shown(level.pairwise.kappa)


def _f1(level: Level) -> str:
    return _shown(level.pairwise.macro_f1)


def _settled_lines(model: ModelBeside) -> str:
    record = model.evaluation
    low, high = record["interval"]["macro_f1"]
    return (
        f"{model.name} and the settled labels ({model.settled.pairs:,} pairs): alpha {_shown(_alpha(model.settled))}, "
        f"macro F1 {record['macro_f1']:.3f} [{low:.3f}, {high:.3f}]"
    )


def _remarks(report: RaterReport) -> list[str]:
    """Say what a reader of the table must know."""
    remarks = []
    pairwise = report.overall.nominal.pairwise
    if pairwise.pairs > 1:
        remarks.append(f"kappa and macro F1 are means over {pairwise.pairs} pairs of annotators.")
    if report.ratings.contradictions:
        n = report.ratings.contradictions
        remarks.append(f"{n:,} times an annotator gave one pair two labels; those ratings are left out.")
    if 0 < report.overall.nominal.comments < FEWEST_COMMENTS:
        remarks.append(f"Under {FEWEST_COMMENTS} comments intervals are too narrow: label more of them twice.")
    named = [*report.targets.items(), ("all", report.overall)]
    for name, measured in named if report.ratings.doubly else ():
        for level, what in ((measured.nominal, "stance"), (measured.ordinal, "side")):
            reasons = dict.fromkeys(e.reason for e in (_alpha(level), level.pairwise.kappa) if e.reason)
            remarks += [f"toward {name}, {what}: undefined, {reason}" for reason in reasons]
    remarks += report.model.doubts if report.model else ()
    return ["\n".join(remarks)] if remarks else []
