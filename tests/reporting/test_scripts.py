"""Scripts inside pages: a page runs the one that it names, and nothing else."""

import re
from pathlib import Path

import pytest

from stance.reporting import rendering

NAMES = sorted(path.name for path in rendering.SCRIPTS.glob("*"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rendering, "SCRIPTS", tmp_path)
    rendering.script.cache_clear()
    return tmp_path


@pytest.mark.parametrize("text", ["x = '</SCRIPT>'", "x = '<!--'"])
def test_a_script_that_would_end_its_element_is_refused(folder: Path, text: str) -> None:
    (folder / "bad.js").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bad\.js holds"):
        rendering.script("bad.js")


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_makes_no_markup_and_asks_for_nothing(name: str) -> None:
    text = (rendering.SCRIPTS / name).read_text(encoding="utf-8")
    sinks = r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch|XMLHttp|import|cookie"
    assert re.findall(sinks, text, re.IGNORECASE) == []
    assert len(text) < 10_000
