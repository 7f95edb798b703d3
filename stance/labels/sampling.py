"""Samples: documents -> comments to label, each with the probability that it had of being drawn.

An audit sample is drawn at random and corrects a model's shares of a corpus; a training sample teaches a model. Weights
of 1/probability turn the sample into an estimate of the whole frame.

A label corrects a share by the model's error on its comment. So, to narrow intervals, comments are drawn with a
probability in proportion to the error that their probabilities lead to expect (Neyman 1934), in strata of expected
error. The weights keep the estimates unbiased, however wrong the expectation is; it decides only the width.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from stance.aggregation import FEWEST_AUDITED
from stance.datamodels import SIDES, STANCES, Comment, Document, Score, Skip, Stance, Unit, counted, own_words, read_as
from stance.exceptions import InputError, LabelError
from stance.labels import frame as sampling
from stance.labels import read_records
from stance.pseudonyms import Naming
from stance.reading import read
from stance.run import SampleOptions
from stance.scoring.targets import TargetSet
from stance.store.labels import Item, LabelStore, Pair, SampleDesign

Wanted = Callable[[Comment], Iterable[str]]
ScoreDocuments = Callable[[Iterator[Document]], Iterator[Document]]

SAMPLE_FIELDS = (
    "id", "document", "outlet", "author", "title", "lead", "parent", "text", "target", "label", "annotator", "note",
    "role", "probability", "stratum", "by", "seed", "lang", "copies",
)  # fmt: skip
"""The columns of a sample, in order; ``label``, ``annotator`` and ``note`` are for the annotator to fill."""

FEW_SHOWN = 5
SHARED_DIGITS = 8
"""Digits of the text's digest, appended to an id that several texts share."""

FEWEST_ADDRESSED = 30
"""Labelled pairs that address a target, below which shares of its stances have intervals too wide to be of use."""

MOST_STRATA = 20
MOST_REASONS = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """Drawn comments, in random order, and counts of their frame."""

    design: SampleOptions
    comments: tuple[Item, ...]
    copies: tuple[int, ...]  # how often the text of each comment occurs in the frame
    strata: tuple[sampling.Stratum, ...]
    with_repeats: int  # comments of the frame, repeated texts counted each time
    documents: int
    outlets: Mapping[str, tuple[int, int]]  # outlet -> comments in the frame, drawn
    left_out: Mapping[str, int]  # reason -> comments
    warnings: tuple[str, ...]
    plan: "Plan | None" = None  # where a width was asked for

    @property
    def population(self) -> int:
        """Count the comments that could be drawn, each text once: N."""
        return sum(stratum.population for stratum in self.strata)

    @property
    def pairs(self) -> list[Pair]:
        """List the pairs of a drawn comment and a target."""
        return [pair for item in self.comments for pair in item.pairs]

    def stored_design(self) -> SampleDesign:
        """Describe how it was drawn, to be stored beside its items."""
        names = ("by", "stratify", "allocation", "asked", "drawn", "frame", "strata", "target_width")
        record = self.to_record()
        settings = {name: record[name] for name in names if name in record}
        return SampleDesign(self.design.role, self.design.seed, settings)

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield a row for each comment and target, with the fields of ``SAMPLE_FIELDS``."""
        by, seed = self.design.by, self.design.seed
        for item, copies in zip(self.comments, self.copies, strict=True):
            article = (item.document, item.outlet, item.author, item.title, item.lead)
            for each in item.pairs:
                asked = (item.parent, item.text, each.target, None, None, None)
                drawn = (each.role, each.probability, item.stratum, by, seed, item.language, copies)
                yield dict(zip(SAMPLE_FIELDS, (item.identifier, *article, *asked, *drawn), strict=True))

    def to_record(self) -> dict[str, Any]:
        """Describe the sample for a methods section, in JSON's types."""
        design, pairs = self.design, self.pairs
        return {
            "role": design.role,
            "by": design.by,
            "seed": design.seed,
            "stratify": list(design.stratify),
            "allocation": design.allocation if len(self.strata) > 1 else None,
            "asked": design.n,
            "drawn": len(self.comments),
            "targets": list(dict.fromkeys(pair.target for pair in pairs)),
            "rows": len(pairs),
            "frame": {"comments": self.population, "with_repeats": self.with_repeats, "documents": self.documents},
            "outlets": [
                {"outlet": name, "population": population, "drawn": drawn}
                for name, (population, drawn) in sorted(self.outlets.items())
            ],
            "strata": [
                {"stratum": each.name, "population": each.population, "drawn": each.drawn,
                 "probability": list(each.probability)}
                for each in self.strata
            ],
            "left_out": [{"reason": reason, "comments": n} for reason, n in sorted(self.left_out.items())],
            "guide_languages": list(sampling.GUIDE_LANGUAGES),
            "warnings": list(self.warnings),
        } | self._expected()  # fmt: skip

    def _expected(self) -> dict[str, Any]:
        return {"target_width": self.design.target_width, "expected_widths": self.plan.widths} if self.plan else {}


