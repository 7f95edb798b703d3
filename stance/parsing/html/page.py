"""Read HTML pages: comments first, then the article from the rest of the page.

Comments leave the tree first, because an extractor of articles takes a long comment for a paragraph. Trafilatura then
finds the body. Nothing here follows links, runs scripts or recurses into a page.
"""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice

from lxml import etree, html

from stance.datamodels import Document, Page, block_quotations
from stance.exceptions import InputError
from stance.limits import MAX_DEPTH, current_limits
from stance.parsing.certainty import judge_certainty
from stance.parsing.counts import explain_difference
from stance.parsing.html.comments import find_by_own_rows, find_comments, script_loaded_system
from stance.parsing.html.metadata import Metadata, read_metadata
from stance.parsing.html.tree import Element, Index, text_of
from stance.parsing.layouts import NO_ARTICLE, of_site
from stance.parsing.threads import Method, Thread
from stance.records import document_id, domain_of

MOST_ATTRIBUTES = 256
"""Maximum number of attributes of an element; reading them takes quadratic time: 87 s for 100,000."""

FRAME_CLASS = "frame-srcdoc"
"""Class of the boxes that replace frames."""

SECTION_SHARE = 0.25
"""A box named after comments is removed with them while it holds less than this share of the text that remains; themes
put such names on boxes around the whole article, too."""

NO_TEXT_TAGS = (
    "style", "svg", "img", "link", "meta", "template", "button", "input", "select", "textarea", "iframe", "datalist",
    "object", "embed", "video", "audio", "canvas", "map", "source", "track",
)  # fmt: skip
"""Elements that hold no text of an article."""

WITHOUT_PARAGRAPHS = ("nav", "noscript", "footer", "aside", "menu", "picture")
"""Elements that hold no text of an article unless there is a paragraph in them."""

MOST_ELEMENTS = 50_000
"""Maximum number of elements, without comments, for Trafilatura. Its time grows with the square of the paragraphs: 4 s
for 50,000, 100 s and .5 GB for 287,000. A novel on one page has a quarter of the limit."""

_VAST = f"more than {MOST_ELEMENTS:,} elements besides comments; all paragraphs are taken for the article"

_SECTION_NAME = re.compile(r"comment|kommentar|disqus|respond|discuss|wpd", re.IGNORECASE)

_STRING = etree.XPath("string()", smart_strings=False)
"""All text of an element, as one string."""

_ELEMENT_CLASSES = etree.ElementDefaultClassLookup(html.HtmlElement, html.HtmlComment, html.HtmlProcessingInstruction)
"""The classes that Trafilatura expects. A parser of ``lxml.html`` asks Python for the class of every element."""

# A start tag; ">" in a quoted value does not end it. Possessive, so nothing is tried twice; one that never ends is the
# rest of the page, so that it is looked at once.
_TAG = re.compile(r"""<[A-Za-z][^=>]*+(?:=\s*+(?:"[^"]*+"|'[^']*+'|)[^=>]*+)*+(?:>|\Z)""")
_VALUE = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
_MARKUP = re.compile(r"<!(?=--)(?s:.*?)(?:-->|\Z)|<[^>]*+(?:>|\Z)")
_TAG_NAME = re.compile(r"<[A-Za-z][\w:-]{0,40}")

_ADDRESS = re.compile(
    r"""<link\s(?=[^<>]{0,500}\brel=["']?canonical\b)[^<>]{0,500}?\bhref=["']?([^"'\s<>]{1,2000})"""
    r"""|<meta\s(?=[^<>]{0,500}\bproperty=["']?og:url\b)[^<>]{0,500}?\bcontent=["']?([^"'\s<>]{1,2000})"""
)
_PAGE_END = re.compile(r"</[hH][tT][mM][lL]\s*>")  # found four times as fast as if case were ignored
_EMPTY_PAGE = re.compile(r"(<(?:html|HTML|body|BODY)\b(?:[^<>/]|/(?!>))*+)/>")  # to libxml2 the page ends there

_SILENT = frozenset((*NO_TEXT_TAGS, "script", "noscript"))

PART = 1_000_000
"""Characters that are split into words at once."""

MOST_HEAD = 100_000
"""Maximum characters of a page within which its address is looked for."""

LOST_TEXT, LOST_SHARE = 2_000, 0.5
"""Characters that may be missing from a tree, and the share that must be there: entities and broken tags make the two
counts differ a little on any page; a parser that stops halfway makes them differ much."""


@dataclass(frozen=True, slots=True)
class Survey:
    """The parts of a page besides its article."""

    found: Thread
    warnings: tuple[str, ...]
    not_article: tuple[Element, ...]
    elements: int  # of the whole page


