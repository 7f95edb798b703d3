"""Leave out older saves of a page, and comments that another input held."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter

from stance.datamodels import Comment, Document, Skip, Strings, counted
from stance.log import Log
from stance.page_layouts import SCORES_LAYOUTS, TABLE_LAYOUTS
from stance.pseudonyms import folded, person
from stance.reading.disk_sort import DiskSort
from stance.reading.saves import age_of, are_saves, common_comments, is_export, is_place_id, newest_save, with_words
from stance.records.digests import input_of, page_of


# Labels refer to documents and comments by their ids, so the newest save gets those of the oldest.
def newest_saves(documents: Iterable[Document], log: Log) -> Iterator[Document]:
    """Yield one document for each address or named thread, in the order of the first ones; others stay as they are.

    Of the saves of a page, the newest counts; of exports and tables, each comment in one of them. Documents with an
    address or a named thread wait on disk until all are read. What another input held in a document that may be the
    same is left out.

    :param log: Logs the number of saves, and of comments that were left out.
    """
    waiting, first_numbers, heard = DiskSort(), dict[str, int](), Heard()
    for number, document in enumerate(documents):
        page = page_of(document.url, document.outlet, document.layout, document.source)
        if page is None and not first_numbers:
            yield from heard.rest(document)
        else:
            age = f"{number:020}" if is_export(document) else age_of(document)
            waiting.add(first_numbers.setdefault(page, number) if page else number, document, age)
    for _, group in groupby(waiting, key=itemgetter(0)):
        pages: list[Document] = []  # of one thread
        for _, document in group:
            same = next((index for index, save in enumerate(pages) if are_saves(save, document)), None)
            if same is None:
                pages.append(document)
            else:
                pages[same] = heard.joined(pages[same], document)
        for document in pages:
            yield from heard.rest(document)
    heard.log(log)


_named_page = lru_cache(1)(page_of)  # all comments of a document ask for it


class Heard:
    """Joins saves, leaves out comments that another input held, and counts both."""

    def __init__(self) -> None:
        self._database = DiskSort().database
        self._database.execute("CREATE TABLE heard (key BLOB PRIMARY KEY, source TEXT, page TEXT) WITHOUT ROWID")
        self._left_out: Counter[tuple[str, str]] = Counter()
        self._copies: dict[str, str] = {}  # source of a page -> that of the first one with its content
        # Document -> its address, or source, the number of its saves, and what only older saves hold.
        self._saves: dict[str, tuple[str, int, set[tuple[str, str, int]]]] = {}

    def joined(self, first: Document, other: Document, saves: int = 0) -> Document:
        """Return two documents of one page as one.

        :param saves: Number of saves of the page, if it is known.
        """
        joined = newest_save(first, other)
        if is_export(first) or is_export(other):
            self._left_out[other.source, first.source] += len(common_comments(first, other))
        else:
            older = other if joined is first else first
            common = common_comments(joined, older)
            _, saves_before, lacking = self._saves.get(first.document_id, ("", 1, set()))
            lacking = lacking | {key for key, comment in with_words(older.comments) if comment.comment_id not in common}
            lacking -= {key for key, _ in with_words(joined.comments)}
            self._saves[first.document_id] = joined.url or joined.source, saves or saves_before + 1, lacking
        return joined

    def rest(self, document: Document) -> Iterator[Document]:
        """Yield a document without the comments that another input held; nothing if nothing is left."""
        if first_source := self.note_page(document):
            self._copies[document.source] = first_source
            return
        gone = {}
        for comment in document.comments if document.has_texts else ():
            if before := self.note(document, comment):
                gone[comment.comment_id] = comment
                self._left_out[input_of(document.source), before] += 1
        if not gone:
            yield document
            return
        items = (item for item in document.comments if item.comment_id not in gone)
        comments = tuple(
            replace(item, reply_to=None, parent_text=gone[item.reply_to].text) if item.reply_to in gone else item
            for item in items
        )
        if comments or document.body:
            scores = tuple(score for score in document.scores if score.comment not in gone)
            yield replace(document, comments=comments, scores=scores)

    def note(self, document: Document, comment: Comment) -> str | None:
        """Note a comment; return the other input that held it in a document that may be the same."""
        other_source = None
        page = _named_page(document.url, None, document.layout, document.source) or ""
        for key in _keys(document, comment):
            if before := self._noted(key, input_of(document.source), page):
                # Two addresses, or two names of threads, are two documents.
                is_other = page and before[1] and page != before[1] and (page[0] == "\n") == (before[1][0] == "\n")
                other_source = other_source or (None if is_other else before[0])
        return other_source

    def note_page(self, document: Document) -> str | None:
        """Note a page; return the source of another one with its id and the same texts.

        The id of a page is the digest of its content, unless a user wrote it.
        """
        if document.layout in TABLE_LAYOUTS | SCORES_LAYOUTS:
            return None
        before = self._noted(_page_key(document), document.source, "")
        return before and before[0]

    def _noted(self, key: bytes, source: str, page: str) -> tuple[str, str] | None:
        """Note a key; return the other source that had it, and its page."""
        if self._database.execute("INSERT OR IGNORE INTO heard VALUES (?, ?, ?)", (key, source, page)).rowcount:
            return None
        query = "SELECT source, page FROM heard WHERE key = ? AND source != ?"
        before: tuple[str, str] | None = self._database.execute(query, (key, source)).fetchone()
        return before

    def forget(self, document: Document) -> None:
        """Drop the comments of a document that another one replaces."""
        keys = [(key,) for comment in document.comments for key in _keys(document, comment)]
        keys.append((_page_key(document),))
        self._database.executemany("DELETE FROM heard WHERE key = ?", keys)

    def log(self, log: Log) -> None:
        """Log how many saves there were, and how many comments were left out."""
        for source, number, lacking in self._saves.values():
            lacks = f"; it lacks {counted(len(lacking), 'comment')} of older ones" if lacking else ""
            log.warn(source, f"{number} saved copies of one page; the newest one counts{lacks}")
        for (source, before), number in self._left_out.items():
            log.warn(source, f"{counted(number, 'comment')} also in {before}; each counts once")
        for source, before in self._copies.items():
            log_copy(source, before, log)


def log_copy(source: str, first: str, log: Log) -> None:
    """Log a document that was read before; of the documents of two tables or archives, once."""
    own_input, other = input_of(source), input_of(first)
    if own_input in (source, other):
        log.warn(source, f"the same document as {first}; counted once")
    elif Skip(own_input, message := f"documents also in {other}; each counted once") not in log.warnings:
        log.warn(own_input, message)


def _keys(document: Document, comment: Comment) -> Iterator[bytes]:
    """Yield the digests by which a comment is known in other inputs: id, author and text; author, time and text.

    Text dumps state times to the minute.
    """
    identities: list[Strings] = [] if is_place_id(comment) else [(document.layout, comment.comment_id)]
    if comment.posted and "T" in comment.posted:
        time = datetime.fromisoformat(comment.posted)
        identities.append(((time.astimezone(UTC) if time.tzinfo else time).isoformat()[:16],))
    for identity in identities if person(comment.author, document.layout) else ():
        words = *identity, folded(comment.author or ""), folded(comment.text), repr(comment.targets)
        yield _key(*words)


def _page_key(document: Document) -> bytes:
    return _key(document.document_id, *(comment.text for comment in document.comments))


def _key(*parts: str) -> bytes:
    return hashlib.blake2b("\n".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).digest()
