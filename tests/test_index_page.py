"""The index: what all comments say, how stance moves over time, and a table that a person can sort and search."""

import json
import re
from collections import Counter
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from browsing import visit
from comparison_samples import comparison_record
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from report_samples import HOSTILE, IDS, MODEL, TARGETS, sample, silent, summaries

from stance.comparison import ComparisonTally
from stance.datamodels import Document, Share, Stance, day_of
from stance.discourse import EMPTY
from stance.reporting import ReportWriter
from stance.reporting.charts import WIDTH
from stance.reporting.index import MOST_OUTLETS, draw_overview, net_share, outlet_choices, trend_record
from stance.reporting.rendering import script


def dated(number: int, published: str | None, *, outlet: str = "The Morning Ledger", comments: int = 12) -> Any:
    scored = sample(f"{number:016x}", comments=comments)
    document = replace(scored, published=published, outlet=outlet, title=f"Page {number} of {outlet}")
    return replace(document, scores=tuple(replace(score, outlet=outlet) for score in scored.scores))


def write(folder: Path, *documents: Document, whole: Any = None, corrected: Any = None) -> Path:
    with ReportWriter(folder, targets=TARGETS, model=MODEL, command="stance report pages/") as writer:
        for document in documents:
            writer.add(document, summaries(document))
        return writer.finish(corrected or summaries(*documents), [], whole=whole)


def read(path: Path) -> Any:
    return html.fromstring(path.read_text(encoding="utf-8"))


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


def cells(row: Any) -> str:
    return " | ".join(text(cell) for cell in row.cssselect("th, td"))


MONTHS = ("2019-01-05", "2019-02-11", "2019-04-02", "2019-05-30")


# Over time ------------------------------------------------------------------------------------------------------------


def counts(favor: int, against: int, neutral: int = 0) -> Counter[str]:
    sums = Counter({Stance.FAVOR: favor, Stance.AGAINST: against, Stance.NEUTRAL: neutral})
    return Counter({"articles": 1, "addressed": sums.total()} | {str(stance): n for stance, n in sums.items()})


def test_days_of_several_months_become_months() -> None:
    days = {date(2019, month, day): counts(6, 2, 2) for month in (1, 2, 4) for day in (3, 9)}
    trend = trend_record(days)
    assert trend is not None
    assert [(p["period"], p["articles"], p["addressed"], p["net"]) for p in trend["points"]] == [
        ("2019-01", 2, 20, 40.0),
        ("2019-02", 2, 20, 40.0),
        ("2019-04", 2, 20, 40.0),
    ]
    assert (trend["by"], trend["addressed"], trend["articles"], trend["too_few"]) == ("month", 60, 6, 0)


def test_a_short_span_goes_by_day_and_few_comments_are_a_gap() -> None:
    days = {date(2020, 2, day): counts(5, 0) for day in (27, 28, 29)} | {date(2020, 3, 1): counts(1, 3)}
    trend = trend_record(days)
    assert trend is not None
    assert trend["by"] == "day"
    assert [point["net"] for point in trend["points"]] == [100.0, 100.0, 100.0, None]
    assert trend["too_few"] == 1


@pytest.mark.parametrize("days", [{}, {date(2020, 1, 1): counts(9, 1), date(2020, 2, 1): counts(9, 1)}])
def test_two_points_are_no_trend(days: Any) -> None:
    assert trend_record(days) is None


def drawn(trend: Any) -> Any:
    """The picture of a trend: its panel, its circles and the lines between them."""
    chart = draw_overview({"targets": {"nato": {"trend": trend}}}, {"nato": "NATO"}, "")
    (panel,) = chart.panels if chart else ()
    picture = html.fromstring(f"<svg>{panel.body}</svg>")
    return panel, picture.cssselect("circle"), picture.cssselect("line.joins")


def test_lines_join_neighbours_only() -> None:
    days = {date(2018, 11 + month if month < 2 else 1, 1): counts(9, 1) for month in (0, 1)}
    days |= {date(2019, 1, 1): counts(1, 9), date(2019, 6, 1): counts(5, 5)}
    _, circles, lines = drawn(trend_record(days))
    assert len(circles) == 4
    assert len(lines) == 2  # November, December, January; nothing to June
    heights = [float(each.get("cy")) for each in circles]
    assert heights[2] > heights[3] > heights[0]  # favor stands above against


