"""Build the sampling frame, every comment that can be drawn with each text once, and draw from it.

A frame may hold a million comments, so texts stay in a temporary file and only a few numbers per comment are in memory.
Ordering is by digest, so the order in which pages were read changes nothing. Every draw depends on the seed and on
digests of the units alone, so the same frame gives the same sample from whatever files it was read; and since each unit
keeps its random number, a frame that has grown a little gives a sample that has changed a little (permanent random
numbers: Ohlsson 1995).

Informativeness (active learning) and clusters serve training samples only. On public stance sets none of them gained
reliably on drawing at random, so none is the default; they may find rare cases.
"""

import hashlib
import io
import pickle
import tempfile
import warnings
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Score, Unit, normalised, own_words, read_as
from stance.exceptions import ConfigError, InputError
from stance.pseudonyms import Naming
from stance.resources import OTHER_LANGUAGES, file_errors
from stance.run import SampleOptions
from stance.store.labels import Guess, Item, Pair

Digests = NDArray[np.uint64]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

UNIT = np.dtype([(name, np.uint64) for name in ("text", "place", "id", "document", "position", "cell")])
"""Digests of a text, of the place where it occurs and of ``row_id``; numbers of the document, of the comment in it and
of its cell."""

Units = NDArray[np.void]

GUIDE_LANGUAGES = ("en", *OTHER_LANGUAGES)
"""Languages in which comments were labelled by the guide; its own examples are English."""

NONE = "(none)"
"""Part of the name of a stratum where a comment has no outlet, no date or no target."""

EXCLUDED = "in a table of --exclude, or sampled for the other role"
REPEATS = "the same text as another comment; counted once"

BATCH = 2_000
"""Texts that are held together."""

_SHORT = 100  # characters that show of nearly every text that it is not empty

Names = Callable[[Document, Comment], Collection[str]]
"""Returns the targets that a comment names in its own words."""
Cell = tuple[str | None, str | None, str | None, tuple[str, ...]]
"""Outlet, month, document and named targets: the columns of strata."""


def text_digest(text: str) -> int:
    """Return a digest of 64 bits of the normalised text."""
    return _digest(normalised(text))


def _digest(*parts: str | int | None) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def row_id(document: str | None, comment: str | None) -> str:
    """Name a comment among all documents: ``document/comment``, with the ids that scores have."""
    return f"{document or ''}/{comment or ''}"


def row_digest(document: str | None, comment: str | None) -> int:
    """Return a digest of 64 bits of the name of a comment."""
    return _digest(row_id(document, comment))


def make_item(
    document: Document, comment: Comment, targets: Iterable[str], naming: Naming, texts: Mapping[str, str]
) -> Item:
    """Return a comment as an item to label.

    :param naming: Replaces names of authors.
    :param texts: Comments of the document by their ids.
    """
    return Item(
        identifier=row_id(document.document_id, comment.comment_id),
        text=comment.text,
        pairs=tuple(Pair(target) for target in dict.fromkeys(targets)),
        document=document.document_id,
        outlet=document.outlet,
        author=naming(comment.author, document.outlet),
        parent=comment.parent_text or texts.get(comment.reply_to or ""),
        title=document.title,
        lead=document.lead,
        language=read_as(comment.language, document.language),
    )


Guesses = dict[tuple[str, str], Guess]
"""By identifier of an item and target."""


def guesses_of(scores: Iterable[Score]) -> Guesses:
    """Return the stance that the model gave each scored comment and target."""
    return {
        (row_id(score.document, score.comment), score.target): Guess(stance, probability, score.model)
        for score in scores
        if score.unit is Unit.COMMENT and (probability := score.probability) and (stance := score.stance)
    }


def with_guesses(item: Item, guesses: Guesses) -> Item:
    """Add a model's guesses to the pairs of an item."""
    pairs = (replace(pair, guess=guesses.get((item.identifier, pair.target))) for pair in item.pairs)
    return replace(item, pairs=tuple(pairs))


