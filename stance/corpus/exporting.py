"""Write a corpus in the forms of other tools: CSV, SQLite for Datasette, and a ConvoKit folder.

Each is written a document at a time and stands in its place whole or not at all.
"""

import csv
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from stance.corpus.tables import Stored
from stance.datamodels import STANCES, Comment, Document, Score, Unit
from stance.drafts import draft, draft_path
from stance.exceptions import ConfigError
from stance.records import SCORE_FIELDS, guard_cell, score_to_row
from stance.staging import Staging

Documents = Iterable[Stored]

TEXT_FIELDS = ("title", "published", "parent", "votes", "text")
"""What a row of the CSV file holds behind the columns of a score table."""


def find_export(output: Path) -> Callable[[Documents, Path], int]:
    """Find what writes to a path, by its ending: ``.csv``, ``.db``, or a folder for ConvoKit.

    :raises ConfigError: If the ending names no format, or there is something that must not be overwritten.
    """
    ending = output.suffix.lower()
    if output.is_dir():
        known = {*_CONVOKIT, "conversations.json"}
        if strange := sorted(each.name for each in output.iterdir() if each.name not in known):
            raise ConfigError(f"{output}: holds {strange[0][:60]}; expected an empty or a new folder")
        return export_convokit
    if ending in _WRITERS:
        return _WRITERS[ending]
    if ending:
        raise ConfigError(f"{output}: ending {ending[:20]}; expected .csv, .db, .sqlite or the name of a folder")
    return export_convokit


# CSV ------------------------------------------------------------------------------------------------------------------


def export_csv(documents: Documents, path: Path) -> int:
    """Write a row for each comment and target: the columns of a score table, then the comment's text.

    :return: How many documents there were.
    """
    count = 0
    with draft(path) as file:
        writer = csv.DictWriter(file, (*SCORE_FIELDS, *TEXT_FIELDS))
        writer.writeheader()
        for count, stored in enumerate(documents, 1):  # noqa: B007 it is what is returned
            writer.writerows(_csv_rows(stored.scored))
    return count


def _csv_rows(scored: Document) -> Iterator[dict[str, str]]:
    comments = {comment.comment_id: comment for comment in scored.comments}
    of_document = {"title": scored.title, "published": scored.published}
    for score in scored.scores:
        comment = comments.get(score.comment or "") if score.unit is Unit.COMMENT else None
        if comment is not None:
            told = of_document | {"parent": comment.reply_to, "votes": comment.votes, "text": comment.text}
            cells = {name: "" if value is None else guard_cell(str(value)) for name, value in told.items()}
            yield score_to_row(score) | cells


# SQLite ---------------------------------------------------------------------------------------------------------------

_SCHEMA = """
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL, outlet TEXT, url TEXT, title TEXT, byline TEXT,
    published TEXT, language TEXT, lead TEXT, body TEXT, stated_comments INTEGER, layout TEXT
);
CREATE TABLE comments (
    number INTEGER PRIMARY KEY, document INTEGER NOT NULL REFERENCES documents (number), id TEXT NOT NULL,
    answers INTEGER REFERENCES comments (number), author TEXT, posted TEXT, votes INTEGER, language TEXT,
    text TEXT NOT NULL, quoted TEXT
);
CREATE TABLE scores (
    number INTEGER PRIMARY KEY, comment INTEGER NOT NULL REFERENCES comments (number), target TEXT NOT NULL,
    stance TEXT, favor REAL, against REAL, neutral REAL, not_addressed REAL, sentiment REAL, target_sentiment REAL,
    via TEXT, model TEXT
);
"""

_INDEXES = """
CREATE INDEX documents_id ON documents (id);
CREATE INDEX documents_outlet ON documents (outlet);
CREATE INDEX documents_published ON documents (published);
CREATE INDEX comments_document ON comments (document);
CREATE INDEX comments_answers ON comments (answers);
CREATE INDEX comments_author ON comments (author);
CREATE INDEX comments_posted ON comments (posted);
CREATE INDEX scores_comment ON scores (comment);
CREATE INDEX scores_target_stance ON scores (target, stance);
"""

