"""Find parents by names and indents: a name beside another, "@Name", or how deep a comment is."""

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from stance.datamodels import Comment, Comments
from stance.parsing.names import plain_names

Key = TypeVar("Key")

# A parent is known by its name beside another, by "@Name" or by the indent.
FEWEST_JOINED, JOINT = 3, (2, 5)
"""Minimum number of names with the same words in them, and minimum and maximum number of such words."""


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
    pairs = _by_joint([post.author for post in comments])  # first: the words between two names come back, too
    shorter = shorten(name for name, _ in pairs if name)
    latest: dict[str, str] = {}
    by_indent = parents_by_depth(dict(zip([post.comment_id for post in comments], indents, strict=True)))
    posts = []
    for comment, (name, other), answer in zip(comments, pairs, answered, strict=True):
        author, addressed = (shorter.get(post or "", post) or None for post in (name, answer or other))
        addressed = addressed or addressed_in(comment.text, latest)
        parent = by_indent.get(comment.comment_id)
        parent = latest.get(addressed.casefold(), parent) if addressed else parent
        is_same = (author, parent) == (comment.author, comment.reply_to)
        posts.append(comment if is_same else replace(comment, author=author, reply_to=parent))
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


def _by_joint(authors: Sequence[str | None]) -> list[tuple[str | None, str | None]]:
    """Part "Bo in reply to Ann", in any words that come back in names, most beside one who also has a name alone."""
    names = set(filter(None, authors))
    split = [name.split()[: 2 * JOINT[1]] for name in names]
    cuts = [(words, *cut) for words in split for cut in combinations(range(1, len(words) + 1), 2)]
    joints = Counter(" ".join(words[a:b]) for words, a, b in cuts if JOINT[0] <= b - a <= JOINT[1])
    joint = f" {max(joints, key=lambda text: (joints[text], len(text), text), default='')} "
    pairs = {name: f"{name} ".split(joint, 1) for name in names if joint in f"{name} "}
    sure = sum(pair[0] in names or pair[1].strip(" )") in names for pair in pairs.values())
    if len(pairs) < FEWEST_JOINED or 2 * sure <= len(pairs):
        return _by_earlier(authors)
    parted = [pairs.get(name or "", (name, "")) for name in authors]
    return [(name, (other or "").strip(" )") or None) for name, other in parted]


def _by_earlier(authors: Sequence[str | None]) -> list[tuple[str | None, str | None]]:
    """Part "Bo Ann" where Ann wrote above, if the names of many comments end so."""
    earlier, pairs = set[str](), list[tuple[str | None, str | None]]()
    for author in authors:
        words = (author or "").split()
        ends = (" ".join(words[at:]) for at in range(1, len(words)))
        other = next((end for end in ends if end in earlier), None)
        pairs.append(((author or "")[: -len(other)].strip(), other) if other else (author, None))
        earlier.update(filter(None, pairs[-1]))
    # Minimum share of names that end in another name: of hundreds of names, some do by chance.
    fewest = max(FEWEST_JOINED, 0.15 * len(pairs))
    are_many = sum(other is not None for _, other in pairs) >= fewest
    return pairs if are_many else [(name, None) for name in authors]


def addressed_in(text: str, earlier: Container[str]) -> str | None:
    """Read "@Ann Lee" at the start of a comment, where Ann Lee stands above."""
    # Maximum words of a name behind an "@".
    words = text[1:200].casefold().split()[:6] if text.startswith("@") else []
    names = (" ".join(words[:n]).rstrip(",:;.!?") for n in range(len(words), 0, -1))
    return next((name for name in names if name in earlier), None)
