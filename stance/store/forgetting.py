"""Find a person's comments in stores and tables, remove them, and list other files that hold them.

The same comment stands in many tables under many names: by author, by pseudonym, by the id of a sample, or by its words
alone. So tables are read first to gather all that is known of the person, and then judged by all of it.

Tables are JSON Lines, JSON lists, CSV and Parquet; all else in them stays as it was: columns and their order, types,
packing. Each table is replaced as a whole, each store is changed by one transaction. Those that name the person come
last, so that a run after a kill can learn again which rows of the others are theirs.
"""

import csv
import gzip
import html
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import zstandard

from stance.datamodels import own_words
from stance.exceptions import InputError, MissingExtraError, ModelError, StoreError
from stance.labels.formats import FIELDS
from stance.labels.sampling import SAMPLE_FIELDS
from stance.limits import MEGABYTE, current_limits
from stance.pseudonyms import fingerprint, folded, folded_words, is_pseudonym, pseudonym
from stance.reading import text as decoding
from stance.reading.inputs import ARCHIVE_ENDINGS, declared_delimiter, delimiter_of, ending_of, refuse_binary
from stance.reading.tables import cells_of_csv, escapes_quotes, json_object, with_doubled_quotes
from stance.reading.text import PARQUET_MAGIC, ZSTD_MAGIC, ZSTD_STARTS, decode, head, read_references, unpack
from stance.records import SCORE_FIELDS, TEXT_FIELDS, load_pyarrow, pair_digest, unguard_cell, write_parquet
from stance.resources import file_errors, temporary_file
from stance.store.documents import Store, forgotten_digest
from stance.store.file import is_database

AUTHORS = ("author", "user", "username", "commenter", "speaker")
"""Columns that name who wrote a row; ``speaker`` is that of ConvoKit."""

ANSWERED = ("parent", "reply_to", "reply-to", "parent_text")
"""Columns with the id or the text of the comment that a row replies to."""

ELSEWHERE = frozenset((*AUTHORS, *FIELDS, *SAMPLE_FIELDS, *SCORE_FIELDS, *TEXT_FIELDS)) - {"text", "parent"}
"""Columns of our own tables that name a commenter in no row of another one: annotators may have the same name."""

NESTED = ("data", "meta")
"""Objects in which tasks for other tools hold the fields of a comment."""

SHORTEST = 20
"""Characters of a text that is known as a person's by its words alone: many people write "I agree"."""

RUN = 7
"""Words in a row that are taken for an excerpt of a comment; public reports quote up to 12."""

Row = MutableMapping[str, Any]
Part = tuple[Row, str | None, str | None, str | None]
"""A part of a row that may be a comment: fields, document, id, outlet."""


LARGEST_TEXT = 50 * MEGABYTE
"""Bytes of a page or another text that is searched, unpacked."""

WITHOUT_TEXT = (".lock", ".npy", ".onnx", ".key", "-wal", "-shm", "-journal")
"""Endings of our own files that hold no text, and of files that SQLite reads with a store."""

_ESCAPE = re.compile(r"""((?:\\u[0-9a-fA-F]{4}){1,2000})|\\[nrt"'/\\]""")
_BREAK = re.compile(r"<!\[CDATA\[|\]\]>|</?(?:p|br|div|li|tr|td|dd|dt|q|blockquote|h[1-6])\b[^<>]{0,2000}>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")

LONGEST_LINE = 50 * MEGABYTE
"""Characters of a line or cell: a parsed document with all its comments is one line."""

LARGEST_LIST = 200 * MEGABYTE
"""Characters of a JSON list, which is held as a whole."""

