"""Write the record of a report or comparison as JSON, and read parts of one that was written before."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from stance.datamodels import Record
from stance.records.digests import PAGE_NAME
from stance.records.score_records import COMPARED, LABELS_FILE

PRIVATE_FILES = ("discourse.html", "readings.html", "scores.csv", LABELS_FILE, *COMPARED.values())
"""Words: names of the files of a report that a public one lacks."""


Settle = Callable[[str, Record], Record]
"""Returns the record to draw from in place of a computed ``model``, ``document``, ``summary`` or ``comparison``."""


def as_computed(_: str, record: Record) -> Record:
    """Return the record itself."""
    return record


def value_in(summary: Path, key: str) -> Any:
    """Read one value of a summary, which has each key on a line of its own and may be large; None without."""
    start = f'"{key}": '
    with summary.open(encoding="utf-8") as file:
        lines = (line.removeprefix("{") for line in file)  # before the first key
        values = (line[len(start) :].rstrip(",\n") for line in lines if line.startswith(start))
        return json.loads(next(values, "null"))


def former_pages(summary: Path) -> set[str]:
    """Name the pages that a former report lists in its summary; none where that is missing or is not one of ours."""
    try:
        with summary.open("rb") as file:
            lines = iter(lambda: file.readline(1_000_000), b"")
            pattern = rb'\{"id": "(?:[^"\\\\]|\\\\.){0,9999}", "page": "(%b)"' % PAGE_NAME.pattern.encode()
            return {match[1].decode() for line in lines for match in re.finditer(pattern, line)}
    except OSError:
        return set()


def json_of(value: Any) -> str:
    """Write JSON in one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def record_json(record: Record, lines: Iterable[str] | None = None) -> Iterator[str]:
    """Write a record with one key to a line, so that neither writer nor ``grep`` needs all of it at once.

    Behind it follows the digest of all that was written, by which ``verify`` knows facts that it cannot compute again.

    :param lines: The documents of a summary, one to a line.
    """
    digest = hashlib.sha256()
    for part in _parts(record, lines):
        digest.update(part.encode(errors="surrogatepass"))
        yield part
    yield f'"digest": "{digest.hexdigest()}"}}\n'


def _parts(record: Record, lines: Iterable[str] | None) -> Iterator[str]:
    yield "{"
    for key, value in record.items():
        yield f"{json_of(key)}: "
        if isinstance(value, list):  # an item at a time: the groups of 5,000 outlets take 80 MB
            items = (", " * (place > 0) + json_of(item) for place, item in enumerate(value))
            yield from chain("[", items, "]")
        else:
            yield json_of(value)
        yield ",\n"
    if lines is not None:
        yield '"documents": ['
        for number, line in enumerate(lines):
            yield (",\n" if number else "\n") + line.rstrip("\n")
        yield "\n],\n"
