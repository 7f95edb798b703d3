"""Read CSV; a bad row is named by its line and left out while the rest is read."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TypeAlias

from stance.datamodels import Json
from stance.exceptions import ColumnsError, InputError
from stance.reading.columns import Columns, Rows
from stance.reading.encodings import clean
from stance.reading.kinds import table_header
from stance.reading.markup import is_missing
from stance.reading.packed import head
from stance.reading.problems import Problems

csv.field_size_limit(2**31 - 1)  # rows are bounded by ``row_chars``, with a reason for each that is longer

NumberedLine: TypeAlias = tuple[int, str]


def csv_rows(
    reader: io.BufferedReader, problems: Problems, columns: Columns, check: Callable[[Set[str], list[str]], None]
) -> Rows:
    """Yield the rows of a table under a header, mapped columns under our names.

    :param columns: Names of columns by our fields.
    :param check: Called with the columns that are mapped and those that are there; may raise ``InputError``.
    """
    start, lines = head(reader), read_lines(reader, problems)
    # Spark and MySQL escape quotes; other backslashes stay.
    if re.search(rb'\\"[^",;\t|\r\n]', start) and not re.search(rb'[^",;\t|\r\n\\]""[^",;\t|\r\n]', start):
        lines = ((n, re.sub(r'\\([\\"])', lambda sign: sign[1].replace('"', '""'), line)) for n, line in lines)
    header, delimiter = table_header(line for _, line in lines)
    others = next(csv.reader([header], delimiter=delimiter), [])[1:]
    is_spaced = bool(others) and all(name.startswith(" ") for name in others)  # else a space belongs to its cell
    form: dict[str, Json] = {"delimiter": delimiter, "skipinitialspace": is_spaced}
    header_cells: list[str] = next(csv.reader([header], **form), [])
    names = [" ".join(clean(name).split()).lower() for name in header_cells]
    if len(names) == 1:
        form["delimiter"] = "\x1f"  # where nothing needs a delimiter, commas are signs of the texts
    if len(names) > problems.limits.columns:
        raise InputError(f"{len(names):,} columns; expected at most {problems.limits.columns:,}")
    if twice := sorted(name for name, times in Counter(names).items() if name and times > 1):
        raise ColumnsError(f"duplicate column {', '.join(twice)[:100]}; expected each column once")
    ours = {" ".join(theirs.split()).lower(): name for name, theirs in columns.items()}
    check(ours.keys(), names)
    names = [ours.get(name, "" if name in columns else name) for name in names]
    for number, cells in _without_questions(_CsvCells(lines, form, len(names), problems)):
        # Tables are joined as they were, with their headers.
        if len(cells) > 1 and [cells[0].removeprefix("\ufeff"), *cells[1:]] == header_cells:
            continue
        if len(cells) == len(names):
            # Minimum number of lines, and of delimiters, in a cell that may be rows.
            rows = max((cell.count("\n") for cell in cells if cell.count(delimiter) >= 20), default=0)
            if rows >= 20:
                reason = "which may be rows after an unclosed quotation mark"
                problems.note(f"line {number} holds {rows + 1} lines in one cell, {reason}")
            yield number, dict(zip(names, cells, strict=True))
        else:
            problems.add(number, f"{len(cells)} cells; expected {len(names)}, one per column")


def _without_questions(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Leave out the second and third header row of a survey: the questions, and ids or kinds of answers."""
    rows = iter(rows)
    first = list(islice(rows, 6))
    cells = [cell for _, row in first[:2] for cell in row]
    # Numbers of further headers by what is in them, as Qualtrics and SurveyMonkey write them.
    signs = {2: r'\s{0,8}\{"ImportId":.{1,400}\}\s{0,8}', 1: r"\s{0,8}Open-Ended Response\s{0,8}"}
    headers = next((number for number, sign in signs.items() if any(re.fullmatch(sign, cell) for cell in cells)), 0)
    if not headers and len(first) > 2 and not any(map(str.isdigit, "".join(first[0][1]))):
        columns = zip(*(row for _, row in first), strict=False)
        # Words above numbers.
        has_digit = re.compile(r"\d").search
        named = [name for name, *below in columns if name and not is_missing(name) and all(map(has_digit, below))]
        headers = len(named) > 1
    yield from chain(first[headers:], rows)


_UNCLOSED = "a quote is not closed"


