"""Find articles that several outlets print, as copies of a news agency are: they are one event, not several.

An article is known by a few of its sentences, those with the smallest digests: an outlet that cuts the last paragraphs
or writes another title keeps most of them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from stance.datamodels import NO_OUTLET, Document, Record, Strings
from stance.text_forms import is_text_number, text_number

SENTENCE = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")


class CopiedArticles:
    """Articles by their sentences, added one at a time."""

    def __init__(self) -> None:
        # Of a sentence, its first article and outlet; None: an outlet repeats it, as a note under each page.
        self._owners: dict[int, tuple[str, str] | None] = {}
        self._outlets: dict[str, dict[str, str | None]] = {}  # article -> outlet -> title, where there are several
        self._without_body: dict[str, str] = {}  # outlets of documents whose articles are not read again

    def name(self, document: Document) -> str:
        """Return the id of an earlier article of another outlet that has half of the sentences; else its own."""
        owner_key, sketch = (document.document_id, document.outlet or NO_OUTLET), _sketch(document)
        if document.event:
            self._outlets.setdefault(document.event, {})[owner_key[1]] = document.title
            return document.event
        if not document.body:
            self._without_body[owner_key[0]] = owner_key[1]
        owners = [owner for shingle in sketch if (owner := self._owners.get(shingle)) and owner[1] != owner_key[1]]
        (first, times), *_ = Counter(owners).most_common(1) or [(owner_key, 0)]
        for shingle in sketch:
            owner = self._owners.setdefault(shingle, owner_key)
            if owner and owner != owner_key and owner[1] == owner_key[1]:
                self._owners[shingle] = None
        # Minimum number of them: fewer may be a caption.
        if len(sketch) < 3 or times * 2 < len(sketch):
            return owner_key[0]
        self._outlets.setdefault(first[0], {first[1]: None})[owner_key[1]] = document.title
        return first[0]

    def records(self) -> tuple[Record, ...]:
        """Return the articles that several outlets have, each with its ``outlets`` and a ``title``."""
        rows = []
        for name, titles in sorted(self._outlets.items()):
            copies = ({self._without_body[name]: None} if name in self._without_body else {}) | titles
            title = next((copies[outlet] for outlet in sorted(copies) if copies[outlet]), None)
            rows.append({"document": name, "outlets": sorted(copies), "title": title})
        return tuple(rows)


def with_events(documents: Iterable[Document]) -> Iterator[Document]:
    """Pass documents on, with the id of an earlier one of another outlet with the same article."""
    copies = CopiedArticles()
    for document in documents:
        name = copies.name(document)
        yield replace(document, event=name if name != document.document_id else None)


def _sketch(document: Document) -> list[int]:
    parts = (part for text in document.body for part in SENTENCE.split(text))
    # Minimum number of words of a sentence that few articles share.
    long = {part for part in parts if len(part.split()) >= 8 or is_text_number(part)}
    # Number of sentences by which an article is known; half of them are enough.
    return sorted({int(text_number(part)[1:]) for part in long})[:8]


def numbered_sentences(document: Document) -> Strings:
    """Return the numbers of the sentences by which an article is known, to stand for its text."""
    return tuple(f"#{number:020}" for number in _sketch(document))
