"""Turn documents and scores into plain records and back, digest them, and write records as tables.

Records leave the program and may come back from any hands, so every field is checked, and a bad one is named.
"""

import csv
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from dataclasses import MISSING, fields, replace
from enum import StrEnum
from functools import cache
from io import StringIO
from itertools import count, islice
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from stance import datamodels
from stance.datamodels import (
    GRADE_BARS,
    STANCES,
    TONES,
    Comment,
    Document,
    Record,
    Score,
    Sentence,
    Stance,
    Tone,
    Unit,
    Via,
    Voice,
)
from stance.exceptions import ConfigError, InputError, require
from stance.pseudonyms import folded
from stance.resources import SOURCES, formats, open_file, quoted

if TYPE_CHECKING:
    import pandas as pd

Fields = Mapping[str, object]
"""A record that is read."""

Rows = Iterable[tuple[Score, Record]]
"""Scores, each with its further cells, such as those of :data:`TEXT_FIELDS`."""

Reader = Callable[[object, str], object]
"""Checks the value of a field, by its name, and returns it."""

Kind = TypeVar("Kind", Document, Comment)
Write = TypeVar("Write", bound=Callable[..., None])

# Digests --------------------------------------------------------------------------------------------------------------


def document_id(title: str | None, body: Iterable[str], comments: Iterable[Comment]) -> str:
    """Digest the content of a page, so that a page saved twice counts once: title, body, comments and their authors.

    :return: 16 hexadecimal digits; white space does not change them.
    """
    parts = [title or "", *body]
    for comment in comments:
        parts += [comment.author or "", comment.text]
    # No part holds the separator, so moving a word from one part to the next changes the digest.
    content = "".join([" ".join(part.split()) + "\n" for part in parts])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def content_of(document: Document) -> str:
    """Digest the content of a document, by which it is known when it is read again.

    "I agree" occurs under many articles: rows of a table that say the same are other comments where their ids, or the
    names of their documents, are others. Of a page that may have several saves, the newest votes count.
    """
    if document.layout in datamodels.SCORES_LAYOUTS:
        scores = (f"{score.comment} {score.author} {score.posted} {score.target}" for score in document.scores)
        return document_id(document.outlet, (document.layout, document.document_id, *scores), document.comments)
    if document.layout not in datamodels.TABLE_LAYOUTS:
        has_saves = page_of(document.url, document.outlet, document.layout) is not None
        votes = [f"{comment.votes}" for comment in document.comments if has_saves and comment.votes is not None]
        return document_id(document.title, (*document.body, *votes), document.comments)
    names = (document.outlet or "", document.document_id, *(comment.comment_id for comment in document.comments))
    return document_id(document.title, names, document.comments)


def input_of(source: str) -> str:
    """Return the input of a document, from its source."""
    return source.partition("#")[0]


class DocumentIds:
    """The ids of the documents of a run, or of a store.

    Tables name their documents freely, so the "1" of a second input is another document, and becomes "1~2". The id of a
    page is the digest of its content, which is the same wherever it is read.

    :param held: Ids and their inputs.
    """

    def __init__(self, taken_ids: Iterable[tuple[str, str]] = ()) -> None:
        self._inputs = dict(taken_ids)

    def distinct(self, document: Document, source: str) -> Document:
        """Return a document with an id that no document of another input has.

        :param source: The input.
        """
        first = name = document.document_id
        if document.layout in datamodels.TABLE_LAYOUTS | datamodels.SCORES_LAYOUTS:
            numbers = count(2)
            while self._inputs.setdefault(name, source) != source:
                name = f"{first}~{next(numbers)}"
        if name == first:
            return document
        return replace(
            document, document_id=name, scores=tuple(replace(score, document=name) for score in document.scores)
        )


def pair_digest(text: str, target: str) -> int:
    """Digest a labelled pair, so that a model knows the pairs it was trained on without holding their words.

    :return: In [0, 2**64); white space does not change it.
    """
    content = f"{' '.join(text.split())}\n{target}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


