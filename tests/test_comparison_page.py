"""The comparison page: every mark stands where its number says, and every sentence says what is drawn."""

import csv
import json
import math
import random
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from comparison_samples import NAMES, compare_scores, comparison_record
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html
from report_samples import HOSTILE, IDS, MODEL, TARGETS, numbers, sample
from typer.testing import CliRunner

from stance.cli import app
from stance.comparison import comparison_to_record
from stance.datamodels import counted
from stance.reporting import write_comparison
from stance.reporting.charts import (
    LIMITS,
    MOST_DRAWN,
    MOST_IN_GRID,
    Scale,
    draw_forests,
    draw_trends,
    largest,
    net_scale,
    pair_grids,
    period_number,
    share_scale,
    whisker,
    write_charts,
)
from stance.reporting.comparison import (
    COLUMNS,
    MOST_TABLED,
    citation,
    link_to_comparison,
    methods_text,
    page_values,
    references,
    tidy_rows,
)
from stance.reporting.rendering import listing, sentence, set_apart, side_of_zero
from stance.reporting.summary import model_record
from stance.resources import VERSION

LABELS = dict(TARGETS)
caption = partial(sentence, "captions.txt")
COMMAND = "stance compare pages/ --labels audit.csv -o out"


def whole(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "model": model_record(MODEL, TARGETS), "command": COMMAND}


def text(node: Any) -> str:
    """What a person reads, without the marks that set names apart."""
    return " ".join(re.sub("[\u2068\u2069]", "", "".join(node.itertext())).split())


def plain(sentence: str) -> str:
    return re.sub("[\u2068\u2069]", "", sentence).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("compared")
    write_comparison(comparison_record(), made, targets=TARGETS, model=MODEL, command=COMMAND)
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Any:
    return html.parse(str(folder / "comparison.html")).getroot()


@pytest.fixture(scope="module")
def record(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    return found


# Positions ------------------------------------------------------------------------------------------------------------


@given(st.floats(-1, 1), st.sampled_from(LIMITS))
def test_a_scale_puts_its_ends_at_the_edges_and_zero_in_the_middle(value: float, limit: float) -> None:
    scale = Scale(-limit, limit)
    assert (scale.at(-limit), scale.at(0), scale.at(limit)) == (0, 50, 100)
    assert 0 <= scale.at(value) <= 100


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1))
def test_a_scale_holds_every_interval(triples: list[tuple[float, float, float]]) -> None:
    numbers = [
        {"estimate": sorted(each)[1], "interval": (min(each), max(each)), "raw": each[0], "method": "ppi"}
        for each in triples
    ]
    scale = share_scale(numbers)
    assert scale.high in LIMITS
    assert all(number["interval"][1] <= scale.high for number in numbers)
    assert net_scale(numbers) == Scale(-scale.high, scale.high)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_mark_lies_within_its_whisker(one: float, two: float, three: float) -> None:
    low, middle, high = sorted((one, two, three))
    drawn = whisker({"estimate": middle, "interval": (low, high)}, Scale(0, 1))
    assert drawn is not None
    assert drawn.low <= drawn.x <= drawn.high


def test_what_has_no_interval_has_no_mark() -> None:
    assert whisker({"estimate": 0.4, "interval": None}, Scale(0, 1)) is None


@pytest.mark.parametrize(
    ("interval", "side"),
    [((0.01, 0.2), "favor"), ((-0.2, -0.01), "against"), ((-0.1, 0.1), "both"), ((0, 0.1), "both")],
)
def test_a_cell_leans_only_where_the_whole_interval_does(interval: tuple[float, float], side: str) -> None:
    assert side_of_zero(interval) == side


# Forests --------------------------------------------------------------------------------------------------------------


def test_groups_stand_in_the_same_order_in_all_pictures() -> None:
    record = whole(comparison_record(8))
    values = page_values(record, LABELS)
    for forest, _ in values["forests"]["outlet"]:
        assert [row.group["group"] for row in forest.rows] == [group["group"] for group in record["groups"]]
        assert sum(not row.is_drawn for row in forest.rows) == 2


