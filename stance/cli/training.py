"""The verb that makes models: train."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.models import tell_candidate, tell_decision
from stance.cli.options import (
    AsJson,
    LabelFiles,
    Quiet,
    RegistryFolder,
    TargetsFile,
)
from stance.cli.running import close_journal, command_line, one_line_errors, open_journal, say, show_json
from stance.exceptions import ConfigError

if TYPE_CHECKING:
    from stance.journal import Journal
    from stance.registry import Registry
    from stance.targets import TargetSet
    from stance.training import Training

    Fit = Callable[..., Training]
    """Trains into the folder that it is given; ``force``: whatever stands there."""


@one_line_errors
def train(
    labels: LabelFiles,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Model folder to write.")] = None,
    name: Annotated[
        str | None, typer.Option("--name", help="In place of -o: a model of your registry to add a version to.")
    ] = None,
    audit: Annotated[
        list[Path] | None,
        typer.Option("--audit", help="With --name: tables of audit labels that decide; may be given more often."),
    ] = None,
    registry: RegistryFolder = None,
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of everything that is drawn.")] = 0,
    light: Annotated[bool, typer.Option("--light", help="Without the encoder: somewhat worse, much faster.")] = False,
    start_from: Annotated[
        str | None,
        typer.Option("--from", help="The model that the labels are added to; default, or light with --light."),
    ] = None,
    alone: Annotated[bool, typer.Option("--alone", help="From these labels alone, added to no model.")] = False,
    finetune: Annotated[
        bool,
        typer.Option(
            "--finetune", help="Teach the encoder too: an hour for ten thousand pairs; needs stance[finetune]."
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the current model even by a worse one.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments, measure it on stories that it never saw, and keep it where it is better."""
    from stance.registry import Registry, resolve_model
    from stance.targets import load_targets
    from stance.training import train_from_paths

    if (output is None) == (name is None):
        raise ConfigError("train: expected either -o DIR, a model folder, or --name NAME, a model of your registry")
    if audit and name is None:
        raise ConfigError("--audit: audit labels decide on a model of the registry; expected --name NAME with it")
    if alone and start_from:
        raise ConfigError(f"--from {start_from}: --alone starts from no model; expected one of the two")
    if finetune and light:
        raise ConfigError("--finetune: teaches the encoder, which --light leaves out; expected one of the two")
    journal, known = open_journal(quiet), load_targets(targets)
    own = Registry.open(registry)
    base = None if alone else resolve_model(start_from or ("light" if light else "default"), own)
    tell = (lambda _: None) if quiet else (lambda step: say(f"{step} ..."))
    fit = partial(
        train_from_paths, labels, targets=known, seed=seed, light=light, start_from=base, finetune=finetune, tell=tell
    )
    if output is not None:
        train_folder(fit, output, journal, force=force, as_json=as_json)
    else:
        asked = OwnTraining(str(name), own, base, known, audit or [], seed, force)
        train_version(fit, asked, journal, as_json=as_json)
    close_journal(journal)


def train_folder(fit: "Fit", folder: Path, journal: "Journal", *, force: bool, as_json: bool) -> None:
    """Train into a model folder, unless a better model stands there."""
    training = fit(folder, force=force)
    note_doubts(training, journal)
    show_training(training, {"saved": training.is_saved} if as_json else None)
    if not training.is_saved:
        is_measured = training.current is not None
        reason = "its macro F1 on the held-out stories is higher" if is_measured else "it knows the labels that measure"
        say(f"{folder}: kept: {reason}; --force replaces it all the same")


def note_doubts(training: "Training", journal: "Journal") -> None:
    """Tell what a training left out or doubted."""
    for skip in training.skipped:
        journal.skip(skip)
    for warning in training.warnings:
        journal.warn("labels", warning)


@dataclass(frozen=True, slots=True)
class OwnTraining:
    """What a training for the registry is told."""

    name: str
    registry: "Registry"
    base: str | Path | None  # what it starts from; None: the labels alone
    targets: "TargetSet"
    audit: Sequence[Path]
    seed: int
    force: bool


def train_version(fit: "Fit", asked: OwnTraining, journal: "Journal", *, as_json: bool) -> None:
    """Train a version of a model of the registry, and let audit labels decide whether it becomes current."""
    from stance.registry import Kind, check_name, decision_record, promote_version, read_audit

    own, name = asked.registry, check_name(asked.name)
    parent = own.identify(asked.base) if asked.base else None
    sample = read_audit(asked.audit, asked.targets) if asked.audit else None  # before a training is paid for
    with TemporaryDirectory() as draft:
        training = fit(Path(draft) / name, force=True)
        version = own.add(Path(draft) / name, name=name, parent=parent, command=command_line())
    note_doubts(training, journal)
    for skip in sample.skipped if sample else ():
        if skip not in training.skipped:  # the same tables may be trained on and audited
            journal.skip(skip)
    is_new, decision = own.current(name) != version, None
    if is_new and sample:
        decision = promote_version(own, version, sample, seed=asked.seed, force=asked.force, command=command_line())
    elif is_new and asked.force:
        own.decide(version, Kind.FORCED, {}, against=own.current(name), command=command_line())
    record = {"saved": True, "version": version.label, "is_current": own.current(name) == version}
    record["decision"] = {"kind": decision.kind, **decision_record(decision)} if decision else None
    show_training(training, record if as_json else None, called=version.label)
    if decision:
        tell_decision(decision, version, is_shown=not as_json)
    elif not is_new:
        say(f"{version.label}: the same model as the current {name}; nothing changes")
    elif asked.force:
        say(f"{version.label}: made current by --force, not measured against another; recorded so")
    else:
        tell_candidate(own, version)


def show_training(training: "Training", record: dict[str, Any] | None, called: str | None = None) -> None:
    """Print what a training reached.

    :param record: What JSON says beside that; None: a table is printed.
    :param called: What the model is called; as its folder where not given.
    """
    from stance.cli.printing import evaluation_table

    evaluation = {**training.evaluation, **({"model": called} if called else {})}
    if record is not None:
        show_json(record | {"evaluation": evaluation, "current": training.current})
    else:
        print(evaluation_table(evaluation, current=training.current))
