"""Draw comments to label, and describe the sample and the uses that it is not fit for.

An audit sample is drawn at random and corrects a model's shares of a corpus; a training sample teaches a model. Weights
of 1/probability turn the sample into an estimate of the whole sampling frame.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from stance.aggregation import planning
from stance.datamodels import (
    FEWEST_AUDITED,
    FEWEST_PAIRS,
    FEWEST_SHOWN,
    SIDES,
    STANCES,
    Comment,
    Document,
    OnSkip,
    Record,
    Score,
    Unit,
    counted,
    frozen,
    grouped,
)
from stance.exceptions import InputError
from stance.labels.adjudication import plain_number
from stance.labels.draws import Draw, draw_units
from stance.labels.frame import (
    EXCLUDED,
    GUIDE_LANGUAGES,
    NONE,
    Floats,
    SamplingFrame,
    Strata,
    Wanted,
    row_digest,
    stratify,
    text_digest,
)
from stance.labels.numbered import rows_of
from stance.labels.separation import overlap_of, separated
from stance.labels.tables import read_records
from stance.options.labelling import SampleOptions
from stance.pseudonyms import Naming
from stance.scoring.targets.target_set import TargetSet
from stance.store.items import Item, guesses_of, make_item, with_guesses

SAMPLE_FIELDS = (
    "id", "document", "outlet", "author", "title", "lead", "parent", "text", "target", "label", "annotator", "note",
    "role", "probability", "stratum", "by", "seed", "lang", "copies", "unit",
)  # fmt: skip
"""Words: the columns of a sample, in order; ``label``, ``annotator`` and ``note`` are for the annotator to fill."""


class Predictions:
    """Probabilities of the sides of comments by target, gathered from scores in any order.

    :param targets: Only of scores toward these; None: of all.
    """

    def __init__(self, targets: Collection[str] | None = None) -> None:
        self._targets, self.count = targets, 0
        # By target.
        self._ids: dict[str, array[int]] = defaultdict(lambda: array("Q"))  # of ids
        self._sides: dict[str, array[float]] = defaultdict(lambda: array("f"))

    def add(self, score: Score) -> None:
        """Add a score; one without an answer has no side."""
        self.count += 1
        if self._targets is None or score.target in self._targets:
            self._ids[score.target].append(row_digest(score.document, score.comment))
            probabilities = score.probabilities or [0.0] * len(STANCES)
            self._sides[score.target].extend(probabilities[STANCES.index(side)] for side in SIDES)

    def by_target(self, frame: SamplingFrame) -> dict[str, Floats]:
        """Return the probabilities of units by target, each of shape (N, 3); 0 without a score."""
        import pandas as pd

        probabilities = {}
        for target, digests in sorted(self._ids.items()):
            sides = np.array(self._sides[target], np.float64).reshape(len(digests), -1)
            table = pd.DataFrame(sides, np.array(digests))
            of_units = table[~table.index.duplicated()].reindex(frame.units["id"], fill_value=0.0)
            probabilities[target] = of_units.to_numpy()
        return probabilities

    def missing(self, frame: SamplingFrame) -> int:
        """Count the units without a score."""
        scored = np.concatenate([np.zeros(0, np.uint64), *(np.array(ids) for ids in self._ids.values())])
        return len(frame) - int(np.isin(frame.units["id"], scored).sum())


def plan_labels(
    strata: Strata, sides: Mapping[str, Floats], sizes: Floats, target_width: float
) -> tuple[list[int], dict[str, float]]:
    """Find the fewest labels after which the widest share of each target and stratum has the width that is wanted.

    If the labels of all comments would not reach it, as many are drawn as bring it within a tenth of what they would.

    :param sides: Target -> probabilities of the units, shape (N, 3).
    :param sizes: Shape (N,), of the draw.
    :param target_width: Half the width of the 95 % interval, in points.
    :return: Comments to draw from each stratum; and, by target, the half width expected after that, in points, of the
        widest share in any stratum.
    """
    codes, names = strata
    counts = []
    widths = dict.fromkeys(sides, 0.0)
    for stratum in range(len(names)):
        members = np.flatnonzero(codes == stratum)
        parts = {target: part for target, probabilities in sides.items() if (part := probabilities[members]).any()}
        width = partial(planning.half_width, sizes[members])
        labels, every = min(FEWEST_AUDITED, len(members)), len(members)
        for part in parts.values():
            limit = max(target_width / 100, 1.1 * width(part, every))
            labels = planning.fewest(partial(width, part), limit, range(labels, every))
        counts.append(labels)
        for target, part in parts.items():
            widths[target] = max(widths[target], 100 * width(part, labels))
    return counts, widths


@frozen
class Sample:
    """Drawn comments, in random order, and counts of their frame."""

    comments: tuple[Item, ...]
    copies: tuple[int, ...]  # how often the text of each comment occurs in the frame
    record: Record  # for a methods section, in JSON's types

    def rows(self) -> Iterator[Record]:
        """Yield a row for each comment and target, with the fields of ``SAMPLE_FIELDS``."""
        by, seed = self.record["by"], self.record["seed"]
        for item, copies in zip(self.comments, self.copies, strict=True):
            article = (item.document, item.outlet, item.author, item.title, item.lead)
            for pair in item.pairs:
                question = (item.parent, item.text, pair.target, None, None, None)
                drawn = (pair.role, pair.probability, item.stratum, by, seed, item.language, copies, item.unit.value)
                yield dict(zip(SAMPLE_FIELDS, (item.identifier, *article, *question, *drawn), strict=True))


def draw_sample(
    items: Iterable[Document | Score],
    design: SampleOptions,
    *,
    targets: TargetSet,
    target: Sequence[str] | None = None,
    naming: Naming,
    drawn_before: Sequence[Record] = (),
    learned: Collection[int] = (),
    score: Callable[[Iterator[Document]], Iterator[Document]] | None = None,
) -> Sample:
    """Draw comments to label.

    The same documents give the same sample in whatever order they come.

    :param items: Documents with their languages detected; for a draw by precision also their scores, in
        any order. Held on disk, not in memory.
    :param targets: The targets to label, and all that are known.
    :param target: The targets that the user chose; None: those of ``targets``, or those that a table's row asks for.
    :param naming: Replaces names of authors.
    :param taken: Rows whose texts are not to be drawn, from :func:`read_taken`; a draw to train on avoids the articles
        of those for an audit.
    :param learned: Digests of pairs that the model learned from, which are not drawn either.
    :param score: Scores documents; called only if the design needs scores and ``items`` holds none.
    :raises InputError: If there is nothing to draw from.
    :raises ConfigError: If there are more strata than comments to draw.
    """
    predictions = Predictions(target)

    def wanted(comment: Comment) -> Collection[str]:
        if comment.targets is None:
            return targets.ids
        names = dict.fromkeys(targets.id_of(name) or name for name in comment.targets)
        return names if target is None else [name for name in names if name in targets.ids]

    excluded = frozenset(text_digest(row["text"]) for row in drawn_before)
    audit_rows = [
        row for row in drawn_before if (design.role, row["role"], row["unit"]) == ("train", "audit", Unit.COMMENT)
    ]
    audited = {plain_number(row["document"]) for row in audit_rows} - {None}
    with closing(SamplingFrame(wanted, design.stratify, excluded, learned, design.languages_scored)) as frame:
        _fill(frame, predictions, items, design, audited)
        if score and design.is_precise and not predictions.count:
            for scored in score(frame.documents()):
                for prediction in scored.scores:
                    predictions.add(prediction)
        strata, sizes, counts, widths = stratify(frame, design), None, list[int](), dict[str, float]()
        if design.is_precise and not predictions.count:
            design = replace(design, by="random")
        if design.is_precise:
            sides = predictions.by_target(frame)
            sizes = planning.draw_sizes([*sides.values()], len(frame))
            if design.target_width is not None:
                counts, widths = plan_labels(strata, sides, sizes, design.target_width)
                design = replace(design, n=sum(counts))
        draw = draw_units(frame, strata, design, sizes, counts)
        comments = _items(frame, draw, strata, design, wanted, naming)
    record = _describe(frame, design, draw, comments)
    if widths:
        record |= {"target_width": design.target_width, "expected_widths": widths}
    missing = predictions.missing(frame) if design.is_precise else 0
    pairs = _named_pairs(comments, targets) if design.role != "audit" and design.unit == "comment" else None
    of_others = [separated(row) for row in drawn_before if row["unit"] == design.unit]
    shared = overlap_of([*of_others, *((design.role, item.document, item.text) for item in comments)])
    record["shared"] = asdict(shared)
    record["warnings"] = [*shared.warning(), *_doubts(frame, design, record["outlets"], missing, pairs)]
    return Sample(comments, tuple(frame.copies[draw.units].tolist()), record)


def _describe(frame: SamplingFrame, design: SampleOptions, draw: Draw, comments: Sequence[Item]) -> Record:
    outlet_of = np.array([cell[0] or NONE for cell in frame.cells], dtype=object)[frame.units["cell"]]
    drawn = Counter(outlet_of[draw.units].tolist())
    outlets = sorted(Counter(outlet_of.tolist()).items())
    pairs = [pair for item in comments for pair in item.pairs]
    repeated = int(frame.copies.sum())
    return {
        **{name: getattr(design, name) for name in ("role", "by", "seed", "unit")},
        "stratify": list(design.stratify),
        "asked": design.n,
        "drawn": len(comments),
        "rows": len(pairs),
        "targets": list(dict.fromkeys(pair.target for pair in pairs)),
        "frame": {"comments": len(frame), "with_repeats": repeated, "documents": len(frame.documents_seen)},
        "outlets": [{"outlet": name, "population": n, "drawn": drawn[name]} for name, n in outlets],
        "strata": draw.strata,
        "left_out": [{"reason": reason, "comments": n} for reason, n in sorted(frame.left_out.items())],
        "guide_languages": list(GUIDE_LANGUAGES),
    }


def _fill(
    frame: SamplingFrame,
    predictions: Predictions,
    items: Iterable[Document | Score],
    design: SampleOptions,
    audited: Collection[str | None],
) -> None:
    """Gather documents and scores, which come in any order.

    :param audited: The articles of an audit, where others are enough to train on.
    :raises InputError: If there is nothing to draw from.
    """
    for item in items:
        if isinstance(item, Document):
            frame.add(item)
        elif item.unit is Unit.COMMENT:
            predictions.add(item)
    frame.finish(audited, design.n)
    if not len(frame):
        if predictions.count and not frame.left_out:
            raise InputError("a file of scores holds no texts to label; expected the pages or tables that were scored")
        reasons = (f"{n:,} left out: {reason}" for reason, n in frame.left_out.most_common())
        unit = design.unit
        raise InputError(f"{'; '.join(reasons) or f'no {unit}s found'}; no {unit} can be drawn")


def read_taken(paths: Iterable[Path], store: Path | None, role: str, skip: OnSkip) -> list[Record]:
    """Read rows whose texts are not to be drawn: of label tables and earlier samples, labelled or not.

    :param store: Of its rows, those of the other role: nothing is both trained on and audited.
    :param skip: Called with each row that cannot be read.
    :raises LabelError: If a table cannot be read, or holds no row.
    """
    of_tables = chain.from_iterable(read_records([path], skip=skip) for path in paths)
    of_store = rows_of([store] if store else ())
    return [*of_tables, *(row for row in of_store if row["role"] != role)]


def _items(
    frame: SamplingFrame, draw: Draw, strata: Strata, design: SampleOptions, targets_of: Wanted, naming: Naming
) -> tuple[Item, ...]:
    """Read the drawn comments, in the order of the draw."""
    codes, names = strata
    by_rank = {}
    documents = frame.units["document"][draw.units]
    for number in np.unique(documents):
        document = frame.document(int(number))
        texts = {comment.comment_id: comment.text for comment in document.comments}
        guesses = guesses_of(document.scores)
        for rank in np.flatnonzero(documents == number):
            unit = draw.units[rank]
            comment = document.comments[frame.units["position"][unit]]
            item = with_guesses(make_item(document, comment, targets_of(comment), naming, texts), guesses)
            probability = float(draw.probabilities[rank])
            # Eight digits of the text's digest distinguish texts that share an id.
            more = f"~{int(frame.units['text'][unit]):016x}"[:9] if frame.is_shared[unit] else ""
            pairs = tuple(replace(pair, role=design.role, probability=probability) for pair in item.pairs)
            drawn = {"identifier": item.identifier + more, "stratum": names[codes[unit]], "unit": Unit(design.unit)}
            by_rank[int(rank)] = replace(item, pairs=pairs, **drawn)
    return tuple(by_rank[rank] for rank in range(len(by_rank)))


def _named_pairs(items: Sequence[Item], targets: TargetSet) -> int:
    """Count the pairs of a comment and a target that it names."""
    named = ({match.target for match in targets.find(item.text, language=item.language)} for item in items)
    return sum(pair.target in names for item, names in zip(items, named, strict=True) for pair in item.pairs)


def _doubts(
    frame: SamplingFrame, design: SampleOptions, outlets: Sequence[Record], missing: int, pairs: int | None
) -> Iterator[str]:
    """Warn of uses that the sample is not fit for.

    :param missing: Comments without a score that the draw needs.
    :param pairs: Drawn pairs of a comment and a target that it names, of a draw to train on; else None.
    """
    if missing:
        yield f"{missing:,} of {len(frame):,} comments have no score and are drawn least often"
    if design.n > len(frame):
        comments = counted(design.n, "comment")
        yield f"{comments} asked for, but only {len(frame):,} can be drawn; all are drawn, with probability 1"
    if pairs is not None and pairs < FEWEST_PAIRS:
        advice = f"training needs {FEWEST_PAIRS}; draw more, or of pages about the targets"
        yield f"{counted(pairs, 'pair')} of a drawn comment and a target that it names; {advice}"
    if design.role != "audit":
        return
    if (excluded := frame.left_out[EXCLUDED]) and design.n < len(frame):
        left = f"the {len(frame):,} comments that are left, not the {excluded:,} excluded comments"
        yield f"the sample represents {left}; to add to an audit sample, draw a larger one without --exclude"
    few = [outlet for outlet in outlets if outlet["drawn"] < min(FEWEST_SHOWN, outlet["population"])]
    of_size = grouped((row["population"] < FEWEST_SHOWN, f"{row['outlet']} {row['drawn']}") for row in few)
    for is_small, names in of_size.items():
        listed = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        what, remedy = ("in all", "") if is_small else ("drawn", "; for these too, give --stratify outlet")
        yield f"fewer than {FEWEST_SHOWN} comments {what}, too few for shares of these outlets alone: {listed}{remedy}"


def describe_sample(sample: Sample) -> Iterator[str]:
    """Describe a sample and its frame in a few lines."""
    record, frame = sample.record, sample.record["frame"]
    documents, outlets = counted(frame["documents"], "document"), counted(len(record["outlets"]), "outlet")
    rows = f"{counted(record['rows'], 'row')} to label toward {', '.join(record['targets'])}"
    how = f"role {record['role']}, by {record['by']}, seed {record['seed']}"
    drawn = f"{counted(record['drawn'], 'comment')} drawn of {frame['comments']:,}"
    yield f"{drawn} in {documents} of {outlets}; {rows}; {how}"
    target_width = record.get("target_width", 0.0)
    for target, width in record.get("expected_widths", {}).items():
        missed = f", more than the ±{target_width:g} asked for" if round(width, 1) > target_width else ""
        expected = f"expected after {counted(record['drawn'], 'label')} for comments like these"
        yield f"{target}: ±{width:.1f} points {expected}, if the model's probabilities hold{missed}"
    strata = record["strata"]
    for row in strata[:20]:
        title = f"stratum {row['stratum']}: {row['drawn']:,} of {row['population']:,}, " if len(strata) > 1 else ""
        yield f"{title}probability {' to '.join(dict.fromkeys(f'{end:.4g}' for end in row['probability']))}"
    if (more := len(strata) - 20) > 0:
        yield f"and {more:,} more strata; --json lists all strata"
    for row in sorted(record["left_out"], key=lambda row: -row["comments"])[:10]:
        yield f"left out: {row['comments']:,}: {row['reason']}"
