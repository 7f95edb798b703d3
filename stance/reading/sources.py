"""Read exports of other tools, each described by a file of ``data/sources``.

A description names what each comment has, where comments are, and which field is which, so a new tool is a new file
and no new branch. Exports list comments by time, or state the title behind them, so comments are kept on disk until
all of a page are there.

XML is read by expat, which opens no other file and no address; entities are refused, and only wanted elements are held,
one at a time. ``iterparse`` of ElementTree loses exports that were cut by hand without their namespaces, and bounds
neither depth nor names nor the size of a tag.
"""

import codecs
import hashlib
import io
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache, partial
from itertools import chain, count, groupby, islice, product
from operator import itemgetter
from typing import NamedTuple, TypeVar
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from stance import page_layouts, resources
from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Json, block_quotations, counted
from stance.exceptions import ColumnsError, InputError
from stance.limits import FIXED, MAX_DEPTH, Limits, shown_size
from stance.parsing.cleaning import is_deleted, without_notes
from stance.parsing.dates import is_month_first
from stance.parsing.votes import read_count
from stance.pseudonyms import person
from stance.reading import tables
from stance.reading import text as decoding
from stance.reading.tables import (
    TABLE_FIELDS,
    Columns,
    Problems,
    Row,
    ScoreRow,
    Value,
    among,
    disk_errors,
    find,
    flat,
    is_own,
    values_at,
)
from stance.reading.text import (
    clean,
    natural_text,
    read_cell,
    read_line,
    read_markup,
    read_references,
    to_iso,
    web_address,
)
from stance.records.digests import document_id, domain_of
from stance.records.score_records import unguard_cell
from stance.resources import formats

Item = TypeVar("Item")

Part = tuple[str, Json]
"""A path in an export, and the value at this path."""


class Entry(NamedTuple):
    """A comment as its row or record gives it."""

    number: int  # of the row
    comment: Comment  # without id and parent
    cells: Mapping[str, str]  # its fields as they are given, and the name of its document
    hidden: str | None  # the reason why readers do not see it
    is_damaged: bool = False


PageFields = dict[str, Json]
"""Fields of a page that an export states, by the names of ``Document``."""

Keys = tuple[tuple[str, ...], ...]
"""Paths, one of each tuple, at which a record has something; ``path=value``: what it has."""

# Descriptions ---------------------------------------------------------------------------------------------------------

FIRST_PARTS = 1_000
"""Number of values of an export that are looked at to find its description."""

FIELDS = ("comment", "thread", "page", "post")
"""Tables of a description that say where fields are."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A place in a record where the value of a field is."""

    path: str = ""
    pattern: str = ""  # its first group is the value
    prefix: str = ""  # goes in front of the value
    fixed: str | None = None  # the value, whatever the record is
    named: bool = False  # the value is an id of a person, whose name the export states elsewhere
    utc: bool = False  # times without a zone are in UTC
    last: bool = False  # of a list, the last counts
    parts: bool = False  # a text in parts, some of them objects with a ``text``
    inner: tuple[str, ...] = ("#",)  # where the text of an object is

    def read(self, record: Json, people: Mapping[str, str]) -> str | None:
        """Return the text at this place; None if there is none.

        :param people: Names by ids.
        :raises InputError: If an object or a list is there.
        """
        if self.fixed:
            return f"{self.prefix}{self.fixed}"
        if not (self.parts or self.pattern or self.last):
            value = find(record, self.path)
        else:
            values = flat(values_at(record, self.path))
            if self.parts:
                texts = (each.get("text") if isinstance(each, Mapping) else each for each in values)
                values = ["".join(each for each in texts if isinstance(each, str))]
            elif self.pattern:
                found = (re.search(self.pattern, f"{each}") for each in values)
                values = [each[1] for each in found if each]
            value = values[-self.last] if values else None
        if value is None:
            return None
        if isinstance(value, Mapping):
            value = next((value[name] for name in self.inner if value.get(name) not in (None, "")), value)
        text = tables.text_of(value, self.path)
        text = people.get(text, text) if text and self.named else text
        return f"{self.prefix}{text}" if text else None


Fields = Mapping[str, tuple[FieldPlace, ...]]


@dataclass(frozen=True, slots=True)
class ExportFormat:
    """How the exports of one tool are written."""

    name: str  # the layout of its documents
    title: str
    keys: Keys  # what each comment has
    comment: Fields
    thread: Fields = field(default_factory=dict)  # what each comment says of its page
    page: Fields = field(default_factory=dict)  # what the object around the comments says
    post: Fields = field(default_factory=dict)  # what a record says that is a page and no comment
    post_keys: Keys = ()
    post_same: tuple[str, ...] = ()  # two places that are equal in such a record
    lists: tuple[str, ...] = ("",)  # where comments are; empty: each record is one
    posts: tuple[str, ...] = ()  # where those records are, if elsewhere
    roots: tuple[str, ...] = ()  # where objects around comments are
    post_roots: Mapping[str, list[str]] = field(default_factory=dict)  # values of roots in which all records are posts
    people: Mapping[str, str] = field(default_factory=dict)  # where persons are (``list``), their ``id`` and ``name``
    replies: str = ""  # where the answers of a comment are
    hidden: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # reasons, by the value at a path
    published: Mapping[str, str] = field(default_factory=dict)  # patterns of the values of objects around them
    # Numbers of comments that the export states, or lists of their ids: in objects around them, in each comment (of its
    # answers), and in records that stand for others.
    stated: tuple[str, ...] = ()
    stated_replies: tuple[str, ...] = ()
    stated_rest: tuple[str, ...] = ()
    more: tuple[str, ...] = ()  # where the mark of a next page is
    markup: str = "cell"  # how texts are written: cell, html, lines

    def parts(self, root: Json) -> Iterator[Part]:
        """Yield comments, posts and objects around comments, with their paths."""
        for path in dict.fromkeys((*self.posts, *self.lists, *self.roots)):
            yield from ((path, each) for each in (_elements(root, path) if path else [root]))

    def has_lists(self, root: Json) -> bool:
        """Return whether an object holds lists of comments or posts, which may be empty."""
        found = chain.from_iterable(values_at(root, path) for path in (*self.posts, *self.lists, *self.roots) if path)
        return any(isinstance(each, list) for each in found)

    def is_comment(self, path: str, part: Json) -> bool:
        """Return whether a value is a comment of this source."""
        return path in self.lists and has(part, self.keys)

    def is_post(self, path: str, part: Json) -> bool:
        """Return whether a value describes a page."""
        if not self.post or path not in (self.posts or self.lists) or not has(part, self.post_keys):
            return False
        return len({str(find(part, place)) for place in self.post_same}) < 2

    def reads(self, path: str, part: Json) -> bool:
        """Return whether a value belongs to this source, alone or by its contents."""
        if path in self.roots and isinstance(part, Mapping):
            return any(self.is_comment(*each) for each in islice(self.parts(part), FIRST_PARTS))
        return self.is_comment(path, part) or self.is_post(path, part)


def _elements(record: Json, path: str) -> Iterator[Json]:
    """Yield the elements of the lists at a path."""
    yield from (each for value in values_at(record, path) if isinstance(value, list) for each in value)


def has(record: Json, keys: Keys) -> bool:
    """Return whether a record has the keys that a description asks for."""
    return isinstance(record, Mapping) and all(any(_is_at(record, path) for path in paths) for paths in keys)


