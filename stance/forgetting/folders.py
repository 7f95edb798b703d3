"""Folders searched for a person: what each file is, what becomes of it, and what must be done by hand.

Everything is written beside its place first and put in place at the end, so an interrupted run leaves all as it was;
files of labels, which an annotator may have open, are changed by one transaction each after that.
"""

import html
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import escape

from stance.corpus import is_corpus, locking
from stance.corpus.manifest import TABLES, read_manifest
from stance.corpus.writer import replace_tables
from stance.exceptions import ConfigError, InputError, StanceError
from stance.files import new_file, remove, sweep, sync
from stance.forgetting.person import AUTHORS, Person, Row
from stance.forgetting.tables import (
    Changed,
    clean_store,
    ending,
    first_bytes,
    is_store,
    read_rows,
    read_text,
    store_rows,
    table_kind,
    write_without,
)
from stance.limits import MEGABYTE
from stance.reading.inputs import ARCHIVE_ENDINGS
from stance.scoring.plugins.chat import forget_answers, is_cache

MOST_FILES = 1_000_000
LARGEST_TEXT = 50 * MEGABYTE
"""Bytes of a page or another text that is searched; a larger one is named."""

OWN_PAGE = '<meta name="generator" content="stance">'
OWN_RECORDS = ("summary.json", "comparison.json", "evaluation.json")
PUBLIC_MARKS = ("<title>Public version: ", '"public": {')
"""Stand at the head of what was written with ``--public``, which holds no whole comment to be known by."""

PAGE_ENDINGS = (
    *(".html", ".htm", ".xhtml", ".shtml", ".svg", ".xml", ".rss", ".atom", ".wxr"),
    *(".txt", ".text", ".md", ".log", ".json", ".toml", ".css", ".js", ".py"),
)
PASSED = (".lock", ".npy", ".onnx", ".key")
"""Of our own files without a text."""

LOG_ENDINGS = ("-wal", "-shm", "-journal")
"""Of what SQLite keeps beside a file, and reads with it."""

ENDING = ".forgetting"
"""Of drafts, which only this knows: they all wait until the last is written, while other files are."""

DRAFT = rf".+\{ENDING}"

NOTICE = (
    "<!doctype html>\n"
    '<html lang="en"><head><meta charset="utf-8">'
    '<meta name="generator" content="stance"><title>Removed</title></head>\n'
    "<body><p>This page showed comments that were removed. Write the report again.</p></body></html>\n"
)
"""Takes the place of a page that showed the person's words, so that links to it lead somewhere."""


_ESCAPE = re.compile(r"""((?:\\u[0-9a-fA-F]{4}){1,2000})|\\[nrt"'/\\]""")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_BREAK = re.compile(r"</?(?:p|br|div|li|tr|td|dd|dt|q|blockquote|h[1-6])\b[^<>]{0,2000}>", re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")


@dataclass(slots=True)
class Forgotten:
    """What was done to each file, and what is left to do by hand."""

    tables: dict[str, Changed] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)  # pages and records of reports, to be made again
    left: dict[str, str] = field(default_factory=dict)  # file -> why it may hold them still
    files: int = 0  # that were looked into
    is_found: bool = False  # whether anything of the person was met

    @property
    def comments(self) -> int:
        """How many rows and comments were dropped, in all tables together."""
        return sum(changed.dropped for changed in self.tables.values())

    def note(self, path: Path, changed: Changed) -> None:
        """Note what became of a table; that others name the person is for a human to decide."""
        if changed.is_change:
            self.tables[str(path)] = changed
        if changed.mentions:
            many = (
                f"{changed.mentions:,} comments of others name" if changed.mentions > 1 else "a comment of others names"
            )
            self.left[str(path)] = f"{many} them, and others' own words are not edited"
        if changed.strangers:
            rows = f"{changed.strangers:,} rows hold" if changed.strangers > 1 else "a row holds"
            self.left[str(path)] = (
                f"{rows} their name or words in a column that is none of {', '.join(AUTHORS[:4])}, text"
            )
        self.is_found |= changed.is_change or changed.mentions > 0 or changed.strangers > 0


@dataclass(frozen=True, slots=True)
class _Found:
    """The files of some folders, by what is done with them."""

    tables: tuple[tuple[Path, str], ...]
    stores: tuple[Path, ...]
    caches: tuple[Path, ...]
    pages: tuple[Path, ...]
    models: tuple[Path, ...]
    left: dict[str, str]


