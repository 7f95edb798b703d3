"""Draw comments to label, each with the probability that it had of being drawn.

An audit sample is drawn at random and corrects a model's shares of a corpus; a training sample teaches a model. Weights
of 1/probability turn the sample into an estimate of the whole sampling frame: every comment that can be drawn, each
text once. A frame may hold a million comments, so texts stay in a temporary file and only a few numbers per comment are
in memory.

Every draw depends on the seed and on digests of the units alone, so the same frame gives the same sample in whatever
order its files were read; and since each unit keeps its random number, a frame that has grown a little gives a sample
that has changed a little (permanent random numbers: Ohlsson 1995).
"""

import hashlib
import io
import pickle
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stance import datamodels
from stance.aggregation import planning
from stance.datamodels import (
    FEWEST_AUDITED,
    SIDES,
    STANCES,
    Comment,
    Document,
    Record,
    Score,
    Skip,
    Unit,
    counted,
    grouped,
)
from stance.exceptions import ConfigError, InputError
from stance.labels import read_records
from stance.pseudonyms import Naming
from stance.records.digests import page_name, pair_digest
from stance.resources import OTHER_LANGUAGES
from stance.resources.files import file_errors
from stance.run import SampleOptions
from stance.scoring.targets import TargetSet
from stance.store.items import Item, guesses_of, make_item, row_id, with_guesses
from stance.store.labels import LabelStore

Digests: TypeAlias = NDArray[np.uint64]
Floats: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]
Wanted: TypeAlias = Callable[[Comment], Collection[str]]
Strata: TypeAlias = tuple[Indices, Sequence[str]]
"""The number of each unit's stratum, shape (N,), and the names of the strata, which all have units."""

Cell: TypeAlias = tuple[str | None, str | None, str | None]
"""Outlet, month and document: the columns of strata."""

SAMPLE_FIELDS = (
    "id", "document", "outlet", "author", "title", "lead", "parent", "text", "target", "label", "annotator", "note",
    "role", "probability", "stratum", "by", "seed", "lang", "copies", "unit",
)  # fmt: skip
"""Words: the columns of a sample, in order; ``label``, ``annotator`` and ``note`` are for the annotator to fill."""

UNIT = np.dtype([(name, np.uint64) for name in ("text", "place", "id", "document", "position", "cell")])
"""Columns of units: digests of a text, of the place where it occurs and of ``row_id``; numbers of the document, of the
comment in it and of its cell."""

GUIDE_LANGUAGES = ("en", *OTHER_LANGUAGES)
"""Words: languages in which comments were labelled by the guide; its own examples are English."""

NONE = "(none)"
EXCLUDED = "in a file given to --exclude, or sampled for the other role"
LEARNED = "the model learned from these comments; with --model vader, none of them is left out"
REPEATS = "the same text as another comment; one label counts for all"


# Sampling frame -------------------------------------------------------------------------------------------------------


def text_digest(text: str) -> int:
    """Return a digest of 64 bits of the normalised text."""
    return _digest(datamodels.normalised(text))


def row_digest(document: str | None, comment: str | None) -> int:
    """Return a digest of 64 bits of the name of a comment."""
    return _digest(row_id(document, comment))


def _digest(*parts: str | int | None) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


