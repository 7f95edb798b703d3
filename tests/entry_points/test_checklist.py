"""The checklist that ``stance export --checklist`` fills in from a store."""

import json
from pathlib import Path

from tests.support.commands import invoke
from tests.support.commands import told as run

SEEDS = Path(__file__).parents[2] / "seeds"


def test_the_checklist_says_what_the_report_says_and_marks_the_rest(tmp_path: Path) -> None:
    store = tmp_path / "project.db"
    run("score", SEEDS, "--model", "light", "-o", store)
    run("report", store, "-o", tmp_path / "report")
    run("export", store, "--checklist")
    text = (tmp_path / "project.md").read_text(encoding="utf-8")
    summary = json.loads((tmp_path / "report" / "summary.json").read_text(encoding="utf-8"))
    totals = summary["totals"]
    assert f"{totals['comments']} comments of {totals['documents']} documents" in text
    (russia,) = (target for target in totals["targets"] if target["target"] == "russia")
    assert f"Russia: {russia['addressed']} comments address it" in text
    assert summary["model"]["name"] in text
    assert text.count("**[to be filled in]**") == 9
    assert [line[:5] for line in text.splitlines() if line.startswith("## ")][:8] == [f"## {n}." for n in range(1, 9)]
    result = invoke("export", store, "--checklist", "-o", tmp_path / "list.csv", code=2)
    assert "list.csv: ending '.csv'; expected --checklist -o FILE.md" in result.output
    own, store = tmp_path / "own.toml", tmp_path / "oz.db"
    own.write_text('[[targets]]\nid = "oz"\naliases = ["Oz"]\n')
    run("score", SEEDS, "--model", "vader", "--targets", own, "--target", "oz", "-o", store)
    for words in (("--checklist",), ("-o", tmp_path / "oz.xlsx")):
        run("export", store, *words, "--targets", own)
