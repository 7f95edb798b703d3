"""Write the files of a report as they grow, and publish them together.

A corpus may be larger than memory: one line of each document goes to a spool file, everything else is summed, and the
index is drawn from both. The folder's old report stays as it is until the new one is whole. Nothing that a stranger
wrote becomes a file name, an anchor, a class, or a link that is not plain http.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from stance.datamodels import Document, Record, Skip, Strings
from stance.exceptions import ConfigError
from stance.records.digests import page_name
from stance.reporting import tables as tidy
from stance.reporting.charts import Chart, sentiment_chart, stance_chart
from stance.reporting.citations import sentences_to_copy, source_line
from stance.reporting.groups import group_of
from stance.reporting.opening import opening
from stance.reporting.rendering import Targets
from stance.reporting.summary import ModelNote, model_record
from stance.reporting.summary_file import Settle, as_computed, former_pages
from stance.resources.files import OWN, file_errors
from stance.resources.folders import open_folder

SPOOL = "documents.jsonl"


class ReportFiles(AbstractContextManager["ReportFiles"]):
    """The files of a report, as they grow. Use as a context manager; without ``publish``, nothing changes.

    :param folder: Where the report goes; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: The facts known about the model that scored.
    :raises ConfigError: If the folder cannot be made or written.
    """

    RIGHTS = OWN
    OPEN: Strings = (SPOOL,)
    """Files that grow with each document."""

    def __init__(self, folder: Path, *, targets: Targets, model: ModelNote) -> None:
        self.targets = tuple(targets)
        self.folder = folder
        self._note = model
        self._models: set[str] = set()
        self._open, self._grown = ExitStack(), ExitStack()
        self._pages: dict[str, None] = {}  # a set that keeps order
        self._parts: Counter[str] = Counter()  # document -> how many parts of it came
        self._spooled = 0  # bytes
        self.written: list[Path] = []  # without the pages of documents
        self.settle: Settle = as_computed  # the records to draw from; those of a report that is written again

    def __enter__(self) -> Self:
        """Open the report for documents."""
        with ExitStack() as opening:
            self.output = opening.enter_context(open_folder(self.folder, self.RIGHTS))
            opening.enter_context(self._grown)
            self.open = {name: self._grown.enter_context(self.output.open(name)) for name in self.OPEN}
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the files that were not published."""
        with suppress(OSError, ConfigError):  # files that could not be written are dropped with the rest
            self._open.close()

    def page_of(self, scored: Document) -> str | None:
        """Name the page of a document, or of its next part, and note the models that scored it.

        :return: None for comments of a table without articles, which have no page.
        """
        self._models |= {score.model for score in scored.scores}
        if scored.articles == "unknown":
            return None
        name = scored.document_id
        self._parts[name] += 1
        page = page_name(name, self._parts[name])
        self._pages[page] = None
        return page

    def spool(self, line: str) -> None:
        """Keep the record of a document, as JSON, for the index."""
        with file_errors(self.folder):
            self.open[SPOOL].write(line + "\n")
        self._spooled += len(line.encode()) + 1

    def spooled(self) -> Iterator[str]:
        """Read the records of documents again, one as JSON in each line."""
        with (self.output.unpublished / SPOOL).open(encoding="utf-8") as spool:
            yield from spool

    def finish(
        self,
        summaries_all: Iterable[Record],
        skipped: Sequence[Skip],
        compared: Record | None = None,
        *,
        sent: Record | None = None,
        **facts: Any,
    ) -> Path:
        """Write index and summary, and put the new report in the place of the old one.

        :param summaries_all: Of all documents' scores, one per target.
        :param skipped: The inputs that were left out.
        :param compared: ``groups`` and ``differences`` of a comparison by outlet.
        :param sent: As in the model's note, now that all is counted.
        :param facts: ``whole``, all comments as one group; ``articles``, sentences by target and outlet; ``audit``, the
            labels; ``discourse``, its analyses; ``learned``, comments that the model learned from.
        :return: The path of ``index.html``.
        """
        with file_errors(self.folder):
            self._grown.close()
        model = model_record(self._note.of_scores(self._models), self.targets)
        names = ("whole", "articles", "audit", "discourse", "learned", "waiting", "drawn", "known")
        total = {
            "totals": None,
            "targets": [{"id": target, "label": label} for target, label in self.targets],
            "model": model | ({"sent": dict(sent)} if sent else {}),
            "command": None,
            "skipped": [{"source": skip.source, "reason": skip.reason} for skip in skipped],
            "groups": compared and compared["groups"],
            "differences": compared and compared["differences"],
            **{name: facts.get(name) for name in names},
        }
        everything: Record = facts.get("whole") or {}
        total["sentiment"] = [{"group": tidy.ALL, **mean} for mean in everything.pop("sentiment", ())]
        total["sentiment_sides"] = [{"group": tidy.ALL, **row} for row in everything.pop("sentiment_sides", ())]
        total["sentiment"] += (compared or {}).get("sentiment", [])
        total["sentiment_differences"] = (compared or {}).get("sentiment_differences", [])
        self._write_all(total, summaries_all)
        return self.folder / "index.html"

    def _write_all(self, total: Record, summaries: Iterable[Record]) -> None:
        """Write and publish the files that are not written for each document."""
        raise NotImplementedError

    def first_screen(self, record: Record) -> Record:
        """Return the values of the template that the index opens with: findings, and the charts of all and of groups.

        :param record: That of the summary; of a report without groups, all comments are one.
        """
        groups, labels = record["groups"] or [], dict(self.targets)
        totals, is_apart = record["totals"], len(groups) > 1
        sizes = {"comments": totals["comments"], "articles": totals["documents"]}
        all_comments = record["whole"] or group_of("All comments", totals["targets"]) | sizes
        compared = {**record, "by": "outlet", "groups": groups or [all_comments]}
        compared["differences"] = record["differences"] or []
        compared["whole"] = record["whole"] if is_apart else None

        def draw(name: str, drawn: Sequence[Record]) -> Chart | None:
            return stance_chart(name, drawn, labels, source=source_line(compared, drawn), by="outlet")

        charts = {"chart": draw("report-stance", [all_comments])}
        charts["outlet_chart"] = draw("report-stance-by-outlet", groups) if is_apart else None
        charts["wording_chart"] = sentiment_chart(record["sentiment"], labels, "outlet")
        opens = None if totals["comments"] != 0 else "No comments were found."
        told = opening(compared, labels)
        copied = sentences_to_copy(told, compared, [group["group"] for group in groups])
        return {"by": "outlet", "opens": opens, "pages": len(self._pages), **charts, **told, "copied": copied}

    def write(self, name: str, parts: Iterable[str]) -> None:
        """Write a file."""
        with self.output.open(name) as file:
            file.writelines(parts)

    def publish(self, *names: str, stale: Iterable[str] = ()) -> None:
        """Put all pages and other files in the place of the former report."""
        former = former_pages(self.folder / "summary.json") - self._pages.keys()
        self.output.publish([*self._pages, *names], stale=sorted({*former, *stale}))
        self.written = [self.folder / name for name in dict.fromkeys(("index.html", "summary.json", *names))]
