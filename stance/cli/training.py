"""The commands that make and measure models: train, evaluate."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli import common
from stance.cli.common import MESSAGES, AsJson, LabelFiles, Messages, command
from stance.cli.messages import say
from stance.cli.models import evaluation_table, tell_candidate, tell_decision
from stance.exceptions import ConfigError
from stance.log import Log
from stance.run import ModelOptions, RegistryOptions, TargetsFile, TrainingOptions, file_option, option

if TYPE_CHECKING:
    from stance.registry import Registry
    from stance.targets import TargetSet
    from stance.training import Training

    Fit = Callable[..., Training]
    """Trains into a folder; ``force`` replaces a model that is there."""
    from stance.evaluation.assessment import Curve


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """Where the model is kept."""

    output: Path | None = file_option("--output -o", "Model folder to write.", variable=False)
    name: str | None = option("--name", "Add a version to this model of your registry, in place of -o.", variable=False)
    audit: tuple[Path, ...] = option(
        "--audit", "With --name: audit labels used for the promotion test (repeatable).", (), list[Path] | None,
        tuple, variable=False,
    )  # fmt: skip

    def __post_init__(self) -> None:
        """Refuse no place, two places, and audit labels without a model of the registry.

        :raises ConfigError: If the options do not go together.
        """
        if (self.output is None) == (self.name is None):
            raise ConfigError("train: expected either -o DIR, a model folder, or --name NAME, a model of your registry")
        if self.audit and self.name is None:
            raise ConfigError("--audit: audit labels decide on a model of the registry; expected --name NAME with it")


@command
def train(
    labels: LabelFiles,
    place: PlaceOptions,
    registry: RegistryOptions,
    targets: TargetsFile,
    training: TrainingOptions,
    log: Messages,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments, and keep it where it is better on stories that it never saw."""
    from stance.registry import Registry, resolve_model
    from stance.training import train_from_paths

    known, own = targets.load(), Registry.open(registry.registry)
    base = resolve_model(training.base, own) if training.base else None
    tell = (lambda _: None) if log.quiet else (lambda step: say(f"{step} ..."))
    options: dict[str, Any] = {"seed": training.seed, "light": training.light, "start_from": base}
    fit = partial(train_from_paths, labels, targets=known, progress=tell, **options)
    if place.output is not None:
        train_folder(fit, place.output, log, force=training.force, as_json=as_json)
    else:
        train_version(fit, place, training, own, known, log, as_json=as_json)


def train_folder(fit: "Fit", folder: Path, log: Log, *, force: bool, as_json: bool) -> None:
    """Train into a model folder, unless a better model stands there."""
    training = fit(folder, force=force)
    log.skip(*training.skipped)
    log.warn("labels", *training.warnings)
    show_training(training, {"saved": training.is_saved} if as_json else None)
    if not training.is_saved:
        is_measured = training.current is not None
        reason = "its macro F1 on the held-out stories is higher" if is_measured else "it knows the labels that measure"
        say(f"{folder}: kept: {reason}; --force replaces it all the same")


def train_version(
    fit: "Fit",
    place: PlaceOptions,
    options: TrainingOptions,
    own: "Registry",
    targets: "TargetSet",
    log: Log,
    *,
    as_json: bool,
) -> None:
    """Train a version of a model of the registry, and let audit labels decide whether it becomes current."""
    from stance.registry import Kind, check_name
    from stance.registry.promotion import promote_version, read_audit

    name = check_name(place.name or "")
    parent = own.identify(options.base) if options.base else None
    sample = read_audit(place.audit, targets) if place.audit else None  # before a training is paid for
    with TemporaryDirectory() as draft:
        training = fit(Path(draft) / name, force=True)
        version = own.add(Path(draft) / name, name=name, parent=parent, command=common.command_line())
    log.skip(*training.skipped)
    log.warn("labels", *training.warnings)
    audited = sample.skipped if sample else ()
    log.skip(*(skip for skip in audited if skip not in training.skipped))  # tables may be trained on and audited
    is_new, decision = own.current(name) != version, None
    if is_new and sample:
        decision = promote_version(
            own, version, sample, seed=options.seed, force=options.force, command=common.command_line()
        )
    elif is_new and options.force:
        own.decide(version, Kind.FORCED, {}, against=own.current(name), command=common.command_line())
    record = {"saved": True, "version": version.label, "is_current": own.current(name) == version}
    record["decision"] = {"kind": decision.kind, **decision.record} if decision else None
    show_training(training, record if as_json else None, called=version.label)
    if decision:
        tell_decision(decision, version, is_shown=not as_json)
    elif not is_new:
        say(f"{version.label}: the same model as the current {name}; nothing changes")
    elif options.force:
        say(f"{version.label}: made current by --force, not measured, and recorded so; use it with --model {name}")
    else:
        tell_candidate(own, version)


def show_training(training: "Training", record: dict[str, Any] | None, called: str | None = None) -> None:
    """Print the result of a training.

    :param record: Further entries of the JSON output; None: print a table.
    :param called: Name of the model; that of its folder if not given.
    """
    evaluation = {**training.evaluation, **({"model": called} if called else {})}
    if record is not None:
        common.show_json(record | {"evaluation": evaluation, "current": training.current})
    else:
        print(evaluation_table(evaluation, current=training.current))


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
        from stance.evaluation.assessment import Curve, with_cache
        from stance.scoring.persistence import load_base
        from stance.training import adapt

        base = with_cache(load_base("light" if self.light else "default"))
        return Curve(
            fit=lambda examples, seed: adapt(base, examples, seed=seed),
            points=self.points,
            seeds=self.splits,
            watch=partial(common.show_progress, quiet=quiet, what="models trained"),
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
        page = write_evaluation(record, output, command=common.command_line())
        say(f"{page}: written", log.quiet)
    common.show_result(record, as_json, evaluation_table)
