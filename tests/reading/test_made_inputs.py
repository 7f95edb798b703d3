"""Made-up inputs: each is called by what it shows, and gives the facts that stand beside it in ``tests/made_inputs``.

Facts of comments, of documents, warnings, doubts, and the reasons of what is skipped are of all documents of an input,
in their order; what is not known is an empty text.
"""

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Document, Skip
from stance.limits import Limits, limits_in_force
from stance.reading import read
from tests.support.tables import repeated

FOLDER = Path(__file__).parents[1] / "made_inputs"
OF_DOCUMENTS = {
    "titles": "title",
    "urls": "url",
    "outlets": "outlet",
    "writers": "author",
    "published": "published",
    "bodies": "body",
    "layouts": "layout",
}
OF_COMMENTS = {
    "ids": "comment_id",
    "texts": "text",
    "authors": "author",
    "replies": "reply_to",
    "posted": "posted",
    "votes": "votes",
    "targets": "targets",
}
INPUTS = {
    f"{path.stem}: {name}": row
    for path in sorted(FOLDER.glob("*.toml"))
    for name, row in tomllib.loads(path.read_text(encoding="utf-8")).items()
}


def facts_of(documents: list[Document], skips: list[Skip], notes: list[str]) -> dict[str, list[Any]]:
    """Return all facts of an input by their names."""
    comments = [comment for document in documents for comment in document.comments]
    found = {fact: [getattr(each, field) for each in documents] for fact, field in OF_DOCUMENTS.items()}
    found |= {fact: [getattr(each, field) for each in comments] for fact, field in OF_COMMENTS.items()}
    found = {fact: ["" if value is None else value for value in values] for fact, values in found.items()}
    found["sizes"] = [len(document.comments) for document in documents]
    found["warnings"] = [*(warning for document in documents for warning in document.warnings), *notes]
    found["doubts"] = [doubt for document in documents for doubt in document.doubts]
    found["skipped"] = [skip.reason for skip in skips]
    return json.loads(json.dumps(found))


@pytest.mark.parametrize("name", INPUTS)
def test_a_made_input_gives_what_stands_beside_it(name: str, tmp_path: Path) -> None:
    row, skips = dict(INPUTS[name]), list[Skip]()
    path, columns, limits = tmp_path / row.pop("file"), row.pop("columns", None), row.pop("limits", {})
    content = row.pop("content")
    path.write_text(content if isinstance(content, str) else repeated(content), encoding="utf-8", newline="")
    notes = list[str]()
    with limits_in_force(replace(Limits(), **limits)):
        read_values = read([path], skip=skips.append, columns=columns, warn=lambda _, note: notes.append(note))
        documents = [value for value in read_values if isinstance(value, Document)]
    found = facts_of(documents, skips, notes)
    assert {fact: found[fact] for fact in row} == row
