"""Read how far reading and labelling have come, from the store of a project."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from stance.datamodels import Unit
from stance.labels.state import States, count_states
from stance.page_layouts import UNSAVED
from stance.store.connections import connect, in_one_line
from stance.store.schema import upgrade

SHOWN_FILES = 200
"""Number of files that are listed at first."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far reading and labelling have come."""

    audit: States = field(default_factory=States)  # of comments in audit samples
    lessons: States = field(default_factory=States)  # of comments to train on
    tones: States = field(default_factory=States)  # of sentences of articles
    read: int = 0  # files of the latest run
    in_part: int = 0  # files of which a reading ended, or is, amid their comments
    documents: int = 0
    comments: int = 0
    outlets: tuple[str, ...] = ()  # with comments, those with most first
    languages: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    model: str = ""  # as the run names it
    version: str = ""  # digest of all that reports show but labels
    labelled: str = ""  # digest of what annotators did
    files: tuple[sqlite3.Row, ...] = ()  # with the columns of ``_STATES``, those with problems first


def read_status(store: Path, listed: int = SHOWN_FILES) -> Status:
    """Read how far reading and labelling have come; also while a command writes.

    :param listed: How many files are listed.
    """
    if not store.exists():
        return Status()
    with in_one_line(store), closing(connect(store, "mode=rw")) as connection:
        upgrade(store, connection)
        connection.execute("PRAGMA query_only = ON")
        if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return Status()  # a command is making it
        connection.row_factory = sqlite3.Row
        return _status_of(connection, listed)


def _status_of(connection: sqlite3.Connection, listed: int) -> Status:
    latest = connection.execute("SELECT run, settings FROM runs ORDER BY run DESC LIMIT 1").fetchone()
    run, run_settings = latest or (None, "{}")
    counts: tuple[int, int, int, int] = connection.execute(_COUNTS, {"run": run}).fetchone()
    kinds = (Unit.COMMENT, "audit"), (Unit.COMMENT, "train"), (Unit.SENTENCE, None)
    audit, lessons, tones = (count_states(lambda query, *of: connection.execute(query, of), *kind) for kind in kinds)
    files = tuple(connection.execute(_STATES, {"run": run, "most": listed}))
    outlets, languages = (
        tuple(value for (value,) in connection.execute(query, {"run": run})) for query in (_OUTLETS, _LANGUAGES)
    )
    settings = json.loads(run_settings)
    version, labelled = (
        hashlib.sha256(repr([*map(tuple, connection.execute(query))]).encode()).hexdigest() for query in _VERSIONS
    )
    model = tuple(settings.get("targets", ())), settings.get("model", "")
    return Status(audit, lessons, tones, *counts, outlets, languages, *model, version, labelled, files)


_VERSIONS = (
    "SELECT group_concat(checksum), unit FROM checksums WHERE unit NOT IN"
    " ('settings', 'samples', 'items', 'annotators', 'events') GROUP BY unit, run",
    "SELECT group_concat(checksum) FROM checksums WHERE unit = 'events'",
)

_OF_RUN = "documents WHERE document IN (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = :run)"

_OF_FILE = "FROM {} JOIN occurrences USING (document) WHERE occurrences.input = i.input"

_COUNTS = f"""
SELECT (SELECT count(*) FROM inputs WHERE run = :run AND is_finished),
  (SELECT count(*) FROM inputs WHERE run = :run AND NOT is_finished AND input IN (SELECT input FROM occurrences)
    AND input NOT IN (SELECT input FROM skips WHERE input IS NOT NULL)),
  (SELECT count(*) FROM {_OF_RUN}),
  (SELECT count(*) FROM comments WHERE document IN (SELECT document FROM {_OF_RUN}))
"""  # noqa: S608

_LANGUAGES = f"SELECT language FROM {_OF_RUN} GROUP BY 1 ORDER BY count(*) DESC LIMIT 200"  # noqa: S608

_OUTLETS = f"""
SELECT outlet FROM {_OF_RUN} AND EXISTS (SELECT 1 FROM comments WHERE comments.document = documents.document)
  AND outlet <> '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 200
"""  # noqa: S608

_STATES = f"""
SELECT input AS number, path, is_finished AS is_read, (SELECT count(*) {_OF_FILE.format("comments")}) AS comments,
  (SELECT min(certainty) {_OF_FILE.format("documents")}) AS certainty,
  {", ".join(f"(SELECT {name} {_OF_FILE.format('documents')}) AS {name}" for name in ("layout", "title", "outlet"))},
  (SELECT json_extract(doubts, '$[0]') {_OF_FILE.format("documents")}) AS doubt,
  (SELECT value FROM json_each((SELECT doubts {_OF_FILE.format("documents")})) WHERE value LIKE '%{UNSAVED}%'
    AND NOT EXISTS (SELECT 1 {_OF_FILE.format("comments")})) AS unsaved,
  (SELECT reason FROM skips WHERE skips.input = i.input) AS reason
FROM inputs AS i WHERE run = :run
ORDER BY reason IS NULL, unsaved IS NULL, certainty IS NULL, certainty, path LIMIT :most
"""  # noqa: S608