def draw_sample(
    items: Iterable[Document | Score],
    design: SampleOptions | None = None,
    *,
    targets: TargetSet,
    target: Sequence[str] | None = None,
    naming: Naming,
    excluded: Collection[int] = (),
    score: ScoreDocuments | None = None,
) -> Sample:
    """Draw comments to label.

    The same documents give the same sample in whatever order they come.

    :param items: Documents with their languages detected; for a draw by uncertainty or disagreement also their scores,
        in any order. Held on disk, not in memory.
    :param design: 200 comments for an audit if not given.
    :param targets: The targets to label, and all that are known.
    :param target: The targets that the user chose; None: those of ``targets``, or those that a table's row asks for.
    :param naming: Replaces names of authors.
    :param excluded: Digests of texts that are not to be drawn, from :func:`read_excluded`.
    :param score: Scores documents; called only if the design needs scores and ``items`` holds none.
    :raises InputError: If there is nothing to draw from.
    :raises ConfigError: If there are more strata than comments to draw.
    """
    design = design or SampleOptions()
    values = Predictions(design, target)

    def wanted(comment: Comment) -> Iterable[str]:
        asked = comment.targets
        return targets.ids if asked is None else asked if target is None else [t for t in asked if t in targets.ids]

    with closing(sampling.DocumentFile()) as file:
        names = _namer(targets) if "target" in design.stratify else None
        builder = sampling.FrameBuilder(file, names=names, targets=target, excluded=excluded, columns=design.stratify)
        for item in items:
            if isinstance(item, Document):
                builder.add(_with_target_ids(item, targets))
            elif item.unit is Unit.COMMENT:
                values.add((item,))
        frame = builder.build()
        if not len(frame):
            raise InputError(_nothing_to_draw(builder, values.scores))
        for scored in score(iter(file)) if score and values.are_needed and not values.values else ():
            values.add(scored.scores)
        strata, planned = sampling.stratify(frame, design), None
        if design.target_width is not None:
            planned = plan(frame, strata, values, design.target_width)
            design = replace(design, by="precision", n=sum(planned.counts))
        counts, uniform = planned.counts if planned else (), 0.0 if design.is_precise else None
        draw = sampling.draw_units(frame, strata, design, values.of(frame), counts, uniform)
        comments = _items(frame, draw, design, naming, wanted)
    outlet_of = np.array([cell[0] or sampling.NONE for cell in frame.cell_names], dtype=object)[frame.units["cell"]]
    drawn = Counter(outlet_of[draw.units].tolist())
    outlets = {name: (n, drawn[name]) for name, n in sorted(Counter(outlet_of.tolist()).items())}
    doubts = (*_doubts(frame, design, draw, outlets), *_few_addressed(frame, design, comments))
    return Sample(
        design=design,
        comments=comments,
        copies=tuple(frame.copies[draw.units].tolist()),
        strata=draw.strata,
        with_repeats=int(frame.copies.sum()),
        documents=frame.documents_read,
        outlets=outlets,
        left_out=dict(frame.left_out),
        warnings=(*values.warnings(frame), *doubts),
        plan=planned,
    )


