"""Estimate cue weights from labelled comments.

A written weight is a judgement; labels say how often it was right. They are few for most cues, so the written weight is
the prior: a weight moves only where the comments in which its cue fired contradict it by more than a penalty, and then
only by the surplus. How strong the penalty is, stories decide that nothing was estimated from. What stands around a cue
(a denial, another's words) is corrected apart, as the model corrects it, so that no cue answers for its surroundings.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from research.splits import held_out_among
from research.training.scratch import fit_corrections
from stance.datamodels import Skip, Stance
from stance.exceptions import LabelError
from stance.learn import Example
from stance.learn.measures import cluster_numbers, interval, resample, sum_by_cluster
from stance.records import aligned
from stance.resources import CUES
from stance.scoring.cues import RELATIVE, Cue, CueEngine, CueHit, correct, load_cues, load_sides
from stance.scoring.instances import is_named
from stance.scoring.targets import TargetSet, load_targets

from .checking import labelled_examples

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Flags = NDArray[np.bool_]
PENALTIES = (2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0, np.inf)
"""How much contradiction a written weight outweighs. A comment brings 2 at most (favor, where -1 was written), so no
single one moves a weight; the last penalty moves nothing."""

LEAST = 0.05
"""A weight keeps its side. That a cue says the opposite of what somebody wrote is for a person to settle, together with
its examples; of the comments of held-out stories, cues that were allowed to turn round told sides no better."""

FOLDS = 5
BATCH = 200

_SIDES = {Stance.FAVOR: 1.0, Stance.AGAINST: -1.0}


class Slot(NamedTuple):
    """A cue, and the target that it speaks of (``X`` in a relative cue)."""

    language: str
    pattern: str
    side: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """A weight as written and as estimated, and the labels of the comments in which its cue fired."""

    cue: Cue
    side: str
    written: float
    estimated: float
    fired: int  # comments, each once
    right: int  # those whose writers took the cue's side
    opposite: int

    @property
    def is_stopped(self) -> bool:
        """Return whether labels leave the cue hardly its side, or would have turned it round."""
        return abs(self.estimated) <= LEAST < abs(self.written)


@dataclass(frozen=True, slots=True)
class Gain:
    """The gain by estimated weights on stories that taught them nothing.

    ``error`` is the mean squared distance between the weight of a cue that fired and the label: favor is 1, against -1,
    no side 0.
    """

    pairs: int
    error: tuple[float, float]  # with written weights, with estimated ones
    error_interval: tuple[float, float]  # 95 %, of the second minus the first


@dataclass(frozen=True, slots=True)
class CueWeights:
    """The estimated weights of a folder's cues."""

    folder: Path
    weights: int  # in the folder
    weighed: tuple[Weighed, ...]  # those whose cue fired, the ones that move most first
    penalty: float
    pairs: int
    stories: int
    out_of_fold: Gain
    held_out: Gain | None  # None where the labels hold no story that is held out
    skipped: tuple[Skip, ...]

    @property
    def changed(self) -> tuple[Weighed, ...]:
        """The weights that move."""
        return tuple(each for each in self.weighed if each.estimated != each.written)


def weigh_cues(
    labels: Sequence[Path],
    *,
    folder: Path = CUES,
    targets: TargetSet | None = None,
    seed: int = 0,
) -> CueWeights:
    """Estimate the weights of a folder's cues from label tables; a user's cues stand over the shipped ones.

    Stories that are held out teach nothing; they are measured apart.

    :param seed: Of the bootstrap.
    :raises ConfigError: If the folder holds no cues, or a line is none.
    :raises LabelError: If labels cannot be read, or are too few.
    """
    cues = load_cues(folder)
    engine = CueEngine(cues, load_sides(folder)[0] or load_sides()[0])
    examples, skipped = labelled_examples(labels, targets or load_targets())
    examples = [example for example in examples if is_named(example.instance)]
    held_out = held_out_among(examples)
    is_known = np.array([example.story not in held_out for example in examples], np.bool_)
    stories = len({example.story for example in examples if example.story not in held_out})
    if stories < FOLDS:
        raise LabelError(f"{is_known.sum()} pairs that name their target, of {stories} stories; expected {FOLDS}")
    firings = read_firings(engine, examples)
    if not is_known[firings.text].any():
        raise LabelError(f"no cue fires in {is_known.sum()} labelled pairs; expected some to weigh cues by")
    own = {Slot(cue.language, cue.pattern, side): cue for cue in cues if _is_in(cue, folder) for side in cue.weights}
    movable = np.array([slot in own for slot in firings.slots], np.bool_)
    fitted = _fit(firings, is_known, movable)
    folds = [(_fit(firings, taught, movable), taught, left_out) for taught, left_out in _folds(firings, is_known)]
    return CueWeights(
        folder=folder,
        weights=len(own),
        weighed=tuple(_weighed(firings, is_known, fitted.weights, own)),
        penalty=fitted.penalty,
        pairs=int(is_known.sum()),
        stories=stories,
        out_of_fold=_gain(firings, folds, seed),
        held_out=None if is_known[firings.text].all() else _gain(firings, [(fitted, is_known, ~is_known)], seed),
        skipped=skipped,
    )


