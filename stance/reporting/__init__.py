"""Report: write the page of each document, the index of the pages, and the files to compute with.

A corpus may be larger than memory: one line of each document goes to a spool file, everything else is summed, and the
index is drawn from both. The folder's old report stays as it is until the new one is whole. Nothing that a stranger
wrote becomes a file name, an anchor, a class, or a link that is not plain http.
"""

import heapq
import json
import re
import secrets
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby, pairwise
from math import erfc, sqrt
from pathlib import Path
from types import SimpleNamespace as View
from typing import Any, NamedTuple, Self

from stance import datamodels
from stance.datamodels import Comment, Coverage, Document, Record, Score, Skip, TargetSummary
from stance.exceptions import ConfigError
from stance.pseudonyms import is_pseudonym
from stance.records.digests import PAGE_NAME, page_name
from stance.records.score_records import LABELS_FILE, REPORT_FIELDS, report_rows
from stance.records.writers import CODEBOOK, NUMBERED_FIELDS, csv_head, csv_text, is_numbered
from stance.reporting import tables as tidy
from stance.reporting.article import (
    ArticlePage,
    FindMentions,
    head_record,
    measure_of,
    newsroom_card,
    thread_order,
)
from stance.reporting.charts import stance_chart
from stance.reporting.opening import (
    draw_commands,
    level_of,
    minutes,
    opening,
    sentence_to_copy,
    source_line,
    with_claims,
)
from stance.reporting.rendering import Targets, language_tag, render, sentence, sentences
from stance.reporting.summary import (
    SIDED,
    ModelNote,
    ReportTotals,
    coverage_record,
    document_record,
    model_record,
    scores_by_comment,
    unscored_reason,
)
from stance.reporting.wording import POSSIBLE_WORDS, language_name, percent
from stance.resources.files import OWN, file_errors
from stance.resources.folders import open_folder

FEWEST_FILTERED = 8
"""Minimum number of comments for controls to choose among them: fewer fit a screen or two."""


FEWEST_EXPECTED = 5.0
"""Minimum number expected in each cell of a test of two shares (Cochran 1954)."""

MOST_OF_SIDE = 50
"""Maximum number of comments of a list across pages, the surest."""

MOST_OPEN = 30
"""Maximum number of comments of a page that are shown unfolded."""

FEWEST_ELSEWHERE = 20
"""Minimum number of comments on the other pages of a run with which a page is compared."""


def document_page(
    article: ArticlePage,
    record: Record,
    model: Record,
    author: "AuthorOf",
    command: object,
    elsewhere: Callable[[str], str],
) -> Iterator[str]:
    """Draw the page of one document.

    :param elsewhere: Returns the words that compare the comments naming a target with those of other pages.
    """
    scored, targets = article.document, list(article.labels.items())
    views = comment_views(scored, targets, author, model["languages"])
    numbers = {comment.comment_id: number for number, comment in reversed([*enumerate(scored.comments, 1)])}
    toward = [*article.targets(record["discourse"].get("later", ()))]
    return render(
        "document.html",
        {
            "toward": toward,
            "chart": article.chart(sentence("captions.txt", "model_line", model["name"])),
            "copied": article.sentence(record),
            "talk": article.conversation(),
            "newsroom": [article.passage(numbers[row["id"]], *row["quote"]) for row in record["newsroom"]],
            "newsroom_card": newsroom_card(),
            "themes": [_theme_view(theme, article, numbers) for theme in record["themes"]],
            "elsewhere": elsewhere,
            "label_these": _label_these(toward, scored, command),
            "most_open": MOST_OPEN,
            "document": with_levels(record),
            "is_doubtful": scored.is_doubtful,
            "lead": scored.lead,
            "said": sentence_views(scored, targets),
            "covered": {each["target"]: each for each in record["article"]},
            "has_tone": any(score.tones is not None for score in scored.scores),
            "views": views,
            "filtered": len(views) >= FEWEST_FILTERED,
            "labels": dict(targets),
            "model": model,
            "command": command,
            "page_of": lambda *_: "",  # the comments are on this page
        },
    )


def _theme_view(theme: Record, article: ArticlePage, numbers: Mapping[str, int]) -> View:
    words = [part for name in theme["words"] for part in (name, *name.split())]
    dissent = theme["dissent"] and article.about(numbers[theme["dissent"]], words)
    typical = article.about(numbers[theme["typical"]], words)
    return View(words=theme["words"], n=len(theme["ids"]), typical=typical, dissent=dissent)


