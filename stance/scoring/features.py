"""Turn instances into numbers: cues, sentiment and words, for any one target.

The target and the other sides are masked in the words, so that nothing learned from them belongs to one target and a
target that the model never saw is read the same way. Words are hashed: no vocabulary to store, to check on loading, or
to leak.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from stance.datamodels import Via
from stance.scoring.classifier import Floats, Matrix, SparseRows, side_by_side
from stance.scoring.clauses import ENGLISH, MASKS, clauses_around, stemmed
from stance.scoring.cues import (
    ANCHORED,
    N_KEYS,
    RELATIVE,
    CueEngine,
    CueHit,
    Fired,
    correct,
    default_engine,
    written_weight,
)
from stance.scoring.instances import Instance
from stance.scoring.sentiment import score_mentions

Span = tuple[int, int]

DENSE = (
    "relative_favor",  # sums of cue weights by kind and direction
    "relative_against",
    "anchored_favor",
    "anchored_against",
    "strongest_favor",
    "strongest_against",
    "both",  # all weights added, squashed into [-1, 1]
    "relative",
    "anchored",
    "direction",  # -1, 0, 1
    "relative_fired",
    "anchored_fired",
    "silent",  # no cue fired
    "neutral_fired",  # a cue of weight 0 fired
    "target_sentiment",
    "by_own_words",  # via is text, and not the comment that is answered
    "parent",  # cues of the comment that is answered, squashed
    "allies_favor",  # sums of written weights toward the other targets that the text names
    "allies_against",
    "rivals_favor",
    "rivals_against",
    "others_favor",  # neither known as ally nor as rival
    "others_against",
    "share_of_mentions",  # how much of what it names is the target
    "targets_named",
    "leader_named",  # one of the target's
    "framed",  # frames speak of the target: sides are taken toward it more often than toward others
    "at_home",  # its own people name it in quarrels that do not address it; more where nothing speaks of abroad
)
"""Names of the dense columns, in order."""

_SQUASHED = {DENSE.index(name): 2.0 for name in ("both", "relative", "anchored", "parent")} | {
    DENSE.index(f"{whose}_{side}"): 1.0 for whose in ("allies", "rivals", "others") for side in ("favor", "against")
}
"""Columns of sums that are brought into [-1, 1], with the factors that multiply them before."""
_PLACES = {1: 0, -1: 2, 0: 4}  # of allies, rivals and others among those columns
_HOME = (0.0, 0.2, 1.3, 2.3)
"""Values of ``at_home`` for each degree of :attr:`stance.scoring.cues.Fired.home`."""


_KINDS = 3  # of word columns: words of the text, words around the target, letters around the target


def _masked(instance: Instance) -> tuple[str, str]:
    """Return a text in lower case, with a mask where any target is named, and the clauses that mention its target."""
    whole, own = [(0, len(instance.text))], instance.own_mentions
    around = clauses_around(instance.text, own, instance.language) if own else whole
    return _joined(instance, whole), _joined(instance, around)


def _joined(instance: Instance, spans: Iterable[Span]) -> str:
    return "\n".join(["".join(_masked_parts(instance, span)).lower() for span in spans])


def _masked_parts(instance: Instance, span: Span) -> Iterator[str]:
    """Yield the parts of a text between two places, with a mask where any target is named."""
    text, at, end = instance.text, span[0], min(span[1], span[0] + 20_000)  # of one text that words are taken from
    for mention in sorted(instance.mentions, key=lambda m: (m.start, m.target != instance.target)):
        if at <= mention.start and mention.end <= end:
            yield text[at : mention.start]
            yield MASKS[mention.target != instance.target]
            at = mention.end
    yield text[at:end]


class InstanceFeatures:
    """Turn instances into a sparse matrix: the :data:`DENSE` columns, then those of each channel.

    The one channel has the :attr:`n_text` hashed word columns.

    :param n_hashes: Word columns each of: words of the text, words around the target, letters around the target.
    :param engine: The cues; the shipped ones where not given.
    """

    def __init__(self, n_hashes: int = 2**15, engine: CueEngine | None = None) -> None:
        self.n_hashes = n_hashes
        self.engine = engine

    @property
    def n_text(self) -> int:
        """The number of word columns."""
        return _KINDS * self.n_hashes

    @property
    def channel_sizes(self) -> dict[str, int]:
        """The number of columns of each channel by its name, once fitted."""
        return {"words": self.n_text}

    @property
    def channels(self) -> tuple[int, ...]:
        """The number of columns of each channel, once fitted."""
        return tuple(self.channel_sizes.values())

    @property
    def cue_engine(self) -> CueEngine:
        """The cues in use."""
        return self.engine or default_engine()

    def fit(self, instances: Sequence[Instance]) -> Self:
        """Learn how common each word is; cues keep their written weights."""
        counts = self._counts(instances)
        self.idf_ = np.log((1 + len(instances)) / (1 + np.bincount(counts.columns, minlength=self.n_text))) + 1
        self.cue_coef_ = np.zeros(N_KEYS)
        return self

    def match(self, instances: Sequence[Instance]) -> list[Fired]:
        """Find the cues that fire, those toward the target with corrected weights."""
        found = self.cue_engine.match_all(instances)
        corrected = iter(correct([each.own for each in found if each.own], self.cue_coef_))
        return [each._replace(own=next(corrected)) if each.own else each for each in found]

    def transform(self, instances: Sequence[Instance], fired: Sequence[Fired] | None = None) -> Matrix:
        """Make the matrix.

        :param fired: What :meth:`match` gives, where it is known already.
        :return: Sparse, shape (n, len(DENSE) + n_text).
        """
        dense, words = self.parts(instances, self.match(instances) if fired is None else fired)
        return side_by_side(dense, words.matrix())

    def parts(self, instances: Sequence[Instance], fired: Sequence[Fired]) -> tuple[Floats, SparseRows]:
        """Make the dense columns and those of words."""
        return self._dense(instances, fired), self._weigh(self._counts(instances))

    def words(self, instances: Sequence[Instance]) -> Matrix:
        """Make the word columns alone, sparse, shape (n, n_text)."""
        return self._weigh(self._counts(instances)).matrix()

    def words_without(self, instances: Sequence[Instance], spans: Sequence[Sequence[Span]]) -> Matrix:
        """Make the word columns of texts without one of their words each.

        :param spans: Those that are blanked out in each text, one at a time.
        :return: Sparse, a row for each of the spans, in order.
        """
        return self.words(
            [
                replace(instance, text=instance.text[:start] + " " * (end - start) + instance.text[end:])
                for instance, own in zip(instances, spans, strict=True)
                for start, end in own
            ]
        )

    def without_words(self, matrix: Matrix, instances: Sequence[Instance], spans: Sequence[Sequence[Span]]) -> Matrix:
        """Return a row of a matrix for each of some words of its text: without the word; all but words stays."""
        at = len(DENSE)
        rows = [row for row, own in enumerate(spans) for _ in own]
        words = self.words_without(instances, spans)
        return side_by_side(matrix[:, :at][rows], words, matrix[:, at + self.n_text :][rows])

    def _dense(self, instances: Sequence[Instance], fired: Sequence[Fired]) -> Floats:
        answered = [each for each in instances if each.context]
        parents = [Instance(e.context, e.target, e.context_mentions, Via.TEXT, language=e.language) for e in answered]
        of_parents = iter(self.match(parents))
        rows = [
            [
                *_cue_columns(found.own),
                _target_sentiment(instance),
                float(instance.via is Via.TEXT),
                sum(hit.weight for hit in next(of_parents).own) if instance.context else 0.0,
                *self._other_columns(instance.target, found.others),
                *_mention_columns(instance),
                float(self.cue_engine.is_framed(instance.target)),
                _HOME[found.home],
            ]
            for instance, found in zip(instances, fired, strict=True)
        ]
        dense = np.array(rows).reshape(len(instances), len(DENSE))
        columns, factors = list(_SQUASHED), list(_SQUASHED.values())
        dense[:, columns] = np.tanh(dense[:, columns] * factors)
        return dense

    def _other_columns(self, target: str, hits: Sequence[CueHit]) -> list[float]:
        """Return the columns from ``allies_favor`` to ``others_against``: praise and blame of other targets."""
        sums = [0.0] * 6
        for hit in hits:
            weight = written_weight(hit)
            sums[_PLACES[self.cue_engine.relation(target, hit.target)] + (weight < 0)] += abs(weight)
        return sums

    def _counts(self, instances: Sequence[Instance]) -> SparseRows:
        """Count the words of each text, then the words and the letters around its target."""
        masked = [_masked(instance) for instance in instances]
        texts, around = [whole for whole, _ in masked], [clauses for _, clauses in masked]
        languages = [instance.language for instance in instances]
        words = (_hash_words(list(map(stemmed, part, languages))) for part in (texts, around))
        return _counted([*words, _hash_letters(around)], len(texts), self.n_hashes)

    def _weigh(self, counts: SparseRows) -> SparseRows:
        """TF-IDF with dampened counts; the rows of each kind of word have length 1."""
        weights = (1 + np.log(counts.data)) * self.idf_[counts.columns]
        rows = np.repeat(np.arange(len(counts.ends) - 1), np.diff(counts.ends))
        parts = rows * _KINDS + counts.columns // self.n_hashes
        starts = np.flatnonzero(np.diff(parts, prepend=-1))
        lengths = np.sqrt(np.add.reduceat(weights * weights, starts))
        weights *= np.repeat(1 / lengths, np.diff(starts, append=len(parts)))
        return replace(counts, data=weights)


def _cue_columns(hits: Sequence[CueHit]) -> list[float]:
    """Return the columns from ``relative_favor`` to ``neutral_fired``."""
    relative = [hit.weight for hit in hits if hit.kind == RELATIVE]
    anchored = [hit.weight for hit in hits if hit.kind == ANCHORED]
    both = [*relative, *anchored]
    sums = [sum(sign * w for w in weights if sign * w > 0) for weights in (relative, anchored) for sign in (1, -1)]
    total = sum(both)
    return [
        *(min(2.0, each) for each in sums),  # long texts fire many cues; beyond this they say no more
        max([0.0, *both]),
        -min([0.0, *both]),
        total,
        sum(relative),
        sum(anchored),
        float(np.sign(round(total, 9))),
        float(bool(relative)),
        float(bool(anchored)),
        float(not both),
        float(0.0 in both),
    ]


def _mention_columns(instance: Instance) -> list[float]:
    own = instance.own_mentions
    return [
        len(own) / max(1, len(instance.mentions)),
        float(len({mention.target for mention in instance.mentions})),
        float(any(mention.kind == "leader" for mention in own)),
    ]


def _target_sentiment(instance: Instance) -> float:
    if instance.via is not Via.TEXT or instance.language != ENGLISH:
        return 0.0
    return score_mentions(instance.text, instance.mentions, instance.target) or 0.0


# Hashed columns ------------------------------------------------------------------------------------------------------
#
# The columns are those of scikit-learn's HashingVectorizer, without its import, which takes longer than a page. All
# texts are cut and hashed at once, as places in one array of bytes: no string is made for a piece, and none cached.

Hashes = NDArray[np.uint32]
Places = NDArray[np.intp]

LETTERS = (3, 4)
"""Lengths of the pieces that words are cut into."""

_WORD = re.compile(r"\w\w++")
_SPACE, _END = ord(" "), ord("\n")


def count_words(texts: Sequence[str], n_columns: int) -> SparseRows:
    """Count the words of two letters or more, and each with the next.

    :param n_columns: At least 1.
    :return: Shape (len(texts), n_columns), with sorted columns.
    """
    return _counted([_hash_words(texts)], len(texts), n_columns)


def _hash_words(texts: Sequence[str]) -> tuple[Places, Hashes]:
    """Return the row and the hash of each word, and of each with the next."""
    content = _encoded("".join([" ".join(_WORD.findall(text)) + "\n" for text in texts]))
    ends = np.flatnonzero((content == _SPACE) | (content == _END))
    starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
    is_last = content[ends] == _END
    rows = np.cumsum(is_last) - is_last
    single, double = np.flatnonzero(ends > starts), np.flatnonzero(~is_last)  # a text may have no words
    starts, ends = np.append(starts[single], starts[double]), np.append(ends[single], ends[double + 1])
    return np.append(rows[single], rows[double]), murmur_hashes(content, starts, ends - starts)


def _hash_letters(texts: Sequence[str]) -> tuple[Places, Hashes]:
    """Return the row and the hash of each piece of a word."""
    spaced = [f" {' '.join(text.split())} " for text in texts]
    content = _encoded("".join(spaced))
    at = np.append(np.flatnonzero(content & 0xC0 != 0x80), len(content))  # where characters begin
    rows = np.repeat(np.arange(len(texts)), np.fromiter(map(len, spaced), np.intp, len(texts)))
    is_space = content[at[:-1]] == _SPACE
    chosen, sizes = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for size in LETTERS:
        if len(rows) >= size:
            inside = sliding_window_view(is_space, size)[:, 1:-1]
            first = np.flatnonzero(~inside.any(axis=1))
            chosen.append(first)
            sizes.append(at[first + size] - at[first])
    first = np.concatenate(chosen)
    return rows[first], murmur_hashes(content, at[first], np.concatenate(sizes))


def murmur_hashes(content: NDArray[np.uint8], starts: Places, lengths: Places) -> Hashes:
    """Hash parts of one array of bytes.

    MurmurHash3 for 32 bits by Austin Appleby, who put it into the public domain, with seed 0.

    :param starts: Shape (n,), where each part begins.
    :param lengths: Shape (n,), in bytes.
    :return: Shape (n,).
    """
    padded = np.append(content, np.zeros(4, np.uint8))
    blocks: Hashes = np.ndarray(len(content) + 1, "<u4", padded, strides=(1,))  # the four bytes from each place
    blocks = blocks.astype(np.uint32)
    most = (lengths // 4).max(initial=0)
    missing = most - lengths // 4  # blocks; in the narrowest type, of which sorting takes least
    order = np.argsort(missing.astype(np.min_scalar_type(most)), kind="stable")
    starts, lengths, missing = starts[order], lengths[order], missing[order]
    whole = most - missing
    hashes = np.zeros(len(starts), np.uint32)
    for block, n in enumerate(np.searchsorted(missing, most - np.arange(most)).tolist()):
        mixed = hashes[:n] ^ _mixed(blocks[starts[:n] + 4 * block])
        hashes[:n] = _turned(mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    rest = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], np.uint32)[lengths % 4]
    hashes ^= _mixed(blocks[starts + 4 * whole] & rest)
    hashes ^= lengths.astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    found = np.empty_like(hashes)
    found[order] = hashes
    return found


def _mixed(blocks: Hashes) -> Hashes:
    return _turned(blocks * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _turned(numbers: Hashes, by: int) -> Hashes:
    return (numbers << np.uint32(by)) | (numbers >> np.uint32(32 - by))


def _encoded(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _counted(kinds: Sequence[tuple[Places, Hashes]], n_rows: int, n_columns: int) -> SparseRows:
    """Count in the columns that are the remainders of the magnitudes of signed hashes, one kind after the other.

    :param kinds: Rows and hashes of each kind.
    """
    width = len(kinds) * n_columns
    places = [
        rows * width + kind * n_columns + np.abs(hashes.view(np.int32).astype(np.int64)) % n_columns
        for kind, (rows, hashes) in enumerate(kinds)
    ]
    found, counts = np.unique(np.concatenate(places), return_counts=True)
    ends = np.searchsorted(found, np.arange(n_rows + 1) * width)
    return SparseRows(counts.astype(float), found % width, ends, width)
