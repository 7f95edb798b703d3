"""Find the comments of an HTML page: several independent readings, of which a network keeps the best, or none.

Layout rows come first. Where none is sure, the lines of the page are tagged, and the likeliest comments teach rows of
their own.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import cast

from stance.datamodels import Comment, Comments
from stance.parsing.captions import read_caption
from stance.parsing.choice import rate_threads, with_details
from stance.parsing.cleaning import clean_comments
from stance.parsing.counts import StatedCount, stated_in_lines
from stance.parsing.dates import find_date
from stance.parsing.dump.sections import tagged_section
from stance.parsing.html.around import completed
from stance.parsing.html.boxes import MOST_EVIDENCE, Boxes, PageParts
from stance.parsing.html.contradictions import with_contradictions
from stance.parsing.html.lines import MOST_LINES, PageLines, taught_rows
from stance.parsing.html.linked_data import read_linked_data
from stance.parsing.html.markup_words import is_named_after
from stance.parsing.html.parts import is_said, read_comments
from stance.parsing.html.selectors import Index
from stance.parsing.html.sides import find_spots
from stance.parsing.html.stamps import LONGEST_STAMP
from stance.parsing.html.text import Element, own_texts
from stance.parsing.layouts import GENERIC_LAYOUT, HTML_LAYOUTS, LOADED_BY_SCRIPT, MARKUP, HtmlLayout
from stance.parsing.letters import read_letters
from stance.parsing.lines import line_at
from stance.parsing.names import clean_names, whole_names
from stance.parsing.page_counts import counts_of
from stance.parsing.phrases import phrases
from stance.parsing.thread import Method, Thread, opening_of, openings_of, renumbered, words_of

PROMISING = 2
"""Maximum ratio of what one layout row found to what another can find for that to be read."""

SURE, FEWEST_UNCOUNTED = 0.9, 3
"""Share of the comments of a row that must be complete for it to be sure; minimum number of them where the page states
no number, or says that it shows only a part of them."""

NEAR_DATE = 3
"""Maximum number of lines between the date of a comment and an element that is named after comments."""

TITLE_WORDS = 4
"""Minimum number of words of a link to count as the title of an article, not as a name."""

ARTICLE_LENGTH, PARAGRAPH_LENGTH = 400, 40
"""Minimum characters of the text outside a thread that makes an article, and of one line that counts: what forums show
a first visitor has 270, any story more."""

_ROWS = (Method.MARKUP, Method.NAMES)

_POST_NUMBER = re.compile(r"#\s?(\d{1,7})")

_VAST = f"more than {MOST_LINES:,} lines, and no comments in the first ones; below these, only layouts are searched for"


def find_comments(index: Index) -> Thread:
    """Find the comments of a page.

    :param index: The page.
    :return: Comments in page order, called c1, c2, ...; none where no reading finds any.
    """
    index.text.hide(part for node in index.select(*MARKUP["selectors.unseen"]) for part in node.iter("*"))
    lines = PageLines(index.text)
    page = PageParts(index)
    thread = _with_opening(page, _find_thread(page, lines))
    thread = thread if thread.method is Method.FORM else completed(lines, thread)
    comments = thread.comments
    if 2 * sum(map(_is_whole_quotation, comments)) > max(2, len(comments)):  # the site marks texts as quotations
        comments = tuple(replace(post, quoted=None) if _is_whole_quotation(post) else post for post in comments)
    return with_contradictions(index, replace(thread, comments=clean_names(renumbered(comments))))


def _with_opening(page: PageParts, thread: Thread) -> Thread:
    posts, elements = thread.comments, thread.elements
    if thread.opening or len(posts) <= FEWEST_UNCOUNTED or not elements:
        return thread
    has_opening = _has_opening_post(page, elements, posts, is_forum=False)
    return replace(thread, opening=posts[0], comments=posts[1:]) if has_opening else thread


def _find_thread(page: PageParts, lines: PageLines) -> Thread:
    index = page.index
    by_rows = read_by_rows(page, HTML_LAYOUTS)
    around = (by_rows[0].elements, len(by_rows[0].comments)) if by_rows else ((), 0)
    stated = stated_count(lines, *around)
    openings = {words_of(row.opening.text) for row in by_rows if row.opening}
    threads = kept_threads(by_rows, openings, stated)
    # 1. A layout row is sure where its comments are complete, and the page's own count, or a date of each, confirms it.
    #    Most pages of a known system end here.
    sure = with_details(threads[0], threads) if threads else None
    sure = sure if sure and _is_sure(sure, threads) else None
    if sure and not _may_have_second(index, lines, sure, threads):
        return sure
    if not threads and (letters := read_letters(lines.lines)):
        elements = tuple(lines.elements_of(letters.place))
        return replace(letters, is_html=True, elements=elements, stated=stated)
    # 2. The tags of lines find comments whatever the markup is called, and teach rows, which find where texts end.
    if lines.texts:
        threads += kept_threads(read_by_lines(page, lines, threads), openings, stated)
    # 3. A network compares what was found, each reading completed by the others, with no comments at all. Of a vast
    #    page, rows read the whole, and tags the first lines.
    having = [row for row in threads if row.comments]
    joined = [with_details(row, having) for row in having]
    if sure:
        return _with_second(lines, sure, joined)
    best = _best(joined, rate_threads(lines.lines, joined), lines.are_all_tagged)
    # 4. Linked data often has a part of the comments, so it counts where there is nothing else.
    if best is None:
        empty = Thread(stated=stated, is_html=True)
        best = next((row for row in threads if row.opening), None) or read_linked_data(index) or empty
    page_counts = counts_of(lines.cued, best.comments)
    best = _with_second(lines, best, joined)
    if best.method is Method.TAGS:
        best = best if lines.are_all_tagged else _with_rest(lines, best)
    elif not lines.are_all_tagged and not best.comments:
        best = replace(best, warnings=(*best.warnings, _VAST))
    return replace(best, stated=stated, page=page_counts)


def _may_have_second(index: Index, lines: PageLines, thread: Thread, threads: Iterable[Thread]) -> bool:
    """Return whether a row finds other comments, or several elements of one make outside are named after comments.

    Such elements count only near dates.
    """
    inside = index.owners(thread.elements)
    names = (make for make in index.makes if is_named_after(phrases("markup.comments"), make[0]))
    outside = ([node for node in make if node not in inside] for make in names)
    others = [nodes for nodes in outside if len(nodes) >= FEWEST_UNCOUNTED]
    if not others:
        return False
    numbers = lines.lines_of(thread.elements)
    short = ((i, text) for i, text in enumerate(lines.texts) if i not in numbers and len(text) <= LONGEST_STAMP)
    dated = {near for i, text in short if find_date(text) for near in range(i - NEAR_DATE, i + NEAR_DATE + 1)}
    near = (sum(not dated.isdisjoint(lines.lines_of([node])) for node in nodes) for nodes in others)
    return any(count >= FEWEST_UNCOUNTED for count in near)


def _with_second(lines: PageLines, first: Thread, others: Iterable[Thread]) -> Thread:
    """Add the comments of a second system above or below those of the first: several, all with names and dates."""
    inside = [*find_spots(lines, first.comments).values()] if first.method is not Method.TAGS else []
    if not inside:
        return first
    start, end = min(spot.first for spot in inside), max(spot.last for spot in inside)
    texts = openings_of(first.comments)
    stated = {caption.count for text in lines.texts if (caption := read_caption(text))}
    spotted = [(other, find_spots(lines, other.comments)) for other in others]
    for (other, spots), is_below in product(spotted, (True, False)):
        beside = {name for name, spot in spots.items() if (spot.first >= end if is_below else spot.last <= start)}
        more = [post for post in other.comments if post.comment_id in beside and opening_of(post.text) not in texts]
        ends = ((node, *lines.index.span(node)[2:]) for node in other.elements)
        outside = [node for node, begins, stops in ends if (begins >= end if is_below else stops <= start)]
        are_named = all(is_named_after(phrases("markup.comments"), node) for node in outside)
        are_comments = are_named or other.method is Method.MARKUP or len(more) in stated
        if not (is_below or are_comments):  # entries of live coverage
            continue
        links = (lines.index.line_of(link) for node in outside for link in node.iter("a"))
        titles = sum(len(line.split()) >= TITLE_WORDS and not find_date(line) for line in links)
        are_whole = all(post.author and post.posted for post in more)
        # The latest comments of a site have the title of an article each.
        if len(more) >= FEWEST_UNCOUNTED and are_whole and 2 * titles < len(more):
            second = _renamed(more, "second")
            comments = (*first.comments, *second) if is_below else (*second, *first.comments)
            return replace(first, comments=comments, elements=(*first.elements, *outside), stated=None)
    return first


def _renamed(comments: Iterable[Comment], part: object) -> list[Comment]:
    """Return comments of a part of a page with ids that no other part has."""
    return [
        replace(post, comment_id=f"{part} {post.comment_id}", reply_to=post.reply_to and f"{part} {post.reply_to}")
        for post in comments
    ]


def _with_rest(lines: PageLines, thread: Thread) -> Thread:
    """Add the comments below the lines of a vast page that were tagged first; each further part is tagged by itself."""
    comments, elements, start = list[Comment](), [*thread.elements], 0
    part, tagged = lines, cast("Thread | None", thread)
    while tagged and (posts := tagged.comments if part.are_all_tagged else tagged.comments[:-1]):  # the last may be cut
        comments += _renamed(posts, start)
        if part.are_all_tagged:
            break
        start += line_at(part.lines, posts[-1].end)
        part = PageLines(lines.index, start)
        tagged = tagged_section(part.cued, part.tags, 1, whole_names)
        elements += lines.elements_of(range(start, start + tagged.place.stop)) if tagged else []
    return replace(thread, comments=tuple(comments), elements=tuple(elements))


def _is_whole_quotation(comment: Comment) -> bool:
    return comment.quoted == comment.text


def kept_threads(threads: Iterable[Thread], openings: set[str], stated: StatedCount | None) -> list[Thread]:
    """Clean the different readings, and drop those that say nothing.

    :param openings: The words of posts that open a thread, which is no comment.
    """
    cleaned_threads = []
    for thread in {post.comments: post for post in reversed(list(threads))}.values():
        comments = clean_comments([post for post in thread.comments if words_of(post.text) not in openings])
        cleaned = replace(thread, comments=comments, stated=stated)
        if (thread.method in _ROWS or cleaned.evidence.is_said) if comments else thread.opening:
            cleaned_threads.append(cleaned)
    return cleaned_threads[::-1]


def _is_sure(row: Thread, threads: Sequence[Thread]) -> bool:
    """Return whether the reading by a row is complete and confirmed by the page's count or by dates."""
    size, evidence = len(row.comments), row.evidence
    if not size or evidence.flaws or evidence.complete < SURE * size:
        return False
    is_whole = row.stated is None or row.stated.note is not None  # as far as the page says
    is_dated = is_whole and evidence.complete == evidence.dated == size >= FEWEST_UNCOUNTED
    is_talk = evidence.spoken or size <= FEWEST_UNCOUNTED
    return (
        bool(is_talk and (evidence.agrees or is_dated))
        and max(len(thread.comments) for thread in threads) <= size / SURE
    )


