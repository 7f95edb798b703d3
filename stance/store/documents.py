"""Write documents, comments and scores to a store, and read those of a run.

A document is stored once for each way of reading (options of reading, limits, key of the pseudonyms), and scored once
in each run. A run is known by the digest of all that decides its scores. Parquet folders of scored documents, which
``--engine spark`` writes, are read too. They may come from anyone: files are read in batches of rows, and the tables
are merged by the number of their document, so one document and a batch of each table are held.
"""

import hashlib
import heapq
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from stance.datamodels import Comment, Document, Factors, Score, Skip
from stance.exceptions import ConfigError, DamageError, InputError, StoreError
from stance.limits import MEGABYTE, Limits
from stance.log import Log
from stance.pseudonyms import fingerprint, folded, pseudonym
from stance.reading import log_saves, newest_save
from stance.reading.tables import Problems, parquet_rows
from stance.reading.text import is_valid
from stance.records import content_of, load_pyarrow, page_of, score_schema
from stance.store import rows
from stance.store.file import Database
from stance.store.labels import KEEP_TEXTS, REFER
from stance.store.rows import Row, read_settings

MOST_COMMENTS = 1_000_000
"""Comments of a document, which is held as a whole."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One combination of model, targets, cues and options."""

    number: int
    digest: str
    reading: str  # digest of what decides documents
    model: str  # its name with a digest
    settings: rows.Settings  # and ``decision``, the model's decision rules; where there are none, written stances hold


