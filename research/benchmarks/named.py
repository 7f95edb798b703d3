"""Measure shares that few labels correct, where few comments name the target, on real labelled comments.

A world is 1,000 comments of one set, in articles and by authors of unequal sizes; one in ten names the target, with the
sides of the set or more of one side. Those that name it are scored by a plain model of words that was fitted to the
other half; of the others a model is sure that they do not address it, and of some this is wrong. Labels are drawn at
random and as ``stance sample`` draws them.

    python -m research.benchmarks.named FOLDER [--worlds 60] [--labels 45 60] [--naming 0.1] [--gaps 0 0.2] [--seed 0]
    python -m research.benchmarks.named FOLDER --plans [--worlds 144] [--seed 0]

With gaps, two outlets are compared, whose largest sides differ by a gap: how often is it found, and how often is a
difference claimed that is none?

With plans, each world has the labels that its plan asks for: how often is the promised half width reached? Half of the
draws go on: all that the plan asks for is labelled, again and again.

FOLDER holds the comments and labels of several sets; it may also be a file of scored labels (``.npz``: ``targets``,
``labels``, ``probabilities``, ``learned``). Texts that are kept back are not read.
"""

import argparse
import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from research.benchmarks.coverage import led
from research.held import is_held
from stance.aggregation.estimation import SURELY_SILENT
from stance.aggregation.observations import Observations
from stance.aggregation.planning import chances, draw_sizes, plan_share
from stance.aggregation.shares import estimate_group
from stance.comparison.differences import Difference, adjust, compare_pair
from stance.datamodels import SIDES, STANCES, Record, Stance
from stance.labels.draws import draw_by_probability
from stance.reporting.levels import Level, level_of
from stance.reporting.plan import plan
from stance.scoring.targets.target_set import load_targets

SETS = ("blog_threads", "comment_pool", "youtube_war", "page_comments")
COMMENTS, ARTICLES = 1_000, 30
NONE = STANCES.index(Stance.NOT_ADDRESSED)
SIDES_AT = [STANCES.index(side) for side in SIDES]

LEANING = np.array([{Stance.FAVOR: 1.0, Stance.AGAINST: -1.0}.get(stance, 0.0) for stance in STANCES])

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
Set = tuple[NDArray[np.int64], Floats, NDArray[np.bool_]]
"""Labels as places in ``STANCES``, probabilities of shape (n, 4), and whether comments name the target."""


def read_sets(folder: Path) -> Iterator[tuple[str, Set]]:
    """Read the sets in which 100 comments or more that name a target address it."""
    if folder.suffix == ".npz":
        yield from read_scored(folder)
        return
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


def read_scored(path: Path) -> Iterator[tuple[str, Set]]:
    """Read labels with the probabilities of a model that did not learn them, by target."""
    columns = np.load(path)
    for target in np.unique(columns["targets"]).tolist():
        own = (columns["targets"] == target) & ~columns["learned"]
        labels, odds = columns["labels"][own], columns["probabilities"][own]
        names = odds[:, NONE] < 1 - SURELY_SILENT
        if (labels[names] != NONE).sum() >= 100:
            yield target, (labels, odds, names)


def mix_of(found: Set, tilt: Floats) -> tuple[Floats, Floats]:
    """Return the shares of stances among comments that name the target, and among the others; each of shape (4,).

    :param tilt: Shape (3,): how much likelier each side is than in the set; as many address the target.
    """
    truth, _, names = found
    mixes = [np.bincount(truth[part], minlength=len(STANCES)) / part.sum() for part in (names, ~names)]
    for mix in mixes:
        sides = mix[SIDES_AT] * tilt
        mix[SIDES_AT] = sides * mix[SIDES_AT].sum() / (sides.sum() or 1.0)
    return mixes[0], mixes[1]


