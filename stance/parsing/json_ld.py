"""Comments that a page carries as linked data (schema.org in JSON-LD), whether or not its markup shows them."""

import json
from typing import Any

from lxml import etree

from stance.datamodels import Comment
from stance.parsing.dates import parse_date
from stance.parsing.selectors import Index

COMMENT_TYPES = ("Comment", "UserComments", "Answer")
MOST_CHARACTERS = 2_000_000
"""Of one script; a page with thousands of comments stays below."""


def linked_comments(index: Index, most: int) -> list[Comment]:
    """Read the comments of a page's linked data, each before its replies.

    :param index: The page.
    :param most: How many are read at most.
    """
    comments: list[Comment] = []
    for script in index.select("script[type=application/ld+json]"):
        waiting: list[tuple[Any, str | None]] = [(_loaded(script.text or ""), None)]
        while waiting and len(comments) < most:
            value, parent = waiting.pop()
            if isinstance(value, dict) and (comment := _comment(value, len(comments) + 1, parent)):
                comments.append(comment)
                parent = comment.comment_id
            waiting.extend((child, parent) for child in reversed(_children(value)))
    return comments


def _loaded(source: str) -> Any:
    try:
        return json.loads(source) if len(source) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError):  # broken data of a page is as good as none
        return None


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _comment(entry: dict[str, Any], number: int, parent: str | None) -> Comment | None:
    text = _string(entry.get("text") or entry.get("commentText") or entry.get("description"))
    kinds = entry.get("@type")
    if text is None or not any(kind in COMMENT_TYPES for kind in (kinds if isinstance(kinds, list) else [kinds])):
        return None
    author = entry.get("author") or entry.get("creator")
    if isinstance(author, list) and author:
        author = author[0]
    votes = entry.get("upvoteCount")
    return Comment(
        comment_id=f"c{number}",
        text=text,
        author=_string(author.get("name") if isinstance(author, dict) else author),
        reply_to=parent,
        posted=parse_date(_string(entry.get("dateCreated") or entry.get("datePublished")) or ""),
        votes=votes if isinstance(votes, int) and not isinstance(votes, bool) else None,
    )


def _string(value: Any) -> str | None:
    """Return text as a page shows it: linked data may hold markup, whose tags are no words."""
    if not isinstance(value, str):
        return None
    text = value.encode("utf-8", "replace").decode("utf-8").strip()
    if (
        "<" in text
        and (tree := etree.fromstring(f"<div>{text}</div>".encode(), etree.HTMLParser(encoding="utf-8"))) is not None
    ):
        text = "\n".join(line for part in tree.itertext() if (line := str(part).strip()))
    return text or None