def test_no_picture_mixes_populations() -> None:
    values = page_values(whole(comparison_record()), LABELS)
    for population, forests in values["forests"].items():
        found = {cell.number["population"] for forest, _ in forests for row in forest.rows for cell in row.cells}
        assert found == {population}


def test_the_count_before_correction_is_drawn_beside_the_corrected_share() -> None:
    ((forest, scales),) = draw_forests(comparison_record(), ["russia"], "outlet")
    cell = next(row.cells[0] for row in forest.rows if row.is_drawn)
    assert cell.drawn is not None
    assert cell.drawn.is_corrected
    assert cell.drawn.other == scales["net"].at(cell.number["raw"])
    ((forest, _),) = draw_forests(comparison_record(labelled=False), ["russia"], "outlet")
    assert forest.rows[0].cells[0].drawn is not None
    assert forest.rows[0].cells[0].drawn.other is None


def test_verdicts_are_counted_for_each_group() -> None:
    record = comparison_record()
    ((forest, _),) = draw_forests(record, ["nato"], "outlet")
    (row,) = (row for row in forest.rows if row.group["group"] == "The Morning Ledger")
    found = next(cell.standing for cell in row.cells if cell.measure == "against")
    pairs = [
        each["verdict"]
        for each in record["differences"]
        if "The Morning Ledger" in (each["a"], each["b"]) and (each["target"], each["stance"]) == ("nato", "against")
    ]
    verdicts = ("differ", "cannot_tell_apart", "not_tested")
    assert [found[verdict] for verdict in verdicts] == [pairs.count(verdict) for verdict in verdicts]
    assert found["differ"]


def test_only_the_largest_groups_are_drawn_in_the_order_given() -> None:
    groups = [{"group": str(at), "comments": size, "addressed": {"nato": 0}} for at, size in enumerate([5, 9, 1, 9, 0])]
    assert [each["group"] for each in largest(groups, 3)] == ["0", "1", "3"]
    assert [each["group"] for each in largest(groups, 9)] == ["0", "1", "2", "3"]
    assert largest(groups, 3, target="nato") == ()


def test_a_grid_is_the_same_from_both_sides() -> None:
    record = comparison_record(5)
    grids = pair_grids(record["groups"], record["differences"])
    assert len(grids) == 9
    for grid in grids:
        for row in range(5):
            assert grid.rows[row][row] is None
            for column in range(row):
                one, other = grid.rows[row][column], grid.rows[column][row]
                assert one is not None
                assert other is not None
                assert one["verdict"] == other["verdict"]
                assert one["estimate"] == -(other["estimate"] or 0)


def test_without_a_test_there_is_no_grid() -> None:
    record = comparison_record(labelled=False)
    assert pair_grids(record["groups"], record["differences"]) == ()


# Time -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "before", "after"),
    [
        ("month", "2025-12", "2026-01"),
        ("week", "2025-W52", "2026-W01"),
        ("week", "2026-W09", "2026-03-02"),
        ("day", "2026-02-28", "2026-03-01"),
    ],
)
def test_periods_that_follow_each_other_have_numbers_that_do(unit: str, before: str, after: str) -> None:
    one, other = period_number(before, unit), period_number(after, unit)
    assert one is not None
    assert other == one + 1


@given(st.text(max_size=12), st.sampled_from(["day", "week", "month"]))
def test_what_is_no_period_has_no_number(period: str, unit: str) -> None:
    number = period_number(period, unit)
    assert number is None or re.search(r"\d", period)


def test_comments_without_a_date_are_counted_where_there_are_any() -> None:
    record = comparison_record()
    record["series"]["undated"] = {"SouthFront": 4, "The Morning Ledger": 0}
    told = text(drawn(record).cssselect("section[aria-labelledby='series'] p")[0])
    assert told.endswith("Comments without a date, which are in no picture: SouthFront 4.")