PARQUET_ROWS = 1_000


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
    names: set[str] = field(default_factory=set)  # as they stand in tables, with the pseudonyms
    comments: set[str] = field(default_factory=set)  # document/comment
    texts: dict[str, str] = field(default_factory=dict)  # folded -> as it stands
    asked: set[str] = field(default_factory=set)  # folded, as models are asked about them: with and without quotes
    targets: set[str] = field(default_factory=set)  # of any label or score
    counts: Counter[str] = field(default_factory=Counter)  # of one table, by the fields of ``Changed``
    _runs: set[int] = field(default_factory=set)  # hashes of words in a row
    _marks: set[str] = field(default_factory=set)  # words of names, and of texts that have fewer
    _outlets: set[str | None] = field(default_factory=set)
    _pseudonyms: set[str] = field(default_factory=set)  # one for each outlet

    def __post_init__(self) -> None:
        """Note the name."""
        self._add_name(self.given)
        self._add_outlet(self.outlet)

    def _add_name(self, name: str) -> None:
        self.names.add(name)
        self._marks |= {folded_words(name)} - {folded_words("")}

    def _add_outlet(self, outlet: str | None) -> None:
        if outlet not in self._outlets and self._is_at(outlet):
            self._outlets.add(outlet)
            if self.key is not None and not is_pseudonym(self.given):
                self._pseudonyms.add(shown := pseudonym(self.given, outlet, key=self.key) or "")
                self._add_name(shown)

    def _is_at(self, outlet: str | None) -> bool:
        return self.outlet is None or folded(outlet or "") == folded(self.outlet)

    def is_called(self, author: Any, outlet: str | None = None) -> bool:
        """Return whether an author's name or pseudonym is the person's.

        :param outlet: None if it is unknown.
        """
        if not isinstance(author, str) or not author.strip() or (outlet is not None and not self._is_at(outlet)):
            return False
        if author in self._pseudonyms or folded(author) == folded(self.given):
            return True
        if self.key is None or not is_pseudonym(self.given):
            return False
        outlets = self._outlets if outlet is None else (outlet,)
        return any(pseudonym(author, at, key=self.key) == self.given for at in outlets)

    def learn(self, row: Row) -> bool:
        """Note what a row holds of the person, and the outlets; return whether it names them."""
        is_named = False
        for fields, document, comment, outlet in _parts(row):
            self._add_outlet(outlet)
            if isinstance(target := fields.get("target"), str):
                self.targets.add(target)
            names = [fields[name] for name in AUTHORS if self.is_called(_name(fields.get(name)), outlet)]
            if names:
                is_named = True
                self._add_name(_cell(names[0]))
                self.comments |= _ids(document, comment)
                if isinstance(text := _cell(fields.get("text")), str) and text.strip():
                    self.texts.setdefault(folded(text), text)
                    self.asked |= {folded(text), folded(own_words(text, _text(fields.get("quoted"))))}
                    words = folded_words(text).split()
                    self._runs |= set(_runs(words))
                    self._marks |= {folded_words(text)} if 0 < len(words) < RUN and len(text) >= SHORTEST else set()
        return is_named

    def owns(self, part: Part) -> bool:
        """Return whether a comment is the person's: by its author or id; where nobody is named, by its words."""
        fields, document, comment, outlet = part
        authors = [_name(fields[name]) for name in AUTHORS if fields.get(name)]
        if any(self.is_called(author, outlet) for author in authors):
            return True
        if _ids(document, comment) & self.comments:
            return fields.get("unit") != "sentence"
        return not authors and self._wrote(fields.get("text"))

    def clean(self, row: Row) -> bool:
        """Remove the person's comments and quotations of them from a row; return whether the row stays."""
        parts = list(_parts(row))
        gone = {id(part[0]) for part in parts if self.owns(part)}
        if gone and not isinstance(row.get("comments"), list):
            self.counts["dropped"] += 1
            return False
        if gone:
            row["comments"] = [each for each in row["comments"] if id(each) not in gone]
        others = [part for part in parts if id(part[0]) not in gone]
        cleaned = sum(map(self._clean_comment, others))
        mentions = sum(self._is_left_in(fields) for fields, *_ in others)
        self.counts.update(dropped=len(gone), cleaned=cleaned, mentions=mentions)
        return True

    def _clean_comment(self, part: Part) -> bool:
        """Remove references to the person's comments and quotations of them from a comment of another one."""
        fields, document, *_ = part
        is_reply = False
        for name in ANSWERED:
            value = _text(fields.get(name))
            if _ids(document, value) & self.comments or self._wrote(value):
                fields[name], is_reply = None, True
        meta, text = fields.get("meta"), fields.get("text")
        holder = meta if isinstance(meta, dict) and meta.get("quoted") else fields  # as ConvoKit has it
        quoted = (_text(holder.get("quoted")) or "").splitlines()
        if not isinstance(text, str):
            return is_reply
        theirs = [line for line in quoted or (text.splitlines() if is_reply else ()) if self._is_quote(line)]
        if theirs:
            fields["text"] = own_words(text, "\n".join(theirs))
        if theirs and quoted:
            holder["quoted"] = "\n".join(line for line in quoted if line not in theirs) or None
        return is_reply or bool(theirs)

    def _is_left_in(self, fields: Row) -> bool:
        """Return whether another one's row names the person or holds their words."""
        known = ELSEWHERE if any(isinstance(fields.get(name), str) for name in AUTHORS) else ()
        values = (str(value) for name, value in fields.items() if name not in (*known, *NESTED))
        return self.count_hits(_name("\n".join(values))) > 0

    def _wrote(self, text: Any) -> bool:
        return isinstance(text, str) and len(text) >= SHORTEST and folded(_cell(text)) in self.texts

    def _is_quote(self, line: str) -> bool:
        words = folded(line.lstrip("> \t»|"))
        return len(words) >= SHORTEST // 2 and any(words in text for text in self.texts)

    def count_hits(self, text: str) -> int:
        """Count the places in a text that hold a name, a pseudonym or some words of a comment of the person."""
        plain = folded_words(text)
        found = [False, *(run in self._runs for run in _runs(plain.split()))]
        begun = sum(not before and now for before, now in pairwise(found))
        return begun + sum(map(plain.count, self._marks))

    def digests(self) -> set[int]:
        """Digest each pair of a comment and a target, as models note what they were trained on."""
        return {pair_digest(text, target) for text in self.texts.values() for target in self.targets}


