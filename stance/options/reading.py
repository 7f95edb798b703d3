"""Options of inputs and how they are read."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from io import BytesIO
from pathlib import Path

from stance.datamodels import Document, day_of, frozen, grouped
from stance.exceptions import ConfigError, require
from stance.options.definition import Value, count_option, file_option, listed, option, read_by, repeatable

Source = str | Path

READ_ANEW = ("pages or tables as input", "--labels FILE.db")
"""Words: needs of options that concern the reading of pages and tables, of which stores hold the result."""


def _names(document: Document, words: str) -> bool:
    article = "\n".join((document.title or "", document.lead or "", *document.body)).casefold()
    return all(word in article for word in words.split())


def _last_day(document: Document) -> int:
    return day_of(document.published) or max((day_of(comment.posted) for comment in document.comments), default=0)


CONDITIONS: Mapping[str, Callable[[Document, str], bool]] = {
    "outlet": lambda document, value: value == (document.outlet or "").casefold(),
    "language": lambda document, value: value == document.language.casefold(),
    "topic": _names,
    "from": lambda document, value: _last_day(document) >= day_of(value),
    "until": lambda document, value: 0 < _last_day(document) <= day_of(value),
}
"""Words: conditions of ``--where`` on a page and a value in lower case."""


def _conditions(texts: Value) -> tuple[tuple[str, str], ...]:
    """Read ``outlet=Herald`` and the like.

    :raises ConfigError: If there is no such choice, or a day is none.
    """
    conditions = []
    for text in listed(texts):
        name, _, value = map(str.strip, str(text).partition("="))
        if name not in CONDITIONS or not value:
            forms = ", ".join(f"{condition}=VALUE" for condition in CONDITIONS)
            raise ConfigError(f"--where {str(text)[:40]!r}; expected one of {forms}")
        conditions.append((name, parse_day(value, "--where").isoformat() if name in ("from", "until") else value))
    return tuple(conditions)


def parse_day(day: str | date, flag: str = "--since") -> date:
    """Read a date.

    :raises ConfigError: If it is none.
    """
    try:
        return date.fromisoformat(str(day)[:10])
    except ValueError:
        raise ConfigError(f"{flag} {str(day)[:40]!r}; expected a date such as 2026-03-01") from None


@frozen
class ReadingOptions:
    """How inputs are read."""

    language: str | None = option(
        "--language", "Language of pages too short to detect it.", parse=read_by("stance.scoring", "parse_language"),
        often="parse", repeated=True, needs=READ_ANEW,
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
        "--map", "Map column names of tables, e.g. text=body,author=user (repeatable).", kind=list[str] | None,
        parse=read_by("stance.reading.columns", "parse_columns"),
        often="report compare sample label parse score", repeated=True, needs=READ_ANEW,
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
        conditions = grouped((name, value.casefold()) for name, value in self.where)
        fits = (any(CONDITIONS[name](document, value) for value in values) for name, values in conditions.items())
        return None if all(fits) else "--where"


def _inputs(inputs: Sequence[Value]) -> tuple[Source, ...]:
    """Check that all inputs are paths, and that the packages for their forms are installed.

    :raises TypeError: If something else is among them, such as a list of paths or a data frame.
    :raises ConfigError: If one is empty, which would be the folder of the process.
    :raises MissingExtraError: If a Parquet table is among them, and pyarrow is not installed.
    """
    for path in inputs:
        if isinstance(path, str) and not path.strip():
            raise ConfigError("an empty name among the inputs; expected a file or folder (is a shell variable empty?)")
        if not isinstance(path, str | Path) and not hasattr(path, "__fspath__"):
            kind = type(path).__name__
            raise TypeError(f"{kind} given; expected paths of files and folders as separate arguments (*paths)")
    endings = {Path(path).suffix.lower() for path in inputs}
    if ".parquet" in endings:
        require("pyarrow")
    if ".zip" not in endings:
        return tuple(inputs)
    from stance.reading.bundles import unbundled

    return tuple(map(unbundled, inputs))


@frozen
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
