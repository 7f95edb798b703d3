"""The evidence for lists of comments, and the choice among readings of a page, or none of them."""

from dataclasses import replace

from stance.datamodels import Comment
from stance.parsing.choice import with_details
from stance.parsing.evidence import is_possible_name
from stance.parsing.thread import Method, Thread, renumbered
from tests.support.tables import cases, table

TEXTS = tuple(table("choice", "cases")["TEXTS"])
NAMES = ("Ada Lind", "Bo Rask", "Cy Dahl", "Ada Lind", "Dee Moe")
THREAD = tuple(
    Comment(f"c{i}", text, author=name, posted=f"2024-03-05T1{i}:00")
    for i, (text, name) in enumerate(zip(TEXTS, NAMES, strict=True), 1)
)


def test_missing_details_come_from_the_same_comment_of_another_reading():
    bare = Thread(tuple(replace(each, author=None, posted=None) for each in THREAD), Method.TAGS)
    assert with_details(bare, [bare, Thread(THREAD, Method.NAMES)]).comments == THREAD


def test_a_date_that_only_the_first_comment_has_is_that_of_what_is_above():
    undated = tuple(replace(each, posted=None) for each in THREAD)
    others = [Thread(undated, Method.BOXES), Thread((THREAD[0], *undated[1:]), Method.TAGS)]
    assert with_details(others[0], others).comments == undated
    assert with_details(others[1], others).comments == others[1].comments  # its own reading says so


@cases("name", "is_name")
def test_a_name_is_neither_a_date_nor_a_headline(name, is_name):
    assert is_possible_name(name) is is_name


@cases("texts", "kept")
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
