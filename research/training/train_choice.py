"""Train the networks that rate the readings of a page (``data/blocks/choice.npz``, of dumps ``choice_dump.npz``).

    python -m research.training.train_choice read FOLDER... -o READINGS.jsonl
    python -m research.training.train_choice fit READINGS.jsonl[:WEIGHT]... [-o data/blocks/choice.npz]

Readings of HTML and of dumps have other numbers: each kind is fitted by itself (``--kind html`` or ``dump``).

FOLDER holds pages with labels as for ``train_certainty.py``: dumps (NAME.txt, NAME.flat.txt), and HTML pages, which are
also read flattened. ``read`` writes the numbers of all readings of each, also with its thread cut out, and how many
comments each has right. ``fit`` prints boundary F1 and false lists in folds by site. READINGS may be of an older
version of the parser: if it was developed without these sites, its errors on them are those to expect on unseen sites.
The weights of dumps are of present readings of ``dev`` to ``dev3`` and of halves a to i of ``research/data/pages.jsonl.gz`` in
``benchmarks``, but headers of c to g were read by commit f321168e; tags are by networks that had not learned from the
page's site. Those of HTML are of the present readings of halves a to i and l and of ``dev`` to ``dev3``, tagged by
networks of other sites, of these with the thread cut out, and of ``dev`` to ``dev3`` tagged by the shipped one, too.
Readings hold numbers alone, and stay outside the repository.
"""

import argparse
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from research.training.rewriting import Said, cut_lines, cut_thread, flatten
from research.training.train_certainty import Compare, labels_of
from research.training.train_lines import FOLDS, fold_of, site_of
from stance.datamodels import Page, PageKind
from stance.parsing.choice import CLIPPED, LEAST, numbers_of_threads, rate, with_details
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump.sections import readings_of
from stance.parsing.dump.tags import read_tags
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.html.boxes import PageParts
from stance.parsing.html.comments import kept_threads, read_by_lines, read_by_rows, stated_count
from stance.parsing.html.lines import PageLines
from stance.parsing.html.selectors import Index
from stance.parsing.html.tree import page_tree
from stance.parsing.layouts import HTML_LAYOUTS
from stance.parsing.thread import Thread, words_of
from stance.reading.encodings import decode

NETS, HIDDEN, PENALTIES = 8, 8, {False: 8.0, True: 4.0}
"""Number of networks, of hidden units of each, and weight of their squared weights: of HTML, of dumps."""

AUTHORS = 0.25
"""Weight of right authors, beside right comments."""

CUT = "cut"
"""Group of pages with their thread cut out."""

CUT_FROM = 0.95
"""Boundary F1 from which the place of the thread is known, to cut it out."""


class Read(NamedTuple):
    """The readings of a page: their numbers, those of none first if it is a dump.

    Boundary F1 and share of right authors are those of none first on every page.
    """

    site: str
    group: str
    has_comments: bool
    numbers: list[list[float]]
    f1: list[float]
    authors: list[float]

    @property
    def targets(self) -> list[float]:
        """How much each reading is worth."""
        share = AUTHORS * self.has_comments
        worth = [f1 * (1 - share + share * right) for f1, right in zip(self.f1, self.authors, strict=True)]
        return worth[not self.is_dump :]

    @property
    def is_dump(self) -> bool:
        """Whether having no comments has numbers, too."""
        return len(self.numbers) == len(self.f1)

    def best(self, net: "Arrays") -> int:
        """Return the reading that a network rates highest; 0 for none."""
        rated = rate(net, self.numbers) if self.numbers else []
        return int(np.argmax(rated if self.is_dump else [LEAST, *rated]))


def readings_of_dump(text: str) -> tuple[list[Thread], list[tuple[float, ...]]]:
    """Return the readings of a dump, and their numbers."""
    page = CuedLines(read_lines(text))
    found, _ = readings_of(page, sure=float("inf"))
    return found, numbers_of_threads(page.lines, found, read_tags(page).signs)


def readings_of_html(text: str) -> tuple[list[Thread], list[tuple[float, ...]]]:
    """Return the readings of an HTML page, completed by each other, and their numbers."""
    index = Index(page_tree(Page("page.html", PageKind.HTML, text, "utf-8")))
    page, lines = PageParts(index), PageLines(index.text)
    by_rows = read_by_rows(page, HTML_LAYOUTS)
    stated = stated_count(lines, *((by_rows[0].elements, len(by_rows[0].comments)) if by_rows else ((), 0)))
    openings = {words_of(each.opening.text) for each in by_rows if each.opening}
    found = kept_threads(by_rows, openings, stated)
    if lines.lines:
        found += kept_threads(read_by_lines(page, lines, found), openings, stated)
    having = [each for each in found if each.comments]
    joined = [with_details(each, having) for each in having]
    return joined, numbers_of_threads(lines.lines, joined, signs=None)


