"""Merge stores into a new one.

Equal contents are kept once. Values pass through the checks of every reader, so that damaged parts are named and left
out.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from stance.datamodels import Document, Skip, grouped
from stance.exceptions import ConfigError, DamageError, StoreError
from stance.log import Log
from stance.pseudonyms import fingerprint
from stance.reading.repeats import Heard
from stance.resources.folders import temporary_folder
from stance.resources.locks import sync
from stance.store.documents import NAMES_KEPT, Report, Store, StoredInput, StoredRun
from stance.store.file import is_store
from stance.store.forgetting.stores import remove_forgotten
from stance.store.labels import LabelStore
from stance.store.run_writer import RunWriter
from stance.store.units import LABEL_UNITS
from stance.store.units import Rows as UnitRows


class Project(Store, LabelStore):
    """All of a store."""


def merge(paths: Sequence[Path], output: Path, key: bytes | None, log: Log) -> int:
    """Write the contents of some stores to a new one, which is there once it is whole.

    :param key: Of the pseudonyms, by which those are known who were forgotten in one of the stores.
    :param log: Logs damaged parts, which are left out, and saves of one page, of which the newest counts.
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
            count = _add_stores(store, paths, key, log)
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


def _add_stores(store: Project, paths: Sequence[Path], key: bytes | None, log: Log) -> int:
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
            for problem in other.broken:
                log.skip(Skip(str(other.path), problem))
            for run in other.runs(log.skip):
                names = run.settings.get("names", NAMES_KEPT)
                if store.has_forgotten() and names not in (NAMES_KEPT, f"key {fingerprint(key or b'')}"):
                    problem = f"{other.path}: pseudonyms of run {run.number} were made with another key than those of"
                    remedy = "score the pages again with --key-file"
                    raise ConfigError(f"{problem} forgotten authors, who would not be found; {remedy}")
                add_run(store, other, run, log.skip).log(log)
            add_labels(store, other, log.skip)
        return remove_forgotten(store, key)


Change = Callable[[Document, str], Document]


def add_run(store: Store, other: Project, run: StoredRun, report: Report, change: Change | None = None) -> Heard:
    """Add a run of another store; return the counts of joined and left out parts.

    :param report: Is called with each damaged part, which is left out.
    :param change: From a document and its input to the document that is added. Then inputs are numbered, without their
        folders, and remarks are left out.
    """
    inputs = other.inputs(run, report)
    paths = grouped((number, path) for path, stored_input in inputs.items() for number in stored_input.documents)
    names = {path: f"{number:06} {Path(path).name}" if change else path for number, path in enumerate(inputs)}
    new = store.add_run(run.digest, run.reading, run.model, run.settings)
    writer, earlier, begun = RunWriter(store, new), store.inputs(new), dict[str, StoredInput]()

    def begin(path: str) -> StoredInput:
        """Add an input; one that is there with another content keeps it, and the new one is named after its store."""
        sha256 = inputs[path].sha256 if path in inputs else ""
        name = names.setdefault(path, Path(path).name if change else path)
        if name in earlier and sha256 and earlier[name].sha256 != sha256:
            name = f"{other.path}:{name}"
        return begun.get(path) or begun.setdefault(path, earlier.get(name) or store.begin_input(new, name, sha256))

    for path in inputs:
        begin(path)
    for stored in other.stored(run, report):
        # Where the input is damaged, a document is of its source, which is read again.
        first, *more = paths.get(stored.number) or [stored.document.source]
        stored_input, document = begin(first), stored.document
        number = writer.add(stored_input, change(document, names[first]) if change else document, stored.content)
        if number is not None:
            for path in more:
                store.add_occurrence(new, number, begun[path].number)
    for path, stored_input in begun.items():
        if not stored_input.is_finished:
            is_finished, skips = (inputs[path].is_finished, inputs[path].skips) if path in inputs else (True, ())
            skips = tuple(Skip(names[path], skip.reason) for skip in skips) if change else skips
            store.end_input(new, replace(stored_input, is_finished=is_finished), skips)
    if not change:
        store.note_remarks(new, dict.fromkeys([*store.remarks(new), *other.remarks(run)]))
    return writer.heard


def add_labels(store: Project, other: Project, report: Report) -> None:
    """Add samples, items, annotators and their events; equal ones are kept once."""
    left_out = other.damaged_labels(report)

    def sound(unit: str) -> Iterator[tuple[int, UnitRows]]:
        return ((n, other.unit(unit, n)) for n, _ in other.numbers(unit) if (unit, n) not in left_out)

    if ("settings", 0) not in left_out:
        store.insert("settings", other.unit("settings")[0])
    samples = {}
    for number, (((_, *values),),) in sound("samples"):
        query = "SELECT sample FROM samples WHERE (role, seed, settings) = (?, ?, ?)"
        samples[number] = store.value(query, *values) or store.insert("samples", [(None, *values)])
    items = {}
    for number, (_, pairs) in sound("items"):
        items[number] = store.put_item(other.item_row(number), other.path)
        store.insert("pairs", [(items[number], *values, samples.get(sample)) for _, *values, sample in pairs])
    for _, (((_, *values),), assignments) in sound("annotators"):
        store.insert("annotators", [(None, *values)])
        store.insert("assignments", [(*values, items[item]) for *values, item in assignments if item in items])
    earlier: dict[object, list[int]] = {}
    for number, _ in store.numbers("events"):
        ((_, *event),), answers = store.unit("events", number)
        earlier.setdefault((*event, *(answer[1:] for answer in answers)), []).append(number)
    numbers: dict[int | None, int] = {}
    for number, (((_, time, annotator, item, kind, undoes, *others),), answers) in sound("events"):
        cells = (time, annotator, items.get(item), kind, numbers.get(undoes), *others)
        if same := earlier.get((*cells, *(answer[1:] for answer in answers))):
            numbers[number] = same.pop(0)
        elif item in items:
            store.insert("annotators", [(None, annotator, time, 0)])  # whose own row may be damaged
            numbers[number] = store.insert("events", [(None, *cells)])
            store.insert("answers", [(numbers[number], *answer[1:]) for answer in answers])
    store.seal_all(*LABEL_UNITS)
