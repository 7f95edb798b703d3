"""Find the lists, texts and facts in objects of an unknown form."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from stance.datamodels import Json
from stance.exceptions import InputError
from stance.parsing.votes import read_count
from stance.reading.columns import Row, find
from stance.reading.json_tables import SEARCHED_DEPTH
from stance.resources import formats

MOST_COLUMNS = 500
"""Maximum number of columns, or of objects, that are looked at for those that look like a field."""


def is_called(name: str, kind: str) -> bool:
    """Return whether a name is one of a kind of ``names`` in ``data/formats.toml``."""
    return re.search(formats()["names"][kind], name) is not None


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
        elif isinstance(value, list) and is_called(name, "other_texts"):  # a text in parts: the first object counts
            yield from values_in(next(iter(value), None), f"{path}{name}.", depth + 1)
        elif isinstance(value, Mapping) and depth < SEARCHED_DEPTH:
            yield from values_in(value, f"{path}{name}.", depth + 1)


def around(row: Row, paths: Iterable[str]) -> list[Row]:
    """Return the objects that state something of comments: the one around them all, those on the way, and others.

    :param paths: Of the lists of comments.
    """
    steps = [path.split(".")[:-1] for path in paths]
    inner = dict.fromkeys(".".join(names[:end]) for names in steps for end in range(1, len(names) + 1))
    objects = [row, *(item for path in inner if isinstance(item := find(row, path), Mapping))]
    inside = formats()["stated"]["inside"]
    others = [item[name] for item in objects for name in item if name in inside or is_called(name, "article")]
    return objects + [item for item in others if isinstance(item, Mapping) and item not in objects]


def stated_number(value: Json) -> int:
    """Return the number that a value states; of a list, its length."""
    if isinstance(value, list):
        return len(value)
    return max(0, (value if type(value) is int else read_count(str(value))) or 0)


def stated_in(row: Row, paths: Iterable[str]) -> tuple[int, bool]:
    """Return the number of comments that an object around them states, and whether it names a next page.

    :param paths: Of the lists of comments.
    """
    objects, names = around(row, paths), formats()["stated"]
    numbers = [
        stated_number(find(part, name))
        for part in objects
        for name in (*names["around"], *(() if "title" in part else names["untitled"]))
    ]
    return max(numbers), any(part[name] and re.search(names["more"], name) for part in objects for name in part)


def facts_of(row: Row, paths: Iterable[str] = ()) -> dict[str, str]:
    """Return what an object says of an article, of each field the first name that has a value.

    :param paths: Of the lists of its comments.
    """
    facts, objects = {}, around(row, paths)
    for field_, names in formats()["article"].items():
        for value in filter(None, (find(item, name) for item in objects for name in names.split())):
            lines = value if isinstance(value, list) else [value]
            if all(isinstance(item, str | int) for item in lines) and (text := "\n".join(map(str, lines)).strip()):
                facts[field_] = text
                break
    return facts


def rows_in(row: Row) -> list[Row]:
    """Return the rows of an object that holds a table by columns, as pandas writes it; of others, the object alone.

    :raises InputError: If it states an error instead.
    """
    if fault := "data" not in row and (row.get("error") or row.get("errors")):
        raise InputError(f"an answer that states an error: {str(fault)[:100]}; expected comments")
    columns = [[*value.values()] if isinstance(value, dict) else value for value in row.values()]
    has_text = bool({"text", *formats()["read_as"]["text"]} & row.keys())
    if not has_text or not all(isinstance(cells, list) for cells in columns) or len({*map(len, columns)}) > 1:
        return [row]
    if any(isinstance(cell, list | dict) for cell in chain(*columns)):
        return [row]
    return [dict(zip(row, cells, strict=True)) for cells in zip(*columns, strict=True)]


def is_bare(row: Row) -> bool:
    """Return whether an object states that it has no comments."""
    return any(value is None and name.lower().endswith("comments") for name, value in row.items())


def _are_numbered(values: Mapping[str, Json]) -> bool:
    """Return whether an object holds objects by their ids."""
    are_objects = bool(values) and all(isinstance(value, dict) for value in values.values())
    return are_objects and sum(re.search(r"\d", name) is not None for name in values) * 2 > len(values)


def names_in(row: Row) -> frozenset[str]:
    """Return the names in an object, without those of lists of comments."""
    return frozenset(name for name in row if not is_called(name, "comments"))


def objects_in(row: Row) -> list[Row]:
    """Return an object and those in it, the likeliest comments first: in lists of comments, with a text, inner ones."""
    inside, others, waiting = list[Row](), list[Row](), [row]
    while waiting and len(inside) + len(others) < MOST_COLUMNS:
        for path, values in lists_in(waiting.pop(0)):
            is_named = is_called(path, "comments")
            if is_named or not is_called(path, "other_texts"):
                objects = [value for value in values if isinstance(value, Mapping)]
                (inside if is_named else others).extend(objects)
                waiting += objects
    names = ("text", *formats()["read_as"]["text"])
    others = [*reversed(others), row]
    return inside + sorted(others, key=lambda item: not any(isinstance(item.get(name), str) for name in names))
