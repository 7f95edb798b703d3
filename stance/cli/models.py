"""What is installed: models, and the targets that they judge."""

from pathlib import Path
from typing import Annotated

import typer

from stance.cli.options import (
    AsJson,
    LabelMap,
    ModelLanguages,
    PlainHttp,
    Url,
    read_settings,
)
from stance.cli.running import one_line_errors, say, show_json


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