_INSERT = {
    table: f"INSERT INTO {table} VALUES ({', '.join('?' * columns)})"  # noqa: S608 our own names
    for table, columns in (("documents", 13), ("comments", 10), ("scores", 12))
}


def export_sqlite(documents: Documents, path: Path) -> int:
    """Write a database of documents, comments and scores, with foreign keys and an index for each way in.

    :return: How many documents there were.
    """
    try:
        with draft_path(path) as name:
            with closing(sqlite3.connect(name, isolation_level=None)) as database:
                count = _fill(database, documents)
            name.chmod(0o644)
    except sqlite3.Error as error:
        raise ConfigError(f"{path}: cannot be written ({error}); expected room for a database") from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written ({error.strerror}); expected a writable place") from None
    return count


def is_export(database: sqlite3.Connection) -> bool:
    """Tell a database as :func:`export_sqlite` writes it, to which nothing was added, from others."""
    with closing(sqlite3.connect(":memory:")) as own:
        own.executescript(_SCHEMA + _INDEXES)
        return _defined(own) == _defined(database)


def _defined(database: sqlite3.Connection) -> list[tuple[Any, ...]]:
    statement = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    return database.execute(statement).fetchall()


def _fill(database: sqlite3.Connection, documents: Documents) -> int:
    database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
    database.execute("BEGIN")
    count = comments = 0
    for count, stored in enumerate(documents, 1):
        comments = _insert(database, stored.scored, count, comments)
    database.execute("COMMIT")
    database.executescript(_INDEXES + "PRAGMA foreign_keys = ON; ANALYZE;")
    return count


def _insert(database: sqlite3.Connection, document: Document, number: int, last: int) -> int:
    """Insert a document.

    :param last: Number of the last comment before it.
    :return: Number of its own last comment.
    """
    database.execute(
        _INSERT["documents"],
        (
            number,
            document.document_id,
            document.source,
            document.outlet,
            document.url,
            document.title,
            document.author,
            document.published,
            document.language,
            document.lead,
            "\n\n".join(document.body) or None,
            document.stated_comments,
            document.layout,
        ),
    )
    numbers = {comment.comment_id: last + place for place, comment in enumerate(document.comments, 1)}
    rows = (_comment_row(c, number, last + place, numbers) for place, c in enumerate(document.comments, 1))
    database.executemany(_INSERT["comments"], rows)
    of_comments = [(numbers[s.comment], s) for s in _of_comments(document.scores) if s.comment in numbers]
    database.executemany(_INSERT["scores"], map(_score_row, of_comments))
    return last + len(document.comments)


def _comment_row(comment: Comment, document: int, number: int, numbers: dict[str, int]) -> tuple[Any, ...]:
    return (
        number,
        document,
        comment.comment_id,
        numbers.get(comment.reply_to or ""),
        comment.author,
        comment.posted,
        comment.votes,
        comment.language,
        comment.text,
        comment.quoted,
    )


def _score_row(numbered: tuple[int, Score]) -> tuple[Any, ...]:
    comment, score = numbered
    return (
        None,  # its own number, which SQLite gives
        comment,
        score.target,
        score.stance.value if score.stance else None,
        *(score.probabilities or (None,) * len(STANCES)),
        score.sentiment,
        score.target_sentiment,
        score.via.value if score.via else None,
        score.model,
    )


def _of_comments(scores: Iterable[Score]) -> Iterator[Score]:
    return (score for score in scores if score.unit is Unit.COMMENT)


# ConvoKit -------------------------------------------------------------------------------------------------------------

_CONVOKIT = ("utterances.jsonl", "conversations.json", "speakers.json", "corpus.json", "index.json")
NOBODY = ""
"""The speaker of comments whose page shows no name."""


def export_convokit(documents: Documents, folder: Path) -> int:
    """Write a corpus as ConvoKit reads it: a conversation per document, an utterance per comment.

    The article is no utterance: its title, address and outlet are what is known of the conversation.

    :return: How many documents there were.
    """
    with Staging(folder) as staging:
        with staging.telling(), ExitStack() as opened:
            files = {name: opened.enter_context(staging.open(name)) for name in _CONVOKIT}
            count = _write_convokit(documents, files, folder.name)
        staging.publish(_CONVOKIT)
    return count


