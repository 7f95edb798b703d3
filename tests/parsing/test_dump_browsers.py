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
from tests.support.parsed import FERRY
from tests.support.parsed import parse_dump as parse
from tests.support.tables import cases, table

ARTICLE = "\n\n".join(("Old ferry stays for another year", *FERRY[:2], ""))
SAID = tuple(map(tuple, table("dump_browsers", "cases")["SAID"]))


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


@cases("page", "site")
def test_a_dump_names_its_site(page: str, site: str | None) -> None:
    assert site_name(read_lines(page))[0] == site


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
