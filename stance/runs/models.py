"""The model, languages and targets of a run: those that its user names, else those of its stores; and its measures."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from stance.datamodels import VADER, Record
from stance.exceptions import ConfigError, ModelError
from stance.log import Log
from stance.options.models import ANY_MODEL, MeasureOptions, ModelOptions, TargetsFile
from stance.options.reading import Inputs
from stance.options.run import COMMENTS, Run, ScoreOptions
from stance.reading.bundles import BUNDLED_TARGETS, bundled
from stance.runs.documents import InputPaths
from stance.scoring import find_plugin
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import Scorer
from stance.scoring.persistence import installed_models
from stance.store import Store, stores_in
from stance.workers.page_worker import ScoringJob


def open_scorer(run: Run, passages: ScoreOptions = COMMENTS, log: Log | None = None) -> DocumentScorer:
    """Load the model, targets and key of a run, and warn of the user's targets and key.

    :raises TargetError: If the user's targets cannot be used or a target is not defined.
    :raises ModelError: If the model cannot be loaded.
    :raises ConfigError: If the key cannot be read or made, or an option is not valid.
    """
    log, targets = log or Log(), run.targets.load()
    run.privacy.warn_of_key(log)
    log.warn("targets", *targets.warnings)
    stores = _stores(run)
    for path in chain.from_iterable(stores) if not (all(stores) or run.privacy.names) else ():
        with Store.read(path) as store:
            try:
                store.check_key(run.privacy.key())
            except ConfigError as error:  # other inputs may be of others, and hold pseudonyms, too
                log.warn(str(path), f"a person of other inputs is another one here: {error}".replace(f"{path}: ", ""))
    return ScoringJob(targets, run.model, run.privacy.naming(), passages.articles).load()


def choose_model(run: Run, log: Log | None = None) -> Run:
    """Return a run with the model that reads it: the one that is named, else that of its store, else ``default``.

    Targets and languages that are not named are likewise those of the store.

    :param log: Names the model at the end, if the user did not.
    """
    targets = next(filter(None, (bundled(path, BUNDLED_TARGETS) for path in run.inputs.inputs)), None)
    if targets and not run.targets.targets_file.targets:  # a bundle defines them, and the user gives no others
        run = replace(run, targets=replace(run.targets, targets_file=TargetsFile(targets)))
    completed = _with_stored_settings(_with_run_of_model(run), log or Log())
    if log and run.model.model == ANY_MODEL:
        log.model = str(completed.model.chosen)
    return completed


def models_of(run: Run) -> "Sequence[str | Path | Scorer]":
    """Return the models of a run: the one that is named, else those that scored its stores, else ``default``."""
    if run.model.model != ANY_MODEL:
        return [run.model.chosen]
    stored = {item.get("model", run.model.chosen) for item in _stored_settings(run)}
    return [*stored] or [run.model.chosen]


def _stores(run: Run) -> list[list[Path]]:
    """Return the stores that each input is, or holds."""
    return [stores_in(Path(item)) for item in run.inputs.inputs]


def _stored_settings(run: Run) -> list[Mapping[str, Any]]:
    """Return the settings of the runs that are read of stores among the inputs; a store of labels alone has none."""
    settings = []
    for path, *_ in filter(None, _stores(run)):
        with Store.read(path) as store:
            if store.runs(lambda _: None):
                settings.append(store.choose_run(run.reading.run_number).settings)
    return settings


def _with_run_of_model(run: Run) -> Run:
    """Return a run that reads the scores of the model that its user names, if an earlier run of its store has them.

    :raises ConfigError: If a store has only scores of other models.
    """
    stores, number = [*chain.from_iterable(_stores(run))], run.reading.run_number
    if not stores or run.model.model == ANY_MODEL:
        return run
    plugin, name = find_plugin(run.model.chosen), str(run.model.chosen)
    if not (plugin and "url" in plugin[0].settings):  # a draw asks no endpoint
        name = run.model.load(run.targets.load()).name
    for path in stores:
        with Store.read(path) as store:
            stored = store.runs(lambda _: None)
        scored = [row for row in stored if name in (row.model, row.model.partition("@")[0])]
        numbers = [row.number for row in scored if number in (None, row.number)]
        if stored and not numbers:
            others, again = ", ".join(sorted({row.model for row in stored})), f"--model {run.model.chosen} -o {path}"
            raise ConfigError(f"{path}: scored with {others}; expected scores of {name}: stance score INPUT... {again}")
        if stored and numbers[-1] != stored[-1].number:
            run = replace(run, reading=replace(run.reading, run_number=numbers[-1]))
    return run


def _with_stored_settings(run: Run, log: Log) -> Run:
    """Return a run with the model, languages and targets that its stores were scored with, if the user names no others.

    A model must be installed, and a target defined. Inputs besides stores are scored toward the targets of any run.
    """
    stored = _stored_settings(run)
    names = {item.get("model", run.model.chosen) for item in stored}
    if run.model.model == ANY_MODEL and len(names) == 1:
        languages = run.model.languages or stored[0].get("languages")
        model = replace(run.model, model=min(names), languages=languages and tuple(languages))
        # Of a store from elsewhere, or by a model of a former version: its scores are used unchanged, with a message.
        with suppress(ModelError, ConfigError):
            model.folder()
            run = replace(run, model=model)
    for name in sorted({*map(str, names)} - {str(run.model.chosen), VADER, *installed_models()}):
        log.warn(name, "scored a store and is not here, so comments that it learned from may be drawn to label")
    if stored and not run.targets.target and all(_stores(run)):
        targets = run.targets.load()
        ids = dict.fromkeys(chain.from_iterable(item.get("targets", ()) for item in stored))
        scored = tuple(item for item in ids if targets.id_of(item)) or tuple(ids)
        if {*scored} != {*targets.ids}:
            run = replace(run, targets=replace(run.targets, target=scored))
    return run


def model_in_use(labels: InputPaths, model: ModelOptions | None = None) -> ModelOptions:
    """Return the model that is trained or measured on labels: the one that reads a report of these inputs."""
    model = model or ModelOptions()
    return choose_model(Run(Inputs(tuple(labels)), model=model)).model if model.model == ANY_MODEL else model


def measure_model(
    labels: Sequence[Path], model: ModelOptions, targets: TargetsFile, measured: MeasureOptions, log: Log
) -> tuple[Record, Scorer]:
    """Measure a model, and the others that the options name, on label tables.

    :return: The record that ``stance evaluate --json`` prints, and the model.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    from stance.learn.assessment import assess_paths
    from stance.learn.audits import training_rows

    target_set, model = targets.load(), model_in_use(labels, model)
    scorer, *rivals = (each.load(target_set) for each in (model, *map(model.replaced_by, measured.against)))
    record, skipped = assess_paths(
        labels, scorer, targets=target_set, options=measured, trained_on=training_rows(model.chosen),
        languages=model.languages, rivals=rivals,
    )  # fmt: skip
    log.skip(*skipped)
    return record, scorer