@given(
    st.dictionaries(st.dates(), st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=40),
)
def test_dots_stay_in_their_picture(days: dict[date, tuple[int, int]]) -> None:
    trend = trend_record({day: counts(*sides) for day, sides in days.items()})
    if trend is not None:
        panel, circles, _ = drawn(trend)
        across = [float(each.get("cx")) for each in circles]
        assert all(40 <= x <= WIDTH for x in across)
        assert across == sorted(across)
        assert all(24 <= float(each.get("cy")) <= panel.height - 22 for each in circles)
        assert len(circles) == trend["drawn"] == len(trend["points"]) - trend["too_few"]
        assert trend["addressed"] == sum(map(sum, days.values()))


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2019-03-02", date(2019, 3, 2)),
        ("2019-03-02T23:59:00+02:00", date(2019, 3, 2)),
        ("2019-02-31", None),
        ("2019-03", None),
        ("2019-03-021", None),
        (HOSTILE, None),
        (None, None),
    ],
)
def test_only_days_count_as_dates(stamp: str | None, day: date | None) -> None:
    assert day_of(stamp) == (day.toordinal() if day else 0)


def test_the_picture_has_a_caption_and_a_table_of_the_same_numbers(tmp_path: Path) -> None:
    index = write(tmp_path, *(dated(number, day) for number, day in enumerate(MONTHS, 1)), dated(9, None), silent())
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    trend = summary["overview"]["targets"]["russia"]["trend"]
    assert [point["period"] for point in trend["points"]] == ["2019-01", "2019-02", "2019-04", "2019-05"]
    section = read(index).cssselect("section[aria-labelledby='trend-title']")[0]
    panel = section.cssselect("svg.chart")[0]
    assert len(panel.cssselect("circle")) == 4
    assert len(panel.cssselect("line.joins")) == 2
    assert panel.get("aria-label").startswith("Russia: 2019-01 −6, ")
    caption = text(section.cssselect("figcaption")[0])
    assert "Russia: n 28 on 4 pages, lowest −6 in 2019-01 (n 7)" in caption
    assert "2 pages state no date" in caption
    assert cells(section.cssselect("tbody tr")[0]) == "2019-01 | 1 | 7 | −6"


def test_the_picture_says_how_many_periods_are_gaps(tmp_path: Path) -> None:
    index = write(tmp_path, *(dated(n, day) for n, day in enumerate(MONTHS, 1)), dated(8, "2019-07-01", comments=3))
    caption = text(read(index).cssselect("section[aria-labelledby='trend-title'] figcaption")[0])
    assert "1 month under five comments is a gap" in caption


# All comments ---------------------------------------------------------------------------------------------------------


def share(stance: Stance, raw: float, estimate: float, population: str) -> Share:
    interval = (max(0.0, estimate - 0.1), min(1.0, estimate + 0.1))
    return Share("russia", stance, 7, raw, estimate, interval, "ppi", population, labelled=60)


def write_corrected(folder: Path) -> Path:
    """Write an index of seven comments whose shares toward Russia labels correct."""
    document = dated(1, "2019-01-05")
    sides = ((Stance.AGAINST, 3 / 7, 0.55), (Stance.NEUTRAL, 1 / 7, 0.15), (Stance.FAVOR, 3 / 7, 0.3))
    russia, *others = summaries(document)
    fixed = replace(russia, shares=tuple(share(*side, "outlet") for side in sides))
    tally = ComparisonTally(IDS)
    tally.add(document.scores)
    exact = tuple(share(stance, raw, estimate + 0.01, "corpus") for stance, raw, estimate in sides)
    whole = asdict(replace(tally.total(), shares=(*fixed.shares, *exact)))
    return write(folder, document, whole=whole, corrected=[fixed, *others])


def test_corrected_shares_stand_beside_counted_ones_and_populations_apart(tmp_path: Path) -> None:
    page = read(write_corrected(tmp_path))
    panel = page.cssselect(".panel")[0]
    assert [text(cell) for cell in panel.cssselect("thead th")][1:5] == ["n", "Counted", "Corrected", "95 % interval"]
    assert [text(cell) for cell in panel.cssselect("tbody tr")[0].cssselect("td")][:4] == [
        "3",
        "43 %",
        "55 %",
        "45–65 %",
    ]
    assert text(panel.find("h3")) == "Russia 7 comments address it, as the model counted"
    assert "Of all scored comments that address the target, also those the model missed." in text(panel)
    assert "Among 7 comments" not in text(panel)
    assert "Corrected by 60 audit labels: the interval includes classifier error" in text(panel)
    apart = page.cssselect("#stance-title ~ details")[0]
    assert "Another population" in text(apart)
    assert cells(apart.cssselect("tbody tr")[0]) == "Russia | ▼ against | 7 | 43 % | 56 % | 46–66 %"


