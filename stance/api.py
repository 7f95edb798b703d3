"""The commands as Python functions, with the same options.

Tables are data frames, in which a column has the same type whatever was read: texts are ``str`` or None (never a
number, so "007" and "NA" stay as they are), and all else as in :func:`stance.records.writers.typed_frame`.
Messages that the command line prints on standard error are issued as :class:`stance.log.InputWarning`.
"""

import functools
import inspect
import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeGuard, TypeVar

from stance import pipeline
from stance.datamodels import Document, Json, Record
from stance.exceptions import ConfigError, NothingReadError
from stance.log import python_log
from stance.options.definition import CommandOption, build, options_of
from stance.options.labelling import SampleOptions
from stance.options.models import EndpointOptions, MeasureOptions, ModelOptions, TargetsFile, TrainingOptions
from stance.options.needs import check_needs
from stance.options.reading import Inputs, ReadingOptions
from stance.options.reports import AuditOptions, ComparisonOptions, PageOptions
from stance.options.run import WITH_ARTICLES, EngineOptions, Run, ScoreOptions
from stance.options.stores import FindOptions
from stance.reading.input_names import READ_ENDINGS
from stance.records import score_records, writers
from stance.runs.comparisons import compare_groups, write_comparison_of
from stance.runs.documents import at_least_one, read_documents
from stance.runs.models import measure_model, model_in_use
from stance.runs.samples import draw_run
from stance.scoring.instances import Scorer

if TYPE_CHECKING:
    import pandas as pd

    from stance.learn.training import Training
    from stance.replication.differences import Verification

Result = TypeVar("Result")
Item = TypeVar("Item")


class ComparisonTables(NamedTuple):
    """The tables of a comparison, with a row for each figure."""

    shares: "pd.DataFrame"
    sentiment: "pd.DataFrame"
    differences: "pd.DataFrame"
    trends: "pd.DataFrame"


def keywords(function: Callable[..., Result]) -> Callable[..., Result]:
    """Let a function take its inputs as positional arguments and the options of its groups as keywords.

    Its signature and the list of parameters in its docstring are written from the groups.
    """
    plain = inspect.signature(function).parameters
    verb = function.__name__
    groups = {name: parameter.annotation for name, parameter in plain.items() if is_dataclass(parameter.annotation)}
    extra = [field for field in plain.values() if field.name not in groups and field.kind is field.KEYWORD_ONLY]
    rows = dict[str, CommandOption]()
    for group in groups.values():
        for field, option, _ in options_of(group, verb):
            if option.flags:
                rows[field.name] = option
                kind = inspect.Parameter.KEYWORD_ONLY
                extra.append(inspect.Parameter(field.name, kind, default=field.default, annotation=field.type))
    defaults = {parameter.name: parameter.default for parameter in extra}

    @functools.wraps(function)
    def call(*inputs: object, **values: Json) -> Result:
        if unknown := [name for name in values if name not in defaults]:
            raise TypeError(f"{verb}() got an unexpected keyword argument {unknown[0]!r}")
        _complete(verb, inputs, values, defaults)
        options = [name for name in rows if values.get(name) is not None and values[name] is not defaults[name]]
        check_needs(verb, map(rows.__getitem__, options), defaults | values)
        if "jobs" in defaults:
            values.setdefault("jobs", 1)  # notebooks and scripts start processes only where asked to
        built = {name: build(group, values) for name, group in groups.items()}
        try:
            return function(**built, **values)
        except NothingReadError:
            if not (names := [str(name) for table in inputs for name in getattr(table, "columns", ())]):
                raise
            expected = 'texts in a column text, or columns={"text": ...}'
            raise NothingReadError(f"no texts in the columns {', '.join(names)[:200]}", expected) from None

    first = inspect.Parameter("inputs", inspect.Parameter.VAR_POSITIONAL, annotation=str | Path)
    call.__signature__ = inspect.Signature([first, *extra])  # type: ignore[attr-defined]
    lines = (f"    :param {name}: {row.help}\n" for name, row in rows.items())
    call.__doc__ = f"{(function.__doc__ or '').rstrip()}\n\n{''.join(lines)}"
    return call


