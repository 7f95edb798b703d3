"""Choose the parts of the page of one article: lists of readings, quotations, and the conversation.

All is taken from the comments, and nothing is written for them. A comment is named by its number, its place on the
page.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import SimpleNamespace as View

from stance import datamodels
from stance.datamodels import READINGS, SIDED, Document, Record, Stance, grouped
from stance.pseudonyms import folded, person
from stance.reporting.charts import Chart, strip_chart
from stance.reporting.readings import (
    LONGEST_QUOTE,
    MOST_QUOTED,
    FindMentions,
    GradedComment,
    choose_quotes,
    measure_of,
    name_place,
    quote_of,
    read_comments,
    reading_record,
)
from stance.reporting.rendering import Targets, sentence
from stance.reporting.threads import parents_of
from stance.reporting.wording import UNMARKED, first_upper, set_apart, shorten


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
        """Show a comment by a part of its text, without words of others."""
        words = " ".join(self.document.comments[number - 1].own_words[start:end].split())
        return self.shown(number, shorten(words, LONGEST_QUOTE))

    def about(self, number: int, words: Iterable[str]) -> View:
        """Show a comment by its first sentence with one of some words."""
        text = self.document.comments[number - 1].own_words
        starts = [match.start() for word in words if (match := re.search(re.escape(word), text, re.IGNORECASE))]
        return self.shown(number, quote_of(self.document.comments[number - 1], min(starts, default=0)))

    def languages_of(self, readings: Iterable[GradedComment]) -> Counter[str]:
        """Count the languages that comments are read in."""
        return Counter(datamodels.read_as(row.comment.language, self.document.language) for row in readings)

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
        # Maximum number of comments of a list that are quoted; of the others, the numbers are listed.
        most = 30
        for target, label in self.labels.items():
            readings = self.readings.get(target, [])
            by_list = grouped((reading.score.shown or "", reading) for reading in readings)
            lists = [
                View(
                    name=name,
                    n=len(by_list[name]),
                    entries=map(self.quoted, by_list[name][:most]),
                    more=[reading.number for reading in by_list[name][most:]],
                    **measure_of(name, self.model, self.languages_of(by_list[name])),
                )
                for name in READINGS
                if name in by_list
            ]
            sides = {str(side): choose_quotes(readings, side, copies) for side in (Stance.AGAINST, Stance.FAVOR)}
            unread = [of for of in readings if of.score.shown == "unread" and of.number not in copies]
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
        grades = {target: {of.number: of.score.shown or "" for of in rows} for target, rows in self.readings.items()}
        answered = []
        for number, _ in self.most_answered():
            view = self.shown(number)
            view.sides = []
            for target, label in self.labels.items():
                of_target = grades.get(target, {})
                counts = Counter(of_target.get(child, "").removeprefix("leans_") for child in children[number])
                if counts["against"] or counts["favor"]:
                    view.sides.append((label, counts["against"], counts["favor"]))
            answered.append(view)
        voted = [number for number, comment in enumerate(self.document.comments, 1) if comment.votes is not None]
        ranked = sorted(voted, key=lambda number: (-(self.document.comments[number - 1].votes or 0), number))
        # Minimum number of comments with votes for a list of those with most votes.
        most = [self.shown(number) for number in ranked[:MOST_QUOTED] if len(voted) >= 5]
        return View(answered=answered, voted=[view for view in most if view.votes > 0])

    def chart(self) -> Chart | None:
        """Draw each comment that names a target as a mark between against and in favor."""
        marks: Mapping[str, list[tuple[float, str]]] = {
            first_upper(label): [(reading.lean, reading.score.shown or "") for reading in self.readings.get(target, ())]
            for target, label in self.labels.items()
        }
        source = sentence("captions.txt", "article_source", self.document, self._title(), self.model)
        return strip_chart("article-readings", {name: row for name, row in marks.items() if row}, source=source)

    def _title(self) -> str:
        return set_apart(self.document.title or self.document.source)

    def sentence(self, facts: Record) -> str:
        """Write the sentence to copy: the counts toward each target, with the article, the model and the source."""
        values = self.document, self._title(), facts["targets"], self.labels, self.model
        return sentence("captions.txt", "article", *values).translate(UNMARKED)