def forget(
    author: str,
    folders: Path | str | Iterable[Path | str],
    *,
    key: bytes | None,
    outlet: str | None = None,
    dry: bool = False,
    registry: Path | None = None,
    cache: Path | None = None,
    watch: Callable[[Iterable[Path]], Iterable[Path]] = iter,
) -> Forgotten:
    """Remove a person's comments from folders.

    :param author: A name as on a page, or a pseudonym.
    :param folders: Folders, or single files.
    :param key: Of the pseudonyms; without it a name is not found under its pseudonyms, nor the other way round.
    :param outlet: Forget them there only; else a name in each outlet that the tables name.
    :param dry: Change nothing, and say what would be.
    :param registry: A folder of models that may have been trained on the person's comments.
    :param cache: A cache of a model's answers outside the folders.
    :param watch: Passes files on, as a progress display does.
    :raises InputError: If a folder is not there.
    :raises ConfigError: If a file cannot be written; nothing is changed then.
    """
    given = [folders] if isinstance(folders, Path | str) else folders
    found = _search(map(Path, given), dry)
    person, result = Person(author, key, outlet), Forgotten(left=found.left)
    tables = [*(path for path, _ in found.tables), *found.stores]
    for path in tables if key is not None else ():
        _told(result, path, lambda path=path: _each_row(path, person.meet, dry))  # type: ignore[misc]
    for path in watch(tables):
        _told(result, path, lambda path=path: _each_row(path, person.learn, dry))  # type: ignore[misc]
    result.files = len(found.tables) + len(found.stores) + len(found.pages)
    caches = [*found.caches, *([cache] if cache is not None and cache.is_file() else [])]
    models = [*found.models, *_models_in(registry)]
    with ExitStack() as drafts:
        corpora = {} if dry else _corpora(found, drafts)
        moves = list(_drafts(person, found, result, None if dry else drafts))
        _check_models(person, models, result)
        stores = [path for path in found.stores if str(path) not in result.left]
        # Before the tables, from which a run that is broken off learns again whose answers they are.
        for path in {each.resolve(): each for each in caches}.values():
            _told(result, path, lambda path=path: _clean_cache(person, path, result, dry))  # type: ignore[misc]
        if not dry:
            try:
                _put_in_place(moves, corpora)
            except OSError as error:
                seen = f"{error.filename or 'a file'}: cannot be written ({error.strerror})"
                raise ConfigError(f"{seen}; expected a writable place: some are changed; run it again") from None
        for path in stores:
            _told(result, path, lambda path=path: _clean_store(person, path, result, dry))  # type: ignore[misc]
    return result


def _told(result: Forgotten, path: Path, step: Callable[[], None]) -> None:
    """Do a step; a file that cannot be read is named, and the others go on."""
    try:
        step()
    except StanceError as error:
        result.left[str(path)] = str(error).removeprefix(f"{path}: ")


# Searching ------------------------------------------------------------------------------------------------------------


def _search(folders: Iterable[Path], dry: bool) -> _Found:
    tables, pages, models = [], [], []
    stores: list[Path] = []
    caches: list[Path] = []
    left: dict[str, str] = {}
    for path in _files(folders, left, dry):
        kind = table_kind(path)
        if path.name == "train_rows.npy":
            models.append(path.parent)
        elif path.suffix.lower() in PASSED or _is_log(path):
            continue
        elif is_store(path):
            (caches if is_cache(path) else stores).append(path)
        elif kind is not None and not _is_object(path, kind):
            tables.append((path, kind))
        elif ending(path) in PAGE_ENDINGS:
            pages.append(path)
        else:
            left[str(path)] = f"not looked into: {_what_it_is(path)}"
    return _Found(tuple(tables), tuple(stores), tuple(caches), tuple(pages), tuple(models), left)


def _is_log(path: Path) -> bool:
    files = (path.with_name(path.name.removesuffix(end)) for end in LOG_ENDINGS if path.name.endswith(end))
    return any(file.is_file() and is_store(file) for file in files)


def _what_it_is(path: Path) -> str:
    if ending(path) in ARCHIVE_ENDINGS:
        return "a web archive, which may hold pages with their comments"
    return "no table, page or file of labels"