def _complete(verb: str, inputs: Sequence[object], values: Record, names: Collection[str]) -> None:
    """Add the inputs to the values, and take a trained model, and names of targets, in the place of a file.

    :param names: Of the options of the verb.
    :raises TypeError: If one name of a target stands in the place of a file of targets.
    """
    values["inputs"] = inputs
    if "columns" in names and len(inputs) == 1:
        values["inputs"], values["table"] = _taken(inputs[0])
    trained: Json = values.get("model")
    if hasattr(trained, "evaluation"):  # by train
        values["model"] = trained.model
    if "target" in names and isinstance(targets := values.get("targets"), list | tuple):
        values["target"] = values.pop("targets")
    elif "target" in names and isinstance(targets, str) and not (Path(targets).suffix or Path(targets).exists()):
        raise TypeError(f"{verb}() got targets={targets!r}, which is no file; expected target={targets!r}")


FORMS = "expected paths, a list of texts, or a data frame with a column text"


def _taken(value: object) -> tuple[tuple[object, ...], bytes | None]:
    """Return the inputs that one argument stands for, and the table that is read for ``-``.

    :raises TypeError: If it is neither paths nor texts nor a table.
    :raises ConfigError: If it is a table whose columns are no plain names.
    """
    if isinstance(value, str | os.PathLike):
        if isinstance(value, str) and re.search(r"\S\s+\S|<", value) and not os.path.exists(value):  # noqa: PTH110 any text
            raise TypeError(f"{value[:60]!r} is no file or folder here; {FORMS}")
        return (value,), None
    if hasattr(value, "columns"):
        rows = _frame_rows(value)
    else:
        values = _listed(value)
        paths = [each for each in values if _is_path(each)]
        if len(paths) == len(values):
            return tuple(values), None
        rows = [dict(each) if isinstance(each, Mapping) else {"text": each} for each in values]
        if strange := [each for each in values if not isinstance(each, str | os.PathLike | Mapping | None)]:
            raise TypeError(f"{type(value).__name__} with {type(strange[0]).__name__} given; {FORMS}")
        if paths:
            raise TypeError(f"a list of {os.fspath(paths[0])!r}, which is a file or folder here, and of texts; {FORMS}")
        texts = [each for each in values if isinstance(each, str)]
        if texts and all(map(_LIKE_PATH.fullmatch, texts)):
            raise TypeError(f"a list with {texts[0]!r}, which looks like a path and is no file here; {FORMS}")
    table = "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    return ("-",), table.encode("utf-8", "replace")


_LIKE_PATH = re.compile(
    r"(?!\w+://)(?:[^\s]{1,250}|[^\n]{0,250}[/\\][^\n]{0,250})"
    rf"(?:{'|'.join(map(re.escape, sorted(READ_ENDINGS)))}|\.[a-z]{{3}}x?)(?:\.gz|\.zst)?",
    re.IGNORECASE,
)
"""Pattern of paths: with a known ending, without blanks or within a folder."""


def _is_path(value: object) -> TypeGuard[str | os.PathLike[str]]:
    """Return whether a value is a path; a word that a folder happens to be called is none."""
    if not isinstance(value, str):
        return isinstance(value, os.PathLike)
    return os.path.isfile(value) or ("/" in value and os.path.isdir(value))  # noqa: PTH112, PTH113


def _listed(value: object) -> list[object]:
    """Return the values of a list, an array, a series or an iterator; gaps are None."""
    if hasattr(value, "read") or isinstance(value, Mapping | bytes) or not isinstance(value, Iterable):
        raise TypeError(f"{type(value).__name__} given; {FORMS}")
    turned = getattr(value, "to_pylist", None) or getattr(value, "tolist", None) or getattr(value, "to_list", None)
    values = list(turned()) if turned else list(value)
    if not values:
        raise TypeError(f"an empty {type(value).__name__} given; {FORMS}")
    # A gap of pandas is equal to nothing, or is of a kind called so.
    return [None if type(item).__name__ in ("NAType", "NaTType") or item != item else item for item in values]


def _frame_rows(frame: Json) -> list[Record]:
    """Return the rows of a data frame of pandas or Polars, or of a table of Arrow."""
    names = list(getattr(frame, "column_names", frame.columns))
    if odd := [name for name in names if isinstance(name, tuple)]:
        raise ConfigError(f"a data frame with the column {odd[0]!r} of several levels; expected plain names")
    if twice := sorted({str(name) for name in names if names.count(name) > 1}):
        raise ConfigError(f"a data frame with two columns {', '.join(twice)[:100]}; expected each column once")
    for turned in ("to_dicts", "to_pylist"):
        if hasattr(frame, turned):
            return getattr(frame, turned)()
    if not hasattr(frame, "to_dict"):
        raise TypeError(f"{type(frame).__name__} given; {FORMS}")
    return frame.astype(object).where(frame.notna(), None).to_dict("records")


