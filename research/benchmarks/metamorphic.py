"""Check that scores do not depend on what should not change them.

    python -m research.benchmarks.metamorphic [--pages FOLDER] [--model default] [--checks crlf,nfd]

The inputs are 62 documents of ours, and the first 60 pages of the folder given. Each check scores them again after one
change, and prints the rows that differ and the new warnings. The exit code is 1 where rows differ without a warning.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from research.benchmarks.material import make_dumps, make_pages, make_wpdiscuz

ROOT = Path(__file__).parents[2]
LOCALES = ("C", "tr_TR.UTF-8", "de_DE.UTF-8")
WORDS = ("Çok güzel, İstanbul!", "Größe à la NATO", "Русские правы, США нет", "America, go home \U0001f1fa")


def lay_out(folder: Path, given: Path | None) -> None:
    """Write 15 pages of the demonstration, the seeds, 30 generated documents, and two tables of six documents."""
    with ZipFile(ROOT / "data" / "demo.zip") as demo:
        for name in sorted(each for each in demo.namelist() if each.startswith("pages/"))[::5][:15]:
            demo.extract(name, folder)
    for source in (*ROOT.glob("seeds/*.txt"), *(sorted(given.glob("*.[ht]*"))[:60] if given else ())):
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
    lay_out(folder, given.pages)
    CHANGES.get(check, lambda _: None)(folder)
    names = sorted(each.relative_to(folder).as_posix() for each in folder.rglob("*.*"))
    names = random.Random(1).sample(names, len(names)) if check == "order" else names
    jobs = "2" if check == "jobs" else "1"
    command = [sys.executable, "-m", "stance", "score", *names, "-o", scores, "--model", given.model, "--jobs", jobs]
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


def main() -> int:
    """Run the checks, and print what differs after each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=Path, help="Folder of further pages.")
    parser.add_argument("--model", default="default")
    parser.add_argument("--checks", default=",".join(CHECKS))
    given, silent = parser.parse_args(), 0
    with TemporaryDirectory() as place:
        (locales := Path(place) / "locales").mkdir()
        for name in LOCALES[1:]:
            subprocess.run(["localedef", "-i", name[:5], "-f", "UTF-8", locales / name], check=True)
        expected, heard = score("unchanged", Path(place), given)
        for check in given.checks.split(","):
            rows, said = score(check, Path(place), given)
            changed, new = (expected - rows) + (rows - expected), sorted(said - heard)
            silent += 0 if new else changed.total()
            print(f"{check}: {changed.total():,} of {expected.total():,} rows differ", *new, *changed, sep="\n  ")
    return 1 if silent else 0


if __name__ == "__main__":
    sys.exit(main())
