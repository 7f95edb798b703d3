"""Train the certainty of each part of a page (``data/blocks/certainty.json``), logistic regressions on numbers of pages.

    python -m research.training.train_certainty [FOLDER...] --table TABLE.jsonl [-o data/blocks/certainty.json]

FOLDER holds pages (NAME.html and dumps, NAME.txt or NAME.KIND.txt) with what is in them (NAME.json: "comments", each with
"author", "text", "time" and "parent", and "title" and "author"), or pages whose comments are in
``research/data/pages.jsonl.gz``. Titles and authors of articles are also those of ``research/data/frame_labels.csv``. Of a
dump, the dates, votes, replies, title and author that its HTML page has are right. On some HTML pages, another heading
is read as the title.

Without folders, the table of an earlier run is read. It has only numbers and stays outside the repository; its digest
stands in the card. The numbers of each model are those that ``certainty.json`` names. The printed figures are
cross-validated by site.
"""

import argparse
import csv
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from research import LABELLED, read_lines
from research.benchmarks.parse_unlabelled import LABELS, digest, is_right, labelled_digest
from research.training.train_lines import plain
from stance.datamodels import Comment, Document, Page, PageKind, day_of
from stance.page_layouts import DOUBTFUL
from stance.parsing import dump, parse_page
from stance.parsing.certainty import CERTAINTY, judged, numbers_of, numbers_of_parts
from stance.parsing.choice import CLIPPED
from stance.parsing.dates import parse_date
from stance.parsing.html import metadata, page
from stance.parsing.html.headlines import find_headline, title_key
from stance.parsing.html.text import line_of
from stance.parsing.thread import opening_of
from stance.reading.encodings import decode
from stance.records.digests import domain_of

MEASURED = ("j", "p", "t", "v")
"""Halves of labelled pages that were only measured."""

LEAST_F1, LEAST_SHARE = 0.95, 0.9
"""Boundary F1 of a page whose comments were read right, and share of right names, dates, votes or replies of one whose
names ... were; those that the page has and the reading has not do not count."""

ALARMS = 0.05
"""Share of right pages of other sites that get a certainty under .5; on pages that nobody looked at it is twice as much."""

FEWEST_WRONG = 10
"""Minimum number of wrong pages of a kind for its share of alarms to be set; else probabilities are as fitted."""

POOLED = ("dates", "votes", "replies")
"""Parts that hardly any HTML page has wrong: their models are of both kinds of pages."""

MADE, MADE_WEIGHT = 3, 0.3
"""One of how many HTML pages is also read with another heading as its title, and the weight of such a row."""

VARIES, PENALTY, FOLDS = 1e-6, 0.5, 8
"""Least deviation of a number, inverse strength of the regularization, and number of parts of the sites."""

SAME = 0.9
"""Word F1 from which two texts are the same comment."""


Compare = Callable[[Sequence[Comment]], tuple[float, float]]


class Row(NamedTuple):
    """A part of a page: a digest of its site, its kind, whether it was read right, its weight, and its numbers."""

    site: str
    is_html: bool
    part: str
    is_right: bool
    weight: float
    numbers: dict[str, float]


# Labels ---------------------------------------------------------------------------------------------------------------


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
    for label in read_lines(LABELS):
        if label["half"] not in MEASURED:
            yield label["page"], partial(compare_digests, gold=label["comments"])


def most(are_right: Sequence[bool]) -> list[bool]:
    """Return whether most of some values are right; nothing without any."""
    return [sum(are_right) >= LEAST_SHARE * len(are_right)] if are_right else []


