"""Train the certainty of read threads (``data/blocks/certainty.json``), a logistic regression on numbers of threads.

    python -m research.training.train_certainty [FOLDER...] [--made PAGES] --table TABLE.jsonl
        [-o data/blocks/certainty.json] [--added] [--words WORDS0.npz WORDS1.npz --nets NET0.npz NET1.npz]

FOLDER holds pages (NAME.html, NAME.txt, NAME.flat.txt) with their comments (NAME.json: "comments", each with "author"
and "text"), or pages whose comments are in ``research/data/pages.jsonl.gz``. Each page is also read with its thread cut
out. PAGES are any other pages: where a layout row is sure of the thread, the page is read as a dump, too, and with its
names hashed, so that no row fits; what the row read is the truth.

Without folders, the table of an earlier run is read. It has only numbers and stays outside the repository; its digest
stands in the model's card. With ``--words`` and ``--nets`` (``train_lines.py``) each page is read by what has learned
from other sites. With ``--added`` the numbers in ``ADDED`` join the weights that ship, of HTML pages alone; the table may
then have fewer pages.
The printed figures are cross-validated by site.
"""

import argparse
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

import research
from research.benchmarks.parse_unlabelled import LABELS, digest, labelled_digest
from research.training.rewriting import STEMS, flatten, hash_names
from research.training.train_lines import half_of, plain, use_models
from stance.datamodels import Comment, Page, PageKind
from stance.page_layouts import DOUBTFUL
from stance.parsing.certainty import CERTAINTY, COMPARED, CertaintyModel, certainty_model, numbers_of
from stance.parsing.choice import CLIPPED
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump import find_comments as find_in_dump
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.html.comments import find_comments
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element
from stance.parsing.html.tree import page_tree
from stance.parsing.thread import Method, Thread
from stance.records.digests import domain_of

Compare = Callable[[Sequence[Comment]], tuple[float, float]]

FAILED_WEIGHT = {True: 2.5, False: 1.2}
"""Weight of a misread page, of HTML and of dumps: at most 10 % of the right ones of other sites are doubtful. The pages
of the demonstration were given, too: without them, its reports name some as doubtful."""

NONE_WEIGHT = {True: 1.0, False: 1.3}
"""Further weight of misread pages on which no comment was found."""

CUT_WEIGHT = {True: 0.4, False: 0.15}
"""Weight of a page with its thread cut out, which is no page that anybody saved."""

MADE_WEIGHT = {True: 0.5, False: 0.5}
"""Weight of a page whose names were hashed, and of a dump of a page that a layout row reads."""

LEAST_MADE = 2
"""Minimum number of comments of a page whose reading by a layout row is the truth."""

VARIES = 1e-6  # least deviation of a number
PENALTY = 0.05
"""Inverse strength of the regularization; .02 to 2 change the AUC by .01."""

LEAST_F1, LEAST_AUTHORS, CUT_FROM = 0.95, 0.9, 0.8
"""Boundary F1 and share of right authors of a page that was read right; F1 from which the thread's place is known."""

NAMES, DOUBTS = certainty_model("html").names, certainty_model("html").doubts
"""Names of the numbers of a thread, in the order of the model, and the doubts that they give."""

NONE = NAMES.index("none")
"""Place of the number that says that no comment was found."""

ADDED = ("other authors", "cut names", "unread")
"""Words: numbers of what the markup of a page says against its reading."""

SIGNS = [NAMES.index(name) for name in (*ADDED, *(f"none by {name}" for name in (*COMPARED, "odds")))]
"""Places of the signs of comments that were not found: they never make a page more certain."""

FOLDS = 8

SAME = 0.9
"""Word F1 from which two texts are the same comment."""


class Row(NamedTuple):
    """A read thread: a digest of its site, its kind, whether it was read right, and its numbers."""

    site: str
    is_html: bool
    way: str  # "page", "cut" where the thread was cut out, or "made" where a layout row said what is right
    is_right: bool
    numbers: tuple[float, ...]

    @property
    def weight(self) -> float:
        failed = FAILED_WEIGHT[self.is_html] * (NONE_WEIGHT[self.is_html] if self.numbers[NONE] else 1.0)
        ways = {"page": 1.0, "cut": CUT_WEIGHT[self.is_html], "made": MADE_WEIGHT[self.is_html]}
        return (1.0 if self.is_right else failed) * ways[self.way]


def words(text: str | None) -> Counter[str]:
    return Counter(re.findall(r"\w+", unicodedata.normalize("NFKC", text or "").casefold()))


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


def as_data(weights: CertaintyModel) -> dict[str, Any]:
    return {
        "means": [round(float(each), 6) for each in weights.means],
        "scales": [round(float(each), 6) for each in weights.scales],
        "weights": [round(float(each), 6) for each in weights.weights],
        "bias": round(weights.bias, 6),
    }


