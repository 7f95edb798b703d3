"""Measure what copied texts and labels that are no random sample do to corrected shares, on real labelled comments.

A world is an outlet of real comments on the war toward Russia, on which two readers agree, put into articles and given
authors who lean. Each half of the comments is scored by a plain model of words that was fitted to the other half. Labels are drawn
by ``stance sample`` and matched, checked and estimated by the code of ``stance compare``.

    python -m research.benchmarks.honest_labels FOLDER [--worlds 200] [--seed 0]

FOLDER holds ``youtube_war_comments.csv`` and ``youtube_war_labels.csv``. Texts that are kept back are not read.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from research.held import is_held
from stance.aggregation.audit_labels import AuditLabels
from stance.comparison.comparing import ComparisonTally
from stance.datamodels import STANCES, Comment, Document, LabelledComment, Record, Score, Stance, Unit
from stance.labels.sampling import draw_sample
from stance.options.labelling import SampleOptions
from stance.pseudonyms import keep_name
from stance.reporting.levels import leads
from stance.scoring.targets.target_set import load_targets

TARGET, COMMENTS, ARTICLES, AUTHORS, LABELS = "russia", 360, 15, 120, 80
MIX = {"against": 0.24, "neutral": 0.18, "favor": 0.18, "not_addressed": 0.40}
COPIES = {0.0: 100, 0.05: 100, 0.10: 100, 0.25: 100}
"""Share of the comments that are copies of one text, with the number of labels."""

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
_FAVOR, _AGAINST = STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)


@cache
def read_real(folder: Path) -> tuple[tuple[str, ...], Ids, Floats]:
    """Return texts, labels as places in ``STANCES``, and probabilities of a model that did not see them."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    with (folder / "youtube_war_comments.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["id"]: row["text"] for row in csv.DictReader(file) if not is_held(row["text"])}
    with (folder / "youtube_war_labels.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["target"] == TARGET and row["label_a"] == row["label_b"]]
    found = {texts[row["id"]]: STANCES.index(Stance(row["label_a"])) for row in rows if row["id"] in texts}
    chosen, labels = tuple(found), np.array([*found.values()])
    columns = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2).fit_transform(chosen)
    odds, half = np.zeros((len(chosen), len(STANCES))), np.arange(len(chosen)) % 2
    for own in (0, 1):
        model = LogisticRegression(C=10, max_iter=500).fit(columns[half != own], labels[half != own])
        odds[np.ix_(half == own, model.classes_)] = model.predict_proba(columns[half == own])
    return chosen, labels, odds


@dataclass(frozen=True)
class World:
    """Comments of one outlet in the order of the file: articles, authors, texts, true stances and probabilities."""

    articles: Ids
    authors: Ids
    texts: list[str]
    truth: Ids
    odds: Floats

    def documents(self) -> list[Document]:
        """Return the articles with their comments and scores."""
        found = []
        for article in np.unique(self.articles):
            own = np.flatnonzero(self.articles == article).tolist()
            comments = tuple(Comment(f"{at}", self.texts[at], f"w{self.authors[at]}", language="en") for at in own)
            scores = tuple(self._score(f"d{article}", at) for at in own)
            about = {"outlet": "A", "language": "en", "title": f"Title {article}", "body": (f"Story {article}.",)}
            found.append(Document(f"d{article}", f"d{article}.txt", comments=comments, scores=scores, **about))  # type: ignore[arg-type]
        return found

    def _score(self, document: str, at: int) -> Score:
        odds = tuple(self.odds[at].tolist())
        return Score(
            document,
            "A",
            Unit.COMMENT,
            f"{at}",
            f"w{self.authors[at]}",
            TARGET,
            odds,
            0.0,
            language="en",
            model="vader",
        )  # type: ignore[arg-type]

    def label(self, at: int, probability: float) -> LabelledComment:
        """Return the true label of a comment."""
        stance, name = STANCES[self.truth[at]], f"d{self.articles[at]}/{at}"
        return LabelledComment(self.texts[at], TARGET, stance, name, role="audit", probability=probability)

    def group(self, labels: list[LabelledComment]) -> Record:
        """Estimate as ``stance compare`` does."""
        tally = ComparisonTally([TARGET], audit=AuditLabels(labels))
        for document in self.documents():
            tally.add(document.scores, document)
        return tally.comparison()["groups"][0]


def make_world(rng: np.random.Generator, folder: Path, copied: float = 0.0) -> World:
    """Put real comments into articles, the sides leaning by article and author; some are copies of one text."""
    texts, labels, odds = read_real(folder)
    sizes, activity = rng.lognormal(0, 0.7, ARTICLES), 1 / np.arange(1, AUTHORS + 1)
    articles = np.sort(rng.choice(ARTICLES, COMMENTS, p=sizes / sizes.sum()))
    authors = rng.choice(AUTHORS, COMMENTS, p=activity / activity.sum())
    lean = rng.normal(0, 0.5, ARTICLES)[articles] + rng.normal(0, 0.7, AUTHORS)[authors]
    shares = np.array([MIX[each] for each in STANCES])[None].repeat(COMMENTS, 0)
    shares[:, _FAVOR] *= np.exp(lean / 2)
    shares[:, _AGAINST] *= np.exp(-lean / 2)
    wanted = (rng.random(COMMENTS)[:, None] > (shares / shares.sum(1, keepdims=True)).cumsum(1)).sum(1)
    pools = [rng.permutation(np.flatnonzero(labels == at)) for at in range(len(STANCES))]
    drawn = np.zeros(COMMENTS, np.int64)
    for at in range(len(STANCES)):
        own = np.flatnonzero(wanted == at)
        drawn[own] = pools[at][: len(own)]
    if copies := round(copied * COMMENTS):
        places = rng.choice(COMMENTS, copies, replace=False)
        drawn[places] = rng.choice(np.flatnonzero(labels == rng.choice([_FAVOR, _AGAINST])))
        authors[places] = AUTHORS + np.arange(copies)
    return World(articles, authors, [texts[at] for at in drawn], labels[drawn], odds[drawn])