def test_one_share_a_group_is_no_picture_over_time() -> None:
    record = comparison_record()
    for point in record["series"]["points"]:
        if point["period"] != record["series"]["points"][0]["period"]:
            point["net"] = None
    page = drawn(record)
    assert not page.cssselect("#series")
    assert "no group has two months with enough comments; --trend month" in text(page.get_element_by_id("absent"))


def test_a_gap_stays_a_gap() -> None:
    trends = draw_trends(comparison_record()["series"], IDS)
    assert [each.target for each in trends] == list(IDS)
    for each in trends:
        for panel in each.panels:
            assert len(panel.dots) == 4  # January, March, May, June; February holds too few
            assert len(panel.few) == 1
            assert panel.lines == (panel.dots[2:],)  # only May and June follow each other
            assert all(min(dot.low, dot.high) <= dot.y <= max(dot.low, dot.high) for dot in panel.dots)


def test_a_cross_stands_above_the_line_of_the_lowest_value(page: Any) -> None:
    crosses = page.cssselect("svg.chart text.few")
    assert {each.text for each in crosses} == {"×"}
    for each in crosses:
        lowest = max(float(line.get("y1")) for line in each.getparent().cssselect("line.grid"))
        assert lowest - 12 < float(each.get("y")) < lowest


def test_points_without_a_period_that_is_known_are_left_out() -> None:
    assert draw_trends({"unit": "month", "points": [{"period": "later", "target": "nato", "group": "A"}]}, IDS) == ()


# Captions -------------------------------------------------------------------------------------------------------------


def test_a_caption_names_the_ends_and_counts_the_sides() -> None:
    record = whole(comparison_record())
    values = page_values(record, LABELS)
    forest = values["forests"]["outlet"][0][0]
    shown = plain(caption("forest", record, forest, "Russia"))
    start = "605 comments address Russia, as the model counted. Of comments like these, net stance goes from +"
    assert shown.startswith(start)
    drawn = sorted((row for row in forest.rows if row.is_drawn), key=lambda row: -row.cells[0].number["estimate"])
    assert f"points in {drawn[0].group['group']} to" in shown
    assert f"points in {drawn[-1].group['group']};" in shown
    assert f"of {len(drawn)} intervals, " in shown
    assert "Correction by the audit labels moved" in shown


def test_one_comment_and_one_point_are_not_said_to_be_several() -> None:
    record = comparison_record()
    record["groups"][0]["comments"] = 1
    assert "from 1 comment of " in caption("design", record)
    for group in record["groups"]:
        group["comments"] = 60
    assert ": 4 groups, each of 60 comments." in caption("design", record)
    russia = draw_trends(record["series"], IDS)[0]
    dots = [[dot._replace(is_corrected=False) for dot in panel.dots] for panel in russia.panels]
    dots[0][0] = dots[0][0]._replace(is_corrected=True)
    panels = tuple(panel._replace(dots=tuple(own)) for panel, own in zip(russia.panels, dots, strict=True))
    assert " 1 of them is corrected by labels." in caption("trends", russia._replace(panels=panels), "month", "Russia")
    panel = next(panel for panel in russia.panels if panel.dots)
    point = next(each for each in panel.points if (each.get("net") or {}).get("interval"))
    alone = russia._replace(panels=(panel._replace(points=(point,), dots=panel.dots[:1], few=()),))
    told = caption("trends", alone, "month", "Russia")
    assert f" That is {set_apart(panel.group)} in {point['period']}, " in told
    assert "highest" not in told


def test_without_labels_exactly_these_comments_are_not_called_too_few() -> None:
    told = page_values(whole(comparison_record(labelled=False)), LABELS)["captions"]
    assert told["forest russia corpus"].endswith(" Without audit labels, shares in this sample have no interval.")
    assert " net stance goes from " in told["forest russia outlet"]


def test_gaps_that_would_be_found_are_named_in_one_sentence() -> None:
    record = whole(comparison_record())
    tested = [each for each in record["differences"] if each["verdict"] != "not_tested"]
    for at, each in enumerate(tested):
        each["detectable"] = 0.1 + 0.1 * (at > 0)
    told = caption("differences", record, LABELS)
    assert told.endswith(" Gaps from 10 to 20 points up, depending on the pair, would probably have been found.")
    for each in tested:
        each["detectable"] = 0.1
    assert caption("differences", record, LABELS).endswith(" Gaps from 10 points up would probably have been found.")


