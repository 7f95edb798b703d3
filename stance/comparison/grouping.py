"""Name the group of each comment: a column of a score, of a document, or of the user's table."""

from pathlib import Path

from stance import datamodels
from stance.datamodels import Document, Score, Strings
from stance.exceptions import ConfigError, unknown
from stance.resources.toml import read_toml

SCORE_COLUMNS = ("outlet", "author", "month", "year", "language", "document", "via", "target", "model")

DOCUMENT_COLUMNS = ("title", "url")
"""Read from the document, unless the user's table has a column of that name."""

OF_DATE = {"month": len("2026-03"), "year": len("2026")}
"""Column -> how much of an ISO 8601 date it is."""

LISTS = ".toml"
"""Ending of a file with the words of topics."""


def read_lists(path: Path) -> dict[str, list[str]]:
    """Read the words of topics: a table of lists.

    :raises ConfigError: If the file cannot be used.
    """
    expected = "the words of each topic, such as energy = ['gas', 'pipeline']"
    topics = read_toml(path, expected)
    if not topics or not all(
        isinstance(words, list) and all(isinstance(word, str) for word in words) for words in topics.values()
    ):
        raise ConfigError(f"{path}: no lists of words; expected {expected}")
    return topics


def own_columns(*names: str | None) -> Strings:
    """Return the columns of the user's table that must be kept for grouping."""
    columns = (column for name in names if name and not name.endswith(LISTS) for column in name.split(","))
    return tuple(dict.fromkeys(column for column in columns if column not in SCORE_COLUMNS))


class Grouping:
    """Names the group of each comment by one column.

    :param column: One of ``SCORE_COLUMNS`` or ``DOCUMENT_COLUMNS``, or a column of the user's table.
    """

    def __init__(self, column: str) -> None:
        self.column = column
        self.is_found = column in SCORE_COLUMNS or column in DOCUMENT_COLUMNS
        self.unknown = datamodels.NO_OUTLET if column == "outlet" else datamodels.NOT_STATED

    def __call__(self, score: Score, document: Document | None) -> str | None:
        """Name the group; None where nothing is stated."""
        column = self.column
        if column in OF_DATE:
            day = score.posted or (document.sure_date if document else None) or ""
            return day[: OF_DATE[column]] or None
        if column in SCORE_COLUMNS:
            value: str | None = getattr(score, column)
            return None if column == "language" and value == datamodels.UNKNOWN_LANGUAGE else value
        for name, cell in score.columns:
            if name == column:
                self.is_found = True
                return cell or None
        return getattr(document, column, None) if column in DOCUMENT_COLUMNS else None

    def check(self) -> None:
        """Refuse a column that nothing that was read has.

        :raises ConfigError: If there was none.
        """
        if not self.is_found:
            columns, score = (*SCORE_COLUMNS, *DOCUMENT_COLUMNS), f"stance score TABLE --keep {self.column} -o FILE.db"
            others = f"Or a column of your table. A store keeps those that are named: {score}"
            raise ConfigError(unknown("--by: no column", self.column, columns, others))