class SamplingFrame:
    """Every comment that can be drawn, each text once, at one of the places where it occurs.

    Documents are in a temporary file without a name, which the system deletes however the process ends.

    :param wanted: Returns the targets to label of a comment; one without any is left out.
    :param columns: Columns of strata.
    :param excluded: Digests of texts that are not drawn.
    :param learned: Digests of pairs of a text and a target that the model learned from.
    :param languages: Languages that are drawn; None: all that the label guide covers.
    """

    def __init__(
        self,
        wanted: Wanted,
        columns: Collection[str] = (),
        excluded: Collection[int] = (),
        learned: Collection[int] = (),
        languages: Collection[str] | None = None,
    ) -> None:
        self._wanted, self._columns = wanted, columns
        self._excluded, self._learned, self._languages = excluded, learned, languages
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by close
        self.close = self._file.close
        self._starts, self._rows = array("Q"), array("Q")  # of documents; six numbers for each comment
        self._cells: dict[Cell, int] = {}
        self.documents_seen = set[int]()  # the rows of one document may come apart in a table
        self.left_out = Counter[str]()  # reason -> comments
        self.units: NDArray[np.void] = np.zeros(0, UNIT)  # in the order of their digests
        self.copies: Indices = np.zeros(0, np.intp)  # how often the text of each unit occurs
        self.is_shared: NDArray[np.bool_] = np.zeros(0, bool)  # another text has the same id

    def __len__(self) -> int:
        """Count the units."""
        return len(self.units)

    @property
    def cells(self) -> list[Cell]:
        """The columns of strata, by the numbers of the cells."""
        return [*self._cells]

    def documents(self) -> Iterator[Document]:
        """Read all documents, one at a time."""
        return map(self.document, range(len(self._starts)))

    def document(self, number: int) -> Document:
        """Read a document; it has no paragraphs."""
        self._file.seek(self._starts[number])
        return pickle.load(self._file)  # noqa: S301 written here, by this process

    def add(self, document: Document) -> None:
        """Add the comments of a document that can be drawn.

        :raises InputError: If the disk is full.
        """
        texts = {position: text_digest(comment.text) for position, comment in enumerate(document.comments)}
        reasons = {at: self._reason_to_leave_out(document, document.comments[at], text) for at, text in texts.items()}
        self.left_out.update(filter(None, reasons.values()))
        kept = [position for position, reason in reasons.items() if reason is None]
        if not kept:
            return
        with file_errors(tempfile.gettempdir(), expected="space for the comments to draw from", kind=InputError):
            self._starts.append(self._file.seek(0, io.SEEK_END))
            pickle.dump(replace(document, body=()), self._file)
        self.documents_seen.add(_digest(document.document_id, document.outlet))
        for position in kept:
            comment = document.comments[position]
            identifier = row_digest(document.document_id, comment.comment_id)
            # Orders the places of a text without regard to the order of reading.
            place = _digest(
                identifier, document.outlet, document.title, comment.author, comment.posted, comment.reply_to,
                comment.parent_text,
            )  # fmt: skip
            cell = self._cells.setdefault(self._cell(document, comment), len(self._cells))
            self._rows.extend((texts[position], place, identifier, len(self._starts) - 1, position, cell))

    def _reason_to_leave_out(self, document: Document, comment: Comment, text: int) -> str | None:
        language = datamodels.read_as(comment.language, document.language)
        if language not in GUIDE_LANGUAGES:
            seen = "no known language" if language == datamodels.UNKNOWN_LANGUAGE else f"language {language}"
            return f"{seen}; the label guide covers {', '.join(GUIDE_LANGUAGES)}"
        if self._languages is not None and language not in self._languages:
            return f"language {language}, which is not scored (see --languages)"
        if not datamodels.normalised(datamodels.own_words(comment.text, comment.quoted)):
            return "no words besides quotations"
        if not (targets := self._wanted(comment)):
            return "the table names other targets"
        if self._learned and any(pair_digest(comment.text, each) in self._learned for each in targets):
            return LEARNED
        return EXCLUDED if text in self._excluded else None

    def _cell(self, document: Document, comment: Comment) -> Cell:
        month = comment.posted[:7] if comment.posted and "month" in self._columns else None
        name = document.document_id if "document" in self._columns else None
        return document.outlet, month, name

    def finish(self) -> None:
        """Keep each text once, at the place with the smallest digest."""
        rows: NDArray[np.void] = np.frombuffer(self._rows, UNIT)
        rows = rows[np.lexsort((rows["place"], rows["text"]))]
        starts = np.flatnonzero(np.diff(rows["text"], prepend=~rows["text"][:1]) != 0)
        self.units, self.copies = rows[starts], np.diff(starts, append=len(rows))
        if repeats := len(rows) - len(starts):
            self.left_out[REPEATS] = repeats
        by_id = rows[np.lexsort((rows["text"], rows["id"]))]
        ids, texts = by_id["id"], by_id["text"]
        self.is_shared = np.isin(self.units["id"], ids[1:][(ids[1:] == ids[:-1]) & (texts[1:] != texts[:-1])])


