"""Fit how far from a model's share of a side the true one may lie, on kinds of text that the model did not learn from.

    python -m research.training.kind_errors read --kind NAME=FILE... [--tested FILE] -o FOLDER
    python -m research.training.kind_errors fit FOLDER/NAME.npz... [--write]

``read`` writes what ``data/models/default`` says of all labelled comments that name a target, and which of them it
learned from: all but the kind ``sources``, the table given as tested, and the parts that ``finetune_reader --part`` left
out. ``fit`` draws groups of 60 to 300 comments from each site and target: with the sides as they are, 60 % in favor, 80 %
against, all in favor, all against. Readings of comments that the model learned from are first made as unsure as those of
new ones: noise of one unit is added to the log odds, after which ``pool`` has the log loss of its part that was left out.

For each end of an interval, the distance to the true share is fitted as a quadratic function of the shares read, times
the unsure share (``stance.aggregation.model_shares.ModelShares``). Both sides share one function. Mixes that an end holds too
rarely get more weight. What is printed is measured on each kind by functions fitted without it.
"""

import argparse
import json
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_matrix, hstack, identity

from research.training.share_errors import read_tested
from stance.aggregation import model_shares
from stance.aggregation.model_shares import ModelShares, model_interval
from stance.aggregation.observations import values_of
from stance.datamodels import SIDES, STANCES, Stance, Via
from stance.resources import DATA, SHARE_ERRORS

MIXES = {"own": None, "60 % favor": ("favor", 0.6), "80 % against": ("against", 0.8)}
MIXES |= {"all favor": ("favor", 1.0), "all against": ("against", 1.0)}
FEWEST, FEWEST_MOVED = 20, 12
"""Labelled comments of a site that address the target, and of the side whose share is moved."""

SMALLEST, LARGEST, DRAWN = 60, 300, 12
"""Comments of a group; groups of each set and mix."""

NOISE = 1.0
"""Standard deviation of what is added to the log odds of comments that the model learned from."""

MISSED, HELD = {"side": 0.08, "neutral": 0.08, "net": 0.06}, 0.93
"""Share of groups beyond each end at the start; share of groups of each mix that it should hold."""

ROUNDS, ROWS = 4, 1_600
ROUNDING = 0.005
"""Distance from an end at which a share still counts as held: ends are printed in whole percent."""

WIDER = 1.08
"""Factor of upper ends, after which those fitted without a kind hold .9 of its groups in each mix, too."""

SYMMETRIC = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 1, 0]], np.float64)
"""Terms of a function that does not change if the sides change places, of which the terms of any function are made."""

LEAST = 0.12, 0.5
"""Least unsure share, which 1 % of groups of new comments have; least reach in units of it."""

LEAD = 0.08, 0.8
"""Difference of the sides from which one is ahead, at an unsure share of 0, and how much more for one of 1: in each mix
less than 2 % of groups are told the wrong side."""

LEADING = 0.3
"""True difference of the sides from which a lead should be told."""

NEW = ("sources",)
"""Kinds that nothing was learned from."""

MEASURES = (*map(str, SIDES), "net")
_SIDES = [STANCES.index(side) for side in SIDES]
Floats = NDArray[np.float64]


class Group(NamedTuple):
    """A group of comments that was drawn."""

    kind: str
    name: str  # of its set
    mix: str
    is_new: bool
    read: ModelShares
    said: dict[str, float]  # share by measure, by the model
    true: dict[str, float]  # by labels


# Readings -------------------------------------------------------------------------------------------------------------


def read(given: argparse.Namespace) -> None:
    """Write what the model says of the pairs of each kind."""
    from research.training.kinds import read_kinds
    from stance.learn.examples import story_digest
    from stance.scoring.persistence import load_model
    from stance.scoring.targets.target_set import load_targets

    targets, model = load_targets(), load_model(DATA / "models" / "default")
    found = read_kinds(dict(each.split("=", 1) for each in given.kind), targets)
    if given.tested:
        found["tested"] = [each for own in read_tested(given.tested, targets).values() for each in own]
    given.output.mkdir(parents=True, exist_ok=True)
    for name, examples in found.items():
        named = sorted((e for e in examples if e.instance.via is Via.TEXT), key=lambda each: each.instance.text)
        instances = [each.instance for each in named]
        parts = [model.predict_proba(instances[at : at + 200]) for at in range(0, len(named), 200)]
        learned = [
            name not in (*NEW, "tested") and not (name in given.part and story_digest(e.story)[1] % 5 == 0)
            for e in named
        ]
        sites = [e.story.removeprefix(f"{name} ").split(":")[0].split(" ")[0] for e in named]
        np.savez(
            given.output / f"{name}.npz",
            sites=sites if name in given.part or name in NEW else [name] * len(named),
            targets=[each.target for each in instances],
            labels=[STANCES.index(each.label) for each in named],
            probabilities=np.vstack(parts),
            learned=learned,
        )


