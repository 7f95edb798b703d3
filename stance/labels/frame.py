"""Gather the sampling frame: every comment that can be drawn, each text once, at one of the places where it occurs.

A frame may hold a million comments, so texts stay in a temporary file and only a few numbers per comment are in memory.
"""

import hashlib
import io
import pickle
import tempfile
from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stance import datamodels, text_forms
from stance.datamodels import Comment, Document
from stance.exceptions import InputError
from stance.labels.adjudication import plain_number
from stance.labels.separation import apart
from stance.options.labelling import SampleOptions
from stance.records.digests import page_name, pair_digest
from stance.resources import NAMED_LANGUAGES
from stance.resources.files import file_errors
from stance.scoring.targets.target_set import TargetSet
from stance.store.items import row_id

Digests: TypeAlias = NDArray[np.uint64]

Floats: TypeAlias = NDArray[np.float64]

Indices: TypeAlias = NDArray[np.intp]

Wanted: TypeAlias = Callable[[Comment], Collection[str]]

Strata: TypeAlias = tuple[Indices, Sequence[str]]
"""The number of each unit's stratum, shape (N,), and the names of the strata, which all have units."""

Cell: TypeAlias = tuple[str | None, str | None, str | None]
"""Outlet, month and document: the columns of strata."""

UNIT = np.dtype([(name, np.uint64) for name in ("text", "place", "id", "document", "position", "cell")])
"""Columns of units: digests of a text, of the place where it occurs and of ``row_id``; numbers of the document, of the
comment in it and of its cell."""

GUIDE_LANGUAGES = ("en", *NAMED_LANGUAGES)
"""Words: languages in which comments can be scored, and were labelled by the guide; its own examples are English."""

NONE = "(none)"

EXCLUDED = "in a file given to --exclude, or sampled for the other role"

LEARNED = "the model learned from these comments; with --model vader, none of them is left out"

AUDITED = "under an article of the audit"

REPEATS = "the same text as another comment; one label counts for all"


def text_digest(text: str) -> int:
    """Return a digest of 64 bits of the normalised text."""
    return _digest(text_forms.normalised(text))


def row_digest(document: str | None, comment: str | None) -> int:
    """Return a digest of 64 bits of the name of a comment."""
    return _digest(row_id(document, comment))


def _digest(*parts: str | int | None) -> int:
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest(), "big")


