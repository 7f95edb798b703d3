"""Train the model that tells comments from other repeated blocks of HTML pages (``data/blocks/blocks.json``).

    python scripts/train_blocks.py FOLDER... --table TABLE.jsonl [--measure FOLDER...] [-o data/blocks/blocks.json]

FOLDER holds pages (NAME.html) with their comments (NAME.json: "comments", each with "author" and "text"). Each page is
also read with its thread cut out. The training table has only numbers; it stays outside the repository, and its digest
stands in the model's card. The printed figures are cross-validated by page; those of ``--measure`` are of pages that
trained nothing.
"""

import argparse
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from stance.datamodels import Page, PageKind
from stance.parsing.html.blocks import (
    FEW_BLOCKS,
    NUMBERS,
    READING_NUMBERS,
    BlockPage,
    Group,
    Stages,
    Weights,
    numbers_of_readings,
    rate_groups,
)
from stance.parsing.html.page import page_tree
from stance.parsing.html.threads import CommentParts, PageParts
from stance.parsing.html.tree import Element, Index

SAME = 0.9
"""Word F1 from which two texts are the same comment."""

MOST_FOUND = 1_500
"""Blocks of a group beyond which it is not compared."""

CUT_FROM = 0.8
"""F1 of a group from which it shows where the thread of its page stands."""

PENALTIES = {"groups": 0.3, "order": 0.3, "readings": 0.1}
"""Inverse strengths of the regularization; .03 to 3 change F1 by less than .02."""

ABSOLUTE_IN_ORDER = 0.5
"""Weight of the probability in the order of the readings; without it, F1 is .01 to .03 lower on dev2."""

ACCEPTED = {"several": 0.3, "single": 0.4}
"""Probabilities; lower ones find more comments, and some on pages without any: at .2 on 3 of 400 pages."""

FIRST_ONLY = {"several": True, "single": False}
"""Whether only the first reading of each page trains the probability; for several blocks, all find as many comments and
6 false pages. There are too few pages with one comment for that."""

FOLDS = 3
SEED = 18


class Score(NamedTuple):
    """How well a group fits the comments of its page."""

    f1: float = 0.0
    found: int = 0
    hits: int = 0
    authors: int = 0
    named: int = 0

    @property
    def target(self) -> float:
        """The F1, a quarter of it depending on the authors."""
        return self.f1 * (0.75 + 0.25 * (self.authors / self.named if self.named else 1.0))


Row = tuple[tuple[float, ...], Score]


@dataclass(frozen=True)
class Rows:
    """A page, and the numbers and scores of its groups."""

    folder: str
    name: str
    is_cut: bool
    gold: list[dict[str, Any]]
    page: BlockPage
    groups: dict[str, list[Group]]
    rows: dict[str, list[Row]]

    @property
    def weight(self) -> float:
        """What the page counts: long threads more than short ones."""
        return float(1 + np.log(len(self.gold))) ** 0.5 if self.gold else 1.0


# Pages ----------------------------------------------------------------------------------------------------------------


def words(text: str | None) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text or "").casefold()))


def plain(text: str | None) -> str:
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


def score(blocks: Sequence[CommentParts], gold: Sequence[dict[str, Any]]) -> Score:
    """Compare blocks with the comments of a page."""
    if not gold or not blocks or len(blocks) > MOST_FOUND:
        return Score(found=len(blocks))
    pairs = matched([block.text for block in blocks], [comment["text"] for comment in gold])
    named = [(blocks[j].author, gold[i].get("author")) for i, j in pairs if plain(gold[i].get("author"))]
    right = sum(plain(given) == plain(wanted) for given, wanted in named)
    return Score(2 * len(pairs) / (len(blocks) + len(gold)), len(blocks), len(pairs), right, len(named))


def matched(found: Sequence[str], gold: Sequence[str]) -> list[tuple[int, int]]:
    """Return pairs of a comment and the block with its text, each used once."""
    counts, left = [words(text) for text in found], dict.fromkeys(range(len(found)))
    pairs = []
    for i, text in enumerate(gold):
        wanted = words(text)
        rated = [(_f1(wanted, counts[j]) + (plain(text) == plain(found[j])), -j) for j in left]
        best, j = max(rated, default=(0.0, 0))
        if best >= SAME:
            pairs.append((i, -j))
            del left[-j]
    return pairs


def _f1(first: Counter[str], second: Counter[str]) -> float:
    sizes = first.total() + second.total()
    if min(first.total(), second.total()) < 0.8 * max(first.total(), second.total()):
        return 0.0
    return 2 * (first & second).total() / sizes if sizes else 1.0