@keywords
def parse(inputs: Inputs, reading: ReadingOptions, engine: EngineOptions) -> list[Document]:
    """Separate articles from their reader comments.

    The inputs are saved pages, folders of them, or tables of comments.

    :return: One document for each page, in the order of the inputs.
    :raises ConfigError: If an option is not valid.
    :raises NothingReadError: If no input could be used.
    """
    from stance.workers.cores import parsing_engine

    work, log = parsing_engine(engine.jobs, reading.language), python_log()
    items = read_documents(inputs.inputs, reading, log=log, engine=work, stdin=inputs.stdin)
    return list(at_least_one((document for document in items if document.has_texts), log))


@keywords
def score(run: Run, passages: ScoreOptions) -> "pd.DataFrame":
    """Score each comment's stance and sentiment toward each target.

    The inputs are saved pages, folders of them, or tables of comments with a column ``text``; or a data frame with such
    a column, or a list of texts.

    :return: One row per comment and target, with the columns of the ``scores.csv`` of a report. ``evidence`` holds
        lists of ``[start, end]``.
    :raises ConfigError: If an option is not valid.
    :raises NothingReadError: If no input could be used.
    """
    scored = pipeline.score_run(run, python_log(), passages)
    columns = (*score_records.SCORE_FIELDS, *score_records.TEXT_FIELDS)
    columns += score_records.SENTENCE_FIELDS if passages.articles else ()
    rows = (
        dict.fromkeys(columns) | score_records.score_to_record(score) | texts
        for document in scored.documents
        for score, texts in score_records.scores_with_texts(document)
        if passages.articles or score.sentence is None
    )
    return writers.typed_frame(rows, columns)


@keywords
def report(run: Run, audit: AuditOptions, page: PageOptions, *, output: Path | str = "reports") -> Path:
    """Write a stance report: an index, a page per document, ``summary.json`` and ``scores.csv``.

    :param output: The folder to write.
    :return: The path of ``index.html``; ``summary.json`` in the same folder holds the shares.
    :raises NothingReadError: If no input could be used; nothing is written then.
    :raises LabelError: If the labels cannot be used as audit labels.
    """
    log = python_log()
    scored = pipeline.score_run(run, log, WITH_ARTICLES, audit=audit)
    return pipeline.write_report(scored, Path(output), log, is_public=page.public)[0]


@keywords
def compare(
    run: Run, audit: AuditOptions, groups: ComparisonOptions, page: PageOptions, *, output: Path | str | None = None
) -> ComparisonTables:
    """Compare outlets, or other groups of comments.

    :param groups: ``by``: ``outlet``, ``topic``, ``author``, ``month``, ``language``, a column of the user's table, or
        several as ``outlet,month``; ``topic``: the column with the topic of an article, or a file of word lists;
        ``trend``: ``month``, ``week`` or ``day``; ``event``: a day; ``seed``.
    :param output: A folder for ``comparison.html``, ``comparison.json`` and CSV files; None: nothing is written.
    :return: The tables of the CSV files, of which ``codebook.csv`` describes each column.
    :raises NothingReadError: If no input could be used.
    :raises LabelError: If the labels cannot be used as audit labels.
    """
    from stance.comparison.grouping import own_columns
    from stance.reporting import tables

    log = python_log()
    scored = pipeline.score_run(run, log, audit=audit, keep=own_columns(groups.by, groups.topic))
    if output is None:
        comparison = compare_groups(scored, groups, log)
    else:
        comparison, _ = write_comparison_of(scored, groups, Path(output), log, page)
    rows, frames = tables.tables_of(comparison), []
    for name in tables.NAMES:
        columns = tables.columns_of(name)
        frames.append(writers.typed_table((tables.tidy(row, columns) for row in rows[name]), columns))
    return ComparisonTables(*frames)


