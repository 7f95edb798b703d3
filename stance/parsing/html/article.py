"""Extract the lines of the article from a page without its comments."""

import logging
from functools import cache

from lxml import etree

from stance.parsing.html.text import Element, text_of
from stance.parsing.html.tree import text_size
from stance.parsing.paragraphs import whole_quotations

NO_TEXT_TAGS = (
    "style", "svg", "img", "link", "meta", "template", "button", "input", "select", "textarea", "iframe",
    "datalist", "object", "embed", "video", "audio", "canvas", "map", "source", "track",
)  # fmt: skip
"""Elements that hold no text of an article."""

WITHOUT_PARAGRAPHS = ("nav", "noscript", "footer", "aside", "menu", "picture")
"""Elements that hold no text of an article unless there is a paragraph in them."""


def extracted_lines(root: Element, url: str | None) -> tuple[list[str], str]:
    """Return the lines of the article, and those of its block quotations."""
    import trafilatura  # takes half a second, which a command that parses no HTML should not wait for

    _silence_loggers()
    # These elements the extractor would remove only after a hundred searches in them.
    unused = [element for element in root.iter(*WITHOUT_PARAGRAPHS) if element.find(".//p") is None]
    unused += [script for script in root.iter("script") if "ld+json" not in script.get("type", "")]
    for element in unused:
        element.tag = NO_TEXT_TAGS[0]
    for end in list(filter(_goes_on, root.iter("br"))):
        end.tag, end.text = "span", " "
    etree.strip_elements(root, *NO_TEXT_TAGS, etree.Comment, with_tail=False)
    extracted = trafilatura.bare_extraction(
        root,
        url=url,
        include_comments=False,
        fast=True,  # its second opinions change no figure on pages without comments, and take a quarter of its time
    )
    if not isinstance(extracted, trafilatura.settings.Document):
        return [], ""
    quotes = [trafilatura.xml.xmltotxt(quote, include_formatting=False) for quote in extracted.body.iter("quote")]
    return (extracted.text or "").split("\n"), whole_quotations("\n".join(quotes))


def _goes_on(end: Element) -> bool:
    """Return whether a line of a block quotation goes on behind its end; two ends are those of a paragraph."""
    before = end.getprevious()
    is_second = before is not None and before.tag == "br" and not (before.tail or "").strip()
    return bool((end.tail or "").strip()) and not is_second and next(end.iterancestors("blockquote"), None) is not None


def all_lines(root: Element) -> list[str]:
    """Return the lines of the paragraphs of a page, wherever they are; all lines, where most text is in none."""
    lines = [line for paragraph in root.iter("p") for line in text_of(paragraph).split("\n")]
    return lines if 2 * sum(map(len, lines)) >= text_size(root) else text_of(root).split("\n")


@cache
def _silence_loggers() -> None:
    """Silence the loggers of the libraries below."""
    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