def _is_in(cue: Cue, folder: Path) -> bool:
    return Path(cue.place.rpartition(":")[0]).parent == folder


# What fired ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Firings:
    """The cues that fired in labelled texts: a cue counts once in a text, and neutral cues not at all.

    :param hits: Those of each text.
    :param slots: The weights whose cues fired.
    :param text: Shape (firings,), the text of each; likewise the place of its slot.
    :param written: Shape (slots,), in [-1, 1].
    """

    examples: tuple[Example, ...]
    hits: tuple[tuple[CueHit, ...], ...]
    slots: tuple[Slot, ...]
    text: Places
    slot: Places
    written: Floats

    @cached_property
    def side(self) -> Floats:
        """The label of each text: 1 is favor, -1 against, 0 no side; shape (texts,)."""
        return np.array([_SIDES.get(example.label, 0.0) for example in self.examples])

    @cached_property
    def worth(self) -> Floats:
        """The weight of each firing, at most 1: a text with many cues is one opinion, not many."""
        return np.array(1 / np.sqrt(np.bincount(self.text, minlength=len(self.hits))[self.text]), float)


def read_firings(engine: CueEngine, examples: Sequence[Example]) -> Firings:
    """Find the cues that fire in labelled texts, toward their targets."""
    found: list[tuple[CueHit, ...]] = []
    for at in range(0, len(examples), BATCH):
        for fired in engine.match_all([example.instance for example in examples[at : at + BATCH]]):
            once = {(hit.pattern, hit.target): hit for hit in reversed(fired.own) if hit.weight}
            found.append(tuple(reversed(once.values())))
    places: dict[Slot, int] = {}
    text: list[int] = []
    slot: list[int] = []
    written: list[float] = []
    for row, (example, hits) in enumerate(zip(examples, found, strict=True)):
        for hit in hits:
            side = "X" if hit.kind == RELATIVE else hit.target
            at = places.setdefault(Slot(example.instance.language, hit.pattern, side), len(places))
            if at == len(written):
                written.append(hit.weight)
            text.append(row)
            slot.append(at)
    return Firings(
        tuple(examples), tuple(found), tuple(places), np.array(text, int), np.array(slot, int), np.array(written)
    )


# Estimation ----------------------------------------------------------------------------------------------------------


class Fitted(NamedTuple):
    """Weights fitted on some texts, with the surroundings of each firing, in those texts and others."""

    weights: Floats  # shape (slots,)
    around: Floats  # shape (firings,)
    penalty: float


def _fit(firings: Firings, known: Flags, movable: Flags) -> Fitted:
    around = _surroundings(firings, known)
    penalty = _choose_penalty(firings, known, movable, around)
    return Fitted(estimate_weights(firings, known, movable, around, penalty), around, penalty)


