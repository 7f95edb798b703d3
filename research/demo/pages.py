"""Chosen comments as saved pages of three made-up outlets, each in the layout of another comment system."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

from .choosing import DESIGNED, Candidate, threads

HERE = Path(__file__).parent

FIRST_DAY = datetime(2025, 1, 6, 6, tzinfo=UTC)
DAYS = 180

AUTHORS = 60
"""Of an outlet that may write. How often the n-th does falls as 1 / (n + 4): the first writes one comment in 15."""

LOYALTY = 6
"""Times as likely is an author to write a comment on his own side as one on the other: people rarely change sides."""

ARTICLE_PARAGRAPHS = 3


@dataclass(frozen=True, slots=True)
class Outlet:
    """A newspaper or board that does not exist."""

    name: str
    layout: str  # as the parser names it, and the template
    host: str
    byline: str


@dataclass(slots=True)
class Post:
    """A comment as it stands on a page."""

    number: int
    candidate: Candidate
    author: str
    posted: datetime
    votes: int
    answers: "Post | None" = None
    replies: list["Post"] = field(default_factory=list)
    added: str = ""  # a sentence that was planted

    @property
    def text(self) -> str:
        """What it says."""
        return f"{self.candidate.text} {self.added}".rstrip()

    @property
    def with_quote(self) -> str:
        """What it says, below what it answers, as a board shows it."""
        return f"{self.answers.author} wrote: {self.answers.text}\n{self.text}" if self.answers else self.text


@dataclass(frozen=True, slots=True)
class StoryPage:
    """An article with the comments under it."""

    number: int
    outlet: Outlet
    title: str
    body: tuple[str, ...]
    published: datetime
    posts: tuple[Post, ...]

    @property
    def slug(self) -> str:
        """The last part of its address."""
        return re.sub(r"[^a-z0-9]+", "-", self.title.lower()).strip("-")

    @property
    def file_name(self) -> str:
        """Where it is saved."""
        return f"{self.outlet.layout}-{self.number:03}.html"

    @property
    def size(self) -> int:
        """How many comments it has."""
        return len(self.posts)

    @property
    def threads(self) -> list[Post]:
        """The comments that answer none."""
        return [post for post in self.posts if post.answers is None]

    @property
    def in_order(self) -> list[Post]:
        """All comments as they came."""
        return sorted(self.posts, key=lambda post: post.posted)


def read_material() -> dict[str, Any]:
    """Read the outlets, names and articles that the demonstration is made of."""
    return tomllib.loads((HERE / "material.toml").read_text(encoding="utf-8"))


def read_outlets(material: Mapping[str, Any]) -> list[Outlet]:
    """Read the outlets: three in the order of ``choosing.OUTLETS``, and that of the long thread."""
    return [Outlet(**outlet) for outlet in material["outlets"]]


def lay_out(
    comments: Sequence[Candidate],
    outlet: Outlet,
    pages: int,
    first: int,
    material: Mapping[str, Any],
    rng: np.random.Generator,
) -> list[StoryPage]:
    """Spread the comments of an outlet over pages, story by story, with authors and dates.

    :param first: The number of its first page.
    """
    groups = _page_groups(comments, pages)
    cast = Cast(material["people"], rng)
    days = np.sort(rng.choice(DAYS, len(groups), replace=False))
    order = rng.permutation(len(groups))
    seen: dict[str, int] = defaultdict(int)
    laid = []
    for number, (day, at) in enumerate(zip(days, order, strict=True), start=first):
        story = groups[at][0][0].story
        published = FIRST_DAY + timedelta(days=int(day), minutes=int(rng.integers(0, 720)))
        title, body = _article(story, seen[story], material)
        posts = tuple(_posts(groups[at], number, published, cast, rng))
        laid.append(StoryPage(number, outlet, title, body, published, posts))
        seen[story] += 1
    return laid


def _page_groups(comments: Sequence[Candidate], pages: int) -> list[list[list[Candidate]]]:
    """Part the threads of each story over as many pages as its size gives it."""
    stories: dict[str, list[list[Candidate]]] = defaultdict(list)
    for thread in threads(comments):
        stories[thread[0].story].append(thread)
    parts = dict.fromkeys(stories, 1)
    while sum(parts.values()) < pages:
        fullest = max(parts, key=lambda story: sum(map(len, stories[story])) / parts[story])
        parts[fullest] += 1
    return [group for story, of_story in stories.items() for group in _dealt(of_story, parts[story])]


def _dealt(of_story: Sequence[list[Candidate]], parts: int) -> list[list[list[Candidate]]]:
    groups: list[list[list[Candidate]]] = [[] for _ in range(parts)]
    for thread in sorted(of_story, key=len, reverse=True):
        min(groups, key=lambda group: sum(map(len, group))).append(thread)
    return [group for group in groups if group]


def _article(story: str, before: int, material: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Give headline and body; a story that an outlet takes up again has another headline."""
    title, lead = material["stories"][story]
    later, paragraphs = material["article"]["later"], material["article"]["paragraphs"]
    if before:
        title = f"{title}: {later[(before - 1) % len(later)]}"
    turned = [paragraphs[(before + at) % len(paragraphs)] for at in range(ARTICLE_PARAGRAPHS)]
    return title, (lead, *turned)


class Cast:
    """The people who write under one outlet: the same names all along, some far more often, most on one side."""

    def __init__(self, people: Mapping[str, Sequence[str]], rng: np.random.Generator) -> None:
        full = [f"{first} {last}" for first in people["first"] for last in people["last"]]
        names = [*people["handles"], *rng.choice(full, AUTHORS, replace=False)]
        self.names = [str(name) for name in rng.permutation(names)[:AUTHORS]]
        self._activity = 1 / (np.arange(1, AUTHORS + 1) + 4)
        self._sides = rng.choice(["against", "neutral", "favor"], AUTHORS)
        self._rng = rng

    def author(self, comment: Candidate, *, but: str | None) -> str:
        """Draw who writes a comment; nobody answers himself."""
        side = comment.label(DESIGNED)
        fits = np.where(self._sides == side, LOYALTY, 1.0) if side != "not_addressed" else 1.0
        weights = self._activity * fits * [name != but for name in self.names]
        return str(self._rng.choice(self.names, p=weights / weights.sum()))


def _posts(
    group: Sequence[Sequence[Candidate]], page: int, published: datetime, cast: Cast, rng: np.random.Generator
) -> Iterator[Post]:
    """Write out the threads of a page: most comments come within a day, replies within hours."""
    number = page * 1000
    for thread in group:
        posts: dict[str, Post] = {}
        for candidate in thread:
            parent = posts.get(candidate.parent or "")
            author = cast.author(candidate, but=parent.author if parent else None)
            since, hours = (parent.posted, 3.0) if parent else (published, 14.0)
            posted = since + timedelta(minutes=5 + int(rng.exponential(hours * 60)))
            number += 1
            post = Post(number, candidate, author, posted, int(rng.geometric(0.25)) - 1, parent)
            if parent:
                parent.replies.append(post)
            posts[candidate.comment_id] = post
            yield post


def write_pages(pages: Sequence[StoryPage], folder: Path) -> None:
    """Save the pages as HTML."""
    loader = jinja2.FileSystemLoader(HERE / "templates")
    templates = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined)
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        drawn = templates.get_template(f"{page.outlet.layout}.html").render(page=page, outlet=page.outlet)
        (folder / page.file_name).write_text(drawn, encoding="utf-8")
