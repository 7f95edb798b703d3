"""Options of samples, labels and their tables."""

from collections.abc import Mapping
from pathlib import Path

from stance.datamodels import Strings, frozen
from stance.exceptions import ConfigError
from stance.options.definition import (
    Value,
    choice_option,
    file_option,
    flag_option,
    listed,
    one_of,
    option,
    paths,
    read_by,
    repeatable,
)
from stance.options.models import ROLES


def _strata(value: Value) -> Strings:
    """Read ``outlet,month``, or a sequence of columns."""
    parts = value.split(",") if isinstance(value, str) else listed(value)
    columns = dict.fromkeys(part.strip() for part in parts)
    return tuple(one_of("--stratify", ("outlet", "month", "document"))(columns))


@frozen
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
    stratify: Strings = option(
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
        "--exclude", "Draw no comments from these files.", paths, variable=False, often="sample"
    )
    page: str | None = flag_option(
        "--page", "Draw comments of this page (its id) that name a target: all up to 30, else 20 (replaces --n)."
    )

    languages_scored: Strings | None = None  # of the run, not named by the user; None: all are drawn

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
        if self.target_width is not None and not self.is_precise:
            problem = "--target-width: draws comments for an audit by what the model expects"
            raise ConfigError(f"{problem}; expected it alone")
        if not self.is_precise:
            object.__setattr__(self, "by", "random")

    @property
    def is_precise(self) -> bool:
        """Whether comments are drawn to narrow intervals: by the probabilities of a model."""
        return self.by == "named" and self.role == "audit" and self.unit == "comment" and self.page is None


@frozen
class ServerOptions:
    """Where a page is served, and whether the browser opens."""

    port: int = option("--port", "Port on 127.0.0.1 (0: any free port).", 0, min=0, max=65535)
    no_browser: bool = flag_option("--no-browser", "Only print the link.", False, often="label")


@frozen
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


@frozen
class TableOptions:
    """Columns and default target of a label table."""

    columns: Mapping[str, str] | None = flag_option(
        "--map", "Map column names, e.g. text=body,label=stance (repeatable).", often="convert",
        kind=list[str] | None, parse=read_by("stance.labels.formats", "parse_label_columns"),
    )  # fmt: skip
    target: str | None = flag_option("--target", "Default target for rows without a target.", often="convert")


@frozen
class RowOptions:
    """Values of rows that do not state them."""

    annotator: str | None = flag_option("--annotator", "Annotator (default: the file's name).", often="convert")
    role: str | None = choice_option(
        "--role", "Role of all rows: train or audit.", None, ROLES, variable=False, often="convert"
    )
