"""Read folders of scored documents in Parquet files, which ``--engine spark`` writes.

Such a folder may come from anyone. Files are read in batches of rows, and the tables are merged by the number of
their document, so one document and a batch of each table are held.
"""

import heapq
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from stance.datamodels import Comment, Document, Score, Skip
from stance.exceptions import InputError
from stance.limits import MEGABYTE, Limits
from stance.reading.tables import Problems, parquet_rows
from stance.reading.text import is_valid
from stance.records import load_pyarrow, score_schema
from stance.store import rows
from stance.store.documents import MOST_COMMENTS, StoredDocument
from stance.store.rows import Row, read_settings

MANIFEST = "manifest.json"
FORMAT = "stance-corpus"
VERSION = 4

LARGEST_MANIFEST = 500 * MEGABYTE
_LIMITS = Limits()

TABLES: Mapping[str, tuple[str, ...]] = {
    "documents": ("number", "id", "content", "input", *rows.DOCUMENT[1:]),
    "comments": ("number", "document", "outlet", "comment", *rows.COMMENT[1:-1], "columns"),
    "scores": (
        *("number", "document", "outlet", "comment", "author", *rows.SCORE[:-1]),
        *("language", "model", "posted", "columns"),
    ),
    "sentences": ("number", *rows.SENTENCE, "model"),
}
"""Columns of each table; ``number`` ascends, and rows of comments and scores carry that of their document."""

LISTS = ("body", "quotations", "warnings", "doubts", "targets")
_REQUIRED = ("number", "id", "content", "input", "source", *LISTS[:-1], "layout", "text", "target", "language")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The contents of a manifest."""

    settings: Mapping[str, Any]
    skips: tuple[Skip, ...]


# Rows -----------------------------------------------------------------------------------------------------------------


def schema(table: str) -> Any:
    """Return the Arrow schema of a table."""
    pyarrow, _ = load_pyarrow()
    text = pyarrow.string()
    types = dict.fromkeys(LISTS, pyarrow.list_(text))
    types["columns"] = pyarrow.list_(pyarrow.struct([("name", text), ("value", text)]))
    return pyarrow.schema([(each.name, types.get(each.name, each.type)) for each in score_schema(TABLES[table])])


def rows_of(document: Document, number: int, path: str, content: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of a document in each table."""
    known = {"number": number, "outlet": document.outlet, "document": document.document_id}
    own = {"input": path, "content": content, **dict(zip(rows.DOCUMENT, rows.document_row(document), strict=True))}
    comments = (zip(TABLES["comments"][3:], rows.comment_row(each), strict=True) for each in document.comments)
    scores = (
        {"comment": each.comment, "author": each.author, "language": each.language}
        | {"model": each.model, "posted": each.posted, "columns": json.dumps(dict(each.columns))}
        | dict(zip(rows.SCORE, rows.score_row(each), strict=True))
        for each in document.scores
        if each.sentence is None
    )
    sentences = (
        dict(zip(rows.SENTENCE, rows.sentence_row(each, each.sentence), strict=True)) | {"model": each.model}
        for each in document.scores
        if each.sentence is not None
    )
    found = {"documents": (own,), "comments": map(dict, comments), "scores": scores, "sentences": sentences}
    return {table: [_typed(table, known | each) for each in found[table]] for table in TABLES}


