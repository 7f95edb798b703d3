"""Measure shares that few labels correct, where few comments name the target, on real labelled comments.

A world is 1,000 comments of one set, in articles and by authors of unequal sizes; one in ten names the target, with the
sides of the set or more of one side. Those that name it are scored by a plain model of words that was fitted to the
other half; of the others a model is sure that they do not address it, and of some this is wrong. Labels are drawn at
random and as ``stance sample`` draws them.

    python -m research.benchmarks.named FOLDER [--worlds 60] [--labels 45 60] [--naming 0.1]

FOLDER holds the comments and labels of several sets. Texts that are kept back are not read.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from research.held import is_held
from stance.aggregation.observations import Observations
from stance.aggregation.planning import chances, draw_sizes
from stance.aggregation.shares import estimate_group
from stance.datamodels import SIDES, STANCES, Stance
from stance.labels.draws import draw_by_probability
from stance.scoring.targets.target_set import load_targets

SETS = ("blog_threads", "comment_pool", "youtube_war", "page_comments")
COMMENTS, ARTICLES = 1_000, 30
NONE = STANCES.index(Stance.NOT_ADDRESSED)
SIDES_AT = [STANCES.index(side) for side in SIDES]

Floats = NDArray[np.float64]
Set = tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]
"""Labels as places in ``STANCES``, probabilities of shape (n, 4), and whether comments name the target."""


def read_sets(folder: Path) -> Iterator[tuple[str, Set]]:
    """Read the sets in which 100 comments or more that name a target address it."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    targets = load_targets()
    for name in SETS:
        path = next(each for each in (folder / f"{name}.csv", folder / f"{name}_comments.csv") if each.is_file())
        with path.open(encoding="utf-8", newline="") as file:
            texts = {row["id"]: row["text"] for row in csv.DictReader(file) if not is_held(row["text"])}
        with (folder / f"{name}_labels.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["id"] in texts and row["label_a"] == row["label_b"]]
        found = {id_: {each.target for each in targets.find(text, language="en")} for id_, text in texts.items()}
        for target in sorted({row["target"] for row in rows}):
            own = [row for row in rows if row["target"] == target]
            labels = np.array([STANCES.index(Stance(row["label_a"])) for row in own])
            names = np.array([target in found[row["id"]] for row in own])
            if (labels[names] != NONE).sum() < 100:
                continue
            columns = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit_transform(
                texts[row["id"]] for row in own
            )
            odds, half = np.eye(len(STANCES))[np.full(len(own), NONE)], np.arange(len(own)) % 2
            for at in (0, 1):
                model = LogisticRegression(C=10, max_iter=500).fit(
                    columns[(half != at) & names], labels[(half != at) & names]
                )
                tested = (half == at) & names
                odds[tested] = 0
                odds[np.ix_(tested, model.classes_)] = model.predict_proba(columns[tested])
            yield f"{name} {target}", (labels, odds, names)


def run_once(
    rng: np.random.Generator, found: Set, naming: float, labels: int, *, random: bool
) -> Iterator[list[float]]:
    """Draw a world and its labels; yield for each share with an interval: covered, half width, may be printed."""
    truth, odds, names = found
    lean = np.where(truth == STANCES.index(rng.choice([Stance.AGAINST, Stance.FAVOR])), rng.choice([1.0, 3.0]), 1.0)
    drawn = []
    for part, n in ((names, round(naming * COMMENTS)), (~names, COMMENTS - round(naming * COMMENTS))):
        own, weights = np.flatnonzero(part), lean[part].copy()
        addressed = truth[own] != NONE
        weights[addressed] /= weights[addressed].mean() if addressed.any() else 1.0
        drawn.append(rng.choice(own, n, p=weights / weights.sum()))
    world = rng.permutation(np.concatenate(drawn))
    sizes, activity = rng.lognormal(0, 0.7, ARTICLES), 1 / np.arange(1, COMMENTS // 3 + 1) ** 0.5
    articles = rng.choice(ARTICLES, COMMENTS, p=sizes / sizes.sum())
    authors = rng.choice(len(activity), COMMENTS, p=activity / activity.sum())
    said, read = truth[world], odds[world]
    worth = np.ones(COMMENTS) if random else draw_sizes([read[:, SIDES_AT]], COMMENTS)
    chance = chances(worth, 1.0, labels)
    audit = draw_by_probability(rng.integers(1 << 63, size=COMMENTS, dtype=np.uint64) * 2, chance, worth > 0)
    table = Observations(
        articles, authors, read.argmax(axis=1), np.zeros(COMMENTS, np.int64), read, audit, 1 / chance[audit],
        said[audit], audit, np.zeros(len(audit), bool),
    )  # fmt: skip
    for share in estimate_group("target", table).shares:
        if share.population == "corpus" and share.interval and share.method == "corrected":
            low, high = share.interval
            true = (said == STANCES.index(share.stance)).sum() / (said != NONE).sum()
            yield [low - 1e-9 <= true <= high + 1e-9, (high - low) / 2, share.may_print]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--labels", type=int, nargs="+", default=[45, 60])
    parser.add_argument("--naming", type=float, default=0.1)
    given = parser.parse_args()
    sets = dict(read_sets(given.folder))
    print("| labels | draw | set | corrected | coverage | half width | may be printed |\n|---|---|---|---|---|---|---|")
    for labels in given.labels:
        for draw in ("random", "named"):
            rows: dict[str, list[list[float]]] = defaultdict(list)
            for name, found in sets.items():
                rng = np.random.default_rng(0)
                for _ in range(given.worlds):
                    rows[name] += run_once(rng, found, given.naming, labels, random=draw == "random")
            every = {"all": [row for each in rows.values() for row in each]}
            for name, own in (every | rows).items():
                part = len(own) / (3 * given.worlds * (len(sets) if name == "all" else 1))
                cells = " | ".join(f"{value:.3f}" for value in (part, *(np.mean(own, axis=0) if own else [np.nan] * 3)))
                print(f"| {labels} | {draw} | {name} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
