"""Write reports that may be shared.

Pages, JSON and CSV are all made from one record, by the templates of other reports. It holds no count of one to four
comments, none from which such a count could be derived (``counts.protect_stances``), no word of a comment, no author
and no single score.
"""

import json
from collections.abc import Iterable, Iterator
from functools import partial

from stance.datamodels import Document, Record
from stance.records.score_records import LABELS_FILE
from stance.records.writers import CODEBOOK, is_numbered
from stance.reporting import tables as tidy
from stance.reporting.charts import stance_chart
from stance.reporting.files import ReportFiles
from stance.reporting.groups import group_of, with_levels
from stance.reporting.public.counts import Cells
from stance.reporting.public.records import is_public, public_report, target_record
from stance.reporting.rendering import render, sentence
from stance.reporting.summary_file import PRIVATE_FILES, json_of, record_json
from stance.resources.files import SHARED


class PublicReportWriter(ReportFiles):
    """Writes the public report of a corpus into a folder: an index, a page per document, ``summary.json``.

    Used as a :class:`stance.reporting.report.ReportWriter`. Files of a former report there that are not public go.
    """

    RIGHTS = SHARED

    cells: Cells

    def add(self, scored: Document, summaries: Iterable[Record]) -> None:
        """Lay aside the parts of a document that its page may show.

        :param summaries: Of this document's scores, one per target.
        """
        facts = ("outlet", "title", "url", "language")
        record = {
            "id": scored.document_id,
            "page": self.page_of(scored),
            **{name: getattr(scored, name) for name in facts},
            "published": scored.sure_date,
            "targets": {summary["target"]: summary["shares"] for summary in summaries},
        }
        self.spool(json_of(record))

    def _write_all(self, total: Record, summaries: Iterable[Record]) -> None:
        record = public_report(total, summaries, self.cells)
        values = {**record, "labels": dict(self.targets), **self.first_screen(record)}
        values |= dict.fromkeys(("command", "articles", "discourse", "outlets", "has_readings"))
        values["doubtful"] = {True: [], False: []}
        note = sentence("captions.txt", "model_line", record["model"]["name"])
        draw = partial(stance_chart, "page-stance", labels=values["labels"], by="outlet")
        for document in filter(lambda record: record["page"], self._records()):
            chart = draw([group_of("This page", document["targets"])], source=f"{document['source']}. {note}")
            page = {**values, "document": with_levels(document), "chart": chart}
            self.write(document["page"], render("document.html", page))
        self.write("summary.json", record_json(record, map(json_of, self._records())))
        values["totals"] = with_levels(record["totals"], record["whole"])
        values["documents"] = map(with_levels, self._records())
        values["has_comparison"] = len(total["groups"] or ()) > 1
        self.write("index.html", render("index.html", values))
        user = [] if is_numbered(self.folder / LABELS_FILE) else [LABELS_FILE]
        compared = ("comparison.html", "comparison.json") if is_public(self.folder / "comparison.json") else ()
        stale = {*tidy.ALL_NAMES, CODEBOOK, *PRIVATE_FILES, *compared}
        self.publish("summary.json", "index.html", stale=stale - {*user})

    def _records(self) -> Iterator[Record]:
        """Return the shown parts of each document."""
        cells, withheld = self.cells, self.cells.withheld
        for number, record in enumerate(map(json.loads, self.spooled())):
            of_target = record["targets"].items()
            targets = [target_record(target, cells, number, shares) for target, shares in of_target]
            facts = {"source": record["title"] or record["id"], "comments": cells.comments.row(number)["comments"]}
            outlet = None if record["outlet"] in withheld else record["outlet"]
            yield record | facts | {"outlet": outlet, "targets": targets}