def _files(folders: Iterable[Path], left: dict[str, str], dry: bool) -> Iterator[Path]:
    """Walk folders without following links, which may lead out of them."""
    count = 0
    for given in folders:
        if not given.exists():
            raise InputError(f"{given}: not there; expected a folder, or a file")
        if given.is_file():
            yield given
            continue
        for folder, inside, names in os.walk(given):
            if ".git" in inside:
                left[str(Path(folder) / ".git")] = "a history of versions, which may hold every former file"
                inside.remove(".git")
            inside.sort()
            if dry:
                names = [name for name in names if not re.fullmatch(DRAFT, name)]
            else:
                sweep(Path(folder), DRAFT)
                names = [name for name in names if os.path.lexists(Path(folder) / name)]
            for link in (Path(folder) / name for name in inside if (Path(folder) / name).is_symlink()):
                left[str(link)] = "a link, so not followed"
            for path in (Path(folder) / name for name in sorted(names)):
                count += 1
                if count > MOST_FILES:
                    raise InputError(f"{given}: more than {MOST_FILES:,} files; expected a folder of a project")
                if path.is_symlink() or not path.is_file():
                    left[str(path)] = "not a plain file, so not followed"
                else:
                    yield path


def _is_object(path: Path, kind: str) -> bool:
    """Tell a record in one JSON object, as a report's summary, from a table."""
    if kind != "json":
        return False
    start = first_bytes(path)
    return start is not None and not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")


def _models_in(registry: Path | None) -> list[Path]:
    if registry is None or not registry.is_dir():
        return []
    return sorted(path.parent for path in registry.rglob("train_rows.npy"))


# Changing -------------------------------------------------------------------------------------------------------------


def _each_row(path: Path, learn: Callable[[Row], object], dry: bool) -> None:
    """Gather what a table tells of the person; readings of all settle what one file knows and another does not."""
    kind = None if is_store(path) else table_kind(path)
    for row in store_rows(path, dry=dry) if kind is None else read_rows(path, kind):
        learn(row)


def _drafts(
    person: Person, found: _Found, result: Forgotten, drafts: ExitStack | None
) -> Iterator[tuple[Path | None, Path]]:
    """Write drafts of what changes; pairs of draft and place, None where the file goes.

    :param drafts: Lets go of them at its end. None: only what would change is noted.
    """
    for path, kind in found.tables:
        if str(path) in result.left:
            continue
        draft = _draft_of(path, drafts)
        try:
            changed = write_without(person, path, kind, draft)
        except OSError as error:
            raise ConfigError(f"{path}: {error.strerror}; expected room to write it again") from None
        result.note(path, changed)
        if draft is not None and changed.is_change:
            yield draft, path
        elif draft is not None:
            remove(draft)
    for path in found.pages:
        yield from _page(person, path, result, drafts)


def _draft_of(path: Path, drafts: ExitStack | None) -> Path | None:
    """Make a draft, which is not locked: there may be more of them than a process may have open files."""
    if drafts is None:
        return None
    try:
        draft = new_file(path, ENDING)
        drafts.callback(remove, draft)
        draft.chmod(path.stat().st_mode & 0o777)
    except OSError as error:
        raise ConfigError(f"{path.parent}: {error.strerror}; expected a folder that can be written") from None
    return draft


def _page(
    person: Person, path: Path, result: Forgotten, drafts: ExitStack | None
) -> Iterator[tuple[Path | None, Path]]:
    """Blank a page of ours that shows the person; name one that the user saved, and whatever else holds them."""
    try:
        text = read_text(path, LARGEST_TEXT)
    except InputError as error:
        result.left[str(path)] = str(error)
        return
    is_packed = ending(path) != path.suffix.lower()  # not by us
    is_own = not is_packed and (OWN_PAGE in text[:4000] or path.name in OWN_RECORDS)
    plain = _readings(text)
    # Words of ours may be somebody's name, so in what is ours a name counts where one stands as a value.
    named = any(mark in text for mark in _values(person.names)) if is_own else person.is_named_in(plain)
    is_public = is_own and any(mark in text[:4000] for mark in PUBLIC_MARKS)
    is_cut = is_public and any(map(person.is_cut_from, _cuts(text)))
    if not (named or is_cut or person.is_quoted_in(plain)):
        return
    result.is_found = True
    if is_own and path.name not in OWN_RECORDS:
        if (draft := _draft_of(path, drafts)) is not None:
            draft.write_text(NOTICE, encoding="utf-8")
        result.removed.append(str(path))
        yield draft, path
    elif is_own:
        result.removed.append(str(path))
        yield None, path
    else:
        result.left[str(path)] = "holds their name or words; a page that was saved is not edited: delete or edit it"


