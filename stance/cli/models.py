"""What is installed: the targets, the models that ship, and the user's own in their registry."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.options import (
    AsJson,
    LabelMap,
    ModelLanguages,
    PlainHttp,
    Quiet,
    RegistryFolder,
    TargetsFile,
    Url,
    read_settings,
)
from stance.cli.running import (
    NOTHING_DONE,
    close_journal,
    command_line,
    fail,
    one_line_errors,
    open_journal,
    say,
    show_json,
)
from stance.exceptions import ConfigError

if TYPE_CHECKING:
    from stance.registry import Decision, Registry, Version

Seed = Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of the bootstrap.")]
OwnModel = Annotated[str, typer.Argument(metavar="NAME@DIGEST", help="A version of your own, as: mine@1f3c.")]
AnyModel = Annotated[str, typer.Argument(metavar="MODEL", help="A model, named as for --model.")]

app = typer.Typer(invoke_without_command=True)


@one_line_errors
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    from stance.cli.printing import target_records, target_table
    from stance.targets import load_targets

    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    if as_json:
        show_json(target_records(found))
    else:
        print(target_table(found))


@app.callback()
@one_line_errors
def models(context: typer.Context, registry: RegistryFolder = None, as_json: AsJson = False) -> None:
    """List the models, those that ship and your own; show, compare, promote and use them."""
    if context.invoked_subcommand is None:
        list_models(registry, as_json)
        return
    verb = context.invoked_subcommand
    for name, flag in (("registry", "--registry"), ("as_json", "--json")):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise ConfigError(f"{flag}: before {verb}, where nothing heeds it; expected it behind that word")


@app.command("list")
@one_line_errors
def list_(registry: RegistryFolder = None, as_json: AsJson = False) -> None:
    """List the models, those that ship and your own."""
    list_models(registry, as_json)


@app.command()
@one_line_errors
def show(
    model: AnyModel,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    registry: RegistryFolder = None,
    as_json: AsJson = False,
) -> None:
    """Show a model: its measures and, of one of your own, what happened to it."""
    from stance.cli.printing import evaluation_table, model_record, model_table
    from stance.documents import open_model
    from stance.registry import Registry
    from stance.registry.tables import history_table, version_record
    from stance.targets import load_targets

    settings = read_settings(url, plain_http, model_languages, label_map, None, None, registry)
    one = open_model(model, load_targets(), settings)
    own = Registry.open(registry)
    version = own.version_of(model)
    if as_json:
        show_json(model_record(one) | ({"registry": version_record(own, version)} if version else {}))
        return
    print(model_table([one]))
    if measures := one.card.get("measures"):
        print(evaluation_table({**measures, "model": one.name}))
    if version:
        print(f"\n{own.place(version)}\nmade by: {version.command or 'not stated'}\n")
        print(history_table(own.history(version.name)))


@app.command()
@one_line_errors
def add(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A model folder, as stance train -o writes it.")],
    name: Annotated[str | None, typer.Option("--name", help="What to call it; as its folder, if not given.")] = None,
    parent: Annotated[str | None, typer.Option("--parent", help="The model that it was made from.")] = None,
    registry: RegistryFolder = None,
) -> None:
    """Copy a model folder into the registry, as a candidate."""
    from stance.registry import Registry

    own = Registry.open(registry)
    version = own.add(folder, name=name, parent=own.identify(parent) if parent else None, command=command_line())
    print(version.label)
    tell_candidate(own, version)


@app.command()
@one_line_errors
def promote(
    model: OwnModel,
    labels: Annotated[list[Path], typer.Option("--labels", help="Tables with audit labels; may be given more often.")],
    targets: TargetsFile = None,
    seed: Seed = 0,
    force: Annotated[bool, typer.Option("--force", help="Make it current in any case; that is recorded.")] = False,
    registry: RegistryFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Make a version the current one of its name, if it is surely better on audit labels than what is."""
    from stance.examples import tell_undefined
    from stance.registry import Registry, decision_record, promote_version, read_audit
    from stance.targets import load_targets

    journal = open_journal(quiet)
    own = Registry.open(registry)
    version = own.find(model)
    audit = read_audit(labels, known := load_targets(targets))
    for skip in audit.skipped:
        journal.skip(skip)
    for told in tell_undefined(audit.examples, known):
        journal.warn("labels", told)
    decision = promote_version(own, version, audit, seed=seed, force=force, command=command_line())
    if as_json:
        show_json({"version": version.label, "decision": decision.kind} | decision_record(decision))
    tell_decision(decision, version, is_shown=not as_json)
    close_journal(journal)