def test_the_populations_are_told_apart_in_words() -> None:
    told = page_values(whole(comparison_record()), LABELS)["captions"]
    assert "Of comments like these" in told["forest nato outlet"]
    assert "In this sample" in told["forest nato corpus"]


def test_counts_of_verdicts_are_those_of_the_record() -> None:
    record = whole(comparison_record())
    verdicts = [each["verdict"] for each in record["differences"]]
    told = page_values(record, LABELS)["captions"]["differences"]
    tested = len(verdicts) - verdicts.count("not_tested")
    assert told.startswith(f"Of {tested} tests, {verdicts.count('differ')} found a difference;")
    assert page_values(whole(comparison_record(labelled=False)), LABELS)["captions"]["differences"].endswith(
        "none tested."
    )


@pytest.mark.parametrize("by", ["month", "author", "topic"])
def test_articles_that_stand_in_several_groups_are_not_added_up(by: str) -> None:
    assert caption("among", {**comparison_record(further=False), "by": by}) == "Among 1,210 comments"
    assert caption("among", {**comparison_record(further=False), "by": "via"}) == "Among the comments"


@given(st.text())
def test_a_name_cannot_turn_the_sentence_around(group: str) -> None:
    shown = set_apart(group)
    assert shown[0] == "\u2068"
    assert shown[-1] == "\u2069"
    assert not set(shown[1:-1]) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n")
    assert len(shown) <= 62


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(n, "pair", "pairs") for n in (0, 1, 1200)] == ["0 pairs", "1 pair", "1,200 pairs"]
    assert [listing(list(parts)) for parts in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]


# Methods --------------------------------------------------------------------------------------------------------------


def test_the_methods_hold_the_numbers_of_the_run() -> None:
    told = plain(" ".join(methods_text(whole(comparison_record()), LABELS)))
    for part in (
        "Among 1,210 comments on 40 articles dated",
        "4 groups by outlet: The Morning Ledger, SouthFront,",
        f"model default@1f3c (stance {VERSION})",
        "macro F1 is 0.68 (95 % interval 0.63 to 0.73)",
        "372 audit labels by ann and ben, weighted by the inverse",
        "Of 12 stances of a group toward a target, 9 were corrected by 50 labels or more",
        "27 differences were tested",
        "within the same topic (6 clusters of the articles' words) and month, in 14 strata",
        f"Command: {COMMAND}",
    ):
        assert part in told, part
    assert "readers think" not in told


def test_what_was_not_done_is_not_described() -> None:
    record = whole(comparison_record(labelled=False, further=False))
    told = plain(" ".join(methods_text(record, LABELS)))
    assert "No audit labels correct its shares" in told
    assert "no difference was tested" in told
    for part in ("Holm", "Angelopoulos", "strata", "Over time", "other choices"):
        assert part not in told + " ".join(references(record))
    assert any("Cameron" in source for source in references(record))


def test_a_sample_that_nobody_documented_is_called_so() -> None:
    record = whole(comparison_record())
    record["audit"]["assumed_random"] = True
    assert "which no table of labels documents" in " ".join(methods_text(record, LABELS))


def test_the_citation_names_version_and_model_and_nothing_that_breaks_bibtex() -> None:
    line, entry = citation("mine}@{1")
    assert f"version {VERSION}; model mine@1" in line
    assert entry.count("{") == entry.count("}")


# Page -----------------------------------------------------------------------------------------------------------------


def test_every_number_of_the_page_stands_in_its_json(page: Any, record: dict[str, Any]) -> None:
    verdicts = [each["verdict"] for each in record["differences"]]
    counted = {verdicts.count(verdict) for verdict in set(verdicts)} | {len(verdicts) - verdicts.count("not_tested")}
    shown = {float(each.get("value")) for each in page.cssselect("data")}
    assert len(shown) > 200
    assert shown <= numbers(record) | counted


