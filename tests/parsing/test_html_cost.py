"""What a page costs grows as the page does: lines that run are counted, for time on a busy machine tells little."""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

import stance
from stance.datamodels import Page, PageKind
from stance.parsing import parse_page
from tests.support.tables import table

PACKAGE = str(Path(stance.__file__).parent)
SMALL = 16
FRESH = count(10_000, 500)
"""First numbers of comments that no cache has seen."""

ARTICLE = "<article><h1>Bridge</h1>" + "<p>The council met on Tuesday and agreed on many things.</p>" * 8 + "</article>"


def writer(
    form: str, before: str = '<div id="comments"><ol class="commentlist">', end: str = "", depth: int = 20
) -> Callable[[int, int], str]:
    """Return what writes a page of so many comments, numbered from a number on: none was seen by a cache.

    :param end: What closes each of ``depth`` comments that stand inside each other; empty: each stands alone.
    """
    return lambda number, first: (
        ARTICLE
        + before
        + "".join(
            form.format(n, n % 28 + 1) + end * depth * (n % depth == depth - 1) for n in range(first, first + number)
        )
    )


PAGES = {name: writer(**parts) for name, parts in table("html_cost", "cases")["PAGES"].items()}


def lines_run(source: str) -> int:
    """Count the lines of the package that run while a page is parsed."""
    count = 0

    def on_line(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return on_line

    def on_call(frame, _event, _argument):
        return on_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        parse_page(Page("page.html", PageKind.HTML, source, "utf-8"))
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("write", PAGES.values(), ids=PAGES)
def test_twice_the_page_costs_twice_as_much(write):
    lines_run(write(SMALL, 0))  # what is set up once
    for _ in range(2):  # a cache that overflows costs some lines in one of them
        one, two, four = (lines_run(write(times * SMALL, next(FRESH))) for times in (1, 2, 4))
        if four - two < 2.2 * (two - one) + 200:  # sorting and searching in sorted lists take a little more than twice
            break
    else:
        pytest.fail(f"{one:,} lines, {two:,} for a page twice as long, {four:,} for one four times as long")


def test_lines_are_counted():
    pages = (ARTICLE, PAGES["comments of a layout"](SMALL, 0))
    few, many = map(lines_run, pages)
    assert 100 < few < many / 2


@pytest.mark.parametrize("source", ["<" * 100_000, "<a " * 50_000, "<p>" + "3 May 2020 " * 10_000])
def test_nonsense_runs_no_line_per_character(source):
    lines_run(ARTICLE)  # what is set up once
    lines_run(f"<p>x</p>{source[:100]}")
    assert lines_run(f"<p>x</p>{source}") < 20_000