def _surroundings(firings: Firings, known: Flags) -> Floats:
    """Learn how much the surroundings of a cue add to its weight: shape (firings,).

    The corrections are the model's own; the difference that circumstances make to them is left when those of the line,
    of its family and of its direction are taken away. It rests on some twenty numbers, learned from all cues together,
    and is told as the distance from the share that what usually surrounds cues in favor, or cues against, takes of a
    weight: where all of them stand in a first sentence, that is no excuse for a weight.
    """
    rows = np.flatnonzero(known).tolist()
    learned = fit_corrections([firings.hits[i] for i in rows], [firings.examples[i].label for i in rows])
    bare = [tuple(hit._replace(circumstances=()) for hit in hits) for hits in firings.hits]
    around = _flat(correct(firings.hits, learned)) - _flat(correct(bare, learned))
    counts = firings.worth * known[firings.text]
    weights = firings.written[firings.slot]
    for direction in (weights > 0, weights < 0):
        usual = (counts * around * weights)[direction].sum() / max((counts * weights**2)[direction].sum(), 1e-9)
        around[direction] -= usual * weights[direction]
    return around


def _flat(hits: Sequence[Sequence[CueHit]]) -> Floats:
    return np.array([hit.weight for found in hits for hit in found], float)


def estimate_weights(firings: Firings, known: Flags, movable: Flags, around: Floats, penalty: float) -> Floats:
    """Move weights as far as labels contradict them: least squares with an L1 penalty on the change.

    A lasso (Tibshirani, Regression Shrinkage and Selection via the Lasso, 1996) of what the written weights leave
    unexplained. Each firing is an observation of one weight, so the solution is the soft threshold of each weight's
    surplus, exactly and in linear time; the bound that keeps a weight on its side only cuts it.

    :param known: Shape (texts,): which texts teach.
    :param movable: Shape (slots,): which weights may move.
    :param around: Shape (firings,), what to add to a weight where it fired.
    :return: Shape (slots,), in [-1, 1]; with two decimals where they moved.
    """
    counts = firings.worth * known[firings.text]
    surplus = firings.side[firings.text] - np.clip(firings.written[firings.slot] + around, -1, 1)
    contradiction = np.bincount(firings.slot, counts * surplus, len(firings.slots))
    mass = np.bincount(firings.slot, counts, len(firings.slots))
    beyond = np.maximum(np.abs(contradiction) - penalty, 0)
    moved = firings.written + np.sign(contradiction) * beyond / np.where(mass > 0, mass, 1)
    sign = np.sign(firings.written)
    within = sign * np.clip(sign * moved, np.minimum(LEAST, np.abs(firings.written)), 1)
    weights: Floats = np.where(movable & (beyond > 0), np.round(within, 2), firings.written)
    return weights


def _choose_penalty(firings: Firings, known: Flags, movable: Flags, around: Floats) -> float:
    """Choose by stories left out: the strongest penalty that is within a standard error of the best one.

    The rule of Breiman and others (Classification and Regression Trees, 1984, section 3.4.3); the error is that of the
    difference from the best, over stories. Its surroundings count as known.
    """
    errors = np.zeros((len(PENALTIES), len(firings.text)))
    for taught, left_out in _folds(firings, known):
        rows = left_out[firings.text]
        for at, penalty in enumerate(PENALTIES):
            weights = estimate_weights(firings, taught, movable, around, penalty)
            errors[at, rows] = _errors(firings, weights, around)[rows]
    stories = cluster_numbers([example.story for example in firings.examples])[firings.text]
    best = int(errors.sum(axis=1).argmin())
    chosen = best
    for at in range(best, len(PENALTIES)):
        behind = np.bincount(stories, errors[at] - errors[best])
        if behind.sum() <= np.sqrt((behind**2).sum()):
            chosen = at
    return PENALTIES[chosen]


def _errors(firings: Firings, weights: Floats, around: Floats) -> Floats:
    said = np.clip(weights[firings.slot] + around, -1, 1)
    squares: Floats = firings.worth * (firings.side[firings.text] - said) ** 2
    return squares


def _folds(firings: Firings, known: Flags) -> Iterator[tuple[Flags, Flags]]:
    """Part known texts by story, each time into those that teach and those that are left out; shape (texts,) each."""
    rows = np.flatnonzero(known)
    stories = [firings.examples[row].story for row in rows.tolist()]
    for taught, left_out in GroupKFold(min(FOLDS, len(set(stories)))).split(rows, groups=stories):
        yield _flags(known, rows[taught]), _flags(known, rows[left_out])


def _flags(like: Flags, rows: Places) -> Flags:
    flags = np.zeros_like(like)
    flags[rows] = True
    return flags


# Gain ----------------------------------------------------------------------------------------------------------------


