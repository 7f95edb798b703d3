"""Our commands beside what a competent user would write, and beside an earlier state of ours: cold, on one core.

Each run is a process of its own that starts cold, and takes turns with what it is compared with. What is compared is
processor time, imports and all, since the clock of a busy machine means little; a ratio is of neighbours in turn, and
the table has its median, least and greatest. The rival of pages is a script of a dozen lines: trafilatura with comments
on, its comments split into lines, a list comprehension of VADER, a regular expression of names, a CSV. Of text dumps it
is the same with ``str.splitlines``.
"""

import csv
import random
import statistics
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

from research import ALL_COMMENTS
from research.benchmarks.material import COMMENTS_PER_PAGE, MakeComment, make_comment
from research.benchmarks.speed import PER_HOST, ROOT, Bench, command, line, ratio
from stance.labels.tables import load_labels
from stance.scoring.targets.target_set import load_targets

SIZES = (250_000, 500_000, 1_000_000)
WORDS = (3, 6, 8, 11, 14, 17, 20, 23, 26, 29, 34, 38, 44, 51, 59, 68, 79, 103, 152, 404)
"""Of a comment: the means of twenty equal parts, by length, of 629 comments under 29 real news pages."""
TYPOGRAPHIC = 0.6
"""The share of those that hold a sign beyond ASCII, most of them an apostrophe."""
PAGES = {"WordPress": ("1.5", "2"), "wpDiscuz": ("3.5", "5")}
COMMANDS = {
    ("vader", "wpDiscuz"): "1.5",
    ("vader", "dumps"): "0.6",
    ("light", "wpDiscuz"): "1.35",
    ("light", "dumps"): "0.5",
}
"""What is asked for at least: times as fast as the rival."""

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
with open(sys.argv[2], "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    for path in sorted(Path(sys.argv[1]).glob("*/*")):
        content = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
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
from stance.log import Log
from stance.pipeline import read_documents
from stance.scoring.sentiment import score_text
from stance.scoring.targets.target_set import load_targets
targets = load_targets()
with open(sys.argv[2], "w", newline="", encoding="utf-8") as file:
    table = csv.writer(file)
    for document in read_documents([sys.argv[1]], log=Log()):
        for comment in document.comments:
            sound = score_text(comment.text)
            found = [mention.target for mention in targets.find(comment.text)]
            row = [document.source, comment.author, comment.posted, comment.text, sound]
            table.writerow([*row, *(found.count(target) for target in targets.ids)])
"""


# Comments ------------------------------------------------------------------------------------------------------------


def labelled_comments() -> MakeComment:
    """Return a maker of comments out of words of the labelled comments, as long as real ones are."""
    comments = load_labels(ALL_COMMENTS).comments
    words = " ".join(dict.fromkeys(comment.text for comment in comments)).split()

    def say(draw: random.Random) -> str:
        size = draw.choice(WORDS)
        at = draw.randrange(len(words) - size)
        text = " ".join(words[at : at + size])
        return text.replace("'", "’") + ("" if text.count("'") else "…") if draw.random() < TYPOGRAPHIC else text

    return say


def real_comments(path: Path) -> MakeComment:
    """Return a maker that goes through the comments of a file, in an order that is always the same."""
    with path.open(newline="", encoding="utf-8") as file:
        texts = [" ".join(row["text"].split()) for row in csv.DictReader(file)]
    random.Random(0).shuffle(texts)
    left = cycle(filter(None, texts))
    return lambda draw: next(left)


# Tables --------------------------------------------------------------------------------------------------------------

HEAD = ("what", "rival / ours", "before / ours", "ours", "asked (aim)")


def start_rows(bench: Bench) -> Iterator[str]:
    """Measure what it costs to start, and to score two pages."""
    yield line(*HEAD)
    yield bench.row("`stance --help`", ["-m", "stance", "--help"], "under 0.5 s")
    seeds = command("report", ROOT / "seeds", bench.folder / "report", "--jobs", "1")
    yield bench.row("`stance report` of the five seeds", seeds, "under 5 s")
    light = command("score", bench.place("wpDiscuz", 2), bench.folder / "out.csv", "--model", "light", "--jobs", "1")
    yield bench.row("`stance score --model light` of two wpDiscuz pages", light, "before 2")


def pages_rows(bench: Bench) -> Iterator[str]:
    """Measure pages and dumps to a table of comments with sentiment and mentions, without stance."""
    out, pages = bench.folder / "out.csv", bench.pages
    yield line(*HEAD)
    for per_host in (PER_HOST, 1):
        for kind, (least, aim) in PAGES.items():
            place = bench.place(kind, pages, per_host)
            what = f"{pages} {kind} pages, {per_host} a host"
            asked = f"{least} ({aim})" if per_host > 1 else "before 0.95"
            yield bench.row(what, ["-c", OURS, place, out], asked, ["-c", RIVAL, place, out])
    place = bench.place("dumps", pages)
    yield bench.row(f"{pages} dumps", ["-c", OURS, place, out], "1.15 (1.5)", ["-c", RIVAL, place, out])


def commands_rows(bench: Bench) -> Iterator[str]:
    """Measure the command line, with stance; the rival has none."""
    out, pages = bench.folder / "out.csv", min(60, bench.pages)
    yield line(*HEAD)
    for (model, kind), least in COMMANDS.items():
        place = bench.place(kind, pages)
        ours = command("score", place, out, "--model", model, "--jobs", "1")
        what = f"`stance score --model {model}`: {pages} {'dumps' if kind == 'dumps' else f'{kind} pages'}"
        yield bench.row(what, ours, least, ["-c", RIVAL, place, out])


def names_rows(bench: Bench) -> Iterator[str]:
    """Measure what it costs to look for a hundred times as many names."""
    few, many = (load_targets(_targets_file(bench.folder, n)) for n in (5, 500))
    draw = random.Random(0)
    texts = [make_comment(draw) for _ in range(5_000)]
    times: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(bench.rounds):
        for which, targets in enumerate((few, many)):
            begun = time.process_time()
            for text in texts:
                targets.find(text)
            times[which].append(time.process_time() - begun)
    yield line("what", "time with many / with few", "at most")
    yield line("mentions with 5,000 aliases beside those that ship, against 50", ratio(times[1], times[0]), "3")


def _targets_file(folder: Path, targets: int) -> Path:
    """Write a file of targets with ten names each."""
    place, blocks = folder / f"targets-{targets}.toml", []
    for number in range(targets):
        names = ", ".join(f'"Qu{number}ia {word}"' for word in "abcdefghij")
        aliases = f'aliases = [{{ kind = "name", text = [{names}] }}]'
        blocks.append(f'[[targets]]\nid = "qu{number}"\nlabel = "Qu{number}"\n{aliases}\n')
    place.write_text("\n".join(blocks), encoding="utf-8")
    return place


def jobs_rows(bench: Bench) -> Iterator[str]:
    """Measure two worker processes against one process, by the clock: it means something on a quiet machine only."""
    pages = bench.pages
    place, outputs = (
        bench.place("wpDiscuz", pages),
        {"score": bench.folder / "out.csv", "report": bench.folder / "report"},
    )
    yield line("what", "one / two, by the clock", "processor time of two / of one", "two", "at least")
    for verb, model, least in (("score", "vader", "1.8"), ("score", "light", "1.8"), ("report", "light", "1.6")):
        ours, options = bench.ours, ("--model", model, "--jobs")
        runs = {jobs: (command(verb, place, outputs[verb], *options, jobs), ours) for jobs in "12"}
        used = bench.compare(runs)
        clock = {jobs: [each.clock for each in used[jobs]] for jobs in "12"}
        work = ratio([each.seconds for each in used["2"]], [each.seconds for each in used["1"]])
        seconds = f"{statistics.median(clock['2']):.2f} s"
        what = f"`{verb}`, `{model}`: {pages} wpDiscuz pages"
        yield line(what, ratio(clock["1"], clock["2"]), work, seconds, least)


def scaling_rows(bench: Bench) -> Iterator[str]:
    """Measure a table of comments scored into a store, once for each size."""
    yield line("comments", "processor time", "microseconds a comment", "peak memory", "store")
    for size in SIZES:
        table, store = bench.folder / "comments.csv", bench.folder / f"{size}.db"
        draw = random.Random(size)
        with table.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["id", "document", "outlet", "author", "posted", "text"])
            for n in range(size):
                page = n // COMMENTS_PER_PAGE
                author, day = f"reader{draw.randrange(size // 3)}", f"2024-{page % 12 + 1:02}-{page % 28 + 1:02}"
                rows.writerow([f"c{n}", f"page{page}", f"Outlet {page % 3}", author, day, bench.say(draw)])
        used = bench.run(command("score", table, store, "--model", "vader", "--jobs", "1"), bench.ours)
        each, stored = f"{used.seconds / size * 1e6:.0f}", f"{store.stat().st_size / 1e6:,.0f} MB"
        yield line(f"{size:,}", f"{used.seconds:,.0f} s", each, f"{used.megabytes:,.0f} MB", stored)
        store.unlink()
