"""How many threads of this process may work side by side: as many as it has cores, or fewer where it is one of several.

Like limits, this is in force inside a ``with``: it is asked for deep inside of models, whose arguments it is not.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

_Found = TypeVar("_Found")

_MOST: ContextVar[int | None] = ContextVar("threads", default=None)


def available_cores() -> int:
    """Count the cores that this process may use; a scheduler, or ``taskset``, may have left it fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def most_threads() -> int:
    """Return how many threads may work side by side."""
    return _MOST.get() or available_cores()


@contextmanager
def threads_limited(most: int) -> Iterator[None]:
    """Allow no more threads inside a ``with``, those of BLAS and OpenMP included."""
    from threadpoolctl import threadpool_limits

    token = _MOST.set(most)
    try:
        with threadpool_limits(most):
            yield
    finally:
        _MOST.reset(token)


def map_threads(function: Callable[..., _Found], *arguments: Iterable[Any]) -> list[_Found]:
    """Call a function with each of the arguments, as ``map`` does, by as many threads as may work side by side.

    :param function: Gives the interpreter free while it works; of one that does not, threads make nothing faster.
    """
    most = most_threads()
    if most == 1:  # handing over to a thread costs more than a short text
        return list(map(function, *arguments))
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(function, *arguments))
