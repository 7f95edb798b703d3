"""Made-up threads whose headers have many forms; none of them is listed in the reader."""

from collections.abc import Callable

import pytest

from stance.parsing.counts import explain_difference
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump import find_comments
from stance.parsing.dump.text_lines import read_lines
from stance.parsing.lines import split_lines
from stance.parsing.site_votes import site_name as _site_name
from stance.parsing.thread import Thread
from tests.support.growth import grows_linearly
from tests.support.tables import table

NAMES = ("Marta Kolb", "quietfox", "Jon P.", "Ilse Brandt", "Rui_77", "Olena T", "Sven Dahl", "harbourlad")

SAID = tuple(table("dump_forms", "cases")["SAID"])

ARTICLE = tuple(table("dump_forms", "cases")["ARTICLE"])

END = ("Leave a comment", "Your address will not be shown", "Name", "Website", "About us", "Privacy", "Contact")


def page(*comments: str, heading: str = "8 comments", end: tuple[str, ...] = END) -> str:
    return "\n".join((*ARTICLE, heading, *comments, *end))


def thread(form: Callable[[int, str, str], str], n: int = 8) -> list[str]:
    return [form(i, NAMES[i], SAID[i]) for i in range(n)]


def read(text: str) -> Thread:
    return find_comments(CuedLines(read_lines(text)))


def comments(text: str) -> list[tuple[str | None, str]]:
    return [(each.author, each.text) for each in read(text).comments]


FORMS: dict[str, Callable[[int, str, str], str]] = {
    "name and date in one line": lambda i, name, said: f"{name} - {i + 3} May 2021 at 1{i}:04\n{said}\nReply",
    "name above the date": lambda i, name, said: f"{name}\nMay {i + 3}, 2021 at 1{i}:04 pm\n{said}\nReply",
    "date above the name": lambda i, name, said: f"Profile\n0{i + 1}.12.21 at 9:1{i} pm\n{name}\n{said}",
    "said, clock below": lambda i, name, said: f"{name} said...\n{said}\n1{i}:04 AM",
    "number, name and verb, date below": lambda i, name, said: (
        f"{i + 1}. {name} пишет:\n{i + 3} мая 2021, 1{i}:04\n{said}"
    ),
    "points, no date": lambda i, name, said: f"{name} {i + 2}pts\n{said}\nLike Reply",
    "relative times": lambda i, name, said: f"{name}\n{i + 2} hr ago\n{said}\nReply",
    "ordinals without a year": lambda i, name, said: f"{name} June {i + 20}th at 2:4{i} am\n{said}\nReply",
    "badges": lambda i, name, said: (
        f"{name}\n{('', 'Gold member' + chr(10))[i % 3 > 0]}{i + 3} May 2021 1{i}:04\n{said}\nReply"
    ),
    "picture, counter and name": lambda i, name, said: (
        f"{name}\n{i * 17 + 40}\n{name}\n{i + 3}.05.2021, 1{i}:04 Reply Quote\n{said}"
    ),
    "controls below": lambda i, name, said: f"{name}\n{said}\n·\n{i + 3} May 2021\nReply\nShare\nEdit\nReport",
    "German": lambda i, name, said: f"{name} sagt:\n{i + 3}. Mai 2021 um 1{i}:04 Uhr\n{said}\nAntworten",
    "Finnish": lambda i, name, said: f"{name} sanoo:\n{i + 3} toukokuun, 2021 1{i}:04\n{said}\nVastaa",
    "French": lambda i, name, said: f"Par {name}, le {i + 3} mai 2021 à 1{i}h04\n{said}",
    "a month in no list": lambda i, name, said: f"{name}\n{i + 3} mezzember 2021 1{i}:04\n{said}\nBalas",
}


@pytest.mark.parametrize("form", FORMS)
def test_thread_is_read(form: str) -> None:
    assert comments(page(*thread(FORMS[form]))) == list(zip(NAMES, SAID, strict=True))


def test_replies_with_other_buttons_are_comments() -> None:
    said = [
        f"{NAMES[i]} {i + 3} May 2021 at 1{i}:04\n{SAID[i]}\n{'Delete' if i % 4 == 1 else 'Reply'}" for i in range(8)
    ]
    assert comments(page(*said)) == list(zip(NAMES, SAID, strict=True))


def test_two_comments_are_read_below_a_heading() -> None:
    found = comments(page(*thread(FORMS["German"], 2), heading="2 comments"))
    assert found == list(zip(NAMES[:2], SAID[:2], strict=True))


