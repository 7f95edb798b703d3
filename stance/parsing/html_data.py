"""Comments that a page carries as data for its scripts alone: it was saved before they ran, or by what runs none.

Sites that are built on a server hand their scripts what these are to show: in ``<script type="application/json">``, as
``__NEXT_DATA__``, or as the value of a variable. A comment there is a thing with a text, a writer and a time, under a
name that speaks of comments.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from stance.datamodels import Comment
from stance.parsing.dates import parse_date
from stance.parsing.json_ld import MOST_CHARACTERS, shown_text
from stance.parsing.layouts import (
    DATA_AUTHORS,
    DATA_DATES,
    DATA_IDS,
    DATA_NAMES,
    DATA_NO_COMMENT,
    DATA_PARENTS,
    DATA_TEXTS,
)
from stance.parsing.selectors import Index

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
            comment = _comment(value, f"c{len(comments) + 1}", around) if is_named else None
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
    """Yield what scripts are given: the whole of one that is data, or the values of variables."""
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


def _comment(entry: dict[str, Any], comment_id: str, parent: str | None) -> Comment | None:
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
