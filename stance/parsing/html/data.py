"""Read the linked data of a page (schema.org in JSON-LD): comments, and descriptions of the article."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree

from stance.datamodels import Comment
from stance.parsing.dates import parse_date
from stance.parsing.html.tree import Element, Index

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
