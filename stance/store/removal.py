"""Remove a person from every place in a store: comments, quotations of them, items to label, scores and labels."""

import json
from collections.abc import Iterator

from stance.pseudonyms import fingerprint
from stance.reading.tables import json_object
from stance.store.documents import Store, forgotten_digest
from stance.store.person import Person, Row

_COLUMNS = ("author", "outlet", "parent", "text", "document", "comment", "quoted", "parent_text")
_ROWS = {
    "comments": "SELECT comment, document, extra, author, outlet, parent, text, documents.id, comments.id, quoted,"
    " parent_text FROM comments JOIN documents USING (document) WHERE ?1 IN (0, document)",
    "items": "SELECT item, comment, NULL, author, outlet, parent, text, document, identifier FROM label_items",
}
_RUNS = "SELECT run FROM checksums WHERE unit = 'scores' AND number = ?"


def remove_forgotten(store: Store, key: bytes | None, document: int = 0) -> int:
    """Remove all who were forgotten before, and have come back with other data; return the number of comments.

    :param document: The only one where they are searched; 0: all, and all items to label.
    :raises ConfigError: If the key is not that of the digests.
    """
    is_forgotten, count = store.forgotten(key), 0
    if not store.has_forgotten():
        return 0
    for author, outlet in {(row["author"], row["outlet"]) for *_, row in _rows(store, document)}:
        if is_forgotten(author, outlet):
            person = Person(author, key, outlet or "")
            for *_, row in _rows(store, document):
                person.learn(row)
            count += remove_person(store, person, document)[0]
    return count


def read_rows(store: Store) -> Iterator[Row]:
    """Yield the comments and the items to label of a store as rows of a table, and the targets of the items."""
    yield from ({"target": target} for (target,) in store.rows("SELECT DISTINCT target FROM pairs"))
    yield from (row for *_, row in _rows(store))


def remove_person(store: Store, person: Person, document: int = 0, *, dry: bool = False) -> tuple[int, int]:
    """Remove a person from a store, in one transaction.

    :param person: With all that is known of them.
    :param document: The only one where they are searched; 0: all, and all items to label.
    :return: How many comments are removed, and how many comments and items are removed or changed.
    """
    changes: list[tuple[str, int, int | None, Row]] = []  # table, number, its document or comment, new values
    gone: set[str | None] = set()
    for table, number, place, row in _rows(store, document):
        before = dict(row)
        stays = person.clean(row)
        if not stays:
            gone.add(row["outlet"])
            changes.append((table, number, place, {}))
        elif row != before and (table == "comments" or place is None):  # else the comment of the item is cleaned
            changes.append((table, number, place, _new_values(row, before)))
    if changes and not dry:
        digests = [forgotten_digest(name, outlet, person.key) for name in person.names for outlet in gone if person.key]
        _change(store, changes, [(digest, fingerprint(person.key or b"")) for digest in digests])
    return sum(table == "comments" and not new for table, _, _, new in changes), len(changes)


def _rows(store: Store, document: int = 0) -> Iterator[tuple[str, int, int | None, Row]]:
    """Yield table, number, document or comment, and values of each row."""
    for table, query in _ROWS.items():
        if table == "items" and document:
            return
        for number, place, extra, *values in store.rows(query, *([document] if table == "comments" else ())):
            kept = {name: value for name, value in json_object(extra or "{}").items() if isinstance(value, str)}
            yield table, number, place, {**kept, **dict(zip(_COLUMNS, values, strict=False))}


def _new_values(row: Row, before: Row) -> Row:
    new = {name: value for name, value in row.items() if value != before[name] and name in _COLUMNS}
    if kept := {name: value for name, value in row.items() if value is not None and name not in _COLUMNS}:
        new["extra"] = json.dumps(kept, ensure_ascii=False)
    return new


def _change(store: Store, changes: list[tuple[str, int, int | None, Row]], digests: list[tuple[str, str]]) -> None:
    documents = {place for table, _, place, _ in changes if table == "comments" and place is not None}
    for document in documents:
        store.unit("documents", document)  # what is damaged gets no new checksum
    with store.transaction() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # they keep labels from being deleted
            connection.execute(f'DROP TRIGGER "{name}"')
        for document in documents:
            store.unindex_document(document)
        for table, number, _, new in sorted(changes, key=lambda each: each[0] == "comments"):  # items refer to these
            if table == "comments" and not new:
                connection.execute("DELETE FROM items WHERE comment = ?", (number,))
            places = ", ".join(f"{name} = ?" for name in new)
            statement = f"UPDATE {table} SET {places}" if new else f"DELETE FROM {table}"  # noqa: S608 our own names
            connection.execute(f"{statement} WHERE rowid = ?", (*new.values(), number))
        for document in documents:
            store.index_document(document)
        for _, statement in triggers:
            connection.execute(statement)
        store.insert("forgotten", digests)
        store.seal("forgotten")
        for document in documents:
            store.seal("documents", document)
            for (run,) in list(store.rows(_RUNS, document)):
                store.seal("scores", document, run)
        store.seal_all("samples", "items", "annotators", "events")
