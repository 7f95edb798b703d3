"""Write a folder's files whole or not at all.

Files grow in a hidden folder inside the one they are for: so the last step only renames, on one file system, and
nothing outside the folder is touched, even where its parent may not be written. An interrupted run leaves what was
there.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from stance.exceptions import ConfigError


class Staging:
    """A folder's next files: they replace those of the same name at ``publish``, and are dropped otherwise.

    :param folder: Made if it is not there.
    :raises ConfigError: On entering or publishing, if the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._draft: Path | None = None
        self._made: list[Path] = []  # folders that were not there before, deepest first

    def __enter__(self) -> Self:
        """Make the folder, where it is not there, and the draft."""
        with self.telling():
            self._made = [each for each in (self.folder, *self.folder.parents) if not each.exists()]
            self.folder.mkdir(parents=True, exist_ok=True)
            self._draft = Path(tempfile.mkdtemp(dir=self.folder, prefix=".draft-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what was not published."""
        if self._draft is not None:
            shutil.rmtree(self._draft, ignore_errors=True)
            self._draft = None
        for folder in self._made:  # only those that are still empty
            try:
                folder.rmdir()
            except OSError:
                break

    @property
    def draft(self) -> Path:
        """Where the files are until they are published."""
        if self._draft is None:
            raise ValueError("the folder is not open for writing; expected it inside 'with'")
        return self._draft

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the operating system refuses into one line that names the folder."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigError(f"{self.folder}: {reason}; expected a folder that can be written") from error

    def open(self, name: str) -> IO[str]:
        """Open a new file. Half a surrogate pair, which hostile JSON can hold, is escaped as JSON would."""
        with self.telling():
            return (self.draft / name).open("w", encoding="utf-8", errors="backslashreplace", newline="")

    def publish(self, names: Iterable[str], *, stale: Iterable[str] = ()) -> None:
        """Move files into place, in order, then remove stale ones.

        :param names: Files that were written; the last one should be the one that readers open first.
        :param stale: Files of the folder that belong to a former run.
        """
        with self.telling():
            for name in names:
                (self.draft / name).replace(self.folder / name)
            for name in stale:
                if (self.folder / name).is_file():
                    (self.folder / name).unlink()
