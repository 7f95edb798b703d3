"""Read HTML pages: comments first, then the article from the rest of the page.

Comments leave the tree first, because an extractor of articles takes a long comment for a paragraph. Trafilatura then
finds the body. Nothing here follows links, runs scripts or recurses into a page.
"""

import logging
import re
from collections.abc import Iterable
from functools import cache
from itertools import chain, islice

from lxml import etree, html

from stance.datamodels import Document, Page, block_quotations
from stance.exceptions import InputError
from stance.limits import MAX_DEPTH, current_limits
from stance.parsing.choosing import Method, Thread, judge_certainty
from stance.parsing.counts import explain_difference
from stance.parsing.html.comments import find_by_own_rows, find_comments, script_loaded_system
from stance.parsing.html.metadata import Metadata, read_metadata
from stance.parsing.html.tree import Element, Index, text_of
from stance.parsing.layouts import NO_ARTICLE, of_site
from stance.records import document_id, domain_of


class PageConstants:
    """Constants of this module."""

    most_attributes = 256
    """Maximum number of attributes of an element; reading them takes quadratic time: 87 s for 100,000."""
    frame_class = "frame-srcdoc"
    """Class of the boxes that replace frames."""
    section_share = 0.25
    """A box named after comments is removed with them while it holds less than this share of the text that remains;
    themes put such names on boxes around the whole article, too."""
    no_text_tags = (
        "style", "svg", "img", "link", "meta", "template", "button", "input", "select", "textarea", "iframe",
        "datalist", "object", "embed", "video", "audio", "canvas", "map", "source", "track",
    )  # fmt: skip
    """Elements that hold no text of an article."""
    without_paragraphs = ("nav", "noscript", "footer", "aside", "menu", "picture")
    """Elements that hold no text of an article unless there is a paragraph in them."""
    section_name = re.compile(r"comment|kommentar|disqus|respond|discuss|wpd", re.IGNORECASE)
    string = etree.XPath("string()", smart_strings=False)
    """All text of an element, as one string."""
    element_classes = etree.ElementDefaultClassLookup(
        html.HtmlElement, html.HtmlComment, html.HtmlProcessingInstruction
    )
    """The classes that Trafilatura expects. A parser of ``lxml.html`` asks Python for the class of every element."""
    value = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
    markup = re.compile(r"<!(?=--)(?s:.*?)(?:-->|\Z)|<[^>]*+(?:>|\Z)")
    empty_page = re.compile(r"(<(?:html|HTML|body|BODY)\b(?:[^<>/]|/(?!>))*+)/>")  # to libxml2 the page ends there
    part = 1_000_000
    """Characters that are split into words at once."""
    most_head = 100_000
    """Maximum characters of a page within which its address is looked for."""
    lost_text = 2_000
    lost_share = 0.5
    """Characters that may be missing from a tree, and the share that must be there: entities and broken tags make the
    two counts differ a little on any page; a parser that stops halfway makes them differ much."""


_C = PageConstants


MOST_ELEMENTS = 50_000
"""Maximum number of elements, without comments, for Trafilatura. Its time grows with the square of the paragraphs: 4 s
for 50,000, 100 s and .5 GB for 287,000. A novel on one page has a quarter of the limit."""

_VAST = f"more than {MOST_ELEMENTS:,} elements besides comments; all paragraphs are taken for the article"


# A start tag; ">" in a quoted value does not end it. Possessive, so nothing is tried twice; one that never ends is the
# rest of the page, so that it is looked at once.
_TAG = re.compile(r"""<[A-Za-z][^=>]*+(?:=\s*+(?:"[^"]*+"|'[^']*+'|)[^=>]*+)*+(?:>|\Z)""")
_TAG_NAME = re.compile(r"<[A-Za-z][\w:-]{0,40}")

_ADDRESS = re.compile(
    r"""<link\s(?=[^<>]{0,500}\brel=["']?canonical\b)[^<>]{0,500}?\bhref=["']?([^"'\s<>]{1,2000})"""
    r"""|<meta\s(?=[^<>]{0,500}\bproperty=["']?og:url\b)[^<>]{0,500}?\bcontent=["']?([^"'\s<>]{1,2000})"""
)
_PAGE_END = re.compile(r"</[hH][tT][mM][lL]\s*>")  # found four times as fast as if case were ignored

_SILENT = frozenset((*_C.no_text_tags, "script", "noscript"))


