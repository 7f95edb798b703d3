"""Read comments from the data of a page: linked data (schema.org in JSON-LD) and data of scripts.

Data of scripts are in ``<script type="application/json">`` or are the value of a variable. A comment there has a text,
an author and a time, under a name that speaks of comments.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from lxml import etree

from stance.datamodels import Comment
from stance.parsing.dates import parse_date
from stance.parsing.html.tree import Element, Index
from stance.parsing.layouts import (
    DATA_AUTHORS,
    DATA_DATES,
    DATA_IDS,
    DATA_NAMES,
    DATA_NO_COMMENT,
    DATA_PARENTS,
    DATA_TEXTS,
)

COMMENT_TYPES = ("Comment", "UserComments", "Answer")
COMMENT_TYPES_IN_FAQ = ("Comment", "UserComments")
"""The answers of an ``FAQPage`` are the site's own."""

MOST_CHARACTERS = 2_000_000
"""Of one script; a page with thousands of comments stays below."""


def linked_comments(index: Index) -> list[Comment]:
    """Read the comments of a page's linked data, each before its replies.

    :param index: The page.
    """
    comments: list[Comment] = []
    by_name: dict[str, str] = {}
    answered: list[str | None] = []
    for script in index.select("script[type=application/ld+json]"):
        waiting: list[tuple[Any, str | None, tuple[str, ...]]] = [(_loaded(script.text or ""), None, COMMENT_TYPES)]
        while waiting:
            value, parent, types = waiting.pop()
            if isinstance(value, dict):
                types = COMMENT_TYPES_IN_FAQ if "FAQPage" in kinds_of(value) else types
                if comment := _comment(value, len(comments) + 1, parent, types):
                    comments.append(comment)
                    parent = comment.comment_id
                    by_name |= dict.fromkeys(_names(value), parent)
                    answered.append(next(iter(_names(value.get("parentItem"))), None))
            waiting.extend((child, parent, types) for child in reversed(_children(value)))
    return [
        comment if comment.reply_to or name not in by_name else replace(comment, reply_to=by_name[name])
        for comment, name in zip(comments, answered, strict=True)
    ]


def _names(thing: Any) -> list[str]:
    """Return the ids by which linked data refers to a thing."""
    given = (thing.get("@id"), thing.get("url")) if isinstance(thing, dict) else (thing,)
    return [name for name in given if isinstance(name, str) and name]


def linked_entries(scripts: Iterable[Element]) -> Iterator[dict[str, Any]]:
    """Yield the things that linked data describes: each at the top, or in a graph there.

    :param scripts: Any; those of other types, or broken, describe nothing.
    """
    for script in scripts:
        if script.get("type", "").strip().lower() == "application/ld+json":
            data = _loaded(script.text or "")
            for thing in data if isinstance(data, list) else [data]:
                graph = thing.get("@graph") if isinstance(thing, dict) else None
                yield from (
                    entry for entry in (graph if isinstance(graph, list) else [thing]) if isinstance(entry, dict)
                )


def kinds_of(entry: Mapping[str, Any]) -> list[str]:
    """Return the types of a thing."""
    kinds = entry.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def names_in(value: Any, by_id: Mapping[str, Mapping[str, Any]], *, people: bool = False) -> list[str]:
    """Return the names that are given as text, as things, or by the id of a thing.

    :param people: Leave out what is said to be something else.
    """
    names = []
    for each in value if isinstance(value, list) else [value]:
        thing: Mapping[str, Any] = each if isinstance(each, dict) else {"name": each}
        if "name" not in thing:
            thing = by_id.get(str(thing.get("@id")), thing)
        name, kinds = thing.get("name"), kinds_of(thing)
        if not people or not kinds or "Person" in kinds:
            names += [part for part in (name if isinstance(name, list) else [name]) if isinstance(part, str)]
    return names


def _loaded(source: str) -> Any:
    try:
        return json.loads(source) if len(source) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError):  # broken data of a page is as good as none
        return None


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):  # what a comment answers is described where it stands
        return [child for key, child in value.items() if key != "parentItem"]
    return value if isinstance(value, list) else []


def _comment(entry: dict[str, Any], number: int, parent: str | None, types: tuple[str, ...]) -> Comment | None:
    if not any(kind in types for kind in kinds_of(entry)):
        return None
    text = shown_text(entry.get("text") or entry.get("commentText") or entry.get("description"))
    if text is None:
        return None
    author = entry.get("author") or entry.get("creator")
    if isinstance(author, list) and author:
        author = author[0]
    votes = entry.get("upvoteCount")
    return Comment(
        comment_id=f"c{number}",
        text=text,
        author=shown_text(author.get("name") if isinstance(author, dict) else author),
        reply_to=parent,
        posted=parse_date(shown_text(entry.get("dateCreated") or entry.get("datePublished")) or ""),
        votes=votes if isinstance(votes, int) and not isinstance(votes, bool) else None,
    )


