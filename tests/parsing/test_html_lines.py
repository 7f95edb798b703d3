"""The lines of an HTML page and the elements that they come from."""

import numpy as np
import pytest
from lxml import html

from stance.datamodels import Page, PageKind
from stance.parsing import parse_page
from stance.parsing.dump import tags
from stance.parsing.dump.tags import read_tags
from stance.parsing.html import lines as html_lines
from stance.parsing.html.boxes import PageParts
from stance.parsing.html.lines import OF_NAMES, OF_PLACES, PageLines
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import TextIndex

PAGE = """<body><div id=a><p>One <b>two</b></p><script>x()</script><p>three<br>four</p></div>
<ul id=b><li>five</li><li>six<button>Reply</button></li></ul>tail</body>"""


def lines_of(source):
    index = TextIndex(html.document_fromstring(source))
    return index, PageLines(index)


def test_lines_are_those_of_the_text():
    index, page = lines_of(PAGE)
    assert [line.text for line in page.lines] == ["One two", "three", "four", "five", "six", "tail"]
    assert page.text == index.text_of(index.elements[0])


def test_the_largest_elements_of_some_lines_hold_no_other():
    _, page = lines_of(PAGE)
    assert [each.get("id") for each in page.elements_of([0, 1, 2])] == ["a"]
    assert [each.get("id") for each in page.elements_of([3, 4])] == ["b"]
    assert [each.tag for each in page.elements_of([0, 3])] == ["p", "li"]
    assert page.elements_of([]) == []
    assert page.elements_of([1]) == []  # it shares its only element with another line


def test_lines_of_posts_from_elsewhere_are_no_comments():
    posts = "".join(f"<blockquote class=twitter-tweet><p>Post {i}</p>Ann (@ann) 3 May</blockquote>" for i in range(3))
    index = Index(html.document_fromstring(f"<body><p>Story</p>{posts}<p>Ann says</p></body>"))
    page, lines = PageParts(index), PageLines(index.text)
    assert len(lines.lines) == 8
    assert not page.are_comments(lines.elements_of(range(1, 7)))
    assert page.are_comments(lines.elements_of([0, 7]))


THREAD = """<body><div class=top><p>Story</p></div><ul class=list>{}</ul></body>"""
ITEM = "<li class=c{0}><b class=who>Ann {0}</b> <img src=a><p class=said>Text {0}</p></li>"


def places_of(source):
    _, page = lines_of(source)
    return [line.text for line in page.lines], page.places


def test_lines_in_elements_of_one_make_are_of_one_group_and_rows_are_apart():
    texts, places = places_of(THREAD.format("".join(map(ITEM.format, range(3)))))
    assert texts == ["Story", "Ann 0", "Text 0", "Ann 1", "Text 1", "Ann 2", "Text 2"]
    own, _, rows, lists = places.groups.tolist()
    assert own[1] == own[3] == own[5] != own[2] == own[4] == own[6] != own[0]
    assert rows[1] == rows[2] != rows[3] == rows[4]
    assert len({lists[1], lists[3], lists[5]}) == 3  # three siblings of one make, and no others around them
    assert places.numbers.shape == (7, OF_PLACES)


def test_names_of_classes_change_only_the_numbers_of_names():
    source = THREAD.format("".join(map(ITEM.format, range(4))))
    renamed = source.replace("said", "comment-text").replace("who", "author").replace("=c", "=comment-")
    (_, one), (_, other) = places_of(source), places_of(renamed)
    assert (one.groups == other.groups).all()
    others = np.delete(np.arange(OF_PLACES), OF_NAMES)
    assert (one.numbers[:, others] == other.numbers[:, others]).all()
    assert (one.numbers[:, list(OF_NAMES)] != other.numbers[:, list(OF_NAMES)]).any()


def test_places_of_a_deep_page_need_no_deep_stack():
    texts, places = places_of(f"<body>{'<div>' * 240}<p>One</p><p>Two</p>{'</div>' * 240}</body>")
    assert texts == ["One", "Two"]
    assert np.isfinite(places.numbers).all()


SAID = {
    "kent": "They have gone mad, all of them.",
    "Mira": "And who pays for it in the end?",
    "fongin": "So it was a lie all along, as we said.",
}
STORY = "<p>The council met on Tuesday and agreed on a second lane for the bridge at length.</p>" * 6


@pytest.mark.parametrize(("fewest", "found"), [(3, 3), (4, 0)])
def test_less_likely_texts_are_read_where_no_reading_finds_any_and_they_are_several(fewest, found, monkeypatch):
    def unlikely(*given):
        return read_tags(*given)._replace(texts=[])

    rows = [f"<div><b>{name}</b> (01/0{i} 15:44)<br>{text}</div>" for i, (name, text) in enumerate(SAID.items(), 1)]
    source = f"<h1>Bridge</h1>{STORY}{''.join(rows)}"
    page = Page("page.html", PageKind.HTML, source, "utf-8")
    assert [each.text for each in parse_page(page).comments] == list(SAID.values())
    monkeypatch.setattr(html_lines, "read_tags", unlikely)
    monkeypatch.setattr(tags, "FEWEST", fewest)
    assert [each.text for each in parse_page(page).comments] == list(SAID.values())[:found]