def stratify(frame: SamplingFrame, design: SampleOptions) -> Strata:
    """Divide a frame by the columns of the design; without any, all of it is one stratum."""
    cells, of_cells = frame.units["cell"], []
    for outlet, month, document in frame.cells:
        values = {"outlet": outlet, "month": month, "document": document}
        of_cells.append("; ".join(f"{column}={values[column] or NONE}" for column in design.stratify) or "all")
    names = sorted({of_cells[cell] for cell in np.unique(cells).tolist()})
    number = {name: i for i, name in enumerate(names)}
    # A cell without a unit may have any number.
    return np.array([number.get(name, 0) for name in of_cells], dtype=np.intp)[cells], names


# One page -------------------------------------------------------------------------------------------------------------


def choose_page(documents: Iterable[Document], page: str, targets: TargetSet) -> tuple[list[Document], int]:
    """Choose a page whose comments are drawn, each toward the targets that it names itself.

    :param page: Its id, as in ``summary.json`` and in the name of its page.
    :return: The documents with this id, and the number of comments to draw.
    :raises InputError: If there is none, or no comment of it names a target.
    """
    pages, named = [], 0
    for document in documents:
        if page not in (document.document_id, page_name(document.document_id).removesuffix(".html")):
            continue
        comments, texts = [], {comment.comment_id: comment.text for comment in document.comments}
        for comment in document.comments:
            own = datamodels.own_words(comment.text, comment.quoted)
            language = datamodels.read_as(comment.language, document.language)
            mentions = {mention.target for mention in targets.find(own, language=language)}
            if asked := tuple(target for target in targets.ids if target in mentions):
                parent = comment.parent_text or texts.get(comment.reply_to or "")
                comments.append(replace(comment, targets=asked, parent_text=parent))
        named += len(comments)
        pages.append(replace(document, comments=tuple(comments)))
    if not named:
        seen = "no comment of it names a target" if pages else "no such page; ids are in summary.json"
        raise InputError(f"--page {page[:80]}: {seen}")
    return pages, datamodels.size_of_page(named)


# Draw -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draw:
    """Drawn units in random order, with their probabilities."""

    units: Indices
    probabilities: Floats
    strata: list[Record]  # with the size of each, the number of units drawn and their lowest and highest probability


def draw_units(
    frame: SamplingFrame, strata: Strata, design: SampleOptions, sizes: Floats | None = None, counts: Sequence[int] = ()
) -> Draw:
    """Draw from each stratum.

    :param sizes: Informativeness of each unit, not negative, shape (N,); None: a simple random sample.
    :param counts: Units to draw from each stratum; as the design allocates them if not given.
    :raises ConfigError: If there are more strata than units to draw.
    """
    codes, names = strata
    secret = f"stance sample {design.role} {design.seed}"  # audit and training samples of one seed are independent
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    members = np.split(np.argsort(codes, kind="stable"), ends[:-1])
    counts = counts or allocate([len(units) for units in members], design.n)
    numbers = random_numbers(frame.units["text"], secret)
    drawn, probabilities, found = [], [], []
    for units, n, name in zip(members, counts, names, strict=True):
        certain = most_copied(frame.copies[units], n)
        left, rest = n - int(certain.sum()), ~certain
        chances = np.where(certain, 1.0, left / max(1, rest.sum()))
        if sizes is None:
            chosen = np.lexsort((numbers[units], rest))[:n]
        else:
            chances[rest] = planning.chances(sizes[units][rest], frame.copies[units][rest].astype(float), left)
            chosen = draw_by_probability(numbers[units], chances, sizes[units] > 0)
        drawn.append(units[chosen])
        probabilities.append(chances[chosen])
        limits = [float(chances.min()), float(chances.max())]
        found.append({"stratum": name, "population": len(units), "drawn": n, "probability": limits})
    units = np.concatenate(drawn)
    order = np.argsort(numbers[units], kind="stable")
    return Draw(units[order], np.concatenate(probabilities)[order], found)


