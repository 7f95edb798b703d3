"""Dumps of text browsers: names of pictures, bullets, columns and buttons that they print around comments."""

from dataclasses import replace

import pytest

from stance.parsing.counts import StatedCount
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump import _below_heading
from stance.parsing.dump.name_columns import Column
from stance.parsing.dump.tagged import _above_ids, comment_of
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.site_votes import site_name
from stance.parsing.thread import Method, Thread
from tests.support.parsed import parse_dump as parse

ARTICLE = """Old ferry stays for another year

The harbour council voted on Tuesday to keep the old ferry running for another year, after a long debate.

Engineers had warned that the hull needs repairs which the town can hardly pay for before next winter.

"""
SAID = (
    ("Ann Lee", "It never broke down once in all these years, so let them repair it."),
    ("Bo Ek", "I would rather have a bridge, which my children could use on their way to school."),
    ("Cy Dunn", "Who is going to pay for a bridge? The town has no money for paint."),
    ("Dot Hay", "Ask the minister, he promised us one in spring and then again in autumn."),
)


def names(page: str) -> list[tuple[str | None, str]]:
    return [(comment.author, comment.text) for comment in parse(page).comments]


def test_names_of_pictures_are_no_names_of_writers() -> None:
    talk = "".join(
        f" {number}. [{picture}]\n    {name}\n\n    May {number}, 2021 at 8:25 am\n\n    {text}\n\n    Reply\n\n"
        for number, ((name, text), picture) in enumerate(
            zip(SAID, ("558ad05", "default", "35aca2a", "3121c33"), strict=True), 1
        )
    )
    assert names(f"[ferry_2021]\n\n{ARTICLE}4 Comments\n\n{talk}") == list(SAID)


@pytest.mark.parametrize("word", ["[deleted]", "[…]", "[Reply]", "as [sic] they say [12]", "[1] a note"])
def test_other_words_in_brackets_stay(word: str) -> None:
    page = f"[558ad05]\n[35aca2a]\n[3121c33]\n{word}\n[default]\n"
    assert [line.full for line in read_lines(page)] == [word]


def test_words_in_brackets_are_pictures_only_beside_names_of_files() -> None:
    page = "[default]\nAda\n[spoiler]\nBo [edit]\n"
    assert [line.text for line in read_lines(page)] == page.split("\n")[:-1]
    assert [line.text for line in read_lines("[logo.png] Home\n[default]\n")] == ["Home", "[default]"]


def test_bullets_of_inner_lists_are_no_letters_of_names() -> None:
    page = "     * Ann\n          + Bo\n               o Cy\n                    # Dot\n               o o Eve\n"
    lines = read_lines(page)
    assert [(line.text, line.bullet) for line in lines] == [
        (name, True) for name in ("Ann", "Bo", "Cy", "Dot", "o Eve")
    ]
    assert read_lines("               o Cy\n")[0].text == "o Cy"


def test_replies_of_numbered_comments_are_no_deeper_for_their_numbers() -> None:
    rows = [(f"{number:2}. {name} says:", text) for number, (name, text) in enumerate(SAID * 30, 1)]
    talk = "".join(
        f"{head}\n    May 3, 2021 at 8:25 am\n\n    {text} {number}\n\n    Reply\n"
        for number, (head, text) in enumerate(rows)
    )
    comments = parse(f"{ARTICLE}120 Comments\n\n{talk}").comments
    assert len(comments) == len(rows)
    assert [comment.reply_to for comment in comments] == [None] * len(rows)


def test_the_second_of_two_names_side_by_side_is_answered() -> None:
    heads = ("Ann Lee", "Bo Ek Ann Lee", "Cy Dunn Bo Ek", "Dot Hay Ann Lee")
    talk = "".join(
        f"{head} May {day}, 2021 at 8:25 am\n\n{text}\n\nReply Share\n\n"
        for day, (head, (_, text)) in enumerate(zip(heads, SAID, strict=True), 1)
    )
    comments = parse(f"{ARTICLE}4 Comments\n\n{talk}").comments
    assert [(comment.author, comment.reply_to) for comment in comments] == [
        ("Ann Lee", None),
        ("Bo Ek", "c1"),
        ("Cy Dunn", "c2"),
        ("Dot Hay", "c1"),
    ]


