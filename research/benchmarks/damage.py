"""Flip single bits of a store and count the results that differ without a word: no exit code above 0.

    python -m research.benchmarks.damage --flips 200 --seed 1

Each trial flips one bit of a store with documents, scores of two runs, a sample and labels, then exports it, reports
it, reads its labels and verifies it. A silent trial ends with exit code 0 and has other rows, shares or labels.
``--merge`` also merges each damaged store and verifies the result.
"""

import argparse
import hashlib
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from stance.cli import app
from tests.support.labelled_stores import make_labelled_store

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


def measure(folder: Path, flips: int, seed: int, *, merges: bool = False) -> Counter[str]:
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


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--merge", action="store_true")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        count = measure(Path(folder), chosen.flips, chosen.seed, merges=chosen.merge)
    print(json.dumps({"flips": chosen.flips, "seed": chosen.seed, **count}, indent=1))


if __name__ == "__main__":
    main()
