"""Names of commenters without the words of the page around them, and who answers whom."""

import pytest

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


def test_time_grows_with_the_number_of_names() -> None:
    assert grows_linearly(lambda size: plain_names(f"{n}. member{n} of Hull said" for n in range(size)), 1_600)