_ARCHIVES = re.compile(
    r"(?:.+\.)?(?:archive\.(?:org|ph|today|is|li|vn|fo|md)|archive-it\.org|arquivo\.pt|webcitation\.org|perma\.cc"
    r"|ghostarchive\.org|megalodon\.jp|webarchive\.[\w.-]+|webcache\.googleusercontent\.com|r\.jina\.ai"
    r"|translate\.google(?:usercontent)?\.[a-z.]+|cdn\.ampproject\.org|translate\.goog)"
)
"""Hosts of archives, caches and translators."""
_INNER = re.compile(r"/(https?:/{1,2}.+)|/\d{4,14}[a-z_]*/((?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:/.*)?)$", re.IGNORECASE)
"""Pattern of an address in the path of that of an archive."""
_AMP = re.compile(
    r"https?://(?:www\.google\.[a-z.]+/amp|[\w.-]+\.cdn\.ampproject\.org/\w|www\.bing-amp\.com/\w)/(s/)?(.+)",
    re.IGNORECASE,
)
_ALIASES = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=.+\.)|(?<=\w)\.(?:m|amp)(?=\.)")


def original_address(url: str) -> str:
    """Return the address of a page that an archive, a cache or a translator shows; others as they are."""
    if amp := _AMP.fullmatch(url):
        return f"http{'s' if amp[1] else ''}://{amp[2]}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:  # "[" where only an IPv6 host may have one
        return url
    if not _ARCHIVES.fullmatch(host):
        return url
    if host.endswith((".translate.goog", ".cdn.ampproject.org")):  # www-paper-example.translate.goog
        translated_host = host.partition(".")[0].replace("--", "\0").replace("-", ".").replace("\0", "-")
        query = urlencode([field for field in parse_qsl(parts.query) if not field[0].startswith("_x_tr_")])
        return urlunsplit((parts.scheme, translated_host, parts.path, query, ""))
    if inner := _INNER.search(f"{parts.path}?{parts.query}".rstrip("?")):
        return re.sub(r"^(https?:)/+", r"\1//", inner[1] or f"http://{inner[2]}")
    addresses = (re.search(r"https?://\S+", value) for _, value in parse_qsl(parts.query))
    return next((address[0] for address in addresses if address), url)


def domain_of(url: str | None) -> str | None:
    """Return the host of an address, which names an outlet that does not name itself.

    One site is one host, without ``www.``, ``m.`` or ``amp.``; an archive, or a host without a dot, is none.
    """
    try:
        host = urlsplit(original_address(url or "")).hostname or ""
    except ValueError:
        return None
    return _ALIASES.sub("", host) if "." in host.strip(".") and not _ARCHIVES.fullmatch(host) else None


@cache
def export_layouts() -> frozenset[str]:
    """Return the layouts of documents of which an input may hold any part of the comments."""
    return frozenset(path.stem for path in SOURCES.glob("*.toml")) | datamodels.TABLE_LAYOUTS


def page_of(url: str | None, outlet: str | None, layout: str, source: str = "") -> str | None:
    """Return the key of the saves of a page: outlet and address; without these, of an export, the name of its thread.

    :param source: Of the document; without it, threads have no key.
    :return: None for a document without saves: one without an address, or with that of the first page of a site.
    """
    if layout in (*datamodels.SCORES_LAYOUTS, datamodels.ROWS_LAYOUT):
        return None
    try:
        address = urlsplit(url or "")
        query = sorted(
            field for field in parse_qsl(address.query) if not re.fullmatch(r"(?i)utm_\w+|fbclid|gclid", field[0])
        )
    except ValueError:  # "[" where only an IPv6 host may have one
        return None
    host, path, fields_of_query = domain_of(url), address.path.rstrip("/"), urlencode(query)
    if host and path + fields_of_query:
        return "\n".join((host, path, fields_of_query, folded(outlet or "")))
    thread = source.partition("#")[2] if layout in export_layouts() else ""
    is_name = thread and not re.fullmatch(r"\d+-\d+", thread)  # rows of a table that names no document
    return "\n".join(("", layout, thread, folded(outlet or ""))) if is_name else None


PAGE_NAME = re.compile(r"[0-9a-f]{8,64}\.html")
"""Pattern of the name of a document's page; a former page is removed only under such a name."""


def page_name(document_id: str, part: int = 1) -> str:
    """Name a document's page after its identifier, or after a digest of one that is no digest itself.

    :param part: Of a document that came in parts, from 1.
    """
    document_id = document_id if part == 1 else f"{document_id} part {part}"
    name = f"{document_id}.html"
    if PAGE_NAME.fullmatch(name):
        return name
    return hashlib.sha256(document_id.encode(errors="surrogatepass")).hexdigest()[:16] + ".html"


# Fields ---------------------------------------------------------------------------------------------------------------


def _typed(kind: type, expected: str) -> Reader:
    def read(value: object, name: str) -> object:
        if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
            names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
            raise InputError(f"{name} is {names.get(type(value), 'a number')}; expected {expected}")
        return value

    return read


def _text(value: object, name: str) -> str | None:
    if value is None or (isinstance(value, str) and value.isascii()):  # nearly all; several times as fast
        return value
    text = str(_typed(str, "text")(value, name))
    if re.search("[\ud800-\udfff]", text):
        raise InputError(f"{name} holds a surrogate, or a byte that is no character; expected text")
    return text


def _required(value: object, name: str) -> str:
    if not (text := _text(value, name)):
        raise InputError(f"{name} is missing or empty; expected text")
    return text


def _each(reader: Callable[[object, str], Kind | str | tuple[int, int] | None]) -> Reader:
    """Read a list, each value of it by a reader."""

    def read_all(value: object, name: str) -> object:
        if value is not None and not isinstance(value, list):
            _typed(list, "a list")(value, name)
        return tuple([reader(item, name) for item in value or ()])  # type: ignore[attr-defined]

    return read_all


def _number(low: float, high: float) -> Reader:
    def read(value: object, name: str) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise InputError(f"{name} is {quoted(value)}; expected a number from {low} to {high}")
        return float(value)

    return read


def _member(members: type[StrEnum]) -> Reader:
    def read(value: object, name: str) -> object:
        text = _text(value, name)
        try:
            return None if text is None else members(text)
        except ValueError as error:
            raise InputError(f"{name} is {quoted(text)}; expected one that `stance score` writes") from error

    return read


# Documents ------------------------------------------------------------------------------------------------------------

_KEYS = {"document_id": "id", "comment_id": "id", "reply_to": "parent"}
_COMMENT_FIELDS = ("comment_id", "reply_to", "author", "posted", "votes", "language", "text", "quoted")
_TABLE_FIELDS = ("parent_text", "targets")
"""Fields that only a table of comments gives; a page's record stays as short as it was."""

_READERS: Mapping[object, Reader] = {
    str: _required,
    str | None: _text,
    int | None: _typed(int, "a whole number"),
    float | None: _number(0.0, 1.0),
    **dict.fromkeys((tuple[str, ...], tuple[str, ...] | None), _each(lambda value, name: _text(value, name) or "")),
    tuple[Comment, ...]: _each(lambda value, _: _from_record(Comment, value)),
}
"""Functions that check a field of a record, by the type of the value's field."""


def _plan(kind: type[Document | Comment], names: Sequence[str]) -> list[tuple[str, str, Reader, bool]]:
    fields_of = {field.name: field for field in fields(kind)}
    return [
        (name, _KEYS.get(name, name), _READERS[fields_of[name].type], fields_of[name].default is not MISSING)
        for name in names
    ]


_PLANS = {
    Document: _plan(Document, [each.name for each in fields(Document) if each.name not in ("scores", "event")]),
    Comment: _plan(Comment, _COMMENT_FIELDS + _TABLE_FIELDS),
}


def document_to_record(document: Document) -> Record:
    """Turn a document into its JSON shape."""
    record = {key: getattr(document, name) for name, key, _, _ in _PLANS[Document] if name != "quotations"}
    comments = [_comment_to_record(comment) for comment in document.comments]
    lists = {name: list(getattr(document, name)) for name in ("body", "warnings", "doubts")}
    articles = {"articles": document.articles} if document.articles else {}
    quotations = {"quotations": list(document.quotations)} if document.quotations else {}
    return record | lists | {"comments": comments} | quotations | articles


def _comment_to_record(comment: Comment) -> Record:
    record = {key: getattr(comment, name) for name, key, _, _ in _PLANS[Comment]}
    return {key: value for key, value in record.items() if value is not None or key not in _TABLE_FIELDS}


def document_from_record(record: Fields) -> Document:
    """Read a document back from its JSON shape.

    :raises InputError: If a field is missing or of another type; the message names it.
    """
    return _from_record(Document, record)


def _from_record(kind: type[Kind], record: object) -> Kind:
    if not isinstance(record, Mapping):
        raise InputError(f"a {kind.__name__.lower()} is {quoted(record)}; expected an object")
    values: Record = {}
    for name, key, reader, has_default in _PLANS[kind]:
        if not has_default or record.get(key) not in (None, ""):
            values[name] = reader(record.get(key), key)
    return kind(**values)


# Scores ---------------------------------------------------------------------------------------------------------------

SCORE_FIELDS = (
    *("document", "outlet", "unit", "comment", "author", "target", "stance", *(stance.value for stance in STANCES)),
    *(
        "grade",
        "sure",
        "sentiment",
        "target_sentiment",
        "sentiment_method",
        "via",
        "possible",
        "evidence",
        "language",
        "model",
    ),
    "posted",
)
"""The columns of a score table, in order."""

SENTENCE_FIELDS = ("place", "voice", "speaker", "tone", Tone.CRITICAL.value, Tone.FAVORABLE.value)
"""Further ones of sentences, with their text; their ``neutral`` is that of the tone."""

TEXT_FIELDS = ("title", "url", "published", "articles", "event", "reply_to", "votes", "text")
"""Further columns of tables for people, who look at texts and their scores together."""

ARTICLE_FIELDS = (*SCORE_FIELDS, "text", *SENTENCE_FIELDS)
"""The columns of a table of scores with sentences."""

REPORT_FIELDS = (*SCORE_FIELDS, *TEXT_FIELDS, *SENTENCE_FIELDS)
"""The columns of the ``scores.csv`` of a report."""

LABELS_FILE = "labels.csv"
"""Words: the name of the table of labels in a report and in a bundle."""

CODEBOOK = "codebook.csv"
_APART = "comparison-"

COMPARED = {name: f"{_APART}{name}" for name in ("scores.csv", LABELS_FILE, "shares.csv", "sentiment.csv")}
"""Words: names of the tables of a comparison in a folder with a report, which has tables of its own."""

NUMBERED_FIELDS = (
    "id", "document", "outlet", "text_number", "parent_number", "target", "label", "probability", "unit", "role",
    "annotator", "lang", "note", "learned",
)  # fmt: skip
"""Words: its columns, in which texts are replaced by numbers."""

UTF8_MARK = "\ufeff"
"""Begins a CSV file that Excel opens: without it, Excel does not read UTF-8. Other programs take it for a letter."""

CSV_MARK: ContextVar[str] = ContextVar("csv_mark", default="")
"""Begins the CSV files of this command."""


def score_to_record(score: Score) -> Record:
    """Turn a score into its JSON shape."""
    record: Record = dict(zip(SCORE_FIELDS, _values(score), strict=True))
    for name in ("unit", "stance", "grade", "via", "possible"):
        record[name] = record[name] and str(record[name])
    record["evidence"] = [list(span) for span in score.evidence]
    if sentence := score.sentence:
        record |= {
            "text": sentence.text,
            "place": sentence.place,
            "voice": str(sentence.voice),
            "speaker": sentence.speaker,
        }
        record |= {"tone": score.tone and str(score.tone)}
        record.update(zip(_TONE_NAMES, score.tones or (None,) * len(TONES), strict=True))
    return record


_STANCE_NAMES, _TONE_NAMES = tuple(map(str, STANCES)), tuple(map(str, TONES))
# The probabilities are in one attribute.
_attributes = attrgetter(*("probabilities" if name in _STANCE_NAMES else name for name in SCORE_FIELDS))
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
    read = {name: check(record.get(name), name) for name, check in _SCORE_READERS.items()}
    values: Record = {name: value for name, value in read.items() if value is not None or name in _NULLABLE}
    if values.setdefault("unit", Unit.COMMENT) is Unit.SENTENCE:
        of_sentence = {name: check(record.get(name), name) for name, check in _SENTENCE_READERS.items()}
        defaults: Record = {"place": "1", "voice": Voice.OUTLET}
        defaults |= {name: value for name, value in of_sentence.items() if value is not None}
        values["sentence"] = Sentence(**defaults)
        values["tones"] = _probabilities(record, TONES)
        values["tone"] = _member(Tone)(record.get("tone"), "tone")
        return Score(**values)
    probabilities = values["probabilities"] = _probabilities(record, STANCES)
    stance = _text(record.get("stance"), "stance") and _member(Stance)(record.get("stance"), "stance")
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
    reader = _number(0, 1)
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


def span_of(value: object, name: str = "evidence") -> tuple[int, int]:
    """Check a span of a text.

    :raises InputError: If it is none.
    """
    match value:
        case [int(start), int(end)] if 0 <= start <= end and not isinstance(start, bool) and not isinstance(end, bool):
            return start, end
    raise InputError(f"{name} holds {quoted(value)}; expected spans such as [0, 6]")


_RANGES: Mapping[str, tuple[int, int]] = dict.fromkeys(("sentiment", "target_sentiment"), (-1, 1))
"""Words: columns of numbers, with their lowest and highest value."""

_NULLABLE = ("document", "outlet", "comment", "author")
_SCORE_READERS: Mapping[str, Reader] = {
    **dict.fromkeys((*_NULLABLE, "posted", "language", "model"), _text),
    "target": _required,
    "unit": _member(Unit),
    "via": _member(Via),
    "possible": _member(Via),
    "sentiment": _number(-1, 1),
    "target_sentiment": _number(-1, 1),
    "sentiment_method": _sentiment_method,
    "evidence": _each(span_of),
}
_SENTENCE_READERS: Mapping[str, Reader] = {"text": _required, "place": _text, "voice": _member(Voice), "speaker": _text}


def scores_with_texts(document: Document) -> Iterator[tuple[Score, Record]]:
    """Yield each score of a document with the cells of :data:`TEXT_FIELDS`, None where nothing is known."""
    texts: defaultdict[tuple[Unit, str | None], list[tuple[str | None, int | None, str]]] = defaultdict(list)
    for comment in document.comments:
        texts[Unit.COMMENT, comment.comment_id].append((comment.reply_to, comment.votes, comment.text))
    title, url = (value and value[:2_000] for value in (document.title, document.url))  # repeated in each row
    met: Counter[tuple[Unit, str | None, str]] = Counter()  # ids of a user's documents may repeat
    for score in document.scores:
        places_of, pair = texts[score.unit, score.comment], (score.unit, score.comment, score.target)
        place_of = (
            places_of[met[pair]] if met[pair] < len(places_of) else (None, None, score.sentence and score.sentence.text)
        )
        met[pair] += 1
        about = title, url, document.sure_date, document.articles, document.event
        yield score, dict(zip(TEXT_FIELDS, (*about, *place_of), strict=True))


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
    for name in (*_STANCE_NAMES, *_TONE_NAMES, "sentiment", "target_sentiment"):
        try:
            record[name] = None if record[name] is None else float(record[name])
        except ValueError as error:
            raise InputError(f"{name} is {quoted(record[name])}; expected a number") from error
    record["evidence"] = _spans(record["evidence"] or "")
    return score_from_record(record)


def _spans(cell: str) -> list[list[int]]:
    """Read spans as we write them, or as pandas writes its column of lists, or of arrays, into a cell."""
    own = r"(?<![\w-])(\d{1,11})-(\d{1,11})(?![\w-])"
    of_pandas = r"(?:array\()?\[ *(\d{1,11}), *(\d{1,11})\](?:(?:, dtype=int\d\d)?\))?"
    pattern, between = (of_pandas, "[], \t\r\n") if cell.startswith("[") else (own, " ")
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


# Tables ---------------------------------------------------------------------------------------------------------------


def write_json_lines(records: Iterable[Fields], path: Path | None) -> None:
    """Write one JSON object a line.

    :param records: Written as they come; none is held.
    :param path: A file, or None for standard output.
    """
    write_text((json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records), path)


def write_text(parts: Iterable[str], path: Path | None) -> None:
    """Write text as it comes.

    :param path: A file, or None for standard output.
    """
    with nullcontext(sys.stdout) if path is None else open_file(path) as file:
        file.writelines(parts)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Write rows of cells as the text of a CSV file."""
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def csv_head(names: Iterable[str]) -> str:
    """Return the beginning of a CSV file: the names of its columns, and for Excel a byte order mark."""
    return CSV_MARK.get() + csv_text([names])


def is_numbered(path: Path) -> bool:
    """Return whether a file is a table of labels without texts."""
    with suppress(OSError, UnicodeDecodeError), path.open(encoding="utf-8-sig") as file:
        return file.readline().rstrip() == ",".join(NUMBERED_FIELDS)
    return False


def score_writer(
    path: Path | None, names: Sequence[str] = SCORE_FIELDS
) -> Callable[[Iterable[Score], Path | None], None]:
    """Find the writer for a path before work begins, so that a wrong ending costs none.

    :param names: The columns; sentences are written where they have some.
    """
    write = write_score_lines if path is None else find_writer(path, WRITERS, ".db or one of {}")
    has_sentences = "place" in names
    return lambda scores, to: write(((s, {}) for s in scores if has_sentences or s.sentence is None), to, names)


def find_writer(path: Path, writers: Mapping[str, Write], expected: str = "{}") -> Write:
    """Find the writer for the ending of a path, before work begins.

    :param expected: What is expected; ``{}`` is replaced by the endings.
    :raises ConfigError: If there is none.
    :raises MissingExtraError: If the package that it needs is not installed.
    """
    ending = path.suffix.lower()
    if ending not in writers:
        what = ending[:20] or "(none)"
        raise ConfigError(f"{path}: ending {what}; expected {expected.format(', '.join(writers))}")
    needed = {".parquet": "pyarrow", ".gexf": "networkx"}
    if ending in needed:
        require(needed[ending])
    return writers[ending]


def write_score_lines(rows: Rows, path: Path | None, fields: Sequence[str]) -> None:
    """Write scores as JSON Lines."""
    write_json_lines((score_to_record(score) | texts for score, texts in rows), path)


def write_score_csv(rows: Rows, path: Path, fields: Sequence[str]) -> None:
    """Write scores as CSV; no cell is a formula."""
    with open_file(path) as file:
        file.write(csv_head(fields))
        csv.writer(file).writerows(score_cells(score, texts, fields) for score, texts in rows)


def write_score_parquet(rows: Rows, path: Path, fields: Sequence[str]) -> None:
    """Write scores as Parquet with the types of :func:`typed_frame`, a row group at a time."""
    pyarrow, parquet = load_pyarrow()
    schema = pyarrow.Schema.from_pandas(typed_frame((), fields), preserve_index=False)
    spans = pyarrow.list_(pyarrow.list_(pyarrow.int32()))
    for number, field in enumerate(schema):
        if pyarrow.types.is_null(field.type):  # the type of a column of texts without rows
            schema = schema.set(number, field.with_type(spans if field.name == "evidence" else pyarrow.string()))
    records = (score_to_record(score) | texts for score, texts in rows)
    with open_file(path, "wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(records, 20_000)):
            writer.write_table(pyarrow.Table.from_pandas(typed_frame(batch, fields), schema, preserve_index=False))


_TYPES: Mapping[str, str] = {
    "float64": f"{' '.join((*STANCES, *TONES))} sentiment target_sentiment probability",
    "Int64": "votes seed copies",
    "boolean": "sure",
    "datetime64[us, UTC]": "posted published",
}
"""Words: columns of frames by their types; a column that is not here holds texts."""

_MEMBERS: Mapping[str, type[StrEnum]] = {
    "unit": Unit, "stance": Stance, "grade": datamodels.Grade, "via": Via, "possible": Via, "voice": Voice, "tone": Tone
}  # fmt: skip
"""Words: values of columns that are categories."""


KINDS = {"number": "float64", "count": "Int64", "true or false": "boolean"}
"""Words: kinds of columns in ``data/formats.toml``, and their types in frames; others are texts or categories."""


def score_columns() -> Mapping[str, Sequence[str]]:
    """Return the columns of scores, labels and inputs: name -> kind, unit, range and meaning."""
    bars = (f"{stance} from {clear:g}, leaning from {leaning:g}" for stance, (clear, leaning) in GRADE_BARS.items())
    meanings = formats()["columns"] | {name: f"probability of {name}" for name in _STANCE_NAMES}
    meanings["grade"] = f"whether the likeliest class of a comment that names the target is clear: {'; '.join(bars)}"
    kinds = {name: kind for kind, dtype in KINDS.items() for name in _TYPES[dtype].split()}
    ranges = {name: ", ".join(map(str, members)) for name, members in _MEMBERS.items()} | {"label": ", ".join(STANCES)}
    ranges |= {name: f"from {low} to {high}" for name, (low, high) in _RANGES.items()}
    ranges |= dict.fromkeys((*_STANCE_NAMES, *_TONE_NAMES, "probability"), "0 to 1")
    ranges |= dict.fromkeys(_TYPES["datetime64[us, UTC]"].split(), "time in UTC, ISO 8601") | {"articles": "unknown"}
    return {name: (kinds.get(name, "text"), "", ranges.get(name, ""), meanings[name]) for name in meanings}


def codebook(files: Mapping[str, Iterable[str]]) -> Iterator[Sequence[str]]:
    """Yield the rows of a codebook: file, column, meaning, unit and range, and before them these names.

    :param files: Columns of each file; those of the codebook are added.
    """
    tables, of_scores = formats()["tables"], score_columns()
    yield [*tables[CODEBOOK]]
    for file, columns in {**files, CODEBOOK: tables[CODEBOOK]}.items():
        known = tables.get(file.removeprefix(_APART), of_scores)
        for name in columns:
            kind, unit, values, meaning = known.get(name, ("text", "", "", "a column of the table that was read"))
            yield file, name, meaning, unit, "True, False" if kind == "true or false" else values or kind


def typed_table(rows: Iterable[Fields], columns: Mapping[str, Sequence[str]]) -> "pd.DataFrame":
    """Make a frame of a table whose columns ``data/formats.toml`` lists.

    :param columns: Name -> kind, unit, range and meaning.
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns), dtype="object")
    for name, (kind, _, values, _) in columns.items():
        if kind == "category":
            frame[name] = frame[name].astype(pd.CategoricalDtype(values.split(", ")))
        elif kind in KINDS:
            cells = frame[name] if kind == "true or false" else pd.to_numeric(frame[name])
            frame[name] = cells.astype(pd.api.types.pandas_dtype(KINDS[kind]))
    return frame


