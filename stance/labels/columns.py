"""What a label table may say of a comment, and how its own names for that are mapped to ours."""

from collections.abc import Iterator, Mapping, Set
from typing import Any, TypeAlias

from stance.exceptions import ConfigError

FIELDS = (
    "text", "target", "label", "id", "document", "outlet", "author", "parent", "annotator", "role", "probability",
    "lang", "title", "lead", "note",
)  # fmt: skip
"""What is known of a labelled comment, in the order in which tables are written."""

CARRIED = ("sentiment", "stratum", "posted")
"""What is not needed to train or measure, and goes from table to table as it is."""

COLUMNS = (*FIELDS, *CARRIED)

ASKED = "targets"
"""Where tasks for other tools note toward what a comment is still to be labelled."""

Columns: TypeAlias = Mapping[str, str]
Row: TypeAlias = Mapping[str, Any]


def parse_columns(text: str) -> Columns:
    """Read a mapping of columns as it is given on a command line.

    :param text: Such as ``text=body,label=stance``; a name with dots leads into objects within a row.
    :raises ConfigError: If it is no such list, or names a field that is not there or twice.
    """
    columns: dict[str, str] = {}
    for pair in text.split(","):
        name, _, theirs = (part.strip() for part in pair.partition("="))
        if not name or not theirs or name in columns:
            raise ConfigError(f"a mapping of columns holds {pair[:40]!r}; expected such as text=body,label=stance")
        if name not in COLUMNS:
            raise ConfigError(f"a label table has no field {name[:40]!r}; expected one of {', '.join(COLUMNS)}")
        columns[name] = theirs
    return columns


def renamed(row: Row, columns: Columns) -> Row:
    """Put what is mapped under our names; a column of ours that is mapped elsewhere is not what it seems.

    Of a task, what is mapped lies in its ``data``, whether a mapping says so or not.
    """
    if not columns:
        return row
    if is_task(row):
        within = {name: theirs.removeprefix("data.") for name, theirs in columns.items()}
        return {**row, "data": renamed(row["data"], within)}
    mapped = (*columns, *columns.values())
    kept = {name: value for name, value in row.items() if name not in mapped}
    return kept | {name: _at(row, theirs) for name, theirs in columns.items()}


def is_task(row: Row) -> bool:
    """Recognize a task of Label Studio: the comment lies in ``data``."""
    return isinstance(row.get("data"), Mapping) and "text" not in row


def _at(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def unlabelled_rows(task: Row, judged: Set[str]) -> Iterator[Row]:
    """Give one row without a label for each target that was asked for and not judged."""
    asked = task.get(ASKED)
    for target in asked if isinstance(asked, list) else ():
        if str(target) not in judged:
            yield {**task, "target": target, "label": None}