def parse_html(page: Page) -> Document:
    """Separate the article of an HTML page from its reader comments.

    :param page: A page of kind HTML.
    :return: The document; comments in page order, called c1, c2, ...; None where the page does not say.
    :raises InputError: If its elements are nested too deeply.
    """
    # 1. The comments, while the page is whole.
    root = page_tree(page)
    thread, not_article, warnings = _read_comments(page, root)
    # 2. The article, without them.
    _remove_comments(root, thread, not_article)
    is_vast = next(islice(root.iter(), MOST_ELEMENTS, None), None) is not None
    metadata = read_metadata(root, root.find("head") if is_vast else root, page.url, thread.title)
    opening, quoted = thread.opening, None
    if opening:
        body, quoted = tuple(opening.text.split("\n")), opening.quoted
    elif is_vast:
        body, warnings = _all_paragraphs(root, metadata), (*warnings, _VAST)
    else:
        body, quoted = _body(root, metadata)
    # 3. The certainty that the comments were read right.
    is_by_row = bool(thread.comments) and thread.method in (Method.MARKUP, Method.NAMES)
    certainty, doubts = judge_certainty(thread)
    return Document(
        document_id=document_id(metadata.title, body, thread.comments),
        source=page.source,
        outlet=metadata.outlet,
        url=metadata.url,
        title=metadata.title,
        author=(opening and opening.author) or metadata.author,
        published=(opening and opening.posted) or metadata.published,
        lead=metadata.lead if metadata.lead and not any(metadata.lead in paragraph for paragraph in body) else None,
        body=body,
        quotations=block_quotations(body, quoted),
        comments=thread.comments,
        stated_comments=thread.stated.count if thread.stated else None,
        layout=f"rows:{thread.layout}" if is_by_row else thread.layout,
        warnings=(*page.warnings, *warnings),
        certainty=certainty,
        doubts=doubts,
    )


# Trees ----------------------------------------------------------------------------------------------------------------


def page_tree(page: Page) -> Element:
    """Parse a page; the parser itself stops at ``MAX_DEPTH`` and says so."""
    root = _tree(page.text, page.source)
    for frame in list(root.iter("iframe")):
        _open_frame(frame)
    for template in root.iter("template"):  # shadow roots that a browser saved become boxes like others
        if "shadowrootmode" in template.attrib or "shadowroot" in template.attrib:
            template.tag = "div"
    forms = list(root.iter("form"))
    whole = _shown_length(root) if forms else 0
    for form in forms:  # ASP.NET puts whole pages into forms
        if 2 * _shown_length(form) > whole:
            form.tag = "div"
    return root


def _tree(text: str, source: str) -> Element:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True, huge_tree=False, collect_ids=False)
    parser.set_element_class_lookup(_C.element_classes)
    try:
        text = _without_early_end(_C.empty_page.sub(r"\1>", text))
        if max(map(len, _TAG.findall(text)), default=0) > 2 * _C.most_attributes:  # as on hardly any page
            text = _TAG.sub(_with_few_attributes, text)
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:  # a page without a single element or word
        raise InputError(f"{source}: no HTML element; expected a page") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise InputError(f"{source}: elements are nested more than 250 deep or too long; expected a page")
    if root is None:
        raise InputError(f"{source}: no HTML element; expected a page")
    deepest = current_limits().tree_depth
    if deepest < MAX_DEPTH and root.xpath(f"boolean({'/*' * (deepest + 1)})"):
        raise InputError(f"{source}: elements are nested more than {deepest} deep, the limit; expected a page")
    return root


def _shown_length(element: Element) -> int:
    """Return the number of characters of the text of an element that a page shows."""
    texts = (each.text for each in element.iter("*") if each.text and each.tag not in _SILENT)
    tails = (each.tail for each in element.iterdescendants() if each.tail)
    return sum(len(text.strip()) for text in chain(texts, tails))


def _open_frame(frame: Element) -> None:
    """Make a frame that a browser saved, such as a thread of Disqus, a box; frames in frames stay closed.

    An article is in no frame: only what is found to be comments is read from one.
    """
    source = str(frame.attrib.pop("srcdoc", ""))
    try:
        inner = _tree(source, "srcdoc").find("body") if source else None
    except InputError:  # a broken frame is as good as none
        return
    if inner is not None and len(inner):
        frame.tag, inner.tag = "div", "div"
        frame.set("class", _C.frame_class)
        frame.text = None
        frame[:] = [inner]


def _lost_text(source: str, index: Index) -> tuple[str, ...]:
    """Warn where the tree holds far less text than the source: the parser can drop some without an error."""
    written = _length(_C.markup.sub("", source))  # in linear time
    kept = _length("".join(index.text.pieces))
    if written - kept > _C.lost_text and kept < _C.lost_share * written:
        return (f"of about {written:,} characters of text the HTML parser kept {kept:,}; the rest is not read",)
    return ()


def _text_size(element: Element) -> int:
    return _length(str(_C.string(element)))


def _length(text: str) -> int:
    """Count the characters of a text that are no blanks, part by part, which takes less memory."""
    parts = (text[start : start + _C.part] for start in range(0, len(text), _C.part))
    return sum(sum(map(len, part.split())) for part in parts)


def _without_early_end(text: str) -> str:
    """Take out "</html>" where more follows: libxml2 drops that, and browsers show it."""
    end = _PAGE_END.search(text)
    after = _PAGE_END.sub("", text[end.start() :]) if end else ""
    return text[: end.start()] + after if end and after.strip() else text


