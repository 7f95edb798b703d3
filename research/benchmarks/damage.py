"""Break stores, and count the results that differ without a word: no exit code above 0.

    python -m research.benchmarks.damage --flips 200 --seed 1
    python -m research.benchmarks.damage --kills 30 --seed 1

Each trial of the first flips one bit of a store with documents, scores of two runs, a sample and labels, then exports
it, reports it, reads its labels and verifies it. A silent trial ends with exit code 0 and has other rows, shares or
labels. ``--merge`` also merges each damaged store and verifies the result. The second kills ``stance store merge`` at
random moments, runs it again, and counts the stores that are whole and the same; one of the two stores has a forgotten
author, of whom the other still has comments.
"""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from typer.testing import CliRunner

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from stance.cli import app  # noqa: E402
from stance.pseudonyms import load_key  # noqa: E402
from stance.store import Store  # noqa: E402
from stance.store.forgetting import forget  # noqa: E402
from tests.support.labelled_stores import make_labelled_store  # noqa: E402
from tests.support.store_samples import page, stored, update, write  # noqa: E402

KINDS = ("export", "report", "labels", "verify")


def run(*arguments: str | Path) -> int:
    """Run a command; 99: it ended with an error that is no message."""
    result = CliRunner().invoke(app, [*map(str, arguments)])
    return 99 if result.exception and not isinstance(result.exception, SystemExit) else result.exit_code


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"


def results(store: Path, folder: Path) -> dict[str, tuple[int, str]]:
    """Return the exit code of each command, and a digest of what it wrote."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    table, labels, report = folder / "scores.csv", folder / "labels.csv", folder / "report"
    found = {"export": (run("export", store, "-o", table), digest(table))}
    code = run("report", store, "-o", report, "--model", "vader", "--quiet")
    shown = report / "summary.json"
    record = json.loads(shown.read_text(encoding="utf-8")) if shown.is_file() else {}
    shares = [record.get(name) for name in ("documents", "targets", "groups", "whole", "audit", "skipped")]
    found["report"] = code, hashlib.sha256(json.dumps(shares, sort_keys=True).encode()).hexdigest()
    found["labels"] = run("labels", "convert", store, "-o", labels), digest(labels)
    found["verify"] = run("store", "verify", store, "--quiet"), ""
    return found


def flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def flip_bits(folder: Path, flips: int, seed: int, *, merges: bool = False) -> Counter[str]:
    """Return the number of trials by how they ended.

    ``silent``: other results with exit code 0; ``unseen``: of these and others, those that ``verify`` calls sound;
    ``refused``: no export at all; ``merged``: stores of which the sound part was merged into a store without problems.
    """
    store, trial = make_labelled_store(folder / "store"), folder / "trial"
    before, data = results(store, folder / "out"), store.read_bytes()
    if any(code for code, _ in before.values()):
        raise SystemExit(f"the store is not sound before: {before}")
    draw, count = random.Random(seed), Counter[str]()
    for number in range(flips):
        shutil.rmtree(trial, ignore_errors=True)
        trial.mkdir()
        damaged, bit = trial / store.name, draw.randrange(8 * len(data))
        damaged.write_bytes(flip(data, bit))
        shutil.copy(damaged, store)  # the name of a store is in its results
        after = results(store, folder / "out")
        silent = [name for name in KINDS if after[name][0] == 0 and after[name][1] != before[name][1]]
        differs = any(after[name][1] != before[name][1] for name in KINDS)
        count["silent"] += bool(silent)
        count["traceback"] += any(code == 99 for code, _ in after.values())
        count["unseen"] += differs and after["verify"][0] == 0
        count["refused"] += after["export"][1] == "none"
        count["seen by verify"] += after["verify"][0] != 0
        if silent or any(code == 99 for code, _ in after.values()):
            print(f"trial {number}, bit {bit} (page {bit // 8 // 4096 + 1}): {silent} {after}", file=sys.stderr)
        if merges:
            merged = trial / "merged.db"
            code = run("store", "merge", store, "-o", merged, "--quiet")
            count["merged"] += code in (0, 3) and run("store", "verify", merged, "--quiet") == 0
        shutil.copyfile(damaged, trial / "damaged.db")
        store.write_bytes(data)
    return count


def make_stores(folder: Path) -> tuple[list[Path], str]:
    """Return two stores with the same pages, and an author who was forgotten in the second only."""
    first = make_labelled_store(folder)
    second = folder / "second.db"
    pages = [write(folder / "more.jsonl", page("elsewhere", 20, outlet="Outlet 0")), *sorted(folder.glob("?.jsonl"))]
    update(pages, second)
    author = str(stored(first)[0].comments[0].author)
    forget(author, second, key=load_key(folder / "key.db"))
    return [first, second], author


def merged_rows(path: Path) -> list[object]:
    with Store.read(path) as store:
        assert not list(store.problems())
        return list(store.rows("SELECT * FROM checksums"))


def kill_merges(folder: Path, kills: int, seed: int) -> Counter[str]:
    """Return the number of trials by how they ended.

    ``whole``: the second run ended with exit code 0 and a sound store with the same data; ``forgotten``: comments of
    the forgotten author there; ``partial``: stores that a kill left and that
    are not the whole one.
    """
    sources, author = make_stores(folder)
    draw, count = random.Random(seed), Counter[str]()

    def command(output: Path) -> list[str]:
        key = ["--key-file", str(folder / "key.db")]
        return [sys.executable, "-m", "stance", "store", "merge", *map(str, sources), "-o", str(output), *key]

    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    seconds = 60.0  # of the fastest of three runs
    for number in range(3):
        start, output = time.monotonic(), folder / f"reference{number}.db"
        subprocess.run(command(output), check=True, env=environment, capture_output=True)
        seconds = min(seconds, time.monotonic() - start)
    expected = merged_rows(output)
    for number in range(kills):
        output = folder / f"merged{number}.db"
        process = subprocess.Popen(command(output), env=environment, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        count["ended before the kill"] += process.wait() == 0
        count["partial"] += output.exists() and merged_rows(output) != expected
        again = subprocess.run(command(output), env=environment, capture_output=True, check=False)
        whole = again.returncode == 0 and merged_rows(output) == expected
        count["whole"] += whole
        if not whole:
            print(f"kill {number}: exit code {again.returncode}, {again.stderr.decode()[:300]}", file=sys.stderr)
        count["forgotten"] += output.exists() and author.encode() in output.read_bytes()
        count["left over"] += any(folder.glob(".merge-*"))
    return count


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--kills", type=int, default=0, help="Kill merges instead.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--merge", action="store_true")
    given = parser.parse_args(arguments)
    trials = {"kills": given.kills} if given.kills else {"flips": given.flips}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if given.kills:
            count = kill_merges(folder, given.kills, given.seed)
        else:
            count = flip_bits(folder, given.flips, given.seed, merges=given.merge)
    print(json.dumps({**trials, "seed": given.seed, **count}, indent=1))


if __name__ == "__main__":
    main()
