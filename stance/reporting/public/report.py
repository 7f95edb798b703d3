"""Write reports that may be shared.

Pages, JSON and CSV are all made from one record. It holds no count of one to four comments, none from which such a
count could be derived (``counts.protect_stances``), no word of a comment, no author and no single score. It is put
together from the parts that may be shown; nothing is taken out of a full record, so new parts do not slip through.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

from stance.datamodels import Document, Record, TargetSummary
from stance.records.score_records import LABELS_FILE
from stance.records.writers import CODEBOOK, is_numbered
from stance.reporting import tables as tidy
from stance.reporting.charts import stance_chart
from stance.reporting.files import ReportFiles
from stance.reporting.groups import group_of
from stance.reporting.public.counts import FEWEST_SHOWN, Counts, PublicCounts
from stance.reporting.public.records import (
    group_of_cells,
    hide_labels,
    is_public,
    public_audit,
    set_labels,
    shown_differences,
    shown_sentiment,
    target_record,
    unless_few,
)
from stance.reporting.rendering import Targets, render, sentence, sentences
from stance.reporting.summary import ModelNote
from stance.reporting.summary_file import json_of, summary_json
from stance.resources.files import SHARED


class PublicReportWriter(ReportFiles):
    """Writes the public report of a corpus into a folder: an index, a page per document, ``summary.json``.

    Used as a :class:`stance.reporting.report.ReportWriter`. Files of a former report there that are not public go.
    """

    RIGHTS = SHARED

    def __init__(self, folder: Path, *, targets: Targets, model: ModelNote) -> None:
        super().__init__(folder, targets=targets, model=model)
        self.counts = PublicCounts(target for target, _ in self.targets)

    def add(self, scored: Document, summaries: tuple[TargetSummary, ...]) -> None:
        """Count one document, and lay aside the parts that its page may show.

        :param summaries: Of this document's scores, one per target.
        """
        self.counts.add(scored, summaries)
        facts = ("outlet", "title", "url", "published", "language")
        record = {
            "id": scored.document_id,
            "page": self.page_of(scored),
            **{name: getattr(scored, name) for name in facts},
            "targets": {summary.target: [asdict(share) for share in summary.shares] for summary in summaries},
        }
        self.spool(json_of(record))

    def _write_all(self, total: Record, summaries: Iterable[TargetSummary]) -> None:
        cells, numbers = self.counts.protect(), self.counts.groups
        all_comments, groups = total["whole"], total["groups"] or []
        visible = [group for group in groups if group["group"] in numbers]
        left_out = sentences("public.txt", "report", FEWEST_SHOWN)
        record = {
            "public": {"fewest": FEWEST_SHOWN, "left_out": left_out},
            "totals": {
                "documents": len(self.counts),
                "skipped": len(total["skipped"]),
                "comments": cells[None].row(-1)["comments"],
                "targets": [target_record(e.target, cells[e.target].row(-1), map(asdict, e.shares)) for e in summaries],
            },
            "targets": total["targets"],
            "model": total["model"],
            "skipped": [{"source": None, "reason": "named in the full report"} for _ in total["skipped"]],
            "groups": [group_of_cells(group, cells, numbers[group["group"]]) for group in visible],
            "whole": all_comments and group_of_cells(all_comments, cells, -1) | dict.fromkeys(("first", "last")),
            "audit": public_audit(total["audit"]),
        }
        if record["whole"]:
            for target, n in record["whole"]["labelled"].items():
                set_labels(record["whole"], target, unless_few(n))
        hide_labels(record["groups"], record["whole"], record["audit"])
        record["differences"] = shown_differences(record["groups"], total["differences"] or [])
        record |= shown_sentiment(total)
        facts = {key: record[key] for key in ("model", "audit")} | {"labels": dict(self.targets), "public": left_out}
        note = sentence("captions.txt", "model_line", record["model"]["name"])
        draw = partial(stance_chart, "page-stance", labels=facts["labels"], by="outlet", absent="no share")
        for document in self._records(cells):
            source = f"{document['title'] or document['id']}. {note}"
            chart = draw([group_of("This page", document["targets"])], source=source)
            page = {**facts, "document": document, "chart": chart}
            if document["page"]:
                self.write(document["page"], render("public_document.html", page))
        self.write("summary.json", summary_json(record, map(json_of, self._records(cells))))
        values = {**record, **facts, **self.first_screen(record), "documents": self._records(cells)}
        values["has_comparison"] = len(groups) > 1 or is_public(self.folder / "comparison.json")
        self.write("index.html", render("public_index.html", values))
        user = [] if is_numbered(self.folder / LABELS_FILE) else [LABELS_FILE]
        self.publish("summary.json", "index.html", stale={*tidy.ALL_NAMES, CODEBOOK} - {*user})

    def _records(self, cells: Counts) -> Iterator[Record]:
        """Return the shown parts of each document."""
        for number, record in enumerate(map(json.loads, self.spooled())):
            of_target = record["targets"].items()
            targets = [target_record(target, cells[target].row(number), shares) for target, shares in of_target]
            yield record | {"comments": cells[None].row(number)["comments"], "targets": targets}