def _with_few_attributes(tag: re.Match[str]) -> str:
    """Remove all attributes of an element that has too many of them."""
    if len(tag[0]) <= 2 * _C.most_attributes or not tag[0].endswith(">"):
        return tag[0]
    bare = _C.value.sub("=", tag[0])  # a value may be a page of its own
    if max(bare.count("="), len(bare.split())) <= _C.most_attributes:
        return tag[0]
    return f"{_TAG_NAME.findall(tag[0])[0]}>"


# Comments -------------------------------------------------------------------------------------------------------------


def _read_comments(page: Page, root: Element) -> tuple[Thread, list[Element], tuple[str, ...]]:
    """Find the comments of a page, the other elements that are no part of an article, and warn about the comments.

    The index ends with this function: were it still there when elements are taken out, lxml would look through all that
    was taken out for each element of the index, to learn whether it may be freed.
    """
    index = Index(root)
    own = of_site(page.layouts, host_of(page)) if page.layouts else ()
    thread = (find_by_own_rows(index, own) if own else None) or find_comments(index)
    doubt = explain_difference(thread.stated, len(thread.comments))
    if not thread.comments and (system := script_loaded_system(index)):
        doubt = (
            f"comments load with JavaScript ({system}) and are missing from this saved file; "
            "save the page after they appear: docs/saving-pages.md"
        )
    warnings = (*_lost_text(page.text, index), *thread.warnings, *((doubt,) if doubt else ()))
    return thread, index.select(*NO_ARTICLE, f"div.{_C.frame_class}"), warnings


def host_of(page: Page) -> str | None:
    """Return the host of the address that a page has or states."""
    stated = _ADDRESS.search(page.text, 0, _C.most_head)
    return domain_of(page.url) or domain_of(stated and (stated[1] or stated[2]))


def _remove_comments(root: Element, thread: Thread, not_article: Iterable[Element]) -> None:
    """Empty the comments, and the boxes around them that hold little else; an empty box is no part of an article."""
    around: dict[Element, None] = {}
    for element in thread.elements:
        for box in element.iterancestors():  # each box is looked at once
            if box in around:
                break
            around[box] = None
    sections = [box for box in around.keys() - {*thread.elements} if box.tag not in ("html", "body")]
    sections = [box for box in sections if _C.section_name.search(f"{box.get('id', '')} {box.get('class', '')}")]
    for element in reversed((*thread.elements, *not_article)):  # an inner one is emptied first, and so once
        _empty(element)
    most = _C.section_share * _text_size(root) if sections else 0.0
    for box in [box for box in sections if _text_size(box) <= most]:
        _empty(box)


def _empty(element: Element) -> None:
    # What follows an element is not part of it. The stubs are older than the argument.
    element.clear(keep_tail=True)  # type: ignore[call-arg]


# Articles -------------------------------------------------------------------------------------------------------------


def _body(root: Element, metadata: Metadata) -> tuple[tuple[str, ...], str]:
    """Return the paragraphs of the article, and the lines of its block quotations; its headline is none."""
    import trafilatura  # takes half a second, which a command that parses no HTML should not wait for

    _silence_loggers()
    # These elements the extractor would remove only after a hundred searches in them.
    unused = [element for element in root.iter(*_C.without_paragraphs) if element.find(".//p") is None]
    unused += [script for script in root.iter("script") if "ld+json" not in script.get("type", "")]
    for element in unused:
        element.tag = _C.no_text_tags[0]
    etree.strip_elements(root, *_C.no_text_tags, etree.Comment, with_tail=False)
    extracted = trafilatura.bare_extraction(
        root,
        url=metadata.url,
        include_comments=False,
        fast=True,  # its second opinions change no figure on pages without comments, and take a quarter of its time
    )
    if not isinstance(extracted, trafilatura.settings.Document):
        return (), ""
    quotes = [trafilatura.xml.xmltotxt(each, include_formatting=False) for each in extracted.body.iter("quote")]
    return _without_headline((extracted.text or "").split("\n"), metadata), "\n".join(quotes)


def _all_paragraphs(root: Element, metadata: Metadata) -> tuple[str, ...]:
    """Return the paragraphs of a page, wherever they are; all lines, where most text is in no paragraph."""
    lines = [line for paragraph in root.iter("p") for line in text_of(paragraph).split("\n")]
    if 2 * sum(map(len, lines)) < _text_size(root):
        lines = text_of(root).split("\n")
    return _without_headline(lines, metadata)


def _without_headline(lines: Iterable[str], metadata: Metadata) -> tuple[str, ...]:
    kept = [line.strip() for line in lines if line.strip()]
    return tuple(kept[1:] if kept and kept[0] == metadata.title else kept)


@cache
def _silence_loggers() -> None:
    """Silence the loggers of the libraries below."""
    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
