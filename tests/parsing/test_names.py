"""Names of commenters without the words of the page around them, and who answers whom."""

import pytest

from stance.datamodels import Comment
from stance.parsing.answers import with_parents
from stance.parsing.name_cleaning import clean_name
from stance.parsing.names import plain_names
from tests.support.growth import grows_linearly
from tests.support.tables import cases, table

NAMES = [
    "Ann Lee", "imba", "Bo", "EDMIX", "Olga Kessler", "Cy Young", "小鳳", "Дима", "mo_77", "Tess", "J. Ortiz", "Sue",
]  # fmt: skip

FRAMES = table("names", "cases")["FRAMES"]
PLACES, DAYS = ("Hull", "York", "Leeds", "Bath", "Oslo"), ("Monday", "Tuesday", "Sunday")


def framed(form: str, names: list[str]) -> list[str]:
    around = [{"n": n, "place": PLACES[n % len(PLACES)], "day": DAYS[n % len(DAYS)]} for n in range(2, len(names) + 2)]
    return [form.format(name, **own) for name, own in zip(names, around, strict=True)]


def plain(shown: list[str]) -> list[str]:
    shorter = plain_names(shown)
    return [shorter.get(name, name) for name in shown]


@cases("shown", "expected")
def test_words_before_names_and_of_dates_are_no_names(shown: list[str], expected: list[str]) -> None:
    assert plain(shown) == expected


@pytest.mark.parametrize("form", FRAMES.values(), ids=FRAMES)
@pytest.mark.parametrize("size", [5, 12])
def test_what_comes_back_around_names_is_cut(form: str, size: int) -> None:
    assert plain(framed(form, NAMES[:size])) == NAMES[:size]


@cases("names")
def test_what_belongs_to_names_stays(names: list[str]) -> None:
    assert (plain(names), [*map(clean_name, names)]) == (names, names)


@pytest.mark.parametrize("others", [["Anonymous Cheap flights", "Anonymous Why so late", "Ann"], ["Bo", "Ann Lee"]])
def test_a_name_that_many_comments_bear_alone_is_kept(others: list[str]) -> None:
    shown = ["Anonymous"] * 30 + others
    assert plain(shown)[:30] == ["Anonymous"] * 30
    assert plain(shown[::-1])[-30:] == ["Anonymous"] * 30


@pytest.mark.parametrize("form", ["{} dijo...", "{}.", "Von {}", "{} wrote:", "Posted by {} |", "№ {}"])
@pytest.mark.parametrize("size", range(2, 7))
def test_what_all_names_share_is_cut_off_all_or_none(form: str, size: int) -> None:
    shown = [form.format(name) for name in NAMES[:size]]
    cut = plain_names(name for times, name in enumerate(shown, 1) for _ in range(times))
    ends = [cut.get(name, name) for name in shown]
    (lead, tail) = form.split("{}")
    assert len({(name.startswith(lead), name.endswith(tail)) for name in ends if name}) == 1


def test_the_verb_of_a_default_name_is_cut_too() -> None:
    cut = plain_names(["Anónimo dijo..."] * 12 + ["Tragy dijo..."] * 5)
    assert cut == {"Anónimo dijo...": "Anónimo", "Tragy dijo...": "Tragy"}


def test_places_behind_commas_are_cut_off_all() -> None:
    names = [
        *(f"{name}, {place}, England" for name, place in zip(NAMES, PLACES, strict=False)),
        "Yusuf A, Izmir, Turkey",
    ]
    assert set(plain_names(names).values()) == {*NAMES[: len(PLACES)], "Yusuf A"}


def test_time_grows_with_the_number_of_names() -> None:
    assert grows_linearly(lambda size: plain_names(f"{n}. member{n} of Hull said" for n in range(size)), 1_600)


def test_who_is_answered_is_parted_before_names_are_cut() -> None:
    shown = ["Ann", "Bo in reply to Ann", "Cy Lee in reply to Bo", "Dee in reply to Ann"]
    comments = [Comment(f"c{number}", "A thing.", name) for number, name in enumerate(shown, 1)]
    read = with_parents(comments, [None] * 4, [0] * 4)
    assert [(each.author, each.reply_to) for each in read] == [
        ("Ann", None), ("Bo", "c1"), ("Cy Lee", "c2"), ("Dee", "c1"),
    ]  # fmt: skip