def compare(found: Sequence[Comment], gold: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Return the boundary F1 of a page, and the share of right authors among the comments that were found."""
    if not found or not gold:
        return float(not found and not gold), 1.0
    pairs = matched([each.text for each in found], [each["text"] for each in gold])
    named = [(plain(gold[i]["author"]), plain(found[j].author)) for i, j in pairs if plain(gold[i].get("author"))]
    return 2 * len(pairs) / (len(found) + len(gold)), sum(a == b for a, b in named) / max(len(named), 1)


def compare_digests(found: Sequence[Comment], gold: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Return the same by digests of texts and names."""
    if not found or not gold:
        return float(not found and not gold), 1.0
    texts = {text for text, _ in gold}
    known = [(labelled_digest(each.text, texts), digest(each.author or "")) for each in found]
    same = (Counter(text for text, _ in known) & Counter(text for text, _ in gold)).total()
    named = (Counter(known) & Counter((text, name) for text, name in gold)).total()
    return 2 * same / (len(found) + len(gold)), named / max(same, 1)


def labels_of(folder: Path) -> Iterator[tuple[str, Compare]]:
    """Yield the names of the pages of a folder, and the function that compares their comments with the labels."""
    for path in sorted(folder.glob("*.json")):
        gold = [each for each in json.loads(path.read_text(encoding="utf-8"))["comments"] if plain(each["text"])]
        yield path.stem, partial(compare, gold=gold)
    for label in research.read_lines(LABELS):
        if label["half"] not in ("j", "p", "t", "v"):  # only measured
            yield label["page"], partial(compare_digests, gold=label["comments"])


def load(folder: Path, words: Sequence[Path], nets: Sequence[Path]) -> Iterator[Row]:
    """Yield the rows of the pages of a folder."""
    for name, compared in labels_of(folder):
        address = None
        for ending in (".html", ".txt", ".flat.txt"):
            if (page := folder / f"{name}{ending}").exists():
                text = page.read_bytes().decode("utf-8", "replace")
                address = address or _address(text)  # a dump has none; it is of the site of its page
                if words:
                    half = half_of(name, domain_of(address))
                    use_models(words[1 - half], nets[1 - half])
                threads = _of_html(text, compared) if ending == ".html" else _of_dump(text, compared)
                for is_cut, thread in threads:
                    found = compare(thread.comments, []) if is_cut else compared(thread.comments)
                    yield _row(
                        domain_of(address) or name, ending == ".html", "cut" if is_cut else "page", thread, found
                    )


def _row(site: str, is_html: bool, way: str, thread: Thread, compared: tuple[float, float]) -> Row:
    right = compared[0] >= LEAST_F1 and (compared[1] >= LEAST_AUTHORS or not thread.comments)
    numbers = numbers_of(thread)
    site = hashlib.sha256(site.encode()).hexdigest()[:12]
    return Row(site, is_html, way, right, tuple(numbers.get(name, 0.0) for name in NAMES))


def load_made(folder: Path) -> Iterator[Row]:
    """Yield the rows of the pages of a folder of which a layout row is sure: as dumps, and with hashed names."""
    for path in sorted(folder.glob("*.html")):
        text = path.read_bytes().decode("utf-8", "replace")
        sure = find_comments(_index(text))
        is_known = sure.method is Method.MARKUP and sure.page is None and all(each.author for each in sure.comments)
        if not is_known or len(sure.comments) < LEAST_MADE:
            continue
        compared = partial(compare, gold=[{"author": each.author, "text": each.text} for each in sure.comments])
        site = domain_of(_address(text)) or path.stem
        for hashed in (hash_names(text), hash_names(text, STEMS)):
            thread = find_comments(_index(hashed))
            yield _row(site, True, "made", thread, compared(thread.comments))
        thread = find_in_dump(CuedLines(read_lines(flatten(text))))
        yield _row(site, False, "made", thread, compared(thread.comments))


def _index(text: str) -> Index:
    return Index(page_tree(Page("page", PageKind.HTML, text, "utf-8")))


def _address(text: str) -> str | None:
    return next((part.split('"')[0] for part in text.split('rel="canonical" href="')[1:]), None)


def _of_html(text: str, compared: Compare) -> Iterator[tuple[bool, Thread]]:
    tree = page_tree(Page("page", PageKind.HTML, text, "utf-8"))
    found = find_comments(Index(tree))
    yield False, found
    if found.comments and compared(found.comments)[0] > CUT_FROM:
        cut_out(found.elements)
        yield True, find_comments(Index(tree))


def _of_dump(text: str, compared: Compare) -> Iterator[tuple[bool, Thread]]:
    page = CuedLines(read_lines(text))
    thread = find_in_dump(page)
    yield False, thread
    if thread.comments and compared(thread.comments)[0] > CUT_FROM:
        start, end = page.lines[thread.place.start].start, page.lines[thread.place.stop - 1].end
        rest = CuedLines(read_lines(text[:start] + text[end:]))
        yield True, find_in_dump(rest)


# Training -------------------------------------------------------------------------------------------------------------


def fit(rows: Sequence[Row]) -> CertaintyModel:
    """Fit the weights; signs of comments that would make their absence more certain are left out."""
    numbers = np.array([row.numbers for row in rows])
    means, scales = numbers.mean(0), numbers.std(0) + VARIES
    plain = ((numbers - means) / scales).clip(-CLIPPED, CLIPPED)
    model = LogisticRegression(C=PENALTY, max_iter=3000)
    labels, weights = [row.is_right for row in rows], [row.weight for row in rows]
    while max(model.fit(plain, labels, sample_weight=weights).coef_[0, SIGNS]) > 0:
        plain[:, [i for i in SIGNS if model.coef_[0, i] > 0]] = 0.0
    bias = float(model.intercept_[0])
    return CertaintyModel(NAMES, tuple(means), tuple(scales), tuple(model.coef_[0]), bias, DOUBTS)


def fit_added(rows: Sequence[Row]) -> CertaintyModel:
    """Add the numbers in ``ADDED`` to the weights that ship; the logit of these counts as one number."""
    shipped, added = certainty_model("html" if rows[0].is_html else "dump"), [NAMES.index(name) for name in ADDED]
    numbers = np.array([row.numbers for row in rows])
    old = np.array([0.0 if name in ADDED else weight for name, weight in zip(NAMES, shipped.weights, strict=True)])
    far = ((numbers - shipped.means) / shipped.scales).clip(-CLIPPED, CLIPPED)
    scales = numbers[:, added].std(0) + VARIES
    inputs = np.column_stack([far @ old, numbers[:, added] / scales])
    model = LogisticRegression().fit(inputs, [row.is_right for row in rows], [row.weight for row in rows])
    weights, all_scales, means = model.coef_[0, 0] * old, np.array(shipped.scales), np.array(shipped.means)
    weights[added], all_scales[added], means[added] = model.coef_[0, 1:], scales, 0.0
    return replace(
        shipped, means=tuple(means), scales=tuple(all_scales), weights=tuple(weights), bias=float(model.intercept_[0])
    )


def fit_kinds(
    rows: Sequence[Row], fitting: Callable[[Sequence[Row]], CertaintyModel] = fit
) -> dict[bool, CertaintyModel]:
    """Fit the weights of HTML pages and of dumps, where there are rows of them."""
    return {kind: fitting(own) for kind in (True, False) if (own := [row for row in rows if row.is_html is kind])}


def cross_validated(rows: Sequence[Row], fitting: Callable[[Sequence[Row]], CertaintyModel] = fit) -> dict[str, Any]:
    """Measure how many misread and right pages have a low certainty, by models of other sites."""
    doubted = np.zeros(len(rows), bool)
    for train, test in GroupKFold(FOLDS).split(rows, groups=[row.site for row in rows]):
        models = fit_kinds([rows[i] for i in train], fitting)
        doubted[test] = [
            models[rows[i].is_html].probability(dict(zip(NAMES, rows[i].numbers, strict=True))) < DOUBTFUL for i in test
        ]
    kinds = {f"{kind}, {way}": (kind == "html", way) for way in ("page", "cut", "made") for kind in ("html", "dumps")}
    figures = {}
    for name, kind in kinds.items():
        of_kind = [(row.is_right, low) for row, low in zip(rows, doubted, strict=True) if row[1:3] == kind]
        misread, right = ([bool(low) for ok, low in of_kind if ok == wanted] for wanted in (False, True))
        figures[name] = {
            "misread": len(misread),
            "misread under .5": round(sum(misread) / max(len(misread), 1), 3),
            "right": len(right),
            "right under .5": round(sum(right) / max(len(right), 1), 3),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--made", type=Path, nargs="*", default=())
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--added", action="store_true")
    parser.add_argument("--words", nargs=2, type=Path, default=())
    parser.add_argument("--nets", nargs=2, type=Path, default=())
    given = parser.parse_args()
    if given.folders or given.made:
        lines = [json.dumps(row) for folder in given.folders for row in load(folder, given.words, given.nets)]
        lines += [json.dumps(row) for folder in given.made for row in load_made(folder)]
        given.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = given.table.read_bytes()
    rows = [Row(*row[:4], tuple(row[4])) for row in map(json.loads, table.splitlines())]
    rows = [row for row in rows if row.is_html or not given.added]
    fitting = fit_added if given.added else fit
    figures = cross_validated(rows, fitting)
    print(json.dumps(figures, indent=1))
    card = {
        "date": datetime.now(UTC).date().isoformat(),
        "training table": {"sha256": hashlib.sha256(table).hexdigest(), "rows": len(rows)},
        "cross-validated by site": figures,
    }
    if given.output:
        kinds = {"html" if kind else "dump": as_data(weights) for kind, weights in fit_kinds(rows, fitting).items()}
        data = {**json.loads(CERTAINTY.read_text(encoding="utf-8")), **kinds}
        data["cards"] |= {f"{kind}, added" if given.added else kind: card for kind in kinds}
        given.output.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