def _write_convokit(documents: Documents, files: Mapping[str, IO[str]], name: str) -> int:
    speakers: Counter[str] = Counter()
    count = _write_conversations(documents, files["utterances.jsonl"], files["conversations.json"], speakers)
    json.dump(
        {speaker: {"meta": {"comments": number}, "vectors": []} for speaker, number in speakers.items()},
        files["speakers.json"],
        ensure_ascii=False,
    )
    json.dump({"name": name, "made_by": "stance corpus export"}, files["corpus.json"], ensure_ascii=False)
    json.dump(_INDEX, files["index.json"], ensure_ascii=False)
    return count


_INDEX: dict[str, Any] = {
    "utterances-index": {
        "score": ["<class 'int'>"],
        "language": ["<class 'str'>"],
        "quoted": ["<class 'str'>"],
        "stance": ["<class 'dict'>"],
    },
    "speakers-index": {"comments": ["<class 'int'>"]},
    "conversations-index": {
        name: ["<class 'str'>"] for name in ("title", "url", "outlet", "published", "language", "source", "document")
    },
    "overall-index": {"name": ["<class 'str'>"], "made_by": ["<class 'str'>"]},
    "version": 1,
    "vectors": [],
}
"""What ConvoKit wants to know of the fields before it reads them."""


def _write_conversations(
    documents: Documents, utterances: IO[str], conversations: IO[str], speakers: Counter[str]
) -> int:
    count = 0
    names: Counter[str] = Counter()
    conversations.write("{")
    for count, stored in enumerate(documents, 1):
        document = stored.scored
        names[document.document_id] += 1
        part = names[document.document_id]
        name = document.document_id if part == 1 else f"{document.document_id}.{part}"  # a document that came in parts
        meta = {
            "title": document.title,
            "url": document.url,
            "outlet": document.outlet,
            "published": document.published,
            "language": document.language,
            "source": document.source,
            "document": document.document_id,
        }
        conversations.write(("," if count > 1 else "") + f"\n{_json(name)}: {_json({'meta': meta, 'vectors': []})}")
        for record in _utterances(stored.scored, name):
            speakers[record["speaker"]] += 1
            utterances.write(_json(record) + "\n")
    conversations.write("\n}\n")
    return count


def _utterances(scored: Document, conversation: str) -> Iterator[dict[str, Any]]:
    stances: dict[str, dict[str, Any]] = {}
    for score in _of_comments(scored.scores):
        stances.setdefault(score.comment or "", {})[score.target] = _stance(score)
    comments = scored.comments
    known = {comment.comment_id for comment in comments}
    met: Counter[str] = Counter()
    for comment in comments:
        met[comment.comment_id] += 1
        again = f"~{met[comment.comment_id]}" if met[comment.comment_id] > 1 else ""  # a table may give an id twice
        yield {
            "id": f"{conversation}/{comment.comment_id}{again}",
            "conversation_id": conversation,
            "text": comment.text,
            "speaker": comment.author or NOBODY,
            "reply-to": f"{conversation}/{comment.reply_to}" if comment.reply_to in known else None,
            "timestamp": _seconds(comment.posted),
            "meta": {
                "score": comment.votes,  # as ConvoKit's corpora of Reddit name it
                "language": comment.language,
                "quoted": comment.quoted,
                "stance": stances.get(comment.comment_id, {}),
            },
            "vectors": [],
        }


def _stance(score: Score) -> dict[str, Any]:
    probabilities = score.probabilities or (None,) * len(STANCES)
    return {
        "stance": score.stance.value if score.stance else None,
        **{stance.value: value for stance, value in zip(STANCES, probabilities, strict=True)},
        "target_sentiment": score.target_sentiment,
        "model": score.model,
    }


def _seconds(moment: str | None) -> int | None:
    """Give a moment as ConvoKit has it, in seconds since 1970; one without a zone is taken for UTC."""
    try:
        found = datetime.fromisoformat(moment or "")
    except ValueError:
        return None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_WRITERS = {".csv": export_csv, ".db": export_sqlite, ".sqlite": export_sqlite}
