"""Read the linked data (schema.org in JSON-LD) of a page, and the comments in it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from lxml import etree

from stance.datamodels import Comment
from stance.parsing.cleaning import clean_comments
from stance.parsing.dates import parse_date
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element
from stance.parsing.thread import Method, Thread


def read_linked_data(index: Index) -> Thread | None:
    """Read the comments that a page holds for search engines; the answers of a site's own FAQ have no author."""
    comments = clean_comments(_linked_comments(index))
    is_thread = any(comment.author or comment.posted for comment in comments)
    return Thread(comments, Method.DATA, "json-ld", is_html=True) if is_thread else None


_DECODER, _START = json.JSONDecoder(strict=False), re.compile(r"(?<![!A])[{\[]")
"""A reader of data that may have a sign such as "<![CDATA[" or ";" around them, and the pattern of their beginning."""

MOST_LINKED = 2_000_000
"""Maximum characters of a script that is read; pages with thousands of comments have fewer."""

_COMMENT_KINDS = frozenset(("Comment", "UserComments"))

Thing: TypeAlias = Mapping[str, object]
"""A thing that linked data describes."""


def linked_data(script: Element) -> object:
    """Return the linked data of a script; None if it is of another type, broken or too long."""
    source = script.text or ""
    if script.get("type", "").strip().lower() != "application/ld+json" or len(source) > MOST_LINKED:
        return None
    start = _START.search(source)
    try:
        data: object = _DECODER.raw_decode(source, start.start())[0] if start else None
    except (ValueError, RecursionError):  # broken data of a page is as good as none
        return None
    return data


def top_things(data: object) -> Iterator[Thing]:
    """Yield the things at the top of linked data, or in a graph there, each before the one that it is about."""
    for thing in data if isinstance(data, list) else [data]:
        graph = thing.get("@graph") if isinstance(thing, dict) else None
        for item in graph if isinstance(graph, list) else [thing]:
            about = (item, item.get("mainEntity")) if isinstance(item, dict) else ()
            yield from (part for part in about if isinstance(part, dict))


def kinds_of(thing: Thing) -> list[str]:
    """Return the types of a thing."""
    kinds = thing.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _linked_comments(index: Index) -> list[Comment]:
    """Read the comments of a page's linked data, each before the replies in it."""
    comments: list[Comment] = []
    waiting: list[tuple[object, str | None]] = [(linked_data(script), None) for script in index.select("script")[::-1]]
    while waiting:
        value, parent = waiting.pop()
        if isinstance(value, dict) and not _COMMENT_KINDS.isdisjoint(kinds_of(value)):
            text = _shown(value.get("text") or value.get("commentText") or value.get("description"))
            author, votes = value.get("author") or value.get("creator"), value.get("upvoteCount")
            author = author[0] if isinstance(author, list) and author else author
            comment = Comment(
                comment_id=f"c{len(comments) + 1}",
                text=text or "",
                author=_shown(author.get("name") if isinstance(author, dict) else author),
                reply_to=parent,
                posted=parse_date(_shown(value.get("dateCreated") or value.get("datePublished")) or ""),
                votes=votes if type(votes) is int else None,
            )
            if text:
                comments.append(comment)
                parent = comment.comment_id
        inside = [value[key] for key in value if key != "parentItem"] if isinstance(value, dict) else value
        waiting += [(child, parent) for child in reversed(inside)] if isinstance(inside, list) else []
    return comments


def _shown(value: object) -> str | None:
    """Return text as a page shows it: linked data may hold markup."""
    text = value.encode("utf-8", "replace").decode("utf-8").strip() if isinstance(value, str) else ""
    if "<" in text:
        tree = etree.fromstring(f"<div>{text}</div>".encode(), etree.HTMLParser(encoding="utf-8"))
        pieces = (str(part).strip() for part in tree.itertext()) if tree is not None else ()
        text = "\n".join(filter(None, pieces)) if tree is not None else text
    return text or None
