"""The verbs about models: train, evaluate, models; and the targets that they judge."""

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import (
    Abstain,
    AsJson,
    Budget,
    Cues,
    LabelFiles,
    LabelMap,
    ModelLanguages,
    ModelName,
    Parallel,
    PlainHttp,
    Quiet,
    TargetsFile,
    Url,
    read_settings,
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


@one_line_errors
def evaluate(
    labels: LabelFiles,
    model: ModelName = "default",
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    parallel: Parallel = None,
    budget: Budget = None,
    abstain: Abstain = 0.0,
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of the bootstrap.")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
    cues: Cues = None,
) -> None:
    """Measure a model on labelled comments, with intervals, beside majority and VADER."""
    from stance.assessment import assess_paths
    from stance.pipeline import check_abstain, open_model
    from stance.tables import evaluation_table
    from stance.targets import load_targets

    check_abstain(abstain)
    journal = open_journal(quiet)
    known = load_targets(targets)
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget)
    scorer = open_model(model, known, settings, cues)
    record, skipped = assess_paths(labels, scorer, targets=known, seed=seed, abstain=abstain)
    for skip in skipped:
        journal.skip(skip)
    if as_json:
        show_json(record)
    else:
        print(evaluation_table(record))
    close_journal(journal)


@one_line_errors
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    from stance.tables import target_records, target_table
    from stance.targets import load_targets

    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    if as_json:
        show_json(target_records(found))
    else:
        print(target_table(found))


@one_line_errors
def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="A model, named as for --model, to show and check.")
    ] = None,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    as_json: AsJson = False,
) -> None:
    """List the installed models, or show and check one."""
    from stance.pipeline import open_model
    from stance.scoring.persistence import installed_models
    from stance.tables import evaluation_table, model_record, model_table
    from stance.targets import load_targets

    known = load_targets()
    if model is None:
        found = [open_model(name, known) for name in (*installed_models(), "vader")]
        show_json([model_record(each) for each in found]) if as_json else print(model_table(found))
        return
    one = open_model(model, known, read_settings(url, plain_http, model_languages, label_map, None, None))
    if as_json:
        show_json(model_record(one))
    else:
        print(model_table([one]))
        if measures := one.card.get("measures"):
            print(evaluation_table({**measures, "model": one.name}))
