"""Train the weights by which the title of a text dump is found (``TITLE_WEIGHTS`` in ``stance/parsing/article.py``).

    python -m research.training.train_title FOLDER...

FOLDER holds dumps (NAME.txt, NAME.flat.txt) with their titles (NAME.json: "title"), or pages (NAME.html) that are
flattened, with the title that the HTML parser reads where their metadata repeat it. Prints the share of right titles, cross-validated
by site, then the weights and how often the best line stays below each value. Nothing of the pages is kept.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from research.training.rewriting import flatten
from stance.datamodels import Document, Page, PageKind
from stance.exceptions import InputError
from stance.parsing import make_document
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump import SAID_LINES, article_end, find_comments
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.html.metadata import read_metadata
from stance.parsing.html.tree import page_tree
from stance.parsing.line_kinds import line_kinds
from stance.parsing.paragraphs import richest_run
from stance.parsing.titles import TitleNumbers, title_numbers
from stance.reading.encodings import decode

FOLDS, PENALTY, FLATTENED_WEIGHT = 8, 1.0, 0.5
LEAST_WORDS, LEAST_TITLE = 150, 3  # of an article, and of its title
LEAST_F1 = 0.6  # of the words of a title that is right, as the benchmark counts


class Dumped(NamedTuple):
    """The lines of a dump that can be its title."""

    site: str
    weight: float
    numbers: np.ndarray
    right: np.ndarray


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def is_same(one: str, other: str) -> bool:
    shared = len(words(one) & words(other))
    return bool(shared) and 2 * shared >= LEAST_F1 * (len(words(one)) + len(words(other)))


def titled(folder: Path) -> Iterator[tuple[str, float, str, str]]:
    """Yield site, weight, title and text of each dump."""
    for path in sorted(folder.glob("*.json")):
        gold = json.loads(path.read_text(encoding="utf-8"))
        for dump in (path.with_name(f"{path.stem}{ending}") for ending in (".txt", ".flat.txt")):
            if gold.get("title") and dump.exists():
                yield gold.get("site") or path.stem.rstrip("0123456789"), 1.0, gold["title"], dump.read_text("utf-8")
    for path in sorted(path for path in folder.glob("*.html") if not path.with_suffix(".json").exists()):
        page = Page(path.name, PageKind.HTML, decode(path.read_bytes()).text, "utf-8")
        try:
            document, found = make_document(page), read_metadata(page_tree(page), url=None, heading=None)
        except InputError:
            continue
        words = len(" ".join(document.body).split()) if isinstance(document, Document) else 0
        title = document.title or "" if words >= LEAST_WORDS else ""
        if len(title.split()) >= LEAST_TITLE and is_same(title, found.title or ""):
            yield site_of(page.text) or path.stem, FLATTENED_WEIGHT, title, flatten(page.text)


def site_of(source: str) -> str | None:
    """Return the last two parts of the host that a page calls its own."""
    stated = re.search(r"(?:og:url|canonical)[^>]*?https?://([^/\"'>]+)", source)
    return ".".join(stated[1].lower().split(".")[-2:]) if stated else None


def load(folder: Path) -> Iterator[Dumped]:
    for site, weight, title, text in titled(folder):
        lines = read_lines(text)
        dump = CuedLines(lines)
        thread = find_comments(dump)
        end = article_end(dump, thread.place.start if thread.comments else None)
        above, said = lines[:end], lines[end : end + SAID_LINES] if thread.comments else ()
        kinds = line_kinds(above)
        headings = thread.headings[:3]
        numbers = title_numbers(above, kinds, richest_run(above, kinds), headings, said)
        if numbers:
            right = np.array([is_same(title, above[i].text) for i in numbers])
            yield Dumped(site, weight, np.array([*numbers.values()], dtype=float), right)


def fit(dumps: list[Dumped]) -> np.ndarray:
    """Maximize the probability of the right line among the lines of each dump."""
    dumps = [each for each in dumps if each.right.any()]
    every = np.vstack([each.numbers for each in dumps])
    scale = every.std(axis=0) + 1e-6

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, slope = PENALTY * weights @ weights, 2 * PENALTY * weights
        for each in dumps:
            scaled = each.numbers / scale
            values = np.exp(scaled @ weights - (scaled @ weights).max())
            share = values[each.right].sum() / values.sum()
            total -= each.weight * np.log(share + 1e-300)
            own = np.where(each.right, values, 0.0)
            slope += each.weight * scaled.T @ (values / values.sum() - own / (own.sum() + 1e-300))
        return total, slope

    return minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B").x / scale


def share_right(weights: np.ndarray, dumps: list[Dumped]) -> list[bool]:
    return [bool(each.right[(each.numbers @ weights).argmax()]) for each in dumps]


def main() -> None:
    dumps = [each for folder in sys.argv[1:] for each in load(Path(folder))]
    sites = sorted({each.site for each in dumps})
    np.random.default_rng(0).shuffle(sites)
    fold = {site: place % FOLDS for place, site in enumerate(sites)}
    right = [
        each
        for k in range(FOLDS)
        for each in share_right(fit([d for d in dumps if fold[d.site] != k]), [d for d in dumps if fold[d.site] == k])
    ]
    weights = fit(dumps)
    print(f"right by site: {np.mean(right):.3f} of {len(right)}; with all: {np.mean(share_right(weights, dumps)):.3f}")
    print(TitleNumbers(*(round(float(each), 3) for each in weights)))
    best = [((each.numbers @ weights).max(), each.right[(each.numbers @ weights).argmax()]) for each in dumps]
    for least in range(6):
        below = [is_right for value, is_right in best if value < least]
        print(f"below {least}: {len(below)} of {len(best)}, right {sum(below)}")


if __name__ == "__main__":
    main()
