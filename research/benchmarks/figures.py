"""Compare each figure of a project in all places that show it: window, report, comparison, tables, store and export.

    python -m research.benchmarks.figures

Pages of the demonstration are read in the window, some comments are labelled, an author is forgotten, and a page is
taken out. After each step the figures of all places, and of a new report, are compared. The exit code is 1 where two
places disagree.
"""

import csv
import json
import os
import random
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from lxml import html

from research.benchmarks.window import Browser, window
from stance.datamodels import STANCES

DEMO = Path(__file__).parents[2] / "data" / "demo.zip"
TARGETS = {"russia": "Russia", "us": "the United States", "nato": "NATO"}
SIDES = ("against", "neutral", "favor")
SIZES = ("articles", "comments", "authors")
Figures = Iterator[tuple[tuple[str, ...], object]]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a table."""
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)))


def of_scores(path: Path) -> Figures:
    """Count the scores of comments by the list of readings that pages show them in."""
    distinct, counts = defaultdict[tuple[str, ...], set[str]](set), Counter[tuple[str, ...]]()
    for row in (each for each in rows_of(path) if each["unit"] == "comment"):
        values = row["document"], row["document"] + row["comment"], row["author"]
        for place in (("all",), ("outlet", row["outlet"]), ("page", row["document"])):
            for size, value in zip(SIZES, values, strict=True):
                distinct[*place, size].add(value)
            for side in SIDES:
                is_read = row["grade"] == "clear" and max(STANCES, key=lambda name: float(row[name])) == side
                counts[*place, row["target"], side] += is_read
    yield from ((name, len(values - {""})) for name, values in distinct.items())
    yield from counts.items()


def of_record(place: tuple[str, ...], record: Mapping[str, Any]) -> Figures:
    """Read the record of a group, or of a page."""
    yield from (((*place, each), record[each]) for each in SIZES if each in record)
    by_target = {each["target"]: each for each in record.get("targets", ())}
    readings = record.get("readings") or {name: by_target[name]["readings"] for name in by_target}
    for target, side in product(TARGETS, SIDES):
        yield (*place, target, side), readings[target][side]
    for share in record.get("shares", ()):
        name = (*place, share["target"], share["stance"], share["population"])
        yield from (((*name, each), share[each]) for each in ("n", "estimate", "interval", "labelled", "method"))


def of_json(path: Path) -> Figures:
    """Read ``summary.json`` or ``comparison.json``."""
    record = json.loads(path.read_text(encoding="utf-8"))
    for group in record["groups"]:
        yield from of_record(("outlet", group["group"]), group)
    if "whole" in record:
        yield from of_record(("all",), record["whole"])
        yield from of_record(("all",), record["totals"] | {"articles": record["totals"]["documents"]})
        yield ("all", "labels"), record["audit"]["labels"] if record["audit"] else 0
        for page in record["documents"]:
            yield from of_record(("page", page["id"]), page)


def of_shares(path: Path) -> Figures:
    """Read ``shares.csv``."""
    for row in (each for each in rows_of(path) if each["measure"] in SIDES):
        place = ("all",) if row["by"] == "all" else ({"document": "page"}.get(row["by"], row["by"]), row["group"])
        sizes = SIZES if place[0] == "outlet" else ("comments",)
        yield from (((*place, size), int(row[size])) for size in sizes)
        if row["estimate"]:
            name = *place, row["target"], row["measure"], row["population"]
            yield (*name, "estimate"), float(row["estimate"])
            yield (*name, "interval"), [float(row["low"]), float(row["high"])]


def of_html(path: Path) -> Figures:
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
                comments = row.find("td[@data-label='Comments']/data").get("value")
                yield ("page", row.find(".//a").get("href").removesuffix(".html"), "comments"), float(comments)


def of_window(state: Mapping[str, Any], ids: Mapping[str, str]) -> Figures:
    """Read the window.

    :param ids: Of documents, by the names of their files.
    """
    words = {name: html.fromstring(f"<div>{piece}</div>") for name, piece in state["pieces"].items()}
    sizes = re.findall(r"([\d,]+) (?:articles? or|comments?)", words["progress"].text_content())
    yield from ((("all", size), int(n)) for size, n in zip(SIZES, sizes, strict=False))
    labelled = re.search(r"(\d+) (?:is|are) labelled", words["next"].text_content())
    yield ("all", "labels"), len(TARGETS) * int(labelled[1]) if labelled else 0
    for row in words["pages"].iterfind(".//tbody/tr"):
        yield ("page", ids[row.find(".//bdi").text], "comments"), int(row[2].text_content())


READERS = {"scores.csv": of_scores, "summary.json": of_json, "comparison.json": of_json, "shares.csv": of_shares}
READERS |= {"index.html": of_html, "comparison.html": of_html}


def disagreements(step: str, project: Path, state: Mapping[str, Any]) -> int:
    """Print the figures of which two places show different values, and return their number."""
    for output in ("stored/scores.csv", "again"):
        words = ("report" if output == "again" else "export", "stance.db", "-o", output)
        subprocess.run([sys.executable, "-m", "stance", *words], cwd=project, check=True, capture_output=True)
    pages = json.loads((project / "report" / "summary.json").read_text(encoding="utf-8"))["documents"]
    ids = {Path(page["source"]).name: page["id"] for page in pages}
    places = {"window": of_window(state, ids), "store": of_scores(project / "stored" / "scores.csv")}
    for folder, name in product(("report", "again"), READERS):
        places[f"{folder}/{name}"] = READERS[name](project / folder / name)
    found = defaultdict[tuple[str, ...], dict[str, list[str]]](lambda: defaultdict(list))
    for place, figures in places.items():
        for name, value in figures:
            found[name][json.dumps(float(value) if isinstance(value, int) else value)].append(place)
    several = [values for values in found.values() if sum(map(len, values.values())) > 1]
    wrong = [(name, dict(values)) for name, values in found.items() if len(values) > 1]
    print(f"{step}: {len(several):,} figures in two places or more, {len(wrong)} differ", *wrong, sep="\n  ")
    return len(wrong)


def change(step: str, browser: Browser, project: Path) -> None:
    """Take a step."""
    if step == "read":
        with ZipFile(DEMO) as demo:
            for name in [each for each in demo.namelist() if each.startswith("pages/")][::5]:
                browser.drop(Path(name).name, demo.read(name))
        browser.post("/do/read")
    elif step == "labelled":
        browser.post("/do/sample")
        browser.wait_until_idle()
        draw = random.Random(1)
        for _ in range(40):
            browser.label_one(lambda: draw.choice((*SIDES, "not_addressed")))
    elif step == "forgotten":
        browser.post("/do/read")  # which closes the labels
        browser.wait_until_idle()
        authors = Counter(row["author"] for row in rows_of(project / "report" / "scores.csv") if row["author"])
        words = ("forget", authors.most_common(1)[0][0], "stance.db")
        subprocess.run([sys.executable, "-m", "stance", *words], cwd=project, check=True)
    else:
        browser.post("/do/out", job="1")


def main() -> int:
    """Compare the figures after each step."""
    wrong = 0
    with TemporaryDirectory() as place:
        os.environ |= {"XDG_CONFIG_HOME": f"{place}/config", "STANCE_MODEL": "light"}
        with window(project := Path(place) / "project") as (_, link):
            cookie = Browser(link).cookie
            for step in ("read", "labelled", "forgotten", "taken out"):
                change(step, browser := Browser(link, cookie), project)
                while "out of date" in (state := browser.wait_until_idle())["pieces"]["shown"]:
                    pass
                wrong += disagreements(step, project, state)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
