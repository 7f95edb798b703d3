"""The verb that measures models: evaluate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
    RegistryFolder,
    TargetsFile,
    Url,
    read_settings,
)
from stance.cli.running import (
    close_journal,
    command_line,
    one_line_errors,
    open_journal,
    say,
    show_json,
    show_progress,
)

if TYPE_CHECKING:
    from stance.assessment import Curve

CurvePoints = Annotated[
    str | None,
    typer.Option("--points", help="Learning curve: numbers of labels, as 100,200,400; doubling if not given."),
]


@one_line_errors
def evaluate(
    labels: LabelFiles,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for evaluation.html and evaluation.json.")
    ] = None,
    model: ModelName = "default",
    registry: RegistryFolder = None,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    parallel: Parallel = None,
    budget: Budget = None,
    abstain: Abstain = 0.0,
    merge: Annotated[
        bool,
        typer.Option(
            "--merge-unaddressed",
            envvar="STANCE_MERGE_UNADDRESSED",
            help="Count neutral and not_addressed as one class, as SemEval's NONE.",
        ),
    ] = False,
    learning_curve: Annotated[
        bool, typer.Option("--learning-curve", help="Train on ever more of these labels: do the next hundred pay?")
    ] = False,
    points: CurvePoints = None,
    splits: Annotated[int, typer.Option("--splits", min=2, max=20, help="Learning curve: random splits a point.")] = 5,
    light: Annotated[bool, typer.Option("--light", help="Learning curve: models without the encoder.")] = False,
    role: Annotated[
        str | None, typer.Option("--role", help="Measure on rows of this role only: audit or train.")
    ] = None,
    targets: TargetsFile = None,
    seed: Annotated[
        int, typer.Option("--seed", envvar="STANCE_SEED", min=0, help="Of the bootstrap and the splits.")
    ] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
    cues: Cues = None,
) -> None:
    """Measure a model on labelled comments, with intervals, beside simple baselines."""
    from stance.assessment import assess_paths, training_rows
    from stance.cli.printing import evaluation_table
    from stance.documents import check_abstain, open_model
    from stance.registry import Registry, resolve_model
    from stance.reporting import write_evaluation
    from stance.targets import load_targets

    check_abstain(abstain)
    _check_role(role)
    curve = _curve(learning_curve, points, splits, light, quiet)
    journal = open_journal(quiet)
    known = load_targets(targets)
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget, registry)
    scorer = open_model(model, known, settings, cues)
    record, skipped = assess_paths(
        labels,
        scorer,
        targets=known,
        seed=seed,
        abstain=abstain,
        merge=merge,
        curve=curve,
        seen=training_rows(resolve_model(model, Registry.open(registry))),
        role=role,
    )
    for skip in skipped:
        journal.skip(skip)
    if not quiet:
        for warning in record["warnings"]:
            say(f"warning: {warning}")
    if output:
        page = write_evaluation(record, output, command=command_line())
        if not quiet:
            say(f"{page}: written")
    if as_json:
        show_json(record)
    else:
        print(evaluation_table(record))
    close_journal(journal)


def _check_role(role: str | None) -> None:
    from stance.exceptions import ConfigError

    if role not in (None, "audit", "train"):
        raise ConfigError(f"--role {role[:40]!r}; expected audit or train")


def _curve(wanted: bool, points: str | None, splits: int, light: bool, quiet: bool) -> "Curve | None":
    """Read what a learning curve is told.

    :raises ConfigError: If something is told of a curve that is not asked for, or points are no numbers of labels.
    """
    from stance.exceptions import ConfigError

    if not wanted:
        if points or light:
            raise ConfigError("--points and --light are of a learning curve; expected --learning-curve with them")
        return None
    from stance.assessment import Curve, RememberingEncoder
    from stance.scoring.persistence import load_base
    from stance.training import adapt

    base = load_base("light" if light else "default")
    if base.features.meanings is not None:
        base.features.meanings.encoder = RememberingEncoder(base.features.meanings.text_encoder)
    return Curve(
        fit=lambda examples, seed: adapt(base, examples, seed=seed),
        points=_read_points(points),
        seeds=splits,
        watch=lambda runs: show_progress(runs, quiet, "models trained"),
    )


def _read_points(text: str | None) -> tuple[int, ...]:
    from stance.exceptions import ConfigError

    parts = [part.strip() for part in text.split(",")] if text else []
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) < 9 and int(part)):
            raise ConfigError(f"--points: {part[:20]!r}; expected numbers of labels, as 100,200,400")
    return tuple(sorted({int(part) for part in parts}))
