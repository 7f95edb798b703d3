"""Count false sentences in the openings of reports on simulated corpora whose truth is known.

    python -m research.benchmarks.openings [--only NAME]...

Each corpus is a table of comments with planted stances, a planted model that errs, and planted labels. The numbers of
its report and comparison are checked against the planted ones, and every sentence of their openings, as it stands on
the page, against these numbers (``research/benchmarks/sentences.py``). Where a next step is named, comments are drawn by its
command and labelled as planted; the report that follows must hold what the step promised.
"""

import argparse
import json
import random
import re
import shlex
import sys
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

import stance
from research.benchmarks.sentences import OTHER, SIDES, Screen, read_page, whole_number
from stance.datamodels import STANCES, Stance
from stance.reporting.levels import scored
from stance.resources import SHARE_ERRORS
from stance.scoring.instances import Instance, Judgement

TARGETS = ("russia", "us", "nato")
SENTENCES = {
    "en": "Reader {n} thinks that {named} will decide the question of the harbour before the winter begins.",
    "de": "Leser {n} meint, dass {named} die Frage des Hafens noch vor dem Beginn des Winters entscheiden wird.",
    "nl": "Lezer {n} denkt dat {named} de kwestie van de haven nog voor het begin van de winter zal beslissen.",
}
NAMES = {
    "en": ("Russia", "the United States", "NATO"),
    "de": ("Russland", "die USA", "die NATO"),
    "nl": ("Rusland", "de Verenigde Staten", "de NAVO"),
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
    :param has_articles: It is known on which article a comment is.
    :param repeats: Comments are written with the same words as another.
    """

    name: str
    groups: tuple[Group, ...]
    addressing: float = 0.9
    named: tuple[str, ...] = TARGETS
    labelled_targets: tuple[str, ...] = TARGETS
    languages: tuple[str, ...] = ("en",)
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


NATO_IN_THE_SMALLEST = (*outlets(150, 140, 130, 125, 120, 110), Group("Eta", 90, 9, named=("nato",)))

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
    Corpus("two outlets that differ", outlets(400, 400, articles=30, labels=150, lean=(0.2, 0.75))),
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
    Corpus("all labelled toward one target", one(30, 4, labels=None), labelled_targets=("us",)),
    Corpus("two small outlets", outlets(45, 40)),
    Corpus("only the smallest outlet names NATO", NATO_IN_THE_SMALLEST, named=("russia", "us")),
    Corpus("few address, many comments", outlets(300, 300), addressing=0.08),
    Corpus("public, two outlets", outlets(250, 150), public=True, share_errors=9),
    Corpus("public, few comments", outlets(40, 9), public=True),
    Corpus("public, labels", outlets(300, 300, articles=20, labels=100, lean=(0.8, 0.3)), public=True),
    Corpus("the same words again", one(50, 5), repeats=20),
)

FAST = (
    "twelve comments", "forty comments, ten labelled", "a large and a small outlet", "labels left in one group",
    "two outlets that differ", "no target is named", "only a language that is not covered",
    "three languages, all labelled", "public, few comments", "public, labels", "the same words again",
)  # fmt: skip
"""Names of corpora that a test checks: they have a sentence of each form that any of all has."""


# Corpora --------------------------------------------------------------------------------------------------------------


@dataclass
class PlantedScorer:
    """Gives the planted stance of each text and target, and is as sure as it is often right."""

    said: Mapping[tuple[str, str], str]
    errors: float
    card: Mapping[str, Any]
    name: str = json.loads(SHARE_ERRORS.read_text(encoding="utf-8"))["model"]
    languages: tuple[str, ...] = ("en", "de")

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge texts of the corpus; others address nothing."""
        said = [self.said.get((each.text, each.target), "not_addressed") for each in instances]
        rows = [[1 - self.errors if side == each else self.errors / 3 for side in STANCES] for each in said]
        return Judgement(np.array(rows).reshape(-1, len(STANCES)), [()] * len(instances))


def plant(corpus: Corpus, rng: random.Random) -> pd.DataFrame:
    """Draw the comments of a corpus, with the true stances and those that the model gives."""
    rows: list[dict[str, Any]] = []
    for group in corpus.groups:
        for at in range(group.comments):
            number, language = len(rows), corpus.languages[len(rows) % len(corpus.languages)]
            targets = [each for each in TARGETS if each in (*corpus.named, *group.named)]
            row = dict.fromkeys(
                (f"{kind} {target}" for kind in ("truth", "said") for target in TARGETS), "not_addressed"
            )
            for target in targets:
                if rng.random() < corpus.addressing:
                    row[f"truth {target}"] = truth = rng.choices(SIDES, group.shares)[0]
                    row[f"said {target}"] = truth if rng.random() > corpus.errors else rng.choice(SIDES)
            named = " and ".join(NAMES[language][TARGETS.index(each)] for each in targets) or "the town"
            article = rng.randrange(group.articles) if at >= group.articles else at
            row |= {"text": SENTENCES[language].format(n=number, named=named), "language": language}
            row = {**rows[0]} if 0 < number < corpus.repeats else row
            posted = f"2026-0{1 + article % 6}-11" if corpus.has_dates else ""
            place = {"document": f"{group.outlet} {article}", "posted": posted} if corpus.has_articles else {}
            rows.append(row | {"id": f"c{number}", "outlet": group.outlet, "author": f"author {number}"} | place)
    return pd.DataFrame(rows)


Label = tuple[str, str, float]
"""Id of a comment, a target, and the probability that the comment was drawn."""


# Runs -----------------------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """Sentences that were read, and what was false."""

    sentences: int = 0
    false: list[str] = field(default_factory=list)
    covered: Counter[bool] = field(default_factory=Counter)


def check_numbers(corpus: Corpus, planted: pd.DataFrame, labels: Sequence[Label], screen: Screen) -> Iterator[str]:
    """Yield the recorded numbers that are not those that were planted."""
    groups = {of.outlet or "not stated": dict(zip(SIDES, of.shares, strict=True)) for of in corpus.groups}
    for (target, group), level in {
        (of, name): each for of, own in screen.levels.items() for name, each in own.items()
    }.items():
        own = planted if len(screen.groups) == 1 else planted[planted["outlet"].fillna("not stated") == group]
        covered = own[own["language"] != NOT_COVERED]
        done = covered[covered["id"].isin({name for name, of, _ in labels if of == target})]
        said = Counter(covered[f"said {target}"])
        true = Counter(covered[f"truth {target}"])
        counts = Counter(done[f"truth {target}"]) if level.is_counted_by_persons else said
        n = sum((true if level.is_exact and level.is_labelled else said)[of] for of in SIDES)
        is_right = level.n == n or (level.is_labelled and not level.is_exact)
        if not is_right or (level.labelled, scored(level.group)) != (len(done), len(covered)):
            yield f"numbers of {group} toward {target}: {level.n}, {level.labelled}"
        lists = {
            "favor": ("favor", "leans_favor"),
            "against": ("against", "leans_against"),
            "neutral": ("neutral", "unread"),
        }
        shown = {side: sum(level.counts.get(name) or 0 for name in names) for side, names in lists.items()}
        if [shown[str(of)] for of in SIDES] != [counts[of] for of in SIDES]:
            yield f"counts of {group} toward {target}: {level.counts}"
        sums = {of: corpus.errors / 3 * len(covered) + (1 - corpus.errors * 4 / 3) * said[of] for of in SIDES}
        for side, share in level.shares.items():
            if share["method"] == "model" and abs(share["estimate"] - sums[side] / sum(sums.values())) > 0.005:
                yield f"the model's share {side} of {group} toward {target}: {share['estimate']}"
        if level.ahead and true[level.ahead] < true[OTHER[level.ahead]]:
            yield f"{group} leans {level.ahead} toward {target}"
    for of in (each for each in screen.record["differences"] or () if each["verdict"] == "differ"):
        if (groups[of["a"]][of["stance"]] > groups[of["b"]][of["stance"]]) != (of["estimate"] > 0):
            yield f"difference of {of['a']} and {of['b']}"


def check_page(corpus: Corpus, screen: Screen, page: Path, count: Count) -> tuple[str, list[str]]:
    """Check all sentences of the opening of a page; return the text of the next step and its commands."""
    notes, shown, step, commands = read_page(page.read_text(encoding="utf-8"))
    findings = screen.record.get("findings") or []
    if not corpus.public and [[each["title"], *each["detail"]] for each in findings] != shown:
        count.false.append(f"{corpus.name}: {page.name} opens with other sentences than its record")
    texts = [(target, each) for target, sentences in zip(TARGETS, shown, strict=False) for each in sentences]
    for target, text in [*texts, *(("", each) for each in (notes, step) if each)]:
        for sentence, wrong_form in screen.check(target, text):
            count.sentences += 1
            if wrong_form:
                count.false.append(f"{corpus.name}, {target}: {sentence} [{wrong_form}]")
    return step, commands


def planted_model(corpus: Corpus, planted: pd.DataFrame) -> PlantedScorer:
    """Return the model that reads the comments of a corpus."""
    ends = [
        {"set": str(at), "target": "us", "against": at - 4.0, "neutral": 0.0, "favor": 4.0 - at}
        for at in range(corpus.share_errors)
    ]
    said = {(row["text"], target): row[f"said {target}"] for _, row in planted.iterrows() for target in TARGETS}
    return PlantedScorer(said, corpus.errors, {"share_errors": ends})


def make_reports(
    corpus: Corpus, planted: pd.DataFrame, folder: Path, labels: Sequence[Label]
) -> Iterator[tuple[Screen, Path]]:
    """Make a report; yield the numbers and the page of its index and, of several outlets, of the comparison."""
    given: dict[str, Any] = {"labels": (folder / "labels.csv",)} if labels else {}
    if labels:
        by_id = planted.set_index("id")
        rows = [(name, by_id["text"][name], of, by_id[f"truth {of}"][name], "audit", p) for name, of, p in labels]
        columns = ["id", "text", "target", "label", "role", "probability"]
        pd.DataFrame(rows, columns=columns).to_csv(folder / "labels.csv", index=False)
    model = planted_model(corpus, planted)
    with patch("stance.reporting.report.document_page", return_value=""):  # no page of an article is looked at
        stance.report(folder / "comments.csv", output=folder / "report", model=model, public=corpus.public, **given)
    for name, page in (("summary.json", "index.html"), ("comparison.json", "comparison.html")):
        if (folder / "report" / name).is_file() and (page == "index.html" or not corpus.public):
            record = json.loads((folder / "report" / name).read_text(encoding="utf-8"))
            yield Screen(record), folder / "report" / page


def check_corpus(corpus: Corpus, folder: Path, count: Count) -> None:
    """Make the report of a corpus, check its openings, and do what the next step says."""
    rng = random.Random(corpus.name)
    planted = plant(corpus, rng)
    columns = [each for each in ("id", "document", "outlet", "author", "posted", "text") if each in planted]
    planted[columns].to_csv(folder / "comments.csv", index=False)
    labels: list[Label] = []
    for group in corpus.groups:
        own = [*planted["id"][planted["outlet"].fillna("") == (group.outlet or "")]]
        drawn = own if group.labels is None else rng.sample(own, group.labels)
        labels += [(each, target, len(drawn) / len(own)) for each in drawn for target in corpus.labelled_targets]
    pages = [
        (screen, *check_page(corpus, screen, page, count))
        for screen, page in make_reports(corpus, planted, folder, labels)
    ]
    screen, step, commands = pages[0]
    for found, *_ in () if corpus.public else pages:
        wrong = check_numbers(corpus, planted, labels, found)
        count.false += (f"{corpus.name}: {each}" for each in wrong)
    for target in corpus.named if not corpus.public else ():
        for group, level in zip(corpus.groups, screen.levels[target].values(), strict=False):
            if level.is_labelled and not level.is_exact:
                own = (each for each in level.group["shares"] if each["population"] == "outlet")
                share = next(each for each in own if (each["target"], each["stance"]) == (target, Stance.AGAINST))
                low, high = share["interval"] or (0.0, 1.0)
                count.covered[low <= group.shares[0] <= high] += 1
    if commands:
        follow_step(corpus, planted, folder, labels, (step, commands[0]), count)


def follow_step(
    corpus: Corpus, planted: pd.DataFrame, folder: Path, labels: Sequence[Label], step: tuple[str, str], count: Count
) -> None:
    """Draw and label the comments as the step says, and check what it promised."""
    sentence, command = step
    options = {name.removeprefix("--"): value for name, value in pairwise(shlex.split(command)) if name[0] == "-"}
    chosen: dict[str, Any] = {"n": int(options["n"]), "where": (options["where"],) if "where" in options else ()}
    chosen |= {"stratify": (options["stratify"],)} if "stratify" in options else {}
    chosen |= {"exclude": folder / "labels.csv"} if "exclude" in options else {}
    try:
        chosen |= {"target": (options["target"],) if "target" in options else TARGETS}
        sample = stance.sample(folder / "comments.csv", names=True, model=planted_model(corpus, planted), **chosen)
    except stance.StanceError as error:
        count.false.append(f"{corpus.name}: {command} [{error}]")
        return
    known = {(name, target) for name, target, _ in labels}
    rows = zip(sample["id"], sample["target"], sample["probability"], strict=True)
    new = [(name.split("/")[-1], target, float(p)) for name, target, p in rows]
    new = [each for each in new if each[:2] not in known]
    comments = {name for name, *_ in new}
    asked = whole_number(re.findall(r"label (?:about |all |the |up to )?([\d,]+)", sentence)[0])
    if len(comments) < asked:
        count.false.append(f"{corpus.name}: {command} [{len(comments)} comments are new, of {asked} named]")
    count.sentences += 1
    after, _ = next(make_reports(corpus, planted, folder, [*labels, *new]))
    drawn = {*planted["outlet"][planted["id"].isin(comments)].fillna("not stated")}
    for target in {*corpus.named} & {*chosen["target"]}:
        of_all = "among all comments" in sentence  # it promises nothing of single outlets
        levels = {"all": after.level(target, "")} if of_all else after.levels[target]
        for group, level in levels.items():
            is_kept = level.kind != "model"
            if not is_kept and (of_all or group in drawn or len(after.groups) == 1):
                count.false.append(f"{corpus.name}: {sentence} [{group}, {target}: {level.kind} after]")


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
    chosen = [corpus for corpus in CORPORA if not only or corpus.name in only]
    count = check_all(chosen)
    for each in count.false:
        print(each)
    held = f"{count.covered[True]} of {count.covered.total()} intervals of one side hold the planted share"
    print(f"{len(chosen)} corpora, {count.sentences} sentences, {len(count.false)} false; {held}")
    return int(bool(count.false))


if __name__ == "__main__":
    sys.exit(main())
