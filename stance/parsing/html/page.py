"""Read HTML pages: comments first, then the article and its metadata from the rest of the page.

Comments leave the tree first, because an extractor of articles takes a long comment for a paragraph. Trafilatura then
finds the body. Nothing here follows links, runs scripts or recurses into a page.

Of metadata, linked data (schema.org in JSON-LD) and ``<meta>`` come first, because they name their values; the headline
and the by-line count where these are missing.
"""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from html import unescape
from itertools import chain, islice, pairwise
from typing import cast
from unicodedata import normalize
from urllib.parse import urljoin

from lxml import etree, html

from stance.datamodels import Document, Page, block_quotations
from stance.exceptions import InputError
from stance.limits import FIXED, MAX_DEPTH, current_limits
from stance.page_layouts import UNSAVED
from stance.parsing.bylines import author_in, ends_in_credit
from stance.parsing.certainty import judge_certainty
from stance.parsing.counts import explain_difference
from stance.parsing.dates import find_date, parse_date
from stance.parsing.html.comments import (
    Thing,
    find_by_own_rows,
    find_comments,
    kinds_of,
    linked_data,
    script_loaded_system,
    top_things,
)
from stance.parsing.html.parts import attribute_date, is_named_after, is_stamp, words_of
from stance.parsing.html.tree import Element, Index, line_of, sign_of, text_of, upwards
from stance.parsing.layouts import NO_ARTICLE, of_site
from stance.parsing.paragraphs import choose_paragraphs, own_paragraphs, whole_quotations
from stance.parsing.phrases import phrases
from stance.parsing.sites import clean_name, host_of_page, names_in_title
from stance.parsing.thread import Method, Thread
from stance.records.digests import document_id, domain_of, original_address


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
    lost_text = 2_000
    """Characters that may be missing from a tree: entities and broken tags make the two counts differ on any page."""
    size = etree.XPath("string-length(normalize-space())")
    """Characters of the text of an element, with single blanks between words."""
    element_classes = etree.ElementDefaultClassLookup(
        html.HtmlElement, html.HtmlComment, html.HtmlProcessingInstruction
    )
    """The classes that Trafilatura expects. A parser of ``lxml.html`` asks Python for the class of every element."""
    value = re.compile(r"""=\s*+(?:"[^"]*+"|'[^']*+')""")
    empty_page = re.compile(r"(<(?:html|HTML|body|BODY)\b(?:[^<>/]|/(?!>))*+)/>")  # to libxml2 the page ends there
    longest_value = 2_000
    """Maximum characters of any value; browsers take hardly more."""
    paragraph_characters = 200
    """Minimum characters of a paragraph."""
    near_lines, near_levels = 15, 5
    """Number of lines below a headline, and of elements around it and lines above it, that are the article's."""
    called_site = re.compile(r"\b(?:site|blog)[-_]?(?:title|name|logo|branding)|\blogo\b|\bbrand", re.IGNORECASE)
    home = re.compile(r"(?:https?://[^/]+)?/(?:index\.\w+)?|https?://[^/]+", re.IGNORECASE)
    most = 0.6
    """Minimum share of a stated title that a heading repeats to be no name of a site."""
    most_above_date = 3
    """Maximum number of paragraphs between a headline and the date of its article."""
    called_date = re.compile("date|time|publi|posted", re.IGNORECASE)
    called_published = re.compile(r"\bentry-date\b|\bpub(?:lished|date)\b|datePublished")
    least_words = 3  # minimum characters beside the date in a line
    farther_above = 3
    """How much farther than it is a date above a headline counts."""
    address_date = re.compile(r"/((?:19|20)\d\d)[/-](\d\d)[/-](\d\d)(?!\d)")
    near_days = 3
    compact_date = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)(T?)(?!\d\d\d)")
    longest_name = 60
    """Maximum characters of a line that is looked at for an author, and of an element that names one."""
    most_looked_at = 50
    """Maximum number of headings, and of elements named after an author or a lead, that are searched."""
    lead_characters = range(30, 1_500)
    # Names in ``<meta>`` of each, the surest first.
    title_names = (
        "og:title",
        "twitter:title",
        "parsely-title",
        "sailthru.title",
        "dc.title",
        "dcterms.title",
        "headline",
    )
    author_names = (
        "author", "article:author", "og:author", "parsely-author", "sailthru.author", "byl", "dc.creator",
        "dcterms.creator", "citation_author", "creator",
    )  # fmt: skip
    date_names = (
        "article:published_time", "og:article:published_time", "datepublished", "parsely-pub-date", "sailthru.date",
        "dc.date.issued", "dcterms.created", "publish-date", "pubdate", "published_time", "pub_date", "publish_date",
        "prism.publicationdate", "citation_publication_date", "citation_date", "dcterms.date", "dc.date", "date",
    )  # fmt: skip
    outlet_names = ("application-name", "dc.publisher", "dcterms.publisher", "citation_journal_title")
    article_kind = re.compile(r"(?:Article|Posting|Review|Recipe|Report)$")
    site_kinds = ("WebSite", "NewsMediaOrganization", "Organization")
    midnight = re.compile(r"T00:00(?::00)?(?:[+-].*)?$")  # may stand for a day without a time
    called_author = re.compile("aut(?:ho|o|eu)r(?!i[sz])|byline|writer", re.IGNORECASE)
    maker = re.compile(
        r"\b(?:gmbh|inc|ltd|llc|s\.?r\.?[lo]\.?|kft|sp\. z o\. ?o\.?"
        r"|(?:web|digital)\s?(?:design|solutions?|stud\w*|agen\w*))\W*$",
        re.I,
    )
    """Pattern of the name of a company that makes pages."""
    live = re.compile(
        r"\blive ?(?:blog|feed|ticker|update|report|text|center|centre|coverage|post|entry|item|event)s?\b"
        r"|\bticker (?:entry|item|post|event|element)\b|\bminuto a minuto\b"
    )
    """Pattern of the words of names of the entries of a live blog."""
    stops = (".", "!", "?", "…", "。")
    fewest_entries, entry_words = 3, 5
    """Minimum number of entries of a live blog, and minimum words of a line of one that is no name or time."""
    own_author = re.compile(r"\b(?:post|entry|article|story)[-_]?author", re.IGNORECASE)
    byline_tags = ("a", "span", "div", "p", "address", "cite", "li", "strong", "b", "h3", "h4", "h5")
    lead_tags = ("p", "div", "h2", "h3", "span")