def _nothing_to_draw(builder: sampling.FrameBuilder, scores: int) -> str:
    if scores and not builder.left_out:
        return "scores hold no texts to label; expected the pages or tables of comments they were made from"
    reasons = "; ".join(f"{n:,}: {reason}" for reason, n in builder.left_out.most_common()) or "there is none"
    return f"no comment can be drawn; expected some that have words of their own ({reasons})"


def read_excluded(paths: Iterable[Path], skip: Callable[[Skip], None]) -> frozenset[int]:
    """Read the texts of label tables and earlier samples, labelled or not.

    :param skip: Called with each row that cannot be read.
    :return: Their digests.
    :raises LabelError: If a table holds no text at all.
    """
    return frozenset(sampling.text_digest(text) for path in paths for text in _texts(path, skip))


def read_other_role(path: Path, role: str) -> frozenset[int]:
    """Read the texts that a store holds for another role: nothing is both trained on and audited.

    :return: Their digests.
    """
    with LabelStore.read(path) as store:
        return frozenset(map(sampling.text_digest, store.texts(not_of=role)))


def _texts(path: Path, skip: Callable[[Skip], None]) -> list[str]:
    if not path.exists():
        raise LabelError(f"{path}: no such file; expected a table of labels or an earlier sample")
    problems: list[Skip] = []
    texts = [c.text for item in read([path], skip=problems.append) if isinstance(item, Document) for c in item.comments]
    if not texts:  # forms of label tables that are not tables of comments
        return [record["text"] for record in read_records([path], skip=skip)]
    for problem in problems:
        skip(problem)
    return texts


def _namer(targets: TargetSet) -> sampling.Names:
    asked = frozenset(targets.ids)

    def names(document: Document, comment: Comment) -> Collection[str]:
        date = comment.posted or document.published or ""
        year = int(date[:4]) if date[:4].isdigit() else None
        words = own_words(comment.text, comment.quoted)
        found = targets.find(words, year=year, language=read_as(comment.language, document.language))
        return {mention.target for mention in found} & asked

    return names


def _with_target_ids(document: Document, targets: TargetSet) -> Document:
    """Replace names of targets in a table's rows by their ids; undefined ones may be labelled as well."""
    if not any(comment.targets for comment in document.comments):
        return document
    comments = (
        replace(each, targets=each.targets and tuple(dict.fromkeys(targets.id_of(n) or n for n in each.targets)))
        for each in document.comments
    )
    return replace(document, comments=tuple(comments))


def _items(
    frame: sampling.SamplingFrame, draw: sampling.Draw, design: SampleOptions, naming: Naming, wanted: Wanted
) -> tuple[Item, ...]:
    """Read the drawn comments, in the order of the draw.

    :param wanted: Returns the targets to label.
    """
    places = {unit: place for place, unit in enumerate(draw.units.tolist())}
    found: dict[int, Item] = {}
    for units, document in frame.by_document(draw.units):
        texts = {comment.comment_id: comment.text for comment in document.comments}
        guesses = sampling.guesses_of(document.scores)
        for unit in units.tolist():
            comment, place = document.comments[frame.units["position"][unit]], places[unit]
            item = sampling.with_guesses(sampling.make_item(document, comment, wanted(comment), naming, texts), guesses)
            name, probability = item.identifier, float(draw.probabilities[place])
            if frame.is_shared[unit]:
                name += f"~{int(frame.units['text'][unit]):016x}"[: 1 + SHARED_DIGITS]
            pairs = tuple(Pair(pair.target, design.role, probability, pair.guess) for pair in item.pairs)
            found[place] = replace(item, identifier=name, pairs=pairs, stratum=draw.names[place])
    return tuple(found[place] for place in range(len(found)))


