"""Write the figures of reports/coverage.md and reports/agreement.md into the documents that state them.

    python benchmarks/figures.py

`benchmarks/coverage.py` does so at its end; a test compares the documents with what would be written.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
COVERAGE, DIFFERING = 4, 8  # columns of the table of coverage


def short(figure: float) -> str:
    """Write a figure with two digits and without its zero; halves go up."""
    return f"{figure + 1e-9:.2f}".removeprefix("0")


def places(root: Path = ROOT) -> Iterator[tuple[str, str, str]]:
    """Yield the name of a document, the pattern of a place in it, and the text of this place."""
    report = (root / "reports" / "coverage.md").read_text(encoding="utf-8")
    lines = [line.strip("|").split("|") for line in report.splitlines() if re.match(r"\| *[\d.]", line)]
    rows = [line for line in lines if len(line) == 9]
    coverage, differing = ([float(row[column]) for row in rows] for column in (COVERAGE, DIFFERING))
    span = f"{short(min(coverage))} to {short(max(coverage))}"
    outside = sum(not 0.92 <= each <= 0.98 for each in coverage)
    yield "README.md", r"\d+ simulated settings \| [^|]+ \|", f"{len(rows)} simulated settings | {span} |"
    yield "docs/figures.md", r"simulations in each of \d+ settings", f"simulations in each of {len(rows)} settings"
    differ = f"{short(min(differing))} to {short(max(differing))}"
    figures = f"{span}, above .98 in {outside}; {differ} (counting"
    yield "docs/figures.md", r"\S+ to \S+, above \.98 in \d+; \S+ to \S+ \(counting", figures
    agreement = (root / "reports" / "agreement.md").read_text(encoding="utf-8")
    alphas = (re.search(rf"\| {each} \|[^|]*\|[^|]*\| (0\.\d+)", agreement) for each in ("russia", "us", "nato"))
    shown = ", ".join(short(float(found[1])) for found in alphas if found)
    pattern = r"(Krippendorff's alpha: Russia, US, NATO \|.*\| )[\d., ]+;"
    yield "docs/figures.md", pattern, rf"\g<1>{shown};"


def updated(root: Path = ROOT) -> dict[Path, str]:
    """Return the texts of the documents with the figures of the reports.

    :raises ValueError: If a document lacks one of the places.
    """
    texts: dict[Path, str] = {}
    for name, pattern, text in places(root):
        path = root / name
        texts[path], count = re.subn(pattern, text, texts.get(path) or path.read_text(encoding="utf-8"))
        if count != 1:
            raise ValueError(f"{name}: {count} places like {pattern}; expected one")
    return texts


def write(root: Path = ROOT) -> None:
    """Write the figures into the documents."""
    for path, text in updated(root).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
