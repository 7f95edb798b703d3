"""Turn records and comments into pages.

Everything of a page that a stranger wrote reaches a template as a value, and templates escape every value; nothing that
a stranger wrote becomes a file name, an anchor, a class, or a link that is not plain http.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stance.datamodels import SIDES, STANCES, UNKNOWN_LANGUAGE, Comment, Document, Score, Stance
from stance.pseudonyms import is_pseudonym
from stance.reporting.bytecode import TemplateBytecode
from stance.reporting.charts import columns, diverging_bar, raw_shares, side_shares, stack
from stance.reporting.highlight import Passage, Piece, Span, cut, passages, quoted_spans
from stance.reporting.moments import PERIOD_WORDS
from stance.reporting.scripts import script
from stance.reporting.summary import Record, scores_by_comment, scores_by_paragraph, unscored_reason
from stance.reporting.threads import Place, thread_order
from stance.reporting.wording import (
    BASELINE_WORDS,
    METHOD_WORDS,
    STANCE_SIGNS,
    STANCE_WORDS,
    VERDICT_WORDS,
    VIA_WORDS,
    language_name,
)

DEEPEST_INDENT = 6
"""Replies nested deeper are not indented further: a phone has no room, and each says whom it answers."""

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

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")

Targets = Sequence[tuple[str, str]]
"""Identifiers and labels, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Chip:
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
    choices: str  # what the page's script chooses by: place of a target and a stance, as in "0:favor 2:against"

    @property
    def excerpt(self) -> str:
        """The beginning of what the commenter wrote, in one line."""
        own = "".join(piece.text for each in self.passages if not each.quoted for piece in each.pieces)
        return shorten(" ".join(own.split()))


@dataclass(frozen=True, slots=True)
class Slice:
    """Comments that stand in one list."""

    comments: Sequence[CommentView]

    @property
    def lines(self) -> float:
        """About how many lines of text a comment has: a browser reserves as much room for those that it passes over."""
        texts = ("".join(piece.text for each in view.passages for piece in each.pieces) for view in self.comments)
        return round(sum(min(TALLEST_TEXT, _lines(text)) for text in texts) / len(self.comments), 1)


