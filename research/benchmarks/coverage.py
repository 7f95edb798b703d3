"""Measure the coverage of intervals of outlets with known shares: two simulated ones, or real comments.

Both outlets have the same true share, so every "differ" is false. Comments cluster: authors and articles lean, with
standard deviations of 1.0 and 0.5 on the logit, and some authors write far more than others. A classifier errs, in one
setting alike in both outlets, in one more in the second, in one hardly ever. Of each outlet 50 to 400 comments are
labelled.
What is measured runs through the same functions as `stance compare`.

    python -m research.benchmarks.coverage [--runs 1000] [--seed 0] [--few 25] [-o research/reports/coverage.md]
    python -m research.benchmarks.coverage SETS.npz ... [--runs 300] [--seed 0] [--annotators]

1,000 runs take a few minutes on one core.

With sets, an outlet is drawn from real comments toward one target that the model did not learn from: 60 to 300 of them,
with the sides of the set or with more of one side. 50 are labelled at random. Does the interval hold the true net stance,
is a lean claimed, and is a claimed lean wrong? With ``--annotators``, a second annotator labels as well. Each file is a set: ``labels`` (places in STANCES), ``probabilities``
(n, 4) and ``targets``, as ``research.training.share_errors.save_set`` writes them.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit, ndtr, roots_hermitenorm

from stance.aggregation.intervals import wilson_interval
from stance.aggregation.observations import Observations, certain
from stance.aggregation.shares import GroupEstimate, Mean, estimate_group
from stance.comparison.differences import Difference, adjust, compare_pair
from stance.datamodels import SIDES, STANCES, Stance
from stance.reporting.levels import leads

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

COMMENTS, AUTHORS, ADDRESSING = 1_500, 400, 0.6
AUTHOR_SD, ARTICLE_SD = 1.0, 0.5
SHARES, ARTICLES, LABELS = (0.40, 0.05), (60, 10), (50, 100, 200, 400)
FEW_LABELS = (25,)
NONE = len(SIDES)
"""The place of not addressed, behind the sides: against, neutral, in favor."""

PLACES = np.array([STANCES.index(each) for each in (*SIDES, Stance.NOT_ADDRESSED)])
"""Places in ``STANCES`` of these four."""

# A row for each true stance: how probable it is that the classifier says against, neutral, in favor, not addressed.
USUAL = np.array(
    [[0.72, 0.16, 0.06, 0.06], [0.14, 0.66, 0.12, 0.08], [0.08, 0.16, 0.68, 0.08], [0.04, 0.08, 0.05, 0.83]]
)
WORSE = np.array(
    [[0.60, 0.24, 0.08, 0.08], [0.10, 0.70, 0.10, 0.10], [0.06, 0.20, 0.64, 0.10], [0.03, 0.08, 0.04, 0.85]]
)
SHARP = np.array(
    [[0.96, 0.02, 0.01, 0.01], [0.01, 0.97, 0.01, 0.01], [0.01, 0.02, 0.96, 0.01], [0.002, 0.005, 0.003, 0.99]]
)
ERRORS = {"equal": (USUAL, USUAL), "different": (USUAL, WORSE), "few": (SHARP, SHARP)}
CONFIDENCE = {"few": 400.0}
"""How sure the classifier is of what it says; 5 elsewhere. So sharp a one as a large model that names one label."""


@dataclass(frozen=True)
class Outlet:
    """Comments of one outlet: articles, authors, true stances and predictions."""

    articles: Ids
    authors: Ids
    truth: Ids
    said: Ids
    soft: Floats  # shape (comments, 4)


@dataclass(frozen=True)
class Setting:
    share: float
    articles: int
    errors: str


@cache
def base_rate(share: float) -> float:
    """Find the intercept under which the leanings of authors and articles average to a share."""
    points, weights = roots_hermitenorm(64)
    spread = np.hypot(AUTHOR_SD, ARTICLE_SD)
    return float(brentq(lambda at: weights @ expit(at + spread * points) / weights.sum() - share, -20, 20))


def draw_outlet(
    rng: np.random.Generator, share: float, articles: int, confusion: Floats, confidence: float = 5.0
) -> Outlet:
    """Draw comments, and what a classifier says of them, the surer the higher its confidence."""
    sizes, activity = rng.lognormal(0, 0.7, articles), rng.lognormal(0, 1.0, AUTHORS)
    article = rng.choice(articles, COMMENTS, p=sizes / sizes.sum())
    author = rng.choice(AUTHORS, COMMENTS, p=activity / activity.sum())
    leaning = rng.normal(0, AUTHOR_SD, AUTHORS)[author] + rng.normal(0, ARTICLE_SD, articles)[article]
    against = rng.random(COMMENTS) < expit(base_rate(share) + leaning)
    truth = np.where(against, 0, rng.integers(1, NONE, COMMENTS))
    truth[rng.random(COMMENTS) >= ADDRESSING] = NONE
    drawn = (rng.random(COMMENTS)[:, None] > confusion.cumsum(axis=1)[truth]).sum(axis=1)
    weights = rng.gamma(1 + confidence * (np.arange(NONE + 1) == drawn[:, None]))
    soft = weights / weights.sum(axis=1, keepdims=True)
    return Outlet(article, author, truth, soft.argmax(axis=1), soft)


def observe(
    articles: Ids, authors: Ids, said: Ids, soft: Floats, labelled: Ids, truth: Ids, second: Ids | None = None
) -> Observations:
    """Return comments of which a simple random sample is labelled.

    :param soft: Shape (n, 4), in the order of against, neutral, in favor and not addressed, as ``said`` and ``truth``.
    :param labelled: Places of the labelled comments.
    :param second: Labels of a second annotator, where there is one, with -1 for comments without.
    """
    votes = np.array(certain(PLACES[truth[labelled]]), np.int64)
    if second is not None:
        votes += np.where(second[labelled, None] < 0, 0, certain(PLACES[second[labelled]]).astype(np.int64))
    count, probabilities = len(soft), np.empty_like(soft)
    probabilities[:, PLACES] = soft
    return Observations(
        articles,
        authors,
        PLACES[said],
        np.zeros(count, np.int64),
        probabilities,
        labelled,
        np.full(len(labelled), count / max(1, len(labelled))),
        votes,
        np.arange(len(labelled)),
        np.zeros(len(labelled), bool),
        np.ones(count, bool),
        np.zeros(count, np.int64),
    )


def table_of(outlet: Outlet, labelled: Ids, number: int) -> Observations:
    """Return the comments of an outlet.

    :param labelled: Which comments have a label: a simple random sample.
    :param number: Of the outlet; outlets share no article and no author.
    """
    articles, authors = outlet.articles + number * 1_000, outlet.authors + number * 1_000
    return observe(articles, authors, outlet.said, outlet.soft, labelled, outlet.truth)


def together(tables: Sequence[Observations]) -> Observations:
    """Return the comments of several outlets as one group, of which each is a stratum."""
    starts = np.cumsum([0, *map(len, tables)])
    columns = {
        field.name: np.concatenate([getattr(table, field.name) for table in tables]) for field in fields(Observations)
    }
    columns["labelled"] = np.concatenate([table.labelled + at for table, at in zip(tables, starts, strict=False)])
    columns["texts"] = np.arange(len(columns["labelled"]))
    return Observations(**columns | {"strata": np.repeat(np.arange(len(tables)), [*map(len, tables)])})


def naive(outlet: Outlet, stances: Ids) -> tuple[float, int]:
    """Count, as if all comments were independent and the classifier never erred."""
    return float((stances == 0).sum()), int((stances < NONE).sum())


@dataclass
class Tally:
    """Count events."""

    counts: dict[tuple[str, ...], list[float]]

    def note(self, *key: str, value: float) -> None:
        self.counts[key].append(value)

    def mean(self, *key: str) -> float:
        return float(np.mean(self.counts[key])) if key in self.counts else np.nan


def covers(interval: tuple[float, float] | None, truth: float) -> bool:
    return interval is not None and interval[0] - 1e-9 <= truth <= interval[1] + 1e-9


def run_once(rng: np.random.Generator, setting: Setting, tally: Tally, few: Sequence[int]) -> None:
    """Draw two outlets, estimate each with and without labels, and compare them.

    :param few: Numbers of labels, fewer than 50.
    """
    confidence = CONFIDENCE.get(setting.errors, 5.0)
    outlets = [draw_outlet(rng, setting.share, setting.articles, each, confidence) for each in ERRORS[setting.errors]]
    orders = [rng.permutation(COMMENTS) for _ in outlets]
    for labels in (*LABELS, *few, 0):
        tables = [table_of(each, orders[at][:labels], at) for at, each in enumerate(outlets)]
        found = [estimate_group("target", table) for table in tables]
        key = str(labels)
        for outlet, estimated in zip(outlets, found, strict=True):
            note_estimate(outlet, estimated, setting, key, tally)
        if all(each.corrected for each in found):
            note_total(estimate_group("target", together(tables)), found, setting, key, tally)
        verdicts = [each.verdict for each in differences(*found)]
        tally.note(key, "differ", value="differ" in verdicts)
        tally.note(key, "differ against", value=verdicts[0] == "differ")
    for what in ("said", "truth"):
        note_naive([naive(each, getattr(each, what)) for each in outlets], setting, what, tally)


def differences(one: GroupEstimate, other: GroupEstimate) -> tuple[Difference, ...]:
    return adjust(compare_pair(Difference("target", Stance.AGAINST, "A", "B"), one, other))


def note_estimate(outlet: Outlet, estimated: GroupEstimate, setting: Setting, key: str, tally: Tally) -> None:
    share, exact = (
        next(each for each in estimated.shares if each.stance is Stance.AGAINST and each.population == population)
        for population in ("outlet", "corpus")
    )
    count, n = naive(outlet, outlet.truth)
    tally.note(key, "interval", value=share.interval is not None)
    tally.note(key, "estimate", value=(share.estimate or 0.0) - setting.share)
    if share.interval:
        tally.note(key, "coverage", value=covers(share.interval, setting.share))
        tally.note(key, "width", value=share.interval[1] - share.interval[0])
    if exact.interval:
        tally.note(key, "corpus", value=covers(exact.interval, count / n))


def note_total(total: GroupEstimate, parts: Sequence[GroupEstimate], setting: Setting, key: str, tally: Tally) -> None:
    """Note whether the interval of both outlets together holds the share, and whether a share is outside its parts."""
    tally.note(key, "total", value=covers(total.shares[0].interval, setting.share))
    for share, *of_parts in zip(total.shares, *(part.shares for part in parts), strict=True):
        low, *_, high = sorted(part.estimate or 0.0 for part in of_parts)
        tally.note(key, "outside", value=not low - BEYOND <= (share.estimate or 0.0) <= high + BEYOND)


def note_naive(counted: list[tuple[float, int]], setting: Setting, what: str, tally: Tally) -> None:
    """Apply the usual method: a binomial interval for each, and a test of two proportions."""
    for count, n in counted:
        tally.note(what, "coverage", value=covers(wilson_interval(count, n), setting.share))
        tally.note(what, "estimate", value=count / n - setting.share)
    (a, n_a), (b, n_b) = counted
    pooled = (a + b) / (n_a + n_b)
    error = np.sqrt(pooled * (1 - pooled) * (1 / n_a + 1 / n_b))
    tally.note(what, "differ", value=bool(2 * ndtr(-abs(a / n_a - b / n_b) / error) <= 0.05))


def simulate(setting: Setting, runs: int, seed: int, few: Sequence[int] = FEW_LABELS) -> Tally:
    """Repeat the simulation.

    :param seed: The same seed gives the same draws.
    """
    tally = Tally(defaultdict(list))
    rng = np.random.default_rng([seed, int(setting.share * 100), setting.articles, list(ERRORS).index(setting.errors)])
    for _ in range(runs):
        run_once(rng, setting, tally, few)
    return tally


def settings() -> Iterator[Setting]:
    for share, articles, errors in product(SHARES, ARTICLES, ERRORS):
        yield Setting(share, articles, errors)


# The page -------------------------------------------------------------------------------------------------------------

PROMISED = (0.92, 0.98)
FEW_ERRORS = 10
"""With fewer expected among the labels, the error rate cannot be estimated: such intervals may be wider."""
FALSE = 0.07
BEYOND = 0.02
"""How far a share of both outlets together may be outside of their shares."""

HEAD = (
    "| share | articles | errors | labels | coverage, outlet | coverage, corpus | coverage, both together | width | bias "
    "| false “differ” |"
)
NAIVE_HEAD = (
    "| share | articles | errors | counting: coverage | bias | false “differ” "
    "| true labels, binomial: coverage | false “differ” | no labels, clustered: coverage | “differ” |"
)


def table(head: str, rows: Iterator[list[str]]) -> str:
    rule = "|" + "---|" * (head.count("|") - 1)
    return "\n".join([head, rule, *("| " + " | ".join(row) + " |" for row in rows)])


def setting_cells(setting: Setting) -> list[str]:
    return [f"{setting.share:.2f}", str(setting.articles), setting.errors]


def corrected_rows(tallies: Mapping[Setting, Tally]) -> Iterator[list[str]]:
    for setting, tally in tallies.items():
        for labels in map(str, LABELS):
            figures = [f"{tally.mean(labels, what):.3f}" for what in ("coverage", "corpus", "total", "width")]
            bias, differ = tally.mean(labels, "estimate"), tally.mean(labels, "differ")
            yield [*setting_cells(setting), labels, *figures, f"{bias:+.3f}", f"{differ:.3f}"]


def few_labels(tally: Tally) -> list[str]:
    """Return the numbers of labels that are fewer than 50."""
    return sorted({count for count, *_ in tally.counts if count.isdecimal()} - {"0", *map(str, LABELS)})


def few_rows(tallies: Mapping[Setting, Tally]) -> Iterator[list[str]]:
    for setting, tally in tallies.items():
        for labels in few_labels(tally):
            figures = [f"{tally.mean(labels, what):.3f}" for what in ("interval", "coverage", "width", "differ")]
            yield [*setting_cells(setting), labels, *figures]


def naive_rows(tallies: Mapping[Setting, Tally]) -> Iterator[list[str]]:
    for setting, tally in tallies.items():
        yield [
            *setting_cells(setting),
            f"{tally.mean('said', 'coverage'):.3f}",
            f"{tally.mean('said', 'estimate'):+.3f}",
            f"{tally.mean('said', 'differ'):.3f}",
            f"{tally.mean('truth', 'coverage'):.3f}",
            f"{tally.mean('truth', 'differ'):.3f}",
            f"{tally.mean('0', 'coverage'):.3f}",
            f"{tally.mean('0', 'differ'):.3f}",
        ]


def is_told(setting: Setting, labels: int) -> bool:
    """Return whether labels are expected to show enough errors to estimate the error rate."""
    return labels * (1 - np.diag(ERRORS[setting.errors][0]).mean()) > FEW_ERRORS


def misses(tallies: Mapping[Setting, Tally]) -> list[str]:
    """List the settings outside the criteria."""
    found = []
    for setting, tally in tallies.items():
        for count in LABELS:
            labels, most = str(count), PROMISED[1] if is_told(setting, count) else 1.0
            for what in ("coverage", "corpus", "total"):
                if not PROMISED[0] <= (share := tally.mean(labels, what)) <= most:
                    found.append(f"{setting}, {labels} labels: {what} {share:.3f}")
        for labels in (*map(str, LABELS), *few_labels(tally)):
            if (differ := tally.mean(labels, "differ")) > FALSE:
                found.append(f"{setting}, {labels} labels: differ {differ:.3f}")
            if (outside := tally.mean(labels, "outside")) > 0:
                found.append(f"{setting}, {labels} labels: {outside:.4f} of shares together outside of both")
        if claimed := tally.mean("0", "differ"):
            found.append(f"{setting}, no labels: differ {claimed:.3f}")
    return found


def page(tallies: Mapping[Setting, Tally], runs: int, seed: int) -> str:
    outside = misses(tallies)
    verdict = "All criteria are met." if not outside else f"Outside: {'; '.join(outside)}."
    return f"""# Coverage of confidence intervals in simulations

