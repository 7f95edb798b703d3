"""Remove a person's comments from stores and tables, and list other files that hold them.

Each table is replaced as a whole, each store is changed by one transaction. Those that name the person come last, so
that a run after a kill can learn again which rows of the others are theirs.
"""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stance.exceptions import InputError, StanceError
from stance.forgetting.person import AUTHORS, Person
from stance.forgetting.tables import (
    FORMATS,
    Changed,
    clean_store,
    clean_table,
    ending_of,
    open_unpacked,
    read_rows,
    read_store,
)
from stance.limits import MEGABYTE
from stance.reading.inputs import ARCHIVE_ENDINGS, refuse_binary
from stance.reading.text import decode, head
from stance.scoring.plugins.chat import forget_answers, is_cache
from stance.store import is_store

LARGEST_TEXT = 50 * MEGABYTE
"""Bytes of a page or another text that is searched, unpacked."""

WITHOUT_TEXT = (".lock", ".npy", ".onnx", ".key", "-wal", "-shm", "-journal")
"""Endings of our own files that hold no text, and of files that SQLite reads with a store."""

OWN_PAGE = '<meta name="generator" content="stance">'
OWN_RECORDS = ("summary.json", "comparison.json", "evaluation.json")

_ESCAPE = re.compile(r"""((?:\\u[0-9a-fA-F]{4}){1,2000})|\\[nrt"'/\\]""")
_BREAK = re.compile(r"<!\[CDATA\[|\]\]>|</?(?:p|br|div|li|tr|td|dd|dt|q|blockquote|h[1-6])\b[^<>]{0,2000}>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")


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
        reason = f"rows of others hold their name or words, which are not edited; authors are read from {columns}"
        self.leave(path, changed.mentions, reason)

    def leave(self, path: Path, hits: int, reason: str) -> None:
        """List a file that holds the person."""
        if hits:
            self.hits[str(path)] = hits
            self.left[str(path)] = f"{hits:,} {reason}"

    @contextmanager
    def listing_errors(self, path: Path, kind: str = "") -> Iterator[None]:
        """List a file that cannot be read or written; the run goes on with the others."""
        try:
            yield
        except StanceError as error:
            self.left[str(path)] = kind + str(error).removeprefix(f"{path}: ")


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
    :raises InputError: If a path is not there.
    :raises ConfigError: If a file cannot be written.
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
                if sum(map(person.learn, read_store(path) if is_store(path) else read_rows(path))):
                    naming.add(path)
    models = {path.parent for path in (*kinds["model"], *(registry.rglob("train_rows.npy") if registry else ()))}
    _search_models(person, models, result)
    for path in {path.resolve() for path in (*kinds["cache"], *([cache] if cache else ())) if path.is_file()}:
        with result.listing_errors(path):
            _clean_cache(person, path, result, dry=dry)
    for path in sorted(tables, key=naming.__contains__):
        if str(path) not in result.left:
            with result.listing_errors(path):
                clean = clean_store if is_store(path) else clean_table
                result.add(path, clean(person, path, dry=dry))
    for path in kinds["text"]:
        with result.listing_errors(path):
            _search_text(person, path, result)
    return result


# Files ----------------------------------------------------------------------------------------------------------------


def _files(paths: Iterable[Path | str], result: Forgotten) -> Iterator[Path]:
    """Yield the plain files of folders; links are not followed, since they may lead elsewhere."""
    for given in map(Path, paths):
        if not given.exists():
            raise InputError(f"{given}: not there; expected a folder, or a file")
        for path in sorted(given.rglob("*")) if given.is_dir() else [given]:
            if ".git" in (inside := path.relative_to(given).parts):
                history = given.joinpath(*inside[: inside.index(".git") + 1])
                result.left[str(history)] = "a history of versions, which may hold every former file"
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
    if is_store(path):
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
    text = decode(content).text
    hits = max(map(person.count_hits, _readings(text)))
    is_own = path.name in OWN_RECORDS or OWN_PAGE in text[:4000]
    todo = "write the report again" if is_own else "a page that was saved is not edited: delete or edit it"
    result.leave(path, hits, f"places hold their name or words; {todo}")


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