class DocumentFile:
    """Documents in a temporary file without a name, which the system deletes however the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by close
        self._starts = array("Q")
        self.close = self._file.close

    def add(self, document: Document) -> int:
        """Write a document without its paragraphs.

        :return: Its number.
        :raises InputError: If the disk is full.
        """
        with file_errors(tempfile.gettempdir(), expected="room for the comments to draw from", kind=InputError):
            self._starts.append(self._file.seek(0, io.SEEK_END))
            pickle.dump(replace(document, body=()), self._file)
        return len(self._starts) - 1

    def get(self, number: int) -> Document:
        """Read a document."""
        self._file.seek(self._starts[number])
        return pickle.load(self._file)  # noqa: S301 written above, by this process

    def __iter__(self) -> Iterator[Document]:
        """Read all documents, one at a time."""
        return map(self.get, range(len(self._starts)))


@dataclass(frozen=True, slots=True)
class SamplingFrame:
    """Units in the order of their digests; each is one text, at one of the places where it occurs."""

    file: DocumentFile
    units: Units
    copies: Indices  # how often the text of each unit occurs
    is_shared: NDArray[np.bool_]  # another text has the same id
    cell_names: tuple[Cell, ...]
    documents_read: int  # those with a comment in the frame
    left_out: Counter[str]  # reason -> comments

    def __len__(self) -> int:
        """Count the units."""
        return len(self.units)

    def by_document(self, units: Indices | None = None) -> Iterator[tuple[Indices, Document]]:
        """Yield units (all if not given) with their documents, each once, in the order in which they were read."""
        chosen = np.arange(len(self)) if units is None else units
        documents = self.units["document"]
        ordered = chosen[np.argsort(documents[chosen], kind="stable")]
        for part in np.split(ordered, np.flatnonzero(np.diff(documents[ordered])) + 1):
            if len(part):
                yield part, self.file.get(int(documents[part[0]]))

    def text_batches(self, units: Indices | None = None) -> Iterator[tuple[Indices, list[str]]]:
        """Yield units (all if not given) with their texts, in batches."""
        batch: list[Indices] = []
        texts: list[str] = []
        for part, document in self.by_document(units):
            batch.append(part)
            texts += [document.comments[at].text for at in self.units["position"][part].tolist()]
            if len(texts) >= BATCH:
                yield np.concatenate(batch), texts
                batch, texts = [], []
        if batch:
            yield np.concatenate(batch), texts

    def stratum_names(self, columns: Sequence[str]) -> list[str]:
        """Name the stratum of each cell.

        A comment that names several targets is in the stratum of the one that the fewest comments name, so that a
        rarely named target gets its share of an equal allocation.

        :param columns: Any of ``outlet``, ``target``, ``month``, ``document``.
        """
        counts: Counter[str] = Counter()
        for cell, n in Counter(self.units["cell"].tolist()).items():
            counts.update(dict.fromkeys(self.cell_names[cell][3], n))
        names = []
        for outlet, month, document, named in self.cell_names:
            rarest = min(named, key=lambda target: (counts[target], target), default=None)
            values = {"outlet": outlet, "month": month, "document": document, "target": rarest}
            names.append("; ".join(f"{column}={values[column] or NONE}" for column in columns) or "all")
        return names


@dataclass(slots=True)
class FrameBuilder:
    """Makes a frame of the comments of documents.

    :param file: Where documents are written; stays open as long as the frame is used.
    :param names: Returns the targets that a comment names; asked only if strata need it.
    :param targets: The targets to label, or None for all: a table's row that asks for none of them is left out.
    :param excluded: Digests of texts that are not drawn.
    :param columns: Columns of strata beside the outlet.
    """

    file: DocumentFile
    names: Names | None = None
    targets: Collection[str] | None = None
    excluded: Collection[int] = ()
    columns: Collection[str] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    _cells: dict[Cell, int] = field(default_factory=dict)
    _documents: set[int] = field(default_factory=set)  # the rows of one document may come apart in a table
    _rows: "array[int]" = field(default_factory=lambda: array("Q"))  # six numbers for each comment

    def add(self, document: Document) -> None:
        """Add the comments of a document that can be drawn."""
        number = None
        for position, comment in enumerate(document.comments):
            text = text_digest(comment.text)
            if reason := self._reason_to_leave_out(document, comment, text):
                self.left_out[reason] += 1
                continue
            if number is None:
                number = self.file.add(document)
                self._documents.add(_digest(document.document_id, document.outlet))
            identifier = row_digest(document.document_id, comment.comment_id)
            # Orders the places of a text without regard to the order of reading.
            place = _digest(
                identifier, document.outlet, document.title, comment.author, comment.posted, comment.reply_to,
                comment.parent_text,
            )  # fmt: skip
            cell = self._cells.setdefault(self._cell(document, comment), len(self._cells))
            self._rows.extend((text, place, identifier, number, position, cell))

    def _reason_to_leave_out(self, document: Document, comment: Comment, text: int) -> str | None:
        language = read_as(comment.language, document.language)
        if language not in GUIDE_LANGUAGES:
            seen = "no language that can be told" if language == UNKNOWN_LANGUAGE else f"language {language}"
            return f"{seen}; the label guide covers {', '.join(GUIDE_LANGUAGES)}"
        words = own_words(comment.text, comment.quoted)
        if not (normalised(words[:_SHORT]) or normalised(words[_SHORT:])):
            return "no words of their own"
        if self.targets is not None and comment.targets is not None and not set(comment.targets) & set(self.targets):
            return "the table asks for other targets"
        return EXCLUDED if text in self.excluded else None

    def _cell(self, document: Document, comment: Comment) -> Cell:
        month = comment.posted[:7] if comment.posted and "month" in self.columns else None
        name = document.document_id if "document" in self.columns else None
        named = tuple(sorted(self.names(document, comment))) if self.names else ()
        return document.outlet, month, name, named

    def build(self) -> SamplingFrame:
        """Make the frame: each text once, at the place with the smallest digest."""
        rows: Units = np.frombuffer(self._rows, UNIT)
        rows = rows[np.lexsort((rows["place"], rows["text"]))]
        starts = np.flatnonzero(np.diff(rows["text"], prepend=~rows["text"][:1]) != 0)
        copies = np.diff(starts, append=len(rows))
        if repeats := int(copies.sum()) - len(starts):
            self.left_out[REPEATS] = repeats
        by_id = rows[np.lexsort((rows["text"], rows["id"]))]
        ids, texts = by_id["id"], by_id["text"]
        shared = ids[1:][(ids[1:] == ids[:-1]) & (texts[1:] != texts[:-1])]
        units = rows[starts]
        is_shared, cells = np.isin(units["id"], shared), tuple(self._cells)
        return SamplingFrame(self.file, units, copies, is_shared, cells, len(self._documents), self.left_out)


# Draw units -----------------------------------------------------------------------------------------------------------


UNIFORM_SHARE = 0.2
"""Share of a draw by informativeness that is uniform: so no unit has a probability of zero, and no weight is more than
five times that of a simple random sample."""

FITTED_TEXTS = 20_000
"""Texts that clusters are fitted on; more of them move the clusters little and cost time."""

HASHED_FEATURES = 2**15
DIMENSIONS = 50
"""Number of dimensions of latent semantic analysis; texts of a few dozen words fill no more."""

MOST_CLUSTERS = 100
LABELS_PER_CLUSTER = 4
"""With fewer, the number of clusters, not the texts, would decide which comments are drawn."""

_DIGEST_BYTES = 8


Strata = tuple[Indices, Sequence[str]]
"""The number of each unit's stratum, shape (N,), and the names of the strata, which all have units."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """Size and sample of a part of the frame."""

    name: str
    population: int  # N_h
    drawn: int  # n_h
    probability: tuple[float, float]  # lowest and highest of its comments; the same in a random draw