def test_without_labels_nothing_is_called_corrected(tmp_path: Path) -> None:
    page = read(write(tmp_path, *(dated(n, "2019-01-05") for n in range(9))))
    assert "Corrected" not in text(page.find(".//main").cssselect("#stance-title")[0].getparent())
    assert "sampling error only; classifier error not included" in text(page.cssselect(".panel")[0])


@pytest.mark.browser
@pytest.mark.parametrize(("width", "media"), [(360, "screen"), (440, "screen"), (1280, "screen"), (760, "print")])
def test_a_table_of_corrected_shares_fits_into_its_panel(chromium: Any, tmp_path: Path, width: int, media: str) -> None:
    visit(chromium, write_corrected(tmp_path), width=width, media=media)
    spills = chromium.execute_script(
        "const edge = node => node.getBoundingClientRect().right;"
        "return [...document.querySelectorAll('.panel:has(.shares)')].map(panel =>"
        " Math.max(...[...panel.querySelectorAll('th, td')].map(edge)) - edge(panel))"
    )
    assert spills
    assert max(spills) < 1


# The table ------------------------------------------------------------------------------------------------------------


def test_the_table_is_whole_without_its_script(tmp_path: Path) -> None:
    page = read(write(tmp_path, *(dated(n, None, outlet=f"Outlet {n % 2}") for n in range(30))))
    assert len(page.cssselect(".documents tbody tr")) == 30
    assert page.cssselect(".documents [hidden], .documents button") == []
    assert page.cssselect(".tools")[0].get("hidden") is not None
    policy = page.cssselect("meta[http-equiv=Content-Security-Policy]")[0].get("content")
    assert f"script-src '{script('index.js').csp_hash}'" in policy


def test_few_comments_are_no_lean() -> None:
    shares = [{"stance": "favor", "estimate": 0.5}, {"stance": "against", "estimate": 0.2}]
    assert net_share({"few": False, "shares": shares}) == 0.3
    assert net_share({"few": True, "shares": shares}) is None


def test_the_largest_outlets_are_to_choose_from() -> None:
    assert list(outlet_choices({"only": 3})) == []
    assert list(outlet_choices({"b": 1, "A": 2})) == ["A", "b"]
    many = {f"outlet {n:04d}": n for n in range(3 * MOST_OUTLETS)}
    assert len(list(outlet_choices(many))) == MOST_OUTLETS
    assert "outlet 0599" in outlet_choices(many)


def test_a_page_in_a_large_index_costs_little(tmp_path: Path) -> None:
    few, many = (write(tmp_path / str(n), *(dated(k, None, comments=2) for k in range(n))) for n in (5, 25))
    assert (many.stat().st_size - few.stat().st_size) / 20 < 2_500


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outlets = ("Harbour Post", "The Morning Ledger", HOSTILE)
    pages = [dated(n, f"2019-{n % 12 + 1:02d}-05", outlet=outlets[n % 3], comments=2 + n % 11) for n in range(130)]
    return write(tmp_path_factory.mktemp("large"), *pages, silent())


SET = """
for (let at = 0; at < arguments.length; at += 2) {
  const control = document.getElementById(arguments[at]);
  control.value = arguments[at + 1];
  control.dispatchEvent(new Event(control.type === 'search' ? 'input' : 'change'));
}
"""
SHOWN = "return [...document.querySelectorAll('.documents tbody tr')].filter(row => !row.hidden).map(row => %s)"


def shown(browser: Any, what: str = "row.cells[0].querySelector('a').textContent") -> list[Any]:
    return list(browser.execute_script(SHOWN % what))


@pytest.mark.browser
def test_headers_sort_and_say_so(chromium: Any, large: Path) -> None:
    visit(chromium, large)
    button = chromium.find_elements("css selector", ".documents thead button")[3]
    button.click()
    sizes = [int(n) for n in shown(chromium, "row.cells[3].querySelector('data').value")]
    assert sizes == sorted(sizes, reverse=True)
    head = chromium.find_elements("css selector", ".documents thead th")[3]
    assert head.get_attribute("aria-sort") == "descending"
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert int(shown(chromium, "row.cells[3].querySelector('data').value")[0]) == 0
    chromium.find_elements("css selector", ".documents thead button")[4].click()
    nets = [None if n is None else float(n) for n in shown(chromium, "row.cells[4].dataset.net ?? null")]
    known = [n for n in nets if n is not None]
    assert known == sorted(known, reverse=True)
    assert nets[: len(known)] == known  # what has no shares stands last
    assert head.get_attribute("aria-sort") is None


