"""Compare groups of the scored documents of a run, and write the comparison."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
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
from stance.runs.corpus import page_sums
from stance.runs.labels import label_counts, shown_documents
from stance.runs.model_notes import model_note, with_run
from stance.runs.output_checks import check_public, refuse_foreign, warn_of_private_file
from stance.runs.scores import ScoredRun

if TYPE_CHECKING:
    from stance.comparison.comparing import ComparisonTally
    from stance.comparison.results import Comparison
    from stance.reporting.comparison import Basis
    from stance.reporting.public.counts import PublicCounts


def compare_groups(
    scored: ScoredRun, groups: ComparisonOptions, log: Log, see: Callable[[Document], object] = lambda _: None
) -> "Comparison":
    """Compare groups of scored documents.

    :param groups: By a column of scores, such as ``outlet``, of documents, or of the user's table.
    :param see: Called with each document.
    :raises ConfigError: If there is no such column.
    """
    scorer, audit, unit, event = scored.scorer, scored.audit, groups.unit, groups.event
    comparison = _tally_groups(scored, groups, log, see).comparison(seed=groups.seed)
    kind = "event" if event else "slope"
    if unit and not any(change.kind == kind for change in (*comparison.slopes, *comparison.sentiment_changes)):
        problem = "no change is estimated: no group has enough dated comments that address a target, and articles, "
        log.warn("--event" if event else "--trend", f"{problem}{'before and after it' if event else 'at two times'}")
    if audit:
        audit.warn(log, (share for group in comparison.groups for share in group.shares))
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
    """Yield the shares of all comments of a run and of its outlets, with the columns of ``shares.csv``."""
    from stance.comparison.results import comparison_to_record
    from stance.reporting.tables import ALL, SHARES, columns_of, share_rows, tables_of, tidy

    tally = _tally_groups(scored, ComparisonOptions(), Log())
    totals = ({"by": ALL, **row} for row in share_rows(asdict(tally.total()) | {"group": ALL}))
    outlets = tables_of(comparison_to_record(tally.comparison()))[SHARES]
    return (tidy(row, columns_of(SHARES)) for row in chain(totals, outlets))


def write_comparison_of(
    scored: ScoredRun, groups: ComparisonOptions, folder: Path, log: Log, page: PageOptions
) -> tuple["Comparison", list[Path]]:
    """Compare groups of scored documents, and write the comparison with the scores and labels that it rests on."""
    from stance.aggregation.pages import summarise_page
    from stance.comparison.grouping import own_columns
    from stance.reporting.public.counts import PublicCounts

    columns = [column for column in own_columns(groups.by, groups.topic) if column not in REPORT_FIELDS]
    with TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="") as scores:
        scores.write(csv_head((*REPORT_FIELDS, *columns)))
        pages = PublicCounts(scored.scorer.targets.ids) if page.public and groups.by == "outlet" else None
        sums_of = page_sums(scored)

        def see(document: Document) -> None:
            scores.write(csv_text(report_rows(document, columns)))
            if pages is not None:
                pages.add(document, summarise_page(sums_of(document)))

        comparison = compare_groups(scored, groups, log, see)
        scores.seek(0)
        basis: dict[str, Iterable[str]] = {"scores.csv": scores}
        basis |= {LABELS_FILE: scored.audit.table()} if scored.audit else {}
        return comparison, write_compared(comparison, scored, folder, log, page, basis, pages)


def write_compared(
    comparison: "Comparison",
    scored: ScoredRun,
    folder: Path,
    log: Log,
    page: PageOptions | None = None,
    basis: "Basis | None" = MappingProxyType({}),
    pages: "PublicCounts | None" = None,
) -> list[Path]:
    """Write a comparison.

    :param basis: The scores and labels that it rests on; None: it is a part of a report, which has them.
    :param pages: Counts of the pages of a public comparison of outlets.
    :return: The paths of ``comparison.html``, ``comparison.json`` and the tables.
    :raises ConfigError: If a public comparison is one of authors.
    """
    from stance.comparison.results import comparison_to_record
    from stance.reporting.comparison import write_comparison
    from stance.reporting.public.records import public_comparison

    page = page or PageOptions()
    refuse_foreign(folder / "comparison.html", scored.run.inputs.inputs)
    record = comparison_to_record(comparison) | {"audit": scored.audit.to_record() if scored.audit else None}
    record |= label_counts(scored, log)
    model = model_note(scored.scorer).of_scores(comparison.models)
    if page.public:
        check_public(comparison.by)
        warn_of_private_file(folder / "summary.json", log)
        record, basis = public_comparison(record, scored.scorer.targets.ids, pages), {}
        if n := record["groups_withheld"]:
            of = f"{n:,} of {counted(len(comparison.groups), 'group')}"
            log.warn(f"--by {comparison.by}", f"{of} left out, because fewer than five people are known in each")
    command = None if page.public else scored.command
    headers: Record = {"targets": scored.targets, "model": model, "command": command, "settle": scored.settle}
    return write_comparison(record, folder, basis=basis, **headers)