def _parts(row: Row) -> Iterator[Part]:
    """Yield the parts of a row that may be a comment."""
    if isinstance(row.get("comments"), list):  # a document, whose own author wrote the article
        comments = (each for each in row["comments"] if isinstance(each, dict))
        yield from ((each, _text(row.get("id")), _text(each.get("id")), _text(row.get("outlet"))) for each in comments)
        return
    for fields in (row, *(row[name] for name in NESTED if isinstance(row.get(name), dict))):
        document, outlet = (_text(fields.get(name)) or _text(row.get(name)) for name in ("document", "outlet"))
        yield fields, document, _text(fields.get("comment")) or _text(fields.get("id")), outlet


def _runs(words: list[str]) -> Iterator[int]:
    return (hash(tuple(words[at : at + RUN])) for at in range(len(words) - RUN + 1))


def _ids(document: str | None, comment: str | None) -> set[str]:
    """Return the ids by which a comment is known in all tables; that of a sample names the document too."""
    own = {comment} if comment and "/" in comment else set()
    return own | {f"{document}/{comment}"} if document and comment else own


def _text(value: Any) -> str | None:
    """Return the text of a cell that names something; None for an empty one."""
    return str(_cell(value)) if isinstance(value, str | int) and not isinstance(value, bool) and value != "" else None


def _cell(value: Any) -> Any:
    return unguard_cell(value) if isinstance(value, str) else value


def _name(value: Any) -> Any:
    """Return a name as tables are read, with characters in place of their references in markup."""
    return read_references(_cell(value)) if isinstance(value, str) else value


# Files and tables -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Changed:
    """Counts of what is removed from a table or store."""

    dropped: int = 0  # comments, or rows of them
    cleaned: int = 0  # comments of others that repeated them or replied to them
    mentions: int = 0  # rows of others that hold their name or words, which stay


