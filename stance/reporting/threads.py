"""Order comments by the replies to each other, as a page shows them."""

from typing import NamedTuple

from stance.datamodels import Comments, grouped


class Place(NamedTuple):
    """The place of a comment in its thread; its number is its place on the page, from 1."""

    number: int
    depth: int  # 0: it opens a thread
    parent: int | None  # the number of the comment it answers; None: none that is on the page


def thread_order(comments: Comments) -> tuple[Place, ...]:
    """Place the comments of one page in thread order, each exactly once.

    Parents come from the page and are hostile until checked: they may be missing, name themselves, run in circles or
    nest ten thousand deep. So there is no recursion.

    :param comments: In page order. Of several with one id, the first is the one that is answered.
    :return: One place per comment; a thread keeps page order among siblings.
    """
    replies = grouped((parent, number) for number, parent in parents_of(comments).items())
    placed = []
    stack = [Place(number, 0, None) for number in reversed(replies.get(None, []))]
    while stack:
        row = stack.pop()
        placed.append(row)
        stack += [Place(number, row.depth + 1, row.number) for number in reversed(replies.get(row.number, []))]
    return tuple(placed)


def parents_of(comments: Comments) -> dict[int, int | None]:
    """Map each number to its parent's, cutting circles where page order closes them."""
    numbers = {comment.comment_id: number for number, comment in reversed([*enumerate(comments, 1)])}
    answered = (None if comment.reply_to is None else numbers.get(comment.reply_to) for comment in comments)
    parents = dict(enumerate(answered, 1))
    rooted: set[int | None] = {None}
    for number in parents:
        path: dict[int, None] = {}
        step: int | None = number
        while step is not None and step not in rooted and step not in path:
            path[step] = None
            step = parents[step]
        if step is not None and step in path:
            parents[step] = None
        rooted.update(path)
    return parents
