"""Compare each figure of a project in all places that show it: window, report, comparison, tables, store and export.

    python -m research.benchmarks.figures

Pages of the demonstration are dropped into the window and read, some comments are labelled, an author is forgotten, and
a page is taken out. After each step the figures of all places are compared, with those of a new report, too. The exit
code is 1 where two places disagree.
"""

import csv
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from lxml import html

from research.benchmarks.window import Browser, window

ROOT = Path(__file__).parents[2]
TARGETS = {"russia": "Russia", "us": "the United States", "nato": "NATO"}
SIDES = ("against", "neutral", "favor")
SIZES = ("articles", "comments", "authors")
LABELS = 40
Figures = Iterator[tuple[tuple[str, ...], object]]


def rows_of(path: Path) -> list[Mapping[str, Any]]:
    """Read a table, or the scores of comments in a store."""
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as store:
            store.row_factory = sqlite3.Row
            return list(map(dict, store.execute("SELECT *, 'comment' AS unit FROM comments_with_scores")))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def of_scores(path: Path) -> Figures:
    """Count the scores of comments."""
    distinct, counts = defaultdict[tuple[str, ...], set[str]](set), Counter[tuple[str, ...]]()
    for row in (each for each in rows_of(path) if each["unit"] == "comment"):
        for place in (("all",), ("outlet", row["outlet"]), ("page", row["document"])):
            distinct[*place, "articles"].add(row["document"])
            distinct[*place, "comments"].add(row["document"] + row["comment"])
            distinct[*place, "authors"].add(row["author"])
            for side in SIDES:
                counts[*place, row["target"], side] += row["stance"] == side
    yield from ((name, len(values)) for name, values in distinct.items())
    yield from counts.items()


def of_group(place: tuple[str, ...], group: Mapping[str, Any]) -> Figures:
    """Read the record of a group, or of a page."""
    yield from (((*place, each), group[each]) for each in SIZES if each in group)
    targets = {each["target"]: each["counts"] for each in group.get("targets", ())} or group["counts"]
    yield from (((*place, target, side), targets[target][side]) for target, side in product(TARGETS, SIDES))
    for share in group.get("shares", ()):
        name = (*place, share["target"], share["stance"], share["population"])
        yield from (((*name, each), share[each]) for each in ("n", "estimate", "interval", "labelled", "method"))


def of_summary(path: Path) -> Figures:
    """Read ``summary.json``."""
    record = json.loads(path.read_text(encoding="utf-8"))
    yield from of_group(("all",), record["whole"])
    yield from of_group(("all",), record["totals"])
    yield ("all", "articles"), record["totals"]["documents"]
    yield ("all", "labels"), record["audit"]["labels"] if record["audit"] else 0
    for group in record["groups"]:
        yield from of_group(("outlet", group["group"]), group)
    for page in record["documents"]:
        yield from of_group(("page", page["id"]), page)


def of_comparison(folder: Path) -> Figures:
    """Read ``comparison.json`` and ``comparison.csv``."""
    for group in json.loads((folder / "comparison.json").read_text(encoding="utf-8"))["groups"]:
        yield from of_group(("outlet", group["group"]), group)
    for row in rows_of(folder / "comparison.csv"):
        if row["section"] == "design" and row["measure"] in SIZES:
            yield ("outlet", row["group"], row["measure"]), int(row["value"])


def of_page(path: Path) -> Figures:
    """Read the tables of ``index.html`` or ``comparison.html``."""
    targets = {label: target for target, label in TARGETS.items()}
    for table in html.parse(path).iterfind(".//table"):
        caption = " ".join(table.findtext("caption", "").split())
        toward = re.match(r"Stance toward (.*) by group", caption)
        for row in table.iterfind("tbody/tr"):
            name, numbers = row[0].text_content(), [float(each.get("value")) for each in row.iterfind(".//data")]
            if caption.startswith("Not scored"):
                yield from ((("outlet", name, size), n) for size, n in zip(SIZES, numbers, strict=False))
            elif toward and "counted by the model" in row.text_content():
                place = "outlet", name, targets[toward[1]]
                yield from (((*place, side), n) for side, n in zip(SIDES, numbers[-3:], strict=True))
            elif caption.startswith("n: comments"):
                yield ("page", row.find(".//a").get("href").removesuffix(".html"), "comments"), numbers[0]
            elif caption.startswith("The same steps"):
                yield ("all", targets[name], "sided"), numbers[-1]


