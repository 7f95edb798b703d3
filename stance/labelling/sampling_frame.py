"""Build the sampling frame: every comment that can be drawn, each text once.

A frame may hold a million comments, so texts stay in a temporary file and only a few numbers per comment are in memory.
Ordering is by digest, so the order in which pages were read changes nothing.
"""

import hashlib
import io
import pickle
import re
import tempfile
import unicodedata
import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Score, Unit, own_words
from stance.exceptions import InputError
from stance.pseudonyms import Naming
from stance.store.labels import Guess, Item, Pair

Digests = NDArray[np.uint64]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

UNIT = np.dtype([(name, np.uint64) for name in ("text", "place", "id", "document", "position", "cell")])
"""Digests of a text, of the place where it occurs and of ``row_id``; numbers of the document, of the comment in it and
of its cell."""

Units = NDArray[np.void]

GUIDE_LANGUAGES = ("en",)
"""Languages that the label guide covers: its rules and examples are English."""

NONE = "(none)"
"""Part of the name of a stratum where a comment has no outlet, no date or no target."""

EXCLUDED = "in a table of --exclude, or sampled for the other role"
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


def make_item(
    document: Document, comment: Comment, targets: Iterable[str], naming: Naming, texts: Mapping[str, str]
) -> Item:
    """Return a comment as an item to label.

    :param naming: Replaces names of authors.
    :param texts: Comments of the document by their ids.
    """
    return Item(
        identifier=row_id(document.document_id, comment.comment_id),
        text=comment.text,
        pairs=tuple(Pair(target) for target in dict.fromkeys(targets)),
        document=document.document_id,
        outlet=document.outlet,
        author=naming(comment.author, document.outlet),
        parent=comment.parent_text or texts.get(comment.reply_to or ""),
        title=document.title,
        lead=document.lead,
        language=language_of(document, comment),
    )


Guesses = dict[tuple[str, str], Guess]
"""By identifier of an item and target."""


def guesses_of(scores: Iterable[Score]) -> Guesses:
    """Return the most probable stance of each scored comment and target."""
    return {
        (row_id(score.document, score.comment), score.target): Guess(score.stance, max(probabilities), score.model)
        for score in scores
        if score.unit is Unit.COMMENT and (probabilities := score.probabilities) and score.stance
    }


def with_guesses(item: Item, guesses: Guesses) -> Item:
    """Add a model's guesses to the pairs of an item."""
    pairs = (replace(pair, guess=guesses.get((item.identifier, pair.target))) for pair in item.pairs)
    return replace(item, pairs=tuple(pairs))


class DocumentFile:
    """Documents in a temporary file without a name, which the system deletes however the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by close
        self._starts = array("Q")
        self.close = self._file.close

    def add(self, document: Document) -> int:
        """Write a document without its paragraphs.

        :return: Its number.
        :raises InputError: If the disk is full.
        """
        try:
            self._starts.append(self._file.seek(0, io.SEEK_END))
            self._file.write(zlib.compress(pickle.dumps(replace(document, body=())), level=1))
        except OSError as error:
            place = tempfile.gettempdir()
            raise InputError(f"{place}: {error.strerror}; expected room for the comments to draw from") from None
        return len(self._starts) - 1

    def get(self, number: int) -> Document:
        """Read a document."""
        self._file.seek(self._starts[number])
        end = self._starts[number + 1] if number + 1 < len(self._starts) else None
        packed = self._file.read(None if end is None else end - self._starts[number])
        document: Document = pickle.loads(zlib.decompress(packed))  # noqa: S301 written above, by this process
        return document

    def __iter__(self) -> Iterator[Document]:
        """Read all documents, one at a time."""
        return map(self.get, range(len(self._starts)))


@dataclass(frozen=True, slots=True)
class SamplingFrame:
    """Units in the order of their digests; each is one text, at one of the places where it occurs."""

    file: DocumentFile
    units: Units
    copies: Indices  # how often the text of each unit occurs
    is_shared: NDArray[np.bool_]  # another text has the same id
    cell_names: tuple[Cell, ...]
    documents_read: int  # those with a comment in the frame
    left_out: Counter[str]  # reason -> comments

    def __len__(self) -> int:
        """Count the units."""
        return len(self.units)

    def by_document(self, units: Indices | None = None) -> Iterator[tuple[Indices, Document]]:
        """Yield units (all if not given) with their documents, each once, in the order in which they were read."""
        chosen = np.arange(len(self)) if units is None else units
        documents = self.units["document"]
        ordered = chosen[np.argsort(documents[chosen], kind="stable")]
        for part in np.split(ordered, np.flatnonzero(np.diff(documents[ordered])) + 1):
            if len(part):
                yield part, self.file.get(int(documents[part[0]]))

    def text_batches(self, units: Indices | None = None) -> Iterator[tuple[Indices, list[str]]]:
        """Yield units (all if not given) with their texts, in batches."""
        batch: list[Indices] = []
        texts: list[str] = []
        for part, document in self.by_document(units):
            batch.append(part)
            texts += [document.comments[at].text for at in self.units["position"][part].tolist()]
            if len(texts) >= BATCH:
                yield np.concatenate(batch), texts
                batch, texts = [], []
        if batch:
            yield np.concatenate(batch), texts

    def stratum_names(self, columns: Sequence[str]) -> list[str]:
        """Name the stratum of each cell.

        A comment that names several targets is in the stratum of the one that the fewest comments name, so that a
        rarely named target gets its share of an equal allocation.

        :param columns: Any of ``outlet``, ``target``, ``month``, ``document``.
        """
        counts: Counter[str] = Counter()
        for cell, n in Counter(self.units["cell"].tolist()).items():
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
        rows: Units = np.frombuffer(self._rows, UNIT)
        rows = rows[np.lexsort((rows["place"], rows["text"]))]
        starts = np.flatnonzero(np.diff(rows["text"], prepend=~rows["text"][:1]) != 0)
        copies = np.diff(starts, append=len(rows))
        if repeats := int(copies.sum()) - len(starts):
            self.left_out[REPEATS] = repeats
        by_id = rows[np.lexsort((rows["text"], rows["id"]))]
        ids, texts = by_id["id"], by_id["text"]
        shared = ids[1:][(ids[1:] == ids[:-1]) & (texts[1:] != texts[:-1])]
        units = rows[starts]
        is_shared, cells = np.isin(units["id"], shared), tuple(self._cells)
        return SamplingFrame(self.file, units, copies, is_shared, cells, len(self._documents), self.left_out)