_C = PageConstants


MOST_ELEMENTS = 50_000
"""Maximum number of elements, without comments, for Trafilatura. Its time grows with the square of the paragraphs: 4 s
for 50,000, 100 s and .5 GB for 287,000. A novel on one page has a quarter of the limit."""

OFF_TOPIC = "article: no word of the title is in the text"

_VAST = f"more than {MOST_ELEMENTS:,} elements besides comments; all paragraphs count as the article"


# A comment or a tag; ">" in a quoted value does not end it. Possessive, so nothing is tried twice; one that never ends
# is the rest of the page, so that it is looked at once.
_TAG = re.compile(r"""<!--(?s:.*?)(?:-->|\Z)|<[/!?A-Za-z][^=>]*+(?:=\s*+(?:"[^"]*+"|'[^']*+'|)[^=>]*+)*+(?:>|\Z)""")
_TAG_NAME = re.compile(r"<[A-Za-z][\w:-]{0,40}")

_PAGE_END = re.compile(r"</[hH][tT][mM][lL]\s*>")  # found four times as fast as if case were ignored

_SEPARATOR = re.compile(r"\s(?:[–—•·|⁄*~‹«<›»>:-]|--)\s|\s?\|\s?|(?<=\w):\s|_(?=[\u3040-\u9fff])")
_WORDS = re.compile(r"\w{3,}")


@dataclass(frozen=True, slots=True)
class Metadata:
    """The title, author, date, outlet, address and lead of an article."""

    title: str | None
    author: str | None  # several are joined by "; "
    published: str | None  # ISO 8601
    outlet: str | None
    url: str | None
    lead: str | None  # the standfirst, where it is an element of its own


