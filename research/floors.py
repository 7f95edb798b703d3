"""Measure what must not fall, and keep it in ``tests/floors.json``.

    python -m research.floors                   # measure all, print what is above or below its floor
    python -m research.floors parse/dev3        # only the groups whose name begins so
    python -m research.floors --write           # raise the floors that are exceeded, add new ones
    python -m research.floors --write --lower   # also lower floors: only in a commit that gives the reason

``tests/floors.json`` holds for each figure its first value and its floor. A floor may be at most ``ALLOWED`` below the
first value, whatever was deleted since. Most figures need the folder ``../shared`` of the project's own pages and
labels; where it is absent, these groups are skipped and named.
"""

import argparse
import csv
import json
import os
import random
import re
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import fmean, median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from research import ROOT, read_labels, read_lines

SHARED = ROOT.parent / "shared"
FLOORS = ROOT / "tests" / "floors.json"
ALLOWED = 0.005
"""Maximum loss of a figure against its first value."""
SAME = 0.0006
"""Maximum difference that processors make."""
ROOM = {"speed": 0.2, "wheel": 0.02, "simulated": 0.03}
"""Share of the first value by which figures of these groups may fall, since they scatter from run to run."""

Figures = dict[str, float]


def run_stance(*arguments: str | Path, exits: Sequence[int] = (0, 3)) -> None:
    """Run a command of the checkout."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "stance", *map(str, arguments), "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode not in exits:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-500:]}")


# Pages ----------------------------------------------------------------------------------------------------------------


def words(text: str | None) -> list[str]:
    """Split a text into words."""
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text or "").lower())


def squeeze(text: str | None) -> str:
    """Join white space."""
    return " ".join(unicodedata.normalize("NFKC", text or "").lower().split())


def f1(one: Sequence[str], other: Sequence[str]) -> float:
    """Return the F1 of two bags of words."""
    common = (Counter(one) & Counter(other)).total()
    return 2 * common / (len(one) + len(other)) if common else float(not one and not other)


def matched(gold: Sequence[dict], found: Sequence[dict]) -> list[tuple[int, int]]:
    """Pair comments with the same text, then those whose words agree by .9."""
    pairs, left = [], dict(enumerate(found))
    for is_equal in (True, False):
        done = {i for i, _ in pairs}
        for i, comment in enumerate(gold):
            if i in done:
                continue
            text, own = squeeze(comment["text"]), words(comment["text"])
            for j, other in left.items():
                if squeeze(other["text"]) == text if is_equal else f1(own, words(other["text"])) >= 0.9:
                    pairs.append((i, j))
                    del left[j]
                    break
    return pairs


def read_pages(name: str, ending: str) -> Iterator[tuple[dict, dict]]:
    """Parse a set of pages: the gold record of each, and the document that was read."""
    folder = SHARED / "bench" / "parse" / name
    with TemporaryDirectory() as place:
        pages, output, gold = Path(place) / "pages", Path(place) / "found.jsonl", {}
        pages.mkdir()
        for path in sorted(folder.glob("*.json")):
            record = json.loads(path.read_text(encoding="utf-8"))
            page = SHARED / "seeds" / f"{record['id']}.txt" if name == "seeds" else path.with_name(path.stem + ending)
            if page.exists():
                gold[path.stem] = record
                (pages / f"{path.stem}{'.html' if ending == '.html' else '.txt'}").write_bytes(page.read_bytes())
        run_stance("parse", pages, "-o", output)
        found = {Path(each["source"]).stem: each for each in read_lines(output)}
    for stem, record in gold.items():
        yield record, found.get(stem, {"comments": [], "title": "", "body": []})


def count_comments(gold: Sequence[dict], found: Sequence[dict]) -> Counter[str]:
    """Count the comments of a page that were found, with their names and parents."""
    pairs = matched(gold, found)
    places = {found[j]["id"]: i for i, j in pairs}
    counts = Counter(both=len(pairs), gold=len(gold), found=len(found), false_pages=not gold and bool(found))
    counts["votes"] = sum(each.get("votes") is not None for each in found)
    for i, j in pairs:
        if author := squeeze(gold[i].get("author")):
            counts["authors"] += 1
            counts["right_authors"] += author == squeeze(found[j]["author"])
        if isinstance(parent := gold[i].get("parent"), int):
            counts["parents"] += 1
            counts["right_parents"] += places.get(found[j]["parent"]) == parent
    return counts


def measure_pages(name: str, ending: str) -> Figures:
    """Measure comments, names, parents, votes, titles and bodies of a set of pages."""
    counts: Counter[str] = Counter()
    titles, bodies = [], []
    for record, read in read_pages(name, ending):
        counts += count_comments(record["comments"], [each for each in read["comments"] if squeeze(each["text"])])
        if record.get("title"):
            titles.append(f1(words(record["title"]), words(read["title"])) >= 0.6)
        if record.get("body"):
            bodies.append(f1(words(record["body"]), words("\n".join(read["body"]))))
    figures = {
        "boundary": 2 * counts["both"] / max(1, counts["gold"] + counts["found"]),
        "authors": counts["right_authors"] / max(1, counts["authors"]),
        "titles": fmean(titles),
        "body": fmean(bodies),
        "pages_without_false_comments": 1 - counts["false_pages"] / len(bodies),
    }
    if counts["parents"]:
        figures["parents"] = counts["right_parents"] / counts["parents"]
    if counts["votes"]:  # the pages have no gold for votes: the share of comments with one must stay
        figures["votes"] = counts["votes"] / counts["found"]
    return figures


def measure_cases() -> Figures:
    """Measure the share of small inputs that are read right."""
    command = [sys.executable, SHARED / "bench" / "cases.py", SHARED / "bench" / "cases_right"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    print(printed, file=sys.stderr)
    right, total = map(int, re.findall(r"(\d+) of (\d+) right", printed)[-1])
    return {"right": right / total}


# Stance ---------------------------------------------------------------------------------------------------------------

LABELS = ("favor", "against", "neutral", "not_addressed")


def macro_f1(pairs: Iterable[tuple[str, str]]) -> float:
    """Return the mean F1 of the labels in the gold."""
    pairs = list(pairs)
    gold, found = [one for one, _ in pairs], [other for _, other in pairs]
    present = [label for label in LABELS if label in gold]
    both = {label: sum(one == other == label for one, other in pairs) for label in present}
    return sum(2 * both[each] / (gold.count(each) + found.count(each)) for each in present) / len(present)


def scored(rows: Sequence[dict], *options: str) -> dict[tuple[str, str], dict]:
    """Score the rows of a table."""
    with TemporaryDirectory() as place:
        table, output = Path(place) / "table.csv", Path(place) / "scores.jsonl"
        with table.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["id", "text", "target"], extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
        run_stance("score", table, "-o", output, *options)
        return {(each["comment"], each["target"]): each for each in read_lines(output)}


def measure_stances(table: str, *options: str) -> Figures:
    """Measure the stances of labelled comments."""
    rows = read_labels(SHARED / "bench" / "stance" / table)
    scores = scored(rows, *options)
    judged = [(each["label"], scores[each["id"], each["target"]]) for each in rows if each["label"]]
    addressed = [(label, found) for label, found in judged if label != "not_addressed"]
    return {
        "macro_f1": macro_f1((label, found["stance"] or "not_addressed") for label, found in judged),
        "addressed_right": sum(label == found["stance"] for label, found in addressed) / len(addressed),
    }


def read_cards() -> Figures:
    """Read the figures of comments that were left out of training from the card of the model."""
    card = json.loads((ROOT / "data" / "models" / "default" / "card.json").read_text(encoding="utf-8"))
    return {f"default_{kind}": record["macro_f1"] for kind, record in card["left_out"].items()}


def measure_articles() -> Figures:
    """Measure the tone of sentences that the gate shows, and their voices, against two readers who agree."""
    labels = {each["id"]: each for each in read_labels(SHARED / "real" / "news_sentence_labels.csv")}
    rows = [each for each in read_labels(SHARED / "real" / "news_sentences.csv.gz") if each["id"] in labels]
    rows = random.Random(0).sample(sorted(rows, key=lambda row: row["id"]), 600)
    with TemporaryDirectory() as place:
        pages, output = Path(place) / "documents.jsonl", Path(place) / "scores.jsonl"
        with pages.open("w", encoding="utf-8") as file:
            for row in rows:
                body = [text for text in (row["prev"], row["sentence"], row["next"]) if text]
                shown = {"id": row["id"], "source": row["id"], "title": row["title"], "language": "en"}
                file.write(json.dumps(shown | {"body": [" ".join(body)], "comments": []}) + "\n")
        run_stance("score", pages, "--articles", "-o", output)
        found = {(each["document"], each["target"], squeeze(each.get("text"))): each for each in read_lines(output)}
    shown, right, voices = 0, 0, []
    for row in rows:
        label, read = labels[row["id"]], found.get((row["id"], row["target"], squeeze(row["sentence"])))
        if read is None:
            continue
        if label["voice_a"] == label["voice_b"]:
            voices.append(read["voice"] == label["voice_a"])
        if label["tone_a"] == label["tone_b"] and read["tone"] in ("critical", "favorable"):
            shown += 1
            right += read["tone"] == label["tone_a"]
    return {"sides_right": right / max(1, shown), "sides_shown": shown / len(rows), "voices": sum(voices) / len(voices)}


# Statistics -----------------------------------------------------------------------------------------------------------


def measure_coverage() -> Figures:
    """Measure how often corrected intervals hold the truth in two simulated settings."""
    from research.benchmarks.coverage import Setting, simulate

    figures = {}
    for share, articles in ((0.40, 60), (0.05, 10)):
        tally = simulate(Setting(share, articles, "different"), 60, 7)
        for labels in ("100", "400"):
            figures[f"{share}_{articles}_{labels}"] = tally.mean(labels, "coverage")
            figures[f"{share}_{articles}_{labels}_corpus"] = tally.mean(labels, "corpus")
    return figures


def measure_lean() -> Figures:
    """Measure how often 50 labels find a lean of 30 points among comments of a blog, and how often not the wrong one."""
    import numpy as np

    from research.benchmarks.coverage import LEANING, led, run_real
    from stance.datamodels import STANCES

    texts = read_labels(SHARED / "real" / "blog_threads.csv")
    labels = read_labels(SHARED / "real" / "blog_threads_labels.csv")
    settled = {each["id"]: each["label_a"] for each in labels if each["target"] == "us"}
    rows = [each | {"target": "us"} for each in texts if settled.get(each["id"]) in LABELS]
    scores = scored(rows, "--model", "light")
    gold = np.array([STANCES.index(settled[each["id"]]) for each in rows])
    read = np.array([[scores[each["id"], "us"][stance] for stance in STANCES] for each in rows], np.float64)
    rng, found, wrong, leans = np.random.default_rng(7), 0, 0, 0
    for number in range(200):
        truth, net = run_real(rng, gold, read, (1.0, 3.0)[number % 2])
        if abs(truth) >= 100 * LEANING:
            leans += 1
            found += led(net) != 0
        wrong += led(net) * truth < 0
    return {"found": found / leans, "not_wrong": 1 - wrong / 200}


# Cost -----------------------------------------------------------------------------------------------------------------


def measure_speed() -> Figures:
    """Measure the processor time of a rival over ours: four commands, in turns, the median of three."""
    from research.benchmarks.speed import Bench, command
    from research.benchmarks.speed.beside_rival import COMMANDS, RIVAL, real_comments

    figures: Figures = {}
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder), real_comments(SHARED / "real" / "civil_comments.csv"), rounds=3)
        for model, kind in COMMANDS:
            pages, output = bench.place(kind, 30), bench.folder / "out.csv"
            ours = command("score", pages, output, "--model", model, "--jobs", "1")
            used = bench.seconds({"ours": (ours, ROOT), "rival": (["-c", RIVAL, pages, output], ROOT)})
            ratios = [rival / seconds for rival, seconds in zip(used["rival"], used["ours"], strict=True)]
            figures[f"{'dumps' if kind == 'dumps' else 'html'}_{model}"] = median(ratios)
    return figures


def measure_systems() -> Figures:
    """Measure the time of a fixed work over that of the parser, on a page of each comment system: the median of three."""
    from research.benchmarks.speed.stages import system_times

    runs = [system_times() for _ in range(3)]
    return {system: median(run[system][1] / run[system][0] for run in runs) for system in runs[0]}


def measure_wheel() -> Figures:
    """Measure the size of the wheel, as megabytes below 120; it must stay below 100."""
    with TemporaryDirectory() as place:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", place, str(ROOT)]
        subprocess.run(command, check=True, capture_output=True)
        (wheel,) = Path(place).glob("*.whl")
        return {"megabytes_below_120": 120 - wheel.stat().st_size / 1e6}


# All ------------------------------------------------------------------------------------------------------------------


class Group(NamedTuple):
    """Figures that are measured together."""

    measure: Callable[[], Figures]
    needs_shared: bool = True


GROUPS: dict[str, Group] = {
    **{
        f"parse/{name}/{ending.strip('.')}": Group(partial(measure_pages, name, ending))
        for name in ("dev", "dev2", "dev3")
        for ending in (".html", ".txt", ".flat.txt")
    },
    "parse/seeds": Group(partial(measure_pages, "seeds", ".txt")),
    "cases_right": Group(measure_cases),
    "stance/default": Group(partial(measure_stances, "comments_dev.csv")),
    "stance/light": Group(partial(measure_stances, "comments_dev.csv", "--model", "light")),
    "stance/languages": Group(
        partial(measure_stances, "comments_languages.csv", "--languages", "en,de,es,fr,nl,ru,tr,ar")
    ),
    "stance/left_out": Group(read_cards, needs_shared=False),
    "articles": Group(measure_articles),
    "simulated/coverage": Group(measure_coverage, needs_shared=False),
    "simulated/lean": Group(measure_lean),
    "speed": Group(measure_speed),
    "speed/systems": Group(measure_systems, needs_shared=False),
    "wheel": Group(measure_wheel, needs_shared=False),
}


def may_fall(group: str, first: float) -> float:
    """Return how far a figure of a group may be below its first value."""
    return ROOM.get(group.partition("/")[0], 0) * abs(first) or ALLOWED


def read_floors() -> dict[str, dict[str, dict[str, float]]]:
    """Read the file: for each group and figure its first value and its floor."""
    return json.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {}


def below(group: str, figures: Figures) -> list[str]:
    """Name the figures of a group that are below their floors."""
    floors = read_floors().get(group, {})
    missing = [f"{group} {name}: not measured" for name in floors if name not in figures]
    return missing + [
        f"{group} {name}: {figures[name]:.4f}, its floor is {floor['floor']:.4f} (first {floor['first']:.4f})"
        for name, floor in floors.items()
        if name in figures and figures[name] < floor["floor"] - SAME
    ]


def write_floors(group: str, figures: Figures, *, may_lower: bool) -> None:
    """Write the floors of a group; figures that scatter keep their room."""
    floors = read_floors()
    kept = floors.setdefault(group, {})
    scatters = group.partition("/")[0] in ROOM
    for name, value in figures.items():
        first = kept.get(name, {}).get("first", value)
        floor = first - may_fall(group, first) if scatters else value
        if name not in kept or floor > kept[name]["floor"] or may_lower:
            kept[name] = {"first": round(first, 4), "floor": round(floor, 4)}
    if may_lower:
        for name in set(kept) - set(figures):
            del kept[name]
    FLOORS.write_text(json.dumps(floors, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    """Measure groups, and compare or write their floors."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("groups", nargs="*", help="beginnings of names of groups; all where none is given")
    parser.add_argument("--write", action="store_true", help="raise floors, and add new ones")
    parser.add_argument("--lower", action="store_true", help="with --write: lower floors, too")
    given = parser.parse_args()
    failed = []
    for name, group in GROUPS.items():
        if given.groups and not name.startswith(tuple(given.groups)):
            continue
        if group.needs_shared and not SHARED.is_dir():
            print(f"{name}: skipped, it needs {SHARED}")
            continue
        begun = time.perf_counter()
        figures = group.measure()
        shown = ", ".join(f"{key} {value:.4f}" for key, value in figures.items())
        print(f"{name}: {shown} ({time.perf_counter() - begun:.0f} s)", flush=True)
        failed += (lost := below(name, figures))
        print(*(f"  BELOW {each}" for each in lost), sep="\n", end="\n" if lost else "")
        if given.write:
            write_floors(name, figures, may_lower=given.lower)
    return 1 if failed and not given.write else 0


if __name__ == "__main__":
    sys.exit(main())
