"""Texts of comments, freed from what a page writes around them."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Comment
from stance.parsing.cleaning import clean_comments
from tests.support.tables import cases, table

SAID = tuple(table("cleaning", "cases")["SAID"])
NAMES = ("Ada Lind", "Ben", "carla77", "Dov", "Elif Kaya", "Finn")


def page(*forms: str, said: Sequence[str] = SAID, authors: Sequence[str | None] = NAMES) -> list[Comment]:
    """Write a comment per text, in one form for all or in one for each; {text}, {name} and {n} stand in forms."""
    return [
        Comment(
            str(i), forms[i % len(forms)].format(text=text, name=NAMES[i], n=3 * i + 1, day=i + 10), author=authors[i]
        )
        for i, text in enumerate(said)
    ]


def texts(comments: Sequence[Comment]) -> list[str]:
    return [comment.text for comment in clean_comments(comments)]


@cases("form")
def test_what_a_page_writes_around_each_text_is_cut(form: str) -> None:
    assert texts(page(form)) == list(SAID)


@cases("form")
def test_what_people_write_stays(form: str) -> None:
    alike = page(form, form, "{text}", "{text}", "{text}", "{text}")
    assert texts(alike) == [comment.text for comment in alike]


def test_a_text_is_never_cut_to_nothing() -> None:
    assert texts(page("{day} May 2019\nYes", said=("",) * 6)) == ["Yes"] * 6
    assert "" not in texts(page("Reply\nReply", said=("",) * 6))


def test_pingbacks_are_no_comments() -> None:
    found = [
        Comment("1", "[…] as the town paper writes […]", author="My week"),
        Comment("2", "[...] as the town paper writes", author="Ten things to read about bridges | My week"),
        Comment("3", "[...] is where you stopped quoting him.", author="Ada"),
        Comment("4", "The bridge\u2026", author="Trackback by My week"),
        Comment("5", "[…] as the town paper writes […] My week on June 12, 2007 @"),
        Comment("6", "I see.", author="Ping Li"),
    ]
    assert [comment.comment_id for comment in clean_comments(found)] == ["3", "6"]


LINES = st.sampled_from(
    ["Reply", "Ann", "Ann says:", "3 May 2019", "7", "[…]", "", " ", "Yes.", "\ufeff", "\x85", "- B"]
)


@given(
    st.lists(
        st.tuples(
            st.lists(LINES | st.text(max_size=9), max_size=5), st.sampled_from(["Ann", "", None]), st.integers(0, 9)
        ),
        max_size=9,
    )
)
def test_any_texts_are_cleaned(drawn: list[tuple[list[str], str | None, int]]) -> None:
    found = [
        Comment(str(i), "\n".join(lines), author=author, reply_to=str(parent) if parent < i else None, quoted="Yes.")
        for i, (lines, author, parent) in enumerate(drawn)
    ]
    clean = clean_comments(found)
    ids = {comment.comment_id for comment in clean}
    for comment in clean:
        assert comment.text.strip()
        assert comment.reply_to is None or comment.reply_to in ids
        assert "\ufeff" not in comment.text
    assert [c.comment_id for c in clean] == [c.comment_id for c in found if c.comment_id in ids]
