"""Write reports that may be shared: everything that could be about one person is left out before anything is drawn.

Pages, JSON and CSV are all made from one record. It holds no count of one to four comments, none from which such a
count could be derived (:func:`protect_stances`), no word of a comment, no author and no single score. It is put
together from the parts that may be shown; nothing is taken out of a full record, so new parts do not slip through.
"""

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance import datamodels
from stance.datamodels import FEWEST_COMMENTS, NO_OUTLET, SIDES, Document, Record, Stance, TargetSummary
from stance.records.score_records import LABELS_FILE
from stance.records.writers import CODEBOOK, is_numbered
from stance.reporting import ReportFiles, group_of, json_of, summary_json
from stance.reporting import summary as records
from stance.reporting import tables as tidy
from stance.reporting.charts import stance_chart
from stance.reporting.comparison import publish_comparison
from stance.reporting.opening import doubt_of, level_of, opening, sentence_to_copy, source_line
from stance.reporting.rendering import Targets, render, sentence, sentences
from stance.reporting.summary import ModelNote
from stance.resources.files import SHARED

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

    A row hides all sides or none, and ``addressed`` together with ``others``. So if in each sum over rows none or at
    least two rows are hidden, no hidden count follows from the shown ones: two hidden rows of a sum can exchange
    comments of two hidden columns without changing anything that is shown.

    :param counts: Shape (documents, 4), columns in the order of ``LEAVES``.
    :param groups: Shape (documents,): the number of the group that each is in, from 0 with none left out.
    :return: With ``COLUMNS``. How many comments there are is taken to be known, so it is not hidden here; whether it
        is shown, :func:`protect_comments` decides.
    """
    addressed = counts[:, : len(SIDES)].sum(axis=1, keepdims=True)
    wide = np.hstack([counts, addressed, addressed + counts[:, len(SIDES) :]])
    found = Protected(COLUMNS, *_with_sums(wide, groups), len(counts))
    sums = _rows(len(counts), groups)
    for columns, size in (((OTHERS, "addressed"), "comments"), ((*map(str, SIDES), "addressed"), "addressed")):
        places = [COLUMNS.index(column) for column in columns]
        parts = [place for place in places if size != COLUMNS[place]]
        sizes = found.values[:, COLUMNS.index(size)]
        is_row_small = np.hstack([_is_small(found.values[:, parts]), found.hidden[:, places]])
        hidden: Marks = np.asarray(is_row_small.any(axis=1))
        _hide_more(hidden, found.values[:, parts], sizes, sums)
        found.hidden[:, parts] |= hidden[:, None]
    return found


def protect_comments(counts: Numbers, groups: Numbers) -> Protected:
    """Hide counts of which there is one for each document or group: its comments, its labels.

    :param counts: Shape (documents,).
    :param groups: As for :func:`protect_stances`.
    """
    found = Protected(("comments",), *_with_sums(counts.reshape(-1, 1), groups), len(counts))
    hidden = found.hidden[:, 0]  # a view
    hidden |= _is_small(found.values[:, 0])
    _hide_more(hidden, found.values, found.values[:, 0], _rows(len(counts), groups))
    return found


def _is_small(values: Numbers) -> Marks:
    return (values > 0) & (values < FEWEST_SHOWN)


def _tells(together: Numbers) -> bool:
    """Return whether sums of hidden rows, by column, tell a small count: itself, or the only one that is not 0."""
    return bool(_is_small(together).any() or np.count_nonzero(together) < min(2, len(together)))


def _with_sums(counts: Numbers, groups: Numbers) -> tuple[Numbers, Marks]:
    """Return counts with those of groups and of all, and marks of the same shape, none of them set."""
    documents = len(counts)
    values = np.zeros((documents + int(groups.max(initial=-1)) + 2, counts.shape[1]), np.int64)
    values[:documents] = counts
    np.add.at(values, documents + groups, counts)
    values[-1] = values[:documents].sum(axis=0)
    return values, np.zeros(values.shape, bool)


def _rows(documents: int, groups: Numbers) -> list[Numbers]:
    """Return the rows of each sum over rows, the sum first."""
    order, total = np.argsort(groups, kind="stable"), int(groups.max(initial=-1)) + 1
    members = np.split(order, np.searchsorted(groups[order], np.arange(1, total))) if total else []
    sums = [np.array([documents + group, *rows]) for group, rows in enumerate(members)]
    return [*sums, np.arange(documents + total, documents - 1, -1)]


def _hide_more(hidden: Marks, values: Numbers, sizes: Numbers, sums: Sequence[Numbers]) -> None:
    """Hide more rows until no sum gives a hidden row away, nor a small sum of hidden rows.

    The smallest further part is hidden; or the total, rather than a group of more than a tenth of it.

    :param hidden: Shape (rows,); changed in place.
    :param values: Shape (rows, columns).
    :param sizes: Shape (rows,); rows of size 0 stay.
    :param sums: Rows of each sum, the sum first.
    """
    before = -1
    while before < (before := int(hidden.sum())):
        for line in sums:
            whole, parts = line[0], line[1:]
            while hidden[line].any() and (
                hidden[line].sum() == 1 or (not hidden[whole] and _tells(values[parts[hidden[parts]]].sum(axis=0)))
            ):
                left = parts[~hidden[parts] & (sizes[parts] > 0)]
                smallest = left[sizes[left].argmin()] if len(left) else whole
                is_large = whole == len(hidden) - 1 and sizes[smallest] * 10 > sizes[whole]
                hidden[whole if is_large and not hidden[whole] else smallest] = True


# Reports --------------------------------------------------------------------------------------------------------------


Counts = Mapping[str | None, Protected]
"""The shown counts toward each target, and under None the numbers of comments."""


class PublicCounts:
    """Counts of the comments of each page, from which a report and its comparison of outlets hide the same.

    :param targets: Their ids.
    """

    def __init__(self, targets: Iterable[str]) -> None:
        self.groups: dict[str, int] = {}
        self._counts = {target: array("q") for target in targets}
        self._comments, self._of_group = array("q"), array("q")

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._of_group)

    def add(self, scored: Document, summaries: Iterable[TargetSummary]) -> None:
        """Count the comments of a page.

        :param summaries: Of its scores, one per target.
        """
        self._of_group.append(self.groups.setdefault(scored.outlet or NO_OUTLET, len(self.groups)))
        self._comments.append(len(scored.comments))
        for summary in summaries:
            sides = (summary.counts.get(side, 0) for side in SIDES)
            self._counts[summary.target].extend((*sides, summary.comments - summary.addressed))  # as in ``LEAVES``

    def protect(self) -> Counts:
        """Hide small counts."""
        groups = np.array(self._of_group, np.int64)
        cells: dict[str | None, Protected] = {None: protect_comments(np.array(self._comments, np.int64), groups)}
        for target, counts in self._counts.items():
            cells[target] = protect_stances(np.array(counts, np.int64).reshape(-1, len(LEAVES)), groups)
        return cells


class PublicReportWriter(ReportFiles):
    """Writes the public report of a corpus into a folder: an index, a page per document, ``summary.json``.

    Used as a :class:`stance.reporting.ReportWriter`. Files of a former report there that are not public go.
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
        whole, groups = total["whole"], total["groups"] or []
        shown = [each for each in groups if each["group"] in numbers]
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
            "groups": [group_of_cells(each, cells, numbers[each["group"]]) for each in shown],
            "whole": whole and group_of_cells(whole, cells, -1) | dict.fromkeys(("first", "last")),
            "audit": public_audit(total["audit"]),
        }
        if record["whole"]:
            for target, n in record["whole"]["labelled"].items():
                _set_labels(record["whole"], target, _unless_few(n))
        hide_labels(record["groups"], record["whole"], record["audit"])
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
        user = [] if is_numbered(self.folder / LABELS_FILE) else [LABELS_FILE]
        self.publish("summary.json", "index.html", stale={*tidy.ALL_NAMES, CODEBOOK} - {*user})

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
        "shares": [{**share, "labelled": None} for share in shown],
    }


