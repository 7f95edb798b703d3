"""The frame of a sample: every comment that could be drawn, each text once.

A frame may hold a million comments, so no text stays in memory: documents lie packed in a temporary file without a
name, and of each comment a few numbers are kept. What they are is decided by digests, so the order in which pages were
read changes nothing.
"""

import hashlib
import json
import re
import tempfile
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document
from stance.exceptions import InputError
from stance.labelling.selection import Digests, Floats, Indices

GUIDE_LANGUAGES = ("en",)
"""The languages that the label guide covers: its rules and examples are English."""

NONE = "(none)"
"""Stands in the name of a stratum where a comment has no outlet, no date or no target."""

SHORT = 100
"""Characters of which nearly every text shows that it is not empty."""

BATCH = 2_000
"""Texts that are held together."""

_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")

Names = Callable[[Document, Comment], Collection[str]]
"""Which targets a comment names in its own words."""
OwnWords = Callable[[Comment], str]
"""What a comment says without what it quotes."""
Cell = tuple[str | None, str | None, str | None, tuple[str, ...]]
"""Outlet, month, document and targets named: what strata are made of."""


def normalised(text: str) -> str:
    """Fold what makes no difference to a reader, so that a text is known again: case, spaces, invisible signs.

    Also an apostrophe at its start, which tables put before what a spreadsheet would run.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isprintable():
        folded = _INVISIBLE.sub(" ", folded)
    return " ".join(folded.split()).lstrip("' ")


def text_digest(text: str) -> int:
    """Digest a text as it is compared; 64 bits."""
    return _digest(normalised(text))


def _digest(*parts: str | int | None) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def has_words(text: str) -> bool:
    """Tell whether there is anything to read."""
    return bool(normalised(text[:SHORT]) or normalised(text[SHORT:]))


def row_id(document: str | None, comment: str | None) -> str:
    """Name a comment among all documents: ``document/comment``, both as scores carry them."""
    return f"{document or ''}/{comment or ''}"


def row_digest(document: str | None, comment: str | None) -> int:
    """Digest the name of a comment; 64 bits."""
    return _digest(row_id(document, comment))


# In the order of the fields. Records are for what comes back from other hands; what lies here was never away.
_OF_DOCUMENT = attrgetter(
    "document_id", "source", "outlet", "url", "title", "author", "published", "language", "lead"
)  # fmt: skip
_OF_COMMENT = attrgetter(
    "comment_id", "text", "author", "reply_to", "posted", "votes", "language", "quoted", "parent_text", "targets"
)  # fmt: skip


def _comment(row: list[Any]) -> Comment:
    *values, targets = row
    return Comment(*[*values, None if targets is None else tuple(targets)])


class Shelf:
    """Documents laid aside on disk, in a temporary file that vanishes with the process however that ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by ``close``
        self._ends = array("Q", [0])

    def __enter__(self) -> Self:
        """Use the shelf in a block that closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give the disk space back."""
        self.close()

    def __len__(self) -> int:
        """Count the documents."""
        return len(self._ends) - 1

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()

    def add(self, document: Document) -> int:
        """Lay a document aside without its paragraphs.

        :return: Its number.
        :raises InputError: If the disk is full.
        """
        row = [_OF_DOCUMENT(document), [_OF_COMMENT(comment) for comment in document.comments]]
        packed = zlib.compress(json.dumps(row).encode(), level=1)
        try:
            self._file.seek(self._ends[-1])
            self._file.write(packed)
        except OSError as error:
            raise InputError(
                f"{tempfile.gettempdir()}: {error.strerror}; expected room for the comments to draw from"
            ) from None
        self._ends.append(self._ends[-1] + len(packed))
        return len(self) - 1

    def get(self, number: int) -> Document:
        """Take a document back."""
        self._file.seek(self._ends[number])
        packed = self._file.read(self._ends[number + 1] - self._ends[number])
        of_document, of_comments = json.loads(zlib.decompress(packed))
        return replace(Document(*of_document), comments=tuple(map(_comment, of_comments)))

    def __iter__(self) -> Iterator[Document]:
        """Take all documents back, one at a time."""
        return (self.get(number) for number in range(len(self)))


