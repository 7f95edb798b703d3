"""The outputs of a window: of which choice of pages, comments and labels each was made.

The folder keeps the choice of pages and what was made in ``window.json``.
"""

import json
import shlex
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from stance.app.commands import Job
from stance.app.folder import KEPT, PUBLIC, REPORT, STORE, ProjectFolder
from stance.app.packing import report_files
from stance.app.status import Status
from stance.datamodels import Strings
from stance.exceptions import StanceError
from stance.options.reading import CONDITIONS
from stance.reporting.summary_file import value_in
from stance.reporting.tables import DIFFERENCES, TRENDS
from stance.resources.files import open_file
from stance.resources.toml import read_text

FOUND = "found.html"
"""Name of the page of found comments."""


class Told(NamedTuple):
    """The finding that the report opens with, and the finding of the same pages before its last labels."""

    sources: tuple[object, ...] = ()  # of the report: as in ``asked``
    finding: str = ""
    before: str = ""


class Outputs:
    """The report and the files to take away, and the choice of pages that they are made of.

    :param targets: The options that name the user's file of targets.
    :param status: Returns how far reading and labelling have come.
    """

    downloads = {  # noqa: RUF012 never changed
        "report.zip": "Write the report",
        "stance.xlsx": "Write a table for Excel",
        "public.zip": "Write a report to share, without names and small counts",
        "replication.zip": "Pack scores, labels and methods for replication, without texts",
    }
    """Files to take away, with the words of their buttons."""

    def __init__(self, project: ProjectFolder, targets: Sequence[str], status: Callable[[], Status]) -> None:
        self.project, self._targets, self._status = project, targets, status
        self.conditions: dict[str, str] = {}  # that choose the pages of the report
        # Of each output: the command whose result it holds, version of the store, labels, and when it was written.
        self.made: dict[str, tuple[object, ...]] = {}
        self.told = Told()
        self.asked: tuple[object, ...] = ()  # what the report was last asked for: as in ``made``
        self._remember()

    def options(self) -> Strings:
        """Return the options that choose the targets and pages of a report, and of a draw of its comments."""
        names = {name: name if name == "target" else f"where={name}" for name in self.conditions}
        return *self._targets, *(f"--{names[name]}={value}" for name, value in self.conditions.items())

    @property
    def drawing(self) -> Strings:
        """The command that writes the report of the chosen pages, with the comparison where there are two outlets."""
        return ("stance", "report", STORE, "-o", REPORT, *self.options())

    def writing(self, name: str) -> Strings:
        """Return the command that writes an output, or the report that is packed when it is taken away."""
        content = content_of(name)
        if content == REPORT:
            return self.drawing
        if content == PUBLIC:
            return ("stance", "report", STORE, "--public", "-o", PUBLIC, *self.options())
        bundled = ("--bundle",) if name == "replication.zip" else ()
        return ("stance", "export", STORE, *bundled, *self._targets, "-o", name)

    def version(self, page: str = "index.html") -> int:
        """Return a number that changes with a page of the report; 0: there is none of this choice of pages."""
        command, *_, written = self.made.get(REPORT, ("", 0))
        is_shown = command == shlex.join(self.drawing) and written == self._time_of(REPORT)
        return self._time_of(REPORT, page) if is_shown else 0

    def age(self, name: str) -> str:
        """Return ``current`` for an output of the present choice, pages, comments and labels.

        :return: ``older`` if labels have changed since; empty if there is none of the present choice and pages.
        """
        command, version, labelled, written = self.made.get(content := content_of(name), ("", "", "", 0))
        *pages, labelled_now = self.sources(self.writing(name))
        if not written or written != self._time_of(content) or [command, version] != pages:
            return ""
        return "current" if labelled == labelled_now else "older"

    def sources(self, words: Sequence[str]) -> tuple[str, str, str]:
        """Return the sources that the output of a command would be made of now."""
        status = self._status()
        return shlex.join(words), status.version, status.labelled

    def _time_of(self, name: str, page: str = "index.html") -> int:
        """Return when an output was written, in nanoseconds; 0: it is not there."""
        path = self.project.folder / name
        with suppress(OSError):
            return (path / page if name in (REPORT, PUBLIC) else path).lstat().st_mtime_ns
        return 0

    def _remember(self) -> None:
        """Read the choice of pages and the notes on outputs, which the folder keeps; of one from elsewhere nothing."""
        with suppress(StanceError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            record = json.loads(read_text(self.project.folder / KEPT, "")) if self.project.is_known else {}
            outputs = {name: tuple(sources) for name, sources in record["made"].items() if len(sources) == 4}
            names = (*CONDITIONS, "target")
            self.conditions = {name: str(value) for name, value in record["choice"].items() if name in names}
            self.made = outputs
            sources, finding, before = record["told"]
            self.told = Told(tuple(sources), str(finding), str(before))
        if self.version():
            self.asked = self.made[REPORT][:3]

    def save(self) -> None:
        """Keep the choice of pages and the notes on outputs in the folder."""
        with open_file(self.project.folder / KEPT) as file:
            json.dump({"choice": self.conditions, "made": self.made, "told": self.told}, file)

    def tell(self, finding: str) -> None:
        """Keep the finding of the report that is there, beside that of the one before its last labels."""
        sources, former = self.made[REPORT][:3], self.told
        if sources != former.sources:
            is_of_labels = sources[:2] == former.sources[:2]
            self.told = Told(sources, finding, former.finding if is_of_labels else "")
            self.save()

    def drop_former(self) -> None:
        """Remove packed files of other pages or comments, or of another choice, unless somebody changed them."""
        ages = {name: self.age(name) for name in self.made}
        for name in (name for name, age in ages.items() if not age or (name, age) == (REPORT, "older")):
            is_ours = self._time_of(name) == self.made[name][-1]
            if name == REPORT and is_ours:  # marked, until it is drawn anew
                (self.project.folder / REPORT / FOUND).unlink(missing_ok=True)
                continue
            if is_ours:
                path = self.project.folder / name
                for file in report_files(path) if name == PUBLIC else (path,):
                    file.unlink(missing_ok=True)
            elif name == REPORT:  # drawn by somebody else
                self.asked = ()
            del self.made[name]
            self.save()

    def begin(self, job: Job) -> None:
        """Note the sources that the output of a command will be made of."""
        if job.lane != "draw":
            return
        output, job.of = _output_of(job.words), self.sources(job.words)
        if output == REPORT and self.made.get(REPORT, ("",))[0] != job.line:  # the next one may lack a comparison
            self.made.pop(REPORT, None)
            self.save()
            self._drop_comparison()

    def _drop_comparison(self) -> None:
        for name in ("comparison.html", "comparison.json", DIFFERENCES, TRENDS):
            (self.project.folder / REPORT / name).unlink(missing_ok=True)

    def finish(self, job: Job) -> None:
        """Note the sources of an output."""
        if job.lane == "draw":
            output = _output_of(job.words)
            # That of a former report of two outlets; times do not tell, since a clock may go back.
            if output == REPORT and len(value_in(self.project.folder / REPORT / "summary.json", "groups") or ()) < 2:
                self._drop_comparison()
            self.made[output] = *job.of, self._time_of(output)
            self.save()


def _output_of(words: Sequence[str]) -> str:
    """Return the name of the output of a command of the window."""
    return words[words.index("-o") + 1]


def content_of(name: str) -> str:
    """Return the content of a file to take away: itself, or the folder of a report."""
    folder = Path(name).stem
    return folder if folder in (REPORT, PUBLIC) else name