def verify(path: Path | str) -> "Verification":
    """Compute the figures of a report, a comparison or a bundle again.

    :param path: The folder of a private report or comparison, or a bundle.
    :return: The number of ``figures``, and those that are ``differing``: each with ``file``, ``place``, ``printed`` and
        ``recomputed``.
    :raises ConfigError: If that cannot be done: the report is public, or its scores are missing.
    """
    from stance.replication.verification import verify as verify_figures

    return verify_figures(Path(path))


@keywords
def sample(run: Run, options: SampleOptions) -> "pd.DataFrame":
    """Draw comments to label, each with its inclusion probability.

    :return: One row per comment and target, with the columns of ``stance sample``; ``label`` is None.
    :raises NothingReadError: If no input could be used.
    """
    from stance.labels.sampling import SAMPLE_FIELDS

    log = python_log()
    drawn = draw_run(run, options, log)
    log.warn("sample", *drawn.record["warnings"])
    return writers.typed_frame(drawn.rows(), SAMPLE_FIELDS)


@keywords
def train(labels: Inputs, targets: TargetsFile, training: TrainingOptions, *, output: Path | str) -> "Training":
    """Train a model on labelled comments, measure it in five folds, and compare it with the model it starts from.

    The inputs are tables of labelled comments.

    :param output: The model folder to write; a model in it is replaced.
    :return: An object with the ``model``, and the ``evaluation``: its measures and, as ``compared``, the comparison.
    :raises LabelError: If the tables hold too little to train on.
    """
    from stance.learn.training import train_from_paths

    tables, target_set, log = [Path(path) for path in labels.inputs], targets.load(), python_log()
    base = training.start_from or model_in_use(tables).find()
    return train_from_paths(tables, Path(output), targets=target_set, seed=training.seed, start_from=base, log=log)


@keywords
def evaluate(labels: Inputs, model: ModelOptions, targets: TargetsFile, measured: MeasureOptions) -> Record:
    """Measure a model on labelled comments.

    The inputs are tables of labelled comments.

    :return: Measures of the decided pairs with 95 % intervals, per target, those of the baselines, and those of other
        models.
    :raises LabelError: If no row can be used, or no pair is decided.
    """
    return measure_model([Path(path) for path in labels.inputs], model, targets, measured, python_log())[0]


@keywords
def find(sources: Inputs, conditions: FindOptions) -> "pd.DataFrame":
    """Find the comments of a store that hold all words.

    The inputs are the store, and words and phrases; one that ends in ``*`` is the beginning of a word.

    :return: One row per comment and target: the columns of an exported table, and ``link``, its place in the report.
    :raises StoreError: If there is no such store or run.
    :raises ConfigError: If there are no words, or an option is not valid.
    """
    from stance.store import Store
    from stance.store.search import LINK, find_comments

    path, *words = map(str, sources.inputs)
    log = python_log()
    with Store.read(Path(path)) as store:
        matches = find_comments(store, store.open_run(conditions.run, log), words, conditions, log.skip)
        rows = [score_records.score_to_record(score) | texts for score, texts in matches]
    return writers.typed_frame(rows, (*score_records.SCORE_FIELDS, *score_records.TEXT_FIELDS, LINK))


def load_scorer(
    name: Path | str,
    *,
    targets: Path | str | None = None,
    languages: Sequence[str] | None = None,
    label_map: Mapping[str, str] | None = None,
    **endpoint: object,
) -> Scorer:
    """Load a model to pass to :func:`score`, :func:`report`, :func:`compare` or :func:`evaluate`.

    :param name: An installed model, a model folder, ``vader``, ``hf:NAME_OR_FOLDER`` or ``llm:MODEL``.
    :param targets: A TOML file that adds or replaces targets.
    :param languages: ``hf``, ``llm``: languages to score; None: English.
    :param label_map: ``hf``: label of the model -> stance.
    :param endpoint: ``url``, ``plain_http``, ``parallel`` and ``budget``, as ``stance score --help`` describes them.
    :raises ModelError: If there is no such model, or it cannot be used.
    """
    values: Record = {"model_languages": languages, "label_map": label_map, **endpoint}
    endpoint_options = build(EndpointOptions, values)
    if values:
        raise TypeError(f"load_scorer() got an unexpected keyword argument {next(iter(values))!r}")
    return ModelOptions(name, endpoint=endpoint_options).load(build(TargetsFile, {"targets": targets}).load())
