"""Join the saves of one page that are stored in one run, or come to it later."""

from collections import defaultdict

from stance.datamodels import Document
from stance.log import Log
from stance.reading.saves import MOST_TEXTS, SavedPage
from stance.records import content_of, page_of
from stance.store.documents import Store, StoredInput, StoredRun

_OF_RUN = """
SELECT DISTINCT document, url, outlet, layout FROM documents JOIN occurrences USING (document) JOIN inputs USING (input)
WHERE run = ? AND url IS NOT NULL
"""


class RunWriter:
    """Adds documents to a run of a store.

    A save of a page that the run holds is joined to it, unless the run keeps saves. The document and its comments keep
    their ids, so that labels of them hold.
    """

    def __init__(self, store: Store, run: StoredRun) -> None:
        self._store, self._run = store, run
        self._pages: defaultdict[str, list[int]] = defaultdict(list)  # numbers of documents
        self._joined: dict[str, SavedPage] = {}
        for number, *known in () if run.settings.get("keep_saves") else store.rows(_OF_RUN, run.number):
            if page := page_of(*known):
                self._pages[page].append(number)

    def add(self, each: StoredInput, document: Document, content: str) -> int:
        """Add a document with its scores, in one transaction.

        :param content: Digest of what it says.
        :return: Its number.
        """
        store, run, inputs = self._store, self._run, list[int]()
        page = None if run.settings.get("keep_saves") else page_of(document.url, document.outlet, document.layout)
        with store.transaction():
            if page and store.number_of(run, content) not in self._pages[page]:
                for known in self._pages[page][:MOST_TEXTS]:
                    if saved := self._join(known, document):
                        self._pages[page].remove(known)
                        inputs = store.take_out(run, known)
                        saved.saves = len({*inputs, each.number})
                        self._joined[page], document = saved, saved.joined()
                        content = content_of(document)
                        break
            number = store.add_document(run, each, document, content)
            for other in inputs:
                store.add_occurrence(number, other)
            if page and number not in self._pages[page]:
                self._pages[page].append(number)
            return number

    def _join(self, known: int, document: Document) -> SavedPage | None:
        """Join a document to a stored one, if it is a save of the same page; damaged ones are left out."""
        for stored in self._store.stored(self._run, lambda _: None, (known,)):
            saved = SavedPage(stored.document)
            if saved.agrees(document):
                saved.add(document)
                return saved
        return None

    def tell(self, log: Log) -> None:
        """Log how many saves were joined."""
        for saved in self._joined.values():
            saved.tell(log)
