"""When memory is given back: how often Python looks for what nothing refers to any more, and what C keeps of the freed.

Python looks for circles of references, by default each time that 700 more objects were made than given back, and a run
makes millions that stay for a while: texts, mentions, cues that fired. Looking through them took a tenth of the time of
scoring, and found nothing.
"""

import gc
from functools import cache
from typing import Any

_OBJECTS = 50_000
"""Made and not given back before Python looks: a few megabytes. Ten times as many were no faster."""


def collect_seldom() -> None:
    """Let Python look less often, in a process that is ours alone; a program that uses the package decides itself."""
    gc.set_threshold(_OBJECTS, 20, 20)


def give_back_memory() -> None:
    """Have the C library give back what was freed: of a tree of 287,000 paragraphs, GNU's would keep 260 MB."""
    if trim := _trim():
        trim(0)


@cache
def _trim() -> Any:
    """Return the function of the C library that gives memory back; None where it has none."""
    import ctypes  # takes time, which hardly any run has use for

    try:
        return getattr(ctypes.CDLL(None), "malloc_trim", None)
    except (OSError, TypeError):  # Windows has no library without a name
        return None
