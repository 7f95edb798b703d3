"""Count false sentences in the openings of reports on simulated corpora whose truth is known.

    python -m benchmarks.openings [--only NAME]...

Each corpus is written as documents with planted stances, a planted model that errs, and planted labels. The report and,
of two outlets, the comparison are made as by the Python API. Every sentence of both openings is read by a pattern and
checked against the planted numbers and the rule that decides: levels, counts, shares, intervals, differences, the step
that is named. A sentence that no pattern reads counts as false. Where a next step is named, the comments are drawn by
its command and labelled as planted; the report that follows must hold what the step promised. The exit code is 1 where
a sentence is false.
"""

import argparse
import csv
import html
import json
import random
import re
import shlex
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import stance
from stance.datamodels import STANCES
from stance.scoring.instances import Instance, Judgement

SIDES = ("against", "neutral", "favor")
TARGETS = {"russia": "Russia", "us": "the United States", "nato": "NATO"}
FEWEST_SHARED, FEWEST_LABELS = 60, 50
WORDS = {"against": "against", "neutral": "neutral", "in favor": "favor"}

SENTENCES = {
    "en": "Reader {n} thinks that {named} will decide the question of the harbour before the winter begins.",
    "de": "Leser {n} meint, dass {named} die Frage des Hafens noch vor dem Beginn des Winters entscheiden wird.",
    "nl": "Lezer {n} denkt dat {named} de kwestie van de haven nog voor het begin van de winter zal beslissen.",
}
NAMES = {
    "en": {"russia": "Russia", "us": "the United States", "nato": "NATO"},
    "de": {"russia": "Russland", "us": "die USA", "nato": "die NATO"},
    "nl": {"russia": "Rusland", "us": "de Verenigde Staten", "nato": "de NAVO"},
}
NOT_COVERED = "nl"
EVEN = (0.4, 0.2, 0.4)


@dataclass(frozen=True)
class Group:
    """Comments of one outlet.

    :param shares: Against, neutral and in favor of every target, of the comments that address it.
    :param labels: Comments that persons labelled, drawn at random; None: all.
    """

    outlet: str | None
    comments: int
    articles: int
    shares: tuple[float, float, float] = EVEN
    labels: int | None = 0
    named: tuple[str, ...] = ()  # further targets


@dataclass(frozen=True)
class Corpus:
    """A simulated corpus.

    :param addressing: Share of comments that address each target that is named at all.
    :param named: Targets that comments name.
    :param labelled_targets: Targets toward which labels are.
    :param empty: Articles without comments.
    :param has_articles: It is known on which article a comment is.
    :param repeats: Comments are written with the same words as another.
    """

    name: str
    groups: tuple[Group, ...]
    addressing: float = 0.9
    named: tuple[str, ...] = tuple(TARGETS)
    labelled_targets: tuple[str, ...] = tuple(TARGETS)
    languages: tuple[str, ...] = ("en",)
    empty: int = 0
    has_dates: bool = True
    has_articles: bool = True
    repeats: int = 0
    share_errors: int = 0
    errors: float = 0.2
    public: bool = False


def one(comments: int, articles: int = 10, *, labels: int | None = 0, **changes: Any) -> tuple[Group, ...]:
    """Return a single outlet."""
    return (Group("Alpha", comments, articles, labels=labels, **changes),)


def outlets(
    *sizes: int, articles: int = 12, labels: Sequence[int | None] | int = 0, lean: Sequence[float] = ()
) -> tuple[Group, ...]:
    """Return outlets of some sizes; ``lean`` are their shares against."""
    names = ("Alpha", "Beta", "Gamma Post", "Delta", "Epsilon", "Zeta", "Eta")
    drawn = labels if isinstance(labels, Sequence) else [labels] * len(sizes)
    shares = [(share, 0.1, 0.9 - share) for share in lean] or [EVEN] * len(sizes)
    rows = zip(names, sizes, drawn, shares, strict=False)
    return tuple(Group(name, size, articles, own, label) for name, size, label, own in rows)


NATO_IN_THE_SMALLEST = (*outlets(150, 140, 130, 120), Group("Zeta", 90, 9, named=("nato",)))

