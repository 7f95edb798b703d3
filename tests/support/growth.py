"""Whether time grows with the size of what is read and not with its square, on any machine."""

from collections.abc import Callable
from time import process_time


def grows_linearly(read: Callable[[int], object], size: int) -> bool:
    """`read(size)` takes at most twice as long for each item as `read` of an eighth; a square, eight times.

    In one of three tries, since other processes on the machine can only add to the time.
    """
    return any(_seconds(read, size) < 16 * max(_seconds(read, size // 8), 0.01) for _ in range(3))


def reads_linearly(read: Callable[[str], object], text: str) -> bool:
    """The same for the ends of `text` and the whole of it."""
    return grows_linearly(lambda length: read(text[: length // 2] + text[len(text) - length // 2 :]), len(text))


def _seconds(read: Callable[[int], object], size: int) -> float:
    start = process_time()
    read(size)
    return process_time() - start
