"""Write documents, comments and scores to a store, and read those of a run.

A document is stored once for each way of reading (options of reading, limits, key of the pseudonyms), and scored once
in each run. A run is known by the digest of all that decides its scores.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stance.datamodels import Document, Skip
from stance.exceptions import InputError, StoreError
from stance.store import rows
from stance.store.file import Database, in_one_line

MOST_COMMENTS = 1_000_000
"""Comments of a document, which is held as a whole."""

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One combination of model, targets, cues and options."""

    number: int
    digest: str
    reading: str  # digest of what decides documents
    model: str  # its name with a digest
    settings: Settings  # and ``decision``, the model's decision rule, where its factors are not even


@dataclass(frozen=True, slots=True)
class StoredInput:
    """One input of a run."""

    number: int
    path: str  # as given
    sha256: str | None  # of its content; None: it could not be opened
    is_finished: bool


class Store(Database):
    """The documents, comments and scores of a store."""

    # Runs.

    def runs(self) -> tuple[StoredRun, ...]:
        """Return the runs, oldest first."""
        found = self.rows("SELECT run, digest, reading, model, settings FROM runs ORDER BY run")
        return tuple(
            StoredRun(number, digest, reading, model, _settings(text)) for number, digest, reading, model, text in found
        )

    def choose_run(self, number: int | None = None) -> StoredRun:
        """Return a run; the latest if no number is given.

        :raises StoreError: If there is no such run.
        """
        runs = self.runs()
        if found := [run for run in runs if number in (None, run.number)]:
            return found[-1]
        held = f"expected one of {', '.join(str(run.number) for run in runs)}" if runs else "it holds no scores yet"
        raise StoreError(f"{self.path}: no run {number or ''}; {held}".replace("  ", " "))

    def add_run(self, digest: str, reading: str, model: str, settings: Settings) -> StoredRun:
        """Add a run, or return the one that has this digest.

        :param settings: Those that were digested, and the model's decision rule.
        """
        text = json.dumps(dict(settings), ensure_ascii=False, sort_keys=True)
        with self.transaction() as connection:
            query = "INSERT INTO runs (digest, reading, model, settings) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
            connection.execute(query, (digest, reading, model, text))
        return next(run for run in self.runs() if run.digest == digest)

    # Inputs.

    def inputs(self, run: StoredRun) -> dict[str, StoredInput]:
        """Return the inputs of a run, by path."""
        query = "SELECT input, path, sha256, is_finished FROM inputs WHERE run = ? ORDER BY input"
        found = self.rows(query, run.number)
        return {path: StoredInput(number, path, digest, bool(done)) for number, path, digest, done in found}

    def begin_input(self, run: StoredRun, path: str, sha256: str | None) -> StoredInput:
        """Add an input, or drop what was read of it when its content was another."""
        with self.transaction() as connection:
            row = self.row("SELECT input, sha256 FROM inputs WHERE run = ? AND path = ?", run.number, path)
            if row is None:
                query = "INSERT INTO inputs (run, path, sha256, is_finished) VALUES (?, ?, ?, 0)"
                number = connection.execute(query, (run.number, path, sha256)).lastrowid or 0
            else:
                number = row[0]
                connection.execute("UPDATE inputs SET sha256 = ?, is_finished = 0 WHERE input = ?", (sha256, number))
                connection.execute("DELETE FROM skips WHERE input = ?", (number,))
                if row[1] != sha256:
                    self._drop_documents(run, number)
        return StoredInput(number, path, sha256, is_finished=False)

    def drop_input(self, run: StoredRun, each: StoredInput) -> None:
        """Drop what was read of an input; it is read again."""
        with self.transaction() as connection:
            self._drop_documents(run, each.number)
            connection.execute("UPDATE inputs SET is_finished = 0 WHERE input = ?", (each.number,))

    def forget_input(self, each: StoredInput) -> None:
        """Remove an input that holds no documents."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM inputs WHERE input = ?", (each.number,))

    def end_input(self, run: StoredRun, each: StoredInput, skips: Iterable[Skip], *, is_finished: bool = True) -> None:
        """Note that an input was read, and the parts of it that were skipped."""
        with self.transaction() as connection:
            connection.execute("UPDATE inputs SET is_finished = ? WHERE input = ?", (is_finished, each.number))
            connection.execute("DELETE FROM skips WHERE input = ?", (each.number,))
            _add_skips(connection, run, each.number, skips)

    def note_remarks(self, run: StoredRun, remarks: Iterable[Skip]) -> None:
        """Replace the remarks on a run as a whole, such as those of its model."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM skips WHERE run = ? AND input IS NULL", (run.number,))
            _add_skips(connection, run, None, remarks)

    def skips(self, run: StoredRun, paths: Collection[str] | None = None) -> Iterator[Skip]:
        """Yield the skipped parts of a run, or of the inputs of some paths."""
        query = (
            "SELECT path, source, reason FROM skips LEFT JOIN inputs USING (input) WHERE skips.run = ?"
            " ORDER BY input IS NULL, skip"
        )
        found = self.rows(query, run.number)
        return (Skip(source, reason) for path, source, reason in found if paths is None or path in paths)

    def is_unfinished(self, run: StoredRun) -> bool:
        """Return whether a run was interrupted."""
        return self.value("SELECT 1 FROM inputs WHERE run = ? AND NOT is_finished LIMIT 1", run.number) is not None

    # Writing documents.

    def contents(self, run: StoredRun) -> Iterator[tuple[str, str, int]]:
        """Yield digest, source and first input of each document of a run."""
        return self.rows(
            "SELECT content, source, min(input) FROM documents JOIN occurrences USING (document)"
            " JOIN inputs USING (input) WHERE run = ? GROUP BY document ORDER BY document",
            run.number,
        )

    def add_document(self, run: StoredRun, each: StoredInput, document: Document, content: str) -> None:
        """Add a document with its scores, in one transaction; only the scores, where another run stored it.

        :param content: Digest of what it says.
        """
        with self.transaction() as connection:
            number = self._number_of(run, content)
            if number is None:
                number = self._insert(run, document, content)
            connection.execute(_INSERT_OCCURRENCE, (number, each.number))
            self._drop_scores(run, number)
            self._insert_scores(run, document, number)

    def add_repeat(self, run: StoredRun, each: StoredInput, content: str) -> None:
        """Note that an input holds a document that another input of the run holds too."""
        with self.transaction() as connection:
            if (number := self._number_of(run, content)) is not None:
                connection.execute(_INSERT_OCCURRENCE, (number, each.number))

    def has_open_scores(self, run: StoredRun, each: StoredInput, reason_kept: str) -> bool:
        """Return whether a model left a pair of an input without a stance that it may decide when asked again.

        :param reason_kept: Beginning of the reason of pairs that were left undecided on purpose.
        """
        return self.value(_OPEN, run.number, each.number, f"{reason_kept}*") is not None

    def _number_of(self, run: StoredRun, content: str) -> int | None:
        query = "SELECT document FROM documents WHERE content = ? AND reading = ?"
        number: int | None = self.value(query, content, run.reading)
        return number

    def _insert(self, run: StoredRun, document: Document, content: str) -> int:
        execute, many = self._connection.execute, self._connection.executemany
        values = (*rows.document_row(document), content, run.reading)
        number = execute(_INSERT_DOCUMENT, values).lastrowid or 0
        many(_INSERT_COMMENT, ((*rows.comment_row(comment), number) for comment in document.comments))
        self.index_document(number)
        return number

    def index_document(self, number: int) -> None:
        """Add a document to the full-text index."""
        for statement in _INDEX:
            self._connection.execute(statement, (number,))

    def unindex_document(self, number: int) -> None:
        """Remove a document from the full-text index; done before its texts change."""
        for statement in _UNINDEX:
            self._connection.execute(statement, (number,))

    def _insert_scores(self, run: StoredRun, document: Document, number: int) -> None:
        comments = self.rows("SELECT comment, id FROM comments WHERE document = ? ORDER BY comment DESC", number)
        numbers = {identifier: comment for comment, identifier in comments}
        scores, sentences = [], []
        for score in document.scores:
            if score.sentence is not None:
                sentences.append((*rows.sentence_row(score, score.sentence), number, run.number))
            elif (comment := numbers.get(rows.encodable(score.comment))) is not None:
                scores.append((*rows.score_row(score), comment, run.number))
        self._connection.executemany(_INSERT_SCORE, scores)
        self._connection.executemany(_INSERT_SENTENCE, sentences)

    def _drop_scores(self, run: StoredRun, document: int) -> None:
        for statement in (_DROP_SCORES, _DROP_SENTENCES):
            self._connection.execute(statement, {"run": run.number, "document": document})

    def _drop_documents(self, run: StoredRun, number: int) -> None:
        """Drop the documents of an input that no other input holds: its scores, and where no run is left, its text."""
        held = [document for (document,) in self.rows("SELECT document FROM occurrences WHERE input = ?", number)]
        execute = self._connection.execute
        execute("DELETE FROM occurrences WHERE input = ?", (number,))
        for document in held:
            if execute(_IS_HELD, {"run": run.number, "document": document}).fetchone() is None:
                self._drop_scores(run, document)
                if execute("SELECT 1 FROM occurrences WHERE document = ? LIMIT 1", (document,)).fetchone() is None:
                    self.unindex_document(document)
                    execute("DELETE FROM documents WHERE document = ?", (document,))

    # Reading documents.

    def documents(self, run: StoredRun) -> Iterator[Document]:
        """Yield the documents of a run with their scores, in the order in which they were stored; one is held.

        :raises InputError: If a value is not one that ``stance score`` writes.
        """
        targets = {name: place for place, name in enumerate(run.settings.get("targets", ()))}
        for number, *row in self.rows(_DOCUMENTS, run.number):
            with in_one_line(self.path):
                try:
                    document = self._read(run, number, row, targets)
                except InputError as error:
                    raise InputError(f"{self.path}: {error}") from None
            yield document

    def _read(self, run: StoredRun, number: int, row: list[Any], targets: Mapping[str, int]) -> Document:
        comments = list(self.rows(_COMMENTS, number, MOST_COMMENTS + 1))
        if len(comments) > MOST_COMMENTS:
            raise InputError(f"a document with more than {MOST_COMMENTS:,} comments, the limit")
        document = rows.read_document(row, (values for _, *values in comments))
        by_comment: dict[int, list[rows.Row]] = {}
        for comment, *values in self.rows(_SCORES, number, run.number):
            by_comment.setdefault(comment, []).append(tuple(values))
        decision = rows.read_factors(run.settings.get("decision"))

        def place(values: Sequence[Any]) -> int:
            return targets.get(values[0], len(targets))

        sentences = sorted(self.rows(_SENTENCES, number, run.number), key=lambda row: (row[0], place(row[1:])))
        scores = [rows.read_sentence(values, document, run.model) for values in sentences]
        for (identifier, *_), comment in zip(comments, document.comments, strict=True):
            own = sorted(by_comment.get(identifier, ()), key=place)
            scores += [rows.read_score(each, document, comment, run.model, decision=decision) for each in own]
        return replace(document, scores=tuple(scores))

    # Forgotten authors.

    def has_forgotten(self) -> bool:
        """Return whether comments of anyone were removed on request."""
        return self.value("SELECT 1 FROM forgotten LIMIT 1") is not None

    def forgotten(self, key: bytes) -> Callable[[str | None, str | None], bool]:
        """Return a function that tells whether comments of a pseudonym at an outlet were removed on request."""
        digests = {digest for (digest,) in self.rows("SELECT digest FROM forgotten")}
        return lambda author, outlet: author is not None and forgotten_digest(author, outlet, key) in digests