def _readings(text: str) -> str:
    """Give what a page holds, as it stands and, roughly, as its reader sees it: one after the other, to be searched.

    As it stands it has what tags say of themselves; as it is seen, what stands across tags. Both are given once more
    with the escapes of JSON read, which scripts are full of.
    """
    found = []
    for each in {text, _ESCAPE.sub(_escaped, text)}:
        seen = _TAG.sub("", _BREAK.sub(" ", _CDATA.sub(" ", each)))
        found += [html.unescape(each), html.unescape(seen)]
    return "\n".join(found)


def _escaped(found: re.Match[str]) -> str:
    if not found[1]:
        return " " if found[0][1] in "nrt" else found[0][1]
    units = bytes.fromhex(found[1].replace("\\u", ""))  # one character, or the two halves of one
    return units.decode("utf-16-be", "replace")


def _cuts(text: str) -> Iterator[str]:
    """Give the quotes of a public report of ours, on a page or in a record: what bears the mark of a cut."""
    for part in re.split('[<>"]', text.replace(r"\"", "&quot;")):
        if "…" in part:
            yield html.unescape(part)


def _values(names: Iterable[str]) -> Iterator[str]:
    """Give names as pages and records of ours hold them."""
    for name in names:
        yield f"<bdi>{escape(name)}</bdi>"
        yield json.dumps(name, ensure_ascii=False)


def _corpora(found: _Found, opened: ExitStack) -> dict[Path, list[Path]]:
    """Find the parts of corpus folders among the tables, and keep others out of these folders."""
    corpora: dict[Path, list[Path]] = {}
    for path, _ in found.tables:
        folder = path.parent.parent
        if folder in corpora or is_corpus(folder):
            corpora.setdefault(folder, []).append(path)
    for folder in corpora:
        opened.enter_context(locking.writing(folder))
    named = {folder: _parts_of(folder) for folder in corpora}  # other files are of a run that was broken off
    return {folder: [path for path in paths if path in named[folder]] for folder, paths in corpora.items()}


def _parts_of(folder: Path) -> set[Path]:
    try:
        parts = read_manifest(folder).parts
    except InputError:  # damaged, so it names none: what stands there are tables as others
        return set()
    return {part.path(folder, table) for part in parts for table in TABLES}


def _put_in_place(moves: Sequence[tuple[Path | None, Path]], corpora: dict[Path, list[Path]]) -> None:
    """Put drafts in their places, tables last: a run that is broken off is begun again, and learns from them."""
    tables = {part for parts in corpora.values() for part in parts}
    sync([draft for draft, _ in moves if draft is not None])
    for draft, path in reversed(moves):
        if draft is None:
            path.unlink()
        elif path not in tables:
            draft.replace(path)
    sync({path.parent for _, path in moves})
    for folder in corpora:
        changed = {path: draft for draft, path in moves if draft is not None and path in tables}
        if own := {path: draft for path, draft in changed.items() if path.parent.parent == folder}:
            replace_tables(folder, own)


def _clean_store(person: Person, path: Path, result: Forgotten, dry: bool) -> None:
    result.note(path, clean_store(person, path, dry=dry))


def _clean_cache(person: Person, path: Path, result: Forgotten, dry: bool) -> None:
    """Take what a model answered about the person out of a cache, which knows comments by their digests."""
    dropped, unknown = forget_answers(path, person.asked, dry=dry)
    result.note(path, Changed(dropped, 0))
    if not person.asked and result.is_found:
        result.left[str(path)] = "answers of a model, found by a comment's text, and no table here holds theirs"
    elif unknown and person.asked:
        result.left[str(path)] = (
            f"answers kept by an earlier version ({unknown:,}) may be about them: delete it to be sure"
        )


def _check_models(person: Person, models: Iterable[Path], result: Forgotten) -> None:
    """Name models that were trained on comments of the person, by the digests that they keep."""
    from stance.scoring.persistence import train_rows

    digests, folders = person.digests(), dict.fromkeys(models)
    for folder in folders:
        if folder.parent in folders:  # what a model started from is counted with it
            continue
        try:
            trained = len(digests.intersection(train_rows(folder).tolist()))
        except StanceError as error:
            result.left[str(folder)] = f"cannot be checked: {error}"
            continue
        if trained:
            result.is_found = True
            result.left[str(folder)] = f"a model trained on {trained:,} of their labelled comments: train it again"
