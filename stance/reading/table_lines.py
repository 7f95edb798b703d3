"""Read a table line by line."""

import io
from collections.abc import Iterator
from typing import TypeAlias

from stance.exceptions import InputError
from stance.reading.problems import Problems

NumberedLine: TypeAlias = tuple[int, str]


def read_lines(reader: io.BufferedReader, problems: Problems) -> Iterator[NumberedLine]:
    """Yield the lines of a table with their numbers, from 1; one that is too long is reported and left out."""
    text = io.TextIOWrapper(reader, problems.encoding_of(reader), errors=problems.errors, newline=None)
    number, most = 0, problems.limits.line_chars
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