@dataclass(slots=True)
class Forgotten:
    """Changes of each table and store, and files that still hold the person or may do so."""

    tables: dict[str, Changed] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)  # file -> reason
    hits: dict[str, int] = field(default_factory=dict)  # file of ``left`` -> places that hold the name or words
    files: int = 0  # that were searched

    @property
    def comments(self) -> int:
        """Rows and comments removed from all tables together."""
        return sum(changed.dropped for changed in self.tables.values())

    @property
    def is_found(self) -> bool:
        """Whether any file held the person."""
        return bool(self.tables or self.hits)

    def add(self, path: Path, changed: Changed) -> None:
        """Note the changes of a table, and rows of others that name the person, which stay."""
        if changed.dropped or changed.cleaned:
            self.tables[str(path)] = changed
        columns = ", ".join(AUTHORS[:4])
        rows = "row of others holds" if changed.mentions == 1 else "rows of others hold"
        reason = f"{rows} their name or words, which are not edited; authors are read from {columns}"
        self.leave(path, changed.mentions, reason)

    def leave(self, path: Path, hits: int, reason: str) -> None:
        """List a file that holds the person."""
        if hits:
            self.hits[str(path)] = hits
            self.left[str(path)] = f"{hits:,} {reason}"

    @contextmanager
    def listing_errors(self, path: Path, kind: str = "") -> Iterator[None]:
        """List a file that cannot be read, or is in use; the run goes on with the others."""
        try:
            yield
        except (InputError, MissingExtraError, ModelError, StoreError, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error).removeprefix(f"{path}: ")
            self.left[str(path)] = kind + reason