@dataclass(frozen=True, slots=True)
class Frame:
    """The units of a frame, in the order of their digests; each is one text, at one of the places where it stands."""

    shelf: Shelf
    texts: Digests  # shape (N,), of the texts
    ids: Digests  # of ``row_id``
    documents: NDArray[np.uint32]  # numbers on the shelf
    positions: NDArray[np.uint32]  # of the comment in its document
    cells: NDArray[np.uint32]  # numbers in ``cell_names``
    copies: NDArray[np.intp]  # places where the text stands
    is_shared: NDArray[np.bool_]  # another text has the same id
    cell_names: tuple[Cell, ...]
    documents_read: int  # those with a comment in the frame
    left_out: Counter[str]  # why -> comments

    def __len__(self) -> int:
        """Count the units."""
        return len(self.texts)

    def by_document(self, units: Indices | None = None) -> Iterator[tuple[Indices, Document]]:
        """Give units together with their documents, each document once and in the order in which they were read.

        :param units: All where not given.
        """
        chosen = np.arange(len(self)) if units is None else units
        ordered = chosen[np.argsort(self.documents[chosen], kind="stable")]
        numbers = self.documents[ordered]
        for part in np.split(ordered, np.flatnonzero(np.diff(numbers)) + 1):
            if len(part):
                yield part, self.shelf.get(int(self.documents[part[0]]))

    def text_batches(self, units: Indices | None = None) -> Iterator[tuple[Indices, list[str]]]:
        """Give units together with their texts, in batches.

        :param units: All where not given.
        """
        batch: list[Indices] = []
        texts: list[str] = []
        for part, document in self.by_document(units):
            batch.append(part)
            texts += [document.comments[at].text for at in self.positions[part].tolist()]
            if len(texts) >= BATCH:
                yield np.concatenate(batch), texts
                batch, texts = [], []
        if batch:
            yield np.concatenate(batch), texts

    def highest(self, ids: Digests, values: Floats) -> Floats:
        """Give each unit the highest of the values that are given for its id; 0 where there is none.

        :param ids: Digests of ``row_id``, in any order and as often as may be.
        :param values: One for each, not negative.
        :return: Shape (N,).
        """
        found = np.zeros(len(self))
        if not len(self):
            return found
        order = np.argsort(self.ids)
        at = np.minimum(np.searchsorted(self.ids, ids, sorter=order), len(self) - 1)
        is_ours = self.ids[order[at]] == ids
        np.maximum.at(found, order[at[is_ours]], values[is_ours])
        return found


