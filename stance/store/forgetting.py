"""Remove a person's comments from stores and from our own tables, and list other files that hold them.

The same comment is in many tables under many names: by author, by pseudonym, by the id of a sample, or by its words
alone. So tables are read first to gather all that is known of the person, and then judged by all of it.

Our own tables are CSV and JSON Lines of scores, samples and labels, unpacked. All else in them stays as it was: columns
and their order, line ends, rows of others. Each table is replaced as a whole, each store is changed by one transaction.
Those that name the person come last, so that a run after a kill can learn again which rows of the others are theirs.
"""

import csv
import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from stance.datamodels import Record, counted, own_words
from stance.exceptions import InputError, ModelError, StoreError
from stance.limits import MEGABYTE, current_limits
from stance.pseudonyms import fingerprint, folded, folded_words, is_pseudonym, pseudonym
from stance.reading import input_names, kinds
from stance.reading.encodings import decode
from stance.reading.input_names import ending_of
from stance.reading.json_tables import json_object
from stance.reading.markup import read_markup, read_references
from stance.reading.packed import head, unpack
from stance.records.digests import pair_digest
from stance.records.score_records import unguard_cell
from stance.resources import file_errors, is_database, temporary_file
from stance.store.documents import Store, forgotten_digest

SHORTEST = 20
"""Minimum number of characters of a text that is known as a person's by its words: many people write "I agree"."""

WORDS_IN_A_ROW = 7
"""Number of words in a row that are taken for an excerpt of a comment; public reports quote up to 12."""

LARGEST_TEXT = 50 * MEGABYTE
"""Maximum bytes of a text that is searched, unpacked."""

NOT_SEARCHED = ("author", "annotator", "document", "outlet", "title", "lead", "url", "target", "model")
"""Words: columns of our own tables in which a name is not that of the person who wrote or answered a row."""