def _is_at(record: Json, path: str) -> bool:
    """Return whether something is at a path; ``=``: a value of this pattern; ``!``: nothing."""
    path, equals, pattern = path.partition("=")
    found = values_at(record, path.removeprefix("!"))
    if path.startswith("!"):
        return all(value in (None, "") for value in found)
    return any(re.fullmatch(pattern, f"{value}") for value in flat(found)) if equals else bool(found)


def _stated(value: Json) -> int:
    """Return the number that a value states; of a list, its length."""
    if isinstance(value, list):
        return len(value)
    return int(value) if str(value).isdecimal() else 0


def _value(record: Json, path: str) -> str:
    value = find(record, path)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@cache
def load_sources(case: Callable[[str], str] = str) -> tuple[ExportFormat, ...]:
    """Load the descriptions, those with the most keys first.

    :param case: Applied to paths; ``str.lower`` for tables, whose columns are in lower case.
    """
    paths = sorted(resources.SOURCES.glob("*.toml"))
    found = [_source(path.stem, resources.shipped_toml(path), case) for path in paths]
    return tuple(sorted(found, key=lambda source: -len(source.keys)))


def _source(name: str, given: dict[str, Json], case: Callable[[str], str]) -> ExportFormat:
    def places(value: Json) -> tuple[FieldPlace, ...]:
        some = value if isinstance(value, list) else [value]
        tables = ({"path": each} if isinstance(each, str) else each for each in some)
        return tuple(FieldPlace(**(table | {"path": case(table.get("path", ""))})) for table in tables)

    for key in set(FIELDS) & given.keys():
        given[key] = {to: places(value) for to, value in given[key].items()}
    for key in {"keys", "post_keys"} & given.keys():
        given[key] = tuple(tuple(map(case, [each] if isinstance(each, str) else each)) for each in given[key])
    return ExportFormat(name, **given)


def find_source(root: Json, sources: Sequence[ExportFormat]) -> ExportFormat | None:
    """Find the description of an export by its first object; None if no tool is known that writes it."""
    parts = ((source, part) for source in sources for part in islice(source.parts(root), FIRST_PARTS))
    return next((source for source, part in parts if source.reads(*part)), None)


# Guessed descriptions -------------------------------------------------------------------------------------------------


class GuessConstants:
    """Constants of guesses."""

    searched_depth = tables.TablesConstants.searched_depth
    comments = re.compile("comm?ent|kom+ent|коммент|discussion", re.I)
    """Pattern of names of lists of comments; a list of another name beside one of them holds no comments."""
    article = re.compile(
        "article|post|story|page|news|item|thread|topic|submission|video|discussion|conversation", re.I
    )
    """Pattern of names of objects around comments, or beside a list of them, that state the article."""
    no_comments = re.compile(
        "(?-i:[eE]dit)|histor|version|revision|quot|attach|entit|mention|tags?$|content|paragraph|section|related|recommend|similar",
        re.I,
    )
    """Pattern of names of lists with texts other than comments."""
    number_of_comments = re.compile(r"(?:num(?:ber)?_?(?:of_?)?)?comm?ents?_?(?:count|s)?", re.I)
    """Pattern of names of a number of comments, as posts state it."""
    article_characters = 400
    """Minimum length of the text of an article."""
    no_parents = ("0", "-1", "root")
    no_field = re.compile(
        r"url|link|type|image|thumbnail|count of|(?:reply|replies).?count|updated|retrieved|collected|lang|avatar", re.I
    )
    """Pattern of column names that look like those of fields and have another meaning."""
    identifier = re.compile(r"(?:^|[^A-Za-z])id$|[a-z]I[dD]$")
    names_inside = ("name", "username", "nickname", "displayName", "display_name", "login", "id")
    """Names of a text in an object that is an author or a parent."""
    between = re.compile("[_ .-]")
    columns = 500
    """Number of columns that are looked at for those that look like a field."""
    page = ("document", "outlet", "title")
    """Fields of a row that state its page."""


_C = GuessConstants


def _places(names: Iterable[str], columns: Columns = {}) -> Fields:  # noqa: B006 not changed
    """Return the places of fields in a row: their columns, or those of their own names."""
    inner = dict.fromkeys(("author", "parent"), _C.names_inside)
    return {
        name: tuple(FieldPlace(path, inner=inner.get(name, ())) for path in {columns.get(name, name): 1, name: 1})
        for name in names
    }


_ARTICLE = _places((*_C.page, "url", "published", "author", "body"))


@dataclass(frozen=True, slots=True)
class GuessedFormat(ExportFormat):
    """The description of a table, or of JSON of no known tool, by its first rows."""

    columns: Columns = field(default_factory=dict)  # by our fields, where they have other names
    numbers: Iterator[int] = field(default_factory=lambda: count(1))  # of comments without an id, in lists
    articles: set[frozenset[str]] = field(default_factory=set)  # the names in articles that had comments

    def inside(self, row: Row) -> Iterator[tuple[Row, Row | None]]:
        """Yield the comments in an object: itself, answers in it, or articles in it with their comments.

        Of an article, also what it states.

        :raises ColumnsError: If the comments of an article have no text under the name that is looked for.
        """
        is_flat = not any(isinstance(value, list | dict) for value in row.values()) and not _is_bare(row)
        if is_own(row) or (is_flat and not self.articles):
            yield row, None
            return
        waiting: list[tuple[Row, Row, bool]] = [(row, {}, False)]
        while waiting:
            each, known, is_comment = waiting.pop()
            lists, facts = self._lists(each), facts_of(each)
            if self._is_article(each, lists, facts, is_comment):
                self.articles.add(_names_in(each))
                text = self.text_in(each)
                facts |= {"body": text} if isinstance(text, str) else {}
                known = {**known, **{name: facts[name] for name in ("document", "outlet", "title") if name in facts}}
                if facts.keys() & {"body", "title", "url"}:
                    yield known, facts
                is_comment = bool(facts) or any(_C.comments.search(path) for path, _ in lists)
            else:
                if is_comment or lists:
                    given = find(each, self.columns.get("id", "id"))
                    name = f"c{next(self.numbers)}" if given in (None, "") else given
                    each, link = {**each, **known, "id": name}, {"parent": name}
                    known, is_comment = {**known, **link}, True
                if not is_comment or not lists or self.text_in(each) is not None:
                    yield each, None
            parts = [part for _, parts in lists for part in parts]
            waiting += [(part, known, is_comment) for part in reversed(parts)]

    def text_in(self, row: Row) -> Json:
        """Return the value at the place of the text."""
        return find(row, self.columns.get("text", "text"))

    def _lists(self, row: Row, depth: int = 1) -> list[tuple[str, list[Row]]]:
        """Return the lists in an object that hold comments, answers or articles with comments."""
        own, found = self.text_in(row), []
        for path, values in lists_in(row):
            is_named = _C.comments.search(path)
            texts: list[Row] = [
                {"text": each} for each in values if is_named and isinstance(each, str) and each.strip()
            ]
            objects = [each for each in values if isinstance(each, Mapping)]
            parts = [each for each in objects if self.text_in(each) is not None or self._is_around(each, own, depth)]
            # An answer is an object of the same kind; hashtags and places of links have texts, too.
            if own is not None and not is_named:
                parts = [each for each in parts if len(each.keys() & row.keys()) > 1 or each.keys() <= row.keys()]
            if (texts or parts) and (is_named or not _C.no_comments.search(path)):
                found.append((path, texts or parts))
        return [each for each in found if _C.comments.search(each[0])] or found

    def _is_around(self, row: Row, outer: Json, depth: int) -> bool:
        return outer is None and depth < _C.searched_depth and bool(self._lists(row, depth + 1))

    def _is_article(self, row: Row, lists: Sequence[tuple[str, list[Row]]], facts: Row, is_comment: bool) -> bool:
        """Return whether an object is an article, or is only around comments."""
        named = [each for path, each in lists_in(row) if _C.comments.search(path)]
        is_titled, text = "title" in facts, self.text_in(row)
        if not is_comment and text is not None and self._is_answered(row, lists):
            return False
        if not lists and any(named) and (text is not None or is_titled) and not is_comment:
            inner = next((each for values in named for each in values if isinstance(each, Mapping)), {})
            raise ColumnsError(
                f"an article whose comments have no text {among(list(inner))} a text field{proposed(inner)}"
            )
        if is_comment:
            return is_titled and any(named)
        counts = (value for name, value in row.items() if re.search("comm?ents?_?count", name, re.I))
        if text is None and _is_bare(row) and any(isinstance(each, int) and each > 0 for each in counts):
            raise InputError("it states a number of comments but holds none; expected a file with its comments")
        has_comments = bool(lists) and (text is None or is_titled or any(named))
        return has_comments or (is_titled and (bool(named) or _is_bare(row) or _names_in(row) in self.articles))

    def _is_answered(self, row: Row, lists: Sequence[tuple[str, list[Row]]]) -> bool:
        """Return whether an object is a comment with its answers: it names a person as they do."""
        answers = [each for _, parts in lists for each in parts]
        like = look_alikes(row, {self.columns.get("text", "text")}).get("author", "author")
        persons = [name for name in (self.columns.get("author", "author"), like) if find(row, name) not in (None, "")]
        titles = {name for name in formats()["article"]["title"].split() if row.get(name)}
        return bool(answers) and all(
            any(find(each, name) not in (None, "") for name in persons) and all(each.get(n) == row[n] for n in titles)
            for each in answers
        )

    def check(self, text: str, row: Row, most: int) -> None:
        """Check the text of a row.

        :param most: Number of characters that it may have.
        :raises InputError: If there is none, or it is longer.
        """
        if len(text) > most:
            raise InputError(f"text has {len(text):,} characters; expected at most {most:,}")
        if not text and any(find(row, place.path) is not None for place in self.comment["text"]):
            raise InputError("empty text; expected a comment")
        if not text:
            raise ColumnsError(f"no text {among(list(row))} a text field{proposed(row)}")