RELATED = [f"Story {name} told about the canal\nBy {name}\n{i + 3} May 2021" for i, name in enumerate(NAMES)]
TABLE = [f"{i + 1}\n{name}\n{i * 7 % 5}:{i % 3}\n{i + 20}" for i, name in enumerate(NAMES)]
MENU = ("Home", "News", "Sport", "Weather", "Culture", "Travel", "Jobs", "Cars", "Houses", "Shop")
TICKER = [f"1{i}:0{i}\n{said}" for i, said in enumerate(SAID)]
DATED_HEADLINES = [
    f"{i + 3} May 2021\nThe council votes on the bridge for time number {i}\nRead more" for i in range(9)
]


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((*ARTICLE, "Related stories", *RELATED, *END), id="related stories with author and date"),
        pytest.param((*MENU, *ARTICLE, *MENU), id="menus"),
        pytest.param((*ARTICLE, *TABLE, *END), id="a table"),
        pytest.param(ARTICLE, id="an article"),
        pytest.param((ARTICLE[0], *TICKER, *END), id="a live report"),
        pytest.param((*ARTICLE, *DATED_HEADLINES, *END), id="dated headlines"),
        pytest.param((*ARTICLE, "8 comments", *END), id="the thread cut out"),
        pytest.param((), id="nothing"),
        pytest.param(("2021-05-03",) * 40, id="the same date"),
    ],
)
def test_page_without_comments_has_none(lines: tuple[str, ...]) -> None:
    assert comments("\n".join(lines)) == []


@pytest.mark.parametrize(
    "line",
    [
        "Ann - 3 May 2021 at 10:04",
        "Reply",
        "Ann says:",
        "1 2 3 " * 20,
        "a b c d e f g h i j k l m n",
        "\u202e\x00 ﷽ - 3 May",
        "12:12 12:12 12:12",
        "• Name said 3pts",
    ],
)
def test_repeated_lines_take_linear_time(line: str) -> None:
    said = (f"{'  ' * (i % 40)}{line} {i % 97}\n{SAID[i % 8]}\n{NAMES[i % 7]}" for i in range(1000))
    lines = read_lines("\n".join(said))
    assert grows_linearly(lambda count: find_comments(CuedLines(lines[: 3 * count])), 1000)


def test_many_names_that_come_back_take_linear_time() -> None:
    names = split_lines("\n".join(f"Site {i}\nVisit site{i}.example" for i in range(3_000)))
    assert grows_linearly(lambda count: _site_name(names[:count] * 3), len(names))


# threads of forums, where nothing speaks of comments

BOARD = ("Harbour board", "Boats and quays", "Is the old ferry worth keeping?")


def test_thread_without_a_word_of_comments_is_read() -> None:
    posts = (f"{NAMES[i % 3]} | 1{9 - i} May 2021\n@{NAMES[(i - 1) % 3]} {said}" for i, said in enumerate(SAID))
    text = "\n".join((*BOARD, *posts, "About us", "Contact"))
    reading = read(text)
    assert not reading.headings
    assert [text.removeprefix(f"@{NAMES[(i - 1) % 3]} ") for i, (_, text) in enumerate(comments(text))] == list(SAID)


def test_a_date_below_a_text_is_of_that_text():
    text = page(*thread(lambda i, name, said: f"{name}\n{said}\n{i + 1} May 2021 at 10:0{i}\nReply"))
    assert [each.posted for each in read(text).comments] == [f"2021-05-0{i + 1}T10:0{i}" for i in range(8)]


@pytest.mark.parametrize("own", ["", "I must answer this.\n"])
@pytest.mark.parametrize("verb", ["", " said:"])
def test_a_quotation_with_name_and_date_is_a_part_of_its_text(own, verb):
    above = [f"{name}\n{i + 1} May 2021 at 10:0{i}\n" for i, name in enumerate(NAMES)]
    quoted = f"{own}{NAMES[1]}{verb}\n2 May 2021 at 10:01\n{SAID[1]}\n"
    boxes = [
        f"{header}{quoted * (i == 5)}{said}\nReply" for i, (header, said) in enumerate(zip(above, SAID, strict=True))
    ]
    assert comments(page(*boxes))[4:7] == [(NAMES[4], SAID[4]), (NAMES[5], quoted + SAID[5]), (NAMES[6], SAID[6])]


def test_a_verb_in_the_first_line_of_one_text_names_no_writer():
    first = "The mayor said...\nand nobody believed it."
    boxes = [f"{i + 1} May 2021 at 10:0{i}\n{said}\nReply" for i, said in enumerate((first, *SAID[1:]))]
    assert comments(page(*boxes))[0] == (None, first)


def test_pingbacks_count_where_the_stated_number_is_compared():
    links = ["Pingback: A page that links here | A blog", "A blog\n[...] the old ferry landing [...]"]
    found = read(page(*thread(FORMS["name above the date"]), *links, heading="10 comments"))
    assert found.evidence.agrees
    assert explain_difference(found.stated, len(found.comments)) is None