def _lines(text: str) -> int:
    return sum(len(line) // LINE + 1 for line in text.split("\n"))


@dataclass(frozen=True, slots=True)
class ParagraphView:
    """One paragraph of the article with how its wording around each target sounds."""

    pieces: tuple[Piece, ...]
    wording: tuple[tuple[str, float | None], ...]  # label of a target, compound


@dataclass(frozen=True, slots=True)
class Listed:
    """A comment in the list that stands where too few address a target for a bar."""

    number: int
    author: str | None
    chip: Chip


def comment_views(
    scored: Document, targets: Targets, *, names: bool, languages: Sequence[str] = ()
) -> tuple[CommentView, ...]:
    """Show the comments of a document, in thread order.

    :param languages: That the model covers.
    :param names: Show authors as on the page where a score names none.
    """
    comments = scored.comments
    by_comment = scores_by_comment(scored.scores)
    return tuple(
        _comment_view(place, comment, by_comment.get(comment.comment_id, []), scored, dict(targets), names, languages)
        for place in thread_order(comments)
        for comment in (comments[place.number - 1],)
    )


def _comment_view(
    place: Place,
    comment: Comment,
    rows: Sequence[Score],
    scored: Document,
    labels: Mapping[str, str],
    names: bool,
    languages: Sequence[str],
) -> CommentView:
    covered = any(row.probabilities is not None for row in rows)
    chips = _chips(rows, labels)
    assumed = covered and comment.language == UNKNOWN_LANGUAGE
    return CommentView(
        number=place.number,
        indent=min(place.depth, DEEPEST_INDENT),
        reply_to=place.parent,
        parent_missing=place.parent is None and (comment.reply_to is not None or comment.parent_text is not None),
        parent_text=comment.parent_text if place.parent is None else None,
        author=_shown_author(comment, rows, names),
        posted=comment.posted,
        votes=comment.votes,
        lang=language_tag(scored.language if assumed else comment.language),
        not_scored=None if covered else language_name(unscored_reason(scored, comment, rows, languages)),
        language_assumed=assumed,
        sentiment=next((row.sentiment for row in rows if row.sentiment is not None), None),
        chips=chips,
        passages=passages(_comment_pieces(comment, rows, labels)),
        is_long=len(comment.text) > LONG_COMMENT or comment.text.count("\n") > 40,
        choices=_choices(chips, labels) if covered else "none",
    )


def _choices(chips: Iterable[Chip], labels: Mapping[str, str]) -> str:
    """Say what a comment can be chosen by, in words that no stranger wrote."""
    places = {label: place for place, label in enumerate(labels.values())}
    return " ".join(f"{places[chip.label]}:{chip.stance}" for chip in chips) or "nothing"


def shorten(text: str, longest: int = LONGEST_EXCERPT) -> str:
    """Cut a text after the last word that fits, and mark the cut."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return (head.rpartition(" ")[0] or head) + " …"


def _shown_author(comment: Comment, rows: Sequence[Score], names: bool) -> str | None:
    """Show what the scores call the author: a pseudonym, unless names were asked for."""
    given = next((row.author for row in rows if row.author is not None), None)
    if names:
        return given or comment.author
    # A score may not repeat the page's name unless names were asked for: then show none at all.
    return None if given == comment.author and not is_pseudonym(given) else given


def _chips(rows: Iterable[Score], labels: Mapping[str, str]) -> tuple[Chip, ...]:
    by_target = {row.target: row for row in rows if row.stance in SIDES}
    return tuple(_chip(by_target[target], label) for target, label in labels.items() if target in by_target)


def _chip(row: Score, label: str) -> Chip:
    if row.stance is None or row.probabilities is None:
        raise ValueError(f"{row.target} of {row.comment} has no stance; expected a scored comment")
    probability = row.probabilities[STANCES.index(row.stance)]
    return Chip(label, row.stance, probability, VIA_WORDS[row.via] if row.via else None, row.target_sentiment)


def _comment_pieces(comment: Comment, rows: Iterable[Score], labels: Mapping[str, str]) -> tuple[Piece, ...]:
    return cut(comment.text, _evidence((row for row in rows if row.stance in SIDES), labels), quoted_spans(comment))


def _evidence(rows: Iterable[Score], labels: Mapping[str, str]) -> Iterator[Span]:
    for row in rows:
        if row.target in labels:
            for start, end in row.evidence:
                yield Span(start, end, labels[row.target])


def slices(views: Sequence[CommentView]) -> tuple[Slice, ...]:
    """Cut a long thread into lists that a browser can pass over one by one; a short one stays whole."""
    size = SLICE if len(views) > MOST_IN_ONE_LIST else max(1, len(views))
    return tuple(Slice(views[start : start + size]) for start in range(0, len(views), size))


def paragraph_views(scored: Document, targets: Targets) -> tuple[ParagraphView, ...]:
    """Show the article's paragraphs with what they say of the targets."""
    labels = dict(targets)
    rows = scores_by_paragraph(scored.scores)
    return tuple(
        ParagraphView(
            cut(text, _evidence(rows.get(number, ()), labels)),
            tuple((labels[row.target], row.target_sentiment) for row in rows.get(number, ()) if row.target in labels),
        )
        for number, text in enumerate(scored.body, 1)
    )


def listed_comments(views: Iterable[CommentView], label: str) -> tuple[Listed, ...]:
    """List the comments that address a target, in page order."""
    found = [Listed(view.number, view.author, chip) for view in views for chip in view.chips if chip.label == label]
    return tuple(sorted(found, key=lambda listed: listed.number))


def language_tag(code: str) -> str:
    """Give a value for ``lang``: empty, which means unknown, unless the code is well formed."""
    return code if code != UNKNOWN_LANGUAGE and LANGUAGE_TAG.fullmatch(code) else ""


def safe_link(url: str | None) -> str | None:
    """Give a link that may be followed from a report: http or https with a host; None for any other."""
    if url is None or re.search(r"[\x00-\x20\x7f<>\"\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and parts.hostname else None


def percent(share: float) -> str:
    """Write a share as a whole percentage; what is neither none nor all is never written as either."""
    if 0 < share <= 0.005:  # one in two hundred would be rounded to none
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share * 100:.0f} %"


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return f"{difference * 100:+.0f}".replace("-", "−") if round(difference * 100) else "0"


def signed(value: float) -> str:
    """Write a compound or a difference with its sign; a minus, not a hyphen."""
    return f"{value:+.2f}".replace("-", "−") if round(value, 2) else "0.00"


def day(stamp: str) -> str:
    """Write an ISO 8601 date for people, with the time where it is given; anything else as it is."""
    try:
        if len(stamp) <= len("2024-01-31"):
            moment = date.fromisoformat(stamp)
            return f"{moment.day} {moment:%B} {moment.year}"
        full = datetime.fromisoformat(stamp)
        return f"{full.day} {full:%B} {full.year}, {full:%H:%M}"
    except ValueError:
        return stamp


def is_moment(stamp: str) -> bool:
    """Tell whether a stamp is a date that HTML's ``time`` understands."""
    return day(stamp) != stamp


def _environment() -> Environment:
    templates = Path(__file__).parent / "templates"
    environment = Environment(
        loader=FileSystemLoader(templates),
        bytecode_cache=TemplateBytecode(templates),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # templates do not change while a report is written
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=percent,
        points=points,
        signed=signed,
        day=day,
        language=language_name,
        language_tag=language_tag,
        safe_link=safe_link,
    )
    environment.tests.update(moment=is_moment)
    environment.globals.update(
        SIDES=[str(side) for side in SIDES],
        STANCE_WORDS=STANCE_WORDS,
        STANCE_SIGNS=STANCE_SIGNS,
        BASELINE_WORDS=BASELINE_WORDS,
        METHOD_WORDS=METHOD_WORDS,
        VERDICT_WORDS=VERDICT_WORDS,
        diverging_bar=diverging_bar,
        stack=stack,
        columns=columns,
        script=script,
        side_shares=side_shares,
        raw_shares=raw_shares,
        PERIOD_WORDS=PERIOD_WORDS,
    )
    return environment


def render(template: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Give a page in pieces, so that a long one need not be held."""
    return _ENVIRONMENT.get_template(template).generate(**values)


_ENVIRONMENT = _environment()


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
            "listed": {target: listed_comments(views, label) for target, label in targets},
            "labels": dict(targets),
            "model": model,
            "command": command,
        },
    )
