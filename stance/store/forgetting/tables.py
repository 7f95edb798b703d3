"""Remove a person from our own tables, which are CSV and JSON Lines of scores, samples and labels, unpacked.

All else in them stays as it was: columns and their order, line ends, rows of others. Each is replaced as a whole.
"""

import csv
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from stance.datamodels import Record
from stance.exceptions import InputError
from stance.limits import MEGABYTE
from stance.reading.json_tables import json_object
from stance.resources.files import file_errors, temporary_file
from stance.store.forgetting.persons import Person
from stance.store.forgetting.results import Changed, Forgotten


def is_own_table(path: Path) -> bool:
    """Return whether a file is a table that we write: CSV or JSON Lines of comments, unpacked."""
    columns: Iterable[str] = ()
    with (
        suppress(ValueError, InputError, csv.Error, RecursionError),
        path.open(encoding="utf-8-sig", newline="") as file,
    ):
        line = file.readline(MEGABYTE)
        if path.suffix.lower() == ".csv":
            columns = next(csv.reader([line], strict=True), [])
        elif path.suffix.lower() == ".jsonl":
            columns = json_object(line)
    return bool({"author", "text", "document", "comment"}.intersection(columns)) and "comments" not in columns


def read_table(path: Path) -> Iterator[tuple[Record, str]]:
    """Read the rows of a table; of JSON Lines, each with its line.

    :raises InputError: If it is damaged.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            if path.suffix.lower() == ".jsonl":
                yield from ((json_object(line), line) for line in file if line.strip())
                return
            rows = csv.DictReader(file, strict=True)
            header = rows.fieldnames or ()
            if len({*header}) < len(header):
                raise InputError("two columns of one name; expected each column once")
            for row in rows:
                if None in row:
                    raise InputError(f"a row of {len(header) + len(row[None])} cells; expected {len(header)}")
                yield row, ""
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        raise InputError(f"cannot be read ({str(error)[:200]}); expected a whole table, text in UTF-8") from None


def clean_table(person: Person, path: Path, result: Forgotten) -> None:
    """Remove a person from one of our tables.

    :raises InputError: If it cannot be read.
    :raises ConfigError: If it cannot be written.
    """
    person.counts.clear()
    for row, _ in read_table(path):
        person.clean(row, str(path))
    changed = Changed(**person.counts)
    result.add(path, changed)
    if result.is_dry or not (changed.dropped or changed.cleaned):
        return
    with file_errors(path), temporary_file(path) as draft:
        draft.chmod(path.stat().st_mode & 0o777)
        with draft.open("w", encoding="utf-8", newline="", errors="surrogatepass") as file:
            _write_table(person, path, file)


def _write_table(person: Person, path: Path, file: IO[str]) -> None:
    """Write the rows of others as they were."""
    with path.open(encoding="utf-8", newline="") as old:
        first = old.readline(MEGABYTE)
    file.write("\ufeff" if first.startswith("\ufeff") else "")
    rows = ((row, dict(row), line) for row, line in read_table(path))
    others = ((row, row == before, line) for row, before, line in rows if person.clean(row, str(path)))
    if path.suffix.lower() == ".jsonl":
        end = "\r\n" if first.endswith("\r\n") else "\n"
        file.writelines(line if is_same else json.dumps(row, ensure_ascii=False) + end for row, is_same, line in others)
        return
    header = next(csv.reader([first.removeprefix("\ufeff")]))
    writer = csv.writer(file, lineterminator="\r\n" if first.endswith("\r\n") else "\n")
    writer.writerow(header)
    writer.writerows([row.get(name) for name in header] for row, *_ in others)
