"""Write documents, comments and scores to a store, and read those of a run.

A document is stored once for each way of reading (options of reading, limits, key of the pseudonyms), and scored once
in each run. A run is known by the digest of all that decides its scores. A store may come from anyone, so values are
checked where SQLite does not: lists, spans and probabilities.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain, groupby
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, Literal, NoReturn

from stance import datamodels
from stance.datamodels import STANCES, TONES, Comment, Document, Score, Sentence, Skip, Unit, Via
from stance.exceptions import ConfigError, DamageError, InputError, StoreError
from stance.log import Log
from stance.pseudonyms import fingerprint, folded, person, pseudonym
from stance.reading.encodings import without_controls
from stance.reading.repeats import Heard
from stance.reading.saves import are_saves
from stance.records.digests import DocumentIds, content_of, page_of
from stance.records.score_records import score_from_record
from stance.store.file import Database, Row, encodable, long_query

Settings = Mapping[str, Any]
Report = Callable[[Skip], None]
"""Is called with each damaged part, which is left out."""


NAMES_KEPT = "as on the page"
"""Words: the setting ``names`` of a run without pseudonyms."""

MOST_COMMENTS = 1_000_000
"""Maximum number of comments of a document, which is held as a whole."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """One combination of model, targets and options."""

    number: int
    digest: str
    reading: str  # digest of what decides documents
    model: str  # its name with a digest
    settings: Settings


@dataclass(frozen=True, slots=True)
class StoredInput:
    """One input of a run."""

    number: int
    path: str  # full; of a merged store or a bundle, as named there
    sha256: str | None  # of its content; None: it could not be opened
    is_finished: bool
    skips: tuple[Skip, ...] = ()
    documents: tuple[int, ...] = ()  # their numbers


@dataclass(frozen=True, slots=True)
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
        found = ((number, row) for number, ((row,), _) in self.sound("runs", report))
        return tuple(
            StoredRun(number, digest, reading, model, read_settings(text, str(self.path)))
            for number, (_, digest, reading, model, text) in found
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
        if found := [run for run in runs if number in (None, run.number)]:
            return found[-1]
        held = f"expected one of {', '.join(str(run.number) for run in runs)}" if runs else "it holds no scores yet"
        raise StoreError(f"{self.path}: no run {number or ''}; {held}".replace("  ", " "))

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
        found = {}
        for number, (((_, of_run, path, digest, done),), skips, held) in self.sound("inputs", report):
            if of_run == run.number:
                documents = tuple(document for document, _ in held)
                found[path] = StoredInput(number, path, digest, bool(done), _skips(skips), documents)
        return found

    def move_inputs(self, run: StoredRun, files: Mapping[str, str]) -> dict[str, StoredInput]:
        """Return the inputs of a run by path; one that was moved gets its new path.

        :param files: Paths of the inputs of a command, and digests of their content.
        """
        known = self.inputs(run)
        new: dict[str | None, str] = {sha256: path for path, sha256 in files.items() if path not in known}
        with self.transaction() as connection:
            for each in known.values():
                if each.sha256 in new and not Path(each.path).exists():
                    moved = new.pop(each.sha256), each.number
                    connection.execute("UPDATE inputs SET path = ? WHERE input = ?", moved)
                    self.seal("inputs", each.number)
        return self.inputs(run)

    def begin_input(self, run: StoredRun, path: str, sha256: str | None) -> StoredInput:
        """Add an input, or drop what was read of it when its content was another."""
        query = (
            "INSERT INTO inputs VALUES (NULL, ?, ?, ?, 0)"
            " ON CONFLICT (run, path) DO UPDATE SET sha256 = excluded.sha256, is_finished = 0 RETURNING input"
        )
        with self.transaction() as connection:
            before = self.value("SELECT sha256 FROM inputs WHERE run = ? AND path = ?", run.number, path)
            number: int = connection.execute(query, (run.number, path, sha256)).fetchone()[0]
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
        tables = "inputs JOIN occurrences USING (input) JOIN comments USING (document)"
        query = f"SELECT author, text FROM {tables} WHERE run = ?"  # noqa: S608 our own
        if path is None:
            return self.rows(query, run.number)
        return self.rows(f"{query} AND path = ? AND sha256 IS NOT ?", run.number, path, sha256)

    def forget_input(self, each: StoredInput) -> None:
        """Remove an input that holds no documents."""
        with self.transaction() as connection:
            connection.execute("DELETE FROM inputs WHERE input = ?", (each.number,))
            self.seal("inputs", each.number)

    def end_input(self, run: StoredRun, each: StoredInput, skips: Iterable[Skip]) -> None:
        """Note the parts of an input that were skipped, and whether it is finished: else it is read again."""
        with self.transaction() as connection:
            connection.execute("UPDATE inputs SET is_finished = ? WHERE input = ?", (each.is_finished, each.number))
            self._replace_skips(run, each.number, skips)
            self.seal("inputs", each.number)

    def note_remarks(self, run: StoredRun, remarks: Iterable[Skip]) -> None:
        """Replace the remarks on a run as a whole, such as those of its model."""
        with self.transaction():
            self._replace_skips(run, None, remarks)
            self.seal("runs", run.number)

    def _replace_skips(self, run: StoredRun, number: int | None, skips: Iterable[Skip]) -> None:
        self._connection.execute("DELETE FROM skips WHERE run = ? AND input IS ?", (run.number, number))
        cells = ((encodable(skip.source), encodable(skip.reason)) for skip in skips)
        self.insert("skips", [(None, run.number, number, *each) for each in cells])

    def skips(self, run: StoredRun, report: Report = refuse_damage) -> list[Skip]:
        """Return the skipped parts of the inputs of a run, and remarks on the run as a whole."""
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
        query = (
            "SELECT content, source, min(input) FROM documents JOIN occurrences USING (document)"
            " JOIN inputs USING (input) WHERE run = ? GROUP BY document ORDER BY document"
        )
        return self.rows(query, run.number)

    def add_document(self, run: StoredRun, each: StoredInput, document: Document, content: str) -> int:
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
            self.add_occurrence(number, each.number)
            self._drop_scores(run, number)
            self._insert_scores(run, document, number)
            self.seal("scores", number, run.number)
            return number

    def add_occurrence(self, number: int, each: int) -> None:
        """Note that an input holds a document."""
        with self.transaction():
            self.insert("occurrences", [(number, each)])
            self.seal_longer(each, number)

    def has_open_scores(self, run: StoredRun, path: str) -> bool:
        """Return whether a model left a pair of an input without a stance that it may decide when asked again."""
        query = (
            "SELECT 1 FROM inputs JOIN occurrences USING (input) JOIN comments USING (document)"
            " JOIN scores USING (comment) WHERE (scores.run, inputs.run, path) = (?1, ?1, ?2)"
            " AND undecided IS NOT NULL LIMIT 1"
        )
        return self.value(query, run.number, path) is not None

    def uncovered(self, run: StoredRun) -> list[str]:
        """Return the languages of the scored comments of a run, if none is in a language that the model covers."""
        query = (
            "SELECT DISTINCT language, stance IS NULL AND undecided IS NULL FROM scores JOIN comments USING (comment)"
            " WHERE run = ?"
        )
        found = list(self.rows(query, run.number))
        return [language for language, _ in found] if all(is_left_out for _, is_left_out in found) else []

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

    def _insert_scores(self, run: StoredRun, document: Document, number: int) -> None:
        comments = self.rows("SELECT comment, id FROM comments WHERE document = ? ORDER BY comment DESC", number)
        numbers = {identifier: comment for comment, identifier in comments}
        scores, sentences = [], []
        for score in document.scores:
            if score.sentence is not None:
                sentences.append((number, run.number, *sentence_row(score, score.sentence)))
            elif (comment := numbers.get(encodable(score.comment))) is not None:
                scores.append((comment, run.number, *score_row(score)))
        self.insert("scores", scores)
        self.insert("sentence_scores", sentences)

    def _drop_scores(self, run: StoredRun, document: int) -> None:
        for statement in (
            "scores WHERE run = ?1 AND comment IN (SELECT comment FROM comments WHERE document = ?2)",
            "sentence_scores WHERE run = ?1 AND document = ?2",
            "checksums WHERE unit = 'scores' AND run = ?1 AND number = ?2",
        ):
            self._connection.execute(f"DELETE FROM {statement}", (run.number, document))  # noqa: S608 our own

    def drop_documents(self, run: StoredRun, each: StoredInput) -> None:
        """Drop the documents of an input that no other input of the run holds."""
        with self.transaction() as connection:
            query = "DELETE FROM occurrences WHERE input = ? RETURNING document"
            others = "SELECT 1 FROM occurrences JOIN inputs USING (input) WHERE (document, run) = (?, ?)"
            for (document,) in sorted(connection.execute(query, (each.number,)).fetchall()):
                if self.value(others, document, run.number) is None:
                    self._drop(run, document)
            self.seal("inputs", each.number)

    def take_out(self, run: StoredRun, document: int) -> list[int]:
        """Drop a document of a run; return the numbers of the inputs that held it."""
        own = "SELECT input FROM inputs WHERE run = ?"
        query = f"DELETE FROM occurrences WHERE document = ? AND input IN ({own}) RETURNING input"  # noqa: S608 our own
        inputs = sorted(number for (number,) in self._connection.execute(query, (document, run.number)).fetchall())
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
        return (each.document for each in self.stored(run, report))

    def stored(
        self, run: StoredRun, report: Report = refuse_damage, chosen: Iterable[int] | None = None
    ) -> Iterator[StoredDocument]:
        """Yield the documents of a run with their numbers and digests; or those of these numbers."""
        held = (number for number, of_run in self.numbers("scores") if of_run == run.number)
        for number in held if chosen is None else chosen:
            try:
                found = self._read(run, number)
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
                continue
            except InputError as error:
                raise InputError(f"{self.path}: {error}") from None
            yield found

    def _read(self, run: StoredRun, number: int) -> StoredDocument:
        targets = {name: place for place, name in enumerate(run.settings.get("targets", ()))}
        place: Callable[[Score], int] = lambda score: targets.get(score.target, len(targets))  # noqa: E731 short
        ((_, content, _, *row),), comments = self.unit("documents", number)
        scores, sentences = self.unit("scores", number, run.number)
        if len(comments) > MOST_COMMENTS:
            raise InputError(f"a document with more than {MOST_COMMENTS:,} comments (the limit)")
        document = read_document(row, (values for _, _, *values in comments))
        by_number = dict(zip((comment for comment, *_ in comments), document.comments, strict=True))
        sentences.sort(key=lambda values: (values[2], targets.get(values[3], len(targets))))
        found = [read_sentence(values, document, run.model) for _, _, *values in sentences]
        of_comments: dict[int, list[Score]] = {}
        for comment, _, *values in scores:
            read = read_score(values, document, by_number[comment], run.model)
            if any(end > len(by_number[comment].text) for _, end in read.evidence):
                refuse(values[-2], "evidence")
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

    # Keys and forgotten authors.

    def check_key(self, key: bytes) -> None:
        """Refuse a key of pseudonyms, such as one that was cut, under which none of this store was made.

        :raises ConfigError: If it is another one.
        """
        names = (str(run.settings.get("names", "")) for run in self.runs(lambda _: None))
        found = {each.removeprefix("key ") for each in names if each.startswith("key ")}
        found |= set(dict(self.unit("forgotten")[0]).values())
        if found and (own := fingerprint(key)) not in found:
            seen = f"its pseudonyms were made with the key of the fingerprint {min(found)}, not with this one ({own})"
            remedy = "restore the key file or name it with --key-file; another key needs a new store"
            raise ConfigError(f"{self.path}: {seen}; {remedy}")

    def has_forgotten(self) -> bool:
        """Return whether comments of anyone were removed on request."""
        return bool(self.unit("forgotten")[0])

    def forgotten(self, key: bytes | None) -> Callable[[str | None, str | None], bool]:
        """Return a function that checks whether comments of an author at an outlet were removed on request.

        :raises ConfigError: If they were removed under another key, without which nobody would be found.
        """
        found = dict(self.unit("forgotten")[0])
        if others := {each for each in found.values() if key is None or each != fingerprint(key)}:
            seen = f"{self.path}: authors were forgotten under the key of pseudonyms with the fingerprint {min(others)}"
            raise ConfigError(f"{seen}; give this key with --key-file, or these authors would be stored again")

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


def _skips(found: Iterable[Row]) -> tuple[Skip, ...]:
    return tuple(Skip(*row[-2:]) for row in found)


class RunWriter:
    """Adds documents to a run of a store: of the saves of one page the newest, of other inputs each comment once.

    The document and its comments keep their ids, so that labels of them hold.
    """

    def __init__(self, store: Store, run: StoredRun) -> None:
        self._store, self._run, self.heard = store, run, Heard()
        self._ids = DocumentIds(store.rows(long_query("ids"), run.number))
        self._pages: dict[str, list[int]] = {}  # several: pages of one thread
        rows = store.rows(long_query("held"), run.number)
        for (number, source, outlet, url, layout), comments in groupby(rows, itemgetter(0, 1, 2, 3, 4)):
            document = Document("", source, outlet, url, layout=layout)
            if page := _page(document):
                self._pages.setdefault(page, []).append(number)
            for *_, name, text, author, posted, targets in comments:
                asked = None if targets is None else tuple(json.loads(targets))
                self.heard.note(document, Comment(name or "c0", text or "", author, posted=posted, targets=asked))

    def add(self, each: StoredInput, document: Document, content: str) -> int | None:
        """Add a document with its scores, in one transaction.

        :param content: Digest of what it says.
        :return: Its number; None if other inputs hold all of it.
        """
        store, run, inputs, page = self._store, self._run, list[int](), _page(document)
        with store.transaction():
            pages = self._pages.setdefault(page, []) if page else []
            same = store.number_of(run, content)
            for stored in () if same in pages else store.stored(run, lambda _: None, pages):  # without damaged ones
                if are_saves(stored.document, document):
                    inputs = store.take_out(run, stored.number)
                    pages.remove(stored.number)
                    self.heard.forget(stored.document)
                    document = self.heard.joined(stored.document, document, len({*inputs, each.number}))
                    content = content_of(document)
                    break
            rest = next(self.heard.rest(document), None)
            if rest is None:
                return None
            content = content if rest is document else content_of(rest)
            is_known = bool(inputs) or same is not None
            number = store.add_document(run, each, rest if is_known else self._ids.distinct(rest, each.path), content)
            for other in inputs:
                store.add_occurrence(number, other)
            if number not in pages:
                pages.append(number)
            return number


def _page(document: Document) -> str | None:
    return page_of(document.url, document.outlet, document.layout, document.source)


# Rows -----------------------------------------------------------------------------------------------------------------

_DOCUMENT_FIELDS = [each.name for each in fields(Document) if each.name not in ("comments", "scores", "event")]
_COMMENT_FIELDS = (
    "comment_id", "reply_to", "author", "posted", "votes", "language", "text", "quoted", "parent_text", "targets",
    "columns",
)  # fmt: skip
"""Fields of values, in the order of the columns that hold them."""

_of_document, _of_comment = attrgetter(*_DOCUMENT_FIELDS), attrgetter(*_COMMENT_FIELDS)


def document_row(document: Document) -> Row:
    """Return the row of a document."""
    return tuple(map(_cell, _of_document(document)))


def comment_row(comment: Comment) -> Row:
    """Return the row of a comment."""
    *values, columns = _of_comment(comment)
    return (*map(_cell, values), _json(dict(columns)) if columns else None)


def _cell(value: object) -> object:
    """Return a value as SQLite holds it; None for a number that it cannot hold, and no page means."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, tuple):
        return _json(value)
    return None if isinstance(value, int) and abs(value) >= 2**63 else value