`python -m research.benchmarks.coverage --runs {runs} --seed {seed} -o research/reports/coverage.md` wrote this page.

Two made-up outlets, {COMMENTS:,} comments each of {AUTHORS} authors, {ADDRESSING:.0%} of them addressing the target.
Authors and articles lean (SD {AUTHOR_SD} and {ARTICLE_SD} on the logit). Both outlets have the **same true share** of
comments against it, so every “differ” is false. The classifier is right in 66 to 83 % of a class; with “different”
errors it finds 60 % instead of 72 % of the comments against the target in the second outlet; with “few” errors it is
right in 96 to 99 % and always certain, like a large model that returns one label. {runs:,} runs each; a figure near .95
varies by about .01 by chance.

Criteria: coverage of 95 % intervals in [{PROMISED[0]}, {PROMISED[1]}], or higher where labels are expected to show at
most {FEW_ERRORS} errors, too few to estimate the error rate; a false “differ” of any of the three stances, over all
tests together, in at most {FALSE:.0%} of runs; without labels never. **{verdict}**

## With audit labels (method `corrected`)

“Outlet” intervals are for comments like these; “corpus” intervals are for exactly these comments. Labels are per
outlet. A share of both together is outside of the shares of the two by {100 * BEYOND:.0f} points at most: shares below 0
are set to 0, and the others of their group fall with it.

