"""ConvoKit corpora: a file of utterances, and beside it what is known of their conversations.

Utterances need not be in the order of conversations, so they are laid aside on disk until all of them are there.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stance.datamodels import Document, Skip
from stance.exceptions import InputError
from stance.limits import Limits, shown_size
from stance.reading.encoding import clean
from stance.reading.entries import DELETED, Entry, Thread, web_address
from stance.reading.markup import read_line
from stance.reading.problems import Problems
from stance.reading.rows import Row, json_line_rows
from stance.reading.shelf import Shelf
from stance.reading.times import to_iso

LAYOUT = "convokit"
CONVERSATIONS = "conversations.json"

Meta = Mapping[str, Any]


def read_conversations(
    reader: io.BufferedReader, source: str, skip: Callable[[Skip], None], limits: Limits, *, beside: Path
) -> Iterator[Document]:
    """Read the conversations of a corpus, each as a document whose comments are its utterances.

    :param reader: ``utterances.jsonl``, unpacked.
    :param source: Its name; a document's is this with ``#`` and the name of the conversation.
    :param skip: Called with each utterance that cannot be used.
    :param limits: Bounds on lines, comments and texts.
    :param beside: The folder where ``conversations.json`` may stand, which has their titles.
    """
    problems = Problems(source, skip, limits)
    shelf = Shelf()
    try:
        for number, row in json_line_rows(reader, problems, limits):
            try:
                shelf.add(_conversation(row), _entry(row).to_row())
            except InputError as error:
                problems.add(number, str(error))
        known = _known_conversations(beside / CONVERSATIONS, skip, limits)
        for name, rows in shelf.groups():
            document = _thread(source, name, known.get(name)).document((Entry(*row) for row in rows), limits)
            if document:
                yield document
    finally:
        shelf.close()
    problems.close(empty="no rows; expected one utterance in each")


def _conversation(row: Row) -> str:
    return _text(row, "conversation_id") or _text(row, "root") or _text(row, "id") or ""


def _entry(row: Row) -> Entry:
    text = _text(row, "text") or ""
    lines = [" ".join(line.split()) for line in text.replace("&gt;", ">").replace("&lt;", "<").split("\n")]
    lines = [line for line in lines if line]
    author = _text(row, "speaker") or _text(row, "user")
    return Entry(
        text="\n".join(lines).replace("&amp;", "&"),
        identifier=_text(row, "id"),
        parent=_text(row, "reply-to") or _text(row, "reply_to"),
        author=None if author in DELETED else author,
        posted=to_iso(_text(row, "timestamp")),
        quoted="\n".join(line for line in lines if line.startswith(">")).replace("&amp;", "&") or None,
        votes=_votes(row),
        left_out="deleted" if text.strip() in DELETED else None,
    )


def _votes(row: Row) -> int | None:
    meta = row.get("meta")
    score = meta.get("score") if isinstance(meta, Mapping) else None
    return score if isinstance(score, int) and not isinstance(score, bool) and abs(score) < 10**9 else None


def _text(row: Row, name: str) -> str | None:
    value = row.get(name)
    if isinstance(value, Mapping):  # a speaker with what is known of him
        value = value.get("id")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{name} is not text; expected text")
    return clean(str(value)).strip() or None


def _thread(source: str, name: str, meta: Meta | None) -> Thread:
    known = {key: value for key, value in (meta or {}).items() if isinstance(value, str)}
    return Thread(
        source=f"{source}#{name}",
        layout=LAYOUT,
        outlet=read_line(known.get("subreddit") or known.get("outlet")),
        url=web_address(known.get("url")),
        title=read_line(known.get("title") or known.get("page_title")),
    )


def _known_conversations(path: Path, skip: Callable[[Skip], None], limits: Limits) -> dict[str, Meta]:
    """Read what is known of conversations; a corpus without that, or with too much of it, is read all the same."""
    if not path.is_file() or path.is_symlink():
        return {}
    try:
        if path.stat().st_size > limits.page_bytes:
            raise InputError(f"larger than {shown_size(limits.page_bytes)}, the limit")
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, InputError) as error:
        reason = "not JSON" if isinstance(error, ValueError | RecursionError) else str(error)
        skip(Skip(str(path), f"{reason}; conversations are read without their titles"))
        return {}
    metas = content.items() if isinstance(content, dict) else ()
    return {name: _meta(value) for name, value in metas}


def _meta(value: Any) -> Meta:
    meta = value.get("meta", value) if isinstance(value, dict) else None
    return meta if isinstance(meta, dict) else {}
