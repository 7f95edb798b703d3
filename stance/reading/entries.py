"""Comments of an export on their way to becoming a document: what is left out, who answers whom, what it is called."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from stance.datamodels import Comment, Document
from stance.identity import document_id
from stance.limits import Limits, shown_size

DELETED = frozenset(("[deleted]", "[removed]"))
"""What stands for a text, or for a name, that is gone: of Reddit, and so of most collections of comments."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One comment as an export holds it."""

    text: str
    identifier: str | None = None
    parent: str | None = None
    author: str | None = None
    posted: str | None = None
    quoted: str | None = None
    votes: int | None = None
    left_out: str | None = None  # why it is no comment that readers see: spam, trash, pingback, ...

    def to_row(self) -> list[Any]:
        """Turn it into what can be laid aside."""
        return list(astuple(self))


@dataclass(slots=True)
class Thread:
    """What is known of the page that comments stand under."""

    source: str
    layout: str
    outlet: str | None = None
    url: str | None = None
    title: str | None = None
    author: str | None = None
    published: str | None = None
    body: tuple[str, ...] = ()
    warnings: list[str] = field(default_factory=list)

    def document(self, entries: Iterable[Entry], limits: Limits) -> Document | None:
        """Make the document.

        :param entries: In the order in which the comments are to stand.
        :param limits: How many comments may stand under one page; the rest is counted in a warning.
        :return: None where there is neither an article nor a comment.
        """
        left_out: Counter[str] = Counter()
        comments = _comments(entries, limits, left_out)
        if left_out:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items()))
            self.warnings.append(f"{left_out.total():,} comments left out: {reasons}")
        if not comments and not self.body:
            return None
        return Document(
            document_id=document_id(self.title, self.body, comments),
            source=self.source,
            outlet=self.outlet or host_of(self.url),
            url=self.url,
            title=self.title,
            author=self.author,
            published=self.published,
            body=self.body,
            comments=comments,
            layout=self.layout,
            warnings=tuple(self.warnings),
        )


def host_of(url: str | None) -> str | None:
    """Return the host of an address without ``www.``; None where it has none."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def web_address(text: str | None) -> str | None:
    """Return an address if it is one of the web."""
    text = (text or "").strip()
    return text if text.lower().startswith(("http://", "https://")) and text.isprintable() else None


def _comments(entries: Iterable[Entry], limits: Limits, left_out: Counter[str]) -> tuple[Comment, ...]:
    kept = list(_kept(entries, limits, left_out))
    names = {entry.identifier for entry in kept if entry.identifier}
    return tuple(_comment(entry, f"c{number}", names) for number, entry in enumerate(kept, 1))


def _kept(entries: Iterable[Entry], limits: Limits, left_out: Counter[str]) -> Iterator[Entry]:
    """Yield what readers see, each comment once."""
    seen: set[str] = set()
    count = size = 0
    for entry in entries:
        reason = entry.left_out or _why_not(entry, seen, limits)
        size += 0 if reason else len(entry.text)
        if reason is None and (count >= limits.comments or size > limits.page_bytes):
            reason = f"beyond {limits.comments:,} or {shown_size(limits.page_bytes)}, the limit"
        if reason:
            left_out[reason] += 1
            continue
        count += 1
        seen.add(entry.identifier or "")
        yield entry


def _why_not(entry: Entry, seen: set[str], limits: Limits) -> str | None:
    if entry.identifier and entry.identifier in seen:
        return "repeated"
    if not entry.text:
        return "empty"
    return f"longer than {limits.field_chars:,} characters" if len(entry.text) > limits.field_chars else None


def _comment(entry: Entry, fallback: str, names: set[str]) -> Comment:
    answers = entry.parent in names and entry.parent != entry.identifier
    return Comment(
        comment_id=entry.identifier or fallback,
        text=entry.text,
        author=entry.author,
        reply_to=entry.parent if answers else None,
        posted=entry.posted,
        votes=entry.votes,
        quoted=entry.quoted,
    )
