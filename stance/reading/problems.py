"""Report bad rows of a table or records of an archive, and bound the reading."""

import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from stance.datamodels import OnSkip, Skip
from stance.exceptions import ColumnsError, InputError
from stance.limits import Limits
from stance.reading.encodings import REPAIRED, byte_order_mark, clean, encoding_of, repaired
from stance.reading.packed import head

Part = TypeVar("Part")


@dataclass(slots=True)
class Problems:
    """Reports bad rows of a table or records of an archive: names the first and counts the rest."""

    source: str
    skip: OnSkip
    limits: Limits
    unit: str = "line"
    # In the encoding; with ``strict``, only UTF-8 is read, and what a mark declares.
    errors: str = "replace"
    parts: int = 0  # good or bad
    count: int = 0  # of the bad ones
    misfits: int = 0  # of them, those without the columns that are asked for
    named: list[int] = field(default_factory=list)  # rows of each report
    warn: Callable[[str, str], None] = lambda *_: None  # with the source and each note of the whole input
    notes: list[str] = field(default_factory=list)  # of the whole input, which are passed on with a document
    noted: set[str] = field(default_factory=set)

    def decoded(self, reader: io.BufferedReader) -> io.TextIOWrapper:
        """Open the input as text; note its encoding if it is a guess."""
        encoding, is_guess = byte_order_mark(head(reader)) or "utf-8", False
        if self.errors != "strict":
            encoding, is_guess = encoding_of(reader)
        if is_guess:
            self.note(f"encoding was guessed: {encoding}")
        return io.TextIOWrapper(reader, encoding, errors=self.errors, newline=None)

    def note(self, text: str, example: str = "") -> None:
        """Note something of the whole input once; the cells of a column are mostly written in one way.

        :param example: Takes the place of ``{}`` in the text.
        """
        if text not in self.noted:
            self.noted.add(text)
            self.notes.append(text.format(clean(example)[:40]) if example else text)

    def tell(self) -> None:
        """Pass on the notes that were not."""
        while self.notes:
            self.warn(self.source, self.notes.pop(0))

    def mended(self, text: str, name: str) -> str:
        """Repair and clean a field.

        :raises InputError: If it is too long; texts are bounded elsewhere.
        """
        if re.search("[\0\ufffd\ud800-\udfff]", text):
            self.note("NUL bytes were removed, or unreadable characters are shown as \ufffd, such as in {!r}", text)
        text = unicodedata.normalize("NFC", text)
        if (plain := repaired(text)) != text:
            self.note(REPAIRED)
        if len(text) > self.limits.field_chars and name not in ("text", "body"):
            raise InputError(f"{name} has {len(text):,} characters; expected at most {self.limits.field_chars:,}")
        return clean(plain).strip()

    def bounded(self, rows: Iterable[Part]) -> Iterator[Part]:
        """Yield rows up to the limit or a fault of the whole table, which is reported; those before are good."""
        try:
            for row in rows:
                if self.parts == self.limits.rows:
                    raise InputError(f"more than {self.limits.rows:,} rows (the limit); the rest was left out")
                self.parts += 1
                yield row
        except ColumnsError:
            raise
        except InputError as error:
            self.add_whole(str(error))

    def add(self, number: int, error: InputError | str, rows: int = 1) -> None:
        """Report one part, or the first of several with the same fault."""
        is_misfit, more = isinstance(error, ColumnsError), f" and {rows - 1:,} more" * (rows > 1)
        self.count += rows
        self.misfits += is_misfit
        if len(self.named) < self.limits.named_rows:
            self.named.append(rows)
            place = f"{self.source}{'#' if self.unit == 'record' else ':'}{number}"
            self.skip(Skip(place, f"{self.unit} {number}{more}: {error}", is_misfit, rows))

    def add_whole(self, reason: str) -> None:
        """Report a fault of the whole input."""
        self.count += 1
        self.named.append(1)
        self.skip(Skip(self.source, reason))

    def close(self) -> None:
        """Report the number of parts that were not named."""
        if more := self.count - sum(self.named):
            units = "rows" if self.unit == "line" else f"{self.unit}s"
            self.skip(Skip(self.source, f"{more:,} more {units} could not be read", self.misfits == self.count, more))