@dataclass(frozen=True, slots=True)
class Draw:
    """Drawn units in random order, with their probabilities and the names of their strata."""

    units: Indices
    probabilities: Floats
    names: tuple[str, ...]
    strata: tuple[Stratum, ...]


def draw_units(
    frame: SamplingFrame,
    strata: Strata,
    design: SampleOptions,
    sizes: Floats | None = None,
    counts: Sequence[int] = (),
    uniform: float | None = None,
) -> Draw:
    """Draw from each stratum.

    :param sizes: Informativeness of each unit, not negative, shape (N,); None: a simple random sample.
    :param counts: Units to draw from each stratum; as the design allocates them if not given.
    :param uniform: Share of the draw that is uniform; ``UNIFORM_SHARE`` if not given.
    :raises ConfigError: If there are more strata than units to draw.
    """
    codes, names = strata
    secret = f"stance sample {design.role} {design.seed}"  # audit and training samples of one seed are independent
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    members = np.split(np.argsort(codes, kind="stable"), ends[:-1])
    counts = counts or allocate([len(units) for units in members], design.n, equal=design.allocation == "equal")
    numbers = random_numbers(frame.units["text"], secret)
    drawn, probabilities, found, of = [], [], [], []
    for units, n, name in zip(members, counts, names, strict=True):
        if sizes is None:
            chances = np.full(len(units), n / len(units))
            chosen = draw_simply(numbers[units], n)
        else:
            chances = inclusion_probabilities(sizes[units], n, UNIFORM_SHARE if uniform is None else uniform)
            start, alike = start_of(f"{secret} {name}"), sizes[units] if design.is_precise else None
            chosen = draw_by_probability(numbers[units], chances, start, alike)
        drawn.append(units[chosen])
        probabilities.append(chances[chosen])
        of += [name] * n
        found.append(Stratum(name, len(units), n, (float(chances.min()), float(chances.max()))))
    units = np.concatenate(drawn)
    order = np.argsort(numbers[units], kind="stable")
    return Draw(units[order], np.concatenate(probabilities)[order], tuple(of[i] for i in order), tuple(found))


