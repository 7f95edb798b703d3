"""Search the files of folders for a person: change tables and stores, and list the others.

Tables are read first, as the docstring of this package says. Those that name the person are changed last, so that a run
after a kill can learn again which rows of the others are theirs.
"""

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote_plus

from stance.datamodels import Record, counted
from stance.exceptions import InputError
from stance.limits import MEGABYTE, current_limits
from stance.reading import input_names, kinds
from stance.reading.encodings import decode
from stance.reading.input_names import ending_of
from stance.reading.markup import read_markup
from stance.reading.mhtml import texts_of_parts
from stance.reading.packed import head, unpack
from stance.records.digests import pair_digest
from stance.resources.databases import is_database
from stance.store.documents import Store
from stance.store.forgetting.persons import Person
from stance.store.forgetting.results import Forgotten
from stance.store.forgetting.stores import clean_store, rows_to_search
from stance.store.forgetting.tables import clean_table, is_own_table, read_table


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
    tables = [*kinds["table"], *kinds["store"]]

    def rows() -> Iterator[tuple[str, Record]]:
        for path in watch(tables):
            with result.listing_errors(path):
                yield from ((str(path), row) for row in _rows_in(path, key))

    person.study(rows)
    _search_models(person, {path.parent for path in kinds["model"]}, result)
    for path in sorted(tables, key=lambda path: str(path) in person.inputs):
        if str(path) not in result.left:
            is_naming = str(path) in person.inputs
            with result.listing_errors(path, "still contains the person; try again: " * is_naming):
                (clean_store if path in kinds["store"] else clean_table)(person, path, result)
            if key is None and path in kinds["store"] and str(path) in result.tables:
                result.left[str(path)] = "without the key, reading their pages again adds the comments again"
    result.hits |= person.inputs & result.left.keys()
    for name, comments in person.undecided.items():
        reason = f"{counted(len(comments), 'comment')} may be theirs; decide and delete by hand: "
        result.leave(Path(name), reason + ", ".join(sorted(comments)))
    for kind, path in [(kind, path) for kind, paths in kinds.items() for path in paths]:
        _search_text(person, path, kind == "text", result)
    return result


def _search_text(person: Person, path: Path, is_text: bool, result: Forgotten) -> None:
    """List a file or folder that holds the person in its name or, where it is a text, in its content."""
    if person.is_named_in(unquote_plus(path.name)):
        result.leave(path, "its name holds their name: rename it")
    with result.listing_errors(path, "not searched: "):
        if is_text and any(map(person.is_named_in, _readings(_text_of(path)))):
            result.leave(path, "holds their name or words: write it again, edit or delete it")


def _files(paths: Iterable[Path | str], result: Forgotten) -> Iterator[Path]:
    """Yield the plain files and folders in folders; links are not followed, since they may lead elsewhere."""
    for top in map(Path, paths):
        if not top.exists():
            result.left[str(top)] = "does not exist; expected a folder or a file"
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if path.name == ".git":
                result.left[str(path)] = "a history of versions, which may hold every former file"
            elif ".git" in path.relative_to(top).parts:
                continue
            elif top.is_dir() and (path.is_symlink() or not (path.is_file() or path.is_dir())):
                result.left[str(path)] = "not a regular file, so it was not read"
            elif path.exists():
                yield path


def _kind_of(path: Path) -> str:
    """Return how a file is searched; ``other``: it holds no text."""
    if path.name == "model.safetensors":
        return "model"
    if path.is_dir() or path.name.endswith(
        (".lock", ".npy", ".onnx", ".safetensors", ".key", "-wal", "-shm", "-journal")
    ):
        return "other"
    return "store" if is_database(path) else "table" if is_own_table(path) else "text"


def _text_of(path: Path) -> str:
    """Return the text of a file, unpacked.

    :raises InputError: If it is no text, or too large.
    """
    # Maximum bytes of a text that is searched, unpacked.
    largest = 50 * MEGABYTE
    with path.open("rb") as stream, unpack(stream, current_limits()) as file:
        start = head(file)
        if start.startswith(kinds.PARQUET_MAGIC):
            raise InputError("a Parquet file, which may hold their comments: write it again")
        if input_names.KINDS.get(ending_of(path)) == "archive":
            raise InputError("a web archive, which may hold pages with their comments")
        if start:
            kinds.refuse_binary(start)
        content = file.read(largest + 1)
    if len(content) > largest:
        raise InputError(f"larger than {largest // MEGABYTE} MB")
    text = decode(content).text
    return f"{text}\n{texts_of_parts(content)}" if kinds.is_mail(text) else text


def _readings(text: str) -> Iterator[str]:
    """Yield a text as it is and as it is shown, each with and without the escapes of JSON and of addresses."""
    escapes = r"""((?:\\u[0-9a-fA-F]{4}){1,2000})|\\[nrt"'/\\]"""
    for version in {text, re.sub(escapes, _unescaped, text), unquote_plus(text, errors="replace")}:
        yield html.unescape(version)
        yield read_markup(re.sub(r"<!\[CDATA\[|\]\]>|[\n\r\v\f\x85]", " ", version)).text


def _unescaped(match: re.Match[str]) -> str:
    if not match[1]:
        return " " if match[0][1] in "nrt" else match[0][1]
    return bytes.fromhex(match[1].replace("\\u", "")).decode("utf-16-be", "replace")


def _search_models(person: Person, folders: set[Path], result: Forgotten) -> None:
    """List models that were trained on comments of the person, by the digests that they keep."""
    from stance.scoring.persistence import train_rows

    digests = {pair_digest(text, target) for text in person.texts.values() for target in person.targets}
    for folder in folders:
        if folder.parent not in folders:  # that of other languages is counted with the model that it is part of
            with result.listing_errors(folder):
                if trained := len(digests.intersection(train_rows(folder).tolist())):
                    result.leave(folder, f"{trained:,} of their labelled comments trained this model: train it again")


def _rows_in(path: Path, key: bytes | None) -> Iterator[Record]:
    """Read the rows of a table, or the comments and the items to label of a store of this key."""
    if is_database(path):
        with Store.read(path) as store:
            if key is not None:
                store.check_key(key)
            yield from ({"target": target} for (target,) in store.rows("SELECT DISTINCT target FROM pairs"))
            yield from (row for *_, row in rows_to_search(store))
        return
    yield from (row for row, _ in read_table(path))
