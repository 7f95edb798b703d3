"""Find the comments of an HTML page: several independent readings, of which a network keeps the best, or none.

Layout rows come first. Where none is sure, the lines of the page are tagged, and the likeliest comments teach rows of
their own.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from lxml import etree

from stance.datamodels import Comment
from stance.parsing.choice import rate_threads, with_details
from stance.parsing.cleaning import clean_comments, clean_names, whole_names
from stance.parsing.counts import StatedCount, stated_in_lines
from stance.parsing.dates import parse_date
from stance.parsing.dump import tagged_section, with_quotes
from stance.parsing.html.around import completed
from stance.parsing.html.lines import PageLines, taught_rows
from stance.parsing.html.parts import MOST_EVIDENCE, Boxes, PageParts, is_said, read_comments
from stance.parsing.html.tree import Element, Index, own_texts
from stance.parsing.layouts import GENERIC_LAYOUT, HTML_LAYOUTS, LOADED_BY_SCRIPT, HtmlLayout
from stance.parsing.page_counts import counts_of, with_agreement
from stance.parsing.thread import Method, PageCounts, Thread, openings_of, renumbered, words_of

PROMISING = 2
"""Maximum ratio of what one layout row found to what another can find for that to be read."""

SURE, FEWEST_UNCOUNTED = 0.9, 3
"""Share of the comments of a row that must be complete for it to be sure; minimum number of them where the page states
no number, or says that it shows only a part of them."""

MOST_ELEMENTS = 150_000
"""Maximum number of elements of a page that is read by its lines, which take 2 KB for each."""

ARTICLE_LENGTH, PARAGRAPH_LENGTH = 400, 40
"""Minimum characters of the text outside a thread that makes an article, and of one line that counts: what forums show
a first visitor has 270, any story more."""

_ROWS = (Method.MARKUP, Method.NAMES)
_POST_NUMBER = re.compile(r"#\s?(\d{1,7})")
_VAST = f"more than {MOST_ELEMENTS:,} elements; comments are searched for by layouts only"


def find_comments(index: Index) -> Thread:
    """Find the comments of a page.

    :param index: The page.
    :return: Comments in page order, called c1, c2, ...; none where no reading finds any.
    """
    lines = PageLines(index.text)
    thread = completed(lines, _find_thread(index, lines))
    comments = thread.comments
    if 2 * sum(map(_is_whole_quotation, comments)) > max(2, len(comments)):  # the site marks texts as quotations
        comments = tuple(replace(each, quoted=None) if _is_whole_quotation(each) else each for each in comments)
    return replace(thread, comments=clean_names(renumbered(comments)))


def _find_thread(index: Index, lines: PageLines) -> Thread:
    page = PageParts(index)
    by_rows = read_by_rows(page, HTML_LAYOUTS)
    around = (by_rows[0].elements, len(by_rows[0].comments)) if by_rows else ((), 0)
    stated = stated_count(lines, *around)
    openings = {words_of(each.opening.text) for each in by_rows if each.opening}
    found = kept_threads(by_rows, openings, stated)
    # 1. A layout row is sure where its comments are complete, and the page's own count, or a date of each, confirms it.
    #    Most pages of a known system end here.
    if found and (sure := with_details(found[0], found)) and _is_sure(sure, found):
        return sure
    # 2. Reading by lines takes too much memory on a vast page.
    if len(index.elements) > MOST_ELEMENTS:
        first = found[0] if found else Thread(stated=stated, is_html=True)
        return replace(first, warnings=(*first.warnings, _VAST), page=PageCounts())
    # 3. The tags of lines find comments whatever the markup is called, and teach rows, which find where texts end.
    if lines.texts:
        found += kept_threads(read_by_lines(page, lines, found), openings, stated)
    # 4. A network compares what was found, each reading completed by the others, with no comments at all.
    having = [each for each in found if each.comments]
    joined = [with_details(each, having) for each in having]
    best = _best(joined, rate_threads(lines.lines, joined))
    # 5. Linked data often has a part of the comments, so it counts where there is nothing else.
    if best is None:
        empty = Thread(stated=stated, is_html=True)
        best = next((each for each in found if each.opening), None) or _read_linked_data(index) or empty
    if best.method is Method.TAGS:
        best = replace(best, comments=with_quotes(best.comments))
    return replace(best, stated=stated, page=_page_counts(index, lines, best, joined))


def _is_whole_quotation(comment: Comment) -> bool:
    return bool(comment.text) and comment.quoted == comment.text


def kept_threads(threads: Iterable[Thread], openings: set[str], stated: StatedCount | None) -> list[Thread]:
    """Clean the different readings, and drop those that say nothing.

    :param openings: The words of posts that open a thread, which is no comment.
    """
    kept: list[Thread] = []
    for thread in {each.comments: each for each in reversed(list(threads))}.values():
        comments = clean_comments([each for each in thread.comments if words_of(each.text) not in openings])
        cleaned = replace(thread, comments=comments, stated=stated)
        if (thread.method in _ROWS or cleaned.evidence.is_said) if comments else thread.opening:
            kept.append(cleaned)
    return kept[::-1]


def _is_sure(row: Thread, found: Sequence[Thread]) -> bool:
    """Return whether the reading by a row is complete and confirmed by the page's count or by dates."""
    size, evidence = len(row.comments), row.evidence
    if not size or evidence.flaws or evidence.complete < SURE * size:
        return False
    is_whole = row.stated is None or row.stated.note is not None  # as far as the page says
    is_dated = is_whole and evidence.complete == evidence.dated == size >= FEWEST_UNCOUNTED
    is_talk = evidence.spoken or size <= FEWEST_UNCOUNTED
    return bool(is_talk and (evidence.agrees or is_dated)) and max(len(each.comments) for each in found) <= size / SURE


