"""An analysis is one module: its record is in the summary, its section on the page, its row in the docs."""

import json
from pathlib import Path
from types import ModuleType

import pytest

from stance import discourse
from stance.api import report
from stance.log import InputWarning

DOCS = Path(__file__).parents[2] / "docs" / "report.md"

MODULE = """
from stance.discourse.analysis import Analysis, Section

def capitals(posts):
    texts = [posts.text(row) for row in range(len(posts))]
    return [{"kind": "capitals", "comments": sum(text.isupper() for text in texts)}]

ANALYSIS = Analysis(
    "capitals",
    lambda posts, *_: capitals(posts),
    Section("Shouting", "Who shouts?", "1 comment", "capitals are no stance"),
)
"""


def row_of(section: discourse.analysis.Section) -> str:
    return f"| {' | '.join(section)} |"


def test_each_section_has_its_row_in_the_docs() -> None:
    rows = [row_of(analysis.section) for analysis in discourse.ANALYSES if analysis.section]
    assert "\n".join(rows) in DOCS.read_text(encoding="utf-8")


def test_a_module_is_an_analysis_of_runs_and_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("capitals")
    exec(MODULE, vars(module))
    table = tmp_path / "comments.csv"
    table.write_text("document,author,text\na,Ann,NATO MUST GO\na,Ben,Russia is wrong.\n", encoding="utf-8")
    monkeypatch.setattr(discourse, "ANALYSES", (*discourse.ANALYSES, module.ANALYSIS))
    with pytest.warns(InputWarning):  # two comments are too few for shares
        report(table, output=tmp_path / "report", model="vader")
    summary = json.loads((tmp_path / "report" / "summary.json").read_text(encoding="utf-8"))
    expected = [{"kind": "capitals", "comments": 1}]
    assert summary["discourse"]["capitals"] == expected
    assert [row["discourse"]["capitals"] for row in summary["documents"]] == [expected]
    page = (tmp_path / "report" / "discourse.html").read_text(encoding="utf-8")
    assert "<caption>Shouting</caption>" in page
    assert '<td dir="auto">1</td>' in page
    assert row_of(module.ANALYSIS.section) == "| Shouting | Who shouts? | 1 comment | capitals are no stance |"
