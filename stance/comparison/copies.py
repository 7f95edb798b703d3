"""Find articles that several outlets print, as copies of a news agency are: they are one event, not several.

An article is known by a few of its sentences, those with the smallest digests: an outlet that cuts the last paragraphs
or writes another title keeps most of them.
"""

import hashlib
import re
from collections import Counter

from stance.datamodels import NO_OUTLET, Document, Record, normalised


class CopiesConstants:
    """Constants of this module."""

    sentences = 8
    """Number of sentences by which an article is known; half of them are enough."""
    fewest = 3
    """Minimum number of them: fewer may be a caption."""
    fewest_words = 8
    """Minimum number of words of a sentence that few articles share."""
    sentence = re.compile(r"(?<=[.!?…])[\"”’)]*\s+")


_C = CopiesConstants


class CopiedArticles:
    """Articles by their sentences, added one at a time."""

    def __init__(self) -> None:
        # Of a sentence, its first article and outlet; None: an outlet repeats it, as a note under each page.
        self._owners: dict[int, tuple[str, str] | None] = {}
        self._outlets: dict[str, dict[str, str | None]] = {}  # article -> outlet -> title, where there are several

    def name(self, document: Document) -> str:
        """Return the id of an earlier article of another outlet that has half of the sentences; else its own."""
        own, sketch = (document.document_id, document.outlet or NO_OUTLET), _sketch(document)
        found = [owner for each in sketch if (owner := self._owners.get(each)) and owner[1] != own[1]]
        (first, times), *_ = Counter(found).most_common(1) or [(own, 0)]
        for each in sketch:
            owner = self._owners.setdefault(each, own)
            if owner and owner != own and owner[1] == own[1]:
                self._owners[each] = None
        if len(sketch) < _C.fewest or times * 2 < len(sketch):
            return own[0]
        self._outlets.setdefault(first[0], {first[1]: None})[own[1]] = document.title
        return first[0]

    def records(self) -> tuple[Record, ...]:
        """Return the articles that several outlets have, each with its ``outlets`` and a ``title``."""
        return tuple(
            {"document": name, "outlets": sorted(titles), "title": next(filter(None, titles.values()), None)}
            for name, titles in sorted(self._outlets.items())
        )


def _sketch(document: Document) -> list[int]:
    parts = (part for text in document.body for part in _C.sentence.split(text))
    texts = {normalised(part) for part in parts if len(part.split()) >= _C.fewest_words}
    digests = (hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest() for text in texts)
    return sorted(int.from_bytes(each, "big") for each in digests)[: _C.sentences]