def _best(threads: Sequence[Thread], ratings: Sequence[float]) -> Thread | None:
    """Return the reading that is rated highest; None if no comments are likelier.

    :param ratings: Those of no comments and of each reading.
    """
    none, *rated = ratings
    if none >= max(rated, default=none) and not any(map(_is_plain, threads)):
        return None
    return threads[rated.index(max(rated))]


def _is_plain(thread: Thread) -> bool:
    """Return whether all comments have names, and are as many as the page states or in boxes of a known system."""
    evidence = thread.evidence
    is_vouched = thread.method is Method.MARKUP or (evidence.agrees and evidence.comments > 1)
    return is_vouched and evidence.complete == evidence.comments


def _page_counts(index: Index, lines: PageLines, best: Thread, threads: Sequence[Thread]) -> PageCounts:
    """Return the counts of a page, and how far the other readings agree with the one that is kept."""
    counts = counts_of(lines.cued, best.comments)
    others = [each for each in threads if each.method is not best.method]
    of_tree = [len(each.comments) for each in others if each.method is not Method.TAGS]
    counts = with_agreement(counts, best, others, of_tree)
    if not of_tree:  # tags of lines confirm texts; their names are those of other lines
        counts = replace(counts, same_name=counts.confirmed)
    return replace(counts, loads=script_loaded_system(index) is not None)


def script_loaded_system(index: Index) -> str | None:
    """Return the name of a comment system for which the page holds an empty place; None if there is none."""
    return next((name for name, place in LOADED_BY_SCRIPT if index.select(place)), None)


# Readings -------------------------------------------------------------------------------------------------------------


def stated_count(lines: PageLines, elements: Sequence[Element], found: int) -> StatedCount | None:
    """Return the number of comments that a page states; None where it states none.

    :param elements: The elements of the comments that were found, if any.
    :param found: The number of these comments.
    """
    if not elements:
        return stated_in_lines(lines.texts)
    inside = lines.lines_of(elements)
    section = range(min(inside, default=0), max(inside, default=-1) + 1)
    return stated_in_lines(lines.texts, section, found, inside)


def find_by_own_rows(index: Index, layouts: Iterable[HtmlLayout]) -> Thread | None:
    """Find the comments of a page by the user's own rows alone; None where they find none."""
    found = next(iter(read_by_rows(PageParts(index), layouts)), None)
    comments = clean_names(clean_comments(found.comments)) if found else ()
    if not found or not comments:
        return None
    lines = PageLines(index.text)
    answered = {each.comment_id: each.reply_to for each in completed(lines, replace(found, comments=comments)).comments}
    comments = renumbered([replace(each, reply_to=answered.get(each.comment_id)) for each in comments])
    return replace(found, comments=comments, stated=stated_count(lines, found.elements, len(comments)))


