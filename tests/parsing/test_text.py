"""Text dumps: gold for the seeds, one small page per line kind and comment form, properties of any text."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Comment
from stance.parsing.dates import dates_of_page, find_date, parse_date
from stance.parsing.quotations import quoted_part, runs_of
from stance.records.digests import document_id
from tests.support.growth import grows_linearly
from tests.support.parsed import FERRY, said
from tests.support.parsed import parse_dump as parse
from tests.support.tables import cases, repeated, table

PROJECT = Path(__file__).parents[2]
GOLD = sorted((Path(__file__).parents[1] / "gold").glob("*.json"))

BODY = "\n\n".join(FERRY)


@pytest.mark.parametrize("path", GOLD, ids=lambda path: path.stem[:3])
def test_seed_is_read_as_gold(path: Path) -> None:
    gold = json.loads(path.read_text(encoding="utf-8"))
    document = parse((PROJECT / gold["page"]).read_text(encoding="utf-8"))
    for name in ("outlet", "title", "author", "published", "lead", "layout"):
        assert getattr(document, name) == gold[name], name
    assert list(document.body) == gold["body"]
    assert said(document) == [(comment["author"], comment["text"]) for comment in gold["comments"]]


def test_seed_comment_quotes_the_article() -> None:
    assert len(GOLD) == len(list((PROJECT / "seeds").glob("*.txt"))) == 5
    document = parse((PROJECT / "seeds" / "000_a88b90113f26c970.txt").read_text(encoding="utf-8"))
    quoted = [comment for comment in document.comments if comment.quoted]
    assert [comment.comment_id for comment in quoted] == ["c13"]
    assert quoted[0].text.startswith(f"{quoted[0].quoted}\n")


# comments in each form

ENTRIES = [
    ("Ann Lee", "I have taken it for years.\nIt never broke down."),
    ("mo77", "Sell it!"),
    ("Bo", "Why should we?"),
]
FORMS = table("forms_of_dumps")
SAYS, NAMED_STAMP, RELATIVE = (FORMS[form]["page"] for form in ("says", "named stamp", "relative"))


@pytest.mark.parametrize("form", FORMS)
def test_comments_of_each_form(form: str) -> None:
    document = parse(f"Old ferry stays\n\n{BODY}\n\n{FORMS[form]['page']}")
    assert said(document) == ENTRIES
    assert document.layout == FORMS[form]["layout"]
    assert document.stated_comments == FORMS[form].get("stated")
    assert document.body == FERRY
    assert document.title == "Old ferry stays"


FOREIGN_SECTIONS = table("sections_in_text")
WORDS = {"a": "Ann Lee", "A": "It never broke down in all my years.", "b": "mo77", "B": "Then sell it to them!"}
WORDS |= {"c": "Bo", "C": "Why should we sell it?"}


@pytest.mark.parametrize("kind", FOREIGN_SECTIONS)
def test_section_of_each_language_and_system(kind: str) -> None:
    document = parse(f"Old ferry stays\n{BODY}\n{FOREIGN_SECTIONS[kind].format(**WORDS)}\n")
    expected = [(WORDS["a"], WORDS["A"]), (WORDS["b"], WORDS["B"]), (WORDS["c"], WORDS["C"])]
    assert said(document)[:3] == expected
    assert len(document.comments) == (4 if kind == "names alone" else 3)


@pytest.mark.parametrize("said_by_bo", ["100%", "!!!", "👍👍", "..."])
def test_comment_without_a_word_is_one(said_by_bo: str) -> None:
    entries = [*ENTRIES[:2], ("Bo", said_by_bo)]
    assert said(parse(f"{BODY}\n\n{RELATIVE.replace('Why should we?', said_by_bo)}")) == entries
    assert said(parse(f"{BODY}\n\n{SAYS.replace('Why should we?', said_by_bo)}")) == entries


HEADS_OF_COMMENTS = table("text", "cases")["HEADS_OF_COMMENTS"]


@pytest.mark.parametrize("kind", HEADS_OF_COMMENTS)
@pytest.mark.parametrize("said_by_mo", ["Then sell it to them!", "sell it", "+1"])
def test_what_stands_below_the_buttons_is_not_said_by_the_comment_above(kind: str, said_by_mo: str) -> None:
    words = {"A": "It never broke down.", "B": said_by_mo, "C": "Why should we sell it?"}
    document = parse(f"{BODY}\n\n3 Comments\n{HEADS_OF_COMMENTS[kind].format(**words)}\nLeave a comment\n")
    assert said(document) == [("Ann Lee", words["A"]), ("mo77", said_by_mo), ("Bo", words["C"])]
    if "answer" in kind:
        assert [comment.reply_to for comment in document.comments] == [None, "c1", None]


def test_quoted_parts_are_lines_sentences_and_marked_lines() -> None:
    article = set(chain.from_iterable(map(runs_of, FERRY)))
    earlier = set(runs_of("Nobody here ever asked the fishermen about it."))
    text = f"> so it goes\n{FERRY[0]} Really? I doubt it.\nNobody here ever asked the fishermen about it. True."
    quoted = quoted_part(text, runs_of(text), article, earlier, names=())
    assert quoted == f"> so it goes\n{FERRY[0]}\nNobody here ever asked the fishermen about it."
    assert all(line in text for line in quoted.split("\n"))
    alone = "Nobody here ever asked the fishermen about it."  # posted twice
    assert quoted_part(alone, runs_of(alone), set(), earlier, names=()) is None


# the article

FOREIGN = table("text", "cases")["FOREIGN"]


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_line_inside_the_body_is_left_out(kind: str) -> None:
    document = parse(f"Old ferry stays\n\n{FERRY[0]}\n\n{FOREIGN[kind]}\n\n{FERRY[1]}\n\n{FERRY[2]}")
    assert document.body == FERRY


@pytest.mark.parametrize("text", ["", " \n\t\n", "12\n13"])
def test_page_without_text_is_empty_and_says_so(text: str) -> None:
    document = parse(text)
    assert document.body == ()
    assert len(document.warnings) == 1


# dates

DATES = table("dates")


@pytest.mark.parametrize("text", DATES)
def test_parse_date(text: str) -> None:
    assert parse_date(text) == DATES[text]


@cases("page", "expected")
def test_order_of_day_and_month_is_that_of_the_other_dates_of_the_page(page: str, expected: str | None) -> None:
    with dates_of_page(f"{page} 3/4/2021"):
        assert parse_date("3/4/2021") == expected


UNDATED = table("dates_without_a_day")


@pytest.mark.parametrize("text", UNDATED)
def test_date_without_a_value_is_found_whole(text: str) -> None:
    found = find_date(text)
    assert found is not None
    assert (text[found.start : found.end], found.iso) == (text, None)


@pytest.mark.parametrize("text", ["10 minutes", "I waited for 3 years", "12:30 Report", "24 bis 36 Stunden", "1.2.140"])
def test_time_span_is_no_date(text: str) -> None:
    assert find_date(text) is None


@given(st.text())
def test_any_text_has_a_date_or_none(text: str) -> None:
    found = find_date(text)
    assert found is None or 0 <= found.start < found.end <= len(text)


def test_same_content_is_same_document() -> None:
    comment = Comment("c1", "Sell it!", author="mo77")
    one = document_id("Old ferry stays", FERRY, [comment])
    assert one == document_id("Old  ferry stays ", FERRY, [comment])
    assert len(one) == 16
    others = [
        document_id(None, FERRY, [comment]),
        document_id("Old ferry stays", FERRY[1:], [comment]),
        document_id("Old ferry stays", FERRY, [Comment("c1", "Sell it!", author="Bo")]),
        document_id("Old ferry", ("stays", *FERRY), [comment]),
    ]
    assert one not in others


# any text

FRAGMENTS = [
    *FERRY, *DATES, "Ann Lee says:", "vor 3 Jahren", "Ann • 5 years ago", "ReplyDelete", "Reply to  Ann",
    *FOREIGN.values(), "Ann Lee", "Sell it!", "", "", "", "12 comments", "Kommentare",
]  # fmt: skip
FRAGMENTS += [
    "Notify of", "View all comments", "Inline Feedbacks", "Leave a Reply", "Related News", "BREAKING", "1 2 3 Next",
]  # fmt: skip
INDENTS = st.sampled_from(["", "  ", "    • ", "  1. ", "\t"])
PAGES = st.lists(st.builds(str.__add__, INDENTS, st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=30)))).map(
    "\n".join
)


@given(st.one_of(st.text(), PAGES))
def test_any_text_parses_and_body_and_comments_stand_in_it(text: str) -> None:
    document = parse(text)
    assert all(" ".join(paragraph.split()) in " ".join(text.split()) for paragraph in document.body)
    position = 0
    for number, comment in enumerate(document.comments, 1):
        assert comment.comment_id == f"c{number}"
        assert comment.start is not None
        assert comment.end is not None
        assert position <= comment.start < comment.end <= len(text)
        position = comment.end
        words = re.sub("[\u00ad\u200b\u2060\ufeff]", "", text[comment.start : comment.end]).split()
        rest = iter(words)
        assert all(word in rest for word in comment.text.replace("\u00ad", "").split())
        assert comment.quoted is None or all(line in comment.text for line in comment.quoted.split("\n"))
        assert comment.reply_to is None or 0 < int(comment.reply_to[1:]) < number


@given(st.text(alphabet=st.characters(exclude_characters="0123456789", exclude_categories=("L", "Nd")), max_size=200))
def test_text_without_words_gives_no_comments(text: str) -> None:
    assert parse(text).comments == ()


@cases("parts")
def test_hostile_shape_ends(parts: list[tuple[str, int]]) -> None:
    assert parse(repeated(parts)).source == "page.txt"


POSTS = tuple(map(tuple, table("text", "cases")["POSTS"]))


def forum(header: str) -> str:
    return "".join(f"{header.format(name=name, i=i)}\n{text}\n" for i, (name, text) in enumerate(POSTS))


@pytest.mark.parametrize("text", [forum("{name} says:\n3 May 2024 14:1{i}"), "U." * 40])
def test_time_to_read_is_linear(text: str) -> None:
    assert grows_linearly(lambda count: parse("3 comments\n" + text * count), 800)
