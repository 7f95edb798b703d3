"""Scores as records and rows of tables, and back."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any

from stance import datamodels
from stance.datamodels import STANCES, TONES, Document, Record, Score, Sentence, Span, Stance, Tone, Unit, Via, Voice
from stance.exceptions import InputError
from stance.records.fields import Fields, Reader, member_of, number_in, required_text, text_or_none, tuple_of
from stance.resources.toml import quoted

SCORE_FIELDS = (
    "document", "outlet", "unit", "comment", "author", "target", "stance", *(stance.value for stance in STANCES),
    "grade", "sure", "sentiment", "target_sentiment", "sentiment_method", "via", "possible", "evidence", "language",
    "model", "posted",
)  # fmt: skip
"""The columns of a score table, in order."""

SENTENCE_FIELDS = ("place", "voice", "speaker", "tone", Tone.CRITICAL.value, Tone.FAVORABLE.value)
"""Further ones of sentences, with their text; their ``neutral`` is that of the tone."""

TEXT_FIELDS = ("title", "url", "published", "articles", "event", "reply_to", "votes", "text")
"""Further columns of tables for people, who look at texts and their scores together."""

REPEATED_FIELDS = ("quoted", "parent_text")
"""Further ones of a report, which is drawn again from them: words of others."""

ARTICLE_FIELDS = (*SCORE_FIELDS, "text", *SENTENCE_FIELDS)
"""The columns of a table of scores with sentences."""

REPORT_FIELDS = (*SCORE_FIELDS, *TEXT_FIELDS, *REPEATED_FIELDS, *SENTENCE_FIELDS)
"""The columns of the ``scores.csv`` of a report."""

LABELS_FILE = "labels.csv"
"""Words: the name of the table of labels in a report and in a bundle."""

APART = "comparison-"

COMPARED = {name: f"{APART}{name}" for name in ("scores.csv", LABELS_FILE, "shares.csv", "sentiment.csv")}
"""Words: names of the tables of a comparison in a folder with a report, which has tables of its own."""

UTF8_MARK = "\ufeff"
"""Begins a CSV file that Excel opens: without it, Excel does not read UTF-8. Other programs take it for a letter."""


def score_to_record(score: Score) -> Record:
    """Turn a score into its JSON shape."""
    record: Record = dict(zip(SCORE_FIELDS, _values(score), strict=True))
    for name in ("unit", "stance", "grade", "via", "possible"):
        record[name] = record[name] and str(record[name])
    record["evidence"] = [list(span) for span in score.evidence]
    if sentence := score.sentence:
        record |= {"text": sentence.text, "place": sentence.place, "voice": str(sentence.voice)}
        record |= {"speaker": sentence.speaker, "tone": score.tone and str(score.tone)}
        record.update(zip(TONE_NAMES, score.tones or (None,) * len(TONES), strict=True))
    return record


STANCE_NAMES, TONE_NAMES = tuple(map(str, STANCES)), tuple(map(str, TONES))

# The probabilities are in one attribute.
_attributes = attrgetter(*("probabilities" if name in STANCE_NAMES else name for name in SCORE_FIELDS))

_FAVOR, _EVIDENCE = map(SCORE_FIELDS.index, ("favor", "evidence"))


def _values(score: Score) -> list[object]:
    """Return the values of :data:`SCORE_FIELDS`."""
    values = [*_attributes(score)]
    values[_FAVOR : _FAVOR + len(STANCES)] = score.probabilities or (None,) * len(STANCES)
    return values


def score_from_record(record: Fields) -> Score:
    """Read a score back from its JSON shape; a stance that is written there is kept.

    :raises InputError: If a field is missing, of another type or out of range; the message names it.
    """
    fields = {name: check(record.get(name), name) for name, check in _SCORE_READERS.items()}
    values: Record = {name: value for name, value in fields.items() if value is not None or name in _NULLABLE}
    if values.setdefault("unit", Unit.COMMENT) is Unit.SENTENCE:
        of_sentence = {name: check(record.get(name), name) for name, check in _SENTENCE_READERS.items()}
        defaults: Record = {"place": "1", "voice": Voice.OUTLET}
        defaults |= {name: value for name, value in of_sentence.items() if value is not None}
        values["sentence"] = Sentence(**defaults)
        values["tones"] = _probabilities(record, TONES)
        values["tone"] = member_of(Tone)(record.get("tone"), "tone")
        return Score(**values)
    probabilities = values["probabilities"] = _probabilities(record, STANCES)
    stance = text_or_none(record.get("stance"), "stance") and member_of(Stance)(record.get("stance"), "stance")
    try:
        values["decision"] = datamodels.rule_for(Stance(str(stance)) if stance else None, probabilities)
    except ValueError as error:
        raise InputError(str(error)) from error
    return Score(**values)


def _sentiment_method(value: object, name: str) -> object:
    """Read the method of a sentiment; scores of earlier versions do not say it."""
    if value not in (None, "", datamodels.VADER, datamodels.LEARNED):
        raise InputError(f"{name} is {quoted(value)}; expected {datamodels.VADER} or {datamodels.LEARNED}")
    return value or None


def _probabilities(record: Fields, names: Sequence[str]) -> tuple[Any, ...] | None:
    reader = number_in(0, 1)
    return probabilities_of(tuple([reader(record.get(name), name) for name in names]), names)


def probabilities_of(values: tuple[Any, ...], names: Sequence[str]) -> tuple[Any, ...] | None:
    """Check probabilities that sum to 1; None if all are None.

    :raises InputError: If they are none.
    """
    if None not in values and min(values) >= 0 and abs(sum(values) - 1) < 1e-3:
        return datamodels.rounded(values)
    if any(value is not None for value in values):
        raise InputError(f"{', '.join(names)} are {[*values]}; expected {len(names)} probabilities that sum to 1")
    return None


def span_of(value: object, name: str = "evidence") -> Span:
    """Check a span of a text.

    :raises InputError: If it is none.
    """
    match value:
        case [int(start), int(end)] if 0 <= start <= end and not isinstance(start, bool) and not isinstance(end, bool):
            return start, end
    raise InputError(f"{name} holds {quoted(value)}; expected spans such as [0, 6]")


_NULLABLE = ("document", "outlet", "comment", "author")

_SCORE_READERS: Mapping[str, Reader] = {
    **dict.fromkeys((*_NULLABLE, "posted", "language", "model"), text_or_none),
    "target": required_text,
    "unit": member_of(Unit),
    "via": member_of(Via),
    "possible": member_of(Via),
    "sentiment": number_in(-1, 1),
    "target_sentiment": number_in(-1, 1),
    "sentiment_method": _sentiment_method,
    "evidence": tuple_of(span_of),
}

_SENTENCE_READERS: Mapping[str, Reader] = {
    "text": required_text,
    "place": text_or_none,
    "voice": member_of(Voice),
    "speaker": text_or_none,
}


def scores_with_texts(document: Document) -> Iterator[tuple[Score, Record]]:
    """Yield each score with the cells of :data:`TEXT_FIELDS` and :data:`REPEATED_FIELDS`, None for what is unknown."""
    texts: defaultdict[tuple[Unit, str | None], list[tuple[object, ...]]] = defaultdict(list)
    names = (*TEXT_FIELDS, *REPEATED_FIELDS)
    for comment in document.comments:
        texts[Unit.COMMENT, comment.comment_id].append(
            (comment.reply_to, comment.votes, comment.text, comment.quoted, comment.parent_text)
        )
    title, url = (value and value[:2_000] for value in (document.title, document.url))  # repeated in each row
    met: Counter[tuple[Unit, str | None, str]] = Counter()  # ids of a user's documents may repeat
    for score in document.scores:
        same_id, pair = texts[score.unit, score.comment], (score.unit, score.comment, score.target)
        of_sentence = None, None, score.sentence and score.sentence.text, None, None
        of_text = same_id[met[pair]] if met[pair] < len(same_id) else of_sentence
        met[pair] += 1
        about = title, url, document.sure_date, document.articles, document.event
        yield score, dict(zip(names, (*about, *of_text), strict=True))


def report_rows(document: Document, columns: Sequence[str] = ()) -> Iterator[list[object]]:
    """Yield the cells of the scores of a document, with the columns :data:`REPORT_FIELDS`.

    :param columns: Further ones, of the user's table.
    """
    for score, texts in scores_with_texts(document):
        columns_of = dict(score.columns)
        yield [*score_cells(score, texts, REPORT_FIELDS), *(cell_of(columns_of.get(name)) for name in columns)]


def score_cells(score: Score, texts: Record, names: Iterable[str]) -> list[object]:
    """Return the cells of a score in a CSV file, of which None is empty: evidence is ``0-6 9-12``, formulas are inert.

    :param texts: Further cells, as :func:`scores_with_texts` yields them.
    :param names: The columns.
    """
    evidence = " ".join([f"{start}-{end}" for start, end in score.evidence])
    if names == SCORE_FIELDS and score.sentence is None:  # most tables; in half the time
        cells = _values(score)
        cells[_EVIDENCE] = evidence
    else:
        record = score_to_record(score) | texts | {"evidence": evidence}
        cells = [record.get(name) for name in names]
    return [guard_cell(cell) if isinstance(cell, str) and cell[:1] in _GUARDED else cell for cell in cells]


def cell_of(value: object) -> str:
    """Write a value as a cell of a CSV file: absence is empty, formulas are inert."""
    return "" if value is None else guard_cell(str(value)) if isinstance(value, str) else str(value)


def score_from_row(row: Mapping[str, str]) -> Score:
    """Read a score back from its flat row.

    :raises InputError: If a cell is missing or out of range; the message names it.
    """
    record: Record = {name: unguard_cell(cell) if (cell := row.get(name)) else None for name in ARTICLE_FIELDS}
    for name in (*STANCE_NAMES, *TONE_NAMES, "sentiment", "target_sentiment"):
        try:
            record[name] = None if record[name] is None else float(record[name])
        except ValueError as error:
            raise InputError(f"{name} is {quoted(record[name])}; expected a number") from error
    record["evidence"] = _spans(record["evidence"] or "")
    return score_from_record(record)


def _spans(cell: str) -> list[list[int]]:
    """Read spans as we write them, or as pandas writes its column of lists, or of arrays, into a cell."""
    form = r"(?<![\w-])(\d{1,11})-(\d{1,11})(?![\w-])"
    of_pandas = r"(?:array\()?\[ *(\d{1,11}), *(\d{1,11})\](?:(?:, dtype=int\d\d)?\))?"
    pattern, between = (of_pandas, "[], \t\r\n") if cell.startswith("[") else (form, " ")
    if re.sub(pattern, "", cell, flags=re.ASCII).strip(between):
        raise InputError(f"evidence holds {quoted(cell)}; expected spans such as 0-6 9-12, or [[0, 6], [9, 12]]")
    return [[int(start), int(end)] for start, end in re.findall(pattern, cell, flags=re.ASCII)]


FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Characters with which cells begin that a spreadsheet runs; the fullwidth forms are folded to ASCII on import."""

_GUARDED = frozenset(("'", *FORMULA_STARTS))  # looking up the first character is faster than startswith


def guard_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; :func:`unguard_cell` restores any."""
    return f"'{text}" if text[:1] in _GUARDED and text.lstrip("'").startswith(FORMULA_STARTS) else text


def unguard_cell(text: str) -> str:
    """Take the apostrophe of ``guard_cell`` away again."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text
