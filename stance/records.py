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
from contextlib import nullcontext
from dataclasses import MISSING, fields
from functools import lru_cache
from io import StringIO
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from stance import datamodels
from stance.datamodels import STANCES, TONES, Comment, Document, Score, Sentence, Stance, Tone, Unit, Via, Voice
from stance.exceptions import ConfigError, InputError, require
from stance.pseudonyms import folded
from stance.resources import open_file, quoted

PROBABILITY_DIGITS = 6
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""Starts of cells that a spreadsheet runs in place of showing; the fullwidth forms are folded to ASCII on import."""

_STARTS = frozenset(("'", *FORMULA_STARTS))  # each is one character: looking up the first is faster than startswith

_SPAN = re.compile(r"(?:array\()?\[ *(\d{1,11}), *(\d{1,11})\](?:(?:, dtype=int\d\d)?\))?", re.ASCII)
_OWN_SPAN = re.compile(r"(?<![\w-])(\d{1,11})-(\d{1,11})(?![\w-])", re.ASCII)

_PAGE_PATH = re.compile(r"/(?:comment-?)?page[-/]?\d{1,5}(?=/|$)", re.I)
_PAGE_QUERY = re.compile(r"(?:comments?_?|c)?page|pg|utm_\w+|fbclid|gclid", re.I)

_SURROGATE = re.compile("[\ud800-\udfff]")

Record = dict[str, Any]
Rows = Iterable[tuple[Score, Record]]
"""Scores, each with its further cells, such as those of :data:`TEXT_FIELDS`."""

Reader = Callable[[Mapping[str, Any], str], Any]
Member = TypeVar("Member", Stance, Tone, Unit, Via, Voice)
Kind = TypeVar("Kind", Document, Comment)
Write = TypeVar("Write", bound=Callable[..., None])

# Digests --------------------------------------------------------------------------------------------------------------


def document_id(title: str | None, body: Iterable[str], comments: Iterable[Comment]) -> str:
    """Digest what a page says, so that a page saved twice counts once: title, body and who commented what.

    :return: 16 hexadecimal digits; white space does not change them.
    """
    parts = [title or "", *body]
    for comment in comments:
        parts += [comment.author or "", comment.text]
    # The separator stands in no part, so moving a word from one part to the next changes the digest.
    content = "".join([" ".join(part.split()) + "\n" for part in parts])
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def content_of(document: Document) -> str:
    """Digest what a document says, by which it is known when it is read again.

    "I agree" stands under many articles: rows of a table that say the same are other comments where their ids, or the
    names of their documents, are others. Of a page that may have several saves, the newest votes count.
    """
    if document.layout not in datamodels.TABLE_LAYOUTS:
        has_saves = page_of(document.url, document.outlet, document.layout) is not None
        votes = [f"{comment.votes}" for comment in document.comments if has_saves and comment.votes is not None]
        return document_id(document.title, (*document.body, *votes), document.comments)
    names = (document.outlet or "", document.document_id, *(comment.comment_id for comment in document.comments))
    return document_id(document.title, names, document.comments)


def pair_digest(text: str, target: str) -> int:
    """Digest a labelled pair, so that a model knows the pairs it was trained on without holding their words.

    :return: In [0, 2**64); white space does not change it.
    """
    content = f"{' '.join(text.split())}\n{target}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def domain_of(url: str | None) -> str | None:
    """Return the host of an address without ``www.``, which names an outlet that does not name itself."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:  # "[" where only an IPv6 host may have one
        return None
    return host.removeprefix("www.") if host else None


def page_of(url: str | None, outlet: str | None, layout: str) -> str | None:
    """Return the key of the saves of a page: outlet and address, without the number of a page of comments.

    :return: None for a document that is never joined: one without an address, or with that of the first page of a site.
    """
    if layout in (datamodels.SCORES_LAYOUT, datamodels.ROWS_LAYOUT):
        return None
    try:
        address = urlsplit(url or "")
        query = sorted(each for each in parse_qsl(address.query) if not _PAGE_QUERY.fullmatch(each[0]))
    except ValueError:  # "[" where only an IPv6 host may have one
        return None
    host, path, rest = domain_of(url), _PAGE_PATH.sub("", address.path).rstrip("/"), urlencode(query)
    return "\n".join((host, path, rest, folded(outlet or ""))) if host and path + rest else None


# Fields ---------------------------------------------------------------------------------------------------------------


def _typed(record: Mapping[str, Any], name: str, kind: type, expected: str) -> Any:
    value = record.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, kind)):
        names = {dict: "an object", list: "a list", str: "text", bool: "true or false"}
        raise InputError(f"{name} is {names.get(type(value), 'a number')}; expected {expected}")
    return value


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value: str | None = record.get(name)
    if value is None or (isinstance(value, str) and value.isascii()):  # nearly all; several times as fast
        return value
    if _SURROGATE.search(_typed(record, name, str, "text")):
        raise InputError(f"{name} holds a surrogate, or a byte that is no character; expected text")
    return value