def _label_these(toward: Sequence[View], scored: Document, command: object) -> View | None:
    """Return the draw that counts a page by persons, toward the target that most comments name; None without any."""
    most = max(toward, key=lambda view: view.named, default=None)
    if most is None or not most.named:
        return None
    n = datamodels.size_of_page(most.named)
    chosen = f" --page {shlex.quote(scored.document_id)} --target {shlex.quote(most.target)}"
    line = " && ".join(draw_commands({"command": command}, chosen, n)[:2])
    return View(n=n, is_all=n == most.named, label=most.label, minutes=minutes(n), command=line)


# Texts cut where their evidence begins and ends -----------------------------------------------------------------------


class Span(NamedTuple):
    """Evidence: ``text[start:end]`` is about a target."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text with the targets it is evidence for, sorted; ``quoted`` if it is not the writer's own."""

    text: str
    targets: tuple[str, ...] = ()
    quoted: bool = False

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Return the targets that the piece does not itself call by their name, and that a page must add."""
        return tuple(target for target in self.targets if target.removeprefix("the ") not in self.text)


_BLANKS = re.compile(r"\s*")
_QUOTED = ""  # a label that no target can have: targets are named


def cut(text: str, spans: Iterable[Span], quoted: Iterable[tuple[int, int]] = ()) -> tuple[Piece, ...]:
    """Cut a text at the borders of its spans: those of several targets overlap, and HTML elements must nest.

    :param text: Any text.
    :param spans: In any order; they may overlap, and parts outside the text are ignored.
    :param quoted: Half open spans of the text that repeat somebody else.
    :return: Pieces in order; joined, their texts are the text.
    """
    changes: list[tuple[int, int, str]] = []
    for start, end, label in [*spans, *((start, end, _QUOTED) for start, end in quoted)]:
        start, end = max(0, start), min(len(text), end)
        changes += [(start, 1, label), (end, -1, label)] if start < end else []
    runs: list[tuple[int, int, tuple[str, ...]]] = []
    active: Counter[str] = Counter()
    done = 0
    for offset, change, label in [*sorted(changes), (len(text), 0, _QUOTED)]:
        if offset > done:
            labels = tuple(sorted(label for label, depth in active.items() if depth > 0))
            joins = bool(runs) and runs[-1][2] == labels  # where one span of a target runs on into the next
            runs[-1 if joins else len(runs) :] = [(runs[-1][0] if joins else done, offset, labels)]
            done = offset
        active[label] += change
    return tuple(Piece(text[start:end], tuple(filter(None, labels)), _QUOTED in labels) for start, end, labels in runs)


def passages(pieces: Iterable[Piece]) -> list[View]:
    """Group consecutive pieces by whether they are quoted; line breaks between two passages are left out."""
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.quoted)]
    for before, after in pairwise(runs):
        before[-1] = replace(before[-1], text=before[-1].text.rstrip("\n"))
        after[0] = replace(after[0], text=after[0].text.lstrip("\n"))
    return [View(quoted=run[0].quoted, pieces=run) for run in runs if any(piece.text.strip() for piece in run)]


def _evidence(rows: Iterable[Score], labels: Mapping[str, str]) -> Iterator[Span]:
    return (Span(*span, labels[row.target]) for row in rows if row.target in labels for span in row.evidence)


# Comments and sentences -----------------------------------------------------------------------------------------------


def comment_views(scored: Document, targets: Targets, author: "AuthorOf", languages: Sequence[str]) -> tuple[View, ...]:
    """Show the comments of a document, in thread order.

    :param author: Returns the author that a comment is shown with.
    :param languages: That the model covers.
    """
    by_comment, labels = scores_by_comment(scored.scores), dict(targets)
    views = []
    for place in thread_order(scored.comments):
        comment = scored.comments[place.number - 1]
        rows = by_comment.get(comment.comment_id, [])
        reason = unscored_reason(scored, comment, rows, languages)
        is_scored = any(row.probabilities is not None for row in rows)
        lang = scored.language if is_scored and comment.language == datamodels.UNKNOWN_LANGUAGE else comment.language
        views.append(
            View(
                **_comment_view(comment, rows, labels),
                number=place.number,
                indent=min(place.depth, 6),
                reply_to=place.parent,
                parent_missing=place.parent is None and {comment.reply_to, comment.parent_text} != {None},
                parent_text=comment.parent_text if place.parent is None else None,
                author=author(comment, rows),
                lang=language_tag(lang),
                not_scored=None if is_scored else language_name(reason),
                language_assumed=is_scored and comment.language == datamodels.UNKNOWN_LANGUAGE,
            )
        )
    return tuple(views)


def _comment_view(comment: Comment, rows: Sequence[Score], labels: Mapping[str, str]) -> Record:
    """Show the text of a comment with its evidence, and its stance toward each target that it addresses.

    :return: ``choices``: the page's script chooses by it: the place of a target and a list of readings, as in
        ``0:favor 2:leans_against``.
    """
    numbers = {label: number for number, label in enumerate(labels.values())}
    read = {row.target: row for row in rows if row.grade}
    chips = [
        View(
            label=label,
            shown=row.shown,
            probability=max(row.probabilities or (0.0,)),
            target_sentiment=row.target_sentiment,
        )
        for target, label in labels.items()
        if (row := read.get(target))
    ]
    choices = " ".join(f"{numbers[chip.label]}:{chip.shown}" for chip in chips) or "nothing"
    evidence = _evidence((row for row in rows if row.grade), labels)
    # With the blanks behind them, so that quoted lines next to each other are one passage.
    lines = datamodels.quoted_spans(comment.text, comment.quoted)
    quoted = [(start, blanks.end()) for start, end in lines if (blanks := _BLANKS.match(comment.text, end))]
    found = passages(cut(comment.text, evidence, quoted))
    return {
        "posted": comment.posted,
        "votes": comment.votes,
        "sentiment": next((row.sentiment for row in rows if row.sentiment is not None), None),
        "chips": chips,
        "possible": [
            (labels[row.target], POSSIBLE_WORDS[way])
            for row in rows
            if row.target in labels and (way := row.possible or row.via) and way in POSSIBLE_WORDS
        ],
        "passages": found,
        "is_long": len(comment.text) > 3000 or comment.text.count("\n") > 40,
        "choices": choices if any(row.probabilities is not None for row in rows) else "none",
    }


AuthorOf = Callable[[Comment, Sequence[Score]], str | None]
"""Returns the author that a comment is shown with, by its scores."""


def name_of(comment: Comment, rows: Sequence[Score]) -> str | None:
    """Return the author as the scores name them, else as on the page."""
    return next((row.author for row in rows if row.author is not None), comment.author)


def pseudonym_of(comment: Comment, rows: Sequence[Score]) -> str | None:
    """Return the author as the scores name them; None where that is the name on the page, which nobody asked for."""
    given = next((row.author for row in rows if row.author is not None), None)
    return None if given == comment.author and not is_pseudonym(given) else given


def sentence_views(scored: Document, targets: Targets) -> list[tuple[str, list[View]]]:
    """Show the sentences that name each target, in article order: headline and lead come first."""
    found: dict[str, list[View]] = {target: [] for target, _ in targets}
    for score in scored.scores:
        if score.sentence is None or score.target not in found:
            continue
        said = score.sentence
        found[score.target].append(
            View(
                place=said.place if said.place in (datamodels.HEADLINE, datamodels.LEAD) else f"paragraph {said.place}",
                voice=said.voice,
                speaker=said.speaker,
                tone=score.tone,
                probability=score.tones and score.tone and score.tones[datamodels.TONES.index(score.tone)],
                pieces=cut(said.text, _evidence((score,), {score.target: score.target})),
            )
        )
    return list(found.items())


# The index -----------------------------------------------------------------------------------------------------------

MOST_OUTLETS = 200
"""Maximum number of outlets to choose from, those with most pages; the search finds the others."""


# Files of a report ----------------------------------------------------------------------------------------------------

_DOCUMENT = re.compile(rb'\{"id": "(?:[^"\\\\]|\\\\.){0,9999}", "page": "(%b)"' % PAGE_NAME.pattern.encode())

SPOOL = "documents.jsonl"

DISCOURSE_SECTIONS = (
    ("copies", "Copies"),
    ("words", "Words and phrases"),
    ("replies", "Who answers whom"),
    ("domains", "Cited links"),
)
"""Words: the sections of the page about the discourse: key of the record, heading."""


Summaries = Sequence[TargetSummary]
"""Summaries of the scores of a document, one for each target."""


class ReportFiles(AbstractContextManager["ReportFiles"]):
    """The files of a report, as they grow. Use as a context manager; without ``publish``, nothing changes.

    :param folder: Where the report goes; made if it is not there.
    :param targets: Identifiers and labels of the targets, in the order in which they are shown.
    :param model: The facts known about the model that scored.
    :raises ConfigError: If the folder cannot be made or written.
    """

    RIGHTS = OWN
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
        self._spooled = 0  # bytes

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
        summaries_all: Iterable[TargetSummary],
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
        total = {
            "totals": None,
            "targets": [{"id": target, "label": label} for target, label in self.targets],
            "model": model | ({"sent": dict(sent)} if sent else {}),
            "command": None,
            "skipped": [{"source": skip.source, "reason": skip.reason} for skip in skipped],
            "groups": compared and compared["groups"],
            "differences": compared and compared["differences"],
            **{
                name: facts.get(name)
                for name in ("whole", "articles", "audit", "discourse", "learned", "waiting", "drawn")
            },
        }
        whole: Record = facts.get("whole") or {}
        total["sentiment"] = [{"group": tidy.ALL, **mean} for mean in whole.pop("sentiment", ())]
        total["sentiment_sides"] = [{"group": tidy.ALL, **row} for row in whole.pop("sentiment_sides", ())]
        total["sentiment"] += (compared or {}).get("sentiment", [])
        total["sentiment_differences"] = (compared or {}).get("sentiment_differences", [])
        self._write_all(total, summaries_all)
        return self.folder / "index.html"

    def _write_all(self, total: Record, summaries: Iterable[TargetSummary]) -> None:
        """Write and publish the files that are not written for each document."""
        raise NotImplementedError

    def first_screen(self, record: Record) -> Record:
        """Return the values of the template that the index opens with: findings, and the charts of all and of groups.

        :param record: That of the summary; of a report without groups, all comments are one.
        """
        groups, labels = record["groups"] or [], dict(self.targets)
        totals, comparison = record["totals"], {**record, "by": "outlet", "groups": groups}
        comparison["differences"] = record["differences"] or []
        whole = group_of("All comments", totals["targets"])
        sizes = {"comments": totals["comments"], "articles": totals["documents"]}
        source = source_line(comparison | {"groups": groups or [whole | sizes]})
        absent = "no share" if "public" in record else "too few"
        draw = partial(stance_chart, "report-stance", labels=labels, source=source, by="outlet", absent=absent)
        charts = {"chart": draw([whole]), "outlet_chart": draw(groups) if len(groups) > 1 else None}
        shown = {**comparison, "groups": groups or [record["whole"] or whole | sizes]}
        shown["whole"] = record["whole"] if len(groups) > 1 else None
        opens = None if totals["comments"] != 0 else "No comments were found."
        told = opening(shown, labels)
        copied = sentence_to_copy(told, groups, source)
        return {"by": "outlet", "opens": opens, "pages": len(self._pages), **charts, **told, "copied": copied}

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
        self._labels = labels
        self._find, self._marker = find, secrets.token_hex(16)  # no page can hold the marker
        self._named: dict[str, tuple[int, dict[str, int]]] = {}  # page -> comments, and those that name each target
        self._places: list[tuple[int, int]] = []  # of each record in the spool: comments that name targets, less; place
        self._sided: dict[tuple[str, str], list[tuple[float, int, View]]] = defaultdict(list)  # heaps of the surest
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
        summaries: Summaries,
        discourse: Record | None = None,
        covered: Sequence[Coverage] = (),
        sentiment: Record | None = None,
    ) -> None:
        """Write the page, the rows and the numbers of one document.

        :param discourse: The analyses of the discourse on the page; ``themes`` and ``newsroom`` name comments by ids.
        :param covered: The sentences of the article that name each target.
        :param sentiment: ``sentiment`` and ``sentiment_sides`` of the comments.
        """
        page = self.page_of(scored)
        discourse = {**(discourse or {})}
        themes, newsroom = (discourse.pop(name, []) for name in ("themes", "newsroom"))
        record = document_record(scored, summaries, page, self._note.languages, discourse, covered, sentiment)
        models = {score.model for score in scored.scores}
        article = ArticlePage(scored, self.targets, ", ".join(sorted(models)), self._find)
        record |= head_record(scored) | article.record(themes, newsroom)
        model = model_record(self._note.of_scores(models), self.targets)
        self._totals.add(scored, record)
        self._has_tone |= any(score.tones is not None for score in scored.scores)
        self._places.append((-sum(each["named"] for each in record["targets"]), self._spooled))
        self.spool(json_of(record))
        with file_errors(self.folder):
            self.open["scores.csv"].write(csv_text(report_rows(scored)))
        if page:
            named = {target: len(article.readings.get(target, ())) for target in article.labels}
            self._named[page] = len(scored.comments), named
            mark = f"{self._marker} {{}};".format
            self._keep_sided(article, page)
            self.write(page, document_page(article, record, model, self._author, self.command, mark))

    def _keep_sided(self, article: ArticlePage, page: str) -> None:
        """Keep the surest comments on each side, over all pages."""
        document = article.document
        facts = {"page": page, "outlet": document.outlet, "title": document.title or document.source}
        for reading in article.sided():
            self._count += 1
            heap = self._sided[reading.score.target, reading.score.shown or ""]
            probability = reading.score.probability or 0.0
            if len(heap) < MOST_OF_SIDE or probability > heap[0][0]:
                author = self._author(reading.comment, [reading.score])  # by whom those who are forgotten are found
                entry = probability, -self._count, View(**vars(article.quoted(reading)), author=author, **facts)
                (heapq.heappush if len(heap) < MOST_OF_SIDE else heapq.heapreplace)(heap, entry)

    def _write_sided(self, totals: Record, values: Record) -> None:
        """Write the page of the comments on each side."""
        readings = {each["target"]: each["readings"] for each in totals["targets"]}
        model = values["model"]["name"]
        lists = {
            target: [
                (
                    name,
                    readings[target][name],
                    [view for *_, view in sorted(heap, reverse=True)],
                    measure_of(name, model),
                )
                for name in SIDED
                if (heap := self._sided.get((target, name)))
            ]
            for target, _ in self.targets
        }
        values = {**values, "readings": {target: rows for target, rows in lists.items() if rows}}
        self.write("readings.html", render("readings.html", values))

    def by_named(self) -> Iterator[str]:
        """Read the records of documents again, those with most comments that name a target first."""
        with (self.output.unpublished / SPOOL).open("rb") as spool:
            for _, start in sorted(self._places):
                spool.seek(start)
                yield spool.readline().decode()

    def _compare_pages(self) -> None:
        """Write into each page how often the comments of the other pages name its targets."""
        totals = sum((Counter(named) for _, named in self._named.values()), Counter[str]())
        comments, tests = sum(n for n, _ in self._named.values()), len(self._named) * len(self.targets)
        for page, (n, named) in self._named.items():
            path = self.output.unpublished / page
            text = path.read_text(encoding="utf-8")
            for target, here in named.items():
                words = ""
                if n and comments - n >= FEWEST_ELSEWHERE:
                    there = totals[target] - here
                    words = f"; on the other pages {percent(there / (comments - n))}"
                    words += ", significantly fewer" if differs((here, n), (there, comments - n), tests) else ""
                text = text.replace(f"{self._marker} {target};", words.replace(" %", "\u00a0%"))
            with file_errors(self.folder):
                path.write_text(text, encoding="utf-8")

    def _write_all(self, total: Record, summaries: Iterable[TargetSummary]) -> None:
        sums, labels = self._totals, dict(self.targets)
        totals = sums.record(summaries, len(total["skipped"]))
        total |= {"totals": totals, "command": self.command}
        total["articles"] = {
            target: [{"outlet": outlet, **coverage_record(each)} for outlet, each in own.items()]
            for target, own in (total["articles"] or {}).items()
        }
        outlets = sorted((name for name, _ in sums.outlets.most_common(MOST_OUTLETS)), key=str.casefold)
        shown = {"labels": labels, "outlets": outlets if len(outlets) > 1 else [], **self.first_screen(total)}
        if totals["comments"] < datamodels.FEWEST_SHOWN:
            for each in shown["findings"]:
                own = total["articles"].get(each["target"], ())
                counts = [sum(row[key] for row in own) for key in ("sentences", "quoted", "articles")]
                each["detail"] += sentences("opening.txt", "articles", *counts) if counts[0] else []
        total |= {name: shown[name] for name in ("findings", "plan")}
        total["groups"] = with_claims(total["groups"], shown["claims"])
        total["sentiment_findings"] = sentences("sentiment.txt", "differs", total, labels)
        values = {**total, **shown, "has_tone": self._has_tone}
        values["totals"] = with_levels(totals, total["whole"])
        values["sentiment_sides"] = tidy.sentiment_sides(total["sentiment_sides"])
        values["documents"] = map(with_levels, map(json.loads, self.by_named()))
        values["has_readings"] = bool(self._sided)
        pages = ["index.html"]
        if self._sided:
            self._write_sided(totals, values)
            pages.insert(0, "readings.html")
        values["doubtful"] = sums.doubtful
        values["has_comparison"] = len(total["groups"] or ()) > 1 or (self.folder / "comparison.html").is_file()
        if (discourse := total["discourse"]) is not None:
            values["d"] = discourse
            values["page_of"] = lambda *page: name if (name := page_name(*page)) in self._pages else None
            values["discourse_findings"] = sentences("discourse.txt", "findings", discourse, labels)
            values["sections"] = [
                (name, heading, {name: discourse[name], **details} if details else discourse[name])
                for name, heading in DISCOURSE_SECTIONS
                for details in [discourse.get(f"{name}_details")]
            ]
            self.write("discourse.html", render("discourse.html", values))
            pages.insert(0, "discourse.html")
        self._compare_pages()
        self.write("summary.json", summary_json(total, self.spooled()))
        self.write("index.html", render("index.html", values))
        self.publish(*self._write_tables(total), "summary.json", *pages, stale=self._stale())

    def _write_tables(self, total: Record) -> list[str]:
        """Write the tables that the pages rest on, with their codebook; return the names of these and of the scores."""
        written: dict[str, Iterable[str]] = {"scores.csv": REPORT_FIELDS}
        for name, rows in tidy.report_tables(total, lambda: map(json.loads, self.spooled())).items():
            parts = tidy.csv_parts(name, rows)
            if (head := next(parts, None)) is not None:
                self.write(name, chain((head,), parts))
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


def with_levels(record: Record, whole: Record | None = None) -> Record:
    """Add to each summary of a record the level that sentences and tables state.

    :param whole: All comments as one group, if known; otherwise each summary is a group of its own.
    """
    of = ((each, whole or group_of("this page", [each])) for each in record["targets"])
    targets = [{**each, "level": level_of(group, each["target"], whole=bool(whole))} for each, group in of]
    return {**record, "targets": targets}


def group_of(name: str, summaries: Iterable[Record]) -> Record:
    """Return summaries by target, as a page shows them, as one group to draw."""
    summaries = list(summaries)
    keys = [key for key in ("addressed", "counts", "readings", "read") if all(key in each for each in summaries)]
    by_target = {key: {each["target"]: each[key] for each in summaries} for key in keys}
    shares = [share for each in summaries for share in each["shares"]]
    return {"group": name, **by_target, "shares": shares, "not_covered": 0, "labelled": {}}


def differs(here: tuple[int, int], there: tuple[int, int], tests: int) -> bool:
    """Return whether the first of two shares is significantly larger at 1 %, adjusted for the number of tests.

    A two-sample test of proportions with pooled variance, used where at least five are expected in each cell.

    :param here: Count and number of which.
    """
    pooled = (here[0] + there[0]) / (here[1] + there[1])
    expected = min(pooled, 1 - pooled) * min(here[1], there[1])
    if expected < FEWEST_EXPECTED or here[0] * there[1] <= there[0] * here[1]:
        return False
    error = sqrt(pooled * (1 - pooled) * (1 / here[1] + 1 / there[1]))
    return erfc((here[0] / here[1] - there[0] / there[1]) / error / sqrt(2)) * tests < 0.01


def value_in(summary: Path, key: str) -> Any:
    """Read one value of a summary, which has each key on a line of its own and may be large; None without."""
    start = f'"{key}": '
    with summary.open(encoding="utf-8") as file:
        lines = (line.removeprefix("{") for line in file)  # before the first key
        return json.loads(next((each[len(start) :].rstrip(",\n") for each in lines if each.startswith(start)), "null"))


def former_pages(summary: Path) -> set[str]:
    """Name the pages that a former report lists in its summary; none where that is missing or is not one of ours."""
    try:
        with summary.open("rb") as file:
            lines = iter(lambda: file.readline(1_000_000), b"")
            return {found[1].decode() for line in lines for found in _DOCUMENT.finditer(line)}
    except OSError:
        return set()


def json_of(value: Any) -> str:
    """Write JSON in one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def summary_json(total: Record, lines: Iterable[str]) -> Iterator[str]:
    """Write the summary with one document to a line, so that neither writer nor ``grep`` needs all of it at once."""
    yield "{" + ",\n".join(f"{json_of(key)}: {json_of(value)}" for key, value in total.items())
    yield ',\n"documents": ['
    for number, line in enumerate(lines):
        yield (",\n" if number else "\n") + line.rstrip("\n")
    yield "\n]}\n"
