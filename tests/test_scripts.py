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


def test_a_page_that_names_a_script_may_run_just_that(folder: Path) -> None:
    (folder / "one.js").write_text("const less = 1 < 2 && '&amp;';\n", encoding="utf-8")
    page = drawn('{% extends "base.html" %}{% set script_name = "one.js" %}')
    (text,) = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert text == "const less = 1 < 2 && '&amp;';\n"
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    assert f"; script-src 'sha256-{digest}'\">" in page
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
