"""The choice among readings of a page, or none of them."""

from dataclasses import replace

import numpy as np
import pytest

from stance.datamodels import Comment
from stance.parsing.dump.page import Dump
from stance.parsing.dump.tags import read_tags
from stance.parsing.judge import DUMPS, LEAST, PAGES, Kind, Reading, numbers_of_readings, rate_readings
from stance.parsing.lines import split_lines
from stance.resources import shipped_arrays

TEXTS = (
    "The bridge is too narrow for two buses, and everybody who lives here knows it.",
    "Then drive a smaller bus, I say. It worked for forty years and it would work now.",
    "Who pays for the second lane? Nobody has said so far, and I think we all know why.",
    "I walked there yesterday, and it was empty at noon. You make it sound like Tokyo!",
    "Empty at noon is no argument; come at eight in the morning and tell me again.",
)
NAMES = ("Ada Lind", "Bo Rask", "Cy Dahl", "Ada Lind", "Dee Moe")
THREAD = tuple(
    Comment(f"c{i}", text, author=name, posted=f"2024-03-05T1{i}:00")
    for i, (text, name) in enumerate(zip(TEXTS, NAMES, strict=True), 1)
)
PAGE = split_lines(
    "The Bridge Gets A Second Lane\nThe council has decided on a second lane for the old bridge on Monday.\nComments\n"
    + "\n".join(f"{each.author}\n5 March 2024\n{each.text}\nReply" for each in THREAD)
)
MENU = tuple(Comment(f"c{i}", word, author="Menu") for i, word in enumerate(("Log in", "Register", "Refresh"), 1))
HTML = pytest.mark.parametrize("is_html", [True, False])


def rated(*readings, is_html, lines=PAGE, stated=None):
    signs = None if is_html else read_tags(Dump(lines)).signs
    return rate_readings(lines, [Reading(kind, comments, stated) for kind, comments in readings], signs)


@HTML
def test_comments_are_likelier_than_none(is_html):
    none, *ratings = rated((Kind.FORM, THREAD), (Kind.TAGS, THREAD), is_html=is_html)
    assert min(ratings) > none


@HTML
@pytest.mark.parametrize("kind", [Kind.FORM, Kind.BOXES, Kind.TAGS])
def test_labels_are_less_likely_than_none(kind, is_html):
    lines = split_lines("\n".join(["The Bridge Gets A Second Lane", *(each.text for each in MENU), "Imprint"]))
    none, rating = rated((kind, MENU), is_html=is_html, lines=lines)
    assert rating < none


@HTML
def test_all_comments_are_likelier_than_a_part(is_html):
    _, part, whole = rated((Kind.TAGS, THREAD[:2]), (Kind.TAGS, THREAD), is_html=is_html)
    assert whole > part


@HTML
def test_comments_with_buttons_as_texts_are_less_likely(is_html):
    headers = [replace(each, text="Reply") for each in THREAD]
    _, wrong, right = rated((Kind.FORM, headers), (Kind.FORM, THREAD), is_html=is_html)
    assert right > wrong


@HTML
def test_order_of_readings_changes_no_rating(is_html):
    readings = [(Kind.FORM, THREAD), (Kind.NAMES, THREAD[:3]), (Kind.TAGS, THREAD[1:])]
    none, *ratings = rated(*readings, is_html=is_html)
    assert rated(*readings[::-1], is_html=is_html) == pytest.approx([none, *ratings[::-1]])


def test_a_page_without_readings_has_no_comments():
    assert rated(is_html=True) == [LEAST]


@pytest.mark.parametrize("network", [PAGES, DUMPS])
def test_numbers_are_those_of_the_network(network):
    signs = None if network is PAGES else read_tags(Dump(PAGE)).signs
    rows = numbers_of_readings(PAGE, [Reading(Kind.FORM, THREAD, 5), Reading(Kind.TAGS, MENU, None)], signs)
    assert {len(row) for row in rows} == {len(shipped_arrays(network)["means"])}
    assert np.isfinite(rows).all()
