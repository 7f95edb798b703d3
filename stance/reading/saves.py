"""Know saves of one page, and keep the newest one with the ids of the oldest.

Labels refer to documents and comments by their ids.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from stance.datamodels import Comment, Document
from stance.page_layouts import TABLE_LAYOUTS
from stance.pseudonyms import folded, person
from stance.reading.page_comments import all_targets
from stance.records.digests import export_layouts, input_of


def is_export(document: Document) -> bool:
    """Return whether a document is an export or a table, which may hold any part of the comments of a page."""
    return document.layout in export_layouts()


def are_saves(document: Document, other: Document) -> bool:
    """Return whether two documents of one address or thread are of one page.

    Many pages of a thread give the address of its first page as their own; they have no comment in common. Ids that two
    tables share by chance are of other texts, and of other authors unless each table numbers its own.
    """
    if is_export(document) and input_of(document.source) == input_of(other.source):
        return False
    if not document.comments or not other.comments:
        return True
    same, names = common_comments(document, other), {item.comment_id: item for item in other.comments}
    may_be_edited = bool(document.url or other.url) or not {document.layout, other.layout} <= TABLE_LAYOUTS
    alike = sum(
        folded(item.text) == folded(names[name].text)
        or (may_be_edited and bool(item.author) and item.author == names[name].author)
        for name, item in same.items()
    )
    return bool(same) and 2 * alike >= len(same)


def newest_save(first: Document, other: Document) -> Document:
    """Return the newer one of two saves, with the ids of the first for the page and the comments that both have.

    Where one of them is an export or a table, comments of the first that the other one has not are kept.
    """
    are_parts = is_export(first) or is_export(other)
    if not are_parts and age_of(other) < age_of(first):
        return first
    common, ids = common_comments(first, other), {item.comment_id for item in first.comments}
    free = (name for number in count(1) if (name := f"c{number}") not in ids)
    names = {}
    for item in other.comments:
        key = item.comment_id
        names[key] = common[key].comment_id if key in common else next(free) if is_place_id(item) else key
    comments = {}
    for item in other.comments:
        key, parent = names[item.comment_id], names.get(item.reply_to or "")
        targets = all_targets(*(comment.targets for comment in (item, common.get(item.comment_id)) if comment))
        comments[key] = replace(item, comment_id=key, reply_to=parent, targets=targets)
    scores = {(score.document, score.comment, score.target): score for score in (first.scores if are_parts else ())}
    for score in other.scores:
        new = replace(score, document=first.document_id, comment=names.get(score.comment or "", score.comment))
        scores[new.document, new.comment, new.target] = new
    parts = [comments.pop(item.comment_id, item) for item in first.comments] if are_parts else []
    page = first if are_parts and (first.body or not other.body) else other
    return replace(
        page, document_id=first.document_id, comments=(*parts, *comments.values()), scores=tuple(scores.values())
    )


def common_comments(first: Document, other: Document) -> dict[str, Comment]:
    """Return the comments of a document that another one has, by their ids in the other.

    Comments of exports and tables are known by their ids; others by author, text and number of times, and where both
    documents are exports or tables, by their time.
    """
    ids = {own_comment.comment_id: own_comment for own_comment in first.comments if not is_place_id(own_comment)}
    words, exports = dict(with_words(first.comments)), is_export(first) + is_export(other)
    pairs = {}
    for key, comment in with_words(other.comments):
        same = None if is_place_id(comment) else ids.get(comment.comment_id)
        if same is None and (like := words.get(key)) and (is_place_id(comment) or is_place_id(like)):
            is_timed = comment.posted is not None and comment.posted == like.posted
            same = like if not exports or (person(comment.author, other.layout) and (exports < 2 or is_timed)) else None
        if same:
            pairs[comment.comment_id] = same
    return pairs


def is_place_id(comment: Comment) -> bool:
    """Return whether the id of a comment is its place on the page."""
    return comment.comment_id.startswith("c") and comment.comment_id[1:].isdigit()


def with_words(comments: Iterable[Comment]) -> Iterator[tuple[tuple[str, str, int], Comment]]:
    """Yield comments with what they are known by: author, text and number of times."""
    times = Counter[tuple[str, str]]()
    for comment in comments:
        words = folded(comment.author or ""), folded(comment.text)
        times[words] += 1
        yield (*words, times[words]), comment


def age_of(document: Document) -> str:
    """Return a text by which the saves of a page are sorted, the oldest first, in whatever order they come."""
    last = max((comment.posted or "" for comment in document.comments), default="")
    votes = sum(comment.votes or 0 for comment in document.comments)
    numbers = (document.stated_comments or 0, len(document.comments), votes)
    return "\n".join((last[:40], *(f"{max(0, min(number, 10**15)):016}" for number in numbers), document.document_id))