_POSSIBLE = "?"
"""Mark in the column ``via`` behind what names a target for a text that may refer to it, and is not read so."""


def score_row(score: Score) -> Row:
    """Return the row of a comment's score."""
    probabilities = score.probabilities or (None,) * len(STANCES)
    sentiments, evidence = (score.sentiment, score.target_sentiment), _json(score.evidence) if score.evidence else None
    via = f"{score.possible}{_POSSIBLE}" if score.possible else score.via
    return (score.target, score.stance, *probabilities, *sentiments, via, evidence, encodable(score.undecided))


def sentence_row(score: Score, said: Sentence) -> Row:
    """Return the row of a sentence's score."""
    texts = map(encodable, (said.text, said.place, said.voice, said.speaker))
    evidence = _json(score.evidence) if score.evidence else None
    number = int((score.comment or "").rpartition("-")[2] or 0)
    return (number, score.target, *texts, score.tone, *(score.tones or (None,) * len(TONES)), evidence)


def read_document(row: Row, comments: Iterable[Row]) -> Document:
    """Make a document of its rows.

    :raises InputError: If a value is not one that :func:`document_row` writes.
    """
    values = dict(zip(_DOCUMENT_FIELDS, map(_clean, row), strict=True))
    if not 0 <= (values["certainty"] or 0) <= 1:
        refuse(values["certainty"], "certainty")
    values |= {name: _texts(values[name]) for name in ("body", "quotations", "warnings", "doubts")}
    return datamodels.without_odd_times(Document(**values, comments=tuple(map(_read_comment, comments))))


