"""Find parents by names and indents: a name beside another, "@Name", or how deep a comment is."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from stance.datamodels import Comment, Comments
from stance.parsing.names import plain_names

Key = TypeVar("Key")

# A parent is known by its name beside another, by "@Name" or by the indent.
FEWEST_JOINED = 3
"""Minimum number of names that end in another name."""


def with_parents(
    comments: Comments,
    answered: Sequence[str | None],
    indents: Sequence[int],
    shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names,
) -> tuple[Comment, ...]:
    """Part the names of commenters from those that they answer, cut the words of the page off both, and add parents.

    A parent is the last comment above by the name that is answered, else by the indent.

    :param answered: The names of those that comments answer, as far as a line of their own says so.
    :param shorten: Returns the shorter names by those that are cut.
    """
    pairs = _by_earlier([comment.author or "" for comment in comments])
    shorter = shorten(name for name, _ in pairs if name)
    numbers = [comment.comment_id for comment in comments]
    by_indent = parents_by_depth(dict(zip(numbers, indents, strict=True)))
    latest: dict[str, str] = {}
    posts = []
    for comment, (name, other), answer in zip(comments, pairs, answered, strict=True):
        author = shorter.get(name, name) or None
        named = answer or other
        named = shorter.get(named, named) or addressed_in(comment.text, latest)
        parent = latest.get(named.casefold(), by_indent.get(comment.comment_id))
        posts.append(replace(comment, author=author, reply_to=parent))
        if author:
            latest[author.casefold()] = comment.comment_id
    return tuple(posts)


def parents_by_depth(depths: Mapping[Key, int]) -> dict[Key, Key]:
    """Return for comments in page order the last one before that is less deep."""
    parents = {}
    above: list[Key] = []  # the thread so far, the innermost last
    for comment, depth in depths.items():
        while above and depths[above[-1]] >= depth:
            above.pop()
        if above:
            parents[comment] = above[-1]
        above.append(comment)
    return parents


def _by_earlier(authors: Sequence[str]) -> list[tuple[str, str]]:
    """Part "Bo Ann" or "Bo in reply to Ann" where Ann wrote above, if the names of many comments end so.

    :return: For each name what is before the other one, words between them included, and the other one, perhaps empty.
    """
    earlier, pairs = set[str](), list[tuple[str, str]]()
    for author in authors:
        words = author.split()
        ends = (" ".join(words[at:]) for at in range(1, len(words)))
        other = next((end for end in ends if end in earlier), "")
        pairs.append((author.removesuffix(other).strip(), other))
        sizes = range(1 if other else len(words), len(words) + 1)  # of "Bo in reply to Ann", "Bo" is a name
        earlier.update(" ".join(words[:size]) for size in sizes)
    # Minimum share of names that end in another name: of hundreds of names, some do by chance.
    fewest = max(FEWEST_JOINED, 0.15 * len(pairs))
    are_many = sum(other != "" for _, other in pairs) >= fewest
    return pairs if are_many else [(author, "") for author in authors]


def addressed_in(text: str, earlier: Container[str]) -> str:
    """Read "@Ann Lee" at the start of a comment, where Ann Lee stands above; empty where nobody is addressed."""
    # Maximum words of a name behind an "@".
    words = text[1:200].casefold().split()[:6] if text.startswith("@") else []
    names = (" ".join(words[:n]).rstrip(",:;.!?") for n in range(len(words), 0, -1))
    return next((name for name in names if name in earlier), "")
