"""The command that draws comments to label: sample."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import running
from stance.cli.command import MESSAGES, AsJson, Messages, OutputFile, command, say
from stance.datamodels import counted
from stance.exceptions import ConfigError
from stance.run import PrivacyOptions, Run, SampleOptions

if TYPE_CHECKING:
    from stance.datamodels import Document


@command
def sample(
    run: Run,
    chosen: SampleOptions,
    output: OutputFile = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option("--exclude", help="Table of labels or earlier sample not to draw from (repeatable)."),
    ] = None,
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Draw comments to label, each with its inclusion probability, into a store or a table."""
    from stance.labelling import sample as drawing
    from stance.labelling.queues import add_sample
    from stance.labels.tables import format_of, write_labels
    from stance.pipeline import with_scores

    store = running.only_store(run.inputs.inputs) if output is None else None
    if as_json and output is None and store is None:
        raise ConfigError("--json prints a summary of the sample in place of its rows; expected -o FILE for them")
    kind = format_of(output, None if output else "csv")

    def score(documents: "Iterator[Document]") -> "Iterator[Document]":
        scorer = running.open_scorer(replace(run, privacy=PrivacyOptions(names=True)), log.quiet)
        return running.show_progress(scorer.score(documents), log.quiet, "Documents scored:")

    items = running.open_inputs(run.inputs, run.reading, log, output=output)
    wanted = with_scores(items, scores=chosen.by != "random")
    read = running.show_progress(wanted, log.quiet, "Documents read:", run.inputs.inputs)
    running.show_key_warning(run.privacy, log.quiet)
    excluded = drawing.read_excluded(exclude or (), log.skip)
    drawn = drawing.draw_sample(
        running.at_least_one(read, log),
        chosen,
        targets=run.targets.load(),
        target=run.targets.target or None,
        naming=run.privacy.naming(),
        excluded=excluded | drawing.read_other_role(store, chosen.role) if store else excluded,
        score=score,
    )
    added = add_sample(store, drawn.comments, drawn.stored_design()) if store else 0
    if not store:
        write_labels(drawn.rows(), output, wanted=kind, columns=drawing.SAMPLE_FIELDS)
    for line in () if log.quiet else drawing.describe_sample(drawn):
        say(line)
    for warning in drawn.warnings:
        say(f"warning: {warning}")
    if store and not log.quiet:
        pairs = counted(added, "pair")
        say(f"{store}: {pairs} of comment and target added; label them with: stance label {store}")
    if as_json:
        running.show_json(drawn.to_record())