def forget(
    author: str,
    paths: Path | str | Iterable[Path | str],
    *,
    key: bytes | None,
    outlet: str | None = None,
    dry: bool = False,
    cache: Path | None = None,
    watch: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> Forgotten:
    """Remove a person's comments from stores and tables, and list other files that hold them.

    :param author: A name as on a page, or a pseudonym.
    :param paths: Folders, or single files.
    :param key: Of the pseudonyms; without it a name is not found under its pseudonyms, nor the other way round.
    :param outlet: Remove comments at this outlet only; else at each outlet that the tables name.
    :param dry: Change nothing.
    :param cache: A cache of a model's answers outside the paths.
    :param watch: Passes files on, as a progress display does.
    :raises ConfigError: If a table cannot be written; run it again then.
    """
    person, result = Person(author, key, outlet), Forgotten()
    kinds: defaultdict[str, list[Path]] = defaultdict(list)
    for path in _files([paths] if isinstance(paths, Path | str) else paths, result):
        with result.listing_errors(path, "not searched: "):
            kinds[_kind_of(path)].append(path)
    tables = [*kinds["table"], *kinds["store"]]
    result.files = len(tables) + len(kinds["text"])
    naming = set()
    for each_of in (iter, watch):  # twice: at first, some outlets are unknown, and with them some pseudonyms
        for path in each_of(tables):
            with result.listing_errors(path):
                if sum(map(person.learn, read_rows(path))):
                    naming.add(path)
    _search_models(person, {path.parent for path in kinds["model"]}, result)
    for path in {path.resolve() for path in (*kinds["cache"], *([cache] if cache else ())) if path.is_file()}:
        with result.listing_errors(path):
            _clean_cache(person, path, result, dry=dry)
    for path in sorted(tables, key=naming.__contains__):
        if str(path) not in result.left:
            with result.listing_errors(path):
                clean = clean_store if is_database(path) else clean_table
                result.add(path, clean(person, path, dry=dry))
            if key is None and path in kinds["store"] and str(path) in result.tables:
                result.left[str(path)] = "without the key, reading their pages again brings the comments back"
    for path in kinds["text"]:
        with result.listing_errors(path):
            _search_text(person, path, result)
    return result


# Files ----------------------------------------------------------------------------------------------------------------


def _files(paths: Iterable[Path | str], result: Forgotten) -> Iterator[Path]:
    """Yield the plain files of folders; links are not followed, since they may lead elsewhere."""
    for given in map(Path, paths):
        if not given.exists():
            result.left[str(given)] = "not there; expected a folder, or a file"
        for path in sorted(given.rglob("*")) if given.is_dir() else [given]:
            if path.name == ".git":
                result.left[str(path)] = "a history of versions, which may hold every former file"
            elif ".git" in path.relative_to(given).parts:
                continue
            elif given.is_dir() and (path.is_symlink() or not (path.is_file() or path.is_dir())):
                result.left[str(path)] = "not a plain file, so not followed"
            elif path.is_file():
                yield path


def _kind_of(path: Path) -> str:
    """Return how a file is searched.

    :raises InputError: If it is not.
    """
    if path.name == "train_rows.npy":
        return "model"
    if path.name.endswith(WITHOUT_TEXT):
        return "other"
    if is_database(path):
        from stance.scoring.plugins.chat import is_cache

        return "cache" if is_cache(path) else "store"
    with open_unpacked(path) as file:
        start = head(file)
    ending = ending_of(path)
    if ending in FORMATS and (ending != ".json" or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")):
        return "table"
    if ending in ARCHIVE_ENDINGS:
        raise InputError("a web archive, which may hold pages with their comments")
    if start:
        refuse_binary(start)
    return "text"


# What is only listed --------------------------------------------------------------------------------------------------


def _search_text(person: Person, path: Path, result: Forgotten) -> None:
    """List a page, a report or another text that holds the person."""
    with open_unpacked(path) as file:
        content = file.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        raise InputError(f"not searched: larger than {LARGEST_TEXT // MEGABYTE} MB")
    hits = max(map(person.count_hits, _readings(decode(content).text)))
    result.leave(path, hits, "places hold their name or words: write a report again, edit or delete another page")


def _readings(text: str) -> Iterator[str]:
    """Yield a text as it stands and, roughly, as it is shown, each with and without the escapes of JSON."""
    for each in {text, _ESCAPE.sub(_unescaped, text)}:
        yield html.unescape(each)
        yield html.unescape(_TAG.sub("", _BREAK.sub(" ", each)))


def _unescaped(found: re.Match[str]) -> str:
    if not found[1]:
        return " " if found[0][1] in "nrt" else found[0][1]
    return bytes.fromhex(found[1].replace("\\u", "")).decode("utf-16-be", "replace")


def _search_models(person: Person, folders: set[Path], result: Forgotten) -> None:
    """List models that were trained on comments of the person, by the digests that they keep."""
    from stance.scoring.persistence import train_rows

    digests = person.digests()
    for folder in folders:
        if folder.parent not in folders:  # a model that another one started from is counted with it
            with result.listing_errors(folder):
                trained = len(digests.intersection(train_rows(folder).tolist()))
                result.leave(folder, trained, "of their labelled comments trained this model: train it again")


def _clean_cache(person: Person, path: Path, result: Forgotten, *, dry: bool) -> None:
    """Remove answers about the person's comments from a cache, which knows comments by their digests."""
    from stance.scoring.plugins.chat import forget_answers

    dropped, unknown = forget_answers(path, person.asked, dry=dry)
    result.add(path, Changed(dropped))
    if unknown or not person.asked:
        result.left[str(path)] = "answers of a model that may be about their comments: delete it to be sure"


# Tables ---------------------------------------------------------------------------------------------------------------


def read_rows(path: Path) -> Iterator[Row]:
    """Read the rows of a table, or the comments and the items to label of a store.

    :raises InputError: If it is damaged, or no such table.
    """
    if is_database(path):
        with Store.read(path) as store:
            yield from read_stored(store)
        return
    try:
        yield from FORMATS[ending_of(path)][0](path)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        seen = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({seen}); expected a whole table, text in UTF-8") from None


def clean_table(person: Person, path: Path, *, dry: bool) -> Changed:
    """Remove a person from a table.

    :raises InputError: If it cannot be read.
    :raises ConfigError: If it cannot be written.
    """
    person.counts.clear()
    for row in read_rows(path):
        person.clean(row)
    changed = Changed(**person.counts)
    if not dry and (changed.dropped or changed.cleaned):
        with file_errors(path), temporary_file(path) as draft:
            draft.chmod(path.stat().st_mode & 0o777)
            FORMATS[ending_of(path)][1]((row for row in read_rows(path) if person.clean(row)), path, draft)
    return changed


@contextmanager
def open_unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file that may be packed, once only, since it is written again as it was."""
    with path.open("rb") as stream:
        yield unpack(stream, replace(current_limits(), packings=1))


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    with open_unpacked(path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        yield text


def _create_text(path: Path, draft: Path) -> IO[str]:
    """Open a draft for writing, packed as a file is; half a surrogate pair of JSON is written as its escape."""
    with path.open("rb") as old:
        start = old.read(len(ZSTD_MAGIC))
    opener: Any = gzip.open if start.startswith(decoding.GZIP_MAGIC) else open
    if start.startswith(ZSTD_STARTS):
        opener = zstandard.open
    return opener(draft, "wt", encoding="utf-8", errors="backslashreplace", newline="")


def _read_lines(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        while line := file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise InputError(f"a line of more than {LONGEST_LINE:,} characters, the limit")
            if line.strip():
                yield json_object(line.removeprefix("\ufeff"))


def _write_lines(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _create_text(path, draft) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read_list(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        text = file.read(LARGEST_LIST)
    found = json.loads(text) if len(text) < LARGEST_LIST else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise InputError("no list of objects; expected a table")
    yield from found


def _write_list(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _create_text(path, draft) as file:
        json.dump(list(rows), file, ensure_ascii=False, indent=1)


def _form_of(file: IO[str]) -> tuple[str, list[str], dict[str, Any]]:
    """Read what stands before the header of a CSV table, the header, and the options to write the table with."""
    escape = "\\" if escapes_quotes(head(file.buffer)) else None  # type: ignore[attr-defined]
    line = file.readline(MEGABYTE)
    before = "\ufeff" * line.startswith("\ufeff")
    if declared := declared_delimiter(line := line.removeprefix("\ufeff")):
        line, before = file.readline(MEGABYTE), before + line
    end, delimiter = "\r\n" if line.endswith("\r\n") else "\n", declared or delimiter_of(line)
    header = next(csv.reader([line], delimiter=delimiter), [])
    if len(set(header)) < len(header):
        raise InputError("two columns of one name; expected each column once")
    options = {"delimiter": delimiter, "lineterminator": end, "doublequote": escape is None, "escapechar": escape}
    return before, header, options


def _read_csv(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        _, header, options = _form_of(file)
        lines = map(with_doubled_quotes, file) if options["escapechar"] else file
        for cells in cells_of_csv(lines, options["delimiter"], LONGEST_LINE):
            if len(cells) > len(header):
                raise InputError(f"a row of {len(cells)} cells; expected {len(header)}, one per column")
            if cells:
                yield dict(zip(header, cells, strict=False))


def _write_csv(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _open_text(path) as old:
        before, header, options = _form_of(old)
    with _create_text(path, draft) as file:
        file.write(before)
        writer = csv.writer(file, **options)
        writer.writerow(header)
        writer.writerows(["" if row.get(name) is None else row[name] for name in header] for row in rows)


def _read_parquet(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        if file.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
            raise InputError("no Parquet data; expected a Parquet table")
        for batch in load_pyarrow()[1].ParquetFile(path).iter_batches(PARQUET_ROWS):
            yield from ({name: _as_text(value) for name, value in row.items()} for row in batch.to_pylist())


def _as_text(value: Any) -> Any:
    """Decode a text that is kept as bytes; pyarrow writes it as bytes again."""
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _write_parquet(rows: Iterator[Row], path: Path, draft: Path) -> None:
    write_parquet(rows, load_pyarrow()[1].ParquetFile(path).schema_arrow, draft)


FORMATS: dict[str, tuple[Callable[[Path], Iterator[Row]], Callable[[Iterator[Row], Path, Path], None]]] = {
    ".json": (_read_list, _write_list),
    **dict.fromkeys((".jsonl", ".ndjson"), (_read_lines, _write_lines)),
    **dict.fromkeys((".csv", ".tsv"), (_read_csv, _write_csv)),
    ".parquet": (_read_parquet, _write_parquet),
}
"""Functions that read the rows of a table, and write rows in the form of a former table to a draft."""


# Stores ---------------------------------------------------------------------------------------------------------------

_STORED = ("author", "outlet", "parent", "text", "document", "comment", "quoted", "parent_text")
_QUERIES = {
    "comments": "SELECT comment, document, extra, author, outlet, parent, text, documents.id, comments.id, quoted,"
    " parent_text FROM comments JOIN documents USING (document) WHERE ?1 IN (0, document)",
    "items": "SELECT item, comment, NULL, author, outlet, parent, text, document, identifier FROM label_items"
    " WHERE ?1 = 0",
}
_RUNS_OF = "SELECT run FROM checksums WHERE unit = 'scores' AND number = ?"


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
            count += remove_person(store, person, document)[0]
    return count


def read_stored(store: Store) -> Iterator[Row]:
    """Yield the comments and the items to label of a store as rows of a table, and the targets of the items."""
    yield from ({"target": target} for (target,) in store.rows("SELECT DISTINCT target FROM pairs"))
    yield from (row for *_, row in _rows_of(store))


def remove_person(store: Store, person: Person, document: int = 0, *, dry: bool = False) -> tuple[int, int]:
    """Remove a person from a store, in one transaction.

    :param person: With all that is known of them.
    :param document: The only one where they are searched; 0: all, and all items to label.
    :return: How many comments are removed, and how many comments and items are removed or changed.
    """
    changes: list[tuple[str, int, int | None, Row]] = []  # table, number, its document or comment, new values
    gone: set[str | None] = set()
    for table, number, place, row in _rows_of(store, document):
        before = dict(row)
        stays = person.clean(row)
        if not stays:
            gone.add(row["outlet"])
            changes.append((table, number, place, {}))
        elif row != before and (table == "comments" or place is None):  # else the comment of the item is cleaned
            new = {name: value for name, value in row.items() if value != before[name] and name in _STORED}
            if kept := {name: value for name, value in row.items() if value is not None and name not in _STORED}:
                new["extra"] = json.dumps(kept, ensure_ascii=False)
            changes.append((table, number, place, new))
    if changes and not dry:
        digests = [forgotten_digest(name, outlet, person.key) for name in person.names for outlet in gone if person.key]
        _apply(store, changes, [(digest, fingerprint(person.key or b"")) for digest in digests])
    return sum(table == "comments" and not new for table, _, _, new in changes), len(changes)


def _rows_of(store: Store, document: int = 0) -> Iterator[tuple[str, int, int | None, Row]]:
    """Yield table, number, document or comment, and values of each row."""
    for table, query in _QUERIES.items():
        for number, place, extra, *values in store.rows(query, document):
            kept = {name: value for name, value in json_object(extra or "{}").items() if isinstance(value, str)}
            yield table, number, place, {**kept, **dict(zip(_STORED, values, strict=False))}


def _apply(store: Store, changes: list[tuple[str, int, int | None, Row]], digests: list[tuple[str, str]]) -> None:
    documents = {place for table, _, place, _ in changes if table == "comments" and place is not None}
    for document in documents:
        store.unit("documents", document)  # what is damaged gets no new checksum
    with store.transaction() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # they keep labels from being deleted
            connection.execute(f'DROP TRIGGER "{name}"')
        for document in documents:
            store.remove_from_index(document)
        for table, number, _, new in sorted(changes, key=lambda each: each[0] == "comments"):  # items refer to these
            if table == "comments" and not new:
                connection.execute("DELETE FROM items WHERE comment = ?", (number,))
            places = ", ".join(f"{name} = ?" for name in new)
            statement = f"UPDATE {table} SET {places}" if new else f"DELETE FROM {table}"  # noqa: S608 our own names
            connection.execute(f"{statement} WHERE rowid = ?", (*new.values(), number))
        for document in documents:
            store.add_to_index(document)
        for _, statement in triggers:
            connection.execute(statement)
        store.insert("forgotten", digests)
        store.seal("forgotten")
        for document in documents:
            store.seal("documents", document)
            for (run,) in list(store.rows(_RUNS_OF, document)):
                store.seal("scores", document, run)
        store.seal_all("samples", "items", "annotators", "events")


def clean_store(person: Person, path: Path, *, dry: bool) -> Changed:
    """Remove a person from a store, and the bytes of the removed rows.

    :raises StoreError: If another command is using it, or it is no whole store.
    """
    person.counts.clear()
    with Store.read(path) if dry else Store.write(path) as store:
        _, changed = remove_person(store, person, dry=dry)
        if not dry and (changed or store.has_forgotten()):  # also after a run killed before it purged
            store.purge()
    return Changed(**person.counts)