@dataclass(slots=True)
class Person:
    """A commenter, and what is known of them so far.

    :param given: The name or the pseudonym. A pseudonym is of one outlet; a name, of each that the tables name.
    :param key: Of the pseudonyms; None: names and pseudonyms cannot be matched to each other.
    :param outlet: The only one whose comments are removed: two outlets may have two people of one name.
    """

    given: str
    key: bytes | None
    outlet: str | None = None
    names: set[str] = field(default_factory=set)  # as in tables, with the pseudonyms
    comments: dict[str, set[str]] = field(default_factory=dict)  # document/comment -> its texts, folded
    texts: dict[str, str] = field(default_factory=dict)  # folded -> as in the table
    targets: set[str] = field(default_factory=set)  # of any label or score
    counts: Counter[str] = field(default_factory=Counter)  # of one table, by the fields of ``Changed``
    _runs: set[int] = field(default_factory=set)  # hashes of words in a row
    _marks: set[str] = field(default_factory=set)  # words of names, and of texts that have fewer
    _outlets: set[str | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Note the name, and that at the outlet."""
        self._add(self.given, self.outlet)

    def _add(self, name: str, outlet: str | None) -> None:
        """Note a name, an outlet, and the pseudonym there."""
        names = {name}
        if outlet not in self._outlets and self._is_at(outlet):
            self._outlets.add(outlet)
            if self.key is not None and not is_pseudonym(self.given):
                names.add(pseudonym(self.given, outlet, key=self.key) or "")
        self.names |= names
        self._marks |= set(map(folded_words, names)) - {folded_words("")}

    def _is_at(self, outlet: str | None) -> bool:
        return self.outlet is None or folded(outlet or "") == folded(self.outlet)

    def is_called(self, author: str | None, outlet: str | None = None) -> bool:
        """Return whether an author's name or pseudonym is the person's.

        :param outlet: None if it is unknown.
        """
        if author is None or not author.strip() or (outlet is not None and not self._is_at(outlet)):
            return False
        if folded(author) == folded(self.given):
            return True
        if not is_pseudonym(self.given):
            return author in self.names
        outlets = self._outlets if outlet is None else (outlet,)
        return self.key is not None and any(pseudonym(author, at, key=self.key) == self.given for at in outlets)

    def learn(self, row: Record) -> bool:
        """Note what a row holds of the person, and the outlet; return whether it names them."""
        outlet, author, text = (_text(row.get(name)) for name in ("outlet", "author", "text"))
        self._add(self.given, outlet)
        self.targets |= {target} if (target := _text(row.get("target"))) else set()
        if author is None or not self.is_called(read_references(author), outlet):
            return False
        self._add(author, outlet)
        texts = {folded(text)} if text and text.strip() else set[str]()
        for name in _ids(row, row.get("comment") or row.get("id")):
            self.comments.setdefault(name, set()).update(texts)
        if text and texts:
            self.texts.setdefault(folded(text), text)
            words = folded_words(text).split()
            self._runs |= set(_runs(words))
            self._marks |= {folded_words(text)} if 0 < len(words) < WORDS_IN_A_ROW and len(text) >= SHORTEST else set()
        return True

    def owns(self, row: Record) -> bool:
        """Return whether a comment is the person's: by its author or id; where nobody is named, by its words."""
        author = _text(row.get("author"))
        if author and self.is_called(read_references(author), _text(row.get("outlet"))):
            return True
        text = folded(_text(row.get("text")) or "")
        for name in _ids(row, row.get("comment") or row.get("id")) & self.comments.keys():
            # A row of another author with another text is a comment of an input that shares the name of its document.
            if not (author and text and self.comments[name] and text not in self.comments[name]):
                return row.get("unit") != "sentence"
        return author is None and self._wrote(row.get("text"))

    def clean(self, row: Record) -> bool:
        """Return whether a row stays; remove references to the person's comments and quotations of them from it."""
        if self.owns(row):
            self.counts["dropped"] += 1
            return False
        is_reply = False
        for name in ("parent", "reply_to", "parent_text"):
            if _ids(row, row.get(name)) & self.comments.keys() or self._wrote(row.get(name)):
                row[name], is_reply = None, True
        text, quoted = row.get("text"), (_text(row.get("quoted")) or "").splitlines()
        lines = quoted or (text.splitlines() if is_reply and isinstance(text, str) else [])
        theirs = [line for line in lines if self._is_quote(line)]
        if theirs and isinstance(text, str):
            row["text"] = own_words(text, "\n".join(theirs))
        if theirs and quoted:
            row["quoted"] = "\n".join(line for line in quoted if line not in theirs) or None
        known = NOT_SEARCHED if isinstance(row.get("author"), str) else ()
        others = "\n".join(str(value) for name, value in row.items() if name not in known)
        mentions = self.is_named_in(read_references(unguard_cell(others)))
        self.counts.update(cleaned=is_reply or bool(theirs), mentions=mentions)
        return True

    def _wrote(self, text: object) -> bool:
        return isinstance(text, str) and len(text) >= SHORTEST and folded(unguard_cell(text)) in self.texts

    def _is_quote(self, line: str) -> bool:
        words = folded(line.lstrip("> \t»|"))
        return len(words) >= SHORTEST // 2 and any(words in text for text in self.texts)

    def is_named_in(self, text: str) -> bool:
        """Return whether a text holds a name, a pseudonym or some words of a comment of the person."""
        plain = folded_words(text)
        return any(mark in plain for mark in self._marks) or any(run in self._runs for run in _runs(plain.split()))


def _runs(words: list[str]) -> Iterator[int]:
    return (hash(tuple(words[at : at + WORDS_IN_A_ROW])) for at in range(len(words) - WORDS_IN_A_ROW + 1))


def _ids(row: Record, comment: object) -> set[str]:
    """Return the ids by which a comment is known in all tables; that of a sample names the document too."""
    document, name = _text(row.get("document")), _text(comment)
    own = {name} if name and "/" in name else set()
    return own | {f"{document}/{name}"} if document and name else own


def _text(value: object) -> str | None:
    """Return the text of a cell that names something; None for an empty one."""
    if isinstance(value, str):
        return unguard_cell(value) or None
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


# Files ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """Counts of what is removed from a table or store."""

    dropped: int = 0  # comments, or rows of them
    cleaned: int = 0  # comments of others that repeated them or replied to them
    mentions: int = 0  # rows of others that hold their name or words, which stay


@dataclass(slots=True)
class Forgotten:
    """Changes of each table and store, and files that still hold the person or may do so."""

    is_dry: bool = field(default=False, compare=False)  # nothing is changed
    tables: dict[str, Changed] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)  # file -> reason
    hits: set[str] = field(default_factory=set)  # files of ``left`` that hold the name or words
    unchanged: bool = False  # a table or store that names the person could not be changed

    @property
    def comments(self) -> int:
        """Rows and comments removed from all tables together."""
        return sum(changed.dropped for changed in self.tables.values())

    @property
    def is_found(self) -> bool:
        """Whether any file held the person."""
        return bool(self.tables or self.hits or self.unchanged)

    def add(self, path: Path, changed: Changed) -> None:
        """Note the changes of a table, and rows of others that name the person, which stay."""
        if changed.dropped or changed.cleaned:
            self.tables[str(path)] = changed
        if changed.mentions:
            rows = "row of others holds" if changed.mentions == 1 else "rows of others hold"
            self.leave(path, f"{changed.mentions:,} {rows} their name or words; such rows are not edited")

    def leave(self, path: Path, reason: str) -> None:
        """List a file that holds the person."""
        self.hits.add(str(path))
        before = self.left.get(str(path))
        self.left[str(path)] = f"{before}; {reason}" if before else reason

    @contextmanager
    def listing_errors(self, path: Path, kind: str = "") -> Iterator[None]:
        """List a file that cannot be read, or is in use; the run goes on with the others."""
        try:
            yield
        except (InputError, ModelError, StoreError, OSError, ValueError) as error:  # also of Arrow
            reason = getattr(error, "strerror", None) or str(error).removeprefix(f"{path}: ")
            self.left[str(path)] = kind + reason


