"""Label tables read: what annotators said of comments, in the several forms in which people keep it."""

import csv
import gzip
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance.datamodels import LabelledComment, Skip, Stance
from stance.exceptions import LabelError

ALWAYS_JUDGED = ("russia", "us", "nato")
"""Targets that a row with a ``labels`` object is about even where it does not list them: not listed, not addressed."""

_MAX_BYTES = 500_000_000  # of one unpacked table
_MAX_TEXT = 200_000  # characters of one comment
_SPELLINGS = {
    "favor": Stance.FAVOR,
    "favour": Stance.FAVOR,
    "pro": Stance.FAVOR,
    "against": Stance.AGAINST,
    "con": Stance.AGAINST,
    "neutral": Stance.NEUTRAL,
    "none": Stance.NEUTRAL,
    "not_addressed": Stance.NOT_ADDRESSED,
}
_ROLES = ("train", "audit")
_ENDINGS = (".csv", ".jsonl", ".csv.gz", ".jsonl.gz")


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The rows that could be read, and those that could not."""

    comments: tuple[LabelledComment, ...]
    skipped: tuple[Skip, ...]


def load_labels(paths: Iterable[Path], *, always: Sequence[str] = ALWAYS_JUDGED) -> LabelTable:
    """Read label tables: CSV or JSON Lines, also packed by gzip; a folder stands for the tables in it.

    A row has ``text``, ``target`` and ``label``, or ``text`` and an object ``labels`` of target to label. ``none`` and
    SemEval's ``NONE`` are read as neutral. A row with an empty label is left out silently: its annotators differ.

    :param always: Targets that a ``labels`` object is about even where it does not list them.
    :raises LabelError: If a table cannot be read, or none holds a usable row.
    """
    comments: list[LabelledComment] = []
    skipped: list[Skip] = []
    for path in (table for given in paths for table in _tables(given)):
        for number, row in _rows(path):
            try:
                comments.extend(_read_row(row, path, always))
            except ValueError as error:
                skipped.append(Skip(f"{path}:{number}", str(error)))
    if not comments:
        reason = f"; the first of {len(skipped)}: {skipped[0].source}: {skipped[0].reason}" if skipped else ""
        raise LabelError(f"no labelled comment; expected rows with text, target and label{reason}")
    return LabelTable(tuple(comments), tuple(skipped))


def _tables(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(table for table in path.iterdir() if table.name.endswith(_ENDINGS))
    if not found:
        raise LabelError(f"{path}: no label table in this folder; expected {', '.join(_ENDINGS)}")
    return found


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    text = _read_text(path)
    kind = path.name.removesuffix(".gz")
    if kind.endswith(".jsonl"):
        yield from _json_rows(text)
    elif kind.endswith(".csv"):
        yield from _csv_rows(path, text)
    else:
        raise LabelError(f"{path}: not a known kind of table; expected {', '.join(_ENDINGS)}")


def _read_text(path: Path) -> str:
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise LabelError(f"{path}: more than {_MAX_BYTES} bytes unpacked; expected a smaller table")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelError(f"{path}: not UTF-8 at byte {error.start}; expected a table in UTF-8") from None
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or "broken gzip"
        raise LabelError(f"{path}: {reason}; expected a readable table") from None


def _json_rows(text: str) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError):
                yield number, None


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="")
    try:
        missing = [column for column in ("text", "label") if column not in (reader.fieldnames or ())]
        if missing:
            seen = ", ".join(str(name)[:30] for name in (reader.fieldnames or ())[:8]) or "nothing"
            raise LabelError(f"{path}: no column {missing[0]!r} among {seen}; expected text, target, label")
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise LabelError(f"{path}:{reader.line_num}: {error}; expected a CSV table") from None


def _read_row(row: Any, path: Path, always: Sequence[str]) -> list[LabelledComment]:
    if not isinstance(row, dict):
        raise ValueError("not a JSON object; expected one with text, target and label")
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text; expected a comment")
    if len(text) > _MAX_TEXT:
        raise ValueError(f"a text of {len(text)} characters; expected at most {_MAX_TEXT}")
    return [_comment(row, path, text, target, label) for target, label in _labels(row, always)]


def _labels(row: Mapping[str, Any], always: Sequence[str]) -> list[tuple[str, Stance]]:
    labels = row.get("labels")
    if labels is None:
        target = row.get("target")
        if not isinstance(target, str) or not target.strip():
            raise ValueError("no target; expected the id of one")
        return [] if row.get("label") in (None, "") else [(_target(target), _stance(row["label"]))]
    if not isinstance(labels, dict):
        raise ValueError(f"labels is a {type(labels).__name__}; expected an object of target to label")
    given = {_target(target): _stance(label) for target, label in labels.items()}
    return list((dict.fromkeys(always, Stance.NOT_ADDRESSED) | given).items())


def _target(written: str) -> str:
    return "-".join(written.lower().split())


def _stance(label: Any) -> Stance:
    found = _SPELLINGS.get(label.strip().lower()) if isinstance(label, str) else None
    if found is None:
        raise ValueError(f"label {str(label)[:40]!r}; expected one of {', '.join(_SPELLINGS)}")
    return found


def _comment(row: Mapping[str, Any], path: Path, text: str, target: str, label: Stance) -> LabelledComment:
    role = _optional(row, "role") or "train"
    if role not in _ROLES:
        raise ValueError(f"role {role[:40]!r}; expected one of {', '.join(_ROLES)}")
    return LabelledComment(
        text=text,
        target=target,
        label=label,
        comment_id=_optional(row, "id"),
        document=_optional(row, "document") or _optional(row, "group"),
        outlet=_optional(row, "outlet"),
        author=_optional(row, "author"),
        parent=_optional(row, "parent"),
        annotator=_optional(row, "annotator") or path.name.split(".")[0],
        role=role,
        probability=_probability(row.get("probability")),
        language=_optional(row, "lang"),
    )


def _optional(row: Mapping[str, Any], column: str) -> str | None:
    value = row.get(column)
    return str(value).strip() or None if isinstance(value, str | int | float) else None


def _probability(value: Any) -> float | None:
    if value in (None, ""):
        return None
    try:
        probability = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"probability {str(value)[:40]!r}; expected a number in (0, 1]") from None
    if not (math.isfinite(probability) and 0 < probability <= 1):
        raise ValueError(f"probability {probability}; expected a number in (0, 1]")
    return probability
