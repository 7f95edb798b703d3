"""The sampling frame: every comment that can be drawn, each text once.

A frame may hold a million comments, so texts stay on disk, in a temporary file of documents, and a few numbers are held
for each comment. Digests decide everything, so the order in which pages were read changes nothing.
"""

import hashlib
import pickle
import re
import tempfile
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document
from stance.exceptions import InputError
from stance.scoring.instances import own_words

Digests = NDArray[np.uint64]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

GUIDE_LANGUAGES = ("en",)
"""Languages that the label guide covers: its rules and examples are English."""

NONE = "(none)"
"""Part of the name of a stratum where a comment has no outlet, no date or no target."""

EXCLUDED = "in a table of --exclude"
REPEATS = "the same text as another comment; counted once"

BATCH = 2_000
"""Texts that are held together."""

_SHORT = 100  # characters that show of nearly every text that it is not empty
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")

Names = Callable[[Document, Comment], Collection[str]]
"""Returns the targets that a comment names in its own words."""
Cell = tuple[str | None, str | None, str | None, tuple[str, ...]]
"""Outlet, month, document and named targets: the columns of strata."""


def normalised(text: str) -> str:
    """Fold case, white space and invisible characters, to find copies of a text.

    An apostrophe at its start is dropped too, which tables put before a formula.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isprintable():
        folded = _INVISIBLE.sub(" ", folded)
    return " ".join(folded.split()).lstrip("' ")


def text_digest(text: str) -> int:
    """Return a digest of 64 bits of the normalised text."""
    return _digest(normalised(text))


def _digest(*parts: str | int | None) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


def row_id(document: str | None, comment: str | None) -> str:
    """Name a comment among all documents: ``document/comment``, with the ids that scores have."""
    return f"{document or ''}/{comment or ''}"


def row_digest(document: str | None, comment: str | None) -> int:
    """Return a digest of 64 bits of the name of a comment."""
    return _digest(row_id(document, comment))


def language_of(document: Document, comment: Comment) -> str:
    """Return the language a comment is scored in: that of its document if it is too short to detect."""
    return document.language if comment.language == UNKNOWN_LANGUAGE else comment.language


class DocumentFile:
    """Documents in a temporary file without a name, which the system deletes however the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by close
        self._ends = array("Q", [0])

    def close(self) -> None:
        """Free the disk space."""
        self._file.close()

    def add(self, document: Document) -> int:
        """Write a document without its paragraphs.

        :return: Its number.
        :raises InputError: If the disk is full.
        """
        packed = zlib.compress(pickle.dumps(replace(document, body=())), level=1)
        try:
            self._file.seek(self._ends[-1])
            self._file.write(packed)
        except OSError as error:
            place = tempfile.gettempdir()
            raise InputError(f"{place}: {error.strerror}; expected room for the comments to draw from") from None
        self._ends.append(self._ends[-1] + len(packed))
        return len(self._ends) - 2

    def get(self, number: int) -> Document:
        """Read a document."""
        self._file.seek(self._ends[number])
        packed = self._file.read(self._ends[number + 1] - self._ends[number])
        document: Document = pickle.loads(zlib.decompress(packed))  # noqa: S301 written above, by this process
        return document

    def __iter__(self) -> Iterator[Document]:
        """Read all documents, one at a time."""
        return map(self.get, range(len(self._ends) - 1))


@dataclass(frozen=True, slots=True)
class SamplingFrame:
    """Units in the order of their digests; each is one text, at one of the places where it occurs."""

    file: DocumentFile
    texts: Digests  # shape (N,), of the texts
    ids: Digests  # of ``row_id``
    documents: Indices  # numbers in the file
    positions: Indices  # of the comment in its document
    cells: Indices  # numbers in ``cell_names``
    copies: Indices  # how often the text occurs
    is_shared: NDArray[np.bool_]  # another text has the same id
    cell_names: tuple[Cell, ...]
    documents_read: int  # those with a comment in the frame
    left_out: Counter[str]  # reason -> comments

    def __len__(self) -> int:
        """Count the units."""
        return len(self.texts)

    def by_document(self, units: Indices | None = None) -> Iterator[tuple[Indices, Document]]:
        """Yield units (all if not given) with their documents, each once, in the order in which they were read."""
        chosen = np.arange(len(self)) if units is None else units
        ordered = chosen[np.argsort(self.documents[chosen], kind="stable")]
        for part in np.split(ordered, np.flatnonzero(np.diff(self.documents[ordered])) + 1):
            if len(part):
                yield part, self.file.get(int(self.documents[part[0]]))

    def text_batches(self, units: Indices | None = None) -> Iterator[tuple[Indices, list[str]]]:
        """Yield units (all if not given) with their texts, in batches."""
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
        """Return the highest of the values of each unit, by its id; 0 if it has none.

        :param ids: Digests of ``row_id``, in any order, repeated or not.
        :param values: One for each, not negative.
        :return: Shape (N,).
        """
        found = np.zeros(len(self))
        order = np.argsort(self.ids)
        at = np.minimum(np.searchsorted(self.ids, ids, sorter=order), len(self) - 1)
        is_ours = self.ids[order[at]] == ids
        np.maximum.at(found, order[at[is_ours]], values[is_ours])
        return found

    def stratum_names(self, columns: Sequence[str]) -> list[str]:
        """Name the stratum of each cell.

        A comment that names several targets is in the stratum of the one that the fewest comments name, so that a
        rarely named target gets its share of an equal allocation.

        :param columns: Any of ``outlet``, ``target``, ``month``, ``document``.
        """
        counts: Counter[str] = Counter()
        for cell, n in zip(*(part.tolist() for part in np.unique(self.cells, return_counts=True)), strict=True):
            counts.update(dict.fromkeys(self.cell_names[cell][3], n))
        names = []
        for outlet, month, document, named in self.cell_names:
            rarest = min(named, key=lambda target: (counts[target], target), default=None)
            values = {"outlet": outlet, "month": month, "document": document, "target": rarest}
            names.append("; ".join(f"{column}={values[column] or NONE}" for column in columns) or "all")
        return names


