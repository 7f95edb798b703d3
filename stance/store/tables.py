"""Write scores with their texts as tables, workbooks and projects, and the network of replies.

Rows come in the order of the store and hold no time of the export, so equal stores give equal files.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stance import datamodels
from stance.datamodels import SIDES, STANCES, Document, Record, Stance, Unit, counted
from stance.pseudonyms import person
from stance.reading.projects import write_project
from stance.records import score_records, writers
from stance.records.fields import Rows
from stance.resources.files import open_file

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS = 1_048_576
"""Maximum number of rows of a sheet in Excel."""

CELL_UNITS = 32_767
"""Maximum number of UTF-16 code units of a cell in Excel."""

FIELDS = (*score_records.SCORE_FIELDS, *score_records.TEXT_FIELDS)

PROJECT_FIELDS = (
    "id", "document", "outlet", "title", "url", "published", "author", "posted", "votes", "parent", "language",
)  # fmt: skip
"""Variables of a comment in a project."""

Documents = Iterable[Document]

Say = Callable[[str], None]


def find_export(
    output: Path, say: Say, shares: Callable[[], Iterable[Record]] = tuple
) -> Callable[[Documents, Path], None]:
    """Find the function that writes to a path, by its ending.

    :param say: Called with what the format does not hold.
    :param shares: Returns the rows of the first sheet of an Excel file.
    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If the package that the format needs is not installed.
    """
    others: dict[str, Callable[..., None]] = {".gexf": write_network, ".qdpx": write_comments}
    write: Callable[..., None] = writers.find_writer(output, {**tables(say, shares), **others})
    return write if write in others.values() else lambda documents, path: write(records_of(documents), path, FIELDS)


def write_comments(documents: Documents, path: Path) -> None:
    """Write a REFI-QDA project of all comments with the fields of their documents, to code them."""
    rows = (
        {**texts, **asdict(score), "id": score.comment, "parent": texts["reply_to"], "label": None}
        for score, texts in records_of(documents)
    )
    with open_file(path, "wb") as file:
        write_project(rows, file, PROJECT_FIELDS)


def records_of(documents: Documents) -> Rows:
    """Yield the scores of comments, each with the cells of :data:`TEXT_FIELDS`."""
    rows = (row for document in documents for row in score_records.scores_with_texts(document))
    return ((score, texts) for score, texts in rows if score.unit is Unit.COMMENT and texts["text"] is not None)


def write_xlsx(
    rows: Rows, path: Path, fields: Sequence[str], say: Say, shares: Callable[[], Iterable[Record]] = tuple
) -> None:
    """Write a sheet of shares, if there are some, and sheets with a row for each score.

    Numbers and dates are written as such, other cells as texts, none as a formula.

    :param say: Called with the number of cells that are cut.
    """
    from xlsxwriter import Workbook

    numbers = {*STANCES, "sentiment", "target_sentiment", "votes"}

    def typed(name: str, cell: object) -> object:
        if cell is None or name in numbers:
            return cell and float(str(cell))
        return (_moment(str(cell)) if name in ("posted", "published") else None) or str(cell)

    cut, options = 0, {"constant_memory": True, "in_memory": False, "default_date_format": "yyyy-mm-dd hh:mm:ss"}
    with open_file(path, "wb") as file, Workbook(file, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1)})
        if rows_of_shares := list(shares()):
            sheet = _add_sheet(book, "shares", rows_of_shares[0])
            for number, row in enumerate(rows_of_shares, 1):
                cut += _write_cells(sheet, number, row.values())
        for number, (score, texts) in enumerate(rows):
            line = number % (SHEET_ROWS - 1) + 1
            if line == 1:
                sheet = _add_sheet(book, f"scores {number // (SHEET_ROWS - 1) + 1}", fields)
                sheet.autofilter(0, 0, SHEET_ROWS - 1, len(fields) - 1)
            cut += _write_cells(sheet, line, map(typed, fields, score_records.score_cells(score, texts, fields)))
    if cut:
        holds = f"a cell of Excel holds at most {CELL_UNITS:,} characters"
        say(f"{path}: {counted(cut, 'cell')} cut, since {holds}; a CSV file holds all of them")


def _add_sheet(book: "Workbook", name: str, fields: Iterable[str]) -> "Worksheet":
    """Add a sheet with its header."""
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, fields)
    sheet.freeze_panes(1, 0)
    return sheet


def _write_cells(sheet: "Worksheet", number: int, cells: Iterable[object]) -> int:
    """Write a row of a sheet: numbers and dates as such, truth as a text, no cell as a formula.

    :return: How many cells are cut.
    """
    cut = 0
    for column, cell in enumerate(cells):
        if isinstance(cell, datetime):
            sheet.write_datetime(number, column, cell)
        elif isinstance(cell, float | int) and not isinstance(cell, bool):
            sheet.write_number(number, column, cell)
        elif cell is not None:
            encoded = str(cell).encode("utf-16-le")
            cut += len(encoded) > 2 * CELL_UNITS
            sheet.write_string(number, column, encoded[: 2 * CELL_UNITS].decode("utf-16-le", "ignore"))
    return cut


def _moment(cell: str) -> datetime | None:
    """Read a moment in ISO 8601, in UTC, as Excel holds it: without a zone, and from 1900 on."""
    try:
        time = datetime.fromisoformat(cell)
    except ValueError:
        return None
    time = time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time
    return time if time.year >= 1900 else None


def tables(
    say: Say, shares: Callable[[], Iterable[Record]] = tuple
) -> dict[str, Callable[[Rows, Path, Sequence[str]], None]]:
    """Return the functions that write scores with their texts.

    :param say: Called with what the format does not hold.
    :param shares: Returns the rows of the first sheet of an Excel file.
    """
    return {
        ".csv": writers.write_score_csv,
        ".xlsx": partial(write_xlsx, say=say, shares=shares),
        ".parquet": writers.write_score_parquet,
        ".jsonl": writers.write_score_lines,
    }


def write_network(documents: Documents, path: Path) -> None:
    """Write the authors and the answers among them, as GEXF.

    Nodes are authors of an outlet, with their number of comments and net stance (points); comments without a name are
    left out. An edge counts the answers of one author to another (``weight``).
    """
    import networkx

    graph = networkx.DiGraph()
    sums: defaultdict[tuple[str, str], Counter[Stance]] = defaultdict(Counter)  # author, target -> probabilities
    for document in documents:
        outlet = _xml(document.outlet or datamodels.NOT_STATED)
        names = [person(comment.author, document.layout) for comment in document.comments]
        nodes_of_comments = (f"{outlet}/{_xml(name)}" if name else "" for name in names)
        pairs = [*zip(document.comments, nodes_of_comments, strict=True)]
        nodes = {comment.comment_id: node for comment, node in reversed(pairs)}  # of equal ids, the first
        for comment, node in pairs:
            if node:
                number = 1 + (graph.nodes[node]["comments"] if node in graph else 0)
                graph.add_node(node, label=_xml(comment.author or ""), outlet=outlet, comments=number)
        for comment, node in pairs:
            if node and (answered := nodes.get(comment.reply_to or "")) and answered != node:
                weight = graph.edges[node, answered]["weight"] if graph.has_edge(node, answered) else 0
                graph.add_edge(node, answered, weight=weight + 1)
        for score in document.scores:
            node = nodes.get(score.comment or "", "")
            if node and score.unit is Unit.COMMENT and score.stance in SIDES:
                sums[node, score.target].update(dict(zip(STANCES, score.probabilities or (), strict=False)))
    for (node, target), probabilities in sums.items():
        shares = datamodels.side_shares(probabilities)
        graph.nodes[node][f"net_{_xml(target)}"] = round(100 * (shares[Stance.FAVOR] - shares[Stance.AGAINST]), 2)
    writer = networkx.readwrite.gexf.GEXFWriter(version="1.2draft")
    writer.add_graph(graph)
    del writer.xml.find("meta").attrib["lastmodifieddate"]
    with open_file(path, "wb") as file:
        writer.write(file)


def _xml(text: str) -> str:
    """Replace characters that XML 1.0 excludes, and those that it does not keep in attributes, as line breaks."""
    return re.sub("[^ -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "\ufffd", text)