def read_by_rows(page: PageParts, layouts: Iterable[HtmlLayout]) -> list[Thread]:
    """Read a page by each layout row that could find at least half as much as the best one, the best first.

    The evidence that each could find is counted before any is read, for reading takes long.
    """
    fitting = [Boxes(page, layout, boxes) for layout in layouts if (boxes := page.boxes(layout))]
    readings: list[tuple[int, int, list[Comment]]] = []
    known: dict[frozenset[Element], int] = {}  # the boxes that were read, and the most evidence found in them
    most, whole = 0, -len(fitting)  # the place of the first row that found every comment whole: later ones find no more
    for promise, place in sorted(((each.promise, -place) for place, each in enumerate(fitting)), reverse=True):
        chosen = frozenset(fitting[-place].boxes)
        if promise * PROMISING < most:
            break
        if promise <= known.get(chosen, -1) or place < whole:
            continue
        comments = read_comments(fitting[-place])
        evidence = sum(1 + bool(each.author) + bool(each.posted) for each in comments if is_said(each.text))
        known[chosen] = max(known.get(chosen, 0), evidence)
        most = max(most, evidence)
        if evidence:
            readings.append((evidence, place, comments))
        if evidence == promise == MOST_EVIDENCE * len(comments):
            whole = max(whole, place)
    ordered = sorted(readings, key=lambda each: each[:2], reverse=True)
    return [_thread(fitting[-place], comments) for _, place, comments in ordered]


def _thread(boxes: Boxes, comments: Sequence[Comment]) -> Thread:
    """Make a thread of the comments of a row; leave out those that are none or that the page shows a second time."""
    page, layout = boxes.page, boxes.layout
    has_opening = is_said(comments[0].text) and _has_opening_post(boxes)
    said = [(box, each) for box, each in zip(boxes.boxes, comments, strict=True) if is_said(each.text)][has_opening:]
    kept = {(next(iter(page.ids_of(box)), box), each.author, each.text): each for box, each in said}
    titles = page.index.select(*layout.title)
    elements = [*titles]
    for box in boxes.boxes:
        before = box.getprevious()
        elements += [before, box] if box.tag == "dd" and before is not None and before.tag == "dt" else [box]
    return Thread(
        renumbered([*kept.values()]),
        Method.NAMES if layout.name == GENERIC_LAYOUT else Method.MARKUP,
        layout.name,
        is_html=True,
        elements=tuple(elements),
        opening=comments[0] if has_opening else None,
        title=next(filter(None, map(page.text.line_of, titles)), None),
    )


def read_by_lines(page: PageParts, lines: PageLines, found: Sequence[Thread]) -> Iterator[Thread]:
    """Read a page by the tags of its lines, and by the rows that the comments found so teach.

    :param found: The other readings; without any, tags that find more are tried, too.
    """
    tags = lines.tags
    tagged = tagged_section(lines.cued, tags, len(found), whole_names)
    if tagged is None and not found:
        tags = tags.lenient
        tagged = tagged_section(lines.cued, tags, 0, whole_names)
    if tagged is None:
        return
    texts = openings_of(tagged.comments)
    if texts not in [openings_of(each.comments) for each in found]:
        rows = taught_rows(page.index, lines, tags, tagged.comments)
        taught = [each for row in rows for each in read_by_rows(page, [row])]
        taught = [each for each in taught if len(each.comments) >= min(len(tagged.comments), 2)]
        if taught:  # the row that agrees most with the comments that taught it
            yield replace(max(taught, key=lambda each: _agreement(texts, each)), method=Method.BOXES, layout="boxes")
    elements = tuple(lines.elements_of(tagged.place))
    if page.are_comments(elements):
        yield replace(tagged, is_html=True, elements=elements)


def _agreement(texts: set[str], thread: Thread) -> float:
    """Return how far a thread has some texts and no others, in [0, 1]."""
    own = openings_of(thread.comments)
    return 2 * len(texts & own) / (len(texts) + len(own))


