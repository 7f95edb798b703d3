"""Add documents to a run of a store, the newest save of each page and each comment once."""

import json
from itertools import groupby
from operator import itemgetter

from stance.datamodels import Comment, Document
from stance.reading.repeats import Heard
from stance.reading.saves import are_saves
from stance.records.digests import DocumentIds, content_of, page_of
from stance.store.documents import Store, StoredInput, StoredRun
from stance.store.schema import long_query


class RunWriter:
    """Adds documents to a run of a store: of the saves of one page the newest, of other inputs each comment once.

    The document and its comments keep their ids, so that labels of them hold.
    """

    def __init__(self, store: Store, run: StoredRun) -> None:
        self._store, self._run, self.heard = store, run, Heard()
        self._ids = DocumentIds(store.rows(long_query("ids"), run.number))
        self._pages: dict[str, list[int]] = {}  # several: pages of one thread
        rows = store.rows(long_query("held"), run.number)
        for (number, *facts, layout), parts in groupby(rows, itemgetter(*range(6))):
            comments = tuple(
                Comment(key, text, author, posted=posted, targets=targets and tuple(json.loads(targets)))
                for *_, key, text, author, posted, targets in parts
                if text is not None
            )
            name, source, outlet, url = facts
            document = Document(name, source, outlet, url, comments=comments, layout=layout)
            if page := _page(document):
                self._pages.setdefault(page, []).append(number)
            self.heard.note_page(document)
            for comment in comments:
                self.heard.note(document, comment)

    def add(self, stored_input: StoredInput, document: Document, content: str) -> int | None:
        """Add a document with its scores, in one transaction.

        :param content: Digest of what it says.
        :return: Its number; None if other inputs hold all of it.
        """
        store, run, inputs, page = self._store, self._run, list[int](), _page(document)
        with store.transaction():
            pages = self._pages.setdefault(page, []) if page else []
            same = store.number_of(run, content)
            for stored in () if same in pages else store.stored(run, lambda _: None, pages):  # without damaged ones
                if are_saves(stored.document, document):
                    inputs = store.take_out(run, stored.number)
                    pages.remove(stored.number)
                    self.heard.forget(stored.document)
                    document = self.heard.joined(stored.document, document, len({*inputs, stored_input.number}))
                    content = content_of(document)
                    break
            news = next(self.heard.rest(document), None)
            if news is None:
                return None
            content = content if news is document else content_of(news)
            is_known = bool(inputs) or same is not None
            added = news if is_known else self._ids.distinct(news, stored_input.path)
            number = store.add_document(run, stored_input, added, content)
            for other in inputs:
                store.add_occurrence(run, number, other)
            if number not in pages:
                pages.append(number)
            return number


def _page(document: Document) -> str | None:
    return page_of(document.url, document.outlet, document.layout, document.source)
