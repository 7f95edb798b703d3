"""The verb that makes models: train."""

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import (
    AsJson,
    LabelFiles,
    Quiet,
    TargetsFile,
)
from stance.cli.running import close_journal, one_line_errors, open_journal, say, show_json


@one_line_errors
def train(
    labels: LabelFiles,
    output: Annotated[Path, typer.Option("--output", "-o", help="Model folder to write.")],
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of everything that is drawn.")] = 0,
    light: Annotated[bool, typer.Option("--light", help="Without the encoder: somewhat worse, much faster.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the current model even by a worse one.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments, measure it on held-out stories, and keep it where it is no worse."""
    from stance.tables import evaluation_table
    from stance.targets import load_targets
    from stance.training import train_from_paths

    journal = open_journal(quiet)
    training = train_from_paths(labels, output, targets=load_targets(targets), seed=seed, light=light, force=force)
    for skip in training.skipped:
        journal.skip(skip)
    if as_json:
        show_json({"saved": training.is_saved, "evaluation": training.evaluation, "current": training.current})
    else:
        print(evaluation_table(training.evaluation, current=training.current))
    if not training.is_saved:
        say(f"{output}: kept: its macro F1 on the held-out stories is higher; --force replaces it all the same")
    close_journal(journal)