def parse_html(page: Page) -> Document:
    """Separate the article of an HTML page from its reader comments.

    :param page: A page of kind HTML.
    :return: The document; comments in page order, called c1, c2, ...; None where the page does not say.
    :raises InputError: If its elements are nested too deeply.
    """
    # 1. The comments, while the page is whole.
    root = page_tree(page)
    thread, not_article, warnings, unsaved = _read_comments(page, root)
    thread, entries = _without_entries(root, thread)
    # 2. The article, without them.
    _remove_comments(root, thread, not_article)
    is_vast = next(islice(root.iter(), MOST_ELEMENTS, None), None) is not None
    metadata = read_metadata(root, page.url, thread.title)
    opening, quoted, of_topic = thread.opening, None, True
    if opening:
        body, quoted = tuple(opening.text.split("\n")), opening.quoted
    elif is_vast:
        body, warnings = own_paragraphs(_all_lines(root), metadata.title, metadata.author), (*warnings, _VAST)
    else:
        lines, quoted = _extracted_lines(root, metadata.url)
        body, of_topic = choose_paragraphs(lines, lambda: text_of(root), metadata.title, metadata.author)
    if any(line not in body for line in entries):
        body = (*(line for line in body if line not in entries), *entries)
    # 3. The certainty that the comments were read right.
    is_by_row = bool(thread.comments) and thread.method in (Method.MARKUP, Method.NAMES)
    certainty, doubts = judge_certainty(thread)
    doubts = (*(unsaved or doubts), *(() if of_topic else (OFF_TOPIC,)))
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
    etree.strip_elements(root, "path", with_tail=False)  # lines of drawings: a tenth of the elements
    for frame in list(root.iter("iframe")):
        _open_frame(frame)
    for template in root.iter("template"):  # shadow roots that a browser saved become boxes like others
        if "shadowrootmode" in template.attrib or "shadowroot" in template.attrib:
            template.tag = "div"
    for picture in root.iter("img"):
        if sign := sign_of(picture):
            picture.tag, picture.text = "span", sign
    forms = list(root.iter("form"))
    whole = _text_size(root) if forms else 0
    for form in forms:  # ASP.NET puts whole pages into forms
        if 2 * _text_size(form) > whole:
            form.tag = "div"
    return root


def _tree(text: str, source: str) -> Element:
    parser = etree.HTMLParser(encoding="utf-8", recover=True, collect_ids=False, remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_C.element_classes)
    try:
        if _sizes_of_tags(text)[0] > 2 * _C.most_attributes:
            text = _TAG.sub(_with_few_attributes, text)
        text = _without_early_end(_C.empty_page.sub(r"\1>", text))
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
        frame.set("class", _C.frame_class)
        frame.text = None
        frame[:] = [inner]


def _lost_text(source: str, index: Index) -> tuple[str, ...]:
    """Warn where the tree holds less than half of the text of the source: the parser can drop some without an error."""
    written = len(source) - _sizes_of_tags(source)[1]
    kept = len(index.text.text) - index.text.text.count("\v")
    if 2 * kept < written - _C.lost_text:
        return (f"of about {written:,} characters of text the HTML parser kept {kept:,}; the rest is not read",)
    return ()


@lru_cache(maxsize=1)
def _sizes_of_tags(source: str) -> tuple[int, int]:
    """Return the characters of the longest tag or comment of a page, and of all of them."""
    sizes = [*map(len, _TAG.findall(source))]
    return max(sizes, default=0), sum(sizes)


def _text_size(element: Element) -> float:
    return cast("float", _C.size(element))


def _without_early_end(text: str) -> str:
    """Take out "</html>" where more follows: libxml2 drops that, and browsers show it."""
    end = _PAGE_END.search(text)
    after = _PAGE_END.sub("", text[end.start() :]) if end else ""
    return text[: end.start()] + after if end and after.strip() else text


def _with_few_attributes(tag: re.Match[str]) -> str:
    """Remove all attributes of an element that has too many of them."""
    name = _TAG_NAME.match(tag[0])
    if name is None or len(tag[0]) <= 2 * _C.most_attributes or not tag[0].endswith(">"):
        return tag[0]
    bare = _C.value.sub("=", tag[0])  # a value may be a page of its own
    if max(bare.count("="), len(bare.split())) <= _C.most_attributes:
        return tag[0]
    return f"{name[0]}>"


# Comments -------------------------------------------------------------------------------------------------------------


def _read_comments(page: Page, root: Element) -> tuple[Thread, list[Element], tuple[str, ...], tuple[str, ...]]:
    """Find the comments of a page, the other elements that are no part of an article, and warn about the comments.

    :return: The last value is the doubt about comments that were not saved, if they were not.

    The index ends with this function: were it still there when elements are taken out, lxml would look through all that
    was taken out for each element of the index, to learn whether it may be freed.
    """
    index = Index(root)
    own = of_site(page.layouts, host_of_page(page)) if page.layouts else ()
    thread = (find_by_own_rows(index, own) if own else None) or find_comments(index)
    doubt, unsaved = explain_difference(thread.stated, len(thread.comments)), tuple[str, ...]()
    if not thread.comments and (system := script_loaded_system(index)):
        doubt = (
            f"comments load with JavaScript ({system}) and are missing from this saved file; "
            "save the page after they appear: docs/inputs.md"
        )
        unsaved = (f"comments load with JavaScript ({system}); {UNSAVED}; save the page again after they appear",)
    warnings = (*_lost_text(page.text, index), *thread.warnings, *((doubt,) if doubt else ()))
    return thread, index.select(*NO_ARTICLE, f"div.{_C.frame_class}"), warnings, unsaved


