"""Read HTML pages: comments first, then the article and its metadata from the rest of the page.

Comments leave the tree first, because an extractor of articles takes a long comment for a paragraph. Trafilatura then
finds the body. Nothing here follows links, runs scripts or recurses into a page.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

from stance.datamodels import Document, Page, Strings
from stance.page_layouts import UNSAVED
from stance.parsing.certainty import judged
from stance.parsing.dates import parse_date
from stance.parsing.html.article import all_lines, extracted_lines
from stance.parsing.html.comments import find_by_own_rows, find_comments, script_loaded_system
from stance.parsing.html.headlines import LONGEST_NAME, title_key, without_site
from stance.parsing.html.markup_words import words_of
from stance.parsing.html.metadata import read_metadata
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element, text_of, upwards
from stance.parsing.html.tree import FRAME_CLASS, lost_text, page_tree, text_size
from stance.parsing.layouts import NO_ARTICLE, of_site
from stance.parsing.paragraphs import choose_paragraphs, own_paragraphs
from stance.parsing.sites import host_of_page
from stance.parsing.thread import Method, Thread
from stance.records.digests import document_id
from stance.text_forms import block_quotations

SECTION_NAME = re.compile(r"comment|kommentar|disqus|respond|discuss|wpd", re.IGNORECASE)

LIVE = re.compile(
    r"\blive ?(?:blog|feed|ticker|update|report|text|center|centre|coverage|post|entry|item|event)s?\b"
    r"|\bticker (?:entry|item|post|event|element)\b|\bminuto a minuto\b"
)
"""Pattern of the words of names of the entries of a live blog."""

ID_NAMES = frozenset(("id", "itemprop", "itemtype", "typeof"))
"""Attributes with words that elements of one class may differ in."""

FEWEST_ENTRIES, ENTRY_WORDS = 3, 5
"""Minimum number of entries of a live blog, and minimum words of a line of one that is neither name nor time."""

MOST_ELEMENTS = 50_000
"""Maximum number of elements, without comments, for Trafilatura. Its time grows with the square of the paragraphs: 4 s
for 50,000, 100 s and .5 GB for 287,000. A novel on one page has a quarter of the limit."""

OFF_TOPIC = "article: hardly any word of the title is in the text"

_VAST = f"more than {MOST_ELEMENTS:,} elements besides comments; all paragraphs count as the article"


def parse_html(page: Page) -> Document:
    """Separate the article of an HTML page from its reader comments.

    :param page: A page of kind HTML.
    :return: The document; comments in page order, called c1, c2, ...; None where the page does not say.
    :raises InputError: If its elements are nested too deeply.
    """
    # 1. The comments, while the page is whole.
    root = page_tree(page)
    thread, live, not_article, warnings, unsaved = _read_comments(page, root)
    thread, entries = _without_entries(root, thread, live)
    # 2. The article, without them.
    _remove_comments(root, thread, not_article)
    is_vast = next(islice(root.iter(), MOST_ELEMENTS, None), None) is not None
    metadata = read_metadata(root, page.url, thread.title)
    opening, quoted, of_topic = thread.opening, None, True
    if opening:
        body, quoted = tuple(opening.text.split("\n")), opening.quoted
    elif is_vast:
        body, warnings = own_paragraphs(all_lines(root), metadata.title, metadata.author), (*warnings, _VAST)
    else:
        lines, quoted = extracted_lines(root, metadata.url)
        body, of_topic = choose_paragraphs(lines, lambda: text_of(root), metadata.title, metadata.author)
    if any(line not in body for line in entries):
        body = (*(line for line in body if line not in entries), *entries)
    # 3. The certainty that each part was read right.
    is_by_row = bool(thread.comments) and thread.method in (Method.MARKUP, Method.NAMES)
    document = Document(
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
        doubts=unsaved,
    )
    document = judged(document, thread, metadata.numbers)
    return replace(document, doubts=(*document.doubts, *thread.doubts, *(() if of_topic else (OFF_TOPIC,))))


def _read_comments(page: Page, root: Element) -> tuple[Thread, list[Element], list[Element], Strings, Strings]:
    """Find the comments of a page, its boxes named after live blogs, and what is no part of an article; warn of doubts.

    :return: The last value is the doubt about comments that were not saved, if they were not.

    The index ends with this function: were it still there when elements are taken out, lxml would look through all that
    was taken out for each element of the index, to learn whether it may be freed.
    """
    index = Index(root)
    rows = of_site(page.layouts, host_of_page(page)) if page.layouts else ()
    thread = (find_by_own_rows(index, rows) if rows else None) or find_comments(index)
    unsaved = Strings()
    if not thread.comments and (system := script_loaded_system(index)):
        unsaved = (f"comments load with JavaScript ({system}); {UNSAVED}; save the page again after they appear",)
    warnings = (*lost_text(page.text, index), *thread.warnings)
    return thread, _live_boxes(index), index.select(*NO_ARTICLE, f"div.{FRAME_CLASS}"), warnings, unsaved


def _live_boxes(index: Index) -> list[Element]:
    """Return the boxes with names of entries of a live blog; those of a make that can only have one name, at once."""
    boxes = []
    for make in index.makes:
        if make[0].tag in ("div", "li", "article", "section"):
            are_alike = ID_NAMES.isdisjoint(map(str, make[0].keys()))
            kinds = [make] if are_alike else [[node] for node in make]
            boxes += [node for kind in kinds if LIVE.search(words_of(kind[0])) for node in kind]
    return index.in_order(boxes)


def _without_entries(root: Element, thread: Thread, live: Iterable[Element]) -> tuple[Thread, list[str]]:
    """Return the thread of a page, none where it is the entries of a live blog, and the lines of these.

    Entries are boxes side by side with names of such, or comments which are all of the post's author, or of one whom
    the page is named after, as a channel.

    :param live: Boxes with such names.
    """
    beside = Counter(node.getparent() for node in live)
    entries = {node: None for node in live if beside[node.getparent()] >= FEWEST_ENTRIES}
    posts = thread.elements
    author, *others = {comment.author for comment in thread.comments} or (None,)
    is_own = all("bypostauthor" in node.get("class", "") for node in posts)
    title = root.findtext(".//title") or ""
    is_own |= author is not None and without_site(title, {title_key(author)}, None) != title
    if len(posts) > FEWEST_ENTRIES and is_own and not others:
        entries |= dict.fromkeys(posts)
    outer = [node for node in entries if entries.keys().isdisjoint(node.iterancestors())]
    lines = [line for node in outer for line in text_of(node).split("\n") if len(line.split()) >= ENTRY_WORDS]
    if entries and sum(not entries.keys().isdisjoint(upwards(node)) for node in posts) * 2 > len(posts):
        thread = Thread(is_html=True, page=thread.page)
    lines = [line for line in lines if parse_date(line) is None or len(line) > LONGEST_NAME]
    stops = sum(line.endswith((".", "!", "?", "…", "。")) for line in lines)
    return thread, lines if 2 * stops >= len(outer) else []  # else headlines


def _remove_comments(root: Element, thread: Thread, not_article: Iterable[Element]) -> None:
    """Empty the comments, and the boxes around them that hold little else; an empty box is no part of an article."""
    around: dict[Element, None] = {}
    for element in thread.elements:
        for box in element.iterancestors():  # each box is looked at once
            if box in around:
                break
            around[box] = None
    sections = [box for box in around.keys() - {*thread.elements} if box.tag not in ("html", "body")]
    sections = [box for box in sections if SECTION_NAME.search(f"{box.get('id', '')} {box.get('class', '')}")]
    for element in reversed((*thread.elements, *not_article)):  # an inner one is emptied first, and so once
        _empty(element)
    # A box named after comments is removed with them while it holds less than this share of the text that remains;
    # themes put such names on boxes around the whole article, too.
    most = 0.25 * text_size(root) if sections else 0.0
    for box in [box for box in sections if text_size(box) <= most]:
        _empty(box)


def _empty(element: Element) -> None:
    # What follows an element is not part of it. The stubs are older than the argument.
    element.clear(keep_tail=True)  # type: ignore[call-arg]