def test_the_form_below_comments_is_none() -> None:
    talk = "".join(f"{name} said...\n{text}\n{day} November 2011 08:07\n" for day, (name, text) in enumerate(SAID, 1))
    form = "Post a Comment\nPlease leave a comment! I love hearing from people who take the time to read all this.\n"
    assert names(f"{ARTICLE}4 comments:\n{talk}{form}Newer Post Older Post Home\n") == list(SAID)


@pytest.mark.parametrize(
    ("page", "site"),
    [
        ("Tutor Login\nFind a tutor in your area\nAbout us\nBlog\nFind a tutor\nOld ferry stays\n", None),
        ("Home\nNews\nHarbour Talk\nwww.harbourtalk.org\nOld ferry stays\n", "Harbour Talk"),
        ("Old ferry stays\nDes marins noir.es\nLes marins Noir.es\nLes Noir.es\n", None),
        ("\n".join(["Old ferry stays", *"abcdefghij", "© 2015, Harbour Talk, All Rights Reserved."]), "Harbour Talk"),
        ("\n".join(["Old ferry stays", *"abcdefghij", "© 2011 All Rights Reserved Harbour Talk."]), "Harbour Talk"),
    ],
)
def test_a_dump_names_its_site(page: str, site: str | None) -> None:
    assert site_name(read_lines(page))[0] == site


def test_a_note_of_a_plugin_is_no_part_of_a_comment() -> None:
    talk = "".join(
        f"{name} says:\nMay {day}, 2021 at 8:25 am\n\n{text}\n{name} recently posted…The bridges {day}\n\nReply\n\n"
        for day, (name, text) in enumerate(SAID, 1)
    )
    assert names(f"{ARTICLE}4 Comments\n\n{talk}") == list(SAID)


@pytest.mark.parametrize(("button", "is_missing"), [("", True), ("Reply to this comment", False)])
def test_comments_are_said_to_be_missing_only_where_nothing_looks_like_one(button: str, *, is_missing: bool) -> None:
    page = f"{ARTICLE}1 comment\n\nKenji\n\n良い\n\n{button}\n\nPrivacy policy\n"
    document = parse(page)
    assert not document.comments
    assert any("the file has none" in doubt for doubt in document.doubts) is is_missing
    assert any("none were found, but lines look like" in doubt for doubt in document.doubts) is not is_missing


@pytest.mark.parametrize(
    "line", ["3 mai 20147 mai 2014 ~ Ada", "Posted on 3 May 2014 by ada", "Posted by Ada at 13:22 ● ●"]
)
def test_an_author_is_named_beside_a_date(line: str) -> None:
    head, text = ARTICLE.split("\n\n", 1)
    is_below = "●" in line
    page = f"{ARTICLE}{line}\n" if is_below else f"{head}\n\n{line}\n\n{text}"
    assert (parse(page).author or "").casefold() == "ada"


def test_posts_of_a_board_above_the_heading_of_comments_are_of_the_article() -> None:
    rows = [f"{name}\nID:AQPsw.O{number}O\n{text}\n" for number, (name, text) in enumerate(SAID)]
    page = CuedLines(read_lines(f"{rows[0]}{rows[1]}Comments (2)\n{rows[2]}{rows[3]}"))
    spots = [i for i, line in enumerate(page.lines) if line.text in {text for _, text in SAID}]
    comments = [comment_of(page.lines[i : i + 1], number, None) for number, i in enumerate(spots)]
    thread = Thread(tuple(comments), Method.TAGS, stated=StatedCount(2))
    assert [comment.text for comment in _below_heading(page, thread).comments] == [text for _, text in SAID[2:]]
    assert _below_heading(page, replace(thread, stated=StatedCount(3))).comments == tuple(comments)
    ids = Column(tuple(i - 1 for i in spots), is_below=False)
    assert [page.lines[i].text for i in _above_ids(page, ids).lines if i is not None] == [name for name, _ in SAID]