def _without_entries(root: Element, thread: Thread) -> tuple[Thread, list[str]]:
    """Return the thread of a page, none where it is the entries of a live blog, and the lines of these.

    Entries are boxes side by side with names of such, or comments which are all of the post's author.
    """
    boxes = root.iter("div", "li", "article", "section")
    named: list[Element] = [each for each in boxes if _C.live.search(words_of(each))]
    beside = Counter(each.getparent() for each in named)
    entries = {each: None for each in named if beside[each.getparent()] >= _C.fewest_entries}
    found = thread.elements
    is_own = len(found) > _C.fewest_entries and all("bypostauthor" in each.get("class", "") for each in found)
    if is_own and len({comment.author for comment in thread.comments}) == 1:
        entries |= dict.fromkeys(found)
    outer = [each for each in entries if entries.keys().isdisjoint(each.iterancestors())]
    lines = [line for each in outer for line in text_of(each).split("\n") if len(line.split()) >= _C.entry_words]
    if found and sum(not entries.keys().isdisjoint(upwards(each)) for each in found) * 2 > len(found):
        thread = Thread(is_html=True, page=thread.page)
    lines = [line for line in lines if parse_date(line) is None or len(line) > _C.longest_name]
    return thread, lines if sum(line.endswith(_C.stops) for line in lines) * 2 >= len(outer) else []  # else headlines


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


def _extracted_lines(root: Element, url: str | None) -> tuple[list[str], str]:
    """Return the lines of the article, and those of its block quotations."""
    import trafilatura  # takes half a second, which a command that parses no HTML should not wait for

    _silence_loggers()
    # These elements the extractor would remove only after a hundred searches in them.
    unused = [element for element in root.iter(*_C.without_paragraphs) if element.find(".//p") is None]
    unused += [script for script in root.iter("script") if "ld+json" not in script.get("type", "")]
    for element in unused:
        element.tag = _C.no_text_tags[0]
    for end in list(filter(_goes_on, root.iter("br"))):
        end.tag, end.text = "span", " "
    etree.strip_elements(root, *_C.no_text_tags, etree.Comment, with_tail=False)
    extracted = trafilatura.bare_extraction(
        root,
        url=url,
        include_comments=False,
        fast=True,  # its second opinions change no figure on pages without comments, and take a quarter of its time
    )
    if not isinstance(extracted, trafilatura.settings.Document):
        return [], ""
    quotes = [trafilatura.xml.xmltotxt(each, include_formatting=False) for each in extracted.body.iter("quote")]
    return (extracted.text or "").split("\n"), whole_quotations("\n".join(quotes))


def _goes_on(end: Element) -> bool:
    """Return whether a line of a block quotation goes on behind its end; two ends are those of a paragraph."""
    before = end.getprevious()
    is_second = before is not None and before.tag == "br" and not (before.tail or "").strip()
    return bool((end.tail or "").strip()) and not is_second and next(end.iterancestors("blockquote"), None) is not None


def _all_lines(root: Element) -> list[str]:
    """Return the lines of the paragraphs of a page, wherever they are; all lines, where most text is in none."""
    lines = [line for paragraph in root.iter("p") for line in text_of(paragraph).split("\n")]
    return lines if 2 * sum(map(len, lines)) >= _text_size(root) else text_of(root).split("\n")


@cache
def _silence_loggers() -> None:
    """Silence the loggers of the libraries below."""
    for name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


# Metadata -------------------------------------------------------------------------------------------------------------


