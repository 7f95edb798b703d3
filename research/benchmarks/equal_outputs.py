"""Compare all outputs of two versions, byte by byte: of score, report, compare and export.

    python -m research.benchmarks.equal_outputs OLD_CHECKOUT [--pages FOLDER]... [--model light] [--jobs 2]

Pages are those of the demonstration, with its labels, generated ones, and those of the folders given. The exit code is
1 where a file differs, or only one version writes it.
"""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from research.benchmarks.material import make_dumps, make_pages, make_wpdiscuz

ROOT = Path(__file__).parents[2]

COMMANDS = (
    "score pages -o scores.csv",
    "score pages --articles -o scores.jsonl",
    "score pages -o store.db",
    "export store.db -o exported.jsonl",
    "export store.db -o exported.csv",
    "report pages --labels labels.csv -o report",
    "report store.db -o stored",
    "report store.db --names -o named",
    "report store.db --public -o public",
    "compare store.db --by outlet,month --trend month -o compared",
    "report pages/wordpress-034.html -o single",
    "report scores.csv -o bare",
)
"""Each runs in the folder of its version, which holds the same pages under the same names."""

RUN_ONLY = (".db", ".db-shm", ".db-wal")
"""Endings of files that hold times of the run; what they hold is exported."""


def lay_out(folder: Path, given: Sequence[Path]) -> None:
    """Put the pages, the labels and the key into a folder."""
    pages = folder / "pages"
    with ZipFile(ROOT / "data" / "demo.zip") as packed:
        packed.extractall(folder)
    for name, made in (("page.html", make_pages()), ("discuz.html", make_wpdiscuz()), ("dump.txt", make_dumps())):
        for number, text in enumerate(islice(made, 3)):
            (pages / f"{number}-{name}").write_text(text, encoding="utf-8")
    for number, source in enumerate(given):
        shutil.copytree(source, pages / f"given{number}")


def run_commands(checkout: Path, folder: Path, options: Sequence[str]) -> None:
    """Run all commands of one version, and keep what they print."""
    (folder / ".stance.key").chmod(0o600)
    environment = {**os.environ, "PYTHONPATH": str(checkout), "STANCE_KEY_FILE": ".stance.key"}
    for number, line in enumerate(COMMANDS):
        takes_model = line.startswith(("score", "report pages"))
        command = [sys.executable, "-m", "stance", *line.split(), *(options if takes_model else ())]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
        printed = done.stdout + done.stderr + f"exit code {done.returncode}\n".encode()
        (folder / f"printed{number}.txt").write_bytes(printed.replace(os.fsencode(checkout), b"CHECKOUT"))


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder by name, without those that hold times."""
    files = (each for each in folder.rglob("*") if each.is_file() and each.suffix not in RUN_ONLY)
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in files}


def differences(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Iterator[str]:
    """Name the files that differ, with the place of the first byte that does."""
    for name in sorted({*old, *new}):
        if name not in old or name not in new:
            yield f"{name}: only in the {'new' if name in new else 'old'} version"
        elif (one := old[name]) != (other := new[name]):
            at = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), len(one))
            yield f"{name}: {one[max(0, at - 60) : at + 60]!r} is now {other[max(0, at - 60) : at + 60]!r}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two versions, and print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", type=Path, help="Checkout of the other version.")
    parser.add_argument("--pages", type=Path, action="append", default=[], help="Folder of further pages.")
    parser.add_argument("--model", default="light")
    parser.add_argument("--jobs", default="1", help="Worker processes of the new version.")
    given = parser.parse_args(arguments)
    found = []
    with TemporaryDirectory() as place:
        for name, checkout, jobs in (("old", given.old.resolve(), "1"), ("new", ROOT, given.jobs)):
            lay_out(Path(place) / name, given.pages)
            run_commands(checkout, Path(place) / name, ["--model", given.model, "--jobs", jobs])
            found.append(contents(Path(place) / name))
    changed = list(differences(*found))
    print(*changed, f"{len(found[0]):,} files; {len(changed):,} differ", sep="\n")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
