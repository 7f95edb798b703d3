"""Parse the source of a page into a tree of elements, with the frames that a browser saved."""

import re
from functools import lru_cache
from typing import cast

from lxml import etree, html

from stance.datamodels import Page, Strings
from stance.exceptions import InputError
from stance.limits import MAX_DEPTH, current_limits
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element, sign_of

MOST_ATTRIBUTES = 256
"""Maximum number of attributes of an element; reading them takes quadratic time: 87 s for 100,000."""

FRAME_CLASS = "frame-srcdoc"
"""Class of the boxes that replace frames."""

SIZE = etree.XPath("string-length(normalize-space())")
"""Characters of the text of an element, with single blanks between words."""

ELEMENT_CLASSES = etree.ElementDefaultClassLookup(html.HtmlElement, html.HtmlComment, html.HtmlProcessingInstruction)
"""The classes that Trafilatura expects. A parser of ``lxml.html`` asks Python for the class of every element."""

VALUE = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")

WITH_WHOLE = etree.XPath("//*[@*[contains(name(), 'full')]]")
"""Elements that may have the whole of their text in an attribute, such as ``data-full-text``."""

_WHOLE_NAME = re.compile(r"full[\w:.-]*+\s*+=")
"""Pattern of a part of each page with such an element: the search for elements takes 4 ms."""

CUT_END = re.compile(r"\s*(?:\u2026|\.\.\.)\s*$")
"""Pattern of the end of a text of which an attribute has the whole."""

EMPTY_PAGE = re.compile(r"(<(?:html|HTML|body|BODY)\b(?:[^<>/]|/(?!>))*+)/>")  # to libxml2 the page ends there

# A comment or a tag; ">" in a quoted value does not end it. Possessive, so nothing is tried twice; one that never ends
# is the rest of the page, so that it is looked at once.
_TAG = re.compile(r"""<!--(?s:.*?)(?:-->|\Z)|<[/!?A-Za-z][^=>]*+(?:=\s*+(?:"[^"]*+"|'[^']*+'|)[^=>]*+)*+(?:>|\Z)""")

_TAG_NAME = re.compile(r"<[A-Za-z][\w:-]{0,40}")

_PATH = re.compile(r"""<path(?:\s++[\w:-]++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'))?+)*+\s*+(?:/>|>\s*+</path>)""")

_PAGE_END = re.compile(r"</[hH][tT][mM][lL]\s*>")  # found four times as fast as if case were ignored


@lru_cache(maxsize=1)
def without_drawings(text: str) -> str:
    """Take the lines of drawings, a tenth of the elements, out of a page."""
    return _PATH.sub("", text) if "<path" in text else text


def page_tree(page: Page) -> Element:
    """Parse a page; the parser itself stops at ``MAX_DEPTH`` and says so."""
    text = without_drawings(page.text)
    root = _tree(text, page.source)
    if "<path" in text:
        etree.strip_elements(root, "path", with_tail=False)
    for frame in list(root.iter("iframe")):
        _open_frame(frame)
    for template in root.iter("template"):  # shadow roots that a browser saved become boxes like others
        if "shadowrootmode" in template.attrib or "shadowroot" in template.attrib:
            template.tag = "div"
    if _WHOLE_NAME.search(text):
        _complete_texts(root)
    for picture in root.iter("img"):
        if sign := sign_of(picture):
            picture.tag, picture.text = "span", sign
    forms = list(root.iter("form"))
    total = text_size(root) if forms else 0
    for form in forms:  # ASP.NET puts whole pages into forms
        if 2 * text_size(form) > total:
            form.tag = "div"
    return root


def _complete_texts(root: Element) -> None:
    """Write the whole of cut texts where an attribute has it."""
    for cut in cast("list[Element]", WITH_WHOLE(root)):
        shown = CUT_END.sub("", cut.text or "")
        if len(cut) == 0 and shown and shown != cut.text:
            cut.text = next((str(value) for _, value in cut.items() if str(value).startswith(shown)), cut.text)


def _tree(text: str, source: str) -> Element:
    parser = etree.HTMLParser(encoding="utf-8", recover=True, collect_ids=False, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(ELEMENT_CLASSES)
    try:
        if long := {tag: bare for tag in _sizes_of_tags(text)[0] if (bare := _with_few_attributes(tag)) != tag}:
            text = _TAG.sub(lambda tag: long.get(tag[0], tag[0]), text)
        text = _without_early_end(EMPTY_PAGE.sub(r"\1>", text))
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:  # a page without a single element or word
        raise InputError(f"{source}: no HTML element; expected a page") from error
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise InputError(f"{source}: elements are nested more than 250 deep or too long; expected a page")
    if root is None:
        raise InputError(f"{source}: no HTML element; expected a page")
    deepest = current_limits().tree_depth
    if deepest < MAX_DEPTH and root.xpath(f"boolean({'/*' * (deepest + 1)})"):
        raise InputError(f"{source}: elements are nested more than {deepest} deep (the limit); expected a page")
    return root


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
        frame.set("class", FRAME_CLASS)
        frame.text = None
        frame[:] = [inner]


def lost_text(source: str, index: Index) -> Strings:
    """Warn where the tree holds less than half of the text of the source: the parser can drop some without an error."""
    source = without_drawings(source)
    written = len(source) - _sizes_of_tags(source)[1]
    size = len(index.text.text) - index.text.text.count("\v")
    # Characters that may be missing from a tree: entities and broken tags make the two counts differ on any page.
    if 2 * size < written - 2_000:
        return (f"of about {written:,} characters of text the HTML parser kept {size:,}; the rest is not read",)
    return ()


@lru_cache(maxsize=1)
def _sizes_of_tags(source: str) -> tuple[set[str], int]:
    """Return the tags of a page that may have too many attributes, and the characters of all tags and comments."""
    tags = _TAG.findall(source)
    return {tag for tag in tags if len(tag) > 2 * MOST_ATTRIBUTES}, sum(map(len, tags))


def text_size(element: Element) -> float:
    """Return the characters of the text of an element, with single blanks between words."""
    return cast("float", SIZE(element))


def _without_early_end(text: str) -> str:
    """Take out "</html>" where more follows: libxml2 drops that, and browsers show it."""
    end = _PAGE_END.search(text)
    after = _PAGE_END.sub("", text[end.start() :]) if end else ""
    return text[: end.start()] + after if end and after.strip() else text


def _with_few_attributes(tag: str) -> str:
    """Remove all attributes of an element that has too many; keep the end of a script in which it seems to begin."""
    name, bare = _TAG_NAME.match(tag), VALUE.sub("=", tag)  # a value may be a page of its own
    if name is None or not tag.endswith(">") or max(bare.count("="), len(bare.split())) <= MOST_ATTRIBUTES:
        return tag
    end = tag.lower().find("</script")
    return f"{name[0]}>{tag[end:] if end > 0 else ''}"