CORPORA = (
    Corpus("two comments", one(2, 1)),
    Corpus("five comments", one(5, 1)),
    Corpus("twelve comments", one(12, 3)),
    Corpus("thirty comments", one(30, 4), named=("russia",)),
    Corpus("sixty comments", one(60, 6)),
    Corpus("twelve comments, all labelled", one(12, 3, labels=None)),
    Corpus("sixty comments, all labelled", one(60, 6, labels=None)),
    Corpus("forty comments, ten labelled", one(40, 5, labels=10)),
    Corpus("one outlet, no labels", one(300)),
    Corpus("one outlet, no labels, measured model", one(300), share_errors=9),
    Corpus("one outlet, 20 labels", one(300, labels=20)),
    Corpus("one outlet, 60 labels", one(300, labels=60)),
    Corpus("one outlet, 150 labels, leaning", one(400, 30, labels=150, shares=(0.8, 0.1, 0.1))),
    Corpus("few articles, 80 labels", one(200, 2, labels=80)),
    Corpus("few articles, all labelled", one(160, 2, labels=None)),
    Corpus("one article, all labelled", one(90, 1, labels=None)),
    Corpus("no articles known", one(200, 1), has_articles=False),
    Corpus("no articles known, 80 labels", outlets(200, 200, articles=1, labels=80), has_articles=False),
    Corpus("outlet not stated", (Group(None, 150, 10),)),
    Corpus("no dates", outlets(200, 150), has_dates=False),
    Corpus("two outlets, no labels", outlets(250, 150)),
    Corpus("two outlets that differ", outlets(400, 400, articles=30, labels=150, lean=(0.75, 0.2))),
    Corpus("two outlets alike", outlets(400, 400, articles=30, labels=150, lean=(0.5, 0.5))),
    Corpus("one labelled group of two", outlets(300, 200, labels=(80, 0))),
    Corpus("one labelled group of three", outlets(300, 250, 200, labels=(100, 0, 0))),
    Corpus("two labelled groups of three", outlets(300, 300, 200, articles=20, labels=(100, 100, 0))),
    Corpus("a large and a small outlet", outlets(300, 20, labels=(60, 0))),
    Corpus("a small outlet, all labelled", outlets(300, 30, labels=(60, None))),
    Corpus("groups with 45 and 300 comments", outlets(300, 45)),
    Corpus("labels left in one group", outlets(70, 300, labels=(45, 45))),
    Corpus("seven outlets", outlets(220, 200, 180, 160, 140, 120, 100)),
    Corpus("seven outlets with labels", outlets(220, 200, 180, 160, 140, 120, 100, articles=15, labels=60)),
    Corpus("one outlet with few articles", (*outlets(300, articles=20, labels=90), Group("Beta", 150, 2, labels=90))),
    Corpus("only Russia is named", outlets(200, 150), named=("russia",)),
    Corpus("no target is named", one(120), named=()),
    Corpus("labels toward one target", outlets(200, 200, labels=60), labelled_targets=("us",)),
    Corpus("three languages", outlets(240, 240), languages=("en", "de", "nl"), share_errors=9),
    Corpus("three languages, all labelled", one(45, 6, labels=None), languages=("en", "de", "nl")),
    Corpus("only a language that is not covered", one(80), languages=("nl",)),
    Corpus("articles without comments", outlets(120, 80), empty=15),
    Corpus("all labelled toward one target", one(30, 4, labels=None), labelled_targets=("us",)),
    Corpus("two small outlets", outlets(45, 40)),
    Corpus("only the smallest outlet names NATO", NATO_IN_THE_SMALLEST, named=("russia", "us")),
    Corpus("few address, many comments", outlets(300, 300), addressing=0.08),
    Corpus("public, two outlets", outlets(250, 150), public=True, share_errors=9),
    Corpus("public, few comments", outlets(40, 9), public=True),
    Corpus("public, labels", outlets(300, 300, articles=20, labels=100, lean=(0.8, 0.3)), public=True),
)

NOT_MENDED = (Corpus("the same words again", one(50, 5), repeats=20),)
"""A report does not count texts; a sample draws each once, and a label holds for one of the comments with its text."""

FAST = (
    "twelve comments", "forty comments, ten labelled", "few articles, 80 labels", "one labelled group of three",
    "a large and a small outlet", "labels toward one target", "three languages", "public, few comments",
)  # fmt: skip
"""Names of corpora that a test checks."""


# Corpora --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """One comment with its true stances and those that the model gives."""

    comment_id: str
    outlet: str | None
    article: str
    language: str
    text: str
    truth: Mapping[str, str]
    said: Mapping[str, str]


@dataclass
class PlantedScorer:
    """Gives the planted stance of each comment, and is as sure as it is often right."""

    planted: Mapping[str, Planted]
    sureness: float
    card: Mapping[str, Any]
    name: str = "planted"
    languages: tuple[str, ...] = ("en", "de")

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge texts of the corpus; others address nothing."""
        rest = (1 - self.sureness) / (len(STANCES) - 1)
        said = [self.planted[each.text].said[each.target] if each.text in self.planted else None for each in instances]
        rows = [[self.sureness if side == (each or "not_addressed") else rest for side in STANCES] for each in said]
        return Judgement(np.array(rows).reshape(-1, len(STANCES)), [()] * len(instances))


def plant(corpus: Corpus, rng: random.Random) -> list[Planted]:
    """Draw the comments of a corpus."""
    found: list[Planted] = []
    for group in corpus.groups:
        for _ in range(group.comments):
            number, language = len(found), corpus.languages[len(found) % len(corpus.languages)]
            truth: Mapping[str, str] = {
                target: rng.choices(SIDES, group.shares)[0]
                if target in (*corpus.named, *group.named) and rng.random() < corpus.addressing
                else "not_addressed"
                for target in TARGETS
            }
            said: Mapping[str, str] = {
                target: side if side == "not_addressed" or rng.random() > corpus.errors else rng.choice(SIDES)
                for target, side in truth.items()
            }
            named = " and ".join(NAMES[language][target] for target in (*corpus.named, *group.named)) or "the town"
            text = SENTENCES[language].format(n=number, named=named)
            if number < corpus.repeats and number:
                text, truth, said = found[0].text, found[0].truth, found[0].said
            article = f"{group.outlet} {rng.randrange(group.articles)}" if number >= group.articles else f"{number}"
            found.append(Planted(f"c{number}", group.outlet, article, language, text, truth, said))
    return found


def write_corpus(corpus: Corpus, planted: Sequence[Planted], folder: Path) -> Path:
    """Write the corpus as documents, or as a table of comments where no articles are known."""
    if not corpus.has_articles:
        path = folder / "comments.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["id", "outlet", "author", "text"])
            table.writerows([each.comment_id, each.outlet, f"author{at}", each.text] for at, each in enumerate(planted))
        return path
    path, articles = folder / "documents.jsonl", defaultdict(list)
    for each in planted:
        articles[each.outlet, each.article].append(each)
    for number in range(corpus.empty):
        articles[corpus.groups[0].outlet, f"empty {number}"] = []
    with path.open("w", encoding="utf-8") as file:
        for number, ((outlet, name), own) in enumerate(articles.items()):
            comments: list[dict[str, Any]] = [
                dict.fromkeys(("parent", "posted", "votes", "quoted"), None)
                | {"id": each.comment_id, "author": f"author {each.comment_id}"}
                | {"language": each.language, "text": each.text}
                for each in own
            ]
            published = f"2026-0{1 + number % 6}-11" if corpus.has_dates else None
            facts: dict[str, Any] = {
                **dict.fromkeys(("url", "author", "lead"), None),
                "id": f"{number:016x}",
                "source": f"{name}.html",
                "title": f"Article {name}",
                "outlet": outlet,
                "published": published,
                "language": "en",
            }
            rest = {"body": [], "comments": comments, "stated_comments": None, "layout": "boxes", "warnings": []}
            file.write(json.dumps({**facts, **rest}) + "\n")
    return path


def write_labels(rows: Iterable[tuple[Planted, str, float]], path: Path) -> Path:
    """Write labels: a comment, a target and the probability that the comment was drawn."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "text", "target", "label", "role", "probability"])
        for each, target, probability in rows:
            table.writerow([each.comment_id, each.text, target, each.truth[target], "audit", probability])
    return path


