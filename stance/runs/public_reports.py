"""Protect the counts of public reports, also against other public reports of the same comments."""

from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

from stance.datamodels import Record
from stance.exceptions import ConfigError
from stance.log import Log
from stance.pseudonyms import find_key_file, settings_folder
from stance.resources.files import open_file
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
    import numpy as np

    from stance.reporting.public.releases import given_away, release_of

    place, public = find_key_file(scored.run.privacy.key_file).path.resolve().with_name(RELEASES), folder.resolve()
    if place.is_relative_to(public):
        place = settings_folder() / RELEASES
    path = place / f"{blake2b(str(public).encode('utf-8', 'surrogateescape'), digest_size=8).hexdigest()}.npz"
    pages = tally.pages if tally.by == "outlet" and (public / "summary.json").is_file() else ()
    releases = [release_of(public, cells, pages)]
    for other in sorted({*place.glob("*.npz")} - {path}):
        try:
            with np.load(other) as former:
                if np.isin(former["comments"], releases[0]["comments"]).any():
                    releases.append(dict(former))
        except (OSError, ValueError, KeyError, BadZipFile):
            log.warn(str(other), "no record of a public report: what it gives away together with this one is not known")
    told = [*given_away(releases)] if len(releases) > 1 else []
    if told:
        names = " and ".join(str(former["folder"]) for former in releases[1:])
        more = f"; and {len(told) - 20:,} more" if len(told) > 20 else ""
        counts = "; ".join(told[:20])
        log.warn(str(folder), f"with {names} it gives withheld counts away ({counts}{more}); share only one of them")
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_file(path, "wb") as file:
        np.savez_compressed(file, **releases[0])