def stratify(frame: SamplingFrame, design: SampleOptions) -> Strata:
    """Divide a frame as the design asks: by columns, or in clusters; else all of it is one stratum."""
    if design.by == "diversity":
        kept, codes = np.unique(_clusters(frame, design.n), return_inverse=True)
        return codes, [f"cluster={number}" for number in range(1, len(kept) + 1)]
    of_cells, cells = frame.stratum_names(design.stratify), frame.units["cell"]
    names = sorted({of_cells[cell] for cell in np.unique(cells).tolist()})
    number = {name: i for i, name in enumerate(names)}
    # A cell without a unit may have any number.
    return np.array([number.get(name, 0) for name in of_cells], dtype=np.intp)[cells], names


# Probabilities --------------------------------------------------------------------------------------------------------


def random_numbers(units: Digests, secret: str) -> Digests:
    """Return the random number of each unit, uniform over 64 bits.

    :param units: Different digests.
    :param secret: The seed and its use; another secret gives independent numbers.
    """
    keyed = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=hashlib.sha256(secret.encode()).digest())

    def number(unit: int) -> int:
        digest = keyed.copy()
        digest.update(unit.to_bytes(_DIGEST_BYTES, "big"))
        return int.from_bytes(digest.digest(), "big")

    return np.fromiter(map(number, units.tolist()), np.uint64, len(units))


def start_of(secret: str) -> float:
    """Return the random start of a systematic draw, uniform in [0, 1)."""
    return int.from_bytes(hashlib.sha256(secret.encode()).digest()[:6], "big") / 2**48


def allocate(sizes: Sequence[int], n: int, *, equal: bool) -> list[int]:
    """Allocate a sample to strata.

    :param sizes: Units of each stratum, each at least 1.
    :param n: Units to draw.
    :param equal: As many from each stratum, as far as it has them; else in proportion to their sizes.
    :return: Units to draw from each: at least one, at least two if there are enough for that, since a variance needs
        them; they sum to ``n``, or to all that there are.
    :raises ConfigError: If there are fewer units to draw than strata: the others could not be drawn at all.
    """
    if n >= sum(sizes):
        return list(sizes)
    if n < len(sizes):
        raise ConfigError(f"--n {n} for {len(sizes):,} strata; expected at least one comment for each, or fewer strata")
    parts = np.minimum(sizes, 2 if n >= 2 * len(sizes) else 1)
    # Webster's method: the next unit goes to the stratum with the lowest quotient.
    strata = np.repeat(np.arange(len(sizes)), sizes)
    places = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    quotients = (places + 0.5) / (1 if equal else np.asarray(sizes)[strata])
    quotients[places < parts[strata]] = 0.0  # taken first
    taken = np.lexsort((strata, quotients))[:n]
    return np.bincount(strata[taken], minlength=len(sizes)).tolist()


def inclusion_probabilities(sizes: Floats, n: int, uniform: float = UNIFORM_SHARE) -> Floats:
    """Return probabilities proportional to size, with a uniform part.

    Units whose probability would exceed 1 are drawn for certain (Särndal, Swensson & Wretman 1992, 3.6).

    :param sizes: Not negative; all zero: a simple random sample.
    :param n: Units to draw, at most as many as there are.
    :param uniform: Share of the draw that is uniform, in [0, 1].
    :return: Each in (0, 1]; they sum to ``n``.
    """
    total = sizes.sum()
    even = np.full(len(sizes), 1 / max(len(sizes), 1))
    mixed = uniform * even + (1 - uniform) * (sizes / total) if total > 0 else even
    certain = np.zeros(len(mixed), dtype=bool)
    while True:
        left = n - int(certain.sum())
        probabilities: Floats = np.where(certain, 1.0, mixed * left / max(mixed[~certain].sum(), np.finfo(float).tiny))
        surplus = ~certain & (probabilities >= 1)
        if not surplus.any():
            return probabilities
        certain |= surplus


