"""Read exports of other tools, each described by a file of ``data/sources``.

A description names what each comment has, where comments are, and which field is which, so a new tool is a new file
and no new branch. Exports list comments by time, or state the title behind them, so comments are kept on disk until
all of a page are there.

XML is read by expat, which opens no other file and no address; entities are refused, and only wanted elements are held,
one at a time. ``iterparse`` of ElementTree loses exports that were cut by hand without their namespaces, and bounds
neither depth nor names nor the size of a tag.
"""

import codecs
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC
from functools import cache, lru_cache, partial
from itertools import chain, groupby, islice
from operator import itemgetter
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from stance import resources
from stance.datamodels import Comment, Document, Json, block_quotations, counted
from stance.exceptions import InputError
from stance.limits import FIXED, MAX_DEPTH, Limits, shown_size
from stance.parsing.cleaning import is_deleted, without_notes
from stance.parsing.counts import read_count
from stance.reading import tables
from stance.reading import text as decoding
from stance.reading.tables import DELETED, Problems, find, flat, values_at
from stance.reading.text import clean, read_cell, read_line, read_markup, read_references, to_iso, web_address
from stance.records import document_id, domain_of

Part = tuple[str, Json]
"""A path in an export, and the value at this path."""

Entry = tuple[Comment, str | None]
"""A comment with the id and the parent that the export gives, and the reason why readers do not see it."""

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

    def read(self, record: Json, people: Mapping[str, str]) -> str | None:
        """Return the text at this place; None if there is none.

        :param people: Names by ids.
        :raises InputError: If an object or a list is there.
        """
        values = values_at(record, self.path)
        values = flat(values) if self.parts or self.pattern or self.last else values
        if self.parts:
            texts = (each.get("text") if isinstance(each, Mapping) else each for each in values)
            values = ["".join(each for each in texts if isinstance(each, str))]
        elif self.pattern:
            found = (re.search(self.pattern, f"{each}") for each in values)
            values = [each[1] for each in found if each]
        value = values[-self.last] if values else None
        value = value["#"] if isinstance(value, Mapping) and "#" in value else value
        text = self.fixed or tables.text_of(None if isinstance(value, bool) else value, self.path)
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


# One input ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Export:
    """One input, while its comments are gathered by page."""

    source: ExportFormat
    problems: Problems
    keep: tuple[str, ...] = ()  # places in a comment that are carried along, as columns of tables are
    groups: "Groups" = field(default_factory=lambda: Groups())
    roots: int = 0
    others: int = 0  # records in lists of comments that are none
    people: dict[str, str] = field(default_factory=dict)  # names by ids
    threads: dict[str, str] = field(default_factory=dict)  # pages by the ids of their posts, and of answers to these
    stated: int = 0  # comments, by objects around them and records that stand for others
    stated_replies: int = 0
    comments: int = 0
    replies: int = 0  # of the comments
    has_more: bool = False  # whether there is a next page
    has_posts: bool = False  # whether all records of the object that is read are posts

    def read(self, rows: Iterable[tuple[int, Json]]) -> Iterator[Document]:
        """Read numbered rows, or objects with comments in them, and yield the documents of all."""
        for number, row in rows:
            self.add(number, "", row)
        yield from at_least_one(self.documents(), self.problems, self.source.title)
        self.problems.close()

    def add(self, number: int, path: str, part: Json, name: str = "") -> None:
        """Add a value of the export with its contents; report it if it cannot be used.

        :param name: The page of comments that name none.
        """
        source = self.source
        try:
            if source.is_post(path, part) or (self.has_posts and source.is_comment(path, part)):
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
        for stated, count, noun in (
            (self.stated, self.comments, "comments"), (self.stated_replies, self.replies, "answers"),
        ):  # fmt: skip
            if stated > count:
                told.append(f"the export states {stated:,} {noun} and holds {count:,}")
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
            self.groups.add(group, {key: value for key, value in page.items() if key != "document"})

    def _add_post(self, post: Json, name: str) -> None:
        """Add a page; within an object, also a page of its own for the answers to it."""
        page = self._fields(self.source.post, post)
        own = document = page.pop("document", name)
        if "document" not in self.source.thread and document != name:
            chat, _, _ = name.partition("\n")
            self.threads[f"{name}\n{document}"] = own = f"{chat}/{document}\n{name}"
        self.groups.add(own, page)
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
            comment, hidden = self._entry(part, parent)
            self.comments += 1
            self.replies += parent is not None
            self.stated_replies += sum(map(_stated, self._values(part, self.source.stated_replies)))
            page = self._fields(self.source.thread, part)
            name = page.pop("document", name)
            answered = self.threads.get(f"{name}\n{comment.reply_to}")
            if answered and comment.comment_id:
                self.threads[f"{name}\n{comment.comment_id}"] = answered
            self.groups.add(answered or name, page, (comment, hidden))
            answers = list(_elements(part, self.source.replies)) if self.source.replies else []
            waiting += [(each, comment.comment_id or parent, name) for each in reversed(answers)]

    def _entry(self, part: Json, parent: str | None) -> Entry:
        given = self._fields(self.source.comment, part)
        text, author = given.get("text", ""), given.get("author")
        is_cell = self.source.markup == "cell"
        words = read_cell(text) if is_cell else read_markup(text, "\n" * (self.source.markup == "lines"))
        author, parent = None if author in DELETED else author, parent or given.get("parent")
        votes, language = read_count(given.get("votes", "")), tables.language_of(given.get("language"))
        kept = ((name, value) for name in self.keep if (value := find(part, name)) is not None)
        columns = tuple((name, tables.kept_cell(value)) for name, value in kept)
        own = (
            given.get("id", ""),
            without_notes(words.text),
            author,
            parent,
            given.get("posted"),
            votes,
            language,
            words.quoted,
        )
        comment = Comment(*own, columns=columns)
        hidden = (reasons.get(_value(part, path)) for path, reasons in self.source.hidden.items())
        return comment, next(filter(None, hidden), "deleted" if is_deleted(text) else None)

    def _fields(self, fields: Fields, record: Json) -> PageFields:
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
        match name:
            case "posted" | "published":
                time = to_iso(text, UTC if place.utc else None)
                if not time and text.strip("0-: "):
                    self.problems.note(decoding.UNREAD_TIMES, text)
                return time
            case "url":
                return web_address(text)
            case "title" | "outlet" | "author" | "site":
                return " ".join(read_references(text).split()) if self.source.markup == "cell" else read_line(text)
        return text

    def documents(self) -> Iterator[Document]:
        """Yield the documents; a page of more comments than the limit becomes several."""
        warnings = self.problems.take_notes()
        if self.others:
            warnings.append(f"{counted(self.others, 'record')} left out: not in the form of {self.source.title}")
        warnings += self._missing()
        limits = self.problems.limits
        for name, page, entries in self.groups.pages():
            document, is_first = self._document(name, page), True
            while (first := next(entries, None)) or is_first:
                some = chain([first] if first else (), islice(entries, limits.comments - 1))
                for each in add_comments(document, some, limits):
                    yield replace(each, warnings=(*each.warnings, *warnings))
                    warnings = []
                document, is_first = replace(document, body=(), warnings=()), False

    def _document(self, name: str, page: PageFields) -> Document:
        body, site, most = page.pop("body", ""), page.pop("site", None), self.problems.limits.text_bytes
        warnings = (f"the article left out: larger than {shown_size(most)} (the limit)",) if len(body) > most else ()
        name = name.partition("\n")[0]
        page["outlet"] = page.get("outlet") or domain_of(page.get("url")) or site
        place = f"{self.problems.source}#{name}" if name else self.problems.source
        text, quoted = ("", None) if warnings else decoding.read_article(body)
        page |= {"body": (article := tuple(text.splitlines())), "quotations": block_quotations(article, quoted)}
        return Document("", place, layout=self.source.name, warnings=warnings, **page)


