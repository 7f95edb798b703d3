"""Count removed parts of each file, and list the files that still hold the person."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stance.datamodels import frozen
from stance.exceptions import InputError, ModelError, StoreError


@frozen
class Changed:
    """Counts of removed parts of a table or store."""

    dropped: int = 0  # comments, or rows of them
    cleaned: int = 0  # comments of others that repeated them or replied to them
    mentions: int = 0  # rows of others that hold their name or words, which stay


@dataclass(slots=True)
class Forgotten:
    """Changes of each table and store, and files that still hold the person or may do so."""

    is_dry: bool = field(default=False, compare=False)  # nothing is changed
    tables: dict[str, Changed] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)  # file -> reason
    hits: set[str] = field(default_factory=set)  # files of ``left`` that hold the name or words

    @property
    def comments(self) -> int:
        """Rows and comments removed from all tables together."""
        return sum(changed.dropped for changed in self.tables.values())

    @property
    def is_found(self) -> bool:
        """Whether any file held the person."""
        return bool(self.tables or self.hits)

    def add(self, path: Path, changed: Changed) -> None:
        """Note the changes of a table, and rows of others that name the person, which stay."""
        if changed.dropped or changed.cleaned:
            self.tables[str(path)] = changed
        if changed.mentions:
            rows = "row of others holds" if changed.mentions == 1 else "rows of others hold"
            self.leave(path, f"{changed.mentions:,} {rows} their name or words; such rows are not edited")

    def leave(self, path: Path, reason: str) -> None:
        """List a file that holds the person."""
        self.hits.add(str(path))
        before = self.left.get(str(path))
        self.left[str(path)] = f"{before}; {reason}" if before else reason

    @contextmanager
    def listing_errors(self, path: Path, kind: str = "") -> Iterator[None]:
        """List a file that cannot be read, or is in use; the run goes on with the others."""
        try:
            yield
        except (InputError, ModelError, StoreError, OSError, ValueError) as error:  # also of Arrow
            reason = getattr(error, "strerror", None) or str(error).removeprefix(f"{path}: ")
            self.left[str(path)] = kind + reason