def read_metadata(root: Element, url: str | None = None, shown: str | None = None) -> Metadata:
    """Read the metadata of a page.

    :param root: The page without its comments, whose authors and dates are not the article's.
    :param url: Where the page is known to come from.
    :param shown: The title of the page, where that is in no heading and ``<title>`` names something else.
    """
    data = _MachineData(root)
    address = _address(data, url)
    host = domain_of(address)
    outlet = data.outlet(host) or host
    names = {
        _key(name) for name in (outlet, host, host and host.rpartition(".")[0], data.first(("og:site_name",))) if name
    }
    stated = filter(None, (*data.all(_C.title_names), data.of_article("headline", "name"), shown, data.page_title))
    titles = [title[: FIXED.title_chars] for title in stated]
    headline, title = _headline(root, titles, names), next(iter(titles), None)
    if headline is not None:  # labels may stand beside the title in it
        parts = chain(text_of(headline).split("\n"), map(line_of, headline.iter()))
        title = next((line for line in parts if title and _key(line) == _key(title)), line_of(headline))
    first = [each for each in islice(root.iter("h1"), _C.most_looked_at) if headline is None or _names_site(each)]
    names |= {_key(line_of(each)) for each in first if each is not headline}
    title = _without_site(title, names, host) if title else None
    heads = (clean_name(line_of(each)) for each in root.iter("h1", "h2") if _names_site(each))
    ends = names_in_title(data.page_title or "")  # a last one with a number is a page of a list
    ends = [name for name in ends if _key(name) not in _key(title or "") and not ends[0][-1].isdigit()]
    outlet = outlet or next(filter(None, chain(ends, heads)), None)
    names |= {_key(outlet or "")}
    return Metadata(
        title=title[: FIXED.title_chars] if title else None,
        author=_author(root, headline, data, names),
        published=_published(root, headline, data, address),
        outlet=outlet,
        url=address,
        lead=_lead(headline) if headline is not None else None,
    )


# What is made for machines --------------------------------------------------------------------------------------------


