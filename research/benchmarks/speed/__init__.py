"""Timers: what they share. ``python -m research.benchmarks.speed`` runs them."""

import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from research.benchmarks.material import MakeComment, make_dumps, make_pages, make_wpdiscuz
from stance.limits import available_cores
from stance.resources import VERSION

ROOT = Path(__file__).parents[3]
PER_HOST = 30
MAKERS = {"WordPress": make_pages, "wpDiscuz": make_wpdiscuz, "dumps": make_dumps}


def environment() -> dict[str, str]:
    """Return versions, processor and cores."""
    packages = ("numpy", "scipy", "lxml", "trafilatura", "onnxruntime", "vaderSentiment")
    return {
        "stance": VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(available_cores()),
        **{package: version(package) for package in packages},
    }


class Used(NamedTuple):
    """What a process took."""

    seconds: float  # of processors
    clock: float
    megabytes: float


@dataclass(frozen=True)
class Bench:
    """Where and how often to measure, on which comments."""

    folder: Path
    say: MakeComment
    rounds: int = 5
    pages: int = 120
    ours: Path = ROOT
    before: Path | None = None  # the checkout of an earlier state

    def run(self, arguments: Sequence[str | Path], checkout: Path) -> Used:
        """Run Python to its end, with the package of a checkout."""
        single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        command, begun = [sys.executable, *map(str, arguments)], time.perf_counter()
        environ = os.environ | single | {"PYTHONPATH": str(checkout)}
        environ.pop("PYTHONDONTWRITEBYTECODE", None)  # modules would be compiled at every start
        process = subprocess.Popen(command, cwd=self.folder, env=environ, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        if code := os.waitstatus_to_exitcode(status):
            sys.exit(f"{' '.join(command)[:200]}: exit code {code}; expected 0")
        return Used(used.ru_utime + used.ru_stime, time.perf_counter() - begun, used.ru_maxrss / 1024)

    def compare(self, commands: Mapping[str, tuple[Sequence[str | Path], Path]]) -> dict[str, list[Used]]:
        """Run commands in turns."""
        used: dict[str, list[Used]] = {name: [] for name in commands}
        for turn in range(self.rounds):
            for name in list(commands)[:: 1 if turn % 2 else -1]:
                used[name].append(self.run(*commands[name]))
        return used

    def seconds(self, commands: Mapping[str, tuple[Sequence[str | Path], Path]]) -> dict[str, list[float]]:
        """Run commands in turns, and return the processor time of each run."""
        return {name: [used.seconds for used in runs] for name, runs in self.compare(commands).items()}

    def row(self, what: str, ours: Sequence[str | Path], asked: str, rival: Sequence[str | Path] = ()) -> str:
        """Measure a command of ours beside a rival, and beside itself in an earlier state."""
        commands: dict[str, tuple[Sequence[str | Path], Path]] = {"ours": (ours, self.ours)}
        if rival:
            commands["rival"] = rival, self.ours
        if self.before:
            commands["before"] = ours, self.before
        used = self.seconds(commands)
        cells = [ratio(used[name], used["ours"]) if name in used else "" for name in ("rival", "before")]
        return line(what, *cells, f"{statistics.median(used['ours']):.2f} s", asked)

    def place(self, kind: str, pages: int, per_host: int = PER_HOST) -> Path:
        """Write pages: a folder and an address for each host."""
        place = self.folder / f"{kind}-{pages}-{per_host}"
        if not place.exists():
            for number, content in enumerate(islice(MAKERS[kind](comment=self.say), pages)):
                host = f"host{number // per_host}"
                (place / host).mkdir(parents=True, exist_ok=True)
                path = place / host / f"{number:05}.{'txt' if kind == 'dumps' else 'html'}"
                link = f'<link rel="canonical" href="https://{host}.example/p/{number}/"></head>'
                path.write_text(content.replace("</head>", link, 1), encoding="utf-8")
        return place


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def ratio(other: Sequence[float], ours: Sequence[float]) -> str:
    """Return how many times as fast ours is, turn by turn: the median, the least, the greatest."""
    ratios = sorted(slow / fast for slow, fast in zip(other, ours, strict=True))
    return f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def command(verb: str, place: Path, output: Path, *more: str) -> list[str | Path]:
    return ["-m", "stance", verb, place, "-o", output, "--names", "--quiet", *more]


def publish(name: str, rows: Iterator[str], how: str, output: Path | None) -> None:
    """Print a table, row by row, and put it between its marks in a report."""
    lines = []
    for row in rows:
        lines.append(row)
        if len(lines) == 1:
            lines.append("|---" * (row.count(" | ") + 1) + "|")
        print(row, flush=True)
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    lines += ["", f"{date.today()}: `{how}`; load averages at its end {load}."]
    if output:
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        text, table = output.read_text(encoding="utf-8"), "\n".join(lines)
        if begin not in text:
            sys.exit(f"{output}: has no line {begin.strip()}")
        new = re.sub(f"{begin}.*?{end}", lambda _: f"{begin}{table}\n{end}", text, flags=re.DOTALL)
        output.write_text(new, encoding="utf-8")