def _doubts(
    frame: sampling.SamplingFrame, design: SampleOptions, draw: sampling.Draw, outlets: Mapping[str, tuple[int, int]]
) -> Iterator[str]:
    """Warn of uses that the sample is not fit for."""
    if design.n > len(frame):
        asked = counted(design.n, "comment")
        yield f"{asked} asked for, {len(frame):,} can be drawn: all are taken, each with probability 1"
    if (shared := int(frame.is_shared[draw.units].sum())) > 0:
        yield (
            f"{counted(shared, 'drawn comment shares its', 'drawn comments share their')} id with another text, "
            "so scores cannot be matched; "
            "expected a table with a column id, different in each row of a document"
        )
    if design.role != "audit":
        return
    if excluded := frame.left_out[sampling.EXCLUDED]:
        left = f"the {len(frame):,} comments that are left, not for the {excluded:,} excluded"
        yield f"the sample speaks for {left}: the audit sample should be drawn first"
    few = [f"{name} {drawn}" for name, (n, drawn) in outlets.items() if drawn < min(FEWEST_AUDITED, n)]
    if few:
        shown = ", ".join(few[:FEW_SHOWN]) + (", …" if len(few) > FEW_SHOWN else "")
        remedy = "a larger --n" if "outlet" in design.stratify else "a larger --n, or --stratify outlet"
        yield f"fewer than {FEWEST_AUDITED} drawn, too few to correct the shares of: {shown}; expected {remedy}"


def _few_addressed(frame: sampling.SamplingFrame, design: SampleOptions, comments: Sequence[Item]) -> Iterator[str]:
    """Warn, where the comments have scores, of targets that few of the drawn comments address."""
    drawn, addressed = Counter[str](), Counter[str]()
    for pair in (pair for item in comments for pair in item.pairs):
        if pair.guess:
            drawn[pair.target] += 1
            addressed[pair.target] += pair.guess.label is not Stance.NOT_ADDRESSED
    for target, n in sorted(drawn.items()):
        if (found := addressed[target]) >= FEWEST_ADDRESSED or n == len(frame):
            continue
        needed = ceil(design.n * FEWEST_ADDRESSED / found) if found else len(frame)
        remedies = [f"--n {needed:,}"] if needed < len(frame) else []
        remedies += [] if "target" in design.stratify else ["--stratify target"]
        yield (
            f"{target}: about {found} of {n} drawn comments address it, by their scores, fewer than "
            f"{FEWEST_ADDRESSED}; expected {' or '.join(remedies) or 'more pages'}"
        )


def describe_sample(sample: Sample) -> Iterator[str]:
    """Describe a sample and its frame in a few lines."""
    record = sample.to_record()
    documents, outlets = counted(sample.documents, "document"), counted(len(sample.outlets), "outlet")
    yield (
        f"{counted(record['drawn'], 'comment')} drawn of {sample.population:,} in {documents} of {outlets};"
        f" {counted(record['rows'], 'row')} to label toward "
        f"{', '.join(record['targets'])}; role {record['role']}, by {record['by']}, seed {record['seed']}"
    )
    yield from sample.plan.describe(sample.design.target_width or 0.0) if sample.plan else ()
    if len(sample.strata) == 1:
        yield f"probability {_range(*sample.strata[0].probability)}"
    else:
        for each in sample.strata[:MOST_STRATA]:
            yield f"stratum {each.name}: {each.drawn:,} of {each.population:,}, probability {_range(*each.probability)}"
    if (more := len(sample.strata) - MOST_STRATA) > 0:
        yield f"and {more:,} strata more; --json lists them all"
    for reason, n in sorted(sample.left_out.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]:
        yield f"left out: {n:,}: {reason}"


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


# Precision ------------------------------------------------------------------------------------------------------------


STRATA = 20
"""Number of strata of expected error. Their means are steadier than the errors of single comments."""

SHRINKAGE = 0.3
"""Weight of the mean variance in the expected variance of a stratum. Where errors are not where the model expects them,
the variance of a share is at most 1 / .3 ** .5 = 1.83 times that of a random draw."""

ROUNDS, STEP = 12, 6.0
"""Number of times that the weights of targets are adapted, and the power of the losses by which they are."""

NORMAL = 1.96
"""Two-sided 95 % critical value."""

_PLACES = [STANCES.index(side) for side in SIDES]