@dataclass(slots=True)
class _CsvCells:
    """Yields the rows of a CSV table with the number of the line where each begins.

    A quote that is never closed, or is closed some rows later, would swallow rows: then its line is read alone, or is
    reported and left out, and reading goes on with the next one.

    :param form: Parameters of ``csv.reader``.
    :param width: Number of columns.
    """

    lines: Iterator[NumberedLine]
    form: Mapping[str, Json]
    width: int
    problems: Problems
    row: list[NumberedLine] = field(default_factory=list)  # the lines of the row that is being read
    again: list[NumberedLine] = field(default_factory=list)  # lines to be read once more, the next one last
    unclosed: int = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        most = self.problems.limits.unclosed_quotes
        while self.unclosed <= most:
            try:
                for cells in csv.reader(self._feed(), strict=True, **self.form):
                    number = self.row[0][0]
                    if self._holds_rows():
                        raise csv.Error("an unclosed quote joins the rows after it")
                    self.row.clear()
                    if cells:
                        yield number, cells
                return
            except csv.Error as error:
                yield from self._first_line(str(error))
        raise InputError(f"more than {most} unclosed quotes; the rest was left out")

    def _feed(self) -> Iterator[str]:
        size, most = 0, self.problems.limits.row_chars
        while size <= most and (line := self.again.pop() if self.again else next(self.lines, None)):
            self.row.append(line)
            size += len(line[1])
            yield line[1]
            size = size if self.row else 0
        if self.row:
            raise csv.Error(_UNCLOSED)

    def _first_line(self, fault: str) -> Iterator[tuple[int, list[str]]]:
        """Read the first line of a row alone, or report it; those behind it are read again."""
        number, line = self.row[0]
        cells, is_tabbed = loose_cells(line, self.form["delimiter"]), self.form["delimiter"] == "\t"
        is_named = fault == _UNCLOSED or not self._holds_rows()
        is_open = any(cell.startswith('"') and cell.count('"') % 2 for cell in cells) and not is_tabbed and is_named
        if len(cells) == self.width and not is_open:
            yield number, cells
        else:
            self.unclosed += fault == _UNCLOSED
            self.problems.add(number, fault)
        self.again += reversed(self.row[1:])
        self.row.clear()

    def _holds_rows(self) -> bool:
        """Return whether lines within a row are rows themselves; two commas in a line of a comment may be chance."""
        delimiter = self.form["delimiter"]
        fewest = 1 if delimiter == "\t" else 2
        if len(self.row) <= fewest or self.width <= fewest:
            return False
        rows = [loose_cells(self.row[0][1], delimiter)]
        rows += (next(csv.reader([line], **self.form), []) for _, line in self.row[1:])
        if any(len(cells) != self.width for cells in rows):
            return False
        # Cells of one column are alike: all of them hold a digit, as ids and dates do, or none; but not the longest.
        text = max(range(self.width), key=lambda column: len(rows[0][column]))
        columns = [
            [any(map(str.isdigit, cells[index])) for cells in rows] for index in range(self.width) if index != text
        ]
        return all(len(set(column)) == 1 for column in columns)


def loose_cells(line: str, delimiter: str) -> list[str]:
    """Cut a line into cells, where a quote that ends none is a character."""
    ends = rf"(?={re.escape(delimiter)}|$)"
    pattern = re.compile(rf'"((?:[^"]|"(?!{ends}))*)"{ends}|[^{re.escape(delimiter)}]*')
    line, cells, position = line.rstrip("\r\n"), list[str](), 0
    while position <= len(line):
        match = pattern.match(line, position)
        position = match.end() + 1 if match else len(line) + 1
        cells.append((match[0] if match[1] is None else match[1].replace('""', '"')) if match else "")
    return cells


def read_lines(reader: io.BufferedReader, problems: Problems) -> Iterator[NumberedLine]:
    """Yield the lines of a table with their numbers, from 1; one that is too long is reported and left out."""
    text, number, most = problems.decoded(reader), 0, problems.limits.line_chars
    try:
        while line := text.readline(most + 1):
            number += 1
            if len(line) <= most:
                yield number, line.removeprefix("\ufeff") if number == 1 else line
                continue
            while line and not line.endswith("\n"):
                line = text.readline(most)
            problems.add(number, f"a line of more than {most:,} characters (the limit)")
    except InputError as error:  # packed data that breaks here; the rows before it are good
        problems.add(number + 1, error)
