"""Read the cells of a row of labels: stances, targets, tags, words and probabilities."""

from collections.abc import Mapping, Set
from typing import Any, TypeAlias

from stance.datamodels import Stance
from stance.limits import FIXED
from stance.reading.columns import find
from stance.reading.encodings import clean
from stance.scoring import stance_or_none
from stance.scoring.targets.target_set import load_targets
from stance.store.labels import LABEL_FIELDS

CARRIED = ("sentiment", "stratum", "posted")  # not used in training and measuring, copied from table to table

TEXTS = ("parent", "title", "lead")

Row: TypeAlias = Mapping[str, Any]

COLUMNS = (*LABEL_FIELDS, *CARRIED)


def parse_stance(label: object) -> Stance:
    """Read a label.

    :raises ValueError: If it is not the name of a stance.
    """
    if (stance := stance_or_none(label)) is None:
        raise ValueError(f"label {str(label)[:40]!r}; expected one of {', '.join(Stance)}")
    return stance


def parse_target(written: object) -> str:
    """Return the id of a target: of one that ships, where it is named in words; else as written, joined by hyphens.

    :raises ValueError: If there is none, or it is not a name.
    """
    if isinstance(written, str) and len(written) > FIXED.cell_chars:
        raise ValueError(f"a target of {len(written)} characters; expected at most {FIXED.cell_chars}")
    if not isinstance(written, str) or not (words := clean(written).lower().split()):
        raise ValueError("no target; expected the id of a target")
    return load_targets().id_of(written.strip()) or "-".join(words)


def parse_tag(tag: object) -> tuple[str, str] | None:
    """Split a tag such as ``russia:favor`` into target and label; None if it names no target."""
    target, colon, label = tag.rpartition(":") if isinstance(tag, str) else ("", "", "")
    return (target, label) if colon and target.strip() else None


def read_text_cell(text: object) -> str:
    """Return a clean text; raise ValueError if there is none, or it is damaged or too long."""
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text; expected a comment")
    if "\0" in text:  # a damaged file; what annotators saw is not known
        raise ValueError("a NUL byte in the text; expected a comment as it was labelled")
    if len(text) > FIXED.labelled_chars:
        raise ValueError(f"a text of {len(text)} characters; expected at most {FIXED.labelled_chars}")
    if not (cleaned := clean(text)).strip():
        raise ValueError("no text but control characters; expected a comment")
    return cleaned


def read_word(row: Row, column: str) -> str | None:
    """Return a cell as a word; None if it is empty or of another type. Raise ValueError if it is too long."""
    value = row.get(column)
    if value is None or value == "" or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    most = FIXED.labelled_chars if column in TEXTS else FIXED.cell_chars
    if len(word := clean(str(value)).strip()) > most:
        raise ValueError(f"{column} of {len(word)} characters; expected at most {most}")
    return word or None


def read_probability(value: object) -> float | None:
    """Return a probability in (0, 1]; None if the cell is empty. Raise ValueError if it is none."""
    if is_empty(value):
        return None
    try:
        probability = float(str(value).replace(",", "."))  # decimal comma of European spreadsheets
    except ValueError:
        probability = 0.0
    if not 0 < probability <= 1:
        raise ValueError(f"probability {str(value)[:40]!r}; expected a number in (0, 1]")
    return probability


def is_empty(value: object) -> bool:
    """Return whether a cell is None or blank."""
    return value is None or (isinstance(value, str) and not value.strip())


def unlabelled_rows(task: Row, judged: Set[str]) -> list[Row]:
    """Return one row without a label for each target that was asked for and not judged."""
    targets = list_at(task, "targets")
    return [{**task, "target": target, "label": None} for target in targets if str(target) not in judged]


def list_at(row: object, *names: str) -> list[Any]:
    """Return the list at a path of keys; empty if there is none."""
    value = find(row, ".".join(names))
    return value if isinstance(value, list) else []
