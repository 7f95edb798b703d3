"""Build the pages, read them as a new user would, and set what the reports say beside what is true.

python -m research.demo [--pages 100] [--labels 450] [--seed 0] [--model default] [-o build/demo]
python -m research.demo --ship data/demo.zip  # what stance demo unpacks
"""

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

from .choosing import OUTLETS, choose_comments, read_candidates
from .pages import Outlet, StoryPage, lay_out, read_material, read_outlets, write_pages
from .planting import long_thread, plant_wording
from .truth import fill_labels, judge, result_lines, result_record, truth_record

ROOT = Path(__file__).parent.parent.parent
KEY = Path(__file__).with_name("demo.key")
"""Of the pseudonyms. It is public: nobody on these pages exists, and the same seed gives the same report."""


def build_pages(count: int, seed: int) -> list[StoryPage]:
    """Make the pages of all three outlets.

    :param count: Pages, at least 9.
    :raises ValueError: If the corpus does not hold enough comments.
    """
    rng, material = np.random.default_rng(seed), read_material()
    outlets = read_outlets(material)[: len(OUTLETS)]
    shares = [len(part) for part in np.array_split(np.arange(count), len(OUTLETS))]
    chosen = choose_comments(read_candidates(), shares)
    pages: list[StoryPage] = []
    for outlet, comments, own in zip(outlets, chosen, shares, strict=True):
        pages += lay_out(comments, outlet, own, len(pages) + 1, material, rng)
    plant_wording(pages, outlets, np.random.default_rng([seed, 1]))
    return pages


def build_thread(number: int, seed: int) -> StoryPage:
    """Make the page with a long thread, of comments that models were trained on: it has a report of its own."""
    material = read_material()
    return long_thread(read_outlets(material)[-1], number, material, np.random.default_rng([seed, 2]))


def run_stance(*arguments: str | Path) -> None:
    """Run a command as a reader would type it, and show it; the run ends where it does not end well."""
    words = [str(argument) for argument in arguments]
    print("\n$", shlex.join(["stance", *words]), flush=True)
    code = subprocess.run([sys.executable, "-m", "stance", *words], check=False).returncode
    if code:
        raise SystemExit(f"demo: stance {words[0]} ended with exit code {code}; expected 0, on pages that are whole")


def read_as_a_user(folder: Path, pages: Sequence[StoryPage], labels: int, seed: int, model: str) -> None:
    """Draw an audit sample, label it, and write the report and the comparison."""
    saved, drawn, audit = folder / "pages", folder / "sample.csv", folder / "audit.csv"
    key = ("--key-file", KEY)
    run_stance("sample", saved, "-o", drawn, "--stratify", "outlet", "-n", str(labels), "--seed", str(seed), *key)
    print(f"{fill_labels(drawn, audit, pages)} rows labelled with what is true of them: {audit}")
    for verb in (("report",), ("compare", "--by", "outlet")):
        run_stance(*verb, saved, "--labels", audit, "-o", folder / "report", "--model", model, *key)
    run_stance("report", folder / "thread", "-o", folder / "thread-report", "--model", model, *key)


def six_outlets(count: int, seed: int) -> list[StoryPage]:
    """Make the pages of six smaller outlets: every other page of an outlet is that of its sister."""
    sisters = {each["layout"]: Outlet(**each) for each in read_material()["sisters"]}
    pages = build_pages(count, seed)
    return [replace(page, outlet=sisters[page.outlet.layout]) if at % 2 else page for at, page in enumerate(pages)]


def ship(path: Path, *, count: int, labels: int, seed: int) -> None:
    """Pack six outlets, labels of a sample and a key, with the same bytes every time."""
    with TemporaryDirectory() as made, ZipFile(path, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        folder = Path(made)
        pages = six_outlets(count, seed)
        write_pages(pages, folder / "pages")
        drawn, key = folder.parent / f"{folder.name}.csv", folder / ".stance.key"
        key.write_bytes(KEY.read_bytes())
        key.chmod(0o600)
        sampled = ("-o", drawn, "--stratify", "outlet", "-n", str(labels), "--seed", str(seed), "--key-file", key)
        run_stance("sample", folder / "pages", *sampled)
        fill_labels(drawn, folder / "labels.csv", pages)
        drawn.unlink()
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                packed.writestr(ZipInfo(each.relative_to(folder).as_posix()), each.read_bytes(), ZIP_DEFLATED, 9)


def write_json(record: object, path: Path) -> None:
    """Write a record for people and programs to read."""
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def demonstrate(folder: Path, *, count: int, labels: int, seed: int, model: str) -> None:
    """Do all of it in a folder of its own."""
    pages = build_pages(count, seed)
    thread = build_thread(count + 1, seed)
    write_pages(pages, folder / "pages")
    write_pages([thread], folder / "thread")
    truth = truth_record(pages, seed)
    write_json(truth, folder / "truth.json")
    for outlet in truth["outlets"]:
        print("{outlet} ({layout}): {pages} pages, {comments} comments, {replies} of them replies, {authors} authors"
              .format(**outlet))  # fmt: skip
    read_as_a_user(folder, pages, labels, seed, model)
    comparison = json.loads((folder / "report" / "comparison.json").read_text(encoding="utf-8"))
    lines, pairs = judge(comparison, pages)
    write_json(result_record(lines, pairs), folder / "result.json")
    drawn = "\n".join(result_lines(lines, pairs))
    (folder / "result.md").write_text(drawn + "\n", encoding="utf-8")
    print(f"\n{drawn}\n\nread {folder / 'report' / 'index.html'} and {folder / 'report' / 'comparison.html'}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m research.demo", description="A demonstration with a known truth.")
    parser.add_argument("--pages", type=int, default=100, help="pages to build (9 to 100)")
    parser.add_argument("--labels", type=int, default=450, help="comments to label, an equal number of each outlet")
    parser.add_argument("--seed", type=int, default=0, help="of authors, dates, pages and the draw of labels")
    parser.add_argument("--model", default="default", help="what scores the comments")
    parser.add_argument("-o", "--output", type=Path, default=Path("build/demo"), help="folder to write")
    parser.add_argument("--ship", type=Path, help="pack the pages and labels of stance demo into this file instead")
    given = parser.parse_args(arguments)
    if not 9 <= given.pages <= 100:
        parser.error(f"--pages {given.pages}; expected 9 to 100")
    if given.ship:
        ship(given.ship, count=given.pages, labels=given.labels, seed=given.seed)
        return
    demonstrate(given.output, count=given.pages, labels=given.labels, seed=given.seed, model=given.model)


if __name__ == "__main__":
    main()