def test_every_picture_has_a_caption_that_stands_in_the_json(page: Any, record: dict[str, Any]) -> None:
    captions = [text(figure.find("figcaption")) for figure in page.cssselect("figure")]
    assert len(captions) == 1 + 3 + 3 + 1 + 1 + 3  # shares, forests of two populations, pairs, matched, series
    known = [" ".join(plain(told).split()) for told in record["captions"].values()]
    known.append(
        "1,210 comments on 40 articles dated 3 January 2026 to 30 May 2026. 95 % intervals, corrected by audit"
    )
    for caption in captions:
        assert any(plain(caption).startswith(told) for told in known), caption


def test_each_forest_row_shows_net_shares_and_n(page: Any, record: dict[str, Any]) -> None:
    table = page.cssselect("section[aria-labelledby='outlet'] table.forest")[2]
    rows = {text(row[0].find("bdi")): row for row in table.cssselect("tbody tr")}
    assert set(rows) == {group["group"] for group in record["groups"]}
    row = rows["The Morning Ledger"]
    assert text(row[-1]) == "75"
    net = next(
        mean
        for mean in record["groups"][0]["means"]
        if (mean["target"], mean["measure"], mean["population"]) == ("nato", "net", "outlet")
    )
    assert [float(each.get("value")) for each in row[1].cssselect("data")] == [
        net["estimate"], *net["interval"], net["raw"]
    ]  # fmt: skip
    assert "≠ differs from" in text(row[2]) + text(row[3])
    assert "too few" in text(rows["الصحيفة"][1])


def test_the_chart_draws_every_group_with_its_interval_and_names_those_under_the_floor(page: Any, record: Any) -> None:
    panels = page.cssselect("section[aria-labelledby='glance'] svg.chart")
    assert len(panels) == len(TARGETS)
    for panel, (target, _), few in zip(panels, TARGETS, ("n 20", "n 13", "n 10"), strict=True):
        words = [text(each) for each in panel.cssselect("text")]
        assert f"{few}: too few" in words
        assert len(panel.cssselect("rect")) == 2 * 3  # both sides of the groups that have an interval
        assert len(panel.cssselect("line.bound")) == 3 * 2 * 3
        shares = [each for group in record["groups"] for each in group["shares"] if each["interval"]]
        shares = [each for each in shares if (each["target"], each["population"]) == (target, "outlet")]
        drawn = [rect.get("width") for rect in panel.cssselect("rect.side-against")]
        limit = max(int(text(each).removesuffix(" %")) for each in panel.cssselect("text.middle.soft")[:3])
        assert drawn == [
            str(round(100 * 128 / limit * each["estimate"], 1)) for each in shares if each["stance"] == "against"
        ]


def test_verdicts_stand_in_words_beside_their_signs(page: Any, record: dict[str, Any]) -> None:
    rows = page.cssselect("table.tested tbody tr")
    assert len(rows) == sum(each["verdict"] != "not_tested" for each in record["differences"])
    said = [text(row[-2]) for row in rows]
    assert set(said) == {"≠ differ", "≈ no significant difference"}
    assert said == sorted(said, reverse=True)  # those found first
    assert "differ" in text(page.cssselect("td.mark-differ")[0])


def test_a_tipping_point_is_said_in_words() -> None:
    record = comparison_record(2, labelled=False, further=False)
    for each in record["differences"]:
        each["estimate"], each["tipping_point"] = -0.2, 0.25
    page = drawn(record)
    cells = {text(row[4]) for row in page.cssselect("#differences ~ details tbody tr, #differences details tbody tr")}
    assert cells == {"the model finding 25 % less of it in The Morning Ledger"}  # the group with the lower share
    assert "No difference is claimed." in text(page)
    assert not page.cssselect("td.mark-differ")


def drawn(record: dict[str, Any], folder: Path | None = None) -> Any:
    import tempfile

    with tempfile.TemporaryDirectory() as made:
        path = write_comparison(record, folder or Path(made), targets=TARGETS, model=MODEL, command=COMMAND)
        return html.parse(str(path)).getroot()


