"""The order in which a conversation is read: each comment under the one it answers.

Parents come from the page and are hostile until checked: they may be missing, name themselves, run in circles or nest
ten thousand deep. No recursion, and every comment is placed exactly once.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from stance.datamodels import Comment


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comment stands: its number is its place on the page, from 1."""

    number: int
    depth: int  # 0: it opens a thread
    parent: int | None  # the number of the comment it answers; None: none that is on the page


def thread_order(comments: Sequence[Comment]) -> tuple[Place, ...]:
    """Place the comments of one page in thread order.

    :param comments: In page order. Of several with one id, the first is the one that is answered.
    :return: One place per comment; a thread keeps page order among siblings.
    """
    parents = _parents(comments)
    replies: dict[int | None, list[int]] = defaultdict(list)
    for number, parent in parents.items():
        replies[parent].append(number)
    placed: list[Place] = []
    stack = [Place(number, 0, None) for number in reversed(replies[None])]
    while stack:
        place = stack.pop()
        placed.append(place)
        stack += [Place(number, place.depth + 1, place.number) for number in reversed(replies[place.number])]
    return tuple(placed)


def _parents(comments: Sequence[Comment]) -> dict[int, int | None]:
    """Map each number to its parent's, cutting circles where page order closes them."""
    numbers: dict[str, int] = {}
    for number, comment in enumerate(comments, 1):
        numbers.setdefault(comment.comment_id, number)
    parents: dict[int, int | None] = {}
    for number, comment in enumerate(comments, 1):
        parent = numbers.get(comment.reply_to) if comment.reply_to is not None else None
        parents[number] = None if parent == number else parent
    return _without_circles(parents)


def _without_circles(parents: dict[int, int | None]) -> dict[int, int | None]:
    rooted: set[int] = set()
    for number in parents:
        path: list[int] = []
        seen: set[int] = set()
        step: int | None = number
        while step is not None and step not in rooted and step not in seen:
            path.append(step)
            seen.add(step)
            step = parents[step]
        if step is not None and step in seen:
            parents[step] = None
        rooted.update(path)
    return parents