class _MachineData:
    """The ``<meta>``, ``<link>`` and linked data of a page."""

    def __init__(self, root: Element) -> None:
        self.links: dict[str, str] = {}
        self.page_title: str | None = None
        self._metas: defaultdict[str, list[str]] = defaultdict(list)
        self._things: list[Thing] = []
        for element in root.iter("meta", "link", "base", "title", "script"):
            if element.tag == "meta":
                name = element.get("property") or element.get("name") or element.get("itemprop")
                if name and (content := _clean(element.get("content"))):
                    self._metas[name.lower()].append(content)
            elif element.tag == "title":
                self.page_title = self.page_title or _clean(element.text)
            elif element.tag == "script":
                self._things += top_things(linked_data(element))
            elif href := element.get("href", "").strip():
                self.links.setdefault(element.get("rel", element.tag), href)
        self._by_id = {str(each["@id"]): each for each in self._things if "@id" in each}
        articles = [each for each in self._things if any(map(_C.article_kind.search, kinds_of(each)))]
        self._articles = articles or [each for each in self._things if "WebPage" in kinds_of(each)]

    def all(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the contents of ``<meta>`` elements of some names."""
        return (content for name in names for content in self._metas.get(name, ()))

    def first(self, names: Iterable[str]) -> str | None:
        """Return the first content of ``<meta>`` elements of some names."""
        return next(self.all(names), None)

    def of_article(self, *keys: str) -> str | None:
        """Return the first value that linked data has for the article under some keys."""
        values = (each.get(key) for key in keys for each in self._articles)
        return next((text for value in values if isinstance(value, str) and (text := _clean(value))), None)

    def names(self, key: str, kind: str | None = None) -> list[str]:
        """Return the names that linked data has for the article under a key: as text, things, or the id of a thing.

        :param kind: The only type that things may have which state one; None for all.
        """
        for article in self._articles:
            value, names = article.get(key), list[str]()
            for each in value if isinstance(value, list) else [value]:
                thing: Thing = each if isinstance(each, dict) else {"name": each}
                thing = thing if "name" in thing else self._by_id.get(str(thing.get("@id")), thing)
                name, kinds = thing.get("name"), kinds_of(thing)
                if not kind or not kinds or kind in kinds:
                    given = name if isinstance(name, list) else [name]
                    names += filter(None, (_clean(part) for part in given if isinstance(part, str)))
            if names:
                return names
        return []

    def outlet(self, host: str | None) -> str | None:
        """Return the name of the page's site; "The Hill" rather than "TheHill".

        :param host: The site's, if it is known.
        """
        sites = (each.get("name") for kind in _C.site_kinds for each in self._things if kind in kinds_of(each))
        names = (each for each in (*self.names("publisher"), *sites) if isinstance(each, str))
        linked = next(filter(None, (clean_name(_clean(each), host) for each in names)), None)
        name = next(filter(None, (clean_name(each, host) for each in self.all(("og:site_name",)))), None)
        if name and linked and "".join(name.split()).casefold() in "".join(linked.split()).casefold():
            return linked
        return name or linked or clean_name(self.first(_C.outlet_names), host)


def _clean(text: str | None) -> str | None:
    """Return text on one line; linked data, and attributes written twice, hold entities."""
    return " ".join(unescape((text or "")[: _C.longest_value]).split()) or None


def _address(data: _MachineData, url: str | None) -> str | None:
    """Return the address that a page calls its own, made whole by where it comes from, and not that of an archive."""
    for given in (data.links.get("canonical"), data.first(("og:url",)), data.links.get("bookmark"), url):
        try:
            base = url or data.first(("og:url",)) or data.links.get("base", "")
            whole = original_address(urljoin(original_address(base), given or ""))
        except ValueError:
            continue
        if given and whole.startswith(("http://", "https://")) and domain_of(whole) and len(whole) <= _C.longest_value:
            return whole
    return url


# What readers see -----------------------------------------------------------------------------------------------------


def _key(text: str) -> str:
    """Return the letters and digits of a text, by which two titles are the same."""
    return "".join(filter(str.isalnum, text.casefold()))


def _headline(root: Element, titles: Sequence[str], names: set[str]) -> Element | None:
    """Return the heading that a stated title repeats, or that is like it; else the first or only one of first rank.

    :param titles: Those that the page states for machines, the surest first.
    :param names: Keys of the names of the site, which are no headline.
    """
    headings = [each for tags in (("h1",), ("h2", "h3")) for each in islice(root.iter(*tags), _C.most_looked_at)]
    found = {each: line_of(each) for each in headings if not is_named_after(phrases("markup.lead"), each)}
    keys = {each: key for each, line in found.items() if (key := _key(line)) and key not in names}
    whole = [_key(title) for title in titles]
    told = {each for each, key in keys.items() for title in whole if key in title and len(key) >= _C.most * len(title)}
    told = {each for each in told if not _links_home(each)}
    keys = {each: key for each, key in keys.items() if each in told or not _names_site(each)}
    words = {each: {*_WORDS.findall(found[each].casefold())} for each in keys}
    for title, key_of_title in zip(titles, whole, strict=True):
        parts = [key_of_title, *map(_key, _SEPARATOR.split(title))]
        same = [each for each, key in keys.items() if key in parts and 2 * len(key) >= max(map(len, parts[1:]))]
        same += [each for each in told if each.tag == "h1" and keys[each] in key_of_title]
        wanted = {*_WORDS.findall(title.casefold())}
        like = {each: len(words[each] & wanted) for each in keys if each.tag == "h1"}
        like = {each: n for each, n in like.items() if n >= max(2, len(words[each]) / 2)}
        if same or like:
            return max(same, key=lambda each: len(keys[each])) if same else max(like, key=lambda each: like[each])
    first = [each for each in keys if each.tag == "h1"]
    long = (each for each in first if len(words[each]) > 2 and not _is_beside_article(each, ()))
    is_sole = len(first) == 1 and (not titles or len(words[first[0]]) > 1)
    return first[0] if is_sole else next(long, None)


def _names_site(heading: Element) -> bool:
    """Return whether a heading is called the name of the site, or is a link to its first page."""
    return _links_home(heading) or _is_site_name(heading)


def _links_home(heading: Element) -> bool:
    link = next(iter(heading.iter("a")), None)
    return link is not None and (link.get("rel") == "home" or _C.home.fullmatch(link.get("href", "-")) is not None)


def _is_site_name(heading: Element) -> bool:
    around = (each for each in (heading, heading.getparent()) if each is not None)
    return any(_C.called_site.search(f"{each.get('class', '')} {each.get('id', '')}") for each in around)


def _without_site(title: str, names: set[str], host: str | None) -> str | None:
    """Return a title without the name of the site at its ends, or without words that are all in its host, at the end.

    None: it is nothing but that name.
    """
    pieces = _SEPARATOR.split(title)
    kept = [piece for piece in pieces if _key(piece) not in names]
    words = _WORDS.findall(normalize("NFKD", kept[-1].casefold())) if len(kept) > 1 else ()
    if words and all(word in (host or "") for word in words):
        kept.pop()
    if len(kept) == len(pieces):
        return title
    start = title.find(kept[0]) if kept else 0
    return title[start : title.rfind(kept[-1]) + len(kept[-1])] if kept else None


def _author(root: Element, headline: Element | None, data: _MachineData, names: set[str]) -> str | None:
    """Return the people that the page names as its authors, else a login, else the organization or the site.

    :param names: Keys of the names of the site, which are no author unless readers see them as one.
    """
    metas = [name for name in data.all(_C.author_names) if not _C.maker.search(name)]
    seen = [*_byline(root, headline)]
    if not _is_shown(root, metas, seen):  # it is who made the pages of the site
        metas = []
    stated = (data.names("author", "Person"), metas, seen, data.names("author"))
    said = next(map(author_in, _credited(headline)), None) or ""
    given = [[name for line in lines if (name := author_in(line, is_credited=False))] for lines in stated]
    # A line that says "By" and two names tells more than what is made for machines.
    if " " in said and not _is_site(said, names):
        key = _key(said)
        given = [each if any(_key(name) in key or key in _key(name) for name in each) else [] for each in given]
    given.insert(3, [said] if said else [])
    own = [[each for each in found if not (i and _is_site(each, names))] for i, found in enumerate(given)]
    people = [[name for name in found if " " in name or not name.islower()] for found in own]
    found = next(filter(None, (*people, *own, *given[2:4])), [])
    return "; ".join(dict.fromkeys(found)) or None


def _is_shown(root: Element, names: Collection[str], seen: Collection[str]) -> bool:
    """Return whether readers see a word of some names, or see no other name as the author's."""
    words = {word for name in names for word in _WORDS.findall(name.casefold())}
    if not (words and seen) or not words.isdisjoint(_WORDS.findall(" ".join(seen).casefold())):
        return True
    return not words.isdisjoint(_WORDS.findall(text_of(root).casefold()))


def _is_site(name: str, names: set[str]) -> bool:
    """Return whether a name is the site's, or a word at its beginning: "taz" of "taz.de"."""
    key = _key(name)
    return key in names or (" " not in name and any(each.startswith(key) for each in names))


def _credited(headline: Element | None) -> Iterator[str]:
    """Yield the first line closely below the headline, else above it, that says by whom the article is."""
    yield from islice((line for line in _near_lines(headline) if author_in(line)), 1)


def _near_lines(headline: Element | None) -> list[str]:
    """Return the short lines closely below the headline, and those above it from the nearest."""
    near, title = [""], line_of(headline) if headline is not None else ""
    for above in upwards(headline) if headline is not None else ():
        near = text_of(above).split("\n")
        if len(near) > _C.near_lines:
            break
    place = next((i for i, line in enumerate(near) if title and title in line), 0)
    lines = [*near[place + 1 :][: _C.near_lines], *near[:place][: -_C.near_levels : -1]]
    lines = [f"{line} {below}" if ends_in_credit(line) else line for line, below in pairwise((*lines, ""))]
    return [line for line in lines if len(line) <= _C.paragraph_characters]


def _byline(root: Element, headline: Element | None) -> Iterator[str]:
    """Yield the first line with a name in an element of the article that is called after an author.

    Without one, yield the only name that the elements beside the article have which are called after its author.
    """
    headings = islice(root.iter("h1"), _C.most_looked_at) if headline is None else (headline,)
    around = [above for heading in headings for above in upwards(heading)]
    beside: set[str] = set()
    box = _article_box(root, around)
    called = list(islice(filter(_names_author, root.iter(*_C.byline_tags)), _C.most_looked_at))
    outer = {above for element in called for above in element.iterancestors()}
    for element in sorted((each for each in called if each not in outer), key=lambda each: each.get("rel") != "author"):
        link = next((line for link in element.iter("a") if (line := line_of(link))), None)
        line = link or text_of(element).partition("\n")[0]
        if name := author_in(line, is_credited=False):
            if not _is_beside_article(element, around) and (box is None or box in upwards(element)):
                yield line
                return
            beside |= {name} if _C.own_author.search(element.get("class", "")) else set()
    yield from beside if len(beside) == 1 else ()


def _article_box(root: Element, around: Sequence[Element]) -> Element | None:
    """Return the innermost element around a headline that holds half of the text of paragraphs; None without one.

    :param around: The headline and what is around it, the innermost first.
    """
    sizes = dict.fromkeys(around, 0.0)
    total = 0.0
    for paragraph in root.iter("p"):
        size = _text_size(paragraph)
        total += size
        for above in upwards(paragraph):
            if above in sizes:
                sizes[above] += size
    return next((each for each in around if 2 * sizes[each] > total), None)


def _names_author(element: Element) -> bool:
    """Return whether an element is a link to its author, or is named after one and holds a short line."""
    if element.get("rel") == "author":
        return True
    if not _C.called_author.search(f"{element.get('class', '')} {element.get('itemprop', '')}"):
        return False
    is_other = is_named_after(phrases("markup.no_author"), element)
    is_named = not is_other and is_named_after(phrases("markup.author"), element)
    return is_named and len(element) <= 6 and 0 < len(line_of(element)) <= _C.longest_name


def _is_beside_article(element: Element, around_headline: Collection[Element]) -> bool:
    """Return whether an element is in a part of the page that is not the article.

    :param around_headline: The headline and what is around it, the innermost first.
    """
    outer = ("html", "body", "main", "article")  # classes of these name what is in them somewhere
    near = {each for each in islice(around_headline, _C.near_levels) if each.tag not in outer}
    is_near = not near.isdisjoint(upwards(element))  # whose footer is the article's own
    names = tuple(name for name in phrases("markup.beside") if not (is_near and name == "footer"))
    apart = [each for each in upwards(element) if each not in around_headline]
    return any(
        each.tag in ("nav", "form", "head") or (each.tag not in outer and is_named_after(names, each)) for each in apart
    )


def _published(root: Element, headline: Element | None, data: _MachineData, url: str | None) -> str | None:
    """Return the first date given, with the time of day where it, or another of the same day, states one.

    Dates made for machines come first, then one that readers see beside the headline. Where the address states a day,
    others are of that time.
    """
    given = (data.of_article("datePublished", "dateCreated"), *data.all(_C.date_names))
    lines = (_C.compact_date.sub(r"\1-\2-\3\4", line) for line in given if line)
    dates = [_C.midnight.sub("", date) for line in lines if (date := parse_date(line))]
    found = _C.address_date.search(url or "")
    address = parse_date("-".join(found.groups())) if found else None
    dates = [date for date in dates if _is_near(date, address)]
    if not dates:
        near = ((line, find_date(line)) for line in _near_lines(headline))  # those with words are no element's own
        beside = (day.iso for line, day in near if day and day.end - day.start + _C.least_words < len(line))
        shown = chain([_shown_date(root, headline)], beside)
        dates = [date for date in shown if date and _is_near(date, address)][:1]
    dates = dates or [address or ""]
    return max((date for date in dates if date[:10] == dates[0][:10]), key=len) or None


def _is_near(date: str, day: str | None) -> bool:
    """Return whether a date is within three days of another one; any is near none."""
    return day is None or abs(datetime.fromisoformat(date[:10]) - datetime.fromisoformat(day)).days <= _C.near_days


def _shown_date(root: Element, headline: Element | None) -> str | None:
    """Return the first date below the headline and above its third paragraph, or the last one above if that is nearer.

    Without either, the first element that is called after publication counts, else those called dates, if they agree.
    """
    around = [*upwards(headline)] if headline is not None else []
    stamps: list[tuple[int, int, Element, str]] = []  # paragraphs above each, and its place
    paragraphs, start, place, first = 0, 0, 0, 0
    for number, element in enumerate(root.iter("*")):
        if element is headline:
            start, place, first = paragraphs, number, len(stamps)
        elif element.tag == "p" and _text_size(element) > _C.paragraph_characters:
            paragraphs += 1
        elif (date := _stamp_of(element)) and not _is_beside_article(element, around):
            stamps.append((paragraphs, number, element, date))
    if headline is not None:
        near = [(at - place, date) for count, at, _, date in stamps[first:] if count < start + _C.most_above_date][:1]
        over = [(_C.farther_above * (place - at), date) for count, at, _, date in stamps[:first] if count == start]
        near += over[-1:]
        if near:
            return min(near)[1]
    called = [(f"{each.get('class', '')} {each.get('itemprop', '')}", each.tag, date) for *_, each, date in stamps]
    published = next((date for name, _, date in called if _C.called_published.search(name)), None)
    dates = [date for name, tag, date in called if tag == "time" or _C.called_date.search(name)]
    return published or (dates[0] if len({date[:10] for date in dates}) == 1 else None)


def _stamp_of(element: Element) -> str | None:
    """Return the date of an element that holds little else, or that is made for the date of an article."""
    if element.tag in _C.no_text_tags or element.find("*/*/*") is not None:
        return None
    if element.get("itemprop") == "datePublished" and (date := attribute_date(element)):
        return date
    return (attribute_date(element) or parse_date(line_of(element))) if is_stamp(element) else None


def _lead(headline: Element) -> str | None:
    """Return the first element after the headline that is called after a lead, and is one."""
    around = [*upwards(headline)]
    below = (each for above in around for beside in above.itersiblings("*") for each in beside.iter(*_C.lead_tags))
    for element in islice(below, _C.most_looked_at):
        is_lead = is_named_after(phrases("markup.lead"), element) and next(element.iter("figure", "img"), None) is None
        if is_lead and not _is_beside_article(element, around):
            line = line_of(element)
            return line if len(line) in _C.lead_characters else None
    return None
