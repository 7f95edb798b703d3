"""Parse: a page becomes a document, its article apart from its reader comments."""

from stance.datamodels import Document, Page, PageKind

__all__ = ["parse_page"]


def parse_page(page: Page) -> Document:
    """Separate the article of a page from its comments.

    :param page: A page as read.
    :return: The document; its language and those of its comments are not told yet.
    :raises InputError: If the page cannot be parsed.
    """
    match page.kind:
        case PageKind.HTML:
            from stance.parsing.html import parse_html

            return parse_html(page)
        case PageKind.TEXT:
            from stance.parsing.text import parse_text

            return parse_text(page)
