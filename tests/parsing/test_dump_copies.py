"""Dumps that hold something twice, or in two lines: dates, names, quoted comments, headlines of other stories."""

import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing.dump import parse_text
from tests.support.tables import cases

STORY = "The ministers of five countries met in Turku to weigh new terms for the deal on the harbour.\n\n"
SAID = (
    "Nobody in the ministry dares to say who closed the lanes.",
    "My brother works in that harbour and the cranes stand still.",
    "Why should they send a ship when we have three of our own?",
    "The rail link was promised four years ago, I will see it.",
)
NAMES = ("Ada Low", "Bo Reed", "Cy Marsh", "Di Holt")


def read(rows: str) -> Document:
    text = f"The Mole Herald\n\nMinisters weigh new terms for the deal\n\n{STORY * 3}{rows}\n"
    return parse_text(Page("page.txt", PageKind.TEXT, text, "utf-8"))


@cases("form")
def test_names_and_texts_are_whole_and_once(form: str) -> None:
    rows = [
        form.format(name=name, first=name.split()[0], last=name.split()[1], said=said)
        for name, said in zip(NAMES, SAID, strict=True)
    ]
    document = read("4 Comments\n\n" + "".join(rows))
    assert [(each.author, each.text) for each in document.comments] == list(zip(NAMES, SAID, strict=True))
    assert not document.warnings


def test_a_quoted_comment_is_not_told_again() -> None:
    pairs = zip(NAMES, SAID, strict=True)
    rows = [f"{said}\n{name} on March 13, 2024 at {i}:48 PM\n" for i, (name, said) in enumerate(pairs, 1)]
    document = read("\n".join(("4 Comments\n", rows[0], rows[1], rows[0] + rows[2], rows[3])))
    assert [each.author for each in document.comments] == list(NAMES)


def test_headlines_of_other_stories_are_no_comments() -> None:
    headlines = (
        "Sea league: big wins for the harbour",
        "The secret of the morning ferry",
        "The school names its pilots",
    )
    rows = "".join(f"{line}\nBay News\n4 hours ago\nShare   Tweet   Share\n13{i}\n" for i, line in enumerate(headlines))
    assert not read(f"Read also ..\n{rows}").comments


@pytest.mark.parametrize("foot", ["Все права защищены", "All rights reserved", "Stories\nOlder Stories\nPolls"])
def test_words_of_rights_and_menus_name_no_outlet(foot: str) -> None:
    text = f"Stories\nSlides\nMinisters weigh new terms for the deal\n\n{STORY * 3}{foot}\n"
    assert parse_text(Page("page.txt", PageKind.TEXT, text, "utf-8")).outlet is None
