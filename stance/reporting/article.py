"""Choose the parts of the page of one article: lists of readings, quotations, and the conversation.

All is taken from the comments, and nothing is written for them. A comment is named by its number, its place on the
page.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import SimpleNamespace as View
from typing import NamedTuple

from stance import datamodels, text_forms
from stance.datamodels import READINGS, STANCES, Comment, Document, Grade, Record, Score, Stance, Unit, grouped
from stance.pseudonyms import folded, person
from stance.reporting.charts import Chart, strip_chart
from stance.reporting.rendering import Targets, sentence
from stance.reporting.summary import SIDED
from stance.reporting.wording import first_upper, set_apart, shorten
from stance.resources import GRADES, NEWSROOM
from stance.scoring.sentences import split_sentences

MOST_QUOTED = 3
"""Maximum number of quotations of a side toward a target, and of most answered and most voted comments."""

MOST_LISTED = 30
"""Maximum number of comments of a list that are quoted; of the others, the numbers are listed."""

LONGEST_QUOTE = 280
"""Maximum number of characters of a quotation."""

FEWEST_VOTED = 5
"""Minimum number of comments with votes for a list of those with most votes."""

LONGEST_NAME = 60
"""Maximum number of characters of evidence that names a target; longer evidence is the part that was read."""

FindMentions = Callable[[str], Iterable[datamodels.Mention]]


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
    replies = grouped((parent, number) for number, parent in parents_of(comments).items())
    placed: list[Place] = []
    stack = [Place(number, 0, None) for number in reversed(replies.get(None, []))]
    while stack:
        row = stack.pop()
        placed.append(row)
        stack += [Place(number, row.depth + 1, row.number) for number in reversed(replies.get(row.number, []))]
    return tuple(placed)


def parents_of(comments: Sequence[Comment]) -> dict[int, int | None]:
    """Map each number to its parent's, cutting circles where page order closes them."""
    numbers = {comment.comment_id: number for number, comment in reversed([*enumerate(comments, 1)])}
    answered = (None if comment.reply_to is None else numbers.get(comment.reply_to) for comment in comments)
    parents = dict(enumerate(answered, 1))
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


# Readings -------------------------------------------------------------------------------------------------------------


class GradedComment(NamedTuple):
    """A comment that names a target, with its score toward it."""

    number: int
    comment: Comment
    score: Score

    @property
    def lean(self) -> float:
        """Return the probability in favor less that against, in [-1, 1]."""
        favor, against, *_ = self.score.probabilities or (0.0, 0.0)
        return favor - against


def read_comments(document: Document) -> dict[str, list[GradedComment]]:
    """Return the comments that name each target, in page order; the second of an id has the second score of that id."""
    scores = grouped(((score.comment, score.target), score) for score in document.scores if score.unit is Unit.COMMENT)
    queues = {pair: iter(rows) for pair, rows in scores.items()}
    targets = dict.fromkeys(target for _, target in scores)
    readings: dict[str, list[GradedComment]] = {target: [] for target in targets}
    for number, comment in enumerate(document.comments, 1):
        for target in targets:
            score = next(queues.get((comment.comment_id, target), iter(())), None)
            if score is not None and score.grade is not None:
                readings[target].append(GradedComment(number, comment, score))
    return readings


def reading_record(readings: Sequence[GradedComment]) -> Record:
    """Return the ids of comments by grade and class, as ``summary.json`` holds them."""
    by_grade = {grade: {str(stance): list[str]() for stance in STANCES} for grade in ("clear", "leaning")}
    unread: list[str] = []
    for _, comment, score in readings:
        is_read = score.grade is not Grade.UNREAD
        (by_grade[str(score.grade)][str(score.reading)] if is_read else unread).append(comment.comment_id)
    return {"named": len(readings), **by_grade, "unread": unread}


@cache
def measured_grades() -> Record:
    """Return the measures of readings on comments of sites that the models had not seen, by model."""
    return dict(json.loads(GRADES.read_text(encoding="utf-8")))


@cache
def newsroom_card() -> Record:
    """Return the measures of the model that finds questions to the newsroom."""
    card = json.loads(NEWSROOM.read_text(encoding="utf-8"))["card"]
    return {name: card[name] for name in ("n", "precision", "recall")}


