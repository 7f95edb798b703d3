"""Comments of text dumps whose headers have no date: items of lists, and one form around many names."""

import time

import pytest

from stance.parsing.dump import read_lines
from stance.parsing.dump.section import recurring_sections
from stance.parsing.dump.shape import Dump

SAID = (
    ("Ada Lind", "The ferry was late again on Tuesday, and nobody told us why."),
    ("marten77", "Two hours on the quay with three children. Never again!"),
    ("Cleo Danner", "They could have asked the people who live on the island."),
    ("Bo", "I took the bus instead. It is slower, and it comes."),
    ("Old Fisherman", "In my day the harbour had two ferries and a tug."),
    ("E. Voss", "The plan from last year was cheaper. It is still on a shelf."),
)
ARTICLE = "\n".join(
    f"The harbour office spoke about the ferry for the {number}th time, and nothing was decided by the council."
    for number in range(8)
)


def dump(thread: str, heading: str = "6 Comments") -> str:
    return f"The ferry is late\n{ARTICLE}\n\n{heading}\n{thread}\n\n© Harbour News\n"


def found(text: str) -> list[list[tuple[str | None, str]]]:
    sections = recurring_sections(Dump(read_lines(text)))
    return [
        [(entry.author, "\n".join(line.text for line in entry.lines)) for entry in each.entries] for each in sections
    ]


@pytest.mark.parametrize(
    "header",
    ["{name} said...", "{name} {number}pts", "{name}\n{name} {number}pts like 2 Like", "Posted: {name}"],
    ids=["verb", "points", "name twice", "words before the name"],
)
def test_one_form_around_many_names(header: str) -> None:
    thread = "\n\n".join(
        f"{header.format(name=name, number=number)}\n\n{text}" for number, (name, text) in enumerate(SAID)
    )
    assert list(SAID) in found(dump(thread, "Newest | Oldest\n6 Comments"))


def test_items_of_a_list_below_names() -> None:
    thread = "\n".join(f"  • {name}\n\n    {text}\n\n    • Reply\n    • Quote" for name, text in SAID)
    assert list(SAID) in found(dump(thread))


def test_a_picture_above_the_name_is_no_part_of_it() -> None:
    thread = "\n".join(f"  {i}. avatar of {name}\n    {name}\n\n    {text}" for i, (name, text) in enumerate(SAID, 1))
    assert list(SAID) in found(dump(thread))


@pytest.mark.parametrize("heading", ["More stories", "Harbour news"])
def test_lists_of_other_pages_are_none(heading: str) -> None:
    stories = "\n".join(f"  • {name}\n\n    {text}" for name, text in SAID)
    assert found(dump(stories, heading)) == []


def test_many_lines_take_linear_time() -> None:
    def seconds(count: int) -> float:
        page = Dump(read_lines("\n".join(f"{'  ' * (i % 40)}• Name{i} said 3pts" for i in range(count))))
        list(page.readings), list(page.cued)
        start = time.process_time()
        list(recurring_sections(page))
        return time.process_time() - start

    seconds(500)
    assert seconds(16_000) < 16 * seconds(2_000) + 0.1
