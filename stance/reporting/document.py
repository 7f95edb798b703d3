"""Draw the page of one document, or how pages were read.

Nothing that a stranger wrote becomes a file name, an anchor, a class, or a link that is not plain http.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import NamedTuple

from stance.datamodels import SIDES, STANCES, UNKNOWN_LANGUAGE, Comment, Document, Explanation, Role, Score, Stance
from stance.pseudonyms import is_pseudonym
from stance.reporting.details import Place, quoted_spans, thread_order
from stance.reporting.pages import Targets, language_tag, render
from stance.reporting.summary import Record, scores_by_comment, scores_by_paragraph, unscored_reason
from stance.reporting.wording import VIA_WORDS, language_name, shorten

DEEPEST_INDENT = 6
"""Replies nested deeper are not indented further: a phone has no room, and each names the comment it answers."""

LONG_COMMENT = 3000
"""Characters, or 40 lines: longer comments scroll in a box of their own, so that one does not bury the rest."""

FEWEST_FILTERED = 8
"""From so many comments on, a page has controls to choose among them: fewer fit a screen or two."""

MOST_IN_ONE_LIST = 500
"""Longer threads stand in slices, of which a browser lays out those in sight."""

SLICE = 50
"""Comments in a slice: a browser watches each at every frame, and lays out a whole one when it comes into sight."""

LINE = 84
"""Characters of text in a line as wide as the style sheet lets it be."""

TALLEST_TEXT = 18
"""Lines of a text that scrolls in a box of its own."""

LONGEST_EXCERPT = 180
"""Characters of a comment that are shown where it is evidence; the whole stands in the list."""

LONGEST_LINE = 100
"""Characters of a block that a terminal shows."""


def document_page(
    scored: Document, record: Record, targets: Targets, model: Record, *, names: bool, command: str | None
) -> Iterator[str]:
    """Draw the page of one document."""
    views = comment_views(scored, targets, names=names, languages=model["languages"])
    return render(
        "document.html",
        {
            "document": record,
            "lead": scored.lead,
            "paragraphs": paragraph_views(scored, targets),
            "slices": slices(views),
            "by_number": {view.number: view for view in views},
            "filtered": len(views) >= FEWEST_FILTERED,
            "listed": {target: _listed(views, label) for target, label in targets},
            "labels": dict(targets),
            "model": model,
            "command": command,
        },
    )


# Texts cut where their evidence begins and ends -----------------------------------------------------------------------


class Span(NamedTuple):
    """Evidence: ``text[start:end]`` speaks of a target."""

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
        """The targets that the piece does not itself call by their name, and that a page must name beside it."""
        return tuple(target for target in self.targets if target.removeprefix("the ") not in self.text)


class Passage(NamedTuple):
    """Consecutive pieces that are all the writer's own, or all quoted."""

    quoted: bool
    pieces: tuple[Piece, ...]


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


def passages(pieces: Iterable[Piece]) -> tuple[Passage, ...]:
    """Group consecutive pieces by whether they are quoted; line breaks between two passages are left out."""
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.quoted)]
    for before, after in pairwise(runs):
        before[-1] = replace(before[-1], text=before[-1].text.rstrip("\n"))
        after[0] = replace(after[0], text=after[0].text.lstrip("\n"))
    return tuple(Passage(run[0].quoted, tuple(run)) for run in runs if any(piece.text.strip() for piece in run))


def _evidence(rows: Iterable[Score], labels: Mapping[str, str]) -> Iterator[Span]:
    return (Span(*span, labels[row.target]) for row in rows if row.target in labels for span in row.evidence)


# Comments and paragraphs ----------------------------------------------------------------------------------------------


class Chip(NamedTuple):
    """A comment's stance toward one target that it addresses."""

    label: str
    stance: Stance
    probability: float
    via: str | None
    target_sentiment: float | None


@dataclass(frozen=True, slots=True)
class CommentView:
    """One comment as its page shows it."""

    number: int
    indent: int
    reply_to: int | None
    parent_missing: bool  # it answers something that is not on the page
    parent_text: str | None
    author: str | None
    posted: str | None
    votes: int | None
    lang: str
    not_scored: str | None  # why, in words
    language_assumed: bool
    sentiment: float | None
    chips: tuple[Chip, ...]
    passages: tuple[Passage, ...]
    is_long: bool
    choices: str  # the page's script chooses by it: place of a target and a stance, as in "0:favor 2:against"

    @property
    def excerpt(self) -> str:
        """The beginning of the commenter's own text, in one line."""
        own = "".join(piece.text for each in self.passages if not each.quoted for piece in each.pieces)
        return shorten(" ".join(own.split()), LONGEST_EXCERPT)


def comment_views(
    scored: Document, targets: Targets, *, names: bool, languages: Sequence[str] = ()
) -> tuple[CommentView, ...]:
    """Show the comments of a document, in thread order.

    :param languages: That the model covers.
    :param names: Show authors as on the page where a score names none.
    """
    by_comment, document = scores_by_comment(scored.scores), scored
    drawing = _Drawing(document, dict(targets), names, languages)
    places = [(place, document.comments[place.number - 1]) for place in thread_order(document.comments)]
    return tuple(drawing.view(place, comment, by_comment.get(comment.comment_id, [])) for place, comment in places)


