"""List targets and models; train, evaluate, show, compare, promote and choose models of the user's registry."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli import common
from stance.cli.common import MESSAGES, AsJson, LabelFiles, Messages, Quiet, Seed, command, flag, show_result
from stance.cli.messages import NOTHING_DONE, fail, say
from stance.datamodels import STANCES, Score, counted
from stance.exceptions import ConfigError
from stance.log import Log
from stance.records import aligned, printable, with_interval
from stance.run import EndpointOptions, ModelOptions, RegistryOptions, TargetsFile, TrainingOptions, file_option, option
from stance.scoring.targets import TargetSet, load_targets

if TYPE_CHECKING:
    from stance.registry import Event, Registry, Version
    from stance.registry.promotion import Decision
    from stance.scoring.instances import Scorer
    from stance.training import Training

    Fit = Callable[..., Training]
    """Trains into a folder; ``force`` replaces a model that is there."""

OwnModel = Annotated[str, typer.Argument(metavar="NAME@DIGEST", help="A version of your own, as: mine@1f3c.")]
AnyModel = Annotated[str, typer.Argument(metavar="MODEL", help="A model, named as for --model.")]

app = typer.Typer(invoke_without_command=True)

KINDS: Mapping[str, str] = {
    "added": "added",
    "promoted": "promoted: surely better",
    "kept": "not promoted: not surely better",
    "forced": "made current by --force",
    "chosen": "made current by hand",
    "removed": "removed",
}
"""Words of tables for kinds of events."""


@command
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    show_result(target_records(found), as_json, target_table)


@app.callback()
@command
def models(context: typer.Context, registry: RegistryOptions, as_json: AsJson = False) -> None:
    """List the models, those that ship and your own; show, compare, promote and use them."""
    if context.invoked_subcommand is None:
        list_models(registry, as_json)
        return
    verb = context.invoked_subcommand
    for name, given in (("registry", "--registry"), ("as_json", "--json")):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise ConfigError(f"{given}: before {verb}, where nothing heeds it; expected it behind that word")


def open_registry(options: RegistryOptions) -> "Registry":
    """Open the registry that the user names, or the default one."""
    from stance.registry import Registry

    return Registry.open(options.registry)


def list_models(registry: RegistryOptions, as_json: AsJson = False) -> None:
    """List the models, those that ship and your own."""
    from stance.scoring.persistence import installed_models

    known, own = load_targets(), open_registry(registry)
    shipped = [ModelOptions(name).load(known) for name in (*installed_models(), "vader")]
    if as_json:
        records: list[dict[str, Any]] = [model_record(each) for each in shipped]
        common.show_json(records + [{"name": v.label, "registry": version_record(own, v)} for v in own.versions()])
        return
    print(model_table(shipped))
    if own.versions():
        print(f"\n{own.folder}\n{version_table(own)}")


app.command("list")(command(list_models))


@app.command()
@command
def show(model: AnyModel, registry: RegistryOptions, endpoint: EndpointOptions, as_json: AsJson = False) -> None:
    """Show a model's measures and, for a registered model, its history."""
    one = ModelOptions(model, registry, endpoint=endpoint).load(load_targets())
    own = open_registry(registry)
    version = own.version_of(model)
    if as_json:
        common.show_json(model_record(one) | ({"registry": version_record(own, version)} if version else {}))
        return
    print(model_table([one]))
    if measures := one.card.get("measures"):
        print(evaluation_table({**measures, "model": one.name}))
    if version:
        print(f"\n{own.place(version)}\nmade by: {version.command or 'not stated'}\n")
        print(history_table(own.history(version.name)))


@app.command()
@command
def add(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A model folder, as stance train -o writes it.")],
    registry: RegistryOptions,
    name: Annotated[str | None, flag("--name", "Name in the registry (default: the folder's).")] = None,
    parent: Annotated[str | None, flag("--parent", "The model that it was made from.")] = None,
) -> None:
    """Copy a model folder into the registry, as a candidate."""
    own = open_registry(registry)
    version = own.add(folder, name=name, parent=own.identify(parent) if parent else None, command=common.command_line())
    print(version.label)
    tell_candidate(own, version)