def measure_of(name: str, model: str) -> Record | None:
    """Return how often the readings of a list were right where that was measured.

    :param name: One of ``READINGS``.
    :param model: As in ``Score.model``.
    :return: ``n``, ``right`` and ``opposite`` (shares); None: not measured.
    """
    stance = name.removeprefix("leans_")
    measures = measured_grades().get(model.partition("@")[0], {}).get(stance, {})
    measure = measures.get("leaning" if name != stance else "clear")
    return measure if measure and measure["n"] else None


# Quotations -----------------------------------------------------------------------------------------------------------


def quote_of(comment: Comment, start: int = 0) -> str:
    """Return the sentence of a comment that holds a place, its own words, shortened around the place."""
    text = text_forms.own_words(comment.text, comment.quoted)
    sentences = split_sentences(text)
    first, last = next((span for span in sentences if start < span[1]), (0, len(text)))
    if last - first <= LONGEST_QUOTE:
        return " ".join(text[first:last].split())
    low = max(first, min(start - LONGEST_QUOTE // 3, last - LONGEST_QUOTE))
    words = text[low : low + LONGEST_QUOTE].split()
    before, after = low > first, low + LONGEST_QUOTE < last
    return f"{'… ' * before}{' '.join(words[before : len(words) - after] or words)}{' …' * after}"


def name_place(reading: GradedComment, find: FindMentions | None) -> int:
    """Return where a comment first names the target; in a long text the evidence is the part that was read."""
    start, end = next(iter(reading.score.evidence), (0, 0))
    if end - start <= LONGEST_NAME or find is None:
        return start
    text = text_forms.own_words(reading.comment.text, reading.comment.quoted)
    return next((mention.start for mention in find(text) if mention.target == reading.score.target), start)


def choose_quotes(readings: Sequence[GradedComment], side: Stance, copies: Iterable[int]) -> list[GradedComment]:
    """Choose the comments to read first of a side: clear before leaning, the surest first, one of an author.

    :param copies: Numbers of comments that copy an earlier one.
    """
    left_out, authors = {*copies}, set[str | None]()
    quotes: list[GradedComment] = []
    grades = side, f"leans_{side}"
    sided = [graded for graded in readings if graded.score.shown in grades and graded.number not in left_out]
    sided.sort(key=lambda graded: (not graded.score.sure, -(graded.score.probability or 0.0), graded.number))
    for reading in sided:
        author = reading.comment.author
        if author is None or author not in authors:
            authors.add(author)
            quotes.append(reading)
    return quotes[:MOST_QUOTED]


# The page -------------------------------------------------------------------------------------------------------------


def head_record(document: Document) -> Record:
    """Return the facts of the head: people with a name, comments without one, first and last day, dated comments."""
    persons = (person(comment.author, document.layout) for comment in document.comments)
    names = [name and folded(name) for name in persons]
    days = sorted(comment.posted[:10] for comment in document.comments if comment.posted)
    return {
        "people": len({*names} - {None}),
        "unnamed": names.count(None),
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
        "dated": len(days),
    }


class ArticlePage:
    """The parts of a page that speak of single comments.

    :param find: Finds the mentions of targets in a text.
    """

    def __init__(self, document: Document, targets: Targets, model: str, find: FindMentions | None = None) -> None:
        self.document, self.labels, self.model, self._find = document, dict(targets), model, find
        self.readings = read_comments(document)
        self.parents = parents_of(document.comments)
        self.answers = Counter(parent for parent in self.parents.values() if parent)

    def record(self, themes: Sequence[Record], newsroom: Sequence[Record]) -> Record:
        """Return the parts of ``summary.json`` that name comments by their ids."""
        ids = [comment.comment_id for comment in self.document.comments]
        return {
            "reading": {target: reading_record(self.readings.get(target, ())) for target in self.labels},
            "most_answered": [{"id": ids[number - 1], "answers": n} for number, n in self.most_answered()],
            "newsroom": list(newsroom),
            "themes": list(themes),
        }

    def most_answered(self) -> list[tuple[int, int]]:
        """Return the comments with most answers, two at least, and how many they have."""
        ranked = sorted(self.answers.items(), key=lambda pair: (-pair[1], pair[0]))
        return [pair for pair in ranked if pair[1] > 1][:MOST_QUOTED]

    def quoted(self, reading: GradedComment) -> View:
        """Show a comment by the sentence that names the target."""
        return self.shown(reading.number, quote_of(reading.comment, name_place(reading, self._find)))

    def passage(self, number: int, start: int, end: int) -> View:
        """Show a comment by a part of its text."""
        words = " ".join(self.document.comments[number - 1].text[start:end].split())
        return self.shown(number, shorten(words, LONGEST_QUOTE))

    def about(self, number: int, words: Iterable[str]) -> View:
        """Show a comment by its first sentence with one of some words."""
        text = self.document.comments[number - 1].text
        starts = [match.start() for word in words if (match := re.search(re.escape(word), text, re.IGNORECASE))]
        return self.shown(number, quote_of(self.document.comments[number - 1], min(starts, default=0)))

    def shown(self, number: int, quote: str | None = None) -> View:
        """Show a comment by its number, a sentence, its votes and answers."""
        comment = self.document.comments[number - 1]
        return View(
            number=number,
            quote=quote_of(comment) if quote is None else quote,
            votes=comment.votes,
            answers=self.answers[number],
            language=datamodels.read_as(comment.language, self.document.language),
        )

    def targets(self, copies: Sequence[int]) -> Iterator[View]:
        """Show the lists and quotations toward each target; of the unread comments, the one nearest to a side."""
        for target, label in self.labels.items():
            readings = self.readings.get(target, [])
            by_list = grouped((reading.score.shown or "", reading) for reading in readings)
            lists = [
                View(
                    name=name,
                    n=len(by_list[name]),
                    entries=map(self.quoted, by_list[name][:MOST_LISTED]),
                    more=[reading.number for reading in by_list[name][MOST_LISTED:]],
                    measure=measure_of(name, self.model) if self.document.language == "en" else None,
                )
                for name in READINGS
                if name in by_list
            ]
            sides = {str(side): choose_quotes(readings, side, copies) for side in (Stance.AGAINST, Stance.FAVOR)}
            unread = [
                reading for reading in readings if reading.score.shown == "unread" and reading.number not in copies
            ]
            sides["unread"] = sorted(unread, key=lambda reading: (-abs(reading.lean), reading.number))[:1]
            quotes = {side: [*map(self.quoted, quotes_of_side)] for side, quotes_of_side in sides.items()}
            yield View(target=target, label=label, named=len(readings), lists=lists, quotes=quotes)

    def sided(self) -> Iterator[GradedComment]:
        """Yield the comments on a side, clear or leaning, toward each target."""
        for target in self.labels:
            yield from (reading for reading in self.readings.get(target, ()) if reading.score.shown in SIDED)

    def conversation(self) -> View:
        """Show the comments with most answers, with the sides of these, and those with most votes."""
        children = grouped((parent, number) for number, parent in self.parents.items() if parent)
        values = {
            target: {reading.number: reading.score.shown or "" for reading in readings}
            for target, readings in self.readings.items()
        }
        answered = []
        for number, _ in self.most_answered():
            view, sides = self.shown(number), []
            for target, label in self.labels.items():
                counts = Counter(
                    values.get(target, {}).get(child, "").removeprefix("leans_") for child in children[number]
                )
                if counts["against"] or counts["favor"]:
                    sides.append((label, counts["against"], counts["favor"]))
            answered.append(View(**vars(view), sides=sides))
        voted = [number for number, comment in enumerate(self.document.comments, 1) if comment.votes is not None]
        ranked = sorted(voted, key=lambda number: (-(self.document.comments[number - 1].votes or 0), number))
        most = [self.shown(number) for number in ranked[:MOST_QUOTED] if len(voted) >= FEWEST_VOTED]
        return View(answered=answered, voted=[view for view in most if view.votes > 0])

    def chart(self, source: str) -> Chart | None:
        """Draw each comment that names a target as a mark between against and in favor."""
        marks: Mapping[str, list[tuple[float, str]]] = {
            first_upper(label): [(reading.lean, reading.score.shown or "") for reading in self.readings.get(target, ())]
            for target, label in self.labels.items()
        }
        return strip_chart("article-readings", {name: row for name, row in marks.items() if row}, source=source)

    def sentence(self, facts: Record) -> str:
        """Write the sentence to copy: readings toward each target, with the article, the model and the source."""
        counts = [
            (label, len(self.readings[target]), Counter(reading.score.shown for reading in self.readings[target]))
            for target, label in self.labels.items()
            if self.readings.get(target)
        ]
        title = self.document.title or self.document.source
        return sentence("captions.txt", "article", self.document, set_apart(title), counts, facts, self.model)