def load(folders: Iterable[Path]) -> Iterator[Rows]:
    """Yield the pages of some folders, and each once more with its thread cut out."""
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            gold = [c for c in json.loads(path.read_text(encoding="utf-8"))["comments"] if plain(c["text"])]
            text = path.with_suffix(".html").read_text(encoding="utf-8", errors="replace")
            tree = page_tree(Page(path.stem, PageKind.HTML, text, "utf-8"))
            rows = _rows(folder.name, path.stem, tree, gold, is_cut=False)
            yield rows
            pairs = (zip(rows.rows[kind], rows.groups[kind], strict=True) for kind in ACCEPTED)
            scored = [(row[1].f1, group) for each in pairs for row, group in each]
            best, thread = max(scored, key=lambda item: item[0], default=(0.0, []))
            if best >= CUT_FROM:
                cut_out([e for block in rows.page.read(thread) for e in (block.element, *block.beside)])
                yield _rows(folder.name, path.stem, tree, gold, is_cut=True)


def _rows(folder: str, name: str, tree: Element, gold: list[dict[str, Any]], *, is_cut: bool) -> Rows:
    page = BlockPage(PageParts(Index(tree)))
    groups = {"several": page.groups, "single": page.single_blocks()}
    rows = {
        kind: [(page.numbers(g), score(page.read(g), gold) if gold else Score()) for g in each]
        for kind, each in groups.items()
    }
    return Rows(folder, name, is_cut, gold, page, groups, rows)


def cut_out(elements: Sequence[Element]) -> None:
    """Empty the smallest element around some others, or these where it holds the page's title, too."""
    around = [elements[0], *elements[0].iterancestors()]
    for element in elements[1:]:
        above = {element, *element.iterancestors()}
        around = [each for each in around if each in above]
    is_thread = around[0].tag not in ("html", "body") and around[0].find(".//h1") is None
    for element in around[:1] if is_thread else elements:
        if element.getparent() is not None:
            element.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs are older
            element.tag = "div"


# Training -------------------------------------------------------------------------------------------------------------


def soft(rows: Iterable[tuple[Sequence[float], float, float]], penalty: float) -> Weights:
    """Fit a logistic regression to targets between 0 and 1; each row has numbers, a target and a weight."""
    numbers, labels, weights = [], [], []
    for each, target, weight in rows:
        for label, share in ((1, target), (0, 1 - target)):
            if share > 0:
                numbers.append(each)
                labels.append(label)
                weights.append(share * weight)
    matrix = np.array(numbers)
    means, scales = matrix.mean(0), matrix.std(0) + 1e-6
    model = LogisticRegression(C=penalty, max_iter=3000, random_state=SEED)
    model.fit((matrix - means) / scales, labels, sample_weight=weights)
    return Weights(tuple(means), tuple(scales), tuple(model.coef_[0]), float(model.intercept_[0]))


def ordered(pages: Iterable[list[Row]], absolute: Weights) -> Weights:
    """Fit weights that put the readings of a page in the order of their targets."""
    steps, labels, weights = [], [], []
    for rows in pages:
        best = max((row[1].target for row in rows), default=0.0)
        for better in rows:
            for worse in rows:
                gain = better[1].target - worse[1].target
                if best >= 0.3 and gain > 0.02 and better[1].target > best - 0.1:
                    step = np.subtract(better[0], worse[0])
                    steps += [step, -step]
                    labels += [1, 0]
                    weights += [min(1.0, 0.2 + gain)] * 2
    matrix = np.array(steps)
    scales = matrix.std(0) + 1e-6
    model = LogisticRegression(C=PENALTIES["order"], max_iter=3000, fit_intercept=False, random_state=SEED)
    model.fit(matrix / scales, labels, sample_weight=weights)
    joint = model.coef_[0] / scales + ABSOLUTE_IN_ORDER * np.array(absolute.weights) / np.array(absolute.scales)
    size = len(joint)
    return Weights((0.0,) * size, (1.0,) * size, tuple(joint), 0.0)


def readings(rows: Rows, kind: str, weights: Weights) -> list[Row]:
    """Return the numbers and scores of the readings that a page would have."""
    rated = rate_groups(rows.page, rows.groups[kind], weights)
    blocks = [rows.page.read(group) for _, group in rated]
    numbers = numbers_of_readings(rows.page, rated, blocks) if rated else []
    return [(each, score(found, rows.gold)) for each, found in zip(numbers, blocks, strict=True)]


def train(pages: Sequence[Rows], kind: str) -> Stages:
    """Train what rates the groups of one kind, and then their readings."""
    groups = soft(
        ((numbers, each.target**2, 1.0) for rows in pages for numbers, each in rows.rows[kind]), PENALTIES["groups"]
    )
    read = [(rows, found) for rows in pages if (found := readings(rows, kind, groups))]

    def fit(only: Weights | None) -> Weights:
        rows_of = [(rows, found if only is None else [first(found, only)]) for rows, found in read]
        targets = ((x, each.target, rows.weight) for rows, found in rows_of for x, each in found)
        return soft(targets, PENALTIES["readings"])

    absolute = fit(None)
    order = ordered((found for rows, found in read if rows.gold and not rows.is_cut), absolute)
    return Stages(groups, order, fit(order) if FIRST_ONLY[kind] else absolute, ACCEPTED[kind])