{table(HEAD, corrected_rows(tallies))}

## Uncorrected methods, on the same draws

Counts of predictions with a binomial interval and a test of two proportions; the same with perfect labels; and
`stance compare` without labels.

{table(NAIVE_HEAD, naive_rows(tallies))}

Clustering does not correct a biased count: without labels the interval misses the true share, and states that it may.
No difference is claimed.

## Fewer than 50 labels (method `corrected` from 20 that address the target, else `labels`)

{table("| share | articles | errors | labels | interval given | coverage | width | “differ” |", few_rows(tallies))}
"""


# Real comments --------------------------------------------------------------------------------------------------------

DRAWN, SMALLEST, LARGEST = 50, 60, 300
MIXES = (1.0, 3.0)
"""How much likelier comments of a side chosen at random are drawn than the others."""

LEANING = 0.30
"""A true net stance, as a share, from which a lean should be claimed."""

FEWEST_ADDRESSING = 100
"""Labelled pairs of a set that address the target."""

_SIDES = [STANCES.index(side) for side in SIDES]
_FAVOR, _AGAINST = STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)


def run_real(rng: np.random.Generator, labels: Ids, read: Floats, mix: float) -> tuple[float, Mean]:
    """Draw an outlet and estimate its net stance from 50 labels: the true one, in points, and the estimate."""
    weights = np.where(labels == rng.choice([_FAVOR, _AGAINST]), mix, 1.0)
    addressed = np.isin(labels, _SIDES)
    weights[addressed] /= weights[addressed].sum() / addressed.sum()  # as many address the target, whatever the mix
    n = min(int(rng.integers(SMALLEST, LARGEST + 1)), len(labels))
    drawn = rng.choice(len(labels), n, p=weights / weights.sum())
    own, soft = labels[drawn], read[drawn]
    truth = 100 * float((own == _FAVOR).sum() - (own == _AGAINST).sum()) / max(1, addressed[drawn].sum())
    own, soft = np.argsort(PLACES)[own], soft[:, PLACES]  # as ``observe`` orders them
    audit = rng.permutation(n)[:DRAWN]
    found = estimate_group("target", observe(np.arange(n) // 10, np.arange(n), soft.argmax(axis=1), soft, audit, own))
    return truth, next(each for each in found.means if (each.measure, each.population) == ("net", "corpus"))


def led(net: Mean) -> int:
    """Return the sign of a lead that is claimed; 0: none is."""
    if net.interval is None or net.estimate is None or not leads(net.estimate, net.interval):
        return 0
    return 1 if net.estimate > 0 else -1


def measure_sets(paths: Sequence[Path], count: int, seed: int) -> None:
    """Print how often 50 labels give the true net stance of outlets of real comments."""
    rng, rows = np.random.default_rng(seed), defaultdict(list)
    for path in paths:
        found = np.load(path)
        for target in sorted(set(found["targets"].tolist())):
            own = found["targets"] == target
            labels, read = found["labels"][own], found["probabilities"][own]
            if np.isin(labels, _SIDES).sum() < FEWEST_ADDRESSING:
                continue
            for mix in MIXES:
                for _ in range(count):
                    truth, net = run_real(rng, labels, read, mix)
                    rows[path.stem, target, mix].append((truth, *(net.interval or (np.nan, np.nan)), led(net)))
    print("| set | target | mix | interval given | coverage | lean claimed where 30 points or more | wrong leans |")
    print("|---|---|---|---|---|---|---|")
    every = [run for runs in rows.values() for run in runs]
    for (name, target, mix), runs in [*rows.items(), (("all", "", 0.0), every)]:
        truth, low, high, side = np.array(runs).T
        known = ~np.isnan(low)
        covered = (low <= truth) & (truth <= high)
        claimed, strong = side != 0, abs(truth) >= 100 * LEANING
        wrong = claimed & (side * truth <= 0)
        told = claimed[strong].mean() if strong.any() else float("nan")
        shares = [known.mean(), covered[known].mean(), told, wrong.mean()]
        print(f"| {name} | {target} | {mix:g} | {' | '.join(f'{share:.3f}' for share in shares)} |")


CELLS = ((120, 60), (120, 90), (300, 200), (300, 285), (60, 60))
"""Numbers of comments, and of those that are labelled."""

WRONG = 0.15
"""Share of labels of the second annotator that are another one, drawn at random."""

SECOND = {"none": 0.0, "equal": 1.0, "wrong": 1.0, "wrong, half of them": 0.5}
"""Share of the labelled comments that a second annotator labels, by how."""


def run_annotators(
    rng: np.random.Generator, labels: Ids, read: Floats, cell: tuple[int, int], how: str
) -> list[Floats]:
    """Draw exactly these comments: covered, half width, error, mean error of the outlet interval, for each side."""
    count, labelled = cell
    drawn = rng.choice(len(labels), count, replace=False)
    truth, soft = np.argsort(PLACES)[labels[drawn]], read[drawn][:, PLACES]
    is_wrong = (rng.random(count) < WRONG) & how.startswith("wrong")
    second = np.where(is_wrong, (truth + rng.integers(1, len(PLACES), count)) % len(PLACES), truth)
    second[rng.random(count) >= SECOND[how]] = -1
    audit = rng.permutation(count)[:labelled]
    table = observe(np.arange(count) // 10, np.arange(count), soft.argmax(axis=1), soft, audit, truth, second)
    exact = [share for share in estimate_group("target", table).shares if share.population == "corpus"]
    shares = np.bincount(truth, minlength=len(PLACES))[:NONE] / max(1, (truth < NONE).sum())
    sides = [share for share in zip(exact, shares, strict=True) if share[0].interval]
    return [
        np.array([covers(each.interval, true), (each.interval[1] - each.interval[0]) / 2, (each.estimate or 0) - true])
        for each, true in sides
        if each.interval
    ]


def measure_annotators(path: Path, count: int, seed: int) -> None:
    """Print how often intervals for exactly these comments hold the true shares if annotators differ.

    The ratio is that of the mean half width and of 1.96 standard deviations of the estimate; bias is in points.
    """
    found = np.load(path)
    print("| second annotator | labelled | coverage | half width | ratio | bias by side |\n|---|---|---|---|---|---|")
    for how, cell in product(SECOND, CELLS):
        rng = np.random.default_rng(seed)
        runs = [run_annotators(rng, found["labels"], found["probabilities"], cell, how) for _ in range(count)]
        sides = np.array([run for run in runs if len(run) == len(SIDES)])
        covered, half, _ = sides.mean(axis=(0, 1))
        errors = sides[..., 2]
        ratio = half / (1.96 * errors.std(axis=0).mean() or np.nan)
        bias = ", ".join(f"{100 * each:+.1f}" for each in errors.mean(axis=0))
        of_sides = ", ".join(f"{each:.2f}" for each in sides[..., 0].mean(axis=0))
        print(
            f"| {how} | {cell[1]} of {cell[0]} | {covered:.3f} ({of_sides}) | {100 * half:.2f} | {ratio:.2f} | {bias} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sets", type=Path, nargs="*", help="sets of real comments")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--annotators", action="store_true", help="whether a second annotator labels the sets, too")
    parser.add_argument("--few", type=int, nargs="+", default=FEW_LABELS)
    parser.add_argument("-o", "--output", type=Path, default=Path("research/reports/coverage.md"))
    given = parser.parse_args()
    if given.annotators:
        for path in given.sets:
            measure_annotators(path, given.runs or 1_000, given.seed)
        return
    if given.sets:
        measure_sets(given.sets, given.runs or 300, given.seed)
        return
    runs = given.runs or 1_000
    tallies: dict[Setting, Tally] = {}
    for setting in settings():
        tallies[setting] = simulate(setting, runs, given.seed, given.few)
        print(f"{setting.share} of {setting.articles} articles, {setting.errors} errors: done", file=sys.stderr)
    given.output.write_text(page(tallies, runs, given.seed), encoding="utf-8")


if __name__ == "__main__":
    main()