@pytest.mark.browser
def test_pages_are_chosen_by_words_outlet_and_target(chromium: Any, large: Path) -> None:
    visit(chromium, large)
    assert len(shown(chromium)) == 25
    live = chromium.find_element("id", "shown")
    assert live.text == "Showing 131 of 131 pages; the first 25 are listed"
    chromium.find_element("id", "find").send_keys("harbour post 12")
    assert {"Harbour Post" in each and "12" in each for each in shown(chromium)} == {True}
    chromium.execute_script(SET, "find", "", "outlet", chromium.execute_script("return outlet.options[1].value"))
    kicker = set(shown(chromium, "row.cells[1].querySelector('bdi').textContent"))
    assert kicker == {chromium.execute_script("return outlet.value")}
    chromium.execute_script(SET, "outlet", "", "toward", "1")
    assert None not in shown(chromium, "row.cells[5].dataset.n ?? null")
    assert live.text == "Showing 106 of 131 pages; the first 25 are listed"
    more, everything = chromium.find_elements("css selector", "#more button")
    more.click()
    assert len(shown(chromium)) == 50
    everything.click()
    assert len(shown(chromium)) == 106
    assert not more.is_displayed()
    assert chromium.get_log("browser") == []


# What the index opens with --------------------------------------------------------------------------------------------


def compared(*differences: Any, method: str = "ppi") -> Any:
    record = comparison_record()
    for group in record["groups"]:
        for number in (*group["shares"], *group["means"]):
            number["method"] = method
    return record | {"differences": list(differences)}


INDEX = "stance.reporting.index"


BURST = {"comments": 12, "authors": 11, "first": "2025-04-06T19:00:00", "last": "2025-04-06T19:11:00"}
WORDS = {
    "kind": "side", "target": "us", "significant": 2, "size": {"authors": 55}, "other_size": {"authors": 105},
    "terms": [
        {"term": "sound", "z": 4.2, "authors": 9, "other_authors": 1},
        {"term": HOSTILE, "z": -5.0, "authors": 3, "other_authors": 20},
    ],
}  # fmt: skip
ANSWERS = {
    "target": "us", "from": "favor", "to": "against", "observed": 41, "expected": 27.34, "ratio": 1.5,
    "significant": True,
}  # fmt: skip
FOUND = {
    **EMPTY, "copies": {"groups": [BURST], "bursts": 1}, "words": [WORDS, {"significant": 0}],
    "replies": [ANSWERS, {**ANSWERS, "ratio": 0.4, "significant": False}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (EMPTY, ["No burst of copied texts, no significant word or reply pattern was found."]),
        (EMPTY | {"left_out": "more than 50,000 comments"}, ["Not analysed: more than 50,000 comments."]),
        (
            FOUND,
            [
                "1 copied text came faster than the times of the other comments on the same pages explain: 12 comments"
                " by 11 authors, 6 April 2025, 19:00 to 6 April 2025, 19:11.",
                f"Words differ significantly in 1 of 2 comparisons, most clearly “{' '.join(HOSTILE.split())[:20]}",
                "(in favor of the US: 3 of 55 authors; against the US: 20 of 105).",
                "1 reply pattern is significant: comments in favor of the US answer comments against it more often than"
                " expected (41 answers, 27.3 expected).",
            ],
        ),
    ],
)
def test_the_index_states_what_is_significant_in_the_discourse(tmp_path: Path, record: Any, expected: Any) -> None:
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer, patch(f"{INDEX}.DISCOURSE_SECTIONS", ()):
        index = writer.finish([], [], discourse=record)
    (section,) = read(index).cssselect("[aria-labelledby=discourse-title]")
    told = re.sub("[\u2068\u2069]", "", text(section))
    assert all(each in told for each in expected)
    assert not section.cssselect("script, img, b")
    assert [link.get("href") for link in section.cssselect("a")] == ["discourse.html"]
    findings = read(tmp_path / "discourse.html").cssselect("header .findings li")
    assert len(findings) == (3 if record is FOUND else 0)


def test_where_no_outlet_has_an_interval_the_chart_is_of_all_comments(tmp_path: Path) -> None:
    record = compared()
    for group in record["groups"]:
        for share in group["shares"]:
            share["interval"] = None
    documents = [dated(n, "2019-01-05") for n in range(9)]
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        for document in documents:
            writer.add(document, summaries(document))
        writer.finish(summaries(*documents), [], record)
    page = read(tmp_path / "index.html")
    assert text(page.cssselect("#chart-title")[0]) == "Stance by target"
    (chart,) = page.cssselect("section[aria-labelledby='chart-title'] svg.chart")
    assert chart.get("aria-label").startswith("Russia (n 63) ")
