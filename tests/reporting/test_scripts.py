"""Scripts inside pages: a page runs the one that it names, and nothing else."""

import base64
import hashlib
import re
from pathlib import Path

import pytest
from jinja2 import DictLoader

from stance.reporting import rendering

NAMES = sorted(path.name for path in rendering.SCRIPTS.glob("*"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(rendering, "SCRIPTS", tmp_path)
    rendering.script.cache_clear()
    return tmp_path


def drawn(template: str) -> str:
    environment = rendering.environment().overlay(
        loader=DictLoader(
            {
                "page.html": template,
                **{
                    path.name: path.read_text(encoding="utf-8")
                    for path in (Path(rendering.__file__).parent / "templates").glob("*.*")
                },
            }
        )
    )
    return environment.get_template("page.html").render(model={"name": "m"}, command=None)


def test_a_page_that_names_scripts_may_run_just_these(folder: Path) -> None:
    (folder / "one.js").write_text("const less = 1 < 2 && '&amp;';\n", encoding="utf-8")
    (folder / "two.js").write_text("const more = 2;\n", encoding="utf-8")
    page = drawn('{% extends "base.html" %}{% set script_names = ["one.js", "two.js"] %}')
    texts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert texts == ["const less = 1 < 2 && '&amp;';\n", "const more = 2;\n"]
    one, two = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
    assert f"; script-src 'sha256-{one}' 'sha256-{two}'\">" in page
    assert page.count("script-src") == 1


def test_a_page_that_names_none_may_run_none(folder: Path) -> None:
    page = drawn('{% extends "base.html" %}')
    assert "<script" not in page
    assert "script-src" not in page
    assert "default-src 'none'" in page


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