def test_what_lacks_data_is_one_line_and_no_section() -> None:
    page = drawn(comparison_record(labelled=False, further=False))
    lines = [text(each) for each in page.cssselect("#absent li")]
    reasons = {
        "Over time": "have no dates",
        "Reasons given": "no two words recur together",
        "Matched comparison": "no groups were matched",
        "In this sample": "error is unknown",
        "Audit": "no audit labels were given",
    }
    assert len(lines) == len(reasons)
    for line, (words, reason) in zip(lines, reasons.items(), strict=True):
        assert line.startswith(f"{words}: ")
        assert reason in line
    assert not page.cssselect("#series, #topics, #reasons, #matched, #corpus, #groups-audit")
    named = [text(each) for each in page.cssselect("nav.contents a")]
    assert named == ["At a glance", "Results by target", "Differences", "What is compared", "Methods to copy"]


def test_topics_have_a_section_of_their_own() -> None:
    record = comparison_record()
    names = {"target": "us", "stance": "against", "group": "gas, winter, price", "other": None, "kind": "topic"}
    figures = {"unit": "", "estimate": 0.21, "interval": [0.1, 0.32], "p_adjusted": 0.004, "verdict": "differ"}
    rest = {"method": "ppi", "labelled": 60, "detectable": 0.1, "comments": 90, "note": None}
    record |= {"by": "topic", "topics": [names | figures | rest]}
    page = drawn(record)
    assert "gas, winter, price" in text(page.cssselect("#topics table")[0])
    assert "minus other topics" in text(page.cssselect("#topics table")[0])
    assert not drawn(comparison_record()).cssselect("#topics")


def test_one_group_has_no_sections_that_need_two() -> None:
    record = comparison_record()
    record["groups"], record["differences"] = record["groups"][:1], []
    page = drawn(record)
    assert not page.cssselect("#differences, #matched")
    assert "Differences: there is one group." in [text(each) for each in page.cssselect("#absent li")]


@pytest.mark.parametrize("by", ["month", "year", "published"])
def test_groups_that_are_times_are_not_said_to_lack_dates(by: str) -> None:
    page = drawn(comparison_record(further=False) | {"by": by})
    assert "Over time: the groups are periods already." in text(page.get_element_by_id("absent"))


def test_nothing_to_compare_is_a_page_too() -> None:
    record = {"by": "outlet", "targets": list(IDS), "groups": [], "differences": [], "not_paired": 0, "audit": None}
    assert "There is nothing to compare" in text(drawn(record))


def test_a_pair_that_cannot_be_matched_says_why(page: Any) -> None:
    rows = [text(row) for row in page.cssselect("table.like tbody tr")]
    assert len(rows) == 36
    assert sum("only 1 stratum in common" in row for row in rows) == 6


def test_a_matched_gap_without_labels_is_an_open_mark() -> None:
    record = comparison_record(2)
    for each in record["matched"]["differences"]:
        each["interval"] = None
    row = drawn(record).cssselect("table.like tbody tr")[0]
    assert "no interval" in text(row)
    assert "hollow" in row.cssselect("circle")[0].get("class")


def test_what_is_known_of_matching_is_told_where_it_is_shown() -> None:
    record = comparison_record(2)
    record["matched"]["stability"] = 0.8567
    first = record["matched"]["differences"][0]
    first |= {"left_out_comments": [41, 43], "unadjusted_interval": [-0.123, 0.234]}
    (found,) = drawn(record).cssselect("section[aria-labelledby='matched-title']")
    assert "adjusted Rand index of 0.86" in text(found)
    assert "comments 41 + 43" in text(found)
    assert "−12.3 to +23.4" in text(found) or "−12 to +23" in text(found)


def test_how_comments_sound_stands_in_a_table() -> None:
    record = comparison_record(3)
    sounds = [
        mean
        for group in record["groups"]
        for mean in group["means"]
        if (mean["measure"], mean["population"]) == ("sentiment", "outlet")
    ]
    sounds[0]["interval"] = None
    (found,) = drawn(record).cssselect("table.sounding")
    assert len(found.cssselect("tbody tr")) == len(sounds)
    shown = {float(each.get("value")) for each in found.iter("data")}
    assert {each["estimate"] for each in sounds[1:]} <= shown
    assert text(found).count("too few") == 1