def _gain(firings: Firings, parts: Sequence[tuple[Fitted, Flags, Flags]], seed: int) -> Gain:
    """Measure written weights beside estimated ones.

    :param parts: Weights, the texts that taught them, and those that they are measured on.
    """
    errors = np.zeros((2, len(firings.text)))
    for fitted, _, measured in parts:
        rows = measured[firings.text]
        for at, weights in enumerate((firings.written, fitted.weights)):
            errors[at, rows] = _errors(firings, weights, fitted.around)[rows]
    of = np.logical_or.reduce([measured for _, _, measured in parts])
    rows = of[firings.text]
    stories = cluster_numbers([firings.examples[text].story for text in firings.text[rows].tolist()])
    here = np.zeros(len(stories), int)
    worth, (written, estimated) = firings.worth[rows], errors[:, rows]
    sums = sum_by_cluster([(here, worth), (here + 1, estimated - written)], stories, 2)
    samples = resample(sums, lambda values: {"gain": values[1] / np.where(values[0] > 0, values[0], 1)}, seed=seed)
    means = (float(written.sum() / worth.sum()), float(estimated.sum() / worth.sum()))
    return Gain(int(of.sum()), means, interval(samples["gain"]))


# Output -----------------------------------------------------------------------------------------------------


def _weighed(firings: Firings, known: Flags, estimated: Floats, own: Mapping[Slot, Cue]) -> list[Weighed]:
    rows = known[firings.text]
    agreed = np.sign(firings.written)[firings.slot] * firings.side[firings.text]
    fired, right, opposite = (
        np.bincount(firings.slot[which], minlength=len(firings.slots))
        for which in (rows, rows & (agreed > 0), rows & (agreed < 0))
    )
    found = [
        Weighed(
            own[slot],
            slot.side,
            float(firings.written[at]),
            float(estimated[at]),
            int(fired[at]),
            int(right[at]),
            int(opposite[at]),
        )
        for at, slot in enumerate(firings.slots)
        if slot in own and fired[at]
    ]
    return sorted(found, key=lambda each: (-each.fired * abs(each.estimated - each.written), each.cue.place))


def weights_to_record(found: CueWeights) -> dict[str, Any]:
    """Return the estimates as ``--json`` prints them."""
    return {
        "folder": str(found.folder),
        "weights": found.weights,
        "fired": len(found.weighed),
        "penalty": found.penalty if np.isfinite(found.penalty) else None,
        "pairs": found.pairs,
        "stories": found.stories,
        "out_of_fold": asdict(found.out_of_fold),
        "held_out": asdict(found.held_out) if found.held_out else None,
        "changed": [
            {**asdict(each), "place": each.cue.place, "cue": each.cue.pattern, "side": each.side.strip("X") or None}
            for each in found.changed
        ],
    }


def weights_table(found: CueWeights) -> str:
    """Lay out the weights that move, and the gain."""
    lines = [
        f"{found.pairs:,} labelled pairs of {found.stories:,} stories; {len(found.weighed):,} of {found.weights:,}"
        f" weights have a cue that fired; {len(found.changed):,} move (penalty {found.penalty:g})",
        _gain_line("stories left out in turn", found.out_of_fold),
        *([_gain_line("held-out stories", found.held_out)] if found.held_out else ()),
    ]
    if not found.changed:
        return "\n".join([*lines, "the written weights stay: what labels say against them is within their noise"])
    head = ["cue", "toward", "written", "estimated", "fired", "right", "opposite", ""]
    return "\n".join([*lines, "", aligned([head, *map(_row, found.changed)])])


def _row(each: Weighed) -> list[str]:
    pattern = each.cue.pattern if len(each.cue.pattern) <= 60 else f"{each.cue.pattern[:57]}..."
    numbers = [f"{each.written:+.2f}", f"{each.estimated:+.2f}", *map(str, (each.fired, each.right, each.opposite))]
    return [pattern, each.side, *numbers, "no side or the opposite: look" if each.is_stopped else ""]


def _gain_line(where: str, gain: Gain) -> str:
    (before, after), (low, high) = gain.error, gain.error_interval
    change = f"{before:.3f} -> {after:.3f}, {after - before:+.3f} [{low:+.3f}, {high:+.3f}]"
    return f"{where} ({gain.pairs:,} pairs): squared error of a cue {change}"
