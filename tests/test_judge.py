"""The judge: which list of comments of a page it keeps, and what it joins to it."""

from dataclasses import replace

import pytest

from stance.datamodels import Comment
from stance.parsing.judge import (
    Kind,
    evidence_of,
    is_possible_name,
    renumbered,
    weigh,
    with_details,
    without_excerpts,
    without_strays,
)

TEXTS = (
    "The bridge is too narrow for two buses, and everybody knows it.",
    "Then drive a smaller bus. It worked for forty years.",
    "Who pays for the second lane? Nobody has said so far.",
    "I walked there yesterday, and it was empty at noon.",
    "Empty at noon is no argument; come at eight in the morning.",
)
NAMES = ("Ada Lind", "Bo", "Cy", "Ada Lind", "Dee")


def thread(count=5, names=NAMES, posted="2024-03-05"):
    return tuple(
        Comment(f"c{i}", text, author=name, posted=posted)
        for i, (text, name) in enumerate(list(zip(TEXTS, names, strict=True))[:count], 1)
    )


def values(*readings, stated=None, is_html=True):
    return [value for _, value in weigh(readings, stated, is_html=is_html)]


def test_more_complete_comments_are_worth_more():
    part, whole = values((Kind.MARKUP, thread(3)), (Kind.MARKUP, thread(5)))
    assert whole > part > 0


def test_a_list_with_every_comment_twice_is_worth_less_than_the_list():
    doubled = [each for comment in thread() for each in (comment, replace(comment, author=None))]
    twice, once = values((Kind.MARKUP, doubled), (Kind.MARKUP, thread()))
    assert once > twice


def test_an_undated_text_among_dated_comments_costs():
    dated = [replace(each, comment_id=f"c{i}", text=f"{i}. {each.text}") for i, each in enumerate(3 * thread())]
    surplus = [Comment("c0", "The council wants a second lane on the bridge.", author="Our reporter"), *dated]
    with_article, without, _ = values((Kind.MARKUP, surplus), (Kind.MARKUP, dated), (Kind.TEXT, dated))
    assert with_article < without


def test_headers_that_come_back_inside_texts_cost():
    swallowed = [replace(each, text=f"{each.text}\nReply 12\n{each.text}") for each in thread()]
    merged, clean = values((Kind.MARKUP, swallowed), (Kind.MARKUP, thread()))
    assert clean > merged
    assert evidence_of(tuple(swallowed)).swallowed == 5


def test_agreement_with_the_stated_count_decides_between_near_lists():
    surplus = (*thread(), Comment("c6", "Log in to write a comment. It is free.", author="Guest", posted="2024-03-05"))
    without = values((Kind.MARKUP, surplus), (Kind.FORM, thread()))
    with_count = values((Kind.MARKUP, surplus), (Kind.FORM, thread()), stated=5)
    assert without[0] > without[1]
    assert with_count[1] > with_count[0]


def test_flattened_text_of_a_page_with_markup_needs_another_reading():
    assert values((Kind.TEXT, thread())) == [0.0]
    assert values((Kind.TEXT, thread()), is_html=False)[0] > 0
    assert values((Kind.TEXT, thread()), (Kind.BLOCKS, thread()))[0] > 0


def test_what_only_repetition_finds_beats_no_row_that_others_confirm():
    menu = [Comment(f"c{i}", f"Item {i} of the list. See more.", author=f"Label {i}") for i in range(12)]
    row, blocks, text = values((Kind.MARKUP, thread()), (Kind.BLOCKS, (*thread(), *menu)), (Kind.TEXT, thread()))
    assert row > blocks
    assert row > text


@pytest.mark.parametrize("kind", [Kind.BLOCKS, Kind.SHAPE, Kind.FORM])
def test_labels_without_sentences_and_dates_are_no_comments(kind):
    labels = [Comment(f"c{i}", text, author="Menu") for i, text in enumerate(("Log in", "Register", "Refresh"))]
    assert values((kind, labels), is_html=False) == [0.0]


def test_missing_details_come_from_the_same_comment_of_another_reading():
    bare = [replace(each, author=None, posted=None) for each in thread()]
    assert with_details(bare, [thread()]) == thread()


def test_subjects_give_way_to_names():
    subjects = thread(names=("Narrow", "Re: Narrow", "Costs", "Re: Costs", "Noon"))
    assert [each.author for each in with_details(subjects, [thread()])] == list(NAMES)


@pytest.mark.parametrize(
    ("name", "is_name"),
    [("Ada Lind", True), ("Reader 12", True), ("12 May 2019", False), ("26 marec 2008", False), ("G.M.", True),
     ("A new bridge for the old town", False)],
)  # fmt: skip
def test_a_name_is_neither_a_date_nor_a_headline(name, is_name):
    assert is_possible_name(name) is is_name


def test_comments_cut_short_are_left_out_where_they_stand_whole():
    cut = Comment("c6", f"{TEXTS[0][:30]}…", author="Ada Lind")
    assert without_excerpts((*thread(), cut)) == thread()
    alone = Comment("c6", "Nobody else has written this one…", author="Ada Lind")
    assert without_excerpts((*thread(), alone)) == (*thread(), alone)


def test_a_first_entry_that_nobody_else_found_is_a_stray():
    byline = Comment("c0", "A Council Post About A Bridge", author="Editor posted")
    undated = thread(posted=None)
    readings = [(Kind.MARKUP, (byline, *undated)), (Kind.BLOCKS, undated), (Kind.TEXT, undated)]
    assert without_strays((byline, *undated), readings, Kind.MARKUP) == undated
    assert without_strays((byline, *undated), readings[:2], Kind.MARKUP) == (byline, *undated)


def test_new_numbers_keep_who_answers_whom():
    first, second = Comment("c3", "One."), Comment("c7", "Two.", reply_to="c3")
    lost = Comment("c9", "Three.", reply_to="c8")
    assert [(each.comment_id, each.reply_to) for each in renumbered((first, second, lost))] == [
        ("c1", None), ("c2", "c1"), ("c3", None),
    ]  # fmt: skip


def test_a_thread_needs_no_other_reading():
    assert values((Kind.THREAD, thread(posted=None)))[0] > 0
    assert values((Kind.SHAPE, thread(posted=None)))[0] == 0


@pytest.mark.parametrize("stated", [0, None])
def test_excerpts_are_no_comments(stated):
    cut = tuple(replace(each, text=each.text.rstrip(".") + " ...") for each in thread())
    assert values((Kind.BLOCKS, cut), stated=stated)[0] == 0


def test_page_that_has_none_needs_two_readings():
    assert values((Kind.BLOCKS, thread()), stated=0)[0] == 0 < values((Kind.BLOCKS, thread()))[0]


def test_a_reading_is_confirmed_by_the_last_words_of_its_texts():
    headed = [replace(each, text=f"A header of {each.author}\n{each.text}") for each in thread()]
    alone = values((Kind.BLOCKS, headed))[0]
    assert values((Kind.BLOCKS, headed), (Kind.TEXT, thread()))[0] > alone


def test_short_entries_without_sentences_need_another_reading():
    stories = [Comment(f"c{i}", f"A headline {i}", author=f"Writer {i}", posted="2024-03-05") for i in range(5)]
    assert values((Kind.FORM, stories)) == [0.0]
    assert values((Kind.FORM, stories), stated=5)[0] > 0
