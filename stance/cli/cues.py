"""The commands about cues: a table of contents of their own, since cues are data that people write and check."""

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import AsJson, TargetsFile
from stance.cli.running import WRONG_USAGE, fail, one_line_errors, show_json

app = typer.Typer(no_args_is_help=True)


@app.callback()
def cues() -> None:
    """Check the cues: the phrases in which people take sides."""


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
    from stance.cue_check import check_cues, check_table, check_to_record
    from stance.resources import CUES
    from stance.targets import load_targets

    found = check_cues(folder or CUES, labels=labels or (), targets=load_targets(targets))
    if as_json:
        show_json(check_to_record(found))
    else:
        print(check_table(found, limit=limit))
    if not found.is_sound:
        fail(WRONG_USAGE)
