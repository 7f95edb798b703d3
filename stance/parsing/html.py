"""HTML pages: comments by the layout of their system, then the article from what remains.

Comments leave the tree first, for an extractor of articles takes a long comment for a paragraph. Trafilatura then finds
the body and the metadata. Nothing here follows links, runs scripts or recurses into a page.
"""

import logging
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree, html

from stance.datamodels import Document, Page
from stance.exceptions import InputError
from stance.parsing.html_comments import FoundComments, find_comments, script_loaded_system, stated_count
from stance.parsing.html_layouts import LOADED_BY_SCRIPT
from stance.parsing.html_text import Element
from stance.parsing.identity import document_id
from stance.parsing.selectors import select

MOST_ATTRIBUTES = 256
"""Of one element; reading them takes quadratic time (87 s for 100,000), and real elements have a dozen."""

SECTION_SHARE = 0.25
"""A box named after comments is removed with them while it holds less than this share of the text that remains; themes
put such names on boxes around the whole article, too."""

_SECTION_NAME = re.compile(r"comment|kommentar|disqus|respond|discuss|wpd", re.IGNORECASE)

# A start tag, or one of the two things in which "<" begins none. Nothing is tried twice, so a match takes linear time.
_TAG = re.compile(r"""<[A-Za-z](?:[^=>]++|=\s*+(?:"[^"]*+"|'[^']*+'|))*+>""")
_TAG_NAME = re.compile(r"<[A-Za-z][\w:-]{0,40}")


@dataclass(frozen=True, slots=True)
class _Article:
    """What is not comments."""

    title: str | None = None
    author: str | None = None
    published: str | None = None
    outlet: str | None = None
    url: str | None = None
    body: tuple[str, ...] = ()


def parse_html(page: Page) -> Document:
    """Separate the article of an HTML page from its reader comments.

    :param page: A page of kind HTML.
    :return: The document; comments in page order, called c1, c2, ...; None where the page does not tell.
    :raises InputError: If its elements are nested too deeply.
    """
    root = _tree(page)
    found = find_comments(root)
    stated = stated_count(root)
    warnings = (*page.warnings, *found.warnings, *_doubts(root, found, stated))
    _remove_comments(root, found)
    article = _article(root, page)
    return Document(
        document_id=document_id(article.title, article.body, found.comments),
        source=page.source,
        outlet=article.outlet,
        url=article.url,
        title=article.title,
        author=article.author,
        published=article.published,
        body=article.body,
        comments=found.comments,
        stated_comments=stated,
        layout=found.layout,
        warnings=warnings,
    )


# Trees ----------------------------------------------------------------------------------------------------------------


def _tree(page: Page) -> Element:
    """Parse a page; the parser itself stops at a depth of 256 elements and says so."""
    parser = html.HTMLParser(encoding="utf-8", no_network=True, recover=True, huge_tree=False)
    source = _with_few_attributes(page.text).encode()
    try:
        root = etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:  # a page without a single element or word
        raise InputError(f"{page.source}: no HTML element; expected a page") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise InputError(f"{page.source}: elements are nested more than 250 deep or too long; expected a page")
    if root is None:
        raise InputError(f"{page.source}: no HTML element; expected a page")
    return root


def _with_few_attributes(text: str) -> str:
    """Take all attributes from elements that have too many of them."""
    pieces, end, position = [], 0, text.find("<")
    while position >= 0:
        tag = _TAG.match(text, position)
        if tag is None:
            after = position + 1
        else:
            after = tag.end()
            if _has_many_attributes(tag[0]):
                name = _TAG_NAME.match(tag[0])
                pieces += [text[end:position], name[0] if name else "", ">"]
                end = after
        position = text.find("<", after)
    return "".join([*pieces, text[end:]])


def _has_many_attributes(tag: str) -> bool:
    return len(tag) > 2 * MOST_ATTRIBUTES and max(tag.count("="), len(tag.split())) > MOST_ATTRIBUTES


# Comments -------------------------------------------------------------------------------------------------------------


def _doubts(root: Element, found: FoundComments, stated: int | None) -> list[str]:
    count = len(found.comments)
    if not count and (system := script_loaded_system(root)):
        return [f"comments are loaded by script and not in the page ({system})"]
    if stated is not None and stated != count:
        return [f"the page states {stated} comments, {count} were found"]
    return []


def _remove_comments(root: Element, found: FoundComments) -> None:
    """Take comments out of the tree, and the boxes around them that hold little else."""
    places = [element for _, place in LOADED_BY_SCRIPT for element in select(root, place)]
    sections = {box for element in found.elements for box in element.iterancestors() if _is_named_after_comments(box)}
    for element in (*found.elements, *places):
        _remove(element)
    most = SECTION_SHARE * _text_size(root)
    for box in sections:
        if _text_size(box) <= most:
            _remove(box)


def _is_named_after_comments(box: Element) -> bool:
    if box.tag in ("html", "body"):
        return False
    return bool(_SECTION_NAME.search(f"{box.get('id', '')} {box.get('class', '')}"))


def _text_size(element: Element) -> int:
    return sum(len(text.strip()) for text in element.itertext("*"))


def _remove(element: Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:  # what follows an element is not part of it
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


# Articles -------------------------------------------------------------------------------------------------------------


def _article(root: Element, page: Page) -> _Article:
    import trafilatura  # takes half a second, which a command that parses no HTML should not wait for

    _hush()
    extracted = trafilatura.bare_extraction(
        root,
        url=page.url,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if not isinstance(extracted, trafilatura.settings.Document):
        return _Article()
    url = extracted.url or page.url
    return _Article(
        title=extracted.title or None,
        author=extracted.author or None,
        published=extracted.date or None,
        outlet=extracted.sitename or _domain(url),
        url=url,
        body=tuple(line for line in (extracted.text or "").split("\n") if line.strip()),
    )


def _domain(url: str | None) -> str | None:
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None


def _hush() -> None:
    """Keep to ourselves what the libraries below note about odd pages."""
    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