def kind_of(site: str, file: str) -> str:
    """Return the kind of a site: those of one kind are left out together."""
    if site.startswith("reddit") or site in ("pool", "extra"):
        return "reddit"
    return "videos" if site.startswith("youtube") or file == "war" else file if file in ("hosts", "tested") else site


def draw(paths: Sequence[Path], seed: int = 1) -> Iterator[Group]:
    """Draw groups from each site and target, of comments that the model learned from and of new ones."""
    rng = np.random.default_rng(seed)
    for path in paths:
        table = np.load(path, allow_pickle=False)
        names = np.array([f"{site} {target}" for site, target in zip(table["sites"], table["targets"], strict=True)])
        for name in (f"{path.stem} all", *sorted({*names.tolist()})):  # a site has few new comments in favor
            for learned in (False, True)[: 1 if name.endswith(" all") else 2]:
                own = ((names == name) | name.endswith(" all")) & (table["learned"] == learned)
                labels, said = table["labels"][own], table["probabilities"][own]
                for mix in MIXES if np.isin(labels, _SIDES).sum() >= FEWEST else ():
                    weights = weights_of(labels, mix)
                    for _ in range(DRAWN if weights is not None else 0):
                        drawn = rng.choice(len(labels), rng.integers(SMALLEST, LARGEST), p=weights)
                        seen = said[drawn]
                        if learned:
                            odds = np.log(np.clip(seen, 1e-4, 1)) + rng.normal(0, NOISE, seen.shape)
                            seen = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
                        counts = np.bincount(labels[drawn], minlength=len(STANCES))[_SIDES]
                        if counts.sum() < FEWEST:
                            continue
                        true = dict(zip(MEASURES, (counts / counts.sum()).tolist(), strict=False))
                        true["net"] = true["favor"] - true["against"]
                        n = int(np.isin(seen.argmax(axis=1), _SIDES).sum())
                        kind = kind_of(name.split(" ")[0], path.stem)
                        values = values_of(seen)
                        sums = values[:, 1:].sum(axis=0) / values[:, 1:].sum()
                        said_shares = dict(zip(MEASURES, [*sums.tolist(), float(sums[2] - sums[0])], strict=True))
                        read = ModelShares.of(values, n)
                        yield Group(kind, f"{name} {learned}", mix, not learned, read, said_shares, true)


def weights_of(labels: NDArray[np.intp], mix: str) -> Floats | None:
    """Return the chances of comments that give a mix of sides; None: too few comments of a side."""
    weights, moved = np.ones(len(labels)), MIXES[mix]
    if moved is not None:
        side, addressed = STANCES.index(Stance(moved[0])), np.isin(labels, _SIDES)
        own, others = labels == side, addressed & (labels != side)
        if min(own.sum(), others.sum() if moved[1] < 1 else FEWEST_MOVED) < FEWEST_MOVED:
            return None
        weights[own] = moved[1] * addressed.sum() / own.sum()
        weights[others] = (1 - moved[1]) * addressed.sum() / max(1, others.sum())
    return weights / weights.sum()


# Fit ------------------------------------------------------------------------------------------------------------------


def weigh(groups: Sequence[Group]) -> Floats:
    """Give each mix the same weight, new comments twice that of learned ones, and each set of these the same."""
    found, cells = np.zeros(len(groups)), [(each.mix, each.is_new) for each in groups]
    for cell in {*cells}:
        names = np.array([each.name if own == cell else "" for each, own in zip(groups, cells, strict=True)])
        sets = {*names.tolist()} - {""}
        for name in sets:
            found[names == name] = (2 if cell[1] else 1) / len(sets) / (names == name).sum()
    return found


def fit_end(measure: str, end: str, groups: Sequence[Group]) -> list[float]:
    """Fit one end of the intervals of a measure; ``side`` is of both sides.

    Quantile regression (Koenker and Bassett 1978) of the distance over the unsure share, in rounds.
    """
    rng, way = np.random.default_rng(0), 1 if end == "high" else -1
    weights, rows, mixes, bases, reached, own = weigh(groups), [], [], [], [], []
    for weight, each in zip(weights, groups, strict=True):
        for side, other in (("favor", "against"), ("against", "favor"))[: 1 if measure == "neutral" else 2]:
            one, two, name = each.said[side], each.said[other], side if measure == "side" else measure
            turn = -1 if (measure, side) == ("net", "against") else 1
            terms = np.array([1, one, two, one * one, one * two, two * two])
            rows.append((SYMMETRIC.T @ terms if measure == "neutral" else terms) * each.read.unsure)
            mixes.append((each.mix, side))
            bases.append(turn * each.said[name])
            reached.append(turn * each.true[name])
            own.append(weight)
    table, base, true, weights = (np.array(each) for each in (rows, bases, reached, own))
    chosen = rng.choice(len(table), min(ROWS, len(table)), replace=False)
    factors, quantile = dict.fromkeys({*mixes}, 1.0), 1 - MISSED[measure] if way > 0 else MISSED[measure]
    bounds = (-1, 1) if measure == "net" else (0, 1)
    places = {mix: np.array([each == mix for each in mixes]) for mix in factors}
    for _ in range(ROUNDS):
        found = _quantile(table[chosen], (true - base)[chosen], _scaled(weights, mixes, factors)[chosen], quantile)
        reach = np.maximum(way * (table @ found), 0.0)
        ends = np.clip(base + way * reach, *bounds)
        held = way * (ends - true) >= -ROUNDING
        for mix, at in places.items():
            cover = float(np.average(held[at], weights=weights[at]))
            factors[mix] *= float(np.clip(np.exp(10 * (HELD - cover)), 0.5, 4))
    terms = SYMMETRIC @ found if measure == "neutral" else found
    return [round(float(each) * way * (WIDER if (way, measure) != (-1, "side") else 1.0), 2) for each in terms]


