"""Plant what the analyses of the discourse are to find: a phrase of one outlet, and copies in a long thread."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np

from .choosing import Candidate, read_candidates
from .pages import FIRST_DAY, Cast, Outlet, Post, StoryPage

PHRASES = (
    "Just follow the paper trail.",
    "The paper trail is there for all to see.",
    "Somebody should read the paper trail.",
)
"""Sentences that take no side, so that labels stay true."""

SHARE_OF_AUTHORS = {0: 0.30, 1: 0.02}
"""Outlet -> share of its authors who add the phrase to a comment."""

COMMENTS = 412
COPIES = 12
REPLIES = 0.45
"""Share of the thread's comments that answer one of the latest forty."""


def plant_wording(pages: Sequence[StoryPage], outlets: Sequence[Outlet], rng: np.random.Generator) -> None:
    """Add a phrase to comments of one outlet, and to hardly any of another."""
    for number, share in SHARE_OF_AUTHORS.items():
        own = [page for page in pages if page.outlet == outlets[number]]
        authors = sorted({post.author for page in own for post in page.posts})
        users = {author for author in authors if rng.random() < share}
        for page in own:
            for post in page.posts:
                if post.author in users:
                    post.added = str(rng.choice(PHRASES))


def long_thread(outlet: Outlet, number: int, material: Mapping[str, Any], rng: np.random.Generator) -> StoryPage:
    """Build a page with a thread of ``COMMENTS``, of which ``COPIES`` are one text.

    :param number: Of the page.
    """
    known = [each for each in read_candidates(held_out=False) if each.parent is None and not each.is_hard]
    chosen = [known[at] for at in rng.permutation(len(known))[: COMMENTS - COPIES]]
    published = FIRST_DAY + timedelta(days=90)
    cast = Cast(material["people"], rng)
    posts: list[Post] = []
    minutes = np.sort(rng.exponential(9 * 60, len(chosen)))
    for at, (candidate, minute) in enumerate(zip(chosen, minutes, strict=True)):
        answered = posts[-int(rng.integers(1, min(len(posts), 40) + 1))] if posts and rng.random() < REPLIES else None
        author = cast.author(candidate, but=answered.author if answered else None)
        posted = published + timedelta(minutes=5 + int(minute), seconds=at % 60)
        if answered and posted <= answered.posted:
            posted = answered.posted + timedelta(seconds=30)
        post = Post(number * 1000 + at, candidate, author, posted, int(rng.geometric(0.25)) - 1, answered)
        if answered:
            answered.replies.append(post)
        posts.append(post)
    posts += _copies(number, published + timedelta(hours=13), material, rng)
    article = material["thread"]
    return StoryPage(number, outlet, article["title"], tuple(article["body"]), published, tuple(posts))


def _copies(number: int, start: Any, material: Mapping[str, Any], rng: np.random.Generator) -> list[Post]:
    """Write the copies: by an account each, one in a minute."""
    copied = material["thread"]["copies"]
    texts = [copied["exact"]] * (COPIES - len(copied["changed"])) + copied["changed"]
    first = Candidate("copy-00", "thread", copied["exact"], copied["labels"], None, False, 0.0)
    return [
        Post(
            number * 1000 + COMMENTS + at,
            replace(first, comment_id=f"copy-{at:02}", text=texts[which]),
            f"{material['people']['first'][at]}{rng.integers(1000, 9999)}",
            start + timedelta(minutes=at, seconds=int(rng.integers(0, 50))),
            0,
        )
        for at, which in enumerate(rng.permutation(COPIES))
    ]
