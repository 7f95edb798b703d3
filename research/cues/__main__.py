"""Check cues, or weigh them from labels.

python -m research.cues check [FOLDER] [--labels TABLE]... [--targets FILE] [--json]
python -m research.cues weigh TABLE... [--cues FOLDER] [-o FOLDER] [--dry-run] [--targets FILE] [--seed N] [--json]
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from stance.exceptions import StanceError
from stance.resources import CUES
from stance.scoring.targets import load_targets

from .checking import check_cues, check_table, check_to_record
from .rewriting import rewrite_cues
from .weights import weigh_cues, weights_table, weights_to_record

UNSOUND, SKIPPED = 2, 3
"""Exit codes, as those of ``stance``."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m research.cues", description="Check or weigh cues.")
    commands = parser.add_subparsers(required=True)
    check = commands.add_parser("check", help="Find cues that are broken, never fire, or contradict others or labels.")
    check.add_argument("folder", type=Path, nargs="?", default=CUES, help="Cues; the built-in ones if not given.")
    check.add_argument(
        "--labels", type=Path, action="append", default=[], help="Table of labelled comments (repeatable)."
    )
    check.set_defaults(run=run_check)
    weigh = commands.add_parser("weigh", help="Estimate the weights of cues from labelled comments.")
    weigh.add_argument("labels", type=Path, nargs="+", help="Tables of labelled comments.")
    weigh.add_argument("--cues", type=Path, default=CUES, help="Cues to weigh; the built-in ones if not given.")
    weigh.add_argument("--output", "-o", type=Path, help="Folder for the cue files with new weights.")
    weigh.add_argument("--dry-run", action="store_true", help="With -o: do all but write the files.")
    weigh.add_argument("--seed", type=int, default=0, help="Random seed of the bootstrap.")
    weigh.set_defaults(run=run_weigh)
    for command in (check, weigh):
        command.add_argument("--targets", type=Path, help="File of your own targets.")
        command.add_argument("--json", action="store_true", help="Print JSON.")
    given = parser.parse_args(arguments)
    try:
        return int(given.run(given))
    except StanceError as error:
        print(f"cues: {error}", file=sys.stderr)
        return UNSOUND


def run_check(given: argparse.Namespace) -> int:
    """Print the findings in the cues of a folder."""
    found = check_cues(given.folder, labels=given.labels, targets=load_targets(given.targets))
    print(_json(check_to_record(found)) if given.json else check_table(found))
    return 0 if found.is_sound else UNSOUND


def run_weigh(given: argparse.Namespace) -> int:
    """Print which weights move, and write the cue files with them."""
    found = weigh_cues(given.labels, folder=given.cues, targets=load_targets(given.targets), seed=given.seed)
    for skip in found.skipped:
        print(f"{skip.source}: skipped: {skip.reason}", file=sys.stderr)
    if given.output:
        lines = rewrite_cues(found.folder, found.weighed, given.output, dry_run=given.dry_run)
        would = "would be " if given.dry_run else ""
        print(f"{given.output}: {would}written, {lines} lines with another weight", file=sys.stderr)
    print(_json(weights_to_record(found)) if given.json else weights_table(found))
    return SKIPPED if found.skipped else 0


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2)


if __name__ == "__main__":
    sys.exit(main())
