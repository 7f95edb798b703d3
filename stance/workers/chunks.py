"""Parts of a stream that are worked on together."""

from collections.abc import Iterable, Iterator
from typing import Any

from stance.datamodels import Document, Page

CHUNK_ITEMS = 200
"""Maximum characters and items of a chunk: a second or so of work, little to do again, transport repaid."""

Stream = Iterable[Any]
"""Pages, documents, and what is only passed on."""

Batch = list[Any]
"""Items for a worker, or their outcomes."""


def cut_chunks(stream: Stream) -> Iterator[Batch]:
    """Cut a stream into parts that are worked on together."""
    chunk, size = [], 0
    for item in stream:
        chunk.append(item)
        size += size_of(item)
        if size >= 60_000 or len(chunk) >= CHUNK_ITEMS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def needs_work(item: object) -> bool:
    """Return whether something is a page, or a document with texts; all else is only passed on."""
    return isinstance(item, Page) or (isinstance(item, Document) and item.has_texts)


def merged(chunk: Stream, outcomes: Stream) -> Iterator[Any]:
    """Yield a chunk with outcomes in the places that needed work."""
    results = iter(outcomes)
    return (next(results) if needs_work(item) else item for item in chunk)


def size_of(item: object) -> int:
    """Return how much work an item is, in characters of text; other things are none."""
    if isinstance(item, Document):
        return sum(map(len, item.body)) + sum(len(comment.text) for comment in item.comments)
    return len(item.text) if isinstance(item, Page) else 0