def sampled(world: World, **design: object) -> list[LabelledComment]:
    """Draw comments to label by ``stance sample``."""
    targets = load_targets().select([TARGET])
    pages = world.documents()
    scores = [score for page in pages for score in page.scores]
    drawn = draw_sample(
        [*(replace(page, scores=()) for page in pages), *(scores if design.get("by") != "random" else [])],
        SampleOptions(**design), targets=targets, naming=keep_name,
    )  # fmt: skip
    return [
        world.label(int(item.identifier.split("/")[1]), pair.probability or 1.0)
        for item in drawn.comments
        for pair in item.pairs
    ]


def first(world: World, order: Floats) -> list[LabelledComment]:
    """Label the comments that come first, as if drawn at random."""
    return [world.label(int(at), LABELS / COMMENTS) for at in np.argsort(order, kind="stable")[:LABELS]]


def _largest(ids: Ids) -> Floats:
    counts = Counter(ids.tolist())
    ranks = {each: at for at, (each, _) in enumerate(counts.most_common())}
    return np.array([ranks[each] for each in ids.tolist()], float)


Way = Callable[[World, np.random.Generator], list[LabelledComment]]
HONEST: dict[str, Way] = {
    "random": lambda world, rng: sampled(world, n=LABELS, by="random", seed=int(rng.integers(1 << 30))),
    "named": lambda world, rng: sampled(world, n=LABELS, seed=int(rng.integers(1 << 30))),
    "by article": lambda world, rng: sampled(world, n=LABELS, stratify=("document",), seed=int(rng.integers(1 << 30))),
}
CHOSEN: dict[str, Way] = {
    "sides only": lambda world, rng: first(world, rng.random(COMMENTS) + ~np.isin(world.truth, (_FAVOR, _AGAINST))),
    "where the model is sure": lambda world, _: first(world, -world.odds.max(axis=1)),
    "most against by the model": lambda world, _: first(world, -world.odds[:, _AGAINST]),
    "largest threads": lambda world, _: first(world, _largest(world.articles)),
    "first of the file": lambda world, _: first(world, np.arange(COMMENTS, dtype=float)),
    "probabilities of 1": lambda world, rng: [
        replace(each, probability=1.0) for each in first(world, rng.random(COMMENTS))
    ],
    "most active authors": lambda world, _: first(world, _largest(world.authors)),
    "half of neutral skipped": lambda world, rng: first(
        world, rng.random(COMMENTS) + (~np.isin(world.truth, (_FAVOR, _AGAINST)) & (rng.random(COMMENTS) < 0.5))
    ),
}


def measure_copies(folder: Path, worlds: int, seed: int) -> None:
    """Print coverage of the interval for exactly these comments, and leans on the wrong side."""
    print("| copies | covers (favor, against) | mean half width | leans claimed | wrong |\n|---|---|---|---|---|")
    for share, labels in COPIES.items():
        rng, covered, widths, claimed, wrong = np.random.default_rng(seed), [], [], 0, 0
        for _ in range(worlds):
            world = make_world(rng, folder, share)
            group = world.group(sampled(world, n=labels, seed=int(rng.integers(1 << 30))))
            counts = np.bincount(world.truth, minlength=len(STANCES))
            addressed = counts.sum() - counts[STANCES.index(Stance.NOT_ADDRESSED)]
            for each in group["shares"]:
                if each["population"] == "corpus" and each["stance"] is not Stance.NEUTRAL and each["interval"]:
                    true, (low, high) = counts[STANCES.index(each["stance"])] / addressed, each["interval"]
                    covered.append(low - 1e-9 <= true <= high + 1e-9)
                    widths.append((high - low) / 2)
            (net,) = (each for each in group["means"] if (each["measure"], each["population"]) == ("net", "corpus"))
            if net["interval"] and net["estimate"] is not None and leads(net["estimate"], net["interval"]):
                claimed += 1
                wrong += (net["estimate"] > 0) != (counts[_FAVOR] > counts[_AGAINST])
        cells = f"{np.mean(covered):.3f} | {100 * np.mean(widths):.1f} | {claimed} | {wrong}"
        print(f"| {share:.0%} | {cells} |", flush=True)


def measure_checks(folder: Path, worlds: int, seed: int) -> None:
    """Print in how many worlds the labels are said to be no random sample, by the way in which they were chosen."""
    print("\n| labels | worlds | said to be no random sample | by |\n|---|---|---|---|")
    for name, way in (HONEST | CHOSEN).items():
        rng, reasons, odd = np.random.default_rng(seed), Counter[str](), 0
        for _ in range(worlds):
            world = make_world(rng, folder)
            found = world.group(way(world, rng)).checks["labels_odd"]
            reasons.update(found)
            odd += bool(found)
        print(f"| {name} | {worlds} | {odd / worlds:.3f} | {dict(reasons)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    _, labels, odds = read_real(given.folder)
    print(f"{len(labels):,} comments; the model is right on {(odds.argmax(axis=1) == labels).mean():.2f}\n")
    measure_copies(given.folder, given.worlds, given.seed)
    measure_checks(given.folder, given.worlds, given.seed)


if __name__ == "__main__":
    main()