def _required(record: Mapping[str, Any], name: str) -> str:
    value = _text(record, name)
    if not value:
        raise InputError(f"{name} is missing or empty; expected text")
    return value


def _list(record: Mapping[str, Any], name: str) -> list[Any]:
    return _typed(record, name, list, "a list") or []


def _texts(record: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(_text({name: value}, name) or "" for value in _list(record, name))


def _number(record: Mapping[str, Any], name: str, low: float, high: float) -> float | None:
    value = record.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InputError(f"{name} is {quoted(value)}; expected a number from {low} to {high}")
    return float(value)


def _member(record: Mapping[str, Any], name: str, members: Callable[[str], Member]) -> Member | None:
    value = _text(record, name)
    try:
        return None if value is None else members(value)
    except ValueError as error:
        raise InputError(f"{name} is {quoted(value)}; expected one that `stance score` writes") from error


# Documents ------------------------------------------------------------------------------------------------------------

_KEYS = {"document_id": "id", "comment_id": "id", "reply_to": "parent"}
_DOCUMENT_FIELDS = tuple(each.name for each in fields(Document) if each.name != "scores")
_COMMENT_FIELDS = ("comment_id", "reply_to", "author", "posted", "votes", "language", "text", "quoted")
_TABLE_FIELDS = ("parent_text", "targets")
"""Fields that only a table of comments gives; a page's record stays as short as it was."""


def _comments(record: Mapping[str, Any], name: str) -> tuple[Comment, ...]:
    return tuple(_from_record(Comment, each) for each in _list(record, name))


_READERS: Mapping[Any, Reader] = {
    str: _required,
    str | None: _text,
    int | None: lambda record, name: _typed(record, name, int, "a whole number"),
    float | None: lambda record, name: _number(record, name, 0.0, 1.0),
    tuple[str, ...]: _texts,
    tuple[str, ...] | None: _texts,
    tuple[Comment, ...]: _comments,
}
"""Functions that check a field of a record, by the type of the value's field."""


def _plan(kind: type[Document | Comment], names: Sequence[str]) -> list[tuple[str, str, Reader, bool]]:
    known = {each.name: each for each in fields(kind)}
    return [
        (name, _KEYS.get(name, name), _READERS[known[name].type], known[name].default is not MISSING) for name in names
    ]


_PLANS = {Document: _plan(Document, _DOCUMENT_FIELDS), Comment: _plan(Comment, _COMMENT_FIELDS + _TABLE_FIELDS)}


def document_to_record(document: Document) -> Record:
    """Turn a document into its JSON shape."""
    record = {key: getattr(document, name) for name, key, _, _ in _PLANS[Document] if name != "quotations"}
    comments = [_comment_to_record(comment) for comment in document.comments]
    lists = {name: list(getattr(document, name)) for name in ("body", "warnings", "doubts")}
    articles = {"articles": document.articles} if document.articles else {}
    quotations = {"quotations": list(document.quotations)} if document.quotations else {}
    return record | lists | {"comments": comments} | quotations | articles


def _comment_to_record(comment: Comment) -> Record:
    record = {_KEYS.get(name, name): getattr(comment, name) for name in _COMMENT_FIELDS}
    if comment.parent_text is not None:
        record["parent_text"] = comment.parent_text
    if comment.targets is not None:
        record["targets"] = list(comment.targets)
    return record


def document_from_record(record: Mapping[str, Any]) -> Document:
    """Read a document back from its JSON shape.

    :raises InputError: If a field is missing or of another type; the message names it.
    """
    return _from_record(Document, record)


def _from_record(kind: type[Kind], record: Any) -> Kind:
    if not isinstance(record, Mapping):
        raise InputError(f"a {kind.__name__.lower()} is {quoted(record)}; expected an object")
    values = {}
    for name, key, read, has_default in _PLANS[kind]:
        if not has_default or record.get(key) not in (None, ""):
            values[name] = read(record, key)
    return kind(**values)


# Scores ---------------------------------------------------------------------------------------------------------------

SCORE_FIELDS = (
    *("document", "outlet", "unit", "comment", "author", "target", "stance", *(stance.value for stance in STANCES)),
    *("sentiment", "target_sentiment", "sentiment_method", "via", "evidence", "language", "model", "posted"),
)
"""The columns of a score table, in order."""

SENTENCE_FIELDS = ("place", "voice", "speaker", "tone", Tone.CRITICAL.value, Tone.FAVORABLE.value)
"""Further ones of sentences, beside their text; their ``neutral`` is that of the tone."""

REALS = frozenset((*STANCES, *TONES, "sentiment", "target_sentiment", "certainty"))
INTEGERS = frozenset(("number", "votes", "stated_comments", "sentence"))
"""Columns of tables of scores, comments and documents that hold numbers."""

_WRITTEN = {member: str(member) for members in (Stance, Tone, Unit, Via, Voice) for member in members} | {None: None}
_NO_PROBABILITIES = (None,) * len(STANCES)

TEXT_FIELDS = ("title", "url", "published", "reply_to", "votes", "text")
"""Further columns of tables for people, who look at texts and their scores together."""

LONGEST_ADDRESS = 2_000
"""Maximum number of characters of a title or URL, which is repeated in each row of its document."""

UTF8_MARK = "\ufeff"
"""Begins a CSV file that spreadsheets open: without it, Excel does not read UTF-8."""


def score_fields(*, articles: bool) -> tuple[str, ...]:
    """Return the columns of a table of scores.

    :param articles: Those of sentences are among them.
    """
    return (*SCORE_FIELDS, "text", *SENTENCE_FIELDS) if articles else SCORE_FIELDS


def score_to_record(score: Score) -> Record:
    """Turn a score into its JSON shape; probabilities keep six digits."""
    record = dict(zip(SCORE_FIELDS, _values(score, [list(span) for span in score.evidence]), strict=True))
    return record | _sentence_record(score) if score.sentence else record


def _sentence_record(score: Score) -> Record:
    """Return the values of a sentence: those of :data:`SENTENCE_FIELDS`, and the probability of a neutral tone."""
    said = score.sentence
    tones = _rounded(score.tones) if score.tones else (None,) * len(TONES)
    of_text: Record = {} if said is None else {"text": said.text, "place": said.place, "speaker": said.speaker}
    of_text |= {"voice": said and _WRITTEN[said.voice], "tone": _WRITTEN[score.tone]}
    return of_text | dict(zip(map(str, TONES), tones, strict=True))


def _values(score: Score, evidence: Any) -> tuple[Any, ...]:
    """Return the values of :data:`SCORE_FIELDS`, evidence as given."""
    known = score.probabilities
    return (
        *(score.document, score.outlet, _WRITTEN[score.unit], score.comment, score.author, score.target),
        _WRITTEN[score.stance],
        *(_rounded(known) if known else _NO_PROBABILITIES),
        *(score.sentiment, score.target_sentiment, score.sentiment_method, _WRITTEN[score.via], evidence),
        *(score.language, score.model, score.posted),
    )


@lru_cache(maxsize=1_000)
def _rounded(probabilities: tuple[float, ...]) -> tuple[float, ...]:
    """Round probabilities, which most pairs that do not name their target share."""
    return tuple([round(each, PROBABILITY_DIGITS) for each in probabilities])


def score_from_record(record: Mapping[str, Any]) -> Score:
    """Read a score back from its JSON shape; a stance that is written there is kept.

    :raises InputError: If a field is missing, of another type or out of range; the message names it.
    """
    unit = _member(record, "unit", Unit) or Unit.COMMENT
    of_sentence = _sentence_values(record) if unit is Unit.SENTENCE else {}
    probabilities = None if of_sentence else _probabilities(record, STANCES)
    try:
        decision = datamodels.rule_for(_member(record, "stance", Stance), probabilities)
    except ValueError as error:
        raise InputError(str(error)) from error
    texts: dict[str, Any] = {
        name: _text(record, name) for name in ("document", "outlet", "comment", "author", "posted")
    }
    return Score(
        **texts,
        unit=unit,
        target=_required(record, "target"),
        probabilities=probabilities,
        sentiment=_number(record, "sentiment", -1, 1),
        target_sentiment=_number(record, "target_sentiment", -1, 1),
        sentiment_method=_sentiment_method(record),
        via=_member(record, "via", Via),
        evidence=tuple(map(span_of, _list(record, "evidence"))),
        language=_text(record, "language") or datamodels.UNKNOWN_LANGUAGE,
        model=_text(record, "model") or "unknown",
        decision=decision,
        **of_sentence,
    )


def _sentence_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """Read the values of a sentence."""
    said = Sentence(
        text=_required(record, "text"),
        place=_text(record, "place") or "1",
        voice=_member(record, "voice", Voice) or Voice.OUTLET,
        speaker=_text(record, "speaker"),
    )
    return {"sentence": said, "tones": _probabilities(record, TONES), "tone": _member(record, "tone", Tone)}


def _sentiment_method(record: Mapping[str, Any]) -> str | None:
    """Read the method of a sentiment; scores of earlier versions do not say it."""
    method = record.get("sentiment_method")
    if method not in (None, "", datamodels.VADER, datamodels.LEARNED):
        raise InputError(f"sentiment_method is {quoted(method)}; expected {datamodels.VADER} or {datamodels.LEARNED}")
    return method or None


def _probabilities(record: Mapping[str, Any], names: Sequence[str]) -> Any:
    return probabilities_of(tuple([_number(record, name, 0, 1) for name in names]), names)


def probabilities_of(values: tuple[Any, ...], names: Sequence[str]) -> Any:
    """Check probabilities that sum to 1; None if all are None.

    :raises InputError: If they are none.
    """
    if None not in values and min(values) >= 0 and abs(sum(values) - 1) < 1e-3:
        return values
    if any(value is not None for value in values):
        raise InputError(f"{', '.join(names)} are {[*values]}; expected {len(names)} probabilities that sum to 1")
    return None


def span_of(value: Any) -> tuple[int, int]:
    """Check a span of a text.

    :raises InputError: If it is none.
    """
    match value:
        case [int(start), int(end)] if 0 <= start <= end and not isinstance(start, bool) and not isinstance(end, bool):
            return start, end
    raise InputError(f"evidence holds {quoted(value)}; expected spans such as [0, 6]")


def scores_with_texts(document: Document) -> Iterator[tuple[Score, Record]]:
    """Yield each score of a document with the cells of :data:`TEXT_FIELDS`, None where nothing is known."""
    texts: defaultdict[tuple[Unit, str | None], list[tuple[str | None, int | None, str]]] = defaultdict(list)
    for comment in document.comments:
        texts[Unit.COMMENT, comment.comment_id].append((comment.reply_to, comment.votes, comment.text))
    title, url = (value and value[:LONGEST_ADDRESS] for value in (document.title, document.url))
    met: Counter[tuple[Unit, str | None, str]] = Counter()  # ids of a user's documents may repeat
    for score in document.scores:
        found, pair = texts[score.unit, score.comment], (score.unit, score.comment, score.target)
        own = found[met[pair]] if met[pair] < len(found) else (None, None, score.sentence and score.sentence.text)
        met[pair] += 1
        yield score, dict(zip(TEXT_FIELDS, (title, url, document.published, *own), strict=True))


def report_rows(document: Document) -> Iterator[list[Any]]:
    """Yield the cells of the scores of a document: of a score, of :data:`TEXT_FIELDS`, of :data:`SENTENCE_FIELDS`."""
    at, none = len(SCORE_FIELDS), [None] * len(SENTENCE_FIELDS)
    for score, texts in scores_with_texts(document):
        own = _cells(score)
        yield [*own[:at], *map(cell_of, texts.values()), *(own[at + 1 :] or none)]


def score_to_row(score: Score, texts: Mapping[str, Any] = MappingProxyType({})) -> dict[str, str]:
    """Turn a score into one flat row of a CSV file: absence is empty, evidence is ``0-6 9-12``, formulas are inert.

    :param texts: Further cells, as :func:`scores_with_texts` yields them.
    """
    names = (*score_fields(articles=score.sentence is not None), *texts)
    cells = (*_cells(score), *map(cell_of, texts.values()))
    return {name: "" if cell is None else str(cell) for name, cell in zip(names, cells, strict=True)}


def _cells(score: Score) -> list[Any]:
    """Return the cells of such a row as ``csv.writer`` takes them, which leaves None empty."""
    values = _values(score, " ".join([f"{start}-{end}" for start, end in score.evidence]))
    if score.sentence is not None:
        record = dict(zip(SCORE_FIELDS, values, strict=True)) | _sentence_record(score)
        values = tuple(record[name] for name in score_fields(articles=True))
    return [guard_cell(value) if isinstance(value, str) else value for value in values]


def cell_of(value: Any) -> str:
    """Write a value as a cell of a CSV file: absence is empty, formulas are inert."""
    return "" if value is None else guard_cell(str(value)) if isinstance(value, str) else str(value)


def score_from_row(row: Mapping[str, str]) -> Score:
    """Read a score back from its flat row.

    :raises InputError: If a cell is missing or out of range; the message names it.
    """
    names = score_fields(articles=True)
    record: Record = {name: unguard_cell(cell) if (cell := row.get(name)) else None for name in names}
    for name in REALS & record.keys():
        try:
            record[name] = None if record[name] is None else float(record[name])
        except ValueError as error:
            raise InputError(f"{name} is {quoted(record[name])}; expected a number") from error
    record["evidence"] = _spans(record["evidence"] or "")
    return score_from_record(record)


def _spans(cell: str) -> list[list[int]]:
    """Read spans as we write them, or as pandas writes its column of lists, or of arrays, into a cell."""
    pattern, between = (_SPAN, "[], \t\r\n") if cell.startswith("[") else (_OWN_SPAN, " ")
    if pattern.sub("", cell).strip(between):
        raise InputError(f"evidence holds {quoted(cell)}; expected spans such as 0-6 9-12, or [[0, 6], [9, 12]]")
    return [[int(start), int(end)] for start, end in pattern.findall(cell)]


def guard_cell(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula; :func:`unguard_cell` restores any."""
    return f"'{text}" if text[:1] in _STARTS and text.lstrip("'").startswith(FORMULA_STARTS) else text


def unguard_cell(text: str) -> str:
    """Take the apostrophe of ``guard_cell`` away again."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA_STARTS) else text


# Tables ---------------------------------------------------------------------------------------------------------------

ROW_GROUP = 20_000
"""Rows of a Parquet row group: small enough to hold, large enough to compress."""


def write_json_lines(records: Iterable[Mapping[str, Any]], path: Path | None) -> None:
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


def csv_text(rows: Iterable[Iterable[Any]]) -> str:
    """Write rows of cells as the text of a CSV file."""
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def score_writer(path: Path | None, *, articles: bool = False) -> Callable[[Iterable[Score], Any], None]:
    """Find the writer for a path before work begins, so that a wrong ending costs none."""
    write = write_score_lines if path is None else find_writer(path, WRITERS, ".db or one of {}")
    fields = score_fields(articles=articles)
    return lambda scores, to: write(((each, {}) for each in scores if articles or each.sentence is None), to, fields)


def find_writer(path: Path, writers: Mapping[str, Write], expected: str = "{}") -> Write:
    """Find the writer for the ending of a path, before work begins.

    :param expected: Says what is expected; ``{}`` stands for the endings.
    :raises ConfigError: If there is none.
    :raises MissingExtraError: If the package that it needs is not installed.
    """
    ending = path.suffix.lower()
    if ending not in writers:
        seen = ending[:20] or "(none)"
        raise ConfigError(f"{path}: ending {seen}; expected {expected.format(', '.join(writers))}")
    require(*_NEEDED.get(ending, ()))
    return writers[ending]


_NEEDED = {".xlsx": ("xlsxwriter",), ".parquet": ("pyarrow",), ".gexf": ("networkx",)}
"""Optional packages that formats need."""


def write_score_lines(rows: Rows, path: Path | None, fields: Sequence[str]) -> None:
    """Write scores as JSON Lines."""
    write_json_lines((score_to_record(score) | texts for score, texts in rows), path)


def write_score_csv(rows: Rows, path: Path, fields: Sequence[str], mark: str = "") -> None:
    """Write scores as CSV; no cell is a formula.

    :param mark: Begins the file: :data:`UTF8_MARK` for spreadsheets.
    """
    with open_file(path) as file:
        file.write(mark)
        writer = csv.writer(file)
        writer.writerow(fields)
        every = ([*_cells(score), *map(cell_of, texts.values())] for score, texts in rows)
        writer.writerows(cells + [None] * (len(fields) - len(cells)) for cells in every)


def write_score_parquet(rows: Rows, path: Path, fields: Sequence[str]) -> None:
    """Write scores as Parquet."""
    write_parquet((score_to_record(score) | texts for score, texts in rows), score_schema(fields), path)


def score_schema(fields: Sequence[str]) -> Any:
    """Return the Arrow schema of a table of scores, documents or comments, whose other columns are texts."""
    pyarrow, _ = load_pyarrow()
    types = dict.fromkeys(REALS, pyarrow.float64()) | dict.fromkeys(INTEGERS, pyarrow.int64())
    types["evidence"] = pyarrow.list_(pyarrow.list_(pyarrow.int32()))
    return pyarrow.schema([(name, types.get(name, pyarrow.string())) for name in fields])


def write_parquet(rows: Iterable[Mapping[str, Any]], schema: Any, path: Path) -> None:
    """Write rows as a Parquet file, a row group at a time.

    :param schema: A ``pyarrow.Schema``.
    """
    pyarrow, parquet = load_pyarrow()
    left = iter(rows)
    with open_file(path, "wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(left, ROW_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))


def load_pyarrow() -> tuple[Any, Any]:
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
