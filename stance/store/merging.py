# ruff: noqa: S608 names of our own columns
"""Merge stores: equal runs, inputs, documents, scores, samples and labels are kept once.

Rows are copied by SQL from an attached file, whose tables were checked before, into strict tables with all their
checks. Numbers of rows differ between files, so each kind of row has a temporary table from old to new numbers.
"""

from collections.abc import Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from stance.exceptions import StoreError
from stance.store.documents import Store
from stance.store.file import in_one_line
from stance.store.rows import COMMENT, DOCUMENT, SCORE, SENTENCE

LABEL_TABLES = ("items", "pairs", "annotators", "assignments", "events", "answers", "settings")


def merge(paths: Sequence[Path], output: Path) -> None:
    """Write the contents of some stores to a new one.

    :raises StoreError: If one is no store, or the output is there already.
    """
    if output.exists():
        raise StoreError(f"{output}: exists already; expected a new file, or stance import to add to it")
    for path in paths:  # before anything is written
        Store.read(path).close()
    with Store.write(output, settings={}) as store:
        for path in paths:
            merge_into(store, path)


def merge_into(store: Store, path: Path) -> None:
    """Add the contents of another store, all or nothing.

    :raises StoreError: If it is no store, or has an item of this name with another text.
    """
    if path.resolve() == store.path.resolve():
        raise StoreError(f"{path}: the store to which it would be added; expected another one")
    with Store.read(path), store.attached(path) as connection, store.transaction(), in_one_line(path):
        connection.execute("PRAGMA defer_foreign_keys = ON")
        for statement in _STATEMENTS:
            connection.execute(statement.replace(":path", _quoted(str(path))))
        for (number,) in connection.execute("SELECT new FROM temp.new_documents").fetchall():
            store.index_document(number)
        copy_labels(connection, path, has_samples=True)
        for table in _MAPS:
            connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def drop_forgotten(store: Store, key: bytes) -> int:
    """Delete the comments of authors that ``stance forget`` removed from one of the merged stores; return how many."""
    is_forgotten, count = store.forgotten(key), 0
    authors = store.rows("SELECT DISTINCT author, outlet FROM comments JOIN documents USING (document)")
    found = "author = ? AND document IN (SELECT document FROM documents WHERE outlet IS ?)"
    for whom in [row for row in authors if is_forgotten(*row)]:
        with store.transaction() as connection:
            rows = connection.execute(f"SELECT DISTINCT document FROM comments WHERE {found}", whom).fetchall()
            for (document,) in rows:
                store.unindex_document(document)
                connection.execute(
                    "UPDATE comments SET parent = NULL WHERE document = ?2 AND parent IN"
                    " (SELECT id FROM comments WHERE document = ?2 AND author = ?1)",
                    (whom[0], document),
                )
            count += connection.execute(f"DELETE FROM comments WHERE {found}", whom).rowcount
            for (document,) in rows:
                store.index_document(document)
    if count:
        store.purge()
    return count


def _quoted(text: str) -> str:
    return "'" + text.encode("utf-8", "replace").decode().replace("'", "''") + "'"


_D, _C, _S, _T = (", ".join(columns) for columns in (DOCUMENT, COMMENT, SCORE, SENTENCE))
_MAPS = ("run_of", "input_of", "old_inputs", "document_of", "new_documents", "comment_of", "sample_of", "item_of")

