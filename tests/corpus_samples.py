"""Pages for corpora, and a run that scores them as the command does."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from stance.corpus import open_corpus
from stance.corpus.scoring import corpus_settings, update_corpus
from stance.corpus.updating import CorpusUpdate
from stance.datamodels import Document
from stance.documents import DocumentScorer, make_scorer
from stance.log import Log
from stance.outputs import write_scores
from stance.pipeline import read_documents, score_inputs
from stance.records import content_of, document_from_record
from stance.run import Run, build

SAID = (
    "NATO kept its word and Russia did not.",
    "Russia only defends itself, as anybody would.",
    "The Americans should stay at home for once.",
    "I love this paper, whatever it writes about NATO.",
)


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


def named_by_content(name: str) -> dict[str, Any]:
    """A document whose id is the digest of what it says, as ``stance parse`` gives it."""
    return page(name) | {"id": content_of(document_from_record(page(name)))}


def page_and_scores(folder: Path) -> tuple[Path, Path]:
    """A page, and a table of its scores."""
    north, table = write(folder / "north.jsonl", named_by_content("north")), folder / "scores.csv"
    write_scores((each for document in scored([north], folder) for each in document.scores), table)
    return north, table


def write(path: Path, *pages: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in pages), encoding="utf-8")
    return path


def run_of(inputs: Sequence[str | Path], folder: Path, **options: Any) -> Run:
    return build(Run, {"inputs": inputs, "model": "vader", "key_file": folder / "key.db"} | options)


@cache
def scorer(folder: Path) -> DocumentScorer:
    return make_scorer(build(Run, {"model": "vader", "key_file": folder / "key.db"}), body=True)


def settings(folder: Path, **options: Any) -> dict[str, Any]:
    return corpus_settings(run_of((), folder, **options))


def update(
    inputs: Sequence[str | Path],
    folder: Path,
    *,
    log: Log | None = None,
    watch: Callable[[Any], Any] = iter,
    options: dict[str, Any] | None = None,
    **more: Any,
) -> CorpusUpdate:
    """Score into a corpus; the key of the pseudonyms lies beside it."""
    return update_corpus(
        run_of(inputs, folder.parent, **(options or {})),
        folder,
        settings=settings(folder.parent, **(options or {})),
        open_scorer=lambda: scorer(folder.parent),
        log=log or Log(),
        watch=watch,
        **more,
    )


def stored(folder: Path) -> list[Document]:
    return [each.scored for each in open_corpus(folder).documents()]


def scored(inputs: Sequence[str | Path], folder: Path) -> list[Document]:
    """The same without a corpus; ``folder`` is where the key lies."""
    log = Log()
    return list(score_inputs(read_documents(inputs, log=log), scorer(folder), log=log))


def scores_of(documents: Sequence[Document]) -> list[Any]:
    return [(document.document_id, document.scores) for document in documents]
