"""Write a report, one document at a time.

A corpus may be larger than memory: what the index needs of each document is one line in a spool file, and the index is
drawn from that. The folder's old report stays as it is until the new one is whole.
"""

import csv
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from stance.datamodels import Document, Skip, TargetSummary
from stance.records import SCORE_FIELDS, score_to_row
from stance.reporting.index import Overview, choices, lean, sparkline
from stance.reporting.pages import Targets, document_page, render
from stance.reporting.summary import ModelNote, Record, Totals, document_record, model_record, skip_record
from stance.staging import Staging

PAGE_NAME = re.compile(r"[0-9a-f]{8,64}\.html")
"""What a document's page is called; a former page is removed only under such a name."""

LARGEST_SUMMARY = 200_000_000
"""Bytes of a former ``summary.json`` that are worth reading to find stale pages; a larger one leaves them."""

_SPOOL = "documents.jsonl"


class ReportWriter:
    """Writes the report of a corpus into a folder.

    Use as a context manager: ``add`` each document, then ``finish`` once. Without ``finish``, nothing changes.

    :param folder: Where the report goes; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: What is known of the model that scored.
    :param names: Show commenters' names where the scores carry no other.
    :param command: The command that made the report, to be printed in it.
    :raises ConfigError: If the folder cannot be made or written.
    """

    def __init__(
        self, folder: Path, *, targets: Targets, model: ModelNote, names: bool = False, command: str | None = None
    ) -> None:
        self._targets = tuple(targets)
        self._note = model
        self._models: set[str] = set()
        self._languages = model.languages
        self._names = names
        self._command = command
        self._staging = Staging(folder)
        self._open = ExitStack()
        self._files = ExitStack()
        self._totals = Totals()
        self._overview = Overview()
        self._pages: dict[str, None] = {}  # a set that keeps order
        self._parts: dict[str, int] = {}  # document -> how many parts of it came

    def __enter__(self) -> Self:
        """Open the report for documents."""
        with ExitStack() as opening:
            opening.enter_context(self._staging)
            opening.enter_context(self._files)
            self._spool = self._file(_SPOOL)
            self._csv = csv.writer(self._file("scores.csv"))
            self._csv.writerow(SCORE_FIELDS)
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what was not finished."""
        with suppress(OSError):  # what could not be written is dropped with the rest
            self._open.close()

    def add(self, scored: Document, summaries: tuple[TargetSummary, ...]) -> None:
        """Write the page, the rows and the numbers of one document.

        A document may come in parts, as when the rows of a table are not sorted by document; each gets its page.

        :param summaries: Of this document's scores, one per target.
        """
        page = self._new_page(scored.document_id)
        models = {score.model for score in scored.scores}
        self._models |= models
        record = document_record(scored, summaries, page, self._languages)
        self._totals.add(record)
        self._overview.add(record)
        with self._staging.telling():
            self._spool.write(_json(record) + "\n")
            self._csv.writerows(score_to_row(score).values() for score in scored.scores)
        self._write(
            page,
            document_page(
                scored, record, self._targets, self._model_of(models), names=self._names, command=self._command
            ),
        )

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
        :param audit: What is said of the audit labels, where there are any.
        :return: The path of ``index.html``.
        """
        with self._staging.telling():
            self._files.close()
        total = {
            "totals": self._totals.record(summaries_all, len(skipped)),
            "targets": [{"id": target, "label": label} for target, label in self._targets],
            "model": self._model_of(self._models) | ({"sent": dict(sent)} if sent else {}),
            "command": self._command,
            "skipped": [skip_record(skip) for skip in skipped],
            "groups": groups,
            "whole": whole,
            "overview": self._overview.record(target for target, _ in self._targets),
            "audit": audit,
        }
        self._write("summary.json", summary_json(total, self._records()))
        self._write("index.html", self._index(total))
        former = former_pages(self._staging.folder / "summary.json")
        published = [*self._pages, "scores.csv", "summary.json", "index.html"]
        self._staging.publish(published, stale=sorted(former - self._pages.keys()))
        return self._staging.folder / "index.html"

    def _model_of(self, models: Collection[str]) -> Record:
        return model_record(self._note.of_scores(models), self._targets)

    def _new_page(self, document_id: str) -> str:
        part = self._parts[document_id] = self._parts.get(document_id, 0) + 1
        page = page_name(document_id if part == 1 else f"{document_id} part {part}")
        self._pages[page] = None
        return page

    def _index(self, total: Record) -> Iterator[str]:
        values = {
            **total,
            "labels": dict(self._targets),
            "documents": self._records(),
            "outlets": list(choices(total["overview"]["outlets"])),
            "sparkline": sparkline,
            "lean": lean,
        }
        return render("index.html", values)

    def _records(self) -> Iterator[Record]:
        with (self._staging.draft / _SPOOL).open(encoding="utf-8") as spool:
            for line in spool:
                yield json.loads(line)

    def _file(self, name: str) -> IO[str]:
        return self._files.enter_context(self._staging.open(name))

    def _write(self, name: str, parts: Iterable[str]) -> None:
        with self._staging.telling(), self._staging.open(name) as file:
            file.writelines(parts)


def page_name(document_id: str) -> str:
    """Name a document's page after its identifier, or after a digest of one that is no digest itself."""
    name = f"{document_id}.html"
    if PAGE_NAME.fullmatch(name):
        return name
    return hashlib.sha256(document_id.encode(errors="surrogatepass")).hexdigest()[:16] + ".html"


def former_pages(summary: Path) -> set[str]:
    """Name the pages that a former report lists in its summary; none where that is missing or is not one of ours."""
    try:
        if summary.stat().st_size > LARGEST_SUMMARY:
            return set()
        former = json.loads(summary.read_bytes())
    except (OSError, ValueError, RecursionError):
        return set()
    documents = former.get("documents") if isinstance(former, dict) else None
    pages = [each.get("page") for each in documents if isinstance(each, dict)] if isinstance(documents, list) else []
    return {page for page in pages if isinstance(page, str) and PAGE_NAME.fullmatch(page)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def summary_json(total: Record, records: Iterable[Record]) -> Iterator[str]:
    """Give the summary with one document to a line, so that neither writer nor ``grep`` needs all of it at once."""
    for key, value in total.items():
        yield ("{" if key == next(iter(total)) else ",\n") + f"{_json(key)}: {_json(value)}"
    yield ',\n"documents": ['
    separator = "\n"
    for record in records:
        yield separator + _json(record)
        separator = ",\n"
    yield "\n]}\n"
