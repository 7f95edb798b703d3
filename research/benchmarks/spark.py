"""What a page costs on Spark, beside the same pages scored here.

    python -m research.benchmarks.spark --pages 60 240 > build/spark.md

Made-up pages of a hundred comments each (``research/benchmarks/material.py``) lie in four WARC files. Each run is a process
that starts cold, with all that it starts: its processor time is that of all its processes, read from ``/proc``
while it runs. What a run costs before its first page, and what each page adds, are the line through two sizes.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from research.benchmarks.material import COMMENTS_PER_PAGE, make_pages

ARCHIVES = 4
TICKS = os.sysconf("SC_CLK_TCK")
MILLION = 1_000_000


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs=2, default=(60, 240), help="a smaller and a larger run")
    parser.add_argument("--model", default="light")
    parser.add_argument("--master", default="local[2]")
    given = parser.parse_args()
    engines = {
        "one process here": (),
        f"Spark, `--master '{given.master}'`": ("--engine", "spark", "--master", given.master),
    }
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for pages in given.pages:
            write_archives(place / str(pages), pages)
        rows = [measure(place, what, options, given.pages, given.model) for what, options in engines.items()]
    print(f"# Spark\n\nMade by `{' '.join(['python', *sys.argv])}` on {time.strftime('%Y-%m-%d')}.\n")
    print(f"Pages have {COMMENTS_PER_PAGE} comments, which `{given.model}` scores toward three targets. Figures are")
    print(
        "processor time of all processes of a run; a million pages are the last two columns added up, not measured.\n"
    )
    print(f"| engine | {given.pages[0]} pages | {given.pages[1]} pages | to start | a page adds | a million pages |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(row)
    print(f"\n{os.getloadavg()[0]:.1f} processes were waiting for {os.cpu_count()} cores when the run ended.")


def write_archives(folder: Path, pages: int) -> None:
    """Write made-up pages into some WARC files."""
    folder.mkdir()
    made = make_pages(pages)  # the seed: no two runs share a page
    for number in range(ARCHIVES):
        with (folder / f"{number}.warc.gz").open("wb") as file:
            file.writelines(map(_record, islice(made, pages // ARCHIVES)))


def _record(page: str) -> bytes:
    body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page.encode()
    head = f"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {len(body)}\r\n\r\n"
    return gzip.compress(head.encode() + body + b"\r\n\r\n")


def measure(place: Path, what: str, options: Sequence[str], sizes: Sequence[int], model: str) -> str:
    """Measure two runs and give a row of the table."""
    seconds = []
    for pages in sizes:
        corpus = place / f"{pages} {what.split()[0]}"
        command = [sys.executable, "-m", "stance", "score", str(place / str(pages)), "-o", f"{corpus}/"]
        command += ["--model", model, "--key-file", str(place / "key"), "--quiet", *options]
        seconds.append(processor_seconds(command))
    each = (seconds[1] - seconds[0]) / (sizes[1] - sizes[0])
    start = seconds[0] - each * sizes[0]
    hours = (start + each * MILLION) / 3600
    cells = [
        *(f"{value:.0f} s" for value in seconds),
        f"{start:.0f} s",
        f"{1000 * each:.0f} ms",
        f"{hours:.0f} core hours",
    ]
    return f"| {what} | {' | '.join(cells)} |"


def processor_seconds(command: Sequence[str]) -> float:
    """Run a command and sum the processor time of it and its descendants."""
    spent: dict[int, float] = {}
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=os.environ | {"STANCE_JOBS": "1"}) as run:
        while run.poll() is None:
            for process, ticks in _tree(run.pid):
                spent[process] = max(ticks, spent.get(process, 0))
            time.sleep(0.2)
        if run.returncode:
            raise SystemExit(f"{' '.join(command)}: ended with {run.returncode}")
    return sum(spent.values()) / TICKS


def _tree(root: int) -> Iterator[tuple[int, int]]:
    """Return the descendants of a process, with the ticks of each."""
    stats: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        stats[int(path.parent.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    inside = {root}
    while more := {process for process, (parent, _) in stats.items() if parent in inside} - inside:
        inside |= more
    return ((process, stats[process][1]) for process in inside if process in stats)


if __name__ == "__main__":
    main()