@dataclass(frozen=True, slots=True)
class StoredInput:
    """One input of a run."""

    number: int
    path: str  # as given
    sha256: str | None  # of its content; None: it could not be opened
    is_finished: bool
    skips: tuple[Skip, ...] = ()
    documents: tuple[int, ...] = ()  # their numbers


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document of a run, or of a folder of Parquet files."""

    number: int
    content: str  # digest of what it says, with names as on the page
    document: Document
    input: str = ""  # path of the input that held it, in a folder of Parquet files


Report = Callable[[Skip], None]
"""Is called with each damaged part, which is left out."""


def refuse_damage(damage: Skip) -> None:
    """Refuse a damaged part.

    :raises DamageError: Always.
    """
    raise DamageError(f"{damage.source}: {damage.reason}")


class Store(Database):
    """The documents, comments and scores of a store."""

    # Runs.

    def runs(self, report: Report = refuse_damage) -> tuple[StoredRun, ...]:
        """Return the runs, oldest first."""
        found = []
        for number, _ in self.numbers("runs"):
            try:
                ((_, digest, reading, model, text),) = self.unit("runs", number)[0]
                settings = rows.read_settings(text, str(self.path))
                found.append(StoredRun(number, digest, reading, model, settings))
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
        return tuple(found)

    def choose_run(self, number: int | None = None) -> StoredRun:
        """Return a run; the latest if no number is given.

        :raises StoreError: If there is no such run.
        :raises DamageError: If it may be one that is damaged.
        """
        damaged: list[Skip] = []
        runs = self.runs(damaged.append)
        for damage in damaged if number is None else ():
            refuse_damage(damage)
        if found := [run for run in runs if number in (None, run.number)]:
            return found[-1]
        held = f"expected one of {', '.join(str(run.number) for run in runs)}" if runs else "it holds no scores yet"
        raise StoreError(f"{self.path}: no run {number or ''}; {held}".replace("  ", " "))

    def add_run(self, digest: str, reading: str, model: str, settings: rows.Settings) -> StoredRun:
        """Add a run, or return the one that has this digest.

        :param settings: Those that were digested, and the model's decision rules.
        """
        text = json.dumps(dict(settings), ensure_ascii=False, sort_keys=True)
        with self.transaction():
            if self.value("SELECT 1 FROM runs WHERE digest = ?", digest) is None:
                self.seal("runs", self.insert("runs", [(None, digest, reading, model, text)]))
        return next(run for run in self.runs() if run.digest == digest)

    # Inputs.

    def inputs(self, run: StoredRun, report: Report = refuse_damage) -> dict[str, StoredInput]:
        """Return the inputs of a run with their skipped parts, by path."""
        found = {}
        for number, _ in self.numbers("inputs"):
            try:
                ((_, of_run, path, digest, done),), skips, held = self.unit("inputs", number)
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
                continue
            if of_run == run.number:
                documents = tuple(document for document, _ in held)
                found[path] = StoredInput(number, path, digest, bool(done), _skips(skips), documents)
        return found

    def begin_input(self, run: StoredRun, path: str, sha256: str | None, *, reads_again: bool = False) -> StoredInput:
        """Add an input, or drop what was read of it when its content was another.

        :param reads_again: Drop it in any case.
        """
        with self.transaction() as connection:
            before = self.value("SELECT sha256 FROM inputs WHERE run = ? AND path = ?", run.number, path)
            number: int = connection.execute(_BEGIN, (run.number, path, sha256)).fetchone()[0]
            if reads_again or before != sha256:
                self._drop_documents(run, number)
            self._replace_skips(run, number, ())
            self.seal("inputs", number)
        return StoredInput(number, path, sha256, is_finished=False)

    def forget_input(self, each: StoredInput) -> None:
        """Remove an input that holds no documents."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM inputs WHERE input = ?", (each.number,))
            self.seal("inputs", each.number)

    def end_input(self, run: StoredRun, each: StoredInput, skips: Iterable[Skip], *, is_finished: bool = True) -> None:
        """Note that an input was read, and the parts of it that were skipped."""
        with self.transaction() as connection:
            connection.execute("UPDATE inputs SET is_finished = ? WHERE input = ?", (is_finished, each.number))
            self._replace_skips(run, each.number, skips)
            self.seal("inputs", each.number)

    def note_remarks(self, run: StoredRun, remarks: Iterable[Skip]) -> None:
        """Replace the remarks on a run as a whole, such as those of its model."""
        with self.transaction():
            self._replace_skips(run, None, remarks)
            self.seal("runs", run.number)

    def _replace_skips(self, run: StoredRun, number: int | None, skips: Iterable[Skip]) -> None:
        self._connection.execute("DELETE FROM skips WHERE run = ? AND input IS ?", (run.number, number))
        cells = ((rows.encodable(skip.source), rows.encodable(skip.reason)) for skip in skips)
        self.insert("skips", [(None, run.number, number, *each) for each in cells])

    def skips(self, run: StoredRun, report: Report = refuse_damage) -> list[Skip]:
        """Return the skipped parts of the inputs of a run, and remarks on the run as a whole."""
        for *_, damage in self.damage("forgotten"):
            report(damage)
        inputs = self.inputs(run, report).values()
        return [*chain.from_iterable(each.skips for each in inputs), *self.remarks(run)]

    def remarks(self, run: StoredRun) -> tuple[Skip, ...]:
        """Return the remarks on a run as a whole, such as those of its model."""
        return _skips(self.unit("runs", run.number)[1])

    def is_unfinished(self, run: StoredRun) -> bool:
        """Return whether a run was interrupted."""
        return self.value("SELECT 1 FROM inputs WHERE run = ? AND NOT is_finished LIMIT 1", run.number) is not None

    # Writing documents.

    def contents(self, run: StoredRun) -> Iterator[tuple[str, str, int]]:
        """Yield digest, source and first input of each document of a run."""
        return self.rows(_CONTENTS, run.number)

    def add_document(self, run: StoredRun, each: StoredInput, document: Document, content: str) -> int:
        """Add a document with its scores, in one transaction; only the scores, where another run stored it.

        :param content: Digest of what it says.
        :return: Its number.
        """
        with self.transaction():
            number = self.number_of(run, content)
            if number is None:
                number = self.insert("documents", [(None, content, run.reading, *rows.document_row(document))])
                self.insert("comments", [(None, number, *rows.comment_row(comment)) for comment in document.comments])
                self.index_document(number)
                self.seal("documents", number)
                self._change_items(f"{REFER} AND f.document = ? RETURNING item", number)
            self.add_occurrence(number, each.number)
            self._drop_scores(run, number)
            self._insert_scores(run, document, number)
            self.seal("scores", number, run.number)
            return number

    def add_repeat(self, run: StoredRun, each: StoredInput, content: str) -> None:
        """Note that an input holds a document that another input of the run holds too."""
        with self.transaction():
            if (number := self.number_of(run, content)) is not None:
                self.add_occurrence(number, each.number)

    def add_occurrence(self, number: int, each: int) -> None:
        """Note that an input holds a document."""
        self.insert("occurrences", [(number, each)])
        self.seal("inputs", each)

    def has_open_scores(self, run: StoredRun, path: str, reason_kept: str) -> bool:
        """Return whether a model left a pair of an input without a stance that it may decide when asked again.

        :param reason_kept: Beginning of the reason of pairs that were left undecided on purpose.
        """
        return self.value(_OPEN, run.number, path, f"{reason_kept}*") is not None

    def number_of(self, run: StoredRun, content: str) -> int | None:
        """Return the number of a document, of this run or another one that reads alike; None if there is none."""
        query = "SELECT document FROM documents WHERE content = ? AND reading = ?"
        return self.value(query, content, run.reading)

    def _change_items(self, statement: str, document: int) -> None:
        """Make items to label refer to comments of a document, or keep their texts before it goes."""
        for (item,) in self._connection.execute(statement, (document,)).fetchall():
            self.seal("items", item)

    def index_document(self, number: int, *, removes: bool = False) -> None:
        """Add a document to the full-text index, or remove it, which is done before its texts change."""
        for index, key, column in _SEARCHED:
            into, first = (f"{index}, rowid", "'delete', ") if removes else ("rowid", "")
            query = f"SELECT {first}{key}, {column} FROM {key}s WHERE document = ?"  # noqa: S608 our own
            self._connection.execute(f"INSERT INTO {index} ({into}, {column}) {query}", (number,))

    def _insert_scores(self, run: StoredRun, document: Document, number: int) -> None:
        comments = self.rows("SELECT comment, id FROM comments WHERE document = ? ORDER BY comment DESC", number)
        numbers = {identifier: comment for comment, identifier in comments}
        scores, sentences = [], []
        for score in document.scores:
            if score.sentence is not None:
                sentences.append((number, run.number, *rows.sentence_row(score, score.sentence)))
            elif (comment := numbers.get(rows.encodable(score.comment))) is not None:
                scores.append((comment, run.number, *rows.score_row(score)))
        self.insert("scores", scores)
        self.insert("sentence_scores", sentences)

    def _drop_scores(self, run: StoredRun, document: int) -> None:
        for statement in _DROP_SCORES:
            self._connection.execute(statement, {"run": run.number, "document": document})

    def _drop_documents(self, run: StoredRun, number: int) -> None:
        """Drop the documents of an input that no other input holds."""
        execute = self._connection.execute
        held = execute("DELETE FROM occurrences WHERE input = ? RETURNING document", (number,)).fetchall()
        for (document,) in sorted(held):
            if self.value(_HOLDING, document, run.number) is None:
                self._drop(run, document)

    def take_out(self, run: StoredRun, document: int) -> list[int]:
        """Drop a document of a run; return the numbers of the inputs that held it."""
        inputs = [each for (each,) in self.rows(_HOLDING, document, run.number)]
        for each in inputs:
            self._connection.execute("DELETE FROM occurrences WHERE (document, input) = (?, ?)", (document, each))
        self._drop(run, document)
        return inputs

    def _drop(self, run: StoredRun, document: int) -> None:
        """Drop the scores of a document that no input of a run holds, and where no run is left, its text."""
        self._drop_scores(run, document)
        if self.value("SELECT 1 FROM occurrences WHERE document = ?", document) is None:
            self._change_items(KEEP_TEXTS, document)
            self.index_document(document, removes=True)
            self._connection.execute("DELETE FROM documents WHERE document = ?", (document,))
            self.seal("documents", document)

    # Reading documents.

    def documents(self, run: StoredRun, report: Report = refuse_damage) -> Iterator[Document]:
        """Yield the documents of a run with their scores, in the order in which they were stored; one is held.

        :raises InputError: If a value is not one that ``stance score`` writes.
        """
        return (each.document for each in self.stored(run, report))

    def stored(
        self, run: StoredRun, report: Report = refuse_damage, chosen: Iterable[int] | None = None
    ) -> Iterator[StoredDocument]:
        """Yield the documents of a run with their numbers and digests; or those of these numbers."""
        rules = rows.read_rules(run.settings.get("decision"))
        held = (number for number, of_run in self.numbers("scores") if of_run == run.number)
        for number in held if chosen is None else chosen:
            try:
                found = self._read(run, number, rules)
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
                continue
            except InputError as error:
                raise InputError(f"{self.path}: {error}") from None
            yield found

    def _read(self, run: StoredRun, number: int, rules: Mapping[str, Factors]) -> StoredDocument:
        targets = {name: place for place, name in enumerate(run.settings.get("targets", ()))}
        place: Callable[[Score], int] = lambda score: targets.get(score.target, len(targets))  # noqa: E731 short
        ((_, content, _, *row),), comments = self.unit("documents", number)
        scores, sentences = self.unit("scores", number, run.number)
        if len(comments) > MOST_COMMENTS:
            raise InputError(f"a document with more than {MOST_COMMENTS:,} comments, the limit")
        document = rows.read_document(row, (values for _, _, *values in comments))
        by_number = dict(zip((comment for comment, *_ in comments), document.comments, strict=True))
        sentences.sort(key=lambda values: (values[2], targets.get(values[3], len(targets))))
        found = [rows.read_sentence(values, document, run.model) for _, _, *values in sentences]
        of_comments: dict[int, list[Score]] = {}
        for comment, _, *values in scores:
            read = rows.read_score(values, document, by_number[comment], run.model, rules)
            if any(end > len(by_number[comment].text) for _, end in read.evidence):
                rows.refuse(values[-2], "evidence")
            of_comments.setdefault(comment, []).append(read)
        for comment in by_number:
            found += sorted(of_comments.get(comment, ()), key=place)
        return StoredDocument(number, content, replace(document, scores=tuple(found)))

    def problems(self) -> Iterator[str]:
        """Check pages, references, search indexes, units and values; yield each problem."""
        yield from super().problems()
        damaged: list[Skip] = []
        for run in self.runs(damaged.append):
            try:
                for _ in self.stored(run, damaged.append):  # named above
                    pass
            except InputError as error:
                yield f"{str(error).removeprefix(f'{self.path}: ')} (run {run.number})"

    # Forgotten authors.

    def has_forgotten(self) -> bool:
        """Return whether comments of anyone were removed on request."""
        return bool(self.unit("forgotten")[0])

    def forgotten(self, key: bytes | None) -> Callable[[str | None, str | None], bool]:
        """Return a function that tells whether comments of an author at an outlet were removed on request.

        :raises ConfigError: If they were removed under another key, without which nobody would be found.
        """
        found = dict(self.unit("forgotten")[0])
        if others := {each for each in found.values() if key is None or each != fingerprint(key)}:
            seen = f"{self.path}: authors were forgotten under the key of pseudonyms with the fingerprint {min(others)}"
            raise ConfigError(f"{seen}; give it with --key-file, or they would come back")

        def is_forgotten(author: str | None, outlet: str | None) -> bool:
            if not found or author is None or key is None:
                return False
            names = (author, pseudonym(author, outlet, key=key) or "")
            return any(forgotten_digest(name, outlet, key) in found for name in names)

        return is_forgotten


