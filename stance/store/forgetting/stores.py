"""Remove a person from a store in one transaction, and the bytes of the removed rows."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from stance.datamodels import Record, counted
from stance.pseudonyms import fingerprint
from stance.reading.json_tables import json_object
from stance.store.documents import Store, forgotten_digest
from stance.store.forgetting.persons import Person, quoted_names
from stance.store.forgetting.results import Changed, Forgotten

_STORED = ("author", "outlet", "parent", "text", "document", "comment", "quoted", "parent_text", "unit")

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
    for author, outlet in {pair for *_, row in rows_to_search(store, document) for pair in _writers_in(row)}:
        if is_forgotten(author, outlet):
            person = Person(author, key, outlet or "")
            person.study(lambda: ((str(store.path), row) for *_, row in rows_to_search(store, document)))
            changes = _remove(store, person, document)
            count += sum(table == "comments" and not new for table, _, _, new in changes)
    return count


def _writers_in(row: Record) -> Iterator[tuple[str, str | None]]:
    """Yield the author of a comment, and all who may be quoted in it from any page, with the outlet."""
    heads = map(quoted_names, (row.get("quoted") or "").splitlines())
    return ((name, row["outlet"]) for name in chain([row["author"] or ""], *heads))


def clean_store(person: Person, path: Path, result: Forgotten) -> None:
    """Remove a person from a store, and the bytes of the removed rows.

    :raises StoreError: If another command is using it, or it is no whole store.
    """
    person.counts.clear()
    # Columns by table: texts that are not the person's own, which are searched and listed but not changed.
    left = {
        "documents": "id, source, outlet, title, byline, url, lead, body, quotations, warnings, doubts",
        "items": "identifier, document, outlet, title, lead",
        "sentence_scores": "text, speaker",
        "events": "note",
        "inputs": "path",
        "runs": "settings",
        "samples": "settings",
        "settings": "value",
        "skips": "source, reason",
    }
    with Store.read(path) if result.is_dry else Store.write(path) as store:
        changes = _changes_of(store, person)[0] if result.is_dry else _remove(store, person)
        if not result.is_dry and (changes or store.has_forgotten()):  # also after a run killed before it purged
            store.purge()
        for table, columns in left.items():
            query = f"SELECT {columns} FROM {table}"  # noqa: S608
            rows = (" ".join(str(value) for value in row if value) for row in store.rows(query))
            if n := sum(map(person.is_named_in, rows)):
                verb = "holds" if n == 1 else "hold"
                result.leave(path, f"{counted(n, 'row')} of {table} {verb} their name or words")
    result.add(path, Changed(**person.counts))


def rows_to_search(store: Store, document: int = 0) -> Iterator[Change]:
    """Yield comments, and items to label, with their values."""
    queries = {
        "comments": "SELECT comment, document, extra, author, outlet, parent, text, documents.id, comments.id, quoted,"
        " parent_text FROM comments JOIN documents USING (document) WHERE ?1 IN (0, document)",
        "items": "SELECT item, comment, NULL, author, outlet, parent, text, document, identifier, NULL, NULL, unit"
        " FROM label_items"
        " WHERE ?1 = 0",
    }
    for table, query in queries.items():
        for number, owner, extra, *values in store.rows(query, document):
            columns = {name: value for name, value in json_object(extra or "{}").items() if isinstance(value, str)}
            yield table, number, owner, {**columns, **dict(zip(_STORED, values, strict=False))}


def _changes_of(store: Store, person: Person, document: int = 0) -> tuple[list[Change], set[str | None]]:
    """Return the rows that are removed or changed, and the outlets of those that are removed.

    :param person: With all that is known of them.
    """
    changes, outlets = list[Change](), set[str | None]()
    for table, number, owner, row in rows_to_search(store, document):
        before = dict(row)
        if not person.clean(row, str(store.path)):
            outlets.add(row["outlet"])
            changes.append((table, number, owner, {}))
        elif row != before and (table == "comments" or owner is None):  # else the comment of the item is cleaned
            new = {name: value for name, value in row.items() if value != before[name] and name in _STORED}
            if columns := {name: value for name, value in row.items() if value is not None and name not in _STORED}:
                new["extra"] = json.dumps(columns, ensure_ascii=False)
            changes.append((table, number, owner, new))
    return changes, outlets


def _remove(store: Store, person: Person, document: int = 0) -> list[Change]:
    """Change rows of a store in one transaction, note who was forgotten at their outlets, and return the changes."""
    changes, outlets = _changes_of(store, person, document)
    documents = {owner for table, _, owner, _ in changes if table == "comments" and owner is not None}
    if not changes:
        return changes
    with store.transaction() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for document_number in documents:
            store.unit("documents", document_number)  # what is damaged gets no new checksum
            store.change_index("delete", document_number)
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # they keep labels from being deleted
            connection.execute(f'DROP TRIGGER "{name}"')
        for table, number, _, new in sorted(changes, key=lambda change: change[0] == "comments"):  # items first
            if table == "comments" and not new:
                connection.execute("DELETE FROM items WHERE comment = ?", (number,))
            assignments = ", ".join(f"{name} = ?" for name in new)
            statement = f"UPDATE {table} SET {assignments}" if new else f"DELETE FROM {table}"  # noqa: S608 our own names
            connection.execute(f"{statement} WHERE rowid = ?", (*new.values(), number))
        for _, statement in triggers:
            connection.execute(statement)
        if person.key:
            digests = [forgotten_digest(name, outlet, person.key) for name in person.names for outlet in outlets]
            store.insert("forgotten", [(digest, fingerprint(person.key)) for digest in digests])
        for document_number in documents:
            store.change_index("add", document_number)
            store.seal("documents", document_number)
            runs = "SELECT run FROM checksums WHERE unit = 'scores' AND number = ?"
            for (run,) in list(store.rows(runs, document_number)):
                store.seal("scores", document_number, run)
        store.seal("forgotten")
        store.seal_all("samples", "items", "annotators", "events")
    return changes
