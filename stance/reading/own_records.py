"""Read documents and scores that were written before."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from stance import page_layouts
from stance.datamodels import UNKNOWN_LANGUAGE, VADER, Comment, Document, Score, Unit
from stance.parsing.votes import read_count
from stance.reading.columns import Row, text_of
from stance.reading.input_names import natural_text, web_address
from stance.reading.kinds import SCORE_COLUMNS, InputKind
from stance.reading.problems import Problems
from stance.records import document_records, score_records

_TEXT_FIELDS = (*score_records.TEXT_FIELDS, *score_records.REPEATED_FIELDS)


class ScoreRow(NamedTuple):
    """One row of a table of scores, with its texts."""

    score: Score
    texts: Mapping[str, str]


def is_own(row: Row) -> bool:
    """Return whether a row is a document or a score that was written before."""
    is_document = row.keys() >= {"body", "comments"} and not isinstance(row["body"], str)
    return is_document or row.keys() >= SCORE_COLUMNS


def own_value(
    row: Row, kind: InputKind, columns: tuple[tuple[str, str], ...], problems: Problems
) -> Document | ScoreRow:
    """Return the document or score in a row that was written before.

    :param columns: Cells that a score carries along.
    :raises InputError: If a value is wrong.
    """
    if "comments" in row:
        return document_records.document_from_record(row)
    read_score = score_records.score_from_row if kind is InputKind.CSV else score_records.score_from_record
    cells = {name: text_of(row.get(name), name) or "" for name in _TEXT_FIELDS}
    texts = {name: score_records.unguard_cell(problems.mended(cell, name)) for name, cell in cells.items()}
    return ScoreRow(replace(read_score(row), columns=columns), texts)


def place_of_score(score: Score) -> str:
    """Return the place of a score in its document, which does not depend on the order of rows."""
    comment, others = score.comment or "", (score.posted, score.author, score.probabilities)
    return "\n".join((score.unit, natural_text(comment), comment, score.target, *(str(part or "") for part in others)))


def scored_document(rows: list[ScoreRow], source: str) -> Document:
    """Make a document of its scores, with the texts of comments that their rows have.

    :param source: Their input.
    """
    name, about = rows[0].score.document, rows[0].texts
    firsts: dict[object, ScoreRow] = {}  # of each comment, and of those without an id by language and time
    for row in rows:
        if row.score.unit is Unit.COMMENT:
            of_id = (row.score.comment, row.score.author, row.texts["text"])  # two comments may have one id
            firsts.setdefault(of_id if row.score.comment else (row.score.language, row.score.posted), row)
    comments = tuple(
        Comment(
            score.comment or "", texts["text"], score.author, texts["reply_to"] or None, score.posted,
            read_count(texts["votes"]), score.language, texts["quoted"] or None, texts["parent_text"] or None,
        ) for score, texts in firsts.values()
    )  # fmt: skip
    warnings = () if all(comment.text for comment in comments) else ("made from scores, which hold no texts",)
    is_bare = name is None or about["articles"] == "unknown"
    return Document(
        name or "scores", f"{source}#{name}" if name else source, rows[0].score.outlet, web_address(about["url"]),
        about["title"] or None, published=about["published"] or None, event=about["event"] or None,
        language=_language_of([score for score, _ in rows]), comments=comments, warnings=warnings,
        scores=tuple(score for score, _ in rows),
        layout=page_layouts.ROW_SCORES_LAYOUT if is_bare else page_layouts.SCORES_LAYOUT,
    )  # fmt: skip


def _language_of(scores: Sequence[Score]) -> str:
    """Return the language of a page by its sentences, or by its shortest comments."""
    sentences = [score for score in scores if score.unit is Unit.SENTENCE]
    methods = {score.sentiment_method for score in scores if score.language == UNKNOWN_LANGUAGE}
    # Comments of which no language was detected are read in that of their page, or not at all.
    alike = sentences or [score for score in scores if not methods or score.sentiment_method in methods - {None}]
    languages = Counter("en" if score.sentiment_method == VADER else score.language for score in alike)
    return max(sorted(languages.keys() - {UNKNOWN_LANGUAGE}), key=languages.__getitem__, default=UNKNOWN_LANGUAGE)
