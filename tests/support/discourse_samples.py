"""Made-up comments with known sides for the tests of the discourse."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from stance.datamodels import STANCES, Comment, Document, Score, Stance, Unit, Via
from stance.discourse.posts import Posts, join_posts, read_posts
from stance.reporting.rendering import environment

TARGETS = ("russia", "us", "nato")
LABELS = {"russia": "Russia", "us": "the <US>", "nato": "NATO"}


class Row(NamedTuple):
    """A comment: its author, its sides, the number of the comment on its page that it answers, and when."""

    author: str | None
    sides: Mapping[str, Stance]
    parent: int | None = None
    posted: str | None = None


def page(name: str, rows: Iterable[Row], outlet: str = "A", published: str | None = None) -> Document:
    comments, scores = [], []
    for number, row in enumerate(rows):
        parent = None if row.parent is None else f"c{row.parent}"
        comments.append(Comment(f"c{number}", f"text {number}", row.author, parent, row.posted, language="en"))
        for target, side in row.sides.items():
            probabilities: Any = tuple(float(each == side) for each in STANCES)
            said = (target, probabilities, 0.0, None, Via.TEXT, (), "en", "m")
            scores.append(Score(name, outlet, Unit.COMMENT, f"c{number}", row.author, *said))
    facts: Any = {"title": name, "published": published, "comments": tuple(comments), "scores": tuple(scores)}
    return Document(name, "page", outlet, **facts)


def gather(documents: Iterable[Document]) -> Posts:
    return join_posts([read_posts(document, TARGETS) for document in documents], TARGETS)


def draw(name: str, record: Mapping[str, Any]) -> str:
    """Render the part of the page that shows a record."""
    macros = (("macros", "m"), ("discourse_macros", "dm"))
    source = "".join(f'{{% import "{file}.html" as {short} with context %}}' for file, short in macros)
    source += f'{{% include "discourse_{name}.html" %}}'
    page_of = "{}-{}.html".format
    return environment().from_string(source).render(record=record, labels=LABELS, d={}, page_of=page_of)
