"""The verb that draws comments to label: sample."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.options import (
    AsJson,
    Columns,
    Inputs,
    KeyFile,
    Language,
    ModelName,
    OutputFile,
    Quiet,
    RegistryFolder,
    ShowNames,
    TargetIds,
    TargetsFile,
)
from stance.cli.running import (
    at_least_one,
    close_journal,
    one_line_errors,
    open_inputs,
    open_journal,
    open_scorer,
    say,
    show_json,
    show_progress,
    tell_of_key,
)

if TYPE_CHECKING:
    from stance.datamodels import Document, ScoredDocument


@one_line_errors
def sample(
    inputs: Inputs,
    output: OutputFile = None,
    n: Annotated[int, typer.Option("--n", "-n", envvar="STANCE_N", help="Comments to draw.")] = 200,
    role: Annotated[
        str, typer.Option("--role", envvar="STANCE_ROLE", help="audit: never trained on, corrects shares; or train.")
    ] = "audit",
    by: Annotated[
        str,
        typer.Option("--by", help="random; for --role train also uncertainty, disagreement, diversity."),
    ] = "random",
    stratify: Annotated[
        str | None,
        typer.Option("--stratify", envvar="STANCE_STRATIFY", help="As outlet,target; also month, document."),
    ] = None,
    allocation: Annotated[
        str,
        typer.Option("--allocation", envvar="STANCE_ALLOCATION", help="equal: as many per stratum; or proportional."),
    ] = "equal",
    targets: TargetsFile = None,
    target: TargetIds = None,
    exclude: Annotated[
        list[Path] | None,
        typer.Option(
            "--exclude", help="Table of labels or earlier sample not to draw from; may be given several times."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of the draw.")] = 0,
    model: ModelName = "default",
    registry: RegistryFolder = None,
    names: ShowNames = False,
    key_file: KeyFile = None,
    language: Language = None,
    columns: Columns = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Draw comments to label, each with the probability that it had of being drawn: CSV, JSON Lines or Parquet."""
    from stance.exceptions import ConfigError
    from stance.labelling.samples import Design
    from stance.labelling.sampling import draw_sample, read_excluded
    from stance.labelling.tables import sample_lines, sample_writer
    from stance.pipeline import with_scores
    from stance.pseudonyms import choose_naming
    from stance.scoring.settings import ScorerSettings
    from stance.targets import load_targets

    if as_json and output is None:
        raise ConfigError("--json prints what is known of the sample in place of its rows; expected -o FILE for them")
    write = sample_writer(output)
    design = Design(n, role, by, _columns(stratify), allocation, seed)
    known = load_targets(targets)
    known = known.select(target) if target else known
    journal = open_journal(quiet)

    def score(documents: "Iterator[Document]") -> "Iterator[ScoredDocument]":
        scorer = open_scorer(
            targets, target, model, ScorerSettings(registry=registry), names=True, key_file=None, quiet=quiet
        )
        return show_progress(scorer.score(documents), quiet, "Documents scored:")

    items = with_scores(open_inputs(inputs, journal, language, columns, output=output), scores=by != "random")
    read = show_progress(items, quiet, "Documents read:")
    drawn = draw_sample(
        at_least_one(read, journal),
        design,
        targets=known,
        target=target or None,
        naming=choose_naming(names, tell_of_key(key_file, names=names, quiet=quiet)),
        excluded=read_excluded(exclude or (), journal.skip),
        score=score,
    )
    write(drawn.rows(), output)
    for line in () if quiet else sample_lines(drawn):
        say(line)
    for warning in drawn.warnings:
        say(f"warning: {warning}")
    if as_json:
        show_json(drawn.to_record())
    close_journal(journal)


def _columns(written: str | None) -> tuple[str, ...]:
    """Read ``outlet,target``."""
    return tuple(dict.fromkeys(part.strip() for part in written.split(","))) if written else ()