def first(found: Sequence[Row], order: Weights) -> Row:
    return max(found, key=lambda row: order.logit(row[0]))


def chosen(rows: Rows, model: dict[str, Stages]) -> Score:
    """Return the score of what a model finds in a page, as ``read_blocks`` chooses it."""
    accepted: list[tuple[float, Score]] = []
    for kind, stages in model.items():
        rated = rate_groups(rows.page, rows.groups[kind], stages.groups)
        found = readings(rows, kind, stages.groups)
        place = max(range(len(found)), key=lambda i: stages.order.logit(found[i][0]), default=None)
        if place is None or not rows.page.is_supported(rated[place][1]):
            continue
        numbers, scored = found[place]
        probability = stages.readings.probability(numbers)
        if probability >= stages.accepted:
            accepted.append((probability, scored))
            if scored.found > FEW_BLOCKS:
                break
    return max(accepted, key=lambda item: item[0], default=(0.0, Score()))[1]


def report(pages: Iterable[Rows], model_of: Callable[[Rows], dict[str, Stages]]) -> dict[str, dict[str, float]]:
    """Measure what models find in pages, by folder."""
    totals: dict[str, Counter[str]] = {}
    for rows in pages:
        sums, found = totals.setdefault(rows.folder, Counter()), chosen(rows, model_of(rows))
        if rows.is_cut:
            sums["false pages, thread cut out"] += found.found > 0 and found.f1 < 0.5
        elif not rows.gold:
            sums["false pages"] += found.found > 0
        else:
            sums.update(pages=1, gold=len(rows.gold), found=found.found, hits=found.hits)
            sums.update(authors=found.authors, named=found.named)
            sums["macro"] += found.f1  # type: ignore[assignment]
    return {
        folder: {
            "pages with comments": sums["pages"],
            "F1": round(2 * sums["hits"] / max(sums["gold"] + sums["found"], 1), 3),
            "mean F1 of pages": round(sums["macro"] / max(sums["pages"], 1), 3),
            "authors": round(sums["authors"] / max(sums["named"], 1), 3),
            "false pages": sums["false pages"],
            "false pages, thread cut out": sums["false pages, thread cut out"],
        }
        for folder, sums in totals.items()
    }


def fold(rows: Rows) -> int:
    return int(hashlib.sha256(rows.name.encode()).hexdigest(), 16) % FOLDS


def cross_validated(pages: Sequence[Rows]) -> dict[str, dict[str, float]]:
    """Measure each page with a model that other pages trained."""
    models = [{kind: train([p for p in pages if fold(p) != part], kind) for kind in ACCEPTED} for part in range(FOLDS)]
    return report(pages, lambda rows: models[fold(rows)])


# Files ----------------------------------------------------------------------------------------------------------------


def write_table(pages: Sequence[Rows], path: Path) -> dict[str, Any]:
    """Write the training table, and return its digest and counts."""
    digest, count = hashlib.sha256(), 0
    with path.open("wb") as file:
        for rows in pages:
            for kind, each in rows.rows.items():
                for numbers, scored in each:
                    line = json.dumps([kind, rows.is_cut, [round(n, 6) for n in numbers], round(scored.target, 6)])
                    file.write(line.encode() + b"\n")
                    digest.update(line.encode() + b"\n")
                    count += 1
    whole = [rows for rows in pages if not rows.is_cut]
    return {
        "sha256": digest.hexdigest(),
        "rows": count,
        "pages": len(whole),
        "pages with comments": sum(bool(rows.gold) for rows in whole),
        "comments": sum(len(rows.gold) for rows in whole),
        "pages with the thread cut out": len(pages) - len(whole),
    }


def as_data(weights: Weights, names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "names": list(names),
        "means": [round(float(each), 6) for each in weights.means],
        "scales": [round(float(each), 6) for each in weights.scales],
        "weights": [round(float(each), 6) for each in weights.weights],
        "bias": round(weights.bias, 6),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--measure", nargs="*", type=Path, default=[])
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    pages = list(load(given.folders))
    measured = {} if given.measure else cross_validated(pages)
    model = {kind: train(pages, kind) for kind in ACCEPTED}
    others = report(load(given.measure), lambda _: model) if given.measure else {}
    print(json.dumps({"cross-validated": measured, "measured": others}, indent=1))
    card = {
        "date": datetime.now(UTC).date().isoformat(),
        "seed": SEED,
        "training table": write_table(pages, given.table),
        "cross-validated by page": measured,
    }
    data: dict[str, Any] = {"card": card}
    for kind, stages in model.items():
        data[kind] = {
            "accepted": stages.accepted,
            "groups": as_data(stages.groups, NUMBERS),
            "order": as_data(stages.order, READING_NUMBERS),
            "readings": as_data(stages.readings, READING_NUMBERS),
        }
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