def _gives_away(share: Record) -> bool:
    """Return whether a share of labels alone is one of so few that their number follows from it."""
    least = share["n"] if share["all_labelled"] else datamodels.FEWEST_SHOWN if share["method"] == "labels" else 0
    return 0.5 <= (share["estimate"] or 0) * least < FEWEST_SHOWN - 0.5


def group_of_cells(group: Record, cells: Counts, number: int) -> Record:
    """Return the shown parts of a group of this number, or of the whole (-1)."""
    own = {key: found.row(number, of_group=number >= 0) for key, found in cells.items()}
    return group_record(group, own.pop(None), {str(target): found for target, found in own.items()})


def hide_labels(groups: Sequence[Record], *totals: Record | None) -> None:
    """Hide numbers of labels of groups, and of all, from which a number of one to four follows.

    :param groups: Full numbers; changed in place.
    :param totals: Records of all comments, in which every number of labels is hidden where one of a group is.
    """
    is_any_hidden = False
    for target in groups[0]["labelled"] if groups else ():
        labels = np.array([group["labelled"].get(target, 0) for group in groups], np.int64)
        found = protect_comments(labels, np.zeros(len(labels), np.int64))
        is_any_hidden |= bool(found.hidden.any())
        for number, group in enumerate(groups):
            _set_labels(group, target, found.row(number)["comments"])
    for record in totals if is_any_hidden else ():
        for target in (record or {}).get("labelled", ()):
            _set_labels(record or {}, target, None)
        for name in {"labels", "matched"} & {*(record or {})}:
            (record or {})[name] = None