def _read_linked_data(index: Index) -> Thread | None:
    """Read the comments that a page holds for search engines; the answers of a site's own FAQ have no author."""
    comments = clean_comments(_linked_comments(index))
    is_thread = any(each.author or each.posted for each in comments)
    return Thread(comments, Method.DATA, "json-ld", is_html=True) if is_thread else None


# Opening posts --------------------------------------------------------------------------------------------------------


def _has_opening_post(boxes: Boxes) -> bool:
    """Return whether the first post opens the thread of a forum that has no other article: the others comment on it."""
    page = boxes.page
    if not boxes.layout.is_forum or page.index.select("link[rel=prev]"):
        return False
    lines = ((element.text or "").strip() for element in boxes.boxes[0].iter("a", "span", "strong"))
    number = next(filter(None, (_POST_NUMBER.fullmatch(line[:11]) for line in lines)), None)
    if number and int(number[1]) > 1:  # the post says that it is not the first: "#21"
        return False
    outside = (each for each in page.index.select("p", "div", "td", "section", "article") if each not in boxes.inside)
    sizes = (len(text) for each in outside for text in own_texts(each))
    return sum(size for size in sizes if size >= PARAGRAPH_LENGTH) < ARTICLE_LENGTH


# Linked data ----------------------------------------------------------------------------------------------------------

MOST_LINKED = 2_000_000
"""Maximum characters of a script that is read; pages with thousands of comments have fewer."""

_COMMENT_KINDS = frozenset(("Comment", "UserComments"))

Thing: TypeAlias = Mapping[str, object]
"""A thing that linked data describes."""


def linked_data(script: Element) -> object:
    """Return the linked data of a script; None if it is of another type, broken or too long."""
    source = script.text or ""
    if script.get("type", "").strip().lower() != "application/ld+json" or len(source) > MOST_LINKED:
        return None
    try:
        data: object = json.loads(source)
    except (ValueError, RecursionError):  # broken data of a page is as good as none
        return None
    return data


def top_things(data: object) -> Iterator[Thing]:
    """Yield the things at the top of linked data, or in a graph there."""
    for thing in data if isinstance(data, list) else [data]:
        graph = thing.get("@graph") if isinstance(thing, dict) else None
        yield from (each for each in (graph if isinstance(graph, list) else [thing]) if isinstance(each, dict))


def kinds_of(thing: Thing) -> list[str]:
    """Return the types of a thing."""
    kinds = thing.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _linked_comments(index: Index) -> list[Comment]:
    """Read the comments of a page's linked data, each before the replies in it."""
    comments: list[Comment] = []
    waiting: list[tuple[object, str | None]] = [(linked_data(each), None) for each in index.select("script")[::-1]]
    while waiting:
        value, parent = waiting.pop()
        if isinstance(value, dict) and not _COMMENT_KINDS.isdisjoint(kinds_of(value)):
            text = _shown(value.get("text") or value.get("commentText") or value.get("description"))
            author, votes = value.get("author") or value.get("creator"), value.get("upvoteCount")
            author = author[0] if isinstance(author, list) and author else author
            comment = Comment(
                comment_id=f"c{len(comments) + 1}",
                text=text or "",
                author=_shown(author.get("name") if isinstance(author, dict) else author),
                reply_to=parent,
                posted=parse_date(_shown(value.get("dateCreated") or value.get("datePublished")) or ""),
                votes=votes if type(votes) is int else None,
            )
            if text:
                comments.append(comment)
                parent = comment.comment_id
        inside = [value[key] for key in value if key != "parentItem"] if isinstance(value, dict) else value
        waiting += [(child, parent) for child in reversed(inside)] if isinstance(inside, list) else []
    return comments


def _shown(value: object) -> str | None:
    """Return text as a page shows it: linked data may hold markup."""
    text = value.encode("utf-8", "replace").decode("utf-8").strip() if isinstance(value, str) else ""
    if "<" in text:
        tree = etree.fromstring(f"<div>{text}</div>".encode(), etree.HTMLParser(encoding="utf-8"))
        pieces = (str(part).strip() for part in tree.itertext()) if tree is not None else ()
        text = "\n".join(filter(None, pieces)) if tree is not None else text
    return text or None