def forgotten_digest(author: str, outlet: str | None, key: bytes) -> str:
    """Digest an author whose comments were removed; without the key, nobody can look up a name by it."""
    content = f"{folded(outlet or '')}\n{folded(author)}".encode("utf-8", "surrogatepass")
    return hmac.new(key, b"forgotten\n" + content, hashlib.sha256).hexdigest()


def _skips(found: Iterable[Sequence[Any]]) -> tuple[Skip, ...]:
    return tuple(Skip(*row[-2:]) for row in found)


# Saves of one page --------------------------------------------------------------------------------------------------


class RunWriter:
    """Adds documents to a run of a store, of the saves of one page the newest.

    The document and its comments keep their ids, so that labels of them hold.
    """

    def __init__(self, store: Store, run: StoredRun) -> None:
        self._store, self._run = store, run
        self._pages = {page: number for number, *known in store.rows(_OF_RUN, run.number) if (page := page_of(*known))}
        self._saves: dict[str, tuple[Document, int]] = {}  # the newest one of each page, and their number

    def add(self, each: StoredInput, document: Document, content: str) -> int:
        """Add a document with its scores, in one transaction.

        :param content: Digest of what it says.
        :return: Its number.
        """
        store, run, inputs = self._store, self._run, list[int]()
        page = page_of(document.url, document.outlet, document.layout)
        with store.transaction():
            known = self._pages.get(page or "")
            if page and known is not None and store.number_of(run, content) != known:
                for stored in store.stored(run, lambda _: None, (known,)):  # a damaged one is left out
                    inputs = store.take_out(run, known)
                    document = newest_save(stored.document, document)
                    content = content_of(document)
                    self._saves[page] = document, len({*inputs, each.number})
            number = store.add_document(run, each, document, content)
            for other in inputs:
                store.add_occurrence(number, other)
            if page:
                self._pages[page] = number
            return number

    def log(self, log: Log) -> None:
        """Log the numbers of saves."""
        for document, count in self._saves.values():
            log_saves(document, count, log)


