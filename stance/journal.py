"""What a run left out or doubted: each skipped input with its reason, each warning; told as it happens, and counted."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from stance.datamodels import Document, Skip

Kind = Literal["skipped", "warning"]


def _silent(_kind: Kind, _skip: Skip) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Journal:
    """Collects what a run has to say about its inputs.

    :param tell: Called with each entry when it is made.
    """

    tell: Callable[[Kind, Skip], None] = _silent
    skipped: list[Skip] = field(default_factory=list)
    warnings: list[Skip] = field(default_factory=list)

    def skip(self, skip: Skip) -> None:
        """Note an input, or a part of one, that is left out."""
        self.skipped.append(skip)
        self.tell("skipped", skip)

    def warn(self, source: str, message: str) -> None:
        """Note a doubt about an input that is used all the same."""
        self.warnings.append(warning := Skip(source, message))
        self.tell("warning", warning)

    def note(self, document: Document) -> None:
        """Note the warnings of a document."""
        for message in document.warnings:
            self.warn(document.source, message)
