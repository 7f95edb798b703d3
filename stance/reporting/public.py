"""Write reports that may be shared: everything that could be about one person is left out before anything is drawn.

Pages, JSON and CSV are all made from one record. It holds no count of one to four comments, none from which such a
count could be derived (:func:`protect_stances`), no word of a comment, no author and no single score. It is put
together from the parts that may be shown; nothing is taken out of a full record, so new parts do not slip through.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance import datamodels
from stance.datamodels import FEWEST_COMMENTS, NO_OUTLET, SIDES, Document, Record, Stance, TargetSummary
from stance.records import COMPARED, LABELS_FILE, is_numbered
from stance.reporting import ReportFiles, group_of, json_of, summary_json
from stance.reporting import summary as records
from stance.reporting.comparison import publish_comparison, tidy_row, tidy_rows
from stance.reporting.opening import doubt_of, opening, source_line
from stance.reporting.rendering import Targets, render, sentence, sentences, stance_chart
from stance.reporting.summary import ModelNote
from stance.reporting.wording import SENTIMENT_FILE
from stance.resources import SHARED

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]
Shown = Mapping[str, int | None]
"""Counts by column; None: hidden."""

FEWEST_SHOWN = FEWEST_COMMENTS
"""Minimum count, zero aside, that a public report shows."""

OTHERS = "others"
LEAVES = (*map(str, SIDES), OTHERS)
"""Words: a comment's places toward a target: a side, or without one, be it that it does not address the target or that
the model does not cover it."""

COLUMNS = (*LEAVES, "addressed", "comments")

_LINES = (("addressed", *LEAVES[: len(SIDES)]), ("comments", "addressed", OTHERS))
_SUMS = [[COLUMNS.index(column) for column in line] for line in _LINES]
"""Number of each column, and of those that it is the sum of."""

_BEYOND = np.iinfo(np.int64).max


# Small counts ---------------------------------------------------------------------------------------------------------


class Protected(NamedTuple):
    """Counts of documents, of the groups that they are in, and of all."""

    columns: tuple[str, ...]
    values: Numbers  # shape (documents + groups + 1, columns)
    hidden: Marks
    documents: int

    def row(self, number: int, *, of_group: bool = False) -> Shown:
        """Return the counts of a document, of a group, or of all (-1 as a document)."""
        at = number + self.documents if of_group else number
        cells = zip(self.columns, self.values[at].tolist(), self.hidden[at], strict=True)
        return {column: None if hidden else value for column, value, hidden in cells}


def protect_stances(counts: Numbers, groups: Numbers) -> Protected:
    """Hide counts of stances toward one target.

    :param counts: Shape (documents, 4), columns in the order of ``LEAVES``.
    :param groups: Shape (documents,): the number of the group that each is in, from 0 with none left out.
    :return: With ``COLUMNS``. How many comments there are is taken to be known, so it is not hidden here; whether it
        is shown, :func:`protect_comments` decides.
    """
    addressed = counts[:, : len(SIDES)].sum(axis=1, keepdims=True)
    wide = np.hstack([counts, addressed, addressed + counts[:, len(SIDES) :]]).astype(np.int64)
    return _protect(COLUMNS, wide, groups, _SUMS, known=COLUMNS.index("comments"))


def protect_comments(counts: Numbers, groups: Numbers) -> Protected:
    """Hide counts of which there is one for each document: its comments.

    :param counts: Shape (documents,).
    :param groups: As for :func:`protect_stances`.
    """
    return _protect(("comments",), counts.reshape(-1, 1).astype(np.int64), groups, (), known=None)


def _protect(
    columns: tuple[str, ...], counts: Numbers, groups: Numbers, sums: Sequence[list[int]], known: int | None
) -> Protected:
    documents, total = len(counts), int(groups.max(initial=-1)) + 1
    values = np.zeros((documents + total + 1, counts.shape[1]), np.int64)
    values[:documents] = counts
    np.add.at(values, documents + groups, counts)
    values[-1] = counts.sum(axis=0)
    free = np.ones(values.shape, bool)
    if known is not None:
        free[:, known] = False
    hidden = (values > 0) & (values < FEWEST_SHOWN) & free
    lines = [(values, hidden, free, np.ix_(range(len(values)), line)) for line in sums]
    down = (np.ix_(range(len(columns)), rows) for rows in _rows(documents, total, groups))
    lines += [(values.T, hidden.T, free.T, part) for part in down]
    while sum(_hide_one_more(*each) for each in lines):  # unlike any(), sum() goes on to the end
        pass
    return Protected(columns, values, hidden, documents)


def _rows(documents: int, total: int, groups: Numbers) -> Iterator[list[int]]:
    """Return the rows of each sum over rows, the sum first."""
    if documents:
        order = np.argsort(groups, kind="stable")
        for group, members in enumerate(np.split(order, np.searchsorted(groups[order], np.arange(1, total)))):
            yield [documents + group, *members.tolist()]
        yield [documents + total, *range(documents, documents + total)]


def _hide_one_more(table: Numbers, hidden_in: Marks, free_in: Marks, part: Any) -> bool:
    """Hide one more count in each line that gives one away: the smallest above zero, else the sum, else a zero.

    :param table: Sums and their parts.
    :param hidden_in: The same shape; changed in place.
    :param free_in: Which may be hidden.
    :param part: The lines in the table, shape (lines, 1 + parts).
    :return: Whether any was hidden.
    """
    values, hidden, free = table[part], hidden_in[part], free_in[part]
    parts, kept = values[:, 1:], hidden[:, 1:]
    is_alone = hidden.sum(axis=1) == 1
    is_revealed = ~hidden[:, 0] & kept.any(axis=1) & ((parts * kept).sum(axis=1) < FEWEST_SHOWN)
    left = ~hidden & free
    costs = np.where(left, values, _BEYOND)
    costs[:, 0] = np.where(left[:, 0], _BEYOND - 2, _BEYOND)
    costs[:, 1:][left[:, 1:] & (parts == 0)] = _BEYOND - 1
    at = costs.argmin(axis=1)
    lines = np.flatnonzero((is_alone | is_revealed) & (costs.min(axis=1) < _BEYOND))
    hidden[lines, at[lines]] = True
    hidden_in[part] = hidden
    return bool(len(lines))


# Reports --------------------------------------------------------------------------------------------------------------


Counts = Mapping[str | None, Protected]
"""The shown counts toward each target, and under None the numbers of comments."""


class PublicReportWriter(ReportFiles):
    """Writes the public report of a corpus into a folder: an index, a page per document, ``summary.json``.

    Used as a :class:`stance.reporting.ReportWriter`. Files of a former report there that are not public go.
    """

    RIGHTS = SHARED

    def __init__(self, folder: Path, *, targets: Targets, model: ModelNote) -> None:
        super().__init__(folder, targets=targets, model=model)
        self._counts = {target: array("q") for target, _ in self.targets}
        self._comments, self._of_group = array("q"), array("q")
        self._groups: dict[str, int] = {}

    def add(self, scored: Document, summaries: tuple[TargetSummary, ...]) -> None:
        """Count one document, and lay aside the parts that its page may show.

        :param summaries: Of this document's scores, one per target.
        """
        self._of_group.append(self._groups.setdefault(scored.outlet or NO_OUTLET, len(self._groups)))
        self._comments.append(len(scored.comments))
        for summary in summaries:
            sides = (summary.counts.get(side, 0) for side in SIDES)
            self._counts[summary.target].extend((*sides, summary.comments - summary.addressed))  # as in ``LEAVES``
        facts = ("outlet", "title", "url", "published", "language")
        record = {
            "id": scored.document_id,
            "page": self.page_of(scored),
            **{name: getattr(scored, name) for name in facts},
            "targets": {summary.target: [asdict(share) for share in summary.shares] for summary in summaries},
        }
        self.spool(json_of(record))

    def _write_all(self, total: Record, summaries: Iterable[TargetSummary]) -> None:
        cells = self._protect()
        whole, groups = total["whole"], total["groups"] or []
        shown = [each for each in groups if each["group"] in self._groups]
        left_out = sentences("public.txt", "report", FEWEST_SHOWN)
        record = {
            "public": {"fewest": FEWEST_SHOWN, "left_out": left_out},
            "totals": {
                "documents": len(self._of_group),
                "skipped": len(total["skipped"]),
                "comments": cells[None].row(-1)["comments"],
                "targets": [target_record(e.target, cells[e.target].row(-1), map(asdict, e.shares)) for e in summaries],
            },
            "targets": total["targets"],
            "model": total["model"],
            "skipped": [{"source": None, "reason": "named in the full report"} for _ in total["skipped"]],
            "groups": [self._group(each, cells, self._groups[each["group"]]) for each in shown],
            "whole": whole and self._group(whole, cells, -1) | {each: whole[each] for each in ("first", "last")},
            "audit": public_audit(total["audit"]),
        }
        record["differences"] = shown_differences(record["groups"], total["differences"] or [])
        record |= shown_sentiment(total)
        given = {key: record[key] for key in ("model", "audit")} | {"labels": dict(self.targets), "public": left_out}
        note = sentence("captions.txt", "model_line", record["model"]["name"])
        for document in self._records(cells):
            own, source = [group_of("This page", document["targets"])], f"{document['title'] or document['id']}. {note}"
            chart = stance_chart("page-stance", own, given["labels"], source=source, by="outlet", absent="no share")
            page = {**given, "document": document, "chart": chart}
            if document["page"]:
                self.write(document["page"], render("public_document.html", page))
        self.write("summary.json", summary_json(record, map(json_of, self._records(cells))))
        values = {**record, **given, **self.first_screen(record), "documents": self._records(cells)}
        values["has_comparison"] = len(groups) > 1 or is_public(self.folder / "comparison.json")
        self.write("index.html", render("public_index.html", values))
        private = [LABELS_FILE] if is_numbered(self.folder / LABELS_FILE) else []
        private += ["scores.csv", SENTIMENT_FILE, *COMPARED.values()]
        self.publish("summary.json", "index.html", stale=private)

    def _protect(self) -> Counts:
        groups = np.array(self._of_group, np.int64)
        comments = protect_comments(np.array(self._comments, np.int64), groups)
        cells: dict[str | None, Protected] = {None: comments}
        for target, counts in self._counts.items():
            cells[target] = protect_stances(np.array(counts, np.int64).reshape(-1, len(LEAVES)), groups)
        return cells

    def _group(self, group: Record, cells: Counts, number: int) -> Record:
        """Return the shown parts of a group, or of the whole (-1)."""
        own = {key: found.row(number, of_group=number >= 0) for key, found in cells.items()}
        return group_record(group, own.pop(None), {str(target): found for target, found in own.items()})

    def _records(self, cells: Counts) -> Iterator[Record]:
        """Return the shown parts of each document."""
        for number, record in enumerate(map(json.loads, self.spooled())):
            own = record["targets"].items()
            targets = [target_record(target, cells[target].row(number), shares) for target, shares in own]
            yield record | {"comments": cells[None].row(number)["comments"], "targets": targets}


def target_record(target: str, cells: Shown, shares: Iterable[Record]) -> Record:
    """Return the shown parts of some comments toward one target.

    :param cells: Their counts.
    :param shares: Those of hidden counts are left out: a share of a known number gives the count away.
    """
    given = [share for share in shares if share["target"] == target]
    if not cells["addressed"] or any(map(_gives_away, given)):
        given = []
    shown = [share for share in given if cells[str(share["stance"])] is not None]
    return {
        "target": target,
        "addressed": cells["addressed"],
        "counts": {str(side): cells[side] for side in SIDES},
        "shares": [{**share, "labelled": _unless_few(share["labelled"])} for share in shown],
    }


def _gives_away(share: Record) -> bool:
    """Return whether a share of labels alone is one of so few that their number follows from it."""
    least = share["n"] if share["all_labelled"] else datamodels.FEWEST_SHOWN if share["method"] == "labels" else 0
    return 0.5 <= (share["estimate"] or 0) * least < FEWEST_SHOWN - 0.5


def group_record(group: Record, comments: Shown, cells: Mapping[str, Shown]) -> Record:
    """Return the shown parts of a group of comments."""
    targets = {target: target_record(target, each, group["shares"]) for target, each in cells.items()}
    return {
        "group": group["group"],
        "articles": group["articles"],
        "comments": comments["comments"],
        **dict.fromkeys(("authors", "without_author", "not_covered")),
        **{key: {target: each[key] for target, each in targets.items()} for key in ("addressed", "counts")},
        "shares": [share for each in targets.values() for share in each["shares"]],
        "means": [mean for target, each in targets.items() for mean in _net_means(group, target, each["shares"])],
        "labelled": {target: _unless_few(n) for target, n in group["labelled"].items()},
    }


def _net_means(group: Record, target: str, shares: Sequence[Record]) -> Iterator[Record]:
    """Return net stance toward a target, which is a difference of shares, where all of these are shown."""
    names = ("target", "measure", "estimate", "interval", "method", "population")
    for mean in group.get("means") or () if doubt_of(group, target) is None else ():
        shown = {share["stance"] for share in shares if share["population"] == mean["population"]}
        if (mean["target"], mean["measure"]) == (target, "net") and len(shown) == len(SIDES):
            yield {name: mean[name] for name in names} | {"details": {}}


def shown_differences(groups: Iterable[Record], differences: Iterable[Record]) -> list[Record]:
    """Return the differences of shares that are both shown."""
    given = {(each["group"], share["target"], share["stance"]) for each in groups for share in each["shares"]}
    pairs = ((each, {(each[side], each["target"], each["stance"]) for side in "ab"}) for each in differences)
    return [dict(each) for each, sides in pairs if sides <= given]


def shown_sentiment(record: Record) -> Record:
    """Return the means of groups with an interval, without counts, and the tested differences."""
    hidden = dict.fromkeys(("n", "negative", "positive"))
    means = [mean | hidden for mean in record.get("sentiment") or () if mean["interval"] is not None]
    tests = record.get("sentiment_differences") or []
    return {"sentiment": means, "sentiment_sides": [], "sentiment_differences": tests}


def public_audit(audit: Record | None) -> Record | None:
    """Return the number of labels, without their annotators and files."""
    if audit is None:
        return None
    labels, matched = _unless_few(audit["labels"]), _unless_few(audit["matched"])
    return {"labels": labels, "matched": matched}


def _unless_few(number: int) -> int | None:
    """Return a number; None where it is small and not zero."""
    return None if 0 < number < FEWEST_SHOWN else number


# Comparisons ----------------------------------------------------------------------------------------------------------


def is_public(record: Path) -> bool | None:
    """Return whether the record of a report or comparison is a public one; None if there is none."""
    try:
        with record.open("rb") as file:
            return b'"public": {' in file.read(100)
    except OSError:
        return None


def write_public_comparison(comparison: Record, folder: Path, *, targets: Targets, model: ModelNote) -> Path:
    """Write ``comparison.html``, ``comparison.json`` and ``comparison.csv`` for others.

    Parameters as those of :func:`stance.reporting.write_comparison`.
    """
    labels = dict(targets)
    record = public_comparison(comparison, tuple(labels)) | {"model": records.model_record(model, targets)}
    others = (row for row in tidy_rows(record) if row["section"] != "design")
    rows = chain(map(tidy_row, _count_rows(record["groups"])), others)
    groups, source = record["groups"], source_line(record)
    chart = stance_chart("comparison-stance", groups, labels, source=source, by=record["by"], absent="no share")
    values = {**record, "labels": labels, "public": record["public"]["left_out"], "command": None, "chart": chart}
    values |= opening(record, labels)
    values["has_index"] = is_public(folder / "summary.json")
    return publish_comparison(folder, record, rows, render("public_comparison.html", values), tables={})


def public_comparison(comparison: Record, targets: Sequence[str]) -> Record:
    """Return the shown parts of a comparison.

    The groups' sum is taken to be known, as it is where the report of the same comments is public too.
    """
    groups = comparison["groups"]
    together = np.zeros(len(groups), np.int64)
    comments = protect_comments(np.array([group["comments"] for group in groups], np.int64), together)
    cells = {target: protect_stances(_leaves(groups, target), together) for target in targets}
    own = [{target: cells[target].row(n) for target in targets} for n in range(len(groups))]
    shown = [group_record(group, comments.row(n), own[n]) for n, group in enumerate(groups)]
    differences = shown_differences(shown, comparison["differences"])
    record: Record = {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "comparison", FEWEST_SHOWN)},
        "by": comparison["by"],
        "targets": list(targets),
        "groups": shown,
        "differences": differences,
        "differences_withheld": len(comparison["differences"]) - len(differences),
        "not_paired": comparison["not_paired"],
        "audit": public_audit(comparison.get("audit")),
        **shown_sentiment(comparison),
    }
    return record


def _count_rows(groups: Sequence[Record]) -> Iterator[Record]:
    """Return the rows of counts in ``comparison.csv``; a hidden one is empty."""
    for group in groups:
        own = {"section": "design", "group": group["group"]}
        for size in ("articles", "comments"):
            yield own | {"measure": size, "value": group[size]}
        for target, counts in group["counts"].items():
            for side, n in counts.items():
                yield own | {"section": "count", "target": target, "measure": side, "value": n}


def _leaves(groups: Sequence[Record], target: str) -> Any:
    """Return the counts of groups toward a target, in the order of ``LEAVES``."""
    rows = [
        [counts[side] for side in SIDES] + [counts[Stance.NOT_ADDRESSED] + group["without_stance"][target]]
        for group in groups
        for counts in (group["counts"][target],)
    ]
    return np.array(rows, np.int64).reshape(-1, len(LEAVES))
