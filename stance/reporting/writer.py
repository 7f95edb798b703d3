"""Write a report, one document at a time.

A corpus may be larger than memory: one line of each document goes to a spool file, and the index is drawn from that.
The folder's old report stays as it is until the new one is whole.
"""

import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from stance.datamodels import Document, Skip, TargetSummary
from stance.exceptions import ConfigError
from stance.files import config_errors, open_folder
from stance.records import SCORE_FIELDS, score_to_row
from stance.reporting.document import document_page
from stance.reporting.index import Overview, choices, lean, sparkline
from stance.reporting.pages import Targets, render
from stance.reporting.summary import ModelNote, Record, Totals, document_record, model_record

PAGE_NAME = re.compile(r"[0-9a-f]{8,64}\.html")
"""The name of a document's page; a former page is removed only under such a name."""

LARGEST_SUMMARY = 200_000_000
"""Bytes of a former ``summary.json`` that are read to find stale pages; a larger one leaves them."""

SPOOL = "documents.jsonl"


class ReportFiles(AbstractContextManager["ReportFiles"]):
    """The files of a report, as they grow. Use as a context manager; without ``publish``, nothing changes.

    :param folder: Where the report goes; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: The facts known about the model that scored.
    :raises ConfigError: If the folder cannot be made or written.
    """

    OPEN: tuple[str, ...] = (SPOOL,)
    """Files that grow with each document."""

    def __init__(self, folder: Path, *, targets: Targets, model: ModelNote) -> None:
        self.targets = tuple(targets)
        self.folder = folder
        self._note = model
        self._models: set[str] = set()
        self._open, self._grown = ExitStack(), ExitStack()
        self._pages: dict[str, None] = {}  # a set that keeps order
        self._parts: Counter[str] = Counter()  # document -> how many parts of it came

    def __enter__(self) -> Self:
        """Open the report for documents."""
        with ExitStack() as opening:
            self.output = opening.enter_context(open_folder(self.folder))
            opening.enter_context(self._grown)
            self.open = {name: self._grown.enter_context(self.output.open(name)) for name in self.OPEN}
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Drop the files that were not published."""
        with suppress(OSError, ConfigError):  # files that could not be written are dropped with the rest
            self._open.close()

    def page_of(self, scored: Document) -> tuple[str, set[str]]:
        """Name the page of a document, or of its next part, and the models that scored it."""
        name = scored.document_id
        self._parts[name] += 1
        page = page_name(name if self._parts[name] == 1 else f"{name} part {self._parts[name]}")
        self._pages[page] = None
        models = {score.model for score in scored.scores}
        self._models |= models
        return page, models

    def lay_aside(self, record: Record) -> None:
        """Keep the record of a document for the index."""
        with config_errors(self.folder):
            self.open[SPOOL].write(json_of(record) + "\n")

    def laid_aside(self) -> Iterator[Record]:
        """Read the records of documents again."""
        with (self.output.unpublished / SPOOL).open(encoding="utf-8") as spool:
            for line in spool:
                yield json.loads(line)

    def model_of(self, models: Collection[str]) -> Record:
        """Return the facts about the models of some scores."""
        return model_record(self._note.of_scores(models), self.targets)

    def finish(
        self,
        summaries_all: Iterable[TargetSummary],
        skipped: Sequence[Skip],
        groups: list[Record] | None = None,
        *,
        whole: Record | None = None,
        sent: Mapping[str, Any] | None = None,
        audit: Record | None = None,
    ) -> Path:
        """Write index and summary, and put the new report in the place of the old one.

        :param summaries_all: Of all documents' scores, one per target.
        :param skipped: The inputs that were left out.
        :param groups: As in a comparison's record, where documents were grouped.
        :param whole: All comments as one group, with the ``shares`` and ``means`` of both populations.
        :param sent: As in the model's note, now that all is counted.
        :param audit: The record of the audit labels, where there are any.
        :return: The path of ``index.html``.
        """
        with config_errors(self.folder):
            self._grown.close()
        total = {
            "totals": None,
            "targets": [{"id": target, "label": label} for target, label in self.targets],
            "model": self.model_of(self._models) | ({"sent": dict(sent)} if sent else {}),
            "command": None,
            "skipped": [{"source": skip.source, "reason": skip.reason} for skip in skipped],
            "groups": groups,
            "whole": whole,
            "overview": None,
            "audit": audit,
        }
        self._write_all(total, summaries_all)
        return self.folder / "index.html"

    def _write_all(self, total: Record, summaries: Iterable[TargetSummary]) -> None:
        """Write and publish the files that are not written for each document."""
        raise NotImplementedError

    def write(self, name: str, parts: Iterable[str]) -> None:
        """Write a file."""
        with self.output.open(name) as file:
            file.writelines(parts)

    def publish(self, *names: str, stale: Iterable[str] = ()) -> None:
        """Put all pages and other files in the place of the former report."""
        former = former_pages(self.folder / "summary.json") - self._pages.keys()
        self.output.publish([*self._pages, *names], stale=sorted({*former, *stale}))


class ReportWriter(ReportFiles):
    """Writes the report of a corpus into a folder: ``add`` each document, then ``finish`` once.

    Other parameters as those of :class:`ReportFiles`.

    :param names: Show commenters' names where the scores carry no other.
    :param command: The command that made the report, to be printed in it.
    """

    OPEN = (SPOOL, "scores.csv")

    def __init__(
        self, folder: Path, *, targets: Targets, model: ModelNote, names: bool = False, command: str | None = None
    ) -> None:
        super().__init__(folder, targets=targets, model=model)
        self._languages, self._names, self._command = model.languages, names, command
        self._totals, self._overview = Totals(), Overview()

    def __enter__(self) -> Self:
        """Open the report for documents."""
        super().__enter__()
        self._csv = csv.writer(self.open["scores.csv"])
        self._csv.writerow(SCORE_FIELDS)
        return self

    def add(self, scored: Document, summaries: tuple[TargetSummary, ...]) -> None:
        """Write the page, the rows and the numbers of one document.

        A document may come in parts, as when the rows of a table are not sorted by document; each gets its page.

        :param summaries: Of this document's scores, one per target.
        """
        page, models = self.page_of(scored)
        record = document_record(scored, summaries, page, self._languages)
        self._totals.add(record)
        self._overview.add(record)
        self.lay_aside(record)
        with config_errors(self.folder):
            self._csv.writerows(score_to_row(score).values() for score in scored.scores)
        model = self.model_of(models)
        parts = document_page(scored, record, self.targets, model, names=self._names, command=self._command)
        self.write(page, parts)

    def _write_all(self, total: Record, summaries: Iterable[TargetSummary]) -> None:
        overview = self._overview.record(target for target, _ in self.targets)
        totals = self._totals.record(summaries, len(total["skipped"]))
        total |= {"totals": totals, "command": self._command, "overview": overview}
        shown = {"labels": dict(self.targets), "outlets": list(choices(overview["outlets"]))}
        values = {**total, **shown, "documents": self.laid_aside(), "sparkline": sparkline, "lean": lean}
        self.write("summary.json", summary_json(total, self.laid_aside()))
        self.write("index.html", render("index.html", values))
        self.publish("scores.csv", "summary.json", "index.html")


def page_name(document_id: str) -> str:
    """Name a document's page after its identifier, or after a digest of one that is no digest itself."""
    name = f"{document_id}.html"
    if PAGE_NAME.fullmatch(name):
        return name
    return hashlib.sha256(document_id.encode(errors="surrogatepass")).hexdigest()[:16] + ".html"


def former_pages(summary: Path) -> set[str]:
    """Name the pages that a former report lists in its summary; none where that is missing or is not one of ours."""
    try:
        former = json.loads(summary.read_bytes()) if summary.stat().st_size <= LARGEST_SUMMARY else None
    except (OSError, ValueError, RecursionError):
        return set()
    documents = former.get("documents") if isinstance(former, dict) else None
    pages = [each.get("page") for each in documents if isinstance(each, dict)] if isinstance(documents, list) else []
    return {page for page in pages if isinstance(page, str) and PAGE_NAME.fullmatch(page)}


def json_of(value: Any) -> str:
    """Write JSON in one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def summary_json(total: Record, records: Iterable[Record]) -> Iterator[str]:
    """Write the summary with one document to a line, so that neither writer nor ``grep`` needs all of it at once."""
    yield "{" + ",\n".join(f"{json_of(key)}: {json_of(value)}" for key, value in total.items())
    yield ',\n"documents": ['
    separator = "\n"
    for record in records:
        yield separator + json_of(record)
        separator = ",\n"
    yield "\n]}\n"
