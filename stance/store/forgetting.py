"""Remove a person's comments from stores and tables, and list other files that hold them.

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
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any

import zstandard

from stance.exceptions import InputError, MissingExtraError, ModelError, StoreError
from stance.limits import MEGABYTE, current_limits
from stance.reading.inputs import ARCHIVE_ENDINGS, declared_delimiter, delimiter_of, ending_of, refuse_binary
from stance.reading.tables import cells_of_csv, escapes_quotes, json_object, with_doubled_quotes
from stance.reading.text import GZIP_MAGIC, PARQUET_MAGIC, ZSTD_MAGIC, ZSTD_STARTS, decode, head, unpack
from stance.records import load_pyarrow, write_parquet
from stance.resources import config_errors, temporary_file
from stance.scoring.plugins.chat import forget_answers, is_cache
from stance.store import Store
from stance.store.file import is_database
from stance.store.person import AUTHORS, Person, Row, read_stored, remove_person

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
    registry: Path | None = None,
    cache: Path | None = None,
    watch: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> Forgotten:
    """Remove a person's comments from stores and tables, and list other files that hold them.

    :param author: A name as on a page, or a pseudonym.
    :param paths: Folders, or single files.
    :param key: Of the pseudonyms; without it a name is not found under its pseudonyms, nor the other way round.
    :param outlet: Remove comments at this outlet only; else at each outlet that the tables name.
    :param dry: Change nothing.
    :param registry: A folder of models that may have been trained on the person's comments.
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
    models = {path.parent for path in (*kinds["model"], *(registry.rglob("train_rows.npy") if registry else ()))}
    _search_models(person, models, result)
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
        with Store.read(path, touches_folder=False) as store:
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
        with config_errors(path), temporary_file(path) as draft:
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
    opener: Any = gzip.open if start.startswith(GZIP_MAGIC) else open
    if start.startswith(ZSTD_STARTS):
        opener = zstandard.open
    file: IO[str] = opener(draft, "wt", encoding="utf-8", errors="backslashreplace", newline="")
    return file


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


def clean_store(person: Person, path: Path, *, dry: bool) -> Changed:
    """Remove a person from a store, and the bytes of the removed rows.

    :raises StoreError: If another command is using it, or it is no whole store.
    """
    person.counts.clear()
    with Store.read(path, touches_folder=False) if dry else Store.write(path) as store:
        _, changed = remove_person(store, person, dry=dry)
        if not dry and (changed or store.has_forgotten()):  # also after a run killed before it purged
            store.purge()
    return Changed(**person.counts)