def make_world(
    rng: np.random.Generator, found: Set, naming: float, mixes: tuple[Floats, Floats], comments: int = COMMENTS
) -> tuple[Observations, Ids]:
    """Draw comments of an outlet, whose articles and authors lean, without labels; and their true stances."""
    truth, odds, names = found
    sizes, activity = rng.lognormal(0, 0.7, ARTICLES), 1 / np.arange(1, comments // 3 + 1) ** 0.5
    articles = rng.choice(ARTICLES, comments, p=sizes / sizes.sum())
    authors = rng.choice(len(activity), comments, p=activity / activity.sum())
    lean = rng.normal(0, 0.5, ARTICLES)[articles] + rng.normal(0, 0.7, len(activity))[authors]
    is_named, own = rng.permutation(comments) < round(naming * comments), np.empty(comments, np.int64)
    for flags, part, mix in ((is_named, names, mixes[0]), (~is_named, ~names, mixes[1])):
        odds_of = mix * np.exp(lean[flags, None] / 2 * LEANING)
        limits = (odds_of / odds_of.sum(axis=1, keepdims=True)).cumsum(axis=1)[:, :-1]
        pools = [np.flatnonzero(part & (truth == stance)) for stance in range(len(STANCES))]
        own[flags] = [rng.choice(pools[stance]) for stance in (rng.random((flags.sum(), 1)) > limits).sum(axis=1)]
    read, none = odds[own], np.zeros(0, np.int64)
    table = Observations(
        articles, authors, read.argmax(axis=1), np.zeros(comments, np.int64), read, none, none.astype(float),
        np.zeros((0, len(STANCES)), np.int64), none, none.astype(bool), np.ones(comments, np.bool_), np.zeros(comments, np.int64),
    )  # fmt: skip
    return table, truth[own]


def draw_labels(
    rng: np.random.Generator, table: Observations, truth: Ids, labels: int, number: int = 0, *, random: bool = False
) -> Observations:
    """Draw labels as ``stance sample`` does.

    :param number: Of the outlet; outlets share no article and no author.
    :param random: Draw them at random, not as ``stance sample`` does.
    """
    comments = len(table)
    worth = np.ones(comments) if random else draw_sizes([table.probabilities[:, SIDES_AT]], comments)
    chance = chances(worth, 1.0, labels)
    audit = draw_by_probability(rng.integers(1 << 63, size=comments, dtype=np.uint64) * 2, chance, worth > 0)
    drawn = {
        "labelled": audit,
        "draws": 1 / chance[audit],
        "votes": np.eye(len(STANCES), dtype=int)[truth[audit]],
        "texts": audit,
    }
    of = {"articles": table.articles + number * ARTICLES, "authors": table.authors + number * COMMENTS}
    return replace(table, **of, **drawn, doubted=np.zeros(len(audit), bool))


def run_once(
    rng: np.random.Generator, found: Set, naming: float, labels: int, *, random: bool
) -> Iterator[list[float]]:
    """Draw a world and its labels; yield for each share: covered, half width, may be printed; a lead, a wrong one."""
    tilt = np.ones(len(SIDES))
    tilt[SIDES.index(rng.choice([Stance.AGAINST, Stance.FAVOR]))] = rng.choice([1.0, 3.0])
    table, truth = make_world(rng, found, naming, mix_of(found, tilt))
    group = estimate_group("target", draw_labels(rng, table, truth, labels, random=random))
    net = next(mean for mean in group.means if (mean.measure, mean.population) == ("net", "corpus"))
    counts = np.bincount(truth, minlength=len(STANCES))
    ahead, sign = counts[STANCES.index(Stance.FAVOR)] - counts[STANCES.index(Stance.AGAINST)], led(net)
    for share in group.shares:
        if share.population == "corpus" and share.interval and share.method == "corrected":
            low, high = share.interval
            true = counts[STANCES.index(share.stance)] / (counts.sum() - counts[NONE])
            is_covered = low - 1e-9 <= true <= high + 1e-9
            yield [is_covered, (high - low) / 2, share.may_print, sign != 0, sign * ahead < 0]


def run_pair(rng: np.random.Generator, found: Set, naming: float, labels: int, gap: float) -> list[float]:
    """Compare two outlets: the fewest labels that address the target; tested; found; wrong; covered.

    :param gap: Of the largest side, among comments that name the target; 0: every difference that is found is wrong.
    """
    shares = mix_of(found, np.ones(len(SIDES)))[0][SIDES_AT]
    shares /= shares.sum()
    side = int(shares.argmax())
    groups, numbers, true = [], list[int](), list[float]()
    for number, change in enumerate((gap / 2, -gap / 2)):
        tilt = np.full(len(SIDES), 1 - change / (1 - shares[side]))
        tilt[side] = 1 + change / shares[side]
        mixes = mix_of(found, tilt)
        drawn = draw_labels(rng, *make_world(rng, found, naming, mixes), labels, number)
        groups.append(estimate_group("target", drawn))
        both = (naming * mixes[0] + (1 - naming) * mixes[1])[SIDES_AT]
        true.append(both[side] / both.sum())
        numbers.append(int(drawn.votes[:, SIDES_AT].sum()))
    tests = adjust(compare_pair(Difference("target", Stance.AGAINST, "A", "B"), *groups))
    differ = [np.sign(test.estimate or 0) * (test.verdict == "differ") for test in tests]
    right = [0 if gap == 0 else 1 if at == side else -1 for at in range(len(SIDES))]
    wrong = any(sign not in (0, is_right) for sign, is_right in zip(differ, right, strict=True))
    low, high = tests[side].interval or (np.nan, np.nan)
    return [min(numbers), tests[side].interval is not None, differ[side] > 0, wrong, low <= true[0] - true[1] <= high]


def planned_world(rng: np.random.Generator, sets: dict[str, Set]) -> tuple[Observations, Ids]:
    """Draw a world of any size and mix of sides, in which few or all comments name the target."""
    found = sets[rng.choice([*sets])]
    tilt = np.exp(rng.normal(0, 0.5, len(SIDES)))
    comments = round(float(np.exp(rng.uniform(np.log(100), np.log(2_500)))))
    naming = rng.choice([0.1, 0.3, 0.6, 1.0])
    return make_world(rng, found, naming, mix_of(found, tilt), comments)


def ask(goal: Record, drawn: Observations) -> tuple[Level, list[Record]]:
    """Estimate, and plan further labels, as a report does."""
    group = estimate_group("target", drawn)
    numbers = {"comments": len(drawn), "not_covered": 0, "addressed": {"target": int((drawn.stances != NONE).sum())}}
    read = dict(zip(STANCES, drawn.votes.sum(axis=0).tolist(), strict=True))
    labels = {"labelled": {"target": drawn.drawn}, "read": {"target": read}, "learnable": {"target": goal}}
    shares = [asdict(share) for share in group.shares]
    record = {"group": "all", "shares": shares, "articles": ARTICLES} | numbers | labels
    level = level_of(record, "target", whole=True)
    drawn_of = {"target": {"all": drawn.drawn}}
    return level, plan({"groups": [record], "drawn": drawn_of}, [level])


def print_plans(sets: dict[str, Set], worlds: int, seed: int) -> None:
    """Print how often the labels of a plan reach its half width, and how sequels end."""
    reached, again, labels, steps, left = list[float](), list[bool](), list[int](), list[int](), 0
    printed = list[bool]()
    for number in range(worlds):
        rng = np.random.default_rng([seed, number])
        table, truth = planned_world(rng, sets)
        goal = plan_share(table)
        for draw in range(3 if goal else 0):
            n, step = int(goal["n"]), 0
            while n:  # permanent random numbers: a larger draw holds the smaller one
                level, questions = ask(goal, draw_labels(np.random.default_rng([seed, number, draw]), table, truth, n))
                if not step:
                    reached.append(level.half_width / goal["half_width"])
                    printed.append(level.may_print)
                    labels.append(n)
                else:
                    again.append(not questions)
                is_asked = bool(questions)
                left += not questions and not level.is_exact and not level.may_print
                n, step = int(questions[0]["n"]) if is_asked else 0, step + 1
            steps.append(step)
    ratios = np.array(reached)
    print(
        f"{len(labels)} draws of {np.mean(labels):.1f} labels; half width reached: {np.mean(ratios <= 1):.3f}", end="; "
    )
    print(
        f"within a tenth: {np.mean(ratios <= 1.1):.3f}; promised / reached, median: {1 / np.median(ratios):.3f}",
        end="; ",
    )
    print(f"widest: {ratios.max():.2f}; may be printed: {np.mean(printed):.3f}")
    print(f"{len(again)} sequels: reached {np.mean(again):.3f}; most draws {max(steps)}; left unanswered: {left}")


def print_shares(sets: dict[str, Set], worlds: int, labels: int, naming: float, seed: int) -> None:
    """Print how many shares labels correct, and how well."""
    columns = ("labels", "draw", "set", "corrected", "coverage", "half width", "may be printed", "leads", "wrong")
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for draw in ("random", "named"):
        rows: dict[str, list[list[float]]] = defaultdict(list)
        for number, (name, found) in enumerate(sets.items()):
            rng = np.random.default_rng([seed, number])
            for _ in range(worlds):
                rows[name] += run_once(rng, found, naming, labels, random=draw == "random")
        every = {"all": [row for each in rows.values() for row in each]}
        for name, own in (every | rows).items():
            part = len(own) / (3 * worlds * (len(sets) if name == "all" else 1))
            cells = " | ".join(f"{value:.3f}" for value in (part, *(np.mean(own, axis=0) if own else [np.nan] * 5)))
            print(f"| {labels} | {draw} | {name} | {cells} |", flush=True)


def print_pairs(sets: dict[str, Set], pairs: int, labels: int, naming: float, gap: float, seed: int) -> None:
    """Print how many differences between two outlets are found, and how many of them are wrong."""
    rows = {}
    for number, (name, found) in enumerate(sets.items()):
        rng = np.random.default_rng([seed, number])  # sets of one seed would have the same articles and authors
        rows[name] = [run_pair(rng, found, naming, labels, gap) for _ in range(pairs)]
    print(
        "| labels | gap | set | address | tested | found | wrong | coverage of the gap |\n|---|---|---|---|---|---|---|---|"
    )
    for name, own in ({"all": [row for each in rows.values() for row in each]} | rows).items():
        fewest, tested, found, wrong, covered = np.array(own, float).T
        means = (
            fewest.mean(),
            tested.mean(),
            found.mean(),
            wrong.mean(),
            covered[tested > 0].mean() if tested.any() else np.nan,
        )
        print(f"| {labels} | {gap:g} | {name} | {' | '.join(f'{mean:.3f}' for mean in means)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", type=int, default=60)
    parser.add_argument("--labels", type=int, nargs="+", default=[45, 60])
    parser.add_argument("--naming", type=float, default=0.1)
    parser.add_argument(
        "--gaps", type=float, nargs="+", help="compare pairs of outlets whose largest side differs by this"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plans", action="store_true", help="measure the half widths that plans promise")
    given = parser.parse_args()
    sets = dict(read_sets(given.folder))
    if given.plans:
        print_plans(sets, given.worlds, given.seed)
        return
    for labels in given.labels:
        for gap in given.gaps or ():
            print_pairs(sets, given.worlds, labels, given.naming, gap, given.seed)
        if given.gaps is None:
            print_shares(sets, given.worlds, labels, given.naming, given.seed)


if __name__ == "__main__":
    main()