def shown_text(value: Any) -> str | None:
    """Return text as a page shows it: linked data may hold markup."""
    if not isinstance(value, str):
        return None
    text = value.encode("utf-8", "replace").decode("utf-8").strip()
    if (
        "<" in text
        and (tree := etree.fromstring(f"<div>{text}</div>".encode(), etree.HTMLParser(encoding="utf-8"))) is not None
    ):
        text = "\n".join(line for part in tree.itertext() if (line := str(part).strip()))
    return text or None


# Data -----------------------------------------------------------------------------------------------------------------

MOST_VALUES = 8
"""Of variables in one script that are read."""

_VALUE = re.compile(r"[\w$\]\"']\s{0,5}=\s{0,5}(?=[\[{])")
_OF_COMMENTS = re.compile(r"comment|repl(?:y|ies)|kommentar|komentar|comentario|reactie", re.IGNORECASE)
_OF_OTHERS = re.compile(r"latest|recent|popular|related|config|settings", re.IGNORECASE)
_MILLISECONDS = 10**11
"""A number from which on a time is told in these; in seconds that is the year 5138."""


def data_comments(index: Index) -> list[Comment]:
    """Read the comments among the data of a page's scripts, in their order there.

    :param index: The page.
    """
    comments: dict[Any, Comment] = {}
    answered: dict[str, str] = {}  # by the id of a comment here, what its data calls the one it answers
    waiting: list[tuple[Any, str | None, bool]] = []
    waiting += ((value, None, False) for value in reversed(list(_values(index))))
    while waiting:
        value, around, is_named = waiting.pop()
        if isinstance(value, dict):
            is_named = is_named or str(value.get("__typename", "")).endswith("Comment")
            comment = _comment_data(value, f"c{len(comments) + 1}", around) if is_named else None
            if comment is not None:
                said = _given(value, DATA_IDS)
                comment = comments.setdefault(str(said or (comment.author, comment.text)), comment)
                around = comment.comment_id
                answered[around] = str(_given(value, DATA_PARENTS))
            inner = ((key, child) for key, child in value.items() if isinstance(child, dict | list))
            children = [(key, child) for key, child in inner if not _OF_OTHERS.search(key)]
            waiting += (
                (child, around, is_named or bool(_OF_COMMENTS.search(key))) for key, child in reversed(children)
            )
        elif isinstance(value, list):
            waiting += ((child, around, is_named) for child in reversed(value))
    return [_with_parent(comment, comments.get(answered[comment.comment_id])) for comment in comments.values()]


def _with_parent(comment: Comment, parent: Comment | None) -> Comment:
    return replace(comment, reply_to=parent.comment_id) if parent is not None and parent is not comment else comment


def _values(index: Index) -> Iterator[Any]:
    """Yield the data of scripts: a whole one, or the values of variables."""
    decoder = json.JSONDecoder()
    for script in index.select("script"):
        source, kind = script.text or "", script.get("type", "").lower()
        if "omment" not in source or "ld+json" in kind or len(source) > MOST_CHARACTERS:
            continue
        source = source.strip()
        variables = (found.end() for found in islice(_VALUE.finditer(source), MOST_VALUES))
        for start in (0,) if "json" in kind else variables:
            try:
                yield decoder.raw_decode(source, start)[0]
            except (ValueError, RecursionError):  # a script's own words, which are no data
                continue


def _comment_data(entry: dict[str, Any], comment_id: str, parent: str | None) -> Comment | None:
    text = shown_text(_named(_given(entry, DATA_TEXTS), DATA_TEXTS))
    author = shown_text(_named(_given(entry, DATA_AUTHORS), DATA_NAMES))
    posted = _date(_given(entry, DATA_DATES))
    if not (text and author and posted) or any(entry.get(key) for key in DATA_NO_COMMENT):
        return None
    return Comment(comment_id=comment_id, text=text, author=author, reply_to=parent, posted=posted, votes=None)


def _given(entry: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((value for key in keys if (value := entry.get(key))), None)


def _named(value: Any, keys: tuple[str, ...]) -> Any:
    return _given(value, keys) if isinstance(value, dict) else value


def _date(value: Any) -> str | None:
    if isinstance(value, str):
        return parse_date(value)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value / 1000 if value > _MILLISECONDS else value, UTC).strftime("%Y-%m-%dT%H:%M")
    except (ValueError, OverflowError, OSError):  # a number that is no time
        return None