@dataclass(slots=True)
class FrameBuilder:
    """Takes documents one after the other and makes a frame of their comments.

    :param shelf: Where they are laid aside; stays open as long as the frame is used.
    :param own_words: What a comment says without what it quotes.
    :param names: Which targets a comment names; asked only where strata need it.
    :param targets: The targets to label, or None for all: a table's row that asks for none of them is left out.
    :param excluded: Digests of texts that are not drawn.
    :param columns: What strata are made of, beside the outlet.
    """

    shelf: Shelf
    own_words: OwnWords
    names: Names | None = None
    targets: Collection[str] | None = None
    excluded: Collection[int] = ()
    columns: Collection[str] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    _cells: dict[Cell, int] = field(default_factory=dict)
    _documents: set[int] = field(default_factory=set)  # of a table, rows of one may stand apart
    _digests: tuple["array[int]", ...] = field(default_factory=lambda: tuple(array("Q") for _ in range(3)))
    _numbers: tuple["array[int]", ...] = field(default_factory=lambda: tuple(array("I") for _ in range(3)))

    def add(self, document: Document) -> None:
        """Add the comments of a document that can be drawn."""
        number = None
        for position, comment in enumerate(document.comments):
            text = text_digest(comment.text)
            if reason := self._reason(document, comment, text):
                self.left_out[reason] += 1
                continue
            if number is None:
                number = self.shelf.add(document)
                self._documents.add(_digest(document.document_id, document.outlet))
            self._note(document, comment, text, (number, position))

    def _reason(self, document: Document, comment: Comment, text: int) -> str | None:
        """Say why a comment cannot be drawn."""
        language = read_as(document, comment)
        if language not in GUIDE_LANGUAGES:
            told = "no language that can be told" if language == UNKNOWN_LANGUAGE else f"language {language}"
            return f"{told}; the label guide covers {', '.join(GUIDE_LANGUAGES)}"
        if not has_words(self.own_words(comment)):
            return "no words of their own"
        if self.targets is not None and comment.targets is not None and not set(comment.targets) & set(self.targets):
            return "the table asks for other targets"
        return "in a table of --exclude" if text in self.excluded else None

    def _note(self, document: Document, comment: Comment, text: int, place: tuple[int, int]) -> None:
        identifier = row_digest(document.document_id, comment.comment_id)
        # Which of a text's places stands for it must not hang on the order of reading.
        first = _digest(
            identifier, document.outlet, document.title, comment.author, comment.posted, comment.reply_to,
            comment.parent_text,
        )  # fmt: skip
        cell = self._cells.setdefault(self._cell(document, comment), len(self._cells))
        for column, value in zip((*self._digests, *self._numbers), (text, first, identifier, *place, cell),
                                 strict=True):  # fmt: skip
            column.append(value)

    def _cell(self, document: Document, comment: Comment) -> Cell:
        month = comment.posted[:7] if comment.posted and "month" in self.columns else None
        name = document.document_id if "document" in self.columns else None
        named = tuple(sorted(self.names(document, comment))) if self.names else ()
        return document.outlet, month, name, named

    def build(self) -> Frame:
        """Make the frame: each text once, at the place with the smallest digest."""
        texts, places, ids = (np.frombuffer(column, np.uint64) for column in self._digests)
        documents, positions, cells = (np.frombuffer(column, np.uint32) for column in self._numbers)
        order = np.lexsort((places, texts))
        starts = np.flatnonzero(np.diff(texts[order], prepend=~texts[order][:1]) != 0)
        chosen = order[starts]
        return Frame(
            shelf=self.shelf,
            texts=texts[chosen],
            ids=ids[chosen],
            documents=documents[chosen],
            positions=positions[chosen],
            cells=cells[chosen],
            copies=np.diff(starts, append=len(texts)),
            is_shared=np.isin(ids[chosen], _shared(ids, texts)),
            cell_names=tuple(self._cells),
            documents_read=len(self._documents),
            left_out=self.left_out,
        )


def _shared(ids: Digests, texts: Digests) -> Digests:
    """Find the ids that name more than one text."""
    order = np.lexsort((texts, ids))
    ids, texts = ids[order], texts[order]
    is_shared = (ids[1:] == ids[:-1]) & (texts[1:] != texts[:-1])
    return np.unique(ids[1:][is_shared])


def read_as(document: Document, comment: Comment) -> str:
    """Give the language that a comment is read as: that of its document where it is too short to tell."""
    return document.language if comment.language == UNKNOWN_LANGUAGE else comment.language


def stratum_names(frame: Frame, columns: Sequence[str]) -> list[str]:
    """Name the stratum of each cell.

    A comment that names several targets is in the stratum of the one that the fewest comments of the frame name, so
    that a seldom-named target gets its share of an equal allocation.

    :param columns: Any of ``outlet``, ``target``, ``month``, ``document``.
    """
    counts: Counter[str] = Counter()
    for cell, n in zip(*(part.tolist() for part in np.unique(frame.cells, return_counts=True)), strict=True):
        counts.update(dict.fromkeys(frame.cell_names[cell][3], n))
    return [_stratum_name(cell, columns, counts) for cell in frame.cell_names]


def _stratum_name(cell: Cell, columns: Sequence[str], counts: Counter[str]) -> str:
    outlet, month, document, named = cell
    rarest = min(named, key=lambda target: (counts[target], target), default=None)
    values = {"outlet": outlet, "month": month, "document": document, "target": rarest}
    return "; ".join(f"{column}={values[column] or NONE}" for column in columns) or "all"
