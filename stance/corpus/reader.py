"""Read a corpus folder, document by document, without holding more than one and a batch of rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stance.corpus import locking
from stance.corpus.manifest import Manifest, read_manifest
from stance.corpus.parts import read_columns, read_part
from stance.corpus.tables import Stored
from stance.datamodels import Skip
from stance.exceptions import InputError


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus folder to read from; get one by :func:`open_corpus`."""

    folder: Path
    manifest: Manifest

    def documents(self) -> Iterator[Stored]:
        """Give the documents in the order in which they are stored; no run writes to the folder meanwhile.

        :raises InputError: If a part is missing or damaged, or of no input of the manifest; the message names it.
        :raises ConfigError: If a run writes to the folder.
        """
        with locking.reading(self.folder):
            manifest = read_manifest(self.folder)
            inputs = {each.path for each in manifest.inputs}
            for part in manifest.parts:
                for stored in read_part(part, self.folder):
                    if stored.origin not in inputs:
                        raise InputError(
                            f"{part.path(self.folder, 'documents')}: a document of {stored.origin[:80]}, which the "
                            "manifest does not name; expected one of its inputs"
                        )
                    yield stored

    def contents(self) -> Iterator[tuple[str, str, bool]]:
        """Give of each document the digest of what it says, where it came from, and whether it was made from scores."""
        for part in self.manifest.parts:
            for content, name, source in read_columns(part, self.folder, "documents", ("content", "id", "source")):
                yield content or name, source, content is None

    def skipped(self) -> Iterator[Skip]:
        """Give what was left out when it was made."""
        for each in self.manifest.inputs:
            yield from each.skipped
        yield from self.manifest.remarks


def open_corpus(folder: Path) -> Corpus:
    """Open a corpus folder.

    :raises InputError: If it has no manifest that can be read.
    """
    return Corpus(folder, read_manifest(folder))
