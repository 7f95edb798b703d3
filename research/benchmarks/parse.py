"""Articles and comments out of HTML: stance beside named rivals, each in an environment of its own, in one run.

Usage: python -m research.benchmarks.parse GOLD [-o build/parse.md] [--only stance,trafilatura]

GOLD holds pages (NAME.html) and what is in them (NAME.json: body, comments with author and text).
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import venv
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import fmean
from typing import Any

PEERS = {
    "trafilatura": ("trafilatura", "lxml_html_clean"),
    "readability-lxml": ("readability-lxml", "lxml_html_clean"),
    "resiliparse": ("resiliparse",),
    "newspaper4k": ("newspaper4k", "lxml_html_clean"),
}
SAME_COMMENT = 0.9
"""Word F1 from which a comment that is not the same to the letter counts as found."""

Parser = Callable[[str], dict[str, Any]]


# What runs inside an environment --------------------------------------------------------------------------------------


def stance_parser() -> Parser:
    from stance.datamodels import Page, PageKind
    from stance.parsing import parse_page

    def parse(source: str) -> dict[str, Any]:
        document = parse_page(Page("page.html", PageKind.HTML, source, "utf-8"))
        comments = [{"author": c.author, "text": c.text} for c in document.comments]
        return {"body": "\n".join(document.body), "comments": comments}

    return parse


def structure_parser() -> Parser:
    """Give stance without any row for a comment system: what to expect of one that nobody listed."""
    from stance.parsing.html import comments

    comments.HTML_LAYOUTS = ()
    comments.read_linked_data = lambda _: None
    return stance_parser()


def trafilatura_parser() -> Parser:
    import trafilatura

    def parse(source: str) -> dict[str, Any]:
        found = trafilatura.bare_extraction(source, include_comments=True, with_metadata=True)
        return {"body": found.text or "", "comments": found.comments or ""} if found else {"body": "", "comments": ""}

    return parse


def readability_parser() -> Parser:
    from lxml import html
    from readability import Document

    return lambda source: {"body": html.fromstring(Document(source).summary()).text_content(), "comments": None}


def resiliparse_parser() -> Parser:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda source: {"body": extract_plain_text(source, main_content=True, comments=False), "comments": None}


def newspaper_parser() -> Parser:
    from newspaper import Article

    def parse(source: str) -> dict[str, Any]:
        article = Article("https://page.example/", fetch_images=False)
        article.download(input_html=source)
        article.parse()
        return {"body": article.text, "comments": None}

    return parse


PARSERS = {
    "stance": stance_parser,
    "stance, no layouts": structure_parser,
    "trafilatura": trafilatura_parser,
    "readability-lxml": readability_parser,
    "resiliparse": resiliparse_parser,
    "newspaper4k": newspaper_parser,
}


def work(name: str, gold: Path) -> None:
    """Parse every page twice, after the first once to warm up, and print a line for each.

    What a parser loads on the first page that needs it, it has the second time: the languages of dates, above all.
    """
    pages = [(path.stem, path.read_text(encoding="utf-8", errors="replace")) for path in sorted(gold.glob("*.html"))]
    parse = PARSERS[name]()
    parse(pages[0][1])
    first, again = ([timed(parse, source) for _, source in pages] for _ in range(2))
    for (stem, _), (found, seconds), (_, second) in zip(pages, first, again, strict=True):
        print(json.dumps({"page": stem, "seconds": seconds, "again": second, **found}))


def timed(parse: Parser, source: str) -> tuple[dict[str, Any], float]:
    begin = time.process_time()
    try:
        found = parse(source)
    except Exception:  # a rival that gives up on a page has found nothing in it
        found = {"body": "", "comments": None}
    return found, time.process_time() - begin


# Measures -------------------------------------------------------------------------------------------------------------


def words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).lower())


def f1(shared: float, predicted: float, gold: float) -> float:
    return 2 * shared / (predicted + gold) if predicted + gold else 1.0


def word_f1(predicted: str, gold: str) -> float:
    a, b = Counter(words(predicted)), Counter(words(gold))
    return f1((a & b).total(), a.total(), b.total())


def matches(predicted: list[dict[str, Any]], gold: list[dict[str, Any]]) -> Iterator[tuple[int, int]]:
    """Pair comments one to one: those that are the same first, then the closest."""
    pairs = [
        (1.0 if p["text"].split() == g["text"].split() else word_f1(p["text"], g["text"]), i, j)
        for i, g in enumerate(gold)
        for j, p in enumerate(predicted)
    ]
    taken: tuple[set[int], set[int]] = (set(), set())
    for score, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if score >= SAME_COMMENT and i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            yield i, j


def five_grams(text: str) -> set[tuple[str, ...]]:
    own = words(text)
    return {tuple(own[start : start + 5]) for start in range(len(own) - 4)}


def measure(results: dict[str, dict[str, Any]], golds: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    bodies, texts, leaked, false_pages, without = [], [], [0, 0], 0, 0
    counts, authors = [0, 0, 0], [0, 0]
    for stem, gold in golds.items():
        found = results.get(stem, {"body": "", "comments": None})
        comments = found["comments"]
        told = comments if isinstance(comments, str) else "\n".join(c["text"] for c in comments or [])
        wanted = "\n".join(c["text"] for c in gold["comments"])
        if words(gold["body"]):
            bodies.append(word_f1(found["body"], gold["body"]))
        only = five_grams(wanted) - five_grams(gold["body"])
        leaked = [leaked[0] + len(only & five_grams(found["body"])), leaked[1] + len(only)]
        if not gold["comments"]:
            without, false_pages = without + 1, false_pages + bool(told.strip())
            continue
        texts.append(word_f1(told, wanted))
        if isinstance(comments, list):
            paired = list(matches(comments, gold["comments"]))
            counts = [counts[0] + len(paired), counts[1] + len(comments), counts[2] + len(gold["comments"])]
            named = [(i, j) for i, j in paired if gold["comments"][i]["author"]]
            same = sum(_name(gold["comments"][i]) == _name(comments[j]) for i, j in named)
            authors = [authors[0] + same, authors[1] + len(named)]
    gives_comments = any(result["comments"] is not None for result in results.values())
    return {
        "body F1": fmean(bodies),
        "comment words in the body": leaked[0] / max(leaked[1], 1),
        "comment text F1": fmean(texts) if gives_comments else None,
        "comment F1": f1(*counts) if counts[1] else None,
        "authors": authors[0] / authors[1] if authors[1] else None,
        "pages given comments they have not": false_pages / max(without, 1) if gives_comments else None,
    }


def _name(comment: dict[str, Any]) -> str:
    return " ".join((comment["author"] or "").split()).lower()


def times(results: dict[str, dict[str, Any]]) -> dict[str, float | None]:
    each = {"ms a page": "seconds", "ms a page, second pass": "again"}
    return {name: 1000 * fmean(result[key] for result in results.values()) for name, key in each.items()}


# The table ------------------------------------------------------------------------------------------------------------


def run(name: str, gold: Path) -> dict[str, dict[str, Any]] | None:
    """Parse the pages with one parser, in its own environment; None where that cannot be made."""
    if name not in PEERS:
        return collect(sys.executable, name, gold)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = str(Path(folder, "bin", "python"))
        installed = subprocess.run([python, "-m", "pip", "install", "-q", *PEERS[name]], capture_output=True)
        return collect(python, name, gold) if installed.returncode == 0 else None


def collect(python: str, name: str, gold: Path) -> dict[str, dict[str, Any]]:
    command = [python, "-P", __file__, str(gold), "--work", name]  # -P: a file beside this one may be called stance
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {result["page"]: result for line in output.splitlines() if (result := json.loads(line))}


def table(rows: dict[str, dict[str, float | None] | None]) -> str:
    columns = list(next(row for row in rows.values() if row))
    lines = [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for name, row in rows.items():
        cells = ["–" if row[c] is None else f"{row[c]:.3f}" for c in columns] if row else ["did not install"]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("gold", type=Path)
    options.add_argument("-o", type=Path, dest="output")
    options.add_argument("--only", default=",".join(PARSERS).replace("stance, no layouts", "stance; no layouts"))
    options.add_argument("--work", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.work:
        work(given.work, given.gold)
        return
    golds = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(given.gold.glob("*.json"))}
    rows: dict[str, dict[str, float | None] | None] = {}
    for name in (name.replace(";", ",") for name in given.only.split(",")):
        results = run(name, given.gold)
        rows[name] = {**measure(results, golds), **times(results)} if results else None
        print(f"{name} done", file=sys.stderr)
        if given.output:  # after each, so that a run that is stopped has measured something
            given.output.write_text(table(rows) + "\n", encoding="utf-8")
    print(table(rows))


if __name__ == "__main__":
    main()
