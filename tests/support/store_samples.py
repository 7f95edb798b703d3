"""Pages for stores, and a run that scores them as the command does."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from stance.datamodels import Document
from stance.log import Log
from stance.options.definition import build
from stance.options.run import Run, ScoreOptions
from stance.options.stores import StoreOptions
from stance.runs.documents import read_documents
from stance.runs.models import open_scorer
from stance.runs.scores import score_inputs
from stance.runs.store_updates import StoreUpdate, update_store
from stance.scoring.documents import DocumentScorer
from stance.store import Store, file
from tests.support import commands
from tests.support.commands import invoke

SAID = (
    "NATO kept its word and Russia did not.",
    "Russia only defends itself, as anybody would.",
    "The Americans should stay at home for once.",
    "I love this paper, whatever it writes about NATO.",
)

run = invoke

ENGINE: Any = None
"""What opens the engine of an update; None: this process."""


def page(name: str, comments: int = 3, **fields: Any) -> dict[str, Any]:
    """A document as ``stance parse`` writes it; each has words of its own."""
    return {
        "id": f"{abs(hash(name)) % 16**12:016x}" if "id" not in fields else fields["id"],
        "source": f"{name}.html",
        "outlet": fields.get("outlet", "The Paper"),
        "title": f"What {name} means for NATO and Russia",
        "published": "2024-03-02",
        "language": "en",
        "body": [f"Officials spoke of {name} on Monday.", "Russia said that it had other plans."],
        "comments": [
            {
                "id": f"c{number}",
                "text": f"{SAID[number % len(SAID)]} That is what {name} shows, point {number}.",
                "author": f"Commenter {number % 5}",
                "parent": f"c{number - 1}" if number % 3 == 2 else None,
                "posted": f"2024-03-0{number % 8 + 1}T10:00:00",
                "language": "en",
                "votes": number,
            }
            for number in range(1, comments + 1)
        ],
    }


def write(path: Path, *pages: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in pages), encoding="utf-8")
    return path


def run_of(inputs: Sequence[str | Path], folder: Path, **options: Any) -> Run:
    run: Run = build(Run, {"inputs": inputs, "model": "vader", "key_file": folder / "key.db"} | options)
    return run


@cache
def scorer(folder: Path) -> DocumentScorer:
    return open_scorer(build(Run, {"model": "vader", "key_file": folder / "key.db"}), ScoreOptions(articles=True))


def update(
    inputs: Sequence[str | Path],
    path: Path,
    *,
    log: Log | None = None,
    options: dict[str, Any] | None = None,
    open_scorer: Callable[[], DocumentScorer] | None = None,
    watch: Callable[[Any], Any] = iter,
    **more: Any,
) -> StoreUpdate:
    """Score into a store; the key of the pseudonyms lies beside it."""
    log = log or Log()
    noting = Watched(log.notify, log.skipped, log.warnings, log.counts, passed=watch)
    opened, run = open_scorer or (lambda: scorer(path.parent)), run_of(inputs, path.parent, **(options or {}))
    return update_store(run, path, opened, noting, StoreOptions(**more), ENGINE)


@dataclass(slots=True)
class Watched(Log):
    """A log that passes documents on as a test asks for."""

    passed: Callable[[Any], Any] = iter

    def watch(self, items: Any, what: str, inputs: Any = ()) -> Any:
        return self.passed(items)


def score(path: Path, *words: object) -> str:
    """Score into a store by the command; return what it said."""
    return str(commands.run("score", *words, "-o", path, "--model", "vader").stderr)


def query(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        return database.execute(statement).fetchall()


def change(path: Path, script: str) -> None:
    """Change a file as somebody who leaves its checksums as they are."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(script)


def alter(path: Path, script: str) -> None:
    """Change a store as somebody who writes its checksums anew."""
    change(path, script)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for unit, number, run in database.execute("SELECT unit, number, run FROM checksums").fetchall():
            with suppress(sqlite3.Error):  # too large to be read
                file.Database(path, database, ExitStack()).seal(unit, number, run)


def stored(path: Path, run: int | None = None) -> list[Document]:
    with Store.read(path) as store:
        return list(store.documents(store.choose_run(run)))


def scored(inputs: Sequence[str | Path], folder: Path) -> list[Document]:
    """The same without a store; ``folder`` is where the key lies."""
    log = Log()
    return list(score_inputs(read_documents(inputs, log=log), scorer(folder), log=log))


def scores_of(documents: Sequence[Document]) -> list[Any]:
    return [(document.document_id, document.scores) for document in documents]
