"""Parse: a page becomes a document, its article apart from its reader comments."""

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from stance.datamodels import Document, Page, PageKind
from stance.limits import Limits, current_limits

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

__all__ = ["parse_page"]


def parse_page(page: Page) -> Document:
    """Separate the article of a page from its comments.

    :param page: A page as read.
    :return: The document; its language and those of its comments are not told yet. Of comments, those within the limits
        in force; how many are not is a warning.
    :raises InputError: If the page cannot be parsed.
    """
    match page.kind:
        case PageKind.HTML:
            from stance.parsing.html.page import parse_html as parse
        case PageKind.TEXT:
            from stance.parsing.dump import parse_text as parse
    with _numpy_threads().limit(limits=1):  # networks for a page are so small that threads wait for each other
        return _within(current_limits(), parse(page))


@cache
def _numpy_threads() -> "ThreadpoolController":
    """Return the threads of NumPy, which is loaded by then; looking for them takes as long as a short page."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _within(limits: Limits, document: Document) -> Document:
    """Leave out comments that are too long or too many, and say so."""
    warnings = []
    comments = [comment for comment in document.comments if len(comment.text) <= limits.field_chars]
    if long := len(document.comments) - len(comments):
        warnings.append(f"{long:,} comment{'s' * (long != 1)} longer than {limits.field_chars:,} characters left out")
    if len(comments) > limits.comments:
        warnings.append(f"only the first {limits.comments:,} of {len(comments):,} comments were read, the limit")
    if not warnings:
        return document
    del comments[limits.comments :]
    names = {comment.comment_id for comment in comments}
    kept = [each if each.reply_to in names else replace(each, reply_to=None) for each in comments]
    return replace(document, comments=tuple(kept), warnings=(*document.warnings, *warnings))
