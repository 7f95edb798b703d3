"""Write the figures of README.md and docs/figures.md from ``research/reports/figures.json``, the file of results.

    python -m research.benchmarks.figures [ROW...]

Each row of the file has its metric, the data, the result, and the command and the day of its measurement; rows that
are named were measured today. Numbers that are in reports are read from these first. Others need material that is not
in the project: whoever measures again edits the file. A test compares the documents, the file and the reports.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
COVERAGE, DIFFERING = 4, 8  # columns of the table of coverage

TABLE = re.compile(r"^\| metric \| data \| result \|(.*)\n\|---.*\n(?:\|.*\n)+", re.M)


def _of_half_b(half_a: str) -> dict[str, str]:
    """Return the texts in front of the numbers after the changes, of the second half of a set in ``parse.md``."""
    row = f"| {half_a} |#\n| the same, half b |#|#|"
    return {"comments": row, "pages": f"{row}#;", "authors": f"{row}#;#;"}


REPORTS: Mapping[str, tuple[str, int, Mapping[str, str]]] = {
    "agreement": ("agreement.md", 2, {each: f"\n| {each} |#|#|" for each in ("russia", "us", "nato")}),
    "speed pages": (
        "speed.md", 0,
        {"wordpress": "| 60 WordPress pages, 30 a host |", "wpdiscuz": "| 60 wpDiscuz pages, 30 a host |",
         "dumps": "| 60 dumps |"},
    ),
    "speed commands": (
        "speed.md", 0,
        {f"{model} {kind[-5:]}": f"--model {model}`: 60 {kind} |"
         for model in ("vader", "light") for kind in ("wpDiscuz pages", "dumps")},
    ),
    "speed transformers": (
        "speed.md", 0,
        {"deberta": "| DeBERTa-v3-base, batches of 16 |#|", "roberta": "| RoBERTa-base, batches of 16 |#|"},
    ),
    "retrain ruw": (
        "retrain.md", 2,
        {"f1": "| stance train, from default |", "low": "| stance train, from default |#(",
         "high": "| stance train, from default |#to", "before": "| 400 |\n|---|---|---|---|---|\n| default |"},
    ),
    "unseen sites": ("parse.md", 2, _of_half_b("public repositories, 91 sites, half a")),
    "news sites": ("parse.md", 2, _of_half_b("unlabelled pages of the benchmark, half a")),
    "development pages": (
        "parse.md", 2,
        {"comments": "| stance |#|#|#|", "authors": "| stance |#|#|#|#|", "more comments": "(dev2) give boundary F1"},
    ),
    "bodies": ("parse.md", 3, {"stance": "| stance |", "trafilatura": "| trafilatura |"}),
    "names hashed": (
        "parse_checks.md", 2,
        {"comments": "names hashed: boundary F1 |#|", "authors": "names hashed: boundary F1 |#|#|"},
    ),
    "vader": ("vader.md", 0, {"short": "| 1 to 15 |#|", "long": "| 25 to 35 |#|"}),
}  # fmt: skip
"""Reports by row, with the number of decimals (0: two significant digits) and the text in front of each number.

``#`` stands for anything on one line.
"""


def short(figure: float, decimals: int = 2) -> str:
    """Write a figure without its zero; halves go up."""
    if not decimals:
        return f"{figure:.2g}".removeprefix("0")
    return f"{figure + 1e-9:.{decimals}f}".removeprefix("0")


def reported(reports: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the row, the name and the text of each number that a report holds.

    :raises ValueError: If a report lacks one.
    """
    for row, (name, decimals, places) in REPORTS.items():
        text = (reports / name).read_text(encoding="utf-8")
        for number, before in places.items():
            place = re.escape(before).replace(r"\#", ".*?")
            if not (found := re.search(rf"{place} ?([\d.]+)", text)):
                raise ValueError(f"{name}: no {number} of {row} behind {before!r}")
            yield row, number, short(float(found[1]), decimals)
    lines = [line.strip("|").split("|") for line in (reports / "coverage.md").read_text("utf-8").splitlines()]
    rows = [line for line in lines if len(line) == 9 and re.match(r" *[\d.]", line[0])]
    coverage, differing = ([float(row[column]) for row in rows] for column in (COVERAGE, DIFFERING))
    yield "coverage", "settings", f"{len(rows)}"
    yield "coverage", "span", f"{short(min(coverage))} to {short(max(coverage))}"
    yield "coverage", "above", f"{sum(not 0.92 <= each <= 0.98 for each in coverage)}"
    yield "coverage", "differ", f"{short(min(differing))} to {short(max(differing))}"


def results(root: Path = ROOT) -> dict[str, Any]:
    """Read the file of results, with the numbers of the reports."""
    found: dict[str, Any] = json.loads((root / "research" / "reports" / "figures.json").read_text(encoding="utf-8"))
    for row, name, text in reported(root / "research" / "reports"):
        found["rows"][row]["values"][name] = text
    return found


def tables(found: Mapping[str, Any]) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the names of the documents, and the rows of their tables."""
    rows, values = found["rows"], {name: row.get("values", {}) for name, row in found["rows"].items()}

    def filled(name: str, cells: list[str]) -> list[str]:
        return [cell.format(**values | values[name]) for cell in cells]

    yield "README.md", [filled(name, rows[name]["readme"]) for name in found["readme"]]
    yield (
        "docs/figures.md",
        [
            [*filled(name, [row["metric"], row["data"], row["result"]]), f"{_day(row['date'])}: `{row['command']}`"]
            for name, row in rows.items()
        ],
    )


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B %Y}"


def updated(root: Path = ROOT, measured: Iterable[str] = ()) -> dict[Path, str]:
    """Return the texts of the file of results and of the documents, as the reports have them.

    :param measured: Rows that were measured today.
    :raises ValueError: If a document has no table of figures, or a report lacks a number.
    """
    found = results(root)
    for name in measured:
        found["rows"][name]["date"] = date.today().isoformat()
    texts = {root / "research" / "reports" / "figures.json": json.dumps(found, ensure_ascii=False, indent=1) + "\n"}
    for name, rows in tables(found):
        path = root / name
        head = f"| metric | data | result |{' measured |' * (len(rows[0]) > 3)}\n|{'---|' * len(rows[0])}\n"
        table = head + "".join(f"| {' | '.join(row)} |\n" for row in rows)
        texts[path], count = TABLE.subn(lambda _: table, path.read_text(encoding="utf-8"))  # noqa: B023 used at once
        if count != 1:
            raise ValueError(f"{name}: {count} tables of figures; expected one")
    values = {name: row.get("values", {}) for name, row in found["rows"].items()}
    for name, sentence in found["sentences"]:
        words = [re.escape(part).replace(r"\ ", r"\s+") for part in re.split(r"\{.*?\}", sentence)]
        numbers = [field.format(**values) for field in re.findall(r"\{.*?\}", sentence)]
        filled = "".join(rf"\g<{place}>{number}" for place, number in enumerate([*numbers, ""], 1))
        texts[root / name], count = re.subn(r"[\d.]+".join(f"({part})" for part in words), filled, texts[root / name])
        if count != 1:
            raise ValueError(f"{name}: {count} sentences like {sentence!r}; expected one")
    return texts


def write(root: Path = ROOT, measured: Iterable[str] = ()) -> None:
    """Write the file of results and the documents."""
    for path, text in updated(root, measured).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(measured=sys.argv[1:])
