"""Fit how far from a model's share of a side the true one may lie, on kinds of text that the model did not learn from.

    python -m research.training.kind_errors read --kind NAME=FILE... [--tested FILE] -o FOLDER
    python -m research.training.kind_errors fit FOLDER/NAME.npz... [--write]

``read`` writes what ``data/models/default`` says of all labelled comments that name a target, and which of them it
learned from: all but the kind ``sources``, the table given as tested, and the parts that ``finetune_reader --part`` left
out. ``fit`` draws groups of 60 to 300 comments from each site and target: with the sides as they are, 60 % in favor, 80 %
against, all in favor, all against. Readings of comments that the model learned from are first made as unsure as those of
new ones: noise of one unit is added to the log odds, after which ``pool`` has the log loss of its part that was left out.

What models read of each mix is fitted as a mean, which changes with the unsure share, and a spread between groups
(``ModelShares.distances``). A mix is kept if its distance is at most a limit: the distance that most groups of a like
share have from their own mix, by functions fitted without their kind. Limits are the same for both sides; what is read
of them is not, since models find favor less often than it is there.
What is printed is measured on each kind by functions fitted without it.
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

from research.training.share_errors import read_tested
from stance.aggregation import model_shares
from stance.aggregation.model_shares import ModelShares, mixes, model_interval
from stance.aggregation.observations import values_of
from stance.datamodels import SIDES, STANCES, UNKNOWN_LANGUAGE, Stance, Via
from stance.resources import DATA, SHARE_ERRORS
from stance.scoring.persistence import model_digest

MIXES = {"own": None, "60 % favor": ("favor", 0.6), "80 % against": ("against", 0.8)}
MIXES |= {"all favor": ("favor", 1.0), "all against": ("against", 1.0)}
FEWEST, FEWEST_MOVED = 20, 12
"""Labelled comments of a site that address the target, and of the side whose share is moved."""

SMALLEST, LARGEST, DRAWN = 60, 300, 12
"""Comments of a group; groups of each set and mix."""

NOISE = 1.0
"""Standard deviation of what is added to the log odds of comments that the model learned from."""

HELD = 0.87
"""Share of groups of like shares whose own mix is kept; with more, intervals of groups mostly against are wider, and
nearly all contain the truth."""

BAND, KNOTS = 0.12, 11
"""Standard deviation of the weights of groups by their share; shares from 0 to 1 for which there is a limit."""

CENTER, PENALTY = 0.2, 0.001
"""Unsure share at which means are fitted; penalty of how they change with it, which few kinds show."""

ROUNDING = 0.005
"""Distance from an end at which a share still counts as held: ends are printed in whole percent."""

LEAST = 0.12
"""Least unsure share, which 1 % of groups of new comments have."""

LEAD = 0.12, 0.8
"""Difference of the sides from which one is ahead, at an unsure share of 0, and how much more for one of 1: in each mix
less than 2 % of groups are told the wrong side."""

LEADING = 0.3
"""True difference of the sides from which a lead should be told."""

NEW = ("sources", "pool2")
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
    if site.startswith("tweets"):
        return "tweets"
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
                        read = ModelShares.of(values, n, np.ones(len(values), np.bool_))
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


def fit_readings(groups: Sequence[Group]) -> dict[str, Floats]:
    """Fit what models read of mixes, by least squares, and the spread of groups around it."""
    read = np.array([[each.read.against, each.read.favor] for each in groups])
    true = np.array([[each.true[name] for name in MEASURES[:3]] for each in groups])
    unsure = np.array([max(LEAST, each.read.unsure) for each in groups])
    weights = weigh(groups) / weigh(groups).sum()
    terms = np.hstack([true, true * (unsure - CENTER)[:, None]])
    weighed = (terms * weights[:, None]).T
    means = np.linalg.solve(weighed @ terms + np.diag([1e-6] * 3 + [PENALTY] * 3), weighed @ read)
    off = read - terms @ means
    units = np.linalg.cholesky(np.linalg.inv((off * weights[:, None]).T @ off))
    found = {"sides": means[:3] - CENTER * means[3:], "unsure": means[3:], "units": units}
    return {name: each.round(4) for name, each in found.items()} | {"least": np.array(LEAST)}


def fit(groups: Sequence[Group]) -> dict[str, Floats]:
    """Fit the content of ``data/share_errors.json``; limits by functions fitted without the kind of each group."""
    kinds, weights, signs = np.array([each.kind for each in groups]), weigh(groups), [*np.eye(3), [-1, 0, 1]]
    values = np.array([[each.true[name] for name in MEASURES] for each in groups])
    own, tried = np.zeros(values.shape), mixes() @ np.transpose(signs)
    for kind in {*kinds.tolist()}:
        errors = fit_readings([each for each in groups if each.kind != kind])
        for row in np.flatnonzero(kinds == kind):
            distances, gaps = groups[int(row)].read.distances(errors), abs(tried - values[row])
            own[row] = [distances[gap < gap.min() + 1e-9].min() for gap in gaps.T]
    columns = {"against": [0, 2], "neutral": [1], "favor": [0, 2], "net": [3]}  # of which each limit is fitted
    limits = {
        name: np.array([_limit(values[:, at], own[:, at], weights, share) for share in np.linspace(0, 1, KNOTS)])
        for name, at in columns.items()
    }
    return fit_readings(groups) | limits | {"lead": np.array(LEAD)}


def _limit(values: Floats, own: Floats, weights: Floats, share: float) -> float:
    """Return the distance that ``HELD`` of groups near a share have from their own mix."""
    near = (weights[:, None] * np.exp(-(((abs(values) - share) / BAND) ** 2) / 2)).ravel()
    order = np.argsort(own.ravel())
    return round(float(own.ravel()[order][np.searchsorted(np.cumsum(near[order]), HELD * near.sum())]), 2)


# Measures -------------------------------------------------------------------------------------------------------------


def measure(groups: Sequence[Group]) -> None:
    """Print how many groups of kinds left out have the true share in the interval of a report; leads and wrong ones."""
    held: dict[tuple[bool, str], list[tuple[str, Floats]]] = {}
    for kind in sorted({each.kind for each in groups}):
        errors = fit([each for each in groups if each.kind != kind])
        with patch.object(model_shares, "_share_errors", lambda errors=errors: errors):
            for each in (each for each in groups if each.kind == kind):
                ends = [model_interval(name, each.said[name], each.read, sampling=None) for name in MEASURES]
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
    found = {name: each.tolist() for name, each in fit(groups).items()}
    print(json.dumps(found))
    if given.write:
        of = {
            "model": f"default@{model_digest(DATA / 'models' / 'default')[:4]}",
            "languages": ["en", UNKNOWN_LANGUAGE],
        }
        SHARE_ERRORS.write_text(json.dumps(of | found, indent=1) + "\n", encoding="utf-8")
    measure(groups)


if __name__ == "__main__":
    main()
