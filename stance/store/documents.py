"""Write documents, comments and scores to a store, and read those of a run.

A document is stored once for each way of reading (options of reading, limits, key of the pseudonyms), and scored once
in each run. A run is known by the digest of all that decides its scores.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Literal

from stance.datamodels import Document, OnSkip, Score, Skip, frozen
from stance.exceptions import ConfigError, DamageError, InputError, StoreError
from stance.log import Log
from stance.pseudonyms import fingerprint, folded, pseudonym
from stance.store.file import Database
from stance.store.rows import (
    Settings,
    comment_row,
    document_row,
    read_document,
    read_score,
    read_sentence,
    read_settings,
    refuse,
    score_row,
    sentence_row,
)
from stance.store.schema import long_query
from stance.store.units import Row, encodable

Report = OnSkip
"""Is called with each damaged part, which is left out."""

NAMES_KEPT = "as on the page"
"""Words: the setting ``names`` of a run without pseudonyms."""


@frozen
class StoredRun:
    """One combination of model, targets and options."""

    number: int
    digest: str
    reading: str  # digest of what decides documents
    model: str  # its name with a digest
    settings: Settings


@frozen
class StoredInput:
    """One input of a run."""

    number: int
    path: str  # full; of a merged store or a bundle, as named there
    sha256: str | None  # of its content; None: it could not be opened
    is_finished: bool
    skips: tuple[Skip, ...] = ()
    documents: tuple[int, ...] = ()  # their numbers


@frozen
class StoredDocument:
    """A document of a run."""

    number: int
    content: str  # digest of what it says, with names as on the page
    document: Document


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
        numbered_rows = ((number, row) for number, ((row,), _) in self.sound("runs", report))
        return tuple(
            StoredRun(number, digest, reading, model, read_settings(text, str(self.path)))
            for number, (_, digest, reading, model, text) in numbered_rows
        )

    def choose_run(self, number: int | None = None) -> StoredRun:
        """Return a run; the latest if no number is given.

        :raises StoreError: If there is no such run.
        :raises DamageError: If it may be one that is damaged.
        """
        damaged: list[Skip] = []
        runs = self.runs(damaged.append)
        for damage in damaged if number is None else ():
            refuse_damage(damage)
        if matches := [run for run in runs if number in (None, run.number)]:
            return matches[-1]
        expected = f"expected one of {', '.join(str(run.number) for run in runs)}" if runs else "it holds no scores yet"
        raise StoreError(f"{self.path}: no run {number or ''}; {expected}".replace("  ", " "))

    def open_run(self, number: int | None, log: Log) -> StoredRun:
        """Choose a run; log that it was interrupted, and where the file is damaged."""
        run = self.choose_run(number)
        if self.is_unfinished(run):
            log.warn(str(self.path), "the run was interrupted; the same stance score command continues it")
        log.skip(*self.faults(), *(damage for *_, damage in self.damage("forgotten")))
        return run

    def add_run(self, digest: str, reading: str, model: str, settings: Settings) -> StoredRun:
        """Add a run, or return the one that has this digest.

        :param settings: Those that were digested.
        """
        text = json.dumps(dict(settings), ensure_ascii=False, sort_keys=True)
        with self.transaction():
            if self.value("SELECT 1 FROM runs WHERE digest = ?", digest) is None:
                self.seal("runs", self.insert("runs", [(None, digest, reading, model, text)]))
        return next(run for run in self.runs() if run.digest == digest)

    # Inputs.

    def inputs(self, run: StoredRun, report: Report = refuse_damage) -> dict[str, StoredInput]:
        """Return the inputs of a run with their skipped parts, by path."""
        by_path = {}
        query = "SELECT document FROM occurrences WHERE input = ? ORDER BY document"
        for number, (((_, of_run, path, digest, done),), skips) in self.sound("inputs", report):
            if of_run == run.number:
                documents = tuple(document for (document,) in self.rows(query, number))
                by_path[path] = StoredInput(number, path, digest, bool(done), _skips(skips), documents)
        return by_path

    def move_inputs(self, run: StoredRun, files: Mapping[str, str]) -> dict[str, StoredInput]:
        """Return the inputs of a run by path; one that was moved gets its new path.

        :param files: Paths of the inputs of a command, and digests of their content.
        """
        inputs = self.inputs(run)
        new: dict[str | None, str] = {sha256: path for path, sha256 in files.items() if path not in inputs}
        with self.transaction() as connection:
            for stored_input in inputs.values():
                if stored_input.sha256 in new and not Path(stored_input.path).exists():
                    moved = new.pop(stored_input.sha256), stored_input.number
                    connection.execute("UPDATE inputs SET path = ? WHERE input = ?", moved)
                    self.seal("inputs", stored_input.number)
        return self.inputs(run)

    def begin_input(self, run: StoredRun, path: str, sha256: str | None) -> StoredInput:
        """Add an input, or drop its documents when its content was another."""
        with self.transaction() as connection:
            before = self.value("SELECT sha256 FROM inputs WHERE run = ? AND path = ?", run.number, path)
            number: int = connection.execute(long_query("put_input"), (run.number, path, sha256)).fetchone()[0]
            begun = StoredInput(number, path, sha256, is_finished=False)
            if before != sha256:
                self.drop_documents(run, begun)
            self._replace_skips(run, number, ())
            self.seal("inputs", number)
        return begun

    def comments_of(self, run: StoredRun, path: str | None = None, sha256: str | None = None) -> Iterator[Row]:
        """Yield author and text of the comments of a run.

        :param path: Of one input, unless its content has this digest.
        """
        return self.rows(long_query("comments_of"), run.number, path, sha256)

    def forget_input(self, stored_input: StoredInput) -> None:
        """Remove an input that holds no documents."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM inputs WHERE input = ?", (stored_input.number,))
            self.seal("inputs", stored_input.number)

    def end_input(self, run: StoredRun, stored_input: StoredInput, skips: Iterable[Skip]) -> None:
        """Note the parts of an input that were skipped, and whether it is finished: else it is read again."""
        with self.transaction() as connection:
            state = stored_input.is_finished, stored_input.number
            connection.execute("UPDATE inputs SET is_finished = ? WHERE input = ?", state)
            self._replace_skips(run, stored_input.number, skips)
            self.seal("inputs", stored_input.number)

    def note_remarks(self, run: StoredRun, remarks: Iterable[Skip]) -> None:
        """Replace the remarks on a run as a whole, such as those of its model."""
        with self.transaction():
            self._replace_skips(run, None, remarks)
            self.seal("runs", run.number)

    def _replace_skips(self, run: StoredRun, number: int | None, skips: Iterable[Skip]) -> None:
        self._connection.execute("DELETE FROM skips WHERE run = ? AND input IS ?", (run.number, number))
        cells = ((encodable(skip.source), encodable(skip.reason)) for skip in skips)
        self.insert("skips", [(None, run.number, number, *row) for row in cells])

    def skips(self, run: StoredRun, report: Report = refuse_damage) -> list[Skip]:
        """Return the skipped parts of the inputs of a run, and remarks on the run as a whole."""
        inputs = self.inputs(run, report).values()
        return [*chain.from_iterable(stored_input.skips for stored_input in inputs), *self.remarks(run)]

    def remarks(self, run: StoredRun) -> tuple[Skip, ...]:
        """Return the remarks on a run as a whole, such as those of its model."""
        return _skips(self.unit("runs", run.number)[1])

    def is_unfinished(self, run: StoredRun) -> bool:
        """Return whether a run was interrupted."""
        return self.value("SELECT 1 FROM inputs WHERE run = ? AND NOT is_finished LIMIT 1", run.number) is not None

    # Writing documents.

    def contents(self, run: StoredRun) -> Iterator[tuple[str, str, int]]:
        """Yield digest, source and first input of each document of a run."""
        return self.rows(long_query("contents"), run.number)

    def add_document(self, run: StoredRun, stored_input: StoredInput, document: Document, content: str) -> int:
        """Add a document with its scores, in one transaction; only the scores, where another run stored it.

        :param content: Digest of what it says.
        :return: Its number.
        """
        with self.transaction():
            number = self.number_of(run, content)
            if number is None:
                number = self.insert("documents", [(None, content, run.reading, *document_row(document))])
                self.insert("comments", [(None, number, *comment_row(comment)) for comment in document.comments])
                self.change_index("add", number)
                self.seal("documents", number)
                self._change_items(f"{long_query('refer')} AND f.document = ? RETURNING item", number)
            self._drop_scores(run, number)
            comments = self.rows("SELECT comment, id FROM comments WHERE document = ? ORDER BY comment DESC", number)
            numbers = {identifier: comment for comment, identifier in comments}
            for score in document.scores:
                if score.sentence is not None:
                    self.insert("sentence_scores", [(number, run.number, *sentence_row(score, score.sentence))])
                elif (comment := numbers.get(encodable(score.comment))) is not None:
                    self.insert("scores", [(comment, run.number, *score_row(score))])
            self.insert("occurrences", [(number, stored_input.number)])
            self.seal("scores", number, run.number)
            return number

    def add_occurrence(self, run: StoredRun, number: int, input_number: int) -> None:
        """Note that an input of a run holds a document of it."""
        with self.transaction(), self.changing("scores", number, run.number):
            self.insert("occurrences", [(number, input_number)])

    def has_open_scores(self, run: StoredRun, path: str) -> bool:
        """Return whether a model left a pair of an input without a stance that it may decide when asked again."""
        return self.value(long_query("open_scores"), run.number, path) is not None

    def uncovered(self, run: StoredRun) -> list[str]:
        """Return the languages of the scored comments of a run, if none is in a language that the model covers."""
        languages = list(self.rows(long_query("uncovered"), run.number))
        return [language for language, _ in languages] if all(is_left_out for _, is_left_out in languages) else []

    def number_of(self, run: StoredRun, content: str) -> int | None:
        """Return the number of a document, of this run or another one that reads alike; None if there is none."""
        query = "SELECT document FROM documents WHERE content = ? AND reading = ?"
        return self.value(query, content, run.reading)

    def _change_items(self, statement: str, document: int) -> None:
        """Make items to label refer to comments of a document, or keep their texts before it goes."""
        for (item,) in self._connection.execute(statement, (document,)).fetchall():
            self.seal("items", item)

    def change_index(self, change: Literal["add", "delete"], number: int) -> None:
        """Add a document to the full-text indexes, or delete it from them, which is done before its texts change."""
        for index, key, column in (("title_search", "document", "title"), ("comment_search", "comment", "text")):
            into, first = (f"{index}, ", "'delete', ") if change == "delete" else ("", "")
            query = f"SELECT {first}{key}, {column} FROM {key}s WHERE document = ?"  # noqa: S608 our own
            self._connection.execute(f"INSERT INTO {index} ({into}rowid, {column}) {query}", (number,))

    def _drop_scores(self, run: StoredRun, document: int) -> None:
        for statement in (
            "scores WHERE run = ?1 AND comment IN (SELECT comment FROM comments WHERE document = ?2)",
            "sentence_scores WHERE run = ?1 AND document = ?2",
            "checksums WHERE unit = 'scores' AND run = ?1 AND number = ?2",
        ):
            self._connection.execute(f"DELETE FROM {statement}", (run.number, document))  # noqa: S608 our own

    def drop_documents(self, run: StoredRun, stored_input: StoredInput) -> None:
        """Drop the documents of an input that no other input of the run holds."""
        with self.transaction() as connection:
            others = "SELECT 1 FROM occurrences JOIN inputs USING (input) WHERE (document, run) = (?, ?)"
            query = "SELECT document FROM occurrences WHERE input = ? ORDER BY document"
            for (document,) in list(self.rows(query, stored_input.number)):
                with self.changing("scores", document, run.number):
                    row = document, stored_input.number
                    connection.execute("DELETE FROM occurrences WHERE (document, input) = (?, ?)", row)
                if self.value(others, document, run.number) is None:
                    self._drop(run, document)

    def take_out(self, run: StoredRun, document: int) -> list[int]:
        """Drop a document of a run; return the numbers of the inputs that held it."""
        rows = self._connection.execute(long_query("take_out"), (document, run.number)).fetchall()
        inputs = sorted(number for (number,) in rows)
        self._drop(run, document)
        return inputs

    def _drop(self, run: StoredRun, document: int) -> None:
        """Drop the scores of a document that no input of a run holds, and where no run is left, its text."""
        self._drop_scores(run, document)
        if self.value("SELECT 1 FROM occurrences WHERE document = ?", document) is None:
            self._change_items(long_query("keep_texts"), document)
            self.change_index("delete", document)
            self._connection.execute("DELETE FROM documents WHERE document = ?", (document,))
            self.seal("documents", document)

    # Reading documents.

    def documents(self, run: StoredRun, report: Report = refuse_damage) -> Iterator[Document]:
        """Yield the documents of a run with their scores, in the order in which they were stored; one is held.

        :raises InputError: If a value is not one that ``stance score`` writes.
        """
        return (stored.document for stored in self.stored(run, report))

    def stored(
        self, run: StoredRun, report: Report = refuse_damage, numbers: Iterable[int] | None = None
    ) -> Iterator[StoredDocument]:
        """Yield the documents of a run with their numbers and digests; or those of these numbers."""
        numbers_of_run = (number for number, of_run in self.numbers("scores") if of_run == run.number)
        for number in numbers_of_run if numbers is None else numbers:
            try:
                document = self._read(run, number)
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
                continue
            except InputError as error:
                raise InputError(f"{self.path}: {error}") from None
            yield document

    def _read(self, run: StoredRun, number: int) -> StoredDocument:
        targets = {name: order for order, name in enumerate(run.settings.get("targets", ()))}
        order: Callable[[Score], int] = lambda score: targets.get(score.target, len(targets))  # noqa: E731 short
        ((_, content, _, *row),), comments = self.unit("documents", number)
        scores, sentences, _ = self.unit("scores", number, run.number)
        # Maximum number of comments of a document, which is held as a whole.
        most = 1_000_000
        if len(comments) > most:
            raise InputError(f"a document with more than {most:,} comments (the limit)")
        document = read_document(row, (values for _, _, *values in comments))
        by_number = dict(zip((comment for comment, *_ in comments), document.comments, strict=True))
        sentences.sort(key=lambda values: (values[2], targets.get(values[3], len(targets))))
        all_scores = [read_sentence(values, document, run.model) for _, _, *values in sentences]
        of_comments: dict[int, list[Score]] = {}
        for comment, _, *values in scores:
            checked = read_score(values, document, by_number[comment], run.model)
            if any(end > len(by_number[comment].text) for _, end in checked.evidence):
                refuse(values[-2], "evidence")
            of_comments.setdefault(comment, []).append(checked)
        for comment in by_number:
            all_scores += sorted(of_comments.get(comment, ()), key=order)
        return StoredDocument(number, content, replace(document, scores=tuple(all_scores)))

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

    # Keys and forgotten authors.

    def check_key(self, key: bytes) -> None:
        """Refuse a key of pseudonyms, such as one that was cut, under which none of this store was made.

        :raises ConfigError: If it is another one.
        """
        names = (str(run.settings.get("names", "")) for run in self.runs(lambda _: None))
        fingerprints = {name.removeprefix("key ") for name in names if name.startswith("key ")}
        fingerprints |= set(dict(self.unit("forgotten")[0]).values())
        if fingerprints and (own_key := fingerprint(key)) not in fingerprints:
            problem = f"its pseudonyms were made with the key of the fingerprint {min(fingerprints)}, not with this one"
            remedy = "restore the key file or name it with --key-file; another key needs a new store"
            raise ConfigError(f"{self.path}: {problem} ({own_key}); {remedy}")

    def has_forgotten(self) -> bool:
        """Return whether comments of anyone were removed on request."""
        return bool(self.unit("forgotten")[0])

    def forgotten(self, key: bytes | None) -> Callable[[str | None, str | None], bool]:
        """Return a function that checks whether comments of an author at an outlet were removed on request.

        :raises ConfigError: If they were removed under another key, without which nobody would be found.
        """
        digests = dict(self.unit("forgotten")[0])
        if others := {other for other in digests.values() if key is None or other != fingerprint(key)}:
            problem = f"authors were forgotten under the key of pseudonyms with the fingerprint {min(others)}"
            remedy = "give this key with --key-file, or these authors would be stored again"
            raise ConfigError(f"{self.path}: {problem}; {remedy}")

        def is_forgotten(author: str | None, outlet: str | None) -> bool:
            if not digests or author is None or key is None:
                return False
            names = (author, pseudonym(author, outlet, key=key) or "")
            return any(forgotten_digest(name, outlet, key) in digests for name in names)

        return is_forgotten


def forgotten_digest(author: str, outlet: str | None, key: bytes) -> str:
    """Digest a removed author; without the key, nobody can look up a name by the digest."""
    content = f"{folded(outlet or '')}\n{folded(author)}".encode("utf-8", "surrogatepass")
    return hmac.new(key, b"forgotten\n" + content, hashlib.sha256).hexdigest()


def _skips(rows: Iterable[Row]) -> tuple[Skip, ...]:
    return tuple(Skip(*row[-2:]) for row in rows)
