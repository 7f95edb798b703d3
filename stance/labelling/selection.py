"""Draw units of a sampling frame with known inclusion probabilities, as a methods section describes it.

Every draw depends on the seed and on digests of the units alone, never on their order, so the same frame gives the same
sample from whatever files it was read; and since each unit keeps its random number, a frame that has grown a little
gives a sample that has changed a little (permanent random numbers: Ohlsson 1995).

Informativeness (active learning) and clusters serve training samples only. On public stance sets none of them gained
reliably on drawing at random, so none is the default; they may find rare cases.
"""

import hashlib
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heapreplace

import numpy as np

from stance.datamodels import STANCES, Score, Stance, counted
from stance.exceptions import ConfigError
from stance.labelling.sampling_frame import Digests, Floats, Indices, SamplingFrame, row_digest
from stance.run import SampleOptions

UNIFORM_SHARE = 0.2
"""Share of a draw by informativeness that is uniform: so no unit has a probability of zero, and no weight is more than
five times that of a simple random sample."""

FITTED_TEXTS = 20_000
"""Texts that clusters are fitted on; more of them move the clusters little and cost time."""

HASHED_FEATURES = 2**15
DIMENSIONS = 50
"""Of latent semantic analysis; texts of a few dozen words fill no more."""

MOST_CLUSTERS = 100
LABELS_PER_CLUSTER = 4
"""With fewer, the number of clusters, not the texts, would decide which comments are drawn."""

_DIGEST_BYTES = 8


Strata = tuple[Indices, Sequence[str]]
"""The number of each unit's stratum, shape (N,), and the names of the strata; none is empty."""


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


def draw_units(frame: SamplingFrame, strata: Strata, design: SampleOptions, sizes: Floats | None = None) -> Draw:
    """Draw from each stratum.

    :param sizes: Informativeness of each unit, not negative, shape (N,); None: a simple random sample.
    :raises ConfigError: If there are more strata than units to draw.
    """
    codes, names = strata
    secret = f"stance sample {design.role} {design.seed}"  # audit and training samples of one seed are independent
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    members = np.split(np.argsort(codes, kind="stable"), ends[:-1])
    counts = allocate([len(units) for units in members], design.n, equal=design.allocation == "equal")
    numbers = random_numbers(frame.units["text"], secret)
    drawn, probabilities, found, of = [], [], [], []
    for units, n, name in zip(members, counts, names, strict=True):
        if sizes is None:
            chances = np.full(len(units), n / len(units))
            chosen = draw_simply(numbers[units], n)
        else:
            chances = inclusion_probabilities(sizes[units], n)
            chosen = draw_by_probability(numbers[units], chances, start_of(f"{secret} {name}"))
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
    parts = [min(size, 2 if n >= 2 * len(sizes) else 1) for size in sizes]

    def next_of(i: int) -> tuple[float, int]:
        """Return the sort key by which the next unit goes to a stratum (Webster's method)."""
        return (parts[i] + 0.5) / (1 if equal else sizes[i]), i

    waiting = [next_of(i) for i in range(len(sizes)) if parts[i] < sizes[i]]
    heapify(waiting)
    for _ in range(n - sum(parts)):
        i = waiting[0][1]
        parts[i] += 1
        if parts[i] < sizes[i]:
            heapreplace(waiting, next_of(i))
        else:
            heappop(waiting)
    return parts


def inclusion_probabilities(sizes: Floats, n: int) -> Floats:
    """Return probabilities proportional to size, with a uniform part.

    Units whose probability would exceed 1 are drawn for certain (Särndal, Swensson & Wretman 1992, 3.6).

    :param sizes: Not negative; all zero: a simple random sample.
    :param n: Units to draw, at most as many as there are.
    :return: Each in (0, 1]; they sum to ``n``.
    """
    total = sizes.sum()
    even = np.full(len(sizes), 1 / max(len(sizes), 1))
    mixed = UNIFORM_SHARE * even + (1 - UNIFORM_SHARE) * (sizes / total) if total > 0 else even
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


def draw_by_probability(numbers: Digests, probabilities: Floats, start: float) -> Indices:
    """Draw units with given probabilities: systematic sampling in random order.

    The probabilities are laid end to end in the order of the random numbers, and a unit is drawn if one of the points
    ``start``, ``start + 1``, ... falls in it. Each unit is drawn with exactly its probability, and the sample has a
    fixed size (Madow 1949; in random order: Hartley & Rao 1962).

    :param probabilities: Each in (0, 1]; they sum to a whole number.
    :param start: Uniform in [0, 1).
    :return: The drawn units, in the order of their numbers.
    """
    order = np.argsort(numbers, kind="stable")
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
    favor, against = (score.probabilities[STANCES.index(side)] for side in (Stance.FAVOR, Stance.AGAINST))
    return abs(favor - against - score.target_sentiment) / 2


MEASURES: Mapping[str, Callable[[Score], float]] = {"uncertainty": uncertainty, "disagreement": disagreement}


class Informativeness:
    """Values of comments by the digests of their ids, gathered from scores in any order; the highest counts.

    :param by: One of ``MEASURES``; else scores are only counted.
    :param targets: Only of scores toward these; None: of all.
    """

    def __init__(self, by: str, targets: Collection[str] | None) -> None:
        self.measure = MEASURES.get(by)
        self._targets = targets
        self.values: dict[int, float] = {}
        self.scores = 0

    def add(self, scores: Iterable[Score]) -> None:
        """Add scores."""
        for score in scores:
            self.scores += 1
            if self.measure and (self._targets is None or score.target in self._targets):
                key = row_digest(score.document, score.comment)
                self.values[key] = max(self.values.get(key, 0.0), self.measure(score))

    def of(self, frame: SamplingFrame) -> Floats | None:
        """Return the value of each unit of a frame, 0 without a score, shape (N,); None without a measure."""
        ids = frame.units["id"].tolist()
        return np.array([self.values.get(each, 0.0) for each in ids]) if self.measure else None

    def warnings(self, frame: SamplingFrame) -> Iterator[str]:
        """Warn of scores that are not used, and of comments without any."""
        if self.scores and not self.measure:
            yield f"{counted(self.scores, 'score is', 'scores are')} left out: this draw needs none"
        missing = sum(each not in self.values for each in frame.units["id"].tolist())
        if missing and self.measure:
            yield f"{missing:,} of {len(frame):,} comments have no score: they are drawn by the uniform share alone"


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