def of_window(state: Mapping[str, Any], pages: Mapping[str, str]) -> Figures:
    """Read the window.

    :param pages: Ids of documents, by the names of their files.
    """
    words = {name: html.fromstring(f"<div>{piece}</div>") for name, piece in state["pieces"].items()}
    sizes = re.findall(r"([\d,]+) (?:articles? or|comments?)", words["progress"].text_content())
    yield from ((("all", size), int(n)) for size, n in zip(SIZES, sizes, strict=False))
    labelled = re.search(r"(\d+) (?:is|are) labelled", words["next"].text_content())
    yield ("all", "labels"), len(TARGETS) * int(labelled[1]) if labelled else 0
    for row in words["pages"].iterfind(".//tbody/tr"):
        yield ("page", pages[row.find(".//bdi").text], "comments"), int(row[2].text_content())


def compare(step: str, places: Mapping[str, Iterable[tuple[tuple[str, ...], object]]]) -> int:
    """Print the figures of which two places show different values, and return their number."""
    found = defaultdict[tuple[str, ...], dict[str, set[str]]](lambda: defaultdict(set))
    for place, figures in places.items():
        for name, value in figures:
            found[name][json.dumps(float(value) if isinstance(value, int) else value)].add(place)
    several = {name: values for name, values in found.items() if sum(map(len, values.values())) > 1}
    wrong = {name: dict(values) for name, values in several.items() if len(values) > 1}
    print(f"{step}: {len(several):,} figures in two places or more, {len(wrong)} differ", *wrong.items(), sep="\n  ")
    return len(wrong)


def read_all(project: Path, state: Mapping[str, Any]) -> dict[str, Iterable[tuple[tuple[str, ...], object]]]:
    """Read the figures of all places."""
    for words in (("export", "stance.db", "-o", "exported.csv"), ("report", "stance.db", "-o", "again")):
        subprocess.run([sys.executable, "-m", "stance", *words], cwd=project, check=True, capture_output=True)
    found: dict[str, Iterable[tuple[tuple[str, ...], object]]] = {
        name: of_scores(project / name) for name in ("stance.db", "exported.csv", "report/scores.csv")
    }
    for folder in (project / "report", project / "again"):
        found[f"{folder.name}/summary"] = of_summary(folder / "summary.json")
        found[f"{folder.name}/comparison"] = of_comparison(folder)
        found |= {f"{folder.name}/{name}": of_page(folder / name) for name in ("index.html", "comparison.html")}
    summary = json.loads((project / "report" / "summary.json").read_text(encoding="utf-8"))
    ids = {Path(page["source"]).name: page["id"] for page in summary["documents"]}
    return found | {"window": of_window(state, ids)}


def main() -> int:
    """Compare the figures after each step."""
    os.environ.setdefault("STANCE_MODEL", "light")
    draw = random.Random(1)
    with TemporaryDirectory() as place, ZipFile(ROOT / "data" / "demo.zip") as demo:
        os.environ["XDG_CONFIG_HOME"] = f"{place}/config"
        with window(project := Path(place) / "project") as (_, link):
            cookie, wrong = Browser(link).cookie, 0
            for step in ("read", "labelled", "forgotten", "taken out"):
                browser = Browser(link, cookie)
                if step == "read":
                    for name in [each for each in demo.namelist() if each.startswith("pages/")][::5]:
                        browser.drop(Path(name).name, demo.read(name))
                    browser.post("/do/read")
                elif step == "labelled":
                    browser.post("/do/sample")
                    browser.wait_until_idle()
                    for _ in range(LABELS):
                        browser.label_one(lambda: draw.choice((*SIDES, "not_addressed")))
                elif step == "forgotten":
                    browser.post("/do/read")  # which closes the labels
                    browser.wait_until_idle()
                    names = Counter(
                        row["author"] for row in rows_of(project / "report" / "scores.csv") if row["author"]
                    )
                    words = ["forget", names.most_common(1)[0][0], "stance.db"]
                    subprocess.run([sys.executable, "-m", "stance", *words], cwd=project, check=True)
                else:
                    browser.post("/do/out", job="1")
                while "out of date" in (state := browser.wait_until_idle())["pieces"]["shown"]:
                    time.sleep(1)
                wrong += compare(step, read_all(project, state))
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
