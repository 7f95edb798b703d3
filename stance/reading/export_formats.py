"""Descriptions of exports of other tools, each a file of ``data/sources``.

A description names what each comment has, where comments are, and which field is which, so a new tool is a new file
and no new branch.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import cache
from itertools import chain, islice

from stance import resources
from stance.datamodels import Json, Strings, frozen
from stance.reading.columns import find, flat, text_of, values_at

Part = tuple[str, Json]
"""A path in an export, and the value at this path."""

Keys = tuple[Strings, ...]
"""Paths, one of each tuple, at which a record has something; ``path=value``: what it has."""

FIRST_PARTS = 1_000
"""Number of values of an export that are looked at to find its description."""


@frozen
class FieldPlace:
    """A place in a record where the value of a field is."""

    path: str = ""
    pattern: str = ""  # its first group is the value
    prefix: str = ""  # goes in front of the value
    fixed: str | None = None  # the value, whatever the record is
    named: bool = False  # the value is an id of a person, whose name the export states elsewhere
    utc: bool = False  # times without a zone are in UTC
    last: bool = False  # of a list, the last counts
    parts: bool = False  # a text in parts, some of them objects with a ``text``
    inner: Strings = ("#",)  # where the text of an object is

    def read(self, record: Json, people: Mapping[str, str]) -> str | None:
        """Return the text at this place; None if there is none.

        :param people: Names by ids.
        :raises InputError: If an object or a list is there.
        """
        if self.fixed:
            return f"{self.prefix}{self.fixed}"
        if not (self.parts or self.pattern or self.last):
            value = find(record, self.path)
        else:
            values = flat(values_at(record, self.path))
            if self.parts:
                texts = (item.get("text") if isinstance(item, Mapping) else item for item in values)
                values = ["".join(item for item in texts if isinstance(item, str))]
            elif self.pattern:
                matches = (re.search(self.pattern, f"{item}") for item in values)
                values = [item[1] for item in matches if item]
            value = values[-self.last] if values else None
        if value is None:
            return None
        if isinstance(value, Mapping):
            value = next((value[name] for name in self.inner if value.get(name) not in (None, "")), value)
        text = text_of(value, self.path)
        text = people.get(text, text) if text and self.named else text
        return f"{self.prefix}{text}" if text else None


Fields = Mapping[str, tuple[FieldPlace, ...]]


@frozen
class ExportFormat:
    """How the exports of one tool are written."""

    name: str  # the layout of its documents
    title: str
    keys: Keys  # what each comment has
    comment: Fields
    thread: Fields = field(default_factory=dict)  # what each comment says of its page
    page: Fields = field(default_factory=dict)  # what the object around the comments says
    post: Fields = field(default_factory=dict)  # what a record says that is a page and no comment
    post_keys: Keys = ()
    post_same: Strings = ()  # two places that are equal in such a record
    lists: Strings = ("",)  # where comments are; empty: each record is one
    posts: Strings = ()  # where those records are, if elsewhere
    roots: Strings = ()  # where objects around comments are
    post_roots: Keys = ()  # what roots have in which all records are posts
    people: Mapping[str, str] = field(default_factory=dict)  # where persons are (``list``), their ``id`` and ``name``
    replies: str = ""  # where the answers of a comment are
    hidden: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # reasons, by the value at a path
    published: Keys = ()  # what objects around comments have that are public
    # Numbers of comments that are stated: in each comment (of its answers), and in records that stand for others.
    stated_replies: Strings = ()
    stated_rest: Strings = ()

    def parts(self, root: Json) -> Iterator[Part]:
        """Yield comments, posts and objects around comments, with their paths."""
        for path in dict.fromkeys((*self.posts, *self.lists, *self.roots)):
            yield from ((path, element) for element in (elements_at(root, path) if path else [root]))

    def paths_in(self, root: Json) -> list[str]:
        """Return where the lists of comments are in an object."""
        return [path for path in (*self.posts, *self.lists) if path]

    def has_lists(self, root: Json) -> bool:
        """Return whether an object holds lists of comments or posts, which may be empty."""
        values = chain.from_iterable(values_at(root, path) for path in (*self.posts, *self.lists, *self.roots) if path)
        return any(isinstance(value, list) for value in values)

    def is_comment(self, path: str, part: Json) -> bool:
        """Return whether a value is a comment of this source."""
        return path in self.lists and has(part, self.keys)

    def is_post(self, path: str, part: Json) -> bool:
        """Return whether a value describes a page."""
        if not self.post or path not in (self.posts or self.lists) or not has(part, self.post_keys):
            return False
        return len({str(find(part, key)) for key in self.post_same}) < 2

    def reads(self, path: str, part: Json) -> bool:
        """Return whether a value belongs to this source, alone or by its contents."""
        if path in self.roots and isinstance(part, Mapping):
            return any(self.is_comment(*pair) for pair in islice(self.parts(part), FIRST_PARTS))
        return self.is_comment(path, part) or self.is_post(path, part)


def elements_at(record: Json, path: str) -> Iterator[Json]:
    """Yield the elements of the lists at a path; none at an empty one."""
    yield from (element for value in values_at(record, path) if isinstance(value, list) for element in value)


def has(record: Json, keys: Keys) -> bool:
    """Return whether a record has the keys that a description asks for."""
    return isinstance(record, Mapping) and all(any(_is_at(record, path) for path in paths) for paths in keys)


def _is_at(record: Json, path: str) -> bool:
    """Return whether something is at a path; ``=``: a value of this pattern; ``!``: nothing."""
    path, equals, pattern = path.partition("=")
    values = values_at(record, path.removeprefix("!"))
    if path.startswith("!"):
        return all(value in (None, "") for value in values)
    return any(re.fullmatch(pattern, f"{value}") for value in flat(values)) if equals else bool(values)


def value_at(record: Json, path: str) -> str:
    """Return the value at a path as a text: empty where there is none, booleans in lower case."""
    value = find(record, path)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@cache
def load_sources(case: Callable[[str], str] = str) -> tuple[ExportFormat, ...]:
    """Load the descriptions, those with the most keys first.

    :param case: Applied to paths; ``str.lower`` for tables, whose columns are in lower case.
    """
    paths = sorted(resources.SOURCES.glob("*.toml"))
    sources = [_source(path.stem, resources.shipped_toml(path), case) for path in paths]
    return tuple(sorted(sources, key=lambda source: -len(source.keys)))


def _source(name: str, fields: dict[str, Json], case: Callable[[str], str]) -> ExportFormat:
    def places(value: Json) -> tuple[FieldPlace, ...]:
        some = value if isinstance(value, list) else [value]
        tables = ({"path": entry} if isinstance(entry, str) else entry for entry in some)
        return tuple(FieldPlace(**(table | {"path": case(table.get("path", ""))})) for table in tables)

    # Tables of a description that say where fields are.
    for key in {"comment", "thread", "page", "post"} & fields.keys():
        fields[key] = {to: places(value) for to, value in fields[key].items()}
    for key in {"keys", "post_keys", "post_roots", "published"} & fields.keys():
        fields[key] = tuple(tuple(map(case, [paths] if isinstance(paths, str) else paths)) for paths in fields[key])
    return ExportFormat(name, **fields)


def find_source(root: Json, sources: Sequence[ExportFormat]) -> ExportFormat | None:
    """Find the description of an export by its first object; None if no tool is known that writes it."""
    parts = ((source, part) for source in sources for part in islice(source.parts(root), FIRST_PARTS))
    return next((source for source, part in parts if source.reads(*part)), None)
