"""Write the figures of reports and comparisons as tidy tables, with a codebook.

Each table has one row for each figure. The columns of all tables, with kind, unit, range and meaning, are those of
``tables`` in ``data/formats.toml``.
"""

import csv
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

from stance.datamodels import Record, Strings
from stance.records import writers
from stance.records.score_records import COMPARED, LABELS_FILE, REPORT_FIELDS, cell_of
from stance.records.writers import CSV_MARK, NUMBERED_FIELDS, csv_head, csv_text
from stance.resources import formats

SHARES, SENTIMENT, DIFFERENCES, TRENDS = "shares.csv", "sentiment.csv", "differences.csv", "trends.csv"
NAMES = (SHARES, SENTIMENT, DIFFERENCES, TRENDS)
ALL_NAMES = ("scores.csv", LABELS_FILE, *NAMES, *COMPARED.values())

ALL = "all"
"""Name of the group of all comments."""

Rows = Iterable[Record]
Tables = Mapping[str, Rows]
"""Rows of tables by the names of their files."""


def columns_of(file: str) -> Mapping[str, list[str]]:
    """Return the columns of a table: name -> kind, unit, range and meaning."""
    return formats()["tables"][file]


def csv_files(tables: Tables) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the name and the parts of the CSV file of each table that has rows."""
    for name, rows in tables.items():
        parts = csv_parts(name, rows)
        if (head := next(parts, None)) is not None:
            yield name, chain((head,), parts)


def csv_parts(file: str, rows: Rows) -> Iterator[str]:
    """Write a table as parts of a CSV file; nothing where there are no rows.

    :param rows: A column that a row lacks is empty; ``interval`` is ``low`` and ``high``.
    """
    columns, left, head = columns_of(file), iter(rows), [csv_head(columns_of(file))]
    while batch := [*islice(left, 1_000)]:
        yield "".join(head) + csv_text(map(cell_of, tidy(row, columns).values()) for row in batch)
        head.clear()


def tidy(row: Record, columns: Iterable[str]) -> Record:
    """Return the cells of a row by their columns; None is an empty cell."""
    low, high = row.get("interval") or (None, None)
    return {column: ({"low": low, "high": high} | row).get(column) for column in columns}


def head_of(path: Path) -> list[str]:
    """Return the columns of a table; none if it is not there or cannot be read."""
    with suppress(OSError, ValueError, csv.Error), path.open(encoding="utf-8-sig", newline="") as file:
        return next(csv.reader(file), [])
    return []


def codebook(folder: Path, written: Mapping[str, Iterable[str]], stale: Collection[str] = ()) -> str:
    """Write the codebook of a folder: the columns of each table with their meaning, unit and range.

    :param written: Columns of the tables that are about to be there.
    :param stale: Names of tables that are about to be removed.
    """
    tables = {name: written[name] if name in written else _own_columns(folder, name, stale) for name in ALL_NAMES}
    files = {name: columns for name, columns in tables.items() if columns}
    return CSV_MARK.get() + csv_text(writers.codebook(files))


def _own_columns(folder: Path, name: str, stale: Collection[str]) -> list[str]:
    """Return the columns of a table that stays and that this program wrote; none of others."""
    fields = {"scores.csv": REPORT_FIELDS, LABELS_FILE: NUMBERED_FIELDS}
    plain = {apart: plain_name for plain_name, apart in COMPARED.items()}.get(name, name)
    columns = [] if name in stale else head_of(folder / name)
    expected = list(fields.get(plain) or columns_of(plain))
    return columns if columns[: len(expected)] == expected else []


def tables_of(comparison: Record) -> Tables:
    """Return the rows of all tables of a comparison.

    :param comparison: Its record, from which its page is drawn.
    """
    by = {"by": comparison["by"]}
    tables = {
        SHARES: chain.from_iterable(map(share_rows, comparison["groups"])),
        SENTIMENT: (comparison.get("sentiment") or ()),
        DIFFERENCES: _difference_rows(comparison),
        TRENDS: _trend_rows(comparison),
    }
    return {name: (by | row for row in rows) for name, rows in tables.items()}


def report_tables(summary: Record, documents: Callable[[], Iterable[Record]]) -> Tables:
    """Return the rows of the tables of a report: of all comments, of outlets, and of each document, named by its id.

    :param summary: Its record; the documents in it are not read.
    :param documents: Returns the records of the documents; called once for each table.
    """
    return {SHARES: _report_shares(summary, documents), SENTIMENT: _report_means(summary, documents)}


def _report_shares(summary: Record, documents: Callable[[], Iterable[Record]]) -> Iterator[Record]:
    if all_comments := summary["whole"]:
        yield from ({"by": ALL, **row} for row in share_rows({**all_comments, "group": ALL}))
    for group in summary["groups"] or ():
        yield from ({"by": "outlet", **row} for row in share_rows(group))
    for record in documents():
        shares = [share for target in record["targets"] for share in target["shares"]]
        counts = {target["target"]: target["counts"] for target in record["targets"] if "counts" in target}
        page = {"group": record["id"], "articles": 1, "comments": record["comments"]}
        yield from ({"by": "document", **row} for row in share_rows({**page, "shares": shares, "counts": counts}))


def _report_means(summary: Record, documents: Callable[[], Iterable[Record]]) -> Iterator[Record]:
    wholes = set()
    for mean in summary["sentiment"]:
        key = mean["target"], mean["method"]
        is_whole = mean["group"] == ALL and key not in wholes  # those of all comments come first
        yield {"by": ALL if is_whole else "outlet", **mean}
        wholes.add(key)
    for record in documents():
        yield from ({"by": "document", "group": record["id"], **mean} for mean in record["sentiment"])


def share_rows(group: Record) -> Iterator[Record]:
    """Yield the shares of a group, and its net stance."""
    sizes = {name: group.get(name) for name in ("group", "articles", "comments", "authors")}
    counts = group.get("counts") or {}
    for share in group["shares"]:
        counted = counts.get(share["target"], {}).get(share["stance"])
        kind = {"unit": "share", "raw": share["details"].get("raw"), "measure": share["stance"]}
        yield sizes | share | kind | {"counted": counted}
    for mean in group.get("means") or ():
        yield sizes | mean | {"unit": _unit_of(mean["measure"]), "raw": mean["details"].get("raw")}


def _unit_of(measure: str) -> str:
    return {"net": "points", "sentiment": "sentiment"}.get(measure, "share")


def _difference_rows(comparison: Record) -> Iterator[Record]:
    for difference in comparison["differences"]:
        yield difference | {"kind": "groups", "measure": difference["stance"], "unit": "share"}
    for difference in comparison.get("topics") or ():
        row = {"kind": "topic", "measure": difference["stance"], "a": difference["group"], "b": difference["other"]}
        yield difference | row | {"n": difference["comments"], "unit": _unit_of(difference["stance"])}
    for difference in comparison.get("sentiment_differences") or ():
        yield difference | {"kind": "groups", "measure": "sentiment", "unit": "sentiment"}


def _trend_rows(comparison: Record) -> Iterator[Record]:
    for point in (comparison.get("series") or {"points": ()})["points"]:
        for measure in ("net", "favor", "against", *(["sentiment"] if "sentiment" in point else [])):
            row = {name: point[name] for name in ("group", "target", "period")} | {"n": point["addressed"]}
            yield row | point.get(measure, {}) | {"kind": "value", "measure": measure, "unit": _unit_of(measure)}
    for change in (*(comparison.get("slopes") or ()), *(comparison.get("sentiment_changes") or ())):
        row = {"measure": change["stance"], "per": change["unit"] if change["kind"] == "slope" else None}
        yield change | row | {"n": change["comments"], "unit": _unit_of(change["stance"])}


def sentiment_sides(rows: Iterable[Record]) -> list[Record]:
    """Sum the counts of how sides sound over groups; sides that no comment is read as are left out."""
    keys = ("target", "method", "stance")
    sums: dict[Strings, Counter[str]] = {}  # the rows of a target and method are together, in order of side
    for row in rows:
        counts = sums.setdefault(tuple(row[key] for key in keys), Counter())
        counts.update({name: row[name] for name in ("negative", "neutral", "positive")})
    return [dict(zip(keys, values, strict=True)) | counts for values, counts in sums.items() if counts.total()]
