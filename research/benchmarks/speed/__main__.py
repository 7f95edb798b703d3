"""Measure speed: beside a rival, beside an earlier state, stage by stage, on Spark.

    python -m research.benchmarks.speed [--only pages] [--pages 120] [--rounds 5] [--comments FILE.csv] [--before CHECKOUT]
                               [-o build/speed.md]

Comments are those of ``--comments`` (a CSV with a column ``text``), or else the running text of the labelled comments,
cut to the lengths that comments under real pages have: texts of few words that come again would be looked up, not read.

With ``-o`` a table replaces the one between its marks in the report. Tables that take minutes, or need Spark,
are measured only when ``--only`` names them.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from research.benchmarks.speed import ROOT, Bench, command, environment, publish
from research.benchmarks.speed.beside_rival import labelled_comments, real_comments

TABLES = {
    **dict.fromkeys(("start", "pages", "commands", "names", "jobs", "scaling"), "beside_rival"),
    **dict.fromkeys(("stages", "systems"), "stages"),
    "spark": "spark",
}
"""Tables, with the module that measures each."""
ASKED = ("start", "pages", "commands", "names", "jobs", "systems")
"""Tables that need nothing beyond what developers install."""


def rows_of(table: str) -> Callable[[Bench], Iterator[str]]:
    """Load what measures a table: Spark is there only where it was installed for it."""
    module = import_module(f"research.benchmarks.speed.{TABLES[table]}")
    return getattr(module, f"{table}_rows")


def main() -> None:
    """Measure tables, and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", choices=TABLES, nargs="+", default=ASKED)
    parser.add_argument("--pages", type=int, default=120, help="of each kind; at most 60 for the command line")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--comments", type=Path, help="CSV with a column text (default: from labelled comments)")
    parser.add_argument("--ours", type=Path, default=ROOT, help="checkout to measure (default: this one)")
    parser.add_argument("--before", type=Path, help="checkout of an earlier state, to compare with")
    parser.add_argument("-o", "--output", type=Path, help="report whose tables are replaced")
    options = parser.parse_args()
    ours, before = options.ours.resolve(), options.before and options.before.resolve()
    say = real_comments(options.comments) if options.comments else labelled_comments()
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), say, options.rounds, options.pages, ours, before)
        for checkout in filter(None, (ours, before)):
            if not (checkout / "stance/__init__.py").exists():
                sys.exit(f"{checkout}: expected a checkout of the project")
            for model in ("light", "vader"):
                once = command("score", bench.place("WordPress", 2), Path(name, "out.csv"), "--model", model)
                bench.run([*once, "--jobs", "1"], checkout)  # compiles modules
        for table in options.only:
            how = (
                f"python -m research.benchmarks.speed --only {table} --pages {options.pages} --rounds {options.rounds}"
            )
            how += f" --comments {options.comments.name}" if options.comments else ""
            publish(table, rows_of(table)(bench), how, options.output)
    print(", ".join(f"{name} {value}" for name, value in environment().items()))


if __name__ == "__main__":
    main()