def _typed(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the values of a row of a store into those of Arrow."""
    found = {name: row[name] for name in TABLES[table]}
    for name in (*LISTS, "evidence"):
        if found.get(name):
            found[name] = json.loads(found[name])
    if found.get("columns"):
        found["columns"] = [{"name": name, "value": cell} for name, cell in json.loads(found["columns"]).items()]
    return {name: rows.encodable(value) if isinstance(value, str) else value for name, value in found.items()}


def _read(row: Row, comments: Sequence[Row], scores: Iterable[Row], sentences: Iterable[Row]) -> StoredDocument:
    number, identifier, content, path, *rest = row
    language = rest[rows.DOCUMENT.index("language") - 1]
    texts = ((*each[3:-1], dict(_columns(each[-1])) or None) for each in comments)
    document = rows.read_document((identifier, *rest), texts)
    found = [rows.read_sentence(values, document, model) for _, *values, model in sentences]
    found += [_read_score(each, language) for each in scores]
    return StoredDocument(number, content, replace(document, scores=tuple(found)), path)


def _read_score(row: Row, of_document: str) -> Score:
    _, document, outlet, comment, author, *of_target, language, model, posted, columns = row
    found = Document(document, "", outlet, language=of_document)
    own = Comment(comment, "", author, posted=posted, language=language, columns=_columns(columns))
    return rows.read_score((*of_target, None), found, own, model or "unknown", {})


def _columns(cells: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(cell["name"]), str(cell["value"])) for cell in cells or ())


# Folders --------------------------------------------------------------------------------------------------------------


def read_parquet_folder(folder: Path) -> Iterator[StoredDocument]:
    """Yield the documents of a folder with their scores; one is held.

    :raises InputError: If a file is missing, damaged or holds a value that no command writes; the message names it.
    """
    read_manifest(folder)
    yield from _merge({table: sorted((folder / table).glob("*.parquet")) for table in TABLES})


def _merge(files: Mapping[str, Sequence[Path]]) -> Iterator[StoredDocument]:
    """Merge the rows of three tables into documents."""
    streams = (_ascending(table, files[table]) for table in TABLES)
    for number, group in groupby(heapq.merge(*streams, key=lambda each: each[0]), key=lambda each: each[0]):
        held: dict[str, list[Row]] = {table: [] for table in TABLES}
        for _, table, path, row in group:
            held[table].append(row)
            if len(held["documents"]) != 1:
                seen = f"rows of document {number}, which is there {len(held['documents'])} times"
                raise InputError(f"{path}: {seen}; expected it once in documents")
            if len(held[table]) > MOST_COMMENTS:
                raise InputError(f"{path}: more than {MOST_COMMENTS:,} rows of one document, the limit")
        try:
            found = _read(held["documents"][0], held["comments"], held["scores"], held["sentences"])
        except InputError as error:
            raise InputError(f"{path}: document {number}: {error}") from None
        yield found


def _ascending(table: str, files: Iterable[Path]) -> Iterator[tuple[int, str, Path, Row]]:
    last = 0
    for path in files:
        for row in _read_file(table, path):
            if row[0] < last:
                raise InputError(f"{path}: number {row[0]} after {last}; expected ascending numbers")
            last = row[0]
            yield last, table, path, row


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder.

    :raises InputError: If it is not there, damaged, or of another version.
    """
    path, expected = folder / MANIFEST, "expected one that stance score --engine spark wrote"
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(LARGEST_MANIFEST))
        if (found["format"], found["version"]) != (FORMAT, VERSION):
            raise InputError(f"{path}: version {str(found['version'])[:20]}; this stance reads version {VERSION}")
        skipped = [(each["source"], each["reason"]) for each in [*found.get("skipped", [])]]
        skips = tuple(Skip(str(source), str(reason)) for source, reason in skipped)
        return Manifest(read_settings(found["settings"], str(path)), skips)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; {expected}") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deeply; {expected}") from None
    except (AttributeError, LookupError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{path}: not as stance writes it ({str(error)[:100]}); {expected}") from None


def _read_file(table: str, path: Path) -> Iterator[Row]:
    """Yield the rows of a file."""
    required = {*_REQUIRED, "comment" if table == "comments" else "number"}.intersection(TABLES[table])
    try:
        if path.is_symlink() or not path.is_file():
            raise InputError("not there, or not a regular file; expected a file of the folder")
        with path.open("rb") as stream:
            for _, row in parquet_rows(stream, Problems(str(path), _refuse, _LIMITS), partial(_columns_of, table)):
                if missing := [name for name in required if row[name] is None]:
                    raise InputError(f"{missing[0]} is missing; expected it in each row")
                if not is_valid("".join(value for value in row.values() if isinstance(value, str))):
                    raise InputError("a text that is no UTF-8")
                yield tuple(row.values())
    except (InputError, OSError) as error:
        raise InputError(f"{path}: {error}; expected a file as stance wrote it") from None


def _refuse(damage: Skip) -> None:
    raise InputError(damage.reason)


def _columns_of(table: str, found: Any) -> list[str]:
    if not found.equals(schema(table)):
        strange = [name for name in found.names if name not in TABLES[table]] or ["missing or of other types"]
        raise InputError(f"columns {', '.join(strange)[:100]}; expected those of {table}")
    return list(TABLES[table])