def parse_html(page: Page) -> Document:
    """Separate the article of an HTML page from its reader comments.

    :param page: A page of kind HTML.
    :return: The document; comments in page order, called c1, c2, ...; None where the page does not tell.
    :raises InputError: If its elements are nested too deeply.
    """
    root = page_tree(page)
    survey = survey_page(page, root)
    found = survey.found
    _remove_comments(root, survey)
    is_vast = survey.elements > MOST_ELEMENTS and _is_vast(root)
    metadata = read_metadata(root, page.url, found.title, is_vast=is_vast)
    opening, vast, quoted = found.opening, tuple[str, ...](), None
    if opening:
        body, quoted = tuple(opening.text.split("\n")), opening.quoted
    else:
        _slim(root)
        if survey.elements > MOST_ELEMENTS and _is_vast(root):
            body, vast = _all_paragraphs(root, metadata), (_VAST,)
        else:
            body, quoted = _body(root, metadata)
    is_by_rows = bool(found.comments) and found.method in (Method.MARKUP, Method.NAMES)
    certainty, doubts = judge_certainty(found)
    return Document(
        document_id=document_id(metadata.title, body, found.comments),
        source=page.source,
        outlet=metadata.outlet,
        url=metadata.url,
        title=metadata.title,
        author=(opening and opening.author) or metadata.author,
        published=(opening and opening.posted) or metadata.published,
        lead=metadata.lead if metadata.lead and not any(metadata.lead in paragraph for paragraph in body) else None,
        body=body,
        quotations=block_quotations(body, quoted),
        comments=found.comments,
        stated_comments=found.stated.count if found.stated else None,
        layout=f"rows:{found.layout}" if is_by_rows else found.layout,
        warnings=(*page.warnings, *survey.warnings, *vast),
        certainty=certainty,
        doubts=doubts,
    )


# Trees ----------------------------------------------------------------------------------------------------------------


def page_tree(page: Page) -> Element:
    """Parse a page; the parser itself stops at ``MAX_DEPTH`` and says so."""
    root = _tree(page.text, page.source)
    _open_frames(root)
    _open_shadow_roots(root)
    _open_form(root)
    return root


def _tree(text: str, source: str) -> Element:
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True, huge_tree=False, collect_ids=False)
    parser.set_element_class_lookup(_ELEMENT_CLASSES)
    try:
        text = _with_few_attributes(_without_early_end(_EMPTY_PAGE.sub(r"\1>", text)))
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


def _open_form(root: Element) -> None:
    """Turn a form that holds most of the text of a page into a box: ASP.NET puts whole pages into forms."""
    forms = list(root.iter("form"))
    whole = _shown_length(root) if forms else 0
    for form in forms:
        if 2 * _shown_length(form) > whole:
            form.tag = "div"


def _shown_length(element: Element) -> int:
    """Return the number of characters of the text of an element that a page shows."""
    texts = (each.text for each in element.iter("*") if each.text and each.tag not in _SILENT)
    tails = (each.tail for each in element.iterdescendants() if each.tail)
    return sum(len(text.strip()) for text in chain(texts, tails))


def _open_frames(root: Element) -> None:
    """Replace frames that a browser saved, such as a thread of Disqus, by boxes; frames in frames stay closed.

    An article is in no frame: only what is found to be comments is read from one.
    """
    for frame in list(root.iter("iframe")):
        source = str(frame.attrib.pop("srcdoc", ""))
        if not source:
            continue
        try:
            inner = _tree(source, "srcdoc").find("body")
        except InputError:  # a broken frame is as good as none
            continue
        if inner is not None and len(inner):
            frame.tag, inner.tag = "div", "div"
            frame.set("class", FRAME_CLASS)
            frame.text = None
            frame[:] = [inner]


def _open_shadow_roots(root: Element) -> None:
    """Make the shadow roots that a browser saved as templates boxes like others."""
    for template in root.iter("template"):
        if "shadowrootmode" in template.attrib or "shadowroot" in template.attrib:
            template.tag = "div"


def _lost_text(source: str, index: Index) -> tuple[str, ...]:
    """Warn where the tree holds far less text than the source: the parser can drop some without an error."""
    written = _length(_MARKUP.sub("", source))  # in linear time
    kept = _length("".join(index.text.pieces))
    if written - kept > LOST_TEXT and kept < LOST_SHARE * written:
        return (f"of about {written:,} characters of text the HTML parser kept {kept:,}; the rest is not read",)
    return ()


def _text_size(element: Element) -> int:
    return _length(str(_STRING(element)))


def _length(text: str) -> int:
    """Count the characters of a text that are no blanks, part by part, which takes less memory."""
    parts = (text[start : start + PART] for start in range(0, len(text), PART))
    return sum(sum(map(len, part.split())) for part in parts)