def typed_frame(rows: Iterable[Fields], columns: Sequence[str]) -> "pd.DataFrame":
    """Make a frame whose types do not depend on the rows.

    Whole numbers are ``Int64``, other numbers ``float64`` with NaN for none, yes or no ``boolean``, times
    ``datetime64[us, UTC]`` (one without a zone is taken as UTC), closed sets such as ``stance`` and ``grade``
    categories, and texts ``str`` or None.
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns), dtype="object")
    for kind, names in _TYPES.items():
        for name in frame.columns.intersection(names.split()):
            cells = frame[name]
            if name in ("posted", "published"):
                cells = pd.to_datetime(cells, utc=True, format="ISO8601", errors="coerce")
            numbers = cells if kind in ("boolean", "datetime64[us, UTC]") else pd.to_numeric(cells)
            frame[name] = numbers.astype(pd.api.types.pandas_dtype(kind))
    for name in frame.columns.intersection(list(_MEMBERS)):
        frame[name] = frame[name].astype(pd.CategoricalDtype([*map(str, _MEMBERS[name])]))
    return frame


def load_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Import ``pyarrow`` and ``pyarrow.parquet``, which read and write Parquet.

    :raises MissingExtraError: If they are not there.
    """
    require("pyarrow")
    import pyarrow
    from pyarrow import parquet

    return pyarrow, parquet


WRITERS: dict[str, Callable[..., None]] = {
    ".jsonl": write_score_lines,
    ".csv": write_score_csv,
    ".parquet": write_score_parquet,
}


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of cells in columns that line up; no cell moves the cursor or turns the line round."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def with_interval(value: float, interval: Sequence[float] | None, sign: str = "") -> str:
    """Write a number with its interval: "0.612 [0.580, 0.644]".

    :param sign: ``+`` writes the sign of positive numbers, too.
    """
    ends = ", ".join(f"{end:{sign}.3f}" for end in interval or ())
    return f"{value:{sign}.3f}" + (f" [{ends}]" if ends else "")


def printable(text: str) -> str:
    """Replace characters that would move the cursor or turn the line round."""
    return "".join(c if c.isprintable() else "�" for c in text)
