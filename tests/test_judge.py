"""Lists of comments that readings of a page found: the evidence for them, and what is joined to them."""

from dataclasses import replace

import pytest

from stance.datamodels import Comment
from stance.parsing.judge import (
    Kind,
    compare_readings,
    evidence_of,
    is_possible_name,
    renumbered,
    with_details,
    without_excerpts,
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


def test_headers_that_come_back_inside_texts_are_counted():
    swallowed = [replace(each, text=f"{each.text}\nReply 12\n{each.text}") for each in thread()]
    assert evidence_of(tuple(swallowed)).swallowed == 5
    assert evidence_of(thread()).flaws == 0


def test_a_list_without_a_sentence_is_said_where_it_is_short_or_as_long_as_stated():
    mute = tuple(replace(each, text=f"by {number} comments") for number, each in enumerate(2 * thread(), 1))
    assert [evidence_of(mute[:count], stated).is_said for count, stated in ((5, None), (6, None), (6, 6))] == [
        True,
        False,
        True,
    ]
    assert evidence_of((*mute, *thread(1))).is_said
    assert not evidence_of(()).is_said


def test_a_reading_is_confirmed_by_other_kinds_of_readings():
    readings = [(Kind.MARKUP, thread()), (Kind.NAMES, thread(3)), (Kind.MARKUP, thread())]
    assert [each.confirmed for each in compare_readings(readings)] == [3, 3, 3]
    assert [each.same_name for each in compare_readings(readings)] == [3, 3, 3]


def test_a_reading_is_confirmed_by_the_last_words_of_its_texts():
    headed = [replace(each, text=f"A header of {each.author}\n{each.text}") for each in thread()]
    alone, _ = compare_readings([(Kind.FORM, headed), (Kind.FORM, thread())])
    both, _ = compare_readings([(Kind.FORM, headed), (Kind.TAGS, thread())])
    assert (alone.ends, both.ends, both.confirmed) == (0, 5, 0)


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


def test_new_numbers_keep_who_answers_whom():
    first, second = Comment("c3", "One."), Comment("c7", "Two.", reply_to="c3")
    lost = Comment("c9", "Three.", reply_to="c8")
    assert [(each.comment_id, each.reply_to) for each in renumbered((first, second, lost))] == [
        ("c1", None), ("c2", "c1"), ("c3", None),
    ]  # fmt: skip