def _read_comment(row: Row) -> Comment:
    *values, targets, extra = map(_clean, row)
    columns = {} if extra is None else _parsed(extra, dict, "extra")
    if not all(isinstance(each, str) for each in columns.values()):
        refuse(extra, "extra")
    values += [None if targets is None else _texts(targets), tuple(columns.items())]
    return Comment(**dict(zip(_COMMENT_FIELDS, values, strict=True)))


_SCORE_COLUMNS = ("target", "stance", *STANCES, "sentiment", "target_sentiment", "via", "evidence", "undecided")
_SENTENCE_COLUMNS = ("comment", "target", "text", "place", "voice", "speaker", "tone", *TONES, "evidence")


def read_score(row: Row, document: Document, comment: Comment, model: str) -> Score:
    """Make a score of its row, whose values are checked, and of the comment that it is of.

    :param document: That of the comment.
    """
    record = {**zip_row(_SCORE_COLUMNS, row), "comment": comment.comment_id, "document": document.document_id}
    record |= {"author": person(comment.author, document.layout), "outlet": document.outlet}
    record |= {"language": comment.language, "posted": comment.posted, "model": model}
    if (via := record["via"]) and via.endswith(_POSSIBLE):
        record |= {"via": None, "possible": via.removesuffix(_POSSIBLE)}
    language = datamodels.read_as(comment.language, document.language)
    score = score_from_record(record | {"sentiment_method": datamodels.sentiment_method(record["sentiment"], language)})
    undecided, columns = record["undecided"], comment.columns
    return replace(score, columns=columns, undecided=undecided) if columns or undecided else score


