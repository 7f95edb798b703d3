"""Kill ``stance store merge`` at random moments, run it again, and count the stores that are whole and the same.

    python -m research.benchmarks.killed_merge --kills 30 --seed 1

One of the two stores has a forgotten author, of whom the other still has comments.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from stance.pseudonyms import load_key  # noqa: E402
from stance.store import Store  # noqa: E402
from stance.store.forgetting import forget  # noqa: E402
from tests.support.labelled_stores import make_labelled_store  # noqa: E402
from tests.support.store_samples import page, stored, update, write  # noqa: E402


def make_stores(folder: Path) -> tuple[list[Path], str]:
    """Return two stores with the same pages, and an author who was forgotten in the second only."""
    first = make_labelled_store(folder)
    second = folder / "second.db"
    pages = [write(folder / "more.jsonl", page("elsewhere", 20, outlet="Outlet 0")), *sorted(folder.glob("?.jsonl"))]
    update(pages, second)
    author = str(stored(first)[0].comments[0].author)
    forget(author, second, key=load_key(folder / "key.db"))
    return [first, second], author


def contents(path: Path) -> list[object]:
    with Store.read(path) as store:
        assert not list(store.problems())
        return list(store.rows("SELECT * FROM checksums"))


def measure(folder: Path, kills: int, seed: int) -> Counter[str]:
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
    expected = contents(output)
    for number in range(kills):
        output = folder / f"merged{number}.db"
        process = subprocess.Popen(command(output), env=environment, stderr=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 1.0) * seconds)
        process.send_signal(signal.SIGKILL)
        count["ended before the kill"] += process.wait() == 0
        count["partial"] += output.exists() and contents(output) != expected
        again = subprocess.run(command(output), env=environment, capture_output=True, check=False)
        whole = again.returncode == 0 and contents(output) == expected
        count["whole"] += whole
        if not whole:
            print(f"kill {number}: exit code {again.returncode}, {again.stderr.decode()[:300]}", file=sys.stderr)
        count["forgotten"] += output.exists() and author.encode() in output.read_bytes()
        count["left over"] += any(folder.glob(".merge-*"))
    return count


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        count = measure(Path(folder), chosen.kills, chosen.seed)
    print(json.dumps({"kills": chosen.kills, "seed": chosen.seed, **count}, indent=1))


if __name__ == "__main__":
    main()
