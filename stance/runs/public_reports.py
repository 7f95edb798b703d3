"""Protect the counts of public reports, also against other public reports of the same comments."""

from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from stance.datamodels import Record
from stance.exceptions import ConfigError
from stance.log import Log
from stance.pseudonyms import find_key_file, settings_folder
from stance.runs.scores import ScoredRun

if TYPE_CHECKING:
    from stance.comparison.comparing import ComparisonTally
    from stance.reporting.public.counts import Cells

RELEASES = ".stance.public"
"""Words: name of the folder, beside the key of the pseudonyms, that holds records of public reports."""


def protect_counts(tally: "ComparisonTally") -> "Cells":
    """Hide counts of few people; those of outlets together with those of their pages, which a report shows."""
    from stance.reporting.public.counts import protect

    pages = len(tally.pages) if tally.by == "outlet" else 0
    return protect(tally.names, tally.scores(), tally.by, pages)


def check_equal(comparison: Record, folder: Path) -> None:
    """Refuse a public comparison that shows other numbers than the public report in its folder.

    :raises ConfigError: If it does: withheld counts could be calculated from both.
    """
    from stance.reporting.public.records import is_public
    from stance.reporting.summary_file import value_in

    def numbers(groups: list[Record]) -> list[list[object]]:
        return [[group[name] for name in ("group", "comments", "addressed", "counts", "labelled")] for group in groups]

    summary = folder / "summary.json"
    if is_public(summary) and numbers(value_in(summary, "groups")) != numbers(comparison["groups"]):
        problem = "a public report of other groups, comments or labels, from which withheld counts could be calculated"
        raise ConfigError(f"{summary}: {problem}; expected another folder, or the report written again")


def keep_release(cells: "Cells", tally: "ComparisonTally", scored: ScoredRun, folder: Path, log: Log) -> None:
    """Warn of withheld counts that follow from this public report and earlier ones, and keep a record of this one.

    :param folder: Of the report.
    """
    from stance.reporting.public.releases import given_away, keep, read_release, release_of

    place, public = find_key_file(scored.run.privacy.key_file).path.resolve().with_name(RELEASES), folder.resolve()
    if place.is_relative_to(public):
        place = settings_folder() / RELEASES
    path = place / f"{blake2b(str(public).encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}.json"
    pages = tally.pages if tally.by == "outlet" and (public / "summary.json").is_file() else ()
    release = release_of(public, cells, pages)
    releases = [release]
    for other in sorted({*place.glob("*.json")} - {path}):
        try:
            former = read_release(other)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            log.warn(str(other), "no record of a public report; counts that follow from it are not known")
            continue
        if {*former.comments.tolist()}.intersection(release.comments.tolist()):
            releases.append(former)
    told = given_away(releases) if len(releases) > 1 else ()
    rows = [f"{Path(name).name}, {row}, {target or 'comments'}: {', '.join(cell[-1] for cell in of)}"
            for (name, row, target), of in groupby(told, lambda cell: cell[:3])]  # fmt: skip
    if rows:
        names = " and ".join(each.folder for each in releases[1:])
        more = f", and {len(rows) - 20:,} more" if len(rows) > 20 else ""
        counts = f"{'; '.join(rows[:20])}{more}"
        log.warn(str(folder), f"with {names} it gives withheld counts away ({counts}); share only one of them")
    keep(release, path)