def _without_early_end(text: str) -> str:
    """Take out "</html>" where more follows: libxml2 drops that, and browsers show it."""
    end = _PAGE_END.search(text)
    after = _PAGE_END.sub("", text[end.start() :]) if end else ""
    return text[: end.start()] + after if end and after.strip() else text


def _with_few_attributes(text: str) -> str:
    """Remove all attributes of elements that have too many of them."""
    if max(map(len, _TAG.findall(text)), default=0) <= 2 * MOST_ATTRIBUTES:  # as on nearly every page
        return text
    return _TAG.sub(_with_few, text)


def _with_few(tag: re.Match[str]) -> str:
    if len(tag[0]) <= 2 * MOST_ATTRIBUTES or not tag[0].endswith(">"):
        return tag[0]
    bare = _VALUE.sub("=", tag[0])  # a value may be a page of its own
    if max(bare.count("="), len(bare.split())) <= MOST_ATTRIBUTES:
        return tag[0]
    return f"{_TAG_NAME.findall(tag[0])[0]}>"


# Comments -------------------------------------------------------------------------------------------------------------


def survey_page(page: Page, root: Element) -> Survey:
    """Look at the whole page, as long as it is whole.

    The index ends with this function: were it still there when elements are taken out, lxml would look through all that
    was taken out for each element of the index, to learn whether it may be freed.
    """
    index = Index(root)
    own = of_site(page.layouts, host_of(page)) if page.layouts else ()
    found = (find_by_own_rows(index, own) if own else None) or find_comments(index)
    doubts = []
    if not found.comments and (system := script_loaded_system(index)):
        doubts.append(
            f"comments load with JavaScript ({system}) and are missing from this saved file; "
            "save the page after they appear: docs/saving-pages.md"
        )
    elif difference := explain_difference(found.stated, len(found.comments)):
        doubts.append(difference)
    not_article = tuple(index.select(*NO_ARTICLE, f"div.{FRAME_CLASS}"))
    warnings = (*_lost_text(page.text, index), *found.warnings, *doubts)
    return Survey(found, warnings, not_article, len(index.elements))


def host_of(page: Page) -> str | None:
    """Return the host of the address that a page has or states."""
    stated = _ADDRESS.search(page.text, 0, MOST_HEAD)
    return domain_of(page.url) or domain_of(stated and (stated[1] or stated[2]))


def _remove_comments(root: Element, survey: Survey) -> None:
    """Empty the comments, and the boxes around them that hold little else; an empty box is no part of an article."""
    comments = survey.found.elements
    sections = [box for box in _around(comments).difference(comments) if _is_named_after_comments(box)]
    for element in reversed((*comments, *survey.not_article)):  # what is in another is emptied first, and so once
        _empty(element)
    most = SECTION_SHARE * _text_size(root) if sections else 0.0
    for box in [box for box in sections if _text_size(box) <= most]:
        _empty(box)


def _around(elements: Iterable[Element]) -> set[Element]:
    """Return the boxes around some elements, each box looked at once."""
    boxes: set[Element] = set()
    for element in elements:
        for box in element.iterancestors():
            if box in boxes:
                break
            boxes.add(box)
    return boxes


def _empty(element: Element) -> None:
    # What follows an element is not part of it. The stubs are older than the argument.
    element.clear(keep_tail=True)  # type: ignore[call-arg]


def _is_named_after_comments(box: Element) -> bool:
    if box.tag in ("html", "body"):
        return False
    return bool(_SECTION_NAME.search(f"{box.get('id', '')} {box.get('class', '')}"))


# Articles -------------------------------------------------------------------------------------------------------------


def _slim(root: Element) -> None:
    """Remove elements that the extractor would remove only after a hundred searches in them."""
    unused = [element for element in root.iter(*WITHOUT_PARAGRAPHS) if element.find(".//p") is None]
    unused += [script for script in root.iter("script") if "ld+json" not in script.get("type", "")]
    for element in unused:
        element.tag = NO_TEXT_TAGS[0]
    etree.strip_elements(root, *NO_TEXT_TAGS, etree.Comment, with_tail=False)


def _body(root: Element, metadata: Metadata) -> tuple[tuple[str, ...], str]:
    """Return the paragraphs of the article, and the lines of its block quotations; its headline is none."""
    import trafilatura  # takes half a second, which a command that parses no HTML should not wait for

    _silence_loggers()
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


def _is_vast(root: Element) -> bool:
    return next(islice(root.iter(), MOST_ELEMENTS, None), None) is not None


def _all_paragraphs(root: Element, metadata: Metadata) -> tuple[str, ...]:
    """Return the paragraphs of a page, wherever they stand; all lines, where most text is in no paragraph."""
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