def guess_format(rows: Sequence[Row], kind: decoding.InputKind, columns: Columns, problems: Problems) -> GuessedFormat:
    """Describe a table by its columns and their usual names, and note the latter.

    :param rows: The first ones.
    :param columns: Those that the user named, by our fields.
    :raises ColumnsError: If two columns may be one field, or none holds texts, or rows are articles.
    """
    records = [] if not rows or is_own(rows[0]) else [_objects_in(row)[0] for row in rows]
    found = _usual_names(records, kind, columns) if records else {}
    if found:
        problems.notes.append("read " + ", ".join(f"{theirs} as {ours}" for ours, theirs in found.items()))
    columns = {**columns, **found}
    fields = [name for name in (*TABLE_FIELDS, "quoted") if name not in _C.page]
    return GuessedFormat(
        page_layouts.TABLE_LAYOUT, "a table of comments", (), _places(fields, columns), _places(_C.page, columns),
        columns=columns,
    )  # fmt: skip


def _usual_names(rows: Sequence[Row], kind: decoding.InputKind, columns: Columns) -> Columns:
    """Return the columns of usual names, by the fields that are not there."""
    _refuse_articles(rows, columns)
    row = rows[0]
    used = {path.partition(".")[0] for path in columns.values()}
    free = {name.lower(): name for name in row if name not in used and not isinstance(row[name], list | Mapping)}
    if {"target", "stance", "unit"} & free.keys() or _are_ids(row.get(free.get("comment", "")) for row in rows):
        free.pop("comment", None)
    found = {}
    for ours, usual in formats()["read_as"].items():
        theirs = [free[name] for name in usual if name in free]
        if theirs and not {ours} & {*row, *columns}:
            found[ours] = theirs[0]
            if len(theirs) > 1:
                map_ = f"--map {ours}={theirs[0]} or {ours}={theirs[1]}"
                raise ColumnsError(f"columns {' and '.join(theirs)} may both be the {ours}; expected {map_}")
    if not {"text"} & {*row, *found, *columns} and kind not in decoding.JSON_KINDS:
        like = look_alikes([*row, *found]).get("text")
        wanted = f"a column named text, or one mapped to it{f', such as --map text={clean(like)}' if like else ''}"
        raise ColumnsError(f"no text column {among([*row, *found])} {wanted}")
    return found


def _refuse_articles(rows: Sequence[Row], columns: Columns) -> None:
    """Refuse rows that are articles or posts without comments: each has a title and an address of its own.

    :raises ColumnsError: If they are.
    """
    if len(rows) < 2 or columns or any(isinstance(value, list) for row in rows for value in row.values()):
        return
    facts = [facts_of(row) for row in rows]
    addresses, titles = ({each.get(name) for each in facts} for name in ("url", "title"))
    is_own = len(addresses - {None}) == len(rows)
    counts = [value for row in rows for name, value in row.items() if _C.number_of_comments.fullmatch(name)]
    are_posts = any(str(each).isdecimal() for each in counts) and not any(row.get("parent") for row in rows)
    texts = [str(row.get("text") or each.get("body") or "") for row, each in zip(rows, facts, strict=True)]
    answered = {"parent", "votes", "likes", "id"} & {name.lower() for name in rows[0]}
    are_long = len(titles - {None}) == len(rows) and min(map(len, texts)) >= _C.article_characters and not answered
    if is_own and (are_long or are_posts):
        seen = f"rows that look like {'posts' if are_posts else 'articles'} rather than comments of readers"
        raise ColumnsError(f"{seen}: each has its own address; to read them as comments, --map text=COLUMN")


def unused_columns(row: Row, columns: Columns, keep: Sequence[str]) -> list[str]:
    """Return notes of columns that look like fields and are not used, of those to carry that are not there."""
    notes, named = [], [name for name in row if row[name] is None] + [name for name, _ in values_in(row)]
    names = [name for name in dict.fromkeys(named) if name in row or name.partition(".")[0] not in TABLE_FIELDS]
    used = {
        *TABLE_FIELDS,
        *keep,
        *formats()["stated"]["answers"].split(),
        *(path.partition(".")[0] for path in columns.values()),
    }
    given = {*columns, *row.keys()}
    like = {ours: theirs for ours, theirs in look_alikes(names, used).items() if ours not in given}
    others = [name for name in row if name not in {*used, *like.values()} and not isinstance(row[name], list | Mapping)]
    others = [] if keep or "outlet" in {*given, *like} else others
    if like or others:
        told = f"columns that are not used: {', '.join([*like.values(), *others[:5]])}{' …' * (len(others) > 5)}"
        if like:
            map_ = ",".join(f"{ours}={theirs}" for ours, theirs in like.items())
            told += f"; --map {map_} uses {'the first of them' if others else 'them'}"
        if others:
            told += f"; to use one as the outlet, --map outlet={others[0] if len(others) == 1 else 'COLUMN'}"
        notes.append(told)
    if lacking := [name for name in keep if name not in (*row, *TABLE_FIELDS, "url", "topic")]:
        notes.append(f"no column {', '.join(lacking)[:100]} {among([*row]).removesuffix('; expected')}")
    if row.keys() >= {"target", "stance"}:
        notes.append("the column stance is not used; to correct shares, give labels with --labels")
    return notes


