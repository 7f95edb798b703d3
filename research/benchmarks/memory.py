"""What comparisons and reports of a million comments hold, and whether their time grows as their comments do.

    python -m research.benchmarks.memory [--sizes 250000 500000 1000000] [-o build/memory.md]

Each run is a process of its own. Of the sums alone (``tally``) scores are made up as they are added, and memory is what
comes on top of the same process with hardly a comment. The verbs (``compare``, ``report``) read a CSV table of scores
through the command line, and their memory is all of it. Time is processor time; R² is of the straight line over sizes.
"""

import argparse
import csv
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from statistics import linear_regression
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # this process stays small: what it holds when it starts another would be counted there
    from stance.datamodels import Score

SIZES = (250_000, 500_000, 1_000_000)
TARGETS = ("russia", "us", "nato")
PER_ARTICLE = 50
PER_AUTHOR = 3.3
HARDLY = 6_000
"""Comments of the run that shows what the program itself takes."""


class Setting(NamedTuple):
    """What is measured."""

    what: str
    kind: str  # tally, compare, report
    targets: int
    has_authors: bool
    asked: int | None = None  # MB


SETTINGS = (
    Setting("sums of comments without an author, one target, and of all groups as one", "tally", 1, False, 500),
    Setting("sums of comments by authors, three targets, a third of the comments", "tally", 3, True, asked=100),
    Setting("`stance compare` of a table of scores, one target", "compare", 1, True),
    Setting("`stance report` of the same", "report", 1, True, asked=1_000),
)


class Used(NamedTuple):
    """What a process took."""

    seconds: float
    megabytes: float


def make_rows(comments: int, targets: int, has_authors: bool) -> Iterator[dict[str, object]]:
    """Make rows of scores: three outlets, two years, authors of whom some write far more than others."""
    draw, articles = random.Random(1), max(1, comments // PER_ARTICLE)
    authors, start = comments / PER_AUTHOR, date(2024, 1, 1)
    for article in range(articles):
        day = start + timedelta(days=article * 730 // articles)
        for number in range(comments // articles):
            author = f"reader-{int(authors * draw.random() ** 1.5):010x}" if has_authors else ""
            for target in TARGETS[:targets]:
                weights = [draw.random() ** 3 for _ in range(4)]
                favor, against, neutral = (round(each / sum(weights), 6) for each in weights[:3])
                yield {
                    "document": f"{article:016x}", "outlet": f"Outlet {article % 3}", "unit": "comment",
                    "comment": f"c{number}", "author": author, "target": target, "stance": "", "favor": favor,
                    "against": against, "neutral": neutral,
                    "not_addressed": max(0.0, round(1 - favor - against - neutral, 6)), "sentiment": 0.1,
                    "target_sentiment": round(draw.uniform(-1, 1), 4), "via": "text", "evidence": "0-6",
                    "language": "en", "model": "vader", "posted": f"{day}T10:00:00",
                }  # fmt: skip


def make_score(row: dict[str, object]) -> "Score":
    from stance.records.score_records import score_from_row

    return score_from_row({name: str(cell) for name, cell in row.items()})


def tally(comments: int, targets: int, has_authors: bool) -> None:
    """Add made-up scores to a comparison, and compare; runs in a process of its own."""
    from stance.comparison.comparing import ComparisonTally

    sums = ComparisonTally(TARGETS[:targets])
    for _, rows in groupby(make_rows(comments, targets, has_authors), key=lambda row: row["document"]):
        sums.add([make_score(row) for row in rows])
    sums.comparison()
    if not has_authors:
        sums.total()


def write_table(path: Path, comments: int, targets: int) -> None:
    """Write a table of scores."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = make_rows(comments, targets, has_authors=True)
        first = next(rows)
        table = csv.DictWriter(file, list(first))
        table.writeheader()
        table.writerow(first)
        table.writerows(rows)


def run(command: Sequence[str | Path]) -> Used:
    """Run a command to its end."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    process = subprocess.Popen(list(map(str, command)), env=os.environ | single, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(map(str, command))[:200]}: exit code {code}; expected 0")
    return Used(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def measure(setting: Setting, comments: int, folder: Path) -> Used:
    """Run one setting once."""
    if setting.kind == "tally":
        own = comments // setting.targets
        options = [setting.targets, int(setting.has_authors)]
        return run([sys.executable, __file__, "--tally", *map(str, [own, *options])])
    table = folder / "scores.csv"
    write_table(table, comments, setting.targets)
    verb = [sys.executable, "-m", "stance", setting.kind, table, "--model", "vader", "--target", TARGETS[0]]
    return run([*verb, "-o", folder / f"{setting.kind}-{comments}", "--quiet"])


def straightness(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Give R² of the straight line through times."""
    slope, intercept = linear_regression(sizes, seconds)
    mean = sum(seconds) / len(seconds)
    left = sum((own - intercept - slope * size) ** 2 for size, own in zip(sizes, seconds, strict=True))
    return 1 - left / sum((own - mean) ** 2 for own in seconds)


def rows_of(setting: Setting, sizes: Sequence[int], folder: Path) -> str:
    start = measure(setting, HARDLY, folder)
    found = [measure(setting, size, folder) for size in sizes]
    taken = [each.megabytes - (start.megabytes if setting.kind == "tally" else 0) for each in found]
    cells = [f"{own:.0f} MB, {each.seconds:.0f} s" for own, each in zip(taken, found, strict=True)]
    asked = "" if setting.asked is None else f"under {setting.asked:,} MB: {_yes(taken[-1] < setting.asked)}"
    line = straightness(sizes, [each.seconds for each in found]) if len(sizes) > 2 else float("nan")
    return f"| {setting.what} | {' | '.join(cells)} | {asked} | {line:.4f} |"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "**no**"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--only", choices=["tally", "compare", "report"])
    parser.add_argument("--tally", type=int, nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    if arguments.tally:
        comments, targets, has_authors = arguments.tally
        tally(comments, targets, bool(has_authors))
        return
    lines = []
    for setting in SETTINGS:
        if arguments.only in (None, setting.kind):
            with tempfile.TemporaryDirectory() as name:
                lines.append(rows_of(setting, arguments.sizes, Path(name)))
            print(lines[-1], file=sys.stderr, flush=True)
    heads = " | ".join(f"{size:,} scores" for size in arguments.sizes)
    sizes = " ".join(map(str, arguments.sizes))
    text = f"""# Memory

Made by `python -m research.benchmarks.memory --sizes {sizes}` on {date.today()}.
Scores are generated: {PER_ARTICLE} comments an article, {PER_AUTHOR:g} an author, three outlets, two years. Memory of
sums is without the program itself; memory of commands is of the whole process. Time is processor time.

| measured | {heads} | limit for the last | R² of a linear fit of time |
|---|{"---|" * (len(arguments.sizes) + 2)}
{chr(10).join(lines)}
"""
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
