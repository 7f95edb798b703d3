"""Labels as doccano keeps them: one comment an entry, what was said of it as a list of tags.

doccano labels a text, not a text toward a target, so target and label are one tag: ``russia:favor``. It exports one
file for each annotator, named after them; in JSON Lines, or, from its older versions, as one JSON list.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from stance.labels.columns import ASKED, COLUMNS, Row, unlabelled_rows
from stance.labels.spellings import parse_tag, stance_or_none, to_tag

_LISTS = ("label", "labels", "cats")  # now; in its first version; in its format for one label of many


def is_entry(row: Row) -> bool:
    """Recognize an entry: what was said is a list."""
    return any(isinstance(row.get(name), list) for name in _LISTS)


def entry_rows(row: Row, target: str | None = None) -> Iterator[Row]:
    """Take an entry apart into one row for each of its tags.

    :param target: What a tag is of that names none, as in a project about one target; the entry may say it too.
    :raises ValueError: If a tag names no target, and nothing else does.
    """
    name = next(name for name in _LISTS if isinstance(row.get(name), list))
    rest = {key: value for key, value in row.items() if key not in _LISTS}
    judged = set()
    for tag in row[name]:
        parts = _parts(tag, row.get("target") or target)
        if parts is None:
            raise ValueError(f"{name} is a list with {str(tag)[:40]!r}; expected tags such as russia:favor")
        judged.add(parts[0])
        yield {**rest, "target": parts[0], "label": parts[1]}
    yield from unlabelled_rows(rest, judged)


def _parts(tag: Any, target: Any) -> tuple[str, str] | None:
    """Give target and label of a tag; None where the tag is none."""
    if not isinstance(tag, str):
        return None
    return parse_tag(tag) or ((str(target), tag) if target and stance_or_none(tag) else None)


def entries(records: Iterable[Row]) -> Iterator[dict[str, Any]]:
    """Put what one annotator said of a comment together.

    :param records: Checked; those without a label give an entry to be labelled.
    """
    gathered: dict[Hashable, dict[str, Any]] = {}
    for record in records:
        shared = {name: record.get(name) for name in COLUMNS if name not in ("target", "label")}
        given = {name: value for name, value in shared.items() if value is not None}
        entry = gathered.setdefault(tuple(shared.values()), given | {"label": []})
        if record["label"] is None:
            entry.setdefault(ASKED, []).append(record["target"])
        else:
            entry["label"].append(to_tag(record["target"], record["label"]))
    yield from gathered.values()
