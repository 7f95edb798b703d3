"""A newcomer who types what README says, up to a first finding, and the demonstration, whose truth is known."""

import json
from pathlib import Path

import pytest

from stance.resources import DEMO
from tests.support.commands import run


def saved_pages(count: int) -> None:
    """Save some of the pages of the demonstration, as a browser would."""
    from zipfile import ZipFile

    Path("pages").mkdir()
    with ZipFile(DEMO) as packed:
        for name in [each for each in packed.namelist() if each.endswith(".html")][:: 100 // count][:count]:
            Path("pages", Path(name).name).write_bytes(packed.read(name))


@pytest.mark.usefixtures("own_settings")
def test_a_journalist_with_ten_saved_pages() -> None:
    saved_pages(10)
    done = run("report", "pages/", "-o", "reports", "--model", "light")
    assert done.stdout.splitlines()[-1] == "reports/index.html"
    (written,) = [line for line in done.stderr.splitlines() if line.startswith("stance: written: ")]
    assert "reports/comparison.html" in written
    assert "10 pages in reports" in written
    summary = json.loads(Path("reports/summary.json").read_text(encoding="utf-8"))
    assert summary["totals"]["documents"] == 10
    assert len(summary["groups"]) > 1
    pages = {name: Path(f"reports/{name}.html").read_text(encoding="utf-8") for name in ("index", "comparison")}
    assert 'href="comparison.html"' in pages["index"]
    assert 'href="index.html"' in pages["comparison"]


def test_the_demonstration_with_a_known_truth_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``make demo`` writes the report, and what of it is true."""
    from research.demo.__main__ import main

    monkeypatch.setattr("research.demo.__main__.run_stance", run)
    main(["--pages", "9", "--labels", "45", "--model", "vader", "-o", str(tmp_path)])
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert len(result["shares"]) == len(result["differences"]) == 27
    assert sum(share["corpus_covered"] for share in result["shares"]) >= 24  # of 95 % intervals
    assert "| truth | counted | corrected |" in (tmp_path / "result.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [(("verify", "gone"), "gone: no such file or folder; expected"), (("store",), "stance: no command. See: stance")],
)
def test_a_slip_is_one_line_that_says_what_is_wrong(words: tuple[str, ...], said: str) -> None:
    assert said in run(*words, code=2).stderr.splitlines()[-1]