class Predictions:
    """Numbers of comments by target, gathered from scores in any order; 0 where a score has no answer.

    :param design: Decides the numbers: probabilities of the sides, how informative a comment is, or none.
    :param targets: Only of scores toward these; None: of all.
    """

    def __init__(self, design: SampleOptions, targets: Collection[str] | None) -> None:
        self._targets, self._is_precise = targets, design.is_precise
        self._measure = sampling.MEASURES.get(design.by)
        self._numbers: dict[str, array[float]] = {}
        self.values: dict[str, array[int]] = {}  # target -> digests of ids
        self.scores = 0

    @property
    def are_needed(self) -> bool:
        """Whether the draw needs scores."""
        return self._is_precise or self._measure is not None

    def add(self, scores: Iterable[Score]) -> None:
        """Add scores."""
        for score in scores:
            self.scores += 1
            is_wanted = self.are_needed and (self._targets is None or score.target in self._targets)
            if is_wanted:
                digest = sampling.row_digest(score.document, score.comment)
                self.values.setdefault(score.target, array("Q")).append(digest)
                sides = [(score.probabilities or [0.0] * len(STANCES))[place] for place in _PLACES]
                numbers = sides if self._measure is None or self._is_precise else [self._measure(score)]
                self._numbers.setdefault(score.target, array("f")).extend(numbers)

    def by_target(self, frame: sampling.SamplingFrame) -> dict[str, sampling.Floats]:
        """Return the numbers of units by target, shape (N, 3) or (N, 1); 0 without a score."""
        return {target: self._of_target(target, frame) for target in sorted(self.values)}

    def _of_target(self, target: str, frame: sampling.SamplingFrame) -> sampling.Floats:
        ids = np.array(self.values[target])
        table = np.array(self._numbers[target], np.float64).reshape(len(ids), -1)
        order = np.argsort(ids, kind="stable")
        places = np.minimum(np.searchsorted(ids[order], frame.units["id"]), len(ids) - 1)
        found = ids[order][places] == frame.units["id"]
        return np.where(found[:, None], table[order][places], 0.0)

    def of(self, frame: sampling.SamplingFrame) -> sampling.Floats | None:
        """Return the size of each unit in the draw, shape (N,): its expected error, or its most informative number."""
        found = [*self.by_target(frame).values()]
        if self._is_precise:
            return draw_sizes([errors(each).sum(axis=1) for each in found], len(frame))
        return np.max([np.zeros((len(frame), 1)), *found], axis=0)[:, 0] if self._measure else None

    def warnings(self, frame: sampling.SamplingFrame) -> Iterator[str]:
        """Warn of scores that are not used, and of comments without any."""
        if self.scores and not self.are_needed:
            yield f"{counted(self.scores, 'score is', 'scores are')} left out: this draw needs none"
        ids = [np.array(each, np.uint64) for each in self.values.values()]
        known = np.isin(frame.units["id"], np.concatenate(ids)) if ids else np.zeros(len(frame), bool)
        if (missing := int((~known).sum())) and self.are_needed:
            drawn = "least often" if self._is_precise else "by the uniform share alone"
            yield f"{missing:,} of {len(frame):,} comments have no score: they are drawn {drawn}"


def errors(sides: sampling.Floats) -> sampling.Floats:
    """Return the expected squared influence of each comment's error on the shares of the sides.

    :param sides: Shape (N, 3): probabilities.
    :return: Shape (N, 3): their sum is the variance of the shares if one label stood for each comment.
    """
    addressed = sides.sum(axis=1, keepdims=True)
    if not (whole := float(addressed.sum())):
        return np.zeros_like(sides)
    shares = sides.sum(axis=0) / whole
    own = sides * (1 - sides) + shares**2 * addressed * (1 - addressed) - 2 * shares * sides * (1 - addressed)
    return np.asarray(np.maximum(own, 0.0) / whole**2)