class SamplingFrame:
    """Every comment that can be drawn, each text once, at one of the places where it occurs.

    Documents are in a temporary file without a name, which the system deletes however the process ends.

    :param wanted: Returns the targets to label of a comment; one without any is left out.
    :param columns: Columns of strata.
    :param excluded: Digests of texts that are not drawn.
    :param learned: Digests of pairs of a text and a target that the model learned from.
    :param languages: Languages that are drawn; None: all that the label guide covers.
    """

    def __init__(
        self,
        targets_of: Wanted,
        columns: Collection[str] = (),
        excluded: Collection[int] = (),
        learned: Collection[int] = (),
        languages: Collection[str] | None = None,
    ) -> None:
        self._wanted, self._columns = targets_of, columns
        self._excluded, self._learned, self._languages = excluded, learned, languages
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 closed by close
        self.close = self._file.close
        self._starts, self._rows = array("Q"), array("Q")  # of documents; six numbers for each comment
        self._stories: list[str | None] = []  # of documents
        self._cells: dict[Cell, int] = {}
        self.documents_seen = set[int]()  # the rows of one document may come apart in a table
        self.left_out = Counter[str]()  # reason -> comments
        self.units: NDArray[np.void] = np.zeros(0, UNIT)  # in the order of their digests
        self.copies: Indices = np.zeros(0, np.intp)  # how often the text of each unit occurs
        self.is_shared: NDArray[np.bool_] = np.zeros(0, bool)  # another text has the same id

    def __len__(self) -> int:
        """Count the units."""
        return len(self.units)

    @property
    def cells(self) -> list[Cell]:
        """The columns of strata, by the numbers of the cells."""
        return [*self._cells]

    def documents(self) -> Iterator[Document]:
        """Read all documents, one at a time."""
        return map(self.document, range(len(self._starts)))

    def document(self, number: int) -> Document:
        """Read a document; it has no paragraphs."""
        self._file.seek(self._starts[number])
        return pickle.load(self._file)  # noqa: S301 written here, by this process

    def add(self, document: Document) -> None:
        """Add the comments of a document that can be drawn.

        :raises InputError: If the disk is full.
        """
        texts = {position: text_digest(comment.text) for position, comment in enumerate(document.comments)}
        unscored = {s.comment for s in document.scores if s.unit == "comment" and not (s.probabilities or s.undecided)}
        reasons = {i: self._reason_against(document, document.comments[i], text, unscored) for i, text in texts.items()}
        self.left_out.update(filter(None, reasons.values()))
        positions = [position for position, reason in reasons.items() if reason is None]
        if not positions:
            return
        with file_errors(tempfile.gettempdir(), expected="space for the comments to draw from", kind=InputError):
            self._starts.append(self._file.seek(0, io.SEEK_END))
            pickle.dump(replace(document, body=()), self._file)
        self.documents_seen.add(_digest(document.document_id, document.outlet))
        self._stories.append(None if document.articles else plain_number(document.document_id))
        for position in positions:
            comment = document.comments[position]
            identifier = row_digest(document.document_id, comment.comment_id)
            # Orders the places of a text without regard to the order of reading.
            place_digest = _digest(
                identifier, document.outlet, document.title, comment.author, comment.posted, comment.reply_to,
                comment.parent_text,
            )  # fmt: skip
            cell = self._cells.setdefault(self._cell(document, comment), len(self._cells))
            self._rows.extend((texts[position], place_digest, identifier, len(self._starts) - 1, position, cell))

    def _reason_against(self, document: Document, comment: Comment, text: int, unscored: set[str | None]) -> str | None:
        language = datamodels.read_as(comment.language, document.language)
        if language not in GUIDE_LANGUAGES:
            problem = "no known language" if language == datamodels.UNKNOWN_LANGUAGE else f"language {language}"
            return f"{problem}; the label guide covers {', '.join(GUIDE_LANGUAGES)}"
        if comment.comment_id in unscored or (self._languages is not None and language not in self._languages):
            return f"language {language}, which is not scored (see --languages)"
        if not text_forms.normalised(comment.own_words):
            return "no words besides quotations"
        if not (targets := self._wanted(comment)):
            return "the table names other targets"
        if self._learned and any(pair_digest(comment.text, target) in self._learned for target in targets):
            return LEARNED
        return EXCLUDED if text in self._excluded else None

    def _cell(self, document: Document, comment: Comment) -> Cell:
        month = comment.posted[:7] if comment.posted and "month" in self._columns else None
        name = document.document_id if "document" in self._columns else None
        return document.outlet, month, name

    def finish(self, audited: Collection[str | None] = (), enough: int = 0) -> None:
        """Keep each text once, at the place with the smallest digest.

        :param audited: Articles that are left out, if as many comments of others as are ``enough`` remain.
        """
        import pandas as pd

        rows = pd.DataFrame(np.frombuffer(self._rows, UNIT)).sort_values(["text", "place"])
        units, copies = rows.drop_duplicates("text"), np.asarray(rows.groupby("text").size(), np.intp)
        is_audited = np.array([story in audited for story in self._stories], bool)
        is_apart = apart(is_audited[units["document"]], enough)
        self.units, self.copies = units[is_apart].to_records(index=False), copies[is_apart]
        if shared := len(units) - len(self.units):
            self.left_out[AUDITED] = shared
        if repeats := len(rows) - len(units):
            self.left_out[REPEATS] = repeats
        ids = rows.drop_duplicates(["id", "text"])["id"]
        self.is_shared = np.isin(self.units["id"], ids[ids.duplicated()])


def stratify(frame: SamplingFrame, design: SampleOptions) -> Strata:
    """Divide a frame by the columns of the design; without any, all of it is one stratum."""
    import pandas as pd

    of_cells = []
    for outlet, month, document in frame.cells:
        values = {"outlet": outlet, "month": month, "document": document}
        of_cells.append("; ".join(f"{column}={values[column] or NONE}" for column in design.stratify) or "all")
    numbers, names = pd.factorize(np.array(of_cells, object)[frame.units["cell"]], sort=True)
    return numbers, names.tolist()


def choose_page(documents: Iterable[Document], page: str, targets: TargetSet) -> tuple[list[Document], int]:
    """Choose a page whose comments are drawn, each toward the targets that it names itself.

    :param page: Its id, as in ``summary.json`` and in the name of its page.
    :return: The documents with this id, and the number of comments to draw.
    :raises InputError: If there is none, or no comment of it names a target.
    """
    pages, count = [], 0
    for document in documents:
        if page not in (document.document_id, page_name(document.document_id).removesuffix(".html")):
            continue
        comments, texts = [], {comment.comment_id: comment.text for comment in document.comments}
        for comment in document.comments:
            words = comment.own_words
            language = datamodels.read_as(comment.language, document.language)
            mentions = {mention.target for mention in targets.find(words, language=language)}
            if names := tuple(target for target in targets.ids if target in mentions):
                parent = comment.parent_text or texts.get(comment.reply_to or "")
                comments.append(replace(comment, targets=names, parent_text=parent))
        count += len(comments)
        pages.append(replace(document, comments=tuple(comments)))
    if not count:
        problem = "no comment of it names a target" if pages else "no such page; ids are in summary.json"
        raise InputError(f"--page {page[:80]}: {problem}")
    return pages, datamodels.size_of_page(count)