def read_sentence(row: Row, document: Document, model: str) -> Score:
    """Make a sentence's score of its row."""
    record = zip_row(_SENTENCE_COLUMNS, map(_clean, row))
    record |= {"document": document.document_id, "outlet": document.outlet, "language": document.language}
    record |= {"posted": document.published, "model": model, "unit": Unit.SENTENCE, "via": Via.TEXT}
    return score_from_record(record | {"comment": datamodels.sentence_id(record["comment"])})


def zip_row(names: Sequence[str], row: Iterable[Any]) -> dict[str, Any]:
    """Return the values of a row by name; its evidence as a list."""
    record = dict(zip(names, row, strict=True))
    return record | {"evidence": record["evidence"] and _parsed(record["evidence"], list, "evidence")}


def _clean(value: Any) -> Any:
    """Remove control characters from a text, as reading does."""
    return without_controls(value) if isinstance(value, str) else value


def refuse(value: object, name: str) -> NoReturn:
    """Refuse a value that no command writes.

    :raises InputError: Always.
    """
    raise InputError(f"{name} is {str(value)[:40]!r}; expected a value that stance score writes")


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace").decode()


def _parsed(text: str, kind: type, name: str) -> Any:
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        found = None
    return found if isinstance(found, kind) else refuse(text, name)


def _texts(text: str) -> tuple[str, ...]:
    found = _parsed(text, list, "a list of texts")
    return tuple(found) if all(isinstance(each, str) for each in found) else refuse(text, "a list of texts")


# Settings of a run ----------------------------------------------------------------------------------------------------


def read_settings(text: str, source: str) -> Settings:
    """Read the settings of a run, which others may have written.

    :param source: Holds them.
    :raises InputError: If one that is used is of another type.
    """
    try:
        found = json.loads(text)
        targets, texts = found.get("targets", []), [found.get(name, "") for name in ("model", "names")]
        if isinstance(targets, list) and all(isinstance(each, str) for each in (*targets, *texts)):
            return dict(found)
    except (AttributeError, ValueError, RecursionError):
        pass
    raise InputError(f"{source}: settings of a run are {text[:40]!r}; expected those that stance score writes")
