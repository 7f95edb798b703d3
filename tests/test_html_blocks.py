"""Comments by repeated blocks alone: no name of a class or an id is read."""

import json
from html import escape

import pytest

from stance.datamodels import Comment, Page, PageKind
from stance.parsing.cleaning import clean_comments
from stance.parsing.html.blocks import (
    MODEL,
    NUMBERS,
    READING_NUMBERS,
    BlockPage,
    BlockReading,
    numbers_of_readings,
    person_in,
    read_blocks,
)
from stance.parsing.html.page import page_tree
from stance.parsing.html.threads import CommentParts, PageParts
from stance.parsing.html.tree import Index
from tests.growth import reads_linearly

ARTICLE = "".join(
    f"<p>The council met on Monday and spoke about the bridge for the {number}th time, without a result.</p>"
    for number in range(12)
)
SAID = (
    ("Ada Lind", "3 May 2014 at 10:12", "The bridge was closed for two years. Nobody in the town hall answers for it."),
    ("Bo Karlsen", "3 May 2014 at 11:40", "I cross it every day, and the new lights are good."),
    ("marten77", "3 May 2014 at 12:05", "Two years! My shop lost half of its customers. Who pays for that?"),
    ("Cleo Danner", "4 May 2014 at 08:30", "They could have asked the people who live there.\nThey did not."),
    ("Old Fisherman", "4 May 2014 at 09:01", "Thanks for the article."),
    ("E. Voss", "5 May 2014 at 17:45", "The plan from 2009 was cheaper. It is still on the shelf."),
)


def parts_of(body: str) -> PageParts:
    html = f"<html><head><title>Bridge</title></head><body>{body}</body></html>"
    return PageParts(Index(page_tree(Page("page.html", PageKind.HTML, html, "utf-8"))))


def read(body: str) -> BlockReading | None:
    return read_blocks(parts_of(body))


def page(thread: str, heading: str = "<h3>6 Comments</h3>") -> str:
    menu = "".join(f'<li><a href="/{name}">{name}</a></li>' for name in ("News", "Sport", "Weather", "Shop"))
    form = "<form><textarea></textarea></form>"
    return f"<ul>{menu}</ul><h1>The bridge</h1><div>{ARTICLE}</div><div>{heading}{thread}</div>{form}<p>Imprint</p>"


def paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in text.split("\n"))


def boxed(name: str, date: str, text: str, replies: str = "", box: str = "x1a") -> str:
    header = f'<div class="x2b"><b class="x3c">{name}</b> <span class="x4d">{date}</span></div>'
    footer = '<div class="x6f"><a href="#">Reply</a> <a href="#">Share</a></div>'
    return f'<div class="{box}">{header}<div class="x5e">{paragraphs(text)}</div>{footer}{replies}</div>'


def shown(blocks: list[CommentParts]) -> list[tuple[str | None, str]]:
    comments = [Comment(f"c{place}", block.text, block.author) for place, block in enumerate(blocks)]
    return [(comment.author, comment.text) for comment in clean_comments(comments)]


WANTED = [(name, text) for name, _, text in SAID]


def test_boxes_of_one_make() -> None:
    reading = read(page("".join(boxed(*each) for each in SAID)))
    assert reading is not None
    assert shown(reading.blocks) == WANTED
    assert [block.posted for block in reading.blocks][:2] == ["2014-05-03T10:12", "2014-05-03T11:40"]
    assert all(block.parent is None for block in reading.blocks)
    assert 0.25 <= reading.probability <= 1


def test_replies_are_apart_from_what_they_answer() -> None:
    inner = boxed(*SAID[2], replies=boxed(*SAID[3]))
    thread = boxed(*SAID[0], replies=boxed(*SAID[1])) + inner + boxed(*SAID[4]) + boxed(*SAID[5])
    reading = read(page(thread))
    assert reading is not None
    assert shown(reading.blocks) == WANTED
    first, _, third, *_ = (block.element for block in reading.blocks)
    assert [block.parent for block in reading.blocks] == [None, first, None, third, None, None]


def test_items_and_replies_of_different_makes() -> None:
    thread = "".join(boxed(*each, box="x1a" if place % 2 else "x9z") for place, each in enumerate(SAID))
    reading = read(page(thread))
    assert reading is not None
    assert shown(reading.blocks) == WANTED


def test_controls_and_counters_are_no_text() -> None:
    thread = "".join(boxed(*each).replace("Share", f"{place} likes") for place, each in enumerate(SAID))
    reading = read(page(thread))
    assert reading is not None
    assert shown(reading.blocks) == WANTED


def test_a_text_said_twice_is_no_control() -> None:
    said = [(*each[:2], "Thanks!") if place in (1, 3) else each for place, each in enumerate(SAID)]
    reading = read(page("".join(boxed(*each) for each in said)))
    assert reading is not None
    assert shown(reading.blocks) == [(name, text) for name, _, text in said]


def test_a_badge_is_no_part_of_a_name() -> None:
    said = [boxed(*each) for each in SAID]
    for place in (1, 4):
        said[place] = said[place].replace("</b>", ' <i class="x7g">Moderator</i></b>')
    reading = read(page("".join(said)))
    assert reading is not None
    assert shown(reading.blocks) == WANTED


def test_stories_with_writer_and_date_are_no_comments() -> None:
    stories = "".join(
        f'<div class="x1a"><a href="/{place}">{name} writes a long story about the bridge and the town</a>'
        f"<span>By {name}</span> <span>{date}</span></div>"
        for place, (name, date, _) in enumerate(SAID)
    )
    assert read(page(stories, heading="<h3>More stories</h3>")) is None


@pytest.mark.parametrize("body", ["", "<p>One line.</p>", ARTICLE, page("", heading=""), page("")])
def test_nothing_on_pages_without_a_thread(body: str) -> None:
    assert read(body) is None


def test_names() -> None:
    assert person_in("Ada Lind says:") == "Ada Lind"
    assert person_in("Ada Lind 3 May 2014") == "Ada Lind"
    for text in ("Reply", "6:32 PM", "26 maaliskuun, 2022 3:41", "Dear Ada,", "Moderator", "", "!!"):
        assert person_in(text) is None


def test_numbers_have_names() -> None:
    found = BlockPage(parts_of(page("".join(boxed(*each) for each in SAID))))
    assert found.groups
    assert all(len(found.numbers(group)) == len(NUMBERS) for group in found.groups)
    rated = [(0.0, found.groups[0])]
    (numbers,) = numbers_of_readings(found, rated, [found.read(found.groups[0])])
    assert len(numbers) == len(READING_NUMBERS)


def test_the_card_tells_what_trained_the_model() -> None:
    card = json.loads(MODEL.read_text(encoding="utf-8"))["card"]
    assert len(card["training table"]["sha256"]) == 64
    assert card["training table"]["rows"] > card["training table"]["pages"] > 0


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 200 + "3 May 2014 <p>Ada</p>" * 50,
        '<div class="a b c d e f g h">Ada <b>3 May 2014</b><p>Reply</p></div>' * 3000,
        "<p>3 May 2014</p>" * 6000,
        "<h3>6 Comments</h3>" * 2000 + "<button>Reply</button>" * 2000,
        "<ul>" + "<li>Ada<ul>" * 90 + "3 May 2014",
        "<b>Ada</b> 3 May 2014<br>" * 4000,
    ],
)
def test_hostile_pages_take_linear_time(body: str) -> None:
    assert reads_linearly(read, body)
