"""Read the comments of one input by its description, and gather them by page."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC
from itertools import groupby, islice
from operator import itemgetter

from stance import page_layouts
from stance.datamodels import Comment, Document, Json, Strings, counted
from stance.exceptions import InputError
from stance.limits import shown_size
from stance.parsing.calendars import gregorian
from stance.parsing.cleaning import is_deleted, without_notes
from stance.parsing.dates import is_month_first
from stance.parsing.votes import read_count
from stance.reading.columns import Row, find
from stance.reading.disk_sort import DiskSort
from stance.reading.encodings import clean
from stance.reading.export_formats import ExportFormat, FieldPlace, Fields, elements_at, has, value_at
from stance.reading.guesses import PAGE, GuessedFormat, field_places
from stance.reading.input_names import natural_text, web_address
from stance.reading.json_objects import facts_of, stated_in, stated_number
from stance.reading.kinds import InputKind
from stance.reading.markup import is_missing, is_missing_cell, read_article, read_cell, read_references
from stance.reading.own_records import is_own, own_value, place_of_score, scored_document
from stance.reading.page_comments import (
    Entry,
    at_least_one,
    kept_cell,
    language_of,
    place_of,
    table_id,
    unique_comments,
    visible_entries,
)
from stance.reading.page_groups import Groups, PageFields
from stance.reading.problems import Problems
from stance.reading.times import UNREAD_TIMES, to_iso
from stance.reading.usual_names import unused_columns
from stance.records.digests import document_id, domain_of
from stance.resources import formats
from stance.text_forms import block_quotations, without_unseen

_ARTICLE = field_places((*PAGE, "url", "published", "author", "body"))


@dataclass(slots=True)
class Export:
    """One input, while its comments are gathered by page."""

    source: ExportFormat
    problems: Problems
    keep: Strings = ()  # places in a comment that are carried along
    outlet: str | None = None  # of documents that name none
    groups: Groups = field(default_factory=Groups)
    number: int = 0  # of the row that is read
    roots: int = 0
    others: int = 0  # records in lists of comments that are none
    people: dict[str, str] = field(default_factory=dict)  # names by ids
    threads: dict[str, str] = field(default_factory=dict)  # pages by the ids of their posts, and of answers to these
    stated: int = 0  # comments, by objects around them
    rest: int = 0  # comments that records stand for
    stated_replies: int = 0
    comments: int = 0
    replies: int = 0  # of the comments
    counted_row: int = 0  # the last one whose numbers of comments were added
    has_more: bool = False  # whether there is a next page
    has_articles: bool = False  # whether a row of the table names its document or title
    has_posts: bool = False  # whether all records of the object that is read are posts
    dates: dict[str, None] = field(default_factory=dict)  # such as 03/04/2024

    def read(self, kind: InputKind, rows: Iterable[tuple[int, Row]]) -> Iterator[Document]:
        """Read numbered rows, or objects with comments in them, and yield the documents and scores of all."""
        yield from at_least_one(self._items(kind, rows), self.problems, self.source.title)
        self.problems.close()

    def _items(self, kind: InputKind, rows: Iterable[tuple[int, Row]]) -> Iterator[Document]:
        scores = DiskSort()
        mapped = self.source.columns if isinstance(self.source, GuessedFormat) else {}  # a CSV table has our names
        for number, row in rows:
            cells = {name: row[column] for name, column in mapped.items() if column in row}
            renamed = {**row, **cells} if cells else row
            if not isinstance(self.source, GuessedFormat) or not is_own(renamed):
                self.add(number, "", row)
                continue
            try:
                carried = tuple((name, kept_cell(row[name])) for name in self.keep if name in row)
                value = own_value(renamed, kind, carried, self.problems)
            except InputError as error:
                self.problems.add(number, error)
                continue
            if isinstance(value, Document):
                yield replace(value, outlet=value.outlet or self.outlet)
            elif name := value.score.document:
                part = "\n".join((natural_text(name), name, value.score.outlet or ""))
                scores.add(part, value, place_of_score(value.score))
            else:
                scores.add("", value)
        yield from self.documents()
        for _, rows_of_one in groupby(scores, key=itemgetter(0)):
            yield scored_document([score for _, score in rows_of_one], self.problems.source)
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
                self._add_root(path, part)
            elif not path:
                raise InputError(f"not {source.title}; expected {', '.join(map('/'.join, source.keys))}"[:200])
            elif path in source.lists:
                self._add_other(part)
        except InputError as error:
            self.problems.add(number, error)

    def _add_row(self, source: GuessedFormat, row: Row) -> None:
        """Add the comments and articles in a row, and the numbers that it states of them."""
        is_nested = any(isinstance(value, list) for value in row.values())
        is_around = is_nested or any(isinstance(value, dict) for value in row.values())
        if is_around and (source.text_in(row) is None or "title" in facts_of(row)):
            self._add_stated(row)
        for part, article in source.inside(row):
            if article is not None:
                page = self._fields(_ARTICLE, {**article, **part})
                self._keep(page.pop("document", ""), page)
                continue
            if is_nested:
                self.stated_replies += max(stated_number(find(part, name)) for name in formats()["stated"]["answers"])
            for note in () if self.comments else unused_columns(part, source.columns, self.keep):
                self.problems.note(note)
            self._add_thread(part, "")

    def _add_stated(self, root: Json) -> None:
        """Add what an object states of the comments in it; it may come in parts of one number."""
        if self.number != self.counted_row:
            stated, has_more = stated_in(root, self.source.paths_in(root))
            self.counted_row, self.stated, self.has_more = self.number, self.stated + stated, self.has_more or has_more

    def _add_other(self, part: Json) -> None:
        """Count a record that is no comment: it may stand for others, which the export does not hold."""
        number = sum(stated_number(find(part, path)) for path in self.source.stated_rest)
        self.rest += number
        self.others += not number

    def _add_root(self, path: str, root: Json) -> None:
        source = self.source
        if not has(root, source.published):
            return
        self.roots += 1
        self._add_stated(root)
        self.has_posts = bool(source.post_roots) and has(root, source.post_roots)
        if people := source.people:
            persons = elements_at(root, people["list"])
            pairs = ((find(person, people["id"]), find(person, people["name"])) for person in persons)
            self.people |= {f"{identifier}": f"{name}" for identifier, name in pairs if name}
        name = self._fields({"document": source.page.get("document", ())}, root).get("document", "")
        group = f"{name}\n{self.number}.{self.roots if path else 0}"  # rows of one number are parts of one object
        try:
            for path, part in source.parts(root):
                if part is not root:
                    self.add(self.number, path, part, group)
        finally:  # what came before a fault is kept
            page = self._fields(source.page, root)
            self._keep(group, {key: value for key, value in page.items() if key != "document"})

    def _add_post(self, post: Json, name: str) -> None:
        """Add a page; within an object, also a page of its own for the answers to it."""
        page = self._fields(self.source.post, post)
        group = document = page.pop("document", name)
        if "document" not in self.source.thread and document != name:
            chat, _, _ = name.partition("\n")
            self.threads[f"{name}\n{document}"] = group = f"{chat}/{document}\n{name}"
        self._keep(group, page)
        for answer in elements_at(post, self.source.replies):
            self._add_thread(answer, group)

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
            self.stated_replies += sum(stated_number(find(part, path)) for path in self.source.stated_replies)
            answered = self.threads.get(f"{name}\n{entry.cells.get('parent')}")
            if answered and identifier:
                self.threads[f"{name}\n{identifier}"] = answered
            self._keep(answered or name, page, entry)
            answers = [(answer, identifier or parent, name) for answer in elements_at(part, self.source.replies)]
            waiting += reversed(answers)

    def _entry(self, part: Json, parent: str | None, name: str) -> Entry:
        """Read a comment.

        :param parent: The id of the comment that it is nested in.
        :param name: Of its document.
        """
        source, cells = self.source, self._fields(self.source.comment, part)
        text, author, stamp = cells.get("text", ""), cells.get("author"), gregorian(cells.get("posted", ""))
        author = None if author in ("[deleted]", "[removed]") else author
        if isinstance(source, GuessedFormat):
            source.check(text, part, self.problems.limits.field_chars)
        words = read_cell(text)
        comment = Comment(
            "", without_notes(words.text), author, None, to_iso(stamp),
            read_count(cells.get("votes", "")), language_of(cells.get("language")), words.quoted or cells.get("quoted"),
            targets=(cells["target"],) if "target" in cells else None,
            columns=tuple((key, kept_cell(value)) for key in self.keep if (value := find(part, key)) is not None),
        )  # fmt: skip
        hidden = [reasons.get(value_at(part, path)) for path, reasons in source.hidden.items()]
        hidden += ["deleted"] * is_deleted(comment.text)
        hidden += [f"{clean(text)[:40]} (a mark of a missing text)"] * is_missing(comment.text)
        # A date that the order of the column explains.
        dated = re.search(r"(?<!\d)\d{1,2}([/-])\d{1,2}\1(?:\d{4}|\d\d)(?!\d)", stamp)
        # Maximum number of dates that are compared.
        if dated and len(self.dates) < 10_000:
            self.dates[dated[0]] = None
        entry_cells = cells | ({"parent": parent} if parent else {}) | {"document": name}
        return Entry(self.number, comment, entry_cells, next(filter(None, hidden), None))

    def _keep(self, name: str, page: PageFields, entry: Entry | None = None) -> None:
        """Keep a comment, or fields of a page; rows of tables by document, outlet, time and id, in whatever order.

        :param name: Of the document.
        """
        context = ("", "")
        if isinstance(self.source, GuessedFormat):
            chunk = "" if name else f"{max(0, self.comments - 1) // self.problems.limits.rows_per_document}"
            self.has_articles |= bool(name or page.get("title"))
            outlet, *facts = (str(page.get(key) or "") for key in ("outlet", "title", "url", "published"))
            context = ("\n".join(facts), place_of(entry) if entry and name else "")
            name = "\n".join((name, chunk, outlet or self.outlet or "", "" if name else facts[0]))
        self.groups.add(name, page, entry, context)

    def _fields(self, fields: Fields, record: Json) -> dict[str, str]:
        """Read the fields of a record, of each the first place that has a value."""
        values = {}
        for name, options in fields.items():
            for option in options:
                try:
                    text = option.read(record, self.people)
                except InputError:  # a field of another kind is left out, unless it is the text of a comment
                    if name == "text":
                        raise
                    self.problems.note(f"{name} that is not text was left out")
                    continue
                if text and (value := self._cell(name, text, option)):
                    values[name] = value
                    break
        return values

    def _cell(self, name: str, text: str, field_place: FieldPlace) -> str | None:
        text = self.problems.mended(text, name)
        if name != "text" and is_missing_cell(text):
            return None
        match name:
            case "posted":
                return (field_place.utc and to_iso(text, UTC)) or text
            case "published":
                time = to_iso(text, UTC if field_place.utc else None)
                if not time and text.strip("0-: "):
                    self.problems.note(UNREAD_TIMES, text)
                return time
            case "url":
                return web_address(text)
            case "title" | "outlet" | "author" | "site":
                words = " ".join(read_cell(text).text.split())
                return without_unseen(words) if name == "outlet" else words
            case "parent":
                return read_references(text)
        return text

    def documents(self) -> Iterator[Document]:
        """Yield the documents; a page of more comments than the limit becomes several."""
        stated = self.stated or (self.rest and self.rest + self.comments)
        sums = ((stated, self.comments, "comments"), (self.stated_replies, self.replies, "answers"))
        told = (f"the export states {total:,} {noun} and holds {held:,}" for total, held, noun in sums if total > held)
        missing = tuple(told) or ("the export is one part; it names a next page",) * self.has_more
        if self.others:
            self.problems.note(f"{counted(self.others, 'record')} left out: not in the form of {self.source.title}")
        month_first = is_month_first("\n".join(self.dates))
        if month_first is not None and isinstance(self.source, GuessedFormat):
            order = "month" if month_first else "day"
            self.problems.note(f"times such as {next(iter(self.dates))}: the {order} first")
        for name, page, entries in self.groups.pages():
            is_first = True
            while (some := list(islice(entries, self.problems.limits.comments))) or is_first:
                some = [self._dated(entry, month_first) for entry in some]
                if document := self._document(name, page if is_first else {**page, "body": ""}, some):
                    self.problems.tell()
                    yield replace(document, doubts=missing)
                    missing = ()
                is_first = False

    def _dated(self, entry: Entry, month_first: bool | None) -> Entry:
        """Read a time that only the others of its column explain: 03/04/2024."""
        stamp = entry.cells.get("posted", "")
        if entry.comment.posted or not stamp.strip("0-: "):
            return entry
        if time := to_iso(stamp, month_first=month_first):
            return entry._replace(comment=replace(entry.comment, posted=time))
        self.problems.note(UNREAD_TIMES, stamp)
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
        text, quoted = read_article(body)
        about |= {"body": (article := tuple(text.splitlines())), "quotations": block_quotations(article, quoted)}
        about["outlet"] = about.get("outlet") or domain_of(about.get("url")) or site or self.outlet
        layout, origin = self.source.name, name
        if is_table := isinstance(self.source, GuessedFormat):
            entries.sort(key=place_of if name else lambda _: "")
            if not (name or about["title"]) and self.has_articles:
                number = counted(len(entries), "comment")
                warnings.append(f"{number} without a document or title: taken as of one article")
            elif not (name or about["title"]):
                layout = page_layouts.ROWS_LAYOUT
            origin = " ".join(name.split()) or (f"{entries[0].number}-{entries[-1].number}" if entries else "")
        visible, told = visible_entries(entries, limits)
        comments, notes = unique_comments(visible, self.problems, is_table)
        if not comments and not article:
            return None
        key = table_id(entries) if is_table and entries else document_id(about["title"], article, comments)
        origin = f"{source}#{origin}" if origin else source
        return Document(key, origin, layout=layout, comments=comments, warnings=(*warnings, *notes, *told), **about)
