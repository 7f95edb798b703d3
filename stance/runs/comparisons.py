"""Compare groups of the scored documents of a run, and write the comparison."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType
from typing import TYPE_CHECKING

from stance.datamodels import Document, Record, counted
from stance.log import Log
from stance.options.reports import ComparisonOptions, PageOptions
from stance.records.score_records import LABELS_FILE, REPORT_FIELDS, report_rows
from stance.records.writers import csv_head, csv_text
from stance.runs.labels import label_counts, shown_documents
from stance.runs.model_notes import model_note, with_run
from stance.runs.output_checks import check_public, refuse_foreign, warn_of_private_file
from stance.runs.public_reports import check_equal, keep_release, protect_counts
from stance.runs.scores import ScoredRun

if TYPE_CHECKING:
    from stance.comparison.comparing import ComparisonTally
    from stance.reporting.comparison import Basis
    from stance.reporting.public.counts import Cells


def compare_groups(scored: ScoredRun, groups: ComparisonOptions, log: Log) -> Record:
    """Compare groups of scored documents.

    :param groups: By a column of scores, such as ``outlet``, of documents, or of the user's table.
    :raises ConfigError: If there is no such column.
    """
    return _compare(_tally_groups(scored, groups, log), scored, groups, log)


def _compare(tally: "ComparisonTally", scored: ScoredRun, groups: ComparisonOptions, log: Log) -> Record:
    scorer, audit, unit, event = scored.scorer, scored.audit, groups.unit, groups.event
    comparison = tally.comparison(seed=groups.seed)
    kind = "event" if event else "slope"
    if unit and not any(
        change["kind"] == kind for change in (*comparison.get("slopes", ()), *comparison.get("sentiment_changes", ()))
    ):
        problem = "no change is estimated: no group has enough dated comments that address a target, and articles, "
        log.warn("--event" if event else "--trend", f"{problem}{'before and after it' if event else 'at two times'}")
    if audit:
        audit.warn(log, (share for group in comparison["groups"] for share in group["shares"]))
    return with_run(comparison, scorer, log)


def _tally_groups(
    scored: ScoredRun, groups: ComparisonOptions, log: Log, see: Callable[[Document], object] = lambda _: None
) -> "ComparisonTally":
    """Sum scores over authors and articles; where topics are to be found, a row of words of each article is held, too.

    :param see: Called with each document.
    :raises ConfigError: If there is no such column.
    """
    from stance.comparison.comparing import ComparisonTally

    audit, topic, unit, event = scored.audit, groups.topic, groups.unit, groups.event
    ids, labels = scored.scorer.targets.ids, audit.labels if audit else None
    tally = ComparisonTally(ids, by=groups.by, audit=labels, topic=topic, unit=unit, event=event)
    for document in shown_documents(scored, log):
        see(replace(document, event=tally.add(document.scores, document)))
    return tally


def shares_of(scored: ScoredRun) -> Iterator[Record]:
    """Yield the shares of exactly the comments of a run and of its outlets, with the columns of ``shares.csv``."""
    from stance.reporting.tables import ALL, SHARES, columns_of, share_rows, tables_of, tidy

    tally = _tally_groups(scored, ComparisonOptions(), Log())
    totals = ({"by": ALL, **row} for row in share_rows(tally.total() | {"group": ALL}))
    outlets = tables_of(tally.comparison())[SHARES]
    rows = (row for row in chain(totals, outlets) if row["population"] == "corpus")  # what pages print
    return (tidy(row, columns_of(SHARES)) for row in rows)


def write_comparison_of(
    scored: ScoredRun, groups: ComparisonOptions, folder: Path, log: Log, page: PageOptions
) -> tuple[Record, list[Path]]:
    """Compare groups of scored documents, and write the comparison with the scores and labels that it rests on."""
    from stance.comparison.grouping import own_columns

    columns = [column for column in own_columns(groups.by, groups.topic) if column not in REPORT_FIELDS]
    with TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="") as scores:
        scores.write(csv_head((*REPORT_FIELDS, *columns)))
        tally = _tally_groups(
            scored, groups, log, lambda document: scores.write(csv_text(report_rows(document, columns)))
        )
        comparison = _compare(tally, scored, groups, log)
        scores.seek(0)
        basis: dict[str, Iterable[str]] = {"scores.csv": scores}
        basis |= {LABELS_FILE: scored.audit.table()} if scored.audit else {}
        cells = protect_counts(tally) if page.public else None
        written = write_compared(comparison, scored, folder, log, cells, basis)
        if cells:
            keep_release(cells, tally, scored, folder, log)
        return comparison, written


def write_compared(
    comparison: Record,
    scored: ScoredRun,
    folder: Path,
    log: Log,
    cells: "Cells | None" = None,
    basis: "Basis | None" = MappingProxyType({}),
) -> list[Path]:
    """Write a comparison.

    :param basis: The scores and labels that it rests on; None: it is a part of a report, which has them.
    :param cells: The counts of a public comparison; None: it is not public.
    :return: The paths of ``comparison.html``, ``comparison.json`` and the tables.
    :raises ConfigError: If a public comparison is one of authors.
    """
    from stance.reporting.comparison import write_comparison
    from stance.reporting.public.records import public_comparison

    refuse_foreign(folder / "comparison.html", scored.run.inputs.inputs)
    record = comparison | {"audit": scored.audit.to_record() if scored.audit else None}
    record |= label_counts(scored, log)
    model = model_note(scored.scorer).of_scores(record.pop("models"))
    if cells:
        check_public(record["by"])
        warn_of_private_file(folder / "summary.json", log)
        record, basis = public_comparison(record, cells), {}
        check_equal(record, folder)
        if n := record["groups_withheld"]:
            of = f"{n:,} of {counted(len(comparison['groups']), 'group')}"
            log.warn(f"--by {record['by']}", f"{of} left out, because fewer than five people are known in each")
    command = None if cells else scored.command
    headers: Record = {"targets": scored.targets, "model": model, "command": command, "settle": scored.settle}
    return write_comparison(record, folder, basis=basis, **headers)
