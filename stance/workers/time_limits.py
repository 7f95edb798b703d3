"""Limits on the processor time of a page."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

SLOWNESS = 10
"""Number of times as long as its processor time that a page may take by the clock."""


class LateError(BaseException):
    """Work takes longer than it may; no ``except Exception`` on the way catches it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds of processor time, where this process can do that to itself.

    By the clock it may take ten times as long: other programs keep a page waiting. Ticks are counted in place of the
    time of day, which goes on while Ctrl-Z stops the process.

    :raises LateError: If it took longer.
    """
    is_possible = hasattr(signal, "setitimer") and current_thread() is main_thread()
    if not is_possible or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return

    tick, ticks, begun = min(1.0, seconds / 20), 0, time.thread_time()

    def give_up(_number: int, frame: FrameType | None) -> None:
        nonlocal ticks
        ticks += 1
        is_late = time.thread_time() - begun > seconds or ticks * tick > seconds * SLOWNESS
        while is_late and frame is not None:  # a module that is loaded by halves would fail ever after
            is_late, frame = not frame.f_code.co_filename.startswith("<frozen importlib"), frame.f_back
        if is_late:
            raise LateError(too_long(seconds))

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def too_long(seconds: float) -> str:
    """Return the reason why a page is left out that took longer."""
    longest = f"{seconds:.3g} s of processor time, or {seconds * SLOWNESS:.3g} s in all"
    return f"took longer than {longest}; --limit page_seconds=N allows more"


def describe(error: BaseException) -> str:
    """Return the type and the text of an error, in one short line."""
    return f"{type(error).__name__}: {error}"[:200]