def _scaled(weights: Floats, mixes: Sequence[tuple[str, str]], factors: dict[tuple[str, str], float]) -> Floats:
    return weights * np.array([factors[mix] for mix in mixes])


def _quantile(table: Floats, wanted: Floats, weights: Floats, quantile: float) -> Floats:
    n, width = table.shape
    weights = weights * n / weights.sum()
    costs = np.concatenate([np.zeros(width), quantile * weights, (1 - quantile) * weights])
    equal = hstack([csr_matrix(table), identity(n), -identity(n)]).tocsr()
    bounds = [(None, None)] * width + [(0, None)] * (2 * n)
    return np.asarray(linprog(costs, A_eq=equal, b_eq=wanted, bounds=bounds, method="highs").x[:width])


def fit(groups: Sequence[Group]) -> dict[str, dict[str, list[float]]]:
    """Fit the ends of all measures: the content of ``data/share_errors.json``.

    Weights of 1, favor, against, favor squared, favor times against, against squared.
    """
    side, neutral = ({end: fit_end(name, end, groups) for end in ("low", "high")} for name in ("side", "neutral"))
    net = fit_end("net", "high", groups)
    return {
        "favor": side,
        "against": {end: _turned(weights) for end, weights in side.items()},
        "neutral": neutral,
        "net": {"low": _turned(net), "high": net},
        "unsure": {"least": list(LEAST), "lead": list(LEAD)},
    }


def _turned(weights: Sequence[float]) -> list[float]:
    """Return the weights of the same function after the sides changed places."""
    return [weights[at] for at in (0, 2, 1, 5, 4, 3)]


# Measures -------------------------------------------------------------------------------------------------------------


def measure(groups: Sequence[Group]) -> None:
    """Print how many groups of kinds left out have the true share in the interval of a report; leads and wrong ones."""
    held: dict[tuple[bool, str], list[tuple[str, Floats]]] = {}
    for kind in sorted({each.kind for each in groups}):
        errors = fit([each for each in groups if each.kind != kind])
        with patch.object(model_shares, "_share_errors", lambda errors=errors: errors):
            for each in (each for each in groups if each.kind == kind):
                ends = [model_interval(name, each.said[name], each.read) for name in MEASURES]
                hits = [
                    low - ROUNDING <= each.true[name] <= high + ROUNDING
                    for name, (low, high) in zip(MEASURES, ends, strict=True)
                ]
                widths, net = [(high - low) / 2 for low, high in ends], each.true["net"]
                led = {None: 0, Stance.FAVOR: 1, Stance.AGAINST: -1}[each.read.ahead]
                leads = [led * net > 0 if abs(net) >= LEADING else np.nan, led * net < 0]
                held.setdefault((each.is_new, each.mix), []).append((each.name, np.array([*hits, *widths, *leads])))
    print("comments | mix | cover (half width): against, neutral, favor, net | lead shown where 30 points | wrong")
    warnings.simplefilter("ignore", RuntimeWarning)  # of sets without a lead
    for (is_new, mix), rows in sorted(held.items(), key=lambda each: (not each[0][0], [*MIXES].index(each[0][1]))):
        sets = [np.nanmean([row for own, row in rows if own == name], axis=0) for name in {own for own, _ in rows}]
        found = np.nanmean(sets, axis=0)  # each set counts alike
        cells = ", ".join(f"{found[at]:.2f} ({found[4 + at]:.2f})" for at in range(4))
        who = "new" if is_new else "learned, with noise"
        print(f"{who} | {mix} | {cells} | {found[8]:.2f} | {found[9]:.3f} | mean half width {found[4:7].mean():.2f}")


def main() -> None:
    """Read, or fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    reading = commands.add_parser("read")
    reading.add_argument("--kind", action="append", default=[], help="NAME=FILE")
    reading.add_argument("--part", action="append", default=["hosts", "pool", "extra"])
    reading.add_argument("--tested", type=Path)
    reading.add_argument("-o", "--output", type=Path, required=True)
    fitting = commands.add_parser("fit")
    fitting.add_argument("files", type=Path, nargs="+")
    fitting.add_argument("--write", action="store_true")
    given = parser.parse_args()
    if given.command == "read":
        read(given)
        return
    groups = list(draw(given.files))
    found = fit(groups)
    print(json.dumps(found))
    if given.write:
        SHARE_ERRORS.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    measure(groups)


if __name__ == "__main__":
    main()
