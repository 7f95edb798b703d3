"""Comments in boxes of one make that no name of a class and no heading calls comments."""

import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page

SAID = (
    ("Ada Lind", "2024-3-5 9:15", "The old one shakes whenever a van crosses. High time for another!"),
    ("Bo Rask", "2024-3-5 10:02", "Two years without lorries would suit me well, if you ask me."),
    ("Cy Dahl", "2024-3-5 18:40", "And who pays for all this? Nobody has told us so far."),
    ("Dee Moe", "2024-3-6 7:30", "I walked there yesterday, it was empty at noon. Why the hurry?"),
)
STORY = "The council met on Tuesday and agreed on a second lane for the bridge at length. "


def parse(rows: str) -> Document:
    source = f"<title>Bridge</title><h1>Bridge</h1><article><p>{STORY * 6}</p></article><div class=k9>{rows}</div>"
    return parse_page(Page("page.html", PageKind.HTML, source, "utf-8"))


def rows(row: str, said=SAID) -> str:
    return "".join(row.format(n, name, date, text) for n, (name, date, text) in enumerate(said, 1))


@pytest.mark.parametrize(
    "row",
    [
        "<div class=q1><b>{1}</b> <small>#{0} - {2}</small><p>{3}</p></div>",
        "<section class=zz><header><a href='/u/{0}'>{1}</a> <time>{2}</time></header><div>{3}</div></section>",
        "<table class=t8><tr><td><b>{1}</b></td><td><i>{2}</i><p>{3}</p></td></tr></table>",
    ],
)
def test_boxes_of_one_make_with_a_name_and_a_date_each_are_comments(row):
    found = parse(rows(row)).comments
    assert [(c.author, c.text) for c in found] == [(name, text) for name, _, text in SAID]
    assert found[0].posted == "2024-03-05T09:15"


def test_stories_with_dates_in_boxes_of_one_make_are_none():
    stories = [("", date, f"Council agrees on lane {n}") for n, (_, date, _) in enumerate(SAID)]
    assert parse(rows("<div class=q1><a href='/s/{0}'>{3}</a> <small>{2}</small>{1}</div>", stories)).comments == ()