# Comments of pages ----------------------------------------------------------------------------------------------------


def at_least_one(documents: Iterable[Document], problems: Problems, expected: str) -> Iterator[Document]:
    """Yield documents; refuse an export that has none, unless the reason was given."""
    count = 0
    for count, document in enumerate(documents, 1):  # noqa: B007
        yield document
    if not count and not problems.count:
        raise InputError(f"no comments with a text; expected {expected}")


def add_comments(document: Document, entries: Iterable[Entry], limits: Limits) -> Iterator[Document]:
    """Yield a document with its comments; nothing if there is neither an article nor a comment.

    :param document: The page as far as the export describes it.
    :param entries: In page order. Hidden comments, and those beyond the limits, are counted in a warning.
    """
    kept: dict[str, Comment] = {}
    left_out: Counter[str] = Counter()
    size, most = 0, limits.field_chars
    for comment, hidden in entries:
        reason = hidden or ("repeated" if comment.comment_id and comment.comment_id in kept else None)
        if not reason and not 0 < len(comment.text) <= most:
            reason = f"longer than {most:,} characters" if comment.text else "empty"
        size += 0 if reason else len(comment.text)
        if not reason and size > limits.page_bytes:
            reason = f"beyond {shown_size(limits.page_bytes)} (the limit)"
        if reason:
            left_out[reason] += 1
        else:
            kept[comment.comment_id or f"\n{len(kept)}"] = comment  # no id begins with a line feed
    if not kept and not document.body:
        return
    comments = []
    for number, comment in enumerate(kept.values(), 1):
        known = filter(kept.__contains__, tables.names_of(comment.reply_to))
        parent = next((name for name in known if name != comment.comment_id), None)
        comments.append(replace(comment, comment_id=comment.comment_id or f"c{number}", reply_to=parent))
    warnings = document.warnings
    if left_out:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items()))
        warnings += (f"{counted(left_out.total(), 'comment')} left out: {reasons}",)
    identifier = document_id(document.title, document.body, comments)
    outlet = document.outlet or domain_of(document.url)
    yield replace(document, document_id=identifier, outlet=outlet, comments=tuple(comments), warnings=warnings)


class Groups:
    """Keeps comments on disk, and returns them page by page, in the order in which the pages came."""

    def __init__(self) -> None:
        self._entries = tables.DiskSort()
        self._database = self._entries.database
        self._database.execute("CREATE TABLE pages (name TEXT PRIMARY KEY, first INTEGER, known TEXT) WITHOUT ROWID")
        self._count = 0

    def add(self, name: str, page: PageFields, entry: Entry | None = None) -> None:
        """Add the known fields of a page, and a comment of it."""
        self._count += 1
        known = self._database.execute("SELECT known, first FROM pages WHERE name = ?", (name,)).fetchone()
        first: int = (known and known[1]) or (self._count if entry else 0)
        whole = json.dumps(page | json.loads(known[0]) if known else page)
        if known != (whole, first):
            self._database.execute("REPLACE INTO pages VALUES (?, ?, ?)", (name, first, whole))
        if entry:
            self._entries.add(first, entry)

    def pages(self) -> Iterator[tuple[str, PageFields, Iterator[Entry]]]:
        """Yield each page with its comments, in the order of the first ones."""
        comments = groupby(self._entries, key=itemgetter(0))
        for name, known, first in self._database.execute("SELECT name, known, first FROM pages ORDER BY first"):
            rows = next(comments)[1] if first else ()
            yield name, json.loads(known), (entry for _, entry in rows)


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