_STATEMENTS = (
    "INSERT INTO main.settings SELECT name, value FROM other.settings WHERE true ON CONFLICT DO NOTHING",
    "INSERT INTO main.forgotten SELECT digest FROM other.forgotten WHERE true ON CONFLICT DO NOTHING",
    """INSERT INTO main.runs (digest, reading, model, settings)
    SELECT digest, reading, model, settings FROM other.runs WHERE true ORDER BY run ON CONFLICT DO NOTHING""",
    "CREATE TEMP TABLE run_of AS SELECT o.run AS old, m.run AS new FROM other.runs o JOIN main.runs m USING (digest)",
    # An input is the same if path and content are; of another content, it gets the path of its store before its own.
    """CREATE TEMP TABLE old_inputs AS SELECT o.input AS old, r.new AS run, o.sha256, o.is_finished,
    CASE WHEN m.input IS NOT NULL AND m.sha256 IS NOT o.sha256 THEN :path || ':' || o.path ELSE o.path END AS path
    FROM other.inputs o JOIN run_of r ON r.old = o.run LEFT JOIN main.inputs m ON m.run = r.new AND m.path = o.path""",
    """INSERT INTO main.inputs (run, path, sha256, is_finished)
    SELECT run, path, sha256, is_finished FROM old_inputs WHERE true ORDER BY old
    ON CONFLICT DO UPDATE SET is_finished = max(is_finished, excluded.is_finished)""",
    "CREATE TEMP TABLE input_of AS SELECT o.old, m.input AS new FROM old_inputs o JOIN main.inputs m USING (run, path)",
    """INSERT INTO main.skips (run, input, source, reason)
    SELECT r.new, i.new, s.source, s.reason FROM other.skips s JOIN run_of r ON r.old = s.run
    LEFT JOIN input_of i ON i.old = s.input WHERE NOT EXISTS (
      SELECT 1 FROM main.skips m
      WHERE m.run = r.new AND m.input IS i.new AND (m.source, m.reason) = (s.source, s.reason)
    ) ORDER BY s.skip""",
    """CREATE TEMP TABLE new_documents AS SELECT o.document AS old, NULL AS new FROM other.documents o
    LEFT JOIN main.documents m USING (content, reading) WHERE m.document IS NULL""",
    f"""INSERT INTO main.documents ({_D}, content, reading) SELECT {_D}, content, reading
    FROM other.documents WHERE document IN (SELECT old FROM new_documents) ORDER BY document""",
    """CREATE TEMP TABLE document_of AS SELECT o.document AS old, m.document AS new
    FROM other.documents o JOIN main.documents m USING (content, reading)""",
    "CREATE UNIQUE INDEX temp.document_of_old ON document_of (old)",
    "UPDATE new_documents SET new = (SELECT new FROM document_of d WHERE d.old = new_documents.old)",
    f"""INSERT INTO main.comments ({_C}, document) SELECT {_C}, d.new
    FROM other.comments JOIN new_documents d ON d.old = document ORDER BY comment""",
    """INSERT INTO main.occurrences SELECT d.new, i.new FROM other.occurrences o
    JOIN document_of d ON d.old = o.document JOIN input_of i ON i.old = o.input WHERE true ON CONFLICT DO NOTHING""",
    # Scores are of the first comment with their id; ids of a table may repeat, and comments may be forgotten here.
    """CREATE TEMP TABLE comment_of AS SELECT o.comment AS old, min(m.comment) AS new FROM other.comments o
    JOIN document_of d ON d.old = o.document JOIN main.comments m ON m.document = d.new AND m.id = o.id
    GROUP BY o.comment""",
    "CREATE UNIQUE INDEX temp.comment_of_old ON comment_of (old)",
    f"""INSERT INTO main.scores (comment, run, {_S}) SELECT c.new, r.new, {_S} FROM other.scores s
    JOIN comment_of c ON c.old = s.comment JOIN run_of r ON r.old = s.run WHERE true ON CONFLICT DO NOTHING""",
    f"""INSERT INTO main.sentence_scores (document, run, {_T})
    SELECT d.new, r.new, {_T} FROM other.sentence_scores s
    JOIN document_of d ON d.old = s.document JOIN run_of r ON r.old = s.run WHERE true ON CONFLICT DO NOTHING""",
    """INSERT INTO main.samples (role, seed, settings) SELECT DISTINCT role, seed, settings FROM other.samples o
    WHERE (role, seed, settings) NOT IN (SELECT role, seed, settings FROM main.samples)""",
    """CREATE TEMP TABLE sample_of AS SELECT o.sample AS old, min(m.sample) AS new
    FROM other.samples o JOIN main.samples m USING (role, seed, settings) GROUP BY o.sample""",
)  # fmt: skip