def draw_sizes(expected: Sequence[sampling.Floats], count: int) -> sampling.Floats:
    """Return the size of each unit in a draw that serves several targets.

    Targets are weighted so that the one that gains least gains most: one target alone would take draws from the others,
    whose shares would become less sure than by a random draw.

    :param expected: Of each target the variances of units, shape (N,).
    :return: Shape (N,).
    """
    every = [each / each.mean() for each in expected if each.any()] or [np.ones(count)]
    weights = np.ones(len(every))
    for _ in range(ROUNDS):
        sizes = stratum_means(weights @ np.stack(every))
        losses = [((SHRINKAGE + (1 - SHRINKAGE) * each) / sizes).mean() * sizes.mean() for each in every]
        weights *= np.array(losses) ** STEP
        weights /= weights.sum()
        if len(every) == 1:
            break
    return sizes


def stratum_means(variances: sampling.Floats) -> sampling.Floats:
    """Return the root of the mean variance of each unit's stratum, shrunk to that of all; strata are of equal size."""
    order = np.argsort(variances, kind="stable")
    found = np.empty(len(variances))
    for units in np.array_split(order, min(STRATA, max(1, len(order)))):
        found[units] = variances[units].mean() if len(units) else 0.0
    return np.sqrt(SHRINKAGE * found.mean() + (1 - SHRINKAGE) * found) if len(found) else found


@dataclass(frozen=True, slots=True)
class Plan:
    """Labels that a width is expected to need.

    :param counts: Comments to draw from each stratum.
    :param widths: Target -> half width expected after that, in points, of the widest share in any stratum.
    """

    counts: tuple[int, ...]
    widths: dict[str, float]

    def describe(self, wanted: float) -> Iterator[str]:
        """Describe the plan in a line for each target."""
        n = counted(sum(self.counts), "label")
        for target, width in self.widths.items():
            missed = f", more than the ±{wanted:g} asked for" if round(width, 1) > wanted else ""
            yield f"{target}: ±{width:.1f} points expected after {n}, if the model's probabilities hold{missed}"


def plan(frame: sampling.SamplingFrame, strata: sampling.Strata, predictions: Predictions, wanted: float) -> Plan:
    """Find the fewest labels after which the widest share of each target and stratum has the width that is wanted.

    If the labels of all comments would not reach it, as many are drawn as bring it within a tenth of what they would.

    :param wanted: Half the width of the 95 % interval, in points.
    """
    codes, names = strata
    sides = predictions.by_target(frame)
    sizes = draw_sizes([errors(each).sum(axis=1) for each in sides.values()], len(frame))
    counts: list[int] = []
    widths = dict.fromkeys(sides, 0.0)
    for stratum in range(len(names)):
        own = np.flatnonzero(codes == stratum)
        parts = [part for each in sides.values() if (part := each[own]).any()]
        counts.append(_fewest(sizes[own], parts, wanted / 100))
        for target, each in sides.items():
            width = 100 * half_width(sizes[own], each[own], counts[-1]) if each[own].any() else 0.0
            widths[target] = max(widths[target], width)
    return Plan(tuple(counts), widths)


def half_width(sizes: sampling.Floats, sides: sampling.Floats, n: int) -> float:
    """Return the half width expected of the widest share of comments like these, after n labels; in [0, 1].

    :param sizes: Shape (N,), of the draw.
    :param sides: Shape (N, 3): probabilities toward one target.
    """
    shares = sides.sum(axis=0) / sides.sum()
    chances = sampling.inclusion_probabilities(sizes, n, uniform=0.0)
    of_labels = (errors(sides) * (1 / chances - 1)[:, None]).sum(axis=0)
    return float(NORMAL * np.sqrt(shares * (1 - shares) / sides.sum() + of_labels).max())


def _fewest(sizes: sampling.Floats, parts: Sequence[sampling.Floats], wanted: float) -> int:
    low, high = min(FEWEST_AUDITED, len(sizes)), len(sizes)
    limits = [max(wanted, 1.1 * half_width(sizes, each, high)) for each in parts]
    while low < high:
        middle = (low + high) // 2
        reached = all(half_width(sizes, each, middle) <= limit for each, limit in zip(parts, limits, strict=True))
        low, high = (low, middle) if reached else (middle + 1, high)
    return low
