"""The options of a run, each defined once: with its flag, environment variable and help text.

A group of options is a frozen dataclass. The command line writes the signature of a command from the groups it takes,
and the Python API builds the same groups from keyword arguments; so a new option is one field here.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass
from datetime import date
from functools import partial
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from stance.datamodels import PERIODS, STANCES, Document, Stance, day_of, grouped
from stance.exceptions import ConfigError, ModelError, require, unknown
from stance.log import Log
from stance.resources import STORE_ENDINGS, is_database, part_name

if TYPE_CHECKING:
    from stance.pseudonyms import Naming
    from stance.scoring.instances import Scorer
    from stance.scoring.targets import TargetSet

Source = str | Path
Value = Any
"""A value of an option, of any type, or a type itself."""

Parser = Callable[[Value], Value]

ROLES = ("audit", "train")
"""Words: roles of labels."""


@dataclass(frozen=True, slots=True)
class CommandOption:
    """A row of the table of options: the command-line side of a field, or of a parameter of one command.

    Name, type and default are those of the field, and its panel is that of the group.

    :param flags: As ``("--jobs", "-j")``; empty for the inputs.
    :param kind: Type of the value on the command line; None: a text where it is parsed, else the type of the field.
    :param parse: Turns a value of either side into that of the field; not called for None.
    :param variable: Whether ``STANCE_<FLAG>`` and ``stance.toml`` may set it.
    :param often: Verbs in which it is often used: of more than ten options, ``--help`` shows these.
    :param repeated: Whether the commands that a report prints for copying repeat it.
    :param needs: Names of :data:`NEEDS`, without which it would have no effect.
    :param verbs: Verbs that it changes; empty: all that take its group.
    :param limits: Further arguments of ``typer.Option``, such as ``min``.
    """

    flags: tuple[str, ...]
    help: str
    kind: Value = None
    parse: Parser | None = None
    variable: bool = True
    often: str = ""
    repeated: bool = False
    needs: tuple[str, ...] = ()
    verbs: str = ""
    limits: Mapping[str, Value] = field(default_factory=dict)


def setting_of(flags: Iterable[str]) -> str:
    """Name an option as a setting, by its longest flag: ``--key-file`` is ``key_file``."""
    return max(flags, key=len).lstrip("-").replace("-", "_")


def row(flags: str, help: str, **values: Value) -> CommandOption:
    """Define an option.

    :param flags: Separated by spaces.
    :param values: Further fields of :class:`CommandOption`; what is none of them is a limit.
    """
    known = {name: values.pop(name) for name in CommandOption.__slots__ if name in values}
    return CommandOption(tuple(flags.split()), help, **known, limits=values)


def option(flags: str, help: str, default: Value = None, **values: Value) -> Value:
    """Define a field that is an option; see :func:`row`."""
    return field(default=default, metadata={"option": row(flags, help, **values)})


def flag_option(flags: str, help: str, default: Value = None, **values: Value) -> Value:
    """Define a field that only the command line sets; see :func:`option`."""
    return option(flags, help, default, variable=False, **values)


def choice_option(flags: str, help: str, default: str | None, choices: Sequence[str], **values: Value) -> Value:
    """Define a field that is one of some values; see :func:`option`."""
    kind = str | None if default is None else str
    return option(flags, help, default, kind=kind, parse=_one_of(flags, choices), **values)


def _one_of(flags: str, choices: Sequence[str]) -> Parser:
    def parse(given: Value) -> Value:
        for each in (given,) if isinstance(given, str) else given:
            if each not in choices:
                raise ConfigError(unknown(flags.split()[0], each, choices))
        return given

    return parse


def file_option(flags: str, help: str, **values: Value) -> Value:
    """Define a field that is the path of a file or folder; see :func:`option`."""
    return option(flags, help, kind=Path | None, parse=Path, **values)


def count_option(flags: str, help: str, **values: Value) -> Value:
    """Define a field that is a number from 1 on; see :func:`option`."""
    return option(flags, help, min=1, **values)


def repeatable(flags: str, help: str, parse: Parser, **values: Value) -> Value:
    """Define a field with any number of values; see :func:`option`."""
    kind = list[Path] | None if parse is _paths else list[str] | None
    return option(flags, help, (), kind=kind, parse=parse, **values)


def options_of(group: Value, verb: str = "") -> Iterator[tuple["Field[Value]", CommandOption, str | None]]:
    """List the options of a group and of the groups in it.

    :param verb: Only those that change this verb; empty: all.
    :return: Field, option, and the heading under which ``--help`` shows it.
    """
    for each in fields(group):
        if is_dataclass(each.type):
            yield from options_of(each.type, verb)
        elif (row := each.metadata.get("option")) and (not row.verbs or verb in ("", *row.verbs.split())):
            yield each, row, getattr(group, "panel", None)


Values = Mapping[str, Value]


def check_needs(verb: str, given: Iterable[tuple[str, CommandOption]], values: Values) -> None:
    """Refuse options that would have no effect beside the other options and inputs.

    :param given: The options that the user set to other values than their defaults, with the names of their values.
    :param values: The values of all options and arguments of the verb, by name.
    :raises ConfigError: If one lacks what it needs.
    """
    for _, each in given:
        for need in each.needs:
            if not NEEDS[need](verb, values):
                raise ConfigError(f"{each.flags[0]}: no effect without {need}; expected both or neither")


def _topics_are_found(_: str, values: Values) -> bool:
    return "topic" in values["by"].split(",")


def _inputs_stored(values: Values) -> list[bool]:
    """Return for each input whether it is a store, a bundle or a folder of stores."""
    given = [Path(each) for each in values.get("inputs") or ()]
    return [each.suffix.lower() == ".zip" or any(map(is_database, (each, each / part_name(0)))) for each in given]


def _has_ending(values: Values, *endings: str) -> bool:
    output = values.get("output")
    return output is not None and Path(output).suffix.lower() in endings


NEEDS: Mapping[str, Callable[[str, Values], bool]] = {
    "--by topic": _topics_are_found,
    "topics that are found (--by topic without --topic)": lambda verb, values: (
        _topics_are_found(verb, values) and values["topic"] is None
    ),
    "--by author": lambda verb, values: verb != "compare" or "author" in values["by"].split(","),
    "--bundle": lambda verb, values: verb != "export" or values["bundle"],
    "pseudonyms (no --names)": lambda _, values: not values.get("names"),
    "a store as input": lambda _, values: any(_inputs_stored(values)),
    "pages or tables as input": lambda _, values: not all(_inputs_stored(values)),
    "--labels FILE.db": lambda verb, values: verb != "label" or values["labels"] is not None,
    "a draw of --n comments (no --page, no --target-width)": lambda _, values: (
        values["page"] is None and values["target_width"] is None
    ),
    "-o FILE.db or --engine spark": lambda _, values: (
        _has_ending(values, *STORE_ENDINGS) or values.get("engine", "local") == "spark"
    ),
    "-o FILE.db": lambda _, values: _has_ending(values, *STORE_ENDINGS),
    "--engine spark": lambda _, values: values.get("engine", "local") == "spark",
    "--engine local": lambda verb, values: verb != "score" or values.get("engine", "local") == "local",
    "an output that is no store": lambda verb, values: (
        verb != "score" or (values.get("engine", "local") == "local" and not _has_ending(values, *STORE_ENDINGS))
    ),
    "a CSV file (-o FILE.csv)": lambda verb, values: (
        verb in ("report", "compare") or _has_ending(values, ".csv") or bool(values.get("wanted") == "csv")
    ),
}
"""Words: conditions on the verb, and on the values of its other options, without which an option has no effect."""


def build(group: Value, values: dict[str, Value]) -> Value:
    """Build a group, taking its values out of a dictionary.

    :raises ConfigError: If a value is not valid.
    """
    found: dict[str, Value] = {}
    for each in fields(group):
        if is_dataclass(each.type):
            found[each.name] = build(each.type, values)
            continue
        value = values.pop(each.name, None)
        if value is None:
            continue  # the default of the field
        parse = each.metadata["option"].parse if "option" in each.metadata else None
        found[each.name] = parse(value) if parse else value
    return group(**found)


# How values are read --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """Base model and data of a training."""

    start_from: str | None = flag_option("--from", "Model to start from, e.g. light (default: the model in use).")
    seed: int = option("--seed", "Random seed.", 0)

    panel = "Training"


def listed(given: Value) -> tuple[Value, ...]:
    """Return one value, or several, as a tuple.

    :raises TypeError: If it is a data frame, whose items are the names of its columns.
    """
    if hasattr(given, "columns"):
        raise TypeError(f"{type(given).__name__} given; expected names or paths; write the data to a file and name it")
    return (given,) if isinstance(given, str | Path) else tuple(given)


def _strata(given: Value) -> tuple[str, ...]:
    """Read ``outlet,month``, or a sequence of columns."""
    parts = given.split(",") if isinstance(given, str) else listed(given)
    columns = tuple(dict.fromkeys(part.strip() for part in parts))
    return tuple(_one_of("--stratify", ("outlet", "month", "document"))(columns))


def _paths(given: Value) -> tuple[Path, ...]:
    return tuple(Path(each) for each in listed(given) if each != "")


def _read_by(place: str, name: str) -> Parser:
    """Read a text by a function of another module, which is imported when it is needed; take any other value as it is.

    :param place: The module.
    :param name: The function.
    """

    def parse(given: Value) -> Value:
        return vars(import_module(place))[name](given) if isinstance(given, str) else given

    return parse


_read_language = _read_by("stance.scoring", "parse_language")
_read_columns = _read_by("stance.reading.tables", "parse_columns")
_read_languages = _read_by("stance.scoring", "parse_languages")
_read_label_map = _read_by("stance.scoring", "parse_label_map")


KEY_FILE_HELP = "File with the key of the pseudonyms (default: .stance.key of the project)."

READ_ANEW = ("pages or tables as input", "--labels FILE.db")
"""Words: needs of options that concern the reading of pages and tables, of which stores hold the result."""

OF_PAGES = "report compare sample label parse score"
"""Words: verbs that read pages."""


def _names(document: Document, words: str) -> bool:
    article = "\n".join((document.title or "", document.lead or "", *document.body)).casefold()
    return all(word in article for word in words.split())


def _last_day(document: Document) -> int:
    return day_of(document.published) or max((day_of(each.posted) for each in document.comments), default=0)


CONDITIONS: Mapping[str, Callable[[Document, str], bool]] = {
    "outlet": lambda document, value: value == (document.outlet or "").casefold(),
    "language": lambda document, value: value == document.language.casefold(),
    "topic": _names,
    "from": lambda document, value: _last_day(document) >= date.fromisoformat(value).toordinal(),
    "until": lambda document, value: 0 < _last_day(document) <= date.fromisoformat(value).toordinal(),
}
"""Words: conditions of ``--where`` on a page and a value in lower case."""


def _conditions(given: Value) -> tuple[tuple[str, str], ...]:
    """Read ``outlet=Herald`` and the like.

    :raises ConfigError: If there is no such choice, or a day is none.
    """
    found = []
    for each in listed(given):
        name, _, value = map(str.strip, str(each).partition("="))
        if name not in CONDITIONS or not value:
            known = ", ".join(f"{condition}=VALUE" for condition in CONDITIONS)
            raise ConfigError(f"--where {str(each)[:40]!r}; expected one of {known}")
        found.append((name, _day(value, "--where").isoformat() if name in ("from", "until") else value))
    return tuple(found)


def _day(given: str | date, flag: str = "--since") -> date:
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError:
        raise ConfigError(f"{flag} {str(given)[:40]!r}; expected a date such as 2026-03-01") from None


# Groups ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """How inputs are read."""

    language: str | None = option(
        "--language", "Language of pages too short to detect it.", parse=_read_language, often="parse", repeated=True,
        needs=READ_ANEW,
    )  # fmt: skip
    outlet: str | None = option(
        "--outlet", "Outlet of pages and tables that do not name their outlet.",
        often="report compare label parse score", repeated=True, needs=READ_ANEW,
    )  # fmt: skip
    layouts: Path | None = file_option(
        "--layouts", "TOML file of your own site layouts, as stance fix writes it.", often="parse score", repeated=True,
        needs=READ_ANEW,
    )  # fmt: skip
    columns: Mapping[str, str] | None = option(
        "--map", "Map column names of tables, e.g. text=body,author=user.", parse=_read_columns, often=OF_PAGES,
        repeated=True, needs=READ_ANEW,
    )  # fmt: skip
    least_certainty: float | None = option(
        "--least-certainty", "Leave out pages read with less than this certainty (0 to 1).", min=0, max=1,
        repeated=True, needs=("--labels FILE.db",),
    )  # fmt: skip
    where: tuple[tuple[str, str], ...] = repeatable(
        "--where",
        "Only pages with outlet=NAME, language=CODE, topic=WORDS (in the article), from=DATE, until=DATE (repeatable).",
        _conditions, variable=False, often="report compare label parse score", repeated=True,
        needs=("--labels FILE.db",),
    )  # fmt: skip
    run_number: int | None = count_option(
        "--run", "Number of a store's run (default: the latest).", variable=False, repeated=True,
        needs=("a store as input", "--labels FILE.db"),
    )  # fmt: skip

    def left_out_by(self, document: Document) -> str | None:
        """Return the option that leaves a document out, if one does; of several outlets or languages, one must fit."""
        if self.least_certainty and document.certainty is not None and document.certainty < self.least_certainty:
            return "--least-certainty"
        if not self.where:
            return None
        wanted = grouped((name, value.casefold()) for name, value in self.where)
        fits = (any(CONDITIONS[name](document, value) for value in values) for name, values in wanted.items())
        return None if all(fits) else "--where"


@dataclass(frozen=True, slots=True)
class TargetsFile:
    """The targets that are known."""

    targets: Path | None = file_option(
        "--targets", "TOML file that adds or replaces targets.", often="report score evaluate", repeated=True,
        needs=("--bundle",),
    )  # fmt: skip

    panel = "Targets and model"

    def load(self) -> "TargetSet":
        """Load the shipped targets and those of the user's file.

        :raises TargetError: If the file cannot be used.
        """
        from stance.scoring.targets import load_targets

        return load_targets(self.targets)


@dataclass(frozen=True, slots=True)
class TargetOptions:
    """The targets that stance is scored toward."""

    targets_file: TargetsFile = TargetsFile()
    target: tuple[str, ...] = repeatable(
        "--target", "Score only this target (repeatable).", listed, often="report compare sample label score",
        repeated=True, needs=("--labels FILE.db",),
    )  # fmt: skip

    panel = "Targets and model"

    def load(self) -> "TargetSet":
        """Load the targets to score: those named by ``target``, else all that are not background.

        :raises TargetError: If the file cannot be used or a target is not defined.
        """
        found = self.targets_file.load()
        return found.select(self.target) if self.target else found


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """Settings of a plugged-in model. No file or variable sets where texts are sent."""

    url: str | None = flag_option("--url", "For llm models: endpoint, e.g. http://localhost:8000/v1.")
    plain_http: bool = flag_option("--plain-http", "For llm models: allow http:// to another machine.", False)
    model_languages: tuple[str, ...] | None = option(
        "--model-languages", "For hf and llm models: languages to score (default: en).", parse=_read_languages,
        repeated=True,
    )  # fmt: skip
    label_map: Mapping[str, str] | None = option(
        "--label-map", "For hf models: their own labels, e.g. favor=LABEL_1,against=LABEL_0.", parse=_read_label_map
    )
    parallel: int | None = count_option("--parallel", "For llm models: requests at a time; for hf: threads.", max=256)
    budget: int | None = count_option("--budget", "For llm models: stop after this many requests.")

    panel = "Models hf:NAME and llm:NAME"


ANY_MODEL = "auto"
"""No model is named: that of the store, else ``default``."""


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """The model that scores."""

    model: "str | Path | Scorer" = option(
        "--model", "A built-in model, the folder of a model, vader, hf:NAME or llm:NAME.", ANY_MODEL, kind=str,
        often="report compare sample evaluate score", repeated=True,
    )  # fmt: skip
    languages: tuple[str, ...] | None = option(
        "--languages", "Languages to score, e.g. en,de (experimental ones only if named).", parse=_read_languages,
        often="evaluate", repeated=True,
    )  # fmt: skip
    endpoint: EndpointOptions = EndpointOptions()

    panel = "Targets and model"

    @property
    def chosen(self) -> "str | Path | Scorer":
        """The model that is named, else ``default``."""
        return "default" if self.model == ANY_MODEL else self.model

    def replaced_by(self, name: str) -> "ModelOptions":
        """Return the options of another model, with the settings of plugged-in ones if it is of the same kind."""
        from stance.scoring import find_plugin

        plugin, own = find_plugin(name), find_plugin(self.chosen)
        endpoint = self.endpoint if plugin and own and plugin[0] == own[0] else EndpointOptions()
        return ModelOptions(name, self.languages, endpoint)

    def find(self) -> str | Path:
        """Return the name or folder of the model.

        :raises ModelError: If the model is not given by name.
        """
        if not isinstance(self.chosen, str | Path):
            raise ModelError(f"{self.chosen.name}: a loaded model; expected its name or folder")
        return self.chosen

    def folder(self) -> Path | None:
        """Find the folder of the model; None for a plugged-in model without one.

        :raises ModelError: If there is no such model.
        """
        from stance.scoring import find_plugin, persistence

        if plugin := find_plugin(str(self.chosen)):
            folder = Path(os.path.expanduser(plugin[1]))  # noqa: PTH111 as it is loaded
            return folder if plugin[1] and folder.is_dir() else None
        return persistence.model_folder(self.find())

    def load(self, targets: "TargetSet") -> "Scorer":
        """Load the model, with the labels of the targets; one that is loaded stays as it is.

        :raises ModelError: If it cannot be loaded.
        """
        from stance.scoring import ScorerSettings, load_scorer

        if not isinstance(self.model, str | Path):
            return self.model
        given = asdict(self.endpoint)
        labels = {target.target_id: target.label for target in targets.targets}
        settings = ScorerSettings(languages=given.pop("model_languages"), labels=labels, **given)
        return load_scorer(self.find(), settings)


@dataclass(frozen=True, slots=True)
class MeasureOptions:
    """Options of the measurement of a model."""

    seed: int = option("--seed", "Random seed.", 0, min=0)
    role: str | None = choice_option(
        "--role", "Use only rows of this role: audit, train.", None, ROLES, variable=False, often="evaluate"
    )
    against: tuple[str, ...] = repeatable(
        "--against", "Measure this model on the same labels too (repeatable).", listed, variable=False
    )


@dataclass(frozen=True, slots=True)
class PrivacyOptions:
    """How commenters are named in outputs."""

    names: bool = option(
        "--names", "Show names of commenters instead of pseudonyms.", False, often="report score convert",
        needs=("--by author", "--labels FILE.db"),
    )  # fmt: skip
    key_file: Path | None = file_option(
        "--key-file", KEY_FILE_HELP, needs=("pseudonyms (no --names)", "--labels FILE.db")
    )

    panel = "Privacy"

    def naming(self) -> "Naming":
        """Return the function that replaces names of commenters."""
        from stance.pseudonyms import Pseudonyms, keep_name

        return keep_name if self.names else Pseudonyms(self.key())

    def key(self) -> bytes:
        """Return the key of the pseudonyms; it is made where there is none.

        :raises ConfigError: If it cannot be read or made.
        """
        from stance.pseudonyms import find_key_file, load_key

        return load_key(find_key_file(self.key_file).path)

    def warn_of_key(self, log: Log) -> None:
        """Warn if others can read the key, or it lies in an unusual place."""
        from stance.pseudonyms import find_key_file

        if not self.names and (doubt := find_key_file(self.key_file).doubt):
            log.warn("key", doubt)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How much of the machine is used."""

    jobs: int | None = count_option(
        "--jobs -j", "Worker processes (default: one per core; in Python, 1).", max=1024, often="parse",
        needs=("--engine local",),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """Labels that correct the model's shares."""

    labels: tuple[Path, ...] = repeatable(
        "--labels", "Tables or stores of audit labels.", _paths, variable=False, often="report compare",
        needs=("--bundle",),
    )  # fmt: skip

    panel = "Audit labels"


@dataclass(frozen=True, slots=True)
class BundleOptions:
    """What a bundle holds beside a store."""

    audit: AuditOptions = AuditOptions()
    targets_file: TargetsFile = TargetsFile()


@dataclass(frozen=True, slots=True)
class PageOptions:
    """The form of a report or a comparison."""

    public: bool = option(
        "--public", "Write a report that you can share: no authors, texts or counts below 5.", False,
        often="report compare",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComparisonOptions:
    """The groups of a comparison, and what is estimated of them."""

    by: str = option(
        "--by", "Group by outlet, topic, author, month, a column of your table, or several, such as outlet,month.",
        "outlet", often="compare",
    )  # fmt: skip
    topic: str | None = option(
        "--topic",
        "With --by topic: column of topics, or FILE.toml of word lists (default: topics found in the articles).",
        needs=("--by topic",),
    )  # fmt: skip
    seed: int = option(
        "--seed", "Random seed of topic clustering.", 0, min=0,
        needs=("topics that are found (--by topic without --topic)",),
    )  # fmt: skip
    trend: str | None = choice_option(
        "--trend", "Estimate the change of shares per month, week or day.", None, PERIODS, variable=False,
        often="compare",
    )  # fmt: skip
    event: date | None = option(
        "--event", "Compare the comments from this day on with those before, e.g. 2026-03-01.",
        parse=lambda given: _day(given, "--event"), variable=False,
    )  # fmt: skip

    panel = "Comparison"

    @property
    def unit(self) -> str | None:
        """The unit of slopes; None: changes are not asked for."""
        return self.trend or ("month" if self.event else None)


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """How a sample is drawn."""

    n: int = option(
        "--n -n", "Comments to draw.", 200, often="sample",
        needs=("a draw of --n comments (no --page, no --target-width)",),
    )  # fmt: skip
    role: str = choice_option(
        "--role", "Use: audit (corrects shares, never for training) or train.", "audit", ROLES, often="sample"
    )
    by: str = choice_option(
        "--by", "named (mostly comments that may address a target), or random.", "named", ("named", "random"),
        variable=False,
    )  # fmt: skip
    stratify: tuple[str, ...] = option(
        "--stratify", "Draw by outlet, month or document, or by several, e.g. outlet,month.", (), parse=_strata,
        often="sample",
    )  # fmt: skip
    seed: int = option("--seed", "Random seed.", 0)
    unit: str = choice_option(
        "--unit", "comment, or sentence (of articles, to label their tone).", "comment", ("comment", "sentence"),
        often="sample",
    )  # fmt: skip
    target_width: float | None = flag_option(
        "--target-width", "Draw enough for an interval of ± this many points, if possible (replaces --n)."
    )
    exclude: tuple[Path, ...] = repeatable(
        "--exclude", "Draw no comments from these files.", _paths, variable=False, often="sample"
    )
    page: str | None = flag_option(
        "--page", "Draw comments of this page (its id) that name a target: all up to 30, else 20 (replaces --n)."
    )

    languages_scored: tuple[str, ...] | None = None  # of the run, not named by the user; None: all are drawn

    panel = "Sample"

    def __post_init__(self) -> None:
        """Check the design.

        :raises ConfigError: If an option is unknown, or two exclude each other.
        """
        if self.n < 1:
            raise ConfigError(f"--n {self.n}; expected at least 1 comment")
        if self.target_width is not None and not 0 < self.target_width < 50:
            raise ConfigError(f"--target-width {self.target_width:g}; expected points above 0 and below 50")
        if self.page is not None and (self.target_width is not None or self.unit == "sentence" or self.stratify):
            raise ConfigError("--page with --target-width, --stratify or --unit sentence; expected one")
        if self.target_width is not None and (self.unit == "sentence" or not self.is_precise):
            raise ConfigError(
                "--target-width: draws comments for an audit by what the model expects; expected it alone"
            )
        if not self.is_precise:
            object.__setattr__(self, "by", "random")

    @property
    def is_precise(self) -> bool:
        """Whether comments are drawn to narrow intervals: by the probabilities of a model."""
        return self.by == "named" and self.role == "audit" and self.unit == "comment" and self.page is None


@dataclass(frozen=True, slots=True)
class FindOptions:
    """Conditions on the comments that are found."""

    target: str | None = flag_option("--target", "Show only scores toward this target, e.g. nato.")
    stance: Stance | None = flag_option("--stance", f"Only {', '.join(STANCES)}.", parse=_one_of("--stance", STANCES))
    outlet: str | None = flag_option("--outlet", "Show only comments of this outlet.")
    since: date | None = option(
        "--since", "Show comments from this day on, e.g. 2026-03-01. An undated comment has the date of its article.",
        parse=_day, variable=False,
    )  # fmt: skip
    run: int | None = count_option("--run", "Number of the run (default: the latest).", variable=False)


def _inputs(given: Sequence[Value]) -> tuple[Source, ...]:
    """Check that all inputs are paths, and that what their forms need is installed.

    :raises TypeError: If something else is among them, such as a list of paths or a data frame.
    :raises ConfigError: If one is empty, which would be the folder of the process.
    :raises MissingExtraError: If a Parquet table is among them, and pyarrow is not installed.
    """
    for each in given:
        if isinstance(each, str) and not each.strip():
            raise ConfigError("an empty name among the inputs; expected a file or folder (is a shell variable empty?)")
        if not isinstance(each, str | Path) and not hasattr(each, "__fspath__"):
            kind = type(each).__name__
            raise TypeError(f"{kind} given; expected paths of files and folders as separate arguments (*paths)")
    endings = {Path(each).suffix.lower() for each in given}
    if ".parquet" in endings:
        require("pyarrow")
    if ".zip" not in endings:
        return tuple(given)
    from stance.reading.archives import unbundled

    return tuple(map(unbundled, given))


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs and how they are read."""

    inputs: tuple[Source, ...] = option(
        "", "Saved pages, folders of pages, tables, or - for standard input.", (), kind=list[str], parse=_inputs
    )
    table: bytes | None = None  # read for ``-`` in place of standard input; Python only

    @property
    def stdin(self) -> BytesIO | None:
        """The stream that is read for ``-``; None: standard input."""
        return None if self.table is None else BytesIO(self.table)


@dataclass(frozen=True, slots=True)
class Run:
    """Options of a run over inputs: read, parse, find, score."""

    inputs: Inputs = Inputs()
    reading: ReadingOptions = ReadingOptions()
    targets: TargetOptions = TargetOptions()
    model: ModelOptions = ModelOptions()
    privacy: PrivacyOptions = PrivacyOptions()
    engine: EngineOptions = EngineOptions()


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """Passages that are scored beyond the comments."""

    articles: bool = option(
        "--articles", "Also score sentences of articles (always for stores and reports).", False, often="score",
        needs=("an output that is no store",),
    )  # fmt: skip


COMMENTS, WITH_ARTICLES = ScoreOptions(), ScoreOptions(articles=True)


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """How scores are kept in a store."""

    keep: tuple[str, ...] = repeatable(
        "--keep",
        "Table column to keep for comparisons.",
        listed,
        variable=False,
        needs=("-o FILE.db or --engine spark",),
    )
    force: bool = flag_option(
        "--force", "Read and score all inputs again.", False, needs=("-o FILE.db or --engine spark",)
    )
    drop_missing: bool = flag_option(
        "--drop-missing", "Remove documents whose inputs no longer exist.", False, needs=("-o FILE.db",)
    )
    engine: str = choice_option("--engine", "Where to run: local; spark with -o FOLDER/.", "local", ("local", "spark"))
    master: str | None = flag_option(
        "--master", "Spark master, e.g. local[4] or yarn (default: set by Spark).", needs=("--engine spark",)
    )

    panel = "With -o FILE.db"


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """Where a page is served, and whether the browser opens."""

    port: int = option("--port", "Port on 127.0.0.1 (0: any free port).", 0, min=0, max=65535)
    no_browser: bool = flag_option("--no-browser", "Only print the link.", False, often="label")


@dataclass(frozen=True, slots=True)
class LabellingOptions:
    """Annotators and behaviour of the page."""

    annotator: str | None = option("--annotator", "Name of the annotator.", often="label")
    annotators: str | None = option("--annotators", "Annotators who share the work, e.g. ann,ben.", often="label")
    overlap: float | None = option(
        "--overlap", "Share of comments that everyone labels (default: 0.2).", min=0, max=1, often="label"
    )
    show_guess: str = choice_option(
        "--show-guess", "When to show the model's guess: after the label, or never.", "after", ("after", "never")
    )
    guide: Path | None = file_option("--guide", "Your own label guide, a Markdown file.", often="label")
    server: ServerOptions = ServerOptions()

    panel = "Labelling"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Columns and default target of a label table."""

    columns: Mapping[str, str] | None = flag_option(
        "--map", "Map column names, e.g. text=body,label=stance.", often="convert",
        parse=_read_by("stance.labels.formats", "parse_label_columns"),
    )  # fmt: skip
    target: str | None = flag_option("--target", "Default target for rows without a target.", often="convert")


@dataclass(frozen=True, slots=True)
class RowOptions:
    """Values of rows that do not state them."""

    annotator: str | None = flag_option("--annotator", "Annotator (default: the file's name).", often="convert")
    role: str | None = choice_option(
        "--role", "Role of all rows: train or audit.", None, ROLES, variable=False, often="convert"
    )


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """Options of every command."""

    limit: tuple[str, ...] = repeatable(
        "--limit", "Change an input limit, e.g. comments=500 (see SECURITY.md; repeatable).", listed, variable=False,
        often="convert evaluate parse", metavar="NAME=VALUE",
    )  # fmt: skip
    excel: bool = flag_option(
        "--excel", "Begin CSV files with a byte order mark, so that Excel reads UTF-8.", False,
        verbs="score report compare sample export find convert", needs=("a CSV file (-o FILE.csv)",),
    )  # fmt: skip


# Options of single commands -------------------------------------------------------------------------------------------


def none_if_dash(output: Value) -> Value:
    """Read ``-`` as standard output."""
    return None if str(output) == "-" else output


_OUTPUT = partial(
    row, "--output -o", variable=False, often="report compare sample convert parse score", callback=none_if_dash
)

OutputFile = Annotated[Path | None, _OUTPUT("File (default: standard output).")]
OutputFolder = Annotated[Path, row("--output -o", "Folder to write.", often="report compare", file_okay=False)]
ScoresFile = Annotated[
    Path | None,
    _OUTPUT(
        "Store (FILE.db) or table (other endings). With a store, only new and changed inputs are scored.",
        metavar="FILE",
    ),
]
ExportFile = Annotated[
    Path | None,
    row(
        "--output -o", "File to write: x.csv, .xlsx, .parquet, .jsonl, .gexf (network of replies), .qdpx (REFI-QDA).",
        variable=False,
    ),
]  # fmt: skip
FoundFile = Annotated[
    Path | None, row("--output -o", "File to write: .csv, .xlsx, .parquet, .jsonl, .html.", variable=False)
]
ModelFolder = Annotated[Path, row("--output -o", "Model folder to write.", variable=False)]
MergedStore = Annotated[Path, row("--output -o", "Store to write.", variable=False, metavar="FILE.db")]
LabelsStore = Annotated[
    Path | None, row("--labels", "Store for labels (default: INPUT).", variable=False, often="label", metavar="FILE.db")
]
DisputesFile = Annotated[Path | None, row("--disagreements", "Write a table of disputed labels.", variable=False)]
TableFormat = Annotated[
    str | None, row("--format", "csv, jsonl, label-studio, doccano, refi-qda (default: by ending).", variable=False)
]
TaughtLayouts = Annotated[Path, row("--layouts", "File to add the site's layout to.")]
Replace = Annotated[bool, row("--force", "Replace the model in the folder.", variable=False)]
RunNumber = Annotated[int | None, row("--run", "Number of the run (default: the latest).", variable=False, min=1)]
Bundle = Annotated[bool, row("--bundle", "Write x.zip with scores, labels and figures, without texts.", variable=False)]
Checklist = Annotated[bool, row("--checklist", "Write a REFORMS checklist, filled in as far as known.", variable=False)]
OnlyOutlet = Annotated[
    str | None, row("--outlet", "Only at this outlet (elsewhere it may be another person).", variable=False)
]
DryRun = Annotated[bool, row("--dry-run", "Only list what would change.", variable=False)]
KeyFile = Annotated[Path | None, row("--key-file", KEY_FILE_HELP)]
AsJson = Annotated[bool, row("--json", "Print results as JSON.", often="evaluate")]
Planned = Annotated[bool, row("--plan", "Draw nothing; list what labels would teach.", variable=False, often="sample")]
Seed = Annotated[int, row("--seed", "Random seed.", min=0)]
QUIET = row("--quiet -q", "Hide progress and warnings; still list skipped inputs.", often="convert evaluate parse")