def draw_simply(numbers: Digests, n: int) -> Indices:
    """Draw a simple random sample without replacement: the units with the smallest random numbers.

    :return: The drawn units, in the order of their numbers: any first part of them is a simple random sample too.
    """
    return np.argsort(numbers, kind="stable")[:n]


def draw_by_probability(numbers: Digests, probabilities: Floats, start: float, strata: Floats | None = None) -> Indices:
    """Draw units with given probabilities: systematic sampling in random order.

    The probabilities are laid end to end in the order of the random numbers, and a unit is drawn if one of the points
    ``start``, ``start + 1``, ... falls in it. Each unit is drawn with exactly its probability, and the sample has a
    fixed size (Madow 1949; in random order: Hartley & Rao 1962).

    :param probabilities: Each in (0, 1]; they sum to a whole number.
    :param start: Uniform in [0, 1).
    :param strata: If given, units of equal values lie together, so as many of them are drawn as is expected.
    :return: The drawn units, in the order of their numbers.
    """
    order = np.argsort(numbers, kind="stable") if strata is None else np.lexsort((numbers, strata))
    ordered = probabilities[order]
    is_drawn = ordered >= 1  # apart from the rest, where rounding could lose them
    rest = np.flatnonzero(~is_drawn)
    ends = np.cumsum(ordered[rest])
    if len(rest):
        ends[-1] = round(ends[-1])
    points = np.ceil(ends - start)  # that lie before each end
    is_drawn[rest] = np.diff(points, prepend=0.0) > 0
    return order[is_drawn]


# Informativeness ------------------------------------------------------------------------------------------------------


def uncertainty(score: Score) -> float:
    """Return one less the margin between the two most probable stances (Scheffer, Decomain & Wrobel 2001).

    :return: In [0, 1]; 0 if the model gave no answer.
    """
    if score.probabilities is None:
        return 0.0
    first, second = sorted(score.probabilities, reverse=True)[:2]
    return 1 - (first - second)


def disagreement(score: Score) -> float:
    """Return the distance between the model's side and the sentiment around the target.

    A committee of two (Seung, Opper & Sompolinsky 1992): the model, as P(favor) - P(against), and VADER's compound of
    the clauses that mention the target.

    :return: Half their distance, in [0, 1]; 0 if one of them is missing.
    """
    if score.probabilities is None or score.target_sentiment is None:
        return 0.0
    favor, against, *_ = score.probabilities  # in the order of ``STANCES``
    return abs(favor - against - score.target_sentiment) / 2


MEASURES: Mapping[str, Callable[[Score], float]] = {"uncertainty": uncertainty, "disagreement": disagreement}


def _clusters(frame: SamplingFrame, n: int) -> Indices:
    """Cluster texts of similar words: TF-IDF, latent semantic analysis, k-means from k-means++.

    To draw as many from each is diversity by pre-clustering (Nguyen & Smeulders 2004). The clusters do not depend on
    the seed of the draw, so its probabilities are exact (Dasgupta & Hsu 2008).

    :param n: Comments to draw.
    :return: The number of each unit's cluster; some numbers may be missing.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import Normalizer
    from threadpoolctl import threadpool_limits

    fitted = np.arange(min(len(frame), FITTED_TEXTS))  # units are in the order of digests: as good as drawn
    model = make_pipeline(
        HashingVectorizer(n_features=HASHED_FEATURES, alternate_sign=False, stop_words="english"),
        TfidfTransformer(sublinear_tf=True),
        TruncatedSVD(n_components=max(1, min(DIMENSIONS, len(fitted) - 1)), random_state=0),
        Normalizer(),
        KMeans(n_clusters=max(1, min(MOST_CLUSTERS, n // LABELS_PER_CLUSTER, len(fitted))), n_init=1, random_state=0),
    )
    found = np.zeros(len(frame), dtype=np.intp)
    # One thread, of libraries that are loaded by now: the same clusters again, on any number of cores. Warnings: fewer
    # distinct texts than clusters, which leaves some clusters empty.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        texts = {unit: text for batch in frame.text_batches(fitted) for unit, text in zip(*batch, strict=True)}
        model.fit([texts[unit] for unit in fitted])
        for units, batch in frame.text_batches():
            found[units] = model.predict(batch)
    return found
