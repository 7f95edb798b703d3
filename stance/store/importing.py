"""Import stores, Parquet folders of Spark and of earlier releases, and label files of earlier releases into a store."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path

from stance.datamodels import SCORES_LAYOUT, Skip, counted
from stance.exceptions import ConfigError, StoreError
from stance.reading.inputs import is_parquet_folder
from stance.records import content_of
from stance.store.documents import Store
from stance.store.file import OLD_LABELS, connect, in_one_line, is_database
from stance.store.merging import LABEL_TABLES, copy_labels, merge_into
from stance.store.parquet import FolderDocument, read_manifest, read_parquet_folder
from stance.store.settings import READING, digest_settings

Watch = Callable[[Iterable[FolderDocument]], Iterator[FolderDocument]]


def import_into(path: Path, output: Path, watch: Watch = iter) -> tuple[Skip, ...]:
    """Add the contents of a store, a Parquet folder or a label file to a store, all or nothing.

    :param output: The store; made if it is not there.
    :param watch: Passes documents on, as a progress display does.
    :return: What was skipped when a folder was written, and its scores without texts.
    :raises ConfigError: If the input is none of these.
    :raises StoreError: If a file is damaged, or the store cannot be written.
    :raises InputError: If a folder is damaged.
    """
    if not is_database(path) and not is_parquet_folder(path):
        raise ConfigError(f"{path}: expected a store, a folder of Parquet files with manifest.json, or a label file")
    is_new = not output.exists()
    try:
        with Store.write(output, settings={}) as store:
            if is_parquet_folder(path):
                with store.transaction():
                    return _import_folder(store, path, watch)
            if _application(path) == OLD_LABELS:
                _import_labels(store, path)
            else:
                merge_into(store, path)
        return ()
    except BaseException:
        if is_new:
            output.unlink(missing_ok=True)
        raise


def _application(path: Path) -> int:
    with in_one_line(path), closing(connect(path, "mode=ro&immutable=1")) as connection:
        return int(connection.execute("PRAGMA application_id").fetchone()[0])


# Folders --------------------------------------------------------------------------------------------------------------


def _import_folder(store: Store, folder: Path, watch: Watch) -> tuple[Skip, ...]:
    manifest = read_manifest(folder)
    documents = watch(read_parquet_folder(folder))
    first = next(documents, None)
    scores = first.document.scores if first else ()
    settings = dict(manifest.settings)
    reading = digest_settings({name: settings[name] for name in READING if name in settings})
    digest = digest_settings(settings)
    settings.setdefault("targets", list(dict.fromkeys(score.target for score in scores)))
    model = scores[0].model if scores else str(settings.get("model", "unknown"))
    run = store.add_run(digest, reading, model, settings)
    known = store.inputs(run)  # an input that the store has already keeps its content
    inputs = {path: known.get(path) or store.begin_input(run, path, sha) for path, sha in manifest.inputs.items()}
    skips = list(manifest.skips)
    without_texts = 0
    while first is not None:
        if first.input not in inputs:
            inputs[first.input] = known.get(first.input) or store.begin_input(run, first.input, None)
        if first.document.layout == SCORES_LAYOUT:
            without_texts += 1
        else:
            content = first.content or content_of(first.document)
            store.add_document(run, inputs[first.input], first.document, content)
        first = next(documents, None)
    for path, each in inputs.items():
        store.end_input(run, each, (), is_finished=path not in manifest.inputs or manifest.inputs[path] is not None)
    if without_texts:
        skips.append(Skip(str(folder), f"scores of {counted(without_texts, 'document')} without text"))
    store.note_remarks(run, skips)
    return tuple(skips)


# Label files ----------------------------------------------------------------------------------------------------------


def _import_labels(store: Store, path: Path) -> None:
    """Copy the labels of a file of earlier releases."""
    with in_one_line(path), store.attached(path) as connection:
        damage = connection.execute("PRAGMA other.quick_check(1)").fetchone()[0]
        if damage != "ok":
            raise StoreError(f"{path}: damaged ({' '.join(str(damage).split())[:100]}); expected a whole file")
        rows = connection.execute("SELECT name, sql FROM other.sqlite_schema WHERE type = 'table'")
        tables = {name for name, sql in rows if not str(sql).upper().startswith("CREATE VIRTUAL")}
        if missing := sorted({*LABEL_TABLES} - tables):
            raise StoreError(f"{path}: no table {missing[0]}; expected a label file of an earlier stance")
        with store.transaction(), in_one_line(path):
            connection.execute(
                "INSERT INTO main.settings SELECT name, value FROM other.settings WHERE true ON CONFLICT DO NOTHING"
            )
            copy_labels(connection, path, has_samples=False)
            connection.execute("DROP TABLE temp.item_of")
