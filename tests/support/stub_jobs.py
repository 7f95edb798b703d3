"""A job that loads nothing, with pages at which its workers die, hang or raise: worker processes import it by name."""

import errno
import os
import re
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path

from stance.datamodels import Document, Page, PageKind
from stance.exceptions import ModelError
from stance.limits import Limits, current_limits
from stance.workers import processes
from stance.workers.page_worker import Outcome, PageWorker


def page(number: int, does: str = "") -> Page:
    return Page(f"page-{number}", PageKind.TEXT, f"{does} {number} " + "word " * 20, "utf-8")


@dataclass(frozen=True)
class StubJob:
    """Notes each process that opens it.

    :param notes: A folder; a file in it bears the number of the process.
    :param fault: What happens when it is opened.
    :param limits: Those of the worker.
    """

    notes: Path
    fault: str = ""
    limits: Limits = field(default_factory=current_limits)

    def open(self) -> "StubWorker":
        processes.GRACE_SECONDS = 1
        (self.notes / str(os.getpid())).touch()
        if self.fault == "raises":
            raise ValueError("no such weights")
        if self.fault == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        return StubWorker(limits=self.limits, ready={PageKind.TEXT})


@dataclass(frozen=True)
class StubWorker(PageWorker):
    """Does what the first word of a page says."""

    @staticmethod
    def make(page: Page, _language: str | None = None) -> Outcome:  # noqa: C901 a case for each word
        match page.text.split()[0]:
            case "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            case "exits":
                os._exit(3)
            case "hangs" | "hangs-deaf" | "waits" | "waits-deaf" as how:
                if how.endswith("deaf"):  # as in a library that hears no signal
                    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
                while how.startswith("hangs"):
                    pass
                time.sleep(3600)  # takes no processor time
            case "stops":  # as Ctrl-Z does, for longer than the page may take by the clock
                os.system(f"(sleep 1; kill -CONT {os.getpid()}) &")
                os.kill(os.getpid(), signal.SIGSTOP)
            case "loads":  # a library, for longer than a page may take
                import slow_library  # noqa: F401
            case "backtracks":
                re.match("(a+)+$", "a" * 60 + "b")
            case "raises":
                raise ZeroDivisionError("one by none")
            case "fills":
                raise OSError(errno.ENOSPC, "No space left on device")
            case "cannot":
                raise ModelError("weights are gone; expected a model")
        return Document(page.text, page.source, author=str(os.getpid()))
