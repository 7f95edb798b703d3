"""Draw the page of one document.

Nothing that a stranger wrote becomes a file name, an anchor, a class, or a link that is not plain http.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from types import SimpleNamespace as View
from typing import NamedTuple

from stance import datamodels
from stance.datamodels import SIDES, TONES, UNKNOWN_LANGUAGE, Comment, Document, Record, Score
from stance.pseudonyms import is_pseudonym
from stance.reporting.rendering import VIA_WORDS, Targets, language_name, language_tag, render, shorten
from stance.reporting.summary import scores_by_comment, unscored_reason

FEWEST_FILTERED = 8
"""Minimum number of comments for controls to choose among them: fewer fit a screen or two."""


def document_page(
    scored: Document, record: Record, targets: Targets, model: Record, author: "AuthorOf", command: str | None
) -> Iterator[str]:
    """Draw the page of one document."""
    views = comment_views(scored, targets, author, model["languages"])
    return render(
        "document.html",
        {
            "document": record,
            "lead": scored.lead,
            "said": sentence_views(scored, targets),
            "covered": {each["target"]: each for each in record["article"]},
            "has_tone": any(score.tones is not None for score in scored.scores),
            "views": views,
            "by_number": {view.number: view for view in views},
            "filtered": len(views) >= FEWEST_FILTERED,
            "listed": {target: _listed(views, label) for target, label in targets},
            "labels": dict(targets),
            "model": model,
            "command": command,
            "discourse": _discourse(record["discourse"]),
            "page_of": lambda *_: "",  # the comments stand on this page
        },
    )


def _discourse(record: Record) -> list[tuple[str, str, Record]]:
    """List the analyses of the page's discourse that found anything: name, heading and record."""
    if not record:
        return []
    of = record["replies"]
    found = (
        ("replies", "Replies and authors", of["concentration"]["top"]),
        ("copies", "Copies", record["copies"]["groups_found"]),
    )
    return [(name, heading, record[name]) for name, heading, is_found in found if is_found]


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


class QuoteRun(NamedTuple):
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


def passages(pieces: Iterable[Piece]) -> tuple[QuoteRun, ...]:
    """Group consecutive pieces by whether they are quoted; line breaks between two passages are left out."""
    runs = [list(run) for _, run in groupby(pieces, key=lambda piece: piece.quoted)]
    for before, after in pairwise(runs):
        before[-1] = replace(before[-1], text=before[-1].text.rstrip("\n"))
        after[0] = replace(after[0], text=after[0].text.lstrip("\n"))
    return tuple(QuoteRun(run[0].quoted, tuple(run)) for run in runs if any(piece.text.strip() for piece in run))


def _evidence(rows: Iterable[Score], labels: Mapping[str, str]) -> Iterator[Span]:
    return (Span(*span, labels[row.target]) for row in rows if row.target in labels for span in row.evidence)


def quoted_spans(comment: Comment) -> tuple[tuple[int, int], ...]:
    """Find the lines that a comment quotes in its text.

    :return: Half open spans in order; those with nothing but blanks between them are one. A line that does not stand
        in the text after the lines before it ends the search, so that its cost does not grow with the number of lines.
    """
    spans: list[tuple[int, int]] = []
    end = 0
    for line in filter(str.strip, (comment.quoted or "").split("\n")):
        start = comment.text.find(line, end)
        if start < 0:
            break
        joins = bool(spans) and not comment.text[end:start].strip()
        end = start + len(line)
        spans[-1 if joins else len(spans) :] = [(spans[-1][0] if joins else start, end)]
    return tuple(spans)


# Threads --------------------------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """The place of a comment in its thread; its number is its place on the page, from 1."""

    number: int
    depth: int  # 0: it opens a thread
    parent: int | None  # the number of the comment it answers; None: none that is on the page


def thread_order(comments: Sequence[Comment]) -> tuple[Place, ...]:
    """Place the comments of one page in thread order, each exactly once.

    Parents come from the page and are hostile until checked: they may be missing, name themselves, run in circles or
    nest ten thousand deep. So there is no recursion.

    :param comments: In page order. Of several with one id, the first is the one that is answered.
    :return: One place per comment; a thread keeps page order among siblings.
    """
    replies = datamodels.grouped((parent, number) for number, parent in _parents(comments).items())
    placed: list[Place] = []
    stack = [Place(number, 0, None) for number in reversed(replies.get(None, []))]
    while stack:
        place = stack.pop()
        placed.append(place)
        stack += [Place(number, place.depth + 1, place.number) for number in reversed(replies.get(place.number, []))]
    return tuple(placed)


def _parents(comments: Sequence[Comment]) -> dict[int, int | None]:
    """Map each number to its parent's, cutting circles where page order closes them."""
    numbers = {comment.comment_id: number for number, comment in reversed([*enumerate(comments, 1)])}
    named = (None if comment.reply_to is None else numbers.get(comment.reply_to) for comment in comments)
    parents = dict(enumerate(named, 1))
    rooted: set[int | None] = {None}
    for number in parents:
        path: dict[int, None] = {}
        step: int | None = number
        while step is not None and step not in rooted and step not in path:
            path[step] = None
            step = parents[step]
        if step is not None and step in path:
            parents[step] = None
        rooted.update(path)
    return parents


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
        lang = scored.language if is_scored and comment.language == UNKNOWN_LANGUAGE else comment.language
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
                language_assumed=is_scored and comment.language == UNKNOWN_LANGUAGE,
            )
        )
    return tuple(views)


def _comment_view(comment: Comment, rows: Sequence[Score], labels: Mapping[str, str]) -> Record:
    """Show the text of a comment with its evidence, and its stance toward each target that it addresses.

    :return: ``choices``: the page's script chooses by it: place of a target and a stance, as in ``0:favor 2:against``.
    """
    numbers = {label: number for number, label in enumerate(labels.values())}
    sided = {row.target: row for row in rows if row.stance in SIDES}
    chips = [
        View(
            label=label,
            stance=row.stance,
            probability=row.probability,
            via=VIA_WORDS[row.via] if row.via else None,
            target_sentiment=row.target_sentiment,
        )
        for target, label in labels.items()
        if (row := sided.get(target))
    ]
    choices = " ".join(f"{numbers[chip.label]}:{chip.stance}" for chip in chips) or "nothing"
    evidence = _evidence((row for row in rows if row.stance in SIDES), labels)
    found = passages(cut(comment.text, evidence, quoted_spans(comment)))
    own = "".join(piece.text for each in found if not each.quoted for piece in each.pieces)
    return {
        "posted": comment.posted,
        "votes": comment.votes,
        "sentiment": next((row.sentiment for row in rows if row.sentiment is not None), None),
        "chips": chips,
        "passages": found,
        "excerpt": shorten(" ".join(own.split()), 180),
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


def _listed(views: Iterable[View], label: str) -> list[tuple[View, View]]:
    """List the comments that address a target, in page order, where too few do for a bar."""
    found = [(view, chip) for view in views for chip in view.chips if chip.label == label]
    return sorted(found, key=lambda each: each[0].number)


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
                probability=score.tones and score.tone and score.tones[TONES.index(score.tone)],
                pieces=cut(said.text, _evidence((score,), {score.target: score.target})),
            )
        )
    return list(found.items())
