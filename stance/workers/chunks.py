"""Parts of a stream that are worked on together."""

from collections.abc import Iterable, Iterator
from typing import Any

from stance.datamodels import Document, Page

CHUNK_CHARACTERS = 60_000

CHUNK_ITEMS = 200
"""Maximum characters and items of a chunk: a second or so of work, little to do again, transport repaid."""

Stream = Iterable[Any]
"""Pages, documents, and what is only passed on."""

Batch = list[Any]
"""Items for a worker, or their outcomes."""


def cut_chunks(stream: Stream) -> Iterator[Batch]:
    """Cut a stream into parts that are worked on together."""
    chunk, size = [], 0
    for each in stream:
        chunk.append(each)
        size += size_of(each)
        if size >= CHUNK_CHARACTERS or len(chunk) >= CHUNK_ITEMS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def needs_work(each: object) -> bool:
    """Return whether something is a page, or a document with texts; all else is only passed on."""
    return isinstance(each, Page) or (isinstance(each, Document) and each.has_texts)


def merged(chunk: Stream, outcomes: Stream) -> Iterator[Any]:
    """Yield a chunk with outcomes in the places that needed work."""
    given = iter(outcomes)
    return (next(given) if needs_work(each) else each for each in chunk)


def size_of(item: object) -> int:
    """Return how much work an item is, in characters of text; other things are none."""
    if isinstance(item, Document):
        return sum(map(len, item.body)) + sum(len(comment.text) for comment in item.comments)
    return len(item.text) if isinstance(item, Page) else 0
