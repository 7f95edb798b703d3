"""Our speed beside what a competent user would write: pages to a table, cold, one core, in turns, in one run.

Usage: python -m benchmarks.speed [--rival-python PATH] [--pages N] [--comments N] [--rounds N] [-o reports/speed.md]

The rival of pages is a script of a dozen lines: trafilatura with comments on, its comments split into lines, a list
comprehension of VADER, a regular expression of names, a CSV. Of text dumps it is the same with ``str.splitlines``. It
runs in an environment of its own (``--rival-python``: one with trafilatura and vaderSentiment), or in this one. Each
run is a process that starts cold; what is compared is its processor time, imports and all, since the clock of a busy
machine says nothing. A ratio is of neighbours in turn; the table has its median, least and greatest.

What the comments say is the running text of the labelled comments, cut to the lengths that comments under real pages
have: texts of few words that come again would be looked up, not read.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from benchmarks.bench import environment
from benchmarks.material import COMMENTS_PER_PAGE, make_comment, make_dumps, make_pages
from stance.labels import load_labels
from stance.resources import ALL_COMMENTS

ROOT = Path(__file__).parent.parent
LIGHT_BOUND, PAGES_BOUND = 1.5, 6.0
JOBS_BOUND = 1.8
WORDS = (3, 6, 8, 11, 14, 17, 20, 23, 26, 29, 34, 38, 44, 51, 59, 68, 79, 103, 152, 404)
"""Of a comment: the means of twenty equal parts, by length, of 629 comments under 29 real news pages."""
TYPOGRAPHIC = 0.6
"""The share of those that hold a sign beyond ASCII, most of them an apostrophe."""
TOKENS = (40, 100)
ENCODED = {40: 400, 100: 150}
"""Tokens of a comment -> pairs a second that are asked for."""

RIVAL = """
import csv, re, sys
from pathlib import Path
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
names = {
    "russia": r"Russians?|Putin|Moscow|Kremlin", "us": r"U\\.?S\\.?A?|Americans?|Washington|Pentagon|White House",
    "nato": r"NATO|the alliance",
}
patterns = {target: re.compile(rf"\\b(?:{pattern})\\b") for target, pattern in names.items()}
analyzer = SentimentIntensityAnalyzer()
with open(sys.argv[3], "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    for path in sorted(Path(sys.argv[2]).iterdir()):
        content = path.read_text(encoding="utf-8")
        if sys.argv[1] == "html":
            from trafilatura import bare_extraction
            found = bare_extraction(content, include_comments=True)
            content = (found.comments or "") if found else ""
        comments = [line for line in content.splitlines() if line.strip()]
        sounds = [analyzer.polarity_scores(comment)["compound"] for comment in comments]
        for comment, sound in zip(comments, sounds):
            table.writerow([path.name, comment, sound, *(len(p.findall(comment)) for p in patterns.values())])
"""

OURS = """
import csv, sys
from stance.datamodels import Document
from stance.log import Log
from stance.pipeline import read_documents
from stance.scoring.sentiment import SentimentScorer
from stance.targets import load_targets
targets, sentiment = load_targets(), SentimentScorer()
with open(sys.argv[3], "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    for document in read_documents([sys.argv[2]], log=Log()):
        texts = [comment.text for comment in document.comments]
        for comment, sound in zip(document.comments, sentiment.score(texts)):
            found = [mention.target for mention in targets.find(comment.text)]
            row = [document.source, comment.author, comment.posted, comment.text, sound]
            table.writerow([*row, *(found.count(target) for target in targets.ids)])
"""

WITH_LIGHT = "import sys; from stance.cli import main; sys.argv[1:] = ['score', sys.argv[2], '-o', sys.argv[3]," + (
    " '--model', 'light', '--names', '--quiet', '--jobs', '1']; main()"
)


class Row(NamedTuple):
    """One line of the table."""

    what: str
    figure: str
    asked: str
    is_reached: bool


def cpu_seconds(command: Sequence[str | Path], folder: Path) -> float:
    """Run a command to its end; give the processor time of it and of what it started."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    process = subprocess.Popen(list(map(str, command)), cwd=folder, env=os.environ | single, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        sys.exit(f"{' '.join(map(str, command))[:200]}: exit code {code}; expected 0")
    return used.ru_utime + used.ru_stime


def compare(
    ours: list[Sequence[str | Path]], rival: Sequence[str | Path], rounds: int, folder: Path
) -> list[list[float]]:
    """Run in turns; give the times of the rival, then those of each of ours."""
    commands = [rival, *ours]
    times: list[list[float]] = [[] for _ in commands]
    for turn in range(rounds):
        order = range(len(commands)) if turn % 2 == 0 else reversed(range(len(commands)))
        for k in order:
            times[k].append(cpu_seconds(commands[k], folder))
    return times


def ratio_row(what: str, rival: Sequence[float], ours: Sequence[float], asked: float) -> Row:
    """Say how many times as fast ours is, turn by turn."""
    ratios = sorted(other / own for other, own in zip(rival, ours, strict=True))
    middle = statistics.median(ratios)
    seconds = f"{statistics.median(ours):.1f} s against {statistics.median(rival):.1f} s"
    return Row(
        what,
        f"{middle:.2f} times ({ratios[0]:.2f} to {ratios[-1]:.2f}); {seconds}",
        f"{asked:g} times",
        middle >= asked,
    )


@cache
def _running_words() -> list[str]:
    comments = load_labels(ALL_COMMENTS).comments
    return " ".join(dict.fromkeys(comment.text for comment in comments)).split()


def real_comment(draw: random.Random) -> str:
    """Make a comment of some words of the labelled comments, as long as real ones are."""
    words, size = _running_words(), draw.choice(WORDS)
    at = draw.randrange(len(words) - size)
    text = " ".join(words[at : at + size])
    return text.replace("'", "’") + ("" if text.count("'") else "…") if draw.random() < TYPOGRAPHIC else text


def pages_rows(arguments: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Pages and dumps to a table, ours and the rival's."""
    out = folder / "out.csv"
    for kind, make, name in (("html", make_pages, "HTML pages"), ("text", make_dumps, "text dumps")):
        place = folder / kind
        place.mkdir()
        for number, content in enumerate(islice(make(comment=real_comment), arguments.pages)):
            (place / f"{number:05}.{'html' if kind == 'html' else 'txt'}").write_text(content, encoding="utf-8")
        rival = [arguments.rival_python, "-c", RIVAL, kind, place, out]
        ours = [[sys.executable, "-c", code, kind, place, out] for code in (OURS, WITH_LIGHT)]
        other, plain, light = compare(ours, rival, arguments.rounds, folder)
        what = f"{arguments.pages:,} {name} with {COMMENTS_PER_PAGE} comments to a table of comments"
        yield ratio_row(f"{what}, sentiment and mentions", other, plain, PAGES_BOUND)
        yield ratio_row(f"the same {name}, with stance by `light`", other, light, LIGHT_BOUND)


def encoder_rows(comments: int) -> Iterator[Row]:
    """Pairs that `default` reads, by the length of their comments, in one thread."""
    from stance.limits import threads_limited
    from stance.scoring.encoder import default_encoder
    from stance.scoring.instances import make_instance
    from stance.scoring.persistence import load_model
    from stance.targets import load_targets

    model, targets, encoder = load_model("default"), load_targets(), default_encoder()
    for tokens in TOKENS:
        texts = list(islice(_texts_of(tokens, lambda text: len(encoder.tokenize(text).ids)), comments))
        found = [(text, targets.find(text)) for text in texts]
        pairs = [
            make_instance(text, target, mentions)
            for text, mentions in found
            for target in targets.ids
            if any(mention.target == target for mention in mentions)
        ]
        with threads_limited(1):
            model.judge(pairs[:2])
            begun = time.process_time()
            model.judge(pairs)
            pace = len(pairs) / (time.process_time() - begun)
        what = f"{len(pairs):,} pairs that name their target, by `default`, {tokens} tokens"
        yield Row(what, f"{pace:,.0f} a second of one core", f"{ENCODED[tokens]}", pace >= ENCODED[tokens])


def _texts_of(tokens: int, count: Callable[[str], int]) -> Iterator[str]:
    """Make comments that name a target, cut at a word where they have so many tokens."""
    draw = random.Random(tokens)
    while True:
        text = "NATO knows it. " + make_comment(draw, 1)
        while count(text) < tokens:
            text += " " + make_comment(draw, 1)
        while count(text) > tokens:
            text = text.rpartition(" ")[0]
        yield text


def jobs_row(pages: int, rounds: int, folder: Path) -> Row:
    """Two worker processes against this process alone, by the clock: it says something on a quiet machine only."""
    place = folder / "jobs"
    place.mkdir()
    for number, content in enumerate(islice(make_pages(comment=real_comment), pages)):
        (place / f"{number:05}.html").write_text(content, encoding="utf-8")
    command = [sys.executable, "-m", "stance.cli", "score", place, "--model", "light", "--names", "--quiet"]
    seconds: dict[str, list[float]] = {"1": [], "2": []}
    for turn in range(rounds):
        for jobs in ("1", "2") if turn % 2 == 0 else ("2", "1"):
            begun = time.perf_counter()
            cpu_seconds([*command, "-o", folder / "jobs.csv", "--jobs", jobs], folder)
            seconds[jobs].append(time.perf_counter() - begun)
    what = f"{pages:,} HTML pages scored by `light`: two jobs against one, by the clock"
    return ratio_row(what, seconds["1"], seconds["2"], JOBS_BOUND)


def alias_row(rounds: int) -> Row:
    """What it costs to look for a hundred times as many names."""
    from stance.targets import load_targets

    few, many = (load_targets(_targets_file(n)) for n in (5, 500))
    draw = random.Random(0)
    texts = [make_comment(draw) for _ in range(5_000)]
    times: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(rounds):
        for which, targets in enumerate((few, many)):
            begun = time.process_time()
            for text in texts:
                targets.find(text)
            times[which].append(time.process_time() - begun)
    ratios = sorted(slow / fast for fast, slow in zip(times[0], times[1], strict=True))
    middle = statistics.median(ratios)
    figure = f"{middle:.2f} times the time ({ratios[0]:.2f} to {ratios[-1]:.2f})"
    return Row("mentions with 5,000 aliases beside those that ship, against 50", figure, "at most 3 times", middle <= 3)


def _targets_file(targets: int) -> Path:
    """Write a file of targets with ten names each."""
    place = Path(tempfile.mkdtemp()) / "targets.toml"
    blocks = []
    for number in range(targets):
        names = ", ".join(f'"Qu{number}ia {word}"' for word in "abcdefghij")
        aliases = f'aliases = [{{ kind = "name", text = [{names}] }}]'
        blocks.append(f'[[targets]]\nid = "qu{number}"\nlabel = "Qu{number}"\n{aliases}\n')
    place.write_text("\n".join(blocks), encoding="utf-8")
    return place


def start_rows(rounds: int, folder: Path) -> Iterator[Row]:
    """What it costs to start."""
    report = [sys.executable, "-m", "stance.cli", "report", ROOT / "seeds", "-o", folder / "report", "--quiet"]
    for what, command, bound in (
        ("`stance --help`", [sys.executable, "-m", "stance.cli", "--help"], 0.5),
        ("`stance report` of the five seeds", report, 5.0),
    ):
        cpu_seconds(command, folder)
        seconds = sorted(cpu_seconds(command, folder) for _ in range(max(3, rounds)))
        middle = statistics.median(seconds)
        figure = f"{middle:.2f} s of processor time ({seconds[0]:.2f} to {seconds[-1]:.2f})"
        yield Row(what, figure, f"under {bound:g} s", middle < bound)


def written(rows: Sequence[Row], arguments: argparse.Namespace, load: float) -> str:
    """Format the report."""
    table = [f"| {row.what} | {row.figure} | {row.asked} | {'yes' if row.is_reached else '**no**'} |" for row in rows]
    versions = ", ".join(f"{name} {value}" for name, value in environment().items())
    options = f"--pages {arguments.pages} --comments {arguments.comments} --rounds {arguments.rounds}"
    rival = subprocess.run(
        [
            arguments.rival_python,
            "-c",
            "from importlib.metadata import version as v; print(v('trafilatura'), v('vaderSentiment'))",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    same = arguments.rival_python == Path(sys.executable)
    return f"""# Speed

Made by `python -m benchmarks.speed {options}` on {date.today()}.
Pages are generated (`benchmarks/material.py`); their comments repeat labelled ones, at the length of real ones;
comments of the rows on pairs and on mentions are generated. Each run is a new process; figures are
processor time, medians with minimum and maximum. Rival: trafilatura {rival[0]} and vaderSentiment {rival[1]} in
{"the same" if same else "a separate"} environment, as `RIVAL` in the script.

| task | measured | target | reached |
|---|---|---|---|
{chr(10).join(table)}

On {versions}.
The load average at the end was {load:.1f}; other processes slow down both stance and the rival. Ratios are least
affected.

A million comments are measured by `benchmarks/memory.py`.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--rival-python", type=Path, default=Path(sys.executable), help="with trafilatura, vaderSentiment"
    )
    parser.add_argument("--pages", type=int, default=2_000)
    parser.add_argument("--comments", type=int, default=1_000, help="of each length, for `default`")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    arguments.rival_python = arguments.rival_python.absolute()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = []
        for found in (
            start_rows(arguments.rounds, folder),
            pages_rows(arguments, folder),
            encoder_rows(arguments.comments),
            iter([alias_row(arguments.rounds)]),
            (jobs_row(arguments.pages, arguments.rounds, folder) for _ in range(1)),
        ):
            for row in found:
                print(json.dumps(row._asdict()), file=sys.stderr, flush=True)
                rows.append(row)
    text = written(rows, arguments, os.getloadavg()[0])
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    else:
        print(text)


if __name__ == "__main__":
    main()