def _best(threads: Sequence[Thread], ratings: Sequence[float], are_all_tagged: bool) -> Thread | None:
    """Return the reading that is rated highest; None if no comments are likelier.

    :param ratings: Those of no comments and of each reading.
    :param are_all_tagged: Whether tags are those of the whole page; else rows are preferred.
    """
    none, *rated = ratings
    if none >= max(rated, default=none) and not any(map(_is_plain, threads)):
        return None
    are_whole = [are_all_tagged or thread.method is not Method.TAGS for thread in threads]
    return threads[max(range(len(threads)), key=lambda i: (are_whole[i], rated[i]))]


def _is_plain(thread: Thread) -> bool:
    """Return whether all comments have names, and are as many as the page states or in boxes of a known system."""
    evidence = thread.evidence
    is_vouched = thread.method is Method.MARKUP or (evidence.agrees and evidence.comments > 1)
    return is_vouched and evidence.complete == evidence.comments


def script_loaded_system(index: Index) -> str | None:
    """Return the name of a comment system for which the page holds an empty place; None if there is none."""
    return next((name for name, selector in LOADED_BY_SCRIPT if index.select(selector)), None)


def stated_count(lines: PageLines, elements: Sequence[Element], comments: int) -> StatedCount | None:
    """Return the number of comments that a page states; None where it states none.

    :param elements: The elements of the comments that were found, if any.
    :param comments: The number of these comments.
    """
    if not elements:
        return stated_in_lines(lines.texts)
    inside = lines.lines_of(elements)
    section = range(min(inside, default=0), max(inside, default=-1) + 1)
    return stated_in_lines(lines.texts, section, comments, inside)


