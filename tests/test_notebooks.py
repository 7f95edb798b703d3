"""What Python is given shows itself in a notebook: the numbers of the values, and strangers' words as words."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from comparison_samples import compare_scores
from lxml import etree, html
from report_samples import HOSTILE, IDS, sample

import stance
from stance.comparison import Comparison
from stance.datamodels import Comment, Document, Share, Stance
from stance.exceptions import ConfigError, InputError, LabelError, MissingExtraError
from stance.pandas_api import MOST_ROWS, Documents, ReportIndex, Shares, ShownComparison, document_html


def shown(value: Any) -> Any:
    return html.fromstring(value._repr_html_())


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


def row(table: Any, at: int) -> list[str]:
    return [text(cell) for cell in table.cssselect("tbody tr")[at].cssselect("td")]


def share(stance: Stance, estimate: float | None, population: str = "outlet", **rest: Any) -> Share:
    given = {"target": "nato", "n": 120, "raw": 0.41, "method": "ppi", "interval": (0.37, 0.55), "labelled": 60}
    return Share(stance=stance, estimate=estimate, population=population, **(given | rest))


SHARES = Shares(
    [
        share(Stance.AGAINST, 0.46),
        share(Stance.FAVOR, 0.3, interval=None, method="model", raw=0.3),
        share(Stance.AGAINST, 0.44, "corpus"),
    ]
)


@pytest.fixture
def compared() -> ShownComparison:
    rows = [
        replace(score, document=f"{outlet} {n}", outlet=outlet, author=f"{outlet} {n} {score.comment}")
        for outlet in ("Ledger", HOSTILE)
        for n in range(6)
        for score in sample().scores
    ]
    return ShownComparison.showing(compare_scores(rows, IDS))


def test_documents_are_a_list_that_shows_what_was_parsed() -> None:
    document = replace(sample(), title=HOSTILE)
    found = Documents([document] * (MOST_ROWS + 3))
    assert found == [document] * (MOST_ROWS + 3)
    table = shown(found)
    assert text(table).count("The Morning Ledger") == MOST_ROWS
    assert "and 3 more" in text(table)
    assert row(table, 0)[1:3] == ["The Morning Ledger", HOSTILE]
    assert row(table, 0)[6] == "12"
    assert table.cssselect("script, img, svg") == []


def test_a_document_shows_its_comments_and_no_names() -> None:
    document = sample()
    table = html.fromstring(document_html(document))
    assert "the page states 14" in text(table)
    assert len(table.cssselect("tbody tr")) == len(document.comments)
    assert row(table, 1)[:2] == ["c2", "c1"]
    assert "Pieter Vandal" not in text(table)
    long = Document("a", "a.txt", comments=tuple(Comment(f"c{n}", HOSTILE) for n in range(MOST_ROWS + 1)))
    assert "and 1 more" in text(html.fromstring(document_html(long)))
    assert html.fromstring(document_html(long)).cssselect("script, img") == []


def test_ipython_learns_to_show_single_documents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    learned: dict[type, Any] = {}

    class Formatter:
        def for_type(self, kind: type, how: Any) -> None:
            learned[kind] = how

    class Shell:
        class display_formatter:  # noqa: N801 IPython's name
            formatters = MappingProxyType({"text/html": Formatter()})

    monkeypatch.setitem(sys.modules, "IPython", type("IPython", (), {"get_ipython": staticmethod(Shell)}))
    page = tmp_path / "page.jsonl"
    page.write_text(json.dumps({"text": "NATO came.", "id": "1"}))
    assert isinstance(stance.parse(page), Documents)
    assert learned == {Document: document_html}


def test_shares_say_population_method_and_n() -> None:
    table = shown(SHARES)
    assert row(table, 0) == [
        *("nato", "▼ against", "120", "41 %", "46 %", "37–55 %", "Comments like these", "corrected by audit labels"),
    ]
    assert row(table, 1)[5] == "none"
    assert row(table, 2)[6] == "In this sample"
    assert "sampling error only; classifier error not included" in text(table)
    assert "sampling error only" not in text(shown(SHARES.of("corpus")))


def drawn(chart: Any) -> list[list[str]]:
    """The texts of each panel."""
    return [
        [text(each) for each in html.fromstring(f"<svg>{panel.body}</svg>").cssselect("text")] for panel in chart.panels
    ]


def test_a_chart_of_shares_holds_one_population_and_its_numbers() -> None:
    chart = SHARES.plot()
    ((name, n, against, favor, *axis),) = drawn(chart)
    assert (name, n, against, favor) == ("nato", "n 120, corrected", "46 %", "30 %")
    assert axis[-3:] == ["◀ against", "share of comments", "in favor ▶"]
    assert [row["share"] for row in chart.rows] == [0.46, 0.3]
    assert [(row["low"], row["high"]) for row in chart.rows] == [(0.37, 0.55), (None, None)]
    assert "Comments like these" in chart.source
    assert "sampling error only" in chart.source
    assert [row["share"] for row in SHARES.plot("corpus").rows] == [0.44]


def test_what_is_no_population_is_named() -> None:
    """A report's figure is of a population, a comparison's of a target: of ``nato`` there was an empty one."""
    for ask in (SHARES.of, SHARES.plot):
        with pytest.raises(ValueError, match="population 'nato'; expected one of outlet, corpus"):
            ask("nato")


def test_nothing_is_drawn_of_nothing() -> None:
    for empty in (Shares(), Documents()):
        shown(empty)
    with pytest.raises(ValueError, match="no shares with an interval"):
        Shares().plot()


def test_a_comparison_stays_one_and_shows_its_groups(compared: ShownComparison) -> None:
    assert isinstance(compared, Comparison)
    table = shown(compared)
    assert row(table, 0)[1:4] == ["6", "72", "72"]
    assert HOSTILE[:30] in text(table)
    assert "0 differ, 0 no significant difference, 9 not tested" in text(table)
    assert "Nothing is tested without audit labels in both groups" in text(table)
    assert table.cssselect("script, img, svg") == []
    assert compared.shares("Ledger").of("outlet")[0].population == "outlet"


def test_a_chart_of_a_comparison_has_the_reports_numbers(compared: ShownComparison) -> None:
    chart = compared.plot("russia")
    (panel,) = drawn(chart)
    assert "Ledger" in panel
    shares = [share for share in compared.shares("Ledger").of("outlet") if share.target == "russia"]
    assert [row["share"] for row in chart.rows if row["group"] == "Ledger"] == [share.estimate for share in shares]
    assert len(compared.plot().panels) == len(IDS)
    with pytest.raises(ValueError, match="expected one of russia, us, nato"):
        compared.plot("mars")


def test_charts_are_written_whatever_the_groups_are_called(compared: ShownComparison, tmp_path: Path) -> None:
    names = ("\ud800<&\u202e=1+1", "a\x00b\n" + "\u7f8e" * 90)
    odd = tuple(replace(group, group=name) for group, name in zip(compared.groups, names, strict=True))
    chart = ShownComparison.showing(replace(compared, groups=odd)).plot()
    picture = etree.fromstring(chart.save(tmp_path / "odd.svg").read_bytes())
    words = [each.text for each in picture.iter("{*}text")]
    assert "<& =1+1" in words
    assert "a b " + "\u7f8e" * 14 + "…" in words
    assert chart.save(tmp_path / "odd.csv").read_text(encoding="utf-8-sig").startswith("group,target,stance,n,share,")
    assert chart._repr_svg_() == chart.svg == ShownComparison.showing(replace(compared, groups=odd)).plot().svg
    with pytest.raises(ValueError, match=r"odd\.gif: expected a name that ends in \.svg, \.png or \.csv"):
        chart.save(tmp_path / "odd.gif")


def test_a_png_has_twice_the_pixels_of_its_svg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("resvg_py")
    png = SHARES.plot().save(tmp_path / "shares.png").read_bytes()
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20]) == 2 * 400
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(MissingExtraError, match="this needs resvg_py: pip install 'resvg-py"):
        SHARES.plot().save(tmp_path / "none.png")


def test_importing_stance_imports_none_of_it() -> None:
    heavy = "{'resvg_py', 'stance.pandas_api', 'jinja2', 'numpy'}"
    code = f"import sys, stance; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# Through the verbs ----------------------------------------------------------------------------------------------------

SAYINGS = {
    "favor": "I stand with Russia",
    "against": "Russia's aggression is a disgrace",
    "neutral": "a train to Russia",
}


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    labels = list(SAYINGS)
    comments = [
        {"id": f"{n}", "text": f"{SAYINGS[labels[n % 3]]}, says number {n}", "document": f"d{n % 12}"}
        | {"outlet": f"outlet {n % 2}", "author": f"reader {n % 40}"}
        for n in range(180)
    ]
    audit = [
        {
            "id": row["id"],
            "document": row["document"],
            "text": row["text"],
            "target": "russia",
            "label": labels[n % 3],
            "role": "audit",
        }
        for n, row in enumerate(comments)
        if n % 3 < 2 or n % 2
    ]
    for name, rows in (("comments", comments), ("audit", audit)):
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    return tmp_path


@pytest.mark.filterwarnings("ignore::stance.InputWarning")
def test_labels_correct_reports_and_comparisons_as_on_the_command_line(corpus: Path) -> None:
    common: dict[str, Any] = {"target": "russia", "model": "vader", "key_file": corpus / "key"}
    asked: dict[str, Any] = common | {"labels": "audit.jsonl"}
    with pytest.raises(LabelError, match="assume-random"):
        stance.report("comments.jsonl", output="out", **asked)
    index = stance.report("comments.jsonl", output="out", **asked, assume_random=True)
    assert index == Path("out/index.html")
    assert {(each.method, each.population) for each in index.shares} == {("ppi", "outlet"), ("ppi", "corpus")}
    assert "corrected by audit labels" in text(shown(index))
    assert len(index.plot().rows) == 3
    plain = stance.report("comments.jsonl", output="plain", **common)
    assert {each.method for each in plain.shares.of("outlet")} == {"model"}
    comparison = stance.compare("comments.jsonl", **asked, assume_random=True, output="compared")
    assert {pair.verdict for pair in comparison.differences} <= {"differ", "cannot_tell_apart"}
    assert json.loads(Path("compared/comparison.json").read_text())["audit"]["assumed_random"] is True
    with pytest.raises(ConfigError, match="--assume-random requires --labels"):
        stance.compare("comments.jsonl", **common, assume_random=True)


def test_a_report_that_is_gone_is_still_a_path(tmp_path: Path) -> None:
    index = ReportIndex(tmp_path / "<b>" / "index.html")
    assert text(shown(index).find("p")) == str(index)
    with pytest.raises(InputError, match="cannot be read"):
        _ = index.summary
    (tmp_path / "summary.json").write_text("[]")
    with pytest.raises(InputError, match="no object"):
        _ = ReportIndex(tmp_path / "index.html").summary