def _set_labels(group: Record, target: str, n: int | None) -> None:
    group["labelled"][target] = n
    for share in group["shares"]:
        if share["target"] == target:
            share["labelled"] = n


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
        "labelled": dict(group["labelled"]),
        "ahead": {target: str(side) for target in cells if (side := _side_ahead(group, target))},
    }


def _side_ahead(group: Record, target: str) -> Stance | None:
    """Return the side that is ahead, if the comments on it are no small count."""
    level = level_of(group, target)
    if (side := level.ahead) is None:
        return None
    share, counted = level.shares[side], group["counts"][target].get(side, 0)
    return side if min(counted, (share["estimate"] or 0.0) * share["n"]) >= FEWEST_SHOWN else None


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


def write_public_comparison(
    comparison: Record, folder: Path, *, targets: Targets, model: ModelNote, pages: PublicCounts | None = None
) -> Path:
    """Write a comparison for others.

    Parameters and return value as those of :func:`stance.reporting.comparison.write_comparison`.

    :param pages: Of a comparison of outlets: it hides what the report of these pages hides.
    """
    labels = dict(targets)
    record = public_comparison(comparison, tuple(labels), pages) | {"model": records.model_record(model, targets)}
    groups, source = record["groups"], source_line(record)
    chart = stance_chart("comparison-stance", groups, labels, source=source, by=record["by"], absent="no share")
    values = {**record, "labels": labels, "public": record["public"]["left_out"], "command": None, "chart": chart}
    told = opening(record, labels)
    values |= told | {"copied": sentence_to_copy(told, groups if record["by"] == "outlet" else (), source)}
    values["has_index"] = is_public(folder / "summary.json")
    return publish_comparison(folder, record, render("public_comparison.html", values))


def public_comparison(comparison: Record, targets: Sequence[str], pages: PublicCounts | None = None) -> Record:
    """Return the shown parts of a comparison.

    The groups' sum is taken to be known, as it is where the report of the same comments is public too.
    """
    groups = comparison["groups"]
    if pages is None:
        together = np.arange(len(groups))
        comments = protect_comments(np.array([group["comments"] for group in groups], np.int64), together)
        cells: Counts = {None: comments} | {
            target: protect_stances(_leaves(groups, target), together) for target in targets
        }
        numbers = {group["group"]: number for number, group in enumerate(groups)}
    else:
        cells, numbers = pages.protect(), pages.groups
    shown = [group_of_cells(group, cells, numbers[group["group"]]) for group in groups]
    audit = public_audit(comparison.get("audit"))
    hide_labels(shown, audit)
    differences = shown_differences(shown, comparison["differences"])
    record: Record = {
        "public": {"fewest": FEWEST_SHOWN, "left_out": sentences("public.txt", "comparison", FEWEST_SHOWN)},
        "by": comparison["by"],
        "targets": list(targets),
        "groups": shown,
        "differences": differences,
        "differences_withheld": len(comparison["differences"]) - len(differences),
        "not_paired": comparison["not_paired"],
        "audit": audit,
        **shown_sentiment(comparison),
    }
    return record


def _leaves(groups: Sequence[Record], target: str) -> Any:
    """Return the counts of groups toward a target, in the order of ``LEAVES``."""
    rows = [
        [counts[side] for side in SIDES] + [counts[Stance.NOT_ADDRESSED] + group["without_stance"][target]]
        for group in groups
        for counts in (group["counts"][target],)
    ]
    return np.array(rows, np.int64).reshape(-1, len(LEAVES))