def find_by_own_rows(index: Index, layouts: Iterable[HtmlLayout]) -> Thread | None:
    """Find the comments of a page by the user's own rows alone; None where they find none."""
    thread = next(iter(read_by_rows(PageParts(index), layouts)), None)
    if thread is None:
        return None
    comments = clean_names(clean_comments(thread.comments))
    if not comments:
        return None
    lines = PageLines(index.text)
    comments = renumbered(completed(lines, replace(thread, comments=comments)).comments)
    return replace(thread, comments=comments, stated=stated_count(lines, thread.elements, len(comments)))


def read_by_rows(page: PageParts, layouts: Iterable[HtmlLayout]) -> list[Thread]:
    """Read a page by each layout row that could find at least half as much as the best one, the best first.

    The evidence that each could find is counted before any is read, for reading takes long.
    """
    fitting = [Boxes(page, layout, boxes) for layout in layouts if (boxes := page.boxes(layout))]
    readings = []
    rated: dict[frozenset[Element], int] = {}  # the boxes that were read, and the most evidence found in them
    most, least = 0, -len(fitting)  # the place of the first row that found every comment whole: later ones find no more
    for promise, row in sorted(((item.promise, -row) for row, item in enumerate(fitting)), reverse=True):
        key = frozenset(fitting[-row].boxes)
        if promise * PROMISING < most:
            break
        if promise <= rated.get(key, -1) or row < least:
            continue
        comments = read_comments(fitting[-row])
        evidence = sum(1 + bool(item.author) + bool(item.posted) for item in comments if is_said(item.text))
        rated[key] = max(rated.get(key, 0), evidence)
        most = max(most, evidence)
        if evidence:
            readings.append((evidence, row, comments))
        if evidence == promise == MOST_EVIDENCE * len(comments):
            least = max(least, row)
    ordered = sorted(readings, key=lambda item: item[:2], reverse=True)
    return [_thread(fitting[-row], comments) for _, row, comments in ordered]