@app.command()
@one_line_errors
def use(model: OwnModel, registry: RegistryFolder = None) -> None:
    """Make a version the current one of its name by hand, whatever was measured: any earlier one comes back so."""
    from stance.registry import Registry

    own = Registry.open(registry)
    version = own.find(model)
    before = own.current(version.name)
    if before == version:
        print(f"{version.label}: the current {version.name} already")
        return
    own.use(f"{version.name}@{version.digest}", command=command_line())
    print(f"{version.label}: the current {version.name} from now on; before: {before.label if before else 'none'}")


@app.command()
@one_line_errors
def diff(
    first: AnyModel,
    second: AnyModel,
    labels: Annotated[
        list[Path] | None,
        typer.Option("--labels", help="Labelled comments to measure both on; may be given more often."),
    ] = None,
    targets: TargetsFile = None,
    seed: Seed = 0,
    registry: RegistryFolder = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare two models: what they were made from, and with labels by how much the first is better."""
    from stance.documents import open_model
    from stance.registry import Registry, card_differences, compare_on, measured_record, resolve_model
    from stance.registry.tables import cards_table, left_out_lines, measured_table
    from stance.scoring.persistence import model_folder
    from stance.targets import load_targets

    journal, known = open_journal(quiet), load_targets(targets)
    settings = read_settings(None, False, None, None, None, None, registry)
    one, other = (open_model(name, known, settings) for name in (first, second))
    differences = card_differences(one.card, other.card)
    measured = None
    if labels:
        names = (resolve_model(name, Registry.open(registry)) for name in (first, second))
        folders = [
            model_folder(name) for name in names if name != "vader" and not str(name).startswith(("hf:", "llm:"))
        ]
        measured, skipped = compare_on(labels, one, other, targets=known, seed=seed, folders=folders)
        for skip in skipped:
            journal.skip(skip)
        for line in left_out_lines(measured):
            say(f"warning: {line}")
    if as_json:
        cards = {key: [a, b] for key, a, b in differences}
        found = measured_record(measured) if measured else None
        show_json({"models": [one.name, other.name], "cards": cards, "measured": found})
    else:
        print(cards_table(one.name, other.name, differences))
        if measured:
            print(f"\n{measured_table(measured)}")
    close_journal(journal)


@app.command()
@one_line_errors
def verify(registry: RegistryFolder = None, quiet: Quiet = False) -> None:
    """Compare every file of your own models with what was added."""
    from stance.registry import Registry

    own = Registry.open(registry)
    damages = own.verify()
    for damage in damages:
        say(f"{damage.path}: {damage.reason}")
    if damages:
        fail(NOTHING_DONE)
    if not quiet:
        print(f"{own.folder}: {len(own.versions())} versions, all as they were added")


@app.command()
@one_line_errors
def remove(model: OwnModel, registry: RegistryFolder = None) -> None:
    """Take a version out, unless it is a current one; that it was there stays on record."""
    from stance.registry import Registry

    version = Registry.open(registry).remove(model, command=command_line())
    print(f"{version.label}: removed")


def list_models(folder: Path | None, as_json: bool) -> None:
    """List the models, those that ship and the user's own."""
    from stance.cli.printing import model_record, model_table
    from stance.documents import open_model
    from stance.registry import Registry
    from stance.registry.tables import version_record, version_table
    from stance.scoring.persistence import installed_models
    from stance.targets import load_targets

    known, own = load_targets(), Registry.open(folder)
    shipped = [open_model(name, known) for name in (*installed_models(), "vader")]
    if as_json:
        records: list[dict[str, Any]] = [model_record(each) for each in shipped]
        show_json(records + [{"name": v.label, "registry": version_record(own, v)} for v in own.versions()])
        return
    print(model_table(shipped))
    if own.versions():
        print(f"\n{own.folder}\n{version_table(own)}")


def tell_decision(decision: "Decision", version: "Version", *, is_shown: bool = True) -> None:
    """Say what was measured, and what it led to.

    :param is_shown: Print it, beside what is said of pairs that were left out.
    """
    from stance.registry import Kind
    from stance.registry.tables import decision_line, left_out_lines, measured_table

    for line in left_out_lines(decision.measured):
        say(f"warning: {line}")
    if is_shown:
        print(f"\n{measured_table(decision.measured)}\n{decision_line(decision, version.label)}")
        if decision.kind is Kind.KEPT:
            say(f"{version.label}: kept as a candidate; --model {version.label} scores with it all the same")


def tell_candidate(registry: "Registry", version: "Version") -> None:
    """Say what a version that was only added is, and how it becomes more."""
    if registry.current(version.name) != version:
        how = f"stance models promote {version.label} --labels AUDIT"
        say(f"{version.label}: a candidate, not promoted; measure it on audit labels: {how}")
