"""Write the report of a corpus: a page for each document, the index, the comments on each side, and tables."""

import heapq
import json
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from types import SimpleNamespace as View
from typing import Self

from stance import datamodels
from stance.datamodels import SIDED, Document, Record
from stance.records.digests import page_name
from stance.records.score_records import LABELS_FILE, REPORT_FIELDS, report_rows
from stance.records.writers import CODEBOOK, NUMBERED_FIELDS, csv_head, csv_text, is_numbered
from stance.reporting import tables as tidy
from stance.reporting.article import ArticlePage, head_record
from stance.reporting.comments import name_of, pseudonym_of
from stance.reporting.document import document_page
from stance.reporting.files import SPOOL, ReportFiles
from stance.reporting.groups import with_levels
from stance.reporting.opening import with_claims
from stance.reporting.plan import command_parts
from stance.reporting.readings import FindMentions, measure_of
from stance.reporting.rendering import Targets, render, sentences
from stance.reporting.summary import ModelNote, ReportTotals, document_record, model_record
from stance.reporting.summary_file import json_of, record_json
from stance.reporting.wording import keep_percent_together, percent
from stance.resources import VERSION
from stance.resources.files import file_errors


class ReportWriter(ReportFiles):
    """Writes the report of a corpus into a folder: ``add`` each document, then ``finish`` once.

    Other parameters as those of :class:`stance.reporting.files.ReportFiles`.

    :param names: Show commenters' names where the scores carry no other.
    :param command: The command that made the report, to be printed in it.
    :param find: Finds the mentions of targets in a text.
    :param labels: Writes the table of the labels that shares rest on; None: there are none.
    """

    OPEN = (SPOOL, "scores.csv")

    def __init__(
        self,
        folder: Path,
        *,
        targets: Targets,
        model: ModelNote,
        names: bool = False,
        command: str | None = None,
        find: FindMentions | None = None,
        labels: Callable[[], Iterable[str]] | None = None,
    ) -> None:
        super().__init__(folder, targets=targets, model=model)
        self._labels, self._has_names = labels, names
        self._find, self._marker = find, secrets.token_hex(16)  # no page can hold the marker
        self._named: dict[str, tuple[int, dict[str, int]]] = {}  # page -> scored comments, those that name each target
        self._places: list[tuple[int, int]] = []  # of each record in the spool: comments that name targets, less; place
        self._sided: dict[tuple[str, str], list[tuple[float, int, View]]] = defaultdict(list)  # heaps of the surest
        self._languages: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # of all comments on each side
        self.command, self._author = command, name_of if names else pseudonym_of
        self._totals, self._has_tone, self._count = ReportTotals(), False, 0

    def __enter__(self) -> Self:
        """Open the report for documents."""
        super().__enter__()
        self.open["scores.csv"].write(csv_head(REPORT_FIELDS))
        return self

    def add(
        self,
        scored: Document,
        summaries: Sequence[Record],
        discourse: Record | None = None,
        facts: Record | None = None,
    ) -> None:
        """Write the page, the rows and the numbers of one document.

        :param discourse: The analyses of the discourse on the page; ``themes`` and ``newsroom`` name comments by ids.
        :param facts: As of :func:`stance.reporting.summary.document_record`.
        """
        page = self.page_of(scored)
        discourse = {**(discourse or {})}
        themes, newsroom = (discourse.pop(name, []) for name in ("themes", "newsroom"))
        record = document_record(scored, summaries, page, self._note.languages, discourse, facts or {})
        models = {score.model for score in scored.scores}
        article = ArticlePage(scored, self.targets, ", ".join(sorted(models)), self._find)
        record |= head_record(scored) | article.record(themes, newsroom)
        record = self.settle("document", record)
        model = self.settle("model", model_record(self._note.of_scores(models), self.targets))
        model["sent"].pop("texts", None)  # known once all are sent
        self._totals.add(scored, record)
        self._has_tone |= any(score.tones is not None for score in scored.scores)
        self._places.append((-sum(summary["named"] for summary in record["targets"]), self._spooled))
        self.spool(json_of(record))
        with file_errors(self.folder):
            self.open["scores.csv"].write(csv_text(report_rows(scored)))
        for reading in article.sided():
            self._languages[reading.score.target, reading.score.shown or ""] += article.languages_of([reading])
        if page:
            counts = {target: len(article.readings.get(target, ())) for target in article.labels}
            self._named[page] = record["funnel"]["covered"], counts
            mark = f"{self._marker} {{}};".format
            self._keep_sided(article, page)
            self.write(page, document_page(article, record, model, self._author, self.command, mark))

    def _keep_sided(self, article: ArticlePage, page: str) -> None:
        """Keep the surest comments on each side, over all pages."""
        document = article.document
        facts = {"page": page, "outlet": document.outlet, "title": document.title or document.source}
        # Maximum number of comments of a list across pages, the surest.
        most = 50
        for reading in article.sided():
            self._count += 1
            heap = self._sided[reading.score.target, reading.score.shown or ""]
            probability = reading.score.probability or 0.0
            if len(heap) < most or probability > heap[0][0]:
                author = self._author(reading.comment, [reading.score])  # by whom those who are forgotten are found
                entry = probability, -self._count, View(**vars(article.quoted(reading)), author=author, **facts)
                (heapq.heappush if len(heap) < most else heapq.heapreplace)(heap, entry)

    def _write_sided(self, totals: Record, values: Record) -> None:
        """Write the page of the comments on each side."""
        readings = {summary["target"]: summary["readings"] for summary in totals["targets"]}
        model = values["model"]["name"]
        lists: dict[str, list[View]] = {}
        for target, name in product(dict(self.targets), SIDED):
            if heap := self._sided.get((target, name)):
                views = [view for *_, view in sorted(heap, reverse=True)]
                measure = measure_of(name, model, self._languages[target, name])
                row = View(name=name, n=readings[target][name], entries=views, **measure)
                lists.setdefault(target, []).append(row)
        self.write("readings.html", render("readings.html", {**values, "readings": lists}))

    def by_named(self) -> Iterator[str]:
        """Read the records of documents again, those with most comments that name a target first."""
        with (self.output.unpublished / SPOOL).open("rb") as spool:
            for _, start in sorted(self._places):
                spool.seek(start)
                yield spool.readline().decode()

    def _compare_pages(self) -> None:
        """Write into each page how often the comments of the other pages name its targets."""
        totals = sum((Counter(counts) for _, counts in self._named.values()), Counter[str]())
        comments = sum(n for n, _ in self._named.values())
        for page, (n, counts) in self._named.items():
            path = self.output.unpublished / page
            text = path.read_text(encoding="utf-8")
            for target, here in counts.items():
                words = ""
                # Minimum number of comments on the other pages of a run with which a page is compared.
                if n and comments - n >= 20:
                    there = percent((totals[target] - here) / (comments - n))
                    words = f" here, and in {keep_percent_together(there)} on the other pages"
                text = text.replace(f"{self._marker} {target};", words)
            with file_errors(self.folder):
                path.write_text(text, encoding="utf-8")

    def _write_all(self, total: Record, summaries: Iterable[Record]) -> None:
        sums, labels = self._totals, dict(self.targets)
        totals = sums.record(summaries, len(total["skipped"]))
        total |= {"totals": totals, "command": self.command, "version": VERSION, "names": self._has_names}
        total["command_parts"] = command_parts(self.command)
        total["articles"] = total["articles"] or {}
        total["has_comparison"] = len(total["groups"] or ()) > 1 or (self.folder / "comparison.html").is_file()
        total = self.settle("summary", total)
        totals = total["totals"]
        # Maximum number of outlets to choose from, those with most pages; the search finds the others.
        outlets = sorted((name for name, _ in sums.outlets.most_common(200)), key=str.casefold)
        screen = {"labels": labels, "outlets": outlets if len(outlets) > 1 else [], **self.first_screen(total)}
        if totals["comments"] < datamodels.FEWEST_SHOWN:
            for finding in screen["findings"]:
                coverage = total["articles"].get(finding["target"], ())
                counts = [sum(row[key] for row in coverage) for key in ("sentences", "quoted", "articles")]
                finding["detail"] += sentences("opening.txt", "articles", *counts) if counts[0] else []
        total |= {name: screen[name] for name in ("findings", "plan")}
        total["groups"] = with_claims(total["groups"], screen["claims"])
        total["sentiment_findings"] = sentences("sentiment.txt", "differs", total, labels)
        values = {**total, **screen, "has_tone": self._has_tone}
        values["totals"] = with_levels(totals, total["whole"])
        values["sentiment_sides"] = tidy.sentiment_sides(total["sentiment_sides"])
        values["documents"] = map(with_levels, map(json.loads, self.by_named()))
        values["has_readings"] = bool(self._sided)
        pages = ["index.html"]
        if self._sided:
            self._write_sided(totals, values)
            pages.insert(0, "readings.html")
        values["doubtful"] = sums.doubtful
        if total["discourse"] is not None:
            values |= self._discourse_values(total["discourse"])
            self.write("discourse.html", render("discourse.html", values))
            pages.insert(0, "discourse.html")
        self._compare_pages()
        self.write("summary.json", record_json(total, self.spooled()))
        self.write("index.html", render("index.html", values))
        self.publish(*self._write_tables(total), "summary.json", *pages, stale=self._stale())

    def _discourse_values(self, discourse: Record) -> Record:
        """Return the values of the page about the discourse, some of which the index links to."""

        def rows_of(name: str) -> object:
            details = discourse.get(f"{name}_details")
            return {name: discourse[name], **details} if details else discourse[name]

        return {
            "d": discourse,
            "page_of": lambda *page: name if (name := page_name(*page)) in self._pages else None,
            "discourse_findings": sentences("discourse.txt", "findings", discourse, dict(self.targets)),
            "sections": [(name, heading, rows_of(name)) for name, heading in discourse["sections"]],
        }

    def _write_tables(self, total: Record) -> list[str]:
        """Write the tables that the pages rest on, with their codebook; return the names of these and of the scores."""
        written: dict[str, Iterable[str]] = {"scores.csv": REPORT_FIELDS}
        for name, parts in tidy.csv_files(tidy.report_tables(total, lambda: map(json.loads, self.spooled()))):
            self.write(name, parts)
            written[name] = tidy.columns_of(name)
        if self._labels:
            self.write(LABELS_FILE, self._labels())
            written[LABELS_FILE] = NUMBERED_FIELDS
        self.write(CODEBOOK, [tidy.codebook(self.folder, written, self._stale())])
        return [*written, CODEBOOK]

    def _stale(self) -> list[str]:
        """Return the names of files of an earlier report, which go unless they are written again."""
        labels = [LABELS_FILE] if is_numbered(self.folder / LABELS_FILE) else []
        return [tidy.SHARES, tidy.SENTIMENT, "readings.html", *labels]
