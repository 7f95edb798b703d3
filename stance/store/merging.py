"""Merge stores into one; equal contents are kept once.

Values pass through the checks of every reader, so that damaged parts are named and left out.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from stance.datamodels import Document, Skip, grouped
from stance.exceptions import ConfigError, DamageError, StoreError
from stance.pseudonyms import fingerprint
from stance.resources import sync, temporary_folder
from stance.store.documents import NAMES_KEPT, Report, RunWriter, Settings, Store, StoredInput, StoredRun
from stance.store.file import LABEL_UNITS, Row, Rows, is_store
from stance.store.forgetting import remove_forgotten
from stance.store.labels import LabelStore


class Project(Store, LabelStore):
    """All of a store."""


def merge(paths: Sequence[Path], output: Path, key: bytes | None, report: Report) -> int:
    """Write the contents of some stores to a new one, which is there once it is whole.

    :param key: Of the pseudonyms, by which those are known who were forgotten in one of the stores.
    :param report: Is called with each damaged part, which is left out.
    :return: The number of comments of such authors, which are left out.
    :raises StoreError: If one is no store, or another file is there.
    :raises ConfigError: If authors were forgotten, and the key is not theirs.
    """
    if output.exists() and (output.resolve() in {path.resolve() for path in paths} or not is_store(output)):
        raise StoreError(f"{output}: exists already; expected a new file")
    output.parent.mkdir(parents=True, exist_ok=True)
    with temporary_folder(output.parent, ".merge-") as folder:
        draft = folder / output.name
        with Project.write(draft, settings={}) as store:
            count = _add_stores(store, paths, key, report)
            if count:
                store.purge()
        with Project.read(draft) as store:
            for problem in store.problems():
                raise StoreError(f"{output}: not written, since it would be damaged ({problem}); expected a sound disk")
            if output.exists():
                with Project.read(output) as other:
                    if list(other.rows("SELECT * FROM checksums")) != list(store.rows("SELECT * FROM checksums")):
                        raise StoreError(f"{output}: exists already and holds other data; expected a new file")
                return count
        sync([draft])
        os.link(draft, output)
        sync([output.parent])
    return count


def _add_stores(store: Project, paths: Sequence[Path], key: bytes | None, report: Report) -> int:
    """Add stores, then remove all who were forgotten in any of them; return the number of their comments."""
    with store.transaction(), ExitStack() as opened:
        others = [opened.enter_context(Project.read(path)) for path in paths]
        for other in others:
            try:
                store.insert("forgotten", other.unit("forgotten")[0])
            except DamageError as error:
                raise DamageError(f"{other.path}: {error}") from None
        store.seal("forgotten")
        store.forgotten(key)
        for other in others:
            for seen in other.broken:
                report(Skip(str(other.path), seen))
            for run in other.runs(report):
                if store.has_forgotten():
                    _check_key(other.path, run, key)
                add_run(store, str(other.path), contents_of(other, run, report))
            add_labels(store, other, report)
        return remove_forgotten(store, key)


def _check_key(path: Path, run: StoredRun, key: bytes | None) -> None:
    """Refuse pseudonyms made with another key than that of forgotten authors: these could not be found among them.

    :raises ConfigError: If the run has such pseudonyms.
    """
    if run.settings.get("names", NAMES_KEPT) not in (NAMES_KEPT, f"key {fingerprint(key or b'')}"):
        seen = f"{path}: pseudonyms of run {run.number} were made with another key than that of forgotten authors"
        raise ConfigError(f"{seen}, who would not be found; score its pages again with --key-file")


# Runs -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a run of a store."""

    run: tuple[str, str, str, Settings]  # digest, digest of the reading, model, settings
    inputs: Mapping[str, StoredInput]
    documents: Iterable[tuple[Sequence[str], str, Document]]  # with the paths of their inputs and their digests
    remarks: Sequence[Skip]