# Labels ---------------------------------------------------------------------------------------------------------------

_ITEM = "identifier, place, text, document, outlet, author, parent, title, lead, language, stratum"
_ANSWER = "event, target, label, is_unsure"
_PAIR = "target, role, probability, guess, guess_probability, model"


def copy_labels(connection: Connection, path: Path, *, has_samples: bool) -> None:
    """Copy items, annotators and their answers from the attached file; equal events are kept once.

    :param has_samples: Pairs name the sample that they were drawn in.
    :raises StoreError: If an item is there with another text.
    """
    execute = connection.execute
    query = "SELECT identifier FROM other.items o JOIN main.items m USING (identifier) WHERE o.text IS NOT m.text"
    if (row := execute(query).fetchone()) is not None:
        raise StoreError(f"{path}: item {str(row[0])[:40]!r} has another text than here; expected the same comments")
    query = f"INSERT INTO main.items ({_ITEM}) SELECT {_ITEM} FROM other.items WHERE true ORDER BY item"
    execute(f"{query} ON CONFLICT DO NOTHING")
    query = "CREATE TEMP TABLE item_of AS SELECT o.item AS old, m.item AS new FROM other.items o"
    execute(f"{query} JOIN main.items m USING (identifier)")
    sample = "(SELECT new FROM temp.sample_of WHERE old = p.sample)" if has_samples else "NULL"
    execute(
        f"INSERT INTO main.pairs (item, number, {_PAIR}, sample) SELECT i.new, number, {_PAIR}, {sample}"
        " FROM other.pairs p JOIN temp.item_of i ON i.old = p.item WHERE true ON CONFLICT DO NOTHING"
    )
    execute(
        "INSERT INTO main.annotators (annotator, joined, is_active)"
        " SELECT annotator, joined, is_active FROM other.annotators WHERE true ORDER BY number ON CONFLICT DO NOTHING"
    )
    execute(
        "INSERT INTO main.assignments SELECT annotator, place, i.new FROM other.assignments a"
        " JOIN temp.item_of i ON i.old = a.item WHERE true ON CONFLICT DO NOTHING"
    )
    _copy_events(connection)


def _copy_events(connection: Connection) -> None:
    columns = "at, annotator, item, kind, undoes, note, guess_mode, guess_seen"
    known: dict[tuple[Any, ...], list[int]] = {}
    for event, row, answers in _events(connection, "main", columns):
        known.setdefault((*row, answers), []).insert(0, event)
    items = dict(connection.execute("SELECT old, new FROM temp.item_of").fetchall())
    numbers: dict[int | None, int | None] = {None: None}
    for old, (at, annotator, item, kind, undoes, *rest), answers in _events(connection, "other", columns):
        row = (at, annotator, items.get(item), kind, numbers.get(undoes), *rest)
        if same := known.get((*row, answers)):
            numbers[old] = same.pop()
            continue
        query = f"INSERT INTO events ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        numbers[old] = connection.execute(query, row).lastrowid
        connection.executemany("INSERT INTO answers VALUES (?, ?, ?, ?)", [(numbers[old], *each) for each in answers])


def _events(connection: Connection, schema: str, columns: str) -> list[tuple[int, tuple[Any, ...], tuple[Any, ...]]]:
    """Return the events of a file with their answers, in their order."""
    answers: dict[int, tuple[Any, ...]] = {}
    for event, *answer in connection.execute(f"SELECT {_ANSWER} FROM {schema}.answers ORDER BY 1, 2"):
        answers[event] = (*answers.get(event, ()), tuple(answer))
    rows = connection.execute(f"SELECT event, {columns} FROM {schema}.events ORDER BY event")
    return [(event, tuple(row), answers.get(event, ())) for event, *row in rows]