def forgotten_digest(pseudonym: str, outlet: str | None, key: bytes) -> str:
    """Digest an author whose comments were removed; without the key, nobody can look up a name by it."""
    content = f"{outlet or ''}\n{pseudonym}".encode("utf-8", "surrogatepass")
    return hmac.new(key, b"forgotten\n" + content, hashlib.sha256).hexdigest()


def _settings(text: str) -> Settings:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("targets", []), list):
        raise InputError(f"settings of a run are {text[:40]!r}; expected a JSON object")
    return found


def _add_skips(connection: Any, run: StoredRun, number: int | None, skips: Iterable[Skip]) -> None:
    found = [(run.number, number, rows.encodable(skip.source), rows.encodable(skip.reason)) for skip in skips]
    connection.executemany("INSERT INTO skips (run, input, source, reason) VALUES (?, ?, ?, ?)", found)


# Queries --------------------------------------------------------------------------------------------------------------


def _insert_into(table: str, columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


_INSERT_DOCUMENT = _insert_into("documents", (*rows.DOCUMENT, "content", "reading"))
_INSERT_OCCURRENCE = "INSERT INTO occurrences VALUES (?, ?) ON CONFLICT DO NOTHING"
_INSERT_COMMENT = _insert_into("comments", (*rows.COMMENT, "document"))
_INSERT_SCORE = _insert_into("scores", (*rows.SCORE, "comment", "run")).replace("INSERT", "INSERT OR REPLACE", 1)
_INSERT_SENTENCE = _insert_into("sentence_scores", (*rows.SENTENCE, "document", "run"))

_OF_DOCUMENT = "comment IN (SELECT comment FROM comments WHERE document = :document)"
_DROP_SCORES = f"DELETE FROM scores WHERE run = :run AND {_OF_DOCUMENT}"  # noqa: S608
_DROP_SENTENCES = "DELETE FROM sentence_scores WHERE run = :run AND document = :document"
_IS_HELD = "SELECT 1 FROM occurrences JOIN inputs USING (input) WHERE document = :document AND run = :run LIMIT 1"
_INDEX = (
    "INSERT INTO title_search (rowid, title) SELECT document, title FROM documents WHERE document = ?",
    "INSERT INTO comment_search (rowid, text) SELECT comment, text FROM comments WHERE document = ?",
)
_UNINDEX = (
    "INSERT INTO title_search (title_search, rowid, title)"
    " SELECT 'delete', document, title FROM documents WHERE document = ?",
    "INSERT INTO comment_search (comment_search, rowid, text)"
    " SELECT 'delete', comment, text FROM comments WHERE document = ?",
)

_DOCUMENTS = (
    f"SELECT document, {', '.join(rows.DOCUMENT)} FROM documents WHERE document IN"  # noqa: S608
    " (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = ?) ORDER BY document"
)
_COMMENTS = f"SELECT comment, {', '.join(rows.COMMENT)} FROM comments WHERE document = ? ORDER BY comment LIMIT ?"  # noqa: S608
_SCORES = (
    f"SELECT comment, {', '.join(rows.SCORE)} FROM scores WHERE"  # noqa: S608
    " comment IN (SELECT comment FROM comments WHERE document = ?) AND run = ?"
)
_SENTENCES = f"SELECT {', '.join(rows.SENTENCE)} FROM sentence_scores WHERE document = ? AND run = ?"  # noqa: S608
_OPEN = """
SELECT 1 FROM inputs JOIN occurrences USING (input) JOIN comments USING (document) JOIN scores USING (comment)
WHERE scores.run = ?1 AND input = ?2 AND undecided IS NOT NULL AND undecided NOT GLOB ?3 LIMIT 1
"""
