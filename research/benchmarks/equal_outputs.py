"""Check that outputs do not depend on what should not change them: another version, or another way to run the same.

    python -m research.benchmarks.equal_outputs OLD_CHECKOUT [--pages FOLDER]... [--model light] [--jobs 2]
    python -m research.benchmarks.equal_outputs --checks crlf,nfd [--pages FOLDER] [--model default]

The first compares all outputs of two versions byte by byte: of score, report, compare and export. The second scores
inputs again after each of the changes of ``CHECKS``, and prints the rows that differ and the new warnings; ``all`` stands
for all of them. Pages are those of the demonstration, generated ones, and those of the folders given. The exit code is 1
where a file differs, only one version writes it, or rows differ without a warning.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
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


LOCALES = ("C", "tr_TR.UTF-8", "de_DE.UTF-8")
WORDS = ("Çok güzel, İstanbul!", "Größe à la NATO", "Русские правы, США нет", "America, go home \U0001f1fa")


def lay_out_varied(folder: Path, given: Sequence[Path]) -> None:
    """Write 15 pages of the demonstration, the seeds, 30 generated documents, and two tables of six documents."""
    with ZipFile(ROOT / "data" / "demo.zip") as demo:
        for name in sorted(each for each in demo.namelist() if each.startswith("pages/"))[::5][:15]:
            demo.extract(name, folder)
    for source in (*ROOT.glob("seeds/*.txt"), *(page for each in given for page in sorted(each.glob("*.[ht]*"))[:60])):
        shutil.copy(source, folder)
    for name, made in (("page.html", make_pages()), ("discuz.html", make_wpdiscuz()), ("dump.txt", make_dumps())):
        for number, text in enumerate(islice(made, 10)):
            (folder / f"{number}-{name}").write_text(text, encoding="utf-8")
    for table in ("a", "b"):
        lines = ["id,parent,document,outlet,author,text\n"]
        for n in range(90):
            parent = f"{table}{n - 6}" if n > 5 else ""
            lines.append(f'{table}{n},{parent},{table}{n % 6},Paper {table},Ann{n % 7},"{WORDS[n % 4]}\nNo. {n}"\n')
        (folder / f"{table}.csv").write_text("".join(lines), encoding="utf-8")


def rewrite(change: Callable[[str], str], folder: Path) -> None:
    """Change the text of each file; bytes that are not UTF-8 stay."""
    for path in folder.rglob("*.*"):
        text = path.read_bytes().decode("utf-8", "surrogateescape")
        path.write_bytes(change(text).encode("utf-8", "surrogateescape"))


def split_tables(folder: Path) -> None:
    """Cut each table into two files in the middle of its documents."""
    for path in list(folder.glob("*.csv")):
        head, *lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for part, some in (("first", lines[:80]), ("second", lines[80:])):
            path.with_name(f"{path.stem}-{part}.csv").write_text("".join((head, *some)), encoding="utf-8")
        path.unlink()


CHANGES: dict[str, Callable[[Path], None]] = {
    "split": split_tables,
    "crlf": lambda folder: rewrite(lambda text: text.replace("\n", "\r\n"), folder),
    "nfd": lambda folder: rewrite(lambda text: unicodedata.normalize("NFD", text), folder),
}
ENVIRONMENTS = {"seed": {"PYTHONHASHSEED": "7"}, **{name: {"LC_ALL": name} for name in LOCALES}}
CHECKS = ("order", "jobs", *CHANGES, *ENVIRONMENTS, "busy")


def score(check: str, place: Path, given: argparse.Namespace) -> tuple[Counter[str], set[str]]:
    """Return the rows that are written after one change, and the warnings."""
    folder, scores = place / check / "inputs", place / check / "scores.csv"
    folder.mkdir(parents=True)
    lay_out_varied(folder, given.pages)
    CHANGES.get(check, lambda _: None)(folder)
    names = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.*"))
    names = random.Random(1).sample(names, len(names)) if check == "order" else names
    jobs = "2" if check == "jobs" else "1"
    command = [
        sys.executable,
        "-m",
        "stance",
        "score",
        *names,
        "-o",
        scores,
        "--model",
        given.model or "default",
        "--jobs",
        jobs,
    ]
    ours = {"PYTHONPATH": str(ROOT), "STANCE_KEY_FILE": str(place / "key"), "LOCPATH": str(place / "locales")}
    environment = {**os.environ, **ours, **ENVIRONMENTS.get(check, {})}
    wait = ["nice", sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(wait) for _ in range(14 if check == "busy" else 0)]
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    finally:
        for each in busy:
            each.kill()
    rows = Counter(scores.read_text(encoding="utf-8").splitlines())
    said = done.stderr.decode("utf-8", "replace").splitlines()
    return rows, {each for each in said if "warning: " in each or "skipped: " in each}


def check_changes(given: argparse.Namespace) -> int:
    """Run the checks, and print what differs after each."""
    silent = 0
    with TemporaryDirectory() as place:
        (locales := Path(place) / "locales").mkdir()
        for name in LOCALES[1:]:
            subprocess.run(["localedef", "-i", name[:5], "-f", "UTF-8", locales / name], check=True)
        expected, heard = score("unchanged", Path(place), given)
        for check in CHECKS if given.checks == "all" else given.checks.split(","):
            rows, said = score(check, Path(place), given)
            changed, new = (expected - rows) + (rows - expected), sorted(said - heard)
            silent += 0 if new else changed.total()
            print(f"{check}: {changed.total():,} of {expected.total():,} rows differ", *new, *changed, sep="\n  ")
    return 1 if silent else 0


def compare_versions(given: argparse.Namespace) -> int:
    """Compare two versions, and print what differs."""
    found = []
    with TemporaryDirectory() as place:
        for name, checkout, jobs in (("old", given.old.resolve(), "1"), ("new", ROOT, given.jobs)):
            lay_out(Path(place) / name, given.pages)
            run_commands(checkout, Path(place) / name, ["--model", given.model or "light", "--jobs", jobs])
            found.append(contents(Path(place) / name))
    changed = list(differences(*found))
    print(*changed, f"{len(found[0]):,} files; {len(changed):,} differ", sep="\n")
    return 1 if changed else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("old", type=Path, nargs="?", help="Checkout of the other version.")
    parser.add_argument("--checks", help="Changes after which inputs are scored again, or all.")
    parser.add_argument("--pages", type=Path, action="append", default=[], help="Folder of further pages.")
    parser.add_argument("--model", help="By default light for versions, and default for checks.")
    parser.add_argument("--jobs", default="1", help="Worker processes of the new version.")
    given = parser.parse_args(arguments)
    if bool(given.old) == bool(given.checks):
        parser.error("expected either OLD_CHECKOUT or --checks")
    return compare_versions(given) if given.old else check_changes(given)


if __name__ == "__main__":
    sys.exit(main())