def forget(
    author: str,
    paths: Path | str | Iterable[Path | str],
    *,
    key: bytes | None,
    outlet: str | None = None,
    dry: bool = False,
    watch: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> Forgotten:
    """Remove a person's comments from stores and our own tables, and list other files that hold them.

    :param author: A name as on a page, or a pseudonym.
    :param paths: Folders, or single files.
    :param key: Of the pseudonyms; without it a name is not found under its pseudonyms, nor the other way round.
    :param outlet: Remove comments at this outlet only; else at each outlet that the tables name.
    :param dry: Change nothing.
    :param watch: Passes files on, as a progress display does.
    :raises ConfigError: If a table cannot be written; run it again then. If the key is not that of a store.
    """
    person, result = Person(author, key, outlet), Forgotten(dry)
    kinds: defaultdict[str, list[Path]] = defaultdict(list)
    for path in _files([paths] if isinstance(paths, Path | str) else paths, result):
        with result.listing_errors(path, "not searched: "):
            kinds[_kind_of(path)].append(path)
    _check_key(key, kinds["store"], result)
    tables = [*kinds["table"], *kinds["store"]]
    naming = set()
    for each_of in (iter, watch):  # twice: at first, some outlets are unknown, and with them some pseudonyms
        for path in each_of(tables):
            with result.listing_errors(path):
                if sum(map(person.learn, _rows_in(path))):
                    naming.add(path)
    _search_models(person, {path.parent for path in kinds["model"]}, result)
    for path in sorted(tables, key=naming.__contains__):
        if str(path) not in result.left:
            with result.listing_errors(path, "still contains the person; try again: " if path in naming else ""):
                (clean_store if path in kinds["store"] else clean_table)(person, path, result)
            result.unchanged |= path in naming and str(path) in result.left and str(path) not in result.tables
            if key is None and path in kinds["store"] and str(path) in result.tables:
                result.left[str(path)] = "without the key, reading their pages again adds the comments again"
    for path in kinds["text"]:
        with result.listing_errors(path, "not searched: "):
            if any(map(person.is_named_in, _readings(_text_of(path)))):
                result.leave(path, "holds their name or words: write it again, edit or delete it")
    return result


def _check_key(key: bytes | None, stores: Iterable[Path], result: Forgotten) -> None:
    for path in stores:
        with result.listing_errors(path), Store.read(path) as store:
            if key is not None:
                store.check_key(key)


def _files(paths: Iterable[Path | str], result: Forgotten) -> Iterator[Path]:
    """Yield the plain files of folders; links are not followed, since they may lead elsewhere."""
    for given in map(Path, paths):
        if not given.exists():
            result.left[str(given)] = "does not exist; expected a folder or a file"
        for path in sorted(given.rglob("*")) if given.is_dir() else [given]:
            if path.name == ".git":
                result.left[str(path)] = "a history of versions, which may hold every former file"
            elif ".git" in path.relative_to(given).parts:
                continue
            elif given.is_dir() and (path.is_symlink() or not (path.is_file() or path.is_dir())):
                result.left[str(path)] = "not a regular file, so it was not read"
            elif path.is_file():
                yield path


def _kind_of(path: Path) -> str:
    """Return how a file is searched; ``other``: it holds no text."""
    if path.name == "model.safetensors":
        return "model"
    if path.name.endswith((".lock", ".npy", ".onnx", ".safetensors", ".key", "-wal", "-shm", "-journal")):
        return "other"
    return "store" if is_database(path) else "table" if _is_own_table(path) else "text"


def _is_own_table(path: Path) -> bool:
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
    return bool({"author", "text"}.intersection(columns)) and "comments" not in columns


def _text_of(path: Path) -> str:
    """Return the text of a file, unpacked.

    :raises InputError: If it is no text, or too large.
    """
    with path.open("rb") as stream, unpack(stream, current_limits()) as file:
        start = head(file)
        if start.startswith(kinds.PARQUET_MAGIC):
            raise InputError("a Parquet file, which may hold their comments: write it again")
        if ending_of(path) in input_names.ARCHIVE_ENDINGS:
            raise InputError("a web archive, which may hold pages with their comments")
        if start:
            kinds.refuse_binary(start)
        content = file.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        raise InputError(f"larger than {LARGEST_TEXT // MEGABYTE} MB")
    return decode(content).text


def _readings(text: str) -> Iterator[str]:
    """Yield a text as it is and as it is shown, each with and without the escapes of JSON."""
    for each in {text, re.sub(r"""((?:\\u[0-9a-fA-F]{4}){1,2000})|\\[nrt"'/\\]""", _unescaped, text)}:
        yield html.unescape(each)
        yield read_markup(re.sub(r"<!\[CDATA\[|\]\]>", " ", each)).text


def _unescaped(found: re.Match[str]) -> str:
    if not found[1]:
        return " " if found[0][1] in "nrt" else found[0][1]
    return bytes.fromhex(found[1].replace("\\u", "")).decode("utf-16-be", "replace")


def _search_models(person: Person, folders: set[Path], result: Forgotten) -> None:
    """List models that were trained on comments of the person, by the digests that they keep."""
    from stance.scoring.persistence import train_rows

    digests = {pair_digest(text, target) for text in person.texts.values() for target in person.targets}
    for folder in folders:
        if folder.parent not in folders:  # that of other languages is counted with the model that it is part of
            with result.listing_errors(folder):
                if trained := len(digests.intersection(train_rows(folder).tolist())):
                    result.leave(folder, f"{trained:,} of their labelled comments trained this model: train it again")


# Tables ---------------------------------------------------------------------------------------------------------------


def _rows_in(path: Path) -> Iterator[Record]:
    """Read the rows of a table, or the comments and the items to label of a store."""
    if is_database(path):
        with Store.read(path) as store:
            yield from ({"target": target} for (target,) in store.rows("SELECT DISTINCT target FROM pairs"))
            yield from (row for *_, row in _rows_of(store))
        return
    yield from (row for row, _ in _read_table(path))


def _read_table(path: Path) -> Iterator[tuple[Record, str]]:
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
    for row, _ in _read_table(path):
        person.clean(row)
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
    rows = ((row, dict(row), line) for row, line in _read_table(path))
    kept = ((row, row == before, line) for row, before, line in rows if person.clean(row))
    if path.suffix.lower() == ".jsonl":
        end = "\r\n" if first.endswith("\r\n") else "\n"
        file.writelines(line if is_same else json.dumps(row, ensure_ascii=False) + end for row, is_same, line in kept)
        return
    header = next(csv.reader([first.removeprefix("\ufeff")]))
    writer = csv.writer(file, lineterminator="\r\n" if first.endswith("\r\n") else "\n")
    writer.writerow(header)
    writer.writerows([row.get(name) for name in header] for row, *_ in kept)


# Stores ---------------------------------------------------------------------------------------------------------------

_STORED = ("author", "outlet", "parent", "text", "document", "comment", "quoted", "parent_text")
_LEFT_IN_STORES = {
    "documents": "SELECT source, title, byline, url, lead, body, quotations FROM documents",
    "items": "SELECT title, lead FROM items",
    "sentence_scores": "SELECT text, speaker FROM sentence_scores",
    "events": "SELECT note FROM events",
    "inputs": "SELECT path FROM inputs",
    "runs": "SELECT settings FROM runs",
    "samples": "SELECT settings FROM samples",
    "skips": "SELECT source, reason FROM skips",
}
"""SQL by table: texts that are not the person's own, which are searched and listed but not changed."""

Change = tuple[str, int, int | None, Record]
"""Table, number, document or comment, and new values of a row; without values, it is removed."""


def remove_forgotten(store: Store, key: bytes | None, document: int = 0) -> int:
    """Remove all who were forgotten before, and have come back with other data; return the number of comments.

    :param document: The only one where they are searched; 0: all, and all items to label.
    :raises ConfigError: If the key is not that of the digests.
    """
    is_forgotten, count = store.forgotten(key), 0
    if not store.has_forgotten():
        return 0
    for author, outlet in {(row["author"], row["outlet"]) for *_, row in _rows_of(store, document)}:
        if is_forgotten(author, outlet):
            person = Person(author, key, outlet or "")
            for *_, row in _rows_of(store, document):
                person.learn(row)
            changes = _remove(store, person, document)
            count += sum(table == "comments" and not new for table, _, _, new in changes)
    return count


def clean_store(person: Person, path: Path, result: Forgotten) -> None:
    """Remove a person from a store, and the bytes of the removed rows.

    :raises StoreError: If another command is using it, or it is no whole store.
    """
    person.counts.clear()
    with Store.read(path) if result.is_dry else Store.write(path) as store:
        changes = _changes_of(store, person)[0] if result.is_dry else _remove(store, person)
        if not result.is_dry and (changes or store.has_forgotten()):  # also after a run killed before it purged
            store.purge()
        for place, query in _LEFT_IN_STORES.items():
            rows = (" ".join(str(value) for value in row if value) for row in store.rows(query))
            if n := sum(map(person.is_named_in, rows)):
                result.leave(
                    path, f"{counted(n, 'row')} of {place} {'holds' if n == 1 else 'hold'} their name or words"
                )
    result.add(path, Changed(**person.counts))


def _rows_of(store: Store, document: int = 0) -> Iterator[Change]:
    """Yield comments, and items to label, with their values."""
    queries = {
        "comments": "SELECT comment, document, extra, author, outlet, parent, text, documents.id, comments.id, quoted,"
        " parent_text FROM comments JOIN documents USING (document) WHERE ?1 IN (0, document)",
        "items": "SELECT item, comment, NULL, author, outlet, parent, text, document, identifier FROM label_items"
        " WHERE ?1 = 0",
    }
    for table, query in queries.items():
        for number, place, extra, *values in store.rows(query, document):
            kept = {name: value for name, value in json_object(extra or "{}").items() if isinstance(value, str)}
            yield table, number, place, {**kept, **dict(zip(_STORED, values, strict=False))}


def _changes_of(store: Store, person: Person, document: int = 0) -> tuple[list[Change], set[str | None]]:
    """Return the rows that are removed or changed, and the outlets of those that are removed.

    :param person: With all that is known of them.
    """
    changes, outlets = list[Change](), set[str | None]()
    for table, number, place, row in _rows_of(store, document):
        before = dict(row)
        if not person.clean(row):
            outlets.add(row["outlet"])
            changes.append((table, number, place, {}))
        elif row != before and (table == "comments" or place is None):  # else the comment of the item is cleaned
            new = {name: value for name, value in row.items() if value != before[name] and name in _STORED}
            if kept := {name: value for name, value in row.items() if value is not None and name not in _STORED}:
                new["extra"] = json.dumps(kept, ensure_ascii=False)
            changes.append((table, number, place, new))
    return changes, outlets


def _remove(store: Store, person: Person, document: int = 0) -> list[Change]:
    """Change rows of a store in one transaction, note who was forgotten at their outlets, and return the changes."""
    changes, outlets = _changes_of(store, person, document)
    documents = {place for table, _, place, _ in changes if table == "comments" and place is not None}
    if not changes:
        return changes
    with store.transaction() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for each in documents:
            store.unit("documents", each)  # what is damaged gets no new checksum
            store.change_index("delete", each)
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # they keep labels from being deleted
            connection.execute(f'DROP TRIGGER "{name}"')
        for table, number, _, new in sorted(changes, key=lambda change: change[0] == "comments"):  # items first
            if table == "comments" and not new:
                connection.execute("DELETE FROM items WHERE comment = ?", (number,))
            places = ", ".join(f"{name} = ?" for name in new)
            statement = f"UPDATE {table} SET {places}" if new else f"DELETE FROM {table}"  # noqa: S608 our own names
            connection.execute(f"{statement} WHERE rowid = ?", (*new.values(), number))
        for _, statement in triggers:
            connection.execute(statement)
        if person.key:
            digests = [forgotten_digest(name, outlet, person.key) for name in person.names for outlet in outlets]
            store.insert("forgotten", [(digest, fingerprint(person.key)) for digest in digests])
        for each in documents:
            store.change_index("add", each)
            store.seal("documents", each)
            runs = "SELECT run FROM checksums WHERE unit = 'scores' AND number = ?"
            for (run,) in list(store.rows(runs, each)):
                store.seal("scores", each, run)
        store.seal("forgotten")
        store.seal_all("samples", "items", "annotators", "events")
    return changes
