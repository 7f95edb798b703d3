"""Refuse outputs that would replace files of the user, or show single people to the public."""

from collections.abc import Iterable
from pathlib import Path

from stance.exceptions import ConfigError
from stance.log import Log
from stance.records.score_records import LABELS_FILE
from stance.records.writers import is_numbered


def warn_of_private_file(path: Path, log: Log) -> None:
    """Warn about a file in the folder of a public report that is not public."""
    from stance.reporting.public.records import is_public

    if is_public(path) is False:
        log.warn(str(path), "is not public: remove this file and its pages, or write them with --public too")


def refuse_foreign(page: Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to replace a page that this program did not write, or an input with the name of a file of the report.

    :raises ConfigError: If the report would do so.
    """
    from stance.reading.folders import is_report, refuse_replaced
    from stance.reading.input_names import REPORT_FILES, REPORT_TABLES

    for path in map(Path, inputs):
        if path.name in REPORT_FILES | REPORT_TABLES:
            refuse_replaced(path, page.with_name(path.name))
    if page.is_file() and not is_report(page):
        raise ConfigError(f"{page}: not written by stance; expected another folder, so that it is not replaced")


def refuse_foreign_labels(folder: Path) -> None:
    """Refuse to replace the user's own table of labels.

    :raises ConfigError: If the report would do so.
    """
    if (path := folder / LABELS_FILE).exists() and not is_numbered(path):
        raise ConfigError(f"{path}: not written by a report; expected another folder, so that it is not replaced")


def check_public(by: str) -> None:
    """Refuse a public comparison of single people.

    :raises ConfigError: If groups are authors.
    """
    if "author" in by.split(","):
        raise ConfigError("--public with --by author; expected groups of several people, such as --by outlet")
