"""The command that measures models: evaluate."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.command import MESSAGES, AsJson, LabelFiles, Messages, command
from stance.cli.messages import say
from stance.cli.running import command_line, show_progress, show_result
from stance.exceptions import ConfigError
from stance.run import ModelOptions, TargetsFile, option

if TYPE_CHECKING:
    from stance.evaluation.learning import Curve


def _points(given: str) -> tuple[int, ...]:
    parts = [part.strip() for part in given.split(",")]
    for part in parts:
        if not (part.isascii() and part.isdigit() and len(part) < 9 and int(part)):
            raise ConfigError(f"--points: {part[:20]!r}; expected numbers of labels, as 100,200,400")
    return tuple(sorted({int(part) for part in parts}))


@dataclass(frozen=True, slots=True)
class CurveOptions:
    """A learning curve."""

    learning_curve: bool = option("--learning-curve", "Compute a learning curve.", False, bool, variable=False)
    points: tuple[int, ...] = option(
        "--points", "Numbers of labels, e.g. 100,200,400 (default: doubling).", (), parse=_points, variable=False
    )
    splits: int = option("--splits", "Random splits per point.", 5, int, variable=False, min=2, max=20)
    light: bool = option("--light", "Train models without the encoder.", False, bool, variable=False)

    PANEL = "Learning curve"

    def __post_init__(self) -> None:
        """Refuse options of a learning curve without one.

        :raises ConfigError: If there are some.
        """
        if not self.learning_curve and (self.points or self.light):
            raise ConfigError("--points and --light require --learning-curve")

    def open(self, quiet: bool) -> "Curve | None":
        """Load the data and model of a learning curve; None if none is requested."""
        if not self.learning_curve:
            return None
        from stance.evaluation.learning import Curve, with_cache
        from stance.scoring.persistence import load_base
        from stance.training import adapt

        base = with_cache(load_base("light" if self.light else "default"))
        return Curve(
            fit=lambda examples, seed: adapt(base, examples, seed=seed),
            points=self.points,
            seeds=self.splits,
            watch=partial(show_progress, quiet=quiet, what="models trained"),
        )


@dataclass(frozen=True, slots=True)
class MeasureOptions:
    """Options of the measurement."""

    merge: bool = option(
        "--merge-unaddressed", "Count neutral and not_addressed as one class, as SemEval's NONE.", False, bool
    )
    seed: int = option("--seed", "Random seed.", 0, int, min=0)
    role: str | None = option("--role", "Measure on rows of this role only: audit or train.", variable=False)

    def __post_init__(self) -> None:
        """Refuse a role that rows cannot have.

        :raises ConfigError: If it is another.
        """
        if self.role not in (None, "audit", "train"):
            raise ConfigError(f"--role {self.role[:40]!r}; expected audit or train")


@command
def evaluate(
    labels: LabelFiles,
    model: ModelOptions,
    targets: TargetsFile,
    measured: MeasureOptions,
    curve: CurveOptions,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for evaluation.html and evaluation.json.")
    ] = None,
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Measure a model on labelled comments, with intervals, beside simple baselines."""
    from stance.cli.printing import evaluation_table
    from stance.documents import open_model, training_rows_of
    from stance.evaluation.assessment import Options, assess_paths
    from stance.reporting import write_evaluation

    opened, known = curve.open(log.quiet), targets.load()
    options = Options(measured.seed, model.abstain, measured.merge, measured.role)
    record, skipped = assess_paths(
        labels, open_model(model, known), targets=known, options=options, curve=opened, seen=training_rows_of(model)
    )
    log.skip(*skipped)
    for warning in record["warnings"]:
        say(f"warning: {warning}", log.quiet)
    if output:
        page = write_evaluation(record, output, command=command_line())
        say(f"{page}: written", log.quiet)
    show_result(record, as_json, evaluation_table)
