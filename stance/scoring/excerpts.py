"""Which part of a long text a model reads that cannot read all of it: the part that speaks most of the target."""

from collections.abc import Sequence


def best_window(places: Sequence[int], length: int, size: int) -> tuple[int, int]:
    """Choose the window that holds the most places, with what it holds in its middle.

    :param places: In ascending order, each in [0, length); characters or tokens alike.
    :param length: Of the whole text, in the same unit.
    :param size: Of the window, at least 1.
    :return: Start and end, at most ``size`` apart; the whole text where it fits, its beginning where there is no place.
    """
    if length <= size:
        return 0, length
    first, best = 0, (0, 0)  # half open, in indices of ``places``
    for last, place in enumerate(places):
        while place - places[first] >= size:
            first += 1
        if last + 1 - first > best[1] - best[0]:
            best = (first, last + 1)
    held = places[best[0] : best[1]]
    middle = (held[0] + held[-1]) // 2 if held else 0
    start = max(0, min(middle - (size - 1) // 2, length - size))
    return start, start + size
