"""Read how far reading and labelling have come, from the store of a project."""

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import field
from pathlib import Path

from stance.datamodels import Strings, Unit, frozen
from stance.labels.state import States, count_states
from stance.page_layouts import UNSAVED
from stance.store.connections import connect, in_one_line
from stance.store.schema import long_query

SHOWN_FILES = 200
"""Number of files that are listed at first."""


@frozen
class Status:
    """How far reading and labelling have come."""

    audit: States = field(default_factory=States)  # of comments in audit samples
    lessons: States = field(default_factory=States)  # of comments to train on
    tones: States = field(default_factory=States)  # of sentences of articles
    read: int = 0  # files that the latest run is done with
    left_out: int = 0  # those of them that hold no document, or could not be read
    in_part: int = 0  # files of which a reading ended, or is, amid their comments
    documents: int = 0
    comments: int = 0
    outlets: Strings = ()  # with comments, those with most first
    languages: Strings = ()
    targets: Strings = ()
    model: str = ""  # as the run names it
    version: str = ""  # digest of all that reports show but labels
    labelled: str = ""  # digest of what annotators did
    files: tuple[sqlite3.Row, ...] = ()  # with the columns of the query ``files_of_run``, those with problems first


def read_status(store: Path, listed: int = SHOWN_FILES) -> Status:
    """Read how far reading and labelling have come; also while a command writes.

    :param listed: How many files are listed.
    """
    if not store.exists():
        return Status()
    with in_one_line(store), closing(connect(store, "mode=rw")) as connection:
        connection.execute("PRAGMA query_only = ON")
        if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return Status()  # a command is making it
        connection.row_factory = sqlite3.Row
        latest = connection.execute("SELECT run, settings FROM runs ORDER BY run DESC LIMIT 1").fetchone()
        run, run_settings = latest or (None, "{}")
        counts: tuple[int, int, int, int, int] = connection.execute(long_query("progress"), (run,)).fetchone()
        kinds = (Unit.COMMENT, "audit"), (Unit.COMMENT, "train"), (Unit.SENTENCE, None)
        audit, train, sentences = (
            count_states(lambda query, *of: connection.execute(query, of), *kind) for kind in kinds
        )
        files = tuple(connection.execute(long_query("files_of_run"), (run, UNSAVED, listed)))
        outlets, languages = (
            tuple(value for (value,) in connection.execute(long_query(f"{name}_of_run"), (run,)))
            for name in ("outlets", "languages")
        )
        settings = json.loads(run_settings)
        rows = (list(map(tuple, connection.execute(long_query(name)))) for name in ("version", "labelled"))
        version, labelled = (hashlib.sha256(repr(checksums).encode()).hexdigest() for checksums in rows)
        model = tuple(settings.get("targets", ())), settings.get("model", "")
        return Status(audit, train, sentences, *counts, outlets, languages, *model, version, labelled, files)