@app.command()
@command
def promote(
    model: OwnModel,
    labels: Annotated[list[Path], flag("--labels", "Tables with audit labels (repeatable).")],
    registry: RegistryOptions,
    targets: TargetsFile,
    seed: Seed = 0,
    force: Annotated[bool, flag("--force", "Promote it in any case; the log records that.")] = False,
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Make a version the current one of its name if it is significantly better on audit labels."""
    from stance.evaluation import warn_of_undefined
    from stance.registry.promotion import promote_version, read_audit

    own = open_registry(registry)
    version = own.find(model)
    audit = read_audit(labels, known := targets.load())
    log.skip(*audit.skipped)
    log.warn("labels", *warn_of_undefined(audit.examples, known))
    decision = promote_version(own, version, audit, seed=seed, force=force, command=common.command_line())
    if as_json:
        common.show_json({"version": version.label, "decision": decision.kind} | decision.record)
    tell_decision(decision, version, is_shown=not as_json)


@app.command()
@command
def use(model: OwnModel, registry: RegistryOptions) -> None:
    """Make a version the current one of its name without measuring it; also to return to an earlier one."""
    own = open_registry(registry)
    version = own.find(model)
    before = own.current(version.name)
    if before == version:
        print(f"{version.label}: the current {version.name} already")
        return
    own.use(f"{version.name}@{version.digest}", command=common.command_line())
    print(f"{version.label}: the current {version.name} from now on; before: {before.label if before else 'none'}")


@app.command()
@command
def diff(
    first: AnyModel,
    second: AnyModel,
    registry: RegistryOptions,
    targets: TargetsFile,
    labels: Annotated[list[Path] | None, flag("--labels", "Labelled comments to measure both on (repeatable).")] = None,
    seed: Seed = 0,
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Compare two models: their cards and, given labels, the difference of their measures."""
    from stance.evaluation.assessment import read_pairs
    from stance.registry import resolve_model
    from stance.registry.promotion import card_differences, known_to, measure
    from stance.scoring.persistence import model_folder
    from stance.scoring.plugins import find_plugin

    known = targets.load()
    one, other = (ModelOptions(name, registry).load(known) for name in (first, second))
    differences = card_differences(one.card, other.card)
    measured = None
    if labels:
        names = [resolve_model(name, open_registry(registry)) for name in (first, second)]
        is_known = known_to(model_folder(name) for name in names if not find_plugin(name))
        sample = read_pairs(labels, known)
        measured = measure(one, other, sample.examples, seed=seed, is_known=is_known)
        log.skip(*sample.skipped)
        warn_left_out(measured)
    if as_json:
        cards = {key: [a, b] for key, a, b in differences}
        common.show_json({"models": [one.name, other.name], "cards": cards, "measured": measured})
    else:
        print(aligned([["card", one.name, other.name], *map(list, differences)]))
        if measured:
            print(f"\n{measured_table(measured)}")


@app.command()
@command
def verify(registry: RegistryOptions, quiet: Quiet = False) -> None:
    """Check every file of your own models against its digest."""
    own = open_registry(registry)
    damages = own.verify()
    for damage in damages:
        say(f"{damage.source}: {damage.reason}")
    if damages:
        fail(NOTHING_DONE)
    if not quiet:
        print(f"{own.folder}: {counted(len(own.versions()), 'version')}, no file changed")


@app.command()
@command
def remove(model: OwnModel, registry: RegistryOptions) -> None:
    """Remove a version that is not current; the log of the registry still names it."""
    version = open_registry(registry).remove(model, command=common.command_line())
    print(f"{version.label}: removed")


# Output ---------------------------------------------------------------------------------------------------------------


def tell_decision(decision: "Decision", version: "Version", *, is_shown: bool = True) -> None:
    """Report a measurement and the decision that followed.

    :param is_shown: Print it, beside the warnings of pairs that were left out.
    """
    warn_left_out(decision.record)
    if is_shown:
        print(f"\n{measured_table(decision.record)}\n{decision_line(decision, version.label)}")
        if decision.kind == "kept":
            say(f"{version.label}: kept as a candidate; --model {version.label} scores with it all the same")


def tell_candidate(registry: "Registry", version: "Version") -> None:
    """Report that a version is only a candidate, and how it is promoted."""
    if registry.current(version.name) != version:
        how = f"stance models promote {version.label} --labels AUDIT"
        say(f"{version.label}: a candidate, not promoted; measure it on audit labels: {how}")


def warn_left_out(measured: Mapping[str, Any]) -> None:
    """Warn of pairs that were not measured on."""
    left = measured["data"]["left_out"]
    reasons = {"are in the training data of": left["trained_on"], "have no stance by": left["undecided"]}
    for reason, n in reasons.items():
        if n:
            say(f"warning: {n:,} labelled pairs {reason} one of the models; left out")


def version_table(registry: "Registry") -> str:
    """Lay out the versions of a registry, oldest first."""
    last = {(event.name, event.digest): event.kind for event in registry.events()}
    rows = [["version", "", "added", "made from", "macro F1 on its own test", "last"]]
    for version in registry.versions():
        status = "current" if registry.current(version.name) == version else ""
        parent = re.sub("(@.{4}).*", r"\1", version.parent or "not stated")
        measured, kind = _own_test(registry.card(version)), KINDS[last[version.name, version.digest]]
        rows.append([version.label, status, version.at[:10], parent, measured, kind])
    return aligned(rows)


def _own_test(card: Mapping[str, Any]) -> str:
    """Write the measure of a model on the pairs held out when it was trained; a card may come from anyone."""
    try:
        measures = card["measures"]
        low, high = measures["interval"]["macro_f1"]
        return with_interval(measures["macro_f1"], (low, high))
    except (KeyError, TypeError, ValueError):
        return "not measured"


def history_table(events: Iterable["Event"]) -> str:
    """Lay out events, oldest first."""
    rows = [[event.at, event.label, KINDS[event.kind], _measured(event.details), event.by] for event in events]
    return aligned([["when", "version", "event", "difference of macro F1 from", "by"], *rows])


def _measured(details: Mapping[str, Any]) -> str:
    """Write the measurement behind a decision; an event may come from anyone, and may hold anything."""
    try:
        found, data = details["difference"], details["data"]
        against = str(details["against"])[:60]
        low, high = found["interval"]
        labels = counted(data["audit"], "audit label")
        return f"{against}: {with_interval(found['difference'], (low, high), '+')}, {labels}"
    except (KeyError, TypeError, ValueError):
        return ""


def measured_table(measured: Mapping[str, Any]) -> str:
    """Lay out the measures of two models on the same pairs."""
    rows = [
        [each["model"], f"{each['n']:,}", with_interval(each["macro_f1"], each["interval"]["macro_f1"])]
        for each in measured["scores"]
    ]
    found, data = measured["difference"], measured["data"]
    low, high = found["interval"]
    return (
        aligned([["", "n", "macro F1"], *rows])
        + f"\ndifference of macro F1 {found['difference']:+.3f}, 95 % interval {low:+.3f} to {high:+.3f}, "
        f"on {counted(data['pairs'], 'labelled pair')} ({data['audit']:,} audit)"
        f" of {counted(data['stories'], 'story', 'stories')}"
    )


def decision_line(decision: "Decision", label: str) -> str:
    """Write the decision about a candidate, and how many labels would be needed.

    :param label: The candidate, as scores name it.
    """
    from stance.registry.promotion import FEWEST_ROWS, FEWEST_STORIES, decides

    record = decision.record
    rival, found, needed = record["against"], record["difference"], record["needed"]
    fewest = f"{FEWEST_ROWS} audit labels of {FEWEST_STORIES} stories are the fewest that decide"
    use = f"use it with --model {label.partition('@')[0]}"
    if decision.kind == "promoted":
        return f"{label}: promoted, as it is surely better than {rival}; {use}"
    beaten = record["beaten_by"]
    if decision.kind == "forced":
        why = beaten or f"it is not surely better than {rival}"
        return f"{label}: made current by --force, and recorded so; {why}; {use}"
    if beaten:
        return f"{label}: not promoted, as {beaten}; --force promotes it all the same"
    if not decides(record) and found["interval"][0] > 0:
        why = fewest
    elif found["difference"] <= 0:
        why = "it is no better on these labels, so more of them will hardly show that it is"
    elif needed is None:
        why = "the difference is too small for any likely number of labels"
    else:
        why = f"about {counted(needed, 'more audit label')} would do, if the difference is as large as it seems"
        why += "" if decides(record) else f"; {fewest}"
    return f"{label}: not promoted, as it is not surely better than {rival}; {why}"


def version_record(registry: "Registry", version: "Version") -> dict[str, Any]:
    """Convert a version and its history to a record, without the list of files."""
    history = []
    for event in registry.history(version.name):
        if event.digest == version.digest:
            details = {key: value for key, value in event.details.items() if key != "files"}
            source = {"at": event.at, "by": event.by, "command": event.command}
            history.append({"event": event.kind, "version": event.label, **source, "details": details})
    is_current = registry.current(version.name) == version
    known = {"version": version.label, "digest": version.digest, "is_current": is_current, "created": version.at}
    made = {"by": version.by, "command": version.command, "parent": version.parent, "data": version.data}
    return {**known, **made, "folder": str(registry.place(version)), "history": history}


# Tables of measures, targets and models -------------------------------------------------------------------------------

MEASURES = {"macro_f1": "macro F1", "accuracy": "accuracy", "favg": "F1 of sides", "ece": "calibration error"}

MOST_TARGETS = 12
"""Targets in a table on a terminal; a corpus of topics may have thousands."""


def evaluation_table(record: Mapping[str, Any], *, current: Mapping[str, Any] | None = None) -> str:
    """Lay out measures with their intervals beside the baselines, and further results below.

    :param record: As ``stance evaluate --json`` prints it.
    :param current: The same of the model that a new one would replace.
    """
    rows = [(str(record.get("model", "model")), record)]
    targets = record.get("targets", {})
    shown = sorted(targets, key=lambda target: -targets[target]["n"])[:MOST_TARGETS]
    rows += [(f"  toward {target}", targets[target]) for target in sorted(shown)]
    if current:
        rows.append((f"current {current.get('model', '')}", current))
    rows += [(f"baseline {name}", measured) for name, measured in record.get("baselines", {}).items()]
    body = [[name, f"{row['n']:,}", *(_measure(row, measure) for measure in MEASURES)] for name, row in rows]
    head = ["", "n", *MEASURES.values()]
    if any(row.get("coverage", 1) < 1 for _, row in rows):
        head.append("decided")
        body = [[*cells, f"{row.get('coverage', 1):.1%}"] for cells, (_, row) in zip(body, rows, strict=True)]
    parts = [aligned([head, *body]), _classes_table(record), *_evaluation_notes(record, len(targets) - len(shown))]
    return "\n".join(part for part in parts if part)


def _classes_table(record: Mapping[str, Any]) -> str:
    """Lay out the measures of each stance; empty where they were not taken."""
    classes = record.get("classes", {})
    names = ("precision", "recall", "f1")
    rows = [[name, f"{each['n']:,}", *(_measure(each, measure) for measure in names)] for name, each in classes.items()]
    return "\n" + aligned([["stance", "n", *names], *rows]) if rows else ""


def _evaluation_notes(record: Mapping[str, Any], not_shown: int) -> Iterator[str]:
    """Write the results that have no place in the table of measures."""
    of_rows = {"": record, **{f"; toward {name}: ": each for name, each in record.get("targets", {}).items()}}
    partly = {name: each["f1"] for name, each in of_rows.items() if len(each.get("f1", STANCES)) < len(STANCES)}
    if partly:
        shown = ((printable(name), labels) for name, labels in islice(partly.items(), MOST_TARGETS))
        over = "".join(f"{name or ': '}{', '.join(labels)}" for name, labels in shown)
        yield f"macro F1 is over the labels that occur, F1 of sides always over favor and against{over}"
    if not_shown:
        yield f"{not_shown} smaller targets not shown; --json gives more of them"
    if abstaining := record.get("abstaining"):
        yield _surest_half(abstaining)
    if agreement := record.get("agreement"):
        humans, model = agreement["humans"], agreement["model"]
        yield (
            f"{agreement['pairs']:,} pairs labelled by several: two annotators agree on {humans['percent']:.1%}"
            f"{_alpha(humans)}, the model and an annotator on {model['percent']:.1%}{_alpha(model)}"
        )


def _surest_half(abstaining: Mapping[str, Any]) -> str:
    """Write how often the surest half is right: of all pairs, and of those that address or name their target."""
    words = {"all": "all", "addressed": "pairs that address their target", "named": "those of them that name it"}
    found = []
    for name, of in words.items():
        if measured := abstaining.get(name):
            half = measured["half"]
            found.append(f"{with_interval(half['accuracy'], half['interval'])} of {of} (n {half['n']:,})")
    return f"accuracy on the surest half: {', '.join(found)}"


def _alpha(agreement: Mapping[str, Any]) -> str:
    return "" if agreement["alpha"] is None else f" (alpha {agreement['alpha']:.3f})"


def _measure(row: Mapping[str, Any], measure: str) -> str:
    return "none" if row[measure] is None else with_interval(row[measure], row.get("interval", {}).get(measure))


def quotation(texts: Mapping[str, Any], scores: Sequence["Score"]) -> str:
    """Lay out a found comment: its article, author and text, its stances with their probabilities, and its place."""
    first = scores[0]
    article = (first.outlet, texts["published"], texts["title"], texts["url"])
    lines = [", ".join(filter(None, article)), " ".join(texts["text"].split())]
    lines[1] = f"{', '.join(filter(None, (first.author or 'unnamed', first.posted)))}: {lines[1]}"
    for score in scores:
        pairs = zip(STANCES, score.probabilities or (), strict=False)
        probabilities = ", ".join(f"{stance} {probability:.2f}" for stance, probability in pairs)
        lines.append(f"{score.target}: {score.stance or 'not scored'}{f' ({probabilities})' * bool(probabilities)}")
    return "\n  ".join(map(printable, (*lines, texts["link"])))


def target_records(targets: TargetSet) -> list[dict[str, Any]]:
    """Return the record of each target: how many aliases of which kind and language."""
    return [
        {
            "id": target.target_id,
            "label": target.label,
            "scored": not target.background,
            "aliases": len(target.aliases),
            "kinds": dict(Counter(alias.kind for alias in target.aliases)),
            "languages": dict(Counter(alias.language or "any" for alias in target.aliases)),
        }
        for target in targets.targets
    ]


def target_table(records: Iterable[Mapping[str, Any]]) -> str:
    """Lay out the records of targets."""
    rows = [
        [row["id"], row["label"], "yes" if row["scored"] else "when asked for", f"{row['aliases']:,}"]
        for row in records
    ]
    return aligned([["id", "label", "scored", "aliases"], *rows])


def model_record(model: "Scorer") -> dict[str, Any]:
    """Return the name, languages and card of a model."""
    return {"name": model.name, "languages": list(model.languages), "card": model.card}


EXPERIMENTAL = "experimental, scored only if named in --languages"
"""Mark of a language in which macro F1 on real comments is under .50 or not measured."""


def model_table(models: Iterable["Scorer"]) -> str:
    """Lay out models with the targets that they were tested on, and the result."""
    rows = []
    for model in models:
        measures = model.card.get("measures", {})
        tested = ", ".join(model.card.get("targets_tested", ())) or "not stated"
        measured = _measure(measures, "macro_f1") if measures else "not measured"
        weak = getattr(model, "experimental", ())
        rows.append([model.name, ", ".join(each for each in model.languages if each not in weak), tested, measured])
    head = ["model", "languages", "tested toward", "macro F1 on held-out stories"]
    return "\n\n".join([aligned([head, *rows]), *_language_tables(models)])


def _language_tables(models: Iterable["Scorer"]) -> Iterator[str]:
    """Lay out what is known of each model in each of its other languages, on real comments and on written ones."""
    head = ["language", "macro F1 on real comments", "on held-out stories", ""]
    for model in models:
        records, weak = getattr(model, "by_language", {}), getattr(model, "experimental", ())
        rows = [
            [
                language,
                _measure(record.get("real", {}), "macro_f1") if record.get("real") else "not measured",
                _measure(record, "macro_f1") if "macro_f1" in record else "not measured",
                EXPERIMENTAL if language in weak else "",
            ]
            for language, record in records.items()
            if language in model.languages and isinstance(record, Mapping)
        ]
        if rows:
            yield f"{model.name} in other languages than English\n{aligned([head, *rows])}"


# Training and measuring ----------------------------------------------------------------------------------------------


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
    targets: TargetSet,
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
    is_new, decision, command_line = own.current(name) != version, None, common.command_line()
    if is_new and sample:
        decision = promote_version(
            own, version, sample, seed=options.seed, force=options.force, command=common.command_line()
        )
    elif is_new and options.force:
        own.decide(version, Kind.FORCED, {}, against=own.current(name), command=command_line)
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
    log: Messages = MESSAGES,
    as_json: AsJson = False,
) -> None:
    """Measure a model on labelled comments, with intervals, beside simple baselines."""
    from stance.evaluation.assessment import Options, assess_paths, training_rows_of

    known = targets.load()
    options = Options(measured.seed, model.abstain, measured.merge, measured.role)
    record, skipped = assess_paths(
        labels, model.load(known), targets=known, options=options, seen=training_rows_of(model)
    )
    log.skip(*skipped)
    for warning in record["warnings"]:
        say(f"warning: {warning}", log.quiet)
    show_result(record, as_json, evaluation_table)