@dataclass(slots=True)
class FrameBuilder:
    """Makes a frame of the comments of documents.

    :param file: Where documents are written; stays open as long as the frame is used.
    :param names: Returns the targets that a comment names; asked only if strata need it.
    :param targets: The targets to label, or None for all: a table's row that asks for none of them is left out.
    :param excluded: Digests of texts that are not drawn.
    :param columns: Columns of strata beside the outlet.
    """

    file: DocumentFile
    names: Names | None = None
    targets: Collection[str] | None = None
    excluded: Collection[int] = ()
    columns: Collection[str] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    _cells: dict[Cell, int] = field(default_factory=dict)
    _documents: set[int] = field(default_factory=set)  # the rows of one document may come apart in a table
    _rows: "array[int]" = field(default_factory=lambda: array("Q"))  # six numbers for each comment

    def add(self, document: Document) -> None:
        """Add the comments of a document that can be drawn."""
        number = None
        for position, comment in enumerate(document.comments):
            text = text_digest(comment.text)
            if reason := self._reason_to_leave_out(document, comment, text):
                self.left_out[reason] += 1
                continue
            if number is None:
                number = self.file.add(document)
                self._documents.add(_digest(document.document_id, document.outlet))
            identifier = row_digest(document.document_id, comment.comment_id)
            # Orders the places of a text without regard to the order of reading.
            place = _digest(
                identifier, document.outlet, document.title, comment.author, comment.posted, comment.reply_to,
                comment.parent_text,
            )  # fmt: skip
            cell = self._cells.setdefault(self._cell(document, comment), len(self._cells))
            self._rows.extend((text, place, identifier, number, position, cell))

    def _reason_to_leave_out(self, document: Document, comment: Comment, text: int) -> str | None:
        language = language_of(document, comment)
        if language not in GUIDE_LANGUAGES:
            seen = "no language that can be told" if language == UNKNOWN_LANGUAGE else f"language {language}"
            return f"{seen}; the label guide covers {', '.join(GUIDE_LANGUAGES)}"
        words = own_words(comment.text, comment.quoted)
        if not (normalised(words[:_SHORT]) or normalised(words[_SHORT:])):
            return "no words of their own"
        if self.targets is not None and comment.targets is not None and not set(comment.targets) & set(self.targets):
            return "the table asks for other targets"
        return EXCLUDED if text in self.excluded else None

    def _cell(self, document: Document, comment: Comment) -> Cell:
        month = comment.posted[:7] if comment.posted and "month" in self.columns else None
        name = document.document_id if "document" in self.columns else None
        named = tuple(sorted(self.names(document, comment))) if self.names else ()
        return document.outlet, month, name, named

    def build(self) -> SamplingFrame:
        """Make the frame: each text once, at the place with the smallest digest."""
        rows = np.frombuffer(self._rows, np.uint64).reshape(-1, 6)
        rows = rows[np.lexsort((rows[:, 1], rows[:, 0]))]
        starts = np.flatnonzero(np.diff(rows[:, 0], prepend=~rows[:1, 0]) != 0)
        texts, _, ids, documents, positions, cells = rows[starts].T
        by_id = rows[np.lexsort((rows[:, 0], rows[:, 2]))]
        has_others = (by_id[1:, 2] == by_id[:-1, 2]) & (by_id[1:, 0] != by_id[:-1, 0])
        copies = np.diff(starts, append=len(rows))
        if repeats := int(copies.sum()) - len(starts):
            self.left_out[REPEATS] = repeats
        return SamplingFrame(
            file=self.file,
            texts=texts,
            ids=ids,
            documents=documents.astype(np.intp),
            positions=positions.astype(np.intp),
            cells=cells.astype(np.intp),
            copies=copies,
            is_shared=np.isin(ids, by_id[1:, 2][has_others]),
            cell_names=tuple(self._cells),
            documents_read=len(self._documents),
            left_out=self.left_out,
        )
