"""The verb that measures models: evaluate."""

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
from stance.cli.running import close_journal, one_line_errors, open_journal, show_json


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
