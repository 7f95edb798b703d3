"""Reports that may leave the house: what could be about one person is left out before anything is drawn.

Pages, JSON and CSV are all made from one record. It holds no count of one to four comments, none from which such a
count could be worked out (``suppression``), no comment but in a cut (``quoting``), no author and no single score. It is
put together from what may be shown; nothing is taken out of a full record, so what is new there does not slip through.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from stance.datamodels import SIDES, Document, Skip, Stance, TargetSummary
from stance.grouping import NOT_STATED
from stance.reporting.comparison import publish_comparison
from stance.reporting.pages import Targets, render
from stance.reporting.quoting import LONGEST_QUOTE, commenter_names, quotes_record
from stance.reporting.remarks import remarks
from stance.reporting.summary import ModelNote, Record, model_record
from stance.reporting.suppression import (
    FEWEST_SHOWN,
    LEAVES,
    OTHERS,
    Cells,
    Protected,
    counts_of,
    protect_comments,
    protect_stances,
)
from stance.reporting.tidy import tidy_row, tidy_rows
from stance.reporting.writer import former_pages, page_name, summary_json
from stance.staging import Staging

LEFT_OUT = (
    f"counts of fewer than {FEWEST_SHOWN} comments, and others from which they could be worked out, with their shares",
    f"comments, but for cuts of {LONGEST_QUOTE} characters or less",
    "authors, and the table of single scores (scores.csv)",
    "paragraphs of articles, times, votes, threads and wording",
    "names of files, and the command that was typed",
)
"""What a public report says of itself."""

LEFT_OUT_OF_COMPARISON = (
    LEFT_OUT[0],
    "authors, but for how many there are",
    "series over time, matched differences, sensitivity and the audit's tables",
    "names of files, and the command that was typed",
)


_SPOOL = "documents.jsonl"


class PublicReportWriter:
    """Writes the public report of a corpus into a folder: an index, a page per document, ``summary.json``.

    Used as a :class:`stance.reporting.ReportWriter`. What a former report left there that is not public goes.

    :param folder: Where the report goes; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: What is known of the model that scored.
    :raises ConfigError: If the folder cannot be made or written.
    """

    def __init__(self, folder: Path, *, targets: Targets, model: ModelNote) -> None:
        self._targets = tuple(targets)
        self._note = model
        self._models: set[str] = set()
        self._staging = Staging(folder)
        self._open = ExitStack()
        self._counts = {target: array("q") for target, _ in self._targets}
        self._comments = array("q")
        self._of_group = array("q")
        self._groups: dict[str, int] = {}
        self._pages: dict[str, None] = {}
        self._parts: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Open the report for documents."""
        with ExitStack() as opening:
            opening.enter_context(self._staging)
            self._spool: IO[str] = opening.enter_context(self._staging.open(_SPOOL))
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what was not finished."""
        self._open.close()

    def add(self, scored: Document, summaries: tuple[TargetSummary, ...]) -> None:
        """Count one document, and lay aside what its page may show.

        :param summaries: Of this document's scores, one per target.
        """
        document = scored
        self._of_group.append(self._groups.setdefault(document.outlet or NOT_STATED, len(self._groups)))
        self._comments.append(len(document.comments))
        self._models.update(score.model for score in scored.scores)
        for summary in summaries:
            self._counts[summary.target].extend(counts_of(summary))
        part = self._parts[document.document_id] = self._parts.get(document.document_id, 0) + 1
        page = page_name(document.document_id if part == 1 else f"{document.document_id} part {part}")
        self._pages[page] = None
        found = remarks(document, scored.scores)
        names = commenter_names(found)
        record = {
            "id": document.document_id,
            "page": page,
            "outlet": document.outlet,
            "title": document.title,
            "url": document.url,
            "published": document.published,
            "language": document.language,
            "targets": {
                summary.target: {
                    "shares": [asdict(share) for share in summary.shares],
                    "quotes": quotes_record(found, document.document_id, summary.target, names),
                }
                for summary in summaries
            },
        }
        with self._staging.telling():
            self._spool.write(_json(record) + "\n")

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
        """Write pages, index and summary, and put the new report in the place of the old one.

        Parameters as those of :meth:`stance.reporting.ReportWriter.finish`.
        """
        with self._staging.telling():
            self._spool.close()
        cells = self._protect()
        note = self._note.of_scores(self._models)
        model = model_record(note, self._targets) | ({"sent": dict(sent)} if sent else {})
        given = {"model": model, "labels": dict(self._targets), "audit": public_audit(audit), "public": LEFT_OUT}
        total = {
            "public": {"fewest": FEWEST_SHOWN, "longest_quote": LONGEST_QUOTE, "left_out": list(LEFT_OUT)},
            "totals": self._totals(summaries_all, cells, len(skipped)),
            "targets": [{"id": target, "label": label} for target, label in self._targets],
            "model": model,
            "skipped": [{"source": None, "reason": "named in the full report"} for _ in skipped],
            "groups": [self._group(each, cells) for each in groups or () if each["group"] in self._groups],
            "whole": self._whole(whole, cells) if whole else None,
            "audit": given["audit"],
        }
        _share_out_authors(total, groups or [], whole)
        for record in self._records(cells):
            self._write(record["page"], render("public_document.html", {**given, "document": record}))
        self._write("summary.json", summary_json(total, self._records(cells)))
        self._write("index.html", render("public_index.html", {**total, **given, "documents": self._records(cells)}))
        folder = self._staging.folder
        stale = former_pages(folder / "summary.json") - self._pages.keys()
        self._staging.publish([*self._pages, "summary.json", "index.html"], stale=sorted({*stale, "scores.csv"}))
        return folder / "index.html"

    def _protect(self) -> dict[str | None, Protected]:
        """Decide what is shown: of each target, and under None of how many comments there are."""
        groups = np.array(self._of_group, np.int64)
        cells: dict[str | None, Protected] = {None: protect_comments(np.array(self._comments, np.int64), groups)}
        for target, counts in self._counts.items():
            cells[target] = protect_stances(np.array(counts, np.int64).reshape(-1, len(LEAVES)), groups)
        return cells

    def _totals(
        self, summaries: Iterable[TargetSummary], cells: Mapping[str | None, Protected], skipped: int
    ) -> Record:
        return {
            "documents": len(self._of_group),
            "skipped": skipped,
            "comments": cells[None].whole.shown("comments"),
            "targets": [
                target_record(each.target, cells[each.target].whole, [asdict(share) for share in each.shares])
                for each in summaries
            ],
        }

    def _group(self, group: Record, cells: Mapping[str | None, Protected]) -> Record:
        number = self._groups[group["group"]]
        return group_record(
            group, cells[None].group(number), {target: cells[target].group(number) for target, _ in self._targets}
        )

    def _whole(self, whole: Record, cells: Mapping[str | None, Protected]) -> Record:
        record = group_record(whole, cells[None].whole, {target: cells[target].whole for target, _ in self._targets})
        return record | {"first": whole["first"], "last": whole["last"]}

    def _records(self, cells: Mapping[str | None, Protected]) -> Iterator[Record]:
        """Give what is shown of each document."""
        with (self._staging.draft / _SPOOL).open(encoding="utf-8") as spool:
            for number, line in enumerate(spool):
                laid = json.loads(line)
                comments = cells[None].document(number)
                yield laid | {
                    "comments": comments.shown("comments"),
                    "withheld": comments.reasons(),
                    "targets": [
                        target_record(target, cells[target].document(number), each["shares"], each["quotes"])
                        for target, each in laid["targets"].items()
                    ],
                }

    def _write(self, name: str, parts: Iterable[str]) -> None:
        with self._staging.telling(), self._staging.open(name) as file:
            file.writelines(parts)


def target_record(
    target: str,
    cells: Cells,
    shares: Iterable[Mapping[str, Any]],
    quotes: Mapping[str, Sequence[str]] | None = None,
) -> Record:
    """Give what is shown of some comments toward one target.

    :param cells: Their counts.
    :param shares: Those that are of hidden counts are left out.
    :param quotes: By side; those of sides whose count is hidden, or zero, are left out.
    """
    record: Record = {
        "target": target,
        "addressed": cells.shown("addressed"),
        "counts": {str(side): cells.shown(side) for side in SIDES},
        "shares": [
            {**share, "labelled": _not_few(share["labelled"])}
            for share in shares
            if share["target"] == target and is_shown(share, cells)
        ],
        "withheld": {column: reason for column, reason in cells.reasons().items() if column != OTHERS},
    }
    if quotes is not None:
        record["quotes"] = {side: list(said) for side, said in quotes.items() if said and cells.shown(side)}
    return record


def is_shown(share: Mapping[str, Any], cells: Cells) -> bool:
    """Tell whether a share may be given: a share of a known number tells the count that it is of."""
    addressed = cells.shown("addressed")
    return bool(addressed) and addressed == share["n"] and cells.shown(str(share["stance"])) is not None


def group_record(group: Record, comments: Cells, cells: Mapping[str, Cells]) -> Record:
    """Give what is shown of a group of comments."""
    targets = {target: target_record(target, each, group["shares"]) for target, each in cells.items()}
    return {
        "group": group["group"],
        "articles": group["articles"],
        "comments": comments.shown("comments"),
        "authors": None,  # by ``_share_out_authors``, which needs all groups at once
        "without_author": None,
        "not_covered": None,
        "withheld_sizes": comments.reasons()
        | dict.fromkeys(("without_author", "not_covered"), "not in public reports"),
        "addressed": {target: each["addressed"] for target, each in targets.items()},
        "counts": {target: each["counts"] for target, each in targets.items()},
        "withheld": {target: each["withheld"] for target, each in targets.items()},
        "shares": [share for each in targets.values() for share in each["shares"]],
        "labelled": {target: _not_few(n) for target, n in group["labelled"].items()},
    }


def _share_out_authors(record: Record, groups: Sequence[Record], whole: Record | None) -> None:
    """Say how many wrote in each group, and in all, where these are not too few."""
    cells = protect_comments(
        np.array([group["authors"] for group in groups], np.int64), np.zeros(len(groups), np.int64)
    )
    numbers = {group["group"]: number for number, group in enumerate(groups)}
    for group in record["groups"]:
        own = cells.document(numbers[group["group"]])
        group["authors"] = own.shown("comments")
        group["withheld_sizes"] |= {"authors": own.reasons()["comments"]} if own.reasons() else {}
    if whole is not None and record.get("whole"):
        shown = cells.group(0).shown("comments") if groups else None
        record["whole"]["authors"] = shown if shown == whole["authors"] else None


def public_audit(audit: Record | None) -> Record | None:
    """Give how many labels there are, without who gave them and where they are kept."""
    if audit is None:
        return None
    labels, matched = _not_few(audit["labels"]), _not_few(audit["matched"])
    return {"labels": labels, "matched": matched, "assumed_random": audit["assumed_random"]}


def _not_few(number: int) -> int | None:
    """Give a number; None where it is small and not zero."""
    return None if 0 < number < FEWEST_SHOWN else number


# A comparison ---------------------------------------------------------------------------------------------------------


def write_public_comparison(comparison: Mapping[str, Any], folder: Path, *, targets: Targets, model: ModelNote) -> Path:
    """Write ``comparison.html``, ``comparison.json`` and ``comparison.csv`` without what could be about one person.

    Parameters as those of :func:`stance.reporting.write_comparison`.
    """
    labels = dict(targets)
    record = public_comparison(comparison, tuple(labels)) | {"model": model_record(model, targets)}
    rows = chain(
        map(tidy_row, _count_rows(record["groups"])),
        (row for row in tidy_rows(record) if row["section"] != "design"),
    )
    values = {**record, "labels": labels, "public": LEFT_OUT_OF_COMPARISON, "command": None}
    return publish_comparison(folder, record, rows, render("public_comparison.html", values))


def public_comparison(comparison: Mapping[str, Any], targets: Sequence[str]) -> Record:
    """Give what is shown of a comparison.

    The groups' sum is taken to be known, as it is where the report of the same comments is public too.
    """
    groups = comparison["groups"]
    together = np.zeros(len(groups), np.int64)
    comments = protect_comments(np.array([group["comments"] for group in groups], np.int64), together)
    cells = {target: protect_stances(_leaves(groups, target), together) for target in targets}
    shown = [
        group_record(group, comments.document(n), {target: cells[target].document(n) for target in targets})
        for n, group in enumerate(groups)
    ]
    given = {(each["group"], share["target"], share["stance"]) for each in shown for share in each["shares"]}
    differences = [
        dict(each)
        for each in comparison["differences"]
        if all((each[side], each["target"], each["stance"]) in given for side in "ab")
    ]
    record: Record = {
        "public": {"fewest": FEWEST_SHOWN, "left_out": list(LEFT_OUT_OF_COMPARISON)},
        "by": comparison["by"],
        "targets": list(targets),
        "groups": shown,
        "differences": differences,
        "differences_withheld": len(comparison["differences"]) - len(differences),
        "not_paired": comparison["not_paired"],
        "audit": public_audit(comparison.get("audit")),
    }
    _share_out_authors(record, groups, None)
    return record


def _count_rows(groups: Sequence[Record]) -> Iterator[Record]:
    """Give the rows of counts in ``comparison.csv``; one that is hidden is empty, and its note says why."""
    for group in groups:
        for size in ("articles", "comments", "authors"):
            why = group["withheld_sizes"].get(size)
            yield {"section": "design", "group": group["group"], "measure": size, "value": group[size], "note": why}
        for target, counts in group["counts"].items():
            for side, n in counts.items():
                why = group["withheld"][target].get(side)
                row = {"section": "count", "group": group["group"], "target": target, "measure": side}
                yield row | {"value": n, "note": why}


def _leaves(groups: Sequence[Record], target: str) -> Any:
    """Give the counts of groups toward a target, in the order of ``LEAVES``."""
    rows = [
        (
            *(group["counts"][target][side] for side in SIDES),
            group["counts"][target][Stance.NOT_ADDRESSED] + group["without_stance"][target],
        )
        for group in groups
    ]
    return np.array(rows, np.int64).reshape(-1, len(LEAVES))


# Writing --------------------------------------------------------------------------------------------------------------


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