def compare_gold(document: Document, gold: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield parts of a page, and whether each was read right, by what is in the page."""
    found, said = document.comments, gold["comments"]
    pairs = matched([each.text for each in found], [each["text"] for each in said])
    place_of = {i: found[j] for i, j in pairs}
    dates = [(parse_date(said[i]["time"] or ""), one.posted) for i, one in place_of.items() if one.posted]
    ids = {i: one.comment_id for i, one in place_of.items()}
    replies = [ids.get(said[i]["parent"]) == one.reply_to for i, one in place_of.items() if one.reply_to]
    yield from (("dates", right) for right in most([_near(*pair) for pair in dates if pair[0]]))
    yield from (("replies", right) for right in most(replies))
    for part in ("title", "author"):
        stated, read = words(gold.get(part)), words(getattr(document, part))
        if stated and read:
            yield part, 2 * (stated & read).total() >= 0.6 * (stated.total() + read.total())


def compare_forms(found: Document, whole: Document) -> Iterator[tuple[str, bool]]:
    """Yield parts of a dump, and whether its HTML page has the same, which may be a part of more."""
    same = {opening_of(one.text): one for one in whole.comments}
    pairs = [(one, same[opening_of(one.text)]) for one in found.comments if opening_of(one.text) in same]
    texts = [{None: "", **{one.comment_id: opening_of(one.text) for one in each.comments}} for each in (found, whole)]
    if any(other.posted for _, other in pairs):
        yield from (
            ("dates", right) for right in most([_near(*_of(pair, "posted")) for pair in pairs if pair[0].posted])
        )
    votes = [one.votes == other.votes for one, other in pairs if one.votes is not None]
    yield from (("votes", right) for right in most(votes))
    replies = [texts[0][one.reply_to] == texts[1][other.reply_to] for one, other in pairs if one.reply_to]
    yield from (("replies", right) for right in most(replies))
    for part in ("title", "author"):
        read, stated = (title_key(getattr(each, part) or "") for each in (found, whole))
        if read and stated:
            yield part, (read in stated or stated in read) and 2 * len(read) > len(stated)


def _of(pair: tuple[Comment, Comment], name: str) -> list[str]:
    return [getattr(one, name) or "" for one in pair]


def _near(date: str | None, other: str | None) -> bool:
    """Return whether two dates are at most a day apart, as in another zone."""
    return bool(date and other) and abs(day_of(date) - day_of(other)) <= 1


# Numbers --------------------------------------------------------------------------------------------------------------


def read(text: str, kind: PageKind) -> tuple[Document, dict[str, float]]:
    """Read a page, and return the numbers by which its parts are judged."""
    found = []

    def keep(document: Document, *given: Any) -> Document:
        found.append({**numbers_of(given[0]), **numbers_of_parts(document), **given[1]})
        return judged(document, *given)

    with patch.object(page, "judged", keep), patch.object(dump, "judged", keep):
        document = parse_page(Page("page", kind, text, "utf-8"))
    return document, found[0]


def other_heading(root: Any, titles: Sequence[str], names: set[str]) -> Any:
    """Return a heading that is not the title; the title where there is no other."""
    right = find_headline(root, titles, names)
    lines = (node for node in islice(root.iter("h1", "h2", "h3"), 20) if node is not right and line_of(node))
    return next(lines, right)


def load(folder: Path) -> Iterator[Row]:
    """Yield the rows of the pages of a folder."""
    with (LABELLED / "frame_labels.csv").open(encoding="utf-8") as file:
        frames = {row["page"]: row for row in csv.DictReader(file)}
    pages = [(folder / f"{name}.html", compared) for name, compared in labels_of(folder)]
    for number, (path, compared) in enumerate((path, compared) for path, compared in pages if path.exists()):
        html, written = decode(path.read_bytes()).text, path.with_suffix(".json")
        gold = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {"comments": []}
        whole, _ = read(html, PageKind.HTML)
        site = hashlib.sha256((domain_of(whole.url) or path.stem).encode()).hexdigest()[:12]
        for form in (path, *sorted(folder.glob(f"{path.stem}.*txt"))):
            is_html = form is path
            text = html if is_html else form.read_text(encoding="utf-8", errors="replace")
            document, numbers = read(text, PageKind.HTML if is_html else PageKind.TEXT)
            f1, share = compared(document.comments)
            parts: dict[str, bool] = {part: is_html for part in ("dates", "votes", "title") if is_html}  # nearly always
            parts |= {} if is_html else dict(compare_forms(document, whole))
            parts |= dict(compare_gold(document, gold))
            if frame := frames.get(path.stem):
                values = {part: getattr(document, part) for part in ("title", "author") if frame[part] != "*"}
                parts |= {part: is_right(part, value, frame[part]) for part, value in values.items()}
            parts |= {"comments": f1 >= LEAST_F1} | ({"authors": share >= LEAST_SHARE} if f1 else {})
            shown = document.certainties._asdict()
            yield from (
                Row(site, is_html, part, parts[part], 1.0, numbers) for part in parts if shown[part] is not None
            )
        if number % MADE == 0 and whole.title:
            with patch.object(metadata, "find_headline", other_heading):
                document, numbers = read(html, PageKind.HTML)
            if document.title and title_key(document.title) not in title_key(whole.title):
                yield Row(site, True, "title", False, MADE_WEIGHT, numbers)


# Training -------------------------------------------------------------------------------------------------------------


def rows_of(rows: Sequence[Row], part: str, is_html: bool) -> list[Row]:
    """Return the rows from which the model of a part of a kind of pages learns."""
    return [row for row in rows if row.part == part and (row.is_html is is_html or part in POOLED)]


def logits(
    names: Sequence[str], train: Sequence[Row], test: Sequence[Row]
) -> tuple["np.ndarray[Any, Any]", dict[str, Any]]:
    """Fit a model, and return the logits of rows by it, and its weights."""
    inputs = [np.array([[row.numbers.get(name, 0.0) for name in names] for row in some]) for some in (train, test)]
    means, scales = inputs[0].mean(0), inputs[0].std(0) + VARIES
    plain_inputs = [((each - means) / scales).clip(-CLIPPED, CLIPPED) for each in inputs]
    model = LogisticRegression(C=PENALTY, max_iter=3000)
    model.fit(plain_inputs[0], [row.is_right for row in train], [row.weight for row in train])
    arrays = {"means": means, "scales": scales, "weights": model.coef_[0]}
    data = {name: [round(float(each), 6) for each in values] for name, values in arrays.items()}
    bias = float(model.intercept_[0])
    return plain_inputs[1] @ model.coef_[0] + bias, {"names": [*names], **data, "bias": bias}


def fit(names: Sequence[str], rows: Sequence[Row], is_html: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fit the model of a part, and measure it on other sites: how many wrong and right pages have a low certainty."""
    values = np.zeros(len(rows))
    for train, test in GroupKFold(FOLDS).split(rows, groups=[row.site for row in rows]):
        values[test] = logits(names, [rows[i] for i in train], [rows[i] for i in test])[0]
    _, data = logits(names, rows, rows[:1])
    own = np.array([row.is_html is is_html and row.weight == 1 for row in rows])
    right = np.array([row.is_right for row in rows])
    wrong = int((own & ~right).sum())
    edge, middle = np.quantile(values[own & right], (ALARMS, 0.5)) if wrong >= FEWEST_WRONG else (0.0, 1.0)
    low = values < edge + np.log(DOUBTFUL / (1 - DOUBTFUL))
    scale = float(middle / (middle - edge))  # the median of right pages stays as fitted
    figures = {
        "wrong": wrong,
        "wrong under .5": round(float(low[own & ~right].mean()), 3) if wrong else None,
        "right": int((own & right).sum()),
        "right under .5": round(float(low[own & right].mean()), 3),
    }
    weights = [round(scale * weight, 6) for weight in data["weights"]]
    return {**data, "weights": weights, "bias": round(scale * (data["bias"] - float(edge)), 6)}, figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--table", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    if given.folders:
        lines = [json.dumps(row) for folder in given.folders for row in load(folder)]
        given.table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    table = given.table.read_bytes()
    rows = [Row(*row) for row in map(json.loads, table.splitlines())]
    stored, figures = json.loads(CERTAINTY.read_text(encoding="utf-8")), {}
    for kind in ("html", "dump"):
        for part, shipped in stored[kind].items():
            own = rows_of(rows, part, kind == "html")
            stored[kind][part], figures[f"{kind}, {part}"] = fit(shipped["names"], own, kind == "html")
            print(kind, part, json.dumps(figures[f"{kind}, {part}"]))
    stored["card"] = {
        "date": datetime.now(UTC).date().isoformat(),
        "training table": {"sha256": hashlib.sha256(table).hexdigest(), "rows": len(rows)},
        "cross-validated by site": figures,
    }
    if given.output:
        given.output.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
