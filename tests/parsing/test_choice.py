"""The evidence for lists of comments, and the choice among readings of a page, or none of them."""

from dataclasses import replace

import numpy as np
import pytest

from stance.datamodels import Comment
from stance.parsing.choice import DUMPS, LEAST, PAGES, numbers_of_threads, rate_threads, with_details
from stance.parsing.counts import StatedCount
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump.tags import read_tags
from stance.parsing.evidence import evidence_of, is_possible_name
from stance.parsing.lines import split_lines
from stance.parsing.thread import Method, Thread, renumbered
from stance.resources import shipped_arrays

TEXTS = (
    "The bridge is too narrow for two buses, and everybody who lives here knows it.",
    "Then drive a smaller bus, I say. It worked for forty years and it would work now.",
    "Who pays for the second lane? Nobody has said so far, and I think we all know why.",
    "I walked there yesterday, and it was empty at noon. You make it sound like Tokyo!",
    "Empty at noon is no argument; come at eight in the morning and tell me again.",
)
NAMES = ("Ada Lind", "Bo Rask", "Cy Dahl", "Ada Lind", "Dee Moe")
THREAD = tuple(
    Comment(f"c{i}", text, author=name, posted=f"2024-03-05T1{i}:00")
    for i, (text, name) in enumerate(zip(TEXTS, NAMES, strict=True), 1)
)
PAGE = split_lines(
    "The Bridge Gets A Second Lane\nThe council has decided on a second lane for the old bridge on Monday.\nComments\n"
    + "\n".join(f"{each.author}\n5 March 2024\n{each.text}\nReply" for each in THREAD)
)
MENU = tuple(Comment(f"c{i}", word, author="Menu") for i, word in enumerate(("Log in", "Register", "Refresh"), 1))
HTML = pytest.mark.parametrize("is_html", [True, False])


def rated(*readings, is_html, lines=PAGE):
    signs = None if is_html else read_tags(CuedLines(lines)).signs
    return rate_threads(lines, [Thread(comments, method) for method, comments in readings], signs)


@HTML
def test_comments_are_likelier_than_none(is_html):
    none, *ratings = rated((Method.FORM, THREAD), (Method.TAGS, THREAD), is_html=is_html)
    assert min(ratings) > none


@HTML
@pytest.mark.parametrize("method", [Method.FORM, Method.BOXES, Method.TAGS])
def test_labels_are_less_likely_than_none(method, is_html):
    lines = split_lines("\n".join(["The Bridge Gets A Second Lane", *(each.text for each in MENU), "Imprint"]))
    none, rating = rated((method, MENU), is_html=is_html, lines=lines)
    assert rating < none


@HTML
def test_all_comments_are_likelier_than_a_part(is_html):
    _, part, whole = rated((Method.TAGS, THREAD[:2]), (Method.TAGS, THREAD), is_html=is_html)
    assert whole > part


@HTML
def test_comments_with_buttons_as_texts_are_less_likely(is_html):
    headers = tuple(replace(each, text="Reply") for each in THREAD)
    _, wrong, right = rated((Method.FORM, headers), (Method.FORM, THREAD), is_html=is_html)
    assert right > wrong


@HTML
def test_order_of_readings_changes_no_rating(is_html):
    readings = [(Method.FORM, THREAD), (Method.NAMES, THREAD[:3]), (Method.TAGS, THREAD[1:])]
    none, *ratings = rated(*readings, is_html=is_html)
    assert rated(*readings[::-1], is_html=is_html) == pytest.approx([none, *ratings[::-1]])


def test_a_page_without_readings_has_no_comments():
    assert rated(is_html=True) == [LEAST]


@pytest.mark.parametrize("network", [PAGES, DUMPS])
def test_numbers_are_those_of_the_network(network):
    signs = None if network is PAGES else read_tags(CuedLines(PAGE)).signs
    threads = [Thread(THREAD, Method.FORM, stated=StatedCount(5)), Thread(MENU, Method.TAGS)]
    rows = numbers_of_threads(PAGE, threads, signs)
    assert {len(row) for row in rows} == {len(shipped_arrays(network)["means"])}
    assert np.isfinite(rows).all()


def test_headers_that_come_back_inside_texts_are_counted():
    swallowed = [replace(each, text=f"{each.text}\nReply 12\n{each.text}") for each in THREAD]
    assert evidence_of(tuple(swallowed)).swallowed == 5
    assert evidence_of(THREAD).flaws == 0


@pytest.mark.parametrize(("count", "stated", "is_said"), [(0, None, 0), (5, None, 1), (6, None, 0), (6, 6, 1)])
def test_a_list_without_a_sentence_is_said_where_it_is_short_or_as_long_as_stated(count, stated, is_said):
    mute = tuple(replace(each, text=f"by {number} comments") for number, each in enumerate(2 * THREAD, 1))
    assert evidence_of(mute[:count], stated).is_said == is_said
    assert not count or evidence_of((*mute[:count], *THREAD[:1])).is_said


def test_missing_details_come_from_the_same_comment_of_another_reading():
    bare = Thread(tuple(replace(each, author=None, posted=None) for each in THREAD), Method.TAGS)
    assert with_details(bare, [bare, Thread(THREAD, Method.NAMES)]).comments == THREAD


def test_a_date_that_only_the_first_comment_has_is_that_of_what_is_above():
    undated = tuple(replace(each, posted=None) for each in THREAD)
    others = [Thread(undated, Method.BOXES), Thread((THREAD[0], *undated[1:]), Method.TAGS)]
    assert with_details(others[0], others).comments == undated
    assert with_details(others[1], others).comments == others[1].comments  # its own reading says so


@pytest.mark.parametrize(
    ("name", "is_name"),
    [("Ada Lind", True), ("Reader 12", True), ("12 May 2019", False), ("26 marec 2008", False), ("G.M.", True),
     ("A new bridge for the old town", False)],
)  # fmt: skip
def test_a_name_is_neither_a_date_nor_a_headline(name, is_name):
    assert is_possible_name(name) is is_name


@pytest.mark.parametrize(("texts", "kept"), [("abcabc", "abc"), ("xabcabc", "xabc"), ("abcxaybzc", "xaybzc"),
                                             ("aab", "aab"), ("abxab", "abxab")])  # fmt: skip
def test_a_run_of_comments_that_a_page_shows_again_counts_once(texts, kept):
    comments = [Comment(f"p{at}", each, author=f"Reader {each}") for at, each in enumerate(texts)]
    assert [each.text for each in renumbered(comments)] == [*kept]
    assert [each.comment_id for each in renumbered(comments)] == [f"c{number}" for number in range(1, len(kept) + 1)]


def test_new_numbers_keep_who_answers_whom():
    first, second = Comment("c3", "One."), Comment("c7", "Two.", reply_to="c3")
    lost = Comment("c9", "Three.", reply_to="c8")
    assert [(each.comment_id, each.reply_to) for each in renumbered((first, second, lost))] == [
        ("c1", None), ("c2", "c1"), ("c3", None),
    ]  # fmt: skip