# Facts ----------------------------------------------------------------------------------------------------------------


@dataclass
class Facts:
    """The numbers that sentences are checked against.

    :param record: ``summary.json`` or ``comparison.json``.
    :param labelled: Comments with a label, by target.
    """

    corpus: Corpus
    planted: Sequence[Planted]
    labelled: Mapping[str, frozenset[str]]
    record: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    notes: Sequence[str] = ()
    has_step: bool = False
    groups: dict[str, list[Planted]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Group the comments by outlet as the report names it."""
        for each in self.planted:
            self.groups.setdefault(each.outlet or "not stated", []).append(each)

    def of(self, group: str | None) -> list[Planted]:
        """Return the comments of a group, or all."""
        return list(self.planted) if group is None else self.groups[group]

    def covered(self, group: str | None) -> list[Planted]:
        """Return the comments that the model can read."""
        return [each for each in self.of(group) if each.language != NOT_COVERED]

    def n(self, group: str | None, target: str) -> int:
        """Count the comments that address a target, by the model."""
        return sum(each.said[target] in SIDES for each in self.covered(group))

    def labels(self, group: str | None, target: str) -> int:
        """Count the labels of a group toward a target."""
        return sum(each.comment_id in self.labelled[target] for each in self.of(group))

    def is_read(self, group: str | None, target: str) -> bool:
        """Return whether persons labelled all comments, and the model scored all."""
        chosen = self.of(group)
        return chosen == self.covered(group) and all(each.comment_id in self.labelled[target] for each in chosen)

    def counts(self, group: str | None, target: str) -> Counter[str]:
        """Count sides, by labels where all have one."""
        if self.is_read(group, target):
            return Counter(each.truth[target] for each in self.of(group))
        return Counter(each.said[target] for each in self.covered(group))

    def record_of(self, group: str | None) -> Mapping[str, Any]:
        """Return the record of a group."""
        groups = self.record["groups"] or []
        if group is None:
            only: Mapping[str, Any] = groups[0] if len(groups) == 1 else self.record["whole"]
            return only
        return next(each for each in groups if each["group"] == group)

    def shares(self, group: str | None, target: str, population: str = "outlet") -> dict[str, Mapping[str, Any]]:
        """Return the recorded shares of a group by side."""
        own = (each for each in self.record_of(group)["shares"] if each["target"] == target)
        return {each["stance"]: each for each in own if each["population"] == population}

    def step(self, group: str | None, target: str) -> str:
        """Return how much is known, by the table in docs/report.md."""
        for population, step in (("outlet", "like_these"), ("corpus", "these")):
            shares = self.shares(group, target, population)
            if len(shares) == len(SIDES) and all(
                each["interval"] and each["method"] in ("ppi", "labels") for each in shares.values()
            ):
                return "counts" if len(self.of(group)) < FEWEST_SHARED else step
        if (n := self.n(group, target)) == 0:
            return "nothing"
        withheld = len(self.shares(group, target)) < len(SIDES)
        return "counts" if n < FEWEST_SHARED or withheld else "model"

    def bounded(self, group: str | None, target: str) -> dict[str, Mapping[str, Any]]:
        """Return the shares that a corrected finding is of."""
        population = "outlet" if self.step(group, target) == "like_these" else "corpus"
        return self.shares(group, target, population)

    def differences(self, target: str, *verdicts: str) -> list[Mapping[str, Any]]:
        """Return differences toward a target with some verdicts."""
        own = (each for each in self.record["differences"] or () if each["target"] == target)
        return [each for each in own if each["verdict"] in verdicts]

    def planted_share(self, group: str, side: str) -> float:
        """Return the planted share of a side in an outlet."""
        found = next(each for each in self.corpus.groups if (each.outlet or "not stated") == group)
        return found.shares[SIDES.index(side)]


def percent(share: float) -> str:
    """Write a share as reports do."""
    if 0 < share <= 0.005:
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share * 100:.0f} %"


def whole_number(text: str) -> int:
    """Read a number with commas."""
    return int(text.replace(",", ""))


# Claims ---------------------------------------------------------------------------------------------------------------

Check = Callable[[Facts, str, "re.Match[str]"], Iterator[str]]
"""Yields what is false in a sentence on a target."""

CHECKS: list[tuple[re.Pattern[str], Check]] = []
NUMBER, SHARE = r"[\d,]+", r"[<>]?\d+ %"
SIDE = "against|in favor|neutral"


def claim(pattern: str) -> Callable[[Check], Check]:
    """Register the check of sentences of a form."""

    def register(check: Check) -> Check:
        CHECKS.append((re.compile(pattern), check))
        return check

    return register


def best_step(facts: Facts, target: str) -> str:
    """Return the best that is known of any group that is named."""
    order = ("nothing", "counts", "model", "these", "like_these")
    return max((facts.step(group, target) for group in shown_groups(facts)), key=order.index)


def shown_groups(facts: Facts) -> list[str | None]:
    """Return the groups with most comments; None: all comments."""
    groups = facts.record["groups"] or []
    if len(groups) < 2:
        return [None]
    ordered = sorted((each["group"] for each in groups), key=lambda group: -len(facts.groups.get(group, ())))
    return list(ordered[:4])


@claim(r"^No comment addresses (?P<label>.+)\.$")
def _nothing(facts: Facts, target: str, _: "re.Match[str]") -> Iterator[str]:
    if any(facts.n(group, target) for group in facts.groups):
        yield "a comment addresses it"
    if any(each.language == NOT_COVERED for each in facts.planted):
        yield "some comments were not read by the model"


@claim(r"^No comment that the model scored addresses .+\.$")
def _nothing_scored(facts: Facts, target: str, _: "re.Match[str]") -> Iterator[str]:
    if facts.n(None, target) or not facts.covered(None):
        yield f"{facts.n(None, target)} of {len(facts.covered(None))} scored comments address it"


@claim(rf"^No comment of the ({NUMBER}) largest groups addresses .+\.$")
def _nothing_large(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    shown = shown_groups(facts)
    if whole_number(found[1]) != len(shown) or any(facts.n(group, target) for group in shown):
        yield "a comment addresses it"


@claim(rf"^The model scored none of the ({NUMBER}) comments\.$")
def _nothing_read(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    if facts.covered(None) or whole_number(found[1]) != len(facts.planted):
        yield f"{len(facts.covered(None))} of {len(facts.planted)} comments were scored"


@claim(r"^Toward (?P<label>[^:,]+): (?P<parts>(?:of the [\d,]+ comments|the model reads|persons read|no comment).*)\.$")
def _counts_or_whole(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    if best_step(facts, target) == "model":
        yield from _whole_model(facts, target, found["parts"])
        return
    if best_step(facts, target) != "counts":
        yield f"counts, where {best_step(facts, target)} is known"
    for part in found["parts"].split("; "):
        named = re.search(r" of (.+?) that address", part)
        many = re.match(r"of the ([\d,]+) comments", part)
        group = None if named is None or re.fullmatch(r"the [\d,]+ comments", named[1]) else named[1].split(" of ")[-1]
        counts = facts.counts(group, target)
        n = sum(counts[side] for side in SIDES)
        if (n != whole_number(many[1])) if many else (n > 1):
            yield f"n of {group} is {n}"
        if ("persons" in part) != facts.is_read(group, target):
            yield f"who read {group}"
        stated = {WORDS[side]: whole_number(n) for n, side in re.findall(rf"({NUMBER}) as ({SIDE})", part)}
        if many and stated != {side: counts[side] for side in SIDES if counts[side]}:
            yield f"sides of {group} are {dict(counts)}"
        if not many and (only := re.search(rf"as ({SIDE})$", part)) and counts[WORDS[only[1]]] != 1:
            yield f"the side of the one comment of {group}"


def model_share(facts: Facts, group: str | None, target: str, side: str) -> float:
    """Return a share by the planted probabilities, of all comments that are covered."""
    sureness = 1 - facts.corpus.errors
    rest = (1 - sureness) / (len(STANCES) - 1)
    sums = {each: sum(sureness if own.said[target] == each else rest for own in facts.covered(group)) for each in SIDES}
    return sums[side] / sum(sums.values())


def _whole_model(facts: Facts, target: str, text: str) -> Iterator[str]:
    if (n := re.match(rf"of the ({NUMBER}) comments that address it, the model reads", text)) is None:
        yield "not a sentence on the model's shares"
    elif whole_number(n[1]) != facts.n(None, target):
        yield f"n is {facts.n(None, target)}"
    for share, side in re.findall(rf"({SHARE}) as ({SIDE})", text):
        yield from _share(facts, None, target, WORDS[side], share, facts.shares(None, target))


def _share(
    facts: Facts, group: str | None, target: str, side: str, shown: str, shares: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    if percent(shares[side]["estimate"]) != shown:
        yield f"the share {side} of {group} is {shares[side]['estimate']:.3f}"
    if shares[side]["method"] == "model" and facts.corpus.errors:
        by_probability = model_share(facts, group, target, side)
        if abs(by_probability - shares[side]["estimate"]) > 0.005:
            yield f"the model's share {side} of {group} is {by_probability:.3f}"


@claim(rf"^Toward (?P<label>.+?), the model reads (?P<parts>{SHARE} of .+) as (?P<side>{SIDE})\.$")
def _by_group(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    if best_step(facts, target) != "model":
        yield f"{best_step(facts, target)} is known"
    named = re.findall(
        rf"({SHARE}) of (.+?)’s(?: comments that address it)? \((?:({NUMBER}) )?comments?\)", found["parts"]
    )
    if {name for _, name, _ in named} != {g for g in shown_groups(facts) if g and facts.step(g, target) == "model"}:
        yield "the groups of which shares are known"
    for share, group, n in named:
        yield from _share(facts, group, target, WORDS[found["side"]], share, facts.shares(group, target))
        if n and whole_number(n) != facts.n(group, target):
            yield f"n of {group} is {facts.n(group, target)}"


@claim(rf"^Toward (?P<label>.+?), (?P<parts>{SHARE} of .+) are (?P<side>{SIDE})\.$")
def _corrected_groups(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    best = best_step(facts, target)
    if best not in ("these", "like_these"):
        yield f"{best} is known"
    named = re.findall(rf"({SHARE}) of (.+?)’s(?= comments that address it|,| and|$)", found["parts"])
    if {name for _, name in named} != {g for g in shown_groups(facts) if g and facts.step(g, target) == best}:
        yield "the groups of which shares are corrected"
    for share, group in named:
        yield from _share(facts, group, target, WORDS[found["side"]], share, facts.bounded(group, target))


@claim(rf"^Toward (?P<label>.+?): of the comments(?: of (?P<group>.+))? that address it, (?P<parts>{SHARE}.+)\.$")
def _corrected_one(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    if facts.step(found["group"], target) not in ("these", "like_these"):
        yield "no label corrects it"
        return
    for share, side in re.findall(rf"({SHARE}) are ({SIDE})", found["parts"]):
        yield from _share(facts, found["group"], target, WORDS[side], share, facts.bounded(found["group"], target))
    if lean := re.search(rf"(?:they lean|more are) ({SIDE})$", found["parts"]):
        group = found["group"] or next(iter(facts.groups))
        more, less = WORDS[lean[1]], {"against": "favor", "favor": "against"}[WORDS[lean[1]]]
        true = Counter(each.truth[target] for each in facts.of(group))
        if "exactly these" in found["parts"] and true[more] <= true[less]:
            yield f"among exactly these are {dict(true)}"
        if "they lean" in found["parts"] and facts.planted_share(group, more) < facts.planted_share(group, less):
            yield "the planted lean is the other"


@claim(rf"^No label corrects it\. (?:How far its shares are off was not measured|On ({NUMBER}) other sets of .+)\.$")
def _uncorrected(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    told = [group for group in shown_groups(facts) if facts.step(group, target) == "model"] if target else []
    for group in told:
        if any(share["method"] != "model" for share in facts.shares(group, target).values()):
            yield f"labels are of {group}"
    if bool(found[1]) != bool(facts.corpus.share_errors):
        yield "whether the model was measured"


@claim(r"^95 % intervals?: (?P<parts>.+)\.$")
def _intervals(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    for part in found["parts"].split("; "):
        shown = re.fullmatch(
            rf"(?:(?P<group>.+?) )??(?P<ranges>\d+ to \d+ %(?: and \d+ to \d+ %)?)"
            rf" \((?:n (?P<n>{NUMBER}), )?(?P<labels>{NUMBER}) labels?(?P<alone> alone.*)?\)",
            part,
        )
        if shown is None:
            yield f"not read: {part}"
            continue
        told = [group for group in shown_groups(facts) if facts.step(group, target) == best_step(facts, target)]
        group = shown["group"] or told[0]
        known = facts.bounded(group, target)
        ranges = {
            f"{100 * low:.0f} to {100 * high:.0f} %" for low, high in (each["interval"] for each in known.values())
        }
        if not set(shown["ranges"].split(" and ")) <= ranges:
            yield f"intervals of {group} are {ranges}"
        if shown["n"] and whole_number(shown["n"]) != facts.n(group, target):
            yield f"n of {group} is {facts.n(group, target)}"
        if whole_number(shown["labels"]) != facts.labels(group, target):
            yield f"labels of {group} are {facts.labels(group, target)}"
        if bool(shown["alone"]) != any(each["method"] == "labels" for each in known.values()):
            yield f"whether labels alone are of {group}"


@claim(r"^That is of exactly these comments: for others like them there are too few articles or labels\.$")
def _these(facts: Facts, target: str, _: "re.Match[str]") -> Iterator[str]:
    for each in [target] if target else [finding["target"] for finding in facts.findings]:
        if best_step(facts, each) != "these":
            yield f"{best_step(facts, each)} is known toward {each}"


@claim(r"^Not in this sentence, for want of (?P<what>\w+(?: or \w+)?): (?P<parts>.+)\.$")
def _left_out(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    best = best_step(facts, target)
    named = {}
    for n, group in re.findall(
        rf"(?:({NUMBER}) )?comments? of (.+?)(?=, [\d,]+ comment| and [\d,]+ comment|$)", found["parts"]
    ):
        named[group] = n
        if n and whole_number(n) != facts.n(group, target):
            yield f"n of {group} is {facts.n(group, target)}"
        if found["what"] == "labels" and facts.labels(group, target) >= min(FEWEST_LABELS, len(facts.of(group))):
            yield f"{group} has {facts.labels(group, target)} labels"
        if found["what"] == "comments" and facts.n(group, target) >= FEWEST_SHARED:
            yield f"{group} has enough comments"
        if found["what"] == "articles" and facts.labels(group, target) < FEWEST_LABELS:
            yield f"{group} has {facts.labels(group, target)} labels"
    expected = {group for group in shown_groups(facts) if group and facts.step(group, target) not in (best, "nothing")}
    if not set(named) <= expected:  # one sentence for each lack
        yield f"the groups left out are {expected}"


@claim(rf"^({NUMBER}) smaller groups? follows? below\.$")
def _smaller(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    if whole_number(found[1]) != len(facts.record["groups"]) - len(shown_groups(facts)):
        yield "the number of smaller groups"


@claim(
    rf"^(?P<a>.+)’s are more often (?P<side>{SIDE}) than (?P<b>.+)’s"
    r" \(by (?P<gap>\d+) points, (?P<low>-?\d+) to (?P<high>\d+)\)\.$"
)
def _differ(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    side, a, b = WORDS[found["side"]], found["a"], found["b"]
    pair = [
        each
        for each in facts.differences(target, "differ")
        if {each["a"], each["b"]} == {a, b} and each["stance"] == side
    ]
    if not pair:
        yield "no such difference was found"
    elif f"{100 * abs(pair[0]['estimate']):.0f}" != found["gap"]:
        yield f"the gap is {pair[0]['estimate']:.3f}"
    if facts.planted_share(a, side) <= facts.planted_share(b, side):
        yield "no such difference was planted"


@claim(rf"^({NUMBER}) further pairs? differs?\.$")
def _further(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    pairs = {frozenset((each["a"], each["b"])) for each in facts.differences(target, "differ")}
    if not 0 < whole_number(found[1]) < len(pairs):
        yield f"{len(pairs)} pairs differ"


@claim(
    rf"^No difference toward .+ was found"
    rf"(?P<of> in the (?P<tested>{NUMBER}) of (?P<all>{NUMBER}) pairs that could be tested)?"
    r"(?:; one of (?P<gap>\d+) points would probably have been)?\.$"
)
def _alike(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    tested = facts.differences(target, "differ", "cannot_tell_apart")
    if not tested or facts.differences(target, "differ"):
        yield "none was tested, or one was found"
    groups = len(facts.record["groups"])
    pairs, possible = len({frozenset((each["a"], each["b"])) for each in tested}), groups * (groups - 1) // 2
    stated = (whole_number(found["tested"]), whole_number(found["all"])) if found["of"] else (possible, possible)
    if stated != (pairs, possible):
        yield f"{pairs} of {possible} pairs were tested"
    detectable = [each["detectable"] for each in tested if each["stance"] != "neutral" and each["detectable"]]
    if found["gap"] and int(found["gap"]) != ceil(100 * max(detectable)):
        yield f"the largest gap that would be missed is {max(detectable):.3f}"


@claim(r"^Few comments address (?P<label>.+)\.$")
def _few(facts: Facts, target: str, _: "re.Match[str]") -> Iterator[str]:
    if best_step(facts, target) != "counts":
        yield f"{best_step(facts, target)} is known"


@claim(r"^Counts under five are withheld\.$")
def _withheld(facts: Facts, _: str, __: "re.Match[str]") -> Iterator[str]:
    if not facts.corpus.public:
        yield "nothing is withheld"


@claim(r"^Too few comments for shares; the model may be wrong about each\.$")
def _too_few(facts: Facts, target: str, _: "re.Match[str]") -> Iterator[str]:
    for each in [target] if target else [finding["target"] for finding in facts.findings]:
        if best_step(facts, each) not in ("counts", "nothing"):
            yield f"{best_step(facts, each)} is known toward {each}"


@claim(r"^Of a hundred 95 % intervals, about 95 hold the true share\.$")
def _explained(facts: Facts, _: str, __: "re.Match[str]") -> Iterator[str]:
    groups = [None, *facts.groups] if len(facts.groups) == 1 else list(facts.groups)
    if not any(facts.step(group, target) in ("these", "like_these") for group in groups for target in TARGETS):
        yield "no interval is of corrected shares"


@claim(rf"^({NUMBER}) sentences? of ({NUMBER}) articles? names? it, ({NUMBER}) of them in others’ words\.$")
def _articles(facts: Facts, target: str, found: "re.Match[str]") -> Iterator[str]:
    rows = facts.record["articles"][target]
    if [whole_number(each) for each in found.groups()] != [
        sum(row[key] for row in rows) for key in ("sentences", "articles", "quoted")
    ]:
        yield "the recorded sentences of articles"


# Next steps -----------------------------------------------------------------------------------------------------------

TIME = r" \(about (?P<minutes>[\d,]+) minutes?\)"


def unlabelled(facts: Facts, group: str | None) -> list[Planted]:
    """Return the comments of a group that lack a label toward any target."""
    every = frozenset.intersection(*facts.labelled.values())
    return [each for each in facts.covered(group) if each.comment_id not in every]


def _minutes(found: "re.Match[str]", labels: int) -> Iterator[str]:
    if whole_number(found["minutes"]) != max(1, round(labels * 12 / 50)):
        yield f"{labels} labels take {labels * 12 / 50:.1f} minutes"


@claim(
    rf"^Next: label (?:all (?P<all>{NUMBER}) comments|the (?P<left>{NUMBER}) comments without a label){TIME};"
    r" the counts are then of persons\.$"
)
def _label_all(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    left = len({each.text for each in unlabelled(facts, None)})
    n = whole_number(found["all"] or found["left"])
    if n != left or (found["all"] and left != len({each.text for each in facts.planted})):
        yield f"{left} of {len(facts.planted)} comments have no label"
    yield from _minutes(found, n)


@claim(rf"^Next: label (?P<n>{NUMBER})(?: of each)? comments(?: of (?P<group>.+))?{TIME}: labels correct the shares\.$")
def _label_some(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    if whole_number(found["n"]) > len(unlabelled(facts, found["group"])):
        yield f"{len(unlabelled(facts, found['group']))} comments have no label"
    yield from _minutes(found, whole_number(found["n"]))


@claim(
    rf"^Next: label comments of (?P<groups>.+), (?P<upto>up to )?(?P<n>{NUMBER}) of each{TIME}:"
    r" labels correct the shares\.$"
)
def _label_each(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    n = whole_number(found["n"])
    groups = list(facts.groups) if found["groups"] == "each group" else re.split(r", | and ", found["groups"])
    if not re.search(r"\d+ more$", found["groups"]):
        left = {group: len(unlabelled(facts, group)) for group in groups}
        if not found["upto"] and min(left.values()) < n:
            yield f"comments without a label: {left}"


@claim(
    r"^All (?P<n>[\d,]+) comments(?P<covered> that the model scored)? are labelled\."
    r"(?P<more> More articles, not more labels, would tell of comments like these\.)?$"
)
def _all_labelled(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    chosen = facts.covered(None) if found["covered"] else facts.of(None)
    if whole_number(found["n"]) != len(chosen):
        yield f"there are {len(chosen)} comments"
    addressed = [target for target in TARGETS if facts.n(None, target)]
    if missing := [each for each in chosen for target in addressed if each.comment_id not in facts.labelled[target]]:
        yield f"{len(missing)} have no label"


@claim(
    rf"^Next: (?P<n>{NUMBER}) more labels of (?P<group>.+){TIME}:"
    r" from ± (?P<now>\d+) to about ± (?P<after>\d+) points\. To compare two groups, 150 labels of each are advised\.$"
)
def _narrower(facts: Facts, _: str, found: "re.Match[str]") -> Iterator[str]:
    if whole_number(found["n"]) > len(unlabelled(facts, found["group"])):
        yield f"{len(unlabelled(facts, found['group']))} comments have no label"
    if int(found["after"]) > int(found["now"]):
        yield "the interval would not be narrower"
    yield from _minutes(found, whole_number(found["n"]))


# Runs -----------------------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """Sentences that were read, and what was false."""

    sentences: int = 0
    false: list[str] = field(default_factory=list)
    covered: Counter[bool] = field(default_factory=Counter)

    def check(self, facts: Facts, target: str, sentence: str) -> None:
        """Check a sentence on a target, or on all (an empty target)."""
        self.sentences += 1
        plain = re.sub("[\u2066-\u2069]", "", sentence).replace("\u00a0", " ")
        for pattern, check in CHECKS:
            if found := pattern.match(plain):
                try:
                    wrong = list(check(facts, target, found))
                except (KeyError, IndexError, StopIteration) as error:
                    wrong = [f"cannot be checked: {error!r}"]
                break
        else:
            wrong = ["no pattern reads it"]
        if wrong:
            self.false.append(f"{facts.corpus.name}: {plain} [{'; '.join(wrong)}]")


def first_screen(page: str) -> tuple[list[tuple[str, list[str]]], list[str], list[str], str | None]:
    """Read the opening from a page: titles with details, notes, steps and the command."""
    text = html.unescape(page)
    findings = [
        (found[1], re.findall(r'<span class="more">(.*?)</span>', found[2]))
        for found in re.finditer(r'<p role="listitem"><strong>(.*?)</strong>(.*?)</p>', text)
    ]
    notes = re.search(r'<div class="findings".*?</div>\s*<p class="note">(.*?)</p>', text)
    after = re.search(r'<p class="note next">(.*?)</p>', text, re.DOTALL)
    command = re.search(r"<code>(stance sample .*?)</code>", after[1]) if after else None
    steps = [re.split(r"\s*<code>", after[1])[0].strip()] if after else []
    is_note = notes and not notes[1].startswith("Written by")  # what follows where there are no notes
    sentences = re.split(r"(?<=[.]) (?=[A-Z\d])", notes[1]) if notes and is_note else []
    return findings, sentences, steps, command[1] if command else None


def joined_notes(sentences: Sequence[str]) -> list[str]:
    """Join the two sentences of the model's errors, which are one claim."""
    found: list[str] = []
    for each in sentences:
        if found and found[-1] == "No label corrects it.":
            found[-1] += f" {each}"
        else:
            found.append(each)
    return found


def check_pages(facts: Facts, page: Path, count: Count) -> tuple[list[str], str | None]:
    """Check all sentences of the opening of a page; return its steps and the command."""
    findings, notes, steps, command = first_screen(page.read_text(encoding="utf-8"))
    written = [[each["title"], *each["detail"]] for each in facts.findings]
    if [[title, *detail] for title, detail in findings] != written:
        count.false.append(f"{facts.corpus.name}: {page.name} opens with other sentences than its record")
    for record, (title, detail) in zip(facts.findings, findings, strict=False):
        if record["step"] != best_step(facts, record["target"]):
            count.false.append(f"{facts.corpus.name}: step {record['step']}, not {best_step(facts, record['target'])}")
        for sentence in (title, *detail):
            count.check(facts, record["target"], sentence)
    for sentence in joined_notes(notes):
        count.check(facts, "", sentence)
    for sentence in steps:
        count.check(facts, "", sentence)
    return steps, command


def model_of(corpus: Corpus, planted: Sequence[Planted]) -> PlantedScorer:
    """Return the planted model, with measured errors of shares where the corpus asks for them."""
    errors = [
        {"set": str(at), "target": "us", "against": at - 4.0, "neutral": 0.0, "favor": 4.0 - at}
        for at in range(corpus.share_errors)
    ]
    return PlantedScorer({each.text: each for each in planted}, 1 - corpus.errors, {"share_errors": errors})


def follow_step(
    corpus: Corpus,
    planted: Sequence[Planted],
    path: Path,
    drawn: list[tuple[Planted, str, float]],
    step: tuple[str, str],
    count: Count,
) -> None:
    """Draw and label the comments as the step says, and check what it promised."""
    sentence, command = step
    words = shlex.split(command)
    options = {name.removeprefix("--"): value for name, value in pairwise(words) if name[0] == "-"}
    chosen: dict[str, Any] = {"n": int(options["n"])}
    chosen |= {"stratify": (options["stratify"],)} if "stratify" in options else {}
    chosen |= {"exclude": path.parent / "labels.csv"} if "exclude" in options else {}
    where = (options["where"],) if "where" in options else ()
    by_text, known = {each.text: each for each in planted}, {(each.comment_id, of) for each, of, _ in drawn}
    try:
        sample = stance.sample(path, names=True, target=tuple(TARGETS), where=where, **chosen)
    except stance.StanceError as error:
        count.false.append(f"{corpus.name}: {command} [{error}]")
        return
    rows = zip(sample["text"], sample["target"], sample["probability"], strict=True)
    new = [(by_text[text], target, float(p)) for text, target, p in rows]
    new = [each for each in new if (each[0].comment_id, each[1]) not in known]
    comments = {each.comment_id: each for each, *_ in new}
    found = re.search(rf"label (?:all |the )?({NUMBER})|({NUMBER}) more labels|({NUMBER}) of each", sentence)
    asked = whole_number(next(filter(None, found.groups()))) if found else 0
    if len(comments) < asked:
        count.false.append(f"{corpus.name}: {command} [{len(comments)} comments are new, of {asked} named]")
    count.sentences += 1
    write_labels([*drawn, *new], path.parent / "after.csv")
    summary, _ = make_report(corpus, planted, path, path.parent / "after", path.parent / "after.csv")
    every: dict[str, frozenset[str]] = {
        target: frozenset(each.comment_id for each, of, _ in (*drawn, *new) if of == target) for target in TARGETS
    }
    facts = Facts(corpus, planted, every, summary, summary["findings"])
    titles = " ".join(each["title"] for each in summary["findings"])
    if "of persons" in sentence and "the model reads" in titles:
        count.false.append(f"{corpus.name}: {sentence} [{titles}]")
    if "correct the shares" in sentence:
        for group in {each.outlet or "not stated" for each in comments.values()}:
            for target in corpus.named:
                own = None if len(facts.groups) == 1 else group
                if facts.step(own, target) == "model" and facts.step(own, target) not in ("these", "like_these"):
                    count.false.append(
                        f"{corpus.name}: {sentence} [{group}, {target}: {facts.step(own, target)} after]"
                    )
                if facts.step(own, target) == "counts" and facts.n(own, target) >= FEWEST_SHARED:
                    count.false.append(f"{corpus.name}: {sentence} [{group}, {target}: counts after]")


def make_report(
    corpus: Corpus, planted: Sequence[Planted], path: Path, folder: Path, labels: Path | None
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Make a report; return ``summary.json`` and, of two outlets, ``comparison.json``."""
    given: dict[str, Any] = {"labels": (labels,), "assume_random": True} if labels else {}
    stance.report(path, output=folder, model=model_of(corpus, planted), public=corpus.public, **given)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    compared = folder / "comparison.json"
    return summary, json.loads(compared.read_text(encoding="utf-8")) if compared.is_file() else None


def check_corpus(corpus: Corpus, folder: Path, count: Count) -> None:
    """Make the report of a corpus and check its openings."""
    rng = random.Random(corpus.name)
    planted = plant(corpus, rng)
    path = write_corpus(corpus, planted, folder)
    drawn: list[tuple[Planted, str, float]] = []
    for group in corpus.groups:
        own = [each for each in planted if each.outlet == group.outlet]
        chosen = own if group.labels is None else rng.sample(own, group.labels)
        drawn += [(each, target, len(chosen) / len(own)) for each in chosen for target in corpus.labelled_targets]
    labels = write_labels(drawn, folder / "labels.csv") if drawn else None
    labelled = {target: frozenset(each.comment_id for each, of, _ in drawn if of == target) for target in TARGETS}
    summary, comparison = make_report(corpus, planted, path, folder / "report", labels)
    facts = Facts(corpus, planted, labelled, summary, summary.get("findings", ()))
    if corpus.public:  # the record of a public report holds no sentences
        found, *_ = first_screen((folder / "report" / "index.html").read_text(encoding="utf-8"))
        facts.findings = [
            {"target": target, "title": title, "detail": detail, "step": best_step(facts, target)}
            for target, (title, detail) in zip(TARGETS, found, strict=False)
        ]
    steps, command = check_pages(facts, folder / "report" / "index.html", count)
    if comparison and not corpus.public:
        both = replace(facts, record={**comparison, "whole": None}, findings=comparison["findings"], groups={})
        check_pages(both, folder / "report" / "comparison.html", count)
    for each in () if corpus.public else coverage(facts):
        count.covered[each] += 1
    if command:
        follow_step(corpus, planted, path, drawn, (steps[0], command), count)


def coverage(facts: Facts) -> Iterator[bool]:
    """Return whether intervals of corrected shares hold the planted share, where these are shown."""
    for group in shown_groups(facts):
        for target in facts.corpus.named:
            if facts.step(group, target) == "like_these":
                planted = facts.planted_share(group or next(iter(facts.groups)), "against")
                low, high = facts.bounded(group, target)["against"]["interval"]
                yield low <= planted <= high


def check_all(corpora: Iterable[Corpus]) -> Count:
    """Check the openings of all corpora."""
    count = Count()
    for corpus in corpora:
        with TemporaryDirectory() as folder, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            check_corpus(corpus, Path(folder), count)
    return count


def main() -> int:
    """Print the numbers of sentences and of false ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--only", action="append", help="name of a corpus (repeatable)")
    only = parser.parse_args().only
    chosen = [corpus for corpus in (*CORPORA, *(NOT_MENDED if only else ())) if not only or corpus.name in only]
    count = check_all(chosen)
    for each in count.false:
        print(each)
    held = f"{count.covered[True]} of {count.covered.total()} intervals of one side hold the planted share"
    print(f"{len(chosen)} corpora, {count.sentences} sentences, {len(count.false)} false; {held}")
    return int(bool(count.false))


if __name__ == "__main__":
    sys.exit(main())