def _thread(boxes: Boxes, comments: Comments) -> Thread:
    """Make a thread of the comments of a row; leave out those that are none or that the page shows a second time."""
    page, layout = boxes.page, boxes.layout
    has_opening = is_said(comments[0].text) and _has_opening_post(page, boxes.boxes, comments, layout.is_forum)
    pairs = [(box, post) for box, post in zip(boxes.boxes, comments, strict=True) if is_said(post.text)][has_opening:]
    posts = {(next(iter(page.ids_of(box)), box), post.author, post.text): post for box, post in pairs}
    titles = page.index.select(*layout.title)
    elements = [*titles]
    for box in boxes.boxes:
        before, behind = box.getprevious(), box.getnext()
        elements += [before, box] if box.tag == "dd" and before is not None and before.tag == "dt" else [box]
        is_part = box.tag == "dd" and behind is not None and behind.tag == "dd" and behind not in boxes.inside
        elements += [behind] if is_part and behind is not None else []
    return Thread(
        renumbered([*posts.values()]),
        Method.NAMES if layout.name == GENERIC_LAYOUT else Method.MARKUP,
        layout.name,
        is_html=True,
        elements=tuple(elements),
        opening=comments[0] if has_opening else None,
        title=next(filter(None, map(page.text.line_of, titles)), None),
    )


def read_by_lines(page: PageParts, lines: PageLines, others: Sequence[Thread]) -> Iterator[Thread]:
    """Read a page by the tags of its lines, and by the rows that the comments found so teach.

    :param others: The other readings; without any, tags that find more are tried, too.
    """
    tags = lines.tags
    tagged = tagged_section(lines.cued, tags, len(others), whole_names)
    if tagged is None and not others:
        tags = tags.lenient
        tagged = tagged_section(lines.cued, tags, 0, whole_names)
    if tagged is None:
        return
    texts = openings_of(tagged.comments)
    if texts not in [openings_of(other.comments) for other in others]:
        rows = taught_rows(page.index, lines, tags, tagged.comments)
        taught = [other for row in rows for other in read_by_rows(page, [row])]
        taught = [other for other in taught if len(other.comments) >= min(len(tagged.comments), 2)]
        if taught:  # the row that agrees most with the comments that taught it
            yield replace(max(taught, key=lambda other: _agreement(texts, other)), method=Method.BOXES, layout="boxes")
    elements = tuple(lines.elements_of(tagged.place))
    if page.are_comments(elements):
        yield replace(tagged, is_html=True, elements=elements)


def _agreement(texts: set[str], thread: Thread) -> float:
    """Return how far a thread has some texts and no others, in [0, 1]."""
    words = openings_of(thread.comments)
    return 2 * len(texts & words) / (len(texts) + len(words))


def _has_opening_post(page: PageParts, boxes: Sequence[Element], comments: Comments, is_forum: bool) -> bool:
    """Return whether the first post opens the thread of a forum that has no other article: the others comment on it.

    It does on a page of a forum, and where it alone has no name.

    :param is_forum: Whether the layout is one of forums; else the page must say it.
    """
    first, *others = comments
    is_alone = len(others) > 1 and first.author is None and all(post.author for post in others)
    if not (is_forum or is_alone or page.is_forum) or page.index.select("link[rel=prev]"):
        return False
    lines = ((element.text or "").strip() for element in boxes[0].iter("a", "span", "strong"))
    number = next(filter(None, (_POST_NUMBER.fullmatch(line[:11]) for line in lines)), None)
    if number and int(number[1]) > 1:  # the post says that it is not the first: "#21"
        return False
    inside = page.index.owners(boxes)
    outside = (box for box in page.index.select("p", "div", "td", "section", "article") if box not in inside)
    sizes = (len(text) for box in outside for text in own_texts(box))
    return sum(size for size in sizes if size >= PARAGRAPH_LENGTH) < ARTICLE_LENGTH
