"""Show the comments of a document, and the sentences of its article that name targets."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace as View

from stance import datamodels
from stance.datamodels import Comment, Document, Record, Score
from stance.pseudonyms import is_pseudonym
from stance.reporting.passages import Span, cut, passages
from stance.reporting.rendering import Targets, language_tag
from stance.reporting.summary import scores_by_comment, unscored_reason
from stance.reporting.threads import thread_order
from stance.reporting.wording import language_name, value_words
from stance.text_forms import quoted_spans
from stance.word_boundaries import is_boundary


def _evidence(rows: Iterable[Score], labels: Mapping[str, str], text: str) -> Iterator[Span]:
    """Yield the evidence in a text, as whole words: a name may be part of one, and what was read may end in one."""
    for row in (row for row in rows if row.target in labels):
        done = 0
        for first, last in sorted(row.evidence):
            start, end = (max(min(offset, len(text)), done) for offset in (first, last))
            while start > done and not is_boundary(text, start, False):
                start -= 1
            while start < end < len(text) and not is_boundary(text, end, False):
                end += 1
            done = end
            yield Span(start, end, labels[row.target])


def comment_views(scored: Document, targets: Targets, author: "AuthorOf", languages: Sequence[str]) -> tuple[View, ...]:
    """Show the comments of a document, in thread order.

    :param author: Returns the author that a comment is shown with.
    :param languages: That the model covers.
    """
    by_comment, labels = scores_by_comment(scored.scores), dict(targets)
    views = []
    for position in thread_order(scored.comments):
        comment = scored.comments[position.number - 1]
        rows = by_comment.get(comment.comment_id, [])
        reason = unscored_reason(scored, comment, rows, languages)
        is_scored = any(row.probabilities is not None for row in rows)
        is_assumed = is_scored and comment.language == datamodels.UNKNOWN_LANGUAGE
        of_thread = {
            "number": position.number,
            "indent": min(position.depth, 6),
            "reply_to": position.parent,
            "parent_missing": position.parent is None and {comment.reply_to, comment.parent_text} != {None},
            "parent_text": comment.parent_text if position.parent is None else None,
            "author": author(comment, rows),
            "lang": language_tag(scored.language if is_assumed else comment.language),
            "not_scored": None if is_scored else language_name(reason),
            "language_assumed": is_assumed,
        }
        views.append(View(**_comment_view(comment, rows, labels), **of_thread))
    return tuple(views)


def _comment_view(comment: Comment, rows: Sequence[Score], labels: Mapping[str, str]) -> Record:
    """Show the text of a comment with its evidence, and its stance toward each target that it addresses.

    :return: ``choices``: the page's script chooses by it: the place of a target and a list of readings, as in
        ``0:favor 2:leans_against``.
    """
    numbers = {label: number for number, label in enumerate(labels.values())}
    readings = {row.target: (row, max(row.probabilities or (0.0,))) for row in rows if row.grade}
    graded = [(label, *readings[target]) for target, label in labels.items() if target in readings]
    chips = [
        View(label=label, shown=row.shown, probability=probability, target_sentiment=row.target_sentiment)
        for label, row, probability in graded
    ]
    choices = " ".join(f"{numbers[chip.label]}:{chip.shown}" for chip in chips) or "nothing"
    evidence = _evidence((row for row in rows if row.grade), labels, comment.text)
    # With the blanks behind them, so that quoted lines next to each other are one passage.
    lines, blank = quoted_spans(comment.text, comment.quoted), re.compile(r"\s*")
    quoted = [(start, blanks.end()) for start, end in lines if (blanks := blank.match(comment.text, end))]
    parts = passages(cut(comment.text, evidence, quoted))
    possible = value_words()["POSSIBLE_WORDS"]
    ways = ((labels[row.target], row.possible or row.via) for row in rows if row.target in labels)
    return {
        "posted": comment.posted,
        "votes": comment.votes,
        "sentiment": next((row.sentiment for row in rows if row.sentiment is not None), None),
        "chips": chips,
        "possible": [(label, possible[way]) for label, way in ways if way and way in possible],
        "passages": parts,
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
    author = next((row.author for row in rows if row.author is not None), None)
    return None if author == comment.author and not is_pseudonym(author) else author


def sentence_views(scored: Document, targets: Targets) -> list[tuple[str, list[View]]]:
    """Show the sentences that name each target, in article order: headline and lead come first."""
    views: dict[str, list[View]] = {target: [] for target, _ in targets}
    for score in scored.scores:
        if score.sentence is None or score.target not in views:
            continue
        sentence = score.sentence
        is_on_top = sentence.place in (datamodels.HEADLINE, datamodels.LEAD)
        views[score.target].append(
            View(
                place=sentence.place if is_on_top else f"paragraph {sentence.place}",
                voice=sentence.voice,
                speaker=sentence.speaker,
                tone=score.tone,
                probability=score.tones and score.tone and score.tones[datamodels.TONES.index(score.tone)],
                pieces=cut(sentence.text, _evidence((score,), {score.target: score.target}, sentence.text)),
            )
        )
    return list(views.items())