def test_a_group_of_scores_does_not_blame_its_pages() -> None:
    record = comparison_record(2)
    record["design"][0] |= {"stated_comments": None, "parsed_of_stated": None, "from_scores": True}
    record["design"][1] |= {"stated_comments": None, "parsed_of_stated": None, "from_scores": False}
    first, second = (text(row) for row in drawn(record).cssselect("table.design tbody tr"))
    assert "made from scores" in first
    assert "not stated" in second


@pytest.mark.slow
def test_two_hundred_groups_stay_readable(tmp_path: Path) -> None:
    page = drawn(comparison_record(200), tmp_path)
    for table in page.cssselect("section[aria-labelledby='outlet'] table.forest"):
        assert len(table.cssselect("tbody tr")) == MOST_DRAWN
    assert all(len(table.cssselect("tbody tr")) == MOST_IN_GRID for table in page.cssselect("table.pairs"))
    assert all(len(table.cssselect("tbody tr")) <= MOST_TABLED for table in page.cssselect("table"))
    assert "The 20 groups with most such comments are drawn, 180 not." in text(page)
    assert (tmp_path / "comparison.html").stat().st_size < 5_000_000
    with (tmp_path / "comparison.csv").open(encoding="utf-8", newline="") as file:
        assert len({row["group"] for row in csv.DictReader(file) if row["section"] == "share"}) == 200


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    record = comparison_record()
    hostile = json.loads(json.dumps(record).replace('"The Morning Ledger"', json.dumps(HOSTILE)))
    page = drawn({**hostile, "by": HOSTILE}, tmp_path)
    assert not page.cssselect("script, img, [onload], [onerror]")
    policy = page.cssselect("meta[http-equiv='Content-Security-Policy']")[0].get("content")
    assert policy.startswith("default-src 'none'")
    anchors = [node.get("id") for node in page.cssselect("[id]")]
    assert all(re.fullmatch(r"[a-z-]+", anchor) for anchor in anchors)
    assert len(anchors) == len(set(anchors))


def test_the_links_at_the_top_lead_to_sections(page: Any) -> None:
    anchors = {node.get("id") for node in page.cssselect("[id]")}
    links = [link.get("href")[1:] for link in page.cssselect("nav.contents a")]
    assert len(links) == 9
    assert set(links) <= anchors