def contents_of(other: Project, run: StoredRun, report: Report) -> Contents:
    """Read the contents of a run of a store."""
    inputs = other.inputs(run, report)
    paths = grouped((number, path) for path, each in inputs.items() for number in each.documents)
    # Where the input is damaged, a document is of its source, which is read again.
    documents = (
        (paths.get(each.number) or [each.document.source], each.content, each.document)
        for each in other.stored(run, report)
    )
    return Contents((run.digest, run.reading, run.model, run.settings), inputs, documents, other.remarks(run))


def add_run(store: Store, source: str, contents: Contents) -> None:
    """Add a run; an input that is there with another content keeps it, and the new one is named after its source."""
    run = store.add_run(*contents.run)
    writer = RunWriter(store, run)
    known, begun = store.inputs(run), {}
    for path, each in contents.inputs.items():
        is_other = path in known and each.sha256 and known[path].sha256 != each.sha256
        name = f"{source}:{path}" if is_other else path
        begun[path] = known.get(name) or store.begin_input(run, name, each.sha256)
    for paths, content, document in contents.documents:
        for path in paths:
            if path not in begun:
                begun[path] = known.get(path) or store.begin_input(run, path, "")
            if path == paths[0]:
                number = writer.add(begun[path], document, content)
            else:
                store.add_occurrence(number, begun[path].number)
    for path, each in begun.items():
        if not each.is_finished:
            given = contents.inputs.get(path)
            is_finished = given is None or given.is_finished
            store.end_input(run, replace(each, is_finished=is_finished), given.skips if given else ())
    store.note_remarks(run, dict.fromkeys([*store.remarks(run), *contents.remarks]))


# Labels ---------------------------------------------------------------------------------------------------------------


def add_labels(
    store: Project, other: Project, report: Report, change: Callable[[str, Row], Row] = lambda _, row: row
) -> None:
    """Add samples, items, annotators and their events; equal ones are kept once.

    :param change: From ``items`` or ``events`` and a row to the row that is added.
    """
    left_out = other.damaged_labels(report)

    def sound(unit: str) -> Iterator[tuple[int, Rows]]:
        return ((n, other.unit(unit, n)) for n, _ in other.numbers(unit) if (unit, n) not in left_out)

    if ("settings", 0) not in left_out:
        store.insert("settings", other.unit("settings")[0])
    samples: dict[int | None, int] = {}
    for number, (((_, *values),), _) in sound("samples"):
        query = "SELECT sample FROM samples WHERE (role, seed, settings) = (?, ?, ?)"
        samples[number] = store.value(query, *values) or store.insert("samples", [(None, *values)])
    items: dict[int, int] = {}
    for number, (_, pairs) in sound("items"):
        items[number] = store.put_item(change("items", other.item_row(number)), other.path)
        store.insert("pairs", [(items[number], *values, samples.get(sample)) for _, *values, sample in pairs])
    for _, (((_, *values),), assignments) in sound("annotators"):
        store.insert("annotators", [(None, *values)])
        store.insert("assignments", [(*values, items[item]) for *values, item in assignments if item in items])
    known: dict[object, list[int]] = {}
    for number, _ in store.numbers("events"):
        ((_, *event),), answers = store.unit("events", number)
        known.setdefault((*event, *(each[1:] for each in answers)), []).append(number)
    numbers: dict[int | None, int] = {}
    for number, (((_, at, annotator, item, kind, undoes, *rest),), answers) in sound("events"):
        found = change("events", (at, annotator, items.get(item), kind, numbers.get(undoes), *rest))
        if same := known.get((*found, *(each[1:] for each in answers))):
            numbers[number] = same.pop(0)
        elif item in items:
            store.insert("annotators", [(None, annotator, at, 0)])  # whose own row may be damaged
            numbers[number] = store.insert("events", [(None, *found)])
            store.insert("answers", [(numbers[number], *each[1:]) for each in answers])
    store.seal_all(*LABEL_UNITS)
