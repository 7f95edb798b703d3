"""Sums over the documents of a report."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stance import datamodels
from stance.datamodels import Document, Record, counted
from stance.log import Log
from stance.runs.scores import ScoredRun

if TYPE_CHECKING:
    from stance.discourse.posts import Posts
    from stance.reporting.public.report import PublicReportWriter
    from stance.reporting.report import ReportWriter


class Corpus:
    """Sums over the documents of a report, which is all that is held of them."""

    def __init__(self, scored: ScoredRun) -> None:
        from stance.aggregation.articles import CoverageTally
        from stance.comparison.comparing import ComparisonTally
        from stance.discourse import MOST_POSTS

        self.audit, self.targets = scored.audit, scored.scorer.targets.ids
        labels, self.most = self.audit.labels if self.audit else None, MOST_POSTS
        self.articles = CoverageTally(self.audit.sentences if self.audit else None)
        self.groups = ComparisonTally(self.targets, audit=labels)
        self.pages: list[Posts] = []
        self.comments: int | None = None  # read for the analysis of the discourse; None: a public report

    def add(self, document: Document, writer: "ReportWriter | PublicReportWriter") -> None:
        """Count a document, and write its page."""
        from stance.aggregation.articles import cover_article
        from stance.aggregation.pages import summarise_page
        from stance.aggregation.sentiment import summarise_sentiment
        from stance.discourse import page_record
        from stance.discourse.posts import read_posts
        from stance.reporting.report import ReportWriter

        document = replace(document, event=self.groups.add(document.scores, document))
        summaries = summarise_page(self.groups.page)
        if not isinstance(writer, ReportWriter):
            writer.add(document, summaries)
            return
        posts = read_posts(document, self.targets)
        analysed = page_record(document, posts)
        sentences = cover_article(document, self.targets)
        writer.add(document, summaries, analysed, sentences | summarise_sentiment(self.groups.page))
        self.articles.add(document)
        self.comments = (self.comments or 0) + len(posts)
        self.pages.append(posts)
        if self.comments > self.most:
            self.pages.clear()

    def facts(self) -> Record:
        """Return further values of the report."""
        from stance.discourse import discourse_record

        facts: Record = {"audit": self.audit.to_record() if self.audit else None, "discourse": None}
        if self.comments is not None:
            pages = self.pages if self.comments <= self.most else None
            facts["discourse"] = discourse_record(pages, self.targets, self.comments)
            facts["articles"] = self.articles.coverage()
        return facts


def warn_of_shares(corpus: Corpus, total: Record, groups: Sequence[Record], log: Log) -> None:
    """Warn of shares that labels do not correct, and of too few comments for any."""
    if corpus.audit:
        corpus.audit.warn(log, (share for group in (total, *groups) for share in group["shares"]))
        for target in corpus.targets:
            if names := corpus.groups.unlabelled(target):
                of = f"{', '.join(names[:5])}{', ...' if len(names) > 5 else ''}"
                log.warn("labels", f"{target}: no labels of {of}; the total of all groups is not corrected")
        sentences = corpus.audit.sentences if corpus.comments is not None else None  # None: a public report
        if sentences and not sentences.to_record()["matched"]:
            labels = counted(len(sentences.comments), "label")
            problem = f"none of {labels} of sentences is of an article of these inputs"
            log.warn("labels", f"{problem}; how articles lean is unknown")
    if total["comments"] < datamodels.FEWEST_COMMENTS:
        advice = "; read the comments" * (total["comments"] > 0)
        log.warn("comments", f"{counted(total['comments'], 'comment')} in all, too few for shares{advice}")