# Table ----------------------------------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_every_number(folder: Path, record: dict[str, Any]) -> None:
    with (folder / "comparison.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shares = [row for row in rows if row["section"] == "share"]
    assert len(shares) == sum(len(group["shares"]) for group in record["groups"])
    first = record["groups"][0]["shares"][0]
    assert (shares[0]["target"], shares[0]["measure"], shares[0]["population"]) == ("russia", first["stance"], "outlet")
    assert float(shares[0]["value"]) == first["estimate"]
    assert [float(shares[0][end]) for end in ("low", "high")] == first["interval"]
    sections = {row["section"] for row in rows}
    assert sections == {
        "design", "share", "mean", "difference", "matched", "series", "confusion"
    }  # fmt: skip
    differences = [row for row in rows if row["section"] == "difference"]
    assert [row["verdict"] for row in differences] == [each["verdict"] for each in record["differences"]]


def test_values_are_numbers() -> None:
    record = comparison_record()
    record["design"][0] |= {"first": "2026-03-01", "from_scores": True}
    rows = list(tidy_rows(record))
    for row in rows:
        assert not row["value"] or math.isfinite(float(row["value"])), row
    named = {row["measure"]: row for row in rows if row["section"] == "design" and row["group"] == NAMES[0]}
    assert (named["first"]["value"], named["first"]["note"]) == ("", "2026-03-01")
    assert (named["from_scores"]["value"], named["from_scores"]["note"]) == ("1", "")


def test_no_cell_is_a_formula() -> None:
    record = comparison_record(1)
    record["groups"][0]["group"] = '=HYPERLINK("http://x")'
    rows = list(tidy_rows(record))
    assert {row["group"] for row in rows if row["section"] == "share"} == {'\'=HYPERLINK("http://x")'}
    assert all(tuple(row) == COLUMNS for row in rows)


def test_the_same_comparison_gives_the_same_bytes(tmp_path: Path) -> None:
    for name_ in ("one", "two"):
        write_comparison(comparison_record(), tmp_path / name_, targets=TARGETS, model=MODEL)
    for file in ("comparison.html", "comparison.json", "comparison.csv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_charts_of_a_page_are_written_as_svg_and_png(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    page = write_comparison(comparison_record(), tmp_path, targets=TARGETS, model=MODEL)
    paths = write_charts(page, tmp_path / "charts")
    names = ["comparison-stance", *(f"comparison-trend-{target}" for target in IDS)]
    assert [path.name for path in paths] == [f"{name}.{ending}" for name in names for ending in ("svg", "png")]
    for svg, png in zip(paths[::2], paths[1::2], strict=True):
        picture = etree.fromstring(svg.read_bytes())
        assert picture[0].text.startswith(("Stance toward Russia", "Net stance toward "))
        assert int.from_bytes(png.read_bytes()[16:20]) == 2 * int(picture.get("width"))


# From end to end ------------------------------------------------------------------------------------------------------


def test_what_scores_give_can_be_drawn(tmp_path: Path) -> None:
    rows = [row for n in range(6) for row in sample(f"aaaa{n:012x}").scores]
    rows += [replace(row, outlet="The Evening Ledger") for row in sample("bbbb000000000000").scores]
    page = drawn(comparison_to_record(compare_scores(rows, IDS)), tmp_path)
    for panel in page.cssselect("section[aria-labelledby='glance'] svg.chart"):
        assert {"The Morning Ledger", "The Evening Ledger"} <= {text(each) for each in panel.cssselect("text")}


def test_a_table_of_comments_becomes_a_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    rng = random.Random(2)
    said = {"favor": "I love NATO, great and brave", "against": "NATO is a terrible, evil disaster"}
    with Path("comments.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "text", "document", "outlet", "author", "posted"])
        for outlet, share in (("Harbour Post", 0.2), ("Hill Courier", 0.7)):
            for number in range(60):
                side = "favor" if rng.random() < share else "against"
                table.writerow([
                    f"{outlet} {number}", f"{said[side]}, number {number}.", f"{outlet} {number % 6}", outlet,
                    f"{outlet} author {number % 17}", f"2026-0{1 + number % 3}-11",
                ])  # fmt: skip
    run = CliRunner().invoke(app, ["compare", "comments.csv", "-o", "out", "--model", "vader", "--target", "nato"])
    assert run.exit_code == 0, run.stderr
    page = html.parse("out/comparison.html").getroot()
    rows = page.cssselect("section[aria-labelledby='outlet'] table.forest tbody tr")
    assert [text(row[0]) for row in rows] == ["Harbour Post", "Hill Courier"]
    told = plain(json.loads(Path("out/comparison.json").read_text(encoding="utf-8"))["captions"]["forest nato outlet"])
    assert told.startswith("120 comments address NATO.")
    assert "Not corrected" in told
    assert "No difference is claimed." in text(page)
    assert Path("out/comparison.csv").is_file()


def test_annotators_who_agree_stand_beside_their_labels(page: Any) -> None:
    told = " ".join(page.text_content().split())
    assert "On 120 pairs labelled by several, two annotators agree in 90 %; Krippendorff's alpha 0.83" in told


def test_report_and_comparison_link_to_each_other(tmp_path: Path) -> None:
    index = tmp_path / "index.html"
    index.write_text("<p>Limits<!-- comparison --></p>")
    link_to_comparison(index)
    assert index.read_text() == '<p>Limits · <a href="comparison.html">Comparison</a></p>'
    link_to_comparison(tmp_path / "nothing.html")
    assert not (tmp_path / "nothing.html").exists()
