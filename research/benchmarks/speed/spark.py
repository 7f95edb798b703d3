"""What a page costs on Spark, beside the same pages scored here.

Made-up pages of a hundred comments each (``research/benchmarks/material.py``) lie in four WARC files. Each run is a process
that starts cold, with all that it starts: its processor time is that of all its processes, read from ``/proc``
while it runs. What a run costs before its first page, and what each page adds, are the line through two sizes.
"""

import gzip
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from research.benchmarks.material import make_pages
from research.benchmarks.speed import Bench, line

ARCHIVES = 4
SIZES = (60, 240)
"""Pages of the smaller and of the larger run."""
ENGINES = {"one process here": (), "Spark, `local[2]`": ("--engine", "spark", "--master", "local[2]")}
TICKS = os.sysconf("SC_CLK_TCK")
MILLION = 1_000_000


def spark_rows(bench: Bench) -> Iterator[str]:
    """Measure the processor time of runs; a million pages are the columns before added up, not measured."""
    yield line("engine", *(f"{pages} pages" for pages in SIZES), "to start", "a page adds", "a million pages")
    for pages in SIZES:
        write_archives(bench.folder / str(pages), pages)
    for name, options in ENGINES.items():
        yield measure(bench.folder, name, options)


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


def measure(place: Path, name: str, options: Sequence[str]) -> str:
    """Measure two runs and give a row of the table."""
    seconds = []
    for pages in SIZES:
        corpus = place / f"{pages} {name.split()[0]}"
        command = [sys.executable, "-m", "stance", "score", str(place / str(pages)), "-o", f"{corpus}/"]
        command += ["--model", "light", "--key-file", str(place / "key"), "--quiet", *options]
        seconds.append(processor_seconds(command))
    each = (seconds[1] - seconds[0]) / (SIZES[1] - SIZES[0])
    start = seconds[0] - each * SIZES[0]
    hours = (start + each * MILLION) / 3600
    cells = (*(f"{value:.0f} s" for value in seconds), f"{start:.0f} s", f"{1000 * each:.0f} ms")
    return line(name, *cells, f"{hours:.0f} core hours")


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
