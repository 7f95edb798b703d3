"""The commands about cues: a table of contents of their own, since cues are data that people write and check."""

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import AsJson, LabelFiles, Quiet, TargetsFile
from stance.cli.running import (
    WRONG_USAGE,
    close_journal,
    fail,
    one_line_errors,
    open_journal,
    say,
    show_json,
    show_progress,
)

app = typer.Typer(no_args_is_help=True)


@app.callback()
def cues() -> None:
    """Check and weigh the cues: the phrases in which people take sides."""


@app.command()
@one_line_errors
def check(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="Cues of your own; the shipped ones if not given.")
    ] = None,
    labels: Annotated[
        list[Path] | None, typer.Option("--labels", help="Tables of labelled comments; may be given several times.")
    ] = None,
    targets: TargetsFile = None,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Findings shown of each kind.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find cues that are broken, never fire, contradict each other or disagree with labels."""
    from stance.cues.checking import check_cues, check_table, check_to_record
    from stance.resources import CUES
    from stance.targets import load_targets

    found = check_cues(folder or CUES, labels=labels or (), targets=load_targets(targets))
    if as_json:
        show_json(check_to_record(found))
    else:
        print(check_table(found, limit=limit))
    if not found.is_sound:
        fail(WRONG_USAGE)


@app.command()
@one_line_errors
def weigh(
    labels: LabelFiles,
    cues: Annotated[
        Path | None, typer.Option("--cues", help="Folder of cues to weigh; the shipped ones if not given.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the cue files with their new weights.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With -o: do all but write the files.")] = False,
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", min=0, help="Of the bootstrap.")] = 0,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Weights shown.")] = 40,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Estimate the weights of cues anew from labelled comments; only the weights that labels contradict move."""
    from stance.cues.rewriting import rewrite_cues
    from stance.cues.weights import BATCH, weigh_cues, weights_table, weights_to_record
    from stance.resources import CUES
    from stance.targets import load_targets

    journal = open_journal(quiet)
    found = weigh_cues(
        labels,
        folder=cues or CUES,
        targets=load_targets(targets),
        seed=seed,
        watch=lambda batches: show_progress(batches, quiet, f"times {BATCH} pairs read"),
    )
    for skip in found.skipped:
        journal.skip(skip)
    if output:
        lines = rewrite_cues(found.folder, found.weighed, output, dry_run=dry_run)
        if not quiet:
            say(f"{output}: {'would be ' if dry_run else ''}written, {lines} lines with another weight")
    if as_json:
        show_json(weights_to_record(found))
    else:
        print(weights_table(found, limit=limit))
    close_journal(journal)