def most_copied(copies: Indices, n: int) -> NDArray[np.bool_]:
    """Choose the texts that are drawn for certain, since one label counts for all copies of its text.

    :param copies: How often each text occurs, shape (N,).
    :param n: Units to draw: at most half of them are for certain, those that occur most often.
    :return: Shape (N,).
    """
    ordered = np.sort(copies)[::-1]
    most = int(ordered[n // 2]) if n // 2 < len(copies) else 1
    return np.asarray(copies > max(1, most))


def random_numbers(units: Digests, secret: str) -> Digests:
    """Return the random number of each unit, uniform over 64 bits.

    :param units: Different digests.
    :param secret: The seed and its use; another secret gives independent numbers.
    """
    key = hashlib.sha256(secret.encode()).digest()
    digests = (hashlib.blake2b(unit.to_bytes(8, "big"), digest_size=8, key=key) for unit in units.tolist())
    return np.fromiter((int.from_bytes(each.digest(), "big") for each in digests), np.uint64, len(units))


def draw_by_probability(numbers: Digests, probabilities: Floats, part: NDArray[np.bool_]) -> Indices:
    """Draw units with given probabilities: sequential Poisson sampling (Ohlsson 1998).

    The units whose random number is smallest, divided by their probability, are drawn. A larger draw holds a smaller
    one with probabilities in the same proportions. Inclusion is as probable as given up to a few hundredths.

    :param probabilities: Each in (0, 1]; those of each part sum to a whole number.
    :param part: Shape (N,): the part of each unit.
    :return: The drawn units.
    """
    order = np.lexsort((numbers / 2.0**64 / probabilities * (probabilities < 1), part))
    counts = [round(float(probabilities[part == each].sum())) for each in (False, True)]
    others = int((~part).sum())
    return np.concatenate([order[: counts[0]], order[others : others + counts[1]]])


def allocate(sizes: Sequence[int], n: int) -> list[int]:
    """Allocate a sample to strata: as many units from each, as far as it has them.

    :param sizes: Units of each stratum, each at least 1.
    :param n: Units to draw.
    :return: Units to draw from each; they sum to ``n``, or to all that there are.
    :raises ConfigError: If there are fewer units to draw than strata: the others could not be drawn at all.
    """
    if n < min(len(sizes), sum(sizes)):
        raise ConfigError(f"--n {n} for {len(sizes):,} strata; expected at least one comment for each, or fewer strata")
    strata = np.repeat(np.arange(len(sizes)), sizes)
    places = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    taken = np.lexsort((strata, places))[:n]
    return np.bincount(strata[taken], minlength=len(sizes)).tolist()


# Sizes of units by the scores of a model ------------------------------------------------------------------------------


class Predictions:
    """Probabilities of the sides of comments by target, gathered from scores in any order.

    :param targets: Only of scores toward these; None: of all.
    """

    def __init__(self, targets: Collection[str] | None = None) -> None:
        self._targets, self.count = targets, 0
        self._ids: dict[str, array[int]] = {}  # target -> digests of ids
        self._sides: dict[str, array[float]] = {}

    def add(self, score: Score) -> None:
        """Add a score; one without an answer has no side."""
        self.count += 1
        if self._targets is None or score.target in self._targets:
            self._ids.setdefault(score.target, array("Q")).append(row_digest(score.document, score.comment))
            given = score.probabilities or [0.0] * len(STANCES)
            sides = (given[STANCES.index(side)] for side in SIDES)
            self._sides.setdefault(score.target, array("f")).extend(sides)

    def by_target(self, frame: SamplingFrame) -> dict[str, Floats]:
        """Return the probabilities of units by target, each of shape (N, 3); 0 without a score."""
        found: dict[str, Floats] = {}
        for target, digests in sorted(self._ids.items()):
            ids = np.array(digests)
            sides = np.array(self._sides[target], np.float64).reshape(len(ids), -1)
            order = np.argsort(ids, kind="stable")
            places = np.minimum(np.searchsorted(ids[order], frame.units["id"]), len(ids) - 1)
            is_known = ids[order][places] == frame.units["id"]
            found[target] = np.where(is_known[:, None], sides[order][places], 0.0)
        return found

    def missing(self, frame: SamplingFrame) -> int:
        """Count the units without a score."""
        known = np.concatenate([np.zeros(0, np.uint64), *(np.array(each) for each in self._ids.values())])
        return len(frame) - int(np.isin(frame.units["id"], known).sum())


def plan_labels(
    strata: Strata, sides: Mapping[str, Floats], sizes: Floats, wanted: float
) -> tuple[list[int], dict[str, float]]:
    """Find the fewest labels after which the widest share of each target and stratum has the width that is wanted.

    If the labels of all comments would not reach it, as many are drawn as bring it within a tenth of what they would.

    :param sides: Target -> probabilities of the units, shape (N, 3).
    :param sizes: Shape (N,), of the draw.
    :param wanted: Half the width of the 95 % interval, in points.
    :return: Comments to draw from each stratum; and, by target, the half width expected after that, in points, of the
        widest share in any stratum.
    """
    codes, names = strata
    counts: list[int] = []
    widths = dict.fromkeys(sides, 0.0)
    for stratum in range(len(names)):
        own = np.flatnonzero(codes == stratum)
        parts = {target: part for target, each in sides.items() if (part := each[own]).any()}
        width = partial(planning.half_width, sizes[own])
        low, high = min(FEWEST_AUDITED, len(own)), len(own)
        limits = {target: max(wanted / 100, 1.1 * width(parts[target], high)) for target in parts}
        while low < high:
            middle = (low + high) // 2
            is_enough = all(width(parts[each], middle) <= limits[each] for each in parts)
            low, high = (low, middle) if is_enough else (middle + 1, high)
        counts.append(low)
        for target in parts:
            widths[target] = max(widths[target], 100 * width(parts[target], low))
    return counts, widths


# Samples --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
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
            for each in item.pairs:
                asked = (item.parent, item.text, each.target, None, None, None)
                drawn = (each.role, each.probability, item.stratum, by, seed, item.language, copies, item.unit.value)
                yield dict(zip(SAMPLE_FIELDS, (item.identifier, *article, *asked, *drawn), strict=True))


def draw_sample(
    items: Iterable[Document | Score],
    design: SampleOptions,
    *,
    targets: TargetSet,
    target: Sequence[str] | None = None,
    naming: Naming,
    excluded: Collection[int] = (),
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
    :param excluded: Digests of texts that are not to be drawn, from :func:`read_excluded`.
    :param learned: Digests of pairs that the model learned from, which are not drawn either.
    :param score: Scores documents; called only if the design needs scores and ``items`` holds none.
    :raises InputError: If there is nothing to draw from.
    :raises ConfigError: If there are more strata than comments to draw.
    """
    predictions = Predictions(target)

    def wanted(comment: Comment) -> Collection[str]:
        if comment.targets is None:
            return targets.ids
        asked = dict.fromkeys(targets.id_of(each) or each for each in comment.targets)
        return asked if target is None else [each for each in asked if each in targets.ids]

    with closing(SamplingFrame(wanted, design.stratify, excluded, learned, design.languages_scored)) as frame:
        _fill(frame, predictions, items, design.unit)
        if score and design.is_precise and not predictions.count:
            for each in (each for scored in score(frame.documents()) for each in scored.scores):
                predictions.add(each)
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
    record["warnings"] = list(_doubts(frame, design, record["outlets"], missing))
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


def _fill(frame: SamplingFrame, predictions: Predictions, items: Iterable[Document | Score], unit: str) -> None:
    """Gather documents and scores, which come in any order.

    :raises InputError: If there is nothing to draw from.
    """
    for item in items:
        if isinstance(item, Document):
            frame.add(item)
        elif item.unit is Unit.COMMENT:
            predictions.add(item)
    frame.finish()
    if not len(frame):
        if predictions.count and not frame.left_out:
            raise InputError("a file of scores holds no texts to label; expected the pages or tables that were scored")
        reasons = (f"{n:,} left out: {reason}" for reason, n in frame.left_out.most_common())
        raise InputError(f"{'; '.join(reasons) or f'no {unit}s found'}; no {unit} can be drawn")


def read_excluded(paths: Iterable[Path], skip: Callable[[Skip], None]) -> frozenset[int]:
    """Read the texts of label tables and earlier samples, labelled or not.

    :param skip: Called with each row that cannot be read.
    :return: Their digests.
    :raises LabelError: If a table cannot be read, or holds no row.
    """
    return frozenset(text_digest(record["text"]) for path in paths for record in read_records([path], skip=skip))


def read_other_role(path: Path, role: str) -> frozenset[int]:
    """Read the texts that a store holds for another role: nothing is both trained on and audited.

    :return: Their digests.
    """
    with LabelStore.read(path) as store:
        return frozenset(map(text_digest, store.texts(not_of=role)))


def _items(
    frame: SamplingFrame, draw: Draw, strata: Strata, design: SampleOptions, wanted: Wanted, naming: Naming
) -> tuple[Item, ...]:
    """Read the drawn comments, in the order of the draw."""
    codes, names = strata
    found: dict[int, Item] = {}
    documents = frame.units["document"][draw.units]
    for number in np.unique(documents):
        document = frame.document(int(number))
        texts = {comment.comment_id: comment.text for comment in document.comments}
        guesses = guesses_of(document.scores)
        for place in np.flatnonzero(documents == number):
            unit = draw.units[place]
            comment = document.comments[frame.units["position"][unit]]
            item = with_guesses(make_item(document, comment, wanted(comment), naming, texts), guesses)
            probability = float(draw.probabilities[place])
            # Eight digits of the text's digest distinguish texts that share an id.
            more = f"~{int(frame.units['text'][unit]):016x}"[:9] if frame.is_shared[unit] else ""
            pairs = tuple(replace(pair, role=design.role, probability=probability) for pair in item.pairs)
            drawn = {"identifier": item.identifier + more, "stratum": names[codes[unit]], "unit": Unit(design.unit)}
            found[int(place)] = replace(item, pairs=pairs, **drawn)
    return tuple(found[place] for place in range(len(found)))


# Warnings and description ---------------------------------------------------------------------------------------------


def _doubts(frame: SamplingFrame, design: SampleOptions, outlets: Sequence[Record], missing: int) -> Iterator[str]:
    """Warn of uses that the sample is not fit for.

    :param missing: Comments without a score that the draw needs.
    """
    if missing:
        yield f"{missing:,} of {len(frame):,} comments have no score and are drawn least often"
    if design.n > len(frame):
        asked = counted(design.n, "comment")
        yield f"{asked} asked for, but only {len(frame):,} can be drawn; all are drawn, with probability 1"
    if design.role != "audit":
        return
    if (excluded := frame.left_out[EXCLUDED]) and design.n < len(frame):
        left = f"the {len(frame):,} comments that are left, not the {excluded:,} excluded comments"
        yield f"the sample represents {left}; to add to an audit sample, draw a larger one without --exclude"
    few = [each for each in outlets if each["drawn"] < min(FEWEST_AUDITED, each["population"])]
    of_size = grouped((each["population"] < FEWEST_AUDITED, f"{each['outlet']} {each['drawn']}") for each in few)
    for is_small, names in of_size.items():
        shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        what, remedy = ("in all", "") if is_small else ("drawn", "; expected a larger --n, or --stratify outlet")
        yield f"fewer than {FEWEST_AUDITED} comments {what}, too few to correct the shares of: {shown}{remedy}"


def describe_sample(sample: Sample) -> Iterator[str]:
    """Describe a sample and its frame in a few lines."""
    record, frame = sample.record, sample.record["frame"]
    documents, outlets = counted(frame["documents"], "document"), counted(len(record["outlets"]), "outlet")
    rows = f"{counted(record['rows'], 'row')} to label toward {', '.join(record['targets'])}"
    how = f"role {record['role']}, by {record['by']}, seed {record['seed']}"
    drawn = f"{counted(record['drawn'], 'comment')} drawn of {frame['comments']:,}"
    yield f"{drawn} in {documents} of {outlets}; {rows}; {how}"
    wanted = record.get("target_width", 0.0)
    for target, width in record.get("expected_widths", {}).items():
        missed = f", more than the ±{wanted:g} asked for" if round(width, 1) > wanted else ""
        expected = f"expected after {counted(record['drawn'], 'label')} for comments like these"
        yield f"{target}: ±{width:.1f} points {expected}, if the model's probabilities hold{missed}"
    strata = record["strata"]
    for each in strata[:20]:
        named = f"stratum {each['stratum']}: {each['drawn']:,} of {each['population']:,}, " if len(strata) > 1 else ""
        yield f"{named}probability {' to '.join(dict.fromkeys(f'{end:.4g}' for end in each['probability']))}"
    if (more := len(strata) - 20) > 0:
        yield f"and {more:,} more strata; --json lists all strata"
    for each in sorted(record["left_out"], key=lambda each: -each["comments"])[:10]:
        yield f"left out: {each['comments']:,}: {each['reason']}"