def look_alikes(names: Iterable[str], used: Set[str] = frozenset()) -> dict[str, str]:
    """Find the columns that look like our fields, by the words at which their names begin or end.

    :return: Columns by field, the likeliest first.
    """
    free = [name for name in islice(names, _C.columns) if name not in used and 1 < len(name) <= 60]
    plain = {name: _C.between.sub("", name.lower()) for name in free if not _C.no_field.search(name)}
    found: dict[str, str] = {}
    for ours, words in formats()["like"].items():
        fitting = plain if ours == "parent" else {name: plain[name] for name in plain if not _C.identifier.search(name)}
        for word, (name, letters) in product(words.split(), fitting.items()):
            if name not in found.values() and (letters.startswith(word) or letters.endswith(word)):
                found.setdefault(ours, name)
    return found


def _are_ids(cells: Iterable[Json]) -> bool:
    """Return whether more than half of the cells are single words, as ids are."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    return sum(text.isascii() and " " not in text for text in texts) * 2 > len(texts)


def lists_in(row: Json, path: str = "", depth: int = 1) -> Iterator[tuple[str, list[Json]]]:
    """Yield the lists in an object and in the objects in it, with their paths."""
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, list):
            yield f"{path}{name}", value
        elif isinstance(value, dict) and _C.comments.search(name) and _are_numbered(value):
            yield f"{path}{name}", [*value.values()]
        elif isinstance(value, Mapping) and depth < _C.searched_depth:
            yield from lists_in(value, f"{path}{name}.", depth + 1)


def values_in(row: Json, path: str = "", depth: int = 1) -> Iterator[tuple[str, str | int | float]]:
    """Yield the texts and numbers in an object and in the objects in it, with their paths."""
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, str | int | float):
            yield f"{path}{name}", value
        elif isinstance(value, list) and _C.no_comments.search(name):  # a text in parts: the first object counts
            yield from values_in(next(iter(value), None), f"{path}{name}.", depth + 1)
        elif isinstance(value, Mapping) and depth < _C.searched_depth:
            yield from values_in(value, f"{path}{name}.", depth + 1)


def facts_of(row: Row) -> dict[str, str]:
    """Return what an object says of an article, of each field the first name that has a value."""
    found, around = {}, [row, *(row[name] for name in row if _C.article.fullmatch(name))]
    for field_, names in formats()["article"].items():
        for value in filter(None, (find(each, name) for each in around for name in names.split())):
            lines = value if isinstance(value, list) else [value]
            if all(isinstance(each, str | int) for each in lines) and (text := "\n".join(map(str, lines)).strip()):
                found[field_] = text
                break
    return found


def _is_bare(row: Row) -> bool:
    """Return whether an object states that it has no comments."""
    return any(value is None and name.lower().endswith("comments") for name, value in row.items())


def _are_numbered(values: Mapping[str, Json]) -> bool:
    """Return whether an object holds objects by their ids."""
    return bool(values) and all(isinstance(value, dict) and re.search(r"\d", name) for name, value in values.items())


def _names_in(row: Row) -> frozenset[str]:
    return frozenset(name for name in row if not _C.comments.search(name))


def _objects_in(row: Row) -> list[Row]:
    """Return an object and those in it, the likeliest comments first: those in lists of comments, then inner ones."""
    inside, others, waiting = list[Row](), list[Row](), [row]
    while waiting and len(inside) + len(others) < _C.columns:
        for path, values in lists_in(waiting.pop(0)):
            is_named = bool(_C.comments.search(path))
            if is_named or not _C.no_comments.search(path):
                objects = [each for each in values if isinstance(each, Mapping)]
                (inside if is_named else others).extend(objects)
                waiting += objects
    has_text = any(isinstance(row.get(name), str) for name in ("text", *formats()["read_as"]["text"]))
    return [*inside, row, *reversed(others)] if has_text else [*inside, *reversed(others), row]


def proposed(row: Row) -> str:
    """Return the option that reads the comments in an object, as the end of a message; empty if there are none."""
    for each in _objects_in(row):
        values = {name: value for name, value in values_in(each) if not isinstance(value, bool)}
        texts = {name: value for name, value in values.items() if isinstance(value, str) and not web_address(value)}
        written = [name for name, value in texts.items() if " " in value.strip() and not to_iso(value)]
        longest = max(written, key=lambda name: len(texts[name]), default=None)
        if text := look_alikes(written).get("text") or longest or look_alikes(texts).get("text"):
            like = {"text": text} | look_alikes(values, {text}) | {"text": text}
            return ", as --map " + ",".join(f"{ours}={clean(theirs)}" for ours, theirs in like.items())
    return ""


# One input ------------------------------------------------------------------------------------------------------------


class ExportConstants:
    """Constants of exports and tables."""

    deleted = frozenset(("[deleted]", "[removed]"))
    """Replace a deleted text or name in collections of Reddit, and so in most others."""
    cell_characters = 200
    """Length of a cell that is carried along; it names a group, so it is short."""
    damage = re.compile("[\0\ufffd\ud800-\udfff]")
    ordered_date = re.compile(r"(?<!\d)\d{1,2}([/-])\d{1,2}\1(?:\d{4}|\d\d)(?!\d)")
    """Pattern of a date that the order of the column explains."""
    different_dates = 10_000
    """Number of them that are compared."""
    day_number = re.compile(r"(?:3[789]|4\d|5[0-4])\d{3}(?:[.,]\d{1,10})?")
    """Pattern of a time as spreadsheets keep it: days since 1899, here of the years 2001 to 2050."""
    first_day = datetime(1899, 12, 30)
    language = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
    no_language = re.compile("und|mis|mul|zxx|art|q[a-t][a-z]")
    """Language codes that mean undetermined; those with q are for private use, as for tweets of a link alone."""
    identifier = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")
    """Pattern of a name that can be that of a file."""


_E = ExportConstants


def read_rows(
    kind: decoding.InputKind, rows: tables.Rows, problems: Problems, columns: Columns, keep: tuple[str, ...]
) -> Iterator[Value]:
    """Read the comments, documents or scores in the rows of a table or an export.

    :param columns: Columns by our fields, where the user named them.
    :param keep: Columns that are carried along as they are, cut to ``_E.cell_characters``.
    :raises InputError: If there are none, or a column that is needed is not there.
    """
    first = list(islice(rows, 2))  # in front of comments, some state users and pages
    sources = load_sources(str.lower if kind is decoding.InputKind.CSV else str)
    others = () if columns else (row for _, row in first if not is_own(row))
    source = next(filter(None, (find_source(row, sources) for row in others)), None)
    if source is None:
        first += islice(rows, 18 * ("comment" in map(str.lower, first[0][1] if first else ())))
        source = guess_format([row for _, row in first], kind, columns, problems)
    yield from Export(source, problems, keep).read(kind, chain(first, rows))


@dataclass(slots=True)
class Export:
    """One input, while its comments are gathered by page."""

    source: ExportFormat
    problems: Problems
    keep: tuple[str, ...] = ()  # places in a comment that are carried along
    groups: "Groups" = field(default_factory=lambda: Groups())
    number: int = 0  # of the row that is read
    roots: int = 0
    others: int = 0  # records in lists of comments that are none
    people: dict[str, str] = field(default_factory=dict)  # names by ids
    threads: dict[str, str] = field(default_factory=dict)  # pages by the ids of their posts, and of answers to these
    stated: int = 0  # comments, by objects around them and records that stand for others
    stated_replies: int = 0
    comments: int = 0
    replies: int = 0  # of the comments
    unnamed: int = 0  # of the comments, those of no named document
    counted_row: int = 0  # the last one whose numbers of comments were added
    is_noted: bool = False  # whether unused columns are noted
    has_more: bool = False  # whether there is a next page
    has_posts: bool = False  # whether all records of the object that is read are posts
    dates: dict[str, None] = field(default_factory=dict)  # such as 03/04/2024
    times: int = 0  # those that are no day numbers

    def read(self, kind: decoding.InputKind, rows: Iterable[tuple[int, Row]]) -> Iterator[Value]:
        """Read numbered rows, or objects with comments in them, and yield the documents and scores of all."""
        yield from at_least_one(self._items(kind, rows), self.problems, self.source.title)
        self.problems.close()

    def _items(self, kind: decoding.InputKind, rows: Iterable[tuple[int, Row]]) -> Iterator[Value]:
        scores = tables.DiskSort()
        has_own = isinstance(self.source, GuessedFormat) and not self.source.columns
        for number, row in rows:
            if not has_own or not is_own(row):
                self.add(number, "", row)
                continue
            try:
                kept = tuple((name, kept_cell(row[name])) for name in self.keep if name in row)
                value = tables.own_value(row, kind, kept, self.problems)
            except InputError as error:
                self.problems.add(number, error)
                continue
            if isinstance(value, ScoreRow) and (name := value.score.document):
                scores.add(f"{natural_text(name)}\n{name}", value, tables.place_of_score(value.score))
            else:
                yield value
        yield from self.documents()
        yield from (each for _, each in scores)
        if not self.problems.parts and not self.problems.count:
            self.problems.add_whole("no rows; expected one comment or score in each")

    def add(self, number: int, path: str, part: Json, name: str = "") -> None:
        """Add a value of the export with its contents; report it if it cannot be used.

        :param name: The page of comments that name none.
        """
        source, self.number = self.source, number
        try:
            if isinstance(source, GuessedFormat):
                self._add_row(source, part)
            elif source.is_post(path, part) or (self.has_posts and source.is_comment(path, part)):
                self._add_post(part, name)
            elif source.is_comment(path, part):
                self._add_thread(part, name)
            elif path in source.roots or (not path and source.has_lists(part)):
                self._add_root(number, path, part)
            elif not path:
                raise InputError(f"not {source.title}; expected {', '.join(map('/'.join, source.keys))}"[:200])
            elif path in source.lists:
                self._add_other(part)
        except InputError as error:
            self.problems.add(number, error)

    def _add_row(self, source: "GuessedFormat", row: Row) -> None:
        """Add the comments and articles in a row, and the numbers that it states of them."""
        is_nested, names = any(isinstance(value, list) for value in row.values()), formats()["stated"]
        if is_nested and self.number != self.counted_row and (source.text_in(row) is None or "title" in facts_of(row)):
            self.counted_row = self.number
            parts = [row, *(row[name] for name in names["inside"].split() if name in row)]
            self.stated += max(_stated(find(part, name)) for part in parts for name in names["around"].split())
            self.has_more |= any(find(part, name) for part in parts for name in names["more"].split())
        for part, article in source.inside(row):
            if article is not None:
                page = self._fields(_ARTICLE, {**article, **part})
                self._keep(page.pop("document", ""), page)
                continue
            if is_nested:
                self.stated_replies += max(_stated(part.get(name)) for name in names["answers"].split())
            if not self.is_noted:
                self.is_noted = True
                self.problems.notes += unused_columns(part, source.columns, self.keep)
            self._add_thread(part, "")

    def _add_other(self, part: Json) -> None:
        """Count a record that is no comment: it may stand for others, which the export does not hold."""
        rest = sum(map(_stated, self._values(part, self.source.stated_rest)))
        self.stated += rest and rest + (self.comments if not self.stated else 0)
        self.others += not rest

    def _values(self, part: Json, paths: tuple[str, ...]) -> list[Json]:
        return [value for path in paths for value in values_at(part, path)[:1]]

    def _missing(self) -> list[str]:
        """Return what the export states of comments that it does not hold."""
        told = []
        for stated, there, noun in (
            (self.stated, self.comments, "comments"), (self.stated_replies, self.replies, "answers"),
        ):  # fmt: skip
            if stated > there:
                told.append(f"the export states {stated:,} {noun} and holds {there:,}")
        return told or ["the export is one part; it names a next page"] * self.has_more

    def _add_root(self, number: int, path: str, root: Json) -> None:
        source = self.source
        if not all(re.fullmatch(pattern, _value(root, path)) for path, pattern in source.published.items()):
            return
        self.roots += 1
        self.stated += sum(map(_stated, self._values(root, source.stated)))
        self.has_more |= any(self._values(root, source.more))
        self.has_posts = any(_value(root, path) in values for path, values in source.post_roots.items())
        if people := source.people:
            found = ((find(each, people["id"]), find(each, people["name"])) for each in _elements(root, people["list"]))
            self.people |= {f"{identifier}": f"{name}" for identifier, name in found if name}
        name = self._fields({"document": source.page.get("document", ())}, root).get("document", "")
        group = f"{name}\n{number}.{self.roots if path else 0}"  # rows of one number are parts of one object
        try:
            for path, part in source.parts(root):
                if part is not root:
                    self.add(number, path, part, group)
        finally:  # what came before a fault is kept
            page = self._fields(source.page, root)
            self._keep(group, {key: value for key, value in page.items() if key != "document"})

    def _add_post(self, post: Json, name: str) -> None:
        """Add a page; within an object, also a page of its own for the answers to it."""
        page = self._fields(self.source.post, post)
        own = document = page.pop("document", name)
        if "document" not in self.source.thread and document != name:
            chat, _, _ = name.partition("\n")
            self.threads[f"{name}\n{document}"] = own = f"{chat}/{document}\n{name}"
        self._keep(own, page)
        for answer in _elements(post, self.source.replies) if self.source.replies else ():
            self._add_thread(answer, own)

    def _add_thread(self, first: Json, name: str) -> None:
        """Add a comment and its answers, which may be nested deeply."""
        waiting: list[tuple[Json, str | None, str]] = [(first, None, name)]
        while waiting:
            part, parent, name = waiting.pop()
            if not has(part, self.source.keys):
                if isinstance(part, Mapping):
                    self._add_other(part)
                continue
            page = self._fields(self.source.thread, part)
            name = page.pop("document", name)
            entry = self._entry(part, parent, name.partition("\n")[0])
            identifier = entry.cells.get("id")
            self.comments += 1
            self.replies += bool(entry.cells.get("parent"))
            self.stated_replies += sum(map(_stated, self._values(part, self.source.stated_replies)))
            answered = self.threads.get(f"{name}\n{entry.cells.get('parent')}")
            if answered and identifier:
                self.threads[f"{name}\n{identifier}"] = answered
            self._keep(answered or name, page, entry)
            answers = list(_elements(part, self.source.replies)) if self.source.replies else []
            waiting += [(each, identifier or parent, name) for each in reversed(answers)]

    def _entry(self, part: Json, parent: str | None, name: str) -> Entry:
        """Read a comment.

        :param parent: The id of the comment that it is nested in.
        :param name: Of its document.
        """
        source, cells = self.source, self._fields(self.source.comment, part)
        text, author, stamp = (
            cells.get("text", ""),
            cells.get("author"),
            decoding.western_years(cells.get("posted", "")),
        )
        if isinstance(source, GuessedFormat):
            source.check(text, part, self.problems.limits.field_chars)
        is_cell = source.markup == "cell"
        words = read_cell(text) if is_cell else read_markup(text, "\n" * (source.markup == "lines"))
        comment = Comment(
            "", without_notes(words.text), None if author in _E.deleted else author, None, to_iso(stamp),
            read_count(cells.get("votes", "")), language_of(cells.get("language")), words.quoted or cells.get("quoted"),
            targets=(cells["target"],) if "target" in cells else None,
            columns=tuple((each, kept_cell(value)) for each in self.keep if (value := find(part, each)) is not None),
        )  # fmt: skip
        hidden = [reasons.get(_value(part, path)) for path, reasons in source.hidden.items()]
        hidden += ["deleted"] * is_deleted(comment.text)
        hidden += [f"{clean(text)[:40]} (a mark of a missing text)"] * decoding.is_missing(comment.text)
        dated = _E.ordered_date.search(stamp)
        if dated and len(self.dates) < _E.different_dates:
            self.dates[dated[0]] = None
        self.times += bool(stamp) and not _E.day_number.fullmatch(stamp)
        given = cells | ({"parent": parent} if parent else {}) | {"document": name}
        texts = "".join(value for value in part.values() if isinstance(value, str))
        return Entry(self.number, comment, given, next(filter(None, hidden), None), bool(_E.damage.search(texts)))

    def _keep(self, name: str, page: PageFields, entry: Entry | None = None) -> None:
        """Keep a comment, or fields of a page; rows of tables by document, time and id, in whatever order.

        :param name: Of the document.
        """
        if not isinstance(self.source, GuessedFormat):
            self.groups.add(name, page, entry)
            return
        about = [str(page.get(each) or "") for each in ("outlet", "title")]
        chunk = "" if name else f"{self.unnamed // self.problems.limits.rows_per_document}"
        self.unnamed += bool(entry and not name)
        order = "\n".join((natural_text(name), name, *about)) if name else ""
        self.groups.add("\n".join((name, chunk, *about)), page, entry, order, _place(entry) if entry and name else "")

    def _fields(self, fields: Fields, record: Json) -> dict[str, str]:
        """Read the fields of a record, of each the first place that has a value."""
        found = {}
        for name, places in fields.items():
            for place in places:
                try:
                    text = place.read(record, self.people)
                except InputError:  # a field of another kind is left out, unless it is the text of a comment
                    if name == "text":
                        raise
                    self.problems.note(decoding.STRANGE.format(name))
                    continue
                if text and (value := self._value(name, text, place)):
                    found[name] = value
                    break
        return found

    def _value(self, name: str, text: str, place: FieldPlace) -> str | None:
        text = self.problems.mended(text, name)
        if name != "text" and (text == decoding.NULL or text.upper() in formats()["cell_errors"]):
            return None
        match name:
            case "posted":
                return (place.utc and to_iso(text, UTC)) or text
            case "published":
                time = to_iso(text, UTC if place.utc else None)
                if not time and text.strip("0-: "):
                    self.problems.note(decoding.UNREAD_TIMES, text)
                return time
            case "url":
                return web_address(text)
            case "title" | "outlet" | "author" | "site":
                return " ".join(read_references(text).split()) if self.source.markup == "cell" else read_line(text)
            case "parent":
                return read_references(text)
        return text

    def documents(self) -> Iterator[Document]:
        """Yield the documents; a page of more comments than the limit becomes several."""
        notes = self._missing()
        if self.others:
            notes.append(f"{counted(self.others, 'record')} left out: not in the form of {self.source.title}")
        month_first = is_month_first("\n".join(self.dates))
        if month_first is not None and isinstance(self.source, GuessedFormat):
            order = "month" if month_first else "day"
            self.problems.notes.append(f"times such as {next(iter(self.dates))}: the {order} first")
        for name, page, entries in self.groups.pages():
            is_first = True
            while (some := list(islice(entries, self.problems.limits.comments))) or is_first:
                some = [self._dated(each, month_first) for each in some]
                if document := self._document(name, page if is_first else {**page, "body": ""}, some):
                    notes = [*self.problems.take_notes(), *notes]
                    yield replace(document, warnings=(*document.warnings, *notes))
                    notes = []
                is_first = False

    def _dated(self, entry: Entry, month_first: bool | None) -> Entry:
        """Read a time that only the others of its column explain: 03/04/2024, or a day number of Excel."""
        stamp = entry.cells.get("posted", "")
        if entry.comment.posted or not stamp.strip("0-: "):
            return entry
        if _E.day_number.fullmatch(stamp) and not self.times:
            stamp = (_E.first_day + timedelta(seconds=round(float(stamp.replace(",", ".")) * 86_400))).isoformat()
        if time := to_iso(stamp, month_first=month_first):
            return entry._replace(comment=replace(entry.comment, posted=time))
        self.problems.note(decoding.UNREAD_TIMES, stamp)
        return entry

    def _document(self, name: str, page: PageFields, entries: list[Entry]) -> Document | None:
        """Make a document; None if there is neither an article nor a comment.

        :param page: What is said of it, by the names of ``Document``.
        :param entries: Its comments, in the order of the page.
        """
        limits, source = self.problems.limits, self.problems.source
        about, warnings = {"title": None, **page}, []
        body, site, name = about.pop("body", ""), about.pop("site", None), name.partition("\n")[0]
        if len(body) > limits.text_bytes:
            warnings.append(f"the article left out: larger than {shown_size(limits.text_bytes)} (the limit)")
            body = ""
        text, quoted = decoding.read_article(body)
        about |= {"body": (article := tuple(text.splitlines())), "quotations": block_quotations(article, quoted)}
        about["outlet"] = about.get("outlet") or domain_of(about.get("url")) or site
        layout, place = self.source.name, name
        if is_table := isinstance(self.source, GuessedFormat):
            entries.sort(key=_place if name else lambda _: "")
            layout = layout if name or about["title"] else page_layouts.ROWS_LAYOUT
            place = " ".join(name.split()) or (f"{entries[0].number}-{entries[-1].number}" if entries else "")
        kept, told = _seen(entries, limits)
        comments, said = _comments(kept, self.problems, is_table)
        if not comments and not article:
            return None
        key = _table_id(entries) if is_table and entries else document_id(about["title"], article, comments)
        place = f"{source}#{place}" if place else source
        return Document(key, place, layout=layout, comments=comments, warnings=(*warnings, *said, *told), **about)


# Comments of pages ----------------------------------------------------------------------------------------------------


def at_least_one(documents: Iterable[Item], problems: Problems, expected: str) -> Iterator[Item]:
    """Yield documents; refuse an input that has none, unless the reason was given."""
    number = 0
    for number, document in enumerate(documents, 1):  # noqa: B007
        yield document
    if not number and not problems.count:
        raise InputError(f"no comments with a text; expected {expected}")


def _seen(entries: Iterable[Entry], limits: Limits) -> tuple[list[Entry], list[str]]:
    """Return the comments that readers see and that are not too large, and a note of the others."""
    kept, size, most = [], 0, limits.field_chars
    left_out: Counter[str] = Counter()
    for entry in entries:
        text, reason = entry.comment.text, entry.hidden
        if not reason and not 0 < len(text) <= most:
            reason = f"longer than {most:,} characters" if text else "empty"
        size += 0 if reason else len(text)
        if not reason and size > limits.page_bytes:
            reason = f"beyond {shown_size(limits.page_bytes)} (the limit)"
        if reason:
            left_out[reason] += 1
        else:
            kept.append(entry)
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(left_out.items()))
    return kept, [f"{counted(left_out.total(), 'comment')} left out: {reasons}"] if left_out else []


def _comments(entries: list[Entry], problems: Problems, is_table: bool) -> tuple[tuple[Comment, ...], list[str]]:
    """Return comments with unique ids and their parents; those that differ only in the target become one.

    In a table, an id belongs to the first text that has it; in exports, to the first comment.
    """
    keys = [(each.cells.get("id") or at, each.comment.text * is_table) for at, each in enumerate(entries, 1)]
    texts = Counter(name for name, _ in set(keys) if isinstance(name, str))
    free, taken, shared = {*texts}, {*texts}, {name for name, times in texts.items() if times > 1}
    comments: dict[tuple[str | int, str], Comment] = {}
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    repeated, example, damaged = 0, "", list[int]()
    for key, entry in zip(keys, entries, strict=True):
        if known := comments.get(key):
            comments[key] = replace(known, targets=all_targets(known.targets, entry.comment.targets))
            repeated += comments[key] == known
            continue
        given, _ = key
        name = identifier = given if isinstance(given, str) else f"c{given}"
        if given in free:
            free.remove(name)
        else:
            while identifier in taken:
                identifier = f"{name}~{next(numbers[name])}"
            taken.add(identifier)
            example = example or (identifier if isinstance(given, str) else "")
        comments[key] = _joined(entry, identifier, texts.keys(), shared, problems)
        damaged += [entry.number] * entry.is_damaged
    warnings = [f"{counted(repeated, 'comment')} repeated, each counted once"] if repeated else []
    if example:
        numbered = f"the first text keeps it, others get ids such as {example[:60]}; answers to this id are not linked"
        warnings.append(f"an id occurs with more than one text; {numbered}")
    common, times = next(iter(Counter(each.comment.author for each in entries).most_common(1)), (None, 0))
    is_shared = person(common) != person(common, page_layouts.TABLE_LAYOUT)
    if is_shared and times >= max(20, 0.9 * len(entries)):
        comments |= {key: replace(each, author=None) for key, each in comments.items() if each.author == common}
        warnings.append(f"almost all comments have the author {common!r}; they count as comments without a name")
    if damaged:
        lines = ", ".join(f"{problems.source}:{number}" for number in damaged[:5])
        more = f" and {len(damaged) - 5} more rows" if len(damaged) > 5 else ""
        warnings.append(f"NUL bytes were removed, or unreadable characters are shown as \ufffd, in {lines}{more}")
    return tuple(comments.values()), warnings


def _joined(entry: Entry, identifier: str, names: Set[str], shared: Set[str], problems: Problems) -> Comment:
    """Return a comment with its id, and the comment or the text that it answers.

    :param shared: Those of the names that more than one text has: what they mean is not known.
    """
    comment, given = replace(entry.comment, comment_id=identifier), entry.cells.get("parent")
    if comment.votes is None and (cell := entry.cells.get("votes")):
        problems.note(decoding.UNREAD_VOTES, cell)
    # A column with gaps turns 7 into 7.0, and Reddit writes t1_ in front.
    known = (given, given.removesuffix(".0"), given.removeprefix("t1_")) if given else ()
    if parent := next(filter(names.__contains__, known), None):
        is_own = parent in (identifier, entry.cells.get("id"))
        return comment if is_own or parent in shared else replace(comment, reply_to=parent)
    if given and any(map(str.isspace, given)):
        return replace(comment, parent_text=given)
    if given and not given.startswith("t3_") and not {entry.cells["document"], *_C.no_parents} & {*known}:
        problems.note(decoding.LOST_PARENT, given)
    return comment


def _place(entry: Entry) -> str:
    """Return the place of a row in its document, as a text to sort by; empty where only the order of rows counts."""
    time, identifier = entry.comment.posted or "", natural_text(entry.cells.get("id", ""))
    others = (entry.comment.author or "", entry.comment.text, entry.cells.get("target", ""))
    # Number of characters by which rows of one time and id are sorted.
    return "\n".join((time, identifier, *(part[:100] for part in others))) if time or identifier else ""


def _table_id(entries: list[Entry]) -> str:
    """Return the table's own id of a document if it can name a file, so that scores join with their source."""
    name = entries[0].cells["document"]
    if _E.identifier.fullmatch(name):
        return name
    parts = [part for each in entries for part in (each.cells.get("id"), each.comment.author, each.comment.text)]
    digest = hashlib.sha256()
    for part in [name] if name else parts:
        digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def all_targets(*asked: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the targets that some rows ask for; None: all."""
    return None if None in asked else tuple(dict.fromkeys(chain.from_iterable(each or () for each in asked)))


def language_of(text: str | None) -> str:
    """Return the code of a language in two letters where it has one; unknown for other texts."""
    code = text.lower().split("-")[0] if text and _E.language.fullmatch(text) else UNKNOWN_LANGUAGE
    return UNKNOWN_LANGUAGE if _E.no_language.fullmatch(code) else formats()["languages"].get(code, code)


def kept_cell(value: Json) -> str:
    """Return a cell that is carried along, on one line and cut; empty for lists and objects."""
    if value is None or isinstance(value, list | Mapping):
        return ""
    return " ".join(clean(unguard_cell(str(value)[: _E.cell_characters])).split())


class Groups:
    """Keeps comments on disk, and returns them page by page, in the order in which the pages came."""

    def __init__(self) -> None:
        self._entries, self._count = tables.DiskSort(), 0
        self._noted: dict[tuple[Json, ...], int | str] = {}  # what was said of pages lately, and their places
        self._database = self._entries.database
        self._database.execute("CREATE TABLE pages (name TEXT PRIMARY KEY, place, known TEXT) WITHOUT ROWID")

    def add(self, name: str, page: PageFields, entry: Entry | None = None, order: str = "", place: str = "") -> None:
        """Add the known fields of a page, and a comment of it.

        :param order: Text by which pages are sorted, behind those without one.
        :param place: Text by which the comments of a page are sorted.
        """
        self._count += 1
        said = (name, bool(entry), *page.items())
        if (first := self._noted.get(said)) is None:
            with disk_errors():
                held = self._database.execute("SELECT known, place FROM pages WHERE name = ?", (name,)).fetchone()
                first = (held and held[1]) or order or (self._count if entry else 0)
                whole = json.dumps(page | json.loads(held[0]) if held else page)
                self._database.execute("REPLACE INTO pages VALUES (?, ?, ?)", (name, first, whole))
            if len(self._noted) > 1_000:
                self._noted.clear()
            self._noted[said] = first
        if entry:
            self._entries.add(first, entry, place, 3_000 + 4 * len(entry.comment.text))

    def pages(self) -> Iterator[tuple[str, PageFields, Iterator[Entry]]]:
        """Yield each page with its comments, in the order of the first ones."""
        comments = groupby(self._entries, key=itemgetter(0))
        group = next(comments, None)
        for name, known, first in self._database.execute("SELECT name, known, place FROM pages ORDER BY place"):
            is_next = group is not None and group[0] == first
            yield name, json.loads(known), (entry for _, entry in group[1]) if group and is_next else iter(())
            group = next(comments, None) if is_next else group


# XML exports ----------------------------------------------------------------------------------------------------------

Steps = tuple[str, ...]

RECORDS = {
    ("rss", "channel", "item"): "wordpress-export",
    ("disqus", "thread"): "disqus-export",
    ("disqus", "post"): "disqus-export",
    ("feed", "entry"): "blogger-export",
}
"""Places of the records of exports, and their descriptions."""

TITLES = (("rss", "channel", "title"), ("feed", "title"))
VERSION, AUTHOR = ("rss", "channel", "wxr_version"), ("rss", "channel", "author")


def read_export(reader: io.BufferedReader, problems: Problems) -> Iterator[Document]:
    """Read the documents of an export; the source of each is that of the input and the export's id.

    :param reader: The XML document, unpacked.
    :param problems: Reports where the export breaks off; documents before that are yielded.
    :raises InputError: If it holds no comments.
    """
    exports = {source.name: Export(source, problems) for source in load_sources() if source.name in RECORDS.values()}
    wordpress, is_wordpress, title = exports["wordpress-export"], False, ""
    wanted = (*RECORDS, *TITLES, VERSION, AUTHOR)
    for number, (path, element) in enumerate(problems.bounded(elements(reader, wanted, problems.limits)), 1):
        found, is_wordpress = record(element), is_wordpress or path == VERSION
        if path in TITLES:
            title = title or read_line(element.text) or ""
        elif path == AUTHOR and len(wordpress.people) < 100_000:
            wordpress.people[str(found.get("author_login"))] = str(found.get("author_display_name"))
        elif path in RECORDS and (is_wordpress or path[0] != "rss"):
            comments = found.get("comment", [])
            listed = comments if isinstance(comments, list) else [comments]
            exports[RECORDS[path]].add(number, path[-1], {"site": {"title": title}, **found, "comment": listed})
    documents = chain.from_iterable(each.documents() for each in exports.values())
    yield from at_least_one(documents, problems, "a WordPress, Disqus or Blogger export")


def record(element: Element) -> dict[str, Json]:
    """Return an element as an object: children by their names, with and without a prefix, and attributes behind ``@``.

    A child without children of its own is a text, or an object with its text under ``#`` where it has attributes.
    """
    found = {f"@{local_name(name)}": [clean(value)] for name, value in element.attrib.items()}
    for child in element:
        value: Json = record(child) if len(child) or child.attrib else clean(child.text or "").strip()
        for name in {child.tag, local_name(child.tag)}:
            found.setdefault(name, []).append(value)
    if not len(element):
        found["#"] = [clean(element.text or "").strip()]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


# XML ------------------------------------------------------------------------------------------------------------------

CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
"""In UTF-8, characters that XML does not allow and exports hold all the same, where a reader pasted them."""


@lru_cache(maxsize=1_000)
def local_name(tag: str) -> str:
    """Return a name without its prefix; exports that are cut by hand lose the declarations of namespaces."""
    return tag.rpartition(":")[2]


def elements(reader: io.BufferedReader, wanted: Iterable[Steps], limits: Limits) -> Iterator[tuple[Steps, Element]]:
    """Yield the elements at some paths, each complete, in the order in which they end.

    :param wanted: Names from the root on, without prefixes; one inside another is a part of that.
    :raises InputError: If the document is broken, declares entities, or exceeds a limit.
    """
    builder = _Builder(frozenset(wanted), limits)
    decoder = codecs.getincrementaldecoder(decoding.encoding_of(reader)[0])("replace")
    chunk: bytes | None = None
    while chunk != b"":
        chunk = reader.read1(2**16)
        text = decoder.decode(chunk, final=not chunk).replace("\ufffe", "").replace("\uffff", "")
        try:
            if data := text.encode().translate(None, CONTROLS):
                builder.feed(data)
            if not chunk:
                builder.feed(b"")
        finally:  # what ended before a fault
            yield from builder.ended
            builder.ended.clear()


class _Builder:
    """Builds the wanted elements out of the events of expat, and counts bytes, depth, names and parts."""

    def __init__(self, wanted: Set[Steps], limits: Limits) -> None:
        self.ended, self._path = list[tuple[Steps, Element]](), list[str]()
        self._wanted, self._limits = wanted, limits
        self._names: set[str] = set()  # expat, too, keeps each of them
        self._tree: TreeBuilder | None = None  # of the wanted element that is being read
        # The depth of that element, its elements and attributes so far (the smallest takes twenty times its source),
        # bytes since it began, and bytes since the last event.
        self._depth = self._parts = self._held = self._waiting = 0
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._text
        # An entity that an external document type may declare, which is not opened, keeps its name.
        parser.SkippedEntityHandler = lambda name, is_parameter: None if is_parameter else self._text(f"&{name};")
        # No export declares entities or attributes, by which a few bytes become gigabytes, or a local file.
        parser.EntityDeclHandler = partial(_refuse, decoding.ENTITIES_DECLARED)
        parser.AttlistDeclHandler = partial(_refuse, "declares attributes; expected an export, which declares none")

    def feed(self, data: bytes) -> None:
        """Parse a part of the document; an empty one ends it.

        :raises InputError: If nothing more can be read.
        """
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError as error:
            raise InputError(f"broken XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
        self._waiting += len(data)
        self._held = self._held + len(data) if self._tree is not None else 0
        for size, most, seen in (
            (self._held, self._limits.page_bytes, "an element of"),
            # Releases of expat from 2.6 on try again with an unfinished tag when they have twice as much of it.
            (self._waiting // 2, FIXED.markup_bytes, "a tag or comments of"),
            (sum(map(len, self._names)), FIXED.markup_bytes, "different names of"),
        ):
            if size > most:
                raise InputError(f"{seen} more than {shown_size(most)} (the limit)")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._waiting = 0
        if len(self._path) == MAX_DEPTH:
            raise InputError(f"XML nested more than {MAX_DEPTH} deep (the limit)")
        self._path.append(local_name(tag))
        self._names.update((tag, *attributes))
        if self._tree is None and tuple(self._path) in self._wanted:
            self._tree, self._depth, self._held, self._parts = TreeBuilder(), len(self._path), 0, 0
        if self._tree is not None:
            self._parts += 1 + len(attributes)
            if self._parts > FIXED.parts:
                raise InputError(f"an element of more than {FIXED.parts:,} parts (the limit)")
            self._tree.start(tag, attributes)

    def _text(self, text: str) -> None:
        self._waiting = 0
        if self._tree is not None:
            self._tree.data(text)

    def _end(self, tag: str) -> None:
        self._waiting = 0
        if self._tree is not None:
            self._tree.end(tag)
            if len(self._path) == self._depth:
                self.ended.append((tuple(self._path), self._tree.close()))
                self._tree = None
        self._path.pop()


def _refuse(reason: str, *_: object) -> None:
    raise InputError(reason)
