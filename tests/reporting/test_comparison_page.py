"""The comparison page: every mark stands where its number says, and every sentence says what is drawn."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from stance.reporting.charts import stance_chart
from stance.reporting.comparison import methods_text, write_comparison
from stance.reporting.summary import model_record
from stance.reporting.wording import how_to_cite, set_apart
from stance.resources import VERSION
from tests.support.comparison_samples import comparison_record
from tests.support.page_texts import plain
from tests.support.page_texts import text as page_text
from tests.support.report_samples import IDS, MODEL, TARGETS, numbers

LABELS = dict(TARGETS)
COMMAND = "stance compare pages/ --labels audit.csv -o out"


def whole(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "model": model_record(MODEL, TARGETS), "command": COMMAND}


def text(node: Any) -> str:
    return plain(page_text(node))


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


@given(st.text())
def test_a_name_cannot_turn_the_sentence_around(group: str) -> None:
    shown = set_apart(group)
    assert shown[0] == "\u2068"
    assert shown[-1] == "\u2069"
    assert not set(shown[1:-1]) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\n")
    assert len(shown) <= 62


def test_the_methods_hold_the_numbers_of_the_run() -> None:
    told = plain(" ".join(methods_text(whole(comparison_record()), LABELS)))
    for part in (
        "Among 1,210 comments on 40 articles (known dates: ",
        "4 groups by outlet: The Morning Ledger, SouthFront,",
        f"model {MODEL.name} (stance {VERSION})",
        "macro F1 of the model is 0.68 (95 % interval 0.63 to 0.73)",
        "372 audit labels (annotated by ann and ben)",
        "Shares of 12 pairs of a group and a target: 9 were corrected by labels",
        "27 differences in stance were tested",
        f"Command: {COMMAND}",
    ):
        assert part in told, part
    assert "readers think" not in told


def test_what_was_not_done_is_not_described() -> None:
    record = whole(comparison_record(labelled=False, further=False))
    told = plain(" ".join(methods_text(record, LABELS)))
    assert "No labels correct the shares" in told
    assert "No difference was tested" in told
    for part in ("Holm", "Angelopoulos", "strata", "Over time", "other choices", "entiment", "λ", "of this study"):
        assert part not in told


def test_methods_describe_no_shares_and_no_intervals_that_the_comparison_lacks() -> None:
    record = whole(comparison_record(labelled=False, further=False))
    for share in (share for group in record["groups"] for share in group["shares"]):
        share["printed"] = "counts"
    told = plain(" ".join(methods_text(record, LABELS)))
    assert "shows counts of comments and no share" in told
    assert not re.search("nterval", told.replace("(95 % interval 0.63", ""))


def test_the_citation_names_version_and_model_alone() -> None:
    cited = f"The stance authors (2026): stance, version {VERSION} (model mine@1) [Computer software]."
    assert how_to_cite("mine}@{1") == cited


def test_every_number_of_the_page_stands_in_its_json(page: Any, record: dict[str, Any]) -> None:
    verdicts = [each["verdict"] for each in record["differences"]]
    counted = {verdicts.count(verdict) for verdict in set(verdicts)} | {len(verdicts) - verdicts.count("not_tested")}
    shown = {float(each.get("value")) for each in page.cssselect("data")}
    assert len(shown) > 200
    assert shown <= numbers(record) | counted


def test_the_chart_draws_every_group_with_its_interval_and_says_that_others_have_none(page: Any, record: Any) -> None:
    panels = page.cssselect("section[aria-labelledby='glance'] svg.chart")
    assert "Groups without a share" in text(page.cssselect("section[aria-labelledby='glance'] figcaption")[0])
    for panel, (target, _) in zip(panels, TARGETS, strict=True):
        assert len(panel.cssselect("rect")) == 2 * 3  # both sides of the groups that have an interval
        assert len(panel.cssselect("line.bound")) == 3 * 2 * 3
        shares = [each for group in record["groups"] for each in group["shares"] if each["interval"]]
        shares = [each for each in shares if (each["target"], each["population"]) == (target, "outlet")]
        against = [each["estimate"] for each in shares if each["stance"] == "against"]
        limit = max(int(text(each).removesuffix(" %")) for each in panel.cssselect("text.middle.soft")[:3])
        widths = [float(rect.get("width")) for rect in panel.cssselect("rect.side-against")]
        assert widths == [round(100 * 98 / limit * share, 1) for share in against]


def test_the_title_of_a_picture_names_what_it_shows_and_fits(record: dict[str, Any]) -> None:
    names = {"russia": "Russia", "us": "the United States of the north", "nato": "NATO"}
    groups = [
        {**each, "shares": [share for share in each["shares"] if share["target"] == "us" and not number]}
        for number, each in enumerate(record["groups"])  # most have none
    ]
    chart = stance_chart("x", groups, names, source="", by="outlet")
    assert chart is not None
    heads = re.findall('class="head"[^>]*>([^<]+)', chart.svg)
    assert " ".join(heads) == "Stance toward the United States of the north by outlet"
    assert max(map(len, heads)) * 12 <= 352
    many = [{**groups[0], "group": f"{number}"} for number in range(21)]
    chart = stance_chart("x", many, names, source="", by="outlet")
    assert chart is not None
    assert chart.svg.count('<rect class="side-against') == 20


def drawn(record: dict[str, Any], folder: Path) -> Any:
    path, *_ = write_comparison(record, folder, targets=TARGETS, model=MODEL, command=COMMAND)
    return html.parse(str(path)).getroot()


def test_what_lacks_data_is_one_line_and_no_section(tmp_path: Path) -> None:
    page = drawn(comparison_record(labelled=False, further=False), tmp_path)
    lines = [text(each) for each in page.cssselect("#absent li")]
    reasons = {"Over time": "have no dates", "Audit": "no audit labels were given"}
    assert len(lines) == len(reasons)
    for line, (words, reason) in zip(lines, reasons.items(), strict=True):
        assert line.startswith(f"{words}: ")
        assert reason in line
    assert "Reasons: too few labels. A group needs at least 50 labels" in text(page)
    assert not page.cssselect("#series, #topics, #corpus, #groups-audit")
    named = [text(each) for each in page.cssselect("nav.contents a")]
    assert named == ["At a glance", "Results by target", "Differences", "What is compared", "Methods to copy"]


def test_nothing_to_compare_is_a_page_too(tmp_path: Path) -> None:
    record = {"by": "outlet", "targets": list(IDS), "groups": [], "differences": [], "not_paired": 0, "audit": None}
    assert "There is nothing to compare" in text(drawn(record, tmp_path))
