"""Options of stores: columns that they keep, and conditions on the comments that are found."""

from datetime import date

from stance.datamodels import STANCES, Stance, Strings, frozen
from stance.options.definition import choice_option, count_option, flag_option, listed, one_of, repeatable
from stance.options.reading import parse_day


@frozen
class FindOptions:
    """Conditions on the comments that are found."""

    target: str | None = flag_option("--target", "Show only scores toward this target, e.g. nato.")
    stance: Stance | None = flag_option("--stance", f"Only {', '.join(STANCES)}.", parse=one_of("--stance", STANCES))
    outlet: str | None = flag_option("--outlet", "Show only comments of this outlet.")
    since: date | None = flag_option(
        "--since", "Show comments from this day on, e.g. 2026-03-01. An undated comment has the date of its article.",
        parse=parse_day,
    )  # fmt: skip
    run: int | None = count_option("--run", "Number of the run (default: the latest).", variable=False)


@frozen
class StoreOptions:
    """How scores are kept in a store."""

    keep: Strings = repeatable(
        "--keep", "Table column to keep for comparisons.", listed, variable=False,
        needs=("-o FILE.db or --engine spark",),
    )  # fmt: skip
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
