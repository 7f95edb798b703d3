"""Compare every number and claim of first screens with the labels of the comments that they are about.

    python -m research.benchmarks.first_screens FOLDER/KIND.npz... [--worlds 20] [--seed 0] [--keep FOLDER]

Each file is what ``research.training.finetune_reader`` wrote of texts that it did not learn from: labels and
probabilities of real comments. A corpus draws comments of one kind into outlets, articles and authors, as they are or
with the mix of sides moved; a third of the corpora has no labels, a third 60 drawn labels of each outlet, a third all.
"""

import argparse
import csv
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import stance
from research.training.kind_errors import Set, read_sets
from stance.datamodels import SIDES, STANCES

LABELS = {"none": 0, "some": 60, "all": None}
SMALL, LARGE = 15, 220
SIDE_WORDS = {"against": "against", "favor": "in favor", "neutral": "neither"}


def plant(
    own: Sequence[Set], labelled: str, rng: np.random.Generator, folder: Path
) -> dict[tuple[str, str], Counter[str]]:
    """Write the scores of a corpus and its labels; return the true labels by group and target."""
    truth: dict[tuple[str, str], Counter[str]] = {}
    scores, labels = [], []
    for number in range(int(rng.integers(1, 5))):
        outlet, n = f"Outlet {'ABCD'[number]}", int(rng.integers(SMALL, LARGE))
        size = LABELS[labelled]
        drawn = {*rng.choice(n, min(n, n if size is None else size), replace=False).tolist()} if size != 0 else {*()}
        authors, articles = rng.zipf(2.0, n).clip(max=n), rng.integers(0, max(2, n // 8), n)
        for each in own:
            target = each.name.rpartition(" ")[2]
            for at, row in enumerate(rng.choice(len(each.labels), n, p=each.weights / each.weights.sum())):
                name, label = f"{number}-{at}", str(STANCES[each.labels[row]])
                odds = {str(of): float(p) for of, p in zip(STANCES, each.probabilities[row], strict=True)}
                score = {"document": f"{outlet} {articles[at]}", "outlet": outlet, "unit": "comment", "comment": name}
                score |= {
                    "author": f"{outlet} {authors[at]}",
                    "target": target,
                    "stance": max(odds, key=odds.__getitem__),
                }
                scores.append(score | odds | {"language": "en", "model": "planted", "via": "text"})
                for group in (outlet, "all"):
                    truth.setdefault((group, target), Counter())[label] += 1
                if at in drawn:
                    labels.append([name, name, outlet, target, label, "audit", len(drawn) / n, score["document"]])
    scores.sort(key=lambda score: (score["document"], score["comment"]))
    (folder / "scores.jsonl").write_text("".join(json.dumps(each) + "\n" for each in scores), encoding="utf-8")
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        columns = ["id", "text", "outlet", "target", "label", "role", "probability", "document"]
        csv.writer(file).writerows([columns, *labels])
    return truth


def check(record: dict[str, Any], page: str, truth: dict[tuple[str, str], Counter[str]]) -> Iterator[tuple[str, bool]]:
    """Yield what was checked and whether it holds."""
    for finding in record["findings"]:
        words = " ".join([finding["title"], *finding["detail"]])
        for level in finding["levels"] if ("all", finding["target"]) in truth else ():
            group = (
                level["group"]
                if ("Outlet" in level["group"] and (level["group"], finding["target"]) in truth)
                else "all"
            )
            true = truth[group, finding["target"]]
            addressed = sum(true[side] for side in SIDES)
            if not (shares := level.get("shares")):
                yield "20 comments or more without all sides", addressed < 26 or not level["n"] or level["n"] < 20
                continue
            yield "a side is missing", len(re.findall("against|in favor|neither", words)) >= 3
            for side, share in shares.items():
                if not addressed:
                    continue
                low, high = share["interval"]
                exact = true[side] / addressed
                what = "printed share" if share["may_print"] else "interval"
                yield f"{what} ({share['method']}) holds the truth", low - 0.005 <= exact <= high + 0.005
                if not share["may_print"]:
                    place = re.escape(level["group"]) if group != "all" else "all [0-9,]+ comments"
                    shown = rf"(?<![0-9]){100 * share['estimate']:.0f} % {SIDE_WORDS[side]}[^;()]*\({place}"
                    plain = re.sub("[\u2066-\u2069]", "", words.replace("\u00a0", " "))
                    yield "forbidden shares are not on the page", not re.search(rf"(?<!to ){shown}", plain)
            if level.get("ahead"):
                other = "favor" if level["ahead"] == "against" else "against"
                yield "lead is of the larger side", true[level["ahead"]] > true[other]
    for each in record["differences"] or ():
        if each["verdict"] == "differ":
            a, b = (truth[each[name], each["target"]] for name in "ab")
            apart = [own[each["stance"]] / max(1, sum(own[side] for side in SIDES)) for own in (a, b)]
            yield "difference is of the larger group", (apart[0] > apart[1]) == (each["estimate"] > 0)
    yield "words that claim more", not re.search(r"\b(surely|perhaps|probably are|majority)\b", page)


def main() -> None:
    """Print how often each kind of statement holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    kinds = [[*read_sets(path)] for path in given.files]
    held, false_screens = dict[str, Counter[bool]](), 0
    for world in range(given.worlds):
        kind = kinds[world % len(kinds)]
        mixes = sorted({each.mix for each in kind})
        mix = "own" if world % 2 else mixes[int(rng.integers(len(mixes)))]
        own = [each for each in kind if each.mix == mix and "ukraine" not in each.name]
        labelled = [*LABELS][world % len(LABELS)]
        with tempfile.TemporaryDirectory() as temporary:
            folder = (given.keep / str(world)) if given.keep else Path(temporary)
            folder.mkdir(parents=True, exist_ok=True)
            truth = plant(own, labelled, rng, folder)
            labels = {"labels": (folder / "labels.csv",)} if labelled != "none" else {}
            stance.report(folder / "scores.jsonl", output=folder / "report", model="light", **labels)
            record = json.loads((folder / "report" / "summary.json").read_text(encoding="utf-8"))
            page = (folder / "report" / "index.html").read_text(encoding="utf-8")
        wrong = Counter[str]()
        for what, holds in check(record, page, truth):
            held.setdefault(what, Counter())[holds] += 1
            wrong[what] += not holds
        named = {what: n for what, n in wrong.items() if n}
        false_screens += any("interval" not in what and "share (" not in what for what in named)
        print(f"{world}: {given.files[world % len(kinds)].stem}, {mix}, labels {labelled}: {named or 'nothing false'}")
    for what, counts in sorted(held.items()):
        print(f"{what}: {counts[True]} of {counts.total()}")
    print(f"{false_screens} of {given.worlds} first screens with a false sentence")


if __name__ == "__main__":
    main()