def read_page(text: str, site: str, group: str, compared: Compare, *, is_html: bool) -> tuple[Read, str | None]:
    """Read a page; return its readings, and the page without its thread where one reading has it right."""
    has_comments = bool(compared.keywords["gold"]) and group != CUT
    found, numbers = (readings_of_html if is_html else readings_of_dump)(text)
    scores = [(0.0, 1.0) if group == CUT else compared(each.comments) for each in found]
    f1, authors = map(list, zip((float(not has_comments), 1.0), *scores, strict=True))
    whole = next((i for i, score in enumerate(f1[1:]) if has_comments and score >= CUT_FROM), None)
    said = [Said(each.author, each.text) for each in found[whole].comments] if whole is not None else []
    cut = (cut_thread if is_html else cut_lines)(text, said) if said else None
    return Read(site, group, has_comments, [list(row) for row in numbers], f1, authors), cut


def read_folder(folder: Path) -> Iterator[Read]:
    """Yield the readings of the pages of a folder, and of those with the thread cut out."""
    for name, compared in labels_of(folder):
        for ending in (".txt", ".flat.txt", ".html"):
            path, site = folder / f"{name}{ending}", site_of(name, None)
            text = decode(path.read_bytes()).text if path.exists() else ""
            texts = [(text, True), (flatten(text), False)] if ending == ".html" else [(text, False)]
            for text, is_html in texts if path.exists() else ():
                read, cut = read_page(text, site, folder.name, compared, is_html=is_html)
                yield read
                if cut:
                    yield read_page(cut, site, CUT, compared, is_html=is_html)[0]


Arrays: TypeAlias = Mapping[str, np.ndarray]


def fit(pages: Sequence[Read]) -> Arrays:
    """Fit networks, and join them to one that returns the mean of their ratings; its arrays are those that ship."""
    rows = np.array([row for page in pages for row in page.numbers])  # a page without readings has none
    targets = np.array([target for page in pages for target in page.targets])
    means, scales = rows.mean(0), rows.std(0) + 1e-6
    plain, penalty = np.clip((rows - means) / scales, -CLIPPED, CLIPPED), PENALTIES[pages[0].is_dump]
    nets = []
    for seed in range(NETS):
        net = MLPRegressor(
            hidden_layer_sizes=(HIDDEN,), alpha=penalty, max_iter=300, learning_rate_init=0.005, random_state=seed
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            nets.append(net.fit(plain, targets))
    arrays = {
        "means": means,
        "scales": scales,
        "inner": np.concatenate([net.coefs_[0] for net in nets], 1),
        "bias": np.concatenate([net.intercepts_[0] for net in nets]),
        "outer": np.concatenate([net.coefs_[1][:, 0] for net in nets]) / len(nets),
        "base": np.mean([net.intercepts_[1] for net in nets]),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def measure(pages: Sequence[Read]) -> None:
    """Print boundary F1 and false lists of the choice, and of the best choice, for each group, in folds by site."""
    chosen: dict[str, list[tuple[Read, int]]] = {}
    different = {(page.group, page.site, str(page.numbers)): page for page in pages}.values()
    for number in range(FOLDS):
        net = fit([page for page in pages if fold_of(page.site) != number])
        for page in (page for page in different if fold_of(page.site) == number):
            chosen.setdefault(page.group, []).append((page, page.best(net)))
    for group, own in sorted(chosen.items()):
        having = [(page, best) for page, best in own if page.has_comments]
        f1 = np.mean([page.f1[best] for page, best in having]) if having else float("nan")
        most = np.mean([max(page.f1) for page, _ in having]) if having else float("nan")
        false = sum(best > 0 for page, best in own if not page.has_comments)
        print(f"{group}: F1 {f1:.3f} of at most {most:.3f} ({len(having)}), false {false} of {len(own) - len(having)}")


def load(tables: Iterable[str]) -> list[Read]:
    """Read tables of readings, each as often as its weight says."""
    pages = []
    for table in tables:
        path, _, weight = table.partition(":")
        rows = [Read(*json.loads(line)) for line in Path(path).read_text(encoding="utf-8").splitlines()]
        pages += rows * int(weight or 1)
    return pages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("stage", choices=("read", "fit"))
    parser.add_argument("inputs", nargs="+")
    parser.add_argument("--kind", choices=("html", "dump"), default="html")
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    if given.stage == "read":
        pages = (page for folder in given.inputs for page in read_folder(Path(folder)))
        given.output.write_text("".join(f"{json.dumps(page)}\n" for page in pages), encoding="utf-8")
        return
    pages = [page for page in load(given.inputs) if page.is_dump == (given.kind == "dump")]
    measure(pages)
    if given.output:
        np.savez_compressed(given.output, **fit(pages))


if __name__ == "__main__":
    main()