# Queries --------------------------------------------------------------------------------------------------------------


_BEGIN = """
INSERT INTO inputs VALUES (NULL, ?, ?, ?, 0)
ON CONFLICT (run, path) DO UPDATE SET sha256 = excluded.sha256, is_finished = 0 RETURNING input
"""
_DROP_SCORES = (
    "DELETE FROM scores WHERE run = :run AND comment IN (SELECT comment FROM comments WHERE document = :document)",
    "DELETE FROM sentence_scores WHERE run = :run AND document = :document",
    "DELETE FROM checksums WHERE unit = 'scores' AND run = :run AND number = :document",
)
_HOLDING = "SELECT input FROM occurrences JOIN inputs USING (input) WHERE (document, run) = (?, ?)"
_CONTENTS = """
SELECT content, source, min(input) FROM documents JOIN occurrences USING (document) JOIN inputs USING (input)
WHERE run = ? GROUP BY document ORDER BY document
"""
_OF_RUN = """
SELECT DISTINCT document, url, outlet, layout FROM documents JOIN occurrences USING (document) JOIN inputs USING (input)
WHERE run = ? AND url IS NOT NULL
"""
_SEARCHED = (("title_search", "document", "title"), ("comment_search", "comment", "text"))
"""Full-text indexes, with the keys and the columns of their tables."""

_OPEN = """
SELECT 1 FROM inputs JOIN occurrences USING (input) JOIN comments USING (document) JOIN scores USING (comment)
WHERE (scores.run, inputs.run, path) = (?1, ?1, ?2) AND undecided IS NOT NULL AND undecided NOT GLOB ?3 LIMIT 1
"""


# Parquet folders ------------------------------------------------------------------------------------------------------

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