class _Drawing(NamedTuple):
    """All that decides how comments are shown."""

    document: Document
    labels: Mapping[str, str]
    names: bool
    languages: Sequence[str]

    def view(self, place: Place, comment: Comment, rows: Sequence[Score]) -> CommentView:
        document, labels = self.document, self.labels
        covered = any(row.probabilities is not None for row in rows)
        assumed = covered and comment.language == UNKNOWN_LANGUAGE
        reason = unscored_reason(document, comment, rows, self.languages)
        sided = {row.target: row for row in rows if row.stance in SIDES}
        chips = tuple(_chip(sided[target], label) for target, label in labels.items() if target in sided)
        numbers = {label: number for number, label in enumerate(labels.values())}
        choices = " ".join(f"{numbers[chip.label]}:{chip.stance}" for chip in chips) or "nothing"
        evidence = _evidence((row for row in rows if row.stance in SIDES), labels)
        return CommentView(
            number=place.number,
            indent=min(place.depth, DEEPEST_INDENT),
            reply_to=place.parent,
            parent_missing=place.parent is None and (comment.reply_to is not None or comment.parent_text is not None),
            parent_text=comment.parent_text if place.parent is None else None,
            author=_shown_author(comment, rows, self.names),
            posted=comment.posted,
            votes=comment.votes,
            lang=language_tag(document.language if assumed else comment.language),
            not_scored=None if covered else language_name(reason),
            language_assumed=assumed,
            sentiment=next((row.sentiment for row in rows if row.sentiment is not None), None),
            chips=chips,
            passages=passages(cut(comment.text, evidence, quoted_spans(comment))),
            is_long=len(comment.text) > LONG_COMMENT or comment.text.count("\n") > 40,
            choices=choices if covered else "none",
        )


def _chip(row: Score, label: str) -> Chip:
    if row.stance is None or row.probabilities is None:
        raise ValueError(f"{row.target} of {row.comment} has no stance; expected a scored comment")
    probability = row.probabilities[STANCES.index(row.stance)]
    return Chip(label, row.stance, probability, VIA_WORDS[row.via] if row.via else None, row.target_sentiment)


def _shown_author(comment: Comment, rows: Sequence[Score], names: bool) -> str | None:
    """Return the author as the scores name them: a pseudonym, unless names were asked for."""
    given = next((row.author for row in rows if row.author is not None), None)
    if names:
        return given or comment.author
    # A score may not repeat the page's name unless names were asked for: then show none at all.
    return None if given == comment.author and not is_pseudonym(given) else given


def _listed(views: Iterable[CommentView], label: str) -> list[tuple[CommentView, Chip]]:
    """List the comments that address a target, in page order, where too few do for a bar."""
    found = [(view, chip) for view in views for chip in view.chips if chip.label == label]
    return sorted(found, key=lambda each: each[0].number)


class Slice(NamedTuple):
    """Comments that stand in one list."""

    comments: Sequence[CommentView]

    @property
    def lines(self) -> float:
        """The mean lines of text of a comment: a browser reserves as much room for those that it passes over."""
        texts = ("".join(piece.text for each in view.passages for piece in each.pieces) for view in self.comments)
        lines = (sum(len(line) // LINE + 1 for line in text.split("\n")) for text in texts)
        return round(sum(min(TALLEST_TEXT, n) for n in lines) / len(self.comments), 1)


def slices(views: Sequence[CommentView]) -> tuple[Slice, ...]:
    """Cut a long thread into lists that a browser can pass over one by one; a short one stays whole."""
    size = SLICE if len(views) > MOST_IN_ONE_LIST else max(1, len(views))
    return tuple(Slice(views[start : start + size]) for start in range(0, len(views), size))


class ParagraphView(NamedTuple):
    """One paragraph of the article with how its wording around each target sounds."""

    pieces: tuple[Piece, ...]
    wording: tuple[tuple[str, float | None], ...]  # label of a target, compound


def paragraph_views(scored: Document, targets: Targets) -> tuple[ParagraphView, ...]:
    """Show the article's paragraphs with the evidence in them."""
    labels, rows = dict(targets), scores_by_paragraph(scored.scores)
    views = []
    for number, text in enumerate(scored.body, 1):
        own = [row for row in rows.get(number, ()) if row.target in labels]
        wording = tuple((labels[row.target], row.target_sentiment) for row in own)
        views.append(ParagraphView(cut(text, _evidence(own, labels)), wording))
    return tuple(views)


# Explanations ---------------------------------------------------------------------------------------------------------


def explanation_lines(explanation: Explanation) -> Iterator[str]:
    """Lay an explanation out as lines: warnings, then role, comment, rule, the beginning of each text."""
    document = explanation.document
    found = f"{len(document.body)} paragraphs, {len(document.comments)} comments"
    yield f"{_printable(document.source)}: layout {document.layout}, {found}"
    for warning in document.warnings:
        yield f"  warning: {_printable(warning)}"
    for block in explanation.blocks:
        role = f"{block.role} {block.comment}" if block.comment else str(block.role)
        text = block.text if len(block.text) <= LONGEST_LINE else f"{block.text[:LONGEST_LINE]}…"
        yield f"  {role:<14} {_printable(text)}"
        yield f"  {'':<14}   {_printable(block.rule)}"
    yield ""


def explanation_page(explanations: Sequence[Explanation], *, command: str | None = None) -> Iterator[str]:
    """Draw explanations as one HTML page."""
    roles = [str(role) for role in Role]
    return render("explanation.html", {"explanations": explanations, "roles": roles, "command": command})


def _printable(text: str) -> str:
    """Take out characters that would move a terminal's cursor or colour its screen."""
    return "".join(char if char.isprintable() else " " for char in text)
