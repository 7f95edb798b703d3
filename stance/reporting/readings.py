"""Readings of comments that name a target: their counts, how well they are known, and which to quote."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from stance import datamodels
from stance.datamodels import STANCES, Comment, Document, Grade, Record, Score, Stance, Unit, grouped
from stance.resources import GRADES, shipped_json
from stance.scoring.sentences import split_sentences

MOST_QUOTED = 3
"""Maximum number of quotations of a side toward a target, and of most answered and most voted comments."""

LONGEST_QUOTE = 280
"""Maximum number of characters of a quotation."""

FindMentions = Callable[[str], Iterable[datamodels.Mention]]


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


def measure_of(name: str, model: str, languages: Mapping[str, int]) -> Record:
    """Return how often the readings of a list were right where that was measured.

    :param name: One of ``READINGS``.
    :param model: As in ``Score.model``.
    :param languages: Comments of the list by the language that they are read in.
    :return: ``english`` and ``others``, by the language of the comments: their number ``comments``, and ``measure``:
        ``n``, ``right`` and ``opposite`` (shares), None if not measured.
    """
    stance = name.removeprefix("leans_")
    others = sum(n for language, n in languages.items() if not datamodels.is_read_as_english(language))
    rows = {}
    for key, of, n in (("english", "", sum(languages.values()) - others), ("others", ", other languages", others)):
        measures = shipped_json(GRADES).get(model.partition("@")[0] + of, {}).get(stance, {})
        measure = measures.get("leaning" if name != stance else "clear")
        rows[key] = {"comments": n, "measure": measure if n and measure and measure["n"] >= 10 else None}
    return rows


def quote_of(comment: Comment, start: int = 0) -> str:
    """Return the sentence of a comment that holds a place, its own words, shortened around the place."""
    text = comment.own_words
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
    # Maximum number of characters of evidence that names a target; longer evidence is the part that was read.
    if end - start <= 60 or find is None:
        return start
    text = reading.comment.own_words
    return next((mention.start for mention in find(text) if mention.target == reading.score.target), start)


def choose_quotes(readings: Sequence[GradedComment], side: Stance, copies: Iterable[int]) -> list[GradedComment]:
    """Choose the comments to read first of a side: clear before leaning, the surest first, one of an author.

    :param copies: Numbers of comments that copy an earlier one.
    """
    left_out, grades = {*copies}, (side, f"leans_{side}")
    sided = [graded for graded in readings if graded.score.shown in grades and graded.number not in left_out]
    sided.sort(key=lambda graded: (not graded.score.sure, -(graded.score.probability or 0.0), graded.number))
    quotes: dict[str | int, GradedComment] = {}
    for reading in sided:
        quotes.setdefault(reading.number if reading.comment.author is None else reading.comment.author, reading)
    return list(quotes.values())[:MOST_QUOTED]
