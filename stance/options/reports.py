"""Options of reports and comparisons."""

from datetime import date
from pathlib import Path

from stance.datamodels import frozen
from stance.options.definition import choice_option, flag_option, option, paths, repeatable
from stance.options.models import TargetsFile
from stance.options.reading import parse_day


@frozen
class AuditOptions:
    """Labels that correct the model's shares."""

    labels: tuple[Path, ...] = repeatable(
        "--labels", "Tables or stores of audit labels.", paths, variable=False, often="report compare",
        needs=("--bundle",),
    )  # fmt: skip

    panel = "Audit labels"


@frozen
class BundleOptions:
    """Labels and targets that a bundle holds beside a store."""

    audit: AuditOptions = AuditOptions()
    targets_file: TargetsFile = TargetsFile()


@frozen
class PageOptions:
    """The form of a report or a comparison."""

    public: bool = option(
        "--public", "Write a report that you can share: no authors, texts or counts below 5.", False,
        often="report compare",
    )  # fmt: skip


@frozen
class ComparisonOptions:
    """The groups of a comparison, and its estimates."""

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
        "--trend", "Estimate the change of shares per month, week or day.", None, ("day", "week", "month"),
        variable=False, often="compare",
    )  # fmt: skip
    event: date | None = flag_option(
        "--event", "Compare the comments from this day on with those before, e.g. 2026-03-01.",
        parse=lambda given: parse_day(given, "--event"),
    )  # fmt: skip

    panel = "Comparison"

    @property
    def unit(self) -> str | None:
        """The unit of slopes; None: changes are not asked for."""
        return self.trend or ("month" if self.event else None)
