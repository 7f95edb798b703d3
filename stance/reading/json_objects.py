"""Find the lists, texts and facts in objects of an unknown form."""

import re
from collections.abc import Iterator, Mapping

from stance.datamodels import Json
from stance.reading.columns import Row, find
from stance.reading.json_tables import SEARCHED_DEPTH
from stance.resources import formats

COMMENTS = re.compile("comm?ent|kom+ent|коммент|discussion", re.I)
"""Pattern of names of lists of comments; a list of another name beside one of them holds no comments."""

ARTICLE = re.compile("article|post|story|page|news|item|thread|topic|submission|video|discussion|conversation", re.I)
"""Pattern of names of objects around comments, or beside a list of them, that state the article."""

NO_COMMENTS = re.compile(
    "(?-i:[eE]dit)|histor|version|revision|quot|attach|entit|mention|tags?$|content|paragraph|section|related|recommend|similar",
    re.I,
)
"""Pattern of names of lists with texts other than comments."""

COLUMNS = 500
"""Number of columns that are looked at for those that look like a field."""


def lists_in(row: Json, path: str = "", depth: int = 1) -> Iterator[tuple[str, list[Json]]]:
    """Yield the lists in an object and in the objects in it, with their paths."""
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, list):
            yield f"{path}{name}", value
        elif isinstance(value, dict) and _are_numbered(value):
            yield f"{path}{name}", [*value.values()]
        elif isinstance(value, Mapping) and depth < SEARCHED_DEPTH:
            yield from lists_in(value, f"{path}{name}.", depth + 1)


def values_in(row: Json, path: str = "", depth: int = 1) -> Iterator[tuple[str, str | int | float]]:
    """Yield the texts and numbers in an object and in the objects in it, with their paths."""
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, str | int | float):
            yield f"{path}{name}", value
        elif isinstance(value, list) and NO_COMMENTS.search(name):  # a text in parts: the first object counts
            yield from values_in(next(iter(value), None), f"{path}{name}.", depth + 1)
        elif isinstance(value, Mapping) and depth < SEARCHED_DEPTH:
            yield from values_in(value, f"{path}{name}.", depth + 1)


def facts_of(row: Row) -> dict[str, str]:
    """Return what an object says of an article, of each field the first name that has a value."""
    facts, around = {}, [row, *(row[name] for name in row if ARTICLE.fullmatch(name))]
    for field_, names in formats()["article"].items():
        for value in filter(None, (find(item, name) for item in around for name in names.split())):
            lines = value if isinstance(value, list) else [value]
            if all(isinstance(item, str | int) for item in lines) and (text := "\n".join(map(str, lines)).strip()):
                facts[field_] = text
                break
    return facts


def is_bare(row: Row) -> bool:
    """Return whether an object states that it has no comments."""
    return any(value is None and name.lower().endswith("comments") for name, value in row.items())


def _are_numbered(values: Mapping[str, Json]) -> bool:
    """Return whether an object holds objects by their ids."""
    return bool(values) and all(isinstance(value, dict) and re.search(r"\d", name) for name, value in values.items())


def names_in(row: Row) -> frozenset[str]:
    """Return the names in an object, without those of lists of comments."""
    return frozenset(name for name in row if not COMMENTS.search(name))


def objects_in(row: Row) -> list[Row]:
    """Return an object and those in it, the likeliest comments first: those in lists of comments, then inner ones."""
    inside, others, waiting = list[Row](), list[Row](), [row]
    while waiting and len(inside) + len(others) < COLUMNS:
        for path, values in lists_in(waiting.pop(0)):
            is_named = bool(COMMENTS.search(path))
            if is_named or not NO_COMMENTS.search(path):
                objects = [value for value in values if isinstance(value, Mapping)]
                (inside if is_named else others).extend(objects)
                waiting += objects
    has_text = any(isinstance(row.get(name), str) for name in ("text", *formats()["read_as"]["text"]))
    return [*inside, row, *reversed(others)] if has_text else [*inside, *reversed(others), row]
